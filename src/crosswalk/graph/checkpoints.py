"""The directory of a store that is served: its lock, its version, the store, its checkpoints.

::

    crosswalk-store.json    which layout this is
    lock                    held by the one service, and by its writer until that has ended
    store/                  the database; only the writer opens it
    checkpoints/<number>/   immutable states by generation; readers open the newest

Every acknowledged write is in the newest checkpoint: it is made before the acknowledgement.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crosswalk.errors import DataError, UnavailableError

__all__ = ["FORMAT", "Home"]

FORMAT = 1
MARKER = "crosswalk-store.json"


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
            if not marker.exists():
                held = {one.name for one in self.path.iterdir()} - {"lock"}
                if held:
                    raise DataError(
                        "is not a store of ours and not empty",
                        place=str(self.path),
                        remedy="Name an empty or a new directory.",
                    )
                _written(marker, json.dumps({"format": FORMAT}).encode())
            self.checkpoints.mkdir(exist_ok=True)
            self._require_format(marker.read_bytes())
        except OSError as error:
            raise UnavailableError(
                f"cannot be used: {error.strerror}", place=str(self.path)
            ) from None

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


def _written(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    new = path.with_suffix(".tmp")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
