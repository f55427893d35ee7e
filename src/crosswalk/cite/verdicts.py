"""What is to be said of a document's citations, each held against the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from crosswalk import catalogue, citations
from crosswalk.cite import labels
from crosswalk.cite.documents import Document, read
from crosswalk.cite.meaning import Cell, Cited, Found, Meanings, completed, opens_line
from crosswalk.cite.names import Names
from crosswalk.cite.provisions import Provisions
from crosswalk.cite.references import Group, Member
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
    provisions = Provisions(dataset, as_of)
    return [one for path in paths for one in _citations(provisions, read(path), default)]


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
    return list(_citations(Provisions(dataset, as_of), document, default))


NUMBER = re.compile(r"\d+")
LETTER = re.compile(r"[a-z]")


def _citations(
    provisions: Provisions, document: Document, default: Edition | None
) -> Iterator[Citation]:
    meanings = Meanings(provisions, document, default)
    judge = _Judge(provisions, meanings.names)
    for one in meanings.found():
        yield from judge.citations(document.file, one)


class _Judge:
    """The verdicts on what a document cites, by the names that frameworks have in it."""

    def __init__(self, provisions: Provisions, names: Names) -> None:
        self.provisions = provisions
        self.names = names

    def citations(self, file: str, found: Found) -> Iterator[Citation]:
        """Yield the citations that a group of ids makes."""
        passage, meant, stop, cell = found.passage, found.meant, found.stop, found.cell
        group, text = meant.group, passage.text
        for n, member in enumerate(group.members):
            start = group.start if n == 0 else member.start
            written = re.sub(r"\s+", " ", text[start : member.end]).strip()
            beyond = group.members[n + 1].start if n + 1 < len(group.members) else stop
            label = None
            if not member.until:
                label = self._label(text, group, n, beyond, cell, meant.name)
            for form in self._forms(meant, member):
                one, verdict, suggestion = self._verdict(meant, form, label)
                yield Citation(
                    file=file,
                    line=passage.line_at(member.start),
                    text=written,
                    edition=meant.edition,
                    id=one,
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
        cell: Cell | None,
        name: tuple[int, int] | None,
    ) -> labels.Label | None:
        member = group.members[n]
        opens = opens_line(text, member.start)
        until = min(stop, name[0]) if name else stop
        found = labels.after(text, member.end, stop=until, opens=opens)
        if found is not None or len(group.members) > 1:
            return found
        if name and (found := labels.after(text, name[1], stop=stop, marked=True)):
            return found
        if cell and cell.label and len(text.strip()) <= group.end - group.start + 2:
            return labels.Label(cell.label, not cell.shared, cell.shared, cell.shared)
        return labels.before(text, group.start)

    def _forms(self, meant: Cited, member: Member) -> list[str]:
        """Return the forms of a member: of a range, those of all that stand in it."""
        if not member.until:
            return [member.form]
        group = meant.group
        if not meant.edition:
            return [member.form, member.until]
        first = self.provisions.provision(meant.edition, member.form, group, meant.controls)
        until = completed(member.form, member.until)
        last = self.provisions.provision(meant.edition, until, group, meant.controls)
        if first is None or last is None:
            numbers = _counted(member.form, until)
            known = [
                one
                for one in numbers
                if self.provisions.provision(meant.edition, one, group, meant.controls) is not None
            ]
            ends = (member.form, until)
            return [one for one in numbers if one in ends or one in known] or list(ends)
        order = [
            one.id
            for one in catalogue.provisions(self.provisions.dataset, meant.edition)
            if _pattern(one.id) in (_pattern(first), _pattern(last))
        ]
        if first in order and last in order and order.index(first) <= order.index(last):
            return order[order.index(first) : order.index(last) + 1]
        return [member.form, until]

    def _verdict(
        self, meant: Cited, form: str, label: labels.Label | None
    ) -> tuple[str, Verdict, str]:
        group = meant.group
        if not meant.edition:
            named = {one.framework for one in meant.rivals}
            homes = [
                f"{key}:{found}"
                for key in sorted(self.provisions.editions)
                if group.kind in self.provisions.shapes[key]
                and (not named or self.provisions.editions[key].framework in named)
                and (found := self.provisions.provision(key, form, group, False))
            ]
            return citations.spelled(form) or form, Verdict.AMBIGUOUS, ", ".join(homes)
        found = self.provisions.provision(meant.edition, form, group, meant.controls)
        others = self.provisions.others(meant.edition, form, group, meant.controls)
        if found is None:
            written = self.provisions.written(meant.edition, form, group, meant.controls)
            if others:
                return written, Verdict.OTHER_EDITION, self._successors(others, meant.edition)
            return written, Verdict.NONEXISTENT, self._nearest(meant, written, label)
        if label is not None:
            verdict, suggestion = self._held_against(meant, found, label, others)
            if verdict is not Verdict.OK:
                return found, verdict, suggestion
        return found, Verdict.OK, ""

    def _successors(self, others: Sequence[tuple[str, str]], edition: str) -> str:
        found: list[str] = []
        for key, one in others:
            found += successors(self.provisions.dataset, key, one, edition)
        if found:
            return ", ".join(dict.fromkeys(found))
        return ", ".join(f"{key}:{one}" for key, one in others)

    def _nearest(self, meant: Cited, written: str, label: labels.Label | None) -> str:
        """Return the ids nearest to one that does not exist: by its label, then by its number."""
        ids = [one.id for one in catalogue.provisions(self.provisions.dataset, meant.edition)]
        named = []
        if label is not None:
            named = self.provisions.titles(meant.edition).named(
                labels.words(label.text), least=0.8
            )[:1]
        return ", ".join(dict.fromkeys([*named, *_near(written, ids)][:3]))

    def _held_against(
        self,
        meant: Cited,
        found: str,
        label: labels.Label,
        others: Sequence[tuple[str, str]],
    ) -> tuple[Verdict, str]:
        """Return the verdict on a provision that exists and has words beside it."""
        if self.names.find(label.text):
            return Verdict.OK, ""
        bag = labels.words(label.text)
        titles = self.provisions.titles(meant.edition)
        family = titles.family(found)
        plain = self._plain_contradiction(found, label, bag, titles)
        older = any(
            self.provisions.titles(key).likeness(bag, other) >= 0.95 for key, other in others
        )
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
            if self.provisions.titles(key).likeness(bag, other) >= least:
                follow = successors(self.provisions.dataset, key, other, meant.edition)
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


def _pattern(one: str) -> str:
    return re.sub(r"(?<=pt-)[a-z]{1,3}$|\d+[a-z]?", "0", one)


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
        like = NUMBER if number.isdigit() else LETTER
        siblings = [one for one in ids if one.startswith(stem) and like.fullmatch(one, len(stem))]
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
