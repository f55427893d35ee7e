"""A document's ids, read in their surroundings and held against the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from crosswalk import catalogue, citations
from crosswalk.cite import labels, references
from crosswalk.cite.documents import Document, Passage, Row, read
from crosswalk.cite.names import LAW, Mention, Names, shapes
from crosswalk.cite.numbering import own_labels
from crosswalk.cite.references import Group, Member
from crosswalk.cite.scopes import ITEM, OWN, OWNED, Near, Scope, Surroundings, Whole, also, passages
from crosswalk.graph import Dataset
from crosswalk.inference import successors
from crosswalk.models import Edition

__all__ = ["FAULTS", "Citation", "Verdict", "cite", "cite_document"]


class Verdict(StrEnum):
    """What is to be said of one citation."""

    OK = "ok"
    NONEXISTENT = "nonexistent"
    OTHER_EDITION = "other-edition"
    LABEL_CONTRADICTS = "label-contradicts"
    AMBIGUOUS = "ambiguous"


FAULTS = frozenset((Verdict.NONEXISTENT, Verdict.OTHER_EDITION, Verdict.LABEL_CONTRADICTS))
"""The verdicts that are faults of the document; what is ambiguous may well be right."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One provision that a document cites, where, and whether it stands.

    ``edition`` is the one that the document names or means, empty if that is ambiguous;
    ``suggestion`` names provisions of that edition, unless it says which; ``place`` is the page,
    row or cell where there are such.
    """

    file: str
    line: int
    text: str
    edition: str
    id: str
    verdict: Verdict
    suggestion: str
    place: str


def cite(
    dataset: Dataset, paths: Iterable[Path], *, as_of: date, default: Edition | None = None
) -> list[Citation]:
    """Return the citations of documents, in reading order.

    :param as_of: decides the edition where a document names no year.
    :param default: the edition that is meant where a document names none.
    :raises DataError: if a document cannot be read.

    >>> from crosswalk.graph import open_dataset
    >>> from crosswalk.resources import examples_dir
    >>> policy = examples_dir() / "documents" / "ai-policy.md"
    >>> cite(open_dataset(), [policy], as_of=date(2026, 11, 20))[0].id
    '5.2'
    """
    reader = _Reader(dataset, as_of, default)
    return [one for path in paths for one in reader.citations(read(path))]


def cite_document(
    dataset: Dataset, document: Document, *, as_of: date, default: Edition | None = None
) -> list[Citation]:
    """Return the citations of a document that has been read, in reading order.

    >>> from crosswalk.cite import from_bytes
    >>> from crosswalk.graph import open_dataset
    >>> document = from_bytes(b"ISO/IEC 42001 clause 6.1.2 (Risk treatment)", "note.txt")
    >>> [one] = cite_document(open_dataset(), document, as_of=date(2026, 11, 20))
    >>> one.id, str(one.verdict), one.suggestion
    ('6.1.2', 'label-contradicts', '6.1.3, 8.3')
    """
    return list(_Reader(dataset, as_of, default).citations(document))


@dataclass(frozen=True, slots=True)
class _Cited:
    """A group of ids with what it means."""

    group: Group
    edition: str
    near: Near
    controls: bool
    name: tuple[int, int] | None = None
    dated: bool = False
    rivals: tuple[Mention, ...] = ()


@dataclass(slots=True)
class _Cell:
    """What stands around a cell of a table."""

    scopes: list[list[Mention]] = field(default_factory=list)
    label: str | None = None
    shared: bool = False
    header: str = ""


@dataclass(slots=True)
class _Column:
    """The framework that a column of a table named last, and how often it named none."""

    named: list[Mention] = field(default_factory=list)
    told: int = 0
    blank: int = 0

    @property
    def goes_on(self) -> bool:
        """Whether a blank cell means the one above: not where nearly all cells are filled."""
        return self.told < 4 or self.told < self.blank


NUMBERED_COLUMN = re.compile(
    r"\b(?:clauses?|controls?|articles?|art\.?|criteri(?:a|on)|subcategor\w+|annex\s+a|provisions?)\b",
    re.IGNORECASE,
)
ID_COLUMN = re.compile(
    NUMBERED_COLUMN.pattern
    + r"|\b(?:ref\w*|ids?|identifiers?|nos?|nr|number|sections?|sources?|standards?|requirements?|"
    r"basis|mapp\w+|cit\w+|norm\w*|iso|evidence|topics?|items?|elements?|annex)\b|§|#",
    re.IGNORECASE,
)
"""What stands over a column in which a number alone may be an id."""
TITLE_COLUMNS = (
    re.compile(r"\b(?:titles?|names?|headings?|label)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:controls?|topics?|subject|clause|requirements?|description)\b", re.IGNORECASE
    ),
)
OPENS = re.compile(r"[\s\-*•>○◦·]*(?:[(\[]?[0-9ivx]{1,3}[.)\]]\s*)?(?:\[[ xX]?\]\s*)?")
"""What may stand before the id that opens a line."""
FORMER = re.compile(
    r"\b(?:formerly|previously|was|were|old|legacy|ex|replac(?:es|ing)|supersed(?:es|ing)|used\s+to\s+be|"
    r"vormals|früher|bisher|anciennement)\b[\s:]*(?:known\s+as\s+|called\s+)?"
    r"(?:(?:the|annex\s+a|controls?|clauses?)\s+)*[(\[\"“]?\s*$",
    re.IGNORECASE,
)
FORMER_COLUMN = re.compile(r"\b(?:old|former|formerly|previous|legacy|superseded)\b", re.IGNORECASE)
LISTED = re.compile(r"\b(?:in|see|per|under)\s+$", re.IGNORECASE)
OF_ANNEX = re.compile(
    r"\b(?:controls?|objectives?|guidance|measures|reference)\s+(?:(?:in|of|from|is|under|set\s+out)\s+){1,2}"
    r"(?:the\s+standard['’]s\s+)?$",
    re.IGNORECASE,
)
"""Words before an annex of a standard that is cited for what stands in it."""
PREPOSITION = re.compile(
    r"\b(?:in|see|per|under|by|from|with|to|meets?|of|and|or|follows?|satisf\w+|fulfil\w*|address\w*|covers?)\s+$",
    re.IGNORECASE,
)


class _Reader:
    def __init__(self, dataset: Dataset, as_of: date, default: Edition | None) -> None:
        self.dataset = dataset
        self.as_of = as_of
        self.default = default
        self.editions = {one.edition: one for one in catalogue.editions(dataset)}
        self.shapes = {key: shapes(catalogue.provisions(dataset, key)) for key in self.editions}
        citable = [one for one in self.editions.values() if self.shapes[one.edition]]
        self.names = self.common = Names(citable)
        self.kinds_of: dict[str, frozenset[str]] = {}
        for key, one in self.editions.items():
            known = self.kinds_of.get(one.framework, frozenset())
            self.kinds_of[one.framework] = known | self.shapes[key]
        self.titles: dict[str, labels.Titles] = {}
        self.own: frozenset[tuple[int, str, str]] = frozenset()

    def kinds(self, framework: str) -> frozenset[str]:
        """Return the kinds of reference that a framework's editions can be cited by."""
        return self.kinds_of.get(framework, frozenset())

    def citations(self, document: Document) -> Iterator[Citation]:
        """Yield the citations of a document."""
        self.names = self.common.of(one.text for one in passages(document))
        self.own = own_labels(document, self._agrees)
        whole = Whole.of(document, self.names)
        around = Surroundings(whole, self.kinds, self.names)
        filled: dict[tuple[int, int], _Column] = {}
        for one in document.content:
            if isinstance(one, Row):
                yield from self._row(document, one, around, filled)
                continue
            around.approach(one)
            mentions = around.settle(self.names.find(one.text))
            yield from self._passage(document, one, mentions, around, None)
            around.enter(one, mentions)

    def _agrees(self, label: str, said: str) -> bool:
        """Return whether words behind a label fit the provision of that id in any edition."""
        bag = labels.words(said)
        return any(
            self._titles(key).shared(bag, found.id) >= 0.3
            or self._titles(key).likeness(bag, found.id) >= 0.3
            for key in self.editions
            if (found := citations.within(self.dataset, key, label)) is not None
        )

    # Rows and passages.

    def _row(
        self,
        document: Document,
        row: Row,
        around: Surroundings,
        filled: dict[tuple[int, int], _Column],
    ) -> Iterator[Citation]:
        heads = [around.settle(self.names.find(text)) for text in row.headers]
        found = [
            around.settle(self.names.find(cell.text), heads[n] if n < len(heads) else ())
            for n, cell in enumerate(row.cells)
        ]
        for n, held in enumerate(found):
            alone = _alone(row.cells[n], held)
            column = filled.setdefault((row.table, n), _Column())
            column.told += bool(alone)
            column.blank += not row.cells[n].text
            if alone:
                column.named = alone
        shared = len({one.framework for held in heads for one in held if one.framework}) > 1
        for held in (*heads, *found):
            around.hear(held)
        sole = sum(bool(cell.text) for cell in row.cells) == 1
        for n, cell in enumerate(row.cells):
            if not cell.text:
                continue
            others = [
                one
                for m, held in enumerate(found)
                if m != n and _alone(row.cells[m], held)
                for one in held
            ]
            remarks = [
                one
                for m, held in enumerate(found)
                if m != n and not _alone(row.cells[m], held)
                for one in held
            ]
            down = [
                one
                for (table, m), held in filled.items()
                if table == row.table and m < n and held.goes_on
                for one in held.named
            ]
            head = heads[n] if n < len(heads) else []
            beside = [one for m, held in enumerate(heads) if m != n for one in held]
            over = row.headers[n] if n < len(row.headers) else ""
            cellwise = _Cell(
                [head, others, down, beside, remarks], self._title(row, n), shared, over
            )
            yield from self._passage(document, cell, found[n], around, cellwise, row, n)
        for n, cell in enumerate(row.cells):
            if sole and cell.text:
                around.approach(cell)
                around.enter(cell, found[n])

    def _title(self, row: Row, n: int) -> str | None:
        """Return the cell that is the title of the provision whose id stands in a cell."""
        if row.headers:
            for wanted, may_name in (
                *((one, False) for one in TITLE_COLUMNS),
                (TITLE_COLUMNS[1], True),
            ):
                for m, header in enumerate(row.headers[: len(row.cells)]):
                    named = wanted.search(header) and (may_name or not self.names.find(header))
                    if m != n and named and re.match(r"[\"“(]?[A-Za-z][\w ]{2}", row.cells[m].text):
                        return row.cells[m].text
            return None
        beside = row.cells[n + 1].text if n + 1 < len(row.cells) else ""
        return beside if re.match(r"[A-Za-z]{2}", beside) else None

    def _passage(
        self,
        document: Document,
        passage: Passage,
        mentions: Sequence[Mention],
        around: Surroundings,
        cell: _Cell | None,
        row: Row | None = None,
        column: int = 0,
    ) -> Iterator[Citation]:
        text = passage.text
        groups = list(references.find(text))
        if row is not None and cell is not None:
            first = self._lead(text, row, column, cell, around)
            if first is not None:
                groups = [first, *(g for g in groups if g.start >= first.end)]
        accepted: list[_Cited] = []
        for n, group in enumerate(groups):
            stop = groups[n + 1].start if n + 1 < len(groups) else len(text)
            if (
                group.kind == "letter-annex"
                and cell
                and row
                and row.headers[column:][:1] == (text,)
            ):
                continue
            if (
                self._is_name(group, mentions)
                or self._is_own(text, group, mentions)
                or self._is_numbering(passage, group)
            ):
                continue
            scope = self._scope(text, group, mentions, stop, around, cell)
            meant = self._meant(text, group, scope, around, accepted, cell, passage)
            if meant is None:
                continue
            accepted.append(meant)
            yield from self._verdicts(document, passage, meant, stop, cell)
            for other in (
                also(text, group, mentions, groups[n + 1 :], around) if meant.edition else ()
            ):
                edition = self._edition(other, around)
                if self.editions[edition].framework != self.editions[meant.edition].framework:
                    more = replace(meant, edition=edition, controls=other.controls, name=None)
                    yield from self._verdicts(document, passage, more, stop, None)

    def _is_name(self, group: Group, mentions: Sequence[Mention]) -> bool:
        """Return whether what looks like an id is part of a framework's name."""
        return any(one.start <= group.members[0].start < one.end for one in mentions)

    def _is_own(self, text: str, group: Group, mentions: Sequence[Mention]) -> bool:
        """Return whether a group is of this document or another that is no framework."""
        own = OWN.match(text, group.end)
        worded = group.cue in ("clause", "section", "abschnitt", "§")
        if worded and OWNED.search(text[max(0, group.start - 40) : group.start]):
            return not any(one.framework and 0 <= one.start - group.end < 12 for one in mentions)
        return own is not None and not any(
            one.framework and group.end <= one.start < own.end() for one in mentions
        )

    def _is_numbering(self, passage: Passage, group: Group) -> bool:
        """Return whether a group opens a passage as a number of the document's own."""
        opens = group.cue == "" and OPENS.fullmatch(passage.text[: group.start]) is not None
        return opens and (passage.line, passage.place, group.members[0].form) in self.own

    def _lead(
        self, text: str, row: Row, column: int, cell: _Cell, around: Surroundings
    ) -> Group | None:
        """Return the bare numbers a cell begins with, where its column says what they are."""
        header = row.headers[column] if column < len(row.headers) else ""
        if not header or not re.match(r"\s*[(\[]?\d", text):
            return None
        head = [one for one in cell.scopes[0] if one.framework]
        word = NUMBERED_COLUMN.search(header)
        if not head and not word:
            return None
        lawful = (
            any(self.names.is_law(one.framework) for one in head)
            if head
            else header.casefold().startswith(("art", "article"))
        )
        group = references.find_cell(text, "article" if lawful else "number")
        if group is None or lawful:
            return group
        cue = "control" if re.search(r"control|annex\s+a", header, re.IGNORECASE) else "clause"
        if cue == "control" and "." not in group.members[0].form:
            return None  # rows are counted so
        return Group("number", group.start, group.end, cue, group.members)

    # What is meant.

    def _scope(
        self,
        text: str,
        group: Group,
        mentions: Sequence[Mention],
        stop: int,
        around: Surroundings,
        cell: _Cell | None,
    ) -> Scope | None:
        tables = cell.scopes if cell else ()
        default = self.default
        for near, held in around.levels(text, group, mentions, stop, tables):
            if near is Near.DOCUMENT and default and group.kind in self.shapes[default.edition]:
                break
            first = held[0]
            if near is Near.DOCUMENT and len(held) > 1:
                standing = [m for m in held if self._stands(m, group, around)]
                leading = next((m for m in held if around.governs(m.framework, group.kind)), None)
                if leading is None and len(standing) > 1:
                    return Scope(Mention(0, 0, ""), near, tuple(standing))
                first = leading or (standing or held)[0]
            elif near is Near.SECTION and around.itemised and ITEM.match(text):
                standing = [m for m in held if m.framework and self._stands(m, group, around)]
                if len({m.framework for m in standing}) > 1:
                    titled = {m.framework for m in around.title}
                    own = [m for m in standing if {m.framework} == titled]
                    if not own:
                        return Scope(Mention(0, 0, ""), near, tuple(standing))
                    first = own[0]
            elif near is not Near.BESIDE and first.framework and len(held) > 1:
                known = [m for m in held if m.framework and self._stands(m, group, around)]
                first = known[0] if known else first
            return Scope(first, near)
        if default and group.kind in self.shapes[default.edition]:
            return Scope(Mention(0, 0, default.framework, default.edition), Near.DOCUMENT)
        return None

    def _stands(self, mention: Mention, group: Group, around: Surroundings) -> bool:
        edition = self._edition(mention, around)
        return self._provision(edition, group.members[0].form, group, mention.controls) is not None

    def _edition(self, mention: Mention, around: Surroundings) -> str:
        """Return the edition of a framework that a mention means."""
        if mention.edition:
            return mention.edition
        for _, held in reversed(around.headings):
            for one in held:
                if one.framework == mention.framework and one.edition:
                    return one.edition
        said = around.whole.editions.get(mention.framework, set())
        if len(said) == 1:
            return next(iter(said))
        return self._newest(mention.framework)

    def _newest(self, framework: str) -> str:
        held = [one for one in self.editions.values() if one.framework == framework]
        return catalogue.newest(held, as_of=self.as_of).edition

    def _meant(
        self,
        text: str,
        group: Group,
        scope: Scope | None,
        around: Surroundings,
        accepted: Sequence[_Cited],
        cell: _Cell | None,
        passage: Passage,
    ) -> _Cited | None:
        """Return what a group of ids means, or None if it is no citation of ours."""
        if group.cue == "function":
            return self._function(text, group, scope, passage)
        if group.kind in ("function", "criterion"):
            return self._distinctive(group, scope, around)
        if scope is None:
            return self._unnamed(group) if group.kind == "dotted" else None
        if scope.rivals:
            return self._undecided(group, scope, around)
        if not scope.mention.framework:
            return None
        edition = self._edition(scope.mention, around)
        behind = scope.near is Near.BESIDE and scope.mention.start >= group.end
        name = (scope.mention.start, scope.mention.end) if behind else None
        if not (scope.near is Near.BESIDE and scope.mention.edition):
            edition = self._former(text, group, edition, cell)
        dated = bool(scope.mention.edition) and scope.near <= Near.SENTENCE
        meant = _Cited(group, edition, scope.near, scope.mention.controls, name, dated)
        return (
            meant if self._is_cited(text, meant, scope, around, accepted, cell, passage) else None
        )

    def _former(self, text: str, group: Group, edition: str, cell: _Cell | None) -> str:
        """Return the older edition that is meant where words say that an id is of the past."""
        said = FORMER.search(text[max(0, group.start - 40) : group.start])
        if not said and not (cell and FORMER_COLUMN.search(cell.header)):
            return edition
        meant = _Cited(group, edition, Near.BESIDE, False)
        issued = self.editions[edition].issued or ""
        older = [
            key
            for key, _ in self._others(meant, group.members[0].form)
            if (self.editions[key].issued or "") < issued
        ]
        return older[0] if older else edition

    def _function(
        self, text: str, group: Group, scope: Scope | None, passage: Passage
    ) -> _Cited | None:
        """Return what the name of a function alone means: in a list, or opening an item."""
        if scope is None or not scope.mention.framework or scope.near > Near.SECTION:
            return None
        marked = bool(text[text.rfind("\n", 0, group.start) + 1 : group.start].strip())
        signs = r"\s*[:(–—-]" if marked else r"\s*[–—-]\s"
        item = _opens(text, group.start) and re.match(signs, text[group.end :])
        if passage.level or not (item or len(group.members) > 1):
            return None
        return _Cited(group, self._edition_of(scope.mention), scope.near, False)

    def _edition_of(self, mention: Mention) -> str:
        return mention.edition or self._newest(mention.framework)

    def _distinctive(
        self, group: Group, scope: Scope | None, around: Surroundings
    ) -> _Cited | None:
        if scope is not None and not scope.mention.framework and scope.near <= Near.TABLE:
            return None
        homes = {
            self.editions[key].framework
            for key, kinds in self.shapes.items()
            if group.kind in kinds
        }
        named = [f for f in homes if around.whole.counts[f]] or around.functions
        if len(homes) != 1:
            return None
        [framework] = homes
        form = group.members[0].form
        edition = self._newest(framework)
        known = self._provision(edition, form, group, False) is not None
        if not named and not (known and re.match(r"CC\d\.\d|[A-Z]{3,} \d\.\d", form)):
            return None
        around.functions += 1
        return _Cited(group, edition, scope.near if scope else Near.DOCUMENT, False)

    def _undecided(self, group: Group, scope: Scope, around: Surroundings) -> _Cited | None:
        """Return what an id means that several frameworks have that a document names alike."""
        worded = group.cue in ("clause", "control") or group.kind in ("article", "dotted")
        if not worded or around.whole.contract:
            return None
        return _Cited(group, "", scope.near, False, rivals=scope.rivals)

    def _unnamed(self, group: Group) -> _Cited | None:
        """Return what an annex id means in a document that names no framework."""
        form = group.members[0].form
        if form.count(".") < 2 and group.cue != "control":
            return None
        homes = {
            self.editions[key].framework
            for key, kinds in self.shapes.items()
            if group.kind in kinds and self._provision(key, form, group, False) is not None
        }
        if not homes:
            return None
        edition = self._newest(min(homes)) if len(homes) == 1 else ""
        return _Cited(group, edition, Near.DOCUMENT, False)

    def _is_cited(
        self,
        text: str,
        meant: _Cited,
        scope: Scope,
        around: Surroundings,
        accepted: Sequence[_Cited],
        cell: _Cell | None,
        passage: Passage,
    ) -> bool:
        """Return whether a group is a citation, by how sure its form and surroundings are."""
        group, near = meant.group, scope.near
        beside = near is Near.BESIDE
        if group.kind == "article" and near is Near.DOCUMENT:
            return not around.whole.contract
        if group.kind == "chapter":
            return near <= Near.TABLE
        if group.kind == "annex":
            stands = self._provision(meant.edition, group.members[0].form, group, False)
            far = near is Near.DOCUMENT and stands is None
            return not far and not (around.whole.contract and near > Near.SENTENCE)
        if group.kind == "letter-annex":
            said = re.match(r"\s*(?:reference\s+)?(?:controls?|objectives?)\b", text[group.end :])
            known = self._provision(meant.edition, group.members[0].form, group, False) is not None
            told = OF_ANNEX.search(text[max(0, group.start - 40) : group.start])
            return beside or bool(said) or (known and bool(told) and not passage.level)
        if group.kind == "literal":
            known = self._provision(meant.edition, group.members[0].form, group, False) is not None
            return known or beside
        if group.kind == "dotted":
            form = group.members[0].form
            lettered = form[:2] in {
                one.id[:2] for one in catalogue.provisions(self.dataset, meant.edition)
            } | {"B."}
            if not lettered and not beside:
                return False
            deep = form.count(".") >= 2
            known = self._provision(meant.edition, group.members[0].form, group, False) is not None
            return deep or group.cue == "control" or near <= Near.TABLE or known
        if group.kind != "number":
            return True
        if group.cue in ("clause", "control"):
            return near < Near.DOCUMENT or not around.whole.contract
        if group.cue == "abschnitt":
            stands = self._provision(meant.edition, group.members[0].form, group, meant.controls)
            deep = group.members[0].form.count(".") > 1 and near <= Near.SECTION
            return beside or (stands is not None and (near <= Near.PARAGRAPH or deep))
        if group.cue == "section":
            return beside or (near <= Near.SENTENCE and self._fits_words(text, meant))
        if group.cue in ("§", "requirement"):
            return near <= Near.TABLE or (group.cue == "§" and not around.whole.contract)
        if beside:
            return True
        cited = self._is_plain_number_cited(text, meant, accepted, cell, passage, around)
        around.plain += cited
        return cited

    def _is_plain_number_cited(
        self,
        text: str,
        meant: _Cited,
        accepted: Sequence[_Cited],
        cell: _Cell | None,
        passage: Passage,
        around: Surroundings,
    ) -> bool:
        """Return whether a number without any word before it is an id: by the words beside it."""
        group = meant.group
        alone = text.strip(" ()") == text[group.start : group.end].strip(" ()")
        if alone and cell and cell.header and not self._is_for_ids(cell.header):
            return False
        provision = self._provision(meant.edition, group.members[0].form, group, meant.controls)
        if provision is None:
            form = group.members[0].form
            opens = not text[: group.start].strip(" -*•")
            above = self._provision(meant.edition, form.rpartition(".")[0], group, meant.controls)
            counted_on = around.plain > 1 and form.count(".") > 1 and above is not None
            return opens and counted_on and not passage.level
        if self._goes_with(text, meant, accepted) or self._is_list(text, meant):
            return True
        titles = self._titles(meant.edition)
        last = group.members[-1]
        bracketed = text[: group.start].endswith("(") and text[last.end : last.end + 1] == ")"
        if bracketed and meant.near <= Near.SECTION and not passage.level:
            lead = labels.before(text, group.start)
            if self._fits_words(text, meant):
                return True
            if around.plain and lead and titles.named(labels.words(lead.text), least=0.9):
                return True
        named_so = meant.near <= Near.SENTENCE and group.members[0].form.count(".") > 1
        if named_so and not passage.level and _opens(text, group.start):
            return True
        label = labels.after(text, last.end, opens=True) if len(group.members) == 1 else None
        told = [label, labels.before(text, group.start)]
        if cell and cell.label and text.strip() == text[group.start : group.end]:
            told.append(labels.Label(cell.label, firm=True))
        least = 0.85 if passage.level else 0.55
        for one in told:
            if one is None:
                continue
            bag = labels.words(one.text)
            if titles.likeness(bag, provision) >= max(least, 0.75 if one.loose else 0):
                return True
            if one.loose:
                continue
            if not passage.level and len(bag) > 1 and titles.covered(bag, provision) >= 0.8:
                return True
            listed = (
                around.plain
                and not passage.level
                and not text[: group.start].strip(" -*•:./0123456789")
            )
            if listed and len(bag) > 1 and titles.named(bag, least=0.75):
                return True
        if passage.level or group.members[0].form.count(".") < 2:
            return False
        if meant.near <= Near.PARAGRAPH and re.search(r"[a-k]\)$", text[: last.end]):
            return True
        named = meant.near <= Near.PARAGRAPH or any(one.group.kind == "number" for one in accepted)
        return (
            named and PREPOSITION.search(text[max(0, group.start - 16) : group.start]) is not None
        )

    def _fits_words(self, text: str, meant: _Cited) -> bool:
        """Return whether words before or behind an id that exists speak of what it is about."""
        group = meant.group
        found = self._provision(meant.edition, group.members[0].form, group, meant.controls)
        if found is None:
            return False
        titles = self._titles(meant.edition)
        label = labels.after(text, group.members[-1].end, opens=True)
        before = text[max(0, group.start - 60) : group.start]
        lead = re.search(r"(?:[\w’'\-]+\s){0,2}[\w’'\-]+\s?[(\[]$", before)
        told = [lead[0] if lead else "", label.text if label else ""]
        return any(bag and titles.shared(bag, found) >= 0.3 for bag in map(labels.words, told))

    def _goes_with(self, text: str, meant: _Cited, accepted: Sequence[_Cited]) -> bool:
        """Return whether a number stands beside one that is cited, and is its part or sibling."""
        group, form = meant.group, meant.group.members[0].form
        stem = form.rpartition(".")[0]
        return any(
            one.edition == meant.edition
            and one.group.kind == "number"
            and 0 <= group.start - one.group.end < 60
            and not re.search(r"[.;!?]\s", text[one.group.end : group.start])
            and any(
                m.form == stem or ("." in stem and m.form.rpartition(".")[0] == stem)
                for m in one.group.members
            )
            for one in accepted
        )

    def _is_list(self, text: str, meant: _Cited) -> bool:
        """Return whether ids that all exist stand in a list where only ids would."""
        group = meant.group
        forms = [f for m in group.members for f in (m.form, _completed(m.form, m.until)) if f]
        known = all(self._provision(meant.edition, f, group, meant.controls) for f in forms)
        if not known or len(forms) < 2:
            return False
        before = text[max(0, group.start - 16) : group.start]
        if meant.near <= Near.SENTENCE and LISTED.search(before):
            return True
        deep = any(form.count(".") > 1 for form in forms)
        led = re.search(r"[:(\[|]\s{0,2}$", before) or _opens(text, group.start)
        return meant.near is Near.TABLE or (deep and led is not None and bool(led))

    def _is_for_ids(self, header: str) -> bool:
        return bool(ID_COLUMN.search(header) or self.names.find(header))

    # What is to be said of it.

    def _provision(self, edition: str, form: str, group: Group, controls: bool) -> str | None:
        """Return the id of the provision that a form means in an edition, or None."""
        forms = [form]
        if group.kind == "number":
            as_control = f"A.{form}"
            if controls:
                forms = [as_control]
            elif group.cue == "control":
                forms = [as_control, form]
            elif group.cue != "clause" and self.editions[edition].framework == "iso-27001":
                forms = [form, as_control]  # people leave the letter out there, as 27002 does
        for one in forms:
            found = citations.within(self.dataset, edition, one)
            if found is not None:
                return found.id
        if group.kind == "dotted" and form.startswith("B.") and "iso-42001" in edition:
            guided = citations.within(self.dataset, edition, "A." + form[2:])
            return "annex-B" if guided else None
        return None

    def _titles(self, edition: str) -> labels.Titles:
        if edition not in self.titles:
            self.titles[edition] = labels.Titles(catalogue.provisions(self.dataset, edition))
        return self.titles[edition]

    def _verdicts(
        self,
        document: Document,
        passage: Passage,
        meant: _Cited,
        stop: int,
        cell: _Cell | None,
    ) -> Iterator[Citation]:
        group, text = meant.group, passage.text
        for n, member in enumerate(group.members):
            start = group.start if n == 0 else member.start
            written = re.sub(r"\s+", " ", text[start : member.end]).strip()
            beyond = group.members[n + 1].start if n + 1 < len(group.members) else stop
            label = None
            if not member.until:
                label = self._label(text, group, n, beyond, cell, meant.name)
            for form in self._forms(meant, member):
                found, verdict, suggestion = self._verdict(meant, form, label)
                yield Citation(
                    file=document.file,
                    line=passage.line_at(member.start),
                    text=written,
                    edition=meant.edition,
                    id=found,
                    verdict=verdict,
                    suggestion=suggestion,
                    place=passage.place,
                )

    def _label(
        self,
        text: str,
        group: Group,
        n: int,
        stop: int,
        cell: _Cell | None,
        name: tuple[int, int] | None,
    ) -> labels.Label | None:
        member = group.members[n]
        opens = _opens(text, member.start)
        until = min(stop, name[0]) if name else stop
        found = labels.after(text, member.end, stop=until, opens=opens)
        if found is not None or len(group.members) > 1:
            return found
        if name and (found := labels.after(text, name[1], stop=stop, marked=True)):
            return found
        if cell and cell.label and len(text.strip()) <= group.end - group.start + 2:
            return labels.Label(cell.label, not cell.shared, cell.shared, cell.shared)
        return labels.before(text, group.start)

    def _forms(self, meant: _Cited, member: Member) -> list[str]:
        """Return the forms of a member: of a range, those of all that stand in it."""
        if not member.until:
            return [member.form]
        group = meant.group
        if not meant.edition:
            return [member.form, member.until]
        first = self._provision(meant.edition, member.form, group, meant.controls)
        until = _completed(member.form, member.until)
        last = self._provision(meant.edition, until, group, meant.controls)
        if first is None or last is None:
            numbers = _counted(member.form, until)
            known = [
                one
                for one in numbers
                if self._provision(meant.edition, one, group, meant.controls) is not None
            ]
            ends = (member.form, until)
            return [one for one in numbers if one in ends or one in known] or list(ends)
        order = [
            one.id
            for one in catalogue.provisions(self.dataset, meant.edition)
            if _pattern(one.id) in (_pattern(first), _pattern(last))
        ]
        if first in order and last in order and order.index(first) <= order.index(last):
            return order[order.index(first) : order.index(last) + 1]
        return [member.form, until]

    def _verdict(
        self, meant: _Cited, form: str, label: labels.Label | None
    ) -> tuple[str, Verdict, str]:
        group = meant.group
        if not meant.edition:
            named = {one.framework for one in meant.rivals}
            homes = [
                f"{key}:{found}"
                for key in sorted(self.editions)
                if group.kind in self.shapes[key]
                and (not named or self.editions[key].framework in named)
                and (found := self._provision(key, form, group, False))
            ]
            return citations.spelled(form) or form, Verdict.AMBIGUOUS, ", ".join(homes)
        found = self._provision(meant.edition, form, group, meant.controls)
        others = self._others(meant, form)
        if found is None:
            written = self._written(meant, form)
            if others:
                return written, Verdict.OTHER_EDITION, self._successors(others, meant.edition)
            return written, Verdict.NONEXISTENT, self._nearest(meant, written, label)
        if label is not None:
            verdict, suggestion = self._held_against(meant, found, label, others)
            if verdict is not Verdict.OK:
                return found, verdict, suggestion
        return found, Verdict.OK, ""

    def _written(self, meant: _Cited, form: str) -> str:
        """Return the id that a form would have if it existed."""
        group = meant.group
        if group.kind in ("article", "annex"):
            return citations.spelled(form) or form
        if group.kind == "number":
            deeper = group.cue == "control" or meant.controls
            return f"A.{form}" if deeper and "dotted" in self.shapes[meant.edition] else form
        return form

    def _others(self, meant: _Cited, form: str) -> list[tuple[str, str]]:
        """Return (edition, id) of an id in the other editions of its framework, newest first."""
        framework = self.editions[meant.edition].framework
        held = [
            (one.issued or "", key, found)
            for key, one in self.editions.items()
            if one.framework == framework
            and key != meant.edition
            and (found := self._provision(key, form, meant.group, meant.controls))
            and (meant.group.kind not in LAW or found == self._written(meant, form))
        ]
        return [(key, found) for _, key, found in sorted(held, reverse=True)]

    def _successors(self, others: Sequence[tuple[str, str]], edition: str) -> str:
        found: list[str] = []
        for key, one in others:
            found += successors(self.dataset, key, one, edition)
        if found:
            return ", ".join(dict.fromkeys(found))
        return ", ".join(f"{key}:{one}" for key, one in others)

    def _nearest(self, meant: _Cited, written: str, label: labels.Label | None) -> str:
        """Return the ids nearest to one that does not exist: by its label, then by its number."""
        ids = [one.id for one in catalogue.provisions(self.dataset, meant.edition)]
        named = []
        if label is not None:
            named = self._titles(meant.edition).named(labels.words(label.text), least=0.8)[:1]
        return ", ".join(dict.fromkeys([*named, *_near(written, ids)][:3]))

    def _held_against(
        self,
        meant: _Cited,
        found: str,
        label: labels.Label,
        others: Sequence[tuple[str, str]],
    ) -> tuple[Verdict, str]:
        """Return the verdict on a provision that exists and has words beside it."""
        if self.names.find(label.text):
            return Verdict.OK, ""
        bag = labels.words(label.text)
        titles = self._titles(meant.edition)
        family = titles.family(found)
        plain = self._plain_contradiction(found, label, bag, titles)
        older = any(self._titles(key).likeness(bag, other) >= 0.95 for key, other in others)
        if plain is not None and (meant.dated or not older):
            return Verdict.LABEL_CONTRADICTS, ", ".join(_closest(found, plain)[:3])
        if label.loose:
            return Verdict.OK, ""
        own = titles.own(bag, found) if bag else 1.0
        exact = bool(bag) and any(
            one not in titles.family(found) for one in titles.named(bag, least=0.95)
        )
        if not bag or own >= 0.75 or titles.shared(bag, found, below=not exact) >= 0.7:
            return Verdict.OK, ""
        least = 0.72 if label.firm else 0.8
        if own == 0:
            least = 0.6 if len(bag) > 1 and titles.inside(bag) else 0.72
        least = max(least, 0.92 if own >= 0.5 else 0)
        for key, other in others:
            if self._titles(key).likeness(bag, other) >= least:
                follow = successors(self.dataset, key, other, meant.edition)
                if found not in follow:
                    return Verdict.OTHER_EDITION, ", ".join(follow) or f"{key}:{other}"
        named = [one for one in titles.named(bag, least=least) if one not in family]
        if named:
            best = titles.likeness(bag, named[0])
            named = [one for one in named if titles.likeness(bag, one) >= best - 0.02]
            if best - own >= 0.25:
                return Verdict.LABEL_CONTRADICTS, ", ".join(_closest(found, named)[:3])
        if label.firm and own < 0.2:
            topical = titles.on_topic(bag)
            if topical and not family & set(topical):
                return Verdict.LABEL_CONTRADICTS, ", ".join(topical[:3])
        return Verdict.OK, ""

    def _plain_contradiction(
        self, found: str, label: labels.Label, bag: frozenset[str], titles: labels.Titles
    ) -> list[str] | None:
        """Return the provisions whose very title a label is, where it is not that of the cited."""
        if len(bag) < 2:
            return None
        own = titles.same(bag, found)
        if own >= 0.75:
            return None
        named = titles.named(bag, least=0.95 if own >= 0.3 or label.topic else 0.8)
        if not named and label.firm and own < 0.5:
            named = titles.begun(label.text)
        if not named or titles.family(found) & set(named):
            return None
        return named


