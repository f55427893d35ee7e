"""What is known of one provision → what follows for others (semantics §3, "Inferred").

What is known of a pair is what rows and structure say, composed and intersected, whatever the
statuses between are; a chain stays within one rationale type; syntactic rows transfer nothing; a
direct status is never overridden; positive transfer from a standard to a law is capped at
*supported*.
The result is a least fixpoint over a finite order, so the order of rows never matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from crosswalk.inference.algebra import ALL, Knowledge
from crosswalk.inference.mapgraph import Edge, Group, MapGraph
from crosswalk.models import RationaleType, Relation, Step

__all__ = ["CAP_NOTE", "Derivation", "Inferred", "transfer"]

CONTAINS: Knowledge = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
WITHIN: Knowledge = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
CAP_NOTE = "a standard mapped to a law is capped at supported"

SATISFIED, NOT_SATISFIED, SUPPORTED = "satisfied", "not-satisfied", "supported"
DECIDED = (SATISFIED, NOT_SATISFIED)
LEAD_OVERLAP, LEAD_INDETERMINATE = "lead-overlap", "lead-indeterminate"


Rank = tuple[int, int, float, tuple[str, ...], tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a conclusion was reached: from which provisions, over which steps, by which rule.

    ``mappings`` are the IRIs of the rows it rests on, which may be more than its steps.
    """

    conclusion: str
    bases: tuple[str, ...]
    steps: tuple[Step, ...]
    rule: str
    rationale_type: str
    hops: int
    confidence: float
    mappings: frozenset[str] = frozenset()

    @property
    def rank(self) -> Rank:
        """The order in which derivations of one conclusion are preferred, best first."""
        return (self.hops, len(self.steps), -self.confidence, self.bases, self.steps)


@dataclass(slots=True)
class Inferred:
    """What follows for one provision: the best derivation of each conclusion, if any."""

    conclusions: dict[str, Derivation] = field(default_factory=dict)

    def __getitem__(self, conclusion: str) -> Derivation | None:
        return self.conclusions.get(conclusion)


Ranked = tuple[Rank, Derivation]
Offer = tuple[str, str, Ranked]
"""For which provision which conclusion is offered, and by which derivation."""


def transfer(
    graph: MapGraph, known: Mapping[str, bool], *, outside: Collection[str] = ()
) -> dict[str, Inferred]:
    """Return what follows for every provision from what is known directly of some.

    A provision that follows as satisfied and as not satisfied is a conflict and passes nothing
    on. Conflicts that rest on no other conflict are found first; where conflicts rest on each
    other, all of them stand.

    :param known: provision IRI → True if directly satisfied, False if directly not satisfied
        (partial or failed).
    :param outside: provisions that pass nothing on: not applicable, or not binding yet.
    :returns: provision IRI → conclusions, over all rationale types; a provision of which nothing
        follows is absent.
    """
    silent = frozenset(outside)
    counting = {iri: state for iri, state in known.items() if iri not in silent}
    stand: dict[str, Inferred] = {}
    while True:
        found = _merged(graph, counting, silent | frozenset(stand))
        conflicts = {
            iri
            for iri, one in found.items()
            if iri not in known and iri not in stand and one[SATISFIED] and one[NOT_SATISFIED]
        }
        if not conflicts:
            return {**found, **stand}
        primary = {iri for iri in conflicts if not _rests_on(found[iri], conflicts - {iri})}
        for iri in primary or conflicts:
            both = {c: d for c, d in found[iri].conclusions.items() if c in DECIDED}
            stand[iri] = Inferred(both)


def _rests_on(one: Inferred, others: Collection[str]) -> bool:
    """Return whether what follows for a provision was passed on by one of some others."""
    return any(
        step.subject in others
        for conclusion in DECIDED
        for derivation in (one[conclusion],)
        if derivation is not None
        for step in derivation.steps
    )


