"""A report as a text document: gap report, Statement of Applicability, management review pack.

All that is drawn has a style with a name, so that a company's own document, given as a template,
brings its styles, its headers and footers and its paper. Wide tables lie across the page, and a
table's headings stand on each page it runs over.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from crosswalk.errors import DataError, NotInstalledError
from crosswalk.report import sheets
from crosswalk.report.gantt import Chart, gantt
from crosswalk.report.html import SERIOUS, TOP
from crosswalk.report.method import cited, gap_words
from crosswalk.report.packing import packed
from crosswalk.report.pictures import interval, percent
from crosswalk.report.sheets import Cell, Sheet, printable
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import GapEntry, Report, Section

if TYPE_CHECKING:
    import docx.document

__all__ = ["gap_document", "review_document", "soa_document"]

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TABLE, CELL, HEADED = "Crosswalk Table", "Crosswalk Cell", "Crosswalk Column"
RULE = "17324D"
EMU = 635
LETTER, MARGINS = 108, 150
"""Room for a letter of a table's type, and for the margins of a cell."""

NARROWEST = {"day": "2026-11-20", "share": "over 99 %"}
"""What must fit into a column of a kind without a break."""

THEMED = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
LABEL, SLOTS = 38, 50
"""Of the width of a drawn plan the per cent for words, and the columns of its axis."""
BARS = {
    True: '<w:shd w:val="clear" w:color="auto" w:fill="9B1C26"/>',
    False: '<w:shd w:val="clear" w:color="auto" w:fill="7C8894"/>',
}
"""Shading of a step's bar, by whether its provision is known not to be met."""
OPEN = '<w:shd w:val="diagStripe" w:color="7C8894" w:fill="FFFFFF"/>'
"""Shading of a step that the roadmap does not place."""
FONT = "Arial"
SHORT, LONG = 11906, 16838
"""A4, in twentieths of a point."""


def gap_document(report: Report, texts: Texts = ENGLISH, *, template: bytes | None = None) -> bytes:
    """Return the gap report as DOCX.

    :param template: a DOCX whose styles, headers, footers and paper are taken; its text is not.
    :raises NotInstalledError: if the extra ``documents`` is not installed.
    :raises DataError: if the template is no DOCX.
    """
    page = _Pages(report, texts, texts("document.gap_report"), template)
    page.heading(texts("headline.title"))
    page.say(texts("headline.intro"))
    _figures(page)
    page.heading(texts("status.title"))
    page.say(texts("status.intro"))
    for section in report.sections:
        page.heading(page.named(section), 2)
        if section.tally.n:
            page.table(sheets.tally(section, texts))
        else:
            page.say(texts("status.nothing"))
        if section.certificates:
            names = "; ".join(section.certificates)
            page.say(texts("status.certificates", n=len(section.certificates), names=names))
        if section.edition.legal_force:
            page.say(texts("status.law"))
        if section.outside:
            page.table(sheets.outside(section, texts))
    page.turn(wide=True)
    page.heading(texts("gaps.title"))
    page.say(texts("gaps.intro"))
    for section in report.sections:
        count = texts("gaps.count", n=len(section.gaps))
        page.heading(f"{page.named(section)}: {count}", 2)
        if section.gaps:
            page.table(sheets.gaps(report, texts, section))
        else:
            page.say(texts("gaps.none") if section.defined else texts("gaps.undefined"))
    page.turn(wide=False)
    page.heading(texts("document.explained"))
    for section in report.sections:
        grave = [one for one in section.gaps[:TOP] if one.gap.gap_kind in SERIOUS]
        if grave:
            page.heading(page.named(section), 2)
        for entry in grave:
            _explained(page, entry)
    law = any(section.edition.legal_force for section in report.sections)
    if not law:
        _binding(page)
    _plans(page)
    if law and report.plans:
        page.turn(wide=False)
    if law:
        _binding(page)
    page.turn(wide=True)
    _statements(page)
    page.heading(texts("objectives.title"))
    page.table(sheets.measurements(report, texts))
    page.turn(wide=False)
    page.heading(texts("findings.title"))
    if report.validated:
        page.table(sheets.findings(report, texts), none=texts("findings.none"))
    _questions(page)
    _sources(page)
    return page.bytes()


