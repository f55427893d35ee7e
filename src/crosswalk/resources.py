"""Where files are: the shipped ones in the installed package or a checkout, the store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = [
    "context_file",
    "data_root",
    "default_directory",
    "default_store",
    "evidence_for_file",
    "examples_dir",
    "mappings_dir",
    "ontology_dir",
    "queries_dir",
]


@cache
def data_root() -> Path:
    """Return the directory that holds ``ontology/``, ``mappings/``, ``queries/``, ``examples/``.

    An installed wheel carries them in the package's ``data/``; an editable install has none and
    reads the checkout.

    >>> (data_root() / "ontology" / "context.jsonld").is_file()
    True
    """
    here = Path(__file__).resolve().parent
    packaged = here / "data"
    return packaged if packaged.is_dir() else here.parent.parent


def default_store() -> Path:
    """Return where the knowledge is kept if nothing else is said: the user's data directory."""
    import platformdirs

    return Path(platformdirs.user_data_dir("crosswalk")) / "store"


def default_directory() -> Path:
    """Return where keys and the audit log are kept of a service over a store elsewhere."""
    return default_store().with_name("elsewhere")


def ontology_dir() -> Path:
    """Return the directory of the ontology, its shapes, alignments and frameworks."""
    return data_root() / "ontology"


def mappings_dir() -> Path:
    """Return the directory of the shipped mapping sets."""
    return data_root() / "mappings"


def queries_dir() -> Path:
    """Return the directory of the query library."""
    return data_root() / "queries"


def examples_dir() -> Path:
    """Return the directory of the example organisations."""
    return data_root() / "examples"


def context_file() -> Path:
    """Return the JSON-LD context, the one prefix map of the project."""
    return ontology_dir() / "context.jsonld"


def evidence_for_file() -> Path:
    """Return the table of what imported documents are evidence for."""
    return ontology_dir() / "evidence-for.yml"
