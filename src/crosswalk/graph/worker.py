"""A reader process: it opens checkpoints read-only and answers one query at a time.

It is made to be killed: that is the only way to end a query of the store. It holds nothing but
what it reads. Its limits are its own: memory and processor time of the process, rows and bytes of
an answer.
"""

from __future__ import annotations

import json
import os
import resource
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, cast

import pyoxigraph as ox

from crosswalk import sparql
from crosswalk.errors import CrosswalkError
from crosswalk.graph import wire

__all__ = [
    "GRAPH_TYPES",
    "RESULT_TYPES",
    "Counter",
    "LimitExceededError",
    "Opened",
    "Output",
    "RefusedError",
    "Worker",
    "at_most",
    "chosen",
    "main",
    "run",
    "term",
]

RESULT_TYPES = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPH_TYPES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
ROWS_ONLY = ("text/csv", "text/tab-separated-values")
BLOCK = 1 << 16
AWAKE = 0.0005
"""Seconds that a reader waits awake for its next query, when no other has anything to do."""
DEFAULT = "default"
"""The name of the default graph of the store, where a graph is asked for."""


class LimitExceededError(Exception):
    """An answer has more rows or bytes than it may."""

    def __init__(self, what: str, limit: int) -> None:
        self.what, self.limit = what, limit


class Output:
    """Where an answer is written to: it counts, and sends it on in blocks.

    Until the first block is full nothing has been sent, and an error can still be told.
    """

    def __init__(
        self, line: wire.Line, head: dict[str, object], most: int, count: Counter | None
    ) -> None:
        self.line, self.head, self.most, self.count = line, head, most, count
        self.parts: list[bytes] = []
        self.size = self.total = 0
        self.begun = False

    @property
    def file(self) -> IO[bytes]:
        """It, as the file that the engine writes to: it calls write and flush."""
        return cast("IO[bytes]", self)

    def write(self, data: bytes) -> int:
        """Take a part of the answer."""
        self.parts.append(data)
        self.size += len(data)
        if self.size >= BLOCK:
            self._pass_on()
        return len(data)

    def flush(self) -> None:
        """Do nothing: blocks are sent when they are full."""

    def close(self, **facts: object) -> None:
        """Send what is left and say that the answer is complete."""
        block = self._block()
        if self.begun:
            if block:
                self.line.send(wire.DATA, block)
            self.line.tell(wire.END, **facts)
        else:
            self.line.send_whole({**self.head, **facts}, block)

    def _pass_on(self) -> None:
        block = self._block()
        if not self.begun:
            self.line.tell(wire.HEAD, **self.head)
            self.begun = True
        self.line.send(wire.DATA, block)

    def _block(self) -> bytes:
        block = b"".join(self.parts)
        self.parts.clear()
        self.total += self.size
        self.size = 0
        if self.total > self.most:
            raise LimitExceededError("bytes", self.most)
        if self.count:
            self.count.add(block)
        return block


class Counter:
    """Counts the rows of an answer as it is written, by what stands between rows."""

    def __init__(self, media_type: str, most: int) -> None:
        self.most = most
        self.rows = 0
        self.tail = self.cut = b""
        self.quoted = False
        self.empty = 0
        self.found: Callable[[bytes], int] = {
            "application/sparql-results+json": self._json,
            "application/sparql-results+xml": self._xml,
            "text/csv": self._csv,
            "text/tab-separated-values": lambda block: block.count(b"\n"),
        }[media_type]
        if media_type in ROWS_ONLY:
            self.rows = -1

    def add(self, block: bytes) -> None:
        """Count a block.

        :raises LimitExceededError: if there are more rows than there may be.
        """
        self.rows += self.found(block)
        if self.rows > self.most:
            raise LimitExceededError("rows", self.most)

    def _json(self, block: bytes) -> int:
        # Between two rows stands  "}},{"name  ; a literal that ends so is followed by } or , .
        first = 0 if self.tail else 1
        text = self.tail + block
        rows = text.count(b'}},{"') - text.count(b'}},{"}') - text.count(b'}},{",')
        rows -= self.tail.count(b'}},{"')
        self.tail = text[-5:]
        return rows + first + self._without_value(block)

    def _without_value(self, block: bytes) -> int:
        """Return how many rows of JSON have no value, but for the first such row of the answer.

        Where both kinds of rows alternate, some rows with values are missed: at most half of all.
        """
        text = self.cut + block
        if b"\\" in text:
            text = text.replace(rb"\\", b"")
            open_ended = text.endswith(b"\\")
            text = text.replace(rb"\"", b"")
        else:
            open_ended = False
        found, quoted = 0, self.quoted
        if b"{}" in text:
            found = sum(piece.count(b"{}") for piece in text.split(b'"')[int(quoted) :: 2])
        self.quoted ^= text.count(b'"') % 2 == 1
        self.cut = b"\\" if open_ended else b"{" if text.endswith(b"{") and not self.quoted else b""
        found, self.empty = found - (found > 0 and not self.empty), self.empty + found
        return found

    def _xml(self, block: bytes) -> int:
        text = self.tail + block
        self.tail = text[-7:]
        return text.count(b"<result>")

    def _csv(self, block: bytes) -> int:
        pieces = block.split(b'"')
        rows = sum(piece.count(b"\n") for piece in pieces[int(self.quoted) :: 2])
        self.quoted ^= len(pieces) % 2 == 0
        return rows