def _merged(
    graph: MapGraph, known: Mapping[str, bool], blocked: frozenset[str]
) -> dict[str, Inferred]:
    """Return what follows in either rationale type; a chain stays within one."""
    merged: dict[str, dict[str, Ranked]] = {}
    for kind in (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL):
        for iri, one in _closure(graph, known, kind, blocked).items():
            target = merged.setdefault(iri, {})
            for conclusion, ranked in one.items():
                held = target.get(conclusion)
                if held is None or ranked[0] < held[0]:
                    target[conclusion] = ranked
    return {
        iri: Inferred({conclusion: ranked[1] for conclusion, ranked in one.items()})
        for iri, one in merged.items()
    }


def _closure(
    graph: MapGraph, known: Mapping[str, bool], kind: RationaleType, blocked: frozenset[str]
) -> dict[str, dict[str, Ranked]]:
    """Return the least fixpoint in one rationale type; blocked provisions pass nothing on."""
    found: dict[str, dict[str, Ranked]] = {}
    passed = _passed(graph, kind)
    settled = {key: passed.direct(*key) for key in known.items()}
    pending = sorted(settled)
    while pending:
        offers = [passed.on(source, settled[source, state], state) for source, state in pending]
        offers.append(passed.jointly(pending, settled))
        further: set[tuple[str, bool]] = set()
        for target, conclusion, ranked in chain.from_iterable(offers):
            ours = found.setdefault(target, {})
            held = ours.get(conclusion)
            if held is not None and held[0] <= ranked[0]:
                continue
            ours[conclusion] = ranked
            if conclusion in DECIDED and target not in known and target not in blocked:
                key = (target, conclusion == SATISFIED)
                settled[key] = ranked[1]
                further.add(key)
        pending = sorted(further)
    return found


def _passed(graph: MapGraph, kind: RationaleType) -> _Passed:
    found = graph.kept.get(kind)
    if not isinstance(found, _Passed):
        found = graph.kept[kind] = _Passed(graph, kind)
    return found


class _Passed:
    """What provisions pass on within one rationale type, kept from one transfer to the next.

    What a provision passes on is a function of how its own status was found; from one state of the
    evidence to the next most are found as before.
    """

    def __init__(self, graph: MapGraph, kind: RationaleType) -> None:
        self.graph, self.kind = graph, kind
        self.groups: dict[str, list[int]] = {}
        for number, group in enumerate(graph.groups.get(kind, ())):
            for member in group.members:
                self.groups.setdefault(member, []).append(number)
        self._direct: dict[tuple[str, bool], Derivation] = {}
        self._on: dict[tuple[str, bool], tuple[Derivation, list[Offer]]] = {}

    def direct(self, iri: str, state: bool) -> Derivation:
        """Return that something is known directly."""
        if (iri, state) not in self._direct:
            self._direct[iri, state] = Derivation("", (iri,), (), "direct", str(self.kind), 0, 1.0)
        return self._direct[iri, state]

    def on(self, source: str, start: Derivation, state: bool) -> list[Offer]:
        """Return what follows along each edge of a provision whose status is found."""
        held = self._on.get((source, state))
        if held is None or held[0] is not start:
            offers = [
                _offer(edge.target, one)
                for edge in self.graph.reach(self.kind, source)
                for one in _along(self.graph, edge, start, state=state)
            ]
            held = self._on[source, state] = (start, offers)
        return held[1]

    def jointly(
        self,
        pending: Iterable[tuple[str, bool]],
        settled: Mapping[tuple[str, bool], Derivation],
    ) -> list[Offer]:
        """Return what follows from the groups that have one of some provisions as a member."""
        touched = {
            number for member, state in pending if state for number in self.groups.get(member, ())
        }
        offers = []
        for number in sorted(touched):
            group = self.graph.groups[self.kind][number]
            whole = _jointly(self.graph, group, settled, str(self.kind))
            if whole is not None:
                offers.append(_offer(group.target, whole))
        return offers


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
    graph: MapGraph, group: Group, settled: Mapping[tuple[str, bool], Derivation], kind: str
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
