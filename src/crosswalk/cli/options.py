"""The options that verbs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

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
]

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

    directories: tuple[Path, ...]
    shipped: bool

    def open(self, data: Sequence[str] = ()) -> Dataset:
        """Return a dataset of this knowledge and the given data."""
        from crosswalk.graph import open_dataset

        return open_dataset(data, knowledge=self.directories, shipped=self.shipped)

    def open_catalogue(self) -> Dataset:
        """Return a dataset of the ontology and the editions, without any mapping set."""
        from crosswalk.graph import open_dataset

        return open_dataset(knowledge=self.directories, shipped=self.shipped, sets=False)


def knowledge_options(verb: Verb) -> Verb:
    """Add ``--knowledge`` and ``--no-shipped`` to a verb."""
    verb = click.option(
        "--no-shipped", is_flag=True, help="Leave the shipped frameworks and mapping sets out."
    )(verb)
    return click.option(
        "--knowledge",
        "knowledge",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Add frameworks/*.ttl and mappings/*.sssom.tsv of a directory. Repeatable.",
    )(verb)


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
