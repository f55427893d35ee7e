"""How much of its stated range a mapping set speaks of, on each side.

Inside the range every counted provision has a row or a record of "looked, none found", so that
silence means "never looked" (mappings/registry.yml). Where an edition counts nothing, as an
article or a superseded law, its leaves stand for what it asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk import catalogue
from crosswalk.errors import nearest
from crosswalk.graph import Dataset
from crosswalk.models import MappingSet, Provision, Relation
from crosswalk.registry import Entry

__all__ = ["Side", "sides"]

EVERYTHING = "*"
INSIDE = {"subject": Relation.SUBSET_OF, "object": Relation.SUPERSET_OF}


@dataclass(frozen=True, slots=True)
class Side:
    """What a set says of the provisions in its range on one side; each is in one of the four.

    *Contained*: one of the other side contains it, or a group does; *overlapping*: any weaker
    relation; *none*: looked, none found; *never*: neither row nor record. Ids, in their order.
    ``unknown`` are names in the range that the edition does not have, each with the way out.
    """

    contained: tuple[str, ...]
    overlapping: tuple[str, ...]
    none: tuple[str, ...]
    never: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]

    @property
    def counted(self) -> int:
        """The number of provisions in the range."""
        return sum(map(len, (self.contained, self.overlapping, self.none, self.never)))


def sides(dataset: Dataset, mapping_set: MappingSet, entry: Entry | None) -> tuple[Side, Side]:
    """Return what a mapping set says of its stated ranges: of its subjects, of its objects."""
    ranges = (entry.subject_range, entry.object_range) if entry else ((), ())
    editions = (mapping_set.subject_edition, mapping_set.object_edition)
    return (
        _side(dataset, mapping_set, "subject", editions[0], ranges[0]),
        _side(dataset, mapping_set, "object", editions[1], ranges[1]),
    )


def _side(
    dataset: Dataset, mapping_set: MappingSet, end: str, edition: str, names: tuple[str, ...]
) -> Side:
    found = [p for key in filter(None, edition.split("|")) for p in _known(dataset, key)]
    heads = {p.id: p.parent for p in found}
    unknown = tuple(
        (name, nearest(name, heads) or "See `crosswalk provisions`.")
        for name in names
        if name != EVERYTHING and name not in heads
    )
    said = _said(mapping_set, end)
    if mapping_set.subject_edition in _siblings(dataset, mapping_set.object_edition):
        said = _inherited(said, found)
    sorted_in: dict[str, list[str]] = {k: [] for k in ("contained", "overlapping", "none", "never")}
    for provision in _asking(found):
        if EVERYTHING in names or set(_line(provision.id, heads)) & set(names):
            sorted_in[said.get(provision.iri, "never")].append(provision.id)
    return Side(**{k: tuple(ids) for k, ids in sorted_in.items()}, unknown=unknown)


def _known(dataset: Dataset, key: str) -> list[Provision]:
    carried = {one.edition for one in catalogue.editions(dataset)}
    return catalogue.provisions(dataset, key) if key in carried else []


def _siblings(dataset: Dataset, edition: str) -> set[str]:
    """Return the editions of the same framework; between them a heading speaks for its parts."""
    carried = {one.edition: one.framework for one in catalogue.editions(dataset)}
    return {key for key in carried if edition in carried and carried[key] == carried[edition]}


def _said(mapping_set: MappingSet, end: str) -> dict[str, str]:
    """Return provision IRI → the strongest that the set says of it."""
    order = ("none", "overlapping", "contained")
    found: dict[str, str] = {}
    for row in mapping_set.mappings:
        iri = row.subject if end == "subject" else row.object
        if iri is None:
            continue
        if row.relation in (None, Relation.NO_RELATIONSHIP):
            said = "none"
        elif row.relation in (Relation.EQUAL, INSIDE[end]) or (row.group and end == "object"):
            said = "contained"
        else:
            said = "overlapping"
        found[iri] = max(said, found.get(iri, said), key=order.index)
    return found


def _inherited(said: dict[str, str], found: list[Provision]) -> dict[str, str]:
    """Return what is said of each provision, by its own row or by the nearest heading above it."""
    iris = {p.id: p.iri for p in found}
    heads = {p.id: p.parent for p in found}
    told = dict(said)
    for provision in found:
        for name in _line(provision.id, heads):
            if iris.get(name) in said:
                told[provision.iri] = said[iris[name]]
                break
    return told


def _asking(found: list[Provision]) -> list[Provision]:
    """Return the counted provisions; the leaves of an edition that counts none."""
    counting = {p.edition for p in found if p.counted}
    heads = {(p.edition, p.parent) for p in found}
    return [
        p
        for p in found
        if p.counted or (p.edition not in counting and (p.edition, p.id) not in heads)
    ]


def _line(name: str, heads: dict[str, str]) -> list[str]:
    """Return an id and the ids of what it stands under, upwards."""
    found = []
    while name and name not in found:
        found.append(name)
        name = heads.get(name, "")
    return found
