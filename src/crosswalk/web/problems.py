"""How an error leaves the service: one shape for all, without a trace or a path.

.. seealso:: RFC 9457, Problem Details for HTTP APIs
"""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.responses import Response

from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    MalformedQueryError,
    MethodError,
    UnauthenticatedError,
    UnavailableError,
)

__all__ = ["problem", "refusal"]

AGAIN = "2"
"""Seconds after which it is worth to come again to what is not there now."""


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "",
    headers: dict[str, str] | None = None,
    **facts: object,
) -> Response:
    """Return the problem document of a status.

    :param kind: the kind of the error; default the status's own name.
    :param facts: further members, such as line and column.
    """
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "kind": kind or HTTPStatus(status).name.lower().replace("_", "-"),
        **{name: value for name, value in facts.items() if value is not None},
    }
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def refusal(error: CrosswalkError) -> Response:
    """Return the problem document of one of our errors."""
    headers: dict[str, str] = {}
    facts: dict[str, object] = {}
    if isinstance(error, MethodError):
        headers["Allow"] = ", ".join(error.allow)
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = 'Bearer realm="crosswalk"'
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(error.retry_after)
    elif type(error) is UnavailableError:
        headers["Retry-After"] = AGAIN
    if isinstance(error, MalformedQueryError):
        facts = {"line": error.line, "column": error.column}
    kind = type(error).__name__.removesuffix("Error")
    return problem(
        error.http_status,
        str(error),
        kind="".join(f"-{c.lower()}" if c.isupper() else c for c in kind).lstrip("-"),
        headers=headers,
        **facts,
    )
