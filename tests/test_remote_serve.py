"""The service over a store elsewhere: the real command, a real Oxigraph, a real Fuseki."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pyoxigraph as ox
import pytest

import crosswalk
from conftest import World
from crosswalk.access import Keys, Log, Scope, read, verify
from crosswalk.cli import main
from crosswalk.graph import open_dataset
from crosswalk.graph.client import Address
from crosswalk.graph.narrowed import leak
from crosswalk.graph.remote import Remote, replace_graphs
from stores import free_port, fuseki, oxigraph, running

TURTLE = {"Content-Type": "text/turtle"}
TTL = ox.RdfFormat.TURTLE
HOME = "https://w3id.org/aigov-crosswalk/org"
EDITIONS = "SELECT ?key { ?edition cw:editionKey ?key } ORDER BY ?key"
HIDDEN = "only-acme-knows"
SILENT = "no answer"


@pytest.fixture(scope="module")
def made(new_world: Callable[[], World]) -> World:
    """Return a small world: two editions, a mapping between them."""
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3")
    world.edition("beta-2021", "1\n2\n3", law=True)
    world.mapping(
        "alpha-2020_beta-2021", "alpha-2020:1 equal beta-2021:1\nalpha-2020:2 subset-of beta-2021:2"
    )
    return world


@pytest.fixture(scope="module")
def evidence(made: World) -> dict[str, bytes]:
    """Return graph → what Acme says there, as Turtle."""
    dataset = made.open(made.shown("alpha:1"), made.implements("alpha:2"))
    return {
        graph: ox.serialize((quad.triple for quad in dataset.quads(graph)), format=TTL) or b""
        for graph in dataset.graphs()
        if graph.startswith(HOME)
    }


def _put(client: httpx.Client, evidence: dict[str, bytes]) -> None:
    for graph, data in evidence.items():
        put = client.put("/data", params={"graph": graph}, content=data, headers=TURTLE)
        assert put.status_code in (201, 204), put.text


@dataclass(slots=True)
class Service:
    """A running ``crosswalk serve`` and its keys."""

    base: str
    keys: Keys
    process: subprocess.Popen[str]
    tokens: dict[tuple[str | None, tuple[str, ...]], str] = field(default_factory=dict)

    def client(self, *scopes: str, of: str | None = None, operator: bool = False) -> httpx.Client:
        """Return a client with a key; of nobody without scopes."""
        if not scopes:
            return httpx.Client(base_url=self.base, timeout=30)
        known = (of, scopes)
        if known not in self.tokens:
            granted = {Scope(one) for one in scopes}
            self.tokens[known] = self.keys.create("test", of, granted).token
        headers = {"Authorization": f"Bearer {self.tokens[known]}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=30)


@contextlib.contextmanager
def _serving(store: str, directory: Path, *options: str, **settings: str) -> Iterator[Service]:
    source = str(Path(crosswalk.__file__).parents[1])
    environment = {"PYTHONPATH": source, "CROSSWALK_STORE_DIRECTORY": str(directory), **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "crosswalk", "serve", "--store", store, "--port", "0", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        assert process.stderr is not None
        said = iter(process.stderr)
        line = next((one for one in said if one.startswith("serving at ")), "")
        assert line, "it did not start"
        drained = threading.Thread(target=lambda: [None for _ in said], daemon=True)
        drained.start()
        try:
            yield Service(line.split()[2].rstrip("/"), Keys(directory, log=Log(directory)), process)
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0
            drained.join(timeout=10)


@dataclass(slots=True)
class Store:
    """A store elsewhere that can be stopped and started again."""

    command: list[str]
    address: Address
    folder: Path
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> None:
        self.stack.enter_context(running(self.command, self.address.query, self.folder))

    def stop(self) -> None:
        self.stack.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, made: World) -> Iterator[Store]:
    """Return an Oxigraph that holds the small world's knowledge."""
    folder = tmp_path_factory.mktemp("oxigraph")
    found = Store(*oxigraph(free_port(), folder), folder)
    with _loaded(found, made):
        yield found


