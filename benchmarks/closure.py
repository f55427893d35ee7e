"""What closing a crosswalk costs: the shipped one, and foreign mapping sets of 100 000 rows.

Each measurement runs in a process of its own, without a cache unless it says "warm", and tells
seconds on the wall and of the processor (medians) and the peak of memory. The foreign rows are
drawn from provisions that are sets of atoms, by a fixed seed, so all of them are true unless the
shape says otherwise.

Run it as ``python benchmarks/closure.py [SHAPE…] [--runs N] [--format table|csv|json]``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from crosswalk import __version__, inference, validation
from crosswalk.cli.app import collecting_seldom
from crosswalk.graph import open_dataset
from crosswalk.models import RationaleType, Relation
from crosswalk.namespaces import BASE
from crosswalk.sssom import PREDICATE

SEED = 7
ATOMS = 60
EDITIONS = ("acme-a-2020", "acme-b-2021", "acme-c-2022")
SHAPES = {
    "shipped": (0, 0, 0.0),
    "sparse": (5000, 100_000, 0.0),
    "dense": (1000, 100_000, 0.0),
    "full": (224, 100_352, 0.0),
    "dense, one row in 1000 wrong": (1000, 100_000, 0.001),
}
"""Name → provisions an edition, rows in all, share of rows that are not true."""

COLUMNS = ["shape", "what", "seconds", "cpu_seconds", "peak_mib", "count", "of"]
PREFIXES = f"""@prefix cw: <{BASE}ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
HEADER = f"""#curie_map:
#  {{subject}}: {BASE}id/{{subject}}/
#  {{object}}: {BASE}id/{{object}}/
#mapping_set_id: {BASE}mapping/acme_{{subject}}_{{object}}
#license: https://creativecommons.org/licenses/by/4.0/
#mapping_set_version: "1"
"""
ROW = (
    "subject_id",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "mapping_justification",
    "confidence",
    "relation",
    "rationale_type",
    "rationale",
)


