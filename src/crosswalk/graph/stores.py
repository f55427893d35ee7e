"""The stores of a service: the library for everybody, and one for each organisation.

The store of an organisation holds the public graphs and its own, and no others: what is not in the
files cannot be asked for. It is made by hard links from the library's newest checkpoint, so that
the public graphs are on the disk once. When the library has new knowledge, it follows at its next
opening. Its writers change its own graphs only.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from crosswalk import settings
from crosswalk.errors import BusyError, CrosswalkError, NotFoundError, UnavailableError, UsageError
from crosswalk.graph import upkeep, wire
from crosswalk.graph.answers import Limits
from crosswalk.graph.checkpoints import Home, sync_entries
from crosswalk.graph.engine import Engine, locked
from crosswalk.graph.pool import Pool
from crosswalk.graph.processes import Child, told
from crosswalk.namespaces import graph_iri

__all__ = ["Figures", "Stores", "graphs_of", "organisations"]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def graphs_of(name: str) -> str:
    """Return what the IRIs of an organisation's graphs begin with.

    :raises UsageError: if it cannot be the name of an organisation.

    >>> graphs_of("acme")
    'https://w3id.org/aigov-crosswalk/org/acme/'
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of an organisation",
            remedy="Use small letters, digits and hyphens, 63 at most.",
        )
    return graph_iri("org", name, "")


def organisations(directory: Path) -> dict[str, Path]:
    """Return name → directory of the stores of organisations below a library's, by name.

    >>> organisations(Path("nowhere"))
    {}
    """
    below = directory / "organisations"
    if not below.is_dir():
        return {}
    return {one.name: one for one in sorted(below.iterdir()) if NAME.fullmatch(one.name)}


@dataclass(frozen=True, slots=True)
class Figures:
    """How the stores of organisations do, all together: what is, and what was since the start."""

    open: int
    running: int
    writes_queued: int
    writes: int
    writes_killed: int
    writes_refused: int
    writer_restarts: int


@dataclass(slots=True, eq=False)
class Opened:
    """The store of an organisation that is open, or is being opened."""

    engine: asyncio.Task[Engine]
    users: int = 0
    used: float = field(default_factory=time.monotonic)

    @property
    def idle(self) -> bool:
        """Whether nobody is at it."""
        if self.users or not self.engine.done() or self.engine.exception():
            return False
        engine = self.engine.result()
        return not engine.shelf.running and not engine.writing.queued


