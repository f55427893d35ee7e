"""The report: what is shown, what is not, what binds from when, as one value in many formats.

``build`` asks the engine and returns a frozen value; a writer of the table ``WRITERS`` makes a file
of it: a page, a workbook, a document, data. Nothing here judges: every figure is the engine's.
"""

from crosswalk.report.content import build
from crosswalk.report.html import render_html
from crosswalk.report.redaction import redacted
from crosswalk.report.table import as_csv
from crosswalk.report.texts import ENGLISH, Texts, texts
from crosswalk.report.values import Report
from crosswalk.report.writers import (
    SOA_WRITERS,
    WRITERS,
    Order,
    Writer,
    writer_named,
    writer_of,
)

__all__ = [
    "ENGLISH",
    "SOA_WRITERS",
    "WRITERS",
    "Order",
    "Report",
    "Texts",
    "Writer",
    "as_csv",
    "build",
    "redacted",
    "render_html",
    "texts",
    "writer_named",
    "writer_of",
]
