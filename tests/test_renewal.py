"""What is carried over a change of evidence equals what is found from nothing."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ORGANISATION, PREFIXES
from crosswalk import catalogue, coverage, inference, queries, sparql
from crosswalk.cli import main
from crosswalk.coverage import sources
from crosswalk.coverage.weighing import gather
from crosswalk.graph import Dataset, changes, open_dataset, upkeep, wire
from crosswalk.graph.changes import Change
from crosswalk.graph.engine import Engine
from crosswalk.graph.pool import Pool
from crosswalk.graph.stores import Stores
from crosswalk.graph.worker import Opened
from crosswalk.models import Status
from crosswalk.namespaces import expand
from crosswalk.resources import examples_dir
from crosswalk.web.journal import Journal, Judged
from crosswalk.web.judging import judged
from crosswalk.web.rejudging import Compared, compared
from crosswalk.web.verb_worker import VerbWorker

if TYPE_CHECKING:
    from conftest import World

ONE, OTHER = (ox.NamedNode(f"https://w3id.org/aigov-crosswalk/org/acme/{g}") for g in "gh")
DAYS = (date(2026, 1, 20), date(2026, 6, 1))


@dataclass(slots=True)
class Kept:
    """A dataset that is renewed with each change, its knowledge apart."""

    dataset: Dataset

    def change(self, add: Iterable[ox.Quad], remove: Iterable[ox.Quad]) -> coverage.Renewal:
        """Change it, and have it renewed."""
        added, removed = tuple(add), tuple(remove)
        before = self.dataset.memory
        self.dataset.remove(removed)
        self.dataset.add(added)
        return coverage.renew(self.dataset, before, Change(added, removed))

    def anew(self) -> Dataset:
        """Return a dataset of the same that remembers nothing."""
        return Dataset(store=self.dataset.store, apart=self.dataset.apart)


def found(dataset: Dataset, editions: Iterable[str], days: Iterable[date] = DAYS) -> list[object]:
    """Return all that is found of each scope for some editions and days."""
    return [
        (key, day, scope, one.vector, one.statuses, one.facts, one.bindings, one.claims)
        for key in editions
        for day in days
        for scope in coverage.scopes(dataset)
        for one in [
            coverage.evaluate(dataset, catalogue.edition(dataset, key, as_of=day), scope, as_of=day)
        ]
    ]


def kept_of(library: Dataset, quads: Iterable[ox.Quad]) -> Kept:
    """Return a dataset of public knowledge and evidence, as a service has it."""
    store = ox.Store()
    store.bulk_extend(library.quads())
    store.bulk_extend(quads)
    return Kept(Dataset(store=store, apart=library))


STATED = """
o:part a cw:Scope ; rdfs:label "part" ; cw:scopeOf o:organization .
o:whole cw:includesScope o:part .
o:doing a cw:ControlImplementation ; rdfs:label "doing" ; cw:implements alpha:1 ; cw:owner o:ann ;
  cw:implementationStatus cw:implemented ; cw:inScope o:whole .
o:trying a cw:ControlImplementation ; rdfs:label "trying" ; cw:implements alpha:1 , alpha:2 .
o:paper a cw:Record ; rdfs:label "paper" ; cw:evidenceFor o:doing ; cw:author o:ann ;
  cw:acceptedBy o:bob ; cw:acceptedOn "2026-01-06"^^xsd:date ; cw:owner o:ann ;
  cw:collectedOn "2026-01-05"^^xsd:date ; cw:sha256 "aa" ; cw:inScope o:whole .
o:log a cw:Log ; rdfs:label "log" ; cw:evidenceFor o:trying ; cw:author o:bob ;
  cw:acceptedBy o:ann ; cw:acceptedOn "2026-01-06"^^xsd:date ;
  cw:collectedOn "2026-01-05"^^xsd:date ; cw:sha256 "bb" ; cw:inScope o:part .
o:audit a cw:Assessment ; rdfs:label "audit" ; cw:assessor o:bob ;
  cw:assessedOn "2026-01-10"^^xsd:date ; cw:acceptedBy o:ann ;
  cw:acceptedOn "2026-01-10"^^xsd:date ; cw:inScope o:whole .
