"""How much of one edition is carried by another: counted provisions, by what is known of them.

This is *mappability*, a figure about two texts. It is no coverage: whether an organisation has
what carries over is for its evidence to show (semantics §4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crosswalk import catalogue, inference
from crosswalk.graph import Dataset
from crosswalk.inference import MapGraph
from crosswalk.inference.algebra import Knowledge
from crosswalk.models import Edition, RationaleType, Relation
from crosswalk.namespaces import edition_iri

__all__ = ["Carried", "Reuse", "reuse", "shares"]

CONTAINS: Knowledge = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
WITHIN: Knowledge = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
NOTHING: Knowledge = frozenset((Relation.NO_RELATIONSHIP,))


class Carried(StrEnum):
    """How far the provisions of one edition carry one of another, best first."""

    CONTAINED = "contained"
    SUPPORTED = "supported"
    OVERLAP = "overlap"
    LOOKED_NONE = "looked-none"
    NEVER_LOOKED = "never-looked"


@dataclass(frozen=True, slots=True)
class Reuse:
    """How far one counted provision is carried, by which provisions, on which rows.

    ``by`` are ids of the source edition, without headings that add nothing to what stands
    below them; ``derived`` says that no one row says so.
    """

    provision: str
    title: str
    carried: Carried
    by: tuple[str, ...]
    confidence: float | None
    derived: bool
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    carried: Carried
    source: str
    confidence: float
    derived: bool
    rows: tuple[str, ...]


def reuse(dataset: Dataset, source: Edition, target: Edition) -> list[Reuse]:
    """Return how far each counted provision of an edition is carried by another edition.

    A provision is *contained* if one provision of the source contains it, or several do together;
    *supported* if one lies inside it. A standard carries a law no further than supported.
    """
    graph = inference.build(dataset)
    sources = catalogue.provisions(dataset, source.edition)
    ids = {p.iri: p.id for p in sources}
    counted = {p.iri for p in sources if p.counted}
    claims: dict[str, list[_Claim]] = {}
    capped = target.legal_force > source.legal_force
    for iri, claim in _claims(graph, set(ids), edition_iri(target.edition) + "/", capped=capped):
        claims.setdefault(iri, []).append(claim)
    looked = {
        iri
        for iri, records in graph.looked.items()
        for _, mapping_set, _ in records
        if {source.edition, target.edition} <= set(mapping_set.split("_"))
    }
    found = []
    for provision in catalogue.provisions(dataset, target.edition):
        if not provision.counted:
            continue
        held = claims.get(provision.iri, [])
        order = list(Carried)
        best = min((c.carried for c in held), key=order.index, default=None)
        if best is None or (best is Carried.LOOKED_NONE and provision.iri in looked):
            best = Carried.LOOKED_NONE if provision.iri in looked else best
        chosen = sorted(
            (c for c in held if c.carried is best), key=lambda c: (-c.confidence, c.source)
        )
        chosen = [c for c in chosen if c.source in counted] or chosen
        found.append(
            Reuse(
                provision=provision.id,
                title=provision.title,
                carried=best or Carried.NEVER_LOOKED,
                by=tuple(dict.fromkeys(ids[c.source] for c in chosen)),
                confidence=round(chosen[0].confidence, 4) if chosen else None,
                derived=bool(chosen) and all(c.derived for c in chosen),
                rows=tuple(sorted({row for c in chosen for row in c.rows})),
            )
        )
    return found


def _claims(
    graph: MapGraph, sources: set[str], prefix: str, *, capped: bool
) -> list[tuple[str, _Claim]]:
    """Return (target, what a provision of the source says of it), all that is known.

    :param prefix: what the IRIs of the targets begin with.
    """
    found: list[tuple[str, _Claim]] = []
    best = Carried.SUPPORTED if capped else Carried.CONTAINED
    for kind in (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL):
        for source in sorted(sources):
            for edge in graph.reach(kind, source, prefix=prefix):
                if edge.cost == 0:
                    continue
                said = edge.knowledge
                carried = (
                    Carried.LOOKED_NONE
                    if said == NOTHING
                    else best
                    if said <= CONTAINS and not edge.weak
                    else Carried.SUPPORTED
                    if said <= WITHIN and not edge.weak
                    else Carried.OVERLAP
                    if Relation.NO_RELATIONSHIP not in said
                    else None
                )
                if carried is not None:
                    rows = tuple(f"{s.mapping_set}:{s.row}" for s in edge.steps if s.row)
                    claim = _Claim(carried, source, edge.confidence, len(edge.steps) > 1, rows)
                    found.append((edge.target, claim))
        for group in graph.groups.get(kind, ()):
            if group.cost and set(group.members) <= sources:
                rows = tuple(f"{step.mapping_set}:{step.row}" for step in group.steps)
                found += [
                    (group.target, _Claim(best, member, step.confidence, False, rows))
                    for member, step in zip(group.members, group.steps, strict=True)
                ]
    return found


def shares(found: Sequence[Reuse]) -> dict[Carried, tuple[int, float | None]]:
    """Return how many counted provisions are carried how far, and which share of all that is.

    The share is None where the edition has no counted provision.
    """
    counts = Counter(one.carried for one in found)
    return {c: (counts[c], counts[c] / len(found) if found else None) for c in Carried}
