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
from crosswalk.shapes.algebra import Unreadable, read_query, written
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


def found(shapes: str, data: str) -> list[tuple[str, str, str]]:
    """Return the focus, value and messages of each result, in order."""
    plan = compiled(read(parsed(PREFIXES + shapes)))
    assert plan.left == ()
    return sorted(
        (r.focus.value, r.value.value if r.value else "", " / ".join(m.value for m in r.messages))
        for r in results(plan, store_of(parsed(PREFIXES + data)))
    )


def test_a_message_is_filled_in_from_the_row_that_it_tells_of() -> None:
    shapes = """
    :S a sh:NodeShape ; sh:targetClass :C ; sh:message "of the shape"@en ; sh:sparql [
        sh:prefixes <urn:o> ; sh:message "{?this} has {$value} and {?n}, not {?other}" ;
        sh:select '''SELECT $this ?value (COUNT(?x) AS ?n) { $this :p ?value . ?value :q ?x }
                     GROUP BY $this ?value''' ] .
    """

    rows = found(shapes, ":a a :C ; :p :b . :b :q 1 , 2 . :c :p :b .")

    assert rows == [
        ("urn:x:a", "urn:x:b", "urn:x:a has urn:x:b and 2, not {?other} / of the shape")
    ]


def test_a_group_is_counted_for_each_focus_node() -> None:
    shapes = """
    :S a sh:NodeShape ; sh:targetClass :C , :D ; sh:sparql [ sh:prefixes <urn:o> ;
        sh:select '''SELECT $this (COUNT(?x) AS ?value) { OPTIONAL { $this :p ?x } }
                     GROUP BY $this HAVING (COUNT(?x) != 1)''' ] .
    """

    rows = found(shapes, ":a a :C , :D ; :p 1 , 2 . :b a :C . :c a :D ; :p 3 .")

    assert [row[:2] for row in rows] == [("urn:x:a", "2"), ("urn:x:b", "0")]


def test_a_constraint_of_a_nested_property_shape_has_its_own_focus_and_path() -> None:
    shapes = """
    :S a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; sh:property [
        sh:path ( :q [ sh:inversePath :q ] ) ; sh:sparql [ sh:prefixes <urn:o> ;
        sh:select "SELECT $this ?value { $this $PATH ?value . FILTER(?value != $this) }" ] ] ] .
    """

    rows = found(shapes, ":a a :C ; :p :b . :b :q :z . :d :q :z . :e :q :z . :a :q :z .")

    assert [row[:2] for row in rows] == [
        ("urn:x:b", "urn:x:a"),
        ("urn:x:b", "urn:x:d"),
        ("urn:x:b", "urn:x:e"),
    ]


COMPONENT = """
:Component a sh:ConstraintComponent ;
    sh:parameter [ sh:path :least ] , [ sh:path :unless ; sh:optional true ] ;
    sh:validator [ a sh:SPARQLAskValidator ; sh:prefixes <urn:o> ;
        sh:message "{$value} is less than {?least}" ; sh:ask "ASK { %s }" ] .
:S a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; :least 5 ; :unless :mark ] .
"""


@pytest.mark.parametrize(
    "body",
    [
        "FILTER($value >= $least)",
        "{ FILTER($value >= $least) } UNION { $this :mark true . FILTER($unless = :mark) }",
        "{ FILTER($value >= $least) } UNION { $this $unless true }",
    ],
)
def test_an_ask_is_asked_of_each_value_with_its_parameters(body: str) -> None:
    data = ":a a :C ; :p 4 , 6 . :b a :C ; :p 3 ; :mark true ."

    rows = found(COMPONENT % body, data)

    spared = [] if body.startswith("FILTER") else ["urn:x:b"]
    wanted = [
        ("urn:x:a", "4", "4 is less than 5"),
        ("urn:x:b", "3", "3 is less than 5"),
    ]
    assert rows == [row for row in wanted if row[0] not in spared]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("$this :p ?value } LIMIT 1 #", "LIMIT"),
        ("GRAPH $shapesGraph { $currentShape :p ?value }", "shapesGraph"),
        ("$this :p ?value FILTER(<urn:x:unknown>(?value))", "engine"),
        ("$this undeclared:p ?value", "undeclared"),
    ],
)
def test_what_is_not_understood_is_left_and_said(body: str, why: str) -> None:
    plan = compiled(read(parsed(constraint(body))))

    assert plan.parts == ()
    assert why in plan.left[0][1]


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?a WHERE { ?a <urn:p> ?b ; <urn:q> 1.5 , -2 , "x"@en , "1"^^<urn:t> . }',
        "SELECT DISTINCT ?a (COUNT(*) AS ?n) { ?a (<urn:p>|^<urn:q>)+/<urn:r>? ?b } GROUP BY ?a",
        "ASK { ?b !(<urn:r>|^<urn:s>) ?c }",
        "ASK { FILTER(?a<3 &&?b>=4||!BOUND(?c)) { ?a ?p [] } UNION { OPTIONAL { ?b a ?c } } }",
        "SELECT * { VALUES (?a ?b) { (1 UNDEF) } BIND(?a+1 AS ?c) FILTER NOT EXISTS { ?a ?b ?c } }",
    ],
)
def test_a_query_that_is_written_reads_as_the_same(text: str) -> None:
    query = read_query(text, {})

    again = read_query(written(query), {})

    assert written(again) == written(query)


def test_a_comparison_that_could_be_an_iri_is_not_guessed() -> None:
    with pytest.raises(Unreadable):
        read_query("ASK { FILTER(?a<?b&&?c>?d) }", {})
