"""The verb ``crosswalk serve``."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import click

from crosswalk.cli.options import Knowledge, knowledge_options
from crosswalk.cli.output import note, progress
from crosswalk.errors import UnavailableError, UsageError
from crosswalk.resources import default_store

__all__ = ["VERBS"]


@click.command(epilog="\b\nExample:\n  crosswalk serve --open-dataset scratch")
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the knowledge is kept.  [default: the user's data directory]",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="The port; 0 takes a free one.",
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
    store: Path | None, host: str, port: int, scratch: tuple[str, ...], knowledge: Knowledge
) -> None:
    """Serve the knowledge over HTTP: SPARQL 1.1 Protocol, graph store, service description."""
    try:
        import uvicorn

        from crosswalk.web import serving
    except ImportError as error:
        raise UnavailableError(
            f"the package {error.name!r} is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[serve]'.",
        ) from None
    if scratch and host not in ("127.0.0.1", "::1", "localhost"):
        raise UsageError(
            "an open dataset takes writes from anybody who reaches it",
            place="--open-dataset",
            remedy="Leave --host at 127.0.0.1.",
        )
    with tempfile.TemporaryDirectory(prefix="crosswalk-") as folder:
        with progress("opening the store"):
            app = serving.prepare(
                store or default_store(),
                scratch={name: Path(folder) / name for name in scratch},
                knowledge=knowledge.directories,
                shipped=knowledge.shipped,
                skip_bad=knowledge.skip_bad,
            )
        with _listening(host, port) as at:
            named = f"[{host}]" if ":" in host else host
            note(f"serving at http://{named}:{at.getsockname()[1]}/ (SPARQL at /sparql)")
            config = uvicorn.Config(app, log_level="warning", access_log=False)
            uvicorn.Server(config).run(sockets=[at])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise UnavailableError(
            f"cannot listen: {error.strerror}",
            place=f"{host}:{port}",
            remedy="Name another --host or --port.",
        ) from None


VERBS = (serve,)
