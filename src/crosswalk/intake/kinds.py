"""The kinds of sources that are imported, each with its reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crosswalk.errors import DataError, UsageError, nearest
from crosswalk.graph import Dataset
from crosswalk.intake.reading import Account, Reader, Reading, Source

__all__ = ["KINDS", "ImportKind", "named", "read"]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of source.

    :param reader: returns its reader; what it needs is imported only then.
    :param extensions: of the files it comes in; a folder is a ZIP of its files.
    """

    name: str
    title: str
    reader: Callable[[], Reader]
    extensions: tuple[str, ...]


def _workbook() -> Reader:
    from crosswalk.intake.workbook import read

    return read


def _model_card() -> Reader:
    from crosswalk.intake.model_card import read

    return read


def _sbom() -> Reader:
    from crosswalk.intake.sbom import read

    return read


def _ciso_assistant() -> Reader:
    from crosswalk.intake.ciso_assistant import read

    return read


def _mapped_table() -> Reader:
    from crosswalk.intake.mapped_table import read

    return read


def _oscal() -> Reader:
    from crosswalk.intake.oscal import read

    return read


def _rdf(name: str) -> Callable[[], Reader]:
    def reader() -> Reader:
        from crosswalk.intake.statements import reader_of

        return reader_of(name)

    return reader


KINDS: dict[str, ImportKind] = {
    one.name: one
    for one in (
        ImportKind(
            "workbook",
            "our template: XLSX, a folder or ZIP of CSV files, or one of them",
            _workbook,
            (".xlsx", ".zip", ".csv", ".tsv"),
        ),
        ImportKind("turtle", "RDF in Turtle", _rdf("turtle"), (".ttl",)),
        ImportKind("jsonld", "RDF in JSON-LD", _rdf("jsonld"), (".jsonld", ".json")),
        ImportKind("nquads", "RDF in N-Quads", _rdf("nquads"), (".nq",)),
        ImportKind(
            "csv",
            "anybody's table, CSV or XLSX, by a mapping of its columns (--map)",
            _mapped_table,
            (".csv", ".tsv", ".xlsx"),
        ),
        ImportKind(
            "oscal",
            "OSCAL: component definition, system security plan, assessment plan, results, POA&M",
            _oscal,
            (".json", ".yaml", ".yml", ".xml"),
        ),
        ImportKind("model-card", "a model card: front matter and sections", _model_card, (".md",)),
        ImportKind(
            "sbom",
            "a bill of materials: CycloneDX 1.4 to 1.7, SPDX 2.2, 2.3 and 3.0",
            _sbom,
            (".json", ".xml", ".yaml", ".yml", ".spdx", ".jsonld"),
        ),
        ImportKind(
            "ciso-assistant",
            "an audit exported from CISO Assistant",
            _ciso_assistant,
            (".csv", ".xlsx"),
        ),
    )
}
"""Name → kind."""


def named(name: str) -> ImportKind:
    """Return a kind of source.

    :raises UsageError: if there is none of that name; names the nearest.

    >>> named("turtle").title
    'RDF in Turtle'
    """
    if name not in KINDS:
        raise UsageError(
            f"unknown kind {name!r}",
            place="--as",
            remedy=nearest(name, KINDS) or f"There is {', '.join(KINDS)}.",
        )
    return KINDS[name]


def read(source: Source, kind: str, dataset: Dataset) -> Reading:
    """Return what a source says and what became of each of its rows.

    A source that cannot be opened at all is one refused line.

    :param dataset: that holds the catalogue.
    :raises UsageError: if the kind or an option is unknown.
    :raises UnavailableError: if what opens it is not installed.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> source = Source("a.ttl", b"<", "acme", date(2026, 11, 20))
    >>> [str(line.outcome) for line in read(source, "turtle", open_dataset()).lines]
    ['refused']
    """
    reader = named(kind).reader()
    try:
        return reader(source, dataset)
    except DataError as error:
        account = Account(source, kind)
        account.refused(error.place or source.name, error.offence, error.remedy or "Correct it.")
        return account.reading()
