"""Each kind of gap has a world that produces it, and every gap can be replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crosswalk import gap
from crosswalk.graph import Dataset
from crosswalk.inference import assemble, transfer
from crosswalk.inference.mapgraph import Edge
from crosswalk.models import Gap, GapKind, RationaleType, Relation, Step

if TYPE_CHECKING:
    from conftest import World

ID = "https://w3id.org/aigov-crosswalk/id/"
ALPHA_1, BETA_1 = ID + "alpha-2020/1", ID + "beta-2021/1"


def found(
    world: World, dataset: Dataset, key: str = "alpha-2020", *, on: str = "2026-06-01"
) -> list[Gap]:
    """Return the gaps of an edition."""
    return gap.gaps(dataset, world.evaluate(dataset, key, on=on))


def kinds(gaps: list[Gap], provision: str = "1") -> set[str]:
    """Return the slugs of a provision."""
    return {str(one.gap_kind) for one in gaps if one.provision == provision}


def detail(gaps: list[Gap], kind: GapKind, provision: str = "1") -> str:
    """Return the detail of one gap."""
    [one] = [one for one in gaps if (one.provision, one.gap_kind) == (provision, kind)]
    return one.detail


@pytest.fixture
def alpha(world: World) -> World:
    """Return a world with an edition of one provision."""
    world.edition("alpha-2020", "1")
    return world


@pytest.fixture
def pair(world: World) -> World:
    """Return a world with two editions of two provisions each."""
    world.edition("alpha-2020", "1\n2")
    world.edition("beta-2021", "1\n2")
    return world


# By assessment.


def test_a_provision_that_is_satisfied_has_no_gap(alpha: World) -> None:
    assert found(alpha, alpha.open(alpha.shown("alpha:1"))) == []


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("earl:failed", GapKind.FAILED), ("cw:partially-passed", GapKind.PARTIAL)],
)
def test_a_finding_is_a_gap_in_its_own_words(alpha: World, outcome: str, kind: GapKind) -> None:
    dataset = alpha.open(alpha.shown("alpha:1", outcome))

    [one] = found(alpha, dataset)

    assert (one.gap_kind, one.status, one.owner) == (kind, str(kind), "Ann")
    assert one.detail == "found by alpha-1-audit (alpha-1-audit, 2026-01-10)"


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"collectedOn": "2020-01-05"}, "stale"),
        ({"expiresOn": "2026-02-01"}, "stale"),
        ({"effectiveTo": "2026-02-01"}, "out-of-period"),
        ({"inScope": "o:elsewhere"}, "wrong-scope"),
    ],
)
def test_a_pass_on_evidence_that_is_not_valid_any_more_names_the_item(
    alpha: World, changes: dict[str, str | None], slug: str
) -> None:
    dataset = alpha.open(
        "o:elsewhere a cw:Scope .",
        alpha.implements("alpha:1"),
        alpha.item(**changes),
        alpha.assessed("alpha:1"),
    )

    gaps = found(alpha, dataset)

    assert kinds(gaps) == {slug}
    assert "paper" in gaps[0].detail


def test_items_of_one_fault_make_one_gap(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item("first", collectedOn="2020-01-05"),
        alpha.item("second", collectedOn="2021-01-05"),
        alpha.item("third", inScope=None),
        alpha.assessed("alpha:1"),
    )

    gaps = found(alpha, dataset)

    assert [str(one.gap_kind) for one in gaps] == ["stale", "wrong-scope"]
    assert "first (2020-01-05), second (2021-01-05)" in gaps[0].detail


@pytest.mark.parametrize(
    "statements",
    [[], ["implementation"], ["implementation", "pass"]],
    ids=["nothing on record", "no assessment", "a pass without evidence"],
)
def test_what_nobody_assessed_or_showed_is_not_assessed(
    alpha: World, statements: list[str]
) -> None:
    said = {"implementation": alpha.implements("alpha:1"), "pass": alpha.assessed("alpha:1")}

    gaps = found(alpha, alpha.open(*(said[one] for one in statements)))

    assert kinds(gaps) == {"not-assessed"}


def test_a_pass_on_an_item_that_nobody_accepted_is_not_assessed_and_says_why(
    alpha: World,
) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"), alpha.item(acceptedBy=None), alpha.assessed("alpha:1")
    )

    assert "not-accepted" in detail(found(alpha, dataset), GapKind.NOT_ASSESSED)


# By citation.


def test_evidence_that_cites_what_does_not_exist_is_a_dangling_citation(alpha: World) -> None:
    alpha.edition("alpha-2013", "7", framework="alpha")
    dataset = alpha.open(
        alpha.implements("alpha:7"),
        alpha.implements("alpha:7", "again"),
        alpha.shown("alpha:1"),
    )

    [one] = found(alpha, dataset)

    assert (one.provision, one.gap_kind) == ("7", GapKind.DANGLING_CITATION)
    assert "alpha-2013" in one.detail


def test_evidence_for_another_edition_of_the_framework_is_not_carried_over(alpha: World) -> None:
    alpha.edition("alpha-2013", "1", framework="alpha")
    dataset = alpha.open(alpha.shown(f"<{ID}alpha-2013/1>"))

    gaps = found(alpha, dataset)

    assert kinds(gaps) == {"not-assessed", "unmapped"}
    assert kinds(gaps, "alpha-2013:1") == {"other-edition"}


def test_evidence_for_another_framework_is_no_gap(pair: World) -> None:
    gaps = found(
        pair, pair.open(pair.shown("alpha:1"), pair.shown("alpha:2"), pair.shown("beta:1"))
    )

    assert gaps == []


# Objectives.

OBJECTIVE = """
o:accuracy a cw:Objective ; rdfs:label "Accuracy" ; cw:comparator cw:at-least ; cw:target 0.85 ;
  cw:unit "1" ; cw:owner o:ann ; cw:inScope o:whole .
