"""The report as one table: a row for each counted provision of each edition and scope."""

from __future__ import annotations

import csv
import io

from crosswalk.report.values import Report

__all__ = ["COLUMNS", "as_csv"]

COLUMNS = (
    "edition",
    "scope",
    "as_of",
    "provision",
    "title",
    "status",
    "basis",
    "gap_kinds",
    "rule",
    "accepted",
    "engine",
    "data_sha256",
    "mapping_sets",
)


def as_csv(report: Report) -> str:
    """Return the status of every counted provision as CSV, in the order of the report.

    ``mapping_sets`` are those on whose rows the status rests, with their versions.
    """
    versions = {one.key: one.version for one in report.mapping_sets}
    rests: dict[str, list[str]] = {}
    for used in report.mapping_rows:
        named = f"{used.mapping_set} {versions.get(used.mapping_set, '')}".strip()
        for provision in used.provisions:
            rests.setdefault(provision, []).append(named)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for section in report.sections:
        for one in section.standings:
            writer.writerow(
                [
                    section.edition.edition,
                    section.scope,
                    report.as_of.isoformat(),
                    one.provision,
                    one.title,
                    one.status,
                    one.basis,
                    " ".join(one.gap_kinds),
                    one.rule,
                    one.accepted or "",
                    report.engine,
                    report.data_sha256,
                    "; ".join(
                        dict.fromkeys(rests.get(f"{section.edition.edition}:{one.provision}", ()))
                    ),
                ]
            )
    return buffer.getvalue()