def soa_document(report: Report, texts: Texts = ENGLISH, *, template: bytes | None = None) -> bytes:
    """Return the Statement of Applicability as DOCX, with the evidence it rests on.

    Parameters and errors are those of :func:`gap_document`.
    """
    page = _Pages(report, texts, texts("document.soa"), template)
    page.turn(wide=True)
    _statements(page)
    page.heading(texts("sheet.evidence.title"))
    page.table(sheets.evidence(report, texts, short=True))
    page.turn(wide=False)
    _sources(page)
    return page.bytes()


def review_document(
    report: Report, texts: Texts = ENGLISH, *, template: bytes | None = None
) -> bytes:
    """Return the pack for a management review as DOCX, its decisions left to be filled in.

    Parameters and errors are those of :func:`gap_document`.

    .. seealso:: ISO/IEC 42001:2023, 9.3
    """
    said = texts("review.intro", day=report.as_of)
    page = _Pages(report, texts, texts("document.review"), template, said)
    page.heading(texts("review.earlier"))
    for one in report.reviews:
        chair = ", " + texts("review.chaired", name=one.led_by) if one.led_by else ""
        page.heading(texts("review.held", label=one.label, day=one.held_on) + chair, 2)
        page.bullets(one.said)
    if not report.reviews:
        page.say(texts("review.earlier_none"))
    page.heading(texts("review.context"))
    page.table(_context(report, texts))
    page.heading(texts("review.performance"))
    page.heading(texts("review.coverage"), 2)
    _figures(page)
    page.turn(wide=True)
    for key, table in (
        ("objectives", sheets.measurements(report, texts)),
        ("nonconformities", sheets.nonconformities(report, texts)),
        ("audits", sheets.audit_findings(report, texts)),
    ):
        page.heading(texts(f"review.{key}"), 2)
        page.table(table)
    page.heading(texts("review.risks"))
    page.table(sheets.risks(report, texts))
    if any(section.timeline for section in report.sections):
        page.turn(wide=False)
    page.heading(texts("review.ahead"))
    for section in report.sections:
        if section.timeline:
            page.heading(page.named(section), 2)
            page.table(sheets.bound(section, texts))
    if not any(section.timeline for section in report.sections):
        page.say(texts("binds.no_law"))
    page.turn(wide=True)
    page.heading(texts("review.improvement"))
    for section in report.sections:
        page.heading(page.named(section), 2)
        page.table(sheets.gaps(report, texts, section), none=texts("gaps.none"))
    page.turn(wide=False)
    page.heading(texts("review.questions"))
    _asked(page)
    page.heading(texts("review.decisions"))
    page.say(texts("review.decisions_why"))
    page.table(_to_decide(texts))
    _sources(page)
    return page.bytes()


def _figures(page: _Pages) -> None:
    for section in page.report.sections:
        found = interval(section, page.texts)
        undefined = page.texts("headline.neither_short")
        page.bullets([found.sentence if found else f"{page.named(section)}: {undefined}"])
    figures = sheets.coverage(page.report, page.texts)
    kept = range(5)
    page.table(
        Sheet(
            figures.title,
            figures.caption,
            tuple(figures.columns[n] for n in kept),
            tuple(tuple(row[n] for n in kept) for row in figures.rows),
        )
    )


