"""One thing against another: editions of a framework, snapshots of evidence, publishers."""

from crosswalk.compare.disagreements import Disagreement, DisagreementKind, disagreements
from crosswalk.compare.editions import CHANGES, EditionRow, change_counts, compare_editions
from crosswalk.compare.snapshots import Flip, SnapshotRow, compare_snapshots, flips

__all__ = [
    "CHANGES",
    "Disagreement",
    "DisagreementKind",
    "EditionRow",
    "Flip",
    "SnapshotRow",
    "change_counts",
    "compare_editions",
    "compare_snapshots",
    "disagreements",
    "flips",
]
