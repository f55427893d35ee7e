"""The verbs ``crosswalk store load|dump|backup|restore|check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk import settings
from crosswalk.cli.options import Verb, output_options
from crosswalk.cli.output import emit, note, progress
from crosswalk.errors import DataError, UsageError
from crosswalk.verbs import as_row

if TYPE_CHECKING:
    from crosswalk.graph.dataset import Dataset

__all__ = ["group"]


def group(base: type[click.Group]) -> click.Group:
    """Return the group ``crosswalk store``."""

    @click.group(cls=base, epilog="\b\nExample:\n  crosswalk store check --store kept")
    def store() -> None:
        """Look after the directory of a store: fill, dump, back up, restore, check it."""

    for verb in (load, dump, backup, restore, check):
        store.add_command(verb)
    return store


def store_option(verb: Verb) -> Verb:
    """Add ``--store`` to a verb."""
    return click.option(
        "--store",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        callback=lambda _, __, given: _named(given),
        metavar="DIR",
        help="The store's directory.  [default: CROSSWALK_STORE]",
    )(verb)


@click.command(
    epilog="\b\nExample:\n  crosswalk store load examples/x-corporation/evidence.ttl "
    "--graph https://example.org/evidence --store kept"
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@click.option(
    "--graph",
    metavar="IRI",
    help="The graph that triples go to; N-Quads and TriG name theirs.",
)
@click.option(
    "--store",
    "place",
    callback=lambda _, __, given: _said(given),
    metavar="DIR or ADDRESS",
    help="The store: its directory, or the address of a SPARQL 1.1 store.  "
    "[default: CROSSWALK_STORE]",
)
def load(files: tuple[Path, ...], graph: str | None, place: str) -> None:
    """Have a store hold files of RDF, made if it is not there; nobody serves its directory.

    In a store elsewhere, each graph takes the place of the one that is there, by one update;
    without files it is loaded with the shipped knowledge.
    """
    from crosswalk.graph import open_dataset, upkeep
    from crosswalk.graph.client import Address, is_address

    if not is_address(place):
        if not files:
            raise UsageError("no file is named", remedy="`crosswalk serve` loads the knowledge.")
        with progress("writing"):
            quads = upkeep.load(place, [(path, _target(path, graph)) for path in files])
        note(f"{place} has {quads} quads")
        return
    from crosswalk.graph.remote import replace_graphs

    address = Address.of_settings(place)
    if files:
        dataset = _read(files, graph)
    else:
        with progress("reading"):
            dataset = open_dataset()
    with progress("writing"):
        graphs = replace_graphs(address, dataset)
    note(f"{address.shown} has {graphs} graphs by now")


def _target(path: Path, graph: str | None) -> str | None:
    """Return the graph that the triples of a file go to; None where it names its graphs."""
    from crosswalk.graph.dataset import FORMATS

    format = FORMATS.get(path.suffix)
    if format is None:
        raise DataError(
            f"is of no known format {path.suffix!r}",
            place=str(path),
            remedy=f"Known are {', '.join(FORMATS)}.",
        )
    if format.supports_datasets:
        return None
    if graph is None:
        raise UsageError("names no graph", place=str(path), remedy="Name it with --graph IRI.")
    return _graph(graph)


def _read(files: tuple[Path, ...], graph: str | None) -> Dataset:
    """Return the dataset of some files."""
    from crosswalk.graph.dataset import FORMATS, Dataset

    dataset = Dataset()
    with progress("reading"):
        for path in files:
            named = _target(path, graph)
            try:
                data = path.read_bytes()
            except OSError as error:
                raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from None
            dataset.load(data, format=FORMATS[path.suffix], graph=named or "", place=str(path))
    return dataset


@click.command(epilog="\b\nExample:\n  crosswalk store dump --store kept --out kept.nq")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to a file, whole or not at all.",
)
@click.option("--organisation", metavar="ORG", help="The store of an organisation.")
@store_option
def dump(directory: Path, organisation: str | None, out: Path | None) -> None:
    """Write all of a store as N-Quads, as it was acknowledged last; served or not."""
    from crosswalk import holdings
    from crosswalk.graph import upkeep

    directory = holdings.store_of(directory, organisation)
    if out is None:
        upkeep.dump(directory, sys.stdout.buffer)
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with progress("dumping"), part.open("wb") as file:
            upkeep.dump(directory, file)
        part.replace(out)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", place=str(out)) from None
    finally:
        part.unlink(missing_ok=True)
    note(f"wrote {out}")


@click.command(epilog="\b\nExample:\n  crosswalk store backup kept-copy --store kept")
@click.argument("target", type=click.Path(path_type=Path), metavar="DIR")
@store_option
def backup(target: Path, directory: Path) -> None:
    """Copy all that a service keeps to a new directory, served or not.

    That is the library, the stores and documents of the organisations, the keys and the audit
    log. All that was acknowledged is in the copy, and nothing by half.
    """
    from crosswalk import holdings

    with progress("copying"):
        holdings.backup(directory, target)
    note(f"wrote {target}")


@click.command(epilog="\b\nExample:\n  crosswalk store restore kept-copy --store kept-again")
@click.argument("source", type=click.Path(path_type=Path), metavar="BACKUP")
@store_option
def restore(source: Path, directory: Path) -> None:
    """Make a new directory of a backup, ready to be served.

    Keys that were revoked after the backup are valid again.
    """
    from crosswalk import holdings
    from crosswalk.cli.access import user

    with progress("copying"):
        holdings.restore(source, directory, who=user())
    note(f"made {directory}")


@click.command(epilog="\b\nExample:\n  crosswalk store check --store kept --format json")
@click.option(
    "--statuses",
    is_flag=True,
    help="Also find all statuses from nothing that a service has found out, and compare.",
)
@output_options("table", "json", "csv")
@store_option
def check(directory: Path, statuses: bool, format: str, out: Path | None) -> None:
    """Read all that a service keeps, or a backup, and tell what is wrong; exit 1 if something is.

    Each store by each index, each document by its hash, the keys, the audit log, and that no store
    is older than the log knows it. A service renews what a change touches: with --statuses, all
    that it has told is found from nothing too, and has to be the same.
    """
    from crosswalk import holdings

    with progress("checking"):
        found = holdings.check(directory)
    findings = list(found.findings)
    if statuses:
        from crosswalk.web.rejudging import compared

        with progress("comparing"):
            told = compared(directory)
        findings += told.findings
        note(f"statuses compared of {len(told.organisations)} organisations")
        if told.later:
            note(f"not judged yet, or never asked for: {', '.join(told.later)}")
    emit(
        [as_row(one) for one in findings],
        ["place", "finding"],
        format=format,
        out=out,
        heading=f"{found.quads} quads in {found.graphs} graphs, {found.organisations} "
        f"organisations, {found.documents} documents, {found.keys} keys, {found.records} records "
        f"of the log, {len(findings)} faults",
    )
    if findings:
        raise click.exceptions.Exit(1)


def _named(given: Path | None) -> Path:
    """Return the directory that is named, by the option or the environment."""
    return Path(_said(None if given is None else str(given)))


def _said(given: str | None) -> str:
    if said := given or settings.value("CROSSWALK_STORE"):
        return said
    raise UsageError("no store is named", place="--store", remedy="Name its directory.")


def _graph(iri: str | None) -> str:
    import pyoxigraph as ox

    if iri is None:
        return ""
    try:
        return ox.NamedNode(iri).value
    except ValueError:
        raise UsageError(f"{iri!r} is not an absolute IRI", place="--graph") from None
