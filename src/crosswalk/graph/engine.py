"""A store that is served: one process writes, a pool of processes reads, none is trusted to end.

A query runs in a reader process on an immutable checkpoint, with a deadline that kills. A write
runs in the writer process and is acknowledged when it is on the disk and every later query sees
it. The engine itself lives in the event loop of a server and never touches the store, so no query
can hold it up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

import pyoxigraph as ox

from crosswalk import settings, sparql
from crosswalk.errors import DataError, MalformedQueryError, UnavailableError, UsageError
from crosswalk.graph.answers import Answer, Graphs, Limits
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.confined import require_within
from crosswalk.graph.pool import Pool
from crosswalk.graph.shelf import Shelf
from crosswalk.graph.worker import GRAPH_TYPES, RESULT_TYPES
from crosswalk.graph.writing import Writing, Written

__all__ = [
    "ALL_TYPES",
    "Answer",
    "Engine",
    "Graphs",
    "Limits",
    "Stats",
    "Written",
    "locked",
    "readable",
    "wire_term",
]

ALL_TYPES = (*RESULT_TYPES, *GRAPH_TYPES)
STARTING = 30.0
"""Seconds in which the store must be open and a reader ready."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How the engine does, for metrics: what is, and what has happened since the start."""

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


class Engine:
    r"""The store of one directory, served; in ``async with``, or by ``start`` and ``stop``.

    :param directory: made on the first start.
    :param pool: the readers, shared with other engines and started by whoever made it; None is a
        pool of its own.
    :param within: what the IRIs of the graphs that may be written to begin with; None is all, and
        the default graph.
    :param limits: what a query may use that brings no limits of its own.
    :param readers: how many queries run at the same time, in a pool of its own.
    :param queue: how many writes may wait, and how many queries in a pool of its own.
    :param memory: bytes that a reader process of its own pool may have.
    :param update_deadline: seconds that a write may take that brings no deadline of its own.
    :param prefixes: prefixes that queries and updates need not declare; a shared pool has its own
        for queries.

    >>> async def told(directory: str) -> bytes:
    ...     async with Engine(directory) as engine:
    ...         await engine.update("INSERT DATA { <urn:a> <urn:b> 'c' }")
    ...         answer = await engine.query("SELECT ?o { ?s ?p ?o }", accept=["text/csv"])
    ...         return await answer.read()
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     asyncio.run(told(directory))
    b'o\r\nc\r\n'
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        pool: Pool | None = None,
        within: str | None = None,
        limits: Limits | None = None,
        readers: int | None = None,
        queue: int | None = None,
        memory: int | None = None,
        update_deadline: float | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        number = settings.number
        waiting = number("CROSSWALK_QUEUE") if queue is None else queue
        self.home = Home(Path(directory).absolute())
        self.within = within
        self.limits = limits or Limits.of_settings()
        self.update_deadline = update_deadline or float(number("CROSSWALK_UPDATE_DEADLINE_S"))
        self.shelf = Shelf(self.home)
        self.pool = pool or Pool(size=readers, queue=waiting, memory=memory, prefixes=prefixes)
        self.writing = Writing(
            self.home,
            self.shelf.publish,
            within=within,
            queue=waiting,
            reserve=number("CROSSWALK_DISK_RESERVE_MB") << 20,
            idle=float(number("CROSSWALK_IDLE_S")),
            prefixes=dict(prefixes or {}),
        )
        self._shared = pool is not None
        self._instance = ""
        self._lock: int | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def generation(self) -> int:
        """The number of the state that queries are asked of; it grows when something is written."""
        return self.shelf.generation

    @property
    def instance(self) -> str:
        """Which store this is; with the generation it names one state, for ever."""
        return self._instance

    @property
    def era(self) -> object:
        """What was derived from the data holds as long as this is the same."""
        return self.generation

    def fault(self) -> str | None:
        """Return why it does not answer, or None."""
        return None if self.generation and self.pool.readers else "it is not open"

    async def start(self) -> None:
        """Open the store and be ready for queries.

        :raises DataError: if the directory holds something else.
        :raises UnavailableError: if another process holds the directory, or it cannot be opened.
        """
        self.home.prepare()
        self._instance = self.home.instance
        self._lock = await locked(self.home)
        try:
            async with asyncio.timeout(STARTING):
                self.pool.join(self.shelf)
                if not self._shared:
                    self.pool.start()
                await self.writing.start(self._lock)
                if not self._shared:
                    await self.pool.ready(self.shelf)
        except TimeoutError:
            await self.stop(grace=0)
            raise UnavailableError(
                f"the store is not open after {STARTING:g} s", place=str(self.home.path)
            ) from None
        except BaseException:
            await self.stop(grace=0)
            raise

    async def stop(self, *, grace: float = 5.0) -> None:
        """Take no more work, let what runs finish for so many seconds, and end all processes.

        Those of a shared pool go on, without this store.
        """
        until = time.monotonic() + grace
        pools = [one for one in self.shelf.holders if self._shared or one is not self.pool]
        own = [] if self._shared else [self.pool.stop(until=until)]
        try:
            await asyncio.gather(
                self.shelf.close(),
                *own,
                *(one.leave(self.shelf, until=until) for one in pools),
                self.writing.stop(until=until),
            )
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def stats(self) -> Stats:
        """Return how the engine does."""
        pool, writing = self.pool, self.writing
        return Stats(
            generation=self.generation,
            readers=len(pool.readers),
            running=sum(one.job is not None for one in pool.readers),
            queued=len(pool.waiting),
            writes_queued=writing.queued,
            queries=pool.counts.queries,
            writes=writing.done,
            killed=pool.counts.killed + writing.killed,
            cancelled=pool.counts.cancelled,
            crashed=pool.counts.crashed,
            retried=pool.counts.retried,
            refused=pool.counts.refused + writing.refused,
            writer_restarts=writing.restarts,
        )

    def query(
        self,
        text: str,
        *,
        dataset: Graphs | None = None,
        accept: Sequence[str] = ALL_TYPES,
        parameters: Mapping[str, object] | None = None,
        base: str | None = None,
        limits: Limits | None = None,
        caller: str | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """Ask a SPARQL query; await its answer, once that has begun or is known to be an error.

        A reader has it when this returns, so work may be done before awaiting.

        :param dataset: the graphs it is asked of; None is the store as it is, whose default graph
            is no union.
        :param accept: media types that are welcome, best first.
        :param parameters: values of variables, by name; terms, never text that is pasted.
        :param caller: who asks; one caller has a share of the readers, None is never too many.
        :raises MalformedQueryError: if it does not parse.
        :raises ForbiddenError: if it holds SERVICE.
        :raises NotAcceptableError: if its kind of answer has none of these media types.
        :raises LimitError: if it needs more than it may have, before anything was sent.
        :raises DeadlineError: if the time was up before anything was sent.
        :raises BusyError: if too many wait already, or too many of this caller's.
        """
        if dataset is not None:
            dataset = dataset.narrowed(sparql.from_clauses(text, base=base))
        bound = {name: wire_term(value) for name, value in (parameters or {}).items()}
        request = {
            "op": "query",
            "text": text,
            "default": dataset and list(dataset.default),
            "named": dataset and list(dataset.named),
            "types": list(accept),
            "bind": bound,
            "base": base,
        }
        return self.ask(request, limits=limits, caller=caller)

    async def dump(
        self,
        graph: str | None = None,
        *,
        accept: Sequence[str] = tuple(GRAPH_TYPES),
        limits: Limits | None = None,
        caller: str | None = None,
    ) -> Answer:
        """Return a graph, or the whole dataset where none is named.

        :param graph: its IRI, or ``default``.
        :raises NotFoundError: if there is no such graph.
        """
        request = {"op": "dump", "graph": graph, "types": list(accept)}
        return await self.ask(request, limits=limits, caller=caller)

    def ask(
        self,
        request: dict[str, Any],
        *,
        pool: Pool | None = None,
        limits: Limits | None = None,
        caller: str | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """Return the answer of a process of a pool to a request about the store as it is now.

        :param request: what the processes of that pool understand; made of JSON values.
        :param pool: None is the pool that answers queries.
        """
        chosen = pool or self.pool
        return chosen.ask(self.shelf, request, limits or self.limits, caller=caller)

    async def update(
        self,
        text: str,
        *,
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what a SPARQL update did, once it is on the disk and every query sees it.

        :param if_generation: the generation on which the caller decided to write.
        :raises MalformedQueryError: if it does not parse; nothing was changed.
        :raises ForbiddenError: if it holds LOAD or SERVICE, or changes a graph that is not to be
            written to; nothing was changed.
        :raises ConflictError: if there is a younger generation by now.
        :raises DeadlineError: if the time was up.
        :raises UncertainWriteError: if the writer died: the update may not have been applied.
        :raises StorageError: if the disk takes no more.
        """
        request = {"op": "update", "text": text, "base": base}
        return await self._write(
            request,
            if_generation=if_generation,
            deadline=deadline,
            alone=self.within is not None,
        )

    async def load(
        self,
        data: bytes,
        media_type: str,
        *,
        graph: str | None = None,
        replace: bool = False,
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what loading a document did: all of it is there, or nothing.

        :param graph: where its triples go; None takes the graphs that the document names.
        :param replace: whether it takes the place of what was there.
        :param if_generation: the generation on which the caller decided to write.
        :raises DataError: if it does not parse, with the line; nothing was changed.
        :raises ForbiddenError: if one of its graphs is not to be written to.
        :raises ConflictError: if there is a younger generation by now.
        """
        if graph is not None or replace:
            require_within(self.within, [graph or "default"])
        said = {"type": readable(media_type), "graph": graph, "base": base}
        request = (
            {"op": "change", "delete": [], "put": [said]} if replace else {"op": "load", **said}
        )
        return await self._read(
            self._write(request, data, if_generation=if_generation, deadline=deadline)
        )

    async def change(
        self,
        *,
        put: Mapping[str, tuple[bytes, str]] | None = None,
        delete: Iterable[str] = (),
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what replacing and removing several graphs did: all of it, or nothing.

        :param put: graph → (document, media type) that takes its place.
        :param delete: graphs that are removed; one may be missing.
        :param if_generation: the generation on which the caller decided to write.
        :raises DataError: if a document does not parse, with the line; nothing was changed.
        :raises ForbiddenError: if one of the graphs is not to be written to.
        :raises ConflictError: if there is a younger generation by now.
        """
        documents, gone = dict(put or {}), list(delete)
        require_within(self.within, [*documents, *gone])
        request = {
            "op": "change",
            "delete": gone,
            "put": [
                {"type": readable(kind), "graph": graph, "base": base}
                for graph, (_, kind) in documents.items()
            ],
        }
        bodies = [data for data, _ in documents.values()]
        return await self._read(
            self._write(request, *bodies, if_generation=if_generation, deadline=deadline)
        )

    async def delete(
        self, graph: str, *, if_generation: int | None = None, deadline: float | None = None
    ) -> Written:
        """Return what removing a graph did: ``existed`` says whether it was there.

        :param graph: its IRI, or ``default``.
        :raises ForbiddenError: if it is not to be written to.
        :raises ConflictError: if there is a younger generation by now.
        """
        return await self.change(delete=[graph], if_generation=if_generation, deadline=deadline)

    async def _write(
        self,
        request: Mapping[str, object],
        *data: bytes,
        if_generation: int | None,
        deadline: float | None,
        alone: bool = False,
    ) -> Written:
        return await self.writing.write(
            {**request, "documents": len(data), "if_generation": if_generation},
            data,
            deadline=deadline or self.update_deadline,
            alone=alone,
        )

    @staticmethod
    async def _read(write: Awaitable[Written]) -> Written:
        """Return what a write of documents did; what does not parse is wrong data."""
        try:
            return await write
        except MalformedQueryError as error:
            place = f"line {error.line}" if error.line else None
            raise DataError(
                error.offence, place=place, remedy="Correct it; nothing was loaded."
            ) from None


async def locked(home: Home) -> int:
    """Return the lock of a directory; what a killed service left behind ends in a moment."""
    for _ in range(20):
        with contextlib.suppress(UnavailableError):
            return home.lock()
        await asyncio.sleep(0.05)
    return home.lock()


def readable(media_type: str) -> str:
    """Return a media type that documents are read in.

    :raises UsageError: if it is none.
    """
    if media_type not in GRAPH_TYPES:
        raise UsageError(
            f"{media_type!r} is no format of RDF that is read",
            remedy=f"Send one of: {', '.join(GRAPH_TYPES)}.",
        )
    return media_type


def wire_term(value: object) -> tuple[str | None, ...]:
    """Return a value that is passed to a query as the processes are told it.

    :raises UsageError: if it is no value of RDF.
    """
    if isinstance(value, ox.NamedNode):
        return ("iri", value.value)
    if isinstance(value, date):
        return ("literal", value.isoformat(), "http://www.w3.org/2001/XMLSchema#date", None)
    if isinstance(value, bool | int | float | str):
        value = ox.Literal(value)
    if isinstance(value, ox.Literal):
        return ("literal", value.value, value.datatype.value, value.language)
    raise UsageError(f"cannot pass {value!r} to a query")
