"""SPARQL endpoints over generated evidence: ours and others, each as it is served.

Each is asked for a description of an item of evidence, of another one each time, by a query of the
library with the item in its text.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyoxigraph as ox

from crosswalk import queries
from crosswalk.bench.generating import organisation_key
from crosswalk.graph.binding import bound_text
from crosswalk.namespaces import graph_iri

__all__ = ["NotServed", "rate", "servers"]

SECONDS = 3
STARTING = 600
"""Seconds that a server has to be ready."""
ITEMS = 200
ASKED = "description/statements"
APP = """
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint

data = Dataset()
data.default_graph.parse({data!r}, format="nt")
app = SparqlEndpoint(graph=data, path="/sparql")
"""
SCRIPT = """
local number = 0
request = function()
  number = (number * 31 + 7) % {items}
  local path = "{path}" .. number .. "{rest}"
  return wrk.format("GET", path, {{["Accept"] = "text/turtle, application/n-triples;q=0.9"}})
end
"""


class NotServed(Exception):
    """A server did not start, or what it needs is missing."""


def rate(address: str, clients: int, folder: Path) -> float | None:
    """Return requests a second, or None if any was not answered with success."""
    mark = "@ITEM@"
    item = ox.NamedNode(f"{graph_iri('org', organisation_key(0))}/item/{mark}")
    text = "\n".join(
        line for line in queries.named(ASKED).text.splitlines() if not line.startswith("#")
    )
    query = quote(bound_text(text, {"resource": item}), safe="")
    path, rest = f"{urlsplit(address).path}?query={query}".split(quote(mark, safe=""), 1)
    script = folder / "wrk.lua"
    if rest.count(quote(mark, safe="")):
        parts = rest.split(quote(mark, safe=""))
        rest = '" .. number .. "'.join(parts)
    script.write_text(SCRIPT.format(items=ITEMS, path=path, rest=rest), encoding="utf-8")
    threads = str(min(clients, 2))
    command = ["wrk", "-t", threads, "-c", str(clients), "-d", f"{SECONDS}s", "-s", str(script)]
    told = subprocess.run(  # noqa: S603 - wrk, with our own arguments
        [*command, address], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        return None
    return float(found[1])


@contextmanager
def _running(command: list[str], ready: str, **settings: str) -> Iterator[None]:
    with subprocess.Popen(  # noqa: S603 - our own arguments
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | settings
    ) as server:
        until = time.monotonic() + STARTING
        try:
            while not _answers(ready):
                if server.poll() is not None or time.monotonic() > until:
                    raise NotServed(f"did not start: {Path(command[0]).name}")
                time.sleep(0.2)
            yield
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _put(address: str, data: Path, media_type: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own address
        address, data=data.read_bytes(), method="PUT", headers={"Content-Type": media_type}
    )
    try:
        with urllib.request.urlopen(request, timeout=600):  # noqa: S310
            pass
    except OSError as error:
        raise NotServed(f"could not be loaded: {error}") from None


@contextmanager
def _crosswalk(data: Path, place: Path) -> Iterator[str]:
    port = _port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "crosswalk", "serve", "--port", str(port)]
    command += ["--store", str(place), "--open-dataset", "bench"]
    with _running(command, f"{base}/readyz", CROSSWALK_MAX_BODY_MB="10000"):
        _put(f"{base}/datasets/bench/data?default", data, "application/n-triples")
        yield f"{base}/datasets/bench/sparql"


@contextmanager
def _rdflib(data: Path, place: Path) -> Iterator[str]:
    place.mkdir(parents=True)
    (place / "rdflibside.py").write_text(APP.format(data=str(data)), encoding="utf-8")
    port = _port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(place), "--port", str(port)]
    with _running([*command, "rdflibside:app"], f"http://127.0.0.1:{port}/sparql"):
        yield f"http://127.0.0.1:{port}/sparql"


@contextmanager
def _oxigraph(data: Path, place: Path) -> Iterator[str]:
    tool = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    load = [tool, "load", "--location", str(place), "--file", str(data)]
    if subprocess.run(load, check=False, capture_output=True).returncode:  # noqa: S603
        raise NotServed("could not be loaded")
    port = _port()
    command = [tool, "serve-read-only", "--location", str(place)]
    with _running([*command, "--bind", f"127.0.0.1:{port}"], f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/query"


@contextmanager
def _fuseki(jar: Path | None, data: Path, place: Path) -> Iterator[str]:
    java = shutil.which("java")
    if jar is None or java is None:
        raise NotServed("Java and the jar of Fuseki are needed (--fuseki JAR)")
    port = _port()
    command = [java, "-Xmx4g", "-jar", str(jar), "--port", str(port), "--update", "--mem", "/bench"]
    base = f"http://127.0.0.1:{port}/bench"
    with _running(command, f"{base}/sparql?query=ASK%7B%7D"):
        _put(f"{base}/data?default", data, "application/n-triples")
        yield f"{base}/sparql"


def servers(
    fuseki: Path | None = None,
) -> dict[str, Callable[[Path, Path], AbstractContextManager[str]]]:
    """Return side → what serves a file of N-Triples and gives the address of its endpoint.

    :param fuseki: the jar of Apache Jena Fuseki, if it is there.
    """
    return {
        "crosswalk": _crosswalk,
        "rdflib-endpoint": _rdflib,
        "oxigraph serve": _oxigraph,
        "fuseki": partial(_fuseki, fuseki),
    }
