"""A dataset of named graphs and the questions that can be asked of it, wherever it is kept.

It is kept in memory, or in a store elsewhere: a directory, an address. Such a store is only read:
the first change of the dataset takes all of it into memory, so that no verb writes to a store that
it was to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

import pyoxigraph as ox

from crosswalk import queries, sparql
from crosswalk.errors import DataError, MappingError, UsageError
from crosswalk.graph import ordering
from crosswalk.graph.told import Told, speaks_of_mappings
from crosswalk.namespaces import graph_iri, prefixes

__all__ = ["Answer", "Dataset", "Embedded", "Keeper", "Row", "Source", "as_text", "term"]

Derived = TypeVar("Derived")

Row = dict[str, str | None]
"""One solution: variable → IRI or lexical form; None where unbound."""

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
"""The answer of a query of any form."""

Term = ox.NamedNode | ox.Literal

PLAIN = (ox.NamedNode, ox.Literal)
MAPPINGS = graph_iri("mappings", "")
LONGEST = 200
REMEMBERED = 512
FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
}


@dataclass(frozen=True, slots=True)
class Source:
    """One loaded file: where it was, what its bytes were, which graph it went to."""

    path: str
    sha256: str
    graph: str


class Keeper(Protocol):
    """Where a dataset is kept: what answers a query and gives quads."""

    def answer(self, text: str, bound: Mapping[str, Term]) -> Answer:
        """Return the answer of a query whose default graph is the union of all graphs.

        :param bound: terms that take the place of variables in every scope.
        :raises SyntaxError: if it does not parse.
        """

    def graphs(self) -> list[str]:
        """Return the IRIs of the named graphs, sorted."""

    def quads(self, graphs: tuple[str, ...]) -> Iterator[ox.Quad]:
        """Yield the quads of some graphs, or of all; a blank node has one name in all of them."""

    def about(self, iri: str) -> Iterator[ox.Quad]:
        """Yield the quads whose subject is a resource."""

    def close(self) -> None:
        """Let go of what is held."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A dataset in an embedded store: in memory, or in a directory that is open.

    :param held: what is done when the store is let go.
    """

    store: ox.Store
    held: Callable[[], None] | None = None

    def answer(self, text: str, bound: Mapping[str, Term]) -> Answer:
        """Return the answer of a query."""
        # The caller sees all of the store. Measured: the engine's own union of all graphs
        # answers 20 to 40 times faster than the same union as a list of graphs.
        return self.store.query(
            text,
            prefixes=prefixes(),
            use_default_graph_as_union=True,
            substitutions={ox.Variable(name): value for name, value in bound.items()},
        )

    def graphs(self) -> list[str]:
        """Return the IRIs of the named graphs, sorted."""
        return sorted(g.value for g in self.store.named_graphs() if isinstance(g, ox.NamedNode))

    def quads(self, graphs: tuple[str, ...]) -> Iterator[ox.Quad]:
        """Yield the quads of some graphs, or of all."""
        for graph in graphs or (None,):
            yield from self.store.quads_for_pattern(
                None, None, None, ox.NamedNode(graph) if graph else None
            )

    def about(self, iri: str) -> Iterator[ox.Quad]:
        """Yield the quads whose subject is a resource."""
        return self.store.quads_for_pattern(ox.NamedNode(iri), None, None)

    def close(self) -> None:
        """Let go of the store."""
        if self.held is not None:
            self.held()


class Dataset:
    """Named graphs, and what is asked of them.

    ``refused`` are the rows of foreign mapping sets that were left out, and why. ``apart`` is the
    public knowledge where it is kept apart from the evidence: then what is asked of knowledge
    alone is asked there, and nothing that evidence says of the catalogue is heard. ``told`` is
    what our mapping sets say, where nothing else in the dataset speaks of mappings.

    :param store: the embedded store that holds what is added.
    :param kept: where the dataset is kept instead, until something is added or removed.

    >>> from crosswalk.graph import open_dataset
    >>> dataset = open_dataset()
    >>> dataset.ask("catalogue/has-edition", edition="iso-42001-2023")
    True
    """

    __slots__ = (
        "_later",
        "_remembered",
        "_store",
        "apart",
        "kept",
        "refused",
        "sources",
        "told",
    )

    def __init__(
        self,
        store: ox.Store | None = None,
        *,
        kept: Keeper | None = None,
        apart: Dataset | None = None,
    ) -> None:
        self._store = store if store is not None else ox.Store()
        self.sources: list[Source] = []
        self.refused: list[MappingError] = []
        self.kept = kept
        self.apart = apart
        self.told: Told | None = None
        self._later: Told | None = None
        self._remembered: dict[object, object] = {}

    @property
    def store(self) -> ox.Store:
        """The embedded store, with all that the dataset holds in it."""
        later = self._later
        if later is not None:
            later.fill(self._store)  # whole or not at all; twice is once where two threads ask
            self._later = None
        return self._store

    def tell(self, told: Told) -> None:
        """Add mapping sets, which are read into the store when something may see them there."""
        self._remembered.clear()
        self.told = self._later = told

    @property
    def knowledge(self) -> Dataset:
        """What the public knowledge is asked of: this dataset, or the one where it is apart."""
        return self.apart or self

    def remember(self, key: object, derive: Callable[[], Derived], *, of: int = 0) -> Derived:
        """Return what was derived under a key, deriving it once until the dataset changes.

        Of more than ``REMEMBERED`` keys, those that were asked for longest ago are forgotten.

        :param of: how many keys that begin as this one are remembered, where less than all: what
            is large is bounded by it.
        """
        if key in self._remembered:
            found = self._remembered.pop(key)
        else:
            found = derive()
            while len(self._remembered) >= REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            if of and isinstance(key, tuple):
                alike = [k for k in self._remembered if isinstance(k, tuple) and k[0] == key[0]]
                for old in alike[: max(len(alike) - of + 1, 0)]:
                    del self._remembered[old]
        self._remembered[key] = found
        return found  # type: ignore[return-value]  # what derive() returned

    @property
    def memory(self) -> Mapping[object, object]:
        """What was derived, by key; it grows, and stays as it is once the dataset changes."""
        return self._remembered

    def recall(self, derived: Mapping[object, object]) -> None:
        """Have it remember what was derived elsewhere and is known to hold here too."""
        self._remembered.update(derived)

    def unremember(self, name: str) -> None:
        """Forget what was derived under the keys that begin with a name."""
        for key in list(self._remembered):
            if isinstance(key, tuple) and key[:1] == (name,):
                del self._remembered[key]

    def graphs(self) -> list[str]:
        """Return the IRIs of the named graphs, sorted."""
        return self._keeper().graphs()

    def load(self, data: bytes, *, format: ox.RdfFormat, graph: str, place: str) -> None:
        """Load one document into a graph: all of it or, on an error, nothing.

        :raises DataError: if the document does not parse; names the place and line.
        """
        store = self._heard()
        try:
            if format in (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG):
                store.load(data, format=format)
            else:
                store.load(data, format=format, base_iri=graph + "/", to_graph=ox.NamedNode(graph))
        except SyntaxError as error:
            raise syntax_error(error, place) from None

    def restore(self, kept: bytes) -> bool:
        """Add TriG that we wrote before; return whether it could be read, all of it."""
        try:
            self._heard().load(kept, format=ox.RdfFormat.TRIG, lenient=True)
        except SyntaxError:
            return False
        return True

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads in one transaction."""
        if self.told is None:
            self._own().extend(quads)
            return
        heard = False

        def watched() -> Iterator[ox.Quad]:
            nonlocal heard
            for quad in quads:
                heard = heard or speaks_of_mappings(quad)
                yield quad

        self._own().extend(watched())
        if heard:
            self._heard()

    def remove(self, quads: Iterable[ox.Quad]) -> None:
        """Remove quads; those that are not there are passed over."""
        gone = list(quads)
        store = self._heard() if any(map(speaks_of_mappings, gone)) else self._own()
        for quad in gone:
            store.remove(quad)

    def take(self) -> None:
        """Take all that is kept elsewhere into memory: from now on blank nodes keep their names."""
        self._own()

    def rows(self, name: str, **parameters: object) -> list[Row]:
        """Return the rows of a named query of the library, in the query's order.

        :param parameters: the query's parameters, by name; None leaves one unbound.
        :raises UsageError: if the query or a parameter is unknown, or a required one is missing.
        """
        query = queries.named(name)
        held = self.knowledge if query.of_knowledge else self
        key = ("rows", name, *sorted(parameters.items()))
        return held.remember(key, lambda: held._ordered(query, queries.bind(query, parameters)))

    def columns(self, name: str, **parameters: object) -> list[tuple[str | None, ...]]:
        """Return the rows of a named query as bare values, in no order; they are not kept.

        For many rows that the caller orders itself: measured, the engine takes longer to sort
        20 000 items than to find them, since it looks up what it compares each time.

        :raises UsageError: as :meth:`rows`.
        """
        query = queries.named(name)
        held = self.knowledge if query.of_knowledge else self
        bound = queries.bind(query, parameters)
        return held._solutions(query.unordered, bound, unmapped=query.unmapped)[1]

    def ask(self, name: str, **parameters: object) -> bool:
        """Return the answer of a named ASK query."""
        query = queries.named(name)
        return bool(self.answer(query.text, queries.bind(query, parameters)))

    def select(self, text: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Return the rows of a SELECT query given as text."""
        names, rows = self._solutions(text, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def answer(
        self, text: str, parameters: Mapping[str, object] | None = None, *, unmapped: bool = False
    ) -> Answer:
        """Return the engine's answer of any query, for serialising it.

        :param unmapped: whether no mapping set can be part of the answer.
        """
        bound = {n: term(v) for n, v in (parameters or {}).items() if v is not None}
        try:
            sparql.refuse_service(text, prefixes=prefixes())
            return self._keeper(unmapped=unmapped).answer(text, bound)
        except SyntaxError as error:
            raise UsageError(
                f"the query does not parse: {error.msg}",
                remedy="See SPARQL 1.1 Query Language, section 19.",
            ) from None
        except RuntimeError as error:  # the engine has no class of its own for it
            if "SELECT projection" not in str(error):
                raise
            raise UsageError(
                f"a parameter is no column of the query: {', '.join(sorted(bound))}",
                remedy="Select each parameter, so that the answer says what was asked.",
            ) from None

    def quads(self, *graphs: str) -> Iterator[ox.Quad]:
        """Yield the quads of some graphs, or of all."""
        here = bool(graphs) and not any(graph.startswith(MAPPINGS) for graph in graphs)
        return self._keeper(unmapped=here).quads(graphs)

    def about(self, iri: str) -> Iterator[ox.Quad]:
        """Yield the quads whose subject is a resource."""
        return self._keeper().about(iri)

    def matching(
        self,
        subject: ox.NamedNode | ox.BlankNode | None,
        property: ox.NamedNode,
        value: ox.NamedNode | ox.BlankNode | ox.Literal | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the quads of a property, with a subject, with a value, or with any.

        Only of a dataset whose store is embedded.
        """
        return self.store.quads_for_pattern(subject, property, value)

    def close(self) -> None:
        """Let go of the store elsewhere, if there is one; nothing can be asked afterwards."""
        if self.kept is not None:
            self.kept.close()

    def _ordered(self, query: queries.Query, bound: Mapping[str, object]) -> list[Row]:
        """Return the rows of a query of the library; what is embedded is put in order here."""
        order = query.order
        if order and self.kept is None:
            answer = self.answer(query.unordered, bound, unmapped=query.unmapped)
            assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - what is ordered is a SELECT
            names = [variable.value for variable in answer.variables]
            if {name for name, _ in order} <= set(names):
                rows = ordering.sort([tuple(one) for one in answer], names, order)
                if rows is not None:
                    return [dict(zip(names, map(_value, row), strict=True)) for row in rows]
        names, found = self._solutions(query.text, bound, unmapped=query.unmapped)
        return [dict(zip(names, row, strict=True)) for row in found]

    def _solutions(
        self, text: str, parameters: Mapping[str, object] | None, *, unmapped: bool = False
    ) -> tuple[list[str], list[tuple[str | None, ...]]]:
        answer = self.answer(text, parameters, unmapped=unmapped)
        if not isinstance(answer, ox.QuerySolutions):
            raise UsageError("the query is not a SELECT", remedy="Ask for rows with SELECT.")
        names = [variable.value for variable in answer.variables]
        return names, [
            tuple(
                [
                    None if one is None else one.value if type(one) in PLAIN else as_text(one)
                    for one in solution
                ]
            )
            for solution in answer
        ]

    def _keeper(self, *, unmapped: bool = False) -> Keeper:
        return self.kept or Embedded(self._store if unmapped else self.store)

    def _own(self) -> ox.Store:
        """Return the store that may be changed; it holds all that the dataset held elsewhere.

        What the mapping sets say may be missing in it.
        """
        self._remembered = {}
        if self.kept is not None:
            self._store.bulk_extend(self.kept.quads(()))
            self.kept.close()
            self.kept = None
        return self._store

    def _heard(self) -> ox.Store:
        """Return the store that may be changed by what may speak of mappings."""
        self._own()
        store, self.told = self.store, None
        return store


def syntax_error(error: SyntaxError, place: str) -> DataError:
    """Return the error that tells a user where a document does not parse."""
    where = f"{place}:{error.lineno}" if error.lineno else place
    message = (error.msg or str(error)).split(": ", 1)[-1]
    if len(message) > LONGEST:
        message = message[:LONGEST] + "…"
    return DataError(
        f"does not parse: {message}",
        place=where,
        remedy="Correct the line; nothing of this file was loaded.",
    )


def term(value: object) -> Term:
    """Return the RDF term of a value that is passed to a query.

    >>> str(term(date(2026, 11, 20)))
    '"2026-11-20"^^<http://www.w3.org/2001/XMLSchema#date>'
    """
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    if isinstance(value, bool):
        return ox.Literal(value)
    if isinstance(value, date):
        return ox.Literal(
            value.isoformat(), datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
        )
    if isinstance(value, int | float):
        return ox.Literal(value)
    if isinstance(value, str):
        return ox.Literal(value)
    raise UsageError(f"cannot pass {value!r} to a query")


def _value(term: object) -> str | None:
    return None if term is None else as_text(term)


def as_text(term: object) -> str:
    """Return a term as the columns of a row have it."""
    if isinstance(term, PLAIN):
        return term.value
    if isinstance(term, ox.BlankNode):
        return f"_:{term.value}"
    return str(term)
