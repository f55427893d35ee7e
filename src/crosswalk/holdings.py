"""All that a service keeps in its directory, copied, put back and checked as one.

::

    (the library's store)             graph/checkpoints.py tells what is in a store
    organisations/<name>/             the store of an organisation
    organisations/<name>/documents/   what it has sent, each document under its sha256
    organisations/<name>/changes.sqlite   what was told of its statuses, and to whom
    access.json                       the keys
    audit.jsonl, audit-head.json      the audit log
    backup.json                       only in a backup: what it says of itself

A backup is taken in the order in which a reader can rely on it: first the stores, then what they
refer to. A document is on the disk before a store refers to it, and the log has the beginning of a
change before a store has the change.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from crosswalk import access
from crosswalk.access import Entry, Keys, Log
from crosswalk.errors import CrosswalkError, DataError, NotFoundError, UsageError, nearest
from crosswalk.graph import upkeep
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.records import provenance_graph
from crosswalk.graph.stores import graphs_of, organisations
from crosswalk.namespaces import expand, graph_iri

__all__ = ["JOURNAL", "Check", "Finding", "backup", "check", "restore", "store_of"]

SHA256 = re.compile(r"[0-9a-f]{64}")
KEYS = "access.json"
JOURNAL = "changes.sqlite"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where: a path in the directory."""

    place: str
    finding: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a check of a service's directory found: what there is, and what is wrong.

    :param quads: of all stores; each holds the public graphs.
    :param records: of the audit log.
    """

    quads: int
    graphs: int
    organisations: int
    documents: int
    keys: int
    records: int
    findings: tuple[Finding, ...]


def backup(directory: str | Path, target: str | Path) -> None:
    """Copy all that a service keeps to a new directory, served or not.

    Each store is copied as one state: every write is in it that was acknowledged before the backup
    began, and none by half; several organisations may be copied at several moments. Keys and log
    are copied last, at one moment. So each write that a copied store has is in the copied log,
    at the least as begun; but the log may have records that are younger than a copied store. The
    log of a directory that is restored tells so where they end.

    :raises UsageError: if the target is there already, or lies in the directory, which is no store.
    :raises UnavailableError: if something cannot be read or written.
    """
    source, goal = Path(directory).absolute(), Path(target).absolute()
    if goal.exists():
        raise UsageError("is there already", place=str(target), remedy="Name a new directory.")
    if goal.is_relative_to(source):
        raise UsageError(
            "lies in what is copied", place=str(target), remedy="Name a directory elsewhere."
        )
    begun = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
    with upkeep.made(goal) as part:
        records = access.newest(source) if source.is_dir() else 0
        names = organisations(source)
        copies = upkeep.Copies()
        generation = upkeep.copy(source, part, copies)
        for name, store in names.items():
            copy = part / "organisations" / name
            copy.parent.mkdir(exist_ok=True)
            upkeep.copy(store, copy, copies)
            _copy_documents(store, copy)
            _copy_journal(store, copy)
        with access.unchanging(source) as keys:
            if keys is not None:
                shutil.copy2(keys, part / KEYS)
            access.copy_log(source, part)
        Home(part).note_backup(
            generation=generation, begun=begun, records=records, organisations=list(names)
        )


def restore(source: str | Path, directory: str | Path, *, who: str = "crosswalk") -> None:
    """Make the directory of a service of a backup, and record that in its log, if it has one.

    :param who: who does it, for the log.
    :raises UsageError: if the directory is there already and not empty.
    :raises DataError: if the source is no backup of ours, or not whole.
    """
    held, goal = Path(source).absolute(), Path(directory).absolute()
    if goal.exists() and any(goal.iterdir()):
        raise UsageError(
            "is there already", place=str(directory), remedy="Restore to a new directory."
        )
    said = Home(held).backup if held.is_dir() else None
    if said is None or "organisations" not in said:
        raise DataError("is no backup of a store", place=str(source))
    there = organisations(held)
    if missing := sorted({*said["organisations"]} - {*there}):
        raise DataError(f"organisations are missing: {', '.join(missing)}", place=str(source))
    with upkeep.made(goal) as part:
        copies = upkeep.Copies()
        generations: dict[str | None, int] = {None: upkeep.make(held, part, copies)}
        for name, store in there.items():
            made = part / "organisations" / name
            made.parent.mkdir(exist_ok=True)
            generations[name] = upkeep.make(store, made, copies)
            _copy_documents(store, made)
            _copy_journal(store, made)
        if (held / KEYS).exists():
            shutil.copy2(held / KEYS, part / KEYS)
        access.copy_log(held, part)
        if access.newest(part):
            told = (
                f"from the backup of {said['begun']}; records between {said['records']} and this "
                "one may tell of writes that are not in it"
            )
            Log(part).append(
                [
                    Entry("store restore", who, None, name, after=number, detail=told)
                    for name, number in generations.items()
                ]
            )


def check(directory: str | Path) -> Check:
    """Return what the directory of a service, or a backup, holds and what is wrong with it.

    Every quad is read, by each index in the library and where an organisation has written: the
    public graphs of its store are the library's files. Every document is hashed, every record of
    the log is checked, and no store may be older than the log knows it. A backup is one whose
    stores may be older than what was recorded after it had begun.

    :raises UsageError: if it is no store.
    :raises UnavailableError: if a store cannot be opened at all.
    """
    root = Path(directory).absolute()
    home = Home(root)
    said = home.backup or {}
    beside = home.backup is None and home.store.is_dir() and upkeep.served(root)
    findings: list[Finding] = []
    records, known = _checked_log(root, said.get("records"), findings)
    keys = _checked_keys(root, findings)
    stores: dict[str | None, Path] = {None: root}
    stores.update(organisations(root))
    quads = graphs = documents = 0
    for name, store in stores.items():
        place = store.relative_to(root).as_posix()
        own = graphs_of(name) if name is not None else None
        found = upkeep.check(store, within=own, beside=beside and name is not None)
        quads, graphs = quads + found.quads, graphs + found.graphs
        findings += [Finding(place, one) for one in found.findings]
        copied = Home(store).backup
        numbers = Home(store).generations()
        generation = copied["generation"] if copied else numbers[-1] if numbers else 0
        if known.get(name, 0) > generation:
            findings.append(
                Finding(place, f"is at generation {generation}, and the log knows {known[name]}")
            )
        if name is not None:
            with upkeep.reading(store, beside=beside) as opened:
                documents += _checked_evidence(opened, name, store, place, findings)
    lost = {one for one in known if one not in stores} | {*said.get("organisations", ())} - {
        *stores
    }
    findings += [
        Finding(f"organisations/{one}", "is missing, and the log or the backup knows it")
        for one in sorted(filter(None, lost))
    ]
    return Check(quads, graphs, len(stores) - 1, documents, keys, records, tuple(findings))


def store_of(directory: str | Path, organisation: str | None) -> Path:
    """Return the directory of an organisation's store, or of the library's.

    :raises NotFoundError: if there is no such organisation.

    >>> store_of("kept", None).as_posix()
    'kept'
    """
    root = Path(directory)
    if organisation is None:
        return root
    there = organisations(root)
    if organisation not in there:
        raise NotFoundError(
            f"there is no organisation {organisation!r}",
            place=str(directory),
            remedy=nearest(organisation, there) or "One is made when a key of it is used first.",
        )
    return there[organisation]


def _checked_log(
    root: Path, until: int | None, findings: list[Finding]
) -> tuple[int, dict[str | None, int]]:
    """Return how many records there are, and which generations the log knows."""
    try:
        known = access.acknowledged(root, until=until)
        found = access.verify(root)
    except CrosswalkError as error:
        findings.append(Finding("audit.jsonl", error.offence))
        return 0, {}
    if found.fault is not None:
        findings.append(Finding("audit.jsonl", f"line {found.fault.line}: {found.fault.offence}"))
    return found.records, known


def _checked_keys(root: Path, findings: list[Finding]) -> int:
    try:
        return len(Keys(root).listed())
    except CrosswalkError as error:
        findings.append(Finding(KEYS, error.offence))
        return 0


def _checked_evidence(
    opened: ox.Store, name: str, store: Path, place: str, findings: list[Finding]
) -> int:
    """Return how many documents the provenance of an organisation knows."""
    own, others = graphs_of(name), graph_iri("org", "")
    findings += [
        Finding(place, f"holds a graph of another organisation: {graph.value}")
        for graph in opened.named_graphs()
        if isinstance(graph, ox.NamedNode)
        and graph.value.startswith(others)
        and not graph.value.startswith(own)
    ]
    wanted = {
        quad.object.value
        for quad in opened.quads_for_pattern(
            None,
            ox.NamedNode(expand("cw:sha256")),
            None,
            ox.NamedNode(provenance_graph(name)),
        )
        if isinstance(quad.object, ox.Literal) and SHA256.fullmatch(quad.object.value)
    }
    there = {one.name: one for one in _documents(store)}
    for one in sorted(wanted | there.keys()):
        if one not in there:
            findings.append(Finding(f"{place}/documents/{one}", "is missing"))
        elif _sha256(there[one]) != one:
            findings.append(Finding(f"{place}/documents/{one}", "is not what was sent"))
    return len(wanted)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _documents(store: Path) -> list[Path]:
    """Return the files of the documents of an organisation, each named by its hash."""
    below = store / "documents"
    if not below.is_dir():
        return []
    return [one for one in sorted(below.iterdir()) if SHA256.fullmatch(one.name)]


def _copy_journal(source: Path, target: Path) -> None:
    """Copy what was told of an organisation's statuses and to whom, as of one moment."""
    if not (source / JOURNAL).is_file():
        return
    place = (source / JOURNAL).absolute().as_uri()
    with (
        closing(sqlite3.connect(f"{place}?mode=ro", uri=True)) as held,
        closing(sqlite3.connect(target / JOURNAL)) as copy,
    ):
        held.backup(copy)
    (target / JOURNAL).chmod(0o600)


def _copy_documents(source: Path, target: Path) -> None:
    for one in _documents(source):
        (target / "documents").mkdir(exist_ok=True)
        shutil.copy2(one, target / "documents" / one.name)
