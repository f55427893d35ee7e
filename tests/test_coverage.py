"""The status of a provision, and the figures: what counts, from when, and what never does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from random import Random
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crosswalk import catalogue, coverage, inference
from crosswalk.coverage import Evaluation
from crosswalk.coverage.weighing import gather
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset
from crosswalk.inference.algebra import WEAK
from crosswalk.models import CoverageVector, Relation, Status
from crosswalk.namespaces import cw, expand
from crosswalk.verbs import assessment

if TYPE_CHECKING:
    from conftest import World

BUCKETS = (
    "satisfied_direct",
    "satisfied_inferred",
    "partial",
    "supported",
    "not_satisfied_inferred",
    "failed",
    "conflict",
    "unknown",
)


@pytest.fixture
def alpha(world: World) -> World:
    """Return a world with the edition alpha-2020 of two provisions."""
    world.edition("alpha-2020", "1\n2")
    return world


def faults(evaluation: Evaluation, provision: str) -> tuple[str, ...]:
    """Return the faults of the items of a provision's pass."""
    one = next(s for s in evaluation.statuses if s.provision.id == provision)
    assert one.direct is not None
    return one.direct.faults


# Direct status.


def test_a_pass_with_a_valid_item_is_satisfied(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"), alpha.item(), alpha.assessed("alpha:1", "earl:passed")
    )

    assert alpha.statuses(dataset, "alpha-2020") == {
        "1": Status.SATISFIED_DIRECT,
        "2": Status.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("earl:passed", Status.SATISFIED_DIRECT),
        ("cw:partially-passed", Status.PARTIAL),
        ("earl:failed", Status.FAILED),
        ("earl:untested", Status.UNKNOWN),
    ],
)
def test_the_outcome_of_an_assessment_is_the_direct_status(
    alpha: World, outcome: str, status: Status
) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"), alpha.item(), alpha.assessed("alpha:1", outcome)
    )

    assert alpha.statuses(dataset, "alpha-2020")["1"] is status


def test_a_link_without_an_assessment_satisfies_nothing(alpha: World) -> None:
    dataset = alpha.open(alpha.implements("alpha:1"), alpha.item())

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.UNKNOWN


def test_an_assessment_that_nobody_accepted_counts_nothing(alpha: World) -> None:
    said = alpha.assessed("alpha:1", "earl:failed").replace("cw:acceptedBy o:bob ; ", "")
    dataset = alpha.open(alpha.implements("alpha:1"), alpha.item(), said)

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.UNKNOWN


def test_an_assessment_counts_from_the_day_of_its_acceptance(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(),
        alpha.assessed("alpha:1", on="2026-02-01", accepted="2026-02-10"),
    )

    assert alpha.statuses(dataset, "alpha-2020", on="2026-02-09")["1"] is Status.UNKNOWN
    assert alpha.statuses(dataset, "alpha-2020", on="2026-02-10")["1"] is Status.SATISFIED_DIRECT


def test_the_latest_accepted_assessment_counts(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(),
        alpha.assessed("alpha:1", "earl:failed", on="2026-01-10", name="early"),
        alpha.assessed("alpha:1", "earl:passed", on="2026-03-10", name="late"),
    )

    assert alpha.statuses(dataset, "alpha-2020", on="2026-03-09")["1"] is Status.FAILED
    assert alpha.statuses(dataset, "alpha-2020", on="2026-03-10")["1"] is Status.SATISFIED_DIRECT


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (("earl:passed", "earl:failed"), Status.FAILED),
        (("earl:failed", "earl:passed"), Status.FAILED),
        (("cw:partially-passed", "earl:passed"), Status.PARTIAL),
        (("cw:partially-passed", "earl:failed"), Status.FAILED),
    ],
)
def test_of_assessments_of_the_same_day_the_worst_counts(
    alpha: World, outcomes: tuple[str, str], status: Status
) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(),
        alpha.assessed("alpha:1", outcomes[0], name="one"),
        alpha.assessed("alpha:1", outcomes[1], name="two"),
    )

    assert alpha.statuses(dataset, "alpha-2020")["1"] is status


# Evidence.


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"acceptedBy": None}, "not-accepted"),
        ({"acceptedOn": None}, "not-accepted"),
        ({"acceptedBy": "o:ann"}, "accepted-by-author"),
        ({"sha256": None}, "no-hash"),
        ({"inScope": "o:elsewhere"}, "wrong-scope"),
        ({"inScope": None}, "wrong-scope"),
        ({"acceptedOn": "2026-06-02"}, "accepted-after-the-day"),
        ({"collectedOn": None}, "not-dated"),
        ({"effectiveFrom": "2026-06-02"}, "out-of-period"),
        ({"effectiveTo": "2026-05-31"}, "out-of-period"),
        ({"expiresOn": "2026-06-01"}, "stale"),
        ({"collectedOn": "2025-06-01"}, "stale"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else value,
)
def test_a_pass_without_a_valid_item_is_not_direct(
    alpha: World, changes: dict[str, str | None], fault: str
) -> None:
    dataset = alpha.open(
        "o:elsewhere a cw:Scope ; cw:scopeOf o:organization .",
        alpha.implements("alpha:1"),
        alpha.item(**changes),
        alpha.assessed("alpha:1"),
    )

    evaluation = alpha.evaluate(dataset, "alpha-2020", on="2026-06-01")

    assert evaluation.statuses[0].status is Status.UNKNOWN
    assert faults(evaluation, "1") == (fault,)


def test_an_item_collected_after_the_day_is_not_there_yet(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(collectedOn="2026-06-02", acceptedOn="2026-06-02"),
        alpha.assessed("alpha:1"),
    )

    assert alpha.statuses(dataset, "alpha-2020", on="2026-06-01")["1"] is Status.UNKNOWN
    assert alpha.statuses(dataset, "alpha-2020", on="2026-06-02")["1"] is Status.SATISFIED_DIRECT


