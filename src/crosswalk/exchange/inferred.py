"""What follows from the mapping rows as one named graph, made once and kept by their content.

The graph holds every derived mapping that can be asserted: its ends, its relation, its confidence,
its rule and the rows it rests on. It is loaded only where it is asked for, so that no answer holds
an inference unless one was meant (semantics §2).
"""

from __future__ import annotations

import pyoxigraph as ox

from crosswalk import inference, settings
from crosswalk.errors import DataError
from crosswalk.exchange.export import inferred_graph, quads
from crosswalk.graph import Dataset, cache
from crosswalk.inference import Statement

__all__ = ["materialise"]

DEPTH = 2


def materialise(dataset: Dataset) -> str:
    """Return the IRI of the named graph of derived mappings, which the dataset then holds.

    :raises DataError: if more can be derived than such a graph may hold.

    >>> from crosswalk.graph import open_dataset
    >>> dataset = open_dataset()
    >>> materialise(dataset) in dataset.graphs()
    True

    .. seealso:: semantics §2, "A derived relation keeps its parents and rules"
    """
    graph = inferred_graph(DEPTH)
    if graph in dataset.graphs():
        return graph
    key = cache.key_of([("inferred", graph.encode()), *inference.premises(dataset)])
    kept = cache.read(key)
    if kept is None or not dataset.restore(kept):
        body = (
            ox.serialize(quads(dataset, _derived(dataset), depth=DEPTH), format=ox.RdfFormat.TRIG)
            or b""
        )
        dataset.restore(body)
        cache.write(key, body)
    return graph


def _derived(dataset: Dataset) -> list[Statement]:
    """Return what can be asserted of what is derived, if it is not too much to be held."""
    most = settings.number("CROSSWALK_MAX_INFERRED")
    found: list[Statement] = []
    for one in inference.derived(inference.build(dataset)):
        if inference.weakened(one.relations) is None:
            continue
        if len(found) == most:
            raise DataError(
                f"more than {most} mappings follow from the rows, the limit of an inferred graph",
                remedy="Export them from one edition to another (`crosswalk mappings export "
                "--derived --from … --to …`), or raise CROSSWALK_MAX_INFERRED: "
                "100000 mappings take about half a gigabyte.",
            )
        found.append(one)
    return found
