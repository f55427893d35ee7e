"""The measures: each runs all sides in turn, round by round, each time in a new process.

Rows are compared before time counts: a side that finds other rows than the oracle is told so
beside its figure. A side that is slower than its limit is "not finished", and is not asked at
larger sizes: nothing is extrapolated.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import queries, resources
from crosswalk.bench import figures, servers
from crosswalk.bench.figures import Figure, Run
from crosswalk.bench.generating import generated
from crosswalk.bench.processes import Process, Unfinished
from crosswalk.bench.questions import questions
from crosswalk.bench.side import PACKAGES
from crosswalk.bench.terms import AS_OF
from crosswalk.graph import Dataset, open_dataset
from crosswalk.graph.dataset import term
from crosswalk.graph.records import provenance_graph
from crosswalk.namespaces import BASE, cw, expand, graph_iri

__all__ = ["MEASURES", "Plan", "run"]

CATALOGUE = f"{BASE}id/"
SHACL_SIDES = ("pyshacl", "crosswalk", "pyshifty", "pyshacl-turbo")
OPENING = 900.0
"""Seconds that a side has to load what it is then asked of; that is not what is measured."""
LATE = "not finished"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured.

    :param sizes: numbers of triples.
    :param limit: seconds that a side has for one answer.
    :param sides: those that are measured; none are all that are installed.
    :param fuseki: the jar of Apache Jena Fuseki, where it is to be measured.
    :param say: is told what is being done.
    """

    sizes: tuple[int, ...]
    measures: tuple[str, ...]
    rounds: int = 3
    limit: float = 60
    seed: int = 0
    sides: tuple[str, ...] = ()
    fuseki: Path | None = None
    command: str = ""
    say: Callable[[str], None] = print


