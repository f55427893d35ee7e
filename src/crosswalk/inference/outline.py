"""What is known of pairs, without the paths that say so: sets of provisions, held as bits.

A relation set is a number of five bits, a set of provisions a number of as many bits as there are
provisions, so that what composes and intersects is found for all objects of a subject at once.
Most questions ask first which pairs say something, and only then on what a few of them rest:
the paths are made for those (``closure``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from threading import Lock

from crosswalk.inference.algebra import ALL, Knowledge, compose
from crosswalk.models import Relation

__all__ = ["COMPOSED", "EVERY", "SUBSETS", "Numbers", "Outline", "bits", "middles", "outline"]

ORDER = sorted(ALL)
SUBSETS = [
    frozenset(relation for n, relation in enumerate(ORDER) if number >> n & 1)
    for number in range(1 << len(ORDER))
]
"""Every set of relations, at the place that its bits name."""

EVERY = len(SUBSETS) - 1
"""All relations: what says nothing."""

NUMBER = {knowledge: n for n, knowledge in enumerate(SUBSETS)}


def _composed() -> list[list[int]]:
    """Return the table of compositions, of which that of two relations makes all others."""
    single = [[NUMBER[compose(frozenset((a,)), frozenset((b,)))] for b in ORDER] for a in ORDER]
    table = [[0] * len(SUBSETS) for _ in SUBSETS]
    for first, second in product(range(1, len(SUBSETS)), repeat=2):
        a, b = (first & -first).bit_length() - 1, (second & -second).bit_length() - 1
        rest, others = first & first - 1, second & second - 1
        table[first][second] = single[a][b] | table[first ^ rest][others] | table[rest][second]
    return table


COMPOSED = _composed()
"""What two sets of relations compose to, all as bits."""

NUMBERING = Lock()
Groups = list[tuple[int, int]]
"""Sets of relations with the provisions of which they are known, both as bits."""


def bits(knowledge: Knowledge) -> int:
    """Return a set of relations as bits.

    >>> bits(ALL) == EVERY
    True
    """
    return NUMBER[knowledge]


@dataclass(slots=True)
class Numbers:
    """The provisions by number, in the order in which they were first met."""

    names: list[str] = field(default_factory=list)
    _number: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """Return the number of a provision."""
        found = self._number.get(name)
        if found is not None:
            return found
        with NUMBERING:  # two threads may ask of one crosswalk
            if name not in self._number:
                self.names.append(name)
                self._number[name] = len(self.names) - 1
            return self._number[name]

    def named(self, members: int) -> list[str]:
        """Return the provisions of a set, by number.

        >>> numbers = Numbers()
        >>> numbers.named(1 << numbers.of("a") | 1 << numbers.of("b"))
        ['a', 'b']
        """
        return [self.names[n] for n in _each(members)]


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known from one provision to each other one.

    ``near`` are the objects of one hop, ``reached`` all of which some path says something,
    ``speaking`` those of which a relation other than none remains; ``possible`` holds, for each
    relation, of which of them it remains possible.
    """

    near: int
    reached: int
    speaking: int
    possible: tuple[int, ...]

    def saying(self, allowed: int) -> int:
        """Return the objects of which some of the allowed relations remain, and no others."""
        found, others = 0, 0
        for n, members in enumerate(self.possible):
            if allowed >> n & 1:
                found |= members
            else:
                others |= members
        return found & ~others

    @property
    def nothing(self) -> int:
        """The objects of which no relation remains possible: a contradiction."""
        found = 0
        for members in self.possible:
            found |= members
        return self.reached & ~found

    def knowledge(self, number: int) -> Knowledge:
        """Return what is known of one object that is reached."""
        return SUBSETS[sum((members >> number & 1) << n for n, members in enumerate(self.possible))]


def outline(
    subject: int, single: Iterable[tuple[int, int]], groups: Callable[[int], Groups], *, hops: int
) -> Outline:
    """Return what is known from a provision over some hops.

    :param subject: its number.
    :param single: what its paths of one hop say: (object's number, relations), repeated at will.
    :param groups: what one hop says from a provision of a number, where anything remains.
    """
    me = ~(1 << subject)
    said = [0] * (EVERY + 1)
    for target, knowledge in single:
        said[knowledge] |= 1 << target
    near = _joined(said)
    frontier = groups(subject)
    for hop in range(2, hops + 1):
        grown = [0] * (EVERY + 1)
        for first, middles in frontier:
            row = COMPOSED[first]
            for middle in _each(middles):
                for second, targets in groups(middle):
                    grown[row[second]] |= targets
        grown = [members & me for members in grown]
        grown[EVERY] = 0
        for knowledge, members in enumerate(grown):
            said[knowledge] |= members
        if hop < hops:
            frontier = grouped(_possible(grown))
    possible = _possible(said)
    speaking = _joined(
        members for n, members in enumerate(possible) if ORDER[n] is not Relation.NO_RELATIONSHIP
    )
    return Outline(near, _joined(said), speaking, possible)


def middles(
    subject: int, target: int, groups: Callable[[int], Groups]
) -> Iterator[tuple[int, int, int]]:
    """Yield (relations, relations, provision) of each that stands between two and says something.

    :param groups: as of :func:`outline`.
    """
    for first, near in groups(subject):
        row = COMPOSED[first]
        for middle in _each(near):
            for second, targets in groups(middle):
                if targets >> target & 1 and row[second] != EVERY:
                    yield first, second, middle


def grouped(possible: Iterable[int]) -> Groups:
    """Return the sets of relations that remain possible, each with the objects of which it does."""
    found = [(0, _joined(held := list(possible)))]
    for n, members in enumerate(held):
        found = [
            (knowledge | into, part)
            for knowledge, whole in found
            for into, part in ((0, whole & ~members), (1 << n, whole & members))
            if part
        ]
    return found


def _possible(said: list[int]) -> tuple[int, ...]:
    """Return, for each relation, of which objects all that is said leaves it possible."""
    reached = _joined(said)
    found = []
    for n in range(len(ORDER)):
        without = 0
        for knowledge, members in enumerate(said):
            if members and not knowledge >> n & 1:
                without |= members
        found.append(reached & ~without)
    return tuple(found)


def _joined(said: Iterable[int]) -> int:
    found = 0
    for members in said:
        found |= members
    return found


def _each(members: int) -> Iterator[int]:
    """Yield the numbers in a set, ascending."""
    while members:
        least = members & -members
        yield least.bit_length() - 1
        members ^= least
