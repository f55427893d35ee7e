"""Which of the offered media types an Accept header prefers.

.. seealso:: RFC 9110, sections 12.4.2 and 12.5.1
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from crosswalk.errors import NotAcceptableError, UsageError, nearest

__all__ = ["ALIASES", "ANSWERS", "BOOLEAN", "GRAPH", "ROWS", "Offer", "liked"]


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """One serialisation: its media type, its alias for ``?format=``, other names of the type."""

    media_type: str
    alias: str
    also: tuple[str, ...] = ()
    charset: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type of an answer in it."""
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type


JSON = Offer("application/sparql-results+json", "json", ("application/json",))
XML = Offer("application/sparql-results+xml", "xml", ("application/xml", "text/xml"))
CSV = Offer("text/csv", "csv", charset=True)
TSV = Offer("text/tab-separated-values", "tsv", charset=True)
HTML = Offer("text/html", "html", ("application/xhtml+xml",), charset=True)
TURTLE = Offer("text/turtle", "turtle", ("application/x-turtle",), charset=True)
NTRIPLES = Offer("application/n-triples", "ntriples", ("text/plain",))
RDFXML = Offer("application/rdf+xml", "rdfxml", ("application/xml", "text/xml"))
JSONLD = Offer("application/ld+json", "jsonld", ("application/json",))
TRIG = Offer("application/trig", "trig", ("application/x-trig",))
NQUADS = Offer("application/n-quads", "nquads", ("text/x-nquads",))

ROWS = (JSON, XML, CSV, TSV, HTML)
"""What the rows of a SELECT are offered in, the preferred first."""

BOOLEAN = (JSON, XML, HTML)
"""What the yes or no of an ASK is offered in."""

GRAPH = (TURTLE, NTRIPLES, RDFXML, JSONLD, TRIG, NQUADS, HTML)
"""What the triples of a CONSTRUCT or DESCRIBE, and of a graph, are offered in."""

ANSWERS = tuple(dict.fromkeys((*ROWS[:-1], *GRAPH)))
"""What the answer of any query is offered in, before its kind is known."""

ALIASES = {offer.alias: offer for offer in (*ROWS, *GRAPH)}

LONG = 300
"""Characters of an Accept header that is not remembered."""
QUALITY = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
TYPE = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+")


def liked(offers: Sequence[Offer], accept: str | None, alias: str | None = None) -> list[Offer]:
    """Return the offers that the client takes, the best liked first; of equal ones as offered.

    :param accept: the Accept header; none, or one that names no type, takes all.
    :param alias: the value of ``?format=``, which goes before the header.
    :raises NotAcceptableError: if it takes none; names the offers.

    >>> [offer.alias for offer in liked(ROWS, "text/csv;q=0.9, application/*;q=0.2")]
    ['csv', 'json', 'xml']
    """
    if len(accept or "") > LONG:
        return list(_liked(tuple(offers), accept, alias))
    return list(_remembered(tuple(offers), accept, alias))


def _liked(offers: tuple[Offer, ...], accept: str | None, alias: str | None) -> tuple[Offer, ...]:
    if alias:
        found = [offer for offer in offers if alias in (offer.alias, offer.media_type)]
        if not found and alias not in ALIASES:
            known = [offer.alias for offer in offers]
            raise UsageError(
                f"unknown format {alias!r}",
                remedy=nearest(alias, {*known, *ALIASES}) or f"There is {', '.join(known)}.",
            )
    else:
        ranges = _ranges(accept or "*/*") or [("*/*", 1.0)]
        held = [(_liking(offer, ranges), offer) for offer in offers]
        found = [offer for liking, offer in sorted(held, key=lambda one: -one[0]) if liking]
    if not found:
        raise NotAcceptableError(
            "nothing that is offered is acceptable", offers=[one.media_type for one in offers]
        )
    return tuple(found)


_remembered = lru_cache(maxsize=256)(_liked)
"""Clients say what they like in few ways; errors are not remembered."""


def _ranges(accept: str) -> list[tuple[str, float]]:
    """Return (media range, quality) of an Accept header; parts that are neither are passed over."""
    found = []
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if not TYPE.fullmatch(name):
            continue
        quality = 1.0
        for parameter in parameters:
            if parameter.casefold().startswith("q"):
                matched = QUALITY.fullmatch(parameter)
                quality = float(matched[1]) if matched else quality
        found.append((name.casefold(), quality))
    return found


def _liking(offer: Offer, ranges: Sequence[tuple[str, float]]) -> float:
    """Return how much an offer is liked: by the most specific range that names it."""

    def said(name: str) -> list[float]:
        return [quality for given, quality in ranges if given == name]

    named = said(offer.media_type) or [q for name in offer.also for q in said(name)]
    major = offer.media_type.partition("/")[0] + "/*"
    return max(named or said(major) or said("*/*"), default=0.0)
