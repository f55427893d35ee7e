"""The served library: the shipped knowledge in a store of its own, filled when it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox

from crosswalk.graph import open_dataset
from crosswalk.graph.engine import Engine
from crosswalk.namespaces import graph_iri

__all__ = ["fill"]

RECORD = "knowledge.sha256"


async def fill(
    engine: Engine, *, knowledge: Sequence[Path] = (), shipped: bool = True, skip_bad: bool = False
) -> bool:
    """Bring the knowledge of a started engine up to date; return whether it had changed.

    The graphs of organisations are left alone. What was loaded is noted beside the store, by the
    hashes of its files, so that the next start need not load it again.
    """
    dataset = open_dataset(knowledge=knowledge, shipped=shipped, skip_bad=skip_bad)
    held = sorted((one.graph, one.sha256) for one in dataset.sources)
    digest = hashlib.sha256(repr(held).encode()).hexdigest()
    record = engine.home.path / RECORD
    if record.is_file() and record.read_text(encoding="utf-8") == digest:
        return False
    home = graph_iri("org", "")
    answer = await engine.query(
        "SELECT ?g WHERE { GRAPH ?g {} } ORDER BY ?g", accept=("text/tab-separated-values",)
    )
    there = [line.strip("<>") for line in (await answer.read()).decode().splitlines()[1:]]
    drops = [f"DROP SILENT GRAPH {ox.NamedNode(g)}" for g in there if not g.startswith(home)]
    if drops:
        await engine.update(" ; ".join(drops))
    body = dataset.store.dump(format=ox.RdfFormat.N_QUADS) or b""
    await engine.load(body, "application/n-quads")
    record.write_text(digest, encoding="utf-8")
    return True
