"""What changes of evidence do to statuses: found out off the path of the request that made them.

Changes that come quickly are judged together. What was known last is on the disk with the number
of the state it is of, so a change that no running service has judged is judged at the next start.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from crosswalk.errors import CrosswalkError, NotFoundError, UsageError, nearest
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.pool import Pool
from crosswalk.graph.stores import Stores
from crosswalk.web.datasets import Changed
from crosswalk.web.journal import EVIDENCE, STATUS, Event, Journal, Judged

__all__ = ["Monitor"]

PAUSE, LONGEST = 0.25, 2.0
"""Seconds without a further change after which changes are judged; and after which anyway."""
AGAIN, LAST_AGAIN = 2.0, 300.0
"""Seconds after which it is tried again what could not be judged: at first, and at last."""

LOOK = 60.0
"""Seconds after which it is looked whether another day has come."""
UNRECORDED = "unrecorded"
"""The action of what only a new generation tells of: a change, or that a store was made good."""
LOG = logging.getLogger("uvicorn.error")


class Monitor:
    """Judges what changed, for all organisations; in ``async with``.

    :param pool: the processes that judge, started and stopped by whoever made them.
    """

    def __init__(
        self, stores: Stores, pool: Pool, *, today: Callable[[], date] = date.today
    ) -> None:
        self.stores, self.pool, self.today = stores, pool, today
        self.ended = False
        self._noticed: dict[str, list[Changed]] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._listening: dict[str, set[asyncio.Event]] = {}
        self._judging = asyncio.Lock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Judge what no service has judged, and what comes, as long as this is entered."""
        for name in await asyncio.to_thread(self._behind, starting=True):
            self._begin(name)
        days = asyncio.get_running_loop().create_task(self._days())
        try:
            yield
        finally:
            self.end()
            running = [days, *self._working.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def end(self) -> None:
        """Have those who listen told that nothing comes any more."""
        self.ended = True
        for name in list(self._listening):
            self.ring(name)

    def journal(self, organisation: str) -> Journal:
        """Return the journal of an organisation."""
        return Journal(self.stores.directory / organisation)

    def notice(self, change: Changed) -> None:
        """Take note of a change; it is judged soon."""
        self._noticed.setdefault(change.organisation, []).append(change)
        self._begin(change.organisation)

    @contextmanager
    def listening(self, organisation: str) -> Iterator[asyncio.Event]:
        """Yield what is set when there may be something new in a journal."""
        event = asyncio.Event()
        self._listening.setdefault(organisation, set()).add(event)
        try:
            yield event
        finally:
            held = self._listening[organisation]
            held.discard(event)
            if not held:
                del self._listening[organisation]

    def ring(self, organisation: str) -> None:
        """Wake those who listen for an organisation."""
        for event in self._listening.get(organisation, ()):
            event.set()

    async def ready(self, organisation: str, editions: Sequence[str]) -> None:
        """Make sure that the statuses of an organisation are known, so that a change can be told.

        :param editions: the keys of the editions that are meant.
        :raises UsageError: if one of them is not judged.
        :raises CrosswalkError: if the statuses cannot be found out now.
        """
        journal = self.journal(organisation)
        if await asyncio.to_thread(journal.judged) is None:
            if (working := self._working.get(organisation)) is not None:
                await asyncio.wait([working])  # a change is on its way, and will be told
            await self._judge(organisation, silent=True)
        if not editions:
            return
        held = await asyncio.to_thread(journal.statuses) or {"scopes": {}}
        known = {key for one in held["scopes"].values() for key in one["statuses"]}
        for edition in editions:
            if edition not in known:
                raise UsageError(
                    f"{edition!r} is no edition that has statuses",
                    place="edition",
                    remedy=nearest(edition, known) or "/api/v1/frameworks lists the editions.",
                )

    async def _days(self) -> None:
        """Judge anew whenever another day has come: evidence expires, duties come into force."""
        day = self.today()
        while True:
            await asyncio.sleep(LOOK)
            if self.today() != day:
                day = self.today()
                for name in await asyncio.to_thread(self._behind):
                    self._begin(name)

    def _behind(self, *, starting: bool = False) -> list[str]:
        """Return the organisations whose statuses are not those of today and their newest state.

        :param starting: whether nothing has run before; then no change is on its way.
        """
        found, today = [], self.today().isoformat()
        for name in self.stores.names():
            journal, home = self.journal(name), Home(self.stores.directory / name)
            try:
                held = journal.judged()
            except CrosswalkError as error:
                LOG.error("the journal of %s: %s", name, error)
                continue
            newest = max(home.generations(), default=0)
            known = self.stores.library.home.knowledge
            if held is None:
                continue
            if (held.generation, held.knowledge, held.day) != (newest, known, today):
                found.append(name)
            if starting and held.knowledge == home.knowledge and held.generation != newest:
                self._unrecorded(
                    journal, Changed(name, UNRECORDED, (), held.generation, newest, "")
                )
        return found

    def _unrecorded(self, journal: Journal, change: Changed) -> None:
        """Record a change that a service made which was killed before it could."""
        recorded = journal.after(0, limit=journal.most)
        if not any(
            one.kind == EVIDENCE and one.body["generation_after"] >= change.after
            for one in recorded
        ):
            journal.add([_evidence_changed(change)])

    def _begin(self, organisation: str) -> None:
        if organisation not in self._working and not self.ended:
            task = asyncio.get_running_loop().create_task(self._work(organisation))
            self._working[organisation] = task

    async def _work(self, organisation: str) -> None:
        wait = AGAIN
        try:
            while True:
                try:
                    await self._gathered(organisation)
                    await self._judge(organisation)
                except NotFoundError:
                    self._noticed.pop(organisation, None)
                except CrosswalkError as error:
                    LOG.error("the statuses of %s could not be judged: %s", organisation, error)
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, LAST_AGAIN)
                    continue
                if not self._noticed.get(organisation):
                    return
        except Exception:
            LOG.exception("the statuses of %s could not be judged", organisation)
        finally:
            del self._working[organisation]

    async def _gathered(self, organisation: str) -> None:
        """Put changes on the disk as they come, until no more come for a while."""
        clock = asyncio.get_running_loop().time
        latest = clock() + LONGEST
        while True:
            changes = self._noticed.get(organisation, [])
            if changes:
                events = [_evidence_changed(one) for one in changes]
                await asyncio.to_thread(self.journal(organisation).add, events)
                del changes[: len(events)]
                self.ring(organisation)
            before = clock()
            if before >= latest:
                return
            await asyncio.sleep(min(PAUSE, latest - before))
            if not self._noticed.get(organisation):
                self._noticed.pop(organisation, None)
                return

    async def _judge(self, organisation: str, *, silent: bool = False) -> None:
        journal = self.journal(organisation)
        async with self._judging, self.stores.organisation(organisation) as engine:
            if silent and await asyncio.to_thread(journal.judged) is not None:
                return  # somebody else was first
            day = self.today()
            asked = {
                "op": "judge",
                "as_of": day.isoformat(),
                "journal": str(journal.path.parent),
            }
            knowledge = engine.home.knowledge
            answer = await engine.ask(asked, pool=self.pool)
            said = await answer.read()
            await asyncio.to_thread(
                _concluded,
                journal,
                organisation,
                Judged(answer.generation, knowledge, day.isoformat(), 0),
                said,
                silent=silent,
            )
        self.ring(organisation)


