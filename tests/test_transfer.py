"""What follows from a status along mappings: sound on every model, and the table row by row."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import prod

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crosswalk.inference import Closure, Inferred, MapGraph, Row, assemble, transfer
from crosswalk.inference.algebra import ALL, WEAK, Knowledge, compose, converse, known
from crosswalk.inference.closure import CHOICES, Path
from crosswalk.inference.mapgraph import Edge
from crosswalk.models import RationaleType, Relation, Step

EQ, SUB, SUP, MEET, NONE = (
    Relation.EQUAL,
    Relation.SUBSET_OF,
    Relation.SUPERSET_OF,
    Relation.INTERSECTS_WITH,
    Relation.NO_RELATIONSHIP,
)
LAW = "law/"
ACT, DECREE = LAW + "act", LAW + "decree"


def row(
    subject: str,
    relation: str,
    target: str,
    *,
    kind: str = "semantic",
    group: str = "",
    line: int = 1,
    mapping_set: str = "set",
    confidence: float = 0.8,
) -> Row:
    """Return a mapping row; its IRI is its claim."""
    return Row(
        mapping_set=mapping_set,
        row=line,
        subject=subject,
        object=target,
        relation=Relation(relation),
        rationale_type=RationaleType(kind),
        confidence=confidence,
        iri=f"{mapping_set} {subject} {relation} {target} {kind} {group}",
        publisher="crosswalk",
        review_status="draft",
        group=group,
    )


def follows(
    rows: list[Row],
    known: dict[str, bool],
    *,
    structure: list[tuple[str, str]] | None = None,
) -> dict[str, set[str]]:
    """Return provision → conclusions, of the provisions that are not known directly."""
    graph = assemble(rows, structure=structure or [], laws=(LAW,))
    found = transfer(graph, known)
    return {iri: set(one.conclusions) for iri, one in found.items() if iri not in known}


# The table of semantics §3, V by V.


def one_edge(knowledge: frozenset[Relation], target: str = "y") -> MapGraph:
    """Return a graph with the one edge x → y of some knowledge."""
    step = Step("set", 1, "x", "", target, False, 1.0)
    edge = Edge("x", target, knowledge, (step,), 1)
    return MapGraph({RationaleType.SEMANTIC: {"x": [edge]}}, {}, (LAW,), {}, {}, {})


EVERY_V = [
    frozenset(r for r, kept in zip(sorted(ALL), bits, strict=True) if kept)
    for bits in product((False, True), repeat=5)
]


def positive(v: frozenset[Relation]) -> set[str]:
    """Return what the table says of y where x is satisfied."""
    if v <= {EQ, SUP}:
        return {"satisfied"}
    if v <= {EQ, SUB}:
        return {"supported"}
    if NONE not in v:
        return {"lead-overlap"}
    return set() if v in (frozenset((NONE,)), ALL) else {"lead-indeterminate"}


@pytest.mark.parametrize("v", [v for v in EVERY_V if v], ids=lambda v: " ".join(sorted(v)))
def test_each_set_of_relations_transfers_what_the_table_says(v: frozenset[Relation]) -> None:
    graph = one_edge(v)

    satisfied, not_satisfied = transfer(graph, {"x": True}), transfer(graph, {"x": False})

    assert {c for one in satisfied.values() for c in one.conclusions} == positive(v)
    negative = {"not-satisfied"} if v <= {EQ, SUB} else set()
    assert {c for one in not_satisfied.values() for c in one.conclusions} == negative


@pytest.mark.parametrize("v", [v for v in EVERY_V if v], ids=lambda v: " ".join(sorted(v)))
def test_a_standard_is_capped_at_supported_for_a_law_and_negatives_stand(
    v: frozenset[Relation],
) -> None:
    graph = one_edge(v, ACT)

    satisfied, not_satisfied = transfer(graph, {"x": True}), transfer(graph, {"x": False})

    capped = {"supported" if c == "satisfied" else c for c in positive(v)}
    assert {c for one in satisfied.values() for c in one.conclusions} == capped
    negative = {"not-satisfied"} if v <= {EQ, SUB} else set()
    assert {c for one in not_satisfied.values() for c in one.conclusions} == negative


@pytest.mark.parametrize(
    ("relation", "state", "conclusion"),
    [
        ("equal", True, {"satisfied"}),
        ("equal", False, {"not-satisfied"}),
        ("superset-of", True, {"satisfied"}),
        ("superset-of", False, set()),
        ("subset-of", True, {"supported"}),
        ("subset-of", False, {"not-satisfied"}),
        ("intersects-with", True, {"lead-overlap"}),
        ("intersects-with", False, set()),
        ("no-relationship", True, set()),
        ("no-relationship", False, set()),
        ("related", True, {"lead-overlap"}),
        ("related", False, set()),
        ("equivalent-to", True, {"lead-overlap"}),
        ("equivalent-to", False, set()),
    ],
)
def test_each_row_transfers_what_the_table_says(
    relation: str, state: bool, conclusion: set[str]
) -> None:
    found = follows([row("x", relation, "y")], {"x": state})

    assert found.get("y", set()) == conclusion


@pytest.mark.parametrize(
    ("relation", "state", "conclusion"),
    [
        ("subset-of", True, {"satisfied"}),
        ("subset-of", False, set()),
        ("superset-of", True, {"supported"}),
        ("superset-of", False, {"not-satisfied"}),
    ],
)
def test_a_row_transfers_against_its_direction_by_its_converse(
    relation: str, state: bool, conclusion: set[str]
) -> None:
    found = follows([row("x", relation, "y")], {"y": state})

    assert found.get("x", set()) == conclusion


def test_an_unknown_provision_transfers_nothing() -> None:
    assert follows([row("x", "equal", "y")], {}) == {}


def test_a_chain_goes_on_through_what_was_inferred() -> None:
    rows = [row("x", "superset-of", "y"), row("y", "equal", "z"), row("z", "subset-of", "w")]

    found = follows(rows, {"x": True})

    assert found == {"y": {"satisfied"}, "z": {"satisfied"}, "w": {"supported"}}


def test_what_lies_inside_what_lies_inside_supports() -> None:
    rows = [row("x", "subset-of", "y"), row("y", "subset-of", "z")]

    found = follows(rows, {"x": True})

    assert found == {"y": {"supported"}, "z": {"supported"}}


def test_supported_passes_nothing_on() -> None:
    rows = [row("x", "subset-of", "y"), row("y", "equal", "z"), row("z", "equal", "w")]

    found = follows(rows, {"x": True})

    assert "w" not in found


def test_nothing_is_carried_across_a_changed_text_without_review() -> None:
    rows = [row("x", "equal", "y"), replace(row("y", "superset-of", "z"), edition_change="changed")]

    found = follows(rows, {"x": True})

    assert found == {"y": {"satisfied"}, "z": {"lead-overlap"}}


def test_a_text_that_stands_in_two_editions_costs_no_hop() -> None:
    same = replace(row("x", "equal", "y"), edition_change="renumbered")
    rows = [same, row("y", "subset-of", "z", line=2), row("z", "subset-of", "w", line=3)]

    [path] = Closure(assemble(rows), rows).paths(RationaleType.SEMANTIC, "x")["w"]

    assert path.knowledge == {SUB}
    assert path.hops == 2


def test_an_inferred_not_satisfied_passes_on() -> None:
    rows = [row("x", "equal", "y"), row("y", "subset-of", "z")]

    found = follows(rows, {"x": False})

    assert found["z"] == {"not-satisfied"}


def test_two_direct_statuses_that_quarrel_along_one_chain_make_its_end_a_conflict() -> None:
    rows = [row("x", "equal", "y"), row("y", "equal", "z")]

    found = transfer(assemble(rows), {"x": False, "y": True})

    assert found["y"]["not-satisfied"] is not None
    assert set(found["z"].conclusions) == {"satisfied", "not-satisfied"}


# Rationale types.


def test_a_chain_stays_within_one_rationale_type() -> None:
    rows = [row("x", "equal", "y"), row("y", "equal", "z", kind="functional")]

    found = follows(rows, {"x": True})

    assert "z" not in found


@pytest.mark.parametrize("kind", ["semantic", "functional"])
def test_a_direct_status_starts_a_chain_of_any_type(kind: str) -> None:
    rows = [row("x", "equal", "y", kind=kind), row("y", "equal", "z", kind=kind)]

    found = follows(rows, {"x": True})

    assert found["z"] == {"satisfied"}


def test_a_syntactic_row_transfers_nothing() -> None:
    rows = [row("x", "equal", "y", kind="syntactic")]

    assert follows(rows, {"x": True}) == {}
    assert follows(rows, {"x": False}) == {}


def test_a_syntactic_group_transfers_nothing() -> None:
    rows = [
        row("a", "intersects-with", "y", kind="syntactic", group="g", line=1),
        row("b", "intersects-with", "y", kind="syntactic", group="g", line=2),
    ]

    assert follows(rows, {"a": True, "b": True}) == {}


def test_rows_of_two_types_never_narrow_or_contradict_each_other() -> None:
    rows = [row("x", "equal", "y"), row("x", "no-relationship", "y", kind="functional")]

    graph = assemble(rows)

    assert graph.contradictions == {}
    assert set(transfer(graph, {"x": True})["y"].conclusions) == {"satisfied"}


# Weak tokens.


@pytest.mark.parametrize("token", ["related", "equivalent-to"])
def test_a_weak_row_never_narrows_a_typed_one(token: str) -> None:
    rows = [row("x", "subset-of", "y", line=1), row("x", token, "y", line=2)]

    assert follows(rows, {"x": True})["y"] == {"supported"}
    assert follows(rows, {"x": False})["y"] == {"not-satisfied"}


@pytest.mark.parametrize("token", ["related", "equivalent-to"])
def test_a_weak_row_never_contradicts_a_typed_one(token: str) -> None:
    rows = [row("x", "no-relationship", "y", line=1), row("x", token, "y", line=2)]

    graph = assemble(rows)

    assert graph.contradictions == {}
    assert transfer(graph, {"x": True}) == {}


# Contradictions.


def test_a_contradiction_transfers_nothing_and_names_its_rows() -> None:
    rows = [row("x", "equal", "y", line=1), row("x", "no-relationship", "y", line=2)]

    graph = assemble(rows)

    assert transfer(graph, {"x": True}) == {}
    assert transfer(graph, {"x": False}) == {}
    assert graph.contradictions["x", "y", RationaleType.SEMANTIC] == tuple(sorted(rows))


def triangle(relation: str, mapping_set: str = "set") -> list[Row]:
    """Return x inside y inside z, and a row that says something of x and z."""
    return [
        row("x", "subset-of", "y", line=1, mapping_set="one"),
        row("y", "subset-of", "z", line=2, mapping_set="two"),
        row("x", relation, "z", line=3, mapping_set=mapping_set),
    ]


def test_the_smallest_conflicting_triangle_is_named_and_set_aside() -> None:
    other = row("z", "subset-of", "w", line=4)

    graph = assemble([*triangle("no-relationship"), other])

    [conflict] = graph.conflicts
    assert {(r.mapping_set, r.row) for r in conflict.rows} == {("one", 1), ("two", 2), ("set", 3)}
    assert {(a, b) for a, b, _ in conflict.pairs if a < b} == {("x", "y"), ("x", "z"), ("y", "z")}
    assert set(follows([*triangle("no-relationship"), other], {"x": True, "z": True})) == {"w"}


def test_two_triangles_that_tie_are_both_set_aside_in_any_order() -> None:
    rows = [
        *triangle("superset-of"),
        row("x", "subset-of", "m", line=5),
        row("m", "subset-of", "z", line=6),
    ]

    graph = assemble(rows)
    again = assemble(rows[::-1])

    assert graph.conflicts == again.conflicts
    assert graph.set_aside == frozenset(rows)


def test_a_contradiction_of_two_rows_is_settled_before_one_of_three() -> None:
    rows = [*triangle("subset-of"), row("x", "no-relationship", "z", line=9, mapping_set="set")]

    graph = assemble(rows)

    assert {r.row for r in graph.set_aside} == {3, 9}
    assert follows(rows, {"x": True})["z"] == {"supported"}


def test_an_imported_row_in_a_triangle_is_set_aside_alone() -> None:
    *ours, theirs = triangle("no-relationship", "foreign")
    theirs = replace(theirs, imported=True)

    graph = assemble([*ours, theirs])

    assert graph.set_aside == {theirs}
    assert follows([*ours, theirs], {"x": True})["z"] == {"supported"}


def test_a_row_that_its_provisions_structure_excludes_is_found() -> None:
    rows = [row("a", "no-relationship", "p", line=1), row("a", "subset-of", "k", line=2)]

    graph = assemble(rows, structure=[("p", "k"), ("p", "l")])

    assert graph.set_aside == frozenset(rows)


def test_rows_that_tie_in_a_contradiction_are_all_set_aside() -> None:
    rows = [
        row("x", "equal", "y", line=1, mapping_set="one"),
        row("x", "equal", "y", line=1, mapping_set="two"),
        row("y", "subset-of", "x", line=1, mapping_set="three"),
    ]

    graph = assemble(rows)

    assert transfer(graph, {"x": True}) == {}
    assert graph.contradictions["x", "y", RationaleType.SEMANTIC] == tuple(sorted(rows))


def test_an_imported_row_is_set_aside_alone_where_it_contradicts_a_shipped_one() -> None:
    ours, theirs = row("x", "equal", "y"), row("x", "no-relationship", "y", mapping_set="theirs")

    graph = assemble([ours, replace(theirs, imported=True)])

    assert set(transfer(graph, {"x": True})["y"].conclusions) == {"satisfied"}
    assert ("x", "y", RationaleType.SEMANTIC) in graph.contradictions


def test_two_imported_rows_that_contradict_each_other_are_both_set_aside() -> None:
    one = replace(row("x", "equal", "y", mapping_set="one"), imported=True)
    two = replace(row("x", "no-relationship", "y", mapping_set="two"), imported=True)

    assert transfer(assemble([one, two]), {"x": True}) == {}


def test_a_row_that_is_set_aside_counts_in_no_group() -> None:
    rows = [
        row("a", "intersects-with", "y", group="g", line=1),
        row("b", "intersects-with", "y", group="g", line=2),
        row("a", "no-relationship", "y", mapping_set="other"),
    ]

    found = follows(rows, {"a": True, "b": True})

    assert found.get("y", set()) <= {"lead-overlap"}


def test_an_imported_row_never_disables_a_shipped_group() -> None:
    theirs = row("a", "no-relationship", "y", mapping_set="theirs")
    rows = [
        row("a", "intersects-with", "y", group="g", line=1),
        row("b", "intersects-with", "y", group="g", line=2),
        replace(theirs, imported=True),
    ]

    found = follows(rows, {"a": True, "b": True})

    assert "satisfied" in found["y"]


# Conflicts.


def test_what_follows_for_and_against_is_a_conflict_with_both_explanations() -> None:
    rows = [row("x", "equal", "y", line=1), row("w", "equal", "y", line=2)]

    found = transfer(assemble(rows), {"x": True, "w": False})

    assert set(found["y"].conclusions) == {"satisfied", "not-satisfied"}
    assert found["y"].conclusions["satisfied"].bases == ("x",)
    assert found["y"].conclusions["not-satisfied"].bases == ("w",)


def test_a_conflict_passes_nothing_on() -> None:
    rows = [
        row("x", "equal", "y", line=1),
        row("w", "equal", "y", line=2),
        row("y", "equal", "z", kind="functional", line=3),
        row("v", "equal", "y", kind="functional", line=4),
    ]

    found = follows(rows, {"x": True, "w": False})

    assert found["y"] == {"satisfied", "not-satisfied"}
    assert "z" not in found


def test_what_quarrels_at_a_provision_quarrels_at_its_equal() -> None:
    rows = [
        row("x", "equal", "y", line=1),
        row("w", "equal", "y", line=2),
        row("y", "equal", "z", line=3),
    ]

    found = follows(rows, {"x": True, "w": False})

    assert found["z"] == {"satisfied", "not-satisfied"}


def test_two_equal_provisions_that_conflict_are_both_reported() -> None:
    rows = [
        row("x", "equal", "a", line=1),
        row("w", "equal", "b", line=2),
        row("a", "equal", "b", line=3),
    ]

    found = follows(rows, {"x": True, "w": False})

    assert found["a"] == {"satisfied", "not-satisfied"}
    assert found["b"] == {"satisfied", "not-satisfied"}


# Groups and children.

GROUP = [
    row("a", "intersects-with", "y", group="g", line=1),
    row("b", "intersects-with", "y", group="g", line=2),
]


def test_a_group_satisfies_its_target_once_all_members_are_satisfied() -> None:
    assert "satisfied" in follows(GROUP, {"a": True, "b": True})["y"]
    assert follows(GROUP, {"a": True}) == {"y": {"lead-overlap"}}
    assert follows(GROUP, {"a": True, "b": False}) == {"y": {"lead-overlap"}}


def test_overlaps_without_a_group_never_add_up() -> None:
    rows = [replace(one, group="") for one in GROUP]

    assert follows(rows, {"a": True, "b": True}) == {"y": {"lead-overlap"}}


def test_parts_that_support_never_add_up() -> None:
    rows = [row("a", "subset-of", "y", line=1), row("b", "subset-of", "y", line=2)]

    assert follows(rows, {"a": True, "b": True}) == {"y": {"supported"}}


def test_a_group_towards_a_law_is_capped_at_supported() -> None:
    rows = [replace(one, object=ACT) for one in GROUP]

    found = follows(rows, {"a": True, "b": True})

    assert found[ACT] == {"supported", "lead-overlap"}


def test_all_children_together_satisfy_their_parent_and_one_supports_it() -> None:
    structure = [("p", "p.1"), ("p", "p.2")]

    assert "satisfied" in follows([], {"p.1": True, "p.2": True}, structure=structure)["p"]
    assert follows([], {"p.1": True}, structure=structure) == {"p": {"supported"}}


def test_one_child_that_is_not_satisfied_fails_its_parent() -> None:
    found = follows([], {"p.1": False}, structure=[("p", "p.1"), ("p", "p.2")])

    assert found == {"p": {"not-satisfied"}}


def test_a_satisfied_parent_satisfies_its_children_and_a_failed_one_says_nothing() -> None:
    structure = [("p", "p.1"), ("p", "p.2")]

    assert follows([], {"p": True}, structure=structure) == {
        "p.1": {"satisfied"},
        "p.2": {"satisfied"},
    }
    assert follows([], {"p": False}, structure=structure) == {}


def test_a_parent_of_one_child_is_its_equal() -> None:
    structure = [("p", "p.1")]

    assert follows([], {"p.1": True}, structure=structure) == {"p": {"satisfied"}}
    assert follows([], {"p": False}, structure=structure) == {"p.1": {"not-satisfied"}}


def test_a_parent_of_several_children_equals_or_contains_each_of_them() -> None:
    graph = assemble([], structure=[("p", "p.1"), ("p", "p.2")])

    down = {edge.knowledge for edge in graph.edges[RationaleType.SEMANTIC]["p"]}

    assert down == {frozenset((EQ, SUP))}


def test_structure_costs_no_hop() -> None:
    graph = assemble([row("x", "equal", "p")], structure=[("p", "p.1"), ("p", "p.2")])

    found = transfer(graph, {"x": True})

    assert found["p"].conclusions["satisfied"].hops == 1
    assert found["p.1"].conclusions["satisfied"].hops == 1


def test_the_cap_holds_for_the_children_of_a_law() -> None:
    rows = [row("a", "equal", ACT + "/1"), row("b", "equal", ACT + "/2", line=2)]

    found = follows(rows, {"a": True, "b": True}, structure=[(ACT, ACT + "/1"), (ACT, ACT + "/2")])

    assert found[ACT + "/1"] == found[ACT + "/2"] == {"supported"}
    assert "satisfied" not in found.get(ACT, set())


def test_the_cap_does_not_hold_from_a_law_to_a_law_or_to_a_standard() -> None:
    rows = [row(ACT, "equal", DECREE), row(ACT, "equal", "y", line=2)]

    found = follows(rows, {ACT: True})

    assert "satisfied" in found[DECREE]
    assert found["y"] == {"satisfied"}


def test_the_cap_holds_for_a_law_behind_another_law() -> None:
    rows = [row("x", "equal", ACT), row(ACT, "equal", DECREE, line=2)]

    assert follows(rows, {"x": True}) == {ACT: {"supported"}, DECREE: {"supported"}}


def test_the_cap_is_not_passed_by_a_way_through_another_standard() -> None:
    rows = [row("x", "equal", "y"), row("y", "equal", ACT, line=2)]

    assert follows(rows, {"x": True})[ACT] == {"supported"}


def test_a_duplicated_row_of_a_group_changes_neither_status_nor_confidence() -> None:
    known = {"a": True, "b": True}
    once = transfer(assemble(GROUP), known)

    twice = transfer(assemble([*GROUP, replace(GROUP[1], row=7)]), known)

    assert twice["y"].conclusions["satisfied"].confidence == pytest.approx(
        once["y"].conclusions["satisfied"].confidence
    )


def test_the_confidence_of_a_chain_is_the_product_of_its_rows() -> None:
    rows = [row("x", "equal", "y", confidence=0.5), row("y", "equal", "z", confidence=0.4)]

    found = transfer(assemble(rows), {"x": True})

    assert found["z"].conclusions["satisfied"].confidence == pytest.approx(0.2)


def test_confidence_never_changes_a_status() -> None:
    rows = [row("x", "equal", "y", confidence=0.01), row("w", "equal", "y", confidence=0.99)]

    assert follows(rows, {"x": True, "w": False})["y"] == {"satisfied", "not-satisfied"}


# Soundness on random models.


@dataclass(frozen=True)
class Model:
    """Provisions as sets of atoms; the atoms that are satisfied; what is told of them."""

    atoms: dict[str, frozenset[int]]
    met: frozenset[int]
    rows: tuple[Row, ...]
    structure: tuple[tuple[str, str], ...]
    told: tuple[str, ...]

    def holds(self, iri: str) -> bool:
        """Return whether all of a provision is satisfied."""
        return self.atoms[iri] <= self.met

    @property
    def known(self) -> dict[str, bool]:
        """What is known directly; all of it true."""
        return {iri: self.holds(iri) for iri in self.told}


def between(a: frozenset[int], b: frozenset[int]) -> Relation:
    """Return the one relation that holds between two non-empty sets."""
    if a == b:
        return EQ
    if a < b:
        return SUB
    if a > b:
        return SUP
    return MEET if a & b else NONE


KINDS = st.sampled_from([str(k) for k in RationaleType])


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Draw a model whose rows, groups and structure are all true in it."""
    some = st.frozensets(st.integers(0, 5), min_size=1)
    atoms = {
        f"{draw(st.sampled_from(['', LAW]))}p{n}": held
        for n, held in enumerate(draw(st.lists(some, min_size=2, max_size=7)))
    }
    names = st.sampled_from(sorted(atoms))
    structure: list[tuple[str, str]] = []
    for n in range(draw(st.integers(0, 2))):
        children = draw(st.lists(names, min_size=1, max_size=3, unique=True))
        parent = f"parent{n}"
        atoms[parent] = frozenset[int]().union(*(atoms[child] for child in children))
        structure += [(parent, child) for child in children]
    names = st.sampled_from(sorted(atoms))
    rows: list[Row] = []
    for line, (a, b) in enumerate(draw(st.lists(st.tuples(names, names), max_size=10))):
        if a == b:
            continue
        true = between(atoms[a], atoms[b])
        weak = true is not NONE and draw(st.integers(0, 4)) == 0
        rows.append(row(a, "related" if weak else str(true), b, kind=draw(KINDS), line=line))
    for n in range(draw(st.integers(0, 2))):
        members = draw(st.lists(names, min_size=1, max_size=3, unique=True))
        union = frozenset[int]().union(*(atoms[m] for m in members))
        inside = [iri for iri in sorted(atoms) if atoms[iri] <= union and iri not in members]
        if not inside:
            continue
        target, kind = draw(st.sampled_from(inside)), draw(KINDS)
        rows += [
            row(m, str(between(atoms[m], atoms[target])), target, kind=kind, group=f"g{n}", line=50)
            for m in members
        ]
    return Model(
        atoms,
        draw(st.frozensets(st.integers(0, 5))),
        tuple(rows),
        tuple(structure),
        tuple(draw(st.lists(st.sampled_from(sorted(atoms)), unique=True))),
    )


