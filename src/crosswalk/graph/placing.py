"""A file of N-Quads whose quads stand in the graphs of organisations by now: loaded as it is.

Measured: of a million quads, the engine reads and keeps all in the time in which Python is handed
each of them once. So such a file is looked through as text, for what has to be known of it, and
the engine loads it by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeGuard

import pyoxigraph as ox

from crosswalk.graph.dataset import Dataset
from crosswalk.namespaces import expand, graph_iri

__all__ = ["Placed", "UnplacedError", "all_or_none", "is_own", "streamed"]

HOME = graph_iri("org", "")
CHUNK = 1 << 23
DATE = f'"^^<{expand("xsd:date")}>'.encode()


@dataclass(frozen=True, slots=True)
class Placed:
    """A file that has been loaded as it is: the hash of its bytes, the graphs it speaks of."""

    path: Path
    sha256: str
    graphs: frozenset[str]


class UnplacedError(Exception):
    """A file is not as it looked: what it says has to be placed, or is no RDF."""


def is_own(graph: object) -> TypeGuard[ox.NamedNode]:
    """Return whether a graph is one of an organisation."""
    return isinstance(graph, ox.NamedNode) and graph.value.startswith(HOME)


@contextmanager
def all_or_none(dataset: Dataset, files: Sequence[Path]) -> Iterator[Placed | None]:
    """Load a file as it is, if it can be, and have nothing of it there if what follows fails.

    What comes is the file that is loaded; all others have to be read quad by quad. None can be
    where several are of that format, the dataset holds evidence by now, a quad is in no graph of
    an organisation, a blank node has to be given a name of its own, or a date may be none.
    """
    chosen = [path for path in files if path.suffix == ".nq"]
    held = frozenset(dataset.graphs())
    digest = None
    if len(chosen) == 1 and not any(one.startswith(HOME) for one in held):
        digest = _looked_through(chosen[0])
    if digest is None:
        yield None
        return
    dataset.take()
    store = dataset.store
    try:
        graphs = frozenset[str]()
        if _nowhere(store) and _loaded(store, chosen[0]) and _nowhere(store):
            graphs = frozenset(dataset.graphs()) - held
        if not graphs or not all(one.startswith(HOME) for one in graphs):
            _forget(dataset, held)
            graphs = frozenset()
        yield Placed(chosen[0], digest, graphs) if graphs else None
    except BaseException:
        _forget(dataset, held)
        raise


def streamed(path: Path) -> Iterator[ox.Quad] | None:
    """Yield the quads of a file that could be loaded as it is; None if it looks otherwise.

    Nothing is kept of it.

    :raises UnplacedError: as soon as the file is seen to be otherwise.
    """
    if path.suffix != ".nq" or _looked_through(path) is None:
        return None
    return _own(path)


def _own(path: Path) -> Iterator[ox.Quad]:
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS):
            if not is_own(quad.graph_name):
                raise UnplacedError
            yield quad
    except (SyntaxError, OSError):
        raise UnplacedError from None


def _looked_through(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None if something in it has to be looked at more closely."""
    digest, days, rest = hashlib.sha256(), set[bytes](), b""
    try:
        with path.open("rb") as file:
            while read := file.read(CHUNK):
                digest.update(read)
                end = read.rfind(b"\n") + 1
                lines, rest = rest + read[:end], read[end:]
                if b"_:" in lines:
                    return None
                parts = lines.split(DATE)
                days.update([one[one.rfind(b'"') + 1 :] for one in parts[:-1]])
    except OSError:
        return None
    return digest.hexdigest() if not rest and all(map(_is_day, days)) else None


def _is_day(text: bytes) -> bool:
    try:
        return date.fromisoformat(text.decode()).isoformat().encode() == text
    except ValueError:
        return False


def _loaded(store: ox.Store, path: Path) -> bool:
    try:
        store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    except (SyntaxError, OSError):
        return False
    return True


def _nowhere(store: ox.Store) -> bool:
    """Return whether no quad is in no graph."""
    return next(store.quads_for_pattern(None, None, None, ox.DefaultGraph()), None) is None


def _forget(dataset: Dataset, held: frozenset[str]) -> None:
    """Remove all graphs but those that were there before."""
    for graph in frozenset(dataset.graphs()) - held:
        dataset.store.remove_graph(ox.NamedNode(graph))
    dataset.store.clear_graph(ox.DefaultGraph())
