"""The writer process: the one that owns the store, and applies one transaction after the other.

Writes come in groups. Each is a transaction of its own; a group is flushed to the disk and
published as one checkpoint before any of it is acknowledged. When that fails the process ends, and
its successor starts from what the disk holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import sparql
from crosswalk.errors import ConflictError, CrosswalkError, ForbiddenError
from crosswalk.graph import changes, wire
from crosswalk.graph.changes import Change
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.confined import Fence, require_within
from crosswalk.graph.worker import DEFAULT, GRAPH_TYPES

__all__ = ["Writer", "main", "replacement"]

QUAD = 400
"""Bytes of a document for each quad that it may have and be noted."""
Place = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


class SpoiltError(Exception):
    """The store holds what it must not; the process ends, and its successor takes it back."""


class Writer:
    """Owns the store of a directory.

    :param within: what the IRIs of the graphs that may be written to begin with; None is all.
    """

    def __init__(
        self, line: wire.Line, home: Home, prefixes: dict[str, str], within: str | None
    ) -> None:
        self.line, self.home, self.prefixes, self.within = line, home, prefixes, within
        self.store = ox.Store(str(home.store))
        home.clear()
        self.generation = max(home.generations(), default=0)
        self.changed = not home.settled()
        self.settled = self.doubted = False
        self.change: Change | None = None if self.changed else Change()
        self.fence: Fence | None = None

    def serve(self) -> None:
        """Publish what the store holds, then write until the line is closed."""
        self.settled = not self.changed
        self._publish()
        while (body := self.line.receive()) is not None:
            request = json.loads(body)
            if request["op"] == "publish":
                self._publish()
                continue
            data = [self.line.receive() or b"" for _ in range(request["documents"])]
            try:
                self.line.tell(wire.COMMITTED, **self._commit(request, data))
            except SyntaxError as error:
                message = error.msg or str(error)
                self.line.tell(wire.ERROR, code="syntax", message=message, line=error.lineno)
            except CrosswalkError as error:
                self.line.tell(wire.ERROR, **wire.facts_of(error))
            except (ValueError, RuntimeError) as error:
                if "Corruption" in str(error):
                    raise OSError(str(error)) from error
                self.line.tell(wire.ERROR, code="failed", message=str(error))
        if not self.changed:
            self.home.settle(self.generation)

    def _publish(self) -> None:
        """Have all that was applied on the disk, in the store and as a checkpoint."""
        if self.changed:
            self.generation += 1
            goal = self.home.checkpoint(self.generation)
            # The engine flushes before it links: then no log of the checkpoint holds anything.
            self.store.backup(str(goal))
            if any(log.stat().st_size for log in goal.glob("*.log")):
                self.store.flush()
            self.changed = False
            if self.change is not None and self.within is not None:
                changes.note(self.home.path, self.generation, self.change)
            self.change = Change()
        if self.doubted:
            self.home.trust()
            self.doubted = False
        self.line.tell(wire.PUBLISHED, generation=self.generation)

    def _commit(self, request: dict[str, Any], data: list[bytes]) -> dict[str, object]:
        expected: int | None = request["if_generation"]
        if expected is not None and (expected != self.generation or self.changed):
            raise ConflictError("the data has changed meanwhile", remedy="Read it, and try again.")
        if self.settled:
            self.home.unsettle()
            self.settled = False
        if request["op"] == "update":
            return self._update(request["text"], request["base"])
        if request["op"] == "load":
            return self._load(request, data[0])
        return self._change(request, data)

    def _update(self, text: str, base: str | None) -> dict[str, object]:
        sparql.refuse_load(text, prefixes=self.prefixes, base=base)
        if self.within is None:
            self._apply(text, base)
            return {}
        if self.fence is None:
            self.fence = Fence(self.store, self.within)
        self.fence.prepare(text)
        self.home.doubt()
        self.doubted = True
        self.change = None  # what an update changed is not known
        try:
            self._apply(text, base)
        except (SyntaxError, ValueError, RuntimeError):  # it was rolled back
            self.home.trust()
            self.doubted = False
            raise
        try:
            self.fence.verify(text)
        except ForbiddenError as error:
            self.line.tell(wire.ERROR, **wire.facts_of(error), ends=True)
            raise SpoiltError from error
        return {}

    def _change(self, request: dict[str, Any], data: list[bytes]) -> dict[str, object]:
        """Delete and replace graphs, all of it in one transaction."""
        deleted = [
            graph
            for graph in map(_node, request["delete"])
            if isinstance(graph, ox.DefaultGraph) or self._has(graph)
        ]
        put = [
            (_node(one["graph"]), _parsed(one, document))
            for one, document in zip(request["put"], data, strict=True)
        ]
        existed = [self._has(graph) for graph in (*deleted, *(graph for graph, _ in put))]
        before = self._held([*deleted, *(graph for graph, _ in put)])
        steps = [f"DROP SILENT {_named(graph)}" for graph in deleted]
        steps += [replacement(graph, quads) for graph, quads in put]
        if steps:
            self._apply(" ; ".join(steps), None)
            self._changed(before, [quad for graph, quads in put for quad in _in(graph, quads)])
        return {"existed": any(existed)}

    def _load(self, request: dict[str, Any], data: bytes) -> dict[str, object]:
        graph = _node(request["graph"])
        if self.within is not None and graph is None:
            require_within(self.within, _places(_parsed(request, data)))
        existed = self._has(graph)
        format, base = GRAPH_TYPES[request["type"]], request["base"]
        if graph is None:
            self.store.load(data, format=format, base_iri=base)
        elif format.supports_datasets:  # the engine would follow the names in the document
            self.store.extend(
                ox.Quad(quad.subject, quad.predicate, quad.object, graph)
                for quad in _parsed(request, data)
            )
        else:
            self.store.load(data, format=format, base_iri=base, to_graph=graph)
        self.changed = True
        small = self.within is not None and len(data) <= changes.MOST * QUAD
        self._changed([], _in(graph, _parsed(request, data)) if small else None)
        if not existed and isinstance(graph, ox.NamedNode):
            self.store.add_graph(graph)
        return {"existed": existed}

    def _held(
        self, graphs: Iterable[ox.NamedNode | ox.DefaultGraph | None]
    ) -> list[ox.Quad] | None:
        """Return the quads of some graphs; None if they are too many to be noted."""
        found: list[ox.Quad] = []
        if self.within is None or self.change is None:
            return None
        for graph in graphs:
            if graph is None:
                return None
            found += islice(self.store.quads_for_pattern(None, None, None, graph), changes.MOST)
            if len(found) >= changes.MOST:
                return None
        return found

    def _changed(self, before: list[ox.Quad] | None, after: list[ox.Quad] | None) -> None:
        """Take note of what was there and what is there instead; None where that is not known."""
        if before is None or after is None or self.change is None:
            self.change = None
            return
        was, now = set(before), set(after)
        change = Change(
            tuple(quad for quad in after if quad not in was),
            tuple(quad for quad in before if quad not in now),
        )
        self.change = self.change.then(change)

    def _apply(self, text: str, base: str | None) -> None:
        self.store.update(text, base_iri=base, prefixes=self.prefixes)
        self.changed = True

    def _has(self, graph: ox.NamedNode | ox.DefaultGraph | None) -> bool:
        """Tell whether a graph is there; the default graph is if it says anything."""
        if isinstance(graph, ox.NamedNode):
            return self.store.contains_named_graph(graph)
        return graph is not None and any(self.store.quads_for_pattern(None, None, None, graph))


def replacement(graph: ox.NamedNode | ox.DefaultGraph | None, quads: list[ox.Quad]) -> str:
    """Return the update that puts quads in the place of a graph, in one transaction.

    >>> replacement(ox.NamedNode("urn:g"), [])
    'DROP SILENT GRAPH <urn:g> ; CREATE SILENT GRAPH <urn:g>'
    """
    steps = [f"DROP SILENT {_named(graph)}"]
    held: dict[Place, list[str]] = {}
    for quad in quads:
        place = quad.graph_name if graph is None else graph
        held.setdefault(place, []).append(f"{quad.triple} .")
    if isinstance(graph, ox.NamedNode):
        steps.append(f"CREATE SILENT GRAPH {graph}")
    blocks = []
    for place, lines in held.items():
        text = "\n".join(lines)
        named = not isinstance(place, ox.DefaultGraph)
        blocks.append(f"GRAPH {place} {{\n{text}\n}}" if named else text)
    if blocks:
        steps.append("INSERT DATA {\n" + "\n".join(blocks) + "\n}")
    return " ; ".join(steps)


def _named(graph: ox.NamedNode | ox.DefaultGraph | None) -> str:
    if graph is None:
        return "ALL"
    return "DEFAULT" if isinstance(graph, ox.DefaultGraph) else f"GRAPH {graph}"


def _node(name: str | None) -> ox.NamedNode | ox.DefaultGraph | None:
    if name is None:
        return None
    return ox.DefaultGraph() if name == DEFAULT else ox.NamedNode(name)


def _parsed(said: dict[str, Any], data: bytes) -> list[ox.Quad]:
    """Return the quads of a document; one that is for a single graph must not name others."""
    quads = ox.parse(
        data,
        format=GRAPH_TYPES[said["type"]],
        base_iri=said["base"],
        rename_blank_nodes=True,
        without_named_graphs=said["graph"] is not None,
    )
    return list(quads)


def _in(graph: ox.NamedNode | ox.DefaultGraph | None, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads as they stand in a graph; None: where they say."""
    if graph is None:
        return list(quads)
    return [ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads]


