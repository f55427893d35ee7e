"""Mapping sets as SSSOM/TSV: read, checked row by row, written canonically.

The file format is read and written by sssom-pydantic. Extension columns carry what SSSOM has
no slot for: ``relation`` (normative), ``rationale_type``, ``rationale``, ``review_status``, and,
where they apply, ``group`` (subjects that together contain the object) and ``edition_change``
(what became of a provision in the next edition). Where a foreign file has no relation, it is
derived from the predicate; where it has no review status, it is a draft.

A file in plain form, as our formatter writes it, is read without the library, whose import and
checks take longer than all else; whatever is not plain in every cell, the library reads and judges.

.. seealso:: SSSOM, https://mapping-commons.github.io/sssom/
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from crosswalk.errors import MappingError, nearest
from crosswalk.models import (
    EditionChange,
    Mapping,
    MappingSet,
    RationaleType,
    Relation,
    ReviewStatus,
)
from crosswalk.namespaces import BASE, prefixes

Token = TypeVar("Token", bound=StrEnum)

__all__ = [
    "CONVERSE",
    "NO_TERM_FOUND",
    "PREDICATE",
    "SUFFIX",
    "discover",
    "format_text",
    "read",
    "relation_of",
]

SUFFIX = ".sssom.tsv"
NO_TERM_FOUND = "sssom:NoTermFound"

PREDICATE: dict[Relation, str] = {
    Relation.EQUAL: "skos:exactMatch",
    Relation.SUBSET_OF: "skos:broadMatch",
    Relation.SUPERSET_OF: "skos:narrowMatch",
    Relation.INTERSECTS_WITH: "skos:relatedMatch",
    Relation.EQUIVALENT_TO: "skos:closeMatch",
    Relation.RELATED: "skos:mappingRelation",
    Relation.NO_RELATIONSHIP: "skos:mappingRelation",
}
"""The SKOS predicate that is derived from each relation (semantics §2)."""

CONVERSE: dict[Relation, Relation] = {
    **{relation: relation for relation in Relation},
    Relation.SUBSET_OF: Relation.SUPERSET_OF,
    Relation.SUPERSET_OF: Relation.SUBSET_OF,
}


ILLEGAL = re.compile(r"[\s<>\"{}|^`\\]")
EXTENSIONS = (
    "relation",
    "rationale_type",
    "rationale",
    "review_status",
    "group",
    "edition_change",
)


@dataclass(frozen=True, slots=True)
class _Raw:
    """The file as the library read it, with the line of each row."""

    header: Any
    records: Sequence[tuple[int, Any]]
    converter: Any
    prefixes: MappingType[str, str]

    def expand(self, curie: str) -> str | None:
        """Return the IRI of a CURIE, or None where its prefix is unknown.

        The library's own way is as right and, a row at a time, twenty times slower.
        """
        prefix, colon, local = curie.partition(":")
        space = self.prefixes.get(prefix) if colon else None
        return space + local if space is not None else None


REQUIRED = ("subject_id", "object_id", "predicate_id", "mapping_justification")
COLUMNS = (
    *REQUIRED,
    "subject_label",
    "object_label",
    "predicate_modifier",
    "author_id",
    "author_label",
    "reviewer_id",
    "reviewer_label",
    "mapping_date",
    "review_date",
    "confidence",
    "comment",
)
"""The columns of SSSOM that a plain file may have, beside our extensions."""

SLOTS = (
    "comment",
    "creator_label",
    "curie_map",
    "extension_definitions",
    "license",
    "mapping_date",
    "mapping_set_description",
    "mapping_set_id",
    "mapping_set_title",
    "mapping_set_version",
    "object_source_version",
    "publication_date",
    "sssom_version",
    "subject_source_version",
)
"""The slots that the header of a plain file may have; of these, all rows share ``mapping_date``."""

WEB = re.compile(r"(?!.*/\.)https?://[a-z0-9.-]+/[A-Za-z0-9/._~#-]+")
CURIE = re.compile(r"([A-Za-z0-9._-]+):[A-Za-z0-9/._~-]+")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
SHARE = re.compile(r"0(\.\d+)?|1(\.0+)?")


@dataclass(frozen=True, slots=True)
class _Header:
    """The header of a plain file, by the library's names."""

    id: str
    title: str | None
    version: str | None
    license: str | None


class _Value(NamedTuple):
    """The value of an extension slot."""

    value: str


