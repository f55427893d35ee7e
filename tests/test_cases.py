"""The example organisations beside X Corporation: each answers its first question, and is sound."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import date

import pytest
from click.testing import CliRunner

from crosswalk import catalogue, coverage, gap, validation
from crosswalk.cases import Case, case, cases
from crosswalk.cli.app import cli
from crosswalk.coverage import Evaluation
from crosswalk.graph import Dataset, open_dataset
from crosswalk.verbs.measurement import measured_again

GFC, MHS = "global-finance-corp", "metro-health-system"
ISO = "iso-42001-2023"


@pytest.fixture(scope="module", params=(GFC, MHS))
def told(request: pytest.FixtureRequest) -> Case:
    return case(request.param)


def opened(told: Case) -> Dataset:
    return open_dataset([str(told.directory)])


def evaluated(dataset: Dataset, day: str, scope: str | None = None) -> Evaluation:
    on = date.fromisoformat(day)
    [chosen] = coverage.scope_of(dataset, scope)
    return coverage.evaluate(dataset, catalogue.edition(dataset, ISO, as_of=on), chosen, as_of=on)


def table(told: Case) -> list[list[str]]:
    """Return the rows of dates in the README of a case, its figures as text."""
    text = (told.directory / "README.md").read_text(encoding="utf-8")
    return [
        [day, *re.findall(r"\d+", figures)]
        for day, figures in re.findall(r"^\| (\d{4}-\d\d-\d\d) \|.*\| ([^|]*) \|$", text, re.M)
    ]


def test_three_cases_are_shipped() -> None:
    assert cases() == [GFC, MHS, "x-corporation"]


def test_the_evidence_of_a_case_has_no_violation_on_any_of_its_days(told: Case) -> None:
    dataset = opened(told)
    found = {
        day: validation.validate(
            dataset, (str(told.directory),), as_of=date.fromisoformat(day)
        ).findings
        for day in told.dates
    }

    assert [one.message for day in found.values() for one in day if one.severity != "Warning"] == []
    assert found[told.dates[-1]], "what the README leaves open is warned of"


def test_each_document_is_the_one_whose_hash_the_evidence_states(told: Case) -> None:
    text = (told.directory / "evidence.ttl").read_text(encoding="utf-8")
    stated = dict(
        zip(
            re.findall(r'cw:file "documents/([^"]+)"', text),
            re.findall(r'cw:sha256 "([0-9a-f]{64})"', text),
            strict=True,
        )
    )

    held = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (told.directory / "documents").iterdir()
    }
    assert held == stated


def test_a_certificate_for_security_gives_little_of_ai_management_and_touches_much() -> None:
    told = case(GFC)
    dataset = opened(told)

    for day, *figures in table(told):
        found = evaluated(dataset, day).vector
        assert [
            found.satisfied_direct,
            found.satisfied_inferred,
            found.partial,
            found.failed,
            found.lead_overlap,
        ] == [int(one) for one in figures], day
    first = evaluated(dataset, told.dates[0]).vector
    assert first.satisfied_inferred < first.n / 5 < first.lead_overlap


def test_what_is_wanted_of_the_ai_rmf_stands_against_what_is_there() -> None:
    told = case(GFC)
    dataset = opened(told)
    day = date.fromisoformat(told.dates[-1])
    edition = catalogue.edition(dataset, "nist-ai-rmf-1.0", as_of=day)
    [scope] = coverage.scope_of(dataset, None)

    found = coverage.evaluate(dataset, edition, scope, as_of=day)
    missing = [one for one in gap.gaps(dataset, found) if one.gap_kind == "not-assessed"]
    rows = dataset.rows("gap/current-against-target-profile", edition=edition.edition, as_of=day)

    assert edition.edition in told.editions
    assert (found.vector.n, found.vector.not_applicable, found.vector.satisfied_direct) == (
        69,
        3,
        0,
    )
    assert len(missing) == 65
    assert any("says it is achieved, which is a claim" in one.detail for one in missing)
    assert Counter(row["current"] for row in rows) == {
        "achieved": 50,
        "not achieved": 16,
        "undecided": 3,
    }


def test_the_figures_of_a_case_that_state_their_method_come_out_again() -> None:
    told = case(GFC)

    answer = measured_again(opened(told), (str(told.directory),))

    assert [row["verdict"] for row in answer.rows] == ["agrees"] * 3


def test_the_tier_that_can_harm_patients_is_ahead_of_the_others() -> None:
    told = case(MHS)
    dataset = opened(told)

    for day, *figures in table(told):
        by_tier = [evaluated(dataset, day, scope).vector for scope in told.scopes]
        shown = [(one.satisfied_direct, one.n) for one in by_tier]
        wanted = [int(one) for one in figures]
        assert shown == list(zip(wanted[::2], wanted[1::2], strict=True)), day
        assert shown[0][0] > shown[1][0] >= shown[2][0]


def test_the_demo_asks_the_question_of_its_case(tmp_path: object) -> None:
    told = case(MHS)

    answer = CliRunner().invoke(cli, ["demo", "--case", MHS, "--out", f"{tmp_path}/mhs.html"])

    assert answer.exit_code == 0, answer.output
    assert told.question in answer.output
    assert all(scope in answer.output for scope in told.scopes)
