"""Every IRI we mint leads to a page and to RDF, at its own path; the data describes itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import conformance as suites
import httpx
import pyoxigraph as ox
import pytest

from crosswalk.namespaces import BASE

PLACES = (
    "id/iso-42001-2023/A.6.2.4",
    "id/nist-ai-rmf-1.0/GOVERN-1.1",
    "id/eu-ai-act-2026/article-9/par-2/pt-a",
    "id/iso-42001-2023",
    "id/topic/logging",
    "mapping/eu-ai-act-2024_eu-ai-act-2026",
    "framework/gdpr-2016",
    "ns",
)
HERE = PLACES[0]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with suites.served() as (made, _):
        yield made


def _quads(answer: httpx.Response) -> list[ox.Quad]:
    format = ox.RdfFormat.from_media_type(answer.headers["content-type"].partition(";")[0])
    assert format is not None
    return list(ox.parse(answer.content, format=format))


@pytest.mark.parametrize("path", PLACES)
def test_each_thing_has_a_page_and_rdf_that_tells_of_it(client: httpx.Client, path: str) -> None:
    page = client.get(f"/{path}", headers={"Accept": "text/html,*/*;q=0.8"})
    rdf = client.get(f"/{path}")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"{BASE}{path}" in page.text
    assert rdf.headers["content-type"] == "text/turtle; charset=utf-8"
    assert any(quad.subject == ox.NamedNode(BASE + path) for quad in _quads(rdf)) or (
        path == "framework/gdpr-2016"  # a graph: what it holds
    )


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".ttl", "text/turtle; charset=utf-8"),
        (".nt", "application/n-triples"),
        (".rdf", "application/rdf+xml"),
        (".jsonld", "application/ld+json"),
        (".nq", "application/n-quads"),
        (".html", "text/html; charset=utf-8"),
    ],
)
def test_a_suffix_asks_for_a_format(client: httpx.Client, suffix: str, kind: str) -> None:
    answer = client.get(f"/{HERE}{suffix}", headers={"Accept": "application/trig"})

    assert answer.headers["content-type"] == kind
    assert f'<{BASE}{HERE}>; rel="describes"' in answer.headers["link"]


def test_a_page_shows_title_place_words_and_mappings_both_ways(client: httpx.Client) -> None:
    text = client.get(f"/{HERE}", headers={"Accept": "text/html"}).text

    assert "AI system verification and validation" in text
    assert 'href="/id/iso-42001-2023/A.6.2"' in text
    assert "The organization lays down in writing" in text
    assert "<td>to</td>" in text
    assert "<td>from</td>" in text


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(client: httpx.Client) -> None:
    for path in ("/", "/sparql", f"/{HERE}", "/ns"):
        page = client.get(path, headers={"Accept": "text/html"})

        assert re.findall(r"<(?:script|img|iframe|style)\b|\sstyle=|\son\w+=", page.text) == []
        assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text) == ["/crosswalk.css"]
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_unknown_thing_is_told_with_the_nearest(client: httpx.Client) -> None:
    program = client.get("/id/iso-42001-2023/A.6.2.44")
    person = client.get("/id/iso-42001-2023/A.6.2.44", headers={"Accept": "text/html"})

    assert (program.status_code, person.status_code) == (404, 404)
    assert f"{BASE}{HERE}" in program.json()["near"]
    assert f'href="/{HERE}"' in person.text


@pytest.mark.parametrize("path", ["id/%22%3E%3Cscript%3E", "id/a b", "id/..%2F..%2Fetc", "id/%00"])
def test_an_odd_name_is_unknown_and_escaped(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/{path}", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_a_document_that_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    for accept in ("text/html", "text/turtle"):
        first = client.get(f"/{HERE}", headers={"Accept": accept})
        again = client.get(
            f"/{HERE}", headers={"Accept": accept, "If-None-Match": first.headers["etag"]}
        )

        assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize("alias", ["turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads"])
def test_the_data_is_described_in_every_format(client: httpx.Client, alias: str) -> None:
    answer = client.get("/.well-known/void", params={"format": alias})

    said = {quad.predicate.value.rpartition("#")[2] for quad in _quads(answer)}
    assert {
        "triples",
        "subset",
        "vocabulary",
        "exampleResource",
        "uriSpace",
        "sparqlEndpoint",
        "http://purl.org/dc/terms/license",
    } <= said


def test_the_count_of_triples_is_that_of_the_data(client: httpx.Client) -> None:
    described = client.get("/.well-known/void", params={"format": "ntriples"}).text
    counted = client.get(
        "/sparql",
        params={"query": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", "format": "csv"},
    )

    total = re.search(r'void#dataset> <http://rdfs.org/ns/void#triples> "(\d+)"', described)
    assert total is not None
    assert counted.text.split() == ["n", total[1]]


def test_every_example_of_the_query_page_is_answered(client: httpx.Client) -> None:
    page = client.get("/sparql", headers={"Accept": "text/html"}).text
    names = re.findall(r'href="\?example=([^"]+)"', page)

    assert len(names) >= 5
    for name in names:
        form = client.get(f"/sparql?example={name}", headers={"Accept": "text/html"}).text
        text = re.search(r"required>(.*?)</textarea>", form, re.DOTALL)
        assert text is not None
        answer = client.get("/sparql", params={"query": html.unescape(text[1]), "format": "csv"})
        assert answer.status_code == 200, name