class _Record(NamedTuple):
    """One row of a plain file, by the library's names."""

    subject_id: str
    object_id: str
    predicate_id: str
    mapping_justification: str
    extensions: dict[str, _Value]
    predicate_modifier: str | None = None
    subject_label: str | None = None
    object_label: str | None = None
    author_id: list[str] | None = None
    author_label: list[str] | None = None
    reviewer_id: list[str] | None = None
    reviewer_label: list[str] | None = None
    mapping_date: str | None = None
    review_date: str | None = None
    confidence: float | None = None
    comment: str | None = None


def discover(directory: Path) -> list[Path]:
    """Return the mapping sets in a directory, by name; an empty list if it does not exist."""
    return sorted(directory.glob("*" + SUFFIX)) if directory.is_dir() else []


def relation_of(predicate: str, modifier: str) -> Relation | None:
    """Return the relation that a predicate states, for files without a relation column.

    >>> relation_of("skos:broadMatch", "")
    <Relation.SUBSET_OF: 'subset-of'>
    >>> relation_of("skos:mappingRelation", "Not")
    <Relation.NO_RELATIONSHIP: 'no-relationship'>

    .. seealso:: semantics §2
    """
    if modifier:
        return Relation.NO_RELATIONSHIP if predicate == "skos:mappingRelation" else None
    for relation, known in PREDICATE.items():
        if known == predicate and relation is not Relation.NO_RELATIONSHIP:
            return relation
    return None


def read(
    path: Path,
    *,
    extra_prefixes: MappingType[str, str] | None = None,
    faults: list[MappingError] | None = None,
) -> MappingSet:
    """Return the mapping set of a file: all of it or nothing.

    :param extra_prefixes: prefixes of further editions, beside the shipped map.
    :param faults: where given, the errors of bad rows are put here and the other rows returned.
    :raises MappingError: names file, line, offence and way out of the first bad row.
    """
    extra = extra_prefixes or {}
    raw = _plain(path, extra) or _raw(path, extra, faults)
    key = path.name.removesuffix(SUFFIX)
    header = raw.header
    found = []
    for line, record in raw.records:
        try:
            found.append(_row(record, line, key, path, raw))
        except MappingError as error:
            if faults is None:
                raise
            faults.append(error)
    rows = tuple(found)
    return MappingSet(
        key=key,
        title=header.title or key,
        version=str(header.version or ""),
        licence=str(header.license or ""),
        publisher=_publisher(key),
        subject_edition=_edition_of(rows, "subject"),
        object_edition=_edition_of(rows, "object"),
        file=str(path),
        iri=_iri(header.id, raw),
        mappings=rows,
    )


def _publisher(key: str) -> str:
    """Return the publisher's key: the first of three parts of the file's name, else ours."""
    parts = key.split("_")
    return parts[0] if len(parts) == 3 else "crosswalk"


def _calm_import() -> None:
    """Keep the library from making a folder in the user's home when it is imported.

    sssom-pydantic imports pystow, which creates ``~/.data`` unless it is told of another place.
    """
    os.environ.setdefault("PYSTOW_HOME", tempfile.gettempdir())
    try:
        Path.home()
    except RuntimeError:  # a user whom the system does not know: pystow asks for its home anyway
        os.environ["HOME"] = tempfile.gettempdir()


def _raw(
    path: Path, extra: MappingType[str, str], faults: list[MappingError] | None = None
) -> _Raw:
    _calm_import()
    import curies
    from pydantic import ValidationError
    from sssom_pydantic.io import ParseError, read_unprocessed_iterable

    converter = curies.Converter.from_prefix_map({**prefixes(), **extra}, strict=False)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise MappingError(
            "is not UTF-8", place=f"{path}:{line}", remedy="Save the file as UTF-8."
        ) from None
    except OSError as error:
        raise MappingError(f"cannot be read: {error.strerror}", place=str(path)) from None
    if "\tobject_id" not in text:
        raise MappingError(
            "is not an SSSOM/TSV file: no column object_id",
            place=str(path),
            remedy="See mappings/README.md for the columns.",
        )
    try:
        metadata = _undeclared(text)
        with read_unprocessed_iterable(
            StringIO(text), converter=converter, metadata=metadata
        ) as stream:
            records = []
            for number, record in stream.records:
                line = number + 1  # the library counts from the header row
                if isinstance(record, ParseError):
                    bad = MappingError(_first_line(record.exception), place=f"{path}:{line}")
                    if faults is None:
                        raise bad
                    faults.append(bad)
                    continue
                records.append((line, record))
            known = dict(stream.converter.prefix_map)
            return _Raw(stream.mapping_set, tuple(records), stream.converter, known)
    except MappingError:
        raise
    except ValidationError as error:
        raise MappingError(_first_line(error), place=f"{path}:1") from None
    except (ValueError, KeyError) as error:
        raise MappingError(f"header is wrong: {error}", place=f"{path}:1") from None
    except Exception as error:  # yaml.YAMLError, without importing yaml for its name
        if type(error).__module__.startswith("yaml"):
            said = " ".join(str(error).split())
            raise MappingError(f"header is not YAML: {said}", place=f"{path}:1") from None
        raise


