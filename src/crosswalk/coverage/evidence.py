"""What the evidence says directly of each provision (semantics §3, "Direct")."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

import pyoxigraph as ox

from crosswalk.coverage.scanning import Columns, scanned
from crosswalk.graph import Dataset, Row
from crosswalk.namespaces import cw

__all__ = [
    "Columns",
    "Direct",
    "Doings",
    "EvidenceItem",
    "Facts",
    "Implementation",
    "Inside",
    "Recorded",
    "Result",
    "Scope",
    "by_provision",
    "covers",
    "implementation_of",
    "implemented",
    "item_of",
    "recorded",
    "results",
    "results_of",
    "scopes",
]

AT_ONCE = 150_000
"""How many items are asked for in one query."""
NEVER = "~"
"""A day after all days, as days are written."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of an organisation, with all the scopes inside it."""

    iri: str
    label: str
    organization: str
    included: frozenset[str]


class EvidenceItem(NamedTuple):
    """One item for one implementation; ``faults`` says why it is not valid, if so."""

    iri: str
    label: str
    kind: str
    owner: str
    collected_on: str
    file: str
    sha256: str
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the item as it stands in an explanation."""
        return {
            "iri": self.iri,
            "label": self.label,
            "kind": self.kind,
            "owner": self.owner,
            "collected_on": self.collected_on,
            "file": self.file,
            "sha256": self.sha256,
            "valid": not self.faults,
            "faults": list(self.faults),
        }


@dataclass(frozen=True, slots=True)
class Implementation:
    """What an organisation does to meet provisions."""

    iri: str
    label: str
    owner: str
    status: str

    def as_json(self) -> dict[str, object]:
        """Return the implementation as it stands in an explanation."""
        return {"iri": self.iri, "label": self.label, "owner": self.owner, "status": self.status}


@dataclass(frozen=True, slots=True)
class Result:
    """One outcome of one accepted assessment for one provision."""

    iri: str
    outcome: str
    finding: str
    assessment: str
    assessment_label: str
    assessed_on: str
    accepted_on: str
    assessor: str
    implementation: str

    def as_json(self) -> dict[str, object]:
        """Return the result as it stands in an explanation."""
        return {
            "outcome": self.outcome,
            "finding": self.finding,
            "assessment": self.assessment_label,
            "iri": self.assessment,
            "assessed_on": self.assessed_on,
            "accepted_on": self.accepted_on,
            "assessor": self.assessor,
        }


@dataclass(frozen=True, slots=True)
class Direct:
    """The direct status of a provision and what it rests on.

    ``status`` is satisfied, partial or failed; None if nothing counts. ``basis`` is assessment
    or certificate. ``faults`` holds the faults of the items where a pass has no valid one.
    """

    status: str | None
    basis: str
    result: Result | None
    evidence: tuple[EvidenceItem, ...]
    implementations: tuple[Implementation, ...]
    certificate: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the evidence says for one scope at one date."""

    direct: dict[str, Direct]
    implementations: dict[str, tuple[Implementation, ...]]
    evidence: Mapping[str, tuple[EvidenceItem, ...]]


def scopes(dataset: Dataset) -> list[Scope]:
    """Return the scopes on record, by IRI; one nameless scope if there is none."""

    def found() -> tuple[Scope, ...]:
        grouped: dict[str, list[Row]] = {}
        for row in dataset.rows("coverage/scopes"):
            grouped.setdefault(row["scope"] or "", []).append(row)
        return tuple(
            Scope(
                iri=iri,
                label=_least(tuple(r["label"] for r in rows)) or iri.rsplit("/", 1)[-1],
                organization=_least(tuple(r["organization"] for r in rows)) or "",
                included=frozenset(row["included"] or "" for row in rows),
            )
            for iri, rows in sorted(grouped.items())
        )

    return [*dataset.remember(("scopes",), found)] or [
        Scope("", "whole organisation", "", frozenset(("",)))
    ]


def covers(holders: Iterable[str], scope: Scope, everything: list[Scope]) -> bool:
    """Return whether something held in some scopes counts for a scope."""
    return Inside(scope, everything)(holders)


@dataclass(frozen=True, slots=True)
class Doings:
    """The implementations by IRI, the provisions of each, and the implementations of each."""

    by_iri: dict[str, Implementation]
    provisions: dict[str, tuple[str, ...]]
    by_provision: dict[str, tuple[Implementation, ...]]


class Inside:
    """Tells whether what is held in some scopes counts for one.

    ``around`` holds the scopes, by IRI, of which all that is held counts for it.
    """

    def __init__(self, scope: Scope, everything: Iterable[Scope]) -> None:
        self.scope = scope
        self.around = frozenset(one.iri for one in everything if scope.iri in one.included)

    def __call__(self, holders: Iterable[str]) -> bool:
        """Return whether it does."""
        return not self.scope.iri or not self.around.isdisjoint(holders)


