"""What auditors and GRC tools bring: read into an organisation's graph, every row accounted for."""

from crosswalk.intake.reading import Account, Line, Outcome, Reader, Reading, Source, slug

__all__ = ["Account", "Line", "Outcome", "Reader", "Reading", "Source", "slug"]
