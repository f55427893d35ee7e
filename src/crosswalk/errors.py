"""The errors a user can meet, each with its exit code and HTTP status.

::

    CrosswalkError
    ├── UsageError         2  400   the call is wrong: unknown verb, name, edition, date
    ├── DataError          3  422   the data is wrong: broken file, unknown id, bad encoding
    │   └── MappingError   3  422   a row of a mapping set is wrong
    └── UnavailableError   4  503   something needed is not there: store, Java, an extra

A message names the place, the offence and the way out. Everything else that is raised is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "CrosswalkError",
    "DataError",
    "MappingError",
    "UnavailableError",
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


class DataError(CrosswalkError):
    """The data is wrong: a broken file, an unknown id, a bad encoding."""

    exit_code = 3
    http_status = 422


class MappingError(DataError):
    """A mapping set, or a row of one, is wrong."""


class UnavailableError(CrosswalkError):
    """Something that is needed is not there: a store, Java, an optional package."""

    exit_code = 4
    http_status = 503


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> str | None:
    """Return a sentence that names the known words nearest to a mistaken one, or None.

    >>> nearest("iso-42002-2023", ["iso-42001-2023", "gdpr-2016"])
    "Did you mean 'iso-42001-2023'?"
    """
    found = difflib.get_close_matches(word, sorted(set(known)), n=count, cutoff=0.6)
    if not found:
        return None
    return f"Did you mean {' or '.join(repr(one) for one in found)}?"
