"""The constraints of SHACL Core as SPARQL: one question for all focus nodes of a shape.

Two forms. At the top each constraint is a query whose rows are results; what is asked of single
values (datatype, kind, length …) is one query for all such constraints of a shape. Inside sh:not,
sh:or and the like a shape is a pattern that keeps the nodes which do **not** conform.

An ordering or a cast that SPARQL refuses is an error, and an error is a violation: everything that
must hold is written ``!COALESCE(…, false)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, count

import pyoxigraph as ox

from crosswalk.shapes.lossless import FORM, kept
from crosswalk.shapes.paths import is_looked_up, path_text, reached
from crosswalk.shapes.targets import NotCompiledError, Place, focus, no_instance, written
from crosswalk.shapes.values import (
    And,
    AtMost,
    Bound,
    Closed,
    Constraint,
    Custom,
    DisjointWith,
    Equals,
    HasValue,
    InClass,
    InLanguages,
    InList,
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
    Path,
    Pattern,
    Qualified,
    Shape,
    Shapes,
    Sparql,
    Term,
    UniqueLanguage,
    WithNode,
    WithProperty,
)

__all__ = ["Core", "Rows"]

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_LANG = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
RDFS_LITERAL = "http://www.w3.org/2000/01/rdf-schema#Literal"
ALWAYS_OPEN = (
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
    "<http://www.w3.org/2000/01/rdf-schema#Resource>",
)
"""The one triple that pySHACL lets a closed shape have: it is entailed of everything."""
KINDS = {
    NodeKind.IRI: "!isIRI({0})",
    NodeKind.BLANK: "!isBlank({0})",
    NodeKind.LITERAL: "!isLiteral({0})",
    NodeKind.BLANK_OR_IRI: "isLiteral({0})",
    NodeKind.BLANK_OR_LITERAL: "isIRI({0})",
    NodeKind.IRI_OR_LITERAL: "isBlank({0})",
}
WHOLE = "^[+-]?[0-9]+$"
FORMS = {
    "integer": WHOLE,
    "decimal": r"^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)$",
    "double": r"^([+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)$",
    "float": r"^([+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)$",
    "boolean": "^(true|false|1|0)$",
    "hexBinary": "^([0-9a-fA-F]{2})*$",
}
"""The lexical forms of datatypes, as regular expressions in SPARQL strings."""
RANGES: dict[str, tuple[int | None, int | None]] = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, None),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "positiveInteger": (1, None),
    "negativeInteger": (None, -1),
}
CASTS = (
    *("date", "dateTime", "time", "duration", "dayTimeDuration", "yearMonthDuration"),
    *("gYear", "gYearMonth"),
)
"""Datatypes whose forms the engine itself decides, by a cast of the string."""
MANY = 30
"""From how many members a list is compared as a table, not one after the other."""
LONG = 100_000
"""How many characters a pattern may have: each shape that is nested repeats those around it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A query whose rows are results, but for the marks in its text.

    Its columns are the chain of the place, then those that are named here. Without flags each row
    is a result of the one constraint; with flags the row is one of each constraint whose flag is
    true.
    """

    text: str
    constraints: tuple[Constraint, ...]
    value: bool = False
    """Whether the next column is sh:value."""
    path: bool = False
    """Whether the next column is the predicate that is sh:resultPath."""
    flags: bool = False


@dataclass
class Core:
    """The compiler of one set of shapes.

    :param stand_ins: whether the data has stand-ins of literals (:mod:`crosswalk.shapes.lossless`).
    """

    shapes: Shapes
    stand_ins: bool = False
    numbers: Iterator[int] = field(default_factory=count)

    # queries

    def queries(self, place: Place) -> Iterator[Rows]:
        """Yield the queries of the constraints of a place, but sh:property, sh:node and SPARQL's.

        :raises NotCompiledError: for what SPARQL cannot say, and for shapes that lead in a circle.
        """
        shape = place.shape
        base = focus(place, self.stand_ins)
        chain = " ".join(place.chain)
        elsewhere = (WithProperty, WithNode, Sparql, Custom)
        held = [c for c in shape.constraints if not isinstance(c, elsewhere)]
        value = _column(shape)[1]
        of_values = [
            (c, test)
            for c in held
            if not isinstance(c, HasValue) and (test := self._test(c, value, shape))
        ]
        if of_values:
            yield self._fused(place, base, of_values)
        for constraint in held:
            if any(constraint is one for one, _ in of_values):
                continue
            found = self._rows(constraint, shape, base, chain)
            if found is not None:
                yield found

    def _fused(self, place: Place, base: str, of_values: list[tuple[Constraint, str]]) -> Rows:
        """Return the query of all that is asked of single values.

        An inner FILTER first: few values fail, so few are asked which test it was.
        """
        chain = " ".join(place.chain)
        constraints = tuple(constraint for constraint, _ in of_values)
        column, value = _column(place.shape)
        group = base if value == "?this" else self._values(base, "?this", place.shape.path, value)
        any_ = " || ".join(f"({test})" for _, test in of_values)
        inner = f"SELECT DISTINCT {chain} {column} {{ {group} FILTER({any_}) }}"
        if len(of_values) == 1:
            return Rows(inner, constraints, value=True)
        flags = " ".join(f"?b{number}" for number in range(len(of_values)))
        tests = [self._test(constraint, "?value", place.shape) for constraint in constraints]
        binds = " ".join(f"BIND({test} AS ?b{number})" for number, test in enumerate(tests))
        text = f"SELECT {chain} ?value {flags} {{ {{ {inner} }} {binds} }}"
        return Rows(text, constraints, value=True, flags=True)

    def _rows(self, constraint: Constraint, shape: Shape, base: str, chain: str) -> Rows | None:
        """Return the query of one constraint, if it can be violated at all."""
        group: str | None
        match constraint:
            case LessThan():
                group = self._less_than(constraint, shape, base, "?this", "?value", "?other")
                columns = f"{chain} ?value ?other"
                return Rows(f"SELECT DISTINCT {columns} {{ {group} }}", (constraint,), value=True)
            case UniqueLanguage():
                group = self._languages(base, chain, shape, "?this", "?language")
                return Rows(f"SELECT {chain} ?language {{ {group} }}", (constraint,))
            case Closed():
                group = self._closed(constraint, shape, base, "?this", "?predicate", "?value")
                text = f"SELECT DISTINCT {chain} ?value ?predicate {{ {group} }}"
                return Rows(text, (constraint,), value=True, path=True)
            case MinCount() | MaxCount() | HasValue() | Qualified():
                group = self._violated(constraint, shape, base, chain, "?this", "?value")
                if group is None:
                    return None
                return Rows(f"SELECT DISTINCT {chain} {{ {group} }}", (constraint,))
            case _:
                group = self._violated(constraint, shape, base, chain, "?this", "?value")
                if group is None:
                    return None
                column = "?value" if isinstance(constraint, Equals) else _column(shape)[0]
                text = f"SELECT DISTINCT {chain} {column} {{ {group} }}"
                return Rows(text, (constraint,), value=True)

    def single(self, constraint: Constraint, value: str, shape: Shape) -> str | None:
        """Return when a value violates a constraint on single values; None for other constraints.

        An expression that is never an error.
        """
        return self._test(constraint, value, shape)

    def unordered(self, constraint: LessThan, value: str, other: str) -> str:
        """Return when a value violates an order: an expression that is never an error."""
        sign = "<=" if constraint.equal else "<"
        return f"!COALESCE({self._plain(value)} {sign} {self._plain(other)}, false)"

    # patterns

    def _fresh(self) -> str:
        return f"?v{next(self.numbers)}"

    def _values(self, base: str, start: str, path: Path | None, value: str) -> str:
        """Return the group that also binds the value nodes; of a node shape the focus itself."""
        if path is None:
            return base if start == value else f"{base} BIND({start} AS {value})"
        return reached(base, start, path, value)

    def _unlike(
        self, term: Named, base: str, chain: str, node: str, seen: tuple[Named, ...]
    ) -> str | None:
        """Return the group ``base`` of the nodes that do not conform to a shape; None for none.

        :param node: the variable, bound by the base, of the nodes that are asked about.
        """
        shape = self.shapes.shapes.get(term)
        if shape is None:
            raise NotCompiledError(f"{term} is not described as a shape")
        if shape.deactivated:
            return None
        if term in seen:
            raise NotCompiledError(f"{term} leads to itself")
        if len(base) > LONG:
            raise NotCompiledError("it nests so many shapes that the query would be too long")
        seen = (*seen, term)
        chain = f"{chain} {node}"
        groups = []
        value = node if shape.path is None else self._fresh()
        tests = [test for c in shape.constraints if (test := self._test(c, value, shape))]
        if tests:
            any_ = " || ".join(f"({test})" for test in tests)
            groups.append(f"{self._values(base, node, shape.path, value)} FILTER({any_})")
        for constraint in shape.constraints:
            if self._test(constraint, value, shape):
                continue
            found = self._violated(constraint, shape, base, chain, node, self._fresh(), seen)
            if found is not None:
                groups.append(found)
        if not groups:
            return None
        if len(groups) == 1:
            return groups[0]
        found = " UNION ".join(f"{{ {group} }}" for group in groups)
        if len(found) > LONG:
            raise NotCompiledError("it nests so many shapes that the query would be too long")
        return found

    def _violated(
        self,
        constraint: Constraint,
        shape: Shape,
        base: str,
        chain: str,
        node: str,
        value: str,
        seen: tuple[Named, ...] = (),
    ) -> str | None:
        """Return the group ``base`` where a constraint is violated; None where it never is."""
        path, free = shape.path, value
        group = base if path is None else reached(base, node, path, value)
        value = node if path is None else value
        within = f"{chain} {value}"
        match constraint:
            case InClass(cls):
                return f"{group} {no_instance(value, cls)}"
            case MinCount(number):
                return self._too_few(base, node, path, number)
            case MaxCount(number):
                return self._too_many(base, chain, node, path, number)
            case HasValue(term):
                return self._without(base, node, path, term)
            case InList(terms):
                return f"{group} MINUS {{ VALUES {value} {{ {self._listed(terms)} }} }}"
            case Equals(predicate):
                return self._unequal(base, node, path, free, predicate)
            case DisjointWith(predicate):
                return f"{group} {node} {predicate} {value} ."
            case LessThan():
                return self._less_than(constraint, shape, base, node, value, self._fresh())
            case UniqueLanguage():
                return self._languages(base, chain, shape, node, self._fresh())
            case Closed():
                return self._closed(constraint, shape, base, node, self._fresh(), self._fresh())
            case Not(term):
                inner = self._unlike(term, group, within, value, (*seen, shape.term))
                return group if inner is None else f"{group} MINUS {{ {inner} }}"
            case And(terms):
                found = [
                    one
                    for term in terms
                    if (one := self._unlike(term, group, within, value, (*seen, shape.term)))
                ]
                return " UNION ".join(f"{{ {one} }}" for one in found) or None
            case Or(terms):
                return self._all_fail(terms, group, within, value, (*seen, shape.term))
            case OneOf(terms):
                return self._not_one(terms, group, within, value, (*seen, shape.term))
            case WithNode(term) | WithProperty(term):
                return self._unlike(term, group, within, value, (*seen, shape.term))
            case Qualified():
                return self._qualified(constraint, shape, base, chain, node, seen)
            case _:
                test = self._test(constraint, value, shape)
                if test is None:
                    raise NotCompiledError(f"{constraint.iri} inside another shape")
                return f"{group} FILTER({test})"

    # counts

    def _too_few(self, base: str, node: str, path: Path | None, number: int) -> str | None:
        if path is None or number == 0:
            return None
        value = self._fresh()
        if number == 1:
            if is_looked_up(path):
                return f"{base} FILTER NOT EXISTS {{ {node} {path_text(path)} {value} }}"
            return f"{base} MINUS {{ {reached(base, node, path, value)} }}"
        counted = self._counted(reached(base, node, path, value), node, value, f">= {number}")
        return f"{base} MINUS {{ {counted} }}"

    def _too_many(
        self, base: str, chain: str, node: str, path: Path | None, number: int
    ) -> str | None:
        if path is None:
            return None
        one, other = self._fresh(), self._fresh()
        group = reached(base, node, path, one)
        if number == 0:
            return group
        if number == 1 and is_looked_up(path):
            return f"{group} {node} {path_text(path)} {other} . FILTER(!sameTerm({one}, {other}))"
        return self._counted(group, _with(chain, node), one, f"> {number}")

    def _counted(self, group: str, by: str, value: str, sign: str) -> str:
        having = f"HAVING(COUNT(DISTINCT {value}) {sign})"
        return f"{{ SELECT {by} {{ {group} }} GROUP BY {by} {having} }}"

    def _qualified(
        self,
        constraint: Qualified,
        shape: Shape,
        base: str,
        chain: str,
        node: str,
        seen: tuple[Named, ...],
    ) -> str | None:
        assert shape.path is not None  # noqa: S101 - read so
        most = isinstance(constraint, AtMost)
        if not most and constraint.number == 0:
            return None
        value = self._fresh()
        within = f"{chain} {value}"
        seen = (*seen, shape.term)
        group = reached(base, node, shape.path, value)
        conforming = group
        for term in constraint.siblings:
            unlike = self._unlike(term, conforming, within, value, seen)
            if unlike is None:
                # every value conforms to the sibling: none counts
                return None if most else base
            conforming = unlike if "UNION" not in unlike else f"{{ {unlike} }}"
        inner = self._unlike(constraint.shape, conforming, within, value, seen)
        if inner is not None:
            conforming = f"{conforming} MINUS {{ {inner} }}"
        if most:
            return self._counted(conforming, _with(chain, node), value, f"> {constraint.number}")
        counted = self._counted(conforming, node, value, f">= {constraint.number}")
        return f"{base} MINUS {{ {counted} }}"

    # pairs of properties

    def _unequal(
        self, base: str, node: str, path: Path | None, value: str, predicate: ox.NamedNode
    ) -> str:
        if path is None:
            other = f"{base} {node} {predicate} {value} . FILTER(!sameTerm({node}, {value}))"
            lone = f"{base} FILTER NOT EXISTS {{ {node} {predicate} {node} }}"
            return f"{{ {lone} BIND({node} AS {value}) }} UNION {{ {other} }}"
        missing = f"{{ {reached(base, node, path, value)} }}"
        missing = f"{missing} FILTER NOT EXISTS {{ {node} {predicate} {value} }}"
        more = f"{base} {node} {predicate} {value} ."
        if is_looked_up(path):
            more = f"{more} FILTER NOT EXISTS {{ {node} {path_text(path)} {value} }}"
        else:
            more = f"{more} MINUS {{ {reached(base, node, path, value)} }}"
        return f"{{ {missing} }} UNION {{ {more} }}"

    def _less_than(
        self, constraint: LessThan, shape: Shape, base: str, node: str, value: str, other: str
    ) -> str:
        assert shape.path is not None  # noqa: S101 - read so
        group = reached(base, node, shape.path, value)
        test = self.unordered(constraint, value, other)
        return f"{{ {group} }} {node} {constraint.predicate} {other} . FILTER({test})"

    def _without(self, base: str, node: str, path: Path | None, term: Term) -> str:
        value = self._constant(term)
        if path is None:
            return f"{base} FILTER(!sameTerm({node}, {value}))"
        if is_looked_up(path):
            return f"{base} FILTER NOT EXISTS {{ {node} {path_text(path)} {value} }}"
        found = self._fresh()
        return (
            f"{base} MINUS {{ {{ {reached(base, node, path, found)} }} "
            f"FILTER(sameTerm({found}, {value})) }}"
        )

    def _languages(self, base: str, chain: str, shape: Shape, node: str, language: str) -> str:
        assert shape.path is not None  # noqa: S101 - read so
        value = self._fresh()
        group = (
            f"{{ {reached(base, node, shape.path, value)} }} "
            f"BIND(LCASE(LANG({value})) AS {language}) FILTER({language} != '')"
        )
        return self._counted(group, f"{_with(chain, node)} {language}", value, "> 1")

    def _closed(
        self, constraint: Closed, shape: Shape, base: str, node: str, predicate: str, held: str
    ) -> str:
        value = node if shape.path is None else self._fresh()
        group = self._values(base, node, shape.path, value)
        listed = ", ".join(map(str, constraint.allowed))
        open_ = f"{predicate} NOT IN ({listed}) && " if listed else ""
        kind, resource = ALWAYS_OPEN
        return (
            f"{{ {group} }} {value} {predicate} {held} . "
            f"FILTER({open_}!({predicate} = {kind} && sameTerm({held}, {resource})))"
        )

    # logic

    def _all_fail(
        self, terms: tuple[Named, ...], group: str, chain: str, value: str, seen: tuple[Named, ...]
    ) -> str | None:
        # One after the other keeps what fails; a choice of reasons would double the text each
        # time, so such a shape is asked apart, of the same nodes.
        failing, beside = group, []
        for term in terms:
            unlike = self._unlike(term, group, chain, value, seen)
            if unlike is None:
                return None
            if "UNION" in unlike.removeprefix(group):
                columns = " ".join(dict.fromkeys(chain.split()))
                beside.append(f"{{ SELECT DISTINCT {columns} {{ {unlike} }} }}")
            else:
                nested = self._unlike(term, failing, chain, value, seen)
                failing = f"{{ {nested} }}"
        return " ".join([failing, *beside])

    def _not_one(
        self, terms: tuple[Named, ...], group: str, chain: str, value: str, seen: tuple[Named, ...]
    ) -> str | None:
        found = []
        none = self._all_fail(terms, group, chain, value, seen)
        if none is not None:
            found.append(f"{{ {none} }}")
        for pair in combinations(terms, 2):
            both = group
            for term in pair:
                unlike = self._unlike(term, group, chain, value, seen)
                if unlike is not None:
                    both = f"{both} MINUS {{ {unlike} }}"
            found.append(f"{{ {both} }}")
        return " UNION ".join(found) or None

    # single values

    def _test(self, constraint: Constraint, value: str, shape: Shape) -> str | None:
        match constraint:
            case OfDatatype(datatype):
                return self._of_datatype(datatype.value, value)
            case OfKind(kind):
                return KINDS[kind].format(value)
            case Bound(sign, limit):
                return f"!COALESCE({self._plain(value)} {sign} {limit}, false)"
            case LengthAtLeast(number):
                return f"isBlank({value}) || STRLEN(STR({value})) < {number}"
            case LengthAtMost(number):
                return f"isBlank({value}) || STRLEN(STR({value})) > {number}"
            case Pattern(pattern, flags):
                return self._matches(pattern, flags, value)
            case InLanguages(ranges):
                any_ = " || ".join(
                    f"LANGMATCHES(LANG({value}), {ox.Literal(one)})" for one in ranges
                )
                return f"!COALESCE({any_ or 'false'}, false)"
            case InList(terms) if len(terms) <= MANY:
                same = " || ".join(f"sameTerm({value}, {self._constant(one)})" for one in terms)
                return f"!({same or 'false'})"
            case HasValue(term) if shape.path is None:
                return f"!sameTerm({value}, {self._constant(term)})"
            case _:
                return None

    def _of_datatype(self, datatype: str, value: str) -> str:
        if datatype == RDFS_LITERAL:
            return f"!isLiteral({value})"
        same = f"DATATYPE({value}) = <{datatype}>"
        if self.stand_ins:
            same = f"DATATYPE({value}) IN (<{datatype}>, <{FORM}{datatype}>)"
        name = datatype.removeprefix(XSD)
        if name == datatype:
            return f"!COALESCE({same}, false)"
        text = f"STR({value})"
        if name in FORMS:
            same += f' && REGEX({text}, "{FORMS[name]}")'
        elif name in RANGES:
            least, most = RANGES[name]
            same += f' && REGEX({text}, "{WHOLE}")'
            same += f" && <{XSD}integer>({text}) >= {least}" if least is not None else ""
            same += f" && <{XSD}integer>({text}) <= {most}" if most is not None else ""
        elif name in CASTS:
            same += f" && STR(<{XSD}{name}>({text})) != ''"
        elif name == "dateTimeStamp":
            same += f" && STR(<{XSD}dateTime>({text})) != ''"
            same += f' && REGEX({text}, "(Z|[+-][0-9:]+)$")'
        return f"!COALESCE({same}, false)"

    def _matches(self, pattern: str, flags: str, value: str) -> str:
        if not _is_known(pattern, flags):
            raise NotCompiledError(f"the pattern {pattern!r} is not of XPath's regular expressions")
        more = f", {ox.Literal(flags)}" if flags else ""
        return f"isBlank({value}) || !REGEX(STR({value}), {ox.Literal(pattern)}{more})"

    # terms

    def _constant(self, term: Term) -> str:
        """Return a term that is compared as a term, as the data holds it."""
        return written(kept(term) if self.stand_ins else term)

    def _listed(self, terms: tuple[Term, ...]) -> str:
        return " ".join(map(self._constant, terms))

    def _plain(self, variable: str) -> str:
        """Return the value of a variable, also where a stand-in holds it."""
        if not self.stand_ins:
            return variable
        datatype = f"STR(DATATYPE({variable}))"
        value = f'STRDT(STR({variable}), IRI(STRAFTER({datatype}, "{FORM}")))'
        return f'IF(STRSTARTS({datatype}, "{FORM}"), {value}, {variable})'


def _with(chain: str, node: str) -> str:
    """Return the variables of a chain, the node among them, each once."""
    return " ".join(dict.fromkeys([*chain.split(), node]))


def _is_known(pattern: str, flags: str) -> bool:
    """Return whether the engine knows a pattern: what it does not know it takes for an error."""
    if re.search(r"\(\?[=!<]|\\[1-9]", pattern):
        return False
    text = f"ASK {{ FILTER(BOUND(?x) || REGEX('', {ox.Literal(pattern)}, {ox.Literal(flags)}) "
    text += f"|| !REGEX('', {ox.Literal(pattern)}, {ox.Literal(flags)})) }}"
    return bool(ox.Store().query(text))


def _column(shape: Shape) -> tuple[str, str]:
    """Return how sh:value is selected, and the variable that holds it."""
    return ("(?this AS ?value)", "?this") if shape.path is None else ("?value", "?value")
