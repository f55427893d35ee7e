"""The datasets of organisations over their stores: each the library and its own graphs.

An organisation's store is made when a key of the organisation is used first: who holds such a key
was let in by an operator. An operator's key makes none by naming one.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from crosswalk.access import Caller, Entry
from crosswalk.errors import UsageError
from crosswalk.graph.engine import Written
from crosswalk.graph.stores import Figures, Stores
from crosswalk.web.datasets import Changed, Dataset
from crosswalk.web.recorder import Recorder

__all__ = ["StoredOrganisations"]


class StoredOrganisations:
    """The organisations of some stores; in ``async with`` the stores are open, the library too.

    :param body: the most bytes of a request's body.
    :param noticed: told of each change of an organisation's data, once it is made.
    """

    def __init__(
        self,
        stores: Stores,
        *,
        body: int,
        recorder: Recorder,
        noticed: Callable[[Changed], None] | None = None,
    ) -> None:
        self.stores, self.body, self.recorder = stores, body, recorder
        self.noticed = noticed
        self._made: dict[str, Dataset] = {}

    async def __aenter__(self) -> Self:
        await self.stores.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stores.stop()

    @asynccontextmanager
    async def dataset(self, name: str, caller: Caller) -> AsyncIterator[Dataset]:
        """Yield the dataset of an organisation, which stays open as long.

        :raises NotFoundError: if there is none, and the caller is not of it.
        """
        if caller.organisation == name and name not in self._made:
            await self._there(name, caller)
        async with self.stores.organisation(name) as engine:
            held = self._made.get(name)
            if held is None or held.engine is not engine:
                held = self._made[name] = Dataset(
                    engine,
                    union=True,
                    writes=True,
                    body=self.body,
                    organisation=name,
                    recorder=self.recorder,
                    noticed=self.noticed,
                )
            yield held

    def figures(self) -> Figures:
        """Return how the stores do, all together."""
        return self.stores.figures()

    async def _there(self, name: str, caller: Caller) -> None:
        """Make the store of an organisation if it has none."""
        if name in self.stores.names():
            return

        async def make() -> Written:
            with contextlib.suppress(UsageError):  # another request was first
                await self.stores.create(name)
            return Written(0)

        entry = Entry("organisation create", caller.name, caller.key, name)
        await self.recorder.changed(entry, make)
