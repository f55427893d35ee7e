"""The service as an ASGI application: which address is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crosswalk.errors import CrosswalkError, UsageError
from crosswalk.web import pages
from crosswalk.web.datasets import DEFAULT, Dataset
from crosswalk.web.dereferencing import PATHS, Documents
from crosswalk.web.description import void_description
from crosswalk.web.negotiation import GRAPH, HTML, TURTLE, liked
from crosswalk.web.problems import problem, refusal
from crosswalk.web.sending import address

__all__ = ["create_app"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
ADDRESSES = {
    "/sparql": "queries, SPARQL 1.1 Protocol",
    "/ns": "our vocabulary",
    "/.well-known/void": "what the data is",
    "/healthz": "whether the service lives",
    "/readyz": "whether it answers",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(main: Dataset, scratch: Mapping[str, Dataset] | None = None) -> FastAPI:
    """Return the application that serves datasets.

    :param main: the knowledge, at ``/sparql``, ``/data`` and ``/graph/…``.
    :param scratch: further datasets by name, at ``/datasets/NAME/…``.
    """
    everything = {"": main, **{f"/datasets/{name}": one for name, one in (scratch or {}).items()}}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for one in everything.values():
                await stack.enter_async_context(one.engine)
            yield

    app = FastAPI(title="Crosswalk", lifespan=lifespan, docs_url=None, redoc_url=None)
    for prefix, dataset in everything.items():
        for path, (endpoint, allowed) in _endpoints(dataset).items():
            answers = _guarded(endpoint, allowed)
            app.router.routes.append(Route(prefix + path, answers, methods=METHODS))

    documents = Documents(main)

    async def void(request: Request) -> Response:
        offers = tuple(offer for offer in GRAPH if offer is not HTML)
        accept = request.headers.get("accept", "")
        if accept.startswith(HTML.media_type):  # a browser gets what it can show as text
            accept = TURTLE.media_type
        best = liked(offers, accept, request.query_params.get("format"))[0]
        base = str(request.base_url).rstrip("/")
        facts = await documents.facts()
        return main.rdf(void_description(address(request), f"{base}/sparql", facts), best)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        stats = {path or "/": one.engine.stats() for path, one in everything.items()}
        if not all(one.generation and one.readers for one in stats.values()):
            return problem(503, "a store is not open yet")
        return JSONResponse({"status": "ready", "generation": stats["/"].generation})

    async def home(request: Request) -> Response:
        return pages.home(ADDRESSES, await documents.editions())

    async def style(_: Request) -> Response:
        return Response(
            pages.stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"}
        )

    for path, endpoint in (
        ("/.well-known/void", void),
        ("/healthz", healthz),
        ("/readyz", readyz),
        ("/", home),
        ("/crosswalk.css", style),
        *((f"/{path}{rest}", documents.document) for path in PATHS for rest in ("", "/{_:path}")),
    ):
        answers = _guarded(endpoint, READING)
        app.router.routes.append(Route(path, answers, methods=[*READING]))

    @app.exception_handler(404)
    async def nothing_here(request: Request, _: Exception) -> Response:
        return problem(404, f"there is nothing at {request.url.path}")

    @app.exception_handler(405)
    async def no_such_method(request: Request, error: Exception) -> Response:
        return problem(
            405,
            f"{request.method} does nothing at {request.url.path}",
            headers=dict(getattr(error, "headers", None) or {}),
        )

    return app


READING = ("GET", "HEAD", "OPTIONS")
ASKING = ("GET", "HEAD", "POST", "OPTIONS")
STORING = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")


def _endpoints(dataset: Dataset) -> dict[str, tuple[Endpoint, Sequence[str]]]:
    """Return path → what answers there to which methods, for one dataset."""

    async def indirect(request: Request) -> Response:
        given = parse_qs(request.url.query, keep_blank_values=True)
        graphs, default = given.get("graph", []), given.get("default", [])
        if not graphs and not default:
            if request.method == "POST":
                here = str(request.url.replace(query=""))
                return await dataset.new_graph(request, here.removesuffix("data") + "graph")
            raise UsageError("neither graph nor default is given", place="graph")
        if len(graphs) + len(default) != 1:
            raise UsageError("one of graph and default is wanted, once", place="graph")
        return await dataset.graph(request, graphs[0] if graphs else DEFAULT)

    async def direct(request: Request) -> Response:
        return await dataset.graph(request, str(request.url.replace(query="")))

    return {
        "/sparql": (dataset.sparql, ASKING),
        "/update": (dataset.update, ("POST", "OPTIONS")),
        "/data": (indirect, STORING),
        "/graph/{path:path}": (direct, STORING),
    }


def _guarded(endpoint: Endpoint, allowed: Sequence[str]) -> Endpoint:
    """Return what answers as an endpoint does, and with a problem document where it refuses.

    :param allowed: the methods that OPTIONS tells.
    """

    async def answered(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        try:
            return await endpoint(request)
        except CrosswalkError as error:
            return refusal(error)

    return answered
