"""What can be told of a SPARQL text without evaluating it: whether it reaches out, what it is FROM.

The store runs SERVICE and LOAD by itself, and accepts more than the grammar says: keywords that
are joined to what stands next to them (``SERVICESILENT<…>``, ``1SERVICE<…>``, ``SERVICEex:x``),
and ``<`` as an operator where a tokeniser would see an IRI. So no tokeniser of ours decides what
reaches out, but the store's own parser. The tokens here serve where a wrong reading does no harm.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import NamedTuple
from urllib.parse import urljoin

import pyoxigraph as ox

from crosswalk.errors import ForbiddenError, LimitError

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
"""Names are bounded and strings taken whole, so that the time is linear in the text's length."""
FAILING = "CREATE GRAPH <urn:twice> ; CREATE GRAPH <urn:twice>"
"""Two operations of which the second always fails."""
DEEP = 20_000
"""How deep brackets may nest; the engine's parser needs four kilobytes of stack for each."""
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


class Token(NamedTuple):
    """One token: what it is, its text, how deep in braces it stands."""

    kind: str
    text: str
    depth: int


class From(NamedTuple):
    """What a query says its dataset is: the graphs of FROM and of FROM NAMED."""

    default: tuple[str, ...]
    named: tuple[str, ...]


def tokens(text: str, *, spaces: bool = False) -> Iterator[Token]:
    """Yield the tokens of a SPARQL text, without its spaces and comments.

    :param spaces: whether these are tokens too: the tokens joined are then the text.

    >>> [token.kind for token in tokens("ASK { ?s a <urn:x> }")]
    ['word', 'sign', 'variable', 'word', 'iri', 'sign']
    """
    depth = 0
    for found in TOKEN.finditer(text):
        kind = found.lastgroup or "sign"
        if kind == "space" and not spaces:
            continue
        word = found[0]
        depth -= word == "}"
        yield Token(kind, word, depth)
        depth += word == "{"


def refuse_service(
    text: str, *, prefixes: Mapping[str, str] | None = None, base: str | None = None
) -> None:
    """Refuse a query that would have the store reach out: a dataset answers from itself.

    The word stays free in strings, comments, IRIs, variables and prefixed names. What nests deeper
    than the parser could follow is refused too.

    :param prefixes: prefixes that the query need not declare.
    :raises ForbiddenError: if the query holds SERVICE.
    :raises LimitError: if it nests too deep.
    :raises SyntaxError: if it holds the word somewhere, and does not parse.

    >>> refuse_service('SELECT * WHERE { ?service ?p "SERVICE" } # SERVICE')
    """

    def ask(misspelt: str) -> object:
        return ox.Store().query(misspelt, prefixes=dict(prefixes or {}), base_iri=base)

    _refuse(text, "SERVICE", "a query is answered from the dataset alone", ask)


def refuse_load(
    text: str, *, prefixes: Mapping[str, str] | None = None, base: str | None = None
) -> None:
    """Refuse an update that would have the store fetch or read a document.

    :param prefixes: prefixes that the update need not declare.
    :raises ForbiddenError: if the update holds LOAD or SERVICE.
    :raises LimitError: if it nests too deep.
    :raises SyntaxError: if it holds one of the words somewhere, and does not parse.

    >>> refuse_load('PREFIX load: <urn:l:> INSERT DATA { load:a load:b "LOAD" }')
    """

    def apply(misspelt: str) -> None:
        ox.Store().update(misspelt, prefixes=dict(prefixes or {}), base_iri=base)

    # Both at once: an update that holds the one must not be carried out to find the other.
    try:
        _refuse(text, "SERVICE|LOAD", "an update does not fetch", apply)
    except ForbiddenError:
        # What does not parse is told as that. The whole text is parsed before its first operation
        # is carried out, and the second fails: so nothing of the text itself ever is.
        first = next(tokens(text)).text.upper()
        if first not in ("BASE", "PREFIX"):
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                apply(f"{FAILING} ; {text}")
        raise


def _refuse(text: str, words: str, why: str, parse: Callable[[str], object]) -> None:
    """Refuse a text in which a word stands as a keyword.

    The engine's own parser decides, on an empty store: with the word misspelt wherever it stands,
    a text parses still if it stood in strings, names and comments only, and no longer if it was
    the keyword. The engine takes no keyword that is spelt with escapes.
    """
    _require_shallow(text)
    word = re.compile(words, re.IGNORECASE)
    if not word.search(text):
        return
    held = text.casefold()
    end = next("x" * n for n in count(1) if not re.search("(servic|loa)" + "x" * n, held))
    misspelt = word.sub(lambda found: found[0][:-1] + end, text)
    try:
        parse(misspelt)
    except SyntaxError as error:
        name = _failed_at(misspelt, error, end)
        if name is None:
            raise
        raise ForbiddenError(
            f"{name} is refused: {why}", remedy="Fetch what is needed yourself, and load it."
        ) from None
    except (OSError, RuntimeError, ValueError):
        return  # it parsed, and failed to answer


def _require_shallow(text: str) -> None:
    """Refuse a text whose brackets nest deep, those in strings and comments counted like others."""
    if text.count("{") + text.count("(") + text.count("[") <= DEEP:
        return
    depth = 0
    for found in re.finditer(r"[{(\[]|[})\]]", text):
        depth += 1 if found[0] in "{([" else -1
        if depth > DEEP:
            raise LimitError(
                f"brackets nest more than {DEEP} deep", remedy="Ask in a flatter way, or in parts."
            )


def _failed_at(text: str, error: SyntaxError, end: str) -> str | None:
    """Return the keyword at which, misspelt, a parser stopped, or just behind which."""
    found = re.search(r"at (\d+):(\d+)", error.msg or "")
    if found is None:
        return None
    lines = text.splitlines(keepends=True)[: int(found[1])]
    at = sum(map(len, lines[:-1])) + int(found[2]) - 1
    near = text[max(0, at - len("service" + end)) : at + len("service" + end)]
    word = re.search(f"(servic|loa){end}", near, re.IGNORECASE)
    return word and {"s": "SERVICE", "l": "LOAD"}[word[0][0].lower()]


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
