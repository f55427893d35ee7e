"""Who may do what, and who did: keys with scopes and an organisation, callers, the audit log.

Nothing here knows of HTTP. Keys and log are files of a store's directory, and every function works
beside a running service.
"""

from crosswalk.access.audit import (
    Entry,
    Log,
    Outcome,
    Record,
    Verification,
    acknowledged,
    copy_log,
    newest,
    read,
    verify,
)
from crosswalk.access.caller import ANONYMOUS, Caller, Scope
from crosswalk.access.keys import Issued, Key, Keys, unchanging

__all__ = [
    "ANONYMOUS",
    "Caller",
    "Entry",
    "Issued",
    "Key",
    "Keys",
    "Log",
    "Outcome",
    "Record",
    "Scope",
    "Verification",
    "acknowledged",
    "copy_log",
    "newest",
    "read",
    "unchanging",
    "verify",
]
