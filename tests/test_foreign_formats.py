"""What others wrote is read with a true account: cards, bills, audits, tables by a mapping."""

from __future__ import annotations

import importlib
import io
import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pyoxigraph as ox
import pytest

from crosswalk import catalogue, citations
from crosswalk.errors import CrosswalkError, DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.intake import kinds
from crosswalk.intake.documents import warrants
from crosswalk.intake.mapping import DATATYPES, FOLDERS
from crosswalk.intake.reading import Outcome, Reading, Source
from crosswalk.namespaces import BASE, cw, expand
from crosswalk.resources import examples_dir
from crosswalk.validation import validate

FOREIGN = Path(__file__).parent / "data" / "foreign"
TODAY = date(2026, 11, 20)
READERS = {
    "model-card": "model_card",
    "sbom": "sbom",
    "ciso-assistant": "ciso_assistant",
    "csv": "mapped_table",
}
Take = Callable[..., Reading]


@pytest.fixture(scope="module")
def shipped() -> Dataset:
    return open_dataset()


@pytest.fixture(scope="module")
def take(shipped: Dataset) -> Take:
    """Return what reads a source of a kind, whatever is wrong with it."""

    def read(kind: str, name: str, data: bytes | str, **options: str) -> Reading:
        data = data.encode() if isinstance(data, str) else data
        reader = importlib.import_module(f"crosswalk.intake.{READERS[kind]}").read
        found: Reading = reader(Source(name, data, "acme", TODAY, options), shipped)
        return found

    return read


def counts(reading: Reading) -> tuple[int, int, int]:
    """Return how many lines were mapped, passed over, refused."""
    found = Counter(line.outcome for line in reading.lines)
    return found[Outcome.MAPPED], found[Outcome.PASSED_OVER], found[Outcome.REFUSED]


def said(reading: Reading, predicate: str) -> set[str]:
    """Return what is said with a predicate, by the last part of its address."""
    return {
        one.object.value.removeprefix(f"{BASE}org/acme/").removeprefix(f"{BASE}id/")
        for one in reading.triples
        if one.predicate.value == expand(predicate)
        and isinstance(one.object, ox.NamedNode | ox.Literal)
    }


def refusals(reading: Reading) -> list[tuple[str, str, str]]:
    return [(one.place, one.detail, one.remedy) for one in reading.refused()]


# What all of them hold to


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (kind, path)
        for kind in ("model-card", "sbom")
        for path in sorted((FOREIGN / kind).iterdir())
        if path.name != "README.md"
    ],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_a_foreign_document_gives_the_same_twice_and_no_blank_node_and_no_verdict(
    take: Take, kind: str, path: Path
) -> None:
    first = take(kind, path.name, path.read_bytes())
    second = take(kind, path.name, path.read_bytes())

    assert (first.triples, first.lines) == (second.triples, second.lines)
    assert not first.refused()
    for one in first.triples:
        assert isinstance(one.subject, ox.NamedNode)
        assert one.subject.value.startswith(f"{BASE}org/acme/")
        assert isinstance(one.object, ox.NamedNode | ox.Literal)
    verdicts = {cw("AssessmentResult"), cw("Assessment"), cw("Certificate")}
    assert not verdicts & {getattr(one.object, "value", "") for one in first.triples}


def test_a_row_of_the_table_of_evidence_cites_what_is_counted_and_says_why(
    shipped: Dataset,
) -> None:
    rows = [*warrants("model-card"), *warrants("sbom")]

    assert (
        len({(one.kind, one.part, one.edition, one.provision) for one in rows}) == len(rows) == 16
    )
    for one in rows:
        found = citations.within(shipped, one.edition, one.provision)
        assert found is not None, one
        assert found.counted, one
        assert len(one.rationale.split()) > 8, one


def test_each_kind_is_registered_and_an_unknown_option_is_named(shipped: Dataset) -> None:
    for kind in READERS:
        reader = kinds.named(kind).reader()
        with pytest.raises(UsageError, match="unknown option 'sistem'"):
            reader(Source("a.md", b"# A", "acme", TODAY, {"sistem": "x"}), shipped)


# Model cards


def test_the_card_of_clip_is_told_section_by_section(take: Take) -> None:
    path = FOREIGN / "model-card" / "clip-vit-large-patch14.md"

    reading = take("model-card", path.name, path.read_bytes())

    assert [
        (one.outcome.value, one.place, one.detail.partition(":")[0]) for one in reading.lines
    ] == [
        ("passed-over", "line 2", "Model Card"),
        ("passed-over", "line 8", "Model Details"),
        ("passed-over", "line 12", "Model Date"),
        ("passed-over", "line 16", "Model Type"),
        ("passed-over", "line 23", "Documents"),
        ("passed-over", "line 29", "Use with Transformers"),
        ("passed-over", "line 51", "Model Use"),
        ("mapped", "line 53", "Intended Use"),
        ("mapped", "line 57", "Primary intended uses"),
        ("mapped", "line 63", "Out-of-Scope Use Cases"),
        ("mapped", "line 73", "Data"),
        ("passed-over", "line 83", "Performance and Limitations"),
        ("mapped", "line 85", "Performance"),
        ("mapped", "line 123", "Limitations"),
        ("mapped", "line 127", "Bias and Fairness"),
        ("passed-over", "line 137", "Where to send questions or comments about the model"),
        ("mapped", path.name, "evidence for iso-42001-2023"),
    ]
    assert said(reading, "dcterms:subject") == {"system/clip"}
    assert len(reading.triples) == 29
    assert not said(reading, "cw:collectedOn")