class Opened:
    """A checkpoint that is open for reading."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.store = ox.Store.read_only(path)
        self.graphs = {g.value for g in self.store.named_graphs()}
        own = self.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
        self.empty_default = next(iter(own), None) is None
        self.lists: dict[tuple[str, ...], list[ox.NamedNode | ox.DefaultGraph]] = {}

    def dataset(self, default: list[str] | None, named: list[str] | None) -> dict[str, Any]:
        """Return how the engine is told of the graphs of a query."""
        if default is None or named is None:
            return {}
        if default == named == ["*"]:
            return {"use_default_graph_as_union": True}
        # The store's own union answers joins many times faster than a list of all graphs does,
        # and is the same where the list leaves out nothing.
        if (
            self.graphs.issubset(default)
            and self.graphs.issubset(named)
            and (self.empty_default or DEFAULT in default)
        ):
            return {"use_default_graph_as_union": True}
        return {"default_graph": self._nodes(default), "named_graphs": self._nodes(named)}

    def _nodes(self, names: list[str]) -> list[ox.NamedNode | ox.DefaultGraph]:
        key = tuple(names)
        if key not in self.lists:
            if len(self.lists) > 64:
                self.lists.clear()
            self.lists[key] = [
                ox.DefaultGraph() if one == DEFAULT else ox.NamedNode(one) for one in names
            ]
        return self.lists[key]


class Worker(ABC):
    """Answers requests on checkpoints, one at a time, within its limits.

    A request carries the ``path`` of its checkpoint, the paths that are to ``close``, and the
    limits ``rows``, ``bytes`` and ``cpu``; the rest is what the service and ``answer`` agree on.
    """

    def __init__(self, line: wire.Line, config: dict[str, Any]) -> None:
        self.line = line
        self.prefixes: dict[str, str] = config["prefixes"]
        self.memory: int = config["memory"]
        self.opened: dict[str, Opened] = {}

    @abstractmethod
    def answer(self, request: dict[str, Any], opened: Opened) -> Output:
        """Return the answer of a request, written but not closed.

        What it raises is told to the service: an error of ours as it is, others as refusals.
        """

    def output(
        self,
        request: dict[str, Any],
        media_type: str,
        kind: str,
        count: Counter | None = None,
        **facts: object,
    ) -> Output:
        """Return where the answer of a request is written to.

        :param kind: what it is: rows, graph, boolean, or what the service knows it by.
        :param facts: what the service is told beside.
        """
        head: dict[str, object] = {"type": media_type, "kind": kind}
        if facts:
            head["facts"] = facts
        return Output(self.line, head, request["bytes"], count)

    def reach(self, path: str) -> Opened:
        """Return what a path names, open for reading: here a checkpoint."""
        return Opened(path)

    def prepare(self, opened: Opened) -> None:  # noqa: B027 - nothing need be done
        """Do ahead what the first request on a checkpoint would wait for; here nothing."""

    def serve(self) -> None:
        """Answer until the line is closed."""
        self.line.send(wire.READY)
        awake = 0.0
        while (body := self.line.receive(awake=awake)) is not None:
            request = json.loads(body)
            awake = AWAKE if request.get("alone") else 0.0
            try:
                self._served(request)
            except SyntaxError as error:
                self.line.tell(wire.ERROR, code="syntax", message=error.msg or str(error))
            except LimitExceededError as error:
                self.line.tell(wire.ERROR, code=error.what, limit=error.limit)
            except MemoryError:
                self.line.tell(wire.ERROR, code="memory")
            except RefusedError as error:
                self.line.tell(wire.ERROR, **error.facts)
            except CrosswalkError as error:
                self.line.tell(wire.ERROR, **wire.facts_of(error))
            except (ValueError, RuntimeError, OSError) as error:
                self.line.tell(wire.ERROR, code="failed", message=str(error))

    def _served(self, request: dict[str, Any]) -> None:
        for path in request["close"]:
            self.opened.pop(path, None)
        opened = self._open(request["path"]) if "path" in request else None
        if request["op"] == "open" or opened is None:
            if opened is not None:
                self.prepare(opened)
            self.line.send(wire.OPENED)
            return
        used = time.process_time()
        soft = int(used + request["cpu"]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        output = self.answer(request, opened)
        output.close(
            memory=self._held(),
            cpu=round(time.process_time() - used, 4),
        )

    def _held(self) -> int:
        """Return the kilobytes that this process has held at most, or holds, if that seems much.

        What is told as the most begins with what the service held when it started the process.
        """
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if most * 2048 <= self.memory else _pages(1) >> 10

    def _open(self, path: str) -> Opened:
        if path in self.opened:
            return self.opened[path]
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        try:
            opened = self.opened[path] = self.reach(path)
        except (OSError, RuntimeError, ValueError) as error:
            raise RefusedError(code="unopened", message=str(error)) from error
        finally:
            # So much memory beside what the open stores have reserved: their threads reserve much
            # that they do not use.
            most = _pages(0) + self.memory
            resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        return opened


class Reader(Worker):
    """Answers queries, and dumps graphs."""

    def answer(self, request: dict[str, Any], opened: Opened) -> Output:
        """Return the answer of a query or a dump."""
        if request["op"] == "dump":
            return self._dump(request, opened)
        text, base = request["text"], request["base"]
        rows: int = request["rows"]
        sparql.refuse_service(text, prefixes=self.prefixes, base=base)
        found = opened.store.query(
            text,
            base_iri=base,
            # The engine reads each of them, and a query names few.
            prefixes={name: iri for name, iri in self.prefixes.items() if f"{name}:" in text},
            substitutions={ox.Variable(name): term(*one) for name, one in request["bind"].items()},
            **opened.dataset(request["default"], request["named"]),
        )
        if isinstance(found, ox.QueryTriples):
            kind = chosen(request["types"], GRAPH_TYPES, "a graph")
            output = self.output(request, kind, "graph")
            ox.serialize(at_most(found, rows), output.file, format=GRAPH_TYPES[kind])
        elif isinstance(found, ox.QuerySolutions):
            kind = chosen(request["types"], RESULT_TYPES, "rows")
            output = self.output(request, kind, "rows", Counter(kind, rows))
            found.serialize(output.file, RESULT_TYPES[kind])
        else:
            offers = [one for one in RESULT_TYPES if one not in ROWS_ONLY]
            kind = chosen(request["types"], offers, "yes or no")
            output = self.output(request, kind, "boolean")
            found.serialize(output.file, RESULT_TYPES[kind])
        return output

    def _dump(self, request: dict[str, Any], opened: Opened) -> Output:
        graph: str | None = request["graph"]
        if graph is None:
            offers = {t: f for t, f in GRAPH_TYPES.items() if f.supports_datasets}
            kind = chosen(request["types"], offers, "a dataset")
            output = self.output(request, kind, "graph")
            opened.store.dump(output.file, offers[kind], prefixes=self.prefixes)
            return output
        if graph != DEFAULT and graph not in opened.graphs:
            raise RefusedError(code="no-graph", graph=graph)
        kind = chosen(request["types"], GRAPH_TYPES, "a graph")
        output = self.output(request, kind, "graph")
        node = ox.DefaultGraph() if graph == DEFAULT else ox.NamedNode(graph)
        opened.store.dump(output.file, GRAPH_TYPES[kind], from_graph=node)
        return output


class RefusedError(Exception):
    """A request cannot be met; the facts tell the service why."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts


