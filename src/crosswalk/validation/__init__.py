"""Whether data is as it must be: shapes on evidence, checks on mapping sets."""

from crosswalk.validation.mapping_sets import SetFault, check_sets, mapping_set_rows
from crosswalk.validation.shapes import (
    Checked,
    Engine,
    Fallback,
    Report,
    as_turtle,
    check_graph,
    checked_graph,
    validate,
    validate_files,
)

__all__ = [
    "Checked",
    "Engine",
    "Fallback",
    "Report",
    "SetFault",
    "as_turtle",
    "check_graph",
    "check_sets",
    "checked_graph",
    "mapping_set_rows",
    "validate",
    "validate_files",
]