@settings(max_examples=250, deadline=None)
@given(models())
def test_all_that_is_inferred_is_true_in_the_model(model: Model) -> None:
    graph = assemble(model.rows, structure=model.structure, laws=(LAW,))

    found = transfer(graph, model.known)

    assert graph.contradictions == {}
    for iri, one in found.items():
        if one["satisfied"]:
            assert model.holds(iri)
        if one["not-satisfied"]:
            assert not model.holds(iri)
        if one["supported"]:
            assert model.atoms[iri] & model.met


def reference(model: Model) -> dict[str, set[str]]:
    """Return what the table of semantics §3 yields hop by hop, computed naively to a fixpoint.

    What is composed says no less.
    """
    result: dict[str, set[str]] = {}
    for kind in (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL):
        rows = [r for r in model.rows if r.rationale_type is kind]
        typed = [r for r in rows if r.relation is not Relation.RELATED]
        edges = [
            (r.subject, between(model.atoms[r.subject], model.atoms[r.object]), r.object)
            for r in typed
        ]
        edges += [(b, between(model.atoms[b], model.atoms[a]), a) for a, _, b in edges]
        groups: dict[tuple[str, str], list[str]] = {}
        for r in rows:
            if r.group:
                groups.setdefault((r.group, r.object), []).append(r.subject)
        children: dict[str, list[str]] = {}
        for parent, child in model.structure:
            children.setdefault(parent, []).append(child)
        state = dict(model.known)
        while True:
            new = dict(state)
            for a, relation, b in edges:
                crosses = b.startswith(LAW) and not a.startswith(LAW)
                if a in state and state[a] and relation in (EQ, SUP) and not crosses:
                    new.setdefault(b, True)
                if a in state and not state[a] and relation in (EQ, SUB):
                    new.setdefault(b, False)
            for (_, target), members in groups.items():
                crosses = target.startswith(LAW) and not all(m.startswith(LAW) for m in members)
                if all(state.get(m) for m in members) and not crosses:
                    new.setdefault(target, True)
            for parent, kids in children.items():
                for child in kids:
                    if state.get(parent) and (not child.startswith(LAW)):
                        new.setdefault(child, True)
                    if state.get(child) is False:
                        new.setdefault(parent, False)
                    if len(kids) == 1 and state.get(parent) is False:
                        new.setdefault(child, False)
                if all(state.get(child) for child in kids):
                    new.setdefault(parent, True)
            if new == state:
                break
            state = new
        for iri, value in state.items():
            if iri not in model.known:
                result.setdefault(iri, set()).add("satisfied" if value else "not-satisfied")
    return result


