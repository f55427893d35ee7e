"""What a change of triples touches: the target nodes whose results can differ.

For each place where a query or a path of a shape reads a triple there is a *chain*: patterns that
must hold too, and lead from that triple to the target node. A changed triple is bound where it is
read, the chain is asked, and its ends are the nodes that it touches; conditions are left out, so
more may be touched than differ, never less. What an OPTIONAL or an EXISTS reads is linked to what
stands beside it only by variables that are bound there in every row; where that leads nowhere, all
targets of the shape are touched.

Chains are asked of the data after the change with the removed triples beside it: whatever held
before or holds now is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, product
from typing import Any

import pyoxigraph as ox

from crosswalk.shapes.algebra import (
    Bind,
    Element,
    Exists,
    Filter,
    Gap,
    Group,
    InGraph,
    Mark,
    Minus,
    Nested,
    Optional,
    Outside,
    Query,
    Service,
    Subselect,
    Triple,
    Union,
    Unreadable,
    Values,
    all_mentioned,
    certain,
    columns,
    mentioned,
    path_between,
    path_text,
    renamed,
    renamed_query,
    variables,
)
from crosswalk.shapes.paths import may_stay
from crosswalk.shapes.select import THIS, VALUE, asked_query, fixed
from crosswalk.shapes.targets import Classes
from crosswalk.shapes.values import (
    Alternative,
    And,
    Ask,
    Closed,
    Custom,
    DisjointWith,
    Equals,
    InClass,
    Inverse,
    LessThan,
    Named,
    Not,
    OneOf,
    Or,
    Path,
    Predicate,
    Qualified,
    Repeated,
    Sequence_,
    Shape,
    Shapes,
    Sparql,
    TargetKind,
    Term,
    Unread,
    WithNode,
    WithProperty,
)

__all__ = ["Reading", "Readings", "Touched", "readings", "touched"]

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
TYPE = Predicate(ox.NamedNode(RDF_TYPE))
SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"

Touched = dict[Named, set[Term] | None]
"""Targeted shape → the target nodes that are touched; None is all of them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A place where a shape reads a triple, and how it is linked to the target node."""

    shape: Named
    """The targeted shape."""
    subject: str
    """A variable or a term, as SPARQL writes it; so are the other two."""
    predicate: str
    object: str
    chain: tuple[Triple, ...] | None
    """The patterns to the target node, ``?this``; None where none lead there."""
    witness: Triple | None = None
    """Where only it matters whether there is any match: the pattern that is matched."""
    of_class: str | None = None
    """The class whose instances are asked for, where the object is a class."""

    def reads(self, triple: ox.Triple, classes: Classes) -> bool:
        """Return whether the triple can be what is read here."""
        for wanted, term in (
            (self.subject, triple.subject),
            (self.predicate, triple.predicate),
            (self.object, triple.object),
        ):
            if wanted[0] == "<" and wanted != str(term):
                return False
        if self.subject == self.object and triple.subject != triple.object:
            return False
        if self.of_class is None:
            return True
        known = classes.get(self.of_class) or (self.of_class,)
        return isinstance(triple.object, ox.NamedNode) and triple.object.value in known


@dataclass(frozen=True, slots=True)
class Readings:
    """All readings of some shapes, by the predicate that they read."""

    by_predicate: Mapping[str, tuple[Reading, ...]] = field(repr=False)
    of_any: tuple[Reading, ...]
    """Those that read any predicate."""
    shapes: Mapping[Named, Shape] = field(repr=False)
    """The targeted shapes."""
    blind: Mapping[Named, str]
    """Shapes that any change touches wholly, and why."""

    def of(self, triple: ox.Triple) -> Iterator[Reading]:
        """Yield the readings that may read a triple."""
        yield from self.by_predicate.get(str(triple.predicate), ())
        yield from self.of_any


# what is read


def readings(shapes: Shapes) -> Readings:
    """Return what the shapes with targets read.

    >>> from crosswalk.shapes import read
    >>> readings(read([])).of_any
    ()
    """
    found: dict[str, dict[Reading, None]] = defaultdict(dict)
    blind: dict[Named, str] = {}
    for shape in shapes.targeted():
        reader = _Reader(shapes, shape.term)
        try:
            reader.targets(shape)
            reader.shape(shape, THIS, (), ())
        except Unreadable as reason:
            blind[shape.term] = str(reason)
            continue
        for reading in reader.found:
            key = "" if reading.predicate[0] == "?" else reading.predicate
            found[key][reading] = None
    of_any = tuple(found.pop("", ()))
    by_predicate = {predicate: tuple(held) for predicate, held in found.items()}
    return Readings(by_predicate, of_any, {s.term: s for s in shapes.targeted()}, blind)


@dataclass
class _Reader:
    """The collecting of what one targeted shape reads."""

    shapes: Shapes
    targeted: Named
    found: list[Reading] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def fresh(self) -> str:
        return f"?x{next(self.numbers)}"

    def add(
        self,
        triple: Triple,
        beside: Sequence[Triple],
        of_class: str | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Note a pattern that is read, beside what must hold with it."""
        if _stays(triple.verb) and not _anchored(triple, beside):
            raise Unreadable(f"any node is at both ends of {path_text(triple.verb)}")  # type: ignore[arg-type]
        for step, more in _steps(triple, self.fresh):
            chain = _chain(step, (*beside, *more))
            if chain is not None:
                chain = tuple(flat for one in chain for flat in _flat(one, self.fresh))
            verb = step.verb if isinstance(step.verb, str) else path_text(step.verb)
            witness = triple if alone and chain is None and _single_steps(triple.verb) else None
            found = Reading(
                self.targeted, step.subject, verb, step.object, chain, witness, of_class
            )
            self.found.append(_canonical(found))

    def targets(self, shape: Shape) -> None:
        for target in shape.targets:
            match target.kind:
                case TargetKind.NODE:
                    pass
                case TargetKind.CLASS:
                    self.add(Triple(THIS, TYPE, self.fresh()), (), target.term.value)
                case TargetKind.SUBJECTS | TargetKind.OBJECTS:
                    assert isinstance(target.term, ox.NamedNode)  # noqa: S101 - read() saw to it
                    ends = (THIS, self.fresh())
                    if target.kind is TargetKind.OBJECTS:
                        ends = ends[::-1]
                    self.add(Triple(ends[0], Predicate(target.term), ends[1]), ())
                case TargetKind.OTHER:
                    raise Unreadable("sh:target is of SHACL-AF")

    def shape(
        self, shape: Shape, node: str, beside: tuple[Triple, ...], above: tuple[Named, ...]
    ) -> None:
        """Note what a shape reads of a node, which what stands beside links to the target."""
        if shape.deactivated:
            return
        if shape.term in above:
            raise Unreadable(f"{shape.term} leads to itself")
        above = (*above, shape.term)
        value, within = node, beside
        if shape.path is not None:
            value = self.fresh()
            path = Triple(node, shape.path, value)
            self.add(path, beside)
            within = (*beside, path)
        for constraint in shape.constraints:
            inner: tuple[Named, ...] = ()
            match constraint:
                case InClass(cls):
                    self.add(Triple(value, TYPE, self.fresh()), within, cls.value)
                case Equals(predicate) | DisjointWith(predicate) | LessThan(predicate):
                    self.add(Triple(node, Predicate(predicate), self.fresh()), beside)
                case Closed():
                    self.add(Triple(value, self.fresh(), self.fresh()), within)
                case Not(one) | WithNode(one) | WithProperty(one):
                    inner = (one,)
                case And(many) | Or(many) | OneOf(many):
                    inner = many
                case Qualified():
                    inner = (constraint.shape, *constraint.siblings)
                case Sparql():
                    self.query(asked_query(constraint.select, shape), shape, node, None, beside)
                case Custom():
                    self.component(constraint, shape, node, value, beside, within)
                case Unread():
                    raise Unreadable(f"{constraint.predicate} is not read")
                case _:
                    pass
            for term in inner:
                found = self.shapes.shapes.get(term)
                if found is not None:
                    self.shape(found, value, within, above)

    def component(
        self,
        constraint: Custom,
        shape: Shape,
        node: str,
        value: str,
        beside: tuple[Triple, ...],
        within: tuple[Triple, ...],
    ) -> None:
        component = constraint.of
        own = component.property_validator if shape.path else component.node_validator
        validator = own or component.validator
        if validator is None:
            raise Unreadable("the component has no validator for such a shape")
        query = asked_query(validator.query, shape, ask=validator.ask)
        constants = {f"?{p.name}": values[0] for p, values in constraint.values}
        if any(len(values) > 1 for _, values in constraint.values):
            raise Unreadable("a parameter has several values")
        query = fixed(query, shape, constants)
        if validator.ask:
            self.query(query, shape, node, value, within)
        else:
            self.query(query, shape, node, None, beside)

    def query(
        self, query: Query, shape: Shape, node: str, value: str | None, beside: tuple[Triple, ...]
    ) -> None:
        """Note what a query reads; its own variables are called apart from all others."""
        query = fixed(query, shape, {})
        if any(isinstance(p, Exists) for e in _expressions(query) for p in e):
            raise Unreadable("EXISTS stands outside the group of a query")
        names = {v: self.fresh() for v in sorted(all_mentioned(query))}
        names[THIS] = node
        bound = {node}
        if value is not None:
            names[VALUE] = value
            bound.add(value)
        self.group(renamed_query(query, names).where, beside, bound, set())

    def group(
        self, group: Group, beside: tuple[Triple, ...], bound: set[str], outer: set[str]
    ) -> None:
        """Note what a group reads.

        :param beside: the patterns that hold wherever a row of the group matters.
        :param bound: the variables that SHACL binds before.
        :param outer: those that an OPTIONAL's filters see bound in what stands beside it.
        """
        elements = _without_aliases(group.elements)
        required = [e for e in elements if isinstance(e, Triple)]
        near = (*beside, *required)
        for at, element in enumerate(elements):
            match element:
                case Triple():
                    self.add(element, [t for t in near if t is not element])
                case Filter(expression) | Bind(expression, _):
                    seen = certain(elements) | bound | outer
                    for part in expression.parts:
                        if isinstance(part, Exists):
                            self.exists(part.group, near, bound, seen)
                case Optional(inner) | Minus(inner):
                    seen = certain(elements[:at]) | bound
                    self.group(self.apart(inner, seen), near, bound, seen)
                case Union(groups):
                    for one in groups:
                        self.group(one, near, bound, set())
                case Nested(inner):
                    self.group(inner, near, bound, set())
                case Subselect(query):
                    self.group(self.subselect(query, bound), near, bound, set())
                case InGraph() | Service():
                    raise Unreadable("it reads other graphs")
                case Values() | Gap() | Mark():
                    pass

    def exists(
        self, group: Group, beside: tuple[Triple, ...], bound: set[str], seen: set[str]
    ) -> None:
        inner = self.apart(group, seen)
        only = inner.elements[0] if len(inner.elements) == 1 else None
        if isinstance(only, Triple) and not seen & set(variables(only)):
            self.add(only, beside, alone=True)
        else:
            self.group(inner, beside, bound, set())

    def apart(self, group: Group, seen: set[str]) -> Group:
        """Return a group whose variables are its own, but for those that are seen outside."""
        names = {v: self.fresh() for v in sorted(mentioned(group) - seen)}
        return renamed(group, names)

    def subselect(self, query: Query, bound: set[str]) -> Group:
        if any(isinstance(p, Exists) for e in _expressions(query) for p in e):
            raise Unreadable("EXISTS stands outside the group of a query")
        shown = {v for v, e in columns(query) if e is None}
        if query.aggregated:
            shown &= {str(e.parts[0]) for e, _ in query.grouping if len(e.parts) == 1}
        if query.cut:
            shown = set()
        own = sorted(all_mentioned(query) - shown - bound)
        return renamed_query(query, {v: self.fresh() for v in own}).where


