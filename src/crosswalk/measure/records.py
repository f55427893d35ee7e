"""Measurements on record: written so that they can be computed again, and computed again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePosixPath

from crosswalk.errors import CrosswalkError, UsageError
from crosswalk.graph import Dataset, Row
from crosswalk.measure.methods import METHODS, Reckoned, reckon
from crosswalk.measure.tables import Table, parsed, read
from crosswalk.namespaces import BASE

__all__ = ["PREFIXES", "Recomputed", "Window", "meets", "recomputed", "turtle"]

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "at-least": lambda value, target: value >= target,
    "at-most": lambda value, target: value <= target,
    "greater-than": lambda value, target: value > target,
    "less-than": lambda value, target: value < target,
    "equals": lambda value, target: value == target,
}
"""Comparator of an objective → whether an observed value meets its target."""
LEAST_PLACES = 2
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE)
PREFIXES = """\
@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
"""What a file of measurements begins with."""


def meets(comparator: str | None, value: object, target: object) -> bool | None:
    """Return whether an observed value meets its target; None where the two cannot be compared.

    :param comparator: the notation of an objective's comparator, such as ``at-least``.
    :param value: a number, or its lexical form.

    >>> meets("at-least", "0.85", "0.8"), meets("at-most", 3, "2"), meets("at-least", "high", "1")
    (True, False, None)
    """
    compare = COMPARE.get(comparator or "")
    try:
        return compare and compare(float(str(value)), float(str(target)))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Window:
    """When a figure was taken, and the first and last day that it speaks for."""

    measured_on: date
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A measurement on record and what its inputs give today.

    ``verdict`` is agrees, disagrees, input-changed, input-missing or not-computable.
    """

    measurement: str
    metric: str
    stated: str
    recomputed: str | None
    unit: str
    verdict: str
    detail: str


def turtle(
    figure: Reckoned,
    *,
    objective: str,
    organization: str,
    window: Window,
    file: Path | None = None,
    beside: Path,
) -> tuple[str, str]:
    """Return (IRI, Turtle) of the measurement of an objective: the same for the same inputs.

    :param organization: the key of the organisation.
    :param file: the file of the table; its path is recorded, its rows are not. Without it the
        table itself is recorded.
    :param beside: the file that the measurement is going to stand in.
    :raises UsageError: if the method scores risks, the objective is no IRI, or the file is
        elsewhere than in the folder of the record.
    """
    method = figure.method
    if not method.recorded:
        raise UsageError(
            f"{method.name} scores a risk, it measures no objective",
            place="--objective",
            remedy="State the score at the risk, as cw:riskScore.",
        )
    if not IRI.fullmatch(objective):
        raise UsageError(f"{objective!r} is no IRI", place="--objective")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", organization):
        raise UsageError(
            f"{organization!r} is no key of an organisation",
            place="--org",
            remedy="Use lower-case letters, digits and hyphens.",
        )
    days = [str(day or "") for day in (window.measured_on, window.first, window.last)]
    said = [f"{name}={value}" for name, value in figure.parameters]
    known_by = [objective, method.name, *days, figure.table.sha256, *said]
    digest = hashlib.sha256("\x1f".join(known_by).encode()).hexdigest()[:16]
    me = f"{BASE}org/{organization}/measurement/{digest}"
    label = f"{method.title}, {window.measured_on}"
    lines = [
        f"<{me}> a cw:Measurement ;",
        f"    rdfs:label {_literal(label)}@en ;",
        f"    cw:measures <{objective}> ;",
        f"    cw:observedValue {_number(figure.value)} ;",
        f"    cw:unit {_literal(figure.unit)} ;",
        f'    cw:measuredOn "{window.measured_on}"^^xsd:date ;',
    ]
    for name, day in (("periodFrom", window.first), ("periodTo", window.last)):
        if day is not None:
            lines.append(f'    cw:{name} "{day}"^^xsd:date ;')
    lines.append(f"    cw:measuredBy cw:{method.name} ;")
    lines += [f"    cw:parameter {_literal(one)} ;" for one in said]
    if file is None:
        lines.append(f"    cw:inputText {_literal(figure.table.text)} ;")
    else:
        lines.append(f"    cw:inputFile {_literal(_relative(file, beside))} ;")
    lines += [f'    cw:inputSha256 "{figure.table.sha256}" .', ""]
    return me, "\n".join(lines)


def _relative(file: Path, beside: Path) -> str:
    folder = beside.resolve().parent
    try:
        return file.resolve().relative_to(folder).as_posix()
    except ValueError:
        raise UsageError(
            "is not in the folder of the record, so it would not be found again",
            place=str(file),
            remedy=f"Put it into {folder.name}/ or below.",
        ) from None


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text if "." in text else f"{text}.0"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def recomputed(dataset: Dataset, roots: Sequence[Path]) -> tuple[list[Recomputed], int]:
    """Return what the inputs of the measurements on record give, and how many state no method.

    :param roots: the files and directories of the evidence; input files are looked for in them
        and in no place above.
    """
    grouped: dict[str, list[Row]] = {}
    for row in dataset.rows("trace/measurement-inputs"):
        grouped.setdefault(row["measurement"] or "", []).append(row)
    folders = [root if root.is_dir() else root.parent for root in roots]
    with_method = [rows for _, rows in sorted(grouped.items()) if rows[0]["method"]]
    return [_again(rows, folders) for rows in with_method], len(grouped) - len(with_method)


def _again(rows: list[Row], folders: Sequence[Path]) -> Recomputed:
    row = rows[0]
    stated, unit = row["value"] or "", row["unit"] or ""

    def answer(verdict: str, detail: str, value: Decimal | None = None) -> Recomputed:
        shown = None if value is None else f"{value:f}"
        name = row["measurement"] or ""
        return Recomputed(name, row["method"] or "", stated, shown, unit, verdict, detail)

    if row["method"] not in METHODS:
        return answer("not-computable", f"no such method: {row['method']}")
    said = {
        name: value for name, _, value in (one.partition("=") for one in _values(rows, "parameter"))
    }
    try:
        table = _input(row, folders)
        if table is None:
            return answer("input-missing", f"not found: {row['file'] or 'no input is recorded'}")
        if table.sha256 != (row["sha256"] or "").lower():
            return answer("input-changed", f"{table.place} has another hash than is recorded")
        figure = reckon(row["method"] or "", table, said)
    except CrosswalkError as error:
        return answer("not-computable", str(error))
    if unit != figure.unit:
        return answer("disagrees", f"stated in {unit}, computed in {figure.unit}", figure.value)
    return answer(*_verdict(rows, Decimal(stated), figure), figure.value)


def _values(rows: Iterable[Row], name: str) -> list[str]:
    return sorted({row[name] or "" for row in rows} - {""})


def _input(row: Row, folders: Sequence[Path]) -> Table | None:
    if row["text"] is not None:
        return _as_recorded(row["text"], row["sha256"] or "")
    named = PurePosixPath(row["file"] or "")
    if not named.parts or named.is_absolute() or ".." in named.parts:
        return None
    found = [folder / named for folder in folders if (folder / named).is_file()]
    tables = [read(path) for path in found]
    fitting = [table for table in tables if table.sha256 == (row["sha256"] or "").lower()]
    return next(iter(fitting or tables), None)


def _as_recorded(text: str, sha256: str) -> Table:
    """Return the table of a text, which may have been recorded without its byte order mark."""
    plain, marked = text.encode(), text.encode("utf-8-sig")
    same = hashlib.sha256(marked).hexdigest() == sha256.lower()
    return parsed(marked if same else plain, "cw:inputText")


def _verdict(rows: list[Row], stated: Decimal, figure: Reckoned) -> tuple[str, str]:
    """Return whether a stated value is the computed one, rounded to the places it has.

    Two places at least: a store keeps 0.80 as 0.8.
    """
    exponent = stated.as_tuple().exponent
    places = max(-exponent, LEAST_PLACES) if isinstance(exponent, int) else LEAST_PLACES
    if abs(stated - figure.value) * 2 > Decimal(1).scaleb(-places):
        return "disagrees", figure.detail
    for row in rows:
        comparator, target = row["comparator"], row["target"]
        if meets(comparator, stated, target) != meets(comparator, figure.value, target):
            return "disagrees", f"rounding moves {figure.value:f} across its target {row['target']}"
    return "agrees", figure.detail
