"""What SHACL shapes say, as frozen values: shapes, paths, targets, constraints, results.

One constraint value is one parameter value of a shape: two ``sh:class`` are two
:class:`InClass`. A shape names other shapes by their term (:class:`Shapes` looks them up), because
shapes may refer to each other in a circle. A blank node of the shapes graph is a term like any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, TypeAlias

import pyoxigraph as ox

__all__ = [
    "SH",
    "Alternative",
    "And",
    "AnyConstraint",
    "Ask",
    "AtMost",
    "Bound",
    "Closed",
    "Component",
    "Constraint",
    "Custom",
    "Declared",
    "DisjointWith",
    "Equals",
    "HasValue",
    "InClass",
    "InLanguages",
    "InList",
    "Inverse",
    "LengthAtLeast",
    "LengthAtMost",
    "LessThan",
    "MaxCount",
    "MinCount",
    "Named",
    "NodeKind",
    "Not",
    "OfDatatype",
    "OfKind",
    "OneOf",
    "Or",
    "Parameter",
    "Path",
    "Pattern",
    "Predicate",
    "Qualified",
    "Repeated",
    "Result",
    "Sequence_",
    "Shape",
    "Shapes",
    "Sparql",
    "Target",
    "TargetKind",
    "Term",
    "UniqueLanguage",
    "Unread",
    "Validator",
    "WithNode",
    "WithProperty",
]

SH = "http://www.w3.org/ns/shacl#"

Named: TypeAlias = ox.NamedNode | ox.BlankNode
"""What may be a shape or a focus that is described."""
Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal
Ask: TypeAlias = Callable[[str], Iterable[Sequence[Term | None]]]
"""Answers the text of a SELECT by its rows, in the order of its variables."""


# paths


@dataclass(frozen=True, slots=True)
class Predicate:
    """One step along a predicate."""

    iri: ox.NamedNode


@dataclass(frozen=True, slots=True)
class Inverse:
    """A path walked backwards."""

    path: Path


@dataclass(frozen=True, slots=True)
class Sequence_:
    """Paths walked one after the other; at least two."""

    steps: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Any of some paths; at least two."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A path walked again and again: ``*`` (least 0), ``+`` (least 1), ``?`` (once or not)."""

    path: Path
    sign: str


Path: TypeAlias = Predicate | Inverse | Sequence_ | Alternative | Repeated


# targets


class TargetKind(StrEnum):
    """How a shape names its focus nodes."""

    NODE = "targetNode"
    CLASS = "targetClass"
    """Also of a shape that is itself a class."""
    SUBJECTS = "targetSubjectsOf"
    OBJECTS = "targetObjectsOf"
    OTHER = "target"
    """A SPARQL target or another of SHACL-AF; the term is its node. It is not compiled."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target declaration: its kind and the node, class or predicate that it names."""

    kind: TargetKind
    term: Term


# constraints


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a shape; ``component`` is the local name of its SHACL component."""

    component: ClassVar[str]

    @property
    def iri(self) -> ox.NamedNode:
        """The IRI of its constraint component."""
        return ox.NamedNode(SH + self.component)


@dataclass(frozen=True, slots=True)
class InClass(Constraint):
    """sh:class."""

    component: ClassVar[str] = "ClassConstraintComponent"
    cls: Named


@dataclass(frozen=True, slots=True)
class OfDatatype(Constraint):
    """sh:datatype."""

    component: ClassVar[str] = "DatatypeConstraintComponent"
    datatype: ox.NamedNode


class NodeKind(StrEnum):
    """The local names of SHACL's node kinds."""

    IRI = "IRI"
    BLANK = "BlankNode"
    LITERAL = "Literal"
    BLANK_OR_IRI = "BlankNodeOrIRI"
    BLANK_OR_LITERAL = "BlankNodeOrLiteral"
    IRI_OR_LITERAL = "IRIOrLiteral"


@dataclass(frozen=True, slots=True)
class OfKind(Constraint):
    """sh:nodeKind."""

    component: ClassVar[str] = "NodeKindConstraintComponent"
    kind: NodeKind


@dataclass(frozen=True, slots=True)
class MinCount(Constraint):
    """sh:minCount, of property shapes."""

    component: ClassVar[str] = "MinCountConstraintComponent"
    number: int


@dataclass(frozen=True, slots=True)
class MaxCount(Constraint):
    """sh:maxCount, of property shapes."""

    component: ClassVar[str] = "MaxCountConstraintComponent"
    number: int


