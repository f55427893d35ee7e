"""Requests a second of the served SPARQL endpoint, beside what others answer on the same data.

Run it as ``python benchmarks/serving.py [--seconds S] [--rounds N] [--clients 1,8,32]
[--side NAME]``: all sides stand at once and are asked in turns, so that what else the machine does
falls on all of them. It needs ``wrk`` (a Debian package) and, for the peers, ``pip install
oxigraph rdflib-endpoint``. Every request asks for another subject: no answer is one that was kept.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlsplit

import httpx
import pyoxigraph as ox

PEOPLE = 20_000
NS = "http://example.org/"
LOOKUP = f"SELECT ?name ?team {{ <{NS}p%d> <{NS}name> ?name ; <{NS}memberOf> ?team }}"

PLAIN = """
import pyoxigraph as ox
from fastapi import FastAPI
from fastapi.responses import Response
store = ox.Store.read_only({store!r})
app = FastAPI()
@app.get("/sparql")
def sparql(query: str) -> Response:
    found = store.query(query).serialize(format=ox.QueryResultsFormat.JSON)
    return Response(found, media_type="application/sparql-results+json")
"""
RDFLIB = """
from rdflib import Graph
from rdflib_endpoint import SparqlEndpoint
graph = Graph()
graph.parse({data!r}, format="nt")
app = SparqlEndpoint(graph=graph, path="/sparql")
"""
BARE = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = b'{"head":{"vars":["name","team"]},"results":{"bindings":[]}}'
    kind = b"application/sparql-results+json"
    head = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
"""
SCRIPT = """
local n = 0
request = function()
  n = (n + 7919) % {people}
  return wrk.format("GET", "{path}" .. n .. "{rest}", {headers})
end
"""


def write_data(path: Path) -> int:
    """Write the data, five triples a person; return how many triples."""
    with path.open("w", encoding="utf-8") as file:
        for n in range(PEOPLE):
            me = f"<{NS}p{n}>"
            file.write(
                f"{me} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{NS}Person> .\n"
                f'{me} <{NS}name> "person {n}" .\n'
                f"{me} <{NS}memberOf> <{NS}team{n % 100}> .\n"
                f'{me} <{NS}age> "{n % 90}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
                f"{me} <{NS}knows> <{NS}p{(n * 31) % PEOPLE}> .\n"
            )
    return PEOPLE * 5


