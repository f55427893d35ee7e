"""OSCAL out: what is written of an evaluation, that others read it, that it comes back in equal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from crosswalk import catalogue, coverage, report
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.intake import Source
from crosswalk.intake.oscal import read
from crosswalk.namespaces import BASE, CW, expand
from crosswalk.resources import examples_dir

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 11, 20)
EDITIONS = ("iso-42001-2023", "eu-ai-act-2026")
OURS = f"{BASE}org/x-corporation/"
ROOTS = {
    "oscal-ar": "assessment-results",
    "oscal-component": "component-definition",
    "oscal-poam": "plan-of-action-and-milestones",
}
Statements = set[tuple[str, str, str]]


@pytest.fixture(scope="module")
def company() -> Dataset:
    return open_dataset([examples_dir() / "x-corporation"])


def written(
    dataset: Dataset, format: str, *keys: str, as_of: date = DAY, scope: str | None = None
) -> str:
    editions = [catalogue.edition(dataset, key, as_of=as_of) for key in keys]
    built = report.build(dataset, editions, as_of=as_of, scope=scope, inferred=False)
    return report.WRITERS[format].write(report.Order(built, dataset)).decode()


@pytest.fixture(scope="module")
def documents(company: Dataset) -> dict[str, str]:
    return {format: written(company, format, *EDITIONS) for format in ROOTS}


def body(text: str) -> dict[str, Any]:
    [said] = json.loads(text).values()
    assert isinstance(said, dict)
    return said


def own(held: dict[str, Any], name: str) -> list[str]:
    return [
        one["value"] for one in held.get("props", ()) if (one["name"], one.get("ns")) == (name, CW)
    ]


def about(triples: set[ox.Triple], name: str) -> Statements:
    """Return what is said of the things of a class, without the languages of labels."""
    kind = ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand(name))
    things = {t.subject for t in triples if (t.predicate, t.object) == kind}
    return {
        (t.subject.value, t.predicate.value, t.object.value)
        for t in triples
        if t.subject in things
        and isinstance(t.subject, ox.NamedNode)
        and not isinstance(t.object, ox.BlankNode | ox.Triple)
    }


# They are read by others


def test_the_three_documents_load_in_compliance_trestle(
    documents: dict[str, str], tmp_path: Path
) -> None:
    for format, text in documents.items():
        (tmp_path / f"{format}.json").write_text(text, encoding="utf-8")

    program = (
        "import sys, pathlib\n"
        "from trestle.oscal.assessment_results import AssessmentResults\n"
        "from trestle.oscal.component import ComponentDefinition\n"
        "from trestle.oscal.poam import PlanOfActionAndMilestones\n"
        "at = pathlib.Path(sys.argv[1])\n"
        "print(sum(len(r.observations) for r in"
        " AssessmentResults.oscal_read(at / 'oscal-ar.json').results))\n"
        "print(len(ComponentDefinition.oscal_read(at / 'oscal-component.json').components))\n"
        "print(len(PlanOfActionAndMilestones.oscal_read(at / 'oscal-poam.json').poam_items))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert [int(line) for line in answer.stdout.split()] == [
        sum(len(one["observations"]) for one in body(documents["oscal-ar"])["results"]),
        len(body(documents["oscal-component"])["components"]),
        len(body(documents["oscal-poam"])["poam-items"]),
    ]


# They come back in


@pytest.mark.parametrize(
    ("format", "classes"),
    [
        ("oscal-component", ("cw:ControlImplementation", "cw:EvidenceItem")),
        ("oscal-ar", ("cw:Assessment", "cw:AssessmentResult")),
        ("oscal-poam", ("cw:Nonconformity", "cw:CorrectiveAction")),
    ],
)
def test_what_was_written_comes_back_in_with_equal_content(
    company: Dataset, documents: dict[str, str], format: str, classes: tuple[str, ...]
) -> None:
    source = Source("a.json", documents[format].encode(), "x-corporation", DAY)
    before = {quad.triple for quad in company.quads() if str(quad.subject).startswith(f"<{OURS}")}

    found = read(source, company)

    assert found.refused() == []
    for name in classes:
        again = about(set(found.triples), name)
        assert again == about(before, name)
        assert len(again) > 10


def test_evidence_of_another_organisation_becomes_that_of_the_one_that_imports_it(
    company: Dataset, documents: dict[str, str]
) -> None:
    source = Source("a.json", documents["oscal-component"].encode(), "acme", DAY)

    found = read(source, company)

    assert found.refused() == []
    assert not [t for t in found.triples if OURS in str(t)]


def test_what_comes_back_in_gives_the_same_statuses(
    company: Dataset, documents: dict[str, str]
) -> None:
    carried = ("assessment", "evidence", "implementation", "result")
    again = Dataset(apart=company.knowledge)
    again.add(
        quad
        for quad in company.quads()
        if not str(quad.subject).startswith(tuple(f"<{OURS}{one}/" for one in carried))
    )
    home = ox.NamedNode(f"{OURS}imported")
    for format in ("oscal-ar", "oscal-component"):
        source = Source("a.json", documents[format].encode(), "x-corporation", DAY)
        again.add(
            ox.Quad(t.subject, t.predicate, t.object, home) for t in read(source, company).triples
        )

    statuses = []
    for dataset in (company, again):
        edition = catalogue.edition(dataset, EDITIONS[0], as_of=DAY)
        [scope] = coverage.scope_of(dataset, None)
        found = coverage.evaluate(dataset, edition, scope, as_of=DAY, inferred=False)
        statuses.append(
            {one.provision.id: one.direct.status if one.direct else None for one in found.statuses}
        )

    assert statuses[0] == statuses[1]
    assert set(statuses[0].values()) >= {"satisfied", "partial", None}


# What is a finding, and what is not


def test_a_finding_is_what_an_assessment_decides_and_nothing_else(
    company: Dataset, documents: dict[str, str]
) -> None:
    expected = {}
    for key in EDITIONS:
        [scope] = coverage.scope_of(company, None)
        edition = catalogue.edition(company, key, as_of=DAY)
        found = coverage.evaluate(company, edition, scope, as_of=DAY, inferred=False)
        for one in found.statuses:
            if str(one.status) in ("satisfied_direct", "partial", "failed"):
                state = "satisfied" if one.status == "satisfied_direct" else "not-satisfied"
                expected[f"{one.provision.id} {one.provision.title}"] = state

    said = {
        one["title"]: one["target"]["status"]["state"]
        for result in body(documents["oscal-ar"])["results"]
        for one in result.get("findings", ())
    }

    assert said == expected
    assert set(said.values()) == {"satisfied", "not-satisfied"}


def test_what_was_met_in_part_is_not_satisfied_and_says_so(documents: dict[str, str]) -> None:
    findings = [
        one
        for result in body(documents["oscal-ar"])["results"]
        for one in result.get("findings", ())
        if own(one, "status") == ["partial"]
    ]

    assert findings
    assert {one["target"]["status"]["state"] for one in findings} == {"not-satisfied"}
    assert all("Partly met" in one["target"]["status"]["remarks"] for one in findings)


CLAIM = """
o:does a cw:ControlImplementation ; rdfs:label "Does" ; cw:implements alpha:1 , alpha:2 ;
    cw:owner o:ann ; cw:implementationStatus cw:implemented ; cw:inScope o:whole .
