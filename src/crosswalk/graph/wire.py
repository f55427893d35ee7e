"""What the service and its processes say to each other: frames of a kind and a body.

A frame is four bytes of length, one byte of kind, and the body. Both ends are ours and of one
version, so there is no negotiation; bodies are JSON, or bytes that are passed on as they are.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from crosswalk import errors
from crosswalk.errors import CrosswalkError

__all__ = [
    "COMMITTED",
    "DATA",
    "END",
    "ERROR",
    "HEAD",
    "HEADER",
    "OPENED",
    "PUBLISHED",
    "READY",
    "REQUEST",
    "WHOLE",
    "Line",
    "attached",
    "error_of",
    "facts_of",
    "packed",
    "run_deep",
    "unpacked_whole",
]

HEADER = struct.Struct(">IB")
SHORT = struct.Struct(">I")

STACK = 256 << 20
"""Bytes of address space for the stack of a process that parses; what is not used costs nothing."""

REQUEST, READY, OPENED, HEAD, DATA, END, WHOLE, ERROR, COMMITTED, PUBLISHED = range(10)
"""The kinds of frames; ``WHOLE`` is head, data and end of a short answer in one."""


def packed(kind: int, *bodies: bytes) -> bytes:
    """Return a frame.

    >>> packed(DATA, b"ab").hex(" ")
    '00 00 00 02 04 61 62'
    """
    body = b"".join(bodies)
    return HEADER.pack(len(body), kind) + body


def unpacked_whole(body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return head and data of a ``WHOLE`` frame's body."""
    size = SHORT.unpack_from(body)[0]
    return json.loads(body[SHORT.size : SHORT.size + size]), body[SHORT.size + size :]


def facts_of(error: CrosswalkError) -> dict[str, object]:
    """Return an error of ours as the facts that the other end makes it of again.

    >>> error_of(facts_of(errors.NotFoundError("no graph", place="urn:g")))
    NotFoundError('urn:g: no graph')
    """
    return {
        "code": "raised",
        "error": type(error).__name__,
        "offence": error.offence,
        "place": error.place,
        "remedy": error.remedy,
    }


def error_of(facts: dict[str, Any]) -> CrosswalkError:
    """Return the error that facts tell of.

    One whose class wants more than place and remedy comes as the nearest parent that does not.
    """
    kind = getattr(errors, facts["error"])
    plain = next(one for one in kind.__mro__ if one.__init__ is CrosswalkError.__init__)
    error: CrosswalkError = plain(facts["offence"], place=facts["place"], remedy=facts["remedy"])
    return error


class Line:
    """A process's end of the line to the service: it waits for a frame, and sends frames."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self._read = b""

    def receive(self, *, awake: float = 0.0) -> bytes | None:
        """Return the body of the next frame, or None when the service has closed the line.

        :param awake: seconds in which it looks for the frame without falling asleep; to be woken
            costs as much as a small query, and as much again until its caches are warm.
        """
        if awake and not self._read:
            self._look(time.perf_counter() + awake)
        head = self._exactly(HEADER.size)
        return None if head is None else self._exactly(HEADER.unpack(head)[0])

    def send(self, kind: int, *bodies: bytes) -> None:
        """Send a frame, waiting while the service reads slowly."""
        self.link.sendall(packed(kind, *bodies))

    def tell(self, kind: int, /, **facts: object) -> None:
        """Send a frame of JSON."""
        self.send(kind, json.dumps(facts).encode())

    def send_whole(self, facts: dict[str, object], data: bytes) -> None:
        """Send a short answer: its head and all of its data."""
        head = json.dumps(facts).encode()
        self.send(WHOLE, SHORT.pack(len(head)), head, data)

    def _look(self, until: float) -> None:
        """Look for something to read until then; whoever else wants the processor has it."""
        while time.perf_counter() < until:
            try:
                self._read = self.link.recv(1 << 16, socket.MSG_DONTWAIT)
            except BlockingIOError:
                os.sched_yield()
            else:
                return

    def _exactly(self, size: int) -> bytes | None:
        found = self._read
        if len(found) < size:
            parts, missing = [found], size - len(found)
            while missing > 0:
                part = self.link.recv(min(max(missing, 1 << 16), 1 << 20))
                if not part:
                    return None
                parts.append(part)
                missing -= len(part)
            found = b"".join(parts)
        self._read = found[size:]
        return found[:size]


def attached() -> tuple[Line, dict[str, Any]]:
    """Return the line to the service that started this process, and what it configured.

    The process ends with the service, whatever it is doing: when the service is gone, its end of
    our standard input closes.
    """
    threading.Thread(target=_end_with_service, daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return Line(socket.socket(fileno=int(sys.argv[1]))), json.loads(sys.argv[2])


def run_deep(work: Callable[[], None]) -> None:
    """Do the work of a process with a stack that a query nested to its limit does not overflow.

    What is raised ends the process.
    """

    def done() -> None:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    threading.stack_size(STACK)
    thread = threading.Thread(target=done)
    thread.start()
    thread.join()


def _end_with_service() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
