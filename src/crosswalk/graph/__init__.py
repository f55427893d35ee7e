"""The dataset: named graphs in an embedded store, queried by name.

This is the only room that knows a store. Everything above it asks a query of the library and
gets rows. The stored default graph stays empty: a query's default graph is the union that the
caller is given, passed explicitly, because stores differ in what they do by themselves.
"""

from crosswalk.graph import serialise
from crosswalk.graph.dataset import Dataset, Row
from crosswalk.graph.knowledge import fingerprint, load_data, load_knowledge, open_dataset
from crosswalk.graph.records import Record, forget, records
from crosswalk.graph.told import ToldRow

__all__ = [
    "Dataset",
    "Record",
    "Row",
    "ToldRow",
    "fingerprint",
    "forget",
    "load_data",
    "load_knowledge",
    "open_dataset",
    "records",
    "serialise",
]
