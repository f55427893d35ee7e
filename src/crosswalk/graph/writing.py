"""The writer's side of the service: writes go to the writer process in groups, in their order.

What waits while a group is flushed is the next group. A write that must be able to be taken back
is a group of its own. When the writer dies, the writes of its group that it had begun are told to
be uncertain and never sent again by us; the others go to the next writer, which starts at once
from what the disk holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import time
from collections import deque
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

GROUP = 64
"""The most writes of a group."""
GROUP_BYTES = 8 << 20
"""The bytes of documents after which a group takes no more."""

Reply = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Written:
    """An acknowledged write: the generation that has it, and whether its graph was there."""

    generation: int
    existed: bool = False


@dataclass(slots=True, eq=False)
class Write:
    """A write on its way."""

    request: Mapping[str, Any]
    data: Sequence[bytes]
    deadline: float
    alone: bool
    done: asyncio.Future[Written]
    existed: bool = False

    def fail(self, error: CrosswalkError) -> None:
        """Tell whoever waits that it was not written, or may not have been."""
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # nobody may be waiting any more

    def acknowledge(self, generation: int) -> None:
        """Tell whoever waits that it is on the disk, and that every later query sees it."""
        if not self.done.done():
            self.done.set_result(Written(generation, self.existed))


class Writing:
    """The writer of one store, and the writes that wait for it.

    The process is started when there is something to write, and ends when there was nothing for a
    while.

    :param publish: called with each new generation.
    :param within: what the IRIs of the graphs that may be written to begin with; None is all.
    :param queue: how many writes may wait; the next is refused.
    :param reserve: bytes of free disk below which writes are refused.
    :param idle: seconds without a write after which the process ends.
    """

    def __init__(
        self,
        home: Home,
        publish: Callable[[int], None],
        *,
        within: str | None,
        queue: int,
        reserve: int,
        idle: float,
        prefixes: dict[str, str],
    ) -> None:
        self.home, self.publish, self.within = home, publish, within
        self.queue, self.reserve, self.idle, self.prefixes = queue, reserve, idle, prefixes
        self.child: Child | None = None
        self.waiting: deque[Write] = deque()
        self.done = self.refused = self.killed = self.restarts = 0
        self.stopping = False
        self._group: list[Write] = []
        self._lock: int | None = None
        self._started = False
        self._replies: dict[Child, asyncio.Queue[Reply]] = {}
        self._opening = asyncio.Lock()
        self._ending: Child | None = None
        self._restart: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._idler: asyncio.TimerHandle | None = None

    @property
    def queued(self) -> int:
        """How many writes wait or are being written."""
        return len(self.waiting) + len(self._group)

    async def start(self, lock: int) -> None:
        """Publish what the store holds; by its writer, if that has to look.

        :param lock: the descriptor of the directory's lock; the writer holds it too.
        """
        self._lock = lock
        if generation := self.home.settled():
            self.publish(generation)
        else:
            await self._open()
            self._rest()
        self._started = True

    async def stop(self, *, until: float) -> None:
        """Let the writes that run finish until a moment of the clock, then end the writer."""
        self.stopping = True
        left = max(until - time.monotonic(), 0.1)
        while self.waiting:
            self.waiting.pop().fail(stopped())
        if self._idler is not None:
            self._idler.cancel()
        if self._worker is not None:
            await asyncio.wait([self._worker], timeout=left)
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.wait([self._restart])
        if (child := self.child or self._ending) is not None:
            child.finish()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await child.ended.wait()
            child.kill()
            await child.ended.wait()
        if self._worker is not None:
            await asyncio.wait([self._worker])

    async def write(
        self,
        request: Mapping[str, Any],
        data: Sequence[bytes],
        *,
        deadline: float,
        alone: bool = False,
    ) -> Written:
        """Return what a write did, once it is acknowledged.

        It is seen through, whether or not its client waits.

        :param alone: whether it is a group of its own.
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
        loop = asyncio.get_running_loop()
        write = Write(request, data, deadline, alone, loop.create_future())
        self.waiting.append(write)
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await asyncio.shield(write.done)

    async def _work(self) -> None:
        """Write until nothing waits."""
        while self.waiting:
            try:
                child = await self._ready()
            except CrosswalkError as error:
                if self.waiting:
                    self.waiting.popleft().fail(error)
                continue
            self._take()
            try:
                await self._written(child)
            finally:
                self._group = []
        self._rest()

    def _take(self) -> None:
        """Make a group of what waits first."""
        size = 0
        while self.waiting and len(self._group) < GROUP and size < GROUP_BYTES:
            if self._group and (self._group[0].alone or self.waiting[0].alone):
                return
            write = self.waiting.popleft()
            size += sum(map(len, write.data))
            self._group.append(write)

    async def _written(self, child: Child) -> None:
        """Have a group applied, each within its deadline, then flushed and acknowledged."""
        group = list(self._group)
        for write in group:
            child.send(json.dumps(write.request).encode(), *write.data)
        child.send(b'{"op": "publish"}')
        replies, applied, killed = self._replies[child], list[Write](), False
        for number, write in enumerate(group):
            late, (kind, facts) = await self._reply_to(write, child, replies)
            killed = killed or late
            if kind == wire.COMMITTED:
                write.existed = facts.get("existed", False)
                applied.append(write)
                continue
            if kind == wire.ERROR and facts.get("code") != "disk" and "ends" not in facts:
                write.fail(told(facts))
                continue
            self._again(group[number + 1 :])
            await child.ended.wait()
            if late:
                self.killed += 1
                seconds = f"{write.deadline:g} s"
                write.fail(DeadlineError(f"the update took longer than {seconds} and was ended"))
            elif kind == wire.ERROR:
                write.fail(told(facts))
            else:
                self._doubtful([write])
            if killed:
                await self._found(applied)
            else:
                self._doubtful(applied)
            return
        kind, facts = await replies.get()
        if kind == wire.PUBLISHED:
            self._published(applied, facts["generation"])
        else:
            await child.ended.wait()
            self._doubtful(applied)

    def _published(self, applied: Sequence[Write], generation: int) -> None:
        self.done += len(applied)
        if applied:
            self.publish(generation)
        for write in applied:
            write.acknowledge(generation)

    async def _found(self, applied: Sequence[Write]) -> None:
        """Acknowledge what was committed before we killed the writer: its successor finds it."""
        if not applied:
            return
        try:
            await self._ready()
        except CrosswalkError:
            self._doubtful(applied)
        else:
            self.done += len(applied)
            for write in applied:
                write.acknowledge(self.home.generations()[-1])

    def _again(self, writes: Sequence[Write]) -> None:
        """Let writes that were not begun wait again, before all others."""
        if self.stopping:
            for write in writes:
                write.fail(stopped())
        else:
            self.waiting.extendleft(reversed(writes))

    @staticmethod
    def _doubtful(writes: Sequence[Write]) -> None:
        for write in writes:
            write.fail(
                UncertainWriteError(
                    "the writer ended before it acknowledged: the write may not have been applied",
                    remedy="Look whether it is there before you send it again.",
                )
            )

    @staticmethod
    async def _reply_to(
        write: Write, child: Child, replies: asyncio.Queue[Reply]
    ) -> tuple[bool, Reply]:
        """Return whether a write was late, and what the writer said of it."""
        late = False

        def kill() -> None:
            nonlocal late
            late = True
            child.kill()

        timer = asyncio.get_running_loop().call_later(write.deadline, kill)
        try:
            reply = await replies.get()
        finally:
            timer.cancel()
        return late, reply

    async def _ready(self) -> Child:
        """Return the writer, or a new one, though one or two may die as they start."""
        if self._idler is not None:
            self._idler.cancel()
        async with self._opening:
            for _ in range(2):
                if self.child is None:
                    with contextlib.suppress(UnavailableError):
                        await self._open()
            return self.child or await self._open()

    async def _open(self) -> Child:
        if self._ending is not None:
            await self._ending.ended.wait()
            self._ending = None
        child = Child(lambda kind, body: self._frame(child, kind, body), lambda _: self._end(child))
        config = {
            "directory": str(self.home.path),
            "prefixes": self.prefixes,
            "within": self.within,
        }
        replies: asyncio.Queue[Reply] = asyncio.Queue()
        self._replies[child] = replies
        try:
            assert self._lock is not None  # noqa: S101 - start() was given it
            await child.start("crosswalk.graph.writer", config, passing=[self._lock])
        except OSError as error:
            del self._replies[child]
            raise UnavailableError(f"the writer cannot be started: {error.strerror}") from None
        self.child = child
        kind, facts = await replies.get()
        if kind != wire.PUBLISHED:
            await child.ended.wait()
            raise (
                told(facts)
                if facts
                else UnavailableError("the writer does not start", place=str(self.home.path))
            )
        self.publish(facts["generation"])
        return child

    def _rest(self) -> None:
        """End the writer if nothing is to be written for a while."""
        if self._idler is not None:
            self._idler.cancel()
        if not self.stopping:
            self._idler = asyncio.get_running_loop().call_later(self.idle, self._dismiss)

    def _dismiss(self) -> None:
        if self.child is not None and not self.queued:
            self._ending, self.child = self.child, None
            self._ending.finish()

    def _frame(self, child: Child, kind: int, body: bytes) -> None:
        self._replies[child].put_nowait((kind, json.loads(body)))

    def _end(self, child: Child) -> None:
        self._replies[child].put_nowait((wire.END, {}))
        del self._replies[child]
        if self.child is not child:
            return
        self.child = None
        if self._started and not self.stopping:
            self.restarts += 1
            self._restart = asyncio.get_running_loop().create_task(self._opened_again())

    async def _opened_again(self) -> None:
        with contextlib.suppress(CrosswalkError):
            await self._ready()
        self._rest()
