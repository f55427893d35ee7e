"""OSCAL documents → implementations, evidence, assessments and nonconformities of an organisation.

Five models are read, in JSON, YAML and XML: component definition, system security plan, assessment
plan, assessment results, plan of action and milestones. A control counts only where its framework
is an edition that is carried; the others are passed over and said, for much of what is written in
OSCAL is about NIST SP 800-53. A finding is satisfied or not satisfied, nothing between. What our
own reports add in our namespace comes back as it was.

.. seealso:: NIST, OSCAL 1.2
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyoxigraph as ox

from crosswalk import oscal
from crosswalk.graph import Dataset
from crosswalk.intake.frameworks_named import Framework, Frameworks
from crosswalk.intake.opening import json_of, text_of, xml_of, yaml_of
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.models import Provision
from crosswalk.namespaces import BASE, CW, expand

__all__ = ["KIND", "read"]

KIND = "oscal"

EVIDENCE_TYPES = {
    "agreement": "cw:Contract",
    "artifact": "",
    "evidence": "",
    "interview-notes": "cw:Record",
    "plan": "",
    "policy": "cw:Policy",
    "procedure": "",
    "questionnaire": "cw:Record",
    "raw-data": "",
    "report": "",
    "rules-of-behavior": "",
    "screen-shot": "",
    "tool-output": "",
}
"""Type of a resource that is evidence → the kind of evidence that it is for certain."""
EVIDENCE_LINKS = frozenset(("artifact", "evidence", "policy", "procedure", "relevant-evidence"))
STATUSES = {
    "implemented": "cw:implemented",
    "in-progress": "cw:in-progress",
    "planned": "cw:planned",
    "retired": "cw:retired",
}
"""State of an implementation → our status; OSCAL's other states say something else."""
FRAMEWORK = ("framework", "framework-id")
"""Properties in which tools name the framework of a finding."""
NOT_ASSESSED = frozenset(
    (
        "manual-evidence-required",
        "not-assessed",
        "not-reviewed",
        "not-tested",
        "unknown",
        "untested",
    )
)
"""Reasons with which tools write "not satisfied" of what nobody looked at."""
OUTCOMES = {"satisfied": "earl:passed", "not-satisfied": "earl:failed"}
KEPT = frozenset(
    (
        "acceptedBy",
        "acceptedOn",
        "actedOn",
        "approvedBy",
        "approvedOn",
        "assessor",
        "author",
        "cites",
        "closedOn",
        "closureEvidence",
        "collectedOn",
        "completedOn",
        "confidentiality",
        "detectedOn",
        "dueOn",
        "effectiveFrom",
        "effectiveTo",
        "effectivenessCheckedOn",
        "evaluatedOn",
        "evidenceFor",
        "expiresOn",
        "finding",
        "forSystem",
        "illustrative",
        "implementationStatus",
        "implements",
        "inScope",
        "outcome",
        "owner",
        "reactedOn",
        "recordedOn",
        "rootCause",
        "similarCases",
    )
)
"""The terms of our vocabulary that a property in our namespace may say."""
KINDS = frozenset(
    (
        "Attestation",
        "AuditReport",
        "Contract",
        "ImpactAssessmentReport",
        "Log",
        "ModelCard",
        "Policy",
        "Record",
        "SBOM",
        "TestReport",
        "TrainingRecord",
    )
)
TYPED = frozenset(("boolean", "date", "decimal", "double", "integer"))
HASH = re.compile(r"[0-9a-fA-F]{64}")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")

Held = dict[str, Any]
Placed = tuple[str, Held]


def read(source: Source, dataset: Dataset) -> Reading:
    """Return what an OSCAL document says of an organisation, and what became of each part of it.

    :param source: the document; its option ``edition`` names the edition of control ids whose
        framework the document does not name.
    :param dataset: one that holds the catalogue.
    :raises DataError: if the bytes are no JSON, YAML or XML.
    :raises UsageError: if the option names an edition that is not carried.

    >>> from crosswalk.graph import open_dataset
    >>> source = Source("a.json", b'{"catalog": {}}', "acme", date(2026, 11, 20))
    >>> [line.place for line in read(source, open_dataset()).refused()]
    ['/catalog']
    """
    account = Account(source, KIND)
    said = _opened(source)
    found = oscal.faults(said)
    for fault in found:
        account.refused(fault.pointer or "/", fault.offence, fault.remedy)
    if not found:
        (root,) = said.keys() - {"$schema"}
        known = Frameworks(dataset, as_of=source.as_of, edition=source.options.get("edition"))
        _Document(account, known, root, said[root]).read()
    return account.reading()


