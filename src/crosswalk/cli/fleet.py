"""The verb ``crosswalk fleet``."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import (
    Knowledge,
    as_of_option,
    file_knowledge_options,
)
from crosswalk.cli.output import counting, emit, note
from crosswalk.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["VERBS"]

TROUBLED = ["organization", "state", "error"]
SHOWN = ["organization", "edition", "n", "lo", "hi", "violations", "warnings", "scope", "state"]


@click.command(
    epilog="\b\nExample:\n  crosswalk fleet firm.nq.gz --edition iso-42001 --edition eu-ai-act "
    "--as-of 2026-11-20 --out build/firm"
)
@click.argument("inputs", nargs=-1, metavar="INPUT…")
@click.option("--edition", multiple=True, metavar="EDITION", help="An edition. Repeatable.")
@click.option("--out", metavar="DIR", help="An empty or new directory, or its address.")
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="The Dask scheduler to work on, tcp://host:8786; default processes on this machine.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="How many processes are started here; default one a processor.",
)
@click.option("--resume", is_flag=True, help="Do what is missing of a run that was cut off.")
@click.option(
    "--summary",
    metavar="DIR",
    help="Do nothing: tell the figures that a finished run has left in a directory.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["refused"]),
    help="Exit 1 if an organisation could not be assessed.",
)
@as_of_option
@click.option(
    "--format",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="What the answer is written as.",
)
@file_knowledge_options
def fleet(
    inputs: tuple[str, ...],
    edition: tuple[str, ...],
    out: str | None,
    cluster: str | None,
    workers: int | None,
    resume: bool,
    summary: str | None,
    fail_on: str | None,
    as_of: date,
    format: str,
    knowledge: Knowledge,
) -> None:
    """Assess many organisations at once: validation, coverage and gaps of each, as Parquet.

    INPUT is N-Quads (.nq, .nq.gz), Parquet or the directory of a store, also a directory, a
    pattern or an address such as s3://bucket/*.nq; whose a quad is, its graph tells. The answer
    is the organisations that could not be assessed, and why.
    """
    engine = _engine()
    if summary is not None:
        if inputs or edition or out:
            raise UsageError("reads what is there and takes no input", place="--summary")
        rows = engine.summary(engine.Place(summary))
        emit(rows, engine.SUMMARY, format=format, shown=SHOWN)
        return
    for value, named in ((inputs, "INPUT"), (edition, "--edition"), (out, "--out")):
        if not value:
            raise UsageError("is missing", place=named, remedy="`crosswalk fleet --help` tells.")
    known = knowledge.open()
    with counting() as tell:
        told = engine.run(
            known,
            inputs,
            editions=edition,
            as_of=as_of,
            out=out,
            address=cluster,
            workers=workers,
            resume=resume,
            tell=lambda one: tell(one.doing, one.done, one.of),
        )
    if told.public:
        note(f"left out: {told.public} quads of public graphs; the knowledge is that of the verb")
    if told.homeless:
        note(
            f"left out: {told.homeless} statements in the graph of no organisation, such as "
            f"{told.example!r}. Put them into graphs …/org/KEY/…"
        )
    emit(
        told.troubled,
        TROUBLED,
        format=format,
        heading=f"as of {as_of}: {told.organisations} organisations, {told.assessed} assessed, "
        f"{told.refused} refused, {told.failed} failed; {told.quads} quads; see {out}",
    )
    if fail_on and told.troubled:
        sys.exit(1)


def _engine() -> ModuleType:
    try:
        from crosswalk import fleet as engine
    except ImportError as error:
        raise UnavailableError(
            f"the package {error.name!r} is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[fleet]'.",
        ) from None
    return engine


VERBS = (fleet,)
