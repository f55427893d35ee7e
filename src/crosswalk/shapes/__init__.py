"""SHACL shapes compiled to SPARQL that answers for all focus nodes at once, where the data is."""

from crosswalk.shapes.reading import read
from crosswalk.shapes.values import Result, Shape, Shapes

__all__ = ["Result", "Shape", "Shapes", "read"]
