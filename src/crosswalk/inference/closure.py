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
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from crosswalk.inference.algebra import ALL, WEAK, Knowledge, compose, converse, known
from crosswalk.inference.outline import (
    COMPOSED,
    EVERY,
    SUBSETS,
    Groups,
    Numbers,
    Outline,
    bits,
    middles,
    outline,
)
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


class Hop(NamedTuple):
    """One row between two provisions, with the structure before and after it, not made a path.

    ``knowledge`` is what it says of the pair, as bits; ``back`` tells that the row is turned round.
    """

    knowledge: int
    before: Path
    row: Row
    back: bool
    after: Path

    def path(self) -> Path:
        """Return the path of it."""
        return self.before.then(_hop(self.row, back=self.back)[1]).then(self.after)


SELF_BITS = bits(SELF)
SAID = {one: (bits(known(one)), bits(converse(known(one)))) for one in Relation}
"""Relation → what it says of its pair, as it stands and turned round, as bits."""

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
        self._rows: dict[RationaleType, dict[str, list[tuple[Row, bool, str, int]]]] = {}
        self._row_bits: dict[RationaleType, dict[int, list[tuple[int, int]]]] = {}
        self._numbers = Numbers()
        self._zero: dict[str, list[tuple[str, Path]]] = {}
        for row in sorted(set(rows), key=_order):
            if row in graph.set_aside or row.relation in WEAK:
                continue
            held = self._rows.setdefault(row.rationale_type, {})
            held_bits = self._row_bits.setdefault(row.rationale_type, {})
            said, turned = SAID[row.relation]
            start, end = self._numbers.of(row.subject), self._numbers.of(row.object)
            held.setdefault(row.subject, []).append((row, False, row.object, said))
            held.setdefault(row.object, []).append((row, True, row.subject, turned))
            held_bits.setdefault(start, []).append((end, said))
            held_bits.setdefault(end, []).append((start, turned))
            if row.same_text:
                for provision, back in ((row.subject, False), (row.object, True)):
                    target, hop = _hop(row, back=back)
                    same = hop._replace(hops=0, rule="edition")
                    self._zero.setdefault(provision, []).append((target, same))
        for source, edges in graph.edges.get(RationaleType.SEMANTIC, {}).items():
            for edge in edges:
                if edge.cost == 0:
                    path = Path(edge.steps, frozenset(), edge.knowledge, 0, "structure")
                    self._zero.setdefault(source, []).append((edge.target, path))
        self._beside: dict[int, list[tuple[int, int]]] = {}
        self._around: dict[str, list[tuple[str, Path]]] = {}
        self._hops: dict[tuple[RationaleType, str], dict[str, list[Hop]]] = {}
        self._near_bits: dict[tuple[RationaleType, int], Groups] = {}
        self._one: dict[tuple[RationaleType, str], dict[str, list[Path]]] = {}
        self._best: dict[tuple[RationaleType, str, str], Path] = {}
        self._deep: dict[tuple[int, RationaleType, str], dict[str, Said]] = {}
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

    def outline(self, kind: RationaleType, subject: str) -> Outline:
        """Return what is known from a provision to each other, by their numbers, without paths."""
        number = self._numbers.of(subject)
        return outline(
            number,
            self._single_bits(kind, number),
            lambda middle: self._groups(kind, middle),
            hops=self._reach(kind),
        )

    def number(self, provision: str) -> int:
        """Return the number of a provision in an outline."""
        return self._numbers.of(provision)

    def named(self, members: int) -> list[str]:
        """Return the provisions of a set of an outline."""
        return self._numbers.named(members)

    def best(self, kind: RationaleType, subject: str, target: str) -> Path:
        """Return one path that says all that is known of a pair, as :meth:`known` does.

        :returns: a path of no steps where nothing is known.
        """
        said = self._said(kind, subject, target)
        return _narrowest(said) if said else HERE

    def _said(self, kind: RationaleType, subject: str, target: str) -> Said:
        """Return what is said of one pair."""
        hops = self._reach(kind)
        if hops > 2:
            key = (hops, kind, subject)
            if key not in self._deep:
                self._deep[key] = self._found(kind, subject)
            return self._deep[key].get(target, {})
        said = _said([hop.path() for hop in self._ways(kind, subject).get(target, ())])
        if hops > 1:
            start, end = self._numbers.of(subject), self._numbers.of(target)
            for first, second, middle in middles(start, end, lambda n: self._groups(kind, n)):
                name = self._numbers.names[middle]
                way = (self._best_hop(kind, subject, name), self._best_hop(kind, name, target))
                said.setdefault(SUBSETS[COMPOSED[first][second]], []).append(way)
        return said

    def _best_hop(self, kind: RationaleType, subject: str, target: str) -> Path:
        """Return what one hop says of a pair of which it says something."""
        key = (kind, subject, target)
        if key not in self._best:
            hops = self._ways(kind, subject)[target]
            self._best[key] = _narrowest(_said([hop.path() for hop in hops]))
        return self._best[key]

    def paths(
        self, kind: RationaleType, subject: str, *, prefix: str = ""
    ) -> dict[str, list[Path]]:
        """Return object → the paths that say something of the pair, best first.

        :param prefix: only the objects whose IRI begins with it.
        """
        reached = self.named(self.outline(kind, subject).reached)
        return {
            target: _made(self._said(kind, subject, target))
            for target in reached
            if target.startswith(prefix)
        }

    def _found(self, kind: RationaleType, subject: str, beyond: str = "") -> dict[str, Said]:
        """Return object → the ways there, by what they say of the pair."""
        found: dict[str, Said] = {}
        for target, paths in self._single(kind, subject).items():
            if target > beyond:
                found[target] = _said(paths)
        frontier = self._group(kind, subject)
        hops = self._reach(kind)
        for hop in range(2, hops + 1):
            least = beyond if hop == hops else ""
            ways: dict[Knowledge, defaultdict[str, list[Way]]] = {}
            for first, near in frontier.items():
                for middle, before in near:
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
        for subject in self.provisions(kind):
            empty = self.outline(kind, subject).nothing
            for target in sorted(self._numbers.named(empty)) if empty else ():
                if target > subject:
                    yield subject, target, _made(self._said(kind, subject, target))

    def provisions(self, kind: RationaleType) -> list[str]:
        """Return the provisions of which something is known, sorted."""
        ends = self._rows.get(kind, {})
        around = {near for end in ends for near, _ in self._near(end)}
        return sorted(around) if kind is not RationaleType.SYNTACTIC else sorted(ends)

    def _single(self, kind: RationaleType, subject: str) -> dict[str, list[Path]]:
        """Return object → the paths of one mapping hop, with the structure around it."""
        key = (kind, subject)
        if key not in self._one:
            ways = self._ways(kind, subject)
            self._one[key] = {t: [hop.path() for hop in hops] for t, hops in ways.items()}
        return self._one[key]

    def _ways(self, kind: RationaleType, subject: str) -> dict[str, list[Hop]]:
        """Return object → the ways of one mapping hop, with the structure around it."""
        key = (kind, subject)
        if key not in self._hops:
            found: dict[str, list[Hop]] = {}
            composes = kind is not RationaleType.SYNTACTIC
            rows = self._rows.get(kind, {})
            for start, before in self._near(subject) if composes else [(subject, HERE)]:
                first = COMPOSED[bits(before.knowledge)]
                for row, back, end, said in rows.get(start, ()):
                    there = COMPOSED[first[said]]
                    for target, after in self._near(end) if composes else [(end, HERE)]:
                        whole = there[bits(after.knowledge)]
                        if target != subject and whole != EVERY:
                            found.setdefault(target, []).append(
                                Hop(whole, before, row, back, after)
                            )
            self._hops[key] = found
        return self._hops[key]

    def _groups(self, kind: RationaleType, number: int) -> Groups:
        """Return what one hop says from a provision of a number, where anything remains."""
        key = (kind, number)
        if key not in self._near_bits:
            found: dict[int, int] = {}
            for target, knowledge in self._single_bits(kind, number):
                found[target] = found.get(target, EVERY) & knowledge
            said: dict[int, int] = {}
            for target, knowledge in found.items():
                if knowledge:
                    said[knowledge] = said.get(knowledge, 0) | 1 << target
            self._near_bits[key] = list(said.items())
        return self._near_bits[key]

    def _single_bits(self, kind: RationaleType, number: int) -> list[tuple[int, int]]:
        """Return what each way of one hop says from a provision: (object, knowledge) as numbers."""
        rows = self._row_bits.get(kind, {})
        if kind is RationaleType.SYNTACTIC:
            return rows.get(number, [])
        found = []
        for start, before in self._around_bits(number):
            first = COMPOSED[before]
            for end, said in rows.get(start, ()):
                around = self._beside.get(end) or self._around_bits(end)
                there = COMPOSED[first[said]]
                for target, after in around:
                    whole = there[after]
                    if target != number and whole != EVERY:
                        found.append((target, whole))
        return found

    def _around_bits(self, number: int) -> list[tuple[int, int]]:
        """Return what :meth:`_near` does, as numbers."""
        if number not in self._beside:
            name, of = self._numbers.names[number], self._numbers.of
            self._beside[number] = (
                [(of(near), bits(path.knowledge)) for near, path in self._near(name)]
                if name in self._zero
                else [(number, SELF_BITS)]
            )
        return self._beside[number]

    def _reach(self, kind: RationaleType) -> int:
        """Return over how many hops a rationale type is composed."""
        return self.depth if kind is not RationaleType.SYNTACTIC else 1

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
                before = found[here]
                for target, edge in self._zero.get(here, ()):
                    if target in found or compose(before.knowledge, edge.knowledge) == ALL:
                        continue
                    found[target] = before.then(edge)
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
