"""Triples in memory as columns of numbers, on which SHACL Core is evaluated set by set.

For data that is read to be checked once: no store is built, no index but the sorted columns of the
predicates that shapes name, and terms keep their form. What is asked of single values (datatypes,
patterns, order) is the same SPARQL expression as in :mod:`crosswalk.shapes.core`, evaluated once
for each distinct value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyoxigraph as ox

from crosswalk.shapes.core import Core
from crosswalk.shapes.lossless import kept
from crosswalk.shapes.targets import Place
from crosswalk.shapes.values import (
    Alternative,
    And,
    AtMost,
    Closed,
    Constraint,
    Custom,
    DisjointWith,
    Equals,
    HasValue,
    InClass,
    InList,
    Inverse,
    LessThan,
    MaxCount,
    MinCount,
    Named,
    NodeKind,
    Not,
    OfKind,
    OneOf,
    Or,
    Path,
    Predicate,
    Qualified,
    Repeated,
    Sequence_,
    Shape,
    Sparql,
    TargetKind,
    Term,
    UniqueLanguage,
    WithNode,
    WithProperty,
)

__all__ = ["Columns", "Row"]

Ids: TypeAlias = npt.NDArray[np.int64]
Pairs: TypeAlias = tuple[Ids, Ids]
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SUBCLASS = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
RESOURCE = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#Resource")
NONE: Ids = np.empty(0, np.int64)
KINDS = {
    NodeKind.IRI: (0,),
    NodeKind.BLANK: (1,),
    NodeKind.LITERAL: (2,),
    NodeKind.BLANK_OR_IRI: (0, 1),
    NodeKind.BLANK_OR_LITERAL: (1, 2),
    NodeKind.IRI_OR_LITERAL: (0, 2),
}
Stated = TypeVar("Stated", ox.Triple, ox.Quad, ox.Triple | ox.Quad)
SHIFT = 32
AT_ONCE = 20_000
"""How many values one query is given."""


@dataclass(frozen=True, slots=True)
class Row:
    """One violation: the nodes from the target to the focus, the value and the path if any."""

    constraint: Constraint
    chain: tuple[Term, ...]
    value: Term | None
    path: ox.NamedNode | None


@dataclass(frozen=True, slots=True)
class _Violations:
    """Where a constraint is violated: focus nodes, and for each the value and the predicate."""

    focus: Ids
    value: Ids | None = None
    path: Ids | None = None


class Columns:
    """Triples as columns of numbers.

    >>> from crosswalk.shapes.values import Predicate
    >>> a, p = ox.NamedNode("urn:a"), ox.NamedNode("urn:p")
    >>> columns = Columns([ox.Triple(a, p, ox.Literal("01")), ox.Triple(a, p, a)])
    >>> start, end = columns.reached(Predicate(p), columns.ids([a]))
    >>> [columns.term(one).value for one in end]
    ['urn:a', '01']
    """

    def __init__(self, triples: Iterable[ox.Triple | ox.Quad] = ()) -> None:
        self._number: dict[Term, int] = {}
        self._terms: list[Term] = []
        self._held: dict[Term, tuple[list[int], list[int]]] = {}
        self._forward: dict[Term, Pairs] = {}
        self._backward: dict[Term, Pairs] = {}
        self._chains: dict[tuple[Named, tuple[Path, ...]], list[Ids]] = {}
        self._store = ox.Store()
        self._failing: dict[str, dict[int, bool]] = {}
        for _ in self.taking(triples):
            pass

    def taking(self, triples: Iterable[Stated]) -> Iterator[Stated]:
        """Yield triples as they are taken in: what reads them too need not keep them.

        Nothing may be asked of the columns before all are taken.
        """
        number, held = self._number, self._held
        known, count = number.get, len(number)
        for triple in triples:
            subject, predicate, term, *_ = triple
            start = known(subject)
            if start is None:
                start = number[subject] = count
                count += 1
            end = known(term)
            if end is None:
                end = number[term] = count
                count += 1
            pair = held.get(predicate)
            if pair is None:
                pair = held[predicate] = ([], [])
            pair[0].append(start)
            pair[1].append(end)
            yield triple
        self._terms = list(number)

    def triples(self) -> Iterator[ox.Triple]:
        """Yield the triples that were taken, each as often as it was."""
        for predicate, (starts, ends) in self._held.items():
            for start, end in zip(starts, ends, strict=True):
                yield ox.Triple(self._terms[start], predicate, self._terms[end])  # type: ignore[arg-type]

    def said(self, subject: Term) -> Iterator[tuple[ox.NamedNode, Term]]:
        """Yield what is said of a node."""
        node = self.ids([subject])
        for predicate in self._held:
            if isinstance(predicate, ox.NamedNode):
                for end in self.reached(Predicate(predicate), node)[1].tolist():
                    yield predicate, self._terms[end]

    def about(self, iri: str) -> Iterator[ox.Triple]:
        """Yield what is said of a thing."""
        node = ox.NamedNode(iri)
        return (ox.Triple(node, predicate, end) for predicate, end in self.said(node))

    # terms

    def term(self, number: int) -> Term:
        """Return the term of a number."""
        return self._terms[number]

    def ids(self, terms: Iterable[Term]) -> Ids:
        """Return the numbers of terms, sorted and each once; terms of no triple get one too."""
        found = []
        for term in terms:
            number = self._number.get(term)
            if number is None:
                number = self._number[term] = len(self._terms)
                self._terms.append(term)
            found.append(number)
        return _unique(np.asarray(found, np.int64))

    # paths

    def _column(self, predicate: Term, backward: bool) -> Pairs:
        cache = self._backward if backward else self._forward
        found = cache.get(predicate)
        if found is None:
            starts, ends = self._held.get(predicate, ([], []))
            pair = (np.asarray(starts, np.int64), np.asarray(ends, np.int64))
            found = cache[predicate] = _distinct(*(reversed(pair) if backward else pair))
        return found

    def reached(self, path: Path, nodes: Ids) -> Pairs:
        """Return each pair of a node and what a path leads to from it, sorted by the node."""
        match path:
            case Predicate(iri):
                return _from(self._column(iri, False), nodes)
            case Inverse(Predicate(iri)):
                return _from(self._column(iri, True), nodes)
            case Inverse(Inverse(inner)):
                return self.reached(inner, nodes)
            case Inverse(Sequence_(steps)):
                return self._walked([Inverse(step) for step in reversed(steps)], nodes)
            case Inverse(Alternative(paths)):
                return self._any([Inverse(one) for one in paths], nodes)
            case Inverse(Repeated(inner, sign)):
                return self.reached(Repeated(Inverse(inner), sign), nodes)
            case Sequence_(steps):
                return self._walked(steps, nodes)
            case Alternative(paths):
                return self._any(paths, nodes)
            case Repeated(inner, sign):
                return self._repeated(inner, sign, nodes)
        raise TypeError(path)

    def _walked(self, steps: Sequence[Path], nodes: Ids) -> Pairs:
        pairs = (nodes, nodes)
        for step in steps:
            pairs = self._step(pairs, step)
        return pairs

    def _step(self, pairs: Pairs, path: Path) -> Pairs:
        more = self.reached(path, _unique(pairs[1]))
        rows, ends = _joined(pairs[1], more)
        return _distinct(pairs[0][rows], ends)

    def _any(self, paths: Sequence[Path], nodes: Ids) -> Pairs:
        found = [self.reached(path, nodes) for path in paths]
        return _distinct(*(np.concatenate([pair[side] for pair in found]) for side in (0, 1)))

    def _repeated(self, inner: Path, sign: str, nodes: Ids) -> Pairs:
        once = self.reached(inner, nodes)
        if sign == "?":
            return _both(once, (nodes, nodes))
        found = newest = once
        while len(newest[0]):
            newest = _without(self._step(newest, inner), found)
            found = _both(found, newest)
        return _both(found, (nodes, nodes)) if sign == "*" else found

    # targets and classes

    def instances(self, classes: Iterable[Term]) -> Ids:
        """Return the instances of some classes and of their subclasses."""
        below = self.reached(Repeated(Inverse(Predicate(SUBCLASS)), "*"), self.ids(classes))[1]
        return _unique(self.reached(Inverse(Predicate(TYPE)), _unique(below))[1])

    def _targets(self, shape: Shape) -> Ids:
        found = [NONE]
        classes = [target.term for target in shape.targets if target.kind is TargetKind.CLASS]
        if classes:
            found.append(self.instances(classes))
        for target in shape.targets:
            match target.kind:
                case TargetKind.NODE:
                    found.append(self.ids([target.term]))
                case TargetKind.SUBJECTS:
                    found.append(self._column(target.term, False)[0])
                case TargetKind.OBJECTS:
                    found.append(self._column(target.term, True)[0])
        return _unique(np.concatenate(found))

    # evaluation

    def violations(self, core: Core, place: Place) -> Iterator[Row]:
        """Yield the violations of the core constraints of a place, but sh:property and sh:node.

        :param core: the compiler of the shapes, for stand-ins.
        """
        chain = self._chain(place.targeted, place.steps)
        shape, nodes = place.shape, _unique(chain[-1])
        if not len(nodes):
            return
        pairs = self._values(shape, nodes)
        for constraint in shape.constraints:
            if isinstance(constraint, (WithProperty, WithNode, Sparql, Custom)):
                continue
            found = self._violated(core, constraint, shape, nodes, pairs)
            if found is not None and len(found.focus):
                yield from self._rows(constraint, found, chain)

    def _chain(self, targeted: Shape, steps: tuple[Path, ...]) -> list[Ids]:
        """Return the ways from the targets to the focus nodes, by column, sorted by the last."""
        found = self._chains.get((targeted.term, steps))
        if found is None:
            if steps:
                before = self._chain(targeted, steps[:-1])
                nodes = _unique(before[-1])
                rows, ends = _joined(before[-1], self.reached(steps[-1], nodes))
                order = np.argsort(ends, kind="stable")
                found = [*(column[rows][order] for column in before), ends[order]]
            else:
                found = [self._targets(targeted)]
            self._chains[targeted.term, steps] = found
        return found

    def _rows(self, constraint: Constraint, found: _Violations, chain: list[Ids]) -> Iterator[Row]:
        rows, at = _joined(found.focus, (chain[-1], np.arange(len(chain[-1]))))
        terms = self._terms
        columns = [column[at].tolist() for column in chain]
        values = found.value[rows].tolist() if found.value is not None else None
        paths = found.path[rows].tolist() if found.path is not None else None
        for number in range(len(rows)):
            path = terms[paths[number]] if paths is not None else None
            yield Row(
                constraint,
                tuple([terms[column[number]] for column in columns]),
                terms[values[number]] if values is not None else None,
                path if isinstance(path, ox.NamedNode) else None,
            )

    def _values(self, shape: Shape, nodes: Ids) -> Pairs:
        return (nodes, nodes) if shape.path is None else self.reached(shape.path, nodes)

    def _unlike(self, core: Core, term: Named, nodes: Ids) -> Ids:
        """Return the nodes that do not conform to a shape."""
        shape = core.shapes[term]
        if shape.deactivated or not len(nodes):
            return NONE
        pairs = self._values(shape, nodes)
        found = [NONE]
        for constraint in shape.constraints:
            violated = self._violated(core, constraint, shape, nodes, pairs)
            if violated is not None:
                found.append(violated.focus)
        return _unique(np.concatenate(found))

    def _violated(
        self, core: Core, constraint: Constraint, shape: Shape, nodes: Ids, pairs: Pairs
    ) -> _Violations | None:
        starts, values = pairs
        match constraint:
            case MinCount(number):
                return _Violations(nodes[_counts(starts, nodes) < number])
            case MaxCount(number):
                return _Violations(nodes[_counts(starts, nodes) > number])
            case HasValue(term):
                having = starts[values == self.ids([term])[0]]
                return _Violations(_less(nodes, having))
            case InClass(cls):
                return _kept(pairs, ~_among(values, self.instances([cls])))
            case OfKind(kind):
                return _kept(pairs, ~np.isin(self._kinds(values), KINDS[kind]))
            case InList(terms):
                return _kept(pairs, ~_among(values, self.ids(terms)))
            case Equals(predicate):
                other = self.reached(Predicate(predicate), nodes)
                return _Violations(
                    *(
                        np.concatenate(columns)
                        for columns in zip(
                            _without(pairs, other), _without(other, pairs), strict=True
                        )
                    )
                )
            case DisjointWith(predicate):
                other = self.reached(Predicate(predicate), nodes)
                keys = _keys(pairs)
                return _Violations(*_unkeyed(keys[_among(keys, _keys(other))]))
            case LessThan(predicate):
                return self._unordered(core, constraint, nodes, pairs)
            case UniqueLanguage():
                return self._languages(pairs)
            case Closed(allowed):
                return self._open(pairs, set(allowed))
            case Qualified():
                return self._qualified(core, constraint, nodes, pairs)
            case Not() | And() | Or() | OneOf() | WithNode() | WithProperty():
                unlike = self._logic(core, constraint, _unique(values))
                return _kept(pairs, _among(values, unlike))
            case _:
                distinct = _unique(values)
                return _kept(pairs, _among(values, self._failed(core, constraint, shape, distinct)))

    def _logic(self, core: Core, constraint: Constraint, values: Ids) -> Ids:
        """Return the values that violate a constraint which refers to shapes."""
        match constraint:
            case Not(term):
                return _less(values, self._unlike(core, term, values))
            case WithNode(term) | WithProperty(term):
                return self._unlike(core, term, values)
            case And(terms):
                found = [self._unlike(core, term, values) for term in terms]
                return _unique(np.concatenate([NONE, *found]))
            case Or(terms):
                for term in terms:
                    values = self._unlike(core, term, values)
                return values
            case OneOf(terms):
                conforming: Ids = np.full(len(values), len(terms), np.int64)
                for term in terms:
                    conforming -= _among(values, self._unlike(core, term, values))
                several: Ids = values[conforming != 1]
                return several
        raise TypeError(constraint)

    def _qualified(
        self, core: Core, constraint: Qualified, nodes: Ids, pairs: Pairs
    ) -> _Violations:
        values = _unique(pairs[1])
        counting = _less(values, self._unlike(core, constraint.shape, values))
        for term in constraint.siblings:
            counting = self._unlike(core, term, counting)
        counts = _counts(pairs[0][_among(pairs[1], counting)], nodes)
        if isinstance(constraint, AtMost):
            return _Violations(nodes[counts > constraint.number])
        return _Violations(nodes[counts < constraint.number])

    def _languages(self, pairs: Pairs) -> _Violations:
        tags: dict[str, int] = {}
        found = np.full(len(pairs[1]), -1)
        for number, value in enumerate(pairs[1].tolist()):
            term = self._terms[value]
            if isinstance(term, ox.Literal) and term.language:
                found[number] = tags.setdefault(term.language.lower(), len(tags))
        told = found >= 0
        keys, counts = np.unique(pairs[0][told] << SHIFT | found[told], return_counts=True)
        return _Violations(keys[counts > 1] >> SHIFT)

    def _open(self, pairs: Pairs, allowed: set[ox.NamedNode]) -> _Violations:
        focus, value, path = [NONE], [NONE], [NONE]
        nodes = _unique(pairs[1])
        resource = self.ids([RESOURCE])[0]
        for predicate in sorted(self._held, key=str):
            if predicate in allowed:
                continue
            held = self.reached(Predicate(predicate), nodes)  # type: ignore[arg-type]
            if predicate == TYPE:
                held = (held[0][held[1] != resource], held[1][held[1] != resource])
            rows, ends = _joined(pairs[1], held)
            focus.append(pairs[0][rows])
            value.append(ends)
            path.append(np.full(len(ends), self.ids([predicate])[0]))
        keys = np.stack([np.concatenate(one) for one in (focus, value, path)])
        return _Violations(*np.unique(keys, axis=1))

    def _unordered(self, core: Core, constraint: LessThan, nodes: Ids, pairs: Pairs) -> _Violations:
        other = self.reached(Predicate(constraint.predicate), nodes)
        rows, ends = _joined(pairs[0], other)
        starts, values = pairs[0][rows], pairs[1][rows]
        keys, at = np.unique(values << SHIFT | ends, return_inverse=True)
        first, second = (keys >> SHIFT).tolist(), (keys & (1 << SHIFT) - 1).tolist()
        test = core.unordered(constraint, "?v", "?w")
        told = [self._written(one, two) for one, two in zip(first, second, strict=True)]
        bad = self._true(told, "?v ?w", test)[at]
        return _Violations(starts[bad], values[bad])

    # single values

    def _kinds(self, numbers: Ids) -> Ids:
        distinct, at = np.unique(numbers, return_inverse=True)
        kinds = np.asarray([_kind(self._terms[one]) for one in distinct.tolist()], np.int64)
        return kinds[at]

    def _failed(self, core: Core, constraint: Constraint, shape: Shape, values: Ids) -> Ids:
        """Return the values of which a test on single values is true."""
        test = core.single(constraint, "?v", shape)
        if test is None:
            raise TypeError(constraint)
        known = self._failing.setdefault(test, {})
        new = [one for one in values.tolist() if one not in known]
        if new:
            told = [self._written(one) for one in new]
            known.update(zip(new, self._true(told, "?v", test).tolist(), strict=True))
        return values[[known[one] for one in values.tolist()]] if len(values) else NONE

    def _written(self, *numbers: int) -> str:
        """Return terms for a table of a query; a blank node, which it cannot name, as nothing."""
        terms = [self._terms[number] for number in numbers]
        return " ".join("UNDEF" if isinstance(t, ox.BlankNode) else str(kept(t)) for t in terms)

    def _true(self, told: list[str], variables: str, test: str) -> npt.NDArray[np.bool_]:
        """Return for each row of a table whether an expression is true of it."""
        found = np.zeros(len(told), np.bool_)
        named = " ".join(f"{one}_" for one in variables.split())
        blank = " ".join(f"BIND(COALESCE({one}_, BNODE()) AS {one})" for one in variables.split())
        for at in range(0, len(told), AT_ONCE):
            table = "".join(f"({row} {n})" for n, row in enumerate(told[at : at + AT_ONCE], at))
            text = f"SELECT ?n {{ VALUES ({named} ?n) {{ {table} }} {blank} FILTER({test}) }}"
            rows = self._store.query(text)
            found[[int(row[0].value) for row in rows]] = True  # type: ignore[union-attr]
        return found


def _unique(numbers: Ids) -> Ids:
    """Return numbers sorted and each once; quicker than numpy where they are so already."""
    if len(numbers) < 2:
        return numbers
    if not (numbers[1:] > numbers[:-1]).all():
        numbers = np.sort(numbers)
        new = np.ones(len(numbers), np.bool_)
        np.not_equal(numbers[1:], numbers[:-1], out=new[1:])
        numbers = numbers[new]
    return numbers


def _kind(term: Term) -> int:
    return 0 if isinstance(term, ox.NamedNode) else 1 if isinstance(term, ox.BlankNode) else 2


def _keys(pairs: Pairs) -> Ids:
    return pairs[0] << SHIFT | pairs[1]


def _unkeyed(keys: Ids) -> Pairs:
    return keys >> SHIFT, keys & (1 << SHIFT) - 1


def _distinct(starts: Ids, ends: Ids) -> Pairs:
    return _unkeyed(_unique(_keys((starts, ends))))


def _both(one: Pairs, other: Pairs) -> Pairs:
    return _unkeyed(_unique(np.concatenate([_keys(one), _keys(other)])))


def _without(one: Pairs, other: Pairs) -> Pairs:
    keys, others = _unique(_keys(one)), _unique(_keys(other))
    return _unkeyed(keys[~_among(keys, others)])


def _joined(keys: Ids, pairs: Pairs) -> Pairs:
    """Return for each key and each pair that begins with it the key's place and the pair's end."""
    left = np.searchsorted(pairs[0], keys, "left")
    counts = np.searchsorted(pairs[0], keys, "right") - left
    rows = np.repeat(np.arange(len(keys)), counts)
    offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, pairs[1][left[rows] + offsets]


def _from(pairs: Pairs, nodes: Ids) -> Pairs:
    """Return the pairs that begin with one of some nodes."""
    rows, ends = _joined(nodes, pairs)
    return nodes[rows], ends


def _counts(starts: Ids, nodes: Ids) -> Ids:
    """Return how often each node is among some sorted starts."""
    return np.searchsorted(starts, nodes, "right") - np.searchsorted(starts, nodes, "left")


def _among(values: Ids, nodes: Ids) -> npt.NDArray[np.bool_]:
    """Return which values are among some sorted nodes."""
    if not len(nodes):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(nodes, values), len(nodes) - 1)
    return np.asarray(nodes[at] == values, np.bool_)


def _less(values: Ids, nodes: Ids) -> Ids:
    """Return the values that are not among some sorted nodes."""
    return values[~_among(values, nodes)]


def _kept(pairs: Pairs, bad: npt.NDArray[np.bool_]) -> _Violations:
    return _Violations(pairs[0][bad], pairs[1][bad])
