"""What a person writes resolves to the provision that is meant, or to an error that helps."""

from __future__ import annotations

from datetime import date

import pytest

from crosswalk import catalogue
from crosswalk.citations import resolve
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset, open_dataset

TODAY = date(2026, 11, 20)
FORMS = {
    # standards, with and without their year
    "ISO 42001 A.6.2.4": "iso-42001-2023:A.6.2.4",
    "ISO/IEC 42001:2023 A.6.2.4": "iso-42001-2023:A.6.2.4",
    "ISO42001 A.6.2.4": "iso-42001-2023:A.6.2.4",
    "iso 42001 a.6.2.4": "iso-42001-2023:A.6.2.4",
    "ISO 42001, A.6.2.4": "iso-42001-2023:A.6.2.4",
    "  ISO 42001   A.6.2.4  ": "iso-42001-2023:A.6.2.4",
    "ISO 42001 control A.6.2.4": "iso-42001-2023:A.6.2.4",
    "ISO 42001 Annex A.6.2.4": "iso-42001-2023:A.6.2.4",
    "ISO 42001 Annex A 6.2.4": "iso-42001-2023:A.6.2.4",
    "ISO 42001 Annex A 8.2": "iso-42001-2023:A.8.2",
    "ISO 42001 8.2": "iso-42001-2023:8.2",
    "ISO 42001 6.1.2": "iso-42001-2023:6.1.2",
    "ISO 42001 clause 9.2.1": "iso-42001-2023:9.2.1",
    "ISO/IEC 42001:2023, clause 9.2.1": "iso-42001-2023:9.2.1",
    "ISO 42001 cl. 9.2.1": "iso-42001-2023:9.2.1",
    "ISO 42001 § 9.2.1": "iso-42001-2023:9.2.1",
    "ISO/IEC 27001:2022 A.5.15": "iso-27001-2022:A.5.15",
    "ISO 27001:2022 A.5.15": "iso-27001-2022:A.5.15",
    "ISO 27001 A.5.15": "iso-27001-2022:A.5.15",
    "ISO 27001:2013 A.9.4.1": "iso-27001-2013:A.9.4.1",
    "ISO 27701:2019 A.7.2.1": "iso-27701-2019:A.7.2.1",
    "ISO 27701 A.1.2.2": "iso-27701-2025:A.1.2.2",
    "ISO 9001:2015 8.4.1": "iso-9001-2015:8.4.1",
    # laws
    "AI Act Art. 9(2)(a)": "eu-ai-act-2026:article-9/par-2/pt-a",
    "AI Act Article 9(2)(a)": "eu-ai-act-2026:article-9/par-2/pt-a",
    "AI Act, Art 9 (2) (a)": "eu-ai-act-2026:article-9/par-2/pt-a",
    "AI Act Article 9(2), point (a)": "eu-ai-act-2026:article-9/par-2/pt-a",
    "EU AI Act Art. 26(1)": "eu-ai-act-2026:article-26/par-1",
    "Regulation (EU) 2024/1689 Art. 26(1)": "eu-ai-act-2026:article-26/par-1",
    "AI Act (2024) Art. 26": "eu-ai-act-2024:article-26",
    "AI Act Art. 26": "eu-ai-act-2026:article-26",
    "AI Act Art. 4a": "eu-ai-act-2026:article-4a",
    "AI Act Art. 5(1)(ba)": "eu-ai-act-2026:article-5/par-1/pt-ba",
    "AI Act Art. 3(4)": "eu-ai-act-2026:article-3/pt-4",
    "AI Act Art. 26(6), second subparagraph": "eu-ai-act-2026:article-26/par-6/sub-2",
    "AI Act Annex III": "eu-ai-act-2026:annex-III",
    "AI Act Annex III, point 4": "eu-ai-act-2026:annex-III/pt-4",
    "AI Act Annex III(4)(a)": "eu-ai-act-2026:annex-III/pt-4/pt-a",
    "AI Act Annex III, point 4(a)": "eu-ai-act-2026:annex-III/pt-4/pt-a",
    "AI Act Annex IV, point 2(b)": "eu-ai-act-2026:annex-IV/pt-2/pt-b",
    "AI Act Annex XI section 1": "eu-ai-act-2026:annex-XI/sec-1",
    "GDPR Art. 35": "gdpr-2016:article-35",
    "GDPR Article 35": "gdpr-2016:article-35",
    "Regulation (EU) 2016/679 Art. 35": "gdpr-2016:article-35",
    # outcomes and criteria
    "NIST AI RMF GOVERN 1.1": "nist-ai-rmf-1.0:GOVERN 1.1",
    "NIST AI RMF 1.0 Govern-1.1": "nist-ai-rmf-1.0:GOVERN 1.1",
    "AI RMF MAP 2.3": "nist-ai-rmf-1.0:MAP 2.3",
    "NIST AI RMF MEASURE 2": "nist-ai-rmf-1.0:MEASURE 2",
    "NIST AI 600-1 2.2": "nist-ai-600-1:2.2",
    "SOC 2 CC6.1": "soc2-2017:CC6.1",
    "SOC2 PI1.1": "soc2-2017:PI1.1",
    # CURIEs and IRIs
    "iso-42001-2023:A.6.2.4": "iso-42001-2023:A.6.2.4",
    "nist-ai-rmf-1.0:GOVERN-1.1": "nist-ai-rmf-1.0:GOVERN 1.1",
    "nist-ai-rmf-1.0:GOVERN 1.1": "nist-ai-rmf-1.0:GOVERN 1.1",
    "eu-ai-act-2026:article-9/par-2/pt-a": "eu-ai-act-2026:article-9/par-2/pt-a",
    "eu-ai-act-2024:article-9": "eu-ai-act-2024:article-9",
    "https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.6.2.4": "iso-42001-2023:A.6.2.4",
    "https://w3id.org/aigov-crosswalk/id/nist-ai-rmf-1.0/GOVERN-1.1": "nist-ai-rmf-1.0:GOVERN 1.1",
}


