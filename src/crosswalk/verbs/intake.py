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
    from crosswalk.models import Finding

__all__ = ["IMPORT", "add_evidence", "filled_template", "held", "import_source", "report"]

VIOLATION = "Violation"
IMPORT = ("place", "outcome", "subject", "added", "removed", "detail", "remedy", "changes")


def import_source(
    dataset: Dataset,
    source: Source,
    *,
    kind: str,
    folder: Path,
    accept_findings: bool = False,
    dry_run: bool = False,
) -> Answer:
    """Return what became of each row of a source, and import it unless something is refused.

    What it would change is validated together with all else in the folder. A violation that was
    not there before refuses it; a warning that was not is told.

    :param folder: of the organisation's evidence.
    :param accept_findings: whether it is imported in spite of violations, which are told.
    :param dry_run: change nothing, and tell what would change.
    :raises UsageError: if the kind, or an option of it, is unknown.
    """
    from crosswalk.intake import kinds
    from crosswalk.intake.merge import file_of, merge

    reading = kinds.read(source, kind, dataset)
    findings: list[Finding] = []
    if not reading.refused() and merge(folder, reading, dry_run=True).changes:
        others = _files(folder, without=file_of(source))
        findings = _found(dataset, reading, others, folder / file_of(source))
    return _merged(reading, folder, dry_run=dry_run, findings=findings, accept=accept_findings)


def _found(
    dataset: Dataset, reading: Reading, others: Sequence[Path], before: Path
) -> list[Finding]:
    """Return what a validation finds after an import and did not find before it.

    :param others: the files of evidence beside that of the source.
    :param before: the file of the source, as it was.
    """
    import pyoxigraph as ox

    from crosswalk import validation
    from crosswalk.namespaces import graph_iri

    source = reading.source
    graph = ox.NamedNode(graph_iri("org", source.organization, "evidence"))

    def read(files: Iterable[Path]) -> list[ox.Quad]:
        return [
            ox.Quad(one.subject, one.predicate, one.object, graph)
            for file in files
            for one in ox.parse(path=file, rename_blank_nodes=True)
        ]

    rest = read(others)
    said = [ox.Quad(one.subject, one.predicate, one.object, graph) for one in reading.triples]
    found = validation.validate(dataset, (), as_of=source.as_of, quads=[*rest, *said]).findings
    if not found:
        return []
    was = [*rest, *read([before] if before.exists() else [])]
    known = set(validation.validate(dataset, (), as_of=source.as_of, quads=was).findings)
    return [one for one in found if one not in known]


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

    files = _files(folder, without=without)
    return [quad.triple for path in files for quad in ox.parse(path=path)]


def _files(folder: Path, *, without: str = "") -> list[Path]:
    from crosswalk.errors import DataError
    from crosswalk.graph.knowledge import data_files

    if not folder.is_dir():
        return []
    try:
        return [path for path in data_files([folder]) if path != folder / without]
    except DataError:  # it holds no data
        return []


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


def _merged(
    reading: Reading,
    folder: Path,
    *,
    dry_run: bool,
    findings: Sequence[Finding] = (),
    accept: bool = False,
) -> Answer:
    from crosswalk.intake.merge import merge

    wrong = [] if accept else [one for one in findings if one.severity == VIOLATION]
    done: Merged | None = None
    if not reading.refused():
        done = merge(folder, reading, dry_run=dry_run or bool(wrong))
    rows = report(reading.lines, done.changes if done else ())
    rows += [_finding(one, refuses=one in wrong) for one in findings]
    if wrong:
        done = None
    return Answer(
        IMPORT,
        rows,
        heading=f"{reading.source.name} as {reading.kind}: {_counts(rows)}",
        notes=(_outcome(reading, done, dry_run=dry_run),),
    )


def _finding(finding: Finding, *, refuses: bool) -> dict[str, object]:
    """Return the row of what a validation finds wrong with what a source says."""
    return {
        "place": "",
        "outcome": "refused" if refuses else "finding",
        "subject": finding.focus,
        **_changed(None),
        "detail": f"{finding.severity}: {finding.message}",
        "remedy": "Correct the source, or import it with --accept-findings." if refuses else "",
    }


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
