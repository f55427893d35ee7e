"""A file as an item of evidence: its hash, what it is for, and only the dates that are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

import pyoxigraph as ox

from crosswalk.errors import UsageError, nearest
from crosswalk.intake.cells import Cells, local
from crosswalk.intake.columns import SHEETS
from crosswalk.intake.merge import kept_as
from crosswalk.intake.opening import Cell
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.namespaces import expand

__all__ = ["KINDS", "Item", "described"]

TABLE = next(table for table in SHEETS if table.name == "evidence")
KINDS = tuple(
    sorted(
        local(expand(name))
        for column in TABLE.columns
        if column.name == "kind"
        for name in column.of
    )
)
"""The kinds of evidence."""


@dataclass(frozen=True, slots=True)
class Item:
    """What is said of a file that is added as evidence; what is not said is left out.

    :param citation: the provision that it is evidence for.
    :param kind: one of :data:`KINDS`.
    :param implementation: the key of what it shows something about; default: the one
        implementation that implements the provision.
    :param given: column of the sheet ``evidence`` → what is given for it.
    :param days: column → day.
    """

    citation: str
    kind: str
    key: str = ""
    implementation: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)


def described(source: Source, item: Item, held: Iterable[ox.Triple], cells: Cells) -> Reading:
    """Return what a file is as evidence.

    :param held: what the organisation has on record, to find what implements the provision.
    :raises UsageError: if the citation, the kind or a person cannot be read, or it is not one
        implementation that the file can be evidence for.
    """
    provision = cells.provision(item.citation)
    kinds = {name.casefold(): name for name in KINDS}
    if item.kind.casefold() not in kinds:
        raise UsageError(
            f"unknown kind of evidence {item.kind!r}",
            place="--kind",
            remedy=nearest(item.kind.casefold(), kinds) or f"There is {', '.join(KINDS)}.",
        )
    known = list(held)
    target = _implementation(item, provision, known, cells)
    account = Account(source, "evidence")
    name = PurePosixPath(source.name).stem
    subject = cells.row(item.key or name, "evidence")
    if any(one.subject == subject for one in known):
        raise UsageError(
            f"there is evidence of the key {item.key or name!r} already",
            place="--key",
            remedy="Give the file a key of its own with --key.",
        )
    account.say(subject, "rdf:type", ox.NamedNode(expand("cw:EvidenceItem")))
    account.say(subject, "rdf:type", ox.NamedNode(expand(f"cw:{kinds[item.kind.casefold()]}")))
    label = item.given.get("label", name)
    account.say(subject, "rdfs:label", ox.Literal(label, language=cells.language))
    account.say(subject, "cw:evidenceFor", target)
    account.say(subject, "cw:sha256", source.sha256)
    account.say(subject, "cw:file", kept_as(source))
    columns = {column.name: column for column in TABLE.columns}
    for name, text in sorted(item.given.items()):
        if name != "label":
            for value in cells.decode(Cell(name, text), columns[name]):
                account.say(subject, columns[name].property, value)
    for name, day in sorted(item.days.items()):
        account.say(subject, columns[name].property, day)
    account.mapped(source.name, subject, f"evidence for {target.value}")
    return account.reading()


def _implementation(
    item: Item, provision: str, held: list[ox.Triple], cells: Cells
) -> ox.NamedNode:
    if item.implementation:
        return cells.row(item.implementation, "implementation")
    wanted, implements = ox.NamedNode(provision), ox.NamedNode(expand("cw:implements"))
    found = sorted(
        {
            one.subject.value
            for one in held
            if one.predicate == implements
            and one.object == wanted
            and isinstance(one.subject, ox.NamedNode)
        }
    )
    if len(found) == 1:
        return ox.NamedNode(found[0])
    keys = ", ".join(cells.key(one, "implementation") or one for one in found)
    told = f"several implementations implement it: {keys}" if found else "nothing implements it yet"
    raise UsageError(
        f"{item.citation!r}: {told}",
        place="--for",
        remedy="Name what the file shows something about with --implementation KEY.",
    )
