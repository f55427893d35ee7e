"""What is known of one provision → what follows for others (semantics §3, "Inferred").

What is known of a pair is what rows and structure say, composed and intersected, whatever the
statuses between are; a chain stays within one rationale type; syntactic rows transfer nothing; a
direct status is never overridden; positive transfer from a standard to a law is capped at
*supported*.
The result is a least fixpoint over a finite order, so the order of rows never matters.

Only satisfied and not satisfied are passed on, so only they are found for every provision. What
says less is found for those provisions that are asked for, and edges are made where they may win.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from crosswalk.inference.algebra import ALL, Knowledge
from crosswalk.inference.mapgraph import Edge, Group, MapGraph
from crosswalk.inference.outline import Outline, bits
from crosswalk.models import RationaleType, Relation, Step

__all__ = ["CAP_NOTE", "Derivation", "Inferred", "transfer"]

CONTAINS: Knowledge = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
WITHIN: Knowledge = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
CAP_NOTE = "a standard mapped to a law is capped at supported"

SATISFIED, NOT_SATISFIED, SUPPORTED = "satisfied", "not-satisfied", "supported"
DECIDED = (SATISFIED, NOT_SATISFIED)
LEAD_OVERLAP, LEAD_INDETERMINATE = "lead-overlap", "lead-indeterminate"
WEAKER = (SUPPORTED, LEAD_OVERLAP, LEAD_INDETERMINATE)

DECIDING = {True: bits(CONTAINS), False: bits(WITHIN)}
"""Whether a provision is satisfied → what it must be to another one to decide of that, as bits."""

Decided = dict[str, dict[str, "Derivation"]]
"""Provision → conclusion → its best derivation."""

Weaker = Callable[[str, "Derivation | None"], "Derivation | None"]
"""What returns the best derivation of a conclusion, given the best that was found before."""


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
    def rank(self) -> tuple[int, int, float, tuple[str, ...], tuple[Step, ...]]:
        """The order in which derivations of one conclusion are preferred, best first."""
        return (self.hops, len(self.steps), -self.confidence, self.bases, self.steps)


class Inferred:
    """What follows for one provision: the best derivation of each conclusion, if any.

    :param found: conclusion → the best derivation that was found.
    :param weaker: what finds the best derivation of a conclusion that decides nothing, given what
        was found; it is asked when somebody asks, and always answers the same.
    """

    __slots__ = ("_asked", "_found", "_weaker")

    def __init__(
        self, found: Mapping[str, Derivation] | None = None, weaker: Weaker | None = None
    ) -> None:
        self._found = dict(found or {})
        self._weaker = weaker
        self._asked: set[str] = set()

    def __getitem__(self, conclusion: str) -> Derivation | None:
        held = self._found.get(conclusion)
        if self._weaker is None or conclusion in DECIDED or conclusion in self._asked:
            return held
        best = self._weaker(conclusion, held)
        if best is not None:
            self._found[conclusion] = best
        self._asked.add(conclusion)
        return best

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inferred) and self.conclusions == other.conclusions

    __hash__ = None  # type: ignore[assignment]  # more is found in it when it is asked

    def __repr__(self) -> str:
        return f"Inferred({self.conclusions!r})"

    @property
    def conclusions(self) -> dict[str, Derivation]:
        """Conclusion → its best derivation."""
        every = ((conclusion, self[conclusion]) for conclusion in (*DECIDED, *WEAKER))
        return {conclusion: held for conclusion, held in every if held is not None}


@dataclass(frozen=True, slots=True)
class Passed:
    """A status that one provision passed on within one rationale type, and how it follows."""

    kind: RationaleType
    source: str
    start: Derivation


class Follows(Mapping[str, Inferred]):
    """What follows for every provision of which something does, found where it is asked for.

    :param decided: what is decided, and what groups say.
    :param passed: the statuses of satisfied provisions that were passed on, in order.
    :param stand: what follows for provisions in conflict, which is all that is said of them.
    """

    def __init__(
        self, graph: MapGraph, decided: Decided, passed: Iterable[Passed], stand: Decided
    ) -> None:
        self._graph = graph
        self._decided = decided
        self._passed = [(one, graph.outline(one.kind, one.source)) for one in passed]
        self._beside: dict[str, list[Passed]] = {}
        for one, _ in self._passed:
            for edge in graph.asserted(one.kind, one.source):
                self._beside.setdefault(edge.target, []).append(one)
        self._held: dict[str, Inferred | None] = {
            iri: Inferred(both) for iri, both in stand.items()
        }

    def __getitem__(self, iri: str) -> Inferred:
        if iri not in self._held:
            self._held[iri] = self._of(iri)
        found = self._held[iri]
        if found is None:
            raise KeyError(iri)
        return found

    def __iter__(self) -> Iterator[str]:
        whole = 0
        for _, outline in self._passed:
            whole |= outline.speaking
        composed = self._graph.closure.named(whole)
        told = {*self._held, *self._decided, *self._beside, *composed}
        return iter([iri for iri in sorted(told) if iri in self])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _of(self, iri: str) -> Inferred | None:
        """Return what follows for a provision that is in no conflict, or None."""
        number = self._graph.closure.number(iri)
        near = [(one, outline) for one, outline in self._passed if outline.speaking >> number & 1]
        decided = self._decided.get(iri)
        if near or any(self._asserted(iri)):
            return Inferred(decided, partial(self._best, iri, near))
        return None if decided is None else Inferred(decided)

    def _best(
        self,
        iri: str,
        near: Iterable[tuple[Passed, Outline]],
        wanted: str,
        best: Derivation | None,
    ) -> Derivation | None:
        """Return the best derivation of a conclusion that decides nothing, or None."""
        graph = self._graph
        number = graph.closure.number(iri)
        for derivation in self._asserted(iri):
            best = _better(best, derivation, wanted)
        offers: list[tuple[int, int, int, Passed]] = []
        for place, (one, outline) in enumerate(near):
            if wanted in _may_say(graph, one.source, iri, outline.knowledge(number)):
                hops = 1 if outline.near >> number & 1 else 2
                offers.append((one.start.hops + hops, len(one.start.steps) + hops, place, one))
        for hops, length, _, one in sorted(offers, key=lambda offer: offer[:3]):
            if best is not None and best.rank[:2] < (hops, length):
                break
            edge = graph.edge(one.kind, one.source, iri)
            for derivation in _along(graph, edge, one.start, state=True):
                best = _better(best, derivation, wanted)
        return best

    def _asserted(self, iri: str) -> Iterator[Derivation]:
        """Yield what structure and untyped rows say of a provision."""
        for one in self._beside.get(iri, ()):
            for edge in self._graph.asserted(one.kind, one.source):
                if edge.target == iri:
                    yield from _along(self._graph, edge, one.start, state=True)


def _better(held: Derivation | None, other: Derivation, wanted: str) -> Derivation | None:
    """Return another derivation if it has the wanted conclusion and is better, else the held."""
    if other.conclusion != wanted or (held is not None and held.rank <= other.rank):
        return held
    return other


def _may_say(graph: MapGraph, source: str, target: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Return what may follow by what is known of a pair: a changed text makes a lead of it."""
    if knowledge <= CONTAINS:
        capped = graph.is_law(target) and not graph.is_law(source)
        return (SUPPORTED, LEAD_OVERLAP) if capped else (LEAD_OVERLAP,)
    if knowledge <= WITHIN:
        return (SUPPORTED, LEAD_OVERLAP)
    return (LEAD_INDETERMINATE if Relation.NO_RELATIONSHIP in knowledge else LEAD_OVERLAP,)


