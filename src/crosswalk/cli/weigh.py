"""Verbs that weigh one thing against another: editions, snapshots, publishers, choices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import (
    DateType,
    Knowledge,
    as_of_option,
    knowledge_options,
    output_options,
)
from crosswalk.cli.output import as_row, emit, progress
from crosswalk.errors import UsageError, nearest

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.models import Edition

__all__ = ["VERBS"]

EDITIONS = ["id_from", "id_to", "change", "note"]
SNAPSHOTS = ["kind", "subject", "before", "after", "why"]


@click.command(
    epilog="\b\nExamples:\n  crosswalk compare iso-27001-2013 iso-27001-2022\n"
    "  crosswalk compare examples/x-corporation examples/x-corporation --edition iso-42001 "
    "--as-of-old 2026-10-15 --as-of 2026-11-20"
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--change",
    "changes",
    multiple=True,
    metavar="C",
    help="Of two editions, only rows of this change. Repeatable.",
)
@click.option(
    "--edition",
    "editions",
    multiple=True,
    metavar="E",
    help="Of two snapshots, an edition whose statuses are compared. Repeatable.",
)
@click.option("--as-of-old", type=DateType(), help="The day of the old snapshot; default --as-of.")
@click.option("--scope", metavar="S", help="One scope, by label or IRI.")
@as_of_option
@output_options()
@knowledge_options
def compare(
    old: str,
    new: str,
    changes: tuple[str, ...],
    editions: tuple[str, ...],
    as_of_old: date | None,
    scope: str | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: tuple[Path, ...],
    no_shipped: bool,
) -> None:
    """Compare two editions of a framework, or two snapshots of an organisation's evidence.

    Editions: what became of every provision: unchanged, renumbered, merged, split, changed, new,
    withdrawn; never-looked where no mapping row speaks of it. Snapshots: evidence added, removed
    and changed, and with --edition the statuses that flipped and why.
    """
    known = Knowledge(knowledge, not no_shipped)
    catalogue = known.open_catalogue()
    kinds = [_is_edition(catalogue, name, as_of=as_of) for name in (old, new)]
    if kinds[0] != kinds[1]:
        words = {True: "an edition", False: "data"}
        said = [f"{name!r} is {words[k]}" for name, k in zip((old, new), kinds, strict=True)]
        raise UsageError(" and ".join(said), remedy="Compare two editions, or two snapshots.")
    if kinds[0]:
        for option, given in (("--edition", editions), ("--as-of-old", as_of_old)):
            if given:
                raise UsageError("is for snapshots, not for editions", place=option)
        rows, heading = _editions(known.open(), (old, new), changes, as_of=as_of)
        emit(rows, EDITIONS, format=format, out=out, heading=heading)
        return
    if changes:
        raise UsageError("is for editions, not for snapshots", place="--change")
    with progress("comparing two snapshots"):
        from crosswalk import compare as comparing

        found = comparing.compare_snapshots(
            known.open((old,)),
            known.open((new,)),
            editions,
            as_of=as_of,
            as_of_old=as_of_old,
            scope=scope,
        )
    count = sum(row.kind == "status-flipped" for row in found)
    days = f"{old} as of {as_of_old or as_of}, {new} as of {as_of}"
    told = f"{len(found) - count} differences of evidence, " + (
        f"{count} statuses flipped" if editions else "no --edition named, so no statuses compared"
    )
    emit(
        [as_row(row) for row in found],
        SNAPSHOTS,
        format=format,
        out=out,
        heading=f"{days}: {told}",
    )


def _is_edition(catalogue: Dataset, name: str, *, as_of: date) -> bool:
    """Return whether an argument names an edition; else it is data.

    :raises UsageError: if it is both or neither.
    """
    there = Path(name).exists()
    try:
        found = _edition(catalogue, name, as_of=as_of)
    except UsageError as error:
        if there:
            return False
        raise UsageError(
            f"{name!r} is neither an edition nor a path that exists", remedy=error.remedy
        ) from None
    if there:
        raise UsageError(
            f"{name!r} is both an edition and a path",
            remedy=f"Write {found.edition} for the edition, ./{name} for the path."
            if found.edition != name
            else f"Write ./{name} for the path, or go to another directory.",
        )
    return True


def _editions(
    dataset: Dataset, names: tuple[str, str], changes: Sequence[str], *, as_of: date
) -> tuple[list[dict[str, object]], str]:
    from crosswalk import compare as comparing

    for wanted in changes:
        if wanted not in comparing.CHANGES:
            raise UsageError(
                f"unknown change {wanted!r}",
                place="--change",
                remedy=nearest(wanted, comparing.CHANGES)
                or f"There is {', '.join(comparing.CHANGES)}.",
            )
    old, new = (_edition(dataset, name, as_of=as_of) for name in names)
    rows = comparing.compare_editions(dataset, old, new)
    told = ", ".join(f"{change} {count}" for change, count in comparing.change_counts(rows))
    chosen = [as_row(row) for row in rows if not changes or row.change in changes]
    return chosen, f"{old.edition} to {new.edition}, rows: {told}"


def _edition(dataset: Dataset, name: str, *, as_of: date) -> Edition:
    from crosswalk import catalogue

    return catalogue.edition(dataset, name, as_of=as_of)


VERBS: tuple[click.Command, ...] = (compare,)
