"""Many organisations at once: validated, covered, their gaps found, on Dask, into Parquet.

The answers are those of the verbs for one organisation; this room only brings them to many.
"""

from crosswalk.fleet.places import Place
from crosswalk.fleet.running import Progress, Told, run
from crosswalk.fleet.tables import ACCOUNT, SUMMARY, summary

__all__ = ["ACCOUNT", "SUMMARY", "Place", "Progress", "Told", "run", "summary"]
