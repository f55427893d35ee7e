"""What a change of evidence would do, found out before it is made: in a process that can be ended.

The document is read without loss, held to its organisation, and validated together with all else
that the organisation has. What it says is then written as it was validated, or not at all.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Container, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk import evidence, validation
from crosswalk.graph import Dataset
from crosswalk.graph.knowledge import ASSESSMENT_CLASSES
from crosswalk.graph.records import evidence_graphs
from crosswalk.models import Finding
from crosswalk.namespaces import expand, graph_iri
from crosswalk.verbs import plain
from crosswalk.verbs.assessment import FINDINGS

__all__ = ["checked"]

TYPE = ox.NamedNode(expand("rdf:type"))


def checked(dataset: Dataset, request: dict[str, Any]) -> bytes:
    """Return, as JSON, what a change would write and what is found wrong with it.

    :param dataset: the organisation's.
    :param request: ``organisation``, ``as_of``, ``documents``: graph → path and media type of what
        is kept, and ``changes``: of each document ``graph``, ``action`` (put, amend or withdraw),
        ``body`` and ``media_type``.
    :raises DataError: if a document does not parse, or speaks of what is not the organisation's.
    """
    documents = request["documents"]
    before: list[ox.Quad] = []
    written: dict[str, list[ox.Quad]] = {}
    judges = False
    for change in request["changes"]:
        graph, action = change["graph"], change["action"]
        held = _kept(documents, graph)
        sent: list[ox.Quad] = []
        if action != "withdraw":
            sent = evidence.read(
                base64.b64decode(change["body"]),
                change["media_type"],
                graph=graph,
                owner=graph_iri("org", request["organisation"]) + "/",
            )
        written[graph] = evidence.amended(held, sent) if action == "amend" else sent
        judges |= _assesses(written[graph]) or (action == "withdraw" and _assesses(held))
        before += held
    after = [quad for quads in written.values() for quad in quads]
    rest = _rest(dataset, request["organisation"], documents, without=written)
    day = date.fromisoformat(request["as_of"])
    found = validation.validate(dataset, (), as_of=day, quads=[*rest, *after]).findings
    wrong = [one for one in found if one.severity == "Violation"]
    if wrong:
        # What was wrong before, as by the passing of a day, is no reason to refuse a change.
        known = validation.validate(dataset, (), as_of=day, quads=[*rest, *before]).findings
        wrong = _new(wrong, known)
    return json.dumps(
        {
            "quads": {
                graph: base64.b64encode(evidence.as_nquads(quads)).decode()
                for graph, quads in written.items()
            },
            "violations": _rows(wrong),
            "findings": _rows(one for one in found if one.severity != "Violation" or one in wrong),
            "assesses": judges,
        }
    ).encode()


def _kept(documents: dict[str, list[str]], graph: str) -> list[ox.Quad]:
    if graph not in documents:
        return []
    path, media_type = documents[graph]
    return evidence.read(Path(path).read_bytes(), media_type, graph=graph)


def _rest(
    dataset: Dataset,
    organisation: str,
    documents: dict[str, list[str]],
    *,
    without: Container[str],
) -> list[ox.Quad]:
    """Return all that an organisation has beside some documents: as sent, where that is kept.

    What came by another way, such as an update, is as the store has it.
    """
    found: list[ox.Quad] = []
    home = graph_iri("org", organisation) + "/"
    for graph in evidence_graphs(dataset):
        if graph in without or not graph.startswith(home):
            continue
        found += _kept(documents, graph) if graph in documents else dataset.quads(graph)
    return found


def _new(found: Sequence[Finding], held: Iterable[Finding]) -> list[Finding]:
    known = set(held)
    return [one for one in found if one not in known]


def _rows(found: Iterable[Finding]) -> list[Any]:
    return [plain({name: getattr(one, name) for name in FINDINGS}) for one in found]


def _assesses(quads: Iterable[ox.Quad]) -> bool:
    """Return whether something judges: that takes another scope than to write."""
    return any(
        one.predicate == TYPE
        and isinstance(one.object, ox.NamedNode)
        and one.object.value in ASSESSMENT_CLASSES
        for one in quads
    )
