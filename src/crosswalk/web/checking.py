"""What a change of evidence would do, found out before it is made: in a process that can be ended.

The document is read without loss, held to its organisation, and validated together with all else
that the organisation has. What it says is then written as it was validated, or not at all.

What was found of an organisation is kept for its next change, which then costs what it touches.
What is kept is of documents, told from others by their hashes: whatever has become of the last
change that was asked about, the next one begins with what is on record.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import evidence
from crosswalk.graph import Dataset
from crosswalk.graph.changes import Change
from crosswalk.graph.knowledge import ASSESSMENT_CLASSES
from crosswalk.graph.records import evidence_graphs
from crosswalk.models import Finding
from crosswalk.namespaces import expand, graph_iri
from crosswalk.validation.standing import Standing
from crosswalk.verbs import plain
from crosswalk.verbs.assessment import FINDINGS

__all__ = ["Checks", "Generation"]

Document = tuple[str, str]
"""The hash of a document's bytes and its media type."""
TYPE = ox.NamedNode(expand("rdf:type"))
NQUADS = "application/n-quads"
MOST = 1_500_000
"""How many triples are kept, of all organisations together."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A state of a store.

    :param store: what tells it from other stores.
    :param since: what has changed since an earlier state, where that is known.
    """

    store: str
    number: int
    since: Callable[[int], Change | None]


@dataclass(slots=True)
class Checks:
    """Answers what changes would do, and keeps what it found for the next ones."""

    _kept: OrderedDict[tuple[str, str], _Evidence] = field(default_factory=OrderedDict)

    def checked(self, dataset: Dataset, generation: Generation, request: dict[str, Any]) -> bytes:
        """Return, as JSON, what a change would write and what is found wrong with it.

        :param dataset: the organisation's.
        :param request: ``organisation``, ``as_of``, ``documents``: graph → hash and media type of
            what is kept, ``folder``: where, and ``changes``: of each document ``graph``,
            ``action`` (put, amend or withdraw), ``body`` and ``media_type``.
        :raises DataError: if a document does not parse, or speaks of what is not the
            organisation's.
        """
        home = graph_iri("org", request["organisation"]) + "/"
        held_now = {graph: (digest, kind) for graph, (digest, kind) in request["documents"].items()}
        record = _Record(
            dataset,
            generation,
            held_now,
            Path(request["folder"]),
            date.fromisoformat(request["as_of"]),
            home,
        )
        key = (generation.store, home)
        # What an error or a limit interrupts is not kept.
        held = self._kept.pop(key, None)
        if held is None or not held.renewed(record):
            held = _Evidence(record)
        written: dict[str, list[ox.Quad]] = {}
        documents: dict[str, Document | None] = {}
        judges = False
        for change in request["changes"]:
            graph, action = change["graph"], change["action"]
            was = held.contents(graph)
            body = base64.b64decode(change["body"])
            media_type, sent = change["media_type"], []
            if action != "withdraw":
                sent = evidence.read(body, media_type, graph=graph, owner=home)
            written[graph] = evidence.amended(was, sent) if action == "amend" else sent
            if action == "amend":
                body, media_type = evidence.as_nquads(written[graph]), NQUADS
            digest = hashlib.sha256(body).hexdigest()
            documents[graph] = None if action == "withdraw" else (digest, media_type)
            judges |= _assesses(written[graph]) or (action == "withdraw" and _assesses(was))
        # What was wrong before, as by the passing of a day, is no reason to refuse a change.
        new = held.change(written, documents)
        wrong = [one for one in new if one.severity == "Violation"]
        told = [one for one in held.standing.findings() if one.severity != "Violation"]
        self._keep(key, held)
        return json.dumps(
            {
                "quads": {
                    graph: base64.b64encode(evidence.as_nquads(quads)).decode()
                    for graph, quads in written.items()
                },
                "violations": _rows(held.standing.in_words(wrong)),
                "findings": _rows(held.standing.in_words([*wrong, *told])),
                "assesses": judges,
            }
        ).encode()

    def _keep(self, key: tuple[str, str], held: _Evidence) -> None:
        self._kept[key] = held
        while sum(len(one.standing) for one in self._kept.values()) > MOST:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Record:
    """What an organisation has on record at a moment.

    :param documents: graph → document.
    :param folder: where their bytes are, by their hashes.
    :param home: what the names of the organisation's graphs begin with.
    """

    dataset: Dataset
    generation: Generation
    documents: Mapping[str, Document]
    folder: Path
    day: date
    home: str

    def read(self, graph: str, document: Document) -> list[ox.Quad]:
        """Return what a document says."""
        digest, media_type = document
        return evidence.read((self.folder / digest).read_bytes(), media_type, graph=graph)

    def others(self) -> frozenset[str]:
        """Return the graphs of the organisation that are no documents."""
        found = (graph for graph in evidence_graphs(self.dataset) if graph.startswith(self.home))
        return frozenset(graph for graph in found if graph not in self.documents)


