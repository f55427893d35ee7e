"""The service as an ASGI application: which address is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crosswalk.errors import CrosswalkError, UsageError
from crosswalk.web import pages
from crosswalk.web.api import Api
from crosswalk.web.datasets import DEFAULT, Dataset
from crosswalk.web.description import void_description
from crosswalk.web.negotiation import GRAPH, HTML, liked
from crosswalk.web.problems import problem, refusal

__all__ = ["create_app"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
ADDRESSES = {
    "/sparql": "queries, SPARQL 1.1 Protocol",
    "/api/v1/": "the verbs as JSON",
    "/.well-known/void": "what the data is",
    "/healthz": "whether the service lives",
    "/readyz": "whether it answers",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    main: Dataset, scratch: Mapping[str, Dataset] | None = None, *, api: Api | None = None
) -> FastAPI:
    """Return the application that serves datasets.

    :param main: the knowledge, at ``/sparql``, ``/data`` and ``/graph/…``.
    :param scratch: further datasets by name, at ``/datasets/NAME/…``.
    :param api: the JSON API, at ``/api/v1/…``.
    """
    everything = {"": main, **{f"/datasets/{name}": one for name, one in (scratch or {}).items()}}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for one in everything.values():
                await stack.enter_async_context(one.engine)
            if api is not None:
                await stack.enter_async_context(api)
            yield

    app = FastAPI(
        title="Crosswalk", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    for prefix, dataset in everything.items():
        for path, endpoint in _endpoints(dataset).items():
            app.router.routes.append(Route(prefix + path, _guarded(endpoint), methods=METHODS))

    if api is not None:
        app.router.routes.extend(api.routes())

    async def void(request: Request) -> Response:
        counts = await main.counts()
        counts.pop("", None)
        offers = tuple(offer for offer in GRAPH if offer is not HTML)
        best = liked(offers, request.headers.get("accept"), request.query_params.get("format"))[0]
        base = str(request.base_url).rstrip("/")
        return main.rdf(void_description(str(request.url), f"{base}/sparql", counts), best)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        stats = {path or "/": one.engine.stats() for path, one in everything.items()}
        if not all(one.generation and one.readers for one in stats.values()):
            return problem(503, "a store is not open yet")
        return JSONResponse({"status": "ready", "generation": stats["/"].generation})

    async def home(_: Request) -> Response:
        return pages.home(ADDRESSES)

    for path, endpoint in (
        ("/.well-known/void", void),
        ("/healthz", healthz),
        ("/readyz", readyz),
        ("/", home),
    ):
        app.router.routes.append(Route(path, _guarded(endpoint), methods=["GET"]))

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


def _endpoints(dataset: Dataset) -> dict[str, Endpoint]:
    """Return path → what answers there, for one dataset."""

    async def indirect(request: Request) -> Response:
        given = parse_qs(request.url.query, keep_blank_values=True)
        graphs, default = given.get("graph", []), given.get("default", [])
        if not graphs and not default:
            if request.method == "POST":
                return await dataset.new_graph(request, str(request.url.replace(query="")))
            raise UsageError("neither graph nor default is given", place="graph")
        if len(graphs) + len(default) != 1:
            raise UsageError("one of graph and default is wanted, once", place="graph")
        return await dataset.graph(request, graphs[0] if graphs else DEFAULT)

    async def direct(request: Request) -> Response:
        return await dataset.graph(request, str(request.url.replace(query="")))

    return {
        "/sparql": dataset.sparql,
        "/update": dataset.update,
        "/data": indirect,
        "/graph/{path:path}": direct,
    }


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Return what answers as an endpoint does, and with a problem document where it refuses."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CrosswalkError as error:
            return refusal(error)

    return answered
