"""The service is watched, keeps its door, and ends as it should: a real server, real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import io
import ipaddress
import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

import click
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

import crosswalk
from crosswalk import resources
from crosswalk.access import Keys
from crosswalk.cli.app import cli, main
from crosswalk.graph import upkeep
from crosswalk.web.connections import Joined
from crosswalk.web.door import Buckets, Door, Rules, host_names

SOURCE = str(Path(crosswalk.__file__).parents[1])
Found = TypeVar("Found")
QUERY = {"Content-Type": "application/sparql-query"}
EXAMPLE = resources.examples_dir() / "x-corporation" / "evidence.ttl"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
CONFIG = """
header_s = 1
body_s = 1
stall_s = 2
deadline_s = 20
grace_s = 10
max_body_mb = 1
connections = 20
readers = 1
cors = ["https://app.example"]
log = "json"
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its process, where it listens, where its log is."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lines(self) -> list[dict[str, object]]:
        """Return what the log says of requests, once it is written."""
        time.sleep(0.2)
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def children(self) -> list[int]:
        """Return the processes that it started."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        found = [(one / "children").read_text().split() for one in tasks.iterdir()]
        return [int(pid) for pids in found for pid in pids]


@contextmanager
def serving(folder: Path, *, config: str = CONFIG) -> Iterator[Service]:
    """Yield a service over an open dataset, and end it if a test has not."""
    folder.mkdir(exist_ok=True)
    file, log = folder / "crosswalk.toml", folder / "log"
    file.write_text(config, encoding="utf-8")
    call = ("serve", "--port", "0", "--open-dataset", "open", "--no-shipped", "--config", str(file))
    environment = {**os.environ, "PYTHONPATH": SOURCE, "CROSSWALK_STORE": str(folder / "store")}
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "crosswalk", *call], stderr=told, env=environment
        )
    try:
        found = _until(lambda: re.search(r"serving at http://[^:]+:(\d+)/", log.read_text()))
        service = Service(process, int(found[1]), log)
        with httpx.Client(base_url=service.address) as client:
            _until(lambda: _is_ready(client))
        yield service
    finally:
        process.kill()
        process.wait(timeout=20)


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _until(asked: Callable[[], Found | None], *, seconds: float = 30) -> Found:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := asked():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service that all tests share, with short patience."""
    with serving(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.address) as made:
        yield made


def _metric(client: httpx.Client, name: str) -> float:
    text = client.get("/metrics").text
    found = re.search(rf"^{re.escape(name)} ([\d.e+]+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_the_service_lives_and_is_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_the_figures_count_requests_by_the_template_of_their_address(client: httpx.Client) -> None:
    name = 'crosswalk_requests_total{method="GET",route="/datasets/open/graph/{path:path}"'
    name += ',status="404"}'
    before = _metric(client, name)

    client.get("/datasets/open/graph/a")
    client.get("/datasets/open/graph/b")

    assert _metric(client, name) == before + 2
    assert _metric(client, 'crosswalk_readers{store="/"}') == 2  # one is spare
    assert _metric(client, "crosswalk_ready") == 1
    assert _metric(client, "process_resident_memory_bytes") > 0


def test_unknown_addresses_and_methods_make_no_figures_of_their_own(client: httpx.Client) -> None:
    client.get("/nowhere-1")
    client.request("BREW", "/healthz")

    text = client.get("/metrics").text

    assert 'route="none"' in text
    assert "nowhere-1" not in text
    assert "BREW" not in text


def test_a_request_has_a_line_with_its_id_and_without_its_text(
    client: httpx.Client, service: Service
) -> None:
    answer = client.get(
        "/sparql", params={"query": "ASK { <urn:secret> ?p ?o }"}, headers={"X-Request-ID": "abc-1"}
    )
    posted = client.post(
        "/sparql",
        content="ASK { <urn:secret> ?p ?o }",
        headers=QUERY,
    )
    unknown = client.get("/sparql", headers={"Authorization": "Bearer hidden"})

    lines = {line["id"]: line for line in service.lines()}
    said = lines["abc-1"]
    again = lines[posted.headers["x-request-id"]]
    assert answer.headers["x-request-id"] == "abc-1"
    assert lines[unknown.headers["x-request-id"]]["status"] == 401
    assert (said["method"], said["route"], said["status"]) == ("GET", "/sparql", 200)
    assert said["bytes"] == len(answer.content)
    assert re.fullmatch(r"[0-9a-f]{16}", str(said["query"]))
    assert said["query"] == again["query"]
    assert said["generation"] == int(answer.headers["crosswalk-generation"])
    assert not re.search(r"secret|hidden|ASK", service.log.read_text(encoding="utf-8"))


@pytest.mark.parametrize("given", ["a b", "", "x" * 65, 'a"}', "-rf"])
def test_an_id_that_is_not_sane_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", answer.headers["x-request-id"])


@pytest.mark.parametrize("at", ["/", "/sparql?query=ASK{}", "/nowhere", "/healthz"])
def test_every_answer_carries_the_headers_that_protect(client: httpx.Client, at: str) -> None:
    headers = client.get(at).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("[::1]:80", 200),
        ("LocalHost.", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("127.0.0.1:80@evil.example", 421),
        ("10.0.0.1", 421),
        ("", 421),
    ],
)
def test_the_service_is_called_by_its_own_names_only(
    client: httpx.Client, host: str, status: int
) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == status


