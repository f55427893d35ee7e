"""The smallest set of provisions, or of implementations, that covers all that some editions ask.

What covers is what would satisfy (semantics §3): a provision covers what it contains, a group and
the children that exhaust a parent cover together, overlap covers nothing, and a standard never
covers a law. The set is an exact optimum, found by the solver HiGHS; of several smallest sets it
is the one whose members stand first in the order of the sources, so that no order of files and no
version of the solver changes the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from crosswalk import catalogue, inference
from crosswalk.catalogue import curie
from crosswalk.graph import Dataset
from crosswalk.inference import Derivation, MapGraph
from crosswalk.inference.algebra import Knowledge
from crosswalk.inference.mapgraph import Edge
from crosswalk.models import Edition, Provision, RationaleType, Relation

__all__ = ["Minimal", "Role", "minimal", "minimal_implementations", "smallest"]

CONTAINS: Knowledge = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
WITHIN: Knowledge = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
COMPOSING = (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL)

Atom = tuple[RationaleType, str]
"""A provision as satisfied within one rationale type: a chain of transfers stays within one."""


class Role(StrEnum):
    """What a provision is to a cover."""

    CHOSEN = "chosen"
    NEEDED = "needed"
    COVERED = "covered"
    REMAINDER = "remainder"
    REDUNDANT = "redundant"


@dataclass(frozen=True, slots=True)
class Minimal:
    """One provision or implementation of a cover, or one target.

    *chosen*: a member of the smallest set. *needed*: one that is in place and that the cover needs
    beside the chosen ones. *covered*: a target that others cover. *remainder*: a target that what
    is in place does not cover, or that nothing covers. *redundant*: in place, and not needed.
    ``covers`` and ``by`` name each other; ``rows`` are the mapping rows, ``mapping set:line``, on
    which that rests.
    """

    role: Role
    provision: str
    title: str
    covers: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(slots=True)
class _Rules:
    """What follows from satisfied provisions: containment, closed, and groups.

    Only what can help to satisfy some targets is looked at: ``near`` holds it.
    """

    graph: MapGraph
    near: set[Atom] = field(default_factory=set)
    groups: list[tuple[frozenset[Atom], Atom]] = field(default_factory=list)
    _inside: dict[Atom, frozenset[Atom]] = field(default_factory=dict)

    @classmethod
    def towards(cls, graph: MapGraph, targets: Iterable[str]) -> _Rules:
        """Return the rules that can help to satisfy some provisions."""
        groups: dict[Atom, list[frozenset[Atom]]] = {}
        for kind in COMPOSING:
            for group in graph.groups.get(kind, ()):
                if not graph.is_law(group.target) or all(map(graph.is_law, group.members)):
                    members = frozenset((kind, member) for member in group.members)
                    groups.setdefault((kind, group.target), []).append(members)
        rules = cls(graph)
        frontier = [(kind, iri) for kind in COMPOSING for iri in targets]
        while frontier:
            atom = frontier.pop()
            if atom in rules.near:
                continue
            rules.near.add(atom)
            kind, iri = atom
            frontier += [(kind, other) for other in graph.targets(kind, iri, WITHIN)]
            for members in groups.get(atom, ()):
                rules.groups.append((members, atom))
                frontier += members
        rules.groups.sort(key=lambda group: (group[1], sorted(group[0])))
        return rules

    def inside(self, atom: Atom) -> frozenset[Atom]:
        """Return what is satisfied with a provision: itself and what it contains."""
        if atom not in self._inside:
            kind, start = atom
            found, frontier = {start}, [start]
            while frontier:
                for edge in self.graph.reach(kind, frontier.pop(), within=CONTAINS):
                    if (
                        edge.target not in found
                        and (kind, edge.target) in self.near
                        and self._carries(edge)
                    ):
                        found.add(edge.target)
                        frontier.append(edge.target)
            self._inside[atom] = frozenset((kind, iri) for iri in found)
        return self._inside[atom]

    def _carries(self, edge: Edge) -> bool:
        capped = self.graph.is_law(edge.target) and not self.graph.is_law(edge.source)
        return not (edge.weak or edge.changed or capped) and edge.knowledge <= CONTAINS

    def brought(self, provisions: Iterable[str]) -> frozenset[Atom]:
        """Return what is satisfied with some provisions, groups left out."""
        atoms = {(kind, iri) for iri in provisions for kind in COMPOSING} & self.near
        return frozenset().union(*(self.inside(atom) for atom in atoms))

    def settled(self, provisions: Iterable[str]) -> set[Atom]:
        """Return all that is satisfied with some provisions."""
        found = set(self.brought(provisions))
        waiting = list(self.groups)
        while True:
            fired = [group for group in waiting if group[0] <= found]
            if not fired:
                return found
            waiting = [group for group in waiting if group not in fired]
            for _, head in fired:
                found |= self.inside(head)

    def helps(self, iri: str) -> bool:
        """Return whether a satisfied provision can help to satisfy another one."""
        atoms = {(kind, iri) for kind in COMPOSING} & self.near
        return any(
            len(self.inside(atom)) > 1 or any(atom in members for members, _ in self.groups)
            for atom in atoms
        )


def smallest(
    graph: MapGraph,
    targets: Collection[str],
    sources: Mapping[str, Collection[str]],
    *,
    held: Collection[str] = (),
) -> list[str]:
    """Return the smallest set of sources that covers all targets that all of them would cover.

    :param sources: name → the provisions that are satisfied with it; of several smallest sets,
        the one whose names stand first here is returned.
    :param held: provisions that are satisfied anyway.

    >>> from crosswalk.inference import assemble
    >>> smallest(assemble(()), {"a"}, {"first": ["a", "b"], "second": ["a"]})
    ['first']
    """
    rules = _Rules.towards(graph, targets)
    given = rules.settled(held)
    everything = rules.settled({iri for brought in sources.values() for iri in brought} | set(held))
    wanted = [
        frozenset((kind, iri) for kind in COMPOSING)
        for iri in sorted(targets)
        if any((kind, iri) in everything for kind in COMPOSING)
        and not any((kind, iri) in given for kind in COMPOSING)
    ]
    names = list(sources)
    problem = _problem(rules, wanted, [rules.brought(sources[name]) for name in names], given)
    chosen: set[int] = set()
    for part in _parts(problem):
        chosen |= _solve(part)
    return [names[number] for number in sorted(chosen)]


@dataclass(slots=True)
class _Problem:
    """A cover as sets of numbers: a source has one from 0 on, a group one from -1 down.

    ``covers`` holds, for each target, the sources and groups of which one is enough; ``fires``
    holds, for each group, the same for each of its members. A group is free.
    """

    covers: list[frozenset[int]] = field(default_factory=list)
    fires: dict[int, list[frozenset[int]]] = field(default_factory=dict)


def _problem(
    rules: _Rules,
    wanted: Sequence[frozenset[Atom]],
    brought: Sequence[frozenset[Atom]],
    given: Collection[Atom],
) -> _Problem:
    """Return the cover of the wanted atoms, with the groups that can help."""
    by_atom: dict[Atom, set[int]] = {}
    for number, atoms in enumerate(brought):
        for atom in atoms:
            by_atom.setdefault(atom, set()).add(number)
    for number, (members, head) in enumerate(rules.groups):
        # What the members bring by themselves they bring without the group.
        for atom in rules.inside(head).difference(*(rules.inside(one) for one in members)):
            by_atom.setdefault(atom, set()).add(-1 - number)
    problem = _Problem()
    pending: list[int] = []
    for atoms in wanted:
        able = frozenset().union(*(by_atom.get(atom, ()) for atom in atoms))
        problem.covers.append(able)
        pending += [number for number in able if number < 0]
    while pending:
        group = pending.pop()
        if group in problem.fires:
            continue
        lacking = sorted(rules.groups[-1 - group][0] - set(given))
        able_by_member = [frozenset(by_atom.get(atom, set()) - {group}) for atom in lacking]
        problem.fires[group] = able_by_member
        pending += [number for able in able_by_member for number in able if number < 0]
    return problem


def _parts(problem: _Problem) -> list[_Problem]:
    """Return the problem in parts that have no source and no group in common."""
    parent: dict[int, int] = {}

    def root(number: int) -> int:
        while parent.setdefault(number, number) != number:
            number = parent[number]
        return number

    linked = list(problem.covers)
    linked += [able | {group} for group, members in problem.fires.items() for able in members]
    for able in linked:
        first = root(min(able))
        for other in able:
            parent[root(other)] = first
    parts: dict[int, _Problem] = {}
    for able in problem.covers:
        parts.setdefault(root(min(able)), _Problem()).covers.append(able)
    for group, members in problem.fires.items():
        parts.setdefault(root(group), _Problem()).fires[group] = members
    return [parts[key] for key in sorted(parts)]


def _solve(part: _Problem) -> set[int]:
    """Return the sources of the first of the smallest covers of one part."""
    if not part.covers:
        return set()
    if len(part.covers) == 1 and not part.fires:
        return {min(part.covers[0])}
    model = _Model(part)
    best = model.solve()
    assert best is not None  # noqa: S101 - all sources together cover
    model.fix_size(len(best))
    for source in model.sources:
        if source not in best:
            other = model.solve(source)
            if other is None:
                model.fix(source, 0)
                continue
            best = other
        model.fix(source, 1)
    return best


class _Model:
    """One part of a cover as a 0-1 programme, solved to proven optimality."""

    def __init__(self, part: _Problem) -> None:
        import highspy

        self._part = part
        numbers = {n for able in part.covers for n in able} | set(part.fires)
        numbers |= {n for members in part.fires.values() for able in members for n in able}
        self.sources = sorted(n for n in numbers if n >= 0)
        self._column = {n: c for c, n in enumerate([*self.sources, *sorted(part.fires)])}
        make: Any = highspy.Highs
        self._solver = make()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.5),
        ):
            self._solver.setOptionValue(option, value)
        for number, column in self._column.items():
            self._solver.addVar(0.0, 1.0)
            # A group costs less than any source, and something: then it fires only where it helps.
            self._solver.changeColCost(column, 1.0 + len(part.fires) if number >= 0 else 1.0)
            self._solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        self._optimal = highspy.HighsModelStatus.kOptimal
        for able in part.covers:
            self._at_least(able, 1.0)
        for group, members in part.fires.items():
            for able in members:
                self._at_least(able, 0.0, less=group)

    def fix(self, source: int, value: int) -> None:
        """Take a source in, or leave it out, for good."""
        self._solver.changeColBounds(self._column[source], float(value), float(value))

    def fix_size(self, size: int) -> None:
        """Allow only covers of a size."""
        columns = [self._column[source] for source in self.sources]
        self._solver.addRow(
            float(size), float(size), len(columns), columns, [1.0 for _ in self.sources]
        )

    def solve(self, member: int | None = None) -> set[int] | None:
        """Return the sources of a smallest cover, one that has a member if so wanted; or None."""
        if member is not None:
            self._solver.changeColBounds(self._column[member], 1.0, 1.0)
        found = self._solve_founded()
        if member is not None:
            self._solver.changeColBounds(self._column[member], 0.0, 1.0)
        return found

    def _solve_founded(self) -> set[int] | None:
        """Solve; forbid groups that hold only each other up, and solve again until none does."""
        while True:
            self._solver.run()
            if self._solver.getModelStatus() != self._optimal:
                return None
            values = self._solver.getSolution().col_value
            taken = {n for n, column in self._column.items() if values[column] > 0.5}
            hollow = self._unfounded(taken)
            if not hollow:
                return {n for n in taken if n >= 0}
            outside: set[int] = set()
            for group in hollow:
                # One member that only hollow groups support is enough to keep a group from firing.
                lacking = next(a for a in self._part.fires[group] if not a & (taken - hollow))
                outside |= lacking - hollow
            for group in sorted(hollow):
                self._at_least(outside, 0.0, less=group)

    def _unfounded(self, taken: set[int]) -> set[int]:
        """Return the groups of a solution that do not follow from its sources."""
        founded = {n for n in taken if n >= 0}
        waiting = taken - founded
        while True:
            fired = {g for g in waiting if all(able & founded for able in self._part.fires[g])}
            if not fired:
                return waiting
            founded |= fired
            waiting -= fired

    def _at_least(self, able: Collection[int], bound: float, *, less: int | None = None) -> None:
        """Add: the sum of some, less one, is at least a bound."""
        columns = [self._column[n] for n in sorted(able)]
        weights = [1.0 for _ in columns]
        if less is not None:
            columns.append(self._column[less])
            weights.append(-1.0)
        infinity = float("inf")
        self._solver.addRow(bound, infinity, len(columns), columns, weights)


def minimal(
    dataset: Dataset,
    targets: Sequence[Edition],
    *,
    have: Sequence[Edition] = (),
    sources: Sequence[Edition] = (),
    as_of: date,
) -> list[Minimal]:
    """Return the smallest set of counted provisions that covers those of some editions.

    With ``have``, its counted provisions are in place at no cost: told is what they leave open,
    the smallest set that covers that, which of those in place it needs, and which are redundant.

    :param sources: the editions whose provisions may be chosen, preferred in this order; default
        the targets themselves, then every other edition that is the newest of its framework on
        the day.
    :returns: needed, chosen, covered, remainder, redundant; each in the order of the sources.
    """
    graph = inference.build(dataset)
    wanted = _counted(dataset, targets)
    able = _counted(dataset, sources or _usual(dataset, targets, as_of=as_of))
    held = _counted(dataset, have)
    covered = {iri for _, iri in _Rules.towards(graph, wanted).settled(held)}
    open_ones = [iri for iri in wanted if iri not in covered]
    chosen = smallest(graph, open_ones, {iri: (iri,) for iri in able}, held=held)
    needed = smallest(graph, wanted, {iri: (iri,) for iri in held}, held=chosen)
    derived = _derivations(graph, wanted, [*needed, *chosen])
    every = {**able, **held, **wanted}
    rows = [_member(Role.NEEDED, every[iri], derived) for iri in needed]
    rows += [_member(Role.CHOSEN, every[iri], derived) for iri in chosen]
    remaining = {iri for iri in wanted if iri not in derived or (have and iri in open_ones)}
    rows += [
        _target(Role.COVERED, one, derived[iri])
        for iri, one in wanted.items()
        if iri not in remaining and iri not in needed and iri not in chosen
    ]
    rows += [
        _target(Role.REMAINDER, one, derived.get(iri))
        for iri, one in wanted.items()
        if iri in remaining
    ]
    rows += [
        Minimal(Role.REDUNDANT, curie(iri), one.title)
        for iri, one in held.items()
        if iri not in needed
    ]
    return rows


def minimal_implementations(dataset: Dataset, targets: Sequence[Edition]) -> list[Minimal]:
    """Return the smallest set of an organisation's implementations that addresses some editions.

    What an implementation addresses counts as if it were satisfied: whether it is, is for
    coverage to say. An implementation that is not chosen is redundant; a target that all of them
    together do not cover is the remainder.
    """
    graph = inference.build(dataset)
    wanted = _counted(dataset, targets)
    addressed: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for row in dataset.rows("coverage/implementations"):
        iri = row["implementation"] or ""
        names.setdefault(iri, row["label"] or iri.rsplit("/", 1)[-1])
        if row["provision"]:
            addressed.setdefault(iri, []).append(row["provision"])
    able = {iri: sorted(set(addressed.get(iri, ()))) for iri in sorted(names)}
    chosen = smallest(graph, wanted, able)
    derived = _derivations(graph, wanted, {iri for name in chosen for iri in able[name]})
    rows = []
    for name in chosen:
        mine = set(able[name])
        served = {iri: one for iri, one in derived.items() if mine & set(one.bases)}
        rows.append(
            Minimal(
                Role.CHOSEN,
                name,
                names[name],
                covers=tuple(curie(iri) for iri in served),
                rows=_places(served.values()),
            )
        )
    for iri, one in wanted.items():
        derivation = derived.get(iri)
        role = Role.REMAINDER if derivation is None else Role.COVERED
        bases = set(derivation.bases) if derivation else set()
        rows.append(
            Minimal(
                role,
                curie(iri),
                one.title,
                by=tuple(name for name in chosen if bases & set(able[name])),
                rows=_places([derivation]) if derivation else (),
            )
        )
    rows.sort(key=lambda row: row.role is Role.REMAINDER)
    rows += [Minimal(Role.REDUNDANT, iri, names[iri]) for iri in able if iri not in chosen]
    return rows


def _counted(dataset: Dataset, editions: Iterable[Edition]) -> dict[str, Provision]:
    """Return IRI → counted provision of some editions, in their order."""
    return {
        one.iri: one
        for edition in editions
        for one in catalogue.provisions(dataset, edition.edition)
        if one.counted
    }


def _usual(dataset: Dataset, targets: Sequence[Edition], *, as_of: date) -> list[Edition]:
    """Return the targets, then every other edition that is the newest of its framework."""
    families: dict[str, list[Edition]] = {}
    for one in catalogue.editions(dataset):
        families.setdefault(one.framework, []).append(one)
    current = [catalogue.newest(held, as_of=as_of) for _, held in sorted(families.items())]
    return list(dict.fromkeys([*targets, *sorted(current, key=lambda one: one.edition)]))


def _derivations(
    graph: MapGraph, wanted: Collection[str], satisfied: Iterable[str]
) -> dict[str, Derivation]:
    """Return target → how it follows from what is satisfied; those that do not are left out."""
    known = dict.fromkeys(sorted(satisfied), True)
    rules = _Rules.towards(graph, wanted)
    follows = inference.transfer(graph, {iri: True for iri in known if rules.helps(iri)})
    found: dict[str, Derivation] = {}
    for iri in wanted:
        if iri in known:
            found[iri] = Derivation("satisfied", (iri,), (), "itself", "", 0, 1.0)
            continue
        one = follows.get(iri)
        derivation = one["satisfied"] if one is not None else None
        if derivation is not None:
            found[iri] = derivation
    return found


def _places(derived: Iterable[Derivation]) -> tuple[str, ...]:
    return tuple(
        sorted({f"{s.mapping_set}:{s.row}" for one in derived for s in one.steps if s.row})
    )


def _member(role: Role, one: Provision, derived: Mapping[str, Derivation]) -> Minimal:
    served = {iri: how for iri, how in derived.items() if one.iri in how.bases}
    return Minimal(
        role,
        curie(one.iri),
        one.title,
        covers=tuple(curie(iri) for iri in served),
        rows=_places(served.values()),
    )


def _target(role: Role, one: Provision, derivation: Derivation | None) -> Minimal:
    if derivation is None:
        return Minimal(role, curie(one.iri), one.title)
    return Minimal(
        role,
        curie(one.iri),
        one.title,
        by=tuple(curie(base) for base in derivation.bases),
        rows=_places([derivation]),
    )
