"""One dataset at its addresses: query, update, graph store.

A dataset is a store of its own. A *library* shows the union of its named graphs as its default
graph and takes no writes; a *scratch* dataset has plain store semantics and takes all.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response

from crosswalk import queries
from crosswalk.access import Entry
from crosswalk.errors import (
    DataError,
    ForbiddenError,
    MalformedDocumentError,
    MediaTypeError,
    MethodError,
    NotFoundError,
    TooLargeError,
    UsageError,
)
from crosswalk.graph.answers import Graphs
from crosswalk.graph.served import Served
from crosswalk.graph.writing import Written
from crosswalk.namespaces import graph_iri, prefixes
from crosswalk.web import pages
from crosswalk.web.callers import caller_of
from crosswalk.web.description import service_description
from crosswalk.web.negotiation import ANSWERS, GRAPH, HTML, NTRIPLES, Offer, liked
from crosswalk.web.protocol import Describe, Query, Update, asked, content_type, with_dataset
from crosswalk.web.recorder import Recorder
from crosswalk.web.sending import (
    Tags,
    address,
    awaited,
    generation_header,
    media_types,
    sent,
    unchanged,
)

__all__ = ["Changed", "Dataset"]

DEFAULT = "default"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")
EXAMPLES = ("catalogue/", "compare/", "gap/")
"""The folders of the query library whose questions the library itself can answer."""
CHANGING = re.compile(r"\b(?:RAND|NOW|UUID|STRUUID|BNODE)\b", re.IGNORECASE)
"""What makes two answers of one query differ, though the data is the same."""
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made to an organisation's data.

    :param graphs: the graphs that are named; none for a SPARQL update.
    :param before: the generation when it began.
    :param by: the name of the caller.
    """

    organisation: str
    action: str
    graphs: tuple[str, ...]
    before: int
    after: int
    by: str