@contextmanager
def running(command: list[str], ready: str, *, seconds: float = 120) -> Iterator[None]:
    """Run a server while it is measured."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + seconds
        while True:
            try:
                httpx.get(ready, timeout=5)
                break
            except httpx.TransportError:
                if time.monotonic() > until or server.poll() is not None:
                    raise SystemExit(f"{command[0]} did not start") from None
                time.sleep(0.1)
        try:
            yield
        finally:
            server.terminate()
            server.wait(20)


def rate(address: str, clients: int, seconds: int, folder: Path) -> tuple[float, str, int]:
    """Return requests a second, p99 and the number of answers that were no success."""
    query = quote(LOOKUP.replace("%d", "@"))
    path, _, rest = f"{urlsplit(address).path}?query={query}".partition("%40")
    script = folder / "wrk.lua"
    script.write_text(
        SCRIPT.format(
            people=PEOPLE,
            path=path,
            rest=rest,
            headers='{["Accept"] = "application/sparql-results+json"}',
        )
    )
    threads = min(clients, 2)
    told = subprocess.run(
        [
            "wrk",
            "-t",
            str(threads),
            "-c",
            str(clients),
            "-d",
            f"{seconds}s",
            "--latency",
            "-s",
            str(script),
            address,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p99 = re.search(r"^ +99% +(\S+)", told, re.MULTILINE)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    assert found
    assert p99
    return float(found[1]), p99[1], int(bad[1]) if bad else 0


def main() -> None:
    """Print one line a side and number of clients, the median of the rounds first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--side", action="append")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data.nt"
        write_data(data)
        py = sys.executable

        def uvicorn(text: str, module: str, port: int) -> list[str]:
            (folder / f"{module}.py").write_text(text)
            return [
                py,
                "-m",
                "uvicorn",
                "--app-dir",
                str(folder),
                "--port",
                str(port),
                "--log-level",
                "warning",
                f"{module}:app",
            ]

        @contextmanager
        def ours() -> Iterator[str]:
            port = 18701
            command = [py, "-m", "crosswalk", "serve", "--port", str(port), "--open-dataset", "b"]
            command += ["--store", str(folder / "ours")]
            base = f"http://127.0.0.1:{port}"
            with running(command, f"{base}/readyz"):
                httpx.put(
                    f"{base}/datasets/b/data?default",
                    content=data.read_bytes(),
                    headers={"Content-Type": "application/n-triples"},
                    timeout=60,
                ).raise_for_status()
                yield f"{base}/datasets/b/sparql"

        @contextmanager
        def plain() -> Iterator[str]:
            store = ox.Store(str(folder / "plain"))
            store.bulk_load(path=str(data), format=ox.RdfFormat.N_TRIPLES)
            store.flush()
            del store
            text = PLAIN.format(store=str(folder / "plain"))
            with running(uvicorn(text, "plain", 18702), "http://127.0.0.1:18702/openapi.json"):
                yield "http://127.0.0.1:18702/sparql"

        @contextmanager
        def rdflib() -> Iterator[str]:
            text = RDFLIB.format(data=str(data))
            with running(uvicorn(text, "rdflibside", 18703), "http://127.0.0.1:18703/sparql"):
                yield "http://127.0.0.1:18703/sparql"

        @contextmanager
        def bare() -> Iterator[str]:
            with running(uvicorn(BARE, "bare", 18704), "http://127.0.0.1:18704/"):
                yield "http://127.0.0.1:18704/sparql"

        @contextmanager
        def oxigraph() -> Iterator[str]:
            tool = shutil.which("oxigraph") or str(Path(py).with_name("oxigraph"))
            place = str(folder / "oxigraph")
            subprocess.run([tool, "load", "--location", place, "--file", str(data)], check=True)
            command = [tool, "serve-read-only", "--location", place, "--bind", "127.0.0.1:18705"]
            with running(command, "http://127.0.0.1:18705/"):
                yield "http://127.0.0.1:18705/query"

        sides: dict[str, Callable[[], AbstractContextManager[str]]] = {
            "crosswalk": ours,
            "plain FastAPI": plain,
            "rdflib-endpoint": rdflib,
            "oxigraph serve": oxigraph,
            "bare ASGI": bare,
        }
        chosen_sides = [side for side in sides if not chosen.side or side in chosen.side]
        numbers = [int(one) for one in chosen.clients.split(",")]
        found: dict[tuple[str, int], list[float]] = defaultdict(list)
        slowest: dict[tuple[str, int], list[str]] = defaultdict(list)
        failed: Counter[tuple[str, int]] = Counter()
        with ExitStack() as stack:
            addresses = {side: stack.enter_context(sides[side]()) for side in chosen_sides}
            for _ in range(chosen.rounds):
                for clients in numbers:
                    for side, address in addresses.items():
                        a_second, p99, bad = rate(address, clients, chosen.seconds, folder)
                        found[side, clients].append(a_second)
                        slowest[side, clients].append(p99)
                        failed[side, clients] += bad
        print(f"{'side':16} clients  median/s   least    most p99 of each, failed")
        for side in chosen_sides:
            for clients in numbers:
                rates = found[side, clients]
                print(
                    f"{side:16} {clients:7} {median(rates):9.0f} {min(rates):7.0f} "
                    f"{max(rates):7.0f} {' '.join(slowest[side, clients])}, {failed[side, clients]}"
                )


if __name__ == "__main__":
    main()
