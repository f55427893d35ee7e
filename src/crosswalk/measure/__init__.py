"""Figures that anybody can compute again: published methods over given numbers.

A figure is a function of a table, of parameters and of nothing else. What is recorded of it is
enough to compute it anew: the method, the parameters, the table or its file, and the hash.
"""

from crosswalk.measure.methods import METHODS, Method, Reckoned, named, reckon
from crosswalk.measure.records import PREFIXES, Recomputed, Window, meets, recomputed, turtle
from crosswalk.measure.tables import Table, given, parsed, read

__all__ = [
    "METHODS",
    "PREFIXES",
    "Method",
    "Reckoned",
    "Recomputed",
    "Table",
    "Window",
    "given",
    "meets",
    "named",
    "parsed",
    "read",
    "reckon",
    "recomputed",
    "turtle",
]
