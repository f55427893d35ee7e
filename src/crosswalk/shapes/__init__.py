"""SHACL shapes compiled to SPARQL that answers for all focus nodes at once, where the data is."""

from crosswalk.shapes.columns import Columns
from crosswalk.shapes.lossless import Data
from crosswalk.shapes.plan import Plan, compiled
from crosswalk.shapes.reading import read
from crosswalk.shapes.values import Result, Shape, Shapes

__all__ = ["Columns", "Data", "Plan", "Result", "Shape", "Shapes", "compiled", "read"]
