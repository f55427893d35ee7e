"""The geometry of the pictures: numbers and words only; the template draws them as SVG.

Widths are percentages and heights are pixels, so that a picture fills a phone and a desktop
without its text growing or shrinking. Each picture has a sentence for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import Due, Objective, Section, Tally

__all__ = [
    "KEYS",
    "RESULT",
    "Bar",
    "Interval",
    "Plot",
    "Point",
    "Segment",
    "Tick",
    "bar",
    "interval",
    "parts",
    "percent",
    "plots",
    "timeline",
]

RESULT = {True: "objectives.met", False: "picture.missed", None: "objectives.uncompared"}
"""Whether a measurement meets its target → what is said of that; None: not to be compared."""
KEYS = (
    "assessed",
    "certified",
    "inferred_accepted",
    "inferred_open",
    "supported",
    "unknown",
    "conflict",
    "partial",
    "not_satisfied_inferred",
    "failed",
)
"""The parts of the vector, from shown to not met."""

LEAST_LABEL = 6.0
"""Width in per cent below which a segment carries no figure."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval of one framework on an axis from 0 to 100 %."""

    lo: float
    hi: float
    lo_text: str
    hi_text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a stacked bar."""

    key: str
    label: str
    count: int
    x: float
    width: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A stacked bar with the sentence that says the same."""

    segments: tuple[Segment, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement in a plot."""

    x: float
    y: float
    text: str
    met: bool
    on: str
    anchor: str
    above: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the axis of a plot; unlabelled if its label would run into another."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One objective over time."""

    objective: Objective
    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    target_y: float
    bottom: float
    height: int
    sentence: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """One day of the timeline."""

    due: Due
    y: int
    segments: tuple[Segment, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What binds from when: one row a day, and a line where the report stands."""

    rows: tuple[DueRow, ...]
    mark_y: int
    height: int
    sentence: str


def parts(texts: Texts = ENGLISH) -> tuple[tuple[str, str, str], ...]:
    """Return the parts of the vector, each with its name and what it means."""
    return tuple((key, texts(f"part.{key}.name"), texts(f"part.{key}.meaning")) for key in KEYS)


def percent(share: float | None, texts: Texts = ENGLISH) -> str:
    """Return a share as a whole per cent that never rounds to 0 or 100 what is neither.

    >>> percent(0.5), percent(0.9992), percent(0.001), percent(1.0), percent(None)
    ('50 %', 'over 99 %', 'under 1 %', '100 %', 'undefined')
    """
    if share is None:
        return texts("words.undefined")
    whole = int(share * 100 + 0.5)
    if whole >= 100 and share < 1:
        return texts("words.over_99")
    if whole <= 0 and share > 0:
        return texts("words.under_1")
    return f"{whole} %"


def interval(section: Section, texts: Texts = ENGLISH) -> Interval | None:
    """Return the interval of a section; None where it is undefined."""
    lo, hi = section.vector.lo, section.vector.hi
    if lo is None or hi is None:
        return None
    tally = section.tally
    return Interval(
        lo=_round(lo * 100),
        hi=_round(hi * 100),
        lo_text=percent(lo, texts),
        hi_text=percent(hi, texts),
        sentence=texts(
            "picture.interval_said",
            name=section.name,
            shown=tally.shown,
            possible=tally.possible,
            n=tally.n,
            lo=percent(lo, texts),
            hi=percent(hi, texts),
        ),
    )


def bar(tally: Tally, texts: Texts = ENGLISH) -> Bar:
    """Return the stacked bar of a vector; without segments where n is 0."""
    counted = [(key, label, int(getattr(tally, key))) for key, label, _ in parts(texts)]
    segments = _stack(counted, tally.n)
    said = ", ".join(f"{s.label.lower()} {s.count}" for s in segments)
    return Bar(segments, texts("picture.status_said", n=tally.n, parts=said) if segments else "")


def _stack(counted: Sequence[tuple[str, str, int]], whole: int) -> tuple[Segment, ...]:
    found: list[Segment] = []
    before = 0
    for key, label, count in counted:
        if not count:
            continue
        width = count / whole * 100
        found.append(
            Segment(
                key, label, count, _round(before / whole * 100), _round(width), width >= LEAST_LABEL
            )
        )
        before += count
    return tuple(found)


def timeline(section: Section, day: date, texts: Texts = ENGLISH) -> Timeline | None:
    """Return the timeline of a section; None where no duty has a date."""
    dues = section.timeline
    if not dues:
        return None
    most = max(due.total for due in dues)
    rows: list[DueRow] = []
    y, mark = 8, -1
    for due in dues:
        if not due.past and mark < 0:
            mark = y + 8
            y += 30
        segments = _stack(
            [
                ("binding", "bind", due.binding),
                ("undetermined", "undetermined", due.undetermined),
                ("legacy", "legacy", due.legacy),
            ],
            most,
        )
        rows.append(DueRow(due, y, segments, _sum(due, texts)))
        y += 46
    if mark < 0:
        mark = y + 8
        y += 30
    said = "; ".join(f"{due.on}: {_sum(due, texts)}" for due in dues)
    return Timeline(tuple(rows), mark, y, texts("picture.timeline_said", days=said, day=day))


def _sum(due: Due, texts: Texts) -> str:
    counts = {"bind": due.binding, "undetermined": due.undetermined, "legacy": due.legacy}
    return ", ".join(texts(f"picture.{key}", n=count) for key, count in counts.items() if count)


def plots(objectives: Sequence[Objective], as_of: date, texts: Texts = ENGLISH) -> tuple[Plot, ...]:
    """Return one plot an objective, all on the same span of dates."""
    days = [m.on for o in objectives for m in o.measurements]
    starts = [o.set_on for o in objectives if o.set_on] + days
    first = date.fromisoformat(min(starts)) if starts else as_of
    span = max((as_of - first).days, 1)
    return tuple(
        _plot(one, one.target, first, span, texts) for one in objectives if one.target is not None
    )


def _plot(objective: Objective, target: float, first: date, span: int, texts: Texts) -> Plot:
    """Return the plot of an objective; what was measured and is no number is left to the table."""
    top, bottom = 34.0, 150.0
    measured = [(m, m.value) for m in objective.measurements if m.value is not None]
    values = [value for _, value in measured] + [target]
    low, high = min(values), max(values)
    reach = (high - low) or max(abs(high) * 0.2, 0.1)

    def x_of(day: str) -> float:
        return _round(6 + (date.fromisoformat(day) - first).days / span * 86)

    def y_of(value: float) -> float:
        return _round(bottom - 30 - (value - low) / reach * (bottom - 30 - top))

    target_y = y_of(target)
    points = tuple(
        Point(
            x=x_of(m.on),
            y=y_of(value),
            text=m.text,
            met=m.met is True,
            on=m.on,
            anchor=_anchor(x_of(m.on)),
            above=y_of(value) <= target_y,
        )
        for m, value in measured
    )
    ticks: list[Tick] = []
    taken = -100.0
    for x, day in sorted({(p.x, p.on) for p in points}):
        room = x - taken >= 26
        ticks.append(Tick(x, day if room else "", "end" if x >= 26 else "start"))
        taken = x if room else taken
    said = "; ".join(f"{m.on}: {m.text}, {texts(RESULT[m.met])}" for m in objective.measurements)
    return Plot(
        objective=objective,
        points=points,
        ticks=tuple(ticks),
        target_y=target_y,
        bottom=bottom,
        height=182,
        sentence=texts(
            "picture.objective_said",
            name=objective.label,
            target=f"{objective.sign} {objective.target_text}",
            said=said or texts("picture.unmeasured"),
        ),
    )


def _anchor(x: float) -> str:
    return "end" if x > 80 else ("start" if x < 20 else "middle")


def _round(value: float) -> float:
    return round(value, 3)
