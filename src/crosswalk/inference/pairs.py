"""What is known between two provisions, and on which rows it rests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from crosswalk.inference.algebra import ALL, Knowledge, converse, known, tokens
from crosswalk.inference.mapgraph import WEAK, Row
from crosswalk.models import Step

__all__ = ["Pair", "counterparts", "explain_pair"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of one pair within one rationale type.

    ``relations`` is the set of relations that remain possible; one if certain, none if the rows
    contradict each other. ``path`` is one best path; ``rows`` are all the rows of the pair.
    """

    subject: str
    object: str
    relations: tuple[str, ...]
    rationale_type: str
    confidence: float
    hops: int
    derived: bool
    publisher: str
    path: tuple[Step, ...]
    rows: tuple[Row, ...]


def counterparts(
    asserted: Collection[Row], subject: str, *, prefix: str, publisher: str | None = None
) -> list[Pair]:
    """Return what is known from a provision to each provision of an edition.

    :param prefix: IRI of the edition with a closing slash.
    :param publisher: only rows of this publisher.
    :returns: one pair for each object and rationale type, best confidence first.
    """
    found: dict[tuple[str, str], list[tuple[Row, bool]]] = {}
    for row in asserted:
        if publisher and row.publisher != publisher:
            continue
        for here, there, back in (
            (row.subject, row.object, False),
            (row.object, row.subject, True),
        ):
            if here == subject and there.startswith(prefix):
                found.setdefault((there, str(row.rationale_type)), []).append((row, back))
    pairs = [_pair(subject, there, kind, held) for (there, kind), held in found.items()]
    return sorted(pairs, key=lambda p: (-p.confidence, p.object, p.rationale_type))


def explain_pair(asserted: Collection[Row], subject: str, target: str) -> list[Pair]:
    """Return what is known between two provisions, one entry a rationale type; empty if nothing."""
    return [p for p in counterparts(asserted, subject, prefix=target) if p.object == target]


def _pair(subject: str, target: str, kind: str, held: list[tuple[Row, bool]]) -> Pair:
    typed = [(row, back) for row, back in held if row.relation not in WEAK]
    knowledge: Knowledge = ALL
    for row, back in typed or held:
        said = known(row.relation)
        knowledge &= converse(said) if back else said
    ordered = sorted(typed or held, key=lambda p: (-p[0].confidence, p[0].mapping_set, p[0].row))
    best, back = ordered[0]
    relations = (
        tuple(tokens(knowledge)) if typed else tuple(sorted({str(r.relation) for r, _ in held}))
    )
    return Pair(
        subject=subject,
        object=target,
        relations=relations,
        rationale_type=kind,
        confidence=best.confidence,
        hops=1,
        derived=False,
        publisher=best.publisher,
        path=(best.step(reverse=back),),
        rows=tuple(row for row, _ in sorted(held)),
    )
