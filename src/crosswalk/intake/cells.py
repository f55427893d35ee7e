"""What stands in a cell of the workbook ↔ the terms of the graph that it says.

A row is meant by its key, by ``folder/key`` where its address is not what its key would give, or
by an address in angle brackets. ``decode(encode(term)) == term``, or there is no text for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import pyoxigraph as ox

from crosswalk import catalogue, citations
from crosswalk.errors import CrosswalkError, DataError, UsageError, nearest
from crosswalk.graph import Dataset
from crosswalk.intake.columns import FOLDERS, Column, Kind
from crosswalk.intake.opening import Cell
from crosswalk.intake.reading import slug
from crosswalk.namespaces import BASE, compress, edition_iri, expand

__all__ = ["Cells", "local"]

SAFE = re.compile(r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*")
ADDRESS = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+)>")
DECIMAL = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")
INTEGER = re.compile(r"[-+]?[0-9]+")
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
LONGEST = 32_000
"""Characters that a cell holds."""
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
LITERALS = {
    Kind.TEXT: "xsd:string",
    Kind.DAY: "xsd:date",
    Kind.INTEGER: "xsd:integer",
    Kind.DECIMAL: "xsd:decimal",
    Kind.BOOLEAN: "xsd:boolean",
}


class Cells:
    """Reads and writes the cells of one organisation's workbook.

    :param dataset: that holds the catalogue.
    :param edition: the edition of citations that name none; empty for none.
    :param language: the language of labels and descriptions.

    >>> from crosswalk.graph import open_dataset
    >>> from crosswalk.intake.columns import SHEETS
    >>> cells = Cells(open_dataset(), "acme", as_of=date(2026, 11, 20))
    >>> columns = [column for sheet in SHEETS for column in sheet.columns]
    >>> implements = next(c for c in columns if c.name == "implements")
    >>> cells.decode(Cell("B2", "ISO 42001 A.2.2"), implements)[0].value
    'https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.2.2'
    """

    def __init__(
        self,
        dataset: Dataset,
        organization: str,
        *,
        as_of: date,
        edition: str = "",
        language: str = "en",
    ) -> None:
        self.dataset, self.as_of, self.language = dataset.knowledge, as_of, language
        self.home = f"{BASE}org/{organization}/"
        self.edition = catalogue.edition(dataset, edition, as_of=as_of).edition if edition else ""
        self._terms: dict[tuple[str, ...], dict[str, str]] = {}
        self._cited: dict[str, str] = {}
        self._ids: dict[str, str] | None = None

    def decode(self, cell: Cell, column: Column) -> list[ox.NamedNode | ox.Literal]:
        """Return the terms that a cell says.

        :raises CrosswalkError: if it says none that the column may have.
        """
        texts = [cell.text]
        if column.many:
            lines = column.kind in (Kind.TEXT, Kind.WORDS)
            texts = re.split(r"\n" if lines else r"[;\n]", cell.text)
        found: list[ox.NamedNode | ox.Literal] = []
        for text in (one.strip() for one in texts):
            if text:
                found.append(self._term(text, cell, column))
        return found

    def encode(self, term: object, column: Column) -> str | None:
        """Return the text that says a term, or None if a cell of the column cannot say it."""
        if isinstance(term, ox.Literal):
            text = self._literal_text(term, column)
        elif isinstance(term, ox.NamedNode):
            text = self._node_text(term.value, column)
        else:
            return None
        if text is None or not text or text != text.strip() or UNWRITABLE.search(text):
            return None
        if len(text) > LONGEST or (column.many and "\n" in text):
            return None
        if column.many and column.kind not in (Kind.TEXT, Kind.WORDS) and ";" in text:
            return None
        return text

    def row(self, key: str, folder: str) -> ox.NamedNode:
        """Return the address of a row of a sheet, by its key.

        :raises CrosswalkError: if the key cannot name one.
        """
        address = ADDRESS.fullmatch(key)
        if address:
            if address[1].startswith(BASE) and not address[1].startswith(self.home):
                raise DataError(
                    f"{address[1]} is not the organisation's",
                    remedy=f"Name only what is at {self.home}… or at addresses of your own.",
                )
            return ox.NamedNode(address[1])
        if folder == "organization":
            if key.casefold() != "organization":
                raise DataError(f"{key!r} is not the organisation", remedy="Write: organization")
            return ox.NamedNode(self.home + "organization")
        if SAFE.fullmatch(key) and key.partition("/")[0] in FOLDERS.values() and "/" in key:
            return ox.NamedNode(self.home + key)
        return ox.NamedNode(f"{self.home}{folder}/{slug(key)}")

    def key(self, iri: str, folder: str) -> str | None:
        """Return the key by which a row of a sheet is named, or None if none names it."""
        rest = iri.removeprefix(self.home)
        if rest == iri:
            return f"<{iri}>" if ADDRESS.fullmatch(f"<{iri}>") and ";" not in iri else None
        if folder == "organization" and rest == "organization":
            return rest
        head, _, name = rest.partition("/")
        if head == folder and SAFE.fullmatch(name) and _slugged(name) == name:
            return name
        if head in FOLDERS.values() and name and SAFE.fullmatch(rest):
            return rest
        return f"<{iri}>" if ADDRESS.fullmatch(f"<{iri}>") and ";" not in iri else None

    def terms(self, of: Sequence[str]) -> dict[str, str]:
        """Return name → address of the terms of a column, by name."""
        if tuple(of) not in self._terms:
            if len(of) == 1:
                rows = self.dataset.rows("catalogue/terms", **{"class": expand(of[0])})
                found = {local(row["term"] or ""): row["term"] or "" for row in rows}
            else:
                found = {local(expand(one)): expand(one) for one in of}
            self._terms[tuple(of)] = dict(sorted(found.items()))
        return self._terms[tuple(of)]

    def provision(self, text: str) -> str:
        """Return the address of a provision that is cited.

        :raises UsageError: if there is none; names the nearest.
        """
        if text not in self._cited:
            inner = citations.within(self.dataset, self.edition, text) if self.edition else None
            found = inner or citations.resolve(self.dataset, text, as_of=self.as_of)
            self._cited[text] = found.iri
        return self._cited[text]

    def _term(self, text: str, cell: Cell, column: Column) -> ox.NamedNode | ox.Literal:
        kind = column.kind
        if kind is Kind.WORDS:
            return ox.Literal(text, language=self.language)
        if kind in LITERALS:
            return ox.Literal(
                self._lexical(text, cell, kind), datatype=ox.NamedNode(expand(LITERALS[kind]))
            )
        if kind is Kind.TERM:
            return ox.NamedNode(self._named(text, self.terms(column.of)))
        if kind is Kind.PROVISION:
            return ox.NamedNode(self.provision(text))
        if kind is Kind.EDITION:
            return ox.NamedNode(catalogue.edition(self.dataset, text, as_of=self.as_of).iri)
        if kind is Kind.ANY:
            inside = text.partition("/")[0] in FOLDERS.values() and "/" in text
            if inside or ADDRESS.fullmatch(text):
                return self.row(text, "")
            return ox.NamedNode(self.provision(text))
        return self.row(text, FOLDERS[column.of[0]])

    def _lexical(self, text: str, cell: Cell, kind: Kind) -> str:
        if kind is Kind.DAY:
            if not cell.day:
                raise DataError(f"{text!r} is no day", remedy="Write YYYY-MM-DD.")
            return cell.day
        if kind is Kind.BOOLEAN:
            if text.casefold() not in TRUTH:
                raise DataError(
                    f"{text!r} is neither true nor false", remedy="Write true or false."
                )
            return "true" if TRUTH[text.casefold()] else "false"
        if kind is Kind.INTEGER and not INTEGER.fullmatch(text):
            raise DataError(f"{text!r} is no whole number", remedy="Write digits only.")
        if kind is Kind.DECIMAL and not DECIMAL.fullmatch(text):
            raise DataError(
                f"{text!r} is no number", remedy="Write digits and a point, as in 0.85."
            )
        return text

    def _named(self, text: str, known: dict[str, str]) -> str:
        by_name = {name.casefold(): iri for name, iri in known.items()}
        found = by_name.get(text.casefold()) or by_name.get(text.casefold().replace(" ", "-"))
        if found is None and text in {compress(iri) for iri in known.values()}:
            found = expand(text)
        if found is None:
            raise UsageError(
                f"{text!r} is none of the list",
                remedy=nearest(text.casefold(), by_name) or f"Write one of: {', '.join(known)}.",
            )
        return found

    def _literal_text(self, term: ox.Literal, column: Column) -> str | None:
        if column.kind is Kind.WORDS:
            return term.value if term.language == self.language else None
        kind = LITERALS.get(column.kind)
        if kind is None or term.datatype.value != expand(kind) or term.language:
            return None
        text = str(term.value)
        if column.kind is Kind.BOOLEAN:
            return text if text in ("true", "false") else None
        patterns = {Kind.INTEGER: INTEGER, Kind.DECIMAL: DECIMAL}
        if column.kind in patterns and not patterns[column.kind].fullmatch(text):
            return None
        return text if column.kind is not Kind.DAY or Cell("", text).day else None

    def _node_text(self, iri: str, column: Column) -> str | None:
        kind = column.kind
        if kind is Kind.TERM:
            names = (name for name, one in self.terms(column.of).items() if one == iri)
            return next(names, None)
        if kind is Kind.EDITION:
            key = iri.removeprefix(edition_iri(""))
            known = {one.edition for one in catalogue.editions(self.dataset)}
            return key if key in known else None
        if kind is Kind.PROVISION:
            return self._citation(iri)
        if kind is Kind.ANY:
            return self._citation(iri) or self.key(iri, "")
        return self.key(iri, FOLDERS[column.of[0]]) if kind is Kind.ROW else None

    def _citation(self, iri: str) -> str | None:
        key, rest = catalogue.local_id(iri)
        if not key or not rest:
            return None
        if self._ids is None:
            self._ids = {}
        if iri not in self._ids:
            try:
                text = f"{key}:{rest}"
                self._ids[iri] = text if self.provision(text) == iri else ""
            except CrosswalkError:
                self._ids[iri] = ""
        return self._ids[iri] or None


def local(iri: str) -> str:
    """Return the last part of an address.

    >>> local("https://w3id.org/aigov-crosswalk/ns#implemented")
    'implemented'
    """
    return re.split(r"[/#]", iri)[-1]


def _slugged(name: str) -> str:
    try:
        return slug(name)
    except DataError:
        return ""
