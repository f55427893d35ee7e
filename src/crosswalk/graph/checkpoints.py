"""The directory of a store that is served: its lock, its version, the store, its checkpoints.

::

    crosswalk-store.json    which layout this is, and which store
    settled                 the generation that the store holds, while nobody writes
    unverified              the newest checkpoint has to take the place of the store
    knowledge.sha256        of which files the public graphs were made
    lock                    held by the one service, and by its writers until they have ended
    store/                  the database; only the writer opens it
    checkpoints/<number>/   immutable states by generation; readers open the newest
    changes/<number>        what changed from the generation before, where that is known
    reading-…/              a state that a backup or a check reads, beside the service

Every acknowledged write is in the newest checkpoint: it is made before the acknowledgement. A
generation names one state of one store for ever: a number is never used again for another state.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk.errors import DataError, UnavailableError

__all__ = ["FORMAT", "Home", "linked", "sync_entries", "synced"]

FORMAT = 1
MARKER = "crosswalk-store.json"
SETTLED = "settled"
UNVERIFIED = "unverified"
KNOWLEDGE = "knowledge.sha256"
BACKUP = "backup.json"
"""What a backup says of itself; it is restored, and never served or written to."""
BESIDE = {"lock", "access.json", "audit.jsonl"}
"""What may be in a directory before the store is."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one store.

    >>> Home(Path("data")).checkpoint(7).as_posix()
    'data/checkpoints/7'
    """

    path: Path

    @property
    def is_one(self) -> bool:
        """Whether there is a store of ours in the directory."""
        return (self.path / MARKER).is_file()

    @property
    def store(self) -> Path:
        """The database."""
        return self.path / "store"

    @property
    def checkpoints(self) -> Path:
        """The directory of the checkpoints."""
        return self.path / "checkpoints"

    def checkpoint(self, generation: int) -> Path:
        """Return the directory of a generation."""
        return self.checkpoints / str(generation)

    def generations(self) -> list[int]:
        """Return the generations that have a checkpoint, oldest first."""
        if not self.checkpoints.is_dir():
            return []
        return sorted(int(one.name) for one in self.checkpoints.iterdir() if one.name.isdecimal())

    def prepare(self) -> None:
        """Make the directory, or make sure that it is one of ours.

        :raises DataError: if it holds something else, or was written in another layout.
        :raises UnavailableError: if it cannot be made or read.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            marker = self.path / MARKER
            if self.backup is not None:
                raise DataError(
                    "is a backup, and stays as it is",
                    place=str(self.path),
                    remedy="Restore it to a new directory: `crosswalk store restore`.",
                )
            if not marker.exists():
                held = {one.name for one in self.path.iterdir()} - BESIDE
                if held:
                    raise DataError(
                        "is not a store of ours and not empty",
                        place=str(self.path),
                        remedy="Name an empty or a new directory.",
                    )
                self._mark({"format": FORMAT})
            self.checkpoints.mkdir(exist_ok=True)
            self._require_format(marker.read_bytes())
            if not self.instance:
                self._mark(json.loads(marker.read_bytes()))
        except OSError as error:
            raise UnavailableError(
                f"cannot be used: {error.strerror}", place=str(self.path)
            ) from None

    @property
    def instance(self) -> str:
        """Which store this is: a name that no other store has, not even one made in its place."""
        return str(json.loads((self.path / MARKER).read_bytes()).get("instance", ""))

    @property
    def backup(self) -> dict[str, Any] | None:
        """What a backup says of itself; None if this is none.

        :raises DataError: if that is not what was written.
        """
        path = self.path / BACKUP
        try:
            said = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise DataError("is not what was written", place=str(path)) from None
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise DataError(f"is not of layout {FORMAT}, which this program knows", place=str(path))
        return said

    def note_backup(self, **said: object) -> None:
        """Have it be a backup, which says of itself which generation it has, and more."""
        _written(
            self.path / BACKUP, json.dumps({"format": FORMAT, **said}, sort_keys=True).encode()
        )

    def settled(self) -> int:
        """Return the generation that the store holds, or 0 if that cannot be told."""
        try:
            number = int((self.path / SETTLED).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0
        found = self.generations()
        return number if found and found[-1] == number else 0

    def settle(self, generation: int) -> None:
        """Note that the store holds what the checkpoint of a generation does."""
        _written(self.path / SETTLED, str(generation).encode())

    def unsettle(self) -> None:
        """Note, for good, that the store may differ from its newest checkpoint."""
        self._removed(SETTLED)

    @property
    def knowledge(self) -> str:
        """The hash of the files that its public graphs were made of; empty if that is not known."""
        try:
            return (self.path / KNOWLEDGE).read_text(encoding="ascii")
        except OSError:
            return ""

    def know(self, knowledge: str) -> None:
        """Note of which files its public graphs were made."""
        _written(self.path / KNOWLEDGE, knowledge.encode())

    def take_over(self, build: Callable[[Path], None], *, knowledge: str) -> None:
        """Have another store take the place of this one, as its next generation, or nothing happen.

        Only for whoever holds the directory, while nobody serves it.

        :param build: makes the other store in a directory.
        :param knowledge: the hash of what its public graphs were made of.
        """
        fresh, number = self.path / "store.fresh", max(self.generations(), default=0) + 1
        shutil.rmtree(fresh, ignore_errors=True)
        build(fresh)
        ox.Store(str(fresh)).backup(str(self.checkpoint(number)))
        synced(self.checkpoint(number))
        self.unsettle()
        self.doubt()
        self.recover()
        self.know(knowledge)
        self.forget(before=number, kept=())

    def doubt(self) -> None:
        """Note, for good, that a write comes that may have to be taken back."""
        sync_entries(self.checkpoints)
        _written(self.path / UNVERIFIED, b"")
        sync_entries(self.path)

    def trust(self) -> None:
        """Note, for good, that no write has to be taken back."""
        sync_entries(self.checkpoints)
        self._removed(UNVERIFIED)

    def recover(self) -> None:
        """Take back a write that was never verified; only for whoever holds the directory.

        The newest checkpoint takes the place of the store: it was made before that write, or when
        it had been verified.
        """
        if not (self.path / UNVERIFIED).exists():
            return
        fresh, old = self.path / "store.fresh", self.path / "store.old"
        for one in (fresh, old):
            shutil.rmtree(one, ignore_errors=True)
        newest = self.generations()[-1]
        linked(self.checkpoint(newest), fresh)
        if self.store.exists():
            self.store.rename(old)
        fresh.rename(self.store)
        self.trust()
        self.settle(newest)
        shutil.rmtree(old, ignore_errors=True)

    def _mark(self, facts: dict[str, object]) -> None:
        marked = {**facts, "instance": secrets.token_hex(8)}
        _written(self.path / MARKER, json.dumps(marked).encode())

    def _removed(self, name: str) -> None:
        path = self.path / name
        if path.exists():
            path.unlink()
            sync_entries(self.path)

    def _require_format(self, text: bytes) -> None:
        try:
            found = json.loads(text)["format"]
        except (ValueError, KeyError, TypeError):
            found = None
        if found != FORMAT:
            raise DataError(
                f"has layout {found!r}, this program knows {FORMAT}",
                place=str(self.path),
                remedy="Use the program that wrote it to dump it, and load the dump here.",
            )

    def lock(self) -> int:
        """Return the descriptor that holds the directory for one service; closing it frees it.

        :raises UnavailableError: if another process holds it.
        """
        held = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(held, 32, 0).decode(errors="replace").strip()
            os.close(held)
            raise UnavailableError(
                f"is in use by process {owner}" if owner else "is in use",
                place=str(self.path),
                remedy="Stop that service, or name another directory.",
            ) from None
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        return held

    def forget(self, *, before: int, kept: Iterable[int]) -> None:
        """Remove the checkpoints before a generation, but for those that are still read.

        Younger ones, and what the writer is making, are never touched.
        """
        held = set(kept)
        for one in self.generations():
            if one < before and one not in held:
                shutil.rmtree(self.checkpoint(one), ignore_errors=True)

    def clear(self) -> None:
        """Remove the checkpoints that were left half-made; only for the writer, at its start."""
        for one in self.checkpoints.iterdir():
            if not one.name.isdecimal():
                shutil.rmtree(one, ignore_errors=True)


def linked(checkpoint: Path, target: Path) -> None:
    """Make a store of a checkpoint, by hard links: neither shows what is written to the other."""
    ox.Store.read_only(str(checkpoint)).backup(str(target))


def synced(directory: Path) -> None:
    """Have a directory on the disk, with all that is below it."""
    for root, _, files in os.walk(directory):
        for path in (root, *(os.path.join(root, name) for name in files)):
            sync_entries(Path(path))


def sync_entries(path: Path) -> None:
    """Have a file, or the names in a directory, on the disk."""
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _written(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    new = path.with_suffix(".tmp")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
