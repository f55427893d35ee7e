"""Results renewed after a change are those of a full run, and little is asked for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk.namespaces import expand
from crosswalk.shapes import read
from crosswalk.shapes.incremental import Incremental, Prepared
from crosswalk.shapes.values import Result, Term
from test_shapes_select import BODIES, PREFIXES, parsed

CORE = """
:AtLeast a sh:NodeShape ; sh:targetClass :C ;
    sh:property [ sh:path :p ; sh:minCount 1 ; sh:maxCount 2 ] .
:Inverse a sh:NodeShape ; sh:targetClass :C ;
    sh:property [ sh:path [ sh:inversePath :q ] ; sh:minCount 1 ] .
:Long a sh:NodeShape ; sh:targetClass :C ;
    sh:property [ sh:path ( :p [ sh:alternativePath ( :q :p ) ] ) ; sh:class :C ] .
:Walked a sh:NodeShape ; sh:targetClass :C ;
    sh:property [ sh:path [ sh:zeroOrMorePath :p ] ; sh:maxCount 2 ] .
:Far a sh:NodeShape ; sh:targetClass :C ;
    sh:property [ sh:path ( [ sh:oneOrMorePath :q ] [ sh:zeroOrOnePath :p ] ) ; sh:class :D ] .
:Nested a sh:NodeShape ; sh:targetClass :C ; sh:property [ sh:path :p ; sh:node :Inner ] .
:Inner a sh:NodeShape ; sh:property [ sh:path :q ; sh:minCount 1 ; sh:class :D ] .
:Either a sh:NodeShape ; sh:targetClass :C ;
    sh:or ( :Inner [ sh:property [ sh:path :p ; sh:hasValue :a ] ] ) .
:Never a sh:NodeShape ; sh:targetSubjectsOf :q ;
    sh:not [ sh:property [ sh:path ( :q :q ) ; sh:minCount 1 ] ] .
:Some a sh:NodeShape ; sh:targetObjectsOf :p ;
    sh:property [ sh:path :q ; sh:qualifiedValueShape :Inner ; sh:qualifiedMinCount 1 ] .
:Compared a sh:NodeShape ; sh:targetClass :D ;
    sh:property [ sh:path :p ; sh:disjoint :q ] ; sh:property [ sh:path :q ; sh:equals :p ] .
:Closed a sh:NodeShape ; sh:targetNode :n1 , :n2 ; sh:closed true ; sh:property [ sh:path :p ] .
:Deep a sh:NodeShape ; sh:targetClass :D ; sh:property [ sh:path :p ; sh:property [ sh:path :q ;
    sh:sparql [ sh:prefixes <urn:o> ;
        sh:select "SELECT $this ?value { $this $PATH ?value . ?value :p ?x }" ] ] ] .
"""
NODES = (*(ox.NamedNode(f"urn:x:{n}") for n in ("a", "b", "n1", "n2")), ox.BlankNode("n3"))
LINKS = tuple(ox.NamedNode(f"urn:x:{name}") for name in "pq")
CLASSES = tuple(ox.NamedNode(f"urn:x:{name}") for name in "CD")
TYPE, SUBCLASS = ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("rdfs:subClassOf"))
ANY = st.one_of(
    *[st.builds(ox.Triple, *map(st.sampled_from, (NODES, LINKS, NODES)))] * 6,
    st.builds(ox.Triple, st.sampled_from(NODES), st.just(TYPE), st.sampled_from(CLASSES)),
    st.builds(ox.Triple, st.just(CLASSES[1]), st.just(SUBCLASS), st.just(CLASSES[0])),
)
CHANGES = st.lists(st.lists(ANY, min_size=1, max_size=4, unique=True), min_size=1, max_size=3)


def all_shapes() -> str:
    text = PREFIXES + CORE
    for number, body in enumerate(BODIES.values()):
        shown = "$this ?path ?value" if "?path" in body else "$this ?value"
        text += (
            f":S{number} a sh:NodeShape ; sh:targetClass :C ; sh:sparql [ sh:prefixes <urn:o> ; "
            f'sh:select """SELECT {shown} WHERE {{ {body} }}""" ] .\n'
        )
    return text


SHAPES = Prepared.of(read(parsed(all_shapes())))


def key(result: Result) -> tuple[object, ...]:
    return (
        result.targeted,
        result.focus,
        result.path,
        result.value,
        result.component,
        result.shape,
    )


class Held:
    """A store that changes, and what is asked of it."""

    def __init__(self, triples: Sequence[ox.Triple]) -> None:
        self.store = ox.Store()
        self.asked: list[str] = []
        self.change(triples, ())

    def ask(self, text: str) -> list[tuple[Term | None, ...]]:
        self.asked.append(text)
        return [tuple(row) for row in self.store.query(text)]  # type: ignore[union-attr]

    def change(self, added: Sequence[ox.Triple], removed: Sequence[ox.Triple]) -> None:
        for triple in removed:
            self.store.remove(ox.Quad(triple.subject, triple.predicate, triple.object))
        for triple in added:
            self.store.add(ox.Quad(triple.subject, triple.predicate, triple.object))

    def has(self, triple: ox.Triple) -> bool:
        return ox.Quad(triple.subject, triple.predicate, triple.object) in self.store


@settings(max_examples=40, deadline=None, derandomize=True)
@given(first=st.lists(ANY, unique=True, min_size=4, max_size=18), changes=CHANGES)
def test_renewed_results_are_those_of_a_full_run(
    first: list[ox.Triple], changes: list[list[ox.Triple]]
) -> None:
    held = Held(first)
    kept = Incremental(SHAPES, held.ask)

    for change in changes:
        removed = [triple for triple in change if held.has(triple)]
        added = [triple for triple in change if not held.has(triple)]
        held.change(added, removed)
        kept.changed(added, removed)

        assert Counter(map(key, kept)) == Counter(map(key, kept.plan.results(held.ask)))
