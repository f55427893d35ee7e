"""The audit log for the service: records that come together are put on the disk together.

The log is written in a thread of its own, so that no caller waits for a disk that writes for
another, and a change is seen through and concluded in the log though its client has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Self

from crosswalk.access import Entry, Log, Record
from crosswalk.access.audit import Change, beginning, concluded, unrecorded
from crosswalk.errors import CrosswalkError
from crosswalk.graph.engine import Written

__all__ = ["Recorder"]


class Recorder:
    """The audit log in an event loop; leaving ``async with`` waits for what is being written."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._waiting: list[tuple[Entry, asyncio.Future[Record]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._changes: set[asyncio.Task[Written]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._changes or self._writing:
            running = {*self._changes, *([self._writing] if self._writing else [])}
            await asyncio.wait(running)
            await asyncio.sleep(0)

    async def record(self, entry: Entry) -> Record:
        """Return the record of an entry, once it is on the disk.

        :raises CrosswalkError: if it cannot be recorded.
        """
        future: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, future))
        if self._writing is None:
            self._writing = asyncio.create_task(self._written())
        return await future

    async def changed(self, entry: Entry, change: Callable[[], Awaitable[Written]]) -> Written:
        """Return what a change did, once its outcome is on the disk.

        :raises CrosswalkError: what the change raises; or what hindered the record of its
            beginning, and then it was not tried.
        :raises UncertainWriteError: if it was carried out and that could not be recorded.
        """
        task = asyncio.create_task(self._changed(entry, change))
        self._changes.add(task)
        task.add_done_callback(self._over)
        return await asyncio.shield(task)

    def _over(self, task: asyncio.Task[Written]) -> None:
        self._changes.discard(task)
        if not task.cancelled():
            task.exception()  # its client may have gone

    async def _changed(self, entry: Entry, change: Callable[[], Awaitable[Written]]) -> Written:
        begun = await self.record(beginning(entry))
        try:
            written = await change()
        except BaseException as error:
            await self.record(concluded(Change(entry, begun.seq), error))
            raise
        done = Change(replace(entry, after=written.generation), begun.seq)
        try:
            await self.record(concluded(done, None))
        except CrosswalkError as error:
            raise unrecorded(error) from None
        return written

    async def _written(self) -> None:
        """Write what waits, until nothing does."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                entries = [entry for entry, _ in batch]
                records = await asyncio.to_thread(self.log.append, entries)
            except Exception as error:  # each of those who wait is told
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), record in zip(batch, records, strict=True):
                    if not future.done():
                        future.set_result(record)
        self._writing = None
