"""What happened to an organisation's statuses: a bounded journal, in the directory of its store.

Events, the statuses they lead to and who is told of them are one SQLite file, so that they change
together: an event is there once, in order, and a service that was killed goes on where it was.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosswalk.errors import StorageError, UnavailableError
from crosswalk.holdings import JOURNAL

__all__ = ["EVIDENCE", "MOST", "STATUS", "Event", "Journal", "Judged"]

EVIDENCE, STATUS = "evidence-changed", "status-changed"
"""The kinds of events."""
MOST = 10_000
"""The most events that are kept of an organisation."""
PATIENCE = 10.0
"""Seconds that one who writes waits for another."""
TABLES = """
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS judged (
  generation INTEGER NOT NULL, knowledge TEXT NOT NULL, day TEXT NOT NULL,
  event INTEGER NOT NULL, statuses TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hooks (id TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``id`` is its number, 0 as long as it is not in the journal."""

    kind: str
    body: dict[str, Any]
    id: int = 0

    def concerns(self, editions: Sequence[str]) -> bool:
        """Return whether it is for who asked for some editions; none: those that are assessed.

        >>> Event(STATUS, {"edition": "gdpr-2016", "assessed": False}).concerns(())
        False
        """
        if self.kind != STATUS:
            return True
        return self.body["edition"] in editions if editions else bool(self.body["assessed"])

    def row(self) -> dict[str, Any]:
        """Return it as it is told."""
        return {"id": self.id, "event": self.kind, **self.body}


@dataclass(frozen=True, slots=True)
class Judged:
    """The state of which the statuses are known: of the store, the knowledge, and which day.

    :param event: the newest change of evidence that it holds.
    """

    generation: int
    knowledge: str
    day: str
    event: int


class Journal:
    """The journal in a directory; it is made with the first event.

    Every method opens it anew, so that any thread may ask.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder))
    ...     journal.add([Event(EVIDENCE, {"by": "Ann"})])
    ...     journal.after(0)
    [Event(kind='evidence-changed', body={'by': 'Ann'}, id=1)]
    """

    def __init__(self, directory: Path, *, most: int = MOST) -> None:
        self.path, self.most = directory / JOURNAL, most

    @property
    def exists(self) -> bool:
        """Whether it was begun."""
        return self.path.exists()

    def add(self, events: Sequence[Event]) -> None:
        """Put events on the disk."""
        with self._open() as base:
            self._add(base, events)

    def after(self, number: int, *, limit: int = 200) -> list[Event]:
        """Return the events after one, oldest first."""
        if not self.exists:
            return []
        with self._open() as base:
            found = base.execute(
                "SELECT id, kind, body FROM events WHERE id > ? ORDER BY id LIMIT ?",
                (number, limit),
            ).fetchall()
        return [Event(kind, json.loads(body), held) for held, kind, body in found]

    def bounds(self) -> tuple[int, int]:
        """Return the numbers of the oldest and the newest event; (1, 0) if there is none."""
        if not self.exists:
            return 1, 0
        with self._open() as base:
            oldest = base.execute("SELECT min(id) FROM events").fetchone()[0]
            newest = _newest(base)
        return (oldest or newest + 1), newest

    def judged(self) -> Judged | None:
        """Return of which state the statuses are known, or None."""
        if not self.exists:
            return None
        with self._open() as base:
            found = base.execute("SELECT generation, knowledge, day, event FROM judged").fetchone()
        return Judged(*found) if found else None

    def statuses(self) -> dict[str, Any] | None:
        """Return the statuses as they were known last, or None."""
        if not self.exists:
            return None
        with self._open() as base:
            found = base.execute("SELECT statuses FROM judged").fetchone()
        return json.loads(found[0]) if found else None

    def conclude(self, judged: Judged, statuses: str, events: Sequence[Event]) -> None:
        """Put statuses on the disk, with the events that they differ by from those before."""
        with self._open() as base:
            self._add(base, events)
            base.execute("DELETE FROM judged")
            base.execute(
                "INSERT INTO judged VALUES (?, ?, ?, ?, ?)",
                (judged.generation, judged.knowledge, judged.day, judged.event, statuses),
            )

    def hooks(self) -> dict[str, dict[str, Any]]:
        """Return id → what is kept of those who are told, by id."""
        if not self.exists:
            return {}
        with self._open() as base:
            found = base.execute("SELECT id, body FROM hooks ORDER BY id").fetchall()
        return {held: json.loads(body) for held, body in found}

    def put_hook(self, number: str, body: dict[str, Any], *, known: bool = True) -> bool:
        """Keep what is told of one; return whether it is kept.

        :param known: only if it was kept before, and not removed meanwhile.
        """
        text = json.dumps(body)
        with self._open() as base:
            if known:
                changed = base.execute("UPDATE hooks SET body = ? WHERE id = ?", (text, number))
            else:
                changed = base.execute("INSERT INTO hooks VALUES (?, ?)", (number, text))
            return changed.rowcount > 0

    def remove_hook(self, number: str) -> bool:
        """Forget one who was told; return whether there was one."""
        if not self.exists:
            return False
        with self._open() as base:
            return base.execute("DELETE FROM hooks WHERE id = ?", (number,)).rowcount > 0

    def _add(self, base: sqlite3.Connection, events: Sequence[Event]) -> None:
        base.executemany(
            "INSERT INTO events (kind, body) VALUES (?, ?)",
            [(one.kind, json.dumps(one.body, ensure_ascii=False)) for one in events],
        )
        base.execute("DELETE FROM events WHERE id <= ?", (_newest(base) - self.most,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield the file, open; what is done with it is done when this is left, or not at all."""
        try:
            if not self.exists:  # it holds secrets: nobody else may read it, from the beginning
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as base, base:
                base.executescript(TABLES)
                base.execute("BEGIN IMMEDIATE")
                yield base
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
                raise StorageError("the disk is full", place=self.path.name) from None
            raise UnavailableError(f"cannot be used: {error}", place=self.path.name) from None
        except (sqlite3.DatabaseError, OSError) as error:
            raise UnavailableError(f"cannot be used: {error}", place=self.path.name) from None


def _newest(base: sqlite3.Connection) -> int:
    found = base.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(found[0]) if found else 0
