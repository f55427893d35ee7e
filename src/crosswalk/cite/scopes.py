"""Which framework an id in a document means: the one named nearest to it.

Nearest is: directly beside, in the sentence, over the column, in the row, earlier in the
paragraph, in the heading, earlier in the section, and last anywhere in the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

from crosswalk.cite.documents import Document, Passage, Row
from crosswalk.cite.names import LAW, Mention, Names
from crosswalk.cite.references import Group

__all__ = [
    "ITEM",
    "OWN",
    "OWNED",
    "Near",
    "Scope",
    "Surroundings",
    "Whole",
    "adjacent",
    "also",
    "passages",
    "sentence",
]


class Near(IntEnum):
    """How near a framework is named to an id, nearest first."""

    BESIDE = 1
    SENTENCE = 2
    TABLE = 3
    PARAGRAPH = 4
    HEADING = 5
    SECTION = 6
    DOCUMENT = 7


@dataclass(frozen=True, slots=True)
class Scope:
    """The framework that is meant, and how near it is named; a foreign one has no framework.

    ``rivals`` are those that are meant with equal right.
    """

    mention: Mention
    near: Near
    rivals: tuple[Mention, ...] = ()


BRIDGE = re.compile(
    r"\s{0,3}(?:\)\s{0,2})?(?:,?\s{0,2}(?:of|in|under|from|to|per|within|pursuant\s+to|laid\s+down\s+in|"
    r"as\s+set\s+out\s+in|set\s+out\s+in|as\s+required\s+by|der|des|dem|von|vom|im|del?|du|de\s+la)\s+|de\s+l['’])?(?:both\s+)?(?:the\s+)?"
    r"(?:current\s+|new\s+|amended\s+|EU['’]s\s+|European\s+|consolidated\s+|standard\s+)*[(\[]?\s{0,2}$"
)
LEAD = re.compile(
    r"(?:['’]s)?[\s,:;()\-–—\[\]|\"“”*/]{0,4}(?:\(E\)[,:]?\s*)?(?:(?:in|at|under|see|per|of|annex)\s+){0,2}"
    r"(?:(?:clauses?|sub-?clauses?|controls?|requirements?|sections?|cl\.)\s*)?[(\s]{0,2}$",
    re.IGNORECASE,
)
OWN = re.compile(
    r"(?:\s?(?:,|and|or|&|to|-|–)\s?\d{1,2}(?:\.\d{1,2}){0,3}){0,4}[\s,]{0,3}(?:\([^()]{1,60}\)\s*)?(?:(?:of|in|to|under|from)\s+(?:this|our|the|that|its|their|your|each|any|such|said|his|her)\s+"
    r"(?:[\w\-&]+\s+){0,4}?(?:agreements?|contracts?|policy|policies|bylaws|by-laws|procedures?|handbook|"
    r"manual|documents?|reports?|guides?|plan|charter|statutes?|terms|MSA|SOW|DPA|SLA|guidelines?|"
    r"guidance|code|playbook|paper|chapter|section|thesis|annex|schedule|appendix|deed|lease|"
    r"memorandum|notice|addendum|assessment|questionnaire|template|book|magazine|series|blog|newsletter|journal|booklet|course|tutorial|edition\s+of\s+our|white\s?paper|constitution|register|"
    r"articles\s+of\s+\w+)\b"
    r"|(?:dieser|dieses|unserer|unseres|des|der)\s+(?:Richtlinie|Dokuments?|Berichts?|Handbuchs?|Vertrags|Leitfadens?|"
    r"Konzepts?|Anweisung|Vereinbarung)\b"
    r"|(?:above|below|oben|unten|hereof|hereto|herein|thereof|overleaf)\b"
    r"|(?:of|in|to|under)\s+(?:the\s+)?(?:[A-Z][\w&-]+\s+){1,5}(?:Agreement|Contract|Policy|Terms|Bylaws|"
    r"Procedure|Handbook|Manual|Schedule|Plan|Constitution|Treaty|Convention|Charter|Code)\b"
    r"|(?:of|in)\s+(?:Annex|Schedule|Appendix|Part)\s+[\dIVXA-Z]+\s+(?:to|of)\s+(?:this|the)\s+(?:Agreement|contract))",
    re.IGNORECASE,
)
OWNED = re.compile(
    r"\b(?:contract|agreement|MSA|SOW|DPA|SLA|SCCs?|lease|deed|terms|handbook|manual|bylaws|charter|plan|"
    r"procedure|tender|offer|statutes)(?:\s+[A-Z]{0,4}-?\d{1,6})?,?\s+(?:(?:see|in|at)\s+)?$",
    re.IGNORECASE,
)
"""What stands before an id that is of a document without being a framework."""
AFTERTHOUGHT = re.compile(r"\s*[)\]]\s*[,;/]")
"""What follows a framework in brackets that belongs to the id before it."""
SENTENCE_END = re.compile(r"[.!?][)\]\"”’]?\s+(?=[A-Z\[(\"“•§])|\n\s*\n")
ABBREVIATED = re.compile(
    r"\b(?:art|arts|cl|cls|no|nos|sec|sect|para|paras|par|pt|lit|reg|e\.g|i\.e|vs|cf|ch|fig|vol|inc|ltd|approx|"
    r"ref|refs|abs|nr|st|dr|mr|ms|ed|rev|ver|incl|excl|resp)\.$",
    re.IGNORECASE,
)
CONTRACT = re.compile(
    r"\b(?:this|the)\s+(?:Agreement|Contract|Deed|MSA)\b|\bhereinafter\b|\bhereto\b"
)


@lru_cache(maxsize=16)
def _breaks(text: str) -> list[int]:
    """Return the offsets at which the sentences of a text end."""
    return [
        match.end()
        for match in SENTENCE_END.finditer(text)
        if not ABBREVIATED.search(text[max(0, match.start() - 8) : match.start() + 1])
    ]


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence that holds a stretch begins and ends."""
    breaks = _breaks(text)
    before, after = bisect_right(breaks, start), bisect_left(breaks, end)
    begin = breaks[before - 1] if before else 0
    return begin, breaks[after] if after < len(breaks) else len(text)