@pytest.fixture(scope="module")
def service(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service over the store, for organisations too."""
    settings = {"CROSSWALK_STORE_ORGANISATIONS": "on", "CROSSWALK_DEADLINE_S": "3"}
    folder = tmp_path_factory.mktemp("kept")
    with _serving(store.address.query, folder, **settings) as found:
        _until(found, 200)
        yield found


def _until(service: Service, status: int) -> httpx.Response:
    for _ in range(200):
        answer = httpx.get(f"{service.base}/readyz")
        if answer.status_code == status:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"/readyz still says {answer.status_code}: {answer.text}")


def _ask(client: httpx.Client, text: str, accept: str = "*/*", **more: str) -> httpx.Response:
    return client.post("/sparql", data={"query": text, **more}, headers={"Accept": accept})


def _values(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    rows = answer.json()["results"]["bindings"]
    return [value["value"] for row in rows for value in row.values()]


@pytest.mark.parametrize(
    ("text", "accept", "status", "given"),
    [
        (EDITIONS, "application/sparql-results+json", 200, "alpha-2020"),
        (EDITIONS, "application/sparql-results+xml", 200, "<literal>alpha-2020</literal>"),
        (EDITIONS, "text/csv", 200, "key\r\nalpha-2020\r\nbeta-2021\r\n"),
        (EDITIONS, "text/turtle", 406, "application/sparql-results+json"),
        ("ASK { GRAPH ?g { ?e cw:editionKey 'beta-2021' } }", "*/*", 200, '"boolean":true'),
        ("CONSTRUCT WHERE { ?e cw:editionKey 'beta-2021' }", "text/turtle", 200, '"beta-2021"'),
        (
            "DESCRIBE <https://w3id.org/aigov-crosswalk/id/beta-2021>",
            "application/n-triples",
            200,
            "FrameworkEdition",
        ),
        ("SELECT * { ?s ?p", "*/*", 400, "line 1, column"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "*/*", 403, "refused"),
        ("SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "*/*", 403, "refused"),
    ],
)
def test_a_query_of_each_form_is_answered_or_refused_as_by_the_embedded_store(
    service: Service, text: str, accept: str, status: int, given: str
) -> None:
    with service.client() as client:
        answer = _ask(client, text, accept)

    assert answer.status_code == status, answer.text
    assert given in answer.text
    assert "ETag" not in answer.headers  # others may write there: nothing can be promised
    assert answer.headers["X-Request-ID"]


def test_a_query_past_its_deadline_is_ended_while_others_are_answered(service: Service) -> None:
    path = "(cw:a|!cw:a)*/(cw:a|!cw:a)*"
    heavy = f"SELECT (COUNT(*) AS ?n) {{ ?a {path} ?b . ?c {path} ?d . ?e {path} ?f }}"
    with service.client() as client, service.client() as other:
        told: list[httpx.Response] = []
        slow = threading.Thread(target=lambda: told.append(_ask(client, heavy)))
        began = time.monotonic()
        slow.start()
        assert _values(_ask(other, EDITIONS)) == ["alpha-2020", "beta-2021"]
        slow.join(timeout=20)

    assert told[0].status_code == 504, told[0].text
    assert time.monotonic() - began < 3 + 2


def test_what_is_told_beside_queries_comes_from_the_store(service: Service) -> None:
    with service.client() as client:
        description = client.get("/sparql", headers={"Accept": "text/turtle"})
        void = client.get("/.well-known/void", headers={"Accept": "text/turtle"})
        page = client.get("/id/alpha-2020/1.ttl")
        unknown = client.get("/id/alpha-2020/9", headers={"Accept": "text/turtle"})

    assert "sd:UnionDefaultGraph" in description.text
    assert "void:subset" in void.text
    assert "Title of 1" in page.text
    assert unknown.status_code == 404
    assert unknown.json()["near"]


def test_verbs_answer_to_the_byte_as_over_the_embedded_store(
    service: Service, made: World, evidence: dict[str, bytes], tmp_path: Path
) -> None:
    asked = [
        "/api/v1/frameworks",
        "/api/v1/map?citation=alpha-2020+1&to=beta-2021",
        "/api/v1/provisions?edition=alpha-2020&format=csv",
        "/api/v1/coverage?edition=alpha-2020&as_of=2026-06-01",
        "/api/v1/gaps?edition=beta-2021&as_of=2026-06-01",
    ]
    knowledge = ("--knowledge", str(made.knowledge), "--no-shipped")
    with _serving(str(tmp_path / "store"), tmp_path, *knowledge) as embedded:
        embedded.keys = Keys(tmp_path / "store", log=Log(tmp_path / "store"))
        found = []
        for one in (service, embedded):
            with one.client("read", "write", of="acme") as client:
                _put(client, evidence)
                found.append([client.get(path) for path in asked])

    for there, here in zip(*found, strict=True):
        assert (there.status_code, here.status_code) == (200, 200), there.text
        assert there.content == here.content
        assert "ETag" not in there.headers
    assert found[0][3].json()[0]["satisfied_direct"] == 1


def test_pages_of_a_list_fit_together_or_are_refused(service: Service) -> None:
    with service.client() as client:
        first = client.get("/api/v1/provisions", params={"edition": "alpha-2020", "limit": 2})
        second = client.get(first.links["next"]["url"])
        other = first.links["next"]["url"].replace("edition=alpha-2020", "edition=beta-2021")
        refused = client.get(other)

    assert [len(one.json()) for one in (first, second)] == [2, 1]
    assert refused.status_code == 400


def test_organisations_that_share_a_store_do_not_see_each_other(service: Service) -> None:
    _require_isolated(service)


def _require_isolated(service: Service) -> None:
    graph = f"{HOME}/acme/plan"
    triple = f"<urn:acme> <urn:p> '{HIDDEN}' ."
    with service.client("read", "write", of="acme") as acme:
        put = acme.put("/data", params={"graph": graph}, content=triple, headers=TURTLE)
        own = _ask(acme, "SELECT ?o { GRAPH ?g { <urn:acme> <urn:p> ?o } }")
    tries = [
        {"query": "SELECT * { ?s ?p ?o }"},
        {"query": "SELECT * { GRAPH ?g { ?s ?p ?o } }"},
        {"query": f"SELECT * {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"},
        {"query": f"ASK FROM <{graph}> {{ ?s ?p ?o }}"},
        {"query": f"ASK FROM NAMED <{graph}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"},
        {"query": "SELECT * { ?s ?p ?o }", "default-graph-uri": graph},
        {"query": "SELECT * { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": graph},
        {"query": "SELECT * { <urn:acme> (<urn:p>|!<urn:q>)* ?o }"},
        {"query": "DESCRIBE <urn:acme>"},
        {"query": "CONSTRUCT WHERE { <urn:acme> ?p ?o }"},
        {"query": "SELECT * { GRAPH <urn:x-arq:UnionGraph> { ?s ?p ?o } }"},
        {"query": "SELECT * FROM <urn:x-arq:UnionGraph> { ?s ?p ?o }"},
        {"query": "SELECT * { ?s ?p ?o }", "default-graph-uri": "urn:x-arq:UnionGraph"},
        {"query": "SELECT * { ?s ?p ?o }", "default-graph-uri": f"{HOME}/globex/../acme/plan"},
    ]
    with service.client("read", "write", of="globex") as globex, service.client() as nobody:
        seen = [client.post("/sparql", data=one) for one in tries for client in (globex, nobody)]
        seen += [
            client.get("/data", params={"graph": name})
            for name in (graph, f"{HOME}/globex/../acme/plan")
            for client in (globex, nobody)
        ]
        seen += [globex.get(path) for path in ("/sparql", "/.well-known/void", "/api/v1/gaps")]
        seen += [globex.get("/api/v1/query", params={"name": "trace/documents"})]
        over = [
            globex.put("/data", params={"graph": name}, content=triple, headers=TURTLE)
            for name in (graph, "urn:public", f"{HOME}/globex/../acme/plan", f"{HOME}/globexx/a")
        ]
        over += [globex.put("/data?default", content=triple, headers=TURTLE)]
        over += [globex.delete("/data", params={"graph": graph})]
        update = globex.post("/update", data={"update": "CLEAR ALL"})

    assert put.status_code == 201
    assert _values(own) == [HIDDEN]
    for answer in seen:
        assert answer.status_code in (200, 400, 403, 404), answer.text
        assert HIDDEN not in answer.text
        assert f"{HOME}/acme" not in answer.text.replace(graph, "", 1) or answer.status_code == 404
    assert [one.status_code for one in over] == [403] * len(over)
    assert update.status_code == 403
    assert "/data?graph=" in update.json()["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s <http://jena.apache.org/text#query> ?o }",
        "PREFIX t: <http://jena.apache.org/te> SELECT * { ?s t:xt ?o }",
        "PREFIX t: <http://jena.apa> SELECT * { ?s t:x ?o }",
        "SELECT * { ?s <tag:stard\\u006Fg:api:property:textMatch> ?o }",
    ],
)
def test_what_is_peculiar_to_a_store_is_not_asked_of_one_that_is_shared(
    service: Service, text: str
) -> None:
    with service.client() as client:
        answer = _ask(client, text)

    assert answer.status_code == 403
    assert "peculiar to a store" in answer.json()["detail"]


def test_a_write_key_of_the_service_updates_the_store_and_it_is_on_record(
    service: Service, store: Store
) -> None:
    graph = {"graph": "urn:more"}
    with service.client("read", "write", of=None) as operator:
        done = operator.post(
            "/update", data={"update": "INSERT DATA { GRAPH <urn:more> { <urn:a> cw:note 1 } }"}
        )
        held = operator.get("/data", params=graph, headers={"Accept": "application/n-triples"})
        posted = operator.post(
            "/data", params=graph, content="<urn:a> <urn:b> 'é\\u0041' .", headers=TURTLE
        )
        put = operator.put("/data", params=graph, content="<urn:c> <urn:d> _:x .", headers=TURTLE)
        after = operator.get("/data", params=graph, headers={"Accept": "application/n-triples"})
        broken = operator.put("/data", params=graph, content="<urn:c> <urn:d>", headers=TURTLE)
        still = operator.get("/data", params=graph)
        refused = [
            operator.post("/update", data={"update": text})
            for text in ("LOAD <http://127.0.0.1:1/>", "INSERT DATA { oops", "\\u004COAD <urn:x>")
        ]
        gone = [operator.delete("/data", params=graph).status_code for _ in range(2)]
    with service.client() as nobody:
        anonymous = nobody.post("/update", data={"update": "CLEAR ALL"})

    assert (done.status_code, posted.status_code, put.status_code) == (204, 204, 204)
    assert held.text.startswith("<urn:a> <https://w3id.org/aigov-crosswalk/ns#note> ")
    assert after.text.startswith("<urn:c> <urn:d> _:")
    assert "<urn:a>" not in after.text
    assert (broken.status_code, still.status_code) == (400, 200)
    assert [one.status_code for one in refused] == [403, 400, 403]
    assert gone == [204, 404]
    assert anonymous.status_code == 401
    record = read(service.keys.directory, limit=1)[0]
    assert (record.entry.action, record.entry.graphs, record.entry.outcome) == (
        "graph delete",
        ("urn:more",),
        "done",
    )
    verify(service.keys.directory)


def test_what_needs_the_embedded_store_is_refused_with_the_way_out(service: Service) -> None:
    with service.client("read", "write", "admin", of="acme") as acme:
        answers = [
            acme.put("/api/v1/evidence/paper", content=b"", headers=TURTLE),
            acme.get("/api/v1/events"),
            acme.post("/api/v1/webhooks", json={"url": "https://example.org"}),
        ]

    assert [one.status_code for one in answers] == [403] * 3
    assert all("/data?graph=" in one.json()["detail"] for one in answers)


def test_a_store_with_graphs_of_organisations_is_not_shown_to_everybody(
    service: Service, store: Store, tmp_path: Path
) -> None:
    with service.client("read", "write", of="acme") as acme:
        graph = {"graph": f"{HOME}/acme/plan"}
        acme.put("/data", params=graph, content="<urn:acme> <urn:p> 1 .", headers=TURTLE)

    with _serving(store.address.query, tmp_path) as careless, careless.client() as client:
        reason = _until(careless, 503)
        answers = [_ask(client, "SELECT * { ?s ?p ?o }"), client.get("/api/v1/frameworks")]
        with careless.client("read", of="acme") as acme:
            answers.append(_ask(acme, EDITIONS))

    assert "CROSSWALK_STORE_ORGANISATIONS" in reason.json()["detail"]
    assert [one.status_code for one in answers] == [503, 503, 403]


def test_a_store_keeps_to_the_graphs_of_a_request_or_is_not_shared(store: Store) -> None:
    with contextlib.closing(Remote(store.address)) as remote:
        assert leak(remote) is None

    with (
        between(store.address.query, heeding=False) as (at, _),
        contextlib.closing(Remote(Address(at))) as remote,
    ):
        assert "GRAPH ?g" in str(leak(remote))


@contextlib.contextmanager
def between(address: str, *, heeding: bool = True) -> Iterator[tuple[str, threading.Event]]:
    """Yield the address of a store that asks another one, and what tells that somebody hung up.

    A query that says ``SILENT`` is not answered.

    :param heeding: whether it takes notice of the graphs that a request names.
    """
    closed = threading.Event()

    class Passing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if any(SILENT in value for _, value in sent):
                if not self.connection.recv(1):
                    closed.set()
                return
            form = {name: [v for n, v in sent if n == name] for name, _ in sent}
            answer = line.post(
                address,
                data=form if heeding else {"query": form["query"]},
                headers={"Accept": self.headers["Accept"]},
            )
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with httpx.Client() as line, ThreadingHTTPServer(("127.0.0.1", 0), Passing) as server:
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sparql", closed
        server.shutdown()


def test_an_empty_store_is_not_filled_unasked(tmp_path: Path, made: World) -> None:
    command, address = oxigraph(free_port(), tmp_path)
    with running(command, address.query, tmp_path):
        source = str(Path(crosswalk.__file__).parents[1])
        refused = subprocess.run(
            [sys.executable, "-m", "crosswalk", "serve", "--store", address.query],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": source},
            timeout=60,
        )
        assert refused.returncode == 3
        assert f"crosswalk store load --store {address.query}" in refused.stderr
        assert _graphs(address) == []

        files = sorted(made.knowledge.rglob("*.ttl"))
        calls = ["store", "load", *map(str, files), "--graph", "urn:g", "--store", address.query]
        with contextlib.suppress(SystemExit):
            main(calls)
        assert _graphs(address) == ["urn:g"]


def test_a_store_that_goes_is_told_and_its_return_is_noticed(tmp_path: Path, made: World) -> None:
    store = Store(*oxigraph(free_port(), tmp_path), tmp_path)
    address = store.address
    with _loaded(store, made), _serving(address.query, tmp_path / "kept") as service:
        _until(service, 200)
        store.stop()
        with service.client() as client:
            down = [_ask(client, EDITIONS), client.get("/api/v1/frameworks")]
            reason = _until(service, 503)
            alive = client.get("/healthz")
            store.start()
            _until(service, 200)
            back = _ask(client, EDITIONS)

    for answer in down:
        assert answer.status_code == 503, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        assert address.query not in answer.text  # where it is, is nobody's business
    assert "does not answer" in reason.json()["detail"]
    assert alive.status_code == 200
    assert _values(back) == ["alpha-2020", "beta-2021"]


def test_a_client_that_leaves_ends_its_query_at_the_store(store: Store, tmp_path: Path) -> None:
    text = f"ASK {{ ?s ?p '{SILENT}' }}"
    shared = {"CROSSWALK_STORE_ORGANISATIONS": "on"}
    with between(store.address.query) as (at, closed), _serving(at, tmp_path, **shared) as service:
        _until(service, 200)
        with service.client() as client, pytest.raises(httpx.ReadTimeout):
            client.post("/sparql", data={"query": text}, timeout=0.5)

        assert closed.wait(5)


def test_apache_jena_fuseki_serves_organisations_too(
    tmp_path: Path, made: World, evidence: dict[str, bytes]
) -> None:
    store = Store(*fuseki(free_port(), tmp_path), tmp_path)
    shared = {"CROSSWALK_STORE_ORGANISATIONS": "on"}
    with (
        _loaded(store, made),
        _serving(store.address.query, tmp_path / "kept", **shared) as service,
        service.client("read", "write", of="acme") as acme,
    ):
        _until(service, 200)
        assert _values(_ask(acme, EDITIONS)) == ["alpha-2020", "beta-2021"]
        _require_isolated(service)
        _put(acme, evidence)
        answer = acme.get("/api/v1/coverage?edition=alpha-2020&as_of=2026-06-01")

    assert answer.json()[0]["satisfied_direct"] == 1


def _graphs(address: Address) -> list[str]:
    with contextlib.closing(Remote(address)) as remote:
        return remote.graphs()


@contextlib.contextmanager
def _loaded(store: Store, made: World) -> Iterator[None]:
    store.start()
    try:
        replace_graphs(store.address, open_dataset(knowledge=[made.knowledge], shipped=False))
        yield
    finally:
        store.stop()
