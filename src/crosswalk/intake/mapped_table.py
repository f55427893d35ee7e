"""Anybody's table, CSV or XLSX, by a mapping of its columns.

The mapping is our own small language and not RML: its engines read files, addresses and databases
at the mapping's word, and do not say what became of each row. docs/imports.md tells what was tried.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import pyoxigraph as ox

from crosswalk import catalogue, citations
from crosswalk.errors import DataError, UsageError, nearest
from crosswalk.graph import Dataset
from crosswalk.intake.documents import decimal, require_options
from crosswalk.intake.mapping import NAME, Property, Resource, Table, table_of
from crosswalk.intake.opening import Cell, Row, Sheet, rows_of, sheets_of, yaml_of
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.namespaces import BASE, expand

__all__ = ["OPTIONS", "read"]

KIND = "csv"
OPTIONS = {
    "map": "the text of the mapping file",
    "edition": "key of the edition that is cited, where the mapping names none",
}
"""What an import must be told beside the table: option → meaning."""


def read(source: Source, dataset: Dataset) -> Reading:
    r"""Return what a table says by a mapping, and what became of each of its rows.

    :raises DataError: if the mapping or the table cannot be opened.
    :raises UsageError: if there is no mapping.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> told = {"map": "resources: [{folder: risk, key: '{Ref}', class: cw:Risk,"
    ...                " properties: {rdfs:label: Title}}]"}
    >>> source = Source("r.csv", b"Ref,Title,Colour\nR1,Bias,red", "acme", date(2026, 11, 20), told)
    >>> for line in read(source, open_dataset()).lines:
    ...     print(line.outcome, line.place, line.detail)
    passed-over line 1, column C column 'Colour': the mapping does not use it
    mapped line 2 cw:Risk R1
    """
    require_options(source, OPTIONS)
    text, name = source.options.get("map"), source.options.get("map_name", "mapping")
    if not text:
        raise UsageError(
            "an import of a table needs a mapping of its columns",
            remedy="Give one with --map; examples/imports has one.",
        )
    account = Account(source, KIND)
    said = yaml_of(replace(source, name=name, data=text.encode()))
    table, faults = table_of(said)
    for one in faults:
        account.refused(f"{name}: {one.place}", one.offence, one.remedy)
    if table is not None:
        _Rows(account, dataset, table, name).take(_as_told(source, table))
    return account.reading()


def _as_told(source: Source, table: Table) -> Source:
    """Return a CSV as it is opened, if the mapping tells how it is encoded or divided."""
    if not (table.encoding or table.delimiter) or source.data.startswith(b"PK"):
        return source
    encoding = table.encoding or "utf-8-sig"
    try:
        text = source.data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = source.data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"is not {encoding} at byte {error.start + 1}",
            place=f"{source.name}:{line}",
            remedy="Correct source/encoding in the mapping.",
        ) from None
    if table.delimiter:
        held = io.StringIO()
        writer = csv.writer(held, quoting=csv.QUOTE_ALL, lineterminator="\n")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter, strict=True)
        try:
            for row in reader:
                writer.writerow(row)
        except csv.Error as error:
            raise DataError(
                f"is no CSV: {error}",
                place=f"{source.name}:{reader.line_num}",
                remedy="Correct the quotes.",
            ) from None
        text = held.getvalue()
    return replace(source, data=text.encode())


class _Rows:
    """The rows of a table while they are mapped."""

    def __init__(self, account: Account, dataset: Dataset, table: Table, name: str) -> None:
        self.account, self.dataset, self.table, self.name = account, dataset, table, name
        self.edition = account.source.options.get("edition") or table.edition
        self.columns: dict[str, int] = {}
        self.seen: dict[ox.NamedNode, str] = {}
        self.sound = True

    def take(self, source: Source) -> None:
        """Take the rows of the sheet that the mapping is of."""
        names = []
        for sheet in sheets_of(source):
            names.append(sheet.name)
            if self.columns or (self.table.sheet and sheet.name != self.table.sheet):
                self.account.passed_over(f"sheet {sheet.name}", "the mapping is of another sheet")
                continue
            self._sheet(sheet)
            if not self.sound:
                return
        if not self.columns:
            wanted = self.table.sheet
            self.account.refused(
                f"{self.name}: /source",
                f"there is no sheet {wanted!r}" if wanted else "the table has no row of headings",
                (nearest(wanted, names) if wanted else None) or f"Sheets are {', '.join(names)}.",
            )

    def _sheet(self, sheet: Sheet) -> None:
        for row in rows_of(self.account, sheet):
            if row.number < self.table.header:
                self.account.passed_over(row.place, "stands above the headings")
            elif not self.columns:
                self._headings(row)
                if not self.sound:
                    return
            else:
                self._row(row)

    def _headings(self, row: Row) -> None:
        """Learn which column is called what."""
        for n, cell in row.cells.items():
            if cell.text in self.columns:
                self.account.refused(
                    cell.place, f"the heading {cell.text[:80]!r} is there twice", "Rename one."
                )
                self.sound = False
            self.columns[cell.text] = n
        used = self.table.columns()
        for column, place in used.items():
            if column not in self.columns:
                self.account.refused(
                    f"{self.name}: {place}",
                    f"the table has no column {column[:80]!r}",
                    nearest(column, self.columns) or f"Columns are {', '.join(self.columns)}.",
                )
                self.sound = False
        for column, n in self.columns.items():
            if column not in used:
                why = "leaves it out" if column in self.table.ignore else "does not use it"
                self.account.passed_over(
                    row.cells[n].place, f"column {column[:80]!r}: the mapping {why}"
                )

    def _row(self, row: Row) -> None:
        cells = {name: row.cells[n] for name, n in self.columns.items() if n in row.cells}
        made = [one for one in self.table.resources if _wanted(one, cells)]
        if not made:
            self.account.passed_over(row.place, "the mapping leaves out rows like it (only)")
        for one in made:
            self._resource(one, row, cells)

    def _resource(self, one: Resource, row: Row, cells: Mapping[str, Cell]) -> None:
        account = self.account
        key = _filled(one.key, cells)
        if not any(sign.isalnum() for sign in key):
            account.refused(
                row.place, f"has nothing in {one.key} that names it", "Give each row a key."
            )
            return
        subject = account.named(one.folder, key)
        before = self.seen.setdefault(subject, row.place)
        if before != row.place and not one.repeated:
            account.refused(
                row.place,
                f"the key {key[:80]!r} is that of {before}",
                "Give each row its own, or write repeated: true.",
            )
            return
        for kind in one.kinds:
            account.say(subject, "rdf:type", ox.NamedNode(expand(kind)))
        fine = True
        for held in one.properties:
            fine &= self._property(subject, held, row, cells)
        if fine:
            what = " ".join(one.kinds) or one.folder
            account.mapped(row.place, subject, f"{what} {key}")

    def _property(
        self, subject: ox.NamedNode, held: Property, row: Row, cells: Mapping[str, Cell]
    ) -> bool:
        """Say a property of a resource; return whether nothing was refused."""
        account = self.account
        if held.organization:
            home = ox.NamedNode(f"{BASE}org/{account.source.organization}/organization")
            account.say(subject, held.predicate, home)
            return True
        cell = cells.get(held.column)
        place = cell.place if cell else row.place
        text = held.constant or (_filled(held.template, cells) if held.template else "")
        if cell is not None:
            text = cell.text
            if held.datatype == "xsd:date" and not held.format and cell.day:
                text = cell.day
            elif held.datatype == "xsd:date" and cell.kind in ("day", "number") and cell.day:
                text, held = cell.day, replace(held, format="")
        parts = text.split(held.split) if held.split else [text]
        said = [part.strip() for part in parts if part.strip()]
        if not said and held.required:
            account.refused(place, f"has no {held.column or held.predicate}", "Fill it in.")
            return False
        fine = True
        for part in said:
            for value in self._value(held, part, place, cells):
                account.say(subject, held.predicate, value)
                break
            else:
                fine = False
        return fine

    def _value(
        self, held: Property, text: str, place: str, cells: Mapping[str, Cell]
    ) -> Iterator[ox.NamedNode | ox.Literal]:
        """Yield what a text means; nothing if it was refused."""
        account = self.account
        if held.values:
            meant = held.values.get(text.casefold())
            if meant is None:
                known = list(held.values)
                account.refused(
                    place,
                    f"{text[:80]!r} is no value of {held.column or held.predicate}",
                    nearest(text.casefold(), known) or f"The mapping knows {', '.join(known)}.",
                )
                return
            text = meant
            if not (held.datatype or held.folder or held.citation or held.language):
                yield ox.NamedNode(expand(text))
                return
        if held.citation:
            yield from self._cited(held, text, place, cells)
        elif held.folder:
            if not any(sign.isalnum() for sign in text):
                account.refused(place, f"{text[:80]!r} names nothing", "Use letters or digits.")
                return
            found = account.named(held.folder, text)
            for kind in held.kinds:
                account.say(found, "rdf:type", ox.NamedNode(expand(kind)))
                account.say(found, "rdfs:label", text)
            yield found
        elif held.datatype and held.datatype != "xsd:string":
            yield from self._typed(held, text, place)
        elif held.language:
            yield ox.Literal(text, language=held.language)
        else:
            yield ox.Literal(text)

    def _typed(self, held: Property, text: str, place: str) -> Iterator[ox.Literal]:
        kind = held.datatype
        lexical, remedy = "", ""
        if kind == "xsd:date":
            lexical = _day(text, held.format)
            remedy = f"Write it as {held.format or 'YYYY-MM-DD'}, or give its form (format)."
        elif kind == "xsd:boolean":
            lexical = text.casefold() if text.casefold() in ("true", "false") else ""
            remedy = "Write true or false, or say what words mean (values)."
        else:
            number = decimal(text.replace(",", ".") if held.comma else text)
            if number is not None and (kind == "xsd:decimal" or "." not in number.value):
                lexical = number.value
            remedy = "Write digits only, with a point; comma: true in the mapping reads 0,5."
        if not lexical:
            self.account.refused(place, f"{text[:80]!r} is no {kind}", remedy)
            return
        yield ox.Literal(lexical, datatype=ox.NamedNode(expand(kind)))

    def _cited(
        self, held: Property, text: str, place: str, cells: Mapping[str, Cell]
    ) -> Iterator[ox.NamedNode]:
        key = self.edition if held.citation == "default" else held.citation
        if held.edition_column:
            cell = cells.get(held.edition_column)
            key = cell.text if cell else self.edition
        if not key:
            self.account.refused(
                place,
                f"{text[:80]!r} is cited without its edition",
                "Name it: citation, edition, or --edition.",
            )
            return
        try:
            edition = catalogue.edition(self.dataset, key, as_of=self.account.source.as_of).edition
        except UsageError as error:
            self.account.refused(place, error.offence, error.remedy or "Name one that is carried.")
            return
        found = citations.within(self.dataset, edition, text)
        if found is None:
            ids = [one.id for one in catalogue.provisions(self.dataset, edition)]
            self.account.refused(
                place,
                f"{edition} has no provision {text[:80]!r}",
                nearest(text, ids) or f"`crosswalk provisions {edition}` lists its ids.",
            )
            return
        yield ox.NamedNode(found.iri)


def _wanted(one: Resource, cells: Mapping[str, Cell]) -> bool:
    """Return whether a row has such a resource."""
    return all(
        (cells[column].text.casefold() if column in cells else "") in values
        for column, values in one.only.items()
    )


def _filled(text: str, cells: Mapping[str, Cell]) -> str:
    """Return a template with the cells of a row; empty if one of them is."""
    if any(name not in cells for name in NAME.findall(text)):
        return ""
    return NAME.sub(lambda found: cells[found[1]].text, text)


def _day(text: str, form: str) -> str:
    """Return a day as YYYY-MM-DD from how it is written, or an empty text."""
    parts = {"YYYY": r"(?P<y>\d{4})", "MM": r"(?P<m>\d{1,2})", "DD": r"(?P<d>\d{1,2})"}
    pattern = re.escape(form or "YYYY-MM-DD")
    for mark, group in parts.items():
        pattern = pattern.replace(mark, group)
    found = re.fullmatch(pattern, text, re.ASCII)
    try:
        return date(*(int(found[one]) for one in "ymd")).isoformat() if found else ""
    except ValueError:
        return ""
