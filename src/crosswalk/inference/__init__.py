"""What mapping rows entail: knowledge of pairs, and the transfer of statuses along them.

Pairs are closed over several hops (``closure``, ``pairs``); statuses are transferred along
asserted rows, one hop after the other (``transfer``).
"""

from crosswalk.inference.algebra import tokens
from crosswalk.inference.closure import Closure, Path
from crosswalk.inference.mapgraph import MapGraph, Row, assemble, build, rows
from crosswalk.inference.pairs import Pair, counterparts, explain_pair
from crosswalk.inference.transfer import Derivation, Inferred, transfer

__all__ = [
    "Closure",
    "Derivation",
    "Inferred",
    "MapGraph",
    "Pair",
    "Path",
    "Row",
    "assemble",
    "build",
    "counterparts",
    "explain_pair",
    "rows",
    "tokens",
    "transfer",
]
