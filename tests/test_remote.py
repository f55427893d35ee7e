"""A store elsewhere gives the answers of the embedded one: Oxigraph, Apache Jena Fuseki."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pyoxigraph as ox
import pytest

from crosswalk import bench, queries
from crosswalk.cli import main
from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DataError,
    DeadlineError,
    ForbiddenError,
    LimitError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)
from crosswalk.graph import Dataset, forget, open_dataset, upkeep
from crosswalk.graph.binding import bound_text, parsed
from crosswalk.graph.client import Address, Client
from crosswalk.graph.dataset import term
from crosswalk.graph.remote import Remote, replace_graphs
from crosswalk.resources import examples_dir, ontology_dir
from crosswalk.shapes import compiled, read
from crosswalk.shapes.values import Term
from stores import free_port, fuseki, oxigraph, running

X = str(examples_dir() / "x-corporation")
DAY = date(2026, 11, 20)
CORP = "https://w3id.org/aigov-crosswalk/org/x-corporation/"
ID = "https://w3id.org/aigov-crosswalk/id/"
GIVEN: dict[str, object] = {
    "after": CORP + "evidence",
    "as_of": DAY,
    "before": CORP + "assessment",
    "below": "0.7",
    "class": "https://w3id.org/aigov-crosswalk/ns#ControlImplementation",
    "date": DAY,
    "days": 90,
    "edition": "iso-42001-2023",
    "evidence": CORP + "evidence/ai-act-classification",
    "from": "iso-42001-2023",
    "implementation": CORP + "implementation/aims",
    "iri": "https://w3id.org/aigov-crosswalk/mapping/eu-ai-act-2024_eu-ai-act-2026/022b5f2994de5aec",
    "known_at": DAY,
    "mapping": "urn:derived",
    "object": ID + "eu-ai-act-2026/article-2",
    "object_edition": "iso-27001-2022",
    "provenance": CORP + "provenance",
    "provision": ID + "iso-42001-2023/9.1",
    "resource": ID + "iso-42001-2023/A.6.2.4",
    "result": CORP + "result/2026-08-readiness-4.1",
    "role": ID + "operator-role/deployer",
    "scope": CORP + "scope/aims",
    "soa": CORP + "soa/1.0",
    "subject": ID + "eu-ai-act-2024/article-2",
    "subject_edition": "iso-42001-2023",
    "to": "iso-27001-2022",
    "topic": ID + "topic/logging",
}
HEAVY = {"trace/evidence-reused"}
"""Queries that are asked with all their parameters only."""


@pytest.fixture(scope="module", params=["oxigraph", "fuseki"])
def address(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    x_corporation: Dataset,
) -> Iterator[Address]:
    """Return the address of a store that holds the knowledge and X Corporation."""
    folder = tmp_path_factory.mktemp(request.param)
    make = {"oxigraph": oxigraph, "fuseki": fuseki}[request.param]
    command, at = make(free_port(), folder)
    with running(command, at.query, folder):
        assert replace_graphs(at, x_corporation) == len(x_corporation.graphs())
        yield at


Opened = Callable[[Address], Dataset]


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    """Return what opens the dataset of a store; all are closed in the end."""
    with contextlib.ExitStack() as stack:

        def at(address: Address) -> Dataset:
            remote = Remote(address)
            stack.callback(remote.close)
            return Dataset(kept=remote)

        yield at


@pytest.fixture(scope="module")
def remote(address: Address, opened: Opened) -> Dataset:
    """Return the dataset of that store."""
    return opened(address)


def _written(dataset: Dataset, query: queries.Query, given: dict[str, object]) -> bytes:
    answer = dataset.answer(query.text, queries.bind(query, given))
    if isinstance(answer, ox.QueryBoolean):
        return str(bool(answer)).encode()
    if isinstance(answer, ox.QueryTriples):
        said = ox.Dataset(ox.Quad(one.subject, one.predicate, one.object) for one in answer)
        said.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        return "\n".join(sorted(map(str, said))).encode()
    assert isinstance(answer, ox.QuerySolutions)
    if query.name == "description/graph-sizes":
        # The row without a name is of the default graph, which each store makes as it likes.
        sizes = [(str(row["g"]), str(row["n"])) for row in answer if row["g"] is not None]
        return repr(sizes).encode()
    return answer.serialize(format=ox.QueryResultsFormat.JSON) or b""


def _calls() -> Iterator[tuple[queries.Query, dict[str, object]]]:
    for query in queries.library():
        every = {p.name: GIVEN[p.name] for p in query.parameters}
        needed = {p.name: GIVEN[p.name] for p in query.parameters if p.required}
        yield query, every
        if every != needed and query.name not in HEAVY:
            yield query, needed


@pytest.fixture(scope="module")
def embedded(x_corporation: Dataset) -> list[bytes]:
    """Return the answers of the embedded store, in the order of the calls."""
    return [_written(x_corporation, query, given) for query, given in _calls()]


def test_every_query_of_the_library_gives_the_same_answer(
    remote: Dataset, embedded: list[bytes]
) -> None:
    differing = [
        (query.name, sorted(given))
        for (query, given), answer in zip(_calls(), embedded, strict=True)
        if _written(remote, query, given) != answer
    ]

    assert differing == []
    assert sum(len(answer) for answer in embedded) > 5_000_000


@cache
def _said(*arguments: str) -> str:
    """Return what a verb prints; the embedded store is asked once."""
    out, code = io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    assert code == 0, arguments
    return out.getvalue()


@pytest.mark.parametrize(
    "call",
    [
        "coverage DATA --edition iso-42001-2023",
        "gaps DATA --edition eu-ai-act-2026 --horizon 2027-12-02",
        "binds DATA --role deployer",
        "soa DATA",
        "query expiring-evidence --param as_of=2026-11-20 --param days=90 --data DATA",
    ],
)
def test_a_verb_gives_the_same_bytes(address: Address, call: str) -> None:
    day = () if call.startswith("query") else ("--as-of", "2026-11-20")

    def answer(data: str) -> str:
        words = [data if word == "DATA" else word for word in call.split()]
        return _said(*words, *day, "--format", "json")

    assert answer(address.query) == answer(X)


def test_a_verb_without_data_asks_the_store_that_is_named(address: Address) -> None:
    call = ("map", "ISO 42001 A.6.2.4", "--to", "nist-ai-rmf-1.0", "--format", "json")

    assert _said(*call, "--store", address.query) == _said(*call)


@pytest.mark.parametrize(
    "value",
    [
        'a" } INSERT { <urn:a> <urn:b> "c',
        "\\u0022 } # \\U00000022",
        "\\\\u0022\\",
        "\\u005C",
        "line\nbreak\r\ttab \x01\x7f\u2028 é 漢 𝄞",
        "'''\"\"\"",
        "?v $v <urn:x> # }",
    ],
    ids=ascii,
)
def test_no_value_is_anything_but_a_value(remote: Dataset, value: str) -> None:
    text = "SELECT ?v ?same WHERE { BIND(?v = ?v AS ?same) }"

    assert remote.select(text, {"v": value}) == [{"v": value, "same": "true"}]
    with pytest.raises(UsageError):
        remote.select(text, {"v": ox.Triple(*3 * (ox.NamedNode("urn:a"),))})


LITTLE = """
@prefix : <urn:t:> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :on "2026-01-01"^^xsd:date ; :n 01, 0.70, 1e3, "1"^^xsd:boolean ;
   :said "5"^^xsd:int, "x"@en-GB, "x", [ :of :b ] .
