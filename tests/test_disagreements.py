"""Where publishers differ: statements that cannot both be right; silence is none of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crosswalk import catalogue
from crosswalk.compare import Disagreement, disagreements
from crosswalk.compare import DisagreementKind as Kind
from crosswalk.graph import Dataset

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 11, 21)
OURS, THEIRS, BACK = "alpha-2020_beta-2021", "pub_alpha-2020_beta-2021", "pub_beta-2021_alpha-2020"


def differing(world: World, sets: dict[str, str]) -> list[tuple[Kind, str, str, str]]:
    """Return (kind, subject, object, said) of what publishers differ on, reviews left out."""
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3")
    for key, rows in sets.items():
        world.mapping(key, rows)
    found = disagreements(world.open())
    return [(d.kind, d.subject, d.object, d.said) for d in found if d.kind is not Kind.UNREVIEWED]


def test_two_relations_of_one_pair_and_type_differ(world: World) -> None:
    found = differing(
        world,
        {OURS: "alpha-2020:1 subset-of beta-2021:1", THEIRS: "alpha-2020:1 equal beta-2021:1"},
    )

    assert found == [
        (
            Kind.RELATION_DIFFERS,
            "alpha-2020:1",
            "beta-2021:1",
            "crosswalk: subset-of (semantic); pub: equal (semantic)",
        )
    ]


def test_rows_are_read_in_one_direction_whichever_way_they_are_written(world: World) -> None:
    found = differing(
        world,
        {
            OURS: "alpha-2020:1 subset-of beta-2021:1\nalpha-2020:2 subset-of beta-2021:2",
            BACK: "beta-2021:1 superset-of alpha-2020:1\nbeta-2021:2 subset-of alpha-2020:2",
        },
    )

    assert found == [
        (
            Kind.RELATION_DIFFERS,
            "alpha-2020:2",
            "beta-2021:2",
            "crosswalk: subset-of (semantic); pub: superset-of (semantic)",
        )
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("alpha-2020:1 subset-of beta-2021:1", "alpha-2020:1 related beta-2021:1"),
        ("alpha-2020:1 subset-of beta-2021:1", "alpha-2020:1 equal beta-2021:1 type=functional"),
        ("alpha-2020:1 no-relationship beta-2021:1", "alpha-2020:2 related beta-2021:1"),
        ("alpha-2020:1 equal beta-2021:1", "alpha-2020:1 equal beta-2021:1"),
    ],
)
def test_an_untyped_row_another_type_or_another_pair_is_no_disagreement(
    world: World, ours: str, theirs: str
) -> None:
    assert differing(world, {OURS: ours, THEIRS: theirs}) == []


def test_a_pair_listed_without_a_type_differs_from_no_relationship(world: World) -> None:
    found = differing(
        world,
        {
            OURS: "alpha-2020:1 no-relationship beta-2021:1",
            BACK: "beta-2021:1 related alpha-2020:1",
        },
    )

    assert [one[:3] for one in found] == [
        (Kind.RELATED_AGAINST_NONE, "alpha-2020:1", "beta-2021:1")
    ]


@pytest.mark.parametrize("record", ["alpha-2020:1 none -", "- none beta-2021:1"])
def test_a_listed_pair_differs_from_a_search_of_either_side_that_found_none(
    world: World, record: str
) -> None:
    found = differing(
        world,
        {
            OURS: f"{record}\nalpha-2020:2 equal beta-2021:2",
            THEIRS: "alpha-2020:1 related beta-2021:1\nalpha-2020:3 related beta-2021:3",
        },
    )

    assert found == [
        (
            Kind.LISTED_AGAINST_LOOKED_NONE,
            "alpha-2020:1",
            "beta-2021:1",
            "pub: related; crosswalk: looked, none found",
        )
    ]


def test_a_search_in_another_edition_is_no_disagreement(world: World) -> None:
    world.edition("gamma-2022", "1")

    found = differing(
        world,
        {
            "alpha-2020_gamma-2022": "alpha-2020:1 none -\nalpha-2020:2 equal gamma-2022:1",
            THEIRS: "alpha-2020:1 related beta-2021:1",
        },
    )

    assert found == []


def test_what_one_publisher_lists_alone_is_told_apart_and_only_on_demand(world: World) -> None:
    sets = {
        OURS: "alpha-2020:1 equal beta-2021:1\nalpha-2020:2 equal beta-2021:2",
        THEIRS: "alpha-2020:1 related beta-2021:2\nalpha-2020:3 related beta-2021:3",
    }

    silent = differing(world, sets)
    told = disagreements(world.open(), listed_by_one=True)

    assert silent == []
    assert [(d.subject, d.object, d.note) for d in told if d.kind is Kind.LISTED_BY_ONE] == [
        ("alpha-2020:1", "beta-2021:1", "pub has mapped the two editions and is silent here"),
        ("alpha-2020:1", "beta-2021:2", "crosswalk has mapped both, not to each other"),
        ("alpha-2020:2", "beta-2021:2", "pub has mapped the two editions and is silent here"),
        ("alpha-2020:3", "beta-2021:3", "crosswalk has mapped the two editions and is silent here"),
    ]


@pytest.fixture(scope="module")
def successors(new_world: Callable[[], World]) -> Dataset:
    """Return a world where norm 1 stands renumbered as 11, and norm 2 changed as 12."""
    world = new_world()
    world.edition("alpha-2020", "1\n2")
    world.edition("norm-2013", "1\n2")
    world.edition("norm-2022", "11\n12")
    world.mapping(
        "norm-2013_norm-2022",
        "norm-2013:1 equal norm-2022:11 change=renumbered\n"
        "norm-2013:2 equal norm-2022:12 change=changed",
    )
    world.mapping(
        "pub_norm-2013_alpha-2020",
        "norm-2013:1 related alpha-2020:1\nnorm-2013:2 related alpha-2020:2",
    )
    world.mapping(
        "norm-2022_alpha-2020",
        "norm-2022:11 no-relationship alpha-2020:1\nnorm-2022:12 no-relationship alpha-2020:2",
    )
    return world.open()


def test_an_older_edition_speaks_of_the_newer_only_where_its_text_stands(
    successors: Dataset,
) -> None:
    [one] = [d for d in disagreements(successors) if d.kind is not Kind.UNREVIEWED]

    assert (one.kind, one.subject, one.object) == (
        Kind.RELATED_AGAINST_NONE,
        "norm-2022:11",
        "alpha-2020:1",
    )
    assert "pub: related [of norm-2013:1 and alpha-2020:1]" in one.said


def test_the_editions_that_are_asked_for_give_names_and_direction(successors: Dataset) -> None:
    old, alpha, new = (
        catalogue.edition(successors, key, as_of=DAY)
        for key in ("norm-2013", "alpha-2020", "norm-2022")
    )

    def pairs(found: list[Disagreement]) -> list[tuple[str, str]]:
        return [(d.subject, d.object) for d in found if d.kind is not Kind.UNREVIEWED]

    assert pairs(disagreements(successors, alpha, old)) == [("alpha-2020:1", "norm-2013:1")]
    assert pairs(disagreements(successors, new)) == [("norm-2022:11", "alpha-2020:1")]
    assert pairs(disagreements(successors, old, new)) == []


def test_rows_that_contradict_each_other_over_others_are_named(world: World) -> None:
    world.edition("gamma-2022", "1")

    found = differing(
        world,
        {
            OURS: "alpha-2020:1 equal beta-2021:1",
            "beta-2021_gamma-2022": "beta-2021:1 equal gamma-2022:1",
            "alpha-2020_gamma-2022": "alpha-2020:1 no-relationship gamma-2022:1",
        },
    )

    [(kind, _, _, said)] = found
    assert kind is Kind.CONTRADICTION
    assert "alpha-2020:1 no-relationship gamma-2022:1" in said
    assert "beta-2021:1 equal gamma-2022:1" in said


def test_unreviewed_rows_are_counted_by_set_or_named(world: World) -> None:
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3")
    world.mapping(
        OURS,
        "alpha-2020:1 equal beta-2021:1 review=reviewed\nalpha-2020:2 equal beta-2021:2\n"
        "alpha-2020:3 equal beta-2021:3 review=second-read",
    )
    dataset = world.open()

    [counted] = disagreements(dataset)
    named = disagreements(dataset, rows=True)

    assert counted.said == "draft 1, second-read 1, reviewed 1"
    assert counted.note == f"{OURS}: 2 of 3 rows were reviewed by no outside expert"
    assert [(d.subject, d.note) for d in named] == [
        ("alpha-2020:2", "draft"),
        ("alpha-2020:3", "second-read"),
    ]
