"""A store that is served: one process writes, a pool of processes reads, none is trusted to end.

A query runs in a reader process on an immutable checkpoint, with a deadline that kills. A write
runs in the writer process and is acknowledged when it is on the disk and every later query sees
it. The engine itself lives in the event loop of a server and never touches the store, so no query
can hold it up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import time
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyoxigraph as ox

from crosswalk import settings, sparql
from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DataError,
    DeadlineError,
    LimitError,
    MalformedQueryError,
    NotAcceptableError,
    NotFoundError,
    StorageError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)
from crosswalk.graph import wire
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.processes import Child
from crosswalk.graph.worker import GRAPH_TYPES, RESULT_TYPES

__all__ = ["Answer", "Engine", "Graphs", "Limits", "Stats", "Written"]

ALL_TYPES = (*RESULT_TYPES, *GRAPH_TYPES)
AHEAD = 4 << 20
"""Bytes of an answer that are taken from a reader before its client has taken them."""
PATIENCE = 0.02
"""Seconds in which a reader whose client is gone may finish; then it is replaced."""
SLOW = 0.5
"""Seconds after which a query gives way to others."""
STARTING = 30.0
"""Seconds in which a process must be ready."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use.

    >>> Limits.of_settings().deadline
    30.0
    """

    deadline: float = 30.0
    rows: int = 1_000_000
    bytes: int = 256 << 20

    @classmethod
    def of_settings(cls) -> Limits:
        """Return the limits that the settings say."""
        return cls(
            deadline=float(settings.number("CROSSWALK_DEADLINE_S")),
            rows=settings.number("CROSSWALK_MAX_ROWS"),
            bytes=settings.number("CROSSWALK_MAX_ANSWER_MB") << 20,
        )


@dataclass(frozen=True, slots=True)
class Graphs:
    """What a query is asked of: its default graph as a union of graphs, and its named graphs.

    The name ``default`` stands for the default graph of the store.
    """

    default: tuple[str, ...]
    named: tuple[str, ...]

    @classmethod
    def union(cls, names: Sequence[str]) -> Graphs:
        """Return the dataset of some graphs, each by name and all of them as the default graph.

        >>> Graphs.union(["urn:a"]).default
        ('urn:a',)
        """
        return cls(tuple(names), tuple(names))

    def narrowed(self, said: sparql.From | None) -> Graphs:
        """Return what is left of the dataset where a query names its own: never more.

        >>> Graphs.union(["urn:a"]).narrowed(sparql.From(("urn:a", "urn:b"), ()))
        Graphs(default=('urn:a',), named=())
        """
        if said is None:
            return self
        seen = {*self.default, *self.named} - {"default"}
        return Graphs(
            tuple(one for one in said.default if one in seen),
            tuple(one for one in said.named if one in seen),
        )


@dataclass(frozen=True, slots=True)
class Written:
    """An acknowledged write: the generation that has it, and whether its graph was there."""

    generation: int
    existed: bool = False


@dataclass(frozen=True, slots=True)
class Stats:
    """How the engine does, for metrics."""

    generation: int
    readers: int
    running: int
    queued: int
    writes_queued: int
    queries: int
    writes: int
    killed: int
    cancelled: int
    crashed: int
    retried: int
    refused: int
    writer_restarts: int


@dataclass(slots=True)
class _Counts:
    queries: int = 0
    writes: int = 0
    killed: int = 0
    cancelled: int = 0
    crashed: int = 0
    retried: int = 0
    refused: int = 0
    writer_restarts: int = 0


@dataclass(slots=True, eq=False)
class _Job:
    """One query on its way."""

    request: dict[str, Any]
    limits: Limits
    head: asyncio.Future[dict[str, Any]]
    since: float
    chunks: deque[bytes] = field(default_factory=deque)
    ahead: int = 0
    done: bool = False
    error: CrosswalkError | None = None
    cancelled: bool = False
    retried: bool = False
    generation: int = 0
    reader: _Reader | None = None
    timer: asyncio.TimerHandle | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, head: dict[str, Any]) -> None:
        if not self.head.done():
            self.head.set_result(head)

    def take(self, chunk: bytes) -> None:
        if chunk:
            self.chunks.append(chunk)
            self.ahead += len(chunk)
        self.wake.set()

    def end(self, error: CrosswalkError | None = None) -> None:
        self.done, self.error = True, error
        if self.timer:
            self.timer.cancel()
        if error is not None and not self.head.done() and not self.cancelled:
            self.head.set_exception(error)
        self.wake.set()


class _Reader:
    """One reader process, what it is doing, and which checkpoints it holds."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.child = Child(self._frame, self._end)
        self.job: _Job | None = None
        self.ready = self.opening = self.slowed = self.gone = False
        self.generation = 0
        self.holds: set[int] = set()
        self.born = time.monotonic()
        self.slow_timer: asyncio.TimerHandle | None = None

    def open(self, generation: int) -> None:
        self._hold(generation)
        self.opening = True
        path = str(self.engine.home.checkpoint(generation))
        self.child.send(json.dumps({"op": "open", "path": path}).encode())

    def run(self, job: _Job, generation: int) -> None:
        self._hold(generation)
        self.job, job.reader, job.generation = job, self, generation
        job.request["path"] = str(self.engine.home.checkpoint(generation))
        self.child.send(json.dumps(job.request).encode())
        loop = asyncio.get_running_loop()
        left = job.limits.deadline - (time.monotonic() - job.since)
        job.timer = loop.call_later(max(left, 0.0), self.engine._overdue, job)
        self.slow_timer = loop.call_later(SLOW, self._slow)

    def _hold(self, generation: int) -> None:
        self.holds.add(generation)
        self.generation = generation

    def _opened(self) -> None:
        if len(self.holds) > 1:
            self.holds = {self.generation}
            self.engine._sweep()

    def _slow(self) -> None:
        self.slowed = True
        self.child.slow_down()

    def _frame(self, kind: int, body: bytes) -> None:
        job = self.job
        if kind == wire.READY:
            self.ready = True
            self.engine._free(self)
        elif kind == wire.OPENED:
            self.opening = False
            self._opened()
            self.engine._free(self)
        elif job is None:
            if kind == wire.ERROR:  # it could not open a checkpoint
                self.child.kill()
        elif kind == wire.HEAD:
            self._opened()
            job.begin(json.loads(body))
        elif kind == wire.DATA:
            if not job.cancelled:
                job.take(body)
                if job.ahead > AHEAD:
                    self.child.pause()
        elif kind == wire.WHOLE:
            self._opened()
            head, data = wire.unpacked_whole(body)
            job.begin(head)
            job.take(data)
            self._finish(job, head, None)
        elif kind == wire.END:
            self._finish(job, json.loads(body), None)
        elif kind == wire.ERROR:
            self._opened()
            facts = json.loads(body)
            self._finish(job, facts, _told(facts))

    def _finish(self, job: _Job, facts: dict[str, Any], error: CrosswalkError | None) -> None:
        self.job = None
        if self.slow_timer:
            self.slow_timer.cancel()
        job.end(error)
        if self.slowed or facts.get("memory", 0) * 2048 > self.engine.memory:
            self.engine._replace(self)
        else:
            self.engine._free(self)

    def _end(self, code: int) -> None:
        self.engine._lost(self, code)


