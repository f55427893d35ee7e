"""What differs between two states of an organisation's evidence, and which statuses flip by it.

The two may be snapshots of two days, or what is and what would be. A status flips if the rules of
semantics §3 give another one; the two rules are told side by side, so that each can be replayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from crosswalk import catalogue, inference
from crosswalk.coverage import Evaluation, ProvisionStatus, evaluate, path_words, reason, scope_of
from crosswalk.coverage.evidence import Scope
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset, records
from crosswalk.models import CoverageVector, Status

__all__ = [
    "FLIPPED",
    "Flip",
    "SnapshotRow",
    "WhatIfRow",
    "compare_snapshots",
    "flips",
    "status_reason",
    "status_word",
    "what_if",
]

FLIPPED = "flipped"


@dataclass(frozen=True, slots=True)
class Flip:
    """One provision whose status is another one after than before, and why.

    ``rests_on`` are the IRIs of the records on which either status rests.
    """

    edition: str
    provision: str
    title: str
    before: str
    after: str
    why: str
    rests_on: frozenset[str] = field(repr=False, default=frozenset())


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One difference of two snapshots.

    ``kind`` is evidence-added, evidence-removed, evidence-changed or status-flipped; ``subject``
    is the IRI of a record, or a provision as ``edition:id``.
    """

    kind: str
    subject: str
    before: str | None
    after: str | None
    why: str


@dataclass(frozen=True, slots=True)
class WhatIfRow:
    """One figure before and after, or one provision whose status flips.

    ``what`` is the name of a figure, or ``flipped``; a figure has no provision. Figures are told
    whether or not they change; ``lo`` and ``hi`` are None where they are undefined.
    """

    edition: str
    what: str
    provision: str | None
    title: str | None
    before: str | int | float | None
    after: str | int | float | None
    why: str


def compare_snapshots(
    old: Dataset,
    new: Dataset,
    editions: Sequence[str] = (),
    *,
    as_of: date,
    as_of_old: date | None = None,
    scope: str | None = None,
    horizon: date | None = None,
) -> list[SnapshotRow]:
    """Return how two snapshots of an organisation's evidence differ.

    First the records that were added, removed or changed, by IRI; then, for each edition, the
    provisions whose status flipped, in its order.

    :param as_of: the day of the new snapshot.
    :param as_of_old: the day of the old one; default the same day.
    :param editions: the editions whose statuses are compared; none for the evidence alone.
    """
    flipped: list[Flip] = []
    for name in editions:
        flipped += flips(
            *_evaluations(
                (old, new), name, (as_of_old or as_of, as_of), scope=scope, horizon=horizon
            )
        )
    found = []
    before, after = records(old), records(new)
    for iri in sorted(before.keys() | after.keys()):
        was, now = before.get(iri), after.get(iri)
        why = "; ".join(
            f"{one.edition}:{one.provision} {one.before} → {one.after}"
            for one in flipped
            if iri in one.rests_on
        )
        if was is None or now is None:
            kind = "evidence-added" if was is None else "evidence-removed"
            found.append(
                SnapshotRow(kind, iri, str(was) if was else None, str(now) if now else None, why)
            )
        elif was.statements != now.statements:
            gone = sorted(was.statements - now.statements)
            come = sorted(now.statements - was.statements)
            found.append(
                SnapshotRow(
                    "evidence-changed", iri, "; ".join(gone) or None, "; ".join(come) or None, why
                )
            )
    found += [
        SnapshotRow(
            "status-flipped", f"{one.edition}:{one.provision}", one.before, one.after, one.why
        )
        for one in flipped
    ]
    return found


def what_if(
    before: Dataset,
    after: Dataset,
    editions: Sequence[str],
    *,
    as_of: date,
    scope: str | None = None,
    horizon: date | None = None,
    known_at: date | None = None,
) -> list[WhatIfRow]:
    """Return what another state of the evidence does to the figures and statuses of editions.

    First each figure of the vector of an edition, then the provisions whose status flips.

    :param before: the evidence as it is.
    :param after: the evidence as it would be.
    """
    found: list[WhatIfRow] = []
    for name in editions:
        was, now = _evaluations(
            (before, after),
            name,
            (as_of, as_of),
            scope=scope,
            horizon=horizon,
            known_at=known_at,
        )
        key = now.edition.edition
        found += [
            WhatIfRow(
                key,
                figure.name,
                None,
                None,
                getattr(was.vector, figure.name),
                getattr(now.vector, figure.name),
                "",
            )
            for figure in fields(CoverageVector)
            if figure.name not in ("edition", "as_of", "scope")
        ]
        found += [
            WhatIfRow(key, FLIPPED, one.provision, one.title, one.before, one.after, one.why)
            for one in flips(was, now)
        ]
    return found


