"""SHACL validation of an organisation's evidence, by pySHACL.

Shapes that depend on a date read it from one node of the data graph,
``<…/run> a cw:Run ; cw:asOf "2026-11-20"^^xsd:date``: the date is an argument, never the clock.

.. seealso:: W3C, Shapes Constraint Language (SHACL)
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyoxigraph as ox

from crosswalk import catalogue, resources
from crosswalk.graph import Dataset
from crosswalk.graph.knowledge import as_written, data_files, load_data, streamed
from crosswalk.graph.placing import UnplacedError
from crosswalk.graph.records import evidence_graphs
from crosswalk.models import Finding
from crosswalk.namespaces import BASE, compress, cw, expand, prefixes
from crosswalk.shapes import Columns, Data, Shapes, compiled
from crosswalk.shapes import read as read_shapes
from crosswalk.validation import fallback
from crosswalk.validation.results import as_finding, named, owners
from crosswalk.validation.results import stated as report_of

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = [
    "Checked",
    "Engine",
    "Fallback",
    "Report",
    "as_turtle",
    "check_graph",
    "checked_graph",
    "validate",
    "validate_files",
]

Engine: TypeAlias = Literal["compiled", "pyshacl"]
RUN = BASE + "run"
CATALOGUE = BASE + "id/"
Called: TypeAlias = tuple[str, str]
"""The IRI of a thing and a name that it is called by."""
IRI = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)']")
SUBJECT = re.compile(r"(\s*)(?:<[^>\s]*[/#]([^>\s/#]+)>|[\w.-]*:(?:[\w.\\/-]*/)?([^\s/]+))(?=\s|$)")
"""A line that begins with a name; its groups are the indent and the name's last part."""
NAMES = {expand(one) for one in ("rdfs:label", "skos:prefLabel", "dcterms:title")}
"""What a thing is called by."""
SEVERITIES = ("Violation", "Warning", "Info")


