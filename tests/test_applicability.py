"""Whether a duty binds: by role, class, condition and date, all asked of the evidence.

The law is the shipped AI Act; each test states one small system.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from crosswalk import applicability, catalogue
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset
from crosswalk.models import Binding, BindingAnswer, Status

if TYPE_CHECKING:
    from conftest import World

YES, NOT_YET, NO, LEGACY, UNDETERMINED = (
    BindingAnswer.YES,
    BindingAnswer.NOT_YET,
    BindingAnswer.NO,
    BindingAnswer.LEGACY,
    BindingAnswer.UNDETERMINED,
)

HIRING = r"cw:annexIIIPoint act:annex-III\/pt-4\/pt-a"
CREDIT = r"cw:annexIIIPoint act:annex-III\/pt-5\/pt-b"
GRID = r"cw:annexIIIPoint act:annex-III\/pt-2"
ANNEX_III = "cw:riskClass risk-class:high-risk-annex-III"
ANNEX_I = "cw:riskClass risk-class:high-risk-annex-I"
DEPLOYER = "cw:roleHeld role:deployer"
PROVIDER = "cw:roleHeld role:provider"
OLD = 'cw:placedOnMarket "2026-03-02"^^xsd:date ; cw:putIntoService "2026-09-01"^^xsd:date'
NEW = 'cw:placedOnMarket "2028-09-01"^^xsd:date ; cw:putIntoService "2028-09-01"^^xsd:date'


def system(*facts: str, name: str = "tool") -> str:
    """Return an AI system that Acme operates."""
    said = " ; ".join(facts)
    return (
        f'o:{name} a airo:AISystem ; rdfs:label "{name}" ; cw:operatedBy o:organization ; '
        f"{said} .\n"
        f"o:whole cw:includesSystem o:{name} ."
    )


def change(on: str, *facts: str, by: str = "o:organization") -> str:
    """Return a design change as a fact of a system."""
    said = "".join(f" ; {fact}" for fact in facts)
    return (
        f'cw:designChange [ a cw:DesignChange ; rdfs:label "retraining" ; cw:changedBy {by} ; '
        f'cw:changedOn "{on}"^^xsd:date{said} ]'
    )


def bindings(
    dataset: Dataset, on: str, *, horizon: str | None = None, role: str | None = None
) -> list[Binding]:
    """Return what binds at a day."""
    day = date.fromisoformat(on)
    return applicability.bindings(
        dataset,
        catalogue.edition(dataset, "eu-ai-act-2026", as_of=day),
        as_of=day,
        horizon=date.fromisoformat(horizon) if horizon else None,
        role=role,
    )


def ask(
    world: World,
    *facts: str,
    duty: str,
    on: str,
    horizon: str | None = None,
    more: str = "",
) -> Binding:
    """Return whether one duty binds a system of the given facts."""
    dataset = world.open(system(*facts), more)
    [found] = [b for b in bindings(dataset, on, horizon=horizon) if b.provision == duty]
    return found


# Role, class and date.


def test_a_duty_of_the_role_held_binds_from_its_date(act_world: World) -> None:
    found = ask(act_world, DEPLOYER, ANNEX_III, HIRING, duty="article-4/par-1", on="2026-11-20")

    assert (found.binds, found.applies_from) == (YES, "2025-02-02")


@pytest.mark.parametrize(
    ("day", "answer"), [("2027-12-01", NOT_YET), ("2027-12-02", YES), ("2029-01-01", YES)]
)
def test_a_duty_of_deployers_binds_from_december_2027_on(
    act_world: World, day: str, answer: BindingAnswer
) -> None:
    facts = (DEPLOYER, ANNEX_III, HIRING, 'cw:placedOnMarket "2027-12-02"^^xsd:date')

    found = ask(act_world, *facts, duty="article-26/par-1", on=day)

    assert (found.binds, found.applies_from) == (answer, "2027-12-02")


def test_a_duty_of_another_role_does_not_bind(act_world: World) -> None:
    found = ask(act_world, DEPLOYER, ANNEX_III, HIRING, duty="article-9/par-1", on="2029-01-01")

    assert found.binds is NO
    assert "provider" in found.why


def test_a_duty_of_another_risk_class_does_not_bind(act_world: World) -> None:
    found = ask(
        act_world,
        DEPLOYER,
        "cw:riskClass risk-class:minimal",
        duty="article-26/par-1",
        on="2029-01-01",
    )

    assert found.binds is NO
    assert "minimal" in found.why


def test_a_prohibition_binds_whatever_the_class(act_world: World) -> None:
    found = ask(
        act_world,
        DEPLOYER,
        "cw:riskClass risk-class:minimal",
        duty="article-5/par-1/pt-a",
        on="2026-11-20",
    )

    assert found.binds is YES


@pytest.mark.parametrize("duty", ["article-5/par-1/pt-ba", "article-5/par-1/pt-bb"])
def test_the_prohibitions_of_the_amendment_bind_from_december_2026(
    act_world: World, duty: str
) -> None:
    facts = (DEPLOYER, ANNEX_III, HIRING)

    before = ask(act_world, *facts, duty=duty, on="2026-12-01")
    after = ask(act_world, *facts, duty=duty, on="2026-12-02")

    assert (before.binds, after.binds) == (NOT_YET, YES)


def test_an_unstated_role_leaves_a_duty_undetermined(act_world: World) -> None:
    found = ask(act_world, ANNEX_III, HIRING, duty="article-4/par-1", on="2026-11-20")

    assert found.binds is UNDETERMINED
    assert "role" in found.why


def test_an_unstated_risk_class_leaves_a_duty_undetermined(act_world: World) -> None:
    found = ask(act_world, DEPLOYER, NEW, duty="article-26/par-1", on="2029-01-01")

    assert found.binds is UNDETERMINED
    assert "risk class" in found.why


def test_an_open_question_does_not_matter_before_the_date(act_world: World) -> None:
    found = ask(act_world, DEPLOYER, duty="article-26/par-1", on="2026-11-20")

    assert found.binds is NOT_YET


def test_duties_of_the_annex_i_class_bind_from_august_2028(act_world: World) -> None:
    facts = (DEPLOYER, ANNEX_I, 'cw:placedOnMarket "2028-08-02"^^xsd:date')

    before = ask(act_world, *facts, duty="article-26/par-1", on="2028-08-01")
    after = ask(act_world, *facts, duty="article-26/par-1", on="2028-08-02")

    assert (before.binds, before.applies_from) == (NOT_YET, "2028-08-02")
    assert after.binds is YES


def test_of_two_classes_the_earlier_date_binds(act_world: World) -> None:
    found = ask(
        act_world, DEPLOYER, ANNEX_III, ANNEX_I, HIRING, duty="article-26/par-1", on="2026-11-20"
    )

    assert found.applies_from == "2027-12-02"


# Duties that presuppose the high-risk class.


@pytest.mark.parametrize(
    "duty",
    [
        "article-43/par-2",
        "article-43/par-4",
        "article-47/par-1",
        "article-48/par-3",
        "article-49/par-1",
        "article-72/par-1",
        "article-73/par-1",
    ],
)
def test_a_duty_that_presupposes_the_class_binds_no_earlier_than_article_6(
    act_world: World, duty: str
) -> None:
    found = ask(act_world, PROVIDER, ANNEX_III, HIRING, OLD, duty=duty, on="2027-12-01")

    assert (found.binds, found.applies_from) == (NOT_YET, "2027-12-02")
    assert "2026-08-02" in found.why
    assert "2027-12-02" in found.why


def test_the_right_to_an_explanation_binds_no_earlier_than_article_6(act_world: World) -> None:
    facts = (DEPLOYER, ANNEX_III, HIRING, "cw:meetsCondition condition:decisions-about-persons")

    found = ask(act_world, *facts, duty="article-86/par-1", on="2026-11-20")

    assert (found.binds, found.applies_from) == (NOT_YET, "2027-12-02")
    assert "2026-08-02" in found.why
    assert "2027-12-02" in found.why


@pytest.mark.parametrize(
    "duty",
    [
        "article-43/par-3",
        "article-47/par-1",
        "article-48/par-3",
        "article-72/par-1",
        "article-73/par-1",
    ],
)
def test_a_duty_that_presupposes_the_annex_i_class_binds_no_earlier_than_august_2028(
    act_world: World, duty: str
) -> None:
    found = ask(act_world, PROVIDER, ANNEX_I, duty=duty, on="2028-08-01")

    assert (found.binds, found.applies_from) == (NOT_YET, "2028-08-02")
    assert "2026-08-02" in found.why
    assert "2028-08-02" in found.why


def test_both_dates_are_shown_also_once_the_duty_binds(act_world: World) -> None:
    found = ask(
        act_world, PROVIDER, ANNEX_III, HIRING, NEW, duty="article-72/par-1", on="2029-01-01"
    )

    assert found.binds is YES
    assert "2026-08-02" in found.why
    assert "2027-12-02" in found.why


# Narrower conditions.


@pytest.mark.parametrize(
    ("fact", "answer"),
    [
        ("cw:meetsCondition condition:public-body", YES),
        ("cw:failsCondition condition:public-body", NO),
        ('rdfs:comment "nothing said"', UNDETERMINED),
    ],
    ids=["met", "not met", "unstated"],
)
def test_a_narrower_condition_decides_and_unstated_it_is_open(
    act_world: World, fact: str, answer: BindingAnswer
) -> None:
    found = ask(
        act_world, DEPLOYER, ANNEX_III, HIRING, NEW, fact, duty="article-26/par-8", on="2029-01-01"
    )

    assert found.binds is answer
    if answer is not YES:
        assert "public body" in found.why


def test_a_condition_can_be_stated_of_the_organisation(act_world: World) -> None:
    more = "o:organization cw:failsCondition condition:public-body ."

    found = ask(
        act_world,
        DEPLOYER,
        ANNEX_III,
        HIRING,
        NEW,
        duty="article-26/par-8",
        on="2029-01-01",
        more=more,
    )

    assert found.binds is NO


PRIVATE = (
    "cw:failsCondition condition:public-body",
    "cw:failsCondition condition:public-service-provider",
)


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ((HIRING, "cw:meetsCondition condition:public-body"), YES),
        ((HIRING, "cw:meetsCondition condition:public-service-provider"), YES),
        ((HIRING, *PRIVATE), NO),
        ((CREDIT, *PRIVATE), YES),
        ((HIRING, PRIVATE[0]), UNDETERMINED),
        (PRIVATE, UNDETERMINED),
        ((HIRING, "cw:failsCondition condition:fria-deployer"), NO),
        ((GRID, "cw:meetsCondition condition:public-body"), NO),
    ],
    ids=[
        "a public body",
        "a provider of public services",
        "private and hiring",
        "private and credit scoring",
        "one part unstated",
        "no point of Annex III",
        "settled as a whole",
        "critical infrastructure",
    ],
)
def test_the_assessment_of_fundamental_rights_binds_those_whom_article_27_names(
    act_world: World, facts: tuple[str, ...], answer: BindingAnswer
) -> None:
    found = ask(
        act_world, DEPLOYER, ANNEX_III, NEW, *facts, duty="article-27/par-1/pt-a", on="2029-01-01"
    )

    assert found.binds is answer


@pytest.mark.parametrize(
    ("point", "biometric", "other"),
    [(HIRING, NO, YES), (r"cw:annexIIIPoint act:annex-III\/pt-1\/pt-a", YES, NO)],
)
def test_the_point_of_annex_iii_settles_the_way_of_conformity_assessment(
    act_world: World, point: str, biometric: BindingAnswer, other: BindingAnswer
) -> None:
    facts = (PROVIDER, ANNEX_III, NEW, point)

    assert ask(act_world, *facts, duty="article-43/par-1", on="2029-01-01").binds is biometric
    assert ask(act_world, *facts, duty="article-43/par-2", on="2029-01-01").binds is other


def test_transparency_duties_bind_only_where_their_condition_holds(act_world: World) -> None:
    facts = (DEPLOYER, "cw:riskClass risk-class:transparency")
    meets = "cw:meetsCondition condition:emotion-or-categorisation"
    fails = "cw:failsCondition condition:emotion-or-categorisation"

    assert ask(act_world, *facts, meets, duty="article-50/par-3", on="2026-08-02").binds is YES
    assert ask(act_world, *facts, fails, duty="article-50/par-3", on="2026-08-02").binds is NO
    assert ask(act_world, *facts, duty="article-50/par-3", on="2026-08-02").binds is UNDETERMINED
    assert ask(act_world, *facts, meets, duty="article-50/par-3", on="2026-08-01").binds is NOT_YET


# The transition of Art. 50(2).

SYNTHETIC = (
    PROVIDER,
    "cw:riskClass risk-class:transparency",
    "cw:meetsCondition condition:synthetic-content",
)


@pytest.mark.parametrize(
    ("placed", "day", "answer", "start"),
    [
        ("2026-08-01", "2026-08-02", NOT_YET, "2026-12-02"),
        ("2026-08-01", "2026-12-01", NOT_YET, "2026-12-02"),
        ("2026-08-01", "2026-12-02", YES, "2026-12-02"),
        ("2026-08-02", "2026-08-02", YES, "2026-08-02"),
    ],
)
def test_systems_on_the_market_before_august_2026_mark_content_from_december_on(
    act_world: World, placed: str, day: str, answer: BindingAnswer, start: str
) -> None:
    dated = f'cw:placedOnMarket "{placed}"^^xsd:date'

    found = ask(act_world, *SYNTHETIC, dated, duty="article-50/par-2", on=day)

    assert (found.binds, found.applies_from) == (answer, start)


def test_without_a_date_of_placing_the_transition_is_open_and_then_over(act_world: World) -> None:
    during = ask(act_world, *SYNTHETIC, duty="article-50/par-2", on="2026-10-01")
    over = ask(act_world, *SYNTHETIC, duty="article-50/par-2", on="2026-12-02")

    assert (during.binds, over.binds) == (UNDETERMINED, YES)


# Legacy, Art. 111(2).

TOOL = (DEPLOYER, ANNEX_III, HIRING)


def test_a_system_in_service_before_article_6_binds_is_legacy(act_world: World) -> None:
    before = ask(act_world, *TOOL, OLD, duty="article-26/par-1", on="2027-12-01")
    after = ask(act_world, *TOOL, OLD, duty="article-26/par-1", on="2027-12-02")

    assert (before.binds, after.binds) == (NOT_YET, LEGACY)
    assert "111(2)" in after.why
    assert "2026-09-01" in after.why


def test_a_system_in_service_on_the_day_itself_is_not_legacy(act_world: World) -> None:
    dated = 'cw:putIntoService "2027-12-02"^^xsd:date'

    assert ask(act_world, *TOOL, dated, duty="article-26/par-1", on="2027-12-02").binds is YES


@pytest.mark.parametrize(
    ("changed", "day", "answer"),
    [
        (change("2028-01-10", "cw:significant true"), "2028-01-09", LEGACY),
        (change("2028-01-10", "cw:significant true"), "2028-01-10", YES),
        (change("2028-01-10", "cw:significant false"), "2028-01-10", LEGACY),
        (change("2028-01-10"), "2028-01-10", UNDETERMINED),
        (change("2027-12-02", "cw:significant true"), "2027-12-02", YES),
        (change("2027-12-01", "cw:significant true"), "2027-12-02", LEGACY),
        (change("2027-06-01"), "2027-12-02", LEGACY),
    ],
    ids=[
        "before the change",
        "after a significant change",
        "after an insignificant one",
        "after one that nobody judged",
        "changed on the day",
        "changed before the day",
        "unjudged but before the day",
    ],
)
def test_legacy_ends_with_a_significant_change_of_design_from_the_date_on(
    act_world: World, changed: str, day: str, answer: BindingAnswer
) -> None:
    by_the_provider = changed.replace("cw:changedBy o:organization", "cw:changedBy o:maker")

    found = ask(act_world, *TOOL, OLD, by_the_provider, duty="article-26/par-1", on=day)

    assert found.binds is answer


def test_one_significant_change_among_unjudged_ones_settles_it(act_world: World) -> None:
    changes = (
        change("2028-01-10", by="o:maker"),
        change("2028-02-10", "cw:significant true", by="o:maker"),
    )

    found = ask(act_world, *TOOL, OLD, *changes, duty="article-26/par-1", on="2028-03-01")

    assert found.binds is YES


def test_without_a_date_of_service_it_is_undetermined_whether_a_system_is_legacy(
    act_world: World,
) -> None:
    found = ask(act_world, *TOOL, duty="article-26/par-1", on="2027-12-02")

    assert found.binds is UNDETERMINED
    assert "111(2)" in found.why


@pytest.mark.parametrize(
    ("fact", "day", "answer"),
    [
        ("cw:meetsCondition condition:public-body", "2030-08-01", LEGACY),
        ("cw:meetsCondition condition:public-body", "2030-08-02", YES),
        ("cw:failsCondition condition:public-body", "2030-08-02", LEGACY),
        ('rdfs:comment "nothing said"', "2030-08-01", LEGACY),
        ('rdfs:comment "nothing said"', "2030-08-02", UNDETERMINED),
    ],
)
def test_legacy_ends_for_public_authorities_in_august_2030(
    act_world: World, fact: str, day: str, answer: BindingAnswer
) -> None:
    assert ask(act_world, *TOOL, OLD, fact, duty="article-26/par-1", on=day).binds is answer


@pytest.mark.parametrize("duty", ["article-4/par-1", "article-5/par-1/pt-a"])
def test_legacy_concerns_only_duties_that_presuppose_the_class(act_world: World, duty: str) -> None:
    assert ask(act_world, *TOOL, OLD, duty=duty, on="2027-12-02").binds is YES


def test_legacy_of_the_annex_i_class_looks_to_its_own_date(act_world: World) -> None:
    dated = 'cw:putIntoService "2028-01-15"^^xsd:date'

    annex_i = ask(act_world, DEPLOYER, ANNEX_I, dated, duty="article-26/par-1", on="2028-08-02")
    annex_iii = ask(act_world, *TOOL, dated, duty="article-26/par-1", on="2028-08-02")

    assert (annex_i.binds, annex_iii.binds) == (LEGACY, YES)


def test_a_narrower_condition_that_fails_comes_before_legacy(act_world: World) -> None:
    fact = "cw:failsCondition condition:public-body"

    assert ask(act_world, *TOOL, OLD, fact, duty="article-26/par-8", on="2028-01-01").binds is NO


# A deployer that may have become the provider, Art. 25(1)(b).

BECOMES = "article-25/par-1/pt-b"


def test_an_unjudged_change_by_the_deployer_leaves_open_who_is_the_provider(
    act_world: World,
) -> None:
    settled = 'cw:settledBy "Statement of the provider."'
    facts = (*TOOL, OLD, change("2026-11-16", settled))

    found = ask(act_world, *facts, duty=BECOMES, on="2026-11-20")
    duty = ask(
        act_world,
        *facts,
        change("2028-01-10", "cw:significant true"),
        duty="article-9/par-1",
        on="2028-02-01",
    )

    assert found.binds is UNDETERMINED
    assert "retraining" in found.why
    assert "2026-11-16" in found.why
    assert "Statement of the provider" in found.why
    assert duty.binds is UNDETERMINED
    assert "25(1)(b)" in duty.why


def test_the_question_is_not_asked_before_the_change(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL, OLD, change("2026-11-16")))

    assert BECOMES not in {b.provision for b in bindings(dataset, "2026-11-15")}
    assert BECOMES in {b.provision for b in bindings(dataset, "2026-11-16")}


@pytest.mark.parametrize(
    "facts",
    [
        (DEPLOYER, ANNEX_III, change("2026-11-16", "cw:substantialModification false")),
        (DEPLOYER, ANNEX_III, change("2026-11-16", by="o:maker")),
        (PROVIDER, ANNEX_III, change("2026-11-16")),
        (DEPLOYER, "cw:riskClass risk-class:minimal", change("2026-11-16")),
    ],
    ids=["judged not substantial", "made by another", "already the provider", "not high-risk"],
)
def test_the_question_is_not_asked_where_it_cannot_arise(
    act_world: World, facts: tuple[str, ...]
) -> None:
    dataset = act_world.open(system(HIRING, OLD, *facts))

    assert BECOMES not in {b.provision for b in bindings(dataset, "2026-11-20")}


def test_a_substantial_modification_makes_the_deployer_a_provider(act_world: World) -> None:
    modified = change("2028-01-10", "cw:significant true", "cw:substantialModification true")
    facts = (*TOOL, OLD, modified)

    became = ask(act_world, *facts, duty=BECOMES, on="2028-01-10")
    before = ask(act_world, *facts, duty="article-9/par-1", on="2028-01-09")
    after = ask(act_world, *facts, duty="article-9/par-1", on="2028-01-10")

    assert (became.binds, before.binds, after.binds) == (YES, NO, YES)


# The question as a whole.


def test_a_horizon_asks_what_binds_by_then_on_the_evidence_of_today(act_world: World) -> None:
    later = change("2027-12-10", "cw:significant true", by="o:maker")

    found = ask(
        act_world, *TOOL, OLD, later, duty="article-26/par-1", on="2026-11-20", horizon="2027-12-31"
    )

    assert found.binds is LEGACY


def test_a_role_asks_only_for_its_duties(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL, OLD))

    found = bindings(dataset, "2026-11-20", role="deployer")

    assert found
    assert {b.provision for b in found} >= {"article-4/par-1", "article-26/par-1"}
    assert "article-9/par-1" not in {b.provision for b in found}
    assert all({"deployer", "any-operator"} & set(b.addressee.split()) for b in found)


def test_an_unknown_role_is_told_with_the_nearest(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL))

    with pytest.raises(UsageError, match="Did you mean 'deployer'"):
        bindings(dataset, "2026-11-20", role="deploier")


def test_an_unknown_system_is_told_with_the_nearest(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL))
    edition = catalogue.edition(dataset, "eu-ai-act-2026", as_of=date(2026, 11, 20))

    with pytest.raises(UsageError, match="Did you mean 'tool'"):
        applicability.bindings(dataset, edition, as_of=date(2026, 11, 20), system="tools")


def test_a_system_is_found_by_label(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL), system(PROVIDER, ANNEX_III, name="engine"))
    edition = catalogue.edition(dataset, "eu-ai-act-2026", as_of=date(2026, 11, 20))

    found = applicability.bindings(dataset, edition, as_of=date(2026, 11, 20), system="engine")

    assert {b.system for b in found} == {"engine"}


def test_without_a_system_nothing_is_said(act_world: World) -> None:
    assert bindings(act_world.open(), "2026-11-20") == []


@pytest.mark.parametrize(
    ("answers", "strongest"),
    [
        ((NO, YES), YES),
        ((UNDETERMINED, YES), YES),
        ((LEGACY, UNDETERMINED), UNDETERMINED),
        ((NO, NOT_YET), NOT_YET),
        ((NO, LEGACY), LEGACY),
        ((NO, NO), NO),
    ],
)
def test_over_several_systems_the_strongest_answer_counts(
    answers: tuple[BindingAnswer, ...], strongest: BindingAnswer
) -> None:
    found = [
        Binding(f"tool {n}", "1", "deployer", "any", None, answer, "", iri="law/1")
        for n, answer in enumerate(answers)
    ]

    assert applicability.combine(found)["law/1"].binds is strongest
    assert applicability.combine(found[::-1])["law/1"].binds is strongest


def test_open_questions_are_the_undetermined_answers(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL, NEW))

    found = applicability.open_questions(bindings(dataset, "2029-01-01"))

    assert "article-26/par-8" in {b.provision for b in found}
    assert {b.binds for b in found} == {UNDETERMINED}


# Applicability comes before any status.


def test_what_does_not_bind_stands_outside_the_figures(act_world: World) -> None:
    facts = (*TOOL, OLD, "cw:failsCondition condition:public-body")
    duty = r"act:article-26\/par-1"
    dataset = act_world.open(
        system(*facts),
        act_world.implements(duty),
        act_world.item(),
        act_world.assessed(duty),
    )

    evaluation = act_world.evaluate(dataset, "eu-ai-act-2026", on="2026-11-20")
    horizon = act_world.evaluate(dataset, "eu-ai-act-2026", on="2026-11-20", horizon="2027-12-02")

    now = {s.provision.id: s.status for s in evaluation.statuses}
    then = {s.provision.id: s.status for s in horizon.statuses}
    assert now["article-26/par-1"] is then["article-26/par-1"] is Status.NOT_YET
    assert now["article-26/par-8"] is Status.NOT_APPLICABLE
    assert now["article-4/par-1"] is Status.UNKNOWN
    vector = evaluation.vector
    assert vector.n + vector.not_applicable + vector.not_yet == len(evaluation.statuses)


def test_a_duty_that_is_undetermined_stays_in_the_figures(act_world: World) -> None:
    dataset = act_world.open(system(*TOOL, NEW))

    statuses = act_world.statuses(dataset, "eu-ai-act-2026", on="2029-01-01")

    assert statuses["article-26/par-8"] is Status.UNKNOWN


def test_a_scope_answers_for_the_systems_inside_it(act_world: World) -> None:
    nested = """
    o:outer a cw:Scope ; rdfs:label "outer" ; cw:includesScope o:whole .
    o:other a cw:Scope ; rdfs:label "other" ; cw:includesSystem o:engine .
    o:engine a airo:AISystem ; rdfs:label "engine" ; cw:roleHeld role:provider .
    """
    dataset = act_world.open(system(*TOOL, OLD), nested)

    def of(scope: str) -> set[str]:
        found = act_world.evaluate(dataset, "eu-ai-act-2026", on="2026-11-20", scope=scope)
        return {b.system for b in found.bindings}

    assert of("whole") == {"tool"}
    assert of("other") == {"engine"}
    assert of("outer") == {"tool"}
