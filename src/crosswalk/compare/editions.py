"""What became of each provision of an edition in the next edition of its framework.

Nothing is guessed from ids or titles: a change is what a row of a mapping set between the two
editions states. A provision of which no row speaks is *never-looked*, with two exceptions that
follow from the rows: what stands inside an unchanged or renumbered text is unchanged with it,
and what stands inside a new or withdrawn one is new or withdrawn with it (semantics §7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crosswalk import catalogue
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset, Row
from crosswalk.models import Edition, EditionChange, Provision, Relation
from crosswalk.sssom import CONVERSE

__all__ = ["CHANGES", "EditionRow", "change_counts", "compare_editions"]

NEVER_LOOKED = "never-looked"
CHANGES = (*map(str, EditionChange), NEVER_LOOKED)
"""The words that tell what became of a provision, in the order in which they are counted."""

TURNED = {
    EditionChange.MERGED: EditionChange.SPLIT,
    EditionChange.SPLIT: EditionChange.MERGED,
    EditionChange.NEW: EditionChange.WITHDRAWN,
    EditionChange.WITHDRAWN: EditionChange.NEW,
}
HANDED_DOWN = (
    EditionChange.UNCHANGED,
    EditionChange.RENUMBERED,
    EditionChange.NEW,
    EditionChange.WITHDRAWN,
)


@dataclass(frozen=True, slots=True)
class EditionRow:
    """What became of one provision: one row for each counterpart, or one with a side empty.

    ``change`` is a word of :class:`~crosswalk.models.EditionChange`, or ``never-looked``.
    """

    id_from: str | None
    id_to: str | None
    change: str
    note: str


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one row of a mapping set says, read from the first edition to the second."""

    source: str | None
    target: str | None
    change: EditionChange
    note: str


def compare_editions(dataset: Dataset, old: Edition, new: Edition) -> list[EditionRow]:
    """Return what became of every provision of two editions, in the order of their catalogues.

    The editions may be given in either order: from the newer to the older one, *new* reads
    *withdrawn* and *merged* reads *split*. First come the provisions of the first edition, then
    those of the second that no row pairs with one of the first.

    :raises UsageError: if they are not two editions of one framework, or no mapping set lies
        between them.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> dataset = open_dataset()
    >>> ends = [catalogue.edition(dataset, key, as_of=date(2026, 11, 20))
    ...         for key in ("iso-27001-2013", "iso-27001-2022")]
    >>> [(row.id_to, row.change) for row in compare_editions(dataset, *ends)
    ...  if row.id_from == "10.1"]
    [('10.2', 'renumbered')]
    """
    claims = _claims(dataset, old, new)
    before = catalogue.provisions(dataset, old.edition)
    after = catalogue.provisions(dataset, new.edition)
    place = {one.iri: n for n, one in enumerate(after)}
    ids = {one.iri: one.id for one in (*before, *after)}
    of_source: dict[str, list[_Claim]] = {}
    of_target: dict[str, list[_Claim]] = {}
    for claim in claims:
        if claim.source is not None:
            of_source.setdefault(claim.source, []).append(claim)
        if claim.target is not None:
            of_target.setdefault(claim.target, []).append(claim)
    found: list[EditionRow] = []
    for one in before:
        held = of_source.get(one.iri)
        if held is None:
            change, note = _unsaid(one, before, of_source)
            found.append(EditionRow(one.id, None, change, note))
            continue
        for claim in sorted(held, key=lambda c: (place.get(c.target or "", -1), c.note)):
            target = ids.get(claim.target) if claim.target else None
            found.append(EditionRow(one.id, target, str(claim.change), claim.note))
    for one in after:
        held = of_target.get(one.iri)
        if held is None:
            change, note = _unsaid(one, after, of_target)
            found.append(EditionRow(None, one.id, change, note))
        found += [
            EditionRow(None, one.id, str(claim.change), claim.note)
            for claim in sorted(held or (), key=lambda c: c.note)
            if claim.source is None
        ]
    return found


def change_counts(rows: Iterable[EditionRow]) -> list[tuple[str, int]]:
    """Return how many rows tell each change, in a fixed order; changes that none tells left out.

    >>> change_counts([EditionRow("1", "1", "unchanged", "")])
    [('unchanged', 1)]
    """
    counts = Counter(row.change for row in rows)
    return [(change, counts[change]) for change in CHANGES if counts[change]]


