"""Mappings handed on: what is exported, and that others can read it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

import crosswalk
from crosswalk import exchange, inference, sssom
from crosswalk.errors import DataError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Relation
from crosswalk.namespaces import edition_iri

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def shipped() -> Dataset:
    return open_dataset()


@pytest.fixture
def chain(new_world: Callable[[], World]) -> Dataset:
    """Return three editions: 1 inside 1 inside 1, 2 overlaps 2, and 3 grouped."""
    world = new_world()
    for key in ("alpha-2020", "beta-2021", "gamma-2022"):
        world.edition(key, "1\n2\n3")
    world.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 subset-of beta-2021:1 sure=0.8\n"
        "alpha-2020:2 intersects-with beta-2021:2 sure=0.6",
    )
    world.mapping(
        "beta-2021_gamma-2022",
        "beta-2021:1 subset-of gamma-2022:1 sure=0.5\nbeta-2021:2 subset-of gamma-2022:2 sure=0.5",
    )
    return world.open()


def test_a_derived_row_is_told_from_an_asserted_one(chain: Dataset) -> None:
    found = exchange.export(chain, "alpha-2020", "gamma-2022", with_derived=True)

    rows = exchange.plain_rows(chain, found)
    assert [(r["subject_id"], r["relation"], r["object_id"], r["hops"]) for r in rows] == [
        ("1", "subset-of", "1", 2),
        ("2", "subset-of|intersects-with", "2", 2),
    ]
    assert all(r["derived"] for r in rows)
    assert rows[0]["confidence"] == pytest.approx(0.4)
    assert exchange.export(chain, "alpha-2020", "gamma-2022") == []


def test_rows_of_the_other_direction_are_turned_round(chain: Dataset) -> None:
    [first, second] = exchange.export(chain, "beta-2021", "alpha-2020")

    assert first.relations == ("superset-of",)
    assert second.relations == ("intersects-with",)
    assert not first.derived


def test_what_is_exported_as_sssom_is_read_again_as_it_was(
    shipped: Dataset, tmp_path: Path
) -> None:
    found = exchange.export(shipped, "iso-42001-2023", "eu-ai-act-2026")
    path = tmp_path / "again_iso-42001-2023_eu-ai-act-2026.sssom.tsv"

    path.write_text(exchange.as_sssom(shipped, found, key="again", title="Again"), "utf-8")

    again = {(m.subject, m.relation, m.object, m.rationale) for m in sssom.read(path).mappings}
    assert again == {
        (one.subject, Relation(one.relations[0]), one.object, one.row.rationale)
        for one in found
        if one.row is not None
    }


def test_the_reference_implementation_accepts_the_sssom(chain: Dataset, tmp_path: Path) -> None:
    found = exchange.export(chain, "alpha-2020", "gamma-2022", with_derived=True)
    path = tmp_path / "derived.sssom.tsv"
    path.write_text(exchange.as_sssom(chain, found, key="derived", title="Derived"), "utf-8")

    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "sssom.cli", "validate", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert "error" not in answer.stderr.casefold()


def test_the_oscal_loads_in_compliance_trestle(shipped: Dataset, tmp_path: Path) -> None:
    found = exchange.export(shipped, "iso-42001-2023", "nist-ai-rmf-1.0")
    path = tmp_path / "mapping.json"
    path.write_text(exchange.as_oscal(shipped, found, title="A mapping", as_of=DAY), "utf-8")

    program = (
        "import sys, pathlib; from trestle.oscal.mapping import MappingCollection;"
        "m = MappingCollection.oscal_read(pathlib.Path(sys.argv[1]));"
        "print(sum(len(one.maps) for one in m.mappings))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) >= len(found)


def test_an_untyped_relation_stands_in_our_own_namespace(shipped: Dataset) -> None:
    found = exchange.export(shipped, "nist-ai-rmf-1.0", "iso-42001-2023", publisher="nist-airc")

    [mapping] = json.loads(exchange.as_oscal(shipped, found, title="", as_of=DAY))[
        "mapping-collection"
    ]["mappings"]

    assert {(m["relationship"], m["ns"]) for m in mapping["maps"]} == {
        ("related", "https://w3id.org/aigov-crosswalk/ns#")
    }


def test_turtle_and_json_ld_hold_the_same_mappings(chain: Dataset) -> None:
    found = exchange.export(chain, with_derived=True)

    turtle = ox.parse(exchange.as_turtle(chain, found), format=ox.RdfFormat.TURTLE)
    linked = ox.parse(exchange.as_jsonld(chain, found), format=ox.RdfFormat.JSON_LD)

    assert {quad.triple for quad in turtle} == {quad.triple for quad in linked}


def inferred(dataset: Dataset) -> set[str]:
    """Return the quads of the inferred graph, which is made or loaded."""
    return {str(quad) for quad in dataset.quads(exchange.materialise(dataset))}


def test_what_follows_can_be_asked_in_sparql_once_it_is_loaded(chain: Dataset) -> None:
    before = chain.rows("derived-mappings")

    graph = exchange.materialise(chain)

    assert before == []
    assert graph.endswith("/inferred/rcc5-depth-2/" + crosswalk.__version__)
    rows = chain.rows("derived-mappings", object_edition="gamma-2022")
    assert [
        (r["subject_id"], r["relation"], r["possible"], r["object_id"], r["rows"], r["rule"])
        for r in rows
    ] == [
        ("1", "subset-of", "", "1", "2", "composed"),
        ("2", "related", "subset-of|intersects-with", "2", "2", "composed"),
    ]
    assert [
        (r["set"], r["relation"]) for r in chain.rows("rests-on", mapping=rows[1]["mapping"])
    ] == [("alpha-2020_beta-2021", "intersects-with"), ("beta-2021_gamma-2022", "subset-of")]


def test_what_follows_is_kept_and_is_the_same_when_it_is_read_again(
    chain: Dataset, new_world: Callable[[], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    inference.build(chain)
    known = set((tmp_path / "cache").iterdir())
    made = inferred(chain)
    (kept,) = set((tmp_path / "cache").iterdir()) - known
    whole = kept.read_bytes()

    def again() -> set[str]:
        dataset = Dataset()
        dataset.add(q for q in chain.quads() if "/inferred/" not in str(q.graph_name))
        return inferred(dataset)

    assert again() == made
    kept.write_bytes(whole[: len(whole) // 2])
    assert again() == made
    assert kept.read_bytes() == whole
    kept.unlink()
    kept.mkdir()  # a place that cannot be written
    assert again() == made


def test_another_confidence_is_another_inferred_graph(
    new_world: Callable[[], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    confidences = []
    for sure in ("0.8", "0.4"):
        world = new_world()
        for key in ("alpha-2020", "beta-2021", "gamma-2022"):
            world.edition(key, "1")
        world.mapping("alpha-2020_beta-2021", f"alpha-2020:1 equal beta-2021:1 sure={sure}")
        world.mapping("beta-2021_gamma-2022", "beta-2021:1 equal gamma-2022:1 sure=0.5")
        dataset = world.open()
        exchange.materialise(dataset)
        [row] = dataset.rows("derived-mappings")
        confidences.append(row["confidence"])

    assert confidences == ["0.4", "0.2"]


def test_other_rules_are_another_inferred_graph_and_other_contradictions(
    chain: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    kept = []
    for rules in ("rules-1", "rules-1", "rules-2"):
        monkeypatch.setattr("crosswalk.inference.mapgraph.RULES", rules)
        dataset = Dataset()
        dataset.add(chain.quads())
        exchange.materialise(dataset)
        kept.append(len(list((tmp_path / "cache").iterdir())))

    assert kept == [2, 2, 4]


def test_an_inferred_graph_that_would_be_too_large_is_refused(
    chain: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(chain.store)
    monkeypatch.setenv("CROSSWALK_CACHE", "off")
    monkeypatch.setenv("CROSSWALK_MAX_INFERRED", "1")

    with pytest.raises(DataError, match=r"more than 1 mappings .*raise CROSSWALK_MAX_INFERRED"):
        exchange.materialise(chain)

    assert len(chain.store) == before
    monkeypatch.setenv("CROSSWALK_MAX_INFERRED", "2")
    assert exchange.materialise(chain) in chain.graphs()


def test_a_changed_row_is_told_from_a_new_one(new_world: Callable[[], World]) -> None:
    world = new_world()
    world.edition("alpha-2020", "1\n2")
    world.edition("beta-2021", "1\n2")
    one = "alpha-2020:1 subset-of beta-2021:1 sure=0.8"
    spaces = {key: f"{edition_iri(key)}/" for key in ("alpha-2020", "beta-2021")}
    old = sssom.read(world.mapping("alpha-2020_beta-2021", one), extra_prefixes=spaces)
    new = sssom.read(
        world.mapping(
            "alpha-2020_beta-2021",
            "alpha-2020:1 equal beta-2021:1 sure=0.8\nalpha-2020:2 equal beta-2021:2 sure=0.8",
        ),
        extra_prefixes=spaces,
    )

    found = exchange.difference(old, new)

    assert [(r["change"], r["subject"], r["detail"]) for r in found] == [
        ("changed", "alpha-2020:1", "relation: subset-of → equal"),
        ("added", "alpha-2020:2", ""),
    ]
    assert exchange.difference(old, old) == []
