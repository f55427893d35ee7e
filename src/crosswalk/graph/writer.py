"""The writer process: the one that owns the store, and writes one transaction at a time.

A write is committed, flushed to the disk and published as a checkpoint before it is acknowledged.
When any of that fails the process ends, and its successor starts from what the disk holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import sparql
from crosswalk.errors import CrosswalkError
from crosswalk.graph import wire
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.worker import DEFAULT, GRAPH_TYPES

__all__ = ["Writer", "main", "replacement"]


class Writer:
    """Owns the store of a directory."""

    def __init__(self, line: wire.Line, home: Home, prefixes: dict[str, str]) -> None:
        self.line, self.home, self.prefixes = line, home, prefixes
        self.store = ox.Store(str(home.store))
        home.clear()
        self.generation = max(home.generations(), default=0)

    def serve(self) -> None:
        """Publish what the store holds, then write until the line is closed."""
        self._publish({})
        while (body := self.line.receive()) is not None:
            request = json.loads(body)
            data = self.line.receive() if request["op"] == "load" else None
            try:
                facts = self._commit(request, data)
            except SyntaxError as error:
                message = error.msg or str(error)
                self.line.tell(wire.ERROR, code="syntax", message=message, line=error.lineno)
                continue
            except CrosswalkError as error:
                self.line.tell(wire.ERROR, **wire.facts_of(error))
                continue
            except (ValueError, RuntimeError) as error:
                if "Corruption" in str(error):
                    raise OSError(str(error)) from error
                self.line.tell(wire.ERROR, code="failed", message=str(error))
                continue
            self.line.send(wire.COMMITTED)
            self._publish(facts)
        self.store.flush()

    def _publish(self, facts: dict[str, object]) -> None:
        self.store.flush()
        self.generation += 1
        self.store.backup(str(self.home.checkpoint(self.generation)))
        self.line.tell(wire.PUBLISHED, generation=self.generation, **facts)

    def _commit(self, request: dict[str, Any], data: bytes | None) -> dict[str, object]:
        if request["op"] == "update":
            text, base = request["text"], request["base"]
            sparql.refuse_load(text, prefixes=self.prefixes, base=base)
            self.store.update(text, base_iri=base, prefixes=self.prefixes)
            return {}
        graph = _node(request["graph"])
        existed = isinstance(graph, ox.NamedNode) and self.store.contains_named_graph(graph)
        if request["op"] == "delete":
            if existed or isinstance(graph, ox.DefaultGraph):
                self.store.update(f"DROP {_named(graph)}")
            return {"existed": existed}
        format, base = GRAPH_TYPES[request["type"]], request["base"]
        if request["replace"]:
            quads = list(ox.parse(data, format=format, base_iri=base, rename_blank_nodes=True))
            self.store.update(replacement(graph, quads))
        elif graph is None:
            self.store.load(data, format=format, base_iri=base)
        else:
            self.store.load(data, format=format, base_iri=base, to_graph=graph)
            if not existed and isinstance(graph, ox.NamedNode):
                self.store.add_graph(graph)
        return {"existed": existed}


def replacement(graph: ox.NamedNode | ox.DefaultGraph | None, quads: list[ox.Quad]) -> str:
    """Return the update that puts quads in the place of a graph, in one transaction.

    >>> replacement(ox.NamedNode("urn:g"), [])
    'DROP SILENT GRAPH <urn:g> ; CREATE SILENT GRAPH <urn:g>'
    """
    steps = [f"DROP SILENT {_named(graph)}"]
    held: dict[ox.NamedNode | ox.BlankNode | ox.DefaultGraph, list[str]] = {}
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


def _opened(line: wire.Line, home: Home, prefixes: dict[str, str]) -> Writer:
    """Return the writer, once the one before it has let go of the store."""
    until = time.monotonic() + 5
    while True:
        try:
            return Writer(line, home, prefixes)
        except OSError as error:
            if "lock" not in str(error).lower() or time.monotonic() > until:
                raise
            time.sleep(0.01)


def main() -> None:
    """Run the writer until its service closes the line."""
    line, config = wire.attached()
    try:
        _opened(line, Home(Path(config["directory"])), config["prefixes"]).serve()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)
    except OSError as error:
        sys.stderr.write(f"the store cannot be written: {error}\n")  # the service's log
        with contextlib.suppress(OSError):
            line.tell(wire.ERROR, code="disk", message=str(error))
        os._exit(2)
    os._exit(0)


if __name__ == "__main__":
    main()
