"""A served store keeps answering and loses nothing, whatever is asked of it and whoever dies.

All processes are real ones. A test kills what it wants dead and watches what the others see.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pyoxigraph as ox
import pytest

from crosswalk.errors import (
    BusyError,
    ConflictError,
    CrosswalkError,
    DataError,
    DeadlineError,
    LimitError,
    MalformedQueryError,
    NotAcceptableError,
    NotFoundError,
    StorageError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)
from crosswalk.graph.engine import Answer, Engine, Graphs, Limits, Written
from crosswalk.graph.pool import OPEN, Pool

HOME = Graphs.union(["urn:g"])
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
RUNAWAYS = {
    "a cross product": CROSS,
    "a path bomb": "SELECT (COUNT(*) AS ?n) { ?a (<urn:p>|!<urn:q>)* ?b . "
    "?b (<urn:p>|^<urn:p>)* ?c . ?c <urn:p>* ?d . ?d (<urn:p>/<urn:p>)* ?e }",
    "a concatenation": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g), STR(?j))) AS ?n) "
    "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "a regex": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
    "FILTER(REGEX(CONCAT(STR(?a), STR(?d), STR(?g)), '(.*a){20}$')) }",
}
RUNAWAY_UPDATE = (
    "INSERT { GRAPH <urn:g> { <urn:x> <urn:y> ?n } } WHERE { "
    "GRAPH <urn:g> { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l BIND(STR(?a) AS ?n) } }"
)
GRAPH = "\n".join(f"<urn:s{i}> <urn:p> <urn:s{(i * 7 + 1) % 600}> ." for i in range(600)).encode()


def served(
    path: Path,
    story: Callable[[Engine], Awaitable[None]],
    *,
    readers: int = 2,
    queue: int = 8,
    memory: int = 1 << 30,
    limits: Limits | None = None,
) -> None:
    """Tell a story to an engine of a directory."""

    async def told() -> None:
        engine = Engine(
            path, readers=readers, queue=queue, memory=memory, limits=limits or Limits(deadline=20)
        )
        async with asyncio.timeout(50), engine:
            await story(engine)

    asyncio.run(told())


async def rows(engine: Engine, text: str, *, dataset: Graphs | None = HOME) -> list[list[str]]:
    answer = await engine.query(text, dataset=dataset, accept=["application/sparql-results+json"])
    found = json.loads(await answer.read())
    names = found["head"]["vars"]
    return [[row[name]["value"] for name in names] for row in found["results"]["bindings"]]


async def count(engine: Engine) -> int:
    ((text,),) = await rows(engine, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    return int(text)


async def seconds_to(engine: Engine, text: str = "ASK { ?s ?p ?o }") -> float:
    start = time.monotonic()
    await (await engine.query(text, dataset=HOME)).read()
    return time.monotonic() - start


def insert(number: int, *, size: int = 1) -> str:
    triples = " . ".join(f"<urn:w{number}> <urn:part> {part}" for part in range(size))
    return f"INSERT DATA {{ GRAPH <urn:g> {{ {triples} }} }}"


def test_a_write_is_seen_by_every_later_query_and_survives_a_restart(tmp_path: Path) -> None:
    async def first(engine: Engine) -> None:
        for number in range(1, 6):
            written = await engine.update(insert(number))
            answer = await engine.query("ASK { ?s ?p ?o }", dataset=HOME)

            assert await count(engine) == number
            assert answer.generation == written.generation == engine.generation
        await asyncio.sleep(0.3)
        assert len(engine.home.generations()) == 1  # nobody reads the others

    async def second(engine: Engine) -> None:
        assert await count(engine) == 5

    served(tmp_path, first)
    served(tmp_path, second)


def test_an_answer_comes_in_the_first_welcome_format_of_its_kind(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(b"<urn:a> <urn:b> 'c' .", "text/turtle", graph="urn:g")

        async def told(text: str, *accept: str) -> tuple[str, bytes]:
            answer = await engine.query(text, dataset=HOME, accept=accept)
            return answer.media_type, await answer.read()

        select, ask = "SELECT ?o { ?s ?p ?o }", "ASK { ?s ?p ?o }"
        construct = "CONSTRUCT WHERE { ?s ?p ?o }"
        assert await told(select, "text/turtle", "text/csv") == ("text/csv", b"o\r\nc\r\n")
        assert (await told(ask, "text/csv", "application/sparql-results+json"))[1] == (
            b'{"head":{},"boolean":true}'
        )
        assert await told(construct, "text/csv", "application/n-triples") == (
            "application/n-triples",
            b'<urn:a> <urn:b> "c" .\n',
        )
        with pytest.raises(NotAcceptableError, match=r"sparql-results\+xml") as refusal:
            await told(ask, "text/csv", "text/turtle")
        assert "text/csv" not in refusal.value.offers

    served(tmp_path, story)


def test_an_error_of_a_query_tells_its_place_and_costs_no_process(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        with pytest.raises(MalformedQueryError) as malformed:
            await engine.query("SELECT *\n{ ?s ?p }")
        assert (malformed.value.line, malformed.value.column) == (2, 10)
        with pytest.raises(MalformedQueryError):
            await engine.update("INSERT DATA { <urn:a> }")
        with pytest.raises(UsageError, match="LOAD is refused"):
            await engine.update("LOAD <http://example.org/>")
        with pytest.raises(UsageError, match="SERVICE is refused"):
            await engine.query("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }")
        with pytest.raises(DataError, match="line 2"):
            await engine.load(b"<urn:a> <urn:b> 1 .\n<urn:a> <urn:b> .", "text/turtle")
        await engine.update(insert(1))
        with pytest.raises(UsageError, match="cannot be evaluated"):
            await engine.query("ASK { ?s ?p ?o }", dataset=Graphs.union(["no iri"]))
        with pytest.raises(UsageError, match="surrogates"):
            await engine.query("ASK { ?s ?p '\ud800' }")
        stats = engine.stats()
        assert (stats.crashed, stats.killed, stats.writer_restarts) == (0, 0, 0)
        assert await count(engine) == 1

    served(tmp_path, story)


def test_a_generation_is_one_state_and_does_not_grow_without_a_write(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []

    async def look(engine: Engine) -> None:
        seen.append((engine.generation, await count(engine), engine.instance))

    async def write(engine: Engine) -> None:
        await engine.update(insert(len(seen)))
        await engine.delete("urn:missing")
        await look(engine)

    async def die(engine: Engine) -> None:
        await write(engine)
        assert engine.writing.child is not None
        engine.writing.stopping = True
        engine.writing.child.kill()

    for story in (look, look, write, look, look, die, look, look):
        served(tmp_path, story, readers=1)
    assert [number for number, _, _ in seen] == [1, 1, 2, 2, 2, 3, 4, 4]
    assert [quads for _, quads, _ in seen] == [0, 0, 1, 1, 1, 2, 2, 2]
    assert len({instance for _, _, instance in seen}) == 1
    (tmp_path / "other").mkdir()
    served(tmp_path / "other" / "store", look, readers=1)
    assert seen[-1][2] != seen[0][2]


def test_writes_that_wait_are_flushed_together_and_each_is_whole_or_nothing(
    tmp_path: Path,
) -> None:
    async def story(engine: Engine) -> None:
        await engine.update(insert(0))
        before = engine.generation
        texts = [insert(number, size=3) for number in range(1, 20)]
        texts[7] = "INSERT DATA { GRAPH <urn:g> { <urn:broken> <urn:p> 1 } } ; INSERT"

        done = await asyncio.gather(*map(engine.update, texts), return_exceptions=True)

        failed = [number for number, one in enumerate(done) if isinstance(one, Exception)]
        assert failed == [7]
        assert engine.generation <= before + 2
        assert await count(engine) == 1 + 3 * 18
        seen = {one.generation for one in done if isinstance(one, Written)}
        assert max(seen) == engine.generation

    served(tmp_path, story, queue=32)


def test_a_write_that_runs_away_takes_none_of_its_group_with_it(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        first = asyncio.create_task(engine.update(insert(0)))
        await asyncio.sleep(0)
        before = [asyncio.create_task(engine.update(insert(number))) for number in (1, 2)]
        await asyncio.sleep(0)
        runaway = asyncio.create_task(engine.update(RUNAWAY_UPDATE, deadline=0.3))
        await asyncio.sleep(0)
        after = [asyncio.create_task(engine.update(insert(number))) for number in (3, 4)]

        with pytest.raises(DeadlineError):
            await runaway
        written = await asyncio.gather(first, *before, *after)
        assert await count(engine) == 600 + 5
        assert [one.generation for one in written] == sorted(one.generation for one in written)
        assert engine.stats().writer_restarts == 1

    served(tmp_path, story)


def test_several_graphs_are_changed_in_one_transaction_or_not_at_all(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        for name in ("a", "b", "c"):
            await engine.load(b"<urn:old> <urn:p> 1 .", "text/turtle", graph=f"urn:{name}")
        good = (b"<urn:new> <urn:p> _:x . _:x <urn:p> 2 .", "text/turtle")

        async def graphs() -> list[list[str]]:
            text = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
            return await rows(engine, text, dataset=None)

        before = await graphs()
        with pytest.raises(DataError, match="line 1"):
            await engine.change(
                put={"urn:a": good, "urn:d": (b"<urn:x> .", "text/turtle")}, delete=["urn:b"]
            )
        assert await graphs() == before
        generation = engine.generation
        await engine.change(put={"urn:a": good, "urn:d": good}, delete=["urn:b", "urn:missing"])
        assert await graphs() == [["urn:a", "2"], ["urn:c", "1"], ["urn:d", "2"]]
        assert engine.generation == generation + 1

    served(tmp_path, story)


def test_a_write_for_an_older_generation_is_refused(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.update(insert(1))
        seen = engine.generation
        document = (b"<urn:a> <urn:p> 1 .", "text/turtle")
        first = await engine.change(put={"urn:h": document}, if_generation=seen)

        assert first.generation > seen
        for late in (
            engine.update(insert(2), if_generation=seen),
            engine.load(*document, graph="urn:h", if_generation=seen),
            engine.load(*document, graph="urn:h", replace=True, if_generation=seen),
            engine.delete("urn:g", if_generation=seen),
        ):
            with pytest.raises(ConflictError, match="has changed meanwhile"):
                await late
        assert await count(engine) == 1
        seen = engine.generation
        rivals = [engine.update(insert(number), if_generation=seen) for number in range(2, 8)]
        done = await asyncio.gather(*rivals, return_exceptions=True)
        assert sum(isinstance(one, Written) for one in done) == 1

    served(tmp_path, story)


def test_a_writer_that_has_nothing_to_do_ends_and_the_next_write_starts_one(
    tmp_path: Path,
) -> None:
    async def story(engine: Engine) -> None:
        await engine.update(insert(1))
        engine.writing.idle = 0.05
        generation = (await engine.update(insert(2))).generation
        await asyncio.sleep(0.3)
        assert engine.writing.child is None
        assert await count(engine) == 2
        assert (await engine.update(insert(3))).generation == generation + 1
        assert engine.stats().writer_restarts == 0

    served(tmp_path, story)


def test_a_parameter_is_bound_as_a_term_in_every_scope(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:v> 'x' , 'y' , 'z'@en } }")

        async def bound(value: object) -> list[str]:
            text = "SELECT ?o ?v { ?s <urn:v> ?o MINUS { ?s <urn:v> ?o FILTER(?o = ?v) } }"
            answer = await engine.query(
                text, dataset=HOME, parameters={"v": value}, accept=["text/csv"]
            )
            lines = (await answer.read()).decode().split("\r\n")[1:-1]
            return sorted(line.split(",")[0] for line in lines)

        assert await bound("x") == ["y", "z"]
        assert await bound(ox.Literal("z", language="en")) == ["x", "y"]
        assert await bound("x' || true || '") == ["x", "y", "z"]

    served(tmp_path, story)


def test_a_query_sees_the_graphs_it_is_given_and_no_others(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        for name in ("a", "b", "secret"):
            await engine.load(
                f"<urn:{name}> <urn:p> 1 .".encode(), "text/turtle", graph=f"urn:{name}"
            )
        mine = Graphs.union(["urn:a", "urn:b"])

        async def seen(text: str) -> list[str]:
            return sorted(row[0] for row in await rows(engine, text, dataset=mine))

        assert await seen("SELECT ?s { ?s ?p ?o }") == ["urn:a", "urn:b"]
        assert await seen("SELECT ?s { GRAPH ?s { ?x ?p ?o } }") == ["urn:a", "urn:b"]
        assert await seen("SELECT ?s FROM <urn:a> FROM <urn:secret> { ?s ?p ?o }") == ["urn:a"]
        assert await seen(
            "SELECT ?s FROM NAMED <urn:b> FROM NAMED <urn:secret> { GRAPH ?s { ?x ?p ?o } }"
        ) == ["urn:b"]
        assert await seen("SELECT ?s FROM <urn:a> { GRAPH ?s { ?x ?p ?o } }") == []
        assert await seen("SELECT ?s { GRAPH <urn:secret> { ?s ?p ?o } }") == []
        whole = Graphs.union(["urn:a", "urn:b", "urn:secret"])
        answer = await engine.query(
            "SELECT ?s FROM <urn:b> { ?s ?p ?o }", dataset=whole, accept=["text/csv"]
        )
        assert await answer.read() == b"s\r\nurn:b\r\n"
        assert len(await rows(engine, "SELECT ?s { ?s ?p ?o }", dataset=whole)) == 3

    served(tmp_path, story)


def test_without_a_dataset_the_default_graph_is_the_store_s_own(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.update("INSERT DATA { <urn:d> <urn:p> 1 GRAPH <urn:g> { <urn:n> <urn:p> 1 } }")

        assert await rows(engine, "SELECT ?s { ?s ?p ?o }", dataset=None) == [["urn:d"]]
        text = "SELECT ?s FROM <urn:g> { ?s ?p ?o }"
        assert await rows(engine, text, dataset=None) == [["urn:n"]]
        both = Graphs(("default", "urn:g"), ("urn:g",))
        assert len(await rows(engine, "SELECT ?s { ?s ?p ?o }", dataset=both)) == 2
        assert await rows(engine, "SELECT ?s { ?s ?p ?o }") == [["urn:n"]]

    served(tmp_path, story)


def test_a_graph_is_appended_to_replaced_dumped_and_deleted(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        async def dumped(graph: str | None = "urn:g") -> set[str]:
            answer = await engine.dump(graph, accept=["application/n-quads"])
            return set((await answer.read()).decode().splitlines())

        put = await engine.load(b"<urn:a> <urn:p> 1 .", "text/turtle", graph="urn:g", replace=True)
        added = await engine.load(b"<urn:b> <urn:p> _:x .", "text/turtle", graph="urn:g")
        assert (put.existed, added.existed) == (False, True)
        assert len(await dumped()) == 2
        again = await engine.load(
            b"<urn:c> <urn:p> 1 .", "text/turtle", graph="urn:g", replace=True
        )
        assert again.existed
        with pytest.raises(DataError):
            await engine.load(b"<urn:a> <urn:p> .", "text/turtle", graph="urn:g", replace=True)
        one = '<urn:c> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer>'
        assert await dumped() == {f"{one} ."}
        assert await dumped(None) == {f"{one} <urn:g> ."}

        empty = await engine.load(b"", "text/turtle", graph="urn:empty", replace=True)
        assert (empty.existed, await dumped("urn:empty")) == (False, set())
        assert (await engine.delete("urn:g")).existed
        assert not (await engine.delete("urn:g")).existed
        with pytest.raises(NotFoundError):
            await dumped()

    served(tmp_path, story)


@pytest.mark.parametrize("text", RUNAWAYS.values(), ids=RUNAWAYS.keys())
def test_a_runaway_query_is_ended_in_time_while_others_are_answered(
    tmp_path: Path, text: str
) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        start, waits = time.monotonic(), []
        limits = Limits(deadline=1.0)
        runaway = asyncio.create_task(engine.query(text, dataset=HOME, limits=limits))

        while not runaway.done():
            waits.append(await seconds_to(engine))
            await asyncio.sleep(0.01)
        with pytest.raises((DeadlineError, LimitError)):
            await runaway
        assert time.monotonic() - start < 2.0
        assert len(waits) > 5
        assert sorted(waits)[len(waits) // 2] < 0.25
        await seconds_to(engine)

    served(tmp_path, story, memory=512 << 20)


def test_an_answer_that_is_cut_off_never_looks_complete(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        endless = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        answer = await engine.query(endless, dataset=HOME, limits=Limits(deadline=1.0))
        taken = []

        async def take() -> None:
            async for chunk in answer:
                taken.append(chunk)
                await asyncio.sleep(0.001)

        with pytest.raises(DeadlineError):
            await take()
        assert taken
        assert answer.whole is None

    served(tmp_path, story)


def test_rows_and_bytes_are_limited_before_and_after_the_first_byte(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")

        async def asked(text: str, accept: str, **limits: int) -> int:
            answer = await engine.query(
                text, dataset=HOME, accept=[accept], limits=Limits(20.0, **limits)
            )
            return len(await answer.read())

        select, construct = "SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"
        for kind in ("application/sparql-results+json", "application/sparql-results+xml"):
            assert await asked(select, kind, rows=600)
            with pytest.raises(LimitError, match="more than 599 rows"):
                await asked(select, kind, rows=599)
        for kind in ("text/csv", "text/tab-separated-values"):
            assert await asked(select, kind, rows=600)
            with pytest.raises(LimitError, match="more than 599 rows"):
                await asked(select, kind, rows=599)
        assert await asked(construct, "text/turtle", rows=600)
        with pytest.raises(LimitError, match="more than 599 rows"):
            await asked(construct, "text/turtle", rows=599)
        with pytest.raises(LimitError, match="more than 1000 bytes"):
            await asked(select, "text/csv", bytes=1000)

        pairs = "SELECT * { ?s ?p ?o . ?a ?b ?c }"
        answer = await engine.query(pairs, dataset=HOME, limits=Limits(20.0, rows=100_000))
        with pytest.raises(LimitError, match="more than 100000 rows"):
            await answer.read()
        assert engine.stats().killed == 0

    served(tmp_path, story)


def test_rows_are_counted_as_they_are_whatever_their_values_look_like(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        nasty = [
            r"\"}},{\"",
            "}},{",
            "<result>",
            r"a\nb,\"\r\nc",
            r"\\",
            r"}},{\"x\":{",
            "},{}",
            "",
        ]
        values = " ".join(f'("{one}" {number})' for number, one in enumerate(nasty * 2000))
        text = f"SELECT ?text ?n {{ VALUES (?text ?n) {{ {values} }} }}"
        most = len(nasty) * 2000

        for kind in (
            "application/sparql-results+json",
            "application/sparql-results+xml",
            "text/csv",
            "text/tab-separated-values",
        ):
            answer = await engine.query(text, accept=[kind], limits=Limits(20.0, rows=most))
            await answer.read()
            with pytest.raises(LimitError, match="rows"):
                await (
                    await engine.query(text, accept=[kind], limits=Limits(20.0, rows=most - 1))
                ).read()

    served(tmp_path, story, readers=1)


def test_rows_without_any_value_are_rows_too(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        numbers = " ".join(map(str, range(40_000)))
        nothing = f"SELECT ?none {{ VALUES ?n {{ {numbers} }} }}"
        nasty = " ".join([r'"{},{},\\\"{},{},\\"'] * 500)
        texts = f"SELECT ?n {{ VALUES ?n {{ {nasty} }} }}"

        async def asked(text: str, most: int) -> bytes:
            return await (await engine.query(text, limits=Limits(20.0, rows=most))).read()

        assert (await asked(nothing, 40_000)).count(b"{}") == 40_000
        with pytest.raises(LimitError, match="more than 39998 rows"):
            await asked(nothing, 39_998)
        assert (await asked(texts, 500)).count(b"},{},") == 2 * 500

    served(tmp_path, story, readers=1)


def test_a_query_that_needs_too_much_memory_ends_alone(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        hungry = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?h ?a"

        with pytest.raises(LimitError, match="memory"):
            await engine.query(hungry, dataset=HOME)
        await seconds_to(engine)
        assert engine.stats().retried == 0

    served(tmp_path, story, memory=400 << 20)


def test_when_the_queue_is_full_the_next_is_told_to_come_again(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        runaway = asyncio.create_task(
            engine.query(CROSS, dataset=HOME, limits=Limits(deadline=1.0))
        )
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(seconds_to(engine)) for _ in range(3)]
        await asyncio.sleep(0.05)

        with pytest.raises(BusyError) as refusal:
            await engine.query("ASK {}")
        assert refusal.value.retry_after >= 1
        assert (engine.stats().queued, engine.stats().refused) == (3, 1)
        with pytest.raises(DeadlineError):
            await runaway
        assert all(wait < 2.5 for wait in await asyncio.gather(*waiting))

    served(tmp_path, story, readers=1, queue=3)


def test_a_client_that_goes_frees_its_reader(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        waiting = asyncio.create_task(engine.query(CROSS, dataset=HOME))
        await asyncio.sleep(0.05)
        queued = asyncio.create_task(engine.query(CROSS, dataset=HOME))
        await asyncio.sleep(0.05)

        queued.cancel()
        waiting.cancel()

        assert await seconds_to(engine) < 2.0
        answer = await engine.query("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", dataset=HOME)
        async for _ in answer:
            break
        await answer.aclose()
        assert await seconds_to(engine) < 2.0
        assert engine.stats().cancelled == 3
        for _ in range(20):  # it has 20 ms to finish by itself, which a busy machine may not give
            await asyncio.sleep(0.3)
            before = reader_pids(engine)
            short = asyncio.create_task(engine.query("ASK { ?s ?p ?o }", dataset=HOME))
            await asyncio.sleep(0)
            short.cancel()
            await seconds_to(engine)
            await asyncio.sleep(0.1)
            if reader_pids(engine) == before:
                return
        raise AssertionError("a reader that finishes by itself is replaced each time")

    served(tmp_path, story, readers=1)


def test_a_reader_that_finishes_by_itself_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crosswalk.graph.pool.PATIENCE", 5.0)

    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        await seconds_to(engine)
        before = reader_pids(engine)

        counting = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
        short = asyncio.create_task(engine.query(counting, dataset=HOME))
        await asyncio.sleep(0)
        short.cancel()
        await seconds_to(engine)

        assert engine.stats().cancelled == 1
        assert engine.stats().crashed == 0
        assert reader_pids(engine) == before

    served(tmp_path, story, readers=1)


def test_a_reader_is_not_taken_for_large_because_its_service_is(tmp_path: Path) -> None:
    ballast = b"1" * (600 << 20)  # a process is born with the most that its parent has held

    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        await seconds_to(engine)
        before = reader_pids(engine)

        for _ in range(3):
            await seconds_to(engine)

        assert reader_pids(engine) == before

    served(tmp_path, story, readers=1)
    assert len(ballast) == 600 << 20


def reader_pids(engine: Engine) -> set[int]:
    return {one.child.pid for one in engine.pool.readers if not one.gone}


def shared(
    story: Callable[[Pool], Awaitable[None]], *, size: int = 1, share: int = 32, module: str = ""
) -> None:
    """Tell a story to a pool that engines of their own share."""

    async def told() -> None:
        pool = Pool(
            size=size,
            queue=8,
            share=share,
            module=module or "crosswalk.graph.worker",
            spare=0,
            prefixes={},
        )
        pool.start()
        try:
            async with asyncio.timeout(50):
                await story(pool)
        finally:
            await pool.stop(until=time.monotonic() + 1)

    asyncio.run(told())


def test_one_pool_answers_for_several_stores_and_never_mixes_them(tmp_path: Path) -> None:
    async def story(pool: Pool) -> None:
        async with AsyncExitStack() as stack:
            engines = [
                await stack.enter_async_context(Engine(tmp_path / str(number), pool=pool))
                for number in range(OPEN + 2)
            ]
            for turn in range(1, 4):
                for number, engine in enumerate(engines):
                    await engine.update(insert(10 * number + turn))
                for number, engine in [*enumerate(engines)] * 2:
                    text = "SELECT ?s { ?s ?p ?o } ORDER BY ?s"
                    assert await rows(engine, text) == [
                        [f"urn:w{10 * number + one}"] for one in range(1, turn + 1)
                    ]
            (reader,) = pool.readers
            assert list(reader.open) == [one.shelf for one in engines[-OPEN:]]
            await asyncio.sleep(0.3)
            assert [len(one.home.generations()) for one in engines] == [1] * len(engines)
            assert open_checkpoints(reader.child.pid) == {
                one.shelf.path(one.generation) for one in engines[-OPEN:]
            }

    shared(story)


def open_checkpoints(pid: int) -> set[str]:
    held = (os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir())
    return {one.rpartition("/")[0] for one in held if "/checkpoints/" in one}


def test_a_query_goes_to_a_reader_that_has_its_store_open(tmp_path: Path) -> None:
    async def story(pool: Pool) -> None:
        async with Engine(tmp_path / "a", pool=pool) as a, Engine(tmp_path / "b", pool=pool) as b:
            while len(pool.idle) < 2:
                await asyncio.sleep(0.01)
            await count(b)
            await asyncio.sleep(0.1)
            with_b = [one for one in pool.readers if b.shelf in one.open]
            for _ in range(5):
                await count(b)
                await count(a)
            assert [one for one in pool.readers if b.shelf in one.open] == with_b
            assert len(with_b) == 1

    shared(story, size=2)


def test_a_store_that_stops_leaves_the_pool_to_the_others(tmp_path: Path) -> None:
    async def story(pool: Pool) -> None:
        async with Engine(tmp_path / "a", pool=pool) as a:
            for turn in range(3):
                async with Engine(tmp_path / "b", pool=pool) as b:
                    await b.load(GRAPH, "text/turtle", graph="urn:g")
                    await b.update(insert(turn))
                    assert await count(b) == 601 + turn
                    runaway = asyncio.create_task(b.query(CROSS, dataset=HOME))
                    await asyncio.sleep(0.05)
                    await b.stop(grace=0.05)
                    with pytest.raises(UnavailableError):
                        await runaway
                    with pytest.raises(UnavailableError):
                        await b.query("ASK {}")
                assert await count(a) == 0
            (reader,) = (one for one in pool.readers if not one.gone)
            assert open_checkpoints(reader.child.pid) == {a.shelf.path(a.generation)}

    shared(story)


def test_a_caller_has_a_share_and_leaves_the_rest_to_others(tmp_path: Path) -> None:
    async def story(pool: Pool) -> None:
        async with Engine(tmp_path, pool=pool, limits=Limits(deadline=0.5)) as engine:
            await engine.load(GRAPH, "text/turtle", graph="urn:g")
            loud = [
                asyncio.create_task(engine.query(CROSS, dataset=HOME, caller="loud"))
                for _ in range(3)
            ]
            await asyncio.sleep(0.05)
            with pytest.raises(BusyError, match="of this caller"):
                await engine.query("ASK {}", caller="loud")
            other = asyncio.create_task(engine.query("ASK {}", caller="quiet"))
            ended = await asyncio.gather(*loud, return_exceptions=True)
            assert {type(one) for one in ended} <= {DeadlineError, BusyError}
            await asyncio.gather(other, return_exceptions=True)
            await engine.query("ASK {}", caller="loud")
            assert pool.callers == {}

    shared(story, share=3)


def test_another_pool_runs_other_verbs_on_the_same_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "verbs.py").write_text(VERBS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def story(pool: Pool) -> None:
        async with Engine(tmp_path / "store", readers=1) as engine:
            await engine.load(GRAPH, "text/turtle", graph="urn:g")
            answer = await engine.ask({"op": "length", "more": 1}, pool=pool)
            assert (answer.kind, await answer.read()) == ("number", b"601")
            with pytest.raises(NotFoundError, match=r"urn:x: no such verb\. Say length\."):
                await engine.ask({"op": "other"}, pool=pool)
            with pytest.raises(DeadlineError):
                await engine.ask({"op": "sleep"}, pool=pool, limits=Limits(deadline=0.2))
            await engine.update(insert(1))
            answer = await engine.ask({"op": "length", "more": 0}, pool=pool)
            assert (await answer.read(), answer.generation) == (b"601", engine.generation)
            await asyncio.sleep(0.3)
            assert len(engine.home.generations()) == 1

    shared(story, module="verbs")


VERBS = """
import time
from crosswalk.errors import NotFoundError
from crosswalk.graph import worker

