"""What has to wait for what among some provisions of an edition, with the reason.

The catalogue states it, provision by provision or heading by heading; nothing is derived from
words or from the order of the text.
"""

from __future__ import annotations

from collections.abc import Collection

from crosswalk import catalogue
from crosswalk.graph import Dataset
from crosswalk.plan.values import Wait

__all__ = ["dependencies"]


def dependencies(
    dataset: Dataset, edition: str, among: Collection[str]
) -> dict[tuple[str, str], Wait]:
    """Return (what comes first, what waits) → the statement that says so.

    A heading stands for what is below it; where several statements relate a pair, the one that
    names it most closely counts.

    :param edition: key of the edition.
    :param among: ids of provisions; others order nothing.
    """
    below = _below(dataset, edition)
    found: dict[tuple[str, str], tuple[int, Wait]] = {}
    for row in dataset.rows("plan/dependencies", edition=edition):
        first, waiting = row["prerequisite"] or "", row["dependent"] or ""
        for a in below.get(first, ()):
            for b in below.get(waiting, ()):
                if a == b or a not in among or b not in among:
                    continue
                vague = (a != first) + (b != waiting)
                held = found.get((a, b))
                if held is None or vague < held[0]:
                    wait = Wait(a, row["reason"] or "", row["source"] or "")
                    found[a, b] = (vague, wait)
    return {pair: wait for pair, (_, wait) in sorted(found.items())}


def _below(dataset: Dataset, edition: str) -> dict[str, list[str]]:
    """Return id → itself and everything below it."""
    parents = {one.id: one.parent for one in catalogue.provisions(dataset, edition)}
    found: dict[str, list[str]] = {name: [] for name in parents}
    for name in parents:
        above: str = name
        seen: set[str] = set()
        while above in found and above not in seen:
            seen.add(above)
            found[above].append(name)
            above = parents[above]
    return found
