"""Which edition the ids of a document mean, each read in its surroundings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from crosswalk import catalogue, citations
from crosswalk.cite import labels, references
from crosswalk.cite.documents import Document, Passage, Row
from crosswalk.cite.names import Mention
from crosswalk.cite.numbering import own_labels
from crosswalk.cite.provisions import Provisions
from crosswalk.cite.references import Group
from crosswalk.cite.scopes import ITEM, OWN, OWNED, Near, Scope, Surroundings, Whole, also, passages
from crosswalk.models import Edition

__all__ = ["Cell", "Cited", "Found", "Meanings", "completed", "opens_line"]


@dataclass(frozen=True, slots=True)
class Cited:
    """A group of ids with what it means."""

    group: Group
    edition: str
    near: Near
    controls: bool
    name: tuple[int, int] | None = None
    dated: bool = False
    rivals: tuple[Mention, ...] = ()


@dataclass(slots=True)
class Cell:
    """What stands around a cell of a table."""

    scopes: list[list[Mention]] = field(default_factory=list)
    label: str | None = None
    shared: bool = False
    header: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A group of ids that is a citation, and where it stands: up to ``stop`` is its own."""

    passage: Passage
    meant: Cited
    stop: int
    cell: Cell | None


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


class Meanings:
    """What the ids of one document mean."""

    def __init__(self, provisions: Provisions, document: Document, default: Edition | None) -> None:
        self.provisions = provisions
        self.document = document
        self.default = default
        self.names = provisions.names.of(one.text for one in passages(document))
        self.own = own_labels(document, self._agrees)

    def found(self) -> Iterator[Found]:
        """Yield the groups of ids that are citations, in reading order."""
        whole = Whole.of(self.document, self.names)
        around = Surroundings(whole, self.provisions.kinds, self.names)
        filled: dict[tuple[int, int], _Column] = {}
        for one in self.document.content:
            if isinstance(one, Row):
                yield from self._row(one, around, filled)
                continue
            around.approach(one)
            mentions = around.settle(self.names.find(one.text))
            yield from self._passage(one, mentions, around, None)
            around.enter(one, mentions)

    def _agrees(self, label: str, said: str) -> bool:
        """Return whether words behind a label fit the provision of that id in any edition."""
        bag = labels.words(said)
        return any(
            self.provisions.titles(key).shared(bag, found.id) >= 0.3
            or self.provisions.titles(key).likeness(bag, found.id) >= 0.3
            for key in self.provisions.editions
            if (found := citations.within(self.provisions.dataset, key, label)) is not None
        )

    # Rows and passages.

    def _row(
        self,
        row: Row,
        around: Surroundings,
        filled: dict[tuple[int, int], _Column],
    ) -> Iterator[Found]:
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
            cellwise = Cell(
                [head, others, down, beside, remarks], self._title(row, n), shared, over
            )
            yield from self._passage(cell, found[n], around, cellwise, row, n)
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
        passage: Passage,
        mentions: Sequence[Mention],
        around: Surroundings,
        cell: Cell | None,
        row: Row | None = None,
        column: int = 0,
    ) -> Iterator[Found]:
        text = passage.text
        groups = list(references.find(text))
        if row is not None and cell is not None:
            first = self._lead(text, row, column, cell, around)
            if first is not None:
                groups = [first, *(g for g in groups if g.start >= first.end)]
        accepted: list[Cited] = []
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
            yield Found(passage, meant, stop, cell)
            for other in (
                also(text, group, mentions, groups[n + 1 :], around) if meant.edition else ()
            ):
                edition = self._edition(other, around)
                if (
                    self.provisions.editions[edition].framework
                    != self.provisions.editions[meant.edition].framework
                ):
                    more = replace(meant, edition=edition, controls=other.controls, name=None)
                    yield Found(passage, more, stop, None)

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
        self, text: str, row: Row, column: int, cell: Cell, around: Surroundings
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
        cell: Cell | None,
    ) -> Scope | None:
        tables = cell.scopes if cell else ()
        default = self.default
        for near, held in around.levels(text, group, mentions, stop, tables):
            if (
                near is Near.DOCUMENT
                and default
                and group.kind in self.provisions.shapes[default.edition]
            ):
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
        if default and group.kind in self.provisions.shapes[default.edition]:
            return Scope(Mention(0, 0, default.framework, default.edition), Near.DOCUMENT)
        return None

    def _stands(self, mention: Mention, group: Group, around: Surroundings) -> bool:
        edition = self._edition(mention, around)
        return (
            self.provisions.provision(edition, group.members[0].form, group, mention.controls)
            is not None
        )

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
        return self.provisions.newest(mention.framework)

    def _meant(
        self,
        text: str,
        group: Group,
        scope: Scope | None,
        around: Surroundings,
        accepted: Sequence[Cited],
        cell: Cell | None,
        passage: Passage,
    ) -> Cited | None:
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
        meant = Cited(group, edition, scope.near, scope.mention.controls, name, dated)
        return (
            meant if self._is_cited(text, meant, scope, around, accepted, cell, passage) else None
        )

    def _former(self, text: str, group: Group, edition: str, cell: Cell | None) -> str:
        """Return the older edition that is meant where words say that an id is of the past."""
        said = FORMER.search(text[max(0, group.start - 40) : group.start])
        if not said and not (cell and FORMER_COLUMN.search(cell.header)):
            return edition
        issued = self.provisions.editions[edition].issued or ""
        older = [
            key
            for key, _ in self.provisions.others(edition, group.members[0].form, group, False)
            if (self.provisions.editions[key].issued or "") < issued
        ]
        return older[0] if older else edition

    def _function(
        self, text: str, group: Group, scope: Scope | None, passage: Passage
    ) -> Cited | None:
        """Return what the name of a function alone means: in a list, or opening an item."""
        if scope is None or not scope.mention.framework or scope.near > Near.SECTION:
            return None
        marked = bool(text[text.rfind("\n", 0, group.start) + 1 : group.start].strip())
        signs = r"\s*[:(–—-]" if marked else r"\s*[–—-]\s"
        item = opens_line(text, group.start) and re.match(signs, text[group.end :])
        if passage.level or not (item or len(group.members) > 1):
            return None
        return Cited(group, self._edition_of(scope.mention), scope.near, False)

    def _edition_of(self, mention: Mention) -> str:
        return mention.edition or self.provisions.newest(mention.framework)

    def _distinctive(self, group: Group, scope: Scope | None, around: Surroundings) -> Cited | None:
        if scope is not None and not scope.mention.framework and scope.near <= Near.TABLE:
            return None
        homes = {
            self.provisions.editions[key].framework
            for key, kinds in self.provisions.shapes.items()
            if group.kind in kinds
        }
        named = [f for f in homes if around.whole.counts[f]] or around.functions
        if len(homes) != 1:
            return None
        [framework] = homes
        form = group.members[0].form
        edition = self.provisions.newest(framework)
        known = self.provisions.provision(edition, form, group, False) is not None
        if not named and not (known and re.match(r"CC\d\.\d|[A-Z]{3,} \d\.\d", form)):
            return None
        around.functions += 1
        return Cited(group, edition, scope.near if scope else Near.DOCUMENT, False)

    def _undecided(self, group: Group, scope: Scope, around: Surroundings) -> Cited | None:
        """Return what an id means that several frameworks have that a document names alike."""
        worded = group.cue in ("clause", "control") or group.kind in ("article", "dotted")
        if not worded or around.whole.contract:
            return None
        return Cited(group, "", scope.near, False, rivals=scope.rivals)

    def _unnamed(self, group: Group) -> Cited | None:
        """Return what an annex id means in a document that names no framework."""
        form = group.members[0].form
        if form.count(".") < 2 and group.cue != "control":
            return None
        homes = {
            self.provisions.editions[key].framework
            for key, kinds in self.provisions.shapes.items()
            if group.kind in kinds
            and self.provisions.provision(key, form, group, False) is not None
        }
        if not homes:
            return None
        edition = self.provisions.newest(min(homes)) if len(homes) == 1 else ""
        return Cited(group, edition, Near.DOCUMENT, False)

    def _is_cited(
        self,
        text: str,
        meant: Cited,
        scope: Scope,
        around: Surroundings,
        accepted: Sequence[Cited],
        cell: Cell | None,
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
            stands = self.provisions.provision(meant.edition, group.members[0].form, group, False)
            far = near is Near.DOCUMENT and stands is None
            return not far and not (around.whole.contract and near > Near.SENTENCE)
        if group.kind == "letter-annex":
            said = re.match(r"\s*(?:reference\s+)?(?:controls?|objectives?)\b", text[group.end :])
            known = (
                self.provisions.provision(meant.edition, group.members[0].form, group, False)
                is not None
            )
            told = OF_ANNEX.search(text[max(0, group.start - 40) : group.start])
            return beside or bool(said) or (known and bool(told) and not passage.level)
        if group.kind == "literal":
            known = (
                self.provisions.provision(meant.edition, group.members[0].form, group, False)
                is not None
            )
            return known or beside
        if group.kind == "dotted":
            form = group.members[0].form
            lettered = form[:2] in {
                one.id[:2] for one in catalogue.provisions(self.provisions.dataset, meant.edition)
            } | {"B."}
            if not lettered and not beside:
                return False
            deep = form.count(".") >= 2
            known = (
                self.provisions.provision(meant.edition, group.members[0].form, group, False)
                is not None
            )
            return deep or group.cue == "control" or near <= Near.TABLE or known
        if group.kind != "number":
            return True
        if group.cue in ("clause", "control"):
            return near < Near.DOCUMENT or not around.whole.contract
        if group.cue == "abschnitt":
            stands = self.provisions.provision(
                meant.edition, group.members[0].form, group, meant.controls
            )
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
        meant: Cited,
        accepted: Sequence[Cited],
        cell: Cell | None,
        passage: Passage,
        around: Surroundings,
    ) -> bool:
        """Return whether a number without any word before it is an id: by the words beside it."""
        group = meant.group
        alone = text.strip(" ()") == text[group.start : group.end].strip(" ()")
        if alone and cell and cell.header and not self._is_for_ids(cell.header):
            return False
        provision = self.provisions.provision(
            meant.edition, group.members[0].form, group, meant.controls
        )
        if provision is None:
            form = group.members[0].form
            opens = not text[: group.start].strip(" -*•")
            above = self.provisions.provision(
                meant.edition, form.rpartition(".")[0], group, meant.controls
            )
            counted_on = around.plain > 1 and form.count(".") > 1 and above is not None
            return opens and counted_on and not passage.level
        if self._goes_with(text, meant, accepted) or self._is_list(text, meant):
            return True
        titles = self.provisions.titles(meant.edition)
        last = group.members[-1]
        bracketed = text[: group.start].endswith("(") and text[last.end : last.end + 1] == ")"
        if bracketed and meant.near <= Near.SECTION and not passage.level:
            lead = labels.before(text, group.start)
            if self._fits_words(text, meant):
                return True
            if around.plain and lead and titles.named(labels.words(lead.text), least=0.9):
                return True
        named_so = meant.near <= Near.SENTENCE and group.members[0].form.count(".") > 1
        if named_so and not passage.level and opens_line(text, group.start):
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

    def _fits_words(self, text: str, meant: Cited) -> bool:
        """Return whether words before or behind an id that exists speak of what it is about."""
        group = meant.group
        found = self.provisions.provision(
            meant.edition, group.members[0].form, group, meant.controls
        )
        if found is None:
            return False
        titles = self.provisions.titles(meant.edition)
        label = labels.after(text, group.members[-1].end, opens=True)
        before = text[max(0, group.start - 60) : group.start]
        lead = re.search(r"(?:[\w’'\-]+\s){0,2}[\w’'\-]+\s?[(\[]$", before)
        told = [lead[0] if lead else "", label.text if label else ""]
        return any(bag and titles.shared(bag, found) >= 0.3 for bag in map(labels.words, told))

    def _goes_with(self, text: str, meant: Cited, accepted: Sequence[Cited]) -> bool:
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

    def _is_list(self, text: str, meant: Cited) -> bool:
        """Return whether ids that all exist stand in a list where only ids would."""
        group = meant.group
        forms = [f for m in group.members for f in (m.form, completed(m.form, m.until)) if f]
        known = all(
            self.provisions.provision(meant.edition, f, group, meant.controls) for f in forms
        )
        if not known or len(forms) < 2:
            return False
        before = text[max(0, group.start - 16) : group.start]
        if meant.near <= Near.SENTENCE and LISTED.search(before):
            return True
        deep = any(form.count(".") > 1 for form in forms)
        led = re.search(r"[:(\[|]\s{0,2}$", before) or opens_line(text, group.start)
        return meant.near is Near.TABLE or (deep and led is not None and bool(led))

    def _is_for_ids(self, header: str) -> bool:
        return bool(ID_COLUMN.search(header) or self.names.find(header))


def opens_line(text: str, at: int) -> bool:
    """Return whether an offset opens a text, or a line of it behind a bullet or its number."""
    begin = text.rfind("\n", 0, at) + 1
    return OPENS.fullmatch(text, begin, at) is not None and (
        not text[:begin].strip() or bool(text[begin:at].strip())
    )


def completed(first: str, until: str) -> str:
    """Return the end of a range with what it leaves out: 6.1.2 and 4 → 6.1.4."""
    missing = first.count(".") - until.count(".")
    if missing > 0 and re.fullmatch(r"(?:[A-F]\.)?\d+(?:\.\d+)*", until):
        parts = first.split(".")
        return ".".join([*parts[:missing], *until.split(".")]) if until[0].isdigit() else until
    return until


def _alone(cell: Passage, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the frameworks that a cell names and says hardly more."""
    return [
        one
        for one in mentions
        if len(cell.text) - (one.end - one.start) <= 12
        and not re.search(r"\d\.\d", cell.text[: one.start] + cell.text[one.end :])
    ]
