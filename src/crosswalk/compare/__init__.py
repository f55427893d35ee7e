"""One thing against another: editions of a framework, snapshots of evidence, publishers."""

from crosswalk.compare.disagreements import Disagreement, DisagreementKind, disagreements
from crosswalk.compare.editions import CHANGES, EditionRow, change_counts, compare_editions
from crosswalk.compare.snapshots import (
    FLIPPED,
    Flip,
    SnapshotRow,
    WhatIfRow,
    compare_snapshots,
    flips,
    status_reason,
    status_word,
    what_if,
)

__all__ = [
    "CHANGES",
    "FLIPPED",
    "Disagreement",
    "DisagreementKind",
    "EditionRow",
    "Flip",
    "SnapshotRow",
    "WhatIfRow",
    "change_counts",
    "compare_editions",
    "compare_snapshots",
    "disagreements",
    "flips",
    "status_reason",
    "status_word",
    "what_if",
]
