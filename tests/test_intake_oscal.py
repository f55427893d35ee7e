"""OSCAL in: what becomes of documents of others, of ours, and of broken ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml

from crosswalk import catalogue, oscal
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.intake import Line, Outcome, Reading, Source
from crosswalk.intake.oscal import read
from crosswalk.namespaces import BASE, CW, compress

FOREIGN = Path(__file__).parent / "data" / "foreign" / "oscal"
DAY = date(2026, 11, 20)
ACME = f"{BASE}org/acme/"
META = {
    "title": "T",
    "last-modified": "2026-11-20T00:00:00Z",
    "version": "1",
    "oscal-version": "1.1.2",
}


@pytest.fixture(scope="module")
def known() -> Dataset:
    return open_dataset()


def dashed(more: Mapping[str, object]) -> dict[str, object]:
    return {key.replace("_", "-"): value for key, value in more.items()}


def reading_of(known: Dataset, name: str, data: bytes | None = None, **options: str) -> Reading:
    data = (FOREIGN / name).read_bytes() if data is None else data
    return read(Source(name, data, "acme", DAY, options), known)


def reading(known: Dataset, said: object, **options: str) -> Reading:
    return reading_of(known, "a.json", json.dumps(said).encode(), **options)


def counts(found: Reading) -> dict[str, int]:
    return dict(Counter(str(line.outcome) for line in found.lines))


def statements(found: Reading) -> set[tuple[str, str, str]]:
    return {
        (t.subject.value.removeprefix(ACME), compress(t.predicate.value), compress(t.object.value))
        for t in found.triples
        if isinstance(t.subject, ox.NamedNode) and isinstance(t.object, ox.NamedNode | ox.Literal)
    }


def of_class(found: Reading, name: str) -> list[str]:
    return sorted(s for s, p, o in statements(found) if (p, o) == ("rdf:type", name))


def component_definition(
    *requirements: Mapping[str, Any],
    source: str = "NIST AI RMF 1.0",
    component: Mapping[str, Any] | None = None,
    **more: object,
) -> dict[str, Any]:
    return {
        "component-definition": {
            "uuid": "d",
            "metadata": META,
            "components": [
                {
                    "uuid": "c",
                    "type": "policy",
                    "title": "Policy",
                    "description": "What it is.",
                    **(component or {}),
                    "control-implementations": [
                        {
                            "uuid": "i",
                            "source": source,
                            "description": "How.",
                            "implemented-requirements": list(requirements),
                        }
                    ],
                }
            ],
            **dashed(more),
        }
    }


def requirement(control: str, **more: object) -> dict[str, Any]:
    return {"uuid": "r", "control-id": control, "description": "By a rule.", **dashed(more)}


def results(*findings: Mapping[str, Any], **more: object) -> dict[str, Any]:
    return {
        "assessment-results": {
            "uuid": "d",
            "metadata": META,
            "import-ap": {"href": "#"},
            "results": [
                {
                    "uuid": "s",
                    "title": "ISO/IEC 42001:2023",
                    "description": "D",
                    "start": "2026-10-01T00:00:00Z",
                    "reviewed-controls": {"control-selections": [{"include-all": {}}]},
                    "findings": list(findings),
                    **dashed(more),
                }
            ],
        }
    }


def finding(target: str, state: str = "satisfied", **more: object) -> dict[str, Any]:
    return {
        "uuid": f"f-{target}",
        "title": target,
        "description": "Looked at.",
        "target": {"type": "statement-id", "target-id": target, "status": {"state": state}},
        **dashed(more),
    }


def detail(found: Reading, place: str) -> str:
    [line] = [one for one in found.lines if one.place.endswith(place)]
    return line.detail


# Documents of others


@pytest.mark.parametrize(
    ("name", "mapped", "passed_over"),
    [
        pytest.param("agent-access-review.assessment-results.json", 0, 16, id="of NIST 800-53"),
        pytest.param("aws-account.component-definition.json", 0, 11, id="of a vendor's catalog"),
        pytest.param("evidentia-gap.assessment-results.json", 73, 74, id="of the NIST AI RMF"),
        pytest.param("nist-ifa.assessment-results.xml", 0, 10, id="XML, of NIST 800-53"),
        pytest.param("nist-ifa.plan-of-action-and-milestones.yaml", 3, 8, id="YAML, a plan"),
    ],
)
def test_a_foreign_document_is_imported_with_every_part_accounted_for(
    known: Dataset, name: str, mapped: int, passed_over: int
) -> None:
    found = reading_of(known, name)

    said = {"mapped": mapped, "passed-over": passed_over}
    assert counts(found) == {outcome: count for outcome, count in said.items() if count}
    assert len({line.place for line in found.lines}) == len(found.lines)
    assert all(line.detail for line in found.lines)


def test_each_part_of_a_foreign_document_is_named_once(known: Dataset) -> None:
    said = json.loads((FOREIGN / "evidentia-gap.assessment-results.json").read_bytes())
    [result] = said["assessment-results"]["results"]

    places = [line.place for line in reading(known, said).lines]

    parts = ("findings", "observations")
    expected = {
        f"/assessment-results/results/0/{part}/{n}"
        for part in parts
        for n in range(len(result[part]))
    }
    assert expected <= set(places)
    assert len(expected) == 144


def test_a_gap_tools_findings_become_results_that_nobody_has_accepted(known: Dataset) -> None:
    found = reading_of(known, "evidentia-gap.assessment-results.json")

    said = statements(found)
    assert len(of_class(found, "cw:AssessmentResult")) == 72
    assert {o for _, p, o in said if p == "cw:outcome"} == {"earl:failed"}
    assert len({o for _, p, o in said if p == "earl:test"}) == 72
    assert not {p for _, p, _ in said} & {"cw:acceptedBy", "cw:acceptedOn"}
    assert "for the reason 'missing'" in detail(found, "/findings/0")


def test_a_plan_of_action_gives_nonconformities_with_days_and_milestones(known: Dataset) -> None:
    found = reading_of(known, "nist-ifa.plan-of-action-and-milestones.yaml")

    said = statements(found)
    item = "nonconformity/48c8368d-43ff-4736-9b28-64b1b1284c03"
    action = "action/a0bb457d-0d14-4a74-801a-ffc9bc4cd636"
    assert len(of_class(found, "cw:Nonconformity")) == 2
    assert (item, "cw:detectedOn", "2023-06-02") in said
    assert (item, "cw:correctiveAction", f"org-data:acme/{action}") in said
    assert (action, "cw:dueOn", "2024-06-23") in said
    assert not {p for _, p, _ in said} & {"cw:owner", "cw:closedOn", "cw:completedOn"}


def test_a_risk_that_a_plan_names_and_does_not_have_is_said(known: Dataset) -> None:
    found = reading_of(known, "nist-ifa.plan-of-action-and-milestones.yaml")

    missing = "names the risk 401c15c9-ad6b-4d4a-a591-7d53a3abb3b6, which is not there"
    assert missing in detail(found, "/poam-items/0")
    assert detail(found, "/risks/0") == "no item names it"
    assert detail(found, "/risks/0/remediations/0/tasks/0") == "its risk is named by no item"


def test_the_reason_names_the_framework_that_is_not_carried(known: Dataset) -> None:
    found = reading_of(known, "aws-account.component-definition.json")

    assert (
        Counter(line.detail for line in found.lines)[
            "Account.1: 'AWS Security Hub Controls' is no carried edition"
        ]
        == 2
    )
    assert found.triples == ()


# Which framework is meant


@pytest.mark.parametrize(
    "source",
    [
        f"{BASE}id/iso-42001-2023",
        "https://example.org/catalogs/iso-42001-2023.json",
        "ISO/IEC 42001:2023 Annex A controls",
        "iso-42001-2023",
    ],
)
def test_a_source_names_an_edition_by_address_key_or_title(known: Dataset, source: str) -> None:
    found = reading(known, component_definition(requirement("a.6.2.4"), source=source))

    assert ("implementation/r", "cw:implements", "iso-42001-2023:A.6.2.4") in statements(found)


def test_a_source_may_be_a_resource_with_a_title(known: Dataset) -> None:
    resource = {"uuid": "f", "title": "NIST AI RMF"}

    found = reading(
        known,
        component_definition(
            requirement("GOVERN-1.1"), source="#f", back_matter={"resources": [resource]}
        ),
    )

    assert len(of_class(found, "cw:ControlImplementation")) == 1
    assert detail(found, "/back-matter/resources/0") == "shows nothing about what was imported"


def test_a_name_without_its_year_is_no_edition_where_ids_collide(known: Dataset) -> None:
    said = component_definition(requirement("A.5.1"), source="ISO 27001")

    alone = reading(known, said)
    chosen = reading(known, said, edition="iso-27001-2022")

    assert alone.triples == ()
    assert "iso-27001-2013 and iso-27001-2022 are carried" in detail(
        alone, "/implemented-requirements/0"
    )
    assert ("implementation/r", "cw:implements", "iso-27001-2022:A.5.1") in statements(chosen)


def test_an_id_that_a_named_edition_does_not_have_is_refused(known: Dataset) -> None:
    found = reading(known, component_definition(requirement("A.6.2.44"), source="ISO 42001"))

    [line] = found.refused()
    assert line.place.endswith("/implemented-requirements/0")
    assert line.detail == "iso-42001-2023 has no provision 'A.6.2.44'"
    assert "'A.6.2.4'" in line.remedy


def test_an_id_that_a_chosen_edition_does_not_have_is_passed_over(known: Dataset) -> None:
    said = component_definition(requirement("ac-2"), source="NIST SP 800-53")

    found = reading(known, said, edition="iso-27001-2022")

    assert found.refused() == []
    assert "iso-27001-2022 has no provision 'ac-2'" in detail(found, "/implemented-requirements/0")


def test_an_edition_that_is_not_carried_cannot_be_chosen(known: Dataset) -> None:
    with pytest.raises(UsageError, match="iso-42002"):
        reading(known, component_definition(requirement("1")), edition="iso-42002")


def test_the_ids_of_every_edition_survive_being_written_as_tokens(known: Dataset) -> None:
    for edition in catalogue.editions(known):
        ids = [one.id for one in catalogue.provisions(known, edition.edition)]

        assert len({oscal.plain(oscal.token(one)) for one in ids}) == len(ids)
        assert all(oscal.plain(oscal.token(one)) == oscal.plain(one) for one in ids)


# Implementations and evidence


def test_a_requirement_has_its_statements_owner_status_and_evidence(known: Dataset) -> None:
    digest = "a" * 64
    resource = {
        "uuid": "e",
        "title": "AI policy",
        "props": [{"name": "type", "value": "policy"}],
        "rlinks": [
            {"href": "p.pdf", "hashes": [{"algorithm": "SHA-256", "value": digest.upper()}]}
        ],
    }
    one = requirement(
        "GOVERN-1.1",
        statements=[{"statement-id": "s", "uuid": "t", "description": "In two parts."}],
        props=[{"name": "implementation-status", "value": "planned"}],
        links=[{"href": "#e", "rel": "reference"}],
        responsible_roles=[{"role-id": "owner", "party-uuids": ["p"]}, {"role-id": "x"}],
    )
    said = component_definition(one, back_matter={"resources": [resource]})
    party = {"uuid": "p", "type": "person", "name": "Ann"}
    said["component-definition"]["metadata"] = {**META, "parties": [party]}

    found = statements(reading(known, said))

    assert {t for t in found if t[0] == "implementation/r"} == {
        ("implementation/r", "rdf:type", "cw:ControlImplementation"),
        ("implementation/r", "rdfs:label", "Policy: GOVERN-1.1"),
        ("implementation/r", "dcterms:description", "By a rule.\n\nIn two parts."),
        ("implementation/r", "cw:implements", "nist-ai-rmf-1.0:GOVERN-1.1"),
        ("implementation/r", "cw:implementationStatus", "cw:planned"),
        ("implementation/r", "cw:owner", "org-data:acme/person/p"),
    }
    assert {t for t in found if t[0] == "evidence/e"} == {
        ("evidence/e", "rdf:type", "cw:EvidenceItem"),
        ("evidence/e", "rdf:type", "cw:Policy"),
        ("evidence/e", "rdfs:label", "AI policy"),
        ("evidence/e", "cw:evidenceFor", "org-data:acme/implementation/r"),
        ("evidence/e", "cw:file", "p.pdf"),
        ("evidence/e", "cw:sha256", digest),
    }
    assert ("person/p", "rdfs:label", "Ann") in found


@pytest.mark.parametrize("state", ["partial", "alternative", "other"])
def test_a_state_that_has_no_counterpart_is_left_out_and_said(known: Dataset, state: str) -> None:
    one = requirement("GOVERN-1.1", props=[{"name": "implementation-status", "value": state}])

    found = reading(known, component_definition(one))

    assert not [p for _, p, _ in statements(found) if p == "cw:implementationStatus"]
    assert f"status {state} has no one counterpart" in detail(found, "/implemented-requirements/0")


def test_what_is_said_not_to_apply_is_no_implementation(known: Dataset) -> None:
    one = requirement(
        "GOVERN-1.1", props=[{"name": "implementation-status", "value": "not-applicable"}]
    )

    found = reading(known, component_definition(one))

    assert found.triples == ()
    assert "Statement of Applicability" in detail(found, "/implemented-requirements/0")


SSP = {
    "system-security-plan": {
        "uuid": "d",
        "metadata": META,
        "import-profile": {"href": "https://example.org/soc2-2017_profile.json"},
        "system-characteristics": {
            "system-ids": [{"id": "sys-1"}],
            "system-name": "Hiring tool",
            "description": "Ranks applications with artificial intelligence.",
        },
        "system-implementation": {
            "components": [
                {"uuid": "a", "type": "software", "title": "App", "description": "D"},
                {"uuid": "b", "type": "policy", "title": "Rules", "description": "D"},
            ]
        },
        "control-implementation": {
            "description": "D",
            "implemented-requirements": [
                {
                    "uuid": "r",
                    "control-id": "cc6.1",
                    "statements": [
                        {
                            "statement-id": "cc6.1_smt",
                            "uuid": "t",
                            "by-components": [
                                {
                                    "component-uuid": "a",
                                    "uuid": "1",
                                    "description": "Checks keys.",
                                    "implementation-status": {"state": "implemented"},
                                },
                                {
                                    "component-uuid": "b",
                                    "uuid": "2",
                                    "description": "Says who may.",
                                    "implementation-status": {"state": "planned"},
                                },
                            ],
                        }
                    ],
                }
            ],
        },
    }
}


def test_a_security_plan_gives_an_implementation_for_each_component(known: Dataset) -> None:
    found = reading(known, SSP)

    said = statements(found)
    assert of_class(found, "cw:ControlImplementation") == [
        "implementation/r-a",
        "implementation/r-b",
    ]
    assert ("implementation/r-a", "rdfs:label", "App: cc6.1") in said
    assert ("implementation/r-a", "cw:implements", "soc2-2017:CC6.1") in said
    assert ("implementation/r-a", "cw:implementationStatus", "cw:implemented") in said
    assert ("implementation/r-b", "cw:implementationStatus", "cw:planned") in said
    assert ("implementation/r-b", "cw:inScope", "org-data:acme/scope/sys-1") in said


def test_a_system_is_an_ai_system_only_where_the_document_says_so(known: Dataset) -> None:
    said = json.loads(json.dumps(SSP))
    character = said["system-security-plan"]["system-characteristics"]

    before = reading(known, said)
    character["props"] = [{"name": "system-type", "value": "ai-system"}]
    after = reading(known, said)

    assert of_class(before, "airo:AISystem") == []
    assert of_class(before, "cw:Scope") == ["scope/sys-1"]
    assert of_class(after, "airo:AISystem") == ["system/sys-1"]


# Findings


def test_findings_are_passed_or_failed_and_nothing_between(known: Dataset) -> None:
    found = reading(known, results(finding("_4.1"), finding("A.6.2.4", "not-satisfied")))

    said = statements(found)
    assert ("result/f-4.1", "cw:outcome", "earl:passed") in said
    assert ("result/f-a.6.2.4", "cw:outcome", "earl:failed") in said
    assert ("assessment/s", "cw:assessedOn", "2026-10-01") in said


@pytest.mark.parametrize("state", ["partial", "not-applicable", "unknown", "Satisfied"])
def test_another_state_is_refused_with_its_place_and_the_way_out(
    known: Dataset, state: str
) -> None:
    found = reading(known, results(finding("_4.1", state)))

    assert [(line.place, line.remedy) for line in found.refused()] == [
        (
            "/assessment-results/results/0/findings/0/target/status/state",
            "Write satisfied or not-satisfied; leave out what was not assessed.",
        )
    ]
    assert found.triples == ()


def test_what_nobody_looked_at_is_not_failed(known: Dataset) -> None:
    one = finding("_4.1", "not-satisfied")
    one["target"]["status"]["reason"] = "manual-evidence-required"

    found = reading(known, results(one))

    assert found.triples == ()
    assert "it was not assessed" in detail(found, "/findings/0")


def test_a_part_that_is_met_shows_not_the_whole_and_one_that_is_not_met_fails_it(
    known: Dataset,
) -> None:
    found = reading(
        known,
        results(finding("A.6.2.4_smt.a"), finding("A.6.2.6_smt.b", "not-satisfied")),
    )

    said = statements(found)
    assert {o for _, p, o in said if p == "earl:test"} == {"iso-42001-2023:A.6.2.6"}
    assert "shows not all of it" in detail(found, "/findings/0")
    assert "by its part b" in detail(found, "/findings/1")


def test_observed_components_are_what_was_assessed_and_their_evidence_is_taken(
    known: Dataset,
) -> None:
    digest = "b" * 64
    observation = {
        "uuid": "o",
        "description": "D",
        "methods": ["TEST"],
        "collected": "2026-09-30T23:30:00-04:00",
        "subjects": [{"subject-uuid": "c", "type": "component", "title": "Copilot"}],
        "origins": [{"actors": [{"type": "party", "actor-uuid": "p"}]}],
        "relevant-evidence": [
            {
                "href": "log.json",
                "description": "Log",
                "props": [{"name": "sha256", "value": digest}],
            }
        ],
    }
    one = finding("A.6.2.4", related_observations=[{"observation-uuid": "o"}])

    found = reading(known, results(one, observations=[observation]))

    said = statements(found)
    [item] = of_class(found, "cw:EvidenceItem")
    assert ("result/f-a.6.2.4", "earl:subject", "org-data:acme/implementation/c") in said
    assert ("implementation/c", "cw:implements", "iso-42001-2023:A.6.2.4") in said
    assert ("assessment/s", "cw:assessor", "org-data:acme/person/p") in said
    assert {(p, o) for s, p, o in said if s == item} == {
        ("rdf:type", "cw:EvidenceItem"),
        ("rdfs:label", "Log"),
        ("cw:collectedOn", "2026-09-30"),
        ("cw:file", "log.json"),
        ("cw:sha256", digest),
        ("cw:evidenceFor", "org-data:acme/implementation/c"),
    }


def test_a_plan_of_an_assessment_shows_nothing(known: Dataset) -> None:
    found = reading(
        known,
        {
            "assessment-plan": {
                "uuid": "d",
                "metadata": META,
                "import-ssp": {"href": "s.json"},
                "reviewed-controls": {"control-selections": [{"include-all": {}}]},
                "tasks": [{"uuid": "t", "type": "milestone", "title": "Kick-off"}],
            }
        },
    )

    assert counts(found) == {"passed-over": 3}
    assert found.triples == ()


# Broken and hostile documents


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ([], "/"),
        ({"catalog": {}}, "/catalog"),
        ({"component-definition": []}, "/component-definition"),
        (
            {"component-definition": {"uuid": "1", "metadata": {**META, "oscal-version": "2.0.0"}}},
            "/component-definition/metadata/oscal-version",
        ),
        (
            component_definition({"uuid": "r", "description": "D"}),
            "/component-definition/components/0/control-implementations/0"
            "/implemented-requirements/0/control-id",
        ),
        (
            {"component-definition": {"uuid": "1", "metadata": META, "components": {}}},
            "/component-definition/components",
        ),
        (
            results(finding("_4.1"), start="yesterday"),
            "/assessment-results/results/0/start",
        ),
        (
            {"assessment-results": {"uuid": "1", "metadata": META, "results": []}},
            "/assessment-results/import-ap",
        ),
    ],
)
def test_what_is_missing_is_refused_at_its_place(known: Dataset, said: object, place: str) -> None:
    found = reading(known, said)

    assert found.refused()[0].place == place
    assert all(line.remedy for line in found.refused())
    assert found.triples == ()


def test_a_day_that_the_calendar_does_not_have_is_refused(known: Dataset) -> None:
    found = reading(known, results(finding("_4.1"), end="2026-02-30T00:00:00Z"))

    assert [line.place for line in found.refused()] == ["/assessment-results/results/0/end"]


def test_entities_of_xml_are_refused(known: Dataset) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><component-definition uuid="&b;"/>'

    with pytest.raises(DataError, match="document type"):
        reading_of(known, "a.xml", bomb)


def test_an_id_of_ours_cannot_lead_out_of_the_organisation(known: Dataset) -> None:
    iri = {"name": "iri", "ns": CW, "value": f"{BASE}org/x/../../id/iso-42001-2023"}

    found = reading(
        known, component_definition(requirement("GOVERN-1.1"), component={"props": [iri]})
    )

    assert {s for s, _, _ in statements(found)} == {"implementation/r"}


# The three forms


def test_the_same_document_says_the_same_in_json_yaml_and_xml(known: Dataset) -> None:
    as_json = component_definition(
        requirement("GOVERN-1.1", links=[{"href": "#e", "rel": "evidence"}]),
        back_matter={"resources": [{"uuid": "e", "title": "Log"}]},
    )
    as_xml = b"""<?xml version="1.0"?>
    <component-definition xmlns="http://csrc.nist.gov/ns/oscal/1.0" uuid="d">
      <metadata><title>T</title><last-modified>2026-11-20T00:00:00Z</last-modified>
        <version>1</version><oscal-version>1.1.2</oscal-version></metadata>
      <component uuid="c" type="policy"><title>Policy</title>
        <description><p>What it is.</p></description>
        <control-implementation uuid="i" source="NIST AI RMF 1.0">
          <description><p>How.</p></description>
          <implemented-requirement uuid="r" control-id="GOVERN-1.1">
            <link href="#e" rel="evidence"/>
            <description><p>By a
              rule.</p></description>
          </implemented-requirement>
        </control-implementation>
      </component>
      <back-matter><resource uuid="e"><title>Log</title></resource></back-matter>
    </component-definition>"""

    found = [
        reading_of(known, "a.json", json.dumps(as_json).encode()),
        reading_of(known, "a.yaml", yaml.safe_dump(as_json).encode()),
        reading_of(known, "a.xml", as_xml),
    ]

    assert len(found[0].triples) == 7
    assert found[0].triples == found[1].triples == found[2].triples
    assert found[0].lines == found[1].lines == found[2].lines


def test_the_order_of_a_documents_members_changes_nothing(known: Dataset) -> None:
    said = json.loads((FOREIGN / "agent-access-review.assessment-results.json").read_bytes())
    [result] = said["assessment-results"]["results"]
    result["title"] = "SOC 2 (2017)"
    for n, one in enumerate(result["findings"], start=1):
        one["target"]["target-id"] = f"cc6.{n}" if n < 9 else "cc7.1"
    before = reading(known, said)

    result["findings"].reverse()
    result["observations"].reverse()

    assert len(before.triples) > 50
    assert reading(known, said).triples == before.triples


def test_lines_tell_mapped_passed_over_and_refused_apart(known: Dataset) -> None:
    found = reading(
        known,
        component_definition(requirement("GOVERN-1.1"), requirement("ac-2", uuid="r2")),
    )

    assert [line for line in found.lines if line.outcome is Outcome.MAPPED] == [
        Line(
            "/component-definition/components/0/control-implementations/0"
            "/implemented-requirements/0",
            Outcome.MAPPED,
            f"{ACME}implementation/r",
            "implements nist-ai-rmf-1.0:GOVERN 1.1",
        )
    ]
    assert [line.detail for line in found.refused()] == ["nist-ai-rmf-1.0 has no provision 'ac-2'"]
