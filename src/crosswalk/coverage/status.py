"""The status of each counted provision for a scope and a date, and the figures over them.

.. seealso:: semantics §3 (status), §4 (figures), §5 (applicability)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from crosswalk import applicability, catalogue, inference
from crosswalk.coverage.evidence import Direct, Facts, Inside, Scope, scopes
from crosswalk.coverage.weighing import gather
from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset, Row
from crosswalk.inference import Derivation, Inferred, MapGraph
from crosswalk.models import Binding, BindingAnswer, CoverageVector, Edition, Provision, Status

__all__ = [
    "Decision",
    "Evaluation",
    "ProvisionStatus",
    "evaluate",
    "scope_of",
    "statement_of_applicability",
    "supposing",
    "vectors",
]

BUCKETS = (
    Status.SATISFIED_DIRECT,
    Status.SATISFIED_INFERRED,
    Status.PARTIAL,
    Status.SUPPORTED,
    Status.NOT_SATISFIED_INFERRED,
    Status.FAILED,
    Status.CONFLICT,
    Status.UNKNOWN,
)

PATHS = 64
"""How many accepted paths are kept as graphs."""
CURRENT, TARGET = "current-profile", "target-profile"
NOT_BINDING = (BindingAnswer.NO, BindingAnswer.NOT_YET, BindingAnswer.LEGACY)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a Statement of Applicability."""

    provision: str
    applicable: bool | None
    justification: str
    approver: str
    soa: str
    version: str
    approved_on: str
    implementation: str
    profile: str = ""

    @property
    def excludes(self) -> bool:
        """Whether this takes the provision out: not applicable, justified and approved."""
        return self.applicable is False and bool(self.justification) and bool(self.approver)


@dataclass(frozen=True, slots=True)
class ProvisionStatus:
    """The status of one provision, with all that it rests on."""

    provision: Provision
    status: Status
    direct: Direct | None
    inferred: Inferred | None
    binding: Binding | None
    decision: Decision | None
    accepted: str | None
    lead: str | None

    @property
    def derivation(self) -> Derivation | None:
        """The derivation that decided an inferred status, or a lead; None for a direct one."""
        if self.inferred is None:
            return None
        wanted = {
            Status.SATISFIED_INFERRED: "satisfied",
            Status.NOT_SATISFIED_INFERRED: "not-satisfied",
            Status.SUPPORTED: "supported",
            Status.CONFLICT: "not-satisfied",
        }.get(self.status)
        if self.status is Status.UNKNOWN and self.lead:
            wanted = self.lead
        return self.inferred[wanted] if wanted else None


@dataclass(slots=True)
class Evaluation:
    """One edition evaluated for one scope at one date."""

    edition: Edition
    scope: Scope
    as_of: date
    horizon: date | None
    known_at: date | None
    statuses: list[ProvisionStatus]
    vector: CoverageVector
    facts: Facts
    graph: MapGraph
    bindings: list[Binding] = field(default_factory=list)
    outside: frozenset[str] = frozenset()
    inferred: bool = True
    claims: dict[str, Decision] = field(default_factory=dict)
    """Provision → what the latest current profile says of it; it moves no status."""

    @property
    def by_certificate(self) -> int:
        """How many of satisfied_direct rest on a certificate and on no assessment of their own."""
        return self.vector.by_certificate

    @property
    def target_profile(self) -> Decision | None:
        """A decision of the target profile that restricts what is counted, or None."""
        decided = (one.decision for one in self.statuses if one.decision is not None)
        return next((one for one in decided if one.profile == TARGET and one.excludes), None)


def scope_of(dataset: Dataset, name: str | None) -> list[Scope]:
    """Return the scopes that a name means: by IRI, label or last part; all outermost if None.

    :raises UsageError: if there is no such scope.
    """
    everything = scopes(dataset)
    if name is None:
        inner = {i for one in everything for i in one.included if i != one.iri}
        return [one for one in everything if one.iri not in inner] or everything
    for one in everything:
        if name in (one.iri, one.label, one.iri.rsplit("/", 1)[-1]):
            return [one]
    names = [one.label for one in everything]
    raise UsageError(
        f"unknown scope {name!r}", remedy=nearest(name, names) or f"On record: {', '.join(names)}."
    )


