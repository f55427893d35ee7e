"""Evidence of many organisations, made from a seed: as large as asked for, mostly sound.

Every class that a shape of an organisation targets is there, and every property that a shipped
query asks for, in the proportions of a real record: many evidence items and results, few
statements and certificates. What is cited is the real catalogue. One record in so many is faulty
(:data:`~crosswalk.bench.faults.FAULTY`), by each of the faults of its kind in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from random import Random

from crosswalk import catalogue
from crosswalk.bench.faults import faulty
from crosswalk.bench.terms import Said, day, text, whole
from crosswalk.errors import UsageError
from crosswalk.graph import open_dataset
from crosswalk.namespaces import edition_iri, graph_iri

__all__ = ["LEAST", "generated", "organisation_key"]

LEAST = 2_000
"""Triples that an organisation has at least."""

TYPICAL = 10_000
"""Triples of an organisation of middling size: what the numbers of its records are stated for."""

STATEMENTS = ("iso-42001-2023", "iso-27001-2022")
PROFILED = "nist-ai-rmf-1.0"
HIGH_RISK_TOPICS = ("risk", "documentation", "human-oversight", "logging")
KINDS = {
    "Attestation": 365,
    "AuditReport": 365,
    "Contract": 1095,
    "ImpactAssessmentReport": 365,
    "Log": 92,
    "ModelCard": 365,
    "Policy": 730,
    "Record": 365,
    "SBOM": 180,
    "TestReport": 365,
    "TrainingRecord": 365,
}
"""Kind of evidence → for how many days it is good."""
METHODS = (
    "likelihood-times-impact",
    "sum-of-squares",
    "annual-loss-expectancy",
    "risk-matrix",
    "three-levels",
)
LEVELS = ("low", "medium", "high")
BOUNDS = {
    "likelihood-times-impact": (("1", "6"), ("7", "14"), ("15", "25")),
    "sum-of-squares": (("2", "12"), ("13", "29"), ("30", "50")),
    "annual-loss-expectancy": (("0", "9999.99"), ("10000", "49999.99"), ("50000", None)),
}
"""Method → the scores of each level, from and to."""
CONDITIONS = ("input-data-control", "logs-under-control", "decisions-about-persons")
UNMET = ("real-time-rbi", "deep-fake", "emotion-or-categorisation", "synthetic-content")
ANNEX_POINT = "eu-ai-act-2026:annex-III/pt-4/pt-a"
PHASES = ("design-and-development", "deployment", "operation-and-monitoring", "re-evaluation")
CLASSES = ("high-risk-annex-III", "high-risk-annex-III", "transparency", "minimal")
TRIGGERS = ("major-model-update", "new-data-source", "new-population", "serious-incident")
COMPARED = (("at-least", 1), ("at-most", -1), ("greater-than", 1), ("less-than", -1))
REVIEWED = (
    "previous-actions",
    "context",
    "interested-parties",
    "nonconformities",
    "measurements",
    "audits",
    "improvement",
    "objectives",
    "feedback",
    "risks",
)
OUTCOMES = ("cw:partially-passed", "earl:failed", "earl:untested")
SMALLEST = 40
"""Triples left that are filled with remarks rather than with one more record."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What evidence cites of the public knowledge, as terms."""

    counted: dict[str, tuple[str, ...]]
    decided: dict[str, tuple[str, ...]]
    topics: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, str], ...]


