"""A process that asks a store elsewhere for the service: it reads, refuses, asks and passes on.

A text is parsed here, where that can be ended, and never reaches the store if it is not SPARQL or
would have the store reach out. An answer is read as it comes, counted and written in the form that
is wished; to end the process closes its line, which tells the store to stop.
"""

from __future__ import annotations

import contextlib
import json
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, Any, cast

import pyoxigraph as ox

from crosswalk.errors import BusyError, CrosswalkError, DeadlineError, UnavailableError
from crosswalk.graph import wire
from crosswalk.graph.binding import (
    bound_text,
    parsed,
    refuse_fetching,
    refuse_reaching_out,
    spelt,
)
from crosswalk.graph.client import Address, Client, Coming
from crosswalk.graph.narrowed import leak, refuse_extensions
from crosswalk.graph.remote import ROWS, TRIPLES, Remote, stated
from crosswalk.graph.worker import (
    DEFAULT,
    GRAPH_TYPES,
    RESULT_TYPES,
    ROWS_ONLY,
    Counter,
    Opened,
    Output,
    RefusedError,
    Worker,
    at_most,
    chosen,
    run,
    term,
)
from crosswalk.namespaces import cw, expand, prefixes

__all__ = ["EDITION", "Reached", "Relay", "main", "path_of", "plainly"]

READERS = {"application/n-triples": ox.RdfFormat.N_TRIPLES, "text/turtle": ox.RdfFormat.TURTLE}
THERE = "ASK { GRAPH %s { ?s ?p ?o } }"
GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH %s { ?s ?p ?o } }"
OWN = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
FRAMEWORK = f"?edition <{expand('rdf:type')}> <{cw('FrameworkEdition')}>"
EDITION = f"ASK {{ {{ {FRAMEWORK} }} UNION {{ GRAPH ?g {{ {FRAMEWORK} }} }} }}"
JSON = "application/json"

Pairs = Sequence[tuple[str, str]]


def path_of(address: Address, **more: object) -> str:
    """Return what a process is told to reach: an address with its credentials, on one line."""
    return json.dumps({"address": asdict(address), **more})


class Reached(Opened):
    """A store elsewhere, as a process reaches it; nothing is asked of it yet."""

    def __init__(self, path: str) -> None:
        said = json.loads(path)
        self.address = Address(**said.pop("address"))
        self.more: Mapping[str, Any] = said
        self.client = Client(self.address)
        self.store, self.graphs, self.empty_default = ox.Store(), set(), True
        self.lists = {}


