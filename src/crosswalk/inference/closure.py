"""Composition of mapping rows over several hops, and the intersection of several paths.

Within one rationale type, what is known of a pair is the intersection of what every path says:
a row, or rows and edges of the structure composed (semantics §2). Rows without a type neither
compose nor narrow; syntactic rows never compose; the structure costs no hop. A pair whose rows
contradict each other derives nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
            _confidence(rows) if self.rows and other.rows else self.confidence * other.confidence,
        )


Grouped = dict[Knowledge, list[tuple[str, Path]]]
Way = tuple[Path, Path]
"""Two paths of which the second goes on where the first ends: a path that is not made yet."""

Said = dict[Knowledge, list[Way]]
"""What is said of one pair, and by which ways."""

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
        self._rows: dict[RationaleType, dict[str, list[tuple[Row, bool]]]] = {}
        self._zero: dict[str, list[tuple[str, Path]]] = {}
        for row in sorted(set(rows), key=_order):
            if row in graph.set_aside or row.relation in WEAK:
                continue
            held = self._rows.setdefault(row.rationale_type, {})
            for end, back in ((row.subject, False), (row.object, True)):
                held.setdefault(end, []).append((row, back))
                if row.same_text:
                    target, hop = _hop(row, back=back)
                    same = hop._replace(hops=0, rule="edition")
                    self._zero.setdefault(end, []).append((target, same))
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
        found = self._found(kind, subject, beyond)
        return {target: _narrowest(said) for target, said in found.items()}

    def paths(
        self, kind: RationaleType, subject: str, *, prefix: str = ""
    ) -> dict[str, list[Path]]:
        """Return object → the paths that say something of the pair, best first.

        :param prefix: only the objects whose IRI begins with it.
        """
        found = self._found(kind, subject)
        return {t: _made(said) for t, said in found.items() if t.startswith(prefix)}

    def _found(self, kind: RationaleType, subject: str, beyond: str = "") -> dict[str, Said]:
        """Return object → the ways there, by what they say of the pair."""
        found: dict[str, Said] = {}
        for target, paths in self._single(kind, subject).items():
            if target > beyond:
                found[target] = _said(paths)
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
            grown: dict[str, Said] = {}
            for whole, saying in ways.items():
                for target, held in saying.items():
                    grown.setdefault(target, {})[whole] = held
                    if target > beyond:
                        found.setdefault(target, {}).setdefault(whole, []).extend(held)
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
            for target, said in sorted(self._found(kind, subject, subject).items()):
                if not frozenset.intersection(*said):
                    yield subject, target, _made(said)

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
        ends = self._rows.get(kind, {})
        around = {near for end in ends for near, _ in self._near(end)}
        return sorted(around) if kind is not RationaleType.SYNTACTIC else sorted(ends)

    def _single(self, kind: RationaleType, subject: str) -> dict[str, list[Path]]:
        """Return object → the paths of one mapping hop, with the structure around it."""
        key = (kind, subject)
        if key not in self._one:
            found: dict[str, list[Path]] = {}
            composes = kind is not RationaleType.SYNTACTIC
            rows = self._rows.get(kind, {})
            for start, before in self._near(subject) if composes else [(subject, HERE)]:
                for row, back in rows.get(start, ()):
                    end, hop = _hop(row, back=back)
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
            single = self._single(kind, subject)
            self._narrowed[key] = _narrowed({t: _said(paths) for t, paths in single.items()})
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


def _hop(row: Row, *, back: bool) -> tuple[str, Path]:
    """Return where a row leads, as it stands or turned round, and the path of it."""
    said = known(row.relation)
    if back:
        return row.subject, Path.of(row, converse(said), "converse", reverse=True)
    return row.object, Path.of(row, said, "asserted")


def _said(paths: Iterable[Path]) -> Said:
    said: Said = {}
    for path in paths:
        said.setdefault(path.knowledge, []).append((path, HERE))
    return said


def _made(said: Said) -> list[Path]:
    """Return the paths of all ways of one pair, best first."""
    paths = [before.then(after) for ways in said.values() for before, after in ways]
    return sorted(paths, key=lambda path: path.rank) if len(paths) > 1 else paths


def _narrowed(found: dict[str, Said]) -> dict[str, Path]:
    whole = ((target, _narrowest(said)) for target, said in sorted(found.items()))
    return {target: path for target, path in whole if path.knowledge}


def _by_knowledge(found: dict[str, Path]) -> Grouped:
    """Return knowledge → objects with their paths, best first, as ways are sorted later."""
    grouped: Grouped = {}
    for target, path in sorted(found.items(), key=lambda pair: _preference((pair[1], HERE))):
        grouped.setdefault(path.knowledge, []).append((target, path))
    return grouped


def narrowed(paths: Iterable[Path]) -> Path:
    """Return one path that says all that some paths say together.

    It rests on the rows of a smallest set of paths that yields their intersection, and of these
    on the one with the highest confidence (of the paths that say the same, the ``CHOICES`` best
    are weighed); its steps are those of its best path.
    """
    return _narrowest(_said(paths))


def _narrowest(said: Said) -> Path:
    """Return one path that says all that some ways say, of which only those weighed are made."""
    whole = frozenset.intersection(*said)
    if whole in said:
        before, after = min(said[whole], key=_preference)
        return before.then(after)
    for size in range(2, len(said) + 1):
        enough = [
            classes
            for classes in combinations(said, size)
            if frozenset.intersection(*classes) == whole
        ]
        if enough:
            return _surest(said, enough)._replace(knowledge=whole)
    return HERE


def _surest(said: Said, enough: Sequence[tuple[Knowledge, ...]]) -> Path:
    """Return what one way of each class says jointly, the surest of some choices of classes.

    So many are weighed that paths and rows are told apart by their place in their order.
    """
    classes = dict.fromkeys(knowledge for some in enough for knowledge in some)
    best = [(c, way) for c in classes for way in sorted(said[c], key=_preference)[:CHOICES]]
    best.sort(key=lambda one: _rank(one[1]))
    of: dict[Knowledge, list[int]] = {}
    for place, (knowledge, _) in enumerate(best):
        of.setdefault(knowledge, []).append(place)
    held = [before.rows | after.rows for _, (before, after) in best]
    rows = sorted(frozenset().union(*held), key=_order)
    sure = [row.confidence for row in rows].__getitem__
    place_of = {row: place for place, row in enumerate(rows)}
    resting = [frozenset([place_of[row] for row in some]) for some in held].__getitem__
    union: Callable[..., frozenset[int]] = frozenset.union
    groups = [group for some in enough for group in product(*[of[c] for c in some])]
    confidences = [prod(map(sure, sorted(union(*map(resting, group))))) for group in groups]
    most = max(confidences)
    places = min(sorted(group) for group, c in zip(groups, confidences, strict=True) if c == most)
    before, after = best[places[0]][1]
    return before.then(after)._replace(
        rows=frozenset().union(*[held[place] for place in places]),
        rule="intersected",
        confidence=most,
    )


def _preference(way: Way) -> tuple[float, int, int, tuple[Step, ...]]:
    """Return what orders the ways that say the same of a pair, surest first."""
    first, rows, _, hops, _, sure = way[0]
    then, others, _, more, _, surer = way[1]
    steps = first + then
    if len(rows) == 1 and len(others) == 1 and rows != others:
        return (-(sure * surer), hops + more, len(steps), steps)
    return (-_confidence(rows | others), hops + more, len(steps), steps)


def _rank(way: Way) -> Rank:
    """Return the rank of the path that a way makes."""
    confidence, hops, length, steps = _preference(way)
    return (hops, length, confidence, steps)


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
