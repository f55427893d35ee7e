"""A file as people keep it → its passages and table rows, each with its line and place.

Line breaks inside a paragraph are kept in its text, so that a citation broken over two lines is
read as one and still has its line. Formats that need a library are read only if it is there.
"""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from crosswalk.errors import DataError, NotInstalledError, UsageError, nearest
from crosswalk.settings import number

if TYPE_CHECKING:
    import docx.document
    import pypdf

__all__ = ["Document", "Passage", "Row", "from_bytes", "read"]

LONGEST = 4_000
"""Characters of one passage; a longer one is cut at a space."""
WIDEST = 200
"""Cells of one row; what is wider is no table for people."""
UNPACKED = 256 * 1024 * 1024
"""Bytes that a packed document may unpack to."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading, a paragraph or a cell: its text, and where its lines begin.

    ``starts`` are the offsets in the text at which its lines begin, ``line`` the number of the
    first; ``level`` is 0 for text and 1 or more for a heading.
    """

    text: str
    line: int
    place: str = ""
    level: int = 0
    starts: tuple[int, ...] = (0,)

    def line_at(self, offset: int) -> int:
        """Return the line of an offset."""
        return self.line + bisect_right(self.starts, offset) - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells, and what stands over each column."""

    cells: tuple[Passage, ...]
    headers: tuple[str, ...]
    table: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document's content in reading order; ``remarks`` are what a person should know of it."""

    file: str
    content: tuple[Passage | Row, ...]
    remarks: tuple[str, ...] = ()


def read(path: Path) -> Document:
    """Return a document's content.

    :raises UsageError: if there is no such file.
    :raises DataError: if the file is broken, too large or of a format that is not read.
    :raises NotInstalledError: if the library of its format is not installed.
    """
    if path.is_dir():
        raise UsageError("is a directory", place=str(path), remedy="Name the files in it.")
    largest = number("CROSSWALK_MAX_FILE_MB")
    try:
        size = path.stat().st_size
        if size > largest * 1024 * 1024:
            raise DataError(
                f"is larger than {largest} MB",
                place=str(path),
                remedy="Split it, or raise CROSSWALK_MAX_FILE_MB.",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        near = [one.name for one in folder.iterdir()] if folder.is_dir() else []
        raise UsageError(
            "there is no such file", place=str(path), remedy=nearest(path.name, near)
        ) from None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from None
    return from_bytes(data, str(path))


def from_bytes(data: bytes, file: str) -> Document:
    """Return the content of a document whose bytes are at hand; its name tells the format.

    >>> [one.text for one in from_bytes(b"# Scope", "policy.md").content]
    ['Scope']
    """
    kind = Path(file).suffix.casefold().lstrip(".")
    reader = PACKED.get(kind)
    if reader is not None:
        return Document(file, tuple(_bounded(reader(data, file))))
    if kind not in WRITTEN and _is_binary(data):
        raise DataError(
            "is of a format that is not read",
            place=file,
            remedy="Text, Markdown, CSV, HTML, PDF, DOCX and XLSX are. Convert it first.",
        )
    text, remark = _decoded(data, file)
    if kind in ("html", "htm", "xhtml"):
        content: Iterable[Passage | Row] = _from_html(text)
    elif kind in ("csv", "tsv"):
        content = _from_csv(text, "\t" if kind == "tsv" else None)
    else:
        content = _from_text(text)
    return Document(file, tuple(_bounded(content)), (remark,) if remark else ())


def _is_binary(data: bytes) -> bool:
    return b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _decoded(data: bytes, file: str) -> tuple[str, str]:
    """Return a text and, where its encoding had to be guessed, a remark on that."""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), ""
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    if b"\0" in data[:4096]:
        raise DataError("is no text", place=file, remedy="Save it as UTF-8 text.")
    return data.decode("cp1252", errors="replace"), f"{file}: is not UTF-8; read as Windows-1252"


def _bounded(content: Iterable[Passage | Row]) -> Iterator[Passage | Row]:
    """Yield content with passages and rows of a bounded size, so that reading stays linear."""
    for one in content:
        if isinstance(one, Passage):
            yield from _cut(one)
        elif len(one.cells) > WIDEST:
            for cell in one.cells:
                yield from _cut(cell)
        elif any(len(cell.text) > LONGEST for cell in one.cells):
            cut = [list(_cut(cell)) or [cell] for cell in one.cells]
            yield Row(tuple(parts[0] for parts in cut), one.headers, one.table)
            for parts in cut:
                yield from parts[1:]
        else:
            yield one