@pytest.mark.parametrize(
    ("name", "expected", "triples"),
    [("gpt2.md", (5, 4, 0), 25), ("bert-base-uncased.md", (5, 6, 0), 25)],
)
def test_a_foreign_card_has_a_true_report(
    take: Take, name: str, expected: tuple[int, int, int], triples: int
) -> None:
    reading = take("model-card", name, (FOREIGN / "model-card" / name).read_bytes())

    assert counts(reading) == expected
    assert len(reading.triples) == triples
    assert said(reading, "cw:implements") == {
        "iso-42001-2023/A.4.3",
        "iso-42001-2023/A.6.2.4",
        "iso-42001-2023/A.6.2.7",
        "iso-42001-2023/A.8.2",
        "nist-ai-rmf-1.0/MAP-1.1",
        "nist-ai-rmf-1.0/MAP-2.2",
        "nist-ai-rmf-1.0/MEASURE-2.3",
    }


CARD = """---
license: apache-2.0
language: no
datasets:
- acme/applications-2025
tags: [ranking]
model-index:
- name: ranker
  results:
  - task: {type: text-ranking}
    dataset: {type: acme/applications-2025, name: Applications 2025, split: test}
    metrics:
    - {type: accuracy, value: 0.910}
    - {type: f1, value: 85.3 ± 0.2}
---
# Ranker
## Intended use
Ranks applications.
## Training procedure
Eight hours.
## Limitations
[More Information Needed]
"""


def test_results_of_a_model_index_are_measurements_in_the_digits_of_the_card(take: Take) -> None:
    reading = take("model-card", "README.md", CARD)

    assert counts(reading) == (6, 4, 0)
    assert [one.place for one in reading.lines if one.outcome is Outcome.PASSED_OVER] == [
        "/tags",
        "/model-index/0/results/0/metrics/1",
        "line 19",
        "line 21",
    ]
    values = [one.object for one in reading.triples if one.predicate.value == cw("observedValue")]
    assert values == [ox.Literal("0.910", datatype=ox.NamedNode(expand("xsd:decimal")))]
    assert said(reading, "cw:metric") == {"accuracy"}
    assert said(reading, "dcterms:language") == {"no"}
    assert said(reading, "cw:purpose") == {"Ranks applications."}
    assert not said(reading, "cw:measuredOn")


def test_what_is_told_beside_a_card_makes_it_sound_evidence(take: Take, tmp_path: Path) -> None:
    reading = take(
        "model-card",
        "ranker.md",
        CARD,
        system="ranker",
        owner="ann",
        author="bob",
        scope="whole",
        status="implemented",
        collected="2026-10-01",
        measured="2026-09-30",
        unit="1",
        objective="accuracy=ranking",
        confidentiality="internal",
    )
    objective = (
        f"<{BASE}org/acme/objective/ranking> a cw:Objective ; rdfs:label 'Ranking' ; "
        "cw:metric 'accuracy' ; cw:comparator cw:at-least ; cw:target 0.9 ; cw:unit '1' ; "
        f"cw:owner <{BASE}org/acme/person/ann> ; cw:setOn '2026-01-01'^^xsd:date ."
    )
    heads = "".join(f"@prefix {name}: <{expand(name + ':')}> .\n" for name in ("cw", "rdfs", "xsd"))
    (tmp_path / "card.nt").write_text("".join(f"{one} .\n" for one in reading.triples))
    (tmp_path / "rest.ttl").write_text(heads + objective)

    report = validate(open_dataset([tmp_path]), [tmp_path], as_of=TODAY)

    assert [one.message for one in report.findings if one.severity == "Violation"] == []


@pytest.mark.parametrize(
    ("card", "place", "offence"),
    [
        ("---\nlicense: mit\n# A", "a.md:1", "a front matter that does not end"),
        ("---\nlicense: [mit\n---\n# A", "a.md:2:14", "is no YAML"),
        ("---\na: !!python/object/apply:os.system [id]\n---\n# A", "a.md:2:4", "is no YAML"),
        ("---\nlicense: mit\nlicense: gpl\n---\n# A", "a.md:3:1", "there twice"),
        ("---\n- mit\n---\n# A", "a.md:2", "no list of entries"),
        (b"# A\n\xff\xfe\xfa", "a.md:2", "neither UTF-8 nor UTF-16"),
        ("# A\n" + "x" * (3 << 20), "a.md", "larger than 2 MB"),
        (
            "---\na: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n"
                for n in range(8)
            )
            + "---\n# A",
            "a.md:8",
            "references followed",
        ),
    ],
)
def test_a_hostile_card_is_refused_with_its_place(
    take: Take, card: str | bytes, place: str, offence: str
) -> None:
    with pytest.raises(DataError, match=offence) as caught:
        take("model-card", "a.md", card)

    assert caught.value.place == place


