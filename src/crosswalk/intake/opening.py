"""The only door by which a file from outside comes in: opened within limits, or refused.

Nothing is fetched, computed or run. A text keeps how it was written: a number of JSON or YAML is
not rounded, a day of YAML stays a text, and a cell of a sheet is what the sheet shows. What would
be lost without a word is refused: a key that is there twice, a cell behind a merged one.

::

    text_of     characters: UTF-8, or UTF-16 that says so
    json_of     objects and lists
    yaml_of     the same, of the one document of a YAML file
    xml_of      elements; no document type, so no entities
    members_of  the files of a ZIP, each as a source of its own
    sheets_of   the rows of an XLSX, a CSV, or a ZIP of CSV, one after the other
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crosswalk.errors import DataError, NotInstalledError
from crosswalk.intake.reading import Account, Source
from crosswalk.settings import number

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "Cell",
    "Row",
    "Sheet",
    "json_of",
    "members_of",
    "parts_of",
    "rows_of",
    "sheets_of",
    "text_of",
    "xml_of",
    "yaml_of",
]

UNPACKED = 256 << 20
"""Bytes that a packed file may unpack to."""
RATIO = 200
"""How many times its size a packed file may unpack to, beyond the first 8 MB."""
MEMBERS = 5_000
"""Files of a packed file."""
DEEPEST = 100
"""Levels of nesting."""
LARGEST = 2_000_000
"""Values of a YAML file, those that it repeats by reference counted each time."""
ROWS = 100_000
"""Rows of a source that hold something."""
EMPTY_ROWS = 2_000_000
"""Rows of a source that hold nothing."""
WIDEST = 1_000
"""Columns of a sheet."""
PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
"""What the reading of a broken ZIP raises."""
OLE = b"\xd0\xcf\x11\xe0"
NEEDS_EXTRA = "Install the extra: pip install 'aigov-crosswalk[documents]'."


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that holds something.

    :param place: as people find it: ``Risks!B7`` or ``line 7, column B``.
    :param text: what it shows: a number without the noise of its storage, a day as YYYY-MM-DD.
    :param kind: ``text``, ``number``, ``day``, ``moment`` or ``boolean``.
    :param note: what a person should know of it.
    :param offence: why it cannot be taken, if so; with the way out in ``remedy``.
    :param epoch: the year from which its workbook counts days; 0 where it does not.
    """

    place: str
    text: str
    kind: str = "text"
    note: str = ""
    offence: str = ""
    remedy: str = ""
    epoch: int = 0

    @property
    def day(self) -> str:
        """The day that it means, as YYYY-MM-DD: a number is counted from its workbook's epoch.

        Empty if it means none.
        """
        if self.kind == "number" and self.epoch:
            return _moment(self.text, self.epoch) if self.text.isdecimal() else ""
        try:
            return self.text if date.fromisoformat(self.text).isoformat() == self.text else ""
        except ValueError:
            return ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds something; ``cells`` are its filled ones, by column from 0."""

    place: str
    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False


@dataclass(slots=True)
class Sheet:
    """A sheet, whose rows are read once.

    :param typed: whether its cells know what is text: of a workbook, not of a CSV file.
    :param merged: the ranges of merged cells, known when the rows have been read.
    """

    name: str
    rows: Iterator[Row] = field(repr=False)
    hidden: bool = False
    typed: bool = False
    merged: list[str] = field(default_factory=list)


def text_of(source: Source) -> str:
    """Return the characters of a text.

    :raises DataError: if it is not UTF-8, and not UTF-16 with a byte order mark.

    >>> from datetime import date
    >>> text_of(Source("a.txt", "Größe".encode("utf-16"), "acme", date(2026, 11, 20)))
    'Größe'
    """
    data = _bounded(source)
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"is neither UTF-8 nor UTF-16 at byte {error.start + 1}",
            place=f"{source.name}:{line}",
            remedy="Save it as UTF-8.",
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            "holds the character NUL, so it is no text",
            place=f"{source.name}:{line}",
            remedy="Save it as UTF-8.",
        )
    return text


def json_of(source: Source) -> Any:  # noqa: ANN401 - JSON has no one type
    """Return what a JSON file says; a number with a fraction as a Decimal, as it was written.

    :raises DataError: if it does not parse, is nested too deeply, or has a key twice.

    >>> from datetime import date
    >>> json_of(Source("a.json", b'{"a": [1, 0.10]}', "acme", date(2026, 11, 20)))
    {'a': [1, Decimal('0.10')]}
    """
    text = text_of(source)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
            raise DataError(
                f"has the key {twice[:100]!r} twice in one object",
                place=source.name,
                remedy="Keep one of the two.",
            )
        return held

    def unknown(name: str) -> None:
        raise DataError(f"holds {name}, which is no JSON", place=source.name, remedy="Correct it.")

    try:
        said = json.loads(
            text, object_pairs_hook=members, parse_float=Decimal, parse_constant=unknown
        )
    except json.JSONDecodeError as error:
        raise DataError(
            f"is no JSON: {error.msg}",
            place=f"{source.name}:{error.lineno}:{error.colno}",
            remedy="Correct it.",
        ) from None
    except RecursionError:
        raise _too_deep(source) from None
    except (ValueError, ArithmeticError) as error:
        raise DataError(f"is no JSON: {error}", place=source.name, remedy="Correct it.") from None
    _require_sound(said, source)
    return said


def yaml_of(source: Source) -> Any:  # noqa: ANN401 - YAML has no one type
    r"""Return what the one document of a YAML file says, in the types of JSON.

    Words are read as YAML 1.2 reads them: ``no`` is a word, ``2026-11-20`` a text, ``007`` too.

    :raises DataError: if it does not parse, is nested too deeply, has a key twice, repeats itself
        by reference beyond measure, or holds a tag of a programming language.

    >>> from datetime import date
    >>> said = b"language: no\ncreated: 2026-11-20\nscore: 0.10"
    >>> yaml_of(Source("a.yaml", said, "acme", date(2026, 11, 20)))
    {'language': 'no', 'created': '2026-11-20', 'score': Decimal('0.10')}
    """
    import yaml

    from crosswalk.intake.plain_yaml import Loader

    text = text_of(source)
    try:
        _measure_yaml(text, source)
        said = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader with fewer types
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise DataError(
            f"is no YAML that is read: {error.problem or error.context}",
            place=f"{source.name}{where}",
            remedy="Correct it.",
        ) from None
    except RecursionError:
        raise _too_deep(source) from None
    except (yaml.YAMLError, ValueError, ArithmeticError, TypeError) as error:
        raise DataError(
            f"is no YAML that is read: {error}", place=source.name, remedy="Correct it."
        ) from None
    _require_sound(said, source)
    return said


def xml_of(source: Source) -> Element:
    """Return the root element of an XML file.

    :raises DataError: if it does not parse, is nested too deeply or has a document type.

    >>> from datetime import date
    >>> xml_of(Source("a.xml", b"<a><b/></a>", "acme", date(2026, 11, 20))).tag
    'a'
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    said = re.sub(r"^\s*<\?xml\b[^>]*\?>", "", text_of(source), count=1)
    depth, root = 0, None
    try:
        events = iterparse(
            io.BytesIO(said.encode("utf-8")), events=("start", "end"), forbid_dtd=True
        )
        for event, element in events:
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise _too_deep(source)
    except DefusedXmlException:
        raise DataError(
            "has a document type, and with it may have entities",
            place=source.name,
            remedy="Remove <!DOCTYPE …>: nothing is taken from it.",
        ) from None
    except ParseError as error:
        line, column = error.position
        raise DataError(
            f"is no XML: {str(error).partition(':')[0]}",
            place=f"{source.name}:{line}:{column + 1}",
            remedy="Correct it.",
        ) from None
    except ValueError as error:
        raise DataError(f"is no XML: {error}", place=source.name, remedy="Correct it.") from None
    if root is None:
        raise DataError("is no XML: it is empty", place=source.name, remedy="Correct it.")
    found: Element = root
    return found


