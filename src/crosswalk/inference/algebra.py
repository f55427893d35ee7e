"""The relation algebra RCC-5, in which mappings are composed (semantics §2).

What is known of a pair is a **set** of possible relations, held here as a frozen set of signs.
An assertion is a singleton; silence is all five; the empty set is a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from crosswalk.models import Relation

__all__ = [
    "ALL",
    "COMPOSITION",
    "RULES",
    "WEAK",
    "Knowledge",
    "compose",
    "converse",
    "known",
    "tokens",
]

Knowledge = frozenset[Relation]

RULES = "rcc5-1"
"""The name of the rules by which we infer: another one whenever the same rows yield another answer.

What was inferred is kept under it, so that no answer rests on rules that hold no longer.
"""

EQ, SUB, SUP, MEET, NONE = (
    Relation.EQUAL,
    Relation.SUBSET_OF,
    Relation.SUPERSET_OF,
    Relation.INTERSECTS_WITH,
    Relation.NO_RELATIONSHIP,
)
ALL: Knowledge = frozenset((EQ, SUB, SUP, MEET, NONE))
OVERLAP: Knowledge = ALL - {NONE}

WEAK = (Relation.RELATED, Relation.EQUIVALENT_TO)
"""The relations of rows without a type: they neither compose nor narrow nor contradict."""

COMPOSITION: dict[tuple[Relation, Relation], Knowledge] = {
    **{(EQ, r): frozenset((r,)) for r in ALL},
    **{(r, EQ): frozenset((r,)) for r in ALL},
    (SUB, SUB): frozenset((SUB,)),
    (SUB, SUP): ALL,
    (SUB, MEET): frozenset((SUB, MEET, NONE)),
    (SUB, NONE): frozenset((NONE,)),
    (SUP, SUB): OVERLAP,
    (SUP, SUP): frozenset((SUP,)),
    (SUP, MEET): frozenset((SUP, MEET)),
    (SUP, NONE): frozenset((SUP, MEET, NONE)),
    (MEET, SUB): frozenset((SUB, MEET)),
    (MEET, SUP): frozenset((SUP, MEET, NONE)),
    (MEET, MEET): ALL,
    (MEET, NONE): frozenset((SUP, MEET, NONE)),
    (NONE, SUB): frozenset((SUB, MEET, NONE)),
    (NONE, SUP): frozenset((NONE,)),
    (NONE, MEET): frozenset((SUB, MEET, NONE)),
    (NONE, NONE): ALL,
}
"""(A ? B, B ? C) → what is then possible between A and C."""


@cache
def known(relation: Relation) -> Knowledge:
    """Return what one row says of its pair.

    >>> sorted(known(Relation.RELATED)) == sorted(OVERLAP)
    True
    """
    if relation in WEAK:
        return OVERLAP
    return frozenset((relation,))


@cache
def converse(knowledge: Knowledge) -> Knowledge:
    """Return what is known of (B, A), given what is known of (A, B).

    >>> converse(frozenset({Relation.SUBSET_OF}))
    frozenset({<Relation.SUPERSET_OF: 'superset-of'>})
    """
    turned = {SUB: SUP, SUP: SUB}
    return frozenset(turned.get(r, r) for r in knowledge)


@cache
def compose(first: Knowledge, second: Knowledge) -> Knowledge:
    """Return what is known of (A, C), given what is known of (A, B) and of (B, C).

    >>> compose(frozenset({SUB}), frozenset({SUB})) == frozenset({SUB})
    True
    """
    return frozenset(r for a in first for b in second for r in COMPOSITION[a, b])


def tokens(knowledge: Iterable[Relation]) -> list[str]:
    """Return a set of relations as tokens, in a fixed order."""
    order = [EQ, SUB, SUP, MEET, NONE]
    return [str(r) for r in order if r in set(knowledge)]
