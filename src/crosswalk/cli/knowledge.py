"""Verbs about the knowledge itself: editions, provisions, mappings, queries, quality."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import (
    Knowledge,
    as_of_option,
    data_argument,
    file_knowledge_options,
    knowledge_options,
    output_options,
)
from crosswalk.cli.output import emit, note, progress, tell, write_out
from crosswalk.verbs import as_row, plain

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.validation import Engine

__all__ = ["VERBS"]


@click.command(epilog="\b\nExample:\n  crosswalk frameworks --format csv")
@output_options()
@knowledge_options
def frameworks(format: str, out: Path | None, knowledge: Knowledge) -> None:
    """List the editions that are carried."""
    from crosswalk.verbs import knowledge as verbs

    tell(
        verbs.frameworks(knowledge.open()),
        format=format,
        out=out,
        shown=["edition", "title", "publisher", "issued", "provisions", "counted"],
    )


@click.command(epilog="\b\nExample:\n  crosswalk provisions iso-42001-2023 --format csv")
@click.argument("edition")
@as_of_option
@output_options()
@knowledge_options
def provisions(
    edition: str,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """List the provisions of an edition."""
    from crosswalk.verbs import knowledge as verbs

    answer = verbs.provisions(knowledge.open(), edition=edition, as_of=as_of)
    if format != "table":
        answer = replace(answer, heading="")
    tell(answer, format=format, out=out, shown=answer.columns[:-1])


@click.command(epilog='\b\nExample:\n  crosswalk show "ISO 42001 A.6.2.4"')
@click.argument("citation")
@click.option("--data", multiple=True, metavar="DATA", help="Evidence to look at. Repeatable.")
@as_of_option
@output_options("table", "json")
@knowledge_options
def show(
    citation: str,
    data: tuple[str, ...],
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Show a provision, its place, its mappings in each direction and its evidence."""
    from crosswalk.verbs import knowledge as verbs

    answer = verbs.show(knowledge.open(data), citation=citation, as_of=as_of, evidence=bool(data))
    if format == "json":
        write_out(json.dumps(plain(answer), ensure_ascii=False, indent=2) + "\n", out)
        return
    write_out(_show_text(answer), out)


def _show_text(answer: dict[str, object]) -> str:
    import textwrap

    lines = [f"{answer['edition']}  {answer['id']}  {answer['title']}"]
    place = answer["place"]
    assert isinstance(place, list)  # noqa: S101 - built above
    for parent in place:
        lines.append(f"  in {parent['id']}  {parent['title']}")
    counted = "counted" if answer["counted"] else "not counted"
    lines.append(
        f"  {answer['kind']}, {counted}" + (f": {answer['note']}" if answer["note"] else "")
    )
    if answer["paraphrase"]:
        lines += textwrap.wrap(
            str(answer["paraphrase"]), 96, initial_indent="  ", subsequent_indent="  "
        )
    lines.append(f"  {answer['iri']}")
    for title, key in (("mappings", "mappings"), ("evidence", "evidence")):
        rows = answer.get(key)
        if not isinstance(rows, list):
            continue
        lines += ["", f"{title}: {len(rows)}"]
        for row in rows:
            if key == "mappings":
                head = (
                    f"  {row['direction']} {row['other']}  {row['relation']}  "
                    f"({row['rationale_type']}, confidence {row['confidence']}, "
                    f"{row['review_status']})  {row['mapping_set']}:{row['row']}"
                )
                lines.append(head)
                lines += textwrap.wrap(
                    str(row["rationale"]), 92, initial_indent="    ", subsequent_indent="    "
                )
            else:
                state = "valid" if row["valid"] else f"not valid: {', '.join(row['faults'])}"
                lines.append(f"  {row['label']} ({row['kind']}, {row['collected_on']}): {state}")
    return "\n".join([*lines, ""])


