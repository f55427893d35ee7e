"""The upkeep of a store's directory: fill it, dump it, back it up, restore it, check it.

A backup and a check also work beside a running service: they then read its newest checkpoint,
which holds every write that was acknowledged before.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from crosswalk.errors import DataError, UnavailableError, UsageError
from crosswalk.graph.checkpoints import Home, linked, synced
from crosswalk.graph.dataset import Dataset

__all__ = ["Check", "backup", "carry", "check", "dump", "fill", "renew", "restore"]


@dataclass(frozen=True, slots=True)
class Check:
    """What a check of a store found: its size, and what is wrong."""

    quads: int
    graphs: int
    findings: tuple[str, ...]


def fill(
    directory: str | Path, dataset: Dataset, *, knowledge: str = "", keep: str | None = None
) -> int:
    """Have a store that nobody serves hold a dataset; return how many quads it then has.

    A cut leaves what it held before, or all of the dataset.

    :param knowledge: the hash of what the dataset was made of.
    :param keep: what the IRIs of the graphs begin with that stay as they are; None is none.
    :raises UnavailableError: if a service holds the directory.
    """
    home = Home(Path(directory).absolute())
    home.prepare()

    def build(path: Path) -> None:
        store = ox.Store(str(path))
        store.bulk_extend(dataset.quads())
        if keep is not None and home.store.is_dir():
            carry(_read(home.store), store, keep)

    with _alone(home):
        home.take_over(build, knowledge=knowledge)
        return len(_read(home.store))


def renew(home: Home, base: Path, *, keep: str, knowledge: str) -> None:
    """Have a store that we hold stand on another one, and keep some graphs of its own.

    :param base: a checkpoint of the other store; it is linked, not copied.
    :param keep: what the IRIs of the graphs begin with that stay as they are.
    """

    def build(path: Path) -> None:
        linked(base, path)
        if home.store.is_dir():
            carry(_read(home.store), ox.Store(str(path)), keep)

    home.recover()
    home.take_over(build, knowledge=knowledge)


def carry(source: ox.Store, target: ox.Store, within: str) -> None:
    """Copy the graphs of a store whose IRIs begin so to another store that has none of them."""
    for graph in source.named_graphs():
        if isinstance(graph, ox.NamedNode) and graph.value.startswith(within):
            target.add_graph(graph)
            target.bulk_extend(source.quads_for_pattern(None, None, None, graph))


def dump(directory: str | Path, output: IO[bytes]) -> None:
    """Write all of a store as N-Quads, as it was acknowledged last."""
    with _state(Home(Path(directory).absolute())) as store:
        store.dump(output, ox.RdfFormat.N_QUADS)


def backup(directory: str | Path, target: str | Path) -> None:
    """Copy a store to a new directory: all that was acknowledged, served or not.

    :raises UsageError: if the target is there already.
    """
    home, goal = Home(Path(directory).absolute()), Path(target).absolute()
    if goal.exists():
        raise UsageError("is there already", place=str(target), remedy="Name a new directory.")
    copy = Home(goal.with_name(f"{goal.name}.part"))
    shutil.rmtree(copy.path, ignore_errors=True)
    copy.prepare()
    try:
        with _alone(home):
            ox.Store(str(home.store)).backup(str(copy.store))
    except UnavailableError:
        _copied_newest(home, copy.store)
    synced(copy.path)
    copy.path.rename(goal)


def restore(source: str | Path, directory: str | Path) -> None:
    """Make a store of a backup.

    :raises UsageError: if the directory is there already and not empty.
    :raises DataError: if the source is no backup of ours.
    """
    held, goal = Home(Path(source).absolute()), Path(directory).absolute()
    if goal.exists() and any(goal.iterdir()):
        raise UsageError(
            "is there already", place=str(directory), remedy="Restore to a new directory."
        )
    if not held.store.is_dir():
        raise DataError("is no backup of a store", place=str(source))
    held.prepare()
    new = Home(goal.with_name(f"{goal.name}.part"))
    shutil.rmtree(new.path, ignore_errors=True)
    new.prepare()
    shutil.copytree(held.store, new.store)
    synced(new.path)
    with contextlib.suppress(FileNotFoundError):
        goal.rmdir()
    new.path.rename(goal)


def check(directory: str | Path) -> Check:
    """Return what a store holds and what is wrong with it: every quad is read, by each index.

    :raises UnavailableError: if it cannot be opened at all.
    """
    home = Home(Path(directory).absolute())
    findings: list[str] = []
    with _state(home) as store:
        names = list(store.named_graphs())
        try:
            quads = len(store)
            counted = _counted(store)
        except (OSError, RuntimeError) as error:  # the engine raises either
            return Check(0, len(names), (f"cannot be read: {error}",))
        findings += [
            f"the index by {name} has {count} of {quads} quads"
            for name, count in counted.items()
            if count != quads
        ]
    half = [one.name for one in home.checkpoints.iterdir() if not one.name.isdecimal()]
    if half and not _served(home):
        findings.append(f"half-made checkpoints: {', '.join(sorted(half))}")
    return Check(quads, len(names), tuple(findings))


def _counted(store: ox.Store) -> dict[str, int]:
    """Return how many quads each index of a store has: every block of every index is read."""
    subjects, predicates, objects, pairs, ends = set(), set(), set(), set(), set()
    counted = dict.fromkeys(("graph", "subject", "predicate", "object"), 0)
    for graph in (ox.DefaultGraph(), *store.named_graphs()):
        for quad in store.quads_for_pattern(None, None, None, graph):
            counted["graph"] += 1
            subjects.add(quad.subject)
            predicates.add(quad.predicate)
            objects.add(quad.object)
            pairs.add((graph, quad.predicate))
            ends.add((graph, quad.object))
    look = store.quads_for_pattern
    counted["subject"] = sum(1 for one in subjects for _ in look(one, None, None))
    counted["predicate"] = sum(1 for one in predicates for _ in look(None, one, None))
    counted["object"] = sum(1 for one in objects for _ in look(None, None, one))
    counted["graph and predicate"] = sum(1 for g, p in pairs for _ in look(None, p, None, g))
    counted["graph and object"] = sum(1 for g, o in ends for _ in look(None, None, o, g))
    return counted


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    held = home.lock()
    try:
        home.recover()
        yield
    finally:
        os.close(held)


def _served(home: Home) -> bool:
    try:
        with _alone(home):
            return False
    except UnavailableError:
        return True


@contextmanager
def _state(home: Home) -> Iterator[ox.Store]:
    """Yield the store as it was acknowledged last, for reading."""
    if not home.store.is_dir():
        raise UsageError("is no store", place=str(home.path), remedy="Name a store's directory.")
    try:
        with _alone(home):
            yield _read(home.store)
        return
    except UnavailableError:
        if not _served(home):
            raise
    held = home.path.with_name(f"{home.path.name}.reading-{os.getpid()}")
    _copied_newest(home, held)
    try:
        yield _read(held)
    finally:
        shutil.rmtree(held, ignore_errors=True)


def _read(path: Path) -> ox.Store:
    try:
        return ox.Store.read_only(str(path))
    except (OSError, RuntimeError) as error:
        raise UnavailableError(f"cannot be opened: {error}", place=str(path)) from None


def _copied_newest(home: Home, target: Path) -> None:
    """Copy the newest checkpoint, though the service may remove it meanwhile: then the next."""
    for _ in range(50):
        shutil.rmtree(target, ignore_errors=True)
        with contextlib.suppress(OSError, IndexError):
            shutil.copytree(home.checkpoint(home.generations()[-1]), target)
            return
    raise UnavailableError("no checkpoint stays long enough to be copied", place=str(home.path))
