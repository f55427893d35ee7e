"""Changes of evidence as a GRC tool learns of them: a real server, streams of events, receivers."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

import crosswalk
from crosswalk.access import Keys, read
from crosswalk.errors import UsageError
from crosswalk.graph.checkpoints import Home
from crosswalk.web import outbound
from crosswalk.web.journal import EVIDENCE, STATUS, Event, Journal, Judged
from crosswalk.web.webhooks import Hook

TURTLE = {"Content-Type": "text/turtle"}
PREFIXES = """
@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix iso: <https://w3id.org/aigov-crosswalk/id/iso-42001-2023/> .
@prefix o: <https://w3id.org/aigov-crosswalk/org/ORG/> .
"""
POLICY = (
    PREFIXES
    + """
o:organization a cw:Organization ; rdfs:label "ORG" ; cw:organizationKey "ORG" .
o:whole a cw:Scope ; rdfs:label "whole" ; cw:scopeOf o:organization .
o:ann a prov:Agent ; rdfs:label "Ann" .
o:bob a prov:Agent ; rdfs:label "Bob" .
o:policy a cw:ControlImplementation ; rdfs:label "AI policy" ; cw:implements iso:A.9.4 ;
  cw:owner o:ann ; cw:implementationStatus cw:implemented ; cw:inScope o:whole .
o:paper a cw:Policy ; rdfs:label "The policy" ; cw:evidenceFor o:policy ; cw:owner o:ann ;
  cw:author o:ann ; cw:collectedOn "2026-09-01"^^xsd:date ; cw:acceptedBy o:bob ;
  cw:acceptedOn "2026-09-02"^^xsd:date ; cw:inScope o:whole ; cw:confidentiality cw:internal ;
  cw:effectiveFrom "2026-09-01"^^xsd:date ; cw:sha256
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" .
"""
)
AUDIT = (
    PREFIXES
    + """
o:audit a cw:Assessment ; rdfs:label "audit" ; cw:assessor o:bob ;
  cw:assessedOn "2026-10-01"^^xsd:date ; cw:acceptedBy o:ann ;
  cw:acceptedOn "2026-10-02"^^xsd:date ; cw:inScope o:whole .
o:result a cw:AssessmentResult ; cw:resultOf o:audit ; earl:subject o:policy ; earl:test iso:A.9.4 ;
  cw:outcome earl:passed ; cw:finding "in force" .
