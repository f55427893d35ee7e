"""The evidence workbook ↔ the graph of an organisation.

What is read is what the cells say and nothing else: no date, owner or status is made up. What is
written can be read again as the same triples; what no cell can say is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pyoxigraph as ox

from crosswalk.errors import CrosswalkError, DataError, nearest
from crosswalk.graph import Dataset
from crosswalk.intake.cells import Cells
from crosswalk.intake.columns import EXAMPLE, SHEETS, Column, Kind, Table
from crosswalk.intake.opening import Cell, Row, Sheet, rows_of, sheets_of
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.namespaces import expand

__all__ = ["BESIDE", "Grid", "escaped", "grids", "read", "unescaped"]

Grid = dict[str, list[list[str]]]
"""Sheet → its rows of texts, the header first."""
TYPE = ox.NamedNode(expand("rdf:type"))
BESIDE = ("instructions", "lists")
"""Sheets that hold no rows of evidence."""
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")


def read(source: Source, dataset: Dataset) -> Reading:
    r"""Return what a workbook, or a ZIP of CSV files, or one CSV file named as a sheet, says.

    The options ``edition`` and ``language`` tell the edition of citations that name none, and the
    language of labels and descriptions.

    :raises DataError: if it cannot be opened, or an option is wrong.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> said = b"key,label,likelihood\nR-1,Too much,4"
    >>> reading = read(Source("risks.csv", said, "acme", date(2026, 11, 20)), open_dataset())
    >>> [(line.place, str(line.outcome), line.subject) for line in reading.lines]
    [('line 2', 'mapped', 'https://w3id.org/aigov-crosswalk/org/acme/risk/r-1')]
    """
    account = Account(source, "workbook")
    cells = Cells(
        dataset,
        source.organization,
        as_of=source.as_of,
        edition=source.options.get("edition", ""),
        language=source.options.get("language", "en"),
    )
    reader = _Reader(account, cells)
    for sheet in sheets_of(source):
        reader.sheet(sheet)
    reader.end()
    return account.reading()


class _Reader:
    def __init__(self, account: Account, cells: Cells) -> None:
        self.account, self.cells = account, cells
        self.tables = {table.name: table for table in SHEETS}
        self.seen: dict[str, str] = {}
        self.meant: list[tuple[int, set[str]]] = []
        self.done: list[tuple[str, ox.NamedNode, str, set[str]]] = []

    def sheet(self, sheet: Sheet) -> None:
        """Read the rows of a sheet."""
        table = self.tables.get(sheet.name.strip().casefold())
        if table is None:
            if sheet.name in BESIDE:
                self.account.passed_over(sheet.name, "helps to fill the workbook")
                return
            hint = nearest(sheet.name.casefold(), self.tables)
            rows = sum(1 for _ in sheet.rows)
            self.account.passed_over(
                sheet.name, f"is no sheet of the workbook ({rows} rows). {hint or ''}".rstrip(". ")
            )
            return
        header: dict[int, Column | None] | None = None
        for row in rows_of(self.account, sheet):
            if header is None:
                header = self._header(row, table, sheet)
            elif header:
                self._row(row, table, header, sheet)

    def end(self) -> None:
        """Note each row, and of which of the rows it names nothing is said here."""
        for place, subject, detail, meant in self.done:
            missing = sorted(meant - self.seen.keys())
            home = self.cells.home
            told = ", ".join(one.removeprefix(home) for one in missing if one.startswith(home))
            notes = [detail, f"names what is not in this workbook: {told}" if told else ""]
            self.account.mapped(place, subject, "; ".join(filter(None, notes)))

    def _header(self, row: Row, table: Table, sheet: Sheet) -> dict[int, Column | None]:
        known = {column.name: column for column in table.columns}
        found: dict[int, Column | None] = {}
        names: set[str] = set()
        for n, cell in row.cells.items():
            name = cell.text.strip(" *").casefold()
            if name in names:
                self.account.refused(
                    cell.place, f"the column {name!r} is there twice", "Keep one of the two."
                )
            elif name == "key":
                found[n] = None
            elif name in known:
                found[n] = known[name]
            else:
                hint = nearest(name, ["key", *known]) or ""
                self.account.passed_over(
                    cell.place, f"{cell.text[:100]!r} is no column of {table.name}. {hint}".strip()
                )
            names.add(name)
        wanted = {column.name for column in table.columns if column.required}
        wanted |= set() if table.known_by else {"key"}
        if wanted - names:
            found.clear()
        for name in sorted(wanted - names):
            self.account.refused(
                row.place,
                f"the sheet {sheet.name} has no column {name!r}",
                "Write the names of the columns in the first row, as the template has them.",
            )
        return found

    def _row(self, row: Row, table: Table, header: dict[int, Column | None], sheet: Sheet) -> None:
        if not sheet.typed:
            row = replace(row, cells={n: _plain(cell) for n, cell in row.cells.items()})
        key = next(
            (row.cells[n].text for n, one in header.items() if one is None and n in row.cells), ""
        )
        if key.casefold().startswith(EXAMPLE):
            self.account.passed_over(row.place, "an example")
            return
        values: dict[str, list[ox.NamedNode | ox.Literal]] = {}
        faults, notes = 0, [f"{sheet.name} is a hidden sheet"] if sheet.hidden else []
        notes += ["a hidden row"] if row.hidden else []
        given = [(row.cells[n], one) for n, one in header.items() if one and n in row.cells]
        for cell, column in given:
            try:
                values[column.name] = self.cells.decode(cell, column)
            except CrosswalkError as error:
                faults += 1
                self.account.refused(
                    cell.place, f"{column.name}: {error.offence}", error.remedy or "Correct it."
                )
                continue
            if cell.note:
                notes.append(f"{column.name}: {cell.note}")
            if column.kind is Kind.DAY and cell.kind == "number":
                notes.append(f"{column.name}: {cell.text} days since {cell.epoch} is {cell.day}")
        for n, cell in row.cells.items():
            if n not in header:
                self.account.passed_over(cell.place, "stands under no column of the workbook")
        for column in table.columns:
            if column.required and not values.get(column.name) and not faults:
                faults += 1
                self.account.refused(
                    row.place,
                    f"{column.name} is missing",
                    f"Write it: {column.comment} For example: {column.example}",
                )
        subject = None if faults else self._subject(key, table, values, row)
        if subject is None:
            return
        meant: set[str] = set()
        for name in table.types:
            self.account.say(subject, "rdf:type", ox.NamedNode(expand(name)))
        for column in table.columns:
            for value in values.get(column.name, ()):
                if column.kind in (Kind.ROW, Kind.ANY) and isinstance(value, ox.NamedNode):
                    meant.add(value.value)
                if column.property.startswith("^") and isinstance(value, ox.NamedNode):
                    self.account.say(value, column.property[1:], subject)
                else:
                    self.account.say(subject, column.property, value)
        self.done.append((row.place, subject, "; ".join(notes), meant))

    def _subject(
        self,
        key: str,
        table: Table,
        values: dict[str, list[ox.NamedNode | ox.Literal]],
        row: Row,
    ) -> ox.NamedNode | None:
        try:
            if key:
                subject = self.cells.row(key, table.folder)
            elif table.known_by:
                parts = [v.value for name in table.known_by for v in values[name]]
                subject = self.account.hashed(table.folder, *parts)
            else:
                raise DataError("the key is missing", remedy="Give the row a key of its own.")
        except CrosswalkError as error:
            self.account.refused(row.place, error.offence, error.remedy or "Correct it.")
            return None
        if subject.value in self.seen:
            self.account.refused(
                row.place,
                f"is the same as {self.seen[subject.value]}: {key or 'the same things are named'}",
                "Give each row a key of its own.",
            )
            return None
        self.seen[subject.value] = row.place
        return subject


def grids(triples: Iterable[ox.Triple], cells: Cells) -> tuple[Grid, list[ox.Triple]]:
    """Return the sheets that say what a graph says, and the triples that they do not carry.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> cells = Cells(open_dataset(), "acme", as_of=date(2026, 11, 20))
    >>> found, left = grids([], cells)
    >>> found["issues"], left
    ([['key', 'label', 'kind', 'scope', 'illustrative']], [])
    """
    held = set(triples)
    about: dict[ox.NamedNode, set[ox.Triple]] = {}
    into: dict[tuple[str, ox.NamedNode], list[ox.NamedNode]] = {}
    for one in held:
        if isinstance(one.subject, ox.NamedNode):
            about.setdefault(one.subject, set()).add(one)
            if isinstance(one.object, ox.NamedNode):
                into.setdefault((one.predicate.value, one.object), []).append(one.subject)
    carried: set[ox.Triple] = set()
    found: Grid = {}
    for table in SHEETS:
        rows: list[list[str]] = []
        types = {ox.NamedNode(expand(name)) for name in table.types}
        for subject, said in about.items():
            if types <= {one.object for one in said if one.predicate == TYPE}:
                row, taken = _written(subject, said, into, table, cells, types)
                if row is not None:
                    rows.append(row)
                    carried |= taken
        header = ["key", *(column.name for column in table.columns)]
        found[table.name] = [header, *sorted(rows)]
    return found, sorted(held - carried, key=str)


def _written(
    subject: ox.NamedNode,
    said: set[ox.Triple],
    into: dict[tuple[str, ox.NamedNode], list[ox.NamedNode]],
    table: Table,
    cells: Cells,
    types: set[ox.NamedNode],
) -> tuple[list[str] | None, set[ox.Triple]]:
    """Return the row of a resource, and which triples it says; no row if it cannot be named."""
    key = cells.key(subject.value, table.folder)
    if key is None or key.startswith(EXAMPLE):
        return None, set()
    row = [key]
    taken = {ox.Triple(subject, TYPE, one) for one in types}
    for column in table.columns:
        back = column.property.startswith("^")
        predicate = ox.NamedNode(expand(column.property.removeprefix("^")))
        pairs: list[tuple[object, ox.Triple]]
        if back:
            pairs = [
                (one, ox.Triple(one, predicate, subject))
                for one in into.get((predicate.value, subject), ())
            ]
        else:
            pairs = [(one.object, one) for one in said if one.predicate == predicate]
        said_here = (
            (cells.encode(value, column), triple) for value, triple in pairs if triple not in taken
        )
        texts = sorted(
            ((text, triple) for text, triple in said_here if text is not None),
            key=lambda pair: pair[0],
        )
        texts = texts if column.many else texts[:1]
        if column.required and not texts:
            return None, set()
        lines = column.kind in (Kind.TEXT, Kind.WORDS)
        joined = ("\n" if lines else "; ").join(text for text, _ in texts)
        row.append(joined)
        taken |= {triple for _, triple in texts}
    return row, taken


def escaped(text: str) -> str:
    """Return a text as it stands in a CSV file, where no program takes it for a formula.

    >>> escaped("=1+1"), escaped("-5"), escaped("plain")
    ("'=1+1", '-5', 'plain')
    """
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def unescaped(text: str) -> str:
    """Return a text of a CSV file as it was before :func:`escaped`.

    >>> unescaped(escaped("'=1+1"))
    "'=1+1"
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _plain(cell: Cell) -> Cell:
    return replace(cell, text=unescaped(cell.text))