@dataclass(slots=True)
class _Bench:
    """A run while it goes on: its files, and which sides have been too slow."""

    plan: Plan
    folder: Path
    left_out: dict[str, str] = field(default_factory=dict)
    slow: set[tuple[str, str]] = field(default_factory=set)

    def sides(self, *names: str) -> list[str]:
        """Return those of some sides that are wanted and installed."""
        found = []
        for name in names:
            missing = [one for one in PACKAGES[name] if one not in figures.versions()]
            if self.plan.sides and name not in self.plan.sides:
                continue
            if missing and name != "crosswalk":
                self.left_out[name] = f"not installed: {', '.join(missing)}"
                continue
            found.append(name)
        return found

    def evidence(self, triples: int) -> Path:
        """Return the file of generated evidence of a size."""
        path = self.folder / f"{triples}.nq"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(generated(triples, seed=self.plan.seed))
        return path

    def whole(self, triples: int) -> Path:
        """Return the file of the public knowledge and of generated evidence."""
        path = self.folder / f"whole-{triples}.nq"
        if not path.exists():
            with path.open("wb") as file:
                ox.serialize(open_dataset().quads(), output=file, format=ox.RdfFormat.N_QUADS)
                with self.evidence(triples).open("rb") as more:
                    shutil.copyfileobj(more, file)
        return path

    def checked(self, triples: int) -> Path:
        """Return the file of the triples that are validated: evidence and what it names."""
        path = self.folder / f"checked-{triples}.nt"
        if not path.exists():
            with path.open("wb") as file:
                ox.serialize(
                    _stated(self.evidence(triples)), output=file, format=ox.RdfFormat.N_TRIPLES
                )
        return path

    def shapes(self, *, core: bool) -> Path:
        """Return the shapes of an organisation, all of them or without SPARQL."""
        given = resources.ontology_dir() / "shapes" / "organisation.ttl"
        path = self.folder / ("core.ttl" if core else "all.ttl")
        if not path.exists():
            triples = list(ox.parse(path=str(given), format=ox.RdfFormat.TURTLE))
            if core:
                asked = {q.object for q in triples if q.predicate.value == expand("sh:sparql")}
                triples = [q for q in triples if q.object not in asked and q.subject not in asked]
            text = ox.serialize(
                (ox.Triple(q.subject, q.predicate, q.object) for q in triples),
                format=ox.RdfFormat.TURTLE,
            )
            path.write_bytes(text or b"")
        return path

    def turns(self, measure: str, triples: int, names: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Yield round and side, in turn; a side that was too slow before is passed over."""
        for number in range(self.plan.rounds):
            for name in names:
                if (measure, name) not in self.slow:
                    self.plan.say(f"{measure}, {triples} triples, {name}, round {number + 1}")
                    yield number, name

    def figure(
        self,
        measure: str,
        triples: int,
        name: str,
        found: Iterable[dict[str, Any]],
        *,
        key: str = "seconds",
        unit: str = "s",
        agrees: bool | None = None,
    ) -> Figure:
        """Return the figure of what a side said, round by round."""
        told = list(found)
        values = tuple(one[key] for one in told if key in one)
        rows = next((one["rows"] for one in told if "rows" in one), None)
        note = next((one["fault"] for one in told if "fault" in one), "")
        if (measure, name) in self.slow and not values:
            note = f"{LATE} in {self.plan.limit:g} s"
        return Figure(measure, triples, name, values, unit, rows, agrees, note)


def run(plan: Plan) -> Run:
    """Return the figures of a plan."""
    with tempfile.TemporaryDirectory(prefix="crosswalk-bench-") as name:
        bench = _Bench(plan, Path(name))
        found: list[Figure] = []
        for measure in plan.measures:
            found += MEASURES[measure](bench)
    return Run(
        tuple(found),
        plan.seed,
        plan.rounds,
        plan.limit,
        figures.machine(),
        figures.versions(),
        plan.command,
        left_out=bench.left_out,
    )


def _stated(path: Path) -> Iterator[ox.Triple]:
    """Yield the triples of evidence, what they name of the knowledge, and the day of the report."""
    named: set[ox.NamedNode] = set()
    ends = provenance_graph("")[len(graph_iri("org", "")) :]
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS):
        graph = quad.graph_name
        if isinstance(graph, ox.NamedNode) and graph.value.endswith(ends):
            continue
        if isinstance(quad.object, ox.NamedNode):
            named.add(quad.object)
        yield ox.Triple(quad.subject, quad.predicate, quad.object)
    knowledge = open_dataset()
    keys = sorted(
        {
            one.value.removeprefix(CATALOGUE).partition("/")[0]
            for one in named
            if one.value.startswith(CATALOGUE)
        }
    )
    for key in keys:
        for triple in _asked(knowledge, "validation/edition-context", edition=key):
            if triple.subject in named:
                yield triple
    yield from _asked(knowledge, "validation/ontology-context")
    run = ox.NamedNode(f"{BASE}run")
    yield ox.Triple(run, ox.NamedNode(expand("rdf:type")), ox.NamedNode(cw("Run")))
    yield ox.Triple(run, ox.NamedNode(cw("asOf")), term(AS_OF))


def _asked(dataset: Dataset, name: str, **parameters: object) -> list[ox.Triple]:
    query = queries.named(name)
    answer = dataset.answer(query.text, queries.bind(query, parameters))
    assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - the query is a SELECT
    return [ox.Triple(one["s"], one["p"], one["o"]) for one in answer]


def _load(bench: _Bench, measure: str, directory: str | None) -> list[Figure]:
    found = []
    names = bench.sides("crosswalk", "rdflib")
    for triples in bench.plan.sizes:
        path = str(bench.evidence(triples))
        said: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for number, name in bench.turns(measure, triples, names):
            place = directory and str(bench.folder / f"{directory}-{number}")
            with Process(name) as side:
                try:
                    told = side.do("load", limit=bench.plan.limit, path=path, directory=place)
                    said[name].append(told)
                except Unfinished:
                    bench.slow.add((measure, name))
            if place:
                shutil.rmtree(place, ignore_errors=True)
        for name in names:
            found.append(bench.figure(measure, triples, name, said[name]))
            found.append(
                bench.figure(
                    f"memory: {measure}", triples, name, said[name], key="mebibytes", unit="MiB"
                )
            )
    return found


def _load_memory(bench: _Bench) -> list[Figure]:
    return _load(bench, "load in memory", None)


def _load_disk(bench: _Bench) -> list[Figure]:
    return _load(bench, "load on disk", "store")


def _shacl(bench: _Bench, measure: str, *, core: bool) -> list[Figure]:
    found = []
    names = bench.sides(*SHACL_SIDES)
    shapes = str(bench.shapes(core=core))
    for triples in bench.plan.sizes:
        data = str(bench.checked(triples))
        said: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for _, name in bench.turns(measure, triples, names):
            with Process(name) as side:
                try:
                    said[name].append(
                        side.do(
                            "check",
                            limit=bench.plan.limit,
                            data=data,
                            shapes=shapes,
                        )
                    )
                except Unfinished:
                    bench.slow.add((measure, name))
        rows = {
            name: Counter(told[0]["marks"])
            for name, told in said.items()
            if told and "marks" in told[0]
        }
        oracle = next(iter(rows), None)
        for name in names:
            agrees = (
                rows[name] == rows[oracle] if oracle and name in rows and name != oracle else None
            )
            figure = bench.figure(measure, triples, name, said[name], agrees=agrees)
            if oracle and agrees is False:
                figure = replace(figure, note=_difference(rows, name, oracle))
            found.append(figure)
            if any("apart" in one for one in said[name]):
                found.append(
                    bench.figure(
                        f"{measure}, without the load",
                        triples,
                        name,
                        said[name],
                        key="apart",
                        agrees=agrees,
                    )
                )
    return found


def _difference(rows: dict[str, Counter[str]], name: str, oracle: str) -> str:
    """Return in words how the rows of a side differ from the oracle's, and who has the same."""
    more, fewer = rows[name] - rows[oracle], rows[oracle] - rows[name]
    note = f"{more.total()} rows more and {fewer.total()} fewer than {oracle}"
    same = [one for one, held in rows.items() if one != name and held == rows[name]]
    return f"{note}; the same as {', '.join(same)}" if same else note


def _shacl_core(bench: _Bench) -> list[Figure]:
    return _shacl(bench, "SHACL core", core=True)


def _shacl_all(bench: _Bench) -> list[Figure]:
    return _shacl(bench, "SHACL with SPARQL", core=False)


def _queries(bench: _Bench) -> list[Figure]:
    found: list[Figure] = []
    names = bench.sides("crosswalk", "rdflib")
    asked = [query.name for query in questions() if not query.inferred]
    limit = bench.plan.limit
    for triples in bench.plan.sizes:
        path = str(bench.whole(triples))
        said: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for _, name in bench.turns("queries", triples, names):
            with ExitStack() as stack:
                side = _opened(stack, name, path)
                for query in asked:
                    if (query, name) in bench.slow:
                        said.setdefault((name, query), []).append({"unfinished": True})
                        continue
                    try:
                        told = side.do("ask", limit=limit + 5, name=query, seconds=limit)
                    except Unfinished:
                        told = {"unfinished": True}
                        side = _opened(stack, name, path)
                    said.setdefault((name, query), []).append(told)
                    if "unfinished" in told:
                        bench.slow.add((query, name))
        found += _compared(bench, triples, names, asked, said)
    return found


def _opened(stack: ExitStack, name: str, path: str) -> Process:
    side = stack.enter_context(Process(name))
    side.do("open", limit=OPENING, path=path)
    return side


def _compared(
    bench: _Bench,
    triples: int,
    names: Sequence[str],
    asked: Sequence[str],
    said: dict[tuple[str, str], list[dict[str, Any]]],
) -> list[Figure]:
    """Return the figures of each query, and how many times faster ours is in geometric mean."""
    found: list[Figure] = []
    for query in asked:
        digests = {
            one["digest"]
            for name in names
            for one in said.get((name, query), [])
            if "digest" in one
        }
        for name in names:
            told = said.get((name, query), [])
            late = any("unfinished" in one for one in told)
            other = name != "crosswalk" and any("digest" in one for one in told)
            figure = bench.figure(
                f"query {query}", triples, name, told, agrees=len(digests) == 1 if other else None
            )
            if late and not figure.values:
                note = f"{LATE} in {bench.plan.limit:g} s"
                figure = Figure(figure.measure, triples, name, (), note=note)
            found.append(figure)
    return [*found, *means(found, triples, bench.plan.limit)]


def means(found: Sequence[Figure], triples: int, limit: float) -> Iterator[Figure]:
    """Yield how many times faster than rdflib ours is, in geometric mean over the queries.

    One figure is of the queries with the same rows; another, a lower bound, also of those that
    rdflib did not finish, as if it had at the limit.

    >>> slow = Figure("query q", 9, "rdflib", (), note="not finished in 8 s")
    >>> [one.median for one in means([Figure("query q", 9, "crosswalk", (2.0,)), slow], 9, 8)]
    [4.0]
    """
    ours = {one.measure: one.median for one in found if one.side == "crosswalk"}
    ratios: list[float] = []
    bounds: list[float] = []
    for one in found:
        spent = ours.get(one.measure)
        if one.side != "rdflib" or not spent:
            continue
        if one.median and one.agrees:
            ratios.append(one.median / spent)
        elif one.note.startswith(LATE):
            bounds.append(limit / spent)
    same = f"geometric mean of {len(ratios)} queries with the same rows"
    late = f"{same} and {len(bounds)} that rdflib did not finish, as if in {limit:g} s"
    for measure, held, note in (
        ("queries, rdflib / ours", ratios, same),
        ("queries, rdflib / ours, at least", [*ratios, *bounds] if bounds else [], late),
    ):
        if held:
            mean = math.exp(sum(map(math.log, held)) / len(held))
            yield Figure(measure, triples, "crosswalk", (mean,), "x", note=note)


def _verbs(bench: _Bench) -> list[Figure]:
    found = []
    for triples in bench.plan.sizes:
        path = str(bench.whole(triples))
        for verb in ("coverage", "gaps"):
            measure = f"{verb} of all organisations"
            said: list[dict[str, Any]] = []
            for _, name in bench.turns(measure, triples, ["crosswalk"]):
                with Process(name) as side:
                    side.do("open", limit=OPENING, path=path)
                    try:
                        said.append(
                            side.do("judge", limit=bench.plan.limit, verb=verb, edition="iso-42001")
                        )
                    except Unfinished:
                        bench.slow.add((measure, name))
            found.append(bench.figure(measure, triples, "crosswalk", said))
            found.append(bench.figure(f"{measure}, again", triples, "crosswalk", said, key="apart"))
    return found


def _endpoint(bench: _Bench) -> list[Figure]:
    found: list[Figure] = []
    if shutil.which("wrk") is None:
        bench.left_out["endpoint"] = "not installed: wrk, which asks the endpoints"
        return found
    for triples in bench.plan.sizes:
        data = bench.checked(triples)
        served = servers.servers(bench.plan.fuseki)
        names = bench.sides(*served)
        with ExitStack() as stack:
            addresses = {}
            for name in names:
                bench.plan.say(f"endpoint, {triples} triples, {name} starts")
                try:
                    addresses[name] = stack.enter_context(
                        served[name](data, bench.folder / f"{name}-{triples}")
                    )
                except servers.NotServed as error:
                    bench.left_out[f"endpoint of {name}, {triples} triples"] = str(error)
            for clients in (1, 8):
                rates: dict[str, list[float]] = {name: [] for name in addresses}
                for number in range(bench.plan.rounds):
                    for name, address in addresses.items():
                        bench.plan.say(f"endpoint, {triples} triples, {name}, round {number + 1}")
                        rate = servers.rate(address, clients, bench.folder)
                        if rate is not None:
                            rates[name].append(rate)
                found += [
                    Figure(
                        f"endpoint, {clients} client{'s' if clients > 1 else ''}",
                        triples,
                        name,
                        tuple(values),
                        "/s",
                        note="" if values else "answered with errors",
                    )
                    for name, values in rates.items()
                ]
    return found


def _cold(bench: _Bench) -> list[Figure]:
    case = resources.examples_dir() / "x-corporation"
    command = [sys.executable, "-m", "crosswalk", "gaps", str(case)]
    command += ["--edition", "iso-42001-2023", "--as-of", str(AS_OF), "--format", "json"]
    values = []
    for number in range(bench.plan.rounds):
        bench.plan.say(f"cold gaps, round {number + 1}")
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        values.append(time.perf_counter() - begun)
    return [Figure("cold crosswalk gaps", 0, "crosswalk", tuple(values))]


MEASURES: dict[str, Callable[[_Bench], list[Figure]]] = {
    "load-memory": _load_memory,
    "load-disk": _load_disk,
    "shacl-core": _shacl_core,
    "shacl-sparql": _shacl_all,
    "queries": _queries,
    "verbs": _verbs,
    "endpoint": _endpoint,
    "cold": _cold,
}
"""Name → what measures it."""
