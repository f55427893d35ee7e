"""The upkeep of a store's directory: fill it, dump it, back it up, restore it, check it.

A backup and a check also work beside a running service: they then read its newest checkpoint,
which holds every write that was acknowledged before.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from crosswalk.errors import DataError, UnavailableError, UsageError
from crosswalk.graph.checkpoints import Home, linked, sync_entries, synced
from crosswalk.graph.dataset import FORMATS, Dataset, Embedded, syntax_error

__all__ = [
    "Check",
    "Copies",
    "backup",
    "carry",
    "check",
    "copy",
    "dump",
    "fill",
    "keeper",
    "load",
    "made",
    "make",
    "reading",
    "renew",
    "restore",
    "served",
]

PIN = "reading-"
BY_LINE = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
PIECE = 1 << 26
"""How many bytes of a file are handed to the engine at once."""


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


def load(directory: str | Path, files: Sequence[tuple[Path, str | None]]) -> int:
    """Have a store that nobody serves hold some files of RDF; return how many quads it then has.

    A cut or a broken file leaves what it held before. Nothing of the files is kept in memory.

    :param files: each with the graph that its triples go to; None where it names its graphs.
    :raises DataError: if a file does not parse; names the place and line.
    :raises UnavailableError: if a service holds the directory.
    """
    home = Home(Path(directory).absolute())
    new = not home.path.exists()
    home.prepare()

    def build(path: Path) -> None:
        store = ox.Store(str(path))
        for file, graph in files:
            try:
                _load(store, file, graph)
            except SyntaxError as error:
                raise syntax_error(error, str(file)) from None
            except OSError as error:
                raise UsageError(f"cannot be read: {error.strerror}", place=str(file)) from None

    try:
        with _alone(home):
            home.take_over(build, knowledge="")
            return len(_read(home.store))
    except BaseException:
        if new:
            _remove(home.path)
        raise


def _remove(path: Path) -> None:
    """Remove a directory in which the engine may still be clearing away files of its own."""
    for _ in range(100):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.05)


def _load(store: ox.Store, file: Path, graph: str | None) -> None:
    """Have a store hold a file: what has a line for each quad, piece by piece.

    Measured, the engine needs a third of the memory for pieces, and no more time. Blank nodes are
    given new names with each piece, so a file that has some is loaded as one.
    """
    format, named = FORMATS[file.suffix], None if graph is None else ox.NamedNode(graph)
    if format not in BY_LINE or any(b"_:" in piece for piece in _pieces(file)):
        base = None if graph is None else f"{graph}/"
        store.bulk_load(path=str(file), format=format, base_iri=base, to_graph=named)
        return
    before = 0
    for piece in _pieces(file):
        try:
            store.bulk_load(piece, format=format, to_graph=named)
        except SyntaxError as error:
            error.lineno = before + (error.lineno or 1)
            raise
        before += piece.count(b"\n")


def _pieces(file: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, whole lines each time."""
    with file.open("rb") as held:
        while piece := held.read(PIECE):
            yield piece + held.readline()


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
    with reading(directory) as store:
        store.dump(output, ox.RdfFormat.N_QUADS)


def keeper(directory: str | Path) -> Embedded:
    """Return a store for reading, as it was acknowledged last; beside a running service too.

    :raises UsageError: if the directory is no store.
    """
    stack = contextlib.ExitStack()
    store = stack.enter_context(reading(directory))
    atexit.register(stack.close)
    return Embedded(store, held=stack.close)


