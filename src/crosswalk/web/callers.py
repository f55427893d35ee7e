"""From a request to its caller, and to the dataset that this caller sees.

A key comes as a bearer token, or as the password of Basic. Without one the caller is anonymous and
sees the library, where the service allows that; a key that is not valid is refused and never taken
for none. A verified key costs a look at the date of a file; the hashing of one that is not yet
verified is done aside, for one request at a time, and holds nobody else up.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from starlette.requests import Request

from crosswalk.access import ANONYMOUS, Caller, Entry, Keys, Outcome, Scope
from crosswalk.access.keys import refused
from crosswalk.errors import (
    BusyError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
    UsageError,
)

if TYPE_CHECKING:
    from crosswalk.graph.stores import Figures
    from crosswalk.web.datasets import Dataset
    from crosswalk.web.recorder import Recorder

__all__ = ["Callers", "Organisations", "Verifier", "caller_of", "token_of"]

HASHED_AT_ONCE, HASHES_WAITING = 1, 32
"""How many keys are hashed at the same time, and how many may wait for it."""


class Organisations(AbstractAsyncContextManager["Organisations"], Protocol):
    """What knows the datasets of organisations, and opens the library with them."""

    def dataset(self, name: str, caller: Caller) -> AbstractAsyncContextManager[Dataset]:
        """Return the dataset of an organisation, the library and its own graphs, while it is used.

        :raises NotFoundError: if there is no such organisation.
        """

    def figures(self) -> Figures:
        """Return how the stores of organisations do, all together."""


class Verifier(Protocol):
    """What knows the caller of a token that is no key of ours, such as a JWT."""

    async def __call__(self, token: str) -> Caller:
        """Return the caller of a token.

        :raises UnauthenticatedError: if it is not valid.
        """


@dataclass(slots=True)
class Callers:
    """Who may see what.

    :param library: the dataset of those who are of no organisation.
    :param keys: the keys that are known; None: there are none.
    :param anonymous: whether the library is shown without a key.
    :param verifier: for tokens that are no keys of ours.
    :param recorder: where it is recorded that a known caller was refused a change.
    """

    library: Dataset
    keys: Keys | None = None
    organisations: Organisations | None = None
    anonymous: bool = True
    verifier: Verifier | None = None
    recorder: Recorder | None = None
    _hashing: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(HASHED_AT_ONCE), repr=False
    )
    _waiting: int = field(default=0, repr=False)

    async def caller(self, request: Request) -> Caller:
        """Return who asks; it is noted in the request's state.

        :raises UnauthenticatedError: if a key is wanted and missing, or not valid.
        """
        token = token_of(request.scope["headers"])
        if token is not None:
            try:
                found = await self._known(token)
            except UnauthenticatedError as error:
                if error.__cause__ is not None:  # for the log, not for who sent it
                    request.scope.setdefault("state", {})["refused"] = str(error.__cause__)
                raise
        elif self.anonymous:
            found = ANONYMOUS
        else:
            raise UnauthenticatedError(
                "the service wants a key", remedy="Send one as a bearer token."
            )
        request.scope.setdefault("state", {})["caller"] = found
        return found

    async def require(self, request: Request, scope: Scope) -> Caller:
        """Return who asks, if the caller has a scope.

        :raises UnauthenticatedError: if a key is wanted and missing, or not valid.
        :raises ForbiddenError: if the caller has not the scope.
        """
        caller = await self.caller(request)
        if scope not in caller.scopes:
            await self._refuse(caller, scope, request)
        return caller

    @asynccontextmanager
    async def dataset(self, request: Request, scope: Scope) -> AsyncIterator[Dataset]:
        """Yield the dataset that answers a request.

        An operator names an organisation by ``organisation=`` in the address; without, and for
        anonymous callers, it is the library.

        :raises UnauthenticatedError: if a key is wanted and missing, or not valid.
        :raises ForbiddenError: if the caller has not the scope.
        :raises NotFoundError: if the caller has no such organisation, be there one or not.
        """
        caller = await self.require(request, scope)
        name = _organisation(caller, request)
        if name is None or (self.organisations is None and name == caller.organisation):
            yield self.library
            return
        async with AsyncExitStack() as stack:
            try:
                if self.organisations is None:
                    raise _no_such(name)
                found = self.organisations.dataset(name, caller)
                dataset = await stack.enter_async_context(found)
            except NotFoundError:
                raise _no_such(name) from None
            yield dataset

    async def _known(self, token: str) -> Caller:
        if self.keys is not None and token.startswith("cwk_"):
            return self.keys.remembered(token) or await self._verified(self.keys, token)
        if self.verifier is not None and token.count(".") == 2:
            return await self.verifier(token)
        raise refused()

    async def _verified(self, keys: Keys, token: str) -> Caller:
        if self._waiting >= HASHES_WAITING:
            raise BusyError("too many keys wait to be verified")
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(keys.authenticate, token)
        finally:
            self._waiting -= 1

    async def _refuse(self, caller: Caller, scope: Scope, request: Request) -> None:
        if caller.anonymous:
            raise UnauthenticatedError(
                f"this needs a key with the scope {scope.value!r}",
                remedy="Send one as a bearer token.",
            )
        try:
            caller.require(scope)
        except ForbiddenError as error:
            if self.recorder is not None and scope is not Scope.READ:
                entry = Entry(
                    f"{request.method} {request.scope['path'][:200]}",
                    caller.name,
                    caller.key,
                    caller.organisation,
                    outcome=Outcome.REFUSED,
                    detail=str(error),
                )
                await self.recorder.record(entry)
            raise


def caller_of(request: Request) -> Caller:
    """Return who asks, as it was found; an open dataset asks nobody who they are."""
    found = request.scope.get("state", {}).get("caller", ANONYMOUS)
    assert isinstance(found, Caller)  # noqa: S101 - only Callers writes it
    return found


def token_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the token of a request; None if it brings nothing of the kind.

    :raises UnauthenticatedError: if it brings what cannot hold a token.

    >>> token_of([(b"authorization", b"Bearer abc")])
    'abc'
    >>> token_of([(b"authorization", b"Basic YW5uOmFiYw==")])
    'abc'
    >>> token_of([]) is None
    True

    .. seealso:: RFC 6750, section 2.1; RFC 7617
    """
    found = [value for name, value in headers if name == b"authorization"]
    if not found:
        return None
    scheme, _, given = found[0].partition(b" ")
    token, kind = given.strip(b" "), scheme.lower()
    if kind == b"basic":
        try:
            token = base64.b64decode(token, validate=True).partition(b":")[2]
        except binascii.Error:
            raise refused() from None
    elif kind != b"bearer":
        raise refused()
    if len(found) > 1 or not token.isascii():
        raise refused()
    return token.decode("ascii")


def _organisation(caller: Caller, request: Request) -> str | None:
    """Return the organisation that is meant; None is the library."""
    raw: bytes = request.scope["query_string"]
    if b"organisation" not in raw:
        return caller.organisation
    names = parse_qs(raw.decode("latin-1"), keep_blank_values=True).get("organisation", [])
    if not names:
        return caller.organisation
    if len(names) > 1:
        raise UsageError(f"is given {len(names)} times", place="organisation")
    if caller.operator or names[0] == caller.organisation:
        return names[0]
    raise _no_such(names[0])


def _no_such(name: str) -> NotFoundError:
    return NotFoundError(f"the caller has no organisation {name!r}")
