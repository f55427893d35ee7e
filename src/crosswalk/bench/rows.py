"""What sides found, in a form in which it can be compared: sorted, each term by what it means.

Oxigraph keeps ``0.90`` as ``0.9``, rdflib does not, so numbers are compared as numbers; blank
nodes have no name that two sides share.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

__all__ = ["digest", "marks", "meaning", "value"]

XSD = "http://www.w3.org/2001/XMLSchema#"
UTC = r"(?<=:\d\d)Z\Z"
NUMERIC = frozenset(XSD + name for name in ("integer", "decimal", "double", "int", "float"))


def meaning(kind: str, value: str, datatype: str = "") -> str:
    """Return a term as it is compared.

    :param kind: ``iri``, ``literal`` or ``blank``.

    >>> meaning("literal", "0.90", XSD + "decimal") == meaning("literal", "0.9", XSD + "decimal")
    True
    """
    if kind == "blank":
        return "_"
    if datatype == XSD + "dateTime":
        return f"l{re.sub(UTC, '+00:00', value)}"
    if kind == "literal" and datatype in NUMERIC:
        try:
            return f"n{Decimal(value).normalize():f}"
        except InvalidOperation:
            pass
    return f"{kind[0]}{value}"


def value(text: str) -> str:
    """Return a value of a result of SHACL as it is compared: its lexical form, however it is kept.

    >>> value("2026-05-05T12:00:00Z") == value("2026-05-05T12:00:00+00:00")
    True
    """
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return f"{Decimal(text).normalize():f}"
    return re.sub(UTC, "+00:00", text)


def marks(rows: Iterable[Iterable[str | None]]) -> list[str]:
    """Return a hash of each row, in order of the hashes.

    >>> len(marks([["a", None], ["b", "c"]]))
    2
    """
    lines = ("\t".join("" if one is None else one for one in row) for row in rows)
    return sorted(hashlib.sha256(line.encode()).hexdigest()[:12] for line in lines)


def digest(rows: Iterable[Iterable[str | None]]) -> str:
    """Return a hash over rows in no order.

    >>> digest([["a", None], ["b", "c"]]) == digest([["b", "c"], ["a", None]])
    True
    """
    return hashlib.sha256("".join(marks(rows)).encode()).hexdigest()[:16]