@pytest.mark.parametrize(
    "changes",
    [
        {"author": None},
        {"collectedOn": "2026-06-01", "acceptedOn": "2026-06-01"},
        {"effectiveFrom": "2026-06-01"},
        {"effectiveTo": "2026-06-01"},
        {"expiresOn": "2026-06-02"},
        {"collectedOn": "2025-06-02"},
    ],
    ids=" ".join,
)
def test_an_item_is_valid_up_to_its_last_day(alpha: World, changes: dict[str, str | None]) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"), alpha.item(**changes), alpha.assessed("alpha:1")
    )

    assert alpha.statuses(dataset, "alpha-2020", on="2026-06-01")["1"] is Status.SATISFIED_DIRECT


@pytest.mark.parametrize(
    ("kind", "last", "after"),
    [
        ("Log", "2026-04-06", "2026-04-07"),
        ("SBOM", "2026-07-03", "2026-07-04"),
        ("TestReport", "2027-01-04", "2027-01-05"),
        ("Policy", "2028-01-04", "2028-01-05"),
        ("Contract", "2029-01-03", "2029-01-04"),
    ],
)
def test_each_kind_of_evidence_has_its_own_maximum_age(
    alpha: World, kind: str, last: str, after: str
) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"), alpha.item(kind=kind), alpha.assessed("alpha:1")
    )

    assert alpha.statuses(dataset, "alpha-2020", on=last)["1"] is Status.SATISFIED_DIRECT
    assert faults(alpha.evaluate(dataset, "alpha-2020", on=after), "1") == ("stale",)


def test_expiry_counts_where_it_is_before_the_maximum_age(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"), alpha.item(expiresOn="2026-02-01"), alpha.assessed("alpha:1")
    )

    assert alpha.statuses(dataset, "alpha-2020", on="2026-01-31")["1"] is Status.SATISFIED_DIRECT
    assert alpha.statuses(dataset, "alpha-2020", on="2026-02-01")["1"] is Status.UNKNOWN


def test_one_valid_item_among_faulty_ones_is_enough(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item("old", collectedOn="2020-01-05"),
        alpha.item("good"),
        alpha.assessed("alpha:1"),
    )

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.SATISFIED_DIRECT


def test_the_evidence_of_another_implementation_does_not_count(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.implements("alpha:2", "other"),
        alpha.item(of="other"),
        alpha.assessed("alpha:1"),
    )

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.UNKNOWN


# Scopes.

NESTED = """
o:outer a cw:Scope ; rdfs:label "outer" ; cw:scopeOf o:organization ; cw:includesScope o:whole .
o:inner a cw:Scope ; rdfs:label "inner" ; cw:scopeOf o:organization .
o:whole cw:includesScope o:inner .
"""


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("inner", Status.SATISFIED_DIRECT),
        ("whole", Status.SATISFIED_DIRECT),
        ("outer", Status.UNKNOWN),
    ],
)
def test_what_is_shown_for_a_scope_holds_inside_it_and_not_around_it(
    alpha: World, scope: str, status: Status
) -> None:
    dataset = alpha.open(NESTED, alpha.shown("alpha:1"))

    assert alpha.statuses(dataset, "alpha-2020", scope=scope)["1"] is status


def test_scopes_nest_over_several_levels(alpha: World) -> None:
    dataset = alpha.open(NESTED, alpha.shown("alpha:1").replace("o:whole", "o:outer"))

    assert alpha.statuses(dataset, "alpha-2020", scope="inner")["1"] is Status.SATISFIED_DIRECT


def test_without_a_name_the_outermost_scopes_are_meant(alpha: World) -> None:
    dataset = alpha.open(NESTED)

    found = coverage.scope_of(dataset, None)

    assert [one.label for one in found] == ["outer"]


def test_an_unknown_scope_is_told_with_the_nearest(alpha: World) -> None:
    dataset = alpha.open()

    with pytest.raises(UsageError, match="whole"):
        coverage.scope_of(dataset, "wholes")


# Certificates.

CERTIFICATE = """
o:certificate a cw:Certificate ; rdfs:label "Certificate 1" ; cw:certifies edition:alpha-2020 ;
  cw:holder o:organization ; cw:inScope o:whole ; cw:certificationBody o:body ;
  cw:validFrom "2026-01-01"^^xsd:date ; cw:validTo "2026-12-31"^^xsd:date ; cw:underSoA o:soa .
o:body a prov:Agent ; rdfs:label "The Body" .
o:soa a cw:StatementOfApplicability ; cw:forEdition edition:alpha-2020 ; cw:inScope o:whole ;
  cw:version "1" ; cw:approvedBy o:bob ; cw:approvedOn "2025-12-01"^^xsd:date ;
  cw:decision [ cw:provision alpha:2 ; cw:applicable false ] .
"""


def test_a_certificate_satisfies_what_its_statement_does_not_leave_out(alpha: World) -> None:
    dataset = alpha.open(CERTIFICATE)

    evaluation = alpha.evaluate(dataset, "alpha-2020")

    first, second = evaluation.statuses
    assert first.status is Status.SATISFIED_DIRECT
    assert first.direct is not None
    assert first.direct.basis == "certificate"
    assert "Certificate 1 (The Body)" in first.direct.certificate
    assert second.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("earl:failed", Status.FAILED), ("cw:partially-passed", Status.PARTIAL)],
)
def test_an_accepted_assessment_outranks_a_certificate(
    alpha: World, outcome: str, status: Status
) -> None:
    dataset = alpha.open(CERTIFICATE, alpha.shown("alpha:1", outcome))

    assert alpha.statuses(dataset, "alpha-2020")["1"] is status


def test_an_accepted_pass_is_told_before_a_certificate(alpha: World) -> None:
    dataset = alpha.open(CERTIFICATE, alpha.shown("alpha:1"))

    direct = alpha.evaluate(dataset, "alpha-2020").statuses[0].direct

    assert direct is not None
    assert direct.basis == "assessment"


@pytest.mark.parametrize("day", ["2025-12-31", "2027-01-01"])
def test_a_certificate_gives_nothing_outside_its_validity(alpha: World, day: str) -> None:
    dataset = alpha.open(CERTIFICATE)

    assert alpha.statuses(dataset, "alpha-2020", on=day)["1"] is Status.UNKNOWN


