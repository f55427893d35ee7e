"""One document of evidence: RDF that is parsed without loss, from nothing but its own bytes.

A store forgets how a literal was written; the parser does not. So what is hashed, validated and
kept is what stands in the document. A JSON-LD context is read from the document or, if it is ours,
from the package; no other is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pyoxigraph as ox

from crosswalk.errors import DataError, UsageError
from crosswalk.graph.dataset import syntax_error
from crosswalk.graph.knowledge import require_date
from crosswalk.namespaces import BASE
from crosswalk.resources import context_file

__all__ = ["CONTEXT", "MEDIA_TYPES", "amended", "as_nquads", "read"]

MEDIA_TYPES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/trig": ox.RdfFormat.TRIG,
}
"""Media type of a document → its format."""
CONTEXT = BASE + "context.jsonld"
"""The address of our own JSON-LD context."""
DEEPEST = 100


def read(
    data: bytes,
    media_type: str,
    *,
    graph: str,
    owner: str | None = None,
    place: str = "the document",
) -> list[ox.Quad]:
    """Return the quads of a document, all of them in one graph.

    :param graph: the graph that the document fills; what it says must be there or in no graph.
    :param owner: what the address of each thing begins with that it may describe, where that is
        ours to give.
    :param place: how errors name the document.
    :raises DataError: if it does not parse, wants a foreign context or speaks of another graph.

    >>> text = b'@prefix ex: <http://example.org/> . ex:a ex:b 01 .'
    >>> [str(q.object) for q in read(text, "text/turtle", graph="urn:g")]
    ['"01"^^<http://www.w3.org/2001/XMLSchema#integer>']
    """
    if media_type not in MEDIA_TYPES:
        raise UsageError(
            f"{media_type!r} is no format of evidence",
            place=place,
            remedy=f"Send one of: {', '.join(MEDIA_TYPES)}.",
        )
    if media_type == "application/ld+json":
        data = _with_context(data, place)
    try:
        found = list(
            ox.parse(
                data,
                format=MEDIA_TYPES[media_type],
                base_iri=graph + "/",
                rename_blank_nodes=True,
            )
        )
    except SyntaxError as error:
        raise syntax_error(error, place) from None
    except ValueError as error:
        raise DataError(
            f"does not parse: {error}", place=place, remedy="Send it as UTF-8."
        ) from None
    home = ox.NamedNode(graph)
    for quad in found:
        if quad.graph_name not in (ox.DefaultGraph(), home):
            raise DataError(
                f"speaks of the graph {quad.graph_name}",
                place=place,
                remedy=f"Name no graph, or <{graph}>: that is where the document goes.",
            )
        require_date(quad, place)
        if owner is not None:
            _require_own(quad, owner, place)
    return [ox.Quad(one.subject, one.predicate, one.object, home) for one in found]


def _require_own(quad: ox.Quad, owner: str, place: str) -> None:
    """Let a statement pass that is not about what is another's: provisions, organisations."""
    subject = quad.subject
    if not isinstance(subject, ox.NamedNode) or subject.value.startswith(owner):
        return
    if subject.value.startswith(BASE):
        raise DataError(
            f"speaks of {subject}, which is not the organisation's",
            place=place,
            remedy=f"Describe only what is at {owner}… or at addresses of your own.",
        )


def amended(before: Sequence[ox.Quad], change: Sequence[ox.Quad]) -> list[ox.Quad]:
    """Return a document in which each thing that a change describes is as the change says.

    What the document says of other things stays. A blank node belongs to what names it.

    >>> def said(value: str) -> list[ox.Quad]:
    ...     text = f"<urn:a> <urn:p> {value} ."
    ...     return read(text.encode(), "text/turtle", graph="urn:g")
    >>> [str(quad.object.value) for quad in amended(said("1"), said("2"))]
    ['2']
    """
    described = {one.subject for one in change if isinstance(one.subject, ox.NamedNode)}
    gone: set[Any] = set(described)
    while True:
        inner = {
            one.object
            for one in before
            if one.subject in gone and isinstance(one.object, ox.BlankNode)
        }
        if inner <= gone:
            break
        gone |= inner
    return [one for one in before if one.subject not in gone] + list(change)


def as_nquads(quads: Iterable[ox.Quad]) -> bytes:
    """Return quads as N-Quads, literals as they were written.

    >>> as_nquads(read(b"<urn:a> <urn:b> 01 .", "text/turtle", graph="urn:g")).split()[2]
    b'"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    """
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def _with_context(data: bytes, place: str) -> bytes:
    """Return JSON-LD in which our context stands where it was named.

    :raises DataError: if it names a context that is not ours.
    """
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(
            "does not parse: it is no JSON", place=f"{place}{line}", remedy="Correct it."
        ) from None
    if not _names_context(said, place, 0):
        return data
    return json.dumps(_resolved(said)).encode()


def _names_context(said: object, place: str, depth: int) -> bool:
    """Return whether our context is named anywhere, and refuse every other that is."""
    if depth > DEEPEST:
        raise DataError("is nested too deeply", place=place, remedy="Flatten it.")
    if isinstance(said, list):
        return True in [_names_context(one, place, depth + 1) for one in said]
    if not isinstance(said, dict):
        return False
    found = False
    for key, value in said.items():
        if key == "@import":
            raise _foreign(value, place)
        if key == "@context":
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str):
                    if one != CONTEXT:
                        raise _foreign(one, place)
                    found = True
        found |= _names_context(value, place, depth + 1)
    return found


def _foreign(name: object, place: str) -> DataError:
    return DataError(
        f"names the context {name!r}, and none is fetched",
        place=place,
        remedy=f"Write the context into the document, or name ours: {CONTEXT}.",
    )


def _resolved(said: Any) -> Any:  # noqa: ANN401 - JSON has no one type
    if isinstance(said, list):
        return [_resolved(one) for one in said]
    if not isinstance(said, dict):
        return said
    return {
        key: _context(value) if key == "@context" else _resolved(value)
        for key, value in said.items()
    }


def _context(value: Any) -> Any:  # noqa: ANN401 - JSON has no one type
    if isinstance(value, list):
        return [_context(one) for one in value]
    return _ours() if value == CONTEXT else value


@cache
def _ours() -> Any:  # noqa: ANN401 - JSON has no one type
    return json.loads(context_file().read_text(encoding="utf-8"))["@context"]