o:look a cw:Assessment ; rdfs:label "Look" ; cw:assessedOn "2026-10-01"^^xsd:date ;
    cw:assessor o:ann ; cw:acceptedBy o:bob ; cw:acceptedOn "2026-10-02"^^xsd:date .
o:seen a cw:AssessmentResult ; cw:resultOf o:look ; earl:subject o:does ; earl:test alpha:1 ;
    cw:outcome {outcome} .
"""
SHOWN = """
o:item a cw:EvidenceItem , cw:Record ; rdfs:label "Item" ; cw:evidenceFor o:does ;
    cw:owner o:ann ; cw:author o:ann ; cw:collectedOn "2026-09-01"^^xsd:date ;
    cw:acceptedBy o:bob ; cw:acceptedOn "2026-09-02"^^xsd:date ; cw:inScope o:whole ;
    cw:expiresOn "{expires}"^^xsd:date ; cw:sha256 "{digest}" .
"""


@pytest.fixture
def acme(new_world: Callable[[], World]) -> Callable[..., Dataset]:
    """Return a way to open an organisation with one assessed implementation."""

    def opened(
        outcome: str = "earl:passed", expires: str = "2027-01-01", more: str = ""
    ) -> Dataset:
        world = new_world()
        world.edition("alpha-2020", "1\n2\n3")
        shown = SHOWN.format(expires=expires, digest="c" * 64) if expires else ""
        return world.open(CLAIM.format(outcome=outcome) + shown + more)

    return opened


def findings(text: str) -> list[dict[str, Any]]:
    return [one for result in body(text)["results"] for one in result.get("findings", ())]


def test_unknown_is_no_finding_and_the_remarks_count_it(acme: Callable[..., Dataset]) -> None:
    said = written(acme(), "oscal-ar", "alpha-2020")

    assert [one["target"]["target-id"] for one in findings(said)] == ["_1"]
    remarks = body(said)["metadata"]["remarks"]
    assert "3 provisions are counted, applicable and binding: 1 satisfied, 2 unknown" in remarks
    assert "Unknown is not a no" in remarks


def test_a_pass_whose_evidence_has_expired_is_observed_and_no_finding(
    acme: Callable[..., Dataset],
) -> None:
    said = written(acme(expires="2026-11-01"), "oscal-ar", "alpha-2020")

    [result] = body(said)["results"]
    assert "findings" not in result
    assert [own(one, "outcome") for one in result["observations"]] == [[expand("earl:passed")]]
    [item] = [one for one in body(said)["back-matter"]["resources"] if own(one, "iri")]
    assert own(item, "validity") == ["stale"]


def test_what_was_not_tested_is_no_finding(acme: Callable[..., Dataset]) -> None:
    said = written(acme("earl:untested"), "oscal-ar", "alpha-2020")

    assert findings(said) == []
    assert "not-satisfied" not in said


def test_an_assessment_that_nobody_accepted_is_not_written(acme: Callable[..., Dataset]) -> None:
    more = """