"""
)
PASSED = {"policy": POLICY, "audit": AUDIT}


@dataclass(slots=True)
class Service:
    """A service that can be started anew on the same store, and keys of it by name."""

    folder: Path
    keys: dict[str, str] = field(default_factory=dict)
    address: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        source = str(Path(crosswalk.__file__).parents[1])
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "crosswalk",
                "serve",
                "--store",
                str(self.folder),
                "--port",
                "0",
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": source,
                "CROSSWALK_EVENT_STREAMS": "2",
                "CROSSWALK_HEARTBEAT_S": "1",
                "CROSSWALK_LOG": "off",
                "CROSSWALK_WEBHOOK_PRIVATE": "on",
                "CROSSWALK_WEBHOOK_RETRY_S": "1",
            },
        )
        assert self.process.stderr is not None
        found = next(line for line in self.process.stderr if line.startswith("serving at "))
        self.address = found.split()[2].rstrip("/")
        for _ in range(300):
            try:
                if httpx.get(f"{self.address}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; return the seconds that this took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return time.monotonic() - began

    def client(self, key: str | None, **headers: str) -> httpx.Client:
        """Return a client of a caller."""
        if key:
            headers["Authorization"] = f"Bearer {self.keys[key]}"
        return httpx.Client(base_url=f"{self.address}/api/v1/", headers=headers, timeout=30)

    def put(self, organisation: str, documents: dict[str, str]) -> None:
        """Put documents of an organisation in place."""
        with self.client(organisation) as client:
            for name, text in documents.items():
                answer = client.put(
                    f"evidence/{name}", content=text.replace("ORG", organisation), headers=TURTLE
                )
                assert answer.status_code in (200, 201), answer.text

    @contextmanager
    def listening(self, key: str, address: str = "events", **headers: str) -> Iterator[Stream]:
        """Yield a stream of events that is open."""
        with self.client(key, **headers) as client, client.stream("GET", address) as answer:
            assert answer.status_code == 200, answer.read()
            stream = Stream()
            reader = threading.Thread(target=stream.read, args=(answer,), daemon=True)
            reader.start()
            yield stream
        reader.join(timeout=5)


@dataclass(slots=True)
class Stream:
    """Events as they come; None is the end."""

    events: queue.Queue[dict[str, Any] | None] = field(default_factory=queue.Queue)
    beats: int = 0

    def read(self, answer: httpx.Response) -> None:
        """Read until the end."""
        number = kind = ""
        try:
            for line in answer.iter_lines():
                name, _, value = line.partition(":")
                self.beats += line == ":"
                if name == "id":
                    number = value.strip()
                elif name == "event":
                    kind = value.strip()
                elif name == "data":
                    event = json.loads(value)
                    assert event["event"] == kind
                    assert event.get("id", 0) == int(number or 0)
                    self.events.put(event)
        except (httpx.TransportError, httpx.StreamError):
            pass
        self.events.put(None)

    def until(self, kind: str, **wanted: object) -> dict[str, Any]:
        """Return the next event of a kind that says what is wanted."""
        while True:
            event = self.events.get(timeout=60)
            assert event is not None, "the stream ended"
            if event["event"] == kind and wanted.items() <= event.items():
                return event


@dataclass(slots=True)
class Receiver:
    """What webhooks are sent to: it keeps what comes, and answers as it is told to."""

    address: str = ""
    got: queue.Queue[tuple[dict[str, str], bytes]] = field(default_factory=queue.Queue)
    answers: list[int] = field(default_factory=list)
    usual: int = 204

    def until(self, **wanted: object) -> tuple[dict[str, str], bytes, dict[str, Any]]:
        """Return headers, body and the wanted event of the next delivery that has it."""
        while True:
            headers, body = self.got.get(timeout=60)
            for event in json.loads(body)["events"]:
                if wanted.items() <= event.items():
                    return headers, body, event


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver at the loopback address."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(found.answers.pop(0) if found.answers else found.usual)
            if self.path == "/elsewhere":
                self.send_header("Location", "/")
            self.end_headers()
            self.wfile.write(b"x" * 5000 if self.path == "/long" else b"")
            found.got.put((dict(self.headers), body))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        found.address = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a running service, with a key for each test's organisation."""
    folder = tmp_path_factory.mktemp("service")
    Home(folder).prepare()
    found = Service(folder)
    keys = Keys(folder)
    for name in ("acme", "other", "again", "crowd", "hooked"):
        issued = keys.create(name, name, ["read", "write", "assess", "admin"])
        found.keys[name] = issued.token
    found.keys["clerk"] = keys.create("clerk", "acme", ["write"]).token
    found.start()
    yield found
    found.stop()


def test_a_stream_tells_which_status_changed_why_and_by_whom(service: Service) -> None:
    with service.listening("acme") as stream:
        service.put("acme", PASSED)
        put = stream.until(EVIDENCE)
        told = stream.until(STATUS, after="satisfied_direct")
        with service.client("acme") as client:
            assert client.delete("evidence/audit").status_code == 204
        withdrawn = stream.until(STATUS, before="satisfied_direct")

    assert (put["action"], put["by"]) == ("evidence put", "acme")
    assert put["graphs"] == ["https://w3id.org/aigov-crosswalk/org/acme/evidence/policy"]
    assert {name: told[name] for name in ("organisation", "edition", "provision", "before")} == {
        "organisation": "acme",
        "edition": "iso-42001-2023",
        "provision": "A.9.4",
        "before": "unknown",
    }
    assert (told["scope_label"], told["by"]) == ("whole", "acme")
    assert "2026-10-01" in told["why"]
    assert put["generation_before"] < told["generation_after"]
    assert (withdrawn["provision"], withdrawn["after"]) == ("A.9.4", "unknown")
    assert withdrawn["generation_before"] >= told["generation_after"]


