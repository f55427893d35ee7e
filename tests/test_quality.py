"""The knowledge passes every check, and each check, shape and query does what it says."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml

from crosswalk import queries, resources, validation
from crosswalk.classification import unsatisfiable_classes
from crosswalk.cli import main
from crosswalk.errors import DataError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.namespaces import BASE, prefixes

DATA = Path(__file__).parent / "data"
SUFFIX = "-violation"
LIBRARY = queries.library()
QUALITY = [q for q in LIBRARY if q.name.startswith("quality/")]
FAULTY = sorted(path for path in (DATA / "quality").iterdir() if path.suffix in (".ttl", ".trig"))
ASKED = sorted((DATA / "queries").glob("*.json"))
COUNTING = [
    path for path in ASKED if re.search(r"\b(COUNT|SUM|AVG)\(", queries.named(path.stem).text)
]
SHAPES = sorted(path.name for path in (DATA / "shapes").iterdir())
SHAPE_FILES = sorted((resources.ontology_dir() / "shapes").glob("*.ttl"))
SHAPE_DAY = date(2026, 10, 15)
TERMS = sorted((DATA / "terms").glob("*.txt"))
KINDS = {"iri", "date", "string", "integer", "decimal"}
FORMATS = {".ttl": ox.RdfFormat.TURTLE, ".trig": ox.RdfFormat.TRIG}
SOMETHING = ox.NamedNode("urn:test:graph")

EXAMPLES: dict[tuple[str, str], object] = {
    ("as_of", "date"): "2026-11-20",
    ("class", "iri"): "https://w3id.org/aigov-crosswalk/ns#ControlImplementation",
    ("date", "date"): "2027-12-31",
    ("days", "integer"): 400,
    ("below", "decimal"): 0.7,
    ("edition", "string"): "iso-42001-2023",
    ("edition", "iri"): f"{BASE}id/eu-ai-act-2026",
    ("from", "iri"): f"{BASE}id/iso-42001-2023",
    ("from", "string"): "iso-42001-2023",
    ("known_at", "date"): "2026-11-20",
    ("mapping", "iri"): f"{BASE}mapping/inferred/0",
    ("provenance", "iri"): f"{BASE}org/x-corporation/provenance",
    ("to", "iri"): f"{BASE}id/eu-ai-act-2026",
    ("to", "string"): "eu-ai-act-2026",
    ("role", "iri"): f"{BASE}id/operator-role/deployer",
    ("resource", "iri"): f"{BASE}id/iso-42001-2023/A.6.2.4",
    ("topic", "iri"): f"{BASE}id/topic/logging",
    ("scope", "iri"): f"{BASE}org/x-corporation/scope/aims",
    ("soa", "iri"): f"{BASE}org/x-corporation/soa",
    ("before", "iri"): f"{BASE}org/x-corporation/snapshot/2026-08-31",
    ("after", "iri"): f"{BASE}org/x-corporation/snapshot/2026-11-20",
}
"""A value for each parameter of the library, to run every query on the shipped data."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What ``crosswalk quality`` answered."""

    exit_code: int
    checks: tuple[Mapping[str, str], ...]


@pytest.fixture(scope="session")
def quality() -> Ran:
    """Return the answer of the verb, run once: it takes seconds."""
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said):
        try:
            main(["quality", "--format", "json"])
        except SystemExit as end:
            code = int(end.code or 0)
    return Ran(code, tuple(json.loads(said.getvalue())))


@pytest.fixture(scope="module")
def everything() -> Dataset:
    return open_dataset([resources.examples_dir() / "x-corporation"])


def _fill(store: ox.Store, path: Path, graph: ox.NamedNode | ox.DefaultGraph) -> None:
    if path.suffix == ".trig":
        store.load(path.read_bytes(), format=ox.RdfFormat.TRIG)
        if isinstance(graph, ox.DefaultGraph):
            store.extend(
                ox.Quad(q.subject, q.predicate, q.object)
                for q in list(store.quads_for_pattern(None, None, None, None))
            )
    else:
        store.load(path.read_bytes(), format=ox.RdfFormat.TURTLE, to_graph=graph)


def _data_of(name: str, folder: str) -> Path:
    return next(p for s in FORMATS if (p := DATA / folder / f"{name}{s}").is_file())


