"""The text of a query as groups, patterns and expressions: what an analysis of it needs.

Read are SELECT and ASK of SPARQL 1.1; names are expanded, ``$x`` is ``?x``, blank nodes and ``[ ]``
are variables of their own, collections are their triples. Expressions stay token by token, for
nothing here computes; only the groups of EXISTS within them are read. What is read is written
again by :func:`written`, with the same meaning. What is not understood is refused, never guessed:
:class:`Unreadable` says so, and the caller falls back.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pyoxigraph as ox

from crosswalk.shapes.values import (
    Alternative,
    Inverse,
    Path,
    Predicate,
    Repeated,
    Sequence_,
)
from crosswalk.sparql import tokens

__all__ = [
    "GAP",
    "Bind",
    "Element",
    "Exists",
    "Expression",
    "Filter",
    "Gap",
    "Group",
    "InGraph",
    "Mark",
    "Minus",
    "Nested",
    "Optional",
    "Outside",
    "Query",
    "Service",
    "Subselect",
    "Triple",
    "Union",
    "Unreadable",
    "Values",
    "all_mentioned",
    "certain",
    "columns",
    "expression_text",
    "group_text",
    "mentioned",
    "mentioned_in",
    "path_between",
    "path_text",
    "read_query",
    "renamed",
    "renamed_query",
    "variables",
    "visible",
    "written",
]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = f"<{RDF}type>"
GAP = "\0"
"""What stands in a text for a :class:`Gap`."""
JOINED = ("!=", "<=", ">=", "&&", "||", "^^")
AGGREGATES = frozenset(["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"])


class Unreadable(Exception):
    """Why a text is not analysed."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A negated property set: any predicate but these, forwards or backwards."""

    forwards: tuple[str, ...]
    backwards: tuple[str, ...]
    forward: bool
    backward: bool


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS or NOT EXISTS within an expression."""

    group: Group
    negated: bool


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as its tokens, brackets included."""

    parts: tuple[str | Exists, ...]

    @property
    def aggregated(self) -> bool:
        """Whether it holds an aggregate."""
        return any(isinstance(p, str) and p.upper() in AGGREGATES for p in self.parts)


@dataclass(frozen=True, slots=True)
class Triple:
    """A triple pattern; the verb is a variable (``?p``) or a path."""

    subject: str
    verb: str | Path | Outside
    object: str


@dataclass(frozen=True, slots=True)
class Filter:
    """FILTER: of its whole group, wherever it stands."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Bind:
    """BIND."""

    expression: Expression
    variable: str


@dataclass(frozen=True, slots=True)
class Optional:
    """OPTIONAL."""

    group: Group


@dataclass(frozen=True, slots=True)
class Union:
    """Two groups or more, any of which gives rows."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Nested:
    """A group within a group."""

    group: Group


@dataclass(frozen=True, slots=True)
class Minus:
    """MINUS."""

    group: Group


@dataclass(frozen=True, slots=True)
class InGraph:
    """GRAPH."""

    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class Service:
    """SERVICE: only that it is there."""


@dataclass(frozen=True, slots=True)
class Values:
    """VALUES: its variables and rows; None is UNDEF."""

    variables: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Subselect:
    """A SELECT within a group."""

    query: Query


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that is filled in when the query is asked, and the variables bound there."""

    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A text that stands by itself, and binds nothing for certain."""

    text: str


Element = (
    (Triple | Filter | Bind | Optional | Union | Nested | Minus | InGraph | Service | Values)
    | Subselect
    | Gap
    | Mark
)


@dataclass(frozen=True, slots=True)
class Group:
    """The elements between two braces, in their order."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT or an ASK."""

    ask: bool
    distinct: bool
    projection: tuple[tuple[str, Expression | None], ...] | None
    """Variable and expression of each column; None is ``*``."""
    where: Group
    grouping: tuple[tuple[Expression, str | None], ...] = ()
    having: tuple[Expression, ...] = ()
    ordered: bool = False
    cut: bool = False
    """Whether it has LIMIT or OFFSET, which are not kept."""

    @property
    def aggregated(self) -> bool:
        """Whether its rows are groups of rows."""
        columns = [e for _, e in self.projection or () if e is not None]
        return bool(self.grouping or self.having) or any(e.aggregated for e in columns)