def _pages(field: int) -> int:
    """Return the bytes of address space (0) or memory (1) that this process has, 0 if untold."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[field]) * resource.getpagesize()
    except OSError:
        return 0


def chosen(wished: Iterable[str], offers: Iterable[str], what: str) -> str:
    """Return the first media type that is wished and offered.

    :param what: what is to be written.
    :raises RefusedError: if there is none.
    """
    known = list(offers)
    for one in wished:
        if one in known:
            return one
    raise RefusedError(code="not-acceptable", what=what, offers=known)


def at_most(triples: Iterable[ox.Triple], most: int) -> Iterator[ox.Triple]:
    """Yield triples, but not more than so many.

    :raises LimitExceededError: if there are more.
    """
    for number, triple in enumerate(triples, 1):
        if number > most:
            raise LimitExceededError("rows", most)
        yield triple


def term(
    kind: str, value: str, datatype: str | None = None, language: str | None = None
) -> ox.NamedNode | ox.Literal:
    """Return the term that was told, of kind ``iri`` or ``literal``."""
    if kind == "iri":
        return ox.NamedNode(value)
    if language:
        return ox.Literal(value, language=language)
    return ox.Literal(value, datatype=ox.NamedNode(datatype) if datatype else None)


def run(worker: type[Worker]) -> None:
    """Run a worker until its service closes the line; then the process ends."""
    line, config = wire.attached()

    def work() -> None:
        try:
            worker(line, config).serve()
        except (BrokenPipeError, ConnectionResetError):
            os._exit(1)
        os._exit(0)

    wire.run_deep(work)


def main() -> None:
    """Run a reader."""
    run(Reader)


if __name__ == "__main__":
    main()