def _places(quads: Iterable[ox.Quad]) -> Iterable[str]:
    """Yield the names of the graphs of quads."""
    for graph in dict.fromkeys(quad.graph_name for quad in quads):
        yield graph.value if isinstance(graph, ox.NamedNode) else _spelt(graph)


def _spelt(graph: ox.BlankNode | ox.DefaultGraph | ox.Triple) -> str:
    return DEFAULT if isinstance(graph, ox.DefaultGraph) else str(graph)


def _opened(line: wire.Line, config: dict[str, Any]) -> Writer:
    """Return the writer, once the one before it has let go of the store."""
    home, until = Home(Path(config["directory"])), time.monotonic() + 5
    home.recover()
    while True:
        try:
            return Writer(line, home, config["prefixes"], config["within"])
        except OSError as error:
            if "lock" not in str(error).lower() or time.monotonic() > until:
                raise
            time.sleep(0.01)


def main() -> None:
    """Run the writer until its service closes the line."""
    wire.run_deep(_work)


def _work() -> None:
    line, config = wire.attached()
    try:
        _opened(line, config).serve()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)
    except SpoiltError:
        os._exit(3)
    except OSError as error:
        sys.stderr.write(f"the store cannot be written: {error}\n")  # the service's log
        with contextlib.suppress(OSError):
            line.tell(wire.ERROR, code="disk", message=str(error))
        os._exit(2)
    os._exit(0)


if __name__ == "__main__":
    main()
