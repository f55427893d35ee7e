"""The plain pages of the service, from templates; everything they show is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
import pyoxigraph as ox
from starlette.responses import HTMLResponse, Response

from crosswalk.namespaces import BASE, compress

__all__ = ["home", "href", "query_page", "rendered", "stylesheet", "table", "truth"]

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def query_page(address: str, examples: Mapping[str, str], query: str) -> Response:
    """Return the page at which a query can be asked.

    :param examples: name of a query of the library → what it tells.
    :param query: the one that is there to begin with.
    """
    return rendered("query.html", address=address, examples=examples, query=query)


def home(addresses: Mapping[str, str], editions: Sequence[Mapping[str, str]]) -> Response:
    """Return the first page: what is held, and what stands where.

    :param editions: edition, title and href of each.
    """
    return rendered("home.html", addresses=addresses, editions=editions)


def table(
    query: str, names: Sequence[str], rows: Sequence[Sequence[Term | None]], *, cut: bool
) -> Response:
    """Return the page of rows.

    :param query: what was asked, where it is known.
    :param cut: whether there are more rows than these.
    """
    cells = [[_Cell.of(term) for term in row] for row in rows]
    return rendered("answer.html", query=query, names=names, rows=cells, cut=cut, truth=None)


def truth(query: str, value: bool) -> Response:
    """Return the page of a yes or no."""
    return rendered("answer.html", query=query, names=[], rows=[], cut=False, truth=value)


def rendered(template: str, /, *, status: int = 200, **values: object) -> Response:
    """Return the page of a template."""
    text = _environment().get_template(template).render(**values)
    return HTMLResponse(
        text,
        status_code=status,
        headers={
            "Content-Security-Policy": POLICY,
            "Vary": "Accept, Authorization",
        },
    )


@cache
def stylesheet() -> bytes:
    """Return the one style sheet of all pages."""
    return (Path(__file__).parent / "templates" / "crosswalk.css").read_bytes()


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a cell of a table shows: its text, where it leads, its language."""

    text: str
    href: str = ""
    language: str = ""

    @classmethod
    def of(cls, term: Term | None) -> _Cell:
        if isinstance(term, ox.NamedNode):
            return cls(compress(term.value), href(term.value))
        if isinstance(term, ox.Literal):
            return cls(term.value, "", term.language or "")
        return cls("" if term is None else str(term))


def href(iri: str) -> str:
    """Return where a link to an IRI leads: to our own page of what we minted; "" for no address.

    >>> href("https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.6.2.4")
    '/id/iso-42001-2023/A.6.2.4'
    >>> href("javascript:alert(1)")
    ''
    """
    if iri.startswith(BASE):
        return "/" + iri.removeprefix(BASE)
    return iri if iri.startswith(("http://", "https://")) else ""


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("crosswalk.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
