"""Checks on mapping sets, row by row: file, line, offence, way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswalk import catalogue, frameworks, registry, sssom
from crosswalk.errors import MappingError, nearest
from crosswalk.graph import Dataset
from crosswalk.graph.knowledge import set_files
from crosswalk.models import Mapping, MappingSet, RationaleType, Relation, ReviewStatus
from crosswalk.validation import completeness

__all__ = ["SetFault", "check_sets", "mapping_set_rows"]

WEAK = (Relation.RELATED, Relation.EQUIVALENT_TO)


@dataclass(frozen=True, slots=True, order=True)
class SetFault:
    """One fault of one row of a mapping set."""

    file: str
    line: int
    offence: str
    way_out: str


def check_sets(
    dataset: Dataset,
    files: Sequence[Path] = (),
    *,
    knowledge: Sequence[Path] = (),
    shipped: bool = True,
) -> list[SetFault]:
    """Return the faults of mapping sets against the catalogue, by file and line.

    :param files: the sets to check; default all that belong to the knowledge.
    """
    labels = catalogue.labels(dataset)
    extra = frameworks.brought(knowledge)
    found: list[SetFault] = []
    chosen = list(files) or set_files(knowledge, shipped=shipped)
    stated = _stated(chosen)
    for path in chosen:
        errors: list[MappingError] = []
        try:
            mapping_set = sssom.read(path, extra_prefixes=extra, faults=errors)
        except MappingError as error:
            errors.append(error)
        else:
            found += _check(mapping_set, labels)
            found += _incomplete(dataset, mapping_set, path, stated[path.parent])
        found += [_fault(error) for error in errors]
    for directory, entries in stated.items():
        found += [
            SetFault(
                str(directory / registry.FILE),
                0,
                f"states the range of {key!r}, and there is no such set",
                "Correct local_name, or remove the entry.",
            )
            for key in entries
            if not (directory / f"{key}{sssom.SUFFIX}").is_file()
        ]
    return sorted(set(found))


def _stated(paths: Sequence[Path]) -> dict[Path, dict[str, registry.Entry]]:
    """Return directory → what its registry states, of the directories of some sets."""
    return {folder: registry.read(folder) for folder in {path.parent for path in paths}}


def _incomplete(
    dataset: Dataset, mapping_set: MappingSet, path: Path, stated: dict[str, registry.Entry]
) -> list[SetFault]:
    """Return what the set's stated ranges name and it does not speak of."""
    entry = stated.get(mapping_set.key)
    place = str(path.parent / registry.FILE)
    found = []
    for end, side in zip(
        ("subject", "object"), completeness.sides(dataset, mapping_set, entry), strict=True
    ):
        found += [
            SetFault(
                place, 0, f"{mapping_set.key}: no provision {name!r} in the {end} edition", way_out
            )
            for name, way_out in side.unknown
        ]
        found += [
            SetFault(
                mapping_set.file,
                0,
                f"says nothing of {name!r}, in its stated {end} range",
                f"Add a row, or a record of {sssom.NO_TERM_FOUND}, or narrow the range in "
                f"{registry.FILE}.",
            )
            for name in side.never
        ]
    return found


def _fault(error: MappingError) -> SetFault:
    file, _, line = (error.place or "").rpartition(":")
    known = line.isdigit()
    return SetFault(
        file if known else error.place or "",
        int(line) if known else 0,
        error.offence,
        error.remedy or "Correct the row.",
    )


