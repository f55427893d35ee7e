"""What one changed item costs: its coverage renewed, and found from nothing, at several sizes.

Run it as ``python benchmarks/renewal.py [--triples N] [--organisations N] [--rounds N]``. The
triples are of one organisation, or shared out evenly among several, each with a store of its own.
Stores are on the disk; every round writes one change and opens the checkpoint that it leads to, as
the service does, in one process. What is renewed is compared with what is found from nothing.
"""

from __future__ import annotations

import argparse
import importlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from crosswalk import catalogue, coverage, inference
from crosswalk.coverage.weighing import gather
from crosswalk.graph import Dataset, open_dataset
from crosswalk.graph.changes import Change
from crosswalk.namespaces import cw, expand, graph_iri

DAY = date(2025, 9, 27)
GRAPH = ox.NamedNode(graph_iri("org", "acme", "evidence", "all"))
KINDS = ("a hash is taken away", "a new item comes", "a result that decides turns over")
"""What is changed: one item of many, an item more, and what a status and all that follows rest on.
"""


def made(path: Path, library: Dataset, public: ox.Store, triples: int) -> ox.Store:
    """Return a store of the public knowledge and of one organisation, some triples large."""
    counted = [p.id for p in catalogue.provisions(library, "iso-42001-2023") if p.counted]
    public.backup(str(path))
    store = ox.Store(str(path))
    file = path.with_suffix(".ttl")
    with file.open("w", encoding="utf-8") as out:
        out.writelines(importlib.import_module("api").evidence("acme", triples, counted))
    store.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE, to_graph=GRAPH)
    file.unlink()
    store.flush()
    return store


def change(store: ox.Store, kind: str, number: int, deciding: str) -> Change:
    """Return a change of one thing of a store.

    :param number: of an item.
    :param deciding: the IRI of a result that decides a status.
    """
    item = ox.NamedNode(graph_iri("org", "acme", f"e-{number}"))
    if kind == KINDS[0]:
        return Change(removed=tuple(store.quads_for_pattern(item, _own("sha256"), None)))
    if kind == KINDS[1]:
        new = ox.NamedNode(f"{item.value}-new")
        told = store.quads_for_pattern(item, None, None)
        return Change(added=tuple(ox.Quad(new, q.predicate, q.object, GRAPH) for q in told))
    held = tuple(store.quads_for_pattern(ox.NamedNode(deciding), _own("outcome"), None))
    failed = held[0].object.value.endswith("failed")
    outcome = ox.NamedNode(expand("earl:passed" if failed else "earl:failed"))
    return Change((ox.Quad(held[0].subject, _own("outcome"), outcome, GRAPH),), held)


def _own(name: str) -> ox.NamedNode:
    return ox.NamedNode(cw(name))


class Organisation:
    """The store of one organisation, and what was found of it last."""

    def __init__(self, folder: Path, library: Dataset, public: ox.Store, triples: int) -> None:
        self.folder, self.library, self.triples = folder, library, triples
        folder.mkdir()
        self.store = made(folder / "store", library, public, triples)
        self.number = 0
        self.edition = catalogue.edition(library, "iso-42001", as_of=DAY)
        self.dataset = self.opened()

    def opened(self) -> Dataset:
        """Return the dataset of the next checkpoint."""
        self.number += 1
        goal = self.folder / str(self.number)
        self.store.backup(str(goal))
        return Dataset(store=ox.Store.read_only(str(goal)), apart=self.library)

    def figures(self, dataset: Dataset) -> list[object]:
        """Return the figures of an edition."""
        return list(coverage.vectors(dataset, self.edition, as_of=DAY))

    def round(self, kind: str, chance: random.Random) -> float:
        """Return the milliseconds in which the figures are there again after a change."""
        (scope,) = coverage.scopes(self.dataset)
        direct = gather(self.dataset, scope, as_of=DAY).direct.values()
        deciding = sorted(one.result.iri for one in direct if one.result)
        number = chance.randrange(self.triples // 11)
        what = change(self.store, kind, number, chance.choice(deciding))
        for quad in what.removed:
            self.store.remove(quad)
        self.store.extend(what.added)
        memory, dataset = self.dataset.memory, self.opened()
        spent, _ = timed(lambda: coverage.renew(dataset, memory, what))
        more, self.last = timed(lambda: self.figures(dataset))
        self.dataset = dataset
        return spent + more


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return the milliseconds that some work takes, and what it returns."""
    begun = time.perf_counter()
    found = work()
    return (time.perf_counter() - begun) * 1000, found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--organisations", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    library = open_dataset()
    inference.build(library)
    chance = random.Random(7)
    size = given.triples // given.organisations
    with tempfile.TemporaryDirectory() as folder:
        public = ox.Store(str(Path(folder) / "public"))
        public.bulk_extend(library.quads())
        public.flush()
        held = [
            Organisation(Path(folder) / str(one), library, public, size)
            for one in range(given.organisations)
        ]
        print(f"{given.triples} triples of {given.organisations} organisations")
        first = [timed(lambda one=one: one.figures(one.dataset))[0] for one in held]  # type: ignore[misc]
        print(f"found from nothing: {statistics.median(first):.1f} ms")
        for kind in KINDS:
            spent = [chance.choice(held).round(kind, chance) for _ in range(given.rounds)]
            at95 = sorted(spent)[max(0, round(len(spent) * 0.95) - 1)]
            print(f"{kind}: p50 {statistics.median(spent):.2f} ms, p95 {at95:.2f} ms")
        one = held[0]
        anew, again = timed(lambda: one.figures(Dataset(store=one.dataset.store, apart=library)))
        same = again == one.figures(one.dataset)
        print(f"found from nothing again: {anew:.1f} ms, {'equal' if same else 'DIFFERENT'}")
        status = Path("/proc/self/status").read_text(encoding="ascii")
        print(f"memory: {int(status.split('VmRSS:')[1].split()[0]) >> 10} MiB")


if __name__ == "__main__":
    main()
