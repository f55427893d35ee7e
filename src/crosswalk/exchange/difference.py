"""Two versions of a mapping set compared: rows added, withdrawn, changed."""

from __future__ import annotations

from crosswalk.models import Mapping, MappingSet

__all__ = ["COMPARED", "difference"]

COMPARED = ("relation", "confidence", "review_status", "group", "edition_change", "rationale")


def difference(old: MappingSet, new: MappingSet) -> list[dict[str, object]]:
    """Return what became of each row: ``added``, ``withdrawn`` or ``changed``, by pair.

    A row is the same row where it speaks of the same pair within the same rationale type.

    :returns: subject, object, rationale_type, change, and for a changed row what was and is; rows
        that say the same are left out.
    """
    before, after = _by_pair(old), _by_pair(new)
    found: list[dict[str, object]] = []
    for pair in sorted(before.keys() | after.keys()):
        was, now = before.get(pair), after.get(pair)
        changes = [
            f"{name}: {getattr(was, name)} → {getattr(now, name)}"
            if name != "rationale"
            else "rationale reworded"
            for name in COMPARED
            if was is not None and now is not None and getattr(was, name) != getattr(now, name)
        ]
        if was is not None and now is not None and not changes:
            continue
        one = now or was
        assert one is not None  # noqa: S101 - a pair is in one of the two
        found.append(
            {
                "change": "added" if was is None else "withdrawn" if now is None else "changed",
                "subject": pair[0],
                "object": pair[1],
                "rationale_type": pair[2],
                "relation": str(one.relation or "looked, none found"),
                "detail": "; ".join(changes),
                "old_row": was.row if was else None,
                "new_row": now.row if now else None,
            }
        )
    return found


def _by_pair(one: MappingSet) -> dict[tuple[str, str, str, int], Mapping]:
    found: dict[tuple[str, str, str, int], Mapping] = {}
    for row in one.mappings:
        ends = (_short(row.subject), _short(row.object), str(row.rationale_type or ""))
        number = 0
        while (*ends, number) in found:
            number += 1
        found[*ends, number] = row
    return found


def _short(iri: str | None) -> str:
    from crosswalk.catalogue import local_id

    return ":".join(filter(None, local_id(iri))) if iri else "sssom:NoTermFound"
