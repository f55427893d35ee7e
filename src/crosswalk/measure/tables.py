"""The numbers that a figure is computed from: one CSV, with the hash of its bytes.

A figure is only as good as its table, so a table is read strictly: one header, as many cells in
each row as it has names, UTF-8, numbers with a decimal point.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from crosswalk.errors import DataError, UsageError, nearest

__all__ = ["Table", "given", "parsed", "read"]

LARGEST = 256 * 1024 * 1024
"""The bytes of the largest table that is read."""
EXTREME = 30
"""The power of ten above or below which a number is held to be a slip."""
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table and where it stands."""

    place: str
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """Return a cell that says something.

        :raises DataError: if it is empty.
        """
        found = self.cells[column].strip()
        if not found:
            raise DataError(
                f"column {column!r} is empty", place=self.place, remedy="Fill it or drop the row."
            )
        return found

    def number(self, column: str, *, least: int | None = 0) -> Decimal:
        """Return a cell as a number.

        :raises DataError: if it is none, or below ``least``.
        """
        found = self.text(column)
        try:
            value = Decimal(found)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise DataError(
                f"{found[:SHOWN]!r} in column {column!r} is no number",
                place=self.place,
                remedy="Write digits with a decimal point, such as 0.25.",
            )
        if value and abs(value.adjusted()) > EXTREME:
            raise DataError(f"{found[:SHOWN]!r} in column {column!r} is extreme", place=self.place)
        if least is not None and value < least:
            raise DataError(f"column {column!r} is below {least}: {found}", place=self.place)
        return value


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV that was read. ``text`` is its bytes decoded; ``sha256`` is the hash of the bytes."""

    place: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    text: str
    sha256: str

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows in order."""
        return iter(self.rows)

    def need(self, *columns: str) -> None:
        """Check that there are columns of these names.

        :raises DataError: if there are not; names the nearest.
        """
        for column in columns:
            if column not in self.columns:
                has = f"It has {', '.join(self.columns)}."
                raise DataError(
                    f"there is no column {column!r}",
                    place=self.place,
                    remedy=nearest(column, self.columns) or has,
                )

    def where(self, column: str, value: str) -> Table:
        """Return the rows that hold a value in a column; the hash stays that of the whole."""
        self.need(column)
        kept = tuple(row for row in self.rows if row.cells[column].strip() == value)
        return Table(self.place, self.columns, kept, self.text, self.sha256)


def read(path: Path) -> Table:
    """Return the table in a CSV file.

    :raises UsageError: if there is no such file.
    :raises DataError: if it is too large or no table.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(
                f"is larger than {LARGEST // 1024 // 1024} MB",
                place=str(path),
                remedy="Count first, and give the counts.",
            )
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from None
    return parsed(data, str(path))


def parsed(data: bytes, place: str) -> Table:
    r"""Return the table in the bytes of a CSV.

    :param place: what the bytes are called in errors.
    :raises DataError: if they are no UTF-8, or no table.

    >>> table = parsed(b"group,selected,total\na,39,100\n", "rates.csv")
    >>> table.columns, [row.cells["total"] for row in table]
    (('group', 'selected', 'total'), ['100'])
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"is not UTF-8 at byte {error.start}", place=place, remedy="Save it as CSV in UTF-8."
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = tuple(cell.strip() for cell in cells)
                continue
            here = f"{place}:{reader.line_num}"
            if len(cells) != len(columns):
                raise DataError(
                    f"has {len(cells)} cells where the header has {len(columns)}", place=here
                )
            rows.append(Row(here, dict(zip(columns, cells, strict=True))))
    except csv.Error as error:
        raise DataError(f"is no CSV: {error}", place=f"{place}:{reader.line_num}") from None
    if not columns:
        raise DataError("is empty", place=place, remedy="Give a header and the rows below it.")
    if len(set(columns)) < len(columns) or "" in columns:
        raise DataError(
            "two columns have one name, or one has none",
            place=place,
            remedy="Give each column a name of its own.",
        )
    return Table(place, columns, tuple(rows), text, hashlib.sha256(data).hexdigest())


def given(rows: Sequence[str]) -> Table:
    r"""Return the table of rows that were written as ``NAME=VALUE,NAME=VALUE``.

    :raises UsageError: if a row is written otherwise, or has other names than the first.

    >>> given(["group=a,selected=39,total=100", "group=b,selected=50,total=100"]).text
    'group,selected,total\na,39,100\nb,50,100\n'
    """
    read_rows: list[dict[str, str]] = []
    for row in rows:
        cells: dict[str, str] = {}
        for part in row.split(","):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or name.strip() in cells:
                raise UsageError(
                    f"{row!r} is no row", place="--row", remedy="Write NAME=VALUE,NAME=VALUE."
                )
            cells[name.strip()] = value.strip()
        if read_rows and set(cells) != set(read_rows[0]):
            raise UsageError(
                f"{row!r} has other names than the first row",
                place="--row",
                remedy=f"Give {', '.join(read_rows[0])} in each.",
            )
        read_rows.append(cells)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(read_rows[0]) if read_rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(read_rows)
    return parsed(buffer.getvalue().encode(), "--row")