@pytest.mark.parametrize(
    ("metadata", "place", "offence"),
    [
        ("model-index: 7", "/model-index", "is no list of entries"),
        ("model-index: [7]", "/model-index/0", "is no entry with keys"),
        (
            "model-index: [{name: a, results: [{metrics: [{value: 1}]}]}]",
            "/model-index/0/results/0/metrics/0",
            "has no type",
        ),
        (
            "model-index: [{name: a, results: [{metrics: [{type: f1}]}]}]",
            "/model-index/0/results/0/metrics/0",
            "f1 has no value",
        ),
        (
            "model-index: [{name: a, results: [{metrics: "
            "[{type: f1, value: 1}, {type: f1, value: 2}]}]}]",
            "/model-index/0/results/0/metrics/1",
            "f1 on unnamed data is there twice, as 1 and 2",
        ),
        ("license: {a: b}", "/license", "is neither a text nor a list of texts"),
    ],
)
def test_a_broken_entry_of_a_card_is_refused(
    take: Take, metadata: str, place: str, offence: str
) -> None:
    reading = take("model-card", "a.md", f"---\n{metadata}\n---\n# A\n")

    assert [line[:2] for line in refusals(reading)] == [(place, offence)]


def test_a_nameless_card_wants_to_be_told_its_system(take: Take) -> None:
    with pytest.raises(DataError, match="does not say which model"):
        take("model-card", "README.md", "Just text.")

    reading = take("model-card", "README.md", "Just text.", system="ranker")

    assert said(reading, "cw:forSystem") == {"system/ranker"}


def test_a_card_cannot_name_what_is_outside_of_its_organisation(take: Take) -> None:
    reading = take("model-card", "../../x.md", "# ../../other/risk/1\n## Uses\n<script>x</script>")

    assert all(one.subject.value.startswith(f"{BASE}org/acme/") for one in reading.triples)  # type: ignore[union-attr]
    assert said(reading, "dcterms:subject") == {"system/other-risk-1"}


@pytest.mark.parametrize("text", [">" * 50_000, "[" * 50_000, "* " * 20_000, "`" * 50_000])
def test_markdown_that_is_made_to_take_long_does_not(take: Take, text: str) -> None:
    began = time.monotonic()

    take("model-card", "a.md", f"# A\n{text}\n\n## Uses\nyes")

    assert time.monotonic() - began < 5


# Bills of materials


@pytest.mark.parametrize(
    ("name", "expected", "triples", "suppliers", "collected"),
    [
        (
            "valid-machine-learning-considerations-env-1.7.json",
            (3, 0, 0),
            22,
            {"Hugging Face"},
            set(),
        ),
        (
            "valid-bom-1.7.xml",
            (4, 4, 0),
            25,
            {"Acme Inc", "Acme, Inc.", "Example, Inc."},
            {"2020-04-13"},
        ),
        ("valid-saasbom-1.5.json", (2, 2, 0), 17, {"Acme Inc"}, {"2021-01-10"}),
        ("SPDXJSONExample-v2.3.spdx.json", (2, 8, 0), 20, {"Jane Doe"}, {"2010-01-29"}),
        ("SPDXLite.spdx", (1, 2, 0), 14, set(), {"2021-04-05"}),
    ],
)
def test_a_foreign_bill_has_a_true_report(
    take: Take,
    name: str,
    expected: tuple[int, int, int],
    triples: int,
    suppliers: set[str],
    collected: set[str],
) -> None:
    reading = take("sbom", name, (FOREIGN / "sbom" / name).read_bytes())

    assert counts(reading) == expected
    assert len(reading.triples) == triples
    agents = {
        one.subject for one in reading.triples if one.object == ox.NamedNode(expand("prov:Agent"))
    }
    labels = {one for one in reading.triples if one.predicate.value == expand("rdfs:label")}
    assert {one.object for one in labels if one.subject in agents} == set(
        map(ox.Literal, suppliers)
    )
    assert said(reading, "cw:collectedOn") == collected


def test_what_extends_a_bill_in_another_namespace_is_no_part_of_it(take: Take) -> None:
    bill = """<bom xmlns="http://cyclonedx.org/schema/bom/1.6" xmlns:x="urn:x"><components>
      <component type="library"><x:name>Pear</x:name><name>apple</name></component>
      <x:component type="library"><name>plum</name></x:component>
    </components></bom>"""

    reading = take("sbom", "bom.xml", bill)

    assert counts(reading) == (1, 2, 0)
    assert said(reading, "dcterms:extent") == {"1 of kind library"}
    extensions = [one.detail for one in reading.lines if one.place == "/extensions"]
    assert extensions == ["2 entries: no place in the graph; kept in the source"]


