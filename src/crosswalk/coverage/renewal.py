"""What was found of an organisation's evidence, carried over a change of it and renewed.

Only what a change touches is asked again: its items, the direct statuses that rest on them; what is
inferred and the figures then follow from these. The result equals what is found from nothing. What
all rests on, such as the scopes, has more found anew; what is not known to hold is left out, and is
found when it is asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Protocol, TypeVar

import pyoxigraph as ox

from crosswalk.coverage import sources
from crosswalk.coverage.evidence import (
    Columns,
    Doings,
    Facts,
    Implementation,
    Inside,
    Judged,
    Recorded,
    Scope,
    implementation_of,
    item_of,
    results_of,
    scopes,
)
from crosswalk.coverage.sources import SOURCES, Source, Thing
from crosswalk.coverage.weighing import (
    Weighed,
    certificates,
    direct_of,
    holders_of,
    latest_of,
)
from crosswalk.graph import Dataset
from crosswalk.graph.changes import Change
from crosswalk.namespaces import cw, expand

__all__ = ["Renewal", "renew"]

QUADS = 5000
"""How many quads a change may have of which the touched items are looked for."""
FEW, SHARE = 20, 16
"""How many items are always asked for one by one; and one in how many of those that there are.

Measured, one that is asked for alone costs as much as 5 to 16 that are asked for together.
"""
EVIDENCE_FOR = ox.NamedNode(cw("evidenceFor"))
TEST = ox.NamedNode(expand("earl:test"))

Held = TypeVar("Held")
Items = dict[str, dict[str, Recorded | None]]
"""Implementation → item → what is on record of it now; None: nothing."""
Results = dict[str, dict[str, tuple[Columns, ...]]]


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a change touched.

    :param items: how many items of evidence, results and implementations were asked for again.
    :param provisions: those whose direct status is another one, for some scope and day.
    :param anew: the questions whose answers were not carried over: the change touches what all of
        them rest on, or is not known well enough.
    """

    items: int
    provisions: frozenset[str]
    anew: tuple[str, ...]


def renew(dataset: Dataset, memory: Mapping[object, object], change: Change | None) -> Renewal:
    """Return what a change touched, having the dataset remember what was found before it, renewed.

    :param dataset: after the change; its public knowledge is kept apart and is as it was.
    :param memory: what it, or one that held the state before, remembered then.
    :param change: from that state to this one; None where it is not known.

    >>> from crosswalk.graph import open_dataset
    >>> renew(Dataset(apart=open_dataset()), {}, None).items
    0
    """
    every = tuple(source.name for source in SOURCES)
    if change is None or dataset.apart is None or dataset.kept or len(change.quads) > QUADS:
        return Renewal(0, frozenset(), every)
    touched = {one.name: one.touched(change, dataset) for one in SOURCES}
    for one in RENEWED:
        items = touched[one.name]
        if items is not None and len(items) > FEW and len(items) * SHARE > _held(one, memory):
            touched[one.name] = None
    whole = {name for name, items in touched.items() if items is None or items}
    work = _Work(dataset, memory, change, touched, frozenset(whole))
    work.carry()
    return work.done()


