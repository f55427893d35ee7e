"""The smallest cover: as small as any, the first of its size, and of what would truly satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import catalogue
from crosswalk.graph import Dataset
from crosswalk.inference import MapGraph, Row, assemble, transfer
from crosswalk.minimal import Minimal, minimal, minimal_implementations, smallest
from crosswalk.models import RationaleType, Relation

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 6, 1)
NAMES = "abcdefg"


def row(
    line: int, subject: str, relation: str, target: str, kind: str = "semantic", group: str = ""
) -> Row:
    """Return a mapping row; its IRI is its line."""
    return Row(
        mapping_set="set",
        row=line,
        subject=subject,
        object=target,
        relation=Relation(relation),
        rationale_type=RationaleType(kind),
        confidence=0.8,
        iri=f"row {line}",
        publisher="crosswalk",
        review_status="draft",
        group=group,
    )


def satisfied(graph: MapGraph, names: Iterable[str]) -> set[str]:
    """Return what is satisfied if some provisions are, by the engine's own transfer."""
    known = dict.fromkeys(names, True)
    return set(known) | {iri for iri, one in transfer(graph, known).items() if one["satisfied"]}


def by_trying(graph: MapGraph, targets: set[str], sources: list[str], held: set[str]) -> list[str]:
    """Return the first of the smallest covers, found by trying every set of sources in turn."""
    reachable = targets & satisfied(graph, [*sources, *held])
    for size in range(len(sources) + 1):
        for chosen in combinations(sources, size):
            if reachable <= satisfied(graph, [*chosen, *held]):
                return list(chosen)
    raise AssertionError("all sources together cover what they cover")


provision = st.sampled_from(NAMES)
pairs = st.tuples(provision, provision).filter(lambda pair: pair[0] != pair[1])
related = st.tuples(
    pairs,
    st.sampled_from(["equal", "subset-of", "superset-of", "superset-of", "intersects-with"]),
    st.sampled_from(["semantic", "functional"]),
)
grouped = st.tuples(
    st.sets(provision, min_size=2, max_size=3), provision, st.sampled_from(["semantic"])
).filter(lambda group: group[1] not in group[0])
families = st.tuples(provision, st.sets(provision, min_size=1, max_size=3)).filter(
    lambda family: family[0] not in family[1]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(related, max_size=6),
    st.lists(grouped, max_size=4),
    st.lists(families, max_size=2),
    st.sets(provision, min_size=1),
    st.permutations(NAMES),
    st.integers(0, len(NAMES)),
    st.sets(provision, max_size=2),
)
def test_no_smaller_cover_exists_and_of_the_smallest_it_is_the_first(
    singles: list[tuple[tuple[str, str], str, str]],
    groups: list[tuple[set[str], str, str]],
    parents: list[tuple[str, set[str]]],
    targets: set[str],
    order: list[str],
    count: int,
    held: set[str],
) -> None:
    rows = [row(n, a, said, b, kind) for n, ((a, b), said, kind) in enumerate(singles, 1)]
    for number, (members, target, kind) in enumerate(groups):
        rows += [
            row(100 + 10 * number + n, member, "intersects-with", target, kind, f"g{number}")
            for n, member in enumerate(sorted(members))
        ]
    structure = [(parent, child) for parent, children in parents for child in sorted(children)]
    graph = assemble(rows, structure=structure)
    sources = order[:count]

    found = smallest(graph, targets, {name: (name,) for name in sources}, held=held)

    assert found == by_trying(graph, targets, sources, held)


def test_groups_that_only_hold_each_other_up_cover_nothing() -> None:
    rows = [
        row(1, "a", "intersects-with", "c", group="one"),
        row(2, "b", "intersects-with", "c", group="one"),
        row(3, "c", "intersects-with", "b", group="two"),
        row(4, "d", "intersects-with", "b", group="two"),
    ]
    graph = assemble(rows)

    assert smallest(graph, {"b", "c"}, {n: (n,) for n in "abd"}) == ["a", "b"]
    assert smallest(graph, {"c"}, {n: (n,) for n in "ad"}) == []


def test_a_thousand_provisions_with_many_smallest_covers_are_solved_in_the_same_way_twice() -> None:
    rows = [
        row(n, f"s{n:03}", "superset-of", f"t{(n * step) % 97:03}")
        for step in (1, 5, 11)
        for n in range(1, 98)
    ]
    rows = [row(n, r.subject, "superset-of", r.object) for n, r in enumerate(rows, 1)]
    targets = [f"t{n:03}" for n in range(97)]
    sources = {f"s{n:03}": (f"s{n:03}",) for n in range(1, 98)}

    first = smallest(assemble(rows), targets, sources)
    again = smallest(assemble(rows[::-1]), targets[::-1], sources)

    assert first == again
    assert set(targets) <= satisfied(assemble(rows), first)
    assert 97 / 3 <= len(first) < 60


# Editions


