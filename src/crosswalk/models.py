"""The values that rooms hand to each other: frozen, plain, printable.

A value's fields are the JSON fields of the verb that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "Binding",
    "BindingAnswer",
    "CoverageVector",
    "Edition",
    "EditionChange",
    "Finding",
    "Gap",
    "GapKind",
    "Mapping",
    "MappingSet",
    "OpenFact",
    "Provision",
    "RationaleType",
    "Relation",
    "ReviewStatus",
    "Status",
    "Step",
]


class Relation(StrEnum):
    """What one mapping row states of its two provisions (NIST IR 8477; RCC-5).

    The last two are weaker: each means "one of the first four" and neither composes nor narrows.
    """

    EQUAL = "equal"
    SUBSET_OF = "subset-of"
    SUPERSET_OF = "superset-of"
    INTERSECTS_WITH = "intersects-with"
    NO_RELATIONSHIP = "no-relationship"
    RELATED = "related"
    EQUIVALENT_TO = "equivalent-to"


class RationaleType(StrEnum):
    """On what a relation rests (NIST IR 8477 §4.3)."""

    SEMANTIC = "semantic"
    FUNCTIONAL = "functional"
    SYNTACTIC = "syntactic"


class ReviewStatus(StrEnum):
    """How far a mapping row has been read: by its author, by a second reader, by an expert."""

    DRAFT = "draft"
    SECOND_READ = "second-read"
    REVIEWED = "reviewed"


class EditionChange(StrEnum):
    """What became of a provision in the next edition of its framework (semantics §7)."""

    UNCHANGED = "unchanged"
    RENUMBERED = "renumbered"
    MERGED = "merged"
    SPLIT = "split"
    CHANGED = "changed"
    NEW = "new"
    WITHDRAWN = "withdrawn"


class Status(StrEnum):
    """The status of a provision for an organisation, a scope and a date (semantics §3)."""

    SATISFIED_DIRECT = "satisfied_direct"
    SATISFIED_INFERRED = "satisfied_inferred"
    PARTIAL = "partial"
    SUPPORTED = "supported"
    NOT_SATISFIED_INFERRED = "not_satisfied_inferred"
    FAILED = "failed"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    NOT_YET = "not_yet"


class BindingAnswer(StrEnum):
    """Whether a duty binds an operator at a date (semantics §5)."""

    YES = "yes"
    NOT_YET = "not-yet"
    NO = "no"
    LEGACY = "legacy"
    UNDETERMINED = "undetermined"


class GapKind(StrEnum):
    """Why a provision is not shown, in the order of consequence (semantics §6)."""

    FAILED = "failed"
    CONFLICT = "conflict"
    OBJECTIVE_MISSED = "objective-missed"
    SOURCE_NOT_SATISFIED = "source-not-satisfied"
    PARTIAL = "partial"
    STALE = "stale"
    OUT_OF_PERIOD = "out-of-period"
    WRONG_SCOPE = "wrong-scope"
    DANGLING_CITATION = "dangling-citation"
    OTHER_EDITION = "other-edition"
    CONTRADICTORY_MAPPINGS = "contradictory-mappings"
    NOT_ASSESSED = "not-assessed"
    INFERENCE_NOT_ACCEPTED = "inference-not-accepted"
    SUPPORTED_ONLY = "supported-only"
    OVERLAP_ONLY = "overlap-only"
    INDETERMINATE = "indeterminate"
    MAPPING_NOT_REVIEWED = "mapping-not-reviewed"
    LOOKED_NONE = "looked-none"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Edition:
    """One immutable numbered text of a framework."""

    edition: str
    title: str
    publisher: str
    version: str
    issued: str | None
    in_force_from: str | None
    in_force_to: str | None
    provisions: int
    counted: int
    text_licence: str
    iri: str = field(repr=False)
    framework: str = field(repr=False)
    legal_force: bool = field(repr=False, default=False)
    coverage_defined: bool = field(repr=False, default=True)
    id_pattern: str = field(repr=False, default="")
    cited_as: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Provision:
    """One numbered unit of an edition."""

    id: str
    parent: str
    kind: str
    title: str
    counted: bool
    iri: str
    edition: str = field(repr=False, default="")
    children_exhaust: bool = field(repr=False, default=False)
    paraphrase: str | None = field(repr=False, default=None)
    note: str | None = field(repr=False, default=None)
    topics: tuple[str, ...] = field(repr=False, default=())
    position: int = field(repr=False, default=0)


@dataclass(frozen=True, slots=True)
class Mapping:
    """One row of a mapping set: subject, relation, object, and why (SSSOM).

    ``subject`` and ``object`` are IRIs of provisions; one of them is None in a record that says
    "looked, none found". ``row`` is the line in the file, counted from 1.
    """

    subject: str | None
    object: str | None
    relation: Relation | None
    rationale_type: RationaleType | None
    confidence: float | None
    rationale: str
    review_status: ReviewStatus
    mapping_set: str
    row: int
    iri: str
    subject_label: str = ""
    object_label: str = ""
    predicate: str = ""
    predicate_modifier: str = ""
    justification: str = ""
    authors: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    mapping_date: str = ""
    review_date: str = ""
    group: str = ""
    comment: str = ""
    edition_change: EditionChange | None = None


@dataclass(frozen=True, slots=True)
class MappingSet:
    """One file of mappings from one edition to another, one publisher, one version."""

    key: str
    title: str
    version: str
    licence: str
    publisher: str
    subject_edition: str
    object_edition: str
    file: str
    iri: str
    mappings: tuple[Mapping, ...] = field(repr=False, default=())


class Step(NamedTuple):
    """One step of a path: a mapping row, or an edge of the structure (row None).

    ``relation`` is as walked; where several remain possible they are joined by a bar.
    """

    mapping_set: str
    row: int | None
    subject: str
    relation: str
    object: str
    reversed: bool
    confidence: float
    iri: str = ""
    review_status: str = ""


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact that decides whether a duty binds and is not on record.

    ``kind`` is provider, condition, role, risk-class, placing, significance, public-use or date;
    ``key`` is the condition's slug where it is one.
    """

    kind: str
    text: str
    settled_by: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Whether one duty binds the operator of one system at a date, and why."""

    system: str
    provision: str
    addressee: str
    risk_class: str
    applies_from: str | None
    binds: BindingAnswer
    why: str
    iri: str = field(repr=False, default="")
    open_facts: tuple[OpenFact, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class CoverageVector:
    """The figures of one edition for one scope at one date (semantics §4).

    ``lo`` and ``hi`` are shares of ``n`` in [0, 1]; both are None where n is 0 or the edition
    has no denominator: undefined is neither 0 % nor 100 %. ``by_certificate`` are those of
    ``satisfied_direct`` that rest on a certificate and on no assessment that counts.
    """

    edition: str
    as_of: date
    scope: str
    n: int
    satisfied_direct: int
    satisfied_inferred: int
    partial: int
    supported: int
    not_satisfied_inferred: int
    failed: int
    conflict: int
    unknown: int
    lead_overlap: int
    lead_indeterminate: int
    not_applicable: int
    not_yet: int
    lo: float | None
    hi: float | None
    by_certificate: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why one provision is not shown, with its explanation."""

    provision: str
    title: str
    status: str
    gap_kind: GapKind
    detail: str
    explanation: dict[str, object]
    owner: str | None
    phase: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a validation: what is wrong where, in words for an auditor."""

    focus: str
    shape: str
    path: str
    severity: str
    message: str
    source: str
    value: str = field(repr=False, default="")
    component: str = field(repr=False, default="")