def test_a_listed_origin_may_read_and_no_other(client: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST"}

    listed = client.options("/sparql", headers={"Origin": "https://app.example", **asked})
    other = client.options("/sparql", headers={"Origin": "https://evil.example", **asked})
    read = client.get("/healthz", headers={"Origin": "https://app.example"})

    assert listed.status_code == 200
    assert listed.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in other.headers
    assert read.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-credentials" not in read.headers
    assert "Origin" in client.get("/healthz").headers["vary"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
        ("https://app.example", 204),
        (None, 204),
    ],
)
def test_a_page_of_another_origin_changes_nothing(
    client: httpx.Client, origin: str | None, status: int
) -> None:
    headers = {"Origin": origin} if origin else {}

    answer = client.post("/datasets/open/update", data={"update": "CLEAR ALL"}, headers=headers)

    assert answer.status_code == status


def test_a_page_of_the_service_itself_may_ask(client: httpx.Client, service: Service) -> None:
    answer = client.post("/sparql", data={"query": "ASK {}"}, headers={"Origin": service.address})

    assert answer.status_code == 200


def _exchange(service: Service, *parts: bytes, pause: float = 0.0, seconds: float = 6) -> bytes:
    """Send parts with pauses until an answer comes; return all that does before the end."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=seconds) as line:
        found = b""
        try:
            for part in parts:
                if select.select([line], [], [], pause)[0]:
                    break
                line.sendall(part)
            while chunk := line.recv(65536):
                found += chunk
        except (BrokenPipeError, ConnectionResetError):
            pass
        return found


POST = b"POST /datasets/open/update HTTP/1.1\r\nHost: localhost\r\n"


def test_a_head_that_does_not_come_is_not_waited_for(service: Service) -> None:
    began = time.monotonic()

    slow = _exchange(service, b"GET / HTTP/1.1\r\nX: ", *[b"x"] * 60, pause=0.1)
    silent = _exchange(service)

    assert slow.startswith(b"HTTP/1.1 408 ")
    assert silent == b""
    assert time.monotonic() - began < 8


def test_a_later_head_that_does_not_come_is_not_waited_for(service: Service) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    with socket.create_connection(("127.0.0.1", service.port), timeout=4) as line:
        line.sendall(whole)
        first = line.recv(65536)
        while not first.endswith(b"}"):
            first += line.recv(65536)
        line.sendall(whole[:20])
        second = line.recv(65536)
        end = line.recv(65536)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 408 ")
    assert end == b""


def test_a_body_that_does_not_come_is_not_waited_for(service: Service) -> None:
    head = POST + b"Content-Type: application/sparql-update\r\nContent-Length: 1000\r\n\r\n"

    answer = _exchange(service, head, *[b"x"] * 60, pause=0.1)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_client_that_does_not_take_its_answer_is_let_go(
    client: httpx.Client, service: Service
) -> None:
    values = " ".join(f"'{'x' * 1000}{n}'" for n in range(900))
    text = f"SELECT ?a {{ VALUES ?a {{ {values} }} VALUES ?b {{ {'1 ' * 20} }} }}"
    body = text.encode()
    head = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", service.port))
        line.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

        _until(lambda: _metric(client, 'crosswalk_running{store="/"}') == 1, seconds=10)
        _until(lambda: _metric(client, 'crosswalk_running{store="/"}') == 0, seconds=15)


def test_a_body_that_is_too_large_is_refused_before_it_comes(service: Service) -> None:
    head = POST + b"Content-Type: application/sparql-update\r\nContent-Length: 3000000000\r\n\r\n"

    answer = _exchange(service, head)

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_is_refused_when_it_is_too_large(service: Service) -> None:
    head = POST + b"Content-Type: application/sparql-update\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"

    answer = _exchange(service, head, *[chunk] * 17, pause=0.01)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in answer


def test_a_form_of_parts_is_refused_when_it_is_too_large(client: httpx.Client) -> None:
    files = {"file": ("a.ttl", b"#" * (2 << 20), "text/turtle")}

    answer = client.post("/datasets/open/data?default", files=files)

    assert answer.status_code == 413


def test_an_address_and_headers_that_are_too_long_are_refused(service: Service) -> None:
    host = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

    address = _exchange(service, b"GET /sparql?query=" + b"x" * 70_000 + host + b"\r\n")
    headers = _exchange(service, b"GET /" + host + b"X: " + b"x" * 70_000 + b"\r\n\r\n")
    endless = _exchange(service, b"GET /" + host, *[b"X: " + b"x" * 9_000 + b"\r\n"] * 9, pause=0.1)

    assert address.startswith(b"HTTP/1.1 414 ")
    assert headers.startswith(b"HTTP/1.1 431 ")
    assert endless.startswith(b"HTTP/1.1 431 ")


def test_the_head_of_an_answer_leaves_with_its_body_and_is_not_held_back_without_one() -> None:
    class Wire:
        def __init__(self) -> None:
            self.packets: list[bytes] = []

        def write(self, data: bytes) -> None:
            self.packets.append(data)

        def get_write_buffer_size(self) -> int:
            return 0

        def close(self) -> None:
            self.packets.append(b"closed")

    async def story() -> list[bytes]:
        wire = Wire()
        joined = Joined(cast("asyncio.Transport", wire))
        joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
        assert joined.get_write_buffer_size() == 19
        joined.write(b"body")
        joined.write(b"more")
        joined.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await asyncio.sleep(0)
        joined.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        joined.close()
        return wire.packets

    assert asyncio.run(story()) == [
        b"HTTP/1.1 200 OK\r\n\r\nbody",
        b"more",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"closed",
    ]


def test_connections_beyond_the_limit_are_refused(service: Service) -> None:
    held = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(25)]
    try:
        answers = []
        for line in held:
            line.settimeout(0.5)
            try:
                answers.append(line.recv(100))
            except TimeoutError:
                answers.append(b"waits")
    finally:
        for line in held:
            line.close()

    assert sum(one.startswith(b"HTTP/1.1 503 ") for one in answers) >= 5
    with httpx.Client(base_url=service.address) as client:
        _until(lambda: _is_ready(client))


def test_a_caller_is_allowed_so_much_a_second() -> None:
    buckets = Buckets(2, known=2)

    burst = [buckets.wait("a", now=0.0) for _ in range(5)]
    later = [buckets.wait("a", now=0.5) for _ in range(2)]
    for one in ("b", "c", "d"):
        buckets.wait(one, now=0.5)

    assert burst == [0, 0, 0, 0, 0.5]
    assert later == [0, 0.5]
    assert len(buckets._held) == 2


async def _within(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with where a request is said to come from."""
    said = json.dumps([scope["client"][0], scope["scheme"], scope["state"]["loopback"]])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said.encode()})