def test_the_counted_components_of_a_foreign_bill_are_all_of_its_components(take: Take) -> None:
    path = FOREIGN / "sbom" / "SPDXJSONExample-v2.3.spdx.json"

    reading = take("sbom", path.name, path.read_bytes())

    counted = sum(int(one.split()[0]) for one in said(reading, "dcterms:extent"))
    assert counted == len(json.loads(path.read_text())["packages"]) == 4


ML_BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "timestamp": "2026-10-01T23:30:00-08:00",
        "component": {"type": "application", "name": "Hiring tool", "version": "3"},
        "supplier": {"name": "Example AI"},
    },
    "components": [
        {
            "type": "machine-learning-model",
            "bom-ref": "m",
            "name": "ranker",
            "version": "2.1",
            "supplier": {"name": "Example AI"},
            "licenses": [{"license": {"id": "Apache-2.0"}}],
            "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
            "modelCard": {
                "modelParameters": {
                    "datasets": [{"ref": "d"}, {"type": "dataset", "name": "probe"}]
                },
                "quantitativeAnalysis": {
                    "performanceMetrics": [{"type": "f1", "value": "0.91", "slice": "women"}]
                },
                "considerations": {"technicalLimitations": ["No Basque."]},
            },
        },
        {"type": "data", "bom-ref": "d", "name": "cvs", "data": [{"type": "dataset"}]},
        {"type": "library", "name": "numpy", "components": [{"type": "library", "name": "blas"}]},
    ],
}

SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {
            "type": "CreationInfo",
            "@id": "_:c",
            "specVersion": "3.0.1",
            "created": "2026-10-01T23:30:00Z",
        },
        {"type": "Organization", "spdxId": "urn:o", "name": "Example AI"},
        {"type": "SpdxDocument", "spdxId": "urn:doc", "name": "Hiring tool 3"},
        {
            "type": "ai_AIPackage",
            "spdxId": "urn:m",
            "name": "ranker",
            "software_packageVersion": "2.1",
            "suppliedBy": "urn:o",
            "ai_limitation": "No Basque.",
            "ai_metric": [{"type": "DictionaryEntry", "key": "f1", "value": "0.91"}],
        },
        {"type": "dataset_DatasetPackage", "spdxId": "urn:d", "name": "cvs"},
        {"type": "software_Package", "spdxId": "urn:n", "name": "numpy"},
        {
            "type": "Relationship",
            "relationshipType": "trainedOn",
            "from": "urn:m",
            "to": ["urn:d"],
        },
        {
            "type": "Relationship",
            "relationshipType": "hasDeclaredLicense",
            "from": "urn:m",
            "to": ["urn:a"],
        },
        {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": "urn:a",
            "simplelicensing_licenseExpression": "Apache-2.0",
        },
    ],
}


def test_models_data_and_suppliers_are_resources_and_libraries_are_counted(take: Take) -> None:
    reading = take("sbom", "bom.json", json.dumps(ML_BOM), system="hiring-tool")

    assert [(one.outcome.value, one.place, one.detail) for one in reading.lines[:-1]] == [
        ("mapped", "/components/0", "model ranker 2.1"),
        (
            "mapped",
            "/components/0/modelCard/quantitativeAnalysis/performanceMetrics/0",
            "f1 of ranker (women) = 0.91",
        ),
        ("mapped", "/components/0/modelCard/modelParameters/datasets/1", "dataset probe"),
        ("mapped", "/components/1", "dataset cvs"),
        ("passed-over", "/components", "2 of kind library: counted; kept in the source"),
        ("mapped", "/components/0", "supplier Example AI, of 1 component, of the whole"),
    ]
    assert said(reading, "cw:collectedOn") == {"2026-10-01"}
    assert said(reading, "cw:supplier") == {"person/example-ai"}
    assert len(said(reading, "prov:wasDerivedFrom") - {"evidence/bom.json"}) == 2
    assert said(reading, "dcterms:license") == {"Apache-2.0"}


def test_spdx_3_is_read_as_cyclonedx_is(take: Take) -> None:
    one = take("sbom", "bom.json", json.dumps(ML_BOM))
    other = take("sbom", "bom.json", json.dumps(SPDX_3))

    for predicate in ("cw:collectedOn", "cw:observedValue", "dcterms:license", "cw:version"):
        assert said(one, predicate) == said(other, predicate), predicate
    assert "Limitations: No Basque." in said(other, "dcterms:description")
    assert counts(other) == (5, 4, 0)


def test_yaml_json_and_tag_value_of_a_bill_say_the_same(take: Take) -> None:
    made = {
        "spdxVersion": "SPDX-2.3",
        "name": "tool",
        "creationInfo": {"created": "2026-10-01T00:00:00Z"},
        "packages": [{"name": "numpy", "supplier": "Organization: NumFOCUS (info@example.org)"}],
    }
    tags = (
        "SPDXVersion: SPDX-2.3\nDocumentName: tool\nCreated: 2026-10-01T00:00:00Z\n"
        "# Package\nPackageName: numpy\nPackageComment: <text>one:\ntwo</text>\n"
        "PackageSupplier: Organization: NumFOCUS (info@example.org)\n"
    )
    yaml = (
        "spdxVersion: SPDX-2.3\nname: tool\ncreationInfo: {created: 2026-10-01T00:00:00Z}\n"
        "packages: [{name: numpy, supplier: 'Organization: NumFOCUS (info@example.org)'}]"
    )

    found = [take("sbom", "bom.spdx", text) for text in (json.dumps(made), tags, yaml)]

    kept = [
        [one for one in r.triples if "sha256" not in str(one) and "file" not in str(one)]
        for r in found
    ]
    assert kept[0] == kept[1] == kept[2]
    assert {counts(one) for one in found} == {(2, 1, 0)}


