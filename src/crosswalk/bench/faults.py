"""What can be wrong with a record, kind by kind, so that each shape has something to find.

A fault is what the record says instead: nothing, another value, or what is worked out from the
rest. The faults of a kind are taken in turn, by one record in so many (``FAULTY``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from crosswalk.bench.terms import Said, Value, whole

__all__ = ["FAULTS", "FAULTY", "faulty"]

Change = Value | Callable[[Said], Value]
Fault = Mapping[str, Change]

FAULTY = {
    "evidence": 16,
    "result": 20,
    "implementation": 12,
    "decision": 20,
    "measurement": 6,
    "risk": 4,
    "treatment": 5,
    "nonconformity": 3,
    "action": 6,
    "assessment": 5,
    "system": 5,
    "trigger": 4,
    "audit": 3,
    "review": 3,
    "statement": 3,
    "criteria": 2,
}
"""Kind → one record in so many is faulty; 4 of the kinds that are not named."""

AFTER = '"2027-06-01"^^xsd:date'
BEFORE = '"2019-01-01"^^xsd:date'
MOMENT = '"2026-05-05T12:00:00Z"^^xsd:dateTime'
NOBODY: Fault = {"cw:owner": None}
NAMELESS: Fault = {"rdfs:label": None}


def _of(name: str) -> Callable[[Said], Value]:
    return lambda said: said.get(name)


def _first(name: str) -> Callable[[Said], Value]:
    return lambda said: _many(said, name)[:1]


def _without_first(name: str) -> Callable[[Said], Value]:
    return lambda said: _many(said, name)[1:]


def _and(name: str, *more: str) -> Callable[[Said], Value]:
    return lambda said: (*_many(said, name), *map(whole, more))


def _many(said: Said, name: str) -> tuple[str, ...]:
    value = said.get(name) or ()
    return (value,) if isinstance(value, str) else value


DATED = '"5 May 2026"'
UNCARRIED = "<https://w3id.org/aigov-crosswalk/id/iso-42001-2023/Z.9>"
NOT_CARRIED = "<https://w3id.org/aigov-crosswalk/id/atlantis-1999/1>"

FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "system": (
        {"cw:purpose": None, "cw:lifeCyclePhase": '"operation"'},
        {"cw:roleHeld": None, "cw:riskClass": '"high"'},
        {"cw:annexIIIPoint": NOT_CARRIED},
        {"rdfs:label": None, "cw:operatedBy": '"Acme"', "cw:purpose": '" "'},
        {"cw:lifeCyclePhase": ("cw:deployment", "cw:retirement")},
    ),
    "change": ({"cw:changedOn": None}, NAMELESS, {"cw:changedOn": MOMENT}),
    "trigger": (
        {"cw:occurredOn": '"2026-11-19"^^xsd:date', "cw:dueOn": None},
        {"cw:triggerKind": '"update"', "rdfs:label": None},
        {"cw:occurredOn": DATED, "cw:dueOn": (AFTER, MOMENT)},
        {"cw:forSystem": None, "cw:triggerKind": ("cw:new-purpose", "cw:new-population")},
    ),
    "risk-assessment": (
        {"cw:assessor": None, "cw:usesCriteria": None},
        {"cw:assessedOn": MOMENT, "cw:forSystem": '"the system"'},
    ),
    "implementation": (
        {"cw:implements": UNCARRIED},
        {"cw:owner": None, "cw:implementationStatus": '"done"'},
        {"rdfs:label": None, "cw:implements": None},
        {"cw:implementationStatus": ("cw:planned", "cw:implemented"), "cw:owner": '"Ann"'},
        {"cw:implements": _and("cw:implements", NOT_CARRIED)},
    ),
    "evidence": (
        {"cw:acceptedOn": None},
        {"cw:acceptedBy": _of("cw:author")},
        {"cw:collectedOn": '"2022-03-01"^^xsd:date'},
        {"cw:sha256": None, "cw:confidentiality": '"secret"'},
        {"cw:collectedOn": AFTER},
        {"cw:owner": None, "rdfs:label": None},
        {"cw:expiresOn": '"2026-10-01"^^xsd:date'},
        {"cw:effectiveFrom": AFTER, "cw:effectiveTo": '"2026-12-01"^^xsd:date'},
        {"cw:sha256": '"not a hash"', "cw:author": None},
        {"cw:evidenceFor": None},
        {"cw:acceptedBy": None, "cw:acceptedOn": None},
        {"cw:collectedOn": ('"2026-08-01"^^xsd:date', '"2026-08-02"^^xsd:date')},
        {"cw:expiresOn": BEFORE, "cw:confidentiality": ("cw:internal", "cw:public")},
        {"cw:effectiveTo": MOMENT, "cw:expiresOn": DATED},
        {"cw:evidenceFor": _of("cw:inScope"), "cw:owner": '"Ann"'},
        {"cw:acceptedOn": ('"2026-11-01"^^xsd:date', '"2026-11-02"^^xsd:date')},
    ),
    "assessment": (
        {"cw:acceptedBy": _of("cw:assessor")},
        {"cw:acceptedBy": None, "cw:acceptedOn": None},
        {"cw:assessedOn": AFTER},
        {"cw:assessor": None, "cw:acceptedOn": MOMENT},
        {"cw:assessedOn": None},
    ),
    "result": (
        {"earl:test": UNCARRIED},
        {"cw:outcome": '"good"'},
        {"cw:resultOf": None},
        {"earl:subject": None},
        {"earl:test": None, "cw:outcome": None},
        {"cw:resultOf": _of("earl:subject"), "earl:subject": _of("cw:resultOf")},
        {"cw:outcome": ("earl:passed", "earl:failed")},
    ),
    "statement": (
        {"cw:decision": None, "cw:version": None, "cw:approvedBy": None},
        {"cw:decision": _without_first("cw:decision")},
        {"cw:approvedOn": MOMENT, "cw:inScope": None},
        {"cw:version": ('"1"', '"2"'), "cw:approvedBy": '"the board"'},
        {"cw:forEdition": "<https://w3id.org/aigov-crosswalk/id/atlantis-1999>"},
    ),
    "profile": (
        {"cw:profileKind": '"wanted"', "cw:decision": _without_first("cw:decision")},
        {"cw:decision": _without_first("cw:decision")},
    ),
    "decision": (
        {"cw:justification": None},
        {"cw:approvedBy": None, "cw:approvedOn": None},
        {"cw:provision": UNCARRIED},
        {"cw:applicable": '"yes"', "cw:justification": '" "'},
        {"cw:applicable": ("true", "false"), "cw:approvedBy": '"Ann"'},
        {"cw:applicable": None, "cw:provision": None, "cw:approvedOn": MOMENT},
    ),
    "certificate": (
        {"cw:underSoA": None, "cw:certificationBody": None},
        {"cw:validFrom": AFTER, "cw:validTo": '"2027-01-01"^^xsd:date', "cw:holder": None},
        {"cw:underSoA": _of("cw:holder")},
        {"cw:validTo": '"2024-01-01"^^xsd:date', "cw:inScope": None},
        {"cw:certifies": None, "cw:validFrom": MOMENT},
        {"cw:validTo": None},
    ),
    "criteria": (
        {"cw:riskLevelRule": _without_first("cw:riskLevelRule"), "cw:currency": '"euro"'},
        {"cw:scoringMethod": "cw:risk-matrix", "rdfs:label": None},
        {"cw:riskLevelRule": None, "cw:maximumLikelihood": "0"},
        {"cw:scoringMethod": "cw:annual-loss-expectancy", "cw:maximumImpact": '"5"^^xsd:int'},
        {"cw:scoringMethod": '"feeling"'},
        {"cw:scoringMethod": "cw:three-levels"},
    ),
    "risk": (
        {"cw:riskLevel": "cw:low", "cw:likelihood": "9", "cw:impact": "9"},
        {"cw:riskLevel": "cw:high", "cw:treatment": None, "cw:escalatedTo": None},
        {"cw:riskScore": "99.5"},
        {"cw:owner": None, "cw:scoredBy": None},
        {"cw:likelihood": None, "cw:annualRate": None, "cw:riskScore": None},
        {"cw:riskLevel": '"big"', "cw:identifiedOn": MOMENT},
        {"cw:currency": '"USD"', "rdfs:label": None},
        {"cw:impact": "0", "cw:exposureFactor": "30.5", "cw:riskScore": None},
        {"cw:identifiedOn": None, "cw:riskLevel": ("cw:low", "cw:high")},
        {"cw:scoredBy": _of("cw:inScope")},
    ),
    "treatment": (
        {"cw:treatmentOption": "cw:accept", "cw:residualAcceptedBy": None},
        {"cw:residualLevel": "cw:high", "cw:residualLikelihood": "1", "cw:residualImpact": "1"},
        {"cw:owner": None, "cw:treatmentOption": '"ignore"'},
        {"cw:residualLevel": None, "cw:residualAcceptedOn": None},
        {"cw:implementedBy": None, "cw:completedOn": None},
        {"cw:residualAcceptedBy": '"the board"'},
        {"cw:residualScore": "77.5", "cw:completedOn": None},
    ),
    "objective": (
        {"cw:measuredEveryDays": "1"},
        {"cw:metric": '" "', "cw:target": '"high"', "cw:unit": None},
        {"cw:owner": None, "cw:comparator": '">"'},
        {"cw:setOn": None, "rdfs:label": None},
    ),
    "measurement": (
        {"cw:unit": '"%"'},
        {"cw:periodFrom": AFTER},
        {"cw:observedValue": "-1000000.5"},
        {"cw:inputSha256": None, "cw:measuredBy": "cw:availability"},
        {"cw:periodFrom": None, "cw:measuredOn": MOMENT},
        {"cw:measures": None, "cw:observedValue": '"fine"'},
        {"cw:observedValue": "1000000.5"},
        {"cw:measuredBy": '"feeling"', "cw:parameter": '"total"', "cw:inputSha256": '"ff"'},
        {"cw:unit": None, "cw:measuredOn": None},
    ),
    "nonconformity": (
        {"cw:closedOn": '"2026-11-10"^^xsd:date', "cw:closureEvidence": None, "cw:actedOn": None},
        {"cw:closedOn": '"2026-01-02"^^xsd:date', "cw:similarCases": '" "'},
        {"cw:evaluatedOn": '"2026-11-01"^^xsd:date', "cw:rootCause": None, "cw:similarCases": None},
        {"cw:owner": None, "cw:cites": None},
        {"cw:reactedOn": BEFORE},
        {"cw:detectedOn": None, "rdfs:label": None},
        {"cw:actedOn": MOMENT, "cw:evaluatedOn": (BEFORE, AFTER)},
        {"cw:closedOn": DATED, "cw:reactedOn": None},
    ),
    "action": (
        {"cw:dueOn": None, "cw:owner": None},
        {"cw:effectivenessCheckedOn": BEFORE},
        {"cw:completedOn": None, "rdfs:label": None},
        {"cw:dueOn": '"2026-10-01"^^xsd:date', "cw:completedOn": None},
    ),
    "programme": (
        {"cw:intervalDays": "1", "cw:approvedBy": None},
        {"cw:periodTo": BEFORE, "cw:owner": None},
        {"cw:intervalDays": '"92"^^xsd:int', "rdfs:label": None},
        {"cw:auditsAgainst": "<https://w3id.org/aigov-crosswalk/id/atlantis-1999>"},
        {"cw:inScope": None, "cw:periodFrom": MOMENT, "cw:intervalDays": "0"},
    ),
    "audit": (
        {"cw:audits": None},
        {"cw:auditor": _of("_owner")},
        {"cw:auditedOn": MOMENT, "cw:auditor": None},
    ),
    "review": (
        {"cw:reviewTopic": _first("cw:reviewTopic"), "cw:chairedBy": None},
        {"cw:reviewInput": None, "cw:reviewOutput": '" "'},
        {"cw:heldOn": None, "cw:reviewInput": None},
    ),
    "acceptance": (
        {"cw:acceptedBy": None, "cw:justification": None},
        {"cw:provision": UNCARRIED, "cw:acceptedPath": None},
        {"cw:acceptedOn": MOMENT, "cw:inScope": None},
        {"cw:justification": '" "', "cw:acceptedBy": '"Ann"'},
    ),
}
"""Kind → what is said instead, one fault after the other."""


@cache
def _faults(kind: str) -> tuple[Fault, ...]:
    return tuple(
        {name: change if callable(change) else _terms(change) for name, change in fault.items()}
        for fault in FAULTS.get(kind, ())
    )


def _terms(value: Value) -> Value:
    if value is None or isinstance(value, str):
        return value and whole(value)
    return tuple(map(whole, value))


def faulty(kind: str, number: int, said: Said) -> Said:
    """Return what a record says, with a fault if its turn has come.

    :param number: how many of its kind there were before it.
    """
    every = FAULTY.get(kind, 4)
    faults = _faults(kind)
    if not faults or number % every != 1:
        return said
    fault = faults[number // every % len(faults)]
    return said | {
        name: change(said) if callable(change) else change for name, change in fault.items()
    }
