"""One organisation after the other is assessed in a process that has the knowledge in memory.

The knowledge is there twice: alone, where what follows from it is found once for all organisations,
and beside the evidence of the one organisation at hand, which is removed when it has been assessed.
What an organisation says of itself alone is assessed so; one that speaks of the catalogue is asked
of all that there is, as a single dataset would be, and costs more.
"""

from __future__ import annotations

import gc
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import pyoxigraph as ox

from crosswalk import catalogue, coverage, gap, settings, validation
from crosswalk.errors import CrosswalkError, DataError
from crosswalk.graph import Dataset
from crosswalk.graph.knowledge import parsed, placed
from crosswalk.graph.records import evidence_hash
from crosswalk.namespaces import cw, expand
from crosswalk.verbs import as_row

Fields = Mapping[str, object]

__all__ = ["ASSESSED", "FAILED", "REFUSED", "STEPS", "Assessed", "Desk", "Question", "Text"]

ASSESSED, REFUSED, FAILED = "assessed", "refused", "failed"
"""The states of an organisation: done; its data is wrong; the program had a fault."""
STEPS = ("load", "hash", "validate", "coverage", "gaps")
WORN = 200_000
"""Quads after whose removal the store is made anew: what was removed still costs each query."""
SPEAKS = {
    ox.NamedNode(expand(name))
    for name in (
        "skos:inScheme",
        "skos:broader",
        "rdfs:subClassOf",
        "cw:anyOf",
        "cw:childrenExhaust",
        "cw:counted",
        "cw:editionKey",
        "cw:governs",
        "cw:inSet",
        "cw:kindToken",
        "cw:maximumAgeDays",
    )
}
"""The properties of which one stands in all that makes something part of the catalogue."""
SPOKEN_OF = {ox.NamedNode(cw("FrameworkEdition")), ox.NamedNode(cw("Condition"))}
OF_ONE = ("transfer", "leads")
"""What is derived of the knowledge for the evidence of one organisation: some MB each time."""
TYPE = ox.NamedNode(expand("rdf:type"))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each organisation.

    :param editions: keys.
    """

    editions: tuple[str, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Text:
    """Statements of one organisation from one source, as N-Quads.

    :param kept: whether its graphs stay what they are, as those of a store do.
    """

    source: int
    place: str
    data: bytes
    kept: bool = False


@dataclass(slots=True)
class Assessed:
    """What was found of an organisation; ``seconds`` is what each step took."""

    organisation: str
    state: str = ASSESSED
    error: str | None = None
    quads: int = 0
    sha256: str | None = None
    severities: Counter[str] = field(default_factory=Counter)
    findings: list[Fields] = field(default_factory=list)
    coverage: dict[str, list[Fields]] = field(default_factory=dict)
    gaps: dict[str, list[Fields]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Desk:
    """Where organisations are assessed, one at a time.

    :param knowledge: what is assessed against, as :func:`packed` makes it.
    """

    def __init__(self, knowledge: bytes) -> None:
        self._knowledge = zlib.decompress(knowledge)
        self.known = Dataset()
        if not self.known.restore(self._knowledge):
            raise DataError("the knowledge that was sent cannot be read")
        self.store = ox.Store()
        self.worn = WORN
        gc.freeze()

    @staticmethod
    def packed(known: Dataset) -> bytes:
        """Return a dataset of the knowledge as it is sent to processes."""
        return zlib.compress(known.store.dump(format=ox.RdfFormat.TRIG) or b"", 6)

    def assess(
        self, organisation: str, texts: Sequence[Text], question: Question, *, trouble: str | None
    ) -> Assessed:
        """Return what is to be said of an organisation.

        Wrong data, and a fault of the program, are told in it and raise nothing.

        :param trouble: why its data cannot be read, if that is so.
        """
        found = Assessed(organisation)
        if trouble is not None:
            return Assessed(organisation, REFUSED, trouble)
        graphs: set[ox.NamedNode] = set()
        begun = time.thread_time()
        try:
            with _undisturbed():
                self._assess(found, texts, question, graphs)
        except CrosswalkError as error:
            found = Assessed(organisation, REFUSED, str(error), quads=found.quads)
        except Exception as error:  # one organisation stops no other
            said = f"{type(error).__name__}: {error}"
            found = Assessed(organisation, FAILED, said, quads=found.quads)
        finally:
            for graph in graphs:
                self.store.remove_graph(graph)
            for name in OF_ONE:
                self.known.unremember(name)
        found.seconds["cpu"] = time.thread_time() - begun
        return found

    def _assess(
        self,
        found: Assessed,
        texts: Sequence[Text],
        question: Question,
        graphs: set[ox.NamedNode],
    ) -> None:
        with _timed(found, "load"):
            quads = list(_quads(texts))
            found.quads = len(quads)
            self._renew(len(quads))
            for quad in quads:
                if isinstance(quad.graph_name, ox.NamedNode):
                    graphs.add(quad.graph_name)
            self.store.extend(quads)
            dataset = Dataset(store=self.store, apart=None if self._speaks(quads) else self.known)
        with _timed(found, "hash"):
            found.sha256 = evidence_hash(dataset)
        with _timed(found, "validate"):
            # A store changes the form of some literals: what files say is checked as it stands.
            written = None if any(one.kept for one in texts) else quads
            report = validation.validate(dataset, (), as_of=question.as_of, quads=written)
            found.findings = [as_row(one) for one in report.findings]
            found.severities = Counter(one.severity for one in report.findings)
        for name in question.editions:
            edition = catalogue.edition(dataset, name, as_of=question.as_of)
            with _timed(found, "coverage"):
                evaluations = [
                    coverage.evaluate(dataset, edition, scope, as_of=question.as_of)
                    for scope in coverage.scope_of(dataset, None)
                ]
                found.coverage[name] = [as_row(one.vector) for one in evaluations]
            with _timed(found, "gaps"):
                found.gaps[name] = [
                    as_row(row) for one in evaluations for row in gap.gaps(dataset, one)
                ]

    def _renew(self, more: int) -> None:
        """Have a store that holds the knowledge and nothing else, not much worn."""
        if self.worn >= WORN:
            self.store = ox.Store()
            self.store.bulk_extend(self.known.quads())
            self.worn = 0
        self.worn += more

    def _speaks(self, quads: Iterable[ox.Quad]) -> bool:
        """Return whether some evidence could change what is asked of the knowledge alone."""
        subjects = set()
        for quad in quads:
            if quad.predicate in SPEAKS or (quad.predicate == TYPE and quad.object in SPOKEN_OF):
                return True
            subjects.add(quad.subject)
        look = self.known.store.quads_for_pattern
        return any(
            next(look(one, None, None), None) is not None
            for one in subjects
            if isinstance(one, ox.NamedNode)
        )


def _quads(texts: Sequence[Text]) -> Iterator[ox.Quad]:
    """Yield what some texts say, each statement in its graph.

    :raises DataError: if one does not parse, or is larger than a file may be.
    """
    limit = settings.number("CROSSWALK_MAX_FILE_MB")
    several = len({one.source for one in texts}) > 1
    files = []
    for one in texts:
        if len(one.data) > limit << 20:
            raise DataError(
                f"is {len(one.data) >> 20} MB, more than the limit of {limit} MB",
                place=one.place,
                remedy="Raise CROSSWALK_MAX_FILE_MB, or split the organisation.",
            )
        try:
            quads = parsed(one.data, format=ox.RdfFormat.N_QUADS, place=one.place, rename=False)
        except DataError as error:
            raise _shown(error, one) from None
        if several:
            # What is named alike in two files is two things.
            quads = [_named(quad, f"f{one.source}x") for quad in quads]
        files.append(quads)
    homed = placed([quads for quads, one in zip(files, texts, strict=True) if not one.kept])
    for quads, one in zip(files, texts, strict=True):
        yield from quads if one.kept else next(homed)


def _named(quad: ox.Quad, mark: str) -> ox.Quad:
    subject, held = quad.subject, quad.object
    if isinstance(subject, ox.BlankNode):
        subject = ox.BlankNode(mark + subject.value)
    if isinstance(held, ox.BlankNode):
        held = ox.BlankNode(mark + held.value)
    return ox.Quad(subject, quad.predicate, held, quad.graph_name)


def _shown(error: DataError, text: Text) -> DataError:
    """Return an error that shows the line, since its number is none of the file."""
    place, _, number = (error.place or "").rpartition(":")
    if place != text.place or not number.isdecimal():
        return error
    lines = text.data.split(b"\n")
    line = lines[min(int(number), len(lines)) - 1].decode(errors="replace")
    return DataError(
        f"{error.offence} in the line {line[:200]!r}", place=text.place, remedy="Correct the line."
    )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Have the interpreter look for cycles of garbage afterwards, in what is new.

    The knowledge is large and stays; looking through it again and again frees nothing.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect(0)


@contextmanager
def _timed(found: Assessed, step: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    finally:
        found.seconds[step] = found.seconds.get(step, 0) + time.perf_counter() - begun
