"""The service answers as the specifications say, asked from outside, over HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import conformance as suites
import httpx
import pyoxigraph as ox
import pytest

CASES = [
    pytest.param(case, id=f"{suite}: {case['name']}")
    for suite in ("protocol", "graph store", "service description")
    for case in suites.cases(suite)
]
QUERY = {"Content-Type": "application/sparql-query"}
TURTLE = {"Content-Type": "text/turtle"}
G = "http://example.org/g"
MANY = "VALUES ?{0} {{ " + " ".join(map(str, range(60))) + " }}"
LONG = "SELECT * { " + " ".join(MANY.format(name) for name in "abc") + " }"
"""A query of 216 000 rows: about 20 MB as JSON."""


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[httpx.Client, Any]]:
    limits = {"CROSSWALK_MAX_ANSWER_MB": "2", "CROSSWALK_DEADLINE_S": "3"}
    with suites.served("--no-shipped", settings=limits) as found:
        yield found


def test_the_suites_are_whole() -> None:
    assert len(CASES) == 34 + 13 + 3


@pytest.mark.parametrize("case", CASES)
def test_the_service_answers_as_the_specifications_say(
    case: dict[str, Any], service: tuple[httpx.Client, Any]
) -> None:
    assert suites.failure(case, *service) is None


@pytest.fixture
def client(service: tuple[httpx.Client, Any]) -> httpx.Client:
    """Return a client of the service whose dataset holds one graph."""
    made, at = service
    made.post(at.update, content="DROP ALL", headers={"Content-Type": suites.TYPES["update"]})
    made.put(at.store, params={"graph": G}, content="<urn:a> <urn:b> 'c' .", headers=TURTLE)
    return made


AT = "/datasets/w3c"
ALL = "CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }"


@pytest.mark.parametrize("alias", ["turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads"])
def test_a_graph_is_given_in_every_format_of_rdf(client: httpx.Client, alias: str) -> None:
    answer = client.get(f"{AT}/sparql", params={"query": ALL, "format": alias})

    kind = answer.headers["content-type"].partition(";")[0]
    format = ox.RdfFormat.from_media_type(kind)
    assert format is not None
    assert [str(quad.object) for quad in ox.parse(answer.content, format=format)] == ['"c"']
    assert answer.headers["vary"] == "Accept, Authorization"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SELECT ('<script>x</script>' AS ?a) {}", "&lt;script&gt;x&lt;/script&gt;"),
        ("SELECT (<javascript:x> AS ?a) {}", "<td>javascript:x</td>"),
        ("ASK {}", "Yes (true)"),
        ("CONSTRUCT { <urn:a> <urn:b> '<b>' } {}", "&lt;b&gt;"),
    ],
)
def test_an_answer_as_a_page_is_escaped(client: httpx.Client, text: str, shown: str) -> None:
    answer = client.get(f"{AT}/sparql", params={"query": text}, headers={"Accept": "text/html"})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert shown in answer.text
    assert "<script" not in answer.text
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]


def test_a_page_shows_the_first_rows_of_a_long_answer(client: httpx.Client) -> None:
    answer = client.get(f"{AT}/sparql", params={"query": LONG, "format": "html"})

    assert "1000 rows, cut here" in answer.text
    assert answer.text.count("<tr>") == 1001


def test_an_answer_that_grows_too_long_never_looks_complete(client: httpx.Client) -> None:
    given = _raw(client, f"GET {AT}/sparql?query={quote(LONG)}&format=json HTTP/1.1")

    assert given.startswith(b"HTTP/1.1 200")
    assert b"transfer-encoding: chunked" in given.lower()
    assert len(given) > 1 << 20
    assert not given.endswith(b"0\r\n\r\n")


def test_a_query_that_is_out_of_time_is_a_problem_and_no_answer(client: httpx.Client) -> None:
    text = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(MANY.format(n) for n in 'abcdefgh')} }}"

    answer = client.get(f"{AT}/sparql", params={"query": text})

    assert (answer.status_code, answer.json()["kind"]) == (504, "deadline")


def _raw(client: httpx.Client, line: str) -> bytes:
    at = urlsplit(str(client.base_url))
    with socket.create_connection((at.hostname, at.port or 0), timeout=20) as connection:
        connection.sendall(f"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        found = bytearray()
        while chunk := connection.recv(1 << 16):
            found += chunk
    return bytes(found)


def test_an_entity_tag_stands_for_the_data_the_question_and_the_form(client: httpx.Client) -> None:
    def tag(**parameters: str) -> str:
        return client.get(f"{AT}/sparql", params=parameters).headers["etag"]

    first = tag(query=ALL)
    others = {
        tag(query=ALL, format="rdfxml"),
        tag(query=ALL + " LIMIT 1"),
        tag(query=ALL, **{"named-graph-uri": G}),
    }
    asked = client.build_request(
        "GET", f"{AT}/sparql", params={"query": ALL}, headers={"If-None-Match": f'"x", {first}'}
    )
    same = client.send(asked)
    client.post(f"{AT}/data", params={"graph": G}, content="<urn:d> <urn:e> 1 .", headers=TURTLE)
    changed = client.send(asked)

    assert len({first, *others}) == 4
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first


def test_what_is_answered_anew_each_time_has_no_entity_tag(client: httpx.Client) -> None:
    answer = client.get(f"{AT}/sparql", params={"query": "SELECT (RAND() AS ?r) {}"})

    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sparql", "GET, HEAD, POST, OPTIONS"),
        ("/update", "POST, OPTIONS"),
        ("/data", "GET, HEAD, PUT, POST, DELETE, OPTIONS"),
    ],
)
def test_options_tells_what_an_address_takes(client: httpx.Client, path: str, methods: str) -> None:
    answer = client.request("OPTIONS", AT + path)

    assert (answer.status_code, answer.headers["allow"]) == (204, methods)


def test_head_says_what_get_says_and_sends_nothing(client: httpx.Client) -> None:
    given, told = (
        client.request(method, f"{AT}/sparql", params={"query": ALL}) for method in ("GET", "HEAD")
    )

    assert told.content == b""
    for name in ("content-type", "etag", "vary"):
        assert told.headers[name] == given.headers[name]


@pytest.mark.parametrize(
    ("method", "headers", "content", "status"),
    [
        pytest.param("PATCH", QUERY, "CLEAR ALL", 405, id="PATCH"),
        pytest.param("PUT", {"Content-Type": "text/csv"}, "a,b", 415, id="not RDF"),
        pytest.param(
            "PUT", {"Content-Type": "text/turtle; charset=latin-1"}, "", 415, id="another charset"
        ),
        pytest.param("PUT", TURTLE, b"<urn:a> <urn:b> '\xe9' .", 400, id="not UTF-8"),
        pytest.param("POST", TURTLE, "<urn:a> <urn:b> ", 400, id="broken"),
        pytest.param("PUT", {}, "<urn:a> <urn:b> 1 .", 415, id="no type"),
        pytest.param(
            "POST", {"Content-Type": "multipart/form-data; boundary=x"}, "--x--", 400, id="no part"
        ),
        ("POST", {"Content-Type": "multipart/form-data"}, b"", 400),
        ("POST", {"Content-Type": "multipart/form-data; boundary=x"}, b"<a>&b;", 400),
    ],
)
def test_what_is_no_graph_is_refused_and_leaves_the_graph_as_it_was(
    client: httpx.Client,
    method: str,
    headers: dict[str, str],
    content: str | bytes,
    status: int,
) -> None:
    answer = client.request(
        method, f"{AT}/data", params={"graph": G}, headers=headers, content=content
    )

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (status == 405) == ("allow" in answer.headers)
    left = client.get(f"{AT}/data", params={"graph": G, "format": "ntriples"})
    assert left.text == '<urn:a> <urn:b> "c" .\n'


def test_a_form_of_which_one_part_is_broken_is_refused_whole(client: httpx.Client) -> None:
    answer = client.post(
        f"{AT}/data",
        params={"graph": G},
        files=[
            ("one", ("one.ttl", "<urn:d> <urn:e> 1 .", "text/turtle")),
            ("two", ("two.ttl", "<urn:d> <urn:e>", "text/turtle")),
        ],
    )

    assert answer.status_code == 400
    assert "two, line 1" in answer.json()["detail"]
    left = client.get(f"{AT}/data", params={"graph": G, "format": "ntriples"})
    assert left.text == '<urn:a> <urn:b> "c" .\n'


def test_what_cannot_be_written_as_wished_is_told_with_the_offers(client: httpx.Client) -> None:
    answer = client.get(
        f"{AT}/sparql", params={"query": "ASK {}"}, headers={"Accept": "text/csv, image/png"}
    )

    assert answer.status_code == 406
    assert "application/sparql-results+json" in json.dumps(answer.json())