def adjacent(text: str, mention: Mention, start: int) -> bool:
    """Return whether a mention stands directly before an offset."""
    if mention.end > start or AFTERTHOUGHT.match(text, mention.end):
        return False
    return LEAD.fullmatch(text, mention.end, start) is not None


GOVERNS = 3
"""How many times more often a framework is named than any other that a document is about."""
ITEM = re.compile(r"\s*\d{1,2}(?:\.\d{1,2})?[.)]?\s+[A-Z]")
"""How an item of an agenda begins, which is of its own subject."""
JOINED = re.compile(
    r"\s*(?:,|/|&|\+|,?\s*(?:and|und|et|as\s+well\s+as|and\s+also))\s*(?:of\s+)?(?:the\s+)?"
)
BOTH = re.compile(
    r"\s{0,2}(?:of|in|from|under)\s+both(?:\s+the)?(?:\s+(?:standards?|frameworks|laws|regulations|norms|acts)\b)?"
    r"|\s{0,2}(?:of|in|from|under)\s+the\s+two\s+(?:standards|frameworks|laws|regulations)\b"
)
"""What says of an id that two frameworks have it."""
TOP = 25
"""Passages within which a document's title is looked for."""


@dataclass(slots=True)
class Whole:
    """What a whole document names: how often each framework, with which editions, and its title."""

    counts: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    editions: dict[str, set[str]] = field(default_factory=dict)
    contract: bool = False

    @classmethod
    def of(cls, document: Document, names: Names) -> Whole:
        """Return what a document names."""
        whole = cls()
        for passage in passages(document):
            for one in names.find(passage.text):
                if one.weak or one.back:
                    continue
                if one.framework:
                    whole.counts[one.framework] += 1
                    if one.edition:
                        whole.editions.setdefault(one.framework, set()).add(one.edition)
                elif "article" in one.blocks:
                    whole.foreign += 1
            whole.contract = whole.contract or CONTRACT.search(passage.text) is not None
        return whole


def passages(document: Document) -> Iterator[Passage]:
    """Yield the paragraphs, headings and cells of a document."""
    for one in document.content:
        if isinstance(one, Row):
            yield from one.cells
        else:
            yield one