def evaluate(
    dataset: Dataset,
    edition: Edition,
    scope: Scope,
    *,
    as_of: date,
    horizon: date | None = None,
    known_at: date | None = None,
    inferred: bool = True,
) -> Evaluation:
    """Return the status of every counted provision of an edition, and the figures.

    :param horizon: the day for which it is asked what binds; default ``as_of``.
    :param known_at: only what was on record by this day.
    :param inferred: whether statuses may be inferred along mappings.
    """
    facts = gather(dataset, scope, as_of=as_of, known_at=known_at)
    known = {iri: d.status == "satisfied" for iri, d in facts.direct.items() if d.status}
    graph = inference.build(dataset) if inferred else inference.assemble(())
    decisions, claims = (
        _decisions(dataset, scope, current=current, as_of=as_of, known_at=known_at)
        for current in (False, True)
    )
    laws = {
        law.edition: _bindings(dataset, law, scope, as_of=as_of, horizon=horizon)
        for law in catalogue.editions(dataset)
        if law.legal_force and law.coverage_defined and (inferred or law == edition)
    }
    found = laws.get(edition.edition, [])
    answers = {iri: b for one in laws.values() for iri, b in applicability.combine(one).items()}
    follows: Mapping[str, Inferred] = {}
    accepted: dict[str, str] = {}
    outside: set[str] = set()
    if inferred:
        # What is not applicable, or does not bind at the date, passes nothing on.
        outside = {iri for iri, decision in decisions.items() if decision.excludes}
        outside |= {iri for iri, one in answers.items() if one.binds in NOT_BINDING}
        # What follows is a function of the knowledge and of these two: of one day or state of the
        # evidence to the next they seldom change.
        follows = dataset.knowledge.remember(
            ("transfer", frozenset(known.items()), frozenset(outside)),
            lambda: inference.transfer(graph, known, outside=outside),
        )
        accepted = _accepted(dataset, scope, graph, known, outside, as_of=as_of, known_at=known_at)
    statuses = []
    if edition.coverage_defined:
        for provision in catalogue.provisions(dataset, edition.edition):
            if not provision.counted:
                continue
            iri = provision.iri
            statuses.append(
                _status(
                    provision,
                    facts.direct.get(iri),
                    follows.get(iri),
                    answers.get(iri),
                    decisions.get(iri),
                    accepted.get(iri),
                )
            )
    return Evaluation(
        edition=edition,
        scope=scope,
        as_of=as_of,
        horizon=horizon,
        known_at=known_at,
        statuses=statuses,
        vector=_vector(edition, scope, as_of, statuses),
        facts=facts,
        graph=graph,
        bindings=list(found),
        outside=frozenset(outside),
        inferred=inferred,
        claims=claims,
    )


def _bindings(
    dataset: Dataset, law: Edition, scope: Scope, *, as_of: date, horizon: date | None
) -> list[Binding]:
    scopes = tuple(sorted(scope.included)) if scope.iri else ()
    return dataset.remember(
        ("bindings", law.edition, scopes, as_of, horizon),
        lambda: applicability.bindings(dataset, law, as_of=as_of, horizon=horizon, scopes=scopes),
    )


def supposing(
    dataset: Dataset, evaluation: Evaluation, satisfied: Collection[str]
) -> CoverageVector:
    """Return the figures as they would be if some provisions were shown to be satisfied.

    What follows from them, and which accepted inferences count by them, is found anew. Decisions,
    dates of application and everything else stay as they are.

    :param satisfied: IRIs of provisions.
    """
    shown = Direct("satisfied", "supposed", None, (), ())
    direct = {**evaluation.facts.direct, **dict.fromkeys(satisfied, shown)}
    known = {iri: d.status == "satisfied" for iri, d in direct.items() if d.status}
    follows: Mapping[str, Inferred] = {}
    accepted: dict[str, str] = {}
    if evaluation.inferred:
        outside = evaluation.outside
        follows = inference.transfer(evaluation.graph, known, outside=outside)
        accepted = _accepted(
            dataset,
            evaluation.scope,
            evaluation.graph,
            known,
            outside,
            as_of=evaluation.as_of,
            known_at=evaluation.known_at,
        )
    statuses = [
        _status(
            one.provision,
            direct.get(one.provision.iri),
            follows.get(one.provision.iri),
            one.binding,
            one.decision,
            accepted.get(one.provision.iri),
        )
        for one in evaluation.statuses
    ]
    return _vector(evaluation.edition, evaluation.scope, evaluation.as_of, statuses)


def _status(
    provision: Provision,
    direct: Direct | None,
    follows: Inferred | None,
    binding: Binding | None,
    decision: Decision | None,
    accepted: str | None,
) -> ProvisionStatus:
    """Return one provision's status by precedence (semantics §3)."""
    lead = None
    if (decision is not None and decision.excludes) or (
        binding is not None and binding.binds is BindingAnswer.NO
    ):
        status = Status.NOT_APPLICABLE
    elif binding is not None and binding.binds in (BindingAnswer.NOT_YET, BindingAnswer.LEGACY):
        status = Status.NOT_YET
    elif direct is not None and direct.status == "satisfied":
        status = Status.SATISFIED_DIRECT
    elif direct is not None and direct.status is not None:
        status = Status(direct.status)
    else:
        status = _inferred_status(follows)
        if status is Status.UNKNOWN and follows is not None:
            lead = next((n for n in ("lead-overlap", "lead-indeterminate") if follows[n]), None)
    held = accepted if status is Status.SATISFIED_INFERRED else None
    return ProvisionStatus(provision, status, direct, follows, binding, decision, held, lead)


