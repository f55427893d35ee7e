"""What an OSCAL document must say to be read at all, and where it does not.

Only what the reading rests on is asked for. Whole validation is the matter of the schemas that
NIST publishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from crosswalk.oscal.names import MODELS

__all__ = ["Fault", "faults"]

LISTS: dict[str, tuple[str, ...]] = {
    "activities": ("uuid", "description"),
    "by-components": ("component-uuid", "uuid", "description"),
    "capabilities": ("uuid", "name", "description"),
    "components": ("uuid", "type", "title", "description"),
    "control-implementations": ("uuid", "source", "description", "implemented-requirements"),
    "findings": ("uuid", "title", "description", "target"),
    "implemented-requirements": ("uuid", "control-id"),
    "links": ("href",),
    "observations": ("uuid", "description", "methods", "collected"),
    "parties": ("uuid", "type"),
    "poam-items": ("title", "description"),
    "props": ("name", "value"),
    "related-observations": ("observation-uuid",),
    "related-risks": ("risk-uuid",),
    "relevant-evidence": ("description",),
    "remediations": ("uuid", "lifecycle", "title", "description"),
    "resources": ("uuid",),
    "responsible-parties": ("role-id", "party-uuids"),
    "responsible-roles": ("role-id",),
    "results": ("uuid", "title", "description", "start", "reviewed-controls"),
    "risks": ("uuid", "title", "description", "statement", "status"),
    "roles": ("id", "title"),
    "statements": ("statement-id", "uuid"),
    "tasks": ("uuid", "type", "title"),
}
"""List of objects → what each of them must say."""

OBJECTS: dict[str, tuple[str, ...]] = {
    "back-matter": (),
    "implementation-status": ("state",),
    "import-ap": ("href",),
    "import-profile": ("href",),
    "import-ssp": ("href",),
    "local-definitions": (),
    "metadata": ("title", "last-modified", "version", "oscal-version"),
    "system-characteristics": ("system-ids", "system-name", "description"),
    "system-implementation": ("components",),
    "target": ("type", "target-id", "status"),
}
"""Object → what it must say."""

ROOTS = {
    "assessment-plan": ("uuid", "metadata", "import-ssp", "reviewed-controls"),
    "assessment-results": ("uuid", "metadata", "import-ap", "results"),
    "component-definition": ("uuid", "metadata"),
    "plan-of-action-and-milestones": ("uuid", "metadata", "poam-items"),
    "system-security-plan": (
        "uuid",
        "metadata",
        "import-profile",
        "system-characteristics",
        "system-implementation",
        "control-implementation",
    ),
}
DATES = frozenset(("collected", "deadline", "date", "end", "expires", "last-modified", "start"))
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
STATES = ("satisfied", "not-satisfied")
SHAPE = "See the outline of the model in the OSCAL reference."


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a document, and where.

    :param pointer: a JSON Pointer from the root of the document.

    .. seealso:: RFC 6901
    """

    pointer: str
    offence: str
    remedy: str


def faults(said: object) -> list[Fault]:
    """Return what keeps a document from being read, in its own order; empty if nothing does.

    >>> [one.pointer for one in faults({"component-definition": {"uuid": "1"}})]
    ['/component-definition/metadata']
    """
    if not isinstance(said, dict) or len(said.keys() - {"$schema"}) != 1:
        return [Fault("", "is no OSCAL document", f"Its one member is one of: {_models()}.")]
    (root,) = said.keys() - {"$schema"}
    if root not in MODELS:
        return [Fault(f"/{root}", f"is {root!r}, which is not read", f"Send one of: {_models()}.")]
    if not isinstance(said[root], dict):
        return [Fault(f"/{root}", "is no object", SHAPE)]
    held = said[root]
    found = list(_missing(held, ROOTS[root], f"/{root}"))
    version = str((_mapping(held.get("metadata"))).get("oscal-version", "1"))
    if not re.match(r"1(\.|$)", version):
        found.append(
            Fault(
                f"/{root}/metadata/oscal-version",
                f"is of OSCAL {version}, which is not read",
                "Convert it to OSCAL 1.",
            )
        )
    return [*found, *_inside(held, f"/{root}", root)]


def _models() -> str:
    return ", ".join(MODELS)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _missing(held: dict[str, Any], names: tuple[str, ...], pointer: str) -> Iterator[Fault]:
    for name in names:
        if held.get(name) in (None, "", [], {}) and not (name in held and held[name] == {}):
            yield Fault(f"{pointer}/{name}", "is missing", f"Say its {name.replace('-', ' ')}.")


def _is_moment(text: str) -> bool:
    """Return whether a text is a date and time with its zone, on a day that there is."""
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return MOMENT.fullmatch(text) is not None


def _inside(held: dict[str, Any], pointer: str, root: str) -> Iterator[Fault]:
    for key, value in held.items():
        place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in LISTS:
            if not isinstance(value, list):
                yield Fault(place, "is no list", SHAPE)
                continue
            names = LISTS[key]
            if key == "implemented-requirements" and root == "component-definition":
                names = (*names, "description")
            for n, one in enumerate(value):
                if not isinstance(one, dict):
                    yield Fault(f"{place}/{n}", "is no object", SHAPE)
                else:
                    yield from _missing(one, names, f"{place}/{n}")
                    yield from _inside(one, f"{place}/{n}", root)
        elif key in OBJECTS or isinstance(value, dict):
            if not isinstance(value, dict):
                yield Fault(place, "is no object", SHAPE)
            else:
                yield from _missing(value, OBJECTS.get(key, ()), place)
                yield from _inside(value, place, root)
        elif isinstance(value, list):
            for n, one in enumerate(value):
                if isinstance(one, dict):
                    yield from _inside(one, f"{place}/{n}", root)
        elif key in DATES and "/port-ranges/" not in place and not _is_moment(str(value)):
            yield Fault(
                place,
                f"{str(value)[:40]!r} is no date and time",
                "Write it as 2026-11-20T00:00:00Z.",
            )
        elif key == "state" and pointer.endswith("/target/status") and value not in STATES:
            yield Fault(
                place,
                f"{str(value)[:40]!r} is no state of a finding",
                f"Write {' or '.join(STATES)}; leave out what was not assessed.",
            )