@dataclass(frozen=True, slots=True)
class Fallback:
    """A shape that no query answers, so that pySHACL did, and why."""

    shape: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one validation, most severe first."""

    findings: tuple[Finding, ...]
    as_of: date
    turtle: str = field(repr=False, default="")
    fallbacks: tuple[Fallback, ...] = ()

    def summary(self) -> str:
        """Return how many findings there are of each severity, in words."""
        count = Counter(finding.severity for finding in self.findings)
        return ", ".join(f"{count[s]} {s.casefold()}s" for s in SEVERITIES)


def validate(
    dataset: Dataset,
    data: Sequence[str | Path],
    *,
    as_of: date,
    quads: Iterable[ox.Quad] | None = None,
    engine: Engine = "compiled",
) -> Report:
    """Return what is wrong with the evidence of a dataset.

    :param data: the files and directories it was loaded from, to tell file and line.
    :param as_of: the day for which freshness and due dates are judged.
    :param quads: the evidence, where it is not what the dataset holds of organisations.
    :param engine: who answers: the shapes compiled to SPARQL, or pySHACL for each focus node.
    """
    checked = checked_graph(_stated(dataset, quads), shape_files(), as_of=as_of, engine=engine)
    # Evidence that is given stands for what the dataset holds of it.
    known = dataset if quads is None else dataset.knowledge

    def names(wanted: set[str]) -> Iterator[Called]:
        for iri in sorted(wanted):
            yield from names_in(known.about(iri), wanted)
            yield from names_in(checked.about(iri), wanted)

    worded = in_words(checked.findings, dataset, names)
    return Report(_located(worded, data_files(data)), as_of, checked.turtle, checked.fallbacks)


def validate_files(dataset: Dataset, data: Sequence[str | Path], *, as_of: date) -> Report:
    """Return what is wrong with files of evidence, which are loaded only if they have to be.

    One file of N-Quads in which all stands in the graphs of organisations is validated while it is
    read, and held once.

    :param dataset: the knowledge, to which evidence is added that has to be loaded.
    :raises DataError: if a file is broken.
    """
    quads = streamed(data)
    if quads is not None:
        try:
            return validate(dataset, data, as_of=as_of, quads=quads)
        except UnplacedError:
            pass
    load_data(dataset, data)
    return validate(dataset, data, as_of=as_of)


def shape_files() -> list[Path]:
    """Return the files of the shapes that evidence is held to."""
    return [resources.ontology_dir() / "shapes" / "organisation.ttl"]


def _stated(dataset: Dataset, quads: Iterable[ox.Quad] | None) -> Iterator[ox.Triple]:
    """Yield what evidence says, then what it names of the knowledge; never all of it at once."""
    if quads is None:
        graphs = evidence_graphs(dataset)
        quads = as_written(dataset, graphs)
        if quads is None:
            quads = dataset.quads(*graphs) if graphs else ()
    named: set[str] = set()
    for quad in quads:
        if (iri := of_catalogue(quad.object)) is not None:
            named.add(iri)
        yield quad.triple
    yield from context(dataset.knowledge, named)


def of_catalogue(term: object) -> str | None:
    """Return the IRI of a term that names a part of the catalogue."""
    named = isinstance(term, ox.NamedNode) and term.value.startswith(CATALOGUE)
    return term.value if named and isinstance(term, ox.NamedNode) else None


def in_words(
    findings: Sequence[Finding], dataset: Dataset, names: Callable[[set[str]], Iterable[Called]]
) -> list[Finding]:
    """Return findings whose messages call things by their names, provisions by id and title.

    :param names: what gives the names that some things are called by.
    """
    wanted = {iri for one in findings for iri in IRI.findall(one.message)}
    if not wanted:
        return list(findings)
    called: dict[str, str] = {}
    for iri, name in names(wanted):
        called[iri] = min(called.get(iri, name), name)
    for iri in wanted & catalogue.labels(dataset).keys():
        called[iri] = f"{catalogue.curie(iri)} {called.get(iri, '')}".strip()
    return [
        replace(
            one,
            message=IRI.sub(lambda found: called.get(found[0], compress(found[0])), one.message),
        )
        for one in findings
    ]


def names_in(stated: Iterable[ox.Quad | ox.Triple], wanted: set[str]) -> Iterator[Called]:
    """Yield what some things are called by."""
    for one in stated:
        if (
            isinstance(one.subject, ox.NamedNode)
            and one.subject.value in wanted
            and isinstance(one.object, ox.Literal)
            and one.predicate.value in NAMES
        ):
            yield one.subject.value, one.object.value


def context(dataset: Dataset, named: Iterable[str]) -> Iterator[ox.Triple]:
    """Yield what the shapes need to know of the catalogue and of the ontology.

    :param named: the IRIs of what the evidence names of the catalogue: of a provision, what is
        said of it, of an edition what is said of all its provisions.
    """
    for iri in sorted(named):
        key, inner = catalogue.local_id(iri)
        known = _edition(dataset, key)
        for subject in (iri,) if inner else sorted(known):
            yield from known.get(subject, ())
    yield from dataset.remember(
        "what shapes need of the ontology", lambda: _triples(dataset, "validation/ontology-context")
    )


def _edition(dataset: Dataset, key: str) -> dict[str, list[ox.Triple]]:
    """Return what the shapes need to know of an edition, by subject."""

    def found() -> dict[str, list[ox.Triple]]:
        known: dict[str, list[ox.Triple]] = defaultdict(list)
        for triple in _triples(dataset, "validation/edition-context", edition=key):
            assert isinstance(triple.subject, ox.NamedNode)  # noqa: S101 - as the catalogue has them
            known[triple.subject.value].append(triple)
        return dict(known)

    # Of many organisations the same editions are asked for.
    return dataset.remember(("what shapes need of an edition", key), found)


def _triples(dataset: Dataset, name: str, **parameters: object) -> list[ox.Triple]:
    from crosswalk import queries

    query = queries.named(name)
    answer = dataset.answer(query.text, queries.bind(query, parameters))
    assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - the query is a SELECT
    return [ox.Triple(s["s"], s["p"], s["o"]) for s in answer]


def check_graph(
    triples: Iterable[ox.Triple],
    shapes: Sequence[Path],
    *,
    as_of: date,
    engine: Engine = "compiled",
) -> tuple[list[Finding], str]:
    """Return the findings of some triples under some shapes, and the report as Turtle.

    :param engine: as :func:`validate`.
    """
    checked = checked_graph(triples, shapes, as_of=as_of, engine=engine)
    return checked.findings, checked.turtle


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, the report of it as Turtle, what was not compiled.

    :param about: what is said of a thing.
    """

    findings: list[Finding]
    turtle: str
    fallbacks: tuple[Fallback, ...]
    about: Callable[[str], Iterable[ox.Triple]] = field(repr=False)


