"""Whose role an action is: by the organisation's own assignments, else by a published role matrix.

Nobody is made responsible by a guess: where neither says anything, or two activities say as much,
the answer is None and says so.
"""

from __future__ import annotations

import re

from crosswalk import catalogue
from crosswalk.coverage import Scope, covers, scopes
from crosswalk.graph import Dataset, Row
from crosswalk.methods import Named, named_by

__all__ = ["Owners"]

PARTS = ("responsible", "accountable")
"""The parts that own an action, the one who does it first."""
NOBODY = "no role assignment and no role of a published method names it"


class Owners:
    """The roles for the provisions of one edition and scope."""

    def __init__(self, dataset: Dataset, edition: str, scope: Scope) -> None:
        self._roles = named_by(dataset, edition, kind="role")
        self._activities = named_by(dataset, edition, kind="activity")
        self._assigned = _assigned(dataset, scope)

    def of(self, iri: str) -> tuple[str | None, str]:
        """Return the role that owns a provision, and on whose word."""
        direct = self._assigned.get(iri)
        if direct is not None:
            return direct["title"], f"the organisation: {_label(direct)}"
        ambiguous = ""
        activity = self._activity(iri)
        if isinstance(activity, str):
            ambiguous = f"; {activity}"
        elif activity is not None:
            row = self._own(activity)
            if row is not None:
                where = f"{activity.part.edition}:{activity.part.id}, {activity.row}"
                return row["title"], f"the organisation: {_label(row)} ({where})"
        for one in self._roles.get(iri, ()):
            title = f"{one.part.edition}:{one.part.id}"
            return one.part.title, f"role matrix: {title} ({one.row}){ambiguous}"
        return None, NOBODY + ambiguous

    def _activity(self, iri: str) -> Named | str | None:
        """Return the activity that names a provision best; a word if several do as well."""
        known = [one for one in self._activities.get(iri, ()) if self._own(one) is not None]
        if not known:
            return None
        best = known[0]
        rivals = {
            one.part.iri
            for one in known
            if (one.strength, one.confidence) == (best.strength, best.confidence)
        }
        if len(rivals) > 1:
            return f"{len(rivals)} activities with role assignments name it equally"
        return best

    def _own(self, activity: Named) -> Row | None:
        return self._assigned.get(activity.part.iri) or self._assigned.get(
            _name(activity.part.title)
        )


def _assigned(dataset: Dataset, scope: Scope) -> dict[str, Row]:
    """Return activity, by IRI or by its whole name → the assignment that owns it in a scope."""
    everything = scopes(dataset)
    held: dict[str, list[Row]] = {}
    for row in dataset.rows("plan/role-assignments"):
        if row["raci"] not in PARTS or not row["title"]:
            continue
        if row["scope"] and not covers((row["scope"],), scope, everything):
            continue
        activity = row["activity"] or ""
        key = activity if catalogue.local_id(activity)[0] else _name(activity)
        held.setdefault(key, []).append(row)
    return {
        key: min(rows, key=lambda r: (PARTS.index(r["raci"] or ""), r["assignment"] or ""))
        for key, rows in held.items()
    }


def _name(text: str) -> str:
    """Return a name as it is compared: whole, without case, an ampersand for an and."""
    return re.sub(r"\s+", " ", text.replace("&", " and ")).strip().casefold()


def _label(row: Row) -> str:
    return row["label"] or (row["assignment"] or "").rsplit("/", 1)[-1]
