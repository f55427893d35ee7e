"""A store's directory can be filled, dumped, backed up, restored and checked, served or not."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pyoxigraph as ox
import pytest

from crosswalk.errors import DataError, UnavailableError, UsageError
from crosswalk.graph import upkeep
from crosswalk.graph.dataset import Dataset
from crosswalk.graph.engine import Engine


def filled(directory: Path, *, count: int = 20) -> Path:
    dataset, node = Dataset(), ox.NamedNode
    dataset.add(
        ox.Quad(node(f"urn:s{i}"), node("urn:p"), ox.Literal(i), node("urn:g"))
        for i in range(count)
    )
    upkeep.fill(directory, dataset)
    return directory


def lines(directory: Path) -> set[bytes]:
    output = io.BytesIO()
    upkeep.dump(directory, output)
    return set(output.getvalue().splitlines())


def test_what_is_filled_in_is_dumped_and_checked(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")

    assert len(lines(store)) == 20
    assert upkeep.check(store) == upkeep.Check(20, 1, ())


@pytest.mark.parametrize("piece", [1, 100, 1 << 26])
def test_files_are_loaded_piece_by_piece_without_losing_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(upkeep, "PIECE", piece)
    quads, bnodes = tmp_path / "some.nq", tmp_path / "blank.nt"
    said = [f'<urn:s{n}> <urn:p> "{n}" <urn:g> .' for n in range(9)]
    quads.write_text("\n".join(said), encoding="utf-8")  # without an end of the last line
    bnodes.write_text("".join(f"_:one <urn:q{n}> _:two .\n" for n in range(9)), encoding="utf-8")

    count = upkeep.load(tmp_path / "store", [(quads, None), (bnodes, "urn:h")])

    told = lines(tmp_path / "store")
    assert count == len(told) == 18
    assert {line for line in told if b"urn:g" in line} == {line.encode() for line in said}
    assert len({line.split()[0] for line in told if b"urn:h" in line}) == 1


@pytest.mark.parametrize("piece", [1, 1 << 26])
def test_a_broken_line_is_named_in_whatever_piece_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(upkeep, "PIECE", piece)
    store, broken = filled(tmp_path / "store"), tmp_path / "broken.nq"
    broken.write_text("<urn:s> <urn:p> <urn:o> .\n" * 3 + "<urn:s> oops\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"broken\.nq:4.*does not parse"):
        upkeep.load(store, [(broken, None)])
    with pytest.raises(DataError, match="does not parse"):
        upkeep.load(tmp_path / "new", [(broken, None)])

    assert len(lines(store)) == 20
    assert not (tmp_path / "new").exists()


def test_a_restored_backup_is_the_store_and_is_served(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")
    upkeep.backup(store, tmp_path / "backup")

    upkeep.restore(tmp_path / "backup", tmp_path / "again")

    assert lines(tmp_path / "again") == lines(store)

    async def written() -> None:
        async with Engine(tmp_path / "again", readers=1) as engine:
            await engine.update("INSERT DATA { <urn:a> <urn:b> 1 }")

    asyncio.run(written())
    assert len(lines(tmp_path / "again")) == 21
    assert len(lines(tmp_path / "backup")) == 20


def test_a_backup_under_load_holds_every_write_acknowledged_before_it(tmp_path: Path) -> None:
    async def story() -> None:
        acknowledged: list[int] = []

        async def write() -> None:
            for number in range(400):
                await engine.update(
                    f"INSERT DATA {{ <urn:w{number}> <urn:p> 1 . <urn:w{number}> <urn:p> 2 }}"
                )
                acknowledged.append(number)

        async with Engine(tmp_path / "store", readers=1) as engine:
            writing = asyncio.create_task(write())
            for turn in range(3):
                await asyncio.sleep(0.1)
                before = set(acknowledged)
                await asyncio.to_thread(upkeep.backup, engine.home.path, tmp_path / f"b{turn}")
                after = len(acknowledged)

                held = lines(tmp_path / f"b{turn}")
                names = {int(line.split(b">")[0][6:]) for line in held}
                assert before <= names
                assert len(names) <= after + 1
                assert len(held) == 2 * len(names)
            assert len(lines(engine.home.path)) >= 2 * len(before)
            assert upkeep.check(engine.home.path).findings == ()
            writing.cancel()

    asyncio.run(story())


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")
    upkeep.backup(store, tmp_path / "backup")

    with pytest.raises(UsageError, match="is there already"):
        upkeep.backup(store, tmp_path / "backup")
    with pytest.raises(UsageError, match="is there already"):
        upkeep.restore(tmp_path / "backup", store)
    assert len(lines(store)) == 20


def test_what_is_no_store_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no store"):
        upkeep.check(tmp_path)
    with pytest.raises(DataError, match="no backup"):
        upkeep.restore(tmp_path, tmp_path / "new")


def test_a_damaged_store_is_found(tmp_path: Path) -> None:
    store = filled(tmp_path / "store", count=3000)
    largest = max((store / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    middle = len(data) // 3
    data[middle : middle + 400] = bytes(400)
    largest.write_bytes(data)

    try:
        found = upkeep.check(store).findings
    except UnavailableError as error:
        found = (str(error),)

    assert found
