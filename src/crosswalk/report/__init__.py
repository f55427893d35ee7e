"""The report: what is shown, what is not, what binds from when, as one value and as one page.

``build`` asks the engine and returns a frozen value; ``render_html`` draws it as one file that
loads nothing. Nothing here judges: every figure is the engine's.
"""

from crosswalk.report.content import build
from crosswalk.report.html import render_html
from crosswalk.report.oscal import as_oscal
from crosswalk.report.table import as_csv
from crosswalk.report.values import Report

__all__ = ["Report", "as_csv", "as_oscal", "build", "render_html"]