def _inferred_status(follows: Inferred | None) -> Status:
    if follows is None:
        return Status.UNKNOWN
    if follows["satisfied"] and follows["not-satisfied"]:
        return Status.CONFLICT
    if follows["satisfied"]:
        return Status.SATISFIED_INFERRED
    if follows["not-satisfied"]:
        return Status.NOT_SATISFIED_INFERRED
    if follows["supported"]:
        return Status.SUPPORTED
    return Status.UNKNOWN


def _vector(
    edition: Edition, scope: Scope, as_of: date, statuses: list[ProvisionStatus]
) -> CoverageVector:
    count = Counter(one.status for one in statuses)
    n = sum(count[bucket] for bucket in BUCKETS)
    shown = count[Status.SATISFIED_DIRECT] + sum(1 for one in statuses if one.accepted)
    against = count[Status.PARTIAL] + count[Status.FAILED] + count[Status.NOT_SATISFIED_INFERRED]
    return CoverageVector(
        edition=edition.edition,
        as_of=as_of,
        scope=scope.label,
        n=n,
        satisfied_direct=count[Status.SATISFIED_DIRECT],
        satisfied_inferred=count[Status.SATISFIED_INFERRED],
        partial=count[Status.PARTIAL],
        supported=count[Status.SUPPORTED],
        not_satisfied_inferred=count[Status.NOT_SATISFIED_INFERRED],
        failed=count[Status.FAILED],
        conflict=count[Status.CONFLICT],
        unknown=count[Status.UNKNOWN],
        lead_overlap=sum(1 for one in statuses if one.lead == "lead-overlap"),
        lead_indeterminate=sum(1 for one in statuses if one.lead == "lead-indeterminate"),
        not_applicable=count[Status.NOT_APPLICABLE],
        not_yet=count[Status.NOT_YET],
        lo=shown / n if n else None,
        hi=(n - against) / n if n else None,
        by_certificate=sum(
            one.status is Status.SATISFIED_DIRECT
            and one.direct is not None
            and one.direct.basis == "certificate"
            for one in statuses
        ),
    )


def _decisions(
    dataset: Dataset, scope: Scope, *, current: bool, as_of: date, known_at: date | None
) -> dict[str, Decision]:
    """Return provision → decision of the latest statement of its edition for the scope.

    :param current: whether current profiles are meant, which say what is; else all others, which
        say what applies or is wanted.
    """
    record = known_at or date.max

    def by_statement() -> dict[tuple[str, str], list[Row]]:
        held: dict[tuple[str, str], list[Row]] = {}
        for row in dataset.rows("coverage/applicability-decisions", as_of=as_of, known_at=record):
            if (row["kind"] == CURRENT) is current:
                held.setdefault((row["edition"] or "", row["soa"] or ""), []).append(row)
        return held

    held = dataset.remember(("decisions", current, as_of, record), by_statement)
    inside = Inside(scope, scopes(dataset))
    latest: dict[str, tuple[str, str]] = {}
    for (edition, soa), group in held.items():
        stated = [r["scope"] for r in group if r["scope"]]
        if not stated or inside(stated):
            dated = (group[0]["approved_on"] or "", soa)
            latest[edition] = max(dated, latest.get(edition, dated))
    found: dict[str, Decision] = {}
    for row in (r for edition, (_, soa) in sorted(latest.items()) for r in held[edition, soa]):
        one = Decision(
            provision=row["provision"] or "",
            applicable=None if row["applicable"] is None else row["applicable"] == "true",
            justification=row["justification"] or "",
            approver=row["approver"] or "",
            soa=row["soa_label"] or row["soa"] or "",
            version=row["version"] or "",
            approved_on=row["approved_on"] or "",
            implementation=row["implementation_label"] or "",
            profile=row["kind"] or "",
        )
        before = found.get(one.provision)
        if before is None or (before.excludes and not one.excludes):
            found[one.provision] = one
    return found