def _explained(page: _Pages, entry: GapEntry) -> None:
    """Say on what a gap rests, from evidence to rule."""
    texts, said = page.texts, entry.gap.explanation
    name = gap_words(texts)[entry.gap.gap_kind][0]
    page.heading(f"{entry.cited} {entry.gap.title}: {name}", 3)
    page.say(entry.said)
    lines: list[tuple[str, str]] = []
    items = said.get("evidence")
    for item in items if isinstance(items, list) else ():
        state = (
            texts("explain.valid")
            if item["valid"]
            else texts("explain.not_valid", faults=", ".join(item["faults"]))
        )
        when = texts("explain.collected", day=item["collected_on"] or texts("explain.no_date"))
        lines.append((texts("explain.evidence"), f"{item['label']} ({when}): {state}"))
    held = said.get("implementation")
    if isinstance(held, dict):
        owner = ", " + texts("explain.owner", name=held["owner"]) if held["owner"] else ""
        lines.append((texts("explain.implementation"), f"{held['label']}{owner}"))
    judged = said.get("assessment")
    if isinstance(judged, dict):
        outcome = texts(f"outcome.{judged['outcome']}")
        lines.append(
            (
                texts("explain.assessment"),
                f"{judged['assessment']}, {judged['assessed_on']}"
                + (", " + texts("words.by", name=judged["assessor"]) if judged["assessor"] else "")
                + f": {outcome}",
            )
        )
    for step in entry.path:
        ends = f"{step.subject} {step.subject_title}", f"{step.object} {step.object_title}"
        where = (
            texts("explain.structure")
            if step.row is None
            else texts("explain.row", row=step.row, set=step.mapping_set)
        )
        lines.append((texts("explain.path"), f"{ends[0]} {step.words} {ends[1]}. {where}"))
    lines.append((texts("explain.rule"), entry.rule or texts("explain.no_rule")))
    if entry.command:
        lines.append((texts("explain.replay"), entry.command))
    page.bullets([f"{head}: {text}" for head, text in lines])


def _plans(page: _Pages) -> None:
    """Draw the plan of each framework, and say it as a table, across the page."""
    report, texts = page.report, page.texts
    if not report.plans:
        return
    page.turn(wide=True)
    page.heading(texts("plan.title"))
    page.say(texts("plan.intro"))
    for section, planned in zip(report.sections, report.plans, strict=True):
        page.heading(f"{page.named(section)}: {texts('plan.count', n=len(planned.actions))}", 2)
        chart = gantt(planned, texts)
        if chart is None or planned.roadmap is None:
            page.say(texts("plan.nothing") if section.defined else texts("plan.undefined"))
            continue
        begun = ", " + texts("plan.from", day=planned.start) if planned.start else ""
        page.say(f"{texts('plan.along')} {planned.roadmap.title}{begun}.")
        if planned.lo is not None:
            reached = percent(planned.lo_after, texts)
            page.say(texts("plan.effect", lo=percent(planned.lo, texts), after=reached))
        for circle in planned.cycles:
            page.say(f"{texts('plan.circle')} {', '.join(map(cited, circle))}.")
        page.say(texts("plan.axis", axis=chart.axis))
        page.chart(chart)
        page.table(sheets.plan(report, texts, section))


def _binding(page: _Pages) -> None:
    report, texts = page.report, page.texts
    page.heading(texts("binds.title"))
    laws = [section for section in report.sections if section.edition.legal_force]
    if not laws:
        page.say(texts("binds.no_law"))
    for section in laws:
        page.heading(page.named(section), 2)
        if section.timeline:
            page.say(texts("binds.intro", day=report.as_of))
            page.table(sheets.bound(section, texts))
        else:
            page.say(texts("binds.nothing"))
    if any(section.duties for section in laws):
        table = sheets.duties(report, texts)
        page.table(_without(table, 0, 1))


def _statements(page: _Pages) -> None:
    report, texts = page.report, page.texts
    page.heading(texts("soa.title"))
    if not report.statements:
        page.say(texts("soa.none", day=report.as_of))
    for one in report.statements:
        page.heading(one.label, 2)
        approvers = sorted({row.approved_by for row in one.rows})
        page.say(
            texts(
                "soa.head",
                version=one.version or texts("words.not_stated"),
                day=one.approved_on,
                names=", ".join(approvers),
                edition=report.called(one.edition),
                n=len(one.rows),
                excluded=sum(row.applicable is False for row in one.rows),
            )
        )
        page.table(sheets.soa(report, texts, one))


