"""Results renewed after a change are those of a full run, and little is asked for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import resources
from crosswalk.namespaces import BASE, cw, expand
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


OURS = Prepared.of(read([resources.ontology_dir() / "shapes" / "organisation.ttl"]))
RUN = ox.Triple(
    ox.NamedNode(f"{BASE}run"),
    ox.NamedNode(cw("asOf")),
    ox.Literal("2026-11-20", datatype=ox.NamedNode(expand("xsd:date"))),
)


@pytest.fixture(scope="module")
def example() -> Held:
    triples = [RUN]
    for path in sorted(resources.examples_dir().glob("x-corporation/*.ttl")):
        triples += [ox.Triple(q.subject, q.predicate, q.object) for q in ox.parse(path=path)]
    return Held(triples)


def test_each_item_of_an_organisation_can_go_and_come_back(example: Held) -> None:
    kept = Incremental(OURS, example.ask)
    first = Counter(map(key, kept))
    items: dict[object, list[ox.Triple]] = {}
    for quad in example.store:
        triple = ox.Triple(quad.subject, quad.predicate, quad.object)
        items.setdefault(quad.subject, []).append(triple)

    for number, item in enumerate(sorted(items, key=str)):
        if number % 12:
            continue
        for added, removed in (((), items[item]), (items[item], ())):
            example.change(added, removed)
            kept.changed(added, removed)
            if removed:
                full = kept.plan.results(example.ask)
                assert Counter(map(key, kept)) == Counter(map(key, full)), item

    assert Counter(map(key, kept)) == first


def test_a_new_label_touches_what_it_names_and_what_is_measured_by_it(example: Held) -> None:
    example.asked.clear()
    kept = Incremental(OURS, example.ask)
    everything = len(example.asked)
    item = next(
        quad.subject
        for quad in example.store.quads_for_pattern(None, TYPE, ox.NamedNode(cw("EvidenceItem")))
    )
    label = ox.Triple(item, ox.NamedNode(expand("rdfs:label")), ox.Literal("renamed"))
    example.change([label], [])
    example.asked.clear()

    renewal = kept.changed([label])

    assert {node for nodes in renewal.touched.values() for node in nodes or ()} == {item}
    assert len(example.asked) < everything / 10
    example.change([], [label])


def test_only_a_change_that_reaches_all_is_said_to_touch_all() -> None:
    found = {
        reading.predicate.rpartition("#")[2].rstrip(">")
        for readings_ in OURS.readings.by_predicate.values()
        for reading in readings_
        if reading.chain is None and reading.witness is None
    }

    assert OURS.readings.blind == {}
    assert found == {"asOf", "editionKey", "anyOf"}