def main() -> None:
    """Measure the named shapes and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument("--here", metavar="DIR", help=argparse.SUPPRESS)
    given = parser.parse_args()
    unknown = sorted(set(given.shapes) - set(SHAPES))
    if unknown:
        parser.error(f"unknown shape {unknown[0]!r}; known are {', '.join(SHAPES)}")
    if given.here is not None:
        sys.stdout.write(json.dumps(measure(Path(given.here) if given.here else None)) + "\n")
        return
    rows: list[dict[str, object]] = []
    for shape in given.shapes or SHAPES:
        rows += shape_rows(shape, runs=given.runs)
    show(rows, given.format)


def shape_rows(shape: str, *, runs: int) -> list[dict[str, object]]:
    """Return the medians of a shape, one row for each thing that is measured."""
    provisions, rows, wrong = SHAPES[shape]
    with tempfile.TemporaryDirectory() as folder:
        if provisions:
            write(Path(folder), provisions, rows, wrong=wrong)
        call = [sys.executable, __file__, "--here", folder if provisions else ""]
        environment = {**os.environ, "CROSSWALK_CACHE": "off"}
        answers = [_told_by(call, environment) for _ in range(runs)]
    return [
        {
            "shape": shape,
            "what": one[0]["what"],
            "seconds": round(median(float(str(run["seconds"])) for run in one), 2),
            "cpu_seconds": round(median(float(str(run["cpu_seconds"])) for run in one), 2),
            "peak_mib": max(int(str(run["peak_mib"])) for run in one),
            "count": one[0]["count"],
            "of": one[0]["of"],
        }
        for one in zip(*answers, strict=True)
    ]


def _told_by(call: list[str], environment: dict[str, str]) -> list[dict[str, object]]:
    answer = subprocess.run(call, check=True, stdout=subprocess.PIPE, env=environment)
    found: list[dict[str, object]] = json.loads(answer.stdout)
    return found


@collecting_seldom()
def measure(folder: Path | None) -> list[dict[str, object]]:
    """Return what each part of checking and closing costs in this process.

    :param folder: the foreign knowledge; default the shipped one.
    """
    found: list[dict[str, object]] = []
    since = (perf_counter(), process_time())

    def told(what: str, count: int, of: str) -> None:
        nonlocal since
        now = (perf_counter(), process_time())
        found.append(
            {
                "what": what,
                "seconds": now[0] - since[0],
                "cpu_seconds": now[1] - since[1],
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "count": count,
                "of": of,
            }
        )
        since = (perf_counter(), process_time())

    knowledge, shipped = ([folder], False) if folder else ([], True)
    catalogue = open_dataset(knowledge=knowledge, shipped=shipped, sets=False)
    faults = validation.check_sets(catalogue, knowledge=knowledge, shipped=shipped)
    told("check", len(faults), "faults")
    del catalogue
    dataset = open_dataset(knowledge=knowledge, shipped=shipped)
    told("load", len(dataset.store), "quads")
    asserted = inference.rows(dataset)
    told("read the rows", len(asserted), "rows")
    graph = inference.build(dataset)
    told("find contradictions", len(graph.conflicts), "contradictions")
    pairs = sum(1 for kind in RationaleType for _ in graph.closure.closed(kind))
    told("close every pair", pairs, "pairs")
    return found


def write(folder: Path, provisions: int, rows: int, *, wrong: float) -> None:
    """Write three editions and the mapping sets from each to the next."""
    chance = random.Random(SEED)
    (folder / "frameworks").mkdir()
    (folder / "mappings").mkdir()
    atoms: dict[str, list[frozenset[int]]] = {}
    for key in EDITIONS:
        atoms[key] = [
            frozenset(chance.sample(range(ATOMS), chance.choice((2, 3, 4, 8, 12))))
            for _ in range(provisions)
        ]
        (folder / "frameworks" / f"{key}.ttl").write_text(edition(key, provisions))
    each = rows // (len(EDITIONS) - 1)
    for subject, target in pairwise(EDITIONS):
        numbers = chance.sample(range(provisions**2), each)
        path = folder / "mappings" / f"acme_{subject}_{target}.sssom.tsv"
        with path.open("w", newline="") as file:
            file.write(HEADER.format(subject=subject, object=target))
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(ROW)
            for line, number in enumerate(numbers):
                a, b = divmod(number, provisions)
                said = relation(atoms[subject][a], atoms[target][b])
                if chance.random() < wrong:
                    said = chance.choice([r for r in STATED if r is not said])
                writer.writerow(
                    [
                        f"{subject}:{a}",
                        PREDICATE[said],
                        "Not" if said is Relation.NO_RELATIONSHIP else "",
                        f"{target}:{b}",
                        "semapv:ManualMappingCuration",
                        "0.8",
                        said,
                        "semantic",
                        f"reason {line}",
                    ]
                )


STATED = [
    Relation.EQUAL,
    Relation.SUBSET_OF,
    Relation.SUPERSET_OF,
    Relation.INTERSECTS_WITH,
    Relation.NO_RELATIONSHIP,
]


def relation(a: frozenset[int], b: frozenset[int]) -> Relation:
    """Return the one relation that holds between two sets of atoms."""
    holds = (a == b, a < b, a > b, bool(a & b), True)
    return STATED[holds.index(True)]


def edition(key: str, provisions: int) -> str:
    """Return an edition of numbered provisions as Turtle."""
    head = (
        f'<{BASE}id/{key}> a cw:FrameworkEdition ; cw:editionKey "{key}" ;\n'
        f'  dcterms:title "{key}"@en ; cw:editionOf <{BASE}id/{key[:6]}> ;\n'
        f'  cw:textLicence "none"@en ; cw:legalForce false ; cw:coverageDefined true ;\n'
        f'  cw:idPattern "^[0-9]+$" ; cw:version "1" .\n'
    )
    return (
        PREFIXES
        + head
        + "".join(
            f'<{BASE}id/{key}/{n}> a cw:Control ; skos:notation "{n}" ; \n'
            f'  skos:prefLabel "Control {n}"@en ;\n'
            f"  skos:inScheme <{BASE}id/{key}> ; cw:position {n} ; cw:counted true ;\n"
            f"  cw:childrenExhaust false .\n"
            for n in range(provisions)
        )
    )


def show(rows: list[dict[str, object]], form: str) -> None:
    """Print the figures, with the versions they hold for."""
    versions = {
        "python": platform.python_version(),
        "crosswalk": __version__,
        "pyoxigraph": version("pyoxigraph"),
    }
    if form == "json":
        sys.stdout.write(json.dumps({"versions": versions, "rows": rows}, indent=1) + "\n")
        return
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return
    sys.stdout.write(" ".join(f"{name} {number}" for name, number in versions.items()) + "\n")
    head: dict[str, object] = dict(zip(COLUMNS, COLUMNS, strict=True))
    for row in [head, *rows]:
        sys.stdout.write(
            f"{row['shape']!s:30}{row['what']!s:22}{row['seconds']!s:>9}{row['cpu_seconds']!s:>12}"
            f"{row['peak_mib']!s:>10}{row['count']!s:>10} {row['of']}\n"
        )


if __name__ == "__main__":
    main()
