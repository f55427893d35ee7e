"""What was measured: one figure for a measure, a size and a side."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import metadata
from pathlib import Path
from statistics import median

from crosswalk.bench.side import PACKAGES
from crosswalk.bench.terms import AS_OF
from crosswalk.errors import DataError

__all__ = ["Figure", "Run", "as_csv", "as_json", "joined", "machine", "read", "versions"]

COLUMNS = (
    "measure",
    "triples",
    "side",
    "unit",
    "median",
    "least",
    "most",
    "times",
    "rows",
    "agrees",
    "note",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a side took, or how much it did.

    :param unit: ``s``, ``MiB``, ``/s`` or ``x``.
    :param rows: how many rows it found, where it found some.
    :param agrees: whether they are those of the oracle; None where there is nothing to compare.
    :param note: why there is no value, or what is to be known of it.
    """

    measure: str
    triples: int
    side: str
    values: tuple[float, ...]
    unit: str = "s"
    rows: int | None = None
    agrees: bool | None = None
    note: str = ""

    @property
    def median(self) -> float | None:
        """The median of its values, if it has any."""
        return median(self.values) if self.values else None

    def as_row(self) -> dict[str, object]:
        """Return it as a row of the results."""
        return {
            "measure": self.measure,
            "triples": self.triples,
            "side": self.side,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.values, default=None),
            "most": max(self.values, default=None),
            "times": len(self.values),
            "rows": self.rows,
            "agrees": self.agrees,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Run:
    """All figures of a run, and under which circumstances they were measured."""

    figures: tuple[Figure, ...]
    seed: int
    rounds: int
    limit: float
    machine: dict[str, str]
    versions: dict[str, str]
    command: str = ""
    as_of: str = str(AS_OF)
    left_out: dict[str, str] = field(default_factory=dict)


def as_json(run: Run) -> str:
    """Return a run as JSON: its circumstances, its rows, and each single value."""
    said = asdict(run)
    said["figures"] = [one.as_row() | {"values": list(one.values)} for one in run.figures]
    return json.dumps(said, indent=1) + "\n"


def read(path: Path) -> Run:
    """Return the run that a file of results tells.

    :raises DataError: if it is no such file.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        names = {one.name for one in fields(Figure)}
        told["figures"] = tuple(
            Figure(**{key: one[key] for key in names} | {"values": tuple(one["values"])})
            for one in told["figures"]
        )
        return Run(**told)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", place=str(path)) from None
    except (ValueError, KeyError, TypeError):
        raise DataError(
            "holds no results", place=str(path), remedy="Name a results.json of `crosswalk bench`."
        ) from None


def joined(runs: Sequence[Run]) -> Run:
    """Return the figures of several runs as those of one, in the order of the runs.

    :raises DataError: if they measured other evidence, or different versions of a package.
    """
    first, versions = runs[0], dict[str, str]()
    for run in runs:
        if (run.seed, run.as_of) != (first.seed, first.as_of):
            raise DataError("are of different seeds or days", place=run.command or "the runs")
        for name, version in run.versions.items():
            if versions.setdefault(name, version) != version:
                raise DataError(
                    f"measured {name} {versions[name]} and {version}",
                    place=run.command or "the runs",
                )
    return replace(
        first,
        figures=tuple(one for run in runs for one in run.figures),
        rounds=max(run.rounds for run in runs),
        limit=max(run.limit for run in runs),
        versions=dict(sorted(versions.items())),
        command="; ".join(run.command for run in runs),
        left_out={name: why for run in runs for name, why in run.left_out.items()},
    )


def as_csv(figures: Sequence[Figure]) -> str:
    """Return figures as CSV, a row each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(one.as_row() for one in figures)
    return text.getvalue()


def machine() -> dict[str, str]:
    """Return what is to be known of this machine: processors, memory, load, interpreter."""
    memory = Path("/proc/meminfo")
    told = memory.read_text(encoding="ascii").split(None, 2)[1] if memory.exists() else ""
    return {
        "processor": platform.machine(),
        "processors": str(os.cpu_count()),
        "memory_gib": f"{int(told) / 1024**2:.1f}" if told else "",
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "",
        "system": platform.system(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return package → version of all that was measured, as far as it is installed."""
    found = {}
    for name in sorted({one for names in PACKAGES.values() for one in names}):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
