"""RDF terms as N-Quads writes them, from the short forms that the generator is written in.

``cw:low`` is an IRI, ``"text"`` a literal, ``"2026-01-05"^^xsd:date`` a typed one, ``5`` an
integer, ``0.85`` a decimal, ``true`` a boolean.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

from crosswalk.namespaces import expand

__all__ = ["AS_OF", "Said", "Value", "day", "text", "whole"]

AS_OF = date(2026, 11, 20)
"""The day for which generated evidence is made: what is fresh, due or overdue then."""

Value = str | tuple[str, ...] | None
"""One term, several of them, or nothing said."""

Said = dict[str, Value]
"""Property → what a record says by it; a name that begins with ``_`` is not written."""

TYPED = re.compile(r'("[^"]*")\^\^(\S+)')
INTEGER = re.compile(r"-?\d+")
DECIMAL = re.compile(r"-?\d+\.\d+")


@cache
def whole(short: str) -> str:
    """Return a term in N-Quads, from its short form.

    >>> whole("cw:low")
    '<https://w3id.org/aigov-crosswalk/ns#low>'
    >>> whole("0.85")
    '"0.85"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    """
    if typed := TYPED.fullmatch(short):
        return f"{typed[1]}^^<{expand(typed[2])}>"
    for pattern, kind in ((INTEGER, "integer"), (DECIMAL, "decimal"), (r"true|false", "boolean")):
        if re.fullmatch(pattern, short):
            return f'"{short}"^^<{expand("xsd:" + kind)}>'
    return short if short[0] in '"<' else f"<{expand(short)}>"


@cache
def day(number: int) -> str:
    """Return a day as a term: so many days before the day of the report, negative ones after.

    >>> day(0)
    '"2026-11-20"^^<http://www.w3.org/2001/XMLSchema#date>'
    """
    return whole(f'"{AS_OF - timedelta(days=number)}"^^xsd:date')


def text(subject: str, said: Said, graph: str) -> str:
    """Return what a record says as N-Quads, one line a statement.

    >>> print(text("<urn:a>", {"rdfs:label": '"A"', "cw:owner": None}, "<urn:g>"), end="")
    <urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "A" <urn:g> .
    """
    lines = []
    for predicate, value in said.items():
        if value is None or predicate[0] == "_":
            continue
        if type(value) is str:
            lines.append(f"{subject} {whole(predicate)} {value} {graph} .\n")
        else:
            lines += [f"{subject} {whole(predicate)} {one} {graph} .\n" for one in value]
    return "".join(lines)