def test_an_update_changes_statuses_as_a_document_does(service: Service) -> None:
    service.put("again", PASSED)
    with service.listening("again", **{"Last-Event-ID": "0"}) as stream:
        stream.until(STATUS, after="satisfied_direct", provision="A.9.4")
        graph = "https://w3id.org/aigov-crosswalk/org/again/evidence/audit"
        with service.client("again") as client:
            answer = client.post(
                f"{service.address}/update",
                content=f"DELETE WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}",
                headers={"Content-Type": "application/sparql-update"},
            )
        changed = stream.until(EVIDENCE, action="update")
        told = stream.until(STATUS, before="satisfied_direct")

    assert answer.status_code == 204
    assert changed["graphs"] == []
    assert told["provision"] == "A.9.4"


def test_other_editions_are_told_of_if_they_are_named(service: Service) -> None:
    with service.listening("acme", **{"Last-Event-ID": "0"}) as stream:
        stream.until(STATUS, before="satisfied_direct")
        usual = {e["edition"] for e in _waiting(stream) if "edition" in e}
    with service.listening(
        "acme", "events?edition=eu-ai-act-2026", **{"Last-Event-ID": "0"}
    ) as stream:
        told = stream.until(STATUS)
    with service.client("acme") as client:
        unknown = client.get("events?edition=eu-ai-act-2025")

    assert usual <= {"iso-42001-2023"}
    assert (told["edition"], told["provision"]) == ("eu-ai-act-2026", "article-26/par-1")
    assert told["assessed"] is False
    assert unknown.status_code == 400
    assert "Did you mean 'eu-ai-act-202" in unknown.json()["detail"]


def _waiting(stream: Stream) -> list[dict[str, Any]]:
    found = []
    while not stream.events.empty():
        event = stream.events.get()
        if event is not None:
            found.append(event)
    return found


def test_a_stream_goes_on_after_the_last_event_that_was_received(service: Service) -> None:
    with service.listening("acme", **{"Last-Event-ID": "0"}) as stream:
        first, second = stream.until(EVIDENCE), stream.until(EVIDENCE)
    with service.listening("acme", **{"Last-Event-ID": str(first["id"])}) as stream:
        again = stream.until(EVIDENCE)
    with service.listening("acme", **{"Last-Event-ID": "999999"}) as stream:
        cut = stream.events.get(timeout=60)

    assert again == second
    assert cut is not None
    assert cut["event"] == "journal-cut"


def test_an_organisation_hears_nothing_of_another(service: Service) -> None:
    with service.listening("other", **{"Last-Event-ID": "0"}) as stream:
        service.put("acme", {"audit": AUDIT + "\n# again"})
        service.put("other", PASSED)
        stream.until(STATUS, after="satisfied_direct")
        heard = {stream.until(EVIDENCE)["organisation"]} if not stream.events.empty() else {"other"}
    with service.client("other") as client:
        refused = client.get("events?organisation=acme")
    with service.client(None) as client:
        anonymous = client.get("events")
    with service.client("clerk") as client:
        unread = client.get("events")

    assert heard == {"other"}
    assert (refused.status_code, anonymous.status_code, unread.status_code) == (404, 401, 403)


def test_a_caller_has_so_many_streams_and_no_more(service: Service) -> None:
    with service.listening("crowd") as first, service.listening("crowd"):
        with service.client("crowd") as client:
            refused = client.get("events")
        deadline = time.monotonic() + 10
        while not first.beats and time.monotonic() < deadline:
            time.sleep(0.05)
    with service.listening("crowd"):
        pass

    assert refused.status_code == 429
    assert refused.headers["retry-after"]
    assert first.beats


