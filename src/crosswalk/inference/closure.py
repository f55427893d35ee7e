"""Composition of mapping rows over several hops, and the intersection of several paths.

Within one rationale type, what is known of a pair is the intersection of what every path says:
a row, or rows and edges of the structure composed (semantics §2). Rows without a type neither
compose nor narrow; syntactic rows never compose; the structure costs no hop. A pair whose rows
contradict each other derives nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations

from crosswalk.inference.algebra import ALL, Knowledge, compose, converse, known
from crosswalk.inference.mapgraph import WEAK, MapGraph, Row
from crosswalk.models import RationaleType, Relation, Step

__all__ = ["Closure", "Path"]

SELF: Knowledge = frozenset((Relation.EQUAL,))


@dataclass(frozen=True, slots=True)
class Path:
    """One path from a provision to another: its steps, and what it says of the two.

    ``rows`` are the rows it rests on, which are more than its steps where a step was narrowed by
    several rows; ``rule`` says how its relation was found.
    """

    steps: tuple[Step, ...]
    rows: frozenset[Row]
    knowledge: Knowledge
    hops: int
    rule: str

    @property
    def confidence(self) -> float:
        """The product of the confidences of the rows it rests on."""
        product = 1.0
        for row in sorted(self.rows):
            product *= row.confidence
        return product

    @property
    def rank(self) -> tuple[int, int, float, tuple[Step, ...]]:
        """The order of preference among the paths of a pair."""
        return (self.hops, len(self.steps), -self.confidence, self.steps)

    def then(self, other: Path) -> Path:
        """Return this path followed by another."""
        rule = "composed" if self.hops and other.hops else self.rule if self.hops else other.rule
        return Path(
            (*self.steps, *other.steps),
            self.rows | other.rows,
            compose(self.knowledge, other.knowledge),
            self.hops + other.hops,
            rule,
        )


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
        for row in sorted(set(rows)):
            if row in graph.set_aside or row.relation in WEAK:
                continue
            held = self._hops.setdefault(row.rationale_type, {})
            said = known(row.relation)
            ahead = Path((row.step(),), frozenset((row,)), said, 1, "asserted")
            back = Path((row.step(reverse=True),), frozenset((row,)), converse(said), 1, "converse")
            held.setdefault(row.subject, []).append((row.object, ahead))
            held.setdefault(row.object, []).append((row.subject, back))
        self._zero: dict[str, list[tuple[str, Path]]] = {}
        for sources in graph.edges.values():
            for source, edges in sources.items():
                for edge in edges:
                    if edge.cost == 0:
                        found = self._zero.setdefault(source, [])
                        path = Path((edge.step,), frozenset(), edge.knowledge, 0, "structure")
                        if (edge.target, path) not in found:
                            found.append((edge.target, path))
            break  # the structure is the same in every rationale type
        self._around: dict[str, list[tuple[str, Path]]] = {}
        self._one: dict[tuple[RationaleType, str], dict[str, list[Path]]] = {}

    def paths(self, kind: RationaleType, subject: str) -> dict[str, list[Path]]:
        """Return object → the paths that say something of the pair, best first."""
        found = {target: list(paths) for target, paths in self._single(kind, subject).items()}
        if kind is RationaleType.SYNTACTIC:
            return found
        frontier = self._single(kind, subject)
        for _ in range(1, self.depth):
            grown: dict[str, list[Path]] = {}
            for middle, held in sorted(frontier.items()):
                first = narrowed(held)
                if not first.knowledge or first.knowledge == ALL:
                    continue
                for target, further in sorted(self._single(kind, middle).items()):
                    second = narrowed(further)
                    if target == subject or not second.knowledge:
                        continue
                    path = first.then(second)
                    if path.knowledge != ALL:
                        grown.setdefault(target, []).append(path)
            for target, paths in grown.items():
                found.setdefault(target, []).extend(paths)
            frontier = grown
        for paths in found.values():
            paths.sort(key=lambda path: path.rank)
        return found

    def _single(self, kind: RationaleType, subject: str) -> dict[str, list[Path]]:
        """Return object → the paths of one mapping hop, with the structure around it."""
        key = (kind, subject)
        if key not in self._one:
            found: dict[str, list[Path]] = {}
            composes = kind is not RationaleType.SYNTACTIC
            starts = self._near(subject) if composes else [(subject, HERE)]
            for start, before in starts:
                for end, hop in self._hops.get(kind, {}).get(start, ()):
                    for target, after in self._near(end) if composes else [(end, HERE)]:
                        path = before.then(hop).then(after)
                        if target != subject and path.knowledge != ALL:
                            found.setdefault(target, []).append(path)
            self._one[key] = found
        return self._one[key]

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


def narrowed(paths: Iterable[Path]) -> Path:
    """Return one path that says all that some paths say together.

    It rests on the rows of a smallest set of paths that yields their intersection, and of these
    on the one with the highest confidence; its steps are those of its best path.
    """
    held = sorted(paths, key=lambda path: path.rank)
    whole: Knowledge = ALL
    for path in held:
        whole &= path.knowledge
    for size in range(1, len(held) + 1):
        chosen = [
            group
            for group in combinations(held, size)
            if frozenset.intersection(*(path.knowledge for path in group)) == whole
        ]
        if chosen:
            best = min(chosen, key=lambda group: (-_product(group), [p.rank for p in group]))
            first = best[0]
            rows = frozenset(row for path in best for row in path.rows)
            rule = first.rule if size == 1 else "intersected"
            return Path(first.steps, rows, whole, first.hops, rule)
    return HERE


def _product(group: Iterable[Path]) -> float:
    product = 1.0
    for row in sorted({row for path in group for row in path.rows}):
        product *= row.confidence
    return product
