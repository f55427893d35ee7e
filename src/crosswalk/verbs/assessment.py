"""The verbs about an organisation: coverage, gaps, what binds, explanations, what would change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.errors import UsageError
from crosswalk.verbs.values import Answer, Document, Text, as_row

if TYPE_CHECKING:
    from crosswalk.coverage import Evaluation, Scope
    from crosswalk.graph import Dataset
    from crosswalk.report import Order
    from crosswalk.validation import Report

__all__ = [
    "binds",
    "compare_snapshots",
    "coverage",
    "explain_status",
    "gaps",
    "heading",
    "one_scope",
    "plan",
    "report",
    "report_order",
    "soa",
    "validated",
    "whatif",
    "written",
]

COVERAGE = (
    "edition",
    "as_of",
    "scope",
    "n",
    "satisfied_direct",
    "satisfied_inferred",
    "partial",
    "supported",
    "not_satisfied_inferred",
    "failed",
    "conflict",
    "unknown",
    "lead_overlap",
    "lead_indeterminate",
    "not_applicable",
    "not_yet",
    "lo",
    "hi",
    "by_certificate",
)
GAPS = ("provision", "title", "status", "gap_kind", "detail", "explanation", "owner", "phase")
PLAN = (
    "order",
    "provision",
    "title",
    "status",
    "gap",
    "gaps",
    "detail",
    "phase",
    "phase_why",
    "owner_role",
    "owner_why",
    "owner",
    "depends_on",
    "effect",
    "lo",
    "due",
    "due_why",
    "why",
    "scope",
)
CALENDAR = "text/calendar; charset=utf-8"
BINDS = ("system", "provision", "addressee", "risk_class", "applies_from", "binds", "why")
SOA = ("control", "title", "applicable", "justification", "implementation", "status", "evidence")
WHATIF = ("edition", "what", "provision", "title", "before", "after", "why")
SNAPSHOTS = ("kind", "subject", "before", "after", "why")
FINDINGS = ("focus", "shape", "path", "severity", "message", "source")


def heading(as_of: date, horizon: date | None = None, known_at: date | None = None) -> str:
    """Return for which day an answer is, in words.

    >>> heading(date(2026, 11, 20), date(2027, 12, 2))
    'as of 2026-11-20, duties in force by 2027-12-02'
    """
    said = f"as of {as_of}"
    if horizon:
        said += f", duties in force by {horizon}"
    if known_at:
        said += f", as known at {known_at}"
    return said


def coverage(
    dataset: Dataset,
    *,
    edition: str,
    scope: str | None = None,
    inferred: bool = True,
    horizon: date | None = None,
    known_at: date | None = None,
    as_of: date,
) -> Answer:
    """Return the figures of an edition, one vector a scope.

    :param scope: by label or IRI; default each outermost one.
    :param inferred: whether statuses may be inferred along mappings.
    :param horizon: the duties in force by then, on the evidence of ``as_of``.
    :param known_at: only what was on record by this day.
    :raises UsageError: if the edition or the scope is unknown.
    """
    from crosswalk import catalogue
    from crosswalk import coverage as engine

    found = catalogue.edition(dataset, edition, as_of=as_of)
    evaluations = [
        engine.evaluate(
            dataset,
            found,
            one,
            as_of=as_of,
            horizon=horizon,
            known_at=known_at,
            inferred=inferred,
        )
        for one in engine.scope_of(dataset, scope)
    ]
    return Answer(
        COVERAGE,
        [as_row(one.vector) for one in evaluations],
        heading=heading(as_of, horizon, known_at),
        notes=(
            *_undefined(found.edition, defined=found.coverage_defined),
            *(said for one in evaluations for said in _basis(one)),
        ),
    )


def _basis(evaluation: Evaluation) -> list[str]:
    """Return what a reader of the figures must know of where they come from."""
    found = []
    where = f" ({evaluation.scope.label})" if evaluation.scope.iri else ""
    certified = evaluation.by_certificate
    if certified:
        found.append(
            f"{certified} of the {evaluation.vector.satisfied_direct} satisfied_direct rest on a "
            f"certificate, and on no assessment that counts{where}"
        )
    target = evaluation.target_profile
    if target is not None:
        left_out = sum(
            one.decision is not None and one.decision.soa == target.soa and one.decision.excludes
            for one in evaluation.statuses
        )
        found.append(
            f"n is what the target profile {target.soa} of {target.approved_on} wants: "
            f"{left_out} outcomes left out{where}"
        )
    return found


def _undefined(edition: str, *, defined: bool) -> tuple[str, ...]:
    return () if defined else (f"coverage against {edition} is undefined: it is a catalogue only",)


def gaps(
    dataset: Dataset,
    *,
    edition: str,
    scope: str | None = None,
    inferred: bool = True,
    horizon: date | None = None,
    known_at: date | None = None,
    roadmap: str | None = None,
    as_of: date,
) -> Answer:
    """Return what is not shown, why, and on what that rests; the most serious first.

    Other parameters and errors are those of :func:`coverage`.

    :param roadmap: the method whose phases are named; default none.
    """
    from crosswalk import catalogue, gap, methods
    from crosswalk import coverage as engine

    found = catalogue.edition(dataset, edition, as_of=as_of)
    phases: dict[str, str] = {}
    if roadmap is not None:
        chosen = methods.roadmap(dataset, roadmap, as_of=as_of)
        placed = methods.placed(dataset, chosen, found.edition)
        phases = {iri: one.phase.id for iri, one in placed.items()}
    rows = []
    notes = list(_undefined(found.edition, defined=found.coverage_defined))
    for one in engine.scope_of(dataset, scope):
        evaluation = engine.evaluate(
            dataset,
            found,
            one,
            as_of=as_of,
            horizon=horizon,
            known_at=known_at,
            inferred=inferred,
        )
        rows += gap.gaps(dataset, evaluation, phases=phases)
        notes += _basis(evaluation)
    return Answer(
        GAPS,
        [as_row(row) for row in rows],
        heading=f"{found.edition}, {heading(as_of, horizon, known_at)}: {len(rows)} gaps",
        notes=tuple(notes),
    )


def plan(
    dataset: Dataset,
    *,
    edition: str,
    roadmap: str | None = None,
    start: date | None = None,
    scope: str | None = None,
    inferred: bool = True,
    horizon: date | None = None,
    known_at: date | None = None,
    as_of: date,
    format: str = "json",
) -> Answer | Text:
    """Return the gaps as actions in order: what first, whose, until when, and what it gains.

    Other parameters and errors are those of :func:`coverage`.

    :param roadmap: the method whose phases are followed; default none.
    :param start: the first day of the roadmap's first month.
    :param format: ics for one calendar of tasks; any other for rows.
    :raises UsageError: if the roadmap is unknown, or there is a start but no roadmap.
    """
    from crosswalk import catalogue, methods
    from crosswalk import coverage as engine
    from crosswalk import plan as planning

    found = catalogue.edition(dataset, edition, as_of=as_of)
    chosen = methods.roadmap(dataset, roadmap, as_of=as_of) if roadmap is not None else None
    plans = [
        planning.build(
            dataset,
            engine.evaluate(
                dataset,
                found,
                one,
                as_of=as_of,
                horizon=horizon,
                known_at=known_at,
                inferred=inferred,
            ),
            roadmap=chosen,
            start=start,
        )
        for one in engine.scope_of(dataset, scope)
    ]
    notes = [*_undefined(found.edition, defined=found.coverage_defined)]
    notes += [
        f"these wait for each other, so nothing is ordered between them: {', '.join(circle)}"
        for one in plans
        for circle in one.cycles
    ]
    if chosen is not None and start is not None and not chosen.timed:
        notes.append(f"{chosen.edition} states no lengths of its phases: it dates nothing")
    if format == "ics":
        return Text(CALENDAR, planning.as_calendar(plans), tuple(notes))
    actions = [action for one in plans for action in one.actions]
    way = f" along {chosen.edition}" if chosen else ""
    return Answer(
        PLAN,
        [as_row(action) for action in actions],
        heading=f"{found.edition}, {heading(as_of, horizon, known_at)}: "
        f"{len(actions)} actions{way}",
        notes=tuple(notes),
    )


def binds(
    dataset: Dataset,
    *,
    role: str | None = None,
    system: str | None = None,
    edition: str = "eu-ai-act",
    horizon: date | None = None,
    as_of: date,
) -> Answer:
    """Return which duties of a law bind whom, from when, and why.

    :param role: only duties of this operator role.
    :param system: only this AI system, by label or IRI.
    :param horizon: what binds by then.
    :raises UsageError: if the edition is no law with dates, or role or system are unknown.
    """
    from crosswalk import applicability, catalogue

    found = catalogue.edition(dataset, edition, as_of=max(as_of, horizon or as_of))
    if not found.legal_force or not found.coverage_defined:
        raise UsageError(
            f"{found.edition} has no duties with dates of application",
            place="--edition",
            remedy="Name a law, such as eu-ai-act-2026.",
        )
    rows = applicability.bindings(
        dataset, found, as_of=as_of, horizon=horizon, role=role, system=system
    )
    none = "no AI system is on record: nothing can be said of whom the law binds"
    return Answer(
        BINDS,
        [as_row(row) for row in rows],
        heading=f"{found.edition}, {heading(as_of, horizon)}",
        notes=() if rows else (none,),
    )


def explain_status(
    dataset: Dataset,
    *,
    citation: str,
    scope: str | None = None,
    inferred: bool = True,
    horizon: date | None = None,
    known_at: date | None = None,
    as_of: date,
) -> dict[str, object]:
    """Return a provision's status, replayed from evidence to rule.

    :raises UsageError: if the citation names no counted provision, or several scopes are meant.
    """
    from crosswalk import catalogue, citations, gap
    from crosswalk import coverage as engine

    provision = citations.resolve(dataset, citation, as_of=as_of)
    found = catalogue.edition(dataset, provision.edition, as_of=as_of)
    evaluation = engine.evaluate(
        dataset,
        found,
        one_scope(dataset, scope),
        as_of=as_of,
        horizon=horizon,
        known_at=known_at,
        inferred=inferred,
    )
    answer = gap.replay(dataset, evaluation, provision.iri)
    if answer is None:
        raise UsageError(
            f"{provision.edition}:{provision.id} is not counted and has no status of its own",
            remedy=_counted_hint(dataset, provision.edition, provision.id),
        )
    return answer


def one_scope(dataset: Dataset, name: str | None) -> Scope:
    """Return the scope that is meant.

    :raises UsageError: if several could be; names them.
    """
    from crosswalk import coverage as engine

    chosen = engine.scope_of(dataset, name)
    if len(chosen) > 1:
        raise UsageError(
            "there are several scopes",
            remedy=f"Name one with --scope: {', '.join(s.label for s in chosen)}.",
        )
    return chosen[0]


def _counted_hint(dataset: Dataset, key: str, parent: str) -> str:
    from crosswalk import catalogue

    kids = [p.id for p in catalogue.provisions(dataset, key) if p.parent == parent and p.counted]
    return f"Ask for {', '.join(kids)}." if kids else "Ask for a counted provision."


def soa(
    dataset: Dataset, *, edition: str = "iso-42001", scope: str | None = None, as_of: date
) -> Answer:
    """Return the Statement of Applicability: every control, decided and shown or not.

    :param edition: the edition whose controls are decided.
    :raises UsageError: if the edition or the scope is unknown.
    """
    from crosswalk import catalogue
    from crosswalk import coverage as engine

    found = catalogue.edition(dataset, edition, as_of=as_of)
    rows: list[dict[str, object]] = []
    for one in engine.scope_of(dataset, scope):
        rows += engine.statement_of_applicability(engine.evaluate(dataset, found, one, as_of=as_of))
    return Answer(SOA, rows, heading=f"{found.edition}, {heading(as_of)}")


def whatif(
    before: Dataset,
    after: Dataset,
    *,
    edition: Sequence[str],
    remove: Sequence[str] = (),
    scope: str | None = None,
    horizon: date | None = None,
    known_at: date | None = None,
    as_of: date,
) -> Answer:
    """Return what another state of the evidence does to figures and statuses of editions.

    :param before: the evidence as it is.
    :param after: the same with what is added; what is removed is taken out of it here.
    :param remove: records that would not be there: by IRI, label or the last parts of the IRI.
    :raises UsageError: if an edition, a record or the scope is unknown.
    """
    from crosswalk import compare as comparing
    from crosswalk.graph import forget

    gone = [str(forget(after, name)) for name in remove]
    rows = comparing.what_if(
        before,
        after,
        edition,
        as_of=as_of,
        scope=scope,
        horizon=horizon,
        known_at=known_at,
    )
    count = sum(row.what == comparing.FLIPPED for row in rows)
    said = "".join(f", without {name}" for name in gone)
    return Answer(
        WHATIF,
        [as_row(row) for row in rows],
        heading=f"as of {as_of}{said}: {count} statuses flip",
    )


def compare_snapshots(
    old: Dataset,
    new: Dataset,
    *,
    edition: Sequence[str] = (),
    as_of: date,
    as_of_old: date | None = None,
    scope: str | None = None,
) -> Answer:
    """Return what differs between two snapshots of evidence, and which statuses flip by it.

    :param edition: the editions whose statuses are compared; none for the evidence alone.
    :param as_of_old: the day of the old snapshot; default ``as_of``.
    :raises UsageError: if an edition or the scope is unknown.
    """
    from crosswalk import compare as comparing

    found = comparing.compare_snapshots(
        old, new, edition, as_of=as_of, as_of_old=as_of_old, scope=scope
    )
    count = sum(row.kind == "status-flipped" for row in found)
    told = f"{len(found) - count} differences of evidence, " + (
        f"{count} statuses flipped" if edition else "no --edition named, so no statuses compared"
    )
    return Answer(SNAPSHOTS, [as_row(row) for row in found], heading=told)


def validated(report: Report) -> Answer:
    """Return the findings of a validation as rows, the most severe first."""
    return Answer(
        FINDINGS,
        [as_row(finding) for finding in report.findings],
        heading=f"as of {report.as_of}: {report.summary()}",
    )


def report(
    dataset: Dataset,
    *,
    edition: Sequence[str],
    checked: Report | None,
    scope: str | None = None,
    inferred: bool = True,
    horizon: date | None = None,
    known_at: date | None = None,
    as_of: date,
    named: str = "DATA",
    redact: bool = False,
    roadmap: str | None = None,
    start: date | None = None,
    format: str = "html",
    soa: bool = False,
) -> Document:
    """Return a report in a format, as the bytes of a file.

    Parameters and errors are those of :func:`report_order` and :func:`written`.
    """
    order = report_order(
        dataset,
        edition=edition,
        checked=checked,
        scope=scope,
        inferred=inferred,
        horizon=horizon,
        known_at=known_at,
        as_of=as_of,
        named=named,
        redact=redact,
        roadmap=roadmap,
        start=start,
    )
    return written(order, format, soa=soa)


def report_order(
    dataset: Dataset,
    *,
    edition: Sequence[str],
    checked: Report | None,
    scope: str | None = None,
    inferred: bool = True,
    horizon: date | None = None,
    known_at: date | None = None,
    as_of: date,
    named: str = "DATA",
    language: str = "en",
    template: Path | None = None,
    redact: bool = False,
    stamp: str | None = None,
    roadmap: str | None = None,
    start: date | None = None,
) -> Order:
    """Return a report with all that a writer of a format needs to make a file of it.

    :param checked: what a validation of the evidence found; None if none was run.
    :param named: how the evidence is named in the commands that replay a status.
    :param language: a language that is carried, or the path of a catalogue of words.
    :param template: a DOCX whose styles a document takes.
    :param redact: whether names of people, links, paths and file names are left out.
    :param stamp: when the report is made, if it is to say so.
    :param roadmap: the method along which the gaps are planned; default no plan.
    :param start: the first day of the roadmap's first month.
    :raises UsageError: if an edition, the scope or the language is unknown.
    """
    from crosswalk import catalogue, methods
    from crosswalk import report as reporting

    words = reporting.texts(language)
    built = reporting.build(
        dataset,
        [catalogue.edition(dataset, name, as_of=as_of) for name in edition],
        as_of=as_of,
        scope=scope,
        horizon=horizon,
        known_at=known_at,
        inferred=inferred,
        findings=checked.findings if checked else None,
        data=named,
        texts=words,
        stamp=stamp,
        roadmap=methods.roadmap(dataset, roadmap, as_of=as_of) if roadmap is not None else None,
        start=start,
    )
    if redact:
        built = reporting.redacted(built, dataset, words)
    return reporting.Order(built, dataset, checked, words, _bytes(template))


def written(order: Order, format: str, *, soa: bool = False) -> Document:
    """Return a report in a format, as the bytes of a file.

    :param soa: whether only the Statement of Applicability is asked for.
    :raises UsageError: if there is no such format.
    :raises NotInstalledError: if what it needs is not installed.
    """
    from crosswalk import report as reporting

    table = reporting.SOA_WRITERS if soa else reporting.WRITERS
    writer = reporting.writer_named(format, table)
    if order.template is not None and not writer.ending.endswith(".docx"):
        raise UsageError(
            f"{writer.format} takes no styles of a document",
            place="--template",
            remedy="Leave it out, or write .docx.",
        )
    missing = order.texts.missing
    told = f"{len(missing)} texts are not in the catalogue of words and stand in English"
    return Document(writer.media_type, writer.write(order), (told,) if missing else ())


def _bytes(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", place=str(path), remedy="Name a .docx."
        ) from None