@pytest.mark.parametrize("day", ["2026-01-01", "2026-12-31"])
def test_a_certificate_is_valid_on_its_first_and_last_day(alpha: World, day: str) -> None:
    dataset = alpha.open(CERTIFICATE)

    assert alpha.statuses(dataset, "alpha-2020", on=day)["1"] is Status.SATISFIED_DIRECT


def test_a_certificate_gives_nothing_for_another_scope(alpha: World) -> None:
    dataset = alpha.open(
        'o:elsewhere a cw:Scope ; rdfs:label "elsewhere" .',
        CERTIFICATE.replace("cw:inScope o:whole", "cw:inScope o:elsewhere"),
    )

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.UNKNOWN


def controls(world: World) -> None:
    """Make the provisions of alpha-2020 controls."""
    path = world.knowledge / "frameworks" / "alpha-2020.ttl"
    path.write_text(path.read_text().replace("a cw:Clause", "a cw:Control"))


TAKEN_IN = "cw:decision [ cw:provision alpha:1 ; cw:applicable true ] ; "


def test_a_certificate_speaks_for_the_controls_that_its_statement_takes_in(world: World) -> None:
    world.edition("alpha-2020", "1\n2\n3")
    controls(world)
    dataset = world.open(CERTIFICATE.replace("cw:decision [ cw", TAKEN_IN + "cw:decision [ cw", 1))

    first, *others = world.evaluate(dataset, "alpha-2020").statuses

    assert first.status is Status.SATISFIED_DIRECT
    assert first.direct is not None
    assert first.direct.certificate == (
        "Certificate 1 (The Body), valid 2026-01-01 to 2026-12-31, Statement of Applicability 1"
    )
    assert [one.status for one in others] == [Status.UNKNOWN, Status.UNKNOWN]


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (" ; cw:underSoA o:soa", ""),
        ("cw:forEdition edition:alpha-2020", "cw:forEdition edition:beta-2021"),
        ('cw:approvedOn "2025-12-01"', 'cw:approvedOn "2026-06-02"'),
    ],
    ids=["none", "of another edition", "not approved yet"],
)
def test_without_a_statement_that_fits_a_certificate_speaks_for_no_control(
    world: World, said: str, instead: str
) -> None:
    world.edition("alpha-2020", "1\n2")
    world.edition("beta-2021", "1")
    controls(world)
    text = CERTIFICATE.replace("cw:decision [ cw", TAKEN_IN + "cw:decision [ cw", 1)
    dataset = world.open(text.replace(said, instead))

    assert set(world.statuses(dataset, "alpha-2020").values()) == {Status.UNKNOWN}


def test_what_rests_on_a_certificate_is_told_apart_beside_the_figures(alpha: World) -> None:
    dataset = alpha.open(CERTIFICATE, alpha.shown("alpha:2"))

    evaluation = alpha.evaluate(dataset, "alpha-2020")
    answer = assessment.coverage(dataset, edition="alpha-2020", as_of=date(2026, 6, 1))

    assert (evaluation.vector.satisfied_direct, evaluation.by_certificate) == (2, 1)
    assert [row["by_certificate"] for row in answer.rows] == [1]
    assert answer.notes == (
        "1 of the 2 satisfied_direct rest on a certificate, and on no assessment that counts "
        "(whole)",
    )


# Applicability decisions.


def soa(
    *decisions: str, approved: str = "2026-01-01", kind: str = "StatementOfApplicability"
) -> str:
    """Return a Statement of Applicability of Acme for alpha-2020."""
    return (
        f"o:soa-{approved} a cw:{kind} ; cw:forEdition edition:alpha-2020 ; cw:inScope o:whole ; "
        f'cw:version "1" ; cw:approvedBy o:bob ; cw:approvedOn "{approved}"^^xsd:date ; '
        + " ; ".join(f"cw:decision [ {one} ]" for one in decisions)
        + " ."
    )


EXCLUDED = (
    'cw:provision alpha:1 ; cw:applicable false ; cw:justification "No such system." ; '
    "cw:approvedBy o:bob"
)


def test_a_justified_and_approved_exclusion_takes_a_provision_out(alpha: World) -> None:
    dataset = alpha.open(soa(EXCLUDED))

    vector = alpha.evaluate(dataset, "alpha-2020").vector

    assert (vector.n, vector.not_applicable) == (1, 1)


@pytest.mark.parametrize(
    "missing",
    ['cw:justification "No such system." ; ', " ; cw:approvedBy o:bob", "cw:applicable false ; "],
)
def test_an_exclusion_without_justification_approver_or_decision_takes_nothing_out(
    alpha: World, missing: str
) -> None:
    dataset = alpha.open(soa(EXCLUDED.replace(missing, "")))

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.UNKNOWN


def test_an_exclusion_comes_before_any_assessment(alpha: World) -> None:
    dataset = alpha.open(soa(EXCLUDED), alpha.shown("alpha:1", "earl:failed"))

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.NOT_APPLICABLE


def test_the_latest_approved_statement_decides(alpha: World) -> None:
    applies = 'cw:provision alpha:1 ; cw:applicable true ; cw:justification "We have one now."'
    dataset = alpha.open(soa(EXCLUDED), soa(applies, approved="2026-03-01"))

    assert alpha.statuses(dataset, "alpha-2020", on="2026-02-28")["1"] is Status.NOT_APPLICABLE
    assert alpha.statuses(dataset, "alpha-2020", on="2026-03-01")["1"] is Status.UNKNOWN


TARGET = "Profile ; cw:profileKind cw:target-profile"
CURRENT = "Profile ; cw:profileKind cw:current-profile"


def test_a_target_profile_restricts_what_is_counted_and_this_is_said(alpha: World) -> None:
    dataset = alpha.open(soa(EXCLUDED, kind=TARGET))

    vector = alpha.evaluate(dataset, "alpha-2020").vector
    notes = [
        ask(dataset, edition="alpha-2020", as_of=date(2026, 6, 1)).notes
        for ask in (assessment.coverage, assessment.gaps)
    ]

    assert (vector.n, vector.not_applicable) == (1, 1)
    assert (
        notes
        == [
            (
                "n is what the target profile https://w3id.org/aigov-crosswalk/org/acme/"
                "soa-2026-01-01 of 2026-01-01 wants: 1 outcomes left out (whole)",
            )
        ]
        * 2
    )