@settings(max_examples=300, deadline=None)
@given(models())
def test_all_that_the_table_yields_is_inferred(model: Model) -> None:
    found = transfer(assemble(model.rows, structure=model.structure, laws=(LAW,)), model.known)

    said = {
        iri: {c for c in one.conclusions if c in ("satisfied", "not-satisfied")}
        for iri, one in found.items()
        if iri not in model.known
    }
    for iri, conclusions in reference(model).items():
        assert conclusions <= said.get(iri, set())


@settings(max_examples=120, deadline=None)
@given(models(), st.integers(1, 3))
def test_what_is_composed_never_excludes_the_relation_that_holds(model: Model, depth: int) -> None:
    graph = assemble(model.rows, structure=model.structure, laws=(LAW,))
    closure = Closure(graph, model.rows, depth=depth)

    for kind, subject in product(RationaleType, sorted(model.atoms)):
        for target, paths in closure.paths(kind, subject).items():
            true = between(model.atoms[subject], model.atoms[target])

            assert all(true in path.knowledge for path in paths)
            assert all(path.hops <= depth for path in paths)
            if kind is RationaleType.SYNTACTIC:
                assert {path.hops for path in paths} == {1}


def test_what_is_composed_follows_the_table() -> None:
    rows = [row("x", "subset-of", "y"), row("y", "intersects-with", "z", line=2)]

    closure = Closure(assemble(rows), rows)

    [path] = closure.paths(RationaleType.SEMANTIC, "x")["z"]
    assert path.knowledge == {SUB, MEET, NONE}
    assert (path.hops, path.rule) == (2, "composed")


