"""One dataset at its addresses: query, update, graph store.

A dataset is a store of its own. A *library* shows the union of its named graphs as its default
graph and takes no writes; a *scratch* dataset has plain store semantics and takes all.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from crosswalk.access import Entry
from crosswalk.errors import (
    ForbiddenError,
    MediaTypeError,
    MethodError,
    NotFoundError,
    TooLargeError,
    UsageError,
)
from crosswalk.graph.engine import Answer, Engine, Graphs, Written
from crosswalk.namespaces import graph_iri, prefixes
from crosswalk.web import pages
from crosswalk.web.callers import caller_of
from crosswalk.web.description import service_description
from crosswalk.web.negotiation import ANSWERS, GRAPH, HTML, JSON, TURTLE, Offer, liked
from crosswalk.web.protocol import Describe, Query, Update, asked, with_dataset
from crosswalk.web.recorder import Recorder

__all__ = ["Dataset"]

DEFAULT = "default"
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}


@dataclass(slots=True)
class Dataset:
    """A served store.

    :param union: whether its default graph is the union of its named graphs.
    :param writes: whether it takes updates and uploads.
    :param body: the most bytes of a request's body.
    :param organisation: whose it is; None: nobody's.
    :param recorder: where its changes are recorded; None: they are not.
    """

    engine: Engine
    union: bool
    writes: bool
    body: int
    organisation: str | None = None
    recorder: Recorder | None = None
    _counted: tuple[int, dict[str, int]] = field(default=(0, {}), repr=False)

    async def sparql(self, request: Request) -> Response:
        """Answer a query, or describe the service if none is asked."""
        said = asked(
            request.method,
            request.url.query,
            request.headers.get("content-type"),
            await self._body(request),
            takes=(Query,),
        )
        accept, alias = request.headers.get("accept"), _format(request)
        if isinstance(said, Describe):
            return await self._description(request, accept, alias)
        assert isinstance(said, Query)  # noqa: S101 - this address takes no updates
        wanted = liked(ANSWERS, accept, alias)
        answer = await self.engine.query(
            said.text,
            dataset=await self._graphs(said),
            accept=_types(wanted),
        )
        return await _sent(request, answer)

    async def update(self, request: Request) -> Response:
        """Carry out an update."""
        said = asked(
            request.method,
            request.url.query,
            request.headers.get("content-type"),
            await self._body(request),
            takes=(Update,),
        )
        self._require_writes()
        assert isinstance(said, Update)  # noqa: S101 - GET is refused, and queries are
        text = with_dataset(said) if said.using or said.using_named else said.text
        written = await self.changed(
            request, "update", (), text.encode(), lambda: self.engine.update(text)
        )
        return Response(status_code=204, headers=_generation(written.generation))

    async def graph(self, request: Request, name: str) -> Response:
        """Give, replace, add to or remove a graph.

        :param name: its IRI, or ``default``.
        """
        if request.method in ("GET", "HEAD"):
            wanted = liked(GRAPH, request.headers.get("accept"), _format(request))
            answer = await self.engine.dump(name, accept=_types(wanted))
            return await _sent(request, answer)
        self._require_writes()
        if request.method == "DELETE":
            written = await self.changed(
                request, "graph delete", (name,), b"", lambda: self.engine.delete(name)
            )
            if not written.existed and name != DEFAULT:
                raise NotFoundError(f"there is no graph {name!r}")
            return Response(status_code=204, headers=_generation(written.generation))
        if request.method not in ("PUT", "POST"):
            raise MethodError(
                f"{request.method} does nothing with a graph",
                allow=("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"),
            )
        parts = await self._documents(request)
        existed, generation = True, 0
        for number, (media_type, data) in enumerate(parts):
            load = partial(
                self.engine.load,
                data,
                media_type,
                graph=name,
                replace=request.method == "PUT" and number == 0,
                base=str(request.url) if name == DEFAULT else name,
            )
            action = f"graph {request.method.lower()}"
            written = await self.changed(request, action, (name,), data, load)
            existed = existed and (written.existed or number > 0)
            generation = written.generation
        created = not existed and name != DEFAULT
        return Response(status_code=201 if created else 204, headers=_generation(generation))

    async def new_graph(self, request: Request, base: str) -> Response:
        """Make a graph of a name of ours for what is posted to the store itself."""
        from uuid import uuid4

        if self.organisation is not None:
            base = graph_iri("org", self.organisation, "graph")
        name = f"{base}/{uuid4()}"
        answer = await self.graph(request, name)
        answer.status_code = 201
        answer.headers["Location"] = name
        return answer

    async def _description(
        self, request: Request, accept: str | None, alias: str | None
    ) -> Response:
        best = liked((*GRAPH,), accept, alias)[0]
        address = str(request.url.replace(query=""))
        if best is HTML:
            return pages.query_page(address)
        counts = await self.counts()
        default = counts.pop("", 0)
        triples = service_description(
            address, counts, updates=self.writes, union=self.union, default=default
        )
        return self.rdf(triples, best)

    async def counts(self) -> dict[str, int]:
        """Return named graph → number of its triples; under "" that of the default graph."""
        if self._counted[0] != self.engine.generation:
            answer = await self.engine.query(COUNTS, accept=("text/tab-separated-values",))
            lines = (await answer.read()).decode().splitlines()[1:]
            found = {}
            for line in lines:
                graph, number = line.split("\t")
                found[graph.strip("<>")] = int(number.partition("^^")[0].strip('"'))
            self._counted = (answer.generation, found)
        return dict(self._counted[1])

    def rdf(self, triples: Iterable[ox.Triple], offer: Offer) -> Response:
        """Return triples in the form of an offer."""
        body = ox.serialize(triples, format=FORMATS[offer.media_type], prefixes=prefixes()) or b""
        return Response(
            body, media_type=offer.content_type, headers={"Vary": "Accept, Authorization"}
        )

    async def _graphs(self, said: Query) -> Graphs | None:
        """Return what a query is asked of: what the request says, else the query, else all."""
        if said.default_graphs or said.named_graphs:
            return Graphs(said.default_graphs, said.named_graphs)
        if not self.union or re.search(r"\bFROM\b", said.text, re.IGNORECASE):
            return None
        return Graphs.union([name for name in await self.counts() if name])

    async def changed(
        self,
        request: Request,
        action: str,
        graphs: tuple[str, ...],
        sent: bytes,
        change: Callable[[], Awaitable[Written]],
    ) -> Written:
        """Carry out a change, recorded where changes of this dataset are."""
        if self.recorder is None:
            return await change()
        caller = caller_of(request)
        digest = (await asyncio.to_thread(hashlib.sha256, sent)).hexdigest() if sent else None
        entry = Entry(
            action,
            caller.name,
            caller.key,
            self.organisation,
            graphs,
            before=self.engine.generation,
            sent=digest,
        )
        return await self.recorder.changed(entry, change)

    def _require_writes(self) -> None:
        if not self.writes:
            raise ForbiddenError(
                "this dataset takes no writes", remedy="See README, how to open a scratch dataset."
            )

    async def _body(self, request: Request) -> bytes:
        """Return the body of a request, refused as soon as it is larger than it may be."""
        found = bytearray()
        async for chunk in request.stream():
            found += chunk
            if len(found) > self.body:
                raise TooLargeError(f"the body has more than {self.body} bytes")
        return bytes(found)

    async def _documents(self, request: Request) -> list[tuple[str, bytes]]:
        """Return (media type, bytes) of what a request brings: its body, or the parts of a form."""
        kind = (request.headers.get("content-type") or "").partition(";")[0].strip().casefold()
        if kind != "multipart/form-data":
            return [(_known(kind), await self._body(request))]
        found = []
        async with request.form(max_files=100, max_fields=100) as form:
            for value in form.values():
                if isinstance(value, str):
                    raise UsageError("a part of the form has no Content-Type of RDF")
                kind = (value.content_type or "").partition(";")[0].strip().casefold()
                found.append((_known(kind), await value.read()))
        if not found:
            raise UsageError("the form has no part")
        return found


COUNTS = """SELECT ?g (COUNT(*) AS ?n) WHERE {
  { GRAPH ?g { ?s ?p ?o } } UNION { ?s ?p ?o }
} GROUP BY ?g ORDER BY ?g"""


def _format(request: Request) -> str | None:
    return request.query_params.get("format")


def _types(offers: Sequence[Offer]) -> list[str]:
    """Return media types for the engine; what is shown as a page is asked for as JSON or Turtle."""
    found: list[str] = []
    for offer in offers:
        found += [JSON.media_type, TURTLE.media_type] if offer is HTML else [offer.media_type]
    return list(dict.fromkeys(found))


def _generation(generation: int) -> dict[str, str]:
    return {"Crosswalk-Generation": str(generation)} if generation else {}


async def _sent(request: Request, answer: Answer) -> Response:
    """Return an answer on its way: whole if it is here already, else as a stream."""
    offer = next(one for one in ANSWERS if one.media_type == answer.media_type)
    headers = {"Vary": "Accept, Authorization", **_generation(answer.generation)}
    if request.method == "HEAD":
        await answer.aclose()
        return Response(headers={**headers, "Content-Type": offer.content_type})
    if answer.whole is not None:
        return Response(answer.whole, headers=headers, media_type=offer.content_type)
    return StreamingResponse(_chunks(answer), headers=headers, media_type=offer.content_type)


async def _chunks(answer: Answer) -> AsyncIterator[bytes]:
    async with answer:
        async for chunk in answer:
            yield chunk


def _known(kind: str) -> str:
    """Return the media type under which a document is read."""
    for offer in GRAPH:
        if offer is not HTML and kind in (offer.media_type, *offer.also):
            return offer.media_type
    raise MediaTypeError(
        f"a document of type {kind or 'none'} is not read", remedy=f"Send {', '.join(FORMATS)}."
    )
