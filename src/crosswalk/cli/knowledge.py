"""Verbs about the knowledge itself: editions, provisions, mappings, queries, quality."""

from __future__ import annotations

import sys
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
from crosswalk.cli.output import as_row, emit, progress, write_out
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.inference import Pair, Row

__all__ = ["VERBS"]

FRAMEWORKS = [
    "edition",
    "title",
    "publisher",
    "version",
    "issued",
    "in_force_from",
    "in_force_to",
    "provisions",
    "counted",
    "text_licence",
]
PROVISIONS = ["id", "parent", "kind", "title", "counted", "iri"]
MAP = [
    "subject",
    "relations",
    "object",
    "object_title",
    "rationale_type",
    "confidence",
    "hops",
    "derived",
    "publisher",
    "path",
]


@click.command(epilog="\b\nExample:\n  crosswalk frameworks --format csv")
@output_options()
@knowledge_options
def frameworks(format: str, out: Path | None, knowledge: Knowledge) -> None:
    """List the editions that are carried."""
    from crosswalk import catalogue

    dataset = knowledge.open()
    rows = [as_row(edition) for edition in catalogue.editions(dataset)]
    emit(
        rows,
        FRAMEWORKS,
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
    from crosswalk import catalogue

    dataset = knowledge.open()
    found = catalogue.edition(dataset, edition, as_of=as_of)
    rows = [as_row(p) for p in catalogue.provisions(dataset, found.edition)]
    emit(
        rows,
        PROVISIONS,
        format=format,
        out=out,
        heading=f"{found.edition}: {found.title}" if format == "table" else "",
        shown=PROVISIONS[:-1],
    )


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
    from crosswalk import catalogue, citations, inference

    dataset = knowledge.open(data)
    provision = citations.resolve(dataset, citation, as_of=as_of)
    labels = catalogue.labels(dataset)
    by_id = {p.id: p for p in catalogue.provisions(dataset, provision.edition)}
    place: list[dict[str, str]] = []
    here = provision
    while here.parent in by_id and len(place) < len(by_id):
        here = by_id[here.parent]
        place.append({"id": here.id, "title": here.title})
    asserted = inference.rows(dataset)
    touching = [r for r in asserted if provision.iri in (r.subject, r.object)]
    answer: dict[str, object] = {
        "edition": provision.edition,
        **as_row(provision),
        "paraphrase": provision.paraphrase,
        "note": provision.note,
        "topics": list(provision.topics),
        "place": place,
        "mappings": [
            _mapping_fields(r, labels, outwards=r.subject == provision.iri) for r in touching
        ],
    }
    if data:
        answer["evidence"] = _evidence(dataset, provision.iri, as_of=as_of)
    if format == "json":
        import json

        write_out(json.dumps(answer, ensure_ascii=False, indent=2) + "\n", out)
        return
    write_out(_show_text(answer), out)


def _mapping_fields(row: Row, labels: dict[str, str], *, outwards: bool) -> dict[str, object]:
    from crosswalk.catalogue import curie

    other = row.object if outwards else row.subject
    return {
        "direction": "to" if outwards else "from",
        "relation": str(row.relation),
        "other": curie(other),
        "title": labels.get(other, ""),
        "rationale_type": str(row.rationale_type),
        "confidence": row.confidence,
        "review_status": row.review_status,
        "rationale": row.rationale,
        "mapping_set": row.mapping_set,
        "row": row.row,
    }


def _evidence(dataset: Dataset, iri: str, *, as_of: date) -> list[dict[str, object]]:
    from crosswalk import coverage
    from crosswalk.coverage.evidence import gather

    found = []
    for scope in coverage.scope_of(dataset, None):
        facts = gather(dataset, scope, as_of=as_of)
        for implementation in facts.implementations.get(iri, ()):
            for item in facts.evidence.get(implementation.iri, ()):
                found.append({"implementation": implementation.label, **item.as_json()})
    return found


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
    from crosswalk import catalogue, citations, inference

    dataset = knowledge.open()
    edition = catalogue.edition(dataset, target, as_of=as_of)
    titles = {p.iri: p for p in catalogue.provisions(dataset, edition.edition)}
    graph = inference.build(dataset)
    rows = inference.rows(dataset)
    publishers = sorted({row.publisher for row in rows})
    if publisher is not None and publisher not in publishers:
        raise UsageError(
            f"unknown publisher {publisher!r}", remedy=f"Known are {', '.join(publishers)}."
        )
    answer = []
    for text in citation:
        subject = citations.resolve(dataset, text, as_of=as_of)
        for pair in inference.counterparts(
            graph,
            rows,
            subject.iri,
            prefix=edition.iri + "/",
            depth=1 if asserted else depth,
            publisher=publisher,
        ):
            if asserted and pair.derived:
                continue
            if pair.confidence >= min_confidence and pair.object in titles:
                answer.append(
                    _pair_fields(
                        pair, subject.id, titles[pair.object].id, titles[pair.object].title
                    )
                )
    emit(answer, MAP, format=format, out=out, shown=MAP[:6])


def _pair_fields(pair: Pair, subject: str, target: str, title: str) -> dict[str, object]:
    from crosswalk.inference import step_json

    return {
        "subject": subject,
        "relations": list(pair.relations),
        "object": target,
        "object_title": title,
        "rationale_type": pair.rationale_type,
        "confidence": pair.confidence,
        "hops": pair.hops,
        "derived": pair.derived,
        "publisher": pair.publisher,
        "path": [step_json(step) for step in pair.path],
    }


REUSE = ["provision", "title", "carried", "by", "confidence", "derived", "rows"]


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
    from crosswalk import catalogue
    from crosswalk import reuse as carrying

    dataset = knowledge.open()
    have, want = (catalogue.edition(dataset, name, as_of=as_of) for name in (source, target))
    if not want.coverage_defined:
        raise UsageError(
            f"{want.edition} has no counted provisions", remedy="Name an edition that has."
        )
    found = carrying.reuse(dataset, have, want)
    told = ", ".join(
        f"{kind} {count}" + (f" ({share:.1%})" if share is not None else "")
        for kind, (count, share) in carrying.shares(found).items()
    )
    emit(
        [as_row(one) for one in found],
        REUSE,
        format=format,
        out=out,
        heading=f"{len(found)} counted provisions of {want.edition}, by {have.edition}: {told}",
        shown=REUSE[:5],
    )


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

    if name is None:
        rows = [
            {
                "name": q.name,
                "summary": q.summary,
                "parameters": " ".join(
                    p.name if p.required else f"[{p.name}]" for p in q.parameters
                ),
                "tags": " ".join(q.tags),
            }
            for q in queries.library()
        ]
        emit(rows, ["name", "summary", "parameters", "tags"], format=_plain_format(format), out=out)
        return
    asked = queries.read(Path(name)) if name.endswith(".rq") else queries.named(name)
    given = {}
    for text in param:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} is not K=V", place="--param", remedy="Write name=value.")
        given[key] = value
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
@output_options("table", "json", "csv", "turtle", "earl")
@knowledge_options
def validate(
    data: tuple[str, ...],
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Validate an organisation's evidence against the shapes."""
    from crosswalk import validation

    opened = knowledge.open(data)
    with progress("validating"):
        report = validation.validate(opened, data, as_of=as_of)
    if format in ("turtle", "earl"):
        write_out(validation.as_turtle(report, earl=format == "earl"), out)
    else:
        emit(
            [as_row(finding) for finding in report.findings],
            ["focus", "shape", "path", "severity", "message", "source"],
            format=format,
            out=out,
            heading=f"as of {as_of}: {report.summary()}",
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
