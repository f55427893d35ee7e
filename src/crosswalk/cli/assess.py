"""Verbs about an organisation: coverage, gaps, what binds, explanations, reports."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

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
from crosswalk.cli.output import emit, note, progress, tell, write_file, write_out
from crosswalk.errors import DataError, UnavailableError, UsageError
from crosswalk.verbs import as_row, plain

__all__ = ["VERBS"]

SOA_FORMATS = ("table", "json", "csv", "xlsx", "docx")

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
roadmap_option = click.option(
    "--roadmap", metavar="R", help="A method whose phases are followed, such as nexus-2025."
)
start_option = click.option(
    "--start", type=DateType(), help="The first day of the roadmap's first month."
)
no_inferred_option = click.option(
    "--no-inferred", is_flag=True, help="Direct statuses only: nothing along mappings."
)


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
    from crosswalk.verbs import assessment as verbs

    _known_statuses(fail_on)
    answer = verbs.coverage(
        knowledge.open(data),
        edition=edition,
        scope=scope,
        inferred=not no_inferred,
        horizon=horizon,
        known_at=known_at,
        as_of=as_of,
    )
    tell(
        answer,
        format=format,
        out=out,
        shown=[c for c in answer.columns if c not in ("as_of", "scope")],
    )
    for row in answer.rows:
        lo = row["lo"]
        short = lo is None or (isinstance(lo, float) and lo < 1)
        for wanted in fail_on:
            count = row.get(wanted)
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
@roadmap_option
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
    roadmap: str | None,
    as_of: date,
    fail_on: tuple[str, ...],
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """List what is not shown, why, and on what that rests; most serious first."""
    from crosswalk.verbs import assessment as verbs

    _known_statuses(fail_on)
    answer = verbs.gaps(
        knowledge.open(data),
        edition=edition,
        scope=scope,
        inferred=not no_inferred,
        horizon=horizon,
        known_at=known_at,
        roadmap=roadmap,
        as_of=as_of,
    )
    shown = ["provision", "title", "status", "gap_kind", "detail", "owner"]
    tell(answer, format=format, out=out, shown=[*shown, "phase"] if roadmap else shown)
    said = {str(row[field]) for row in answer.rows for field in ("status", "gap_kind")}
    if (answer.rows and "gaps" in fail_on) or said & set(fail_on):
        sys.exit(1)


@click.command(
    epilog="\b\nExample:\n  crosswalk plan examples/x-corporation --edition iso-42001-2023 "
    "--roadmap iso-xpert-2025 --start 2027-01-01 --as-of 2026-11-20"
)
@data_argument
@edition_option
@roadmap_option
@start_option
@scope_option
@no_inferred_option
@horizon_option
@known_at_option
@as_of_option
@output_options("table", "json", "csv", "ics")
@knowledge_options
def plan(
    data: tuple[str, ...],
    edition: str,
    roadmap: str | None,
    start: date | None,
    scope: str | None,
    no_inferred: bool,
    horizon: date | None,
    known_at: date | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Order the gaps as actions: what first, whose, until when, and what it gains."""
    from crosswalk.verbs import Text
    from crosswalk.verbs import assessment as verbs

    with progress("ordering the actions"):
        answer = verbs.plan(
            knowledge.open(data),
            edition=edition,
            roadmap=roadmap,
            start=start,
            scope=scope,
            inferred=not no_inferred,
            horizon=horizon,
            known_at=known_at,
            as_of=as_of,
            format=format,
        )
    if isinstance(answer, Text):
        for said in answer.notes:
            note(said)
        note(verbs.heading(as_of, horizon, known_at))
        write_out(answer.text, out)
        return
    if format == "table":
        answer = dataclasses.replace(
            answer, rows=[{**row, "depends_on": _after(row["depends_on"])} for row in answer.rows]
        )
    shown = ["order", "provision", "title", "gap", "phase", "owner_role", "depends_on", "lo", "due"]
    tell(
        answer,
        format=format,
        out=out,
        shown=shown if roadmap else [c for c in shown if c != "phase"],
    )


