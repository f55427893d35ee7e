"""The audit log: JSON lines, appended only, each holding the hash of the one before.

Each line is canonical JSON, and ``previous`` is the sha256 of the line before it. The head file
beside it knows number, hash and place of the newest record, so that a cut tail is missed too. A
change is recorded twice, both times on the disk before anything goes on: ``begun`` before it is
tried, and its outcome before it is acknowledged; what was never concluded is ``uncertain`` at the
next start. The log is never shortened: what a killed program left of a line stays, and the
``repair`` record after it holds its hash. So the file may be append-only for the system too.

What is found: any line that is changed, removed, moved, added or cut off by somebody who does not
rewrite the whole rest of the log and the head file. Who owns both files can do that; then only a
hash that was noted elsewhere tells (``expect``): nothing up to that record can have been changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Self

from crosswalk.errors import (
    CrosswalkError,
    DataError,
    StorageError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)

__all__ = [
    "Change",
    "Entry",
    "Log",
    "Outcome",
    "Record",
    "Verification",
    "acknowledged",
    "copy_log",
    "newest",
    "read",
    "verify",
]

LOG, HEAD, LOCK = "audit.jsonl", "audit-head.json", "audit.lock"
FORMAT = 1
NOTHING = "0" * 64
"""What the first record has as the hash of the one before."""
REPAIR, RECOVERY = "log repair", "log recovery"
CREATED, RESTORED = "organisation create", "store restore"
"""Actions after which a store begins anew: at its first generation, at the one that is told."""
LONGEST = 500
"""The most characters of a detail."""


class Outcome(StrEnum):
    """What became of a change."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    """Nothing was changed."""
    UNCERTAIN = "uncertain"
    """It may have been carried out or not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told to the log.

    :param who: the caller's name, or ``shell:`` and the user of the system.
    :param key: the id of the caller's key.
    :param graphs: the graphs that are named; none for a SPARQL update, whose text names them.
    :param before: the generation of the store when the change began.
    :param after: the generation that has it.
    :param sent: the sha256 of what was sent.
    :param of: the number of the record that began this change.
    :param torn: the sha256 of what a repair found.
    """

    action: str
    who: str
    key: str | None = None
    organisation: str | None = None
    graphs: tuple[str, ...] = ()
    before: int | None = None
    after: int | None = None
    sent: str | None = None
    outcome: Outcome = Outcome.DONE
    detail: str = ""
    of: int | None = None
    torn: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the log.

    :param seq: its number, from 1.
    :param time: when it was written, UTC.
    :param previous: the sha256 of the line before.
    """

    seq: int
    time: str
    previous: str
    entry: Entry

    def row(self) -> dict[str, Any]:
        """Return its fields, as they stand in the log."""
        return {
            "seq": self.seq,
            "time": self.time,
            **{name: getattr(self.entry, name) for name in ENTRY},
            "graphs": list(self.entry.graphs),
            "previous": self.previous,
        }

    def line(self) -> bytes:
        """Return its canonical bytes, without the end of the line."""
        return _canonical(self.row())

    @property
    def sha256(self) -> str:
        """The hash that the next record holds."""
        return hashlib.sha256(self.line()).hexdigest()


ENTRY = tuple(one.name for one in fields(Entry))


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a log is broken.

    :param line: the line of the first broken link.
    """

    line: int
    offence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of checking a log: its records, the hash of the newest, its first fault."""

    records: int
    sha256: str
    fault: Fault | None


@dataclass(slots=True)
class Change:
    """A change that is being tried; what is known of it only afterwards can be set."""

    entry: Entry
    begun: int


@dataclass(frozen=True, slots=True)
class _Tail:
    """The newest record: its number, hash and place, and the changes without an outcome."""

    seq: int = 0
    sha256: str = NOTHING
    size: int = 0
    length: int = 0
    open: tuple[int, ...] = ()

    def then(self, record: Record, line: bytes, *, at: int) -> _Tail:
        """Return the tail after one more record that begins at a byte."""
        begun = record.entry.outcome is Outcome.BEGUN
        still = tuple(one for one in self.open if one != record.entry.of)
        return _Tail(
            record.seq,
            hashlib.sha256(line).hexdigest(),
            at + len(line) + 1,
            len(line) + 1,
            (*still, record.seq) if begun else still,
        )