def _opened(source: Source) -> Any:  # noqa: ANN401 - JSON has no one type
    text = text_of(source).lstrip()
    if text.startswith("<"):
        return oscal.from_xml(xml_of(source))
    return json_of(source) if text.startswith(("{", "[")) else yaml_of(source)


def _text(held: Held, key: str) -> str:
    value = held.get(key)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _objects(held: Held, key: str) -> list[Held]:
    value = held.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _words(held: Held, key: str) -> list[str]:
    value = held.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []


def _inner(held: Held, *keys: str) -> Held:
    for key in keys:
        value = held.get(key)
        held = value if isinstance(value, dict) else {}
    return held


def _each(pointer: str, held: Held, key: str) -> Iterator[Placed]:
    for n, one in enumerate(_objects(held, key)):
        yield f"{pointer}/{key}/{n}", one


def _property(held: Held, *names: str, own: bool = False) -> str:
    """Return the value of the first property of some name, or of ours of that name."""
    for one in _objects(held, "props"):
        if _text(one, "name") in names and (not own or _text(one, "ns") == CW):
            return _text(one, "value")
    return ""


def _day(held: Held, key: str) -> str:
    """Return the day of a moment, as the place where it was written down counted it."""
    return _text(held, key)[:10]


@dataclass(slots=True)
class _Evidence:
    """What shows something about implementations, until all that name it are known."""

    shows: set[ox.NamedNode] = field(default_factory=set)
    collected: set[str] = field(default_factory=set)