class Relay(Worker):
    """Asks one store."""

    def reach(self, path: str) -> Opened:
        """Return the store that is named."""
        return Reached(path)

    def answer(self, request: dict[str, Any], opened: Opened) -> Output:
        """Return the answer of the store, or of a look at it."""
        assert isinstance(opened, Reached)  # noqa: S101 - as reach() made it
        doing: Callable[[dict[str, Any], Reached], Output] = {
            "query": self._query,
            "dump": self._dump,
            "look": self._look,
            "update": self._update,
            "load": self._load,
        }[request["op"]]
        with plainly():
            return doing(request, opened)

    def _query(self, request: dict[str, Any], opened: Reached) -> Output:
        text, base = request["text"], request["base"]
        bound = {name: term(*one) for name, one in request["bind"].items()}
        refuse_reaching_out(text, base=base)
        form = parsed(text, bound, base=base)
        if request["narrowed"]:
            refuse_extensions(text)
        sent = bound_text(text, bound, base=base)
        refuse_reaching_out(sent, base=base)
        dataset = [(name, value) for name, value in request["dataset"]]
        if isinstance(form, ox.QueryTriples):
            return self._graph(request, opened, sent, dataset)
        if isinstance(form, ox.QuerySolutions):
            kind = chosen(request["types"], RESULT_TYPES, "rows")
            output = self.output(request, kind, "rows", Counter(kind, request["rows"]))
        else:
            offers = [one for one in RESULT_TYPES if one not in ROWS_ONLY]
            kind = chosen(request["types"], offers, "yes or no")
            output = self.output(request, kind, "boolean")
        with opened.client.asked(sent, dataset=dataset, accept=ROWS) as coming, _whole():
            if coming.media_type not in (*ROWS, JSON):
                raise _strange(coming)
            found = ox.parse_query_results(_file(coming), format=ox.QueryResultsFormat.JSON)
            if isinstance(found, ox.QueryBoolean) is isinstance(form, ox.QuerySolutions):
                raise _strange(coming)
            found.serialize(output.file, RESULT_TYPES[kind])
        return output

    def _graph(self, request: dict[str, Any], opened: Reached, sent: str, dataset: Pairs) -> Output:
        kind = chosen(request["types"], GRAPH_TYPES, "a graph")
        output = self.output(request, kind, "graph")
        with opened.client.asked(sent, dataset=dataset, accept=TRIPLES) as coming, _whole():
            if coming.media_type not in READERS:
                raise _strange(coming)
            found = ox.parse(_file(coming), format=READERS[coming.media_type])
            triples = (quad.triple for quad in found)
            ox.serialize(at_most(triples, request["rows"]), output.file, format=GRAPH_TYPES[kind])
        return output

    def _dump(self, request: dict[str, Any], opened: Reached) -> Output:
        graph: str = request["graph"]
        if graph == DEFAULT:
            return self._graph(request, opened, OWN, ())
        name = spelt(ox.NamedNode(graph))
        with opened.client.asked(THERE % name, dataset=(), accept=ROWS) as coming, _whole():
            there = ox.parse_query_results(_file(coming), format=ox.QueryResultsFormat.JSON)
            if not there:
                raise RefusedError(code="no-graph", graph=graph)
        return self._graph(request, opened, GRAPH % name, ())

    def _look(self, request: dict[str, Any], opened: Reached) -> Output:
        """Tell which graphs a store has, how it is asked of all, and whether it keeps to some."""
        store = Remote(opened.address)
        try:
            told: dict[str, object] = {"graphs": store.graphs(), "way": store.way, "leak": None}
            told["edition"] = store.holds(EDITION)
            if request["narrowed"]:
                told["leak"] = leak(store)
        finally:
            store.close()
        output = self.output(request, JSON, "object")
        output.write(json.dumps(told).encode())
        return output

    def _update(self, request: dict[str, Any], _: Reached) -> Output:
        """Tell the text of an update as the store is to be sent it."""
        text, base = request["text"], request["base"]
        refuse_fetching(text, base=base)
        with contextlib.suppress(RuntimeError, ValueError, OSError):  # of an empty store
            ox.Store().update(text, base_iri=base, prefixes=prefixes())
        output = self.output(request, "application/sparql-update", "object")
        output.write(bound_text(text, {}, base=base).encode())
        return output

    def _load(self, request: dict[str, Any], _: Reached) -> Output:
        """Tell the triples of a document as they can stand in an update."""
        quads = ox.parse(
            b64decode(request["data"]),
            format=GRAPH_TYPES[request["type"]],
            base_iri=request["base"],
            rename_blank_nodes=True,
            without_named_graphs=True,
        )
        output = self.output(request, "application/n-triples", "object")
        for quad in quads:
            output.write(f"{stated(quad)} .\n".encode())
        return output


@contextmanager
def plainly() -> Iterator[None]:
    """Tell callers that the store failed, without where it is; the log is told all of it."""
    try:
        yield
    except UnavailableError as error:
        print(f"the store: {error}", file=sys.stderr, flush=True)
        kind = DeadlineError if isinstance(error, DeadlineError) else UnavailableError
        busy = isinstance(error, BusyError)
        offence = "the store takes no more now" if busy else error.offence
        raise kind(offence if kind is DeadlineError or busy else _short(offence)) from None
    except CrosswalkError as error:
        if error.place is None or "://" not in error.place:
            raise
        raise wire.error_of({**wire.facts_of(error), "place": None}) from None


def _short(offence: str) -> str:
    return "the store behind the service does not answer" if "://" in offence else offence


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except SyntaxError:
        raise UnavailableError("an answer of the store was cut off, or does not parse") from None


def _strange(coming: Coming) -> UnavailableError:
    return UnavailableError(f"the store answers a query with {coming.media_type or 'nothing'}")


def _file(coming: Coming) -> IO[bytes]:
    return cast("IO[bytes]", coming)


def main() -> None:
    """Run a process."""
    run(Relay)


if __name__ == "__main__":
    main()
