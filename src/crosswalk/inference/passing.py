"""What a provision passes on along mappings, by the table of semantics §3: alone, or in a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crosswalk.inference.algebra import ALL, Knowledge
from crosswalk.inference.derivation import (
    LEAD_INDETERMINATE,
    LEAD_OVERLAP,
    NOT_SATISFIED,
    SATISFIED,
    SUPPORTED,
    Derivation,
    Rank,
)
from crosswalk.inference.mapgraph import Edge, Group, MapGraph
from crosswalk.models import RationaleType, Relation, Step

__all__ = ["CAP_NOTE", "Key", "Offer", "Passing", "Ranked"]

CONTAINS: Knowledge = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
WITHIN: Knowledge = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
CAP_NOTE = "a standard mapped to a law is capped at supported"

Key = tuple[str, bool]
"""A provision, and whether it is satisfied or not satisfied."""
Ranked = tuple[Rank, Derivation]
Offer = tuple[str, str, Ranked]
"""For which provision which conclusion is offered, and by which derivation."""


class Passing:
    """What provisions pass on within one rationale type, kept from one transfer to the next.

    What a provision passes on is a function of how its own status was found; from one state of the
    evidence to the next most are found as before.
    """

    def __init__(self, graph: MapGraph, kind: RationaleType) -> None:
        self.graph, self.kind = graph, kind
        self._groups: list[Group] = graph.groups.get(kind, [])
        self._of_member: dict[str, list[int]] = {}
        self._of_target: dict[str, list[int]] = {}
        for number, group in enumerate(self._groups):
            self._of_target.setdefault(group.target, []).append(number)
            for member in group.members:
                self._of_member.setdefault(member, []).append(number)
        self._direct: dict[Key, Derivation] = {}
        self._alone: dict[Key, tuple[Derivation, list[Offer]]] = {}

    def direct(self, key: Key) -> Derivation:
        """Return that something is known directly."""
        if key not in self._direct:
            self._direct[key] = Derivation("", (key[0],), (), "direct", str(self.kind), 0, 1.0)
        return self._direct[key]

    def alone(self, key: Key, start: Derivation) -> list[Offer]:
        """Return what follows along each edge of a provision whose status was found."""
        held = self._alone.get(key)
        if held is None or held[0] is not start:
            source, state = key
            offers = [
                _offer(edge.target, one)
                for edge in self.graph.reach(self.kind, source)
                for one in _along(self.graph, edge, start, state=state)
            ]
            held = self._alone[key] = (start, offers)
        return held[1]

    def with_others(
        self, members: Iterable[Key], settled: Mapping[Key, Derivation]
    ) -> Iterator[Offer]:
        """Yield what follows from the groups that have one of some provisions as a member."""
        touched = {
            number
            for member, state in members
            if state
            for number in self._of_member.get(member, ())
        }
        return self._jointly(sorted(touched), settled)

    def together(self, target: str, settled: Mapping[Key, Derivation]) -> Iterator[Offer]:
        """Yield what follows for a provision from groups."""
        return self._jointly(self._of_target.get(target, ()), settled)

    def _jointly(
        self, numbers: Iterable[int], settled: Mapping[Key, Derivation]
    ) -> Iterator[Offer]:
        for number in numbers:
            group = self._groups[number]
            whole = _jointly(self.graph, group, settled, str(self.kind))
            if whole is not None:
                yield _offer(group.target, whole)


def _offer(target: str, one: Derivation) -> Offer:
    return target, one.conclusion, (one.rank, one)


def _along(graph: MapGraph, edge: Edge, start: Derivation, *, state: bool) -> Iterable[Derivation]:
    """Yield what one edge says of its target, by the table of semantics §3."""
    knowledge = edge.knowledge
    capped = graph.is_law(edge.target) and not graph.is_law(edge.source)

    def conclude(conclusion: str, rule: str) -> Derivation:
        return Derivation(
            conclusion,
            start.bases,
            (*start.steps, *edge.steps),
            rule,
            start.rationale_type,
            start.hops + edge.cost,
            start.confidence * edge.confidence,
            start.mappings | edge.mappings,
        )

    # Nothing is carried across a changed text of an edition without review (semantics §7).
    typed = not edge.weak and not edge.changed
    if not state:
        if typed and knowledge <= WITHIN:
            yield conclude(NOT_SATISFIED, "lies inside the target, and is not satisfied")
        return
    if typed and knowledge <= CONTAINS:
        if capped:
            yield conclude(SUPPORTED, f"contains the target; {CAP_NOTE}")
        else:
            yield conclude(SATISFIED, "contains the target, and is satisfied")
    elif typed and knowledge <= WITHIN:
        yield conclude(SUPPORTED, "lies inside the target: some of it is met")
    elif Relation.NO_RELATIONSHIP not in knowledge:
        yield conclude(LEAD_OVERLAP, "overlaps the target: a lead, counts nothing")
    elif knowledge not in (frozenset((Relation.NO_RELATIONSHIP,)), ALL):
        yield conclude(LEAD_INDETERMINATE, "may overlap the target: a lead, counts nothing")


def _jointly(
    graph: MapGraph, group: Group, settled: Mapping[Key, Derivation], kind: str
) -> Derivation | None:
    """Return what a group says of its target if all members are satisfied."""
    parts = [settled.get((member, True)) for member in group.members]
    if any(part is None for part in parts):
        return None
    held = [part for part in parts if part is not None]
    capped = graph.is_law(group.target) and not all(graph.is_law(m) for m in group.members)
    steps: dict[Step, None] = {}
    confidence = 1.0
    for part in held:
        for step in part.steps:
            steps.setdefault(step)
    for step in group.steps:
        steps.setdefault(step)
    for step in steps:
        confidence *= step.confidence
    return Derivation(
        SUPPORTED if capped else SATISFIED,
        tuple(sorted({base for part in held for base in part.bases})),
        tuple(steps),
        ("all members together contain the target" if group.cost else "all children are satisfied")
        + (f"; {CAP_NOTE}" if capped else ""),
        kind,
        max(part.hops for part in held) + group.cost,
        confidence,
        frozenset(step.iri for step in group.steps if step.iri).union(
            *(part.mappings for part in held)
        ),
    )