def _plain(path: Path, extra: MappingType[str, str]) -> _Raw | None:
    """Return a file in plain form, or None for any other, which the library has to judge."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if not line.startswith("#")), 0)
    header = _plain_header(lines[:first])
    if header is None or "\r" in text:
        return None
    declared = {one["slot_name"] for one in header.get("extension_definitions", ())}
    columns = lines[first].split("\t")
    told = set(columns)
    if len(told) < len(columns) or not set(REQUIRED) <= told <= {*COLUMNS, *declared}:
        return None
    known = {**prefixes(), **extra}
    if any(known.get(name) != space for name, space in header["curie_map"].items()):
        return None
    shared = header.get("mapping_date")
    held = {prefix for prefix in known if CURIE.fullmatch(f"{prefix}:a")}
    records = []
    try:
        rows = [
            row
            for row in csv.reader(StringIO("\n".join(lines[first + 1 :])), delimiter="\t")
            if row
        ]
    except csv.Error:
        return None
    for number, row in enumerate(rows, start=first + 2):
        if len(row) != len(columns):
            return None
        record = _plain_row(dict(zip(columns, row, strict=True)), shared, held)
        if record is None:
            return None
        records.append((number, record))
    described = _Header(
        id=header["mapping_set_id"],
        title=header.get("mapping_set_title"),
        version=header.get("mapping_set_version"),
        license=header.get("license"),
    )
    return _Raw(described, records, None, known)


def _plain_header(lines: Sequence[str]) -> dict[str, Any] | None:
    """Return the slots of a plain header, or None if there is anything else in it."""
    import yaml

    if any(line.startswith("##") for line in lines):
        return None
    try:
        text = "\n".join(line[1:].rstrip() for line in lines)
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except yaml.YAMLError:
        return None
    if not isinstance(found, dict) or not found.keys() <= set(SLOTS):
        return None
    lists = ("curie_map", "extension_definitions", "creator_label")
    texts = [value for slot, value in found.items() if slot not in lists]
    names, slots = found.get("creator_label", []), found.get("extension_definitions", [])
    spaces = found.get("curie_map")
    sound = (
        all(isinstance(text, str) and text for text in texts)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and isinstance(spaces, dict)
        and all(isinstance(text, str) for pair in spaces.items() for text in pair)
        and isinstance(slots, list)
        and all(_declares(slot) for slot in slots)
        and WEB.fullmatch(found.get("mapping_set_id", ""))
        and WEB.fullmatch(found.get("license", "https://a.b/c"))
        and all(_is_day(found.get(slot, "")) for slot in ("mapping_date", "publication_date"))
    )
    return found if sound else None


def _declares(slot: object) -> bool:
    """Return whether a definition is that of one of our extensions, as text."""
    return (
        isinstance(slot, dict)
        and slot.keys() == {"slot_name", "property", "type_hint"}
        and slot["slot_name"] in EXTENSIONS
        and slot["type_hint"] == "xsd:string"
        and isinstance(slot["property"], str)
        and slot["property"].startswith("cw:")
    )


def _plain_row(cells: dict[str, str], shared: str | None, known: Collection[str]) -> _Record | None:
    """Return a row of plain cells, or None if one is anything else."""
    held = {column: cell for column, cell in cells.items() if cell}
    ids = [held.get(column, "") for column in REQUIRED]
    if not all(CURIE.fullmatch(one) and one.partition(":")[0] in known for one in ids):
        return None
    share = held.get("confidence")
    if (
        any(cell != cell.strip() for cell in held.values())
        or held.get("predicate_modifier", "Not") != "Not"
        or not all(_is_day(held.get(column, "")) for column in ("mapping_date", "review_date"))
        or (share is not None and SHARE.fullmatch(share) is None)
    ):
        return None
    return _Record(
        subject_id=held["subject_id"],
        object_id=held["object_id"],
        predicate_id=held["predicate_id"],
        mapping_justification=held["mapping_justification"],
        extensions={name: _Value(held[name]) for name in EXTENSIONS if name in held},
        predicate_modifier=held.get("predicate_modifier"),
        subject_label=held.get("subject_label"),
        object_label=held.get("object_label"),
        author_id=_many(held.get("author_id")),
        author_label=_many(held.get("author_label")),
        reviewer_id=_many(held.get("reviewer_id")),
        reviewer_label=_many(held.get("reviewer_label")),
        mapping_date=shared or held.get("mapping_date"),
        review_date=held.get("review_date"),
        confidence=float(share) if share is not None else None,
        comment=held.get("comment"),
    )


def _many(cell: str | None) -> list[str] | None:
    """Return the values of a cell that may hold several."""
    if cell is None:
        return None
    return [name for part in cell.split("|") if (name := part.strip())]


@cache
def _is_day(text: str) -> bool:
    """Return whether a text is a day of the calendar, or empty."""
    if not text:
        return True
    try:
        return DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _undeclared(text: str) -> dict[str, object] | None:
    """Return our extension columns as metadata, for a file that uses but does not declare them.

    The library passes over undeclared columns; a relation must not be lost that way.
    """
    header = [line for line in text.splitlines() if line.startswith("#")]
    names = next((n for n in text.splitlines() if not n.startswith("#")), "").split("\t")
    used = [name for name in EXTENSIONS if name in names]
    given = [line for line in header if re.match(r"#\s*mapping_set_id\s*:", line)]
    if not used or not given or any(re.match(r"#\s*extension_definitions", n) for n in header):
        return None
    return {
        "mapping_set_id": given[0].partition(":")[2].strip().strip("\"'"),
        "extension_definitions": [
            {"slot_name": name, "property": f"cw:{name}", "type_hint": "xsd:string"}
            for name in used
        ],
    }


def _first_line(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"column {'.'.join(str(x) for x in first['loc'])}: {first['msg']}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _slot(record: Any, name: str) -> str:  # noqa: ANN401 - a record of the library
    extensions = record.extensions or {}
    if name in extensions:
        return str(extensions[name].value)
    return ""


def _iri(reference: object, raw: _Raw) -> str:
    text = getattr(reference, "curie", None) or str(reference)
    return raw.expand(text) or text


def _token(kind: type[Token], text: str, column: str, place: str) -> Token:
    try:
        return kind(text)
    except ValueError:
        known = [str(member) for member in kind]
        raise MappingError(
            f"{column} {text!r} is none of {', '.join(known)}",
            place=place,
            remedy=nearest(text, known),
        ) from None


def _row(record: Any, line: int, key: str, path: Path, raw: _Raw) -> Mapping:  # noqa: ANN401 - a record of the library
    place = f"{path}:{line}"
    ends: list[str | None] = []
    for end in (record.subject_id, record.object_id):
        if end == NO_TERM_FOUND:
            ends.append(None)
            continue
        iri = raw.expand(end) if end else None
        if iri is None:
            prefix = (end or "").partition(":")[0]
            raise MappingError(
                f"unknown prefix {prefix!r}",
                place=place,
                remedy=nearest(prefix, raw.prefixes) or "Declare it in the file's curie_map.",
            )
        if ILLEGAL.search(iri):
            raise MappingError(
                f"{end!r} cannot be part of an IRI",
                place=place,
                remedy="Write an id's space as a hyphen: nist-ai-rmf-1.0:GOVERN-1.1.",
            )
        ends.append(iri)
    found = all(end is not None for end in ends)
    if not any(ends):
        raise MappingError("both ends are sssom:NoTermFound", place=place)
    modifier = str(record.predicate_modifier or "")
    stated = _slot(record, "relation")
    relation: Relation | None = None
    if found:
        derived = relation_of(record.predicate_id or "", modifier)
        relation = _token(Relation, stated, "relation", place) if stated else derived
        if relation is None:
            raise MappingError(
                f"neither a relation nor a known predicate: {record.predicate_id!r}",
                place=place,
                remedy="Give the column relation, or a SKOS mapping property.",
            )
    justification = str(record.mapping_justification or "")
    if ":" in justification and raw.expand(justification) is None:
        raise MappingError(
            f"unknown prefix {justification.partition(':')[0]!r} of the justification",
            place=place,
            remedy="Use a term of semapv, such as semapv:ManualMappingCuration.",
        )
    kind = _slot(record, "rationale_type")
    change = _slot(record, "edition_change")
    status = _slot(record, "review_status")
    confidence = record.confidence
    return Mapping(
        subject=ends[0],
        object=ends[1],
        relation=relation,
        rationale_type=(
            _token(RationaleType, kind, "rationale_type", place)
            if kind
            else (RationaleType.SEMANTIC if found else None)
        ),
        confidence=float(confidence) if confidence is not None else None,
        rationale=_slot(record, "rationale"),
        review_status=_token(ReviewStatus, status or "draft", "review_status", place),
        mapping_set=key,
        row=line,
        iri=_mapping_iri(key, ends, relation, kind, _slot(record, "group"), change),
        subject_label=record.subject_label or "",
        object_label=record.object_label or "",
        predicate=record.predicate_id or "",
        predicate_modifier=modifier,
        justification=raw.expand(justification) or justification,
        authors=tuple(record.author_label or record.author_id or ()),
        reviewers=tuple(record.reviewer_label or record.reviewer_id or ()),
        mapping_date=str(record.mapping_date or ""),
        review_date=str(record.review_date or ""),
        group=_slot(record, "group"),
        comment=record.comment or "",
        edition_change=_token(EditionChange, change, "edition_change", place) if change else None,
    )


def _mapping_iri(
    key: str,
    ends: list[str | None],
    relation: Relation | None,
    kind: str,
    group: str,
    change: str,
) -> str:
    """Return the row's IRI: a hash of what it claims, so that a changed claim is another row."""
    said = [ends[0] or "", relation or "", ends[1] or "", kind, group]
    claim = "\n".join([*said, change] if change else said)
    return f"{BASE}mapping/{key}/{hashlib.sha256(claim.encode()).hexdigest()[:16]}"


