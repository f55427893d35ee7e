"""What it costs to load data and check it under the shapes: ours beside pySHACL.

Run it as ``python benchmarks/shapes.py FILE [--core] [--engine compiled|pyshacl]``; FILE is
N-Triples or N-Quads (:func:`crosswalk.bench.generated`, ``benchmarks/api.py`` make it). ``--core``
leaves the SPARQL constraints out. Each engine in a process of its own, so that neither warms the
other; the rows are compared by their digest, which both print, before a time counts. Where the data
has a dateTime beside a date, pySHACL orders the two; for SPARQL, and so for SHACL, that is an
error, and a row more (src/crosswalk/shapes/README.md).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from crosswalk import resources
from crosswalk.shapes import Columns, Data, Shapes, compiled, read
from crosswalk.shapes.values import Sparql


def shapes(*, core: bool) -> Shapes:
    """Return the shapes of an organisation, as shipped or without their SPARQL constraints."""
    whole = read([resources.ontology_dir() / "shapes" / "organisation.ttl"])
    if not core:
        return whole
    kept = [
        replace(shape, constraints=tuple(c for c in shape.constraints if not isinstance(c, Sparql)))
        for shape in whole
    ]
    return Shapes.of(kept, whole.graph, whole.prefixes)


def by_compiled(path: Path, *, core: bool) -> tuple[float, float, list[str]]:
    """Return seconds of load, of validation, and the rows."""
    plan = compiled(shapes(core=core))
    start = time.perf_counter()
    columns = Columns()
    taken = columns.taking(quad.triple for quad in ox.parse(path=str(path)))
    data = Data(taken if plan.computes else ())
    for _ in taken:
        pass
    loaded = time.perf_counter()
    results = plan.results(data.ask, computed=data.computed, columns=columns)
    done = time.perf_counter()
    rows = [told(r.focus, r.path_term, r.value, r.component, r.shape, r.severity) for r in results]
    return loaded - start, done - loaded, rows


def by_pyshacl(path: Path, *, core: bool) -> tuple[float, float, list[str]]:
    """Return seconds of load, of validation, and the rows."""
    import pyshacl
    import rdflib
    from rdflib import SH as NAMES
    from rdflib import Dataset, Graph

    rdflib.NORMALIZE_LITERALS = False  # values are compared as they are written
    shape_graph = Graph().parse(resources.ontology_dir() / "shapes" / "organisation.ttl")
    if core:
        shape_graph.remove((None, NAMES.sparql, None))
    start = time.perf_counter()
    graph: Graph = Graph()
    if path.suffix == ".nq":
        graph = Dataset(default_union=True)
    graph.parse(path)
    loaded = time.perf_counter()
    _, report, _ = pyshacl.validate(graph, shacl_graph=shape_graph, advanced=True, inplace=True)
    done = time.perf_counter()
    columns = (
        *(NAMES.focusNode, NAMES.resultPath, NAMES.value),
        *(NAMES.sourceConstraintComponent, NAMES.sourceShape, NAMES.resultSeverity),
    )
    rows = [
        told(*(report.value(result, column) for column in columns))
        for result in report.objects(None, NAMES.result)
    ]
    return loaded - start, done - loaded, rows


def told(*terms: object) -> str:
    """Return a row so that rows of both sides compare; a blank node is any."""
    texts = ("" if t is None else str(t.n3()) if hasattr(t, "n3") else str(t) for t in terms)
    return "\t".join("[]" if text.startswith("_:") else text for text in texts)


def digest(rows: Iterable[str]) -> str:
    """Return what rows come to, in any order."""
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]


def main() -> None:
    """Print one measurement as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--core", action="store_true")
    parser.add_argument("--engine", choices=["compiled", "pyshacl"], default="compiled")
    given = parser.parse_args()
    side = by_compiled if given.engine == "compiled" else by_pyshacl
    load, validate, rows = side(given.file, core=given.core)
    print(
        json.dumps(
            {
                "engine": given.engine,
                "core": given.core,
                "load_s": round(load, 2),
                "validate_s": round(validate, 2),
                "cpu_s": round(time.process_time(), 2),
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                "rows": len(rows),
                "digest": digest(rows),
            }
        )
    )


if __name__ == "__main__":
    main()
