"""Which part of an input is whose: the organisation of a quad is that of its graph.

A portion that is grouped by organisation stays where it is: only the ranges are noted. Of any
other one, the lines are written to the work directory in the order of organisations, so that what
belongs together is read in one go. At no time more than one portion is in memory.

Lines are told apart without being parsed, so that one that does not parse is the trouble of the
organisation whose graph it names.
"""

from __future__ import annotations

import gzip
import json
import re
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import pyoxigraph as ox

from crosswalk.errors import CrosswalkError, DataError
from crosswalk.fleet import columns
from crosswalk.fleet.places import Place
from crosswalk.fleet.sources import PORTION, Portion
from crosswalk.graph import upkeep
from crosswalk.graph.stores import graphs_of
from crosswalk.namespaces import graph_iri

__all__ = ["Run", "Split", "kept", "keys", "owner", "split"]

LINE = re.compile(
    rb"[ \t]*(?:<[^>\n]*+>|_:[^\s<]++)[ \t]*<[^>\n]*+>[ \t]*"
    rb"(?:<[^>\n]*+>|_:[^\s<]++|"
    rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"(?:@[A-Za-z0-9-]++|\^\^[ \t]*<[^>\n]*+>)?)'
    rb"[ \t]*(<[^>\n]*+>|_:[^\s<]++)?[ \t]*\.[ \t]*(?:#[^\n]*+)?\r?(?:\n|\Z)"
)
"""A statement of N-Quads, as far as it takes to find its graph."""
NOTHING = re.compile(rb"[ \t]*(?:#[^\n]*+)?\r?(?:\n|\Z)")
REST = re.compile(rb"[^\n]*+(?:\n|\Z)")
TAIL = re.compile(rb"(<[^<>\s]*>)[ \t]*\.?[ \t]*\r?\n?\Z")
"""The graph of a line that is no statement, as far as can be told."""
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
GROUPED = 32 << 10
"""Bytes that the ranges of a portion have on average, at the least, if it is left where it is."""
ROWS = 250_000
OWN = graph_iri("org", "")
PUBLIC = tuple(graph_iri(one) for one in ("ontology/", "framework/", "mappings/", "meta"))
OPEN = "\0public"
HOMELESS = "\0homeless"


@dataclass(frozen=True, slots=True)
class Run:
    """Statements of one organisation that stand together: a range of a file."""

    organisation: str
    source: int
    address: str
    start: int
    length: int
    quads: int


@dataclass(frozen=True, slots=True)
class Split:
    """What a portion holds of whom.

    :param public: quads of the public graphs, which a fleet does not read.
    :param homeless: statements that belong to no organisation; ``example`` is the first.
    :param unread: (organisation, why) where what there is of one cannot be read.
    """

    runs: tuple[Run, ...]
    public: int
    homeless: int
    example: str
    unread: tuple[tuple[str, str], ...]
    seconds: float


def split(portion: Portion, work: Place) -> Split:
    """Return what of a portion is whose; what is not grouped is written to the work directory.

    What is found is kept there, so that it is found once.

    :raises DataError: if the source cannot be read at all, as a damaged archive.
    """
    begun = time.perf_counter()
    runs: list[Run] = []
    public = homeless = 0
    example = ""
    unread: list[tuple[str, str]] = []
    for number, (data, start, spans) in enumerate(_pieces(portion, unread)):
        held = [one for one in spans if not one[0].startswith("\0")]
        public += sum(one[3] for one in spans if one[0] == OPEN)
        strays = [one for one in spans if one[0] == HOMELESS]
        homeless += sum(one[3] for one in strays)
        if strays and not example:
            _, at, end, _ = strays[0]
            example = data[at : min(end, at + 200)].decode(errors="replace").split("\n")[0]
        grouped = sum(end - at for _, at, end, _ in held) >= GROUPED * len(held)
        source = portion.source
        if start is not None and grouped:
            runs += [
                Run(name, source.number, source.place.address, start + at, end - at, lines)
                for name, at, end, lines in held
            ]
        elif held:
            spill = work / "spill" / f"{portion.number:06}-{number:04}.nq"
            runs += _spilt(data, held, source.number, spill)
    seconds = time.perf_counter() - begun
    found = Split(tuple(runs), public, homeless, example, tuple(unread), seconds)
    _index(work, portion.number).write(json.dumps(astuple(found)).encode())
    return found


def kept(work: Place, number: int) -> Split:
    """Return what was found of a portion before."""
    runs, public, homeless, example, unread, seconds = json.loads(_index(work, number).read())
    held = tuple(Run(*one) for one in runs)
    return Split(held, public, homeless, example, tuple(map(tuple, unread)), seconds)


def _index(work: Place, number: int) -> Place:
    return work / "split" / f"{number:06}.json"


def keys(data: bytes) -> list[tuple[str, int, int, int]]:
    r"""Return (organisation, start, end, statements) of the ranges of a text of N-Quads.

    Statements of public graphs, and those of no organisation, have names that no organisation has.

    >>> acme = b"<urn:s> <urn:p> <urn:o> <https://w3id.org/aigov-crosswalk/org/acme/evidence> .\n"
    >>> [(name, lines) for name, _, _, lines in keys(acme + acme)]
    [('acme', 2)]
    """
    found: list[tuple[str, int, int, int]] = []
    known: dict[bytes, str] = {}
    match, size = LINE.match, len(data)
    name, begun, lines, at = "", 0, 0, 0
    while at < size:
        statement = match(data, at)
        if statement is not None:
            graph, end = statement[1] or b"", statement.end()
        else:
            empty = NOTHING.match(data, at)
            if empty is not None:
                at = empty.end()
                continue
            rest = REST.match(data, at)
            assert rest is not None  # noqa: S101 - it fits anything
            end = rest.end()
            tail = TAIL.search(rest[0])
            graph = tail[1] if tail else b""
        own = known.get(graph)
        if own is None:
            own = known[graph] = _owner(graph)
        if own != name:
            if lines:
                found.append((name, begun, at, lines))
            name, begun, lines = own, at, 0
        lines += 1
        at = end
    if lines:
        found.append((name, begun, size, lines))
    return found


