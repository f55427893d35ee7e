"""How much of one edition another carries: told by what is known, never by what overlaps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crosswalk import catalogue, resources
from crosswalk.graph import open_dataset
from crosswalk.reuse import Carried, reuse, shares

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 11, 21)


def test_each_counted_provision_is_told_by_the_best_that_is_known_of_it(
    new_world: Callable[[], World],
) -> None:
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3\n4\n5\n6\n7 heading")
    world.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 superset-of beta-2021:1\n"
        "alpha-2020:2 subset-of beta-2021:2\n"
        "alpha-2020:3 intersects-with beta-2021:3\n"
        "alpha-2020:2 intersects-with beta-2021:4 group=g\n"
        "alpha-2020:3 intersects-with beta-2021:4 group=g\n"
        "alpha-2020:1 no-relationship beta-2021:5",
    )
    dataset = world.open()
    editions = [catalogue.edition(dataset, k, as_of=DAY) for k in ("alpha-2020", "beta-2021")]

    found = reuse(dataset, *editions)

    assert [(one.provision, one.carried, one.by) for one in found] == [
        ("1", Carried.CONTAINED, ("1",)),
        ("2", Carried.SUPPORTED, ("2",)),
        ("3", Carried.OVERLAP, ("3",)),
        ("4", Carried.CONTAINED, ("2", "3")),
        ("5", Carried.LOOKED_NONE, ("1",)),
        ("6", Carried.NEVER_LOOKED, ()),
    ]
    assert shares(found)[Carried.CONTAINED] == (2, 2 / 6)


def test_a_standard_carries_a_law_no_further_than_supported(
    new_world: Callable[[], World],
) -> None:
    world = new_world()
    world.edition("alpha-2020", "1")
    world.edition("law-2023", "1", law=True)
    world.mapping("alpha-2020_law-2023", "alpha-2020:1 equal law-2023:1")
    dataset = world.open()
    editions = [catalogue.edition(dataset, k, as_of=DAY) for k in ("alpha-2020", "law-2023")]

    [one] = reuse(dataset, *editions)

    assert one.carried is Carried.SUPPORTED


@pytest.mark.parametrize(("column", "source"), [(2, "iso-27001-2022"), (3, "iso-9001-2015")])
def test_the_document_on_carry_over_says_what_the_command_says(column: int, source: str) -> None:
    page = (resources.data_root() / "docs" / "carry-over.md").read_text(encoding="utf-8")
    dataset = open_dataset()
    editions = [catalogue.edition(dataset, k, as_of=DAY) for k in (source, "iso-42001-2023")]
    found = reuse(dataset, *editions)

    for heading, carried in (
        ("clauses 4–10, contained", Carried.CONTAINED),
        ("clauses 4–10, supported", Carried.SUPPORTED),
        ("looked and found none", Carried.LOOKED_NONE),
    ):
        (line,) = [one for one in page.splitlines() if one.startswith(f"| {heading} |")]
        listed = line.split("|")[column].partition(":")[2].replace(",", " ").split()
        assert listed == [one.provision for one in found if one.carried is carried], heading
