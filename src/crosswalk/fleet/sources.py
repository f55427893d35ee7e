"""What the evidence of a fleet is read from: files of N-Quads and Parquet, stores of ours.

A source is cut into portions, each of which is split by organisation by itself. How it is cut rests
on the input alone, never on who reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswalk.errors import DataError
from crosswalk.fleet.places import Place
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.stores import organisations

__all__ = ["KINDS", "Portion", "Source", "portions", "sources"]

KINDS = {".nq": "nquads", ".nq.gz": "nquads-gz", ".parquet": "parquet"}
PORTION = 32 << 20
"""Bytes of text that are split by one task; what it holds in memory is a few times as much."""
STORES = 32
"""How many stores of organisations are read by one task."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or store.

    :param kind: how it is read: one of the values of ``KINDS``, or ``store``.
    :param size: in bytes; of a store, how many stores it is made of.
    :param state: what is another one when the source has changed.
    """

    number: int
    place: Place
    kind: str
    size: int
    state: str
    stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a source: from a byte to another, or from a store to another."""

    number: int
    source: Source
    start: int
    end: int


def sources(inputs: Sequence[str]) -> list[Source]:
    """Return the files and stores that some addresses name, each file once, in a fixed order.

    :param inputs: files, directories, patterns with ``*``, directories of stores.
    :raises UsageError: if there is nothing at an address.
    :raises DataError: if a directory holds no data, or a file is of no known kind.
    """
    found: dict[str, Source] = {}
    for given in inputs:
        place = Place(given)
        home = place.local
        if home is not None and Home(home).is_one:
            found.setdefault(given, _store(place, home))
            continue
        held = place.files()
        whole = held == [place]
        for one in held:
            kind = _kind(one.address)
            if kind is not None:
                size, state = one.state()
                found.setdefault(one.address, Source(0, one, kind, size, state))
            elif whole:
                raise DataError(
                    "is of no known kind",
                    place=given,
                    remedy=f"Known are {', '.join(KINDS)} and the directory of a store.",
                )
        if not any(_kind(one.address) for one in held):
            raise DataError("holds no data", place=given, remedy=f"Known are {', '.join(KINDS)}.")
    return [
        Source(number, one.place, one.kind, one.size, one.state, one.stores)
        for number, (_, one) in enumerate(sorted(found.items()))
    ]


def portions(found: Iterable[Source]) -> list[Portion]:
    """Return the portions of some sources, in their order.

    >>> one = Source(0, Place("a.nq"), "nquads", PORTION + 1, "")
    >>> [(p.start, p.end) for p in portions([one])]
    [(0, 33554432), (33554432, 33554433)]
    """
    cut: list[tuple[Source, int, int]] = []
    for one in found:
        step = {"nquads": PORTION, "store": STORES}.get(one.kind, max(one.size, 1))
        cut += [
            (one, start, min(start + step, one.size)) for start in range(0, max(one.size, 1), step)
        ]
    return [Portion(number, one, start, end) for number, (one, start, end) in enumerate(cut)]


def _kind(address: str) -> str | None:
    return next((kind for ending, kind in KINDS.items() if address.endswith(ending)), None)


def _store(place: Place, home: Path) -> Source:
    names = ("", *organisations(home))
    told = hashlib.sha256()
    for name in names:
        there = Home(home / "organisations" / name if name else home)
        marks = (*there.generations()[-1:], there.instance)
        told.update(f"{name} {marks}\n".encode())
    return Source(0, place, "store", len(names), told.hexdigest(), names)