class _Document:
    """One OSCAL document while it is read."""

    def __init__(self, account: Account, known: Frameworks, root: str, body: Held) -> None:
        self.account, self.known = account, known
        self.root, self.body, self.at = root, body, f"/{root}"
        self.metadata = _inner(body, "metadata")
        self.resources = {
            _text(one, "uuid"): one for one in _objects(_inner(body, "back-matter"), "resources")
        }
        self.parties = {_text(one, "uuid"): one for one in _objects(self.metadata, "parties")}
        self.roles = {_text(one, "id"): one for one in _objects(self.metadata, "roles")}
        self.evidence: dict[str, _Evidence] = {}
        self.agents: set[str] = set()

    def read(self) -> None:
        """Read all of it, and account for it."""
        title = oscal.one_line(_text(self.metadata, "title"))
        self.account.passed_over(
            f"{self.at}/metadata",
            f"describes the document: {oscal.MODELS[self.root]} {title!r}, version "
            f"{_text(self.metadata, 'version')}, OSCAL {_text(self.metadata, 'oscal-version')}",
        )
        match self.root:
            case "component-definition":
                self._component_definition()
            case "system-security-plan":
                self._security_plan()
            case "assessment-plan":
                self._assessment_plan()
            case "assessment-results":
                self._assessment_results()
            case _:
                self._plan_of_action()
        self._resources()
        self._parties()

    # What all models share

    def named(self, held: Held, folder: str, *keys: str) -> ox.NamedNode:
        """Return the IRI of a thing: the one that our own report gave, else one of its UUID."""
        own = self.home(_property(held, "iri", own=True))
        return own or self.account.named(folder, "-".join(keys))

    def home(self, iri: str) -> ox.NamedNode | None:
        """Return an IRI of an organisation as one of the organisation that imports."""
        if not iri.startswith(f"{BASE}org/"):
            return None
        _, _, key = iri.removeprefix(f"{BASE}org/").partition("/")
        if not KEY.fullmatch(key) or ".." in key:
            return None
        return ox.NamedNode(f"{BASE}org/{self.account.source.organization}/{key}")

    def classed(self, subject: ox.NamedNode, *classes: str) -> None:
        for name in classes:
            self.account.say(subject, "rdf:type", ox.NamedNode(expand(name)))

    def labelled(self, subject: ox.NamedNode, held: Held, *, fallback: str = "") -> None:
        title = oscal.one_line(_text(held, "title")) or fallback
        if title:
            self.account.say(subject, "rdfs:label", title)

    def described(self, subject: ox.NamedNode, text: str, *, label: str = "") -> None:
        if text and text != label:
            self.account.say(subject, "dcterms:description", text)

    def kept(self, subject: ox.NamedNode, held: Held, pointer: str) -> None:
        """Take what our own reports say in our namespace."""
        for n, one in enumerate(_objects(held, "props")):
            name = _text(one, "name")
            if _text(one, "ns") != CW or name not in KEPT:
                continue
            value, kind = _text(one, "value"), _text(one, "class")
            try:
                self.account.say(subject, f"cw:{name}", self._value(value, kind, one))
            except ValueError:
                self.account.refused(
                    f"{pointer}/props/{n}/value",
                    f"{value[:60]!r} is no {kind or 'value'} of {name}",
                    "Correct it, or leave the property out.",
                )

    def _value(self, value: str, kind: str, held: Held) -> ox.NamedNode | ox.Literal:
        if kind == "iri":
            return self.home(value) or ox.NamedNode(value)
        if kind in TYPED:
            datatype = ox.NamedNode(expand(f"xsd:{kind}"))
            if kind == "date":
                value = date.fromisoformat(value).isoformat()
            return ox.Literal(value, datatype=datatype)
        return ox.Literal(_text(held, "remarks") if kind == "text" else value)

    def owners(self, *levels: Held) -> list[ox.NamedNode]:
        """Return who answers for a thing: those named at the nearest level, owners first."""
        for held in levels:
            roles = _objects(held, "responsible-roles")
            if not roles:
                continue
            owning = [one for one in roles if re.search(r"(^|-)owner$", _text(one, "role-id"))]
            return [
                agent
                for one in owning or roles
                for agent in (
                    [self.party(uuid) for uuid in _words(one, "party-uuids")]
                    or [self._role(_text(one, "role-id"))]
                )
            ]
        return []

    def party(self, uuid: str) -> ox.NamedNode:
        held = self.parties.get(uuid, {})
        agent = self.named(held, "person", uuid)
        self.classed(agent, "prov:Agent")
        if not _property(held, "iri", own=True) and _text(held, "type") in (
            "person",
            "organization",
        ):
            self.classed(agent, f"prov:{_text(held, 'type').capitalize()}")
        name = oscal.one_line(_text(held, "name") or _text(held, "short-name"))
        if name:
            self.account.say(agent, "rdfs:label", name)
        self.agents.add(uuid)
        return agent

    def _role(self, key: str) -> ox.NamedNode:
        agent = self.account.named("person", f"role-{key}")
        self.classed(agent, "prov:Agent")
        self.labelled(agent, self.roles.get(key, {}), fallback=key)
        return agent

    def framework(self, *names: str) -> Framework:
        """Return which edition is meant, by names or by references to resources that have some."""
        said: list[str] = []
        for name in names:
            held = self.resources.get(name.removeprefix("#")) if name.startswith("#") else None
            if held is None:
                said += [name] if name.strip("#") else []
                continue
            said += [text for key in ("title", "description") if (text := _text(held, key))]
            said += [_text(one, "identifier") for one in _objects(held, "document-ids")]
            said += [_text(one, "href") for one in _objects(held, "rlinks")]
        return self.known.named(said)

    def provision(
        self, framework: Framework, control: str, pointer: str
    ) -> tuple[Provision, str] | None:
        """Return the provision that a control id means and which part; account for it if none."""
        if framework.edition is None:
            self.account.passed_over(pointer, f"{control}: {framework.why}")
            return None
        found, part = self.known.provision(framework.edition, control)
        if found is not None:
            return found, part
        offence = f"{framework.edition} has no provision {control!r}"
        hint = self.known.nearest(framework.edition, control)
        if framework.chosen:
            self.account.passed_over(pointer, f"{offence}. {hint}")
        else:
            self.account.refused(pointer, offence, hint)
        return None

    # Evidence

    def _shown_by(self, held: Held, implementation: ox.NamedNode) -> None:
        """Note the resources of the document that show something about an implementation."""
        for link in _objects(held, "links"):
            uuid = _text(link, "href").removeprefix("#")
            resource = self.resources.get(uuid)
            if resource is None or not _text(link, "href").startswith("#"):
                continue
            kind = _property(resource, "type")
            if _text(link, "rel") in EVIDENCE_LINKS or kind in EVIDENCE_TYPES:
                self.evidence.setdefault(uuid, _Evidence()).shows.add(implementation)

    def observed(self, observation: Held, implementations: Iterable[ox.NamedNode]) -> None:
        """Take the evidence of an observation as evidence for what was observed."""
        shows = set(implementations)
        for one in _objects(observation, "relevant-evidence") if shows else ():
            href = _text(one, "href")
            day = _day(observation, "collected")
            if href.startswith("#") and href[1:] in self.resources:
                held = self.evidence.setdefault(href[1:], _Evidence())
                held.shows |= shows
                held.collected.add(day)
                continue
            item = self.account.hashed(
                "evidence", _text(observation, "uuid"), href, _text(one, "description")
            )
            self.classed(item, "cw:EvidenceItem")
            self.account.say(item, "rdfs:label", oscal.one_line(_text(one, "description")))
            self.account.say(item, "cw:collectedOn", date.fromisoformat(day))
            self._filed(item, href, _property(one, "sha256", "sha-256"))
            for implementation in shows:
                self.account.say(item, "cw:evidenceFor", implementation)

    def _filed(self, item: ox.NamedNode, href: str, digest: str) -> None:
        if HASH.fullmatch(digest):
            self.account.say(item, "cw:sha256", digest.lower())
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", href):
            self.account.say(item, "dcterms:source", href)
        elif href and not href.startswith("#"):
            self.account.say(item, "cw:file", href)

    def _resources(self) -> None:
        """Say what the resources that show something are, and account for all of them."""
        for pointer, held in _each(
            f"{self.at}/back-matter", _inner(self.body, "back-matter"), "resources"
        ):
            uuid = _text(held, "uuid")
            shown = self.evidence.get(uuid)
            if shown is None:
                self.account.passed_over(pointer, "shows nothing about what was imported")
                continue
            item = self.named(held, "evidence", uuid)
            kind = EVIDENCE_TYPES.get(_property(held, "type"), "")
            own = _property(held, "kind", own=True)
            kinds = [f"cw:{one}" for one in own.split() if one in KINDS] or ([kind] if kind else [])
            self.classed(item, "cw:EvidenceItem", *kinds)
            self.labelled(item, held, fallback=oscal.one_line(_text(held, "description")) or uuid)
            self.kept(item, held, pointer)
            if len(shown.collected) == 1 and not _property(held, "collectedOn", own=True):
                self.account.say(item, "cw:collectedOn", date.fromisoformat(min(shown.collected)))
            rlinks = _objects(held, "rlinks")
            hashes = [
                _text(one, "value")
                for rlink in rlinks
                for one in _objects(rlink, "hashes")
                if _text(one, "algorithm").upper().replace("_", "-") == "SHA-256"
            ]
            self._filed(item, _text(rlinks[0], "href") if rlinks else "", "".join(hashes[:1]))
            for implementation in shown.shows:
                self.account.say(item, "cw:evidenceFor", implementation)
            self.account.mapped(pointer, item, "evidence")

    def _parties(self) -> None:
        for pointer, held in _each(f"{self.at}/metadata", self.metadata, "parties"):
            if _text(held, "uuid") in self.agents:
                self.account.mapped(pointer, self.party(_text(held, "uuid")), "agent")
            else:
                self.account.passed_over(pointer, "nothing that was imported names it")

    # Implementations

    def _status(self, subject: ox.NamedNode, states: Iterable[str]) -> str:
        """Say how far an implementation has come where all that is said agrees; else why not."""
        said = sorted({state for state in states if state})
        if len(said) == 1 and said[0] in STATUSES:
            self.account.say(
                subject, "cw:implementationStatus", ox.NamedNode(expand(STATUSES[said[0]]))
            )
            return ""
        return f"; status {' and '.join(said)} has no one counterpart" if said else ""

    def _component_definition(self) -> None:
        for key, what in (("components", "title"), ("capabilities", "name")):
            for pointer, held in _each(self.at, self.body, key):
                own = self.home(_property(held, "iri", own=True))
                if own:
                    self.own_implementation(own, held, pointer)
                    self.account.mapped(pointer, own, "implementation")
                else:
                    self.account.passed_over(pointer, "is a component; its requirements are read")
                for place, group in _each(pointer, held, "control-implementations"):
                    framework = self.framework(_text(group, "source"))
                    for at, one in _each(place, group, "implemented-requirements"):
                        self._requirement(at, one, held, group, framework, own, _text(held, what))

    def own_implementation(self, subject: ox.NamedNode, held: Held, pointer: str) -> None:
        """Say what our own report says of an implementation."""
        label = oscal.one_line(_text(held, "title"))
        self.classed(subject, "cw:ControlImplementation")
        self.account.say(subject, "rdfs:label", label)
        self.described(subject, _text(held, "description"), label=label)
        self.kept(subject, held, pointer)
        for owner in self.owners(held):
            self.account.say(subject, "cw:owner", owner)
        self._shown_by(held, subject)

    def _requirement(
        self,
        pointer: str,
        held: Held,
        component: Held,
        group: Held,
        framework: Framework,
        own: ox.NamedNode | None,
        title: str,
    ) -> None:
        control = _text(held, "control-id")
        found = self.provision(framework, control, pointer)
        if found is None:
            return
        provision, part = found
        if part:
            self.account.passed_over(
                pointer, f"{control} is a part of {provision.id}, not all of it"
            )
            return
        if own:
            self.account.say(own, "cw:implements", ox.NamedNode(provision.iri))
            self.account.mapped(pointer, own, f"implements {provision.edition}:{provision.id}")
            return
        statements = _objects(held, "statements")
        states = [_property(one, "implementation-status") for one in (held, *statements)]
        self._implemented(
            pointer,
            self.named(held, "implementation", _text(held, "uuid")),
            f"{oscal.one_line(title)}: {control}",
            provision,
            [_text(one, "description") for one in (held, *statements)],
            states,
            self.owners(held, group, component),
            (held, *statements, component),
        )

    def _implemented(
        self,
        pointer: str,
        subject: ox.NamedNode,
        label: str,
        provision: Provision,
        descriptions: Sequence[str],
        states: Sequence[str],
        owners: Sequence[ox.NamedNode],
        linking: Sequence[Held],
    ) -> bool:
        """Say what an implementation is, and return whether it is one."""
        if "not-applicable" in states:
            self.account.passed_over(
                pointer,
                f"{provision.edition}:{provision.id} is said not to be applicable: that is for a "
                "Statement of Applicability to decide, with a justification and an approver",
            )
            return False
        self.classed(subject, "cw:ControlImplementation")
        self.account.say(subject, "rdfs:label", label)
        self.account.say(subject, "cw:implements", ox.NamedNode(provision.iri))
        self.described(subject, "\n\n".join(dict.fromkeys(filter(None, descriptions))))
        without = self._status(subject, states)
        for owner in owners:
            self.account.say(subject, "cw:owner", owner)
        for one in linking:
            self._shown_by(one, subject)
        self.account.mapped(
            pointer, subject, f"implements {provision.edition}:{provision.id}{without}"
        )
        return True

    def _security_plan(self) -> None:
        character = _inner(self.body, "system-characteristics")
        scope = self._system(character)
        place = f"{self.at}/system-implementation"
        components = {}
        for pointer, held in _each(place, _inner(self.body, "system-implementation"), "components"):
            components[_text(held, "uuid")] = held
            self.account.passed_over(pointer, "is a component; its part in requirements is read")
        framework = self.framework(_text(_inner(self.body, "import-profile"), "href"))
        controls = _inner(self.body, "control-implementation")
        system = oscal.one_line(_text(character, "system-name"))
        for pointer, held in _each(
            f"{self.at}/control-implementation", controls, "implemented-requirements"
        ):
            control = _text(held, "control-id")
            found = self.provision(framework, control, pointer)
            if found is None:
                continue
            provision, part = found
            if part:
                self.account.passed_over(
                    pointer, f"{control} is a part of {provision.id}, not all of it"
                )
                continue
            for at, key, parts in _by_component(pointer, held):
                component = components.get(key, {})
                subject = self.account.named(
                    "implementation", "-".join(filter(None, (_text(held, "uuid"), key)))
                )
                title = oscal.one_line(_text(component, "title")) or system
                if self._implemented(
                    at,
                    subject,
                    f"{title}: {control}",
                    provision,
                    [_text(one, "description") for one in parts] or [_text(held, "remarks")],
                    [
                        _text(_inner(one, "implementation-status"), "state")
                        or _property(one, "implementation-status")
                        for one in (*parts, held)
                    ],
                    self.owners(*parts, held, component),
                    (*parts, held),
                ):
                    self.account.say(subject, "cw:inScope", scope)

    def _system(self, held: Held) -> ox.NamedNode:
        """Return the scope that a system is, and the AI system where the document says so."""
        pointer = f"{self.at}/system-characteristics"
        ids = [_text(one, "id") for one in _objects(held, "system-ids")]
        name = oscal.one_line(_text(held, "system-name"))
        organisation = ox.NamedNode(f"{BASE}org/{self.account.source.organization}/organization")
        scope = self.account.named("scope", next(iter(ids), name))
        self.classed(scope, "cw:Scope")
        self.account.say(scope, "rdfs:label", name)
        self.account.say(scope, "cw:scopeOf", organisation)
        self.described(scope, _text(held, "description"), label=name)
        said = {
            _property(held, "ai-system").casefold() == "true",
            _property(held, "system-type", "type", "asset-type").casefold() == "ai-system",
        }
        if True in said:
            system = self.account.named("system", next(iter(ids), name))
            self.classed(system, "airo:AISystem")
            self.account.say(system, "rdfs:label", name)
            self.account.say(scope, "cw:includesSystem", system)
            self.account.mapped(pointer, system, "AI system, as the document says, and its scope")
        else:
            self.account.mapped(pointer, scope, "scope")
        return scope

    # Assessments

    def _assessment_plan(self) -> None:
        why = "is planned: a plan shows nothing yet, and judges nothing"
        local = _inner(self.body, "local-definitions")
        for key in ("components", "activities"):
            for pointer, _ in _each(f"{self.at}/local-definitions", local, key):
                self.account.passed_over(pointer, why)
        for key in ("assessment-subjects", "tasks"):
            for pointer, _ in _each(self.at, self.body, key):
                self.account.passed_over(pointer, why)
        self.account.passed_over(f"{self.at}/reviewed-controls", why)

    def _assessment_results(self) -> None:
        local = _inner(self.body, "local-definitions")
        for pointer, _ in _each(f"{self.at}/local-definitions", local, "activities"):
            self.account.passed_over(pointer, "says how was assessed; that stays in the source")
        for pointer, held in _each(self.at, self.body, "results"):
            _Result(self, pointer, held).read()

    # Nonconformities

    def _plan_of_action(self) -> None:
        observations = {_text(one, "uuid"): one for one in _objects(self.body, "observations")}
        findings = {_text(one, "uuid"): one for one in _objects(self.body, "findings")}
        risks = {_text(one, "uuid") for one in _objects(self.body, "risks")}
        named: dict[str, list[ox.NamedNode]] = {}
        used: set[str] = set()
        for pointer, held in _each(self.at, self.body, "poam-items"):
            if _property(held, "basis", own=True) == "finding":
                self.account.passed_over(
                    pointer, "is proposed of a finding: no nonconformity is on record for it"
                )
                continue
            seen = {
                _text(one, "observation-uuid") for one in _objects(held, "related-observations")
            }
            for one in _objects(held, "related-findings"):
                finding = findings.get(_text(one, "finding-uuid"), {})
                seen |= {
                    _text(o, "observation-uuid") for o in _objects(finding, "related-observations")
                }
            item = self._item(pointer, held, [observations[o] for o in seen if o in observations])
            used |= seen
            wanted = [_text(one, "risk-uuid") for one in _objects(held, "related-risks")]
            missing = [uuid for uuid in wanted if uuid not in risks]
            for uuid in wanted:
                named.setdefault(uuid, []).append(item)
            self.account.mapped(
                pointer,
                item,
                "nonconformity"
                + "".join(f"; names the risk {uuid}, which is not there" for uuid in missing),
            )
        for pointer, held in _each(self.at, self.body, "observations"):
            for_item = _text(held, "uuid") in used
            self.account.passed_over(
                pointer,
                "gives the day of detection; the rest stays in the source"
                if for_item
                else "no item names it",
            )
        for pointer, _ in _each(self.at, self.body, "findings"):
            self.account.passed_over(
                pointer, "is a finding of an assessment: import its assessment results"
            )
        for pointer, held in _each(self.at, self.body, "risks"):
            self._remedies(pointer, held, named.get(_text(held, "uuid"), []))

    def _item(self, pointer: str, held: Held, observations: Sequence[Held]) -> ox.NamedNode:
        title = oscal.one_line(_text(held, "title"))
        item = self.named(held, "nonconformity", _text(held, "uuid") or title)
        self.classed(item, "cw:Nonconformity")
        self.account.say(item, "rdfs:label", title)
        self.kept(item, held, pointer)
        if not _property(held, "iri", own=True):
            self.described(item, _text(held, "description"), label=title)
        days = [_day(one, "collected") for one in observations]
        if days and not _property(held, "detectedOn", own=True):
            self.account.say(item, "cw:detectedOn", date.fromisoformat(min(days)))
        return item

    def _remedies(self, pointer: str, held: Held, items: Sequence[ox.NamedNode]) -> None:
        if items:
            self.account.passed_over(
                pointer, "its milestones are read; it has no score by criteria of the organisation"
            )
        else:
            self.account.passed_over(pointer, "no item names it")
        for place, remedy in _each(pointer, held, "remediations"):
            tasks = list(_tasks(place, remedy))
            if not tasks:
                self.account.passed_over(place, "has no task with a day")
            for at, one in tasks:
                if not items:
                    self.account.passed_over(at, "its risk is named by no item")
                    continue
                action = self.named(one, "action", _text(one, "uuid"))
                self.classed(action, "cw:CorrectiveAction")
                self.labelled(action, one)
                self.described(action, _text(one, "description"), label=_text(one, "title"))
                self.kept(action, one, at)
                due = _day(_inner(one, "timing", "on-date"), "date") or _day(
                    _inner(one, "timing", "within-date-range"), "end"
                )
                if due and not _property(one, "dueOn", own=True):
                    self.account.say(action, "cw:dueOn", date.fromisoformat(due))
                for owner in self.owners(one):
                    self.account.say(action, "cw:owner", owner)
                for item in items:
                    self.account.say(item, "cw:correctiveAction", action)
                self.account.mapped(at, action, "corrective action")


