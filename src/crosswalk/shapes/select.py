"""SHACL-SPARQL over sets: a constraint's query asked once for all focus nodes.

SHACL binds ``$this`` before a query is evaluated, in each of its scopes (5.3.1). Here the focus
nodes are joined instead: into each scope that speaks of ``$this`` where its patterns do not bind
it, and once into the whole. Each row then belongs to one focus node, and what works row by row
(joins, OPTIONAL, UNION, FILTER, BIND) gives for all what it gives for each; groups are kept apart
by ``$this`` as a key. Where that does not hold, the constraint is not compiled, and why is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import pyoxigraph as ox

from crosswalk.errors import DataError
from crosswalk.shapes.algebra import (
    GAP,
    RDF,
    Bind,
    Element,
    Exists,
    Expression,
    Filter,
    Gap,
    Group,
    InGraph,
    Mark,
    Minus,
    Nested,
    Optional,
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
    expression_text,
    group_text,
    mentioned,
    mentioned_in,
    path_between,
    path_text,
    read_query,
    renamed_query,
    variables,
    visible,
    written,
)
from crosswalk.shapes.paths import reached
from crosswalk.shapes.targets import FOCUS, NotCompiledError, Place, filled, focus
from crosswalk.shapes.values import (
    Custom,
    Declared,
    Predicate,
    Result,
    Shape,
    Sparql,
    Term,
)

__all__ = ["THIS", "VALUE", "Selected", "asked_query", "fixed", "selected"]

THIS = "?this"
VALUE = "?value"
TYPE = Predicate(ox.NamedNode(f"{RDF}type"))
KNOWN = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes that shapes use without declaring them, and that pySHACL knows."""
SUBSTITUTED = re.compile(r"\{[?$](\w+)\}")
RESERVED = re.compile(r"\?(?:class|t|o|s)\d+")
"""Variables of a pattern of targets."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One query of a constraint at a place: its text, and how its rows read as results."""

    place: Place
    constraint: Sparql | Custom
    text: str = field(repr=False)
    """The SELECT, but for its marks; its columns are the chain of the place, then these."""
    variables: tuple[str, ...]
    """The columns after the chain, without ``?``."""
    constants: tuple[tuple[str, Term], ...] = ()
    """What parameters of a component stand for."""
    messages: tuple[ox.Literal, ...] = ()

    def results(self, row: Sequence[Term | None]) -> Iterator[Result]:
        """Yield what a row says: the nodes of the chain, then the other columns."""
        shape = self.place.shape
        length = len(self.place.chain)
        focus = row[length - 1]
        if focus is None:
            return
        held = dict(zip(self.variables, row[length:], strict=True))
        value = held.get("value")
        if value is None and shape.path is None:
            value = focus
        stated = held.get("path")
        told = {**dict(self.constants), **held, "this": focus, "value": value}
        named = stated if isinstance(stated, ox.NamedNode) else None
        yield Result(
            focus=focus,
            path=shape.path if named is None else Predicate(named),
            value=value,
            component=self.constraint.iri,
            shape=shape.term,
            severity=shape.severity,
            messages=tuple(_filled(message, told) for message in self.messages),
            source=self.constraint.node if isinstance(self.constraint, Sparql) else None,
            path_term=shape.path_term if named is None else named,
            target=row[0],
            targeted=self.place.targeted.term,
        )


def _filled(message: ox.Literal, told: Mapping[str, Term | None]) -> ox.Literal:
    """Return a message with its ``{?x}`` replaced; one that names nothing keeps its language."""

    def fill(found: re.Match[str]) -> str:
        term = told.get(found[1])
        return found[0] if term is None else term.value

    text = SUBSTITUTED.sub(fill, message.value)
    return message if text == message.value else ox.Literal(text)


def asked_query(declared: Declared, shape: Shape, *, ask: bool = False) -> Query:
    """Return the query of a constraint as read, with ``$PATH`` filled in.

    :raises DataError: if it holds what SHACL forbids.
    :raises Unreadable: if it is not understood.
    """
    query = read_query(
        declared.text,
        KNOWN | dict(declared.prefixes),
        path=path_text(shape.path, bare=False) if shape.path else None,
    )
    if query.ask != ask:
        raise Unreadable("an ASK stands where a SELECT is expected, or the reverse")
    return query