def _check(mapping_set: MappingSet, labels: dict[str, str]) -> list[SetFault]:
    found: list[SetFault] = []
    pairs: dict[tuple[str, str, RationaleType | None], list[Mapping]] = {}
    seen: dict[str, int] = {}

    def add(row: Mapping, offence: str, way_out: str) -> None:
        found.append(SetFault(mapping_set.file, row.row, offence, way_out))

    for row in mapping_set.mappings:
        for iri, said in ((row.subject, row.subject_label), (row.object, row.object_label)):
            if iri is None:
                continue
            key, rest = catalogue.local_id(iri)
            if iri not in labels:
                known = [
                    catalogue.local_id(other)[1]
                    for other in labels
                    if catalogue.local_id(other)[0] == key
                ]
                way_out = nearest(rest, known) or (
                    f"`crosswalk provisions {key}` lists its ids."
                    if known
                    else f"No edition {key!r} is carried; add it with --knowledge."
                )
                add(row, f"{key or 'no edition'} has no provision {rest!r}", way_out)
            elif said and said != labels[iri].strip():
                add(
                    row,
                    f"label of {key}:{rest} is {said!r}, the catalogue says {labels[iri]!r}",
                    "Take the catalogue's label: `crosswalk mappings format` does.",
                )
        if not row.rationale.strip():
            add(row, "rationale is missing", "Say what each side asks that the other does not.")
        if row.subject is not None and row.subject == row.object:
            add(row, "maps a provision to itself", "Remove the row.")
        if row.confidence is not None and not 0 <= row.confidence <= 1:
            add(row, f"confidence {row.confidence} is not in 0..1", "Write a share of one.")
        if row.relation is not None:
            derived = sssom.relation_of(row.predicate, row.predicate_modifier)
            same = derived is row.relation or (
                {derived, row.relation} <= {Relation.RELATED, Relation.NO_RELATIONSHIP}
                and bool(row.predicate_modifier) == (row.relation is Relation.NO_RELATIONSHIP)
            )
            if derived is not None and not same:
                add(
                    row,
                    f"predicate {row.predicate} says {derived}, the relation {row.relation}",
                    f"The predicate of {row.relation} is {sssom.PREDICATE[row.relation]}: "
                    "`crosswalk mappings format` derives it.",
                )
        if row.review_status is not ReviewStatus.DRAFT and (
            not row.reviewers or set(row.reviewers) <= set(row.authors)
        ):
            add(
                row,
                f"is {row.review_status} without a reader who is not its author",
                "Name the second reader in reviewer_label, or make it a draft.",
            )
        if row.iri in seen:
            add(row, f"says the same as line {seen[row.iri]}", "Remove one of the two.")
        seen.setdefault(row.iri, row.row)
        if row.relation is not None and row.relation not in WEAK and row.subject and row.object:
            ends = sorted((row.subject, row.object))
            pairs.setdefault((ends[0], ends[1], row.rationale_type), []).append(row)
    for (first, _, kind), rows in pairs.items():
        said_of = {
            row.relation if row.subject == first else sssom.CONVERSE[row.relation]
            for row in rows
            if row.relation is not None
        }
        if len(said_of) > 1:
            lines = ", ".join(str(row.row) for row in rows)
            for row in rows:
                add(
                    row,
                    f"contradicts a row of the same pair and type ({kind}): lines {lines}",
                    "Keep the relation that both texts bear out.",
                )
    return found


def mapping_set_rows(
    dataset: Dataset, *, knowledge: Sequence[Path] = (), shipped: bool = True
) -> list[dict[str, object]]:
    """Return one row for each mapping set, with the distribution of what its rows say.

    The shares are of the provisions in the set's stated range on that side; None where it
    states none.
    """
    extra = frameworks.brought(knowledge)
    found = []
    chosen = set_files(knowledge, shipped=shipped)
    stated = _stated(chosen)
    for path in chosen:
        one = sssom.read(path, extra_prefixes=extra)
        relations = Counter(row.relation for row in one.mappings)
        kinds = Counter(row.rationale_type for row in one.mappings)
        reviews = Counter(row.review_status for row in one.mappings)
        told = completeness.sides(dataset, one, stated[path.parent].get(one.key))
        found.append(
            {
                "mapping_set": one.key,
                "publisher": one.publisher,
                "version": one.version,
                "subject_edition": one.subject_edition,
                "object_edition": one.object_edition,
                "rows": len(one.mappings),
                **{str(r).replace("-", "_"): relations[r] for r in Relation},
                "looked_none": relations[None],
                **{str(k): kinds[k] for k in RationaleType},
                **{str(s).replace("-", "_"): reviews[s] for s in ReviewStatus},
                **_shares("subject", told[0]),
                **_shares("object", told[1]),
                "licence": one.licence,
            }
        )
    return found


def _shares(end: str, side: completeness.Side) -> dict[str, object]:
    of = side.counted
    return {
        f"{end}_range": of,
        **{
            f"{end}_{name}": round(len(ids) / of, 4) if of else None
            for name, ids in (
                ("contained", side.contained),
                ("overlapping", side.overlapping),
                ("none", side.none),
                ("never", side.never),
            )
        },
    }