def _rows_of_default_graph(
    store: ox.Store, text: str, bound: Mapping[str, object]
) -> list[list[str]]:
    """Return the rows of a query whose default graph is the store's own and no union."""
    terms: dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {}
    for name, value in bound.items():
        if isinstance(value, date):
            day = ox.NamedNode(prefixes()["xsd"] + "date")
            terms[ox.Variable(name)] = ox.Literal(value.isoformat(), datatype=day)
        elif isinstance(value, ox.NamedNode):
            terms[ox.Variable(name)] = value
        elif isinstance(value, str | int | float):
            terms[ox.Variable(name)] = ox.Literal(value)
        else:
            raise TypeError(value)
    answer = store.query(text, prefixes=prefixes(), substitutions=terms)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    return [
        [str(term.value) if (term := solution[name]) is not None else "" for name in names]
        for solution in answer
    ]


# The verb


def test_quality_exits_0_on_the_shipped_knowledge(quality: Ran) -> None:
    assert [check for check in quality.checks if check["state"] == "fault"] == []
    assert quality.exit_code == 0


def test_no_check_is_left_out_because_something_is_not_installed(quality: Ran) -> None:
    assert [check for check in quality.checks if check["state"] != "ok"] == []


def test_each_quality_query_is_a_check_of_the_verb(quality: Ran) -> None:
    checks = {check["check"] for check in quality.checks}

    named = {q.name.removeprefix("quality/").removesuffix(SUFFIX) for q in QUALITY}

    assert named <= checks
    assert {"files", "mapping-sets", "query-headers", "shapes", "ontology-classifies"} <= checks


def test_the_ontology_classifies_without_an_unsatisfiable_class(quality: Ran) -> None:
    (check,) = [check for check in quality.checks if check["check"] == "ontology-classifies"]

    assert check["state"] == "ok", check["detail"]


def test_a_class_that_can_have_no_instance_is_named(tmp_path: Path) -> None:
    path = tmp_path / "o.ttl"
    path.write_text(
        """
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <urn:t> a owl:Ontology .
        <urn:t#Law> a owl:Class ; owl:disjointWith <urn:t#Standard> .
        <urn:t#Standard> a owl:Class .
        <urn:t#Both> a owl:Class ; rdfs:subClassOf <urn:t#Law> , <urn:t#Standard> .
        """,
        encoding="utf-8",
    )

    assert unsatisfiable_classes(path) == ["urn:t#Both"]


def test_an_ontology_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    path = tmp_path / "o.ttl"
    path.write_text(
        """
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        <urn:t> a owl:Ontology .
        <urn:t#Law> a owl:Class ; owl:disjointWith <urn:t#Standard> .
        <urn:t#Standard> a owl:Class .
        <urn:t#it> a owl:NamedIndividual , <urn:t#Law> , <urn:t#Standard> .
        """,
        encoding="utf-8",
    )

    with pytest.raises(DataError, match=r"o\.ttl: the ontology is inconsistent"):
        unsatisfiable_classes(path)


# Quality queries


