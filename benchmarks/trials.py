"""What the service does under attack and when parts of it are killed; each line is a trial.

Run it as ``python benchmarks/trials.py [--trial NAME]… [--requests N] [--kills N] [--backups N]``.
A real server runs with a deadline of four seconds. A trial that fails is named, and the exit code
is 1. ``disk`` needs the right to mount a small file system, and says so where it has not got it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import logging
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from crosswalk import access, holdings
from crosswalk.access import Keys
from crosswalk.graph import upkeep
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.stores import graphs_of

DEADLINE = 4
E = "http://example.org/"
LOOKUP = "SELECT ?s ?o { ?s <http://example.org/knows> ?o } LIMIT 5"
VALUES = " ".join(f'"{n}"' for n in range(3_000))
BOMBS = {
    "cross product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "sorted cross product": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i LIMIT 1",
    "path bomb": "SELECT (COUNT(*) AS ?n) { ?a (<http://example.org/knows>|!<urn:x>)* ?b . "
    "?b (<http://example.org/knows>|^<http://example.org/knows>)+ ?c }",
    "nested paths": "SELECT * { ?a ((((<http://example.org/knows>*)*)*)*)* ?b . ?b !<urn:x>* ?c }",
    "regex": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f "
    'FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "(a|aa)+(b|bb)+(c|.)+$")) }',
    "GROUP_CONCAT": "SELECT (GROUP_CONCAT(?x) AS ?y) { ?a ?b ?c . ?d ?e ?f "
    "BIND(CONCAT(STR(?a), STR(?d)) AS ?x) }",
    "doubling": "SELECT (STRLEN(?z) AS ?n) { BIND('aaaaaaaaaaaaaaaa' AS ?a) "
    + " ".join(
        f"BIND(CONCAT(?{p}, ?{p}) AS ?{n})"
        for p, n in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
    )
    + " BIND(CONCAT(?z, ?z) AS ?zz) }",
    "large VALUES": f"SELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {VALUES} }} VALUES ?b {{ {VALUES} }} "
    f"VALUES ?c {{ {VALUES} }} }}",
    "deep nesting": "SELECT * { " + "{ " * 15_000 + "?a ?b ?c" + " }" * 15_000 + " }",
    "deep brackets": "SELECT * { FILTER(" + "(" * 15_000 + "1" + ")" * 15_000 + ") }",
    "long unions": "SELECT * { " + " UNION ".join("{ ?a ?b ?c }" for _ in range(2_000)) + " }",
    "EXISTS in EXISTS": "SELECT * { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f . ?g ?h ?i "
    "FILTER NOT EXISTS { ?j ?k ?l . ?m ?n ?o FILTER(?l = ?i && ?c = ?o && ?n != ?k) } } }",
}


@dataclass(slots=True)
class Served:
    """A server: its address and its process."""

    base: str
    process: subprocess.Popen[str]

    def client(self) -> httpx.AsyncClient:
        """Return a client of it."""
        return httpx.AsyncClient(base_url=self.base, timeout=120)

    def children(self, module: str) -> list[int]:
        """Return the processes of a module of ours that it has started."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            with contextlib.suppress(OSError):
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if parent == str(self.process.pid) and module.encode() in words:
                    found.append(int(entry.name))
        return sorted(found)


@asynccontextmanager
async def served(folder: Path, *options: str, **settings: str) -> AsyncIterator[Served]:
    """Run a server with an open dataset."""
    call = ["serve", "--store", str(folder / "store"), "--port", "0", "--open-dataset", "t"]
    call += options
    environment = {"CROSSWALK_DEADLINE_S": str(DEADLINE), "TMPDIR": str(folder), **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "crosswalk", *call],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if line.startswith("serving at "))
        drain = asyncio.create_task(asyncio.to_thread(process.stderr.read))
        base = line.split()[2].rstrip("/")
        try:
            async with httpx.AsyncClient() as client:
                for _ in range(300):
                    with contextlib.suppress(httpx.TransportError):
                        if (await client.get(f"{base}/readyz")).status_code == 200:
                            break
                    await asyncio.sleep(0.1)
            yield Served(base, process)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)
            await drain


