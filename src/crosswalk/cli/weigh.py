"""Verbs that weigh one thing against another: editions, snapshots, publishers, choices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import Knowledge, as_of_option, knowledge_options, output_options
from crosswalk.cli.output import as_row, emit
from crosswalk.errors import UsageError, nearest

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.models import Edition

__all__ = ["VERBS"]

EDITIONS = ["id_from", "id_to", "change", "note"]


@click.command(epilog="\b\nExample:\n  crosswalk compare iso-27001-2013 iso-27001-2022")
@click.argument("old", metavar="EDITION")
@click.argument("new", metavar="EDITION")
@click.option(
    "--change", "changes", multiple=True, metavar="C", help="Only rows of this change. Repeatable."
)
@as_of_option
@output_options()
@knowledge_options
def compare(
    old: str,
    new: str,
    changes: tuple[str, ...],
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: tuple[Path, ...],
    no_shipped: bool,
) -> None:
    """Tell what became of every provision of an edition in another edition of its framework."""
    from crosswalk import compare as comparing

    dataset = Knowledge(knowledge, not no_shipped).open()
    ends = [_edition(dataset, name, as_of=as_of) for name in (old, new)]
    rows = comparing.compare_editions(dataset, *ends)
    counts = comparing.change_counts(rows)
    for wanted in changes:
        if wanted not in comparing.CHANGES:
            raise UsageError(
                f"unknown change {wanted!r}",
                place="--change",
                remedy=nearest(wanted, comparing.CHANGES)
                or f"There is {', '.join(comparing.CHANGES)}.",
            )
    told = ", ".join(f"{change} {count}" for change, count in counts)
    emit(
        [as_row(row) for row in rows if not changes or row.change in changes],
        EDITIONS,
        format=format,
        out=out,
        heading=f"{ends[0].edition} to {ends[1].edition}, rows: {told}",
    )


def _edition(dataset: Dataset, name: str, *, as_of: date) -> Edition:
    from crosswalk import catalogue

    return catalogue.edition(dataset, name, as_of=as_of)


VERBS: tuple[click.Command, ...] = (compare,)
