"""The verbs ``crosswalk keys create|list|revoke`` and ``crosswalk audit log|verify``."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosswalk.cli.options import DateType, output_options, store_option
from crosswalk.cli.output import emit, note, progress
from crosswalk.errors import UsageError
from crosswalk.verbs import as_row

if TYPE_CHECKING:
    from crosswalk.access import Key

__all__ = ["audit_group", "keys_group", "user"]

KEY = ["id", "name", "organisation", "scopes", "created", "expires", "revoked", "valid"]
ISSUED = ["id", "name", "organisation", "scopes", "expires", "key"]
RECORD = [
    "seq",
    "time",
    "who",
    "key",
    "action",
    "organisation",
    "graphs",
    "before",
    "after",
    "sent",
    "outcome",
    "detail",
    "of",
    "torn",
    "previous",
]
SHOWN = [
    "seq",
    "time",
    "who",
    "action",
    "organisation",
    "graphs",
    "before",
    "after",
    "outcome",
    "detail",
]
FAULT = ["line", "offence"]


def keys_group(kind: type[click.Group]) -> click.Group:
    """Return the group of the verbs of keys."""

    @click.group("keys", cls=kind, epilog="\b\nExample:\n  crosswalk keys list")
    def keys() -> None:
        """Create, list and revoke the keys of the service; it may be running.

        A key belongs to an organisation, whose graphs it sees beside the library, or to an
        operator, who acts in every organisation that is named. It is shown once.
        """

    for verb in (create, list_, revoke):
        keys.add_command(verb)
    return keys


def audit_group(kind: type[click.Group]) -> click.Group:
    """Return the group of the verbs of the audit log."""

    @click.group("audit", cls=kind, epilog="\b\nExample:\n  crosswalk audit log --format csv")
    def audit() -> None:
        """Read and check the audit log of the service; it may be running."""

    for verb in (log, verify):
        audit.add_command(verb)
    return audit


def user() -> str:
    """Return who is at the command line, as far as the system knows."""
    import getpass

    try:
        return f"shell:{getpass.getuser()}"
    except (KeyError, OSError):
        return "shell"


@click.command(
    epilog="\b\nExample:\n  crosswalk keys create importer --organisation acme --scope read "
    "--scope write"
)
@click.argument("name")
@click.option("--organisation", metavar="ORG", help="Whose key it is.")
@click.option("--operator", is_flag=True, help="Make it a key of the whole service instead.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="SCOPE",
    help="What it may do: read, write, assess or admin. Repeatable; none implies another.",
)
@click.option("--expires", type=DateType(), help="The last day on which it is valid, UTC.")
@store_option
@output_options()
def create(
    name: str,
    organisation: str | None,
    operator: bool,
    scopes: tuple[str, ...],
    expires: date | None,
    store: Path,
    format: str,
    out: Path | None,
) -> None:
    """Create a key. It is shown now and never again: what is kept is a hash."""
    from crosswalk.access import Keys
    from crosswalk.graph.checkpoints import Home

    if (organisation is None) is not operator:
        raise UsageError(
            "one of --organisation and --operator is wanted",
            remedy="Name the organisation whose data the key may see.",
        )
    Home(store.absolute()).prepare()
    issued = Keys(store).create(name, organisation, scopes, expires=expires, who=user())
    row = {**_row(issued.key), "key": issued.token}
    emit([row], ISSUED, format=format, out=out, shown=["id", "key"])
    note("the key is shown this once; keep it as a secret")


@click.command("list", epilog="\b\nExample:\n  crosswalk keys list --format json")
@store_option
@output_options()
def list_(store: Path, format: str, out: Path | None) -> None:
    """List all keys, revoked and expired ones too, without anything secret."""
    from crosswalk.access import Keys

    emit([_row(key) for key in Keys(store).listed()], KEY, format=format, out=out)


@click.command(epilog="\b\nExample:\n  crosswalk keys revoke k3x7q2m5ab")
@click.argument("id")
@store_option
@output_options()
def revoke(id: str, store: Path, format: str, out: Path | None) -> None:
    """Revoke a key. A running service refuses it from the next request on."""
    from crosswalk.access import Keys

    emit([_row(Keys(store).revoke(id, who=user()))], KEY, format=format, out=out)


@click.command(epilog="\b\nExample:\n  crosswalk audit log --since 2026-11-01 --limit 20")
@click.option("--since", type=DateType(), help="Leave out what is older than this day, UTC.")
@click.option("--organisation", metavar="ORG", help="Only what an organisation's callers did.")
@click.option("--limit", type=click.IntRange(min=1), help="The newest so many.")
@store_option
@output_options()
def log(
    since: date | None,
    organisation: str | None,
    limit: int | None,
    store: Path,
    format: str,
    out: Path | None,
) -> None:
    """Show who changed what and what became of it, oldest first.

    A change is recorded as begun and then with its outcome; here stands the newest of the two.
    """
    from crosswalk import access

    with progress("reading the log"):
        records = access.read(store, since=since, organisation=organisation, limit=limit)
    emit([one.row() for one in records], RECORD, format=format, out=out, shown=SHOWN)


@click.command(epilog="\b\nExample:\n  crosswalk audit verify")
@click.option(
    "--expect",
    metavar="SHA256",
    help="The hash of a record that was noted elsewhere; it must be in the log.",
)
@store_option
@output_options()
def verify(expect: str | None, store: Path, format: str, out: Path | None) -> None:
    """Check that no record was changed, removed, moved, added or cut off.

    Exit 1 with the line of the first broken link. Who may write the log and its head file can
    make both anew: note the hash that is printed where they cannot, and expect it.
    """
    from crosswalk import access

    with progress("checking the log"):
        found = access.verify(store, expect=expect)
    faults = [as_row(found.fault)] if found.fault else []
    heading = f"{found.records} records, the newest {found.sha256}"
    emit(faults, FAULT, format=format, out=out, heading=heading)
    if faults:
        sys.exit(1)


def _row(key: Key) -> dict[str, object]:
    return {
        **as_row(key),
        "scopes": sorted(scope.value for scope in key.scopes),
        "valid": key.valid(datetime.now(UTC).date()),
    }
