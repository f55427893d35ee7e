"""What the evidence says directly of each provision (semantics §3, "Direct")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from crosswalk.graph import Dataset, Row
from crosswalk.namespaces import cw, expand

__all__ = [
    "Direct",
    "EvidenceItem",
    "Facts",
    "Implementation",
    "Result",
    "Scope",
    "gather",
    "scopes",
]

OUTCOMES = {
    expand("earl:passed"): "passed",
    expand("earl:failed"): "failed",
    cw("partially-passed"): "partial",
}
WORST_FIRST = ("failed", "partial", "passed")
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


@dataclass(slots=True)
class Facts:
    """All that the evidence says for one scope at one date."""

    direct: dict[str, Direct]
    implementations: dict[str, tuple[Implementation, ...]]
    evidence: dict[str, tuple[EvidenceItem, ...]]


def scopes(dataset: Dataset) -> list[Scope]:
    """Return the scopes on record, by IRI; one nameless scope if there is none."""
    grouped: dict[str, list[Row]] = {}
    for row in dataset.rows("coverage/scopes"):
        grouped.setdefault(row["scope"] or "", []).append(row)
    found = [
        Scope(
            iri=iri,
            label=rows[0]["label"] or iri.rsplit("/", 1)[-1],
            organization=rows[0]["organization"] or "",
            included=frozenset(row["included"] or "" for row in rows),
        )
        for iri, rows in sorted(grouped.items())
    ]
    return found or [Scope("", "whole organisation", "", frozenset(("",)))]


def covers(holders: Iterable[str], scope: Scope, everything: list[Scope]) -> bool:
    """Return whether something held in some scopes counts for a scope."""
    if not scope.iri:
        return True
    held = set(holders)
    return any(one.iri in held and scope.iri in one.included for one in everything)


def gather(dataset: Dataset, scope: Scope, *, as_of: date, known_at: date | None = None) -> Facts:
    """Return what the evidence says for a scope at a date.

    :param known_at: only what was on record by this day; default all.
    """
    record = known_at or date.max
    everything = scopes(dataset)
    implementations: dict[str, dict[str, Implementation]] = {}
    by_iri: dict[str, Implementation] = {}
    for row in dataset.rows("coverage/implementations"):
        one = Implementation(
            row["implementation"] or "",
            row["label"] or (row["implementation"] or "").rsplit("/", 1)[-1],
            row["owner"] or "",
            row["status"] or "",
        )
        by_iri.setdefault(one.iri, one)
        if row["provision"]:
            implementations.setdefault(row["provision"], {}).setdefault(one.iri, one)
    evidence = _evidence(dataset, scope, everything, as_of=as_of, record=record)
    results = _results(dataset, scope, everything, as_of=as_of, record=record)
    direct: dict[str, Direct] = {}
    for provision, found in results.items():
        direct[provision] = _judge(
            found, evidence, by_iri, tuple(implementations.get(provision, {}).values())
        )
    for provision, certificate in _certified(
        dataset, scope, everything, as_of=as_of, record=record
    ).items():
        held = direct.get(provision)
        if held is None or held.status is None:
            direct[provision] = Direct(
                "satisfied",
                "certificate",
                None,
                (),
                tuple(implementations.get(provision, {}).values()),
                certificate,
            )
    return Facts(
        direct=direct,
        implementations={p: tuple(v.values()) for p, v in implementations.items()},
        evidence=evidence,
    )


def _evidence(
    dataset: Dataset, scope: Scope, everything: list[Scope], *, as_of: date, record: date
) -> dict[str, tuple[EvidenceItem, ...]]:
    day = as_of.isoformat()
    covered: dict[tuple[str, ...], bool] = {}
    found: dict[str, tuple[EvidenceItem, ...]] = {}
    recorded = dataset.remember(("evidence", record), lambda: _recorded(dataset, record))
    for implementation, held in recorded.items():
        items = []
        for one in held:
            if one.collected_on > day:
                continue  # on that day there was no such item
            inside = covered.get(one.scopes)
            if inside is None:
                inside = covered[one.scopes] = covers(one.scopes, scope, everything)
            items.append(one.judged(day, inside=inside))
        if items:
            found[implementation] = tuple(items)
    return found


@dataclass(slots=True)
class _Recorded:
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


_Columns = tuple[str | None, ...]
"""One row of the evidence items, in the order of the query's columns; unbound is None."""


def _recorded(dataset: Dataset, record: date) -> dict[str, list[_Recorded]]:
    """Return implementation → its items on record by a day, both by IRI."""
    rows = dataset.columns("coverage/evidence-items", known_at=record)
    rows.sort(key=_of_what)
    found: dict[str, list[_Recorded]] = {}
    for (implementation, iri), held in groupby(rows, key=_of_what):
        found.setdefault(implementation, []).append(_item(iri, list(held)))
    return found