@dataclass(frozen=True, slots=True)
class _Rest:
    """What stands in a log: its newest record, and what the next write has to tell of the log.

    :param told: entries that are written first.
    :param unended: whether the last line has no end.
    """

    tail: _Tail
    told: tuple[Entry, ...] = ()
    unended: bool = False

    @classmethod
    def beyond(cls, head: _Tail, rest: bytes) -> Self:
        """Return what stands in a log, of whose bytes some lie beyond the head.

        These are what a killed program left: whole records, then one stretch that is none.
        """
        chain = _Chain(head)
        for line in BytesIO(rest):
            chain.step(line if line.endswith(b"\n") else line + b"\n")
        told = []
        if chain.torn is not None:
            told.append(
                Entry(
                    REPAIR,
                    "crosswalk",
                    detail=f"the {chain.length} bytes before this are no record: torn in writing",
                    torn=chain.torn.hexdigest(),
                )
            )
        if chain.tail.seq > head.seq:
            said = f"records {head.seq + 1} to {chain.tail.seq} were not in {HEAD} yet"
            told.append(Entry(RECOVERY, "crosswalk", detail=said))
        return cls(chain.tail, tuple(told), bool(rest) and not rest.endswith(b"\n"))


class _Chain:
    """The way along a log, line by line.

    :ivar tail: the newest record that follows from the first.
    :ivar torn: the hash of what came after it and is no record, if anything did.
    :ivar length: how many bytes that is.
    :ivar why: why its first line is none.
    """

    def __init__(self, tail: _Tail) -> None:
        self.tail = tail
        self.torn: hashlib._Hash | None = None
        self.length = 0
        self.why = ""

    def step(self, line: bytes) -> Record | None:
        """Return the record of the next line if it follows; a repair follows what is torn."""
        record, why = _chained(line, self.tail)
        if record is not None and self.torn is not None:
            mends = record.entry.action == REPAIR and record.entry.torn == self.torn.hexdigest()
            record = record if mends else None
        if record is None:
            if self.torn is None:
                self.torn, self.why = hashlib.sha256(), why
            self.torn.update(line)
            self.length += len(line)
            return None
        self.tail = self.tail.then(record, line[:-1], at=self.tail.size + self.length)
        self.torn, self.length = None, 0
        return record


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Log:
    """The audit log of a store's directory, for those who write to it.

    Several processes and threads may write; each holds the lock for the time of an append.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     log = Log(Path(directory))
    ...     (record,) = log.append([Entry("key create", "shell:ann")])
    ...     (record.seq, verify(Path(directory)).fault)
    (1, None)
    """

    directory: Path
    clock: Callable[[], datetime] = _now
    _known: _Tail | None = field(default=None, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def append(self, entries: Sequence[Entry]) -> list[Record]:
        """Return the records of some entries, once they are on the disk.

        :raises DataError: if what the head file knows is not in the log; nothing is written then.
        :raises StorageError: if the disk takes no more.
        """
        with self._turn, self._opened() as log:
            written = self._appended(log, entries)
            return written[len(written) - len(entries) :]

    def recover(self) -> list[Record]:
        """Return what there is to tell at the start of the service, once it is in the log.

        Changes that were begun and never concluded are uncertain. Only for who holds the store:
        what it finds open is then nobody's.
        """
        with self._turn, self._opened() as log:
            told = self._appended(log, [])
            left = self._known.open if self._known is not None else ()
            if not left:
                return told
            begun = (one for one in _records(self.directory) if one.seq in left)
            unsure = [
                replace(
                    one.entry,
                    outcome=Outcome.UNCERTAIN,
                    detail="the program ended before it was concluded",
                    of=one.seq,
                )
                for one in begun
            ]
            return told + self._appended(log, unsure)

    @contextmanager
    def changing(self, entry: Entry) -> Iterator[Change]:
        """Record that a change begins, and what became of it.

        :raises CrosswalkError: if it cannot be recorded; then it is not begun.
        """
        (begun,) = self.append([beginning(entry)])
        change = Change(entry, begun.seq)
        try:
            yield change
        except BaseException as error:
            self.append([concluded(change, error)])
            raise
        try:
            self.append([concluded(change, None)])
        except CrosswalkError as error:
            raise unrecorded(error) from None

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Yield the log, held for this process alone."""
        with _held(self.directory, fcntl.LOCK_EX):
            try:
                path = self.directory / LOG
                new = not path.exists()
                log = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise UnavailableError(
                    f"cannot be written: {error.strerror}", place=str(self.directory / LOG)
                ) from None
            try:
                if new:
                    _sync_directory(self.directory)
                yield log
            finally:
                os.close(log)

    def _appended(self, log: int, entries: Sequence[Entry]) -> list[Record]:
        """Return the records of what has to be told of the log itself, then of the entries."""
        rest = self._rest(log)
        tail, out = rest.tail, bytearray(b"\n" if rest.unended else b"")
        at, records = os.fstat(log).st_size, []
        for entry in (*rest.told, *entries):
            time = self.clock().astimezone(UTC).isoformat(timespec="milliseconds")
            record = Record(
                tail.seq + 1,
                time.removesuffix("+00:00") + "Z",
                tail.sha256,
                replace(entry, detail=entry.detail[:LONGEST]),
            )
            line = record.line()
            tail = tail.then(record, line, at=at + len(out))
            out += line + b"\n"
            records.append(record)
        self._known = None
        try:
            if out:
                _write(log, out)
                os.fsync(log)
                _write_head(self.directory, tail)
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}",
                place=LOG,
                remedy="Nothing is changed without a record; free some space.",
            ) from None
        self._known = tail
        return records

    def _rest(self, log: int) -> _Rest:
        """Return what stands in the log, and what beyond the head was left by a killed program."""
        size = os.fstat(log).st_size
        if self._known is not None and self._known.size == size:
            return _Rest(self._known)
        head = _read_head(self.directory)
        if head is None:
            if size:
                raise _broken(f"there is a log, but no {HEAD}")
            head = _Tail()
            _write_head(self.directory, head)
        if size < head.size:
            raise _broken(f"the log is shorter than {HEAD} knows it")
        last = os.pread(log, head.length, head.size - head.length)
        if head.seq and hashlib.sha256(last[:-1]).hexdigest() != head.sha256:
            raise _broken(f"record {head.seq} is not the one that {HEAD} knows")
        return _Rest.beyond(head, os.pread(log, size - head.size, head.size))


def beginning(entry: Entry) -> Entry:
    """Return the entry that says that a change begins."""
    return replace(entry, outcome=Outcome.BEGUN)


def unrecorded(error: CrosswalkError) -> UncertainWriteError:
    """Return the error of a change that was carried out and whose outcome cannot be recorded."""
    return UncertainWriteError(
        f"the change was carried out, and its outcome could not be recorded: {error.offence}",
        remedy="The audit log will tell it as uncertain.",
    )


def concluded(change: Change, error: BaseException | None) -> Entry:
    """Return the entry that ends a change, by what was raised if anything was."""
    entry = replace(change.entry, of=change.begun)
    if error is None:
        return replace(entry, outcome=Outcome.DONE)
    told = isinstance(error, CrosswalkError) and not isinstance(error, UncertainWriteError)
    return replace(
        entry,
        outcome=Outcome.REFUSED if told else Outcome.UNCERTAIN,
        detail=str(error) if isinstance(error, CrosswalkError) else type(error).__name__,
    )


def read(
    directory: Path,
    *,
    since: date | None = None,
    organisation: str | None = None,
    limit: int | None = None,
) -> list[Record]:
    """Return the records of a log, oldest first; of a change only the newest.

    :param since: the first day, UTC.
    :param limit: the most records, the newest ones; at least 1.
    :raises DataError: if a line is no record and no repair tells of it.
    """
    from_day = since.isoformat() if since else ""
    found: dict[int, Record] = {}
    for one in _records(directory):
        found.pop(one.entry.of or 0, None)
        if one.time >= from_day and organisation in (None, one.entry.organisation):
            found[one.seq] = one
    newest = list(found.values())
    return newest if limit is None else newest[-limit:]


def acknowledged(directory: Path, *, until: int | None = None) -> dict[str | None, int]:
    """Return organisation → the newest generation of its store that a log knows.

    What was before the store was made, or restored, does not count: that was another store.

    :param until: the number of the last record that is looked at.
    :raises DataError: if a line is no record and no repair tells of it.
    """
    found: dict[str | None, int] = {}
    for one in _records(directory):
        entry = one.entry
        if until is not None and one.seq > until:
            break
        if entry.outcome is not Outcome.DONE:
            continue
        if entry.action in (CREATED, RESTORED):
            found[entry.organisation] = entry.after or 0
        elif entry.after is not None:
            found[entry.organisation] = max(entry.after, found.get(entry.organisation, 0))
    return found


def newest(directory: Path) -> int:
    """Return the number of the newest record of a log, or 0 if there is none."""
    with _held(directory, fcntl.LOCK_SH):
        head = _read_head(directory)
    return head.seq if head is not None else 0


def copy_log(directory: Path, target: Path) -> None:
    """Copy a log and its head to another directory, as they stand at one moment; none is none."""
    with contextlib.ExitStack() as stack:
        with _held(directory, fcntl.LOCK_SH):
            if not (directory / LOG).exists():
                return
            log = stack.enter_context((directory / LOG).open("rb"))
            left = os.fstat(log.fileno()).st_size
            head = (directory / HEAD).read_bytes() if (directory / HEAD).exists() else None
        with _private(target / LOG) as file:
            while left > 0 and (chunk := log.read(min(left, 1 << 20))):
                file.write(chunk)
                left -= len(chunk)
        if head is not None:
            with _private(target / HEAD) as file:
                file.write(head)


def verify(directory: Path, *, expect: str | None = None) -> Verification:
    """Return whether every record of a log is what it was, or where the first broken link is.

    :param expect: the sha256 of a record, noted elsewhere, that must be in the log.
    :raises UsageError: if that is no sha256.
    """
    if expect is not None and (len(expect) != 64 or set(expect) - set("0123456789abcdef")):
        raise UsageError(f"{expect!r} is no sha256", remedy="Give 64 hexadecimal digits.")
    with _held(directory, fcntl.LOCK_SH):
        head = _read_head(directory)
        path = directory / LOG
        size = path.stat().st_size if path.exists() else 0
    walk = _Walk(head)
    met = expect == NOTHING
    for _ in walk.records(directory, size):
        met = met or walk.tail.sha256 == expect
    fault = walk.fault
    if fault is None and head is None and size:
        fault = Fault(walk.line, f"{HEAD} is missing: the end of the log may have been cut off")
    if fault is None and expect is not None and not met:
        fault = Fault(walk.line, "no record has the expected hash: the log was cut or rewritten")
    return Verification(walk.tail.seq, walk.tail.sha256, fault)


class _Walk:
    """A way through a log that follows the chain and stops at the first broken link."""

    def __init__(self, head: _Tail | None) -> None:
        self.head = head
        self.chain = _Chain(_Tail())
        self.line = 0
        self.fault: Fault | None = None

    @property
    def tail(self) -> _Tail:
        """The newest record."""
        return self.chain.tail

    def records(self, directory: Path, size: int) -> Iterator[Record]:
        """Yield the records of the first bytes of a log, as long as they follow each other."""
        torn_at = 0
        for line in _lines(directory, size):
            self.line += 1
            record = self.chain.step(line)
            if record is None:
                torn_at = torn_at or self.line
                continue
            torn_at = 0
            if not self._known_to_head():
                return
            yield record
        if torn_at:
            self.fault = Fault(torn_at, self.chain.why)
        elif self.head is not None and self.tail.seq < self.head.seq:
            self.fault = Fault(
                self.line + 1,
                f"records {self.tail.seq + 1} to {self.head.seq}, which {HEAD} knows, are missing",
            )

    def _known_to_head(self) -> bool:
        """Return whether the newest record agrees with the head."""
        seq = self.tail.seq
        if self.head is None or seq < self.head.seq:
            return True
        if seq == self.head.seq and self.tail.sha256 != self.head.sha256:
            self.fault = Fault(self.line, f"record {seq} is not the one that {HEAD} knows")
        if seq > self.head.seq:
            self.fault = Fault(
                self.line,
                f"record {seq} is not in {HEAD}: the program was ended as it wrote it, "
                "or somebody added it; the next write tells of it in the log",
            )
        return self.fault is None


def _records(directory: Path) -> Iterator[Record]:
    """Yield the records of a log; what is torn is left out, if a repair tells of it."""
    path = directory / LOG
    if not path.exists():
        return
    walk = _Walk(None)
    yield from walk.records(directory, path.stat().st_size)
    if walk.fault is not None:
        raise _broken(f"line {walk.fault.line}: {walk.fault.offence}")


def _chained(line: bytes, tail: _Tail) -> tuple[Record | None, str]:
    """Return the record of a line if it follows the newest one, else why it does not."""
    if not line.endswith(b"\n"):
        return None, "the line has no end: it was torn as it was written, or cut"
    try:
        row = json.loads(line)
        record = Record(
            row["seq"],
            row["time"],
            row["previous"],
            Entry(
                **{
                    **{name: row[name] for name in ENTRY},
                    "graphs": tuple(row["graphs"]),
                    "outcome": Outcome(row["outcome"]),
                }
            ),
        )
        whole = record.line() == line[:-1]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, "is no record"
    if not whole:
        return None, "is not written as a record is"
    if record.previous != tail.sha256:
        return None, (
            f"record {record.seq} does not follow the line before it: "
            "one of the two was changed, or lines were removed, added or moved"
        )
    if record.seq != tail.seq + 1:
        return None, f"record {record.seq} stands where {tail.seq + 1} should"
    return record, ""


def _lines(directory: Path, size: int) -> Iterator[bytes]:
    """Yield the lines of the first bytes of a log, with their ends."""
    path = directory / LOG
    if not size:
        return
    left = size
    with path.open("rb") as file:
        while left > 0 and (line := file.readline(left)):
            left -= len(line)
            yield line


def _canonical(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _broken(offence: str) -> DataError:
    return DataError(
        offence,
        place=LOG,
        remedy="`crosswalk audit verify` names the line. Keep the files as they are for whoever "
        f"looks into it; to go on, move {LOG} and {HEAD} away: a new log begins.",
    )


def _read_head(directory: Path) -> _Tail | None:
    try:
        row = json.loads((directory / HEAD).read_bytes())
        if row["format"] != FORMAT:
            raise _broken(f"{HEAD} has format {row['format']!r}, this program knows {FORMAT}")
        return _Tail(row["seq"], row["sha256"], row["size"], row["length"], tuple(row["open"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnavailableError(f"cannot be read: {error.strerror}", place=HEAD) from None
    except (ValueError, KeyError, TypeError):
        raise _broken(f"{HEAD} is not what was written") from None


def _write_head(directory: Path, tail: _Tail) -> None:
    new = directory / f"{HEAD}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write(descriptor, _canonical({"format": FORMAT, **asdict(tail)}))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.replace(directory / HEAD)


def _write(descriptor: int, data: Iterable[int]) -> None:
    left = memoryview(bytes(data))
    while left:
        left = left[os.write(descriptor, left) :]


def _private(path: Path) -> IO[bytes]:
    """Open a new file for writing that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _held(directory: Path, how: int) -> Iterator[None]:
    """Hold the lock of a log."""
    flags = os.O_RDWR | os.O_CREAT if how == fcntl.LOCK_EX else os.O_RDONLY
    try:
        lock = os.open(directory / LOCK, flags | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        if how == fcntl.LOCK_SH and directory.is_dir():
            yield  # nobody has ever written here
            return
        raise UnavailableError("there is no such directory", place=str(directory)) from None
    except OSError as error:
        raise UnavailableError(
            f"cannot be used: {error.strerror}", place=str(directory / LOCK)
        ) from None
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)
