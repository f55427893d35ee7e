"""What a large organisation costs: the first coverage after a write, and that of another day.

Run it as ``python benchmarks/large.py [--triples N]``; each figure is seconds of the processor, in
one process, on a store on the disk that is open for reading, as the service has it.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from crosswalk import catalogue, coverage, inference
from crosswalk.graph import Dataset, open_dataset
from crosswalk.namespaces import graph_iri

FIRST = date(2025, 9, 27)


def made(path: Path, library: Dataset, triples: int) -> ox.Store:
    """Return a store of the public knowledge and of one organisation, some triples large."""
    counted = [p.id for p in catalogue.provisions(library, "iso-42001-2023") if p.counted]
    text = "".join(importlib.import_module("api").evidence("acme", triples, counted))
    graph = ox.NamedNode(graph_iri("org", "acme", "evidence", "all"))
    store = ox.Store(str(path))
    store.bulk_extend(library.quads())
    store.bulk_load(text.encode(), format=ox.RdfFormat.TURTLE, to_graph=graph)
    store.flush()
    del store
    return ox.Store.read_only(str(path))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    library = open_dataset()
    inference.build(library)
    edition = catalogue.edition(library, "iso-42001", as_of=FIRST)
    with tempfile.TemporaryDirectory() as folder:
        store = made(Path(folder) / "store", library, given.triples)
        print(f"{given.triples} triples of one organisation")
        for _ in range(given.rounds):
            dataset = Dataset(store=store, apart=library)
            spent = []
            for day in range(3):
                begun = time.process_time()
                coverage.vectors(dataset, edition, as_of=FIRST.replace(day=25 + day))
                spent.append(time.process_time() - begun)
            print(f"the first coverage {spent[0]:.2f} s, of another day {spent[1]:.3f} s")


if __name__ == "__main__":
    main()