def _expressions(query: Query) -> Iterator[tuple[str | Exists, ...]]:
    for _, expression in columns(query):
        if expression is not None:
            yield expression.parts
    for expression, _ in query.grouping:
        yield expression.parts
    for expression in query.having:
        yield expression.parts


def _without_aliases(elements: Sequence[Element]) -> tuple[Element, ...]:
    """Return elements in which ``BIND(?x AS ?y)`` has made one variable of the two."""
    for element in elements:
        if isinstance(element, Bind):
            parts = [p for p in element.expression.parts if p not in ("(", ")")]
            if len(parts) == 1 and isinstance(parts[0], str) and parts[0][0] == "?":
                rest = Group(tuple(e for e in elements if e is not element))
                return _without_aliases(renamed(rest, {element.variable: parts[0]}).elements)
    return tuple(elements)


def _stays(verb: str | Path | Outside) -> bool:
    return not isinstance(verb, (str, Outside)) and may_stay(verb)


def _anchored(triple: Triple, beside: Iterable[Triple]) -> bool:
    ends = (triple.subject, triple.object)
    if THIS in ends or any(end[0] != "?" for end in ends):
        return True
    return any(end in (t.subject, t.object) for t in beside for end in ends)


def _steps(triple: Triple, fresh: Callable[[], str]) -> Iterator[tuple[Triple, tuple[Triple, ...]]]:
    """Yield each step that a pattern's path takes, and the patterns that lead to its ends."""
    start, verb, end = triple.subject, triple.verb, triple.object
    match verb:
        case str() | Predicate():
            yield triple, ()
        case Outside():
            any_ = fresh()
            if verb.forward:
                yield Triple(start, any_, end), ()
            if verb.backward:
                yield Triple(end, any_, start), ()
        case Inverse(inner):
            yield from _steps(Triple(end, inner, start), fresh)
        case Alternative(paths):
            for path in paths:
                yield from _steps(Triple(start, path, end), fresh)
        case Sequence_(steps):
            ends = [start, *(fresh() for _ in steps[1:]), end]
            all_ = [Triple(ends[n], path, ends[n + 1]) for n, path in enumerate(steps)]
            for one in all_:
                others = tuple(other for other in all_ if other is not one)
                for step, more in _steps(one, fresh):
                    yield step, (*others, *more)
        case Repeated(inner, "?"):
            yield from _steps(Triple(start, inner, end), fresh)
        case Repeated(inner, _):
            here, there = fresh(), fresh()
            again = Repeated(inner, "*")
            around = (Triple(start, again, here), Triple(there, again, end))
            for step, more in _steps(Triple(here, inner, there), fresh):
                yield step, (*around, *more)