class _Work:
    """One renewal: what is carried over, and what was asked again on the way."""

    def __init__(
        self,
        dataset: Dataset,
        memory: Mapping[object, object],
        change: Change,
        touched: Mapping[str, frozenset[Thing] | None],
        changed: frozenset[str],
    ) -> None:
        self.dataset, self.memory, self.change = dataset, memory, change
        self.touched, self.changed = touched, changed
        self.asked: set[str] = set()
        self.flipped: set[str] = set()

    def carry(self) -> None:
        """Have the dataset remember what holds, and what is renewed."""
        self.dataset.recall(
            {key: value for key, value in self.memory.items() if self._untouched(key)}
        )
        doings, implementing = self._doings()
        evidence: dict[date, tuple[dict[str, tuple[Recorded, ...]], Items]] = {}
        results: dict[date, tuple[Results, frozenset[str]]] = {}
        kept: dict[object, object] = {} if doings is None else {("implementations",): doings}
        for key, value in self.memory.items():
            match key:
                case ("evidence", date() as record) if self._one_by_one(sources.EVIDENCE):
                    evidence[record] = self._evidence(value, record)  # type: ignore[arg-type]
                    kept[key] = evidence[record][0]
                case ("results", date() as record) if self._one_by_one(sources.RESULTS):
                    results[record] = self._results(value, record)  # type: ignore[arg-type]
                    kept[key] = results[record][0]
        self.dataset.recall(kept)
        if doings is None or sources.SCOPES.name in self.changed:
            return
        known = {one.iri: one for one in scopes(self.dataset)}
        for key, value in self.memory.items():
            match key:
                case ("weighed", str() as iri, date() as day, date() as record):
                    if iri not in known or record not in evidence or record not in results:
                        continue
                    assert isinstance(value, Weighed)  # noqa: S101 - what stands under the key
                    renewed = self._weighed(
                        value,
                        known[iri],
                        (day, record),
                        doings,
                        implementing,
                        evidence[record],
                        results[record],
                    )
                    self.dataset.recall({key: renewed})

    def done(self) -> Renewal:
        """Return what was touched."""
        anew = [
            one.name
            for one in SOURCES
            if one.name in self.changed and not (one in RENEWED and self._one_by_one(one))
        ]
        return Renewal(len(self.asked), frozenset(self.flipped), tuple(anew))

    def _untouched(self, key: object) -> bool:
        """Return whether what was found under a key holds as it is."""
        match key:
            case ("rows", str() as name, *_):
                return name in self.touched and name not in self.changed
            case ("bindings", *_):
                return not self.changed & {sources.SYSTEMS.name, sources.CHANGES.name}
        return False

    def _one_by_one(self, source: Source) -> bool:
        return self.touched[source.name] is not None

    def _items(self, source: Source) -> list[str]:
        """Return the touched items of a question that is asked for them one by one, by IRI."""
        found = sorted(one.value for one in self.touched[source.name] or ())
        self.asked.update(found)
        return found

    def _doings(self) -> tuple[Doings | None, frozenset[str]]:
        """Return the implementations, and the provisions whose implementations differ."""
        held = self.memory.get(("implementations",))
        if not isinstance(held, Doings) or not self._one_by_one(sources.IMPLEMENTATIONS):
            return None, frozenset()
        touched = self._items(sources.IMPLEMENTATIONS)
        if not touched:
            return held, frozenset()
        ones: dict[str, Implementation | None] = {}
        provisions: dict[str, tuple[str, ...] | None] = {}
        affected: set[str] = set()
        for iri in touched:
            rows = self.dataset.columns("coverage/implementations", implementation=iri)
            ones[iri], provisions[iri] = implementation_of(iri, rows) if rows else (None, None)
            affected.update(held.provisions.get(iri, ()), provisions[iri] or ())
        by_iri, of = _with(held.by_iri, ones), _with(held.provisions, provisions)
        by_provision: dict[str, tuple[Implementation, ...] | None] = {}
        for provision in affected:
            named = {one.iri for one in held.by_provision.get(provision, ())}.union(touched)
            whose = tuple(by_iri[iri] for iri in sorted(named) if provision in of.get(iri, ()))
            by_provision[provision] = whose or None
        return Doings(by_iri, of, _with(held.by_provision, by_provision)), frozenset(affected)

    def _evidence(
        self, held: dict[str, tuple[Recorded, ...]], record: date
    ) -> tuple[dict[str, tuple[Recorded, ...]], Items]:
        """Return the items on record by a day, and those that were asked for again."""
        changes: Items = {}
        for iri in self._items(sources.EVIDENCE):
            rows: dict[str, list[Columns]] = {
                one: [] for one in self._leads(ox.NamedNode(iri), EVIDENCE_FOR)
            }
            for row in self.dataset.columns(
                "coverage/evidence-item", evidence=iri, known_at=record
            ):
                rows.setdefault(row[0] or "", []).append(row)
            for implementation, found in rows.items():
                one = item_of(iri, found) if found else None
                changes.setdefault(implementation, {})[iri] = one
        renewed: dict[str, tuple[Recorded, ...] | None] = {
            implementation: _spliced(held.get(implementation, ()), ones) or None
            for implementation, ones in changes.items()
        }
        return _with(held, renewed), changes

    def _results(self, held: Results, record: date) -> tuple[Results, frozenset[str]]:
        """Return the results on record by a day, and the provisions of those asked for again."""
        changes: dict[str, dict[str, tuple[Columns, ...] | None]] = {}
        for iri in self._items(sources.RESULTS):
            for provision in self._leads(ox.NamedNode(iri), TEST):
                changes.setdefault(provision, {})[iri] = None
            rows = self.dataset.columns(
                "coverage/assessment-results", as_of=date.max, known_at=record, result=iri
            )
            for provision, found in results_of(rows).items():
                changes.setdefault(provision, {}).update(found)
        renewed = {
            provision: _with(held.get(provision, {}), ones) or None
            for provision, ones in changes.items()
        }
        return _with(held, renewed), frozenset(changes)

    def _leads(self, thing: ox.NamedNode, property: ox.NamedNode) -> set[str]:
        """Return what a property leads to from something, or did before the change, as in rows."""
        quads: Iterable[ox.Quad] = [
            *self.dataset.matching(thing, property),
            *(q for q in self.change.removed if q.subject == thing and q.predicate == property),
        ]
        return {
            f"_:{one.value}" if isinstance(one, ox.BlankNode) else one.value
            for one in (quad.object for quad in quads)
            if not isinstance(one, ox.Triple)
        }

    def _weighed(
        self,
        held: Weighed,
        scope: Scope,
        days: tuple[date, date],
        doings: Doings,
        implementing: Collection[str],
        on_record: tuple[dict[str, tuple[Recorded, ...]], Items],
        results: tuple[Results, frozenset[str]],
    ) -> Weighed:
        """Return what the evidence says for a scope at a day, renewed where it was touched."""
        (day, record), (held_now, items), (told, reassessed) = days, on_record, results
        inside, on = Inside(scope, scopes(self.dataset)), day.isoformat()
        evidence = held.facts.evidence
        if items:
            assert isinstance(evidence, Judged)  # noqa: S101 - as weighing leaves it
            evidence = evidence.renewed(held_now, items.keys())
        latest = held.latest
        if reassessed:
            newest = {
                one: latest_of(told.get(one, {}).values(), inside, on) or None for one in reassessed
            }
            latest = _with(latest, newest)
        certified = held.certified
        if self.changed & {sources.CERTIFICATES.name, sources.CERTIFIED.name}:
            certified = certificates(self.dataset, inside, as_of=day, record=record)
        affected = set(reassessed).union(implementing)
        affected.update(one for one, _ in held.certified.items() ^ certified.items())
        touched = {*items, *self._items(sources.IMPLEMENTATIONS)}
        if touched:
            affected.update(
                provision
                for provision, found in latest.items()
                if not touched.isdisjoint(
                    holder
                    for one in found
                    for holder in holders_of(one, doings.by_provision.get(provision, ()))
                )
            )
        direct = {
            one: direct_of(one, latest, certified, evidence, doings) for one in sorted(affected)
        }
        before = held.facts.direct
        self.flipped.update(
            one for one, now in direct.items() if _status(now) != _status(before.get(one))
        )
        facts = Facts(_with(before, direct), doings.by_provision, evidence)
        return Weighed(facts, latest, certified)