class Stores:
    """The library and the organisations' stores of one directory, in ``async with``.

    What is not given is as the settings say.

    :param pool: the readers of all of them, started by whoever made it; None is one of their own.
    :param limits: what a query may use that brings no limits of its own.
    :param prefixes: prefixes that queries and updates need not declare.
    :param most: how many stores of organisations may be open.
    :param idle: seconds without work after which one is closed.
    """

    def __init__(
        self,
        directory: str | Path,
        *,
        pool: Pool | None = None,
        limits: Limits | None = None,
        prefixes: Mapping[str, str] | None = None,
        most: int | None = None,
        idle: float | None = None,
    ) -> None:
        self.pool = pool or Pool(prefixes=prefixes)
        self.most = most or settings.number("CROSSWALK_OPEN_STORES")
        self.idle = idle or float(settings.number("CROSSWALK_IDLE_S"))
        self.library = self._engine(Path(directory), limits, prefixes)
        self.directory = self.library.home.path / "organisations"
        self._limits, self._prefixes = limits, prefixes
        self._own = pool is None
        self._opened: dict[str, Opened] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._reaper: asyncio.Task[None] | None = None
        self._engines: list[Engine] = []
        self._past: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the library, and be ready for its queries.

        :raises UnavailableError: if another process holds the directory, or it cannot be opened.
        """
        if self._own:
            self.pool.start()
        try:
            await self.library.start()
            await self.pool.ready(self.library.shelf)
            self.directory.mkdir(exist_ok=True)
            await asyncio.to_thread(self._clear)
        except BaseException:
            await self.stop(grace=0)
            raise
        self._reaper = asyncio.get_running_loop().create_task(self._reaped())

    async def stop(self, *, grace: float = 5.0) -> None:
        """Take no more work, let what runs finish for so many seconds, and end all processes."""
        if self._reaper is not None:
            self._reaper.cancel()
        for name in list(self._opened):
            self._close(name, grace=grace)
        await asyncio.gather(
            self.library.stop(grace=grace), *self._closing.values(), return_exceptions=True
        )
        if self._own:
            await self.pool.stop(until=time.monotonic())

    def names(self) -> list[str]:
        """Return the names of the organisations that have a store, sorted."""
        return list(organisations(self.library.home.path))

    def opened(self) -> dict[str, Engine]:
        """Return name → engine of the stores of organisations that are open now."""
        return {
            name: one.engine.result()
            for name, one in sorted(self._opened.items())
            if one.engine.done() and not one.engine.cancelled() and not one.engine.exception()
        }

    def figures(self) -> Figures:
        """Return how the stores of organisations do; what closed ones have done is in it."""
        now = [one.writing for one in self._engines]
        return Figures(
            open=len(self.opened()),
            running=sum(one.shelf.running for one in self._engines),
            writes_queued=sum(one.queued for one in now),
            writes=self._past["writes"] + sum(one.done for one in now),
            writes_killed=self._past["killed"] + sum(one.killed for one in now),
            writes_refused=self._past["refused"] + sum(one.refused for one in now),
            writer_restarts=self._past["restarts"] + sum(one.restarts for one in now),
        )

    async def create(self, name: str) -> None:
        """Make the store of an organisation, on the newest knowledge of the library.

        :raises UsageError: if there is one, or it cannot be so named.
        """
        graphs = graphs_of(name)
        new = self.directory / f".new-{name}-{secrets.token_hex(4)}"

        def make(base: Path) -> None:
            home = Home(new)
            home.prepare()
            upkeep.renew(home, base, keep=graphs, knowledge=self.library.home.knowledge)
            if (self.directory / name).exists():
                raise OSError
            new.rename(self.directory / name)
            sync_entries(self.directory)

        try:
            with self.library.shelf.pinned() as base:
                await asyncio.to_thread(make, base)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            if not (self.directory / name).exists():
                raise UnavailableError("cannot be made", place=str(self.directory)) from None
            raise UsageError(f"organisation {name!r} is there already") from None

    async def remove(self, name: str) -> None:
        """Remove the store of an organisation with all that is in it; what runs on it is ended.

        :raises NotFoundError: if there is none.
        """
        self._require(name)
        if name in self._opened:
            self._close(name, grace=0)
        before = self._closing.get(name)
        old = self.directory / f".old-{name}-{secrets.token_hex(4)}"

        async def removed() -> None:
            if before is not None:
                await before
            (self.directory / name).rename(old)
            await asyncio.to_thread(shutil.rmtree, old)

        await asyncio.shield(self._track(name, removed()))

    @asynccontextmanager
    async def organisation(self, name: str) -> AsyncIterator[Engine]:
        """Yield the engine of an organisation's store; it is open as long.

        An answer that is still on its way afterwards keeps it open too.

        :raises NotFoundError: if there is no such organisation.
        :raises BusyError: if too many stores are in use.
        """
        opened = self._entered(name)
        try:
            yield await asyncio.shield(opened.engine)
        finally:
            opened.users -= 1
            opened.used = time.monotonic()

    def _entered(self, name: str) -> Opened:
        opened = self._opened.get(name)
        if opened is None:
            self._require(name)
            self._make_room()
            task = asyncio.get_running_loop().create_task(self._open(name))
            opened = self._opened[name] = Opened(task)
            task.add_done_callback(lambda _: self._settled(name, opened))
        opened.users += 1
        return opened

    def _settled(self, name: str, opened: Opened) -> None:
        """Forget a store that could not be opened; the next caller tries again."""
        failed = opened.engine.cancelled() or opened.engine.exception() is not None
        if failed and self._opened.get(name) is opened:
            del self._opened[name]

    def _require(self, name: str) -> None:
        if not NAME.fullmatch(name) or not (self.directory / name).is_dir():
            raise NotFoundError(f"there is no organisation {name!r}")

    def _make_room(self) -> None:
        if len(self._opened) < self.most:
            return
        idle = [name for name, one in self._opened.items() if one.idle]
        if not idle:
            raise BusyError(f"{len(self._opened)} stores are in use")
        self._close(min(idle, key=lambda name: self._opened[name].used), grace=0)

    async def _open(self, name: str) -> Engine:
        while name in self._closing:
            await asyncio.wait([self._closing[name]])
        self._require(name)
        home = Home(self.directory / name)
        if home.knowledge != self.library.home.knowledge:
            await self._renewed(name, home)
        engine = self._engine(home.path, self._limits, self._prefixes, within=graphs_of(name))
        await engine.start()
        self._engines.append(engine)
        return engine

    def _engine(
        self,
        path: Path,
        limits: Limits | None,
        prefixes: Mapping[str, str] | None,
        *,
        within: str | None = None,
    ) -> Engine:
        return Engine(path, pool=self.pool, limits=limits, prefixes=prefixes, within=within)

    async def _renewed(self, name: str, home: Home) -> None:
        """Put a store on the library's knowledge, in a process of its own."""
        lock = await locked(home)
        try:
            with self.library.shelf.pinned() as base:
                await _process(
                    {
                        "directory": str(home.path),
                        "base": str(base),
                        "keep": graphs_of(name),
                        "knowledge": self.library.home.knowledge,
                    },
                    lock,
                )
        finally:
            os.close(lock)

    def _close(self, name: str, *, grace: float) -> None:
        opened = self._opened.pop(name)
        before = self._closing.get(name)

        async def closed() -> None:
            if before is not None:
                await asyncio.wait([before])
            with contextlib.suppress(CrosswalkError):
                engine = await opened.engine
                try:
                    await engine.stop(grace=grace)
                finally:
                    self._count(engine)

        self._track(name, closed())

    def _count(self, engine: Engine) -> None:
        """Keep what a store that is closed has done."""
        self._engines.remove(engine)
        done = engine.writing
        self._past.update(
            writes=done.done, killed=done.killed, refused=done.refused, restarts=done.restarts
        )

    def _track(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._closing[name] = task

        def over(_: object) -> None:
            if self._closing.get(name) is task:
                del self._closing[name]

        task.add_done_callback(over)
        return task

    async def _reaped(self) -> None:
        while True:
            await asyncio.sleep(min(self.idle / 4, 5.0))
            late = time.monotonic() - self.idle
            for name, one in list(self._opened.items()):
                if one.idle and one.used < late:
                    self._close(name, grace=0)

    def _clear(self) -> None:
        """Remove what was cut off: stores half-made, and half-removed."""
        for one in self.directory.iterdir():
            if one.name.startswith((".new-", ".old-")):
                shutil.rmtree(one, ignore_errors=True)


async def _process(config: Mapping[str, object], lock: int) -> None:
    """Renew a store in a process that ends with us."""
    reply: list[tuple[int, bytes]] = []
    child = Child(lambda kind, body: reply.append((kind, body)), lambda _: None)
    try:
        await child.start("crosswalk.graph.renewal", config, passing=[lock])
        await child.ended.wait()
    except asyncio.CancelledError:
        child.kill()
        raise
    if not reply:
        raise UnavailableError("the store cannot be brought to the new knowledge")
    kind, body = reply[0]
    if kind == wire.ERROR:
        raise told(json.loads(body))
