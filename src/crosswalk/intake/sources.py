"""A file or a folder, as people name it → the source that is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from crosswalk.errors import DataError, UsageError, nearest
from crosswalk.intake.reading import Source
from crosswalk.intake.spreadsheets import as_zip
from crosswalk.settings import number

__all__ = ["from_bytes", "from_path"]

ORGANIZATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TABLES = (".csv", ".tsv")


def from_bytes(
    name: str,
    data: bytes,
    organization: str,
    *,
    as_of: date,
    options: Mapping[str, str] | None = None,
) -> Source:
    """Return a source of bytes that are at hand.

    :param name: of its file; folders before it are dropped.
    :raises UsageError: if the name, or the organisation's key, is none.

    >>> from_bytes("c:/in/Risks 1.csv", b"", "acme", as_of=date(2026, 11, 20)).name
    'Risks 1.csv'
    """
    if not ORGANIZATION.fullmatch(organization):
        raise UsageError(
            f"{organization[:100]!r} cannot be the key of an organisation",
            place="--org",
            remedy="Use small letters, digits and hyphens, 63 at most.",
        )
    own = re.split(r"[/\\]", name)[-1].strip()
    if not own.isprintable() or len(own.encode()) > 120 or not re.search(r"[^\W_]", own):
        raise UsageError(
            f"{own[:100]!r} cannot be the name of a source",
            remedy="Use letters, digits, spaces, dots and hyphens, 120 at most.",
        )
    return Source(own.lstrip("."), data, organization, as_of, dict(options or {}))


def from_path(
    path: Path, organization: str, *, as_of: date, options: Mapping[str, str] | None = None
) -> Source:
    """Return a source of a file, or of a folder of CSV files, which is taken as a ZIP of them.

    :raises UsageError: if it is not there or cannot be read.
    :raises DataError: if it is too large.
    """
    try:
        if path.is_dir():
            name, data = f"{path.resolve().name}.zip", _packed(path)
        else:
            name, data = path.name, _bytes(path)
    except FileNotFoundError:
        near = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UsageError(
            "there is no such file", place=str(path), remedy=nearest(path.name, near)
        ) from None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from None
    return from_bytes(name, data, organization, as_of=as_of, options=options)


def _packed(folder: Path) -> bytes:
    files = [one for one in sorted(folder.iterdir()) if one.is_file() and one.name[0] != "."]
    tables = [one for one in files if one.suffix.casefold() in TABLES]
    if not tables:
        raise UsageError(
            "holds no CSV files", place=str(folder), remedy="Name a file, or a folder of CSV files."
        )
    others = sorted({one.name for one in files} - {one.name for one in tables})
    if others:
        raise UsageError(
            f"holds what is no CSV file: {', '.join(others[:5])}",
            place=str(folder),
            remedy="Take it out of the folder, or name the files one by one.",
        )
    return as_zip({one.name: _bytes(one) for one in tables})


def _bytes(path: Path) -> bytes:
    largest = number("CROSSWALK_MAX_FILE_MB")
    if path.stat().st_size > largest << 20:
        raise DataError(
            f"is larger than {largest} MB",
            place=str(path),
            remedy="Split it, or raise CROSSWALK_MAX_FILE_MB.",
        )
    return path.read_bytes()