@click.command(
    "map", epilog='\b\nExample:\n  crosswalk map "ISO 42001 A.6.2.4" --to eu-ai-act-2026'
)
@click.argument("citation", nargs=-1, required=True)
@click.option("--to", "target", required=True, metavar="EDITION", help="The edition to map to.")
@click.option("--asserted", is_flag=True, help="Only asserted rows, nothing composed.")
@click.option(
    "--depth",
    type=click.IntRange(1, 4),
    default=2,
    show_default=True,
    help="Mapping hops that are composed.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="X",
    help="Only relations of at least this confidence.",
)
@click.option("--publisher", metavar="P", help="Only rows of this publisher.")
@as_of_option
@output_options()
@knowledge_options
def map_(
    citation: tuple[str, ...],
    target: str,
    asserted: bool,
    depth: int,
    min_confidence: float,
    publisher: str | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Map provisions to another edition, by rows asserted and composed."""
    from crosswalk.verbs import knowledge as verbs

    answer = verbs.map_provisions(
        knowledge.open(),
        citation=citation,
        to=target,
        as_of=as_of,
        asserted=asserted,
        depth=depth,
        min_confidence=min_confidence,
        publisher=publisher,
    )
    tell(answer, format=format, out=out, shown=answer.columns[:6])


@click.command(epilog="\b\nExample:\n  crosswalk reuse --from iso-27001-2022 --to iso-42001-2023")
@click.option("--from", "source", required=True, metavar="EDITION", help="What is in place.")
@click.option("--to", "target", required=True, metavar="EDITION", help="What is asked.")
@as_of_option
@output_options()
@knowledge_options
def reuse(
    source: str,
    target: str,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Tell how much of one edition another carries, provision by provision."""
    from crosswalk.verbs import knowledge as verbs

    answer = verbs.reuse(knowledge.open(), source=source, target=target, as_of=as_of)
    tell(answer, format=format, out=out, shown=answer.columns[:5])


@click.command(
    epilog="\b\nExample:\n  crosswalk query expiring-evidence --param as_of=2026-11-20 "
    "--param days=30 --data examples/x-corporation"
)
@click.argument("name", required=False)
@click.option("--param", multiple=True, metavar="K=V", help="A parameter of the query. Repeatable.")
@click.option("--data", multiple=True, metavar="DATA", help="Evidence to ask. Repeatable.")
@click.option(
    "--inferred",
    is_flag=True,
    help="Ask the derived mappings too; implied where a query's tags say inferred.",
)
@output_options("table", "json", "csv", "tsv", "xml", "srj", "turtle", "ntriples")
@knowledge_options
def query(
    name: str | None,
    param: tuple[str, ...],
    data: tuple[str, ...],
    inferred: bool,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Ask a query of the library, or one of a file; without NAME, list the library."""
    from crosswalk import exchange, queries
    from crosswalk.verbs import knowledge as verbs

    if name is None:
        tell(verbs.queries_of_the_library(), format=_plain_format(format), out=out)
        return
    asked = queries.read(Path(name)) if name.endswith(".rq") else queries.named(name)
    given = verbs.query_parameters(param)
    dataset = knowledge.open(data)
    bound = queries.bind(asked, given)
    if inferred or asked.inferred:
        with progress("loading what follows from the mapping rows"):
            exchange.materialise(dataset)
    _answer(dataset, asked.text, bound, format, out)


def _plain_format(format: str) -> str:
    return format if format in ("table", "json", "csv") else "table"


def _answer(
    dataset: Dataset, text: str, bound: dict[str, object], format: str, out: Path | None
) -> None:
    from crosswalk.graph import serialise

    if format in ("table", "json", "csv"):
        kind, value = serialise.answer_rows(dataset, text, bound)
        if kind == "boolean":
            emit([{"boolean": value}], ["boolean"], format=format, out=out)
        elif isinstance(value, tuple):
            columns, rows = value
            emit(rows, columns, format=format, out=out)
        else:
            write_out(str(value), out)
        return
    write_out(serialise.answer_text(dataset, text, bound, format), out)


@click.command(epilog="\b\nExample:\n  crosswalk quality --format json")
@output_options()
@file_knowledge_options
def quality(format: str, out: Path | None, knowledge: Knowledge) -> None:
    """Run every quality check on ontology, catalogue, mappings, shapes and queries."""
    from crosswalk import quality as checks

    with progress("checking the quality of the knowledge"):
        rows = checks.run(knowledge=knowledge.directories, shipped=knowledge.shipped)
    emit(
        [as_row(row) for row in rows],
        ["check", "state", "faults", "detail"],
        format=format,
        out=out,
    )
    if any(row.state == "fault" for row in rows):
        sys.exit(1)


@click.command(
    epilog="\b\nExample:\n  crosswalk validate examples/x-corporation --as-of 2026-11-20"
)
@data_argument
@as_of_option
@click.option(
    "--engine",
    type=click.Choice(["compiled", "pyshacl"]),
    default="compiled",
    show_default=True,
    help="Who answers: the shapes compiled to SPARQL, or pySHACL, far slower, to compare.",
)
@output_options("table", "json", "csv", "turtle", "earl")
@knowledge_options
def validate(
    data: tuple[str, ...],
    as_of: date,
    engine: Engine,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Validate an organisation's evidence against the shapes."""
    from crosswalk import validation
    from crosswalk.verbs import assessment

    alone = engine == "compiled" and [Path(one).suffix for one in data] == [".nq"]
    opened = knowledge.open(() if alone else data)
    with progress("validating"):
        if alone:
            report = validation.validate_files(opened, data, as_of=as_of)
        else:
            report = validation.validate(opened, data, as_of=as_of, engine=engine)
    for left in report.fallbacks:
        note(f"{left.shape} was checked by pySHACL: {left.why}")
    if format in ("turtle", "earl"):
        write_out(validation.as_turtle(report, earl=format == "earl"), out)
    else:
        tell(
            assessment.validated(report),
            format=format,
            out=out,
            shown=["severity", "focus", "message", "source"],
        )
    if any(finding.severity == "Violation" for finding in report.findings):
        sys.exit(1)


VERBS: tuple[click.Command, ...] = (
    frameworks,
    provisions,
    show,
    map_,
    reuse,
    query,
    quality,
    validate,
)