@pytest.fixture(scope="module")
def knowledge() -> Dataset:
    return open_dataset(sets=False)


def _error(knowledge: Dataset, citation: str) -> str:
    with pytest.raises(UsageError) as caught:
        resolve(knowledge, citation, as_of=TODAY)
    return str(caught.value)


@pytest.mark.parametrize(("citation", "meant"), FORMS.items(), ids=list(FORMS))
def test_a_citation_as_a_person_writes_it_means_one_provision(
    knowledge: Dataset, citation: str, meant: str
) -> None:
    found = resolve(knowledge, citation, as_of=TODAY)

    assert f"{found.edition}:{found.id}" == meant


@pytest.mark.parametrize(
    "edition",
    [
        "eu-ai-act-2024",
        "eu-ai-act-2026",
        "gdpr-2016",
        "iso-27001-2013",
        "iso-27701-2019",
        "iso-42001-2023",
        "nist-ai-rmf-1.0",
        "soc2-2017",
    ],
)
def test_the_iri_and_the_curie_of_a_provision_mean_that_provision(
    knowledge: Dataset, edition: str
) -> None:
    provisions = catalogue.provisions(knowledge, edition)

    for one in provisions[:: max(1, len(provisions) // 8)]:
        for citation in (one.iri, f"{edition}:{one.id}"):
            assert resolve(knowledge, citation, as_of=TODAY).iri == one.iri


def test_every_paragraph_and_point_of_an_article_is_found_by_its_usual_citation(
    knowledge: Dataset,
) -> None:
    articles = ("article-5", "article-9", "article-27")
    wrong = []

    for one in catalogue.provisions(knowledge, "eu-ai-act-2026"):
        head, *rest = one.id.split("/")
        if head in articles and not any(part.startswith("sub-") for part in rest):
            marks = "".join(f"({part.partition('-')[2]})" for part in rest)
            citation = f"AI Act Art. {head.removeprefix('article-')}{marks}"
            if resolve(knowledge, citation, as_of=TODAY).id != one.id:
                wrong.append((citation, one.id))

    assert wrong == []


def test_a_name_without_a_year_means_the_newest_edition_in_force_at_the_date(
    knowledge: Dataset,
) -> None:
    before = resolve(knowledge, "AI Act Art. 26", as_of=date(2026, 7, 26))
    after = resolve(knowledge, "AI Act Art. 26", as_of=date(2026, 7, 27))

    assert (before.edition, after.edition) == ("eu-ai-act-2024", "eu-ai-act-2026")


def test_a_standard_without_a_year_means_the_edition_of_its_time(knowledge: Dataset) -> None:
    before = resolve(knowledge, "ISO 27001 A.9.4.1", as_of=date(2020, 1, 1))
    after = resolve(knowledge, "ISO 27001 A.5.15", as_of=TODAY)

    assert (before.edition, after.edition) == ("iso-27001-2013", "iso-27001-2022")


def test_an_id_that_stands_in_several_editions_is_refused_and_they_are_named(
    knowledge: Dataset,
) -> None:
    said = _error(knowledge, "A.6.1")

    for edition in ("iso-27001-2013", "iso-27001-2022", "iso-42001-2023"):
        assert edition in said
    assert "Name the edition" in said


@pytest.mark.parametrize(
    ("citation", "named"),
    [
        ("ISO 42001 A.6.2.9", "'A.6.2.8'"),
        ("ISO 42001 8.5", "'8.4'"),
        ("ISO 42001 10.3", "'10.2'"),
        ("iso-42001-2023:A.6.2.44", "'A.6.2.4'"),
        ("https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.6.2.44", "'A.6.2.4'"),
        ("SOC 2 CC6.99", "'CC6.8'"),
        ("NIST AI RMF GOVERN 1.9", "'GOVERN 1.7'"),
        ("AI Act Art. 26(13)", "'article-26/par-"),
        ("AI Act Art. 10(5)", "'article-10/par-"),
        ("GDPR Art. 35(1)", "'article-35'"),
        ("GDPR Art. 350", "'article-35'"),
    ],
)
def test_an_unknown_id_names_the_nearest_of_the_edition(
    knowledge: Dataset, citation: str, named: str
) -> None:
    said = _error(knowledge, citation)

    assert "has no provision" in said
    assert named in said


@pytest.mark.parametrize(
    ("citation", "asked", "stands_in"),
    [
        ("ISO 27001:2022 A.9.4.1", "iso-27001-2022", "iso-27001-2013"),
        ("ISO 27001:2013 A.5.15", "iso-27001-2013", "iso-27001-2022"),
        ("AI Act (2024) Art. 4a", "eu-ai-act-2024", "eu-ai-act-2026"),
        ("AI Act (2024) Art. 9(2)(a)", "eu-ai-act-2024", "eu-ai-act-2026"),
    ],
)
def test_an_id_of_another_edition_of_the_framework_is_refused_and_that_edition_named(
    knowledge: Dataset, citation: str, asked: str, stands_in: str
) -> None:
    said = _error(knowledge, citation)

    assert said.startswith(f"{asked} has no provision")
    assert f"It stands in {stands_in}" in said


@pytest.mark.parametrize(
    ("citation", "named"),
    [
        ("ISO 42002 A.6.2.4", "'ISO 42001'"),
        ("ISO 42001:2024 A.6.2.4", "'ISO 42001:2023'"),
        ("iso-42002-2023:A.6.2.4", "'iso-42001-2023'"),
        ("GDRP Art. 35", "'GDPR'"),
        ("https://w3id.org/aigov-crosswalk/id/iso-42002-2023/A.6.2.4", "'iso-42001-2023'"),
    ],
)
def test_an_unknown_edition_names_the_nearest(
    knowledge: Dataset, citation: str, named: str
) -> None:
    assert named in _error(knowledge, citation)


@pytest.mark.parametrize("citation", ["", "   ", "rubbish", "Art. 9", "9(2)(a)", ":", "§"])
def test_what_is_no_citation_is_refused_with_an_example(knowledge: Dataset, citation: str) -> None:
    said = _error(knowledge, citation)

    assert "ISO 42001 A.6.2.4" in said


@pytest.mark.parametrize("citation", ["ISO 42001", "iso-42001-2023:", "AI Act"])
def test_an_edition_without_an_id_is_refused_and_its_list_named(
    knowledge: Dataset, citation: str
) -> None:
    assert "crosswalk provisions" in _error(knowledge, citation)
