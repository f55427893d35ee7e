"""What is kept of an organisation's validation is what a validation of all that it has finds."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import evidence, resources, validation
from crosswalk.graph import Dataset, open_dataset
from crosswalk.graph.changes import Change
from crosswalk.models import Finding
from crosswalk.namespaces import BASE, expand
from crosswalk.shapes import Data, read
from crosswalk.shapes.incremental import Incremental, Prepared
from crosswalk.validation.shapes import context, of_catalogue, shape_files
from crosswalk.verbs import plain
from crosswalk.verbs.assessment import FINDINGS
from crosswalk.web.checking import Checks, Generation
from test_shapes_incremental import CLASSES, LINKS, NODES, TYPE, key
from test_shapes_select import PREFIXES, parsed

DAY = date(2026, 11, 20)
LITERALS = tuple(
    ox.Literal(text, datatype=ox.NamedNode(expand(name)))
    for text, name in (
        ("1", "xsd:integer"),
        ("01", "xsd:integer"),
        ("+1", "xsd:integer"),
        ("1.0", "xsd:decimal"),
        ("x", "xsd:integer"),
        ("1", "xsd:int"),
        ("2026-01-01", "xsd:date"),
    )
)
FORMS = (
    PREFIXES
    + """
:Whole a sh:NodeShape ; sh:targetClass :C ;
    sh:property [ sh:path :p ; sh:datatype xsd:integer ; sh:maxCount 1 ] .
:Small a sh:NodeShape ; sh:targetSubjectsOf :q ;
    sh:property [ sh:path :q ; sh:maxInclusive 1 ; sh:hasValue 1 ] .
:Same a sh:NodeShape ; sh:targetObjectsOf :p ; sh:nodeKind sh:IRI .
:Joined a sh:NodeShape ; sh:targetClass :C ; sh:sparql [ sh:prefixes <urn:o> ;
    sh:select "SELECT $this ?value { $this :p ?value . ?other :q ?value }" ] .
:Far a sh:NodeShape ; sh:targetClass :C ; sh:sparql [ sh:prefixes <urn:o> ;
    sh:select "SELECT $this ?value { $this :p ?n . ?other :q ?n . ?other a ?value }" ] .