@pytest.mark.parametrize(
    ("bill", "offence"),
    [
        ('{"bomFormat": "CycloneDX", "specVersion": "1.3"}', "CycloneDX '1.3', which is not read"),
        ('{"spdxVersion": "SPDX-2.1"}', "SPDX 'SPDX-2.1', which is not read"),
        ('{"components": [], "specVersion": "1.6"}', "does not say that it is CycloneDX"),
        ('{"a": 1}', "is no bill of materials that is read"),
        ("<a/>", "is no bill of materials that is read"),
        ("SPDXVersion: SPDX-2.3\nPackageName: a\nPackageComment: <text>x", "does not end"),
        ("SPDXVersion: SPDX-2.3\n???", "is no tag with a value"),
        (
            '<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components/></bom>',
            "has a document type",
        ),
        (
            '{"bomFormat": "CycloneDX", "specVersion": "1.6", "a": ' + "[" * 200 + "]" * 200 + "}",
            "nested deeper",
        ),
        ('{"bomFormat": "CycloneDX", "bomFormat": "x"}', "has the key 'bomFormat' twice"),
    ],
)
def test_what_is_no_bill_or_a_hostile_one_is_refused(take: Take, bill: str, offence: str) -> None:
    with pytest.raises(DataError, match=offence):
        take("sbom", "bom", bill)


def test_each_broken_part_of_a_bill_is_named(take: Take) -> None:
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "components": [
            {"type": "library"},
            {"name": "x"},
            "y",
            {
                "type": "machine-learning-model",
                "name": "m",
                "modelCard": {"modelParameters": {"datasets": [{"ref": "gone"}, {}]}},
            },
        ],
    }

    reading = take("sbom", "bom.json", json.dumps(bill))

    assert [line[:2] for line in refusals(reading)] == [
        ("/components/0", "has no name"),
        ("/components/1", "has no type"),
        ("/components/2", "is no object"),
        ("/components/3/modelCard/modelParameters/datasets/1", "names no data set"),
        ("/components/3", "uses 'gone', which the bill does not list"),
    ]


def test_a_bill_of_twenty_thousand_libraries_is_a_few_triples(take: Take) -> None:
    parts = [
        {"type": "library", "name": f"n{n}", "supplier": {"name": "Example"}} for n in range(20_000)
    ]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": parts}
    began = time.monotonic()

    reading = take("sbom", "bom.json", json.dumps(bill))

    assert len(reading.triples) < 20
    assert len(reading.lines) == 3
    assert time.monotonic() - began < 10


# CISO Assistant

COLUMNS = (
    "urn;ref_id;name;description;compliance_result;extended_result;requirement_progress;"
    "score;observations"
)
NODE = "urn:intuitem:risk:req_node:iso42001-2023"
AUDIT = "\n".join(
    [
        COLUMNS,
        f"{NODE}:a.2;A.2;Policies related to AI;;;;;;",
        f"{NODE}:a.2.2;A.2.2;AI policy;x;compliant;good_practice;done;4;'=approved by the board",
        f"{NODE}:a.2.3;A.2.3;Alignment;x;partially_compliant;;in_progress;2;privacy is silent",
        f"{NODE}:a.2.4;A.2.4;Review;x;non_compliant;major_nonconformity;done;;never reviewed",
        f"{NODE}:a.3.2;A.3.2;Roles;x;not_assessed;;to_do;;",
        f"{NODE}:a.10.4;A.10.4;Customers;x;not_applicable;;done;;no customers in scope",
        f"{NODE}:6.1;6.1;Risks;x;compliant;;done;3;",
    ]
)


def test_an_audit_of_ciso_assistant_is_an_assessment_with_its_results(take: Take) -> None:
    reading = take("ciso-assistant", "audit_export.csv", AUDIT)

    assert counts(reading) == (5, 2, 0)
    assert [(one.outcome.value, one.place, one.detail) for one in reading.lines] == [
        ("passed-over", "line 2", "A.2: a heading, or without a result"),
        ("mapped", "line 3", "iso-42001-2023:A.2.2 earl:passed"),
        ("mapped", "line 4", "iso-42001-2023:A.2.3 cw:partially-passed"),
        ("mapped", "line 5", "iso-42001-2023:A.2.4 earl:failed"),
        ("passed-over", "line 6", "A.3.2: not assessed"),
        (
            "mapped",
            "line 7",
            "iso-42001-2023:A.10.4 not applicable; counts when an approved statement of "
            "applicability takes it up (option soa)",
        ),
        ("mapped", "line 8", "iso-42001-2023:6.1 earl:passed; a heading, its parts are counted"),
    ]
    assert "=approved by the board" in said(reading, "cw:finding")
    assert "extended_result: good_practice; requirement_progress: done; score: 4" in said(
        reading, "dcterms:description"
    )
    assert said(reading, "cw:justification") == {"no customers in scope"}
    assert said(reading, "cw:resultOf") == {"assessment/audit-export"}
    assert not said(reading, "cw:assessedOn")


