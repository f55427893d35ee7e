"""Verbs that weigh one thing against another: editions, snapshots, publishers, choices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import (
    DateType,
    Knowledge,
    as_of_option,
    data_argument,
    knowledge_options,
    output_options,
)
from crosswalk.cli.output import progress, tell
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.models import Edition

__all__ = ["VERBS"]


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
    knowledge: Knowledge,
) -> None:
    """Compare two editions of a framework, or two snapshots of an organisation's evidence.

    Editions: what became of every provision: unchanged, renumbered, merged, split, changed, new,
    withdrawn; never-looked where no mapping row speaks of it. Snapshots: evidence added, removed
    and changed, and with --edition the statuses that flipped and why.
    """
    from crosswalk.verbs import assessment
    from crosswalk.verbs import knowledge as verbs

    catalogue = knowledge.open_catalogue()
    kinds = [_is_edition(catalogue, name, as_of=as_of) for name in (old, new)]
    if kinds[0] != kinds[1]:
        words = {True: "an edition", False: "data"}
        said = [f"{name!r} is {words[k]}" for name, k in zip((old, new), kinds, strict=True)]
        raise UsageError(" and ".join(said), remedy="Compare two editions, or two snapshots.")
    if kinds[0]:
        for option, given in (("--edition", editions), ("--as-of-old", as_of_old)):
            if given:
                raise UsageError("is for snapshots, not for editions", place=option)
        answer = verbs.compare_editions(
            knowledge.open(), old=old, new=new, change=changes, as_of=as_of
        )
        tell(answer, format=format, out=out)
        return
    if changes:
        raise UsageError("is for editions, not for snapshots", place="--change")
    with progress("comparing two snapshots"):
        answer = assessment.compare_snapshots(
            knowledge.open((old,)),
            knowledge.open((new,)),
            edition=editions,
            as_of=as_of,
            as_of_old=as_of_old,
            scope=scope,
        )
    days = f"{old} as of {as_of_old or as_of}, {new} as of {as_of}"
    tell(replace(answer, heading=f"{days}: {answer.heading}"), format=format, out=out)


def _is_edition(catalogue: Dataset, name: str, *, as_of: date) -> bool:
    """Return whether an argument names an edition; else it is data.

    :raises UsageError: if it is both or neither.
    """
    there = Path(name).exists() or "://" in name
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


def _edition(dataset: Dataset, name: str, *, as_of: date) -> Edition:
    from crosswalk import catalogue

    return catalogue.edition(dataset, name, as_of=as_of)


@click.command(
    epilog="\b\nExample:\n  crosswalk disagreements --from nist-ai-rmf-1.0 --to iso-42001-2023"
)
@click.option("--from", "source", metavar="EDITION", help="Only pairs with an end here.")
@click.option("--to", "target", metavar="EDITION", help="Only pairs with the other end here.")
@click.option("--kind", "kinds", multiple=True, metavar="K", help="Only this kind. Repeatable.")
@click.option(
    "--listed-by-one",
    is_flag=True,
    help="Also pairs that one publisher lists and another of the same editions does not mention.",
)
@click.option("--rows", is_flag=True, help="Each unreviewed row, instead of counts by set.")
@as_of_option
@output_options()
@knowledge_options
def disagreements(
    source: str | None,
    target: str | None,
    kinds: tuple[str, ...],
    listed_by_one: bool,
    rows: bool,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """List where publishers differ, rows that contradict each other, and rows not reviewed.

    \b
    contradiction               rows that cannot all be right; they derive nothing
    relation-differs            two relations of one pair and one rationale type
    related-against-none        listed without a type; another says no-relationship
    listed-against-looked-none  listed; another looked for a counterpart and found none
    listed-by-one               listed; another who mapped both editions is silent (no
                                disagreement; only with --listed-by-one)
    unreviewed                  rows that no outside expert has reviewed

    All are read from subject to object. A row of an older edition counts for the newer one where
    the text stands unchanged or renumbered in both.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    from crosswalk.verbs import knowledge as verbs

    dataset = knowledge.open()
    with progress("comparing publishers"):
        answer = verbs.disagreements(
            dataset,
            source=source,
            target=target,
            kind=kinds,
            listed_by_one=listed_by_one,
            rows=rows,
            as_of=as_of,
        )
    tell(
        answer,
        format=format,
        out=out,
        shown=["kind", "subject", "object", "said", "note"],
    )


