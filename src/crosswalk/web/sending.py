"""How an answer of the store leaves: its headers and tags, as a whole, a stream or a page.

A stream that is cut off is aborted, so that no client takes a part for the whole.

.. seealso:: RFC 9110, sections 8.8.3 and 13.1.2
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from crosswalk.graph.engine import Answer
from crosswalk.web import pages
from crosswalk.web.negotiation import BOOLEAN, GRAPH, HTML, JSON, NTRIPLES, ROWS, TSV, Offer

__all__ = [
    "ClientLeftError",
    "Tags",
    "address",
    "awaited",
    "generation_header",
    "media_types",
    "sent",
    "unchanged",
]

VARY = "Accept, Authorization"
WATCHED = 0.05
"""Seconds after which it is looked whether the client of a request still waits."""
SHOWN = 1000
"""Rows and triples that a page shows."""


class ClientLeftError(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The entity tags of an answer: what it is of, and those that the client has, in quotes."""

    held: str
    known: tuple[str, ...]

    def of(self, generation: int) -> str:
        """Return the tag of a generation; blank nodes may be named anew, so it is a weak one."""
        return f"W/{self._quoted(generation)}"

    def fresh(self, generation: int) -> bool:
        """Tell whether the client has the answer of a generation."""
        return bool(self.known) and self._quoted(generation) in self.known

    def _quoted(self, generation: int) -> str:
        digest = hashlib.blake2b(f"{generation} {self.held}".encode(), digest_size=16)
        return f'"{digest.hexdigest()}"'


def address(request: Request) -> str:
    """Return the address that is asked, without what is asked."""
    scope = request.scope
    host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost")
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return f"{scope['scheme']}://{(host + path).decode('latin-1')}"


def generation_header(generation: int) -> dict[str, str]:
    """Return the header that tells which state of the data an answer is of."""
    return {"Crosswalk-Generation": str(generation)} if generation else {}


def media_types(offers: Sequence[Offer]) -> tuple[str, ...]:
    """Return what the engine is asked for; what is shown as a page is asked for line by line."""
    return _media_types(tuple(offers))


@lru_cache(maxsize=256)
def _media_types(offers: tuple[Offer, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for offer in offers:
        shown = (TSV, JSON, NTRIPLES) if offer is HTML else (offer,)
        found += [one.media_type for one in shown]
    return tuple(dict.fromkeys(found))


async def awaited(request: Request, asking: Coroutine[Any, Any, Answer]) -> Answer:
    """Return an answer once it has begun; what is asked is ended if its client leaves before.

    Whether it does is looked at only of what takes a while: a small query costs nothing more.

    :raises ClientLeftError: if it has left.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101 - a request is a task
    watching: list[asyncio.Task[None]] = []
    left = False

    async def watch() -> None:
        nonlocal left
        while (await request.receive())["type"] != "http.disconnect":
            pass
        left = True
        task.cancel()

    timer = loop.call_later(WATCHED, lambda: watching.append(loop.create_task(watch())))
    try:
        return await asking
    except asyncio.CancelledError:
        if left and not task.uncancel():
            raise ClientLeftError from None
        raise
    finally:
        timer.cancel()
        for one in watching:
            one.cancel()


async def sent(
    request: Request, answer: Answer, wanted: Sequence[Offer], tags: Tags | None
) -> Response:
    """Return an answer on its way: whole if it is here already, else as a stream."""
    kinds = {"rows": ROWS, "boolean": BOOLEAN, "graph": GRAPH}[answer.kind]
    offer = next(one for one in wanted if one in kinds)
    headers = {"Vary": VARY, **_version(tags, answer.generation)}
    if request.method == "HEAD":
        await answer.aclose()
        return Response(headers={**headers, "Content-Type": offer.content_type})
    if offer is HTML:
        page = await _shown(request, answer)
        page.headers.update(headers)
        return page
    if answer.whole is not None:
        return _Whole(answer.whole, headers, offer.content_type)
    return StreamingResponse(_chunks(answer), headers=headers, media_type=offer.content_type)


def unchanged(tags: Tags, generation: int) -> Response:
    """Return the word that the client has the answer already."""
    return Response(status_code=304, headers={"Vary": VARY, **_version(tags, generation)})


def _version(tags: Tags | None, generation: int) -> dict[str, str]:
    said = {"ETag": tags.of(generation), "Cache-Control": "no-cache"} if tags else {}
    return {**said, **generation_header(generation)}


class _Whole(Response):
    """An answer that is here, made without asking what else a response may be."""

    def __init__(self, body: bytes, headers: dict[str, str], content_type: str) -> None:
        self.status_code, self.body, self.background = 200, body, None
        said = {**headers, "Content-Length": str(len(body)), "Content-Type": content_type}
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in said.items()
        ]


async def _chunks(answer: Answer) -> AsyncIterator[bytes]:
    async with answer:
        async for chunk in answer:
            yield chunk


async def _shown(request: Request, answer: Answer) -> Response:
    """Return the page of an answer: as much of it as a person would read."""
    text, cut = await _lines(answer, SHOWN + (answer.kind == "rows"))
    query = request.query_params.get("query", "")
    if answer.kind == "boolean":
        return pages.truth(query, b"true" in text)
    rows: list[list[pages.Term | None]]
    if answer.kind == "rows":
        found = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - TSV holds rows
        names = [variable.value for variable in found.variables]
        rows = [[row[name] for name in names] for row in found]
    else:
        names = ["subject", "predicate", "object"]
        quads = ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
        rows = [[quad.subject, quad.predicate, quad.object] for quad in quads]
    return pages.table(query, names, rows, cut=cut)


async def _lines(answer: Answer, most: int) -> tuple[bytes, bool]:
    """Return the first lines of an answer, and whether there were more; the rest is let go."""
    text, lines = bytearray(), 0
    async with answer:
        async for chunk in answer:
            text += chunk
            lines += chunk.count(b"\n")
            if lines > most:
                break
    if lines <= most:
        return bytes(text), False
    return b"\n".join(bytes(text).split(b"\n", most)[:most]) + b"\n", True