def flips(before: Evaluation, after: Evaluation) -> list[Flip]:
    """Return the provisions whose status differs between two evaluations of an edition, in order.

    An inferred status that was accepted, or no longer is, flips too: it counts in ``lo``, or not.
    """
    held = {one.provision.iri: one for one in before.statuses}
    found = []
    for now in after.statuses:
        was = held.get(now.provision.iri)
        if was is None or status_word(was) == status_word(now):
            continue
        found.append(
            Flip(
                edition=after.edition.edition,
                provision=now.provision.id,
                title=now.provision.title,
                before=status_word(was),
                after=status_word(now),
                why=f"before: {status_reason(was)}; after: {status_reason(now)}",
                rests_on=_basis(before, was) | _basis(after, now),
            )
        )
    return found


def status_word(status: ProvisionStatus) -> str:
    """Return a status as it is told; an accepted inference is another one than one that is not."""
    return f"{status.status}, accepted" if status.accepted else str(status.status)


def status_reason(status: ProvisionStatus) -> str:
    """Return the rule that decided, and the path or the faults it rests on."""
    direct, derivation = status.direct, status.derivation
    inferred = status.status in (
        Status.SATISFIED_INFERRED,
        Status.NOT_SATISFIED_INFERRED,
        Status.SUPPORTED,
        Status.CONFLICT,
    )
    if inferred and derivation is not None:
        accepted = f"; accepted by {status.accepted}" if status.accepted else ""
        return f"{derivation.rule}: {path_words(derivation.steps)}{accepted}"
    if status.status is Status.UNKNOWN and direct is not None and direct.result is not None:
        faults = ", ".join(direct.faults) or "none is on record"
        return f"passed on {direct.result.assessed_on}, but no valid evidence: {faults}"
    if status.status is Status.UNKNOWN and status.lead and derivation is not None:
        return f"{derivation.rule}: {path_words(derivation.steps)}"
    said = reason(status)
    if direct is not None and direct.result is not None and direct.result.finding:
        said += f" ({direct.result.finding})"
    return said


def _evaluations(
    datasets: tuple[Dataset, Dataset],
    edition: str,
    days: tuple[date, date],
    *,
    scope: str | None = None,
    horizon: date | None = None,
    known_at: date | None = None,
) -> tuple[Evaluation, Evaluation]:
    """Return the evaluations of an edition before and after, in the same scope."""
    before, after = datasets
    inference.share(after, before)
    first = _one(scope_of(before, scope))
    others = scope_of(after, scope)
    same = [one for one in others if one.iri == first.iri]
    second = same[0] if same else _one(others)
    key = catalogue.edition(after, edition, as_of=days[1]).edition
    made = [
        evaluate(
            dataset,
            catalogue.edition(dataset, key, as_of=day),
            one,
            as_of=day,
            horizon=horizon,
            known_at=known_at,
        )
        for dataset, one, day in ((before, first, days[0]), (after, second, days[1]))
    ]
    return made[0], made[1]


def _one(chosen: list[Scope]) -> Scope:
    if len(chosen) > 1:
        raise UsageError(
            "there are several scopes",
            remedy=f"Name one with --scope: {', '.join(one.label for one in chosen)}.",
        )
    return chosen[0]


def _basis(evaluation: Evaluation, status: ProvisionStatus) -> frozenset[str]:
    """Return the IRIs of the records on which a status rests."""
    bases = [status.direct]
    if status.inferred is not None and (status.direct is None or status.direct.status is None):
        derived = status.inferred.conclusions.values()
        bases += [evaluation.facts.direct.get(base) for one in derived for base in one.bases]
    found: set[str] = set()
    for direct in bases:
        if direct is None:
            continue
        found |= {item.iri for item in direct.evidence}
        found |= {one.iri for one in direct.implementations}
        if direct.result is not None:
            found |= {direct.result.iri, direct.result.assessment}
    return frozenset(found)