def members_of(source: Source) -> tuple[Source, ...]:
    """Return the files of a ZIP, by name, each named by its path in it.

    :raises DataError: if it is broken, unpacks to too much, or a name leads out of it, is there
        twice or is that of a packed file.

    >>> from datetime import date
    >>> import io, zipfile
    >>> held = io.BytesIO()
    >>> with zipfile.ZipFile(held, "w") as packed:
    ...     packed.writestr("risks.csv", "key")
    >>> found = members_of(Source("a.zip", held.getvalue(), "acme", date(2026, 11, 20)))
    >>> [(one.name, one.data) for one in found]
    [('risks.csv', b'key')]
    """
    found: dict[str, bytearray] = {}
    for name, chunk in _unpacked(source):
        held = found.setdefault(name, bytearray())
        if not held and chunk.startswith(PACKED):
            raise DataError(
                "is packed within what is packed",
                place=f"{source.name}/{name}",
                remedy="Unpack it first.",
            )
        held += chunk
    return tuple(replace(source, name=name, data=bytes(found[name])) for name in sorted(found))


def parts_of(source: Source, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the parts of a packed document that have some names; others are left packed.

    :raises DataError: if it is broken, or a part unpacks to too much.
    """
    found: dict[str, bytes] = {}
    with _opened(source) as packed:
        for name in names:
            try:
                with packed.open(name) as file:
                    found[name] = file.read((8 << 20) + 1)
            except KeyError:
                continue
            except BROKEN as error:
                raise _broken(source, f"{name}: {error}") from None
            if len(found[name]) > 8 << 20:
                raise DataError("unpacks to more than 8 MB", place=f"{source.name}/{name}")
    return found


def sheets_of(source: Source) -> Iterator[Sheet]:
    r"""Yield the sheets of an XLSX, of a CSV file, or of a ZIP of CSV files, with their rows.

    Rows are read as they are asked for, so a sheet is used before the next one. Formulas are not
    computed: a cell has the value that was computed when it was saved, with a note, or an offence.

    :raises DataError: if it is broken, has macros or more rows than are read.
    :raises NotInstalledError: if it is an XLSX, and the library that opens it is not installed.

    >>> from datetime import date
    >>> csv = Source("risks.csv", b"key;title\nR1;=cmd", "acme", date(2026, 11, 20))
    >>> for sheet in sheets_of(csv):
    ...     for row in sheet.rows:
    ...         print(sheet.name, row.place, [cell.text for cell in row.cells.values()])
    risks line 1 ['key', 'title']
    risks line 2 ['R1', '=cmd']
    """
    if source.data.startswith(OLE):
        raise DataError(
            "is an old XLS, or locked with a password",
            place=source.name,
            remedy="Save it as XLSX without a password.",
        )
    if not source.data.startswith(PACKED[:2]):
        yield _csv_sheet(source)
    elif "xl/workbook.xml" in _names(source):
        yield from _book_sheets(source)
    else:
        for member in members_of(source):
            if PurePosixPath(member.name).suffix.casefold() not in (".csv", ".tsv"):
                raise DataError(
                    "is no CSV", place=f"{source.name}/{member.name}", remedy="Take it out."
                )
            yield _csv_sheet(member, inside=True)


def rows_of(account: Account, sheet: Sheet) -> Iterator[Row]:
    r"""Yield the rows of a sheet that can be taken; what cannot is refused in the account.

    >>> from datetime import date
    >>> source = Source("risks.csv", b"key\nR1", "acme", date(2026, 11, 20))
    >>> account = Account(source, "csv")
    >>> [row.number for sheet in sheets_of(source) for row in rows_of(account, sheet)]
    [1, 2]
    """
    for row in sheet.rows:
        faults = [cell for cell in row.cells.values() if cell.offence]
        for cell in faults:
            account.refused(cell.place, cell.offence, cell.remedy)
        if not faults:
            yield row
    for place in sheet.merged:
        account.refused(
            f"{sheet.name}!{place}",
            "these cells are merged, so all but the first are lost",
            "Unmerge them, and write in each what it holds.",
        )


def _bounded(source: Source) -> bytes:
    largest = number("CROSSWALK_MAX_FILE_MB")
    if len(source.data) > largest << 20:
        raise DataError(
            f"is larger than {largest} MB",
            place=source.name,
            remedy="Split it, or raise CROSSWALK_MAX_FILE_MB.",
        )
    return source.data


def _too_deep(source: Source) -> DataError:
    return DataError(
        f"is nested deeper than {DEEPEST} levels", place=source.name, remedy="Flatten it."
    )


def _require_sound(said: object, source: Source) -> None:
    """Let a value pass that is not nested too deeply and whose texts are characters."""
    level, depth = [said], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise _too_deep(source)
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner += [*one, *one.values()]
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str) and any("\ud800" <= sign <= "\udfff" for sign in one):
                raise DataError(
                    "holds half a character (a lone surrogate)",
                    place=source.name,
                    remedy="Correct the escape \\uD800…\\uDFFF.",
                )
        level = inner


def _measure_yaml(text: str, source: Source) -> None:
    """Refuse a YAML that is too deep, or too large once each reference is followed."""
    import yaml

    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark: Any = event.start_mark
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, total))
            total += 1
            if len(open_) > DEEPEST:
                raise _too_deep(source)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise DataError(
                    f"holds itself, by the reference *{event.anchor}",
                    place=f"{source.name}:{mark.line + 1}",
                    remedy="Write out what is meant.",
                )
            total += sizes.get(event.anchor or "", 1)
        if total > LARGEST:
            raise DataError(
                f"holds more than {LARGEST} values, references followed",
                place=f"{source.name}:{mark.line + 1}",
                remedy="Split it.",
            )


def _opened(source: Source) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(_bounded(source)))
    except (zipfile.BadZipFile, ValueError, OverflowError, EOFError, NotImplementedError):
        raise _broken(source) from None


def _broken(source: Source, why: str = "") -> DataError:
    told = f": {why}" if why else ""
    return DataError(f"is broken{told}", place=source.name, remedy="Save it again.")


def _names(source: Source) -> list[str]:
    with _opened(source) as packed:
        return packed.namelist()


def _members(packed: zipfile.ZipFile, source: Source) -> list[zipfile.ZipInfo]:
    """Return the files of a packed one, if their names are what they should be."""
    found = [one for one in packed.infolist() if not one.is_dir()]
    if len(packed.infolist()) > MEMBERS:
        raise DataError(f"holds more than {MEMBERS} files", place=source.name, remedy="Split it.")
    seen: set[str] = set()
    for one in packed.infolist():
        name, offence = one.filename, ""
        parts = name.replace("\\", "/").rstrip("/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
            offence = "leads out of the archive"
        elif "\\" in name or "\0" in one.orig_filename or not name.isprintable():
            offence = "is no name of a file"
        elif stat.S_ISLNK(one.external_attr >> 16):
            offence = "is a link to another file"
        elif one.flag_bits & 0x1:
            offence = "is locked with a password"
        elif name.casefold() in seen:
            offence = "is there twice"
        if offence:
            raise DataError(
                offence, place=f"{source.name}/{name[:200]!r}", remedy="Pack it again without it."
            )
        seen.add(name.casefold())
    return found


def _unpacked(source: Source) -> Iterator[tuple[str, bytes]]:
    """Yield (name, piece) of all files of a packed one, until it has unpacked to too much."""
    most = min(UNPACKED, max(8 << 20, len(source.data) * RATIO))
    size = 0
    with _opened(source) as packed:
        for member in _members(packed, source):
            try:
                with packed.open(member) as file:
                    yield member.filename, b""
                    while chunk := file.read(1 << 16):
                        size += len(chunk)
                        if size > most:
                            raise DataError(
                                f"unpacks to more than {most >> 20} MB",
                                place=f"{source.name}/{member.filename}",
                                remedy="Split it; a file that is packed so tightly is not opened.",
                            )
                        yield member.filename, chunk
            except (
                zipfile.BadZipFile,
                EOFError,
                OSError,
                ValueError,
                NotImplementedError,
            ) as error:
                raise _broken(source, f"{member.filename}: {error}") from None
            except Exception as error:
                if type(error).__module__ in ("zlib", "_lzma", "lzma"):
                    raise _broken(source, f"{member.filename}: {error}") from None
                raise


def _letters(column: int) -> str:
    """Return the letters of a column, counted from 0."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _too_many_rows(source: Source) -> DataError:
    return DataError(
        f"has more than {ROWS} rows that hold something, or {EMPTY_ROWS} that do not",
        place=source.name,
        remedy="Split it, and delete rows that are not needed.",
    )


def _csv_sheet(source: Source, *, inside: bool = False) -> Sheet:
    name = PurePosixPath(source.name).stem
    return Sheet(name, _csv_rows(source, text_of(source), f"{source.name}, " if inside else ""))


def _csv_rows(source: Source, text: str, lead: str) -> Iterator[Row]:
    first = re.sub(r'"(?:[^"]|"")*"', "", text[:100_000]).partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    held = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    filled, line = 0, 1
    while True:
        try:
            row = next(held)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"is no CSV: {error}", place=f"{source.name}:{line}", remedy="Correct the quotes."
            ) from None
        if len(row) > WIDEST:
            raise _too_wide(source, f"line {line}")
        cells = {
            n: Cell(f"{lead}line {line}, column {_letters(n)}", value.strip())
            for n, value in enumerate(row)
            if value.strip()
        }
        if cells:
            filled += 1
            if filled > ROWS:
                raise _too_many_rows(source)
            yield Row(f"{lead}line {line}", line, cells)
        line = held.line_num + 1