:b :on "2026-02-01"^^xsd:date .
:c :on "2026-03-01"^^xsd:date .
"""
OWN = "https://w3id.org/aigov-crosswalk/org/little/"


@pytest.fixture(scope="module")
def little(address: Address, opened: Opened) -> tuple[Dataset, Dataset]:
    """Return a little dataset, embedded and in the store: all else in the store is left alone."""
    here = Dataset()
    here.load(LITTLE.encode(), format=ox.RdfFormat.TURTLE, graph=OWN + "evidence", place="little")
    (blank,) = (q.object for q in here.quads() if isinstance(q.object, ox.BlankNode))
    here.add(
        [ox.Quad(blank, ox.NamedNode("urn:t:in"), ox.Literal("y"), ox.NamedNode(OWN + "second"))]
    )
    replace_graphs(address, here)
    return here, opened(address)


@pytest.mark.parametrize(
    "pattern",
    [
        "?s :on ?d FILTER(?d <= ?day)",
        "?s :on ?d MINUS { ?s :on ?e FILTER(?e > ?day) }",
        "?s :on ?d FILTER NOT EXISTS { ?s :on ?day }",
        "?s :on ?d OPTIONAL { ?s :on ?e FILTER(?e = ?day) } FILTER(BOUND(?e))",
        "{ SELECT ?s ?day { ?s :on ?e FILTER(?e <= ?day) } GROUP BY ?s ?day } ?s :on ?d",
        "{ SELECT ?s ?day (MAX(?e) AS ?d) { ?s :on ?e MINUS { ?s :on ?e FILTER(?e > ?day) } } "
        "GROUP BY ?s ?day }",
        "?s :on ?d { SELECT ?day { ?x :on ?day } }",
        "?s :on ?d BIND(IF(?d < $day, ?day, ?d) AS ?e) FILTER(?e != ?day)",
        "?s :on ?d FILTER(?d IN (?day, COALESCE(?none, ?day)))",
    ],
)
def test_a_parameter_means_the_same_in_every_scope(
    little: tuple[Dataset, Dataset], pattern: str
) -> None:
    text = f"PREFIX : <urn:t:> SELECT ?s ?d ?day WHERE {{ {pattern} }} ORDER BY ?s ?day"
    here, there = little
    given = {"day": date(2026, 2, 1)}

    assert there.select(text, given) == here.select(text, given) != []


def test_literals_come_back_in_the_form_of_the_embedded_store(
    little: tuple[Dataset, Dataset],
) -> None:
    text = (
        "SELECT ?o (DATATYPE(?o) AS ?t) (LANG(?o) AS ?l) "
        "{ <urn:t:a> ?p ?o FILTER(isLiteral(?o) && ?p != <urn:t:said>) } ORDER BY STR(?o)"
    )
    here, there = little

    found = sorted(str(row["o"]) for row in there.select(text))
    assert found == sorted(str(row["o"]) for row in here.select(text))
    assert "0.7" in found


def test_a_blank_node_is_one_across_graphs_and_none_across_requests(
    little: tuple[Dataset, Dataset],
) -> None:
    _, there = little
    graphs = (OWN + "evidence", OWN + "second")

    quads = list(there.quads(*graphs))

    held = {one.object for one in quads if one.predicate.value == "urn:t:said"}
    assert {q.subject for q in quads if q.predicate.value == "urn:t:in"} <= held
    text = "SELECT ?b { ?b <urn:t:of> ?x }"
    assert there.select(text) != there.select(text)


def test_a_list_of_graphs_says_the_same_as_the_union_of_the_store(
    address: Address, remote: Dataset, opened: Opened
) -> None:
    listed = opened(replace(address, default_graph="list"))

    assert listed.rows("catalogue/editions") == remote.rows("catalogue/editions") != []


def test_a_load_that_fails_leaves_every_graph_as_it_was(address: Address, opened: Opened) -> None:
    graph = OWN + "evidence"
    count = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    before = opened(address).select(count)

    with contextlib.closing(Client(address)) as client, pytest.raises(CrosswalkError):
        client.update(f"DROP GRAPH <{graph}> ; LOAD <http://127.0.0.1:1/none>")

    assert opened(address).select(count) == before


def test_prefixes_of_ours_need_no_declaration(remote: Dataset) -> None:
    answer = remote.answer(
        "CONSTRUCT { ?e a cw:FrameworkEdition } { ?e cw:editionKey 'gdpr-2016' }"
    )

    assert isinstance(answer, ox.QueryTriples)
    assert [one.subject for one in answer] == [ox.NamedNode(ID + "gdpr-2016")]


# A store that fails, and what is not sent at all


class Foreign(BaseHTTPRequestHandler):
    """A store that answers as it is told."""

    plan: ClassVar[list[tuple[int, dict[str, str], bytes]]] = []
    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, dict(self.headers.items()), body))
        status, headers, answer = self.plan.pop(0) if self.plan else (200, JSON, TRUE)
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {"Content-Length": str(len(answer)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Say nothing."""


