"""What the evidence says of each provision for one scope and day (semantics §3, "Direct")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from crosswalk.coverage.evidence import (
    Columns,
    Direct,
    Doings,
    EvidenceItem,
    Facts,
    Implementation,
    Inside,
    Judged,
    Result,
    Scope,
    implemented,
    recorded,
    results_around,
    scopes,
)
from crosswalk.graph import Dataset, Row
from crosswalk.namespaces import cw, expand

__all__ = [
    "Weighed",
    "certificates",
    "direct_of",
    "gather",
    "holders_of",
    "latest_of",
    "weigh",
]

OUTCOMES = {
    expand("earl:passed"): "passed",
    expand("earl:failed"): "failed",
    cw("partially-passed"): "partial",
}
WORST_FIRST = ("failed", "partial", "passed")
WEIGHED = 8
"""For how many scopes and days what the evidence says is kept."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the evidence says for one scope at one date, and what of it decides.

    ``latest`` holds, by provision, the results of its latest day; ``certified`` the certificate
    that gives a provision.
    """

    facts: Facts
    latest: dict[str, tuple[Result, ...]]
    certified: dict[str, str]


def gather(dataset: Dataset, scope: Scope, *, as_of: date, known_at: date | None = None) -> Facts:
    """Return what the evidence says for a scope at a date; not to be changed.

    :param known_at: only what was on record by this day.
    """
    record = known_at or date.max
    key = ("weighed", scope.iri, as_of, record)
    return dataset.remember(key, lambda: weigh(dataset, scope, as_of, record), of=WEIGHED).facts


def weigh(dataset: Dataset, scope: Scope, as_of: date, record: date) -> Weighed:
    """Return what the evidence says for a scope at a date, computed of what is on record.

    :param record: only what was on record by this day.
    """
    inside = Inside(scope, scopes(dataset))
    doings = implemented(dataset)
    day = as_of.isoformat()
    evidence = Judged(recorded(dataset, record), day, inside)
    near = results_around(dataset, record, inside)
    latest: dict[str, tuple[Result, ...]] = {}
    for provision in sorted(near):
        counting = latest_of(near[provision].values(), inside, day)
        if counting:
            latest[provision] = counting
    certified = certificates(dataset, inside, as_of=as_of, record=record)
    direct = {}
    for provision in sorted(latest.keys() | certified.keys()):
        judged = direct_of(provision, latest, certified, evidence, doings)
        if judged is not None:
            direct[provision] = judged
    return Weighed(Facts(direct, doings.by_provision, evidence), latest, certified)


def latest_of(told: Iterable[tuple[Columns, ...]], inside: Inside, day: str) -> tuple[Result, ...]:
    """Return the results of the latest day that count for a scope at a day, by IRI.

    :param told: the rows of each result.
    """
    newest = ""
    found: list[Result] = []
    for all_rows in told:
        rows = [row for row in all_rows if (row[7] or "") <= day and (row[8] or "") <= day]
        if not rows:
            continue
        first = rows[0]
        assessed_on, outcome = first[7] or "", OUTCOMES.get(first[3] or "")
        if assessed_on < newest or outcome is None:
            continue
        held = tuple(sorted({row[10] for row in rows if row[10]}))
        if held and not inside(held):
            continue
        if assessed_on > newest:
            newest, found = assessed_on, []
        found.append(_result(first, outcome))
    return tuple(sorted(found, key=lambda one: one.iri))


def direct_of(
    provision: str,
    latest: dict[str, tuple[Result, ...]],
    certified: dict[str, str],
    evidence: Mapping[str, tuple[EvidenceItem, ...]],
    doings: Doings,
) -> Direct | None:
    """Return the direct status of a provision; None if neither assessed nor certified."""
    implementing = doings.by_provision.get(provision, ())
    judged = None
    if provision in latest:
        judged = _judge(latest[provision], evidence, doings.by_iri, implementing)
    if provision in certified and (judged is None or judged.status is None):
        return Direct("satisfied", "certificate", None, (), implementing, certified[provision])
    return judged


def holders_of(result: Result, implementing: Iterable[Implementation]) -> list[str]:
    """Return whose items a result rests on: its own implementation, or all of its provision."""
    return [result.implementation] if result.implementation else [one.iri for one in implementing]


def certificates(dataset: Dataset, inside: Inside, *, as_of: date, record: date) -> dict[str, str]:
    """Return provision → certificate for what valid certificates give.

    A certificate speaks for the requirements of its edition, and for those controls that its
    Statement of Applicability takes in: without one, for no control.
    """
    found: dict[str, str] = {}
    grouped: dict[str, list[Row]] = {}
    for row in dataset.rows("coverage/certificates", as_of=as_of, known_at=record):
        grouped.setdefault(row["certificate"] or "", []).append(row)
    for _, rows in sorted(grouped.items()):
        if not inside(tuple(sorted({r["scope"] for r in rows if r["scope"]}))):
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


def _result(row: Columns, outcome: str) -> Result:
    return Result(
        iri=row[2] or "",
        outcome=outcome,
        finding=row[4] or "",
        assessment=row[5] or "",
        assessment_label=row[6] or "",
        assessed_on=row[7] or "",
        accepted_on=row[8] or "",
        assessor=row[9] or "",
        implementation=row[1] or "",
    )


def _judge(
    latest: tuple[Result, ...],
    evidence: Mapping[str, tuple[EvidenceItem, ...]],
    by_iri: dict[str, Implementation],
    implementing: tuple[Implementation, ...],
) -> Direct:
    """Return the direct status by the results of the latest day: the worst counts."""
    judged = []
    for result in latest:
        holders = holders_of(result, implementing)
        held = [evidence[holder] for holder in holders if holder in evidence]
        items = held[0] if len(held) == 1 else tuple(chain.from_iterable(held))
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
