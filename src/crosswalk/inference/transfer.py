"""What is known of one provision → what follows for others (semantics §3, "Inferred").

What is known of a pair is what rows and structure say, composed and intersected, whatever the
statuses between are; a chain stays within one rationale type; syntactic rows transfer nothing; a
direct status is never overridden; positive transfer from a standard to a law is capped at
*supported*.
Each conclusion has the best derivation that the best ones of others give. There is one such state,
since a derivation ranks after what it rests on: so the order of rows never matters, and the state
for one set of statuses can be renewed from that for another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from itertools import count

from crosswalk.inference.derivation import (
    DECIDED,
    NOT_SATISFIED,
    SATISFIED,
    Derivation,
    Inferred,
)
from crosswalk.inference.mapgraph import MapGraph
from crosswalk.inference.passing import CAP_NOTE, Key, Offer, Passing, Ranked
from crosswalk.models import RationaleType

__all__ = ["CAP_NOTE", "Derivation", "Inferred", "transfer"]

KINDS = (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL)
KEPT = "transfer"


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
    # What is kept is renewed; if that is broken off, it is gone.
    stages = graph.kept.pop(KEPT, [])
    assert isinstance(stages, list)  # noqa: S101 - as it was kept
    silent = frozenset(outside)
    counting = {iri: state for iri, state in known.items() if iri not in silent}
    stand: dict[str, Inferred] = {}
    for number in count():
        if number == len(stages):
            stages.append(_Stage(graph))
        found = stages[number].renewed(counting, silent | frozenset(stand))
        conflicts = {
            iri
            for iri, one in found.items()
            if iri not in known and iri not in stand and one[SATISFIED] and one[NOT_SATISFIED]
        }
        if not conflicts:
            break
        primary = {iri for iri in conflicts if not _rests_on(found[iri], conflicts - {iri})}
        for iri in primary or conflicts:
            both = {c: d for c, d in found[iri].conclusions.items() if c in DECIDED}
            stand[iri] = Inferred(both)
    graph.kept[KEPT] = stages
    return {**found, **stand}


def _rests_on(one: Inferred, others: Collection[str]) -> bool:
    """Return whether what follows for a provision was passed on by one of some others."""
    return any(
        step.subject in others
        for conclusion in DECIDED
        for derivation in (one[conclusion],)
        if derivation is not None
        for step in derivation.steps
    )


def _passing(graph: MapGraph, kind: RationaleType) -> Passing:
    found = graph.kept.get(kind)
    if not isinstance(found, Passing):
        found = graph.kept[kind] = Passing(graph, kind)
    return found


class _Stage:
    """What follows in either rationale type while the same conflicts are known."""

    def __init__(self, graph: MapGraph) -> None:
        self.closures = [_Closure(_passing(graph, kind)) for kind in KINDS]
        self.found: dict[str, Inferred] = {}

    def renewed(self, known: Mapping[str, bool], blocked: frozenset[str]) -> dict[str, Inferred]:
        """Return what follows from what is known; blocked provisions pass nothing on."""
        changed = set[str]().union(*(one.renew(known, blocked) for one in self.closures))
        for iri in changed:
            best: dict[str, Ranked] = {}
            for closure in self.closures:
                for conclusion, ranked in closure.found.get(iri, {}).items():
                    if conclusion not in best or ranked[0] < best[conclusion][0]:
                        best[conclusion] = ranked
            if best:
                self.found[iri] = Inferred({name: ranked[1] for name, ranked in best.items()})
            else:
                self.found.pop(iri, None)
        return self.found


class _Closure:
    """What follows in one rationale type; a chain stays within one.

    ``found`` holds, by provision and conclusion, the best derivation; ``settled`` the statuses that
    are passed on; ``fed`` who has offered something to a provision.
    """

    def __init__(self, passing: Passing) -> None:
        self.passing = passing
        self.known: Mapping[str, bool] = {}
        self.blocked: frozenset[str] = frozenset()
        self.found: dict[str, dict[str, Ranked]] = {}
        self.settled: dict[Key, Derivation] = {}
        self.fed: dict[str, set[Key]] = {}
        self.changed: set[str] = set()

    def renew(self, known: Mapping[str, bool], blocked: frozenset[str]) -> set[str]:
        """Have it hold what follows from what is known now; return for whom that differs.

        :param known: provision → whether it is directly satisfied, or directly not.
        :param blocked: provisions that pass nothing on that follows for them.
        """
        differing = {iri for iri, _ in known.items() ^ self.known.items()}
        differing |= blocked ^ self.blocked
        self.known, self.blocked, self.changed = known, blocked, set()
        pending = self._settle(differing)
        while pending:
            offers: list[Offer] = []
            for key in pending:
                if key in self.settled:
                    alone = self.passing.alone(key, self.settled[key])
                    for target, _, _ in alone:
                        self.fed.setdefault(target, set()).add(key)
                    offers += alone
            offers += self.passing.with_others(pending, self.settled)
            pending = self._settle(self._taken(offers))
        return self.changed

    def _taken(self, offers: Iterable[Offer]) -> set[str]:
        """Take the offers that are better than what is held; return to whom they were made."""
        better: set[str] = set()
        for target, conclusion, ranked in offers:
            held = self.found.setdefault(target, {})
            if conclusion in held and held[conclusion][0] <= ranked[0]:
                continue
            held[conclusion] = ranked
            self.changed.add(target)
            if conclusion in DECIDED:
                better.add(target)
        return better

    def _settle(self, provisions: Collection[str]) -> list[Key]:
        """Have provisions pass on what they are now, and nothing else; return what is passed on.

        What rested on what they were before is taken back, and found again by what is left.
        """
        again = set(provisions)
        ended: deque[Key] = deque()
        lost: set[tuple[str, str]] = set()
        for iri in again:
            wanted = self._wanted(iri)
            ended += [
                key
                for key in ((iri, True), (iri, False))
                if key in self.settled and self.settled[key] is not wanted.get(key)
            ]
        while ended:
            key = ended.popleft()
            if key not in self.settled:
                continue
            offers = [*self.passing.with_others([key], self.settled)]
            offers += self.passing.alone(key, self.settled.pop(key))
            for target, conclusion, ranked in offers:
                held = self.found.get(target, {})
                if conclusion not in held or held[conclusion][0] != ranked[0]:
                    continue
                del held[conclusion]
                self.changed.add(target)
                lost.add((target, conclusion))
                if conclusion in DECIDED and target not in self.known:
                    again.add(target)
                    ended.append((target, conclusion == SATISFIED))
        for target, conclusion in sorted(lost):
            self._find(target, conclusion)
        pending = []
        for iri in sorted(again):
            for key, derivation in self._wanted(iri).items():
                if self.settled.get(key) is not derivation:
                    self.settled[key] = derivation
                    pending.append(key)
        return pending

    def _wanted(self, iri: str) -> dict[Key, Derivation]:
        """Return what a provision passes on."""
        if iri in self.known:
            key = (iri, self.known[iri])
            return {key: self.passing.direct(key)}
        if iri in self.blocked:
            return {}
        held = self.found.get(iri, {})
        return {(iri, one == SATISFIED): held[one][1] for one in DECIDED if one in held}

    def _find(self, target: str, conclusion: str) -> None:
        """Find the best derivation of a conclusion anew, by what is settled."""
        offers = [*self.passing.together(target, self.settled)]
        for key in sorted(self.fed.get(target, ())):
            if key in self.settled:
                offers += self.passing.alone(key, self.settled[key])
        self._taken(one for one in offers if one[0] == target and one[1] == conclusion)
