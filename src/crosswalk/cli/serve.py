"""The verb ``crosswalk serve``."""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

import click

from crosswalk import settings
from crosswalk.cli.options import Knowledge, knowledge_options
from crosswalk.cli.output import emit, note, progress
from crosswalk.errors import NotInstalledError, UnavailableError, UsageError
from crosswalk.resources import default_store
from crosswalk.verbs import as_row

__all__ = ["VERBS"]


@click.command(epilog="\b\nExample:\n  crosswalk serve --open-dataset scratch")
@click.option(
    "--store",
    metavar="DIR or ADDRESS",
    help="Where the knowledge is kept: a directory, or the address of a SPARQL 1.1 store, which "
    "has to hold it (crosswalk store load).  [default: the user's data directory]",
)
@click.option("--host", help="The address to listen at.  [default: 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="The port; 0 takes a free one.  [default: 8765]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Settings as TOML; the environment and the options win over it.",
)
@click.option(
    "--settings",
    "show",
    is_flag=True,
    help="Show every setting with the value in force and where that comes from.",
)
@click.option(
    "--open-dataset",
    "scratch",
    multiple=True,
    metavar="NAME",
    help="Serve an empty dataset that takes all writes, at /datasets/NAME. Loopback only. "
    "Repeatable.",
)
@knowledge_options
def serve(
    store: str | None,
    host: str | None,
    port: int | None,
    config: Path | None,
    show: bool,
    scratch: tuple[str, ...],
    knowledge: Knowledge,
) -> None:
    """Serve the knowledge over HTTP: SPARQL 1.1 Protocol, graph store, service description."""
    given = {"CROSSWALK_STORE": store, "CROSSWALK_HOST": host, "CROSSWALK_PORT": port}
    options = {variable: str(one) for variable, one in given.items() if one is not None}
    with settings.overlaid(options=options, file=config):
        settings.require_valid()
        if show:
            emit([as_row(one) for one in settings.in_force()], SETTING, format="table")
        else:
            _serve(scratch, knowledge)


SETTING = ["name", "value", "source", "meaning"]


def _serve(scratch: tuple[str, ...], knowledge: Knowledge) -> None:
    try:
        from crosswalk.web import server, serving
    except ImportError as error:
        raise NotInstalledError(
            f"the package {error.name!r} is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[serve]'.",
        ) from None
    host, port = settings.value("CROSSWALK_HOST"), settings.number("CROSSWALK_PORT")
    if scratch and host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(
            "an open dataset takes writes from anybody who reaches it",
            place="--open-dataset",
            remedy="Leave --host at 127.0.0.1.",
        )
    with tempfile.TemporaryDirectory(prefix="crosswalk-") as folder:
        with progress("opening the store"):
            app = serving.prepare(
                settings.value("CROSSWALK_STORE") or default_store(),
                scratch={name: Path(folder) / name for name in scratch},
                knowledge=knowledge.directories,
                shipped=knowledge.shipped,
                skip_bad=knowledge.skip_bad,
            )
        with _listening(host, port) as at:
            named = f"[{host}]" if ":" in host else host
            note(f"serving at http://{named}:{at.getsockname()[1]}/ (SPARQL at /sparql)")
            server.run(app, at, host=host, log=sys.stderr)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio would not switch Nagle's algorithm off: 40 ms an answer.
    at = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        at.bind((host, port))
        at.listen(2048)
    except OSError as error:
        at.close()
        raise UnavailableError(
            f"cannot listen: {error.strerror}",
            place=f"{host}:{port}",
            remedy="Name another --host or --port.",
        ) from None
    return at


VERBS = (serve,)