def test_a_webhook_is_sent_what_changes_signed_and_again_until_it_arrives(
    service: Service, receiver: Receiver
) -> None:
    receiver.answers = [500]
    with service.client("hooked") as client:
        made = client.post("webhooks", json={"url": f"{receiver.address}/x?token=y"})
        service.put("hooked", PASSED)
        refused, _ = receiver.got.get(timeout=60)
        again, first_body = receiver.got.get(timeout=60)
        headers, body, event = (
            (again, first_body, found[0])
            if (found := _passed(first_body))
            else receiver.until(after="satisfied_direct")
        )
        for _ in range(100):
            shown = client.get(f"webhooks/{made.json()['id']}")
            if shown.json()["state"] == "active":
                break
            time.sleep(0.05)
        listed = client.get("webhooks").json()
        gone = client.delete(f"webhooks/{made.json()['id']}")
        missing = client.get(f"webhooks/{made.json()['id']}")

    assert made.status_code == 201
    assert refused["Crosswalk-Delivery"] == again["Crosswalk-Delivery"]
    assert (event["provision"], event["organisation"]) == ("A.9.4", "hooked")
    assert _verified(made.json()["secret"], headers["Crosswalk-Signature"], body)
    assert not _verified("whsec_other", headers["Crosswalk-Signature"], body)
    assert "secret" not in shown.json()
    assert shown.json()["delivered"] > 0
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert (gone.status_code, missing.status_code) == (204, 404)
    recorded = [one.entry for one in read(service.folder) if "webhook" in one.entry.action]
    assert [one.action for one in recorded if one.outcome == "done"] == [
        "webhook create",
        "webhook delete",
    ]
    assert not any("token" in one.detail for one in recorded)


def _passed(body: bytes) -> list[dict[str, Any]]:
    return [e for e in json.loads(body)["events"] if e.get("after") == "satisfied_direct"]


def _verified(secret: str, signature: str, body: bytes) -> bool:
    """Tell whether a delivery is signed; as the README has it."""
    said = dict(part.split("=") for part in signature.split(","))
    expected = hmac.new(secret.encode(), f"{said['t']}.".encode() + body, "sha256").hexdigest()
    fresh = abs(time.time() - int(said["t"])) < 300
    return fresh and hmac.compare_digest(said["v1"], expected)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"url": "https://169.254.169.254/latest/meta-data"}, "special network"),
        ({"url": "ftp://example.org"}, "no address of the web"),
        ({"url": "http://127.0.0.1:9/", "editions": ["iso-42001"]}, "iso-42001-2023"),
        ({"url": "http://127.0.0.1:9/", "events": []}, "wants url"),
        ([], "wants url"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(service: Service, body: object, said: str) -> None:
    with service.client("acme") as client:
        answer = client.post("webhooks", json=body)

    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_webhooks_are_managed_by_who_may_manage_the_organisation(service: Service) -> None:
    with service.client("clerk") as clerk, service.client("other") as other:
        unmanaged = clerk.get("webhooks")
        foreign = other.get("webhooks?organisation=acme")

    assert (unmanaged.status_code, foreign.status_code) == (403, 404)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://127.0.0.1/", False),
        ("https://localhost/", False),
        ("https://2130706433/", False),
        ("https://10.1.2.3/", False),
        ("https://100.64.0.1/", False),
        ("https://[::1]/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://[64:ff9b::a00:1]/", False),
        ("https://[fd00::1]/", False),
        ("http://9.9.9.9/", False),
        ("http://9.9.9.9/", True),
        ("http://10.1.2.3/", True),
        ("https://169.254.169.254/", True),
        ("https://[::ffff:169.254.169.254]/", True),
        ("https://0.0.0.0/", True),
        ("https://user@9.9.9.9/", False),
        ("https://9.9.9.9/\r\nHost: x", False),
        ("https://9.9.9.9:99999/", False),
    ],
)
def test_nothing_is_sent_where_nothing_may_be_sent(url: str, private: bool) -> None:
    with pytest.raises(UsageError):
        asyncio.run(outbound.resolved(url, private=private))


def test_what_may_be_reached_is_reached_at_the_address_that_was_looked_up() -> None:
    target = asyncio.run(outbound.resolved("https://9.9.9.9:8443/a?b=c"))
    near = asyncio.run(outbound.resolved("http://127.0.0.1:80/", private=True))

    assert (target.address, target.port, target.path) == ("9.9.9.9", 8443, "/a?b=c")
    assert target.authority == "9.9.9.9:8443"
    assert near.authority == "127.0.0.1"


