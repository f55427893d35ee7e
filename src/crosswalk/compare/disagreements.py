"""Where the publishers of mappings do not agree, and what nobody outside has reviewed yet.

A disagreement is two statements that cannot both be right. Silence is none: a publisher that does
not list a pair has said nothing of it. So what only one of several publishers lists is told
apart, and only when asked for. All rows are read in one direction, whichever way they are
written; and a row of an older edition speaks of the newer one where the text stands unchanged or
renumbered in both, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from crosswalk import catalogue, inference
from crosswalk.catalogue import curie, local_id
from crosswalk.graph import Dataset
from crosswalk.inference import Conflict, MapGraph, Row
from crosswalk.inference.algebra import WEAK
from crosswalk.models import Edition, Relation, ReviewStatus
from crosswalk.sssom import CONVERSE

__all__ = ["Disagreement", "DisagreementKind", "disagreements"]


class DisagreementKind(StrEnum):
    """How publishers differ, most serious first; the last two are no disagreements."""

    CONTRADICTION = "contradiction"
    RELATION_DIFFERS = "relation-differs"
    RELATED_AGAINST_NONE = "related-against-none"
    LISTED_AGAINST_LOOKED_NONE = "listed-against-looked-none"
    LISTED_BY_ONE = "listed-by-one"
    UNREVIEWED = "unreviewed"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One pair on which publishers differ, one contradiction, or one set that is not reviewed.

    ``said`` tells who says what, read from subject to object; ``rows`` are ``mapping set:line``.
    """

    kind: DisagreementKind
    subject: str
    object: str
    publishers: tuple[str, ...]
    said: str
    rows: tuple[str, ...]
    note: str


Pair = tuple[str, str]
OURS = "crosswalk"


@dataclass(frozen=True, slots=True)
class _Statement:
    """One row, read from the first of a pair of texts to the second."""

    row: Row
    relation: Relation


@dataclass(slots=True)
class _Texts:
    """Which provisions are one text: those that stand unchanged or renumbered in two editions.

    ``ahead`` holds two editions → the one that is the subject where neither is asked for: as in
    our own mapping set between them, else as in the first of the others.
    """

    members: dict[str, tuple[str, ...]]
    ahead: dict[frozenset[str], str] = field(default_factory=dict)

    def of(self, iri: str) -> tuple[str, ...]:
        """Return the provisions that are the same text as one, oldest edition first."""
        return self.members.get(iri, (iri,))

    def name(self, iri: str, edition: str = "") -> str:
        """Return how a text is named: in the edition that is asked for, else in its newest."""
        same = self.of(iri)
        return next((one for one in same if local_id(one)[0] == edition), same[-1])

    def editions(self, iri: str) -> set[str]:
        """Return the editions in which a text stands."""
        return {local_id(one)[0] for one in self.of(iri)}


@dataclass(slots=True)
class _Publishers:
    """What each publisher looked at: editions, provisions, and where it found none."""

    covered: dict[str, set[frozenset[str]]] = field(default_factory=dict)
    touched: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    none: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)


def disagreements(
    dataset: Dataset,
    source: Edition | None = None,
    target: Edition | None = None,
    *,
    listed_by_one: bool = False,
    rows: bool = False,
) -> list[Disagreement]:
    """Return where publishers differ, what contradicts itself, and what is not reviewed.

    :param source: only pairs with one end in this edition, which is then the subject.
    :param target: only pairs with the other end in this edition.
    :param listed_by_one: also the pairs that one publisher lists and another, who has mapped the
        same two editions, does not mention.
    :param rows: name each row that no outside expert has reviewed; default: count them by set.
    """
    graph = inference.build(dataset)
    texts = _texts(dataset, graph)
    wanted = (source.edition if source else "", target.edition if target else "")
    seen = _looked_at(dataset, texts)
    found: list[Disagreement] = []
    reported: set[Row] = set()
    for pair, held in _by_pair(graph, texts, wanted).items():
        one = _differs(pair, held, graph)
        if one is not None:
            found.append(one)
            reported.update(statement.row for statement in held)
        found += _against_looked(pair, held, seen, texts)
        if listed_by_one:
            found += _alone(pair, held, seen, texts)
    found += [
        _contradiction(one)
        for one in graph.conflicts
        if not set(one.rows) <= reported and _concerns(one, texts, wanted)
    ]
    found += _unreviewed(dataset, graph, texts, wanted, each=rows)
    order = {kind: n for n, kind in enumerate(DisagreementKind)}
    position = {iri: n for n, iri in enumerate(catalogue.labels(dataset))}
    place = {curie(iri): n for iri, n in position.items()}
    return sorted(
        found,
        key=lambda one: (
            order[one.kind],
            place.get(one.subject, -1),
            place.get(one.object, -1),
            one.subject,
            one.object,
            one.rows,
        ),
    )


