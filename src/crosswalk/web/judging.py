"""Which statuses of an organisation differ from those that were known last, found in a process.

All editions are judged that are carried and can be, for each outermost scope: what an edition's
figures rest on is found out once for all of them. What was never on record is as if nothing were.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from crosswalk import catalogue, coverage
from crosswalk.compare import status_reason, status_word
from crosswalk.coverage import Scope
from crosswalk.coverage.weighing import gather
from crosswalk.graph import Dataset
from crosswalk.web.journal import Journal

__all__ = ["judged", "statuses"]

Statuses = dict[str, dict[str, list[str]]]
"""Edition → provision → the status in a word, and its reason."""
Scopes = dict[str, dict[str, Any]]
"""IRI of a scope → its ``label`` and ``statuses``."""


def judged(dataset: Dataset, request: dict[str, Any]) -> bytes:
    """Return, as JSON, all statuses of an organisation and how they differ from those before.

    :param dataset: the organisation's.
    :param request: ``as_of``, and ``journal``: the directory of the statuses that were known last.
    """
    day = date.fromisoformat(request["as_of"])
    chosen = coverage.scope_of(dataset, None)
    now = statuses(dataset, day)
    known = dataset.knowledge
    nothing = known.remember(
        ("nothing on record", day), lambda: _statuses(known, coverage.scope_of(known, None)[0], day)
    )
    before = Journal(Path(request["journal"])).statuses() or {"scopes": {}, "assessed": []}
    was = _renamed(before["scopes"], now)
    assessed = _assessed(dataset, chosen, day)
    asked_for = assessed.union(before["assessed"])
    titles = {
        (key, one.id): one.title
        for key in nothing
        for one in catalogue.provisions(dataset, key)
        if one.counted
    }
    changed = [
        {**row, "title": titles[row["edition"], row["provision"]]}
        | {"assessed": row["edition"] in asked_for}
        for iri in sorted(was.keys() | now.keys())
        for row in _differences(iri, was.get(iri), now.get(iri), nothing)
        if (row["edition"], row["provision"]) in titles
    ]
    held = {"scopes": now, "assessed": sorted(assessed)}
    return json.dumps({"changed": changed, "statuses": held}, ensure_ascii=False).encode()


def statuses(dataset: Dataset, day: date) -> Scopes:
    """Return the statuses of an organisation at a day: of each outermost scope, in all editions."""
    return {
        one.iri: {"label": one.label, "statuses": _statuses(dataset, one, day)}
        for one in coverage.scope_of(dataset, None)
    }


def _statuses(dataset: Dataset, scope: Scope, day: date) -> Statuses:
    return {
        edition.edition: {
            one.provision.id: [status_word(one), status_reason(one)]
            for one in coverage.evaluate(dataset, edition, scope, as_of=day).statuses
        }
        for edition in catalogue.editions(dataset)
        if edition.coverage_defined
    }


def _renamed(before: Scopes, now: Scopes) -> Scopes:
    """Return the scopes before; where there was one and is one, they are the same.

    So is who first had no scope and then names the one it has.
    """
    if len(before) == len(now) == 1 and before.keys() != now.keys():
        (iri,), (held,) = now, before.values()
        return {iri: held}
    return before


def _differences(
    iri: str, was: dict[str, Any] | None, now: dict[str, Any] | None, nothing: Statuses
) -> Iterator[dict[str, Any]]:
    old: Statuses = was["statuses"] if was else nothing
    new: Statuses = now["statuses"] if now else nothing
    label = (now or was or {})["label"]
    gone = "" if now else "the scope is no longer on record; "
    for edition, provisions in new.items():
        known = old.get(edition)
        if known is None:  # the edition has come to the knowledge; nothing has changed by that
            continue
        for provision, (word, reason) in provisions.items():
            before, why = known.get(provision, (word, ""))
            if before != word:
                yield {
                    "edition": edition,
                    "scope": iri,
                    "scope_label": label,
                    "provision": provision,
                    "before": before,
                    "after": word,
                    "why": f"{gone}before: {why}; after: {reason}",
                }


def _assessed(dataset: Dataset, scopes: list[Scope], day: date) -> set[str]:
    """Return the editions that the organisation assesses.

    Those that a Statement of Applicability is for, and those of whose provisions something is
    implemented, assessed or certified.
    """
    rows = dataset.rows("coverage/applicability-decisions", as_of=day, known_at=day)
    found = {row["edition"] or "" for row in rows}
    for scope in scopes:
        facts = gather(dataset, scope, as_of=day)
        for iri in (*facts.direct, *facts.implementations):
            found.add(catalogue.local_id(iri)[0])
    return found - {""}
