"""Composition of mapping rows over several hops, and the intersection of several paths.

Within one rationale type, what is known of a pair is the intersection of what every path says:
a row, or rows and edges of the structure composed (semantics §2). Rows without a type neither
compose nor narrow; syntactic rows never compose; the structure costs no hop. A pair whose rows
contradict each other derives nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from functools import cache
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from crosswalk.inference.algebra import ALL, WEAK, Knowledge, compose, converse, known
from crosswalk.models import RationaleType, Relation, Step

if TYPE_CHECKING:
    from crosswalk.inference.mapgraph import MapGraph, Row

__all__ = ["Closure", "Path", "narrowed"]

SELF: Knowledge = frozenset((Relation.EQUAL,))


Rank = tuple[int, int, float, tuple[Step, ...]]


class Path(NamedTuple):
    """One path from a provision to another: its steps, and what it says of the two.

    ``rows`` are the rows it rests on, which are more than its steps where a step was narrowed by
    several rows, and ``confidence`` is the product of theirs; ``rule`` says how its relation was
    found.
    """

    steps: tuple[Step, ...]
    rows: frozenset[Row]
    knowledge: Knowledge
    hops: int
    rule: str
    confidence: float = 1.0

    @classmethod
    def of(cls, row: Row, knowledge: Knowledge, rule: str, *, reverse: bool = False) -> Path:
        """Return the path of one row, as it stands or turned round."""
        return cls(
            (row.step(reverse=reverse),), frozenset((row,)), knowledge, 1, rule, row.confidence
        )

    @property
    def rank(self) -> Rank:
        """The order of preference among the paths of a pair."""
        return (self.hops, len(self.steps), -self.confidence, self.steps)

    @property
    def surest(self) -> tuple[float, int, tuple[Step, ...]]:
        """The order of preference among the paths of as many hops that say the same of a pair."""
        return (-self.confidence, len(self.steps), self.steps)

    def then(self, other: Path) -> Path:
        """Return this path followed by another."""
        if other is HERE and self.hops:
            return self
        if self is HERE:
            return other
        rows = self.rows | other.rows
        return Path(
            self.steps + other.steps,
            rows,
            compose(self.knowledge, other.knowledge),
            self.hops + other.hops,
            "composed" if self.hops and other.hops else self.rule if self.hops else other.rule,
            _confidence(rows),
        )


Grouped = dict[Knowledge, list[tuple[str, Path]]]

ORDER = sorted(ALL)
SUBSETS = [
    frozenset(relation for n, relation in enumerate(ORDER) if bits >> n & 1)
    for bits in range(1 << len(ORDER))
]
"""Every set of relations, at the place that its bits name."""

CHOICES = 8

HERE = Path((), frozenset(), SELF, 0, "structure")


class Closure:
    """What follows for pairs of provisions, computed for one subject at a time.

    :param graph: the asserted rows and the structure.
    :param rows: the rows that may be walked; default those of the graph.
    :param depth: how many mapping hops are composed; 1 leaves the rows as asserted.
    """

    def __init__(self, graph: MapGraph, rows: Collection[Row], *, depth: int = 2) -> None:
        self.depth = depth
        self._hops: dict[RationaleType, dict[str, list[tuple[str, Path]]]] = {}
        self._zero: dict[str, list[tuple[str, Path]]] = {}
        for row in sorted(set(rows), key=lambda row: row.order()):
            if row in graph.set_aside or row.relation in WEAK:
                continue
            said = known(row.relation)
            ahead = Path.of(row, said, "asserted")
            back = Path.of(row, converse(said), "converse", reverse=True)
            held = self._hops.setdefault(row.rationale_type, {})
            for source, target, hop in (
                (row.subject, row.object, ahead),
                (row.object, row.subject, back),
            ):
                held.setdefault(source, []).append((target, hop))
                if row.same_text:
                    same = hop._replace(hops=0, rule="edition")
                    self._zero.setdefault(source, []).append((target, same))
        for source, edges in graph.edges.get(RationaleType.SEMANTIC, {}).items():
            for edge in edges:
                if edge.cost == 0:
                    path = Path(edge.steps, frozenset(), edge.knowledge, 0, "structure")
                    self._zero.setdefault(source, []).append((edge.target, path))
        self._around: dict[str, list[tuple[str, Path]]] = {}
        self._one: dict[tuple[RationaleType, str], dict[str, list[Path]]] = {}
        self._narrowed: dict[tuple[RationaleType, str], dict[str, Path]] = {}
        self._grouped: dict[tuple[RationaleType, str], Grouped] = {}

    def over(self, depth: int) -> Closure:
        """Return the closure of the same rows over as many hops, which shares what is found."""
        other = copy(self)
        other.depth = depth
        return other

    def known(self, kind: RationaleType, subject: str, *, beyond: str = "") -> dict[str, Path]:
        """Return object → one path that says all that is known of the pair.

        :param beyond: only the objects that are sorted after this IRI.
        """
        found = self._found(kind, subject, beyond, choices=CHOICES)
        return {target: narrowed(paths) for target, paths in found.items()}

    def paths(self, kind: RationaleType, subject: str) -> dict[str, list[Path]]:
        """Return object → the paths that say something of the pair, best first."""
        found = self._found(kind, subject)
        for paths in found.values():
            if len(paths) > 1:
                paths.sort(key=lambda path: path.rank)
        return found

    def _found(
        self,
        kind: RationaleType,
        subject: str,
        beyond: str = "",
        *,
        choices: int | None = None,
    ) -> dict[str, list[Path]]:
        """Return object → its paths; of those that say the same, only the best if so chosen."""
        single = self._single(kind, subject)
        found = {target: list(paths) for target, paths in single.items() if target > beyond}
        frontier = self._group(kind, subject)
        hops = self.depth if kind is not RationaleType.SYNTACTIC else 1
        for hop in range(2, hops + 1):
            least = beyond if hop == hops else ""
            ways: dict[Knowledge, defaultdict[str, list[Way]]] = {}
            for first, middles in frontier.items():
                for middle, before in middles:
                    for second, targets in self._group(kind, middle).items():
                        whole = compose(first, second)
                        if whole == ALL:
                            continue
                        saying = ways.setdefault(whole, defaultdict(list))
                        for target, after in targets:
                            if target > least and target != subject:
                                saying[target].append((before, after))
            grown: dict[str, list[Path]] = {}
            for saying in ways.values():
                for target, held in saying.items():
                    best = held
                    if choices is not None and len(held) > choices:
                        best = sorted(held, key=_preference)[:choices]
                    grown.setdefault(target, []).extend(a.then(b) for a, b in best)
            for target, paths in grown.items():
                if target > beyond:
                    found.setdefault(target, []).extend(paths)
            if hop < hops:
                frontier = _by_knowledge(_narrowed(grown))
        return found

    def closed(self, kind: RationaleType) -> Iterator[tuple[str, str, Path]]:
        """Yield (subject, object, what is known) of every pair, once, by subject and object."""
        for subject in self.provisions(kind):
            for target, path in sorted(self.known(kind, subject, beyond=subject).items()):
                yield subject, target, path

    def contradictory(self, kind: RationaleType) -> Iterator[tuple[str, str, list[Path]]]:
        """Yield (subject, object, paths) of every pair whose paths leave nothing possible."""
        if self.depth <= 2 or kind is RationaleType.SYNTACTIC:
            for subject, target in self._impossible(kind):
                yield subject, target, self.between(kind, subject, target)
            return
        for subject in self.provisions(kind):
            for target, paths in sorted(self._found(kind, subject, subject).items()):
                if not frozenset.intersection(*(path.knowledge for path in paths)):
                    yield subject, target, paths

    def between(self, kind: RationaleType, subject: str, target: str) -> list[Path]:
        """Return the paths of at most two hops that say something of one pair, best first."""
        found = list(self._single(kind, subject).get(target, ()))
        if self.depth > 1 and kind is not RationaleType.SYNTACTIC:
            first, last = self._narrow(kind, subject), self._narrow(kind, target)
            for middle in sorted(first.keys() & last.keys()):
                before, after = first[middle], self._narrow(kind, middle)[target]
                if compose(before.knowledge, after.knowledge) != ALL:
                    found.append(before.then(after))
        return sorted(found, key=lambda path: path.rank)

    def _impossible(self, kind: RationaleType) -> list[tuple[str, str]]:
        """Return the pairs of which at most two hops leave nothing possible.

        What is known is held as bits in one row of an array a subject, so that a large crosswalk
        is closed without making its paths.
        """
        import numpy as np

        names = self.provisions(kind)
        number = {name: n for n, name in enumerate(names)}
        composed = np.array([[_bits(compose(p, q)) for q in SUBSETS] for p in SUBSETS], np.uint8)
        ends, said = [], []
        found: list[tuple[str, str]] = []
        for name in names:
            near = self._narrow(kind, name)
            ends.append(np.array([number[target] for target in near], np.int64))
            said.append(np.array([_bits(path.knowledge) for path in near.values()], np.uint8))
            found += [(name, t) for t in self._single(kind, name) if name < t and t not in near]
        if self.depth > 1 and kind is not RationaleType.SYNTACTIC:
            known = np.empty(len(names), np.uint8)
            for n, name in enumerate(names):
                known.fill(len(SUBSETS) - 1)
                known[ends[n]] = said[n]
                for middle, first in zip(ends[n].tolist(), said[n].tolist(), strict=True):
                    known[ends[middle]] &= composed[first][said[middle]]
                known[n] = len(SUBSETS) - 1
                empty = np.flatnonzero(known == 0)
                found += [(name, names[other]) for other in empty.tolist() if other > n]
        return found

    def provisions(self, kind: RationaleType) -> list[str]:
        """Return the provisions of which something is known, sorted."""
        ends = self._hops.get(kind, {})
        around = {near for end in ends for near, _ in self._near(end)}
        return sorted(around) if kind is not RationaleType.SYNTACTIC else sorted(ends)

    def _single(self, kind: RationaleType, subject: str) -> dict[str, list[Path]]:
        """Return object → the paths of one mapping hop, with the structure around it."""
        key = (kind, subject)
        if key not in self._one:
            found: dict[str, list[Path]] = {}
            composes = kind is not RationaleType.SYNTACTIC
            hops = self._hops.get(kind, {})
            for start, before in self._near(subject) if composes else [(subject, HERE)]:
                for end, hop in hops.get(start, ()):
                    there = before.then(hop)
                    for target, after in self._near(end) if composes else [(end, HERE)]:
                        if target != subject and compose(there.knowledge, after.knowledge) != ALL:
                            found.setdefault(target, []).append(there.then(after))
            self._one[key] = found
        return self._one[key]

    def _narrow(self, kind: RationaleType, subject: str) -> dict[str, Path]:
        """Return object → what one hop says of the pair; nothing follows from nothing."""
        key = (kind, subject)
        if key not in self._narrowed:
            self._narrowed[key] = _narrowed(self._single(kind, subject))
        return self._narrowed[key]

    def _group(self, kind: RationaleType, subject: str) -> Grouped:
        """Return knowledge → the objects of which one hop says that, with the path that does."""
        key = (kind, subject)
        if key not in self._grouped:
            self._grouped[key] = _by_knowledge(self._narrow(kind, subject))
        return self._grouped[key]

    def _near(self, provision: str) -> list[tuple[str, Path]]:
        """Return a provision and what its structure relates to it, at no hop."""
        if provision not in self._around:
            found = {provision: HERE}
            frontier = [provision]
            while frontier:
                here = frontier.pop()
                for target, edge in self._zero.get(here, ()):
                    path = found[here].then(edge)
                    if target not in found and path.knowledge != ALL:
                        found[target] = path
                        frontier.append(target)
            self._around[provision] = sorted(found.items(), key=lambda pair: pair[0])
        return self._around[provision]


def _narrowed(found: dict[str, list[Path]]) -> dict[str, Path]:
    whole = ((target, narrowed(paths)) for target, paths in sorted(found.items()))
    return {target: path for target, path in whole if path.knowledge}


def _by_knowledge(found: dict[str, Path]) -> Grouped:
    """Return knowledge → objects with their paths, best first, as ways are sorted later."""
    grouped: Grouped = {}
    for target, path in sorted(found.items(), key=lambda pair: pair[1].surest):
        grouped.setdefault(path.knowledge, []).append((target, path))
    return grouped


def narrowed(paths: Iterable[Path]) -> Path:
    """Return one path that says all that some paths say together.

    It rests on the rows of a smallest set of paths that yields their intersection, and of these
    on the one with the highest confidence (of the paths that say the same, the ``CHOICES`` best
    are weighed); its steps are those of its best path.
    """
    held = list(paths)
    if len(held) == 1:
        return held[0]
    whole = frozenset.intersection(*[path.knowledge for path in held])
    alone = [path for path in held if path.knowledge == whole]
    if alone:
        return min(alone, key=lambda path: (-path.confidence, path.rank))
    saying: dict[Knowledge, list[tuple[int, Path]]] = {}
    for place, path in enumerate(sorted(held, key=lambda path: path.rank)):
        saying.setdefault(path.knowledge, []).append((place, path))
    for same in saying.values():
        same.sort(key=lambda placed: -placed[1].confidence)
        del same[CHOICES:]
    for size in range(2, len(saying) + 1):
        enough = [
            [saying[knowledge] for knowledge in classes]
            for classes in combinations(saying, size)
            if frozenset.intersection(*classes) == whole
        ]
        if enough:
            return _surest(enough)._replace(knowledge=whole)
    return HERE


def _surest(enough: Iterable[Sequence[Sequence[tuple[int, Path]]]]) -> Path:
    """Return what one path of each class says jointly, the surest of some choices of classes.

    Paths come with their place in the order of preference. So many are weighed that rows, too,
    are held as their places in their order.
    """
    path_at = {place: path for classes in enough for same in classes for place, path in same}
    rows = sorted({row for path in path_at.values() for row in path.rows}, key=_order)
    place_of = {row: place for place, row in enumerate(rows)}
    sure = [row.confidence for row in rows].__getitem__
    resting = {
        place: frozenset([place_of[row] for row in path.rows]) for place, path in path_at.items()
    }
    none: frozenset[int] = frozenset()
    confidence, places = min(
        (-prod(map(sure, sorted(none.union(*[resting[place] for place in places])))), places)
        for classes in enough
        for group in product(*([place for place, _ in same] for same in classes))
        for places in (sorted(group),)
    )
    together = [path_at[place] for place in places]
    return together[0]._replace(
        rows=together[0].rows.union(*[path.rows for path in together[1:]]),
        rule="intersected",
        confidence=-confidence,
    )


Way = tuple[Path, Path]


def _preference(way: Way) -> tuple[float, int, tuple[Step, ...]]:
    """Return what orders the ways from a provision to another, before their paths are made."""
    before, after = way
    confidence = _confidence(before.rows | after.rows)
    steps = before.steps + after.steps
    return (-confidence, len(steps), steps)


def _confidence(rows: Collection[Row]) -> float:
    """Return the product of the rows' confidences, always multiplied in the same order."""
    if len(rows) == 2:
        one, other = rows
        return one.confidence * other.confidence
    return prod([row.confidence for row in sorted(rows, key=_order)])


def _order(row: Row) -> tuple[str, int, str, Row]:
    return row.order()


@cache
def _bits(knowledge: Knowledge) -> int:
    """Return a set of relations as bits."""
    return sum(1 << n for n, relation in enumerate(ORDER) if relation in knowledge)
