"""The status of every provision, and the figures: one vector that sums, one interval.

Nothing here is estimated: *unknown* is not *no*, overlap is not coverage, and a derived status
counts in ``lo`` only once somebody has accepted it.
"""

from crosswalk.coverage.accept import acceptance
from crosswalk.coverage.evidence import (
    Direct,
    EvidenceItem,
    Implementation,
    Scope,
    covers,
    scopes,
)
from crosswalk.coverage.reasons import path_words, reason
from crosswalk.coverage.renewal import Renewal, renew
from crosswalk.coverage.status import (
    Evaluation,
    ProvisionStatus,
    evaluate,
    scope_of,
    statement_of_applicability,
    supposing,
    vectors,
)

__all__ = [
    "Direct",
    "Evaluation",
    "EvidenceItem",
    "Implementation",
    "ProvisionStatus",
    "Renewal",
    "Scope",
    "acceptance",
    "covers",
    "evaluate",
    "path_words",
    "reason",
    "renew",
    "scope_of",
    "scopes",
    "statement_of_applicability",
    "supposing",
    "vectors",
]
