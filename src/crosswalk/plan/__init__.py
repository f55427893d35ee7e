"""The plan: the gaps as actions in an order that can be defended, step by step.

What has to wait for what is data, each with its reason; consequence orders the rest; the effect on
the figures is found by judging anew, never by adding up.
"""

from crosswalk.plan.actions import build, end_of, start_of
from crosswalk.plan.calendar import as_calendar
from crosswalk.plan.order import Urgency, arranged
from crosswalk.plan.values import Action, Plan, Wait

__all__ = [
    "Action",
    "Plan",
    "Urgency",
    "Wait",
    "arranged",
    "as_calendar",
    "build",
    "end_of",
    "start_of",
]
