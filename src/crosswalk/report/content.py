"""What a report says, gathered from the engine: nothing is judged here, only asked and ordered.

Order never depends on the clock, on paths or on hashes of Python: the same data gives the same
report, byte for byte.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePath, PureWindowsPath

from crosswalk import __version__, applicability, catalogue
from crosswalk.coverage import Evaluation, ProvisionStatus, evaluate, scope_of
from crosswalk.errors import UsageError
from crosswalk.gap import SIGN, gaps, replay
from crosswalk.graph import Dataset, Row
from crosswalk.graph.records import evidence_hash, noted_sources
from crosswalk.measure import meets
from crosswalk.methods import Roadmap
from crosswalk.models import (
    Binding,
    BindingAnswer,
    Edition,
    Finding,
    Gap,
    OpenFact,
    Status,
    Step,
)
from crosswalk.namespaces import BASE
from crosswalk.plan import build as plan
from crosswalk.report import registers
from crosswalk.report.method import cited, method
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import (
    Due,
    Duty,
    GapEntry,
    MappingRowUse,
    MappingSetUse,
    Measured,
    Objective,
    Organization,
    PathStep,
    Question,
    Reason,
    Report,
    ScopeText,
    Section,
    SoaRow,
    SourceFile,
    Standing,
    Statement,
    Tally,
)

__all__ = ["build"]

OUTSIDE = (Status.NOT_APPLICABLE, Status.NOT_YET)
PROVIDER_BASIS = ", Art. 25(1)(b)"
DEFINED = "The condition that "
CONDITION = re.compile(r" \(condition:[a-z-]+\)")
STEP = re.compile(r"([\w.-]+:[^\s\]]+) ([a-z|-]+) ([\w.-]+:[^\s\]]+) \[([^\]]+)\]")
"""A step of a path as the engine writes it: subject, relations, object, row."""
STRUCTURE = "structure"
STEPS = 4
"""How many steps of a path a gap is told with; ``explain`` has all."""


def build(
    dataset: Dataset,
    editions: Sequence[Edition],
    *,
    as_of: date,
    scope: str | None = None,
    horizon: date | None = None,
    known_at: date | None = None,
    inferred: bool = True,
    findings: Sequence[Finding] | None = None,
    data: str = "DATA",
    texts: Texts = ENGLISH,
    stamp: str | None = None,
    roadmap: Roadmap | None = None,
    start: date | None = None,
) -> Report:
    """Return the report on some editions at a date, one section an edition and scope.

    :param scope: as in :func:`crosswalk.coverage.scope_of`; default every outermost scope.
    :param horizon: the day for which it is asked what binds; default ``as_of``.
    :param known_at: only what was on record by this day.
    :param inferred: whether statuses may be inferred along mappings.
    :param findings: what a validation found; None if none was run.
    :param data: how the evidence is named in the commands that replay a status.
    :param texts: the words, in a language; what the record says stays as it is.
    :param stamp: when the report is made, if it is to say so.
    :param roadmap: the method along which the gaps are planned; default no plan.
    :param start: the first day of the roadmap's first month.
    :raises UsageError: if there is no such scope, or there is a start but no roadmap.

    >>> from crosswalk.graph import open_dataset
    >>> dataset = open_dataset()
    >>> day = date(2026, 11, 20)
    >>> edition = catalogue.edition(dataset, "iso-42001-2023", as_of=day)
    >>> report = build(dataset, [edition], as_of=day)
    >>> report.sections[0].vector.n
    70
    """
    asked = _Asked(dataset, as_of, horizon, known_at, inferred, scope, data, texts)
    evaluations = [
        evaluate(
            dataset,
            edition,
            one,
            as_of=as_of,
            horizon=horizon,
            known_at=known_at,
            inferred=inferred,
        )
        for edition in editions
        for one in scope_of(dataset, scope)
    ]
    sections: list[Section] = []
    questions: list[Question] = []
    for evaluation in evaluations:
        future = asked.future(evaluation)
        section = asked.section(evaluation, future)
        sections.append(section)
        questions += asked.questions(evaluation, future, section)
    if start is not None and roadmap is None:
        raise UsageError(
            "a start without a roadmap dates nothing",
            place="--start",
            remedy="Name one with --roadmap.",
        )
    illustrative = dataset.rows("report/illustrative")
    sources = _sources(dataset)
    on_record = min(as_of, known_at or as_of)
    return Report(
        as_of=as_of,
        horizon=horizon,
        known_at=known_at,
        inferred=inferred,
        engine=f"crosswalk {__version__}",
        organizations=_organizations(dataset),
        scopes=tuple(dict.fromkeys(one.scope.label for one in evaluations)),
        illustrative=len(illustrative),
        illustrative_kinds=dict(sorted(Counter(r["kind"] or "" for r in illustrative).items())),
        sections=tuple(sections),
        statements=asked.statements(evaluations),
        objectives=_objectives(dataset, as_of=as_of, known_at=known_at),
        findings=tuple(replace(one, source=_bare(one.source)) for one in findings or ()),
        validated=findings is not None,
        questions=_deduplicated(questions),
        method=method(texts),
        mapping_sets=_mapping_sets(dataset, evaluations),
        sources=sources,
        fingerprint=hashlib.sha256(
            "\n".join(sorted(f"{one.sha256} {one.name}" for one in sources)).encode()
        ).hexdigest(),
        data=data,
        data_sha256=evidence_hash(dataset),
        mapping_rows=asked.mapping_rows(evaluations),
        evidence=registers.evidence(dataset, evaluations, on=on_record),
        risks=registers.risks(dataset, on=on_record),
        nonconformities=registers.nonconformities(dataset, on=on_record),
        audits=registers.audits(dataset, on=on_record),
        reviews=registers.reviews(dataset, on=on_record),
        context=registers.context(dataset),
        stamp=stamp,
        plans=tuple(
            plan(dataset, evaluation, roadmap=roadmap, start=start) for evaluation in evaluations
        )
        if roadmap is not None
        else (),
    )


class _Asked:
    """The question of a report, with what is looked up for all of its sections."""

    def __init__(
        self,
        dataset: Dataset,
        as_of: date,
        horizon: date | None,
        known_at: date | None,
        inferred: bool,
        scope: str | None,
        data: str,
        texts: Texts,
    ) -> None:
        self.dataset = dataset
        self.as_of = as_of
        self.horizon = horizon
        self.known_at = known_at
        self.inferred = inferred
        self.scope = scope
        self.data = data
        self.texts = texts
        self.relations = texts.group("relations")
        self.day = (horizon or as_of).isoformat()
        self.titles = catalogue.labels(dataset)
        self.names = {one.edition: _called(one) for one in catalogue.editions(dataset)}
        self.systems = applicability.systems(dataset, as_of=as_of)
        self.several_scopes = scope is not None or len(scope_of(dataset, None)) > 1
        self.approvers = {
            r["agent"] or "": r["label"] or "" for r in dataset.rows("report/approvers")
        }

    def future(self, evaluation: Evaluation) -> dict[str, list[Binding]]:
        """Return each day of application → the bindings on that day, on today's evidence."""
        if not evaluation.bindings:
            return {}
        days = sorted(
            {
                one.applies_from
                for one in evaluation.bindings
                if one.applies_from and one.binds is not BindingAnswer.NO
            }
        )
        return {
            day: evaluation.bindings
            if day <= self.day
            else applicability.bindings(
                self.dataset,
                evaluation.edition,
                as_of=self.as_of,
                horizon=date.fromisoformat(day),
                scopes=evaluation.scope.included if evaluation.scope.iri else (),
            )
            for day in days
        }

    def section(self, evaluation: Evaluation, future: dict[str, list[Binding]]) -> Section:
        """Return one edition and scope, ready to be laid out."""
        found = gaps(self.dataset, evaluation)
        kinds: dict[str, list[str]] = {}
        for gap in found:
            kinds.setdefault(gap.provision, []).append(str(gap.gap_kind))
        by_id = {one.provision.id: one for one in evaluation.statuses}
        replays = {
            one.provision.id: replay(self.dataset, evaluation, one.provision.iri) or {}
            for one in evaluation.statuses
            if one.status not in OUTSIDE
        }
        return Section(
            edition=evaluation.edition,
            name=_called(evaluation.edition),
            scope=evaluation.scope.label,
            defined=evaluation.vector.lo is not None,
            vector=evaluation.vector,
            tally=_tally(evaluation),
            standings=tuple(
                _standing(one, replays.get(one.provision.id, {}), kinds, self.texts)
                for one in evaluation.statuses
                if one.status not in OUTSIDE
            ),
            gaps=tuple(self._gap(evaluation, gap, by_id, replays) for gap in found),
            outside=_outside(evaluation),
            duties=self._duties(evaluation),
            timeline=self._timeline(evaluation, future),
            bindings=tuple(evaluation.bindings),
            certificates=tuple(
                sorted(
                    {
                        one.direct.certificate
                        for one in evaluation.statuses
                        if one.direct is not None and one.direct.basis == "certificate"
                    }
                )
            ),
        )

    def _told(self, gap: Gap) -> str:
        """Return why a gap is one, in words: without keys, and of a long path the first steps."""
        known = CONDITION.sub("", gap.detail)
        steps = list(STEP.finditer(known))
        if not steps:
            return known

        def end(curie: str) -> str:
            key, _, local = curie.partition(":")
            return f"{self.names.get(key, key)} {cited(local)}"

        said = []
        for step in steps[:STEPS]:
            subject, relations, target, row = step.groups()
            words = " / ".join(self.relations.get(one, one) for one in relations.split("|"))
            where = "" if row == STRUCTURE else f" [{row}]"
            said.append(f"{end(subject)} {words} {end(target)}{where}")
        if len(steps) > STEPS:
            said.append(self.texts("gaps.further_steps", n=len(steps) - STEPS))
        head, tail = known[: steps[0].start()], known[steps[-1].end() :]
        return head + " → ".join(said) + tail

    def _gap(
        self,
        evaluation: Evaluation,
        gap: Gap,
        by_id: dict[str, ProvisionStatus],
        replays: dict[str, dict[str, object]],
    ) -> GapEntry:
        status = by_id.get(gap.provision)
        if status is None:
            return GapEntry(_safe(gap), self._told(gap), cited(gap.provision), "", (), None)
        return GapEntry(
            gap=_safe(gap),
            said=self._told(gap),
            cited=cited(gap.provision),
            rule=str(replays.get(gap.provision, {}).get("rule", "")),
            path=self._path(evaluation, status),
            command=self._command(evaluation, status),
        )

    def _command(self, evaluation: Evaluation, status: ProvisionStatus) -> str:
        key, rest = catalogue.local_id(status.provision.iri)
        words = ["crosswalk", "explain", f"{key}:{rest}", "--data", self.data]
        words += ["--as-of", self.as_of.isoformat()]
        if self.several_scopes and evaluation.scope.iri:
            words += ["--scope", evaluation.scope.iri.rsplit("/", 1)[-1]]
        if self.horizon is not None:
            words += ["--horizon", self.horizon.isoformat()]
        if self.known_at is not None:
            words += ["--known-at", self.known_at.isoformat()]
        if not self.inferred:
            words.append("--no-inferred")
        return shlex.join(words)

    def _path(self, evaluation: Evaluation, status: ProvisionStatus) -> tuple[PathStep, ...]:
        derivation = status.derivation
        if derivation is None:
            return ()
        rationale = {
            row.iri: row.rationale
            for step in derivation.steps
            for end in (step.subject, step.object)
            for row in evaluation.graph.touched.get(end, ())
        }
        return tuple(
            PathStep(
                subject=_curie(step.subject),
                subject_title=self.titles.get(step.subject, ""),
                relation=step.relation,
                words=self.relations.get(step.relation, step.relation),
                object=_curie(step.object),
                object_title=self.titles.get(step.object, ""),
                mapping_set=step.mapping_set,
                row=step.row,
                reversed=step.reversed,
                confidence=step.confidence,
                review_status=step.review_status,
                rationale=rationale.get(step.iri, ""),
            )
            for step in derivation.steps
        )

    def mapping_rows(self, evaluations: Sequence[Evaluation]) -> tuple[MappingRowUse, ...]:
        """Return the mapping rows on which statuses rest, with the statuses that do."""
        steps: dict[tuple[str, int], Step] = {}
        named: dict[tuple[str, int], list[str]] = {}
        for evaluation in evaluations:
            for one in evaluation.statuses:
                if one.status in OUTSIDE or one.derivation is None:
                    continue
                for step in one.derivation.steps:
                    if step.row is None:
                        continue
                    key = (step.mapping_set, step.row)
                    held = steps.setdefault(key, step)
                    if held.reversed and not step.reversed:
                        steps[key] = step
                    named.setdefault(key, []).append(_curie(one.provision.iri))
        return tuple(
            MappingRowUse(
                mapping_set=step.mapping_set,
                row=step.row or 0,
                subject=_curie(step.subject),
                relation=step.relation,
                object=_curie(step.object),
                confidence=step.confidence,
                review_status=step.review_status,
                provisions=tuple(dict.fromkeys(named[key])),
            )
            for key, step in sorted(steps.items(), key=lambda entry: entry[0])
        )

    def _duties(self, evaluation: Evaluation) -> tuple[Duty, ...]:
        wanted = (BindingAnswer.YES, BindingAnswer.UNDETERMINED)
        return tuple(
            Duty(
                system=one.system,
                provision=one.provision,
                cited=cited(one.provision),
                title=self.titles.get(one.iri, ""),
                answer=str(one.binds),
                applies_from=one.applies_from,
                why=one.why,
            )
            for one in evaluation.bindings
            if one.binds in wanted
        )

    def _provider_only(self, one: Binding) -> bool:
        """Return whether a duty matters only if its operator turns out to be the provider."""
        addressed = set(one.addressee.split())
        owners = [s for s in self.systems if s.label == one.system]
        return (
            "provider" in addressed
            and "any-operator" not in addressed
            and any(s.provider_question is not None for s in owners)
            and not any(addressed & s.roles for s in owners)
        )

    def _timeline(
        self, evaluation: Evaluation, future: dict[str, list[Binding]]
    ) -> tuple[Due, ...]:
        counted = {one.provision.iri for one in evaluation.statuses}
        dues = []
        for day, found in future.items():
            strongest = applicability.combine(one for one in found if one.iri in counted)
            due = [
                one
                for one in strongest.values()
                if one.applies_from == day
                and one.binds not in (BindingAnswer.NO, BindingAnswer.NOT_YET)
            ]
            answers = Counter(one.binds for one in due)
            if due:
                dues.append(
                    Due(
                        on=day,
                        past=day <= self.day,
                        binding=answers[BindingAnswer.YES],
                        undetermined=answers[BindingAnswer.UNDETERMINED],
                        legacy=answers[BindingAnswer.LEGACY],
                        provider_only=sum(1 for one in due if self._provider_only(one)),
                        provisions=tuple(cited(one.provision) for one in due),
                    )
                )
        return tuple(dues)

    def questions(
        self, evaluation: Evaluation, future: dict[str, list[Binding]], section: Section
    ) -> list[Question]:
        """Return the facts that are not on record and decide whether duties bind."""
        means = {
            row["slug"] or "": row["definition"] or ""
            for row in self.dataset.rows("applicability/conditions")
        }
        found: dict[tuple[str, str], Question] = {}
        seen: dict[str, list[Binding]] = {self.day: evaluation.bindings, **future}
        for day in sorted(seen):
            for one in applicability.open_questions(seen[day]):
                for fact in one.open_facts:
                    said = self._question(fact, one, max(day, self.day), means, evaluation)
                    key = (said.system, said.question)
                    held = found.get(key, said)
                    named = tuple(dict.fromkeys((*held.provisions, *said.provisions)))
                    found[key] = replace(held, provisions=named)
        conditional = sum(
            1
            for one in evaluation.bindings
            if self._provider_only(one)
            and one.binds in (BindingAnswer.NOT_YET, BindingAnswer.LEGACY)
        )
        return [
            replace(one, further=conditional) if one.question.endswith("Art. 25(1)(b)") else one
            for one in found.values()
        ]

    def _question(
        self,
        fact: OpenFact,
        one: Binding,
        day: str,
        means: dict[str, str],
        evaluation: Evaluation,
    ) -> Question:
        text = f"{_capital(fact.text)}?"
        defined = means.get(fact.key, "")
        if defined.startswith(DEFINED):
            text = self.texts("questions.is_it_so", what=defined.removeprefix(DEFINED).rstrip("."))
        elif fact.kind == "provider":
            text = f"{_capital(fact.text.removesuffix(PROVIDER_BASIS))}? {PROVIDER_BASIS[2:]}"
        settled = fact.settled_by
        return Question(
            question=text,
            settled_by=settled,
            system=one.system,
            edition=evaluation.edition.edition,
            matters_from=day,
            provisions=(cited(one.provision),),
            further=0,
        )

    def statements(self, evaluations: Sequence[Evaluation]) -> tuple[Statement, ...]:
        """Return the Statements of Applicability that count, with what became of each control."""
        found = []
        for evaluation in evaluations:
            decided = [one for one in evaluation.statuses if one.decision is not None]
            if not decided:
                continue
            head = decided[0].decision
            assert head is not None  # noqa: S101 - chosen for having one
            kinds = {one.provision.kind for one in decided}
            found.append(
                Statement(
                    edition=evaluation.edition.edition,
                    scope=evaluation.scope.label,
                    label=head.soa,
                    version=head.version,
                    approved_on=head.approved_on,
                    rows=tuple(self._soa_row(evaluation, one) for one in decided),
                    undecided=tuple(
                        one.provision.id
                        for one in evaluation.statuses
                        if one.decision is None and one.provision.kind in kinds
                    ),
                )
            )
        return tuple(found)

    def _soa_row(self, evaluation: Evaluation, one: ProvisionStatus) -> SoaRow:
        decision = one.decision
        assert decision is not None  # noqa: S101 - chosen for having one
        named = evaluation.facts.implementations.get(one.provision.iri, ())
        items = one.direct.evidence if one.direct else ()
        items = items or tuple(i for n in named for i in evaluation.facts.evidence.get(n.iri, ()))
        labels = dict.fromkeys(
            f"{item.label}{' (not valid: ' + ', '.join(item.faults) + ')' if item.faults else ''}"
            for item in items
        )
        implementation = decision.implementation or ", ".join(n.label for n in named)
        return SoaRow(
            control=one.provision.id,
            title=one.provision.title,
            applicable=decision.applicable,
            justification=decision.justification,
            implementation=implementation,
            status=str(one.status),
            evidence=() if decision.excludes else tuple(labels),
            approved_by=self.approvers.get(decision.approver, _last(decision.approver)),
        )