@dataclass(slots=True)
class Dataset:
    """A served store.

    :param union: whether its default graph is the union of its named graphs.
    :param writes: whether it takes updates and uploads.
    :param body: the most bytes of a request's body.
    :param organisation: whose it is; None: nobody's.
    :param recorder: where its changes are recorded; None: they are not.
    :param noticed: told of each change of an organisation's data, once it is made.
    """

    engine: Served
    union: bool
    writes: bool
    body: int
    organisation: str | None = None
    recorder: Recorder | None = None
    noticed: Callable[[Changed], None] | None = None
    _counted: tuple[object, dict[str, int]] = field(default=(None, {}), repr=False)

    async def sparql(self, request: Request) -> Response:
        """Answer a query, or describe the service if none is asked."""
        said = asked(
            request.method,
            request.scope["query_string"].decode("latin-1"),
            request.headers.get("content-type"),
            await self._body(request),
            takes=(Query,),
        )
        accept, alias = request.headers.get("accept"), _format(request)
        if isinstance(said, Describe):
            return await self._description(request, accept, alias)
        assert isinstance(said, Query)  # noqa: S101 - this address takes no updates
        _noted(request, said.text)
        wanted = liked(ANSWERS, accept, alias)
        if "if-none-match" in request.headers:
            tags = self.tags(request, wanted, _lasting(said))
            if tags and tags.fresh(self.engine.generation):
                return unchanged(tags, self.engine.generation)
        asking = self.engine.query(
            said.text,
            dataset=self._graphs(said),
            accept=media_types(wanted),
            base=address(request),
            caller=caller_of(request).key,
        )
        tags = self.tags(request, wanted, _lasting(said))  # while a reader is at work
        return await sent(request, await awaited(request, asking), wanted, tags)

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
        _noted(request, said.text)
        text = with_dataset(said) if said.using or said.using_named else said.text
        base = address(request)
        written = await self.changed(
            request, "update", (), text.encode(), lambda: self.engine.update(text, base=base)
        )
        return Response(status_code=204, headers=generation_header(written.generation))

    async def graph(self, request: Request, name: str) -> Response:
        """Give, replace, add to or remove a graph.

        :param name: its IRI, or ``default``.
        """
        if request.method in ("GET", "HEAD"):
            wanted = liked(GRAPH, request.headers.get("accept"), _format(request))
            return await self.dump(request, name, wanted)
        if request.method not in METHODS:
            raise MethodError(f"{request.method} does nothing with a graph", allow=METHODS)
        self._require_writes()
        if request.method == "DELETE":
            written = await self.changed(
                request, "graph delete", (name,), b"", lambda: self.engine.delete(name)
            )
            if not written.existed and name != DEFAULT:
                raise NotFoundError(f"there is no graph {name!r}")
            return Response(status_code=204, headers=generation_header(written.generation))
        base = address(request) if name == DEFAULT else name
        media_type, data = await self._document(request, base)
        replace = request.method == "PUT"
        try:
            written = await self.changed(
                request,
                f"graph {request.method.lower()}",
                (name,),
                data,
                lambda: self.engine.load(data, media_type, graph=name, replace=replace, base=base),
            )
        except DataError as error:
            raise MalformedDocumentError(
                error.offence, place=error.place, remedy=error.remedy
            ) from None
        return Response(
            status_code=204 if written.existed else 201,
            headers=generation_header(written.generation),
        )

    async def dump(self, request: Request, name: str, wanted: Sequence[Offer]) -> Response:
        """Give a graph in the form that is liked best.

        :param name: its IRI, or ``default``.
        """
        tags = self.tags(request, wanted, f"graph {name}")
        if tags and tags.fresh(self.engine.generation):
            return unchanged(tags, self.engine.generation)
        dumping = self.engine.dump(name, accept=media_types(wanted), caller=caller_of(request).key)
        answer = await awaited(request, dumping)
        return await sent(request, answer, wanted, tags)

    def tags(self, request: Request, wanted: Sequence[Offer], what: str) -> Tags | None:
        """Return the entity tags of an answer; None where it has none.

        They are over the store and its generation, what is asked of which dataset, and which media
        types are liked, which fixes the one that is given. A store without generations has none.

        :param what: what is asked; empty if it is answered differently each time.
        """
        if request.method == "POST" or not what or not self.engine.generation:
            return None
        held = repr((self.engine.instance, what, [offer.alias for offer in wanted]))
        known = request.headers.get("if-none-match", "")
        return Tags(held, tuple(re.findall(r'"[^"]*"', known)))

    async def new_graph(self, request: Request, base: str) -> Response:
        """Make a graph of a name of ours for what is posted to the store itself.

        :param base: the address of the graphs that have one.
        """
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
        here = address(request)
        if best is HTML:
            return pages.query_page(here, *self._examples(request))
        counts = await self.counts()
        default = counts.pop("", 0)
        triples = service_description(
            here, counts, updates=self.writes, union=self.union, default=default
        )
        return self.rdf(triples, best)

    def _examples(self, request: Request) -> tuple[dict[str, str], str]:
        """Return the queries that a page offers (name → what it tells), and the chosen one."""
        if not self.union:
            return {}, "SELECT * WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 100"
        held = {
            query.name: query
            for query in queries.library()
            if not query.parameters and query.name.startswith(EXAMPLES)
        }
        chosen = held.get(request.query_params.get("example", ""), held["catalogue/editions"])
        text = "\n".join(line for line in chosen.text.splitlines() if not line.startswith("#+"))
        return {name: query.summary for name, query in held.items()}, text

    async def counts(self) -> dict[str, int]:
        """Return named graph → number of its triples; under "" that of the default graph."""
        era = self.engine.era
        if self._counted[0] != era:
            answer = await self.engine.query(
                queries.named("description/graph-sizes").text, accept=("text/tab-separated-values",)
            )
            lines = (await answer.read()).decode().splitlines()[1:]
            found = {}
            for line in lines:
                graph, number = line.split("\t")
                found[graph.strip("<>")] = int(number.partition("^^")[0].strip('"'))
            self._counted = (era, found)
        return dict(self._counted[1])

    def rdf(self, triples: Iterable[ox.Triple], offer: Offer) -> Response:
        """Return triples in the form of an offer."""
        body = ox.serialize(triples, format=FORMATS[offer.media_type], prefixes=prefixes()) or b""
        return Response(
            body, media_type=offer.content_type, headers={"Vary": "Accept, Authorization"}
        )

    def _graphs(self, said: Query) -> Graphs | None:
        """Return what a query is asked of: what the request says, else the query, else all."""
        if said.default_graphs or said.named_graphs:
            return Graphs(said.default_graphs, said.named_graphs, outranks=True)
        return Graphs.everything() if self.union else None

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
            before=self.engine.generation or None,
            sent=digest,
        )

        async def seen() -> Written:
            before = self.engine.generation
            written = await change()
            if self.noticed is not None and self.organisation is not None and written.generation:
                self.noticed(
                    Changed(
                        self.organisation, action, graphs, before, written.generation, caller.name
                    )
                )
            return written

        return await self.recorder.changed(entry, seen)

    def _require_writes(self) -> None:
        if not self.writes:
            raise ForbiddenError(
                "this dataset takes no writes", remedy="See README, how to open a scratch dataset."
            )

    async def _body(self, request: Request) -> bytes:
        """Return the body of a request, refused as soon as it is larger than it may be."""
        if request.method in ("GET", "HEAD"):
            return b""
        found = bytearray()
        async for chunk in request.stream():
            found += chunk
            if len(found) > self.body:
                raise TooLargeError(f"the body has more than {self.body} bytes")
        return bytes(found)

    async def _document(self, request: Request, base: str) -> tuple[str, bytes]:
        """Return (media type, bytes) of what a request brings.

        The parts of a form become one document, so that all of them are taken or none.
        """
        header = request.headers.get("content-type")
        if content_type(header)[0] != "multipart/form-data":
            return _known(header), await self._body(request)
        triples: list[ox.Triple] = []
        size = 0
        async with request.form(max_files=100, max_fields=100) as form:
            if not form:
                raise UsageError("the form has no part")
            for name, value in form.multi_items():
                if isinstance(value, str):
                    raise UsageError("a part of the form has no Content-Type of RDF", place=name)
                data = await value.read()
                size += len(data)
                if size > self.body:
                    raise TooLargeError(f"the form has more than {self.body} bytes")
                triples += await asyncio.to_thread(
                    _parsed, data, _known(value.content_type), base, name
                )
        return NTRIPLES.media_type, ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def _lasting(said: Query) -> str:
    """Return what names a query whose answer changes with the data only; empty for others."""
    text = said.text.upper()
    maybe = "RAND" in text or "NOW" in text or "UUID" in text or "BNODE" in text
    return "" if maybe and CHANGING.search(said.text) else repr(said)