def anything() -> st.SearchStrategy[list[Row]]:
    """Draw rows that may well contradict each other."""
    names = st.sampled_from(["a", "b", "c", "d", "e", ACT])
    return st.lists(
        st.builds(
            row,
            names,
            st.sampled_from([str(r) for r in Relation]),
            names,
            kind=KINDS,
            group=st.sampled_from(["", "", "g"]),
            line=st.integers(1, 5),
            mapping_set=st.sampled_from(["one", "two"]),
            confidence=st.sampled_from([0.5, 0.9]),
        ),
        max_size=12,
    ).map(lambda rows: [one for one in rows if one.subject != one.object])


Said = tuple[Knowledge, float]


def together(said: list[tuple[frozenset[Row], Knowledge]]) -> tuple[frozenset[Row], Knowledge]:
    """Return the rows of the smallest, surest set of paths that say as much as all, by trial."""
    whole = frozenset(ALL).intersection(*(knowledge for _, knowledge in said))
    for size in range(1, len(said) + 1):
        enough = [
            frozenset[Row]().union(*(rows for rows, _ in some))
            for some in combinations(said, size)
            if frozenset(ALL).intersection(*(knowledge for _, knowledge in some)) == whole
        ]
        if enough:
            return max(enough, key=sureness), whole
    raise AssertionError("no path says anything")


