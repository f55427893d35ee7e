"""The verb about figures: computed by a published method, recorded, and computed again."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
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
from crosswalk.cli.output import note, progress, tell, write_out
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.measure import Reckoned, Window

__all__ = ["VERBS"]


@click.command(
    epilog="\b\nExamples:\n"
    "  crosswalk measure selection-rate-ratio "
    "--row group=a,selected=39,total=100 --row group=b,selected=50,total=100\n"
    "  crosswalk measure selection-rate-ratio "
    "examples/x-corporation/documents/monitoring-data-2026-10.csv "
    '--set total=applications --set where=attribute:gender --set "without=not declared"\n'
    "  crosswalk measure --check examples/x-corporation"
)
@click.argument("given", nargs=-1, metavar="[METRIC [FILE] | DATA…]")
@click.option("--check", is_flag=True, help="Compute what is on record in DATA again.")
@click.option(
    "--row",
    "rows",
    multiple=True,
    metavar="NAME=VALUE,…",
    help="A row of numbers, in place of FILE. Repeatable.",
)
@click.option(
    "--set",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the metric; `crosswalk measure` alone lists them. Repeatable.",
)
@click.option("--objective", metavar="IRI", help="Record the figure as a measurement of this.")
@click.option("--org", metavar="ORG", help="Whose measurement; default that of the objective.")
@click.option("--data", multiple=True, metavar="DATA", help="Evidence that holds the objective.")
@click.option("--measured-on", type=DateType(), help="The day of the measurement.")
@click.option("--period-from", type=DateType(), help="The first day that the figure speaks for.")
@click.option("--period-to", type=DateType(), help="The last day that the figure speaks for.")
@as_of_option
@output_options()
@knowledge_options
def measure(
    given: tuple[str, ...],
    check: bool,
    rows: tuple[str, ...],
    parameters: tuple[str, ...],
    objective: str | None,
    org: str | None,
    data: tuple[str, ...],
    measured_on: date | None,
    period_from: date | None,
    period_to: date | None,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Compute a figure by a published method, from the rows of a CSV or of the command line.

    Alone it lists the metrics: divergence of distributions, k-anonymity, l-diversity, epsilon of
    differential privacy, availability, selection-rate ratio, and three scores of risk.

    With --objective and --out it records the figure as a cw:Measurement in a Turtle file, with the
    rows, or the path of FILE and its hash. --check computes each measurement of DATA again that
    states its method: agrees (to the places that are stated), disagrees, input-changed,
    input-missing, not-computable. All but the first are faults.
    """
    from crosswalk import measure as engine
    from crosswalk.verbs import measurement as verbs

    if check:
        if rows or parameters or objective or org or data:
            raise UsageError("takes DATA and nothing else", place="--check")
        if not given:
            raise UsageError("names no DATA", place="--check", remedy="Name a directory.")
        opened = knowledge.open(given)
        with progress("computing measurements again"):
            answer = verbs.measured_again(opened, given)
        tell(answer, format=format, out=out)
        if any(row["verdict"] in verbs.FAULTS for row in answer.rows):
            sys.exit(1)
        return
    if not given:
        tell(verbs.methods(), format=format, out=out, shown=["metric", "formula", "columns"])
        return
    metric, *files = given
    engine.named(metric)
    file = _one_file(files, rows)
    with progress("counting"):
        table = engine.given(rows) if file is None else engine.read(file)
        figure = engine.reckon(metric, table, verbs.parameters(parameters))
    dataset = knowledge.open(data) if data else None
    answer = verbs.measured(
        figure, objective=objective, dataset=dataset, as_of=measured_on or as_of
    )
    if format == "table":  # which would cut the places of a number
        answer = replace(answer, rows=[{**answer.rows[0], "value": f"{figure.value:f}"}])
    shown = ["metric", "value", "unit", "detail", "inputs_sha256", "source"]
    if objective is None:
        for option, unused in (
            ("--org", org),
            ("--measured-on", measured_on),
            ("--period-from", period_from),
            ("--period-to", period_to),
        ):
            if unused:
                raise UsageError("is for a record", place=option, remedy="Give --objective too.")
        tell(answer, format=format, out=out, shown=shown)
        return
    if out is None or measured_on is None:
        raise UsageError(
            "a record needs --measured-on and --out", remedy="Say when, and into which file."
        )
    window = engine.Window(measured_on, period_from, period_to)
    _record(figure, objective, org or _organization(objective), window, file, out)
    tell(answer, format=format, shown=[*shown, "target", "met"])


def _one_file(files: Sequence[str], rows: Sequence[str]) -> Path | None:
    if len(files) > 1:
        raise UsageError(f"{files[1]!r} is one file too many", remedy="Name one FILE.")
    if bool(files) == bool(rows):
        raise UsageError(
            "the numbers are given twice" if rows else "there are no numbers",
            remedy="Name a FILE, or give each row with --row NAME=VALUE,….",
        )
    return Path(files[0]) if files else None


def _organization(objective: str) -> str:
    from crosswalk.namespaces import BASE

    found = re.match(re.escape(BASE) + r"org/([^/]+)/", objective)
    if found is None:
        raise UsageError(
            "the objective does not say whose it is", place="--objective", remedy="Give --org ORG."
        )
    return found[1]


def _record(
    figure: Reckoned,
    objective: str,
    org: str,
    window: Window,
    file: Path | None,
    out: Path,
) -> None:
    from crosswalk import measure as engine

    name, turtle = engine.turtle(
        figure, objective=objective, organization=org, window=window, file=file, beside=out
    )
    before = out.read_text(encoding="utf-8") if out.is_file() else engine.PREFIXES + "\n"
    if f"<{name}>" in before:
        note(f"already recorded in {out}: {name}")
        return
    write_out(before + turtle + "\n", out)
    note(f"recorded {name}")


VERBS: tuple[click.Command, ...] = (measure,)