def _called(edition: Edition) -> str:
    """Return what a person calls an edition: a short name that says which one, else its title."""
    mark = edition.edition.rsplit("-", 1)[-1]
    short = [one for one in edition.cited_as if mark in one and len(one) <= 30]
    ending = re.compile(rf"[(: ]{re.escape(mark)}\)?$")
    short = [one for one in short if ending.search(one)] or short
    return max(short, key=lambda one: (len(one), one)) if short else edition.title


def _tally(evaluation: Evaluation) -> Tally:
    vector = evaluation.vector
    certified = evaluation.by_certificate
    accepted = sum(1 for one in evaluation.statuses if one.accepted)
    against = vector.partial + vector.failed + vector.not_satisfied_inferred
    return Tally(
        n=vector.n,
        assessed=vector.satisfied_direct - certified,
        certified=certified,
        inferred_accepted=accepted,
        inferred_open=vector.satisfied_inferred - accepted,
        supported=vector.supported,
        unknown=vector.unknown,
        conflict=vector.conflict,
        partial=vector.partial,
        not_satisfied_inferred=vector.not_satisfied_inferred,
        failed=vector.failed,
        shown=vector.satisfied_direct + accepted,
        possible=vector.n - against,
    )


def _standing(
    one: ProvisionStatus, said: dict[str, object], kinds: dict[str, list[str]], texts: Texts
) -> Standing:
    disagreement = said.get("disagreement")
    return Standing(
        provision=one.provision.id,
        cited=cited(one.provision.id),
        title=one.provision.title,
        kind=one.provision.kind,
        status=str(one.status),
        basis=_basis(one, texts),
        rule=str(said.get("rule", "")),
        lead=one.lead,
        accepted=one.accepted,
        disagreement=str(disagreement) if disagreement else None,
        gap_kinds=tuple(kinds.get(one.provision.id, ())),
    )


