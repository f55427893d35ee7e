"""Quads in columns: a Parquet file as statements of N-Quads, and what its columns are.

``subject``, ``predicate``, ``object`` and ``graph`` are text: IRIs as they are, blank nodes as
``_:name``. An object is a literal where ``datatype`` (an IRI) or ``language`` is given, and is then
its lexical form, as it is. Other columns are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crosswalk.errors import DataError
from crosswalk.fleet.places import Place

__all__ = ["NEEDED", "OPTIONAL", "statements"]

NEEDED = ("subject", "predicate", "object", "graph")
OPTIONAL = ("datatype", "language")
ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"))


def statements(place: Place, rows: int) -> Iterator[tuple[list[str | None], list[str]]]:
    """Yield the graphs and the statements of a Parquet file, so many rows at a time.

    :raises DataError: if it is no Parquet file, or lacks a column.
    """
    try:
        with place.opened() as file:
            table = pq.ParquetFile(file)
            held = set(table.schema_arrow.names)
            missing = [name for name in NEEDED if name not in held]
            if missing:
                raise DataError(
                    f"has no column {', '.join(missing)}",
                    place=place.address,
                    remedy=f"Name the columns {', '.join((*NEEDED, *OPTIONAL))}.",
                )
            wanted = [*NEEDED, *(name for name in OPTIONAL if name in held)]
            for batch in table.iter_batches(batch_size=rows, columns=wanted):
                yield batch["graph"].cast(pa.string()).to_pylist(), _lines(batch)
    except pa.ArrowInvalid as error:
        raise DataError(f"cannot be read: {error}", place=place.address) from None


def _lines(batch: Any) -> list[str]:  # noqa: ANN401 - pyarrow has no types
    def column(name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
        if name in batch.schema.names:
            return batch[name].cast(pa.string())
        return pa.nulls(len(batch), pa.string())

    datatype, language, value = column("datatype"), column("language"), column("object")
    escaped = value
    for sign, written in ESCAPES:
        escaped = pc.replace_substring(escaped, sign, written)
    kind = pc.if_else(
        pc.is_valid(language),
        pc.binary_join_element_wise("@", language, "", null_handling="replace"),
        pc.binary_join_element_wise("^^<", datatype, ">", "", null_handling="replace"),
    )
    literal = pc.binary_join_element_wise('"', escaped, '"', kind, "", null_handling="replace")
    given = pc.or_(pc.is_valid(datatype), pc.is_valid(language))
    said = pc.if_else(given, literal, _node(value))
    return pc.binary_join_element_wise(  # type: ignore[no-any-return]
        _node(column("subject")),
        _node(column("predicate")),
        said,
        _node(column("graph")),
        ".\n",
        " ",
        null_handling="replace",
    ).to_pylist()


def _node(column: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    iri = pc.binary_join_element_wise("<", column, ">", "", null_handling="replace")
    return pc.if_else(pc.fill_null(pc.starts_with(column, "_:"), False), column, iri)