def _chain(step: Triple, beside: Sequence[Triple]) -> tuple[Triple, ...] | None:
    """Return the fewest patterns that link a step to the target node, or None.

    From its subject if they do, else from its object: what many share stands as an object.
    """
    if THIS in variables(step):
        return ()
    for start in variables(step):
        found = path_between(start, THIS, beside)
        if found is not None:
            return found
    return None


def _flat(pattern: Triple, fresh: Callable[[], str]) -> Iterator[Triple]:
    """Yield the patterns of single steps that a pattern's path is, as far as it is that."""
    match pattern.verb:
        case Inverse(inner):
            yield from _flat(Triple(pattern.object, inner, pattern.subject), fresh)
        case Sequence_(steps):
            ends = [pattern.subject, *(fresh() for _ in steps[1:]), pattern.object]
            for at, path in enumerate(steps):
                yield from _flat(Triple(ends[at], path, ends[at + 1]), fresh)
        case _:
            yield pattern


def _canonical(reading: Reading) -> Reading:
    """Return a reading whose variables are named by their order, so that equal ones are equal."""
    names: dict[str, str] = {THIS: THIS}

    def name(term: str) -> str:
        if term[0] != "?":
            return term
        return names.setdefault(term, f"?v{len(names)}")

    ends = [name(t) for t in (reading.subject, reading.predicate, reading.object)]
    chain = reading.chain and tuple(
        Triple(name(t.subject), name(t.verb) if isinstance(t.verb, str) else t.verb, name(t.object))
        for t in reading.chain
    )
    witness = reading.witness and Triple(
        name(reading.witness.subject), reading.witness.verb, name(reading.witness.object)
    )
    return replace(
        reading,
        subject=ends[0],
        predicate=ends[1],
        object=ends[2],
        chain=chain,
        witness=witness,
    )


