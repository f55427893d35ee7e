"""The verbs' group, and how errors leave the program."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from crosswalk import __version__
from crosswalk.cli import (
    access,
    assess,
    bench,
    documents,
    fleet,
    intake,
    knowledge,
    mappings,
    measure,
    serve,
    store,
    weigh,
)
from crosswalk.errors import CrosswalkError, nearest

__all__ = ["cli", "collecting_seldom", "main"]

EPILOG = """\b
Example:
  crosswalk gaps examples/x-corporation --edition iso-42001-2023 --as-of 2026-11-20

Exit codes: 0 answered, 1 a check found faults, 2 usage, 3 bad data, 4 unavailable."""


class Group(click.Group):
    """A group that names the nearest verbs where one is unknown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that was asked for; fail with the nearest if there is none."""
        name = args[0] if args else ""
        if args and not name.startswith("-") and self.get_command(ctx, name) is None:
            hint = nearest(name, self.commands) or f"`{ctx.command_path} --help` lists them."
            raise click.UsageError(f"unknown verb {name!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Group, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="crosswalk")
def cli() -> None:
    """Crosswalk: typed, sound crosswalks between AI governance frameworks.

    What of a framework does an organisation show, what is missing, why, and on whose word?
    """


for _verb in (
    *knowledge.VERBS,
    *documents.VERBS,
    *intake.VERBS,
    *assess.VERBS,
    *measure.VERBS,
    *weigh.VERBS,
    *serve.VERBS,
    *fleet.VERBS,
    *bench.VERBS,
):
    cli.add_command(_verb)
for _group in (
    access.keys_group,
    access.audit_group,
    mappings.group,
    store.group,
    intake.evidence_group,
):
    cli.add_command(_group(Group))


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Have the interpreter look for cycles of garbage seldom meanwhile, as suits one answer.

    An answer is built of many small values that live until it is given; looking through all of
    them again and again takes a quarter of the time of a large closure and frees nothing. What
    stays and answers many has to look as often as ever.
    """
    held = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*held)


@collecting_seldom()
def main(arguments: Sequence[str] | None = None) -> None:
    """Run a verb and leave with its exit code (README, "Ask")."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if "_CROSSWALK_COMPLETE" in os.environ:
            cli.main(args=given, prog_name="crosswalk", standalone_mode=False)
        with cli.make_context("crosswalk", given) as context:
            cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        _leave(end.exit_code)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code if error.exit_code != 1 else 2)
    except CrosswalkError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _silence()
        sys.exit(0)


def _leave(code: int) -> None:
    """Leave with a code, after the answer is out."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    sys.exit(code)


def _silence() -> None:
    """Send the rest of the answer nowhere: its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
