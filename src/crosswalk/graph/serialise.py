"""The answer of any query, in the formats of SPARQL 1.1 and RDF."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from crosswalk.errors import UsageError
from crosswalk.graph.dataset import Dataset, Row, as_text

__all__ = ["answer_rows", "answer_text"]

RESULTS = {
    "srj": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {"turtle": ox.RdfFormat.TURTLE, "ntriples": ox.RdfFormat.N_TRIPLES}


def answer_rows(
    dataset: Dataset, text: str, bound: Mapping[str, object]
) -> tuple[str, bool | tuple[list[str], list[Row]] | str]:
    """Return ("rows", (columns, rows)), ("boolean", value) or ("graph", Turtle)."""
    answer = dataset.answer(text, bound)
    if isinstance(answer, ox.QueryBoolean):
        return "boolean", bool(answer)
    if isinstance(answer, ox.QuerySolutions):
        names = [variable.value for variable in answer.variables]
        return "rows", (names, [{n: as_text(s[n]) for n in names} for s in answer])
    return "graph", _decoded(answer.serialize(format=ox.RdfFormat.TURTLE))


def answer_text(dataset: Dataset, text: str, bound: Mapping[str, object], format: str) -> str:
    """Return the answer in a format of SPARQL 1.1 results or of RDF.

    :raises UsageError: if the kind of answer cannot be written in that format.
    """
    answer = dataset.answer(text, bound)
    if isinstance(answer, ox.QueryTriples):
        if format not in GRAPHS:
            raise UsageError(
                f"a graph cannot be written as {format}", remedy=f"Use {', '.join(GRAPHS)}."
            )
        return _decoded(answer.serialize(format=GRAPHS[format]))
    if format not in RESULTS:
        raise UsageError(
            f"rows cannot be written as {format}", remedy=f"Use json, csv, {', '.join(RESULTS)}."
        )
    return _decoded(answer.serialize(format=RESULTS[format]))


def _decoded(data: bytes | None) -> str:
    return (data or b"").decode()
