"""The sheets of the evidence workbook as files: XLSX with drop-downs and comments, or CSV.

The same sheets give the same bytes. A cell that begins like a formula is a text, in both.
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from crosswalk import catalogue
from crosswalk.errors import NotInstalledError
from crosswalk.intake.cells import Cells
from crosswalk.intake.columns import EXAMPLE, SHEETS, Column, Kind, Table
from crosswalk.intake.opening import NEEDS_EXTRA
from crosswalk.intake.workbook import BESIDE, Grid, escaped

__all__ = ["as_csv_files", "as_xlsx", "as_zip", "template"]

FONT, WIDTH, LINE, HIGHEST = "Calibri", 24, 15.0, 409.0
"""Type and width of a column, height of a line and of the highest row."""
INSTRUCTIONS, LISTS = BESIDE
STAMP = (1980, 1, 1, 0, 0, 0)
ROWS = 2_000
"""Rows that have drop-downs."""
TEXT = (
    "One sheet for each kind of thing; one row for each thing; the first row names the columns.",
    "The key names a row: write it where other rows mean it. Letters, digits, dots and hyphens.",
    "A star marks what must be there. All else may be left empty: nothing is made up for it.",
    "Several values: keys, citations and terms parted by semicolons; texts one a line.",
    "Days: YYYY-MM-DD. Numbers: digits and a point. A comment on each column tells what it means.",
    "Citations name their edition: iso-42001-2023:A.6.2.4, or ISO/IEC 42001 A.6.2.4.",
    f"A row whose key begins with {EXAMPLE} is there to be read; it is not imported.",
    "Do not merge cells. A formula counts with the value that it had when the file was saved.",
    "Import: crosswalk import evidence.xlsx --as workbook --org KEY",
)


def template(cells: Cells) -> Grid:
    """Return the sheets with one example row each.

    :param cells: of any organisation.
    """
    return {
        table.name: [
            ["key", *(column.name for column in table.columns)],
            [f"{EXAMPLE} {table.example}", *(column.example for column in table.columns)],
        ]
        for table in SHEETS
    }


def as_csv_files(grid: Grid) -> dict[str, bytes]:
    r"""Return file name → bytes of the sheets as CSV.

    >>> as_csv_files({"risks": [["key"], ["=1"]]})
    {'risks.csv': b"key\r\n'=1\r\n"}
    """
    found = {}
    for name, rows in grid.items():
        held = io.StringIO(newline="")
        csv.writer(held).writerows([escaped(text) for text in row] for row in rows)
        found[f"{name}.csv"] = held.getvalue().encode()
    return found


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP: the same bytes for the same files.

    >>> as_zip({"a": b"1", "b": b"2"}) == as_zip({"b": b"2", "a": b"1"})
    True
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, STAMP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            packed.writestr(member, files[name])
    return held.getvalue()


def as_xlsx(grid: Grid, cells: Cells) -> bytes:
    """Return the sheets as a workbook, with instructions, comments and drop-downs.

    :param cells: that know the terms, and the catalogue.
    :raises NotInstalledError: if the library that writes it is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise NotInstalledError(
            "writing a workbook needs openpyxl, which is not installed", remedy=NEEDS_EXTRA
        ) from None
    book = openpyxl.Workbook()
    first = book.active
    first.title = INSTRUCTIONS
    for text in TEXT:
        first.append([text])
    first.column_dimensions["A"].width = 100
    first.page_setup.paperSize = first.PAPERSIZE_A4
    first.page_setup.fitToHeight = 0
    first.sheet_properties.pageSetUpPr.fitToPage = True
    lists = _Lists(book.create_sheet(LISTS))
    tables = {table.name: table for table in SHEETS}
    for n, (name, rows) in enumerate(grid.items(), 1):
        sheet = book.create_sheet(name, n)
        _fill(sheet, rows, tables[name])
        _offer(sheet, tables[name], cells, lists)
        _printed(sheet, name)
    lists.sheet.sheet_state = "hidden"
    book.properties.creator = "crosswalk"
    book.properties.created = datetime(1980, 1, 1)
    held = io.BytesIO()
    book.save(held)
    return _stamped(held.getvalue())


