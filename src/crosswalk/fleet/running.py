"""A fleet is assessed: its input split by organisation, then batch by batch, on many processes.

What is done is on the disk as soon as it is done: a run that was cut off goes on where it was. How
organisations are put into batches rests on the input alone.
"""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa

from crosswalk import __version__, catalogue
from crosswalk.errors import DataError, UsageError
from crosswalk.fleet import cluster, splitting, tables
from crosswalk.fleet.assessing import FAILED, Assessed, Desk, Question, Text
from crosswalk.fleet.cluster import Died, Workers
from crosswalk.fleet.places import Place
from crosswalk.fleet.sources import Portion, Source, portions, sources
from crosswalk.fleet.splitting import Run
from crosswalk.graph import Dataset, cache

__all__ = ["Progress", "Told", "run"]

QUADS = 200_000
ORGANISATIONS = 64
"""What a batch holds at the most, if it holds more than one organisation."""
BATCHES = 32
"""How many batches there are at the least, if there are as many organisations."""
WORK = "work"
DEAD = "a process died each time that it was assessed: too large for the memory of a worker?"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: what is being done, and how much of it."""

    doing: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a run came to.

    :param public: quads of public graphs, which were not read.
    :param homeless: statements of no organisation, which were not read; ``example`` is one.
    """

    organisations: int
    assessed: int
    refused: int
    failed: int
    quads: int
    public: int
    homeless: int
    example: str
    troubled: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """What there is of one organisation: where, and why not, if it cannot be read."""

    organisation: str
    runs: tuple[Run, ...]
    trouble: str | None = None

    @property
    def quads(self) -> int:
        """The number of its statements."""
        return sum(one.quads for one in self.runs)


@dataclass(frozen=True, slots=True)
class Batch:
    """The organisations of one task, and the sources of what there is of them."""

    number: int
    owned: tuple[Owned, ...]
    sources: dict[int, Source]


@dataclass(frozen=True, slots=True)
class Order:
    """What a process has to know of a run to do a batch."""

    run: str
    rules: str
    out: Place
    question: Question


