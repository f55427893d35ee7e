"""The query library: one question a file, with a ``#+`` header of YAML.

A parameter is a projected variable; the engine substitutes it as an RDF term in every scope
(FILTER, MINUS, OPTIONAL, sub-selects). Nothing is ever pasted into a query's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from crosswalk.errors import DataError, UsageError, nearest
from crosswalk.resources import queries_dir

__all__ = ["Parameter", "Query", "bind", "library", "named", "read"]

ORDER = re.compile(r"\bORDER\s+BY\b(?:[\s()]|[?$]\w+|\b(?:ASC|DESC)\b)*\Z")
"""The order of a query's rows, where it ends the text: by variables, one after the other."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, the kind of its value, whether it must be given."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Query:
    """One query: its name is its path in the library without ``.rq``."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    answers: str
    text: str

    @property
    def unordered(self) -> str:
        """Its text without the order of its rows, for a reader that needs none.

        >>> named("coverage/counted").text.strip().endswith("ORDER BY ?position ?id")
        True
        >>> named("coverage/counted").unordered.strip().endswith("}")
        True
        """
        return ORDER.sub("", self.text)

    @property
    def order(self) -> tuple[tuple[str, bool], ...]:
        """The variables by which its rows are ordered, each with whether it descends.

        >>> named("trace/evidence-per-owner").order
        (('items', True), ('owner_label', False), ('owner', False))
        """
        found = ORDER.search(self.text)
        return tuple(
            (one[2], (one[1] or "").upper() == "DESC")
            for one in re.finditer(r"(ASC|DESC)?[\s(]*[?$](\w+)", found[0] if found else "", re.I)
        )

    @property
    def inferred(self) -> bool:
        """Whether it asks for what follows from the mapping rows: its tags say so."""
        return "inferred" in self.tags

    @property
    def of_knowledge(self) -> bool:
        """Whether it asks of the public knowledge alone, never of evidence: its tags say so."""
        return "knowledge" in self.tags

    @property
    def unmapped(self) -> bool:
        """Whether no mapping set can be part of its answer: its tags say so."""
        return "unmapped" in self.tags


def read(path: Path, *, name: str | None = None) -> Query:
    """Return the query of a file.

    :param name: its name; default: the file's name without ``.rq``.
    :raises DataError: if the file cannot be read as UTF-8 or its header is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{str(path)!r} does not exist", remedy="Name a file.rq.") from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", place=str(path)) from None
    except UnicodeDecodeError:
        raise DataError("is not UTF-8", place=str(path), remedy="Save it as UTF-8.") from None
    lines = [line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+")]
    header = _header("\n".join(lines), str(path))
    return Query(
        name=name or path.stem,
        summary=str(header.get("summary", "")),
        description=str(header.get("description", "")),
        tags=tuple(header.get("tags") or ()),
        parameters=tuple(
            Parameter(
                name=str(p["name"]),
                kind=str(p.get("kind", "string")),
                required=bool(p.get("required", True)),
                meaning=str(p.get("meaning", "")),
            )
            for p in _parameters(header, str(path))
        ),
        answers=str(header.get("answers", "")),
        text=text,
    )


def _parameters(header: dict[str, Any], place: str) -> list[dict[str, Any]]:
    found = header.get("parameters") or []
    if not isinstance(found, list) or not all(isinstance(p, dict) and "name" in p for p in found):
        raise DataError(
            "parameters of the #+ header are no list of names",
            place=place,
            remedy="Write - {name: …, kind: …, required: …, meaning: …}.",
        )
    return found


def _header(text: str, place: str) -> dict[str, Any]:
    import yaml

    try:
        header = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise DataError(f"the #+ header is not YAML: {error}", place=place) from None
    return header if isinstance(header, dict) else {}


@cache
def _paths() -> dict[str, Path]:
    root = queries_dir()
    return {
        path.relative_to(root).with_suffix("").as_posix(): path
        for path in sorted(root.rglob("*.rq"))
    }


@cache
def named(name: str) -> Query:
    """Return a query of the library by its name, with or without its folder.

    :raises UsageError: if there is none of that name, or several.

    >>> named("catalogue/provisions").parameters[0].name
    'edition'
    """
    paths = _paths()
    if name in paths:
        return read(paths[name], name=name)
    short = [full for full in paths if full.rsplit("/", 1)[-1] == name]
    if len(short) == 1:
        return read(paths[short[0]], name=short[0])
    if short:
        raise UsageError(f"several queries are named {name!r}", remedy=f"Say one of {short}.")
    known = [*paths, *(full.rsplit("/", 1)[-1] for full in paths)]
    raise UsageError(
        f"unknown query {name!r}",
        remedy=nearest(name, known) or "`crosswalk query` alone lists them.",
    )


def library() -> list[Query]:
    """Return all queries of the library, by name."""
    return [named(name) for name in _paths()]


def bind(query: Query, given: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters of a query, each of its kind, ready to be substituted.

    :param given: name → value; a string is read as the parameter's kind.
    :raises UsageError: if a name is unknown, a value is not of its kind, or one is missing.
    """
    import pyoxigraph as ox

    known = {parameter.name: parameter for parameter in query.parameters}
    for name in given:
        if name not in known:
            raise UsageError(
                f"query {query.name!r} has no parameter {name!r}",
                remedy=nearest(name, known) or f"It has: {', '.join(known) if known else 'none'}.",
            )
    bound: dict[str, object] = {}
    for parameter in query.parameters:
        value = given.get(parameter.name)
        if value is None:
            if parameter.required:
                raise UsageError(
                    f"query {query.name!r} needs --param {parameter.name}=…",
                    remedy=parameter.meaning or None,
                )
            continue
        if parameter.kind == "iri":
            try:
                bound[parameter.name] = ox.NamedNode(str(value))
            except ValueError:
                raise UsageError(f"{value!r} is not an IRI", place=parameter.name) from None
        elif parameter.kind in READERS and isinstance(value, str):
            bound[parameter.name] = READERS[parameter.kind](value, parameter.name)
        else:
            bound[parameter.name] = value
    return bound


def _date(text: str, place: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise UsageError(f"{text!r} is not a date", place=place, remedy="Write YYYY-MM-DD.")
    return day


def _integer(text: str, place: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise UsageError(f"{text!r} is not a whole number", place=place)
    return int(text)


def _decimal(text: str, place: str) -> object:
    import pyoxigraph as ox

    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
        raise UsageError(f"{text!r} is not a number", place=place)
    return ox.Literal(text, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))


READERS: dict[str, Callable[[str, str], object]] = {
    "date": _date,
    "decimal": _decimal,
    "integer": _integer,
}
"""Kind of a parameter → how its text is read; other kinds are taken as they are."""
