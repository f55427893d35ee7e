"""What became of a provision in another edition of its framework, by the mapping rows."""

from __future__ import annotations

from crosswalk import catalogue
from crosswalk.graph import Dataset
from crosswalk.inference.mapgraph import rows
from crosswalk.models import Relation

__all__ = ["successors"]


def successors(dataset: Dataset, key: str, provision: str, target: str) -> list[str]:
    """Return the provisions of an edition that continue one of another, in its own order.

    Those of a heading are those of what stands below it. Rows are read in either direction;
    empty if none says anything.

    :param key: the edition of the provision.
    :param target: the edition whose provisions are wanted.

    >>> from crosswalk.graph import open_dataset
    >>> successors(open_dataset(), "iso-27001-2013", "A.9.4.1", "iso-27001-2022")
    ['A.8.3']
    """
    held = catalogue.provisions(dataset, key)
    ids = {one.iri: one.id for one in catalogue.provisions(dataset, target)}
    chosen = {provision}
    while more := {one.id for one in held if one.parent in chosen} - chosen:
        chosen |= more
    iris = {one.iri for one in held if one.id in chosen}
    found = set()
    for row in rows(dataset):
        for one, other in ((row.subject, row.object), (row.object, row.subject)):
            if one in iris and other in ids and row.relation is not Relation.NO_RELATIONSHIP:
                found.add(other)
    return [one for iri, one in ids.items() if iri in found]
