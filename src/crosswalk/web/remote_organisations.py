"""The organisations of a service over a store elsewhere: views of one store, or none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from crosswalk.access import Caller
from crosswalk.errors import ForbiddenError, NotFoundError
from crosswalk.graph.elsewhere import Elsewhere
from crosswalk.graph.stores import Figures, graphs_of
from crosswalk.web.datasets import Dataset
from crosswalk.web.recorder import Recorder

__all__ = ["RemoteOrganisations"]


class RemoteOrganisations:
    """The organisations that keep their graphs in a store elsewhere; it is open in ``async with``.

    :param body: the most bytes of a request's body.
    """

    def __init__(self, store: Elsewhere, *, body: int, recorder: Recorder) -> None:
        self.store, self.body, self.recorder = store, body, recorder
        self._made: dict[str, Dataset] = {}

    async def __aenter__(self) -> Self:
        await self.store.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.stop()

    @asynccontextmanager
    async def dataset(self, name: str, caller: Caller) -> AsyncIterator[Dataset]:
        """Yield the dataset of an organisation: the public graphs and its own.

        :raises ForbiddenError: if organisations do not keep their graphs there.
        :raises NotFoundError: if it has no graph, and the caller is not of it.
        """
        graphs_of(name)
        if not self.store.organisations:
            raise ForbiddenError(
                "this service answers from a store elsewhere and has no organisations",
                remedy="Its operator may set CROSSWALK_STORE_ORGANISATIONS to on.",
            )
        if caller.organisation != name and name not in self.store.names():
            raise NotFoundError(f"there is no organisation {name!r}")
        if name not in self._made:
            self._made[name] = Dataset(
                self.store.organisation(name),
                union=True,
                writes=True,
                body=self.body,
                organisation=name,
                recorder=self.recorder,
            )
        yield self._made[name]

    def figures(self) -> Figures:
        """Return nothing but zeros: the organisations share one store, whose figures are told."""
        return Figures(0, 0, 0, 0, 0, 0, 0)
