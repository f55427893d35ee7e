"""Over HTTP, a key opens its organisation with its scopes, and every change is in the audit log."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from crosswalk import access
from crosswalk.access import Caller, Entry, Keys, Log, Outcome, Scope
from crosswalk.errors import NotFoundError, UnauthenticatedError, UncertainWriteError, UsageError
from crosswalk.graph.engine import Engine, Written
from crosswalk.web.app import create_app
from crosswalk.web.callers import Callers, anonymous_allowed, token_of
from crosswalk.web.datasets import Dataset
from crosswalk.web.recorder import Recorder

QUERY = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
UPDATE = {"Content-Type": "application/sparql-update"}
TURTLE = {"Content-Type": "text/turtle"}
HOME = "https://w3id.org/aigov-crosswalk/org"
SECRET = "sales plan"  # noqa: S105 - what one organisation writes and no other may see


@dataclass(frozen=True, slots=True)
class Shelf:
    """Two organisations, each with a store of its own."""

    held: dict[str, Dataset]

    async def dataset(self, name: str) -> Dataset:
        if name not in self.held:
            raise NotFoundError(f"no store {name}")
        return self.held[name]


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, and what its operator holds."""

    base: str
    store: Path
    keys: Keys

    def client(self, *scopes: str, of: str | None = "acme") -> httpx.Client:
        """Return a client with a new key."""
        token = self.keys.create("test", of, scopes).token
        return httpx.Client(base_url=self.base, headers={"Authorization": f"Bearer {token}"})

    def newest(self) -> access.Record:
        """Return the newest record of the audit log."""
        return access.read(self.store, limit=1)[0]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    store = tmp_path_factory.mktemp("store")
    log = Log(store)
    recorder, keys = Recorder(log), Keys(store, log=log)
    library = Dataset(Engine(store / "library", readers=1), union=True, writes=False, body=9_999)
    held = {
        name: Dataset(
            Engine(store / name, readers=1),
            union=True,
            writes=True,
            body=9_999,
            organisation=name,
            recorder=recorder,
        )
        for name in ("acme", "globex")
    }
    app = create_app(
        library, callers=Callers(library, keys, organisations=Shelf(held), recorder=recorder)
    )
    own = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(own(started))
            for one in held.values():
                await stack.enter_async_context(one.engine)
            await library.engine.load(b'<urn:public> <urn:p> "1" <urn:g> .', "application/n-quads")
            yield

    app.router.lifespan_context = lifespan
    with socket.create_server(("127.0.0.1", 0)) as at:
        server = uvicorn.Server(uvicorn.Config(app, loop="asyncio", log_level="warning"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [at]}, daemon=True)
        running.start()
        while not server.started:
            assert running.is_alive()
            time.sleep(0.02)
        made = Service(f"http://127.0.0.1:{at.getsockname()[1]}", store, keys)
        with made.client("write", of="globex") as globex:
            put = globex.put(
                f"/data?graph={HOME}/globex/plan",
                content=f"<urn:globex> <urn:p> '{SECRET}' .",
                headers=TURTLE,
            )
            assert put.status_code == 201
        yield made
        server.should_exit = True
        running.join(timeout=20)


def _everything(client: httpx.Client, **params: str) -> httpx.Response:
    text = "SELECT ?s ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s"
    return client.post("/sparql", params=params, content=text, headers=QUERY)


def _put(client: httpx.Client, name: str, triples: str, **params: str) -> httpx.Response:
    graph = {"graph": f"{HOME}/acme/{name}", **params}
    return client.put("/data", params=graph, content=triples, headers=TURTLE)


def test_without_a_key_the_library_is_seen_and_nothing_of_an_organisation(service: Service) -> None:
    with httpx.Client(base_url=service.base) as client:
        answer = _everything(client)
        void = client.get("/.well-known/void")

    assert answer.status_code == 200
    assert answer.text.split()[1:] == ["urn:public,1"]
    assert "globex" not in void.text


def test_a_key_shows_its_own_organisation_and_no_other(service: Service) -> None:
    with service.client("read", "write") as acme, service.client("read", of="globex") as globex:
        assert _put(acme, "mine", "<urn:acme> <urn:p> 'mine' .").status_code in (201, 204)
        seen, theirs = _everything(acme), _everything(globex)
        void = acme.get("/.well-known/void?format=ntriples")
        gone = acme.get("/data", params={"graph": f"{HOME}/globex/plan"})

    assert "mine" in seen.text
    assert SECRET not in seen.text
    assert SECRET in theirs.text
    assert "mine" not in theirs.text
    assert "/acme/mine" in void.text
    assert "globex" not in void.text
    assert gone.status_code == 404


