"""The geometry of a plan along a roadmap: numbers and words only; the template draws it as SVG.

A method gives a phase its months and nothing shorter: within a phase, what waits for something
else is drawn after it, in equal parts, and that is all the picture means. What the method does not
place is drawn open, from the start to what waits for it or a day by which it is due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crosswalk.plan import Action, Plan, end_of, start_of
from crosswalk.report.texts import ENGLISH, Texts

__all__ = ["Chart", "Group", "Row", "gantt"]

ROW = 33
"""Height of a row: a line of words and its bar."""
TOP = 30
"""Height of the line of dates above the rows."""
LEAST = 2.0
"""Least width of a bar, in per cent."""
STARTS, ENDS = 30.0, 70.0
"""Up to where, in per cent, a bar's words start with it, and from where they end with it."""
MOST = 24
"""Most rows of a group, so that a group fits on a sheet of paper."""
ROOM = 26.0
"""Least distance of two labels on the axis, in per cent."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on the axis; without words if they would run into another's."""

    x: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Row:
    """One action: its bar, drawn open if the roadmap does not place it, and a law's day."""

    action: Action
    y: int
    x: float
    width: float
    placed: bool
    law_x: float | None
    words_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Group:
    """The actions that can be done in one phase, or that the roadmap does not place."""

    title: str
    rows: tuple[Row, ...]
    height: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A plan as a picture, group by group on one axis."""

    groups: tuple[Group, ...]
    marks: tuple[Mark, ...]
    axis: str


def gantt(plan: Plan, texts: Texts = ENGLISH) -> Chart | None:
    """Return the picture of a plan; None where it follows no roadmap or has nothing to do.

    :param texts: the words, in a language.
    """
    roadmap = plan.roadmap
    if roadmap is None or not plan.actions:
        return None
    windows, x_of, axis = _axis(plan, texts)
    spans = _spans(plan, windows, x_of)
    groups: list[Group] = []
    for rank, phase in enumerate(roadmap.phases, start=1):
        held = [one for one in plan.actions if one.stage == rank]
        groups += _groups(f"{rank}. {phase.title or phase.id}", held, spans, x_of, texts)
    rest = [one for one in plan.actions if one.stage is None]
    title = texts("plan.not_placed_by")
    groups += _groups(title, rest, spans, x_of, texts)
    return Chart(tuple(groups), _marks(plan, windows, texts), axis)


def _axis(plan: Plan, texts: Texts) -> tuple[list[Span], Callable[[date], float | None], str]:
    """Return the span of each phase, where a day stands, and what the axis is, in words."""
    assert plan.roadmap is not None  # noqa: S101 - asked of a plan along a roadmap only
    phases = plan.roadmap.phases
    if not plan.roadmap.timed:
        step = 100 / len(phases)
        equal = [(_round(n * step), _round((n + 1) * step)) for n in range(len(phases))]
        return equal, lambda _: None, texts("plan.axis_order")
    ends = [one.month_to or 0 for one in phases]
    if plan.start is None:
        months = max(ends)
        counted = [
            (_round(((one.month_from or 1) - 1) / months * 100), _round(end / months * 100))
            for one, end in zip(phases, ends, strict=True)
        ]
        return counted, lambda _: None, texts("plan.axis_months", n=months)
    first = plan.start
    closed = [end_of(one, first) or first for one in phases]
    days = [one.binds_from for one in plan.actions if one.binds_from]
    last = max([*closed, *days])
    whole = max((last - first).days + 1, 1)

    def x_of(day: date) -> float:
        return _round(min(max((day - first).days / whole, 0), 1) * 100)

    windows = [
        (x_of(start_of(one, first) or first), x_of(end + timedelta(days=1)))
        for one, end in zip(phases, closed, strict=True)
    ]
    return windows, x_of, texts("plan.axis_days", first=first, last=last)


def _spans(
    plan: Plan, windows: Sequence[Span], x_of: Callable[[date], float | None]
) -> dict[str, Span]:
    """Return provision → the span of its bar."""
    at = _levels(plan)
    deep: dict[int, int] = {}
    for stage, level in at.values():
        deep[stage] = max(deep.get(stage, 0), level + 1)
    found: dict[str, Span] = {}
    for one in plan.actions:
        if one.stage is not None:
            left, right = windows[one.stage - 1]
            part = (right - left) / deep[one.stage]
            begin = left + at[one.provision][1] * part
            found[one.provision] = (_round(begin), _round(begin + part))
    earliest: dict[str, float] = {}
    for one in plan.actions:
        ends = [
            found[w.provision][1] if w.provision in found else earliest[w.provision]
            for w in one.depends_on
        ]
        earliest[one.provision] = max(ends, default=0.0)
    latest: dict[str, float] = {}
    for one in plan.actions:
        due = x_of(one.due) if one.due else None
        latest[one.provision] = 100.0 if due is None else due
    for one in reversed(plan.actions):
        begin = found[one.provision][0] if one.stage is not None else latest[one.provision]
        for wait in one.depends_on:
            latest[wait.provision] = min(latest[wait.provision], begin)
    for one in plan.actions:
        if one.stage is None:
            begin = min(earliest[one.provision], 100 - LEAST)
            found[one.provision] = (begin, max(latest[one.provision], begin + LEAST))
    return found


def _levels(plan: Plan) -> dict[str, tuple[int, int]]:
    """Return provision → the phase in which it can be done, and how deep it waits in that phase.

    What the roadmap does not place waits where what it waits for is; 0 if it waits for nothing.
    """
    found: dict[str, tuple[int, int]] = {}
    for one in plan.actions:
        before = [found[wait.provision] for wait in one.depends_on]
        stage = max((held[0] for held in before), default=0) if one.stage is None else one.stage
        inside = [level for held, level in before if held == stage]
        found[one.provision] = (stage, max(inside, default=-1) + 1)
    return found


def _groups(
    title: str,
    actions: Sequence[Action],
    spans: dict[str, Span],
    x_of: Callable[[date], float | None],
    texts: Texts,
) -> list[Group]:
    """Return some actions as groups of not too many rows."""
    further = texts("plan.continued", title=title)
    return [
        _group(further if n else title, actions[n : n + MOST], spans, x_of, texts)
        for n in range(0, len(actions), MOST)
    ]


def _group(
    title: str,
    actions: Sequence[Action],
    spans: dict[str, Span],
    x_of: Callable[[date], float | None],
    texts: Texts,
) -> Group:
    rows = []
    for n, one in enumerate(actions):
        left, right = spans[one.provision]
        words_x, anchor = _words(left, min(max(right, left + LEAST), 100.0))
        rows.append(
            Row(
                action=one,
                y=TOP + n * ROW,
                x=left,
                width=max(_round(right - left), LEAST),
                placed=one.stage is not None,
                law_x=x_of(one.binds_from) if one.binds_from else None,
                words_x=words_x,
                anchor=anchor,
            )
        )
    said = "; ".join(
        f"{one.order}. {one.provision}, {one.gap}"
        + (f", {texts('plan.due', day=one.due)}" if one.due else "")
        for one in actions
    )
    return Group(title, tuple(rows), TOP + len(rows) * ROW + 4, f"{title}: {said}.")


def _words(left: float, right: float) -> tuple[float, str]:
    if left <= STARTS:
        return left, "start"
    if right >= ENDS:
        return right, "end"
    return _round((left + right) / 2), "middle"


def _marks(plan: Plan, windows: Sequence[Span], texts: Texts) -> tuple[Mark, ...]:
    assert plan.roadmap is not None  # noqa: S101 - asked of a plan along a roadmap only
    found = []
    taken = -100.0
    for phase, (left, _) in zip(plan.roadmap.phases, windows, strict=True):
        begin = start_of(phase, plan.start) if plan.start else None
        words = (phase.title or phase.id).partition(":")[0]
        if plan.roadmap.timed:
            words = begin.isoformat() if begin else texts("plan.month", number=phase.month_from)
        room = left - taken >= ROOM
        found.append(Mark(left, words if room else "", "start"))
        taken = left if room else taken
    return tuple(found)


def _round(value: float) -> float:
    return round(value, 3)
