"""The numbers that a document gives to its own headings, fields and items: no citations.

A form counts "A.1 Name, A.2 Owner", minutes count "6.3, 6.4": labels that open lines, go on from
one to the next, and stand before words that are not the titles of the provisions of that id.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from crosswalk.cite.documents import Document, Passage

__all__ = ["own_labels"]

LABEL = re.compile(
    r"[\s>*•\-]{0,8}(?P<label>(?:[A-H]\.)?\d{1,2}(?:\.\d{1,2}){0,2})[.):]?\s+(?P<words>[^\n]{3,120})"
)
SHORTEST = 3
"""Labels that go on from one another before they are a numbering."""
AGREEING = 0.34
"""Share of labels whose words may agree with the provision of that id by chance."""

Key = tuple[str, tuple[int, ...]]


def own_labels(
    document: Document, agrees: Callable[[str, str], bool]
) -> frozenset[tuple[int, str, str]]:
    """Return (line, place, label) of what opens a line as a number of the document's own.

    :param agrees: whether the words behind a label fit the provision that has it as its id.
    """
    own: set[tuple[int, str, str]] = set()
    run: list[tuple[Passage, Key, str, str]] = []
    for one in document.content:
        if not isinstance(one, Passage):
            continue
        found = LABEL.match(one.text)
        if not found or "." not in found["label"]:
            continue
        key = _key(found["label"])
        if not (run and _follows(run[-1][1], key)):
            own |= _closed(run, agrees)
            run = []
        run.append((one, key, found["label"], found["words"]))
    return frozenset(own | _closed(run, agrees))


def _key(label: str) -> Key:
    letter, _, rest = label.partition(".") if label[0].isalpha() else ("", "", label)
    return letter, tuple(int(part) for part in rest.split("."))


def _follows(last: Key, key: Key) -> bool:
    """Return whether a label is the next after another: A.2 or A.1.1 or B.1 after A.1."""
    (letter, numbers), (next_letter, following) = last, key
    if bool(letter) != bool(next_letter):
        return False
    if letter != next_letter:
        return ord(next_letter) == ord(letter) + 1 and set(following) == {1}
    for depth, (a, b) in enumerate(zip(numbers, following, strict=False)):
        if a != b:
            return b == a + 1 and set(following[depth + 1 :]) <= {1}
    return len(following) > len(numbers) and set(following[len(numbers) :]) == {1}


def _closed(
    run: list[tuple[Passage, Key, str, str]], agrees: Callable[[str, str], bool]
) -> set[tuple[int, str, str]]:
    if len(run) < SHORTEST or run[0][1][1][-1] != 1:
        return set()
    agreeing = sum(agrees(label, words) for _, _, label, words in run)
    if agreeing > AGREEING * len(run):
        return set()
    return {(passage.line, passage.place, label) for passage, _, label, _ in run}