@click.command(
    epilog="\b\nExamples:\n  crosswalk minimal --for iso-42001 --for iso-27001 --for iso-9001\n"
    "  crosswalk minimal --for iso-42001 --have iso-27001-2022"
)
@click.option(
    "--for",
    "targets",
    multiple=True,
    required=True,
    metavar="EDITION",
    help="What is to be covered: its counted provisions. Repeatable.",
)
@click.option(
    "--have", multiple=True, metavar="EDITION", help="What is in place, at no cost. Repeatable."
)
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="EDITION",
    help="Choose only from here; default the targets and all current editions. Repeatable.",
)
@click.option(
    "--data", multiple=True, metavar="DATA", help="Choose from these implementations. Repeatable."
)
@as_of_option
@output_options()
@knowledge_options
def minimal(
    targets: tuple[str, ...],
    have: tuple[str, ...],
    sources: tuple[str, ...],
    data: tuple[str, ...],
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Find the smallest set of provisions, or of implementations, that covers some editions.

    \b
    chosen     a member of the smallest set
    needed     in place (--have), and needed beside the chosen ones
    covered    a target that these cover
    remainder  a target that what is in place leaves open, or that nothing covers
    redundant  in place, and not needed

    A provision covers what it contains, a group its object; overlap covers nothing, and a
    standard no law. Of several smallest sets it is the first in the order of the sources: the
    targets as given, then the current editions by name.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    from crosswalk.verbs import knowledge as verbs

    dataset = knowledge.open(data)
    with progress("looking for the smallest cover"):
        answer = verbs.minimal(
            dataset,
            targets=targets,
            have=have,
            sources=sources,
            implementations=bool(data),
            as_of=as_of,
        )
    tell(answer, format=format, out=out)


@click.command(
    epilog="\b\nExample:\n  crosswalk whatif examples/x-corporation --edition iso-42001 "
    "--remove implementation/ai-policy --as-of 2026-11-20"
)
@data_argument
@click.option(
    "--add",
    "added",
    multiple=True,
    metavar="FILE",
    help="Evidence that would be there: a file or a directory, read as DATA. Repeatable.",
)
@click.option(
    "--remove",
    "removed",
    multiple=True,
    metavar="IRI",
    help="A record that would not be there: an item, an implementation, an assessment; by IRI, "
    "label or the last parts of its IRI. Repeatable.",
)
@click.option(
    "--edition",
    "editions",
    multiple=True,
    required=True,
    metavar="E",
    help="The edition whose statuses are asked for. Repeatable.",
)
@click.option("--scope", metavar="S", help="One scope, by label or IRI.")
@click.option(
    "--horizon", type=DateType(), help="The duties in force by then, on the evidence of --as-of."
)
@click.option("--known-at", type=DateType(), help="Only what was on record by this day.")
@as_of_option
@output_options()
@knowledge_options
def whatif(
    data: tuple[str, ...],
    added: tuple[str, ...],
    removed: tuple[str, ...],
    editions: tuple[str, ...],
    scope: str | None,
    horizon: date | None,
    known_at: date | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Tell what would change if evidence were added or removed; no file is touched.

    The column `what` holds the name of a figure of coverage (n, satisfied_direct, …, lo, hi), told
    before and after whether or not it changes; or `flipped`, for a provision whose status changes,
    with the rule that decided before and after. A record is removed with what others say of it.
    """
    from crosswalk.verbs import assessment

    if not added and not removed:
        raise UsageError("nothing would change", remedy="Give --add FILE or --remove IRI.")
    before, after = knowledge.open(data), knowledge.open((*data, *added))
    with progress("asking what would change"):
        answer = assessment.whatif(
            before,
            after,
            edition=editions,
            remove=removed,
            scope=scope,
            horizon=horizon,
            known_at=known_at,
            as_of=as_of,
        )
    said = "".join(f", with {name}" for name in added)
    day = f"as of {as_of}"
    tell(
        replace(answer, heading=day + said + answer.heading.removeprefix(day)),
        format=format,
        out=out,
    )


VERBS: tuple[click.Command, ...] = (compare, disagreements, minimal, whatif)
