"""The errors a user can meet, each with its exit code and HTTP status.

::

    CrosswalkError
    ├── UsageError              2  400   the call is wrong: unknown verb, name, edition, date
    │   ├── MalformedQueryError 2  400   a query does not parse: line and column
    │   ├── MethodError         2  405   no such thing can be done at an address
    │   ├── ConflictError       2  412   the data is no longer what the caller had read
    │   ├── MediaTypeError      2  415   a body is of a type that is not read
    │   ├── NotAcceptableError  2  406   an answer cannot be written in any wished format
    │   ├── UnauthenticatedError 2 401   who asks is not known: no key, or not a valid one
    │   ├── ForbiddenError      2  403   the caller may not do that
    │   ├── TooLargeError       2  413   a body is larger than it may be
    │   ├── NotFoundError       2  404   a graph that is named is not there
    │   └── LimitError          2  422   a query needs more rows, bytes or memory than it may
    ├── DataError               3  422   the data is wrong: broken file, unknown id, bad encoding
    │   ├── MalformedDocumentError
    │   │                       3  400   a document that is sent does not parse
    │   └── MappingError        3  422   a row of a mapping set is wrong
    └── UnavailableError        4  503   something needed is not there: a store, Java
        ├── BusyError           4  503   too many wait already; says when to come again
        │   └── TooManyError    4  429   the caller has as many of something as it may have
        ├── DeadlineError       4  504   the time was up; the work has been ended
        ├── NotInstalledError   4  501   an optional package or library is not installed
        ├── StorageError        4  507   the disk takes no more
        └── UncertainWriteError 4  503   a write was cut off: it may not have been applied

A message names the place, the offence and the way out. Everything else that is raised is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "BusyError",
    "ConflictError",
    "CrosswalkError",
    "DataError",
    "DeadlineError",
    "ForbiddenError",
    "LimitError",
    "MalformedDocumentError",
    "MalformedQueryError",
    "MappingError",
    "MediaTypeError",
    "MethodError",
    "NotAcceptableError",
    "NotFoundError",
    "NotInstalledError",
    "StorageError",
    "TooLargeError",
    "TooManyError",
    "UnauthenticatedError",
    "UnavailableError",
    "UncertainWriteError",
    "UsageError",
    "nearest",
]


class CrosswalkError(Exception):
    """The root of all errors that are told to the user.

    :param offence: what is wrong, without full stop.
    :param place: where: a file, ``file:line``, an option. Absent when there is no one place.
    :param remedy: the way out, as a sentence. Absent when the offence says it already.

    >>> str(DataError("unknown prefix 'iso'", place="a.ttl:3", remedy="Declare it with @prefix."))
    "a.ttl:3: unknown prefix 'iso'. Declare it with @prefix."
    """

    exit_code: ClassVar[int] = 3
    http_status: ClassVar[int] = 500

    def __init__(
        self, offence: str, *, place: str | None = None, remedy: str | None = None
    ) -> None:
        self.offence = offence
        self.place = place
        self.remedy = remedy
        head = f"{place}: {offence}" if place else offence
        super().__init__(f"{head.rstrip('.')}. {remedy}" if remedy else head)


class UsageError(CrosswalkError):
    """The call is wrong: an unknown verb, option, name, edition or date."""

    exit_code = 2
    http_status = 400


class MalformedQueryError(UsageError):
    """A query or update does not parse.

    :param line: where, counted from 1; absent when the engine does not tell.
    :param column: where in the line, counted from 1.
    """

    def __init__(
        self,
        offence: str,
        *,
        line: int | None = None,
        column: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.line = line
        self.column = column
        place = f"line {line}, column {column}" if line else None
        super().__init__(offence, place=place, remedy=remedy)


class MethodError(UsageError):
    """The method does not fit the address.

    :param allow: the methods that do.
    """

    http_status = 405

    def __init__(self, offence: str, *, allow: tuple[str, ...]) -> None:
        self.allow = allow
        super().__init__(offence, remedy=f"Allowed are {', '.join(allow)}.")


class MediaTypeError(UsageError):
    """A body is of a type, or in a charset, that is not read."""

    http_status = 415


class NotAcceptableError(UsageError):
    """An answer cannot be written in any of the wished media types.

    :param offers: the media types it can be written in.
    """

    http_status = 406

    def __init__(self, offence: str, *, offers: Iterable[str] = ()) -> None:
        self.offers = tuple(offers)
        super().__init__(offence, remedy=f"Ask for one of: {', '.join(self.offers)}.")


class UnauthenticatedError(UsageError):
    """Who asks is not known: no key was sent, or none that is valid."""

    http_status = 401


class ForbiddenError(UsageError):
    """The caller may not do that."""

    http_status = 403


class ConflictError(UsageError):
    """The data is no longer what the caller had read when it decided on the write."""

    http_status = 412


class TooLargeError(UsageError):
    """A body is larger than it may be."""

    http_status = 413


class NotFoundError(UsageError):
    """Something that is named, such as a graph, is not there."""

    http_status = 404


class LimitError(UsageError):
    """A query needs more rows, bytes or memory than it may have."""

    http_status = 422


class DataError(CrosswalkError):
    """The data is wrong: a broken file, an unknown id, a bad encoding."""

    exit_code = 3
    http_status = 422


class MalformedDocumentError(DataError):
    """A document that is sent does not parse in the format it is said to be in."""

    http_status = 400


class MappingError(DataError):
    """A mapping set, or a row of one, is wrong."""


class UnavailableError(CrosswalkError):
    """Something that is needed is not there: a store, Java."""

    exit_code = 4
    http_status = 503


class BusyError(UnavailableError):
    """Too many wait already.

    :param retry_after: seconds after which it is worth to come again.
    """

    def __init__(self, offence: str, *, retry_after: int = 1, remedy: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(offence, remedy=remedy or f"Come again in {retry_after} s.")


class TooManyError(BusyError):
    """The caller has as many of something, such as open streams, as it may have."""

    http_status = 429


class DeadlineError(UnavailableError):
    """The time was up, and the work has been ended."""

    http_status = 504


class NotInstalledError(UnavailableError):
    """An optional package, or a library of the system, is not installed; to wait does not help."""

    http_status = 501


class StorageError(UnavailableError):
    """The disk takes no more: the write is refused, nothing that was acknowledged is lost."""

    http_status = 507


class UncertainWriteError(UnavailableError):
    """A write was cut off before it was acknowledged: it may not have been applied."""


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> str | None:
    """Return a sentence that names the known words nearest to a mistaken one, or None.

    >>> nearest("iso-42002-2023", ["iso-42001-2023", "gdpr-2016"])
    "Did you mean 'iso-42001-2023'?"
    """
    found = difflib.get_close_matches(word, sorted(set(known)), n=count, cutoff=0.6)
    if not found:
        return None
    return f"Did you mean {' or '.join(repr(one) for one in found)}?"
