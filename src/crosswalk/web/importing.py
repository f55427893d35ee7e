"""What an import would say, found out before it is made: in a process that can be ended."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import evidence
from crosswalk.graph import Dataset
from crosswalk.intake import kinds
from crosswalk.intake.merge import as_turtle, difference
from crosswalk.intake.sources import from_bytes
from crosswalk.verbs import plain
from crosswalk.verbs.intake import IMPORT, report

__all__ = ["imported"]


def imported(dataset: Dataset, request: dict[str, Any]) -> bytes:
    """Return, as JSON, what a source says and what became of each of its rows.

    :param dataset: the organisation's.
    :param request: ``organisation``, ``as_of``, ``kind``, ``name``, ``body``, ``options`` and
        ``before``: graph, path and media type of what it said before, or null.
    :raises UsageError: if the name or an option is wrong.
    """
    source = from_bytes(
        request["name"],
        base64.b64decode(request["body"]),
        request["organisation"],
        as_of=date.fromisoformat(request["as_of"]),
        options=request["options"],
    )
    reading = kinds.read(source, request["kind"], dataset.knowledge)
    before: list[ox.Triple] = []
    if request["before"] is not None:
        graph, path, media_type = request["before"]
        quads = evidence.read(Path(path).read_bytes(), media_type, graph=graph)
        before = [one.triple for one in quads]
    refused = reading.refused()
    changes = [] if refused else difference(before, reading.triples)
    rows = report(reading.lines, changes)
    first = f"{refused[0].place}: {refused[0].detail}. {refused[0].remedy}" if refused else ""
    return json.dumps(
        {
            "rows": [plain({name: row[name] for name in IMPORT}) for row in rows],
            "refused": len(refused),
            "first": first,
            "turtle": base64.b64encode(as_turtle(reading)).decode(),
        }
    ).encode()
