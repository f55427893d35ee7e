"""A process that answers the verbs of the JSON API from a store elsewhere.

It reads graphs and answers from memory: the public knowledge once, as long as the store tells that
it is the same; the graphs of an organisation for each answer, so that an answer is of the state of
its moment, whoever writes there. Only names of graphs are ever sent to the store, no text of a
caller: what is not read cannot be told.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from crosswalk.errors import CrosswalkError, UnavailableError
from crosswalk.graph import Dataset, wire
from crosswalk.graph.relay import Reached, plainly
from crosswalk.graph.remote import read_quads, read_rows
from crosswalk.graph.worker import Opened, Output, run
from crosswalk.namespaces import graph_iri
from crosswalk.web.checking import Generation
from crosswalk.web.verb_worker import KEPT_KNOWLEDGE, OWN, VerbWorker

__all__ = ["RemoteVerbs", "main"]

SIZES = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
META = graph_iri("meta")
KEPT = 8
"""How many organisations' graphs are kept, for the case that they have not changed."""


class RemoteVerbs(VerbWorker):
    """Answers verbs of what a store elsewhere holds at the moment."""

    def __init__(self, line: wire.Line, config: dict[str, Any]) -> None:
        super().__init__(line, config)
        self.own: OrderedDict[str, tuple[str, Dataset]] = OrderedDict()
        self.numbers = count()
        self.states: WeakKeyDictionary[Dataset, int] = WeakKeyDictionary()

    def reach(self, path: str) -> Opened:
        """Return the store that is named."""
        return Reached(path)

    def prepare(self, opened: Opened) -> None:
        """Have the knowledge in memory before it is asked for, if the store gives it now."""
        try:
            self.datasets[opened] = self._read(opened)
            super().prepare(opened)
        except CrosswalkError:
            return

    def answer(self, request: dict[str, Any], opened: Opened) -> Output:
        """Return the answer of a verb on what the store holds now."""
        before = self.datasets.get(opened)
        with plainly():
            self.datasets[opened] = self._read(opened)
        if before is not self.datasets[opened]:
            self.answers.pop(opened, None)
        return super().answer(request, opened)

    def generation(self, opened: Opened) -> Generation:
        """Return which of the states it is that were read; what lies between is not known."""
        number = self.states.setdefault(self.dataset(opened), next(self.numbers))
        return Generation(opened.path, number, lambda before: None)

    def _read(self, opened: Opened) -> Dataset:
        assert isinstance(opened, Reached)  # noqa: S101 - as reach() made it
        own = opened.more["own"]
        sizes = _sizes(opened)
        public = sorted(one for one in sizes if not one.startswith(OWN))
        if not public:
            raise UnavailableError("the store holds no graph")
        known = self._known(opened, {one: sizes[one] for one in public})
        mine = sorted(one for one in sizes if own is not None and one.startswith(own))
        if not mine:
            return known
        quads = list(read_quads(opened.client, mine, "m"))
        digest = _digest(quads)
        held = self.own.pop(own, None)
        if held is None or held[0] != digest or held[1].apart is not known:
            held = (digest, _joined(known, quads))
        self.own[own] = held
        while len(self.own) > KEPT:
            self.own.popitem(last=False)
        return held[1]

    def _known(self, opened: Reached, sizes: dict[str, int]) -> Dataset:
        """Return the public knowledge; read again when what it was made of, or a size, differs."""
        told = list(read_quads(opened.client, [META], "n"))
        key = _digest(told) + json.dumps(sizes)
        if key not in self.known:
            made = Dataset()
            made.store.bulk_extend(read_quads(opened.client, list(sizes), "k"))
            self.known[key] = made
        self.known.move_to_end(key)
        while len(self.known) > KEPT_KNOWLEDGE:
            self.known.popitem(last=False)
        return self.known[key]


def _sizes(opened: Reached) -> dict[str, int]:
    """Return graph → number of its triples, as the store tells them."""
    rows = read_rows(opened.client, SIZES)
    return {
        row["g"]["value"]: int(row["n"]["value"])
        for row in rows
        if row.get("g", {}).get("type") == "uri"
    }


def _joined(known: Dataset, quads: Iterable[ox.Quad]) -> Dataset:
    joined = Dataset(apart=known)
    joined.store.bulk_extend(known.quads())
    joined.store.bulk_extend(quads)
    return joined


def _digest(quads: Iterable[ox.Quad]) -> str:
    """Return what tells quads from others; blank nodes that the store names anew are others."""
    found = hashlib.sha256()
    for line in sorted(map(str, quads)):
        found.update(line.encode() + b"\n")
    return found.hexdigest()


def main() -> None:
    """Run a process."""
    run(RemoteVerbs)


if __name__ == "__main__":
    main()
