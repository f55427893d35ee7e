"""The order of work: what others wait for first, and among what is free the most urgent.

What another waits for is as urgent as what waits for it. The order is a function of the steps and
their dependencies, not of the order in which they are given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx

__all__ = ["Arranged", "Urgency", "arranged"]

NEVER = "9999-12-31"


class Urgency(NamedTuple):
    """What a step is ordered by, the most urgent smallest.

    ``binds_from`` is the day from which a law binds; ``stage`` the rank of the phase that the
    roadmap has it in: 0 before all phases; ``seriousness`` is that of its gap; ``gain`` the
    negative effect on ``lo``; ``position`` the place in the text.
    """

    binds_from: str = NEVER
    stage: int = 0
    seriousness: int = 0
    gain: float = 0.0
    position: int = 0


@dataclass(frozen=True, slots=True)
class Arranged:
    """Steps in order.

    :param order: the steps.
    :param waits: step → the steps that it waits for directly, none of them implied by another.
    :param stages: step → rank of the first phase in which it can be done, for placed steps.
    :param cycles: steps that wait for each other; between them nothing is ordered.
    """

    order: tuple[str, ...]
    waits: Mapping[str, tuple[str, ...]]
    stages: Mapping[str, int]
    cycles: tuple[tuple[str, ...], ...]


def arranged(
    steps: Mapping[str, Urgency],
    edges: Collection[tuple[str, str]],
    *,
    placed: Collection[str] = (),
) -> Arranged:
    """Return steps in an order that respects what waits for what.

    :param steps: step → its own urgency; equal ones are ordered by name.
    :param edges: (what comes first, what waits); ends that are no steps are left out.
    :param placed: the steps whose ``stage`` is that of a phase: they cannot be done in an earlier
        phase than what they wait for.

    >>> steps = {"treat": Urgency(), "assess": Urgency(seriousness=3)}
    >>> arranged(steps, [("assess", "treat")]).order
    ('assess', 'treat')
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(steps))
    graph.add_edges_from(sorted({(a, b) for a, b in edges if a in steps and b in steps and a != b}))
    cycles = sorted(
        tuple(sorted(part)) for part in nx.strongly_connected_components(graph) if len(part) > 1
    )
    for part in cycles:
        graph.remove_edges_from(list(graph.subgraph(part).edges))
    reached = _reached(graph, steps, frozenset(placed))
    urgent = _urgency(graph, steps, reached)
    stages = {name: reached[name] for name in sorted(set(placed) & set(steps))}
    order = tuple(nx.lexicographical_topological_sort(graph, key=lambda name: (urgent[name], name)))
    reduced = nx.transitive_reduction(graph)
    rank = {name: n for n, name in enumerate(order)}
    waits = {
        name: tuple(sorted(reduced.predecessors(name), key=rank.__getitem__)) for name in order
    }
    return Arranged(order, waits, stages, tuple(cycles))


def _reached(
    graph: nx.DiGraph[str], steps: Mapping[str, Urgency], placed: frozenset[str]
) -> dict[str, int]:
    """Return step → the first phase that is not before what it waits for, nor its own."""
    reached: dict[str, int] = {}
    for name in nx.topological_sort(graph):
        before = max((reached[one] for one in graph.predecessors(name)), default=0)
        reached[name] = max(before, steps[name].stage) if name in placed else before
    return reached


def _urgency(
    graph: nx.DiGraph[str], steps: Mapping[str, Urgency], reached: Mapping[str, int]
) -> dict[str, Urgency]:
    """Return step → its urgency, part by part no less than that of what waits for it."""
    found: dict[str, Urgency] = {}
    for name in reversed(list(nx.topological_sort(graph))):
        own = steps[name]
        held = [own._replace(stage=max(own.stage, reached[name]))]
        held += [found[one] for one in graph.successors(name)]
        found[name] = Urgency(
            min(one.binds_from for one in held),
            min(one.stage for one in held),
            min(one.seriousness for one in held),
            own.gain,
            own.position,
        )
    return found