JSON = {"Content-Type": "application/sparql-results+json"}
TRUE = b'{"head":{},"boolean":true}'
NONE = b'{"head":{"vars":["g"]},"results":{"bindings":[]}}'
Plan = list[tuple[int, dict[str, str], bytes]]


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    """Return the address of such a store."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sparql"
        server.shutdown()


@pytest.fixture
def told(foreign: str, opened: Opened) -> Callable[..., Dataset]:
    """Return what opens that store and then has it answer by a plan."""

    def planned(*plan: tuple[int, dict[str, str], bytes], largest: int = 1 << 30) -> Dataset:
        Foreign.plan[:] = [(200, JSON, NONE)]
        made = opened(Address(foreign, timeout=5, largest=largest))
        Foreign.plan[:], Foreign.seen[:] = plan, []
        return made

    return planned


def test_a_read_is_tried_again_when_a_gateway_fails(told: Callable[..., Dataset]) -> None:
    dataset = told((503, {}, b""), (502, {}, b""), (200, JSON, TRUE))

    assert bool(dataset.answer("ASK {}"))
    assert len(Foreign.seen) == 3


@pytest.mark.parametrize(
    ("plan", "error", "said"),
    [
        ([(503, {}, b"")] * 3, BusyError, "503"),
        ([(504, {}, b"")] * 3, DeadlineError, "504"),
        ([(0, {}, b"")] * 3, UnavailableError, "does not answer"),
        ([(302, {"Location": "http://ann:pw@127.0.0.1:1/x"}, b"")], UnavailableError, "redirects"),
        ([(401, {}, b"")], UnavailableError, "CROSSWALK_STORE_AUTHORIZATION"),
        ([(403, {}, b"")], UnavailableError, "403"),
        ([(404, {}, b"")], UnavailableError, "no address of a store"),
        ([(400, {"Content-Type": "text/plain"}, b"too much\x1b[31m")], UsageError, "too much"),
        ([(200, {"Content-Type": "text/html"}, b"<html>")], UnavailableError, "text/html"),
        ([(200, JSON, TRUE[:-4])], UnavailableError, "cut off"),
        ([(200, {**JSON, "Content-Length": "99"}, TRUE)] * 3, UnavailableError, "not answer"),
        ([(200, {**JSON, "X-SPARQL-MaxRows": "1"}, TRUE)], LimitError, "cut its answer off"),
        ([(200, JSON, b'{"head":{},"results":{}}')], UnavailableError, "no SPARQL result"),
        ([(200, JSON, b" " * 3_000_000)], LimitError, "more than 1 MB"),
    ],
)
def test_a_failure_is_told_with_the_address_and_the_way_out(
    told: Callable[..., Dataset],
    foreign: str,
    plan: Plan,
    error: type[CrosswalkError],
    said: str,
) -> None:
    dataset = told(*plan, largest=1 << 20)

    with pytest.raises(error) as raised:
        dataset.answer("ASK {}")

    assert said in str(raised.value)
    assert foreign in str(raised.value)
    assert "pw@" not in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert len(Foreign.seen) == len(plan)


@pytest.mark.parametrize("status", [0, 500, 502, 503])
def test_a_write_is_never_tried_again(
    told: Callable[..., Dataset], foreign: str, status: int
) -> None:
    told((status, {}, b""))

    with pytest.raises(UnavailableError) as raised:
        replace_graphs(Address(foreign, timeout=5), Dataset())

    assert len(Foreign.seen) == 1
    assert isinstance(raised.value, UncertainWriteError) == (status == 0)


def test_a_store_that_is_down_is_told_as_such() -> None:
    with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:1/sparql: the store does not"):
        open_dataset(["http://ann:secret@127.0.0.1:1/sparql"])


def test_credentials_of_the_settings_go_to_the_chosen_store_only(
    foreign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_STORE_AUTHORIZATION", "Bearer of-the-store")
    sent = []
    for data, store in (([foreign], None), ([], foreign)):
        Foreign.plan[:], Foreign.seen[:] = [(200, JSON, NONE)], []
        with contextlib.suppress(CrosswalkError):
            open_dataset(data, store=store)
        sent.append({headers.get("Authorization") for _, headers, _ in Foreign.seen})

    assert sent == [{None}, {"Bearer of-the-store"}]


@pytest.mark.parametrize(
    "text",
    [
        "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "ASK { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "ASK { # \\u000A SERVICE <http://127.0.0.1:1/> { ?s ?p ?o }\n }",
        "ASK { ?s ?p '\\u0027 SERVICE <http://127.0.0.1:1/> {} #' }",
        "ASK { OPTIONAL { serVICE SILENT ?x { ?s ?p ?o } } }",
        "ASK { FILTER EXISTS { SERVICE<http://127.0.0.1:1/>{} } }",
        "ASK { { SELECT * { BIND(1 AS ?a)SERVICE<http://127.0.0.1:1/>{} } } }",
    ],
)
def test_a_query_that_reaches_out_is_not_sent(told: Callable[..., Dataset], text: str) -> None:
    dataset = told()

    with pytest.raises((ForbiddenError, UsageError)):
        dataset.answer(text)

    assert Foreign.seen == []


def test_the_word_service_is_free_where_it_is_no_keyword(told: Callable[..., Dataset]) -> None:
    dataset = told()

    assert bool(dataset.answer("ASK { ?service <urn:service> 'SERVICE <x> {}' } # SERVICE"))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?v }",
        "SELECT ?v { BIND(1 AS ?v) }",
        "SELECT ?v { VALUES (?a ?v) { (1 2) } }",
        "SELECT ?v { ?s ?p ?o FILTER(BOUND( ?v )) }",
        "SELECT ?v { ?s ?p ?o FILTER(?o<?v&&?v>?p) }",
        "SELECT ?v { { SELECT ?s { ?s ?p ?v } } }",
        "SELECT ?v { { SELECT ?s { { SELECT ?s ?v { ?s ?p ?v } } } } }",
    ],
)
def test_where_a_term_cannot_stand_nothing_is_sent(told: Callable[..., Dataset], text: str) -> None:
    dataset = told()

    with pytest.raises(UsageError):
        dataset.answer(text, {"v": 1})

    assert Foreign.seen == []


def test_every_query_of_the_library_with_its_terms_is_valid_by_itself() -> None:
    for query in queries.library():
        given = {
            name: term(value)
            for name, value in queries.bind(
                query, {p.name: GIVEN[p.name] for p in query.parameters}
            ).items()
        }
        answer = ox.Store().query(bound_text(query.text, given))
        if isinstance(answer, ox.QuerySolutions):
            whole = parsed(query.text, given)
            assert isinstance(whole, ox.QuerySolutions)
            assert answer.variables == whole.variables, query.name


# A directory of a store


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, x_corporation: Dataset) -> Path:
    """Return a store of the knowledge and X Corporation that nobody serves."""
    folder = tmp_path_factory.mktemp("store") / "whole"
    upkeep.fill(folder, x_corporation)
    return folder


def test_the_directory_of_a_store_is_data(directory: Path) -> None:
    call = ("--edition", "iso-42001-2023", "--as-of", "2026-11-20", "--format", "json")

    assert _said("gaps", str(directory), *call) == _said("gaps", X, *call)


def test_what_is_changed_is_changed_in_memory_and_never_in_the_store(directory: Path) -> None:
    item = CORP + "evidence/ai-act-classification"
    there = Dataset(kept=upkeep.keeper(directory))

    forget(there, item)

    assert not list(there.about(item))
    with contextlib.closing(Dataset(kept=upkeep.keeper(directory))) as again:
        assert list(again.about(item))


def test_a_store_of_evidence_alone_joins_the_shipped_knowledge(
    tmp_path: Path, x_corporation: Dataset
) -> None:
    evidence = Dataset()
    evidence.add(x_corporation.quads(CORP + "evidence", CORP + "assessment"))
    upkeep.fill(tmp_path / "evidence", evidence)
    call = ("--edition", "iso-42001-2023", "--as-of", "2026-11-20", "--format", "json")

    assert _said("coverage", str(tmp_path / "evidence"), *call) == _said("coverage", X, *call)
    with pytest.raises(DataError, match="holds no edition"):
        open_dataset(store=tmp_path / "evidence")


@pytest.mark.parametrize("make", [oxigraph, fuseki])
def test_shapes_are_asked_where_the_data_is(
    make: Callable[[int, Path], tuple[list[str], Address]], opened: Opened, tmp_path: Path
) -> None:
    plan = compiled(read([ontology_dir() / "shapes" / "organisation.ttl"]))
    here = Dataset()
    text = "".join(bench.generated(5_000, seed=3))
    here.add(list(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS)))

    def results(of: Dataset) -> list[tuple[str, ...]]:
        def ask(text: str) -> list[tuple[Term | None, ...]]:
            answer = of.answer(text)
            assert isinstance(answer, ox.QuerySolutions)
            return [tuple(one) for one in answer]

        return sorted(
            tuple(map(str, (one.focus, one.path_term, one.value, one.component, one.shape)))
            for one in plan.results(ask)
        )

    command, at = make(free_port(), tmp_path)
    with running(command, at.query, tmp_path):
        replace_graphs(at, here)
        there = results(opened(at))

    assert plan.left == ()
    assert there == results(here)
    assert len(there) > 50
