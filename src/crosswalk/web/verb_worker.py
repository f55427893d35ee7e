"""A process that answers the verbs of the JSON API on checkpoints, one at a time.

What follows from the public knowledge alone is kept in memory for all the stores that hold the
same knowledge. What follows from evidence is kept for its checkpoint, which never changes, and is
carried over to the next one, renewed where a change touches it, if what changed is known. Both are
asked with the functions of the command line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import traceback
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from crosswalk.errors import CrosswalkError
from crosswalk.graph import Dataset, changes, wire
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.pool import OPEN
from crosswalk.graph.worker import LimitExceededError, Opened, Output, RefusedError, Worker, run
from crosswalk.namespaces import graph_iri
from crosswalk.verbs import Answer, Document, Text, as_csv, as_json, plain
from crosswalk.web import checking, importing, judging, verbs
from crosswalk.web.checking import Generation

__all__ = ["VerbWorker", "main"]

KEPT_KNOWLEDGE = 2
"""How many states of the public knowledge are kept: the current one, and one on its way out."""
KEPT_ANSWERS = 8
"""How many answers are kept whole, for their further pages."""
QUESTIONS = {"import": importing.imported, "judge": judging.judged}
"""What the service itself asks, beside what a change would do."""
OWN = graph_iri("org", "")
META = graph_iri("meta")


@dataclass(frozen=True, slots=True)
class Past:
    """What was found of a generation of a store, with the public knowledge that it had."""

    generation: int
    known: Dataset
    memory: Mapping[object, object]


class VerbWorker(Worker):
    """Answers verbs: opens a checkpoint, asks, writes JSON, CSV or a document."""

    def __init__(self, line: wire.Line, config: dict[str, Any]) -> None:
        super().__init__(line, config)
        self.datasets: WeakKeyDictionary[Opened, Dataset] = WeakKeyDictionary()
        self.answers: WeakKeyDictionary[Opened, OrderedDict[str, verbs.Said]] = WeakKeyDictionary()
        self.known: OrderedDict[str, Dataset] = OrderedDict()
        self.past: OrderedDict[str, Past] = OrderedDict()
        self.checks = checking.Checks()

    def prepare(self, opened: Opened) -> None:
        """Have the knowledge in memory, and what follows from it, before it is asked for."""
        from crosswalk import catalogue, inference

        known = self.dataset(opened).knowledge
        catalogue.editions(known)
        inference.build(known)

    def answer(self, request: dict[str, Any], opened: Opened) -> Output:
        """Return the answer of a verb, or of one of the service's own questions."""
        try:
            return self._answer(request, opened)
        except (CrosswalkError, RefusedError, LimitExceededError, MemoryError):
            raise
        except Exception:
            traceback.print_exc(file=sys.stderr)
            raise CrosswalkError("the program has a fault; it has been logged") from None

    def _answer(self, request: dict[str, Any], opened: Opened) -> Output:
        if request["op"] in (*QUESTIONS, "check"):
            dataset = self.dataset(opened)
            if request["op"] == "check":
                found = self.checks.checked(dataset, self.generation(opened), request)
            else:
                found = QUESTIONS[request["op"]](dataset, request)
            told = self.output(request, "application/json", "object")
            told.write(found)
            return told
        verb = verbs.named(request["verb"])
        key = json.dumps([verb.name, request["arguments"], request["formats"]], sort_keys=True)
        kept = self.answers.setdefault(opened, OrderedDict())
        said = None if request["body"] else kept.get(key)
        if said is None:
            said = self._said(verb, request, opened)
            if not request["body"]:
                kept[key] = said
                while len(kept) > KEPT_ANSWERS:
                    kept.popitem(last=False)
        return self._written(verb, said, request)

    def _said(self, verb: verbs.Verb, request: dict[str, Any], opened: Opened) -> verbs.Said:
        dataset = self.dataset(opened)
        given = dict(request["arguments"])
        if verb.chooses:
            given["format"] = request["formats"][0]
        body = base64.b64decode(request["body"])
        return verb.say(
            verbs.Asked(
                dataset=dataset,
                own=request["own"],
                sources=[Path(one) for one in request["sources"]],
                knowledge=[Path(one) for one in request["knowledge"]],
                shipped=request["shipped"],
                body=body,
                media_type=request["media_type"],
            ),
            given,
        )

    def _written(self, verb: verbs.Verb, said: verbs.Said, request: dict[str, Any]) -> Output:
        wished: list[str] = request["formats"]
        if isinstance(said, Text):
            if not verb.chooses and not set(wished) - set(verbs.ROWS):
                raise RefusedError(code="not-acceptable", what="a graph", offers=[said.media_type])
            told = self.output(request, said.media_type, "text", notes=list(said.notes))
            told.write(said.text.encode())
            return told
        if isinstance(said, Document):
            told = self.output(request, said.media_type, "document", notes=list(said.notes))
            told.write(said.content)
            return told
        if isinstance(said, Answer):
            format = next((one for one in wished if one in verbs.ROWS), None)
            if format is None:
                raise RefusedError(
                    code="not-acceptable", what="rows", offers=list(verbs.ROWS.values())
                )
            media_type = verbs.ROWS[format]
            if request["rows"] < len(said.rows):
                raise LimitExceededError("rows", request["rows"])
            start, count = request["offset"], request["limit"]
            rows = said.rows[start : start + count]
            text = (
                as_csv(rows, said.columns)
                if format == "csv"
                else as_json(rows, said.columns, indent=None)
            )
            facts: dict[str, Any] = {"digest": _digest(said)} if request.get("digest") else {}
            told = self.output(
                request,
                media_type,
                "rows",
                **facts,
                notes=list(said.notes),
                heading=said.heading,
                total=len(said.rows),
            )
            told.write(text.encode())
            return told
        told = self.output(request, verbs.ONE["json"], "object")
        told.write(json.dumps(plain(said), ensure_ascii=False).encode())
        return told

    def generation(self, opened: Opened) -> Generation:
        """Return which state of which store a checkpoint is."""
        path = Path(opened.path)
        home, number = Home(path.parents[1]), int(path.name)
        return Generation(
            home.instance, number, lambda before: changes.between(home.path, before, number)
        )

    def dataset(self, opened: Opened) -> Dataset:
        """Return the dataset of a checkpoint, its knowledge apart and in memory."""
        held = self.datasets.get(opened)
        if held is None:
            own = any(graph.startswith(OWN) for graph in opened.graphs)
            held = self._renewed(opened) if own else self._knowledge(opened)
            self.datasets[opened] = held
        return held

    def _renewed(self, opened: Opened) -> Dataset:
        """Return the dataset of an organisation, with what holds of what was found of it before."""
        from crosswalk import coverage

        now = self.generation(opened)
        past = self.past.pop(now.store, None)
        change = past and now.since(past.generation)
        # A change is noted only if it is one of the organisation's own graphs.
        known = past.known if past and change else self._knowledge(opened)
        found = Dataset(store=opened.store, apart=known)
        if past and change:
            coverage.renew(found, past.memory, change)
        self.past[now.store] = Past(now.number, known, found.memory)
        while len(self.past) > OPEN:
            self.past.popitem(last=False)
        return found

    def _knowledge(self, opened: Opened) -> Dataset:
        key = _key(opened)
        if key not in self.known:
            made = Dataset()
            made.add(_public(opened))
            self.known[key] = made
        self.known.move_to_end(key)
        while len(self.known) > KEPT_KNOWLEDGE:
            self.known.popitem(last=False)
        return self.known[key]


def _digest(said: Answer) -> str:
    """Return what tells the rows of an answer from any other."""
    text = as_json(said.rows, said.columns, indent=None)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _public(opened: Opened) -> Iterator[ox.Quad]:
    for graph in sorted(opened.graphs):
        if not graph.startswith(OWN):
            yield from opened.store.quads_for_pattern(None, None, None, ox.NamedNode(graph))


def _key(opened: Opened) -> str:
    """Return what tells one state of the public knowledge from another.

    The service writes its public graphs from files only, and what it wrote from which bytes into
    the graph ``meta``, in one transaction; nobody else can.
    """
    told = sorted(
        str(quad) for quad in opened.store.quads_for_pattern(None, None, None, ox.NamedNode(META))
    )
    graphs = sorted(one for one in opened.graphs if not one.startswith(OWN))
    return hashlib.sha256(json.dumps([told, graphs]).encode()).hexdigest()


def main() -> None:
    """Run a worker."""
    run(VerbWorker)


if __name__ == "__main__":
    main()
