"""A report as one HTML file: it loads nothing, runs nothing, and every value is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from crosswalk.models import GapKind
from crosswalk.report import pictures
from crosswalk.report.gantt import gantt
from crosswalk.report.method import cited, gap_words
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import GapEntry, Report

__all__ = ["render_html"]

SERIOUS = tuple(GapKind)[: tuple(GapKind).index(GapKind.NOT_ASSESSED)]
"""The kinds of gap whose explanations are printed; the others are listed."""

TOP = 10
"""How many gaps the table of the most serious ones shows."""


def render_html(report: Report, texts: Texts = ENGLISH, *, paper: bool = False) -> str:
    """Return a report as one self-contained page; the same report gives the same bytes.

    :param report: from :func:`crosswalk.report.build`.
    :param texts: the words, in a language.
    :param paper: whether it is to be printed: what is folded on paper is left out.
    """
    environment = _environment(texts)
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
        paper=paper,
        several=len({section.scope for section in report.sections}) > 1,
        intervals=[pictures.interval(section, texts) for section in report.sections],
        bars=[pictures.bar(section.tally, texts) for section in report.sections],
        timelines=[pictures.timeline(section, day, texts) for section in report.sections],
        charts=[gantt(plan, texts) for plan in report.plans],
        results=pictures.RESULT,
        plots=pictures.plots(report.objectives, report.as_of, texts),
        parts=pictures.parts(texts),
        kinds=[_by_kind(section.gaps) for section in report.sections],
        top=TOP,
        serious=SERIOUS,
    )
    return page if page.endswith("\n") else page + "\n"


class _Escaped:
    """The words of a language for a page: what is filled in is escaped, marked-up values are kept.

    A catalogue of words is data, too: its own text is escaped.
    """

    def __init__(self, texts: Texts) -> None:
        self.language = texts.language
        self._texts = texts

    def __call__(self, key: str, **filled: object) -> Markup:
        return Markup(escape(self._texts.raw(key, filled.get("n")))).format(**filled)  # noqa: S704


def _by_kind(gaps: Iterable[GapEntry]) -> list[tuple[GapKind, list[tuple[int, GapEntry]]]]:
    """Return the gaps with their rank, by kind, in the order of the engine."""
    grouped: dict[GapKind, list[tuple[int, GapEntry]]] = {}
    for rank, one in enumerate(gaps, start=1):
        grouped.setdefault(one.gap.gap_kind, []).append((rank, one))
    return list(grouped.items())


def _environment(texts: Texts) -> Environment:
    environment = Environment(
        loader=_loader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    statuses = texts.group("statuses")
    named = gap_words(texts)
    environment.globals["t"] = _Escaped(texts)
    environment.filters["status_words"] = lambda slug: statuses.get(str(slug), str(slug))
    environment.filters["gap_name"] = lambda kind: named[GapKind(kind)][0]
    environment.filters["gap_meaning"] = lambda kind: named[GapKind(kind)][1]
    environment.filters["percent"] = lambda share: pictures.percent(share, texts)
    environment.filters["cited"] = cited
    return environment


@cache
def _loader() -> PackageLoader:
    return PackageLoader("crosswalk.report")
