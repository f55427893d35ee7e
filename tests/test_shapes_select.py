"""SPARQL constraints asked once for all focus nodes: as SHACL says, and as pySHACL answers."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk.errors import DataError
from crosswalk.shapes import read
from crosswalk.shapes.plan import Plan, compiled
from crosswalk.shapes.values import Predicate, Result

FOREIGN = Path(__file__).parent / "data/foreign/shacl/sparql"
SUITE = sorted(FOREIGN.glob("*/*.ttl"))
SH = "http://www.w3.org/ns/shacl#"
MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
FAILURE = ox.NamedNode("http://www.w3.org/ns/shacl-test#Failure")
PREFIXES = """
@prefix : <urn:x:> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:o> sh:declare [ sh:prefix "" ; sh:namespace "urn:x:"^^xsd:anyURI ] .
"""
PREPARED: dict[str, Any] = {}
Row = tuple[str, str, str, str, str]


def parsed(text: str) -> list[ox.Triple]:
    return [
        ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(text, ox.RdfFormat.TURTLE)
    ]


def store_of(triples: Iterable[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return store


def results(plan: Plan, store: ox.Store) -> list[Result]:
    return plan.results(lambda text: [tuple(row) for row in store.query(text)])  # type: ignore[union-attr]


def row(result: Result) -> Row:
    path = result.path.iri.value if isinstance(result.path, Predicate) else ""
    value = "" if result.value is None else result.value.value
    return (result.focus.value, path, value, result.component.value, result.shape.value)


def by_pyshacl(triples: list[ox.Triple], shapes: list[ox.Triple]) -> Counter[Row]:
    import pyshacl
    from rdflib import RDF, Graph, URIRef
    from rdflib import SH as NS
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.term import Node

    class Prepared(Graph):
        """A graph for which a text is parsed once, not once for each focus node."""

        def query(self, query_object: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if query_object not in PREPARED:
                PREPARED[query_object] = prepareQuery(query_object)
            return super().query(PREPARED[query_object], *args, **kwargs)

    def graph(held: list[ox.Triple]) -> Graph:
        return Prepared().parse(data=ox.serialize(held, format=ox.RdfFormat.N_TRIPLES), format="nt")

    _, report, _ = pyshacl.validate(
        graph(triples), shacl_graph=graph(shapes), inference="none", advanced=True, inplace=True
    )

    def said(node: Node, name: URIRef) -> str:
        found = report.value(node, name)
        return "" if found is None else str(found)

    names = (NS.focusNode, NS.resultPath, NS.value, NS.sourceConstraintComponent)
    return Counter(
        (*(said(node, n) for n in names), said(node, NS.sourceShape))  # type: ignore[misc]
        for node in report.subjects(RDF.type, NS.ValidationResult)
    )


def constraint(body: str, *, shown: str = "$this ?value", target: str = "sh:targetClass :C") -> str:
    return (
        f"{PREFIXES} :S a sh:NodeShape ; {target} ; sh:sparql [ sh:prefixes <urn:o> ; "
        f'sh:select """SELECT {shown} WHERE {{ {body} }}""" ] .'
    )


@pytest.mark.parametrize("path", SUITE, ids=lambda path: path.stem)
def test_the_w3c_suite_of_shacl_sparql_gives_the_results_it_states(path: Path) -> None:
    triples = [
        ox.Triple(q.subject, q.predicate, q.object)
        for q in ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri="urn:x:suite")
    ]
    store = store_of(triples)

    def said(node: Any, name: str) -> Any:  # noqa: ANN401
        found = list(store.quads_for_pattern(node, ox.NamedNode(name), None))
        return found[0].object if found else None

    (entry,) = (
        q.subject for q in store.quads_for_pattern(None, ox.NamedNode(MANIFEST + "result"), None)
    )
    wanted = said(entry, MANIFEST + "result")
    if wanted == FAILURE:
        with pytest.raises(DataError):
            compiled(read(triples))
        return
    names = ("focusNode", "resultPath", "value", "sourceConstraintComponent", "sourceShape")
    stated = Counter(
        tuple(said(q.object, SH + name) for name in names)
        for q in store.quads_for_pattern(wanted, ox.NamedNode(SH + "result"), None)
    )

    plan = compiled(read(triples))
    found = Counter(
        (r.focus, r.path_term, r.value, r.component, r.shape) for r in results(plan, store)
    )

    if path.stem == "shapesGraph-001":
        assert "$shapesGraph" in plan.left[0][1]
        return
    assert (plan.left, found) == ((), stated)


BODIES = {
    "this in a filter alone": "FILTER($this = :a || $this = :n1) BIND(1 AS ?value)",
    "this bound in an inner group": ("$this :p ?value . { BIND($this AS ?x) } FILTER(?x = ?value)"),
    "this in one branch": (
        "{ $this :p ?value } UNION { ?value :q :a } UNION { BIND($this AS ?value) }"
    ),
    "an OPTIONAL that this is not beside": "OPTIONAL { ?value :p $this } ",
    "an OPTIONAL with a filter on what is beside": (
        "$this :p ?v OPTIONAL { ?value :q ?w FILTER(?w = $this) }"
    ),
    "NOT EXISTS of one pattern": "$this :p ?value FILTER NOT EXISTS { ?value :q ?x }",
    "NOT EXISTS of a join": "$this :p ?value FILTER NOT EXISTS { ?value :q ?x . ?x :p ?y }",
    "NOT EXISTS of a join on a bound value": (
        "$this :p ?value . $this :q ?z BIND(?z AS ?m) FILTER NOT EXISTS { $this :p ?x . ?x :q "
        "?y FILTER(?y = ?m) }"
    ),
    "NOT EXISTS beside an OPTIONAL": (
        "$this :p ?v OPTIONAL { ?v :q ?value } FILTER NOT EXISTS { ?v :p ?x . ?x :q ?y "
        "FILTER(?y = ?value) }"
    ),
    "NOT EXISTS that shares what may be unbound": (
        "$this :p ?v OPTIONAL { ?v :q ?value } FILTER NOT EXISTS { ?value :p ?x . ?x :q ?y }"
    ),
    "NOT EXISTS without a shared variable": (
        "$this :p ?value FILTER NOT EXISTS { ?x :q ?y . ?y :q ?z }"
    ),
    "NOT EXISTS beside a UNION that leaves one unbound": (
        "{ $this :p ?value } UNION { $this :q ?w } FILTER NOT EXISTS { $this :p ?x . ?x :q ?y "
        "FILTER(?y = ?value) }"
    ),
    "NOT EXISTS of an OPTIONAL": (
        "$this :p ?value FILTER NOT EXISTS { $this :p ?x . ?x :q ?y OPTIONAL { ?y :p ?z } "
        "FILTER(!BOUND(?z) || ?z = ?value) }"
    ),
    "EXISTS of a join": "$this :p ?value FILTER EXISTS { ?value :p ?x . ?x :q ?y }",
    "EXISTS of a join on a filter": (
        "$this :p ?value . $this :q ?m FILTER EXISTS { ?value :p ?x . ?x :q ?y FILTER(?y != ?m) }"
    ),
    "EXISTS in a condition": (
        "$this :p ?value FILTER(?value = :a || EXISTS { ?value :q ?x . ?x :q ?y })"
    ),
    "a negated EXISTS": (
        "$this :p ?value FILTER(!EXISTS { ?value :q ?x . ?x :q ?y } && ?value != :b)"
    ),
    "OPTIONAL and !BOUND of a join": (
        "$this :p ?value OPTIONAL { ?value :q ?x . ?x :p ?y } FILTER(!BOUND(?x))"
    ),
    "OPTIONAL, !BOUND, and its variable elsewhere": (
        "$this :p ?value OPTIONAL { ?value :q ?x . ?x :p ?y } FILTER(!BOUND(?x)) "
        "FILTER(!BOUND(?y) || ?y = :a)"
    ),
    "two OPTIONALs and a join after": (
        "$this :p ?value OPTIONAL { ?value :q ?x . ?x :p ?y } ?z :p $this . FILTER(!BOUND(?x) "
        "&& ?z != ?value)"
    ),
    "a variable used once": "$this :p ?value ; :q ?some . ?value :q ?other .",
    "a nested SELECT": (
        "$this :p ?value { SELECT $this ?x WHERE { $this :q ?x } } FILTER(?x != ?value)"
    ),
    "a nested SELECT that counts": (
        "$this :p ?value { SELECT $this (COUNT(?x) AS ?n) WHERE { $this :q ?x } GROUP BY "
        "$this } FILTER(?n > 1)"
    ),
    "paths": "$this :p/:q* ?value . ?value ^:q|:p ?x",
    "a negated property set": "$this !(:p|:q) ?value",
    "blank nodes and lists": "$this :p [ :q ?value ; :p [] ]",
    "a predicate as variable": "$this ?path ?value FILTER(?path != :p)",
}


NODES = tuple(ox.NamedNode(f"urn:x:{name}") for name in ("a", "b", "n1", "n2"))
P, Q = (ox.NamedNode(f"urn:x:{name}") for name in "pq")
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
CLASS = ox.NamedNode("urn:x:C")
LINKS = st.builds(
    ox.Triple, st.sampled_from(NODES), st.sampled_from((P, Q)), st.sampled_from(NODES)
)
MEMBERS = st.builds(ox.Triple, st.sampled_from(NODES), st.just(TYPE), st.just(CLASS))
GRAPHS = st.lists(
    st.one_of(LINKS, LINKS, LINKS, LINKS, MEMBERS), unique=True, min_size=3, max_size=16
)


@functools.cache
def _every_body() -> tuple[list[ox.Triple], Plan]:
    text = PREFIXES
    for number, body in enumerate(BODIES.values()):
        shown = "$this ?path ?value" if "?path" in body else "$this ?value"
        text += (
            f":S{number} a sh:NodeShape ; sh:targetClass :C ; sh:sparql [ sh:prefixes <urn:o> ; "
            f'sh:select """SELECT {shown} WHERE {{ {body} }}""" ] .\n'
        )
    triples = parsed(text)
    return triples, compiled(read(triples))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(triples=GRAPHS)
def test_constraints_asked_of_all_give_what_each_focus_node_gives(triples: list[ox.Triple]) -> None:
    shapes, plan = _every_body()

    found = Counter(map(row, results(plan, store_of(triples))))

    assert plan.left == ()
    assert found == by_pyshacl(triples, shapes)
