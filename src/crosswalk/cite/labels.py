"""The words beside an id, held against the titles of its edition.

A label contradicts an id only where it plainly names another provision; a paraphrase, a remark or
a shortened title never does.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crosswalk.models import Provision

__all__ = ["Label", "Titles", "after", "before"]

STOP = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it",
    "its", "of", "on", "or", "our", "that", "the", "their", "this", "to", "with", "e", "g", "i",
    "etc", "new", "general", "other", "related", "relevant", "appropriate",
))  # fmt: skip
WORD = re.compile(r"[a-zà-öø-ÿ]+")
SAME = {
    "programme": "program", "organisation": "organization", "labelling": "labeling",
    "artificial": "ai", "stakeholder": "party", "fundamental": "fundamental",
    "off": "off", "lifecycle": "life", "cycle": "life",
}  # fmt: skip
KNOWN_AS: dict[str, tuple[str, ...]] = {
    "Understanding the organization and its context": (
        "external issues",
        "internal issues",
        "external and internal issues",
        "organizational context",
    ),
    "Understanding the needs and expectations of interested parties": (
        "interested parties",
        "stakeholder needs",
        "stakeholder expectations",
    ),
    "Information security risk treatment": (
        "statement of applicability",
        "risk treatment plan",
        "SoA",
    ),
    "AI risk treatment": ("statement of applicability", "risk treatment plan", "SoA"),
    "Data protection impact assessment": ("DPIA",),
    "Records of processing activities": ("RoPA", "record of processing"),
    "Data protection by design and by default": ("privacy by design",),
    "Lawfulness of processing": ("legal basis", "lawful basis"),
    "Right to erasure (‘right to be forgotten’)": ("right to be forgotten", "right to erasure"),
    "Right of access by the data subject": ("right of access",),
}
"""A title → short names under which people know the provision."""


SUBJECT = re.compile(r"((?:\S+\s){1,9}?\S+?)(?:\s[–-]\s|\s(?:is|are|has|have)\s)(?=.*\.$)")
"""What a title that is a whole sentence speaks of."""


@dataclass(frozen=True, slots=True)
class Label:
    """The words beside an id; ``firm`` if they stand where only a title stands.

    ``loose`` words may as well go on with the sentence: only the title of another provision,
    word for word, counts among them; a ``topic`` stands for several ids at once.
    """

    text: str
    firm: bool
    loose: bool = False
    topic: bool = False


def words(text: str) -> frozenset[str]:
    """Return the words of a text that tell something, in a plain form.

    >>> sorted(words("Reviews of the AI policies"))
    ['ai', 'policy', 'review']
    """
    found = WORD.findall(re.sub(r"[’']s\b", "", text.casefold()))
    return frozenset(
        SAME.get(plain, plain) for word in found if word not in STOP for plain in (_plain(word),)
    )


def _plain(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    return word.replace("isation", "ization") if "isation" in word else word


class Titles:
    """The titles of an edition, so that a label can be held against them."""

    def __init__(self, provisions: Sequence[Provision]) -> None:
        """:param provisions: those of one edition."""
        self._of: dict[str, list[frozenset[str]]] = {}
        self._parent = {one.id: one.parent for one in provisions}
        for one in provisions:
            names = [one.title, *KNOWN_AS.get(one.title, ())]
            if subject := SUBJECT.match(one.title):
                names.append(subject[1])
            if inside := re.search(r"\(([^)]+)\)", one.title):
                names += [inside[1], one.title.replace(inside[0], "")]
            self._of[one.id] = [bag for name in names if (bag := words(name))]
        self._children: dict[str, list[str]] = {}
        for one in provisions:
            self._children.setdefault(one.parent, []).append(one.id)
        self._title = {one.id: one.title for one in provisions}
        self._families: dict[str, frozenset[str]] = {}
        self._order = {one: n for n, one in enumerate(self._of)}
        self._with: dict[str, set[str]] = {}
        terms = {one.id for one in provisions if one.kind == "definition"}
        for name, bags in self._of.items():
            if name in terms:
                continue  # a term that is defined is no title
            for word in frozenset().union(*bags):
                self._with.setdefault(word, set()).add(name)
        df = Counter(word for bags in self._of.values() for word in (bags[0] if bags else ()))
        total = max(1, len(self._of))
        self._weight = {word: math.log(1 + total / n) for word, n in df.items()}
        self._rare = math.log(1 + total)
        self._topics = {one.id: set(one.topics) for one in provisions}

    def likeness(self, label: frozenset[str], provision: str) -> float:
        """Return how alike a label and a provision's title are, from 0 to 1."""
        return max((self._alike(label, bag) for bag in self._of.get(provision, ())), default=0.0)

    def same(self, label: frozenset[str], provision: str) -> float:
        """Return how alike a label is to the titles of a provision and of those below it."""
        above = set(self._above(provision))
        return max(self.likeness(label, o) for o in self.family(provision) if o not in above)

    def begun(self, text: str) -> list[str]:
        """Return the provisions whose whole title, of two words or more, a text begins with."""
        lowered = text.casefold()
        return [
            one
            for one, bags in self._of.items()
            if any(len(bag) > 1 for bag in bags)
            and re.match(re.escape(self._title[one].casefold()) + r"\b", lowered)
        ]

    def covered(self, label: frozenset[str], provision: str) -> float:
        """Return the share of a title that a label holds, from 0 to 1."""
        return max(
            (self._sum(label & bag) / self._sum(bag) for bag in self._of.get(provision, ())),
            default=0.0,
        )

    def family(self, provision: str) -> frozenset[str]:
        """Return a provision, those above it and those below it."""
        if provision not in self._families:
            found = {provision, *self._above(provision)}
            below = [provision]
            while below:
                children = self._children.get(below.pop(), [])
                found.update(children)
                below += children
            self._families[provision] = frozenset(found)
        return self._families[provision]

    def _above(self, provision: str) -> list[str]:
        found: list[str] = []
        at = provision
        while (at := self._parent.get(at, "")) and at not in found:
            found.append(at)
        return found

    def own(self, label: frozenset[str], provision: str) -> float:
        """Return how alike a label is to the titles of a provision and its family."""
        return max(self.likeness(label, one) for one in self.family(provision))

    def shared(self, label: frozenset[str], provision: str, *, below: bool = True) -> float:
        """Return the share of a label that stands in the titles of a provision's family.

        :param below: whether the provisions below it count.
        """
        family = self.family(provision) if below else {provision, *self._above(provision)}
        held = [bag for one in family for bag in self._of.get(one, ())]
        return self._sum(label & frozenset().union(*held)) / self._sum(label) if label else 1.0

    def inside(self, label: frozenset[str]) -> bool:
        """Return whether all words of a label stand in one title."""
        near = {one for word in label for one in self._with.get(word, ())}
        return any(label <= bag for one in near for bag in self._of[one])

    def named(self, label: frozenset[str], *, least: float) -> list[str]:
        """Return the provisions whose title a label names, best first."""
        near = {one for word in label for one in self._with.get(word, ())}
        order = self._order
        scored = [(self.likeness(label, one), order[one], one) for one in near]
        found = [one for one in scored if one[0] >= least]
        return [one for _, _, one in sorted(found, key=lambda o: (-round(o[0], 3), o[1]))]

    def on_topic(self, label: frozenset[str]) -> list[str]:
        """Return the provisions whose topic a label is, in the edition's order."""
        return [
            one
            for one, topics in self._topics.items()
            if any(words(topic.replace("-", " ")) == label for topic in topics)
        ]

    def _sum(self, bag: frozenset[str]) -> float:
        return sum(self._weight.get(word, self._rare) for word in bag)

    def _alike(self, label: frozenset[str], title: frozenset[str]) -> float:
        common = self._sum(label & title)
        return 2 * common / (self._sum(label) + self._sum(title)) if common else 0.0