def _printed(sheet: Any, name: str) -> None:  # noqa: ANN401 - openpyxl has no types
    """Set how a sheet comes out on paper: all of its columns on a page, headed on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    sheet.oddHeader.left.text = name
    sheet.oddFooter.right.text = "&P / &N"


class _Lists:
    """The hidden sheet that holds the drop-downs that are too long for a cell."""

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401 - openpyxl has no types
        self.sheet = sheet
        self._known: dict[tuple[str, ...], str] = {}

    def reference(self, choices: Sequence[str]) -> str:
        """Return the range that holds some choices."""
        from openpyxl.utils import get_column_letter

        key = tuple(choices)
        if key not in self._known:
            column = len(self._known) + 1
            for n, one in enumerate(key, 1):
                _write(self.sheet.cell(n, column), one, Kind.TEXT)
            letter = get_column_letter(column)
            self._known[key] = f"{LISTS}!${letter}$1:${letter}${len(key)}"
        return self._known[key]


def _fill(sheet: Any, rows: Sequence[Sequence[str]], table: Table) -> None:  # noqa: ANN401
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    kinds = [Kind.TEXT, *(column.kind for column in table.columns)]
    for n, row in enumerate(rows[1:], 2):
        example = row[0].startswith(EXAMPLE)
        for c, (text, kind) in enumerate(zip(row, kinds, strict=True), 1):
            if not text:
                continue
            cell = sheet.cell(n, c)
            _write(cell, text, kind)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if example:
                cell.font = Font(name=FONT, size=11, italic=True, color="808080")
        sheet.row_dimensions[n].height = _height(row)
    for c, name in enumerate(rows[0], 1):
        column = None if c == 1 else table.columns[c - 2]
        cell = sheet.cell(1, c, f"{name}*" if _must(column, table) else name)
        cell.font = Font(name=FONT, size=11, bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        cell.comment = Comment(_comment(column, table), "crosswalk", height=120, width=260)
        sheet.column_dimensions[get_column_letter(c)].width = WIDTH
    sheet.freeze_panes = "B2"


def _height(row: Sequence[str]) -> float:
    """Return how high a row has to be for its texts: programs other than Excel do not find out."""
    lines = [
        sum(len(textwrap.wrap(part, WIDTH - 2)) or 1 for part in text.split("\n")) for text in row
    ]
    return min(LINE * max(lines, default=1), HIGHEST)


def _must(column: Column | None, table: Table) -> bool:
    return column.required if column else not table.known_by


def _comment(column: Column | None, table: Table) -> str:
    if column is None:
        may = " May be left empty." if table.known_by else ""
        return f"{table.title}\n\nNames the row.{may} Example: {table.example}"
    told = f"{column.comment}\n\nWritten as: {column.kind}"
    if column.kind is Kind.ROW:
        told += f" in the sheet {column.of[0]}"
    if column.many:
        told += ". Several: " + (
            "one a line" if column.kind in (Kind.TEXT, Kind.WORDS) else "parted by semicolons"
        )
    return f"{told}.\nIn the graph: {column.property}"


def _write(cell: Any, text: str, kind: Kind) -> None:  # noqa: ANN401 - openpyxl has no types
    """Write a text into a cell: as a number or a day if nothing of it is lost, never a formula."""
    if kind in (Kind.INTEGER, Kind.DECIMAL) and _is_number(text):
        cell.value = int(text) if re.fullmatch(r"-?\d+", text) else float(text)
        return
    if kind is Kind.DAY and re.fullmatch(r"(?:19[0-9]{2}|2[0-9]{3})-\d\d-\d\d", text):
        day = date.fromisoformat(text)
        if day > date(1900, 3, 1):
            cell.value = day
            cell.number_format = "yyyy-mm-dd"
            return
    cell.value = text
    cell.data_type = "s"
    if text.startswith(("=", "+", "-", "@", "'")):
        cell.quotePrefix = True


def _is_number(text: str) -> bool:
    """Return whether a number is shown as it is written, once a workbook has stored it."""
    if not re.fullmatch(r"-?(?:0|[1-9]\d{0,14})(?:\.\d*[1-9])?", text) or text == "-0":
        return False
    digits = text.replace("-", "").replace(".", "").lstrip("0")
    return len(digits) <= 15


def _offer(sheet: Any, table: Table, cells: Cells, lists: _Lists) -> None:  # noqa: ANN401
    """Give the columns of a sheet their drop-downs."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for c, column in enumerate(table.columns, 2):
        choices = _choices(column, cells)
        if column.kind is Kind.ROW and column.of[0] != "organization":
            formula = f"{column.of[0]}!$A$2:$A${ROWS}"
        elif choices:
            inline = ",".join(choices)
            fits = len(inline) < 250 and not any("," in one for one in choices)
            formula = f'"{inline}"' if fits else lists.reference(choices)
        else:
            continue
        strict = column.kind in (Kind.TERM, Kind.BOOLEAN) and not column.many
        offered = DataValidation(
            type="list", formula1=formula, allow_blank=True, showErrorMessage=strict
        )
        letter = get_column_letter(c)
        offered.add(f"{letter}2:{letter}{ROWS}")
        sheet.add_data_validation(offered)


def _choices(column: Column, cells: Cells) -> list[str]:
    if column.kind is Kind.TERM:
        return list(cells.terms(column.of))
    if column.kind is Kind.BOOLEAN:
        return ["true", "false"]
    carried = catalogue.editions(cells.dataset)
    if column.kind is Kind.EDITION:
        return [one.edition for one in carried if one.counted]
    if column.kind is Kind.PROVISION:
        return [
            f"{one.edition}:{catalogue.local_id(found.iri)[1]}"
            for one in carried
            if one.counted
            for found in catalogue.provisions(cells.dataset, one.edition)
            if found.counted
        ]
    if column.kind is Kind.ROW and column.of[0] == "organization":
        return ["organization"]
    return []


def _stamped(data: bytes) -> bytes:
    """Return a workbook without the moment at which it was written."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {one.filename: packed.read(one) for one in packed.infolist()}
    core = "docProps/core.xml"
    files[core] = re.sub(
        rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", files[core]
    )
    return as_zip(files)
