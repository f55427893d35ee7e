"""The verbs ``crosswalk mappings list|check|format|export|diff``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from crosswalk.cli.options import (
    Knowledge,
    as_of_option,
    file_knowledge_options,
    knowledge_options,
    output_options,
)
from crosswalk.cli.output import emit, note, progress, tell, write_out
from crosswalk.verbs import Answer, as_row

__all__ = ["group"]

SHOWN = [
    "mapping_set",
    "rows",
    "equal",
    "subset_of",
    "superset_of",
    "intersects_with",
    "no_relationship",
    "related",
    "looked_none",
    "semantic",
    "functional",
    "syntactic",
    "second_read",
    "subject_contained",
    "subject_overlapping",
    "subject_none",
    "object_contained",
    "object_overlapping",
    "object_none",
]
CHECK = ["file", "line", "offence", "way_out"]
files_argument = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE…")


def group(kind: type[click.Group]) -> click.Group:
    """Return the group of the verbs."""

    @click.group("mappings", cls=kind, epilog="\b\nExample:\n  crosswalk mappings check")
    def mappings() -> None:
        """List, check, format, export and compare mapping sets."""

    for verb in (list_, check, format_, export, diff):
        mappings.add_command(verb)
    return mappings


@click.command("list", epilog="\b\nExample:\n  crosswalk mappings list --format csv")
@output_options()
@file_knowledge_options
def list_(format: str, out: Path | None, knowledge: Knowledge) -> None:
    """List the mapping sets with the distribution of their rows.

    With it, of the counted provisions in a set's stated range (registry.yml), the share that is
    contained, only overlapping, looked and none, and never looked, on each side. Where a set
    states no range there is no share.
    """
    from crosswalk.verbs import knowledge as verbs

    answer = verbs.mappings_list(
        knowledge.open_catalogue(), knowledge=knowledge.directories, shipped=knowledge.shipped
    )
    tell(answer, format=format, out=out, shown=SHOWN)


@click.command(epilog="\b\nExample:\n  crosswalk mappings check my/mappings/a.sssom.tsv")
@files_argument
@output_options()
@file_knowledge_options
def check(
    files: tuple[Path, ...],
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Check mapping sets against the catalogue: file, line, offence, way out."""
    from crosswalk import validation

    with progress("checking mapping sets"):
        opened = knowledge.open_catalogue()
        faults = validation.check_sets(
            opened, files, knowledge=knowledge.directories, shipped=knowledge.shipped
        )
    emit([as_row(fault) for fault in faults], CHECK, format=format, out=out)
    if faults:
        sys.exit(1)


@click.command("format", epilog="\b\nExample:\n  crosswalk mappings format my/mappings/a.sssom.tsv")
@files_argument
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if it would.")
@file_knowledge_options
def format_(files: tuple[Path, ...], only_check: bool, knowledge: Knowledge) -> None:
    """Rewrite mapping sets canonically: order, columns, labels, derived predicates."""
    from crosswalk import catalogue, frameworks, sssom
    from crosswalk.graph.knowledge import set_files

    chosen = list(files) or set_files(knowledge.directories, shipped=knowledge.shipped)
    labels = catalogue.labels(knowledge.open_catalogue())
    changed = []
    for path in chosen:
        text = sssom.format_text(
            path, labels=labels, extra_prefixes=frameworks.brought(knowledge.directories)
        )
        if text != path.read_text(encoding="utf-8"):
            changed.append(path)
            if not only_check:
                path.write_text(text, encoding="utf-8")
    for path in changed:
        note(f"{'would change' if only_check else 'formatted'} {path}")
    if only_check and changed:
        sys.exit(1)


@click.command(
    epilog="\b\nExample:\n  crosswalk mappings export --from iso-42001-2023 --to eu-ai-act-2026 "
    "--format oscal --out mapping.json"
)
@click.option("--from", "source", default="", metavar="EDITION", help="Default: any.")
@click.option("--to", "target", default="", metavar="EDITION", help="Default: any.")
@click.option("--derived", is_flag=True, help="Also what follows from several rows.")
@click.option(
    "--depth",
    type=click.IntRange(1, 4),
    default=2,
    show_default=True,
    help="Mapping hops that are composed.",
)
@click.option("--publisher", metavar="P", help="Only rows of this publisher.")
@as_of_option
@output_options("table", "csv", "json", "sssom", "jsonld", "turtle", "oscal")
@knowledge_options
def export(
    source: str,
    target: str,
    derived: bool,
    depth: int,
    publisher: str | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Hand mappings on: asserted rows and, if asked for, derived ones."""
    from crosswalk.verbs import knowledge as verbs

    with progress("closing the crosswalk"):
        answer = verbs.mappings_export(
            knowledge.open(),
            source=source,
            target=target,
            as_of=as_of,
            derived=derived,
            depth=depth,
            publisher=publisher,
            format=format,
        )
    if isinstance(answer, Answer):
        tell(answer, format=format, out=out)
        return
    for said in answer.notes:
        note(said)
    write_out(answer.text, out)


DIFF = [
    "change",
    "subject",
    "object",
    "rationale_type",
    "relation",
    "detail",
    "old_row",
    "new_row",
]


@click.command(
    epilog="\b\nExample:\n  crosswalk mappings diff old.sssom.tsv my/mappings/a.sssom.tsv"
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@output_options()
@file_knowledge_options
def diff(
    old: Path,
    new: Path,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Compare two versions of a mapping set: rows added, withdrawn, changed."""
    from crosswalk import exchange, frameworks, sssom

    extra = frameworks.brought(knowledge.directories)
    before, after = (sssom.read(path, extra_prefixes=extra) for path in (old, new))
    emit(exchange.difference(before, after), DIFF, format=format, out=out)
