"""The focus nodes of a shape as a graph pattern: from its targets, along enclosing shapes' paths.

A text holds two kinds of marks that :mod:`crosswalk.shapes.plan` fills in when it asks: where
the focus nodes are restricted, and what is an instance of a class, which rests on the data's
``rdfs:subClassOf``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import pyoxigraph as ox

from crosswalk.shapes.lossless import kept
from crosswalk.shapes.paths import reached
from crosswalk.shapes.values import Named, Path, Shape, Target, TargetKind, Term

__all__ = [
    "FOCUS",
    "Classes",
    "NotCompiledError",
    "Place",
    "filled",
    "focus",
    "instance",
    "no_instance",
    "written",
]

Classes = Mapping[str, Collection[str]]
"""Class → its subclasses in the data, itself included, by IRI; one of which nothing is said is
not there."""

FOCUS = "#FOCUS#"
"""Where a restriction to some target nodes is put, as VALUES."""
MARK = re.compile(r"#(IS|NOT) (\?\w+)((?: <[^>]*>)+)#")
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


class NotCompiledError(Exception):
    """A shape or constraint that is not compiled; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A shape where it is reached: from the targets of a shape, along paths to its focus nodes."""

    targeted: Shape
    steps: tuple[Path, ...]
    """One for each property shape on the way, the last leads to the focus nodes."""
    shape: Shape

    @property
    def chain(self) -> tuple[str, ...]:
        """The variables of the nodes on the way, the target first; the last is ``?this``."""
        return (*(f"?t{number}" for number in range(len(self.steps))), "?this")


def focus(place: Place, stand_ins: bool = False) -> str:
    """Return the pattern that binds the chain of a place; rows may be there more than once.

    :param stand_ins: whether literals are named by their stand-ins.
    :raises NotCompiledError: for a target that is not of SHACL Core.
    """
    chain = place.chain
    text = _targets(place.targeted.targets, chain[0], stand_ins)
    for number, path in enumerate(place.steps):
        text = reached(text, chain[number], path, chain[number + 1])
    return text


def _targets(targets: Sequence[Target], variable: str, stand_ins: bool) -> str:
    found = []
    nodes = [target.term for target in targets if target.kind is TargetKind.NODE]
    if nodes:
        terms = " ".join(written(kept(node) if stand_ins else node) for node in nodes)
        found.append(f"VALUES {variable} {{ {terms} }}")
    classes = [target.term for target in targets if target.kind is TargetKind.CLASS]
    if classes:
        found.append(instance(variable, *map(_named, classes)))
    for number, target in enumerate(targets):
        match target.kind:
            case TargetKind.SUBJECTS:
                found.append(f"{variable} {target.term} ?o{number} .")
            case TargetKind.OBJECTS:
                found.append(f"?s{number} {target.term} {variable} .")
            case TargetKind.OTHER:
                raise NotCompiledError("sh:target is of SHACL-AF")
    if len(found) < 2:
        return " ".join([FOCUS, *found])
    return " UNION ".join(f"{{ {FOCUS} {one} }}" for one in found)


def _named(term: Term) -> Named:
    if isinstance(term, ox.Literal):
        raise NotCompiledError("a class is a literal")
    return term


def written(term: Term) -> str:
    """Return a term as SPARQL writes it.

    :raises NotCompiledError: for a blank node, which a query cannot name.
    """
    if isinstance(term, ox.BlankNode):
        raise NotCompiledError("it names a blank node, which SPARQL cannot")
    return str(term)


def instance(variable: str, *classes: Named) -> str:
    """Return the mark for "is an instance of one of the classes": it may bind the variable."""
    return f"#IS {variable} {' '.join(map(written, classes))}#"


def no_instance(variable: str, cls: Named) -> str:
    """Return the mark for "is no instance of the class", for the end of a group that binds it."""
    return f"#NOT {variable} {written(cls)}#"


def filled(text: str, variable: str, nodes: Collection[Term] | None, classes: Classes) -> str:
    """Return a text whose marks are filled in.

    :param variable: the one of the targets.
    :param nodes: to which target nodes it is restricted; None for all. No blank nodes.
    """
    values = (
        "" if nodes is None else f"VALUES {variable} {{ {' '.join(str(one) for one in nodes)} }}"
    )
    numbers = count()

    def fill(found: re.Match[str]) -> str:
        sign, node, iris = found.groups()
        named = [iri[1:-1] for iri in iris.split()]
        known = sorted({one for iri in named for one in classes.get(iri, (iri,))})
        if len(known) == 1:
            pattern = f"{node} {TYPE} <{known[0]}> ."
            return pattern if sign == "IS" else f"FILTER NOT EXISTS {{ {pattern} }}"
        cls = f"?class{next(numbers)}"
        listed = " ".join(f"<{one}>" for one in known)
        pattern = f"VALUES {cls} {{ {listed} }} {node} {TYPE} {cls} ."
        return pattern if sign == "IS" else f"MINUS {{ {pattern} }}"

    return MARK.sub(fill, text.replace(FOCUS, values))
