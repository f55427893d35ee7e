"""Rows that contradict each other: the smallest sets, named, so that they can be set aside.

A pair of which nothing remains possible is a contradiction. All smallest sets of rows that make
one are set aside, ties too; then the rest is looked at again, until nothing contradicts itself.
An imported row never disables a shipped one: where a set holds imported rows, only they are set
aside (semantics §2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from crosswalk.inference.algebra import ALL, Knowledge
from crosswalk.inference.closure import Closure, Path
from crosswalk.models import RationaleType

if TYPE_CHECKING:
    from crosswalk.inference.mapgraph import MapGraph, Row

__all__ = ["Conflict", "find_conflicts"]

PairKey = tuple[str, str, RationaleType]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One smallest set of rows that cannot all be right.

    ``pairs`` are the (subject, object, rationale type), in both directions, of which the rows
    leave nothing possible; ``set_aside`` are the rows that derive nothing because of it.
    """

    rationale_type: RationaleType
    rows: tuple[Row, ...]
    pairs: tuple[PairKey, ...]

    @property
    def set_aside(self) -> tuple[Row, ...]:
        """The imported rows of the set; all of it where none is imported."""
        return tuple(row for row in self.rows if row.imported) or self.rows

    def as_json(self) -> dict[str, object]:
        """Return the conflict by the IRIs of its rows."""
        return {
            "rationale_type": str(self.rationale_type),
            "rows": sorted({row.iri for row in self.rows}),
            "pairs": [[subject, target] for subject, target, _ in self.pairs],
        }

    @classmethod
    def from_json(cls, held: dict[str, Any], rows: Mapping[str, list[Row]]) -> Conflict:
        """Return the conflict that :meth:`as_json` wrote; ``rows`` holds IRI → rows."""
        kind = RationaleType(held["rationale_type"])
        return cls(
            kind,
            tuple(sorted(row for iri in held["rows"] for row in rows[iri])),
            tuple((subject, target, kind) for subject, target in held["pairs"]),
        )


def find_conflicts(graph: MapGraph) -> tuple[list[Conflict], Closure]:
    """Return the contradictions among the rows of a graph, smallest first, and what is left.

    What is left is the closure of the rows that contradict nothing.
    """
    found: list[Conflict] = []
    aside: set[Row] = set()
    closure = Closure(graph, graph.rows, depth=1)
    while True:
        sets: dict[tuple[RationaleType, frozenset[Row]], set[PairKey]] = {}
        for kind in RationaleType:
            for subject, target, paths in closure.contradictory(kind):
                for held in _smallest(paths):
                    sets.setdefault((kind, held), set()).update(
                        ((subject, target, kind), (target, subject, kind))
                    )
        if sets:
            size = min(len(held) for _, held in sets)
            smallest = [
                Conflict(kind, tuple(sorted(held)), tuple(sorted(pairs)))
                for (kind, held), pairs in sets.items()
                if len(held) == size
            ]
            found += sorted(smallest, key=lambda one: (one.rationale_type, one.rows))
            aside.update(row for one in smallest for row in one.set_aside)
            rows = [row for row in graph.rows if row not in aside]
            closure = Closure(graph, rows, depth=closure.depth)
        elif closure.depth >= graph.depth:
            return found, closure
        else:
            closure = closure.over(closure.depth + 1)


def _smallest(paths: Iterable[Path]) -> set[frozenset[Row]]:
    """Return the smallest sets of rows whose paths leave nothing possible, all that tie."""
    by_knowledge: dict[Knowledge, set[frozenset[Row]]] = {}
    for path in paths:
        by_knowledge.setdefault(path.knowledge, set()).add(path.rows)
    best: set[frozenset[Row]] = set()
    least = 0
    for count in range(2, len(ALL) + 1):
        for group in combinations(sorted(by_knowledge, key=sorted), count):
            if frozenset.intersection(*group):
                continue
            for chosen in product(*(by_knowledge[knowledge] for knowledge in group)):
                rows = frozenset().union(*chosen)
                if not best or len(rows) < least:
                    best, least = {rows}, len(rows)
                elif len(rows) == least:
                    best.add(rows)
        if best and least <= count:
            break
    return best
