"""Generated evidence and what our work costs on it, beside other tools."""

from crosswalk.bench.faults import FAULTY
from crosswalk.bench.generating import LEAST, generated, organisation_key
from crosswalk.bench.terms import AS_OF

__all__ = ["AS_OF", "FAULTY", "LEAST", "generated", "organisation_key"]