# what is touched


def touched(
    held: Readings,
    ask: Ask,
    added: Collection[ox.Triple],
    removed: Collection[ox.Triple],
    *,
    classes: Classes,
) -> Touched:
    """Return the target nodes whose results a change can make differ, of each targeted shape.

    :param ask: answers from the data after the change.
    :param classes: the subclasses in that data.
    """
    changed = [*added, *removed]
    if any(triple.predicate.value == SUBCLASS for triple in changed):
        return dict.fromkeys(held.shapes)
    found: Touched = {}
    if changed:
        found.update(dict.fromkeys(held.blind))
    bound: dict[Reading, list[ox.Triple]] = defaultdict(list)
    for triple in changed:
        for reading in held.of(triple):
            if reading.reads(triple, classes):
                bound[reading].append(triple)
    asked: dict[str, list[Term]] = {}
    gone = _Gone(removed, frozenset(t for c in changed for t in (c.subject, c.object)))
    for reading, triples in bound.items():
        if found.get(reading.shape, ()) is None:
            continue
        nodes = _nodes(reading, triples, gone, ask, asked)
        if nodes is None:
            found[reading.shape] = None
        else:
            known = found.setdefault(reading.shape, set())
            assert known is not None  # noqa: S101 - seen above
            known.update(nodes)
    return {shape: nodes for shape, nodes in found.items() if nodes is None or nodes}


