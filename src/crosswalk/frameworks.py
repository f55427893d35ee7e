"""Where editions are kept: one Turtle file each, named by the edition's key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crosswalk.namespaces import edition_iri
from crosswalk.resources import ontology_dir

__all__ = ["brought", "discover", "shipped"]


def discover(directory: Path) -> dict[str, Path]:
    """Return edition key → file of the editions in a directory, by key; empty if there are none.

    >>> "iso-42001-2023" in discover(ontology_dir() / "frameworks")
    True
    """
    if not directory.is_dir():
        return {}
    return {path.stem: path for path in sorted(directory.glob("*.ttl"))}


def shipped() -> dict[str, Path]:
    """Return the shipped editions."""
    return discover(ontology_dir() / "frameworks")


def brought(knowledge: Sequence[Path]) -> dict[str, str]:
    """Return prefix → namespace of the editions that further knowledge directories bring."""
    return {
        key: edition_iri(key) + "/"
        for directory in knowledge
        for key in discover(directory / "frameworks")
    }