def _accepted(
    dataset: Dataset,
    scope: Scope,
    graph: MapGraph,
    known: dict[str, bool],
    outside: Collection[str],
    *,
    as_of: date,
    known_at: date | None,
) -> dict[str, str]:
    """Return provision → who accepted, for acceptances whose path still leads there."""
    record = known_at or date.max

    def by_acceptance() -> dict[tuple[str, str], list[Row]]:
        grouped: dict[tuple[str, str], list[Row]] = {}
        for row in dataset.rows("coverage/acceptances", as_of=as_of, known_at=record):
            grouped.setdefault((row["provision"] or "", row["acceptance"] or ""), []).append(row)
        return dict(sorted(grouped.items()))

    inside = Inside(scope, scopes(dataset))
    found: dict[str, str] = {}
    for (provision, _), rows in dataset.remember(
        ("acceptances", as_of, record), by_acceptance
    ).items():
        held = [r["scope"] for r in rows if r["scope"]]
        if held and not inside(held):
            continue
        path = frozenset(r["mapping"] for r in rows if r["mapping"])
        if _still_leads(dataset, path, provision, graph, known, outside):
            who, when = rows[0]["accepted_by"] or "", rows[0]["accepted_on"] or ""
            found.setdefault(provision, f"{who.rsplit('/', 1)[-1]} on {when}")
    return found


def _still_leads(
    dataset: Dataset,
    path: frozenset[str],
    provision: str,
    graph: MapGraph,
    known: Mapping[str, bool],
    outside: Collection[str],
) -> bool:
    """Return whether a provision follows as satisfied along some mapping rows alone.

    What passes nothing to the rows' ends, nor along the parts of a whole that they belong to, is
    left out: it decides nothing.
    """
    about = dataset.knowledge

    def assembled() -> tuple[MapGraph, frozenset[str]] | None:
        chosen = inference.rows(about, only=path)
        if path - {row.iri for row in chosen}:
            return None  # a row is gone, or is another one
        wholes = about.remember(("wholes",), lambda: _wholes(about))
        ends = {provision, *(iri for row in chosen for iri in (row.subject, row.object))}
        near = ends.union(*(wholes[iri] for iri in ends if iri in wholes))
        structure = [pair for pair in _structure(about) if pair[0] in near]
        return inference.assemble(chosen, structure=structure, laws=graph.laws), frozenset(near)

    found = about.remember(("path", path, provision), assembled, of=PATHS)
    if found is None:
        return False
    alone, near = found
    told = {iri: state for iri, state in known.items() if iri in near}
    silent = near.intersection(outside)

    def follows() -> bool:
        one = inference.transfer(alone, told, outside=silent).get(provision)
        return one is not None and one["satisfied"] is not None

    # A function of the knowledge and of these, as what follows of all rows is.
    return about.remember(("leads", path, provision, frozenset(told.items()), silent), follows)


def _structure(about: Dataset) -> list[tuple[str, str]]:
    """Return (parent, child) where the children are all that the parent asks."""
    rows = about.rows("inference/structure")
    return [(row["parent"] or "", row["child"] or "") for row in rows]


def _wholes(about: Dataset) -> dict[str, set[str]]:
    """Return provision → all that it is joined to by parents and children, itself among them."""
    wholes: dict[str, set[str]] = {}
    for pair in _structure(about):
        joined = set(pair).union(*(wholes.get(iri, ()) for iri in pair))
        wholes |= dict.fromkeys(joined, joined)
    return wholes


def vectors(
    dataset: Dataset,
    edition: Edition,
    *,
    scope: str | None = None,
    as_of: date,
    horizon: date | None = None,
    known_at: date | None = None,
    inferred: bool = True,
) -> list[CoverageVector]:
    """Return the figures of an edition, one vector a scope."""
    return [
        evaluate(
            dataset,
            edition,
            one,
            as_of=as_of,
            horizon=horizon,
            known_at=known_at,
            inferred=inferred,
        ).vector
        for one in scope_of(dataset, scope)
    ]


def statement_of_applicability(evaluation: Evaluation) -> list[dict[str, object]]:
    """Return one row for each control of the edition: decided, implemented, shown or not.

    A control without a decision has ``applicable`` None: silence is not exclusion.

    .. seealso:: ISO/IEC 42001:2023, 6.1.3
    """
    rows: list[dict[str, object]] = []
    for one in evaluation.statuses:
        if one.provision.kind != "control":
            continue
        iri = one.provision.iri
        named = evaluation.facts.implementations.get(iri, ())
        items = [i for n in named for i in evaluation.facts.evidence.get(n.iri, ())]
        rows.append(
            {
                "control": one.provision.id,
                "title": one.provision.title,
                "applicable": one.decision.applicable if one.decision else None,
                "justification": one.decision.justification if one.decision else None,
                "implementation": "; ".join(n.label for n in named) or None,
                "status": str(one.status),
                "evidence": sorted({i.label for i in items}),
            }
        )
    return rows