def test_a_current_profile_takes_nothing_out_and_moves_no_status(alpha: World) -> None:
    has = 'cw:provision alpha:2 ; cw:applicable true ; cw:justification "So we think."'
    dataset = alpha.open(soa(EXCLUDED, has, kind=CURRENT))

    evaluation = alpha.evaluate(dataset, "alpha-2020")

    assert evaluation.vector.n == 2
    assert {one.status for one in evaluation.statuses} == {Status.UNKNOWN}


def test_a_later_current_profile_does_not_replace_the_target(alpha: World) -> None:
    dataset = alpha.open(
        soa(EXCLUDED, kind=TARGET), soa("cw:provision alpha:1", approved="2026-03-01", kind=CURRENT)
    )

    assert alpha.statuses(dataset, "alpha-2020")["1"] is Status.NOT_APPLICABLE


def test_the_gaps_against_a_target_say_what_the_current_profile_claims(alpha: World) -> None:
    claims = [
        f'cw:provision alpha:{n} ; cw:applicable {said} ; cw:justification "Looked at."'
        for n, said in ((1, "true"), (2, "false"))
    ]
    dataset = alpha.open(soa(*claims, kind=CURRENT))

    rows = assessment.gaps(dataset, edition="alpha-2020", as_of=date(2026, 6, 1)).rows

    details = [str(row["detail"]) for row in rows if row["gap_kind"] == "not-assessed"]
    assert details[0].endswith("of 2026-01-01 says it is achieved, which is a claim")
    assert details[1].endswith("of 2026-01-01 says it is not")


def test_a_statement_of_applicability_tells_silence_from_exclusion(world: World) -> None:
    world.edition("alpha-2020", "1\n2\n3")
    path = world.knowledge / "frameworks" / "alpha-2020.ttl"
    path.write_text(path.read_text().replace("a cw:Clause", "a cw:Control"))
    applies = 'cw:provision alpha:2 ; cw:applicable true ; cw:justification "Needed."'
    dataset = world.open(soa(EXCLUDED, applies), world.shown("alpha:2"))

    rows = coverage.statement_of_applicability(world.evaluate(dataset, "alpha-2020"))

    assert [(r["control"], r["applicable"], r["status"], r["evidence"]) for r in rows] == [
        ("1", False, "not_applicable", []),
        ("2", True, "satisfied_direct", ["alpha-2-paper"]),
        ("3", None, "unknown", []),
    ]


# Known at.


def test_known_at_leaves_out_an_assessment_recorded_later(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(),
        alpha.assessed("alpha:1", on="2026-01-10", recorded="2026-02-10"),
    )

    before = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-09")
    after = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-10")

    assert (before["1"], after["1"]) == (Status.UNKNOWN, Status.SATISFIED_DIRECT)


def test_known_at_leaves_out_an_item_recorded_later(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(recordedOn="2026-02-10"),
        alpha.assessed("alpha:1"),
    )

    before = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-09")
    after = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-10")

    assert (before["1"], after["1"]) == (Status.UNKNOWN, Status.SATISFIED_DIRECT)


def test_known_at_leaves_out_a_certificate_recorded_later(alpha: World) -> None:
    later = CERTIFICATE.replace(
        "cw:underSoA o:soa .", 'cw:underSoA o:soa ; cw:recordedOn "2026-02-10"^^xsd:date .'
    )
    dataset = alpha.open(later)

    before = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-09")
    after = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-10")

    assert (before["1"], after["1"]) == (Status.UNKNOWN, Status.SATISFIED_DIRECT)


def test_known_at_leaves_out_a_decision_approved_later(alpha: World) -> None:
    dataset = alpha.open(soa(EXCLUDED, approved="2026-02-10"))

    before = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-09")
    after = alpha.statuses(dataset, "alpha-2020", known_at="2026-02-10")

    assert (before["1"], after["1"]) == (Status.UNKNOWN, Status.NOT_APPLICABLE)


# Figures.


def test_the_vector_counts_each_provision_once(world: World) -> None:
    world.edition("alpha-2020", "1\n2\n3\n4\n5\n6\n7\n8\nh heading")
    world.edition("beta-2021", "1\n2")
    world.mapping(
        "beta-2021_alpha-2020",
        """
        beta-2021:1 equal           alpha-2020:4
        beta-2021:1 subset-of       alpha-2020:5
        beta-2021:2 equal           alpha-2020:6
        beta-2021:1 equal           alpha-2020:7
        beta-2021:2 equal           alpha-2020:7
        beta-2021:1 intersects-with alpha-2020:8
        """,
    )
    dataset = world.open(
        world.shown("alpha:1"),
        world.shown("alpha:2", "cw:partially-passed"),
        world.shown("alpha:3", "earl:failed"),
        world.shown("beta:1"),
        world.shown("beta:2", "earl:failed"),
    )

    vector = world.evaluate(dataset, "alpha-2020").vector

    assert vector == CoverageVector(
        edition="alpha-2020",
        as_of=date(2026, 6, 1),
        scope="whole",
        n=8,
        satisfied_direct=1,
        satisfied_inferred=1,
        partial=1,
        supported=1,
        not_satisfied_inferred=1,
        failed=1,
        conflict=1,
        unknown=1,
        lead_overlap=1,
        lead_indeterminate=0,
        not_applicable=0,
        not_yet=0,
        lo=1 / 8,
        hi=5 / 8,
    )


def test_an_edition_without_an_applicable_provision_is_undefined(world: World) -> None:
    world.edition("alpha-2020", "1")
    dataset = world.open(soa(EXCLUDED))

    vector = world.evaluate(dataset, "alpha-2020").vector

    assert (vector.n, vector.lo, vector.hi) == (0, None, None)


def test_a_catalogue_at_article_level_has_no_figures(x_corporation: Dataset) -> None:
    edition = catalogue.edition(x_corporation, "eu-ai-act-2024", as_of=date(2026, 6, 1))

    vectors = coverage.vectors(x_corporation, edition, as_of=date(2026, 6, 1))

    assert [(v.n, v.lo, v.hi) for v in vectors] == [(0, None, None)]