# reading


@lru_cache(maxsize=1024)
def _read(text: str, prefixes: tuple[tuple[str, str], ...], path: str | None) -> Query:
    return _Reader(text, dict(prefixes), path).query()


def read_query(text: str, prefixes: Mapping[str, str], *, path: str | None = None) -> Query:
    """Return the query of a text.

    :param prefixes: prefixes that the text need not declare.
    :param path: what ``$PATH`` stands for, as a property path; absent where there is none.
    :raises Unreadable: if the text is not understood.

    >>> query = read_query("SELECT $this { $this a ex:C }", {"ex": "urn:x:"})
    >>> written(query)
    'SELECT ?this WHERE { ?this <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:C> . }'
    """
    return _read(text, tuple(sorted(prefixes.items())), path)


class _Reader:
    """A text read token by token, from left to right."""

    def __init__(self, text: str, prefixes: dict[str, str], path: str | None) -> None:
        self.prefixes = prefixes
        self.path = path
        self.base = ""
        self.fresh = 0
        self.blanks: dict[str, str] = {}
        self.held = list(_lexed(text))
        self.at = 0

    # what stands here

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        where = self.at + ahead
        return self.held[where] if where < len(self.held) else ("end", "")

    def word(self, ahead: int = 0) -> str:
        kind, text = self.peek(ahead)
        return text.upper() if kind == "word" else ""

    def take(self) -> tuple[str, str]:
        found = self.peek()
        self.at += 1
        return found

    def sign(self, text: str) -> bool:
        if self.peek() == ("sign", text):
            self.at += 1
            return True
        return False

    def keyword(self, *words: str) -> bool:
        if all(self.word(n) == word for n, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def need(self, text: str) -> None:
        if not self.sign(text):
            raise Unreadable(f"{text!r} is expected before {self.peek()[1]!r}")

    # queries

    def query(self) -> Query:
        while True:
            if self.keyword("PREFIX"):
                name, iri = self.take()[1], self.take()[1]
                self.prefixes[name.removesuffix(":")] = self.resolved(iri[1:-1])
            elif self.keyword("BASE"):
                raise Unreadable("BASE is not read")
            else:
                break
        found = self.ask() if self.word() == "ASK" else self.select()
        if self.peek()[0] != "end":
            raise Unreadable(f"{self.peek()[1]!r} stands after the end")
        return found

    def ask(self) -> Query:
        self.keyword("ASK")
        self.keyword("WHERE")
        return Query(True, False, (), self.group())

    def select(self) -> Query:
        if not self.keyword("SELECT"):
            raise Unreadable("only SELECT and ASK are read")
        distinct = self.keyword("DISTINCT") or self.keyword("REDUCED")
        columns: list[tuple[str, Expression | None]] | None = []
        if self.sign("*"):
            columns = None
        while columns is not None:
            if self.peek()[0] == "variable":
                columns.append((self.take()[1], None))
            elif self.sign("("):
                columns.append(self.named())
            else:
                break
        if self.word() == "FROM":
            raise Unreadable("FROM is not read")
        self.keyword("WHERE")
        where = self.group()
        if columns is None:
            columns = [(v, None) for v in sorted(visible(where)) if not v.startswith("?_")]
            starred = True
        else:
            starred = False
        query = Query(False, distinct, None if starred else tuple(columns), where)
        return self.modifiers(query)

    def named(self) -> tuple[str, Expression]:
        parts: list[str | Exists] = []
        while not (self.word() == "AS" and self.peek(1)[0] == "variable"):
            self.part(parts)
        self.keyword("AS")
        variable = self.take()[1]
        self.need(")")
        return variable, Expression(tuple(parts))

    def modifiers(self, query: Query) -> Query:
        grouping: list[tuple[Expression, str | None]] = []
        having: list[Expression] = []
        if self.keyword("GROUP", "BY"):
            while (condition := self.condition()) is not None:
                grouping.append(condition)
            if not grouping:
                raise Unreadable("GROUP BY of nothing")
        if self.keyword("HAVING"):
            while (condition := self.condition()) is not None:
                having.append(condition[0])
        ordered = cut = False
        if self.keyword("ORDER", "BY"):
            ordered = True
            while self.keyword("ASC") or self.keyword("DESC") or self.condition() is not None:
                pass
        while self.word() in ("LIMIT", "OFFSET"):
            self.at += 2
            cut = True
        if self.word() == "VALUES":
            raise Unreadable("VALUES at the end is not read")
        return replace(
            query, grouping=tuple(grouping), having=tuple(having), ordered=ordered, cut=cut
        )

    def condition(self) -> tuple[Expression, str | None] | None:
        """Read one condition of GROUP BY, HAVING or ORDER BY, if there is one."""
        kind, text = self.peek()
        if kind == "variable":
            return Expression((self.take()[1],)), None
        if (kind, text) == ("sign", "("):
            parts: list[str | Exists] = []
            self.part(parts, alias=True)
            if len(parts) > 3 and isinstance(parts[-3], str) and parts[-3].upper() == "AS":
                variable = parts[-2]
                if isinstance(variable, str):
                    return Expression((*parts[:-3], ")")), variable
            return Expression(tuple(parts)), None
        word = kind == "word" and text.upper() not in ("HAVING", "ORDER", "LIMIT", "OFFSET")
        if kind in ("iri", "name") or (word and self.peek(1) == ("sign", "(")):
            return self.call(), None
        return None

    # groups

    def group(self) -> Group:
        self.need("{")
        if self.word() == "SELECT":
            inner = Subselect(self.select())
            self.need("}")
            return Group((inner,))
        elements: list[Element] = []
        while not self.sign("}"):
            self.element(elements)
        return Group(tuple(elements))

    def element(self, elements: list[Element]) -> None:
        word = self.word()
        if self.sign("."):
            return
        if self.peek() == ("sign", "{"):
            groups = [self.group()]
            while self.keyword("UNION"):
                groups.append(self.group())
            elements.append(Union(tuple(groups)) if len(groups) > 1 else _single(groups[0]))
        elif word == "FILTER":
            self.at += 1
            elements.append(Filter(self.constraint()))
        elif word == "BIND":
            self.at += 1
            self.need("(")
            variable, expression = self.named()
            elements.append(Bind(expression, variable))
        elif word == "OPTIONAL":
            self.at += 1
            elements.append(Optional(self.group()))
        elif word == "MINUS":
            self.at += 1
            elements.append(Minus(self.group()))
        elif word == "GRAPH":
            self.at += 1
            name = self.term()
            elements.append(InGraph(name, self.group()))
        elif word == "SERVICE":
            self.at += 1
            self.keyword("SILENT")
            self.term()
            self.group()
            elements.append(Service())
        elif word == "VALUES":
            self.at += 1
            elements.append(self.values())
        else:
            self.triples(elements)

    def values(self) -> Values:
        variables: list[str] = []
        rows: list[tuple[str | None, ...]] = []
        single = not self.sign("(")
        if single:
            variables.append(self.take()[1])
        else:
            while not self.sign(")"):
                variables.append(self.take()[1])
        self.need("{")
        while not self.sign("}"):
            if single:
                rows.append((self.value(),))
            else:
                self.need("(")
                row: list[str | None] = []
                while not self.sign(")"):
                    row.append(self.value())
                rows.append(tuple(row))
        if any(len(row) != len(variables) for row in rows):
            raise Unreadable("a row of VALUES is of another length than its variables")
        return Values(tuple(variables), tuple(rows))

    def value(self) -> str | None:
        return None if self.keyword("UNDEF") else self.term()

    # triples

    def triples(self, elements: list[Element]) -> None:
        compound = self.peek() in (("sign", "["), ("sign", "("))
        subject = self.node(elements)
        if compound and self.peek() in (("sign", "."), ("sign", "}")):
            return
        self.properties(subject, elements)

    def properties(self, subject: str, elements: list[Element]) -> None:
        while True:
            verb = self.verb()
            while True:
                found = self.node(elements)
                elements.append(Triple(subject, verb, found))
                if not self.sign(","):
                    break
            more = False
            while self.sign(";"):
                more = True
            if not more or self.peek() in (("sign", "."), ("sign", "}"), ("sign", "]")):
                return
            if self.word() in ("FILTER", "OPTIONAL", "BIND", "MINUS", "GRAPH", "VALUES"):
                return

    def node(self, elements: list[Element]) -> str:
        if self.sign("["):
            variable = self.unnamed()
            if not self.sign("]"):
                self.properties(variable, elements)
                self.need("]")
            return variable
        if self.sign("("):
            members = []
            while not self.sign(")"):
                members.append(self.node(elements))
            end = f"<{RDF}nil>"
            for member in reversed(members):
                cell = self.unnamed()
                first, rest = (Predicate(ox.NamedNode(RDF + n)) for n in ("first", "rest"))
                elements += [Triple(cell, first, member), Triple(cell, rest, end)]
                end = cell
            return end
        return self.term()

    def unnamed(self) -> str:
        self.fresh += 1
        return f"?_b{self.fresh}"

    def term(self) -> str:
        kind, text = self.take()
        if kind in ("variable", "iri", "literal"):
            return self.iri(text) if kind == "iri" else self.typed(text)
        if kind == "name":
            return self.expanded(text)
        if kind == "blank":
            return self.blanks.setdefault(text, self.unnamed())
        if kind == "number" or (kind == "word" and text in ("true", "false")):
            return text
        if (kind, text) in (("sign", "-"), ("sign", "+")) and self.peek()[0] == "number":
            return text + self.take()[1]
        raise Unreadable(f"{text!r} stands where a term is expected")

    def typed(self, text: str) -> str:
        """Return a literal with the datatype that follows it, if one does."""
        if text[:1] in "\"'" and self.sign("^^"):
            kind, name = self.take()
            if kind not in ("iri", "name"):
                raise Unreadable(f"{name!r} stands where a datatype is expected")
            return f"{text}^^{self.iri(name) if kind == 'iri' else self.expanded(name)}"
        return text

    def iri(self, text: str) -> str:
        return f"<{self.resolved(text[1:-1])}>"

    def resolved(self, iri: str) -> str:
        if "\\" in iri or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri):
            raise Unreadable(f"<{iri}> is relative or escaped")
        return iri

    def expanded(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        if prefix not in self.prefixes:
            raise Unreadable(f"the prefix {prefix!r} is not declared")
        plain = re.sub(r"\\(.)", r"\1", local)
        return f"<{self.prefixes[prefix]}{plain}>"

    # paths

    def verb(self) -> str | Path | Outside:
        kind, text = self.peek()
        if kind == "variable" and text != "?PATH":
            return self.take()[1]
        return self.alternatives()

    def alternatives(self) -> Path | Outside:
        found = [self.sequence()]
        while self.sign("|"):
            found.append(self.sequence())
        if len(found) == 1:
            return found[0]
        return Alternative(tuple(self.plain(p) for p in found))

    def sequence(self) -> Path | Outside:
        found = [self.step()]
        while self.sign("/"):
            found.append(self.step())
        if len(found) == 1:
            return found[0]
        return Sequence_(tuple(self.plain(p) for p in found))

    def plain(self, path: Path | Outside) -> Path:
        if isinstance(path, Outside):
            raise Unreadable("a negated property set within a path is not read")
        return path

    def step(self) -> Path | Outside:
        if self.sign("^"):
            return Inverse(self.plain(self.repeated()))
        return self.repeated()

    def repeated(self) -> Path | Outside:
        kind, text = self.peek()
        found: Path | Outside
        if self.sign("("):
            found = self.alternatives()
            self.need(")")
        elif self.sign("!"):
            found = self.negated()
        elif (kind, text) == ("variable", "?PATH") and self.path is not None:
            self.at += 1
            inner = _Reader(self.path, {}, None)
            found = inner.alternatives()
        elif kind == "word" and text == "a":
            self.at += 1
            found = Predicate(ox.NamedNode(RDF + "type"))
        elif kind in ("iri", "name"):
            found = Predicate(ox.NamedNode(self.term()[1:-1]))
        else:
            raise Unreadable(f"{text!r} stands where a path is expected")
        for sign in "*+":
            if self.sign(sign):
                return Repeated(self.plain(found), sign)
        if self.sign("?"):
            return Repeated(self.plain(found), "?")
        return found

    def negated(self) -> Outside:
        forwards: list[str] = []
        backwards: list[str] = []
        many = self.sign("(")
        while True:
            inverse = self.sign("^")
            if self.word() == "A" and self.peek()[1] == "a":
                self.at += 1
                name = TYPE
            else:
                name = self.term()
            (backwards if inverse else forwards).append(name)
            if not (many and self.sign("|")):
                break
        if many:
            self.need(")")
        forward = bool(forwards) or not backwards
        return Outside(tuple(forwards), tuple(backwards), forward, bool(backwards))

    # expressions

    def constraint(self) -> Expression:
        """Read what follows FILTER: brackets, a call, or EXISTS."""
        if self.word() in ("EXISTS", "NOT"):
            parts: list[str | Exists] = []
            self.part(parts)
            return Expression(tuple(parts))
        if self.peek() == ("sign", "("):
            parts = []
            self.part(parts)
            return Expression(tuple(parts))
        return self.call()

    def call(self) -> Expression:
        kind, text = self.take()
        if kind == "word":
            name = text
        elif kind == "iri":
            name = self.iri(text)
        elif kind == "name":
            name = self.expanded(text)
        else:
            raise Unreadable(f"{text!r} stands where a condition is expected")
        parts: list[str | Exists] = [name]
        if self.peek() != ("sign", "("):
            raise Unreadable(f"{name!r} stands where a condition is expected")
        self.part(parts)
        return Expression(tuple(parts))

    def part(self, parts: list[str | Exists], *, alias: bool = False) -> None:
        """Read one token of an expression, or all between two brackets."""
        if self.keyword("NOT", "EXISTS"):
            parts.append(Exists(self.group(), True))
            return
        if self.keyword("EXISTS"):
            parts.append(Exists(self.group(), False))
            return
        if self.sign("("):
            parts.append("(")
            while not self.sign(")"):
                self.part(parts, alias=alias)
            parts.append(")")
            return
        kind, text = self.peek()
        if kind == "iri" and parts and _ends_operand(parts[-1]):
            raise Unreadable(f"{text!r} may be a comparison or an IRI")
        if kind in ("iri", "name", "literal"):
            parts.append(self.term())
        elif kind in ("variable", "number", "word"):
            if text == "?PATH":
                raise Unreadable("$PATH stands elsewhere than as a predicate")
            parts.append(self.take()[1])
        elif kind == "sign" and text not in "{}[].":
            parts.append(self.take()[1])
        else:
            raise Unreadable(f"{text or 'the end'!r} stands within an expression")


def _ends_operand(part: str | Exists) -> bool:
    return isinstance(part, str) and (part[:1] in "?\"'<)" or part[:1].isdigit())


def _single(group: Group) -> Element:
    only = group.elements[0] if len(group.elements) == 1 else None
    return only if isinstance(only, Subselect) else Nested(group)


def _lexed(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token, those that belong together joined."""
    waiting: tuple[str, str] | None = None
    for kind, word, _ in tokens(text, spaces=True):
        if kind == "space":
            if waiting is not None:
                yield waiting
                waiting = None
            continue
        if waiting is not None and waiting[0] == "literal" and kind == "language":
            yield "literal", waiting[1] + word
            waiting = None
            continue
        if waiting is not None and kind == "sign" and waiting[1] + word in JOINED:
            yield "sign", waiting[1] + word
            waiting = None
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        if kind == "string":
            waiting = "literal", word
        elif kind == "variable":
            yield "variable", f"?{word[1:]}"
        elif kind == "name" and word.endswith(".") and not word.endswith("\\."):
            bare = word.rstrip(".")
            yield "name", bare
            for _ in word[len(bare) :]:
                yield "sign", "."
        elif kind == "number" and word.endswith("."):
            yield "number", word[:-1]
            yield "sign", "."
        elif kind == "sign":
            waiting = "sign", word
        elif kind in ("open", "language"):
            raise Unreadable(f"{word[:20]!r} is no token")
        else:
            yield kind, word
    if waiting is not None:
        yield waiting


# variables


def mentioned_in(expression: Expression) -> set[str]:
    """Return the variables of an expression, those of its EXISTS included."""
    found: set[str] = set()
    for part in expression.parts:
        if isinstance(part, Exists):
            found |= mentioned(part.group)
        elif part[0] == "?" and len(part) > 1:
            found.add(part)
    return found


def variables(triple: Triple) -> list[str]:
    """Return the variables of a pattern: of its subject, its object, its predicate."""
    ends = [triple.subject, triple.object]
    if isinstance(triple.verb, str):
        ends.append(triple.verb)
    return [end for end in ends if end[0] == "?"]


def path_between(start: str, goal: str, beside: Sequence[Triple]) -> tuple[Triple, ...] | None:
    """Return the fewest patterns that link two variables, the first to the one first; or None."""
    seen: dict[str, tuple[Triple, ...]] = {start: ()}
    open_ = deque(seen)
    while open_:
        here = open_.popleft()
        if here == goal:
            return seen[here]
        for pattern in beside:
            held = variables(pattern)
            for there in held if here in held else ():
                if there not in seen:
                    seen[there] = (*seen[here], pattern)
                    open_.append(there)
    return None


def certain(elements: Iterable[Element], known: Iterable[str] = ()) -> set[str]:
    """Return the variables that each row of some elements binds.

    :param known: those that are bound before.
    """
    found = set(known)
    for element in elements:
        match element:
            case Triple():
                found |= set(variables(element))
            case Bind(expression, variable):
                bare = [p for p in expression.parts if p not in ("(", ")")]
                only = bare[0] if len(bare) == 1 else ""
                if isinstance(only, str) and (only in found or only[:1] not in ("", "?")):
                    found.add(variable)
            case Union(groups):
                found |= set.intersection(*(certain(g.elements) for g in groups))
            case Nested(group):
                found |= certain(group.elements)
            case InGraph(name, group):
                found |= certain(group.elements) | ({name} if name[0] == "?" else set())
            case Gap(names):
                found |= set(names)
            case Values(names, rows):
                for at, variable in enumerate(names):
                    if all(row[at] is not None for row in rows):
                        found.add(variable)
            case Subselect(query):
                inner = certain(query.where.elements)
                found |= {v for v, e in columns(query) if e is None and v in inner}
            case _:
                pass
    return found


def columns(query: Query) -> tuple[tuple[str, Expression | None], ...]:
    """Return the columns of a query, those of ``*`` spelt out."""
    if query.projection is not None:
        return query.projection
    return tuple((v, None) for v in sorted(visible(query.where)) if not v.startswith("?_"))


def visible(group: Group) -> set[str]:
    """Return the variables that rows of a group may bind."""
    found: set[str] = set()
    for element in group.elements:
        match element:
            case Triple():
                found |= set(variables(element))
            case Bind(_, variable):
                found.add(variable)
            case Union(groups):
                for branch in groups:
                    found |= visible(branch)
            case Nested(inner) | Optional(inner):
                found |= visible(inner)
            case InGraph(name, inner):
                found |= visible(inner) | ({name} if name[0] == "?" else set())
            case Values(names) | Gap(names):
                found |= set(names)
            case Subselect(query):
                found |= {v for v, _ in columns(query)}
            case _:
                pass
    return found


def mentioned(group: Group) -> set[str]:
    """Return all variables that stand in a group, however deep, and are not a subselect's own."""
    found: set[str] = set()
    for element in group.elements:
        match element:
            case Triple():
                found |= set(variables(element))
            case Filter(expression):
                found |= mentioned_in(expression)
            case Bind(expression, variable):
                found |= mentioned_in(expression) | {variable}
            case Union(groups):
                for branch in groups:
                    found |= mentioned(branch)
            case Nested(inner) | Optional(inner) | Minus(inner):
                found |= mentioned(inner)
            case InGraph(name, inner):
                found |= mentioned(inner) | ({name} if name[0] == "?" else set())
            case Values(names) | Gap(names):
                found |= set(names)
            case Subselect(query):
                found |= {v for v, _ in columns(query)}
            case _:
                pass
    return found


def all_mentioned(query: Query) -> set[str]:
    """Return all variables that stand in a query, and are not a subselect's own."""
    found = mentioned(query.where)
    for variable, expression in columns(query):
        found |= {variable} if expression is None else mentioned_in(expression)
    for expression, _ in query.grouping:
        found |= mentioned_in(expression)
    for expression in query.having:
        found |= mentioned_in(expression)
    return found


def renamed(group: Group, names: Mapping[str, str]) -> Group:
    """Return a group with variables called otherwise, or replaced by terms.

    :raises Unreadable: where a term cannot stand.
    """
    return Group(tuple(_element_renamed(element, names) for element in group.elements))


def renamed_query(query: Query, names: Mapping[str, str]) -> Query:
    """Return a query with variables called otherwise, or replaced by terms, which it still shows.

    :raises Unreadable: where a term cannot stand.
    """
    shown: list[tuple[str, Expression | None]] = []
    for variable, held in columns(query):
        new = names.get(variable, variable)
        if new[0] != "?":
            shown.append((variable, Expression((new,))))
        else:
            shown.append((new, held and _expression_renamed(held, names)))
    grouping = [
        (_expression_renamed(e, names), v and _variable(v, names)) for e, v in query.grouping
    ]
    return replace(
        query,
        projection=tuple(shown),
        where=renamed(query.where, names),
        grouping=tuple(grouping),
        having=tuple(_expression_renamed(e, names) for e in query.having),
    )


def _variable(name: str, names: Mapping[str, str]) -> str:
    new = names.get(name, name)
    if new[0] != "?":
        raise Unreadable(f"{name} is bound, and stands for a term")
    return new


def _expression_renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    parts: list[str | Exists] = []
    for part in expression.parts:
        if isinstance(part, Exists):
            parts.append(Exists(renamed(part.group, names), part.negated))
        else:
            parts.append(names.get(part, part))
    at = 0
    while at < len(parts) - 3:
        word = parts[at]
        if isinstance(word, str) and word.upper() == "BOUND" and str(parts[at + 2])[0] != "?":
            parts[at : at + 4] = ["true"]
        at += 1
    return Expression(tuple(parts))


def _element_renamed(element: Element, names: Mapping[str, str]) -> Element:
    match element:
        case Triple(subject, verb, found):
            subject = names.get(subject, subject)
            if isinstance(verb, str):
                verb = names.get(verb, verb)
                if verb[0] not in "?<":
                    raise Unreadable("a literal would stand as a predicate")
            if subject[0] not in "?<":
                raise Unreadable("a literal would stand as a subject")
            return Triple(subject, verb, names.get(found, found))
        case Filter(condition):
            return Filter(_expression_renamed(condition, names))
        case Bind(condition, variable):
            return Bind(_expression_renamed(condition, names), _variable(variable, names))
        case Union(groups):
            return Union(tuple(renamed(g, names) for g in groups))
        case Nested(inner):
            return Nested(renamed(inner, names))
        case Optional(inner):
            return Optional(renamed(inner, names))
        case Minus(inner):
            return Minus(renamed(inner, names))
        case InGraph(name, inner):
            return InGraph(names.get(name, name), renamed(inner, names))
        case Values(variables, rows):
            return Values(tuple(_variable(v, names) for v in variables), rows)
        case Subselect(query):
            return Subselect(renamed_query(query, names))
        case _:
            return element


# writing


def path_text(path: Path | Outside, *, bare: bool = True) -> str:
    """Return a path as SPARQL.

    :param bare: whether it may stand without brackets.
    """
    match path:
        case Predicate(iri):
            return f"<{iri.value}>"
        case Inverse(inner):
            text = f"^{path_text(inner, bare=False)}"
        case Sequence_(steps):
            text = "/".join(path_text(s, bare=False) for s in steps)
        case Alternative(paths):
            text = "|".join(path_text(p, bare=False) for p in paths)
        case Repeated(inner, sign):
            text = f"{path_text(inner, bare=False)}{sign}"
        case Outside(forwards, backwards):
            text = f"!({'|'.join([*forwards, *('^' + b for b in backwards)])})"
        case _:
            raise Unreadable(f"no path: {path!r}")
    return text if bare else f"({text})"


def expression_text(expression: Expression) -> str:
    """Return an expression as SPARQL."""
    text = ""
    for part in expression.parts:
        if isinstance(part, Exists):
            text += f" {'NOT ' if part.negated else ''}EXISTS {group_text(part.group)}"
        elif part == "(" and (text[-1:].isalnum() or text[-1:] == ">"):
            text += part  # Oxigraph takes no space between a function and its bracket
        else:
            text += f" {part}"
    return text.strip()


def _element_text(element: Element) -> str:
    match element:
        case Triple(subject, verb, found):
            path = verb if isinstance(verb, str) else path_text(verb)
            return f"{subject} {path} {found} ."
        case Filter(expression):
            exists = isinstance(expression.parts[0], Exists)
            text = expression_text(expression)
            bare = exists or expression.parts[0] != "(" or _one_bracket(expression.parts)
            return f"FILTER {text}" if bare else f"FILTER ({text})"
        case Bind(expression, variable):
            return f"BIND({expression_text(expression)} AS {variable})"
        case Optional(group):
            return f"OPTIONAL {group_text(group)}"
        case Minus(group):
            return f"MINUS {group_text(group)}"
        case Union(groups):
            return " UNION ".join(map(group_text, groups))
        case Nested(group):
            return group_text(group)
        case InGraph(name, group):
            return f"GRAPH {name} {group_text(group)}"
        case Values(variables, rows):
            lines = " ".join(f"({' '.join(c or 'UNDEF' for c in row)})" for row in rows)
            return f"VALUES ({' '.join(variables)}) {{ {lines} }}"
        case Subselect(query):
            return f"{{ {written(query)} }}"
        case Gap():
            return GAP
        case Mark(text):
            return text
        case _:
            raise Unreadable("SERVICE is not written")


def _one_bracket(parts: Sequence[str | Exists]) -> bool:
    depth = 0
    for at, part in enumerate(parts):
        depth += (part == "(") - (part == ")")
        if depth == 0 and at < len(parts) - 1:
            return False
    return True


def group_text(group: Group) -> str:
    """Return a group as SPARQL, braces included."""
    return f"{{ {' '.join(map(_element_text, group.elements))} }}"


def written(query: Query) -> str:
    """Return a query as SPARQL.

    :raises Unreadable: if it holds what is not written: SERVICE, LIMIT.
    """
    if query.cut:
        raise Unreadable("LIMIT and OFFSET are not written")
    if query.ask:
        return f"ASK {group_text(query.where)}"
    shown = " ".join(
        v if e is None else f"({expression_text(e)} AS {v})" for v, e in columns(query)
    )
    text = f"SELECT {'DISTINCT ' if query.distinct else ''}{shown} WHERE {group_text(query.where)}"
    if query.grouping:
        keys = [f"({expression_text(e)} AS {v})" if v else _bracketed(e) for e, v in query.grouping]
        text += f" GROUP BY {' '.join(keys)}"
    if query.having:
        text += f" HAVING {' '.join(map(_bracketed, query.having))}"
    return text


def _bracketed(expression: Expression) -> str:
    text = expression_text(expression)
    if len(expression.parts) == 1 and text[0] == "?":
        return text
    return text if expression.parts[0] == "(" and _one_bracket(expression.parts) else f"({text})"
