"""How OSCAL names things: models, tokens, UUIDs and moments, all of them without a clock."""

from __future__ import annotations

import re
import uuid
from datetime import date

from crosswalk.namespaces import BASE

__all__ = ["MODELS", "VERSION", "moment", "one_line", "plain", "token", "uuid_of"]

VERSION = "1.2.1"
"""The version of OSCAL that is written."""

MODELS = {
    "component-definition": "component definition",
    "system-security-plan": "system security plan",
    "assessment-plan": "assessment plan",
    "assessment-results": "assessment results",
    "plan-of-action-and-milestones": "plan of action and milestones",
}
"""The models that are read, by the name of their root."""


def uuid_of(*parts: str) -> str:
    """Return the UUID of a thing: always the same for the same name.

    :param parts: what names it: an IRI, or a word for its kind and an IRI.

    >>> uuid_of("party", "https://example.org/ann")
    '084d7ac7-c505-53cb-ae9e-9fa47d8d17c7'
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, BASE + "\n".join(parts)))


def moment(day: date | str) -> str:
    """Return a day as OSCAL's date and time: its first instant, in UTC.

    >>> moment(date(2026, 11, 20))
    '2026-11-20T00:00:00+00:00'
    """
    return f"{day}T00:00:00+00:00"


def token(key: str) -> str:
    """Return the id of a provision as OSCAL can write it: a letter first, no space, no slash.

    >>> token("A.6.2.4"), token("4.1"), token("GOVERN 1.1"), token("article-9/par-2/pt-a")
    ('A.6.2.4', '_4.1', 'GOVERN_1.1', 'article-9_par-2_pt-a')
    """
    made = re.sub(r"[^\w.-]", "_", key)
    return made if made[:1].isalpha() else f"_{made}"


def plain(key: str) -> str:
    """Return an id in the form in which ids are compared: case and separators say nothing.

    >>> plain("_4.1") == plain("4.1"), plain("govern-1.1") == plain(token("GOVERN 1.1"))
    (True, True)
    """
    return re.sub(r"[\s/_-]+", " ", key).strip().casefold()


def one_line(text: str) -> str:
    r"""Return a text as a title or a value may hold it: on one line.

    >>> one_line(" two  \n lines ")
    'two lines'
    """
    return " ".join(text.split())
