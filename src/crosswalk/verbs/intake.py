"""The verbs that bring evidence in: sources of other programs, and files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.verbs.values import Answer

if TYPE_CHECKING:
    import pyoxigraph as ox

    from crosswalk.graph import Dataset
    from crosswalk.intake import Line, Reading, Source
    from crosswalk.intake.files import Item
    from crosswalk.intake.merge import Change, Merged
    from crosswalk.intake.workbook import Grid

__all__ = ["IMPORT", "add_evidence", "filled_template", "held", "import_source", "report"]

IMPORT = ("place", "outcome", "subject", "added", "removed", "detail", "remedy", "changes")


def import_source(
    dataset: Dataset, source: Source, *, kind: str, folder: Path, dry_run: bool = False
) -> Answer:
    """Return what became of each row of a source, and import it unless a row is refused.

    :param folder: of the organisation's evidence.
    :param dry_run: change nothing, and tell what would change.
    :raises UsageError: if the kind, or an option of it, is unknown.
    """
    from crosswalk.intake import kinds

    return _merged(kinds.read(source, kind, dataset), folder, dry_run=dry_run)


def add_evidence(
    dataset: Dataset,
    source: Source,
    item: Item,
    *,
    folder: Path,
    edition: str = "",
    dry_run: bool = False,
) -> Answer:
    """Return what a file became as an item of evidence, and keep it.

    :param edition: of a citation that names none.
    :raises UsageError: if the citation or something that is given is wrong.
    """
    from crosswalk.intake.cells import Cells
    from crosswalk.intake.files import described
    from crosswalk.intake.merge import file_of

    cells = Cells(dataset, source.organization, as_of=source.as_of, edition=edition)
    reading = described(source, item, held(folder, without=file_of(source)), cells)
    return _merged(reading, folder, dry_run=dry_run)


def filled_template(
    dataset: Dataset, organization: str, *, folder: Path | None, as_of: date, language: str = "en"
) -> tuple[Grid, list[ox.Triple]]:
    """Return the sheets of the workbook, and the triples that they do not carry.

    :param folder: of evidence that fills them; default: an example row in each.
    """
    from crosswalk.intake.cells import Cells
    from crosswalk.intake.spreadsheets import template
    from crosswalk.intake.workbook import grids

    cells = Cells(dataset, organization, as_of=as_of, language=language)
    if folder is None:
        return template(cells), []
    return grids(held(folder), cells)


def held(folder: Path, *, without: str = "") -> list[ox.Triple]:
    """Return what a folder of evidence says; nothing if it is not there.

    :param without: the name of a file in it that is left out.
    """
    import pyoxigraph as ox

    from crosswalk.errors import DataError
    from crosswalk.graph.knowledge import data_files

    if not folder.is_dir():
        return []
    try:
        files = [path for path in data_files([folder]) if path != folder / without]
    except DataError:  # it holds no data
        return []
    return [quad.triple for path in files for quad in ox.parse(path=path)]


def report(lines: Sequence[Line], changes: Iterable[Change]) -> list[dict[str, object]]:
    """Return a row for each line, and one for each resource that changes beside them.

    What changes of a resource stands in its first row.
    """
    left = {one.subject: one for one in changes}
    rows: list[dict[str, object]] = []
    for line in lines:
        change = left.pop(line.subject, None) if line.subject else None
        rows.append(
            {
                "place": line.place,
                "outcome": str(line.outcome),
                "subject": line.subject,
                **_changed(change),
                "detail": line.detail,
                "remedy": line.remedy,
            }
        )
    for change in left.values():
        gone = not change.added
        rows.append(
            {
                "place": "",
                "outcome": "gone" if gone else "mapped",
                "subject": change.subject,
                **_changed(change),
                "detail": "is no longer said by this source" if gone else "is said by other rows",
                "remedy": "",
            }
        )
    return rows


def _changed(change: Change | None) -> dict[str, object]:
    added = change.added if change else ()
    removed = change.removed if change else ()
    return {
        "added": len(added),
        "removed": len(removed),
        "changes": [*(f"- {one}" for one in removed), *(f"+ {one}" for one in added)],
    }


def _merged(reading: Reading, folder: Path, *, dry_run: bool) -> Answer:
    from crosswalk.intake.merge import merge

    refused = reading.refused()
    done: Merged | None = None
    if not refused:
        done = merge(folder, reading, dry_run=dry_run)
    rows = report(reading.lines, done.changes if done else ())
    return Answer(
        IMPORT,
        rows,
        heading=f"{reading.source.name} as {reading.kind}: {_counts(rows)}",
        notes=(_outcome(reading, done, dry_run=dry_run),),
    )


def _counts(rows: Sequence[dict[str, object]]) -> str:
    outcomes = [str(row["outcome"]) for row in rows if row["place"]]
    told = ", ".join(
        f"{outcomes.count(one)} {one.replace('-', ' ')}"
        for one in ("mapped", "passed-over", "refused")
    )
    added, removed = (sum(int(str(row[one])) for row in rows) for one in ("added", "removed"))
    return f"{told}; {added} triples added, {removed} removed"


def _outcome(reading: Reading, done: Merged | None, *, dry_run: bool) -> str:
    if done is None:
        return "something is refused, so nothing was imported"
    if dry_run:
        return "tried only: nothing was written"
    if not done.written:
        return f"nothing changed: {done.file} says this already"
    return f"wrote {done.file}; the source is kept as {done.source}"
