"""A report as one HTML file: it loads nothing, runs nothing, and every value is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from crosswalk.models import GapKind
from crosswalk.report import pictures
from crosswalk.report.gantt import gantt
from crosswalk.report.method import GAP_WORDS, STATUS_WORDS, cited
from crosswalk.report.values import GapEntry, Report

__all__ = ["render_html"]

SERIOUS = tuple(GapKind)[: tuple(GapKind).index(GapKind.NOT_ASSESSED)]
"""The kinds of gap whose explanations are printed; the others are listed."""

TOP = 10
"""How many gaps the table of the most serious ones shows."""


def render_html(report: Report) -> str:
    """Return a report as one self-contained page; the same report gives the same bytes.

    :param report: from :func:`crosswalk.report.build`.
    """
    environment = _environment()
    loader = environment.loader
    assert loader is not None  # noqa: S101 - set below
    css = loader.get_source(environment, "report.css")[0]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    day = report.horizon or report.as_of
    page = environment.get_template("report.html.j2").render(
        report=report,
        css=Markup(css),  # noqa: S704 - our own file
        style_hash=f"sha256-{digest}",
        day=day,
        several=len({section.scope for section in report.sections}) > 1,
        intervals=[pictures.interval(section) for section in report.sections],
        bars=[pictures.bar(section.tally) for section in report.sections],
        timelines=[pictures.timeline(section, day) for section in report.sections],
        charts=[gantt(plan) for plan in report.plans],
        plots=pictures.plots(report.objectives, report.as_of),
        parts=pictures.PARTS,
        kinds=[_by_kind(section.gaps) for section in report.sections],
        top=TOP,
        serious=SERIOUS,
    )
    return page if page.endswith("\n") else page + "\n"


def _by_kind(gaps: Iterable[GapEntry]) -> list[tuple[GapKind, list[tuple[int, GapEntry]]]]:
    """Return the gaps with their rank, by kind, in the order of the engine."""
    grouped: dict[GapKind, list[tuple[int, GapEntry]]] = {}
    for rank, one in enumerate(gaps, start=1):
        grouped.setdefault(one.gap.gap_kind, []).append((rank, one))
    return list(grouped.items())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("crosswalk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = pictures.percent
    environment.filters["cited"] = cited
    environment.filters["status_words"] = lambda slug: STATUS_WORDS.get(str(slug), str(slug))
    environment.filters["gap_name"] = lambda kind: GAP_WORDS[GapKind(kind)][0]
    environment.filters["gap_meaning"] = lambda kind: GAP_WORDS[GapKind(kind)][1]
    environment.filters["slug"] = lambda text: "".join(c if c.isalnum() else "-" for c in str(text))
    return environment
