"""A cache of what is derived, keyed by the hash of what they are derived from.

A cache may be missing, corrupt or read-only: then the work is done again and nothing is said.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from crosswalk import __version__, settings

__all__ = ["directory", "key_of", "read", "write"]

MAGIC = b"# crosswalk-cache "
FORM = 2
"""How what is kept is written; another one is not read."""


def directory() -> Path | None:
    """Return the cache directory, or None where the cache is off."""
    chosen = settings.value("CROSSWALK_CACHE")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("aigov-crosswalk")


def key_of(files: list[tuple[str, bytes]]) -> str:
    """Return the key of a list of (name, bytes): a hash over all of them and our version.

    >>> key_of([("a", b"1")]) == key_of([("a", b"2")])
    False
    """
    digest = hashlib.sha256(f"{__version__} {FORM}".encode())
    for name, data in files:
        digest.update(f"\n{name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()[:32]


def read(key: str) -> bytes | None:
    """Return the cached bytes of a key, or None if there are none or they are damaged."""
    root = directory()
    if root is None:
        return None
    try:
        data = (root / f"{key}.cache").read_bytes()
    except OSError:
        return None
    head, _, body = data.partition(b"\n")
    whole = head == MAGIC + hashlib.sha256(body).hexdigest().encode()
    return body if whole else None


def write(key: str, body: bytes) -> None:
    """Keep bytes under a key, whole or not at all; where that cannot be done, do nothing."""
    root = directory()
    if root is None:
        return
    with contextlib.suppress(OSError):
        root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=root, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            Path(name).replace(root / f"{key}.cache")
        except OSError:
            Path(name).unlink(missing_ok=True)