def _noted(request: Request, text: str) -> None:
    """Note what is asked, for the log, which keeps a hash of it."""
    request.scope.setdefault("state", {})["asked"] = text


def _format(request: Request) -> str | None:
    if b"format=" not in request.scope["query_string"]:
        return None
    return request.query_params.get("format")


def _parsed(data: bytes, media_type: str, base: str, name: str) -> list[ox.Triple]:
    format = FORMATS[media_type]
    try:
        quads = list(ox.parse(data, format=format, base_iri=base, rename_blank_nodes=True))
    except SyntaxError as error:
        raise MalformedDocumentError(
            error.msg or str(error),
            place=f"{name}, line {error.lineno}" if error.lineno else name,
            remedy="Correct it; nothing was loaded.",
        ) from None
    return [quad.triple for quad in quads]


def _known(header: str | None) -> str:
    """Return the media type under which a document is read."""
    kind, charset = content_type(header)
    if charset not in ("", "utf-8", "utf8"):
        raise MediaTypeError(f"the charset {charset!r} is not read", remedy="Send UTF-8.")
    for offer in GRAPH:
        if offer is not HTML and kind in (offer.media_type, *offer.also):
            return offer.media_type
    raise MediaTypeError(
        f"a document of type {kind or 'none'} is not read", remedy=f"Send {', '.join(FORMATS)}."
    )
