"""Inside its stated range a mapping set leaves nothing unsaid: silence means "never looked"."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk import registry, sssom, validation
from crosswalk.errors import DataError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Relation
from crosswalk.resources import mappings_dir
from crosswalk.validation import completeness

HEADER = """\
#mapping_set_id: https://w3id.org/aigov-crosswalk/mapping/a
#mapping_set_title: A set of a test
subject_id\tpredicate_id\tobject_id\tmapping_justification\tauthor_label\trelation\trationale\tgroup
"""
ALL = ("*",)
BOTH_SIDES = [
    ("iso-42001-2023_eu-ai-act-2026", ALL, ALL),
    ("iso-42001-2023_iso-27001-2022", ALL, ALL),
    ("iso-42001-2023_iso-27701-2025", ALL, ALL),
    ("iso-42001-2023_nist-ai-rmf-1.0", ALL, ALL),
    ("iso-42001-2023_nist-ai-600-1", (), ALL),
    ("iso-42001-2023_soc2-2017", ALL, ALL),
    ("iso-42001-2023_gdpr-2016", ALL, ALL),
    ("iso-42001-2023_iso-9001-2015", ALL, ALL),
    ("iso-27001-2022_soc2-2017", ALL, ALL),
    ("iso-27701-2025_gdpr-2016", ALL, ALL),
    ("iso-27701-2025_iso-27001-2022", ALL, ALL),
    ("iso-27001-2013_iso-27001-2022", ALL, ALL),
    ("iso-27701-2019_iso-27701-2025", ALL, ALL),
    ("eu-ai-act-2024_eu-ai-act-2026", ALL, ALL),
    ("hux-starter-guide-2025_iso-42001-2023", ALL, ALL),
    ("iso-xpert-2025_iso-42001-2023", ALL, ALL),
    ("nexus-2025_iso-42001-2023", ALL, ALL),
    ("smiit-integration-2025_iso-42001-2023", ALL, ALL),
    ("tdii-2025_iso-42001-2023", ALL, ALL),
]


@pytest.fixture(scope="module")
def knowledge() -> Dataset:
    return open_dataset(sets=False)


def written(
    directory: Path,
    *rows: str,
    key: str = "iso-42001-2023_nist-ai-600-1",
    subjects: str = "[]",
    objects: str = "[]",
) -> Path:
    """Write a set and the registry that states its ranges."""
    directory.joinpath("registry.yml").write_text(
        "mapping_set_references:\n"
        f"- local_name: {key}.sssom.tsv\n"
        f"  subject_range: {subjects}\n"
        f"  object_range: {objects}\n",
        encoding="utf-8",
    )
    path = directory / f"{key}.sssom.tsv"
    path.write_text(HEADER + "".join(f"{_row(row)}\n" for row in rows), encoding="utf-8")
    return path


def _row(text: str) -> str:
    subject, relation, target, *group = text.split()
    stated = "" if relation == "-" else relation
    why = "Because of a reason."
    return "\t".join(
        [
            subject,
            sssom.PREDICATE[Relation(stated)] if stated else "skos:mappingRelation",
            target,
            "semapv:ManualMappingCuration",
            "Ann",
            stated,
            why,
            *(group or [""]),
        ]
    )


@pytest.mark.parametrize(("key", "subjects", "objects"), BOTH_SIDES)
def test_the_sets_of_whole_editions_state_whole_editions(
    key: str, subjects: tuple[str, ...], objects: tuple[str, ...]
) -> None:
    entry = registry.read(mappings_dir())[key]

    assert (entry.subject_range, entry.object_range) == (subjects, objects)


@pytest.mark.parametrize("key", sorted(registry.read(mappings_dir())))
def test_a_shipped_set_leaves_nothing_of_its_stated_range_unsaid(
    key: str, knowledge: Dataset
) -> None:
    shipped = sssom.read(mappings_dir() / f"{key}.sssom.tsv")

    told = completeness.sides(knowledge, shipped, registry.read(mappings_dir())[key])

    assert sum(side.counted for side in told) > 0
    assert [side.never for side in told] == [(), ()]
    assert [side.unknown for side in told] == [(), ()]


def test_each_provision_in_the_range_stands_in_one_of_four(
    tmp_path: Path, knowledge: Dataset
) -> None:
    path = written(
        tmp_path,
        "iso-27001-2022:A.5.1 subset-of iso-42001-2023:A.2.2",
        "iso-27001-2022:A.5.1 intersects-with iso-42001-2023:A.2.3",
        "iso-27001-2022:A.5.2 related iso-42001-2023:A.2.2",
        f"iso-27001-2022:A.5.3 - {sssom.NO_TERM_FOUND}",
        key="iso-27001-2022_iso-42001-2023",
        subjects="[A.5.1, A.5.2, A.5.3, A.5.4]",
    )

    subject, target = completeness.sides(
        knowledge, sssom.read(path), registry.read(tmp_path)["iso-27001-2022_iso-42001-2023"]
    )

    assert subject.contained == ("A.5.1",)
    assert subject.overlapping == ("A.5.2",)
    assert subject.none == ("A.5.3",)
    assert subject.never == ("A.5.4",)
    assert target.counted == 0


def test_check_names_what_a_set_says_nothing_of(tmp_path: Path, knowledge: Dataset) -> None:
    path = written(
        tmp_path,
        "iso-27001-2022:A.5.1 equal iso-42001-2023:A.2.2",
        key="iso-27001-2022_iso-42001-2023",
        objects="[A.2]",
    )

    faults = validation.check_sets(knowledge, [path])

    assert [(fault.file, fault.offence) for fault in faults] == [
        (str(path), "says nothing of 'A.2.3', in its stated object range"),
        (str(path), "says nothing of 'A.2.4', in its stated object range"),
    ]
    assert all("NoTermFound" in fault.way_out for fault in faults)


def test_a_row_at_a_heading_does_not_speak_for_what_it_heads(
    tmp_path: Path, knowledge: Dataset
) -> None:
    path = written(
        tmp_path,
        "iso-27001-2022:A.5.1 related iso-42001-2023:A.2",
        key="iso-27001-2022_iso-42001-2023",
        objects="[A.2]",
    )

    _, target = completeness.sides(
        knowledge, sssom.read(path), next(iter(registry.read(tmp_path).values()))
    )

    assert target.never == ("A.2.2", "A.2.3", "A.2.4")


def test_between_editions_of_one_framework_a_heading_speaks_for_what_it_heads(
    tmp_path: Path, knowledge: Dataset
) -> None:
    path = written(
        tmp_path,
        "eu-ai-act-2024:article-9 equal eu-ai-act-2026:article-9",
        key="eu-ai-act-2024_eu-ai-act-2026",
        subjects="[article-9]",
        objects="[article-9]",
    )

    subject, target = completeness.sides(
        knowledge, sssom.read(path), next(iter(registry.read(tmp_path).values()))
    )

    assert (subject.contained, subject.never) == (("article-9",), ())
    assert target.never == ()
    assert target.counted > 5


def test_all_members_of_a_group_together_contain_their_object(
    tmp_path: Path, knowledge: Dataset
) -> None:
    path = written(
        tmp_path,
        "iso-27001-2022:A.5.1 intersects-with iso-42001-2023:A.2.2 g",
        "iso-27001-2022:A.5.2 intersects-with iso-42001-2023:A.2.2 g",
        key="iso-27001-2022_iso-42001-2023",
        subjects="[A.5.1]",
        objects="[A.2.2]",
    )

    subject, target = completeness.sides(
        knowledge, sssom.read(path), next(iter(registry.read(tmp_path).values()))
    )

    assert target.contained == ("A.2.2",)
    assert subject.overlapping == ("A.5.1",)


def test_a_range_that_names_what_does_not_exist_is_told_with_the_nearest(
    tmp_path: Path, knowledge: Dataset
) -> None:
    path = written(
        tmp_path,
        "iso-27001-2022:A.5.1 equal iso-42001-2023:A.2.2",
        key="iso-27001-2022_iso-42001-2023",
        objects="[A.2.2, A.2.5]",
    )

    (fault,) = validation.check_sets(knowledge, [path])

    assert fault.file.endswith("registry.yml")
    assert "no provision 'A.2.5'" in fault.offence
    assert "Did you mean" in fault.way_out


def test_a_range_of_a_set_that_is_not_there_is_told(tmp_path: Path, knowledge: Dataset) -> None:
    path = written(tmp_path, "iso-27001-2022:A.5.1 equal iso-42001-2023:A.2.2", key="one")
    path.rename(tmp_path / "two.sssom.tsv")

    (fault,) = validation.check_sets(knowledge, [tmp_path / "two.sssom.tsv"])

    assert "'one'" in fault.offence


@pytest.mark.parametrize(
    ("text", "offence"),
    [
        ("a: [", "YAML"),
        ("a: 1", "no list mapping_set_references"),
        ("mapping_set_references: [{x: 1}]", "entry 1: has no local_name"),
        ("mapping_set_references: [{local_name: a, object_rang: []}]", "unknown field"),
        ("mapping_set_references: [{local_name: a, object_range: [4.1]}]", "not a list of ids"),
        ("mapping_set_references: [{local_name: a}, {local_name: a}]", "there twice"),
    ],
)
def test_a_broken_registry_is_told_with_its_place(tmp_path: Path, text: str, offence: str) -> None:
    (tmp_path / "registry.yml").write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=offence) as told:
        registry.read(tmp_path)

    assert str(tmp_path / "registry.yml") in str(told.value)


def test_the_list_gives_shares_of_the_range_and_none_where_none_is_stated(
    knowledge: Dataset,
) -> None:
    rows = {row["mapping_set"]: row for row in validation.mapping_set_rows(knowledge)}

    law = rows["iso-42001-2023_eu-ai-act-2026"]
    shares = [law[f"object_{what}"] for what in ("contained", "overlapping", "none", "never")]
    published = rows["nist-airc_nist-ai-rmf-1.0_iso-42001-2023"]

    assert law["object_range"] == 325
    assert sum(float(str(share)) for share in shares) == pytest.approx(1, abs=0.001)
    assert published["object_range"] == 0
    assert published["object_contained"] is None
