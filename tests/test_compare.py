"""One thing against another: what changed is told by rows and evidence, never by likeness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crosswalk import catalogue, compare
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset, forget

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 11, 21)


# Editions


@pytest.fixture(scope="module")
def two_editions(new_world: Callable[[], World]) -> Dataset:
    """Return a world in which norm-2013 became norm-2022."""
    world = new_world()
    world.edition("norm-2013", "A heading\nA1 in A\nA2 in A\nA3 in A\nA4 in A\nA5\nA6\nA7")
    world.edition("norm-2022", "B heading\nB1 in B\nB2\nB2a in B2\nB3\nB3a in B3\nB4\nA7\nB9")
    world.mapping(
        "norm-2013_norm-2022",
        "norm-2013:A1 equal norm-2022:B1 change=renumbered\n"
        "norm-2013:A2 subset-of norm-2022:B2 change=merged group=g\n"
        "norm-2013:A3 subset-of norm-2022:B2 change=merged group=g\n"
        "norm-2013:A4 superset-of norm-2022:B4 change=split\n"
        "norm-2013:A4 superset-of norm-2022:B1 change=split\n"
        "norm-2013:A5 none - change=withdrawn\n"
        "- none norm-2022:B3 change=new\n"
        "norm-2013:A7 equal norm-2022:A7 change=unchanged",
    )
    world.edition("norm-2030", "C1")
    world.edition("other-2013", "A1")
    return world.open()


def compared(dataset: Dataset, old: str, new: str) -> list[tuple[str | None, str | None, str]]:
    """Return (from, to, change) of each row, in order."""
    ends = [catalogue.edition(dataset, key, as_of=DAY) for key in (old, new)]
    return [(r.id_from, r.id_to, r.change) for r in compare.compare_editions(dataset, *ends)]


def test_each_provision_of_both_editions_is_told_in_the_catalogue_s_order(
    two_editions: Dataset,
) -> None:
    assert compared(two_editions, "norm-2013", "norm-2022") == [
        ("A", None, "never-looked"),
        ("A1", "B1", "renumbered"),
        ("A2", "B2", "merged"),
        ("A3", "B2", "merged"),
        ("A4", "B1", "split"),
        ("A4", "B4", "split"),
        ("A5", None, "withdrawn"),
        ("A6", None, "never-looked"),
        ("A7", "A7", "unchanged"),
        (None, "B", "never-looked"),
        (None, "B2a", "never-looked"),
        (None, "B3", "new"),
        (None, "B3a", "new"),
        (None, "B9", "never-looked"),
    ]


def test_from_the_newer_to_the_older_edition_the_words_are_turned(two_editions: Dataset) -> None:
    turned = {"merged": "split", "split": "merged", "new": "withdrawn", "withdrawn": "new"}
    straight = compared(two_editions, "norm-2013", "norm-2022")

    back = compared(two_editions, "norm-2022", "norm-2013")

    assert sorted(back, key=str) == sorted(
        ((there, here, turned.get(change, change)) for here, there, change in straight), key=str
    )


def test_a_row_says_its_relation_as_read_and_where_it_stands(two_editions: Dataset) -> None:
    ends = [catalogue.edition(two_editions, key, as_of=DAY) for key in ("norm-2022", "norm-2013")]

    notes = {(r.id_from, r.id_to): r.note for r in compare.compare_editions(two_editions, *ends)}

    assert notes["B4", "A4"].startswith("subset-of: Because the texts say so.")
    assert "[norm-2013_norm-2022:" in notes["B4", "A4"]
    assert notes["B3a", None] == "part of B3, which is withdrawn"
    assert notes["B2a", None].startswith("part of B2, which is split; which of its parts")
    assert notes["B", None].startswith("heading")


def test_a_set_that_states_no_change_is_read_by_its_relations(world: World) -> None:
    world.edition("norm-2013", "1\n2\n3\n4\n5")
    world.edition("norm-2022", "1\n2b\n3\n4\n5\n6")
    world.mapping(
        "norm-2013_norm-2022",
        "norm-2013:1 equal norm-2022:1\n"
        "norm-2013:2 equal norm-2022:2b\n"
        "norm-2013:3 subset-of norm-2022:3\n"
        "norm-2013:4 none -\n"
        "norm-2013:5 no-relationship norm-2022:5\n"
        "- none norm-2022:6",
    )

    assert compared(world.open(), "norm-2013", "norm-2022") == [
        ("1", "1", "unchanged"),
        ("2", "2b", "renumbered"),
        ("3", "3", "changed"),
        ("4", None, "withdrawn"),
        ("5", None, "never-looked"),
        (None, "4", "never-looked"),
        (None, "5", "never-looked"),
        (None, "6", "new"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("norm-2013", "norm-2013", "compared with itself"),
        ("norm-2013", "other-2013", "crosswalk reuse"),
        ("norm-2013", "norm-2030", "Compared are norm-2013 and norm-2022"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_way_out(
    two_editions: Dataset, old: str, new: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        compared(two_editions, old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("iso-27001-2013", "iso-27001-2022"),
        ("iso-27701-2019", "iso-27701-2025"),
        ("eu-ai-act-2024", "eu-ai-act-2026"),
    ],
)
def test_every_provision_of_our_editions_is_told_and_every_counted_control_was_looked_at(
    x_corporation: Dataset, old: str, new: str
) -> None:
    rows = compared(x_corporation, old, new)

    for key, side in ((old, 0), (new, 1)):
        held = catalogue.provisions(x_corporation, key)
        assert {p.id for p in held} == {row[side] for row in rows} - {None}
        if key.startswith("iso"):
            silent = {row[side] for row in rows if row[2] == "never-looked"}
            assert [p.id for p in held if p.counted and p.id in silent] == []


# Snapshots


@pytest.fixture(scope="module")
def chain(new_world: Callable[[], World]) -> World:
    """Return a world where alpha 1 contains beta 1, and alpha 2 nothing."""
    world = new_world()
    world.edition("alpha-2020", "1\n2")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")
    return world


def differences(
    old: Dataset, new: Dataset, *editions: str, on: str = "2026-06-01", before: str | None = None
) -> list[tuple[str, str, str | None, str | None]]:
    """Return (kind, last part of the subject, before, after) of each difference."""
    rows = compare.compare_snapshots(
        old,
        new,
        editions,
        as_of=date.fromisoformat(on),
        as_of_old=date.fromisoformat(before) if before else None,
    )
    return [(r.kind, r.subject.rsplit("/", 1)[-1], r.before, r.after) for r in rows]


def test_two_snapshots_tell_evidence_added_removed_and_changed(chain: World) -> None:
    kept = chain.implements("alpha:1")
    old = chain.open(kept, chain.item("gone"), chain.item("moved"))
    new = chain.open(kept, chain.item("come"), chain.item("moved", collectedOn="2026-01-04"))

    assert differences(old, new) == [
        ("evidence-added", "come", None, "come (cw:Record)"),
        ("evidence-removed", "gone", "gone (cw:Record)", None),
        ("evidence-changed", "moved", 'cw:collectedOn "2026-01-05"', 'cw:collectedOn "2026-01-04"'),
    ]


def test_the_order_of_statements_and_the_names_of_blank_nodes_are_no_difference(
    chain: World,
) -> None:
    said = ["o:risk rdfs:label 'Risk' ; cw:note [ rdfs:label 'a' ] , [ rdfs:label 'b' ] ."]
    turned = ["o:risk cw:note [ rdfs:label 'b' ] , [ rdfs:label 'a' ] ; rdfs:label 'Risk' ."]

    assert differences(chain.open(*said), chain.open(*turned)) == []


def test_a_status_that_flips_is_told_with_both_rules_and_with_the_evidence_that_made_it(
    chain: World,
) -> None:
    old = chain.open(chain.implements("alpha:1"), chain.item())
    new = chain.open(chain.implements("alpha:1"), chain.item(), chain.assessed("alpha:1"))

    rows = compare.compare_snapshots(old, new, ["alpha-2020", "beta-2021"], as_of=date(2026, 6, 1))

    flipped = [(r.subject, r.before, r.after) for r in rows if r.kind == "status-flipped"]
    assert flipped == [
        ("alpha-2020:1", "unknown", "satisfied_direct"),
        ("beta-2021:1", "unknown", "satisfied_inferred"),
    ]
    by_subject = {r.subject.rsplit("/", 1)[-1]: r for r in rows}
    assert "before: nothing on record" in by_subject["alpha-2020:1"].why
    assert "after: latest accepted assessment" in by_subject["alpha-2020:1"].why
    assert "alpha-2020:1 equal beta-2021:1 [alpha-2020_beta-2021:" in by_subject["beta-2021:1"].why
    assert by_subject["audit"].why == (
        "alpha-2020:1 unknown → satisfied_direct; beta-2021:1 unknown → satisfied_inferred"
    )


def test_the_same_evidence_flips_between_two_days_when_it_goes_stale(chain: World) -> None:
    said = (
        chain.implements("alpha:1"),
        chain.item(expiresOn="2026-05-01"),
        chain.assessed("alpha:1"),
    )
    dataset = chain.open(*said)

    [row] = compare.compare_snapshots(
        dataset, dataset, ["alpha-2020"], as_of=date(2026, 6, 1), as_of_old=date(2026, 2, 1)
    )

    assert (row.before, row.after) == ("satisfied_direct", "unknown")
    assert row.why.endswith("after: passed on 2026-01-10, but no valid evidence: stale")


def test_several_scopes_ask_for_one(chain: World) -> None:
    dataset = chain.open("o:other a cw:Scope ; rdfs:label 'other' ; cw:scopeOf o:organization .")

    with pytest.raises(UsageError, match="Name one with --scope: other, whole"):
        compare.compare_snapshots(dataset, dataset, ["alpha-2020"], as_of=DAY)


# What if


def figures(rows: list[compare.WhatIfRow]) -> dict[str, tuple[object, object]]:
    """Return figure → before and after, of the figures that change."""
    return {r.what: (r.before, r.after) for r in rows if not r.provision and r.before != r.after}


def test_a_record_that_is_forgotten_takes_its_statuses_with_it_along_mappings(
    chain: World,
) -> None:
    said = (chain.implements("alpha:1"), chain.item(), chain.assessed("alpha:1"))
    before, after = chain.open(*said), chain.open(*said)

    gone = forget(after, "paper")
    rows = compare.what_if(before, after, ["alpha-2020", "beta-2021"], as_of=date(2026, 6, 1))

    assert str(gone) == "paper (cw:Record)"
    assert [(r.edition, r.provision, r.before, r.after) for r in rows if r.provision] == [
        ("alpha-2020", "1", "satisfied_direct", "unknown"),
        ("beta-2021", "1", "satisfied_inferred", "unknown"),
    ]
    assert next(r.why for r in rows if r.provision).endswith(
        "after: passed on 2026-01-10, but no valid evidence: none is on record"
    )
    alpha = [r for r in rows if r.edition == "alpha-2020"]
    assert figures(alpha) == {"satisfied_direct": (1, 0), "unknown": (1, 2), "lo": (0.5, 0.0)}


def test_what_others_say_of_a_forgotten_record_goes_with_it(chain: World) -> None:
    said = (chain.implements("alpha:1"), chain.item(), chain.assessed("alpha:1"))
    before, after = chain.open(*said), chain.open(*said)

    forget(after, "doing")
    rows = compare.what_if(before, after, ["alpha-2020"], as_of=date(2026, 6, 1))

    assert [(r.before, r.after) for r in rows if r.provision] == [("satisfied_direct", "unknown")]


def test_every_figure_is_told_whether_or_not_it_changes(chain: World) -> None:
    dataset = chain.open()

    rows = compare.what_if(dataset, dataset, ["alpha-2020"], as_of=date(2026, 6, 1))

    assert " ".join(r.what for r in rows) == (
        "n satisfied_direct satisfied_inferred partial supported not_satisfied_inferred failed "
        "conflict unknown lead_overlap lead_indeterminate not_applicable not_yet lo hi "
        "by_certificate"
    )
    assert figures(rows) == {}


def test_a_record_that_is_not_there_or_not_one_is_refused(chain: World) -> None:
    dataset = chain.open("o:first rdfs:label 'Twin' .", "o:second rdfs:label 'Twin' .")

    with pytest.raises(UsageError, match="Did you mean 'first'"):
        forget(dataset, "frist")
    with pytest.raises(UsageError, match=r"'Twin' names 2 records\. Name one by its IRI: .*first"):
        forget(dataset, "Twin")
