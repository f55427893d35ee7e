"""The process of one side: it reads a command a line, as JSON, and answers each by a line.

Run as ``python -m crosswalk.bench.side NAME``. A side has its own process so that its imports, its
memory and its faults are its own; another side is a class with the same methods.
"""

from __future__ import annotations

import importlib
import json
import resource
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from crosswalk.bench.rows import digest, marks, meaning, value
from crosswalk.bench.terms import AS_OF

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["PACKAGES", "SIDES", "main"]

Found = dict[str, Any]
SHACL = "http://www.w3.org/ns/shacl#"


class Crosswalk:
    """Ours: what a verb does, by the functions that it calls."""

    def load(self, path: str, directory: str | None) -> Found:
        """Load evidence by our own path: checked, put in its graphs, recorded."""
        from crosswalk.graph import Dataset, load_data, upkeep

        begun = time.perf_counter()
        if directory is None:
            self.dataset = Dataset()
            load_data(self.dataset, [path])
            count = len(self.dataset.store)
        else:
            count = upkeep.load(directory, [(Path(path), None)])
        return {"seconds": time.perf_counter() - begun, "rows": count}

    def open(self, path: str) -> Found:
        """Have a dataset in memory that queries are asked of."""
        import pyoxigraph as ox

        from crosswalk.graph import Dataset

        self.dataset = Dataset()
        self.dataset.store.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
        return {"rows": len(self.dataset.store)}

    def ask(self, name: str, seconds: float) -> Found:
        """Answer a query of the library in bytes; what is asked cannot be ended from within."""
        import pyoxigraph as ox

        from crosswalk import queries
        from crosswalk.bench.questions import parameters

        query = queries.named(name)
        begun = time.perf_counter()
        answer = self.dataset.answer(query.text, parameters(query))
        if isinstance(answer, ox.QueryTriples):
            body = answer.serialize(format=ox.RdfFormat.N_TRIPLES)
        else:
            body = answer.serialize(format=ox.QueryResultsFormat.JSON)
        return _answered(begun, body, graph=isinstance(answer, ox.QueryTriples))

    def judge(self, verb: str, edition: str) -> Found:
        """Ask a verb of all organisations that are open; then again, with what it kept."""
        from crosswalk import catalogue, inference
        from crosswalk.verbs import assessment

        catalogue.editions(self.dataset)
        inference.build(self.dataset)
        spent = []
        for _ in range(2):
            begun = time.perf_counter()
            answer = getattr(assessment, verb)(self.dataset, edition=edition, as_of=AS_OF)
            spent.append(time.perf_counter() - begun)
        return {"seconds": spent[0], "apart": spent[1], "rows": len(answer.rows)}

    def check(self, data: str, shapes: str) -> Found:
        """Validate triples against shapes by the engine of ``crosswalk validate``."""
        import pyoxigraph as ox

        from crosswalk.shapes import Columns, Data, compiled, read

        begun = time.perf_counter()
        plan = compiled(read([Path(shapes)]))
        columns = Columns()
        taken = columns.taking(
            quad.triple for quad in ox.parse(path=data, format=ox.RdfFormat.N_TRIPLES)
        )
        held = Data(taken if plan.computes else ())
        for _ in taken:
            pass
        parsed = time.perf_counter()
        results = plan.results(held.ask, computed=held.computed, columns=columns)
        ended = time.perf_counter()

        def said(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
            if term is None or isinstance(term, ox.Triple):
                return ""
            return "_" if isinstance(term, ox.BlankNode) else value(term.value)

        rows = [
            (
                said(one.focus),
                said(one.path_term),
                said(one.component),
                said(one.severity).rpartition("#")[2],
                said(one.value),
            )
            for one in results
        ]
        told = {"seconds": ended - begun, "apart": ended - parsed}
        return told | {"rows": len(rows), "marks": marks(rows)}


class RDFLib:
    """rdflib, in memory; it has no store on disk of its own."""

    def load(self, path: str, directory: str | None) -> Found:
        """Load evidence."""
        begun = time.perf_counter()
        self.open(path)
        return {"seconds": time.perf_counter() - begun, "rows": len(self.dataset)}

    def open(self, path: str) -> Found:
        """Have a dataset in memory whose default graph is the union of all graphs."""
        from rdflib import Dataset

        self.dataset = Dataset(default_union=True)
        self.dataset.parse(path, format="nquads")
        return {"rows": len(self.dataset)}

    def ask(self, name: str, seconds: float) -> Found:
        """Answer a query with the parameters in its text, in bytes; stop at the limit."""
        from crosswalk import queries
        from crosswalk.bench.questions import parameters
        from crosswalk.graph.binding import bound_text
        from crosswalk.graph.dataset import term

        query = queries.named(name)
        given = {key: term(one) for key, one in parameters(query).items()}
        text = bound_text(query.text, given)

        def stop(number: int, frame: FrameType | None) -> None:
            raise TimeoutError

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            begun = time.perf_counter()
            answer = self.dataset.query(text)
            graph = answer.type in ("CONSTRUCT", "DESCRIBE")
            body = answer.serialize(format="nt" if graph else "json")
            found = _answered(begun, body, graph=graph)
        except TimeoutError:
            return {"unfinished": True}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return found


def _answered(begun: float, body: bytes | None, *, graph: bool) -> Found:
    """Return how long an answer in SPARQL JSON or N-Triples took, and its rows."""
    import pyoxigraph as ox

    spent = time.perf_counter() - begun

    def meant(term: object) -> str | None:
        if isinstance(term, ox.Literal):
            return meaning("literal", term.value, term.datatype.value)
        if isinstance(term, ox.NamedNode):
            return meaning("iri", term.value)
        return None if term is None else meaning("blank", "")

    held = body or b""
    if graph:
        triples = ox.parse(held, format=ox.RdfFormat.N_TRIPLES)
        rows = [
            [meant(part) for part in (one.subject, one.predicate, one.object)] for one in triples
        ]
    else:
        said = ox.parse_query_results(held, format=ox.QueryResultsFormat.JSON)
        rows = (
            [[str(bool(said))]]
            if isinstance(said, ox.QueryBoolean)
            else [[meant(one) for one in row] for row in said]
        )
    return {"seconds": spent, "rows": len(rows), "digest": digest(rows)}


class PySHACL:
    """pySHACL on rdflib: the oracle of the rows."""

    def check(self, data: str, shapes: str) -> Found:
        """Validate triples against shapes."""
        import pyshacl
        from rdflib import Graph

        begun = time.perf_counter()
        graph = Graph().parse(data, format="nt")
        parsed = time.perf_counter()
        _, results, _ = pyshacl.validate(
            graph,
            shacl_graph=Graph().parse(shapes, format="turtle"),
            inference="none",
            advanced=True,
            inplace=True,
            do_owl_imports=False,
        )
        return _reported(results, begun, parsed)


class PyShifty:
    """pyshifty, compiled, from the file."""

    def check(self, data: str, shapes: str) -> Found:
        """Validate triples against shapes."""
        shifty = importlib.import_module("shifty")
        begun = time.perf_counter()
        _, results, _ = shifty.validate(Path(data), Path(shapes), infer=False)
        return _reported(results, begun, None)


class PySHACLTurbo:
    """pyshacl-turbo, compiled, from the file."""

    def check(self, data: str, shapes: str) -> Found:
        """Validate triples against shapes."""
        turbo = importlib.import_module("pyshacl_turbo")
        begun = time.perf_counter()
        _, results, _ = turbo.validate(
            data,
            shacl_graph=shapes,
            data_graph_format="nt",
            shacl_graph_format="turtle",
            advanced=True,
        )
        return _reported(results, begun, None)


def _reported(results: Graph, begun: float, parsed: float | None) -> Found:
    """Return how long a validation took and what it found, from its report."""
    from rdflib import BNode, URIRef

    ended = time.perf_counter()

    def said(result: Node, name: str) -> str:
        node = results.value(result, URIRef(SHACL + name))
        return "_" if isinstance(node, BNode) else "" if node is None else value(str(node))

    rows = [
        (
            said(result, "focusNode"),
            said(result, "resultPath"),
            said(result, "sourceConstraintComponent"),
            said(result, "resultSeverity").rpartition("#")[2],
            said(result, "value"),
        )
        for result in set(results.objects(None, URIRef(SHACL + "result")))
    ]
    told: Found = {"seconds": ended - begun, "rows": len(rows), "marks": marks(rows)}
    return told if parsed is None else told | {"apart": ended - parsed}


SIDES: dict[str, type] = {
    "crosswalk": Crosswalk,
    "rdflib": RDFLib,
    "pyshacl": PySHACL,
    "pyshifty": PyShifty,
    "pyshacl-turbo": PySHACLTurbo,
}
PACKAGES = {
    "crosswalk": ("aigov-crosswalk", "pyoxigraph"),
    "rdflib": ("rdflib",),
    "pyshacl": ("pyshacl", "rdflib"),
    "pyshifty": ("pyshifty",),
    "pyshacl-turbo": ("pyshacl-turbo",),
    "rdflib-endpoint": ("rdflib-endpoint", "rdflib"),
    "oxigraph serve": ("oxigraph",),
    "fuseki": (),
}
"""Side → the packages that it needs, by the names that they are installed by."""


def main(arguments: Iterable[str] | None = None) -> None:
    """Answer commands until there are no more."""
    (name,) = sys.argv[1:] if arguments is None else arguments
    side = SIDES[name]()
    for line in sys.stdin:
        command, given = json.loads(line)
        try:
            found = getattr(side, command)(**given)
        except Exception as error:  # a fault of a side is a result, whatever it is
            found = {"fault": f"{type(error).__name__}: {error}"[:300]}
        found["mebibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
