"""How it follows that a provision is satisfied, supported or not: derivations and their order."""

from __future__ import annotations

from dataclasses import dataclass, field

from crosswalk.models import Step

__all__ = [
    "DECIDED",
    "LEAD_INDETERMINATE",
    "LEAD_OVERLAP",
    "NOT_SATISFIED",
    "SATISFIED",
    "SUPPORTED",
    "Derivation",
    "Inferred",
    "Rank",
]

SATISFIED, NOT_SATISFIED, SUPPORTED = "satisfied", "not-satisfied", "supported"
DECIDED = (SATISFIED, NOT_SATISFIED)
LEAD_OVERLAP, LEAD_INDETERMINATE = "lead-overlap", "lead-indeterminate"
DIGITS = 12
"""To how many digits confidences are compared: the order of factors does not matter."""

Rank = tuple[int, int, float, tuple[str, ...], tuple[Step, ...], bool]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a conclusion was reached: from which provisions, over which steps, by which rule.

    ``mappings`` are the IRIs of the rows it rests on, which may be more than its steps.
    """

    conclusion: str
    bases: tuple[str, ...]
    steps: tuple[Step, ...]
    rule: str
    rationale_type: str
    hops: int
    confidence: float
    mappings: frozenset[str] = frozenset()

    @property
    def rank(self) -> Rank:
        """The order in which derivations of one conclusion are preferred, best first.

        Of two that say the same, what one provision gives goes before what several give.
        """
        sure = round(self.confidence, DIGITS)
        together = self.rule.startswith("all ")
        return (self.hops, len(self.steps), -sure, self.bases, self.steps, together)


@dataclass(slots=True)
class Inferred:
    """What follows for one provision: the best derivation of each conclusion, if any."""

    conclusions: dict[str, Derivation] = field(default_factory=dict)

    def __getitem__(self, conclusion: str) -> Derivation | None:
        return self.conclusions.get(conclusion)