o:r1 cw:resultOf o:audit ; earl:subject o:doing ; earl:test alpha:1 ; cw:outcome earl:passed .
o:r2 cw:resultOf o:audit ; earl:test alpha:2 ; cw:outcome earl:passed ; cw:finding "good" .
o:review a cw:Assessment ; rdfs:label "review" ; cw:assessor o:ann ;
  cw:assessedOn "2026-03-10"^^xsd:date ; cw:acceptedBy o:bob ;
  cw:acceptedOn "2026-03-12"^^xsd:date ; cw:inScope o:part .
o:r3 cw:resultOf o:review ; earl:subject o:trying ; earl:test alpha:2 ; cw:outcome earl:failed .
o:certificate a cw:Certificate ; rdfs:label "certificate" ; cw:certifies edition:beta-2021 ;
  cw:validFrom "2026-01-01"^^xsd:date ; cw:validTo "2026-08-01"^^xsd:date ; cw:inScope o:whole ;
  cw:certificationBody o:body ; cw:underSoA o:certified .
o:certified cw:forEdition edition:beta-2021 ; cw:approvedOn "2026-01-01"^^xsd:date ;
  cw:version "3" ; cw:decision o:d3 .
o:d3 cw:provision beta:3 ; cw:applicable false .
o:body rdfs:label "Body" .
o:soa rdfs:label "SoA" ; cw:forEdition edition:alpha-2020 ; cw:version "1" ;
  cw:approvedOn "2026-01-02"^^xsd:date ; cw:inScope o:whole ; cw:decision o:d1 , _:d2 .
o:d1 cw:provision alpha:1 ; cw:applicable true ; cw:implementedBy o:doing .
_:d2 cw:provision alpha:3 ; cw:applicable false ; cw:justification "No." ; cw:approvedBy o:ann .
o:acceptance a cw:InferenceAcceptance ; cw:provision beta:2 ; cw:acceptedBy o:ann ;
  cw:acceptedOn "2026-02-01"^^xsd:date ; cw:justification "Yes." ; cw:acceptedPath <MAPPING> .
o:system a airo:AISystem ; rdfs:label "system" ; cw:operatedBy o:organization ;
  cw:roleHeld role:deployer ; cw:riskClass risk-class:high-risk-annex-III ;
  cw:putIntoService "2026-02-01"^^xsd:date ; cw:designChange o:change .
o:change rdfs:label "change" ; cw:changedOn "2026-04-01"^^xsd:date ; cw:changedBy o:organization .
o:whole cw:includesSystem o:system .
"""
"""What an organisation has on record; a change takes some of it away, or puts it back."""
BESIDE = """
o:paper cw:evidenceFor o:trying ; cw:acceptedBy o:ann ; cw:inScope o:part ; cw:owner o:bob ;
  cw:expiresOn "2026-05-01"^^xsd:date ; cw:recordedOn "2026-02-01"^^xsd:date ; cw:file "a.pdf" ;
  cw:effectiveFrom "2026-01-30"^^xsd:date ; cw:effectiveTo "2026-05-20"^^xsd:date .
[] a cw:Record ; rdfs:label "nameless" ; cw:evidenceFor o:doing ; cw:author o:ann ;
  cw:acceptedBy o:bob ; cw:acceptedOn "2026-01-06"^^xsd:date ; cw:sha256 "cc" ;
  cw:collectedOn "2026-01-05"^^xsd:date ; cw:inScope o:whole .
o:doing cw:implements alpha:2 , beta:1 ; cw:owner o:bob ; rdfs:label "done" .
o:ann rdfs:label "Anna" . o:bob a cw:Scope . o:body rdfs:label "Office" .
cw:Log cw:maximumAgeDays 20 . cw:Record rdfs:label "a record" .
o:r1 cw:outcome cw:partially-passed ; earl:test beta:1 ; cw:resultOf o:review .
o:r2 cw:outcome earl:failed ; earl:subject o:doing .
o:r4 cw:resultOf o:audit ; earl:test law:1 ; cw:outcome earl:passed ; earl:subject o:doing .
o:audit cw:assessedOn "2026-01-11"^^xsd:date ; cw:inScope o:part ; cw:assessor o:ann ;
  cw:recordedOn "2026-02-01"^^xsd:date .