o:second a cw:Assessment ; rdfs:label "Second" ; cw:assessedOn "2026-11-01"^^xsd:date .
o:other a cw:AssessmentResult ; cw:resultOf o:second ; earl:subject o:does ; earl:test alpha:2 ;
    cw:outcome earl:failed .
"""

    said = written(acme(more=more), "oscal-ar", "alpha-2020")

    assert [one["title"] for one in body(said)["results"]] == ["Look"]


def test_without_an_assessment_there_are_no_results_to_write(acme: Callable[..., Dataset]) -> None:
    with pytest.raises(DataError, match="no accepted assessment of alpha-2020"):
        written(acme(), "oscal-ar", "alpha-2020", as_of=date(2026, 10, 1))


def test_without_an_item_there_is_no_plan_of_action(acme: Callable[..., Dataset]) -> None:
    with pytest.raises(DataError, match="at least one item"):
        written(acme(), "oscal-poam", "alpha-2020")


def test_a_plan_proposes_an_item_for_what_failed_and_raises_no_nonconformity(
    acme: Callable[..., Dataset],
) -> None:
    dataset = acme("earl:failed")

    said = written(dataset, "oscal-poam", "alpha-2020")

    [item] = body(said)["poam-items"]
    assert own(item, "basis") == ["finding"]
    again = read(Source("a.json", said.encode(), "acme", DAY), dataset)
    assert again.triples == ()


NONCONFORMITY = """
o:nonconformity-1 a cw:Nonconformity ; rdfs:label "Late" ; cw:owner o:ann ;
    cw:detectedOn "2026-10-05"^^xsd:date ; cw:reactedOn "2026-10-06"^^xsd:date ;
    cw:closedOn "2026-11-19"^^xsd:date ; cw:closureEvidence o:item ; cw:cites o:item ;
    cw:correctiveAction o:action-1 .
o:action-1 a cw:CorrectiveAction ; rdfs:label "Mend" ; cw:owner o:bob ;
    cw:dueOn "2026-12-01"^^xsd:date ; cw:completedOn "2026-11-18"^^xsd:date .
"""


@pytest.mark.parametrize(
    ("day", "status", "lifecycle", "told"),
    [
        (date(2026, 11, 1), "remediating", "planned", ["reactedOn"]),
        (date(2026, 11, 18), "remediating", "completed", ["reactedOn"]),
        (date(2026, 11, 19), "closed", "completed", ["closedOn", "reactedOn"]),
    ],
)
def test_a_plan_says_what_was_done_by_the_day(
    acme: Callable[..., Dataset], day: date, status: str, lifecycle: str, told: list[str]
) -> None:
    said = body(written(acme(more=NONCONFORMITY), "oscal-poam", "alpha-2020", as_of=day))

    [item] = said["poam-items"]
    [risk] = said["risks"]
    [remedy] = risk["remediations"]
    days = [one["name"] for one in item["props"] if one.get("class") == "date"]
    assert (risk["status"], remedy["lifecycle"], days) == (status, lifecycle, told)
    assert bool(own(item, "closureEvidence")) == ("closedOn" in told)
    assert risk["deadline"] == "2026-12-01T00:00:00+00:00"


# The bytes


def test_the_same_evidence_and_day_give_the_same_bytes(company: Dataset) -> None:
    texts = {written(company, "oscal-poam", "iso-42001-2023") for _ in range(2)}
    other = open_dataset([examples_dir() / "x-corporation"])

    assert texts == {written(other, "oscal-poam", "iso-42001-2023")}


def test_each_document_names_its_day_its_editions_and_its_data(documents: dict[str, str]) -> None:
    for text in documents.values():
        metadata = body(text)["metadata"]

        assert metadata["last-modified"] == "2026-11-20T00:00:00+00:00"
        assert own(metadata, "as-of") == ["2026-11-20"]
        assert own(metadata, "edition") == list(EDITIONS)
        assert len(own(metadata, "data-sha256")[0]) == 64


def test_a_redacted_report_is_not_written_as_oscal(company: Dataset) -> None:
    edition = catalogue.edition(company, "iso-42001-2023", as_of=DAY)
    built = report.build(company, [edition], as_of=DAY, inferred=False)
    hidden = report.Order(report.redacted(built, company, report.ENGLISH), company)

    for format in ROOTS:
        with pytest.raises(UsageError, match="cannot be redacted"):
            report.WRITERS[format].write(hidden)


@pytest.mark.parametrize("format", ROOTS)
def test_the_ending_of_a_file_names_the_document(format: str) -> None:
    assert report.writer_of(Path(f"acme.{format}.json"), report.WRITERS).format == format
    assert report.writer_of(Path("acme.json"), report.WRITERS).format == "json"
