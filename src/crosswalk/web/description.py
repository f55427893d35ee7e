"""What the service says of itself: its description, and of the data it holds (VoID).

.. seealso:: SPARQL 1.1 Service Description; VoID, section 7.2 "Discovery with well-known URI"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from crosswalk.namespaces import BASE, expand, prefixes

__all__ = ["Facts", "service_description", "void_description"]

RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
    "TriG",
    "N-Quads",
)
VOCABULARIES = ("cw", "skos", "sssom", "dcterms", "prov", "owl")
FEATURES = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads")
INPUT_FORMATS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads")


def service_description(
    endpoint: str, graphs: Mapping[str, int], *, updates: bool, union: bool, default: int = 0
) -> Iterator[ox.Triple]:
    """Yield the description of a SPARQL service, as triples.

    :param endpoint: the absolute address at which it answers.
    :param graphs: named graph → number of its triples, of the caller's dataset.
    :param updates: whether the caller may update there.
    :param union: whether the default graph is the union of the named ones.
    :param default: the number of triples of a default graph of its own.
    """
    service, dataset, plain = ox.BlankNode(), ox.BlankNode(), ox.BlankNode()
    yield _said(service, "rdf:type", _node("sd:Service"))
    yield _said(service, "sd:endpoint", ox.NamedNode(endpoint))
    yield _said(service, "sd:supportedLanguage", _node("sd:SPARQL11Query"))
    if updates:
        yield _said(service, "sd:supportedLanguage", _node("sd:SPARQL11Update"))
    if union:
        yield _said(service, "sd:feature", _node("sd:UnionDefaultGraph"))
    for name in RESULT_FORMATS:
        yield _said(service, "sd:resultFormat", _node(f"formats:{name}"))
    for name in INPUT_FORMATS:
        yield _said(service, "sd:inputFormat", _node(f"formats:{name}"))
    yield _said(service, "sd:defaultDataset", dataset)
    yield _said(dataset, "rdf:type", _node("sd:Dataset"))
    yield _said(dataset, "sd:defaultGraph", plain)
    yield _said(plain, "rdf:type", _node("sd:Graph"))
    yield _said(plain, "void:triples", _number(sum(graphs.values()) if union else default))
    for name, triples in sorted(graphs.items()):
        named, graph = ox.BlankNode(), ox.BlankNode()
        yield _said(dataset, "sd:namedGraph", named)
        yield _said(named, "rdf:type", _node("sd:NamedGraph"))
        yield _said(named, "sd:name", ox.NamedNode(name))
        yield _said(named, "sd:graph", graph)
        yield _said(graph, "rdf:type", _node("sd:Graph"))
        yield _said(graph, "void:triples", _number(triples))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of the data.

    :param graphs: named graph → number of its triples.
    :param licences: under which its parts are.
    :param example: one of the things it tells of.
    """

    graphs: Mapping[str, int]
    licences: tuple[str, ...] = ()
    example: str | None = None


def void_description(address: str, endpoint: str, facts: Facts) -> Iterator[ox.Triple]:
    """Yield the description of the caller's dataset, as triples.

    :param address: the absolute address of the description itself.
    """
    graphs = facts.graphs
    here, dataset = ox.NamedNode(address), ox.NamedNode(address + "#dataset")
    yield _said(here, "rdf:type", _node("void:DatasetDescription"))
    yield _said(here, "foaf:primaryTopic", dataset)
    yield _said(dataset, "rdf:type", _node("void:Dataset"))
    yield _said(dataset, "dcterms:title", ox.Literal("Crosswalk", language="en"))
    yield _said(dataset, "void:sparqlEndpoint", ox.NamedNode(endpoint))
    yield _said(dataset, "void:uriSpace", ox.Literal(BASE))
    for name in VOCABULARIES:
        yield _said(dataset, "void:vocabulary", ox.NamedNode(prefixes()[name]))
    for name in FEATURES:
        yield _said(dataset, "void:feature", _node(f"formats:{name}"))
    for licence in facts.licences:
        yield _said(dataset, "dcterms:license", ox.NamedNode(licence))
    if facts.example:
        yield _said(dataset, "void:exampleResource", ox.NamedNode(facts.example))
    yield _said(dataset, "void:triples", _number(sum(graphs.values())))
    for name, triples in sorted(graphs.items()):
        part = ox.NamedNode(name)
        yield _said(dataset, "void:subset", part)
        yield _said(part, "rdf:type", _node("void:Dataset"))
        yield _said(part, "void:triples", _number(triples))


def _node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


def _number(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=_node("xsd:integer"))


def _said(
    subject: ox.NamedNode | ox.BlankNode,
    predicate: str,
    value: ox.NamedNode | ox.BlankNode | ox.Literal,
) -> ox.Triple:
    return ox.Triple(subject, _node(predicate), value)