_of_what: Callable[[_Columns], tuple[str, str]] = itemgetter(0, 1)


def _item(iri: str, rows: list[_Columns]) -> _Recorded:
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
    return _Recorded(
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


def _results(
    dataset: Dataset, scope: Scope, everything: list[Scope], *, as_of: date, record: date
) -> dict[str, list[Result]]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    day = as_of.isoformat()
    # Asked once for all days: what a day leaves out is cheaper to leave out here.
    for row in dataset.rows("coverage/assessment-results", as_of=date.max, known_at=record):
        if (row["assessed_on"] or "") <= day and (row["accepted_on"] or "") <= day:
            grouped.setdefault((row["provision"] or "", row["result"] or ""), []).append(row)
    found: dict[str, list[Result]] = {}
    for (provision, iri), rows in sorted(grouped.items()):
        held = [r["scope"] for r in rows if r["scope"]]
        if held and not covers(held, scope, everything):
            continue
        row = rows[0]
        outcome = OUTCOMES.get(row["outcome"] or "")
        if outcome is None:
            continue
        found.setdefault(provision, []).append(
            Result(
                iri=iri,
                outcome=outcome,
                finding=row["finding"] or "",
                assessment=row["assessment"] or "",
                assessment_label=row["assessment_label"] or "",
                assessed_on=row["assessed_on"] or "",
                accepted_on=row["accepted_on"] or "",
                assessor=row["assessor"] or "",
                implementation=row["implementation"] or "",
            )
        )
    return found


def _judge(
    results: list[Result],
    evidence: dict[str, tuple[EvidenceItem, ...]],
    by_iri: dict[str, Implementation],
    implementing: tuple[Implementation, ...],
) -> Direct:
    """Return the direct status: the latest results count, and of one day the worst."""
    latest = max(result.assessed_on for result in results)
    judged = []
    for result in sorted((r for r in results if r.assessed_on == latest), key=lambda r: r.iri):
        holders = (
            [result.implementation] if result.implementation else [i.iri for i in implementing]
        )
        items = tuple(item for holder in holders for item in evidence.get(holder, ()))
        valid = any(not item.faults for item in items)
        rank = WORST_FIRST.index(result.outcome) * 2 + (1 if valid else 0)
        judged.append((rank, result.iri, result, items, valid))
    _, _, result, items, valid = min(judged, key=lambda j: (j[0], j[1]))
    status: str | None = {"failed": "failed", "partial": "partial"}.get(result.outcome)
    faults: tuple[str, ...] = ()
    if result.outcome == "passed":
        if valid:
            status = "satisfied"
        else:
            faults = tuple(sorted({fault for item in items for fault in item.faults}))
    own = by_iri.get(result.implementation)
    return Direct(
        status, "assessment", result, items, (own,) if own else implementing, faults=faults
    )


def _certified(
    dataset: Dataset, scope: Scope, everything: list[Scope], *, as_of: date, record: date
) -> dict[str, str]:
    """Return provision → certificate for what valid certificates give.

    A certificate speaks for the requirements of its edition, and for those controls that its
    Statement of Applicability takes in: without one, for no control.
    """
    found: dict[str, str] = {}
    grouped: dict[str, list[Row]] = {}
    for row in dataset.rows("coverage/certificates", as_of=as_of, known_at=record):
        grouped.setdefault(row["certificate"] or "", []).append(row)
    for _, rows in sorted(grouped.items()):
        if not covers((r["scope"] for r in rows if r["scope"]), scope, everything):
            continue
        row = rows[0]
        decisions = [
            decided
            for soa in sorted({r["soa"] for r in rows if r["soa"]})
            for decided in dataset.rows(
                "coverage/certified-decisions", soa=soa, edition=row["edition"], as_of=as_of
            )
        ]
        excluded = {d["provision"] for d in decisions if d["applicable"] == "false"}
        included = {d["provision"] for d in decisions if d["applicable"] == "true"} - excluded
        versions = sorted({d["version"] for d in decisions if d["version"]})
        name = (
            f"{row['label'] or row['certificate']} ({row['body'] or 'body not stated'}), valid "
            f"{row['valid_from']} to {row['valid_to']}"
        )
        if versions:
            name += f", Statement of Applicability {', '.join(versions)}"
        for provision in dataset.rows("coverage/counted", edition=row["edition"]):
            iri = provision["iri"]
            given = iri in included if provision["kind"] == "control" else iri not in excluded
            if given:
                found.setdefault(iri or "", name)
    return found
