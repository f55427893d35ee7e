"""What is known between two provisions, and on which rows it rests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from crosswalk.catalogue import curie
from crosswalk.inference.algebra import WEAK, tokens
from crosswalk.inference.closure import Closure, Path, narrowed
from crosswalk.inference.mapgraph import MapGraph, Row
from crosswalk.models import RationaleType, Step

__all__ = ["Pair", "counterparts", "explain_pair", "step_json"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of one pair within one rationale type.

    ``relations`` is the set of relations that remain possible; one if certain, none if the rows
    contradict each other, "related" or "equivalent-to" where the rows have no type. ``path`` is
    one best path; ``paths`` are all that say something.
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
    paths: tuple[Path, ...]
    rule: str


def counterparts(
    graph: MapGraph,
    rows: Collection[Row],
    subject: str,
    *,
    prefix: str,
    depth: int = 2,
    publisher: str | None = None,
) -> list[Pair]:
    """Return what is known from a provision to each provision of an edition.

    :param prefix: IRI of the edition with a closing slash, or of one provision.
    :param depth: how many mapping hops are composed; 1 for asserted rows only.
    :param publisher: only rows of this publisher.
    :returns: one pair for each object and rationale type: certain ones first, then by hops,
        confidence and object.
    """
    walked = [row for row in rows if publisher is None or row.publisher == publisher]
    whole = publisher is None and graph.holds(walked)
    closure = graph.closure.over(depth) if whole else Closure(graph, walked, depth=depth)
    pairs: list[Pair] = []
    for kind in RationaleType:
        found = closure.paths(kind, subject, prefix=prefix)
        pairs += [_pair(subject, target, kind, paths) for target, paths in sorted(found.items())]
        pairs += _untyped(walked, subject, kind, prefix, set(found))
    pairs += _contradictory(graph, subject, prefix, {(p.object, p.rationale_type) for p in pairs})
    return sorted(
        pairs,
        key=lambda p: (len(p.relations) != 1, p.hops, -p.confidence, p.object, p.rationale_type),
    )


def explain_pair(
    graph: MapGraph, rows: Collection[Row], subject: str, target: str, *, depth: int = 2
) -> list[Pair]:
    """Return what is known between two provisions, one entry a rationale type; empty if nothing."""
    found = counterparts(graph, rows, subject, prefix=target, depth=depth)
    return [pair for pair in found if pair.object == target]


def step_json(step: Step) -> dict[str, object]:
    """Return a step of a path with its fields, ids as CURIEs."""
    return {
        "mapping_set": step.mapping_set,
        "row": step.row,
        "subject": curie(step.subject),
        "relation": step.relation.split("|") if "|" in step.relation else step.relation,
        "object": curie(step.object),
        "reversed": step.reversed,
        "confidence": step.confidence,
    }


def _pair(subject: str, target: str, kind: RationaleType, paths: list[Path]) -> Pair:
    whole = narrowed(paths)
    asserted = any(path.rule in ("asserted", "converse") and path.hops == 1 for path in paths)
    best = sorted(whole.rows)
    return Pair(
        subject=subject,
        object=target,
        relations=tuple(tokens(whole.knowledge)),
        rationale_type=str(kind),
        confidence=whole.confidence,
        hops=whole.hops,
        derived=not (asserted and len(whole.steps) == 1),
        publisher="|".join(sorted({row.publisher for row in best})),
        path=whole.steps,
        paths=tuple(paths),
        rule=whole.rule,
    )


def _untyped(
    rows: Collection[Row], subject: str, kind: RationaleType, prefix: str, typed: set[str]
) -> list[Pair]:
    """Return the pairs of which only rows without a type are known."""
    found: dict[str, list[Path]] = {}
    for row in rows:
        if row.relation not in WEAK or row.rationale_type is not kind:
            continue
        for here, there, back in (
            (row.subject, row.object, False),
            (row.object, row.subject, True),
        ):
            if here == subject and there.startswith(prefix) and there not in typed:
                rule = "converse" if back else "asserted"
                path = Path.of(row, frozenset(), rule, reverse=back)
                found.setdefault(there, []).append(path)
    pairs = []
    for target, paths in sorted(found.items()):
        best = min(paths, key=lambda path: path.rank)
        relations = sorted({str(row.relation) for path in paths for row in path.rows})
        pairs.append(
            Pair(
                subject=subject,
                object=target,
                relations=tuple(relations),
                rationale_type=str(kind),
                confidence=best.confidence,
                hops=1,
                derived=False,
                publisher=next(iter(best.rows)).publisher,
                path=best.steps,
                paths=tuple(paths),
                rule=best.rule,
            )
        )
    return pairs


def _contradictory(
    graph: MapGraph, subject: str, prefix: str, known: set[tuple[str, str]]
) -> list[Pair]:
    """Return the pairs whose rows contradict each other, which derive nothing."""
    pairs = []
    for (source, target, kind), rows in sorted(graph.contradictions.items()):
        if source != subject or not target.startswith(prefix) or (target, str(kind)) in known:
            continue
        paths = tuple(
            Path.of(row, frozenset(), "set aside", reverse=row.object == subject) for row in rows
        )
        pairs.append(
            Pair(
                subject=subject,
                object=target,
                relations=(),
                rationale_type=str(kind),
                confidence=0.0,
                hops=1,
                derived=False,
                publisher="|".join(sorted({row.publisher for row in rows})),
                path=paths[0].steps,
                paths=paths,
                rule="contradiction",
            )
        )
    return pairs
