"""Verbs about an organisation: coverage, gaps, what binds, explanations, reports."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import (
    DateType,
    Knowledge,
    as_of_option,
    data_argument,
    fail_on_option,
    knowledge_options,
    output_options,
)
from crosswalk.cli.output import as_row, emit, note, progress, write_out
from crosswalk.errors import DataError, UsageError

if TYPE_CHECKING:
    from crosswalk.coverage import Scope
    from crosswalk.graph import Dataset
    from crosswalk.models import Provision

__all__ = ["VERBS"]

COVERAGE = [
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
]
GAPS = ["provision", "title", "status", "gap_kind", "detail", "explanation", "owner", "phase"]
BINDS = ["system", "provision", "addressee", "risk_class", "applies_from", "binds", "why"]
SOA = ["control", "title", "applicable", "justification", "implementation", "status", "evidence"]
DEMO_DATES = ("2026-08-31", "2026-10-15", "2026-11-20")
DEMO_EDITIONS = ("iso-42001-2023", "eu-ai-act-2026")

edition_option = click.option(
    "--edition", required=True, metavar="E", help="Edition key, or a framework's name."
)
scope_option = click.option("--scope", metavar="S", help="One scope, by label or IRI.")
horizon_option = click.option(
    "--horizon", type=DateType(), help="The duties in force by then, on the evidence of --as-of."
)
known_at_option = click.option(
    "--known-at", type=DateType(), help="Only what was on record by this day."
)
no_inferred_option = click.option(
    "--no-inferred", is_flag=True, help="Direct statuses only: nothing along mappings."
)


def _heading(as_of: date, horizon: date | None = None, known_at: date | None = None) -> str:
    said = f"as of {as_of}"
    if horizon:
        said += f", duties in force by {horizon}"
    if known_at:
        said += f", as known at {known_at}"
    return said


@click.command(
    epilog="\b\nExample:\n  crosswalk coverage examples/x-corporation --edition iso-42001-2023 "
    "--as-of 2026-11-20"
)
@data_argument
@edition_option
@scope_option
@no_inferred_option
@horizon_option
@known_at_option
@as_of_option
@fail_on_option
@output_options()
@knowledge_options
def coverage(
    data: tuple[str, ...],
    edition: str,
    scope: str | None,
    no_inferred: bool,
    horizon: date | None,
    known_at: date | None,
    as_of: date,
    fail_on: tuple[str, ...],
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Give the figures of an edition: one vector that sums to n, and the interval lo to hi."""
    from crosswalk import catalogue
    from crosswalk import coverage as engine

    _known_statuses(fail_on)
    dataset = knowledge.open(data)
    found = catalogue.edition(dataset, edition, as_of=as_of)
    if not found.coverage_defined:
        note(f"coverage against {found.edition} is undefined: it is a catalogue only")
    rows = engine.vectors(
        dataset,
        found,
        scope=scope,
        as_of=as_of,
        horizon=horizon,
        known_at=known_at,
        inferred=not no_inferred,
    )
    emit(
        [as_row(row) for row in rows],
        COVERAGE,
        format=format,
        out=out,
        heading=_heading(as_of, horizon, known_at),
        shown=[c for c in COVERAGE if c not in ("as_of", "scope")],
    )
    for row in rows:
        values = as_row(row)
        short = row.lo is None or row.lo < 1
        for wanted in fail_on:
            count = values.get(wanted)
            if (wanted == "gaps" and short) or (isinstance(count, int) and count > 0):
                sys.exit(1)


def _known_statuses(fail_on: Sequence[str]) -> None:
    from crosswalk.errors import nearest
    from crosswalk.models import GapKind, Status

    known = {"gaps", *(str(s) for s in Status), *(str(k) for k in GapKind)}
    for wanted in fail_on:
        if wanted not in known:
            raise UsageError(
                f"unknown {wanted!r}", place="--fail-on", remedy=nearest(wanted, known)
            )