RENEWED = (sources.EVIDENCE, sources.IMPLEMENTATIONS, sources.RESULTS)
"""The questions whose items are asked for one by one."""


def _held(source: Source, memory: Mapping[object, object]) -> int:
    """Return how many items of a question are remembered, at the most."""
    if source is sources.IMPLEMENTATIONS:
        doings = memory.get(("implementations",))
        return len(doings.by_iri) if isinstance(doings, Doings) else 0
    head = "evidence" if source is sources.EVIDENCE else "results"
    sizes = (
        sum(map(len, value.values()))
        for key, value in memory.items()
        if isinstance(key, tuple) and key[0] == head and isinstance(value, dict)
    )
    return max(sizes, default=0)


class _Named(Protocol):
    @property
    def iri(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def _status(direct: object) -> str | None:
    return getattr(direct, "status", None)


def _spliced(held: tuple[Named, ...], changes: Mapping[str, Named | None]) -> tuple[Named, ...]:
    """Return what is ordered by IRI with some of it replaced, put in or, for None, taken out."""
    found, of = list(held), attrgetter("iri")
    for iri, one in changes.items():
        at = bisect_left(found, iri, key=of)
        there = at < len(found) and found[at].iri == iri
        found[at : at + there] = [] if one is None else [one]
    return tuple(found)


def _with(held: Mapping[str, Held], changes: Mapping[str, Held | None]) -> dict[str, Held]:
    """Return what is held by name with some of it replaced or, for None, taken out; by name."""
    found = dict(held)
    grown = False
    for name, one in changes.items():
        if one is None:
            found.pop(name, None)
        else:
            grown = grown or name not in found
            found[name] = one
    return dict(sorted(found.items())) if grown else found
