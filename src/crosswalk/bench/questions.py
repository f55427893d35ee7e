"""The shipped queries as they are asked while they are measured: each with its parameters."""

from __future__ import annotations

from crosswalk import queries
from crosswalk.bench.generating import organisation_key
from crosswalk.bench.terms import AS_OF
from crosswalk.namespaces import BASE, cw, edition_iri, graph_iri

__all__ = ["parameters", "questions"]

HOME = graph_iri("org", organisation_key(0))
ASKED: dict[str, object] = {
    "after": f"{HOME}/evidence/risks",
    "as_of": AS_OF,
    "before": f"{HOME}/evidence/systems",
    "below": "0.7",
    "class": cw("ControlImplementation"),
    "date": AS_OF,
    "days": 90,
    "edition": "iso-42001-2023",
    "from": "iso-42001-2023",
    "known_at": AS_OF,
    "mapping": f"{BASE}mapping/inferred/0",
    "provenance": f"{HOME}/provenance",
    "resource": f"{edition_iri('iso-42001-2023')}/A.6.2.4",
    "role": f"{BASE}id/operator-role/deployer",
    "scope": f"{HOME}/scope/1",
    "soa": f"{HOME}/statement/0",
    "to": "eu-ai-act-2026",
    "topic": f"{BASE}id/topic/logging",
}
"""Parameter → its value; those that need not be given are left out, but for those of a day."""
OTHERWISE: dict[str, dict[str, object]] = {
    "applicability/obligation-facts": {"edition": "eu-ai-act-2026"},
    "coverage/evidence-item": {"evidence": f"{HOME}/item/0"},
    "gap/current-against-target-profile": {"edition": "nist-ai-rmf-1.0"},
}
DAYS = ("as_of", "known_at")


def questions() -> list[queries.Query]:
    """Return the queries of the library that are asked of evidence or knowledge, by name.

    The checks of quality are not among them: they are for those who keep the knowledge.
    """
    return [query for query in queries.library() if not query.name.startswith("quality/")]


def parameters(query: queries.Query) -> dict[str, object]:
    """Return the parameters with which a query is asked, ready to be substituted.

    >>> sorted(parameters(queries.named("gap/overdue-findings")))
    ['as_of']
    """
    given = {
        one.name: ASKED[one.name] for one in query.parameters if one.required or one.name in DAYS
    }
    return queries.bind(query, given | OTHERWISE.get(query.name, {}))
