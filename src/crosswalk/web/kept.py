"""Answers that were given, to be given again.

The key of an answer says all that it is a function of: so what is kept is never out of date, only
no longer asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

__all__ = ["Cache", "Kept"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given."""

    body: bytes
    media_type: str
    facts: dict[str, Any]


class Cache:
    """Answers that were given, the most recently asked last; bounded by their bytes."""

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self.held: OrderedDict[str, Kept] = OrderedDict()

    def get(self, key: str) -> Kept | None:
        """Return the answer of a key, if it is held."""
        found = self.held.get(key)
        if found is not None:
            self.held.move_to_end(key)
        return found

    def put(self, key: str, answer: Kept) -> None:
        """Hold an answer, unless it alone would take much of the room."""
        if key in self.held or len(answer.body) > self.most // 8:
            return
        self.held[key] = answer
        self.size += len(answer.body)
        while self.size > self.most:
            _, gone = self.held.popitem(last=False)
            self.size -= len(gone.body)
