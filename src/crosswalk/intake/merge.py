"""What an import changes in a folder of evidence, and how it is changed: whole, or not at all.

A source has one Turtle file in the folder, named after it, and its bytes under ``sources/``,
named by their hash too. The same source again changes nothing; an amended one of the same name
takes the place of what it said before.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from crosswalk.errors import DataError, UsageError
from crosswalk.graph.dataset import syntax_error
from crosswalk.intake.reading import Reading, Source, slug
from crosswalk.namespaces import prefixes

__all__ = ["Change", "Merged", "as_turtle", "difference", "file_of", "kept_as", "merge"]

HEAD = "# Imported from: "


@dataclass(frozen=True, slots=True)
class Change:
    """What changes of one resource: triples as N-Triples, without their subject."""

    subject: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import made, or would make, of a folder.

    :param file: the Turtle file of the source.
    :param source: where its bytes are kept.
    :param written: whether something was written.
    """

    file: Path
    source: Path
    changes: tuple[Change, ...] = field(repr=False)
    written: bool


def difference(before: Iterable[ox.Triple], after: Iterable[ox.Triple]) -> list[Change]:
    """Return what changes of which resource, by its address.

    >>> said = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:p"), ox.Literal("1"))
    >>> difference([], [said])
    [Change(subject='urn:a', added=('<urn:p> "1"',), removed=())]
    """
    old, new = set(before), set(after)
    found: dict[str, tuple[list[str], list[str]]] = {}
    for triples, which in ((new - old, 0), (old - new, 1)):
        for one in sorted(triples, key=str):
            subject = (
                one.subject.value if isinstance(one.subject, ox.NamedNode) else str(one.subject)
            )
            told = f"{one.predicate} {one.object}"
            found.setdefault(subject, ([], []))[which].append(told)
    return [
        Change(subject, tuple(added), tuple(removed))
        for subject, (added, removed) in sorted(found.items())
    ]


def as_turtle(reading: Reading) -> bytes:
    """Return what a source says as Turtle: the same bytes for the same source."""
    body = ox.serialize(
        sorted(reading.triples, key=str), format=ox.RdfFormat.TURTLE, prefixes=_prefixes(reading)
    )
    head = (
        f"{HEAD}{reading.source.name}\n"
        f"# as {reading.kind}, SHA-256 {reading.source.sha256}\n"
        "# Amend the source and import it again.\n"
    )
    return head.encode() + b"\n" + (body or b"")


def kept_as(source: Source) -> str:
    """Return where in a folder the bytes of a source are kept.

    The name ends with the hash, so that nothing takes the source for evidence.
    """
    return f"sources/{source.name}.{source.sha256}"


def file_of(source: Source) -> str:
    """Return the name of the Turtle file of a source.

    >>> from datetime import date
    >>> file_of(Source("Risks 1.csv", b"", "acme", date(2026, 11, 20)))
    'risks-1.csv.ttl'
    """
    return f"{slug(source.name)}.ttl"


def merge(folder: Path, reading: Reading, *, dry_run: bool = False) -> Merged:
    """Return what an import changes in a folder; change it so, unless it is only tried.

    :param dry_run: change nothing.
    :raises DataError: if something of the reading is refused, or what is there does not parse.
    :raises UsageError: if the file of the source is another's, or cannot be written.
    """
    if reading.refused() and not dry_run:
        raise DataError("something is refused, so nothing is imported", place=reading.source.name)
    source = reading.source
    target = folder / file_of(source)
    kept = folder / kept_as(source)
    before = _before(target, source)
    after = as_turtle(reading)
    there = before is not None and before[1] == after and kept.exists()
    changes = difference(before[0] if before else (), reading.triples)
    if not there and not dry_run:
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not kept.exists():
                _put(kept, source.data)
            _put(target, after)
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror}",
                place=str(error.filename or target),
                remedy="Choose another folder with --data.",
            ) from None
    return Merged(target, kept, tuple(changes), not there and not dry_run)


def _before(target: Path, source: Source) -> tuple[list[ox.Triple], bytes] | None:
    """Return what the source said before, and its bytes."""
    if not target.exists():
        return None
    data = target.read_bytes()
    head = data.partition(b"\n")[0].decode("utf-8", "replace")
    if head != f"{HEAD}{source.name}":
        raise UsageError(
            f"is not what was imported from {source.name!r}",
            place=str(target),
            remedy="Rename the source, or move that file away.",
        )
    try:
        return [one.triple for one in ox.parse(data, format=ox.RdfFormat.TURTLE)], data
    except SyntaxError as error:
        raise syntax_error(error, str(target)) from None


def _address(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _prefixes(reading: Reading) -> dict[str, str]:
    """Return the prefixes of the vocabularies that the triples use."""
    used: set[str] = set()
    for one in reading.triples:
        ends = (one.predicate, one.object)
        used |= {end.value for end in ends if isinstance(end, ox.NamedNode)}
        if isinstance(one.object, ox.Literal):
            used.add(one.object.datatype.value)
    return {
        name: space
        for name, space in prefixes().items()
        if any(iri.startswith(space) for iri in used)
    }


def _put(target: Path, data: bytes) -> None:
    """Put bytes in place of a file, whole."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