def test_without_inference_only_direct_statuses_stand(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")
    dataset = world.open(world.shown("alpha:1"))
    edition = catalogue.edition(dataset, "beta-2021", as_of=date(2026, 6, 1))

    [vector] = coverage.vectors(dataset, edition, as_of=date(2026, 6, 1), inferred=False)

    assert (vector.unknown, vector.satisfied_inferred) == (1, 0)


def test_a_direct_status_outranks_an_inferred_one(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")
    dataset = world.open(world.shown("alpha:1"), world.shown("beta:1", "earl:failed"))

    assert world.statuses(dataset, "beta-2021")["1"] is Status.FAILED
    assert world.statuses(dataset, "alpha-2020")["1"] is Status.SATISFIED_DIRECT


# What transfers.


def test_a_provision_that_is_not_applicable_never_transfers(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")
    dataset = world.open(soa(EXCLUDED), world.shown("alpha:1", "earl:failed"))

    assert world.statuses(dataset, "alpha-2020")["1"] is Status.NOT_APPLICABLE
    assert world.statuses(dataset, "beta-2021")["1"] is Status.UNKNOWN


def test_a_provision_that_is_not_applicable_passes_nothing_on(world: World) -> None:
    for key in ("alpha-2020", "beta-2021", "gamma-2022"):
        world.edition(key, "1\n2" if key == "alpha-2020" else "1")
    world.mapping(
        "alpha-2020_gamma-2022",
        "alpha-2020:1 equal gamma-2022:1",
    )
    dataset = world.open(soa(EXCLUDED), world.shown("alpha:1"))

    assert world.statuses(dataset, "gamma-2022")["1"] is Status.UNKNOWN


def test_a_pass_without_valid_evidence_transfers_nothing(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1")
    dataset = world.open(
        world.implements("alpha:1"), world.item(sha256=None), world.assessed("alpha:1")
    )

    assert world.statuses(dataset, "beta-2021")["1"] is Status.UNKNOWN


def test_a_standard_supports_a_law_and_never_satisfies_it(world: World) -> None:
    world.edition("alpha-2020", "1\n2")
    world.edition("law-2023", "1\n2", law=True)
    world.mapping(
        "alpha-2020_law-2023",
        "alpha-2020:1 equal law-2023:1\nalpha-2020:2 equal law-2023:2",
    )
    dataset = world.open(world.shown("alpha:1"), world.shown("alpha:2", "earl:failed"))

    assert world.statuses(dataset, "law-2023") == {
        "1": Status.SUPPORTED,
        "2": Status.NOT_SATISFIED_INFERRED,
    }


def test_an_imported_row_never_disables_a_shipped_one(world: World) -> None:
    ours = next(row for row in inference.rows(world.open(shipped=True)) if row.relation not in WEAK)
    other = "equal" if ours.relation is Relation.NO_RELATIONSHIP else "no-relationship"
    ends = [":".join(catalogue.local_id(iri)) for iri in (ours.subject, ours.object)]
    world.mapping(
        "acme_theirs_ours", f"{ends[0]} {other} {ends[1]} type={ours.rationale_type} sure=1.0"
    )

    graph = inference.build(world.open(shipped=True))

    found = graph.closure.known(ours.rationale_type, ours.subject)[ours.object]
    assert found.knowledge == {ours.relation}
    pair = (ours.subject, ours.object, ours.rationale_type)
    assert {row.mapping_set for row in graph.contradictions[pair]} == {
        ours.mapping_set,
        "acme_theirs_ours",
    }


# Acceptance of inferences.


@pytest.fixture
def mapped(world: World) -> World:
    """Return a world in which alpha 1 contains beta 1."""
    world.edition("alpha-2020", "1\n2")
    world.edition("beta-2021", "1\n2")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:1 superset-of beta-2021:1")
    return world


def accepted(world: World, *statements: str, key: str = "beta-2021", provision: str = "1") -> str:
    """Return an acceptance, of 2026-05-01, of the inference for a provision."""
    evaluation = world.evaluate(world.open(*statements), key)
    wanted = next(s.provision for s in evaluation.statuses if s.provision.id == provision)
    _, text = coverage.acceptance(
        evaluation, wanted, by="Carla", why="We read both texts.", on=date(2026, 5, 1)
    )
    return text


def test_an_accepted_inference_counts_in_lo_from_its_date(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    dataset = mapped.open(evidence, accepted(mapped, evidence))

    before = mapped.evaluate(dataset, "beta-2021", on="2026-04-30").vector
    after = mapped.evaluate(dataset, "beta-2021", on="2026-05-01").vector

    assert (before.satisfied_inferred, before.lo) == (1, 0)
    assert (after.satisfied_inferred, after.lo) == (1, 1 / 2)


def test_an_inference_that_nobody_accepted_counts_in_hi_only(mapped: World) -> None:
    vector = mapped.evaluate(mapped.open(mapped.shown("alpha:1")), "beta-2021").vector

    assert (vector.satisfied_inferred, vector.lo, vector.hi) == (1, 0, 1)


@pytest.mark.parametrize(
    "changed",
    [
        "alpha-2020:1 equal beta-2021:1",
        "alpha-2020:1 superset-of beta-2021:1 type=functional",
        "alpha-2020:2 superset-of beta-2021:1",
    ],
)
def test_an_acceptance_lapses_when_its_mapping_row_changes(mapped: World, changed: str) -> None:
    evidence = mapped.shown("alpha:1") + "\n" + mapped.shown("alpha:2")
    acceptance = accepted(mapped, evidence)
    mapped.mapping("alpha-2020_beta-2021", changed)

    vector = mapped.evaluate(mapped.open(evidence, acceptance), "beta-2021").vector

    assert (vector.satisfied_inferred, vector.lo) == (1, 0)


def test_an_acceptance_stands_when_only_the_line_or_the_wording_changes(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    acceptance = accepted(mapped, evidence)
    mapped.mapping(
        "alpha-2020_beta-2021",
        """
        alpha-2020:2 intersects-with beta-2021:2
        alpha-2020:1 superset-of     beta-2021:1 review=reviewed sure=0.9
        """,
    )

    vector = mapped.evaluate(mapped.open(evidence, acceptance), "beta-2021").vector

    assert vector.lo == 1 / 2


def test_an_acceptance_lapses_when_its_source_fails(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    acceptance = accepted(mapped, evidence)
    failed = mapped.assessed(
        "alpha:1", "earl:failed", on="2026-05-15", name="audit-2", of="alpha-1"
    )

    dataset = mapped.open(evidence, acceptance, failed)

    assert mapped.evaluate(dataset, "beta-2021", on="2026-05-14").vector.lo == 1 / 2
    assert mapped.evaluate(dataset, "beta-2021", on="2026-05-15").vector.lo == 0


def test_an_acceptance_lapses_when_its_source_fails_though_another_way_holds(
    mapped: World,
) -> None:
    evidence = mapped.shown("alpha:1")
    acceptance = accepted(mapped, evidence)
    mapped.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 superset-of beta-2021:1\nalpha-2020:2 superset-of beta-2021:1",
    )
    failed = mapped.assessed(
        "alpha:1", "earl:failed", on="2026-05-15", name="audit-2", of="alpha-1"
    )

    dataset = mapped.open(evidence, mapped.shown("alpha:2"), acceptance, failed)
    vector = mapped.evaluate(dataset, "beta-2021").vector

    assert (vector.satisfied_inferred, vector.lo) == (1, 0)


def test_an_acceptance_without_justification_counts_nothing(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    acceptance = accepted(mapped, evidence)
    silent = acceptance.replace("cw:justification", "rdfs:comment")

    assert silent != acceptance
    assert mapped.evaluate(mapped.open(evidence, silent), "beta-2021").vector.lo == 0


def test_an_acceptance_for_another_scope_counts_nothing(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    acceptance = accepted(mapped, evidence).replace("/org/acme/whole>", "/org/acme/elsewhere>")
    dataset = mapped.open('o:elsewhere a cw:Scope ; rdfs:label "elsewhere" .', evidence, acceptance)

    assert mapped.evaluate(dataset, "beta-2021").vector.lo == 0


def test_known_at_leaves_out_an_acceptance_of_a_later_day(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    dataset = mapped.open(evidence, accepted(mapped, evidence))

    before = mapped.evaluate(dataset, "beta-2021", known_at="2026-04-30").vector
    after = mapped.evaluate(dataset, "beta-2021", known_at="2026-05-01").vector

    assert (before.lo, after.lo) == (0, 1 / 2)


def test_what_is_capped_cannot_be_accepted(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("law-2023", "1", law=True)
    world.mapping("alpha-2020_law-2023", "alpha-2020:1 equal law-2023:1")

    with pytest.raises(UsageError, match="capped at supported"):
        accepted(world, world.shown("alpha:1"), key="law-2023")


def test_an_acceptance_written_by_hand_does_not_lift_the_cap(world: World) -> None:
    world.edition("alpha-2020", "1")
    world.edition("law-2023", "1", law=True)
    world.mapping("alpha-2020_law-2023", "alpha-2020:1 equal law-2023:1")
    rows = world.open().rows("inference/mapping-rows")
    by_hand = (
        "o:acceptance a cw:InferenceAcceptance ; cw:provision law:1 ; cw:inScope o:whole ; "
        'cw:acceptedBy o:bob ; cw:acceptedOn "2026-01-20"^^xsd:date ; '
        f'cw:justification "Good enough." ; cw:acceptedPath <{rows[0]["iri"]}> .'
    )

    vector = world.evaluate(world.open(world.shown("alpha:1"), by_hand), "law-2023").vector

    assert (vector.supported, vector.lo) == (1, 0)


def test_what_is_satisfied_directly_cannot_be_accepted(mapped: World) -> None:
    with pytest.raises(UsageError, match="satisfied_direct"):
        accepted(mapped, mapped.shown("alpha:1"), key="alpha-2020")


@pytest.mark.parametrize(("by", "why"), [("", "Because."), ("Carla", "  ")])
def test_an_acceptance_needs_who_and_why(mapped: World, by: str, why: str) -> None:
    evaluation = mapped.evaluate(mapped.open(mapped.shown("alpha:1")), "beta-2021")
    provision = evaluation.statuses[0].provision

    with pytest.raises(UsageError, match="--by and --why"):
        coverage.acceptance(evaluation, provision, by=by, why=why, on=date(2026, 5, 1))


def test_an_inference_by_structure_alone_can_be_accepted(world: World) -> None:
    world.edition("alpha-2020", "1 heading exhaust\n1.a in 1\n1.b in 1")
    evidence = world.shown("alpha:1")
    acceptance = accepted(world, evidence, key="alpha-2020", provision="1.a")

    vector = world.evaluate(world.open(evidence, acceptance), "alpha-2020").vector

    assert (vector.satisfied_inferred, vector.lo) == (2, 1 / 2)


def test_an_accepted_text_with_quotes_and_line_breaks_is_read_back_whole(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    evaluation = mapped.evaluate(mapped.open(evidence), "beta-2021")
    why = 'She said: "all of it"\nand \\ more.'
    provision = evaluation.statuses[0].provision
    _, text = coverage.acceptance(
        evaluation, provision, by='Carla "C" Doe', why=why, on=date(2026, 5, 1)
    )

    dataset = mapped.open(evidence, text)

    held = dataset.select(
        "SELECT ?why WHERE { ?a a cw:InferenceAcceptance ; cw:justification ?why }"
    )
    assert held == [{"why": why}]
    assert mapped.evaluate(dataset, "beta-2021").vector.lo == 1 / 2


# Properties.

OUTCOMES = st.sampled_from(["earl:passed", "cw:partially-passed", "earl:failed", "bare", "silent"])
RELATIONS = st.sampled_from(
    ["equal", "subset-of", "superset-of", "intersects-with", "no-relationship", "related"]
)
MAPPING_ROWS = st.builds(
    "{} {} {} type={}".format,
    st.sampled_from(["alpha-2020:1", "alpha-2020:2", "alpha-2020:3"]),
    RELATIONS,
    st.sampled_from(["beta-2021:1", "beta-2021:2", "beta-2021:3"]),
    st.sampled_from(["semantic", "functional"]),
)
PROVISIONS = ("alpha:1", "alpha:2", "alpha:3", "beta:1", "beta:2", "beta:3")
FACTS = st.fixed_dictionaries(dict.fromkeys(PROVISIONS, OUTCOMES))


def evidence_of(world: World, facts: dict[str, str]) -> list[str]:
    """Return the evidence; ``bare`` is a pass without an item, ``silent`` is nothing."""
    said = []
    for provision, outcome in facts.items():
        name = provision.replace(":", "-")
        if outcome == "bare":
            said += [
                world.implements(provision, name),
                world.assessed(provision, name=f"{name}-audit", of=name),
            ]
        elif outcome != "silent":
            said.append(world.shown(provision, outcome))
    return said


def accept_all(world: World, statements: list[str]) -> list[str]:
    """Return the acceptances of all that is inferred as satisfied."""
    dataset = world.open(*statements)
    texts = []
    for key in ("alpha-2020", "beta-2021"):
        evaluation = world.evaluate(dataset, key)
        texts += [
            coverage.acceptance(
                evaluation, one.provision, by="Carla", why="Read.", on=date(2026, 5, 1)
            )[1]
            for one in evaluation.statuses
            if one.status is Status.SATISFIED_INFERRED
        ]
    return texts


def both(world: World, dataset: Dataset) -> list[Evaluation]:
    """Return the evaluations of both editions."""
    return [world.evaluate(dataset, key) for key in ("alpha-2020", "beta-2021")]


def quarrels(evaluations: list[Evaluation]) -> set[object]:
    """Return what conflicts and what contradicts."""
    return {
        (one.provision.iri, one.status)
        for evaluation in evaluations
        for one in evaluation.statuses
        if one.status is Status.CONFLICT
    } | {key for evaluation in evaluations for key in evaluation.graph.contradictions}


@settings(max_examples=30, deadline=None)
@given(FACTS, st.lists(MAPPING_ROWS, max_size=6, unique=True))
def test_the_vector_sums_to_n_and_lo_is_never_above_hi(
    new_world: Callable[[], World], facts: dict[str, str], rows: list[str]
) -> None:
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3")
    world.mapping("alpha-2020_beta-2021", "\n".join(rows))
    evidence = evidence_of(world, facts)
    dataset = world.open(*evidence, *accept_all(world, evidence))

    for evaluation in both(world, dataset):
        vector = evaluation.vector

        assert sum(getattr(vector, bucket) for bucket in BUCKETS) == vector.n == 3
        assert vector.lead_overlap + vector.lead_indeterminate <= vector.unknown
        assert vector.lo is not None
        assert vector.hi is not None
        assert 0 <= vector.lo <= vector.hi <= 1


@settings(max_examples=30, deadline=None)
@given(FACTS, st.lists(MAPPING_ROWS, max_size=5, unique=True), MAPPING_ROWS)
def test_a_mapping_that_makes_no_new_conflict_never_lowers_lo_nor_raises_hi(
    new_world: Callable[[], World], facts: dict[str, str], rows: list[str], more: str
) -> None:
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3")
    world.mapping("alpha-2020_beta-2021", "\n".join(rows))
    evidence = evidence_of(world, facts)
    evidence += accept_all(world, evidence)
    before = both(world, world.open(*evidence))

    world.mapping("alpha-2020_beta-2021", "\n".join([*rows, more]))
    after = both(world, world.open(*evidence))

    assume(quarrels(after) <= quarrels(before))
    for old, new in zip(before, after, strict=True):
        assert (new.vector.lo or 0) >= (old.vector.lo or 0)
        assert (new.vector.hi or 0) <= (old.vector.hi or 0)


@settings(max_examples=25, deadline=None)
@given(FACTS, st.lists(MAPPING_ROWS, max_size=5, unique=True), st.sampled_from(PROVISIONS))
def test_adding_valid_evidence_never_lowers_lo(
    new_world: Callable[[], World], facts: dict[str, str], rows: list[str], shown: str
) -> None:
    assume(facts[shown] != "silent")
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3")
    world.mapping("alpha-2020_beta-2021", "\n".join(rows))
    evidence = evidence_of(world, facts)
    evidence += accept_all(world, evidence)

    before = both(world, world.open(*evidence))
    after = both(world, world.open(*evidence, world.item("more", of=shown.replace(":", "-"))))

    for old, new in zip(before, after, strict=True):
        assert (new.vector.lo or 0) >= (old.vector.lo or 0)


@settings(max_examples=20, deadline=None)
@given(
    FACTS,
    st.lists(MAPPING_ROWS, min_size=2, max_size=6, unique=True),
    st.permutations(range(6)),
    st.randoms(use_true_random=False),
)
def test_the_order_of_files_and_rows_never_matters(
    new_world: Callable[[], World],
    facts: dict[str, str],
    rows: list[str],
    order: list[int],
    chance: object,
) -> None:
    world, turned = new_world(), new_world()
    for one, sequence in ((world, rows), (turned, rows[::-1])):
        one.edition("alpha-2020", "1\n2\n3")
        one.edition("beta-2021", "1\n2\n3")
        one.mapping("alpha-2020_beta-2021", "\n".join(sequence))
    texts = {p: "\n".join(evidence_of(world, {p: outcome})) for p, outcome in facts.items()}
    first = world.open_files({f"{n}.ttl": texts[p] for n, p in enumerate(PROVISIONS)})
    second = turned.open_files({f"{n}.ttl": texts[PROVISIONS[i]] for n, i in enumerate(order)})

    for old, new in zip(both(world, first), both(turned, second), strict=True):
        assert new.vector == old.vector
        assert [(s.status, s.lead) for s in new.statuses] == [
            (s.status, s.lead) for s in old.statuses
        ]


def test_a_row_that_is_stated_twice_changes_nothing(mapped: World) -> None:
    evidence = mapped.shown("alpha:1")
    once = mapped.evaluate(mapped.open(evidence), "beta-2021")
    mapped.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 superset-of beta-2021:1\nalpha-2020:1 superset-of beta-2021:1",
    )

    twice = mapped.evaluate(mapped.open(evidence), "beta-2021")

    assert twice.vector == once.vector
    assert twice.statuses[0].derivation == once.statuses[0].derivation


def test_quads_stand_in_no_default_graph(mapped: World) -> None:
    dataset = mapped.open(mapped.shown("alpha:1"))

    assert not any(q.graph_name == ox.DefaultGraph() for q in dataset.quads())


# The record of evidence is read as a whole, and judged for any day.

PLAINLY = """
PREFIX cw: <https://w3id.org/aigov-crosswalk/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?implementation ?evidence ?label ?kind ?author ?accepted_by ?accepted_on ?collected_on
       ?sha256 ?scope ?effective_from ?effective_to ?expires_on ?max_age ?owner ?file ?known_at
WHERE {
  ?evidence cw:evidenceFor ?implementation .
  OPTIONAL { ?evidence a ?class . ?class cw:maximumAgeDays ?max_age ; rdfs:label ?kind }
  OPTIONAL { ?evidence rdfs:label ?label }
  OPTIONAL { ?evidence cw:author ?author }
  OPTIONAL { ?evidence cw:acceptedBy ?accepted_by }
  OPTIONAL { ?evidence cw:acceptedOn ?accepted_on }
  OPTIONAL { ?evidence cw:collectedOn ?collected_on }
  OPTIONAL { ?evidence cw:sha256 ?sha256 }
  OPTIONAL { ?evidence cw:inScope ?scope }
  OPTIONAL { ?evidence cw:effectiveFrom ?effective_from }
  OPTIONAL { ?evidence cw:effectiveTo ?effective_to }
  OPTIONAL { ?evidence cw:expiresOn ?expires_on }
  OPTIONAL { ?evidence cw:owner/rdfs:label ?owner }
  OPTIONAL { ?evidence cw:file ?file }
  OPTIONAL { ?evidence cw:recordedOn ?recorded }
  FILTER(COALESCE(?recorded, ?accepted_on, ?collected_on, ?known_at) <= ?known_at)
}
"""
"""What is asked of the evidence items, said plainly and answered slowly."""
IRIS = st.sampled_from([ox.NamedNode(f"urn:t:{name}") for name in ("ann", "bob", "kind", "site")])
DAYS = st.sampled_from(
    [
        ox.Literal(f"{year}-06-01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
        for year in (2024, 2025, 2026)
    ]
)
TEXTS = st.sampled_from([ox.Literal("a"), ox.Literal("b"), ox.Literal("2025-06-01")])
AGES = st.sampled_from([ox.Literal(30), ox.Literal(400)])
VALUES = {
    "rdfs:label": TEXTS,
    "rdf:type": IRIS,
    "cw:evidenceFor": IRIS,
    "cw:author": IRIS,
    "cw:acceptedBy": IRIS,
    "cw:acceptedOn": DAYS | TEXTS,
    "cw:collectedOn": DAYS,
    "cw:sha256": TEXTS,
    "cw:inScope": IRIS,
    "cw:effectiveFrom": DAYS,
    "cw:effectiveTo": DAYS,
    "cw:expiresOn": DAYS,
    "cw:owner": IRIS,
    "cw:file": TEXTS,
    "cw:recordedOn": DAYS | TEXTS,
    "cw:maximumAgeDays": AGES,
}
ITEMS = st.sampled_from(
    [ox.NamedNode("urn:t:one"), ox.NamedNode("urn:t:two"), ox.BlankNode("three")]
)
SAID = st.sampled_from(sorted(VALUES)).flatmap(
    lambda predicate: st.builds(
        ox.Quad,
        IRIS if predicate == "cw:maximumAgeDays" else ITEMS | IRIS,
        st.just(ox.NamedNode(expand(predicate))),
        VALUES[predicate],
        st.sampled_from([ox.NamedNode("urn:g:1"), ox.NamedNode("urn:g:2")]),
    )
)
EVERY = [
    ox.Quad(
        ox.NamedNode(f"urn:t:{one}"),
        ox.NamedNode(cw("evidenceFor")),
        ox.NamedNode("urn:t:measure"),
        ox.NamedNode("urn:g:1"),
    )
    for one in ("one", "two")
]


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=25), st.sampled_from([date.max, date(2025, 6, 1)]))
def test_the_evidence_items_are_those_that_the_plain_question_has(
    said: list[ox.Quad], known_at: date
) -> None:
    dataset = Dataset()
    dataset.add([*EVERY, *said])

    columns = dataset.columns("coverage/evidence-items", known_at=known_at)
    rows = dataset.rows("coverage/evidence-items", known_at=known_at)

    plainly = dataset.select(PLAINLY, {"known_at": known_at})
    assert Counter(columns) == Counter(tuple(row.values()) for row in plainly)
    assert Counter(columns) == Counter(tuple(row.values()) for row in rows)


@settings(max_examples=40, deadline=None)
@given(st.lists(SAID, max_size=25), st.randoms(use_true_random=False))
def test_evidence_is_judged_alike_in_whatever_order_days_and_statements_come(
    said: list[ox.Quad], chance: Random
) -> None:
    scope = coverage.Scope("urn:t:site", "site", "", frozenset(("urn:t:site",)))
    days = [date(year, 6, 2) for year in (2023, 2024, 2025, 2026)]
    turned = [*EVERY, *said]
    chance.shuffle(turned)
    first = Dataset()
    first.add([*EVERY, *said])

    judged = [gather(first, scope, as_of=day) for day in days]

    for day, facts in reversed(list(zip(days, judged, strict=True))):
        again = Dataset()
        again.add(turned)
        assert gather(again, scope, as_of=day) == facts
        assert gather(first, scope, as_of=day) == facts


def test_of_several_values_where_one_is_due_the_least_counts(alpha: World) -> None:
    dataset = alpha.open(
        alpha.implements("alpha:1"),
        alpha.item(),
        alpha.assessed("alpha:1", "earl:passed"),
    )
    (item,) = {q.subject for q in dataset.quads() if q.predicate.value == cw("evidenceFor")}
    label = ox.NamedNode(expand("rdfs:label"))
    dataset.add(
        ox.Quad(item, label, ox.Literal(text), ox.NamedNode("urn:g:1")) for text in ("~", "!")
    )

    shown = alpha.evaluate(dataset, "alpha-2020").statuses[0].direct

    assert shown is not None
    assert [one.label for one in shown.evidence] == ["!"]
