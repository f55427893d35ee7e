"""The catalogue equals the reference lists: ids, parents, kinds, titles, duties, counts."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from crosswalk import catalogue
from crosswalk.cli import main
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Provision

REFERENCE = Path(__file__).parent / "data" / "reference"
OBLIGATIONS = "eu-ai-act-obligations"
LAW = "eu-ai-act-2026"
EDITIONS = sorted(path.stem for path in REFERENCE.glob("*.csv") if path.stem != OBLIGATIONS)
COUNTED = {
    "eu-ai-act-2024": 0,
    "iso-27001-2013": 26 + 114,
    "iso-27001-2022": 30 + 93,
    "iso-42001-2023": 32 + 38,
    "nist-ai-600-1": 0,
    "nist-ai-rmf-1.0": 72,
    "soc2-2017": 61,
}
CONTROLS = {
    "iso-27001-2013": 114,
    "iso-27001-2022": 93,
    "iso-27701-2019": 31 + 18,
    "iso-27701-2025": 31 + 18 + 29,
    "iso-42001-2023": 38,
}
OPERATORS = {
    "any-operator",
    "authorised-representative",
    "deployer",
    "distributor",
    "gpai-provider",
    "importer",
    "product-manufacturer",
    "provider",
}
DUTIES = {"shall", "shall-not"}
DATES = {
    "applies_from": "",
    "high-risk-annex-I": "annex-I=",
    "high-risk-annex-III": "annex-III=",
}


@pytest.fixture(scope="module")
def knowledge() -> Dataset:
    return open_dataset(sets=False)


@pytest.fixture(scope="module")
def obligations() -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in _reference(OBLIGATIONS)}


@pytest.fixture(scope="module")
def facts(knowledge: Dataset) -> dict[str, dict[str, set[str]]]:
    """Return id → property → values of the obligations in the graph."""
    by_iri: dict[str, dict[str, set[str]]] = {}
    for row in knowledge.rows("applicability/obligation-facts", edition=LAW):
        said = by_iri.setdefault(row["iri"] or "", {})
        said.setdefault(row["property"] or "", set()).add(row["value"] or "")
    return {next(iter(said["id"])): said for said in by_iri.values()}


def _reference(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _above(provision: Provision, by_id: dict[str, Provision]) -> list[Provision]:
    """Return the ancestors of a provision, the nearest first."""
    chain: list[Provision] = []
    while provision.parent:
        provision = by_id[provision.parent]
        assert provision not in chain, f"{provision.id} stands above itself"
        chain.append(provision)
    return chain


def test_the_reference_lists_of_twelve_editions_are_here() -> None:
    assert len(EDITIONS) == 12
    assert (REFERENCE / "README.md").is_file()


@pytest.mark.parametrize("edition", EDITIONS)
def test_provisions_as_csv_equal_the_reference_list_in_id_parent_kind_title_and_order(
    edition: str, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = ("id", "parent", "kind", "title")

    main(["provisions", edition, "--format", "csv"])

    answered = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert [tuple(row[c] for c in columns) for row in answered] == [
        tuple(row[c] for c in columns) for row in _reference(edition)
    ]


def test_every_edition_of_the_reference_is_carried_with_its_number_of_provisions(
    knowledge: Dataset,
) -> None:
    carried = {one.edition: one.provisions for one in catalogue.editions(knowledge)}

    assert {edition: carried.get(edition) for edition in EDITIONS} == {
        edition: len(_reference(edition)) for edition in EDITIONS
    }


@pytest.mark.parametrize(("edition", "counted"), COUNTED.items())
def test_the_number_of_counted_provisions_is_the_known_one(
    knowledge: Dataset, edition: str, counted: int
) -> None:
    provisions = catalogue.provisions(knowledge, edition)

    assert sum(p.counted for p in provisions) == counted


@pytest.mark.parametrize(("edition", "controls"), CONTROLS.items())
def test_every_control_is_counted_and_their_number_is_the_known_one(
    knowledge: Dataset, edition: str, controls: int
) -> None:
    provisions = catalogue.provisions(knowledge, edition)

    of_kind = [p for p in provisions if p.kind == "control"]

    assert len(of_kind) == controls
    assert [p.id for p in of_kind if not p.counted] == []


def test_the_61_criteria_of_soc_2_stand_in_their_five_categories(knowledge: Dataset) -> None:
    provisions = catalogue.provisions(knowledge, "soc2-2017")

    series = Counter(
        match[0]
        for p in provisions
        if p.kind == "criterion" and (match := re.match("[A-Z]+", p.id))
    )

    assert series == {"CC": 33, "A": 3, "PI": 5, "C": 2, "P": 18}


def test_the_12_risks_of_nist_ai_600_1_are_a_catalogue_and_not_counted(
    knowledge: Dataset,
) -> None:
    provisions = catalogue.provisions(knowledge, "nist-ai-600-1")

    assert [(p.kind, p.counted) for p in provisions] == [("risk", False)] * 12


def test_the_act_as_published_is_a_catalogue_without_coverage(knowledge: Dataset) -> None:
    defined = {one.edition: one.coverage_defined for one in catalogue.editions(knowledge)}

    assert defined["eu-ai-act-2024"] is False
    assert defined["eu-ai-act-2026"] is True


@pytest.mark.parametrize("edition", ["iso-42001-2023", LAW])
def test_every_counted_provision_is_paraphrased_and_has_a_topic(
    knowledge: Dataset, edition: str
) -> None:
    counted = [p for p in catalogue.provisions(knowledge, edition) if p.counted]

    assert [p.id for p in counted if not p.paraphrase] == []
    assert [p.id for p in counted if not p.topics] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_ids_differ_within_an_edition_and_parents_are_provisions_of_it(
    knowledge: Dataset, edition: str
) -> None:
    provisions = catalogue.provisions(knowledge, edition)

    ids = Counter(p.id for p in provisions)

    assert [one for one, times in ids.items() if times > 1] == []
    assert [p.id for p in provisions if p.parent and p.parent not in ids] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_ids_are_of_the_pattern_of_their_edition(knowledge: Dataset, edition: str) -> None:
    found = {one.edition: one for one in catalogue.editions(knowledge)}[edition]

    strangers = [
        p.id
        for p in catalogue.provisions(knowledge, edition)
        if not re.search(found.id_pattern, p.id)
    ]

    assert found.id_pattern
    assert strangers == []


def test_a_colliding_id_has_a_title_of_its_own_in_each_edition(knowledge: Dataset) -> None:
    titles = {
        edition: {p.id: p.title for p in catalogue.provisions(knowledge, edition)}
        for edition in ("iso-27001-2013", "iso-27001-2022", "iso-42001-2023")
    }

    assert len({said["A.6.1"] for said in titles.values()}) == 3
    assert titles["iso-27001-2013"]["10.1"] == titles["iso-27001-2022"]["10.2"]
    assert titles["iso-27001-2013"]["10.2"] == titles["iso-27001-2022"]["10.1"]


def test_the_clauses_that_public_documents_get_wrong_are_right(knowledge: Dataset) -> None:
    titles = {p.id: p.title for p in catalogue.provisions(knowledge, "iso-42001-2023")}

    assert "8.4" in titles
    assert not {"8.5", "10.3", "6.2.1"} & set(titles)
    assert "risk assessment" in titles["6.1.2"]
    assert "risk treatment" in titles["6.1.3"]
    assert "impact assessment" in titles["6.1.4"]
    assert "Data" in titles["A.7"]
    assert "Third-party" in titles["A.10"]


def test_every_row_of_the_obligations_file_is_an_obligation_of_the_law_and_no_other(
    facts: dict[str, dict[str, set[str]]], obligations: dict[str, dict[str, str]]
) -> None:
    assert set(facts) == set(obligations)


@pytest.mark.parametrize(
    ("property_name", "column"),
    [
        ("addressee", "addressee"),
        ("risk_class", "risk_class"),
        ("normativity", "normativity"),
    ],
)
def test_addressee_risk_class_and_normativity_equal_the_obligations_file(
    facts: dict[str, dict[str, set[str]]],
    obligations: dict[str, dict[str, str]],
    property_name: str,
    column: str,
) -> None:
    said = {key: _spoken(values.get(property_name, set())) for key, values in facts.items()}

    stated = {key: _spoken(set(row[column].split())) for key, row in obligations.items()}

    assert {key: said[key] for key in stated if said[key] != stated[key]} == {}


def _spoken(values: set[str]) -> set[str]:
    """Return the values, one spelling for the token that is also the name of a class."""
    return {"definition" if value == "definition-text" else value for value in values}


def test_dates_of_application_equal_the_obligations_file(
    facts: dict[str, dict[str, set[str]]], obligations: dict[str, dict[str, str]]
) -> None:
    said = {
        key: {f"{prefix}{day}" for name, prefix in DATES.items() for day in values.get(name, ())}
        for key, values in facts.items()
    }

    stated = {key: set(row["applies_from"].split(";")) for key, row in obligations.items()}

    assert {key: said[key] for key in stated if said[key] != stated[key]} == {}


def test_parents_and_kinds_of_obligations_equal_the_obligations_file(
    knowledge: Dataset, obligations: dict[str, dict[str, str]]
) -> None:
    by_id = {p.id: p for p in catalogue.provisions(knowledge, LAW)}

    said = {key: (by_id[key].parent, by_id[key].kind) for key in obligations}

    assert said == {key: (row["parent"], row["kind"]) for key, row in obligations.items()}


def test_only_duties_of_operators_in_the_obligations_file_are_counted(
    knowledge: Dataset, obligations: dict[str, dict[str, str]]
) -> None:
    counted = [p.id for p in catalogue.provisions(knowledge, LAW) if p.counted]

    strangers = [
        key
        for key in counted
        if key not in obligations
        or obligations[key]["normativity"] not in DUTIES
        or not OPERATORS & set(obligations[key]["addressee"].split())
    ]

    assert strangers == []


def test_no_duty_of_an_operator_is_lost_it_counts_or_its_parts_or_a_whole_above_it_do(
    knowledge: Dataset, obligations: dict[str, dict[str, str]]
) -> None:
    by_id = {p.id: p for p in catalogue.provisions(knowledge, LAW)}
    counted_above_or_below = set()
    for provision in by_id.values():
        chain = [provision, *_above(provision, by_id)]
        if provision.counted:
            counted_above_or_below |= {one.id for one in chain}
        if any(one.counted for one in chain):
            counted_above_or_below.add(provision.id)

    lost = [
        key
        for key, row in obligations.items()
        if row["normativity"] in DUTIES
        and OPERATORS & set(row["addressee"].split())
        and key not in counted_above_or_below
        and not by_id[key].note
    ]

    assert lost == []


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("article-27/par-1", [f"article-27/par-1/pt-{letter}" for letter in "abcdef"]),
    ],
)
def test_a_duty_that_its_points_spell_out_is_counted_once_in_its_points(
    knowledge: Dataset, whole: str, parts: list[str]
) -> None:
    by_id = {p.id: p for p in catalogue.provisions(knowledge, LAW)}

    assert (by_id[whole].counted, by_id[whole].children_exhaust) == (False, True)
    assert [by_id[part].counted for part in parts] == [True] * len(parts)


@pytest.mark.parametrize("article", ["article-26/par-6", "article-50/par-4"])
def test_the_sub_paragraphs_of_articles_26_6_and_50_4_are_not_lost(
    knowledge: Dataset, obligations: dict[str, dict[str, str]], article: str
) -> None:
    by_id = {p.id: p for p in catalogue.provisions(knowledge, LAW)}

    duties = [
        key
        for key, row in obligations.items()
        if key.startswith(f"{article}/sub-") and row["normativity"] in DUTIES
    ]

    assert duties
    assert [key for key in duties if not by_id[key].counted] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_parent_that_its_children_exhaust_is_not_counted_itself_and_has_such_children(
    knowledge: Dataset, edition: str
) -> None:
    provisions = catalogue.provisions(knowledge, edition)
    with_duty = {p.parent for p in provisions if p.counted or p.children_exhaust}

    exhausted = [p for p in provisions if p.children_exhaust]

    assert [p.id for p in exhausted if p.counted] == []
    assert [p.id for p in exhausted if p.id not in with_duty] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_counted_descendant_of_an_exhausted_parent_is_lost_on_the_way_up(
    knowledge: Dataset, edition: str
) -> None:
    provisions = catalogue.provisions(knowledge, edition)
    by_id = {p.id: p for p in provisions}

    chains = {p.id: _above(p, by_id) for p in provisions if p.counted}

    lost = [
        (counted, above.id)
        for counted, chain in chains.items()
        for height, above in enumerate(chain)
        if above.children_exhaust and not all(one.children_exhaust for one in chain[:height])
    ]

    assert lost == []