def sureness(rows: frozenset[Row]) -> float:
    return prod(one.confidence for one in rows)


def by_definition(rows: list[Row], kind: RationaleType) -> dict[tuple[str, str], Said]:
    """Return what semantics §2 says of each pair over at most two hops, path by path."""
    hops: dict[tuple[str, str], list[tuple[frozenset[Row], Knowledge]]] = {}
    for one in set(rows):
        if one.rationale_type is kind and one.relation not in WEAK:
            said = known(one.relation)
            for pair, here in (
                ((one.subject, one.object), said),
                ((one.object, one.subject), converse(said)),
            ):
                hops.setdefault(pair, []).append((frozenset((one,)), here))
    certain = {pair: together(said) for pair, said in hops.items()}
    paths = {pair: list(said) for pair, said in hops.items()}
    if kind is not RationaleType.SYNTACTIC:
        for (a, b), (first, before) in certain.items():
            for (c, d), (second, after) in certain.items():
                whole = compose(before, after)
                if b == c and a != d and before and after and whole != ALL:
                    paths.setdefault((a, d), []).append((first | second, whole))
    found = {pair: together(said) for pair, said in paths.items()}
    return {pair: (whole, round(sureness(held), 9)) for pair, (held, whole) in found.items()}


@settings(max_examples=300, deadline=None)
@given(anything())
def test_the_closure_is_what_its_definition_says_pair_by_pair(rows: list[Row]) -> None:
    nothing_aside = MapGraph({}, {}, (), {}, {}, {})
    closure = Closure(nothing_aside, rows)

    for kind in RationaleType:
        expected = by_definition(rows, kind)
        found = {
            (subject, target): (path.knowledge, round(path.confidence, 9))
            for subject in closure.provisions(kind)
            for target, path in closure.known(kind, subject).items()
        }
        half = [(subject, target) for subject, target, _ in closure.closed(kind)]
        empty = [(subject, target) for subject, target, _ in closure.contradictory(kind)]

        assert {pair: said for pair, (said, _) in found.items()} == {
            pair: said for pair, (said, _) in expected.items()
        }
        assert {pair: said for pair, said in found.items() if said[0]} == {
            pair: said for pair, said in expected.items() if said[0]
        }
        assert half == sorted(pair for pair in expected if pair[0] < pair[1])
        assert sorted(set(empty)) == [pair for pair in half if not expected[pair][0]]


