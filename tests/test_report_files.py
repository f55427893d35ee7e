"""The report as files: each opens, says the same, tells what it is made of, and never varies."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
import rdflib

from crosswalk import resources, validation
from crosswalk.cli.app import cli
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import GapKind
from crosswalk.report import SOA_WRITERS, WRITERS, Order, build, redacted, texts, writer_of
from crosswalk.report.document import gap_document
from crosswalk.report.texts import ENGLISH
from crosswalk.report.workbook import gap_workbook
from crosswalk.verbs import assessment

X = resources.examples_dir() / "x-corporation"
LATEST = date(2026, 11, 20)
EDITIONS = ("iso-42001-2023", "eu-ai-act-2026")
BINARY = ("xlsx", "docx", "soa-xlsx", "soa-docx", "review-docx", "pdf")
RDF = ("shacl", "earl")
OSCAL = ("oscal-ar", "oscal-poam", "oscal-component")


def _has_pdf() -> bool:
    try:
        import weasyprint
    except (ImportError, OSError):
        return "CI_REQUIRE_PDF" in os.environ
    return bool(weasyprint)


HAS_PDF = _has_pdf()
PDF = pytest.mark.skipif(not HAS_PDF, reason="needs WeasyPrint and Pango")


def formats(*left_out: str) -> list[object]:
    return [
        pytest.param(name, marks=PDF) if name == "pdf" else name
        for name in WRITERS
        if name not in left_out
    ]


@cache
def dataset() -> Dataset:
    return open_dataset([X])


@cache
def checked() -> validation.Report:
    return validation.validate(dataset(), [X], as_of=LATEST)


@cache
def order(*, redact: bool = False) -> Order:
    return assessment.report_order(
        dataset(), edition=EDITIONS, checked=checked(), as_of=LATEST, redact=redact
    )


@cache
def content(name: str, *, redact: bool = False) -> bytes:
    return assessment.written(order(redact=redact), name).content


def text_of(name: str, data: bytes) -> str:
    """Return all that a person can read in a file, and all that its parts hold."""
    if name == "pdf":
        pages = pypdf.PdfReader(io.BytesIO(data))
        told = [str(value) for value in (pages.metadata or {}).values()]
        return " ".join(" ".join(page.extract_text() for page in pages.pages).split()) + str(told)
    if name in BINARY:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = [packed.read(one).decode("utf-8", "replace") for one in packed.namelist()]
        return " ".join(parts)
    return data.decode()


def joined(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", formats("csv", "html"))
def test_each_file_says_its_day_the_hash_of_the_data_the_mapping_sets_and_the_tool(
    name: str,
) -> None:
    said = joined(text_of(name, content(name)))
    report = order().report

    assert "2026-11-20" in said
    assert report.data_sha256 in said
    assert joined(report.engine) in said
    assert report.mapping_sets
    if name != "pdf":
        assert all(one.key in said for one in report.mapping_sets)
    if name not in RDF:
        assert joined(report.method[0].title) in said


def test_the_csv_says_with_each_row_of_which_data_and_with_which_tool() -> None:
    rows = list(csv.DictReader(io.StringIO(content("csv").decode())))

    assert len(rows) == sum(len(one.standings) for one in order().report.sections)
    assert {row["as_of"] for row in rows} == {"2026-11-20"}
    assert {row["data_sha256"] for row in rows} == {order().report.data_sha256}
    assert {row["engine"] for row in rows} == {order().report.engine}


MAKE = """
import sys
from datetime import date
from crosswalk import validation
from crosswalk.graph import open_dataset
from crosswalk.verbs import assessment

data, out, formats = [sys.argv[1]], sys.argv[2], sys.argv[3].split(",")
dataset = open_dataset(data)
day = date(2026, 11, 20)
order = assessment.report_order(
    dataset,
    edition=["iso-42001-2023"],
    checked=validation.validate(dataset, data, as_of=day),
    as_of=day,
)
for name in formats:
    with open(f"{out}/{name}", "wb") as file:
        file.write(assessment.written(order, name).content)