@click.command(
    epilog="\b\nExample:\n  crosswalk gaps examples/x-corporation --edition eu-ai-act-2026 "
    "--as-of 2026-11-20 --horizon 2027-12-02"
)
@data_argument
@edition_option
@scope_option
@no_inferred_option
@horizon_option
@known_at_option
@as_of_option
@fail_on_option
@output_options()
@knowledge_options
def gaps(
    data: tuple[str, ...],
    edition: str,
    scope: str | None,
    no_inferred: bool,
    horizon: date | None,
    known_at: date | None,
    as_of: date,
    fail_on: tuple[str, ...],
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """List what is not shown, why, and on what that rests; most serious first."""
    from crosswalk import catalogue, gap
    from crosswalk import coverage as engine

    _known_statuses(fail_on)
    dataset = knowledge.open(data)
    found = catalogue.edition(dataset, edition, as_of=as_of)
    if not found.coverage_defined:
        note(f"coverage against {found.edition} is undefined: it is a catalogue only")
    rows = []
    for one in engine.scope_of(dataset, scope):
        evaluation = engine.evaluate(
            dataset,
            found,
            one,
            as_of=as_of,
            horizon=horizon,
            known_at=known_at,
            inferred=not no_inferred,
        )
        rows += gap.gaps(dataset, evaluation)
    emit(
        [as_row(row) for row in rows],
        GAPS,
        format=format,
        out=out,
        heading=f"{found.edition}, {_heading(as_of, horizon, known_at)}: {len(rows)} gaps",
        shown=["provision", "title", "status", "gap_kind", "detail", "owner"],
    )
    if any(w == "gaps" or w in (r.status, str(r.gap_kind)) for w in fail_on for r in rows):
        sys.exit(1)


@click.command(
    epilog="\b\nExample:\n  crosswalk binds examples/x-corporation --role deployer "
    "--as-of 2026-11-20 --horizon 2027-12-02"
)
@data_argument
@click.option("--role", metavar="R", help="Only duties of this operator role, such as deployer.")
@click.option("--system", metavar="S", help="Only this AI system, by label or IRI.")
@click.option("--edition", default="eu-ai-act", show_default=True, metavar="E", help="The law.")
@horizon_option
@as_of_option
@output_options()
@knowledge_options
def binds(
    data: tuple[str, ...],
    role: str | None,
    system: str | None,
    edition: str,
    horizon: date | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Say which duties of a law bind whom, from when, and why."""
    from crosswalk import applicability, catalogue

    dataset = knowledge.open(data)
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
    if not rows:
        note("no AI system is on record: nothing can be said of whom the law binds")
    emit(
        [as_row(row) for row in rows],
        BINDS,
        format=format,
        out=out,
        heading=f"{found.edition}, {_heading(as_of, horizon)}",
        shown=["provision", "addressee", "applies_from", "binds", "why"],
    )


@click.command(
    epilog='\b\nExamples:\n  crosswalk explain "ISO 42001 9.1" --data examples/x-corporation '
    '--as-of 2026-10-15\n  crosswalk explain "ISO 42001 A.9.4" "AI Act Art. 26(1)"'
)
@click.argument("citation")
@click.argument("other", required=False)
@click.option("--data", multiple=True, metavar="DATA", help="The evidence. Repeatable.")
@scope_option
@no_inferred_option
@horizon_option
@known_at_option
@as_of_option
@output_options("table", "json")
@knowledge_options
def explain(
    citation: str,
    other: str | None,
    data: tuple[str, ...],
    scope: str | None,
    no_inferred: bool,
    horizon: date | None,
    known_at: date | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Explain a provision's status from the evidence, or what is known between two provisions."""
    from crosswalk import catalogue, citations, gap
    from crosswalk import coverage as engine

    if other is None and not data:
        raise UsageError(
            "nothing to explain with",
            remedy="Give --data DATA for a status, or a second citation for a relation.",
        )
    dataset = knowledge.open(data)
    provision = citations.resolve(dataset, citation, as_of=as_of)
    if other is not None:
        _explain_pair(
            dataset, provision, citations.resolve(dataset, other, as_of=as_of), format, out
        )
        return
    found = catalogue.edition(dataset, provision.edition, as_of=as_of)
    evaluation = engine.evaluate(
        dataset,
        found,
        _one_scope(dataset, scope),
        as_of=as_of,
        horizon=horizon,
        known_at=known_at,
        inferred=not no_inferred,
    )
    answer = gap.replay(dataset, evaluation, provision.iri)
    if answer is None:
        raise UsageError(
            f"{provision.edition}:{provision.id} is not counted and has no status of its own",
            remedy=_counted_hint(dataset, provision.edition, provision.id),
        )
    if format == "json":
        write_out(json.dumps(_jsonable(answer), ensure_ascii=False, indent=2) + "\n", out)
        return
    write_out(_explanation_text(answer), out)


def _one_scope(dataset: Dataset, name: str | None) -> Scope:
    """Return the scope that is meant; fail where several could be."""
    from crosswalk import coverage as engine

    chosen = engine.scope_of(dataset, name)
    if len(chosen) > 1:
        raise UsageError(
            "there are several scopes",
            remedy=f"Name one with --scope: {', '.join(s.label for s in chosen)}.",
        )
    return chosen[0]


def _jsonable(value: object) -> object:
    from crosswalk.cli.output import _plain

    return _plain(value)


def _counted_hint(dataset: Dataset, key: str, parent: str) -> str:
    from crosswalk import catalogue

    kids = [p.id for p in catalogue.provisions(dataset, key) if p.parent == parent and p.counted]
    return f"Ask for {', '.join(kids)}." if kids else "Ask for a counted provision."


def _explain_pair(
    dataset: Dataset, subject: Provision, target: Provision, format: str, out: Path | None
) -> None:
    from crosswalk import inference
    from crosswalk.inference import step_json, tokens

    pairs = inference.explain_pair(
        inference.build(dataset), inference.rows(dataset), subject.iri, target.iri
    )
    answers = [
        {
            "rationale_type": pair.rationale_type,
            "relations": list(pair.relations),
            "rule": pair.rule,
            "paths": [
                {
                    "path": [step_json(step) for step in path.steps],
                    "relations": tokens(path.knowledge),
                    "rule": path.rule,
                    "rationale": [row.rationale for row in sorted(path.rows)],
                    "publisher": "|".join(sorted({row.publisher for row in path.rows})),
                    "review_status": sorted({row.review_status for row in path.rows}),
                }
                for path in pair.paths
            ],
        }
        for pair in pairs
    ]
    ends = f"{subject.edition}:{subject.id}", f"{target.edition}:{target.id}"
    if format == "json":
        whole = {"subject": ends[0], "object": ends[1], "known": answers}
        write_out(json.dumps(_jsonable(whole), ensure_ascii=False, indent=2) + "\n", out)
        return
    if not answers:
        write_out(
            f"Nothing is known between {ends[0]} and {ends[1]}: no row "
            "is asserted and none follows. That is not 'no relationship'.\n",
            out,
        )
        return
    lines = []
    for pair in pairs:
        known = " or ".join(pair.relations) or "contradictory"
        lines.append(f"{ends[0]}  {known}  {ends[1]}  ({pair.rationale_type})")
        for path in pair.paths:
            said = " or ".join(tokens(path.knowledge)) or "no type"
            lines.append(f"  {path.rule}: {said}")
            for step in path.steps:
                where = f"{step.mapping_set}:{step.row}" if step.row else "structure"
                lines.append(
                    f"    {step.subject.rpartition('/id/')[2]} {step.relation} "
                    f"{step.object.rpartition('/id/')[2]}  [{where}, confidence {step.confidence}"
                    + (f", {step.review_status}]" if step.review_status else "]")
                )
            lines += [f"      {row.rationale}" for row in sorted(path.rows)]
    write_out("\n".join([*lines, ""]), out)


def _explanation_text(answer: dict[str, object]) -> str:
    lines = [
        f"{answer['edition']}:{answer['provision']}  {answer['title']}",
        f"as of {answer['as_of']}, scope {answer['scope']}",
        f"status  {answer['status']}",
        f"rule    {answer['rule']}",
    ]
    said = answer["explanation"]
    assert isinstance(said, dict)  # noqa: S101 - built by gap.replay
    if said.get("implementation"):
        one = said["implementation"]
        lines.append(f"implementation  {one['label']} (owner {one['owner']}, {one['status']})")
    if said.get("assessment"):
        one = said["assessment"]
        lines.append(
            f"assessment      {one['assessment']} of {one['assessed_on']} by {one['assessor']}: "
            f"{one['outcome']}" + (f": {one['finding']}" if one["finding"] else "")
        )
    for item in said.get("evidence", ()):
        state = "valid" if item["valid"] else f"not valid: {', '.join(item['faults'])}"
        lines.append(f"evidence        {item['label']} ({item['collected_on']}): {state}")
    for step in said.get("path", ()):
        where = "structure" if step["row"] is None else f"{step['mapping_set']}:{step['row']}"
        lines.append(
            f"path            {step['subject']} {step['relation']} {step['object']}  [{where}, "
            f"confidence {step['confidence']}]"
        )
    if said.get("binds"):
        one = said["binds"]
        lines.append(f"binds           {one['answer']}: {one['why']}")
    gaps_found = answer["gaps"]
    assert isinstance(gaps_found, list)  # noqa: S101 - built by gap.replay
    for one in gaps_found:
        lines.append(f"gap             {one['gap_kind']}: {one['detail']}")
    if answer["disagreement"]:
        lines.append(f"disagreement    {answer['disagreement']}")
    return "\n".join([*lines, ""])


@click.command(
    epilog='\b\nExample:\n  crosswalk accept "NIST AI RMF MANAGE 1.3" '
    '--data examples/x-corporation --as-of 2026-11-20 --by "Risk Owner" '
    '--why "One treatment plan." --out acceptances.ttl'
)
@click.argument("citation")
@click.option("--data", multiple=True, required=True, metavar="DATA", help="The evidence.")
@click.option("--by", required=True, metavar="WHO", help="Who accepts: a name or an IRI.")
@click.option("--why", required=True, metavar="TEXT", help="Why the inference is accepted.")
@scope_option
@as_of_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to record it; default acceptances.ttl in the first DATA directory.",
)
@knowledge_options
def accept(
    citation: str,
    data: tuple[str, ...],
    by: str,
    why: str,
    scope: str | None,
    as_of: date,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Record that the organisation accepts an inference; from then on it counts in lo."""
    from crosswalk import catalogue, citations
    from crosswalk import coverage as engine

    dataset = knowledge.open(data)
    provision = citations.resolve(dataset, citation, as_of=as_of)
    found = catalogue.edition(dataset, provision.edition, as_of=as_of)
    evaluation = engine.evaluate(dataset, found, _one_scope(dataset, scope), as_of=as_of)
    name, turtle = engine.acceptance(evaluation, provision, by=by, why=why, on=as_of)
    target = out or _acceptance_file(data)
    before = (
        target.read_text(encoding="utf-8")
        if target.is_file()
        else (
            "@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .\n"
            "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\n"
        )
    )
    if f"<{name}>" in before:
        note(f"already recorded in {target}")
        return
    try:
        target.write_text(before + turtle, encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", place=str(target)) from None
    note(f"recorded in {target}")


def _acceptance_file(data: Sequence[str]) -> Path:
    for given in data:
        if Path(given).is_dir():
            return Path(given) / "acceptances.ttl"
    raise UsageError(
        "no DATA is a directory to record the acceptance in", remedy="Name a file with --out."
    )


@click.command(epilog="\b\nExample:\n  crosswalk soa examples/x-corporation --as-of 2026-11-20")
@data_argument
@click.option(
    "--edition",
    default="iso-42001",
    show_default=True,
    metavar="E",
    help="The edition whose controls are decided.",
)
@scope_option
@as_of_option
@output_options()
@knowledge_options
def soa(
    data: tuple[str, ...],
    edition: str,
    scope: str | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Give the Statement of Applicability: every control, decided and shown or not."""
    from crosswalk import catalogue
    from crosswalk import coverage as engine

    dataset = knowledge.open(data)
    found = catalogue.edition(dataset, edition, as_of=as_of)
    rows: list[dict[str, object]] = []
    for one in engine.scope_of(dataset, scope):
        rows += engine.statement_of_applicability(engine.evaluate(dataset, found, one, as_of=as_of))
    emit(
        rows,
        SOA,
        format=format,
        out=out,
        heading=f"{found.edition}, {_heading(as_of)}",
        shown=SOA[:-1],
    )


@click.command(
    epilog="\b\nExample:\n  crosswalk report examples/x-corporation --edition iso-42001-2023 "
    "--edition eu-ai-act-2026 --as-of 2026-11-20 --out report.html"
)
@data_argument
@click.option(
    "--edition",
    "editions",
    multiple=True,
    required=True,
    metavar="E",
    help="An edition to report on. Repeatable.",
)
@scope_option
@no_inferred_option
@horizon_option
@known_at_option
@as_of_option
@output_options("html", "json", "csv")
@knowledge_options
def report(
    data: tuple[str, ...],
    editions: tuple[str, ...],
    scope: str | None,
    no_inferred: bool,
    horizon: date | None,
    known_at: date | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Write the gap report: one self-contained HTML file, or its content as JSON or CSV."""
    with progress("writing the report"):
        text = _report_text(
            knowledge.open(data),
            data,
            editions,
            scope=scope,
            as_of=as_of,
            horizon=horizon,
            known_at=known_at,
            inferred=not no_inferred,
            format=format,
        )
    note(_heading(as_of, horizon, known_at))
    write_out(text, out)


def _report_text(
    dataset: Dataset,
    data: Sequence[str],
    editions: Sequence[str],
    *,
    as_of: date,
    format: str,
    scope: str | None = None,
    horizon: date | None = None,
    known_at: date | None = None,
    inferred: bool = True,
    named: str | None = None,
) -> str:
    from crosswalk import catalogue, validation
    from crosswalk import report as reporting

    found = [catalogue.edition(dataset, name, as_of=as_of) for name in editions]
    checked = validation.validate(dataset, data, as_of=as_of)
    built = reporting.build(
        dataset,
        found,
        as_of=as_of,
        scope=scope,
        horizon=horizon,
        known_at=known_at,
        inferred=inferred,
        findings=checked.findings,
        data=named or shlex.join(data),
    )
    if format == "json":
        return json.dumps(_jsonable(built.as_json()), ensure_ascii=False, indent=2) + "\n"
    if format == "csv":
        return reporting.as_csv(built)
    return reporting.render_html(built)


@click.command(epilog="\b\nExample:\n  crosswalk demo --out build/x-corporation.html")
@click.option("--case", default="x-corporation", show_default=True, help="The example.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The report; default build/CASE.html.",
)
def demo(case: str, out: Path | None) -> None:
    """Answer for an example: what is shown, what is missing and why, on three dates."""
    from crosswalk import catalogue, gap, resources
    from crosswalk import coverage as engine
    from crosswalk.errors import nearest

    cases = sorted(p.name for p in resources.examples_dir().iterdir() if p.is_dir())
    if case not in cases:
        raise UsageError(
            f"unknown case {case!r}", remedy=nearest(case, cases) or f"There is {', '.join(cases)}."
        )
    data = (str(resources.examples_dir() / case),)
    dataset = Knowledge((), shipped=True).open(data)
    rows: list[dict[str, object]] = []
    for text in DEMO_DATES:
        day = date.fromisoformat(text)
        for key in DEMO_EDITIONS:
            edition = catalogue.edition(dataset, key, as_of=day)
            for scope in engine.scope_of(dataset, None):
                evaluation = engine.evaluate(dataset, edition, scope, as_of=day)
                found = gap.gaps(dataset, evaluation)
                values = as_row(evaluation.vector)
                lo, hi = evaluation.vector.lo, evaluation.vector.hi
                values["shown"] = (
                    "undefined" if lo is None or hi is None else f"{lo:.0%} to {hi:.0%}"
                )
                values["gaps"] = len({g.provision for g in found})
                values["first gap"] = (
                    f"{found[0].provision} {found[0].gap_kind}" if found else "none"
                )
                rows.append(values)
    shown = [
        "as_of",
        "edition",
        "n",
        "satisfied_direct",
        "partial",
        "failed",
        "unknown",
        "not_applicable",
        "not_yet",
        "shown",
        "gaps",
    ]
    emit(
        rows,
        shown,
        format="table",
        heading=f"{case}: what is shown of two frameworks",
        shown=[*shown, "first gap"],
    )
    target = out or Path("build") / f"{case}.html"
    with progress("writing the report"):
        html = _report_text(
            dataset,
            data,
            DEMO_EDITIONS,
            as_of=date.fromisoformat(DEMO_DATES[-1]),
            format="html",
            named=f"examples/{case}",
        )
    write_out(html, target)


VERBS: tuple[click.Command, ...] = (coverage, gaps, binds, explain, accept, soa, report, demo)
