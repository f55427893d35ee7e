"""Stores elsewhere for the tests: how Oxigraph and Apache Jena Fuseki are started."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from crosswalk.graph.client import Address

__all__ = ["free_port", "fuseki", "not_here", "oxigraph", "running"]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], address: str, folder: Path) -> Iterator[None]:
    """Run a store as long as this is entered, once it answers."""
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as server,
    ):
        try:
            for _ in range(300):
                with contextlib.suppress(httpx.TransportError):
                    if httpx.post(address, data={"query": "ASK {}"}).status_code == 200:
                        break
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield
        finally:
            server.kill()


def oxigraph(port: int, folder: Path) -> tuple[list[str], Address]:
    """Return the command and the address of an Oxigraph server."""
    program = Path(sys.executable).with_name("oxigraph")
    found = str(program) if program.is_file() else shutil.which("oxigraph")
    if found is None:
        not_here("the package oxigraph is not installed")
    base = f"http://127.0.0.1:{port}"
    command = [str(found), "serve", "--bind", f"127.0.0.1:{port}", "--location", str(folder / "db")]
    return command, Address(f"{base}/query", timeout=240)


def fuseki(port: int, folder: Path) -> tuple[list[str], Address]:
    """Return the command and the address of an Apache Jena Fuseki."""
    script = Path(__file__).with_name("fuseki.py")
    made = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        not_here(made.stderr.strip())
    command = [*json.loads(made.stdout), "--mem", "--update", "--localhost", "--port", str(port)]
    return [*command, "/ds"], Address(f"http://127.0.0.1:{port}/ds/sparql", timeout=240)


def not_here(reason: str) -> NoReturn:
    """Skip what needs a store that this machine has not; fail where it has to have it."""
    if os.environ.get("CI_REQUIRE_STORES"):
        pytest.fail(f"this machine has to have it: {reason}")
    pytest.skip(reason)