def selected(place: Place, constraint: Sparql | Custom) -> tuple[Selected, ...]:
    """Return the queries that answer a SPARQL constraint for all focus nodes of a place.

    :raises DataError: if the query holds what SHACL forbids.
    :raises NotCompiledError: if it is not compiled: why.
    """
    try:
        found = tuple(_selected(place, constraint))
        for one in found:
            for _ in ox.Store().query(filled(one.text, place.chain[0], None, {})):  # type: ignore[union-attr]
                pass
    except Unreadable as reason:
        raise NotCompiledError(f"a query of {place.shape.term}: {reason}") from None
    except (SyntaxError, RuntimeError) as error:
        raise NotCompiledError(
            f"a query of {place.shape.term} is not understood by the engine: {error}"
        ) from None
    return found


def _selected(place: Place, constraint: Sparql | Custom) -> Iterator[Selected]:
    shape = place.shape
    if isinstance(constraint, Sparql):
        query = asked_query(constraint.select, shape)
        yield _select(place, constraint, query, {}, constraint.messages + shape.messages)
        return
    component = constraint.of
    own = component.property_validator if shape.path else component.node_validator
    validator = own or component.validator
    if validator is None:
        raise Unreadable("the component has no validator for such a shape")
    names = [f"?{parameter.name}" for parameter, _ in constraint.values]
    query = asked_query(validator.query, shape, ask=validator.ask)
    messages = shape.messages + validator.messages
    build = _ask if validator.ask else _select
    for combination in product(*(values for _, values in constraint.values)):
        constants = dict(zip(names, combination, strict=True))
        yield build(place, constraint, query, constants, messages)


def _select(
    place: Place,
    constraint: Sparql | Custom,
    query: Query,
    constants: Mapping[str, Term],
    messages: tuple[ox.Literal, ...],
) -> Selected:
    chain, targets = place.chain, focus(place)
    _refuse(query, {THIS, *constants}, place.shape)
    query = fixed(query, place.shape, constants)
    names = [variable for variable, _ in columns(query)]
    if THIS not in names:
        raise Unreadable("it does not show $this")
    if "?failure" in names:
        raise Unreadable("it may tell a failure")
    if query.cut:
        raise Unreadable("LIMIT and OFFSET hold for each focus node")
    if query.aggregated and not query.grouping:
        raise Unreadable("it aggregates without GROUP BY")
    query, shown = _apart(query, targets)
    where = _quick(query, _prebound(query.where, (THIS,), top=True), chain)
    if chain == (THIS,) and not place.targeted.targets:
        where = _near(where)
    keys = query.grouping
    if query.aggregated:
        grouped = {e.parts[0] for e, _ in keys if len(e.parts) == 1} | {v for _, v in keys}
        keys = (*keys, *((Expression((v,)), None) for v in chain if v not in grouped))
    rest = tuple((v, e) for v, e in columns(query) if v not in chain)
    whole = replace(
        query,
        distinct=True,
        projection=(*((v, None) for v in chain), *rest),
        where=where,
        grouping=keys,
    )
    if query.aggregated or len(place.targeted.targets) > 1:
        # Rows that are counted are there once; and a store joins several kinds of targets badly.
        targets = f"{{ SELECT DISTINCT {' '.join(chain)} WHERE {{ {targets} }} }}"
    return Selected(
        place,
        constraint,
        _filled_gaps(written(whole), targets, chain),
        tuple(shown.get(v, v)[1:] for v, _ in rest),
        tuple((name[1:], term) for name, term in constants.items()),
        messages,
    )


def _ask(
    place: Place,
    constraint: Sparql | Custom,
    query: Query,
    constants: Mapping[str, Term],
    messages: tuple[ox.Literal, ...],
) -> Selected:
    """Return the query for the value nodes for which an ASK is not true."""
    chain, path = place.chain, place.shape.path
    targets = focus(place)
    if path is None:
        targets = f"{{ {targets} }} BIND({THIS} AS {VALUE})"
    else:
        targets = reached(targets, THIS, path, VALUE)
    _refuse(query, {THIS, VALUE, *constants}, place.shape)
    query, _ = _apart(fixed(query, place.shape, constants), targets)
    filters = [e.expression for e in query.where.elements if isinstance(e, Filter)]
    if len(filters) == len(query.where.elements):
        told = " && ".join(f"({expression_text(e)})" for e in filters)
        body = f"FILTER(!COALESCE({told or 'true'} && true, false))"
    else:
        where = _prebound(query.where, (THIS, VALUE), top=True)
        inner = group_text(_quick(replace(query, projection=((THIS, None),)), where, chain))
        inner = _filled_gaps(inner, f"{{ {targets} }}", chain)
        body = f"MINUS {{ SELECT DISTINCT {THIS} {VALUE} WHERE {inner} }}"
    return Selected(
        place,
        constraint,
        f"SELECT DISTINCT {' '.join(chain)} {VALUE} WHERE {{ {{ {targets} }} {body} }}",
        ("value",),
        tuple((name[1:], term) for name, term in constants.items()),
        messages,
    )


