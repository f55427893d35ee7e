"""The formats in which a report can be written, as one table: ending of the file → writer.

A further format is one more line of the table: what it is called, how its files end, what makes
its bytes of an order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crosswalk import validation
from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset
from crosswalk.report.html import render_html
from crosswalk.report.table import as_csv
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import Report

__all__ = ["SOA_WRITERS", "WRITERS", "Order", "Writer", "writer_named", "writer_of"]


@dataclass(frozen=True, slots=True)
class Order:
    """What a writer may use: the report, what it was made of, and the words and styles for it.

    ``checked`` is what the validation found, if one was run; ``template`` are the bytes of a
    document whose styles are taken.
    """

    report: Report
    dataset: Dataset
    checked: validation.Report | None = None
    texts: Texts = ENGLISH
    template: bytes | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """One format: its name, the ending of its files, its media type, and what writes it."""

    format: str
    ending: str
    media_type: str
    title: str
    write: Callable[[Order], bytes]


def writer_of(path: Path, writers: Mapping[str, Writer]) -> Writer:
    """Return the writer for the ending of a file; of several that fit, the longest ending.

    :raises UsageError: if no writer is for such files.

    >>> writer_of(Path("acme.review.docx"), WRITERS).format
    'review-docx'
    """
    name = path.name.casefold()
    fitting = [one for one in writers.values() if name.endswith(one.ending)]
    if not fitting:
        endings = ", ".join(one.ending for one in writers.values())
        raise UsageError(
            f"no format is known for {path.suffix or 'a file without an ending'}",
            place=str(path),
            remedy=f"End the name in one of {endings}, or name the format with --format.",
        )
    return max(fitting, key=lambda one: len(one.ending))


def writer_named(name: str, writers: Mapping[str, Writer]) -> Writer:
    """Return the writer of a format.

    :raises UsageError: if there is none.
    """
    if name not in writers:
        raise UsageError(
            f"unknown format {name!r}",
            place="--format",
            remedy=nearest(name, writers) or f"There is {', '.join(writers)}.",
        )
    return writers[name]


def _html(order: Order) -> bytes:
    return render_html(order.report, order.texts).encode()


def _json(order: Order) -> bytes:
    said = json.dumps(order.report.as_json(), ensure_ascii=False, indent=2)
    return f"{said}\n".encode()


def _csv(order: Order) -> bytes:
    return as_csv(order.report).encode()


def _pdf(order: Order) -> bytes:
    from crosswalk.report.paper import render_pdf

    return render_pdf(order.report, order.texts)


def _workbook(order: Order) -> bytes:
    from crosswalk.report.workbook import gap_workbook

    return gap_workbook(order.report, order.texts)


def _soa_workbook(order: Order) -> bytes:
    from crosswalk.report.workbook import soa_workbook

    return soa_workbook(order.report, order.texts)


def _gap_document(order: Order) -> bytes:
    from crosswalk.report.document import gap_document

    return gap_document(order.report, order.texts, template=order.template)


def _soa_document(order: Order) -> bytes:
    from crosswalk.report.document import soa_document

    return soa_document(order.report, order.texts, template=order.template)


def _review_document(order: Order) -> bytes:
    from crosswalk.report.document import review_document

    return review_document(order.report, order.texts, template=order.template)


def _shacl(order: Order) -> bytes:
    return _findings(order, earl=False)


def _earl(order: Order) -> bytes:
    return _findings(order, earl=True)


def _findings(order: Order, *, earl: bool) -> bytes:
    report = order.report
    if report.redacted:
        raise UsageError(
            "findings as RDF name the records they are about and cannot be redacted",
            place="--redact",
            remedy="Write .html, .pdf, .docx, .xlsx, .json or .csv.",
        )
    if order.checked is None:
        raise UsageError("no validation was run", remedy="Write another format.")
    heads = [
        f"as of {report.as_of}, made with {report.engine}",
        f"sha256 of the data {report.data_sha256}, of all input {report.fingerprint}",
        *(f"mapping set {one.key} {one.version}" for one in report.mapping_sets),
        "method: shapes of the ontology (SHACL), with the day of the report",
        *([f"made {report.stamp}"] if report.stamp else []),
    ]
    said = "".join(f"# {line}\n" for line in heads)
    return (said + validation.as_turtle(order.checked, earl=earl)).encode()


def _oscal(order: Order, document: str) -> bytes:
    from crosswalk.report.oscal import as_oscal

    return as_oscal(order.report, order.dataset, document).encode()


def _oscal_results(order: Order) -> bytes:
    return _oscal(order, "assessment-results")


def _oscal_plan(order: Order) -> bytes:
    return _oscal(order, "plan-of-action-and-milestones")


def _oscal_components(order: Order) -> bytes:
    return _oscal(order, "component-definition")


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _table(*writers: Writer) -> dict[str, Writer]:
    return {one.format: one for one in writers}


OSCAL = "application/json"
SOA_XLSX = Writer("soa-xlsx", ".soa.xlsx", XLSX, "Statement of Applicability", _soa_workbook)
SOA_DOCX = Writer("soa-docx", ".soa.docx", DOCX, "Statement of Applicability", _soa_document)

WRITERS: dict[str, Writer] = _table(
    Writer("html", ".html", "text/html; charset=utf-8", "gap report, one page", _html),
    Writer("json", ".json", "application/json", "all of the report as values", _json),
    Writer("csv", ".csv", "text/csv; charset=utf-8", "a row a requirement", _csv),
    Writer("pdf", ".pdf", "application/pdf", "gap report, tagged", _pdf),
    Writer("xlsx", ".xlsx", XLSX, "gap workbook with registers", _workbook),
    Writer("docx", ".docx", DOCX, "gap report", _gap_document),
    SOA_XLSX,
    SOA_DOCX,
    Writer("review-docx", ".review.docx", DOCX, "management review pack", _review_document),
    Writer("shacl", ".ttl", "text/turtle", "findings as a SHACL report", _shacl),
    Writer("earl", ".earl.ttl", "text/turtle", "findings in EARL", _earl),
    Writer("oscal-ar", ".oscal-ar.json", OSCAL, "OSCAL assessment results", _oscal_results),
    Writer("oscal-poam", ".oscal-poam.json", OSCAL, "OSCAL plan of action", _oscal_plan),
    Writer(
        "oscal-component",
        ".oscal-component.json",
        OSCAL,
        "OSCAL component definition",
        _oscal_components,
    ),
)
"""Format → writer of a report. A format of one's own is added here."""

SOA_WRITERS: dict[str, Writer] = _table(
    Writer("xlsx", ".xlsx", XLSX, SOA_XLSX.title, _soa_workbook),
    Writer("docx", ".docx", DOCX, SOA_DOCX.title, _soa_document),
)
"""Format → writer of a Statement of Applicability alone."""
