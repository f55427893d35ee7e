"""The answer of a verb: rows with their fields, as plain values, as JSON, as CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

__all__ = ["Answer", "Document", "Text", "as_csv", "as_json", "as_row", "cell", "plain"]

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer.

    ``columns`` are the fields of JSON and CSV, in order. ``heading`` is what the rows are about,
    and ``notes`` what a person should know of them; neither is part of the answer.
    """

    columns: tuple[str, ...]
    rows: Sequence[Fields]
    heading: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """An answer that is a file: its media type and its bytes."""

    media_type: str
    content: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is a document of its own: SSSOM, OSCAL, Turtle, HTML."""

    media_type: str
    text: str
    notes: tuple[str, ...] = ()


def as_row(value: object) -> dict[str, object]:
    """Return a value as a row: its public fields, those hidden from its repr left out.

    >>> as_row({"id": "A.2"})
    {'id': 'A.2'}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.repr}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a row: {value!r}")


def plain(value: object) -> object:
    """Return a value as what JSON knows: days as text, values as objects.

    >>> plain({"as_of": date(2026, 11, 20), "ids": ("A.2",)})
    {'as_of': '2026-11-20', 'ids': ['A.2']}
    """
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {k: plain(v) for k, v in as_row(value).items()}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, str):
        return str(value)
    return value


def cell(value: object) -> str:
    """Return a value as a cell of CSV; nothing is an empty cell.

    >>> cell(True), cell(None), cell(("a", "b"))
    ('true', '', '["a", "b"]')
    """
    held = plain(value)
    if held is None:
        return ""
    if isinstance(held, bool):
        return str(held).lower()
    if isinstance(held, float):
        return repr(held)
    if isinstance(held, dict | list):
        return json.dumps(held, ensure_ascii=False)
    return str(held)


def as_json(rows: Iterable[Fields], columns: Sequence[str], *, indent: int | None = 2) -> str:
    """Return rows as a list of objects with exactly the columns as fields.

    >>> as_json([{"id": "A.2", "more": 1}], ["id"], indent=None)
    '[{"id": "A.2"}]'
    """
    held = [{column: plain(row.get(column)) for column in columns} for row in rows]
    return json.dumps(held, ensure_ascii=False, indent=indent)


def as_csv(rows: Iterable[Fields], columns: Sequence[str]) -> str:
    """Return rows as CSV with a header line.

    >>> as_csv([{"id": "A.2"}], ["id"]).splitlines()
    ['id', 'A.2']
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue()