def _texts(dataset: Dataset, graph: MapGraph) -> _Texts:
    dated = sorted(catalogue.editions(dataset), key=lambda one: (one.issued or "", one.edition))
    rank = {one.edition: n for n, one in enumerate(dated)}
    same: dict[str, set[str]] = {}
    for row in graph.rows:
        if row.same_text and row not in graph.set_aside:
            whole = same.get(row.subject, {row.subject}) | same.get(row.object, {row.object})
            for iri in whole:
                same[iri] = whole
    members = {
        iri: tuple(sorted(whole, key=lambda one: (rank.get(local_id(one)[0], -1), one)))
        for iri, whole in same.items()
    }
    texts = _Texts(members)
    for row in sorted(graph.rows, key=lambda row: (row.publisher != OURS, row.order())):
        ends = texts.name(row.subject), texts.name(row.object)
        keys = [local_id(end)[0] for end in ends]
        texts.ahead.setdefault(frozenset(keys), keys[0])
    return texts


def _oriented(pair: Pair, texts: _Texts, wanted: Pair) -> Pair | None:
    """Return a pair in the direction that is asked for, or None if it is not asked for."""
    for one, other in (pair, pair[::-1]):
        here, there = texts.editions(one), texts.editions(other)
        if (not wanted[0] or wanted[0] in here) and (not wanted[1] or wanted[1] in there):
            return texts.name(one, wanted[0]), texts.name(other, wanted[1])
    return None


def _by_pair(graph: MapGraph, texts: _Texts, wanted: Pair) -> dict[Pair, list[_Statement]]:
    """Return pair of texts → what is stated of it, in one direction, whoever states it."""
    found: dict[Pair, list[_Statement]] = {}
    for row in graph.rows:
        one, other = sorted((texts.name(row.subject), texts.name(row.object)))
        here, there = local_id(one)[0], local_id(other)[0]
        straight = here == there or texts.ahead[frozenset((here, there))] == here
        pair = _oriented((one, other) if straight else (other, one), texts, wanted)
        if pair is None or one == other:
            continue
        back = row.subject not in texts.of(pair[0])
        relation = CONVERSE[row.relation] if back else row.relation
        found.setdefault(pair, []).append(_Statement(row, relation))
    return found


def _looked_at(dataset: Dataset, texts: _Texts) -> _Publishers:
    """Return what each publisher looked at; provisions by the name of their text."""
    sets: dict[str, list[dict[str, str | None]]] = {}
    for row in dataset.rows("inference/mapping-rows"):
        sets.setdefault(row["set"] or "", []).append(row)
    seen = _Publishers()
    for key, rows in sets.items():
        publisher = rows[0]["publisher"] or ""
        ends = [
            sorted({local_id(row[end] or "")[0] for row in rows if row[end]})
            for end in ("subject", "object")
        ]
        for one in ends[0]:
            for other in ends[1]:
                seen.covered.setdefault(publisher, set()).add(frozenset((one, other)))
        for row in rows:
            for end, others in (("subject", ends[1]), ("object", ends[0])):
                iri = row[end]
                if not iri:
                    continue
                none = not (row["subject"] and row["object"])
                for other in others:
                    place = (publisher, texts.name(iri), other)
                    (seen.none if none else seen.touched).setdefault(place, []).append(
                        f"{key}:{row['row']}"
                    )
    return seen


