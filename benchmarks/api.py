"""What the JSON API costs: coverage of an organisation, by what has been asked before.

Run it as ``python benchmarks/api.py [--triples N] [--organisations N] [--rounds N]``; each line is
one figure. The service is ours as it is served, processes and all, without HTTP. ``--triples`` is
what it holds, the public knowledge once and the evidence of all organisations, shared out evenly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from crosswalk import catalogue
from crosswalk.graph import open_dataset, upkeep
from crosswalk.graph.answers import Limits
from crosswalk.graph.pool import Pool
from crosswalk.graph.stores import Stores
from crosswalk.namespaces import graph_iri, prefixes

PREFIXES = "".join(
    f"@prefix {name}: <{prefixes()[name]}> .\n"
    for name in ("cw", "earl", "prov", "rdfs", "xsd", "iso-42001-2023")
)
LIMITS = Limits(deadline=300)
START = date(2023, 1, 1)


def evidence(name: str, triples: int, controls: list[str]) -> Iterator[str]:
    """Yield the evidence of an organisation, some triples large, as Turtle."""
    yield PREFIXES + f"@prefix o: <{graph_iri('org', name, '')}> .\n"
    yield 'o:organization a cw:Organization ; rdfs:label "Acme" ; cw:organizationKey "acme" .\n'
    yield 'o:whole a cw:Scope ; rdfs:label "whole" ; cw:scopeOf o:organization .\n'
    yield 'o:ann a prov:Agent ; rdfs:label "Ann" . o:bob a prov:Agent ; rdfs:label "Bob" .\n'
    for control in controls:
        name = control.replace(".", "-")
        yield (
            f'o:i-{name} a cw:ControlImplementation ; rdfs:label "{control}" ; cw:owner o:ann ; '
            f"cw:implements <{prefixes()['iso-42001-2023']}{control}> ; cw:inScope o:whole ; "
            "cw:implementationStatus cw:implemented .\n"
        )
    made, number = 8 * len(controls), 0
    while made < triples:
        control = controls[number % len(controls)]
        name, day = (
            control.replace(".", "-"),
            START + timedelta(days=number // len(controls) % 1400),
        )
        yield (
            f'o:e-{number} a cw:Record ; rdfs:label "Record {number}" ; cw:owner o:ann ; '
            f"cw:author o:ann ; cw:evidenceFor o:i-{name} ; cw:acceptedBy o:bob ; "
            f'cw:collectedOn "{day}"^^xsd:date ; cw:acceptedOn "{day}"^^xsd:date ; '
            f'cw:sha256 "{number:064x}" ; cw:inScope o:whole .\n'
        )
        made += 10
        if number % 20 == 0:
            outcome = "earl:passed" if number % 60 else "cw:partially-passed"
            yield (
                f'o:a-{number} a cw:Assessment ; rdfs:label "audit {number}" ; cw:assessor o:bob ; '
                f'cw:assessedOn "{day}"^^xsd:date ; cw:acceptedBy o:ann ; '
                f'cw:acceptedOn "{day}"^^xsd:date ; cw:inScope o:whole .\n'
                f"o:r-{number} a cw:AssessmentResult ; cw:resultOf o:a-{number} ; "
                f"earl:subject o:i-{name} ; cw:outcome {outcome} ; "
                f"earl:test <{prefixes()['iso-42001-2023']}{control}> .\n"
            )
            made += 12
        number += 1


async def figures(directory: Path, triples: int, organisations: int, rounds: int) -> None:
    """Print the figures of a service."""
    library = open_dataset()
    controls = [p.id for p in catalogue.provisions(library, "iso-42001-2023") if p.counted]
    size = (triples - len(library.store)) // organisations
    upkeep.fill(directory, library, knowledge="benchmark", keep=graph_iri("org", ""))
    verbs = Pool(module="crosswalk.web.verb_worker", slow=None, size=1)
    readers = Pool(size=1, prefixes=prefixes())
    names = [f"org-{number}" for number in range(organisations)]
    chance = random.Random(7)
    for pool in (readers, verbs):
        pool.start()
    async with Stores(directory, pool=readers, prefixes=prefixes()) as stores:
        verbs.join(stores.library.shelf)
        for name in names:
            await stores.create(name)
            text = "".join(evidence(name, size, controls)).encode()
            async with stores.organisation(name) as engine:
                await engine.load(
                    text,
                    "text/turtle",
                    graph=graph_iri("org", name, "evidence", "all"),
                    deadline=300,
                )

        async def coverage(name: str, day: int) -> float:
            begun = time.perf_counter()
            async with stores.organisation(name) as engine:
                answer = await engine.ask(_asked(day), pool=verbs, limits=LIMITS)
                body = json.loads(await answer.read())
            assert body[0]["n"] == 70
            return (time.perf_counter() - begun) * 1000

        held = len(library.store) + organisations * size
        print(f"{held} triples, {len(library.store)} of them public, {organisations} organisations")
        first = names[0]
        print(f"the first question of all: {await coverage(first, 0):.0f} ms")
        days = [await coverage(first, day) for day in range(1, rounds)]
        told("one organisation, another day each time", days)
        told("the same question again", [await coverage(first, 1) for _ in range(rounds)])
        after = []
        for number in range(min(rounds, 20)):
            async with stores.organisation(first) as engine:
                said = f"<{graph_iri('org', first, 'cy')}> <urn:note> {number} ."
                graph = graph_iri("org", first, "evidence", "more")
                await engine.load(said.encode(), "text/turtle", graph=graph)
            after.append(await coverage(first, 1))
        told("the first question after a write", after)
        if organisations > 1:
            chosen = [chance.choice(names) for _ in range(rounds)]
            told("an organisation at random", [await coverage(name, 2) for name in chosen])
        pid = verbs.readers[0].child.pid
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        print(f"memory of the process: {int(status.split('VmRSS:')[1].split()[0]) >> 10} MiB")
        await verbs.stop(until=0)
    await readers.stop(until=0)


def _asked(day: int) -> dict[str, Any]:
    on = str(START + timedelta(days=1000 + day))
    return {
        "op": "verb",
        "verb": "coverage",
        "arguments": {"edition": "iso-42001", "as_of": on},
        "formats": ["json"],
        "own": True,
        "sources": [],
        "knowledge": [],
        "shipped": True,
        "body": "",
        "media_type": "",
        "limit": 100,
        "offset": 0,
    }


def told(what: str, found: list[float]) -> None:
    """Print what some measurements, in ms, amount to."""
    at95 = sorted(found)[max(0, round(len(found) * 0.95) - 1)]
    print(f"{what}: p50 {statistics.median(found):.1f} ms, p95 {at95:.1f} ms")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--organisations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(
            figures(Path(folder) / "store", given.triples, given.organisations, given.rounds)
        )


if __name__ == "__main__":
    main()
