"""What a mapping file says: which column of a table becomes which property of which resource.

It is data and nothing else: it names no file, no address and no query, and what it makes are
resources of the organisation, provisions of the catalogue, terms of the vocabulary and literals.
Every key of it that is wrong is told, with its place and the nearest that is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyoxigraph as ox

from crosswalk.errors import UsageError, nearest
from crosswalk.namespaces import CW, expand, prefixes
from crosswalk.resources import ontology_dir

__all__ = ["DATATYPES", "FOLDERS", "Fault", "Property", "Resource", "Table", "table_of", "template"]

FOLDERS = (
    "action",
    "assessment",
    "audit",
    "certificate",
    "change",
    "decision",
    "evidence",
    "impact-assessment",
    "implementation",
    "measurement",
    "nonconformity",
    "objective",
    "person",
    "profile",
    "resource",
    "result",
    "review",
    "risk",
    "risk-criteria",
    "role-assignment",
    "scope",
    "soa",
    "system",
    "treatment",
)
"""Where an organisation's resources are, by what they are."""
DATATYPES = ("xsd:boolean", "xsd:date", "xsd:decimal", "xsd:integer", "xsd:string")
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman")
NAME = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a mapping, where, and the way out."""

    place: str
    offence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a resource and where its values come from: a column, a template, a constant.

    :param values: what is written → what is meant.
    :param citation: the edition that is cited; ``default`` is that of the mapping.
    :param edition_column: the column that names the edition.
    :param kinds: classes of the resource that ``folder`` has under the value.
    """

    place: str
    predicate: str
    column: str = ""
    template: str = ""
    constant: str = ""
    organization: bool = False
    datatype: str = ""
    format: str = ""
    comma: bool = False
    language: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    kinds: tuple[str, ...] = ()
    citation: str = ""
    edition_column: str = ""
    split: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """What a row becomes.

    :param only: column → values, folded; a row with another one has no such resource.
    :param repeated: whether several rows may speak of the same one.
    """

    place: str
    folder: str
    key: str
    kinds: tuple[str, ...]
    properties: tuple[Property, ...]
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping of a table: ``header`` is the row of its headings, no ``sheet`` the first one."""

    sheet: str
    header: int
    delimiter: str
    encoding: str
    edition: str
    resources: tuple[Resource, ...]
    ignore: frozenset[str]

    def columns(self) -> dict[str, str]:
        """Return each column that is used → the place in the mapping that first uses it."""
        found: dict[str, str] = {}
        for one in self.resources:
            for column in (*template(one.key), *one.only):
                found.setdefault(column, one.place)
            for held in one.properties:
                for column in (held.column, held.edition_column, *template(held.template)):
                    if column:
                        found.setdefault(column, held.place)
        return found


def template(text: str) -> list[str]:
    """Return the columns that a template names.

    >>> template("{Department}-{No}")
    ['Department', 'No']
    """
    return NAME.findall(text)


def table_of(said: object) -> tuple[Table | None, list[Fault]]:
    """Return what a mapping file says, or all that is wrong in it.

    >>> said = {"resources": [{"folder": "risk", "key": "{Ref}", "class": "cw:Risc"}]}
    >>> [(one.place, one.offence, one.remedy) for one in table_of(said)[1]]
    [('/resources/0/class', "the vocabulary has no term 'cw:Risc'", "Did you mean 'cw:Risk'?")]
    """
    reader = _Reader()
    found = reader.table(said)
    return (None, reader.faults) if reader.faults else (found, [])


@cache
def _terms() -> frozenset[str]:
    """Return the CURIEs of the terms of our vocabulary."""
    text = (ontology_dir() / "crosswalk.ttl").read_bytes()
    return frozenset(
        "cw:" + one.subject.value.removeprefix(CW)
        for one in ox.parse(text, format=ox.RdfFormat.TURTLE)
        if isinstance(one.subject, ox.NamedNode) and one.subject.value.startswith(CW)
    )


class _Reader:
    """Reads a mapping, and notes its faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def table(self, said: object) -> Table | None:
        held = self.object(
            said, "/", ("title", "description", "source", "edition", "resources", "ignore")
        )
        about = self.object(
            held.get("source", {}), "/source", ("sheet", "header", "delimiter", "encoding")
        )
        header = about.get("header", 1)
        if isinstance(header, bool) or not isinstance(header, int) or header < 1:
            self.fault("/source/header", f"{header!r} is no row", "Write its number, from 1.")
        delimiter = self.text(about, "/source", "delimiter")
        if len(delimiter) > 1:
            self.fault("/source/delimiter", f"{delimiter!r} is not one character", "Write one.")
        encoding = self.choice(about, "/source", "encoding", ENCODINGS)
        rows = held.get("resources")
        if not isinstance(rows, list) or not rows:
            self.fault("/resources", "is no list of resources", "Say what a row becomes.")
            return None
        made = tuple(self.resource(one, f"/resources/{n}") for n, one in enumerate(rows))
        return Table(
            self.text(about, "/source", "sheet"),
            header if isinstance(header, int) else 1,
            delimiter,
            encoding,
            self.text(held, "", "edition"),
            tuple(one for one in made if one is not None),
            frozenset(self.texts(held, "", "ignore")),
        )

    def resource(self, said: object, place: str) -> Resource | None:
        held = self.object(
            said, place, ("folder", "key", "class", "properties", "only", "repeated")
        )
        if not held:
            return None
        folder = self.choice(held, place, "folder", FOLDERS, needed=True)
        key = self.text(held, place, "key", needed=True)
        if key and not template(key):
            self.fault(
                f"{place}/key", "names no column, so all rows are one", "Write it as {Column}."
            )
        only = {
            str(column): frozenset(
                one.casefold() for one in self.texts(chosen, f"{place}/only", column)
            )
            for chosen in [self.object(held.get("only", {}), f"{place}/only", None)]
            for column in chosen
        }
        stated = self.object(held.get("properties", {}), f"{place}/properties", None)
        return Resource(
            place,
            folder,
            key,
            self.terms(held, place, "class"),
            tuple(
                self.property(str(name), one, f"{place}/properties/{name}")
                for name, one in stated.items()
            ),
            only,
            self.flag(held, place, "repeated"),
        )

    def property(self, name: str, said: object, place: str) -> Property:
        self.term(name, place)
        if isinstance(said, str):
            said = {"column": said}
        held = self.object(
            said,
            place,
            (
                "column",
                "template",
                "constant",
                "organization",
                "datatype",
                "format",
                "comma",
                "language",
                "values",
                "folder",
                "class",
                "citation",
                "split",
                "required",
            ),
        )
        origins = [one for one in ("column", "template", "constant", "organization") if one in held]
        if len(origins) != 1:
            told = f"has both {' and '.join(origins)}" if origins else "has no origin"
            self.fault(place, told, "Give one of column, template, constant, organization.")
        ends = [one for one in ("datatype", "language", "folder", "citation") if one in held]
        if len(ends) > 1:
            self.fault(place, f"is both {' and '.join(ends)}", "Keep one of them.")
        datatype = self.choice(held, place, "datatype", DATATYPES)
        form = self.text(held, place, "format")
        if form and datatype != "xsd:date":
            self.fault(f"{place}/format", "is of a date only", "Give datatype: xsd:date.")
        if form and sorted(re.findall(r"YYYY|MM|DD", form)) != ["DD", "MM", "YYYY"]:
            self.fault(f"{place}/format", f"{form!r} is no form of a date", "Write DD.MM.YYYY.")
        if "class" in held and "folder" not in held:
            self.fault(f"{place}/class", "is of a resource only", "Give its folder.")
        citation, edition_column = self.citation(held.get("citation"), f"{place}/citation")
        values = self.object(held.get("values", {}), f"{place}/values", None)
        for written, meant in values.items():
            where = f"{place}/values/{written}"
            if isinstance(meant, dict | list) or meant is None:
                self.fault(where, "is no single value", "Write a word or a term.")
            elif not ends:
                self.term(str(meant), where)
        return Property(
            place,
            name,
            column=self.text(held, place, "column"),
            template=self.text(held, place, "template"),
            constant=_plain(held.get("constant", "")),
            organization=self.flag(held, place, "organization"),
            datatype=datatype,
            format=form,
            comma=self.flag(held, place, "comma"),
            language=self.text(held, place, "language"),
            values={_plain(key).casefold(): _plain(value) for key, value in values.items()},
            folder=self.choice(held, place, "folder", FOLDERS),
            kinds=self.terms(held, place, "class"),
            citation=citation,
            edition_column=edition_column,
            split=self.text(held, place, "split"),
            required=self.flag(held, place, "required"),
        )

    def citation(self, said: object, place: str) -> tuple[str, str]:
        if said is None or said is False:
            return "", ""
        if said is True:
            return "default", ""
        if isinstance(said, str):
            return said, ""
        held = self.object(said, place, ("column",))
        return "column", self.text(held, place, "column", needed=True)

    def object(self, said: object, place: str, keys: Sequence[str] | None) -> Mapping[str, Any]:
        """Return an object, whose keys are known; ``None`` lets it have any."""
        if not isinstance(said, dict):
            self.fault(place, "is no object with keys", "Write it as key: value.")
            return {}
        for key in said if keys is not None else ():
            if key not in (keys or ()):
                self.fault(
                    f"{place.rstrip('/')}/{key}",
                    f"there is no key {str(key)[:60]!r} here",
                    nearest(str(key), keys or (), count=1) or f"Keys are {', '.join(keys or ())}.",
                )
        return said

    def text(self, held: Mapping[str, Any], place: str, key: str, *, needed: bool = False) -> str:
        value = held.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value:
            offence = "is missing" if value is None else "is no text"
            self.fault(f"{place}/{key}", offence, "Write it as a text, in quotes if need be.")
            return ""
        return value

    def texts(self, held: Mapping[str, Any], place: str, key: str) -> list[str]:
        value = held.get(key, [])
        value = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str | int | bool) for one in value):
            self.fault(f"{place}/{key}", "is no list of texts", "Write [one, two].")
            return []
        return [_plain(one) for one in value]

    def choice(
        self,
        held: Mapping[str, Any],
        place: str,
        key: str,
        known: Sequence[str],
        *,
        needed: bool = False,
    ) -> str:
        value = self.text(held, place, key, needed=needed)
        if value and value not in known:
            self.fault(
                f"{place}/{key}",
                f"{value[:60]!r} is none that is known",
                nearest(value, known, count=1) or f"One of {', '.join(known)}.",
            )
            return ""
        return value

    def flag(self, held: Mapping[str, Any], place: str, key: str) -> bool:
        value = held.get(key, False)
        if not isinstance(value, bool):
            self.fault(f"{place}/{key}", f"{value!r} is neither true nor false", "Write true.")
            return False
        return value

    def terms(self, held: Mapping[str, Any], place: str, key: str) -> tuple[str, ...]:
        found = self.texts(held, place, key)
        for one in found:
            self.term(one, f"{place}/{key}")
        return tuple(found)

    def term(self, curie: str, place: str) -> None:
        """Note a term that is not a CURIE, or ours and not in the vocabulary."""
        try:
            iri = expand(curie)
        except UsageError as error:
            known = [f"{one}:" for one in prefixes()]
            self.fault(place, error.offence, error.remedy or f"Prefixes are {', '.join(known)}.")
            return
        if iri.startswith(CW) and curie not in _terms():
            self.fault(
                place,
                f"the vocabulary has no term {curie!r}",
                nearest(curie, _terms(), count=1) or "Look it up in the ontology.",
            )

    def fault(self, place: str, offence: str, remedy: str) -> None:
        self.faults.append(Fault(place, offence, remedy))


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
