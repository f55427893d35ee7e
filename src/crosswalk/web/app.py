"""The service as an ASGI application: which address is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope

from crosswalk.access import Scope
from crosswalk.errors import UsageError
from crosswalk.web import pages
from crosswalk.web.api import Api
from crosswalk.web.asking import Endpoint, guarded
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import DEFAULT, Dataset
from crosswalk.web.dereferencing import PATHS, Documents
from crosswalk.web.description import void_description
from crosswalk.web.negotiation import GRAPH, HTML, TURTLE, liked
from crosswalk.web.operations import Operations
from crosswalk.web.problems import problem
from crosswalk.web.sending import address

__all__ = ["Straight", "create_app"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
ADDRESSES = {
    "/sparql": "queries, SPARQL 1.1 Protocol",
    "/api/v1/": "the verbs as JSON",
    "/ns": "our vocabulary",
    "/.well-known/void": "what the data is",
    "/healthz": "whether the service lives",
    "/readyz": "whether it answers",
    "/metrics": "its figures, for Prometheus",
}

Which = Callable[[Request, Scope], AbstractAsyncContextManager[Dataset]]
"""What knows which dataset answers a request that needs a scope."""


def create_app(
    main: Dataset,
    scratch: Mapping[str, Dataset] | None = None,
    *,
    callers: Callers | None = None,
    api: Api | None = None,
) -> FastAPI:
    """Return the application that serves datasets.

    :param main: the knowledge, at ``/sparql``, ``/data`` and ``/graph/…``.
    :param scratch: further datasets by name, at ``/datasets/NAME/…``, open to whoever comes.
    :param callers: who sees what instead of ``main``; default everybody sees ``main``.
    :param api: the JSON API, at ``/api/v1/…``.
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
            if api is not None:
                await stack.enter_async_context(api)
            yield

    app = FastAPI(
        title="Crosswalk", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    operations = Operations(
        {path or "/": one.engine for path, one in everything.items()},
        doors.organisations.figures if doors.organisations is not None else None,
    )
    app.state.operations = operations
    for prefix, dataset in everything.items():
        which = doors.dataset if dataset is main else _always(dataset)
        for path, (endpoint, allowed) in _endpoints(which).items():
            answers = guarded(endpoint, allowed)
            app.router.routes.append(Route(prefix + path, answers, methods=METHODS))

    documents = Documents(main)

    async def document(request: Request) -> Response:
        async with doors.dataset(request, Scope.READ):
            return await documents.document(request)

    if api is not None:
        app.router.routes.extend(api.routes())
        operations.on_stop.append(api.end)

    async def void(request: Request) -> Response:
        async with doors.dataset(request, Scope.READ) as seen:
            facts = await (documents if seen is main else Documents(seen)).facts()
        offers = tuple(offer for offer in GRAPH if offer is not HTML)
        accept = request.headers.get("accept", "")
        if accept.startswith(HTML.media_type):  # a browser gets what it can show as text
            accept = TURTLE.media_type
        best = liked(offers, accept, request.query_params.get("format"))[0]
        base = str(request.base_url).rstrip("/")
        return main.rdf(void_description(address(request), f"{base}/sparql", facts), best)

    async def home(request: Request) -> Response:
        return pages.home(ADDRESSES, await documents.editions())

    async def style(_: Request) -> Response:
        return Response(
            pages.stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"}
        )

    for path, endpoint in (
        ("/.well-known/void", void),
        *operations.routes().items(),
        ("/", home),
        ("/crosswalk.css", style),
        *((f"/{path}{rest}", document) for path in PATHS for rest in ("", "/{_:path}")),
    ):
        answers = guarded(endpoint, READING)
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

    @app.exception_handler(Exception)
    async def fault(request: Request, _: Exception) -> Response:
        number = request.scope.get("state", {}).get("request_id")
        return problem(500, "an error of the service", id=number)

    return app


READING = ("GET", "HEAD", "OPTIONS")
ASKING = ("GET", "HEAD", "POST", "OPTIONS")
STORING = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")


class Straight:
    """An application that is asked at its fixed addresses without its layers.

    What the layers do, finding the address and telling errors, each endpoint does for itself; of
    the time of a small query they would be a third.
    """

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._routes = {
            route.path: route
            for route in app.routes
            if isinstance(route, Route) and "{" not in route.path
        }

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or scope["method"] not in (route.methods or ()):
            await self.app(scope, receive, send)
            return
        scope["app"], scope["endpoint"] = self.app, route.endpoint
        response = await route.endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


def _always(dataset: Dataset) -> Which:
    """Return what knows one dataset, for whoever asks."""

    @asynccontextmanager
    async def same(_: Request, __: Scope) -> AsyncIterator[Dataset]:
        yield dataset

    return same


def _endpoints(which: Which) -> dict[str, tuple[Endpoint, Sequence[str]]]:
    """Return path → what answers there to which methods, from the dataset that the caller sees."""

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
                here = str(request.url.replace(query=""))
                return await dataset.new_graph(request, here.removesuffix("data") + "graph")
            raise UsageError("neither graph nor default is given", place="graph")
        if len(graphs) + len(default) != 1:
            raise UsageError("one of graph and default is wanted, once", place="graph")
        return await dataset.graph(request, graphs[0] if graphs else DEFAULT)

    async def direct(request: Request) -> Response:
        async with which(request, _scope(request)) as dataset:
            return await dataset.graph(request, str(request.url.replace(query="")))

    return {
        "/sparql": (sparql, ASKING),
        "/update": (update, ("POST", "OPTIONS")),
        "/data": (indirect, STORING),
        "/graph/{path:path}": (direct, STORING),
    }


def _scope(request: Request) -> Scope:
    """Return what a caller needs for a request of the graph store."""
    return Scope.READ if request.method in ("GET", "HEAD") else Scope.WRITE