def test_a_name_is_not_looked_up_again_nor_an_answer_followed_or_read_to_its_end(
    receiver: Receiver,
) -> None:
    port = int(receiver.address.rpartition(":")[2])
    receiver.usual = 302

    def sent(path: str) -> outbound.Reached:
        target = outbound.Target(False, "receiver.invalid", port, "127.0.0.1", path)
        return asyncio.run(outbound.post(target, b"{}", {"Crosswalk-Delivery": "1"}))

    moved, long = sent("/elsewhere"), sent("/long")

    assert moved.status == 302
    assert len(long.body) == outbound.ANSWER
    assert receiver.got.get(timeout=30)[0]["Host"] == f"receiver.invalid:{port}"
    receiver.got.get(timeout=30)
    assert receiver.got.empty()


def test_a_webhook_that_fails_for_a_day_is_suspended_and_one_that_is_gone_at_once() -> None:
    hook = Hook("https://example.org/", [], "s", "2026-11-21", "Ann", sent=3, until=4)
    now, waits = 1_000_000.0, []
    while not hook.suspended:
        hook.failed("answered 500", now=now, first=5, gone=False)
        waits.append(hook.due - now)
        now = hook.due
    gone = Hook("https://example.org/", [], "s", "2026-11-21", "Ann", sent=3, until=4)
    gone.failed("answered 410", now=1.0, first=5, gone=True)

    assert 86_400 <= now - 1_000_000 < 2 * 86_400
    assert 2.5 <= waits[0] <= 5
    assert 1800 <= max(waits) <= 3600
    assert 25 < len(waits) < 70
    assert (gone.row("x")["state"], gone.row("x")["error"]) == ("suspended", "answered 410")
    assert gone.row("x")["delivered"] == 3


def test_a_change_that_a_killed_service_did_not_judge_is_told_by_the_next(
    service: Service, receiver: Receiver
) -> None:
    receiver.usual = 503
    with service.client("other") as client:
        client.post("webhooks", json={"url": receiver.address, "editions": ["iso-42001-2023"]})
    with service.listening("other", **{"Last-Event-ID": "0"}) as stream:
        told = stream.until(STATUS, after="satisfied_direct")
        with service.client("other") as client:
            assert client.delete("evidence/audit").status_code == 204
        service.stop(signal.SIGKILL)
    receiver.usual = 200
    service.start()
    sent = receiver.until(before="satisfied_direct")[2]

    with service.listening("other", **{"Last-Event-ID": str(told["id"])}) as stream:
        withdrawn = stream.until(STATUS, before="satisfied_direct")
        took = service.stop()
        rest = [stream.events.get(timeout=30) for _ in range(stream.events.qsize() or 1)]
    service.start()

    assert withdrawn == sent
    assert withdrawn["provision"] == "A.9.4"
    assert rest[-1] is None
    assert took < 5


def test_what_has_changed_by_the_passing_of_days_is_told(service: Service) -> None:
    service.put("again", {"policy": POLICY})
    service.stop()
    journal = Journal(service.folder / "organisations" / "again")
    held, statuses = journal.judged(), journal.statuses()
    assert held is not None
    assert statuses is not None
    (scope,) = statuses["scopes"].values()
    scope["statuses"]["iso-42001-2023"]["A.9.4"] = ["satisfied_direct", "it was valid"]
    journal.conclude(replace(held, day="2026-01-01"), json.dumps(statuses), [])
    newest = journal.bounds()[1]
    service.start()

    with service.listening("again", **{"Last-Event-ID": str(newest)}) as stream:
        told = stream.until(STATUS)

    assert (told["provision"], told["before"]) == ("A.9.4", "satisfied_direct")
    assert told["generation_before"] == held.generation
    assert told["why"].startswith("before: it was valid; after: ")
    assert told["by"] == ""


def test_the_journal_keeps_so_many_events_and_never_gives_a_number_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path, most=3)

    journal.add([Event(EVIDENCE, {"n": n}) for n in range(5)])
    journal.conclude(Judged(7, "k", "2026-11-21", 5), "{}", [Event(STATUS, {"n": 5})])

    assert [(one.id, one.body["n"]) for one in journal.after(0)] == [(4, 3), (5, 4), (6, 5)]
    assert journal.bounds() == (4, 6)
    assert journal.judged() == Judged(7, "k", "2026-11-21", 5)
    assert journal.path.stat().st_mode & 0o077 == 0
