"""The words of the report: what each status, gap and relation means, and the rules in plain text.

These sentences restate the rules that the engine keeps; they decide nothing.
"""

from __future__ import annotations

import re

from crosswalk.models import GapKind
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import MethodPart

__all__ = [
    "GAP_WORDS",
    "METHOD",
    "RELATION_WORDS",
    "STATUS_WORDS",
    "cited",
    "gap_words",
    "method",
]


def gap_words(texts: Texts) -> dict[GapKind, tuple[str, str]]:
    """Return gap kind → (name, meaning) in a language."""
    return {
        kind: (texts(f"gap.{kind.value}.name"), texts(f"gap.{kind.value}.meaning"))
        for kind in GapKind
    }


def method(texts: Texts) -> tuple[MethodPart, ...]:
    """Return the rules in a language, in the order in which a reader needs them."""
    kinds = ", ".join(name.lower() for name, _ in gap_words(texts).values())
    rules = texts.group("rules")
    return tuple(
        MethodPart(
            rules[f"{number}.title"],
            tuple(
                text.format(kinds=kinds)
                for key, text in rules.items()
                if key.startswith(f"{number}.sentences.")
            ),
        )
        for number in range(sum(key.endswith(".title") for key in rules))
    )


STATUS_WORDS = ENGLISH.group("statuses")
"""Status → how the page says it."""

RELATION_WORDS = ENGLISH.group("relations")
"""Relation → the verb between subject and object."""

GAP_WORDS: dict[GapKind, tuple[str, str]] = gap_words(ENGLISH)
"""Gap kind → (name, meaning)."""

METHOD: tuple[MethodPart, ...] = method(ENGLISH)
"""The rules, in the order in which a reader needs them."""

NAMED = {"article": "Art.", "annex": "Annex", "chapter": "Chapter", "sec": "section"}
SEGMENT = re.compile(r"^(article|annex|chapter|sec|par|pt|sub)-(.+)$")


def cited(provision: str) -> str:
    """Return the id of a provision as a person cites it; other ids as they are.

    >>> cited("article-26/par-1"), cited("article-4a/par-2/pt-a"), cited("A.6.2.4")
    ('Art. 26(1)', 'Art. 4a(2)(a)', 'A.6.2.4')
    >>> cited("annex-III/pt-4/pt-a"), cited("article-25/par-2/sub-3/pt-c")
    ('Annex III, point 4(a)', 'Art. 25(2), subparagraph 3, point (c)')
    """
    said = ""
    in_article = False
    pointed = False
    for part in provision.split("/"):
        match = SEGMENT.match(part)
        if match is None:
            return provision
        kind, name = match.groups()
        if kind in NAMED:
            said += f"{', ' if said else ''}{NAMED[kind]} {name}"
            in_article = kind == "article"
            pointed = False
        elif kind == "par":
            said += f"({name})"
        elif kind == "sub":
            said += f", subparagraph {name}"
            in_article, pointed = False, False
        elif in_article or pointed:
            said += f"({name})"
        else:
            said += f", point {name}" if name[0].isdigit() else f", point ({name})"
            pointed = True
    return said
