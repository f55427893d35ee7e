"""The service as an ASGI application: which address is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosswalk.access import Scope
from crosswalk.errors import CrosswalkError, UsageError
from crosswalk.web import pages
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import DEFAULT, Dataset
from crosswalk.web.description import void_description
from crosswalk.web.negotiation import GRAPH, HTML, liked
from crosswalk.web.operations import Operations
from crosswalk.web.problems import problem, refusal

__all__ = ["create_app"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
ADDRESSES = {
    "/sparql": "queries, SPARQL 1.1 Protocol",
    "/.well-known/void": "what the data is",
    "/healthz": "whether the service lives",
    "/readyz": "whether it answers",
    "/metrics": "its figures, for Prometheus",
}

Endpoint = Callable[[Request], Awaitable[Response]]
Which = Callable[[Request, Scope], AbstractAsyncContextManager[Dataset]]
"""What knows which dataset answers a request that needs a scope."""


def create_app(
    main: Dataset,
    scratch: Mapping[str, Dataset] | None = None,
    *,
    callers: Callers | None = None,
) -> FastAPI:
    """Return the application that serves datasets.

    :param main: the knowledge, at ``/sparql``, ``/data`` and ``/graph/…``.
    :param scratch: further datasets by name, at ``/datasets/NAME/…``, open to whoever comes.
    :param callers: who sees what instead of ``main``; default everybody sees ``main``.
    """
    doors = callers or Callers(main)
    everything = {"": main, **{f"/datasets/{name}": one for name, one in (scratch or {}).items()}}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if doors.recorder is not None:
                await stack.enter_async_context(doors.recorder)
            if doors.organisations is not None:
                await stack.enter_async_context(doors.organisations)
            for one in everything.values():
                if doors.organisations is None or one is not main:
                    await stack.enter_async_context(one.engine)
            yield

    app = FastAPI(title="Crosswalk", lifespan=lifespan, docs_url=None, redoc_url=None)
    operations = Operations({path or "/": one.engine for path, one in everything.items()})
    app.state.operations = operations
    for prefix, dataset in everything.items():
        which = doors.dataset if dataset is main else _always(dataset)
        for path, endpoint in _endpoints(which).items():
            app.router.routes.append(Route(prefix + path, _guarded(endpoint), methods=METHODS))

    async def void(request: Request) -> Response:
        async with doors.dataset(request, Scope.READ) as seen:
            counts = await seen.counts()
        counts.pop("", None)
        offers = tuple(offer for offer in GRAPH if offer is not HTML)
        best = liked(offers, request.headers.get("accept"), request.query_params.get("format"))[0]
        base = str(request.base_url).rstrip("/")
        return seen.rdf(void_description(str(request.url), f"{base}/sparql", counts), best)

    async def home(_: Request) -> Response:
        return pages.home(ADDRESSES)

    for path, endpoint in (
        ("/.well-known/void", void),
        *operations.routes().items(),
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

    @app.exception_handler(Exception)
    async def fault(request: Request, _: Exception) -> Response:
        number = request.scope.get("state", {}).get("request_id")
        return problem(500, "an error of the service", id=number)

    return app


def _always(dataset: Dataset) -> Which:
    """Return what knows one dataset, for whoever asks."""

    @asynccontextmanager
    async def same(_: Request, __: Scope) -> AsyncIterator[Dataset]:
        yield dataset

    return same


def _endpoints(which: Which) -> dict[str, Endpoint]:
    """Return path → what answers there, from the dataset that the caller sees."""

    async def sparql(request: Request) -> Response:
        async with which(request, Scope.READ) as dataset:
            return await dataset.sparql(request)

    async def update(request: Request) -> Response:
        async with which(request, Scope.WRITE) as dataset:
            return await dataset.update(request)

    async def indirect(request: Request) -> Response:
        async with which(request, _scope(request)) as dataset:
            return await addressed(request, dataset)

    async def addressed(request: Request, dataset: Dataset) -> Response:
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
        async with which(request, _scope(request)) as dataset:
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
