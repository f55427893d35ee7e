"""An evaluation as OSCAL: component definition, assessment results, plan of action and milestones.

A finding is written only where an accepted assessment with valid evidence decides the status on
the day; partly met is not satisfied, with our own word beside it. What is unknown, inferred or
certified is no finding: the remarks count it. What OSCAL has no place for stands in properties of
our namespace, so that the documents come back in as they went out.

.. seealso:: NIST, OSCAL 1.2; semantics §3
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crosswalk import catalogue, coverage, oscal
from crosswalk.coverage import Evaluation, ProvisionStatus
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset
from crosswalk.intake.oscal import KEPT, KINDS
from crosswalk.models import Provision, Status
from crosswalk.namespaces import CW, edition_iri, expand
from crosswalk.report.values import Report

__all__ = ["DOCUMENTS", "as_oscal"]

Held = dict[str, Any]

PAST = frozenset(
    (
        "acceptedOn",
        "actedOn",
        "approvedOn",
        "closedOn",
        "collectedOn",
        "completedOn",
        "effectivenessCheckedOn",
        "evaluatedOn",
        "reactedOn",
        "recordedOn",
    )
)
"""The days of what was done: later than the day of the report, it was not done yet."""
BELONGS = {
    "acceptedBy": "acceptedOn",
    "approvedBy": "approvedOn",
    "closureEvidence": "closedOn",
}
"""What is not said where its day is not said."""
OPERATION = {
    "implemented": "operational",
    "in-progress": "under-development",
    "planned": "under-development",
    "retired": "disposition",
}
JUDGED = {
    Status.SATISFIED_DIRECT: ("satisfied", "pass", "An accepted assessment found it met."),
    Status.PARTIAL: ("not-satisfied", "other", "Met in part, by an accepted assessment."),
    Status.FAILED: ("not-satisfied", "fail", "An accepted assessment found it not met."),
}
"""Direct status → state, reason and words of a finding."""
PLANLESS = "No assessment plan is on record"


def as_oscal(report: Report, dataset: Dataset, document: str) -> str:
    """Return an OSCAL document of what a report rests on, as JSON.

    The same evidence and day give the same bytes: UUIDs are made of IRIs, moments of the day.

    :param report: says the editions, scopes and days.
    :param dataset: what the report was made of.
    :param document: one of :data:`DOCUMENTS`.
    :raises DataError: if there is nothing that such a document could hold.
    :raises UsageError: if the report is redacted.

    >>> from crosswalk.graph import open_dataset
    >>> from crosswalk.report.content import build
    >>> from crosswalk.resources import examples_dir
    >>> dataset = open_dataset([examples_dir() / "x-corporation"])
    >>> day = date(2026, 11, 20)
    >>> edition = catalogue.edition(dataset, "iso-42001", as_of=day)
    >>> report = build(dataset, [edition], as_of=day, inferred=False)
    >>> said = json.loads(as_oscal(report, dataset, "assessment-results"))
    >>> said["assessment-results"]["results"][0]["title"]
    'Assessment in the follow-up audit'
    """
    if report.redacted:
        raise UsageError(
            "OSCAL names the parties and records it is about and cannot be redacted",
            place="--redact",
            remedy="Write .html, .pdf, .docx, .xlsx, .json or .csv.",
        )
    scopes = [one for label in report.scopes for one in coverage.scope_of(dataset, label)]
    evaluations = [
        coverage.evaluate(
            dataset,
            edition,
            scope,
            as_of=report.as_of,
            horizon=report.horizon,
            known_at=report.known_at,
            inferred=report.inferred,
        )
        for edition in dict.fromkeys(section.edition for section in report.sections)
        for scope in scopes
    ]
    body = DOCUMENTS[document](_Record(dataset, evaluations, report))
    return json.dumps({document: body}, ensure_ascii=False, indent=1) + "\n"


@dataclass(slots=True)
class _Thing:
    """One described resource: predicate → its values, each with its datatype, or None for IRIs."""

    iri: str
    said: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)

    def all(self, predicate: str) -> list[str]:
        return [value for value, _ in self.said.get(expand(predicate), ())]

    def one(self, predicate: str) -> str:
        return next(iter(self.all(predicate)), "")

    @property
    def label(self) -> str:
        return oscal.one_line(self.one("rdfs:label")) or self.iri.rsplit("/", 1)[-1]


class _Record:
    """What is on record, for the documents that are made of it."""

    def __init__(
        self,
        dataset: Dataset,
        evaluations: Sequence[Evaluation],
        report: Report,
    ) -> None:
        self.report, self.evaluations = report, evaluations
        self.day, self.known = str(report.as_of), str(report.known_at or date.max)
        self._everything = coverage.scopes(dataset)
        self.implementations = self._things(dataset, "cw:ControlImplementation")
        self.evidence = self._things(dataset, "cw:EvidenceItem")
        self.assessments = self._things(dataset, "cw:Assessment")
        self.results = self._things(dataset, "cw:AssessmentResult")
        self.nonconformities = self._things(dataset, "cw:Nonconformity")
        self.actions = self._things(dataset, "cw:CorrectiveAction")
        self.agents = self._things(dataset, "prov:Agent")
        self.cited = {**self.evidence, **self._things(dataset, "cw:Measurement")}
        self.organisation = next(
            (one.label for one in self._things(dataset, "cw:Organization").values()),
            "the organisation",
        )
        keys = list(dict.fromkeys(one.edition.edition for one in evaluations))
        self.editions = keys
        self.provisions: dict[str, Provision] = {
            one.iri: one for key in keys for one in catalogue.provisions(dataset, key)
        }
        self.parties: set[str] = set()
        self.resources: dict[str, Held] = {}

    def _things(self, dataset: Dataset, name: str) -> dict[str, _Thing]:
        found: dict[str, _Thing] = {}
        for row in dataset.rows("report/described", **{"class": expand(name)}):
            iri = row["subject"] or ""
            thing = found.setdefault(iri, _Thing(iri))
            thing.said.setdefault(row["predicate"] or "", []).append(
                (row["object"] or "", row["datatype"])
            )
        return found

    def held(self, thing: _Thing) -> bool:
        """Return whether a thing is of a scope that is reported, and was on record by the day."""
        scopes = thing.all("cw:inScope")
        recorded = thing.one("cw:recordedOn")
        if recorded and recorded > self.known:
            return False
        return not scopes or any(
            coverage.covers(scopes, one.scope, self._everything) for one in self.evaluations
        )

    # Parts of every document

    def document(self, title: str, parts: Held, *, remarks: str) -> Held:
        """Return the body of a document: what describes it around what it says."""
        name = f"{title}\n{' '.join(self.editions)}\n{self.day}"
        parties = [self._party(iri) for iri in sorted(self.parties)]
        said = {
            "as-of": self.day,
            "data-sha256": self.report.data_sha256,
            "input-sha256": self.report.fingerprint,
            "engine": self.report.engine,
            "made": self.report.stamp,
            "horizon": str(self.report.horizon or "") or None,
            "known-at": str(self.report.known_at or "") or None,
        }
        props = [_own(key, value) for key, value in said.items() if value]
        props += [_own("edition", key) for key in self.editions]
        scopes = dict.fromkeys(one.scope.label for one in self.evaluations)
        props += [_own("scope", oscal.one_line(label)) for label in scopes]
        props += [
            _own("mapping-set", oscal.one_line(f"{one.key} {one.version}"))
            for one in self.report.mapping_sets
        ]
        props += [_own("method", oscal.one_line(one.title)) for one in self.report.method]
        body: Held = {
            "uuid": oscal.uuid_of("document", name, self.report.data_sha256),
            "metadata": {
                "title": oscal.one_line(f"{title}: {self.organisation}"),
                "last-modified": oscal.moment(self.day),
                "version": self.day,
                "oscal-version": oscal.VERSION,
                "props": props,
                "roles": [
                    {"id": "assessor", "title": "Assessor"},
                    {"id": "owner", "title": "Owner"},
                ],
            },
            **parts,
        }
        if parties:
            body["metadata"]["parties"] = parties
        body["metadata"]["remarks"] = remarks
        if self.resources:
            body["back-matter"] = {"resources": [self.resources[k] for k in sorted(self.resources)]}
        return body

    def _party(self, iri: str) -> Held:
        thing = self.agents.get(iri, _Thing(iri))
        classes = {one.rsplit("#", 1)[-1].rsplit("/", 1)[-1] for one in thing.all("rdf:type")}
        held: Held = {
            "uuid": oscal.uuid_of("party", iri),
            "type": "organization" if "Organization" in classes else "person",
            "name": thing.label,
            "props": [_own("iri", iri)],
        }
        if "Post" in classes:
            held["remarks"] = "A post of the organisation, held by whoever fills it."
        return held

    def party(self, iri: str) -> str:
        """Return the UUID of an agent, which is listed from now on."""
        self.parties.add(iri)
        return oscal.uuid_of("party", iri)

    def owned(self, thing: _Thing) -> Held:
        """Return who answers for a thing, as a member of an object; empty if nobody does."""
        owners = [self.party(iri) for iri in sorted(thing.all("cw:owner"))]
        if not owners:
            return {}
        return {"responsible-roles": [{"role-id": "owner", "party-uuids": owners}]}

    def props(self, thing: _Thing, *, natively: Iterable[str] = ()) -> list[Held]:
        """Return what is said of a thing for which OSCAL has no place.

        :param natively: the terms that stand in OSCAL's own members.
        """
        left = set(natively)
        for name in PAST:
            if (thing.one(f"cw:{name}") or self.day) > self.day:
                left |= {name, *(one for one, day in BELONGS.items() if day == name)}
        made = [_own("iri", thing.iri)]
        for predicate, values in sorted(thing.said.items()):
            name = predicate.removeprefix(CW)
            if not predicate.startswith(CW) or name not in KEPT or name in left:
                continue
            for value, datatype in sorted(values, key=str):
                if name in ("acceptedBy", "assessor", "author", "owner"):
                    self.parties.add(value)
                if datatype is None:
                    made.append(_own(name, value, kind="iri"))
                elif datatype in ("string", "langString"):
                    made.append({**_own(name, "text", kind="text"), "remarks": value})
                else:
                    made.append(_own(name, value, kind=datatype))
        return made

    def component(self, thing: _Thing) -> Held:
        """Return an implementation as a component, with links to its evidence."""
        links = []
        shown = {
            item.iri: item
            for one in self.evaluations
            for item in one.facts.evidence.get(thing.iri, ())
        }
        for iri, item in sorted(shown.items()):
            self.resources[iri] = self._resource(iri, item.faults)
            links.append({"href": f"#{self.resources[iri]['uuid']}", "rel": "evidence"})
        held: Held = {
            "uuid": oscal.uuid_of("component", thing.iri),
            "type": "process-procedure",
            "title": thing.label,
            "description": "\n\n".join(thing.all("dcterms:description")) or thing.label,
            "props": self.props(thing, natively=("implements", "owner")),
        }
        if links:
            held["links"] = links
        return {**held, **self.owned(thing)}

    def _resource(self, iri: str, faults: Sequence[str]) -> Held:
        thing = self.evidence.get(iri, _Thing(iri))
        kinds = sorted({one.removeprefix(CW) for one in thing.all("rdf:type")} & KINDS)
        props = self.props(thing, natively=("evidenceFor",))
        props.append({"name": "type", "value": "evidence"})
        props += [_own("kind", one) for one in kinds]
        props.append(_own("validity", " ".join(faults) or "valid"))
        digest, file = thing.one("cw:sha256"), thing.one("cw:file")
        held: Held = {
            "uuid": oscal.uuid_of("evidence", iri),
            "title": thing.label,
            "props": props,
        }
        if file or digest:
            rlink: Held = {"href": file or f"urn:sha256:{digest}"}
            if digest:
                rlink["hashes"] = [{"algorithm": "SHA-256", "value": digest}]
            held["rlinks"] = [rlink]
        return held

    def figures(self) -> str:
        """Return what the findings leave out, in words, once for each edition and scope."""
        said = []
        for one in self.evaluations:
            vector = one.vector
            counted = (
                ("satisfied", vector.satisfied_direct),
                ("partly met", vector.partial),
                ("failed", vector.failed),
                ("unknown", vector.unknown),
                ("inferred as satisfied", vector.satisfied_inferred),
                ("inferred as not satisfied", vector.not_satisfied_inferred),
                ("supported only", vector.supported),
                ("in conflict", vector.conflict),
            )
            parts = ", ".join(f"{count} {word}" for word, count in counted if count)
            certified = sum(
                s.direct is not None and s.direct.basis == "certificate" for s in one.statuses
            )
            said.append(
                f"{vector.edition}, {vector.scope}, as of {self.day}: {vector.n} provisions are "
                f"counted, applicable and binding"
                + (f": {parts}" if parts else "")
                + f"; {vector.not_applicable} not applicable, {vector.not_yet} not binding yet."
                + (f" {certified} rest on a certificate." if certified else "")
            )
        return "\n\n".join(
            [
                *said,
                "Only what an accepted assessment with valid evidence decides is a finding. "
                "Unknown is not a no: it is left out, and so is what follows from mappings or "
                "rests on a certificate.",
            ]
        )

    def control(self, provision: Provision) -> str:
        """Return the id of a provision as OSCAL writes it."""
        return oscal.token(provision.id)

    # Findings

    def judged(self) -> list[tuple[Evaluation, ProvisionStatus]]:
        """Return what assessments decide, in the order of the editions."""
        return [
            (evaluation, one)
            for evaluation in self.evaluations
            for one in evaluation.statuses
            if one.status in JUDGED and one.direct is not None and one.direct.result is not None
        ]

    def finding(self, evaluation: Evaluation, one: ProvisionStatus) -> Held:
        """Return the finding of a decided provision."""
        assert one.direct is not None and one.direct.result is not None  # noqa: S101, PT018
        result = one.direct.result
        state, reason, words = JUDGED[one.status]
        status: Held = {"state": state, "reason": reason}
        if one.status is Status.PARTIAL:
            status["remarks"] = "Partly met: OSCAL knows no state between."
        return {
            "uuid": oscal.uuid_of("finding", result.iri, evaluation.scope.iri),
            "title": oscal.one_line(f"{one.provision.id} {one.provision.title}"),
            "description": result.finding or words,
            "props": [_own("status", str(one.status))],
            "target": {
                "type": "statement-id",
                "target-id": self.control(one.provision),
                "status": status,
            },
        }


def _own(name: str, value: str, *, kind: str = "") -> Held:
    held: Held = {"name": name, "ns": CW, "value": value}
    if kind:
        held["class"] = kind
    return held


def _component_definition(record: _Record) -> Held:
    components = []
    left_out = 0
    for thing in record.implementations.values():
        if not record.held(thing):
            continue
        groups: dict[str, list[Provision]] = {}
        for iri in thing.all("cw:implements"):
            provision = record.provisions.get(iri)
            if provision is not None:
                groups.setdefault(provision.edition, []).append(provision)
            else:
                left_out += catalogue.local_id(iri)[0] in record.editions
        if not groups:
            continue
        component = record.component(thing)
        component["control-implementations"] = [
            {
                "uuid": oscal.uuid_of("control-implementation", thing.iri, key),
                "source": edition_iri(key),
                "description": f"What it does to meet {key}.",
                "implemented-requirements": [
                    {
                        "uuid": oscal.uuid_of("requirement", thing.iri, one.iri),
                        "control-id": record.control(one),
                        "description": component["description"],
                    }
                    for one in sorted(groups[key], key=lambda one: one.position)
                ],
            }
            for key in record.editions
            if key in groups
        ]
        components.append(component)
    remarks = (
        "What the organisation does to meet provisions. Whether it does meet them is said in "
        "assessment results."
    )
    if left_out:
        remarks += f" {left_out} citations of provisions that do not exist are left out."
    parts: Held = {"components": components} if components else {}
    return record.document("Component definition", parts, remarks=remarks)


def _assessment_results(record: _Record) -> Held:
    judged: dict[tuple[str, str], list[Held]] = {}
    for evaluation, one in record.judged():
        assert one.direct is not None and one.direct.result is not None  # noqa: S101, PT018
        made = record.finding(evaluation, one)
        made["related-observations"] = [
            {"observation-uuid": oscal.uuid_of("observation", one.direct.result.iri)}
        ]
        key = one.direct.result.assessment, evaluation.edition.edition
        judged.setdefault(key, []).append(made)
    latest_first = sorted(
        record.assessments.values(),
        key=lambda one: (one.one("cw:assessedOn"), one.iri),
        reverse=True,
    )
    results = [
        made
        for assessment in latest_first
        if record.held(assessment)
        and assessment.one("cw:assessedOn") <= record.day
        and assessment.all("cw:acceptedBy")
        and "" < assessment.one("cw:acceptedOn") <= record.day
        for key in record.editions
        if (made := _result(record, assessment, key, judged.get((assessment.iri, key), [])))
    ]
    if not results:
        raise DataError(
            f"no accepted assessment of {' or '.join(record.editions)} is on record by "
            f"{record.day}, and OSCAL assessment results hold at least one",
            remedy="Record one and have it accepted, or write the component definition.",
        )
    plan = oscal.uuid_of("plan", *record.editions)
    record.resources[""] = {"uuid": plan, "title": PLANLESS}
    parts: Held = {"import-ap": {"href": f"#{plan}"}, "results": results}
    return record.document("Assessment results", parts, remarks=record.figures())


def _result(record: _Record, assessment: _Thing, key: str, findings: list[Held]) -> Held:
    """Return an assessment of an edition as a result; empty if it is not about the edition."""
    assessed = [
        (record.provisions[iri], thing)
        for thing in record.results.values()
        if assessment.iri in thing.all("cw:resultOf")
        and (iri := thing.one("earl:test")) in record.provisions
        and record.provisions[iri].edition == key
    ]
    if not assessed:
        return {}
    assessed.sort(key=lambda one: (one[0].position, one[1].iri))
    subjects = {
        iri: record.implementations[iri]
        for _, thing in assessed
        for iri in thing.all("earl:subject")
        if iri in record.implementations
    }
    day = oscal.moment(assessment.one("cw:assessedOn"))
    held: Held = {
        "uuid": oscal.uuid_of("result", assessment.iri, key),
        "title": assessment.label,
        "description": f"{assessment.label}: judgements of {key}. What was judged stands in the "
        "observations; what still holds on the day of the report, in the findings.",
        "start": day,
        "end": day,
        "props": [
            *record.props(assessment, natively=("assessor",)),
            _own("edition", key),
        ],
    }
    if subjects:
        held["local-definitions"] = {
            "components": [_assessed(record, subjects[iri]) for iri in sorted(subjects)]
        }
    controls = dict.fromkeys(record.control(provision) for provision, _ in assessed)
    held["reviewed-controls"] = {
        "control-selections": [{"include-controls": [{"control-id": one} for one in controls]}]
    }
    held["observations"] = [
        _observation(record, assessment, provision, thing, day) for provision, thing in assessed
    ]
    if findings:
        held["findings"] = findings
    return held


def _assessed(record: _Record, thing: _Thing) -> Held:
    """Return an implementation as a component of a system, which has a state of operation."""
    held = record.component(thing)
    held["props"] += [
        _own("implements", iri, kind="iri") for iri in sorted(thing.all("cw:implements"))
    ]
    status = thing.one("cw:implementationStatus").removeprefix(CW)
    held["status"] = {"state": OPERATION.get(status, "other")}
    if status not in OPERATION:
        held["status"]["remarks"] = "How far it has come is not on record."
    return held


def _observation(
    record: _Record, assessment: _Thing, provision: Provision, thing: _Thing, day: str
) -> Held:
    outcome = thing.one("cw:outcome").rpartition("#")[2].replace("-", " ")
    held: Held = {
        "uuid": oscal.uuid_of("observation", thing.iri),
        "title": oscal.one_line(f"{provision.id} {provision.title}"),
        "description": thing.one("cw:finding") or f"Outcome: {outcome}.",
        "props": [*record.props(thing), _own("control", record.control(provision))],
        "methods": ["UNKNOWN"],
        "types": ["control-objective"],
    }
    actors = [
        {"type": "party", "actor-uuid": record.party(iri), "role-id": "assessor"}
        for iri in sorted(assessment.all("cw:assessor"))
    ]
    if actors:
        held["origins"] = [{"actors": actors}]
    subjects = [
        {"subject-uuid": oscal.uuid_of("component", iri), "type": "component"}
        for iri in sorted(thing.all("earl:subject"))
        if iri in record.implementations
    ]
    if subjects:
        held["subjects"] = subjects
    held["collected"] = day
    return held


def _plan_of_action(record: _Record) -> Held:
    observations, risks, items = [], [], []
    for thing in record.nonconformities.values():
        detected = thing.one("cw:detectedOn")
        if not record.held(thing) or (detected or record.day) > record.day:
            continue
        item: Held = {
            "uuid": oscal.uuid_of("poam-item", thing.iri),
            "title": thing.label,
            "description": thing.one("cw:rootCause")
            or "\n\n".join(thing.all("dcterms:description"))
            or thing.label,
            "props": record.props(thing, natively=("detectedOn",) if detected else ()),
        }
        if detected:
            seen = _detected(record, thing, detected)
            observations.append(seen)
            item["related-observations"] = [{"observation-uuid": seen["uuid"]}]
        risk = _risk(record, thing)
        risks.append(risk)
        item["related-risks"] = [{"risk-uuid": risk["uuid"]}]
        items.append(item)
    findings = []
    for evaluation, one in record.judged():
        if one.status is Status.SATISFIED_DIRECT:
            continue
        finding = record.finding(evaluation, one)
        findings.append(finding)
        items.append(
            {
                "uuid": oscal.uuid_of("poam-item", finding["uuid"]),
                "title": f"Not satisfied: {finding['title']}",
                "description": finding["description"],
                "props": [_own("basis", "finding")],
                "related-findings": [{"finding-uuid": finding["uuid"]}],
                "remarks": "Proposed of the finding; no nonconformity is on record as its answer.",
            }
        )
    if not items:
        raise DataError(
            f"nothing is found unsatisfied and no nonconformity is on record by {record.day}, and "
            "an OSCAL plan of action and milestones holds at least one item",
            remedy="Write the assessment results, which say what was found.",
        )
    parts: Held = {
        "system-id": {
            "identifier-type": "http://ietf.org/rfc/rfc4122",
            "id": oscal.uuid_of("system", *sorted({e.scope.iri for e in record.evaluations})),
        }
    }
    held = {"observations": observations, "risks": risks, "findings": findings}
    parts.update({key: value for key, value in held.items() if value})
    parts["poam-items"] = items
    return record.document("Plan of action and milestones", parts, remarks=record.figures())


def _detected(record: _Record, thing: _Thing, day: str) -> Held:
    held: Held = {
        "uuid": oscal.uuid_of("detected", thing.iri),
        "description": f"Detected: {thing.label}",
        "methods": ["UNKNOWN"],
        "collected": oscal.moment(day),
    }
    cited = [record.cited.get(iri, _Thing(iri)).label for iri in sorted(thing.all("cw:cites"))]
    if cited:
        held["relevant-evidence"] = [{"description": label} for label in cited]
    return held


def _risk(record: _Record, thing: _Thing) -> Held:
    closed = "" < thing.one("cw:closedOn") <= record.day
    actions = [
        record.actions[iri]
        for iri in sorted(thing.all("cw:correctiveAction"))
        if iri in record.actions
    ]
    done = [
        bool(one.one("cw:completedOn")) and one.one("cw:completedOn") <= record.day
        for one in actions
    ]
    held: Held = {
        "uuid": oscal.uuid_of("risk", thing.iri),
        "title": thing.label,
        "description": thing.one("cw:rootCause") or thing.label,
        "statement": "Until it is closed, a requirement or an objective is not met.",
        "status": "closed" if closed else "remediating" if actions else "open",
    }
    due = [one.one("cw:dueOn") for one in actions if one.one("cw:dueOn")]
    if due:
        held["deadline"] = oscal.moment(max(due))
    if actions:
        held["remediations"] = [
            {
                "uuid": oscal.uuid_of("remediation", thing.iri),
                "lifecycle": "completed" if all(done) else "planned",
                "title": "Corrective action",
                "description": "The actions against the cause, each a milestone.",
                "tasks": [_milestone(record, one) for one in actions],
            }
        ]
    return held


def _milestone(record: _Record, thing: _Thing) -> Held:
    held: Held = {
        "uuid": oscal.uuid_of("task", thing.iri),
        "type": "milestone",
        "title": thing.label,
        "props": record.props(thing, natively=("dueOn", "owner")),
    }
    description = "\n\n".join(thing.all("dcterms:description"))
    if description:
        held["description"] = description
    if thing.one("cw:dueOn"):
        held["timing"] = {"on-date": {"date": oscal.moment(thing.one("cw:dueOn"))}}
    return {**held, **record.owned(thing)}


DOCUMENTS: Mapping[str, Callable[[_Record], Held]] = {
    "assessment-results": _assessment_results,
    "component-definition": _component_definition,
    "plan-of-action-and-milestones": _plan_of_action,
}
"""Model → what writes it."""