@dataclass(slots=True)
class Surroundings:
    """What is named around the passage that is being read; moves with the reading."""

    whole: Whole
    kinds: Callable[[str], frozenset[str]]
    names: Names
    headings: list[tuple[int, list[Mention]]] = field(default_factory=list)
    section: list[Mention] = field(default_factory=list)
    last: dict[str, Mention] = field(default_factory=dict)
    title: list[Mention] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    itemised: bool = False
    seen: int = 0
    plain: int = 0
    functions: int = 0

    def approach(self, passage: Passage) -> None:
        """Leave what a passage that comes next ends: a heading, the sections beside it."""
        if passage.level:
            while self.headings and self.headings[-1][0] >= passage.level:
                self.headings.pop()
            self.section = []
            self.plain = 0

    def enter(self, passage: Passage, mentions: Sequence[Mention]) -> None:
        """Take up a passage that has been read."""
        if passage.level:
            self.headings.append((passage.level, list(mentions)))
            if not self.title and self.seen < TOP:
                self.title = [one for one in mentions if one.framework and not one.weak]
        self.seen += 1
        self.section = [*self.section, *mentions][-12:]
        self.hear(mentions)
        if mentions:
            self.itemised = ITEM.match(passage.text) is not None
        for one in mentions:
            if one.framework:
                self.last["law" if self.names.is_law(one.framework) else "standard"] = one

    def hear(self, mentions: Sequence[Mention]) -> None:
        """Take up what has been named, wherever."""
        self.told.update(one.framework for one in mentions if one.framework and not one.weak)

    def settle(self, mentions: Sequence[Mention], over: Sequence[Mention] = ()) -> list[Mention]:
        """Return mentions with words that point back ("the Act", "the 2019 edition") made plain.

        :param over: what is named over the column in which they stand.
        """
        settled: list[Mention] = []
        last = dict(self.last)
        for one in over:
            if one.framework:
                last["law" if self.names.is_law(one.framework) else "standard"] = one
        for one in mentions:
            plain = self._plain(one, last) if one.back else one
            if plain.framework:
                last["law" if self.names.is_law(plain.framework) else "standard"] = plain
            settled.append(plain)
        return settled

    def _plain(self, one: Mention, last: dict[str, Mention]) -> Mention:
        kind = "law" if one.back in ("act", "regulation") else "standard"
        meant = last.get(kind) or self._only(kind)
        if one.back.isdigit():
            edition = self.names._edition(meant.framework, one.back) if meant else ""
            framework = meant.framework if meant and edition else ""
            return Mention(one.start, one.end, framework, edition, brief=one.brief)
        if one.back == "act" and meant and "act" not in meant.framework:
            acts = [f for f in self.whole.counts if f.endswith("-act")]
            meant = Mention(0, 0, acts[0]) if acts else None
        if meant is None:
            return Mention(one.start, one.end, "", blocks=LAW if kind == "law" else frozenset())
        return Mention(one.start, one.end, meant.framework, meant.edition, controls=meant.controls)

    def _only(self, kind: str) -> Mention | None:
        fitting = [f for f in self.whole.counts if self.names.is_law(f) == (kind == "law")]
        return Mention(0, 0, fitting[0]) if len(fitting) == 1 else None

    def takes(self, one: Mention, kind: str) -> bool:
        """Return whether a mention takes a kind of reference to itself, ours or foreign."""
        if one.framework:
            return kind in self.kinds(one.framework)
        return kind in one.blocks

    def _reaches(self, one: Mention, kind: str) -> bool:
        """Return whether a mention takes ids beyond its paragraph: a foreign law only articles."""
        lawful = one.framework or "article" not in one.blocks or kind in LAW
        return bool(lawful) and self.takes(one, kind) and not one.weak

    def levels(
        self,
        text: str,
        group: Group,
        mentions: Sequence[Mention],
        next_start: int,
        table: Sequence[Sequence[Mention]] = (),
    ) -> Iterator[tuple[Near, list[Mention]]]:
        """Yield the fitting mentions around a group of ids, level by level, best first."""
        fits = [one for one in mentions if self.takes(one, group.kind)]
        if not fits and not table:
            yield from self._outer(group.kind)
            return
        strong = [one for one in fits if not one.weak]
        after = [one for one in strong if one.start >= group.end]
        prior = [one for one in fits if one.end <= group.start]
        inside = [one for one in strong if group.start < one.start < group.end]
        beside = _beside(text, group, _after(fits, group.end), prior, next_start)
        if beside:
            yield Near.BESIDE, [beside]
        if prior and adjacent(text, prior[-1], group.start):
            yield Near.BESIDE, [prior[-1]]
        prior = [one for one in prior if not one.weak]
        begin, finish = sentence(text, group.start, group.end)
        near = [one for one in reversed(prior) if one.start >= begin]
        near += [one for one in [*inside, *after] if one.end <= finish and not one.brief]
        elsewhere = [one for one in near if one.start >= next_start >= group.end]
        if len(near) == len(elsewhere) and prior and self._is_apart(text, group, near, next_start):
            yield Near.PARAGRAPH, prior[::-1]
        if near:
            yield Near.SENTENCE, near
        for held in table:
            fitting = [one for one in held if self.takes(one, group.kind) and not one.weak]
            if fitting:
                yield Near.TABLE, fitting
        earlier = [one for one in reversed(prior) if one.start < begin and not one.brief]
        if earlier:
            yield Near.PARAGRAPH, earlier
        yield from self._outer(group.kind)

    def _is_apart(self, text: str, group: Group, after: Sequence[Mention], next_start: int) -> bool:
        """Return whether what a sentence names later is named of a later id: "refers to Y of Z"."""
        between = re.sub(r"\([^()]{0,80}\)", "", text[group.end : next_start])
        return (
            bool(after)
            and re.search(r"\b[a-z]{3,}\s+(?:[a-z]+\s+)*[a-z]{2,}\b", between) is not None
        )

    def _outer(self, kind: str) -> Iterator[tuple[Near, list[Mention]]]:
        heads = [
            (level, [one for one in held if self._reaches(one, kind)])
            for level, held in reversed(self.headings)
        ]
        heads = [(level, held) for level, held in heads if held]
        recent = [one for one in reversed(self.section) if self._reaches(one, kind)]
        inner = [held for level, held in heads if level > 1]
        if inner and len({one.framework for one in inner[0]}) == 1:
            yield Near.HEADING, inner.pop(0)
        if recent:
            yield Near.SECTION, recent
        for held in inner:
            yield Near.HEADING, held
        for level, held in heads:
            if level <= 1:
                yield Near.HEADING, held
        titled = [one for one in self.title if self.takes(one, kind)]
        if titled:
            yield Near.HEADING, titled
        named = [f for f, _ in self.whole.counts.most_common() if kind in self.kinds(f)]
        if len(named) == 1 and not (kind in LAW and self.whole.foreign):
            yield Near.DOCUMENT, [Mention(0, 0, named[0])]
        elif named:
            yield Near.DOCUMENT, [Mention(0, 0, f) for f in named]

    def governs(self, framework: str, kind: str) -> bool:
        """Return whether a document is about one framework, of those a kind of id can be of.

        So it is if it has named no other yet, or names it much more often.
        """
        counts = self.whole.counts
        rivals = [f for f in counts if f != framework and kind in self.kinds(f)]
        if framework in self.told and not self.told.intersection(rivals):
            return True
        return counts[framework] >= GOVERNS * max((counts[f] for f in rivals), default=0)