def test_an_excel_audit_says_what_the_csv_says(take: Take) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    rows = [line.split(";") for line in AUDIT.splitlines()]
    order = [0, 1, 2, 3, 4, 5, 6, 8, 7]
    sheet.append(["urn", "assessable", *(rows[0][n] for n in order[1:])])
    for row in rows[1:]:
        cells = [row[n] or None for n in order[1:]]
        sheet.append([row[0], bool(row[4]), *cells])
    held = io.BytesIO()
    book.save(held)

    found = take("ciso-assistant", "audit_export.xlsx", held.getvalue())

    expected = take("ciso-assistant", "audit_export.csv", AUDIT)
    assert found.triples == expected.triples
    assert counts(found) == counts(expected)
    assert found.lines[0].place == "Sheet1!2"


def test_an_audit_of_a_framework_that_is_not_carried_is_passed_over(take: Take) -> None:
    rows = [
        COLUMNS,
        "urn:intuitem:risk:req_node:nist-csf-2.0:gv.oc-01;GV.OC-01;;x;compliant;;done;;",
        "urn:f-2.0:gv.oc-02;GV.OC-02;;x;compliant;;done;;",
    ]

    reading = take("ciso-assistant", "a.csv", "\n".join(rows))

    assert counts(reading) == (0, 2, 0)
    assert "'nist-csf-2.0', which is not carried" in reading.lines[0].detail
    assert reading.triples == ()


@pytest.mark.parametrize(
    ("row", "place", "offence", "remedy"),
    [
        ("A.2.2;compliantt", "line 2, column B", "'compliantt' is no result", "'compliant'"),
        ("A.2.9;compliant", "line 2, column A", "has no provision 'A.2.9'", "'A.2.4'"),
        ("A.2.2;compliant\nA.2.2;compliant", "line 3", "has a result already, in line 2", "Keep"),
    ],
)
def test_a_wrong_row_of_an_audit_is_refused(
    take: Take, row: str, place: str, offence: str, remedy: str
) -> None:
    text = f"ref_id;compliance_result\n{row}"

    (found,) = refusals(take("ciso-assistant", "a.csv", text, edition="iso-42001-2023"))

    assert found[0] == place
    assert offence in found[1]
    assert remedy in found[2] or "crosswalk provisions" in found[2]


def test_what_is_no_audit_of_ciso_assistant_is_said_to_be_none(take: Take) -> None:
    with pytest.raises(DataError, match="no row of headings with ref_id and compliance_result"):
        take("ciso-assistant", "a.csv", "Risk;Score\nR1;3")


# Tables by a mapping


def mapped(take: Take, table: bytes | str, mapping: str, **options: str) -> Reading:
    return take("csv", "t.csv", table, map=mapping, **options)


def test_the_example_of_a_mapping_says_what_its_readme_shows(take: Take) -> None:
    folder = examples_dir() / "imports"
    reading = mapped(
        take,
        (folder / "risk-register.csv").read_bytes(),
        (folder / "risk-register.mapping.yml").read_text(encoding="utf-8"),
    )

    assert counts(reading) == (9, 2, 0)
    assert len(reading.triples) == 70
    assert said(reading, "cw:identifiedOn") == {"2026-10-12", "2026-10-14", "2026-09-02"}
    assert said(reading, "cw:riskLevel") == {cw("high"), cw("medium")}
    assert said(reading, "cw:implements") == {
        f"iso-42001-2023/{one}" for one in ("A.6.2.4", "A.7.4", "A.8.2", "A.10.3")
    }