def _filled_gaps(text: str, targets: str, chain: tuple[str, ...]) -> str:
    """Return a text with the targets in its gaps; its own marks are of ``?this``."""
    return (text if chain == (THIS,) else text.replace(FOCUS, "")).replace(GAP, targets)


# what SHACL forbids, and constants


def _groups(group: Group) -> Iterator[Group]:
    """Yield a group and all groups within it, those of subselects and EXISTS included."""
    yield group
    for element in group.elements:
        match element:
            case Filter(expression) | Bind(expression, _):
                for part in expression.parts:
                    if isinstance(part, Exists):
                        yield from _groups(part.group)
            case Union(groups):
                for branch in groups:
                    yield from _groups(branch)
            case Nested(inner) | Optional(inner) | Minus(inner) | InGraph(_, inner):
                yield from _groups(inner)
            case Subselect(query):
                yield from _groups(query.where)
            case _:
                pass


def _refuse(query: Query, prebound: set[str], shape: Shape) -> None:
    """Refuse what SHACL forbids in a query whose variables are bound before it is evaluated."""

    def refused(offence: str) -> DataError:
        return DataError(
            f"a query of the shape {offence}",
            place=str(shape.term),
            remedy="See the W3C Recommendation SHACL, 5.3.1 and appendix A.",
        )

    guarded = prebound | {"?currentShape", "?shapesGraph"}
    if any(e is not None and v in guarded for v, e in query.projection or ()):
        raise refused("assigns a variable that SHACL binds")
    for group in _groups(query.where):
        for element in group.elements:
            match element:
                case Minus():
                    raise refused("holds MINUS")
                case Service():
                    raise refused("holds SERVICE")
                case Values():
                    raise refused("holds VALUES")
                case Bind(_, variable) if variable in guarded:
                    raise refused(f"assigns {variable}, which SHACL binds")
                case Subselect(inner):
                    if inner.projection is None:
                        raise refused("holds a nested SELECT *, which shows none that SHACL binds")
                    shown = {v for v, e in inner.projection if e is None}
                    if any(v in guarded for v, e in inner.projection if e is not None):
                        raise refused("assigns a variable that SHACL binds")
                    if not prebound <= shown:
                        missed = ", ".join(sorted(prebound - shown))
                        raise refused(f"holds a nested SELECT that does not show {missed}")
                case _:
                    pass


def fixed(query: Query, shape: Shape, constants: Mapping[str, Term]) -> Query:
    """Return a query with ``$currentShape`` and the parameters of its component filled in."""
    held = all_mentioned(query)
    if "?shapesGraph" in held:
        raise Unreadable("$shapesGraph asks for the graph of the shapes, which is not in the data")
    names = {}
    for name, term in {**constants, "?currentShape": shape.term}.items():
        if name in held:
            if isinstance(term, ox.BlankNode):
                raise Unreadable(f"{name} is a blank node, which SPARQL cannot name")
            names[name] = str(term)
    return renamed_query(query, names) if names else query


def _apart(query: Query, targets: str) -> tuple[Query, dict[str, str]]:
    """Return a query whose variables are not those of the targets, and the names they had."""
    taken = set(re.findall(r"\?\w+", targets)) - {THIS, VALUE}
    inner: set[str] = set()
    for group in _groups(query.where):
        inner |= mentioned(group)
    clash = {v for v in inner | all_mentioned(query) if v in taken or RESERVED.fullmatch(v)}
    if not clash:
        return query, {}
    names = {v: f"?_u_{v[1:]}" for v in clash}
    return renamed_query(query, names), {new: old for old, new in names.items()}


# binding before


