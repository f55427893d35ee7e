"""The one prefix map, read from ``ontology/context.jsonld``.

This room stands above ``resources`` because the map is a file that Python, SPARQL, SSSOM and
JSON-LD all read. An edition's key is its prefix: ``iso-42001-2023:A.6.2.4``.
"""

from __future__ import annotations

import json
from functools import cache

from crosswalk.errors import UsageError, nearest
from crosswalk.resources import context_file

__all__ = ["BASE", "CW", "compress", "cw", "edition_iri", "expand", "graph_iri", "prefixes"]

BASE = "https://w3id.org/aigov-crosswalk/"
CW = BASE + "ns#"


@cache
def prefixes() -> dict[str, str]:
    """Return prefix → namespace IRI, in the order of the context file.

    >>> prefixes()["skos"]
    'http://www.w3.org/2004/02/skos/core#'
    """
    context = json.loads(context_file().read_text(encoding="utf-8"))["@context"]
    return {
        name: target["@id"] if isinstance(target, dict) else target
        for name, target in context.items()
        if _is_prefix(target)
    }


def _is_prefix(target: object) -> bool:
    if isinstance(target, dict):
        return target.get("@prefix") is True
    return isinstance(target, str) and target.endswith(("/", "#"))


def cw(name: str) -> str:
    """Return the IRI of a term of our vocabulary.

    >>> cw("counted")
    'https://w3id.org/aigov-crosswalk/ns#counted'
    """
    return CW + name


def edition_iri(key: str) -> str:
    """Return the IRI of an edition, from its key.

    >>> edition_iri("iso-42001-2023")
    'https://w3id.org/aigov-crosswalk/id/iso-42001-2023'
    """
    return f"{BASE}id/{key}"


def graph_iri(*path: str) -> str:
    """Return the IRI of a named graph.

    >>> graph_iri("framework", "gdpr-2016")
    'https://w3id.org/aigov-crosswalk/framework/gdpr-2016'
    """
    return BASE + "/".join(path)


def expand(curie: str) -> str:
    """Return the IRI of a CURIE.

    :raises UsageError: if the prefix is not in the map.

    >>> expand("skos:broader")
    'http://www.w3.org/2004/02/skos/core#broader'

    .. seealso:: W3C, CURIE Syntax 1.0
    """
    prefix, separator, local = curie.partition(":")
    if not separator:
        raise UsageError(f"{curie!r} is not a CURIE", remedy="Write prefix:name.")
    if prefix not in prefixes():
        raise UsageError(f"unknown prefix {prefix!r}", remedy=nearest(prefix, prefixes()))
    return prefixes()[prefix] + local


def compress(iri: str) -> str:
    """Return the shortest CURIE of an IRI, or the IRI itself where no prefix fits.

    >>> compress("http://www.w3.org/2004/02/skos/core#broader")
    'skos:broader'
    >>> compress("urn:example:1")
    'urn:example:1'
    """
    best = ""
    for name, namespace in prefixes().items():
        if iri.startswith(namespace) and len(namespace) > len(prefixes().get(best, "")):
            best = name
    return f"{best}:{iri.removeprefix(prefixes()[best])}" if best else iri
