"""Data in memory whose literals keep their form, though the store would normalise some.

pyoxigraph's Store keeps ``"01"^^xsd:integer`` as ``1`` and ``"5"^^xsd:int`` as an integer. The few
triples with such a literal are kept twice, in two graphs: as the store has them, for what computes
(SPARQL constraints), and with a *stand-in*, a literal of the same form under a datatype that the
store does not know (:data:`FORM`), for what looks at terms (SHACL Core). Whoever asks chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import pyoxigraph as ox

from crosswalk.shapes.values import Term

__all__ = ["FORM", "Data", "kept", "restored"]

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


def kept(term: Term) -> Term:
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


def _as_stored(term: ox.Literal) -> ox.Literal:
    store = ox.Store()
    store.add(ox.Quad(FORMS, FORMS, term))
    held = next(iter(store)).object
    return held if isinstance(held, ox.Literal) else term


def restored(term: Term | None) -> Term | None:
    """Return what a stand-in stands for; any other term as it is."""
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(FORM):
        datatype = ox.NamedNode(term.datatype.value.removeprefix(FORM))
        return ox.Literal(term.value, datatype=datatype)
    return term


class Data:
    """Triples in memory, asked by their terms or computed with.

    >>> one = ox.Literal("01", datatype=ox.NamedNode(XSD + "integer"))
    >>> data = Data([ox.Triple(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), one)])
    >>> data.stand_ins, [row[0] for row in data.ask("SELECT ?o { ?s ?p ?o }")] == [kept(one)]
    (True, True)
    >>> [row[0].value for row in data.computed("SELECT (?o + 1 AS ?n) { ?s ?p ?o }")]
    ['2']
    """

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.store = ox.Store()
        apart: list[ox.Quad] = []
        self.store.bulk_extend(self._alike(triples, apart))
        self.stand_ins = bool(apart)
        self.store.extend(apart)
        self.lost = self._lost() if apart else {}

    def _lost(self) -> dict[ox.Literal, ox.Literal]:
        """Return what the store has of a literal → its only form in the data."""
        forms: dict[ox.Literal, set[ox.Literal]] = {}
        for quad in self.store.quads_for_pattern(None, None, None, FORMS):
            held = restored(quad.object) if isinstance(quad.object, ox.Literal) else None
            if isinstance(held, ox.Literal):
                forms.setdefault(_as_stored(held), set()).add(held)
        return {
            stored: next(iter(found))
            for stored, found in forms.items()
            if len(found) == 1
            and next(self.store.quads_for_pattern(None, None, stored, ALIKE), None) is None
        }

    @staticmethod
    def _alike(triples: Iterable[ox.Triple], apart: list[ox.Quad]) -> Iterator[ox.Quad]:
        for triple in triples:
            term = triple.object
            if isinstance(term, ox.Literal):
                known = KNOWN.get(term.datatype.value)
                if known is None or not known.fullmatch(term.value):
                    other = kept(term)
                    if other is not term:
                        subject, predicate = triple.subject, triple.predicate
                        apart.append(ox.Quad(subject, predicate, other, FORMS))
                        apart.append(ox.Quad(subject, predicate, term, COMPUTED))
                        continue
            yield ox.Quad(triple.subject, triple.predicate, term)

    def ask(self, text: str) -> Iterable[Sequence[Term | None]]:
        """Return the rows of a SELECT over the terms, stand-ins among them."""
        return self._rows(text, FORMS)

    def computed(self, text: str) -> Iterable[Sequence[Term | None]]:
        """Return the rows of a SELECT over the data as the store has it.

        A literal in a row has the form that it has in the data, if it has only one there.
        """
        rows = self._rows(text, COMPUTED)
        if not self.lost:
            return rows
        return ([self._found(term) for term in row] for row in rows)

    def _found(self, term: Term | None) -> Term | None:
        return self.lost.get(term, term) if isinstance(term, ox.Literal) else term

    def said(self, subject: ox.NamedNode | ox.BlankNode) -> list[tuple[ox.NamedNode, Term]]:
        """Return what is said of a node, as it was given."""
        return [
            (triple.predicate, triple.object)
            for triple in self.triples(subject)
            if not isinstance(triple.object, ox.Triple)
        ]

    def triples(self, subject: ox.NamedNode | ox.BlankNode | None = None) -> Iterator[ox.Triple]:
        """Yield the triples, of one subject or all, as they were given."""
        for graph in (ALIKE, FORMS):
            for quad in self.store.quads_for_pattern(subject, None, None, graph):
                held = quad.object
                if isinstance(held, ox.Literal):
                    held = restored(held) or held
                yield ox.Triple(quad.subject, quad.predicate, held)

    def _rows(self, text: str, more: ox.NamedNode) -> Iterable[Sequence[Term | None]]:
        graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [ALIKE]
        if self.stand_ins:
            graphs.append(more)
        found = self.store.query(text, default_graph=graphs)
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - a SELECT
        return found