o:certificate cw:validFrom "2026-02-01"^^xsd:date ; cw:inScope o:part ; rdfs:label "paper" .
o:soa cw:approvedOn "2026-02-02"^^xsd:date ; cw:version "2" ; cw:forEdition edition:beta-2021 .
o:d1 cw:provision alpha:2 ; cw:applicable false ; cw:justification "No." ; cw:approvedBy o:bob .
o:profile cw:forEdition edition:alpha-2020 ; cw:approvedOn "2026-03-02"^^xsd:date ;
  cw:profileKind cw:current-profile ; cw:decision o:d1 .
o:acceptance cw:acceptedOn "2026-03-01"^^xsd:date ; cw:inScope o:part .
o:system cw:roleHeld role:provider ; cw:meetsCondition condition:public-body .
o:organization cw:failsCondition condition:public-body ; rdfs:label "Acme Ltd" .
o:change cw:significant true ; cw:substantialModification true .
o:third a cw:Scope ; rdfs:label "third" . o:part cw:includesScope o:third .
o:unrelated rdfs:label "of nothing" ; cw:sha256 "dd" ; cw:inScope o:whole .
"""
"""What it might have beside."""
SMALL = ("alpha-2020", "beta-2021", "law-2023")


@pytest.fixture(scope="module")
def small(new_world: Callable[[], World]) -> tuple[Dataset, list[ox.Quad], list[ox.Quad]]:
    """Return three editions with mappings, what an organisation has, and what it might have."""
    world = new_world()
    world.edition("alpha-2020", "1\n2\n3\n4 heading exhaust\n4.1 in 4\n4.2 in 4")
    world.edition("beta-2021", "1\n2\n3")
    world.edition("law-2023", "1\n2", law=True)
    law = world.knowledge / "frameworks" / "law-2023.ttl"
    text = law.read_text(encoding="utf-8").replace("a cw:Clause", "a cw:Obligation")
    said = (
        "law:1 cw:addressee role:deployer ; cw:riskClass risk-class:high-risk-annex-III ; "
        'cw:appliesFrom "2026-03-01"^^xsd:date . '
        "law:2 cw:addressee role:provider ; cw:riskClass risk-class:any ; "
        'cw:condition condition:public-body ; cw:appliesFrom "2025-02-02"^^xsd:date .'
    )
    law.write_text(text + "\n" + said, encoding="utf-8")
    world.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 superset-of beta-2021:1\nalpha-2020:2 equal beta-2021:2\n"
        "alpha-2020:1 intersects-with beta-2021:3\nbeta-2021:1 subset-of alpha-2020:2",
    )
    world.mapping(
        "alpha-2020_law-2023",
        "alpha-2020:1 superset-of law-2023:1\nalpha-2020:2 subset-of law-2023:2",
    )
    library = open_dataset(knowledge=[world.knowledge], shipped=False)
    accepted = next(row.iri for row in inference.rows(library) if row.relation == "equal")
    return library, _quads(STATED.replace("MAPPING", accepted)), _quads(BESIDE, OTHER)


def _quads(text: str, graph: ox.NamedNode = ONE) -> list[ox.Quad]:
    data = PREFIXES + ORGANISATION + text
    triples = ox.parse(data, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_after_any_changes_what_is_renewed_is_what_is_found_anew(
    small: tuple[Dataset, list[ox.Quad], list[ox.Quad]], data: st.DataObject
) -> None:
    library, stated, beside = small
    kept = kept_of(library, stated)
    there = set(stated)
    pool = st.lists(st.sampled_from([*stated, *beside]), min_size=1, max_size=6, unique=True)
    found(kept.dataset, SMALL)

    for turned in data.draw(st.lists(pool, min_size=1, max_size=6)):
        add, remove = [q for q in turned if q not in there], [q for q in turned if q in there]
        there.symmetric_difference_update(turned)
        kept.change(add, remove)

        assert found(kept.dataset, SMALL) == found(kept.anew(), SMALL)


def test_each_statement_that_comes_or_goes_is_taken_up(
    small: tuple[Dataset, list[ox.Quad], list[ox.Quad]],
) -> None:
    library, stated, beside = small
    kept = kept_of(library, stated)
    found(kept.dataset, SMALL, DAYS[1:])

    for quad in [*stated, *beside]:  # each goes and comes back, or comes and goes
        there = quad in kept.dataset.store
        for comes in (not there, there):
            kept.change([quad] if comes else [], [] if comes else [quad])

            now = found(kept.anew(), SMALL, DAYS[1:])
            assert found(kept.dataset, SMALL, DAYS[1:]) == now, quad


def test_the_record_of_a_whole_organisation_can_change_and_is_renewed() -> None:
    library = open_dataset()
    held = open_dataset([examples_dir() / "x-corporation"])
    graphs = [graph for graph in held.graphs() if "/org/" in graph]
    stated = sorted(held.quads(*graphs), key=str)
    kept = kept_of(library, stated)
    chance = random.Random(1)  # noqa: S311 - a sequence of changes, no secret
    days, editions = (date(2026, 11, 20),), ("iso-42001-2023", "eu-ai-act-2026")
    found(kept.dataset, editions, days)
    gone: list[ox.Quad] = []

    for _ in range(8):
        back, away = gone[: chance.randrange(3)], chance.sample(stated, 5)
        gone = [quad for quad in gone if quad not in back] + away
        kept.change(back, away)

        assert found(kept.dataset, editions, days) == found(kept.anew(), editions, days)


# What is touched, and what is not.


@pytest.fixture
def acme(small: tuple[Dataset, list[ox.Quad], list[ox.Quad]]) -> Kept:
    """Return an organisation whose statuses are known."""
    library, stated, _ = small
    kept = kept_of(library, stated)
    found(kept.dataset, SMALL)
    return kept


def said(text: str) -> list[ox.Quad]:
    """Return the quads of some statements, without those about the organisation."""
    return [quad for quad in _quads(text) if quad not in _quads("")]


def asked(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the names of the questions that the figures ask of the evidence."""
    names: list[str] = []
    columns, select = Dataset.columns, Dataset.select

    def of_columns(self: Dataset, name: str, **given: object) -> object:
        names.append(name)
        return columns(self, name, **given)

    def of_rows(self: Dataset, text: str, given: object = None) -> object:
        names.append(text)
        return select(self, text, given)  # type: ignore[arg-type]

    monkeypatch.setattr(Dataset, "columns", of_columns)
    monkeypatch.setattr(Dataset, "select", of_rows)
    found(kept.dataset, SMALL)
    yield from names