def checked_graph(
    triples: Iterable[ox.Triple],
    shapes: Sequence[Path],
    *,
    as_of: date,
    engine: Engine = "compiled",
) -> Checked:
    """Return what :func:`check_graph` does, and what was not compiled."""
    stated = chain(triples, run(as_of))
    if engine == "pyshacl":
        from rdflib import Graph

        shape_graph = Graph()
        for path in shapes:
            shape_graph.parse(path, format="turtle")
        held = Data(stated)
        results = fallback.report(held.triples(), shape_graph)
        found = sorted(_findings(results, shape_graph), key=rank)
        return Checked(found, results.serialize(format="turtle"), (), held.about)
    return _by_queries(stated, shapes_of(shapes))


def run(as_of: date) -> tuple[ox.Triple, ox.Triple]:
    """Return what tells the shapes for which day is judged."""
    day = ox.Literal(as_of.isoformat(), datatype=ox.NamedNode(expand("xsd:date")))
    node = ox.NamedNode(RUN)
    return (
        ox.Triple(node, ox.NamedNode(expand("rdf:type")), ox.NamedNode(cw("Run"))),
        ox.Triple(node, ox.NamedNode(cw("asOf")), day),
    )


def shapes_of(files: Sequence[Path]) -> Shapes:
    """Return the shapes of some files as they were last written, the same for the same files."""
    return _read(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[Path, int, int], ...]) -> Shapes:
    return read_shapes([path for path, _, _ in files])


def _by_queries(triples: Iterable[ox.Triple], shapes: Shapes) -> Checked:
    """Return what compiled shapes find; what is not compiled, pySHACL answers."""
    plan = compiled(shapes)
    columns = Columns()
    taken = columns.taking(triples)
    data = Data(taken if plan.computes else ())
    for _ in taken:
        pass
    results = plan.results(data.ask, computed=data.computed, columns=columns)
    over = owners(shapes)
    findings = [as_finding(result, over) for result in results]
    report = list(report_of(results, shapes, columns.said))
    if plan.left:
        graph = fallback.shapes_graph(shapes, {shape for shape, _ in plan.left})
        answer = fallback.report(columns.triples(), graph)
        findings += _findings(answer, graph)
        report = fallback.merged(report, answer)
    return Checked(
        sorted(findings, key=rank),
        _written(report, shapes),
        tuple(Fallback(named(shape), why) for shape, why in plan.left),
        data.about if plan.computes else columns.about,
    )


def _written(report: Iterable[ox.Triple], shapes: Shapes) -> str:
    names = {**shapes.prefixes, **prefixes()}
    text = ox.serialize(report, format=ox.RdfFormat.TURTLE, prefixes=names)
    return text.decode("utf-8") if text else ""


def rank(finding: Finding) -> tuple[int, str, str, str, str, str]:
    """Return where a finding stands among others: the most severe first."""
    severity = SEVERITIES.index(finding.severity) if finding.severity in SEVERITIES else 9
    return (
        severity,
        finding.shape,
        finding.focus,
        finding.path,
        finding.message,
        finding.value,
    )


