"""A connection that cannot be held open for nothing: the server's own, with limits of time.

The server it extends waits for ever for the end of a request's head, for a body, and for a client
to take its answer. Here a head, a body and an answer have to move on. Once a second every
connection is looked at; nothing is done for each packet but to note it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from crosswalk import settings

__all__ = ["Connection", "Joined", "Patience", "patient"]

RATE = 10_000
"""Bytes a second that a body has to come at."""
LEAST = 16 << 10
"""Bytes of an answer that a client has to take in the time it has."""


class Joined:
    """A transport that sends the head of an answer together with what follows it at once.

    The server hands them over one by one, and each would be a packet of its own. All else is the
    transport's under it.
    """

    def __init__(self, under: asyncio.Transport) -> None:
        self.under = under
        self._held = b""

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self.under, name)
        self.__dict__[name] = found  # asked for once
        return found

    def write(self, data: bytes) -> None:
        """Send data; a head waits until the loop has done what it is doing."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(b"HTTP/"):
            self._held = data
            asyncio.get_running_loop().call_soon(self._pass_on)
            return
        self.under.write(data)

    def close(self) -> None:
        """Send what waits, and close."""
        self._pass_on()
        self.under.close()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the client has not taken."""
        return len(self._held) + self.under.get_write_buffer_size()

    def _pass_on(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self.under.write(held)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, and for how many, the service waits.

    :param head: seconds for the head of a request.
    :param body: seconds for a body, beside what its size allows.
    :param stall: seconds in which a client has to take some of its answer.
    :param size: the most bytes of a head.
    :param connections: how many may be open.
    """

    head: float = 10.0
    body: float = 30.0
    stall: float = 30.0
    size: int = 32 << 10
    connections: int = 1000

    @classmethod
    def of_settings(cls) -> Patience:
        """Return the patience that the settings say."""
        return cls(
            head=settings.number("CROSSWALK_HEADER_S"),
            body=settings.number("CROSSWALK_BODY_S"),
            stall=settings.number("CROSSWALK_STALL_S"),
            size=settings.number("CROSSWALK_MAX_HEAD_KB") << 10,
            connections=settings.number("CROSSWALK_CONNECTIONS"),
        )


class Connection(asyncio.Protocol):
    """What is laid over the server's class of a connection; that class is the next in line."""

    patience: Patience
    connections: set[asyncio.Protocol]
    transport: asyncio.Transport
    cycle: Any
    flow: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or refuse it if there are too many."""
        under = cast("asyncio.Transport", transport)
        super().connection_made(cast("asyncio.Transport", Joined(under)))
        now = time.monotonic()
        self.head, self.head_began = 0, now
        self.body, self.body_began = 0, now
        self.waiting: tuple[float, int] | None = None
        if len(self.connections) > self.patience.connections:
            self._refuse(503, "too many connections")

    def data_received(self, data: bytes) -> None:
        """Note what came, and of what."""
        before = self.cycle
        super().data_received(data)
        after = self.cycle
        if after is not before:
            self.head = self.body = 0
            self.body_began = time.monotonic()
        elif before is None or (before.response_complete and not before.more_body):
            if not self.head and before is not None:
                self.head_began = time.monotonic()
            self.head += len(data)
            # Twice: the line of a request and its headers have the same limit each.
            if self.head > 2 * self.patience.size:
                self._refuse(431, "the head of the request is too large")
        else:
            self.body += len(data)

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a head that the server cannot read."""
        if len(getattr(self, "url", b"")) > self.patience.size:
            self._refuse(414, "the address is too long")
        else:
            self._refuse(400, "this is no request of HTTP")

    def look(self, now: float) -> None:
        """Let the connection go if nothing moves on it."""
        patience, cycle = self.patience, self.cycle
        if self._stalled(now):
            self.transport.abort()
        elif self.transport.is_closing():
            return
        elif cycle is None or (cycle.response_complete and not cycle.more_body):
            if (self.head or cycle is None) and now - self.head_began > patience.head:
                if self.head:
                    self._refuse(408, "the head of the request did not come")
                else:
                    self.transport.close()
        elif cycle.more_body:
            if self.flow.read_paused:
                self.body_began += 1.0
            elif now - self.body_began > patience.body + self.body / RATE:
                if cycle.response_started:
                    self.transport.abort()
                else:
                    self._refuse(408, "the body of the request did not come")

    def _stalled(self, now: float) -> bool:
        """Return whether the client does not take its answer."""
        left = self.transport.get_write_buffer_size()
        if not left:
            self.waiting = None
        elif self.waiting is None or not self.waiting[1] - LEAST < left <= self.waiting[1]:
            self.waiting = now, left
        else:
            return now - self.waiting[0] > self.patience.stall
        return False

    def _refuse(self, status: int, detail: str) -> None:
        """Answer without the application, and close."""
        if self.transport.is_closing():
            return
        phrase = HTTPStatus(status).phrase
        body = f'{{"type": "about:blank", "title": "{phrase}", "status": {status}, '
        body += f'"detail": "{detail}"}}'
        retry = "Retry-After: 5\r\n" if status == 503 else ""
        self.transport.write(
            f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/problem+json\r\n"
            f"Content-Length: {len(body)}\r\n{retry}Connection: close\r\n\r\n{body}".encode()
        )
        self.transport.close()


def patient(base: type[asyncio.Protocol], patience: Patience) -> type[asyncio.Protocol]:
    """Return the server's class of a connection with limits laid over it."""
    return type("PatientConnection", (Connection, base), {"patience": patience})