def test_a_changed_item_is_asked_for_alone(acme: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    renewal = acme.change([], said('o:paper cw:sha256 "aa" .'))

    assert renewal == coverage.Renewal(
        1, frozenset(("https://w3id.org/aigov-crosswalk/id/alpha-2020/1",)), ()
    )
    assert list(asked(acme, monkeypatch)) == []


def test_what_is_no_evidence_touches_nothing(acme: Kept) -> None:
    renewal = acme.change(said('o:note rdfs:label "a note" ; cw:sha256 "ee" .'), [])

    assert renewal == coverage.Renewal(0, frozenset(), ())


def test_a_renamed_person_touches_what_names_him(acme: Kept) -> None:
    renewal = acme.change(said('o:ann rdfs:label "Anna" .'), said('o:ann rdfs:label "Ann" .'))

    assert renewal.items == 3  # an implementation, an item, and the result that she assessed
    assert renewal.anew == ()


def test_a_changed_scope_has_all_weighed_anew_and_says_so(acme: Kept) -> None:
    renewal = acme.change([], said("o:whole cw:includesScope o:part ."))

    assert renewal.anew == ("coverage/scopes",)


def test_what_is_mostly_new_is_found_anew(acme: Kept) -> None:
    many = "\n".join(f'o:e{n} cw:evidenceFor o:doing ; cw:sha256 "ff" .' for n in range(21))

    renewal = acme.change(said(many), [])

    assert renewal.anew == ("coverage/evidence-items",)
    assert found(acme.dataset, SMALL) == found(acme.anew(), SMALL)


def test_a_change_that_is_not_known_leaves_nothing(acme: Kept) -> None:
    memory = acme.dataset.memory
    later = acme.anew()

    renewal = coverage.renew(later, memory, None)

    assert renewal.anew == tuple(one.name for one in sources.SOURCES)
    assert later.memory == {}


def test_nothing_is_carried_over_where_knowledge_is_not_apart(acme: Kept) -> None:
    mixed = Dataset(store=acme.dataset.store)

    renewal = coverage.renew(mixed, acme.dataset.memory, Change())

    assert renewal.anew
    assert mixed.memory == {}


def test_a_renamed_implementation_is_renamed_where_another_provision_was_tested_on_it(
    acme: Kept,
) -> None:
    acme.change(
        said(
            "o:r4 cw:resultOf o:audit ; earl:test alpha:3 ; cw:outcome earl:passed ; "
            "earl:subject o:doing ."
        ),
        [],
    )

    acme.change(said('o:doing rdfs:label "done" .'), said('o:doing rdfs:label "doing" .'))

    assert found(acme.dataset, SMALL) == found(acme.anew(), SMALL)


def test_of_the_days_that_were_asked_for_only_the_last_are_kept(acme: Kept) -> None:
    (scope,) = coverage.scope_of(acme.dataset, "whole")

    for day in range(1, 21):
        gather(acme.dataset, scope, as_of=date(2026, 3, day))

    kept = [key[2] for key in acme.dataset.memory if isinstance(key, tuple) and key[0] == "weighed"]
    assert kept == [date(2026, 3, day) for day in range(13, 21)]


def test_what_was_found_before_stays_as_it_was(acme: Kept) -> None:
    before = found(acme.dataset, ["alpha-2020"])
    told = repr(before)

    acme.change(said('o:paper cw:expiresOn "2026-01-15"^^xsd:date .'), [])

    assert repr(before) == told
    assert found(acme.dataset, ["alpha-2020"]) != before


def test_an_item_that_loses_its_hash_shows_nothing_any_more(acme: Kept) -> None:
    (edition,) = (e for e in catalogue.editions(acme.dataset) if e.edition == "alpha-2020")
    (scope,) = coverage.scope_of(acme.dataset, "whole")

    def status() -> Status:
        one = coverage.evaluate(acme.dataset, edition, scope, as_of=date(2026, 1, 20))
        return one.statuses[0].status

    shown = status()
    acme.change([], said('o:paper cw:sha256 "aa" .'))

    assert (shown, status()) == (Status.SATISFIED_DIRECT, Status.SUPPORTED)


@pytest.mark.parametrize("source", sources.SOURCES, ids=lambda source: source.name)
def test_each_property_that_a_question_reads_is_known(source: sources.Source) -> None:
    names = {source.name, "coverage/evidence-item"} if source is sources.EVIDENCE else {source.name}
    for name in names:
        text = re.sub(r"(?m)^#.*$|^PREFIX.*$", "", queries.named(name).text)
        read = {token.text for token in sparql.tokens(text) if token.kind == "name"}
        if re.search(r"\ba\b", text):
            read.add("rdf:type")
        kind = source.known_by.partition(" ")[2]
        assert {expand(one) for one in read - {kind}} <= source.properties, name


# The service carries over what it found, from one state of a store to the next.


@pytest.fixture
def served(
    small: tuple[Dataset, list[ox.Quad], list[ox.Quad]], tmp_path: Path
) -> Callable[[Callable[[Engine, VerbWorker], Awaitable[None]]], None]:
    """Return what tells a story to the store of an organisation, and to who answers of it."""
    library, stated, _ = small

    def told(story: Callable[[Engine, VerbWorker], Awaitable[None]]) -> None:
        upkeep.fill(tmp_path, library, knowledge="1")

        async def run() -> None:
            pool = Pool(size=1)
            pool.start()
            near, far = socket.socketpair()
            try:
                async with asyncio.timeout(50), Stores(tmp_path, pool=pool) as stores:
                    await stores.create("acme")
                    async with stores.organisation("acme") as engine:
                        triples = [quad.triple for quad in stated]
                        text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
                        await engine.load(
                            text or b"", NTRIPLES, graph=f"{engine.within}evidence/all"
                        )
                        await story(
                            engine, VerbWorker(wire.Line(near), {"prefixes": {}, "memory": 1})
                        )
            finally:
                near.close()
                far.close()
                await pool.stop(until=time.monotonic())

        asyncio.run(run())

    return told


NTRIPLES, TURTLE = "application/n-triples", "text/turtle"
PUT = PREFIXES + 'o:paper cw:expiresOn "2026-01-15"^^xsd:date . o:new rdfs:label "new" .'
NAMELESS = PREFIXES + (
    '[] a cw:Record ; cw:evidenceFor o:doing ; cw:author o:ann ; cw:acceptedBy o:bob ; cw:sha256 "'
    'cc" ; cw:acceptedOn "2026-01-06"^^xsd:date ; cw:collectedOn "2026-01-05"^^xsd:date ; '
    "cw:inScope o:whole . o:soa cw:decision [ cw:provision alpha:2 ; cw:applicable false ; "
    'cw:justification "No." ; cw:approvedBy o:bob ] . o:audit cw:assessor [ rdfs:label "Zoe" ] .'
)
WRITES: list[tuple[str, bool]] = [
    ("put", True),
    ("put again", True),
    ("load", True),
    ("amend", True),
    ("put nameless", False),
    ("delete", True),
    ("update", False),
    ("put", True),
]
"""What is written, one after the other, and whether the items are carried over."""


async def write(engine: Engine, what: str) -> None:
    """Write what is named."""
    graph = f"{engine.within}evidence/{what.partition(' ')[2] or 'more'}"
    if what == "update":
        await engine.update(f"INSERT DATA {{ GRAPH <{graph}> {{ <urn:a> <urn:b> 1 }} }}")
    elif what == "delete":
        await engine.delete(graph)
    elif what == "load":
        await engine.load((PREFIXES + 'o:log cw:file "log" .').encode(), TURTLE, graph=graph)
    elif what == "amend":
        await engine.change(
            put={graph: ((PREFIXES + "o:r1 cw:outcome earl:failed .").encode(), TURTLE)},
            delete=[f"{engine.within}evidence/again"],
        )
    else:
        text = NAMELESS if "nameless" in what else PUT
        await engine.change(put={graph: (text.encode(), TURTLE)})


def test_the_service_carries_over_what_it_found_and_renews_it(
    served: Callable[[Callable[[Engine, VerbWorker], Awaitable[None]]], None],
) -> None:
    carried: list[tuple[str, bool]] = []

    async def story(engine: Engine, worker: VerbWorker) -> None:
        found(worker.dataset(_opened(engine)), SMALL)
        for what, _ in WRITES:
            await write(engine, what)
            opened = _opened(engine)
            dataset = worker.dataset(opened)
            carried.append((what, ("evidence", date.max) in dataset.memory))

            anew = Dataset(store=opened.store, apart=dataset.apart)
            assert found(dataset, SMALL) == found(anew, SMALL), what

    served(story)

    assert carried == WRITES


def test_several_changes_between_two_questions_are_taken_together(
    served: Callable[[Callable[[Engine, VerbWorker], Awaitable[None]]], None],
) -> None:
    async def story(engine: Engine, worker: VerbWorker) -> None:
        found(worker.dataset(_opened(engine)), SMALL)
        for what in ("put", "load", "amend"):
            await write(engine, what)
        opened = _opened(engine)
        dataset = worker.dataset(opened)

        assert ("evidence", date.max) in dataset.memory
        anew = Dataset(store=opened.store, apart=dataset.apart)
        assert found(dataset, SMALL) == found(anew, SMALL)

    served(story)


def test_a_change_that_is_no_longer_noted_is_found_anew(
    served: Callable[[Callable[[Engine, VerbWorker], Awaitable[None]]], None],
) -> None:
    async def story(engine: Engine, worker: VerbWorker) -> None:
        found(worker.dataset(_opened(engine)), SMALL)
        await write(engine, "put")
        changes.forget(engine.home.path, through=engine.generation)

        assert worker.dataset(_opened(engine)).memory == {}

    served(story)


def _opened(engine: Engine) -> Opened:
    return Opened(str(engine.home.checkpoint(engine.generation)))


def test_a_note_says_what_came_and_what_went(tmp_path: Path) -> None:
    a, b, c = (
        ox.Quad(ox.NamedNode(f"urn:{one}"), ox.NamedNode("urn:p"), ox.Literal("x\ny"), ONE)
        for one in "abc"
    )
    changes.note(tmp_path, 4, Change((a,), (b,)))
    changes.note(tmp_path, 5, Change((c,)))

    assert changes.between(tmp_path, 3, 4) == Change((a,), (b,))
    assert changes.between(tmp_path, 3, 5) == Change((a, c), (b,))
    assert changes.between(tmp_path, 4, 4) == Change()
    assert changes.between(tmp_path, 2, 5) is None
    assert changes.between(tmp_path, 5, 4) is None


def test_a_large_change_is_not_noted(tmp_path: Path) -> None:
    quad = ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:p"), ox.Literal("x"), ONE)

    changes.note(tmp_path, 1, Change((quad,) * (changes.MOST + 1)))

    assert changes.between(tmp_path, 0, 1) is None


# What a service has told is compared with what is found from nothing.


@pytest.fixture
def judged_store(
    small: tuple[Dataset, list[ox.Quad], list[ox.Quad]],
    served: Callable[[Callable[[Engine, VerbWorker], Awaitable[None]]], None],
    tmp_path: Path,
) -> Path:
    """Return the directory of a service that has judged an organisation after a change."""

    async def story(engine: Engine, worker: VerbWorker) -> None:
        found(worker.dataset(_opened(engine)), SMALL)
        await write(engine, "put")
        journal = Journal(engine.home.path)
        asked = {"as_of": "2026-06-01", "journal": str(engine.home.path)}
        said = json.loads(judged(worker.dataset(_opened(engine)), asked))
        state = Judged(engine.generation, engine.home.knowledge, "2026-06-01", 0)
        journal.conclude(state, json.dumps(said["statuses"]), [])

    served(story)
    return tmp_path


def test_what_was_told_is_what_is_found_from_nothing(judged_store: Path) -> None:
    assert compared(judged_store) == Compared(("acme",), (), ())


def test_a_status_that_was_told_wrongly_is_a_fault(
    judged_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(judged_store / "organisations" / "acme")
    state, told = journal.judged(), journal.statuses()
    assert state is not None
    assert told is not None
    scope = next(iter(told["scopes"]))
    told["scopes"][scope]["statuses"]["alpha-2020"]["1"] = ["unknown", "nobody looked"]
    journal.conclude(state, json.dumps(told), [])

    with pytest.raises(SystemExit) as ended:
        main(["store", "check", "--statuses", "--store", str(judged_store), "--format", "json"])

    (fault,) = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert fault["place"] == "organisations/acme"
    assert fault["finding"].startswith(
        "alpha-2020:1 in whole is told to be unknown because nobody looked, and found anew it is "
    )


def test_what_is_not_judged_yet_is_no_fault(judged_store: Path) -> None:
    journal = Journal(judged_store / "organisations" / "acme")
    state, told = journal.judged(), journal.statuses()
    assert state is not None
    journal.conclude(replace(state, generation=state.generation - 1), json.dumps(told), [])

    assert compared(judged_store) == Compared((), ("acme",), ())
