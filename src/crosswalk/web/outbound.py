"""What the service sends to an address that somebody names: to the world only, and once looked up.

A name is resolved once, every address that it has must be one that may be reached, and the
connection goes to that very address: a name that resolves otherwise a moment later changes nothing.
Nothing is followed, and of an answer no more than its beginning is read.

.. seealso:: OWASP, Server-Side Request Forgery Prevention Cheat Sheet
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import h11

from crosswalk.errors import UnavailableError, UsageError

__all__ = ["Reached", "Target", "is_public", "post", "resolved"]

SECONDS = 10.0
"""In which an answer must have come."""
NAMED = 5.0
"""Seconds in which a name must be resolved."""
ANSWER = 1024
"""Bytes of an answer's body that are read."""
HEAD = 8192
"""The most bytes of an answer's head."""
NEVER = tuple(
    map(
        ipaddress.ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32")
    )
)
"""What is nobody's receiver: link-local addresses, and those where clouds tell their secrets."""
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """Where something is sent: a name that was resolved.

    :param address: the address to connect to.
    :param path: with the query.
    """

    secure: bool
    host: str
    port: int
    address: str
    path: str

    @property
    def authority(self) -> str:
        """What the header Host says."""
        named = f"[{self.host}]" if ":" in self.host else self.host
        return named if self.port == (443 if self.secure else 80) else f"{named}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reached:
    """What was answered: the status, and the beginning of the body."""

    status: int
    body: bytes


def is_public(text: str) -> bool:
    """Return whether an address is one of the public internet, also inside another one.

    >>> [is_public(one) for one in ("9.9.9.9", "10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::")]
    [True, False, False, False]
    """
    address = ipaddress.ip_address(text)
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved for one in _inner(address)
    )


def _inner(address: Address) -> list[Address]:
    """Return an address, or the IPv4 addresses that it stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in TRANSLATED:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    found: list[Address] = [one for one in inner if one is not None]
    return found or [address]


async def resolved(url: str, *, private: bool = False) -> Target:
    """Return where an address leads, if something may be sent there.

    :param private: whether to private networks too, and to this machine without TLS.
    :raises UsageError: if it is not https, its name has no address, or one that is refused.
    """
    parts = _parts(url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    try:
        port = parts.port or (443 if secure else 80)
    except ValueError:
        raise UsageError("the port is none", place="url") from None
    if not secure and not private:
        raise UsageError("is not https", place="url", remedy="Send to an https address.")
    addresses = await _addresses(host, port)
    for one in addresses:
        held = ipaddress.ip_address(one)
        if not (is_public(one) or (private and _reachable(held))):
            raise UsageError(
                f"{host!r} is an address of a private or special network",
                place="url",
                remedy="See the setting webhook_private.",
            )
        if not secure and not held.is_loopback:
            raise UsageError("is not https", place="url", remedy="Send to an https address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port, addresses[0], path)


def _parts(url: str) -> SplitResult:
    if not re.fullmatch(r"https?://[\x21-\x7e]{1,2000}", url):
        raise UsageError(
            "is no address of the web", place="url", remedy="Write https://… in ASCII."
        )
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UsageError("is no address of the web", place="url") from None
    if not parts.hostname or parts.username is not None or parts.fragment or "\\" in url:
        raise UsageError(
            "names no host, or a user or a fragment", place="url", remedy="Leave these out."
        )
    return parts


async def _addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(NAMED):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        found = []
    if not found:
        raise UsageError(f"{host!r} has no address", place="url", remedy="Correct the name.")
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _reachable(address: Address) -> bool:
    """Return whether an address may be reached where private networks may."""
    return not any(
        one.is_multicast
        or one.is_unspecified
        or any(one in network for network in NEVER if network.version == one.version)
        for one in _inner(address)
    )


async def post(
    target: Target, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS
) -> Reached:
    """Return what a target answers to what is sent to it.

    :raises UnavailableError: if it does not answer in time, or not in HTTP.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _posted(target, body, headers)
    except TimeoutError:
        raise UnavailableError(f"there was no answer within {seconds:g} s") from None
    except ssl.SSLError as error:
        raise UnavailableError(f"TLS failed: {error.reason or error}") from None
    except OSError as error:
        raise UnavailableError(f"cannot be reached: {error.strerror or error}") from None
    except h11.ProtocolError as error:
        raise UnavailableError(f"does not answer in HTTP: {error}") from None


async def _posted(target: Target, body: bytes, headers: Mapping[str, str]) -> Reached:
    reader, writer = await asyncio.open_connection(
        target.address,
        target.port,
        ssl=_trusted() if target.secure else None,
        server_hostname=target.host if target.secure else None,
    )
    try:
        wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD)
        said = {
            "Host": target.authority,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **headers,
        }
        request = h11.Request(method="POST", target=target.path, headers=list(said.items()))
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(wire.send(event) or b"")
        await writer.drain()
        return await _answered(wire, reader)
    finally:
        writer.transport.abort()


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _answered(wire: h11.Connection, reader: asyncio.StreamReader) -> Reached:
    status, found = 0, bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(4096))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            found += event.data
            if len(found) >= ANSWER:
                return Reached(status, bytes(found[:ANSWER]))
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return Reached(status, bytes(found))
