"""The JSON API: each verb at an address, with the fields and the words of the command line.

A verb runs in a process that a deadline can end. Its answer is a function of the state of one
store, the arguments and the form that is wished, so its ETag is made of these, and an answer that
was given is kept and given again as long as the state is the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, Self
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosswalk import __version__
from crosswalk.access import Scope
from crosswalk.errors import (
    ForbiddenError,
    MediaTypeError,
    NotFoundError,
    UnauthenticatedError,
    UsageError,
)
from crosswalk.graph.pool import Pool
from crosswalk.graph.served import Served
from crosswalk.web import pages, verbs
from crosswalk.web.asking import (
    guarded,
    media_type_of,
    once,
    organisation_named,
    read_body,
    read_query,
)
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import Dataset
from crosswalk.web.events import Events
from crosswalk.web.events import described as events_described
from crosswalk.web.evidence import SEVERAL_WRITTEN, Evidence
from crosswalk.web.evidence import described as evidence_described
from crosswalk.web.imports import Imports
from crosswalk.web.imports import described as imports_described
from crosswalk.web.kept import Cache, Kept
from crosswalk.web.monitor import Monitor
from crosswalk.web.negotiation import Offer, liked
from crosswalk.web.openapi import described
from crosswalk.web.paging import PREFIX, Paging
from crosswalk.web.sending import awaited, generation_header
from crosswalk.web.webhooks import Deliveries, Webhooks
from crosswalk.web.webhooks import described as webhooks_described

__all__ = ["WORKER", "Api", "description"]

WORKER = "crosswalk.web.verb_worker"
"""What the processes of its pool run."""
GRACE = 5.0
"""Seconds that verbs may take to finish when the service stops."""
ELSEWHERE = (
    "import",
    "evidence",
    "evidence/{name}",
    "events",
    "webhooks",
    "webhooks/{name}",
)
"""What there is only where the service keeps the store itself."""
ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
RESERVED = ("format", "limit", "cursor", "organisation")
VARY = "Accept, Authorization"


@dataclass(slots=True)
class Api:
    """What answers at ``/api/v1/``.

    :param doors: who sees what.
    :param pool: the processes that answer verbs.
    :param knowledge: further directories of knowledge, as the library was filled with.
    :param monitor: what tells of changes of an organisation; None: nobody does.
    :param documents: whether documents of evidence are kept; else they are refused.
    :param body: the most bytes of a body.
    """

    doors: Callers
    pool: Pool
    knowledge: Sequence[Path] = ()
    shipped: bool = True
    monitor: Monitor | None = None
    documents: bool = True
    body: int = 16 << 20
    kept: int = 32 << 20
    today: Callable[[], date] = date.today
    cache: Cache = field(init=False, repr=False)
    evidence: Evidence = field(init=False, repr=False)
    deliveries: Deliveries | None = field(init=False, repr=False)
    _running: AsyncExitStack = field(default_factory=AsyncExitStack, repr=False)

    def __post_init__(self) -> None:
        self.evidence = Evidence(self.doors, self.pool, self.body, self.today)
        self.cache = Cache(self.kept)
        self.deliveries = Deliveries(self.monitor) if self.monitor is not None else None

    async def __aenter__(self) -> Self:
        self.pool.start()
        self.pool.join(self.doors.library.engine.shelf)
        if self.monitor is not None:
            await self._running.enter_async_context(self.monitor.running())
        if self.deliveries is not None:
            await self._running.enter_async_context(self.deliveries.running())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()
        await self.pool.stop(until=time.monotonic() + GRACE)

    def routes(self) -> list[Route]:
        """Return the routes of the verbs."""
        found = [
            Route(PREFIX + verb.name, guarded(self._endpoint(verb)), methods=list(verb.methods))
            for verb in verbs.VERBS
        ]
        for path, endpoint in (("openapi.json", self._openapi), ("", self._home)):
            found.append(Route(PREFIX + path, guarded(endpoint), methods=["GET"]))
        if self.monitor is not None and self.deliveries is not None:
            found += Events(self.doors, self.monitor).routes()
            found += Webhooks(self.doors, self.monitor, self.deliveries).routes()
        if self.documents:
            return [*found, *self.evidence.routes(), *Imports(self.evidence).routes()]
        return [
            *found,
            *(Route(PREFIX + one, guarded(_no_documents), methods=ANY) for one in ELSEWHERE),
        ]

    def end(self) -> None:
        """End what would go on without end: the service stops."""
        if self.monitor is not None:
            self.monitor.end()

    async def _openapi(self, _: Request) -> Response:
        text = json.dumps(description(), ensure_ascii=False)
        return Response(text, media_type="application/json", headers={"Vary": VARY})

    async def _home(self, _: Request) -> Response:
        addresses = {PREFIX + verb.name: verb.summary for verb in verbs.VERBS}
        return pages.home({f"{PREFIX}openapi.json": "what each is asked with", **addresses}, [])

    def _endpoint(self, verb: verbs.Verb) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            return await self.answer(verb, request)

        return answered

    async def answer(self, verb: verbs.Verb, request: Request) -> Response:
        """Return the answer of a verb to a request."""
        given = read_query(request)
        async with self._dataset(verb, request, given) as (dataset, own):
            return await self._answered(verb, request, given, dataset, own=own)

    async def _answered(
        self,
        verb: verbs.Verb,
        request: Request,
        given: Mapping[str, Sequence[str]],
        dataset: Dataset,
        *,
        own: bool,
    ) -> Response:
        sent = request.method == "POST"
        arguments = verbs.arguments(
            verb, {k: v for k, v in given.items() if k not in RESERVED}, today=self.today()
        )
        paging = _paging(verb, given)
        wished = [
            offer.alias
            for offer in liked(offers(verb), request.headers.get("accept"), once(given, "format"))
        ]
        body, media_type = await self._body(verb, request) if sent else (b"", "")
        state = State(dataset.engine, verb, arguments, wished)
        current = dataset.engine.generation
        if paging.of and current and paging.of != state.tag(current):
            raise _changed()
        if not sent and current:
            etag = state.etag(dataset.engine.generation, paging)
            if _matches(request, etag):
                headers = {"ETag": etag, "Vary": VARY, "Cache-Control": "private, no-cache"}
                return Response(status_code=304, headers=headers)
            kept = self.cache.get(etag)
            if kept is not None:
                generation = dataset.engine.generation
                return self._response(request, state, paging, kept, generation)
        asked = {
            "op": "verb",
            "verb": verb.name,
            "arguments": arguments,
            "formats": wished,
            "own": own,
            "sources": [],
            "knowledge": [str(one) for one in self.knowledge],
            "shipped": self.shipped,
            "body": base64.b64encode(body).decode(),
            "media_type": media_type,
            "limit": paging.limit,
            "offset": paging.start,
            "digest": not current,
        }
        caller = await self.doors.caller(request)
        asking = dataset.engine.ask(asked, pool=self.pool, caller=caller.key)
        answer = await awaited(request, asking)
        kept = Kept(await answer.read(), answer.media_type, answer.facts)
        if paging.of and not current and paging.of != kept.facts.get("digest"):
            raise _changed()
        if not sent and current:
            self.cache.put(state.etag(answer.generation, paging), kept)
        return self._response(request, state, paging, kept, answer.generation, sent=sent)

    @asynccontextmanager
    async def _dataset(
        self, verb: verbs.Verb, request: Request, given: Mapping[str, Sequence[str]]
    ) -> AsyncIterator[tuple[Dataset, bool]]:
        """Yield the dataset that a verb answers from, and whether it is an organisation's."""
        library = self.doors.library
        if verb.data == verbs.Data.LIBRARY:
            if "organisation" in given:
                raise UsageError(
                    f"{verb.name} answers from the library",
                    place="organisation",
                    remedy="Leave it out.",
                )
            await self.doors.require(request, Scope.READ)
            yield library, False
            return
        await organisation_named(self.doors, request, given)
        one_off = request.method == "POST" and verb.one_off
        async with self.doors.dataset(request, Scope.READ) as found:
            if found is library and verb.data == verbs.Data.OWN and not one_off:
                await self._refuse(verb, request)
            yield found, found is not library

    async def _refuse(self, verb: verbs.Verb, request: Request) -> NoReturn:
        """Refuse a verb about an organisation to a caller that has none."""
        caller = await self.doors.caller(request)
        if caller.anonymous:
            raise UnauthenticatedError(
                f"{verb.name} answers of an organisation", remedy="Send a key of one."
            )
        if caller.operator:
            raise UsageError(
                f"{verb.name} answers of an organisation",
                place="organisation",
                remedy="Name one: organisation=…",
            )
        raise NotFoundError(f"the caller has no organisation {caller.organisation!r}")

    async def _body(self, verb: verbs.Verb, request: Request) -> tuple[bytes, str]:
        wanted = verb.body
        assert wanted is not None  # noqa: S101 - only such verbs take POST
        kind = media_type_of(request)
        if kind not in wanted.media_types:
            raise MediaTypeError(
                f"a body of type {kind or 'unknown'!r} is not read",
                remedy=f"Send one of: {', '.join(wanted.media_types)}.",
            )
        return await read_body(request, self.body), kind

    def _response(
        self,
        request: Request,
        state: State,
        paging: Paging,
        kept: Kept,
        generation: int,
        *,
        sent: bool = False,
    ) -> Response:
        headers = {
            "Vary": VARY,
            "Cache-Control": "no-store" if sent or not generation else "private, no-cache",
            **generation_header(generation),
        }
        if not sent and generation:
            headers["ETag"] = state.etag(generation, paging)
        if "as_of" in state.arguments:
            headers["Crosswalk-As-Of"] = state.arguments["as_of"]
        if notes := kept.facts.get("notes"):
            headers["Crosswalk-Note"] = " ".join(notes).encode("ascii", "replace").decode()
        total = kept.facts.get("total")
        if total is not None:
            headers["Crosswalk-Total"] = str(total)
            end = paging.start + paging.limit
            if end < total and not sent:
                of = state.tag(generation) if generation else kept.facts["digest"]
                cursor = paging.cursor(end, of)
                headers["Link"] = f'<{_next(request, cursor)}>; rel="next"'
        charset = "; charset=utf-8" if kept.media_type.startswith("text/") else ""
        content_type = kept.media_type + ("" if "charset" in kept.media_type else charset)
        return Response(kept.body, media_type=content_type, headers=headers)


