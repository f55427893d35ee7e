"""What the owner of some graphs of a store may not change, and how it is found out if they did.

The engine's updates take no dataset, so an update is looked at when it is done: the graphs of
others must be the same ones, and hold what they held. An update in whose text no word stands that
could remove something only adds, so that equal counts prove it; likewise one that only removes.
For all others the contents are compared by hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph as ox

from crosswalk.errors import ForbiddenError

__all__ = ["Fence", "require_within"]

ADDS = re.compile("insert|add|copy|move|load|create", re.IGNORECASE)
REMOVES = re.compile("delete|clear|drop|copy|move", re.IGNORECASE)
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SPELT = re.compile(r"\\u", re.IGNORECASE)


def require_within(within: str | None, graphs: Iterable[str]) -> None:
    """Refuse graphs that are not the caller's own.

    :param within: what the IRI of each graph must begin with; None is no limit.
    :raises ForbiddenError: if one does not; names the first.

    >>> require_within("urn:mine:", ["urn:mine:a"])
    """
    for one in graphs:
        if within is not None and not one.startswith(within):
            raise ForbiddenError(
                f"graph {one!r} is not to be written to",
                remedy=f"Write to graphs whose IRI begins with {within}.",
            )


class Fence:
    """The graphs of a store that its writers may not change, as they were when it was made.

    :param within: what the IRIs of the other graphs begin with.
    """

    def __init__(self, store: ox.Store, within: str) -> None:
        self.store, self.within = store, within
        self.names = self._foreign()
        self.counts = self._counts(self.names)
        self._hashes: dict[str, bytes] = {}

    def prepare(self, text: str) -> None:
        """Take what is needed to verify an update, before it is applied."""
        if _mixed(text) and not self._hashes:
            self._hashes = self._hashed()

    def verify(self, text: str) -> None:
        """Refuse an update that has been applied if it went over the fence.

        :raises ForbiddenError: naming a graph that it touched; the update has to be taken back.
        """
        if next(iter(self.store.quads_for_pattern(None, None, None, ox.DefaultGraph())), None):
            require_within(self.within, ["default"])
        names = self._foreign()
        require_within(self.within, sorted(set(names).symmetric_difference(self.names)))
        counts = self._counts(names)
        require_within(self.within, [one for one in names if counts[one] != self.counts[one]])
        if _mixed(text):
            hashes = self._hashed()
            require_within(self.within, [one for one in names if hashes[one] != self._hashes[one]])

    def _foreign(self) -> list[str]:
        found = (one for one in self.store.named_graphs())
        return sorted(
            one.value if isinstance(one, ox.NamedNode) else str(one)
            for one in found
            if not (isinstance(one, ox.NamedNode) and one.value.startswith(self.within))
        )

    def _counts(self, names: list[str]) -> dict[str, int]:
        found = {}
        for name in names:
            solutions = self.store.query(COUNT, default_graph=[_node(name)], named_graphs=[])
            assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 - a SELECT
            value = next(solutions)["n"]
            assert isinstance(value, ox.Literal)  # noqa: S101 - a COUNT
            found[name] = int(value.value)
        return found

    def _hashed(self) -> dict[str, bytes]:
        def hashed(name: str) -> bytes:
            data = self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=_node(name))
            return hashlib.sha256(data or b"").digest()

        with ThreadPoolExecutor(2) as threads:
            return dict(zip(self.names, threads.map(hashed, self.names), strict=True))


def _mixed(text: str) -> bool:
    """Return whether an update may both add and remove, as far as its words tell."""
    return bool(SPELT.search(text) or (ADDS.search(text) and REMOVES.search(text)))


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)
