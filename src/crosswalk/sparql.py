"""What can be told of a SPARQL text without evaluating it: whether it reaches out, what it is FROM.

The store runs SERVICE and LOAD by itself, and accepts more than the grammar says: keywords that
are joined to what stands next to them (``SERVICESILENT<…>``, ``1SERVICE<…>``, ``SERVICEex:x``),
and ``<`` as an operator where a tokeniser would see an IRI. So a text is cut into tokens in the
way that finds the most keywords, both as it stands and with its escapes decoded, and where a
``<`` is ambiguous the words are refused wherever they stand behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urljoin

from crosswalk.errors import UsageError

__all__ = ["From", "Token", "from_clauses", "refuse_load", "refuse_service", "tokens"]

LOCAL = r"(?:%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
TOKEN = re.compile(
    r"(?P<space>\s+|\#[^\n\r]*)"
    r'|(?P<string>"{3}(?:"{0,2}(?:[^"\\]|\\.))*+"{3}'
    r"|'{3}(?:'{0,2}(?:[^'\\]|\\.))*+'{3}"
    r'|"(?!"")(?:\\.|[^"\\\n\r])*+"'
    r"|'(?!'')(?:\\.|[^'\\\n\r])*+')"
    r"|(?P<open>\"{3}.*|'{3}.*|[\"'][^\n\r]*)"
    r'|(?P<iri><[^<>"{}|^`\x00-\x20]*>)'
    r"|(?P<variable>[?$]\w+)"
    r"|(?P<blank>_:\w(?:[\w.\-]*[\w\-])?)"
    r"|(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)"
    rf"|(?P<name>(?:[^\W\d_][\w.\-]{{0,200}}+)?:(?:(?:[\w:]|{LOCAL}))(?:[\w:.\-]|{LOCAL}))*)?)"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
"""Names are bounded and strings taken whole, so that the time is linear in the text's length; a
string that does not end is a token of its own, in which keywords are looked for as well."""
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
SURE = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
"""An IRI that cannot be read as ``<``, a prefixed name and a division."""


class Token(NamedTuple):
    """One token: what it is, its text, how deep in braces it stands."""

    kind: str
    text: str
    depth: int


class From(NamedTuple):
    """What a query says its dataset is: the graphs of FROM and of FROM NAMED."""

    default: tuple[str, ...]
    named: tuple[str, ...]


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a SPARQL text, without its spaces and comments.

    >>> [token.kind for token in tokens("ASK { ?s a <urn:x> }")]
    ['word', 'sign', 'variable', 'word', 'iri', 'sign']
    """
    depth = 0
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or "sign"
        if kind == "space":
            continue
        word = found[0]
        depth -= word == "}"
        yield Token(kind, word, depth)
        depth += word == "{"


def refuse_service(text: str) -> None:
    """Refuse a query that would have the store reach out: a dataset answers from itself.

    The word stays free in strings, comments, IRIs, variables and prefixed names.

    :raises UsageError: if the query holds SERVICE.

    >>> refuse_service('SELECT * WHERE { ?service ?p "SERVICE" } # SERVICE')
    """
    if any(_calls_service(one) for one in _readings(text)):
        raise UsageError(
            "SERVICE is refused: a query is answered from the dataset alone",
            remedy="Load what is needed with --data or --knowledge.",
        )


def refuse_load(text: str) -> None:
    """Refuse an update that would have the store fetch or read a document.

    :raises UsageError: if the update holds LOAD or SERVICE.

    >>> refuse_load('PREFIX load: <urn:l:> INSERT DATA { load:a load:b "LOAD" }')
    """
    refuse_service(text)
    if any(_calls_load(one) for one in _readings(text)):
        raise UsageError(
            "LOAD is refused: an update does not fetch",
            remedy="Send the document itself to the graph store.",
        )


def from_clauses(text: str, *, base: str | None = None) -> From | None:
    """Return the graphs of a query's FROM and FROM NAMED, or None if it has neither.

    :param base: what relative IRIs are relative to, unless the query says BASE.

    >>> from_clauses("PREFIX g: <urn:g:> SELECT * FROM g:1 FROM NAMED <urn:h> { ?s ?p ?o }")
    From(default=('urn:g:1',), named=('urn:h',))
    """
    prefixes: dict[str, str] = {}
    default: list[str] = []
    named: list[str] = []
    held = [token for token in tokens(text) if token.depth == 0]
    words = [token.text.upper() if token.kind == "word" else "" for token in held]
    for at, word in enumerate(words):
        after = held[at + 1 : at + 3]
        if word == "BASE" and after and after[0].kind == "iri":
            base = urljoin(base or "", _iri(after[0].text))
        elif word == "PREFIX" and len(after) == 2 and after[1].kind == "iri":
            prefixes[after[0].text] = urljoin(base or "", _iri(after[1].text))
        elif word == "FROM" and after:
            wanted = after[-1] if words[at + 1] == "NAMED" else after[0]
            graph = _resolved(wanted, prefixes, base)
            if graph is not None:
                (named if words[at + 1] == "NAMED" else default).append(graph)
    return From(tuple(default), tuple(named)) if default or named else None


def _resolved(token: Token, prefixes: Mapping[str, str], base: str | None) -> str | None:
    if token.kind == "iri":
        return urljoin(base or "", _iri(token.text))
    if token.kind != "name":
        return None
    prefix, _, local = token.text.partition(":")
    start = prefixes.get(f"{prefix}:")
    return None if start is None else start + re.sub(r"\\(.)", r"\1", local)


def _iri(text: str) -> str:
    return _decoded(text[1:-1])


def _decoded(text: str) -> str:
    return ESCAPE.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), text)


def _readings(text: str) -> list[str]:
    decoded = _decoded(text)
    return [text] if decoded == text else [text, decoded]


def _calls_service(text: str) -> bool:
    held = list(tokens(text))
    for at, (kind, word, _) in enumerate(held):
        if kind == "word" and "SERVICE" in word.upper():
            return True
        # SERVICE joined to the prefixed name of its endpoint; a group follows.
        if (
            kind == "name"
            and "SERVICE" in word.partition(":")[0].upper()
            and held[at + 1 : at + 2]
            and held[at + 1].text == "{"
        ):
            return True
    return _hidden(text, "service")


def _calls_load(text: str) -> bool:
    before = ""
    for kind, word, depth in tokens(text):
        if kind == "word" and "LOAD" in word.upper():
            return True
        joined = kind == "name" and "LOAD" in word.partition(":")[0].upper()
        if joined and depth == 0 and before != "word":
            return True
        before = kind
    return _hidden(text, "load")


def _hidden(text: str, word: str) -> bool:
    """Return whether a word stands where it may be a keyword after all.

    That is in a string that does not end, and anywhere behind a ``<`` that may be no IRI's.
    """
    keyword = re.compile(rf"(?<![?$:]){word}", re.IGNORECASE)
    for found in TOKEN.finditer(text):
        token = found[0]
        if found.lastgroup == "open" and keyword.search(token):
            return True
        if found.lastgroup == "iri" and not SURE.match(token) and re.search(r"[)#']", token):
            return keyword.search(text, found.start()) is not None
    return False
