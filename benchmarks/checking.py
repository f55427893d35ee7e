"""What the check of a change costs before it is written: the first of an organisation and the next.

Run it as ``python benchmarks/checking.py [--triples N] [--items N] [--rounds N]``. It is what a
process of the service does for a PATCH of one item, without HTTP: the documents of an organisation
are in a folder, its graphs in a store in memory. A line is one figure. At the end what is told is
compared with a validation of all that there would be.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import evidence, validation
from crosswalk.bench.generating import generated, organisation_key
from crosswalk.graph import Dataset, open_dataset
from crosswalk.namespaces import expand, graph_iri
from crosswalk.web.checking import Checks, Generation

DAY = date(2026, 11, 20)
NQUADS = "application/n-quads"
TOLD = ("focus", "shape", "path", "severity", "message")
SOFT = ("Warning", "Info")
"""What is told of everything; of violations only those that are new."""
LABEL = ox.NamedNode(expand("rdfs:label"))


class Organisation:
    """An organisation's documents of some items each."""

    def __init__(self, folder: Path, triples: int, items: int) -> None:
        self.folder, self.name = folder, organisation_key(0)
        self.dataset = Dataset(apart=open_dataset())
        self.documents: dict[str, list[str]] = {}
        self.items: dict[ox.NamedNode, str] = {}
        text = "".join(generated(triples, organisations=1))
        said: dict[Any, list[ox.Triple]] = {}
        for quad in ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS):
            said.setdefault(quad.subject, []).append(quad.triple)
        things = list(said)
        for at in range(0, len(things), items):
            graph = graph_iri("org", self.name, "evidence", f"d{at}")
            self._put(graph, [one for thing in things[at : at + items] for one in said[thing]])
            self.items |= dict.fromkeys(things[at : at + items], graph)
        self.said = said

    def _put(self, graph: str, triples: list[ox.Triple]) -> None:
        body = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        digest = hashlib.sha256(body).hexdigest()
        (self.folder / digest).write_bytes(body)
        self.documents[graph] = [digest, NQUADS]
        self.dataset.add(ox.Quad(*one, ox.NamedNode(graph)) for one in triples)

    def amended(self, item: ox.NamedNode, label: str) -> dict[str, str]:
        """Return the change by which an item is called otherwise."""
        said = [one for one in self.said[item] if one.predicate != LABEL]
        said.append(ox.Triple(item, LABEL, ox.Literal(label)))
        body = ox.serialize(said, format=ox.RdfFormat.N_TRIPLES) or b""
        return {
            "graph": self.items[item],
            "action": "amend",
            "body": base64.b64encode(body).decode(),
            "media_type": NQUADS,
        }

    def checked(self, checks: Checks, change: dict[str, str]) -> tuple[float, dict[str, Any]]:
        """Return the milliseconds that a check takes, and what it says."""
        request = {
            "organisation": self.name,
            "as_of": DAY.isoformat(),
            "documents": self.documents,
            "folder": str(self.folder),
            "changes": [change],
        }
        begun = time.perf_counter()
        found = checks.checked(self.dataset, Generation("one", 1, lambda _: None), request)
        return (time.perf_counter() - begun) * 1000, json.loads(found)

    def full(self, written: dict[str, str]) -> list[list[str]]:
        """Return what is found wrong with all, if some documents were as they are told."""
        quads: list[ox.Quad] = []
        for graph, (digest, media_type) in self.documents.items():
            body = (self.folder / digest).read_bytes()
            told = base64.b64decode(written[graph]) if graph in written else body
            quads += evidence.read(told, media_type, graph=graph)
        found = validation.validate(self.dataset, (), as_of=DAY, quads=quads).findings
        return sorted(
            [getattr(one, name) for name in TOLD] for one in found if one.severity in SOFT
        )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=50, help="items of a document")
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        held = Organisation(Path(folder), arguments.triples, arguments.items)
        named = [item for item in held.items if isinstance(item, ox.NamedNode)]
        print(f"{len(held.dataset.store)} triples in {len(held.documents)} documents")
        checks = Checks()
        first, found = held.checked(checks, held.amended(chance.choice(named), "first"))
        print(f"the first check {first:9.1f} ms, {len(found['findings'])} findings told")
        times = []
        for number in range(arguments.rounds):
            change = held.amended(chance.choice(named), f"called {number}")
            spent, found = held.checked(checks, change)
            times.append(spent)
        print(f"a later one     {statistics.median(times):9.1f} ms, worst {max(times):.1f}")
        told = [one for one in found["findings"] if one["severity"] in SOFT]
        same = sorted([one[name] for name in TOLD] for one in told) == held.full(found["quads"])
        print("as a full validation says" if same else "A FULL VALIDATION SAYS OTHERWISE")


if __name__ == "__main__":
    main()
