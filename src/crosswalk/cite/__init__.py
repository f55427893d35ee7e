"""The citations of real documents, each with a verdict.

Does it exist, in which edition, and do the words beside it name the same provision?
"""

from crosswalk.cite.documents import Document, Passage, Row, from_bytes, read
from crosswalk.cite.verdicts import FAULTS, Citation, Verdict, cite, cite_document

__all__ = [
    "FAULTS",
    "Citation",
    "Document",
    "Passage",
    "Row",
    "Verdict",
    "cite",
    "cite_document",
    "from_bytes",
    "read",
]
