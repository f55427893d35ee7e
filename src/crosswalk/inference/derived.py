"""What is known from one edition to another, as rows that can be handed on.

An asserted row keeps what it says; a derived one carries the rows it rests on and its rule, lives
in the inferred graph, and can be left out of every answer (semantics §2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from crosswalk import catalogue
from crosswalk.inference.algebra import WEAK, converse, known, tokens
from crosswalk.inference.closure import Closure
from crosswalk.inference.mapgraph import MapGraph, Row
from crosswalk.models import RationaleType, Relation
from crosswalk.namespaces import BASE

__all__ = ["Statement", "asserted", "derived", "weakened"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one pair within one rationale type.

    ``relations`` are the tokens that remain possible, one if certain. ``row`` is the asserted row,
    as it stands or turned round; a derived statement has none and rests on ``parents``.
    """

    subject: str
    object: str
    relations: tuple[str, ...]
    rationale_type: RationaleType
    confidence: float
    hops: int
    publisher: str
    rule: str
    parents: tuple[Row, ...]
    row: Row | None = None

    @property
    def derived(self) -> bool:
        """Whether it is inferred from rows rather than asserted by one."""
        return self.row is None

    @property
    def iri(self) -> str:
        """The IRI: that of the row as it stands, else a hash of the claim and its parents."""
        if self.row is not None and self.row.subject == self.subject:
            return self.row.iri
        claim = [self.subject, "|".join(self.relations), self.object, str(self.rationale_type)]
        claim += sorted(row.iri for row in self.parents)
        digest = hashlib.sha256("\n".join(claim).encode()).hexdigest()
        return f"{BASE}mapping/inferred/{digest[:16]}"


def asserted(
    graph: MapGraph, source: str = "", target: str = "", *, publisher: str | None = None
) -> list[Statement]:
    """Return the rows from one edition to another, those of the other direction turned round.

    Where neither edition is named, every row stands as it is.

    :param source: key of an edition; empty for any.
    :param target: key of an edition; empty for any.
    """
    found = []
    for row in graph.rows:
        if publisher is not None and row.publisher != publisher:
            continue
        ends = catalogue.local_id(row.subject)[0], catalogue.local_id(row.object)[0]
        if _fits(ends, source, target):
            found.append(_statement(row))
        elif (source or target) and _fits(ends[::-1], source, target):
            found.append(_statement(row, back=True))
    return found


def _fits(ends: tuple[str, ...], source: str, target: str) -> bool:
    return (not source or ends[0] == source) and (not target or ends[1] == target)


def _statement(row: Row, *, back: bool = False) -> Statement:
    weak = row.relation in WEAK
    said = [str(row.relation)] if weak else tokens(known(row.relation))
    if back and not weak:
        said = tokens(converse(known(row.relation)))
    return Statement(
        subject=row.object if back else row.subject,
        object=row.subject if back else row.object,
        relations=tuple(said),
        rationale_type=row.rationale_type,
        confidence=row.confidence,
        hops=1,
        publisher=row.publisher,
        rule="converse" if back else "asserted",
        parents=(row,),
        row=row,
    )


def derived(
    graph: MapGraph,
    source: str = "",
    target: str = "",
    *,
    publisher: str | None = None,
    depth: int = 2,
) -> Iterator[Statement]:
    """Yield what follows from one edition to another and no row says, pair by pair.

    Where neither edition is named, each pair of two editions is told once.
    """
    rows = [row for row in graph.rows if publisher is None or row.publisher == publisher]
    whole = publisher is None and depth == graph.depth
    closure = graph.closure if whole else Closure(graph, rows, depth=depth)
    said = {
        (frozenset((row.subject, row.object)), row.rationale_type)
        for row in rows
        if row.relation not in WEAK and row not in graph.set_aside
    }
    for kind in (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL):
        for subject in closure.provisions(kind):
            here = catalogue.local_id(subject)[0]
            if source and here != source:
                continue
            beyond = "" if source or target else subject
            for other, path in sorted(closure.known(kind, subject, beyond=beyond).items()):
                there = catalogue.local_id(other)[0]
                if here == there or (target and there != target):
                    continue
                if path.knowledge and (frozenset((subject, other)), kind) not in said:
                    yield Statement(
                        subject=subject,
                        object=other,
                        relations=tuple(tokens(path.knowledge)),
                        rationale_type=kind,
                        confidence=path.confidence,
                        hops=path.hops,
                        publisher="|".join(sorted({row.publisher for row in path.rows})),
                        rule=path.rule,
                        parents=tuple(sorted(path.rows)),
                    )


def weakened(relations: tuple[str, ...]) -> Relation | None:
    """Return the one relation that may be asserted of some possible ones, or None.

    >>> weakened(("equal", "superset-of"))
    <Relation.RELATED: 'related'>
    """
    if len(relations) == 1:
        return Relation(relations[0])
    return None if str(Relation.NO_RELATIONSHIP) in relations else Relation.RELATED
