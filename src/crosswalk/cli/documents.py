"""Verbs about documents as people keep them: what they cite, and whether it stands."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from crosswalk.cli.options import Knowledge, as_of_option, knowledge_options, output_options
from crosswalk.cli.output import note, progress, tell

__all__ = ["VERBS"]


@click.command(
    epilog="\b\nExample:\n  crosswalk cite examples/documents/ai-policy.md --as-of 2026-11-20"
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--edition",
    metavar="EDITION",
    help="What is cited where a document names no framework, for example iso-42001.",
)
@click.option("--faults", "only_faults", is_flag=True, help="Only the citations that are faults.")
@as_of_option
@output_options()
@knowledge_options
def cite(
    files: tuple[Path, ...],
    edition: str | None,
    only_faults: bool,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Find the citations of documents and say of each whether it stands.

    Reads text, Markdown, CSV, HTML, PDF, DOCX and XLSX; a dash reads text from stdin. Verdicts:
    ok; nonexistent, with the nearest that exist; other-edition, with the successors;
    label-contradicts, with what the words beside the id name; ambiguous, if ids of several
    frameworks fit and none is named. All but the first and the last are faults.
    """
    from crosswalk.cite import FAULTS, from_bytes, read
    from crosswalk.verbs import knowledge as verbs

    documents = [
        from_bytes(sys.stdin.buffer.read(), "-") if str(file) == "-" else read(file)
        for file in files
    ]
    for document in documents:
        for remark in document.remarks:
            note(remark)
    opened = knowledge.open()
    with progress("reading documents"):
        answer = verbs.cite(
            opened, documents=documents, edition=edition, faults=only_faults, as_of=as_of
        )
    tell(replace(answer, notes=()), format=format, out=out)
    if any(row["verdict"] in FAULTS for row in answer.rows):
        sys.exit(1)


VERBS: tuple[click.Command, ...] = (cite,)