@pytest.mark.parametrize(
    ("mapping", "place", "offence", "remedy"),
    [
        ("[]", "/", "is no object with keys", "key: value"),
        ("resources: []", "/resources", "no list of resources", "what a row becomes"),
        ("resorces: [a]", "/resorces", "no key 'resorces'", "'resources'"),
        ("{source: {shet: a}, resources: [R]}", "/source/shet", "no key 'shet'", "'sheet'"),
        ("{source: {path: /etc/passwd}, resources: [R]}", "/source/path", "no key 'path'", "sheet"),
        ("{source: {encoding: utf-7}, resources: [R]}", "/source/encoding", "'utf-7'", "'utf-8'"),
        ("{source: {header: 0}, resources: [R]}", "/source/header", "0 is no row", "from 1"),
        ("{source: {delimiter: '::'}, resources: [R]}", "/source/delimiter", "one char", "one"),
        ("resources: [{folder: risks, key: '{A}'}]", "/resources/0/folder", "'risks'", "'risk'"),
        ("resources: [{folder: ../x, key: '{A}'}]", "/resources/0/folder", "'../x'", "One of"),
        (
            "resources: [{folder: risk, key: all}]",
            "/resources/0/key",
            "names no column",
            "{Column}",
        ),
        ("resources: [{folder: risk}]", "/resources/0/key", "is missing", "text"),
        (
            "resources: [P {cw:ownr: A}]",
            "/resources/0/properties/cw:ownr",
            "'cw:ownr'",
            "'cw:owner'",
        ),
        ("resources: [P {xx:a: A}]", "/resources/0/properties/xx:a", "unknown prefix 'xx'", ""),
        (
            "resources: [P {cw:owner: {colum: A}}]",
            "/resources/0/properties/cw:owner/colum",
            "no key 'colum'",
            "'column'",
        ),
        (
            "resources: [P {cw:owner: {column: A, constant: b}}]",
            "/resources/0/properties/cw:owner",
            "both column and constant",
            "Give one",
        ),
        (
            "resources: [P {cw:dueOn: {column: A, datatype: xsd:dat}}]",
            "/resources/0/properties/cw:dueOn/datatype",
            "'xsd:dat'",
            "'xsd:date'",
        ),
        (
            "resources: [P {cw:dueOn: {column: A, datatype: xsd:date, format: '%d'}}]",
            "/resources/0/properties/cw:dueOn/format",
            "no form of a date",
            "DD.MM.YYYY",
        ),
        (
            "resources: [P {cw:riskLevel: {column: A, values: {H: cw:hihg}}}]",
            "/resources/0/properties/cw:riskLevel/values/H",
            "'cw:hihg'",
            "'cw:high'",
        ),
        (
            "resources: [P {cw:owner: {column: A, folder: person, citation: true}}]",
            "/resources/0/properties/cw:owner",
            "both folder and citation",
            "Keep one",
        ),
    ],
)
def test_each_wrong_key_of_a_mapping_is_named_with_the_nearest(
    take: Take, mapping: str, place: str, offence: str, remedy: str
) -> None:
    mapping = mapping.replace("[R]", "[{folder: risk, key: '{A}'}]")
    mapping = (
        mapping.replace("[P ", "[{folder: risk, key: '{A}', properties: ").replace("}]", "}}]")
        if "[P " in mapping
        else mapping
    )

    found = refusals(mapped(take, "A\n1", mapping, map_name="m.yml"))

    assert (f"m.yml: {place}") in [one[0] for one in found]
    told = next(one for one in found if one[0] == f"m.yml: {place}")
    assert offence in told[1]
    assert remedy in told[2]


RISK = "resources: [{folder: risk, key: '{Ref}', class: cw:Risk, properties: {PROPERTY}}]"


@pytest.mark.parametrize(
    ("cell", "said_so", "expected"),
    [
        ("3", "cw:likelihood: {column: V, datatype: xsd:integer}", "3"),
        ("007", "rdfs:label: V", "007"),
        ("=1+1", "rdfs:label: V", "=1+1"),
        ("0,50", "cw:target: {column: V, datatype: xsd:decimal, comma: true}", "0.50"),
        ("1.2.2026", "cw:dueOn: {column: V, datatype: xsd:date, format: DD.MM.YYYY}", "2026-02-01"),
        ("2/1/2026", "cw:dueOn: {column: V, datatype: xsd:date, format: MM/DD/YYYY}", "2026-02-01"),
        ("yes", "cw:applicable: {column: V, datatype: xsd:boolean, values: {yes: true}}", "true"),
        ("Ann B.", "cw:owner: {column: V, folder: person}", "person/ann-b"),
        (
            "Annex A 8.2",
            "cw:implements: {column: V, citation: iso-42001-2023}",
            "iso-42001-2023/A.8.2",
        ),
        ("x", "cw:operatedBy: {organization: true}", "organization"),
        ("x", "cw:metric: {template: 'is {V}'}", "is x"),
        ("x", "cw:illustrative: {constant: true, datatype: xsd:boolean}", "true"),
    ],
)
def test_a_cell_becomes_what_the_mapping_says(
    take: Take, cell: str, said_so: str, expected: str
) -> None:
    reading = mapped(take, f'Ref;V\nR1;"{cell}"', RISK.replace("PROPERTY", said_so))

    assert refusals(reading) == []
    assert said(reading, said_so[: said_so.index(": ")]) == {expected}