def _edition_of(rows: Iterable[Mapping], end: str) -> str:
    keys = set()
    for row in rows:
        iri = row.subject if end == "subject" else row.object
        if iri and iri.startswith(BASE + "id/"):
            keys.add(iri.removeprefix(BASE + "id/").partition("/")[0])
    return "|".join(sorted(keys))


def format_text(
    path: Path,
    *,
    labels: MappingType[str, str] | None = None,
    extra_prefixes: MappingType[str, str] | None = None,
) -> str:
    """Return the canonical text of a mapping set's file.

    Rows are sorted by subject, object and rationale type in the catalogue's order; columns stand
    in SSSOM's order with the extensions last; what all rows share stands in the header; the
    predicate is derived from the relation; labels are those of ``labels`` (IRI → title).

    :raises MappingError: as :func:`read`.
    """
    _calm_import()
    from sssom_pydantic.io import write_unprocessed

    raw = _raw(path, extra_prefixes or {})
    mapping_set = read(path, extra_prefixes=extra_prefixes)
    order = {iri: n for n, iri in enumerate(labels or {})}
    rows: list[tuple[tuple[object, ...], Any]] = []
    for (_, record), row in zip(raw.records, mapping_set.mappings, strict=True):
        update: dict[str, object] = {}
        if row.relation is not None:
            update["predicate_id"] = PREDICATE[row.relation]
            update["predicate_modifier"] = (
                "Not" if row.relation is Relation.NO_RELATIONSHIP else None
            )
        else:
            update["predicate_id"] = "skos:mappingRelation"
        for end, iri in (("subject", row.subject), ("object", row.object)):
            if iri and labels and iri in labels:
                update[f"{end}_label"] = labels[iri]
        last = len(order)
        rank = (
            order.get(row.subject or "", last),
            row.subject or "",
            order.get(row.object or "", last),
            row.object or "",
            row.rationale_type or "",
            row.group,
            row.row,
        )
        rows.append((rank, record.model_copy(update=update)))
    rows.sort(key=lambda pair: pair[0])
    buffer = StringIO()
    write_unprocessed(
        [record for _, record in rows],
        buffer,
        metadata=raw.header.to_record(),
        converter=raw.converter,
        prefixes=_used_prefixes(raw),
        condense=True,
    )
    return buffer.getvalue().replace("\r\n", "\n")


def _used_prefixes(raw: _Raw) -> set[str]:
    used = {"skos", "semapv", "sssom", "cw"}
    for _, record in raw.records:
        for curie in (record.subject_id, record.object_id, record.predicate_id):
            if curie:
                used.add(curie.partition(":")[0])
        for curie in [*(record.author_id or ()), *(record.reviewer_id or ())]:
            used.add(curie.partition(":")[0])
    return used