def _questions(page: _Pages) -> None:
    page.heading(page.texts("questions.title"))
    _asked(page)


def _asked(page: _Pages) -> None:
    texts = page.texts
    page.say(texts("questions.intro" if page.report.questions else "questions.none"))
    for one in page.report.questions:
        page.say(f"{one.question} {texts('questions.decides', ids=', '.join(one.provisions))}.")
        page.bullets(one.settled_by)


def _sources(page: _Pages) -> None:
    report, texts = page.report, page.texts
    page.heading(texts("method.title"))
    page.say(texts("method.intro"))
    for part in report.method:
        page.heading(part.title, 3)
        for sentence in part.sentences:
            page.say(sentence)
    page.heading(texts("sources.title"))
    page.say(
        texts(
            "sources.intro",
            engine=report.engine,
            day=report.as_of,
            input=report.fingerprint,
            data=report.data_sha256,
        )
    )
    page.table(_without(sheets.mapping_sets(report, texts), 0, 4))
    page.table(_without(sheets.files(report, texts, parts=("evidence",)), 0))


def _without(table: Sheet, *left_out: int) -> Sheet:
    """Return a table without some of its columns."""
    kept = [n for n in range(len(table.columns)) if n not in left_out]
    return Sheet(
        table.title,
        table.caption,
        tuple(table.columns[n] for n in kept),
        tuple(tuple(row[n] for n in kept) for row in table.rows),
    )


def _context(report: Report, texts: Texts) -> Sheet:
    return Sheet(
        texts("review.context"),
        texts("review.context"),
        (
            sheets.Column(texts("column.what"), 50),
            sheets.Column(texts("column.kind"), 20),
            sheets.Column(texts("column.need"), 40),
        ),
        tuple(
            (one.label, one.kind or texts("review.party"), "; ".join(one.needs))
            for one in report.context
        ),
    )


def _to_decide(texts: Texts) -> Sheet:
    return Sheet(
        texts("review.decisions"),
        texts("review.decisions"),
        (
            sheets.Column(texts("column.decision"), 50),
            sheets.Column(texts("column.owner"), 24),
            sheets.Column(texts("column.due_on"), 14),
        ),
        (("", "", ""),) * 6,
    )


