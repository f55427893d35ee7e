"""A query's text for a store that knows neither our parameters nor our prefixes.

The embedded engine substitutes a parameter in every scope by itself. Elsewhere the term has to
stand in the text: it is put where the *token* of the variable stood, in the form of N-Triples, so
that no value can be anything but one term. Where a term cannot stand (a variable that is assigned
to, ``BOUND``, ``SELECT *``), the text is refused rather than changed into something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count

import pyoxigraph as ox

from crosswalk import sparql
from crosswalk.errors import ForbiddenError, UsageError
from crosswalk.graph.dataset import Answer, Term
from crosswalk.namespaces import prefixes
from crosswalk.sparql import Token, tokens

__all__ = [
    "bound_text",
    "decoded",
    "parsed",
    "refuse_fetching",
    "refuse_reaching_out",
    "spelt",
]

IRI = re.compile(r'<[^\x00-\x20<>"{}|^`\\]*>')
LITERAL = re.compile(
    r'"(?:[^"\\\n\r]|\\[tbnrf"\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*"'
    rf"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--(?:ltr|rtl))?|\^\^{IRI.pattern})?"
)
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
PAIR = re.compile(r"(\\\\)([uU])|\\.", re.DOTALL)
LISTS_END = ("LIMIT", "OFFSET", "HAVING", "VALUES", "ORDER", "GROUP", "SELECT")


def spelt(term: Term) -> str:
    r"""Return a term as it can stand in a query: one IRI or one literal, whatever it holds.

    >>> spelt(ox.Literal('a" } # \\u0022'))
    '"a\\" } # \\\\\\u00750022"'
    """
    text = PAIR.sub(_kept_apart, str(term))
    if not (IRI if isinstance(term, ox.NamedNode) else LITERAL).fullmatch(text):
        raise UsageError(f"cannot pass {term} to a query")
    return text


def _kept_apart(found: re.Match[str]) -> str:
    """Return a backslash and a letter that no reader takes for an escape of a code point.

    Some stores decode such escapes before they read strings.
    """
    if found[1] is None:
        return found[0]
    return found[1] + f"\\u{ord(found[2]):04X}"


def bound_text(text: str, bound: Mapping[str, Term], *, base: str | None = None) -> str:
    """Return a query with terms in the place of variables, in every scope, and its prefixes.

    :param base: what relative IRIs are relative to.
    :raises UsageError: if a term cannot stand where a variable does.

    >>> bound_text("SELECT ?s ?o { ?s ?p ?o MINUS { ?s a ?o } }", {"o": ox.Literal("x")})
    'SELECT ?s ("x" AS ?o) { ?s ?p "x" MINUS { ?s a "x" } }'
    """
    terms = {name: spelt(value) for name, value in bound.items()}
    start = f"BASE {spelt(ox.NamedNode(base))} " if base else ""
    return start + _declared(text) + "".join(_replaced(text, terms))


def _declared(text: str) -> str:
    """Return declarations of our prefixes that a query uses and may not declare, on no new line."""
    held = [one.text.partition(":")[0] for one in tokens(text) if one.kind == "name"]
    used = sorted({name for name in held if name in prefixes()})
    return "".join(f"PREFIX {name}: <{prefixes()[name]}> " for name in used)


def _replaced(text: str, terms: Mapping[str, str]) -> Iterator[str]:
    if not terms:
        yield text
        return
    inside = re.compile(rf"[?$](?:{'|'.join(map(re.escape, terms))})\b")
    clause, depth, before = "", 0, ["", ""]
    selected: list[tuple[int, set[str]]] = []  # of the sub-selects around a token: what they give
    for token in tokens(text, spaces=True):
        if token.kind == "space":
            yield token.text
            continue
        word = token.text.upper() if token.kind == "word" else token.text
        clause, depth = _clause(clause, depth, token, word, before)
        while selected and token.depth < selected[-1][0]:
            selected.pop()
        if word == "SELECT" and token.kind == "word" and token.depth:
            selected.append((token.depth, set()))
        name = token.text[1:] if token.kind == "variable" else ""
        if name and clause == "select" and selected:
            selected[-1][1].add(name)
        if name in terms and not all(name in given for _, given in selected):
            raise _unfit(name, "a sub-select that does not select it has a variable of that name")
        if name in terms:
            if clause == "select" and depth == 0 and token.depth:
                # A sub-select must give some variable: one that nothing else speaks of.
                name = next(f"{name}_{n}" for n in count(1) if f"{name}_{n}" not in text)
            yield _in_place(name, terms[token.text[1:]], clause, depth, before)
        elif token.kind == "open" or (token.kind == "iri" and inside.search(token.text)):
            raise UsageError(
                f"the query cannot be read at {token.text[:40]!r}",
                remedy="Put spaces around the operators < and >.",
            )
        elif clause == "select" and depth == 0 and word == "*":
            raise _unfit(sorted(terms)[0], "SELECT * leaves it out")
        else:
            yield token.text
        before[:] = [before[1], word]


def _clause(clause: str, depth: int, token: Token, word: str, before: list[str]) -> tuple[str, int]:
    """Return in which clause a token stands that is not a pattern, and in how many brackets."""
    if token.kind == "word" and word in ("SELECT", "VALUES"):
        return word.casefold(), 0
    if word == "BY" and before[1] in ("GROUP", "ORDER"):
        return "list", 0
    if word in "{}" or (depth == 0 and word in (*LISTS_END, "WHERE", "FROM")):
        return "", 0
    return clause, depth + (word == "(") - (word == ")")


def _in_place(name: str, term: str, clause: str, depth: int, before: list[str]) -> str:
    if before[1] == "AS" or clause == "values":
        raise _unfit(name, "the query assigns to it")
    if before == ["BOUND", "("]:
        raise _unfit(name, "BOUND asks of a variable")
    if clause == "select" and depth == 0:
        return f"({term} AS ?{name})"
    return f"({term})" if clause == "list" else term


def _unfit(name: str, why: str) -> UsageError:
    return UsageError(
        f"?{name} cannot be a parameter of this query in a store elsewhere: {why}",
        remedy="Select the parameter by name, and only compare with it.",
    )


def parsed(text: str, bound: Mapping[str, Term], *, base: str | None = None) -> Answer:
    """Return the answer of a query by a store that holds nothing: it tells the form, or fails.

    :param base: what relative IRIs are relative to.
    :raises SyntaxError: if it does not parse, with line and column.
    """
    return ox.Store().query(
        text,
        base_iri=base,
        prefixes=prefixes(),
        substitutions={ox.Variable(name): value for name, value in bound.items()},
    )


def decoded(text: str) -> str:
    r"""Return a text with its escapes of code points decoded, wherever they stand.

    >>> decoded("\\u0053ERVICE")
    'SERVICE'
    """
    return ESCAPE.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), text)


def refuse_reaching_out(text: str, *, base: str | None = None) -> None:
    """Refuse a query that could have a store of any make reach out.

    Stores differ in when they decode escapes and where a word ends. So the word may stand in
    strings, comments, IRIs and names only, as the text is and as it is with its escapes decoded,
    and in both readings our own engine's parser must agree.

    :raises ForbiddenError: if it holds SERVICE, or could be read so.
    :raises SyntaxError: if it holds the word somewhere, and does not parse.
    """
    for one in dict.fromkeys((text, decoded(text))):
        sparql.refuse_service(one, prefixes=prefixes(), base=base)
        if any("SERVICE" in token.text.upper() for token in tokens(one) if token.kind in LOOSE):
            raise ForbiddenError(
                "SERVICE is refused: a query is answered from the dataset alone",
                remedy="Fetch what is needed yourself, and load it.",
            )


def refuse_fetching(text: str, *, base: str | None = None) -> None:
    """Refuse an update that could have a store of any make fetch something, or ask another one.

    :raises ForbiddenError: if it holds LOAD or SERVICE, or could be read so.
    :raises SyntaxError: if it holds one of the words somewhere, and does not parse.
    """
    for one in dict.fromkeys((text, decoded(text))):
        sparql.refuse_load(one, prefixes=prefixes(), base=base)
        words = [token.text.upper() for token in tokens(one) if token.kind in LOOSE]
        if any("SERVICE" in word or word.startswith("LOAD") for word in words):
            raise ForbiddenError(
                "SERVICE and LOAD are refused: an update does not fetch",
                remedy="Fetch what is needed yourself, and load it.",
            )


LOOSE = ("word", "sign", "open", "number")
