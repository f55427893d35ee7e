"""What a request asks by the SPARQL 1.1 Protocol: a query, an update, or the service's description.

Strict in what it takes: one operation a request, said in one way, in UTF-8.

.. seealso:: SPARQL 1.1 Protocol, sections 2.1 and 2.2
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl

from crosswalk.errors import MediaTypeError, MethodError, UsageError

__all__ = ["Describe", "Query", "Update", "asked", "content_type", "with_dataset"]

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the dataset the request names; without one, the service's own."""

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """An update and the dataset its WHERE is to read; without one, the service's own."""

    text: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Describe:
    """The wish to be told what the service can do."""


Parameters = Mapping[str, Sequence[str]]


def asked(
    method: str,
    address: str,
    header: str | None,
    body: bytes,
    *,
    takes: Sequence[type[Query] | type[Update]] = (Query, Update),
) -> Query | Update | Describe:
    """Return what a request asks.

    :param address: the part of the URL behind the question mark.
    :param header: the Content-Type of the body.
    :param takes: what this address of the service answers.
    :raises MethodError: if the method does not fit.
    :raises MediaTypeError: if the body is of another type, or in another charset than UTF-8.
    :raises UsageError: if the request names no operation, several, or one said twice.

    >>> asked("GET", "query=ASK%7B%7D", None, b"")
    Query(text='ASK{}', default_graphs=(), named_graphs=())
    """
    given = _parameters(address, "address")
    if method in ("GET", "HEAD"):
        if "update" in given:
            raise UsageError("an update is sent by POST", place="update")
        if Query not in takes:
            raise MethodError("an update is sent by POST", allow=("POST", "OPTIONS"))
        if "query" not in given:
            return Describe()
        return _query(given)
    if method != "POST":
        raise MethodError(f"{method} asks nothing here", allow=("GET", "HEAD", "POST", "OPTIONS"))
    kind, charset = content_type(header)
    if charset not in ("", "utf-8", "utf8"):
        raise MediaTypeError(f"the charset {charset!r} is not read", remedy="Send UTF-8.")
    if kind == FORM:
        for name in ("query", "update"):
            if name in given:
                raise UsageError(
                    "the operation stands in the address of a form", place=name, remedy=_ONCE
                )
        return _form(_merged(given, _parameters(_text(body), "body")), takes)
    if kind == QUERY and Query in takes:
        _alone(given)
        return _query({**given, "query": (_text(body),)})
    if kind == UPDATE and Update in takes:
        _alone(given)
        return _update({**given, "update": (_text(body),)})
    wanted = [FORM, *(QUERY for t in takes if t is Query), *(UPDATE for t in takes if t is Update)]
    raise MediaTypeError(
        f"a body of type {kind or 'none'} asks nothing here", remedy=f"Send {' or '.join(wanted)}."
    )


_ONCE = "Say one operation, once: in the address, in a form, or as the body."


def _form(
    given: Parameters, takes: Sequence[type[Query] | type[Update]]
) -> Query | Update | Describe:
    named = [name for name in ("query", "update") if name in given]
    if len(named) != 1:
        raise UsageError(
            "query and update in one request" if named else "neither query nor update is given",
            remedy=_ONCE,
        )
    if named == ["query"] and Query in takes:
        return _query(given)
    if named == ["update"] and Update in takes:
        return _update(given)
    raise UsageError(f"this address takes no {named[0]}", remedy="See the service description.")


def _query(given: Parameters) -> Query:
    _without(given, ("using-graph-uri", "using-named-graph-uri"), "a query", "default-graph-uri")
    return Query(
        _one(given, "query"),
        _iris(given, "default-graph-uri"),
        _iris(given, "named-graph-uri"),
    )


def _update(given: Parameters) -> Update:
    _without(given, ("default-graph-uri", "named-graph-uri"), "an update", "using-graph-uri")
    return Update(
        _one(given, "update"),
        _iris(given, "using-graph-uri"),
        _iris(given, "using-named-graph-uri"),
    )


def _without(given: Parameters, names: Sequence[str], what: str, way_out: str) -> None:
    for name in names:
        if name in given:
            raise UsageError(f"is not for {what}", place=name, remedy=f"Use {way_out}.")


def _alone(given: Parameters) -> None:
    for name in ("query", "update"):
        if name in given:
            raise UsageError("the body holds the operation already", place=name, remedy=_ONCE)


def _one(given: Parameters, name: str) -> str:
    values = given[name]
    if len(values) != 1:
        raise UsageError(f"is given {len(values)} times", place=name, remedy=_ONCE)
    return values[0]


def _iris(given: Parameters, name: str) -> tuple[str, ...]:
    import pyoxigraph as ox

    found = tuple(dict.fromkeys(given.get(name, ())))
    for iri in found:
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise UsageError(f"{iri!r} is not an absolute IRI", place=name) from None
    return found


def _merged(one: Parameters, other: Parameters) -> Parameters:
    return {
        name: (*one.get(name, ()), *other.get(name, ())) for name in dict.fromkeys((*one, *other))
    }


def _parameters(text: str, place: str) -> dict[str, tuple[str, ...]]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8", place=place) from None
    except ValueError:
        raise UsageError("has more than 1000 parameters", place=place) from None
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"is not UTF-8 from byte {error.start} on", place="body", remedy="Send UTF-8."
        ) from None


def content_type(header: str | None) -> tuple[str, str]:
    """Return (media type, charset) of a Content-Type header, both in small letters.

    >>> content_type('Text/Turtle; charset="UTF-8"')
    ('text/turtle', 'utf-8')
    """
    message = Message()
    message["content-type"] = header or ""
    if not header:
        return "", ""
    charset = message.get_param("charset", "")
    return message.get_content_type(), str(charset).strip("\"'").casefold()


TOKEN = re.compile(
    r'"{3}(?:\\.|[^\\])*?"{3}|'
    r"'{3}(?:\\.|[^\\])*?'{3}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])*'"
    r"|<[^<>\"{}|^`\s]*>|#[^\n]*|[{};]|[A-Za-z_][\w.:-]*|.",
    re.DOTALL,
)


def with_dataset(update: Update) -> str:
    """Return the text of an update whose every WHERE reads the graphs that the request names.

    :raises UsageError: if the update names graphs itself: USING, USING NAMED or WITH.

    >>> with_dataset(Update("DELETE {} WHERE {}", ("urn:g",)))
    'DELETE {} USING <urn:g> WHERE {}'

    .. seealso:: SPARQL 1.1 Protocol, section 2.2.3
    """
    clause = " ".join(
        [
            *(f"USING <{iri}>" for iri in update.using),
            *(f"USING NAMED <{iri}>" for iri in update.using_named),
        ]
    )
    out: list[str] = []
    depth = 0
    for token in TOKEN.findall(update.text):
        word = token.upper()
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0 and word in ("USING", "WITH"):
            raise UsageError(
                f"the update says {word} and the request names graphs",
                remedy="Name them in one place.",
            )
        if depth == 0 and word == "WHERE":
            out.append(clause + " ")
        out.append(token)
    return "".join(out)
