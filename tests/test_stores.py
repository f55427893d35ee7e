"""Each organisation has a store of its own: it sees the public graphs and its own, writes its own.

What one organisation tries on another is tried here on the stores themselves; what it tries over
HTTP is tried where the service is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import uvloop

from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DataError,
    DeadlineError,
    ForbiddenError,
    NotFoundError,
    UncertainWriteError,
    UsageError,
)
from crosswalk.graph import upkeep
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.dataset import Dataset
from crosswalk.graph.engine import Engine, Graphs, Limits
from crosswalk.graph.pool import Pool
from crosswalk.graph.stores import Stores, graphs_of

ACME, RIVAL = graphs_of("acme"), graphs_of("rival")
MINE, THEIRS, PUBLIC = ACME + "evidence", RIVAL + "evidence", "urn:public"
TURTLE, QUADS, TRIG = "text/turtle", "application/n-quads", "application/trig"
Story = Callable[[Stores], Awaitable[None]]


def library(directory: Path, *, knowledge: str = "1", size: int = 5) -> Path:
    """Fill a library with a graph of so many triples, named by its knowledge."""
    dataset, node = Dataset(), ox.NamedNode
    for graph in (PUBLIC, f"urn:edition:{knowledge}"):
        dataset.add(
            ox.Quad(node(f"urn:s{i}"), node("urn:p"), ox.Literal(i), node(graph))
            for i in range(size)
        )
    upkeep.fill(directory, dataset, knowledge=knowledge)
    return directory


def told(
    directory: Path, story: Story, *, most: int = 8, idle: float = 60, readers: int = 2
) -> None:
    """Tell a story to the stores of a directory."""

    async def run() -> None:
        pool = Pool(size=readers)
        pool.start()
        try:
            async with asyncio.timeout(50), Stores(directory, pool=pool, most=most, idle=idle) as s:
                await story(s)
        finally:
            await pool.stop(until=time.monotonic())

    asyncio.run(run())


async def lines(engine: Engine, text: str, *, dataset: Graphs | None = None) -> list[str]:
    answer = await engine.query(
        text, dataset=dataset or Graphs.everything(), accept=["text/csv", "application/n-triples"]
    )
    found = (await answer.read()).decode().replace("\r\n", "\n").splitlines()
    return sorted(found[1:] if answer.media_type == "text/csv" else found)


async def graphs(engine: Engine) -> list[str]:
    return await lines(engine, "SELECT DISTINCT ?g { GRAPH ?g {} }")


async def everything(engine: Engine) -> set[bytes]:
    answer = await engine.dump(accept=[QUADS])
    return set((await answer.read()).splitlines())


async def with_two(stores: Stores) -> None:
    for name, graph in (("acme", MINE), ("rival", THEIRS)):
        await stores.create(name)
        async with stores.organisation(name) as engine:
            await engine.load(f"<urn:{name}> <urn:secret> '{name}' .".encode(), TURTLE, graph=graph)


def test_an_organisation_sees_the_public_graphs_and_its_own(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)

        async with stores.organisation("acme") as acme, stores.organisation("rival") as rival:
            assert await graphs(acme) == [MINE, "urn:edition:1", PUBLIC]
            assert await graphs(rival) == [THEIRS, "urn:edition:1", PUBLIC]
            assert await lines(acme, "SELECT ?o { ?s <urn:secret> ?o }") == ["acme"]
        assert await graphs(stores.library) == ["urn:edition:1", PUBLIC]
        assert stores.names() == ["acme", "rival"]
        assert sorted(stores.opened()) == ["acme", "rival"]

    async def again(stores: Stores) -> None:
        async with stores.organisation("acme") as acme:
            assert await lines(acme, "SELECT ?o { ?s <urn:secret> ?o }") == ["acme"]

    store = library(tmp_path / "store")
    told(store, story)
    told(store, again)


def test_what_a_closed_store_has_written_still_counts(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        assert (stores.figures().open, stores.figures().writes) == (1, 2)
        async with stores.organisation("acme") as engine:
            await engine.delete(MINE)
        assert (stores.figures().open, stores.figures().writes) == (1, 3)

    told(library(tmp_path / "store"), story, most=1)


READS = {
    "FROM": "SELECT ?o FROM <urn:theirs> { ?s <urn:secret> ?o }",
    "FROM NAMED": "SELECT ?o FROM NAMED <urn:theirs> { GRAPH ?g { ?s <urn:secret> ?o } }",
    "GRAPH": f"SELECT ?o {{ GRAPH <{THEIRS}> {{ ?s ?p ?o }} }}",
    "GRAPH ?g": "SELECT ?o { GRAPH ?g { ?s <urn:secret> ?o } FILTER(?o != 'acme') }",
    "a path": "SELECT ?o { <urn:rival> (<urn:secret>|!<urn:none>)* ?o FILTER(isLiteral(?o)) }",
    "DESCRIBE": "DESCRIBE <urn:rival>",
    "CONSTRUCT": "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(?s = <urn:rival>) }",
    "counting": f"SELECT ?g {{ GRAPH ?g {{}} FILTER(STRSTARTS(STR(?g), '{RIVAL}')) }}",
}


def test_no_query_of_an_organisation_reaches_another(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        wide = Graphs((THEIRS, MINE), (THEIRS, MINE))

        async with stores.organisation("acme") as acme:
            for name, text in READS.items():
                assert await lines(acme, text.replace("urn:theirs", THEIRS)) == [], name
            assert await lines(acme, "SELECT ?o { ?s ?p ?o }", dataset=wide) == ["acme"]
            with pytest.raises(NotFoundError) as there:
                await acme.dump(THEIRS)
            with pytest.raises(NotFoundError) as nowhere:
                await acme.dump(graphs_of("nobody") + "evidence")
            assert str(there.value).replace("rival", "nobody") == str(nowhere.value)

    told(library(tmp_path / "store"), story)


OTHERS = (PUBLIC, THEIRS)
UPDATES = {
    "INSERT DATA": "INSERT DATA { GRAPH <%s> { <urn:x> <urn:y> 1 } }",
    "the default graph": "INSERT DATA { <urn:x> <urn:y> 1 } # %s",
    "CREATE": "CREATE GRAPH <%s:new>",
    "INSERT WHERE": "INSERT { GRAPH <%s> { ?s <urn:y> 1 } } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "WITH": "WITH <%s> INSERT { ?s <urn:y> ?o } WHERE { GRAPH ?g { ?s <urn:p> ?o } }",
    "USING": "INSERT { GRAPH <%s> { ?s <urn:y> ?o } } USING <urn:public> WHERE { ?s <urn:p> ?o }",
    "a graph that is found": "INSERT { GRAPH ?g { <urn:x> <urn:y> 1 } } "
    "WHERE { BIND(IRI('%s') AS ?g) }",
    "an escaped keyword": r"\u0049NSERT DATA { GRAPH <%s> { <urn:x> <urn:y> 1 } }",
    "an escaped graph": r"INSERT DATA { GRAPH <\u0075rn:other> { <urn:x> '%s' 1 } }",
    "a dotted graph": f"INSERT DATA {{ GRAPH <{ACME}../rival/e> {{ <urn:x> <urn:y> '%s' }} }}",
    "ADD": f"ADD <{MINE}> TO <%s>",
    "COPY": f"COPY <{MINE}> TO <%s>",
    "MOVE": f"MOVE <{MINE}> TO <%s>",
}
REMOVALS = {
    "DELETE DATA": "DELETE DATA { GRAPH <urn:public> { <urn:s1> <urn:p> 1 } }",
    "DELETE WHERE": "DELETE WHERE { GRAPH <urn:public> { ?s ?p ?o } }",
    "CLEAR": "CLEAR GRAPH <urn:public>",
    "CLEAR NAMED": "CLEAR NAMED",
    "CLEAR ALL": "CLEAR ALL",
    "DROP": "DROP GRAPH <urn:public>",
    "DROP ALL": "DROP ALL",
    "MOVE from": f"MOVE <urn:public> TO <{MINE}>",
    "as many in as out": "DELETE DATA { GRAPH <urn:public> { <urn:s1> <urn:p> 1 } } ; "
    "INSERT DATA { GRAPH <urn:public> { <urn:s1> <urn:p> 99 } }",
    "another literal form": "DELETE { GRAPH ?g { ?s ?p 1 } } INSERT { GRAPH ?g { ?s ?p '1' } } "
    "WHERE { GRAPH ?g { ?s ?p 1 } FILTER(?g = <urn:public>) }",
    "there and back": f"MOVE <urn:public> TO <{MINE}> ; MOVE <urn:edition:1> TO <urn:public>",
}


def test_no_update_of_an_organisation_changes_what_is_not_its_own(tmp_path: Path) -> None:
    attacks = {
        f"{name} {graph}": text % graph for name, text in UPDATES.items() for graph in OTHERS
    }

    async def story(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme, stores.organisation("rival") as rival:
            before, theirs = await everything(acme), await everything(rival)
            generation = acme.generation
            for name, text in {**attacks, **REMOVALS}.items():
                if "dotted" in name:
                    continue  # tried below
                with pytest.raises(UsageError) as refusal:
                    await acme.update(text)
                assert await everything(acme) == before, name
                if "escaped" not in name:
                    assert isinstance(refusal.value, ForbiddenError), name
                    assert "not to be written to" in str(refusal.value), name
            assert acme.stats().writer_restarts >= len(REMOVALS)
            assert acme.generation == generation
            await acme.update(f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:x> <urn:y> 1 }} }}")
            assert len(await everything(acme)) == len(before) + 1
            assert acme.generation == generation + 1
            assert await everything(rival) == theirs
        assert await graphs(stores.library) == ["urn:edition:1", PUBLIC]

    told(library(tmp_path / "store"), story)


def test_a_graph_with_dots_in_its_name_is_still_one_s_own(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme, stores.organisation("rival") as rival:
            before = await everything(rival)
            await acme.update(UPDATES["a dotted graph"] % "x")
            assert f"{ACME}../rival/e" in await graphs(acme)
            assert await everything(rival) == before

    told(library(tmp_path / "store"), story)


def test_an_organisation_updates_its_own_graphs_from_all_it_sees(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme:
            await acme.update(
                f"INSERT {{ GRAPH <{MINE}> {{ ?s <urn:seen> ?o }} }} "
                f"WHERE {{ GRAPH <{PUBLIC}> {{ ?s <urn:p> ?o }} }}"
            )
            await acme.update(
                f"WITH <{MINE}> DELETE {{ ?s <urn:seen> ?o }} INSERT {{ ?s <urn:had> ?o }} "
                "WHERE { ?s <urn:seen> ?o }"
            )
            await acme.update(f"COPY <{PUBLIC}> TO <{ACME}copy> ; CLEAR SILENT GRAPH <{ACME}none>")
            await acme.update(f"CREATE GRAPH <{ACME}empty> ; DROP GRAPH <{ACME}copy>")
            assert await lines(acme, "SELECT ?o { ?s <urn:had> ?o }") == ["0", "1", "2", "3", "4"]
            assert await graphs(acme) == [f"{ACME}empty", MINE, "urn:edition:1", PUBLIC]
            assert acme.stats().writer_restarts == 0

    told(library(tmp_path / "store"), story)


def test_no_document_of_an_organisation_goes_into_a_graph_that_is_not_its_own(
    tmp_path: Path,
) -> None:
    good, bad = f"<urn:x> <urn:y> <urn:z> <{MINE}> .\n", "<urn:x> <urn:y> <urn:z> <%s> .\n"
    documents = [
        *((good + bad % graph, QUADS) for graph in (*OTHERS, ACME[:-1], "urn:new")),
        (good + "<urn:x> <urn:y> <urn:z> _:g .", QUADS),
        (good + "<urn:x> <urn:y> <urn:z> .", QUADS),
        *((f"GRAPH <{graph}> {{ <urn:x> <urn:y> 1 }}", TRIG) for graph in OTHERS),
        (f"@base <{ACME}x/> . <../../rival/e> {{ <urn:x> <urn:y> 1 }}", TRIG),
        ("<urn:x> <urn:y> 1 .", TURTLE),
        (
            f'{{"@id": "{PUBLIC}", "@graph": [{{"@id": "urn:x", "urn:y": 1}}]}}',
            "application/ld+json",
        ),
    ]

    async def story(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme:
            before, generation = await everything(acme), acme.generation
            for text, kind in documents:
                with pytest.raises(ForbiddenError, match="not to be written to"):
                    await acme.load(text.encode(), kind)
            body = (b"<urn:x> <urn:y> 1 .", TURTLE)
            for graph in (*OTHERS, "default", ACME[:-1], ACME.upper()):
                for write in (
                    acme.load(*body, graph=graph),
                    acme.load(*body, graph=graph, replace=True),
                    acme.delete(graph),
                    acme.change(put={MINE: body, graph: body}),
                    acme.change(put={MINE: body}, delete=[graph]),
                ):
                    with pytest.raises(ForbiddenError, match=f"graph '{graph}' is not"):
                        await write
            with pytest.raises(ForbiddenError):
                await acme.load(good.encode(), QUADS, replace=True)
            for text, kind in documents:
                for replace in (False, True):
                    if kind != TURTLE and "<urn:z> ." not in text:
                        with pytest.raises(DataError, match="Named graphs are not allowed"):
                            await acme.load(text.encode(), kind, graph=MINE, replace=replace)
            with pytest.raises(UsageError):
                await acme.delete(f"{ACME}x> ; DROP ALL #")
            assert await everything(acme) == before
            assert (acme.generation, acme.stats().writer_restarts) == (generation, 0)
            await acme.load(good.encode(), QUADS)
            assert len(await everything(acme)) == len(before) + 1

    told(library(tmp_path / "store"), story)


def test_an_update_that_is_cut_off_before_it_was_verified_is_taken_back(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme:
            await acme.update(f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:a> <urn:b> 1 }} }}")
            before = await everything(acme)
            marker = acme.home.path / "unverified"
            for turn in range(4):
                task = asyncio.create_task(
                    acme.update(
                        f"DELETE WHERE {{ GRAPH <{PUBLIC}> {{ ?s ?p ?o }} }} ; "
                        f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:c> <urn:d> {turn} }} }}"
                    )
                )
                while not marker.exists() and not task.done():
                    await asyncio.sleep(0)
                await asyncio.sleep(0.002 * turn)
                assert acme.writing.child is not None
                acme.writing.child.kill()
                with pytest.raises((UncertainWriteError, ForbiddenError)):
                    await task
                await acme.load(b"<urn:n> <urn:n> 1 .", TURTLE, graph=ACME + "n")
                await acme.delete(ACME + "n")
                assert await everything(acme) == before
                assert not marker.exists()

    told(library(tmp_path / "store", size=2000), story)


def test_a_store_that_was_left_unverified_is_put_right_by_whoever_opens_it(tmp_path: Path) -> None:
    store = library(tmp_path / "store")
    home = Home(store)
    home.doubt()
    ox.Store(str(home.store)).update("DROP ALL")

    assert upkeep.check(store).quads == 10
    assert not (store / "unverified").exists()


def test_an_acknowledged_update_is_never_taken_back(tmp_path: Path) -> None:
    acknowledged: set[int] = set()

    async def story(stores: Stores) -> None:
        await stores.create("acme")
        async with stores.organisation("acme") as acme:

            async def kill() -> None:
                for turn in range(8):
                    await asyncio.sleep(0.15 + 0.013 * turn)
                    if (child := acme.writing.child) is not None:
                        child.kill()

            killer, number = asyncio.create_task(kill()), 0
            while not killer.done() or not acknowledged:
                number += 1
                triples = " . ".join(f"<urn:w{number}> <urn:part> {part}" for part in range(20))
                try:
                    await acme.update(f"INSERT DATA {{ GRAPH <{MINE}> {{ {triples} }} }}")
                    acknowledged.add(number)
                except CrosswalkError:
                    continue
            rows = await lines(acme, "SELECT ?s (COUNT(*) AS ?n) { ?s <urn:part> ?o } GROUP BY ?s")
        sizes = {int(row.split(",")[0][5:]): int(row.split(",")[1]) for row in rows}
        assert acknowledged
        assert acknowledged <= set(sizes)
        assert set(sizes.values()) == {20}

    told(library(tmp_path / "store"), story)


def test_a_store_follows_the_knowledge_of_the_library_and_keeps_its_own_graphs(
    tmp_path: Path,
) -> None:
    seen: list[tuple[int, str]] = []

    async def first(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme:
            await acme.load(b"<urn:b> <urn:p> _:x . _:x <urn:q> 1 .", TURTLE, graph=ACME + "b")
            await acme.load(b"", TURTLE, graph=ACME + "empty", replace=True)
            seen.append((acme.generation, acme.instance))

    async def then(stores: Stores) -> None:
        async with stores.organisation("acme") as acme:
            assert await graphs(acme) == [ACME + "b", ACME + "empty", MINE, "urn:edition:2", PUBLIC]
            assert await lines(acme, "SELECT ?n { <urn:b> <urn:p>/<urn:q> ?n }") == ["1"]
            assert await lines(acme, f"SELECT ?o {{ GRAPH <{PUBLIC}> {{ ?s ?p ?o }} }}") == [
                "0",
                "1",
                "2",
            ]
            seen.append((acme.generation, acme.instance))
            with pytest.raises(ForbiddenError):
                await acme.update("DROP GRAPH <urn:edition:2>")
            await acme.update(f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:x> <urn:y> 1 }} }}")
            assert len(await lines(acme, f"SELECT ?o {{ GRAPH <{MINE}> {{ ?s ?p ?o }} }}")) == 2

    async def unchanged(stores: Stores) -> None:
        async with stores.organisation("acme") as acme:
            assert acme.generation == seen[-1][0] + 1
            assert await lines(acme, "SELECT ?o { ?s <urn:secret> ?o }") == ["acme"]

    store = library(tmp_path / "store")
    told(store, first)
    library(store, knowledge="2", size=3)
    told(store, then)
    told(store, unchanged)
    assert seen[0][1] == seen[1][1]
    assert seen[0][0] < seen[1][0]
    assert upkeep.check(store / "organisations" / "acme").findings == ()


@pytest.mark.parametrize("step", range(0, 60, 7))
def test_a_take_over_that_is_cut_off_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    store = library(tmp_path / "store")
    steps = 0
    sync = os.fsync

    class CutError(BaseException):
        pass

    def cut(held: int) -> None:
        nonlocal steps
        steps += 1
        if steps > step:
            raise CutError
        sync(held)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut)
        with contextlib.suppress(CutError):
            library(store, knowledge="2", size=3)

    async def story(stores: Stores) -> None:
        found = await graphs(stores.library)
        size = len(await lines(stores.library, f"SELECT ?s {{ GRAPH <{PUBLIC}> {{ ?s ?p ?o }} }}"))
        assert (found[0], size) in (("urn:edition:1", 5), ("urn:edition:2", 3))

    told(store, story, readers=1)
    library(store, knowledge="3", size=4)
    assert upkeep.check(store).quads == 8


def test_what_was_half_made_or_half_removed_is_cleared(tmp_path: Path) -> None:
    store = library(tmp_path / "store")
    told(store, with_two)
    shutil.copytree(store / "organisations" / "acme", store / "organisations" / ".new-x-1")
    (store / "organisations" / "rival").rename(store / "organisations" / ".old-rival-1")

    async def story(stores: Stores) -> None:
        assert stores.names() == ["acme"]
        assert [one.name for one in stores.directory.iterdir()] == ["acme"]
        async with stores.organisation("acme") as acme:
            assert MINE in await graphs(acme)

    told(store, story)


def test_callers_at_the_same_time_open_a_store_once(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await stores.create("acme")

        async def seen() -> Engine:
            async with stores.organisation("acme") as acme:
                assert await graphs(acme) == ["urn:edition:1", PUBLIC]
                return acme

        found = await asyncio.gather(*(seen() for _ in range(6)))
        assert len({id(one) for one in found}) == 1

    told(library(tmp_path / "store"), story)


def test_only_so_many_stores_are_open_and_the_idle_ones_give_way(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        for number in range(4):
            await stores.create(f"o{number}")
        for number in (0, 1, 2, 3, 0):
            async with stores.organisation(f"o{number}") as engine:
                assert PUBLIC in await graphs(engine)
            assert len(stores.opened()) <= 2
        async with stores.organisation("o1"), stores.organisation("o2"):
            with pytest.raises(BusyError, match="2 stores are in use"):
                async with stores.organisation("o3"):
                    pass
        assert sorted(stores.opened()) == ["o1", "o2"]

    told(library(tmp_path / "store"), story, most=2)


def test_an_idle_store_is_closed_and_one_that_still_answers_is_not(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        for name in ("acme", "rival"):
            await stores.create(name)
        async with stores.organisation("acme") as acme:
            answer = await acme.query(
                "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
                dataset=Graphs.everything(),
                limits=Limits(deadline=20),
            )
        async with stores.organisation("rival"):
            pass
        await asyncio.sleep(0.4)
        assert sorted(stores.opened()) == ["acme"]
        await answer.aclose()
        await asyncio.sleep(0.5)
        assert sorted(stores.opened()) == []
        async with stores.organisation("acme") as again:
            assert PUBLIC in await graphs(again)

    told(library(tmp_path / "store", size=400), story, idle=0.2)


def test_a_store_whose_writer_and_then_itself_were_idle_opens_again_in_the_loop_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_IDLE_S", "1")

    async def run() -> None:
        pool = Pool(size=1)
        pool.start()
        try:
            async with asyncio.timeout(50), Stores(directory, pool=pool, idle=2) as stores:
                await stores.create("acme")
                async with stores.organisation("acme") as acme:
                    await acme.update(f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:a> <urn:b> 1 }} }}")
                while stores.opened():
                    await asyncio.sleep(0.1)
                async with stores.organisation("acme") as again:
                    assert MINE in await graphs(again)
        finally:
            await pool.stop(until=time.monotonic())

    directory = library(tmp_path / "store")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def test_a_store_is_made_once_and_removed_with_all_that_is_in_it(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        with pytest.raises(UsageError, match="is there already"):
            await stores.create("acme")
        rivals = await asyncio.gather(
            *(stores.create("new") for _ in range(3)), return_exceptions=True
        )
        assert sum(one is None for one in rivals) == 1
        async with stores.organisation("acme") as acme:
            first = acme.instance
            runs = asyncio.create_task(
                acme.query("SELECT * { ?a ?b ?c . ?d ?e ?f }", dataset=Graphs.everything())
            )
            await asyncio.sleep(0)
            await stores.remove("acme")
            await asyncio.gather(runs, return_exceptions=True)
        with pytest.raises(NotFoundError):
            await stores.remove("acme")
        with pytest.raises(NotFoundError):
            async with stores.organisation("acme"):
                pass
        assert stores.names() == ["new", "rival"]
        await stores.create("acme")
        async with stores.organisation("acme") as acme:
            assert await graphs(acme) == ["urn:edition:1", PUBLIC]
            assert acme.instance != first

    told(library(tmp_path / "store"), story)


@pytest.mark.parametrize("name", ["", "Acme", "a/b", "..", ".new-x", "a" * 64, "-a", "ä"])
def test_a_name_that_is_no_slug_is_refused(tmp_path: Path, name: str) -> None:
    async def story(stores: Stores) -> None:
        with pytest.raises(UsageError, match="cannot be the name"):
            await stores.create(name)
        with pytest.raises(NotFoundError):
            async with stores.organisation(name):
                pass

    told(library(tmp_path / "store"), story, readers=1)


def test_the_store_of_an_organisation_shares_the_public_files(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await stores.create("acme")
        own = sum(
            one.stat().st_size
            for one in (stores.directory / "acme").rglob("*.sst")
            if one.stat().st_nlink == 1
        )
        assert own < 10_000

    told(library(tmp_path / "store", size=5000), story, readers=1)


def test_an_update_that_runs_away_is_ended_and_taken_back(tmp_path: Path) -> None:
    async def story(stores: Stores) -> None:
        await with_two(stores)
        async with stores.organisation("acme") as acme:
            before = await everything(acme)
            with pytest.raises(DeadlineError):
                await acme.update(
                    f"INSERT {{ GRAPH <{MINE}> {{ ?a ?e ?i }} }} WHERE {{ "
                    "GRAPH ?x { ?a ?b ?c } GRAPH ?y { ?d ?e ?f } GRAPH ?z { ?g ?h ?i } }",
                    deadline=0.3,
                )
            await acme.load(b"<urn:n> <urn:n> 1 .", TURTLE, graph=MINE)
            assert len(await everything(acme)) == len(before) + 1

    told(library(tmp_path / "store", size=2000), story)
