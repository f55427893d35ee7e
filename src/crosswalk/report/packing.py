"""Packed documents with the same bytes for the same content: no clock, no machine in them.

Office formats are zip archives; their libraries write the time of day into the archive and into
the properties. Both are replaced by the day of the report.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

__all__ = ["packed"]

FIRST = date(1980, 1, 1)
"""The first day that a zip archive can say."""

PROPERTIES = "docProps/core.xml"
MOMENT = re.compile(rb"(<dcterms:(created|modified)\b[^>]*>)[^<]*(</dcterms:\2>)")


def packed(archive: bytes, day: date) -> bytes:
    """Return an archive whose members and properties all bear one day.

    :param archive: the bytes of a zip archive.
    """
    stamp = max(day, FIRST)
    moment = f"{stamp.isoformat()}T00:00:00Z".encode()
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for member in source.infolist():
            content = source.read(member)
            if member.filename == PROPERTIES:
                content = MOMENT.sub(rb"\g<1>" + moment + rb"\g<3>", content)
            entry = zipfile.ZipInfo(member.filename, (stamp.year, stamp.month, stamp.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            target.writestr(entry, content)
    return buffer.getvalue()
