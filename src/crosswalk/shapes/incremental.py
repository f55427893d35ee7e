"""The results of data under shapes, renewed after each change where the change touches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from crosswalk.shapes.lossless import Data, kept, restored
from crosswalk.shapes.plan import Plan, compiled
from crosswalk.shapes.targets import Classes
from crosswalk.shapes.touched import RDF_TYPE, SUBCLASS, Readings, Touched, readings, touched
from crosswalk.shapes.values import Ask, Named, Result, Shapes, TargetKind, Term

__all__ = ["Incremental", "Prepared", "Renewal"]


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a change did: what was asked anew, the results that went and those that came."""

    touched: Touched
    gone: tuple[Result, ...]
    come: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Shapes made ready once, for the results of many data."""

    plan: Plan
    known: Plan
    """The plan for nodes that are known to be targets."""
    readings: Readings

    @classmethod
    def of(cls, shapes: Shapes, data: Data | None = None) -> Prepared:
        """Return the shapes made ready.

        :param data: see :func:`crosswalk.shapes.plan.compiled`.
        """
        plan, known = compiled(shapes, data), compiled(shapes, data, known=True)
        return cls(plan, known, readings(shapes))


class Incremental:
    """The results of data that changes, as a full run would give them.

    It keeps results, not data: whoever holds the data changes it and then says what has changed.
    What :attr:`plan` leaves to another engine is not kept here.

    :param ask: answers from the data as it is.
    :param computed: see :meth:`crosswalk.shapes.plan.Plan.results`.
    :param linked: answers over all that the other two are asked of; default is ``ask``.
    :param results: those of the data, where they are known; default is to ask for them.
    """

    def __init__(
        self,
        prepared: Prepared,
        ask: Ask,
        *,
        computed: Ask | None = None,
        linked: Ask | None = None,
        results: Iterable[Result] | None = None,
    ) -> None:
        self.plan = prepared.plan
        self._known = prepared.known
        self._readings = prepared.readings
        self._ask = ask
        self._computed = computed
        self._linked = linked or ask
        self._classes: Classes = {}
        self._held: dict[Named, dict[Term, list[Result]]] = {}
        self.renew(results)

    def __iter__(self) -> Iterator[Result]:
        """Yield the results of the data as it was last told to be."""
        for held in self._held.values():
            for results in held.values():
                yield from results

    def renew(self, results: Iterable[Result] | None = None) -> None:
        """Ask everything anew.

        :param results: those of the data, where they are known.
        """
        self._classes = self.plan.classes(self._ask)
        self._held = {part.place.shape.term: defaultdict(list) for part in self.plan.parts}
        if results is None:
            results = self.plan.results(self._ask, computed=self._computed, classes=self._classes)
        self._keep(results)

    def changed(
        self, added: Collection[ox.Triple] = (), removed: Collection[ox.Triple] = ()
    ) -> Renewal:
        """Renew the results after the data has changed; return what became of them.

        :param added: the triples that the data has now and had not.
        :param removed: those that it had and has no more.
        """
        if any(triple.predicate.value == SUBCLASS for triple in (*added, *removed)):
            self._classes = self.plan.classes(self._ask)
        change = [_both(triples) for triples in (added, removed)]
        found = {
            shape: nodes and {term for node in nodes if (term := restored(node)) is not None}
            for shape, nodes in touched(
                self._readings, self._linked, *change, classes=self._classes
            ).items()
            if shape in self._held
        }
        members, others = self._members(found)
        gone = [result for shape, nodes in found.items() for result in self._taken(shape, nodes)]
        come: list[Result] = []
        for plan, focus in ((self._known, members), (self.plan, others)):
            if focus:
                come += plan.results(
                    self._ask,
                    focus,
                    computed=self._computed,
                    classes=self._classes,
                )
        self._keep(come)
        return Renewal(found, tuple(gone), tuple(come))

    def _keep(self, results: Iterable[Result]) -> None:
        for result in results:
            assert result.targeted is not None  # noqa: S101 - a plan's results have it
            assert result.target is not None  # noqa: S101
            self._held[result.targeted][result.target].append(result)

    def _taken(self, shape: Named, nodes: set[Term] | None) -> Iterator[Result]:
        held = self._held[shape]
        for node in list(held) if nodes is None else nodes:
            yield from held.pop(node, ())

    def _members(self, found: Touched) -> tuple[Touched, Touched]:
        """Return what is known to be a target, and what is still to be seen to be one."""
        members: Touched = {}
        others: Touched = {}
        nodes = {node for held in found.values() for node in held or ()}
        kinds = self._kinds([node for node in nodes if isinstance(node, ox.NamedNode)])
        for shape, held in found.items():
            targets = self.plan.shapes[shape].targets
            simple = all(t.kind in (TargetKind.CLASS, TargetKind.NODE) for t in targets)
            if held is None or not simple:
                others[shape] = held
                continue
            classes = {
                name
                for target in targets
                if target.kind is TargetKind.CLASS
                for name in self._classes.get(target.term.value, (target.term.value,))
            }
            named = {target.term for target in targets if target.kind is TargetKind.NODE}
            known = {node for node in held if node in named or kinds.get(node, set()) & classes}
            unnamed: set[Term] = {node for node in held if isinstance(node, ox.BlankNode)}
            if known:
                members[shape] = known
            if unnamed:
                others[shape] = unnamed
        return members, others

    def _kinds(self, nodes: Collection[Term]) -> dict[Term, set[str]]:
        found: dict[Term, set[str]] = defaultdict(set)
        if nodes:
            text = (
                f"SELECT ?node ?class WHERE {{ VALUES ?node {{ {' '.join(map(str, nodes))} }} "
                f"?node <{RDF_TYPE}> ?class }}"
            )
            for node, kind in self._ask(text):
                if node is not None and isinstance(kind, ox.NamedNode):
                    found[node].add(kind.value)
        return found


def _both(triples: Collection[ox.Triple]) -> list[ox.Triple]:
    """Return triples as they are computed with and, where that differs, as they are looked at."""
    forms = [(triple, kept(triple.object)) for triple in triples]
    apart = [ox.Triple(t.subject, t.predicate, form) for t, form in forms if form != t.object]
    return [*triples, *apart]
