"""The tables that a fleet leaves, as Parquet: their columns, their files, and the summary of them.

::

    fleet.json                              what was asked of what; it is there when all is done
    organisations/part-000000.parquet       the account: one row an organisation
    findings/part-….parquet                 the rows of `crosswalk validate`
    coverage/edition=E/part-….parquet       the rows of `crosswalk coverage`
    gaps/edition=E/part-….parquet           the rows of `crosswalk gaps`
    timing/part-….parquet, timing.json      what it cost: all that knows a clock
    work/                                   while it runs

Each part holds the organisations of one batch, in their order; the parts are in that order too. The
same evidence gives the same bytes, whoever made the parts, and when.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from crosswalk.errors import UsageError
from crosswalk.fleet.assessing import STEPS, Assessed
from crosswalk.fleet.places import PART, Place
from crosswalk.verbs import plain
from crosswalk.verbs.assessment import COVERAGE, FINDINGS, GAPS

__all__ = [
    "ACCOUNT",
    "SUMMARY",
    "done",
    "is_done",
    "read",
    "summary",
    "sweep",
    "write",
    "write_timing",
]

TEXT, COUNT, SHARE = pa.string(), pa.int32(), pa.float64()
OWNER = "organization"
ACCOUNT = (OWNER, "state", "error", "quads", "data_sha256", "violations", "warnings", "infos")
SUMMARY = (
    OWNER,
    "edition",
    "scope",
    "n",
    "satisfied_direct",
    "lo",
    "hi",
    "violations",
    "warnings",
    "state",
    "error",
)
SEVERITIES = {"violations": "Violation", "warnings": "Warning", "infos": "Info"}
WORDS = {"scope": TEXT, "as_of": pa.date32(), "lo": SHARE, "hi": SHARE}
SCHEMAS = {
    "organisations": pa.schema(
        [(name, COUNT if name in ("quads", *SEVERITIES) else TEXT) for name in ACCOUNT]
    ),
    "findings": pa.schema([(name, TEXT) for name in (OWNER, *FINDINGS)]),
    "coverage": pa.schema(
        [(OWNER, TEXT)] + [(n, WORDS.get(n, COUNT)) for n in COVERAGE if n != "edition"]
    ),
    "gaps": pa.schema([(name, TEXT) for name in (OWNER, *GAPS)]),
    "timing": pa.schema(
        [(OWNER, TEXT), *((step, SHARE) for step in ("read", *STEPS, "write", "cpu"))]
    ),
}
"""Table → its columns. The edition is no column: it is in the name of the directory."""

FILE = "fleet.json"

Rows = Sequence[Mapping[str, object]]


def write(out: Place, number: int, found: Sequence[Assessed], editions: Iterable[str]) -> None:
    """Write the part of a batch in each table; the account last, which says that all are there."""
    part = f"part-{number:06}.parquet"
    for edition in editions:
        for table, held in (
            ("coverage", [(one, one.coverage.get(edition, [])) for one in found]),
            ("gaps", [(one, one.gaps.get(edition, [])) for one in found]),
        ):
            rows = [{OWNER: one.organisation, **row} for one, its in held for row in its]
            (out / table / f"edition={edition}" / part).write(_bytes(table, rows))
    rows = [{OWNER: one.organisation, **row} for one in found for row in one.findings]
    (out / "findings" / part).write(_bytes("findings", rows))
    (out / "organisations" / part).write(_bytes("organisations", [_account(one) for one in found]))


def write_timing(out: Place, number: int, found: Sequence[Assessed]) -> None:
    """Write what each organisation of a batch cost, in seconds."""
    rows = [{OWNER: one.organisation, **one.seconds} for one in found]
    (out / "timing" / f"part-{number:06}.parquet").write(_bytes("timing", rows))


def is_done(out: Place, number: int) -> bool:
    """Return whether all parts of a batch are there."""
    return (out / "organisations" / f"part-{number:06}.parquet").is_there()


def done(out: Place) -> set[int]:
    """Return the numbers of the batches all of whose parts are there."""
    names = (out / "organisations").names()
    return {
        int(name[5:-8])
        for name in names
        if name.startswith("part-") and name.endswith(".parquet") and name[5:-8].isdecimal()
    }


def sweep(out: Place, editions: Iterable[str]) -> None:
    """Remove what processes that died had begun to write."""
    folders = [out, *(out / table for table in ("organisations", "findings", "timing"))]
    folders += [out / t / f"edition={one}" for t in ("coverage", "gaps") for one in editions]
    for folder in folders:
        for name in folder.names():
            if name.startswith(".") and name.endswith(PART):
                (folder / name).remove()


def read(out: Place, table: str, columns: Sequence[str] | None = None) -> list[dict[str, object]]:
    """Return the rows of a table, or of a directory of it, in its order."""
    rows: list[dict[str, object]] = []
    place = out / table
    for name in sorted(place.names()):
        if name.endswith(".parquet"):
            data = io.BytesIO((place / name).read())
            rows += pq.read_table(data, columns=columns).to_pylist()
    return rows


def summary(out: Place) -> list[dict[str, object]]:
    """Return a row for each organisation, edition and scope: the interval, and what is wrong.

    An organisation that could not be assessed has one row, with the reason.

    :raises UsageError: if the directory holds no finished run.
    """
    if not (out / FILE).is_there():
        raise UsageError(
            "holds no finished run of a fleet",
            place=out.address,
            remedy="Go on with --resume, if one was cut off.",
        )
    told = json.loads((out / FILE).read())
    accounts = {str(row[OWNER]): row for row in read(out, "organisations")}
    rows = [
        {**accounts[str(row[OWNER])], **row, "edition": edition}
        for edition in told["editions"]
        for row in read(out / "coverage", f"edition={edition}")
    ]
    rows += [row for row in accounts.values() if row["state"] != "assessed"]
    rows.sort(key=lambda row: (str(row[OWNER]), str(row.get("edition")), str(row.get("scope"))))
    return [{name: row.get(name) for name in SUMMARY} for row in rows]


def _account(one: Assessed) -> dict[str, object]:
    counts = {
        name: one.severities[severity] if one.error is None else None
        for name, severity in SEVERITIES.items()
    }
    return {
        OWNER: one.organisation,
        "state": one.state,
        "error": one.error,
        "quads": one.quads,
        "data_sha256": one.sha256,
        **counts,
    }


def _bytes(table: str, rows: Rows) -> bytes:
    """Return rows as the bytes of a Parquet file."""
    schema = SCHEMAS[table]
    held = pa.table(
        {
            field.name: pa.array([_cell(r.get(field.name)) for r in rows], field.type)
            for field in schema
        },
        schema=schema,
    )
    buffer = io.BytesIO()
    pq.write_table(held, buffer, compression="zstd")
    return buffer.getvalue()


def _cell(value: object) -> object:
    """Return a value as it stands in a column: what has parts as JSON."""
    if isinstance(value, date):
        return value
    held = plain(value)
    if isinstance(held, list | dict):
        return json.dumps(held, ensure_ascii=False)
    return held
