"""Webhooks: what changes is sent to addresses that organisations name, signed, until it arrives.

What is still to be sent is the journal from the last event that arrived, so it is on the disk as
soon as it has happened. A delivery has a number that stays the same however often it is sent.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosswalk import __version__, settings
from crosswalk.access import Caller, Entry, Scope
from crosswalk.errors import (
    CrosswalkError,
    MalformedDocumentError,
    MediaTypeError,
    NotFoundError,
    UsageError,
)
from crosswalk.graph.engine import Written
from crosswalk.web import outbound
from crosswalk.web.asking import guarded, media_type_of, own_dataset, read_body
from crosswalk.web.callers import Callers
from crosswalk.web.events import EDITION, EDITIONS, EVENT
from crosswalk.web.journal import Event, Journal
from crosswalk.web.monitor import Monitor
from crosswalk.web.openapi import ORGANISATION, refusals
from crosswalk.web.paging import PREFIX

__all__ = ["Deliveries", "Hook", "Webhooks", "described", "signature"]

MOST = 20
"""The most webhooks of an organisation."""
BODY = 64 << 10
"""The most bytes of a request for one."""
BATCH = 100
"""The most events of a delivery."""
SENDING = 16
"""How many deliveries are on their way at the same time."""
LAST_AGAIN = 3600.0
"""The most seconds between two tries."""
DAY = 86_400.0
"""Seconds of failing after which a webhook is suspended."""
GONE = 410
"""The status by which a receiver says that it wants no more."""

LOG = logging.getLogger("uvicorn.error")


@dataclass(slots=True)
class Hook:
    """What is kept of a webhook.

    :param editions: of which statuses are sent; none: of those that are assessed.
    :param sent: the last event that arrived, or concerns it not.
    :param until: the last event of the delivery that is being tried; 0: none is.
    :param attempts: how often that was tried in vain.
    :param due: before which time nothing is sent, in seconds of the epoch.
    :param failing: since when nothing arrives, in seconds of the epoch; 0: all does.
    """

    url: str
    editions: list[str]
    secret: str
    created: str
    by: str
    sent: int
    until: int = 0
    attempts: int = 0
    due: float = 0.0
    failing: float = 0.0
    delivered_at: str = ""
    error: str = ""
    suspended: bool = False

    def row(self, number: str) -> dict[str, Any]:
        """Return what is shown of it: all but the secret."""
        state = "suspended" if self.suspended else "failing" if self.failing else "active"
        waits = self.failing and not self.suspended
        return {
            "id": number,
            "url": self.url,
            "editions": self.editions,
            "created": self.created,
            "by": self.by,
            "state": state,
            "delivered": self.sent,
            "delivered_at": self.delivered_at or None,
            "attempts": self.attempts,
            "next_attempt": _moment(self.due) if waits else None,
            "error": self.error or None,
        }

    def failed(self, error: str, *, now: float, first: float, gone: bool) -> None:
        """Note that a delivery did not arrive, and when it is tried again, if it is."""
        self.attempts += 1
        self.failing = self.failing or now
        self.error = error[:500]
        self.suspended = gone or now - self.failing >= DAY
        wait = min(first * 2.0 ** min(self.attempts - 1, 20), LAST_AGAIN)
        self.due = now + wait * secrets.SystemRandom().uniform(0.5, 1.0)

    def arrived(self, *, at: str) -> None:
        """Note that a delivery arrived."""
        self.sent, self.until, self.attempts = self.until, 0, 0
        self.due = self.failing = 0.0
        self.delivered_at, self.error = at, ""


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return the value of ``Crosswalk-Signature``: HMAC-SHA256 over the time, a dot and the body.

    >>> signature("whsec_x", 1, b"{}")[:12]
    't=1,v1=36ee2'
    """
    digest = hmac.digest(secret.encode(), f"{moment}.".encode() + body, "sha256").hex()
    return f"t={moment},v1={digest}"


