"""Validation by pySHACL: what the compiled shapes leave, and the oracle that they are held to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import pyoxigraph as ox

from crosswalk.namespaces import expand
from crosswalk.shapes import Shapes
from crosswalk.shapes.values import Named, TargetKind

if TYPE_CHECKING:
    from rdflib import Graph

__all__ = ["merged", "report", "shapes_graph"]


def report(triples: Iterable[ox.Triple], shapes: Graph) -> Graph:
    """Return the report of pySHACL on some triples."""
    import pyshacl
    from rdflib import Graph

    data = _prepared_graph()
    data.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    _, results, text = pyshacl.validate(
        data,
        shacl_graph=shapes,
        inference="none",
        advanced=True,
        inplace=True,
        do_owl_imports=False,
    )
    if not isinstance(results, Graph):
        raise TypeError(f"pySHACL did not validate: {text}")
    return results


def shapes_graph(shapes: Shapes, wanted: Collection[Named]) -> Graph:
    """Return the graph of some shapes, in which only those that are wanted have targets."""
    from rdflib import Graph

    targets = {expand(f"sh:{kind.value}") for kind in TargetKind}
    kind, cls = expand("rdf:type"), expand("rdfs:Class")
    triples = [
        ox.Triple(subject, predicate, held)
        for subject, said in shapes.graph.items()
        for predicate, held in said
        if subject not in shapes.shapes
        or subject in wanted
        or not (
            predicate.value in targets
            or (predicate.value == kind and isinstance(held, ox.NamedNode) and held.value == cls)
        )
    ]
    graph = Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    return graph


def merged(triples: Iterable[ox.Triple], other: Graph) -> list[ox.Triple]:
    """Return one report of two: the triples of the first, the results of the other."""
    result, conforms = expand("sh:result"), ox.NamedNode(expand("sh:conforms"))
    kind, whole = ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("sh:ValidationReport"))
    first = list(triples)
    head = next(t.subject for t in first if t.predicate == kind and t.object == whole)
    text = other.serialize(format="nt", encoding="utf-8")
    second = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]
    found = [
        t
        for t in [*first, *second]
        if t.predicate != conforms and not (t.predicate == kind and t.object == whole)
    ]
    found = [
        ox.Triple(head, t.predicate, t.object) if t.predicate.value == result else t for t in found
    ]
    sound = not any(t.predicate.value == result for t in found)
    return [
        ox.Triple(head, kind, whole),
        ox.Triple(head, conforms, ox.Literal(sound)),
        *found,
    ]


def _prepared_graph() -> Graph:
    """Return a graph that parses each query text once.

    pySHACL asks the text of a SPARQL constraint anew for each focus node, and rdflib parses it
    anew each time: two thirds of the time of a validation, measured.
    """
    from rdflib import Graph
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.sparql import Query
    from rdflib.query import Result

    prepared: dict[tuple[str, tuple[tuple[str, str], ...]], Query] = {}

    class Prepared(Graph):
        def query(self, query_object: object, *args: object, **kwargs: object) -> Result:
            if isinstance(query_object, str):
                raw = kwargs.pop("initNs", None)
                spaces = dict(raw) if isinstance(raw, dict) else dict(self.namespaces())
                key = (query_object, tuple(sorted((str(k), str(v)) for k, v in spaces.items())))
                if key not in prepared:
                    prepared[key] = prepareQuery(query_object, initNs=spaces)
                query_object = prepared[key]
            return super().query(query_object, *args, **kwargs)  # type: ignore[arg-type]

    return Prepared()