@dataclass(frozen=True, slots=True)
class State:
    """What an answer is a function of: a store and its state, a verb, arguments, the form."""

    engine: Served
    verb: verbs.Verb
    arguments: Mapping[str, Any]
    wished: Sequence[str]

    def tag(self, generation: int) -> str:
        """Return what tells this answer from any other."""
        said = [
            __version__,
            self.engine.instance,
            generation,
            self.verb.name,
            self.arguments,
            list(self.wished),
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]

    def etag(self, generation: int, paging: Paging) -> str:
        """Return the ETag of a page of it."""
        return f'"{self.tag(generation)}.{paging.start}.{paging.limit}"'


def description() -> dict[str, Any]:
    """Return the description of all addresses of the API.

    >>> "/api/v1/events" in description()["paths"]
    True
    """
    return described(
        {
            **evidence_described(),
            **imports_described(SEVERAL_WRITTEN),
            **events_described(),
            **webhooks_described(),
        }
    )


def offers(verb: verbs.Verb) -> list[Offer]:
    """Return the forms that a verb answers in."""
    return [Offer(media_type, name) for name, media_type in verb.formats.items()]


def _paging(verb: verbs.Verb, given: Mapping[str, Sequence[str]]) -> Paging:
    limit, cursor = once(given, "limit"), once(given, "cursor")
    if not verb.listed:
        for name, value in (("limit", limit), ("cursor", cursor)):
            if value is not None:
                raise UsageError(f"{verb.name} answers no list", place=name, remedy="Leave it out.")
    return Paging.read(limit, cursor)


async def _no_documents(_: Request) -> Response:
    raise ForbiddenError(
        "documents of evidence, events and webhooks are not kept over a store elsewhere",
        remedy="Put, post and delete whole graphs at /data?graph=….",
    )


def _changed() -> UsageError:
    return UsageError(
        "the answer has changed since this cursor was given",
        place="cursor",
        remedy="Start again without it.",
    )


def _matches(request: Request, etag: str) -> bool:
    """Return whether the client has this answer already."""
    said = request.headers.get("if-none-match", "")
    return said.strip() == "*" or etag in re.findall(r'(?:W/)?("[^"]*")', said)


def _next(request: Request, cursor: str) -> str:
    pairs = [
        (name, value)
        for name, values in read_query(request).items()
        for value in values
        if name != "cursor"
    ]
    return f"{request.url.path}?{urlencode([*pairs, ('cursor', cursor)])}"
