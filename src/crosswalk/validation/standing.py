"""What is wrong with the evidence of an organisation, kept, and renewed where a change touches it.

It says what :func:`crosswalk.validation.validate` says of the same evidence on the same day, and
costs after a change what is touched, not what there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain

import pyoxigraph as ox

from crosswalk.graph import Dataset
from crosswalk.models import Finding
from crosswalk.shapes import Columns, Data, Shapes
from crosswalk.shapes.incremental import Incremental, Prepared
from crosswalk.shapes.values import Result
from crosswalk.validation.results import as_finding, owners
from crosswalk.validation.shapes import (
    Called,
    context,
    in_words,
    names_in,
    of_catalogue,
    rank,
    run,
    shape_files,
    shapes_of,
)

__all__ = ["Standing"]

MANY = 10_000
MORE = 6
"""A changed triple costs as much as so many that are there, where all are looked at."""


class Standing:
    """The findings of evidence that changes.

    :param dataset: what is known; what it holds of organisations is not looked at.
    :param evidence: what is said, a triple once or several times.

    >>> from crosswalk.graph import open_dataset
    >>> standing = Standing(open_dataset(), [], as_of=date(2026, 11, 20))
    >>> label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    >>> standing.change([ox.Triple(ox.NamedNode("urn:a"), label, ox.Literal("an item"))])
    set()
    >>> standing.findings()
    []
    """

    def __init__(self, dataset: Dataset, evidence: Iterable[ox.Triple], *, as_of: date) -> None:
        self.as_of = as_of
        self.known = dataset.knowledge
        self._named: set[str] = set()
        self._data = Data(self._naming(evidence), changes=True)
        self._given = self._beside()
        """What stands beside the evidence: what it names of the knowledge, and the day."""
        self._said = {triple for triple in self._given if triple in self._data}
        """Those of them that evidence says itself."""
        for triple in self._given - self._said:
            self._data.add(triple)
        self._size = len(self._data)
        shapes = shapes_of(shape_files())
        self._over = owners(shapes)
        self._results = Incremental(
            _prepared(shapes),
            self._data.ask,
            computed=self._data.computed,
            linked=self._data.linked,
            results=(),
        )
        self._found: dict[int, Finding] = {}
        self._times: Counter[Finding] = Counter()
        """How often the same is found, as of several things that have no name."""
        self._find_anew()

    def __len__(self) -> int:
        """Return how many triples are held."""
        return self._size

    def findings(self) -> list[Finding]:
        """Return what is wrong, in no order; things are called by their IRIs."""
        return list(self._found.values())

    def in_words(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings as they are told: the most severe first, each thing by its name."""
        return in_words(sorted(findings, key=rank), self.known, self._names)

    def change(
        self,
        come: Iterable[ox.Triple] = (),
        gone: Iterable[ox.Triple] = (),
        *,
        still: Callable[[ox.Triple], bool] = lambda _: False,
    ) -> set[Finding]:
        """Take in what evidence says now, and let go of what it says no more.

        :param come: what is said; it may have been said before.
        :param gone: what one or another no longer says.
        :param still: whether somebody else says such a triple still.
        :returns: what is found now and was not found before.
        """
        added: list[ox.Triple] = []
        removed: list[ox.Triple] = []
        named: set[str] = set()
        for triple in gone:
            if still(triple):
                continue
            if triple in self._said:
                self._said.remove(triple)
            elif triple not in self._given and triple in self._data:
                removed.append(triple)
                self._data.remove(triple)
            named.update(_naming(triple))
        for triple in come:
            if triple in self._given:
                self._said.add(triple)
            elif triple not in self._data:
                added.append(triple)
                self._data.add(triple)
            named.update(_naming(triple))
        self._rename(named, added, removed)
        self._size += len(added) - len(removed)
        if MANY < (len(added) + len(removed)) * MORE > self._size:
            before = set(self._times)
            self._find_anew()
            return set(self._times) - before
        renewal = self._results.changed(added, removed)
        found = {as_finding(result, self._over) for result in renewal.come}
        new = {one for one in found if one not in self._times}
        for result in renewal.gone:
            finding = self._found.pop(id(result))
            self._times[finding] -= 1
            if not self._times[finding]:
                del self._times[finding]
        self._find(renewal.come)
        return new

    def _find_anew(self) -> None:
        """Find everything, as columns: sooner than by what is touched, if that is much."""
        columns = Columns(self._data.triples())
        ask, computed = self._data.ask, self._data.computed
        self._results.renew(self._results.plan.results(ask, computed=computed, columns=columns))
        self._found.clear()
        self._times.clear()
        self._find(self._results)

    def _rename(
        self, named: Iterable[str], added: list[ox.Triple], removed: list[ox.Triple]
    ) -> None:
        """Have beside the evidence what belongs there, where some names came or went."""
        before = frozenset(self._named)
        for iri in named:
            (self._named.add if self._is_named(iri) else self._named.discard)(iri)
        if self._named == before:
            return
        given = self._beside()
        for triple in self._given - given:
            if triple in self._said:
                self._said.remove(triple)
            else:
                removed.append(triple)
                self._data.remove(triple)
        for triple in given - self._given:
            if triple in self._data:
                self._said.add(triple)
            else:
                added.append(triple)
                self._data.add(triple)
        self._given = given

    def _is_named(self, iri: str) -> bool:
        """Return whether evidence names a part of the catalogue."""
        return any(
            triple not in self._given or triple in self._said
            for triple in self._data.naming(ox.NamedNode(iri))
        )

    def _beside(self) -> frozenset[ox.Triple]:
        return frozenset(chain(context(self.known, self._named), run(self.as_of)))

    def _naming(self, evidence: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
        for triple in evidence:
            self._named.update(_naming(triple))
            yield triple

    def _find(self, results: Iterable[Result]) -> None:
        for result in results:
            finding = self._found[id(result)] = as_finding(result, self._over)
            self._times[finding] += 1

    def _names(self, wanted: set[str]) -> Iterator[Called]:
        for iri in sorted(wanted):
            yield from names_in(self._data.about(iri), wanted)
            yield from names_in(self.known.about(iri), wanted)


@lru_cache(maxsize=2)
def _prepared(shapes: Shapes) -> Prepared:
    """Return the shapes made ready.

    :raises ValueError: if one of them is not compiled: nobody would answer it here.
    """
    prepared = Prepared.of(shapes, Data((), changes=True))
    if prepared.plan.left:
        raise ValueError(f"shapes that are not compiled: {prepared.plan.left}")
    return prepared


def _naming(triple: ox.Triple) -> tuple[str, ...]:
    """Return the IRI that a triple names of the catalogue, if it names one."""
    iri = of_catalogue(triple.object)
    return () if iri is None else (iri,)