@dataclass(frozen=True, slots=True)
class Bound(Constraint):
    """sh:minExclusive, minInclusive, maxExclusive, maxInclusive: ``value sign limit`` must hold."""

    component: ClassVar[str] = ""
    sign: str
    """One of ``> >= < <=``."""
    limit: ox.Literal

    @property
    def iri(self) -> ox.NamedNode:
        """The IRI of its constraint component."""
        name = {">": "MinExclusive", ">=": "MinInclusive", "<": "MaxExclusive"}
        return ox.NamedNode(f"{SH}{name.get(self.sign, 'MaxInclusive')}ConstraintComponent")


@dataclass(frozen=True, slots=True)
class LengthAtLeast(Constraint):
    """sh:minLength."""

    component: ClassVar[str] = "MinLengthConstraintComponent"
    number: int


@dataclass(frozen=True, slots=True)
class LengthAtMost(Constraint):
    """sh:maxLength."""

    component: ClassVar[str] = "MaxLengthConstraintComponent"
    number: int


@dataclass(frozen=True, slots=True)
class Pattern(Constraint):
    """sh:pattern with the flags of its shape."""

    component: ClassVar[str] = "PatternConstraintComponent"
    pattern: str
    flags: str


@dataclass(frozen=True, slots=True)
class InLanguages(Constraint):
    """sh:languageIn: the ranges, as written."""

    component: ClassVar[str] = "LanguageInConstraintComponent"
    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UniqueLanguage(Constraint):
    """sh:uniqueLang true, of property shapes."""

    component: ClassVar[str] = "UniqueLangConstraintComponent"


@dataclass(frozen=True, slots=True)
class Equals(Constraint):
    """sh:equals."""

    component: ClassVar[str] = "EqualsConstraintComponent"
    predicate: ox.NamedNode


@dataclass(frozen=True, slots=True)
class DisjointWith(Constraint):
    """sh:disjoint."""

    component: ClassVar[str] = "DisjointConstraintComponent"
    predicate: ox.NamedNode


@dataclass(frozen=True, slots=True)
class LessThan(Constraint):
    """sh:lessThan and, if ``equal`` is allowed, sh:lessThanOrEquals; of property shapes."""

    component: ClassVar[str] = ""
    predicate: ox.NamedNode
    equal: bool

    @property
    def iri(self) -> ox.NamedNode:
        """The IRI of its constraint component."""
        name = "LessThanOrEquals" if self.equal else "LessThan"
        return ox.NamedNode(f"{SH}{name}ConstraintComponent")


@dataclass(frozen=True, slots=True)
class Not(Constraint):
    """sh:not."""

    component: ClassVar[str] = "NotConstraintComponent"
    shape: Named


@dataclass(frozen=True, slots=True)
class And(Constraint):
    """sh:and: the members of the list."""

    component: ClassVar[str] = "AndConstraintComponent"
    shapes: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Or(Constraint):
    """sh:or: the members of the list."""

    component: ClassVar[str] = "OrConstraintComponent"
    shapes: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class OneOf(Constraint):
    """sh:xone: the members of the list; one that stands twice counts twice."""

    component: ClassVar[str] = "XoneConstraintComponent"
    shapes: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class WithNode(Constraint):
    """sh:node."""

    component: ClassVar[str] = "NodeConstraintComponent"
    shape: Named


@dataclass(frozen=True, slots=True)
class WithProperty(Constraint):
    """sh:property: the results are those of the property shape."""

    component: ClassVar[str] = "PropertyConstraintComponent"
    shape: Named


@dataclass(frozen=True, slots=True)
class Qualified(Constraint):
    """sh:qualifiedMinCount, of property shapes; :class:`AtMost` is sh:qualifiedMaxCount."""

    component: ClassVar[str] = "QualifiedMinCountConstraintComponent"
    shape: Named
    number: int
    siblings: tuple[Named, ...]
    """What a counted value must not conform to; empty unless sh:qualifiedValueShapesDisjoint."""


@dataclass(frozen=True, slots=True)
class AtMost(Qualified):
    """sh:qualifiedMaxCount, of property shapes."""

    component: ClassVar[str] = "QualifiedMaxCountConstraintComponent"


@dataclass(frozen=True, slots=True)
class Closed(Constraint):
    """sh:closed true: the predicates that are allowed, those of sh:ignoredProperties included."""

    component: ClassVar[str] = "ClosedConstraintComponent"
    allowed: tuple[ox.NamedNode, ...]


@dataclass(frozen=True, slots=True)
class HasValue(Constraint):
    """sh:hasValue."""

    component: ClassVar[str] = "HasValueConstraintComponent"
    value: Term


