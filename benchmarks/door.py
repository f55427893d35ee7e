"""What the rings around the application cost a request: processor time in microseconds.

    python benchmarks/door.py

An application that answers at once is called with and without the door and the watch; the figure
is the difference, the least of 15 rounds, the thread that writes the log included.
"""

from __future__ import annotations

import asyncio
import io
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crosswalk.web.door import Door, Rules
from crosswalk.web.logs import Log
from crosswalk.web.operations import Operations
from crosswalk.web.watch import Watch

ROUNDS, REQUESTS = 15, 5_000
HEADERS = [
    (b"host", b"127.0.0.1:8765"),
    (b"accept", b"application/sparql-results+json"),
    (b"content-type", b"application/sparql-query"),
    (b"content-length", b"100"),
    (b"user-agent", b"benchmark"),
    (b"accept-encoding", b"gzip"),
]
ANSWER = [
    (b"content-type", b"application/sparql-results+json"),
    (b"vary", b"Accept, Authorization"),
    (b"crosswalk-generation", b"5"),
    (b"content-length", b"26"),
]


class Nowhere(io.StringIO):
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        """Take a text."""
        return len(text)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once."""
    await send({"type": "http.response.start", "status": 200, "headers": ANSWER})
    await send({"type": "http.response.body", "body": b"x" * 26})


async def receive() -> Message:
    """Return a body."""
    return {"type": "http.request", "body": b"x" * 100, "more_body": False}


async def send(message: Message) -> None:
    """Take an answer."""


def request() -> Scope:
    """Return a request as the server gives it."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/sparql",
        "raw_path": b"/sparql",
        "query_string": b"",
        "client": ("127.0.0.1", 5),
        "headers": HEADERS,
        "state": {"asked": "SELECT ?s { ?s ?p ?o } LIMIT 10"},
    }


async def measured(app: ASGIApp) -> float:
    """Return microseconds of processor time of one request."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(REQUESTS):
            await app(request(), receive, send)
        least = min(least, (time.process_time() - began) / REQUESTS * 1e6)
    return least


async def main() -> None:
    """Print the figures."""
    hosts = frozenset(["127.0.0.1"])
    door = Door(application, Rules(hosts, rate=100))
    limited = Door(application, Rules(hosts, rate=10**9, rate_loopback=True))
    bare = await measured(application)
    print(f"door                    {await measured(door) - bare:5.1f}")
    print(f"door, with a rate       {await measured(limited) - bare:5.1f}")
    for form in ("off", "json"):
        log = Log(Nowhere(), form)
        cost = await measured(Watch(door, Operations({}), log)) - bare
        log.close()
        print(f"door and watch, log={form:4}{cost:5.1f}")


if __name__ == "__main__":
    asyncio.run(main())
