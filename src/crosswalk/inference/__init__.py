"""What mapping rows entail: knowledge of pairs, and the transfer of statuses along them.

In this version only asserted rows are walked; their composition comes with the full crosswalk.
"""

from crosswalk.inference.mapgraph import MapGraph, Row, assemble, build, rows
from crosswalk.inference.pairs import Pair, counterparts, explain_pair
from crosswalk.inference.transfer import Derivation, Inferred, transfer

__all__ = [
    "Derivation",
    "Inferred",
    "MapGraph",
    "Pair",
    "Row",
    "assemble",
    "build",
    "counterparts",
    "explain_pair",
    "rows",
    "transfer",
]
