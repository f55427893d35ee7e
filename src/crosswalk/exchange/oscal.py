"""Statements about pairs → an OSCAL mapping collection.

.. seealso:: OSCAL 1.2, control mapping model; NIST IR 8477 §4.3
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import date

from crosswalk import __version__, catalogue
from crosswalk.exchange.export import sayable
from crosswalk.graph import Dataset
from crosswalk.inference import Statement, weakened
from crosswalk.models import Relation
from crosswalk.namespaces import BASE, CW, edition_iri

__all__ = ["as_oscal"]

OSCAL_VERSION = "1.2.1"
RELATIONSHIP = {
    Relation.EQUAL: "equal-to",
    Relation.EQUIVALENT_TO: "equivalent-to",
    Relation.SUBSET_OF: "subset-of",
    Relation.SUPERSET_OF: "superset-of",
    Relation.INTERSECTS_WITH: "intersects-with",
    Relation.NO_RELATIONSHIP: "no-relationship",
    Relation.RELATED: "related",
}
"""Our relation → OSCAL's token; "related" is ours and stands in our namespace."""


def as_oscal(dataset: Dataset, statements: Sequence[Statement], *, title: str, as_of: date) -> str:
    """Return statements as an OSCAL mapping collection: one mapping a pair of editions.

    A group mapping is one entry with several sources. Ids are those of the catalogue; UUIDs are
    derived from the IRIs, so that the same mappings give the same file.
    """
    kept, left_out = sayable(statements)
    ids = {
        provision.iri: provision.id
        for one in catalogue.editions(dataset)
        for provision in catalogue.provisions(dataset, one.edition)
    }
    pairs: dict[tuple[str, str], list[Statement]] = {}
    for one in kept:
        ends = catalogue.local_id(one.subject)[0], catalogue.local_id(one.object)[0]
        pairs.setdefault(ends, []).append(one)
    mappings = [_mapping(source, target, held, ids) for (source, target), held in pairs.items()]
    name = "|".join("_".join(pair) for pair in pairs)
    collection = {
        "uuid": _uuid("collection", name, *(one.iri for one in kept)),
        "metadata": {
            "title": title,
            "last-modified": f"{as_of.isoformat()}T00:00:00+00:00",
            "version": __version__,
            "oscal-version": OSCAL_VERSION,
        },
        "provenance": {
            "method": "hybrid" if any(one.derived for one in kept) else "human",
            "matching-rationale": "semantic",
            "status": "complete" if all(_read(one) for one in kept) else "draft",
            "mapping-description": "Set-theory relations between provisions. "
            "Each entry names its rationale type, its confidence and its review status. "
            f"{left_out} pairs for which no one relation can be stated are left out.",
        },
        "mappings": mappings,
    }
    return json.dumps({"mapping-collection": collection}, ensure_ascii=False, indent=1) + "\n"


def _uuid(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, BASE + "\n".join(parts)))


def _read(one: Statement) -> bool:
    return all(row.review_status != "draft" for row in one.parents)


def _mapping(
    source: str, target: str, held: Sequence[Statement], ids: dict[str, str]
) -> dict[str, object]:
    groups: dict[tuple[str, str, str], list[Statement]] = {}
    for one in held:
        if one.row is not None and one.row.group and one.rule == "asserted":
            key = (one.row.mapping_set, one.row.group, one.object)
            groups.setdefault(key, []).append(one)
    return {
        "uuid": _uuid("mapping", source, target),
        "source-resource": {"type": "catalog", "href": edition_iri(source)},
        "target-resource": {"type": "catalog", "href": edition_iri(target)},
        "maps": [
            *(_map(one, ids) for one in held),
            *(_group(key, members, ids) for key, members in groups.items()),
        ],
    }


def _item(iri: str, ids: dict[str, str]) -> dict[str, object]:
    return {"type": "control", "id-ref": ids.get(iri, catalogue.local_id(iri)[1])}


def _map(one: Statement, ids: dict[str, str]) -> dict[str, object]:
    relation = weakened(one.relations)
    assert relation is not None  # noqa: S101 - only what can be said comes here
    props = [{"name": "publisher", "ns": CW, "value": one.publisher}]
    if one.row is not None:
        props.append({"name": "review-status", "ns": CW, "value": one.row.review_status})
    else:
        props.append({"name": "rule", "ns": CW, "value": one.rule})
        props += [{"name": "possible-relation", "ns": CW, "value": r} for r in one.relations]
    entry: dict[str, object] = {
        "uuid": _uuid("map", one.iri),
        "matching-rationale": str(one.rationale_type),
        "relationship": RELATIONSHIP[relation],
        "sources": [_item(one.subject, ids)],
        "targets": [_item(one.object, ids)],
        "confidence-score": {"percentage": round(one.confidence, 4)},
        "props": props,
    }
    if relation is Relation.RELATED:
        entry["ns"] = CW
    if one.row is None:
        entry["links"] = [{"href": row.iri, "rel": "derived-from"} for row in one.parents]
    elif one.row.rationale:
        entry["remarks"] = one.row.rationale
    return entry


def _group(
    key: tuple[str, str, str], members: Sequence[Statement], ids: dict[str, str]
) -> dict[str, object]:
    return {
        "uuid": _uuid("group", *key),
        "matching-rationale": str(members[0].rationale_type),
        "relationship": RELATIONSHIP[Relation.SUPERSET_OF],
        "sources": [_item(one.subject, ids) for one in members],
        "targets": [_item(key[2], ids)],
        "confidence-score": {"percentage": min(one.confidence for one in members)},
        "remarks": "Together the sources contain the target; none does alone.",
    }
