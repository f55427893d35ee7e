"""The writer's side of the service: one write after the other goes to the writer process.

When the writer dies, the write that it was at is told to be uncertain and is never sent again by
us; the next writer starts at once and publishes what the disk holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DeadlineError,
    StorageError,
    UnavailableError,
    UncertainWriteError,
)
from crosswalk.graph import wire
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.processes import Child, stopped, told

__all__ = ["Writing", "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """An acknowledged write: the generation that has it, and whether its graph was there."""

    generation: int
    existed: bool = False


class Writing:
    """The writer of one store, and the writes that wait for it.

    :param publish: called with each new generation.
    :param queue: how many writes may wait; the next is refused.
    :param reserve: bytes of free disk below which writes are refused.
    """

    def __init__(
        self,
        home: Home,
        publish: Callable[[int], None],
        *,
        queue: int,
        reserve: int,
        prefixes: dict[str, str],
    ) -> None:
        self.home, self.publish = home, publish
        self.queue, self.reserve, self.prefixes = queue, reserve, prefixes
        self.child: Child | None = None
        self.queued = self.done = self.refused = self.killed = self.restarts = 0
        self.stopping = False
        self._lock: int | None = None
        self._started = False
        self._committed = False
        self._replies: dict[Child, asyncio.Future[tuple[int, dict[str, Any]]]] = {}
        self._opening = asyncio.Lock()
        self._restart: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[Written]] = set()

    async def start(self, lock: int) -> None:
        """Start the writer, and publish what the store holds.

        :param lock: the descriptor of the directory's lock; the writer holds it too.
        """
        self._lock = lock
        await self._open()
        self._started = True

    async def stop(self, *, until: float) -> None:
        """Let the write that runs finish until a moment of the clock, then end the writer."""
        self.stopping = True
        left = max(until - time.monotonic(), 0.1)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=left)
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.wait([self._restart])
        if (child := self.child) is not None:
            child.finish()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await child.ended.wait()
            child.kill()
            await child.ended.wait()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def write(
        self, request: Mapping[str, Any], data: Sequence[bytes], *, deadline: float
    ) -> Written:
        """Return what a write did, once it is acknowledged.

        It is seen through, whether or not its client waits.
        """
        if self.stopping or not self._started:
            raise stopped()
        if self.queued > self.queue:
            self.refused += 1
            raise BusyError(f"{self.queued} writes wait already")
        if shutil.disk_usage(self.home.path).free < self.reserve + 2 * sum(map(len, data)):
            raise StorageError(
                "the disk is nearly full, nothing was written", remedy="Free some space."
            )
        self.queued += 1
        task = asyncio.get_running_loop().create_task(self._in_turn(request, data, deadline))
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return await asyncio.shield(task)

    def _over(self, task: asyncio.Task[Written]) -> None:
        self.queued -= 1
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its client may have gone

    async def _in_turn(
        self, request: Mapping[str, Any], data: Sequence[bytes], deadline: float
    ) -> Written:
        waits = self._turn.locked()
        async with self._turn:
            if self.stopping and waits:
                raise stopped()
            return await self._written(await self._ready(), request, data, deadline)

    async def _ready(self) -> Child:
        """Return the writer, or a new one, though one or two may die as they start."""
        async with self._opening:
            for _ in range(2):
                if self.child is None:
                    with contextlib.suppress(UnavailableError):
                        await self._open()
            return self.child or await self._open()

    async def _written(
        self, child: Child, request: Mapping[str, Any], data: Sequence[bytes], deadline: float
    ) -> Written:
        overdue = False

        def late() -> None:
            nonlocal overdue
            if not self._committed:
                overdue = True
                child.kill()

        self._committed = False
        timer = asyncio.get_running_loop().call_later(deadline, late)
        try:
            kind, facts = await self._asked(child, request, data)
        finally:
            timer.cancel()
        if kind == wire.PUBLISHED:
            self.done += 1
            self.publish(facts["generation"])
            return Written(facts["generation"], facts.get("existed", False))
        if kind == wire.ERROR and facts.get("code") != "disk":
            raise told(facts)
        await child.ended.wait()
        if overdue:
            self.killed += 1
            raise DeadlineError(f"the update took longer than {deadline:g} s and was ended")
        if kind == wire.ERROR and not self._committed:
            raise told(facts)
        raise UncertainWriteError(
            "the writer ended before it acknowledged: the write may not have been applied",
            remedy="Look whether it is there before you send it again.",
        )

    async def _asked(
        self, child: Child, request: Mapping[str, Any] | None, data: Sequence[bytes] = ()
    ) -> tuple[int, dict[str, Any]]:
        """Return the writer's reply; END without facts if it ended instead."""
        reply: asyncio.Future[tuple[int, dict[str, Any]]]
        reply = self._replies[child] = asyncio.get_running_loop().create_future()
        if child.ended.is_set():
            reply.set_result((wire.END, {}))
        if request is not None:
            child.send(json.dumps(request).encode(), *data)
        try:
            return await reply
        finally:
            del self._replies[child]

    async def _open(self) -> Child:
        child = Child(lambda kind, body: self._frame(child, kind, body), lambda _: self._end(child))
        config = {"directory": str(self.home.path), "prefixes": self.prefixes}
        try:
            assert self._lock is not None  # noqa: S101 - start() was given it
            await child.start("crosswalk.graph.writer", config, passing=[self._lock])
        except OSError as error:
            raise UnavailableError(f"the writer cannot be started: {error.strerror}") from None
        self.child = child
        kind, facts = await self._asked(child, None)
        if kind != wire.PUBLISHED:
            await child.ended.wait()
            raise (
                told(facts)
                if facts
                else UnavailableError("the writer does not start", place=str(self.home.path))
            )
        self.publish(facts["generation"])
        return child

    def _frame(self, child: Child, kind: int, body: bytes) -> None:
        if kind == wire.COMMITTED:
            self._committed = True
        else:
            self._reply(child, kind, json.loads(body))

    def _reply(self, child: Child, kind: int, facts: dict[str, Any]) -> None:
        waiting = self._replies.get(child)
        if waiting is not None and not waiting.done():
            waiting.set_result((kind, facts))

    def _end(self, child: Child) -> None:
        if self.child is child:
            self.child = None
        self._reply(child, wire.END, {})
        if self._started and not self.stopping:
            self.restarts += 1
            self._restart = asyncio.get_running_loop().create_task(self._opened_again())

    async def _opened_again(self) -> None:
        with contextlib.suppress(CrosswalkError):
            await self._ready()
