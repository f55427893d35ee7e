"""A process that the service starts, talks to in frames, and may end at any moment.

Processes are started anew, never forked: the service has threads, and a store's locks would be
copied with them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from crosswalk.errors import (
    CrosswalkError,
    LimitError,
    MalformedQueryError,
    NotAcceptableError,
    NotFoundError,
    StorageError,
    UnavailableError,
    UsageError,
)
from crosswalk.graph import wire

__all__ = ["Child", "stopped", "told"]

PAST = 2.0
"""Seconds that a process may take to be gone after its line is closed."""


class Child(asyncio.Protocol):
    """One process of the service.

    :param on_frame: called with kind and body of each frame it sends.
    :param on_end: called once with the exit code when it is gone; a signal is negative.
    """

    def __init__(
        self, on_frame: Callable[[int, bytes], None], on_end: Callable[[int], None]
    ) -> None:
        self.on_frame, self.on_end = on_frame, on_end
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = asyncio.Event()
        self.reaper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The number of the process, 0 before it is started."""
        return self.process.pid if self.process else 0

    async def start(
        self, module: str, config: Mapping[str, object], *, passing: Sequence[int] = ()
    ) -> None:
        """Start a module of ours as the process.

        :param passing: descriptors that the process keeps open as long as it lives.
        """
        ours, theirs = socket.socketpair()
        path = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *passing),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
                start_new_session=True,
            )
        ours.setblocking(False)
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=ours)

    def send(self, *bodies: bytes) -> None:
        """Send one frame a body."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(b"".join(wire.packed(wire.REQUEST, body) for body in bodies))

    def kill(self) -> None:
        """End the process at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def finish(self) -> None:
        """Let the process end by itself: nothing more will be asked of it."""
        line = self.transport
        if line is not None and not line.is_closing() and line.can_write_eof():
            line.write_eof()

    def slow_down(self) -> None:
        """Let the process have the processor when no other process of ours wants it."""
        try:
            os.setpriority(os.PRIO_PROCESS, self.pid, 15)
        except OSError:
            return

    def pause(self) -> None:
        """Take nothing more from the process for now; it waits."""
        if self.transport is not None:
            self.transport.pause_reading()

    def resume(self) -> None:
        """Go on taking what the process sends."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the line."""
        self.transport = cast("asyncio.Transport", transport)  # of asyncio, or of uvloop

    def data_received(self, data: bytes) -> None:
        """Cut what comes into frames."""
        buffer, at = self.buffer, 0
        buffer += data
        head = wire.HEADER
        while len(buffer) - at >= head.size:
            size, kind = head.unpack_from(buffer, at)
            end = at + head.size + size
            if len(buffer) < end:
                break
            body = bytes(memoryview(buffer)[at + head.size : end])
            at = end
            self.on_frame(kind, body)
        if at:
            del buffer[:at]

    def eof_received(self) -> bool:
        """Close the line when the process does."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """See the process off."""
        self.reaper = asyncio.get_running_loop().create_task(self._see_off())

    async def _see_off(self) -> None:
        assert self.process is not None  # noqa: S101 - it had a line
        until = time.monotonic() + PAST
        while (code := self.process.poll()) is None:
            if time.monotonic() > until:
                self.process.send_signal(signal.SIGKILL)
            await asyncio.sleep(0.002)
        if self.process.stdin:
            self.process.stdin.close()
        self.ended.set()
        self.on_end(code)


def stopped() -> UnavailableError:
    """Return the error of a service that takes no work."""
    return UnavailableError("the service is stopping or not started")


def told(facts: dict[str, Any]) -> CrosswalkError:
    """Return the error that a process told of."""
    code = facts.get("code")
    if code == "syntax":
        found = re.match(r"error at (\d+):(\d+): (.*)", facts["message"], re.DOTALL)
        if found:
            return MalformedQueryError(
                _shortened(found[3]), line=int(found[1]), column=int(found[2])
            )
        return MalformedQueryError(_shortened(facts["message"]), line=facts.get("line"), column=1)
    if code in ("rows", "bytes"):
        return LimitError(
            f"the answer has more than {facts['limit']} {code}", remedy="Ask for less, or LIMIT."
        )
    if code == "memory":
        return LimitError("the query needs more memory than it may have", remedy="Ask for less.")
    if code == "not-acceptable":
        return NotAcceptableError(f"{facts['what']} cannot be written so", offers=facts["offers"])
    if code == "no-graph":
        return NotFoundError(f"there is no graph {facts['graph']!r}")
    if code == "raised":
        return wire.error_of(facts)
    if code == "unopened":
        return UnavailableError(f"the store cannot be read: {_shortened(facts['message'])}")
    if code == "disk":
        return StorageError(
            "the store cannot be written, nothing was changed", remedy="See to the disk."
        )
    return UsageError(f"it cannot be evaluated: {_shortened(str(facts.get('message', '')))}")


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else message[:300] + "…"