def _positive(held: Iterable[_Statement]) -> list[_Statement]:
    return [one for one in held if one.relation is not Relation.NO_RELATIONSHIP]


def _who(held: Iterable[_Statement]) -> tuple[str, ...]:
    return tuple(sorted({one.row.publisher for one in held}))


def _said(pair: Pair, held: Iterable[_Statement]) -> str:
    """Return who says what of a pair, with the ids as published where they are others."""
    told: dict[str, None] = {}
    for one in sorted(held, key=lambda s: (s.row.publisher, s.row.order())):
        kind = "" if one.relation in WEAK else f" ({one.row.rationale_type})"
        words = f"{one.relation}{kind}"
        if {one.row.subject, one.row.object} != set(pair):
            words += f" [of {curie(one.row.subject)} and {curie(one.row.object)}]"
        told.setdefault(f"{one.row.publisher}: {words}")
    return "; ".join(told)


def _places(held: Iterable[_Statement]) -> tuple[str, ...]:
    return tuple(sorted({f"{one.row.mapping_set}:{one.row.row}" for one in held}))


def _differs(pair: Pair, held: list[_Statement], graph: MapGraph) -> Disagreement | None:
    """Return the disagreement of publishers whose rows cannot both be right, if there is one."""
    by_type: dict[str, dict[str, set[Relation]]] = {}
    for one in held:
        if one.relation not in WEAK:
            said = by_type.setdefault(str(one.row.rationale_type), {})
            said.setdefault(one.row.publisher, set()).add(one.relation)
    typed = [
        kind
        for kind, said in by_type.items()
        if any(not a & b for a in said.values() for b in said.values())
    ]
    aside = _places(one for one in held if one.row in graph.set_aside)
    note = f"set aside, they derive nothing: {', '.join(aside)}" if aside else ""
    if typed:
        return Disagreement(
            DisagreementKind.RELATION_DIFFERS,
            curie(pair[0]),
            curie(pair[1]),
            _who(held),
            _said(pair, held),
            _places(held),
            note or f"two relations of one rationale type ({', '.join(sorted(typed))})",
        )
    none = [one for one in held if one.relation is Relation.NO_RELATIONSHIP]
    listed = [one for one in held if one.relation in WEAK]
    if any(a.row.publisher != b.row.publisher for a in none for b in listed):
        return Disagreement(
            DisagreementKind.RELATED_AGAINST_NONE,
            curie(pair[0]),
            curie(pair[1]),
            _who([*none, *listed]),
            _said(pair, held),
            _places(held),
            note or "one lists the pair without a type, another says there is no relation",
        )
    return None


def _against_looked(
    pair: Pair, held: list[_Statement], seen: _Publishers, texts: _Texts
) -> list[Disagreement]:
    """Return who lists a pair though another looked for a counterpart and found none."""
    listed = _positive(held)
    against: dict[str, list[tuple[str, str, list[str]]]] = {}
    for one, other in (pair, pair[::-1]):
        for publisher in seen.covered:
            for edition in sorted(texts.editions(other)):
                records = seen.none.get((publisher, texts.name(one), edition))
                if records:
                    against.setdefault(publisher, []).append((curie(one), edition, records))
    found = []
    for publisher, looked in sorted(against.items()):
        others = [one for one in listed if one.row.publisher != publisher]
        if not others or any(one.row.publisher == publisher for one in listed):
            continue
        where = "; ".join(f"{iri} has no counterpart in {key}" for iri, key, _ in looked)
        places = {place for _, _, records in looked for place in records}
        found.append(
            Disagreement(
                DisagreementKind.LISTED_AGAINST_LOOKED_NONE,
                curie(pair[0]),
                curie(pair[1]),
                tuple(sorted({*_who(others), publisher})),
                f"{_said(pair, others)}; {publisher}: looked, none found",
                tuple(sorted({*_places(others), *places})),
                f"{publisher} says: {where}",
            )
        )
    return found