def _findings(results: Graph, shapes: Graph) -> Iterable[Finding]:
    from rdflib import SH

    owners = {prop: shape for shape, prop in shapes.subject_objects(SH.property)}
    for result in set(results.objects(None, SH.result)):
        shape = results.value(result, SH.sourceShape)
        while shape in owners:
            shape = owners[shape]
        path = results.value(result, SH.resultPath)
        messages = sorted(str(m) for m in results.objects(result, SH.resultMessage))
        yield Finding(
            focus=_named(results.value(result, SH.focusNode)),
            shape=_named(shape),
            path=_named(path) if path is not None else "",
            severity=str(results.value(result, SH.resultSeverity) or "").rpartition("#")[2],
            message=" ".join(messages),
            source="",
            value=_named(results.value(result, SH.value)),
            component=_named(results.value(result, SH.sourceConstraintComponent)),
        )


def _named(node: Node | None) -> str:
    from rdflib import BNode

    if node is None:
        return ""
    return "[ ]" if isinstance(node, BNode) else compress(str(node))


def _located(findings: Sequence[Finding], files: Iterable[Path]) -> tuple[Finding, ...]:
    """Return findings with the file and line where their focus is described, where one is found.

    A subject stands at the start of its line, as a rule: only then is one that is indented taken.
    """
    wanted = {_local(one.focus) for one in findings} - {""}
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for path in files if wanted else ():
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                subject = SUBJECT.match(line)
                local = subject and (subject[2] or subject[3])
                if subject and local in wanted:
                    found[bool(subject[1])].setdefault(local, f"{path}:{number}")
    outer, indented = found
    return tuple(
        replace(one, source=outer.get(local) or indented.get(local) or one.source)
        for one in findings
        for local in [_local(one.focus)]
    )


def _local(name: str) -> str:
    """Return the last part of a name."""
    return re.split(r"[/#:]", name)[-1]


def as_turtle(report: Report, *, earl: bool = False) -> str:
    """Return a report as SHACL in Turtle, or each finding as an EARL assertion.

    The same findings give the same bytes: blank nodes are named by what is said of them.

    .. seealso:: W3C, Evaluation and Report Language (EARL) 1.0
    """
    from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef

    if not earl:
        return _ordered(Graph().parse(data=report.turtle, format="turtle"))
    language = Namespace(expand("earl:"))
    graph = Graph()
    graph.bind("earl", language)
    for finding in report.findings:
        assertion, result = BNode(), BNode()
        graph.add((assertion, RDF.type, language.Assertion))
        graph.add((assertion, language.subject, URIRef(_expanded(finding.focus))))
        graph.add((assertion, language.test, URIRef(_expanded(finding.shape))))
        graph.add((assertion, language.result, result))
        graph.add((result, RDF.type, language.TestResult))
        outcome = language.failed if finding.severity == "Violation" else language.cantTell
        graph.add((result, language.outcome, outcome))
        graph.add((result, URIRef(expand("dcterms:description")), Literal(finding.message)))
    return _ordered(graph)


def _ordered(graph: Graph) -> str:
    """Return a graph as Turtle whose order rests on its content alone.

    A blank node is named by what is said of it, so that two of which the same is said are one.
    """
    from rdflib import BNode, Graph

    names: dict[Node, BNode] = {}

    def named(node: Node) -> Node:
        if not isinstance(node, BNode):
            return node
        if node not in names:
            names[node] = BNode("cycle")
            said = sorted(
                f"{predicate.n3()} {named(held).n3()}"
                for predicate, held in graph.predicate_objects(node)
            )
            names[node] = BNode("b" + hashlib.sha256("\n".join(said).encode()).hexdigest())
        return names[node]

    ordered = Graph()
    for prefix, iri in graph.namespaces():
        ordered.bind(prefix, iri)
    for subject, predicate, held in graph:
        ordered.add((named(subject), predicate, named(held)))
    return str(ordered.serialize(format="turtle"))


def _expanded(name: str) -> str:
    return name if "://" in name or name.startswith("urn:") else expand(name)
