"""What a served query is asked with, and how its answer comes back: limits, graphs, chunks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from crosswalk import settings, sparql
from crosswalk.errors import CrosswalkError
from crosswalk.graph.shelf import Shelf

__all__ = ["Answer", "Graphs", "Job", "Limits"]

AHEAD = 4 << 20
"""Bytes of an answer that are taken from a reader before its client has taken them."""


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

    :param outranks: whether it takes the place of what a query says it is FROM.
    """

    default: tuple[str, ...]
    named: tuple[str, ...]
    outranks: bool = False

    @classmethod
    def union(cls, names: Sequence[str]) -> Graphs:
        """Return the dataset of some graphs, each by name and all of them as the default graph.

        >>> Graphs.union(["urn:a"]).default
        ('urn:a',)
        """
        return cls(tuple(names), tuple(names))

    @classmethod
    def everything(cls) -> Graphs:
        """Return the dataset of all graphs of a store, each by name and all as the default graph.

        Which graphs there are need not be known: a query's own FROM is taken as it is.
        """
        return cls(("*",), ("*",))

    def narrowed(self, said: sparql.From | None) -> Graphs:
        """Return what is left of the dataset where a query names its own: never more.

        >>> Graphs.union(["urn:a"]).narrowed(sparql.From(("urn:a", "urn:b"), ()))
        Graphs(default=('urn:a',), named=(), outranks=False)
        """
        if said is None or self.outranks:
            return self
        if self == Graphs.everything():
            return Graphs(said.default, said.named)
        seen = {*self.default, *self.named} - {"default"}
        return Graphs(
            tuple(one for one in said.default if one in seen),
            tuple(one for one in said.named if one in seen),
        )


def _nothing() -> None:
    """Do nothing: what a query that runs nowhere does when it is to pause."""


@dataclass(slots=True, eq=False)
class Job:
    """One query on its way, and what of its answer the client has not taken.

    :param shelf: the store that it is asked of.
    :param over: called once, when nothing more comes.
    """

    shelf: Shelf
    request: dict[str, Any]
    limits: Limits
    head: asyncio.Future[dict[str, Any]]
    since: float
    cancel: Callable[[Job], None]
    over: Callable[[], None] = _nothing
    chunks: deque[bytes] = field(default_factory=deque)
    ahead: int = 0
    done: bool = False
    error: CrosswalkError | None = None
    cancelled: bool = False
    retried: bool = False
    generation: int = 0
    pause: Callable[[], None] = _nothing
    resume: Callable[[], None] = _nothing
    timer: asyncio.TimerHandle | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, head: dict[str, Any]) -> None:
        """Take the head of the answer."""
        if not self.head.done():
            self.head.set_result(head)

    def take(self, chunk: bytes) -> None:
        """Take a chunk of the answer, and pause its reader when the client is slow."""
        if chunk and not self.cancelled:
            self.chunks.append(chunk)
            self.ahead += len(chunk)
            if self.ahead > AHEAD:
                self.pause()
        self.wake.set()

    def end(self, error: CrosswalkError | None = None) -> None:
        """Take note that nothing more comes, and why."""
        if not self.done:
            self.over()
        self.done, self.error = True, error
        self.pause = self.resume = _nothing
        if self.timer:
            self.timer.cancel()
        if error is not None and not self.head.done() and not self.cancelled:
            self.head.set_exception(error)
        self.wake.set()


class Answer:
    """An answer on its way: its media type, the generation it is of, and its bytes in chunks.

    ``facts`` is what its process tells of it beside.

    The iteration raises when the answer is cut off, so a cut answer never looks complete.
    ``whole`` is all of it when it was short.
    """

    def __init__(self, job: Job, head: dict[str, Any]) -> None:
        self._job = job
        self.media_type: str = head["type"]
        self.kind: str = head["kind"]
        self.facts: dict[str, Any] = head.get("facts", {})
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
        if job.ahead <= AHEAD // 2:
            job.resume()
        return chunk

    async def read(self) -> bytes:
        """Return all that is left of the answer."""
        return b"".join([chunk async for chunk in self])

    async def aclose(self) -> None:
        """Let the answer go: what is not finished is cancelled."""
        self._job.cancel(self._job)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
