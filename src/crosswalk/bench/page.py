"""The page of a run: each measure as a plot of cost against size, and all figures as tables.

Both axes are logarithmic, so that a cost in proportion to size is a straight line of one slope. It
is one file that loads nothing and runs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crosswalk.bench.figures import Figure, Run

__all__ = ["Plot", "as_page", "plots"]

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 72, 150, 14, 40
SIDES = (
    "crosswalk",
    "rdflib",
    "pyshacl",
    "pyshifty",
    "pyshacl-turbo",
    "rdflib-endpoint",
    "oxigraph serve",
    "fuseki",
)
UNITS = {"s": "seconds", "MiB": "mebibytes", "/s": "requests a second", "x": "times"}


@dataclass(frozen=True, slots=True)
class Line:
    """One side in a plot: its points in pixels, each with its value in words."""

    side: str
    number: int
    points: tuple[tuple[float, float, str], ...]

    @property
    def path(self) -> str:
        """The points as an SVG path."""
        return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y, _ in self.points)


@dataclass(frozen=True, slots=True)
class Plot:
    """Cost against size of one measure."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]

    @property
    def sentence(self) -> str:
        """What the plot shows, for those who do not see it."""
        return "; ".join(f"{one.side}: {', '.join(p[2] for p in one.points)}" for one in self.lines)


def plots(figures: Sequence[Figure]) -> list[Plot]:
    """Return a plot for each measure of which two sizes have a value."""
    by_measure: dict[str, list[Figure]] = {}
    for one in (*figures, *_queries(figures)):
        if one.median and one.triples and not one.measure.startswith("query "):
            by_measure.setdefault(one.measure, []).append(one)
    return [
        _plot(measure, found)
        for measure, found in by_measure.items()
        if len({one.triples for one in found}) > 1
    ]


def _queries(figures: Sequence[Figure]) -> list[Figure]:
    """Return what our queries cost in sum, those that finished at every size."""
    cost: dict[str, dict[int, float]] = {}
    for one in figures:
        if one.measure.startswith("query ") and one.side == "crosswalk" and one.median:
            cost.setdefault(one.measure, {})[one.triples] = one.median
    sizes = sorted({size for held in cost.values() for size in held})
    whole = [held for held in cost.values() if len(held) == len(sizes)]
    return [
        Figure(
            f"{len(whole)} queries in sum",
            size,
            "crosswalk",
            (sum(held[size] for held in whole),),
        )
        for size in sizes
    ]


def _plot(measure: str, found: list[Figure]) -> Plot:
    sizes = [math.log10(one.triples) for one in found]
    costs = [math.log10(one.median or 1) for one in found]
    left, right = min(sizes), max(sizes)
    low, high = math.floor(min(costs)), max(math.ceil(max(costs)), math.floor(min(costs)) + 1)

    def x(size: float) -> float:
        return LEFT + (size - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def y(cost: float) -> float:
        return HEIGHT - BOTTOM - (cost - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    lines = []
    for number, side in enumerate(SIDES):
        points = sorted((one.triples, one.median or 1) for one in found if one.side == side)
        if points:
            told = tuple(
                (
                    x(math.log10(size)),
                    y(math.log10(cost)),
                    f"{size:,} triples, {cost:.3g} {found[0].unit}",
                )
                for size, cost in points
            )
            lines.append(Line(side, number, told))
    return Plot(
        measure,
        UNITS[found[0].unit],
        tuple(lines),
        tuple((x(math.log10(s)), f"{s:,}") for s in sorted({one.triples for one in found})),
        tuple((y(n), f"{10.0**n:g}") for n in range(low, high + 1)),
    )


def as_page(run: Run) -> str:
    """Return a run as one self-contained page; the same run gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("crosswalk.bench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader = environment.loader
    assert loader is not None  # noqa: S101 - set above
    css = loader.get_source(environment, "bench.css")[0]
    return environment.get_template("bench.html.j2").render(
        run=run,
        css=Markup(css),  # noqa: S704 - our own file
        plots=plots(run.figures),
        rows=[one for one in run.figures if not one.measure.startswith("query ")],
        queries=[one for one in run.figures if one.measure.startswith("query ")],
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - BOTTOM,
    )
