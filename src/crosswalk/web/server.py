"""The running service: an application at a socket, until it is told to stop.

The first signal lets what runs finish, for a time; the second ends it at once. Either way its
processes end with it, and it leaves with 0.
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from crosswalk import settings
from crosswalk.web.app import Straight
from crosswalk.web.connections import Connection, Patience, patient
from crosswalk.web.door import Door, Rules
from crosswalk.web.logs import Handler, Log, Stream
from crosswalk.web.operations import Operations
from crosswalk.web.watch import Watch

__all__ = ["run"]

CUT = "ASGI callable returned without completing response."
"""What the server says of an answer that was cut off, which our own line says already."""


def run(app: FastAPI, at: socket.socket, *, host: str, log: Stream) -> None:
    """Serve an application at a socket until a signal comes.

    :param host: the address that the socket listens at, as it was named.
    :param log: where the log goes.
    """
    operations: Operations = app.state.operations
    form = settings.value("CROSSWALK_LOG")
    if form == "auto":
        form = "text" if getattr(log, "isatty", bool)() else "json"
    lines = Log(log, form)
    operations.dropped = lambda: lines.dropped
    door = Door(Straight(app), Rules.of_settings(host))
    patience = Patience.of_settings()
    config = uvicorn.Config(
        Watch(door, operations, lines, app.routes),
        http=patient(AutoHTTPProtocol, patience),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=8 * patience.size,
        timeout_graceful_shutdown=settings.number("CROSSWALK_GRACE_S"),
    )
    with _passed_on(lines):
        Server(config, operations).run(sockets=[at])
    lines.close()


class Server(uvicorn.Server):
    """The server, with eyes for its connections and signals."""

    def __init__(self, config: uvicorn.Config, operations: Operations) -> None:
        super().__init__(config)
        self.operations = operations

    async def on_tick(self, counter: int) -> bool:
        """Look at every connection, once a second."""
        if counter % 10 == 0:
            now = time.monotonic()
            for one in list(self.server_state.connections):
                if isinstance(one, Connection):
                    one.look(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would go on without end, and let the rest finish."""
        for told in self.operations.on_stop:
            told()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that end the service; they are not raised again when it has ended."""
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in signals}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, or end at once if that was asked already."""
        self.force_exit = self.should_exit
        self.should_exit = self.operations.stopping = True


@contextmanager
def _passed_on(log: Log) -> Iterator[None]:
    """Have the errors of the server, and of what runs beside requests, written to the log."""
    handler = Handler(log)
    handler.addFilter(lambda record: record.getMessage() != CUT)
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "crosswalk")]
    before = [(logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, (propagate, level) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate, logger.level = propagate, level