def also(
    text: str,
    group: Group,
    mentions: Sequence[Mention],
    following: Sequence[Group],
    around: Surroundings,
) -> list[Mention]:
    """Return the further frameworks that an id is said to be of: "9.3 of X and Y", "of both"."""
    fits = [one for one in mentions if one.framework and around.takes(one, group.kind)]
    after = _after(fits, group.end)
    both = BOTH.match(text, group.end)
    if both and (not after or after[0].start > both.end() + 6):
        prior = [one for one in fits if one.end <= group.start]
        held = prior if len({one.framework for one in prior}) > 1 else [*around.section, *prior]
        named = [one for one in held if one.framework and around.takes(one, group.kind)]
        recent = list(dict.fromkeys(one.framework for one in reversed(named)))[:2]
        last = {one.framework: one for one in named}
        return [last[f] for f in recent] if len(recent) > 1 else []
    if not after or not BRIDGE.fullmatch(text[group.end : after[0].start].replace("both ", "")):
        return []
    found: list[Mention] = []
    for one, other in pairwise(after):
        own = any(adjacent(text, other, later.start) for later in following[:3])
        if own or not JOINED.fullmatch(text, one.end, other.start):
            break
        found.append(other)
    return found


def _after(fits: Sequence[Mention], end: int) -> list[Mention]:
    """Return what is named after an offset; a law's short name stands there too."""
    return [one for one in fits if one.start >= end and (not one.weak or one.law)]


def _beside(
    text: str,
    group: Group,
    after: Sequence[Mention],
    prior: Sequence[Mention],
    next_start: int,
) -> Mention | None:
    """Return the mention that follows a group directly, a label in brackets between them."""
    if not after or after[0].start > next_start:
        return None
    one = after[0]
    between = text[group.end : one.start]
    if len(between) > 140:
        return None
    plain = re.sub(r"^\s{0,2}[(\[][^()\[\]]{2,110}[)\]]", "", between)
    if not BRIDGE.fullmatch(plain):
        return None
    leading = (
        prior
        and adjacent(text, prior[-1], group.start)
        and not re.search(r"[,;/]", text[prior[-1].end : group.start])
    )
    if leading and not re.match(r"\s*(?:of|in|under)\s", plain):
        return None
    opened = "(" in plain or "[" in plain
    if opened and re.match(
        r"[^)\]\n]{0,3}(?:Art|clause|cl\.|§|Annex|[A-F]\.\d|\d)", text[one.end :]
    ):
        return None
    return one