class _Result:
    """One result of an assessment while it is read: what was observed, and what was found."""

    def __init__(self, document: _Document, pointer: str, held: Held) -> None:
        self.document, self.account = document, document.account
        self.pointer, self.held = pointer, held
        self.observations = {_text(one, "uuid"): one for one in _objects(held, "observations")}
        self.components = {
            _text(one, "uuid"): (place, one)
            for place, one in _each(
                f"{pointer}/local-definitions", _inner(held, "local-definitions"), "components"
            )
        }
        self.assessment = document.named(held, "assessment", _text(held, "uuid"))
        self.implemented: dict[str, ox.NamedNode] = {}
        self.stated: dict[tuple[str, str], ox.NamedNode] = {}
        self.used: set[str] = set()
        self.assessors: set[ox.NamedNode] = set()
        self.count = 0

    def read(self) -> None:
        """Read it: own observations first, for the findings of our reports rest on them."""
        held = self.held
        framework = self._framework(held)
        for pointer, one in _each(self.pointer, held, "observations"):
            if _property(one, "outcome", own=True):
                self._own_observation(pointer, one, framework)
        for pointer, one in _each(self.pointer, held, "findings"):
            named = _property(one, *FRAMEWORK)
            self._finding(pointer, one, self.document.framework(named) if named else framework)
        for pointer, one in _each(self.pointer, held, "observations"):
            uuid = _text(one, "uuid")
            if _property(one, "outcome", own=True):
                continue
            if uuid in self.used:
                self.account.mapped(pointer, self.assessment, "what its findings rest on")
            else:
                self.account.passed_over(pointer, "no finding that was imported names it")
        for pointer, _ in _each(self.pointer, held, "risks"):
            self.account.passed_over(
                pointer, "a risk is scored by criteria of the organisation; it stays in the source"
            )
        local = _inner(self.held, "local-definitions")
        for key in ("activities", "tasks"):
            for pointer, _ in _each(f"{self.pointer}/local-definitions", local, key):
                self.account.passed_over(pointer, "says how was assessed; that stays in the source")
        for uuid, (pointer, _) in self.components.items():
            if uuid in self.implemented:
                self.account.mapped(pointer, self.implemented[uuid], "implementation")
            else:
                self.account.passed_over(pointer, "no finding that was imported is about it")
        self._assessment()

    def _framework(self, held: Held) -> Framework:
        """Return the framework of the findings that name none themselves."""
        document = self.document
        return document.framework(
            _property(held, "edition", own=True),
            _property(held, *FRAMEWORK),
            _text(held, "title"),
            _text(_inner(document.body, "import-ap"), "href"),
            _text(document.metadata, "title"),
        )

    def _assessment(self) -> None:
        document, held = self.document, self.held
        if not self.count:
            self.account.passed_over(
                self.pointer, "none of its findings is about a provision that is carried"
            )
            return
        document.classed(self.assessment, "cw:Assessment")
        document.labelled(self.assessment, held)
        document.kept(self.assessment, held, self.pointer)
        day = _day(held, "end") or _day(held, "start")
        self.account.say(self.assessment, "cw:assessedOn", date.fromisoformat(day))
        for one in _objects(document.metadata, "responsible-parties"):
            if _text(one, "role-id") == "assessor" and not self.assessors:
                self.assessors = {document.party(uuid) for uuid in _words(one, "party-uuids")}
        for agent in self.assessors:
            self.account.say(self.assessment, "cw:assessor", agent)
        self.account.mapped(self.pointer, self.assessment, f"assessment, {self.count} results")

    def _actors(self, held: Held) -> None:
        for origin in _objects(held, "origins"):
            for one in _objects(origin, "actors"):
                if _text(one, "type") == "party":
                    self.assessors.add(self.document.party(_text(one, "actor-uuid")))

    def _own_observation(self, pointer: str, held: Held, framework: Framework) -> None:
        document = self.document
        control = _property(held, "control", own=True)
        found = document.provision(framework, control, pointer)
        if found is None:
            return
        result = document.named(held, "result", _text(held, "uuid"))
        self._result(result, found[0])
        document.kept(result, held, pointer)
        for implementation in self._implementations(held, None):
            self.account.say(result, "earl:subject", implementation)
        self._actors(held)
        self.stated[_text(held, "uuid"), found[0].iri] = result
        self.account.mapped(
            pointer, result, f"{_property(held, 'outcome', own=True).rpartition('#')[2]}: {control}"
        )

    def _result(self, result: ox.NamedNode, provision: Provision) -> None:
        self.document.classed(result, "cw:AssessmentResult")
        self.account.say(result, "cw:resultOf", self.assessment)
        self.account.say(result, "earl:test", ox.NamedNode(provision.iri))
        self.count += 1

    def _finding(self, pointer: str, held: Held, framework: Framework) -> None:
        document = self.document
        target = _inner(held, "target")
        control, state = _text(target, "target-id"), _text(_inner(target, "status"), "state")
        found = document.provision(framework, control, pointer)
        if found is None:
            return
        provision, part = found
        uuids = [_text(one, "observation-uuid") for one in _objects(held, "related-observations")]
        for uuid in uuids:
            if (uuid, provision.iri) in self.stated:
                self.account.mapped(pointer, self.stated[uuid, provision.iri], "of its observation")
                return
        reason = _text(_inner(target, "status"), "reason")
        if reason in NOT_ASSESSED:
            self.account.passed_over(
                pointer, f"{control} is {state} for the reason {reason!r}: it was not assessed"
            )
            return
        if part and state == "satisfied":
            self.account.passed_over(
                pointer,
                f"{control} is a part of {provision.id}: that it is met shows not all of it",
            )
            return
        seen = [self.observations[uuid] for uuid in uuids if uuid in self.observations]
        self.used.update(uuids)
        implementations = sorted(
            {one for held_ in seen for one in self._implementations(held_, provision)},
            key=lambda one: one.value,
        )
        results = [document.named(held, "result", _text(held, "uuid"))]
        if len(implementations) > 1:
            results = [
                self.account.hashed("result", _text(held, "uuid"), one.value)
                for one in implementations
            ]
        for n, result in enumerate(results):
            self._result(result, provision)
            self.account.say(result, "cw:outcome", ox.NamedNode(expand(OUTCOMES[state])))
            self.account.say(result, "cw:finding", _text(held, "description"))
            if implementations:
                self.account.say(result, "earl:subject", implementations[n])
        for one in (held, *seen):
            self._actors(one)
        for observation in seen:
            document.observed(observation, self._implementations(observation, provision))
        more = f", by its part {part}" if part else ""
        more += f", for the reason {reason!r}" if reason not in ("", "pass", "fail") else ""
        self.account.mapped(
            pointer, results[0], f"{state}: {provision.edition}:{provision.id}{more}"
        )

    def _implementations(self, held: Held, provision: Provision | None) -> list[ox.NamedNode]:
        """Return what was observed, where it is a component that the results describe or name."""
        found = []
        for one in _objects(held, "subjects"):
            uuid = _text(one, "subject-uuid")
            pointer, component = self.components.get(uuid, ("", {}))
            title = _text(component, "title") or _text(one, "title")
            if _text(one, "type") != "component" or not title:
                continue
            document = self.document
            subject = document.named(component, "implementation", uuid)
            if _property(component, "iri", own=True):
                document.own_implementation(subject, component, pointer)
            else:
                document.classed(subject, "cw:ControlImplementation")
                self.account.say(subject, "rdfs:label", oscal.one_line(title))
                document.described(subject, _text(component, "description"), label=title)
                for owner in document.owners(component):
                    self.account.say(subject, "cw:owner", owner)
                if provision is not None:
                    self.account.say(subject, "cw:implements", ox.NamedNode(provision.iri))
            self.implemented[uuid] = subject
            found.append(subject)
        return found


def _by_component(pointer: str, held: Held) -> list[tuple[str, str, list[Held]]]:
    """Return what each component does for a requirement: (place, UUID of the component, parts)."""
    found: dict[str, tuple[str, list[Held]]] = {}
    holders = [(pointer, held), *_each(pointer, held, "statements")]
    for place, holder in holders:
        for at, one in _each(place, holder, "by-components"):
            found.setdefault(_text(one, "component-uuid"), (at, []))[1].append(one)
    if not found:
        statements = _objects(held, "statements")
        return [(pointer, "", statements)]
    return [(at, key, parts) for key, (at, parts) in found.items()]


def _tasks(pointer: str, held: Held) -> Iterator[Placed]:
    for at, one in _each(pointer, held, "tasks"):
        yield at, one
        yield from _tasks(at, one)