def _basis(one: ProvisionStatus, texts: Texts) -> str:
    direct = one.direct
    if direct is not None and direct.status is not None:
        if direct.basis == "certificate":
            return texts("basis.certificate", name=direct.certificate.partition(" (")[0])
        if direct.result is None:
            return texts("basis.assessment")
        return texts("basis.assessment_of", day=direct.result.assessed_on)
    if one.accepted:
        return texts("basis.accepted", name=one.accepted)
    if one.lead:
        return texts("basis.lead")
    if one.status is Status.UNKNOWN:
        return texts("basis.nothing")
    return texts("basis.inference")


def _outside(evaluation: Evaluation) -> tuple[Reason, ...]:
    """Return what stands outside the figures, by reason, the most frequent reason first."""
    grouped: dict[tuple[str, str], list[ProvisionStatus]] = {}
    for one in evaluation.statuses:
        if one.status not in OUTSIDE:
            continue
        if one.status is Status.NOT_APPLICABLE and one.decision and one.decision.excludes:
            key = ("excluded", one.decision.justification)
        else:
            binding = one.binding
            key = (str(binding.binds), binding.why) if binding else ("no", "")
        grouped.setdefault(key, []).append(one)
    order = ["excluded", "not-yet", "legacy", "no"]
    return tuple(
        Reason(
            answer=answer,
            why=why,
            count=len(held),
            applies_from=tuple(
                sorted(
                    {o.binding.applies_from for o in held if o.binding and o.binding.applies_from}
                )
            ),
            provisions=tuple(cited(o.provision.id) for o in held),
        )
        for (answer, why), held in sorted(
            grouped.items(), key=lambda g: (order.index(g[0][0]), -len(g[1]), g[0][1])
        )
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _deduplicated(found: Iterable[Question]) -> tuple[Question, ...]:
    """Return each question once, that of Art. 25(1)(b) first, then by the day it matters from."""
    merged: dict[tuple[str, str, str], Question] = {}
    for one in found:
        merged.setdefault((one.edition, one.system, one.question), one)
    return tuple(
        sorted(
            merged.values(),
            key=lambda q: (
                not q.question.endswith("Art. 25(1)(b)"),
                q.matters_from,
                q.edition,
                q.system,
                q.question,
            ),
        )
    )


def _objectives(dataset: Dataset, *, as_of: date, known_at: date | None) -> tuple[Objective, ...]:
    measured: dict[str, dict[str, Row]] = {}
    for row in dataset.rows("gap/objectives-missed", as_of=as_of, known_at=known_at or date.max):
        held = measured.setdefault(row["objective"] or "", {})
        before = held.get(row["measurement"] or "")
        if before is None or (not before["closed_on"] and row["closed_on"]):
            held[row["measurement"] or ""] = row
    found: dict[str, Objective] = {}
    for row in dataset.rows("report/objectives", as_of=as_of):
        iri = row["objective"] or ""
        if iri in found:
            continue
        unit = row["unit"] or "1"
        comparator = row["comparator"] or ""
        found[iri] = Objective(
            label=row["label"] or _last(iri),
            metric=row["metric"] or "",
            comparator=comparator,
            sign=SIGN.get(comparator, comparator),
            target=_number(row["target"]),
            target_text=_figure(row["target"], unit),
            unit=unit,
            owner=row["owner"] or "",
            set_on=row["set_on"],
            note=row["note"] or "",
            measurements=tuple(
                _measured(one, comparator, unit, as_of) for one in measured.get(iri, {}).values()
            ),
        )
    return tuple(found.values())


def _measured(row: Row, comparator: str, unit: str, as_of: date) -> Measured:
    closed = row["closed_on"]
    return Measured(
        on=row["measured_on"] or "",
        value=_number(row["value"]),
        text=_figure(row["value"], unit),
        met=meets(comparator, row["value"], row["target"]),
        nonconformity=row["nonconformity_label"] or row["nonconformity"],
        detected_on=row["detected_on"],
        closed_on=closed if closed and closed <= as_of.isoformat() else None,
    )


def _number(lexical: str | None) -> float | None:
    try:
        return float(lexical or "")
    except ValueError:
        return None


def _figure(lexical: str | None, unit: str) -> str:
    """Return a figure as it stands on record, without a decimal part that says nothing."""
    text = lexical or "0"
    if "." in text and unit != "1":
        text = text.rstrip("0").rstrip(".")
    return text if unit == "1" else f"{text} {unit}"


def _mapping_sets(dataset: Dataset, evaluations: Sequence[Evaluation]) -> tuple[MappingSetUse, ...]:
    """Return the sets that touch an edition of the report, or on whose rows it walked."""
    keys = {one.edition.edition for one in evaluations}
    walked: dict[str, dict[int, str]] = {}
    for evaluation in evaluations:
        for status in evaluation.statuses:
            if status.status in OUTSIDE or status.derivation is None:
                continue
            for step in status.derivation.steps:
                if step.row is not None:
                    walked.setdefault(step.mapping_set, {})[step.row] = step.review_status
    review: dict[str, Counter[str]] = {}
    looked: Counter[str] = Counter()
    for row in dataset.rows("inference/mapping-rows"):
        name = row["set"] or ""
        if row["relation"]:
            review.setdefault(name, Counter())[row["review_status"] or "draft"] += 1
        else:
            looked[name] += 1
    ends: dict[str, list[Row]] = {}
    for row in dataset.rows("report/mapping-sets"):
        ends.setdefault(row["set"] or "", []).append(row)
    found = []
    for name, rows in sorted(ends.items()):
        named = {r[k] or "" for r in rows for k in ("subject_edition", "object_edition")} - {""}
        if not named & keys and name not in walked:
            continue
        head = rows[0]
        found.append(
            MappingSetUse(
                key=name,
                title=head["title"] or "",
                version=head["version"] or "",
                publisher=head["publisher"] or "",
                licence=head["licence"] or "",
                editions=tuple(sorted(named)),
                rows=sum(review.get(name, Counter()).values()),
                review=dict(sorted(review.get(name, Counter()).items())),
                looked_none=looked[name],
                walked=dict(sorted(Counter(walked.get(name, {}).values()).items())),
            )
        )
    return tuple(found)


def _organizations(dataset: Dataset) -> tuple[Organization, ...]:
    grouped: dict[str, list[Row]] = {}
    for row in dataset.rows("report/organizations"):
        grouped.setdefault(row["organization"] or "", []).append(row)
    found = []
    for iri, rows in grouped.items():
        scopes = {
            row["scope"]: ScopeText(
                row["scope_label"] or _last(row["scope"]), row["scope_description"] or ""
            )
            for row in reversed(rows)
            if row["scope"]
        }
        found.append(
            Organization(
                label=rows[0]["label"] or _last(iri),
                description=rows[0]["description"] or "",
                scopes=tuple(scopes[key] for key in sorted(scopes)),
            )
        )
    return tuple(found)


def _sources(dataset: Dataset) -> tuple[SourceFile, ...]:
    """Return the files that were read, now or into the store; evidence first, no directories."""
    parts = ("evidence", "mapping set", "framework", "ontology")

    def part(graph: str) -> str:
        rest = graph.removeprefix(BASE)
        return {"org": parts[0], "mappings": parts[1], "framework": parts[2]}.get(
            rest.split("/", 1)[0], parts[3]
        )

    found = {
        SourceFile(_name(one.path), one.sha256, part(one.graph))
        for one in (*dataset.sources, *noted_sources(dataset))
    }
    return tuple(sorted(found, key=lambda s: (parts.index(s.part), s.name, s.sha256)))


def _safe(gap: Gap) -> Gap:
    """Return a gap whose evidence names no absolute path."""
    items = gap.explanation.get("evidence")
    if not isinstance(items, list):
        return gap
    bare = [{**item, "file": _bare(str(item.get("file", "")))} for item in items]
    return replace(gap, explanation={**gap.explanation, "evidence": bare})


def _bare(path: str) -> str:
    """Return a path without its directories if it is absolute."""
    absolute = path.startswith("/") or PureWindowsPath(path).is_absolute() or "://" in path
    return _name(path) if absolute else path


def _name(path: str) -> str:
    return PureWindowsPath(path).name if "\\" in path else PurePath(path).name


def _curie(iri: str) -> str:
    key, rest = catalogue.local_id(iri)
    return f"{key}:{rest}" if key else iri


def _last(iri: str | None) -> str:
    return (iri or "").rstrip("/").rsplit("/", 1)[-1]
