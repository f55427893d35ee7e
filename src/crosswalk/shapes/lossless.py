"""Data in memory whose literals keep their form, though the store would normalise some.

pyoxigraph's Store keeps ``"01"^^xsd:integer`` as ``1`` and ``"5"^^xsd:int`` as an integer. The few
triples with such a literal are kept twice, in two graphs: as the store has them, for what computes
(SPARQL constraints), and with a *stand-in*, a literal of the same form under a datatype that the
store does not know (:data:`FORM`), for what looks at terms (SHACL Core). Whoever asks chooses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias, overload

import pyoxigraph as ox

from crosswalk.shapes.values import Term

__all__ = ["FORM", "Data", "kept", "restored"]

Held: TypeAlias = Term | ox.Triple
FORM = "urn:x-form:"
"""What a stand-in's datatype begins with; the rest is the datatype itself."""
XSD = "http://www.w3.org/2001/XMLSchema#"
ALIKE = ox.DefaultGraph()
"""What the store keeps as it is; the default graph, which has half the indexes of a named one."""
COMPUTED, FORMS = (ox.NamedNode(f"urn:x-data:{name}") for name in ("computed", "forms"))
ORDINARY = {
    "string": re.compile(r"(?s).*"),
    "boolean": re.compile("true|false"),
    "integer": re.compile("0|-?[1-9][0-9]*"),
    "decimal": re.compile(r"0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9]"),
    "date": re.compile("[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]Z?"),
    "dateTime": re.compile("[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9]Z?"),
    "anyURI": re.compile(r"(?s).*"),
}
"""Forms that the store keeps as they are."""
KNOWN = {XSD + name: pattern for name, pattern in ORDINARY.items()}


@overload
def kept(term: Term) -> Term: ...
@overload
def kept(term: Held) -> Held: ...
def kept(term: Held) -> Held:
    """Return the stand-in of a literal whose form the store would lose; else the term itself.

    >>> kept(ox.Literal("01", datatype=ox.NamedNode(XSD + "integer"))).datatype.value
    'urn:x-form:http://www.w3.org/2001/XMLSchema#integer'
    >>> kept(ox.Literal("plain")).value
    'plain'
    """
    if not isinstance(term, ox.Literal) or term.language:
        return term
    datatype = term.datatype.value
    known = KNOWN.get(datatype)
    if known is not None and known.fullmatch(term.value):
        return term
    return _kept(term)


@lru_cache(maxsize=100_000)
def _kept(term: ox.Literal) -> ox.Literal:
    if not term.datatype.value.startswith(XSD):
        return term
    if _as_stored(term) == term:
        return term
    return ox.Literal(term.value, datatype=ox.NamedNode(FORM + term.datatype.value))


@lru_cache(maxsize=100_000)
def _as_stored(term: Held) -> Held:
    store = ox.Store()
    store.add(ox.Quad(FORMS, FORMS, term))
    found: Held = next(iter(store)).object
    return found


