"""Generated evidence is what it says: so large, the same each time, mostly sound."""

from __future__ import annotations

from collections import defaultdict

import pyoxigraph as ox
import pytest

from crosswalk import bench
from crosswalk.errors import UsageError
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