def data() -> bytes:
    """Return 20 000 triples."""
    lines = (
        f"<{E}p{n}> <{E}knows> <{E}p{n * 7 % 10000}> .\n"
        f'<{E}p{n}> <{E}name> "person {n} {"ab" * (n % 20)}" .\n'
        for n in range(10_000)
    )
    return "".join(lines).encode()


async def filled(client: httpx.AsyncClient) -> None:
    """Fill the open dataset."""
    answer = await client.put(
        "/datasets/t/data?default", content=data(), headers={"Content-Type": "text/turtle"}
    )
    answer.raise_for_status()


async def waits(client: httpx.AsyncClient, going: Callable[[], bool]) -> list[float]:
    """Return how long a second client waits for each answer while something goes on, in ms."""
    found = []
    while going():
        begun = time.perf_counter()
        answer = await client.get("/datasets/t/sparql", params={"query": LOOKUP})
        answer.raise_for_status()
        found.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.005)
    return found


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98] if len(values) > 2 else max(values)


def _runs(task: asyncio.Task[httpx.Response]) -> bool:
    return not task.done()


async def bombs(folder: Path) -> list[str]:
    """Expect that each bomb ends within its deadline and a second, others served meanwhile."""
    faults = []
    async with served(folder) as server, server.client() as client:
        await filled(client)
        until = time.perf_counter() + 4
        quiet = p99(await waits(client, lambda: time.perf_counter() < until))
        print(f"  quiet: p99 {quiet:.1f} ms")
        for name, text in BOMBS.items():
            begun = time.perf_counter()
            kind = {"Content-Type": "application/sparql-query"}
            bomb = asyncio.create_task(
                client.post("/datasets/t/sparql", content=text, headers=kind)
            )
            loud = p99(await waits(client, partial(_runs, bomb)) or [0.0])
            status = 0  # cut off in the answer
            with contextlib.suppress(httpx.RemoteProtocolError):
                status = (await bomb).status_code
            took = time.perf_counter() - begun
            print(
                f"  {name}: {status or 'cut off'} after {took:.2f} s; beside it p99 {loud:.1f} ms"
            )
            if took > DEADLINE + 1:
                faults.append(f"{name} took {took:.1f} s")
            if status >= 500 and status not in (503, 504):
                faults.append(f"{name} gave {status}")
            if loud > 10 * quiet:
                faults.append(f"beside {name} a client waited {loud / quiet:.0f} times as long")
    return faults


def fuzzed(random: random.Random) -> tuple[str, str, dict[str, str], bytes]:
    """Return method, target, headers and body of a request that no decent client would send."""
    noise = bytes(random.randrange(256) for _ in range(random.randrange(60)))
    words = [
        "query",
        "update",
        "graph",
        "default",
        "default-graph-uri",
        "using-graph-uri",
        "format",
    ]
    values = [
        "",
        "ASK{}",
        "SELECT * {?s ?p ?o} LIMIT 1",
        "DROP ALL",
        "urn:x",
        "not an iri",
        "%",
        "%00",
        "%ff",
        "CONSTRUCT WHERE {?s ?p ?o}",
        "DESCRIBE <urn:x>",
        noise.hex(),
        "json",
        "\u2028",
        "SELECT (1/0 AS ?x) {}",
        "ASK { ?s ?p '\ud83d\ude00' }",
        "{" * random.randrange(300),
    ]
    method = random.choice(
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"]
    )
    path = random.choice(
        [
            "/sparql",
            "/update",
            "/data",
            "/graph/x",
            "/datasets/t/sparql",
            "/datasets/t/update",
            "/datasets/t/data",
            "/datasets/t/graph/a/b",
            "/",
            "/.well-known/void",
            "/readyz",
            "/id/x",
            "/ns",
            "/datasets/../etc",
            "//",
            "/%2e%2e/",
            "/api/v1/frameworks",
            "/api/v1/coverage",
            "/metrics",
        ]
    )
    pairs = [f"{random.choice(words)}={random.choice(values)}" for _ in range(random.randrange(4))]
    target = path + ("?" + "&".join(pairs) if pairs else "")
    kinds = [
        "application/sparql-query",
        "application/sparql-update",
        "text/turtle",
        "text/csv",
        "application/json",
        "application/x-www-form-urlencoded",
        "application/sparql-query; charset=utf-16",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/n-quads",
        "application/ld+json",
        "application/rdf+xml",
        "",
        ";;;",
        "a/b/c",
        "text/turtle;charset=latin1",
    ]
    headers = {}
    if random.random() < 0.8:
        headers["Content-Type"] = random.choice(kinds)
    if random.random() < 0.6:
        headers["Accept"] = random.choice(
            [
                "*/*",
                "text/csv",
                "text/html",
                "application/sparql-results+xml;q=2",
                ",,,",
                "text/turtle;q=0",
                "x",
                "application/ld+json, */*;q=0.1",
            ]
        )
    bodies = [
        b"",
        noise,
        b"ASK{}",
        b"query=ASK%7B%7D",
        b"update=DROP+ALL",
        b"<urn:a> <urn:b> <urn:c> .",
        b"<urn:a> <urn:b>",
        b'{"@context": "http://192.0.2.1/", "a": 1}',
        b"--x\r\n\r\n--x--",
        b"\xff\xfe",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        b"INSERT DATA { <urn:a> <urn:b> 1 }",
        b"LOAD <file:///etc/passwd>",
        b"[" * 2000,
        b"SELECT * FROM <http://192.0.2.1/> { ?s ?p ?o }",
        b"@prefix : <urn:> . : : : ." * 50,
    ]
    return method, target, headers, random.choice(bodies)