class Deliveries:
    """Sends what is to be sent, for all organisations.

    :param private: whether to private networks too.
    :param first: seconds after which it is tried again at first.
    """

    def __init__(
        self, monitor: Monitor, *, private: bool | None = None, first: float | None = None
    ) -> None:
        self.monitor = monitor
        self.private = settings.enabled("CROSSWALK_WEBHOOK_PRIVATE") if private is None else private
        self.first = first or float(settings.number("CROSSWALK_WEBHOOK_RETRY_S"))
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._sending = asyncio.Semaphore(SENDING)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send as long as this is entered; what is left goes on at the next start."""
        for organisation, number in await asyncio.to_thread(self._known):
            self.begin(organisation, number)
        try:
            yield
        finally:
            running = list(self._tasks.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def begin(self, organisation: str, number: str) -> None:
        """Send to a webhook from now on, until it is removed or suspended."""
        key = (organisation, number)
        task = asyncio.get_running_loop().create_task(self._serve(organisation, number))
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    def _known(self) -> list[tuple[str, str]]:
        found = []
        for name in self.monitor.stores.names():
            try:
                found += [(name, number) for number in self.monitor.journal(name).hooks()]
            except CrosswalkError as error:
                LOG.error("the webhooks of %s: %s", name, error)
        return found

    async def _serve(self, organisation: str, number: str) -> None:
        journal = self.monitor.journal(organisation)
        with self.monitor.listening(organisation) as woken:
            while not self.monitor.ended:
                woken.clear()
                try:
                    wait = await self._next(journal, organisation, number)
                except CrosswalkError as error:
                    if not journal.path.parent.exists():
                        return
                    LOG.error("webhook %s of %s: %s", number, organisation, error)
                    wait = self.first
                except Exception:
                    LOG.exception("webhook %s of %s", number, organisation)
                    wait = LAST_AGAIN
                if wait is None:
                    return
                if wait:
                    try:
                        async with asyncio.timeout(wait):
                            await woken.wait()
                    except TimeoutError:
                        pass

    async def _next(self, journal: Journal, organisation: str, number: str) -> float | None:
        """Send what is due; return the seconds until there may be more, None if there never is."""
        found = (await asyncio.to_thread(journal.hooks)).get(number)
        hook = Hook(**found) if found else None
        if hook is None or hook.suspended:
            return None
        if (left := hook.due - time.time()) > 0:
            return left
        events = await asyncio.to_thread(journal.after, hook.sent, limit=BATCH)
        if not events:
            return LAST_AGAIN
        chosen = [one for one in events if not hook.until or one.id <= hook.until]
        if not chosen:  # what was being tried is no longer in the journal
            chosen, hook.until = events, 0
        hook.until = chosen[-1].id
        concerned = [one for one in chosen if one.concerns(hook.editions)]
        missed = events[0].id > hook.sent + 1
        if concerned or missed:
            if not await asyncio.to_thread(journal.put_hook, number, asdict(hook)):
                return None
            body = _body(organisation, number, hook, concerned, missed=missed)
            await self._sent(hook, number, body)
        else:
            hook.sent, hook.until = hook.until, 0
        return 0.0 if await asyncio.to_thread(journal.put_hook, number, asdict(hook)) else None

    async def _sent(self, hook: Hook, number: str, body: bytes) -> None:
        moment = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Crosswalk/{__version__}",
            "Crosswalk-Delivery": _delivery(number, hook),
            "Crosswalk-Signature": signature(hook.secret, moment, body),
        }
        status, error = 0, ""
        async with self._sending:
            try:
                target = await outbound.resolved(hook.url, private=self.private)
                reached = await outbound.post(target, body, headers)
                status = reached.status
                error = f"answered {status}"
            except CrosswalkError as refused:
                error = str(refused)
        if 200 <= status < 300:
            hook.arrived(at=_moment(time.time()))
        else:
            hook.failed(error, now=time.time(), first=self.first, gone=status == GONE)


def _delivery(number: str, hook: Hook) -> str:
    return f"{number}-{hook.sent + 1}-{hook.until}"


def _body(
    organisation: str, number: str, hook: Hook, events: Sequence[Event], *, missed: bool
) -> bytes:
    said = {
        "id": _delivery(number, hook),
        "webhook": number,
        "organisation": organisation,
        "missed": missed,
        "events": [one.row() for one in events],
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


@dataclass(slots=True)
class Webhooks:
    """What answers at ``/api/v1/webhooks``.

    :param doors: who sees what.
    """

    doors: Callers
    monitor: Monitor
    deliveries: Deliveries
    _making: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def routes(self) -> list[Route]:
        """Return the routes."""
        at = f"{PREFIX}webhooks"
        return [
            Route(at, guarded(self._all), methods=["GET", "POST"]),
            Route(f"{at}/{{id}}", guarded(self._one), methods=["GET", "DELETE"]),
        ]

    @asynccontextmanager
    async def _entered(self, request: Request) -> AsyncIterator[tuple[Caller, str]]:
        """Yield who manages the webhooks of which organisation; who does, sees its data by them."""
        async with own_dataset(self.doors, request, Scope.ADMIN, what="a webhook") as held:
            _, caller, organisation = held
            caller.require(Scope.READ)
            yield caller, organisation

    async def _all(self, request: Request) -> Response:
        async with self._entered(request) as (caller, organisation):
            if request.method == "POST":
                return await self._create(request, caller, organisation)
            found = await asyncio.to_thread(self.monitor.journal(organisation).hooks)
        return _answer([Hook(**body).row(number) for number, body in found.items()])

    async def _one(self, request: Request) -> Response:
        number: str = request.path_params["id"]
        async with self._entered(request) as (caller, organisation):
            journal = self.monitor.journal(organisation)
            found = (await asyncio.to_thread(journal.hooks)).get(number)
            if found is None:
                raise NotFoundError(f"there is no webhook {number[:100]!r}")
            if request.method != "DELETE":
                return _answer(Hook(**found).row(number))

            async def removed() -> None:
                await asyncio.to_thread(journal.remove_hook, number)
                self.monitor.ring(organisation)

            await self._recorded("delete", caller, organisation, number, found["url"], removed)
        return Response(status_code=204)

    async def _create(self, request: Request, caller: Caller, organisation: str) -> Response:
        url, editions = await _wished(request)
        await outbound.resolved(url, private=self.deliveries.private)
        await self.monitor.ready(organisation, editions)
        journal = self.monitor.journal(organisation)
        number = secrets.token_hex(8)
        async with self._making:
            if len(await asyncio.to_thread(journal.hooks)) >= MOST:
                raise UsageError(
                    f"the organisation has {MOST} webhooks", remedy="Delete one that is not used."
                )
            _, newest = await asyncio.to_thread(journal.bounds)
            hook = Hook(
                url,
                editions,
                f"whsec_{secrets.token_urlsafe(32)}",
                _moment(time.time()),
                caller.name,
                newest,
            )

            async def made() -> None:
                await asyncio.to_thread(journal.put_hook, number, asdict(hook), known=False)
                self.deliveries.begin(organisation, number)

            await self._recorded("create", caller, organisation, number, url, made)
        answer = _answer({**hook.row(number), "secret": hook.secret}, status=201)
        answer.headers["Location"] = f"{PREFIX}webhooks/{number}"
        return answer

    async def _recorded(
        self,
        action: str,
        caller: Caller,
        organisation: str,
        number: str,
        url: str,
        change: Callable[[], Awaitable[None]],
    ) -> None:
        """Carry out a change that is recorded; what is secret in an address is not."""
        parts = urlsplit(url)
        detail = f"{number} {parts.scheme}://{parts.netloc}{parts.path}"

        async def carried_out() -> Written:
            await change()
            return Written(0)

        entry = Entry(f"webhook {action}", caller.name, caller.key, organisation, detail=detail)
        if self.doors.recorder is None:
            await carried_out()
        else:
            await self.doors.recorder.changed(entry, carried_out)


async def _wished(request: Request) -> tuple[str, list[str]]:
    """Return the address and the editions that a request names."""
    if (kind := media_type_of(request)) != "application/json":
        raise MediaTypeError(
            f"a body of type {kind or 'unknown'!r} is not read", remedy="Send application/json."
        )
    try:
        said = json.loads(await read_body(request, BODY))
    except (ValueError, RecursionError):
        raise MalformedDocumentError("is not JSON", place="body") from None
    if not isinstance(said, dict) or not {"url"} <= said.keys() <= {"url", "editions"}:
        raise UsageError("wants url, and editions if some are meant", place="body")
    url, editions = said["url"], said.get("editions", [])
    if not isinstance(url, str):
        raise UsageError("is no text", place="url")
    if (
        not isinstance(editions, list)
        or len(editions) > EDITIONS
        or not all(isinstance(one, str) and EDITION.fullmatch(one) for one in editions)
    ):
        raise UsageError(f"is no list of up to {EDITIONS} keys of editions", place="editions")
    return url, editions


def _answer(body: object, *, status: int = 200) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", "Vary": "Authorization"},
    )


def described() -> dict[str, Any]:
    """Return the description of the addresses, for the one of the API.

    >>> sorted(described())
    ['webhooks', 'webhooks/{id}']
    """
    text = {"type": "string"}
    maybe = {"type": ["string", "null"]}
    whole = {"type": "integer", "minimum": 0}
    editions = {
        "type": "array",
        "maxItems": EDITIONS,
        "items": {"type": "string", "pattern": f"^{EDITION.pattern}$"},
    }
    fields: dict[str, Any] = {
        **dict.fromkeys(("id", "url", "created", "by"), text),
        "editions": editions,
        "state": {"enum": ["active", "failing", "suspended"]},
        **dict.fromkeys(("delivered", "attempts"), whole),
        **dict.fromkeys(("delivered_at", "next_attempt", "error"), maybe),
    }
    hook = {"type": "object", "properties": fields, "required": list(fields)}
    secret = {"type": "string", "description": "What deliveries are signed with; shown once."}
    created = {
        "type": "object",
        "properties": {**fields, "secret": secret},
        "required": [*fields, "secret"],
    }
    delivery = {
        "type": "object",
        "properties": {
            "id": {**text, "description": "The same however often it is sent."},
            **dict.fromkeys(("webhook", "organisation"), text),
            "missed": {"type": "boolean", "description": "Whether events before are gone."},
            "events": {"type": "array", "items": EVENT},
        },
    }
    wished = {
        "type": "object",
        "properties": {
            "url": {"type": "string", "format": "uri", "maxLength": 2000, "pattern": "^https?://"},
            "editions": editions,
        },
        "required": ["url"],
        "additionalProperties": False,
    }
    asked = (400, 401, 403, 404, 500, 503, 504)

    def content(schema: dict[str, Any], what: str) -> dict[str, Any]:
        return {"description": what, "content": {"application/json": {"schema": schema}}}

    def operation(
        name: str, summary: str, answers: dict[str, Any], problems: Sequence[int]
    ) -> dict[str, Any]:
        return {
            "operationId": f"{name}-webhook",
            "summary": summary,
            "security": [{"key": []}],
            "parameters": [ORGANISATION],
            "responses": {**answers, **refusals(problems)},
        }

    received = {"2XX": {"description": "It has arrived. Anything else, and it comes again."}}
    return {
        "webhooks": {
            "get": operation(
                "list",
                "The webhooks of the organisation, and how they do.",
                {"200": content({"type": "array", "items": hook}, "The webhooks, by id.")},
                asked,
            ),
            "post": {
                **operation(
                    "create",
                    "Have what changes sent to an address.",
                    {"201": content(created, "It is there; its secret is not shown again.")},
                    (*asked, 413, 415),
                ),
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": wished}},
                },
                "callbacks": {
                    "delivery": {
                        "{$request.body#/url}": {
                            "post": {
                                "requestBody": {
                                    "content": {"application/json": {"schema": delivery}}
                                },
                                "responses": received,
                            }
                        }
                    }
                },
            },
        },
        "webhooks/{id}": {
            "parameters": [
                {
                    "name": "id",
                    "in": "path",
                    "required": True,
                    "description": "The id of the webhook.",
                    "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
                }
            ],
            "get": operation(
                "get",
                "A webhook, and how it does.",
                {"200": content(hook, "The webhook.")},
                asked,
            ),
            "delete": operation(
                "delete",
                "Send nothing there any more.",
                {"204": {"description": "It is gone."}},
                asked,
            ),
        },
    }
