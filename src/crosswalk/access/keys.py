"""The keys of a store: made, listed, revoked, and told from what is none.

A key is ``cwk_``, its id, and 256 random bits; it is shown once. The file ``access.json`` keeps an
scrypt hash with a salt of its own. A key that was verified is remembered in memory, by an HMAC
under a secret of this process, so that scrypt is paid once; every use looks whether the file has
changed, so a revocation holds from the next request on. What is no key, is unknown, expired or
revoked is refused in the same words, and after the same work as soon as it has the form of a key.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from crosswalk.access.audit import Entry, Log
from crosswalk.access.caller import Caller, Scope
from crosswalk.errors import (
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UsageError,
    nearest,
)

__all__ = ["Issued", "Key", "Keys", "unchanging"]

FILE, LOCK = "access.json", "access.lock"
FORMAT = 1
TOKEN = re.compile(r"cwk_([a-z2-7]{10})_[A-Za-z0-9_-]{43}")
COST = (1 << 14, 8, 1)
"""n, r and p of scrypt: 16 MB and some 40 ms, of which a remembered key pays nothing."""
REFUSED_KEPT = 4096
"""How many refused tokens are remembered, so that a client that insists costs no scrypt."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without anything secret.

    :param organisation: None: an operator's.
    :param expires: the last day on which it is valid, UTC; None: it does not expire.
    :param revoked: when it was revoked.
    """

    id: str
    name: str
    organisation: str | None
    scopes: frozenset[Scope]
    created: str
    expires: date | None = None
    revoked: str | None = None

    def valid(self, day: date) -> bool:
        """Return whether it is neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or day <= self.expires)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key; the token can never be had again."""

    key: Key
    token: str

    def __repr__(self) -> str:
        """Return what may stand in a log."""
        return f"Issued({self.key.id})"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key as the file has it."""

    key: Key
    caller: Caller
    salt: bytes
    hash: bytes
    cost: tuple[int, int, int]


UNKNOWN = (secrets.token_bytes(16), secrets.token_bytes(32), COST)
"""What a token with an unknown id is compared with, so that it costs what a known one does."""


def _today() -> date:
    return datetime.now(UTC).date()


