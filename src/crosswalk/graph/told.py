"""What our mapping sets say, kept beside the store until something asks for it as RDF.

The sets are three quarters of the knowledge, and most verbs need only their rows, as values. So a
one-shot verb reads a table of the rows, and the RDF follows as soon as a query or a reader may see
it. Evidence that itself speaks of mappings takes the table's place: then the store alone is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from crosswalk.graph import cache
from crosswalk.models import MappingSet
from crosswalk.namespaces import BASE, CW, cw, expand, prefixes

__all__ = ["Told", "ToldRow", "speaks_of_mappings"]

FORM = "told-1"
"""The form of the table: another one whenever the same files would be told otherwise."""

OF_MAPPINGS = (BASE + "mapping/", CW)
"""What the IRIs begin with that evidence has nothing to say of, as a rule."""

SAYING = frozenset(
    ox.NamedNode(expand(name))
    for name in (
        "cw:editionChange",
        "cw:group",
        "cw:inSet",
        "cw:publisherKey",
        "cw:rationaleType",
        "cw:relation",
        "cw:reviewStatus",
        "cw:row",
        "cw:setKey",
        "cw:statedPredicate",
        "owl:annotatedProperty",
        "owl:annotatedSource",
        "owl:annotatedTarget",
    )
)
CLASSES = frozenset(ox.NamedNode(cw(name)) for name in ("Mapping", "MappingSet", "NoCounterpart"))


class ToldRow(NamedTuple):
    """One row of a mapping set; an end is None where a curator looked and found none."""

    mapping_set: str
    publisher: str
    row: int
    subject: str | None
    object: str | None
    relation: str | None
    rationale_type: str | None
    confidence: float | None
    iri: str
    review_status: str
    rationale: str
    group: str
    edition_change: str


@dataclass(frozen=True, slots=True)
class Told:
    """Some mapping sets: their rows, and what reads them into a store.

    :param sets: the files with the hashes of their bytes.
    :param read: what reads a file.
    :param quads: what yields a set as RDF.
    """

    sets: tuple[tuple[Path, str], ...]
    read: Callable[[Path], MappingSet]
    quads: Callable[[MappingSet], Iterator[ox.Quad]]

    def rows(self) -> list[ToldRow] | None:
        """Return the rows by set and line; None if two make one claim, which RDF joins in one."""
        key = self._key("rows")
        body = cache.read(key)
        if body is None:
            table = _table([self.read(path) for path, _ in self.sets])
            cache.write(key, json.dumps(table, ensure_ascii=False).encode())
        else:
            table = json.loads(body)
        return None if table is None else _rows(table)

    def fill(self, store: ox.Store) -> None:
        """Read the sets into a store."""
        key = self._key("rdf")
        body = cache.read(key)
        if body is not None:
            try:
                store.load(body, format=ox.RdfFormat.TRIG, lenient=True)
            except SyntaxError:
                body = None
        if body is None:
            found = [quad for path, _ in self.sets for quad in self.quads(self.read(path))]
            store.extend(found)
            if cache.directory() is not None:
                cache.write(key, ox.serialize(found, format=ox.RdfFormat.TRIG) or b"")

    def _key(self, what: str) -> str:
        named = [(path.name, digest.encode()) for path, digest in self.sets]
        spaces = json.dumps(sorted(prefixes().items())).encode()
        return cache.key_of([(FORM, what.encode()), ("prefixes", spaces), *named])


def speaks_of_mappings(quad: ox.Quad) -> bool:
    """Return whether a quad may be part of what is asked of mapping sets.

    >>> a, b = ox.NamedNode("urn:a"), ox.NamedNode("urn:b")
    >>> speaks_of_mappings(ox.Quad(a, ox.NamedNode(cw("inSet")), b))
    True
    >>> speaks_of_mappings(ox.Quad(a, ox.NamedNode(cw("implements")), b))
    False
    """
    subject = quad.subject
    return (
        quad.predicate in SAYING
        or (isinstance(subject, ox.NamedNode) and subject.value.startswith(OF_MAPPINGS))
        or quad.object in CLASSES
    )


Table = tuple[list[str], list[tuple[str, str, list[list[Any]]]]]
"""IRIs of ends, and of each mapping set its key, its publisher and its rows."""


def _table(sets: Sequence[MappingSet]) -> Table | None:
    """Return the table of some mapping sets; None if two of their rows make one claim."""
    ends: dict[str, int] = {}
    told: list[tuple[str, str, list[list[Any]]]] = []
    claims: set[str] = set()
    for one in sorted(sets, key=lambda each: each.key):
        rows: list[list[Any]] = []
        for row in sorted(one.mappings, key=lambda each: (each.row, each.iri)):
            if row.iri in claims:
                return None
            claims.add(row.iri)
            numbers = [
                None if end is None else ends.setdefault(end, len(ends))
                for end in (row.subject, row.object)
            ]
            rows.append(
                [
                    row.row,
                    *numbers,
                    row.relation,
                    row.rationale_type,
                    row.confidence,
                    row.iri,
                    row.review_status,
                    row.rationale,
                    row.group,
                    row.edition_change or "",
                ]
            )
        told.append((one.key, one.publisher, rows))
    return list(ends), told


def _rows(table: Table) -> list[ToldRow]:
    """Return the rows of a table."""
    ends, told = table
    return [
        ToldRow(
            key,
            publisher,
            line,
            None if subject is None else ends[subject],
            None if other is None else ends[other],
            *said,
        )
        for key, publisher, rows in told
        for line, subject, other, *said in rows
    ]
