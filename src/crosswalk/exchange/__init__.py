"""Mappings handed on: SSSOM, OSCAL, JSON-LD, Turtle and plain rows; and two versions compared.

What follows from them stands in a named graph of its own (``inferred``).
"""

from crosswalk.exchange.difference import difference
from crosswalk.exchange.export import (
    COLUMNS,
    as_jsonld,
    as_sssom,
    as_turtle,
    export,
    plain_rows,
    sayable,
)
from crosswalk.exchange.inferred import materialise
from crosswalk.exchange.oscal import as_oscal

__all__ = [
    "COLUMNS",
    "as_jsonld",
    "as_oscal",
    "as_sssom",
    "as_turtle",
    "difference",
    "export",
    "materialise",
    "plain_rows",
    "sayable",
]
