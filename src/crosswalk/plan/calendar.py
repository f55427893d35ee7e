"""Plans as one iCalendar: an action is a task, what it waits for are its relations.

.. seealso:: RFC 5545 (VTODO), RFC 9253 (RELTYPE=DEPENDS-ON)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, time

from crosswalk.plan.values import Action, Plan

__all__ = ["as_calendar"]


def as_calendar(plans: Iterable[Plan]) -> str:
    """Return the actions of some plans as iCalendar, in their order; the same plans, the same text.

    A task has a due date only where the action has one. Its UID is made of edition, scope and
    provision, so that a later plan replaces it in a calendar; DTSTAMP is the day of the question.
    """
    from icalendar import Calendar, Todo, vText

    calendar = Calendar()
    calendar.add("prodid", "-//Crosswalk//plan//EN")
    calendar.add("version", "2.0")
    for plan in plans:
        stamp = datetime.combine(plan.as_of, time(), tzinfo=UTC)
        for action in plan.actions:
            task = Todo()
            task.add("uid", _uid(plan, action.provision))
            task.add("dtstamp", stamp)
            task.add("summary", f"{action.provision} {action.title}: {action.gap}".strip())
            task.add("description", _description(plan, action))
            task.add("categories", [name for name in (plan.edition, action.phase) if name])
            task.add("status", "NEEDS-ACTION")
            if action.due is not None:
                task.add("due", action.due)
            for wait in action.depends_on:
                first = vText(_uid(plan, wait.provision))
                first.params["RELTYPE"] = "DEPENDS-ON"
                task.add("related-to", first)
            calendar.add_component(task)
    text: bytes = calendar.to_ical()
    return text.decode("utf-8")


def _uid(plan: Plan, provision: str) -> str:
    said = "\n".join((plan.edition, plan.identity, provision))
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@aigov-crosswalk"


def _description(plan: Plan, action: Action) -> str:
    lines = [
        f"{plan.edition}, {plan.scope}, as of {plan.as_of}",
        f"Gap: {action.detail}",
        f"Owner role: {action.owner_role or 'none'} ({action.owner_why})",
        f"Phase: {action.phase or 'none'} ({action.phase_why})",
        f"Due: {action.due or 'none'} ({action.due_why})",
    ]
    if action.lo is not None:
        lines.append(f"Shown when this and all before it is done: {action.lo:.1%}")
    lines += [f"After {one.provision}: {one.reason}" for one in action.depends_on]
    return "\n".join(lines)
