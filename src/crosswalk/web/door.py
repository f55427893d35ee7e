"""The door: what is refused before a request is looked at, and what every answer carries.

A page of another site that a person has open can send requests to a service on that person's own
machine. So a request has to call the service by a name of its own (no rebinding of names), and one
that could change something must not come from a page of an origin that is not listed.

.. seealso:: Fetch Standard, section 3.3 (CORS); RFC 6585 (429, 431); RFC 6797 (HSTS)
"""

from __future__ import annotations

import ipaddress
import math
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crosswalk import settings
from crosswalk.errors import TooLargeError
from crosswalk.web.problems import problem

__all__ = ["Buckets", "Door", "Rules", "host_names"]

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
LOOPBACK = ("127.0.0.1", "::1", "localhost")
WANTED = frozenset(
    (
        b"authorization",
        b"content-length",
        b"forwarded",
        b"host",
        b"origin",
        b"transfer-encoding",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    )
)
POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
ALLOWED = (
    *("Accept", "Authorization", "Content-Type", "If-Match", "If-None-Match", "Last-Event-ID"),
)
"""The headers that pages of other origins may send."""
SECURE = (b"strict-transport-security", b"max-age=31536000")
KNOWN = 10_000
"""Addresses whose rate is remembered."""
NAMES = 1_000
"""Names that are remembered as good or not."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds at the door.

    :param hosts: names by which the service may be called; ``*`` is any, ``*.example.org`` those
        below it, ``0.0.0.0`` any address that is written in numbers.
    :param rate: requests a second of one address; 0 is no limit.
    :param body: the most bytes of a body.
    :param head: the most bytes of a request's line, and of its headers.
    """

    hosts: frozenset[str]
    proxies: tuple[Network, ...] = ()
    origins: tuple[str, ...] = ()
    rate: int = 0
    rate_loopback: bool = False
    body: int = 64 << 20
    head: int = 32 << 10

    @classmethod
    def of_settings(cls, host: str) -> Rules:
        """Return the rules that the settings say, for a service that listens at an address."""
        said = settings.entries("CROSSWALK_HOSTS")
        return cls(
            hosts=frozenset(one.lower().strip("[]") for one in said) or host_names(host),
            proxies=tuple(
                ipaddress.ip_network(one, strict=False)
                for one in settings.entries("CROSSWALK_PROXIES")
            ),
            origins=settings.entries("CROSSWALK_CORS"),
            rate=settings.number("CROSSWALK_RATE"),
            rate_loopback=settings.enabled("CROSSWALK_RATE_LOOPBACK"),
            body=settings.number("CROSSWALK_MAX_BODY_MB") << 20,
            head=settings.number("CROSSWALK_MAX_HEAD_KB") << 10,
        )


def host_names(host: str) -> frozenset[str]:
    """Return the names by which a service that listens at an address may be called.

    >>> sorted(host_names("127.0.0.1"))
    ['127.0.0.1', '::1', 'localhost']
    """
    if host in LOOPBACK:
        return frozenset(LOOPBACK)
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - it is compared, not bound
        return frozenset((*LOOPBACK, "0.0.0.0", socket.gethostname().lower()))  # noqa: S104
    return frozenset((host.lower(),))


class Buckets:
    """How much each caller may still ask: so much a second, and twice as much at once.

    >>> buckets = Buckets(1)
    >>> [buckets.wait("a", now=0.0) for _ in range(3)]
    [0.0, 0.0, 1.0]
    """

    def __init__(self, rate: float, *, known: int = KNOWN) -> None:
        self.rate, self.most, self.known = rate, 2 * rate, known
        self._held: dict[str, tuple[float, float]] = {}

    def wait(self, caller: str, *, now: float | None = None) -> float:
        """Take one request of a caller; return 0, or the seconds until there is one to take."""
        at = time.monotonic() if now is None else now
        left, since = self._held.pop(caller, (self.most, at))
        left = min(self.most, left + (at - since) * self.rate)
        allowed = left >= 1
        self._held[caller] = (left - 1 if allowed else left, at)
        if len(self._held) > self.known:
            del self._held[next(iter(self._held))]
        return 0.0 if allowed else (1 - left) / self.rate