def generated(triples: int, *, organisations: int | None = None, seed: int = 0) -> Iterator[str]:
    r"""Yield the evidence of some organisations as N-Quads, a record at a time.

    There are exactly so many quads, no two the same, shared out evenly. The same arguments and
    the same public knowledge give the same bytes.

    :param organisations: how many; default one for each ten thousand triples.
    :raises UsageError: if an organisation would have fewer than ``LEAST`` triples.

    >>> sum(record.count("\n") for record in generated(2_000, seed=7))
    2000
    """
    number = max(1, triples // TYPICAL) if organisations is None else organisations
    if number < 1 or triples // number < LEAST:
        raise UsageError(
            f"{triples} triples are too few for {number} organisations",
            remedy=f"Ask for {LEAST} triples an organisation, or for fewer organisations.",
        )
    return _all(triples, number, seed)


def organisation_key(number: int) -> str:
    """Return the key of a generated organisation, counted from 0.

    >>> organisation_key(7)
    'bench-00007'
    """
    return f"bench-{number:05}"


def _all(triples: int, organisations: int, seed: int) -> Iterator[str]:
    known, made = _catalogue(), Counter[str]()
    for number in range(organisations):
        share = triples // organisations + (number < triples % organisations)
        chance = Random(f"{seed}/{number}")  # noqa: S311 - data, no secret
        yield from _Organisation(organisation_key(number), share, known, chance, made).records()


@cache
def _catalogue() -> Catalogue:
    dataset = open_dataset()
    counted, decided = {}, {}
    for key in (*STATEMENTS, PROFILED, "eu-ai-act-2026"):
        provisions = catalogue.provisions(dataset, key)
        counted[key] = tuple(f"<{p.iri}>" for p in provisions if p.counted)
        controls = tuple(f"<{p.iri}>" for p in provisions if p.kind == "control")
        decided[key] = controls or counted[key]
    topics = catalogue.topics(dataset, "eu-ai-act-2026")
    rows = [
        (f"<{row['iri']}>", f"<{row['object']}>")
        for row in dataset.rows("inference/mapping-rows")
        if row["relation"] == "superset-of" and row["object"]
    ]
    return Catalogue(
        counted,
        decided,
        tuple(
            tuple(f"<{iri}>" for iri in sorted(topics) if topic in topics[iri])
            for topic in HIGH_RISK_TOPICS
        ),
        tuple(sorted(rows)),
    )


class _Organisation:
    """One organisation while it is made: its names, and how much of it there is."""

    def __init__(
        self, key: str, triples: int, known: Catalogue, chance: Random, made: Counter[str]
    ) -> None:
        self.key = key
        self.triples = triples
        self.known = known
        self.chance = chance
        self.made = made
        self.home = graph_iri("org", key)
        self.left = triples
        self.graph = ""
        self.me = f"<{self.home}/organization>"
        self.posts = [self.name("post", n) for n in range(12)]
        self.people = [self.name("person", n) for n in range(12)]
        self.scopes = [self.name("scope", n) for n in range(3)]
        self.systems = [self.name("system", n) for n in range(self.number(6, 2))]
        self.implementations = [self.name("implementation", n) for n in range(self.number(100, 20))]
        self.evident: list[int] = []
        self.provision: list[str] = []
        self.owner: list[str] = []
        self.criteria = [self.name("criteria", n) for n in range(self.number(9, 5))]
        self.objectives = [self.name("objective", n) for n in range(self.number(8, 2))]
        self.statements = [self.name("statement", n) for n in range(self.number(2, 1))]

    def name(self, kind: str, number: int | str) -> str:
        return f"<{self.home}/{kind}/{number}>"

    def number(self, typical: int, least: int) -> int:
        return max(least, typical * self.triples // TYPICAL)

    def hash(self) -> str:
        return f'"{self.chance.getrandbits(256):064x}"'

    def document(self, name: str) -> Iterator[str]:
        """Begin a document, and yield what is known of where it comes from."""
        graph = graph_iri("org", self.key, "evidence", name)
        self.graph = f"<{graph}>"
        return self._said(
            self.graph,
            {
                "rdf:type": whole("prov:Entity"),
                "dcterms:title": f'"{name}"',
                "dcterms:format": '"application/n-quads"',
                "dcterms:extent": whole(str(1000 + self.chance.randrange(9000))),
                "cw:sha256": self.hash(),
                "prov:generatedAtTime": whole('"2026-11-20T08:00:00Z"^^xsd:dateTime'),
                "prov:wasAttributedTo": f"<{self.home}/caller/importer>",
            },
            graph=f"<{graph_iri('org', self.key, 'provenance')}>",
        )

    def record(self, kind: str, name: str, said: Said) -> Iterator[str]:
        """Yield a record, faulty if its turn has come."""
        number = self.made[kind]
        self.made[kind] += 1
        return self._said(name, faulty(kind, number, said))

    def _said(self, name: str, said: Said, graph: str | None = None) -> Iterator[str]:
        written = text(name, said, graph or self.graph)
        self.left -= written.count("\n")
        yield written

    def records(self) -> Iterator[str]:
        yield from self.about()
        yield from self.about_systems()
        yield from self.about_implementations()
        yield from self.about_statements()
        yield from self.about_risks()
        yield from self.about_objectives()
        yield from self.about_audits()
        yield from self.about_evidence()

    def about(self) -> Iterator[str]:
        yield from self.document("organisation")
        agent = f"<{self.home}/caller/importer>"
        yield from self._said(
            agent,
            {"rdfs:label": '"importer"'},
            graph=f"<{graph_iri('org', self.key, 'provenance')}>",
        )
        public = self.made["organisation"] % 2 == 0
        self.made["organisation"] += 1
        yield from self._said(
            self.me,
            {
                "rdf:type": whole("cw:Organization"),
                "rdfs:label": f'"Organisation {self.key}"@en',
                "cw:organizationKey": f'"{self.key}"',
                "dcterms:description": '"Made for measuring."@en',
                "cw:meetsCondition": whole("condition:public-body") if public else None,
                "cw:failsCondition": whole("condition:outside-union"),
            },
        )
        for n, scope in enumerate(self.scopes):
            yield from self._said(
                scope,
                {
                    "rdf:type": whole("cw:Scope"),
                    "rdfs:label": f'"Scope {n}"@en',
                    "cw:scopeOf": self.me,
                    "cw:includesScope": tuple(self.scopes[1:]) if n == 0 else None,
                    "cw:includesSystem": tuple(self.systems[n - 1 :: 2]) if n else None,
                    "dcterms:description": f'"What belongs to part {n}."@en',
                },
            )
        for n, (post, person) in enumerate(zip(self.posts, self.people, strict=True)):
            yield from self._said(
                post,
                {
                    "rdf:type": (whole("prov:Agent"), whole("org:Post")),
                    "rdfs:label": f'"Post {n}"@en',
                    "org:postIn": self.me,
                },
            )
            yield from self._said(
                person,
                {
                    "rdf:type": (whole("prov:Agent"), whole("foaf:Person")),
                    "rdfs:label": f'"Person {n}"',
                    "foaf:name": f'"Person {n} of {self.key}"',
                    "org:holds": post,
                },
            )
        for n in range(self.number(4, 2)):
            yield from self._said(
                self.name("issue", n),
                {
                    "rdf:type": whole("cw:ContextIssue"),
                    "rdfs:label": f'"Issue {n}"@en',
                    "cw:issueKind": whole("cw:external-issue" if n % 2 else "cw:internal-issue"),
                    "cw:inScope": self.scopes[0],
                },
            )
            yield from self._said(
                self.name("party", n),
                {
                    "rdf:type": whole("cw:InterestedParty"),
                    "rdfs:label": f'"Party {n}"@en',
                    "cw:need": f'"Need {n}"',
                    "cw:inScope": self.scopes[0],
                },
            )
            yield from self._said(
                self.name("role-assignment", n),
                {
                    "rdf:type": whole("cw:RoleAssignment"),
                    "rdfs:label": f'"Role {n}"@en',
                    "cw:agent": self.people[n % 12],
                    "cw:activity": f'"Activity {n // 2}"',
                    "cw:raci": whole("cw:accountable" if n % 2 else "cw:responsible"),
                    "cw:roleTitle": f'"Post {n % 12}"',
                    "cw:inScope": self.scopes[0],
                },
            )

    def about_systems(self) -> Iterator[str]:
        yield from self.document("systems")
        for n, system in enumerate(self.systems):
            high = CLASSES[n % 4].startswith("high")
            change = self.name("change", n)
            yield from self.record(
                "system",
                system,
                {
                    "rdf:type": whole("airo:AISystem"),
                    "rdfs:label": f'"System {n}"@en',
                    "cw:operatedBy": self.me,
                    "cw:roleHeld": whole(f"operator-role:{'deployer' if n % 3 else 'provider'}"),
                    "cw:riskClass": whole(f"risk-class:{CLASSES[n % 4]}"),
                    "cw:annexIIIPoint": whole(ANNEX_POINT) if high else None,
                    "cw:purpose": f'"Ranks what comes in, way {n}."',
                    "cw:lifeCyclePhase": whole(f"cw:{PHASES[n % 4]}"),
                    "cw:placedOnMarket": day(900),
                    "cw:putIntoService": day(700),
                    "cw:supplier": self.people[11],
                    "cw:meetsCondition": tuple(whole(f"condition:{c}") for c in CONDITIONS),
                    "cw:failsCondition": tuple(whole(f"condition:{c}") for c in UNMET),
                    "cw:designChange": change if n % 2 == 0 else None,
                },
            )
            if n % 2 == 0:
                yield from self.record(
                    "change",
                    change,
                    {
                        "rdf:type": whole("cw:DesignChange"),
                        "rdfs:label": f'"Retraining {n}"@en',
                        "cw:changedOn": day(60 + n % 300),
                        "cw:changedBy": self.me,
                        "cw:significant": whole("true") if n % 4 == 0 else None,
                        "cw:substantialModification": whole("false") if n % 4 == 0 else None,
                        "cw:settledBy": '"Statement of the provider"' if n % 4 else None,
                    },
                )
            yield from self.record(
                "trigger",
                self.name("trigger", n),
                {
                    "rdf:type": whole("cw:ChangeTrigger"),
                    "rdfs:label": f'"Change {n}"@en',
                    "cw:triggerKind": whole(f"cw:{TRIGGERS[n % 4]}"),
                    "cw:occurredOn": day(60 + n % 300),
                    "cw:forSystem": system,
                    "cw:dueOn": day(20) if n % 3 == 0 else None,
                    "cw:inScope": self.scopes[0],
                },
            )
            # of some systems nothing was ever assessed
            for times, ago in enumerate((30 + n % 20, 500 + n % 20) if n % 6 != 4 else ()):
                yield from self.record(
                    "impact-assessment",
                    self.name("impact-assessment", f"{n}-{times}"),
                    {
                        "rdf:type": whole("cw:ImpactAssessment"),
                        "rdfs:label": f'"Impact of system {n}"@en',
                        "cw:impactOf": system,
                        "cw:assessedOn": day(ago),
                        "cw:assessor": self.people[3],
                        "cw:affectedGroup": '"candidates"',
                        "cw:impactFinding": f'"Finding {n}"',
                        "cw:approvedBy": self.people[0],
                        "cw:approvedOn": day(ago - 1),
                        "cw:inScope": self.scopes[0],
                    },
                )
                yield from self.record(
                    "risk-assessment",
                    self.name("risk-assessment", f"{n}-{times}"),
                    {
                        "rdf:type": whole("cw:RiskAssessment"),
                        "rdfs:label": f'"Risks of system {n}"@en',
                        "cw:assessedOn": day(ago),
                        "cw:assessor": self.people[1],
                        "cw:forSystem": system,
                        "cw:usesCriteria": self.criteria[0],
                        "cw:inScope": self.scopes[0],
                    },
                )

    def about_implementations(self) -> Iterator[str]:
        yield from self.document("implementations")
        cited = [*self.known.counted[STATEMENTS[0]], *self.known.counted["eu-ai-act-2026"]]
        cited += self.known.counted[STATEMENTS[1]]
        mixed = cycle(self.known.counted[STATEMENTS[0]] + tuple(self.chance.sample(cited, 60)))
        high = [s for n, s in enumerate(self.systems) if CLASSES[n % 4].startswith("high")]
        for n, name in enumerate(self.implementations):
            provision, system = next(mixed), None
            # what each high-risk system needs, but for the last one
            if n < 4 * len(high[1:] or high) and n < len(self.implementations) // 2:
                provision, system = self.chance.choice(self.known.topics[n % 4]), high[n // 4]
            status = "implemented"
            if system is None and n % 8 == 7:
                status = ("planned", "in-progress", "retired")[n // 8 % 3]
            elif n % 16 != 13:
                self.evident.append(n)
            second = self.chance.choice(cited) if n % 3 == 0 else None
            self.provision.append(provision)
            self.owner.append(self.people[4 + n % 7] if n % 2 else self.posts[4 + n % 7])
            yield from self.record(
                "implementation",
                name,
                {
                    "rdf:type": whole("cw:ControlImplementation"),
                    "rdfs:label": f'"Doing {n}"@en',
                    "dcterms:description": f'"How {n} is done."@en' if n % 2 else None,
                    "cw:implements": (provision, second)
                    if second and second != provision
                    else provision,
                    "cw:owner": self.owner[-1],
                    "cw:implementationStatus": whole(f"cw:{status}"),
                    "cw:inScope": self.scopes[n % 7 if n % 7 in (1, 2) else 0],
                    "cw:forSystem": system,
                },
            )

    def about_statements(self) -> Iterator[str]:
        yield from self.document("statements")
        for n, name in enumerate(self.statements):
            key = STATEMENTS[n % 2]
            controls = self.known.decided[key]
            what = ("cw:StatementOfApplicability", None)
            yield from self.decided("statement", name, key, controls, n, what)
            body = self.people[11]
            yield from self.record(
                "certificate",
                self.name("certificate", n),
                {
                    "rdf:type": whole("cw:Certificate"),
                    "rdfs:label": f'"Certificate {n}"@en',
                    "cw:certifies": f"<{edition_iri(key)}>",
                    "cw:holder": self.me,
                    "cw:inScope": self.scopes[0],
                    "cw:certificationBody": body,
                    "cw:validFrom": day(200),
                    "cw:validTo": day(-800),
                    "cw:underSoA": name,
                    "cw:recordedOn": day(200),
                },
            )
        if self.triples >= TYPICAL * 4 // 5:
            for n in range(self.number(1, 1)):
                for kind in ("target", "current"):
                    yield from self.decided(
                        "profile",
                        self.name("profile", f"{kind}-{n}"),
                        PROFILED,
                        self.known.decided[PROFILED],
                        n,
                        ("cw:Profile", f"cw:{kind}-profile"),
                    )
        for n in range(self.number(6, 2)):
            row, provision = self.chance.choice(self.known.rows)
            yield from self.record(
                "acceptance",
                self.name("acceptance", n),
                {
                    "rdf:type": whole("cw:InferenceAcceptance"),
                    "cw:provision": provision,
                    "cw:inScope": self.scopes[0],
                    "cw:acceptedBy": self.people[0],
                    "cw:acceptedOn": day(50 + n % 300),
                    "cw:justification": '"What is done there does for this too."',
                    "cw:acceptedPath": row,
                },
            )

    def decided(
        self,
        kind: str,
        name: str,
        key: str,
        provisions: tuple[str, ...],
        n: int,
        what: tuple[str, str | None],
    ) -> Iterator[str]:
        """Yield a statement or a profile, and its decisions."""
        slug = name[1:-1].removeprefix(self.home + "/").replace("/", "-")
        decisions = [self.name("decision", f"{slug}-{at}") for at in range(len(provisions))]
        on = day(210 + n % 100)
        yield from self.record(
            kind,
            name,
            {
                "rdf:type": whole(what[0]),
                "rdfs:label": f'"Decisions {n}"@en',
                "cw:profileKind": whole(what[1]) if what[1] else None,
                "cw:forEdition": f"<{edition_iri(key)}>",
                "cw:inScope": self.scopes[0 if n < 2 else n % 3],
                "cw:version": f'"{n // 2 + 1}.0"',
                "cw:approvedBy": self.people[0],
                "cw:approvedOn": on,
                "cw:recordedOn": on,
                "cw:decision": tuple(decisions),
            },
        )
        for decision, provision in zip(decisions, provisions, strict=True):
            taken = self.chance.random() < 0.9
            yield from self.record(
                "decision",
                decision,
                {
                    "rdf:type": whole("cw:ApplicabilityDecision"),
                    "cw:provision": provision,
                    "cw:applicable": whole("true" if taken else "false"),
                    "cw:justification": '"The risks ask for it."' if taken else '"No such use."',
                    "cw:approvedBy": self.people[0],
                    "cw:approvedOn": on,
                    "cw:implementedBy": self.implementations[self.chance.choice(self.evident)]
                    if taken and kind == "statement"
                    else None,
                },
            )

    def about_risks(self) -> Iterator[str]:
        yield from self.document("risks")
        for n, name in enumerate(self.criteria):
            yield from self._criteria(n, name)
        for n in range(self.number(32, 5)):
            yield from self._risk(n, self.name("risk", n))

    def _criteria(self, n: int, name: str) -> Iterator[str]:
        # the first of each method are sound: the risks are scored by them
        method = METHODS[n % 5]
        scaled = method not in ("annual-loss-expectancy", "three-levels")
        scale = whole("3" if method == "risk-matrix" else "5") if scaled else None
        slug = f"{n}"
        cells = (
            [(chance, harm) for chance in (1, 2, 3) for harm in (1, 2, 3)]
            if method == "risk-matrix"
            else []
        )
        said: Said = {
            "rdf:type": whole("cw:RiskCriteria"),
            "rdfs:label": f'"Criteria {n}: {method}"@en',
            "cw:scoringMethod": whole(f"cw:{method}"),
            "cw:maximumLikelihood": scale,
            "cw:maximumImpact": scale,
            "cw:currency": '"EUR"' if method == "annual-loss-expectancy" else None,
            "cw:riskLevelRule": tuple(self.name("rule", f"{slug}-{level}") for level in LEVELS),
            "cw:matrixCell": tuple(self.name("cell", f"{slug}-{x}-{y}") for x, y in cells) or None,
            "cw:inScope": self.scopes[0],
        }
        if n < 5:
            yield from self._said(name, said)
        else:
            yield from self.record("criteria", name, said)
        for at, level in enumerate(LEVELS):
            low, top = BOUNDS.get(method, ((None, None),) * 3)[at]
            yield from self._said(
                self.name("rule", f"{slug}-{level}"),
                {
                    "rdf:type": whole("cw:RiskLevelRule"),
                    "cw:riskLevel": whole(f"cw:{level}"),
                    "cw:response": f'"response to {level}"',
                    "cw:respondsWith": whole(f"cw:respond-{('accept', 'treat', 'escalate')[at]}"),
                    "cw:minimumScore": low and whole(low),
                    "cw:maximumScore": top and whole(top),
                    "cw:mayBeAcceptedBy": (self.posts[0], self.posts[1]) if at < 2 else None,
                },
            )
        for x, y in cells:
            yield from self._said(
                self.name("cell", f"{slug}-{x}-{y}"),
                {
                    "rdf:type": whole("cw:RiskMatrixCell"),
                    "cw:cellLikelihood": whole(str(x)),
                    "cw:cellImpact": whole(str(y)),
                    "cw:riskLevel": whole(f"cw:{LEVELS[(x + y > 3) + (x + y > 4)]}"),
                },
            )

    def _risk(self, n: int, name: str) -> Iterator[str]:
        method, at = METHODS[n % 5], self.chance.randrange(3)  # the level, from low
        said: Said = {
            "rdf:type": whole("cw:Risk"),
            "rdfs:label": f'"Risk {n}"@en',
            "cw:riskOf": self.systems[n % len(self.systems)],
            "cw:scoredBy": self.criteria[n % 5],
            "cw:riskLevel": whole(f"cw:{LEVELS[at]}"),
            "cw:owner": self.people[4 + n % 7],
            "cw:identifiedOn": day(100 + n % 400),
            "cw:inScope": self.scopes[0],
            "cw:escalatedTo": self.people[0] if at == 2 else None,
        }
        if method in ("likelihood-times-impact", "sum-of-squares"):
            x, y = ((1, 2), (3, 4), (5, 5))[at]
            score = x * y if method == "likelihood-times-impact" else x * x + y * y
            said |= {
                "cw:likelihood": whole(str(x)),
                "cw:impact": whole(str(y)),
                "cw:riskScore": whole(str(score)),
            }
        elif method == "risk-matrix":
            said |= {"cw:likelihood": whole(str(at + 1)), "cw:impact": whole(str(at + 1))}
        elif method == "annual-loss-expectancy":
            worth = (20_000, 200_000, 800_000)[at]
            said |= {
                "cw:annualRate": whole("0.5"),
                "cw:assetValue": whole(str(worth)),
                "cw:exposureFactor": whole("0.3"),
                "cw:currency": '"EUR"',
                "cw:riskScore": whole(f"{worth * 15 // 100}.0"),
            }
        treated = at > 0 or n % 3 == 0
        treatment = self.name("treatment", n)
        yield from self.record(
            "risk", name, said | {"cw:treatment": treatment if treated else None}
        )
        if not treated:
            return
        done = n % 5 != 4
        least, most = ((1, 1), (1, 2), (2, 4))[at], LEVELS[max(0, at - 1)]
        scored = method == "likelihood-times-impact"
        yield from self.record(
            "treatment",
            treatment,
            {
                "rdf:type": whole("cw:RiskTreatment"),
                "rdfs:label": f'"Treatment {n}"@en',
                "cw:treatmentOption": whole("cw:mitigate" if at else "cw:accept"),
                "cw:owner": self.people[4 + n % 7],
                "cw:dueOn": day(30 + n % 60) if done else day(-30),
                "cw:completedOn": day(40 + n % 60) if done else None,
                "cw:implementedBy": tuple(
                    self.implementations[self.evident[one]]
                    for one in sorted({n % len(self.evident), n * 7 % len(self.evident)})
                )
                if at
                else None,
                "cw:residualLevel": whole(f"cw:{most}") if done or not at else None,
                "cw:residualLikelihood": whole(str(least[0])) if scored and done else None,
                "cw:residualImpact": whole(str(least[1])) if scored and done else None,
                "cw:residualScore": whole(str(least[0] * least[1])) if scored and done else None,
                "cw:residualAcceptedBy": (self.people[0] if n % 2 else self.posts[1])
                if done or not at
                else None,
                "cw:residualAcceptedOn": day(30 + n % 60) if done or not at else None,
                "cw:inScope": self.scopes[0],
            },
        )

    def about_objectives(self) -> Iterator[str]:
        yield from self.document("objectives")
        missed: list[str] = []
        for n, objective in enumerate(self.objectives):
            comparator, sign = COMPARED[n % 4]
            yield from self.record(
                "objective",
                objective,
                {
                    "rdf:type": whole("cw:Objective"),
                    "rdfs:label": f'"Objective {n}"@en',
                    "cw:metric": f'"share of what is right, way {n}"',
                    "cw:comparator": whole(f"cw:{comparator}"),
                    "cw:target": whole("0.85"),
                    "cw:unit": '"1"',
                    "cw:owner": self.people[4 + n % 7],
                    "cw:setOn": day(600),
                    "cw:reviewedOn": day(40),
                    "cw:windowDays": whole("30"),
                    "cw:measuredEveryDays": whole("92"),
                    "cw:forSystem": self.systems[n % len(self.systems)],
                    "cw:interpretationNote": '"Our own reading."' if n % 2 else None,
                    "cw:inScope": self.scopes[0],
                },
            )
            for month in range(6):
                name = self.name("measurement", f"{n}-{month}")
                fails = (n * 6 + month) % 12 == 5
                value = 0.85 + (-sign if fails else sign) * 0.01 * self.chance.randrange(1, 9)
                computed = month % 3 == 0
                on = 10 + 30 * month
                yield from self.record(
                    "measurement",
                    name,
                    {
                        "rdf:type": whole("cw:Measurement"),
                        "rdfs:label": f'"Measurement {n}, month {month}"@en',
                        "cw:measures": objective,
                        "cw:observedValue": whole(f"{value:.2f}"),
                        "cw:unit": '"1"',
                        "cw:measuredOn": day(on),
                        "cw:periodFrom": day(on + 30),
                        "cw:periodTo": day(on + 1),
                        "cw:recordedOn": day(on),
                        "cw:measuredBy": whole("cw:selection-rate-ratio") if computed else None,
                        "cw:parameter": ('"total=all"', '"where=group"') if computed else None,
                        "cw:inputFile": f'"documents/data-{n}-{month}.csv"' if computed else None,
                        "cw:inputText": f'"a,b;{n},{month}"' if computed and n % 2 else None,
                        "cw:inputSha256": self.hash() if computed else None,
                        "cw:inScope": self.scopes[0],
                    },
                )
                if fails:
                    missed.append(name)
        for n in range(max(self.number(12, 2), len(missed))):
            cited = missed[n] if n < len(missed) else self.name("audit", n % self.number(6, 2))
            yield from self._nonconformity(n, self.name("nonconformity", n), cited)

    def _nonconformity(self, n: int, name: str, cited: str) -> Iterator[str]:
        stage = n % 5  # detected, reacted, evaluated, acted, closed
        action = self.name("action", n)
        acted = stage >= 3 or n % 7 == 0
        yield from self.record(
            "nonconformity",
            name,
            {
                "rdf:type": whole("cw:Nonconformity"),
                "rdfs:label": f'"Nonconformity {n}"@en',
                "cw:cites": cited,
                "cw:owner": self.people[4 + n % 7],
                "cw:detectedOn": day(9),
                "cw:reactedOn": day(8) if stage >= 1 else None,
                "cw:evaluatedOn": day(7) if stage >= 2 else None,
                "cw:rootCause": f'"Cause {n}"' if stage >= 2 else None,
                "cw:similarCases": '"none found"' if stage >= 2 else None,
                "cw:actedOn": day(5) if stage >= 3 else None,
                "cw:closedOn": day(2) if stage >= 4 else None,
                "cw:correctiveAction": action if acted else None,
                "cw:closureEvidence": self.name("item", n) if stage >= 4 else None,
                "cw:inScope": self.scopes[0],
            },
        )
        if acted:
            yield from self.record(
                "action",
                action,
                {
                    "rdf:type": whole("cw:CorrectiveAction"),
                    "rdfs:label": f'"Action {n}"@en',
                    "cw:owner": self.people[4 + n % 7],
                    "cw:dueOn": day(3),
                    "cw:completedOn": day(4) if stage >= 3 else None,
                    "cw:effectivenessCheckedOn": day(3) if stage >= 3 else None,
                    "cw:inScope": self.scopes[0],
                },
            )

    def about_audits(self) -> Iterator[str]:
        yield from self.document("audits")
        programmes = [self.name("programme", n) for n in range(self.number(2, 2))]
        for n, programme in enumerate(programmes):
            yield from self.record(
                "programme",
                programme,
                {
                    "rdf:type": whole("cw:AuditProgramme"),
                    "rdfs:label": f'"Programme {n}"@en',
                    "cw:owner": self.people[4],
                    "cw:approvedBy": self.people[0],
                    "cw:approvedOn": day(200),
                    "cw:auditsAgainst": f"<{edition_iri(STATEMENTS[0])}>",
                    "cw:intervalDays": whole("92"),
                    "cw:periodFrom": day(200),
                    "cw:periodTo": day(-200),
                    "cw:inScope": self.scopes[n % 3],
                },
            )
        for n in range(self.number(6, 2)):
            seen = sorted(self.chance.sample(range(len(self.implementations)), 10))
            yield from self.record(
                "audit",
                self.name("audit", n),
                {
                    "rdf:type": whole("cw:InternalAudit"),
                    "rdfs:label": f'"Audit {n}"@en',
                    "cw:inProgramme": programmes[n % len(programmes)],
                    "cw:auditedOn": day(20 + 10 * (n % 15)),
                    "cw:auditor": self.people[2],
                    "cw:audits": tuple(self.implementations[one] for one in seen),
                    "_owner": self.owner[seen[0]],
                    "cw:finding": (f'"Finding {n} a"', f'"Finding {n} b"'),
                    "cw:inScope": self.scopes[0],
                },
            )
        for n in range(self.number(3, 2)):
            yield from self.record(
                "review",
                self.name("review", n),
                {
                    "rdf:type": whole("cw:ManagementReview"),
                    "rdfs:label": f'"Review {n}"@en',
                    "cw:heldOn": day(30 + 90 * (n % 8)),
                    "cw:chairedBy": self.people[0],
                    "cw:reviewTopic": tuple(whole(f"cw:review-{one}") for one in REVIEWED),
                    "cw:reviewInput": (
                        self.name("audit", 0),
                        self.objectives[0],
                        self.criteria[0],
                        self.name("issue", 0),
                    ),
                    "cw:reviewOutput": (f'"Decision {n} a"', f'"Decision {n} b"'),
                    "cw:inScope": self.scopes[0],
                },
            )

    def about_evidence(self) -> Iterator[str]:
        items = results = documents = 0
        shown = cycle(self.evident)
        while self.left > SMALLEST + 8:
            if items == 200 * documents:
                yield from self.document(f"evidence-{documents}")
                documents += 1
            if results * 3 <= items:
                results += 8
                yield from self._assessment(results // 8)
            else:
                yield from self._item(items, list(islice(shown, 1 + (items % 6 == 0))))
                items += 1
        for n in range(self.left):
            yield from self._said(self.me, {"rdfs:comment": f'"Remark {n}."'})

    def _item(self, n: int, shows: list[int]) -> Iterator[str]:
        kind = self.chance.choice(tuple(KINDS))
        collected = int(self.chance.random() * 0.9 * KINDS[kind])
        accepted = day(max(0, collected - n % 5))
        author = self.people[4 + n % 7]
        scope = self.scopes[n % 9 if n % 9 in (1, 2) else 0]
        return self.record(
            "evidence",
            self.name("item", n),
            {
                "rdf:type": (whole("cw:EvidenceItem"), whole(f"cw:{kind}")),
                "rdfs:label": f'"Item {n}"@en',
                "cw:evidenceFor": tuple(self.implementations[one] for one in sorted(set(shows))),
                "cw:owner": author if n % 2 else self.posts[4 + n % 7],
                "cw:author": author,
                "cw:collectedOn": day(collected),
                "cw:acceptedBy": self.people[n % 4],
                "cw:acceptedOn": accepted,
                "cw:recordedOn": accepted,
                "cw:sha256": self.hash(),
                "cw:confidentiality": whole("cw:internal" if n % 3 else "cw:confidential"),
                "cw:file": f'"documents/item-{n}.md"',
                "cw:inScope": scope,
                "cw:expiresOn": day(-20 - n % 400) if n % 4 == 0 else None,
                "cw:effectiveFrom": day(collected + 5) if n % 6 == 0 else None,
                "cw:effectiveTo": day(-30 - n % 300) if n % 6 == 0 else None,
                "cw:illustrative": whole("true") if n % 50 == 0 else None,
            },
        )

    def _assessment(self, n: int) -> Iterator[str]:
        name, on = self.name("assessment", n), 10 + self.chance.randrange(300)
        yield from self.record(
            "assessment",
            name,
            {
                "rdf:type": whole("cw:Assessment"),
                "rdfs:label": f'"Assessment {n}"@en',
                "cw:assessedOn": day(on),
                "cw:assessor": self.people[3] if n % 9 else self.people[4],
                "cw:acceptedBy": self.people[0] if n % 11 else self.people[5],
                "cw:acceptedOn": day(on - 2),
                "cw:recordedOn": day(on - 2),
                "cw:inScope": self.scopes[0],
            },
        )
        for part in range(8):
            if self.left < SMALLEST:
                return
            at, luck = self.chance.choice(self.evident), self.chance.random()
            outcome = "earl:passed"
            if luck > 0.72:
                outcome = OUTCOMES[int(luck * 100) % 3]
            yield from self.record(
                "result",
                self.name("result", f"{n}-{part}"),
                {
                    "rdf:type": whole("cw:AssessmentResult"),
                    "cw:resultOf": name,
                    "earl:subject": self.implementations[at],
                    "earl:test": self.provision[at],
                    "cw:outcome": whole(outcome),
                    "cw:finding": f'"Finding {part}"' if luck > 0.72 else None,
                    "cw:inScope": self.scopes[0],
                },
            )