def _after(waits: Any) -> str | None:  # noqa: ANN401 - the steps of a plan's action
    names = [one.provision for one in waits]
    more = f" and {len(names) - 4} more" if len(names) > 5 else ""
    return ", ".join(names[:4] if more else names) + more or None


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
    from crosswalk.verbs import assessment as verbs

    answer = verbs.binds(
        knowledge.open(data),
        role=role,
        system=system,
        edition=edition,
        horizon=horizon,
        as_of=as_of,
    )
    tell(
        answer,
        format=format,
        out=out,
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
    from crosswalk.verbs import assessment
    from crosswalk.verbs import knowledge as verbs

    if other is None and not data:
        raise UsageError(
            "nothing to explain with",
            remedy="Give --data DATA for a status, or a second citation for a relation.",
        )
    dataset = knowledge.open(data)
    if other is not None:
        answer = verbs.explain_pair(dataset, citation=citation, other=other, as_of=as_of)
        text = _pair_text(answer)
    else:
        answer = assessment.explain_status(
            dataset,
            citation=citation,
            scope=scope,
            inferred=not no_inferred,
            horizon=horizon,
            known_at=known_at,
            as_of=as_of,
        )
        text = _explanation_text(answer)
    if format == "json":
        text = json.dumps(plain(answer), ensure_ascii=False, indent=2) + "\n"
    write_out(text, out)


def _pair_text(answer: Any) -> str:  # noqa: ANN401 - what is said in JSON
    ends = answer["subject"], answer["object"]
    if not answer["known"]:
        return (
            f"Nothing is known between {ends[0]} and {ends[1]}: no row "
            "is asserted and none follows. That is not 'no relationship'.\n"
        )
    lines = []
    for pair in answer["known"]:
        known = " or ".join(pair["relations"]) or "contradictory"
        lines.append(f"{ends[0]}  {known}  {ends[1]}  ({pair['rationale_type']})")
        for path in pair["paths"]:
            said = " or ".join(path["relations"]) or "no type"
            lines.append(f"  {path['rule']}: {said}")
            lines += [_step_text(step) for step in path["path"]]
            lines += [f"      {rationale}" for rationale in path["rationale"]]
    return "\n".join([*lines, ""])


def _step_text(step: Any) -> str:  # noqa: ANN401 - what is said in JSON
    ends = [step[end].replace(":", "/", 1) for end in ("subject", "object")]
    relation = step["relation"]
    said = relation if isinstance(relation, str) else "|".join(relation)
    where = f"{step['mapping_set']}:{step['row']}" if step["row"] else "structure"
    read = f", {step['review_status']}" if step["review_status"] else ""
    return f"    {ends[0]} {said} {ends[1]}  [{where}, confidence {step['confidence']}{read}]"


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
    from crosswalk.verbs.assessment import one_scope

    dataset = knowledge.open(data)
    provision = citations.resolve(dataset, citation, as_of=as_of)
    found = catalogue.edition(dataset, provision.edition, as_of=as_of)
    evaluation = engine.evaluate(dataset, found, one_scope(dataset, scope), as_of=as_of)
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


language_option = click.option(
    "--language",
    default="en",
    show_default=True,
    metavar="L",
    help="The words: a language that is carried, or a catalogue of your own, FILE.toml.",
)
template_option = click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="F.docx",
    help="Take styles, header, footer and paper of a document; for .docx.",
)
redact_option = click.option(
    "--redact",
    is_flag=True,
    help="For customers: no names of people, no links, paths and file names.",
)
stamp_option = click.option("--stamp", is_flag=True, help="Say in it when it was made.")


def _now(wanted: bool) -> str | None:
    return datetime.now(UTC).isoformat(timespec="seconds") if wanted else None


