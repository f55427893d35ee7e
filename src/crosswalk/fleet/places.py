"""Files and directories by address, here or elsewhere: read in ranges, written whole or not at all.

An address is a path or what fsspec understands, such as ``s3://bucket/firm.nq``. An object store
shows an object when all of it is there; a file of this machine is written beside its place, and
moved there.

.. seealso:: fsspec, "URLs and protocols"
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from crosswalk.errors import CrosswalkError, UnavailableError, UsageError

__all__ = ["PART", "Place"]

PART = ".part"
"""How the name of a file ends that is not whole yet, or will never be."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file or directory by its address.

    >>> (Place("s3://firm/out") / "gaps").address
    's3://firm/out/gaps'
    """

    address: str

    def __truediv__(self, name: str) -> Place:
        """Return what is named below it."""
        return Place(f"{self.address.rstrip('/')}/{name}")

    @property
    def local(self) -> Path | None:
        """The path, where it is on this machine."""
        system, path = self._found()
        return Path(path) if isinstance(system, LocalFileSystem) else None

    def files(self) -> list[Place]:
        """Return the files at and below it, or that its pattern fits, by address.

        :raises UsageError: if it is not there.
        :raises UnavailableError: if it cannot be listed.
        """
        with self._told():
            system, path = self._found()
            if any(sign in path for sign in "*?["):
                found = [one for one in system.glob(path) if system.isfile(one)]
            elif system.isfile(path):
                return [self]
            elif system.exists(path):
                found = system.find(path)
            else:
                raise FileNotFoundError(path)
            return sorted(Place(self._named(system, one)) for one in found)

    def names(self) -> set[str]:
        """Return the names of what is directly below it; none if it is not there."""
        with self._told():
            system, path = self._found()
            system.invalidate_cache()
            try:
                return {one.rstrip("/").rsplit("/", 1)[-1] for one in system.ls(path, detail=False)}
            except FileNotFoundError:
                return set()

    def is_there(self) -> bool:
        """Return whether there is such a file."""
        with self._told():
            system, path = self._found()
            system.invalidate_cache()
            return bool(system.isfile(path))

    def state(self) -> tuple[int, str]:
        """Return the size of a file, and what changes when the file does."""
        with self._told():
            system, path = self._found()
            return int(system.size(path)), str(system.ukey(path))

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes of a file, or those of a range."""
        with self._told():
            system, path = self._found()
            return bytes(system.cat_file(path, start=start, end=end))

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Yield a file, open for reading."""
        with self._told():
            system, path = self._found()
            with system.open(path, "rb") as file:
                yield file

    def write(self, data: bytes) -> None:
        """Have a file hold these bytes: all of them, or what it held before."""
        with self._told():
            system, path = self._found()
            if not isinstance(system, LocalFileSystem):
                system.pipe_file(path, data)
                return
            goal = Path(path)
            goal.parent.mkdir(parents=True, exist_ok=True)
            part = goal.with_name(f".{goal.name}.{os.getpid()}-{threading.get_ident()}{PART}")
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(goal)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def remove(self) -> None:
        """Remove a file or a directory with all that it holds; it may be missing."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            system, path = self._found()
            system.rm(path, recursive=True)

    def _found(self) -> tuple[Any, str]:
        try:
            return fsspec.core.url_to_fs(self.address)  # type: ignore[no-any-return]
        except ImportError as error:
            raise UnavailableError(
                str(error), place=self.address, remedy="Install what fsspec names."
            ) from None
        except ValueError as error:
            raise UsageError(str(error), place=self.address) from None

    @staticmethod
    def _named(system: Any, path: str) -> str:  # noqa: ANN401 - a file system of fsspec
        return path if isinstance(system, LocalFileSystem) else str(system.unstrip_protocol(path))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Have errors of the file system say which address they are of."""
        try:
            yield
        except CrosswalkError:
            raise
        except FileNotFoundError:
            raise UsageError("does not exist", place=self.address) from None
        except OSError as error:
            raise UnavailableError(
                f"cannot be used: {error.strerror or error}", place=self.address
            ) from None
