"""The datasets of organisations: a store for each, made when its first key is used."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from crosswalk.access import Keys
from crosswalk.errors import NotFoundError
from crosswalk.graph.stores import Stores
from crosswalk.web.datasets import Dataset
from crosswalk.web.recorder import Recorder

__all__ = ["Organisations"]


@dataclass(slots=True)
class Organisations:
    """What knows the datasets of organisations.

    :param keys: an organisation is one that a key names.
    :param recorder: where changes are recorded.
    :param body: the most bytes of a request's body.
    """

    stores: Stores
    keys: Keys
    recorder: Recorder
    body: int
    _making: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _made: dict[str, Dataset] = field(default_factory=dict, repr=False)

    async def dataset(self, name: str) -> Dataset:
        """Return the dataset of an organisation: the library and its own graphs.

        :raises NotFoundError: if there is no such organisation.
        """
        if name not in self.stores.names():
            if all(key.organisation != name for key in self.keys.listed()):
                raise NotFoundError(f"there is no organisation {name!r}")
            async with self._making:
                if name not in self.stores.names():
                    await self.stores.create(name)
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
                )
            return held