@dataclass(frozen=True, slots=True)
class _Gone:
    """The removed triples, as what stands beside the data."""

    triples: Collection[ox.Triple]
    ends: Collection[object]
    """The subjects and objects of all triples that have changed."""

    def beside(self, pattern: Triple) -> str | None:
        """Return a pattern that also holds of removed triples; None if that cannot be said."""
        verb = pattern.verb
        text = verb if isinstance(verb, str) else path_text(verb)
        said = f"{pattern.subject} {text} {pattern.object} ."
        if not self.triples or (not isinstance(verb, str) and not self.walks(verb)):
            return said
        taken = _single_steps(verb)
        if taken is None:
            return None
        rows: set[tuple[Term, ...]] = set()
        names = [end for end in (pattern.subject, verb, pattern.object) if str(end)[:1] == "?"]
        if len(set(names)) < len(names):
            return None
        for step, backwards in taken:
            ends = (pattern.subject, step, pattern.object)
            for triple in self.triples:
                terms: tuple[Any, ...] = (triple.subject, triple.predicate, triple.object)
                if backwards:
                    terms = terms[::-1]
                if all(e[0] != "<" or e == str(t) for e, t in zip(ends, terms, strict=True)):
                    rows.add(tuple(t for e, t in zip(ends, terms, strict=True) if e[0] == "?"))
        if any(isinstance(term, (ox.BlankNode, ox.Triple)) for row in rows for term in row):
            return None
        if not rows:
            return said
        table = " ".join(sorted(f"({' '.join(map(str, row))})" for row in rows))
        return f"{{ {said} }} UNION {{ VALUES ({' '.join(map(str, names))}) {{ {table} }} }}"

    def walks(self, path: Path | Outside) -> bool:
        """Return whether a path can take a step along a removed triple."""
        match path:
            case Predicate(iri):
                return any(triple.predicate == iri for triple in self.triples)
            case Inverse(inner) | Repeated(inner, _):
                return self.walks(inner)
            case Sequence_(paths) | Alternative(paths):
                return any(map(self.walks, paths))
            case _:
                return True


