"""Whether data is as it must be: shapes on evidence, checks on mapping sets."""

from crosswalk.validation.mapping_sets import SetFault, check_sets, mapping_set_rows
from crosswalk.validation.shapes import Engine, Fallback, Report, as_turtle, check_graph, validate

__all__ = [
    "Engine",
    "Fallback",
    "Report",
    "SetFault",
    "as_turtle",
    "check_graph",
    "check_sets",
    "mapping_set_rows",
    "validate",
]
