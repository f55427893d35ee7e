"""Who asks, and what is in a request: what all addresses of the API begin with."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crosswalk.access import Caller, Scope
from crosswalk.errors import (
    CrosswalkError,
    MediaTypeError,
    TooLargeError,
    UnauthenticatedError,
    UsageError,
)
from crosswalk.graph.stores import graphs_of
from crosswalk.web.callers import Callers
from crosswalk.web.problems import problem, refusal
from crosswalk.web.sending import ClientLeftError

if TYPE_CHECKING:
    from crosswalk.web.datasets import Dataset

__all__ = [
    "Endpoint",
    "guarded",
    "media_type_of",
    "once",
    "organisation_named",
    "own_dataset",
    "read_body",
    "read_query",
]

LEFT = 499
"""The status, for the log, of what nobody waits for any more."""
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(endpoint: Endpoint, allowed: Sequence[str] = ()) -> Endpoint:
    """Return what answers as an endpoint does, and with a problem document where it refuses.

    :param allowed: the methods that OPTIONS tells, if it may be asked.
    """

    async def answered(request: Request) -> Response:
        if allowed and request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        try:
            return await endpoint(request)
        except CrosswalkError as error:
            return refusal(error)
        except ClientLeftError:
            return Response(status_code=LEFT)
        except HTTPException as error:  # of the reader of forms
            return problem(error.status_code, error.detail)

    return answered


def read_query(request: Request) -> dict[str, list[str]]:
    """Return name → values of a request's address.

    :raises UsageError: if it is no UTF-8, or has too many parts.
    """
    raw: bytes = request.scope["query_string"]
    try:
        return parse_qs(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200
        )
    except ValueError:
        raise UsageError("the address does not parse: its query is no UTF-8 or too long") from None


async def read_body(request: Request, most: int) -> bytes:
    """Return the body of a request, refused as soon as it is larger than it may be."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            raise TooLargeError(f"the body has more than {most} bytes")
    return bytes(found)


def media_type_of(request: Request) -> str:
    """Return the media type of a request's body, without its parameters.

    :raises MediaTypeError: if its charset is not UTF-8.
    """
    kind, _, rest = (request.headers.get("content-type") or "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', rest, re.IGNORECASE)
    if charset and charset[1].casefold() not in ("utf-8", "utf8", "us-ascii"):
        raise MediaTypeError(f"charset {charset[1]!r} is not read", remedy="Send UTF-8.")
    return kind.strip().casefold()


def once(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return the value of a parameter that may be given once, or None.

    :raises UsageError: if it is given more often.
    """
    values = given.get(name, ())
    if len(values) > 1:
        raise UsageError(f"is given {len(values)} times", place=name, remedy="Give it once.")
    return values[0] if values else None


async def organisation_named(
    doors: Callers, request: Request, given: Mapping[str, Sequence[str]]
) -> str | None:
    """Return the organisation that a request names, or None.

    :raises UsageError: if it cannot be one.
    :raises UnauthenticatedError: if nobody in particular names one.
    """
    name = once(given, "organisation")
    if name is None:
        return None
    graphs_of(name)
    if (await doors.caller(request)).anonymous:
        raise UnauthenticatedError("an organisation is named", remedy="Send a key.")
    return name


@asynccontextmanager
async def own_dataset(
    doors: Callers,
    request: Request,
    scope: Scope,
    *,
    what: str = "evidence",
    takes: Sequence[str] = (),
) -> AsyncIterator[tuple[Dataset, Caller, str]]:
    """Yield the dataset of an organisation, who asks, and the organisation's name.

    :param what: what is asked for, which only an organisation has.
    :param takes: the parameters that there are beside ``organisation``.
    :raises UsageError: if another parameter is given, or no organisation is meant.
    :raises UnauthenticatedError: if nobody in particular asks.
    :raises ForbiddenError: if the caller has not the scope.
    """
    given = read_query(request)
    for name in given:
        if name not in ("organisation", *takes):
            raise UsageError(f"there is no parameter {name!r}", remedy="Leave it out.")
    named = await organisation_named(doors, request, given)
    async with doors.dataset(request, scope) as dataset:
        caller = await doors.caller(request)
        organisation = named or caller.organisation
        if dataset is doors.library or organisation is None:
            if caller.anonymous:
                raise UnauthenticatedError(
                    f"{what} is an organisation's", remedy="Send a key of one."
                )
            raise UsageError(
                f"{what} is an organisation's",
                place="organisation",
                remedy="Name one: organisation=…",
            )
        yield dataset, caller, organisation