o:measured a cw:Measurement ; cw:measures o:accuracy ; cw:observedValue 0.82 ; cw:unit "1" ;
  cw:measuredOn "2026-05-10"^^xsd:date .
"""
NONCONFORMITY = """
o:nc a cw:Nonconformity ; rdfs:label "NC-1" ; cw:cites o:measured ; cw:owner o:ann ;
  cw:detectedOn "2026-05-12"^^xsd:date .
"""
CLOSED = 'o:nc cw:closedOn "2026-05-20"^^xsd:date .'


@pytest.fixture
def governed(world: World) -> World:
    """Return a world whose provision 1 governs nonconformities."""
    world.edition("alpha-2020", "1 governs\n2")
    return world


def test_a_missed_objective_is_a_gap_of_the_clause_that_governs_nonconformities(
    governed: World,
) -> None:
    dataset = governed.open(OBJECTIVE, governed.shown("alpha:1"), governed.shown("alpha:2"))

    [one] = found(governed, dataset)

    assert (one.provision, one.gap_kind) == ("1", GapKind.OBJECTIVE_MISSED)
    assert one.status == "satisfied_direct"
    assert one.detail == ("Accuracy: 0.82 on 2026-05-10, target ≥ 0.85; no nonconformity on record")


def test_a_measurement_that_is_no_number_is_not_compared(governed: World) -> None:
    assert "0.82" in OBJECTIVE
    dataset = governed.open(OBJECTIVE.replace("0.82", '"high"'), governed.shown("alpha:1"))

    kinds = {one.gap_kind for one in found(governed, dataset)}

    assert GapKind.OBJECTIVE_MISSED not in kinds


def test_a_missed_objective_with_an_open_nonconformity_is_a_gap_that_names_it(
    governed: World,
) -> None:
    dataset = governed.open(OBJECTIVE, NONCONFORMITY)

    said = detail(found(governed, dataset), GapKind.OBJECTIVE_MISSED)

    assert "nonconformity NC-1 open since 2026-05-12" in said


@pytest.mark.parametrize(
    ("day", "missed"),
    [
        ("2026-05-09", False),
        ("2026-05-10", True),
        ("2026-05-19", True),
        ("2026-05-20", False),
    ],
)
def test_a_missed_objective_is_a_gap_from_its_measurement_to_the_closure(
    governed: World, day: str, missed: bool
) -> None:
    dataset = governed.open(OBJECTIVE, NONCONFORMITY, CLOSED)

    gaps = found(governed, dataset, on=day)

    assert ("objective-missed" in kinds(gaps)) is missed


def test_a_nonconformity_counts_from_the_day_it_was_detected(governed: World) -> None:
    dataset = governed.open(OBJECTIVE, NONCONFORMITY)

    gaps = found(governed, dataset, on="2026-05-11")

    assert "no nonconformity on record" in detail(gaps, GapKind.OBJECTIVE_MISSED)


@pytest.mark.parametrize(
    ("comparator", "value", "missed"),
    [
        ("at-least", "0.85", False),
        ("at-least", "0.84", True),
        ("at-most", "0.85", False),
        ("at-most", "0.86", True),
        ("greater-than", "0.85", True),
        ("greater-than", "0.86", False),
        ("less-than", "0.85", True),
        ("less-than", "0.84", False),
        ("equals", "0.85", False),
        ("equals", "0.86", True),
    ],
)
def test_each_comparator_decides_what_misses_its_target(
    governed: World, comparator: str, value: str, missed: bool
) -> None:
    said = OBJECTIVE.replace("at-least", comparator).replace("0.82", value)

    gaps = found(governed, governed.open(said))

    assert ("objective-missed" in kinds(gaps)) is missed


@pytest.mark.parametrize(("number", "word"), [("0.82", '"low"'), ("0.85", '"high"')])
def test_what_is_no_number_is_neither_missed_nor_met(
    governed: World, number: str, word: str
) -> None:
    dataset = governed.open(OBJECTIVE.replace(number, word, 1))

    assert "objective-missed" not in kinds(found(governed, dataset))


def test_two_missed_objectives_make_one_gap(governed: World) -> None:
    second = OBJECTIVE.replace("o:accuracy", "o:recall").replace("o:measured", "o:measured-2")
    dataset = governed.open(OBJECTIVE, second.replace('"Accuracy"', '"Recall"'))

    said = detail(found(governed, dataset), GapKind.OBJECTIVE_MISSED)

    assert "Accuracy" in said
    assert "Recall" in said


def test_an_objective_of_another_scope_is_no_gap_here(governed: World) -> None:
    elsewhere = OBJECTIVE.replace("cw:inScope o:whole", "cw:inScope o:elsewhere")
    dataset = governed.open('o:elsewhere a cw:Scope ; rdfs:label "elsewhere" .', elsewhere)

    assert "objective-missed" not in kinds(found(governed, dataset))


def test_a_measurement_recorded_later_is_no_gap_at_an_earlier_known_at(governed: World) -> None:
    later = 'o:measured cw:recordedOn "2026-05-25"^^xsd:date .'
    dataset = governed.open(OBJECTIVE, later)

    before = gap.missed_objectives(dataset, as_of=date(2026, 6, 1), known_at=date(2026, 5, 24))
    after = gap.missed_objectives(dataset, as_of=date(2026, 6, 1), known_at=date(2026, 5, 25))

    assert (len(before), len(after)) == (0, 1)


def test_a_nonconformity_detected_later_is_not_known_at_an_earlier_day(governed: World) -> None:
    dataset = governed.open(OBJECTIVE, NONCONFORMITY, CLOSED)

    [one] = gap.missed_objectives(dataset, as_of=date(2026, 6, 1), known_at=date(2026, 5, 11))

    assert one.is_open(date(2026, 6, 1))
    assert "no nonconformity on record" in one.sentence()


# By mapping.


@pytest.mark.parametrize(
    ("rows", "outcome", "slugs"),
    [
        (
            "alpha-2020:1 equal beta-2021:1",
            "earl:passed",
            {"inference-not-accepted", "mapping-not-reviewed"},
        ),
        (
            "alpha-2020:1 equal beta-2021:1 review=second-read",
            "earl:passed",
            {"inference-not-accepted", "mapping-not-reviewed"},
        ),
        (
            "alpha-2020:1 equal beta-2021:1 review=reviewed",
            "earl:passed",
            {"inference-not-accepted"},
        ),
        ("alpha-2020:1 equal beta-2021:1", "earl:failed", {"source-not-satisfied"}),
        ("alpha-2020:1 subset-of beta-2021:1", "earl:passed", {"supported-only"}),
        (
            "alpha-2020:1 intersects-with beta-2021:1",
            "earl:passed",
            {"not-assessed", "overlap-only"},
        ),
        ("alpha-2020:1 related beta-2021:1", "earl:passed", {"not-assessed", "overlap-only"}),
        (
            "alpha-2020:1 intersects-with beta-2021:1",
            "earl:failed",
            {"not-assessed", "overlap-only"},
        ),
        (
            "alpha-2020:1 superset-of beta-2021:1",
            "earl:failed",
            {"not-assessed", "source-not-satisfied"},
        ),
        ("beta-2021:1 none alpha-2020", "earl:passed", {"not-assessed", "looked-none"}),
        ("", "earl:passed", {"not-assessed", "unmapped"}),
    ],
)
def test_each_way_of_not_following_from_another_edition_has_its_slug(
    pair: World, rows: str, outcome: str, slugs: set[str]
) -> None:
    pair.mapping("alpha-2020_beta-2021", rows)
    dataset = pair.open(pair.shown("alpha:1", outcome))

    assert kinds(found(pair, dataset, "beta-2021")) == slugs


def test_what_is_contained_in_a_provision_that_nobody_assessed_waits_for_its_source(
    pair: World,
) -> None:
    pair.mapping("alpha-2020_beta-2021", "alpha-2020:1 superset-of beta-2021:1")
    dataset = pair.open(pair.shown("alpha:2"))

    gaps = found(pair, dataset, "beta-2021")

    assert kinds(gaps) == {"not-assessed", "source-not-satisfied"}
    assert "alpha-2020:1" in detail(gaps, GapKind.SOURCE_NOT_SATISFIED)


def test_without_evidence_in_another_edition_no_mapping_is_missed(pair: World) -> None:
    pair.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")

    assert kinds(found(pair, pair.open(), "beta-2021")) == {"not-assessed"}


@pytest.mark.parametrize(
    "rows",
    [
        "alpha-2020:1 equal beta-2021:1 type=syntactic",
        "alpha-2020:1 equal beta-2021:1\nalpha-2020:1 no-relationship beta-2021:1",
    ],
    ids=["a syntactic row", "rows set aside"],
)
def test_a_satisfied_source_is_never_told_as_not_satisfied(pair: World, rows: str) -> None:
    pair.mapping("alpha-2020_beta-2021", rows)
    dataset = pair.open(pair.shown("alpha:1"))

    slugs = kinds(found(pair, dataset, "beta-2021"))

    assert "not-assessed" in slugs
    assert "source-not-satisfied" not in slugs


@pytest.mark.parametrize(
    "rows",
    [
        "alpha-2020:1 no-relationship beta-2021:1",
        "alpha-2020:1 equal beta-2021:1 type=syntactic",
        "alpha-2020:1 equal beta-2021:1\nalpha-2020:1 no-relationship beta-2021:1",
    ],
    ids=["no relationship", "a syntactic row", "rows set aside"],
)
def test_a_provision_that_a_row_speaks_of_is_never_told_as_never_looked_for(
    pair: World, rows: str
) -> None:
    pair.mapping("alpha-2020_beta-2021", rows)
    dataset = pair.open(pair.shown("alpha:1"))

    assert "unmapped" not in kinds(found(pair, dataset, "beta-2021"))


def test_a_row_that_says_no_relationship_is_never_told_as_an_overlap(pair: World) -> None:
    pair.mapping("alpha-2020_beta-2021", "alpha-2020:1 no-relationship beta-2021:1")
    dataset = pair.open(pair.shown("alpha:1"))

    slugs = kinds(found(pair, dataset, "beta-2021"))

    assert "not-assessed" in slugs
    assert "overlap-only" not in slugs


def test_contradictory_mappings_are_a_gap_of_both_ends_and_name_their_rows(pair: World) -> None:
    pair.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 equal beta-2021:1\nalpha-2020:1 no-relationship beta-2021:1",
    )
    dataset = pair.open(pair.shown("alpha:1"))

    here, there = found(pair, dataset), found(pair, dataset, "beta-2021")

    for gaps in (here, there):
        said = detail(gaps, GapKind.CONTRADICTORY_MAPPINGS)
        assert "(equal)" in said
        assert "(no-relationship)" in said
        assert said.count("alpha-2020_beta-2021:") == 2


def test_what_follows_for_and_against_is_a_conflict_with_both_paths(pair: World) -> None:
    pair.mapping(
        "alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1\nalpha-2020:2 equal beta-2021:1"
    )
    dataset = pair.open(pair.shown("alpha:1"), pair.shown("alpha:2", "earl:failed"))

    gaps = found(pair, dataset, "beta-2021")

    assert kinds(gaps) == {"conflict"}
    said = detail(gaps, GapKind.CONFLICT)
    assert "satisfied by alpha-2020:1 equal beta-2021:1" in said
    assert "not satisfied by alpha-2020:2 equal beta-2021:1" in said


def test_what_may_or_may_not_overlap_is_indeterminate(pair: World) -> None:
    dataset = pair.open(pair.shown("alpha:1"))
    evaluation = pair.evaluate(dataset, "beta-2021")
    step = Step("composed", 3, ALPHA_1, "", BETA_1, False, 0.5)
    unsure = frozenset((Relation.SUBSET_OF, Relation.NO_RELATIONSHIP))
    edges = {RationaleType.SEMANTIC: {ALPHA_1: [Edge(ALPHA_1, BETA_1, unsure, (step,), 1)]}}
    graph = replace(assemble(()), edges=edges)
    follows = transfer(graph, {ALPHA_1: True})
    evaluation.statuses[0] = replace(
        evaluation.statuses[0], inferred=follows[BETA_1], lead="lead-indeterminate"
    )

    gaps = gap.gaps(dataset, evaluation)

    assert kinds(gaps) == {"not-assessed", "indeterminate"}
    assert "composed:3" in detail(gaps, GapKind.INDETERMINATE)


def test_a_stale_pass_that_another_edition_shows_is_told_as_both(pair: World) -> None:
    pair.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1 review=reviewed")
    dataset = pair.open(
        pair.shown("alpha:1"),
        pair.implements("beta:1"),
        pair.item(collectedOn="2020-01-05"),
        pair.assessed("beta:1"),
    )

    assert kinds(found(pair, dataset, "beta-2021")) == {"stale", "inference-not-accepted"}


def test_what_is_not_applicable_has_no_gap(alpha: World) -> None:
    excluded = (
        "o:soa a cw:StatementOfApplicability ; cw:forEdition edition:alpha-2020 ; "
        'cw:inScope o:whole ; cw:approvedOn "2026-01-01"^^xsd:date ; cw:decision [ '
        'cw:provision alpha:1 ; cw:applicable false ; cw:justification "No such system." ; '
        "cw:approvedBy o:bob ] ."
    )

    assert found(alpha, alpha.open(excluded)) == []


# The list as a whole.

MANY = """
alpha-2020:1 equal           beta-2021:1
alpha-2020:2 equal           beta-2021:2
alpha-2020:1 subset-of       beta-2021:3
alpha-2020:1 intersects-with beta-2021:4
alpha-2020:1 equal           beta-2021:5
alpha-2020:2 equal           beta-2021:5
alpha-2020:3 superset-of     beta-2021:6
alpha-2020:3 intersects-with beta-2021:6
beta-2021:7  none            alpha-2020
"""


@pytest.fixture
def many(world: World) -> tuple[World, Dataset]:
    """Return a world with gaps of many kinds in beta-2021."""
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3\n4\n5\n6\n7\n8 governs\n9\n10")
    world.mapping("alpha-2020_beta-2021", MANY)
    dataset = world.open(
        OBJECTIVE,
        world.shown("alpha:1"),
        world.shown("alpha:2", "earl:failed"),
        world.shown("beta:9", "cw:partially-passed"),
        world.shown("beta:10", "earl:failed"),
        world.implements("beta:77"),
    )
    return world, dataset


def test_there_is_one_row_for_each_provision_and_slug(many: tuple[World, Dataset]) -> None:
    world, dataset = many

    gaps = found(world, dataset, "beta-2021")

    pairs = [(one.provision, one.gap_kind) for one in gaps]
    assert len(pairs) == len(set(pairs))
    assert {str(kind) for _, kind in pairs} == {
        "failed",
        "conflict",
        "objective-missed",
        "source-not-satisfied",
        "partial",
        "dangling-citation",
        "contradictory-mappings",
        "not-assessed",
        "inference-not-accepted",
        "supported-only",
        "overlap-only",
        "mapping-not-reviewed",
        "looked-none",
        "unmapped",
    }


def test_the_most_serious_gaps_come_first_and_then_the_order_of_the_edition(
    many: tuple[World, Dataset],
) -> None:
    world, dataset = many
    order = list(GapKind)

    gaps = found(world, dataset, "beta-2021")

    ranks = [order.index(one.gap_kind) for one in gaps]
    assert ranks == sorted(ranks)
    unassessed = [one.provision for one in gaps if one.gap_kind is GapKind.NOT_ASSESSED]
    assert unassessed == ["4", "6", "7", "8"]


def test_every_gap_replays_to_the_same_status_and_slug(many: tuple[World, Dataset]) -> None:
    world, dataset = many
    gaps = found(world, dataset, "beta-2021")
    again = world.evaluate(dataset, "beta-2021")

    for one in gaps:
        if one.gap_kind is GapKind.DANGLING_CITATION:
            continue
        said = gap.replay(dataset, again, f"{ID}beta-2021/{one.provision}")

        assert said is not None
        assert said["status"] == one.status
        assert said["explanation"] == one.explanation
        assert {"gap_kind": str(one.gap_kind), "detail": one.detail} in said["gaps"]  # type: ignore[operator]


def test_an_explanation_leads_from_evidence_to_provision(pair: World) -> None:
    path = pair.mapping("alpha-2020_beta-2021", "alpha-2020:1 superset-of beta-2021:1 sure=0.7")
    line = len(path.read_text().splitlines())
    dataset = pair.open(pair.shown("alpha:1"))

    said = gap.replay(dataset, pair.evaluate(dataset, "beta-2021"), BETA_1)

    assert said is not None
    explained = said["explanation"]
    assert isinstance(explained, dict)
    assert explained["path"] == [
        {
            "mapping_set": "alpha-2020_beta-2021",
            "row": line,
            "subject": "alpha-2020:1",
            "relation": "superset-of",
            "object": "beta-2021:1",
            "reversed": False,
            "confidence": 0.7,
        }
    ]
    assert explained["bases"] == ["alpha-2020:1"]
    assert explained["confidence"] == 0.7


def test_the_explanation_of_a_direct_status_names_item_assessment_and_implementation(
    alpha: World,
) -> None:
    dataset = alpha.open(alpha.shown("alpha:1", "earl:failed"))

    [one] = found(alpha, dataset)

    implementation, assessment = one.explanation["implementation"], one.explanation["assessment"]
    evidence = one.explanation["evidence"]
    assert isinstance(implementation, dict)
    assert isinstance(assessment, dict)
    assert isinstance(evidence, list)
    assert implementation["label"] == "alpha-1"
    assert (assessment["outcome"], assessment["assessed_on"]) == ("failed", "2026-01-10")
    assert [(item["label"], item["valid"]) for item in evidence] == [("alpha-1-paper", True)]
    assert one.explanation["path"] == []


def test_an_inference_that_disagrees_with_a_direct_status_is_listed(pair: World) -> None:
    pair.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")
    dataset = pair.open(pair.shown("alpha:1"), pair.shown("beta:1", "earl:failed"))

    said = gap.replay(dataset, pair.evaluate(dataset, "beta-2021"), BETA_1)

    assert said is not None
    assert said["status"] == "failed"
    assert "satisfied" in str(said["disagreement"])
    assert "alpha-2020:1 equal beta-2021:1" in str(said["disagreement"])


def test_what_is_not_counted_cannot_be_replayed(world: World) -> None:
    world.edition("alpha-2020", "1 heading")
    dataset = world.open()

    assert gap.replay(dataset, world.evaluate(dataset, "alpha-2020"), ALPHA_1) is None