def _opens(text: str, at: int) -> bool:
    """Return whether an offset opens a text, or a line of it behind a bullet or its number."""
    begin = text.rfind("\n", 0, at) + 1
    return OPENS.fullmatch(text, begin, at) is not None and (
        not text[:begin].strip() or bool(text[begin:at].strip())
    )


def _alone(cell: Passage, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the frameworks that a cell names and says hardly more."""
    return [
        one
        for one in mentions
        if len(cell.text) - (one.end - one.start) <= 12
        and not re.search(r"\d\.\d", cell.text[: one.start] + cell.text[one.end :])
    ]


def _pattern(one: str) -> str:
    return re.sub(r"(?<=pt-)[a-z]{1,3}$|\d+[a-z]?", "0", one)


def _completed(first: str, until: str) -> str:
    """Return the end of a range with what it leaves out: 6.1.2 and 4 → 6.1.4."""
    missing = first.count(".") - until.count(".")
    if missing > 0 and re.fullmatch(r"(?:[A-F]\.)?\d+(?:\.\d+)*", until):
        parts = first.split(".")
        return ".".join([*parts[:missing], *until.split(".")]) if until[0].isdigit() else until
    return until


def _counted(first: str, until: str) -> list[str]:
    """Return the ids from one to another that differ in their last number."""
    one, other = (re.fullmatch(r"(.*?)(\d+)(\)?)", form) for form in (first, until))
    if not one or not other or one[1] != other[1] or int(one[2]) >= int(other[2]):
        return [first, until]
    if int(other[2]) - int(one[2]) > 200:
        return [first, until]
    return [f"{one[1]}{n}{one[3]}" for n in range(int(one[2]), int(other[2]) + 1)]


def _near(written: str, ids: Sequence[str]) -> list[str]:
    """Return the ids that are nearest by number: the same in the annex, siblings, the parent."""
    known = set(ids)
    found = [f"A.{written}"] if f"A.{written}" in known else []
    if written.startswith("title-"):
        found += [one for one in (written.replace("title-", "chapter-"),) if one in known]
    stem, number = written, None
    while stem:
        match = re.fullmatch(r"(.*?)(\d+|[a-z])", stem)
        if not match:
            break
        stem, number = match[1], match[2]
        siblings = [
            one
            for one in ids
            if re.fullmatch(re.escape(stem) + (r"\d+" if number.isdigit() else "[a-z]"), one)
        ]
        value = _value(number)
        siblings.sort(key=lambda one: (abs(_value(one[len(stem) :]) - value), one))
        found += siblings
        if siblings:
            break
        stem = re.sub(r"(?:\.|/pt-|/par-|/sub-|/sec-|-| )$", "", stem)
        if stem in known:
            found.append(stem)
            break
    return list(dict.fromkeys(found))[:3]


def _value(token: str) -> int:
    return int(token) if token.isdigit() else ord(token[:1] or "a")


def _closest(found: str, named: Sequence[str]) -> list[str]:
    """Return provisions with those first that share most with the one cited."""

    def shared(one: str) -> int:
        return next((n for n, (a, b) in enumerate(zip(found, one, strict=False)) if a != b), 0)

    return sorted(named, key=lambda one: -shared(one))
