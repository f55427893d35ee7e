"""RDF as it comes from elsewhere: confined to the organisation, each thing it describes a row."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox

from crosswalk import evidence
from crosswalk.graph import Dataset
from crosswalk.intake.opening import json_of, text_of
from crosswalk.intake.reading import Account, Reader, Reading, Source, slug
from crosswalk.namespaces import graph_iri

__all__ = ["MEDIA_TYPES", "reader_of"]

MEDIA_TYPES = {
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
    "nquads": "application/n-quads",
}
"""Kind → media type."""


def reader_of(kind: str) -> Reader:
    """Return the reader of a format of RDF.

    A blank node gets an address of its own, the same each time, so that it can be told what
    changed (RDF 1.1, section 3.5).

    :param kind: ``turtle``, ``jsonld`` or ``nquads``.

    >>> from datetime import date
    >>> said = b"<https://w3id.org/aigov-crosswalk/org/acme/risk/r-1> a <urn:x:Risk> ."
    >>> source = Source("a.ttl", said, "acme", date(2026, 11, 20))
    >>> [line.detail for line in reader_of("turtle")(source, Dataset()).lines]
    ['1 statement']
    """

    def read(source: Source, _: Dataset) -> Reading:
        text = text_of(source)
        if kind == "jsonld":
            json_of(source)
        home = graph_iri("org", source.organization) + "/"
        quads = evidence.read(
            text.encode("utf-8"),
            MEDIA_TYPES[kind],
            graph=f"{home}evidence/{slug(source.name)}",
            owner=home,
            place=source.name,
        )
        account = Account(source, kind)
        triples = _named(quads, account)
        account.take(triples)
        count = Counter(one.subject for one in triples)
        for subject in sorted(count, key=str):
            told = f"{count[subject]} statement{'s' if count[subject] > 1 else ''}"
            if isinstance(subject, ox.NamedNode):
                account.mapped(f"<{subject.value}>", subject, told)
        if not triples:
            account.passed_over(source.name, "says nothing")
        return account.reading()

    return read


def _named(quads: list[ox.Quad], account: Account) -> set[ox.Triple]:
    """Return triples in which each blank node has an address that follows from what it says."""
    held = ox.Dataset(ox.Quad(one.subject, one.predicate, one.object) for one in quads)
    if any(isinstance(end, ox.BlankNode) for one in held for end in (one.subject, one.object)):
        held.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)

    def address(node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> ox.NamedNode:
        if isinstance(node, ox.BlankNode):
            return account.hashed("node", account.source.name, node.value)
        return node  # type: ignore[return-value]

    return {ox.Triple(address(one.subject), one.predicate, address(one.object)) for one in held}
