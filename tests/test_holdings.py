"""All that a service keeps is backed up, restored and checked as one, while it is written to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import click
import pyoxigraph as ox
import pytest
import trials

from crosswalk import access, holdings
from crosswalk.access import Entry, Keys, Log, Outcome
from crosswalk.cli.app import main
from crosswalk.errors import DataError, NotFoundError, UnauthenticatedError, UsageError
from crosswalk.graph import upkeep
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.dataset import Dataset
from crosswalk.graph.engine import Engine
from crosswalk.graph.stores import Stores, graphs_of
from crosswalk.namespaces import expand
from crosswalk.web.journal import EVIDENCE, Event, Journal

DOCUMENT = b"<urn:a> <urn:b> 1 ."
DIGEST = sha256(DOCUMENT).hexdigest()
PROVENANCE = f'<urn:plan> <{expand("cw:sha256")}> "{DIGEST}" .'.encode()


def test_a_backup_of_a_service_that_is_written_to_holds_what_was_acknowledged_and_nothing_half(
    tmp_path: Path,
) -> None:
    assert asyncio.run(trials.backup(tmp_path, 1, "--no-shipped")) == []


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a service kept: two organisations, a document, a key, a log."""
    store = tmp_path_factory.mktemp("kept") / "store"
    dataset, node = Dataset(), ox.NamedNode
    dataset.add(
        ox.Quad(node(f"urn:s{i}"), node("urn:p"), ox.Literal(i), node("urn:public"))
        for i in range(300)
    )
    upkeep.fill(store, dataset, knowledge="1")
    Keys(store).create("importer", "acme", ["read", "write"])

    async def story() -> None:
        async with Stores(store) as stores:
            for name in ("acme", "globex"):
                await stores.create(name)
                Log(store).append([Entry("organisation create", "ann", None, name)])
                async with stores.organisation(name) as engine:
                    Journal(engine.home.path).add([Event(EVIDENCE, {"by": "ann"})])
                    (engine.home.path / "documents").mkdir()
                    (engine.home.path / "documents" / DIGEST).write_bytes(DOCUMENT)
                    for graph, data in (("plan", DOCUMENT), ("provenance", PROVENANCE)):
                        written = await engine.load(
                            data, "text/turtle", graph=graphs_of(name) + graph
                        )
                        said = Entry("graph put", "ann", None, name, after=written.generation)
                        Log(store).append([said])

    asyncio.run(story())
    return store


@pytest.fixture
def copied(kept: Path, tmp_path: Path) -> Path:
    """Return a backup of it."""
    holdings.backup(kept, tmp_path / "copy")
    return tmp_path / "copy"


def test_all_of_it_is_restored_and_told_in_the_log(kept: Path, copied: Path) -> None:
    again = copied.parent / "again"

    holdings.restore(copied, again, who="shell:ann")

    before, after = holdings.check(kept), holdings.check(again)
    assert before.findings == after.findings == holdings.check(copied).findings == ()
    assert (before.organisations, before.documents, before.keys) == (2, 2, 1)
    assert (after.quads, after.documents, after.keys) == (before.quads, 2, 1)
    *old, library, acme, globex = access.read(again)
    assert old == access.read(kept)
    assert [one.entry.action for one in (library, acme, globex)] == ["store restore"] * 3
    assert [one.entry.organisation for one in (library, acme, globex)] == [None, "acme", "globex"]
    assert acme.entry.after == Home(kept / "organisations" / "acme").generations()[-1]
    assert oct((again / "access.json").stat().st_mode)[-3:] == "600"
    told = again / "organisations" / "acme"
    assert [one.body for one in Journal(told).after(0)] == [{"by": "ann"}]
    assert oct((told / holdings.JOURNAL).stat().st_mode)[-3:] == "600"
    with pytest.raises(UnauthenticatedError):
        Keys(again).authenticate("cwk_none")


def test_a_restored_store_goes_on_where_it_was_copied_as_a_store_of_its_own(
    kept: Path, copied: Path
) -> None:
    again = copied.parent / "again"
    holdings.restore(copied, again)
    there = Home(again / "organisations" / "acme")
    number = there.generations()[-1]

    async def story() -> None:
        async with Stores(again) as stores, stores.organisation("acme") as engine:
            assert engine.generation == number
            written = await engine.load(b"", "text/turtle", graph=graphs_of("acme") + "new")
            assert written.generation == number + 1

    asyncio.run(story())
    assert there.knowledge == "1"
    assert there.instance != Home(kept / "organisations" / "acme").instance
    assert holdings.check(again).findings == ()


def test_the_public_graphs_are_in_a_backup_once(copied: Path) -> None:
    kept: dict[str, set[int]] = {}
    holders: dict[int, set[str]] = {}
    for one in copied.rglob("*.sst"):
        number = one.stat().st_ino
        kept.setdefault(hashlib.sha256(one.read_bytes()).hexdigest(), set()).add(number)
        holders.setdefault(number, set()).add(one.relative_to(copied).parts[1])

    assert [numbers for numbers in kept.values() if len(numbers) > 1] == []
    for name in ("acme", "globex"):
        assert any(name in held and len(held) > 1 for held in holders.values())


def test_a_backup_is_neither_served_nor_written_to(copied: Path) -> None:
    before = {one: one.stat().st_mtime_ns for one in copied.rglob("*")}

    async def served() -> None:
        async with Engine(copied, readers=1):
            raise AssertionError

    with pytest.raises(DataError, match="is a backup"):
        asyncio.run(served())
    with pytest.raises(DataError, match="is a backup"):
        upkeep.fill(copied, Dataset())
    with pytest.raises(UsageError, match="is a backup"):
        holdings.backup(copied, copied.parent / "another")
    holdings.check(copied)
    assert {one: one.stat().st_mtime_ns for one in copied.rglob("*")} == before


