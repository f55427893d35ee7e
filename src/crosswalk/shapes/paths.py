"""SHACL property paths as SPARQL property paths, and as patterns that reach from node to node."""

from __future__ import annotations

from crosswalk.shapes.values import Alternative, Inverse, Path, Predicate, Repeated, Sequence_

__all__ = ["inverted", "is_looked_up", "may_stay", "path_text", "reached"]


def path_text(path: Path) -> str:
    """Return a path as SPARQL writes it.

    >>> import pyoxigraph as ox
    >>> path_text(Repeated(Inverse(Predicate(ox.NamedNode("urn:p"))), "*"))
    '(^<urn:p>)*'
    """
    match path:
        case Predicate(iri):
            return str(iri)
        case Inverse(inner):
            return f"^{_within(inner)}"
        case Sequence_(steps):
            return "/".join(map(_within, steps))
        case Alternative(paths):
            return "|".join(map(_within, paths))
        case Repeated(inner, sign):
            return f"{_within(inner)}{sign}"


def _within(path: Path) -> str:
    text = path_text(path)
    return text if isinstance(path, Predicate) else f"({text})"


def inverted(path: Path) -> Path:
    """Return the path that leads back.

    >>> import pyoxigraph as ox
    >>> path_text(inverted(Sequence_((Predicate(ox.NamedNode("urn:p")), Inverse(Predicate(
    ...     ox.NamedNode("urn:q")))))))
    '<urn:q>/(^<urn:p>)'
    """
    match path:
        case Predicate():
            return Inverse(path)
        case Inverse(inner):
            return inner
        case Sequence_(steps):
            return Sequence_(tuple(inverted(step) for step in reversed(steps)))
        case Alternative(paths):
            return Alternative(tuple(inverted(one) for one in paths))
        case Repeated(inner, sign):
            return Repeated(inverted(inner), sign)


def may_stay(path: Path) -> bool:
    """Return whether a path also leads from each node to itself, without a step."""
    match path:
        case Predicate():
            return False
        case Inverse(inner):
            return may_stay(inner)
        case Sequence_(steps):
            return all(map(may_stay, steps))
        case Alternative(paths):
            return any(map(may_stay, paths))
        case Repeated(inner, sign):
            return sign != "+" or may_stay(inner)


def is_looked_up(path: Path) -> bool:
    """Return whether a store answers a path from a known node by looking up its triples.

    Then FILTER NOT EXISTS is quicker than MINUS; around a join it is quadratic.
    """
    match path:
        case Predicate() | Inverse(Predicate()):
            return True
        case Alternative(paths):
            return all(map(is_looked_up, paths))
        case _:
            return False


def reached(base: str, start: str, path: Path, end: str) -> str:
    """Return the group ``base`` with the end of a path from a variable that it binds.

    A step of no length is written as BIND: SPARQL finds it only from nodes of the graph, and SHACL
    from every focus node.
    """
    text = f"{base} {start} {path_text(path)} {end} ."
    if not may_stay(path):
        return text
    return f"{{ {text} }} UNION {{ {base} BIND({start} AS {end}) }}"