class Keys:
    """The keys of a store's directory.

    :param log: where changes are recorded; default the log of the directory.
    :param today: the day in UTC.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     keys = Keys(Path(directory))
    ...     issued = keys.create("importer", "acme", ["read", "write"])
    ...     keys.authenticate(issued.token).organisation
    'acme'
    """

    def __init__(
        self, directory: Path, *, log: Log | None = None, today: Callable[[], date] = _today
    ) -> None:
        self.directory = directory
        self.log = log or Log(directory)
        self.today = today
        self._secret = secrets.token_bytes(32)
        self._stamp: tuple[int, ...] | None = None
        self._kept: dict[str, _Kept] = {}
        self._verified: dict[bytes, tuple[str, bytes]] = {}
        self._refused: OrderedDict[bytes, None] = OrderedDict()
        self._turn = threading.Lock()

    def create(
        self,
        name: str,
        organisation: str | None,
        scopes: Iterable[str],
        *,
        expires: date | None = None,
        who: str = "crosswalk",
        by: str | None = None,
    ) -> Issued:
        """Return a new key with its token, once it is on the disk.

        :param organisation: None makes an operator's key.
        :param who: the name of the caller that makes it, for the audit log.
        :param by: the id of that caller's key.
        :raises UsageError: if the name is empty or too long, a scope unknown, the organisation
            cannot be named so, or the day is over.
        """
        from crosswalk.graph.stores import graphs_of

        held = Scope.of(scopes)
        if organisation is not None:
            graphs_of(organisation)
        if not name.strip() or len(name) > 100 or not name.isprintable():
            raise UsageError(f"{name!r} cannot name a key", remedy="Use 1 to 100 characters.")
        if expires is not None and expires < self.today():
            raise UsageError(f"{expires} is over", remedy="Name today or a later day.")
        ident = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:10]
        token = f"cwk_{ident}_{secrets.token_urlsafe(32)}"
        salt = secrets.token_bytes(16)
        created = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
        key = Key(ident, name, organisation, held, created, expires)
        kept = _Kept(key, _caller(key), salt, _hashed(token, salt, COST), COST)
        what = f"{ident} {name!r}: {' '.join(sorted(held))}"
        entry = Entry("key create", who, by, organisation, detail=what)
        with self._changing(entry) as keys:
            keys[ident] = kept
        return Issued(key, token)

    def listed(self) -> list[Key]:
        """Return all keys, oldest first, revoked and expired ones too.

        :raises UnavailableError: if there is no such directory, or its keys cannot be read.
        """
        if not self.directory.is_dir():
            raise UnavailableError("there is no such directory", place=str(self.directory))
        found = _read(self.directory).values()
        return sorted((one.key for one in found), key=lambda key: (key.created, key.id))

    def revoke(self, ident: str, *, who: str = "crosswalk", by: str | None = None) -> Key:
        """Return a key that is revoked from now on; one that was already stays as it is.

        :raises NotFoundError: if there is no key with this id.
        """
        kept = _read(self.directory).get(ident)
        if kept is None:
            near = nearest(ident, _read(self.directory)) or "`crosswalk keys list` lists them."
            raise NotFoundError(f"there is no key {ident!r}", remedy=near)
        if kept.key.revoked is not None:
            return kept.key
        moment = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
        key = replace(kept.key, revoked=moment)
        entry = Entry("key revoke", who, by, key.organisation, detail=f"{ident} {kept.key.name!r}")
        with self._changing(entry) as keys:
            keys[ident] = replace(kept, key=key)
        return key

    def remembered(self, token: str) -> Caller | None:
        """Return the caller of a key that was verified before; None: it has to be verified.

        Costs a look at the file's date and an HMAC.

        :raises UnauthenticatedError: if it is known that the key is not valid.
        """
        self._refresh()
        mark = hmac.digest(self._secret, token.encode(), "sha256")
        if mark in self._refused:
            raise refused()
        found = self._verified.get(mark)
        if found is None:
            return None
        kept = self._kept.get(found[0])
        if kept is None or kept.hash != found[1] or not kept.key.valid(self.today()):
            raise refused()
        return kept.caller

    def authenticate(self, token: str) -> Caller:
        """Return the caller whose key this is.

        :raises UnauthenticatedError: if it is no valid key; nothing tells why.
        :raises UnavailableError: if the file of keys cannot be read.
        """
        known = self.remembered(token)
        if known is not None:
            return known
        form = TOKEN.fullmatch(token)
        if form is None:
            raise refused()
        kept, stamp = self._kept.get(form[1]), self._stamp
        salt, expected, cost = UNKNOWN if kept is None else (kept.salt, kept.hash, kept.cost)
        right = hmac.compare_digest(_hashed(token, salt, cost), expected)
        mark = hmac.digest(self._secret, token.encode(), "sha256")
        if kept is None or not right:
            with self._turn:
                if stamp == self._stamp:
                    self._refused[mark] = None
                while len(self._refused) > REFUSED_KEPT:
                    self._refused.popitem(last=False)
            raise refused()
        self._verified[mark] = (kept.key.id, kept.hash)
        if not kept.key.valid(self.today()):
            raise refused()
        return kept.caller

    def _refresh(self) -> None:
        """Read the file anew if it is not the one that was read."""
        stamp = _stamp(self.directory / FILE)
        if stamp == self._stamp:
            return
        with self._turn:
            kept = _read(self.directory)
            self._refused.clear()
            self._verified = {
                mark: (ident, held)
                for mark, (ident, held) in list(self._verified.items())
                if ident in kept and kept[ident].hash == held
            }
            self._kept, self._stamp = kept, stamp

    @contextmanager
    def _changing(self, entry: Entry) -> Iterator[dict[str, _Kept]]:
        """Yield all keys, to be changed, and write them whole; both ends are in the log."""
        try:
            lock = os.open(self.directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnavailableError(
                f"cannot be used: {error.strerror}", place=str(self.directory)
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self.log.changing(entry):
                keys = _read(self.directory)
                yield keys
                _write(self.directory, keys)
        finally:
            os.close(lock)


@contextmanager
def unchanging(directory: Path) -> Iterator[Path | None]:
    """Yield the file of keys of a directory, which nobody changes as long; None if there is none.

    :raises UnavailableError: if it cannot be read.
    """
    try:
        lock = os.open(directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield directory / FILE if (directory / FILE).exists() else None
        return
    except OSError as error:
        raise UnavailableError(f"the keys cannot be read: {error.strerror}", place=FILE) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield directory / FILE if (directory / FILE).exists() else None
    finally:
        os.close(lock)


def refused() -> UnauthenticatedError:
    """Return the one refusal of all that is no valid key."""
    return UnauthenticatedError("this is no valid key", remedy="Send one as a bearer token.")


def _hashed(token: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(token.encode(), salt=salt, n=n, r=r, p=p, maxmem=1 << 28, dklen=32)


def _caller(key: Key) -> Caller:
    return Caller(key.name, key.organisation, key.scopes, key.id)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UnavailableError(f"the keys cannot be read: {error.strerror}") from None
    return (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)


def _read(directory: Path) -> dict[str, _Kept]:
    """Return id → key of the file; none if there is no file.

    :raises UnavailableError: if the file cannot be read; nobody has a key then.
    """
    try:
        text = (directory / FILE).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UnavailableError(f"the keys cannot be read: {error.strerror}", place=FILE) from None
    try:
        held = json.loads(text)
        if held["format"] != FORMAT:
            raise UnavailableError(
                f"has format {held['format']!r}, this program knows {FORMAT}", place=FILE
            )
        found = [_from_row(row) for row in held["keys"]]
    except (ValueError, KeyError, TypeError, UsageError):
        raise UnavailableError(
            "is not a file of keys", place=FILE, remedy="Restore it from a backup."
        ) from None
    return {one.key.id: one for one in found}


def _from_row(row: dict[str, Any]) -> _Kept:
    key = Key(
        row["id"],
        row["name"],
        row["organisation"],
        Scope.of(row["scopes"]),
        row["created"],
        date.fromisoformat(row["expires"]) if row["expires"] else None,
        row["revoked"],
    )
    n, r, p = row["scrypt"]
    return _Kept(
        key,
        _caller(key),
        base64.b64decode(row["salt"], validate=True),
        base64.b64decode(row["hash"], validate=True),
        (n, r, p),
    )


def _row(kept: _Kept) -> dict[str, Any]:
    key = kept.key
    return {
        "id": key.id,
        "name": key.name,
        "organisation": key.organisation,
        "scopes": sorted(key.scopes),
        "created": key.created,
        "expires": key.expires.isoformat() if key.expires else None,
        "revoked": key.revoked,
        "salt": base64.b64encode(kept.salt).decode(),
        "hash": base64.b64encode(kept.hash).decode(),
        "scrypt": list(kept.cost),
    }


def _write(directory: Path, keys: dict[str, _Kept]) -> None:
    """Write the file whole or not at all, readable to its owner alone."""
    rows = [_row(one) for one in sorted(keys.values(), key=lambda one: one.key.id)]
    text = json.dumps({"format": FORMAT, "keys": rows}, indent=1).encode()
    new = directory / f"{FILE}.new"
    try:
        new.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(directory / FILE)
        descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnavailableError(
            f"cannot be written: {error.strerror}", place=FILE, remedy="No key was changed."
        ) from None