def _too_wide(source: Source, place: str) -> DataError:
    return DataError(
        f"has more than {WIDEST} columns",
        place=f"{source.name}, {place}",
        remedy="Delete the columns that are not needed.",
    )


# A workbook: openpyxl opens it; its rows are read one by one, for openpyxl forgets what is hidden.

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _require_harmless(source: Source) -> None:
    """Let a workbook pass that has neither macros nor document types and unpacks within limits."""
    if source.name.casefold().endswith((".xlsm", ".xltm", ".xlam", ".xlsb")):
        raise _macros(source, "")
    last = ""
    tail = b""
    for name, chunk in _unpacked(source):
        low = name.casefold()
        if name != last:
            last, tail = name, b""
            if "vbaproject" in low or "/macrosheets/" in low or low.endswith((".bas", ".vbs")):
                raise _macros(source, name)
        if not low.endswith((".xml", ".rels")):
            continue
        held = tail + chunk
        if not tail and held and b"\0" in held[:4]:
            raise _broken(source, f"{name} is not UTF-8")
        if b"<!DOCTYPE" in held or b"<!ENTITY" in held:
            raise DataError(
                "has a document type, and with it may have entities",
                place=f"{source.name}/{name}",
                remedy="Save it again with your spreadsheet program.",
            )
        if low == "[content_types].xml" and b"macroEnabled" in held:
            raise _macros(source, name)
        tail = held[-16:]