def _evidence_changed(change: Changed) -> Event:
    return Event(
        EVIDENCE,
        {
            "organisation": change.organisation,
            "action": change.action,
            "graphs": list(change.graphs),
            "generation_before": change.before,
            "generation_after": change.after,
            "at": _now(),
            "by": change.by,
        },
    )


def _concluded(
    journal: Journal, organisation: str, judged: Judged, said: bytes, *, silent: bool
) -> None:
    """Put on the disk what was found out."""
    found: dict[str, Any] = json.loads(said)
    before = journal.judged()
    since = journal.after(before.event if before else 0, limit=journal.most)
    made = [
        one
        for one in since
        if one.kind == EVIDENCE and one.body["generation_after"] <= judged.generation
    ]
    by = sorted({one.body["by"] for one in made} - {""})
    now = _now()
    events = [
        Event(
            STATUS,
            {
                "organisation": organisation,
                **row,
                "generation_before": before.generation if before else 0,
                "generation_after": judged.generation,
                "as_of": judged.day,
                "at": now,
                "by": ", ".join(by),
            },
        )
        for row in found["changed"]
    ]
    statuses = json.dumps(found["statuses"], ensure_ascii=False)
    event = made[-1].id if made else before.event if before else 0
    journal.conclude(replace(judged, event=event), statuses, [] if silent else events)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
