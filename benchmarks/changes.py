"""What renewing the results of our shapes costs after one item of evidence has changed.

Run it as ``python benchmarks/changes.py FILE… [--disk] [--bare] [--rounds N]``; a file is N-Quads
of evidence, as :mod:`crosswalk.bench` generates it. The knowledge stands beside it in the store.
From each class some items are taken out and put back, and each time the results are renewed. A
line is one class: the middle and the worst time over all changes, the middle of the processor's
time, what was asked, how many target nodes were touched. At the end the renewed results are
compared with those of a full run, which is timed too; ``--bare`` leaves both out.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from crosswalk import resources
from crosswalk.namespaces import BASE, cw, expand
from crosswalk.shapes import read
from crosswalk.shapes.incremental import Incremental, Prepared
from crosswalk.shapes.values import Result, Term

TYPE = ox.NamedNode(expand("rdf:type"))
AS_OF = date(2026, 11, 20)


def quads(evidence: Path) -> Iterator[ox.Quad]:
    """Yield the evidence and the knowledge as one graph."""
    for quad in ox.parse(path=evidence, format=ox.RdfFormat.N_QUADS):
        yield ox.Quad(quad.subject, quad.predicate, quad.object)
    folder = resources.ontology_dir()
    for path in sorted([*folder.glob("*.ttl"), *folder.glob("frameworks/*.ttl")]):
        for quad in ox.parse(path=path):
            yield ox.Quad(quad.subject, quad.predicate, quad.object)
    day = ox.Literal(AS_OF.isoformat(), datatype=ox.NamedNode(expand("xsd:date")))
    yield ox.Quad(ox.NamedNode(f"{BASE}run"), ox.NamedNode(cw("asOf")), day)


def key(result: Result) -> tuple[object, ...]:
    """Return what tells results apart."""
    of = (result.targeted, result.shape, result.component)
    return (*of, result.focus, result.path, result.value)


def figures(store: ox.Store, rounds: int, *, bare: bool) -> None:
    """Print the figures of a store."""
    asked = 0

    def ask(text: str) -> list[tuple[Term | None, ...]]:
        nonlocal asked
        asked += 1
        return [tuple(row) for row in store.query(text)]  # type: ignore[union-attr]

    shapes = Prepared.of(read([resources.ontology_dir() / "shapes" / "organisation.ttl"]))
    begun = time.perf_counter()
    kept = Incremental(shapes, ask, results=() if bare else None)
    print(
        f"{len(store)} triples" + ("" if bare else f", {time.perf_counter() - begun:.2f} s a run")
    )
    items = defaultdict(list)
    for quad in store.quads_for_pattern(None, TYPE, None):
        name = getattr(quad.subject, "value", "")
        if name.startswith(f"{BASE}org/") and quad.object.value.startswith(cw("")):  # type: ignore[union-attr]
            items[quad.object.value.removeprefix(cw(""))].append(quad.subject)  # type: ignore[union-attr]
    chance = random.Random(7)
    for name in sorted(items):
        times, worked, most, nodes = [], [], 0, 0
        taken = sorted(items[name], key=str)
        for item in chance.sample(taken, min(rounds, len(taken))):
            held = list(store.quads_for_pattern(item, None, None))
            triples = [ox.Triple(q.subject, q.predicate, q.object) for q in held]
            for added, removed in (((), triples), (triples, ())):
                change = store.remove if removed else store.add
                for quad in held:
                    change(quad)
                asked, begun, work = 0, time.perf_counter(), time.process_time()
                renewal = kept.changed(added, removed)
                times.append((time.perf_counter() - begun) * 1000)
                worked.append((time.process_time() - work) * 1000)
                most = max(most, asked)
                nodes = max(nodes, sum(len(n or ()) for n in renewal.touched.values()))
        middle, worst = statistics.median(times), max(times)
        work = statistics.median(worked)
        print(
            f"{name:24} {middle:7.2f} ms  worst {worst:7.2f} ms  processor {work:6.2f} ms  "
            f"{most} asked, {nodes} nodes"
        )
    if bare:
        return
    same = Counter(map(key, kept)) == Counter(map(key, kept.plan.results(ask)))
    print("renewed results are those of a full run" if same else "RENEWED RESULTS DIFFER")


def main() -> None:
    """Print the figures of each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--disk", action="store_true", help="a store on disk, not in memory")
    parser.add_argument("--bare", action="store_true", help="without full runs")
    parser.add_argument("--rounds", type=int, default=10, help="items of each class")
    arguments = parser.parse_args()
    for file in arguments.files:
        with ExitStack() as held:
            place = held.enter_context(tempfile.TemporaryDirectory()) if arguments.disk else None
            store = ox.Store(place) if place else ox.Store()
            store.bulk_extend(quads(file))
            figures(store, arguments.rounds, bare=arguments.bare)
            del store


if __name__ == "__main__":
    main()
