"""Mapping sets are read whole or not at all, written in one form, and every fault has its line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crosswalk import catalogue, sssom, validation
from crosswalk.cli import main
from crosswalk.errors import MappingError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Mapping, RationaleType, Relation, ReviewStatus
from crosswalk.resources import mappings_dir
from crosswalk.validation import SetFault

SHIPPED = sssom.discover(mappings_dir())
HEADER = """\
#mapping_set_id: https://w3id.org/aigov-crosswalk/mapping/a
#mapping_set_title: A set of a test
#mapping_set_version: 1.2.3
#license: https://creativecommons.org/licenses/by/4.0/
#extension_definitions:
#- slot_name: relation
#  property: cw:relation
#  type_hint: xsd:string
#- slot_name: rationale_type
#  property: cw:rationaleType
#  type_hint: xsd:string
#- slot_name: rationale
#  property: cw:rationale
#  type_hint: xsd:string
#- slot_name: review_status
#  property: cw:reviewStatus
#  type_hint: xsd:string
#- slot_name: group
#  property: cw:group
#  type_hint: xsd:string
"""
FIRST_ROW = HEADER.count("\n") + 2
ROW = {
    "subject_id": "iso-42001-2023:4.4",
    "subject_label": "AI management system",
    "predicate_id": "skos:broadMatch",
    "predicate_modifier": "",
    "object_id": "iso-27001-2022:4.4",
    "object_label": "Information security management system",
    "mapping_justification": "semapv:ManualMappingCuration",
    "author_label": "Ann",
    "reviewer_label": "",
    "mapping_date": "2026-11-01",
    "confidence": "0.75",
    "comment": "",
    "relation": "subset-of",
    "rationale_type": "semantic",
    "rationale": "The one asks for more.",
    "review_status": "draft",
    "group": "",
}
OTHER = {
    **ROW,
    "subject_id": "iso-42001-2023:9.1",
    "subject_label": "Monitoring, measurement, analysis and evaluation",
    "object_id": "iso-27001-2022:9.1",
    "object_label": "Monitoring, measurement, analysis and evaluation",
    "predicate_id": "skos:relatedMatch",
    "relation": "intersects-with",
    "rationale": "Each measures a thing of its own.",
}
LOOKED = {
    **ROW,
    "object_id": "sssom:NoTermFound",
    "object_label": "",
    "predicate_id": "skos:mappingRelation",
    "relation": "",
    "rationale_type": "",
    "confidence": "",
    "rationale": "Looked in all clauses; nothing asks this.",
}


@pytest.fixture(scope="module")
def knowledge() -> Dataset:
    return open_dataset(sets=False)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes rows as a mapping set and gives its path."""

    def written(*rows: dict[str, str], header: str = HEADER, name: str = "a") -> Path:
        path = tmp_path / f"{name}.sssom.tsv"
        lines = ["\t".join(ROW), *("\t".join(row.values()) for row in rows)]
        path.write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return written


Write = Callable[..., Path]