async def fuzz(folder: Path, requests: int) -> list[str]:
    """Expect that no request, however odd, gives a 500 or leaves a worker hanging."""
    faults: list[str] = []
    seen: Counter[int] = Counter()
    seed = random.Random(20261121)
    async with served(folder) as server, server.client() as client:
        where = urlsplit(server.base)

        async def send() -> None:
            method, target, headers, body = fuzzed(seed)
            link = None
            try:
                reader, link = await asyncio.open_connection(where.hostname, where.port)
                lines = [
                    f"{method} {target.encode('utf-8', 'replace').decode('latin-1')} HTTP/1.1",
                    f"Host: {where.netloc}",
                    "Connection: close",
                    f"Content-Length: {len(body)}",
                ]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                link.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body)
                await link.drain()
                head = await asyncio.wait_for(reader.readline(), 20)
                await asyncio.wait_for(reader.read(), 20)
                status = int(head.split()[1]) if head else 0
                seen[status] += 1
                if status == 500 or not head:
                    faults.append(f"{head!r} for {method} {target!r} {headers} {body[:60]!r}")
            except TimeoutError:
                faults.append(f"no answer for {method} {target!r} {headers} {body[:60]!r}")
            except (ConnectionError, ValueError) as error:
                seen[-1] += 1
                if isinstance(error, ValueError):
                    faults.append(f"no status for {method} {target!r}: {error}")
            finally:
                if link is not None:
                    link.close()

        for _ in range(requests // 10):
            await asyncio.gather(*(send() for _ in range(10)))
        print("  " + ", ".join(f"{status}: {count}" for status, count in sorted(seen.items())))
        answer = await client.get("/datasets/t/sparql", params={"query": "ASK {}"})
        if answer.status_code != 200:
            faults.append("the service does not answer any more")
    return faults[:20]


async def loris(folder: Path) -> list[str]:
    """Expect that slow clients and large bodies are let go, while others are served."""
    faults = []
    async with served(folder) as server, server.client() as client:
        await filled(client)
        where = urlsplit(server.base)
        slow = []
        for number in range(200):
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            head = b"POST /datasets/t/sparql HTTP/1.1\r\nHost: " + where.netloc.encode()
            if number % 2:  # half of them slow in the headers, half in the body
                head += b"\r\nContent-Type: application/sparql-query\r\nContent-Length: 50\r\n\r\nA"
            writer.write(head)
            slow.append((reader, writer))
        begun = time.perf_counter()
        until = begun + 5
        beside = p99(await waits(client, lambda: time.perf_counter() < until))
        print(f"  beside 200 slow clients: p99 {beside:.1f} ms")
        ended = 0
        while ended < len(slow) and time.perf_counter() - begun < 70:
            for _, writer in slow:
                with contextlib.suppress(ConnectionError):
                    writer.write(b"a")
            await asyncio.sleep(1)
            ended = sum(writer.is_closing() for _, writer in slow)
        print(
            f"  {ended} of {len(slow)} slow clients were let go "
            f"after {time.perf_counter() - begun:.0f} s"
        )
        if ended < len(slow):
            faults.append(f"{len(slow) - ended} slow clients still hold their connections")
        for _, writer in slow:
            writer.close()

        async def gigabyte() -> AsyncIterator[bytes]:
            for _ in range(1024):
                yield b" " * (1 << 20)

        kind = {"Content-Type": "text/turtle"}
        for name, headers in (
            ("chunked", kind),
            ("announced", {**kind, "Content-Length": str(1 << 30)}),
        ):
            begun = time.perf_counter()
            status = "cut off"
            with contextlib.suppress(httpx.TransportError):
                answer = await client.put(
                    "/datasets/t/data?default", content=gigabyte(), headers=headers
                )
                status = str(answer.status_code)
            memory = (
                Path(f"/proc/{server.process.pid}/status")
                .read_text()
                .partition("VmHWM:")[2]
                .split()[0]
            )
            print(
                f"  a gigabyte, {name}: {status} after {time.perf_counter() - begun:.1f} s, "
                f"most memory {int(memory) >> 10} MB"
            )
            if status not in ("413", "cut off"):
                faults.append(f"a gigabyte, {name}, gave {status}")
    return faults


async def writers(folder: Path, kills: int) -> list[str]:
    """Expect that every acknowledged write is there, whole, after its writer was killed."""
    faults = []
    told: Counter[int] = Counter()
    async with served(folder) as server, server.client() as client:
        acknowledged: set[int] = set()
        sent = killed = 0

        async def write(number: int) -> None:
            triples = " ".join(f"<urn:w{number}> <urn:part> {part} ." for part in range(10))
            try:
                answer = await client.post(
                    "/datasets/t/update",
                    content=f"INSERT DATA {{ {triples} }}",
                    headers={"Content-Type": "application/sparql-update"},
                )
            except httpx.TransportError:
                told[0] += 1
                return
            told[answer.status_code] += 1
            if answer.is_success:
                acknowledged.add(number)

        while killed < kills:
            batch = [asyncio.create_task(write(sent + n)) for n in range(4)]
            sent += 4
            await asyncio.sleep(random.random() * 0.12)
            for pid in server.children("crosswalk.graph.writer"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            killed += 1
            await asyncio.gather(*batch)
        for _ in range(50):
            answer = await client.get(
                "/datasets/t/sparql",
                params={"query": "SELECT ?w (COUNT(*) AS ?n) { ?w <urn:part> ?p } GROUP BY ?w"},
                headers={"Accept": "application/sparql-results+json"},
            )
            if answer.is_success:
                break
            await asyncio.sleep(0.2)
        rows = {
            int(row["w"]["value"][5:]): int(row["n"]["value"])
            for row in answer.json()["results"]["bindings"]
        }
        lost = acknowledged - rows.keys()
        half = [w for w, n in rows.items() if n != 10]
        print(
            f"  {killed} kills, {sent} writes, {len(acknowledged)} acknowledged, "
            f"{len(rows)} there; "
            + ", ".join(f"{status}: {count}" for status, count in sorted(told.items()))
        )
        if lost:
            faults.append(f"{len(lost)} acknowledged writes are lost")
        if half:
            faults.append(f"{len(half)} transactions are half there")
        if told[500]:
            faults.append("a write gave 500")
    return faults


async def workers(folder: Path, kills: int) -> list[str]:
    """Expect that no client sees more than one failed request when reader processes are killed."""
    faults = []
    async with served(folder) as server, server.client() as client:
        await filled(client)
        failed: Counter[int] = Counter()
        going = True
        asked = 0

        async def ask(name: int) -> None:
            nonlocal asked
            while going:
                answer = await client.get("/datasets/t/sparql", params={"query": LOOKUP})
                asked += 1
                failed[name] += not answer.is_success

        clients = [asyncio.create_task(ask(name)) for name in range(8)]
        for _ in range(kills):
            await asyncio.sleep(0.3)
            readers = server.children("crosswalk.graph.worker")
            if readers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(random.choice(readers), signal.SIGKILL)
        await asyncio.sleep(1)
        going = False
        await asyncio.gather(*clients)
        print(f"  {kills} readers killed, {asked} queries, {sum(failed.values())} failed")
        if max(failed.values()) > 1:
            faults.append(f"a client saw {max(failed.values())} failed requests")
    return faults


@dataclass(slots=True)
class Write:
    """A write of an organisation: its graph, what was sent, and what became of it."""

    organisation: str
    graph: str
    digest: str
    sent: float
    generation: int = 0
    acknowledged: float = math.inf


PARTS = 5
"""The triples of a write: there are so many of it, or none."""


async def _evidence(client: httpx.AsyncClient, name: str, graph: str) -> httpx.Response:
    """Send a write by one of the three ways; the number in its name says which."""
    triples = " ".join(f"<{graph}> <urn:part> {part} ." for part in range(PARTS))
    way = int(name.partition("-")[2]) % 3
    if way == 0:
        return await client.put(
            f"/api/v1/evidence/{name}", content=triples, headers={"Content-Type": "text/turtle"}
        )
    if way == 1:
        return await client.put(
            "/data",
            params={"graph": graph},
            content=triples,
            headers={"Content-Type": "text/turtle"},
        )
    return await client.post(
        "/update",
        content=f"INSERT DATA {{ GRAPH <{graph}> {{ {triples} }} }}",
        headers={"Content-Type": "application/sparql-update"},
    )


async def backup(folder: Path, rounds: int, *options: str) -> list[str]:
    """Expect of backups under load all that was acknowledged before, nothing half, one state."""
    faults: list[str] = []
    writes: list[Write] = []
    refused: Counter[int] = Counter()
    names, moments = ("acme", "globex"), list[tuple[float, float]]()
    async with served(folder, *options) as server:
        keys = Keys(folder / "store")
        tokens = {name: keys.create("trial", name, ["read", "write"]).token for name in names}
        going = True

        async def write(number: int) -> None:
            name = names[number % 2]
            headers = {"Authorization": f"Bearer {tokens[name]}"}
            async with httpx.AsyncClient(
                base_url=server.base, headers=headers, timeout=120
            ) as client:
                for turn in itertools.count():
                    if not going:
                        return
                    document = f"c{number}-{turn}"
                    graph = f"{graphs_of(name)}evidence/{document}"
                    one = Write(name, graph, "", time.monotonic())
                    answer = await _evidence(client, document, graph)
                    one.digest = hashlib.sha256(answer.request.content).hexdigest()
                    if answer.is_success:
                        one.acknowledged = time.monotonic()
                        one.generation = int(answer.headers["Crosswalk-Generation"])
                        writes.append(one)
                    elif answer.status_code in (409, 412):
                        refused[answer.status_code] += 1
                    else:
                        faults.append(f"{document}: {answer.status_code} {answer.text[:200]}")
                        return

        clients = [asyncio.create_task(write(number)) for number in range(4)]
        while len({one.organisation for one in writes}) < 2 and not faults:
            await asyncio.sleep(0.05)
        for turn in range(rounds):
            await asyncio.sleep(0.5)
            begun = time.monotonic()
            await asyncio.to_thread(holdings.backup, folder / "store", folder / f"copy{turn}")
            moments.append((begun, time.monotonic()))
        going = False
        await asyncio.gather(*clients)
    for turn, (begun, ended) in enumerate(moments):
        copy, again = folder / f"copy{turn}", folder / f"again{turn}" / "store"
        again.parent.mkdir()
        await asyncio.to_thread(holdings.restore, copy, again)
        if turn == rounds - 1:  # a check reads every quad of every store
            faults += [f"{one}" for path in (copy, again) for one in holdings.check(path).findings]
        logged = {one.entry.sent for one in access.read(again)}
        for name in names:
            state = Home(holdings.store_of(copy, name)).backup or {}
            own = [one for one in writes if one.organisation == name]
            expected = {one.graph for one in own if one.generation <= state["generation"]}
            held = _held(holdings.store_of(again, name))
            told = f"copy {turn} of {name}"
            for offence, found in {
                "are half there": {graph for graph, parts in held.items() if parts != PARTS},
                "acknowledged before are missing": {
                    one.graph for one in own if one.acknowledged < begun
                }
                - held.keys(),
                "sent after it are there": {one.graph for one in own if one.sent > ended}
                & held.keys(),
                "differ from its state": expected ^ held.keys(),
                "are not in its log": {
                    one.graph for one in own if one.graph in held and one.digest not in logged
                },
            }.items():
                if found:
                    faults.append(f"{told}: {len(found)} writes {offence}: {min(found)}")
    took = [ended - begun for begun, ended in moments]
    print(
        f"  {len(writes)} acknowledged, {sum(refused.values())} overtaken; {rounds} backups, "
        f"{min(took):.2f} to {max(took):.2f} s each"
    )
    async with served(folder / f"again{rounds - 1}", *options) as server, server.client() as client:
        for name in names:
            held = _held(folder / f"again{rounds - 1}" / "store" / "organisations" / name)
            answer = await client.get(
                "/sparql",
                params={"query": "SELECT (COUNT(*) AS ?n) { ?g <urn:part> ?o }"},
                headers={"Authorization": f"Bearer {tokens[name]}", "Accept": "text/csv"},
            )
            if answer.text.split()[1:] != [str(PARTS * len(held))]:
                faults.append(f"restored, {name} is not served: {answer.text[:200]}")
    return faults


def _held(store: Path) -> dict[str, int]:
    """Return graph → number of its triples, of the graphs of evidence of a store."""
    with upkeep.reading(store, beside=True) as opened:
        return {
            graph.value: sum(1 for _ in opened.quads_for_pattern(None, None, None, graph))
            for graph in opened.named_graphs()
            if "/evidence/" in str(graph.value)
        }


async def disk(folder: Path) -> list[str]:
    """Expect that a full disk refuses writes, and loses nothing."""
    place = folder / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=180m", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        print("  not run: no right to mount a file system")
        return []
    faults = []
    try:
        async with (
            served(place, CROSSWALK_DISK_RESERVE_MB="1") as server,
            httpx.AsyncClient(base_url=server.base, timeout=120) as client,
        ):
            statuses: Counter[int] = Counter()
            there = set()
            noise = random.Random(1)
            for number in range(400):
                big = noise.randbytes(400_000).hex()
                answer = await client.post(
                    "/datasets/t/update",
                    content=f'INSERT DATA {{ <urn:w{number}> <urn:part> "{big}" }}',
                    headers={"Content-Type": "application/sparql-update"},
                )
                statuses[answer.status_code] += 1
                if answer.is_success:
                    there.add(number)
                elif statuses[answer.status_code] > 5:
                    break
            answer = await client.get(
                "/datasets/t/sparql",
                params={"query": "SELECT ?w { ?w <urn:part> ?p }"},
                headers={"Accept": "text/csv"},
            )
            found = {int(line[5:]) for line in answer.text.split()[1:]}
            print(
                f"  {len(there)} acknowledged, {len(found)} there; "
                + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
            )
            if not there <= found:
                faults.append(f"{len(there - found)} acknowledged writes are lost")
            if not statuses[507]:
                faults.append("nothing was refused")
            if statuses[500]:
                faults.append("a write gave 500")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
    return faults


TRIALS = ("bombs", "fuzz", "loris", "writers", "workers", "backup", "disk")


def main() -> None:
    """Carry out the trials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trial", action="append", choices=TRIALS)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--backups", type=int, default=10)
    chosen = parser.parse_args()
    calls: dict[str, Callable[[Path], Coroutine[None, None, list[str]]]] = {
        "bombs": bombs,
        "fuzz": lambda folder: fuzz(folder, chosen.requests),
        "loris": loris,
        "writers": lambda folder: writers(folder, chosen.kills),
        "workers": lambda folder: workers(folder, chosen.kills),
        "backup": lambda folder: backup(folder, chosen.backups),
        "disk": disk,
    }
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # clients that are cut off are meant
    failed = False
    for name in chosen.trial or TRIALS:
        print(f"{name}: {calls[name].__doc__ or globals()[name].__doc__}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            for fault in asyncio.run(calls[name](Path(folder))):
                failed = True
                print(f"  FAULT: {fault}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
