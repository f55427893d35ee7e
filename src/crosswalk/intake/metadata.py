"""What a file says of its own dates: offered to whoever adds it as evidence, never just taken."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from crosswalk.errors import CrosswalkError
from crosswalk.intake.opening import parts_of, xml_of
from crosswalk.intake.reading import Source

__all__ = ["Offer", "offers", "preferred"]

CORE = "docProps/core.xml"
TERMS = "{http://purl.org/dc/terms/}"
OFFICE = (".docx", ".xlsx", ".pptx")


@dataclass(frozen=True, slots=True)
class Offer:
    """A day that a file gives.

    :param what: ``created`` or ``modified``.
    :param said_by: ``PDF``, ``DOCX``, ``XLSX``, ``PPTX`` or ``file system``.
    """

    what: str
    day: date
    said_by: str


def offers(source: Source, *, changed: float | None = None) -> list[Offer]:
    """Return the days that a file gives for itself, those of the document first.

    :param changed: when the file system says that it was last changed, in seconds.

    >>> offers(Source("a.txt", b"", "acme", date(2026, 11, 20)), changed=0.0)
    [Offer(what='modified', day=datetime.date(1970, 1, 1), said_by='file system')]
    """
    suffix = Path(source.name).suffix.casefold()
    found: list[Offer] = []
    try:
        if suffix in OFFICE and zipfile.is_zipfile(io.BytesIO(source.data)):
            found = _office(source, suffix)
        elif suffix == ".pdf":
            found = _pdf(source)
    except CrosswalkError:
        found = []  # a file that cannot be opened gives no day; it is evidence all the same
    if changed is not None:
        day = datetime.fromtimestamp(changed, tz=UTC).date()
        found.append(Offer("modified", day, "file system"))
    return found


def preferred(found: list[Offer]) -> Offer | None:
    """Return the day that is taken where the days of a file are taken: the last change."""
    for what in ("modified", "created"):
        for one in found:
            if one.what == what and one.said_by != "file system":
                return one
    return found[0] if found else None


def _office(source: Source, suffix: str) -> list[Offer]:
    parts = parts_of(source, (CORE,))
    if CORE not in parts:
        return []
    root = xml_of(Source(CORE, parts[CORE], source.organization, source.as_of))
    found = []
    for what in ("modified", "created"):
        said = _day((root.findtext(TERMS + what) or "")[:10])
        if said is not None:
            found.append(Offer(what, said, suffix[1:].upper()))
    return found


def _pdf(source: Source) -> list[Offer]:
    try:
        import pypdf
    except ImportError:
        return []
    import logging

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        held: Any = pypdf.PdfReader(io.BytesIO(source.data)).metadata or {}
        said = [(what, str(held.get(key, ""))) for what, key in PDF_KEYS]
    except Exception:  # pypdf lets errors of any kind through; a broken PDF gives no day
        return []
    found = []
    for what, text in said:
        match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", text)
        day = _day("-".join(match.groups())) if match else None
        if day is not None:
            found.append(Offer(what, day, "PDF"))
    return found


PDF_KEYS = (("modified", "/ModDate"), ("created", "/CreationDate"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
