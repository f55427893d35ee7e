"""Verbs that bring evidence in, with an account of every row."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from crosswalk.cli.options import (
    DateType,
    Knowledge,
    as_of_option,
    file_knowledge_options,
    output_options,
)
from crosswalk.cli.output import note, progress, tell
from crosswalk.errors import UsageError
from crosswalk.verbs import Answer

__all__ = ["VERBS", "evidence_group"]

SHOWN = ("place", "outcome", "subject", "added", "removed", "detail", "remedy")
DAYS = (
    ("collected_on", "when it was made or taken"),
    ("accepted_on", "when it was accepted"),
    ("effective_from", "from when it speaks"),
    ("effective_to", "until when it speaks"),
    ("expires_on", "from when it counts no more"),
    ("recorded_on", "when it was put on record"),
)
GIVEN = (
    ("label", "TEXT", "its name; default: the file's"),
    ("author", "KEY", "who made it"),
    ("owner", "KEY", "who answers for it"),
    ("accepted_by", "KEY", "who accepted it; not its author"),
    ("confidentiality", "WORD", "public, internal, confidential or restricted"),
    ("scope", "KEY", "the scope it belongs to"),
)


@click.command(
    "import",
    epilog="\b\nExample:\n  crosswalk import --template evidence.xlsx",
)
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--as", "kind", metavar="KIND", help="What the source is, such as workbook.")
@click.option("--org", metavar="ORG", help="The key of the organisation.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder of its evidence; default: ORG.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the workbook to fill: .xlsx, or a folder of CSV; with --data, filled.",
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What tells how a foreign table is read, for kinds that want it.",
)
@click.option("--edition", metavar="EDITION", help="Of citations that name none.")
@click.option(
    "--option",
    "told",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a kind may be told beside, such as system=hiring-tool.",
)
@click.option("--language", metavar="TAG", default="en", show_default=True, help="Of its labels.")
@click.option(
    "--accept-findings",
    is_flag=True,
    help="Import in spite of new violations of the shapes; they are told.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing; tell what would change.")
@as_of_option
@output_options()
@file_knowledge_options
def import_(
    source: Path | None,
    kind: str | None,
    org: str | None,
    data: Path | None,
    template: Path | None,
    mapping: Path | None,
    edition: str | None,
    told: tuple[str, ...],
    language: str,
    accept_findings: bool,
    dry_run: bool,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
) -> None:
    """Import SOURCE into an organisation's evidence: all of it, or nothing.

    The report says of every row whether it was mapped, passed over or refused, where, why, and
    what to do. What it says is validated with all else that is there: a violation that was not
    there before refuses it too, unless --accept-findings. If something is refused, nothing is
    written and the exit code is 3. The source is kept under its hash; importing it again changes
    nothing, importing an amended one of the same name changes what it says.
    """
    if template is not None:
        if source is not None:
            raise UsageError("--template takes no SOURCE", remedy="Leave SOURCE out.")
        _write_template(template, org, data, as_of, language, knowledge)
        return
    if source is None or kind is None or org is None:
        raise UsageError(
            "SOURCE, --as KIND and --org ORG are wanted",
            remedy="Write for example: crosswalk import evidence.xlsx --as workbook --org acme",
        )
    from crosswalk.intake import kinds
    from crosswalk.intake.sources import from_path
    from crosswalk.verbs import intake as verbs

    kinds.named(kind)
    options = {"language": language, **({"edition": edition} if edition else {})}
    for one in told:
        name, equals, value = one.partition("=")
        if not (name and equals and value):
            raise UsageError(f"{one!r} is no option", remedy="Write --option NAME=VALUE.")
        options[name] = value
    if mapping is not None:
        options |= {"map": _text(mapping), "map_name": mapping.name}
    held = from_path(source, org, as_of=as_of, options=options)
    with progress(f"reading {held.name}"):
        answer = verbs.import_source(
            knowledge.open_catalogue(),
            held,
            kind=kind,
            folder=data or Path(org),
            accept_findings=accept_findings,
            dry_run=dry_run,
        )
    _leave_with(answer, format, out)


def _leave_with(answer: Answer, format: str, out: Path | None) -> None:
    tell(answer, format=format, out=out, shown=SHOWN)
    if any(row["outcome"] == "refused" for row in answer.rows):
        sys.exit(3)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", place=str(path)) from None


def _write_template(
    target: Path,
    org: str | None,
    data: Path | None,
    as_of: date,
    language: str,
    knowledge: Knowledge,
) -> None:
    from crosswalk.intake.cells import Cells
    from crosswalk.intake.spreadsheets import as_csv_files, as_xlsx
    from crosswalk.verbs.intake import filled_template

    if data is not None and org is None:
        raise UsageError("--data wants --org", remedy="Name the organisation whose data it is.")
    if data is not None and not data.is_dir():
        raise UsageError("is no folder", place=str(data), remedy="Name a folder of evidence.")
    dataset = knowledge.open_catalogue()
    grid, left = filled_template(
        dataset, org or "acme", folder=data, as_of=as_of, language=language
    )
    suffix = target.suffix.casefold()
    if suffix not in (".xlsx", ""):
        raise UsageError(
            f"a template is not written as {suffix}",
            place=str(target),
            remedy="Name a file that ends with .xlsx, or a folder for CSV files.",
        )
    files = (
        {target: as_xlsx(grid, Cells(dataset, org or "acme", as_of=as_of, language=language))}
        if suffix
        else {target / name: held for name, held in as_csv_files(grid).items()}
    )
    try:
        for path, held in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(held)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", place=str(target)) from None
    for one in left[:10]:
        note(f"not carried: {one}")
    if len(left) > 10:
        note(f"not carried: {len(left) - 10} more triples")
    note(f"wrote {target}")


def _evidence_options(verb: Callable[..., None]) -> Callable[..., None]:
    for name, meaning in reversed(DAYS):
        option = f"--{name.replace('_', '-')}"
        verb = click.option(option, type=DateType(), help=f"Say {meaning}.")(verb)
    for name, metavar, meaning in reversed(GIVEN):
        verb = click.option(f"--{name.replace('_', '-')}", metavar=metavar, help=f"Say {meaning}.")(
            verb
        )
    return verb


@click.command(
    epilog="\b\nExample:\n  crosswalk evidence add examples/documents/ai-policy.md "
    "--for 'ISO 42001 5.2' --kind Policy \\\n"
    "    --key ai-policy-draft "
    "--org x-corporation --data examples/x-corporation --dry-run"
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--for", "citation", required=True, metavar="CITATION", help="What it is for.")
@click.option("--kind", required=True, help="What it is: Policy, Record, Log, TestReport, …")
@click.option("--org", required=True, metavar="ORG", help="The key of the organisation.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder of its evidence; default: ORG.",
)
@click.option("--key", default="", help="Its key; default: the name of the file.")
@click.option(
    "--implementation",
    default="",
    metavar="KEY",
    help="What it shows something about; default: the one that implements the provision.",
)
@_evidence_options
@click.option(
    "--take-dates",
    is_flag=True,
    help="Take the day of the last change that the file gives as --collected-on.",
)
@click.option("--edition", default="", metavar="EDITION", help="Of a citation that names none.")
@click.option("--dry-run", is_flag=True, help="Change nothing; tell what would change.")
@as_of_option
@output_options()
@file_knowledge_options
def add(
    file: Path,
    citation: str,
    kind: str,
    org: str,
    data: Path | None,
    key: str,
    implementation: str,
    take_dates: bool,
    edition: str,
    dry_run: bool,
    as_of: date,
    format: str,
    out: Path | None,
    knowledge: Knowledge,
    **said: str | date | None,
) -> None:
    """Add FILE as an item of evidence: kept with its hash, for what implements a provision.

    The days that the file gives for itself are told, and taken only with --take-dates.
    """
    from crosswalk.intake.files import Item
    from crosswalk.intake.metadata import offers, preferred
    from crosswalk.intake.sources import from_path
    from crosswalk.verbs import intake as verbs

    if file.is_dir():
        raise UsageError("is a folder", place=str(file), remedy="Name a file.")
    source = from_path(file, org, as_of=as_of)
    days = {name: value for name, value in said.items() if isinstance(value, date)}
    found = offers(source, changed=file.stat().st_mtime)
    for one in found:
        note(f"the file gives {one.day} ({one.what}, {one.said_by})")
    best = preferred(found)
    if take_dates and best is not None:
        if "collected_on" in days:
            raise UsageError("--take-dates and --collected-on both say when", remedy="Give one.")
        days["collected_on"] = best.day
        note(f"taken: collected on {best.day}")
    elif "collected_on" not in days:
        note("no day of collection: give --collected-on, or --take-dates to take that of the file")
    given = {name: value for name, value in said.items() if isinstance(value, str) and value}
    answer = verbs.add_evidence(
        knowledge.open_catalogue(),
        source,
        Item(citation, kind, key, implementation, given, days),
        folder=data or Path(org),
        edition=edition,
        dry_run=dry_run,
    )
    _leave_with(answer, format, out)


VERBS: tuple[click.Command, ...] = (import_,)


def evidence_group(group: type[click.Group]) -> click.Group:
    """Return the verbs of evidence.

    :param group: the class of the group, which names the nearest verbs.
    """

    @click.group(
        "evidence",
        cls=group,
        epilog="\b\nExample:\n  crosswalk evidence add examples/documents/ai-policy.md "
        "--for 'ISO 42001 5.2' --kind Policy \\\n"
        "    --key ai-policy-draft --org x-corporation --data examples/x-corporation --dry-run",
    )
    def evidence() -> None:
        """Add files as items of evidence."""

    evidence.add_command(add)
    return evidence