@settings(max_examples=150, deadline=None)
@given(anything(), st.integers(1, 3))
def test_what_is_said_of_one_pair_is_what_is_said_of_it_among_all(
    rows: list[Row], depth: int
) -> None:
    graph = assemble(rows, structure=[("a", "b"), ("a", "c")], depth=depth)
    closure = Closure(graph, rows, depth=depth)

    for kind, subject in product(RationaleType, "abcde"):
        every = closure.known(kind, subject)
        outline = closure.outline(kind, subject)

        assert set(closure.named(outline.reached)) == set(every)
        for target, path in every.items():
            assert closure.best(kind, subject, target) == path
            assert outline.knowledge(closure.number(target)) == path.knowledge
            assert (target in closure.named(outline.nothing)) == (not path.knowledge)
            if outline.near >> closure.number(target) & 1 == 0:
                assert path.hops > 1


def weighed(paths: list[Path]) -> tuple[frozenset[Row], Knowledge, tuple[Step, ...]]:
    """Return rows, knowledge and steps of the surest of the smallest sets that say as much."""
    whole = frozenset(ALL).intersection(*(path.knowledge for path in paths))
    said: dict[Knowledge, list[Path]] = {}
    for path in sorted(paths, key=lambda path: (-path.confidence, path.rank)):
        said.setdefault(path.knowledge, []).append(path)
    for size in range(1, len(said) + 1):
        groups = [
            sorted(group, key=lambda path: path.rank)
            for classes in combinations(said, size)
            if frozenset(ALL).intersection(*classes) == whole
            for group in product(*(said[knowledge][:CHOICES] for knowledge in classes))
        ]
        if groups:
            rows = [frozenset[Row]().union(*(path.rows for path in group)) for group in groups]
            best = min(
                range(len(groups)),
                key=lambda n: (-sureness(rows[n]), [path.rank for path in groups[n]]),
            )
            return rows[best], whole, groups[best][0].steps
    raise AssertionError("no path says anything")


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 3))
def test_where_many_paths_tie_it_is_as_if_all_of_them_had_been_weighed(
    chance: random.Random, depth: int
) -> None:
    middles = [f"m{n}" for n in range(6 * CHOICES)]
    ends = [("x", middle) for middle in middles] + [(middle, "z") for middle in middles]
    ends += chance.sample([("x", "y"), ("y", "z"), ("y", "m0"), ("m1", "m2")], 2)
    rows = [
        row(
            *(subject, chance.choice([MEET, NONE]), target),
            line=line,
            confidence=0.8 if subject == "x" else chance.choice([0.5] * 9 + [0.8]),
        )
        for line, (subject, target) in enumerate(ends)
    ]
    structure = [("x", "w"), ("x", "y"), ("m3", "m4"), ("m3", "m5")]
    graph = assemble(rows, structure=structure, conflicts=())
    closure = Closure(graph, rows, depth=depth)

    for subject in ("x", "y", "w"):
        every = closure.paths(RationaleType.SEMANTIC, subject)
        best = closure.known(RationaleType.SEMANTIC, subject)

        assert {target: (one.rows, one.knowledge, one.steps) for target, one in best.items()} == {
            target: weighed(paths) for target, paths in every.items()
        }


