"""Evidence as it comes from outside: documents that are read without loss, or refused."""

from crosswalk.evidence.documents import MEDIA_TYPES, amended, as_nquads, read

__all__ = ["MEDIA_TYPES", "amended", "as_nquads", "read"]
