"""OSCAL in XML → the objects that the same document is in JSON.

In XML a list is a run of elements of one name; in JSON it is one member with a name in the plural.
Which is which, the table says; it has what the models for implementation and assessment use.

.. seealso:: NIST, OSCAL 1.2, XML to JSON conversion
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["from_xml"]

NAMESPACE = "http://csrc.nist.gov/ns/oscal/1.0"

LISTS = {
    "action": "actions",
    "activity": "activities",
    "actor": "actors",
    "address": "addresses",
    "assessment-platform": "assessment-platforms",
    "assessment-subject": "assessment-subjects",
    "assessment-task": "tasks",
    "associated-activity": "associated-activities",
    "associated-risk": "related-risks",
    "attestation": "attestations",
    "authorized-privilege": "authorized-privileges",
    "by-component": "by-components",
    "capability": "capabilities",
    "characterization": "characterizations",
    "component": "components",
    "control-objective-selection": "control-objective-selections",
    "control-selection": "control-selections",
    "dependency": "dependencies",
    "diagram": "diagrams",
    "document-id": "document-ids",
    "email-address": "email-addresses",
    "entry": "entries",
    "exclude-control": "exclude-controls",
    "exclude-objective": "exclude-objectives",
    "exclude-subject": "exclude-subjects",
    "external-id": "external-ids",
    "facet": "facets",
    "finding": "findings",
    "function-performed": "functions-performed",
    "hash": "hashes",
    "implemented-component": "implemented-components",
    "implemented-requirement": "implemented-requirements",
    "import-component-definition": "import-component-definitions",
    "include-control": "include-controls",
    "include-objective": "include-objectives",
    "include-subject": "include-subjects",
    "incorporates-component": "incorporates-components",
    "information-type": "information-types",
    "inherited": "inherited",
    "inventory-item": "inventory-items",
    "leveraged-authorization": "leveraged-authorizations",
    "link": "links",
    "location": "locations",
    "location-uuid": "location-uuids",
    "logged-by": "logged-by",
    "member-of-organization": "member-of-organizations",
    "method": "methods",
    "mitigating-factor": "mitigating-factors",
    "observation": "observations",
    "part": "parts",
    "party": "parties",
    "party-uuid": "party-uuids",
    "poam-item": "poam-items",
    "port-range": "port-ranges",
    "prop": "props",
    "protocol": "protocols",
    "provided": "provided",
    "related-finding": "related-findings",
    "related-observation": "related-observations",
    "related-response": "related-responses",
    "related-task": "related-tasks",
    "relevant-evidence": "relevant-evidence",
    "required-asset": "required-assets",
    "resource": "resources",
    "response": "remediations",
    "responsibility": "responsibilities",
    "responsible-party": "responsible-parties",
    "responsible-role": "responsible-roles",
    "result": "results",
    "revision": "revisions",
    "risk": "risks",
    "rlink": "rlinks",
    "role": "roles",
    "satisfied": "satisfied",
    "set-parameter": "set-parameters",
    "statement-id": "statement-ids",
    "step": "steps",
    "subject": "subjects",
    "task": "tasks",
    "telephone-number": "telephone-numbers",
    "threat-id": "threat-ids",
    "user": "users",
    "uses-component": "uses-components",
}
"""Element → the list it stands in, wherever it stands."""

LISTS_WITHIN = {
    ("component", "control-implementation"): "control-implementations",
    ("capability", "control-implementation"): "control-implementations",
    ("implemented-requirement", "statement"): "statements",
    ("observation", "type"): "types",
    ("set-parameter", "value"): "values",
    ("system-characteristics", "system-id"): "system-ids",
    ("user", "role-id"): "role-ids",
    **{
        (holder, "origin"): "origins"
        for holder in ("finding", "observation", "poam-item", "response", "risk", "entry")
    },
}
"""(Element around it, element) → the list it stands in, where the place decides."""

PROSE = frozenset(
    ("adjustment-justification", "caption", "description", "purpose", "remarks", "title")
)
PROSE_WITHIN = frozenset((("risk", "statement"), ("part", "prose")))
BLOCKS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "tr", "blockquote"))
VALUE_NAMED = {
    "document-id": "identifier",
    "external-id": "id",
    "system-id": "id",
    "telephone-number": "number",
    "threat-id": "id",
}
"""Element with attributes and text → the name that its text has; ``value`` where none is here."""


def from_xml(root: Element) -> dict[str, Any]:
    """Return an OSCAL document in XML as the objects of its JSON form.

    :param root: its root element.

    >>> from xml.etree.ElementTree import fromstring
    >>> from_xml(fromstring('<assessment-results uuid="1"><result uuid="2"/><result uuid="3"/>'
    ...     '</assessment-results>'))
    {'assessment-results': {'uuid': '1', 'results': [{'uuid': '2'}, {'uuid': '3'}]}}
    """
    return {_name(root): _object(root)}


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _object(element: Element) -> dict[str, Any]:
    around = _name(element)
    made: dict[str, Any] = dict(element.attrib)
    for inner in element:
        name = _name(inner)
        value = _value(around, name, inner)
        key = LISTS_WITHIN.get((around, name)) or LISTS.get(name)
        if key is None:
            made[name] = value
        else:
            made.setdefault(key, []).append(value)
    return made


def _value(around: str, name: str, element: Element) -> object:
    if name in PROSE or (around, name) in PROSE_WITHIN:
        return _prose(element)
    text = " ".join((element.text or "").split())
    if len(element):
        return _object(element)
    if not element.attrib:
        return text if text or name != "include-all" else {}
    return (
        {**element.attrib, VALUE_NAMED.get(name, "value"): text} if text else dict(element.attrib)
    )


def _prose(element: Element) -> str:
    """Return the words of a marked-up text, one paragraph or item a block."""
    parts: list[str] = [""]

    def walk(one: Element) -> None:
        block = _name(one) in BLOCKS
        if block:
            parts.append("")
        parts[-1] += one.text or ""
        for inner in one:
            walk(inner)
            parts[-1] += inner.tail or ""
        if block:
            parts.append("")

    walk(element)
    said = (re.sub(r"\s+", " ", part).strip() for part in parts)
    return "\n\n".join(part for part in said if part)