def plain(found: Mapping[str, Inferred]) -> dict[str, dict[str, object]]:
    """Return what was found as plain values."""
    return {iri: dict(one.conclusions) for iri, one in found.items()}


Ranked = tuple[int, int, float, tuple[str, ...]]
"""Hops, steps, confidence below zero and bases of a derivation: what it is ranked by."""


def by_every_edge(graph: MapGraph, known: dict[str, bool]) -> dict[str, dict[str, Ranked]]:
    """Return provision → conclusion → rank of its best derivation, by trying every edge again.

    For graphs without groups, in which nothing is a conflict.
    """
    best: dict[tuple[str, str, RationaleType], Ranked] = {}
    for kind in (RationaleType.SEMANTIC, RationaleType.FUNCTIONAL):
        state: dict[tuple[str, bool], Ranked] = {
            (iri, held): (0, 0, -1.0, (iri,)) for iri, held in known.items()
        }
        while True:
            before = (dict(best), dict(state))
            for (source, held), start in sorted(state.items()):
                for edge in graph.reach(kind, source):
                    rank = (
                        start[0] + edge.cost,
                        start[1] + len(edge.steps),
                        start[2] * edge.confidence,
                        start[3],
                    )
                    for said in concluded(graph, edge, held=held):
                        place = (edge.target, said, kind)
                        best[place] = min(best.get(place, rank), rank)
                        if said in ("satisfied", "not-satisfied") and edge.target not in known:
                            key = (edge.target, said == "satisfied")
                            state[key] = min(state.get(key, rank), rank)
            if (best, state) == before:
                break
    found: dict[str, dict[str, Ranked]] = {}
    for (iri, said, _), rank in best.items():
        held_ranks = found.setdefault(iri, {})
        held_ranks[said] = min(held_ranks.get(said, rank), rank)
    return found