def _run(*arguments: str | Path) -> int:
    try:
        main([str(one) for one in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _claim(row: Mapping) -> tuple[object, ...]:
    """Return all that a row says, but not where it stands."""
    return tuple(
        getattr(row, name) for name in Mapping.__dataclass_fields__ if name not in ("row", "iri")
    )


# Reading


def test_a_row_is_read_with_its_ends_relation_type_review_and_line(write: Write) -> None:
    found = sssom.read(write(ROW, OTHER))

    first, second = found.mappings
    assert (first.subject or "").endswith("id/iso-42001-2023/4.4")
    assert (first.object or "").endswith("id/iso-27001-2022/4.4")
    assert first.relation is Relation.SUBSET_OF
    assert first.rationale_type is RationaleType.SEMANTIC
    assert first.review_status is ReviewStatus.DRAFT
    assert first.confidence == 0.75
    assert first.authors == ("Ann",)
    assert (first.row, second.row) == (FIRST_ROW, FIRST_ROW + 1)


def test_the_set_knows_its_title_version_licence_editions_and_publisher(write: Write) -> None:
    found = sssom.read(write(ROW, name="acme_iso-42001-2023_iso-27001-2022"))

    assert (found.title, found.version) == ("A set of a test", "1.2.3")
    assert found.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (found.subject_edition, found.object_edition) == ("iso-42001-2023", "iso-27001-2022")
    assert found.publisher == "acme"


def test_no_term_found_is_a_record_that_says_looked_and_has_no_relation(write: Write) -> None:
    found = sssom.read(write(LOOKED)).mappings[0]

    assert found.subject is not None
    assert (found.object, found.relation) == (None, None)


@pytest.mark.parametrize(
    ("predicate", "modifier", "relation"),
    [
        ("skos:exactMatch", "", Relation.EQUAL),
        ("skos:broadMatch", "", Relation.SUBSET_OF),
        ("skos:narrowMatch", "", Relation.SUPERSET_OF),
        ("skos:relatedMatch", "", Relation.INTERSECTS_WITH),
        ("skos:closeMatch", "", Relation.EQUIVALENT_TO),
        ("skos:mappingRelation", "", Relation.RELATED),
        ("skos:mappingRelation", "Not", Relation.NO_RELATIONSHIP),
    ],
)
def test_where_a_foreign_row_has_no_relation_it_follows_from_the_predicate(
    write: Write, predicate: str, modifier: str, relation: Relation
) -> None:
    row = {**ROW, "predicate_id": predicate, "predicate_modifier": modifier, "relation": ""}

    assert sssom.read(write(row)).mappings[0].relation is relation


@pytest.mark.parametrize(("relation", "predicate"), sssom.PREDICATE.items())
def test_the_predicate_that_follows_from_a_relation_leads_back_to_it(
    relation: Relation, predicate: str
) -> None:
    modifier = "Not" if relation is Relation.NO_RELATIONSHIP else ""

    assert sssom.relation_of(predicate, modifier) is relation


def test_a_foreign_file_that_uses_our_columns_without_declaring_them_keeps_its_relations(
    write: Write,
) -> None:
    undeclared = HEADER.partition("#extension_definitions")[0]

    found = sssom.read(write(ROW, OTHER, header=undeclared)).mappings

    assert [row.relation for row in found] == [Relation.SUBSET_OF, Relation.INTERSECTS_WITH]
    assert [row.rationale for row in found] == [ROW["rationale"], OTHER["rationale"]]


def test_a_foreign_file_may_declare_prefixes_of_its_own(write: Write) -> None:
    header = "#curie_map:\n#  house: https://example.org/house/\n" + HEADER

    found = sssom.read(write({**ROW, "object_id": "house:R1"}, header=header))

    assert found.mappings[0].object == "https://example.org/house/R1"


def test_a_changed_claim_is_another_row_and_a_moved_row_the_same(write: Write) -> None:
    original = sssom.read(write(ROW, OTHER)).mappings
    moved = sssom.read(write(OTHER, ROW)).mappings
    changed = sssom.read(write({**ROW, "relation": "equal"}, OTHER)).mappings

    assert {row.iri for row in moved} == {row.iri for row in original}
    assert changed[0].iri != original[0].iri
    assert changed[1].iri == original[1].iri


def test_one_bad_row_and_nothing_of_the_set_is_read(write: Write) -> None:
    path = write(ROW, {**OTHER, "relation": "overlaps"})

    with pytest.raises(MappingError, match=f"a.sssom.tsv:{FIRST_ROW + 1}: relation 'overlaps'"):
        sssom.read(path)


# The canonical form


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_set_stands_in_its_canonical_form(path: Path, knowledge: Dataset) -> None:
    canonical = sssom.format_text(path, labels=catalogue.labels(knowledge))

    assert path.read_text(encoding="utf-8") == canonical


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_formatting_a_shipped_set_keeps_what_it_says_and_twice_is_once(
    path: Path, knowledge: Dataset, tmp_path: Path
) -> None:
    labels = catalogue.labels(knowledge)
    once = tmp_path / path.name

    once.write_text(sssom.format_text(path, labels=labels), encoding="utf-8")

    assert sorted(map(repr, map(_claim, sssom.read(once).mappings))) == sorted(
        map(repr, map(_claim, sssom.read(path).mappings))
    )
    assert sssom.format_text(once, labels=labels) == once.read_text(encoding="utf-8")


def test_the_order_of_rows_does_not_matter_to_the_canonical_form(
    write: Write, knowledge: Dataset
) -> None:
    labels = catalogue.labels(knowledge)
    rows = [
        ROW,
        OTHER,
        {**OTHER, "rationale_type": "functional"},
        {**LOOKED, "subject_id": "iso-42001-2023:10.2", "subject_label": ""},
        {**ROW, "subject_id": "iso-42001-2023:A.10.2", "subject_label": ""},
        {**ROW, "subject_id": "iso-42001-2023:A.2.2", "subject_label": ""},
    ]
    texts = set()

    for seed in range(5):
        random.Random(seed).shuffle(rows)  # noqa: S311 - not for secrets
        texts.add(sssom.format_text(write(*rows), labels=labels))

    assert len(texts) == 1


def test_the_order_of_rows_does_not_matter_to_what_is_found_at_fault(
    write: Write, knowledge: Dataset
) -> None:
    rows = [ROW, {**ROW, "relation": "superset-of"}, {**OTHER, "rationale": ""}]

    there = validation.check_sets(knowledge, [write(*rows)])
    back = validation.check_sets(knowledge, [write(*reversed(rows))])

    def offences(faults: list[SetFault]) -> list[str]:
        return sorted(re.sub(r"lines? \d.*", "", fault.offence) for fault in faults)

    assert offences(there) == offences(back)


def test_rows_are_sorted_by_the_catalogue_and_not_by_the_alphabet(
    write: Write, knowledge: Dataset
) -> None:
    ids = ["10.2", "9.1", "A.10.2", "A.2.2", "4.1"]
    rows = [{**ROW, "subject_id": f"iso-42001-2023:{one}", "subject_label": ""} for one in ids]

    text = sssom.format_text(write(*rows), labels=catalogue.labels(knowledge))

    found = re.findall(r"^iso-42001-2023:(\S+)\t", text, re.MULTILINE)
    assert found == ["4.1", "9.1", "10.2", "A.2.2", "A.10.2"]


def test_labels_and_predicates_are_written_from_the_catalogue_and_the_relation(
    write: Write, knowledge: Dataset
) -> None:
    path = write({**ROW, "subject_label": "Stale", "predicate_id": "skos:narrowMatch"})

    text = sssom.format_text(path, labels=catalogue.labels(knowledge))

    assert "AI management system" in text
    assert "Stale" not in text
    assert "skos:broadMatch" in text
    assert "skos:narrowMatch" not in text


def test_format_check_changes_nothing_and_exits_1_then_format_makes_it_canonical(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(OTHER, ROW)
    before = path.read_text(encoding="utf-8")

    assert _run("mappings", "format", "--check", path) == 1
    assert path.read_text(encoding="utf-8") == before
    assert f"would change {path}" in capsys.readouterr().err
    assert _run("mappings", "format", path) == 0
    assert _run("mappings", "format", "--check", path) == 0


def test_format_knows_the_editions_that_knowledge_brings(
    write: Write, tmp_path: Path, knowledge: Dataset
) -> None:
    (tmp_path / "k" / "frameworks").mkdir(parents=True)
    (tmp_path / "k" / "frameworks" / "house-2026.ttl").write_text(
        "<https://w3id.org/aigov-crosswalk/id/house-2026> "
        '<https://w3id.org/aigov-crosswalk/ns#editionKey> "house-2026" .',
        encoding="utf-8",
    )
    path = write({**ROW, "object_id": "house-2026:R1", "object_label": "First"})

    assert _run("mappings", "format", path, "--knowledge", tmp_path / "k") == 0


# Faults


@pytest.mark.parametrize(
    ("rows", "line", "offence", "way_out"),
    [
        pytest.param(
            [ROW, {**OTHER, "object_id": "iso-27001-2022:4.11"}],
            FIRST_ROW + 1,
            "iso-27001-2022 has no provision '4.11'",
            "'4.1'",
            id="unknown id",
        ),
        pytest.param(
            [{**ROW, "object_id": "wxyz:R1"}],
            FIRST_ROW,
            "unknown prefix 'wxyz'",
            "Declare it in the file's curie_map",
            id="unknown prefix with nothing near",
        ),
        pytest.param(
            [{**ROW, "object_id": "iso-42002-2023:4.1"}],
            FIRST_ROW,
            "unknown prefix 'iso-42002-2023'",
            "'iso-42001-2023'",
            id="unknown prefix",
        ),
        pytest.param(
            [{**ROW, "subject_label": "Old title"}],
            FIRST_ROW,
            "label of iso-42001-2023:4.4 is 'Old title'",
            "crosswalk mappings format",
            id="stale label",
        ),
        pytest.param(
            [{**ROW, "rationale": " "}],
            FIRST_ROW,
            "rationale is missing",
            "what each side asks",
            id="missing rationale",
        ),
        pytest.param(
            [{**ROW, "object_id": ROW["subject_id"], "object_label": ROW["subject_label"]}],
            FIRST_ROW,
            "maps a provision to itself",
            "Remove the row",
            id="self-mapping",
        ),
        pytest.param(
            [ROW, {**ROW, "relation": "superset-of", "predicate_id": "skos:narrowMatch"}],
            FIRST_ROW + 1,
            f"contradicts a row of the same pair and type (semantic): lines "
            f"{FIRST_ROW}, {FIRST_ROW + 1}",
            "Keep the relation",
            id="contradiction",
        ),
        pytest.param(
            [
                ROW,
                {
                    **ROW,
                    "subject_id": ROW["object_id"],
                    "subject_label": ROW["object_label"],
                    "object_id": ROW["subject_id"],
                    "object_label": ROW["subject_label"],
                },
            ],
            FIRST_ROW,
            "contradicts a row of the same pair",
            "Keep the relation",
            id="contradiction by the converse",
        ),
        pytest.param(
            [ROW, ROW],
            FIRST_ROW + 1,
            f"says the same as line {FIRST_ROW}",
            "Remove one",
            id="repeated row",
        ),
        pytest.param(
            [{**ROW, "relation": "subset"}],
            FIRST_ROW,
            "relation 'subset' is none of equal, subset-of",
            "'subset-of'",
            id="bad relation",
        ),
        pytest.param(
            [{**ROW, "rationale_type": "symantic"}],
            FIRST_ROW,
            "rationale_type 'symantic' is none of semantic, functional, syntactic",
            "'semantic'",
            id="bad rationale type",
        ),
        pytest.param(
            [{**ROW, "review_status": "read"}],
            FIRST_ROW,
            "review_status 'read' is none of draft, second-read, reviewed",
            "",
            id="bad review status",
        ),
        pytest.param(
            [{**ROW, "predicate_id": "skos:narrowMatch"}],
            FIRST_ROW,
            "predicate skos:narrowMatch says superset-of, the relation subset-of",
            "skos:broadMatch",
            id="predicate disagrees with the relation",
        ),
        pytest.param(
            [{**ROW, "review_status": "second-read", "reviewer_label": "Ann"}],
            FIRST_ROW,
            "is second-read without a reader who is not its author",
            "Name the second reader",
            id="reviewer is the author",
        ),
        pytest.param(
            [{**ROW, "review_status": "reviewed"}],
            FIRST_ROW,
            "is reviewed without a reader who is not its author",
            "Name the second reader",
            id="reviewed by nobody",
        ),
        pytest.param(
            [{**ROW, "confidence": "1.5"}],
            FIRST_ROW,
            "confidence",
            "",
            id="confidence above 1",
        ),
        pytest.param(
            [{**ROW, "confidence": "high"}],
            FIRST_ROW,
            "confidence",
            "",
            id="confidence that is no number",
        ),
        pytest.param(
            [{**ROW, "mapping_justification": ""}],
            FIRST_ROW,
            "mapping_justification",
            "",
            id="no justification",
        ),
        pytest.param(
            [{**ROW, "mapping_justification": "nope:Curation"}],
            FIRST_ROW,
            "nope",
            "",
            id="justification of an unknown prefix",
        ),
        pytest.param(
            [{**ROW, "mapping_date": "yesterday"}],
            FIRST_ROW,
            "mapping_date",
            "",
            id="date that is none",
        ),
        pytest.param(
            [{**LOOKED, "subject_id": "sssom:NoTermFound", "subject_label": ""}],
            FIRST_ROW,
            "both ends are sssom:NoTermFound",
            "",
            id="nothing mapped to nothing",
        ),
    ],
)
def test_check_names_the_offence_with_file_line_and_way_out(
    write: Write,
    knowledge: Dataset,
    rows: list[dict[str, str]],
    line: int,
    offence: str,
    way_out: str,
) -> None:
    path = write(*rows)

    faults = validation.check_sets(knowledge, [path])

    found = [fault for fault in faults if fault.line == line and offence in fault.offence]
    assert found, faults
    assert found[0].file == str(path)
    assert way_out in found[0].way_out
    assert found[0].way_out


def test_a_set_without_fault_has_none(write: Write, knowledge: Dataset) -> None:
    read_again = {**OTHER, "review_status": "second-read", "reviewer_label": "Bob"}

    assert validation.check_sets(knowledge, [write(ROW, read_again, LOOKED)]) == []


def test_every_bad_row_of_a_set_is_told_in_one_go(write: Write, knowledge: Dataset) -> None:
    bad = [{**ROW, "relation": "x"}, {**OTHER, "rationale": ""}, {**ROW, "object_id": "nope:1"}]

    faults = validation.check_sets(knowledge, [write(*bad)])

    assert [fault.line for fault in faults] == [FIRST_ROW, FIRST_ROW + 1, FIRST_ROW + 2]


def test_related_and_equivalent_to_contradict_nothing(write: Write, knowledge: Dataset) -> None:
    weak = {**ROW, "relation": "related", "predicate_id": "skos:mappingRelation"}
    close = {**ROW, "relation": "equivalent-to", "predicate_id": "skos:closeMatch"}

    assert validation.check_sets(knowledge, [write(ROW, weak, close)]) == []


def test_different_rationale_types_do_not_contradict_each_other(
    write: Write, knowledge: Dataset
) -> None:
    functional = {
        **ROW,
        "rationale_type": "functional",
        "relation": "superset-of",
        "predicate_id": "skos:narrowMatch",
    }

    assert validation.check_sets(knowledge, [write(ROW, functional)]) == []


def test_a_set_that_is_not_utf_8_is_told_with_its_line(write: Write, knowledge: Dataset) -> None:
    path = write(ROW, OTHER)
    path.write_bytes(path.read_bytes().replace(b"Each measures", b"Ea\xe9h measures"))

    (fault,) = validation.check_sets(knowledge, [path])

    assert (fault.file, fault.line) == (str(path), FIRST_ROW + 1)
    assert fault.offence == "is not UTF-8"
    assert "UTF-8" in fault.way_out


@pytest.mark.parametrize(
    ("text", "offence"),
    [
        pytest.param("", "no column object_id", id="empty"),
        pytest.param("a\tb\n1\t2\n", "no column object_id", id="another table"),
        pytest.param("#mapping_set_title: [x\n" + "\t".join(ROW) + "\n", "YAML", id="no YAML"),
        pytest.param("\t".join(ROW) + "\n", "mapping_set_id", id="no header"),
    ],
)
def test_a_file_that_is_no_mapping_set_is_told(
    tmp_path: Path, knowledge: Dataset, text: str, offence: str
) -> None:
    path = tmp_path / "a.sssom.tsv"
    path.write_text(text, encoding="utf-8")

    (fault,) = validation.check_sets(knowledge, [path])

    assert fault.file == str(path)
    assert offence in fault.offence
    assert "\n" not in fault.offence


def test_the_verb_check_exits_1_with_the_fault_and_0_without(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = write(ROW, name="good"), write({**ROW, "rationale": ""}, name="bad")

    assert _run("mappings", "check", good) == 0
    assert capsys.readouterr().out == "no rows\n"
    assert _run("mappings", "check", good, bad, "--format", "csv") == 1
    assert capsys.readouterr().out.splitlines() == [
        "file,line,offence,way_out",
        f"{bad},{FIRST_ROW},rationale is missing,Say what each side asks that the other does not.",
    ]


# The shipped sets


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_id_of_a_shipped_set_exists_and_its_label_is_the_catalogues(
    path: Path, knowledge: Dataset
) -> None:
    labels = catalogue.labels(knowledge)
    ends = [
        end
        for row in sssom.read(path).mappings
        for end in ((row.subject, row.subject_label), (row.object, row.object_label))
        if end[0] is not None
    ]

    assert [iri for iri, _ in ends if iri not in labels] == []
    assert [(iri, said) for iri, said in ends if said != labels.get(iri or "")] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_set_has_no_fault(path: Path, knowledge: Dataset) -> None:
    assert validation.check_sets(knowledge, [path]) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_set_is_named_by_its_editions_and_has_licence_version_and_authors(
    path: Path,
) -> None:
    found = sssom.read(path)

    assert found.key.endswith(f"{found.subject_edition}_{found.object_edition}")
    assert found.licence.startswith("https://")
    assert found.version
    assert found.title
    assert [row.row for row in found.mappings if not row.authors] == []


def test_our_own_sets_state_confidence_and_type_in_every_mapping() -> None:
    rows = [
        (path.name, row.row)
        for path in SHIPPED
        if (found := sssom.read(path)).publisher == "crosswalk"
        for row in found.mappings
        if row.relation is not None and (row.confidence is None or row.rationale_type is None)
    ]

    assert rows == []


# A foreign set: whole, refused, or without its bad rows


@pytest.fixture
def foreign(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes rows as a foreign set in a knowledge directory, and gives that."""

    def written(*rows: dict[str, str]) -> Path:
        folder = tmp_path / "foreign" / "mappings"
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["\t".join(ROW), *("\t".join(row.values()) for row in rows)]
        path = folder / "acme_iso-42001-2023_iso-27001-2022.sssom.tsv"
        path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
        return folder.parent

    return written


NOWHERE = {**ROW, "object_id": "iso-27001-2022:A.5.99", "object_label": ""}
TYPO = {**OTHER, "object_id": "iso-2701-2022:9.1"}


def _carried(dataset: Dataset) -> list[tuple[str, str]]:
    return [
        (row["subject"] or "", row["object"] or "")
        for row in dataset.select(
            "SELECT ?subject ?object WHERE { ?m <https://w3id.org/aigov-crosswalk/ns#inSet> ?s ; "
            "<http://www.w3.org/2002/07/owl#annotatedSource> ?subject ; "
            "<http://www.w3.org/2002/07/owl#annotatedTarget> ?object . "
            '?s <https://w3id.org/aigov-crosswalk/ns#publisherKey> "acme" }'
        )
    ]


@pytest.mark.parametrize(
    ("bad", "offence"),
    [
        pytest.param(NOWHERE, "iso-27001-2022 has no provision 'A.5.99'", id="no provision"),
        pytest.param(TYPO, "unknown prefix 'iso-2701-2022'", id="no edition"),
    ],
)
def test_a_foreign_set_with_a_bad_row_is_refused_whole(
    foreign: Callable[..., Path], bad: dict[str, str], offence: str
) -> None:
    folder = foreign(OTHER, bad)

    with pytest.raises(MappingError) as told:
        open_dataset(knowledge=[folder], shipped=False)

    assert f":{FIRST_ROW + 1}: {offence}" in str(told.value)
    assert "1 of its rows is refused and nothing is loaded" in str(told.value)
    assert "--skip-bad" in str(told.value)


def test_the_other_rows_of_a_foreign_set_are_loaded_if_that_is_asked_for(
    foreign: Callable[..., Path],
) -> None:
    folder = foreign(OTHER, NOWHERE, TYPO)

    dataset = open_dataset(knowledge=[folder], shipped=False, skip_bad=True)

    assert [(s[-3:], o[-3:]) for s, o in _carried(dataset)] == [("9.1", "9.1")]
    assert sorted(error.place or "" for error in dataset.refused) == [
        f"{folder}/mappings/acme_iso-42001-2023_iso-27001-2022.sssom.tsv:{FIRST_ROW + n}"
        for n in (1, 2)
    ]


def test_what_was_refused_is_told_each_time_and_not_only_at_the_first(
    foreign: Callable[..., Path],
) -> None:
    folder = foreign(OTHER, NOWHERE)

    told = [
        len(open_dataset(knowledge=[folder], shipped=False, skip_bad=True).refused)
        for _ in range(2)
    ]

    assert told == [1, 1]


def test_a_row_about_what_we_do_not_carry_is_no_bad_row(foreign: Callable[..., Path]) -> None:
    folder = foreign(OTHER)
    (path,) = (folder / "mappings").iterdir()
    text = path.read_text(encoding="utf-8")
    text = text.replace("iso-27001-2022:9.1", "cis:1.1").replace(
        "#mapping_set_title", "#curie_map:\n#  cis: https://example.org/cis/\n#mapping_set_title"
    )
    path.write_text(text, encoding="utf-8")

    dataset = open_dataset(knowledge=[folder])

    assert [o for _, o in _carried(dataset)] == ["https://example.org/cis/1.1"]
    assert dataset.refused == []


def test_a_verb_tells_what_it_leaves_out_of_a_foreign_set(
    foreign: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = foreign(OTHER, *[{**NOWHERE, "object_id": f"iso-27001-2022:X.{n}"} for n in range(12)])
    call = ("map", "ISO 42001 9.1", "--to", "iso-27001-2022", "--no-shipped", "--knowledge", folder)

    assert _run(*call) == 3
    assert "12 of its rows are refused" in capsys.readouterr().err
    assert _run(*call, "--skip-bad", "--format", "csv") == 0
    told = capsys.readouterr()
    assert "9.1" in told.out
    assert told.err.count("has no provision") == 10
    assert "2 more rows" in told.err