@pytest.mark.parametrize(
    ("cell", "said_so", "offence"),
    [
        ("three", "cw:likelihood: {column: V, datatype: xsd:integer}", "'three' is no xsd:integer"),
        ("1.5", "cw:likelihood: {column: V, datatype: xsd:integer}", "'1.5' is no xsd:integer"),
        ("NaN", "cw:target: {column: V, datatype: xsd:decimal}", "'NaN' is no xsd:decimal"),
        ("1e999999999", "cw:target: {column: V, datatype: xsd:decimal}", "is no xsd:decimal"),
        (
            "31.02.2026",
            "cw:dueOn: {column: V, datatype: xsd:date, format: DD.MM.YYYY}",
            "is no xsd:date",
        ),
        ("45000", "cw:dueOn: {column: V, datatype: xsd:date}", "'45000' is no xsd:date"),
        ("maybe", "cw:applicable: {column: V, datatype: xsd:boolean}", "is no xsd:boolean"),
        ("red", "cw:riskLevel: {column: V, values: {high: cw:high}}", "'red' is no value of V"),
        ("A.8.9", "cw:implements: {column: V, citation: iso-42001-2023}", "no provision 'A.8.9'"),
        ("A.8.2", "cw:implements: {column: V, citation: true}", "cited without its edition"),
        ("A.8.2", "cw:implements: {column: V, citation: iso-42001-2024}", "iso-42001-2024"),
        ("???", "cw:owner: {column: V, folder: person}", "'???' names nothing"),
        ("", "rdfs:label: {column: V, required: true}", "has no V"),
    ],
)
def test_a_cell_that_is_not_what_the_mapping_says_is_refused(
    take: Take, cell: str, said_so: str, offence: str
) -> None:
    reading = mapped(take, f"Ref;V\nR1;{cell}", RISK.replace("PROPERTY", said_so))

    (found,) = refusals(reading)
    assert offence in found[1]
    assert found[0].startswith("line 2")


def test_a_citation_is_read_in_the_edition_of_its_row(take: Take) -> None:
    table = "Ref;Clause;Standard\nR1;A.6.1.2;ISO 42001\nR2;A.6.1.2;ISO 27001:2013"
    how = "cw:implements: {column: Clause, citation: {column: Standard}}"

    reading = mapped(take, table, RISK.replace("PROPERTY", how))

    assert said(reading, "cw:implements") == {"iso-42001-2023/A.6.1.2", "iso-27001-2013/A.6.1.2"}


@pytest.mark.parametrize(
    ("table", "offence"),
    [
        ("Ref;Titel\nR1;a", "the table has no column 'Title'"),
        ("Ref;Title;Title\nR1;a;b", "the heading 'Title' is there twice"),
        ("Ref;Title\nR1;a\nR1;b", "the key 'R1' is that of line 2"),
        ("Ref;Title\n;a", "has nothing in {Ref} that names it"),
    ],
)
def test_a_table_that_does_not_fit_its_mapping_is_refused(
    take: Take, table: str, offence: str
) -> None:
    reading = mapped(take, table, RISK.replace("PROPERTY", "rdfs:label: Title"))

    assert offence in [one[1] for one in refusals(reading)]


def test_a_table_in_another_encoding_and_with_another_divider_is_read(take: Take) -> None:
    mapping = "source: {encoding: windows-1252, delimiter: '|', header: 2}\n" + RISK.replace(
        "PROPERTY", "rdfs:label: Title"
    )

    reading = mapped(take, "Export; of, today\nRef|Title\nR1|Größe; groß".encode("cp1252"), mapping)

    assert said(reading, "rdfs:label") == {"Größe; groß"}
    assert [one.place for one in reading.lines] == ["line 1", "line 3"]


def test_days_of_a_workbook_are_days_however_they_are_stored(take: Take) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Ref", "V"])
    book.active.append(["R1", date(2026, 2, 1)])
    book.active.append(["R2", 46055])
    book.active.append(["R3", "03.02.2026"])
    held = io.BytesIO()
    book.save(held)
    how = "cw:dueOn: {column: V, datatype: xsd:date, format: DD.MM.YYYY}"

    reading = mapped(take, held.getvalue(), RISK.replace("PROPERTY", how))

    assert refusals(reading) == []
    assert said(reading, "cw:dueOn") == {"2026-02-01", "2026-02-02", "2026-02-03"}


def test_a_mapping_reaches_neither_files_nor_others(take: Take, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("Ref\nsecret")
    mapping = (
        f"prefixes: {{ex: 'http://example.org/'}}\nmappings: {{r: {{sources: [['{secret}~csv']], "
        "s: 'ex:$(Ref)'}}"
    )

    reading = mapped(take, "Ref\nR1", mapping)

    assert reading.triples == ()
    assert {one[1] for one in refusals(reading)} >= {"there is no key 'prefixes' here"}


def test_the_documentation_names_all_that_a_mapping_can_say() -> None:
    text = (Path(__file__).parents[1] / "docs" / "imports.md").read_text(encoding="utf-8")

    for word in (*FOLDERS, *DATATYPES, "column", "template", "constant", "organization", "only"):
        assert f"`{word}`" in text, word


def test_a_reading_in_a_world_without_the_catalogue_cites_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("")
    bare = open_dataset([tmp_path], shipped=False)
    card = Source("a.md", b"# A\n## Limitations\nNone known.", "acme", TODAY)

    reading = kinds.read(card, "model-card", bare)

    assert catalogue.editions(bare) == []
    assert reading.lines[-1].detail == "evidence for no provision that is carried"
    assert not said(reading, "cw:implements")


def test_an_unreadable_foreign_source_is_one_refused_line(shipped: Dataset) -> None:
    reading = kinds.read(Source("a.json", b"{", "acme", TODAY), "sbom", shipped)

    assert counts(reading) == (0, 0, 1)
    assert issubclass(DataError, CrosswalkError)
