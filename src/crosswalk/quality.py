"""The quality of our own knowledge: each check is one row, each fault is named.

A check that could not run is listed as *not run*: it neither passes nor fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswalk import frameworks, queries, resources, validation
from crosswalk.errors import CrosswalkError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.namespaces import graph_iri

__all__ = ["Check", "run"]

SUFFIX = "-violation"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``state`` is ok, fault or not-run; ``detail`` names the first faults."""

    check: str
    state: str
    faults: int
    detail: str


def run(*, knowledge: Sequence[Path] = (), shipped: bool = True) -> list[Check]:
    """Return every check on the shipped knowledge and on the given directories."""
    checks: list[Check] = []
    try:
        catalogue = open_dataset(knowledge=knowledge, shipped=shipped, sets=False)
    except UsageError:
        raise
    except CrosswalkError as error:
        return [Check("files", "fault", 1, str(error))]
    checks.append(
        _row(
            "mapping-sets",
            (
                f"{f.file}:{f.line}: {f.offence}. {f.way_out}"
                for f in validation.check_sets(catalogue, knowledge=knowledge, shipped=shipped)
            ),
        )
    )
    try:
        dataset = open_dataset(knowledge=knowledge, shipped=shipped)
    except CrosswalkError as error:
        return [Check("files", "fault", 1, str(error)), *checks]
    checks.insert(0, Check("files", "ok", 0, f"{len(dataset.sources)} files parse"))
    for query in queries.library():
        if query.name.startswith("quality/"):
            name = query.name.removeprefix("quality/").removesuffix(SUFFIX)
            checks.append(_row(name, _faults(dataset, query.name)))
    checks.append(_row("query-headers", _headers()))
    for name, check in (("shapes", _shapes), ("ontology-classifies", _classifies)):
        checks.append(_guarded(name, check, knowledge))
    return checks


def _row(name: str, faults: Iterable[str]) -> Check:
    found = list(faults)
    detail = "; ".join(found[:SHOWN]) + (
        f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    )
    return Check(name, "fault" if found else "ok", len(found), detail)


def _faults(dataset: Dataset, name: str) -> Iterable[str]:
    for row in dataset.rows(name):
        yield f"{row.get('focus')}: {row.get('problem')}"


def _headers() -> Iterable[str]:
    """Yield what is missing in the headers of the query library."""
    for query in queries.library():
        for part in ("summary", "description", "answers"):
            if not getattr(query, part):
                yield f"queries/{query.name}.rq: no {part} in the #+ header"
        for parameter in query.parameters:
            lines = [line for line in query.text.splitlines() if not line.startswith("#")]
            head = re.split(r"\bWHERE\b|\bASK\b", "\n".join(lines), maxsplit=1)[0]
            if "SELECT" in head and not re.search(rf"[?$]{parameter.name}\b", head):
                yield f"queries/{query.name}.rq: parameter {parameter.name} is not projected"


def _guarded(
    name: str, check: Callable[[Sequence[Path]], Check], knowledge: Sequence[Path]
) -> Check:
    try:
        return check(knowledge)
    except CrosswalkError as error:
        return Check(name, "not-run", 0, str(error))


def _shapes(knowledge: Sequence[Path]) -> Check:
    """Check the foreign editions and our own under the shapes of the catalogue."""
    from datetime import date

    import pyoxigraph as ox

    files = list(frameworks.shipped().values())
    for directory in knowledge:
        files += frameworks.discover(directory / "frameworks").values()
    triples = [
        ox.Triple(q.subject, q.predicate, q.object)
        for path in files
        for q in ox.parse(path=path, format=ox.RdfFormat.TURTLE)
    ]
    root = resources.ontology_dir() / "shapes"
    dataset = open_dataset(knowledge=knowledge)
    for graph in dataset.graphs():
        if graph.startswith(graph_iri("mappings", "")):
            triples += [ox.Triple(q.subject, q.predicate, q.object) for q in dataset.quads(graph)]
    shape_files = [root / "catalogue.ttl", root / "mappings.ttl"]
    findings, _ = validation.check_graph(triples, shape_files, as_of=date(2026, 1, 1))
    return _row(
        "shapes", (f"{f.focus}: {f.message}" for f in findings if f.severity == "Violation")
    )


def _classifies(_: Sequence[Path]) -> Check:
    from crosswalk.classification import unsatisfiable_classes

    bad = unsatisfiable_classes(resources.ontology_dir() / "crosswalk.ttl")
    return _row("ontology-classifies", (f"{name} can have no instance" for name in bad))