@click.command(
    epilog="\b\nExamples:\n  crosswalk soa examples/x-corporation --as-of 2026-11-20\n"
    "  crosswalk soa examples/x-corporation --as-of 2026-11-20 --out soa.docx"
)
@data_argument
@click.option(
    "--edition",
    default="iso-42001",
    show_default=True,
    metavar="E",
    help="The edition whose controls are decided.",
)
@scope_option
@language_option
@template_option
@redact_option
@stamp_option
@as_of_option
@click.option(
    "--format",
    type=click.Choice(SOA_FORMATS),
    default=None,
    show_default="as --out ends, else table",
    help="What the answer is written as.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the answer to a file: .csv, .json, .xlsx, .docx.",
)
@knowledge_options
def soa(
    data: tuple[str, ...],
    edition: str,
    scope: str | None,
    language: str,
    template: Path | None,
    redact: bool,
    stamp: bool,
    as_of: date,
    format: str | None,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Give the Statement of Applicability: every control, decided and shown or not."""
    from crosswalk.verbs import assessment as verbs

    ending = out.suffix.removeprefix(".").casefold() if out else ""
    format = format or (ending if ending in SOA_FORMATS else "table")
    if format in ("xlsx", "docx"):
        with progress("writing the statement"):
            order = verbs.report_order(
                knowledge.open(data),
                edition=[edition],
                checked=None,
                scope=scope,
                as_of=as_of,
                named=shlex.join(data),
                language=language,
                template=template,
                redact=redact,
                stamp=_now(stamp),
            )
            answer = verbs.written(order, format, soa=True)
        for said in (verbs.heading(as_of), *answer.notes):
            note(said)
        write_file(answer.content, out)
        return
    if redact or template or stamp or language != "en":
        raise UsageError(
            f"{format} takes no words, styles, stamp or redaction",
            place="--format",
            remedy="Write .xlsx or .docx.",
        )
    rows = verbs.soa(knowledge.open(data), edition=edition, scope=scope, as_of=as_of)
    tell(rows, format=format, out=out, shown=rows.columns[:-1])


@click.command(
    epilog="\b\nExamples:\n  crosswalk report examples/x-corporation --edition iso-42001-2023 "
    "--edition eu-ai-act-2026 --as-of 2026-11-20 --out report.html\n"
    "  crosswalk report examples/x-corporation --edition iso-42001-2023 "
    "--as-of 2026-11-20 --redact --out report.xlsx"
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
@language_option
@template_option
@redact_option
@stamp_option
@roadmap_option
@start_option
@as_of_option
@click.option(
    "--format",
    metavar="F",
    show_default="as --out ends, else html",
    help="html, json, csv, pdf, xlsx, docx, soa-xlsx, soa-docx, review-docx, shacl, earl, "
    "oscal-ar, oscal-poam, oscal-component.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the report to a file; its ending is its format.",
)
@knowledge_options
def report(
    data: tuple[str, ...],
    editions: tuple[str, ...],
    scope: str | None,
    no_inferred: bool,
    horizon: date | None,
    known_at: date | None,
    language: str,
    template: Path | None,
    redact: bool,
    stamp: bool,
    roadmap: str | None,
    start: date | None,
    as_of: date,
    format: str | None,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Write the gap report in the format that the ending of --out names.

    .html and .pdf are one page, .xlsx a workbook with registers, mappings and method, .docx the
    report as a document, .soa.xlsx and .soa.docx the Statement of Applicability alone, .review.docx
    the pack for a management review, .json all of it as values, .csv a row a requirement, .ttl the
    findings of the validation as a SHACL report, .earl.ttl the same in EARL; .oscal-ar.json,
    .oscal-poam.json and .oscal-component.json are OSCAL assessment results, plan of action and
    component definition.
    """
    from crosswalk import report as reporting
    from crosswalk import validation
    from crosswalk.verbs import assessment as verbs

    if format is None:
        format = reporting.writer_of(out, reporting.WRITERS).format if out else "html"
    reporting.writer_named(format, reporting.WRITERS)
    with progress("writing the report"):
        dataset = knowledge.open(data)
        order = verbs.report_order(
            dataset,
            edition=editions,
            checked=validation.validate(dataset, data, as_of=as_of),
            scope=scope,
            inferred=not no_inferred,
            horizon=horizon,
            known_at=known_at,
            as_of=as_of,
            named=shlex.join(data),
            language=language,
            template=template,
            redact=redact,
            stamp=_now(stamp),
            roadmap=roadmap,
            start=start,
        )
        answer = verbs.written(order, format)
    for said in (verbs.heading(as_of, horizon, known_at), *answer.notes):
        note(said)
    write_file(answer.content, out)


@click.command(epilog="\b\nExample:\n  crosswalk demo --out build/x-corporation.html")
@click.option("--case", default="x-corporation", show_default=True, help="The example.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The report; default build/CASE.html.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the report in every format into a directory.",
)
def demo(case: str, out: Path | None, into: Path | None) -> None:
    """Answer for an example: what is shown, what is missing and why, on three dates."""
    from crosswalk import cases, catalogue, gap, validation
    from crosswalk import coverage as engine
    from crosswalk import report as reporting
    from crosswalk.verbs import assessment as verbs

    told = cases.case(case)
    data = (str(told.directory),)
    dataset = Knowledge((), shipped=True).open(data)
    named = told.scopes or (None,)
    scopes = [scope for name in named for scope in engine.scope_of(dataset, name)]
    rows: list[dict[str, object]] = []
    for text in told.dates:
        day = date.fromisoformat(text)
        for key in told.editions:
            edition = catalogue.edition(dataset, key, as_of=day)
            for scope in scopes:
                evaluation = engine.evaluate(dataset, edition, scope, as_of=day)
                found = gap.gaps(dataset, evaluation)
                values = as_row(evaluation.vector)
                lo, hi = evaluation.vector.lo, evaluation.vector.hi
                values["shown"] = (
                    "undefined" if lo is None or hi is None else f"{lo:.0%} to {hi:.0%}"
                )
                values["scope"] = scope.iri.rpartition("/")[2]
                values["gaps"] = len({g.provision for g in found})
                values["first gap"] = (
                    f"{found[0].provision} {found[0].gap_kind}" if found else "none"
                )
                rows.append(values)
    shown = [
        "as_of",
        "edition",
        *(["scope"] if told.scopes else []),
        "n",
        "satisfied_direct",
        *told.columns,
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
        heading=f"{case}: {told.question}",
        shown=[*shown, "first gap"],
    )
    day = date.fromisoformat(told.dates[-1])
    with progress("writing the report"):
        order = verbs.report_order(
            dataset,
            edition=told.editions,
            checked=validation.validate(dataset, data, as_of=day),
            as_of=day,
            named=f"examples/{case}",
            roadmap=told.roadmap,
            start=told.start,
        )
    if into is None or out is not None:
        target = out or Path("build") / f"{case}.html"
        write_file(verbs.written(order, "html").content, target)
    if into is None:
        return
    for one in reporting.WRITERS.values():
        try:
            with progress(f"writing {case}{one.ending}"):
                answer = verbs.written(order, one.format)
        except (DataError, UnavailableError) as error:
            note(f"left out {case}{one.ending}: {error}")
            continue
        write_file(answer.content, into / f"{case}{one.ending}")


VERBS: tuple[click.Command, ...] = (coverage, gaps, plan, binds, explain, accept, soa, report, demo)