def _owner(graph: bytes) -> str:
    iri = graph[1:-1].decode(errors="replace") if graph.startswith(b"<") else ""
    if "\\" in iri:
        iri = ESCAPE.sub(lambda one: chr(min(int(one[1] or one[2], 16), 0x10FFFF)), iri)
    return owner(iri)


def owner(graph: str) -> str:
    """Return whose a graph is, by its IRI."""
    if graph.startswith(OWN):
        return graph.removeprefix(OWN).partition("/")[0] or HOMELESS
    return OPEN if graph.startswith(PUBLIC) else HOMELESS


Piece = tuple[bytes, int | None, Sequence[tuple[str, int, int, int]]]
"""A text, where in the source it begins if it stands there so, and whose its ranges are."""


def _pieces(portion: Portion, unread: list[tuple[str, str]]) -> Iterator[Piece]:
    source = portion.source
    match source.kind:
        case "nquads":
            data, start = _between(source.place, portion.start, portion.end, source.size)
            yield data, start, keys(data)
        case "nquads-gz":
            for data in _unpacked(source.place):
                yield data, None, keys(data)
        case "parquet":
            yield from _parquet(source.place)
        case _:
            yield from _stored(portion, unread)


def _between(place: Place, start: int, end: int, size: int) -> tuple[bytes, int]:
    """Return the lines that begin in a range of a file, and where the first of them begins."""
    data = place.read(max(start - 1, 0), end)
    if start:
        cut = data.find(b"\n") + 1
        if not cut:
            return b"", end
        data, start = data[cut:], start - 1 + cut
    parts = [data] if data else []
    while parts and end < size and not parts[-1].endswith(b"\n"):
        more = place.read(end, min(end + (1 << 16), size))
        cut = more.find(b"\n") + 1
        parts.append(more[:cut] if cut else more)
        end += len(more)
    return b"".join(parts), start


def _unpacked(place: Place) -> Iterator[bytes]:
    try:
        with place.opened() as packed, gzip.open(packed) as file:
            rest = b""
            while block := file.read(PORTION):
                text, line, rest = (rest + block).rpartition(b"\n")
                if line:
                    yield text + line
            if rest:
                yield rest
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"cannot be read: {error}",
            place=place.address,
            remedy="Nobody can tell whose evidence is missing: mend it, or leave it out.",
        ) from None


def _parquet(place: Place) -> Iterator[Piece]:
    for graphs, lines in columns.statements(place, ROWS):
        whose: dict[str, list[int]] = {}
        names = {graph: owner(graph or "") for graph in set(graphs)}
        for number, graph in enumerate(graphs):
            whose.setdefault(names[graph], []).append(number)
        parts, spans, at = [], [], 0
        for name, numbers in sorted(whose.items()):
            part = "".join([lines[number] for number in numbers]).encode()
            parts.append(part)
            spans.append((name, at, at + len(part), len(numbers)))
            at += len(part)
        yield b"".join(parts), None, spans


def _stored(portion: Portion, unread: list[tuple[str, str]]) -> Iterator[Piece]:
    home = portion.source.place.local
    assert home is not None  # noqa: S101 - a store is on this machine
    for name in portion.source.stores[portion.start : portion.end]:
        directory = home / "organisations" / name if name else home
        try:
            data = _dumped(directory, graphs_of(name) if name else OWN)
        except CrosswalkError as error:
            if not name:
                raise
            unread.append((name, str(error)))
        else:
            yield data, None, keys(data)


def _dumped(directory: Path, prefix: str) -> bytes:
    with upkeep.reading(directory, beside=True) as store:
        graphs = sorted(
            one.value
            for one in store.named_graphs()
            if isinstance(one, ox.NamedNode) and one.value.startswith(prefix)
        )
        return b"".join(
            ox.serialize(
                store.quads_for_pattern(None, None, None, ox.NamedNode(one)),
                format=ox.RdfFormat.N_QUADS,
            )
            or b""
            for one in graphs
        )


def _spilt(
    data: bytes, held: Iterable[tuple[str, int, int, int]], source: int, spill: Place
) -> list[Run]:
    """Write what organisations say to a file, one after the other; return where it is."""
    whose: dict[str, list[tuple[int, int]]] = {}
    counts: Counter[str] = Counter()
    for name, start, end, lines in held:
        whose.setdefault(name, []).append((start, end))
        counts[name] += lines
    parts: list[bytes] = []
    runs: list[Run] = []
    at = 0
    for name, ranges in sorted(whose.items()):
        ended = [data[start:end] for start, end in ranges]
        text = b"".join([one if one.endswith(b"\n") else one + b"\n" for one in ended])
        runs.append(Run(name, source, spill.address, at, len(text), counts[name]))
        parts.append(text)
        at += len(text)
    spill.write(b"".join(parts))
    return runs