def test_each_quality_query_has_a_fixture_that_breaks_it_and_each_fixture_a_query() -> None:
    named = {q.name.removeprefix("quality/").removesuffix(SUFFIX) for q in QUALITY}

    assert {path.stem for path in FAULTY} == named


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_a_fixture_breaks_its_check_as_often_as_it_says(path: Path) -> None:
    stated = re.search(r"^# Faults: (\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    dataset = Dataset()
    _fill(dataset.store, path, SOMETHING)

    rows = dataset.rows(f"quality/{path.stem}{SUFFIX}")

    assert stated is not None
    assert len(rows) == int(stated[1]) > 0
    assert all(row["focus"] and row["problem"] for row in rows)


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_a_check_finds_the_same_where_the_data_stand_in_the_default_graph(path: Path) -> None:
    dataset, plain = Dataset(), ox.Store()
    _fill(dataset.store, path, SOMETHING)
    _fill(plain, path, ox.DefaultGraph())
    query = queries.named(f"quality/{path.stem}{SUFFIX}")

    rows = _rows_of_default_graph(plain, query.text, {})

    assert rows == [[v or "" for v in row.values()] for row in dataset.rows(query.name)]


@pytest.mark.parametrize("query", QUALITY, ids=lambda query: query.name)
def test_the_problem_of_a_fault_says_what_is_wrong_and_how_to_mend_it(
    query: queries.Query,
) -> None:
    path = _data_of(query.name.removeprefix("quality/").removesuffix(SUFFIX), "quality")
    dataset = Dataset()
    _fill(dataset.store, path, SOMETHING)

    for row in dataset.rows(query.name):
        assert len([part for part in re.split(r"[.:] ", row["problem"] or "") if part]) >= 2


# Shapes


def _findings(shape: str, kind: str) -> list[str]:
    """Return the messages that one shape has for its fixture."""
    triples = [
        ox.Triple(q.subject, q.predicate, q.object)
        for q in ox.parse(path=DATA / "shapes" / shape / f"{kind}.ttl", format=ox.RdfFormat.TURTLE)
    ]
    files = [p for p in SHAPE_FILES if re.search(rf"\b{shape} a ", p.read_text(encoding="utf-8"))]
    assert len(files) == 1, f"{shape} stands in {files}"
    found, _ = validation.check_graph(triples, files, as_of=SHAPE_DAY)
    return [one.message for one in found if re.split("[#:]", one.shape)[-1] == shape]


def test_each_shape_has_its_fixtures_and_each_fixture_its_shape() -> None:
    node_shape = ox.NamedNode(prefixes()["sh"] + "NodeShape")
    store = ox.Store()
    for path in SHAPE_FILES:
        store.load(path.read_bytes(), format=ox.RdfFormat.TURTLE)

    declared = {
        quad.subject.value.rpartition("#")[2]
        for quad in store.quads_for_pattern(
            None, ox.NamedNode(prefixes()["rdf"] + "type"), node_shape, None
        )
        if isinstance(quad.subject, ox.NamedNode)
    }

    assert declared == set(SHAPES)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_failing_fixture_of_a_shape_fails_it_with_a_filled_in_message(shape: str) -> None:
    messages = _findings(shape, "fail")

    assert messages
    assert [m for m in messages if not m or "{?" in m or "{$" in m] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_passing_fixture_of_a_shape_passes_it(shape: str) -> None:
    assert _findings(shape, "pass") == []


@pytest.mark.parametrize("path", SHAPE_FILES, ids=lambda path: path.stem)
def test_each_shape_has_one_name_message_and_severity(path: Path) -> None:
    store = ox.Store()
    store.load(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    sh = prefixes()["sh"]
    answer = store.query(
        f"""
        SELECT ?shape (COUNT(DISTINCT ?name) AS ?names) (COUNT(DISTINCT ?message) AS ?messages)
               (COUNT(DISTINCT ?severity) AS ?severities) WHERE {{
          ?shape a <{sh}NodeShape> .
          OPTIONAL {{ ?shape <{sh}name> ?name }}
          OPTIONAL {{ ?shape <{sh}message> ?message }}
          OPTIONAL {{ ?shape <{sh}severity> ?severity }}
        }} GROUP BY ?shape
        """
    )
    assert isinstance(answer, ox.QuerySolutions)

    counts = {
        str(row["shape"]): tuple(str(row[n]) for n in ("names", "messages", "severities"))
        for row in answer
    }

    one = f'"1"^^<{prefixes()["xsd"]}integer>'
    assert {shape: said for shape, said in counts.items() if said != (one, one, one)} == {}


# The query library


@pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
def test_each_query_has_a_header_with_all_its_parts(query: queries.Query) -> None:
    lines = [line[2:].removeprefix(" ") for line in query.text.splitlines() if line[:2] == "#+"]

    header = yaml.safe_load("\n".join(lines))

    assert set(header) == {"summary", "description", "tags", "parameters", "answers"}
    assert all(header[part] for part in ("summary", "description", "tags", "answers"))
    for parameter in header["parameters"]:
        assert set(parameter) == {"name", "kind", "required", "meaning"}
        assert parameter["kind"] in KINDS
        assert isinstance(parameter["required"], bool)


def test_each_query_has_a_name_of_its_own() -> None:
    names = Counter(query.name.rpartition("/")[2] for query in LIBRARY)

    assert [name for name, times in names.items() if times > 1] == []


def _commentless(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


@pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
def test_each_query_parses_alone_and_declares_the_prefixes_it_uses(query: queries.Query) -> None:
    assert ox.Store().query(query.text) is not None


@pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
def test_each_parameter_is_projected_and_bound_nowhere_in_the_query(query: queries.Query) -> None:
    text = _commentless(query.text)
    head = re.split(r"\bWHERE\b|\bASK\b", text, maxsplit=1)[0]

    for parameter in query.parameters:
        name = parameter.name
        if "SELECT" in head:
            assert re.search(rf"\?{name}\b", head), f"{name} is not projected"
        assert not re.search(rf"\bAS\s+\?{name}\b|\bBOUND\(\?{name}\)", text), name


@pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
def test_the_order_of_the_rows_of_each_query_is_total(
    query: queries.Query, everything: Dataset
) -> None:
    text = _commentless(query.text)
    if "SELECT" not in text:
        return
    ordered = re.search(r"\bORDER\s+BY\b([^{}]*)$", text)
    assert ordered, "no ORDER BY at the end"
    keys = re.findall(r"\?(\w+)", ordered[1])
    given = {p.name: EXAMPLES[p.name, p.kind] for p in query.parameters if p.required}

    rows = everything.rows(query.name, **given)

    distinct = {tuple(row.items()) for row in rows}
    # a key that is not projected tells rows apart that these columns do not: then all that is
    # asked is that the projected keys and those hidden ones stand in the ORDER BY
    shown = [key for key in keys if rows and key in rows[0]]
    if len(shown) == len(keys):
        ties = Counter(tuple(dict(row)[key] for key in keys) for row in distinct)
        assert [key for key, times in ties.items() if times > 1] == []
    assert len(distinct) == len(rows), "a row is there twice"


@pytest.mark.parametrize("path", ASKED, ids=lambda path: path.stem)
def test_a_query_gives_the_expected_rows_under_the_union_default_graph(path: Path) -> None:
    dataset = Dataset()
    _fill(dataset.store, _data_of(path.stem, "queries"), SOMETHING)
    given = json.loads(path.read_text(encoding="utf-8"))
    query = queries.named(path.stem)

    rows = dataset.select(query.text, queries.bind(query, given))

    expected = _expected(path)
    assert [list(rows[0]), *([v or "" for v in row.values()] for row in rows)] == expected
    assert len(expected) > 1


@pytest.mark.parametrize("path", COUNTING, ids=lambda path: path.stem)
def test_a_query_that_counts_counts_once_what_stands_in_two_graphs(path: Path) -> None:
    dataset = Dataset()
    for graph in ("urn:test:1", "urn:test:2"):
        _fill(dataset.store, _data_of(path.stem, "queries"), ox.NamedNode(graph))
    given = json.loads(path.read_text(encoding="utf-8"))
    query = queries.named(path.stem)

    rows = dataset.select(query.text, queries.bind(query, given))

    assert [[v or "" for v in row.values()] for row in rows] == _expected(path)[1:]


@pytest.mark.parametrize("path", ASKED, ids=lambda path: path.stem)
def test_a_query_gives_the_same_rows_where_the_data_stand_in_the_default_graph(
    path: Path,
) -> None:
    store = ox.Store()
    _fill(store, _data_of(path.stem, "queries"), ox.DefaultGraph())
    given = json.loads(path.read_text(encoding="utf-8"))
    query = queries.named(path.stem)

    rows = _rows_of_default_graph(store, query.text, queries.bind(query, given))

    assert rows == _expected(path)[1:]


@pytest.mark.parametrize("path", ASKED, ids=lambda path: path.stem)
def test_a_parameter_written_as_text_on_the_command_line_asks_the_same(path: Path) -> None:
    dataset = Dataset()
    _fill(dataset.store, _data_of(path.stem, "queries"), SOMETHING)
    given = {
        name: str(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()
    }
    query = queries.named(path.stem)

    rows = dataset.select(query.text, queries.bind(query, given))

    strings = {p.name for p in query.parameters if p.kind in ("integer", "decimal")}
    shown = [{k: v for k, v in row.items() if k not in strings} for row in rows]
    head, *expected = _expected(path)
    assert [[v or "" for v in row.values()] for row in shown] == [
        [value for name, value in zip(head, row, strict=True) if name not in strings]
        for row in expected
    ]


def _expected(path: Path) -> list[list[str]]:
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


ENDED_BEFORE = """\
#+ summary: What has not ended before a day
#+ description: The day stands in a FILTER inside a MINUS.
#+ tags: [test]
#+ parameters:
#+   - {name: as_of, kind: date, required: true, meaning: the day}
#+ answers: one row a thing
PREFIX cw: <https://w3id.org/aigov-crosswalk/ns#>
SELECT ?thing ?as_of WHERE {
  ?thing a cw:EvidenceItem .
  MINUS { ?thing cw:expiresOn ?end . FILTER(?end < ?as_of) }
}
ORDER BY ?thing
"""
THINGS = """\
@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:t:always> a cw:EvidenceItem .
<urn:t:june> a cw:EvidenceItem ; cw:expiresOn "2026-06-30"^^xsd:date .
<urn:t:july> a cw:EvidenceItem ; cw:expiresOn "2026-07-31"^^xsd:date .
"""


@pytest.mark.parametrize(
    ("day", "left"),
    [
        ("2026-06-01", ["always", "july", "june"]),
        ("2026-07-15", ["always", "july"]),
        ("2026-08-01", ["always"]),
    ],
)
def test_a_date_parameter_reaches_a_filter_inside_minus(
    tmp_path: Path, day: str, left: list[str]
) -> None:
    path = tmp_path / "ended.rq"
    path.write_text(ENDED_BEFORE, encoding="utf-8")
    dataset = Dataset()
    dataset.store.load(THINGS.encode(), format=ox.RdfFormat.TURTLE, to_graph=SOMETHING)
    query = queries.read(path)

    rows = dataset.select(query.text, queries.bind(query, {"as_of": day}))

    assert [row["thing"] for row in rows] == [f"urn:t:{name}" for name in left]
    assert {row["as_of"] for row in rows} == {day}


# Reused terms


@pytest.fixture(scope="module")
def pinned() -> dict[str, set[str]]:
    """Return namespace → terms of the vocabularies that are reused."""
    found: dict[str, set[str]] = {}
    for path in TERMS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                found.setdefault(re.sub(r"[^/#]*$", "", line.strip()), set()).add(line.strip())
    return found


def test_every_vocabulary_of_the_context_that_is_not_w3cs_own_or_ours_is_pinned(
    pinned: dict[str, set[str]],
) -> None:
    basics = {"rdf", "rdfs", "owl", "xsd", "sh", "sd", "formats"}

    unpinned = {
        name
        for name, namespace in prefixes().items()
        if not namespace.startswith(BASE) and name not in basics and namespace not in pinned
    }

    assert unpinned == set()


@pytest.mark.parametrize(
    "path",
    sorted(resources.ontology_dir().rglob("*.ttl")),
    ids=lambda path: path.relative_to(resources.ontology_dir()).as_posix(),
)
def test_every_reused_iri_of_an_ontology_file_exists_in_its_vocabulary(
    path: Path, pinned: dict[str, set[str]]
) -> None:
    used = set()
    for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE):
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, ox.NamedNode):
                used.add(term.value)

    unknown = {
        iri
        for iri in used
        if (namespace := re.sub(r"[^/#]*$", "", iri)) in pinned
        and iri != namespace
        and iri not in pinned[namespace]
    }

    assert unknown == set()


@pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
def test_every_reused_iri_of_a_query_exists_in_its_vocabulary(
    query: queries.Query, pinned: dict[str, set[str]]
) -> None:
    by_prefix = {name: namespace for name, namespace in prefixes().items() if namespace in pinned}
    text = re.sub(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>', "", _commentless(query.text))

    unknown = {
        f"{name}:{local}"
        for name, local in re.findall(r"\b([a-z][\w-]*):([A-Za-z][\w-]*)", text)
        if name in by_prefix and by_prefix[name] + local not in pinned[by_prefix[name]]
    }

    assert unknown == set()


@pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
def test_every_term_of_ours_in_a_query_is_declared_or_of_the_wire(
    query: queries.Query, declared: Callable[[str], bool]
) -> None:
    text = re.sub(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>', "", _commentless(query.text))

    unknown = {name for name in re.findall(r"\bcw:([A-Za-z][\w-]*)", text) if not declared(name)}

    assert unknown == set()


@pytest.fixture(scope="module")
def declared() -> Callable[[str], bool]:
    """Return whether a name is a term of our vocabulary."""
    store = ox.Store()
    store.load(
        (resources.ontology_dir() / "crosswalk.ttl").read_bytes(), format=ox.RdfFormat.TURTLE
    )
    names = {
        quad.subject.value.rpartition("#")[2]
        for quad in store
        if isinstance(quad.subject, ox.NamedNode)
    }
    return names.__contains__
