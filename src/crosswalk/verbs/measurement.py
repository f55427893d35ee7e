"""The verb about figures: what a published method gives, and whether what is on record is that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.errors import UsageError, nearest
from crosswalk.verbs.values import Answer, as_row

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.measure import Reckoned

__all__ = ["FAULTS", "measured", "measured_again", "methods", "parameters"]

METHODS = ("metric", "title", "formula", "columns", "parameters", "source")
MEASURED = (
    "metric",
    "value",
    "unit",
    "detail",
    "parameters",
    "inputs_sha256",
    "method",
    "source",
    "objective",
    "target",
    "met",
)
AGAIN = ("measurement", "metric", "stated", "recomputed", "unit", "verdict", "detail")
FAULTS = frozenset(("disagrees", "input-changed", "input-missing", "not-computable"))
"""The verdicts on a measurement on record that are faults."""


def methods() -> Answer:
    """Return the methods, what each computes, what it reads, and its source.

    >>> [row["metric"] for row in methods().rows][:2]
    ['kl-divergence', 'k-anonymity']
    """
    from crosswalk import measure

    rows = [
        {
            "metric": one.name,
            "title": one.title,
            "formula": one.formula,
            "columns": one.columns,
            "parameters": [f"{name}: {meaning}" for name, meaning in one.parameters.items()],
            "source": one.source,
        }
        for one in measure.METHODS.values()
    ]
    return Answer(METHODS, rows)


def parameters(pairs: Sequence[str]) -> dict[str, str]:
    """Return name → value of parameters that are written ``name=value``.

    :raises UsageError: if one is not, or is there twice.

    >>> parameters(["base=2"])
    {'base': '2'}
    """
    found: dict[str, str] = {}
    for one in pairs:
        name, equals, value = one.partition("=")
        if not equals or name in found:
            raise UsageError(
                f"{one!r} is no parameter, or is there twice",
                place="--set",
                remedy="Write NAME=VALUE, once.",
            )
        found[name] = value
    return found


def measured(
    figure: Reckoned, *, objective: str | None = None, dataset: Dataset | None = None, as_of: date
) -> Answer:
    """Return a figure with its method and the hash of its inputs.

    :param objective: what it measures.
    :param dataset: the evidence that holds the objective, to say whether its target is met.
    :raises UsageError: if the objective is not on record, or is stated in another unit.
    """
    target: str | None = None
    met: bool | None = None
    notes: tuple[str, ...] = ()
    if objective is not None and dataset is not None:
        target, met = _target(figure, objective, dataset, as_of)
        if met is False:
            said = f"{target} is missed: record a nonconformity that cites this measurement"
            notes = (f"{said} (ISO/IEC 42001, 10.2)",)
    row: dict[str, object] = {
        "metric": figure.method.name,
        "value": float(figure.value),
        "unit": figure.unit,
        "detail": figure.detail,
        "parameters": [f"{name}={value}" for name, value in figure.parameters],
        "inputs_sha256": figure.table.sha256,
        "method": figure.method.formula,
        "source": figure.method.source,
        "objective": objective,
        "target": target,
        "met": met,
    }
    return Answer(MEASURED, [row], notes=notes)


def _target(
    figure: Reckoned, objective: str, dataset: Dataset, as_of: date
) -> tuple[str, bool | None]:
    from crosswalk.measure import meets

    rows = {row["objective"]: row for row in dataset.rows("report/objectives", as_of=as_of)}
    if objective not in rows:
        raise UsageError(
            f"no objective {objective} set by {as_of} is on record",
            place="--objective",
            remedy=nearest(objective, [iri for iri in rows if iri]),
        )
    row = rows[objective]
    if row["unit"] != figure.unit:
        raise UsageError(
            f"the figure is in {figure.unit}, the objective in {row['unit']}",
            place="--objective",
            remedy="State the objective in the unit of its method.",
        )
    met = meets(row["comparator"], figure.value, row["target"])
    return f"{row['comparator']} {row['target']}", met


def measured_again(dataset: Dataset, data: Sequence[str]) -> Answer:
    """Return what the inputs of the measurements on record give today, and whether they agree.

    :param data: the files and directories of the evidence, where input files are looked for.
    """
    from crosswalk import measure

    rows, others = measure.recomputed(dataset, [Path(one) for one in data])
    faults = sum(row.verdict in FAULTS for row in rows)
    notes = (f"{others} more state no method and cannot be computed again",) if others else ()
    return Answer(
        AGAIN,
        [as_row(row) for row in rows],
        heading=f"{len(rows)} measurements computed again: {faults} faults",
        notes=notes,
    )