def _prebound(
    group: Group, names: tuple[str, ...], *, top: bool = False, outer: set[str] | None = None
) -> Group:
    """Return a group that binds some variables wherever it speaks of them.

    :param top: whether it must bind them in any case.
    :param outer: of the group of an OPTIONAL: what is bound beside it, for its filters.
    """
    elements: list[Element] = []
    for element in group.elements:
        match element:
            case Union(groups):
                elements.append(Union(tuple(_prebound(g, names) for g in groups)))
            case Nested(inner):
                elements.append(Nested(_prebound(inner, names)))
            case InGraph(name, inner):
                elements.append(InGraph(name, _prebound(inner, names)))
            case Subselect(query):
                elements.append(Subselect(_prebound_query(query, names)))
            case Optional(inner):
                before = certain(elements).union(names)  # a gap is put before it, if need be
                elements.append(Optional(_prebound(inner, names, outer=before)))
            case _:
                elements.append(element)
    wanted = set(names)
    needed = False
    for at, element in enumerate(elements):
        match element:
            case Bind(expression, _):
                needed |= bool(mentioned_in(expression) & wanted - certain(elements[:at]))
            case Filter(expression):
                needed |= bool(mentioned_in(expression) & wanted - certain(elements, outer or ()))
            case Optional(inner) | Minus(inner):
                needed |= bool(mentioned(inner) & wanted - certain(elements[:at]))
            case _:
                pass
    if needed or (top and not _filled_in(elements)):
        elements.insert(0, Gap(names))
    elif not top and outer is None and THIS in certain(elements) and not _filled_in(elements):
        elements.insert(0, Mark(FOCUS))
    return Group(tuple(elements))


def _prebound_query(query: Query, names: tuple[str, ...]) -> Query:
    if query.cut:
        raise Unreadable("LIMIT and OFFSET hold for each focus node")
    where = _prebound(query.where, names)
    if not set(names) <= certain(where.elements):
        where = Group((Gap(names), *where.elements))
    keys = query.grouping
    if query.aggregated:
        grouped = {e.parts[0] for e, _ in keys if len(e.parts) == 1}
        if not keys:
            raise Unreadable("an aggregate without GROUP BY")
        keys = (*keys, *((Expression((v,)), None) for v in names if v not in grouped))
    return replace(query, where=where, grouping=keys)


def _filled_in(elements: Sequence[Element]) -> bool:
    """Return whether each row has passed a gap."""
    for element in elements:
        match element:
            case Gap():
                return True
            case Nested(inner) if _filled_in(inner.elements):
                return True
            case Union(groups) if all(_filled_in(g.elements) for g in groups):
                return True
            case _:
                pass
    return False


# EXISTS


def _quick(query: Query, where: Group, chain: tuple[str, ...]) -> Group:
    """Return the group of a query with EXISTS around a join turned into what is quick."""
    shown = all_mentioned(replace(query, where=Group(()))) | set(chain)
    return _Quickening(not query.aggregated).group(where, shown)


@dataclass(frozen=True, slots=True)
class _Quickening:
    """EXISTS around a join turned into MINUS or a join, which a store answers in linear time.

    Asked row by row, EXISTS is quadratic in a store that computes its group anew each time. Where
    the same is not certain, it stays as it is: slower, but right.
    """

    sets: bool
    """Whether it does not matter how often a row is there: the query counts none. Those of its
    nested queries are left as they are."""

    def group(self, group: Group, elsewhere: set[str], *, optional: bool = False) -> Group:
        """Return a group that gives the same rows.

        :param elsewhere: the variables that the query speaks of outside this group.
        :param optional: whether it is that of an OPTIONAL, whose filters see what stands beside.
        """
        elements = self.inner(list(_split(group.elements)), elsewhere)
        if self.sets and not optional:
            elements = _existential(elements, elsewhere)
        elements = _unbound(elements, elsewhere)
        kept = [e for e in elements if _whole_exists(e) is None]
        asked = [(e, found) for e in elements if (found := _whole_exists(e)) is not None]
        rest: list[Element] = []
        for element, exists in asked:
            hidden = mentioned(exists.group) - visible(Group(tuple(kept)))
            if optional and hidden & elsewhere:
                rest.append(element)
            else:
                rest.append(self.quickened(element, exists, kept))
        return Group((*kept, *rest))

    def inner(self, elements: list[Element], elsewhere: set[str]) -> list[Element]:
        found: list[Element] = []
        for at, element in enumerate(elements):
            others = elements[:at] + elements[at + 1 :]
            outside = elsewhere | mentioned(Group(tuple(others)))
            match element:
                case Union(groups):
                    found.append(Union(tuple(self.group(g, outside) for g in groups)))
                case Nested(group):
                    found.append(Nested(self.group(group, outside)))
                case Optional(group):
                    found.append(Optional(self.group(group, outside, optional=True)))
                case _:
                    found.append(element)
        return found

    def quickened(self, element: Element, exists: Exists, beside: list[Element]) -> Element:
        inside = exists.group.elements
        if sum(isinstance(e, Triple) for e in inside) < 2 or not _plain(inside):
            return element
        seen = visible(Group(tuple(beside)))
        shared = mentioned(exists.group) & seen
        sure = certain(beside)
        if not shared & sure or not (exists.negated or self.sets):
            return element
        repeated: list[Element] = []
        if THIS not in certain(inside) or not shared <= certain(inside):
            if not _determined(beside):
                return element
            repeated = [e for e in beside if not isinstance(e, Filter) or not _asks(e)]
        else:
            repeated = [Mark(FOCUS)]
        before = certain(repeated)
        for at, one in enumerate(inside):
            if isinstance(one, Optional) and (
                mentioned(one.group) & seen - certain(inside[:at], before)
            ):
                return element
            if isinstance(one, Bind) and one.variable in seen:
                return element
        whole = Group(_merged(repeated, _types_last(inside, certain(repeated))))
        if exists.negated:
            return Minus(whole)
        known = seen if any(not isinstance(e, Mark) for e in repeated) else shared
        names = tuple((v, None) for v in sorted(known & visible(whole)))
        return Subselect(Query(False, True, names, whole))


