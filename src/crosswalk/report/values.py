"""The values of a report: frozen, plain, in the order of the page; their fields are its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from crosswalk.models import Binding, CoverageVector, Edition, Finding, Gap
from crosswalk.plan import Plan

__all__ = [
    "ContextEntry",
    "Due",
    "Duty",
    "EvidenceEntry",
    "GapEntry",
    "MappingRowUse",
    "MappingSetUse",
    "Measured",
    "Meeting",
    "MethodPart",
    "NonconformityEntry",
    "Objective",
    "Organization",
    "PathStep",
    "Question",
    "Reason",
    "Report",
    "RiskEntry",
    "ScopeText",
    "Section",
    "SoaRow",
    "SourceFile",
    "Standing",
    "Statement",
    "Tally",
    "plain",
]


@dataclass(frozen=True, slots=True)
class ScopeText:
    """A scope in words."""

    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation in words, with its scopes."""

    label: str
    description: str
    scopes: tuple[ScopeText, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """The vector with its direct and inferred parts told apart; all but the last two sum to n.

    ``shown`` is the count behind ``lo``, ``possible`` the count behind ``hi``.
    """

    n: int
    assessed: int
    certified: int
    inferred_accepted: int
    inferred_open: int
    supported: int
    unknown: int
    conflict: int
    partial: int
    not_satisfied_inferred: int
    failed: int
    shown: int
    possible: int


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of the mapping path of an explanation, in words and with its row."""

    subject: str
    subject_title: str
    relation: str
    words: str
    object: str
    object_title: str
    mapping_set: str
    row: int | None
    reversed: bool
    confidence: float
    review_status: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of one counted provision, and on what it rests."""

    provision: str
    cited: str
    title: str
    kind: str
    status: str
    basis: str
    rule: str
    lead: str | None
    accepted: str | None
    disagreement: str | None
    gap_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapEntry:
    """One gap of the engine with its rule, its path in words and the command that replays it.

    ``said`` is its detail as people read it.
    """

    gap: Gap
    said: str
    cited: str
    rule: str
    path: tuple[PathStep, ...]
    command: str | None


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty that binds, or of which nobody can say yet whether it does."""

    system: str
    provision: str
    cited: str
    title: str
    answer: str
    applies_from: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Provisions outside the figures for one and the same reason."""

    answer: str
    why: str
    count: int
    applies_from: tuple[str, ...]
    provisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """The duties whose date of application is one day, by their answer on that day.

    The answer is given on the evidence of the report's date. ``provider_only`` are those among
    them that matter only if an open question makes the operator the provider.
    """

    on: str
    past: bool
    binding: int
    undetermined: int
    legacy: int
    provider_only: int
    provisions: tuple[str, ...]

    @property
    def total(self) -> int:
        """All duties of the day that are not excluded."""
        return self.binding + self.undetermined + self.legacy


@dataclass(frozen=True, slots=True)
class Section:
    """One edition evaluated for one scope; ``name`` is what a person calls the edition."""

    edition: Edition
    name: str
    scope: str
    defined: bool
    vector: CoverageVector
    tally: Tally
    standings: tuple[Standing, ...]
    gaps: tuple[GapEntry, ...]
    outside: tuple[Reason, ...]
    duties: tuple[Duty, ...]
    timeline: tuple[Due, ...]
    bindings: tuple[Binding, ...] = field(repr=False, default=())
    certificates: tuple[str, ...] = ()
    """What the certificates that statuses rest on say: body, validity, statement."""


@dataclass(frozen=True, slots=True)
class SoaRow:
    """One control of a Statement of Applicability with what became of it."""

    control: str
    title: str
    applicable: bool | None
    justification: str
    implementation: str
    status: str
    evidence: tuple[str, ...]
    approved_by: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The Statement of Applicability that counts for an edition and scope."""

    edition: str
    scope: str
    label: str
    version: str
    approved_on: str
    rows: tuple[SoaRow, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of an objective and whether it meets the target.

    ``value`` is None if it is no number; ``met`` is None if it cannot be compared.
    """

    on: str
    value: float | None
    text: str
    met: bool | None
    nonconformity: str | None
    detected_on: str | None
    closed_on: str | None


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective, its target and what was measured by the date of the report."""

    label: str
    metric: str
    comparator: str
    sign: str
    target: float | None
    target_text: str
    unit: str
    owner: str
    set_on: str | None
    note: str
    measurements: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that is not on record and that decides whether duties bind."""

    question: str
    settled_by: tuple[str, ...]
    system: str
    edition: str
    matters_from: str
    provisions: tuple[str, ...]
    further: int


@dataclass(frozen=True, slots=True)
class MappingSetUse:
    """A mapping set that touches the report's editions, and how far it has been read.

    ``walked`` counts its rows on the paths of this report, by review status.
    """

    key: str
    title: str
    version: str
    publisher: str
    licence: str
    editions: tuple[str, ...]
    rows: int
    review: Mapping[str, int]
    looked_none: int
    walked: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MappingRowUse:
    """One mapping row on which statuses of the report rest; ``provisions`` are those statuses."""

    mapping_set: str
    row: int
    subject: str
    relation: str
    object: str
    confidence: float
    review_status: str
    provisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """One item of the evidence register; ``faults`` is None where nothing judged it."""

    label: str
    kind: str
    evidence_for: tuple[str, ...]
    owner: str
    author: str
    accepted_by: str
    accepted_on: str
    collected_on: str
    effective_from: str
    effective_to: str
    expires_on: str
    confidentiality: str
    file: str
    sha256: str
    faults: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """One risk and one of its treatments; a risk without a treatment has empty fields for it."""

    label: str
    system: str
    likelihood: str
    impact: str
    level: str
    owner: str
    identified_on: str
    treatment: str
    option: str
    treatment_owner: str
    due_on: str
    completed_on: str
    residual_level: str
    accepted_by: str
    accepted_on: str


@dataclass(frozen=True, slots=True)
class NonconformityEntry:
    """One nonconformity and one of its corrective actions, as far as they had come."""

    label: str
    owner: str
    detected_on: str
    root_cause: str
    acted_on: str
    closed_on: str
    action: str
    action_owner: str
    due_on: str
    completed_on: str
    checked_on: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """An internal audit or a management review: who led it, and what it found or decided."""

    label: str
    held_on: str
    led_by: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """An issue of the organisation's context, or an interested party and what it needs."""

    label: str
    kind: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its name and the hash of its bytes."""

    name: str
    sha256: str
    part: str


@dataclass(frozen=True, slots=True)
class MethodPart:
    """One rule of the method, in plain words."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report on one or more editions at one date.

    ``fingerprint`` is of the files that were read, ``data_sha256`` of what the evidence says,
    wherever it is kept. ``stamp`` says when the report was made, if that was asked for.
    """

    as_of: date
    horizon: date | None
    known_at: date | None
    inferred: bool
    engine: str
    organizations: tuple[Organization, ...]
    scopes: tuple[str, ...]
    illustrative: int
    illustrative_kinds: Mapping[str, int]
    sections: tuple[Section, ...]
    statements: tuple[Statement, ...]
    objectives: tuple[Objective, ...]
    findings: tuple[Finding, ...]
    validated: bool
    questions: tuple[Question, ...]
    method: tuple[MethodPart, ...]
    mapping_sets: tuple[MappingSetUse, ...]
    sources: tuple[SourceFile, ...]
    fingerprint: str
    data: str
    data_sha256: str = ""
    mapping_rows: tuple[MappingRowUse, ...] = ()
    evidence: tuple[EvidenceEntry, ...] = ()
    risks: tuple[RiskEntry, ...] = ()
    nonconformities: tuple[NonconformityEntry, ...] = ()
    audits: tuple[Meeting, ...] = ()
    reviews: tuple[Meeting, ...] = ()
    context: tuple[ContextEntry, ...] = ()
    redacted: bool = False
    stamp: str | None = None
    plans: tuple[Plan, ...] = ()

    def called(self, edition: str) -> str:
        """Return what a person calls an edition of this report; another one by its key."""
        names = {one.edition.edition: one.name for one in self.sections}
        return names.get(edition, edition)

    def as_json(self) -> dict[str, Any]:
        """Return all of the report as values that JSON can say."""
        said = plain(self)
        assert isinstance(said, dict)  # noqa: S101 - a dataclass becomes an object
        return said


def plain(value: object) -> Any:  # noqa: ANN401 - JSON has no one type
    """Return a value as JSON can say it: dates as text, tuples as lists, values as objects.

    >>> plain(ScopeText("hiring", ""))
    {'label': 'hiring', 'description': ''}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    return value