def transfer(
    graph: MapGraph, known: Mapping[str, bool], *, outside: Collection[str] = ()
) -> Mapping[str, Inferred]:
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
    stand: Decided = {}
    while True:
        found, passed = _merged(graph, counting, silent | frozenset(stand))
        conflicts = {
            iri
            for iri, said in found.items()
            if iri not in known and iri not in stand and set(DECIDED) <= said.keys()
        }
        if not conflicts:
            return Follows(graph, found, passed, stand)
        primary = {iri for iri in conflicts if not _rests_on(found[iri], conflicts - {iri})}
        for iri in primary or conflicts:
            stand[iri] = {conclusion: found[iri][conclusion] for conclusion in DECIDED}


def _rests_on(said: Mapping[str, Derivation], others: Collection[str]) -> bool:
    """Return whether what is decided of a provision was passed on by one of some others."""
    return any(step.subject in others for conclusion in DECIDED for step in said[conclusion].steps)


def _merged(
    graph: MapGraph, known: Mapping[str, bool], blocked: frozenset[str]
) -> tuple[Decided, list[Passed]]:
    """Return what is decided in either rationale type, and what was passed on for it.

    A chain stays within one type.
    """
    merged: Decided = {}
    passed: list[Passed] = []
    for kind in (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL):
        for iri, said in _closure(graph, known, kind, blocked, passed).items():
            held = merged.setdefault(iri, {})
            for conclusion, derivation in said.items():
                if conclusion not in held or derivation.rank < held[conclusion].rank:
                    held[conclusion] = derivation
    return merged, passed


