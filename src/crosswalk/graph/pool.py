"""The readers: processes that answer on checkpoints, and are killed when they do not end.

A pool serves any number of stores. A query has one reader to itself, if possible one that has its
store open. Past its deadline, or when its client has gone, the reader is killed and another
started. A query whose reader dies by itself is asked once more, unless a part of the answer has
been sent.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter, deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from crosswalk import settings
from crosswalk.errors import BusyError, CrosswalkError, DeadlineError, UnavailableError
from crosswalk.graph import wire
from crosswalk.graph.answers import Answer, Job, Limits
from crosswalk.graph.processes import Child, stopped, told
from crosswalk.graph.shelf import Shelf

__all__ = ["Counts", "Pool", "Reader"]

OPEN = 4
"""How many checkpoints a reader keeps open."""
PATIENCE = 0.02
"""Seconds in which a reader whose client is gone may finish; then it is replaced."""
LAST = 10.0
"""Seconds after which killed readers are not waited for."""
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
    """The readers of some stores, and the queries that wait for one.

    What is not given is as the settings say.

    :param module: what its processes run; a ``Worker`` of ``crosswalk.graph.worker``.
    :param size: how many queries run at the same time.
    :param queue: how many more may wait; the next is refused.
    :param share: how many of one caller may run and wait; the next is refused.
    :param memory: bytes that a reader may have beside the stores it has open.
    :param slow: seconds after which a query gives way to others, and its reader is replaced when
        it has answered; None: never, for readers that are worth more the longer they live.
    :param spare: processes that take the place of those that are killed: a new one takes a third
        of a second to start.
    :param prefixes: prefixes that queries need not declare.
    """

    def __init__(
        self,
        *,
        module: str = "crosswalk.graph.worker",
        size: int | None = None,
        queue: int | None = None,
        share: int | None = None,
        memory: int | None = None,
        slow: float | None = SLOW,
        spare: int = 1,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        number = settings.number
        self.module = module
        self.size = size or number("CROSSWALK_READERS")
        self.queue = number("CROSSWALK_QUEUE") if queue is None else queue
        self.share = share or number("CROSSWALK_CALLER_QUERIES")
        self.memory = memory or number("CROSSWALK_READER_MEMORY_MB") << 20
        self.slow, self.spare = slow, spare
        self.prefixes = dict(prefixes or {})
        self.readers: list[Reader] = []
        self.idle: list[Reader] = []
        self.waiting: deque[Job] = deque()
        self.callers: Counter[str] = Counter()
        self.counts = Counts()
        self.stopping = False
        self.changed = asyncio.Event()
        self._first: Shelf | None = None
        self._failures = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the readers."""
        for _ in range(self.size + self.spare):
            self._spawn()

    async def ready(self, shelf: Shelf) -> None:
        """Wait until a reader has opened the current generation of the first store that joined.

        :raises UnavailableError: if it cannot be opened.
        """
        while not any(one.opened(shelf) for one in self.idle):
            if any(one.broken for one in self.readers):
                raise UnavailableError("cannot be opened", place=str(shelf.home.path))
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
        last = time.monotonic() + LAST
        while self.readers and time.monotonic() < last:  # they are killed, only not seen off yet
            await asyncio.sleep(0.002)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def join(self, shelf: Shelf) -> None:
        """Serve a store from now on; what is asked of it joins it too.

        Readers that have nothing else open the store that joined first, ahead of its queries.
        """
        shelf.held_by(self)
        self._first = self._first or shelf

    async def leave(self, shelf: Shelf, *, until: float) -> None:
        """Let what is asked of a closed store finish until a moment of the clock, then close it."""

        def running() -> list[Reader]:
            return [one for one in self.readers if one.job and one.job.shelf is shelf]

        def waiting() -> list[Job]:
            return [job for job in self.waiting if job.shelf is shelf]

        while time.monotonic() < until and (running() or waiting()):
            await asyncio.sleep(0.005)
        for job in waiting():
            self.waiting.remove(job)
            job.end(stopped())
        for reader in running():
            if reader.job is not None:
                reader.job.end(stopped())
            self.replace(reader)
        if self._first is shelf:
            self._first = None
        for reader in self.readers:
            reader.close(shelf)
        idle, self.idle = self.idle, []
        for reader in idle:
            self.free(reader)

    def holds(self, shelf: Shelf) -> set[int]:
        """Return the generations of a store that readers have open, or are opening or closing."""
        return set[int]().union(*(one.holds(shelf) for one in self.readers))

    def published(self, shelf: Shelf) -> None:
        """Let the idle readers that have a store open, open its new generation."""
        idle, self.idle = self.idle, []
        for reader in idle:
            self.free(reader)

    def ask(
        self, shelf: Shelf, request: dict[str, Any], limits: Limits, *, caller: str | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """Send a request to the current state of a store on its way; await it for its answer.

        Whoever has something to do meanwhile does it before awaiting.

        :param caller: whose it is; None is never one of too many.
        :raises BusyError: if too many wait already, or too many of this caller's.
        """
        if self.stopping or shelf.closed or not shelf.generation:
            raise stopped()
        self._require_share(caller)
        self.join(shelf)
        request |= {"rows": limits.rows, "bytes": limits.bytes, "cpu": limits.deadline + 2}
        loop = asyncio.get_running_loop()
        job = Job(shelf, request, limits, loop.create_future(), time.monotonic(), self.cancel)
        self.counts.queries += 1
        reader = self._next_idle(shelf)
        if reader is None and len(self.waiting) >= self.queue:
            self.counts.refused += 1
            raise BusyError(f"{len(self.waiting)} queries wait already")
        shelf.running += 1
        if caller is not None:
            self.callers[caller] += 1
        job.over = lambda: self._one_less(shelf, caller)
        if reader is not None:
            self._run(reader, job)
        else:
            self.waiting.append(job)
            self._set_timer(job)
        return self._answer(job)

    async def _answer(self, job: Job) -> Answer:
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
        if self.waiting and self._running() < self.size:
            self._run(reader, self.waiting.popleft())
        elif not reader.catch_up(self._first):
            self.idle.append(reader)
            self.changed.set()

    def _running(self) -> int:
        return sum(one.job is not None for one in self.readers)

    def _hand_out(self) -> None:
        """Give what waits to spare readers, where others have just ended."""
        while self.waiting and (reader := self._next_idle(self.waiting[0].shelf)):
            self._run(reader, self.waiting.popleft())

    def replace(self, reader: Reader) -> None:
        """End a reader and start another."""
        self._part(reader)
        reader.child.kill()
        self._spawn()
        self._hand_out()

    def lost(self, reader: Reader, code: int) -> None:
        """Take note that a reader has ended, by itself or by us."""
        self.readers.remove(reader)
        expected, job = reader.gone, reader.job
        self._part(reader)
        reader.let_go()
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
        self._hand_out()

    def _require_share(self, caller: str | None) -> None:
        if caller is not None and self.callers[caller] >= self.share:
            self.counts.refused += 1
            raise BusyError(f"{self.callers[caller]} queries of this caller run or wait already")

    def _one_less(self, shelf: Shelf, caller: str | None) -> None:
        shelf.running -= 1
        if caller is not None:
            self.callers[caller] -= 1
            if not self.callers[caller]:
                del self.callers[caller]

    def _run(self, reader: Reader, job: Job) -> None:
        job.request["alone"] = not self._running()
        reader.run(job)
        self._set_timer(job)

    def _set_timer(self, job: Job) -> None:
        if job.timer:
            job.timer.cancel()
        left = job.limits.deadline - (time.monotonic() - job.since)
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(max(left, 0.0), self._overdue, job)

    def _next_idle(self, shelf: Shelf) -> Reader | None:
        """Return an idle reader, best one that has the store open, else one with room for it."""
        best, found = -1, None
        for reader in reversed(self.idle) if self._running() < self.size else ():
            rank = reader.nearness(shelf)
            if rank > best:
                best, found = rank, reader
        if found is not None:
            self.idle.remove(found)
        return found

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
        elif job.shelf.closed:
            job.end(stopped())
        elif job.cancelled or job.retried or job.head.done():
            job.end(UnavailableError("the process that answered has died", remedy="Ask again."))
        else:
            job.retried = True
            self.counts.retried += 1
            if other := self._next_idle(job.shelf):
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
            await reader.child.start(self.module, config)
        except OSError:
            self.readers.remove(reader)
            self._part(reader)
            self._spawn_later()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Reader:
    """One reader process: what it is doing, and which checkpoints it holds.

    What it opens and closes is decided here and told with each request: ``open`` is what it has
    when it has done what it was sent, least recently asked first; ``_closing`` is what it may
    still have until it answers.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.child = Child(self._frame, lambda code: pool.lost(self, code))
        self.job: Job | None = None
        self.ready = self.slowed = self.gone = False
        self.open: dict[Shelf, int] = {}
        self.slow_timer: asyncio.TimerHandle | None = None
        self.broken: set[tuple[Shelf, int]] = set()
        self._unsent: list[tuple[Shelf, int]] = []
        self._closing: list[tuple[Shelf, int]] = []

    def holds(self, shelf: Shelf) -> set[int]:
        """Return the generations of a store that it has open, or is opening or closing."""
        found = {number for one, number in self._unsent + self._closing if one is shelf}
        return found | {self.open[shelf]} if shelf in self.open else found

    def opened(self, shelf: Shelf) -> bool:
        """Return whether it has the current state of a store open."""
        return self.open.get(shelf) == shelf.generation and not self.broken

    def nearness(self, shelf: Shelf) -> int:
        """Return how soon it could answer on a store: the more, the sooner."""
        if shelf in self.open:
            return 2 * OPEN + (self.open[shelf] == shelf.generation)
        return max(OPEN - len(self.open), 0)

    def catch_up(self, first: Shelf | None) -> bool:
        """Let it open the newest state of a store before a query needs it; return whether.

        :param first: what it opens when it has nothing open.
        """
        wished = {one: one.generation for one in self.open}
        if not wished and first is not None and first.generation:
            wished = {first: first.generation}
        stale = [
            one
            for one, number in wished.items()
            if self.open.get(one) != number and (one, number) not in self.broken
        ]
        if not stale and not self._unsent:
            return False
        request: dict[str, Any] = {"op": "open"}
        if stale:
            self._hold(stale[0], request)
        self._send(request)
        return True

    def close(self, shelf: Shelf) -> None:
        """Let it close a store, with the next thing that it is sent."""
        if shelf in self.open:
            self._unsent.append((shelf, self.open.pop(shelf)))

    def let_go(self) -> None:
        """Take note that it holds nothing any more."""
        held = [*self.open, *(one for one, _ in self._unsent + self._closing)]
        self.open, self._unsent, self._closing = {}, [], []
        for shelf in dict.fromkeys(held):
            shelf.sweep()

    def run(self, job: Job) -> None:
        """Let it answer a query on the current state of its store."""
        self.job, job.generation = job, job.shelf.generation
        job.pause, job.resume = self.child.pause, self.child.resume
        self._hold(job.shelf, job.request)
        self._send(job.request)
        if self.pool.slow is not None:
            loop = asyncio.get_running_loop()
            self.slow_timer = loop.call_later(self.pool.slow, self._slow)

    def _hold(self, shelf: Shelf, request: dict[str, Any]) -> None:
        """Make the current state of a store part of what it has open."""
        held = self.open.pop(shelf, None)
        if held is not None and held != shelf.generation:
            self._unsent.append((shelf, held))
        self.open[shelf] = shelf.generation
        while len(self.open) > OPEN:
            self.close(next(iter(self.open)))
        request["path"] = shelf.path(shelf.generation)

    def _send(self, request: dict[str, Any]) -> None:
        request["close"] = [shelf.path(number) for shelf, number in self._unsent]
        self._closing += self._unsent
        self._unsent = []
        self.child.send(json.dumps(request).encode())

    def _closed(self) -> None:
        """Take note that it has closed what it was told to close."""
        if self._closing:
            closed, self._closing = self._closing, []
            for shelf in dict.fromkeys(one for one, _ in closed):
                shelf.sweep()

    def _slow(self) -> None:
        self.slowed = True
        self.child.slow_down()

    def _frame(self, kind: int, body: bytes) -> None:
        job = self.job
        if kind == wire.READY:
            self.ready = True
            self.pool.free(self)
        elif kind == wire.OPENED:
            self._closed()
            self.pool.free(self)
        elif job is None:
            if kind == wire.ERROR:  # it could not open what was opened ahead
                self.broken = set(self.open.items())
                self._closed()
                self.pool.free(self)
        elif kind == wire.DATA:
            job.take(body)
        elif kind == wire.HEAD:
            self._closed()
            job.begin(json.loads(body))
        elif kind == wire.WHOLE:
            self._closed()
            head, data = wire.unpacked_whole(body)
            job.take(data)
            self._finish(job, head)
            job.begin(head)
        elif kind == wire.END:
            self._finish(job, json.loads(body))
        elif kind == wire.ERROR:
            self._closed()
            facts = json.loads(body)
            self._finish(job, facts, told(facts))

    def _finish(self, job: Job, facts: dict[str, Any], error: CrosswalkError | None = None) -> None:
        self.job = None
        if self.slow_timer:
            self.slow_timer.cancel()
        job.end(error)
        # What it got in priority or memory for one query it does not give back.
        spent = self.slowed or facts.get("memory", 0) * 2048 > self.pool.memory
        if spent or facts.get("code") == "unopened":
            self.pool.replace(self)
        else:
            self.pool.free(self)