@pytest.mark.parametrize("scopes", [("read",), ("assess",), ("admin",), ("read", "assess")])
def test_only_the_scope_write_changes_anything(service: Service, scopes: tuple[str, ...]) -> None:
    with service.client(*scopes) as client:
        calls = [
            client.post("/update", content="CLEAR ALL", headers=UPDATE),
            _put(client, "x", "<urn:a> <urn:b> 1 ."),
            client.delete("/data", params={"graph": f"{HOME}/acme/x"}),
            client.post("/data", content="<urn:a> <urn:b> 1 .", headers=TURTLE),
        ]
        ident = service.newest().entry

    assert [call.status_code for call in calls] == [403] * 4
    assert {call.json()["kind"] for call in calls} == {"forbidden"}
    assert (ident.action, ident.outcome) == ("POST /data", Outcome.REFUSED)


def test_a_key_to_write_does_not_read(service: Service) -> None:
    with service.client("write") as client:
        assert _everything(client).status_code == 403
        assert client.get(f"/data?graph={HOME}/acme/mine").status_code == 403
        assert client.get("/.well-known/void").status_code == 403


def test_a_key_may_come_as_the_password_of_basic(service: Service) -> None:
    token = service.keys.create("basic", "globex", ["read"]).token

    with httpx.Client(base_url=service.base, auth=("anything", token)) as client:
        answer = _everything(client)

    assert SECRET in answer.text


def test_a_key_that_is_not_valid_is_never_taken_for_none(service: Service) -> None:
    issued = service.keys.create("gone", "acme", ["read"])
    service.keys.revoke(issued.key.id)
    sent = [
        f"Bearer {issued.token}",
        "Bearer cwk_aaaaaaaaaa_" + "x" * 43,
        "Bearer nonsense",
        "Bearer",
        "Basic %%%",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Digest username=ann",
        "Bearer a.b.c",
    ]

    told = [
        httpx.get(f"{service.base}/sparql?query=ASK%7B%7D", headers={"Authorization": one})
        for one in sent
    ]

    assert {answer.status_code for answer in told} == {401}
    assert {answer.headers["www-authenticate"] for answer in told} == {'Bearer realm="crosswalk"'}
    assert len({answer.text for answer in told}) == 1


def test_two_keys_at_once_are_none(service: Service) -> None:
    token = service.keys.create("twice", "acme", ["read"]).token
    headers = [("Authorization", f"Bearer {token}")] * 2

    answer = httpx.get(f"{service.base}/sparql?query=ASK%7B%7D", headers=headers)

    assert answer.status_code == 401


def test_a_revoked_key_is_refused_from_the_next_request_on(service: Service) -> None:
    issued = service.keys.create("brief", "acme", ["read"])
    headers = {"Authorization": f"Bearer {issued.token}"}
    with httpx.Client(base_url=service.base, headers=headers) as client:
        before = _everything(client).status_code
        Keys(service.store).revoke(issued.key.id)
        after = _everything(client).status_code

    assert (before, after) == (200, 401)


def test_a_foreign_organisation_looks_like_one_that_does_not_exist(service: Service) -> None:
    with service.client("read", "write", "admin") as acme, service.client("read", of=None) as ops:
        real, none = (_everything(acme, organisation=name) for name in ("globex", "gl0bex"))
        write = _put(acme, "x", "<urn:a> <urn:b> 1 .", organisation="globex")
        with httpx.Client(base_url=service.base) as client:
            nobody = _everything(client, organisation="globex")
        missing = _everything(ops, organisation="gl0bex")

    answers = (real, none, write, nobody, missing)
    assert {one.status_code for one in answers} == {404}
    assert len({one.text.replace("gl0bex", "globex") for one in answers}) == 1


def test_an_operator_acts_in_the_organisation_that_it_names(service: Service) -> None:
    with service.client("read", of=None) as ops:
        library, globex = _everything(ops), _everything(ops, organisation="globex")
        put = _put(ops, "x", "<urn:a> <urn:b> 1 .", organisation="acme")

    assert SECRET not in library.text
    assert SECRET in globex.text
    assert put.status_code == 403


def test_every_change_is_in_the_log_with_who_and_what(service: Service) -> None:
    graph, triples = f"{HOME}/acme/noted", "<urn:a> <urn:b> 1 ."
    with service.client("read", "write") as client:
        calls = [
            _put(client, "noted", triples),
            client.post("/data", params={"graph": graph}, content=triples, headers=TURTLE),
            client.delete("/data", params={"graph": graph}),
            client.post("/update", content=f"CREATE SILENT GRAPH <{graph}>", headers=UPDATE),
        ]
        key = client.headers["authorization"].split("_")[1]

    records = access.read(service.store, limit=4)
    generations = [int(call.headers["crosswalk-generation"]) for call in calls]
    assert [record.entry.action for record in records] == [
        "graph put",
        "graph post",
        "graph delete",
        "update",
    ]
    assert {(one.entry.key, one.entry.organisation) for one in records} == {(key, "acme")}
    assert [record.entry.graphs for record in records] == [(graph,), (graph,), (graph,), ()]
    assert [record.entry.after for record in records] == generations
    assert [one.entry.before for one in records] == [generations[0] - 1, *generations[:-1]]
    assert records[0].entry.sent == hashlib.sha256(triples.encode()).hexdigest()
    assert access.verify(service.store).fault is None