def _cut(one: Passage) -> Iterator[Passage]:
    if len(one.text) <= LONGEST:
        yield one
        return
    at = 0
    while at < len(one.text):
        end = min(at + LONGEST, len(one.text))
        if end < len(one.text):
            space = max(one.text.rfind(" ", at, end), one.text.rfind("\n", at, end))
            end = space + 1 if space > at else end
        inner = one.starts[bisect_right(one.starts, at) : bisect_left(one.starts, end)]
        starts = (0, *(s - at for s in inner))
        yield Passage(one.text[at:end], one.line_at(at), one.place, one.level, starts)
        at = end


# Text and Markdown.

NOISE = re.compile(
    r"<(?:https?://|mailto:)[^>\s]*>|\]\([^)\s]*\)|https?://[^\s)>\]]+|\bwww\.[^\s)>\]]+|"
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,100}|</?[a-zA-Z][^<>]{0,200}>"
)
MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|\[(?=[^\]]{1,200}\]?$)|\\(?=[.\-*_\[\]()#+])")
BULLET = re.compile(r"^\s{0,12}(?:[-*+•▪●○–◦·]|\(?[0-9ivx]{1,3}[.)]|\(?[a-z]\)|\[[ xX]?\])\s+")
NUMBERED = re.compile(
    r"^\s*(?:\d{1,2}(?:\.\d{1,2}){1,4}|[A-F]\.\d{1,2}(?:\.\d{1,2})*)\.?\s+[A-Z\"“]"
)
BROKEN = re.compile(
    r"(?:\b(?:clauses?|controls?|articles?|art\.|arts\.|cl\.|sections?|annex|in|of|and|or|to|the|see|under|with|by|from|"
    r"at|for|version|table|figure|page|ISO|IEC)|[,(/:–-])\s*$",
    re.IGNORECASE,
)
HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
TITLE_LINE = re.compile(
    r"^\s*(?:\*\*[^*]{3,100}\*\*|(?:[IVX]{1,4}\.|\d{1,2}(?:\.\d{1,2})*\.?|[A-H]\.)\s+[A-Z][^.;]{2,90}"
    r"|[A-Z][A-Z0-9 /&:,.()\-–]{4,90})\s*$"
)


def _clean(line: str) -> str:
    if "&" in line:
        line = html.unescape(line)
    return MARKS.sub("", NOISE.sub(lambda m: "]" if m[0][0] == "]" else " ", line))


def _cells(line: str) -> list[str] | None:
    """Return the cells of a line that is a row of a table with marks between, or None."""
    if line.count("|") >= 2 or line.lstrip().startswith("|"):
        return [c.strip() for c in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    if "\t" in line.strip():
        return [c.strip() for c in line.strip("\n").split("\t")]
    return None


def _spaced(line: str) -> list[tuple[int, str]]:
    """Return (column, text) of what stands apart by three spaces or more."""
    return [(m.start(), m[0].strip()) for m in re.finditer(r"\S+(?: {1,2}\S+)*", line)]


def _aligned(pieces: Sequence[tuple[int, str]], columns: Sequence[int]) -> list[str]:
    """Return cells under columns: each piece under the one that begins nearest to it."""
    cells = [""] * len(columns)
    for at, text in pieces:
        n = min(range(len(columns)), key=lambda c: abs(columns[c] - at))
        cells[n] = f"{cells[n]} {text}".strip()
    return cells


def _from_text(text: str, place: str = "", first: int = 1) -> Iterator[Passage | Row]:
    lines = text.splitlines()
    held: list[str] = []
    since = table = first
    headers: tuple[str, ...] | None = None
    columns: list[int] = []

    def flush() -> Iterator[Passage]:
        nonlocal held
        if held:
            yield _joined(held, since, place)
        held = []

    for n, raw in enumerate(lines):
        at = first + n
        heading = HEADING.match(raw)
        cells = None if heading else _cells(raw)
        if cells is not None and RULE.match(raw):
            continue
        if cells is None and not heading and raw.strip():
            pieces = _spaced(raw)
            if not columns and _hangs(pieces, lines, n):
                yield from flush()
                held, since = [_clean(" ".join(one for _, one in pieces))], at
                continue
            if columns and (len(pieces) > 1 or pieces[0][0] >= columns[min(1, len(columns) - 1)]):
                cells = _aligned(pieces, columns)
            elif 1 < len(pieces) <= WIDEST and not BULLET.match(raw):
                columns = [column for column, _ in pieces]
                cells = [one for _, one in pieces]
        if cells is not None:
            yield from flush()
            clean = [_clean(cell).strip() for cell in cells]
            if headers is None:
                table = at
                headers = tuple(clean) if _may_head(clean) else ()
            yield Row(tuple(Passage(c, at, place) for c in clean), headers, table)
            continue
        if not raw.strip():
            yield from flush()
            if headers is not None and not _goes_on(lines, n):
                headers, columns = None, []
            continue
        headers, columns = None, []
        if heading or _is_heading(lines, n):
            yield from flush()
            level = len(heading[1]) if heading else 6
            level = 1 if at == first and not place else level
            yield Passage(_clean(heading[2] if heading else raw).strip(), at, place, level)
            continue
        if BULLET.match(raw) or (NUMBERED.match(raw) and not (held and BROKEN.search(held[-1]))):
            yield from flush()
        if not held:
            since = at
        held.append(_clean(raw))
    yield from flush()


def _hangs(pieces: Sequence[tuple[int, str]], lines: Sequence[str], n: int) -> bool:
    """Return whether a line is a mark and the first line of a paragraph that hangs beside it."""
    if len(pieces) != 2 or len(pieces[0][1]) > 24 or n + 1 == len(lines):
        return False
    after = _spaced(lines[n + 1])
    return len(after) == 1 and after[0][0] == pieces[1][0] and len(pieces[1][1]) > 30


def _goes_on(lines: Sequence[str], n: int) -> bool:
    """Return whether a table goes on after a blank line, as where a page ended."""
    return n + 1 < len(lines) and "\t" in lines[n + 1].strip()


def _is_heading(lines: Sequence[str], n: int) -> bool:
    """Return whether a line of plain text reads as a heading."""
    line = lines[n]
    begins = n == 0 or not lines[n - 1].strip()
    ends = n + 1 == len(lines) or not lines[n + 1].strip()
    if TITLE_LINE.match(line):
        return begins or bool(re.match(r"\s*(?:\*\*|[A-Z0-9 .&:/()-]+$)", line))
    return begins and ends and _is_short(line)


def _is_short(line: str) -> bool:
    text = line.strip()
    return (
        len(text) <= 90
        and not BULLET.match(line)
        and text[0].isalpha()
        and text[0].isupper()
        and text[-1] not in ".;,"
    )


def _may_head(cells: Sequence[str]) -> bool:
    """Return whether a row can stand over columns: words, and no id of a provision."""
    return bool(cells) and not any(
        re.search(r"\b[A-Z]{0,2}\.?\d{1,2}\.\d|^\d+(?:\.\d+)*$", cell) for cell in cells
    )


def _joined(lines: Sequence[str], line: int, place: str) -> Passage:
    starts = [0]
    for one in lines[:-1]:
        starts.append(starts[-1] + len(one) + 1)
    return Passage("\n".join(lines), line, place, 0, tuple(starts))


# Tables in files of values.


def _from_csv(text: str, delimiter: str | None) -> Iterator[Row]:
    if delimiter is None:
        head = text[:4096].split("\n", 1)[0]
        delimiter = max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    headers: tuple[str, ...] | None = None
    line = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            headers, found = _table_row(
                row, headers, line, [f"column {_letters(n)}" for n in range(len(row))], 1
            )
            yield found
        line = reader.line_num + 1


def _letters(n: int) -> str:
    name = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        name = chr(65 + rest) + name
    return name


def _table_row(
    row: Sequence[str],
    headers: tuple[str, ...] | None,
    line: int,
    places: Sequence[str],
    table: int,
) -> tuple[tuple[str, ...] | None, Row]:
    """Return the headers that hold from now on, and a row under those that held."""
    cells = tuple(
        Passage(cell.strip(), line, place, 0, _starts(cell.strip()))
        for cell, place in zip(row, places, strict=True)
    )
    if headers is None and sum(bool(c.text) for c in cells) >= 2:
        texts = tuple(c.text for c in cells)
        headers = texts if _may_head(texts) else ()
    return headers, Row(cells, headers or (), table)


def _starts(text: str) -> tuple[int, ...]:
    return (0,)  # a cell stands on the line on which its row begins


# HTML.

BREAKS = frozenset((
    "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "table",
    "tr", "td", "th", "section", "article", "header", "footer", "br", "hr", "blockquote", "pre",
    "caption", "title", "figure", "figcaption", "main", "aside", "body", "thead", "tbody",
    "form",
))  # fmt: skip
HIDDEN = frozenset(("script", "style", "noscript", "template", "svg", "head"))


@dataclass
class _Page(HTMLParser):
    """Gathers the passages and rows of a page, with the lines they stand on."""

    found: list[Passage | Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[str, int]] = []
        self.level = 0
        self.hidden = 0
        self.rows: list[list[Passage]] = []
        self.headers: list[tuple[str, ...] | None] = []
        self.heads = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up what a tag begins."""
        if tag in HIDDEN:
            self.hidden += 1
        if tag in BREAKS:
            self._flush()
        if tag == "table":
            self.headers.append(None)
            self.rows.append([])
        elif tag == "tr" and self.rows:
            self._row()
        elif re.fullmatch(r"h[1-6]", tag):
            self.level = int(tag[1])

    def handle_endtag(self, tag: str) -> None:
        """Lay down what a tag ends."""
        if tag in HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        if tag in BREAKS:
            self._flush(cell=tag in ("td", "th"))
        if tag == "tr" and self.rows:
            self._row()
        elif tag == "table" and self.rows:
            self._row()
            self.rows.pop()
            self.headers.pop()
        elif re.fullmatch(r"h[1-6]", tag):
            self.level = 0

    def handle_data(self, data: str) -> None:
        """Take up text."""
        if not self.hidden:
            self.parts.append((data, self.getpos()[0]))

    def _flush(self, *, cell: bool = False) -> None:
        passage = _pieces(self.parts, self.level)
        self.parts = []
        if self.rows and (passage or cell):
            self.rows[-1].append(passage or Passage("", self.getpos()[0]))
        elif passage:
            self.found.append(passage)

    def _row(self) -> None:
        cells = self.rows[-1]
        if cells:
            if self.headers[-1] is None:
                texts = tuple(c.text for c in cells)
                self.headers[-1] = texts if _may_head(texts) else ()
                self.heads += 1
            self.found.append(Row(tuple(cells), self.headers[-1] or (), self.heads))
        self.rows[-1] = []


def _pieces(parts: Sequence[tuple[str, int]], level: int) -> Passage | None:
    """Return pieces of text as one passage whose lines are those of the file."""
    text, starts, line, first = "", [0], 0, 0
    for piece, at in parts:
        for n, one in enumerate(piece.split("\n")):
            here = at + n
            words = re.sub(r"\s+", " ", one)
            if not first:
                words = words.lstrip()
                if not words:
                    continue
                first = line = here
            while line < here:
                text += "\n"
                starts.append(len(text))
                line += 1
            text += words
    return Passage(NOISE.sub(" ", text), first, "", level, tuple(starts)) if text else None


OPEN_TAG = re.compile(r"<(?![^<>]{1,4000}>)")
"""The sign of a tag that never ends; the parser would look for its end again and again."""


def _from_html(text: str) -> Iterator[Passage | Row]:
    page = _Page()
    text = OPEN_TAG.sub("&lt;", text)
    title = re.search(r"<title[^>]*>([^<]{1,300})</title>", text, re.IGNORECASE)
    if title:
        line = text.count("\n", 0, title.start(1)) + 1
        yield Passage(html.unescape(title[1]).strip(), line, "title", 1)
    page.feed(text)
    page.close()
    page._flush()
    yield from page.found


# Packed formats.


def _missing(file: str, library: str) -> NotInstalledError:
    return NotInstalledError(
        f"reading it needs {library}, which is not installed",
        place=file,
        remedy="Install the extra: pip install 'aigov-crosswalk[documents]'.",
    )


def _check_zip(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OverflowError):
        raise DataError("is broken: no such package", place=file, remedy="Save it again.") from None
    if size > UNPACKED:
        raise DataError(
            f"unpacks to {size // 2**20} MB, more than {UNPACKED // 2**20}",
            place=file,
            remedy="Split it.",
        )


def _from_pdf(data: bytes, file: str) -> Iterator[Passage | Row]:
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ImportError:
        raise _missing(file, "pypdf") from None
    import logging

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    line, seen = 1, False
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError("is encrypted", place=file, remedy="Save it without a password.")
        for n, page in enumerate(reader.pages, 1):
            text = _page_text(page)
            seen = seen or bool(text.strip())
            yield from _from_text(text, f"page {n}", line)
            line += len(text.splitlines())
    except DataError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError,
            RecursionError, NotImplementedError, AssertionError) as error:  # fmt: skip
        raise DataError(
            f"is no PDF that can be read: {error}", place=file, remedy="Save it again as PDF."
        ) from None
    if not seen:
        raise DataError(
            "holds no text, only pictures", place=file, remedy="Recognise its text first (OCR)."
        )


def _page_text(page: pypdf.PageObject) -> str:
    """Return the text of a page; in its layout where it holds a table."""
    plain = page.extract_text() or ""
    if not plain.strip():
        return plain
    laid = page.extract_text(extraction_mode="layout") or ""
    rows = [pieces for line in laid.splitlines() if len(pieces := _spaced(line)) > 1]
    lengths = [len(text) for pieces in rows for _, text in pieces]
    if len(rows) >= 3 and sum(lengths) / len(lengths) <= 30:
        return laid
    return plain


def _from_docx(data: bytes, file: str) -> Iterator[Passage | Row]:
    try:
        import docx
        from docx.table import Table
    except ImportError:
        raise _missing(file, "python-docx") from None
    _check_zip(data, file)
    try:
        opened = docx.Document(io.BytesIO(data))
        content = list(opened.iter_inner_content())
        furniture = list(dict.fromkeys(_furniture(opened)))
    except Exception as error:  # python-docx lets errors of its parts through
        raise DataError(
            f"is no DOCX that can be read: {error}", place=file, remedy="Save it again as DOCX."
        ) from None
    line, tables = 1, 0
    for place, text in furniture:
        if place == "header":
            yield Passage(NOISE.sub(" ", text), line, place)
            line += 1
    for one in content:
        if isinstance(one, Table):
            tables += 1
            headers: tuple[str, ...] | None = None
            for n, row in enumerate(one.rows, 1):
                texts = [cell.text for cell in row.cells]
                place = f"table {tables} row {n}"
                headers, found = _table_row(texts, headers, line, [place] * len(texts), tables)
                yield found
                line += 1
            continue
        for text in one.text.split("\n"):
            style = (one.style.name if one.style is not None else "") or ""
            level = 1 if style == "Title" else 0
            if re.fullmatch(r"Heading [1-9]", style):
                level = int(style[-1])
            if text.strip():
                yield Passage(NOISE.sub(" ", text), line, "", level)
            line += 1
    for place, text in furniture:
        if place != "header":
            yield Passage(NOISE.sub(" ", text), line, place)
            line += 1


def _furniture(opened: docx.document.Document) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of what stands around the text: page headers, footers and footnotes."""
    from docx.oxml.parser import parse_xml

    for section in opened.sections:
        for place, part in (("header", section.header), ("footer", section.footer)):
            for one in part.paragraphs:
                if one.text.strip():
                    yield place, one.text
    name = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    for related in opened.part.rels.values():
        if related.is_external or not related.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        for note in parse_xml(related.target_part.blob).iter(f"{name}footnote", f"{name}endnote"):
            text = "".join(one.text or "" for one in note.iter(f"{name}t"))
            if text.strip():
                yield "footnote", text


def _from_xlsx(data: bytes, file: str) -> Iterator[Passage | Row]:
    try:
        import openpyxl
    except ImportError:
        raise _missing(file, "openpyxl") from None
    import warnings

    _check_zip(data, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [
                (sheet.title, [[_value(cell) for cell in row] for row in sheet.iter_rows()])
                for sheet in book.worksheets
            ]
            book.close()
    except Exception as error:  # openpyxl lets errors of zip, XML and its own model through
        raise DataError(
            f"is no XLSX that can be read: {error}", place=file, remedy="Save it again as XLSX."
        ) from None
    for n, (title, rows) in enumerate(sheets, 1):
        yield Passage(title, 1, title, 1)
        headers: tuple[str, ...] | None = None
        for line, row in enumerate(rows, 1):
            if any(row):
                places = [f"{title}!{_letters(c)}{line}" for c in range(len(row))]
                headers, found = _table_row(row, headers, line, places, n)
                yield found


class _Cell(Protocol):
    """A cell of a sheet."""

    value: object
    number_format: str


def _value(cell: _Cell) -> str:
    """Return what a cell shows: 5.1 under the format 0.00 is the clause 5.10."""
    held = getattr(cell, "value", None)
    if isinstance(held, bool) or held is None:
        return ""
    if isinstance(held, int | float):
        decimals = re.fullmatch(r"0\.(0{1,2})", cell.number_format or "")
        return f"{held:.{len(decimals[1])}f}" if decimals else f"{held:g}"
    return held.strip() if isinstance(held, str) else ""


PACKED: dict[str, Callable[[bytes, str], Iterator[Passage | Row]]] = {
    "docx": _from_docx,
    "pdf": _from_pdf,
    "xlsm": _from_xlsx,
    "xlsx": _from_xlsx,
}
WRITTEN = frozenset(("csv", "htm", "html", "markdown", "md", "rst", "tsv", "txt", "xhtml", ""))