@pytest.fixture(scope="module")
def dataset(new_world: Callable[[], World]) -> Dataset:
    """Return a world where alpha 1 contains beta 1 and 2, and alpha 2 and 3 together beta 3."""
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3\n4")
    world.edition("beta-2021", "0 heading exhaust\n1 in 0\n2 in 0\n3\n4")
    world.edition("law-2023", "1", law=True)
    world.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 superset-of beta-2021:1\n"
        "alpha-2020:1 superset-of beta-2021:2\n"
        "alpha-2020:2 intersects-with beta-2021:3 group=g\n"
        "alpha-2020:3 intersects-with beta-2021:3 group=g\n"
        "alpha-2020:4 intersects-with beta-2021:4",
    )
    world.mapping("alpha-2020_law-2023", "alpha-2020:1 equal law-2023:1")
    return world.open(
        "o:one a cw:ControlImplementation ; rdfs:label 'One' ; cw:implements alpha:1 , alpha:2 .",
        "o:two a cw:ControlImplementation ; rdfs:label 'Two' ; cw:implements alpha:3 .",
        "o:three a cw:ControlImplementation ; rdfs:label 'Three' ; cw:implements beta:1 .",
    )


def told(found: list[Minimal]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (role, provision, what it covers or what covers it) of each row."""
    return [(str(one.role), one.provision, one.covers or one.by) for one in found]


def test_a_cover_draws_on_every_current_edition_and_prefers_the_targets(dataset: Dataset) -> None:
    [beta] = [catalogue.edition(dataset, "beta-2021", as_of=DAY)]

    assert told(minimal(dataset, [beta], as_of=DAY)) == [
        ("chosen", "beta-2021:3", ("beta-2021:3",)),
        ("chosen", "beta-2021:4", ("beta-2021:4",)),
        ("chosen", "alpha-2020:1", ("beta-2021:1", "beta-2021:2")),
        ("covered", "beta-2021:1", ("alpha-2020:1",)),
        ("covered", "beta-2021:2", ("alpha-2020:1",)),
    ]


def test_what_is_in_place_tells_what_is_needed_what_remains_and_what_is_redundant(
    dataset: Dataset,
) -> None:
    alpha, beta = (catalogue.edition(dataset, k, as_of=DAY) for k in ("alpha-2020", "beta-2021"))

    found = minimal(dataset, [beta], have=[alpha], as_of=DAY)

    assert told(found) == [
        ("needed", "alpha-2020:1", ("beta-2021:1", "beta-2021:2")),
        ("needed", "alpha-2020:2", ("beta-2021:3",)),
        ("needed", "alpha-2020:3", ("beta-2021:3",)),
        ("chosen", "beta-2021:4", ("beta-2021:4",)),
        ("covered", "beta-2021:1", ("alpha-2020:1",)),
        ("covered", "beta-2021:2", ("alpha-2020:1",)),
        ("covered", "beta-2021:3", ("alpha-2020:2", "alpha-2020:3")),
        ("remainder", "beta-2021:4", ("beta-2021:4",)),
        ("redundant", "alpha-2020:4", ()),
    ]
    assert {len(one.rows) for one in found if one.provision == "beta-2021:3"} == {2}


def test_a_standard_covers_no_law_and_what_nothing_covers_remains(dataset: Dataset) -> None:
    law, alpha = (catalogue.edition(dataset, k, as_of=DAY) for k in ("law-2023", "alpha-2020"))

    assert told(minimal(dataset, [law], sources=[alpha], as_of=DAY)) == [
        ("remainder", "law-2023:1", ())
    ]


def test_the_implementations_that_are_enough_are_found_with_what_they_leave_open(
    dataset: Dataset,
) -> None:
    [beta] = [catalogue.edition(dataset, "beta-2021", as_of=DAY)]

    found = minimal_implementations(dataset, [beta])

    assert [(str(one.role), one.provision.rsplit("/", 1)[-1]) for one in found] == [
        ("chosen", "one"),
        ("chosen", "two"),
        ("covered", "beta-2021:1"),
        ("covered", "beta-2021:2"),
        ("covered", "beta-2021:3"),
        ("remainder", "beta-2021:4"),
        ("redundant", "three"),
    ]


def test_an_edition_that_has_a_successor_is_no_source_unless_it_is_named(
    x_corporation: Dataset,
) -> None:
    new, old = (
        catalogue.edition(x_corporation, key, as_of=date(2026, 11, 20))
        for key in ("iso-27001-2022", "iso-27001-2013")
    )

    def editions(found: list[Minimal]) -> set[str]:
        return {one.provision.partition(":")[0] for one in found if one.role == "chosen"}

    assert "iso-27001-2013" not in editions(minimal(x_corporation, [new], as_of=date(2026, 11, 20)))
    assert editions(minimal(x_corporation, [new], sources=[old], as_of=date(2026, 11, 20))) == {
        "iso-27001-2013"
    }
