"""What an import makes of a source: triples of an organisation, and an account of every row.

A reader of one kind takes a ``Source`` and keeps an ``Account``. Whatever the source holds ends in
exactly one line of it: mapped to a resource, passed over with the reason, or refused with the way
out. A source with a refused line changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import pyoxigraph as ox

from crosswalk.errors import DataError
from crosswalk.graph import Dataset
from crosswalk.namespaces import BASE, expand

__all__ = ["Account", "Line", "Outcome", "Reader", "Reading", "Source", "slug"]


class Outcome(StrEnum):
    """What became of a row."""

    MAPPED = "mapped"
    PASSED_OVER = "passed-over"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported.

    :param name: its file name, without folders.
    :param data: its bytes, as they are.
    :param organization: key of the organisation whose evidence it becomes.
    :param as_of: the day that citations without an edition are read on.
    :param options: what a kind wants beside, such as the text of a mapping file.
    """

    name: str
    data: bytes = field(repr=False)
    organization: str
    as_of: date
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one row.

    :param place: where it stands, as people find it: ``Risks!B7``, ``/components/0``, ``line 4``.
    :param subject: the resource it was mapped to.
    :param detail: what was made of it, or why nothing was.
    :param remedy: the way out, of what is refused.
    """

    place: str
    outcome: Outcome
    subject: str | None = None
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a source says, and what became of each of its rows, in the source's order."""

    source: Source
    kind: str
    triples: tuple[ox.Triple, ...]
    lines: tuple[Line, ...]

    def refused(self) -> list[Line]:
        """Return the lines for which nothing of the source may be imported."""
        return [line for line in self.lines if line.outcome is Outcome.REFUSED]


Reader = Callable[[Source, Dataset], Reading]
"""Reads a source of one kind, with a dataset that holds the catalogue."""


class Account:
    """A reading while it is made.

    >>> account = Account(Source("a.csv", b"", "acme", date(2026, 11, 20)), "csv")
    >>> risk = account.named("risk", "R 1")
    >>> risk.value
    'https://w3id.org/aigov-crosswalk/org/acme/risk/r-1'
    >>> account.say(risk, "rdf:type", ox.NamedNode(expand("cw:Risk")))
    >>> account.mapped("line 2", risk)
    >>> len(account.reading().triples)
    1
    """

    def __init__(self, source: Source, kind: str) -> None:
        self.source, self.kind = source, kind
        self._triples: set[ox.Triple] = set()
        self._lines: list[Line] = []

    def named(self, what: str, key: str) -> ox.NamedNode:
        """Return the IRI of a resource of the organisation: the same for the same key, always.

        :param what: the folder of its class, such as ``risk`` or ``person``.
        :raises DataError: if nothing of the key can stand in an IRI.
        """
        return ox.NamedNode(f"{BASE}org/{self.source.organization}/{what}/{slug(key)}")

    def hashed(self, what: str, *parts: str) -> ox.NamedNode:
        """Return the IRI of a resource that has no key of its own, from what it is known by."""
        digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
        return ox.NamedNode(f"{BASE}org/{self.source.organization}/{what}/{digest}")

    def say(
        self,
        subject: ox.NamedNode,
        predicate: str,
        value: ox.NamedNode | ox.Literal | str | bool | date,
    ) -> None:
        """Take a triple.

        :param predicate: a CURIE of the prefix map, such as ``cw:owner``.
        :param value: text is said as it is; a number is said as a literal of its lexical form.
        """
        if isinstance(value, bool):
            value = ox.Literal(value)
        elif isinstance(value, date):
            value = ox.Literal(value.isoformat(), datatype=ox.NamedNode(expand("xsd:date")))
        elif isinstance(value, str):
            value = ox.Literal(value)
        self._triples.add(ox.Triple(subject, ox.NamedNode(expand(predicate)), value))

    def mapped(self, place: str, subject: ox.NamedNode, detail: str = "") -> None:
        """Note that a row became a resource."""
        self._lines.append(Line(place, Outcome.MAPPED, subject.value, detail))

    def passed_over(self, place: str, why: str) -> None:
        """Note that a row has no place in the graph; it stays in the source, which is kept."""
        self._lines.append(Line(place, Outcome.PASSED_OVER, None, why))

    def refused(self, place: str, offence: str, remedy: str) -> None:
        """Note that a row cannot be taken as it is."""
        self._lines.append(Line(place, Outcome.REFUSED, None, offence, remedy))

    def take(self, triples: Iterable[ox.Triple]) -> None:
        """Take triples that were made elsewhere."""
        self._triples.update(triples)

    def reading(self) -> Reading:
        """Return the reading, its triples in an order of their own."""
        return Reading(
            self.source, self.kind, tuple(sorted(self._triples, key=str)), tuple(self._lines)
        )


def slug(key: str) -> str:
    """Return a key as it stands in an IRI.

    :raises DataError: if nothing is left of it.

    >>> slug("GOVERN 1.1 (draft)")
    'govern-1.1-draft'
    """
    found = "-".join(re.findall(r"[^\W_]+(?:\.[^\W_]+)*", key.casefold()))
    if not found:
        raise DataError(f"{key!r} names nothing", remedy="Use letters or digits.")
    return found