def _alone(
    pair: Pair, held: list[_Statement], seen: _Publishers, texts: _Texts
) -> list[Disagreement]:
    """Return the pair if one publisher lists it and another of the same editions is silent."""
    if len(_who(held)) != 1 or not _positive(held):
        return []
    spans = {
        frozenset((here, there))
        for here in texts.editions(pair[0])
        for there in texts.editions(pair[1])
    }
    silent: list[str] = []
    for publisher, covered in sorted(seen.covered.items()):
        if publisher == _who(held)[0] or not spans & covered:
            continue
        ends = [
            [
                (publisher, texts.name(one), edition)
                for edition in sorted(texts.editions(other))
                if any({here, edition} in spans & covered for here in texts.editions(one))
            ]
            for one, other in (pair, pair[::-1])
        ]
        if any(place in seen.none for places in ends for place in places):
            continue
        both = all(any(place in seen.touched for place in places) for places in ends)
        silent.append(
            f"{publisher} has mapped both, not to each other"
            if both
            else f"{publisher} has mapped the two editions and is silent here"
        )
    if not silent:
        return []
    return [
        Disagreement(
            DisagreementKind.LISTED_BY_ONE,
            curie(pair[0]),
            curie(pair[1]),
            _who(held),
            _said(pair, held),
            _places(held),
            "; ".join(silent),
        )
    ]


def _concerns(conflict: Conflict, texts: _Texts, wanted: Pair) -> bool:
    return any(_oriented((one, other), texts, wanted) for one, other, _ in conflict.pairs)


def _contradiction(conflict: Conflict) -> Disagreement:
    subject, target, kind = conflict.pairs[0]
    aside = sorted(f"{row.mapping_set}:{row.row}" for row in conflict.set_aside)
    return Disagreement(
        DisagreementKind.CONTRADICTION,
        curie(subject),
        curie(target),
        tuple(sorted({row.publisher for row in conflict.rows})),
        "; ".join(
            f"{row.publisher}: {curie(row.subject)} {row.relation} {curie(row.object)}"
            for row in sorted(conflict.rows, key=Row.order)
        ),
        tuple(sorted({f"{row.mapping_set}:{row.row}" for row in conflict.rows})),
        f"cannot all be right ({kind}); set aside, they derive nothing: {', '.join(aside)}",
    )


def _unreviewed(
    dataset: Dataset, graph: MapGraph, texts: _Texts, wanted: Pair, *, each: bool
) -> list[Disagreement]:
    """Return the rows that no outside expert has reviewed, one by one or counted by set."""
    held: dict[str, list[Row]] = {}
    for row in graph.rows:
        if _oriented((row.subject, row.object), texts, wanted):
            held.setdefault(row.mapping_set, []).append(row)
    found = []
    for key, rows in held.items():
        waiting = [row for row in rows if row.review_status != ReviewStatus.REVIEWED]
        if each:
            found += [_waiting(row) for row in waiting]
        elif waiting:
            found.append(_counted(key, rows, waiting))
    return found


def _waiting(row: Row) -> Disagreement:
    return Disagreement(
        DisagreementKind.UNREVIEWED,
        curie(row.subject),
        curie(row.object),
        (row.publisher,),
        f"{row.publisher}: {row.relation}",
        (f"{row.mapping_set}:{row.row}",),
        row.review_status,
    )


def _counted(key: str, rows: Collection[Row], waiting: Collection[Row]) -> Disagreement:
    counts = Counter(row.review_status for row in rows)
    return Disagreement(
        DisagreementKind.UNREVIEWED,
        "|".join(sorted({local_id(row.subject)[0] for row in rows})),
        "|".join(sorted({local_id(row.object)[0] for row in rows})),
        tuple(sorted({row.publisher for row in rows})),
        ", ".join(f"{status} {counts[status]}" for status in ReviewStatus if counts[status]),
        (),
        f"{key}: {len(waiting)} of {len(rows)} rows were reviewed by no outside expert",
    )
