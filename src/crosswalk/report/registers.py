"""The registers of an organisation as they stood on a day: evidence, risks, audits, reviews.

They are read from the record as it is; nothing is judged but what the engine has judged already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date

from crosswalk.coverage import Evaluation
from crosswalk.graph import Dataset, Row
from crosswalk.report.values import (
    ContextEntry,
    EvidenceEntry,
    Meeting,
    NonconformityEntry,
    RiskEntry,
)

__all__ = ["audits", "context", "evidence", "nonconformities", "reviews", "risks"]


def evidence(
    dataset: Dataset, evaluations: Iterable[Evaluation], *, on: date
) -> tuple[EvidenceEntry, ...]:
    """Return the items of evidence that were on record, with their faults where one was used."""
    faults: dict[str, set[str]] = {}
    for evaluation in evaluations:
        for items in evaluation.facts.evidence.values():
            for item in items:
                faults.setdefault(item.iri, set()).update(item.faults)
    return tuple(
        EvidenceEntry(
            **_texts(EvidenceEntry, rows[0], without=("evidence_for", "faults")),
            evidence_for=_all(rows, "implementation"),
            faults=tuple(sorted(faults[iri])) if iri in faults else None,
        )
        for iri, rows in _grouped(
            dataset.rows("report/evidence-register", as_of=on), "evidence"
        ).items()
    )


def risks(dataset: Dataset, *, on: date) -> tuple[RiskEntry, ...]:
    """Return the risks identified by a day, one entry a treatment."""
    rows = dataset.rows("report/risks-on-record", as_of=on)
    return tuple(RiskEntry(**_texts(RiskEntry, row)) for row in rows)


def nonconformities(dataset: Dataset, *, on: date) -> tuple[NonconformityEntry, ...]:
    """Return the nonconformities detected by a day, one entry a corrective action."""
    rows = dataset.rows("report/nonconformity-register", as_of=on)
    return tuple(NonconformityEntry(**_texts(NonconformityEntry, row)) for row in rows)


def audits(dataset: Dataset, *, on: date) -> tuple[Meeting, ...]:
    """Return the internal audits held by a day with their findings, the latest last."""
    rows = dataset.rows("report/audits", as_of=on)
    return _meetings(rows, "audit", led="auditor", said="finding")


def reviews(dataset: Dataset, *, on: date) -> tuple[Meeting, ...]:
    """Return the management reviews held by a day with their outputs, the latest last."""
    rows = dataset.rows("report/reviews", as_of=on)
    return _meetings(rows, "review", led="chair", said="output")


def context(dataset: Dataset) -> tuple[ContextEntry, ...]:
    """Return the issues of the context and the interested parties; a party has no kind."""
    return tuple(
        ContextEntry(rows[0]["label"] or "", rows[0]["kind"] or "", _all(rows, "need"))
        for rows in _grouped(dataset.rows("report/organization-context"), "thing").values()
    )


def _meetings(rows: Iterable[Row], name: str, *, led: str, said: str) -> tuple[Meeting, ...]:
    return tuple(
        Meeting(
            held[0]["label"] or "",
            held[0]["held_on"] or "",
            ", ".join(_all(held, led)),
            _all(held, said),
        )
        for held in _grouped(rows, name).values()
    )


def _grouped(rows: Iterable[Row], name: str) -> Mapping[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[name] or "", []).append(row)
    return grouped


def _all(rows: Iterable[Row], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[name] or "" for row in rows if row[name]))


def _texts(kind: type, row: Row, without: tuple[str, ...] = ()) -> dict[str, str]:
    names = [one.name for one in fields(kind) if one.name not in without]
    return {name: row[name] or "" for name in names}
