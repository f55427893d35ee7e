"""The gaps of an evaluation as actions: ordered, placed, owned, dated, with their effect.

A step counts as done when its provision is shown to be satisfied. Dates come from laws, and from
the months that a roadmap states, counted from a start that is given; there are no others.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from crosswalk import methods
from crosswalk.coverage import Evaluation, ProvisionStatus, supposing
from crosswalk.errors import UsageError
from crosswalk.gap import gaps
from crosswalk.graph import Dataset
from crosswalk.methods import Phase, Placing, Roadmap
from crosswalk.models import BindingAnswer, Gap, GapKind, Status
from crosswalk.plan.dependencies import dependencies
from crosswalk.plan.order import NEVER, Arranged, Urgency, arranged
from crosswalk.plan.owners import Owners
from crosswalk.plan.values import Action, Plan, Wait

__all__ = ["build", "end_of", "start_of"]

NOT_MET = (Status.FAILED, Status.CONFLICT, Status.PARTIAL, Status.NOT_SATISFIED_INFERRED)
LAST = 10**6
SERIOUSNESS = {kind: n for n, kind in enumerate(GapKind)}


@dataclass(frozen=True, slots=True)
class _Step:
    """One provision with its gaps, the most serious first; without a status if it has none."""

    gaps: tuple[Gap, ...]
    status: ProvisionStatus | None

    @property
    def name(self) -> str:
        return self.gaps[0].provision

    @property
    def not_met(self) -> bool:
        """Whether it is known not to be met, not merely not shown."""
        kinds = {gap.gap_kind for gap in self.gaps}
        return GapKind.OBJECTIVE_MISSED in kinds or (
            self.status is not None and self.status.status in NOT_MET
        )

    @property
    def binds_from(self) -> date | None:
        """The day from which a law binds to it."""
        binding = self.status.binding if self.status else None
        if binding is None or not binding.applies_from:
            return None
        return date.fromisoformat(binding.applies_from)


@dataclass(frozen=True, slots=True)
class _Due:
    """The day by which a step has to be done, and by whose word."""

    on: date | None
    why: str


def build(
    dataset: Dataset,
    evaluation: Evaluation,
    *,
    roadmap: Roadmap | None = None,
    start: date | None = None,
) -> Plan:
    """Return the plan that closes the gaps of an evaluation.

    The order: what others wait for comes before them. Among what is free, duties of law come
    first, the nearest date first; then the phases of the roadmap, before them what it does not
    place and is known not to be met, after them what it does not place and is merely not shown;
    then the gravity of the gap, the effect on ``lo`` and the order of the text.

    :param roadmap: the method whose phases are followed; None for none.
    :param start: the first day of the roadmap's first month.
    :raises UsageError: if there is a start but no roadmap to count from it.

    >>> from crosswalk import catalogue
    >>> from crosswalk.coverage import evaluate, scope_of
    >>> from crosswalk.graph import open_dataset
    >>> from crosswalk.resources import examples_dir
    >>> dataset = open_dataset([examples_dir() / "x-corporation"])
    >>> day = date(2026, 11, 20)
    >>> edition = catalogue.edition(dataset, "iso-42001", as_of=day)
    >>> evaluation = evaluate(dataset, edition, scope_of(dataset, None)[0], as_of=day)
    >>> build(dataset, evaluation).actions[0].provision
    'A.7.5'
    """
    if start is not None and roadmap is None:
        raise UsageError(
            "a start without a roadmap dates nothing",
            place="--start",
            remedy="Name one with --roadmap.",
        )
    steps = _steps(dataset, evaluation)
    key = evaluation.edition.edition
    where = methods.placed(dataset, roadmap, key) if roadmap else {}
    placing = {
        name: where[step.status.provision.iri]
        for name, step in steps.items()
        if step.status and step.status.provision.iri in where
    }
    waits = dependencies(dataset, key, steps)
    gain = _Gain(dataset, evaluation)
    ordered = arranged(
        {
            name: Urgency(
                binds_from=step.binds_from.isoformat() if step.binds_from else NEVER,
                stage=_stage(step, placing.get(name), roadmap),
                seriousness=SERIOUSNESS[step.gaps[0].gap_kind],
                gain=-gain.alone(step),
                position=step.status.provision.position if step.status else LAST,
            )
            for name, step in steps.items()
        },
        waits,
        placed=placing,
    )
    actions = _actions(evaluation, steps, ordered, placing, waits, gain, roadmap, start, dataset)
    lo = evaluation.vector.lo
    return Plan(
        edition=key,
        scope=evaluation.scope.label,
        as_of=evaluation.as_of,
        roadmap=roadmap,
        start=start,
        lo=lo,
        lo_after=actions[-1].lo if actions else lo,
        actions=actions,
        cycles=ordered.cycles,
        identity=evaluation.scope.iri,
    )


def _steps(dataset: Dataset, evaluation: Evaluation) -> dict[str, _Step]:
    by_id = {one.provision.id: one for one in evaluation.statuses}
    held: dict[str, list[Gap]] = {}
    for gap in gaps(dataset, evaluation):
        held.setdefault(gap.provision, []).append(gap)
    return {name: _Step(tuple(found), by_id.get(name)) for name, found in held.items()}


def _stage(step: _Step, placing: Placing | None, roadmap: Roadmap | None) -> int:
    if roadmap is None:
        return 0
    if placing is not None:
        return placing.phase.rank
    return 0 if step.not_met else len(roadmap.phases) + 1


class _Gain:
    """What ``lo`` becomes if some provisions are shown.

    It is counted exactly where no inference is accepted, because then nothing but these
    provisions changes in ``lo``; else all that follows is found anew.
    """

    def __init__(self, dataset: Dataset, evaluation: Evaluation) -> None:
        self._dataset = dataset
        self._evaluation = evaluation
        self._counts = {
            one.provision.iri
            for one in evaluation.statuses
            if one.status not in (Status.NOT_APPLICABLE, Status.NOT_YET)
        }
        self._shown = {
            one.provision.iri
            for one in evaluation.statuses
            if one.status is Status.SATISFIED_DIRECT
        }
        self._exact = not dataset.rows(
            "coverage/acceptances",
            as_of=evaluation.as_of,
            known_at=evaluation.known_at or date.max,
        )

    def with_all(self, steps: Sequence[_Step]) -> float | None:
        """Return ``lo`` with the provisions of some steps shown; None if it is undefined."""
        if self._evaluation.vector.lo is None:
            return None
        iris = {one.status.provision.iri for one in steps if one.status} & self._counts
        if self._exact:
            return len(self._shown | iris) / self._evaluation.vector.n
        return supposing(self._dataset, self._evaluation, sorted(iris)).lo

    def alone(self, step: _Step) -> float:
        """Return what ``lo`` gains if nothing but this is done."""
        lo, after = self._evaluation.vector.lo, self.with_all((step,))
        return 0.0 if lo is None or after is None else round(after - lo, 12)


def _actions(
    evaluation: Evaluation,
    steps: Mapping[str, _Step],
    ordered: Arranged,
    placing: Mapping[str, Placing],
    waits: Mapping[tuple[str, str], Wait],
    gain: _Gain,
    roadmap: Roadmap | None,
    start: date | None,
    dataset: Dataset,
) -> tuple[Action, ...]:
    owners = Owners(dataset, evaluation.edition.edition, evaluation.scope)
    due = _dues(steps, ordered, roadmap, start, evaluation)
    waiting: dict[str, int] = dict.fromkeys(steps, 0)
    for first, _ in waits:
        waiting[first] += 1
    found: list[Action] = []
    done: list[_Step] = []
    lo = evaluation.vector.lo
    for n, name in enumerate(ordered.order, start=1):
        step = steps[name]
        done.append(step)
        after = gain.with_all(done)
        head = step.gaps[0]
        iri = step.status.provision.iri if step.status else ""
        role, owner_why = owners.of(iri)
        phase, phase_why = _phase(placing.get(name), ordered.stages.get(name), roadmap)
        found.append(
            Action(
                order=n,
                provision=name,
                title=head.title,
                status=head.status,
                gap=head.gap_kind,
                gaps=tuple(str(gap.gap_kind) for gap in step.gaps),
                detail=head.detail,
                phase=phase,
                phase_why=phase_why,
                owner_role=role,
                owner_why=owner_why,
                owner=head.owner,
                depends_on=tuple(waits[first, name] for first in ordered.waits[name]),
                effect=None if lo is None or after is None else round(after - lo, 12),
                lo=after,
                due=due[name].on,
                due_why=due[name].why,
                why=_why(step, waiting[name], evaluation),
                scope=evaluation.scope.label,
                not_met=step.not_met,
                stage=ordered.stages.get(name),
                binds_from=step.binds_from,
            )
        )
        lo = after
    return tuple(found)


def _phase(
    placing: Placing | None, stage: int | None, roadmap: Roadmap | None
) -> tuple[str | None, str]:
    if roadmap is None:
        return None, "no roadmap chosen"
    if placing is None:
        return None, f"{roadmap.edition} does not say"
    said = f"{roadmap.edition}:{placing.why}"
    if stage is not None and stage > placing.phase.rank:
        said += f"; waits until {roadmap.phases[stage - 1].id} for what it depends on"
    return placing.phase.id, said


def _why(step: _Step, waiting: int, evaluation: Evaluation) -> str:
    said = []
    binding = step.status.binding if step.status else None
    if step.binds_from is not None and binding is not None:
        if binding.binds is BindingAnswer.UNDETERMINED:
            said.append(f"may bind from {step.binds_from}: undetermined")
        elif step.binds_from <= evaluation.as_of:
            said.append(f"binds since {step.binds_from}")
        else:
            said.append(f"binds from {step.binds_from}")
    said.append("known not to be met" if step.not_met else "not shown")
    if waiting:
        said.append(f"{waiting} {'waits' if waiting == 1 else 'wait'} for it")
    return "; ".join(said)


def _dues(
    steps: Mapping[str, _Step],
    ordered: Arranged,
    roadmap: Roadmap | None,
    start: date | None,
    evaluation: Evaluation,
) -> dict[str, _Due]:
    """Return step → its day: a law's, the end of its phase, or the day of what waits for it."""
    followers: dict[str, list[str]] = {}
    for name, firsts in ordered.waits.items():
        for first in firsts:
            followers.setdefault(first, []).append(name)
    found: dict[str, _Due] = {}
    for name in reversed(ordered.order):
        days: list[tuple[date, str]] = []
        binds = steps[name].binds_from
        if binds is not None:
            days.append((binds, f"a law applies from {binds}"))
        stage = ordered.stages.get(name)
        if roadmap and start and stage is not None:
            phase = roadmap.phases[stage - 1]
            end = end_of(phase, start)
            if end is not None:
                days.append((end, f"end of month {phase.month_to}, {roadmap.edition}:{phase.id}"))
        for one in followers.get(name, ()):
            day = found[one].on
            if day is not None:
                days.append((day, f"{one} waits for it and is due then"))
        if days:
            found[name] = _Due(*min(days, key=lambda held: held[0]))
        else:
            found[name] = _Due(None, _undated(roadmap, start, stage))
    return found


def _undated(roadmap: Roadmap | None, start: date | None, stage: int | None) -> str:
    if roadmap is None:
        return "no law dates it and no roadmap is chosen"
    if stage is None:
        return f"no law dates it and {roadmap.edition} does not place it"
    if not roadmap.timed:
        return f"no law dates it and {roadmap.edition} states no lengths of its phases"
    return "no law dates it and no start is given" if start is None else "no law dates it"


def start_of(phase: Phase, start: date) -> date | None:
    """Return the first day of a phase; None where the method states no month."""
    return None if phase.month_from is None else _later(start, phase.month_from - 1)


def end_of(phase: Phase, start: date) -> date | None:
    """Return the last day of a phase; None where the method states no month.

    >>> end_of(Phase("foundation", "", 1, 1, 2), date(2027, 1, 1))
    datetime.date(2027, 2, 28)
    """
    return None if phase.month_to is None else _later(start, phase.month_to) - timedelta(days=1)


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
