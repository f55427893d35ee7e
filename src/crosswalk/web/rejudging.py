"""The statuses that a service has found out, against those that are found from nothing.

A service carries over what it has found and renews what a change touches. Here nothing is carried
over: whatever differs is a fault of the renewal, or of the disk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from crosswalk.graph import Dataset, upkeep
from crosswalk.graph.checkpoints import Home
from crosswalk.graph.stores import organisations
from crosswalk.holdings import Finding
from crosswalk.namespaces import graph_iri
from crosswalk.web.journal import Journal
from crosswalk.web.judging import statuses

__all__ = ["Compared", "compared"]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison found.

    :param organisations: whose statuses were compared.
    :param later: whose statuses are not those of their newest state yet, or were never asked for.
    """

    organisations: tuple[str, ...]
    later: tuple[str, ...]
    findings: tuple[Finding, ...]


def compared(directory: str | Path) -> Compared:
    """Return how the statuses that a service has found out differ from those found from nothing.

    :param directory: the service's; it may run meanwhile.

    >>> compared("nowhere")
    Compared(organisations=(), later=(), findings=())
    """
    root = Path(directory).absolute()
    beside = (root / "organisations").is_dir() and upkeep.served(root)
    known: dict[str, Dataset] = {}
    done: list[str] = []
    later: list[str] = []
    findings: list[Finding] = []
    for name, path in organisations(root).items():
        home, journal = Home(path), Journal(path)
        judged = journal.judged()
        state = max(home.generations(), default=0), home.knowledge
        if judged is None or (judged.generation, judged.knowledge) != state:
            later.append(name)
            continue
        with upkeep.reading(path, beside=beside) as store:
            about = known.setdefault(home.knowledge, Dataset())
            if not about.graphs():
                about.add(_public(store))
            dataset = Dataset(store=store, apart=about)
            found = json.loads(json.dumps(statuses(dataset, date.fromisoformat(judged.day))))
        told = journal.statuses()
        if told is None or journal.judged() != judged or max(home.generations()) != state[0]:
            later.append(name)
            continue
        done.append(name)
        place = path.relative_to(root).as_posix()
        findings += [Finding(place, one) for one in _differences(told["scopes"], found)]
    return Compared(tuple(done), tuple(later), tuple(findings))


def _public(store: ox.Store) -> list[ox.Quad]:
    own = graph_iri("org", "")
    return [
        quad
        for graph in store.named_graphs()
        if isinstance(graph, ox.NamedNode) and not graph.value.startswith(own)
        for quad in store.quads_for_pattern(None, None, None, graph)
    ]


def _differences(told: dict[str, Any], found: dict[str, Any]) -> list[str]:
    if told.keys() != found.keys():
        scopes = sorted(told.keys() ^ found.keys())
        return [f"the scopes with statuses are other ones: {', '.join(scopes)}"]
    differing = []
    for iri, one in sorted(found.items()):
        for edition, provisions in one["statuses"].items():
            was = told[iri]["statuses"].get(edition, {})
            differing += [
                f"{edition}:{provision} in {one['label']} is told to be {_said(was, provision)}, "
                f"and found anew it is {_said(provisions, provision)}"
                for provision in sorted(provisions.keys() | was.keys())
                if was.get(provision) != provisions.get(provision)
            ]
    return differing


def _said(statuses: dict[str, list[str]], provision: str) -> str:
    return " because ".join(statuses.get(provision, ["absent"]))
