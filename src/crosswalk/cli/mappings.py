"""The verbs ``crosswalk mappings list|check|format``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from crosswalk.cli.options import Knowledge, knowledge_options, output_options
from crosswalk.cli.output import as_row, emit, note, progress

__all__ = ["group"]

LIST = [
    "mapping_set",
    "publisher",
    "version",
    "subject_edition",
    "object_edition",
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
    "draft",
    "second_read",
    "reviewed",
    "licence",
]
CHECK = ["file", "line", "offence", "way_out"]
files_argument = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE…")


def group(kind: type[click.Group]) -> click.Group:
    """Return the group of the verbs."""

    @click.group("mappings", cls=kind, epilog="\b\nExample:\n  crosswalk mappings check")
    def mappings() -> None:
        """List, check and format mapping sets."""

    for verb in (list_, check, format_):
        mappings.add_command(verb)
    return mappings


@click.command("list", epilog="\b\nExample:\n  crosswalk mappings list --format csv")
@output_options()
@knowledge_options
def list_(format: str, out: Path | None, knowledge: tuple[Path, ...], no_shipped: bool) -> None:
    """List the mapping sets with the distribution of their rows."""
    from crosswalk import validation

    rows = validation.mapping_set_rows(knowledge, shipped=not no_shipped)
    emit(
        rows,
        LIST,
        format=format,
        out=out,
        shown=[c for c in LIST if c not in ("licence", "subject_edition", "object_edition")],
    )


@click.command(epilog="\b\nExample:\n  crosswalk mappings check my/mappings/a.sssom.tsv")
@files_argument
@output_options()
@knowledge_options
def check(
    files: tuple[Path, ...],
    format: str,
    out: Path | None,
    knowledge: tuple[Path, ...],
    no_shipped: bool,
) -> None:
    """Check mapping sets against the catalogue: file, line, offence, way out."""
    from crosswalk import validation

    with progress("checking mapping sets"):
        opened = Knowledge(knowledge, not no_shipped).open_catalogue()
        faults = validation.check_sets(opened, files, knowledge=knowledge, shipped=not no_shipped)
    emit([as_row(fault) for fault in faults], CHECK, format=format, out=out)
    if faults:
        sys.exit(1)


@click.command("format", epilog="\b\nExample:\n  crosswalk mappings format my/mappings/a.sssom.tsv")
@files_argument
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if it would.")
@knowledge_options
def format_(
    files: tuple[Path, ...], only_check: bool, knowledge: tuple[Path, ...], no_shipped: bool
) -> None:
    """Rewrite mapping sets canonically: order, columns, labels, derived predicates."""
    from crosswalk import catalogue, frameworks, sssom
    from crosswalk.graph.knowledge import set_files

    chosen = list(files) or set_files(knowledge, shipped=not no_shipped)
    labels = catalogue.labels(Knowledge(knowledge, not no_shipped).open_catalogue())
    changed = []
    for path in chosen:
        text = sssom.format_text(path, labels=labels, extra_prefixes=frameworks.brought(knowledge))
        if text != path.read_text(encoding="utf-8"):
            changed.append(path)
            if not only_check:
                path.write_text(text, encoding="utf-8")
    for path in changed:
        note(f"{'would change' if only_check else 'formatted'} {path}")
    if only_check and changed:
        sys.exit(1)
