"""What each mapping set has been read for: ``registry.yml`` beside the sets of a directory.

Inside a stated range every counted provision has a row or a record of "looked, none found"; of
what lies outside, silence says nothing. SSSOM has no slot for this on a set, and sets pass
through tools that drop what they do not know; so it stands in the registry of the sets.

.. seealso:: SSSOM, ``MappingRegistry``
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosswalk.errors import DataError, nearest

__all__ = ["FILE", "Entry", "read"]

FILE = "registry.yml"
FIELDS = ("local_name", "subject_range", "object_range")


@dataclass(frozen=True, slots=True)
class Entry:
    """The stated ranges of one mapping set: ids, each with all that stands below it.

    ``("*",)`` is the whole edition; an empty range states nothing.
    """

    key: str
    subject_range: tuple[str, ...]
    object_range: tuple[str, ...]


def read(directory: Path) -> dict[str, Entry]:
    """Return key of the mapping set → its entry; empty if the directory has no registry.

    :raises DataError: if the file is not what it should be; names the entry.
    """
    import yaml

    path = directory / FILE
    if not path.is_file():
        return {}
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise DataError(f"is not YAML in UTF-8: {said}", place=str(path)) from None
    listed = document.get("mapping_set_references") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise DataError(
            "has no list mapping_set_references",
            place=str(path),
            remedy="See mappings/README.md for what a registry says.",
        )
    found: dict[str, Entry] = {}
    for number, raw in enumerate(listed, start=1):
        entry = _entry(raw, f"{path}: entry {number}")
        if entry.key in found:
            raise DataError(f"{entry.key!r} is there twice", place=f"{path}: entry {number}")
        found[entry.key] = entry
    return found


def _entry(raw: Any, place: str) -> Entry:  # noqa: ANN401 - what YAML holds
    if not isinstance(raw, dict) or not isinstance(raw.get("local_name"), str):
        raise DataError("has no local_name", place=place, remedy="Name the file of the set.")
    for name in raw:
        if name not in FIELDS:
            known = nearest(str(name), FIELDS) or f"Known are {', '.join(FIELDS)}."
            raise DataError(f"unknown field {name!r}", place=place, remedy=known)
    ranges = []
    for name in FIELDS[1:]:
        value = raw.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise DataError(
                f"{name} is not a list of ids",
                place=place,
                remedy='Quote ids that look like numbers, as in ["4.1"].',
            )
        ranges.append(tuple(value))
    return Entry(raw["local_name"].removesuffix(".sssom.tsv"), *ranges)