def test_a_backup_is_not_made_where_something_is(kept: Path, copied: Path) -> None:
    with pytest.raises(UsageError, match="is there already"):
        holdings.backup(kept, copied)
    with pytest.raises(UsageError, match="lies in what is copied"):
        holdings.backup(kept, kept / "copy")
    with pytest.raises(UsageError, match="is no store"):
        holdings.backup(kept / "organisations", copied.parent / "new")
    shutil.rmtree(copied / "organisations" / "acme")
    with pytest.raises(DataError, match="organisations are missing: acme"):
        holdings.restore(copied, copied.parent / "new")
    assert [one.name for one in copied.parent.iterdir()] == ["copy"]


def _changed(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def _foreign(store: Path) -> None:
    graph = ox.NamedNode(graphs_of("globex") + "plan")
    ox.Store(str(store / "organisations" / "acme" / "store")).add_graph(graph)


def _older(store: Path) -> None:
    Log(store).append([Entry("update", "ann", None, "globex", after=99)])


FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a document is missing": (
        lambda store: (store / "organisations/acme/documents" / DIGEST).unlink(),
        f"organisations/acme/documents/{DIGEST}",
        "is missing",
    ),
    "a document was changed": (
        lambda store: _changed(
            store / "organisations/acme/documents" / DIGEST, lambda old: old + b" "
        ),
        f"organisations/acme/documents/{DIGEST}",
        "is not what was sent",
    ),
    "the keys are broken": (
        lambda store: _changed(store / "access.json", lambda old: old[:-9]),
        "access.json",
        "is not a file of keys",
    ),
    "the log was cut": (
        lambda store: _changed(store / "audit.jsonl", lambda old: old[:-300]),
        "audit.jsonl",
        "line ",
    ),
    "an organisation is missing": (
        lambda store: shutil.rmtree(store / "organisations/globex"),
        "organisations/globex",
        "is missing",
    ),
    "a store is older than its log": (
        _older,
        "organisations/globex",
        "is at generation 3, and the log knows 99",
    ),
    "a graph is another organisation's": (
        _foreign,
        "organisations/acme",
        "holds a graph of another organisation",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_found_where_it_is(copied: Path, name: str) -> None:
    breaks, place, told = FAULTS[name]
    store = copied.parent / "again"
    holdings.restore(copied, store)
    breaks(store)

    (finding,) = holdings.check(store).findings

    assert finding.place == place
    assert told in finding.finding


def test_records_that_are_younger_than_the_backup_are_no_fault_of_it(kept: Path) -> None:
    store, copy = kept.parent / "busy", kept.parent / "busy-copy"
    shutil.copytree(kept, store)
    holdings.backup(store, copy)
    said = Home(copy).backup
    assert said is not None
    younger = Entry("update", "ann", None, "acme", after=99)
    Log(copy).append([younger])

    assert holdings.check(copy).findings == ()
    Home(copy).note_backup(**{**said, "records": said["records"] + 1})
    assert [one.place for one in holdings.check(copy).findings] == ["organisations/acme"]
    holdings.restore(copy, kept.parent / "busy-again")
    assert holdings.check(kept.parent / "busy-again").findings == ()


def test_a_change_that_the_log_has_only_begun_is_uncertain_in_what_is_restored(
    kept: Path,
) -> None:
    store, copy = kept.parent / "begun", kept.parent / "begun-copy"
    shutil.copytree(kept, store)
    Log(store).append([Entry("update", "ann", None, "acme", outcome=Outcome.BEGUN)])
    holdings.backup(store, copy)

    holdings.restore(copy, kept.parent / "begun-again")

    (left,) = Log(kept.parent / "begun-again").recover()
    assert left.entry.outcome is Outcome.UNCERTAIN


def test_what_a_killed_reader_pinned_is_removed_by_the_next(kept: Path) -> None:
    left = kept / "organisations" / "acme" / "reading-dead"
    left.mkdir()
    (left / "CURRENT").write_text("x")

    with upkeep.reading(left.parent, beside=True):
        (pinned,) = left.parent.glob("reading-*")
        assert pinned != left
        with upkeep.reading(left.parent, beside=True):
            assert pinned.is_dir()

    assert not list(left.parent.glob("reading-*"))


def test_the_store_of_one_organisation_is_dumped(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "acme.nq"

    main(["store", "dump", "--organisation", "acme", "--store", str(kept), "--out", str(out)])

    text = out.read_text(encoding="utf-8")
    assert graphs_of("acme") in text
    assert graphs_of("globex") not in text
    assert "<urn:public>" in text
    with pytest.raises(NotFoundError, match=r"there is no organisation 'acne'.*acme"):
        holdings.store_of(kept, "acne")
    capsys.readouterr()


def test_the_check_of_a_broken_directory_names_each_fault_and_ends_with_one(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(copied / "organisations/acme/documents" / DIGEST, 3)

    with pytest.raises((SystemExit, click.exceptions.Exit)) as ended:
        main(["store", "check", "--store", str(copied), "--format", "json"])

    assert getattr(ended.value, "code", getattr(ended.value, "exit_code", None)) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "place": f"organisations/acme/documents/{DIGEST}",
        "finding": "is not what was sent",
    }