OPENED = re.compile(
    r"\s{0,2}[(\[“\"‘]\s?([A-Za-z][^()\[\]“”\"\n]{2,110}(?:\n[^()\[\]“”\"]{0,80})?)[)\]”\"’]"
)
DASHED = re.compile(r"\s{0,3}(?:[-–—]|:)\s{1,3}(?=[A-Za-z\"“])")
BESIDE = re.compile(r"(?P<stop>[.)])?[ \t]{1,6}(?=[A-Z][A-Za-z]|AI\b)")
COMMA = re.compile(
    r"(?P<comma>,)\s{1,3}(?P<label>[A-Za-z][^()\[\]|;:.]{4,110}?)(?=\s?(?:[);:.|]|$))"
)
PLAIN = re.compile(
    r"(?P<comma>)[ \t\n]{1,3}(?P<label>[a-z][^()\[\]|;:.,]{4,110}?)"
    r"(?=\s?(?:[);:.,|?]|\s[-–—=>]|\n|$))"
)
WITHIN = re.compile(r"[(;,][^()]{0,100}$")
TAIL = re.compile(r"[.;:(\[|•]|\s[-–—]\s|\n\s*\n")
BEFORE = re.compile(r"([A-Za-z][\w ,’'&/\-]{3,90}?)\s*[(\[]\s?$")


def after(
    text: str, end: int, *, stop: int | None = None, opens: bool = False, marked: bool = False
) -> Label | None:
    """Return the label that follows an id, or None.

    :param stop: where the next id begins.
    :param marked: whether only words in brackets or behind a comma, dash or colon count.
    :param opens: whether the id opens a line, so that a full stop belongs to its number.
    """
    rest = text[end : min(stop if stop is not None else end + 240, end + 240)]
    opened = OPENED.match(rest)
    if opened:
        return Label(opened[1].replace("\n", " "), firm=True)
    dashed = DASHED.match(rest)
    if dashed:
        return _cut(rest[dashed.end() :], firm=False)
    beside = BESIDE.match(rest)
    if beside and not marked and (not beside["stop"] or opens):
        return _cut(rest[beside.end() :], firm=False)
    held = COMMA.match(rest) or (None if marked else PLAIN.match(rest))
    if held and (held["comma"] or WITHIN.search(text[max(0, end - 120) : end]) or opens):
        return Label(re.sub(r"\s+", " ", held["label"]).strip(), firm=False, loose=True)
    return None


def _cut(rest: str, *, firm: bool) -> Label | None:
    tail = TAIL.search(rest)
    words_only = (rest[: tail.start()] if tail else rest)[:120].replace("\n", " ").strip(' ,"“”')
    return Label(words_only, firm) if words_only else None


def before(text: str, start: int) -> Label | None:
    """Return the words before the bracket in which an id stands, or None."""
    lead = text[max(0, start - 110) : start]
    found = BEFORE.search(lead)
    return Label(found[1].strip(), firm=False) if found else None