class Judged(Mapping[str, tuple[EvidenceItem, ...]]):
    """Implementation → its items as they are on a day, for a scope, by IRI.

    Items are judged when they are asked for: one scope asks for few of those on record.

    :param held: implementation → items on record.
    """

    def __init__(
        self, held: Mapping[str, tuple[Recorded, ...]], day: str, inside: Callable[..., bool]
    ) -> None:
        self._held, self._day, self._inside = held, day, inside
        self._found: dict[str, tuple[EvidenceItem, ...]] = {}

    def __getitem__(self, implementation: str) -> tuple[EvidenceItem, ...]:
        found = self._found.get(implementation)
        if found is None:
            day, inside = self._day, self._inside
            found = tuple(
                one.judged(day, inside=inside(one.scopes))
                for one in self._held.get(implementation, ())
                if one.on(day)
            )
            self._found[implementation] = found
        if not found:
            raise KeyError(implementation)
        return found

    def __iter__(self) -> Iterator[str]:
        return (
            one for one, items in self._held.items() if any(item.on(self._day) for item in items)
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def renewed(self, held: Mapping[str, tuple[Recorded, ...]], changed: Collection[str]) -> Judged:
        """Return the same of other items on record; those of some implementations changed."""
        found = Judged(held, self._day, self._inside)
        found._found = {k: v for k, v in self._found.items() if k not in changed}
        return found


def implemented(dataset: Dataset) -> Doings:
    """Return the implementations on record."""

    def found() -> Doings:
        grouped: dict[str, list[Columns]] = {}
        for row in dataset.columns("coverage/implementations"):
            grouped.setdefault(row[1] or "", []).append(row)
        by_iri, provisions = {}, {}
        for iri in sorted(grouped):
            by_iri[iri], provisions[iri] = implementation_of(iri, grouped[iri])
        return Doings(by_iri, provisions, by_provision(by_iri, provisions))

    return dataset.remember(("implementations",), found)


def implementation_of(iri: str, rows: list[Columns]) -> tuple[Implementation, tuple[str, ...]]:
    """Return an implementation and its provisions; of several values, where one is due, the least.

    :param rows: all that are of it.
    """
    label, owner, status = (_least(tuple(row[n] for row in rows)) for n in (2, 3, 4))
    one = Implementation(iri, label or iri.rsplit("/", 1)[-1], owner or "", status or "")
    return one, tuple(sorted({row[0] for row in rows if row[0]}))


def by_provision(
    by_iri: dict[str, Implementation], provisions: dict[str, tuple[str, ...]]
) -> dict[str, tuple[Implementation, ...]]:
    """Return provision → its implementations, both by IRI."""
    found: dict[str, list[Implementation]] = {}
    for iri in by_iri:
        for provision in provisions[iri]:
            found.setdefault(provision, []).append(by_iri[iri])
    return {provision: tuple(found[provision]) for provision in sorted(found)}


def recorded(dataset: Dataset, record: date) -> dict[str, tuple[Recorded, ...]]:
    """Return implementation → its items on record by a day, both by IRI."""

    def found() -> dict[str, tuple[Recorded, ...]]:
        grouped: dict[str, list[Recorded]] = {}
        for rows in _item_rows(dataset, record):
            rows.sort(key=_of_what)
            for (implementation, iri), held in groupby(rows, key=_of_what):
                grouped.setdefault(implementation, []).append(item_of(iri, list(held)))
        return {
            implementation: tuple(grouped[implementation]) for implementation in sorted(grouped)
        }

    return dataset.remember(("evidence", record), found)


def results(dataset: Dataset, record: date) -> dict[str, dict[str, tuple[Columns, ...]]]:
    """Return provision → result → all that is on record of the result by a day, first to last."""

    def found() -> dict[str, dict[str, tuple[Columns, ...]]]:
        # Asked once for all days: what a day leaves out is cheaper to leave out later.
        rows = dataset.columns("coverage/assessment-results", as_of=date.max, known_at=record)
        return results_of(rows)

    return dataset.remember(("results", record), found)


def results_around(
    dataset: Dataset, record: date, inside: Inside
) -> dict[str, dict[str, tuple[Columns, ...]]]:
    """Return provision → result → all that is on record of it, if it may count for a scope."""

    def found() -> dict[str, dict[str, dict[str, tuple[Columns, ...]]]]:
        by_scope: dict[str, dict[str, dict[str, tuple[Columns, ...]]]] = {}
        for provision, told in results(dataset, record).items():
            for iri, rows in told.items():
                for scope in {row[10] or "" for row in rows}:
                    by_scope.setdefault(scope, {}).setdefault(provision, {})[iri] = rows
        return by_scope

    by_scope = dataset.remember(("results by scope", record), found)
    near: dict[str, dict[str, tuple[Columns, ...]]] = {}
    for scope in by_scope if not inside.scope.iri else ("", *inside.around):
        for provision, told in by_scope.get(scope, {}).items():
            near.setdefault(provision, {}).update(told)
    return near


def results_of(rows: list[Columns]) -> dict[str, dict[str, tuple[Columns, ...]]]:
    """Return provision → result → its rows, all by what they say."""
    rows.sort(key=_of_results)
    found: dict[str, dict[str, tuple[Columns, ...]]] = {}
    for (provision, iri), held in groupby(rows, key=lambda row: (row[0] or "", row[2] or "")):
        found.setdefault(provision, {})[iri] = tuple(held)
    return found


@dataclass(slots=True)
class Recorded:
    """One item for one implementation as it is on record, for no day and no scope yet.

    Days are as they are written, which sorts them.
    """

    iri: str
    label: str
    kind: str
    owner: str
    collected_on: str
    file: str
    sha256: str
    unaccepted: str
    scopes: tuple[str, ...]
    accepted_on: str
    starts: str
    ends: str
    stale_on: str
    _judged: EvidenceItem | None = None

    def on(self, day: str) -> bool:
        """Return whether there was such an item on a day."""
        return self.collected_on <= day

    def judged(self, day: str, *, inside: bool) -> EvidenceItem:
        """Return the item with all that makes it invalid on a day (semantics §3).

        :param inside: whether it counts for the scope that is asked for.
        """
        faults: tuple[str, ...] = ()
        if self.unaccepted:
            faults += (self.unaccepted,)
        if not self.sha256:
            faults += ("no-hash",)
        if not inside:
            faults += ("wrong-scope",)
        if not self.collected_on:
            faults += ("not-dated",)
        if self.accepted_on > day:
            faults += ("accepted-after-the-day",)
        if not self.starts <= day <= self.ends:
            faults += ("out-of-period",)
        if self.stale_on <= day:
            faults += ("stale",)
        # From one day to the next most items stay as they are.
        if self._judged is None or self._judged.faults != faults:
            self._judged = EvidenceItem(
                self.iri,
                self.label,
                self.kind,
                self.owner,
                self.collected_on,
                self.file,
                self.sha256,
                faults,
            )
        return self._judged


def _item_rows(dataset: Dataset, record: date) -> Iterator[list[Columns]]:
    """Yield the rows of all items: those of a query, or read column by column if they are many."""
    rows = None
    if dataset.kept is None:
        quads = dataset.matching(None, ox.NamedNode(cw("evidenceFor")))
        if next(islice(quads, AT_ONCE, None), None) is not None:
            rows = scanned(dataset, record)
    if rows is None:
        yield dataset.columns("coverage/evidence-items", known_at=record)
        return
    yield from rows


_of_what: Callable[[Columns], tuple[str, str]] = itemgetter(0, 1)


def _of_results(row: Columns) -> tuple[str, ...]:
    """Return what rows of results are sorted by: provision, result, day, and then all the rest."""
    order = (0, 2, 7, 1, 10, 9, 3, 4, 5, 6, 8)
    return tuple([row[number] or "" for number in order])


def item_of(iri: str, rows: list[Columns]) -> Recorded:
    """Return what some rows say of one item; of several values, where one is due, the least."""
    row = rows[0] if len(rows) == 1 else tuple(map(_least, zip(*rows, strict=True)))
    label, kind, author, accepter, accepted_on, collected_on, sha256, scope = row[2:10]
    starts, ends, expires_on, max_age, owner, file = row[10:16]
    authors, accepters = {author}, {accepter}
    scopes: tuple[str, ...] = (scope,) if scope else ()
    if len(rows) > 1:
        authors, accepters = {one[4] for one in rows}, {one[5] for one in rows}
        scopes = tuple(sorted({one[9] for one in rows if one[9]}))
        max_age = max_age and str(min(int(one[13] or 0) for one in rows))
    unaccepted = ""
    accepters -= {None, ""}
    if not accepters or not accepted_on:
        unaccepted = "not-accepted"
    elif accepters <= authors:
        unaccepted = "accepted-by-author"
    stale_on = expires_on or NEVER
    if collected_on and max_age:
        stale_on = min(stale_on, _later(collected_on, max_age))
    return Recorded(
        iri,
        label or iri.rsplit("/", 1)[-1],
        kind or "evidence item",
        owner or "",
        collected_on or "",
        file or "",
        sha256 or "",
        unaccepted,
        scopes,
        accepted_on or "",
        starts or "",
        ends or NEVER,
        stale_on,
    )


def _least(column: tuple[str | None, ...]) -> str | None:
    """Return the least value of a column; None if it has none."""
    return min((value for value in column if value is not None), default=None)


@lru_cache(maxsize=4096)
def _later(day: str, days: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=int(days))).isoformat()
