"""Bearer tokens of an OpenID Connect issuer: verified by the keys that the issuer publishes.

The keys are fetched from where the issuer that the settings name says they are, never from where a
token or a redirect points to; over TLS, but from the loopback address; in bounded time and size.
One fetch runs at a time, for whoever waits. It is begun when there are no keys yet, when those that
are there have an age, and when a token names a key that is not among them: then at most once a
minute, so that strangers cannot have the issuer asked as often as they like. A fetch that fails
changes nothing: the keys that are there count on for a day.

A verified token is remembered until it is over, by an HMAC under a secret of this process; it is
forgotten as soon as the issuer no longer publishes its key.

.. seealso:: OpenID Connect Discovery 1.0, section 4
"""

from __future__ import annotations

import asyncio
import hmac
import importlib.util
import ipaddress
import json
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crosswalk import settings
from crosswalk.access import Caller, Scope
from crosswalk.access.keys import refused
from crosswalk.access.tokens import InvalidTokenError, Policy, SigningKey, keys_of
from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DataError,
    NotInstalledError,
    UnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["Issuer", "Tokens"]

DISCOVERY = "/.well-known/openid-configuration"
LARGEST = 256 << 10
"""The most bytes of what the issuer answers."""
PATIENCE = 10.0
"""Seconds that a fetch may take in all."""
FRESH = 600.0
"""Seconds after which the keys are fetched anew while they are in use."""
STALE = 86400.0
"""Seconds for which keys count that could not be fetched anew."""
AGAIN, AGAIN_WITHOUT = 60.0, 5.0
"""Seconds from one fetch to the next, where there are keys and where there are none."""
WAITING = 64
"""How many tokens may wait for keys."""
REMEMBERED = 4096
"""How many verified tokens are remembered; of more, those that were not used for longest go."""
LONGEST_MEMORY = 86400.0

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Issuer:
    """An issuer, and the keys that it published last.

    :param address: as it stands in its tokens.
    :param ticks: seconds on a clock that nobody sets.
    :raises UsageError: if it cannot be the address of an issuer.
    :raises NotInstalledError: if the packages for it are not installed.
    """

    address: str
    ticks: Callable[[], float] = time.monotonic
    _keys: tuple[SigningKey, ...] = field(default=(), init=False)
    _fetched: float | None = field(default=None, init=False)
    _tried: float | None = field(default=None, init=False)
    _fetch: asyncio.Task[None] | None = field(default=None, init=False, repr=False)
    _waiting: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if set("?#") & set(self.address) or not _may_be_asked(self.address, at_home=True):
            raise UsageError(
                f"{self.address!r} is no address of an issuer",
                place="CROSSWALK_OIDC_ISSUER",
                remedy="Give its https address, as it stands in the claim 'iss' of its tokens.",
            )
        for package in ("httpx", "joserfc"):
            if importlib.util.find_spec(package) is None:
                raise NotInstalledError(
                    f"the package {package!r} is not installed",
                    place="CROSSWALK_OIDC_ISSUER",
                    remedy="Install the extra: pip install 'aigov-crosswalk[oidc]'.",
                )

    def known(self) -> tuple[SigningKey, ...]:
        """Return the keys that count; if they have an age, they are fetched anew meanwhile."""
        if self._fetched is None or self.ticks() - self._fetched > STALE:
            return ()
        if self.ticks() - self._fetched > FRESH:
            self._begin(AGAIN)
        return self._keys

    async def keys(self, name: str | None) -> tuple[SigningKey, ...]:
        """Return the keys for a token that names one of them.

        :raises UnavailableError: if the issuer has not told its keys for too long.
        :raises BusyError: if too many wait for it already.
        """
        found = self.known()
        if not found:
            await self._anew(AGAIN_WITHOUT)
        elif name is not None and name not in {one.name for one in found}:
            await self._anew(AGAIN)
        found = self.known()
        if not found:
            raise UnavailableError("the issuer of tokens does not tell its keys")
        return found

    async def _anew(self, pause: float) -> None:
        fetch = self._begin(pause)
        if fetch is None:
            return
        if self._waiting >= WAITING:
            raise BusyError("too many tokens wait for the keys of their issuer")
        self._waiting += 1
        try:
            await asyncio.shield(fetch)
        finally:
            self._waiting -= 1

    def _begin(self, pause: float) -> asyncio.Task[None] | None:
        """Return the fetch that runs; None: the last one was too short a time ago."""
        if self._fetch is not None and not self._fetch.done():
            return self._fetch
        now = self.ticks()
        if self._tried is not None and now - self._tried < pause:
            return None
        self._tried = now
        self._fetch = asyncio.create_task(self._update())
        return self._fetch

    async def _update(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                self._keys = await self._published()
            self._fetched = self.ticks()
        except TimeoutError:
            LOG.error("the keys of %s could not be had: it took too long", self.address)
        except CrosswalkError as error:
            LOG.error("the keys of %s could not be had: %s", self.address, error)

    async def _published(self) -> tuple[SigningKey, ...]:
        """Return the keys as the issuer publishes them now."""
        at_home = _is_loopback(urlsplit(self.address).hostname)
        client = await asyncio.to_thread(_client, at_home)  # reading certificates takes its time
        async with client:
            where = self.address.rstrip("/") + DISCOVERY
            try:
                said = json.loads(await _got(client, where))
                issuer, place = said["issuer"], said["jwks_uri"]
            except (ValueError, KeyError, TypeError, RecursionError):
                raise DataError("is no description of an issuer", place=where) from None
            if issuer != self.address:
                raise DataError(f"describes another issuer, {str(issuer)[:200]!r}", place=where)
            if not isinstance(place, str) or not _may_be_asked(place, at_home=at_home):
                raise DataError("names no https address of keys", place=where)
            found = await asyncio.to_thread(keys_of, await _got(client, place))
        if not found:
            raise DataError("has no key that could be used", place=place)
        return found


@dataclass(frozen=True, slots=True)
class Remembered:
    """A token that was verified.

    :param mark: that of the key that it is signed by.
    """

    caller: Caller
    until: float
    mark: str


class Tokens:
    """What knows the callers of an issuer's tokens.

    :param clock: seconds since 1970.
    """

    def __init__(
        self, policy: Policy, issuer: Issuer, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.policy, self.issuer, self.clock = policy, issuer, clock
        self._secret = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, Remembered] = OrderedDict()

    @classmethod
    def of_settings(cls) -> Tokens | None:
        """Return what the settings say; None if they name no issuer.

        :raises UsageError: if they do not fit together.
        :raises NotInstalledError: if the packages for it are not installed.

        >>> Tokens.of_settings() is None
        True
        """
        said = settings.value
        address, audience = said("CROSSWALK_OIDC_ISSUER"), said("CROSSWALK_OIDC_AUDIENCE")
        if not address:
            return None
        if not audience:
            raise UsageError(
                "is not given, and tokens that are meant for others must not count here",
                place="CROSSWALK_OIDC_AUDIENCE",
                remedy="Give what names this service in the claim 'aud'.",
            )
        policy = Policy(
            address,
            audience,
            frozenset(settings.entries("CROSSWALK_OIDC_CLIENTS")),
            said("CROSSWALK_OIDC_ORGANISATION_CLAIM"),
            said("CROSSWALK_OIDC_SCOPE_CLAIM"),
            _scopes(settings.entries("CROSSWALK_OIDC_SCOPES")),
            said("CROSSWALK_OIDC_OPERATOR"),
        )
        return cls(policy, Issuer(address))

    async def __call__(self, token: str) -> Caller:
        """Return the caller of a token.

        :raises UnauthenticatedError: if it is not valid; nothing tells why but its cause.
        :raises UnavailableError: if the keys of the issuer are not there.
        """
        now = self.clock()
        mark = hmac.digest(self._secret, token.encode(), "sha256")
        held = self._remembered.get(mark)
        if held is not None:
            if now < held.until and any(one.mark == held.mark for one in self.issuer.known()):
                self._remembered.move_to_end(mark)
                return held.caller
            del self._remembered[mark]
        try:
            read = self.policy.read(token, now)
            key = read.verified(await self.issuer.keys(read.key))
        except InvalidTokenError as why:
            raise refused() from why
        until = min(read.until, now + LONGEST_MEMORY)
        self._remembered[mark] = Remembered(read.caller, until, key.mark)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return read.caller


def _scopes(pairs: tuple[str, ...]) -> dict[str, frozenset[Scope]]:
    """Return value of the claim → scopes."""
    found: dict[str, frozenset[Scope]] = {}
    for pair in pairs:
        value, _, scope = pair.rpartition("=")
        try:
            found[value] = found.get(value, frozenset()) | Scope.of([scope])
        except UsageError as error:
            raise UsageError(
                error.offence, place="CROSSWALK_OIDC_SCOPES", remedy=error.remedy
            ) from None
    return found


def _client(at_home: bool) -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=PATIENCE,
        trust_env=not at_home,
        headers={
            "User-Agent": "crosswalk",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
    )


async def _got(client: httpx.AsyncClient, address: str) -> bytes:
    """Return what is at an address.

    :raises UnavailableError: if it cannot be had, or is too large.
    """
    import httpx

    found = bytearray()
    try:
        async with client.stream("GET", address) as answer:
            if answer.status_code != 200:
                raise UnavailableError(f"answers with {answer.status_code}", place=address)
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise UnavailableError("answers with what is packed", place=address)
            async for part in answer.aiter_raw():
                found += part
                if len(found) > LARGEST:
                    raise UnavailableError(f"answers with over {LARGEST} bytes", place=address)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise UnavailableError(f"cannot be had: {error}", place=address) from None
    return bytes(found)


def _may_be_asked(address: str, *, at_home: bool) -> bool:
    """Return whether an address is one of https; of the loopback address, http will do.

    :param at_home: whether the loopback address may be asked over http.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not address.isascii() or not address.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and at_home and _is_loopback(host))


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
