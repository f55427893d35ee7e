"""The items of evidence read column by column, where they are too many for a query.

It gives the rows of the query ``coverage/evidence-items``. The engine keeps about 20 KB of an item
while it answers that, and looks up each value by itself where it is asked item by item; here each
property is read once in the order of its index, and its values are held by the number of an item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import product
from typing import Any

import pyoxigraph as ox

from crosswalk.graph import Dataset
from crosswalk.graph.dataset import as_text
from crosswalk.namespaces import expand

__all__ = ["Columns", "scanned"]

Columns = tuple[str | None, ...]
"""One row of a query, in the order of its columns; unbound is None."""
PLAIN = (
    *("rdfs:label", "cw:author", "cw:acceptedBy", "cw:sha256", "cw:inScope", "cw:effectiveFrom"),
    *("cw:effectiveTo", "cw:expiresOn", "cw:file"),
)
"""The properties whose values stand in a column as they are."""
DATED = ("cw:recordedOn", "cw:acceptedOn", "cw:collectedOn")
"""The first that an item has tells since when it has been on record."""
XSD_DATE = ox.NamedNode(expand("xsd:date"))
AT_ONCE = 10_000
"""How many values the engine compares in one query."""


class Column:
    """The values of a property by the number of an item: none, one, or several."""

    def __init__(self, size: int) -> None:
        self._one: list[Any] = [None] * size
        self._more: dict[int, list[Any]] = {}

    def add(self, number: int, value: object) -> None:
        """Note a value; what is said twice is noted once."""
        held = self._one[number]
        if held is None:
            self._one[number] = value
        elif value != held and value not in (more := self._more.setdefault(number, [])):
            more.append(value)

    def __getitem__(self, number: int) -> tuple[Any, ...]:
        """Return the values of an item; None stands for none."""
        return (self._one[number], *self._more.get(number, ()))


def scanned(dataset: Dataset, record: date) -> Iterator[list[Columns]] | None:
    """Yield the rows of all items on record by a day, those of one implementation at a time.

    :param dataset: one whose store is embedded.
    :returns: None where an item or an implementation has no name.
    """
    numbers: dict[object, int] = {}
    of: dict[ox.NamedNode, list[int]] = {}
    for quad in dataset.matching(None, _property("cw:evidenceFor")):
        item, implementation = quad.subject, quad.object
        if not isinstance(item, ox.NamedNode) or not isinstance(implementation, ox.NamedNode):
            return None
        number = numbers.setdefault(item, len(numbers))
        of.setdefault(implementation, []).append(number)
    return _rows(dataset, record, numbers, of)


def _rows(
    dataset: Dataset, record: date, numbers: dict[object, int], of: dict[ox.NamedNode, list[int]]
) -> Iterator[list[Columns]]:
    plain = {name: _column(dataset, name, numbers, as_text) for name in PLAIN}
    told = _Days(record)
    dated = [_column(dataset, name, numbers, told) for name in DATED]
    told.settle()
    kinds = _kinds(dataset)
    kind = _column(dataset, "rdf:type", numbers, kinds.get)
    names: dict[object, list[str]] = {}
    owner = _column(dataset, "cw:owner", numbers, lambda who: who)
    for who in {one for number in numbers.values() for one in owner[number]}:
        if isinstance(who, ox.NamedNode | ox.BlankNode):
            said = dataset.matching(who, _property("rdfs:label"))
            names[who] = list(dict.fromkeys(as_text(quad.object) for quad in said))
    iris = [as_text(one) for one in numbers]
    for implementation in sorted(of, key=lambda one: one.value):
        rows: list[Columns] = []
        for number in sorted(set(of[implementation])):
            known = [
                (accepted, collected)
                for recorded, accepted, collected in product(*(one[number] for one in dated))
                if told.by((recorded, accepted, collected))
            ]
            values = [plain[name][number] for name in PLAIN]
            classes = [pair for held in kind[number] for pair in held or ()] or [(None, None)]
            called_so = [name for who in owner[number] for name in names.get(who, ())]
            owners: list[str | None] = [*called_so] or [None]
            for (accepted, collected), (age, called), person, parts in product(
                known, classes, owners, product(*values)
            ):
                label, author, accepter, sha256, scope, starts, ends, expires, file = parts
                days = (told.text(accepted), told.text(collected))
                row = (implementation.value, iris[number], label, called, author, accepter, *days)
                rows.append((*row, sha256, scope, starts, ends, expires, age, person, file))
        yield rows


class _Days:
    """Days by the term that says them, and whether each is by the day of the record."""

    def __init__(self, record: date) -> None:
        self._record = record
        self._by: dict[object, bool] = {}
        self._open: list[ox.Literal] = []

    def __call__(self, term: object) -> object:
        """Note a value; return what stands for it in a column."""
        if term not in self._by:
            self._by[term] = False
            if isinstance(term, ox.Literal):
                day = _day(term)
                if day is None:
                    self._open.append(term)
                else:
                    self._by[term] = day <= self._record
        return term

    def settle(self) -> None:
        """Ask the engine of the values that are no plain days."""
        for at in range(0, len(self._open), AT_ONCE):
            values = " ".join(map(str, self._open[at : at + AT_ONCE]))
            text = (
                f"SELECT ?value {{ VALUES ?value {{ {values} }} "
                f'FILTER(?value <= "{self._record.isoformat()}"^^<{XSD_DATE.value}>) }}'
            )
            for row in ox.Store().query(text):  # type: ignore[union-attr]
                self._by[row[0]] = True

    def by(self, terms: tuple[object, ...]) -> bool:
        """Return whether the first of some days that there is is by the day of the record."""
        return next((self._by[term] for term in terms if term is not None), True)

    @staticmethod
    def text(term: object) -> str | None:
        """Return a value as a column has it."""
        return None if term is None else as_text(term)


def _day(term: ox.Literal) -> date | None:
    """Return the day that a literal is, if it is one and of no time zone."""
    try:
        return date.fromisoformat(term.value) if term.datatype == XSD_DATE else None
    except ValueError:
        return None


def _kinds(dataset: Dataset) -> dict[object, list[tuple[str, str]]]:
    """Return class → the maximum ages and the labels of its items, each with each."""
    found: dict[object, list[tuple[str, str]]] = {}
    for quad in dataset.matching(None, _property("cw:maximumAgeDays")):
        said = dataset.matching(quad.subject, _property("rdfs:label"))  # type: ignore[arg-type]
        pairs = [(as_text(quad.object), as_text(one.object)) for one in said]
        if pairs:
            found.setdefault(quad.subject, []).extend(pairs)
    return found


def _column(
    dataset: Dataset,
    name: str,
    numbers: dict[object, int],
    value: Callable[[Any], object],
) -> Column:
    found = Column(len(numbers))
    for quad in dataset.matching(None, _property(name)):
        number = numbers.get(quad.subject)
        if number is not None and (held := value(quad.object)) is not None:
            found.add(number, held)
    return found


def _property(name: str) -> ox.NamedNode:
    return ox.NamedNode(expand(name))
