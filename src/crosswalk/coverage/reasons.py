"""Why a status is what it is, in words that can be checked against semantics §3."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk.catalogue import curie
from crosswalk.coverage.status import ProvisionStatus
from crosswalk.models import Status, Step

__all__ = ["path_words", "reason"]


def path_words(steps: Iterable[Step]) -> str:
    """Return a path in words: each step with its relation, its mapping set and row."""
    said = []
    for step in steps:
        where = f" [{step.mapping_set}:{step.row}]" if step.row is not None else " [structure]"
        said.append(f"{curie(step.subject)} {step.relation} {curie(step.object)}{where}")
    return " → ".join(said) if said else "no path"


def reason(status: ProvisionStatus) -> str:
    """Return the rule that decided a status."""
    if status.status is Status.NOT_APPLICABLE:
        if status.decision is not None and status.decision.excludes:
            return f"not applicable by decision: {status.decision.justification}"
        return f"does not address the organisation: {status.binding.why if status.binding else ''}"
    if status.status is Status.NOT_YET:
        return f"does not bind at the date: {status.binding.why if status.binding else ''}"
    direct = status.direct
    if direct is not None and direct.status is not None:
        if direct.basis == "certificate":
            return f"valid certificate: {direct.certificate}"
        result = direct.result
        when = result.assessed_on if result else ""
        said = result.outcome if result else ""
        valid = sum(1 for item in direct.evidence if not item.faults)
        return (
            f"latest accepted assessment ({when}) says {said}; {valid} of "
            f"{len(direct.evidence)} evidence items are valid"
        )
    derivation = status.derivation
    if derivation is not None:
        return derivation.rule
    return "nothing on record says anything: unknown is not no"