class _Evidence:
    """What an organisation has on record, document by document, and what is wrong with it.

    What came by another way than as a document, such as an update, is as the store has it.
    """

    def __init__(self, record: _Record) -> None:
        self._record = record
        self._others = record.others()
        self._documents = dict(record.documents)
        self._latest: dict[str, list[ox.Quad]] = {}
        """What the documents say that changed last: what was only asked about is nowhere else."""
        self._nameless: dict[str, list[ox.Quad]] = {}
        """What the documents say of blank nodes, by the names that these were given."""
        self.standing = Standing(record.dataset, self._all(), as_of=record.day)

    def _all(self) -> Iterator[ox.Triple]:
        for graph, document in sorted(self._documents.items()):
            quads = self._record.read(graph, document)
            self._note(graph, quads)
            yield from (quad.triple for quad in quads)
        for graph in sorted(self._others):
            yield from (quad.triple for quad in self._record.dataset.quads(graph))

    def _note(self, graph: str, quads: Iterable[ox.Quad]) -> None:
        """Have by us what a document says of blank nodes: read again, they have other names."""
        self._nameless.pop(graph, None)
        if nameless := [quad for quad in quads if _is_nameless(quad)]:
            self._nameless[graph] = nameless

    def contents(self, graph: str) -> list[ox.Quad]:
        """Return what a document says; nothing, if there is none."""
        if graph in self._latest:
            return self._latest[graph]
        if graph not in self._documents:
            return []
        said = self._record.read(graph, self._documents[graph])
        named = [quad for quad in said if not _is_nameless(quad)]
        return named + self._nameless.get(graph, [])

    def change(
        self,
        after: Mapping[str, list[ox.Quad]],
        documents: Mapping[str, Document | None],
        come: Iterable[ox.Triple] = (),
        gone: Iterable[ox.Triple] = (),
    ) -> set[Finding]:
        """Take in what some documents say now; return what is found now and was not before.

        :param documents: what they are; None for one that is no more.
        :param come: what is said beside them now.
        :param gone: what one that is no document says no more.
        """
        was = {quad.triple for graph in after for quad in self.contents(graph)}
        now = {quad.triple for quads in after.values() for quad in quads}
        arrived = (now - was).union(come)
        new = self.standing.change(
            sorted(arrived, key=str),
            sorted((was - now).union(gone) - now - arrived, key=str),
            still=self._said_beside(after),
        )
        self._latest = dict(after)
        for graph, quads in after.items():
            self._note(graph, quads)
            if (document := documents[graph]) is None:
                self._documents.pop(graph, None)
            else:
                self._documents[graph] = document
        return new

    def renewed(self, record: _Record) -> bool:
        """Return whether this is now what is on record; if not, it has to be made anew."""
        before, self._record = self._record, record
        others = record.others()
        if (
            record.dataset.knowledge is not self.standing.known
            or record.day != self.standing.as_of
            or others != self._others
        ):
            return False
        come: set[ox.Triple] = set()
        gone: set[ox.Triple] = set()
        if others and record.generation.number != before.generation.number:
            change = record.generation.since(before.generation.number)
            if change is None:
                return False
            for quad in change.quads:
                if _graph(quad) not in others:
                    continue
                if _is_nameless(quad):
                    return False
                is_there = quad in _like(record.dataset, quad)
                (come if is_there else gone).add(quad.triple)
        held, now = self._documents, record.documents
        graphs = {*held, *now}
        differ = sorted(graph for graph in graphs if held.get(graph) != now.get(graph))
        if differ or come or gone:
            after = {
                graph: record.read(graph, now[graph]) if graph in now else [] for graph in differ
            }
            self.change(after, {graph: now.get(graph) for graph in differ}, come, gone)
        return True

    def _said_beside(self, changing: Container[str]) -> Callable[[ox.Triple], bool]:
        """Return what tells whether a triple is said in a graph that does not change."""
        read: dict[str, set[ox.Triple]] = {}

        def said(triple: ox.Triple) -> bool:
            for quad in _like(self._record.dataset, triple):
                graph = _graph(quad)
                if graph in self._others and quad.triple == triple:
                    return True
                if graph in changing or graph not in self._documents:
                    continue
                if graph not in read:
                    read[graph] = {one.triple for one in self.contents(graph)}
                if triple in read[graph]:
                    return True
            return False

        return said


def _like(dataset: Dataset, one: ox.Triple | ox.Quad) -> Iterator[ox.Quad]:
    """Yield the quads of a subject and a property with a value; of a literal, with any."""
    subject, value = one.subject, one.object
    if isinstance(subject, ox.Triple):
        return iter(())
    known = value if isinstance(value, ox.NamedNode | ox.BlankNode) else None
    return dataset.matching(subject, one.predicate, known)


def _graph(quad: ox.Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def _is_nameless(quad: ox.Quad) -> bool:
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


def _rows(found: Iterable[Finding]) -> list[Any]:
    return [plain({name: getattr(one, name) for name in FINDINGS}) for one in found]


def _assesses(quads: Iterable[ox.Quad]) -> bool:
    """Return whether something judges: that takes another scope than to write."""
    return any(
        one.predicate == TYPE
        and isinstance(one.object, ox.NamedNode)
        and one.object.value in ASSESSMENT_CLASSES
        for one in quads
    )