class Copies:
    """What copies the files of stores: data that several share is shared by the copies too.

    A file of data never changes, so that one inode with one date is one content.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], str] = {}

    def __call__(self, source: str, target: str) -> str:
        """Copy a file, or link to the copy that there is of it; return the target."""
        facts = os.stat(source)
        key = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        if key in self._made:
            os.link(self._made[key], target)
            return target
        shutil.copy2(source, target)
        if target.endswith(".sst"):
            self._made[key] = target
        return target


def backup(directory: str | Path, target: str | Path) -> int:
    """Copy a store to a new directory; return the generation of the state that was copied.

    :raises UsageError: if the target is there already, or there is no store.
    :raises UnavailableError: if the store cannot be read, or the copy not be written.
    """
    goal = Path(target).absolute()
    if goal.exists():
        raise UsageError("is there already", place=str(target), remedy="Name a new directory.")
    with made(goal) as part:
        return copy(directory, part, Copies())


def copy(directory: str | Path, target: Path, copies: Copies) -> int:
    """Copy a store to a directory that is being made; return the generation of its state.

    It is the newest checkpoint, so that every write is in it that was acknowledged before, and
    none by half; 0 if the store has none, and is copied itself.

    :raises UsageError: if there is no store.
    :raises UnavailableError: if the store cannot be read.
    """
    home, new = Home(Path(directory).absolute()), Home(target)
    _require_store(home)
    if home.backup is not None:
        raise UsageError(
            "is a backup", place=str(directory), remedy="Copy its directory with any tool."
        )
    new.prepare()
    knowledge = home.knowledge  # of the state that is copied, or of an older one: never younger
    generation = 0
    if home.generations():
        with _pinned(home) as (generation, path):
            shutil.copytree(path, new.store, copy_function=copies)
    else:
        with _alone(home):
            ox.Store(str(home.store)).backup(str(new.store))
    new.know(knowledge)
    new.note_backup(generation=generation)
    return generation


def restore(source: str | Path, directory: str | Path) -> int:
    """Make a store of a backup; return its generation, that of the state that was copied.

    It is another store than the one that was copied: its younger generations are other states.

    :raises UsageError: if the directory is there already and not empty.
    :raises DataError: if the source is no backup of ours.
    """
    goal = Path(directory).absolute()
    if goal.exists() and any(goal.iterdir()):
        raise UsageError(
            "is there already", place=str(directory), remedy="Restore to a new directory."
        )
    with made(goal) as part:
        return make(source, part, Copies())


def make(source: str | Path, target: Path, copies: Copies) -> int:
    """Make a store of a backup in a directory that is being made; return its generation.

    :raises DataError: if the source is no backup of ours.
    """
    held, new = Home(Path(source).absolute()), Home(target)
    said = held.backup if held.path.is_dir() else None
    if said is None or not held.store.is_dir():
        raise DataError("is no backup of a store", place=str(source))
    generation = max(int(said["generation"]), 1)
    new.prepare()
    shutil.copytree(held.store, new.checkpoint(generation), copy_function=copies)
    new.doubt()
    new.recover()
    new.know(held.knowledge)
    return generation


@contextmanager
def made(goal: Path) -> Iterator[Path]:
    """Yield where a directory is made, which has its name when it is whole and on the disk.

    :raises UnavailableError: if it cannot be written.
    """
    part = goal.with_name(f"{goal.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        yield part
        synced(part)
        if goal.exists():
            goal.rmdir()
        part.rename(goal)
        sync_entries(goal.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        told = error.strerror or str(error)[:200]
        raise UnavailableError(f"cannot be copied: {told}", place=str(goal)) from None
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def check(directory: str | Path, *, within: str | None = None, beside: bool = False) -> Check:
    """Return what a store holds and what is wrong with it: every quad is read, by each index.

    :param within: what the IRIs of the graphs begin with whose quads are read by each index; the
        others are read once. None is all graphs, and the default graph.
    :param beside: whether a service may want to open it meanwhile.
    :raises UnavailableError: if it cannot be opened at all.
    """
    home = Home(Path(directory).absolute())
    findings: list[str] = []
    with reading(directory, beside=beside) as store:
        names = list(store.named_graphs())
        try:
            quads = len(store)
            all_of_it, own, counted = _counted(store, within)
        except (OSError, RuntimeError) as error:  # the engine raises either
            return Check(0, len(names), (f"cannot be read: {error}",))
        findings += [
            f"the index by {name} has {count} of {wanted} quads"
            for name, count, wanted in (
                ("graph", all_of_it, quads),
                *((name, count, own) for name, count in counted.items()),
            )
            if count != wanted
        ]
    half = [one.name for one in home.checkpoints.iterdir() if not one.name.isdecimal()]
    if half and not beside and not served(directory):
        findings.append(f"half-made checkpoints: {', '.join(sorted(half))}")
    return Check(quads, len(names), tuple(findings))


def served(directory: str | Path) -> bool:
    """Return whether a service holds a store."""
    try:
        with _alone(Home(Path(directory).absolute())):
            return False
    except UnavailableError:
        return True


@contextmanager
def reading(directory: str | Path, *, beside: bool = False) -> Iterator[ox.Store]:
    """Yield a store for reading, as it was acknowledged last, served or not.

    :param beside: whether a service may want to open it meanwhile, and so it is not held.
    :raises UsageError: if the directory is no store.
    """
    home = Home(Path(directory).absolute())
    _require_store(home)
    if home.backup is not None:
        yield _read(home.store)
        return
    if not beside or not home.generations():
        try:
            with _alone(home):
                yield _read(home.store)
            return
        except UnavailableError:
            if not served(directory):
                raise
    with _pinned(home) as (_, path):
        yield _read(path)


def _counted(store: ox.Store, within: str | None) -> tuple[int, int, dict[str, int]]:
    """Return the quads of a store, those of some graphs, and how many each index has of these.

    Every block of the indices is read. What the engine finds is compared with what was asked for:
    asked for some numbers, 255 among them, it gives the next ones too.
    """
    subjects, predicates, objects, pairs, ends = set(), set(), set(), set(), set()
    total = own = 0
    graphs = (ox.DefaultGraph(), *store.named_graphs())
    chosen = {
        one
        for one in graphs
        if within is None or (isinstance(one, ox.NamedNode) and one.value.startswith(within))
    }
    for graph in graphs:
        for quad in store.quads_for_pattern(None, None, None, graph):
            total += 1
            if graph in chosen:
                own += 1
                subjects.add(quad.subject)
                predicates.add(quad.predicate)
                objects.add(quad.object)
                pairs.add((graph, quad.predicate))
                ends.add((graph, quad.object))
    look = store.quads_for_pattern
    return (
        total,
        own,
        {
            "subject": sum(
                found.graph_name in chosen for one in subjects for found in look(one, None, None)
            ),
            "predicate": sum(
                found.graph_name in chosen for one in predicates for found in look(None, one, None)
            ),
            "object": sum(
                found.object == one and found.graph_name in chosen
                for one in objects
                for found in look(None, None, one)
            ),
            "graph and predicate": sum(1 for g, p in pairs for _ in look(None, p, None, g)),
            "graph and object": sum(
                found.object == end for graph, end in ends for found in look(None, None, end, graph)
            ),
        },
    )


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    held = home.lock()
    try:
        home.recover()
        yield
    finally:
        os.close(held)


def _require_store(home: Home) -> None:
    if not home.store.is_dir():
        raise UsageError("is no store", place=str(home.path), remedy="Name a store's directory.")


def _read(path: Path) -> ox.Store:
    try:
        return ox.Store.read_only(str(path))
    except (OSError, RuntimeError) as error:
        raise UnavailableError(f"cannot be opened: {error}", place=str(path)) from None


@contextmanager
def _pinned(home: Home) -> Iterator[tuple[int, Path]]:
    """Yield the newest checkpoint and its number: links to its files, which stay as long.

    The service may remove the checkpoint meanwhile; linking is so quick that one of the next is
    got whole.
    """
    _unpin(home)
    for _ in range(50):
        place = _place(home)
        held = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            number = _linked_newest(home, place)
            if number:
                yield number, place
                return
        finally:
            shutil.rmtree(place, ignore_errors=True)
            os.close(held)
    raise UnavailableError("no checkpoint can be read whole", place=str(home.path))


def _place(home: Home) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=PIN, dir=home.path))
    except OSError as error:
        raise UnavailableError(
            f"is served, and cannot be written to: {error.strerror}",
            place=str(home.path),
            remedy="Read it as the user that serves it.",
        ) from None


def _linked_newest(home: Home, place: Path) -> int:
    """Link the files of the newest checkpoint; return its number, or 0 if it has gone."""
    try:
        number = home.generations()[-1]
        source = home.checkpoint(number)
        names = sorted(os.listdir(source))
        for name in names:
            os.link(source / name, place / name)
        if sorted(os.listdir(source)) != names:
            return 0
    except (FileNotFoundError, IndexError):
        return 0
    except OSError as error:
        raise UnavailableError(f"cannot be read: {error.strerror}", place=str(source)) from None
    try:
        ox.Store.read_only(str(place))  # misses each file that should be there
    except (OSError, RuntimeError):
        return 0
    return number


def _unpin(home: Home) -> None:
    """Remove what a killed program had pinned."""
    for place in home.path.glob(f"{PIN}*"):
        with contextlib.suppress(OSError):
            held = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(held)
