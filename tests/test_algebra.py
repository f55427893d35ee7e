"""The relation algebra is exactly that of sets, and no relation changes its direction."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest

from crosswalk import inference, sssom
from crosswalk.graph import open_dataset
from crosswalk.graph.knowledge import mapping_quads
from crosswalk.inference.algebra import ALL, COMPOSITION, compose, converse, known, tokens
from crosswalk.models import Relation

if TYPE_CHECKING:
    from conftest import World

SETS = [frozenset(c) for n in range(1, 5) for c in combinations("abcd", n)]
ALPHA = "https://w3id.org/aigov-crosswalk/id/alpha-2020/1"
BETA = "https://w3id.org/aigov-crosswalk/id/beta-2021/1"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OWL = "http://www.w3.org/2002/07/owl#"


def between(a: frozenset[str], b: frozenset[str]) -> Relation:
    """Return the one relation that holds between two non-empty sets."""
    if a == b:
        return Relation.EQUAL
    if a < b:
        return Relation.SUBSET_OF
    if a > b:
        return Relation.SUPERSET_OF
    return Relation.INTERSECTS_WITH if a & b else Relation.NO_RELATIONSHIP


EXHAUSTED: dict[tuple[Relation, Relation], set[Relation]] = {}
for _a, _b, _c in product(SETS, repeat=3):
    EXHAUSTED.setdefault((between(_a, _b), between(_b, _c)), set()).add(between(_a, _c))

SUBSETS = [frozenset(c) for n in range(6) for c in combinations(sorted(ALL), n)]


@pytest.mark.parametrize("cell", list(product(sorted(ALL), repeat=2)), ids="-then-".join)
def test_each_cell_of_the_composition_table_is_what_exhaustion_over_sets_finds(
    cell: tuple[Relation, Relation],
) -> None:
    assert COMPOSITION[cell] == EXHAUSTED[cell]


def test_the_composition_table_has_no_other_cell() -> None:
    assert set(COMPOSITION) == set(EXHAUSTED)


def test_composition_of_knowledge_is_the_union_over_its_relations() -> None:
    for first, second in product(SUBSETS, repeat=2):
        found = {r for a in first for b in second for r in EXHAUSTED[a, b]}

        assert compose(first, second) == found


def test_the_converse_of_a_composition_is_the_composition_of_the_converses_turned() -> None:
    for a, b in product(SUBSETS, repeat=2):
        assert converse(compose(a, b)) == compose(converse(b), converse(a))


def test_composition_is_associative() -> None:
    singles = [frozenset((r,)) for r in ALL]
    for a, b, c in product(singles, repeat=3):
        assert compose(compose(a, b), c) == compose(a, compose(b, c))


def test_the_converse_is_what_the_turned_pair_says() -> None:
    for a, b in product(SETS, repeat=2):
        assert converse(frozenset((between(a, b),))) == {between(b, a)}


def test_the_converse_twice_is_the_knowledge_itself() -> None:
    for knowledge in SUBSETS:
        assert converse(converse(knowledge)) == knowledge


def test_equal_is_the_identity_of_composition() -> None:
    for knowledge in SUBSETS:
        assert compose(frozenset((Relation.EQUAL,)), knowledge) == knowledge
        assert compose(knowledge, frozenset((Relation.EQUAL,))) == knowledge


def test_a_contradiction_composes_to_a_contradiction() -> None:
    assert compose(frozenset(), ALL) == frozenset()


@pytest.mark.parametrize("token", ["related", "equivalent-to"])
def test_a_weak_token_says_only_that_the_two_overlap(token: str) -> None:
    assert known(Relation(token)) == ALL - {Relation.NO_RELATIONSHIP}


def test_tokens_are_told_in_a_fixed_order() -> None:
    assert tokens(ALL) == [
        "equal",
        "subset-of",
        "superset-of",
        "intersects-with",
        "no-relationship",
    ]


def test_a_subset_row_comes_out_as_broad_match_from_the_smaller_to_the_larger(
    world: World,
) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    path = world.mapping("alpha-2020_beta-2021", "alpha-2020:1 subset-of beta-2021:1")
    extra = {
        key: f"https://w3id.org/aigov-crosswalk/id/{key}/" for key in ("alpha-2020", "beta-2021")
    }

    quads = list(mapping_quads(sssom.read(path, extra_prefixes=extra)))

    said = {
        q.predicate.value: q.object.value
        for q in quads
        if q.predicate.value.startswith(OWL + "annotated") and hasattr(q.object, "value")
    }
    assert said == {
        OWL + "annotatedSource": ALPHA,
        OWL + "annotatedProperty": SKOS + "broadMatch",
        OWL + "annotatedTarget": BETA,
    }


def test_a_subset_row_read_from_the_other_side_is_a_superset(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 subset-of beta-2021:1")
    dataset = open_dataset(knowledge=[world.knowledge], shipped=False)
    asserted = inference.rows(dataset)
    graph = inference.build(dataset)

    there = inference.explain_pair(graph, asserted, ALPHA, BETA)
    back = inference.explain_pair(graph, asserted, BETA, ALPHA)

    assert [p.relations for p in there] == [("subset-of",)]
    assert [p.relations for p in back] == [("superset-of",)]
    step = back[0].path[0]
    assert (step.subject, step.relation, step.object, step.reversed) == (
        BETA,
        "superset-of",
        ALPHA,
        True,
    )


@pytest.mark.parametrize(
    ("relation", "predicate"),
    [
        ("equal", "exactMatch"),
        ("subset-of", "broadMatch"),
        ("superset-of", "narrowMatch"),
        ("intersects-with", "relatedMatch"),
        ("equivalent-to", "closeMatch"),
        ("related", "mappingRelation"),
        ("no-relationship", "mappingRelation"),
    ],
)
def test_each_relation_has_its_skos_predicate(world: World, relation: str, predicate: str) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", f"alpha-2020:1 {relation} beta-2021:1")
    dataset = open_dataset(knowledge=[world.knowledge], shipped=False)

    rows = dataset.select(
        "SELECT ?p ?modifier WHERE { ?m owl:annotatedProperty ?p "
        "OPTIONAL { ?m sssom:predicate_modifier ?modifier } }"
    )

    negated = "Not" if relation == "no-relationship" else None
    assert rows == [{"p": SKOS + predicate, "modifier": negated}]


def test_two_rows_of_a_pair_narrow_what_is_known_and_a_third_weak_one_does_not(
    world: World,
) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping(
        "alpha-2020_beta-2021",
        """
        alpha-2020:1 related       beta-2021:1
        alpha-2020:1 subset-of     beta-2021:1
        alpha-2020:1 equivalent-to beta-2021:1
        """,
    )
    dataset = open_dataset(knowledge=[world.knowledge], shipped=False)
    asserted = inference.rows(dataset)
    graph = inference.build(dataset)

    pairs = inference.explain_pair(graph, asserted, ALPHA, BETA)

    assert [p.relations for p in pairs] == [("subset-of",)]


def test_rows_that_contradict_each_other_leave_nothing_possible(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping(
        "alpha-2020_beta-2021",
        """
        alpha-2020:1 subset-of       beta-2021:1
        alpha-2020:1 no-relationship beta-2021:1
        """,
    )
    dataset = open_dataset(knowledge=[world.knowledge], shipped=False)
    asserted = inference.rows(dataset)
    graph = inference.build(dataset)

    pairs = inference.explain_pair(graph, asserted, ALPHA, BETA)

    assert [p.relations for p in pairs] == [()]
