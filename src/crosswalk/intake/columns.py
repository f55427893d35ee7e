"""The sheets of an evidence workbook and their columns: one table for template, reader and writer.

A row is one resource of a sheet's class, named by its key. A column is one property of it; where
the property leads from another resource to this one, as from a risk to its treatment, it is
written with a caret.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["EXAMPLE", "FOLDERS", "SHEETS", "Column", "Kind", "Table"]

EXAMPLE = "(example)"
"""What the key of a row begins with that is there to be read, not to be imported."""


class Kind(StrEnum):
    """How the values of a column are written."""

    TEXT = "text"
    WORDS = "text in the language of the workbook"
    DAY = "day, YYYY-MM-DD"
    INTEGER = "whole number"
    DECIMAL = "number"
    BOOLEAN = "true or false"
    TERM = "one of a list"
    PROVISION = "citation with its edition, such as iso-42001-2023:A.6.2.4"
    EDITION = "edition, such as iso-42001-2023"
    ROW = "key of a row"
    ANY = "folder/key of a row, or a citation"


@dataclass(frozen=True, slots=True)
class Column:
    """A property as a column.

    :param property: as a CURIE; ``^`` before it if it leads from the value to the row.
    :param of: the class of the terms, the terms if several, or the sheet whose rows are meant.
    :param many: whether there may be several: texts one a line, all else parted by semicolons.
    """

    name: str
    property: str
    kind: Kind
    comment: str
    example: str = ""
    of: tuple[str, ...] = ()
    required: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A class as a sheet.

    :param folder: what the addresses of its resources begin with in their organisation.
    :param types: the classes of each of its rows.
    :param known_by: the columns that a row without a key is known by.
    """

    name: str
    folder: str
    types: tuple[str, ...]
    title: str
    columns: tuple[Column, ...]
    example: str = "1"
    known_by: tuple[str, ...] = ()


def _text(name: str, prop: str, comment: str, example: str = "", *, many: bool = False) -> Column:
    return Column(name, prop, Kind.TEXT, comment, example, many=many)


def _day(name: str, prop: str, comment: str, example: str = "") -> Column:
    return Column(name, prop, Kind.DAY, comment, example)


def _row(
    name: str,
    prop: str,
    of: str,
    comment: str,
    example: str = "",
    *,
    many: bool = False,
    required: bool = False,
) -> Column:
    return Column(name, prop, Kind.ROW, comment, example, (of,), required, many)


def _term(
    name: str,
    prop: str,
    of: tuple[str, ...],
    comment: str,
    example: str = "",
    *,
    many: bool = False,
    required: bool = False,
) -> Column:
    return Column(name, prop, Kind.TERM, comment, example, of, required, many)


def _label(example: str) -> Column:
    return Column("label", "rdfs:label", Kind.WORDS, "Its name in reports.", example, required=True)


def _number(name: str, prop: str, kind: Kind, comment: str, example: str = "") -> Column:
    return Column(name, prop, kind, comment, example)


SCOPE = _row("scope", "cw:inScope", "scope", "The scope it belongs to.", "aims", many=True)
RECORDED = _day("recorded_on", "cw:recordedOn", "When it was put on record.", "2026-08-29")
ILLUSTRATIVE = Column(
    "illustrative", "cw:illustrative", Kind.BOOLEAN, "true if it is made up to illustrate."
)
DESCRIPTION = Column(
    "description", "dcterms:description", Kind.WORDS, "What it is, in a few sentences.", "…"
)
CONDITIONS = (
    _term(
        "meets",
        "cw:meetsCondition",
        ("cw:Condition",),
        "Conditions of duties that are met. What is neither met nor failed is open.",
        "dpia-required",
        many=True,
    ),
    _term(
        "fails",
        "cw:failsCondition",
        ("cw:Condition",),
        "Conditions of duties that are known not to be met.",
        "public-body",
        many=True,
    ),
)
DOCUMENTED = _row(
    "documented_by", "cw:documentedBy", "evidence", "The evidence that tells of it.", many=True
)
OWNER = _row("owner", "cw:owner", "people", "Who answers for it.", "ai-lead", many=True)
SYSTEM = _row("system", "cw:forSystem", "systems", "The AI system it is for.", "tool", many=True)