def _merged(first: list[Element], then: list[Element]) -> tuple[Element, ...]:
    """Return the elements of both, the patterns side by side where that gives the same rows."""
    begin = [e for e in first if isinstance(e, (Triple, Gap, Mark))]
    patterns = [e for e in then if isinstance(e, Triple)]
    held = {v for pattern in patterns for v in variables(pattern)}
    if held & visible(Group(tuple(first))) - certain(begin):
        return (*first, *then)
    rest = (*(e for e in first if e not in begin), *(e for e in then if e not in patterns))
    return (*begin, *patterns, *rest)


def _types_last(elements: Iterable[Element], known: set[str]) -> list[Element]:
    """Return the elements with ``?x a ?class`` as a condition where others bind both.

    A store takes a class for selective, and begins with all its instances.
    """
    kept = list(elements)
    for element in elements:
        if isinstance(element, Triple) and element.verb == TYPE:
            others = [e for e in kept if isinstance(e, Triple) and e is not element]
            bound = certain(others, known)
            if element.subject in certain(others) and set(variables(element)) <= bound:
                exists = Expression((Exists(Group((element,)), False),))
                kept = [e for e in kept if e is not element] + [Filter(exists)]
    return kept


def _near(group: Group) -> Group:
    """Return a group whose OPTIONALs begin with the patterns that lead to them from ``?this``.

    Every row beside them has these already. A store that is asked of few nodes then does not
    evaluate the whole of an OPTIONAL of several patterns for them.
    """
    elements: list[Element] = []
    for element in group.elements:
        match element:
            case Optional(inner) if sum(isinstance(e, Triple) for e in inner.elements) > 1:
                beside = [e for e in elements if isinstance(e, Triple)]
                links: dict[Triple, None] = {}
                for start in sorted(certain(inner.elements) & certain(beside)):
                    links.update(dict.fromkeys(path_between(start, THIS, beside) or ()))
                near = THIS in certain(inner.elements) or links
                begin: tuple[Element, ...] = (Mark(FOCUS), *links) if near else ()
                elements.append(Optional(Group((*begin, *inner.elements))))
            case Union(groups):
                elements.append(Union(tuple(map(_near, groups))))
            case Nested(inner):
                elements.append(Nested(_near(inner)))
            case Minus(inner):
                elements.append(Minus(_near(inner)))
            case Subselect(query):
                elements.append(Subselect(replace(query, where=_near(query.where))))
            case _:
                elements.append(element)
    return Group(tuple(elements))


def _plain(elements: Iterable[Element]) -> bool:
    """Return whether there are but patterns, conditions and simple OPTIONALs."""
    for element in elements:
        match element:
            case Triple() | Mark():
                pass
            case Filter(expression) | Bind(expression, _):
                if any(
                    isinstance(p, Exists) and not _plain(p.group.elements) for p in expression.parts
                ):
                    return False
            case Optional(group) if _plain(group.elements) and not any(
                isinstance(e, Optional) or (isinstance(e, Filter) and _asks(e))
                for e in group.elements
            ):
                pass
            case _:
                return False
    return True


