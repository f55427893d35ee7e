"""The queries of a set of shapes, and the results that they give when a store is asked.

A shape with targets is compiled as a whole: with the shapes that it reaches by sh:property and
sh:node, or not at all. What is not compiled stands in :attr:`Plan.left` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import pyoxigraph as ox

from crosswalk.shapes.columns import Columns
from crosswalk.shapes.core import Core, Rows
from crosswalk.shapes.lossless import Data, kept, restored
from crosswalk.shapes.select import selected
from crosswalk.shapes.targets import Classes, NotCompiledError, Place, filled
from crosswalk.shapes.values import (
    Ask,
    AtMost,
    Bound,
    Constraint,
    Custom,
    HasValue,
    InClass,
    InList,
    LessThan,
    MaxCount,
    MinCount,
    Named,
    OfDatatype,
    Pattern,
    Predicate,
    Qualified,
    Result,
    Shapes,
    Sparql,
    Term,
    WithNode,
    WithProperty,
)

__all__ = ["Focus", "Part", "Plan", "compiled"]

Focus: TypeAlias = Collection[Term] | Mapping[Named, Collection[Term]] | None
"""The target nodes to look at: of every shape, of each targeted shape that is a key, or all."""
Row: TypeAlias = Sequence[Term | None]
SUBCLASSES = (
    "SELECT DISTINCT ?sub ?super { ?sub <http://www.w3.org/2000/01/rdf-schema#subClassOf> ?super }"
)
TRUE = ox.Literal(True)
AT_ONCE = 500
"""How many target nodes one query names."""


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT and what its rows mean; its columns begin with the chain of the place."""

    text: str
    results: Callable[[Row], Iterable[Result]]
    """The results of a row."""
    computes: bool = False
    """Whether it needs literals as the store has them, not their stand-ins."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a shape asks at a place: its own queries, and the shapes that it refers to."""

    place: Place
    queries: tuple[Query, ...]
    properties: tuple[Part, ...]
    nodes: tuple[tuple[WithNode, Part], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Compiled shapes: what can be asked, and what is left to another engine."""

    shapes: Shapes
    parts: tuple[Part, ...]
    left: tuple[tuple[Named, str], ...]
    """The targeted shapes that are not compiled, and why."""

    @property
    def computes(self) -> bool:
        """Whether a store must be asked even where there are columns: for SPARQL constraints."""
        return any(_computes(part) for part in self.parts)

    def classes(self, ask: Ask) -> Classes:
        """Return the subclasses in the data of each class that has any, itself included."""
        below: dict[str, set[str]] = {}
        for sub, over in ask(SUBCLASSES):
            if isinstance(sub, ox.NamedNode) and isinstance(over, ox.NamedNode):
                below.setdefault(over.value, set()).add(sub.value)
        found = {}
        for name in below:
            reached, open_ = {name}, [name]
            while open_:
                more = below.get(open_.pop(), set()) - reached
                reached |= more
                open_ += more
            found[name] = reached
        return found

    def results(
        self,
        ask: Ask,
        focus: Focus = None,
        *,
        computed: Ask | None = None,
        classes: Classes | None = None,
        columns: Columns | None = None,
    ) -> list[Result]:
        """Return the results of the compiled shapes over the data behind ``ask``.

        :param focus: the target nodes to look at; default all.
        :param computed: answers over literals as the store computes with them, where ``ask``
            gives stand-ins (:class:`crosswalk.shapes.lossless.Data`).
        :param classes: what :meth:`classes` gave, if it is known already.
        :param columns: the same data as columns: all of SHACL Core is answered by them, if no
            focus is given.
        """
        run = _Run(
            ask,
            computed or ask,
            self.classes(ask) if classes is None else classes,
            columns if focus is None else None,
            Core(self.shapes, stand_ins=True),
        )
        found: list[Result] = []
        for part in self.parts:
            nodes = focus
            if isinstance(focus, Mapping):
                nodes = focus.get(part.place.shape.term, ())
            found += [result for _, result in run.part(part, nodes)]
        return found


def _computes(part: Part) -> bool:
    return any(query.computes for query in part.queries) or any(
        map(_computes, (*part.properties, *(inner for _, inner in part.nodes)))
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """One asking of a plan."""

    ask: Ask
    computed: Ask
    classes: Classes
    columns: Columns | None
    core: Core

    def part(
        self, part: Part, nodes: Collection[Term] | None
    ) -> Iterator[tuple[tuple[Term, ...], Result]]:
        """Yield the results with the chain of nodes on which each was found."""
        if nodes is not None and not nodes:
            return
        length = len(part.place.chain)
        if self.columns is not None:
            for one in self.columns.violations(self.core, part.place):
                made = _result(part.place, one.constraint, one.chain, one.value)
                yield one.chain, made if one.path is None else _replaced(made, one.path)
        for query in part.queries:
            if self.columns is not None and not query.computes:
                continue
            for row in self.rows(query, part.place.chain[0], nodes):
                chain = tuple(term for term in row[:length] if term is not None)
                for result in query.results(row):
                    yield chain, result
        for inner in part.properties:
            yield from self.part(inner, nodes)
        for constraint, inner in part.nodes:
            depth = len(inner.place.chain)
            reasons: dict[tuple[Term, ...], list[Result]] = {}
            for chain, result in self.part(inner, nodes):
                reasons.setdefault(chain[:depth], []).append(result)
            for chain, details in reasons.items():
                made = _result(part.place, constraint, chain[:length], chain[-1], tuple(details))
                yield chain[:length], made

    def rows(self, query: Query, variable: str, nodes: Collection[Term] | None) -> Iterator[Row]:
        ask = self.computed if query.computes else self.ask
        if nodes is None:
            batches: Iterable[Collection[Term] | None] = [None]
        elif any(isinstance(node, ox.BlankNode) for node in nodes):
            # SPARQL cannot name a blank node: all are asked about, and the others are left out.
            wanted = set(nodes)
            for row in self.rows(query, variable, None):
                if row[0] in wanted:
                    yield row
            return
        else:
            named = [node if query.computes else kept(node) for node in nodes]
            batches = [named[at : at + AT_ONCE] for at in range(0, len(named), AT_ONCE)]
        for batch in batches:
            for row in ask(filled(query.text, variable, batch, self.classes)):
                yield [restored(term) for term in row]


def compiled(shapes: Shapes, data: Data | None = None, *, known: bool = False) -> Plan:
    """Return the queries of all shapes with targets.

    :param data: the data in memory that will be asked; absent for any other store.
    :param known: whether it is asked only of nodes that are known to be targets; the queries are
        then the shorter, and wrong without a focus.

    >>> from crosswalk.shapes import read
    >>> compiled(read([])).results(lambda text: [])
    []
    """
    stand_ins = data is not None and (data.stand_ins or _names_forms(shapes))
    return _compiled(shapes, stand_ins, known)


@lru_cache(maxsize=16)
def _compiled(shapes: Shapes, stand_ins: bool, known: bool) -> Plan:
    core = Core(shapes, stand_ins)
    parts, left = [], []
    for shape in shapes.targeted():
        try:
            target = replace(shape, targets=()) if known else shape
            parts.append(_part(core, Place(target, (), target), (shape.term,)))
        except NotCompiledError as error:
            left.append((shape.term, str(error)))
    return Plan(shapes, tuple(parts), tuple(left))


def _names_forms(shapes: Shapes) -> bool:
    """Return whether shapes name a literal whose form a store in memory would lose."""
    terms: list[Term] = []
    for shape in shapes:
        terms += [target.term for target in shape.targets]
        for constraint in shape.constraints:
            if isinstance(constraint, HasValue):
                terms.append(constraint.value)
            elif isinstance(constraint, InList):
                terms += constraint.values
    return any(kept(term) != term for term in terms)


def _part(core: Core, place: Place, above: tuple[Named, ...]) -> Part:
    shape = place.shape
    queries = [_query(place, rows) for rows in core.queries(place)]
    for constraint in shape.constraints:
        if isinstance(constraint, (Sparql, Custom)):
            for one in selected(place, constraint):
                _require_known(one.text, place.chain[0])
                queries.append(Query(one.text, one.results, computes=True))
    properties, nodes = [], []
    steps = place.steps if shape.path is None else (*place.steps, shape.path)
    for constraint in shape.constraints:
        if not isinstance(constraint, (WithProperty, WithNode)):
            continue
        inner = core.shapes.shapes.get(constraint.shape)
        if inner is None:
            raise NotCompiledError(f"{constraint.shape} is not described as a shape")
        if inner.deactivated:
            continue
        if inner.term in above:
            raise NotCompiledError(f"{inner.term} leads to itself")
        made = _part(core, Place(place.targeted, steps, inner), (*above, inner.term))
        if isinstance(constraint, WithProperty):
            properties.append(made)
        else:
            nodes.append((constraint, made))
    return Part(place, tuple(queries), tuple(properties), tuple(nodes))


def _require_known(text: str, variable: str) -> None:
    """Let a query pass that the engine understands.

    :raises NotCompiledError: for one that it does not, as for a function that it does not know.
    """
    try:
        for _ in ox.Store().query(filled(text, variable, None, {})):  # type: ignore[union-attr]
            pass
    except (SyntaxError, RuntimeError) as error:
        raise NotCompiledError(f"the engine does not understand its query: {error}") from None


def _query(place: Place, rows: Rows) -> Query:
    length = len(place.chain)

    def results(row: Row) -> Iterator[Result]:
        chain = tuple(term for term in row[:length] if term is not None)
        more = row[length:]
        value = more[0] if rows.value else None
        if rows.flags:
            for constraint, flag in zip(rows.constraints, more[1:], strict=True):
                if flag == TRUE:
                    yield _result(place, constraint, chain, value)
            return
        found = _result(place, rows.constraints[0], chain, value)
        if rows.path and isinstance(more[1], ox.NamedNode):
            found = _replaced(found, more[1])
        yield found

    return Query(rows.text, results)


def _result(
    place: Place,
    constraint: Constraint,
    chain: Sequence[Term],
    value: Term | None,
    details: tuple[Result, ...] = (),
) -> Result:
    shape = place.shape
    return Result(
        focus=chain[-1],
        path=shape.path,
        value=value,
        component=constraint.iri,
        shape=shape.term,
        severity=shape.severity,
        messages=shape.messages or (ox.Literal(_said(constraint)),),
        path_term=shape.path_term,
        target=chain[0],
        targeted=place.targeted.term,
        details=details,
    )


def _replaced(result: Result, path: ox.NamedNode) -> Result:
    return replace(result, path=Predicate(path), path_term=path)


def _said(constraint: Constraint) -> str:
    """Return what is said of a violation for which the shape has no message."""
    match constraint:
        case MinCount(number):
            return f"Fewer than {number} values"
        case MaxCount(number):
            return f"More than {number} values"
        case OfDatatype(datatype):
            return f"Value is no literal of the datatype {datatype.value}"
        case InClass(cls):
            return f"Value is no instance of {cls.value}"
        case Bound(sign, limit):
            return f"Value is not {sign} {limit.value}"
        case Pattern(pattern, _):
            return f"Value does not match the pattern {pattern}"
        case LessThan(predicate, equal):
            return f"Value is not {'<=' if equal else '<'} the value of {predicate.value}"
        case AtMost(_, number, _):
            return f"More than {number} values conform to the qualified shape"
        case Qualified(_, number, _):
            return f"Fewer than {number} values conform to the qualified shape"
    return f"Violates {constraint.iri.value.rpartition('#')[2]}"
