"""Shapes from a shapes graph: what each subject says of SHACL, checked as it is read.

What is no well-formed shape is refused here with the shape's name and the offence, so that a
compiler need not look again. What counts as a shape is what pySHACL and the standard agree on:
a typed shape, the subject of a target, of sh:property or sh:node, and what these and the logical
constraints refer to.

.. seealso:: W3C, Shapes Constraint Language (SHACL), 2 and appendix C (syntax rules)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path as File
from types import MappingProxyType

import pyoxigraph as ox

from crosswalk.errors import DataError
from crosswalk.shapes.values import (
    SH,
    Alternative,
    And,
    AtMost,
    Bound,
    Closed,
    Component,
    Constraint,
    Custom,
    Declared,
    DisjointWith,
    Equals,
    HasValue,
    InClass,
    InLanguages,
    InList,
    Inverse,
    LengthAtLeast,
    LengthAtMost,
    LessThan,
    MaxCount,
    MinCount,
    Named,
    NodeKind,
    Not,
    OfDatatype,
    OfKind,
    OneOf,
    Or,
    Parameter,
    Path,
    Pattern,
    Predicate,
    Qualified,
    Repeated,
    Sequence_,
    Shape,
    Shapes,
    Sparql,
    Target,
    TargetKind,
    Term,
    UniqueLanguage,
    Unread,
    Validator,
    WithNode,
    WithProperty,
)

__all__ = ["read"]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OWL = "http://www.w3.org/2002/07/owl#"
TYPE = ox.NamedNode(RDF + "type")
FIRST, REST, NIL = (ox.NamedNode(RDF + name) for name in ("first", "rest", "nil"))
SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
CLASS = ox.NamedNode(RDFS + "Class")
IMPORTS = ox.NamedNode(OWL + "imports")
REPEATED = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
BOUNDS = {"minExclusive": ">", "minInclusive": ">=", "maxExclusive": "<", "maxInclusive": "<="}
SPEC = "See the W3C Recommendation SHACL, appendix C."
DEEP = 50
"""How deep paths may nest; deeper is taken for a circle."""


def read(source: Iterable[ox.Triple | ox.Quad] | Iterable[str | File]) -> Shapes:
    """Return the shapes of some triples, or of some files of RDF.

    :param source: the triples of a shapes graph, or the paths of its files, which are merged.
    :raises DataError: for a shape that is not well-formed: which, and what is wrong with it.

    >>> shapes = read([ox.Triple(ox.NamedNode("urn:s"), TYPE, ox.NamedNode(SH + "NodeShape"))])
    >>> [shape.term.value for shape in shapes]
    ['urn:s']

    .. seealso:: W3C, Shapes Constraint Language (SHACL)
    """
    prefixes: dict[str, str] = {}
    return _Reader(_stated(source, prefixes)).shapes(prefixes)


def _stated(
    source: Iterable[ox.Triple | ox.Quad] | Iterable[str | File], prefixes: dict[str, str]
) -> Mapping[Named, tuple[tuple[ox.NamedNode, Term], ...]]:
    found: dict[Named, dict[tuple[ox.NamedNode, Term], None]] = {}
    for one in source:
        if isinstance(one, (str, File)):
            format_ = ox.RdfFormat.from_extension(File(one).suffix.lstrip(".") or "ttl")
            try:
                parser = ox.parse(
                    path=str(one),
                    format=format_ or ox.RdfFormat.TURTLE,
                    base_iri=File(one).resolve().as_uri(),
                )
                triples: Iterable[ox.Triple | ox.Quad] = list(parser)
                prefixes |= parser.prefixes
            except SyntaxError as error:
                raise DataError(error.msg, place=f"{one}:{error.lineno or 1}") from error
        else:
            triples = (one,)
        for triple in triples:
            subject = triple.subject
            if isinstance(subject, (ox.NamedNode, ox.BlankNode)):
                found.setdefault(subject, {})[triple.predicate, triple.object] = None  # type: ignore[index]
    return MappingProxyType({subject: tuple(said) for subject, said in found.items()})


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(SH + name)


class _Reader:
    """The reading of one shapes graph."""

    def __init__(self, graph: Mapping[Named, tuple[tuple[ox.NamedNode, Term], ...]]) -> None:
        self.graph = graph
        self.held: dict[Named, dict[str, list[Term]]] = {}
        for subject, said in graph.items():
            values = self.held.setdefault(subject, {})
            for predicate, term in said:
                values.setdefault(predicate.value, []).append(term)
        for values in self.held.values():
            for terms in values.values():
                if len(terms) > 1:
                    terms.sort(key=str)

    # what is said

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        if isinstance(subject, ox.Literal):
            return []
        return self.held.get(subject, {}).get(predicate, [])

    def said(self, subject: Term, name: str) -> list[Term]:
        """Return the values of a property of SHACL."""
        return self.objects(subject, SH + name)

    def members(self, head: Term, shape: Named, name: str) -> list[Term]:
        """Return the members of a list, which must be well-formed."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head != NIL:
            first, rest = self.objects(head, FIRST.value), self.objects(head, REST.value)
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise self.error(shape, f"the value of sh:{name} is no well-formed list")
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return found

    # errors

    def error(self, shape: Term, offence: str, remedy: str = SPEC) -> DataError:
        return DataError(offence, place=self.place(shape), remedy=remedy)

    def place(self, shape: Term) -> str:
        """Return how a reader finds a shape: its IRI, or the IRI under which it is nested."""
        if isinstance(shape, ox.NamedNode):
            return f"shape {shape}"
        above: Term = shape
        seen = set()
        while isinstance(above, ox.BlankNode) and above not in seen:
            seen.add(above)
            above = next(
                (s for s, said in self.graph.items() if any(term == above for _, term in said)),
                above,
            )
        path = next(iter(self.said(shape, "path")), None)
        about = f" with the path {path}" if isinstance(path, ox.NamedNode) else ""
        if isinstance(above, ox.NamedNode):
            return f"a shape{about} in shape {above}"
        return f"a shape without a name{about}"

    # shapes

    def shapes(self, prefixes: Mapping[str, str]) -> Shapes:
        components = [self.component(term) for term in self.components()]
        found = [self.shape(term, components) for term in self.terms()]
        return Shapes.of(found, self.graph, prefixes)

    def terms(self) -> list[Named]:
        """Return what is a shape."""
        found: dict[Named, None] = {}

        def add(term: Term, by: Named, name: str) -> None:
            if isinstance(term, ox.Literal):
                raise self.error(by, f"sh:{name} names a literal where a shape is expected")
            found[term] = None

        starts = ("property", "node", *(kind.value for kind in TargetKind))
        for subject, values in self.held.items():
            types = values.get(TYPE.value, ())
            if (
                _sh("NodeShape") in types
                or _sh("PropertyShape") in types
                or any(SH + name in values for name in starts)
            ):
                found[subject] = None
            for name in ("property", "node", "not", "qualifiedValueShape"):
                for term in values.get(SH + name, ()):
                    add(term, subject, name)
            for name in ("and", "or", "xone"):
                for head in values.get(SH + name, ()):
                    members = self.members(head, subject, name)
                    if not members:
                        raise self.error(subject, f"the list of sh:{name} is empty")
                    for term in members:
                        add(term, subject, name)
        return list(found)

    def shape(self, term: Named, components: list[Component]) -> Shape:
        types = self.objects(term, TYPE.value)
        paths = self.said(term, "path")
        if _sh("NodeShape") in types and _sh("PropertyShape") in types:
            raise self.error(term, "it is said to be a node shape and a property shape")
        if _sh("NodeShape") in types and paths:
            raise self.error(term, "a node shape has no sh:path")
        if len(paths) > 1:
            raise self.error(term, "it has more than one sh:path")
        if _sh("PropertyShape") in types and not paths:
            raise self.error(term, "a property shape has one sh:path, and this has none")
        path = self.path(paths[0], term) if paths else None
        deactivated = self.said(term, "deactivated")
        if len(deactivated) > 1 or not all(isinstance(d, ox.Literal) for d in deactivated):
            raise self.error(term, "sh:deactivated is one true or false")
        severities = self.said(term, "severity")
        constraints = tuple(self.constraints(term, path))
        constraints += tuple(self.customs(term, components))
        return Shape(
            term,
            path,
            paths[0] if paths and not isinstance(paths[0], ox.Literal) else None,
            tuple(self.targets(term, types)),
            constraints,
            severities[0] if severities else _sh("Violation"),
            self.messages(term),
            any(_true(one) for one in deactivated),
        )

    def messages(self, term: Named) -> tuple[ox.Literal, ...]:
        return tuple(m for m in self.said(term, "message") if isinstance(m, ox.Literal))

    def targets(self, term: Named, types: list[Term]) -> Iterator[Target]:
        for kind in TargetKind:
            for value in self.said(term, kind.value):
                if isinstance(value, ox.BlankNode) and kind is not TargetKind.OTHER:
                    raise self.error(term, f"sh:{kind.value} names a blank node")
                if isinstance(value, ox.Literal) and kind is not TargetKind.NODE:
                    raise self.error(term, f"sh:{kind.value} names a literal")
                yield Target(kind, value)
        if isinstance(term, ox.NamedNode) and any(
            one == CLASS or CLASS in self.objects(one, SUBCLASS.value) for one in types
        ):
            yield Target(TargetKind.CLASS, term)

    # paths

    def path(self, term: Term, shape: Named, depth: int = 0) -> Path:
        if isinstance(term, ox.NamedNode):
            return Predicate(term)
        if isinstance(term, ox.Literal):
            raise self.error(shape, "sh:path is a literal")
        if depth > DEEP:
            raise self.error(shape, "sh:path leads to itself")
        forms = [n for n in ("inversePath", "alternativePath", *REPEATED) if self.said(term, n)]
        if self.objects(term, FIRST.value):
            steps = self.members(term, shape, "path")
            if len(steps) < 2:
                raise self.error(shape, "a sequence path has at least two steps")
            return Sequence_(tuple(self.path(one, shape, depth + 1) for one in steps))
        if len(forms) != 1 or len(self.said(term, forms[0])) != 1:
            raise self.error(shape, "sh:path is none of the forms of a path")
        inner = self.said(term, forms[0])[0]
        if forms[0] == "alternativePath":
            members = self.members(inner, shape, "alternativePath")
            if len(members) < 2:
                raise self.error(shape, "an alternative path has at least two members")
            return Alternative(tuple(self.path(one, shape, depth + 1) for one in members))
        path = self.path(inner, shape, depth + 1)
        return Inverse(path) if forms[0] == "inversePath" else Repeated(path, REPEATED[forms[0]])

    # constraints

    def constraints(self, term: Named, path: Path | None) -> Iterator[Constraint]:
        """Yield the constraints of a shape but those of components, in a fixed order."""
        for name, build in self.simple().items():
            for value in self.said(term, name):
                yield build(term, value)
        for name, sign in BOUNDS.items():
            for value in self.said(term, name):
                if not isinstance(value, ox.Literal):
                    raise self.error(term, f"sh:{name} is a literal")
                yield Bound(sign, value)
        yield from self.single(term, path)
        yield from self.strings(term)
        for name, kind in (("and", And), ("or", Or), ("xone", OneOf)):
            for head in self.said(term, name):
                yield kind(tuple(self.named(one) for one in self.members(head, term, name)))
        for name in ("lessThan", "lessThanOrEquals"):
            for value in self.said(term, name):
                if path is None:
                    raise self.error(term, f"sh:{name} stands at property shapes only")
                yield LessThan(self.iri(term, name, value), name == "lessThanOrEquals")
        if path is not None:
            yield from self.qualified(term)
        yield from self.closed(term)
        for node in self.said(term, "sparql"):
            yield from self.sparql(term, node)
        if self.said(term, "expression"):
            yield Unread(_sh("expression"))

    def simple(self) -> dict[str, Callable[[Named, Term], Constraint]]:
        return {
            "class": lambda s, v: InClass(self.described(s, "class", v)),
            "equals": lambda s, v: Equals(self.iri(s, "equals", v)),
            "disjoint": lambda s, v: DisjointWith(self.iri(s, "disjoint", v)),
            "hasValue": lambda _, v: HasValue(v),
            "not": lambda s, v: Not(self.described(s, "not", v)),
            "node": lambda s, v: WithNode(self.node_shape(s, v)),
            "property": lambda s, v: WithProperty(self.property_shape(s, v)),
        }

    def single(self, term: Named, path: Path | None) -> Iterator[Constraint]:
        """Yield the constraints whose parameter has one value."""
        for value in self.one(term, "datatype"):
            yield OfDatatype(self.iri(term, "datatype", value))
        for value in self.one(term, "nodeKind"):
            kind = self.iri(term, "nodeKind", value).value.removeprefix(SH)
            if kind not in set(NodeKind):
                raise self.error(term, f"sh:nodeKind is none of {', '.join(NodeKind)}")
            yield OfKind(NodeKind(kind))
        for name, count in (("minCount", MinCount), ("maxCount", MaxCount)):
            for value in self.one(term, name):
                if path is None:
                    raise self.error(term, f"sh:{name} stands at property shapes only")
                yield count(self.number(term, name, value))
        for name, length in (("minLength", LengthAtLeast), ("maxLength", LengthAtMost)):
            for value in self.one(term, name):
                yield length(self.number(term, name, value))
        for value in self.one(term, "in"):
            yield InList(tuple(self.members(value, term, "in")))

    def strings(self, term: Named) -> Iterator[Constraint]:
        flags = next((f.value for f in self.said(term, "flags") if isinstance(f, ox.Literal)), "")
        for value in self.said(term, "pattern"):
            if not isinstance(value, ox.Literal):
                raise self.error(term, "sh:pattern is a literal")
            yield Pattern(value.value, flags)
        for value in self.one(term, "languageIn"):
            ranges = self.members(value, term, "languageIn")
            if not all(isinstance(one, ox.Literal) for one in ranges):
                raise self.error(term, "sh:languageIn is a list of strings")
            yield InLanguages(tuple(str(one.value) for one in ranges))
        for value in self.one(term, "uniqueLang"):
            if not self.said(term, "path"):
                raise self.error(term, "sh:uniqueLang stands at property shapes only")
            if not isinstance(value, ox.Literal) or value.datatype.value != XSD + "boolean":
                raise self.error(term, "sh:uniqueLang is true or false")
            if value.value == "true":  # the suite of W3C takes "1" for false here
                yield UniqueLanguage()

    def qualified(self, term: Named) -> Iterator[Constraint]:
        shapes = self.said(term, "qualifiedValueShape")
        least = list(self.one(term, "qualifiedMinCount"))
        most = list(self.one(term, "qualifiedMaxCount"))
        if not shapes:
            return
        if not least and not most:
            raise self.error(
                term, "sh:qualifiedValueShape without sh:qualifiedMinCount or sh:qualifiedMaxCount"
            )
        disjoint = any(_true(one) for one in self.said(term, "qualifiedValueShapesDisjoint"))
        beside: set[Term] = set()
        if disjoint:
            above = [s for s, v in self.held.items() if term in v.get(SH + "property", ())]
            beside = {
                shape
                for parent in above
                for prop in self.said(parent, "property")
                for shape in self.said(prop, "qualifiedValueShape")
            }
        for value in shapes:
            shape = self.described(term, "qualifiedValueShape", value)
            others = tuple(self.named(one) for one in sorted(beside - {shape}, key=str))
            for one in most:
                yield AtMost(shape, self.number(term, "qualifiedMaxCount", one), others)
            for one in least:
                yield Qualified(shape, self.number(term, "qualifiedMinCount", one), others)

    def closed(self, term: Named) -> Iterator[Constraint]:
        ignored = self.said(term, "ignoredProperties")
        if ignored and not self.said(term, "closed"):
            raise self.error(term, "sh:ignoredProperties stands beside sh:closed only")
        for value in self.one(term, "closed"):
            if not isinstance(value, ox.Literal):
                raise self.error(term, "sh:closed is true or false")
            if _true(value):
                paths = [p for s in self.said(term, "property") for p in self.said(s, "path")]
                lists = chain.from_iterable(
                    self.members(one, term, "ignoredProperties") for one in ignored
                )
                found = {p for p in chain(paths, lists) if isinstance(p, ox.NamedNode)}
                yield Closed(tuple(sorted(found, key=str)))

    # SHACL-SPARQL

    def sparql(self, term: Named, node: Term) -> Iterator[Constraint]:
        node = self.described(term, "sparql", node)
        if any(_true(one) for one in self.said(node, "deactivated")):
            return
        selects = self.said(node, "select")
        if len(selects) != 1 or not isinstance(selects[0], ox.Literal):
            raise self.error(term, "a value of sh:sparql has one sh:select, a string")
        for one in self.said(node, "message"):
            if not isinstance(one, ox.Literal):
                raise self.error(term, "sh:message of a sh:sparql is a string")
        yield Sparql(node, self.declared(node, selects[0]), self.messages(node))

    def declared(self, node: Named, text: ox.Literal) -> Declared:
        """Return a query with its prefixes, imports of ontologies followed."""
        found: dict[str, str] = {}
        open_: list[Term] = list(self.said(node, "prefixes"))
        seen: set[Term] = set()
        while open_:
            one = open_.pop()
            if one in seen:
                continue
            seen.add(one)
            open_ += self.objects(one, IMPORTS.value)
            for declaration in self.said(one, "declare"):
                prefixes, spaces = (self.said(declaration, n) for n in ("prefix", "namespace"))
                if len(prefixes) != 1 or len(spaces) != 1:
                    raise self.error(node, "sh:declare has one sh:prefix and one sh:namespace")
                prefix, space = str(prefixes[0].value), str(spaces[0].value)
                if found.setdefault(prefix, space) != space:
                    raise self.error(node, f"the prefix {prefix!r} is declared twice, differently")
        return Declared(text.value, tuple(sorted(found.items())))

    def components(self) -> list[Named]:
        kind = _sh("ConstraintComponent")
        kinds = {kind, *(s for s in self.held if kind in self.objects(s, SUBCLASS.value))}
        return [
            s
            for s in sorted(self.held, key=str)
            if kinds & set(self.objects(s, TYPE.value)) and not s.value.startswith(SH)
        ]

    def component(self, term: Named) -> Component:
        parameters = tuple(self.parameter(term, one) for one in self.said(term, "parameter"))
        if not parameters or all(one.optional for one in parameters):
            raise self.error(term, "a constraint component has a parameter that is not optional")
        found = {}
        for name in ("validator", "nodeValidator", "propertyValidator"):
            values = self.said(term, name)
            found[name] = self.validator(term, values[0]) if values else None
        return Component(
            term,
            parameters,
            found["validator"],
            found["nodeValidator"],
            found["propertyValidator"],
        )

    def parameter(self, component: Named, node: Term) -> Parameter:
        paths = self.said(node, "path")
        if len(paths) != 1 or not isinstance(paths[0], ox.NamedNode):
            raise self.error(component, "a sh:parameter has one sh:path, a predicate")
        iri = paths[0].value
        name = re.split("[#/:]", iri)[-1]
        return Parameter(paths[0], name, any(_true(one) for one in self.said(node, "optional")))

    def validator(self, component: Named, node: Term) -> Validator | None:
        node = self.described(component, "validator", node)
        for name in ("ask", "select"):
            for text in self.said(node, name):
                if not isinstance(text, ox.Literal):
                    raise self.error(component, f"sh:{name} of a validator is a string")
                declared = self.declared(node, text)
                return Validator(node, declared, name == "ask", self.messages(node))
        return None

    def customs(self, term: Named, components: list[Component]) -> Iterator[Constraint]:
        for component in components:
            held = [(p, tuple(self.objects(term, p.predicate.value))) for p in component.parameters]
            if all(values or p.optional for p, values in held):
                if all(
                    one is None
                    for one in (
                        component.validator,
                        component.node_validator,
                        component.property_validator,
                    )
                ):
                    raise self.error(component.term, "a constraint component has no validator")
                yield Custom(component, tuple((p, values) for p, values in held if values))

    # single values

    def one(self, term: Named, name: str) -> Iterator[Term]:
        values = self.said(term, name)
        if len(values) > 1:
            raise self.error(term, f"it has more than one sh:{name}")
        yield from values

    def iri(self, shape: Named, name: str, value: Term) -> ox.NamedNode:
        if not isinstance(value, ox.NamedNode):
            raise self.error(shape, f"sh:{name} names {value} where an IRI is expected")
        return value

    def described(self, shape: Named, name: str, value: Term) -> Named:
        if isinstance(value, ox.Literal):
            raise self.error(shape, f"sh:{name} names the literal {value}")
        return value

    def named(self, value: Term) -> Named:
        if isinstance(value, ox.Literal):
            raise TypeError(value)
        return value

    def node_shape(self, shape: Named, value: Term) -> Named:
        found = self.described(shape, "node", value)
        if self.said(found, "path"):
            raise self.error(shape, f"sh:node names the property shape {found}")
        return found

    def property_shape(self, shape: Named, value: Term) -> Named:
        found = self.described(shape, "property", value)
        if not self.said(found, "path"):
            raise self.error(shape, f"sh:property names {found}, which has no sh:path")
        return found

    def number(self, shape: Named, name: str, value: Term) -> int:
        if isinstance(value, ox.Literal) and value.datatype.value == XSD + "integer":
            try:
                number = int(value.value)
            except ValueError:
                number = -1
            if number >= 0:
                return number
        raise self.error(shape, f"sh:{name} is a whole number from 0, and this is {value}")


def _true(term: Term) -> bool:
    return isinstance(term, ox.Literal) and term.value in ("true", "1")
