"""The verb ``crosswalk bench``: what our work costs on generated evidence, beside other tools."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from crosswalk.cli.output import note, write_out
from crosswalk.errors import UsageError

__all__ = ["VERBS"]

NAMES = (
    "load-memory",
    "load-disk",
    "shacl-core",
    "shacl-sparql",
    "queries",
    "verbs",
    "endpoint",
    "cold",
)


@click.command(
    epilog="\b\nExamples:\n"
    "  crosswalk bench --quick --measure load-memory --out build/bench\n"
    "  crosswalk bench --generate 10000 --seed 7 --out build/evidence.nq"
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    type=click.IntRange(2_000),
    metavar="TRIPLES",
    help="How many triples. Repeatable.  [default: 10000, 100000, 1000000]",
)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    type=click.Choice(NAMES),
    help="Repeatable; default all.",
)
@click.option("--side", "sides", multiple=True, metavar="SIDE", help="Repeatable; default all.")
@click.option("--rounds", type=click.IntRange(1), help="How often each is measured.  [default: 3]")
@click.option("--limit", type=float, help="Seconds that a side has for an answer.  [default: 60]")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="What the evidence is made of."
)
@click.option("--quick", is_flag=True, help="10 000 triples, once: whether it runs, not how fast.")
@click.option(
    "--fuseki",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="JAR",
    help="Apache Jena Fuseki, to be measured too.",
)
@click.option(
    "--generate",
    type=click.IntRange(2_000),
    metavar="TRIPLES",
    help="Write evidence, measure none.",
)
@click.option("--organisations", type=click.IntRange(1), help="Of how many, with --generate.")
@click.option(
    "--join",
    "results",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="RESULTS.JSON",
    help="Put earlier runs on one page, measure none. Repeatable.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where results.json, results.csv and index.html go; with --generate, a file.",
)
def bench(
    sizes: tuple[int, ...],
    measures: tuple[str, ...],
    sides: tuple[str, ...],
    rounds: int | None,
    limit: float | None,
    seed: int,
    quick: bool,
    fuseki: Path | None,
    generate: int | None,
    organisations: int | None,
    results: tuple[Path, ...],
    out: Path | None,
) -> None:
    """Measure what our work costs on generated evidence, beside other tools, and plot it.

    Each side runs in a process of its own, in turn. What is not installed is left out and named;
    the extra [bench] brings the peers.
    """
    if generate is not None:
        _generate(generate, organisations, seed, out)
        return
    from crosswalk.bench.figures import as_csv, as_json, joined, read
    from crosswalk.bench.measuring import Plan, run
    from crosswalk.bench.page import as_page
    from crosswalk.bench.side import PACKAGES

    for side in sides:
        if side not in PACKAGES:
            raise UsageError(f"unknown side {side!r}", remedy=f"Known are {', '.join(PACKAGES)}.")
    if out is None:
        raise UsageError("no directory is named", place="--out", remedy="Name one, as build/bench.")
    found = (
        joined([read(path) for path in results])
        if results
        else run(
            Plan(
                sizes=sizes or ((10_000,) if quick else (10_000, 100_000, 1_000_000)),
                measures=measures
                or (("load-memory", "shacl-sparql", "queries") if quick else NAMES),
                rounds=rounds or (1 if quick else 3),
                limit=limit or (2 if quick else 60),
                seed=seed,
                sides=sides,
                fuseki=fuseki,
                command=_command(),
                say=note,
            )
        )
    )
    for name, text in (
        ("results.json", as_json(found)),
        ("results.csv", as_csv(found.figures)),
        ("index.html", as_page(found)),
    ):
        write_out(text, out / name)


def _command() -> str:
    """Return the command as it was given; of paths of this machine the last part."""
    given = (Path(one).name if Path(one).is_absolute() else one for one in sys.argv[1:])
    return shlex.join(["crosswalk", *given])


def _generate(triples: int, organisations: int | None, seed: int, out: Path | None) -> None:
    from crosswalk.bench import generated

    records = generated(triples, organisations=organisations, seed=seed)
    if out is None:
        for record in records:
            sys.stdout.write(record)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", encoding="utf-8") as file:
            file.writelines(records)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", place=str(out), remedy="Choose another file."
        ) from None
    note(f"wrote {out}")


VERBS = (bench,)
