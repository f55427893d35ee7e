"""The plain pages of the service, from templates; everything they show is escaped."""

from __future__ import annotations

from functools import cache

import jinja2
from starlette.responses import HTMLResponse, Response

__all__ = ["home", "query_page"]

POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def query_page(address: str) -> Response:
    """Return the page at which a query can be asked."""
    return _page("query.html", address=address)


def home(addresses: dict[str, str]) -> Response:
    """Return the first page: what stands where."""
    return _page("home.html", addresses=addresses)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("crosswalk.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )


def _page(name: str, **values: object) -> Response:
    text = _environment().get_template(name).render(**values)
    return HTMLResponse(
        text, headers={"Content-Security-Policy": POLICY, "Vary": "Accept, Authorization"}
    )
