"""What the service asks of a store, wherever that is: an embedded engine, or one elsewhere."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from crosswalk.graph.answers import Answer, Graphs, Limits
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.engine import Stats
from crosswalk.graph.pool import Pool
from crosswalk.graph.shelf import Shelf
from crosswalk.graph.writing import Written

__all__ = ["Served"]


class Served(AbstractAsyncContextManager["Served"], Protocol):
    """A store that is open in ``async with``; ``Engine`` says what each of these does."""

    @property
    def home(self) -> Home:
        """The directory of the store, or of what the service keeps beside one elsewhere."""

    @property
    def shelf(self) -> Shelf:
        """What a pool of processes answers from."""

    @property
    def generation(self) -> int:
        """The number of the state that queries are asked of; 0 if the store cannot tell."""

    @property
    def era(self) -> object:
        """What was derived from the data holds as long as this is the same."""

    @property
    def instance(self) -> str:
        """Which store this is."""

    def fault(self) -> str | None:
        """Return why it does not answer, or None."""

    def stats(self) -> Stats:
        """Return how it does."""

    def query(
        self,
        text: str,
        *,
        dataset: Graphs | None = None,
        accept: Sequence[str] = ...,
        parameters: Mapping[str, object] | None = None,
        base: str | None = None,
        limits: Limits | None = None,
        caller: str | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """Ask a SPARQL query."""

    async def dump(
        self,
        graph: str | None = None,
        *,
        accept: Sequence[str] = ...,
        limits: Limits | None = None,
        caller: str | None = None,
    ) -> Answer:
        """Return a graph."""

    def ask(
        self,
        request: dict[str, Any],
        *,
        pool: Pool | None = None,
        limits: Limits | None = None,
        caller: str | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        """Return the answer of a process of a pool."""

    async def update(
        self,
        text: str,
        *,
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what a SPARQL update did."""

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
        """Return what loading a document did."""

    async def change(
        self,
        *,
        put: Mapping[str, tuple[bytes, str]] | None = None,
        delete: Iterable[str] = (),
        base: str | None = None,
        if_generation: int | None = None,
        deadline: float | None = None,
    ) -> Written:
        """Return what replacing and removing several graphs did."""

    async def delete(
        self, graph: str, *, if_generation: int | None = None, deadline: float | None = None
    ) -> Written:
        """Return what removing a graph did."""
