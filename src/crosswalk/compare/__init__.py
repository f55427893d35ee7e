"""One thing against another: editions of a framework, snapshots of evidence, publishers."""

from crosswalk.compare.editions import CHANGES, EditionRow, change_counts, compare_editions

__all__ = ["CHANGES", "EditionRow", "change_counts", "compare_editions"]
