"""The HTTP side of a SPARQL store elsewhere: what is sent, what is tried again, what is refused.

A read is tried again when the line or a gateway fails; a write never is. Redirects are not
followed: what was meant for one address, with its credentials, goes to no other. What comes back is
bounded, and an answer that was cut off is an error, never a shorter answer.

.. seealso:: SPARQL 1.1 Protocol; SPARQL 1.1 Graph Store HTTP Protocol
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from crosswalk import settings
from crosswalk.errors import (
    BusyError,
    CrosswalkError,
    DeadlineError,
    LimitError,
    NotInstalledError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["Address", "Client", "Coming", "is_address"]

TRIES = 3
PAUSE = 0.25
"""Seconds before the second try; each further one waits three times as long."""
AGAIN = (502, 503, 504)
LONGEST = 200
DEFAULT_GRAPHS = ("auto", "union", "list")
FORM = "application/x-www-form-urlencoded"


def is_address(text: object) -> bool:
    """Return whether a text is the address of a store elsewhere.

    >>> is_address("https://example.org/sparql"), is_address("examples/x-corporation")
    (True, False)
    """
    return str(text).casefold().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store answers, and what it is to be told to answer us.

    :param query: where it takes queries; a query part of the address goes with each of them.
    :param update: where it takes updates; empty: beside ``query``, under the name ``update``.
    :param authorization: the value of the header of that name.
    :param default_graph: whether its default graph is the ``union`` of its graphs, or they have to
        be a ``list`` in each request; ``auto`` finds out.
    :param timeout: seconds that one request may take in all.
    """

    query: str
    update: str = ""
    authorization: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    default_graph: str = "auto"
    timeout: float = 60.0
    largest: int = 256 << 20

    @classmethod
    def of_settings(cls, query: str) -> Address:
        """Return an address with what the settings say of it: of the store that was chosen."""
        said = settings.value
        if said("CROSSWALK_STORE_AUTHORIZATION") and said("CROSSWALK_STORE_USER"):
            raise UsageError(
                "both CROSSWALK_STORE_AUTHORIZATION and CROSSWALK_STORE_USER are set",
                remedy="Unset one of them.",
            )
        return replace(
            cls.plain(query),
            update=said("CROSSWALK_STORE_UPDATE"),
            authorization=said("CROSSWALK_STORE_AUTHORIZATION"),
            user=said("CROSSWALK_STORE_USER"),
            password=said("CROSSWALK_STORE_PASSWORD"),
        )

    @classmethod
    def plain(cls, query: str) -> Address:
        """Return an address to which none of the credentials in the settings goes."""
        chosen = settings.value("CROSSWALK_STORE_DEFAULT_GRAPH")
        if chosen not in DEFAULT_GRAPHS:
            raise UsageError(
                f"{chosen!r} is none of {', '.join(DEFAULT_GRAPHS)}",
                place="CROSSWALK_STORE_DEFAULT_GRAPH",
            )
        return cls(
            query,
            default_graph=chosen,
            timeout=float(settings.number("CROSSWALK_STORE_TIMEOUT_S")),
            largest=settings.number("CROSSWALK_MAX_ANSWER_MB") << 20,
        )

    @property
    def shown(self) -> str:
        """The address as it may be told: without the user and password that it may hold.

        >>> Address("https://ann:secret@example.org/sparql").shown
        'https://example.org/sparql'
        """
        return _without_user(self.query)

    @property
    def updates(self) -> str:
        """Where updates go.

        >>> Address("https://example.org/ds/sparql").updates
        'https://example.org/ds/update'
        """
        if self.update:
            return self.update
        parts = urlsplit(self.query)
        path = parts.path.rstrip("/").rpartition("/")[0] + "/update"
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class Client:
    """The line to one store.

    :raises NotInstalledError: if the package for HTTP is not installed.
    :raises UsageError: if the address cannot be one.
    """

    def __init__(self, address: Address) -> None:
        try:
            import httpx
        except ImportError:
            raise NotInstalledError(
                "the package 'httpx' is not installed",
                remedy="Install the extra: pip install 'aigov-crosswalk[remote]'.",
            ) from None
        self.address = address
        headers = {"User-Agent": "crosswalk"}
        if address.authorization:
            headers["Authorization"] = address.authorization
        try:
            httpx.URL(address.query), httpx.URL(address.updates)
            self._http = httpx.Client(
                headers=headers,
                auth=(address.user, address.password) if address.user else None,
                timeout=httpx.Timeout(address.timeout, connect=min(10.0, address.timeout)),
                follow_redirects=False,
            )
        except (httpx.InvalidURL, ValueError, UnicodeEncodeError) as error:
            raise UsageError(f"is no address: {error}", place=address.shown) from None

    def close(self) -> None:
        """Close the line."""
        self._http.close()

    def query(
        self, text: str, *, dataset: Sequence[tuple[str, str]], accept: Sequence[str]
    ) -> tuple[str, bytes]:
        """Return (media type, bytes) of the answer of a query.

        :param dataset: further parameters of the request, which say what it is asked of.
        """
        return self._read([("query", text), *dataset], accept)

    @contextmanager
    def asked(
        self, text: str, *, dataset: Sequence[tuple[str, str]], accept: Sequence[str]
    ) -> Iterator[Coming]:
        """Yield the answer of a query as it comes; leaving early closes the line it comes by.

        :raises UnavailableError: if the line fails, also while it is read.
        """
        import httpx

        place = self.address.shown
        form: list[tuple[str, Any]] = [("query", text), *dataset]
        headers = {"Accept": ", ".join(accept), "Content-Type": FORM}
        body = str(httpx.QueryParams(form)).encode()
        failure: CrosswalkError | None = None
        for number in range(TRIES):
            if failure is not None:
                time.sleep(PAUSE * 3 ** (number - 1))
            with ExitStack() as stack:
                try:
                    line = self._http.stream(
                        "POST", self.address.query, headers=headers, content=body
                    )
                    answer = stack.enter_context(line)
                    if not answer.is_success:
                        failure = _refused(place, answer, _beginning(answer))
                        if answer.status_code not in AGAIN:
                            raise failure
                        continue
                except httpx.ReadTimeout:
                    raise _late(place, self.address.timeout) from None
                except httpx.HTTPError as error:
                    failure = _down(place, error)
                    continue
                self._require_whole(place, answer)
                yield Coming(place, answer, self.address.timeout)
                return
        assert failure is not None  # noqa: S101 - each try but the last one failed
        raise failure

    def describe(self) -> tuple[str, bytes]:
        """Return (media type, bytes) of what the store says of itself.

        .. seealso:: SPARQL 1.1 Service Description, section 2
        """
        return self._read(None, ("application/n-triples", "text/turtle"))

    def update(self, text: str) -> None:
        """Have the store carry out an update, once.

        :raises UncertainWriteError: if the line failed before the store said that it was done.
        """
        import httpx

        place = _without_user(self.address.updates)
        try:
            self._exchange(
                place,
                "POST",
                self.address.updates,
                {"Content-Type": "application/sparql-update; charset=utf-8"},
                text.encode(),
                reading=False,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _down(place, error) from None
        except httpx.HTTPError as error:
            raise UncertainWriteError(
                f"the line failed while it wrote ({_why(error)})",
                place=place,
                remedy="Ask what the store now holds before you write again.",
            ) from None

    def _read(
        self, form: Sequence[tuple[str, str]] | None, accept: Sequence[str]
    ) -> tuple[str, bytes]:
        """Return what is answered to a request that changes nothing: it can be asked again."""
        import httpx

        place = self.address.shown
        headers = {"Accept": ", ".join(accept)}
        body = None
        if form is not None:
            headers["Content-Type"] = FORM
            body = str(httpx.QueryParams(list(form))).encode()
        failure: CrosswalkError | None = None
        for number in range(TRIES):
            if failure is not None:
                time.sleep(PAUSE * 3 ** (number - 1))
            try:
                return self._exchange(
                    place, "POST" if form is not None else "GET", self.address.query, headers, body
                )
            except httpx.TimeoutException as error:
                if not isinstance(error, httpx.ConnectTimeout):
                    raise _late(place, self.address.timeout) from None
                failure = _down(place, error)
            except httpx.HTTPError as error:
                failure = _down(place, error)
            except _AgainError as error:
                failure = error.failure
        assert failure is not None  # noqa: S101 - each try but the last one failed
        raise failure

    def _exchange(
        self,
        place: str,
        method: str,
        address: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        reading: bool = True,
    ) -> tuple[str, bytes]:
        until = time.monotonic() + self.address.timeout
        with self._http.stream(method, address, headers=headers, content=body) as answer:
            found = bytearray()
            for chunk in answer.iter_bytes():
                found += chunk
                if len(found) > self.address.largest:
                    raise LimitError(
                        f"the answer has more than {self.address.largest >> 20} MB",
                        place=place,
                        remedy="Ask for less, or raise CROSSWALK_MAX_ANSWER_MB.",
                    )
                if time.monotonic() > until:
                    raise _late(place, self.address.timeout)
            if answer.is_success:
                self._require_whole(place, answer)
                kind = answer.headers.get("content-type", "").partition(";")[0].strip().casefold()
                return kind, bytes(found)
            failure = _refused(place, answer, bytes(found))
            if reading and answer.status_code in AGAIN:
                raise _AgainError(failure)
            raise failure

    @staticmethod
    def _require_whole(place: str, answer: httpx.Response) -> None:
        """Refuse an answer of which the store says that it left something out."""
        if answer.headers.get("x-sparql-maxrows") or answer.headers.get("x-sql-state") == "S1TAT":
            raise LimitError(
                "the store cut its answer off",
                place=place,
                remedy="Raise its limit of rows and of time.",
            )


class Coming:
    """An answer that is on its way, to be read as a file is."""

    def __init__(self, place: str, answer: httpx.Response, seconds: float) -> None:
        kind = answer.headers.get("content-type", "")
        self.media_type = kind.partition(";")[0].strip().casefold()
        self._place, self._seconds = place, seconds
        self._chunks, self._held = answer.iter_bytes(), memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Return some of what comes next, at most so many bytes; nothing at the end.

        :raises DeadlineError: if the store falls silent.
        :raises UnavailableError: if the line fails.
        """
        import httpx

        if not self._held:
            try:
                self._held = memoryview(next((one for one in self._chunks if one), b""))
            except httpx.TimeoutException:
                raise _late(self._place, self._seconds) from None
            except httpx.HTTPError as error:
                raise _down(self._place, error) from None
        given = self._held if size < 0 else self._held[:size]
        self._held = self._held[len(given) :]
        return bytes(given)


def _beginning(answer: httpx.Response) -> bytes:
    """Return as much of an answer as may be told of it."""
    found = bytearray()
    for chunk in answer.iter_bytes():
        found += chunk
        if len(found) > 16 * LONGEST:
            break
    return bytes(found)


class _AgainError(Exception):
    """A gateway failed: the same may be asked again."""

    def __init__(self, failure: CrosswalkError) -> None:
        self.failure = failure


def _down(place: str, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"the store does not answer ({_why(error)})",
        place=place,
        remedy="Start it, or name another address.",
    )


def _late(place: str, seconds: float) -> DeadlineError:
    return DeadlineError(
        f"the store has not answered within {seconds:g} s",
        place=place,
        remedy="Ask for less, or raise CROSSWALK_STORE_TIMEOUT_S.",
    )


def _why(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def _refused(place: str, answer: httpx.Response, body: bytes) -> CrosswalkError:
    """Return the error of an answer that is no success."""
    status = answer.status_code
    said = _said(answer, body)
    if 300 <= status < 400:
        target = _without_user(answer.headers.get("location", "")) or "elsewhere"
        return UnavailableError(
            f"redirects to {target} ({status})",
            place=place,
            remedy="Name that address, if it is the store that you mean.",
        )
    if status == 401:
        return UnavailableError(
            "the store wants to know who asks (401)",
            place=place,
            remedy="Set CROSSWALK_STORE_AUTHORIZATION, or CROSSWALK_STORE_USER and "
            "CROSSWALK_STORE_PASSWORD, and name the store by --store.",
        )
    if status == 403:
        return UnavailableError(
            "the store refuses this caller (403)",
            place=place,
            remedy="Use credentials that may do this.",
        )
    if status in (404, 405, 410):
        return UnavailableError(
            f"is no address of a store ({status})",
            place=place,
            remedy="Name the address that takes SPARQL queries"
            " (for updates: CROSSWALK_STORE_UPDATE).",
        )
    if status in (408, 504):
        return DeadlineError(f"the store gave up ({status}){said}", place=place)
    if status in (429, 503):
        return BusyError(f"{place}: the store takes no more now ({status}){said}")
    if status in (400, 406, 413, 414, 415, 422):
        return UsageError(f"the store refuses the request ({status}){said}", place=place)
    return UnavailableError(f"the store failed ({status}){said}", place=place)


def _said(answer: httpx.Response, body: bytes) -> str:
    """Return what a store says of its error, if it says it in plain words."""
    kind = answer.headers.get("content-type", "")
    if "html" in kind or not body:
        return ""
    text = " ".join(body.decode("utf-8", errors="replace").split())
    text = re.sub(r"[^\x20-\x7e\xa0-\uffff]", "", text)
    return f": {text[:LONGEST]}{'…' if len(text) > LONGEST else ''}" if text else ""
