"""The results of compiled shapes as findings, and as the triples of a SHACL report.

.. seealso:: W3C, Shapes Constraint Language (SHACL), 3.6 (validation report)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import pyoxigraph as ox

from crosswalk.models import Finding
from crosswalk.namespaces import compress, expand
from crosswalk.shapes import Result, Shapes
from crosswalk.shapes.values import Named, Term, WithProperty

__all__ = ["as_finding", "named", "owners", "stated"]

Said: TypeAlias = Callable[[ox.BlankNode], Iterable[tuple[ox.NamedNode, Term]]]
TYPE = ox.NamedNode(expand("rdf:type"))
TERMS = {
    name: ox.NamedNode(expand(f"sh:{name}"))
    for name in (
        *("ValidationReport", "ValidationResult", "conforms", "result", "detail", "focusNode"),
        *("resultPath", "value", "resultSeverity", "sourceConstraintComponent", "sourceShape"),
        *("sourceConstraint", "resultMessage"),
    )
}


def owners(shapes: Shapes) -> dict[Named, Named]:
    """Return property shape → the shape that has it."""
    return {
        constraint.shape: shape.term
        for shape in shapes
        for constraint in shape.constraints
        if isinstance(constraint, WithProperty)
    }


def as_finding(result: Result, over: dict[Named, Named]) -> Finding:
    """Return a result as a finding, named by the outermost shape.

    :param over: as :func:`owners`.
    """
    shape = result.shape
    while shape in over:
        shape = over[shape]
    return Finding(
        focus=named(result.focus),
        shape=named(shape),
        path=named(result.path_term),
        severity=named(result.severity).rpartition(":")[2],
        message=" ".join(sorted(message.value for message in result.messages)),
        source="",
        value=named(result.value),
        component=named(result.component),
    )


def named(term: Term | None) -> str:
    """Return how a term is told: a blank node as such, an IRI by its prefix, nothing as nothing."""
    if term is None:
        return ""
    return "[ ]" if isinstance(term, ox.BlankNode) else compress(term.value)


def stated(results: Iterable[Result], shapes: Shapes, said: Said) -> Iterator[ox.Triple]:
    """Yield the report of some results, with what is said of each blank node that it names.

    :param said: what the data says of one.
    """
    report = ox.BlankNode()
    copied: set[ox.BlankNode] = set()
    count = 0
    yield ox.Triple(report, TYPE, TERMS["ValidationReport"])
    for result in results:
        count += 1
        node = ox.BlankNode()
        yield ox.Triple(report, TERMS["result"], node)
        yield from _result(node, result, shapes, said, copied)
    yield ox.Triple(report, TERMS["conforms"], ox.Literal(count == 0))


def _result(
    node: ox.BlankNode, result: Result, shapes: Shapes, said: Said, copied: set[ox.BlankNode]
) -> Iterator[ox.Triple]:
    yield ox.Triple(node, TYPE, TERMS["ValidationResult"])
    yield ox.Triple(node, TERMS["focusNode"], result.focus)
    yield ox.Triple(node, TERMS["resultSeverity"], result.severity)
    yield ox.Triple(node, TERMS["sourceConstraintComponent"], result.component)
    for name, term in (
        ("sourceShape", result.shape),
        ("resultPath", result.path_term),
        ("sourceConstraint", result.source),
    ):
        if term is not None:
            yield ox.Triple(node, TERMS[name], term)
            yield from _copy(term, lambda one: shapes.graph.get(one, ()), copied)
    if result.value is not None:
        yield ox.Triple(node, TERMS["value"], result.value)
        yield from _copy(result.value, said, copied)
    yield from _copy(result.focus, said, copied)
    for message in result.messages:
        yield ox.Triple(node, TERMS["resultMessage"], message)
    for detail in result.details:
        inner = ox.BlankNode()
        yield ox.Triple(node, TERMS["detail"], inner)
        yield from _result(inner, detail, shapes, said, copied)


def _copy(
    term: Term,
    said: Said,
    copied: set[ox.BlankNode],
) -> Iterator[ox.Triple]:
    """Yield what is said of a blank node, and of those that this names."""
    if not isinstance(term, ox.BlankNode) or term in copied:
        return
    copied.add(term)
    for predicate, held in said(term):
        yield ox.Triple(term, predicate, held)
        yield from _copy(held, said, copied)
