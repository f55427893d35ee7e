"""What follows from the mapping rows as one named graph, made once and kept by their content.

The graph holds every derived mapping that can be asserted: its ends, its relation, its confidence,
its rule and the rows it rests on. It is loaded only where it is asked for, so that no answer holds
an inference unless one was meant (semantics §2).
"""

from __future__ import annotations

import pyoxigraph as ox

from crosswalk import inference
from crosswalk.exchange.export import inferred_graph, quads
from crosswalk.graph import Dataset, cache

__all__ = ["materialise"]

DEPTH = 2


def materialise(dataset: Dataset) -> str:
    """Return the IRI of the named graph of derived mappings, which the dataset then holds.

    >>> from crosswalk.graph import open_dataset
    >>> dataset = open_dataset()
    >>> materialise(dataset) in dataset.graphs()
    True

    .. seealso:: semantics §2, "A derived relation keeps its parents and rules"
    """
    graph = inferred_graph(DEPTH)
    if next(dataset.quads(graph), None) is not None:
        return graph
    key = cache.key_of([("inferred", graph.encode()), *inference.premises(dataset)])
    kept = cache.read(key)
    if kept is None or not dataset.restore(kept):
        found = list(inference.derived(inference.build(dataset)))
        body = ox.serialize(quads(dataset, found, depth=DEPTH), format=ox.RdfFormat.N_QUADS) or b""
        dataset.restore(body)
        cache.write(key, body)
    return graph
