"""What mapping rows entail: knowledge of pairs, and the transfer of statuses along them.

Pairs are closed over several hops (``closure``, ``pairs``, ``derived``), rows that contradict each
other are set aside (``conflicts``), and statuses are transferred along what is known
(``transfer``).
"""

from crosswalk.inference.algebra import tokens
from crosswalk.inference.closure import Closure, Path
from crosswalk.inference.conflicts import Conflict
from crosswalk.inference.derived import Statement, asserted, derived, weakened
from crosswalk.inference.editions import successors
from crosswalk.inference.mapgraph import MapGraph, Row, assemble, build, premises, rows, share
from crosswalk.inference.pairs import Pair, counterparts, explain_pair, step_json
from crosswalk.inference.transfer import Derivation, Inferred, transfer

__all__ = [
    "Closure",
    "Conflict",
    "Derivation",
    "Inferred",
    "MapGraph",
    "Pair",
    "Path",
    "Row",
    "Statement",
    "assemble",
    "asserted",
    "build",
    "counterparts",
    "derived",
    "explain_pair",
    "premises",
    "rows",
    "share",
    "step_json",
    "successors",
    "tokens",
    "transfer",
    "weakened",
]