class _Pages:
    """A document that is being written, from its title on."""

    def __init__(
        self, report: Report, texts: Texts, kind: str, template: bytes | None, intro: str = ""
    ) -> None:
        self.report = report
        self.texts = texts
        self.several = len({section.scope for section in report.sections}) > 1
        self.document = _opened(template)
        self.own = template is not None
        self.headings: list[tuple[int, str]] = []
        owner = ", ".join(one.label for one in report.organizations)
        self.owner = owner or texts("report.nobody")
        self.wide = False
        self.spacer: object = None
        self._styled()
        self._furnished(kind)
        self._para(kind, "Subtitle")
        self._para(self.owner, "Title")
        self._facts()
        for said in sheets.notes(report, texts):
            self._para(said, "Intense Quote")
        if intro:
            self.say(intro)
        self._para(texts("document.contents"), "TOC Heading")
        self.contents = self._para("", "TOC 1")

    def named(self, section: Section) -> str:
        """Return what a section is called here: with its scope where there are several."""
        return f"{section.name} · {section.scope}" if self.several else section.name

    def heading(self, text: str, level: int = 1) -> None:
        """Begin a part; it stands in the contents."""
        from docx.oxml.parser import parse_xml

        paragraph = self._para(text, f"Heading {level}")
        if level < 3:
            self.headings.append((level, text))
            number = len(self.headings)
            name = f"_Toc{number:08d}"
            start = parse_xml(f'<w:bookmarkStart xmlns:w="{W}" w:id="{number}" w:name="{name}"/>')
            end = parse_xml(f'<w:bookmarkEnd xmlns:w="{W}" w:id="{number}"/>')
            paragraph.insert(1 if paragraph.pPr is not None else 0, start)
            paragraph.append(end)

    def say(self, text: str) -> None:
        """Write a paragraph."""
        self._para(text, "Body Text")

    def bullets(self, lines: Iterable[str]) -> None:
        """Write a list."""
        for line in lines:
            self._para(line, "List Bullet")

    def table(self, table: Sheet, *, none: str = "") -> None:
        """Write a table with its caption; where it is empty, a sentence."""
        from docx.oxml.parser import parse_xml

        if not table.rows:
            self.say(none or self.texts("document.no_rows"))
            return
        self._para(table.caption, "Caption")
        widths = _widths(table, self._room())
        style = self._style(TABLE)
        rows = [_row([c.heading for c in table.columns], widths, self._style(HEADED), head=True)]
        cell = self._style(CELL)
        for row in table.rows:
            rows.append(
                _row(
                    [self._cell(v, c.kind) for v, c in zip(row, table.columns, strict=True)],
                    widths,
                    cell,
                )
            )
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        made = parse_xml(
            f'<w:tbl xmlns:w="{W}"><w:tblPr><w:tblStyle w:val={quoteattr(style)}/>'
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
            'w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
            f"<w:tblCaption w:val={quoteattr(printable(table.caption))}/></w:tblPr>"
            f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
        )
        self.document.element.body.insert_element_before(made, "w:sectPr")
        self.spacer = self._para("", "Body Text")

    def chart(self, chart: Chart) -> None:
        """Draw a plan as tables of shaded cells: a row an action, its bar where the axis has it."""
        from docx.oxml.parser import parse_xml

        texts, names = self.texts, gap_words(self.texts)
        self._legend()
        slot = (self._room() * (100 - LABEL) // 100) // SLOTS
        label = self._room() - slot * SLOTS
        grid = f'<w:gridCol w:w="{label}"/>' + f'<w:gridCol w:w="{slot}"/>' * SLOTS
        cell, head = self._style(CELL), self._style(HEADED)
        at = sorted({min(round(mark.x / 100 * SLOTS), SLOTS - 1): mark for mark in chart.marks})
        words = {min(round(m.x / 100 * SLOTS), SLOTS - 1): m.words for m in chart.marks}
        for group in chart.groups:
            heads = [(group.title, label, 1, "")]
            if at[0]:
                heads.append(("", slot * at[0], at[0], ""))
            for begin, end in zip(at, [*at[1:], SLOTS], strict=True):
                heads.append((words[begin], slot * (end - begin), end - begin, ""))
            rows = [_drawn(heads, head, head=True)]
            for one in group.rows:
                action = one.action
                begin = min(round(one.x / 100 * SLOTS), SLOTS - 1)
                span = max(min(round(one.width / 100 * SLOTS), SLOTS - begin), 1)
                said = f"{action.order}. {cited(action.provision)}, {names[action.gap][0].lower()}"
                if action.due:
                    said += ", " + texts("plan.due", day=action.due)
                bar = BARS[action.not_met] if one.placed else OPEN
                parts = [(said, label, 1, ""), ("", slot * begin, begin, "")]
                parts += [("", slot * span, span, bar)]
                parts += [("", slot * (SLOTS - begin - span), SLOTS - begin - span, "")]
                rows.append(_drawn([part for part in parts if part[2]], cell))
            made = parse_xml(
                f'<w:tbl xmlns:w="{W}"><w:tblPr><w:tblStyle '
                f"w:val={quoteattr(self._style(TABLE))}/>"
                f'<w:tblW w:w="{label + slot * SLOTS}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
                '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
                'w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
                f"<w:tblCaption w:val={quoteattr(printable(group.title))}/>"
                f"<w:tblDescription w:val={quoteattr(printable(group.sentence))}/></w:tblPr>"
                f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
            )
            self.document.element.body.insert_element_before(made, "w:sectPr")
            self.spacer = self._para("", "Body Text")

    def _legend(self) -> None:
        """Say what the bars of a plan mean."""
        from docx.oxml.parser import parse_xml

        texts = self.texts
        said = "".join(
            f"<w:r><w:rPr>{bar}</w:rPr><w:t xml:space='preserve'>{chr(0xA0) * 6}</w:t></w:r>"
            + _run(f" {words}   ")
            for bar, words in (
                (BARS[True], texts("plan.not_met")),
                (BARS[False], texts("plan.not_shown")),
                (OPEN, texts("plan.open")),
            )
        )
        style = quoteattr(self._style("Caption"))
        made = parse_xml(f'<w:p xmlns:w="{W}"><w:pPr><w:pStyle w:val={style}/></w:pPr>{said}</w:p>')
        self.document.element.body.insert_element_before(made, "w:sectPr")

    def turn(self, *, wide: bool) -> None:
        """Begin a new page, across or upright."""
        from docx.enum.section import WD_ORIENT, WD_SECTION
        from docx.shared import Pt

        body = self.document.element.body
        last = body.sectPr.getprevious()
        if last is self.spacer:
            body.remove(last)
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        # What ends a section is a paragraph; a small one begins no page of its own.
        end = self.document.paragraphs[-1].paragraph_format
        end.space_before = end.space_after = Pt(0)
        end.line_spacing = Pt(1)
        if wide is not self.wide:
            section.page_width, section.page_height = section.page_height, section.page_width
            section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        self.wide = wide

    def bytes(self) -> bytes:
        """Return the document, its contents filled in."""
        self._listed()
        buffer = io.BytesIO()
        self.document.save(buffer)
        return packed(buffer.getvalue(), self.report.as_of)

    def _room(self) -> int:
        """Return the width between the margins, in twentieths of a point."""
        section = self.document.sections[-1]
        width, left, right = section.page_width, section.left_margin, section.right_margin
        return int((width or LONG * EMU) - (left or 0) - (right or 0)) // EMU

    def _cell(self, value: Cell, kind: str) -> str:
        if value is None:
            return ""
        if kind == "share":
            return sheets.share(value, self.texts)
        return str(value)

    def _para(self, text: str, style: str) -> Any:  # noqa: ANN401 - an element of lxml
        from docx.oxml.parser import parse_xml

        made = parse_xml(
            f'<w:p xmlns:w="{W}"><w:pPr><w:pStyle w:val={quoteattr(self._style(style))}/></w:pPr>'
            + (_run(text) if text else "")
            + "</w:p>"
        )
        self.document.element.body.insert_element_before(made, "w:sectPr")
        return made

    def _facts(self) -> None:
        rows = tuple(sheets.facts(self.report, self.texts)[1:])
        self.table(
            Sheet(
                "",
                self.texts("sheet.cover.title"),
                (
                    sheets.Column(self.texts("column.fact"), 24),
                    sheets.Column(self.texts("column.text"), 66),
                ),
                rows,
            )
        )

    def _style(self, name: str) -> str:
        """Return the id of a style, or of the one that stands in where a template lacks it."""
        styles = self.document.styles
        for wanted in (name, {TABLE: "Table Grid"}.get(name, "Normal")):
            found = next((one for one in styles if one.name.casefold() == wanted.casefold()), None)
            if found is not None:
                return str(found.style_id)
        return str(styles.element[0].get(f"{{{W}}}styleId") or "Normal")

    def _styled(self) -> None:
        """Add the styles that the document lacks; without a template, set the look of all."""
        from docx.enum.style import WD_STYLE_TYPE
        from docx.oxml.parser import parse_xml
        from docx.shared import Emu, Pt, RGBColor

        styles = self.document.styles
        have = {one.name.casefold() for one in styles}
        for name, based in (
            ("TOC 1", "Normal"),
            ("TOC 2", "Normal"),
            ("TOC Heading", "Normal"),
            ("Body Text", "Normal"),
            ("Caption", "Normal"),
            ("List Bullet", "Normal"),
            ("Intense Quote", "Normal"),
            ("Subtitle", "Normal"),
            ("Title", "Normal"),
            *((f"Heading {level}", "Normal") for level in (1, 2, 3)),
            (CELL, "Normal"),
            (HEADED, CELL),
        ):
            if name.casefold() in have:
                continue
            made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            made.base_style = next((s for s in styles if s.name == based), None)
            if name in (CELL, HEADED):
                made.font.size = Pt(8)
                made.paragraph_format.space_after = Pt(0)
                made.paragraph_format.space_before = Pt(0)
                made.paragraph_format.line_spacing = 1.0
            if name == HEADED:
                made.font.bold = True
                made.paragraph_format.keep_with_next = True
            if name == "TOC 2":
                made.paragraph_format.left_indent = Pt(14)
            if name.startswith("TOC "):
                made.paragraph_format.space_after = Pt(2)
            if name.startswith("Heading"):
                made.element.get_or_add_pPr().append(
                    parse_xml(f'<w:outlineLvl xmlns:w="{W}" w:val="{int(name[-1]) - 1}"/>')
                )
            if name == "TOC Heading":
                made.font.bold = True
                made.font.size = Pt(14)
        if TABLE.casefold() not in have:
            styles.element.append(parse_xml(_table_style()))
        if self.own:
            return
        for fonts in styles.element.iter(f"{{{W}}}rFonts"):
            for name in THEMED:
                fonts.attrib.pop(f"{{{W}}}{name}", None)
            for name in ("ascii", "hAnsi", "cs"):
                fonts.set(f"{{{W}}}{name}", FONT)
        styles["Normal"].font.name = FONT
        styles["Normal"].font.size = Pt(10)
        styles["Caption"].font.color.rgb = RGBColor(0x4A, 0x58, 0x66)
        styles["Caption"].paragraph_format.keep_with_next = True
        styles["Caption"].paragraph_format.space_after = Pt(3)
        for name, size in (("Title", 24), ("Heading 1", 16), ("Heading 2", 12), ("Heading 3", 10)):
            styles[name].font.color.rgb = RGBColor(0x17, 0x32, 0x4D)
            styles[name].font.size = Pt(size)
        language = {"en": "en-GB"}.get(self.texts.language, self.texts.language)
        for held in styles.element.iter(f"{{{W}}}lang"):
            held.set(f"{{{W}}}val", language)
        section = self.document.sections[0]
        section.page_width, section.page_height = Emu(SHORT * EMU), Emu(LONG * EMU)
        for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
            setattr(section, side, Emu(1134 * EMU))

    def _furnished(self, kind: str) -> None:
        """Set the properties, and header and footer where the template has none."""
        from docx.oxml.parser import parse_xml

        report, texts = self.report, self.texts
        moment = datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=UTC)
        held = self.document.core_properties
        held.title = printable(f"{kind}: {self.owner}, {report.as_of}")[:255]
        held.author = held.last_modified_by = report.engine
        held.subject = held.keywords = held.comments = ""
        held.language = texts.language
        held.revision = 1
        held.created = held.modified = moment.replace(tzinfo=None)
        section = self.document.sections[0]
        if self.own and any(
            p.text for p in (*section.header.paragraphs, *section.footer.paragraphs)
        ):
            return
        top = section.header.paragraphs[0]
        top.text = printable(f"{self.owner} · {kind} · {report.as_of}")
        foot = section.footer.paragraphs[0]
        foot.text = ""
        marked = texts("document.page", page="\x00", pages="\x01")
        said = "".join(
            _field("PAGE")
            if part == "\x00"
            else _field("NUMPAGES")
            if part == "\x01"
            else _run(part)
            for part in _split(f"{report.engine} · {report.data_sha256[:16]} · {marked}")
        )
        for run in parse_xml(f'<w:p xmlns:w="{W}">{said}</w:p>'):
            foot._p.append(run)

    def _listed(self) -> None:
        """Fill the contents: a field that a word processor renews, with its entries in it."""
        from docx.oxml.parser import parse_xml

        place = self.contents
        parent = place.getparent()
        before = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
            ' TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        after = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        last = len(self.headings)
        for number, (level, text) in enumerate(self.headings, start=1):
            style = quoteattr(self._style(f"TOC {level}"))
            link = (
                f'<w:hyperlink w:anchor="_Toc{number:08d}" w:history="1">{_run(text)}</w:hyperlink>'
            )
            entry = parse_xml(
                f'<w:p xmlns:w="{W}"><w:pPr><w:pStyle w:val={style}/></w:pPr>'
                f"{before if number == 1 else ''}{link}{after if number == last else ''}</w:p>"
            )
            parent.insert(parent.index(place), entry)
        parent.remove(place)


