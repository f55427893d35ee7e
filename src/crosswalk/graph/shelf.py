"""The checkpoints of a served store: which one is asked, and which ones are still read."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from crosswalk.graph import changes
from crosswalk.graph.checkpoints import Home

__all__ = ["Holder", "Shelf"]

PAUSE = 0.05
"""Seconds between a change and the sweep: what changes often is swept once."""
NOTES = 32
"""How many changes stay noted, for whoever has not asked for as long."""


class Holder(Protocol):
    """What may hold checkpoints of a store open: a pool of readers."""

    def holds(self, shelf: Shelf) -> set[int]:
        """Return the generations of a store that are open, or are being opened or closed."""
        ...

    def published(self, shelf: Shelf) -> None:
        """Take note that a store has a new current generation."""
        ...

    async def leave(self, shelf: Shelf, *, until: float) -> None:
        """Let what is asked of a closed store finish until a moment of the clock, then close it."""
        ...


class Shelf:
    """The checkpoints of one store: the writer adds to it, pools of readers take from it.

    ``running`` is how many queries run or wait.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.generation = 0
        self.running = 0
        self.closed = False
        self.holders: list[Holder] = []
        self._pins: Counter[int] = Counter()
        self._path = (0, "")
        self._sweep: asyncio.Task[None] | None = None

    def path(self, generation: int) -> str:
        """Return the directory of a generation."""
        if self._path[0] != generation:
            self._path = generation, str(self.home.checkpoint(generation))
        return self._path[1]

    def held_by(self, holder: Holder) -> None:
        """Take note of a pool that reads here."""
        if holder not in self.holders:
            self.holders.append(holder)

    def publish(self, generation: int) -> None:
        """Make a generation the current one: from here on every query is asked of it."""
        self.generation = generation
        for holder in self.holders:
            holder.published(self)
        self.sweep()

    @contextmanager
    def pinned(self) -> Iterator[Path]:
        """Yield the directory of the current generation, which stays as long."""
        number = self.generation
        self._pins[number] += 1
        try:
            yield self.home.checkpoint(number)
        finally:
            self._pins[number] -= 1
            self.sweep()

    def sweep(self) -> None:
        """Remove the checkpoints that nobody reads, some time soon."""
        if self._sweep is None and not self.closed and self.generation:
            self._sweep = asyncio.get_running_loop().create_task(self._swept())

    async def close(self) -> None:
        """Take no more queries, and let the checkpoints lie as they are."""
        self.closed = True
        if self._sweep is not None:
            await asyncio.wait([self._sweep])

    async def _swept(self) -> None:
        await asyncio.sleep(PAUSE)
        self._sweep = None
        if self.closed:
            return
        kept = {number for number, pins in self._pins.items() if pins}
        kept = kept.union(*(one.holds(self) for one in self.holders))
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self.home.forget, before=self.generation, kept=kept)
            oldest = min(kept, default=self.generation)
            old = min(oldest, self.generation - NOTES)
            await asyncio.to_thread(changes.forget, self.home.path, through=old)
