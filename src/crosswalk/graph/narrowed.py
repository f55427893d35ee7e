"""How a caller who may see some graphs of a store elsewhere is held to them, and whether it holds.

The graphs stand in the request, where the protocol gives them precedence over what a query names.
Whether a store obeys is tried before it is trusted. What stores add to the standard, indexes and
functions that answer of all that they hold, is not asked of them for such a caller.

.. seealso:: SPARQL 1.1 Protocol, section 2.1.4
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyoxigraph as ox

from crosswalk.errors import ForbiddenError
from crosswalk.graph.binding import decoded, spelt
from crosswalk.graph.remote import Remote, read_rows
from crosswalk.sparql import Token, tokens

__all__ = ["NOTHING", "leak", "refuse_extensions", "within"]

NOTHING = "urn:x-crosswalk:nothing"
"""A graph that no store has: a request that names it alone is asked of nothing."""
XSD = "http://www.w3.org/2001/XMLSchema#"
EXTENSIONS = (
    "jena.apache.org",
    "jena.hpl.hp.com",
    "java:",
    "urn:x-arq:",
    "ontotext.com",
    "openrdf.org",
    "rdf4j.org",
    "tag:stardog:",
    "bigdata.com",
    "blazegraph.com",
    "openlinksw.com",
    "bif:",
    "sql:",
    "aws.amazon.com",
    "franz.com",
    "marklogic.com",
    "oracle.com",
    "spinrdf.org",
    "topbraid.org",
    "oxigraph.org",
)
"""What the names of indexes, functions and special graphs of stores have in them."""
WHOLE = re.compile(r"(?:https?://[^/]+/.*|[a-z][a-z0-9+.-]*:.+)[#/:=_-]", re.IGNORECASE | re.DOTALL)
"""What the IRI of a prefix may be: one that leaves no name to be completed behind it."""
SPECIAL = (
    "urn:x-arq:UnionGraph",
    "urn:x-arq:DefaultGraph",
    "urn:x-arq:DefaultGraphNode",
    "tag:stardog:api:context:all",
    "tag:stardog:api:context:named",
    "tag:stardog:api:context:default",
    "tag:stardog:api:context:local",
    "http://www.ontotext.com/explicit",
    "http://www.ontotext.com/implicit",
    "http://www.openrdf.org/schema/sesame#nil",
    "http://rdf4j.org/schema/rdf4j#nil",
    "http://www.bigdata.com/rdf#nullGraph",
)
"""Names under which some stores answer of all that they hold."""
ONE = "SELECT ?g ?s WHERE { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?s)) } LIMIT 1"
ASKED = (
    "ASK {{ ?s ?p ?o }}",
    "ASK {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "ASK {{ GRAPH {0} {{ ?s ?p ?o }} }}",
    "ASK FROM {0} {{ ?s ?p ?o }}",
    "ASK FROM NAMED {0} {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "ASK {{ ?s !<urn:x-crosswalk:p> ?o }}",
    "ASK {{ GRAPH ?g {{ {1} (!<urn:x-crosswalk:p>)+ ?o }} }}",
)


def within(default: Sequence[str], named: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a request says to be asked of these graphs and of no others, be they none.

    >>> within([], ["urn:g"])
    [('default-graph-uri', 'urn:x-crosswalk:nothing'), ('named-graph-uri', 'urn:g')]
    """
    return [
        *(("default-graph-uri", one) for one in default or (NOTHING,)),
        *(("named-graph-uri", one) for one in named or (NOTHING,)),
    ]


def leak(store: Remote) -> str | None:
    """Return a query by which a store tells of a graph that the request does not name, or None.

    A store that holds nothing tells nothing.
    """
    rows = read_rows(store.client, ONE)
    if not rows:
        return None
    graph, subject = (spelt(ox.NamedNode(rows[0][name]["value"])) for name in "gs")
    own = rows[0]["g"]["value"]
    special = (spelt(ox.NamedNode(one)) for one in SPECIAL)
    texts = [one.format(graph, subject) for one in ASKED]
    texts += [one.format(name, subject) for name in special for one in ASKED[2:5]]
    for text in texts:
        if store.holds(text, within([], [])):
            return text
    for text, dataset in (
        (ASKED[1].format(), within([own], [])),
        (ASKED[0].format(), within([], [own])),
    ):
        if store.holds(text, dataset):
            return text
    if not all(store.holds(text.format(), within([own], [own])) for text in ASKED[:2]):
        return "a request that names a graph finds nothing in it"
    return None


def refuse_extensions(text: str) -> None:
    """Refuse a query that speaks of what only some stores have, for a caller who sees some graphs.

    Such names may answer of graphs that the request leaves out. What a name is made of is looked
    at, not how it is written.

    :raises ForbiddenError: if it does.

    >>> refuse_extensions('SELECT * { ?s ?p ?o FILTER(xsd:date(?o) < "2026-01-01"^^xsd:date) }')
    """
    for one in dict.fromkeys((text, decoded(text))):
        lower = one.casefold()
        for name in EXTENSIONS:
            if name in lower:
                raise _refused(f"{name!r} stands in it")
        held = list(tokens(one))
        for before, token, after in zip([None, *held], held, [*held[1:], None], strict=False):
            if token.kind == "iri" and before is not None and before.text.endswith(":"):
                _require_whole(token)
            if token.kind in ("iri", "name") and after is not None and after.text == "(":
                _require_cast(token)


def _require_whole(token: Token) -> None:
    """Refuse a prefix by which the name of an extension could be put together."""
    iri = token.text[1:-1]
    if not WHOLE.fullmatch(iri) or any(one.startswith(iri.casefold()) for one in EXTENSIONS):
        raise _refused(f"the prefix {token.text[:80]} does not end a name")


def _require_cast(token: Token) -> None:
    """Refuse a function that is no cast, and a list behind a name, which some stores call too."""
    said = token.text
    if not (said.casefold().startswith("xsd:") or said.startswith(f"<{XSD}")):
        raise _refused(f"{said[:80]} is called")


def _refused(why: str) -> ForbiddenError:
    return ForbiddenError(
        f"a query may not use what is peculiar to a store: {why}",
        remedy="Use SPARQL 1.1 as it is, and the prefix xsd for casts.",
    )