class Verbs(worker.Worker):
    def answer(self, request, opened):
        if request["op"] == "sleep":
            time.sleep(60)
        if request["op"] != "length":
            raise NotFoundError("no such verb", place="urn:x", remedy="Say length.")
        output = self.output(request, "text/plain", "number")
        output.write(str(len(opened.store) + request["more"]).encode())
        return output

worker.run(Verbs)
"""


def test_a_killed_reader_is_replaced_and_its_query_asked_once_more(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        failed, asked = [], 0

        while asked < 61:
            task = asyncio.create_task(seconds_to(engine, "ASK { ?a ?b ?c . ?c ?d 5 }"))
            await asyncio.sleep(0.001)
            if asked % 20 == 0:
                os.kill(min(reader_pids(engine)), signal.SIGKILL)
            asked += 1
            try:
                await task
            except CrosswalkError as error:
                failed.append(error)
        assert failed == []
        assert engine.stats().crashed > 2

    served(tmp_path, story)


def test_a_query_whose_readers_die_twice_is_given_up(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        doomed = asyncio.create_task(engine.query(CROSS, dataset=HOME))

        for _ in range(2):
            while not (busy := [one for one in engine.pool.readers if one.job is not None]):
                await asyncio.sleep(0.005)
            os.kill(busy[0].child.pid, signal.SIGKILL)
            await asyncio.sleep(0.05)
        with pytest.raises(UnavailableError, match="has died"):
            await doomed
        assert engine.stats().retried == 1

    served(tmp_path, story)


def test_a_running_query_keeps_its_snapshot_and_its_checkpoint(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        answer = await engine.query("SELECT * { ?a ?b ?c . ?d ?e ?f }", dataset=HOME)
        for number in range(3):
            await engine.update(insert(number))
        await asyncio.sleep(0.2)

        assert answer.generation in engine.home.generations()
        assert (await answer.read()).count(b'"a":') == 600 * 600
        assert await count(engine) == 603

    served(tmp_path, story)


def test_no_acknowledged_write_is_lost_when_the_writer_is_killed_in_mid_commit(
    tmp_path: Path,
) -> None:
    acknowledged: list[int] = []
    uncertain: list[int] = []

    async def story(engine: Engine) -> None:
        async def write() -> None:
            for number in range(1000):
                if killer.done():
                    return
                try:
                    await engine.update(insert(number, size=50))
                    acknowledged.append(number)
                except UncertainWriteError:
                    uncertain.append(number)
                except UnavailableError:  # no writer came up: it was not begun
                    continue

        async def kill() -> None:
            for turn in range(8):
                while (writer := engine.writing.child) is None or not writer.pid:
                    await asyncio.sleep(0.002)
                before = len(acknowledged)
                while len(acknowledged) == before and not writer.ended.is_set():
                    await asyncio.sleep(0.002)
                await asyncio.sleep(0.007 * turn)
                writer.kill()
                await writer.ended.wait()

        killer = asyncio.create_task(kill())
        await write()
        await killer
        assert engine.stats().writer_restarts >= 8

    async def afterwards(engine: Engine) -> None:
        found = await rows(engine, "SELECT ?s (COUNT(*) AS ?n) { ?s <urn:part> ?o } GROUP BY ?s")
        there = {int(name.removeprefix("urn:w")): int(size) for name, size in found}
        assert set(there.values()) == {50}  # no half transaction
        assert set(acknowledged) <= set(there) <= {*acknowledged, *uncertain}

    served(tmp_path, story)
    assert acknowledged
    served(tmp_path, afterwards)


def test_a_service_that_is_killed_leaves_no_process_and_no_lock(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, signal
from crosswalk.graph.engine import Engine, Graphs
async def main():
    engine = Engine({str(tmp_path)!r}, readers=1)
    await engine.start()
    await engine.load({GRAPH!r}, "text/turtle", graph="urn:g")
    print(engine.writing.child.pid, *(one.child.pid for one in engine.pool.readers), flush=True)
    asyncio.ensure_future(engine.query({CROSS!r}, dataset=Graphs.union(["urn:g"])))
    asyncio.ensure_future(engine.update("INSERT {{ ?a ?b 1 }} WHERE " + {CROSS!r}.split(")", 1)[1]))
    await asyncio.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    pids = [int(one) for one in done.stdout.split()]

    async def story(engine: Engine) -> None:
        assert await count(engine) == 600
        assert not any(alive(pid) for pid in pids)

    assert len(pids) == 3
    served(tmp_path, story)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_an_update_that_runs_away_is_ended_and_changes_nothing(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        with pytest.raises(DeadlineError):
            await engine.update(RUNAWAY_UPDATE, deadline=0.5)
        assert (await engine.update(insert(1))).generation > 0
        assert await count(engine) == 601

    served(tmp_path, story)


def test_a_second_service_on_one_directory_is_told_who_holds_it(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        with pytest.raises(UnavailableError, match=f"in use by process {os.getpid()}"):
            await Engine(tmp_path).start()
        await engine.update(insert(1))

    served(tmp_path, story)


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")

    with pytest.raises(DataError, match="not a store of ours"):
        served(tmp_path, count)  # type: ignore[arg-type]
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_a_directory_of_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crosswalk-store.json").write_text('{"format": 99}')

    with pytest.raises(DataError, match="has layout 99"):
        served(tmp_path, count)  # type: ignore[arg-type]


def test_when_the_disk_is_full_writes_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.update(insert(1))
        child = engine.writing.child
        assert child is not None
        before = resource.prlimit(
            child.pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY)
        )
        big = "\n".join(f"<urn:big{i}> <urn:p> '{'x' * 90}' ." for i in range(3000)).encode()

        with pytest.raises((StorageError, UncertainWriteError)):
            await engine.load(big, "text/turtle", graph="urn:big")
        assert await count(engine) == 1  # readers go on
        assert before[1] == resource.RLIM_INFINITY
        await engine.update(insert(2))  # the next writer has the room
        assert await count(engine) == 2

    served(tmp_path, story)


def test_when_free_space_runs_low_writes_are_refused_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_DISK_RESERVE_MB", str(1 << 40))

    async def story(engine: Engine) -> None:
        with pytest.raises(StorageError, match="nearly full"):
            await engine.update(insert(1))
        assert await count(engine) == 0

    served(tmp_path, story)


def test_stopping_lets_what_runs_finish_and_takes_no_more(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        await seconds_to(engine)  # a reader is ready
        answer = asyncio.create_task(
            rows(engine, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }")
        )
        written = asyncio.create_task(engine.update(insert(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        await engine.stop()

        assert await answer == [[str(600 * 600)]]
        assert (await written).generation == engine.generation
        with pytest.raises(UnavailableError, match="stopping"):
            await engine.query("ASK {}")
        with pytest.raises(UnavailableError, match="stopping"):
            await engine.update(insert(2))

    served(tmp_path, story)


def test_stopping_is_soon_over_whatever_runs(tmp_path: Path) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")
        answer: asyncio.Task[Answer] = asyncio.create_task(engine.query(CROSS, dataset=HOME))
        await asyncio.sleep(0.05)

        start = time.monotonic()
        await engine.stop(grace=0.2)

        assert time.monotonic() - start < 1.5
        with pytest.raises(UnavailableError):
            await answer

    served(tmp_path, story)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { " + "{ " * 15_000 + "?a ?b ?c" + " }" * 15_000 + " }",
        "ASK { FILTER(" + "(" * 15_000 + "true" + ")" * 15_000 + ") }",
    ],
    ids=["groups", "brackets"],
)
def test_a_query_that_nests_deep_is_answered_and_costs_no_reader(tmp_path: Path, text: str) -> None:
    async def story(engine: Engine) -> None:
        await engine.load(GRAPH, "text/turtle", graph="urn:g")

        await (await engine.query(text, dataset=HOME)).read()
        with pytest.raises(LimitError, match="nest more than 20000 deep"):
            await engine.query(text.replace("(", "((").replace("{", "{{"), dataset=HOME)
        with pytest.raises(LimitError, match="nest more than 20000 deep"):
            await engine.update("INSERT DATA " + "{" * 40_000)

        assert engine.stats().crashed == 0
        assert engine.stats().writer_restarts == 0

    served(tmp_path, story)