SHEETS: tuple[Table, ...] = (
    Table(
        "organization",
        "organization",
        ("cw:Organization",),
        "The organisation itself: one row, with the key organization.",
        (
            _label("Acme Ltd"),
            _text("name_in_addresses", "cw:organizationKey", "The key given with --org.", "acme"),
            DESCRIPTION,
            *CONDITIONS,
            ILLUSTRATIVE,
        ),
        "organization",
    ),
    Table(
        "people",
        "person",
        ("prov:Agent",),
        "People, posts and other organisations that are named elsewhere.",
        (
            _label("AI governance lead"),
            _term(
                "kind",
                "rdf:type",
                ("foaf:Organization", "foaf:Person", "org:Post"),
                "A person, a post or an organisation.",
                "Post",
            ),
            _row(
                "post_in",
                "org:postIn",
                "organization",
                "Whose post it is: organization.",
                "organization",
            ),
            ILLUSTRATIVE,
        ),
        "ai-lead",
    ),
    Table(
        "scope",
        "scope",
        ("cw:Scope",),
        "What an AI management system covers.",
        (
            _label("AIMS of Acme"),
            _row("scope_of", "cw:scopeOf", "organization", "organization.", "organization"),
            _row("systems", "cw:includesSystem", "systems", "The AI systems in it.", many=True),
            _row("scopes", "cw:includesScope", "scope", "Smaller scopes in it.", many=True),
            DESCRIPTION,
            ILLUSTRATIVE,
        ),
        "aims",
    ),
    Table(
        "systems",
        "system",
        ("airo:AISystem",),
        "The AI systems, with what decides which duties bind.",
        (
            _label("Tool that ranks applications"),
            _row(
                "operated_by",
                "cw:operatedBy",
                "organization",
                "Who operates it: organization.",
                "organization",
            ),
            _term(
                "role",
                "cw:roleHeld",
                ("cw:OperatorRole",),
                "The role towards it under the AI Act.",
                "deployer",
                many=True,
            ),
            _term(
                "risk_class",
                "cw:riskClass",
                ("cw:RiskClass",),
                "Its class under the AI Act.",
                "high-risk-annex-III",
                many=True,
            ),
            Column(
                "annex_iii_point",
                "cw:annexIIIPoint",
                Kind.PROVISION,
                "The point of Annex III that it falls under.",
                "eu-ai-act-2026:annex-III/pt-4/pt-a",
                many=True,
            ),
            _text("purpose", "cw:purpose", "Its intended purpose.", "Ranks applications."),
            _term(
                "phase",
                "cw:lifeCyclePhase",
                ("cw:LifeCyclePhase",),
                "Where it is in its life cycle.",
                "operation-and-monitoring",
            ),
            _text("autonomy", "cw:autonomyLevel", "What it does by itself.", "assistive"),
            _text("data", "cw:dataKind", "Kinds of data, one a line.", "CVs", many=True),
            _day("placed_on_market", "cw:placedOnMarket", "First made available.", "2026-03-02"),
            _day("put_into_service", "cw:putIntoService", "First used.", "2026-09-01"),
            _row("supplier", "cw:supplier", "people", "Who supplies it.", many=True),
            *CONDITIONS,
            ILLUSTRATIVE,
        ),
        "tool",
    ),
    Table(
        "changes",
        "change",
        ("cw:DesignChange",),
        "Changes of the design of a system.",
        (
            _label("Retraining"),
            _row("system", "^cw:designChange", "systems", "What was changed.", "tool", many=True),
            _day("changed_on", "cw:changedOn", "When.", "2026-11-16"),
            _row("changed_by", "cw:changedBy", "organization", "Who: organization.", many=True),
            _text("settled_by", "cw:settledBy", "What would settle its weight.", many=True),
            Column(
                "significant", "cw:significant", Kind.BOOLEAN, "Whether significant (Art. 111(2))."
            ),
            Column(
                "substantial",
                "cw:substantialModification",
                Kind.BOOLEAN,
                "Whether a substantial modification (Art. 25(1)(b)).",
            ),
            ILLUSTRATIVE,
        ),
    ),
    Table(
        "triggers",
        "trigger",
        ("cw:ChangeTrigger",),
        "What calls for a new assessment of risks and impacts.",
        (
            _label("Retraining of the tool in production"),
            _term(
                "kind", "cw:triggerKind", ("cw:TriggerKind",), "What kind.", "major-model-update"
            ),
            _day("occurred_on", "cw:occurredOn", "When.", "2026-11-16"),
            _row("system", "cw:forSystem", "systems", "Of which system.", "tool", many=True),
            _row("change", "cw:triggeredBy", "changes", "By which change.", many=True),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-11",
    ),
    Table(
        "roles",
        "role-assignment",
        ("cw:RoleAssignment",),
        "Who is responsible, accountable, consulted or informed for what.",
        (
            _label("AI lead: responsible for the AI policy"),
            _row("agent", "cw:agent", "people", "Who.", "ai-lead", many=True),
            _text("activity", "cw:activity", "For what.", "AI policy"),
            _term("raci", "cw:raci", ("cw:RaciResponsibility",), "How.", "responsible"),
            _text("role_title", "cw:roleTitle", "The name of the role.", "AI governance lead"),
            SCOPE,
            ILLUSTRATIVE,
        ),
    ),
    Table(
        "issues",
        "issue",
        ("cw:ContextIssue",),
        "Issues of the context of the organisation.",
        (
            _label("Labour law"),
            _term("kind", "cw:issueKind", ("cw:IssueKind",), "Where from.", "external-issue"),
            SCOPE,
            ILLUSTRATIVE,
        ),
    ),
    Table(
        "parties",
        "party",
        ("cw:InterestedParty",),
        "Interested parties and what they need.",
        (
            _label("Candidates"),
            _text("need", "cw:need", "What they need, one a line.", "Fair treatment", many=True),
            SCOPE,
            ILLUSTRATIVE,
        ),
    ),
    Table(
        "implementations",
        "implementation",
        ("cw:ControlImplementation",),
        "What is done to meet provisions.",
        (
            _label("AI policy and its review"),
            DESCRIPTION,
            Column(
                "implements",
                "cw:implements",
                Kind.PROVISION,
                "The provisions it is to meet.",
                "iso-42001-2023:5.2; iso-42001-2023:A.2.2",
                many=True,
            ),
            SCOPE,
            SYSTEM,
            OWNER,
            _term(
                "status",
                "cw:implementationStatus",
                ("cw:ImplementationStatus",),
                "How far it is.",
                "implemented",
            ),
            ILLUSTRATIVE,
        ),
        "ai-policy",
    ),
    Table(
        "evidence",
        "evidence",
        ("cw:EvidenceItem",),
        "Items that show something about an implementation.",
        (
            _label("AI policy 1.0"),
            _term(
                "kind",
                "rdf:type",
                (
                    "cw:Attestation",
                    "cw:AuditReport",
                    "cw:Contract",
                    "cw:ImpactAssessmentReport",
                    "cw:Log",
                    "cw:ModelCard",
                    "cw:Policy",
                    "cw:Record",
                    "cw:SBOM",
                    "cw:TestReport",
                    "cw:TrainingRecord",
                ),
                "What it is; its kind decides how long it holds.",
                "Policy",
                many=True,
            ),
            _row(
                "evidence_for",
                "cw:evidenceFor",
                "implementations",
                "What it shows something about.",
                "ai-policy",
                many=True,
            ),
            _text("file", "cw:file", "Where it is kept.", "documents/ai-policy.md"),
            _text("sha256", "cw:sha256", "SHA-256 of the file, 64 hexadecimal digits."),
            _row("author", "cw:author", "people", "Who made it.", "ai-lead", many=True),
            OWNER,
            _day("collected_on", "cw:collectedOn", "When it was made or taken.", "2026-07-20"),
            _row(
                "accepted_by",
                "cw:acceptedBy",
                "people",
                "Who accepted it; not its author.",
                "ceo",
                many=True,
            ),
            _day("accepted_on", "cw:acceptedOn", "When it was accepted.", "2026-07-22"),
            _day("effective_from", "cw:effectiveFrom", "It speaks from this day."),
            _day("effective_to", "cw:effectiveTo", "It speaks until this day."),
            _day("expires_on", "cw:expiresOn", "It counts no more from this day."),
            RECORDED,
            _term(
                "confidentiality",
                "cw:confidentiality",
                ("cw:Confidentiality",),
                "Who may see it.",
                "internal",
            ),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "ai-policy",
    ),
    Table(
        "assessments",
        "assessment",
        ("cw:Assessment",),
        "Judgements by somebody on a day; what was judged stands in results.",
        (
            _label("Readiness assessment"),
            _day("assessed_on", "cw:assessedOn", "When.", "2026-08-28"),
            _row("assessor", "cw:assessor", "people", "Who judged.", "qa-lead", many=True),
            _row(
                "accepted_by",
                "cw:acceptedBy",
                "people",
                "Who accepted it; not the assessor.",
                "ceo",
                many=True,
            ),
            _day("accepted_on", "cw:acceptedOn", "When it was accepted.", "2026-08-29"),
            RECORDED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-08",
    ),
    Table(
        "results",
        "result",
        ("cw:AssessmentResult",),
        "How each provision came out. The key may be left empty.",
        (
            _row("assessment", "cw:resultOf", "assessments", "Of which.", "2026-08", required=True),
            _row(
                "implementation",
                "earl:subject",
                "implementations",
                "What was looked at.",
                "ai-policy",
                required=True,
            ),
            Column(
                "provision",
                "earl:test",
                Kind.PROVISION,
                "Against what.",
                "iso-42001-2023:5.2",
                required=True,
            ),
            _term(
                "outcome",
                "cw:outcome",
                ("cw:partially-passed", "earl:failed", "earl:passed", "earl:untested"),
                "How it came out.",
                "passed",
                required=True,
            ),
            _text("finding", "cw:finding", "What was found, one a line.", many=True),
            SCOPE,
            ILLUSTRATIVE,
        ),
        known_by=("assessment", "implementation", "provision"),
    ),
    Table(
        "criteria",
        "risk-criteria",
        ("cw:RiskCriteria",),
        "How risks are scored.",
        (
            _label("Likelihood (1-5) times impact (1-5)"),
            _term(
                "method",
                "cw:scoringMethod",
                ("cw:RiskMethod",),
                "How a score is computed.",
                "likelihood-times-impact",
            ),
            _number(
                "likelihood_to", "cw:maximumLikelihood", Kind.INTEGER, "Highest likelihood.", "5"
            ),
            _number("impact_to", "cw:maximumImpact", Kind.INTEGER, "Highest impact.", "5"),
            _text("currency", "cw:currency", "Of losses in money, such as EUR."),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026",
    ),
    Table(
        "levels",
        "risk-level",
        ("cw:RiskLevelRule",),
        "From which score a risk has which level, and who may accept it.",
        (
            _row(
                "criteria",
                "^cw:riskLevelRule",
                "criteria",
                "Of which criteria.",
                "2026",
                many=True,
                required=True,
            ),
            _term("level", "cw:riskLevel", ("cw:RiskLevel",), "The level.", "low"),
            _number("from", "cw:minimumScore", Kind.INTEGER, "Lowest score.", "1"),
            _number("to", "cw:maximumScore", Kind.INTEGER, "Highest score.", "6"),
            _text("response", "cw:response", "What is done then.", "accept and monitor"),
            _term("answer", "cw:respondsWith", ("cw:RiskResponse",), "The kind of response."),
            _row(
                "accepted_by",
                "cw:mayBeAcceptedBy",
                "people",
                "Who may accept such a risk.",
                "ceo",
                many=True,
            ),
            ILLUSTRATIVE,
        ),
        "low",
    ),
    Table(
        "risks",
        "risk",
        ("cw:Risk",),
        "The AI risks.",
        (
            _label("Applications of one group are rejected too often"),
            _row("system", "cw:riskOf", "systems", "Of which system.", "tool", many=True),
            _number("likelihood", "cw:likelihood", Kind.INTEGER, "By the criteria.", "4"),
            _number("impact", "cw:impact", Kind.INTEGER, "By the criteria.", "5"),
            _number("score", "cw:riskScore", Kind.INTEGER, "By the method.", "20"),
            _number("rate", "cw:annualRate", Kind.DECIMAL, "Expected occurrences a year."),
            _number("value", "cw:assetValue", Kind.DECIMAL, "What is at stake, in money."),
            _number("exposure", "cw:exposureFactor", Kind.DECIMAL, "Share of it lost each time."),
            _term("level", "cw:riskLevel", ("cw:RiskLevel",), "By the criteria.", "high"),
            _row("criteria", "cw:scoredBy", "criteria", "By which criteria.", "2026"),
            OWNER,
            _day("identified_on", "cw:identifiedOn", "When it was found.", "2026-08-03"),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "R-01",
    ),
    Table(
        "risk assessments",
        "risk-assessment",
        ("cw:RiskAssessment",),
        "When risks were assessed, and which.",
        (
            _label("Risk assessment before go-live"),
            _day("assessed_on", "cw:assessedOn", "When.", "2026-08-03"),
            _row("assessor", "cw:assessor", "people", "By whom.", "ai-lead", many=True),
            _row("system", "cw:forSystem", "systems", "Of which system.", "tool", many=True),
            _row("criteria", "cw:usesCriteria", "criteria", "By which criteria.", "2026"),
            _row("risks", "cw:assessesRisk", "risks", "Which risks.", "R-01", many=True),
            DOCUMENTED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-08",
    ),
    Table(
        "treatments",
        "treatment",
        ("cw:RiskTreatment",),
        "What is done about risks, and what remains.",
        (
            _label("Monitoring by group"),
            _row("risk", "^cw:treatment", "risks", "Of which risks.", "R-01", many=True),
            _term("option", "cw:treatmentOption", ("cw:TreatmentOption",), "How.", "mitigate"),
            _row(
                "implemented_by",
                "cw:implementedBy",
                "implementations",
                "By what.",
                "ai-policy",
                many=True,
            ),
            OWNER,
            _day("due_on", "cw:dueOn", "By when.", "2026-08-26"),
            _day("completed_on", "cw:completedOn", "When it was done."),
            _number("residual_likelihood", "cw:residualLikelihood", Kind.INTEGER, "After it."),
            _number("residual_impact", "cw:residualImpact", Kind.INTEGER, "After it."),
            _number("residual_score", "cw:residualScore", Kind.INTEGER, "After it."),
            _term("residual", "cw:residualLevel", ("cw:RiskLevel",), "What remains.", "medium"),
            _row(
                "accepted_by",
                "cw:residualAcceptedBy",
                "people",
                "Who accepts what remains.",
                "ceo",
                many=True,
            ),
            _day("accepted_on", "cw:residualAcceptedOn", "When.", "2026-08-27"),
            SCOPE,
            ILLUSTRATIVE,
        ),
    ),
    Table(
        "objectives",
        "objective",
        ("cw:Objective",),
        "What is to be reached, in figures.",
        (
            _label("Accuracy of the ranking"),
            _text("metric", "cw:metric", "What is measured.", "share of agreement"),
            _term("comparator", "cw:comparator", ("cw:Comparator",), "How compared.", "at-least"),
            _number("target", "cw:target", Kind.DECIMAL, "The figure to reach.", "0.85"),
            _text("unit", "cw:unit", "Its unit; 1 for a share.", "1"),
            OWNER,
            _day("set_on", "cw:setOn", "When it was set.", "2026-08-10"),
            _day("reviewed_on", "cw:reviewedOn", "When it was last looked at."),
            SYSTEM,
            _text("note", "cw:interpretationNote", "How it is to be read."),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "accuracy",
    ),
    Table(
        "measurements",
        "measurement",
        ("cw:Measurement",),
        "What was measured.",
        (
            _label("Accuracy, October"),
            _row("objective", "cw:measures", "objectives", "Of which.", "accuracy", many=True),
            _number("value", "cw:observedValue", Kind.DECIMAL, "The figure.", "0.87"),
            _text("unit", "cw:unit", "Its unit; 1 for a share.", "1"),
            _day("measured_on", "cw:measuredOn", "When.", "2026-10-12"),
            _day("from", "cw:periodFrom", "Of what happened from this day.", "2026-09-01"),
            _day("to", "cw:periodTo", "Of what happened until this day.", "2026-10-11"),
            _term(
                "method",
                "cw:measuredBy",
                ("cw:MeasurementMethod",),
                "How crosswalk measure computes it again.",
            ),
            _text("parameters", "cw:parameter", "NAME=VALUE, one a line.", many=True),
            _text("input", "cw:inputFile", "File of the numbers it is computed from."),
            _text("input_sha256", "cw:inputSha256", "SHA-256 of that file."),
            RECORDED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-10-accuracy",
    ),
    Table(
        "soa",
        "soa",
        ("cw:StatementOfApplicability",),
        "Statements of applicability; their rows stand in decisions.",
        (
            _label("Statement of Applicability 1.0"),
            Column(
                "edition",
                "cw:forEdition",
                Kind.EDITION,
                "Of which edition.",
                "iso-42001-2023",
                many=True,
            ),
            _text("version", "cw:version", "Its version.", "1.0"),
            _row("approved_by", "cw:approvedBy", "people", "Who approved it.", "ceo", many=True),
            _day("approved_on", "cw:approvedOn", "When.", "2026-08-20"),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "1.0",
    ),
    Table(
        "decisions",
        "decision",
        ("cw:ApplicabilityDecision",),
        "Whether a control applies, and why. The key may be left empty.",
        (
            _row(
                "statement",
                "^cw:decision",
                "soa",
                "The statement it stands in.",
                "1.0",
                many=True,
                required=True,
            ),
            Column(
                "provision",
                "cw:provision",
                Kind.PROVISION,
                "The control.",
                "iso-42001-2023:A.2.2",
                required=True,
            ),
            Column(
                "applicable",
                "cw:applicable",
                Kind.BOOLEAN,
                "Whether it applies.",
                "true",
                required=True,
            ),
            _text("justification", "cw:justification", "Why.", "AI is used in hiring."),
            _row("approved_by", "cw:approvedBy", "people", "Who decided.", "ceo", many=True),
            _day("approved_on", "cw:approvedOn", "When.", "2026-08-20"),
            _row(
                "implemented_by",
                "cw:implementedBy",
                "implementations",
                "By what.",
                "ai-policy",
                many=True,
            ),
            ILLUSTRATIVE,
        ),
        known_by=("statement", "provision"),
    ),
    Table(
        "impacts",
        "impact-assessment",
        ("cw:ImpactAssessment",),
        "Impact assessments of AI systems.",
        (
            _label("Impact assessment before go-live"),
            _row("system", "cw:impactOf", "systems", "Of which system.", "tool", many=True),
            _day("assessed_on", "cw:assessedOn", "When.", "2026-08-12"),
            _row("assessor", "cw:assessor", "people", "Who.", "ai-lead", many=True),
            _text("groups", "cw:affectedGroup", "Who is affected.", "candidates", many=True),
            _text("findings", "cw:impactFinding", "What was found, one a line.", many=True),
            _row("approved_by", "cw:approvedBy", "people", "Who approved it.", "ceo", many=True),
            _day("approved_on", "cw:approvedOn", "When.", "2026-08-17"),
            DOCUMENTED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-08",
    ),
    Table(
        "programmes",
        "audit-programme",
        ("cw:AuditProgramme",),
        "Programmes of internal audits.",
        (
            _label("Internal audit programme"),
            OWNER,
            _row("approved_by", "cw:approvedBy", "people", "By whom.", "ceo", many=True),
            _day("approved_on", "cw:approvedOn", "When.", "2026-09-11"),
            Column(
                "edition",
                "cw:auditsAgainst",
                Kind.EDITION,
                "Against which edition.",
                "iso-42001-2023",
                many=True,
            ),
            _number("every_days", "cw:intervalDays", Kind.INTEGER, "Days between audits.", "92"),
            _day("from", "cw:periodFrom", "From this day.", "2026-09-11"),
            _day("to", "cw:periodTo", "Until this day.", "2027-07-31"),
            DOCUMENTED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026",
    ),
    Table(
        "audits",
        "audit",
        ("cw:InternalAudit",),
        "Internal audits.",
        (
            _label("Internal audit 1"),
            _day("audited_on", "cw:auditedOn", "When.", "2026-10-14"),
            _row("programme", "cw:inProgramme", "programmes", "Of which programme.", "2026"),
            _row("auditor", "cw:auditor", "people", "Who.", "auditor", many=True),
            _row(
                "audits",
                "cw:audits",
                "implementations",
                "What was audited; not owned by the auditor.",
                "ai-policy",
                many=True,
            ),
            _text("findings", "cw:finding", "What was found, one a line.", many=True),
            DOCUMENTED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-10",
    ),
    Table(
        "reviews",
        "review",
        ("cw:ManagementReview",),
        "Management reviews.",
        (
            _label("Management review"),
            _day("held_on", "cw:heldOn", "When.", "2026-11-05"),
            _row("chaired_by", "cw:chairedBy", "people", "By whom.", "ceo", many=True),
            Column(
                "inputs",
                "cw:reviewInput",
                Kind.ANY,
                "What was looked at.",
                "objective/accuracy; audit/2026-10",
                many=True,
            ),
            _term(
                "topics",
                "cw:reviewTopic",
                ("cw:ReviewTopic",),
                "What else was discussed.",
                many=True,
            ),
            _text("outputs", "cw:reviewOutput", "What was decided, one a line.", many=True),
            DOCUMENTED,
            SCOPE,
            ILLUSTRATIVE,
        ),
        "2026-11",
    ),
    Table(
        "nonconformities",
        "nonconformity",
        ("cw:Nonconformity",),
        "What was not as it should be.",
        (
            _label("Selection-rate ratio below the target"),
            OWNER,
            _day("detected_on", "cw:detectedOn", "When it was found.", "2026-10-13"),
            _day("reacted_on", "cw:reactedOn", "When it was stopped or contained."),
            _day("evaluated_on", "cw:evaluatedOn", "When its cause was known."),
            _day("acted_on", "cw:actedOn", "When the cause was removed."),
            _day("closed_on", "cw:closedOn", "When it was closed."),
            _text("root_cause", "cw:rootCause", "Its cause."),
            _text("similar", "cw:similarCases", "Whether the like exists elsewhere."),
            Column(
                "cites",
                "cw:cites",
                Kind.ANY,
                "What it violates or where it was seen.",
                "iso-42001-2023:9.1; measurement/2026-10-accuracy",
                many=True,
            ),
            _row("closure", "cw:closureEvidence", "evidence", "What shows it.", many=True),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "NC-1",
    ),
    Table(
        "actions",
        "action",
        ("cw:CorrectiveAction",),
        "Corrective actions.",
        (
            _label("Lower the thresholds"),
            _row(
                "nonconformity",
                "^cw:correctiveAction",
                "nonconformities",
                "Of which.",
                "NC-1",
                many=True,
            ),
            OWNER,
            _day("due_on", "cw:dueOn", "By when.", "2026-10-30"),
            _day("completed_on", "cw:completedOn", "When it was done."),
            _day("checked_on", "cw:effectivenessCheckedOn", "When it was seen to work."),
            SCOPE,
            ILLUSTRATIVE,
        ),
        "NC-1-1",
    ),
    Table(
        "certificates",
        "certificate",
        ("cw:Certificate",),
        "Certificates that the organisation holds.",
        (
            _label("ISO/IEC 27001 certificate"),
            Column(
                "edition",
                "cw:certifies",
                Kind.EDITION,
                "Of which edition.",
                "iso-27001-2022",
                many=True,
            ),
            _row("holder", "cw:holder", "organization", "organization.", "organization"),
            _row("body", "cw:certificationBody", "people", "Who issued it.", "body", many=True),
            _day("valid_from", "cw:validFrom", "It holds from this day.", "2025-01-01"),
            _day("valid_to", "cw:validTo", "It holds until this day.", "2027-12-31"),
            _row("statement", "cw:underSoA", "soa", "The statement it rests on.", many=True),
            SCOPE,
            ILLUSTRATIVE,
        ),
    ),
)
"""All sheets, in the order in which they are filled."""
FOLDERS = {table.name: table.folder for table in SHEETS}
"""Sheet → the folder of its rows."""
