"""What is missing, why, and how it can be replayed (semantics §6).

One row for each provision and kind of gap. Every row carries its explanation: evidence →
implementation → mapping path → provision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from crosswalk import catalogue
from crosswalk.catalogue import curie
from crosswalk.coverage import (
    Evaluation,
    EvidenceItem,
    ProvisionStatus,
    Scope,
    covers,
    path_words,
    reason,
    scopes,
)
from crosswalk.graph import Dataset, Row
from crosswalk.inference import step_json
from crosswalk.measure import meets
from crosswalk.models import (
    BindingAnswer,
    Gap,
    GapKind,
    RationaleType,
    Relation,
    ReviewStatus,
    Status,
)
from crosswalk.namespaces import edition_iri

__all__ = ["MissedObjective", "explanation", "gaps", "missed_objectives", "replay"]

SIGN = {"at-least": "≥", "at-most": "≤", "greater-than": ">", "less-than": "<", "equals": "="}
ORDER = {kind: n for n, kind in enumerate(GapKind)}
FAULT_KINDS = {
    "stale": GapKind.STALE,
    "out-of-period": GapKind.OUT_OF_PERIOD,
    "wrong-scope": GapKind.WRONG_SCOPE,
}
OUTSIDE = (Status.NOT_APPLICABLE, Status.NOT_YET)


class MissedObjective:
    """A measurement that misses its objective, and its nonconformity if there is one."""

    __slots__ = ("row", "scopes")

    def __init__(self, row: Row, scopes: frozenset[str] = frozenset()) -> None:
        self.row = row
        self.scopes = scopes

    def is_open(self, as_of: date) -> bool:
        """Return whether no nonconformity cites it, or one does and is not closed yet."""
        closed = self.row["closed_on"]
        return not (self.row["nonconformity"] and closed and closed <= as_of.isoformat())

    def sentence(self) -> str:
        """Return what was missed, by how much, when, and what is on record about it."""
        row = self.row
        sign = SIGN.get(row["comparator"] or "", row["comparator"] or "")
        unit = "" if row["unit"] in (None, "1") else f" {row['unit']}"
        said = (
            f"{row['objective_label'] or row['objective']}: {row['value']}{unit} on "
            f"{row['measured_on']}, target {sign} {row['target']}{unit}"
        )
        if not row["nonconformity"]:
            return f"{said}; no nonconformity on record"
        name = row["nonconformity_label"] or row["nonconformity"] or ""
        return f"{said}; nonconformity {name.rsplit('/', 1)[-1]} open since {row['detected_on']}"


def missed_objectives(
    dataset: Dataset, *, as_of: date, known_at: date | None = None
) -> list[MissedObjective]:
    """Return the measurements on or before a day that miss their objective, by day.

    What is no number is not compared: that it is none, `crosswalk validate` tells.
    """
    rows = dataset.rows("gap/objectives-missed", as_of=as_of, known_at=known_at or date.max)
    found: dict[str, Row] = {}
    held_in: dict[str, set[str]] = {}
    for row in rows:
        held_in.setdefault(row["measurement"] or "", set()).add(row["scope"] or "")
        if meets(row["comparator"], row["value"], row["target"]) is not False:
            continue  # what cannot be compared is for the shapes to tell
        held = found.get(row["measurement"] or "")
        if held is None or (not held["closed_on"] and row["closed_on"]):
            found[row["measurement"] or ""] = row
    return [
        MissedObjective(row, frozenset(held_in[measurement] - {""}))
        for measurement, row in found.items()
    ]


def gaps(
    dataset: Dataset, evaluation: Evaluation, *, phases: Mapping[str, str] | None = None
) -> list[Gap]:
    """Return the gaps of an evaluation, most serious first, then in the edition's order.

    :param phases: provision IRI → the phase in which a roadmap has it; default none.
    """
    found: list[tuple[int, int, Gap]] = []
    for status in evaluation.statuses:
        for kind, detail in _kinds(dataset, evaluation, status):
            found.append(
                (
                    ORDER[kind],
                    status.provision.position,
                    Gap(
                        provision=status.provision.id,
                        title=status.provision.title,
                        status=str(status.status),
                        gap_kind=kind,
                        detail=detail,
                        explanation=explanation(evaluation, status),
                        owner=_owner(evaluation, status),
                        phase=(phases or {}).get(status.provision.iri),
                    ),
                )
            )
    found += [(ORDER[g.gap_kind], 10**6, g) for g in _citation_gaps(dataset, evaluation)]
    found.sort(key=lambda entry: (entry[0], entry[1], entry[2].provision, entry[2].detail))
    return [gap for _, _, gap in found]


def _owner(evaluation: Evaluation, status: ProvisionStatus) -> str | None:
    named = status.direct.implementations if status.direct else ()
    named = named or evaluation.facts.implementations.get(status.provision.iri, ())
    return next((one.owner for one in named if one.owner), None)


def _kinds(
    dataset: Dataset, evaluation: Evaluation, status: ProvisionStatus
) -> Iterable[tuple[GapKind, str]]:
    """Yield each kind of gap of one provision, with what an auditor would write beside it."""
    if status.status in OUTSIDE:
        return
    yield from _objective_gap(dataset, evaluation, status)
    contradicted = _contradictions(evaluation, status)
    if contradicted:
        yield GapKind.CONTRADICTORY_MAPPINGS, contradicted
    if status.status is Status.SATISFIED_DIRECT:
        return
    yield from _fault_gaps(status)
    derivation = status.derivation
    match status.status:
        case Status.FAILED | Status.PARTIAL:
            kind = GapKind(status.status.value)
            result = status.direct.result if status.direct else None
            said = result.finding if result and result.finding else "the assessment says so"
            when = f" ({result.assessment_label}, {result.assessed_on})" if result else ""
            yield kind, f"{said}{when}"
        case Status.CONFLICT:
            yield GapKind.CONFLICT, _conflict(status)
        case Status.NOT_SATISFIED_INFERRED:
            yield GapKind.SOURCE_NOT_SATISFIED, path_words(derivation.steps if derivation else ())
        case Status.SATISFIED_INFERRED:
            if status.accepted is None:
                yield (
                    GapKind.INFERENCE_NOT_ACCEPTED,
                    "inferred as satisfied, not accepted yet: "
                    + path_words(derivation.steps if derivation else ()),
                )
            weakest = [
                s
                for s in (derivation.steps if derivation else ())
                if s.iri and s.review_status != ReviewStatus.REVIEWED
            ]
            if weakest:
                yield (
                    GapKind.MAPPING_NOT_REVIEWED,
                    f"rests on {len(weakest)} mapping rows that no outside expert has reviewed",
                )
        case Status.SUPPORTED:
            rule = derivation.rule if derivation else ""
            yield (
                GapKind.SUPPORTED_ONLY,
                f"some of it is met ({rule}): "
                + path_words(derivation.steps if derivation else ()),
            )
        case _:
            yield from _unknown_gaps(evaluation, status)


def _fault_gaps(status: ProvisionStatus) -> Iterable[tuple[GapKind, str]]:
    if status.direct is None or status.direct.status is not None:
        return
    for fault, kind in FAULT_KINDS.items():
        items = [item for item in status.direct.evidence if fault in item.faults]
        if items:
            names = ", ".join(sorted(f"{i.label} ({i.collected_on})" for i in items))
            yield kind, f"passed, but the evidence is {fault.replace('-', ' ')}: {names}"


def _unknown_gaps(evaluation: Evaluation, status: ProvisionStatus) -> Iterable[tuple[GapKind, str]]:
    """Yield why nothing is known: by assessment, and by mapping."""
    iri = status.provision.iri
    undetermined = ""
    if status.binding is not None and status.binding.binds is BindingAnswer.UNDETERMINED:
        undetermined = f"; whether it binds is undetermined: {status.binding.why}"
    shown = status.direct is not None and any(f in FAULT_KINDS for f in status.direct.faults)
    if not shown:
        named = evaluation.facts.implementations.get(iri, ())
        if status.direct is not None:
            faults = ", ".join(status.direct.faults) or "none is on record"
            said = f"passed, but no valid evidence: {faults}"
        elif named:
            names = ", ".join(one.label for one in named)
            said = f"implementation on record, no accepted assessment: {names}"
        else:
            said = "no implementation and no accepted assessment on record"
        yield GapKind.NOT_ASSESSED, said + _claimed(evaluation, iri) + undetermined
    derivation = status.derivation
    if status.lead == "lead-overlap" and derivation:
        yield GapKind.OVERLAP_ONLY, "a lead, counts nothing: " + path_words(derivation.steps)
        return
    if status.lead == "lead-indeterminate" and derivation:
        yield GapKind.INDETERMINATE, "a lead, counts nothing: " + path_words(derivation.steps)
        return
    if not evaluation.facts.implementations.get(iri):
        yield from _mapping_reason(evaluation, iri)


def _claimed(evaluation: Evaluation, iri: str) -> str:
    """Return what the current profile says of a provision that nothing is known of."""
    claim = evaluation.claims.get(iri)
    if claim is None or claim.applicable is None:
        return ""
    profile = f"; the current profile {claim.soa} of {claim.approved_on} says it is"
    return f"{profile} achieved, which is a claim" if claim.applicable else f"{profile} not"


def _mapping_reason(evaluation: Evaluation, iri: str) -> Iterable[tuple[GapKind, str]]:
    """Yield why no mapping from another edition with evidence shows a provision, if any could."""
    own = evaluation.edition.edition
    with_evidence = {
        catalogue.local_id(held)[0] for held, d in evaluation.facts.direct.items() if d.status
    } - {own}
    if not with_evidence:
        return
    aside = False
    contained: set[str] = set()
    overlapping: set[str] = set()
    looked: set[str] = set()
    for row in evaluation.graph.touched.get(iri, ()):
        other = row.object if row.subject == iri else row.subject
        if catalogue.local_id(other)[0] not in with_evidence:
            continue
        if row in evaluation.graph.set_aside:
            aside = True
            continue
        if row.relation is Relation.NO_RELATIONSHIP:
            looked.add(f"{row.mapping_set}:{row.row}")
            continue
        if row.rationale_type is RationaleType.SYNTACTIC:
            overlapping.add(curie(other))
            continue
        holds = row.relation is Relation.EQUAL or row.relation is (
            Relation.SUBSET_OF if row.subject == iri else Relation.SUPERSET_OF
        )
        held = evaluation.facts.direct.get(other)
        shown = held is not None and held.status == "satisfied"
        waiting = (holds or row.group) and not shown
        (contained if waiting else overlapping).add(curie(other))
    looked |= {
        f"{mapping_set}:{line}"
        for _, mapping_set, line in evaluation.graph.looked.get(iri, [])
        if any(key in mapping_set for key in with_evidence)
    }
    if contained:
        yield (
            GapKind.SOURCE_NOT_SATISFIED,
            f"is contained in {_few(contained)}, which is not shown to be satisfied",
        )
    elif overlapping:
        yield (
            GapKind.OVERLAP_ONLY,
            f"mapped only by overlap, which counts nothing: {_few(overlapping)}",
        )
    elif looked:
        yield (
            GapKind.LOOKED_NONE,
            f"a curator looked for a counterpart and found none ({_few(looked)})",
        )
    elif not aside:
        yield (
            GapKind.UNMAPPED,
            f"never looked for in {_few(with_evidence)}, where there is evidence",
        )


def _few(names: set[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - 4} more" if len(ordered) > 4 else ""
    return ", ".join(ordered[:4]) + more


def _objective_gap(
    dataset: Dataset, evaluation: Evaluation, status: ProvisionStatus
) -> Iterable[tuple[GapKind, str]]:
    iri = status.provision.iri
    if not any(r["provision"] == iri for r in dataset.rows("gap/nonconformity-clauses")):
        return
    everything = scopes(dataset)
    open_ones = [
        missed
        for missed in missed_objectives(
            dataset, as_of=evaluation.as_of, known_at=evaluation.known_at
        )
        if missed.is_open(evaluation.as_of) and _concerns(missed, evaluation, everything)
    ]
    if open_ones:
        yield GapKind.OBJECTIVE_MISSED, "; ".join(one.sentence() for one in open_ones)


def _concerns(missed: MissedObjective, evaluation: Evaluation, everything: list[Scope]) -> bool:
    """Return whether an objective is held in the scope, in one inside it or around it."""
    here = evaluation.scope
    return (
        not missed.scopes
        or bool(missed.scopes & here.included)
        or covers(missed.scopes, here, everything)
    )


def _contradictions(evaluation: Evaluation, status: ProvisionStatus) -> str:
    iri = status.provision.iri
    rows = {
        f"{row.mapping_set}:{row.row} ({row.relation})"
        for (source, _, _), held in evaluation.graph.contradictions.items()
        if source == iri
        for row in held
    }
    return (
        "set aside because they contradict each other: " + ", ".join(sorted(rows)) if rows else ""
    )


def _conflict(status: ProvisionStatus) -> str:
    follows = status.inferred
    assert follows is not None  # noqa: S101 - a conflict is inferred by definition
    for_it, against = follows["satisfied"], follows["not-satisfied"]
    return (
        f"satisfied by {path_words(for_it.steps if for_it else ())}; "
        f"not satisfied by {path_words(against.steps if against else ())}"
    )


def _citation_gaps(dataset: Dataset, evaluation: Evaluation) -> list[Gap]:
    """Return the evidence that names a provision that is not, or one of another edition."""
    edition = evaluation.edition
    carried = catalogue.editions(dataset)
    siblings = {
        one.edition
        for one in carried
        if one.framework == edition.framework and one.edition != edition.edition
    }
    found: dict[tuple[str, GapKind], Gap] = {}
    for row in dataset.rows("gap/cited-provisions"):
        iri = row["provision"] or ""
        key, rest = catalogue.local_id(iri)
        who = row["label"] or (row["citing"] or "").rsplit("/", 1)[-1]
        if key == edition.edition and row["edition"] is None:
            homes = [s for s in sorted(siblings) if _exists(dataset, s, rest)]
            hint = f"; it stands in {', '.join(homes)}" if homes else ""
            kind, detail = GapKind.DANGLING_CITATION, f"cited by {who}, no such provision{hint}"
            name = rest
        elif key in siblings and row["edition"] is not None:
            kind = GapKind.OTHER_EDITION
            detail = f"cited by {who}: evidence for {key} is not carried to {edition.edition}"
            name = f"{key}:{rest}"
        else:
            continue
        found.setdefault(
            (name, kind),
            Gap(
                provision=name,
                title="",
                status="unknown",
                gap_kind=kind,
                detail=detail,
                explanation={"evidence": [], "implementation": None, "path": []},
                owner=None,
                phase=None,
            ),
        )
    return list(found.values())


def _exists(dataset: Dataset, key: str, rest: str) -> bool:
    iri = f"{edition_iri(key)}/{rest}"
    return any(p.iri == iri for p in catalogue.provisions(dataset, key))


def explanation(evaluation: Evaluation, status: ProvisionStatus) -> dict[str, object]:
    """Return the explanation of a status: evidence, implementation and path.

    ``path`` is empty for a direct status; ``assessment``, ``decision`` and ``binds`` are there
    where they decided something.
    """
    direct = status.direct
    derivation = status.derivation
    named = direct.implementations if direct else ()
    named = named or evaluation.facts.implementations.get(status.provision.iri, ())
    items: tuple[EvidenceItem, ...] = direct.evidence if direct else ()
    if not items:
        items = tuple(i for one in named for i in evaluation.facts.evidence.get(one.iri, ()))
    said: dict[str, object] = {
        "evidence": [item.as_json() for item in items],
        "implementation": named[0].as_json() if named else None,
        "path": [step_json(step) for step in derivation.steps] if derivation else [],
    }
    if direct is not None and direct.result is not None:
        said["assessment"] = direct.result.as_json()
    if direct is not None and direct.certificate:
        said["certificate"] = direct.certificate
    if derivation is not None:
        said["bases"] = [curie(base) for base in derivation.bases]
        said["rule"] = derivation.rule
        said["rationale_type"] = derivation.rationale_type
        said["confidence"] = round(derivation.confidence, 6)
    if status.decision is not None:
        said["decision"] = {
            "soa": status.decision.soa,
            "version": status.decision.version,
            "applicable": status.decision.applicable,
            "justification": status.decision.justification,
            "approved_on": status.decision.approved_on,
        }
    if status.binding is not None:
        said["binds"] = {
            "answer": str(status.binding.binds),
            "applies_from": status.binding.applies_from,
            "why": status.binding.why,
        }
    return said


def replay(dataset: Dataset, evaluation: Evaluation, iri: str) -> dict[str, object] | None:
    """Return one provision's status, replayed from evidence to rule; None if it is not counted."""
    for status in evaluation.statuses:
        if status.provision.iri == iri:
            return {
                "provision": status.provision.id,
                "title": status.provision.title,
                "edition": evaluation.edition.edition,
                "as_of": evaluation.as_of,
                "scope": evaluation.scope.label,
                "status": str(status.status),
                "rule": reason(status),
                "gaps": [
                    {"gap_kind": str(kind), "detail": detail}
                    for kind, detail in _kinds(dataset, evaluation, status)
                ],
                "explanation": explanation(evaluation, status),
                "disagreement": _disagreement(status),
            }
    return None


def _disagreement(status: ProvisionStatus) -> str | None:
    """Return where inference says otherwise than the direct status, or None."""
    direct, follows = status.direct, status.inferred
    if direct is None or direct.status is None or follows is None:
        return None
    opposite = "not-satisfied" if direct.status == "satisfied" else "satisfied"
    derivation = follows[opposite]
    if derivation is None:
        return None
    return f"inference says {opposite}: {path_words(derivation.steps)}"