def _opened(template: bytes | None) -> docx.document.Document:
    """Return an empty document, or a template without its text."""
    try:
        import docx
    except ImportError:
        raise NotInstalledError(
            "writing a document needs python-docx, which is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[documents]'.",
        ) from None
    if template is None:
        return docx.Document()
    try:
        opened = docx.Document(io.BytesIO(template))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"is no document whose styles can be taken: {error}",
            place="--template",
            remedy="Give a .docx without macros.",
        ) from None
    body = opened.element.body
    for held in list(body):
        if not held.tag.endswith("}sectPr"):
            body.remove(held)
    return opened


def _widths(table: Sheet, room: int) -> list[int]:
    """Return the widths of columns: each takes its longest word, the rest goes by how much it says.

    A column says as much as its width in letters.
    """
    least = [
        LETTER
        * max(len(word) for word in (*column.heading.split(), NARROWEST.get(column.kind, "")))
        + MARGINS
        for column in table.columns
    ]
    free = room - sum(least)
    if free < 0:
        return [room * one // sum(least) for one in least]
    wishes = [
        max(LETTER * column.width - one, 0)
        for column, one in zip(table.columns, least, strict=True)
    ]
    total = sum(wishes) or 1
    return [one + free * wish // total for one, wish in zip(least, wishes, strict=True)]


def _row(texts: Sequence[str], widths: Sequence[int], style: str, *, head: bool = False) -> str:
    kind = "<w:cantSplit/><w:tblHeader/>" if head else "<w:cantSplit/>"
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>'
        f"<w:pStyle w:val={quoteattr(style)}/></w:pPr>{_run(text) if text else ''}</w:p></w:tc>"
        for text, width in zip(texts, widths, strict=True)
    )
    return f"<w:tr><w:trPr>{kind}</w:trPr>{cells}</w:tr>"


def _drawn(parts: Sequence[tuple[str, int, int, str]], style: str, *, head: bool = False) -> str:
    """Return a row of a drawn table: of each cell its text, width, columns and shading."""
    kind = "<w:cantSplit/><w:tblHeader/>" if head else "<w:cantSplit/>"
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:gridSpan w:val="{span}"/>{shade}'
        f"</w:tcPr><w:p><w:pPr><w:pStyle w:val={quoteattr(style)}/></w:pPr>"
        f"{_run(text) if text else ''}</w:p></w:tc>"
        for text, width, span, shade in parts
    )
    return f"<w:tr><w:trPr>{kind}</w:trPr>{cells}</w:tr>"


def _run(text: str) -> str:
    lines = printable(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    said = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
    return f"<w:r>{said}</w:r>"


def _field(name: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {name} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _split(text: str) -> list[str]:
    """Return the parts of a text, the marks for page and pages apart."""
    for mark in "\x00\x01":
        text = text.replace(mark, f"\x02{mark}\x02")
    return [part for part in text.split("\x02") if part]


def _table_style() -> str:
    line = 'w:val="single" w:sz="4" w:space="0" w:color="C4CCD4"'
    return (
        f'<w:style xmlns:w="{W}" w:type="table" w:customStyle="1" w:styleId="CrosswalkTable">'
        f'<w:name w:val="{TABLE}"/><w:uiPriority w:val="59"/><w:tblPr><w:tblBorders>'
        f"<w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders><w:tblCellMar>"
        '<w:top w:w="40" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>'
        '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:color w:val="FFFFFF"/></w:rPr><w:tcPr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{RULE}"/></w:tcPr></w:tblStylePr></w:style>'
    )
