"""A store elsewhere that the service answers from: asked through processes that can be ended.

The service sees what an embedded store would show it, with two differences. A store elsewhere has
no generation, since others may write to it: so nothing of it is tagged or kept. And all
organisations share it: so whoever may see some of its graphs is held to them by each request, and
nobody is served before the store has shown that it obeys.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pyoxigraph as ox

from crosswalk import settings, sparql
from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DataError,
    ForbiddenError,
    MalformedQueryError,
    NotFoundError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)
from crosswalk.graph.answers import Answer, Graphs, Limits
from crosswalk.graph.binding import spelt
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.client import Address, Client
from crosswalk.graph.confined import require_within
from crosswalk.graph.engine import ALL_TYPES, Stats, locked, readable, wire_term
from crosswalk.graph.narrowed import within
from crosswalk.graph.pool import Pool
from crosswalk.graph.relay import path_of
from crosswalk.graph.remote import said
from crosswalk.graph.shelf import Shelf
from crosswalk.graph.worker import DEFAULT, GRAPH_TYPES
from crosswalk.graph.writing import Written
from crosswalk.namespaces import graph_iri

__all__ = ["RELAY", "Elsewhere", "RemoteEngine"]

RELAY = "crosswalk.graph.relay"
"""What the processes that ask the store run."""
OWN = graph_iri("org", "")
FIRST = 2.0
"""Seconds that the service waits for the store before it takes requests."""
LOOK, AGAIN, READ = 5.0, 1.0, 60.0
"""Seconds after which it is looked whether the store answers, whether it does so again, and after
which what it holds is read anew."""
DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)
"""What some stores resolve when they read the name of a graph: it is then another one's."""
LOG = logging.getLogger("crosswalk.elsewhere")


class Line(Shelf):
    """The way to a store elsewhere, where a pool expects the checkpoints of one of ours."""

    def __init__(self, home: Home, path: str) -> None:
        super().__init__(home)
        self._named = path

    def path(self, generation: int) -> str:
        """Return what a process is told to reach."""
        return self._named

    def sweep(self) -> None:
        """Do nothing: there are no checkpoints."""


