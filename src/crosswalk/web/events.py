"""Server-sent events: an organisation's changes as they happen, and those that were missed.

.. seealso:: HTML Standard, section 9.2 (server-sent events)
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from crosswalk import settings
from crosswalk.access import Caller, Scope
from crosswalk.errors import CrosswalkError, TooManyError, UsageError
from crosswalk.web.asking import guarded, own_dataset, read_query
from crosswalk.web.callers import Callers
from crosswalk.web.journal import EVIDENCE, STATUS
from crosswalk.web.monitor import Monitor
from crosswalk.web.openapi import ORGANISATION, refusals
from crosswalk.web.paging import PREFIX

__all__ = ["CUT", "EDITION", "EDITIONS", "EVENT", "Events", "described"]

CUT = "journal-cut"
"""The event that tells that events are missing: they are no longer in the journal."""
EDITION = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
"""The key of an edition."""
EDITIONS = 50
"""The most editions that may be named."""
HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Authorization",
    "X-Accel-Buffering": "no",
}
AGAIN_MS = 2000
"""Milliseconds after which a client comes again that has lost its connection."""


@dataclass(slots=True)
class Events:
    """What answers at ``/api/v1/events``.

    :param doors: who sees what.
    :param heartbeat: seconds after which a line is sent though nothing happened.
    :param most: how many streams a caller may have open.
    """

    doors: Callers
    monitor: Monitor
    heartbeat: float = field(
        default_factory=lambda: float(settings.number("CROSSWALK_HEARTBEAT_S"))
    )
    most: int = field(default_factory=lambda: settings.number("CROSSWALK_EVENT_STREAMS"))
    _open: Counter[str | None] = field(default_factory=Counter, repr=False)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(f"{PREFIX}events", guarded(self._events), methods=["GET"])]

    async def _events(self, request: Request) -> Response:
        editions = _editions(read_query(request).get("edition", ()))
        said = request.headers.get("last-event-id")
        if said is not None and not re.fullmatch(r"[0-9]{1,18}", said):
            raise UsageError(f"{said[:100]!r} is no id of an event", place="Last-Event-ID")
        async with own_dataset(
            self.doors, request, Scope.READ, what="a stream of events", takes=("edition",)
        ) as (_, caller, organisation):
            if self._open[caller.key] >= self.most:
                raise TooManyError(f"the caller has {self.most} streams open")
            if request.method == "HEAD":
                return Response(headers=HEADERS, media_type="text/event-stream")
            await self.monitor.ready(organisation, editions)
        journal = self.monitor.journal(organisation)
        oldest, newest = await asyncio.to_thread(journal.bounds)
        after = newest if said is None else int(said)
        cut = not oldest - 1 <= after <= newest
        if cut:
            after = oldest - 1
        return StreamingResponse(
            self._told(request, caller, organisation, editions, after, cut=cut),
            headers=HEADERS,
            media_type="text/event-stream",
        )

    async def _told(
        self,
        request: Request,
        caller: Caller,
        organisation: str,
        editions: Sequence[str],
        after: int,
        *,
        cut: bool,
    ) -> AsyncIterator[bytes]:
        journal = self.monitor.journal(organisation)
        if self._open[caller.key] >= self.most:
            return
        self._open[caller.key] += 1
        try:
            yield f"retry: {AGAIN_MS}\n\n".encode()
            if cut:
                yield _line(CUT, {"event": CUT, "organisation": organisation, "oldest": after + 1})
            with self.monitor.listening(organisation) as woken:
                while not self.monitor.ended:
                    woken.clear()
                    found = await asyncio.to_thread(journal.after, after)
                    await self._require(request, caller, organisation)
                    for event in found:
                        after = event.id
                        if event.concerns(editions):
                            yield _line(event.kind, event.row(), event.id)
                    if found:
                        continue
                    try:
                        async with asyncio.timeout(self.heartbeat):
                            await woken.wait()
                    except TimeoutError:
                        yield b":\n\n"
        except CrosswalkError:
            return  # the key is no longer valid, or the organisation is gone: the stream ends
        finally:
            self._open[caller.key] -= 1
            if not self._open[caller.key]:
                del self._open[caller.key]

    async def _require(self, request: Request, caller: Caller, organisation: str) -> None:
        """Make sure that the caller may still listen."""
        now = await self.doors.caller(request)
        now.require(Scope.READ)
        if now.organisation != caller.organisation:
            raise UsageError(f"the caller is not of {organisation!r}")


def _editions(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) > EDITIONS:
        raise UsageError(f"is given {len(texts)} times", place="edition")
    for one in texts:
        if not EDITION.fullmatch(one):
            raise UsageError(
                f"{one[:100]!r} is no key of an edition",
                place="edition",
                remedy=f"{PREFIX}frameworks lists them.",
            )
    return tuple(texts)


def _line(kind: str, body: dict[str, Any], number: int | None = None) -> bytes:
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer", "minimum": 0}
EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {**WHOLE, "description": "Its number in the journal of the organisation."},
        "event": {"enum": [STATUS, EVIDENCE]},
        **dict.fromkeys(("organisation", "at", "by"), TEXT),
        **dict.fromkeys(("generation_before", "generation_after"), WHOLE),
        "action": {**TEXT, "description": "What was done, of evidence-changed."},
        "graphs": {"type": "array", "items": TEXT},
        **dict.fromkeys(("edition", "scope", "scope_label", "provision", "title"), TEXT),
        **dict.fromkeys(("before", "after", "why"), TEXT),
        "assessed": {"type": "boolean", "description": "Whether the organisation assesses it."},
        "as_of": {"type": "string", "format": "date"},
    },
    "required": [
        *("id", "event", "organisation", "generation_before", "generation_after", "at", "by"),
    ],
}
"""The schema of an event."""


def described() -> dict[str, Any]:
    """Return the description of the address, for the one of the API.

    >>> sorted(described())
    ['events']
    """
    edition = {
        "name": "edition",
        "in": "query",
        "description": "Only statuses of these editions; default those that are assessed.",
        "schema": {
            "type": "array",
            "maxItems": EDITIONS,
            "items": {"type": "string", "pattern": f"^{EDITION.pattern}$"},
        },
        "style": "form",
        "explode": True,
    }
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The number of the last event that was received; default the newest.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    }
    return {
        "events": {
            "get": {
                "operationId": "get-events",
                "summary": "A stream of what changes: evidence, and statuses by it.",
                "security": [{"key": []}],
                "parameters": [ORGANISATION, edition, last],
                "responses": {
                    "200": {
                        "description": "Events without end; the data of each is a JSON object.",
                        "content": {
                            "text/event-stream": {
                                "schema": {"type": "string", "contentSchema": EVENT}
                            }
                        },
                    },
                    **refusals((400, 401, 403, 404, 429, 500, 503, 504)),
                },
            }
        }
    }
