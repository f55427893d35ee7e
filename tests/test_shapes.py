"""Shapes compiled to SPARQL: what they find is what the standard says and what pySHACL finds."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

from crosswalk import resources, validation
from crosswalk.errors import DataError
from crosswalk.graph import open_dataset
from crosswalk.namespaces import BASE, cw, expand
from crosswalk.shapes import Columns, Data, Plan, Result, Shapes, compiled, read
from crosswalk.shapes.values import SH, Sparql, Term
from crosswalk.validation import Engine
from made_shapes import PREFIXES, data, shapes

SUITE = Path(__file__).parent / "data" / "foreign" / "shacl" / "core"
CASE = str(resources.examples_dir() / "x-corporation")
FIXTURES = Path(__file__).parent / "data" / "shapes"
MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
TESTS = "http://www.w3.org/ns/shacl-test#"
XSD = "http://www.w3.org/2001/XMLSchema#"
LEFT_TO_PYSHACL = {"complex/shacl-shacl.ttl"}
"""Where shapes nest so deep that no query of bearable length says them."""

Row = tuple[str, ...]


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]


def read_file(path: Path) -> list[ox.Triple]:
    base = path.resolve().as_uri()
    parsed = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=base)
    return [quad.triple for quad in parsed]


def asked(plan: Plan, held: Data, triples: Sequence[ox.Triple]) -> list[Result]:
    """Return the results by queries, which are those by columns."""
    results = plan.results(held.ask, computed=held.computed)
    others = plan.results(held.ask, computed=held.computed, columns=Columns(triples))
    assert Counter(map(row, results)) == Counter(map(row, others))
    return results


def found(shape_triples: Iterable[ox.Triple], data_triples: Sequence[ox.Triple]) -> list[Result]:
    held = Data(data_triples)
    plan = compiled(read(shape_triples), held)
    assert plan.left == ()
    return asked(plan, held, data_triples)


def told(term: object) -> str:
    """Return a term so that terms of both libraries compare; a blank node is any."""
    if term is None:
        return ""
    text = str(term.n3()) if hasattr(term, "n3") else str(term)
    if text.startswith("_:"):
        return "[]"
    return (
        text.removesuffix(f"^^<{XSD}string>").casefold()
        if "@" in text
        else text.removesuffix(f"^^<{XSD}string>")
    )


def row(result: Result) -> Row:
    return tuple(
        told(term)
        for term in (
            *(result.focus, result.path_term, result.value),
            *(result.component, result.shape, result.severity),
        )
    )


# The suite of W3C


class Stated:
    """What triples say of each subject."""

    def __init__(self, said: Iterable[ox.Triple]) -> None:
        self.held: dict[object, dict[str, list[Term]]] = {}
        for triple in said:
            values = self.held.setdefault(triple.subject, {})
            assert not isinstance(triple.object, ox.Triple)
            values.setdefault(triple.predicate.value, []).append(triple.object)

    def one(self, subject: object, predicate: str) -> Term:
        return self.all(subject, predicate)[0]

    def all(self, subject: object, predicate: str) -> list[Term]:
        return self.held.get(subject, {}).get(predicate, [])


def expected(stated: Stated, report: Term) -> Iterator[Row]:
    names = (
        *("focusNode", "resultPath", "value"),
        *("sourceConstraintComponent", "sourceShape", "resultSeverity"),
    )
    for result in stated.all(report, SH + "result"):
        yield tuple(told(next(iter(stated.all(result, SH + name)), None)) for name in names)


@pytest.mark.parametrize(
    "path",
    sorted(p for p in SUITE.rglob("*.ttl") if "sht:Validate" in p.read_text(encoding="utf-8")),
    ids=lambda path: path.relative_to(SUITE).as_posix(),
)
def test_a_case_of_the_suite_has_the_results_that_it_states(path: Path) -> None:
    said = read_file(path)
    stated = Stated(said)
    action = f"{MANIFEST}action"
    for case in [subject for subject in stated.held if stated.all(subject, action)]:
        graphs = [
            stated.one(stated.one(case, action), f"{TESTS}{name}").value.removeprefix("file://")
            for name in ("shapesGraph", "dataGraph")
        ]
        shape_triples, data_triples = (
            said if graph == str(path.resolve()) else read_file(Path(graph)) for graph in graphs
        )
        held = Data(data_triples)
        plan = compiled(read(shape_triples), held)

        results = asked(plan, held, data_triples)

        assert bool(plan.left) == (path.relative_to(SUITE).as_posix() in LEFT_TO_PYSHACL)
        wanted = Counter(expected(stated, stated.one(case, f"{MANIFEST}result")))
        assert Counter(map(row, results)) == wanted


# pySHACL


def oracle(shape_triples: Iterable[ox.Triple], data_triples: Iterable[ox.Triple]) -> Counter[Row]:
    import pyshacl
    import rdflib
    from rdflib import SH as NAMES

    def graph(said: Iterable[ox.Triple]) -> rdflib.Graph:
        text = ox.serialize(said, format=ox.RdfFormat.N_TRIPLES)
        return rdflib.Graph().parse(data=text or b"", format="nt")

    kept = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, results, _ = pyshacl.validate(
                graph(data_triples), shacl_graph=graph(shape_triples), advanced=True, inplace=True
            )
    finally:
        rdflib.NORMALIZE_LITERALS = kept
    columns = (
        *(NAMES.focusNode, NAMES.resultPath, NAMES.value),
        *(NAMES.sourceConstraintComponent, NAMES.sourceShape, NAMES.resultSeverity),
    )
    assert isinstance(results, rdflib.Graph)
    return Counter(
        tuple(told(results.value(result, column)) for column in columns)
        for result in results.objects(None, NAMES.result)
    )


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(shapes, data)
def test_random_shapes_find_in_random_data_what_pyshacl_finds(shape: str, held: str) -> None:
    shape_triples, data_triples = triples(shape), triples(held)

    assert Counter(map(row, found(shape_triples, data_triples))) == oracle(
        shape_triples, data_triples
    )


def core(shapes: Shapes) -> Shapes:
    """Return the shapes without their SPARQL constraints."""
    return Shapes.of(
        [
            replace(
                shape,
                constraints=tuple(c for c in shape.constraints if not isinstance(c, Sparql)),
            )
            for shape in shapes
        ],
        shapes.graph,
        shapes.prefixes,
    )


@cache
def our_shapes() -> Shapes:
    return read(sorted((resources.ontology_dir() / "shapes").glob("*.ttl")))


def our_fixtures() -> list[ox.Triple]:
    found: list[ox.Triple] = []
    for number, path in enumerate(sorted(FIXTURES.glob("*/fail.ttl"))):
        text = path.read_text(encoding="utf-8").replace("/org/example/", f"/org/example-{number}/")
        found += triples(text)
    return found


@pytest.fixture(scope="module")
def fixtures() -> Data:
    return Data(our_fixtures())


@pytest.fixture(scope="module")
def plan(fixtures: Data) -> Plan:
    return compiled(core(our_shapes()), fixtures)


def test_our_shapes_find_in_all_fixtures_what_pyshacl_finds(plan: Plan, fixtures: Data) -> None:
    sparql = ox.NamedNode(SH + "sparql")
    shape_triples = [
        ox.Triple(subject, predicate, held)
        for subject, said in our_shapes().graph.items()
        for predicate, held in said
        if predicate != sparql
    ]

    results = Counter(map(row, asked(plan, fixtures, list(fixtures.triples()))))

    assert plan.left == ()
    assert sum(results.values()) > 100
    assert results == oracle(shape_triples, fixtures.triples())


OUTER = {
    "alone": "sh:property {0}",
    "not": "sh:not {0}",
    "node": "sh:node [ sh:property {0} ]",
    "or": "sh:or ( {0} {0} )",
    "xone": "sh:xone ( {0} {0} )",
    "and": "sh:and ( {0} [ sh:not {0} ] )",
    "deeper": "sh:property [ sh:path :r ; sh:not {0} ]",
    "at least": "sh:property [ sh:path :r ; sh:qualifiedValueShape {0} ; sh:qualifiedMinCount 1 ]",
    "at most": "sh:property [ sh:path :r ; sh:qualifiedValueShape {0} ; sh:qualifiedMaxCount 0 ]",
}
PATHS = (
    *(":p", "[ sh:inversePath :p ]", "( :p :q )", "[ sh:zeroOrOnePath :p ]"),
    "[ sh:alternativePath ( [ sh:zeroOrMorePath :p ] [ sh:inversePath :q ] ) ]",
    "( [ sh:zeroOrOnePath :p ] [ sh:zeroOrMorePath :q ] )",
)
CONSTRAINTS = (
    *('sh:hasValue "x"', "sh:in ()", "sh:minCount 1", "sh:minCount 2", "sh:maxCount 0"),
    *("sh:maxCount 1", "sh:maxCount 2", "sh:uniqueLang true", "sh:equals :q", "sh:disjoint :q"),
    *("sh:lessThan :q", "sh:class :C", "sh:languageIn ()", "sh:closed true"),
)


@pytest.mark.parametrize("outer", OUTER.values(), ids=OUTER)
def test_every_constraint_on_every_path_can_be_asked(outer: str) -> None:
    held = Data([])
    for path, constraint in product(PATHS, CONSTRAINTS):
        inner = outer.format(f"[ sh:path {path} ; {constraint} ]")
        shape = f':S a sh:NodeShape ; sh:targetNode "x" ; sh:targetClass :C ; {inner} .'
        plan = compiled(read(triples(PREFIXES + shape)), held)

        assert plan.left == ()
        plan.results(held.ask, classes={"urn:x:C": ["urn:x:C", "urn:x:D"]})


# What is asked


def test_only_the_focus_nodes_that_are_named_are_looked_at(plan: Plan, fixtures: Data) -> None:
    everything = plan.results(fixtures.ask)
    some = sorted({r.target for r in everything if isinstance(r.target, ox.NamedNode)}, key=str)
    some = some[::7]

    results = plan.results(fixtures.ask, some)

    assert results
    assert Counter(results) == Counter(r for r in everything if r.target in some)


def test_a_blank_focus_node_can_be_named_too() -> None:
    shape = triples(
        PREFIXES + ":S a sh:NodeShape ; sh:targetSubjectsOf :p ; sh:property "
        "[ sh:path :q ; sh:minCount 1 ] ."
    )
    held = Data(triples(PREFIXES + "_:a :p 1 . _:b :p 2 . :c :p 3 ."))
    plan = compiled(read(shape), held)
    blank = next(r.focus for r in plan.results(held.ask) if isinstance(r.focus, ox.BlankNode))

    assert [result.focus for result in plan.results(held.ask, [blank])] == [blank]


def test_each_shape_can_be_given_focus_nodes_of_its_own(plan: Plan, fixtures: Data) -> None:
    everything = plan.results(fixtures.ask)
    shape, node = everything[0].targeted, everything[0].target
    assert shape is not None
    assert node is not None

    results = plan.results(fixtures.ask, {shape: [node]})

    assert results
    assert {(result.targeted, result.target) for result in results} == {(shape, node)}


def test_any_store_that_answers_a_select_can_be_asked(plan: Plan, fixtures: Data) -> None:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in fixtures.triples())
    asked: list[str] = []

    def ask(text: str) -> Iterable[Sequence[Term | None]]:
        asked.append(text)
        answer = store.query(text)
        assert isinstance(answer, ox.QuerySolutions)
        return answer

    results = compiled(core(our_shapes())).results(ask)

    assert len(results) == len(plan.results(fixtures.ask))
    assert not [text for text in asked if "#FOCUS#" in text or "#IS" in text or "#NOT" in text]


# Literals


@pytest.mark.parametrize(
    ("held", "asked", "sound"),
    [
        ('"5"^^xsd:int', "sh:datatype xsd:int", True),
        ('"5"^^xsd:int', "sh:datatype xsd:integer", False),
        ('"300"^^xsd:byte', "sh:datatype xsd:byte", False),
        ('"0.70"^^xsd:decimal', 'sh:pattern "^0.70$"', True),
        ('"01"^^xsd:integer', "sh:minLength 2", True),
        ('"01"^^xsd:integer', "sh:in ( 1 )", False),
        ('"01"^^xsd:integer', 'sh:in ( "01"^^xsd:integer )', True),
        ('"01"^^xsd:integer', "sh:hasValue 1", False),
        ('"01"^^xsd:integer', "sh:maxInclusive 1", True),
        ('"01"^^xsd:integer', "sh:minExclusive 1", False),
        ('"2026-13-01"^^xsd:date', "sh:datatype xsd:date", False),
        ('"2026-01-01+00:00"^^xsd:date', "sh:datatype xsd:date", True),
        ('"2026-01-01T00:00:00"^^xsd:dateTime', "sh:maxInclusive 5", False),
    ],
)
def test_a_literal_is_judged_by_the_form_in_which_it_was_written(
    held: str, asked: str, sound: bool
) -> None:
    shape = f":S a sh:NodeShape ; sh:targetNode :a ; sh:property [ sh:path :p ; {asked} ] ."

    results = found(triples(PREFIXES + shape), triples(f"{PREFIXES} :a :p {held} ."))

    assert (results == []) is sound
    stated = triples(f"{PREFIXES} :a :p {held} .")[0].object
    assert {r.value for r in results} <= {stated, None}


def test_two_forms_of_a_number_are_two_values() -> None:
    shape = ":S a sh:NodeShape ; sh:targetNode :a ; sh:property [ sh:path :p ; sh:maxCount 1 ] ."
    held = ':a :p 1 , "01"^^xsd:integer .'

    assert len(found(triples(PREFIXES + shape), triples(PREFIXES + held))) == 1


def test_a_sparql_constraint_computes_with_numbers_of_any_form() -> None:
    shape = """:S a sh:NodeShape ; sh:targetNode :a ; sh:sparql [ sh:select
        "SELECT $this ?value { $this <urn:x:p> ?value . FILTER(?value * 2 > 1) }" ] ."""
    held = ':a :p "0.70"^^xsd:decimal .'

    results = found(triples(PREFIXES + shape), triples(PREFIXES + held))

    assert [str(result.value) for result in results] == [f'"0.70"^^<{XSD}decimal>']


# What is not well-formed, and what is left


@pytest.mark.parametrize(
    ("shape", "offence"),
    [
        (":S sh:targetNode :a ; sh:minCount 1 .", "minCount stands at property shapes only"),
        (":S sh:property [ sh:path :p ; sh:minCount 1 , 2 ] .", "more than one sh:minCount"),
        (":S sh:property [ sh:path :p ; sh:maxCount 1.5 ] .", "is a whole number"),
        (":S sh:property [ sh:path :p , :q ] .", "more than one sh:path"),
        (":S sh:property [ sh:path ( :p ) ] .", "at least two steps"),
        (":S sh:property [ sh:minCount 1 ] .", "has no sh:path"),
        (":S a sh:NodeShape ; sh:or () .", "the list of sh:or is empty"),
        (":S a sh:NodeShape ; sh:in 5 .", "no well-formed list"),
        (":S a sh:NodeShape ; sh:path :p .", "a node shape has no sh:path"),
        (":S a sh:NodeShape ; sh:nodeKind :p .", "sh:nodeKind is none of"),
        (":S a sh:NodeShape ; sh:node 5 .", "names a literal"),
    ],
)
def test_a_shape_that_is_not_well_formed_is_refused_by_name(shape: str, offence: str) -> None:
    with pytest.raises(DataError, match=offence) as refused:
        read(triples(PREFIXES + shape))

    assert "urn:x:S" in str(refused.value)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (":S a sh:NodeShape ; sh:targetNode :a ; sh:node :S .", "leads to itself"),
        (":S a sh:NodeShape ; sh:targetNode :a ; sh:not [ sh:not :S ] .", "leads to itself"),
        (':S a sh:NodeShape ; sh:targetNode :a ; sh:pattern "(?=a)" .', "regular expressions"),
        (":S a sh:NodeShape ; sh:targetNode :a ; sh:in ( [] ) .", "blank node"),
    ],
)
def test_what_is_not_compiled_is_left_with_the_reason(shape: str, why: str) -> None:
    plan = compiled(read(triples(PREFIXES + shape)))

    assert [term.value for term, _ in plan.left] == ["urn:x:S"]
    assert why in plan.left[0][1]
    assert plan.parts == ()


def test_what_is_left_is_checked_by_pyshacl_and_named(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(
        PREFIXES
        + """:Left a sh:NodeShape ; sh:targetNode :a ; sh:property
               [ sh:path :p ; sh:pattern "^(?=x)" ; sh:message "no x" ] .
             :Compiled a sh:NodeShape ; sh:targetNode :a ; sh:property
               [ sh:path :q ; sh:minCount 1 ; sh:message "no q" ] .""",
        encoding="utf-8",
    )

    checked = validation.checked_graph(
        triples(PREFIXES + ':a :p "y" .'), [path], as_of=date(2026, 11, 22)
    )

    assert [(f.shape, f.message) for f in checked.findings] == [
        ("urn:x:Compiled", "no q"),
        ("urn:x:Left", "no x"),
    ]
    assert [one.shape for one in checked.fallbacks] == ["urn:x:Left"]
    assert "regular expressions" in checked.fallbacks[0].why
    report = Counter(t.predicate.value for t in triples(checked.turtle))
    assert report[SH + "result"] == 2
    assert report[SH + "conforms"] == 1


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
def test_both_engines_write_the_same_report(engine: Engine) -> None:
    day = date(2026, 11, 20)
    dataset = open_dataset(data=[CASE])

    report = validation.validate(dataset, [CASE], as_of=day, engine=engine)

    other = validation.validate(dataset, [CASE], as_of=day)
    assert report.findings == other.findings
    assert report.findings
    assert validation.as_turtle(report) == validation.as_turtle(other)
    assert report.fallbacks == ()


@pytest.fixture
def dumped(tmp_path: Path) -> Path:
    """Return a file of N-Quads of an example, each quad in a graph of its organisation."""
    held = open_dataset([str(resources.examples_dir() / "x-corporation")])
    home = f"{BASE}org/x-corporation/"
    own = [one for one in held.graphs() if one.startswith(home)]
    lines = [f"{quad} ." for quad in held.quads(*own)]
    assert not any("_:" in line for line in lines)
    record = f"<{home}provenance>"
    lines.append(f"<{home}r> <{expand('rdf:type')}> <{cw('AssessmentResult')}> {record} .")
    path = tmp_path / "evidence.nq"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def test_a_file_of_quads_is_validated_as_if_it_were_loaded_and_is_not_loaded(dumped: Path) -> None:
    known = open_dataset()
    before = known.graphs()

    found = validation.validate_files(known, [dumped], as_of=date(2026, 11, 20))

    loaded = validation.validate(open_dataset([str(dumped)]), [dumped], as_of=date(2026, 11, 20))
    assert found.findings
    assert found.findings == loaded.findings
    assert all("x-corporation/r" not in one.focus for one in found.findings)
    assert known.graphs() == before


@pytest.mark.parametrize(
    "line",
    [
        f'<{BASE}org/x-corporation/e> <{BASE}p> "homeless" .\n',
        f"<{BASE}org/x-corporation/e> <{BASE}p> _:b <{BASE}org/x-corporation/more> .\n",
    ],
)
def test_a_file_of_quads_that_have_to_be_placed_is_loaded(dumped: Path, line: str) -> None:
    with dumped.open("a", encoding="utf-8") as file:
        file.write(line)
    known = open_dataset()

    found = validation.validate_files(known, [dumped], as_of=date(2026, 11, 20))

    whole = open_dataset([str(dumped)])
    assert found.findings == validation.validate(whole, [dumped], as_of=date(2026, 11, 20)).findings
    assert known.graphs() == whole.graphs()


def test_a_broken_file_of_quads_is_refused_by_its_line(dumped: Path) -> None:
    with dumped.open("a", encoding="utf-8") as file:
        file.write(f"<{BASE}org/x-corporation/e> nonsense .\n")

    with pytest.raises(DataError, match=r"evidence\.nq"):
        validation.validate_files(open_dataset(), [dumped], as_of=date(2026, 11, 20))