class Elsewhere:
    """One store elsewhere, for the library and all organisations, in ``async with``.

    :param directory: where keys and the audit log are; held for one service.
    :param organisations: whether organisations keep their graphs there; else all that the store
        holds is the library.
    """

    def __init__(
        self,
        address: Address,
        directory: Path,
        *,
        organisations: bool,
        limits: Limits | None = None,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        self.address, self.organisations = address, organisations
        self.home = Home(directory.absolute())
        self.limits = limits or Limits.of_settings()
        self.deadline = float(settings.number("CROSSWALK_UPDATE_DEADLINE_S"))
        self.queue = settings.number("CROSSWALK_QUEUE")
        self.pool = Pool(module=RELAY, prefixes=prefixes)
        self.graphs: list[str] = []
        self.era = self.writes = self.writes_waiting = self.refused = 0
        self.library = RemoteEngine(self, None)
        self._way, self._proven = "list", False
        self._bad = self._down = "the store has not answered yet"
        self._engines: dict[str, RemoteEngine] = {}
        self._writing = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._looked, self._doubted = asyncio.Event(), asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._lock: int | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Be ready to ask; whether the store answers is found out, now and again and again.

        :raises UnavailableError: if another service holds the directory.
        """
        self.home.prepare()
        self._lock = await locked(self.home)
        line = self.library.shelf
        self.pool.join(line)
        self.pool.start()
        line.publish(1)
        self._watch = asyncio.get_running_loop().create_task(self._watched())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), FIRST)

    async def stop(self, *, grace: float = 5.0) -> None:
        """Take no more work, let what runs finish for so many seconds, and end all processes."""
        until = time.monotonic() + grace
        if self._watch is not None:
            self._watch.cancel()
        await self.library.shelf.close()
        await self.pool.stop(until=until)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(until - time.monotonic(), 0.1)), self._writing:
                pass
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def organisation(self, name: str) -> RemoteEngine:
        """Return the view that an organisation has of the store."""
        return self._engines.setdefault(name, RemoteEngine(self, graph_iri("org", name, "")))

    def names(self) -> set[str]:
        """Return the names of the organisations that have a graph."""
        return {one.removeprefix(OWN).partition("/")[0] for one in self.graphs if is_own(one)}

    def fault(self) -> str | None:
        """Return why the store cannot be asked, or None."""
        return self._bad or self._down or None

    def doubt(self, why: str) -> None:
        """Take note that the store did not answer somebody; it is looked again in a moment."""
        self._note(down=why)
        self._doubted.set()

    def require(self) -> None:
        """Make sure that the store has shown what it has to show before it is asked.

        One that is down is asked all the same: it may be up again.

        :raises UnavailableError: if it has not.
        """
        if self._bad:
            raise UnavailableError(self._bad)

    def dataset(self, graphs: Graphs | None, own: str | None) -> list[tuple[str, str]]:
        """Return what a request says that it is asked of.

        :param graphs: the graphs that are meant; None is all.
        :param own: what the graphs of the caller's organisation begin with.
        """
        everything = graphs is None or graphs == Graphs.everything()
        if not self.organisations:
            if everything or graphs is None:
                return said(self._way, self.graphs)
            return within(graphs.default, graphs.named)
        seen = [one for one in self.graphs if visible(one, own)]
        if everything or graphs is None:
            return within(seen, seen)
        # Only names that the store has listed itself: others may stand for more than one graph.
        known = set(seen)
        return within(
            [one for one in graphs.default if one in known],
            [one for one in graphs.named if one in known],
        )

    async def write(self, text: str, deadline: float | None) -> None:
        """Have the store carry out an update that has been looked at, once.

        :raises UncertainWriteError: if it may have been carried out.
        """
        address = replace(self.address, timeout=deadline or self.deadline)
        client = Client(address)
        try:
            await asyncio.to_thread(client.update, text)
        except CrosswalkError as error:
            LOG.error("the store, to an update: %s", error)
            raise _plain(error) from None
        finally:
            client.close()
        self.writes += 1

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the write before this one.

        :raises BusyError: if too many wait already.
        """
        if self.writes_waiting > self.queue:
            self.refused += 1
            raise BusyError(f"{self.writes_waiting} writes wait already")
        self.require()
        self.writes_waiting += 1
        try:
            async with self._writing:
                yield
        finally:
            self.writes_waiting -= 1

    async def changed(self) -> None:
        """Read anew what the store holds, after a write."""
        await self._look()

    async def _watched(self) -> None:
        await self._look()
        self._looked.set()
        read = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._doubted.wait(), LOOK if not self.fault() else AGAIN)
                self._doubted.clear()
                await asyncio.sleep(AGAIN)
            if self.fault() or time.monotonic() > read + READ:
                await self._look()
                read = time.monotonic()
            else:
                await self._knock()

    async def _knock(self) -> None:
        """Find out whether the store answers."""
        request = _asking("ASK {}")
        try:
            answer = await self.pool.ask(self.library.shelf, request, replace(self.limits))
            await answer.read()
        except BusyError:
            return
        except CrosswalkError as error:
            self._note(down=error.offence)
        else:
            self._note()

    async def _look(self) -> None:
        """Find out what the store holds, and whether it can be asked."""
        async with self._looking:
            trying = self.organisations and not self._proven
            request = {"op": "look", "narrowed": trying}
            limits = replace(self.limits, deadline=max(self.limits.deadline, self.address.timeout))
            try:
                answer = await self.pool.ask(self.library.shelf, request, limits)
                told = json.loads(await answer.read())
            except BusyError:
                return
            except CrosswalkError as error:
                self._note(down=error.offence)
                return
            self.graphs, self._way = told["graphs"], told["way"]
            self.era += 1
            self._proven = (trying and not told["leak"]) or self._proven
            self._note(bad=self._unfit(told))

    def _unfit(self, told: Mapping[str, Any]) -> str:
        """Return why what a store holds cannot be served, or nothing."""
        if not told["edition"]:
            return "the store holds no edition of a framework: `crosswalk store load` loads them"
        if told["leak"]:
            return (
                "the store answers of graphs that a request does not name, so that organisations "
                f"would see each other ({told['leak']})"
            )
        if not self.organisations and any(map(is_own, self.graphs)):
            return (
                "the store holds graphs of organisations, which everybody would see: "
                "set CROSSWALK_STORE_ORGANISATIONS to on, or serve a store without them"
            )
        return ""

    def _note(self, *, bad: str | None = None, down: str = "") -> None:
        """Take note of how the store does; what changes is logged."""
        before = self.fault()
        self._down = down
        self._proven = self._proven and not down  # another store may come up in its place
        if bad is not None:
            self._bad = bad
        if self.fault() != before:
            LOG.error("%s: %s", self.address.shown, self.fault() or "the store answers")


