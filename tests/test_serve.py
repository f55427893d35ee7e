"""The served knowledge, asked over HTTP as a client would: a real server, a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import crosswalk

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
G = "http://example.org/g"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server with the library and an open dataset."""
    folder = tmp_path_factory.mktemp("served")
    source = str(Path(crosswalk.__file__).parents[1])
    call = ("serve", "--store", str(folder), "--port", "0", "--open-dataset", "open")
    with subprocess.Popen(
        [sys.executable, "-m", "crosswalk", *call],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    ) as server:
        assert server.stderr is not None
        found = next(line for line in server.stderr if line.startswith("serving at "))
        base = found.split()[2].rstrip("/")
        _until_ready(base)
        yield base
        server.terminate()
        server.wait(timeout=20)


def _until_ready(base: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not become ready")


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Return a client whose open dataset is empty."""
    with httpx.Client(base_url=address) as made:
        made.post("/datasets/open/update", content="DROP ALL", headers={"Content-Type": UPDATE})
        yield made


def _ask(client: httpx.Client, text: str, at: str = "/sparql", **headers: str) -> httpx.Response:
    return client.post(at, content=text, headers={"Content-Type": QUERY, **headers})


def test_the_library_answers_over_all_its_graphs(client: httpx.Client) -> None:
    answer = client.get("/sparql", params={"query": "ASK { ?e cw:editionKey 'iso-42001-2023' }"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert answer.json()["boolean"] is True


@pytest.mark.parametrize(
    ("text", "accept", "status", "given"),
    [
        ("SELECT * {}", "text/csv", 200, "text/csv; charset=utf-8"),
        ("SELECT * {}", "text/csv;q=0.1, application/*", 200, "application/sparql-results+json"),
        ("SELECT * {}", "text/turtle", 406, "application/problem+json"),
        ("ASK {}", "text/csv", 406, "application/problem+json"),
        ("ASK {}", "application/sparql-results+xml", 200, "application/sparql-results+xml"),
        (
            "CONSTRUCT WHERE { ?s a cw:FrameworkEdition }",
            "text/csv",
            406,
            "application/problem+json",
        ),
        ("CONSTRUCT WHERE { ?s a cw:FrameworkEdition }", "*/*", 200, "text/turtle; charset=utf-8"),
        ("DESCRIBE <urn:x>", "application/ld+json", 200, "application/ld+json"),
    ],
)
def test_an_answer_has_the_form_that_is_liked_best(
    client: httpx.Client, text: str, accept: str, status: int, given: str
) -> None:
    answer = _ask(client, text, Accept=accept)

    assert (answer.status_code, answer.headers["content-type"]) == (status, given)


def test_a_malformed_query_is_told_with_line_and_column(client: httpx.Client) -> None:
    answer = _ask(client, "SELECT *\n{ ?s ?p }")

    assert answer.status_code == 400
    assert (answer.json()["line"], answer.json()["column"]) == (2, 10)  # where it gave up
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "text", ["SELECT * { SERVICE <http://192.0.2.1/> { ?s ?p ?o } }", "LOAD <http://192.0.2.1/>"]
)
def test_the_service_does_not_reach_out(client: httpx.Client, text: str) -> None:
    kind = UPDATE if text.startswith("LOAD") else QUERY
    at = "/datasets/open/update" if kind == UPDATE else "/datasets/open/sparql"

    answer = client.post(at, content=text, headers={"Content-Type": kind})

    assert answer.status_code == 403
    assert "refused" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "at"),
    [("POST", "/update"), ("PUT", f"/data?graph={G}"), ("DELETE", f"/data?graph={G}")],
)
def test_the_library_takes_no_writes(client: httpx.Client, method: str, at: str) -> None:
    kind = UPDATE if at == "/update" else "text/turtle"

    answer = client.request(method, at, content="CLEAR ALL", headers={"Content-Type": kind})

    assert answer.status_code == 401
    assert "scope 'write'" in answer.json()["detail"]


def test_an_open_dataset_has_plain_store_semantics(client: httpx.Client) -> None:
    client.put(f"/datasets/open/data?graph={G}", content="<urn:a> <urn:b> 1 .", headers=TURTLE)

    union = _ask(client, "ASK { ?s ?p ?o }", "/datasets/open/sparql")
    named = _ask(client, "ASK { GRAPH ?g { ?s ?p ?o } }", "/datasets/open/sparql")

    assert (union.json()["boolean"], named.json()["boolean"]) == (False, True)


TURTLE = {"Content-Type": "text/turtle"}


def test_a_graph_is_put_given_added_to_and_removed(client: httpx.Client) -> None:
    at = f"/datasets/open/data?graph={G}"

    made = client.put(at, content="<urn:a> <urn:b> 1 .", headers=TURTLE)
    again = client.put(at, content="<urn:a> <urn:b> 2 .", headers=TURTLE)
    added = client.post(at, content="<urn:a> <urn:b> 3 .", headers=TURTLE)
    broken = client.put(at, content="<urn:a> <urn:b> ", headers=TURTLE)
    given = client.get(at, headers={"Accept": "application/n-triples"})
    gone = client.delete(at)

    assert [one.status_code for one in (made, again, added, gone)] == [201, 204, 204, 204]
    assert broken.status_code in (400, 422)
    assert len(given.text.splitlines()) == 2
    assert client.get(at).status_code == 404
    assert client.delete(at).status_code == 404


def test_an_update_reads_the_graphs_that_the_request_names(client: httpx.Client) -> None:
    for name, value in (("g", 1), ("h", 2)):
        client.put(
            f"/datasets/open/data?graph=http://example.org/{name}",
            content=f"<urn:a> <urn:b> {value} .",
            headers=TURTLE,
        )

    done = client.post(
        "/datasets/open/update",
        params={"using-graph-uri": "http://example.org/h"},
        content="INSERT { <urn:read> <urn:b> ?o } WHERE { ?s <urn:b> ?o }",
        headers={"Content-Type": UPDATE},
    )
    twice = client.post(
        "/datasets/open/update",
        params={"using-graph-uri": G},
        content=f"INSERT {{ <urn:x> <urn:y> 1 }} USING <{G}> WHERE {{}}",
        headers={"Content-Type": UPDATE},
    )
    read = _ask(
        client, "SELECT ?o { <urn:read> ?p ?o }", "/datasets/open/sparql", Accept="text/csv"
    )

    assert (done.status_code, twice.status_code) == (204, 400)
    assert read.text.split() == ["o", "2"]


def test_without_a_query_the_service_describes_itself(client: httpx.Client) -> None:
    answer = client.get("/sparql", headers={"Accept": "application/ld+json"})
    page = client.get("/sparql", headers={"Accept": "text/html,*/*;q=0.5"})

    said = json.dumps(answer.json())
    assert "service-description#endpoint" in said or "sd:endpoint" in said
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
