"""A report as a workbook: one sheet a table, with filters, frozen headings and no formula.

What begins like a formula is text, marked so that no program takes it for one when it is edited.
"""

from __future__ import annotations

import io
import re
import textwrap
from datetime import date
from typing import TYPE_CHECKING

from crosswalk.errors import NotInstalledError
from crosswalk.report import sheets
from crosswalk.report.packing import packed
from crosswalk.report.sheets import Cell, Column, Sheet, printable
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import Report

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["gap_workbook", "soa_workbook"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767
WIDEST_TITLE = 31
INK, RULE, PANEL = "FF17212B", "FF17324D", "FFF5F7F9"
FONT, LINE, HIGHEST = "Arial", 12.8, 409
ROOM_OF_A4 = 200
"""How many letters beside each other can be read on one sheet of A4."""

FORMATS = {"day": "yyyy-mm-dd", "share": "0.0%"}


def gap_workbook(report: Report, texts: Texts = ENGLISH) -> bytes:
    """Return the workbook of a report: gaps, plan, statement, registers, mappings, method.

    :param report: from :func:`crosswalk.report.build`.
    :raises NotInstalledError: if the extra ``documents`` is not installed.
    """
    return _workbook(
        report,
        texts,
        [
            sheets.coverage(report, texts),
            sheets.gaps(report, texts),
            *([sheets.plan(report, texts)] if report.plans else []),
            sheets.statuses(report, texts),
            sheets.duties(report, texts),
            sheets.soa(report, texts),
            sheets.evidence(report, texts),
            sheets.risks(report, texts),
            sheets.nonconformities(report, texts),
            sheets.audit_findings(report, texts),
            sheets.measurements(report, texts),
            sheets.questions(report, texts),
            sheets.findings(report, texts),
            sheets.mapping_rows(report, texts),
        ],
    )


def soa_workbook(report: Report, texts: Texts = ENGLISH) -> bytes:
    """Return the workbook of the Statement of Applicability, with the evidence it rests on.

    :raises NotInstalledError: if the extra ``documents`` is not installed.
    """
    return _workbook(report, texts, [sheets.soa(report, texts), sheets.evidence(report, texts)])


def _workbook(report: Report, texts: Texts, tables: list[Sheet]) -> bytes:
    try:
        import openpyxl
    except ImportError:
        raise NotInstalledError(
            "writing a workbook needs openpyxl, which is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[documents]'.",
        ) from None
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    owner = ", ".join(one.label for one in report.organizations) or texts("report.nobody")
    book.properties.title = printable(
        texts("report.document_title", organization=owner, day=report.as_of)
    )
    book.properties.creator = report.engine
    book.properties.language = texts.language
    held = [
        *tables,
        sheets.mapping_sets(report, texts),
        _method(report, texts),
        sheets.files(report, texts),
    ]
    _cover(book, report, texts, held)
    for table in held:
        _filled(book.create_sheet(_title(book, table.title)), table, report, owner, texts)
    buffer = io.BytesIO()
    book.save(buffer)
    return packed(buffer.getvalue(), report.as_of)


def _method(report: Report, texts: Texts) -> Sheet:
    return Sheet(
        texts("sheet.method.title"),
        texts("sheet.method.caption"),
        (Column(texts("column.rule"), 30), Column(texts("column.text"), 110)),
        tuple((part.title, sentence) for part in report.method for sentence in part.sentences),
    )


def _cover(book: Workbook, report: Report, texts: Texts, held: list[Sheet]) -> None:
    from openpyxl.styles import Alignment, Font

    page = book.create_sheet(_title(book, texts("sheet.cover.title")))
    page.column_dimensions["A"].width = 36
    page.column_dimensions["B"].width = 100
    rows: list[tuple[str, str]] = [(texts("report.kind"), ""), *sheets.facts(report, texts)]
    rows += [("", said) for said in sheets.notes(report, texts)]
    rows.append(("", ""))
    first_link = len(rows) + 1
    rows += [(table.title, table.caption) for table in held]
    for number, (name, text) in enumerate(rows, start=1):
        for column, value in ((1, name), (2, text)):
            _put(page, number, column, value, "text")
            cell = page.cell(number, column)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.font = Font(name=FONT, size=10, bold=column == 1, color=INK)
        page.row_dimensions[number].height = _height([(name, 34), (text, 98)])
    page.cell(1, 1).font = Font(name=FONT, bold=True, size=16, color=RULE)
    page.row_dimensions[1].height = 26
    page.cell(1, 1).alignment = Alignment(vertical="top")
    names = list(book.sheetnames)
    for number, table in enumerate(held, start=first_link):
        name = _title(book, table.title, names)
        names.append(name)
        cell = page.cell(number, 1)
        cell.hyperlink = f"#'{name}'!A1"
        cell.font = Font(name=FONT, size=10, color="FF0B5394", underline="single")
    _printed(page, report, "", 140)


def _filled(page: Worksheet, table: Sheet, report: Report, owner: str, texts: Texts) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    line = Border(bottom=Side("thin", color="FFC4CCD4"))
    top = Alignment(vertical="top", wrap_text=True)
    right = Alignment(vertical="top", horizontal="right", indent=1)
    left = Alignment(vertical="top", horizontal="left")
    sides = {"number": right, "share": right, "day": left}
    heading = Font(name=FONT, size=10, bold=True, color="FFFFFFFF")
    font = Font(name=FONT, size=10, color=INK)
    fill = PatternFill("solid", fgColor=RULE)
    for number, column in enumerate(table.columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = column.width + 2
        _put(page, 1, number, column.heading, "text")
        cell = page.cell(1, number)
        cell.font, cell.fill, cell.alignment = (
            heading,
            fill,
            Alignment(vertical="top", wrap_text=True),
        )
    page.row_dimensions[1].height = _height([(c.heading, c.width - 3) for c in table.columns])
    for at, row in enumerate(table.rows, start=2):
        for number, (value, column) in enumerate(zip(row, table.columns, strict=True), start=1):
            _put(page, at, number, value, column.kind)
            cell = page.cell(at, number)
            cell.border, cell.font = line, font
            cell.alignment = top if isinstance(value, str) else sides.get(column.kind, top)
        page.row_dimensions[at].height = _height(
            [(str(v), c.width) for v, c in zip(row, table.columns, strict=True) if v is not None]
        )
    if not table.rows:
        _put(page, 2, 1, texts("document.no_rows"), "text")
        page.cell(2, 1).font = Font(name=FONT, size=10, italic=True, color=INK)
    last = get_column_letter(len(table.columns))
    page.freeze_panes = f"{get_column_letter(_frozen(table) + 1)}2"
    page.auto_filter.ref = f"A1:{last}{max(len(table.rows) + 1, 2)}"
    page.print_title_rows = "1:1"
    width = sum(column.width + 2 for column in table.columns)
    _printed(page, report, f"{owner}: {table.title}", width)


def _height(cells: list[tuple[str, int]]) -> float:
    """Return how high a row has to be for its texts, wrapped in columns of some width."""
    lines = [
        sum(len(textwrap.wrap(part, width)) or 1 for part in text.split("\n"))
        for text, width in cells
    ]
    return min(LINE * max(lines, default=1) + 3, HIGHEST)


def _frozen(table: Sheet) -> int:
    """Return how many leading columns stay in sight: those that say which, if they leave room."""
    widths = [column.width + 2 for column in table.columns[: table.fixed]]
    return table.fixed if sum(widths) <= 80 else 0


def _put(page: Worksheet, row: int, column: int, value: Cell, kind: str) -> None:
    """Set a cell; a text stays a text whatever it begins with."""
    cell = page.cell(row, column)
    if isinstance(value, str):
        text = printable(value)
        if len(text) > LONGEST:
            text = text[: LONGEST - 1] + "…"
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(FORMULA)
    elif value is not None:
        cell.value = value
        if kind in FORMATS and not (kind == "day" and not isinstance(value, date)):
            cell.number_format = FORMATS[kind]


def _printed(page: Worksheet, report: Report, title: str, width: int) -> None:
    """Set how a sheet comes out on paper: landscape, its width on one page, numbered."""
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4 if width <= ROOM_OF_A4 else page.PAPERSIZE_A3
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddHeader.left.text = printable(title).replace("&", "&&")[:200]
    page.oddHeader.right.text = str(report.as_of)
    page.oddFooter.left.text = f"{report.engine}, {report.data_sha256[:16]}"
    page.oddFooter.right.text = "&P / &N"
    page.page_margins.left = page.page_margins.right = 0.4


def _title(book: Workbook, wanted: str, taken: list[str] | None = None) -> str:
    """Return the name of a sheet: short, without what Excel forbids, unlike the others'."""
    clean = re.sub(r"[\[\]:*?/\\']", " ", printable(wanted)).strip() or "-"
    names = {name.casefold() for name in (book.sheetnames if taken is None else taken)}
    name, number = clean[:WIDEST_TITLE], 2
    while name.casefold() in names:
        name = f"{clean[: WIDEST_TITLE - 4]} {number}"
        number += 1
    return name