class RemoteEngine:
    """A store elsewhere as a caller sees it: all of it, or the public graphs and those of one.

    :param within: what the IRIs of the organisation's graphs begin with; None is the library.
    """

    def __init__(self, store: Elsewhere, own: str | None) -> None:
        self.store, self.within, self.home = store, own, store.home
        path = path_of(store.address, own=own, shared=store.organisations)
        self.shelf: Shelf = Line(store.home, path)
        self.shelf.generation = 1
        self.generation = 0
        self.instance = ""

    async def __aenter__(self) -> Self:
        await self.store.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.stop()

    @property
    def era(self) -> object:
        """What was derived from the data holds as long as this is the same: about a minute."""
        return self.store.era

    def fault(self) -> str | None:
        """Return why it does not answer, or None."""
        return self.store.fault()

    def stats(self) -> Stats:
        """Return how it does."""
        pool = self.store.pool
        return Stats(
            generation=0,
            readers=len(pool.readers),
            running=sum(one.job is not None for one in pool.readers),
            queued=len(pool.waiting),
            writes_queued=self.store.writes_waiting,
            queries=pool.counts.queries,
            writes=self.store.writes,
            killed=pool.counts.killed,
            cancelled=pool.counts.cancelled,
            crashed=pool.counts.crashed,
            retried=pool.counts.retried,
            refused=pool.counts.refused + self.store.refused,
            writer_restarts=0,
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
        """Ask a SPARQL query; see ``Engine.query``."""
        if dataset is not None:
            dataset = dataset.narrowed(sparql.from_clauses(text, base=base))
        request = {
            "op": "query",
            "text": text,
            "types": list(accept),
            "bind": {name: wire_term(value) for name, value in (parameters or {}).items()},
            "base": base,
            "dataset": self.store.dataset(dataset, self.within),
            "narrowed": self.store.organisations,
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
        """Return a graph.

        :raises NotFoundError: if there is no such graph for this caller.
        :raises UsageError: if none is named.
        """
        if graph is None:
            raise UsageError("a store elsewhere is not given as a whole", remedy="Name a graph.")
        if self.store.organisations and not visible(graph, self.within):
            raise NotFoundError(f"there is no graph {graph!r}")
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
        """Return the answer of a process of a pool to a request about the store."""
        self.store.require()
        shelf = self.shelf if pool else self.store.library.shelf
        asked = (pool or self.store.pool).ask(
            shelf, request, limits or self.store.limits, caller=caller
        )

        async def answered() -> Answer:
            try:
                answer = await asked
            except UnavailableError as error:
                if type(error) is UnavailableError:  # neither late nor busy
                    self.store.doubt(error.offence)
                raise
            answer.generation = 0
            return answer

        return answered()

    async def update(
        self,
        text: str,
        *,
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what a SPARQL update did, once the store has acknowledged it.

        :raises ForbiddenError: if it reaches out, or is an organisation's: what it would change
            cannot be told from its text.
        :raises UncertainWriteError: if the line failed: it may have been carried out.
        """
        if self.within is not None:
            raise ForbiddenError(
                "an organisation's updates are not sent to a store elsewhere",
                remedy="Put, post and delete whole graphs at /data?graph=….",
            )
        self._require_no_generation(if_generation)
        async with self.store.turn():
            checked = await self.ask({"op": "update", "text": text, "base": base})
            await self._written((await checked.read()).decode(), deadline)
        return Written(0)

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
        """Return what loading a document into a graph did: all of it is there, or nothing.

        :raises DataError: if it does not parse, with the line; nothing was changed.
        :raises ForbiddenError: if the graph is not to be written to.
        """
        if graph is None:
            raise UsageError("no graph is named", remedy="Name the graph that it goes to.")
        self._require_own(graph)
        self._require_no_generation(if_generation)
        request = {
            "op": "load",
            "data": base64.b64encode(data).decode(),
            "type": readable(media_type),
            "base": base,
        }
        async with self.store.turn():
            try:
                answer = await self.ask(request)
                triples = (await answer.read()).decode()
            except MalformedQueryError as error:
                place = f"line {error.line}" if error.line else None
                raise DataError(
                    error.offence, place=place, remedy="Correct it; nothing was loaded."
                ) from None
            existed = await self._has(graph)
            steps = [f"DROP SILENT {_spelt(graph)}"] if replace and existed else []
            if triples:
                block = triples if graph == DEFAULT else f"{_spelt(graph)} {{\n{triples}}}\n"
                steps.append(f"INSERT DATA {{\n{block}}}")
            if steps:
                await self._written(" ;\n".join(steps), deadline)
        return Written(0, existed)

    async def change(
        self,
        *,
        put: Mapping[str, tuple[bytes, str]] | None = None,
        delete: Iterable[str] = (),
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Refuse a change that rests on a state: a store elsewhere cannot tell of it.

        :raises ForbiddenError: always.
        """
        raise ForbiddenError(
            "changes that rest on what was read are not made in a store elsewhere",
            remedy="Put, post and delete whole graphs at /data?graph=….",
        )

    async def delete(
        self, graph: str, *, if_generation: int | None = None, deadline: float | None = None
    ) -> Written:
        """Return what removing a graph did: ``existed`` says whether it was there.

        :raises ForbiddenError: if it is not to be written to.
        """
        self._require_own(graph)
        self._require_no_generation(if_generation)
        async with self.store.turn():
            existed = await self._has(graph)
            if existed:
                await self._written(f"DROP SILENT {_spelt(graph)}", deadline)
        return Written(0, existed)

    async def _written(self, text: str, deadline: float | None) -> None:
        try:
            await self.store.write(text, deadline)
        finally:
            await self.store.changed()

    async def _has(self, graph: str) -> bool:
        """Return whether a graph holds anything."""
        where = "?s ?p ?o" if graph == DEFAULT else f"{_spelt(graph)} {{ ?s ?p ?o }}"
        answer = await self.ask(_asking(f"ASK {{ {where} }}"))
        return bool(json.loads(await answer.read())["boolean"])

    def _require_own(self, graph: str) -> None:
        require_within(self.within, [graph])
        if self.within is not None and DOTS.search(graph):
            raise ForbiddenError(f"graph {graph!r} is not to be written to: its name has dots")

    @staticmethod
    def _require_no_generation(given: int | None) -> None:
        if given is not None:
            raise UsageError("a store elsewhere has no generations")


def is_own(graph: str) -> bool:
    """Return whether a graph is an organisation's.

    >>> is_own("https://w3id.org/aigov-crosswalk/org/acme/evidence")
    True
    """
    return graph.startswith(OWN)


def visible(graph: str, own: str | None) -> bool:
    """Return whether a caller sees a graph of a store that organisations share.

    >>> visible("https://w3id.org/aigov-crosswalk/org/acme/evidence", None)
    False
    """
    if graph == DEFAULT or DOTS.search(graph):
        return False
    return not is_own(graph) or (own is not None and graph.startswith(own))


def _asking(text: str) -> dict[str, Any]:
    """Return the request of a query of ours, of the store as it is."""
    return {
        "op": "query",
        "text": text,
        "types": list(ALL_TYPES),
        "bind": {},
        "base": None,
        "dataset": [],
        "narrowed": False,
    }


def _spelt(graph: str) -> str:
    return "DEFAULT" if graph == DEFAULT else f"GRAPH {spelt(ox.NamedNode(graph))}"


def _plain(error: CrosswalkError) -> CrosswalkError:
    """Return an error of the store without where that is."""
    kind: Callable[..., CrosswalkError] = type(error)
    if isinstance(error, BusyError):
        return UnavailableError("the store takes no more now")
    if isinstance(error, UncertainWriteError):
        return kind(error.offence, remedy=error.remedy)
    return kind("the store refuses or does not answer" if "://" in error.offence else error.offence)
