"""What the evidence says directly of each provision (semantics §3, "Direct")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

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


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of an organisation, with all the scopes inside it."""

    iri: str
    label: str
    organization: str
    included: frozenset[str]


@dataclass(frozen=True, slots=True)
class EvidenceItem:
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
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in dataset.rows("coverage/evidence-items", known_at=record):
        grouped.setdefault((row["implementation"] or "", row["evidence"] or ""), []).append(row)
    found: dict[str, list[EvidenceItem]] = {}
    for (implementation, iri), rows in sorted(grouped.items()):
        row = rows[0]
        if (row["collected_on"] or "") > as_of.isoformat():
            continue  # on that day there was no such item
        found.setdefault(implementation, []).append(
            EvidenceItem(
                iri=iri,
                label=row["label"] or iri.rsplit("/", 1)[-1],
                kind=row["kind"] or "evidence item",
                owner=row["owner"] or "",
                collected_on=row["collected_on"] or "",
                file=row["file"] or "",
                sha256=row["sha256"] or "",
                faults=_faults(rows, scope, everything, as_of),
            )
        )
    return {implementation: tuple(items) for implementation, items in found.items()}


def _faults(rows: list[Row], scope: Scope, everything: list[Scope], as_of: date) -> tuple[str, ...]:
    """Return why an item is not valid at a date; empty if it is valid (semantics §3)."""
    row, day = rows[0], as_of.isoformat()
    faults: list[str] = []
    authors = {r["author"] for r in rows if r["author"]}
    accepters = {r["accepted_by"] for r in rows if r["accepted_by"]}
    if not accepters or not row["accepted_on"]:
        faults.append("not-accepted")
    elif not accepters - authors:
        faults.append("accepted-by-author")
    if not row["sha256"]:
        faults.append("no-hash")
    if not covers((r["scope"] for r in rows if r["scope"]), scope, everything):
        faults.append("wrong-scope")
    collected = row["collected_on"]
    if not collected:
        faults.append("not-dated")
    if (row["accepted_on"] or "") > day:
        faults.append("accepted-after-the-day")
    starts, ends = row["effective_from"], row["effective_to"]
    if (starts and day < starts) or (ends and day > ends):
        faults.append("out-of-period")
    limits = [row["expires_on"]] if row["expires_on"] else []
    ages = [int(r["max_age"]) for r in rows if r["max_age"]]
    if collected and ages:
        limits.append((date.fromisoformat(collected) + timedelta(days=min(ages))).isoformat())
    if limits and day >= min(limits):
        faults.append("stale")
    return tuple(faults)


def _results(
    dataset: Dataset, scope: Scope, everything: list[Scope], *, as_of: date, record: date
) -> dict[str, list[Result]]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in dataset.rows("coverage/assessment-results", as_of=as_of, known_at=record):
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