class Body:
    """The body of a request, refused when it is larger than it may be.

    :param most: the most bytes it may have.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most = receive, most
        self.taken, self.open = 0, True

    async def __call__(self) -> Message:
        """Return what comes next."""
        message = await self.receive()
        self.open = bool(message.get("more_body", False))
        self.taken += len(message.get("body", b""))
        if self.taken > self.most:
            raise TooLargeError(f"the body has more than {self.most} bytes")
        return message


class Door:
    """An application behind a door."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.rules = rules
        self.app = _shared(app, rules.origins) if rules.origins else app
        self.buckets = Buckets(rules.rate) if rules.rate else None
        self._named: dict[bytes, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        found, size, twice = _looked_at(scope)
        self._place(scope, found)
        refused = self._refused(scope, found, size, twice)
        body = Body(receive, self.rules.body) if _has_body(found) else None
        told = self._answering(scope, send, body)
        if refused is not None:
            status, detail, headers = refused
            await problem(status, detail, headers=headers)(scope, receive, told)
            return
        await self.app(scope, body or receive, told)

    def _place(self, scope: Scope, found: dict[bytes, bytes]) -> None:
        """Note where a request comes from; believe a trusted proxy about it."""
        client = scope.get("client")
        address = client[0] if client else ""
        passed_on = b"x-forwarded-for" in found or b"forwarded" in found
        near = address in LOOPBACK and not passed_on
        if self.rules.proxies and _within(address, self.rules.proxies):
            address = _origin_of(found.get(b"x-forwarded-for", b""), address, self.rules.proxies)
            scope["client"] = (address, 0)
            proto = found.get(b"x-forwarded-proto", b"").strip().lower()
            if proto in (b"http", b"https"):
                scope["scheme"] = proto.decode()
            if host := found.get(b"x-forwarded-host"):
                others = [(n, v) for n, v in scope["headers"] if n != b"host"]
                found[b"host"] = host.strip()
                scope["headers"] = [(b"host", found[b"host"]), *others]
        state = scope.setdefault("state", {})
        state["loopback"] = near

    def _refused(
        self, scope: Scope, found: Mapping[bytes, bytes], size: int, twice: bool
    ) -> tuple[int, str, dict[str, str]] | None:
        """Return status, reason and headers of a refusal, or None."""
        rules = self.rules
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > rules.head:
            return 414, f"the address has more than {rules.head} bytes; send the query by POST", {}
        if size > rules.head:
            return 431, f"the headers have more than {rules.head} bytes", {}
        host = found.get(b"host")
        if twice or (host is None and scope["http_version"] != "1.0"):
            return 400, "one Host is wanted, and one Content-Length at most", {}
        if host is not None and not self._called_well(host):
            return 421, "the service is not called by this name; see the setting hosts", {}
        if self.buckets is not None and (rules.rate_loopback or not scope["state"]["loopback"]):
            client = scope.get("client")
            wait = self.buckets.wait(_bucket(client[0] if client else ""))
            if wait:
                return 429, "too many requests", {"Retry-After": str(math.ceil(wait))}
        if scope["method"] not in SAFE:
            origin = found.get(b"origin")
            if origin is not None and not self._own(origin, found, scope["scheme"]):
                return 403, "pages of this origin may not do that; see the setting cors", {}
        length = found.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 18 or int(length) > rules.body:
            return 413, f"the body has more than {rules.body} bytes", {}
        return None

    def _called_well(self, host: bytes) -> bool:
        """Return whether the name that a request calls the service by is one of its own."""
        known = self._named.get(host)
        if known is None:
            if len(self._named) >= NAMES:
                self._named.clear()
            known = self._named[host] = _is_named(host, self.rules.hosts)
        return known

    def _own(self, origin: bytes, found: Mapping[bytes, bytes], scheme: str) -> bool:
        """Return whether a page of an origin may send what could change something.

        Where all origins are listed, it may not do so in the name of somebody: a browser adds the
        password that its user gave before.
        """
        text, host = origin.decode("latin-1"), found.get(b"host", b"").decode("latin-1")
        if text in self.rules.origins or text.lower() == f"{scheme}://{host.lower()}":
            return True
        return "*" in self.rules.origins and b"authorization" not in found

    def _answering(self, scope: Scope, send: Send, body: Body | None) -> Send:
        vary = bool(self.rules.origins)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *HEADERS]
                if not any(name == b"content-security-policy" for name, _ in message["headers"]):
                    headers.append((b"content-security-policy", POLICY))
                if scope["scheme"] == "https":
                    headers.append(SECURE)
                if body is not None and body.open:
                    headers.append((b"connection", b"close"))
                if vary:
                    headers.append((b"vary", b"Origin"))
                message = {**message, "headers": headers}
            await send(message)

        return told


def _shared(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """Return an application whose answers pages of some origins may read. Never with cookies."""
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=ALLOWED,
        expose_headers=["Crosswalk-Generation", "ETag", "Link", "Location", "X-Request-ID"],
    )


def _looked_at(scope: Scope) -> tuple[dict[bytes, bytes], int, bool]:
    """Return the headers that the door reads, the size of all, and whether one comes twice."""
    found: dict[bytes, bytes] = {}
    size, twice = 0, False
    for name, value in scope["headers"]:
        size += len(name) + len(value) + 4
        if name in WANTED:
            if name in found:
                if name in (b"host", b"content-length"):
                    twice = True
                value = found[name] + b"," + value
            found[name] = value
    return found, size, twice


def _has_body(found: Mapping[bytes, bytes]) -> bool:
    return b"transfer-encoding" in found or found.get(b"content-length", b"0") != b"0"


def _is_named(host: bytes, names: Iterable[str]) -> bool:
    text = host.decode("latin-1").strip().lower()
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if rest else "0"
    else:
        name, _, port = text.partition(":")
        port = port or "0"
    if not port.isdigit():
        return False
    name = name.rstrip(".")
    if name in names or "*" in names:
        return True
    if "0.0.0.0" in names and _address(name) is not None:  # noqa: S104 - compared, not bound
        return True
    return any(one.startswith("*.") and name.endswith(one[1:]) for one in names)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def _within(text: str, networks: Iterable[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in one for one in networks)


def _origin_of(header: bytes, address: str, proxies: tuple[Network, ...]) -> str:
    """Return the last address of X-Forwarded-For that is no trusted proxy: the first is a claim."""
    for one in reversed(header.decode("latin-1").split(",")):
        found = _address(one.strip().strip("[]"))
        if found is None:
            return address
        address = str(found)
        if not _within(address, proxies):
            return address
    return address


def _bucket(address: str) -> str:
    """Return under which name an address is counted: IPv6 by its network of 64 bits."""
    if ":" not in address:
        return address
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found or address)