def _macros(source: Source, name: str) -> DataError:
    return DataError(
        "has macros",
        place=f"{source.name}/{name}" if name else source.name,
        remedy="Save it as XLSX, without macros.",
    )


def _book_sheets(source: Source) -> Iterator[Sheet]:
    _require_harmless(source)
    with closing(_Book(source)) as book:
        counted = [0, 0]
        for name, hidden, part in book.sheets:
            sheet = Sheet(name, iter(()), hidden, typed=True)
            sheet.rows = _book_rows(source, book, part, sheet, counted)
            yield sheet


def _book_rows(
    source: Source, book: _Book, part: str, sheet: Sheet, counted: list[int]
) -> Iterator[Row]:
    """Yield the filled rows of a sheet, and note its merged cells at the end.

    :param counted: filled and empty rows of the workbook until now.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    concealed: set[int] = set()
    above: Element | None = None
    at = 0
    try:
        with book.archive.open(part) as stream:
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if event == "start":
                    if element.tag == MAIN + "sheetData":
                        above = element
                    continue
                if element.tag == MAIN + "col" and element.get("hidden") in ("1", "true"):
                    first, last = int(element.get("min", 1)), int(element.get("max", 1))
                    concealed.update(range(first - 1, min(last, WIDEST)))
                elif element.tag == MAIN + "mergeCell":
                    sheet.merged.append(element.get("ref", ""))
                elif element.tag == MAIN + "row":
                    at = int(element.get("r", at + 1))
                    row = _book_row(element, at, sheet, book, concealed, source)
                    element.clear()
                    if above is not None:
                        above.clear()
                    counted[0 if row.cells else 1] += 1
                    if counted[0] > ROWS or counted[1] > EMPTY_ROWS:
                        raise _too_many_rows(source)
                    if row.cells:
                        yield row
    except (ParseError, DefusedXmlException, ValueError, KeyError, IndexError, OSError) as error:
        raise _broken(source, f"sheet {sheet.name!r}: {error}") from None


class _Book:
    """A workbook without its sheets: what they are called, and what its styles say of numbers.

    openpyxl reads all but the sheets, for it would go through each of them to learn its size.
    """

    def __init__(self, source: Source) -> None:
        try:
            from openpyxl.reader.excel import ExcelReader
            from openpyxl.styles.stylesheet import apply_stylesheet
            from openpyxl.utils.datetime import MAC_EPOCH
        except ImportError:
            raise NotInstalledError(
                "reading it needs openpyxl, which is not installed",
                place=source.name,
                remedy=NEEDS_EXTRA,
            ) from None
        import warnings

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader = ExcelReader(io.BytesIO(source.data), read_only=True, data_only=True)
                reader.read_manifest()
                reader.read_strings()
                reader.read_workbook()
                apply_stylesheet(reader.archive, reader.wb)
                found = list(reader.parser.find_sheets())
        except Exception as error:  # openpyxl lets errors of zip, XML and its own model through
            raise DataError(
                f"is no XLSX that can be read: {str(error)[:300]}",
                place=source.name,
                remedy="Save it again as XLSX.",
            ) from None
        self.archive: zipfile.ZipFile = reader.archive
        self.sheets = [
            (str(sheet.name), sheet.state != "visible", str(related.target))
            for sheet, related in found
            if "chartsheet" not in related.Type
        ]
        self.strings: list[str] = reader.shared_strings
        self._book = reader.wb
        self.epoch = 1904 if self._book.epoch == MAC_EPOCH else 1900
        self.days = frozenset(self._book._date_formats) - frozenset(self._book._timedelta_formats)
        self._decimals: dict[int, int | None] = {}

    def close(self) -> None:
        """Close the file."""
        self.archive.close()

    def decimals(self, style: int) -> int | None:
        """Return how many decimals a style shows, where it shows a fixed number of them."""
        if style not in self._decimals:
            from openpyxl.styles.numbers import BUILTIN_FORMATS

            formats = self._book._cell_styles
            key = formats[style].numFmtId if 0 <= style < len(formats) else 0
            custom = self._book._number_formats
            form = custom[key - 164] if 164 <= key < 164 + len(custom) else BUILTIN_FORMATS.get(key)
            found = re.fullmatch(r"0\.(0{1,4})", form or "")
            self._decimals[style] = len(found[1]) if found else None
        return self._decimals[style]


def _book_row(
    element: Element, at: int, sheet: Sheet, styles: _Book, concealed: set[int], source: Source
) -> Row:
    cells: dict[int, Cell] = {}
    column = -1
    for one in element.iter(MAIN + "c"):
        column = _column(one.get("r", ""), column + 1)
        if column >= WIDEST:
            if len(one):
                raise _too_wide(source, f"{sheet.name}!{at}")
            continue
        cell = _book_cell(one, f"{sheet.name}!{_letters(column)}{at}", styles)
        if cell is not None:
            if column in concealed:
                cell = replace(cell, note=f"{cell.note}; hidden column".removeprefix("; "))
            cells[column] = cell
    hidden = element.get("hidden") in ("1", "true")
    return Row(f"{sheet.name}!{at}", at, cells, hidden)


def _column(reference: str, following: int) -> int:
    letters = reference.rstrip("0123456789")
    if not letters:
        return following
    found = 0
    for sign in letters:
        found = found * 26 + ord(sign) - 64
    return found - 1


def _book_cell(element: Element, place: str, styles: _Book) -> Cell | None:
    held = element.findtext(MAIN + "v") or ""
    kind = element.get("t", "n")
    formula = element.find(MAIN + "f") is not None
    if kind == "inlineStr":
        held = _inline(element)
    if not held:
        if not formula or kind == "str":
            return None
        return Cell(
            place,
            "",
            offence="holds a formula that was never computed",
            remedy="Open and save it in your spreadsheet program, or write the value.",
        )
    note = "the value of a formula, as it was last computed" if formula else ""
    if kind == "e":
        return Cell(
            place, held, offence=f"holds the error {held}", remedy="Correct it, or clear the cell."
        )
    if kind == "b":
        return Cell(place, "true" if held == "1" else "false", "boolean", note)
    if kind in ("s", "str", "inlineStr"):
        text = styles.strings[int(held)] if kind == "s" else held
        text = _unescaped(text).replace("\r\n", "\n").strip()
        return Cell(place, text, "text", note) if text else None
    if kind == "d":
        return Cell(place, held.removesuffix("T00:00:00"), "day", note)
    style = int(element.get("s", 0))
    if style in styles.days:
        said = _moment(held, styles.epoch)
        if not said:
            return Cell(
                place,
                held,
                offence=f"shows as a day, but {held} is none since {styles.epoch}",
                remedy="Write the day as YYYY-MM-DD.",
            )
        return Cell(place, said, "day" if len(said) == 10 else "moment", note)
    text = _number(held)
    decimals = styles.decimals(style)
    if decimals is not None and _shows(text, decimals):
        text = f"{Decimal(text):.{decimals}f}"
    return Cell(place, text, "number", note, epoch=styles.epoch)


def _inline(element: Element) -> str:
    found = element.find(MAIN + "is")
    if found is None:
        return ""
    runs = [one for one in found if one.tag in (MAIN + "t", MAIN + "r")]
    return "".join(
        (one.text if one.tag == MAIN + "t" else one.findtext(MAIN + "t")) or "" for one in runs
    )


def _unescaped(text: str) -> str:
    """Return a text with the characters that OOXML writes as _x000D_."""
    if "_x" not in text:
        return text
    return re.sub(
        r"_x([0-9A-Fa-f]{4})_",
        lambda found: chr(int(found[1], 16)) if 9 <= int(found[1], 16) < 0xD800 else found[0],
        text,
    )


def _number(held: str) -> str:
    """Return a number as it is shown: the shortest that is stored as the same.

    >>> _number("0.80000000000000004"), _number("5.0"), _number("1E+3"), _number("0.30")
    ('0.8', '5', '1000', '0.3')
    """
    found = float(held)
    if found != found or found in (float("inf"), float("-inf")):
        raise ValueError(f"{held[:40]!r} is no number")
    if found.is_integer() and abs(found) < 1e15:
        return str(int(found))
    return f"{Decimal(repr(found)):f}"


def _shows(text: str, decimals: int) -> bool:
    """Return whether a number shown with so many decimals is still itself."""
    return len(text.partition(".")[2]) <= decimals


def _moment(held: str, epoch: int) -> str:
    """Return the day, or day and time, of a number of days since an epoch; empty if there is none.

    The day 60 since 1900 is the 29th of February 1900, which was not.

    >>> _moment("46262", 1900), _moment("44800", 1904), _moment("60", 1900), _moment("1.5", 1900)
    ('2026-08-28', '2026-08-28', '', '1900-01-01T12:00:00')
    """
    try:
        value = Decimal(held)
        if value < (0 if epoch == 1904 else 1) or (epoch == 1900 and 60 <= value < 61):
            return ""
        start = datetime(1904, 1, 1) if epoch == 1904 else datetime(1899, 12, 30)
        if epoch == 1900 and value < 60:
            start += timedelta(days=1)
        seconds = round((value % 1) * 86_400)
        found = start + timedelta(days=int(value), seconds=seconds)
    except (ArithmeticError, ValueError):
        return ""
    if found.year > 9999:
        return ""
    said = found.isoformat(timespec="seconds")
    return said.removesuffix("T00:00:00")