def _closure(
    graph: MapGraph,
    known: Mapping[str, bool],
    kind: RationaleType,
    blocked: frozenset[str],
    passed: list[Passed],
) -> Decided:
    """Return the least fixpoint in one rationale type; blocked provisions pass nothing on.

    :param passed: where it is written down what satisfied provisions pass on.
    """
    found: Decided = {}
    settled: dict[tuple[str, bool], Derivation] = {
        (iri, state): Derivation("", (iri,), (), "direct", str(kind), 0, 1.0)
        for iri, state in known.items()
    }
    pending = sorted(settled)
    while pending:
        derived: list[tuple[str, Derivation]] = []
        for source, state in pending:
            start = settled[source, state]
            if state:
                passed.append(Passed(kind, source, start))
            for edge in graph.asserted(kind, source):
                said = _along(graph, edge, start, state=state)
                derived += [(edge.target, d) for d in said if d.conclusion in DECIDED]
        derived += _composed(graph, kind, {one: settled[one] for one in pending}, found)
        for group in graph.groups.get(kind, ()):
            whole = _jointly(graph, group, settled, str(kind))
            if whole is not None:
                derived.append((group.target, whole))
        again: set[tuple[str, bool]] = set()
        for target, derivation in sorted(derived, key=lambda pair: (pair[0], pair[1].rank)):
            held = found.setdefault(target, {})
            best = held.get(derivation.conclusion)
            if best is not None and best.rank <= derivation.rank:
                continue
            held[derivation.conclusion] = derivation
            if derivation.conclusion in DECIDED and not (target in known or target in blocked):
                key = (target, derivation.conclusion == SATISFIED)
                settled[key] = derivation
                again.add(key)
        pending = sorted(again)
    return found


def _composed(
    graph: MapGraph,
    kind: RationaleType,
    pending: Mapping[tuple[str, bool], Derivation],
    found: Decided,
) -> Iterator[tuple[str, Derivation]]:
    """Yield what composed rows decide, where it may be better than all that was found."""
    offers: list[tuple[int, int, str, str, bool]] = []
    for (source, state), start in pending.items():
        outline = graph.outline(kind, source)
        targets = outline.saying(DECIDING[state])
        for target in graph.closure.named(targets):
            if not (state and graph.is_law(target) and not graph.is_law(source)):
                hops = 1 if outline.near >> graph.closure.number(target) & 1 else 2
                least = (start.hops + hops, len(start.steps) + hops)
                offers.append((*least, target, source, state))
    best: dict[tuple[str, bool], tuple[int, int]] = {}
    for hops, length, target, source, state in sorted(offers):
        conclusion = SATISFIED if state else NOT_SATISFIED
        held = found.get(target, {}).get(conclusion)
        if held is not None and held.rank[:2] < (hops, length):
            continue
        if best.get((target, state), (hops, length)) < (hops, length):
            continue
        edge = graph.edge(kind, source, target)
        for derivation in _along(graph, edge, pending[source, state], state=state):
            if derivation.conclusion == conclusion:
                least = derivation.rank[:2]
                best[target, state] = min(best.get((target, state), least), least)
                yield target, derivation


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
