"""The values of a plan; the fields of an action are the JSON fields of the verb."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from crosswalk.methods import Roadmap
from crosswalk.models import GapKind

__all__ = ["Action", "Plan", "Wait"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A provision that has to come first, and why; ``source`` is the text that says so."""

    provision: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Action:
    """One step: the gaps of one provision closed.

    ``gap`` is the most serious of ``gaps``. ``effect`` is what ``lo`` gains by this step when all
    before it are done, and ``lo`` what it is then; None where coverage is undefined. ``phase`` is
    where the roadmap has the provision and ``stage`` the rank of the phase in which the step can
    be done, later if it has to wait, None if the roadmap says nothing. ``not_met`` says that the
    provision is known not to be met, not merely not shown. What is None has its reason beside it.
    """

    order: int
    provision: str
    title: str
    status: str
    gap: GapKind
    gaps: tuple[str, ...]
    detail: str
    phase: str | None
    phase_why: str
    owner_role: str | None
    owner_why: str
    owner: str | None
    depends_on: tuple[Wait, ...]
    effect: float | None
    lo: float | None
    due: date | None
    due_why: str
    why: str
    scope: str
    not_met: bool = field(repr=False, default=False)
    stage: int | None = field(repr=False, default=None)
    binds_from: date | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions of one edition and scope, in order.

    ``lo`` and ``lo_after`` are the lower bound now and with all of it done. ``cycles`` are circles
    of dependencies, which order nothing.
    """

    edition: str
    scope: str
    as_of: date
    roadmap: Roadmap | None
    start: date | None
    lo: float | None
    lo_after: float | None
    actions: tuple[Action, ...]
    cycles: tuple[tuple[str, ...], ...] = ()
    identity: str = field(repr=False, default="")