def concluded(graph: MapGraph, edge: Edge, *, held: bool) -> set[str]:
    """Return what one edge says of its target, by the table."""
    typed = not (edge.weak or edge.changed)
    if not held:
        return {"not-satisfied"} if typed and edge.knowledge <= {EQ, SUB} else set()
    if not typed and edge.knowledge <= {EQ, SUB, SUP}:
        return {"lead-overlap"}
    capped = graph.is_law(edge.target) and not graph.is_law(edge.source)
    return {"supported" if capped and c == "satisfied" else c for c in positive(edge.knowledge)}


@settings(max_examples=300, deadline=None)
@given(anything(), st.dictionaries(st.sampled_from("abc"), st.booleans()))
def test_what_follows_is_the_best_of_what_every_edge_says(
    rows: list[Row], known: dict[str, bool]
) -> None:
    single = [
        replace(one, group="", edition_change="changed" if one.row == 5 else "") for one in rows
    ]
    graph = assemble(single, structure=[("a", "b"), ("a", "c")], laws=(LAW,))
    graph.groups.clear()

    found = transfer(graph, known)
    expected = by_every_edge(graph, known)

    conflicts = [iri for iri, one in expected.items() if {"satisfied", "not-satisfied"} <= set(one)]
    assume(set(conflicts) <= set(known))
    assert {
        iri: {
            said: (*(round(part, 9) for part in one.rank[:3]), one.bases)
            for said, one in held.conclusions.items()
        }
        for iri, held in found.items()
    } == {
        iri: {
            said: (*(round(part, 9) for part in rank[:3]), rank[3]) for said, rank in held.items()
        }
        for iri, held in expected.items()
    }
    assert all(found.get(iri) is None for iri in "abcde" if iri not in expected)


@settings(max_examples=300, deadline=None)
@given(anything(), st.dictionaries(st.sampled_from("abc"), st.booleans()), st.randoms())
def test_the_order_and_repetition_of_rows_never_matter(
    rows: list[Row], known: dict[str, bool], chance: random.Random
) -> None:
    structure = [("a", "b"), ("a", "c")]
    shuffled = [*rows, *rows]
    chance.shuffle(shuffled)
    turned = dict(reversed(known.items()))

    first = assemble(rows, structure=structure, laws=(LAW,))
    again = assemble(shuffled, structure=structure[::-1], laws=(LAW,))

    assert plain(transfer(again, turned)) == plain(transfer(first, known))
    assert again.contradictions == first.contradictions


@settings(max_examples=200, deadline=None)
@given(anything(), st.dictionaries(st.sampled_from("abc"), st.booleans()))
def test_a_provision_satisfied_and_not_satisfied_passes_nothing_to_another(
    rows: list[Row], known: dict[str, bool]
) -> None:
    found = transfer(assemble(rows, laws=(LAW,), depth=1), known)

    conflicts = {
        iri
        for iri, one in found.items()
        if iri not in known and one["satisfied"] and one["not-satisfied"]
    }
    for iri, one in found.items():
        for derivation in one.conclusions.values():
            passed = {step.subject for step in derivation.steps[1:]}
            if iri not in conflicts:
                assert not passed & conflicts


SAID_OF = st.tuples(
    st.dictionaries(st.sampled_from("abcdef"), st.booleans()),
    st.frozensets(st.sampled_from("abcde"), max_size=2),
)
"""What is known directly, and what passes nothing on."""


@settings(max_examples=100, deadline=None)
@given(anything(), st.lists(SAID_OF, min_size=2, max_size=6))
def test_what_follows_is_the_same_whatever_was_asked_before(
    rows: list[Row], asked: list[tuple[dict[str, bool], frozenset[str]]]
) -> None:
    structure = [("a", "b"), ("a", "c"), ("d", "a"), ("d", "e"), ("f", "d")]
    kept = assemble(rows, structure=structure, laws=(LAW,))

    for told, outside in asked:
        found = transfer(kept, told, outside=outside)

        fresh = assemble(rows, structure=structure, laws=(LAW,))
        assert plain(found) == plain(transfer(fresh, told, outside=outside))


def test_what_was_answered_stays_when_something_else_is_asked() -> None:
    graph = assemble([row("a", "equal", "b"), row("b", "equal", "c")], structure=[], laws=())
    first = transfer(graph, {"a": True})
    said = repr(sorted(plain(first).items()))

    transfer(graph, {"c": False})

    assert repr(sorted(plain(first).items())) == said