def test_a_change_that_does_not_parse_is_recorded_as_refused(service: Service) -> None:
    with service.client("write") as client:
        answer = client.post("/update", content="INSERT DATA {", headers=UPDATE)

    entry = service.newest().entry
    assert answer.status_code == 400
    assert (entry.action, entry.outcome, entry.after) == ("update", Outcome.REFUSED, None)


def test_what_is_posted_to_the_store_becomes_a_graph_of_the_organisation(service: Service) -> None:
    with service.client("write") as client:
        answer = client.post("/data", content="<urn:a> <urn:b> 1 .", headers=TURTLE)

    assert answer.status_code == 201
    assert answer.headers["location"].startswith(f"{HOME}/acme/")


def test_no_key_is_written_anywhere(service: Service) -> None:
    token = service.keys.create("quiet", "acme", ["read"]).token
    with httpx.Client(base_url=service.base) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        _everything(client)
        answer = client.post("/update", content="CLEAR ALL", headers=UPDATE)

    secret = token[15:].encode()
    files = [path for path in service.store.rglob("*") if path.is_file()]
    assert [path.name for path in files if secret in path.read_bytes()] == []
    assert secret not in answer.content


# Without a server


def _asked(callers: Callers, path: str, **headers: str) -> httpx.Response:
    async def answered() -> httpx.Response:
        door = httpx.ASGITransport(app=create_app(callers.library, callers=callers))
        async with httpx.AsyncClient(transport=door, base_url="http://here") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(answered())


@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D", "/data?default", "/.well-known/void"])
def test_a_service_may_show_nothing_without_a_key(tmp_path: Path, path: str) -> None:
    library = Dataset(Engine(tmp_path / "library"), union=True, writes=False, body=9_999)

    answer = _asked(Callers(library, Keys(tmp_path), anonymous=False), path)

    assert answer.status_code == 401
    assert _asked(Callers(library, anonymous=False), "/healthz").status_code == 200


def test_a_token_that_is_no_key_goes_to_the_other_verifier(tmp_path: Path) -> None:
    seen = []

    async def verifier(token: str) -> Caller:
        seen.append(token)
        if token != "a.b.c":  # noqa: S105 - an example
            raise UnauthenticatedError("no")
        return Caller("ann", None, frozenset({Scope.ASSESS}), "oidc:ann")

    library = Dataset(Engine(tmp_path / "library"), union=True, writes=False, body=9_999)
    callers = Callers(library, Keys(tmp_path), verifier=verifier)

    known = _asked(callers, "/sparql", Authorization="Bearer a.b.c")
    unknown = _asked(callers, "/sparql", Authorization="Bearer a.b.d")
    key = _asked(callers, "/sparql", Authorization="Bearer cwk_a.b.c")

    assert [one.status_code for one in (known, unknown, key)] == [403, 401, 401]
    assert seen == ["a.b.c", "a.b.d"]


def test_the_setting_says_what_is_shown_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert anonymous_allowed()
    monkeypatch.setenv("CROSSWALK_ANONYMOUS", "none")
    assert not anonymous_allowed()
    monkeypatch.setenv("CROSSWALK_ANONYMOUS", "nobody")
    with pytest.raises(UsageError, match="CROSSWALK_ANONYMOUS"):
        anonymous_allowed()


def test_bearer_is_bearer_in_any_letters() -> None:
    assert token_of([(b"authorization", b"bEaReR  abc")]) == "abc"


def test_a_change_is_concluded_in_the_log_though_its_client_has_gone(tmp_path: Path) -> None:
    async def story() -> None:
        async with Recorder(Log(tmp_path)) as recorder:
            goes_on = asyncio.Event()

            async def change() -> Written:
                await goes_on.wait()
                return Written(7)

            client = asyncio.create_task(recorder.changed(Entry("update", "ann"), change))
            await asyncio.sleep(0.05)
            client.cancel()
            await asyncio.wait([client])
            goes_on.set()

    asyncio.run(story())

    (record,) = access.read(tmp_path)
    assert (record.entry.outcome, record.entry.after) == (Outcome.DONE, 7)


def test_a_write_that_may_have_been_applied_is_recorded_as_uncertain(tmp_path: Path) -> None:
    async def change() -> Written:
        raise UncertainWriteError("the writer ended")

    async def story() -> None:
        async with Recorder(Log(tmp_path)) as recorder:
            with pytest.raises(UncertainWriteError):
                await recorder.changed(Entry("update", "ann"), change)

    asyncio.run(story())

    (record,) = access.read(tmp_path)
    assert record.entry.outcome is Outcome.UNCERTAIN


def test_records_that_come_together_keep_their_order_and_their_chain(tmp_path: Path) -> None:
    async def story() -> list[access.Record]:
        async with Recorder(Log(tmp_path)) as recorder:
            return await asyncio.gather(
                *(recorder.record(Entry("update", f"{n}")) for n in range(200))
            )

    records = asyncio.run(story())

    assert [record.entry.who for record in records] == [f"{n}" for n in range(200)]
    assert [record.seq for record in records] == list(range(1, 201))
    assert access.verify(tmp_path).fault is None
