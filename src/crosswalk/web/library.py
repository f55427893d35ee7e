"""The served library: the shipped knowledge in a store of its own, filled when it has changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crosswalk.graph import fingerprint, open_dataset, upkeep
from crosswalk.graph.checkpoints import Home
from crosswalk.namespaces import graph_iri

__all__ = ["fill"]


def fill(
    store: Path, *, knowledge: Sequence[Path] = (), shipped: bool = True, skip_bad: bool = False
) -> bool:
    """Bring a store that nobody serves to the knowledge; return whether it had changed.

    Of which files it was made is noted beside the store, so that the next start need not read
    more than those. Graphs of organisations that it has are left alone.

    :raises UnavailableError: if a service holds the directory.
    """
    digest = fingerprint(knowledge=knowledge, shipped=shipped, skip_bad=skip_bad)
    if Home(store.absolute()).knowledge == digest:
        return False
    dataset = open_dataset(knowledge=knowledge, shipped=shipped, skip_bad=skip_bad)
    upkeep.fill(store, dataset, knowledge=digest, keep=graph_iri("org", ""))
    return True
