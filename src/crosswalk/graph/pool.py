"""The readers: processes that answer queries on checkpoints, and are killed when they do not end.

A query has one reader to itself. Past its deadline, or when its client has gone, the reader is
killed and another started. A query whose reader dies by itself is asked once more, unless a part
of the answer has been sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from crosswalk.errors import BusyError, CrosswalkError, DeadlineError, UnavailableError
from crosswalk.graph import wire
from crosswalk.graph.answers import Answer, Job, Limits
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.processes import Child, stopped, told

__all__ = ["Counts", "Pool", "Reader"]

PATIENCE = 0.02
"""Seconds in which a reader whose client is gone may finish; then it is replaced."""
SLOW = 0.5
"""Seconds after which a query gives way to others."""


@dataclass(slots=True)
class Counts:
    """What has happened since the start."""

    queries: int = 0
    killed: int = 0
    cancelled: int = 0
    crashed: int = 0
    retried: int = 0
    refused: int = 0


class Pool:
    """The readers of one store, and the queries that wait for one.

    :param size: how many queries run at the same time.
    :param queue: how many more may wait; the next is refused.
    :param memory: bytes that a reader may have.
    """

    def __init__(
        self, home: Home, *, size: int, queue: int, memory: int, prefixes: dict[str, str]
    ) -> None:
        self.home, self.size, self.queue, self.memory = home, size, queue, memory
        self.prefixes = prefixes
        self.generation = 0
        self.readers: list[Reader] = []
        self.idle: list[Reader] = []
        self.waiting: deque[Job] = deque()
        self.counts = Counts()
        self.stopping = False
        self.changed = asyncio.Event()
        self._failures = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeping = False

    def start(self) -> None:
        """Start the readers."""
        for _ in range(self.size):
            self._spawn()

    async def ready(self) -> None:
        """Wait until a reader has opened the current generation."""
        while not any(one.generation == self.generation for one in self.idle):
            self.changed.clear()
            await self.changed.wait()

    async def stop(self, *, until: float) -> None:
        """Let what runs finish until a moment of the clock, then end all readers."""
        self.stopping = True
        while time.monotonic() < until and (self.waiting or any(one.job for one in self.readers)):
            await asyncio.sleep(0.005)
        for job in self.waiting:
            job.end(stopped())
        self.waiting.clear()
        for reader in list(self.readers):
            reader.child.kill()
        while self.readers:
            await asyncio.sleep(0.002)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def publish(self, generation: int) -> None:
        """Make a generation the current one: from here on every query is asked of it."""
        self.generation = generation
        idle, self.idle = self.idle, []
        for reader in idle:
            self.free(reader)
        self.sweep()

    async def ask(self, request: dict[str, Any], limits: Limits) -> Answer:
        """Return the answer of a request, once it has begun."""
        if self.stopping or not self.generation:
            raise stopped()
        request |= {"rows": limits.rows, "bytes": limits.bytes, "cpu": limits.deadline + 2}
        loop = asyncio.get_running_loop()
        job = Job(request, limits, loop.create_future(), time.monotonic(), self.cancel)
        self.counts.queries += 1
        reader = self._next_idle()
        if reader is not None:
            self._run(reader, job)
        elif len(self.waiting) < self.queue:
            self.waiting.append(job)
            self._set_timer(job)
        else:
            self.counts.refused += 1
            raise BusyError(f"{len(self.waiting)} queries wait already")
        try:
            head = await job.head
        except asyncio.CancelledError:
            self.cancel(job)
            raise
        return Answer(job, head)

    def cancel(self, job: Job) -> None:
        """Let go of a query whose client has gone."""
        if job.done or job.cancelled:
            return
        job.cancelled = True
        job.chunks.clear()
        self.counts.cancelled += 1
        if job in self.waiting:
            self.waiting.remove(job)
            job.end()
            return
        job.resume()
        asyncio.get_running_loop().call_later(PATIENCE, self._give_up, job)

    def free(self, reader: Reader) -> None:
        """Give a reader its next work."""
        if reader.gone:
            return
        self._failures = 0
        if not self.generation:
            self.idle.append(reader)
        elif self.waiting:
            self._run(reader, self.waiting.popleft())
        elif reader.generation != self.generation:
            reader.open(self.generation)
        else:
            self.idle.append(reader)
            self.changed.set()

    def replace(self, reader: Reader) -> None:
        """End a reader and start another."""
        self._part(reader)
        reader.child.kill()
        self._spawn()

    def lost(self, reader: Reader, code: int) -> None:
        """Take note that a reader has ended, by itself or by us."""
        self.readers.remove(reader)
        expected, job = reader.gone, reader.job
        self._part(reader)
        self.sweep()
        if expected:
            return
        if self.stopping:
            if job is not None:
                job.end(stopped())
            return
        self.counts.crashed += 1
        if job is not None:
            self._bereaved(job, code)
        if reader.ready:
            self._spawn()
        else:
            self._spawn_later()

    def sweep(self) -> None:
        """Remove the checkpoints that nobody reads, some time soon."""
        if not self._sweeping and not self.stopping and self.generation:
            self._sweeping = True
            self._background(self._swept())

    async def _swept(self) -> None:
        await asyncio.sleep(0.05)
        self._sweeping = False
        kept = set[int]().union(*(one.holds for one in self.readers))
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self.home.forget, before=self.generation, kept=kept)

    def _run(self, reader: Reader, job: Job) -> None:
        self._set_timer(job)
        reader.run(job, self.generation)

    def _set_timer(self, job: Job) -> None:
        if job.timer:
            job.timer.cancel()
        left = job.limits.deadline - (time.monotonic() - job.since)
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(max(left, 0.0), self._overdue, job)

    def _next_idle(self) -> Reader | None:
        for at, reader in enumerate(self.idle):
            if reader.generation == self.generation:
                return self.idle.pop(at)
        return self.idle.pop() if self.idle else None

    def _reader_of(self, job: Job) -> Reader | None:
        return next((one for one in self.readers if one.job is job), None)

    def _overdue(self, job: Job) -> None:
        seconds = f"{job.limits.deadline:g} s"
        if job in self.waiting:
            self.waiting.remove(job)
            job.end(BusyError(f"no reader was free within {seconds}"))
            return
        self.counts.killed += 1
        job.end(
            DeadlineError(
                f"the query took longer than {seconds} and was ended",
                remedy="Ask for less: name a graph, narrow the patterns, set a LIMIT.",
            )
        )
        if reader := self._reader_of(job):
            self.replace(reader)

    def _give_up(self, job: Job) -> None:
        if job.done:
            return
        job.end()
        if reader := self._reader_of(job):
            self.replace(reader)

    def _part(self, reader: Reader) -> None:
        reader.gone, reader.job = True, None
        if reader.slow_timer:
            reader.slow_timer.cancel()
        if reader in self.idle:
            self.idle.remove(reader)

    def _bereaved(self, job: Job, code: int) -> None:
        """Ask again what a reader died over, once, if that cannot show; else say that it died."""
        if code == -signal.SIGXCPU:
            self.counts.killed += 1
            job.end(DeadlineError("the query used all the processor time it may and was ended"))
        elif code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            job.end(told({"code": "memory"}))
        elif job.cancelled or job.retried or job.head.done():
            job.end(UnavailableError("the process that answered has died", remedy="Ask again."))
        else:
            job.retried = True
            self.counts.retried += 1
            if other := self._next_idle():
                self._run(other, job)
            else:
                self.waiting.appendleft(job)

    def _spawn_later(self) -> None:
        self._failures += 1
        wait = min(0.1 * 2**self._failures, 5.0)
        asyncio.get_running_loop().call_later(wait, self._spawn)

    def _spawn(self) -> None:
        if self.stopping:
            return
        reader = Reader(self)
        self.readers.append(reader)
        self._background(self._started(reader))

    async def _started(self, reader: Reader) -> None:
        config = {"prefixes": self.prefixes, "memory": self.memory}
        try:
            await reader.child.start("crosswalk.graph.worker", config)
        except OSError:
            self.readers.remove(reader)
            self._part(reader)
            self._spawn_later()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Reader:
    """One reader process: what it is doing, and which checkpoints it holds."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.child = Child(self._frame, lambda code: pool.lost(self, code))
        self.job: Job | None = None
        self.ready = self.slowed = self.gone = False
        self.generation = 0
        self.holds: set[int] = set()
        self.slow_timer: asyncio.TimerHandle | None = None

    def open(self, generation: int) -> None:
        """Let it open a generation, before a query needs it."""
        self.child.send(json.dumps({"op": "open", "path": self._held(generation)}).encode())

    def run(self, job: Job, generation: int) -> None:
        """Let it answer a query on a generation."""
        self.job, job.generation = job, generation
        job.pause, job.resume = self.child.pause, self.child.resume
        job.request["path"] = self._held(generation)
        self.child.send(json.dumps(job.request).encode())
        self.slow_timer = asyncio.get_running_loop().call_later(SLOW, self._slow)

    def _held(self, generation: int) -> str:
        self.holds.add(generation)
        self.generation = generation
        return str(self.pool.home.checkpoint(generation))

    def _opened(self) -> None:
        if len(self.holds) > 1:
            self.holds = {self.generation}
            self.pool.sweep()

    def _slow(self) -> None:
        self.slowed = True
        self.child.slow_down()

    def _frame(self, kind: int, body: bytes) -> None:
        job = self.job
        if kind == wire.READY:
            self.ready = True
            self.pool.free(self)
        elif kind == wire.OPENED:
            self._opened()
            self.pool.free(self)
        elif job is None:
            if kind == wire.ERROR:  # it could not open a checkpoint
                self.child.kill()
        elif kind == wire.DATA:
            job.take(body)
        elif kind == wire.HEAD:
            self._opened()
            job.begin(json.loads(body))
        elif kind == wire.WHOLE:
            self._opened()
            head, data = wire.unpacked_whole(body)
            job.take(data)
            self._finish(job, head)
            job.begin(head)
        elif kind == wire.END:
            self._finish(job, json.loads(body))
        elif kind == wire.ERROR:
            self._opened()
            facts = json.loads(body)
            self._finish(job, facts, told(facts))

    def _finish(self, job: Job, facts: dict[str, Any], error: CrosswalkError | None = None) -> None:
        self.job = None
        if self.slow_timer:
            self.slow_timer.cancel()
        job.end(error)
        # What it got in priority or memory for one query it does not give back.
        if self.slowed or facts.get("memory", 0) * 2048 > self.pool.memory:
            self.pool.replace(self)
        else:
            self.pool.free(self)
