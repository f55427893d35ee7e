"""Generated evidence is what it says, and what is measured on it is told with all it rests on."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from crosswalk import bench, queries
from crosswalk.bench.figures import Figure, Run, as_csv, as_json, joined, read
from crosswalk.bench.measuring import Plan, run
from crosswalk.bench.page import as_page, plots
from crosswalk.bench.processes import Process, Unfinished
from crosswalk.bench.questions import parameters, questions
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.graph.records import evidence_graphs
from crosswalk.namespaces import expand, graph_iri
from crosswalk.resources import ontology_dir
from crosswalk.validation import Report, validate

SHACL = expand("sh:")
RDF_TYPE = ox.NamedNode(expand("rdf:type"))


@pytest.fixture(scope="module")
def quads() -> list[ox.Quad]:
    text = "".join(bench.generated(10_000, seed=1))
    return list(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS))


@pytest.fixture(scope="module")
def dataset(quads: list[ox.Quad]) -> Dataset:
    held = open_dataset()
    held.add(quads)
    return held


@pytest.fixture(scope="module")
def report(quads: list[ox.Quad]) -> Report:
    provenance = ox.NamedNode(graph_iri("org", bench.organisation_key(0), "provenance"))
    evidence = [quad for quad in quads if quad.graph_name != provenance]
    return validate(open_dataset(), [], as_of=bench.AS_OF, quads=evidence)


@pytest.fixture(scope="module")
def focus(quads: list[ox.Quad]) -> dict[str, set[str]]:
    """Return shape → what it looks at in the generated evidence."""
    shapes = ox.Store()
    text = (ontology_dir() / "shapes" / "organisation.ttl").read_bytes()
    shapes.load(text, format=ox.RdfFormat.TURTLE)
    kinds = defaultdict(set)
    for quad in quads:
        if quad.predicate == RDF_TYPE and isinstance(quad.subject, ox.NamedNode):
            kinds[quad.object].add(quad.subject.value)
    found = defaultdict[str, set[str]](set)
    target = ox.NamedNode(SHACL + "targetClass")
    for quad in shapes.quads_for_pattern(None, target, None):
        assert isinstance(quad.subject, ox.NamedNode)
        found[quad.subject.value] |= kinds[quad.object]
    return found


@pytest.mark.parametrize(("triples", "organisations"), [(10_000, 1), (7_001, 3)])
def test_there_are_exactly_so_many_quads_of_so_many_organisations(
    triples: int, organisations: int
) -> None:
    text = "".join(bench.generated(triples, organisations=organisations, seed=2))

    lines = text.splitlines()
    homes = {line.rpartition("/org/")[2].partition("/")[0] for line in lines}

    assert len(lines) == len(set(lines)) == triples
    assert homes == {bench.organisation_key(n) for n in range(organisations)}


def test_the_same_seed_gives_the_same_bytes_and_another_one_gives_others() -> None:
    first, again, other = ("".join(bench.generated(4_000, seed=n)) for n in (3, 3, 4))

    assert first == again
    assert first != other


def test_too_few_triples_for_the_organisations_are_refused_with_the_way_out() -> None:
    with pytest.raises(UsageError, match="2000 triples an organisation"):
        bench.generated(10_000, organisations=6)


def test_every_literal_of_generated_evidence_survives_our_own_parser(
    quads: list[ox.Quad], dataset: Dataset
) -> None:
    assert len(set(quads)) == len(quads)
    assert len(evidence_graphs(dataset)) > 5


def test_each_shape_of_an_organisation_has_something_to_look_at(
    focus: dict[str, set[str]],
) -> None:
    assert [shape for shape, held in focus.items() if not held] == []


def test_most_shapes_find_something_and_each_finds_less_than_it_passes(
    focus: dict[str, set[str]], report: Report
) -> None:
    found = defaultdict(set)
    for finding in report.findings:
        found[_whole(finding.shape)].add(_whole(finding.focus))

    silent = [shape.rpartition("#")[2] for shape in focus if shape not in found]
    unsound = [shape for shape, faulty in found.items() if len(faulty) > len(focus[shape]) / 2]

    assert len(silent) <= 5, silent
    assert unsound == []


def _whole(name: str) -> str:
    return name if "://" in name else expand(name)


@pytest.fixture(scope="module")
def quick() -> Run:
    """Return a run at the least size, by two sides."""
    plan = Plan(
        sizes=(2_000, 4_000),
        measures=("load-memory", "load-disk", "shacl-sparql", "queries", "verbs"),
        rounds=1,
        limit=60,
        sides=("crosswalk", "pyshifty"),
        say=lambda text: None,
    )
    return run(plan)


def test_a_run_tells_of_each_measure_size_and_side_what_it_took(quick: Run) -> None:
    told = {
        (one.measure, one.triples, one.side)
        for one in quick.figures
        if not one.measure.startswith("query ")
    }

    assert {
        (measure, triples, "crosswalk")
        for measure in (
            "load in memory",
            "load on disk",
            "SHACL with SPARQL",
            "coverage of all organisations",
        )
        for triples in (2_000, 4_000)
    } <= told
    assert [one for one in quick.figures if one.side == "crosswalk" and one.note] == []
    assert all(one.median for one in quick.figures if one.side == "crosswalk")


def test_a_run_asks_every_query_of_the_library_but_those_of_quality(quick: Run) -> None:
    asked = {one.measure.removeprefix("query ") for one in quick.figures}

    missing = {
        query.name
        for query in queries.library()
        if query.name not in asked and not query.name.startswith("quality/") and not query.inferred
    }

    assert missing == set()


def test_every_query_that_asks_of_evidence_finds_some_in_it(quick: Run, dataset: Dataset) -> None:
    silent = {"compare/disagreeing-mapping-sets"}

    empty = {
        query.name
        for query in questions()
        if not query.inferred
        and query.name not in silent
        and not isinstance(dataset.answer(query.text, parameters(query)), ox.QueryBoolean)
        and not list(dataset.answer(query.text, parameters(query)))  # type: ignore[arg-type]
    }

    assert empty == set()


def test_results_are_written_with_versions_and_both_sides_and_a_plot_of_cost_against_size(
    quick: Run,
) -> None:
    said = json.loads(as_json(quick))
    rows = list(csv.DictReader(as_csv(quick.figures).splitlines()))
    page = as_page(quick)

    assert said["versions"]["pyoxigraph"]
    assert said["machine"]["python"]
    assert len(rows) == len(said["figures"]) == len(quick.figures)
    assert page == as_page(quick)
    assert page.count("<svg") == len(plots(quick.figures)) > 2
    assert "<script" not in page


def test_a_side_that_is_too_slow_is_not_finished_and_one_with_other_rows_is_told() -> None:
    figures = [
        Figure("SHACL core", 10_000, "pyshacl", (2.0,), rows=3),
        Figure("SHACL core", 10_000, "pyshifty", (1.0,), rows=2, agrees=False),
        Figure("SHACL core", 10_000, "crosswalk", (), note="not finished in 1 s"),
    ]

    page = as_page(Run(tuple(figures), 0, 1, 1, {}, {}))

    assert "<td>NO</td>" in page
    assert "not finished in 1 s" in page


def test_a_process_that_does_not_answer_in_time_is_ended() -> None:
    with Process("crosswalk") as side, pytest.raises(Unfinished):
        side.do("open", limit=0.0, path="nowhere")

    assert side.child.returncode is not None


def test_results_are_read_again_and_put_on_one_page(quick: Run, tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    kept.write_text(as_json(quick), encoding="utf-8")

    again = read(kept)
    both = joined([again, replace(again, command="crosswalk bench --rounds 9", rounds=9)])

    assert again == quick
    assert both.figures == quick.figures * 2
    assert both.rounds == 9
    assert "crosswalk bench --rounds 9" in as_page(both)


def test_runs_that_do_not_compare_are_not_joined(quick: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"figures": 3}', encoding="utf-8")

    with pytest.raises(DataError, match="seeds"):
        joined([quick, replace(quick, seed=quick.seed + 1)])
    with pytest.raises(DataError, match="pyoxigraph"):
        joined([quick, replace(quick, versions=quick.versions | {"pyoxigraph": "0.1"})])
    with pytest.raises(DataError, match="holds no results"):
        read(other)


def test_our_queries_are_plotted_in_sum_as_far_as_they_finished_at_every_size() -> None:
    told = [
        Figure("query one", 1_000, "crosswalk", (1.0,)),
        Figure("query one", 10_000, "crosswalk", (3.0,)),
        Figure("query two", 1_000, "crosswalk", (2.0,)),
        Figure("query two", 10_000, "crosswalk", (4.0,)),
        Figure("query slow", 1_000, "crosswalk", (9.0,)),
        Figure("query slow", 10_000, "crosswalk", (), note="not finished in 15 s"),
        Figure("query one", 1_000, "rdflib", (8.0,)),
    ]

    [plot] = plots(told)

    assert plot.title == "2 queries in sum"
    assert [text for _, _, text in plot.lines[0].points] == [
        "1,000 triples, 3 s",
        "10,000 triples, 7 s",
    ]
