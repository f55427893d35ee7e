"""The records of an organisation: each thing its evidence describes, with all that is said of it.

A record is compared by what it says, not by where it stands: the order of statements, the file
and the names of blank nodes make no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from crosswalk.errors import UsageError, nearest
from crosswalk.graph.dataset import Dataset, Source
from crosswalk.namespaces import compress, expand, graph_iri

__all__ = [
    "Record",
    "evidence_graphs",
    "evidence_hash",
    "forget",
    "noted_sources",
    "provenance_graph",
    "records",
]

TYPE = expand("rdf:type")
LABEL = expand("rdfs:label")
NOTED = [expand(one) for one in ("dcterms:source", "cw:sha256", "dcterms:isPartOf")]


@dataclass(frozen=True, slots=True)
class Record:
    """One described thing: its name, what it is, and its statements, each ``property value``."""

    iri: str
    label: str
    kinds: tuple[str, ...]
    statements: frozenset[str] = field(repr=False)

    def __str__(self) -> str:
        """Return the record's name and what it is."""
        return f"{self.label} ({', '.join(self.kinds)})" if self.kinds else self.label


def records(dataset: Dataset) -> dict[str, Record]:
    """Return IRI → record of all that the organisations' graphs describe, by IRI."""
    said: dict[ox.NamedNode | ox.BlankNode, list[ox.Quad]] = {}
    for quad in _organisations(dataset):
        if isinstance(quad.subject, ox.NamedNode | ox.BlankNode):
            said.setdefault(quad.subject, []).append(quad)
    found = {}
    for subject in sorted((s for s in said if isinstance(s, ox.NamedNode)), key=lambda s: s.value):
        held = said[subject]
        labels = sorted(_values(held, LABEL))
        kinds = sorted(compress(value) for value in _values(held, TYPE))
        found[subject.value] = Record(
            iri=subject.value,
            label=labels[0] if labels else subject.value.rsplit("/", 1)[-1],
            kinds=tuple(kinds),
            statements=_statements(subject, said, ()),
        )
    return found


def forget(dataset: Dataset, name: str) -> Record:
    """Remove a record as if it had never been there, and return it.

    What others say of it goes with it: an assessment of a forgotten implementation no longer
    speaks of one.

    :param name: its IRI, its label, or the last parts of its IRI, such as ``evidence/ai-policy``.
    :raises UsageError: if there is no such record, or several have that name.
    """
    dataset.take()
    held = records(dataset)
    chosen = [held[name]] if name in held else []
    chosen = chosen or [
        one for one in held.values() if name == one.label or one.iri.endswith(f"/{name}")
    ]
    if len(chosen) != 1:
        names = {one.iri.rsplit("/", 1)[-1] for one in held.values()} | set(held)
        raise UsageError(
            f"unknown record {name!r}" if not chosen else f"{name!r} names {len(chosen)} records",
            remedy=f"Name one by its IRI: {', '.join(one.iri for one in chosen)}."
            if chosen
            else nearest(name, names) or "Name it by its IRI, as it stands in the evidence.",
        )
    me = ox.NamedNode(chosen[0].iri)
    dataset.remove(quad for quad in _organisations(dataset) if me in (quad.subject, quad.object))
    return chosen[0]


def provenance_graph(organisation: str) -> str:
    """Return the graph that says who put which evidence when; it is no evidence itself.

    >>> provenance_graph("acme")
    'https://w3id.org/aigov-crosswalk/org/acme/provenance'
    """
    return graph_iri("org", organisation, "provenance")


def evidence_graphs(dataset: Dataset) -> list[str]:
    """Return the graphs of organisations that hold evidence, sorted."""
    return [graph for graph in dataset.graphs() if holds_evidence(graph)]


def holds_evidence(graph: str) -> bool:
    """Return whether a graph is one of an organisation's evidence, by its name.

    >>> holds_evidence(graph_iri("org", "acme", "evidence")), holds_evidence(graph_iri("meta"))
    (True, False)
    """
    home = graph_iri("org", "")
    owner = graph.removeprefix(home).partition("/")[0]
    return graph.startswith(home) and graph != provenance_graph(owner)


def noted_sources(dataset: Dataset) -> list[Source]:
    """Return the files that a dataset was made of, as it notes them itself.

    The knowledge is noted in the graph ``meta``, the documents that an organisation has put in
    its provenance; what came by an update, or as a graph, is of no file.
    """
    said: dict[str, dict[str, str]] = {}
    for quad in dataset.quads(graph_iri("meta")):
        if isinstance(quad.object, ox.NamedNode | ox.Literal):
            said.setdefault(str(quad.subject), {})[quad.predicate.value] = quad.object.value
    found = [
        Source(*(one[predicate] for predicate in NOTED))
        for one in said.values()
        if set(NOTED) <= one.keys()
    ]
    home = graph_iri("org", "")
    for graph in dataset.graphs():
        owner = graph.removeprefix(home).partition("/")[0]
        if graph.startswith(home) and graph == provenance_graph(owner):
            found += [
                Source(row["name"] or "", row["sha256"] or "", row["graph"] or "")
                for row in dataset.rows("trace/documents", provenance=graph)
            ]
    return found


def evidence_hash(dataset: Dataset) -> str:
    """Return the SHA-256 over what the evidence says, wherever and in which order it is kept.

    It is taken of the triples as sorted N-Triples, blank nodes named canonically, without the
    names of graphs and files.

    .. seealso:: W3C, RDF Dataset Canonicalization (RDFC-1.0)
    """
    return dataset.remember(("evidence-hash",), lambda: _hashed(dataset))


def _hashed(dataset: Dataset) -> str:
    data = _ntriples(_organisations(dataset))
    if b"_:" in data:  # a blank node, or a text that looks like one: then nothing is renamed
        held = ox.Dataset(ox.parse(data, format=ox.RdfFormat.N_TRIPLES))
        held.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        data = _ntriples(held)
    lines = set(data.splitlines(keepends=True))
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def _ntriples(quads: Iterable[ox.Quad]) -> bytes:
    triples = (ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def _organisations(dataset: Dataset) -> Iterator[ox.Quad]:
    graphs = evidence_graphs(dataset)
    return dataset.quads(*graphs) if graphs else iter(())


def _values(quads: Iterable[ox.Quad], predicate: str) -> Iterator[str]:
    for quad in quads:
        value = quad.object
        if quad.predicate.value == predicate and isinstance(value, ox.NamedNode | ox.Literal):
            yield value.value


def _statements(
    subject: ox.NamedNode | ox.BlankNode,
    said: dict[ox.NamedNode | ox.BlankNode, list[ox.Quad]],
    above: tuple[ox.BlankNode, ...],
) -> frozenset[str]:
    found = set()
    for quad in said.get(subject, ()):
        value = quad.object
        if isinstance(value, ox.BlankNode):
            inner = () if value in above else _statements(value, said, (*above, value))
            text = f"[{'; '.join(sorted(inner))}]"
        elif isinstance(value, ox.NamedNode):
            text = compress(value.value)
        elif isinstance(value, ox.Literal):
            text = f'"{value.value}"' + (f"@{value.language}" if value.language else "")
        else:
            text = str(value)
        found.add(f"{compress(quad.predicate.value)} {text}")
    return frozenset(found)
