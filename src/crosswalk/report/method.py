"""The words of the report: what each status, gap and relation means, and the rules in plain text.

These sentences restate the rules that the engine keeps; they decide nothing.
"""

from __future__ import annotations

import re

from crosswalk.models import GapKind
from crosswalk.report.values import MethodPart

__all__ = ["GAP_WORDS", "METHOD", "RELATION_WORDS", "STATUS_WORDS", "cited"]

STATUS_WORDS = {
    "satisfied_direct": "satisfied, shown directly",
    "satisfied_inferred": "satisfied by inference",
    "partial": "partly met",
    "supported": "supported: some of it is met",
    "not_satisfied_inferred": "not satisfied, by inference",
    "failed": "failed",
    "conflict": "conflict: inferences disagree",
    "unknown": "unknown: nothing on record decides",
    "not_applicable": "not applicable",
    "not_yet": "does not bind yet",
}
"""Status → how the page says it."""

RELATION_WORDS = {
    "equal": "asks the same as",
    "subset-of": "lies inside",
    "superset-of": "contains",
    "intersects-with": "overlaps",
    "no-relationship": "has nothing in common with",
    "related": "is related, without a stated type, to",
    "equivalent-to": "is called equivalent, without proof of containment, to",
}
"""Relation → the verb between subject and object."""

GAP_WORDS: dict[GapKind, tuple[str, str]] = {
    GapKind.FAILED: ("Failed", "An accepted assessment says it is not met."),
    GapKind.CONFLICT: ("Conflict", "One inference says met, another says not met."),
    GapKind.OBJECTIVE_MISSED: (
        "Objective missed",
        "A measurement misses its target and no closed nonconformity answers it.",
    ),
    GapKind.SOURCE_NOT_SATISFIED: (
        "Source not shown",
        "The provision it is mapped from is not met, or nothing is shown for it.",
    ),
    GapKind.PARTIAL: ("Partly met", "An accepted assessment says it is met in part."),
    GapKind.STALE: ("Stale evidence", "Assessed as met, but the evidence is too old."),
    GapKind.OUT_OF_PERIOD: (
        "Out of period",
        "Assessed as met, but the evidence was not in effect on the date.",
    ),
    GapKind.WRONG_SCOPE: (
        "Wrong scope",
        "Assessed as met, but the evidence was collected for another scope.",
    ),
    GapKind.DANGLING_CITATION: (
        "Dangling citation",
        "Evidence names a provision that this edition does not have.",
    ),
    GapKind.OTHER_EDITION: ("Other edition", "Evidence names another edition of the framework."),
    GapKind.CONTRADICTORY_MAPPINGS: (
        "Contradictory mappings",
        "Mapping rows contradict each other and were set aside.",
    ),
    GapKind.NOT_ASSESSED: ("Not assessed", "Nobody has judged it in an accepted assessment."),
    GapKind.INFERENCE_NOT_ACCEPTED: (
        "Inference not accepted",
        "It follows from a mapping, but nobody answers for that yet.",
    ),
    GapKind.SUPPORTED_ONLY: ("Supported only", "Some of it is met; how much is not known."),
    GapKind.OVERLAP_ONLY: ("Overlap only", "A proven overlap: a lead that counts nothing."),
    GapKind.INDETERMINATE: ("Indeterminate", "A possible overlap: a lead that counts nothing."),
    GapKind.MAPPING_NOT_REVIEWED: (
        "Mapping not reviewed",
        "It rests on mapping rows that no outside expert has reviewed.",
    ),
    GapKind.LOOKED_NONE: (
        "Looked, none found",
        "A curator looked for a counterpart and found none.",
    ),
    GapKind.UNMAPPED: ("Never looked", "No counterpart was ever looked for."),
}
"""Gap kind → (name, meaning)."""