@overload
def restored(term: Term | None) -> Term | None: ...
@overload
def restored(term: Held | None) -> Held | None: ...
def restored(term: Held | None) -> Held | None:
    """Return what a stand-in stands for; any other term as it is."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(FORM):
        datatype = ox.NamedNode(term.datatype.value.removeprefix(FORM))
        return ox.Literal(term.value, datatype=datatype)
    return term


def _alike(triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object)


def _apart(triple: ox.Triple) -> tuple[ox.Quad, ox.Quad]:
    """Return a triple whose form would be lost as it is looked at, and as it is computed with."""
    subject, predicate, term = triple.subject, triple.predicate, triple.object
    form = ox.Quad(subject, predicate, kept(term), FORMS)
    return form, ox.Quad(subject, predicate, term, COMPUTED)


def _without(triples: Iterable[ox.Triple], apart: list[ox.Triple]) -> Iterator[ox.Quad]:
    """Yield the triples whose form is kept; the others come to ``apart``."""
    for triple in triples:
        term = triple.object
        if isinstance(term, ox.Literal):
            known = KNOWN.get(term.datatype.value)
            if (known is None or not known.fullmatch(term.value)) and kept(term) != term:
                apart.append(triple)
                continue
        yield ox.Quad(triple.subject, triple.predicate, term)


class Data:
    """Triples in memory, asked by their terms or computed with.

    :param changes: whether triples are added or removed later.

    >>> one = ox.Literal("01", datatype=ox.NamedNode(XSD + "integer"))
    >>> data = Data([ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), one)])
    >>> data.stand_ins, [row[0] for row in data.ask("SELECT ?o { ?s ?p ?o }")] == [kept(one)]
    (True, True)
    >>> [row[0].value for row in data.computed("SELECT (?o + 1 AS ?n) { ?s ?p ?o }")]
    ['2']
    """

    def __init__(self, triples: Iterable[ox.Triple], *, changes: bool = False) -> None:
        self.store = ox.Store()
        apart: list[ox.Triple] = []
        self.store.bulk_extend(_without(triples, apart))
        self.stand_ins = bool(apart) or changes
        self._forms: dict[Held, Counter[Held]] = {}
        for triple in dict.fromkeys(apart):
            self._take_apart(triple)

    def __contains__(self, triple: ox.Triple) -> bool:
        alike = kept(triple.object) == triple.object
        return (_alike(triple) if alike else _apart(triple)[0]) in self.store

    def __len__(self) -> int:
        """Return how many triples there are; those in a form that the store loses count twice."""
        return len(self.store)

    def add(self, triple: ox.Triple) -> None:
        """Take in a triple that is not there, of data that changes."""
        if kept(triple.object) == triple.object:
            self.store.add(_alike(triple))
        else:
            self._take_apart(triple)

    def remove(self, triple: ox.Triple) -> None:
        """Let go of a triple that is there, of data that changes."""
        if kept(triple.object) == triple.object:
            self.store.remove(_alike(triple))
            return
        form, computed = _apart(triple)
        self.store.remove(form)
        stored = _as_stored(triple.object)
        self._forms[stored] -= Counter([triple.object])
        beside = self.store.quads_for_pattern(triple.subject, triple.predicate, None, FORMS)
        if all(_as_stored(restored(quad.object)) != stored for quad in beside):
            self.store.remove(computed)

    def _take_apart(self, triple: ox.Triple) -> None:
        self.store.extend(_apart(triple))
        self._forms.setdefault(_as_stored(triple.object), Counter())[triple.object] += 1

    def ask(self, text: str) -> Iterable[Sequence[Term | None]]:
        """Return the rows of a SELECT over the terms, stand-ins among them."""
        return self._rows(text, FORMS)

    def computed(self, text: str) -> Iterable[Sequence[Term | None]]:
        """Return the rows of a SELECT over the data as the store has it.

        A literal in a row has the form that it has in the data, if it has only one there.
        """
        rows = self._rows(text, COMPUTED)
        if not self._forms:
            return rows
        return ([self._found(term) for term in row] for row in rows)

    def linked(self, text: str) -> Iterable[Sequence[Term | None]]:
        """Return the rows of a SELECT over both: what :meth:`ask` or :meth:`computed` could join.

        A row may be there that is in neither.
        """
        return self._rows(text, FORMS, COMPUTED)

    def _found(self, term: Term | None) -> Term | None:
        """Return the only form in the data of what the store has of a literal."""
        forms = list(self._forms.get(term, ())) if isinstance(term, ox.Literal) else []
        if len(forms) != 1:
            return term
        if next(self.store.quads_for_pattern(None, None, term, ALIKE), None) is not None:
            return term
        return forms[0] if isinstance(forms[0], ox.Literal) else term

    def said(self, subject: ox.NamedNode | ox.BlankNode) -> list[tuple[ox.NamedNode, Term]]:
        """Return what is said of a node, as it was given."""
        return [
            (triple.predicate, triple.object)
            for triple in self.triples(subject)
            if not isinstance(triple.object, ox.Triple)
        ]

    def about(self, iri: str) -> Iterator[ox.Triple]:
        """Yield what is said of a thing, as it was given."""
        return self.triples(ox.NamedNode(iri))

    def triples(self, subject: ox.NamedNode | ox.BlankNode | None = None) -> Iterator[ox.Triple]:
        """Yield the triples, of one subject or all, as they were given."""
        for graph in (ALIKE, FORMS):
            for quad in self.store.quads_for_pattern(subject, None, None, graph):
                held = quad.object
                if isinstance(held, ox.Literal):
                    held = restored(held) or held
                yield ox.Triple(quad.subject, quad.predicate, held)

    def naming(self, node: ox.NamedNode) -> Iterator[ox.Triple]:
        """Yield the triples whose object is a node."""
        for quad in self.store.quads_for_pattern(None, None, node, ALIKE):
            yield quad.triple

    def _rows(self, text: str, *more: ox.NamedNode) -> Iterable[Sequence[Term | None]]:
        graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [ALIKE]
        if self.stand_ins:
            graphs += more
        found = self.store.query(text, default_graph=graphs)
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - a SELECT
        return found
