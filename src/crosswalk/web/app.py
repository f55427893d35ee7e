"""The service as an ASGI application: which address is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crosswalk.access import Scope
from crosswalk.errors import CrosswalkError, UsageError
from crosswalk.graph.stores import Stores
from crosswalk.web import pages
from crosswalk.web.api import Api
from crosswalk.web.callers import Callers
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
Which = Callable[[Request, Scope], Awaitable[Dataset]]
"""What knows which dataset answers a request that needs a scope."""


def create_app(
    main: Dataset,
    scratch: Mapping[str, Dataset] | None = None,
    *,
    callers: Callers | None = None,
    stores: Stores | None = None,
    api: Api | None = None,
) -> FastAPI:
    """Return the application that serves datasets.

    :param main: the knowledge, at ``/sparql``, ``/data`` and ``/graph/…``.
    :param scratch: further datasets by name, at ``/datasets/NAME/…``, open to whoever comes.
    :param callers: who sees what instead of ``main``; default everybody sees ``main``.
    :param stores: the stores of the organisations, and of ``main``.
    :param api: the JSON API, at ``/api/v1/…``.
    """
    doors = callers or Callers(main)
    everything = {"": main, **{f"/datasets/{name}": one for name, one in (scratch or {}).items()}}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if doors.recorder is not None:
                await stack.enter_async_context(doors.recorder)
            if stores is not None:
                await stack.enter_async_context(stores)
            for one in everything.values():
                if stores is None or one is not main:
                    await stack.enter_async_context(one.engine)
            if api is not None:
                await stack.enter_async_context(api)
            yield

    app = FastAPI(
        title="Crosswalk", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    for prefix, dataset in everything.items():
        which = doors.dataset if dataset is main else _always(dataset)
        for path, endpoint in _endpoints(which).items():
            app.router.routes.append(Route(prefix + path, _guarded(endpoint), methods=METHODS))

    if api is not None:
        app.router.routes.extend(api.routes())

    async def void(request: Request) -> Response:
        seen = await doors.dataset(request, Scope.READ)
        counts = await seen.counts()
        counts.pop("", None)
        offers = tuple(offer for offer in GRAPH if offer is not HTML)
        best = liked(offers, request.headers.get("accept"), request.query_params.get("format"))[0]
        base = str(request.base_url).rstrip("/")
        return seen.rdf(void_description(str(request.url), f"{base}/sparql", counts), best)

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


def _always(dataset: Dataset) -> Which:
    """Return what knows one dataset, for whoever asks."""

    async def same(_: Request, __: Scope) -> Dataset:
        return dataset

    return same


def _endpoints(which: Which) -> dict[str, Endpoint]:
    """Return path → what answers there, from the dataset that the caller sees."""

    async def sparql(request: Request) -> Response:
        return await (await which(request, Scope.READ)).sparql(request)

    async def update(request: Request) -> Response:
        return await (await which(request, Scope.WRITE)).update(request)

    async def indirect(request: Request) -> Response:
        dataset = await which(request, _scope(request))
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
        dataset = await which(request, _scope(request))
        return await dataset.graph(request, str(request.url.replace(query="")))

    return {"/sparql": sparql, "/update": update, "/data": indirect, "/graph/{path:path}": direct}


def _scope(request: Request) -> Scope:
    """Return what a caller needs for a request of the graph store."""
    return Scope.READ if request.method in ("GET", "HEAD") else Scope.WRITE


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Return what answers as an endpoint does, and with a problem document where it refuses."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CrosswalkError as error:
            return refusal(error)

    return answered