METHOD: tuple[MethodPart, ...] = (
    MethodPart(
        "What is counted",
        (
            "Only provisions with a duty in their own text that an organisation can meet are "
            "counted: headings, definitions, guidance and duties of authorities are not.",
            "n is the number of counted provisions that are in scope, applicable and binding on "
            "the date. Provisions are counted, never mapping rows, and figures of different "
            "frameworks are never averaged.",
        ),
    ),
    MethodPart(
        "The interval",
        (
            "The lower end is the share that is shown: satisfied directly, or satisfied by an "
            "inference that the organisation has accepted.",
            "The upper end is what can still turn out to be met: everything except what is "
            "partly met, failed, or not satisfied by inference.",
            "Between the two ends lies what nobody has settled. Unknown is not a no, and it is "
            "not a yes.",
            "Where n is zero, or the edition is carried as a catalogue only, the figure is "
            "undefined: that is neither 0 % nor 100 %.",
        ),
    ),
    MethodPart(
        "Order of precedence",
        (
            "A provision is first not applicable (by an approved, justified decision, or because "
            "it does not address the organisation), then not yet binding, then judged directly, "
            "then by inference; otherwise it is unknown.",
        ),
    ),
    MethodPart(
        "Direct status",
        (
            "It comes from the latest accepted assessment on or before the date; of several on "
            "one day the worst counts. Passed counts as satisfied only with at least one valid "
            "item of evidence.",
            "Evidence is valid if somebody other than its author accepted it, it carries a "
            "SHA-256 hash, its scope includes the scope asked about, it was collected and "
            "accepted by the date, it is in effect, and it is neither expired nor older than its "
            "kind may be.",
            "A valid certificate also gives satisfied, and is reported apart from assessments; "
            "an accepted assessment outranks it. A link from a document to a provision, without "
            "an assessment, satisfies nothing.",
        ),
    ),
    MethodPart(
        "Inference along mappings",
        (
            "From x to y: if x contains y, or equals it, and x is satisfied, then y is satisfied. "
            "If x lies inside y and is satisfied, y is supported: some of it is met. If x lies "
            "inside y, or equals it, and is partly met or failed, y is not satisfied.",
            "Overlap proves nothing in either direction: it is a lead, and leads count nothing. "
            "Support never adds up, because two supports may cover the same part.",
            "An unknown provision passes nothing on, and the absence of a mapping is never read "
            "as “no relation”. A direct status always outranks an inference.",
            "Only an inference that somebody has accepted, by name, date and reason, counts in "
            "the lower end; the acceptance lapses when a mapping row under it changes.",
        ),
    ),
    MethodPart(
        "The cap for laws",
        (
            "A standard that is mapped to a law can support a duty of that law, never satisfy "
            "it. ISO/IEC 42001 gives no presumption of conformity with the AI Act: Art. 40 gives "
            "that to harmonised standards cited in the Official Journal. No acceptance lifts the "
            "cap; the article has to be assessed itself. Negative inferences are not capped.",
        ),
    ),
    MethodPart(
        "What binds",
        (
            "A duty binds if the role of the operator, the risk class of the system and the date "
            "of application say so, and its narrower conditions hold. All of it is read from the "
            "record. What is not on record is undetermined, never assumed.",
            "A duty that presupposes a high-risk system binds no earlier than Art. 6 does for "
            "that class. Legacy means Art. 111(2): in service before that date, and the design "
            "not significantly changed since.",
        ),
    ),
    MethodPart(
        "Order of gaps",
        (
            "Gaps stand in the order of their consequence: "
            + ", ".join(GAP_WORDS[kind][0].lower() for kind in GapKind)
            + "; then in the order of the framework. A provision has one row for each kind of "
            "gap, so it may stand more than once.",
        ),
    ),
    MethodPart(
        "Review of mappings",
        (
            "Draft means read by its author only; second-read, by a second reader; reviewed, by "
            "an expert from outside. An inference is only as good as the rows it rests on: the "
            "section on sources counts them.",
        ),
    ),
)
"""The rules, in the order in which a reader needs them."""

NAMED = {"article": "Art.", "annex": "Annex", "chapter": "Chapter", "sec": "section"}
SEGMENT = re.compile(r"^(article|annex|chapter|sec|par|pt|sub)-(.+)$")


def cited(provision: str) -> str:
    """Return the id of a provision as a person cites it; other ids as they are.

    >>> cited("article-26/par-1"), cited("article-4a/par-2/pt-a"), cited("A.6.2.4")
    ('Art. 26(1)', 'Art. 4a(2)(a)', 'A.6.2.4')
    >>> cited("annex-III/pt-4/pt-a"), cited("article-25/par-2/sub-3/pt-c")
    ('Annex III, point 4(a)', 'Art. 25(2), subparagraph 3, point (c)')
    """
    said = ""
    in_article = False
    pointed = False
    for part in provision.split("/"):
        match = SEGMENT.match(part)
        if match is None:
            return provision
        kind, name = match.groups()
        if kind in NAMED:
            said += f"{', ' if said else ''}{NAMED[kind]} {name}"
            in_article = kind == "article"
            pointed = False
        elif kind == "par":
            said += f"({name})"
        elif kind == "sub":
            said += f", subparagraph {name}"
            in_article, pointed = False, False
        elif in_article or pointed:
            said += f"({name})"
        else:
            said += f", point {name}" if name[0].isdigit() else f", point ({name})"
            pointed = True
    return said
