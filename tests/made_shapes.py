"""Random shapes and random data, small enough that a shape often finds something."""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["PREFIXES", "data", "shapes"]

PREFIXES = """
@prefix : <urn:x:> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NODES = [":a", ":b", ":c", ":d"]
PROPERTIES = [":p", ":q", ":r"]
CLASSES = [":C", ":D", ":E"]
LITERALS = [
    *('"x"', '"y"', '"xy"@en', '"x"@de', '"y"@en', '"z"@en-GB', '""'),
    *("1", "2", '"01"^^xsd:integer', "1.0", '"0.70"^^xsd:decimal', '"x"^^xsd:integer'),
    *('"5"^^xsd:int', '"300"^^xsd:byte', "true", '"1"^^xsd:boolean'),
    *('"2026-01-01"^^xsd:date', '"2026-02-01"^^xsd:date', '"2026-13-01"^^xsd:date'),
    *('"2026-01-01T00:00:00Z"^^xsd:dateTime', '"2026-01-01T00:00:00.0Z"^^xsd:dateTime'),
]
COMPARED = ["1", "2", '"01"^^xsd:integer', '"5"^^xsd:int', "1.5", "7"]
"""What an order is asked of: where pySHACL and SPARQL agree on the order."""


def _triple(subject: str, predicate: str, held: str) -> str:
    return f"{subject} {predicate} {held} ."


nodes = st.sampled_from([*NODES, "_:b", "_:c"])
statements = st.one_of(
    st.builds(_triple, nodes, st.sampled_from(PROPERTIES), st.sampled_from([*NODES, *LITERALS])),
    st.builds(_triple, nodes, st.sampled_from(PROPERTIES), nodes),
    st.builds(_triple, nodes, st.just("a"), st.sampled_from(CLASSES)),
    st.builds(_triple, nodes, st.sampled_from([":m", ":n"]), st.sampled_from(COMPARED)),
)
data = st.builds(
    lambda lines, tree: "\n".join([PREFIXES, *lines, *tree]),
    st.lists(statements, min_size=1, max_size=20),
    st.lists(st.sampled_from([":D rdfs:subClassOf :C .", ":E rdfs:subClassOf :D ."]), max_size=2),
)

steps = st.recursive(
    st.sampled_from(PROPERTIES),
    lambda inner: st.one_of(
        st.builds("[ sh:inversePath {} ]".format, inner),
        st.builds("[ sh:zeroOrMorePath {} ]".format, inner),
        st.builds("[ sh:oneOrMorePath {} ]".format, inner),
        st.builds("[ sh:zeroOrOnePath {} ]".format, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
    ),
    max_leaves=3,
)
paths = st.one_of(steps, st.builds("( {} {} )".format, steps, steps))
"""No inverse of a sequence, whose steps pySHACL does not turn round."""
terms = st.sampled_from([*NODES, *LITERALS])
of_values = st.one_of(
    st.builds("sh:class {}".format, st.sampled_from(CLASSES)),
    st.builds(
        "sh:datatype xsd:{}".format,
        st.sampled_from(["string", "integer", "decimal", "boolean", "date", "dateTime", "int"]),
    ),
    st.just("sh:datatype rdf:langString"),
    st.builds(
        "sh:nodeKind sh:{}".format,
        st.sampled_from(["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral"]),
    ),
    st.builds("sh:minLength {}".format, st.integers(1, 3)),
    st.builds("sh:maxLength {}".format, st.integers(0, 10)),
    st.sampled_from(['sh:pattern "^x"', 'sh:pattern "X" ; sh:flags "i"', 'sh:pattern "[0-9]"']),
    st.sampled_from(['sh:languageIn ( "en" )', 'sh:languageIn ( "de" "en" )']),
    st.builds(lambda some: f"sh:in ( {' '.join(some)} )", st.lists(terms, max_size=4)),
    st.builds("sh:hasValue {}".format, terms),
    st.builds("sh:equals {}".format, st.sampled_from(PROPERTIES)),
    st.builds("sh:disjoint {}".format, st.sampled_from(PROPERTIES)),
)
of_numbers = st.builds(
    "sh:{} {}".format,
    st.sampled_from(["minInclusive", "minExclusive", "maxInclusive", "maxExclusive"]),
    st.sampled_from(["1", "2", "1.5"]),
)
of_counts = st.one_of(
    st.builds("sh:minCount {}".format, st.integers(0, 3)),
    st.builds("sh:maxCount {}".format, st.integers(0, 2)),
    st.just("sh:uniqueLang true"),
)


def _joined(constraints: list[str]) -> str:
    """Return constraints of which each parameter stands once."""
    return " ; ".join({one.split()[0]: one for one in constraints}.values())


def _bodies(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return shapes that refer to shapes."""
    logic = st.one_of(
        of_values,
        st.builds("sh:not {}".format, inner),
        st.builds("sh:and ( {} {} )".format, inner, inner),
        st.builds("sh:or ( {} {} )".format, inner, inner),
        st.builds("sh:xone ( {} {} )".format, inner, inner),
    )
    qualified = st.builds(
        "sh:qualifiedValueShape {} ; sh:{} {}".format,
        inner,
        st.sampled_from(["qualifiedMinCount", "qualifiedMaxCount"]),
        st.integers(0, 2),
    )
    node = st.builds(
        lambda some: f"[ a sh:NodeShape ; {_joined(some)} ]",
        st.lists(logic, min_size=1, max_size=2),
    )
    compared = st.builds(
        "[ sh:path {} ; {} ]".format,
        st.sampled_from([":m", ":n"]),
        st.one_of(of_numbers, st.sampled_from(["sh:lessThan :m", "sh:lessThanOrEquals :n"])),
    )
    prop = st.builds(
        lambda path, some: f"[ sh:path {path} ; {_joined(some)} ]",
        paths,
        st.lists(st.one_of(logic, of_counts, qualified), min_size=1, max_size=3),
    )
    nested = st.one_of(
        st.builds("[ a sh:NodeShape ; sh:property {} ]".format, prop),
        st.builds("[ a sh:NodeShape ; sh:node [ a sh:NodeShape ; sh:property {} ] ]".format, prop),
    )
    return st.one_of(node, prop, compared, nested)


shape = st.recursive(
    st.builds(
        lambda some: f"[ a sh:NodeShape ; {_joined(some)} ]",
        st.lists(of_values, min_size=1, max_size=2),
    ),
    _bodies,
    max_leaves=5,
)
targets = st.one_of(
    st.builds("sh:targetClass {}".format, st.sampled_from(CLASSES)),
    st.builds("sh:targetNode {}".format, st.sampled_from([*NODES, ":e", '"x"', "1.0"])),
    st.builds("sh:targetSubjectsOf {}".format, st.sampled_from(PROPERTIES)),
    st.builds("sh:targetObjectsOf {}".format, st.sampled_from(PROPERTIES)),
)


def _targeted(number: int, aims: list[str], inner: str, closed: bool) -> str:
    by = "sh:property" if inner.startswith("[ sh:path") else "sh:node"
    more = " sh:closed true ; sh:ignoredProperties ( rdf:type ) ;" if closed else ""
    return f":S{number} a sh:NodeShape ; {' ; '.join(aims)} ;{more} {by} {inner} ."


shapes = st.builds(
    lambda some: "\n".join([PREFIXES, *(_targeted(n, *one) for n, one in enumerate(some))]),
    st.lists(
        st.tuples(st.lists(targets, min_size=1, max_size=2), shape, st.booleans()),
        min_size=1,
        max_size=2,
    ),
)