"""
)
TYPED = Prepared.of(read(parsed(FORMS)), Data((), changes=True))
STATED = st.one_of(
    st.builds(ox.Triple, *map(st.sampled_from, (NODES, LINKS, LITERALS))),
    st.builds(ox.Triple, st.sampled_from(NODES), st.just(TYPE), st.sampled_from(CLASSES)),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    first=st.lists(STATED, unique=True, min_size=2, max_size=14),
    changes=st.lists(st.lists(STATED, min_size=1, max_size=4, unique=True), max_size=4),
)
def test_data_that_changes_keeps_the_forms_of_its_literals(
    first: list[ox.Triple], changes: list[list[ox.Triple]]
) -> None:
    data = Data(first, changes=True)
    held = set(first)
    kept = Incremental(TYPED, data.ask, computed=data.computed, linked=data.linked)

    for change in changes:
        removed = [triple for triple in change if triple in data]
        added = [triple for triple in change if triple not in data]
        for triple in removed:
            data.remove(triple)
        for triple in added:
            data.add(triple)
        kept.changed(added, removed)
        held ^= set(change)

        fresh = Data(held, changes=True)
        assert set(data.triples()) == held
        full = TYPED.plan.results(fresh.ask, computed=fresh.computed)
        assert Counter(map(key, kept)) == Counter(map(key, full))


HOME = f"{BASE}org/x-corporation/"


@pytest.fixture(scope="module")
def known() -> Dataset:
    return open_dataset()


class Service:
    """What stands around the checking of changes: documents, a store, what it notes."""

    def __init__(self, folder: Path, known: Dataset) -> None:
        self.folder, self.known = folder, known
        self.documents: dict[str, tuple[str, str]] = {}
        self.others: dict[str, list[ox.Quad]] = {}
        self.notes: dict[int, Change] = {}
        self.number = 0
        self.checks = Checks()
        self.asked: Dataset = known

    def dataset(self) -> Dataset:
        found = Dataset(apart=self.known)
        for graph in self.documents:
            found.add(self.read(graph))
        for quads in self.others.values():
            found.add(quads)
        return found

    def read(self, graph: str) -> list[ox.Quad]:
        digest, media_type = self.documents[graph]
        return evidence.read((self.folder / digest).read_bytes(), media_type, graph=graph)

    def check(self, *changes: tuple[str, str, bytes], day: date = DAY) -> dict[str, Any]:
        request = {
            "organisation": "x-corporation",
            "as_of": day.isoformat(),
            "documents": {graph: list(said) for graph, said in self.documents.items()},
            "folder": str(self.folder),
            "changes": [
                {
                    "graph": f"{HOME}evidence/{name}",
                    "action": action,
                    "body": base64.b64encode(body).decode(),
                    "media_type": "text/turtle",
                }
                for name, action, body in changes
            ],
        }
        number = self.number
        generation = Generation("one", number, lambda before: self.between(before, number))
        found: dict[str, Any] = json.loads(self.checks.checked(self.dataset(), generation, request))
        return found

    def between(self, before: int, number: int) -> Change | None:
        found = Change()
        for one in range(before + 1, number + 1):
            if one not in self.notes:
                return None
            found = found.then(self.notes[one])
        return found

    def write(self, found: dict[str, Any], *changes: tuple[str, str, bytes]) -> None:
        self.number += 1
        self.notes[self.number] = Change()
        for name, action, body in changes:
            graph = f"{HOME}evidence/{name}"
            if action == "withdraw":
                self.documents.pop(graph, None)
                continue
            media_type = "text/turtle"
            if action == "amend":
                media_type = "application/n-quads"
                body = base64.b64decode(found["quads"][graph])
            digest = hashlib.sha256(body).hexdigest()
            (self.folder / digest).write_bytes(body)
            self.documents[graph] = (digest, media_type)

    def update(self, name: str, body: bytes, *, noted: bool = True) -> None:
        """Have something in a graph that is no document."""
        graph = f"{HOME}{name}"
        quads = evidence.read(body, "text/turtle", graph=graph)
        self.number += 1
        was = self.others.get(graph, [])
        self.others[graph] = [next(iter(self._stored(quad))) for quad in quads]
        if noted:
            self.notes[self.number] = Change(tuple(self.others[graph]), tuple(was))

    @staticmethod
    def _stored(quad: ox.Quad) -> Iterator[ox.Quad]:
        store = ox.Store()
        store.add(quad)
        return iter(store)

    def full(
        self, *changes: tuple[str, str, bytes], day: date = DAY
    ) -> list[tuple[Finding, Finding]]:
        """Return what a validation finds of all that there would be: by IRIs, and in words."""
        graphs = {graph: self.read(graph) for graph in self.documents} | self.others
        for name, action, body in changes:
            graph = f"{HOME}evidence/{name}"
            sent = evidence.read(body, "text/turtle", graph=graph) if body else []
            graphs[graph] = evidence.amended(graphs[graph], sent) if action == "amend" else sent
        quads = [quad for held in graphs.values() for quad in held]
        told = validation.validate(self.known, (), as_of=day, quads=quads).findings
        named = {iri for quad in quads if (iri := of_catalogue(quad.object))}
        stated = [*(quad.triple for quad in quads), *context(self.known, named)]
        found = validation.checked_graph(stated, shape_files(), as_of=day).findings
        return list(zip(found, told, strict=True))


def rows(found: dict[str, Any]) -> Counter[str]:
    return Counter(json.dumps(one, sort_keys=True) for one in found["findings"])


def expected(
    found: Sequence[tuple[Finding, Finding]], before: Sequence[tuple[Finding, Finding]]
) -> Counter[str]:
    known = {one for one, _ in before if one.severity == "Violation"}
    told = [
        plain({name: getattr(said, name) for name in FINDINGS})
        for one, said in found
        if one not in known
    ]
    return Counter(json.dumps(one, sort_keys=True) for one in told)


def parts() -> list[bytes]:
    """Return the evidence of the example in documents of a few items each."""
    quads = [
        quad
        for path in sorted((resources.examples_dir() / "x-corporation").glob("*.ttl"))
        for quad in ox.parse(path=path, base_iri=BASE)
    ]
    by_subject: dict[Any, list[ox.Triple]] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode):
            by_subject.setdefault(quad.subject, []).append(quad.triple)
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode):
            owner = next(q.subject for q in quads if q.object == quad.subject)
            by_subject.setdefault(owner, []).append(quad.triple)
    items = [by_subject[one] for one in sorted(by_subject, key=str)]
    return [
        ox.serialize((t for item in items[at::40] for t in item), format=ox.RdfFormat.TURTLE) or b""
        for at in range(40)
    ]


def test_each_change_is_answered_as_if_all_were_validated(tmp_path: Path, known: Dataset) -> None:
    service = Service(tmp_path, known)
    chance = random.Random(5)  # noqa: S311 - a test
    bodies = parts()
    everything = [(f"d{n}", "put", body) for n, body in enumerate(bodies)]
    service.write(service.check(*everything), *everything)
    kept = service.checks._kept["one", HOME]

    for _ in range(24):
        name = f"d{chance.randrange(len(bodies))}"
        there = f"{HOME}evidence/{name}" in service.documents
        action = chance.choice(("put", "amend", "withdraw") if there else ("put",))
        body = b"" if action == "withdraw" else _some(chance.choice(bodies), chance)
        change = (name, action, body)

        found = service.check(change)

        assert rows(found) == expected(service.full(change), service.full())
        if chance.random() < 0.6:  # else it is refused, or was only tried
            service.write(found, change)
    assert service.checks._kept["one", HOME] is kept


def test_what_came_by_an_update_is_as_the_store_has_it(tmp_path: Path, known: Dataset) -> None:
    service = Service(tmp_path, known)
    chance = random.Random(8)  # noqa: S311 - a test
    bodies = parts()
    service.update("notes", b"".join(bodies[20:]))
    everything = [(f"d{n}", "put", body) for n, body in enumerate(bodies[:20])]
    service.write(service.check(*everything), *everything)
    held = service.checks._kept["one", HOME]
    anew = 0

    for step in range(12):
        noted = step % 4 != 3
        service.update("notes", _some(b"".join(chance.sample(bodies, 30)), chance), noted=noted)
        change = (f"d{step}", "put", _some(chance.choice(bodies), chance))

        found = service.check(change)

        assert rows(found) == expected(service.full(change), service.full())
        service.write(found, change)
        now = service.checks._kept["one", HOME]
        anew += now is not held
        held = now
    assert 3 <= anew < 12  # where it is not noted what has changed, or a thing has no name


def test_a_new_day_and_new_knowledge_are_looked_at_anew(tmp_path: Path, known: Dataset) -> None:
    service = Service(tmp_path, known)
    everything = [(f"d{n}", "put", body) for n, body in enumerate(parts())]
    service.write(service.check(*everything), *everything)
    body = parts()[3]
    later = date(2027, 6, 1)

    found = service.check(("d3", "put", body + b"\n"), day=later)

    assert rows(found) == expected(service.full(day=later), service.full(day=later))
    assert rows(found) != rows(service.check(("d3", "put", body + b"\n")))
    service.known = Dataset()  # nothing is carried, so that what is cited is of no edition
    change = ("d3", "put", body + b"\n")
    assert rows(service.check(change)) == expected(service.full(change), service.full())


def test_no_more_is_kept_than_memory_is_meant_for(
    tmp_path: Path, known: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(tmp_path, known)
    monkeypatch.setattr("crosswalk.web.checking.MOST", 10)

    service.check(("d0", "put", parts()[0]))

    assert not service.checks._kept


def test_what_was_wrong_before_refuses_nothing(tmp_path: Path, known: Dataset) -> None:
    service = Service(tmp_path, known)
    wrong = f"<{HOME}r> a <{BASE}ns#AssessmentResult> .".encode()
    other = f'<{HOME}o> a <{BASE}ns#EvidenceItem> ; <{expand("rdfs:label")}> "x" .'.encode()
    first = service.check(("wrong", "put", wrong))
    assert {one["focus"] for one in first["violations"]} == {"org-data:x-corporation/r"}
    service.write(first, ("wrong", "put", wrong))

    again = service.check(("wrong", "amend", f'<{HOME}r> <{expand("rdfs:label")}> "r" .'.encode()))
    beside = service.check(("other", "put", other))

    assert {one["focus"] for one in again["violations"]} <= {"org-data:x-corporation/r"}
    assert {one["focus"] for one in beside["violations"]} == {"org-data:x-corporation/o"}


def _some(body: bytes, chance: random.Random) -> bytes:
    """Return a part of a document, in which some values are written otherwise."""
    triples = []
    for quad in ox.parse(body, format=ox.RdfFormat.TURTLE):
        if chance.random() < 0.15:
            continue
        term = quad.object
        if isinstance(term, ox.Literal) and term.datatype.value.startswith(expand("xsd:")):
            other = chance.choice((("01", "integer"), ("1.50", "decimal"), (term.value, "string")))
            if chance.random() < 0.1:
                term = ox.Literal(other[0], datatype=ox.NamedNode(expand(f"xsd:{other[1]}")))
        triples.append(ox.Triple(quad.subject, quad.predicate, term))
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b""
