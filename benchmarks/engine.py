"""What serving a store costs, and whether it holds: starts, overhead, a runaway, killed writers.

Run it as ``python benchmarks/engine.py [--kills N] [--seconds S]``; each line is one figure.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from crosswalk.errors import DeadlineError, UnavailableError, UncertainWriteError
from crosswalk.graph import open_dataset, upkeep
from crosswalk.graph.engine import Engine, Graphs, Limits
from crosswalk.graph.stores import Stores, graphs_of

LOOKUP = "SELECT ?p ?o { ?s a <http://www.w3.org/2004/02/skos/core#Concept> ; ?p ?o } LIMIT 20"
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


async def figures(directory: Path, graphs: list[str], *, seconds: float) -> None:
    """Print the figures of one store that is served."""
    dataset = Graphs.union(graphs)
    start = time.perf_counter()
    async with Engine(directory, limits=Limits(deadline=seconds)) as engine:
        print(f"start to ready: {time.perf_counter() - start:.2f} s")

        async def waits(text: str, until: float) -> list[float]:
            found = []
            while time.perf_counter() < until:
                begun = time.perf_counter()
                await (await engine.query(text, dataset=dataset)).read()
                found.append((time.perf_counter() - begun) * 1000)
                await asyncio.sleep(0.002)
            return found

        told("trivial query (ASK {})", await waits("ASK {}", time.perf_counter() + 3))
        quiet = await waits(LOOKUP, time.perf_counter() + seconds)
        told("lookup, quiet", quiet)
        runaway = asyncio.create_task(engine.query(CROSS, dataset=dataset))
        begun = time.perf_counter()
        loud = await waits(LOOKUP, begun + seconds - 0.1)
        try:
            await runaway
        except DeadlineError:
            print(f"runaway ended after {time.perf_counter() - begun:.2f} s of {seconds:g} s")
        told("lookup, beside a runaway", loud)
        print(f"p99 beside a runaway / quiet: {percentile(loud) / percentile(quiet):.1f}")
        writes = []
        for number in range(100):
            begun = time.perf_counter()
            await engine.update(f"INSERT DATA {{ GRAPH <urn:w> {{ <urn:a> <urn:b> {number} }} }}")
            writes.append((time.perf_counter() - begun) * 1000)
        told("acknowledged write", writes)
        until, done = time.perf_counter() + seconds, 0

        async def write(client: int) -> None:
            nonlocal done
            while time.perf_counter() < until:
                done += 1
                await engine.update(
                    f"INSERT DATA {{ GRAPH <urn:w{client}> {{ <urn:a> <urn:b> {done} }} }}"
                )

        await asyncio.gather(*map(write, range(8)))
        print(f"acknowledged writes of 8 clients: {done / seconds:.0f} a second")


async def organisations(directory: Path) -> None:
    """Print what the stores of organisations cost."""
    waits: dict[str, list[float]] = {}
    async with Stores(directory) as stores:

        async def timed(what: str, work: Awaitable[object]) -> None:
            begun = time.perf_counter()
            await work
            waits.setdefault(what, []).append((time.perf_counter() - begun) * 1000)

        async def asked(name: str) -> None:
            async with stores.organisation(name) as engine:
                await (await engine.query(LOOKUP, dataset=Graphs.everything())).read()

        for name in (f"o{number}" for number in range(10)):
            graph = graphs_of(name) + "evidence"
            await timed("an organisation's store made", stores.create(name))
            await timed("its first query, with opening it", asked(name))
            await timed("its next query", asked(name))
            async with stores.organisation(name) as engine:
                row = f"GRAPH <{graph}> {{ <urn:a> <urn:b> %s }}"
                await engine.load(b"<urn:a> <urn:b> 1 .", "text/turtle", graph=graph)
                for number in range(3):
                    await timed(
                        "its graph replaced",
                        engine.load(
                            b"<urn:a> <urn:b> 1 .", "text/turtle", graph=graph, replace=True
                        ),
                    )
                    await timed(
                        "its update that only adds",
                        engine.update(f"INSERT DATA {{ {row % number} }}"),
                    )
                update = (
                    f"DELETE {{ {row % '?n'} }} INSERT {{ {row % 0} }} WHERE {{ {row % '?n'} }}"
                )
                await engine.update(update)
                await timed("its update that adds and removes", engine.update(update))
    for what, values in waits.items():
        print(f"{what}: p50 {statistics.median(values):.1f} ms, max {max(values):.1f} ms")


async def kills(directory: Path, count: int) -> None:
    """Kill the writer under load so often, and look what became of the writes."""
    acknowledged, uncertain, unbegun = set[int](), set[int](), 0
    chance = random.Random(7)
    async with Engine(directory) as engine:

        async def kill() -> None:
            for _ in range(count):
                while (child := engine.writing.child) is None or not child.pid:
                    await asyncio.sleep(0.002)
                before = len(acknowledged)
                while len(acknowledged) == before and not child.ended.is_set():
                    await asyncio.sleep(0.002)
                await asyncio.sleep(chance.random() * 0.1)
                child.kill()
                await child.ended.wait()

        killer, number = asyncio.create_task(kill()), 0
        while not killer.done():
            number += 1
            triples = " . ".join(f"<urn:w{number}> <urn:part> {part}" for part in range(50))
            try:
                await engine.update(f"INSERT DATA {{ GRAPH <urn:g> {{ {triples} }} }}")
                acknowledged.add(number)
            except UncertainWriteError:
                uncertain.add(number)
            except UnavailableError:
                unbegun += 1
        restarts = engine.stats().writer_restarts
    async with Engine(directory) as engine:
        answer = await engine.query(
            "SELECT ?s (COUNT(*) AS ?n) { GRAPH <urn:g> { ?s <urn:part> ?o } } GROUP BY ?s",
            accept=["text/csv"],
        )
        rows = [line.split(",") for line in (await answer.read()).decode().split("\r\n")[1:-1]]
    there = {int(name.removeprefix("urn:w")): int(size) for name, size in rows}
    print(
        f"{restarts} writers killed: {len(acknowledged)} acknowledged, "
        f"{len(acknowledged - set(there))} of them lost; {len(uncertain)} uncertain, "
        f"{len(uncertain & set(there))} of them applied; {unbegun} not begun; "
        f"{sum(size != 50 for size in there.values())} half transactions"
    )


def percentile(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def told(what: str, values: list[float]) -> None:
    """Print median and 99th percentile of waits in milliseconds."""
    print(
        f"{what}: p50 {statistics.median(values):.2f} ms, p99 {percentile(values):.2f} ms, "
        f"{len(values)} times"
    )


def main() -> None:
    """Measure on the shipped knowledge, in a directory that is removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset()
        start = time.perf_counter()
        count = upkeep.fill(Path(folder) / "store", dataset)
        print(f"{count} quads filled in: {time.perf_counter() - start:.2f} s")
        asyncio.run(figures(Path(folder) / "store", dataset.graphs(), seconds=given.seconds))
        asyncio.run(organisations(Path(folder) / "store"))
        asyncio.run(kills(Path(folder) / "killed", given.kills))


if __name__ == "__main__":
    main()