"""


def test_two_people_get_the_same_bytes_in_every_format(tmp_path: Path) -> None:
    wanted = [n for n in WRITERS if n != "pdf" or HAS_PDF]
    running = []
    for number, (seed, zone) in enumerate((("1", "Pacific/Auckland"), ("2", "UTC"))):
        out = tmp_path / str(number)
        out.mkdir()
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", MAKE, str(X), str(out), ",".join(wanted)],
                env={
                    **os.environ,
                    "PYTHONHASHSEED": seed,
                    "TZ": zone,
                    "PYTHONPATH": str(Path(resources.__file__).parents[1]),
                },
                cwd=out,
            )
        )

    assert [one.wait(timeout=240) for one in running] == [0, 0]

    differing = [
        name
        for name in wanted
        if (tmp_path / "0" / name).read_bytes() != (tmp_path / "1" / name).read_bytes()
    ]
    assert differing == []


def test_the_hash_of_the_data_is_of_what_it_says_not_of_where_it_stands(tmp_path: Path) -> None:
    whole = tmp_path / "all-in-one.nt"
    triples = rdflib.Graph()
    for path in X.glob("*.ttl"):
        triples.parse(path)
    triples.serialize(whole, format="nt", encoding="utf-8")
    other = open_dataset([whole])
    edition = [one.edition for one in order().report.sections]

    again = build(other, edition, as_of=LATEST)

    assert again.data_sha256 == order().report.data_sha256
    assert again.fingerprint != order().report.fingerprint


def test_a_stamp_stands_in_the_report_only_if_it_is_asked_for() -> None:
    stamped = assessment.report_order(
        dataset(), edition=EDITIONS[:1], checked=None, as_of=LATEST, stamp="2026-11-21T08:00:00Z"
    )

    assert "2026-11-21T08:00:00Z" in assessment.written(stamped, "html").content.decode()
    assert order().report.stamp is None


# Workbook


@cache
def workbook() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content("xlsx")))


def test_the_workbook_has_a_sheet_for_each_register_with_filter_and_frozen_headings() -> None:
    names = workbook().sheetnames

    for key in ("gaps", "soa", "evidence", "mappings", "sets", "coverage", "method", "risks"):
        assert ENGLISH(f"sheet.{key}.title") in names
    for page in workbook().worksheets[1:]:
        assert str(page.freeze_panes).endswith("2"), page.title
        assert page.auto_filter.ref
        assert page.print_title_rows == "$1:$1"
        assert page.page_setup.orientation == "landscape"


def test_the_workbook_lists_every_gap_in_the_order_of_the_engine() -> None:
    page = workbook()[ENGLISH("sheet.gaps.title")]
    heads = [cell.value for cell in page[1]]
    at = heads.index(ENGLISH("column.known"))

    rows = [row[at] for row in page.iter_rows(min_row=2, values_only=True)]

    wanted = [entry.said for one in order().report.sections for entry in one.gaps]
    assert rows == wanted


def test_the_workbook_holds_days_as_days_and_figures_as_figures() -> None:
    page = workbook()[ENGLISH("sheet.evidence.title")]
    heads = [cell.value for cell in page[1]]
    collected = page.cell(2, heads.index(ENGLISH("column.collected_on")) + 1)
    figures = workbook()[ENGLISH("sheet.coverage.title")]

    assert collected.is_date
    assert isinstance(figures.cell(2, 4).value, float)
    assert figures.cell(2, 4).number_format == "0.0%"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_what_begins_like_a_formula_is_text_in_the_workbook(begin: str) -> None:
    hostile = f'{begin}HYPERLINK("http://example.org","x")'
    report = order().report
    section = report.sections[0]
    entry = section.gaps[0]
    gap = replace(entry.gap, owner=hostile)
    sections = (replace(section, gaps=(replace(entry, gap=gap, said=hostile),)),)
    made = gap_workbook(replace(report, sections=sections))

    page = openpyxl.load_workbook(io.BytesIO(made))[ENGLISH("sheet.gaps.title")]

    cells = [cell for cell in page[2] if str(cell.value).endswith('"x")')]
    assert len(cells) == 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    assert cells[0].value.strip() == hostile.strip()


def test_no_cell_of_the_workbook_is_a_formula() -> None:
    kinds = {
        cell.data_type for page in workbook().worksheets for row in page.iter_rows() for cell in row
    }

    assert "f" not in kinds


@pytest.mark.parametrize("name", ["xlsx", "docx", "pdf", "html"])
def test_signs_that_xml_cannot_hold_break_no_file(name: str) -> None:
    if name == "pdf" and not HAS_PDF:
        pytest.skip("needs WeasyPrint")
    report = order().report
    named = replace(report.organizations[0], label="X\x00\x07\ufffe & <b>Corporation</b>")
    odd = replace(order(), report=replace(report, sections=(), organizations=(named,)))

    made = assessment.written(odd, name).content

    assert "Corporation" in text_of(name, made)


# Document


@cache
def document(name: str = "docx") -> docx.document.Document:
    return docx.Document(io.BytesIO(content(name)))


def headings(name: str = "docx") -> list[str]:
    return styled(document(name), "Heading 1")


def styled(made: docx.document.Document, *names: str) -> list[str]:
    """Return the texts of the paragraphs that have one of some styles."""
    return [one.text for one in made.paragraphs if one.style and one.style.name in names]


def test_the_document_has_the_parts_of_the_page_as_headings_and_in_its_contents() -> None:
    wanted = [ENGLISH(f"{key}.title") for key in ("headline", "status", "gaps", "soa", "method")]
    body = document().element.body.xml

    assert [one for one in headings() if one in wanted] == wanted
    assert 'TOC \\o "1-2"' in body
    for text in wanted:
        assert re.search(rf"<w:hyperlink [^>]*anchor[^>]*>\s*<w:r>\s*<w:t[^>]*>{text}<", body)


def test_the_management_review_pack_holds_what_a_review_looks_at() -> None:
    wanted = ("earlier", "context", "performance", "risks", "ahead", "improvement", "decisions")
    body = document("review-docx").element.body.xml

    assert [one for one in headings("review-docx") if one in map(ENGLISH, _keys(wanted))] == [
        ENGLISH(key) for key in _keys(wanted)
    ]
    assert "Fairness testing before each deployment is mandatory." in body
    assert "NC-2026-01 closed with proof of effect" in body


def _keys(names: tuple[str, ...]) -> list[str]:
    return [f"review.{name}" for name in names]


def test_headings_of_a_table_stand_on_each_page_and_rows_are_not_torn() -> None:
    for table in document().tables:
        head, *rows = table._tbl.tr_lst
        assert head.xpath("./w:trPr/w:tblHeader")
        assert all(row.xpath("./w:trPr/w:cantSplit") for row in rows)
        assert table.style is not None
        assert table.style.name == "Crosswalk Table"


def test_wide_tables_of_the_document_fit_between_the_margins_of_a_page_across() -> None:
    sections = document().sections
    across = [one for one in sections if one.orientation == 1]

    assert across
    assert len(across) < len(sections)
    widest = max(
        sum(int(one) for one in table._tbl.xpath("./w:tblGrid/w:gridCol/@w:w"))
        for table in document().tables
    )
    one = across[0]
    assert one.page_width is not None
    assert widest * 635 <= one.page_width - (one.left_margin or 0) - (one.right_margin or 0)


def test_the_document_takes_styles_header_and_paper_of_a_template_and_not_its_text() -> None:
    template = docx.Document()
    template.add_paragraph("Text of the template")
    template.sections[0].header.paragraphs[0].text = "Acme Holding"
    template.styles["Heading 1"].font.name = "Garamond"
    held = io.BytesIO()
    template.save(held)

    made = docx.Document(io.BytesIO(gap_document(order().report, template=held.getvalue())))

    assert made.styles["Heading 1"].font.name == "Garamond"
    assert made.sections[0].header.paragraphs[0].text == "Acme Holding"
    assert made.sections[0].page_width == template.sections[0].page_width
    assert "Text of the template" not in made.element.body.xml
    assert "Headline" in styled(made, "Heading 1")


def test_a_template_that_lacks_styles_gets_them() -> None:
    template = docx.Document()
    for name in ("Heading 1", "Title", "List Bullet", "Caption"):
        template.styles[name].delete()
    held = io.BytesIO()
    template.save(held)

    made = docx.Document(io.BytesIO(gap_document(order().report, template=held.getvalue())))

    assert "Headline" in styled(made, "Heading 1")


@pytest.mark.parametrize("template", [b"no archive", content])
def test_a_template_that_is_no_document_is_refused(template: object) -> None:
    held = content("xlsx") if callable(template) else template
    assert isinstance(held, bytes)

    with pytest.raises(DataError, match="styles"):
        gap_document(order().report, template=held)


def test_a_template_is_refused_where_there_are_no_styles(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes no styles"):
        assessment.written(replace(order(), template=b"x"), "xlsx")


# PDF


@PDF
def test_the_pdf_is_tagged_has_bookmarks_a_language_and_a_title_and_numbers_its_pages() -> None:
    reader = pypdf.PdfReader(io.BytesIO(content("pdf")))
    root = reader.root_object

    marked = root["/MarkInfo"]
    assert isinstance(marked, pypdf.generic.DictionaryObject)
    assert marked["/Marked"]
    assert str(root["/Lang"]) == "en"
    assert reader.metadata is not None
    assert "X Corporation" in str(reader.metadata.title)
    told = root["/Metadata"].get_object()
    assert isinstance(told, pypdf.generic.StreamObject)
    assert b"pdfuaid:part" in told.get_data()
    bookmarks = [one.title for one in _flat(reader.outline)]
    assert [one for one in bookmarks if one in ("Headline", "Gaps", "Method", "Sources")] == [
        "Headline",
        "Gaps",
        "Method",
        "Sources",
    ]
    last = len(reader.pages)
    assert f"{last} / {last}" in reader.pages[-1].extract_text()


@PDF
def test_wide_tables_lie_across_the_page_of_the_pdf() -> None:
    reader = pypdf.PdfReader(io.BytesIO(content("pdf")))
    across = [page for page in reader.pages if page.mediabox.width > page.mediabox.height]

    assert across
    assert "Statement of Applicability" in across[0].extract_text()


@PDF
def test_the_pictures_of_the_pdf_are_in_colour_without_the_style_of_the_page() -> None:
    from crosswalk.report.html import render_html
    from crosswalk.report.paper import _drawable

    page = _drawable(render_html(order().report, paper=True), order().report)

    pictures = re.findall(r"<svg .*?</svg>", page, re.DOTALL)
    assert pictures
    assert not any("var(--" in one for one in pictures)
    assert all(".f-assessed" in one for one in pictures)


def _flat(outline: object) -> Iterator[pypdf.generic.Destination]:
    for one in outline if isinstance(outline, list) else []:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one


# Findings as RDF


@pytest.mark.parametrize("name", RDF)
def test_findings_are_handed_on_as_rdf(name: str) -> None:
    graph = rdflib.Graph().parse(data=content(name).decode(), format="turtle")
    kind = {
        "shacl": rdflib.SH.ValidationResult,
        "earl": rdflib.URIRef("http://www.w3.org/ns/earl#Assertion"),
    }[name]

    assert len(set(graph.subjects(rdflib.RDF.type, kind))) == len(checked().findings)


# Redaction


def _secrets() -> set[str]:
    """Return the names of people and the paths and names of files of the example."""
    names = {row["name"] or "" for row in dataset().rows("report/agents")}
    files = {row["file"] or "" for row in dataset().rows("report/evidence-files")}
    files |= {Path(one).name for one in files}
    files |= {path.name for path in X.rglob("*") if path.is_file()} - {"README.md"}
    return {one for one in names | files if one}


@pytest.mark.parametrize("name", formats(*RDF, *OSCAL))
def test_a_redacted_report_names_no_person_no_path_and_no_file(name: str) -> None:
    secrets = _secrets()
    assert len(secrets) > 60
    said = text_of(name, content(name, redact=True))
    flat = joined(said)

    found = [one for one in sorted(secrets) if one in said or joined(one) in flat]
    # frameworks name their own files, which are public: those are not of the organisation
    assert found == []
    assert "examples/x-corporation" not in said
    assert "org-data:" not in said
    assert str(X) not in said
    if name != "csv":
        assert joined("Redacted for customers.") in flat or '"redacted":true' in flat


def test_the_same_person_has_the_same_pseudonym_everywhere() -> None:
    plain, shown = order().report, order(redact=True).report
    pairs = {
        (before.owner, after.owner)
        for before, after in zip(plain.evidence, shown.evidence, strict=True)
    } | {
        (before.owner, after.owner) for before, after in zip(plain.risks, shown.risks, strict=True)
    }

    assert len({before for before, _ in pairs}) == len(pairs) == len({after for _, after in pairs})
    assert all(re.fullmatch(r"Owner \d+", after) for _, after in pairs)


def test_a_redacted_report_keeps_its_figures_and_what_frameworks_say() -> None:
    plain, shown = order().report, order(redact=True).report

    assert [one.vector for one in shown.sections] == [one.vector for one in plain.sections]
    assert shown.data_sha256 == plain.data_sha256
    assert [one.title for s in shown.sections for one in s.standings] == [
        one.title for s in plain.sections for one in s.standings
    ]
    assert shown.mapping_sets == plain.mapping_sets


def test_people_links_addresses_and_paths_in_free_text_are_hidden(tmp_path: Path) -> None:
    extra = tmp_path / "people.ttl"
    extra.write_text(
        "@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .\n"
        "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix x: <https://w3id.org/aigov-crosswalk/org/x-corporation/> .\n"
        "<https://w3id.org/aigov-crosswalk/org/x-corporation/person/1> a foaf:Person ;\n"
        '  foaf:name "Ada Brandt" ; foaf:mbox <mailto:ada@x.example> .\n'
        "<https://w3id.org/aigov-crosswalk/org/x-corporation/nonconformity/2>\n"
        '  a cw:Nonconformity ; rdfs:label "Ms Brandt saw https://intra.x.example/t/7 and'
        ' C:\\\\audit\\\\a.doc, /srv/share/b.md, notes-3.pdf; write to it@x.example"@en ;\n'
        '  cw:detectedOn "2026-11-01"^^xsd:date .\n',
        encoding="utf-8",
    )
    opened = open_dataset([X, extra])
    edition = [order().report.sections[0].edition]

    shown = redacted(build(opened, edition, as_of=LATEST), opened)

    (label,) = {one.label for one in shown.nonconformities if "Ms" in one.label}
    assert re.fullmatch(
        r"Ms Owner \d+ saw \[link\] and \[file\], \[file\], \[file\]; write to \[address\]", label
    )


def test_findings_as_rdf_are_not_redacted_but_refused() -> None:
    with pytest.raises(UsageError, match="cannot be redacted"):
        content("shacl", redact=True)


# Words


def pseudo(tmp_path: Path) -> Path:
    """Return a catalogue of a language that no one speaks: every text is marked."""
    source = Path(resources.__file__).parent / "report" / "languages" / "en.toml"
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("language"):
            lines.append('language = "qps"')
        elif not line.startswith(("#", "[")):
            lines.append(re.sub(r'"((?:[^"\\]|\\.)+)"(?! *=)', r'"‹\1›"', line))
        else:
            lines.append(line)
    path = tmp_path / "qps.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_no_heading_of_any_file_has_its_words_in_the_program(tmp_path: Path) -> None:
    other = assessment.report_order(
        dataset(),
        edition=EDITIONS,
        checked=checked(),
        as_of=LATEST,
        language=str(pseudo(tmp_path)),
    )

    page = assessment.written(other, "html").content.decode()
    fixed = r"<(h2|dt|caption|summary|th scope=\"col\")[^>]*>(.*?)</"
    heads = [re.sub(r"<[^>]+>", "", text) for _, text in re.findall(fixed, page, re.DOTALL)]
    plain = [h for h in heads if h.strip() and "‹" not in h and not _of_the_record(h, other)]
    assert plain == []
    for name in ("docx", "soa-docx", "review-docx"):
        made = docx.Document(io.BytesIO(assessment.written(other, name).content))
        heads = styled(made, "Heading 1", "Subtitle")
        heads += [cell.text for table in made.tables for cell in table.rows[0].cells]
        assert [one for one in heads if "‹" not in one and one != "n"] == [], name
    made = openpyxl.load_workbook(io.BytesIO(assessment.written(other, "xlsx").content))
    heads = [page.title for page in made.worksheets]
    heads += [str(cell.value) for page in made.worksheets[1:] for cell in page[1]]
    assert [one for one in heads if "‹" not in one and one != "n"] == []


def _of_the_record(heading: str, made: Order) -> bool:
    """Return whether a heading says what the record, and no program, says."""
    report = made.report
    said = {entry.cited for one in report.sections for entry in one.gaps}
    return any(heading.strip().startswith(one) for one in said | {"n"} if one) or any(
        heading.strip().endswith(f"of {one.name}") for one in report.sections
    )


def test_english_is_the_same_whether_it_is_carried_or_given_as_a_file(tmp_path: Path) -> None:
    source = Path(resources.__file__).parent / "report" / "languages" / "en.toml"
    copy = tmp_path / "my-english.toml"
    copy.write_bytes(source.read_bytes())

    assert texts(str(copy)).entries == ENGLISH.entries


def test_what_a_translation_does_not_say_is_said_in_english_and_told(tmp_path: Path) -> None:
    path = tmp_path / "de.toml"
    path.write_text('language = "de"\n[gaps]\ntitle = "Lücken"\n', encoding="utf-8")

    words = texts(str(path))

    assert words("gaps.title") == "Lücken"
    assert words("method.title") == "Method"
    assert "method.title" in words.missing
    written = assessment.written(replace(order(), texts=words), "html")
    assert "stand in English" in written.notes[0]
    assert '<html lang="de">' in written.content.decode()


@pytest.mark.parametrize(
    ("text", "offence"),
    [
        ("[gaps]\ntitle = 'x'\n", "does not say its language"),
        ("language = 'de'\n[gaps]\ntitel = 'x'\n", "unknown id 'gaps.titel'"),
        ("language = 'de'\n[gaps]\ncount = 'x'\n", "other words in braces"),
        ("language = 'de'\n[gaps]\ntop = '{top.__class__}'\n", "other words in braces"),
        ("language = 'de'\n[gaps]\ntop = '{'\n", "other words in braces"),
        ("language = \n", "is no TOML"),
    ],
)
def test_a_broken_catalogue_of_words_is_refused(tmp_path: Path, text: str, offence: str) -> None:
    path = tmp_path / "de.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=re.escape(offence)):
        texts(str(path))


def test_a_language_that_is_not_carried_is_told_with_the_way_out() -> None:
    with pytest.raises(UsageError, match=r"FILE\.toml"):
        texts("tlh")


# Formats


def test_the_longest_ending_that_fits_names_the_format() -> None:
    assert writer_of(Path("a.DOCX"), WRITERS).format == "docx"
    assert writer_of(Path("a.review.docx"), WRITERS).format == "review-docx"
    assert writer_of(Path("a.earl.ttl"), WRITERS).format == "earl"
    assert writer_of(Path("soa.xlsx"), SOA_WRITERS).format == "xlsx"


def test_an_ending_that_no_writer_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"\.review\.docx"):
        writer_of(Path("report.odt"), WRITERS)


def test_the_help_names_every_format_and_every_ending() -> None:
    command = cli.commands["report"]
    said = f"{command.help} {[getattr(one, 'help', '') for one in command.params]}"

    for writer in WRITERS.values():
        assert re.search(rf"(?<![\w.]){re.escape(writer.ending)}\b", said), writer.ending
        assert re.search(rf"\b{writer.format}\b", said), writer.format


def test_the_json_holds_the_registers() -> None:
    said = json.loads(content("json"))

    assert {"evidence", "risks", "nonconformities", "audits", "reviews", "mapping_rows"} <= set(
        said
    )
    assert said["data_sha256"] == order().report.data_sha256
    assert len(GapKind) == 19


def test_the_registers_know_nothing_of_what_came_later() -> None:
    edition = [order().report.sections[0].edition]

    before = build(dataset(), edition, as_of=date(2026, 10, 15))

    assert before.reviews == ()
    assert [one.held_on for one in before.audits] == ["2026-10-14"]
    assert all(one.closed_on == "" for one in before.nonconformities)
    assert all(one.collected_on <= "2026-10-15" for one in before.evidence)
