"""What the questions behind statuses read of the evidence, and which items a change touches.

A question of the library gives rows of items: of evidence, of results, of certificates. Each of its
properties stands here with the way that leads to it from the item. A changed statement is followed
back along these ways, in the state after the change: where a way itself was cut, the cut is a
changed statement too, and nearer to the item. So no item is missed whose rows can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from crosswalk.graph import Dataset
from crosswalk.graph.changes import Change
from crosswalk.namespaces import expand

__all__ = [
    "ACCEPTANCES",
    "CERTIFICATES",
    "CERTIFIED",
    "CHANGES",
    "DECISIONS",
    "EVIDENCE",
    "IMPLEMENTATIONS",
    "MOST",
    "RESULTS",
    "SCOPES",
    "SOURCES",
    "SYSTEMS",
    "Source",
    "Thing",
]

MOST = 500
"""How many items are asked for one by one; of more, all are asked for together."""
LOOKED = 20_000
"""How many statements are followed back."""

Thing = ox.NamedNode | ox.BlankNode
Way = tuple[ox.NamedNode, ...]


@dataclass(frozen=True)
class Source:
    """A question of the library, and what it reads.

    :param name: of the question.
    :param known_by: the property that each item has; with a class, its type.
    :param reads: way from the item, as properties joined by ``/`` → the properties read there.
    :param always: properties that touch every item, whatever has them.
    """

    name: str
    known_by: str
    reads: Mapping[str, str]
    always: str = ""

    def touched(self, change: Change, dataset: Dataset) -> frozenset[Thing] | None:
        """Return the items whose rows can differ after a change; None: any of them.

        :param dataset: after the change.
        """
        everywhere, ways = self._always, self._ways
        mark, kind = self._mark
        named = {
            q.subject for q in change.quads if q.predicate == mark and kind in (None, q.object)
        }
        found: set[Thing] = set()
        asked: set[tuple[Way, Thing]] = set()
        looked = 0
        for quad in change.quads:
            if quad.predicate in everywhere:
                return None
            for way in ways.get(quad.predicate, ()):
                start = quad.subject
                if not isinstance(start, Thing) or (way, start) in asked:
                    continue
                asked.add((way, start))
                for item in _back(dataset, way, start):
                    looked += 1
                    if looked > LOOKED:
                        return None
                    if item in found:
                        continue
                    if item in named or next(dataset.matching(item, mark, kind), None):
                        if isinstance(item, ox.BlankNode) or len(found) == MOST:
                            return None
                        found.add(item)
        return frozenset(found)

    @property
    def properties(self) -> frozenset[str]:
        """All properties that it reads, as IRIs."""
        return frozenset(one.value for one in (*self._ways, *self._always))

    @cached_property
    def _mark(self) -> tuple[ox.NamedNode, ox.NamedNode | None]:
        head, _, kind = self.known_by.partition(" ")
        return _node(head), _node(kind) if kind else None

    @cached_property
    def _always(self) -> frozenset[ox.NamedNode]:
        return frozenset(_nodes(self.always))

    @cached_property
    def _ways(self) -> dict[ox.NamedNode, list[Way]]:
        found: dict[ox.NamedNode, list[Way]] = {}
        for way, properties in self.reads.items():
            steps = tuple(_node(one) for one in way.split("/") if one)
            for one in _nodes(properties):
                found.setdefault(one, []).append(steps)
        return found


def _node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


def _nodes(curies: str) -> Iterable[ox.NamedNode]:
    return [_node(one) for one in curies.split()]


def _back(dataset: Dataset, way: Way, thing: Thing) -> Iterator[Thing]:
    """Yield what a way leads from to something."""
    if not way:
        yield thing
        return
    for quad in dataset.matching(None, way[-1], thing):
        if isinstance(quad.subject, Thing):
            yield from _back(dataset, way[:-1], quad.subject)


EVIDENCE = Source(
    "coverage/evidence-items",
    "cw:evidenceFor",
    {
        "": "cw:evidenceFor cw:effectiveFrom cw:effectiveTo cw:expiresOn cw:file cw:recordedOn "
        "cw:author cw:acceptedBy cw:acceptedOn cw:collectedOn cw:sha256 cw:inScope rdf:type "
        "rdfs:label cw:owner",
        "rdf:type": "cw:maximumAgeDays rdfs:label",
        "cw:owner": "rdfs:label",
    },
)
IMPLEMENTATIONS = Source(
    "coverage/implementations",
    "rdf:type cw:ControlImplementation",
    {
        "": "rdf:type cw:implements rdfs:label cw:owner cw:implementationStatus cw:inScope",
        "cw:owner": "rdfs:label",
        "cw:implementationStatus": "skos:notation",
    },
)
RESULTS = Source(
    "coverage/assessment-results",
    "cw:resultOf",
    {
        "": "cw:resultOf earl:test cw:outcome earl:subject cw:finding",
        "cw:resultOf": "cw:assessedOn cw:acceptedBy cw:acceptedOn cw:recordedOn rdfs:label "
        "cw:assessor cw:inScope",
        "cw:resultOf/cw:assessor": "rdfs:label",
    },
)
SCOPES = Source(
    "coverage/scopes",
    "rdf:type cw:Scope",
    {"": "rdf:type rdfs:label cw:scopeOf"},
    always="cw:includesScope",
)
CERTIFICATES = Source(
    "coverage/certificates",
    "rdf:type cw:Certificate",
    {
        "": "rdf:type cw:certifies cw:validFrom cw:validTo rdfs:label cw:inScope "
        "cw:certificationBody cw:underSoA cw:recordedOn",
        "cw:certifies": "cw:editionKey",
        "cw:certificationBody": "rdfs:label",
    },
)
CERTIFIED = Source(
    "coverage/certified-decisions",
    "cw:forEdition",
    {
        "": "cw:forEdition cw:approvedOn cw:version cw:decision",
        "cw:forEdition": "cw:editionKey",
        "cw:decision": "cw:provision cw:applicable",
    },
)
DECISIONS = Source(
    "coverage/applicability-decisions",
    "cw:forEdition",
    {
        "": "cw:forEdition cw:approvedOn cw:recordedOn rdfs:label cw:profileKind cw:version "
        "cw:inScope cw:decision",
        "cw:forEdition": "cw:editionKey",
        "cw:decision": "cw:provision cw:applicable cw:justification cw:approvedBy cw:implementedBy",
        "cw:decision/cw:implementedBy": "rdfs:label",
    },
)
ACCEPTANCES = Source(
    "coverage/acceptances",
    "rdf:type cw:InferenceAcceptance",
    {
        "": "rdf:type cw:provision cw:acceptedOn cw:acceptedBy cw:justification cw:recordedOn "
        "cw:inScope cw:acceptedPath"
    },
)
SYSTEMS = Source(
    "applicability/system-facts",
    "rdf:type airo:AISystem",
    {
        "": "rdf:type rdfs:label cw:operatedBy cw:annexIIIPoint cw:placedOnMarket "
        "cw:putIntoService cw:designChange cw:purpose cw:roleHeld cw:riskClass "
        "cw:meetsCondition cw:failsCondition",
        "cw:roleHeld": "skos:notation",
        "cw:riskClass": "skos:notation",
        "cw:meetsCondition": "skos:notation",
        "cw:failsCondition": "skos:notation",
        "cw:operatedBy": "rdfs:label cw:meetsCondition cw:failsCondition",
        "cw:operatedBy/cw:meetsCondition": "skos:notation",
        "cw:operatedBy/cw:failsCondition": "skos:notation",
    },
    always="cw:includesSystem",
)
CHANGES = Source(
    "applicability/design-changes",
    "cw:designChange",
    {
        "": "cw:designChange cw:operatedBy",
        "cw:designChange": "cw:changedOn rdfs:label cw:changedBy cw:significant "
        "cw:substantialModification cw:settledBy",
    },
)
SOURCES = (
    EVIDENCE,
    IMPLEMENTATIONS,
    RESULTS,
    SCOPES,
    CERTIFICATES,
    CERTIFIED,
    DECISIONS,
    ACCEPTANCES,
    SYSTEMS,
    CHANGES,
)
"""All that a status is found from, beside the public knowledge."""
