"""Every IRI we mint, answered at its own path: a page for people, RDF for programs.

What stands at a path is the *document* about the thing, so it is answered with 200; that the IRI
of the thing leads here is the redirect (303) of the persistent-identifier service in front. The
terms of our vocabulary are ``/ns#term``: one document, the whole ontology. A suffix such as
``.ttl`` asks for a format as ``?format=`` does.

.. seealso:: Cool URIs for the Semantic Web, section 4; RFC 9110, section 15.4.4
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from crosswalk import queries
from crosswalk.graph.engine import Answer, Graphs
from crosswalk.namespaces import BASE, compress
from crosswalk.web import pages
from crosswalk.web.datasets import Dataset
from crosswalk.web.description import Facts
from crosswalk.web.negotiation import ALIASES, GRAPH, HTML, Offer, liked
from crosswalk.web.problems import problem
from crosswalk.web.sending import media_types, sent, unchanged

__all__ = ["PATHS", "Documents"]

PATHS = ("id", "ns", "mapping", "mappings", "framework", "alignment", "ontology")
"""What the paths of our IRIs begin with. Those of organisations are for their members only."""
SUFFIXES = {
    ".ttl": "turtle",
    ".nt": "ntriples",
    ".rdf": "rdfxml",
    ".jsonld": "jsonld",
    ".trig": "trig",
    ".nq": "nquads",
    ".html": "html",
}
NAMES = ("skos:prefLabel", "dcterms:title", "rdfs:label", "skos:notation", "cw:editionKey")
TEXTS = ("skos:definition", "cw:paraphrase", "dcterms:description", "rdfs:comment")
PLACE = ("cw:editionOf", "skos:inScheme", "skos:broader")
BELOW = ("skos:broader", "skos:topConceptOf")
MOST = 200
"""Things that one list of a page shows."""


class Documents:
    """The documents about what is minted, of one dataset."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._minted: tuple[object, list[str]] = (None, [])

    async def document(self, request: Request) -> Response:
        """Answer with what is known of the thing whose IRI has this path."""
        path = request.url.path.lstrip("/")
        alias = request.query_params.get("format")
        iri = BASE + path
        if not await self._known(iri):
            suffix = next((one for one in SUFFIXES if path.endswith(one)), "")
            iri = BASE + path.removesuffix(suffix)
            if not suffix or not await self._known(iri):
                return await self._unknown(request, BASE + path)
            alias = SUFFIXES[suffix]
        wanted = liked(GRAPH, request.headers.get("accept"), alias)
        response = await self._answered(request, iri, wanted)
        here = request.url.path.removesuffix(
            next((s for s in SUFFIXES if alias and path.endswith(s)), "")
        )
        response.headers["Link"] = ", ".join(
            [
                f'<{iri}>; rel="describes"',
                '</.well-known/void>; rel="describedby"',
                *(
                    f'<{here}{suffix}>; rel="alternate"; type="{ALIASES[name].media_type}"'
                    for suffix, name in SUFFIXES.items()
                ),
            ]
        )
        return response

    async def editions(self) -> list[dict[str, str]]:
        """Return the editions that are held, each with key, title and where its page is."""
        answer = await self._asked("catalogue/editions", None, ["text/csv"])
        return [{**row, "href": pages.href(row["iri"])} for row in _read(await answer.read())]

    async def facts(self) -> Facts:
        """Return what the description of the data says."""
        graphs = await self.dataset.counts()
        graphs.pop("", None)
        example = f"{BASE}id/iso-42001-2023/A.6.2.4"
        return Facts(
            graphs,
            tuple(row["licence"] for row in await self._rows("licences", None)),
            example if await self._known(example) else None,
        )

    async def _answered(self, request: Request, iri: str, wanted: Sequence[Offer]) -> Response:
        graph = await self._graph(iri)
        if wanted[0] is HTML:
            tags = self.dataset.tags(request, wanted, f"page {iri}")
            if tags and tags.fresh(self.dataset.engine.generation):
                return unchanged(tags, self.dataset.engine.generation)
            page = await self._page(iri, graph)
            if tags:
                generation = self.dataset.engine.generation
                page.headers.update({"ETag": tags.of(generation), "Cache-Control": "no-cache"})
            return page
        if graph:
            return await self.dataset.dump(request, graph, wanted)
        tags = self.dataset.tags(request, wanted, f"document {iri}")
        if tags and tags.fresh(self.dataset.engine.generation):
            return unchanged(tags, self.dataset.engine.generation)
        answer = await self._asked("description/statements", iri, media_types(wanted))
        return await sent(request, answer, wanted, tags)

    async def _graph(self, iri: str) -> str | None:
        """Return the graph that is the document of an IRI, if it is a graph or our vocabulary."""
        graphs = await self.dataset.counts()
        if iri == f"{BASE}ns":
            return max((one for one in graphs if one.startswith(f"{BASE}ontology/")), default=None)
        return iri if iri in graphs else None

    async def _page(self, iri: str, graph: str | None) -> Response:
        about = await self._rows("about", iri)
        here: dict[str, list[dict[str, str]]] = {}
        there: dict[str, list[dict[str, str]]] = {}
        for row in about:
            row["property"] = compress(row["property"])
            row["href"] = pages.href(row["value"])
            row["text"] = row["label"] or compress(row["value"])
            (here if row["way"] == "of" else there).setdefault(row["property"], []).append(row)
        names = [row["value"] for name in NAMES for row in here.get(name, [])]
        below = list({row["value"]: row for name in BELOW for row in there.pop(name, [])}.values())
        terms: list[dict[str, Any]] = []
        if iri == f"{BASE}ns":
            found = {row["value"]: row for row in there.pop("rdfs:isDefinedBy", [])}
            terms = [
                {**row, "anchor": value.partition("#")[2]} for value, row in sorted(found.items())
            ]
        return pages.rendered(
            "thing.html",
            iri=iri,
            path="/" + iri.removeprefix(BASE),
            name=names[0] if names else compress(iri),
            notation=next((row["value"] for row in here.get("skos:notation", [])), ""),
            texts=[row["value"] for name in TEXTS for row in here.pop(name, [])],
            place=[row for name in PLACE for row in here.pop(name, [])],
            below=sorted(below, key=lambda row: int(row["position"] or 0))[:MOST],
            here=here,
            there={name: rows[:MOST] for name, rows in there.items()},
            counts={name: len(rows) for name, rows in there.items()},
            mappings=await self._mappings(iri),
            graph=graph,
            terms=terms,
            suffixes=SUFFIXES,
        )

    async def _mappings(self, iri: str) -> list[dict[str, str]]:
        rows = await self._rows("mappings-of", iri)
        for row in rows:
            row["relation"] = row["relation"].rpartition("#")[2]
            row["href"], row["row"] = pages.href(row["other"]), pages.href(row["mapping"])
        return rows

    async def _unknown(self, request: Request, iri: str) -> Response:
        """Return that there is nothing, with the IRIs that are spelt most alike."""
        era = self.dataset.engine.era
        if self._minted[0] != era:
            rows = await self._rows("names", None)
            self._minted = (era, [row["resource"] for row in rows])
        parent = iri.rpartition("/")[0]
        beside = [one for one in self._minted[1] if one.rpartition("/")[0] == parent]
        near = difflib.get_close_matches(iri[:300], beside, n=5, cutoff=0.6)
        if not near and parent != f"{BASE}id":
            near = [parent] if parent in self._minted[1] else []
        detail = f"nothing is known of {iri}"
        # Who can read RDF is told in the same way as any program; a browser gets a page.
        offers = liked(
            (GRAPH[0], HTML), "text/html;q=0.1, " + (request.headers.get("accept") or "")
        )
        if offers[0] is HTML:
            found = [{"text": compress(one), "href": pages.href(one)} for one in near]
            return pages.rendered("unknown.html", status=404, iri=iri, near=found)
        return problem(404, detail, near=near or None)

    async def _known(self, iri: str) -> bool:
        try:
            ox.NamedNode(iri)
        except ValueError:
            return False
        if iri in await self.dataset.counts():  # a graph, of which nothing else need be said
            return True
        answer = await self._asked("description/known", iri, ["application/sparql-results+json"])
        return b"true" in await answer.read()

    async def _rows(self, name: str, iri: str | None) -> list[dict[str, str]]:
        answer = await self._asked(f"description/{name}", iri, ["text/csv"])
        return _read(await answer.read())

    async def _asked(self, name: str, iri: str | None, accept: Sequence[str]) -> Answer:
        bound: Mapping[str, object] = {"resource": ox.NamedNode(iri)} if iri else {}
        return await self.dataset.engine.query(
            queries.named(name).text,
            dataset=Graphs.everything(),
            accept=accept,
            parameters=bound,
        )


def _read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
