"""Answers in pages: how many rows, from where, and of which answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crosswalk.errors import UsageError

__all__ = ["FIRST_ROWS", "MOST_ROWS", "PREFIX", "Paging"]

PREFIX = "/api/v1/"
"""Where the API stands."""
MOST_ROWS, FIRST_ROWS = 10_000, 1_000
"""The most rows of a page, and how many a page has if nothing is said."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which rows of an answer are wished.

    A cursor holds where the page starts and of which answer it is: when that has changed, the
    cursor is refused, so that pages always fit together.
    """

    limit: int
    start: int = 0
    of: str = ""

    @classmethod
    def read(cls, limit: str | None, cursor: str | None) -> Paging:
        """Return what a request says.

        :raises UsageError: if it says what cannot be.

        >>> Paging.read("10", None)
        Paging(limit=10, start=0, of='')
        """
        count = FIRST_ROWS
        if limit is not None:
            if not re.fullmatch(r"[0-9]{1,6}", limit) or not 1 <= int(limit) <= MOST_ROWS:
                raise UsageError(
                    f"{limit!r} is no whole number from 1 to {MOST_ROWS}", place="limit"
                )
            count = int(limit)
        if cursor is None:
            return cls(count)
        if not re.fullmatch(r"[0-9]{1,9}\.[0-9a-f]{32}", cursor):
            raise UsageError(
                f"{cursor[:60]!r} is no cursor", place="cursor", remedy="Take it from Link."
            )
        start, _, of = cursor.partition(".")
        return cls(count, int(start), of)

    def cursor(self, start: int, of: str) -> str:
        """Return the cursor of a page of an answer."""
        return f"{start}.{of}"