def _asked(
    door: Door, client: str = "192.0.2.1", **headers: str
) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of what a door lets out."""
    told: list[Message] = []
    named = {"host": "crosswalk.example", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "client": (client, 1),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items()],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    asyncio.run(door(scope, receive, send))
    head = {k.decode(): v.decode() for k, v in told[0]["headers"]}
    return told[0]["status"], head, b"".join(one.get("body", b"") for one in told[1:]).decode()


RULES = Rules(frozenset(["crosswalk.example"]))


def test_an_address_that_asks_too_often_is_told_when_to_come_again() -> None:
    door = Door(_within, replace(RULES, rate=1))

    statuses = [_asked(door)[0] for _ in range(4)]
    _, headers, _ = _asked(door)

    assert statuses == [200, 200, 429, 429]
    assert headers["retry-after"] == "1"
    assert _asked(door, "192.0.2.2")[0] == 200


def test_addresses_of_one_network_of_ipv6_are_one_caller() -> None:
    door = Door(_within, replace(RULES, rate=1))

    statuses = [_asked(door, f"2001:db8::{n}")[0] for n in range(1, 4)]

    assert statuses == [200, 200, 429]


def test_the_loopback_address_is_asked_for_its_rate_only_if_said() -> None:
    free = Door(_within, replace(RULES, rate=1))
    bound = Door(_within, replace(RULES, rate=1, rate_loopback=True))

    assert {_asked(free, "127.0.0.1")[0] for _ in range(4)} == {200}
    assert [_asked(bound, "127.0.0.1")[0] for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("client", "claimed", "believed"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "rubbish", "10.0.0.1"),
    ],
)
def test_only_a_listed_proxy_is_believed_about_who_asks(
    client: str, claimed: str, believed: str
) -> None:
    network = Rules(RULES.hosts, proxies=(ipaddress.ip_network("10.0.0.0/8"),))

    _, headers, told = _asked(
        Door(_within, network), client, x_forwarded_for=claimed, x_forwarded_proto="https"
    )

    secure = client.startswith("10.")
    assert json.loads(told) == [believed, "https" if secure else "http", False]
    assert ("strict-transport-security" in headers) is secure


def test_what_a_local_proxy_passes_on_is_not_taken_for_local() -> None:
    door = Door(_within, RULES)

    _, _, told = _asked(door, "127.0.0.1", x_forwarded_for="203.0.113.9")

    assert json.loads(told)[2] is False


def test_the_figures_are_not_for_everybody(client: httpx.Client) -> None:
    passed_on = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert client.get("/metrics").status_code == 200
    assert passed_on.status_code == 403


@pytest.mark.parametrize(
    ("host", "name", "allowed"),
    [
        ("0.0.0.0", "192.0.2.7", True),  # noqa: S104 - nothing listens there
        ("0.0.0.0", "evil.example", False),  # noqa: S104 - nothing listens there
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "localhost", False),
    ],
)
def test_the_names_of_a_service_follow_from_where_it_listens(
    host: str, name: str, allowed: bool
) -> None:
    door = Door(_within, Rules(host_names(host)))

    assert (_asked(door, host=name)[0] == 200) is allowed


def _gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def _ask_slowly(service: Service) -> socket.socket:
    """Return a connection on which a query runs that takes a moment or for ever."""
    body = RUNAWAY.encode()
    line = socket.create_connection(("127.0.0.1", service.port))
    head = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    line.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    with httpx.Client(base_url=service.address) as client:
        _until(lambda: _metric(client, 'crosswalk_running{store="/"}') == 1, seconds=10)
    return line


def test_a_service_that_is_told_to_stop_answers_what_runs_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    short = CONFIG.replace("deadline_s = 20", "deadline_s = 2")
    with serving(tmp_path, config=short) as service:
        pids = service.children()
        line = _ask_slowly(service)

        service.process.send_signal(signal.SIGTERM)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
        line.close()

        assert answer.startswith(b"HTTP/1.1 504 ")  # its deadline came, within the grace
        assert service.process.wait(timeout=10) == 0
        assert len(pids) >= 2
        assert _gone(pids)


def test_a_second_signal_ends_the_service_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        pids = service.children()
        line = _ask_slowly(service)

        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert service.process.poll() is None
        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(timeout=5) == 0
        _until(lambda: _gone(pids), seconds=3)
        line.close()


def test_a_service_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        pids = service.children()
        line = _ask_slowly(service)

        service.process.kill()

        _until(lambda: _gone(pids), seconds=3)
        line.close()


def test_the_examples_of_the_upkeep_run_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(resources.examples_dir(), tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    store = cli.commands["store"]
    assert isinstance(store, click.Group)

    for name in ("load", "check", "dump", "backup", "restore"):
        (line,) = re.findall(r"crosswalk (.*)", store.commands[name].epilog or "")
        with contextlib.suppress(SystemExit):
            main(shlex.split(line))
        assert "Error" not in capsys.readouterr().err

    dumped = (tmp_path / "kept.nq").read_bytes()
    output = io.BytesIO()
    upkeep.dump(tmp_path / "kept-again", output)
    assert sorted(output.getvalue().splitlines()) == sorted(dumped.splitlines()) != []


@pytest.mark.parametrize(
    ("call", "code", "told"),
    [
        (("check", "--store", "nowhere"), 2, "is no store"),
        (("dump", "--store", "nowhere"), 2, "is no store"),
        (("backup", "copy", "--store", "nowhere"), 2, "is no store"),
        (("restore", "nowhere", "--store", "new"), 3, "is no backup"),
        (("load", "a.ttl", "--store", "new"), 2, "names no graph"),
        (("load", "a.ttl", "--graph", "b", "--store", "new"), 2, "is not an absolute IRI"),
        (("load", "a.txt", "--store", "new"), 3, "is of no known format"),
        (("load", "a.nq", "--store", "new"), 2, "cannot be read"),
        (("check",), 2, "no store is named"),
    ],
)
def test_a_wrong_call_of_the_upkeep_is_told_and_makes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    call: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(["store", *call])

    assert ended.value.code == code
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_stores_of_organisations_are_counted_and_not_named(
    service: Service, client: httpx.Client
) -> None:
    token = Keys(service.log.parent / "store").create("test", "acme", ["read", "write"]).token
    before = _metric(client, "crosswalk_organisations_writes_total")

    put = client.put(
        "/data",
        params={"graph": "https://w3id.org/aigov-crosswalk/org/acme/plan"},
        content="<urn:a> <urn:b> 1 .",
        headers={"Content-Type": "text/turtle", "Authorization": f"Bearer {token}"},
    )

    assert put.status_code == 201
    assert _metric(client, "crosswalk_organisations_writes_total") == before + 1
    assert _metric(client, "crosswalk_organisations_open") == 1
    assert client.get("/readyz").json()["organisations_open"] == 1
    assert "acme" not in client.get("/metrics").text


def test_a_backup_of_what_is_served_is_restored_and_served_again(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(service.log.parent / "store")

    main(["store", "backup", str(tmp_path / "copy"), "--store", store])
    main(["store", "restore", str(tmp_path / "copy"), "--store", str(tmp_path / "store")])
    main(["store", "check", "--store", str(tmp_path / "store"), "--format", "json"])
    with pytest.raises(SystemExit) as ended:
        main(["store", "load", str(EXAMPLE), "--graph", "urn:g", "--store", store])

    said = capsys.readouterr()
    assert json.loads(said.out) == []
    assert ended.value.code == 4
    assert "is in use by process" in said.err
