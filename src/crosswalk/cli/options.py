"""The options that verbs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from crosswalk.cli.output import note

if TYPE_CHECKING:
    from crosswalk.graph import Dataset

__all__ = [
    "DateType",
    "Knowledge",
    "as_of_option",
    "data_argument",
    "fail_on_option",
    "knowledge_options",
    "output_options",
    "store_option",
]

TOLD = 10
Verb = TypeVar("Verb", bound=Callable[..., Any])


class DateType(click.ParamType[date]):
    """A calendar day, written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day; fail with the way out if it is none."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            day = None
        if day is None or day.isoformat() != value:
            self.fail(f"{value!r} is not a day of the calendar. Write YYYY-MM-DD.", param, ctx)
        return day


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Which knowledge a verb works on, beside its data."""

    directories: tuple[Path, ...] = ()
    shipped: bool = True
    skip_bad: bool = False

    def open(self, data: Sequence[str] = ()) -> Dataset:
        """Return a dataset of this knowledge and the given data; tell which rows it left out."""
        from crosswalk.graph import open_dataset

        dataset = open_dataset(
            data, knowledge=self.directories, shipped=self.shipped, skip_bad=self.skip_bad
        )
        for error in dataset.refused[:TOLD]:
            note(f"left out: {error}")
        if len(dataset.refused) > TOLD:
            rest = len(dataset.refused) - TOLD
            note(f"left out: {rest} more rows; `crosswalk mappings check` names each")
        return dataset

    def open_catalogue(self) -> Dataset:
        """Return a dataset of the ontology and the editions, without any mapping set."""
        from crosswalk.graph import open_dataset

        return open_dataset(knowledge=self.directories, shipped=self.shipped, sets=False)


def knowledge_options(verb: Verb) -> Verb:
    """Add ``--knowledge``, ``--no-shipped`` and ``--skip-bad``; the verb gets one Knowledge."""

    @wraps(verb)
    def with_knowledge(
        *args: Any,  # noqa: ANN401 - what click hands to the verb
        knowledge: tuple[Path, ...],
        no_shipped: bool,
        skip_bad: bool,
        **given: Any,  # noqa: ANN401 - what click hands to the verb
    ) -> None:
        verb(*args, knowledge=Knowledge(knowledge, not no_shipped, skip_bad), **given)

    for option in (
        click.option(
            "--skip-bad",
            is_flag=True,
            help="Load a foreign mapping set without its bad rows, and tell them.",
        ),
        click.option(
            "--no-shipped",
            is_flag=True,
            help="Leave the shipped frameworks and mapping sets out.",
        ),
        click.option(
            "--knowledge",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Add frameworks/*.ttl and mappings/*.sssom.tsv of a directory. Repeatable.",
        ),
    ):
        with_knowledge = option(with_knowledge)
    return cast("Verb", with_knowledge)


def output_options(*formats: str) -> Callable[[Verb], Verb]:
    """Add ``--format`` and ``--out`` to a verb."""
    choices = formats or ("table", "json", "csv")

    def add(verb: Verb) -> Verb:
        verb = click.option(
            "--out",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write the answer to a file.",
        )(verb)
        return click.option(
            "--format",
            "format",
            type=click.Choice(choices),
            default=choices[0],
            show_default=True,
            help="What the answer is written as.",
        )(verb)

    return add


def as_of_option(verb: Verb) -> Verb:
    """Add ``--as-of`` to a verb."""
    return click.option(
        "--as-of",
        type=DateType(),
        default=lambda: date.today(),
        show_default="today",
        help="The day for which the question is asked.",
    )(verb)


def data_argument(verb: Verb) -> Verb:
    """Add the argument DATA to a verb."""
    return click.argument("data", nargs=-1, required=True, metavar="DATA…")(verb)


def fail_on_option(verb: Verb) -> Verb:
    """Add ``--fail-on`` to a verb, for pipelines."""
    return click.option(
        "--fail-on",
        multiple=True,
        metavar="WHAT",
        help="Exit 1 if there is such a row: 'gaps' for any, or a status or kind of gap.",
    )(verb)


def store_option(verb: Verb) -> Verb:
    """Add ``--store``, the directory of a served store, to a verb."""
    from crosswalk.resources import default_store

    return click.option(
        "--store",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        default=default_store,
        show_default="the user's data directory",
        help="Where the knowledge is kept.",
    )(verb)