@dataclass(frozen=True, slots=True)
class InList(Constraint):
    """sh:in: the members of the list."""

    component: ClassVar[str] = "InConstraintComponent"
    values: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """The text of a query with the prefixes that sh:prefixes gives it (prefix, namespace)."""

    text: str
    prefixes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sparql(Constraint):
    """sh:sparql: a SELECT whose rows are results. One that is deactivated is not read at all."""

    component: ClassVar[str] = "SPARQLConstraintComponent"
    node: Named
    """The constraint's own node: sh:sourceConstraint of its results."""
    select: Declared
    messages: tuple[ox.Literal, ...]
    """Its own sh:message; the shape's stand at the shape."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A sh:parameter of a component: its predicate, the variable it is bound to."""

    predicate: ox.NamedNode
    name: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Validator:
    """A validator of a component: an ASK (true where the value conforms) or a SELECT."""

    node: Named
    query: Declared
    ask: bool
    messages: tuple[ox.Literal, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """A SPARQL-based constraint component."""

    term: Named
    parameters: tuple[Parameter, ...]
    validator: Validator | None
    """sh:validator, an ASK."""
    node_validator: Validator | None
    property_validator: Validator | None


@dataclass(frozen=True, slots=True)
class Custom(Constraint):
    """The use of a SPARQL-based component by a shape: each parameter's values at the shape.

    A parameter of several values stands for every combination (SHACL, 6.2.1 and 6.3).
    """

    component: ClassVar[str] = ""
    of: Component
    values: tuple[tuple[Parameter, tuple[Term, ...]], ...]

    @property
    def iri(self) -> ox.NamedNode:
        """The IRI of its constraint component."""
        return ox.NamedNode(self.of.term.value)


@dataclass(frozen=True, slots=True)
class Unread(Constraint):
    """A constraint of SHACL-AF or SHACL-JS that we do not compile: the predicate that states it."""

    component: ClassVar[str] = ""
    predicate: ox.NamedNode

    @property
    def iri(self) -> ox.NamedNode:
        """The predicate, as there is no component that we know."""
        return self.predicate


AnyConstraint: TypeAlias = Constraint


# shapes


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape, or a property shape if it has a path."""

    term: Named
    path: Path | None
    path_term: Named | None
    """The path as it stands in the shapes graph: sh:resultPath of its results."""
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    severity: Term
    messages: tuple[ox.Literal, ...]
    deactivated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """All shapes of a shapes graph by their term, and the graph itself (reports copy from it)."""

    shapes: Mapping[Named, Shape]
    graph: Mapping[Named, tuple[tuple[ox.NamedNode, Term], ...]] = field(repr=False)
    """What the shapes graph says of each subject."""
    prefixes: Mapping[str, str] = field(repr=False, default_factory=lambda: MappingProxyType({}))
    """Those of its files, for whoever writes a report."""

    def __getitem__(self, term: Named) -> Shape:
        return self.shapes[term]

    def __iter__(self) -> Iterator[Shape]:
        return iter(self.shapes.values())

    @classmethod
    def of(
        cls,
        shapes: Iterable[Shape],
        graph: Mapping[Named, tuple[tuple[ox.NamedNode, Term], ...]],
        prefixes: Mapping[str, str],
    ) -> Shapes:
        """Return the shapes under their terms."""
        by_term = {shape.term: shape for shape in shapes}
        return cls(MappingProxyType(by_term), graph, MappingProxyType(dict(prefixes)))

    def targeted(self) -> tuple[Shape, ...]:
        """Return the shapes that have targets and are not deactivated."""
        return tuple(s for s in self.shapes.values() if s.targets and not s.deactivated)


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result."""

    focus: Term
    path: Path | None
    value: Term | None
    component: ox.NamedNode
    shape: Named
    """The source shape."""
    severity: Term
    messages: tuple[ox.Literal, ...]
    """Those of the shapes graph, filled in; empty where it states none."""
    source: Named | None = None
    """sh:sourceConstraint: the node of a SPARQL constraint."""
    path_term: Named | None = field(default=None, compare=False)
    """The path as a term: of the shapes graph, or a predicate that a query named."""
    target: Term | None = field(default=None, compare=False)
    """The target node whose validation gave it: not the focus, where a shape is nested."""
    targeted: Named | None = field(default=None, compare=False)
    """The shape whose target that is."""
    details: tuple[Result, ...] = field(default=(), compare=False)
    """sh:detail: why the value does not conform to the shape of a sh:node."""
