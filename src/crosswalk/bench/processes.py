"""A side in its own process, asked by one command after the other, each with a time limit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from types import TracebackType
from typing import Any

__all__ = ["Process", "Unfinished"]


class Unfinished(Exception):
    """A side did not answer within its time; it has been ended."""


class Process:
    """A side that runs.

    :param name: one of the sides of ``crosswalk.bench.side``.
    """

    def __init__(self, name: str) -> None:
        self.child = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "crosswalk.bench.side", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"CROSSWALK_MAX_FILE_MB": "100000"},
        )

    def __enter__(self) -> Process:
        """Return the side."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the side."""
        self.child.kill()
        self.child.__exit__(kind, error, trace)

    def do(self, command: str, *, limit: float, **given: object) -> dict[str, Any]:
        """Return what the side says of a command.

        :param limit: seconds that it has.
        :raises Unfinished: if it has not answered by then.
        """
        stdin, stdout = self.child.stdin, self.child.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        stdin.write(json.dumps([command, given]).encode() + b"\n")
        stdin.flush()
        if not select.select([stdout], [], [], limit)[0]:
            self.child.kill()
            raise Unfinished
        line = stdout.readline()
        return json.loads(line) if line else {"fault": "the process ended"}