def _claims(dataset: Dataset, old: Edition, new: Edition) -> list[_Claim]:
    """Return what the mapping sets between two editions say, read from the first to the second."""
    if old.edition == new.edition:
        raise UsageError(
            f"{old.edition} is compared with itself", remedy="Name two editions of a framework."
        )
    if old.framework != new.framework:
        raise UsageError(
            f"{old.edition} and {new.edition} are of different frameworks",
            remedy=f"`crosswalk reuse --from {old.edition} --to {new.edition}` tells what one "
            "carries of the other.",
        )
    claims: list[_Claim] = []
    for rows in _between(dataset).get(frozenset((old.edition, new.edition)), {}).values():
        first = next(
            catalogue.local_id(row["subject"])[0] for row in rows if row["subject"] is not None
        )
        turned = first != old.edition
        claims += [_claim(row, turned=turned) for row in rows if not _denies(row)]
    if not claims:
        known = sorted(" and ".join(sorted(pair)) for pair in _compared(dataset))
        raise UsageError(
            f"no mapping set compares {old.edition} with {new.edition}",
            remedy=f"Compared are {'; '.join(known)}; add a set with --knowledge."
            if known
            else "Add a set with --knowledge.",
        )
    return sorted(set(claims), key=lambda c: (c.source or "", c.target or "", c.note))


def _between(dataset: Dataset) -> dict[frozenset[str], dict[str, list[Row]]]:
    """Return pair of editions → mapping set → its rows, for the sets that have both sides."""
    sets: dict[str, list[Row]] = {}
    for row in dataset.rows("inference/mapping-rows"):
        sets.setdefault(row["set"] or "", []).append(row)
    found: dict[frozenset[str], dict[str, list[Row]]] = {}
    for key, rows in sets.items():
        ends = [
            {catalogue.local_id(row[end] or "")[0] for row in rows if row[end]}
            for end in ("subject", "object")
        ]
        if len(ends[0]) == 1 == len(ends[1]):
            found.setdefault(frozenset(ends[0] | ends[1]), {})[key] = rows
    return found


def _compared(dataset: Dataset) -> list[frozenset[str]]:
    """Return the pairs of editions of one framework between which a mapping set lies."""
    framework = {one.edition: one.framework for one in catalogue.editions(dataset)}
    return [
        pair
        for pair in _between(dataset)
        if len(pair) == 2 and len({framework.get(key, key) for key in pair}) == 1
    ]


def _denies(row: Row) -> bool:
    """Return whether a row only says that two provisions have nothing to do with each other."""
    return row["relation"] == Relation.NO_RELATIONSHIP and not row["edition_change"]


def _claim(row: Row, *, turned: bool) -> _Claim:
    relation = Relation(row["relation"]) if row["relation"] else None
    change, read = _change(row, relation)
    if turned:
        change = TURNED.get(change, change)
        relation = CONVERSE[relation] if relation else None
    said = f"{relation}: " if relation else ""
    where = f"[{row['set']}:{row['row']}]"
    words = " ".join(filter(None, (row["rationale"], row["comment"], read, where)))
    source, target = row["subject"], row["object"]
    if turned:
        source, target = target, source
    return _Claim(source, target, change, said + words)


def _change(row: Row, relation: Relation | None) -> tuple[EditionChange, str]:
    """Return what a row states became of its provision, and how that was read if it is not said.

    A set that does not state it is read by its relation: a text that asks the same stands
    unchanged or renumbered, one that asks something else is changed.
    """
    if row["edition_change"]:
        return EditionChange(row["edition_change"]), ""
    if row["subject"] is None:
        return EditionChange.NEW, ""
    if row["object"] is None:
        return EditionChange.WITHDRAWN, ""
    read = "The set states no change; read from the relation."
    if relation is not Relation.EQUAL:
        return EditionChange.CHANGED, read
    same = catalogue.local_id(row["subject"])[1] == catalogue.local_id(row["object"])[1]
    return (EditionChange.UNCHANGED if same else EditionChange.RENUMBERED), read


def _unsaid(
    one: Provision, edition: Sequence[Provision], said: dict[str, list[_Claim]]
) -> tuple[str, str]:
    """Return (change, note) of a provision of which no row speaks."""
    by_id = {p.id: p for p in edition}
    here, seen = one, {one.id}
    while here.parent in by_id and here.parent not in seen:
        here = by_id[here.parent]
        seen.add(here.id)
        held = said.get(here.iri)
        if not held:
            continue
        changes = sorted({claim.change for claim in held})
        words = " and ".join(changes)
        if len(held) == 1 and changes[0] in HANDED_DOWN:
            handed = changes[0]
            if handed is EditionChange.RENUMBERED:
                other = held[0].target if held[0].source == here.iri else held[0].source
                words += f" as {catalogue.local_id(other or '')[1]}"
            return str(handed), f"part of {here.id}, which is {words}"
        return (
            NEVER_LOOKED,
            f"part of {here.id}, which is {words}; which of its parts are was never looked",
        )
    if any(_inside(p, one, by_id) and p.iri in said for p in edition):
        return NEVER_LOOKED, "heading: what stands below it is compared, one by one"
    return NEVER_LOOKED, "no row speaks of it" + ("" if one.counted else "; not counted")


def _inside(one: Provision, outer: Provision, by_id: dict[str, Provision]) -> bool:
    seen: set[str] = set()
    while one.parent in by_id and one.id not in seen:
        seen.add(one.id)
        if one.parent == outer.id:
            return True
        one = by_id[one.parent]
    return False