def _single_steps(verb: str | Path | Outside) -> list[tuple[str, bool]] | None:
    """Return the predicates of which a path takes one, and whether backwards; None if more."""
    match verb:
        case str():
            return [(verb, False)]
        case Predicate(iri):
            return [(str(iri), False)]
        case Inverse(Predicate(iri)):
            return [(str(iri), True)]
        case Alternative(paths):
            found = [_single_steps(path) for path in paths]
            return None if None in found else [one for steps in found for one in steps or ()]
        case _:
            return None


def _nodes(
    reading: Reading,
    triples: Sequence[ox.Triple],
    gone: _Gone,
    ask: Ask,
    asked: dict[str, list[Term]],
) -> Collection[Term] | None:
    """Return the target nodes to which a reading links the triples; None for all."""
    if reading.chain is None:
        return () if reading.witness and _stays_matched(reading.witness, gone.ends, ask) else None
    if not reading.chain:
        if reading.subject == THIS:
            return {triple.subject for triple in triples}  # type: ignore[misc]
        if reading.object == THIS:
            return {triple.object for triple in triples}  # type: ignore[misc]
        return {triple.predicate for triple in triples}
    linked = {v for pattern in reading.chain for v in variables(pattern)}
    ends = {
        end: at
        for at, end in enumerate((reading.subject, reading.predicate, reading.object))
        if end in linked
    }
    rows = set()
    for triple in triples:
        terms = (triple.subject, triple.predicate, triple.object)
        row = [terms[at] for at in ends.values()]
        if any(isinstance(term, (ox.BlankNode, ox.Triple)) for term in row):
            return None
        rows.add(f"({' '.join(map(str, row))})")
    values = f"VALUES ({' '.join(ends)}) {{ {' '.join(sorted(rows))} }}"
    found: set[Term] = set()
    for chain, target in _shortened(reading.chain, ends):
        patterns = [gone.beside(pattern) for pattern in chain]
        if None in patterns:
            return None
        shown = THIS if target == THIS else f"({target} AS {THIS})"
        text = f"SELECT DISTINCT {shown} WHERE {{ {values} {' '.join(map(str, patterns))} }}"
        if text not in asked:
            asked[text] = [row[0] for row in ask(text) if row[0] is not None]
        found.update(asked[text])
    return found


def _stays_matched(witness: Triple, ends: Collection[object], ask: Ask) -> bool:
    """Return whether a pattern is matched by a triple that has not changed."""
    names = sorted(set(variables(witness)))
    if not names:
        return False
    verb = witness.verb if isinstance(witness.verb, str) else path_text(witness.verb)
    text = (
        f"SELECT DISTINCT {' '.join(names)} WHERE {{ {witness.subject} {verb} {witness.object} }} "
        f"LIMIT {4 * len(ends) + 1}"
    )
    return any(not any(term in ends for term in row) for row in ask(text))


def _shortened(
    chain: tuple[Triple, ...], start: Collection[str]
) -> Iterator[tuple[tuple[Triple, ...], str]]:
    """Yield a chain and its end, also as it is where paths that may stay take no step."""
    staying = [at for at, pattern in enumerate(chain) if _stays(pattern.verb)]
    for left_out in product((False, True), repeat=len(staying)):
        names: dict[str, str] = {}
        kept: list[Triple] = []
        reached = set(start)
        out = {at for at, leave in zip(staying, left_out, strict=True) if leave}
        for at, pattern in enumerate(chain):
            (one,) = renamed(Group((pattern,)), names).elements
            assert isinstance(one, Triple)  # noqa: S101 - it was one before
            if at in out:
                near, far = (one.subject, one.object)
                if near not in reached:
                    near, far = far, near
                if far[0] == "?":
                    names = {k: near if v == far else v for k, v in names.items()} | {far: near}
            else:
                kept.append(one)
            reached.update(variables(one))
        yield tuple(kept), names.get(THIS, THIS)