def _asks(element: Filter) -> bool:
    return any(isinstance(part, Exists) for part in element.expression.parts)


def _determined(elements: Iterable[Element]) -> bool:
    """Return whether two rows that agree where both are bound are the same row.

    OPTIONAL and BIND leave unbound what the rest of the row decides; a UNION may not.
    """
    for element in elements:
        match element:
            case Triple() | Bind() | Gap() | Filter() | Mark():
                pass
            case Union(groups):
                seen = {v for g in groups for v in visible(g)}
                if any(certain(g.elements) != seen for g in groups):
                    return False
                if not all(_determined(g.elements) for g in groups):
                    return False
            case Nested(group) | Optional(group):
                if not _determined(group.elements):
                    return False
            case _:
                return False
    return True


def _bare(expression: Expression) -> tuple[str | Exists, ...]:
    """Return the parts of an expression without brackets around them all."""
    parts = expression.parts
    while len(parts) > 2 and parts[0] == "(" and parts[-1] == ")":
        depth = 0
        for at, part in enumerate(parts):
            depth += (part == "(") - (part == ")")
            if depth == 0 and at < len(parts) - 1:
                return parts
        parts = parts[1:-1]
    return parts


def _split(elements: Iterable[Element]) -> Iterator[Element]:
    """Yield the elements, a filter of several conditions as several filters."""
    for element in elements:
        if not isinstance(element, Filter):
            yield element
            continue
        found: list[list[str | Exists]] = [[]]
        depth = 0
        for part in _bare(element.expression):
            depth += (part == "(") - (part == ")")
            if depth == 0 and part == "||":
                found = [[]]
                break
            if depth == 0 and part == "&&":
                found.append([])
            else:
                found[-1].append(part)
        if len(found) == 1:
            yield element
        else:
            for parts in found:
                yield Filter(Expression(("(", *parts, ")")))


def _whole_exists(element: Element) -> Exists | None:
    """Return the EXISTS that is all of a filter, a ``!`` before it included."""
    if not isinstance(element, Filter):
        return None
    parts = _bare(element.expression)
    if len(parts) == 1 and isinstance(parts[0], Exists):
        return parts[0]
    if len(parts) == 2 and parts[0] == "!" and isinstance(parts[1], Exists):
        return Exists(parts[1].group, not parts[1].negated)
    return None


def _unbound(elements: list[Element], elsewhere: set[str]) -> list[Element]:
    """Return the elements with OPTIONAL and !BOUND of a join told as NOT EXISTS."""
    for at, element in enumerate(elements):
        if not isinstance(element, Optional):
            continue
        inside = element.group.elements
        if sum(isinstance(e, Triple) for e in inside) < 2 or not _plain(inside):
            continue
        before = elements[:at]
        for where, other in enumerate(elements):
            parts = _bare(other.expression) if isinstance(other, Filter) else ()
            if len(parts) != 5 or parts[:3] != ("!", "BOUND", "("):
                continue
            variable = parts[3]
            rest = [e for n, e in enumerate(elements) if n not in (at, where)]
            outside = elsewhere | mentioned(Group(tuple(rest)))
            own = mentioned(element.group) - visible(Group(tuple(before)))
            if variable in certain(inside) and variable in own and not own & outside:
                exists = Filter(Expression((Exists(element.group, True),)))
                return _unbound(
                    [e if n != where else exists for n, e in enumerate(elements) if n != at],
                    elsewhere,
                )
    return elements


def _existential(elements: list[Element], elsewhere: set[str]) -> list[Element]:
    """Return the elements with a pattern that only asks whether there is one told as EXISTS."""
    for at, element in enumerate(elements):
        if not isinstance(element, Triple):
            continue
        rest = elements[:at] + elements[at + 1 :]
        others = elsewhere | mentioned(Group(tuple(rest)))
        ends = (element.subject, element.object)
        alone = [end for end in ends if end[0] == "?" and end not in others]
        if len(alone) != 1 or ends[0] == ends[1] or isinstance(element.verb, str):
            continue
        bound = certain(e for e in rest if isinstance(e, Triple))
        linked = {end for end in ends if end[0] == "?" and end not in alone}
        if linked and linked <= bound:
            exists = Filter(Expression((Exists(Group((element,)), False),)))
            return _existential([*rest, exists], elsewhere)
    return elements