def run(
    known: Dataset,
    inputs: Sequence[str],
    *,
    editions: Sequence[str],
    as_of: date,
    out: str,
    address: str | None = None,
    workers: int | None = None,
    resume: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Told:
    """Return what the assessment of each organisation of an input came to.

    What was found is in the tables of the output directory (:mod:`crosswalk.fleet.tables`). A
    program that calls it is to do so under ``if __name__ == "__main__"``: the processes import it.

    :param known: the knowledge.
    :param inputs: addresses of N-Quads, Parquet and stores; also patterns and directories.
    :param editions: names of editions.
    :param out: the address of a directory that is empty, or not there.
    :param address: of a Dask scheduler; None starts processes here.
    :param workers: how many processes are started here; None is one a processor.
    :param resume: whether what is missing of a run that was cut off is done.
    :param tell: is told how far the run is.
    :raises UsageError: if an edition is unknown, or the directory holds something else.
    :raises DataError: if a source cannot be read at all.
    :raises UnavailableError: if the cluster does not answer, or goes away.
    """
    chosen = dict.fromkeys(catalogue.edition(known, one, as_of=as_of).edition for one in editions)
    question = Question(tuple(chosen), as_of)
    place = Place(out)
    found = sources(inputs)
    asked = {
        "crosswalk": __version__,
        "as_of": as_of.isoformat(),
        "editions": list(question.editions),
        "knowledge": _fingerprint(known),
        "rules": cluster.rules(),
        "parquet": pa.__version__,
    }
    source = [[one.place.address, one.size, one.state] for one in found]
    finished = _prepare(place, {**asked, "sources": source}, resume=resume)
    if not finished:
        begun = time.perf_counter()
        with cluster.workers(address, workers) as many:
            many.bring(Desk.packed(known))
            costs = _assess(many, place, question, found, tell)
            costs["workers"] = len(many)
        costs["seconds"] = time.perf_counter() - begun
        (place / "timing.json").write(json.dumps(costs, indent=2).encode())
    return _told(place, asked)


def _fingerprint(known: Dataset) -> str:
    """Return a hash of the files that the knowledge was made of."""
    held = sorted((one.graph, one.sha256) for one in known.sources)
    left = [str(one) for one in known.refused]
    return cache.key_of([("knowledge", json.dumps([held, left]).encode())])


def _prepare(out: Place, asked: dict[str, Any], *, resume: bool) -> bool:
    """Have a directory for a run; return whether the run is finished.

    :raises UsageError: if it holds another one, or one that is not to be resumed.
    """
    names = out.names()
    told = out / WORK / "asked.json"
    if not names:
        told.write(json.dumps(asked).encode())
        return False
    if not resume:
        raise UsageError(
            "is not empty",
            place=out.address,
            remedy="Name another directory, or go on with --resume.",
        )
    if tables.FILE in names:
        before = json.loads((out / tables.FILE).read())
        held = {name: asked[name] for name in asked if name != "sources"}
    elif WORK in names:
        before, held = json.loads(told.read()), asked
    else:
        raise UsageError("holds no run of a fleet", place=out.address, remedy="Name another one.")
    other = [name for name in held if before.get(name) != json.loads(json.dumps(held[name]))]
    if other:
        raise UsageError(
            f"holds a run with another value of: {', '.join(other)}",
            place=out.address,
            remedy="Name another directory, or ask the same again.",
        )
    return tables.FILE in names


def _assess(
    many: Workers,
    out: Place,
    question: Question,
    found: Sequence[Source],
    tell: Callable[[Progress], None],
) -> dict[str, Any]:
    """Have all that is missing done; return what it cost."""
    work = out / WORK
    cut = portions(found)
    begun = time.perf_counter()
    there = (work / "split").names()
    missing = [one for one in cut if f"{one.number:06}.json" not in there]
    tell(Progress("splitting", len(cut) - len(missing), len(cut)))
    for number, (portion, done) in enumerate(
        many.each(splitting.split, missing, work), start=len(cut) - len(missing) + 1
    ):
        if isinstance(done, Died):
            raise DataError(
                "cannot be split: a process died each time",
                place=portion.source.place.address,
                remedy="Give the workers more memory.",
            )
        tell(Progress("splitting", number, len(cut)))
    owned, public, homeless, example = _merged(work, cut)
    (work / "strays.json").write(json.dumps([public, homeless, example]).encode())
    split = time.perf_counter() - begun
    batches = _batches(owned, found)
    order = Order(many.run, cluster.rules(), out, question)
    peak = _batched(many, order, batches, tell)
    return {
        "split": split,
        "assess": time.perf_counter() - begun - split,
        "peak_mb": peak,
        "organisations": len(owned),
        "quads": sum(one.quads for one in owned),
    }


def _merged(work: Place, cut: Iterable[Portion]) -> tuple[list[Owned], int, int, str]:
    """Return what is whose, by organisation; and what is nobody's."""
    runs: dict[str, list[Run]] = {}
    trouble: dict[str, str] = {}
    public = homeless = 0
    example = ""
    for portion in cut:
        found = splitting.kept(work, portion.number)
        public += found.public
        homeless += found.homeless
        example = example or found.example
        trouble.update(found.unread)
        for one in found.runs:
            held = runs.setdefault(one.organisation, [])
            last = held[-1] if held else None
            if last and (last.address, last.start + last.length) == (one.address, one.start):
                held[-1] = replace(
                    last, length=last.length + one.length, quads=last.quads + one.quads
                )
            else:
                held.append(one)
    owned = [
        Owned(name, tuple(runs.get(name, ())), trouble.get(name))
        for name in sorted(runs.keys() | trouble.keys())
    ]
    return owned, public, homeless, example


def _batches(owned: Sequence[Owned], sources: Sequence[Source]) -> list[Batch]:
    """Return the organisations in batches, in their order."""
    found: list[list[Owned]] = []
    quads = 0
    most = min(QUADS, sum(one.quads for one in owned) // BATCHES)
    many = min(ORGANISATIONS, max(len(owned) // BATCHES, 1))
    for one in owned:
        if not found or quads + one.quads > most or len(found[-1]) >= many:
            found.append([])
            quads = 0
        found[-1].append(one)
        quads += one.quads
    return [
        Batch(
            number,
            tuple(held),
            {
                run.source: replace(sources[run.source], stores=())
                for one in held
                for run in one.runs
            },
        )
        for number, held in enumerate(found)
    ]


def _batched(
    many: Workers,
    order: Order,
    batches: Sequence[Batch],
    tell: Callable[[Progress], None],
) -> int:
    """Have the batches done that are missing; return the most memory of a process, in MB."""
    there = tables.done(order.out)
    missing = [one for one in batches if one.number not in there]
    of = sum(len(one.owned) for one in batches)
    count = of - sum(len(one.owned) for one in missing)
    peak = 0
    tell(Progress("assessing", count, of))
    while missing:
        deadly: list[Batch] = []
        for batch, done in many.each(_done, missing, order):
            if isinstance(done, Died):
                deadly.append(batch)
                continue
            peak = max(peak, done)
            count += len(batch.owned)
            tell(Progress("assessing", count, of))
        missing = [_without_the_deadly(many, order, batch) for batch in deadly]
    return peak


def _without_the_deadly(many: Workers, order: Order, batch: Batch) -> Batch:
    """Return a batch in which those organisations are marked of which a process dies."""
    alone = [replace(batch, owned=(one,)) for one in batch.owned if one.trouble is None]
    died = {
        one.owned[0].organisation
        for one, done in many.each(_tried, alone, order)
        if isinstance(done, Died)
    }
    marked = [
        replace(one, trouble=DEAD) if one.organisation in died else one for one in batch.owned
    ]
    return replace(batch, owned=tuple(marked))


def _tried(batch: Batch, order: Order) -> int:
    """Assess organisations, and keep nothing."""
    return len(_assessed(batch, order))


def _done(batch: Batch, order: Order) -> int:
    """Assess the organisations of a batch, in a process; return its memory so far, in MB."""
    # A process that died may have done it, and only not have told.
    if not tables.is_done(order.out, batch.number):
        found = _assessed(batch, order)
        begun = time.perf_counter()
        tables.write(order.out, batch.number, found, order.question.editions)
        for one in found:
            one.seconds["write"] = (time.perf_counter() - begun) / len(found)
        tables.write_timing(order.out, batch.number, found)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _assessed(batch: Batch, order: Order) -> list[Assessed]:
    begun = time.perf_counter()
    texts = _read(batch)
    reading = (time.perf_counter() - begun) / len(batch.owned)
    found = []
    with cluster.desk(order.run, order.rules) as desk:
        for one in batch.owned:
            if one.trouble == DEAD:
                done = Assessed(one.organisation, FAILED, DEAD, one.quads)
            else:
                done = desk.assess(
                    one.organisation,
                    texts.get(one.organisation, ()),
                    order.question,
                    trouble=one.trouble,
                )
                done.quads = one.quads
            done.seconds["read"] = reading
            found.append(done)
    return found


def _read(batch: Batch) -> dict[str, list[Text]]:
    """Return organisation → what there is of it, one text a source.

    What stands together is read in one go.
    """
    runs = sorted(
        (run for one in batch.owned for run in one.runs), key=lambda run: (run.address, run.start)
    )
    parts: dict[tuple[str, int], list[bytes]] = {}
    spans: list[list[Run]] = []
    for one in runs:
        last = spans[-1][-1] if spans else None
        if last and (last.address, last.start + last.length) == (one.address, one.start):
            spans[-1].append(one)
        else:
            spans.append([one])
    for span in spans:
        first, last = span[0], span[-1]
        data = Place(first.address).read(first.start, last.start + last.length)
        for one in span:
            at = one.start - first.start
            part = data[at : at + one.length]
            parts.setdefault((one.organisation, one.source), []).append(
                part if part.endswith(b"\n") else part + b"\n"
            )
    found: dict[str, list[Text]] = {}
    for (name, source), held in sorted(parts.items()):
        held_in = batch.sources[source]
        text = Text(source, held_in.place.address, b"".join(held), kept=held_in.kind == "store")
        found.setdefault(name, []).append(text)
    return found


def _told(out: Place, asked: dict[str, Any]) -> Told:
    """Return what a run came to; say in the directory that it is finished."""
    accounts = tables.read(out, "organisations")
    states = Counter(str(row["state"]) for row in accounts)
    if tables.FILE in out.names():
        held = json.loads((out / tables.FILE).read())
        public, homeless, example = held["public"], held["homeless"], held["example"]
    else:
        public, homeless, example = json.loads((out / WORK / "strays.json").read())
    told = Told(
        organisations=len(accounts),
        assessed=states["assessed"],
        refused=states["refused"],
        failed=states["failed"],
        quads=sum(int(str(row["quads"])) for row in accounts),
        public=public,
        homeless=homeless,
        example=example,
        troubled=tuple(row for row in accounts if row["state"] != "assessed"),
    )
    counts = {
        name: getattr(told, name)
        for name in (
            "organisations",
            "assessed",
            "refused",
            "failed",
            "quads",
            "public",
            "homeless",
            "example",
        )
    }
    tables.sweep(out, asked["editions"])
    (out / tables.FILE).write(
        json.dumps({**asked, **counts}, indent=2, ensure_ascii=False).encode()
    )
    (out / WORK).remove()
    return told