class Answer:
    """An answer on its way: its media type, the generation it is of, and its bytes in chunks.

    The iteration raises when the answer is cut off, so a cut answer never looks complete.
    ``whole`` is all of it when it was short.
    """

    def __init__(self, engine: Engine, job: _Job, head: dict[str, Any]) -> None:
        self._engine, self._job = engine, job
        self.media_type: str = head["type"]
        self.kind: str = head["kind"]
        self.generation = job.generation

    @property
    def whole(self) -> bytes | None:
        """All of the answer, if it is here already and nothing of it was taken."""
        job = self._job
        if job.done and job.error is None:
            return b"".join(job.chunks)
        return None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        job = self._job
        while not job.chunks:
            if job.error is not None:
                raise job.error
            if job.done:
                raise StopAsyncIteration
            job.wake.clear()
            await job.wake.wait()
        chunk = job.chunks.popleft()
        job.ahead -= len(chunk)
        if job.reader is not None and job.reader.job is job and job.ahead <= AHEAD // 2:
            job.reader.child.resume()
        return chunk

    async def read(self) -> bytes:
        """Return all that is left of the answer."""
        return b"".join([chunk async for chunk in self])

    async def aclose(self) -> None:
        """Let the answer go: what is not finished is cancelled."""
        self._engine._cancel(self._job)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Engine:
    """The store of one directory, served.

    :param directory: made on the first start.
    :param readers: how many queries run at the same time.
    :param queue: how many more may wait; the next is refused.
    :param memory: bytes that a reader process may have.
    :param prefixes: prefixes that queries and updates need not declare.

    Use it in ``async with``, or call :meth:`start` and :meth:`stop`.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        limits: Limits | None = None,
        readers: int | None = None,
        queue: int | None = None,
        memory: int | None = None,
        update_deadline: float | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        self.home = Home(Path(directory).absolute())
        self.limits = limits or Limits.of_settings()
        self.size = readers or settings.number("CROSSWALK_READERS")
        self.queue = queue if queue is not None else settings.number("CROSSWALK_QUEUE")
        self.memory = memory or settings.number("CROSSWALK_READER_MEMORY_MB") << 20
        self.update_deadline = update_deadline or float(
            settings.number("CROSSWALK_UPDATE_DEADLINE_S")
        )
        self.reserve = settings.number("CROSSWALK_DISK_RESERVE_MB") << 20
        self.prefixes = dict(prefixes or {})
        self.generation = 0
        self._lock: int | None = None
        self._readers: list[_Reader] = []
        self._idle: list[_Reader] = []
        self._waiting: deque[_Job] = deque()
        self._counts = _Counts()
        self._stopping = False
        self._failures = 0
        self._tasks: set[asyncio.Task[object]] = set()
        self._sweeping = False
        self._changed = asyncio.Event()
        self._writer: Child | None = None
        self._reply: asyncio.Future[tuple[int, dict[str, Any]]] | None = None
        self._committed = False
        self._restart: asyncio.Task[object] | None = None
        self._writing = asyncio.Lock()
        self._writes_queued = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the store and be ready for queries.

        :raises DataError: if the directory holds something else.
        :raises UnavailableError: if another process holds the directory, or it cannot be opened.
        """
        self.home.prepare()
        self._lock = await self._locked()
        try:
            for _ in range(self.size):
                self._spawn()
            await self._start_writer()
            async with asyncio.timeout(STARTING):
                while not any(one.generation == self.generation for one in self._idle):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            await self.stop(grace=0)
            raise UnavailableError(
                "no reader process became ready", place=str(self.home.path)
            ) from None
        except BaseException:
            await self.stop(grace=0)
            raise
        self._sweep()

    async def stop(self, *, grace: float = 5.0) -> None:
        """Take no more work, let what runs finish for so many seconds, and end all processes."""
        self._stopping = True
        until = time.monotonic() + grace
        for job in list(self._waiting):
            job.end(_stopped())
        self._waiting.clear()
        while time.monotonic() < until and any(one.job for one in self._readers):
            await asyncio.sleep(0.01)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(until - time.monotonic(), 0.1)):
                await self._writing.acquire()
        if self._restart is not None:
            self._restart.cancel()
        for reader in list(self._readers):
            reader.child.kill()
        if (writer := self._writer) is not None:
            writer.finish()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await writer.ended.wait()
            writer.kill()
        while self._readers:
            await asyncio.sleep(0.002)
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError, CrosswalkError):
                await task
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def stats(self) -> Stats:
        """Return how the engine does."""
        counts = self._counts
        return Stats(
            generation=self.generation,
            readers=len(self._readers),
            running=sum(one.job is not None for one in self._readers),
            queued=len(self._waiting),
            writes_queued=self._writes_queued,
            queries=counts.queries,
            writes=counts.writes,
            killed=counts.killed,
            cancelled=counts.cancelled,
            crashed=counts.crashed,
            retried=counts.retried,
            refused=counts.refused,
            writer_restarts=counts.writer_restarts,
        )

    async def query(
        self,
        text: str,
        *,
        dataset: Graphs | None = None,
        accept: Sequence[str] = ALL_TYPES,
        parameters: Mapping[str, object] | None = None,
        base: str | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """Return the answer of a SPARQL query, once it has begun or is known to be an error.

        :param dataset: the graphs it is asked of; None is the store as it is, whose default graph
            is no union.
        :param accept: media types that are welcome, best first.
        :param parameters: values of variables, by name; terms, never text that is pasted.
        :raises MalformedQueryError: if it does not parse.
        :raises NotAcceptableError: if its kind of answer has none of these media types.
        :raises LimitError: if it needs more than it may have, before anything was sent.
        :raises DeadlineError: if the time was up before anything was sent.
        :raises BusyError: if too many wait already.
        """
        sparql.refuse_service(text)
        if dataset is not None:
            dataset = dataset.narrowed(sparql.from_clauses(text, base=base))
        bound = {name: _wire_term(value) for name, value in (parameters or {}).items()}
        return await self._ask(
            {
                "op": "query",
                "text": text,
                "default": dataset and list(dataset.default),
                "named": dataset and list(dataset.named),
                "types": list(accept),
                "bind": bound,
                "base": base,
            },
            limits or self.limits,
        )

    async def dump(
        self,
        graph: str | None = None,
        *,
        accept: Sequence[str] = tuple(GRAPH_TYPES),
        limits: Limits | None = None,
    ) -> Answer:
        """Return a graph, or the whole dataset where none is named.

        :param graph: its IRI, or ``default``.
        :raises NotFoundError: if there is no such graph.
        """
        request = {"op": "dump", "graph": graph, "types": list(accept)}
        return await self._ask(request, limits or self.limits)

    async def update(
        self, text: str, *, base: str | None = None, deadline: float | None = None
    ) -> Written:
        """Return what a SPARQL update did, once it is on the disk and every query sees it.

        :raises MalformedQueryError: if it does not parse; nothing was changed.
        :raises DeadlineError: if the time was up.
        :raises UncertainWriteError: if the writer died: the update may not have been applied.
        :raises StorageError: if the disk takes no more.
        """
        sparql.refuse_load(text)
        request = {"op": "update", "text": text, "base": base}
        return await self._write(request, (), deadline)

    async def load(
        self,
        data: bytes,
        media_type: str,
        *,
        graph: str | None = None,
        replace: bool = False,
        base: str | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what loading a document did: all of it is there, or nothing.

        :param graph: where its triples go; None takes the graphs that the document names.
        :param replace: whether it takes the place of what was there.
        :raises DataError: if it does not parse, with the line; nothing was changed.
        """
        if media_type not in GRAPH_TYPES:
            raise UsageError(
                f"{media_type!r} is no format of RDF that is read",
                remedy=f"Send one of: {', '.join(GRAPH_TYPES)}.",
            )
        request = {
            "op": "load",
            "type": media_type,
            "graph": graph,
            "replace": replace,
            "base": base,
        }
        try:
            return await self._write(request, (data,), deadline)
        except MalformedQueryError as error:
            place = f"line {error.line}" if error.line else None
            raise DataError(
                error.offence, place=place, remedy="Correct it; nothing was loaded."
            ) from None

    async def delete(self, graph: str, *, deadline: float | None = None) -> Written:
        """Return what removing a graph did: ``existed`` says whether it was there.

        :param graph: its IRI, or ``default``.
        """
        return await self._write({"op": "delete", "graph": graph}, (), deadline)

    # What follows is the pool of readers.

    async def _ask(self, request: dict[str, Any], limits: Limits) -> Answer:
        if self._stopping or self._lock is None:
            raise _stopped()
        request |= {"rows": limits.rows, "bytes": limits.bytes, "cpu": limits.deadline + 2}
        loop = asyncio.get_running_loop()
        job = _Job(request, limits, loop.create_future(), time.monotonic())
        self._counts.queries += 1
        reader = self._next_idle()
        if reader is not None:
            reader.run(job, self.generation)
        elif len(self._waiting) < self.queue:
            self._waiting.append(job)
            job.timer = loop.call_later(limits.deadline, self._overdue, job)
        else:
            self._counts.refused += 1
            raise BusyError(f"{len(self._waiting)} queries wait already")
        try:
            head = await job.head
        except asyncio.CancelledError:
            self._cancel(job)
            raise
        return Answer(self, job, head)

    def _next_idle(self) -> _Reader | None:
        for at, reader in enumerate(self._idle):
            if reader.generation == self.generation:
                return self._idle.pop(at)
        return self._idle.pop() if self._idle else None

    def _free(self, reader: _Reader) -> None:
        """Give a reader its next work."""
        if reader.gone:
            return
        self._failures = 0
        if not self.generation:
            self._idle.append(reader)
        elif self._waiting:
            job = self._waiting.popleft()
            if job.timer:
                job.timer.cancel()
            reader.run(job, self.generation)
        elif reader.generation != self.generation:
            reader.open(self.generation)
        else:
            self._idle.append(reader)
            self._changed.set()

    def _overdue(self, job: _Job) -> None:
        seconds = f"{job.limits.deadline:g} s"
        if job.reader is None:
            self._waiting.remove(job)
            job.end(BusyError(f"no reader was free within {seconds}"))
            return
        self._counts.killed += 1
        job.end(
            DeadlineError(
                f"the query took longer than {seconds} and was ended",
                remedy="Ask for less: name a graph, narrow the patterns, set a LIMIT.",
            )
        )
        self._replace(job.reader)

    def _cancel(self, job: _Job) -> None:
        if job.done or job.cancelled:
            return
        job.cancelled = True
        job.chunks.clear()
        if job.reader is None:
            self._waiting.remove(job)
            job.end()
            return
        self._counts.cancelled += 1
        job.reader.child.resume()
        asyncio.get_running_loop().call_later(PATIENCE, self._give_up, job.reader, job)

    def _give_up(self, reader: _Reader, job: _Job) -> None:
        if reader.job is job:
            job.end()
            self._replace(reader)

    def _replace(self, reader: _Reader) -> None:
        """End a reader and start another."""
        self._part(reader)
        reader.child.kill()
        if not self._stopping:
            self._spawn()

    def _part(self, reader: _Reader) -> None:
        reader.gone, reader.job = True, None
        if reader.slow_timer:
            reader.slow_timer.cancel()
        if reader in self._idle:
            self._idle.remove(reader)

    def _lost(self, reader: _Reader, code: int) -> None:
        """Take note that a reader has ended, by itself or by us."""
        self._readers.remove(reader)
        expected, job = reader.gone, reader.job
        self._part(reader)
        self._sweep()
        if expected or self._stopping:
            if job is not None:
                job.end(_stopped())
            return
        self._counts.crashed += 1
        if job is not None:
            self._bereaved(job, code)
        self._failures += 0 if reader.ready else 1
        if self._failures:
            wait = min(0.1 * 2**self._failures, 5.0)
            asyncio.get_running_loop().call_later(wait, self._spawn)
        else:
            self._spawn()

    def _bereaved(self, job: _Job, code: int) -> None:
        """Ask again what a reader died over, once, if that cannot show; else say that it died."""
        if job.timer:
            job.timer.cancel()
        job.reader = None
        if code == -signal.SIGXCPU:
            self._counts.killed += 1
            job.end(DeadlineError("the query used all the processor time it may and was ended"))
        elif code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            job.end(_told({"code": "memory"}))
        elif job.cancelled or job.retried or job.head.done():
            job.end(UnavailableError("the process that answered has died", remedy="Ask again."))
        else:
            job.retried = True
            self._counts.retried += 1
            other = self._next_idle()
            if other is not None:
                other.run(job, self.generation)
            else:
                self._waiting.appendleft(job)
                left = job.limits.deadline - (time.monotonic() - job.since)
                loop = asyncio.get_running_loop()
                job.timer = loop.call_later(max(left, 0), self._overdue, job)

    def _spawn(self) -> None:
        if self._stopping:
            return
        reader = _Reader(self)
        self._readers.append(reader)
        config = {"prefixes": self.prefixes, "memory": self.memory}
        self._background(self._started(reader, reader.child, config))

    async def _started(self, reader: _Reader, child: Child, config: dict[str, object]) -> None:
        try:
            await child.start("crosswalk.graph.worker", config)
        except OSError:
            self._readers.remove(reader)
            self._part(reader)
            if not self._stopping:
                asyncio.get_running_loop().call_later(1.0, self._spawn)

    def _background(self, work: Awaitable[None]) -> asyncio.Task[object]:
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _publish(self, generation: int) -> None:
        """Make a generation the current one: from here on every query is asked of it."""
        self.generation = generation
        idle, self._idle = self._idle, []
        for reader in idle:
            self._free(reader)
        self._sweep()

    def _sweep(self) -> None:
        """Remove the checkpoints that nobody reads, some time soon."""
        if not self._sweeping and not self._stopping and self.generation:
            self._sweeping = True
            self._background(self._swept())

    async def _swept(self) -> None:
        await asyncio.sleep(0.05)
        self._sweeping = False
        kept = {self.generation}.union(*(one.holds for one in self._readers))
        newer = {one for one in self.home.generations() if one > self.generation}
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self.home.forget, kept | newer)

    # What follows is the writer.

    async def _locked(self) -> int:
        for _ in range(20):
            with contextlib.suppress(UnavailableError):
                return self.home.lock()
            await asyncio.sleep(0.05)
        return self.home.lock()

    async def _start_writer(self) -> None:
        loop = asyncio.get_running_loop()
        self._reply = loop.create_future()
        writer = Child(self._writer_frame, self._writer_end)
        config = {"directory": str(self.home.path), "prefixes": self.prefixes}
        assert self._lock is not None  # noqa: S101 - start() took it
        await writer.start("crosswalk.graph.writer", config, passing=[self._lock])
        self._writer = writer
        kind, facts = await self._reply
        self._reply = None
        if kind != wire.PUBLISHED:
            await writer.ended.wait()
            raise (
                _told(facts)
                if facts
                else UnavailableError(
                    "the writer process does not start", place=str(self.home.path)
                )
            )
        self._publish(facts["generation"])

    def _writer_frame(self, kind: int, body: bytes) -> None:
        if kind == wire.COMMITTED:
            self._committed = True
        elif self._reply is not None and not self._reply.done():
            self._reply.set_result((kind, json.loads(body)))

    def _writer_end(self, code: int) -> None:
        self._writer = None
        if self._reply is not None and not self._reply.done():
            self._reply.set_result((wire.END, {}))
        if not self._stopping and self.generation:
            self._counts.writer_restarts += 1
            self._restart = self._background(self._restarted())

    async def _restarted(self) -> None:
        with contextlib.suppress(CrosswalkError, OSError):
            await self._start_writer()

    async def _write(
        self, request: dict[str, Any], data: Sequence[bytes], deadline: float | None
    ) -> Written:
        if self._stopping or self._lock is None:
            raise _stopped()
        if self._writes_queued > self.queue:
            self._counts.refused += 1
            raise BusyError(f"{self._writes_queued} writes wait already")
        self._require_space(sum(map(len, data)))
        self._writes_queued += 1
        # A write that has begun is seen through, whether or not its client waits.
        work = self._in_turn(request, data, deadline or self.update_deadline)
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _in_turn(
        self, request: dict[str, Any], data: Sequence[bytes], deadline: float
    ) -> Written:
        try:
            async with self._writing:
                if self._stopping:
                    raise _stopped()
                return await self._written(request, data, deadline)
        finally:
            self._writes_queued -= 1

    async def _written(
        self, request: dict[str, Any], data: Sequence[bytes], deadline: float
    ) -> Written:
        if self._restart is not None:
            await asyncio.wait([self._restart])
            self._restart = None
        if self._writer is None:
            await self._start_writer()
        writer = self._writer
        assert writer is not None  # noqa: S101 - it has just started
        loop = asyncio.get_running_loop()
        self._reply, self._committed = loop.create_future(), False
        overdue = False

        def late() -> None:
            nonlocal overdue
            if not self._committed:
                overdue = True
                writer.kill()

        timer = loop.call_later(deadline, late)
        writer.send(json.dumps(request).encode(), *data)
        kind, facts = await self._reply
        timer.cancel()
        self._reply = None
        if kind == wire.PUBLISHED:
            self._counts.writes += 1
            self._publish(facts["generation"])
            return Written(facts["generation"], facts.get("existed", False))
        if overdue:
            self._counts.killed += 1
            raise DeadlineError(f"the update took longer than {deadline:g} s and was ended")
        if kind == wire.ERROR and facts.get("code") != "disk":
            raise _told(facts)
        await writer.ended.wait()
        if kind == wire.ERROR and not self._committed:
            raise _told(facts)
        raise UncertainWriteError(
            "the writer ended before it acknowledged: the write may not have been applied",
            remedy="Look whether it is there before you send it again.",
        )

    def _require_space(self, more: int) -> None:
        if shutil.disk_usage(self.home.path).free < self.reserve + 2 * more:
            raise StorageError(
                "the disk is nearly full, nothing was written", remedy="Free some space."
            )


def _stopped() -> UnavailableError:
    return UnavailableError("the service is stopping or not started")


def _told(facts: Mapping[str, Any]) -> CrosswalkError:
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
    if code == "disk":
        return StorageError(
            "the store cannot be written, nothing was changed", remedy="See to the disk."
        )
    return UsageError(f"it cannot be evaluated: {_shortened(str(facts.get('message', '')))}")


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else message[:300] + "…"


def _wire_term(value: object) -> tuple[str | None, ...]:
    if isinstance(value, ox.NamedNode):
        return ("iri", value.value)
    if isinstance(value, date):
        return ("literal", value.isoformat(), "http://www.w3.org/2001/XMLSchema#date", None)
    if isinstance(value, bool | int | float | str):
        value = ox.Literal(value)
    if isinstance(value, ox.Literal):
        return ("literal", value.value, value.datatype.value, value.language)
    raise UsageError(f"cannot pass {value!r} to a query")
