"""Citations in documents: all that are meant, nothing else, and what is wrong with them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crosswalk import catalogue
from crosswalk.cite import Citation, Row, cite, cite_document, from_bytes, read
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.inference import successors

if TYPE_CHECKING:
    from conftest import World

DAY = date(2026, 11, 20)
DOCUMENTS = sorted(
    path for path in (Path(__file__).parent / "data" / "cite").iterdir() if path.name != "README.md"
)
EDITIONS = {
    "42": "iso-42001-2023",
    "27": "iso-27001-2022",
    "13": "iso-27001-2013",
    "77": "iso-27701-2025",
    "7719": "iso-27701-2019",
    "9": "iso-9001-2015",
    "act": "eu-ai-act-2026",
    "g": "gdpr-2016",
    "n": "nist-ai-rmf-1.0",
    "6": "nist-ai-600-1",
    "s": "soc2-2017",
    "": "",
}
VERDICTS = {
    "": "ok",
    "no": "nonexistent",
    "old": "other-edition",
    "label": "label-contradicts",
    "amb": "ambiguous",
}
MARK = re.compile(r"⟦([^:⟧]*):([^!⟧]*)!?([^⟧]*)⟧")


@pytest.fixture(scope="module")
def shipped() -> Dataset:
    return open_dataset()


def _found(dataset: Dataset, text: str, file: str = "a.txt") -> list[Citation]:
    return cite_document(dataset, from_bytes(text.encode(), file), as_of=DAY)


def _told(dataset: Dataset, text: str, file: str = "a.txt") -> list[tuple[str, str, str]]:
    return [(one.edition, one.id, str(one.verdict)) for one in _found(dataset, text, file)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_read_with_all_its_citations_and_nothing_else(
    shipped: Dataset, path: Path
) -> None:
    marked = path.read_text(encoding="utf-8")
    expected = [
        (line, EDITIONS[mark[1]], one, VERDICTS[mark[3]])
        for line, text in enumerate(marked.splitlines(), 1)
        for mark in MARK.finditer(text)
        for one in mark[2].split(",")
    ]

    document = from_bytes(MARK.sub("", marked).encode(), path.name)
    found = cite_document(shipped, document, as_of=DAY)

    told = [(one.line, one.edition, one.id, str(one.verdict)) for one in found]
    assert sorted(told) == sorted(expected)


# What is suggested


@pytest.mark.parametrize(
    ("text", "verdict", "suggestion"),
    [
        ("ISO/IEC 27001:2022 A.9.4.1", "other-edition", "A.8.3"),
        ("ISO/IEC 27001:2013 A.5.15", "other-edition", "A.9.1.1, A.9.1.2"),
        ("ISO 27001 A.6.1 (Internal organization)", "other-edition", "A.5.2, A.5.3"),
        ("ISO 42001 clause 8.5", "nonexistent", "A.8.5, 8.4, 8.3"),
        ("ISO 42001 6.2.4", "nonexistent", "A.6.2.4, 6.2"),
        ("AI Act Article 120", "nonexistent", "article-113"),
        ("Title IV of the AI Act", "nonexistent", "chapter-IV"),
        ("SOC 2 CC6.9", "nonexistent", "CC6.8"),
        ("ISO 42001 6.1.2 (Risk Treatment)", "label-contradicts", "6.1.3"),
        ("ISO 42001 4.2 (External Issues)", "label-contradicts", "4.1"),
        ("A.6.1.2", "ambiguous", "iso-27001-2013:A.6.1.2, iso-42001-2023:A.6.1.2"),
    ],
)
def test_a_fault_comes_with_what_may_be_meant(
    shipped: Dataset, text: str, verdict: str, suggestion: str
) -> None:
    [one] = _found(shipped, text)

    assert str(one.verdict) == verdict
    assert one.suggestion.startswith(suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "ISO 42001 clause 9.2 (internal audits were late)",
        "ISO 42001 A.7.4 - data quality",
        "ISO 42001 clause 7.2: training records of three staff members are missing",
        "ISO 42001 A.6.2.6 (monitoring of AI systems in operation)",
        "ISO 27001 A.5.24 (incident management)",
        "AI Act Article 14 (oversight by people)",
        "GDPR Article 35 (DPIA)",
        "AI Act Article 9 (risk)",
        "AI Act Article 99 (fines)",
        "AI Act Article 14 (deployers)",
    ],
)
def test_a_paraphrase_or_a_remark_contradicts_no_title(shipped: Dataset, text: str) -> None:
    assert [str(one.verdict) for one in _found(shipped, text)] == ["ok"]


def test_a_group_of_an_older_edition_has_the_successors_of_its_controls(shipped: Dataset) -> None:
    found = successors(shipped, "iso-27001-2013", "A.12.6", "iso-27001-2022")

    assert found == ["A.8.8", "A.8.19"]


# Which framework and edition is meant


def test_an_id_belongs_to_the_framework_named_nearest_to_it(shipped: Dataset) -> None:
    text = "ISO 27001 asks for A.5.7, ISO 42001 for A.5.4; Art. 6 GDPR is not Art. 6 AI Act."

    assert [(edition, one) for edition, one, _ in _told(shipped, text)] == [
        ("iso-27001-2022", "A.5.7"),
        ("iso-42001-2023", "A.5.4"),
        ("gdpr-2016", "article-6"),
        ("eu-ai-act-2026", "article-6"),
    ]


def test_a_framework_that_is_not_carried_takes_its_articles_to_itself(shipped: Dataset) -> None:
    text = "The GDPR applies. Article 6 of Directive 95/46/EC and ISO 22301 clause 8.4 do not."

    assert _told(shipped, text) == []


def test_the_law_in_force_on_the_day_is_meant_where_no_year_is_named(shipped: Dataset) -> None:
    document = from_bytes(b"AI Act Article 4a", "a.txt")

    before = cite_document(shipped, document, as_of=date(2026, 1, 1))
    after = cite_document(shipped, document, as_of=DAY)

    assert [(one.edition, str(one.verdict)) for one in (*before, *after)] == [
        ("eu-ai-act-2024", "other-edition"),
        ("eu-ai-act-2026", "ok"),
    ]


def test_a_default_edition_is_meant_where_a_document_names_none(shipped: Dataset) -> None:
    edition = catalogue.edition(shipped, "iso-42001", as_of=DAY)
    document = from_bytes(b"Clause 6.1.2 and A.6.1.2 are met.", "a.txt")

    found = cite_document(shipped, document, as_of=DAY, default=edition)

    assert [(one.edition, one.id) for one in found] == [
        ("iso-42001-2023", "6.1.2"),
        ("iso-42001-2023", "A.6.1.2"),
    ]


def test_the_controls_of_an_organisation_are_cited_by_their_own_ids(
    new_world: Callable[[], World],
) -> None:
    world = new_world()
    world.edition("acme-2024", "AC-1\nAC-2")

    found = _told(world.open(), "By acme-2024 AC-1, AC-2 and acme-2024 AC-9. Ticket AB-1 is open.")

    assert found == [
        ("acme-2024", "AC-1", "ok"),
        ("acme-2024", "AC-2", "ok"),
        ("acme-2024", "AC-9", "nonexistent"),
    ]


def test_a_citation_broken_over_lines_has_the_line_of_its_number(shipped: Dataset) -> None:
    [one] = _found(shipped, "This follows ISO/IEC\n42001:2023, clause\n6.1.2 in full.")

    assert (one.line, one.id, one.text) == (3, "6.1.2", "clause 6.1.2")


# Formats


def test_a_workbook_is_read_by_sheet_and_column(shipped: Dataset, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Gap ISO 42001"
    for row in (["Gap analysis, v1.3"], ["Clause", "Title", "Score"], [4.1, "Context", 2.5]):
        sheet.append(row)
    sheet.append(["8.7", "Monitoring", 3.1])
    book.save(tmp_path / "gap.xlsx")

    found = cite(shipped, [tmp_path / "gap.xlsx"], as_of=DAY)

    assert [(one.line, one.id, str(one.verdict), one.place) for one in found] == [
        (3, "4.1", "ok", "Gap ISO 42001!A3"),
        (4, "8.7", "nonexistent", "Gap ISO 42001!A4"),
    ]


def test_a_number_of_a_workbook_is_read_as_it_is_shown(shipped: Dataset, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["ISO 27001:2022 control", "Title"], [5.1, "Acceptable use"]):
        sheet.append(row)
    sheet["A2"].number_format = "0.00"
    book.save(tmp_path / "soa.xlsx")

    [one] = cite(shipped, [tmp_path / "soa.xlsx"], as_of=DAY)

    assert (one.text, one.id) == ("5.10", "A.5.10")


def test_a_word_document_is_read_with_the_header_of_its_pages(
    shipped: Dataset, tmp_path: Path
) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("Logging follows A.8.15.")
    document.sections[0].header.paragraphs[0].text = "Rules under ISO 27001, clause 7.5"
    document.save(str(tmp_path / "manual.docx"))

    found = cite(shipped, [tmp_path / "manual.docx"], as_of=DAY)

    assert [(one.id, one.place) for one in found] == [("7.5", "header"), ("A.8.15", "")]


def test_a_word_document_is_read_with_its_tables(shipped: Dataset, tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("SoA for ISO/IEC 27001:2022", 0)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (*table.rows[0].cells, *table.rows[1].cells),
        ("Control", "Title", "A.8.8", "Secure coding"),
        strict=True,
    ):
        cell.text = text
    document.save(str(tmp_path / "soa.docx"))

    [one] = cite(shipped, [tmp_path / "soa.docx"], as_of=DAY)

    assert (one.id, str(one.verdict), one.suggestion) == ("A.8.8", "label-contradicts", "A.8.28")
    assert one.place == "table 1 row 2"


def _pdf(lines: list[str]) -> bytes:
    """Return a PDF of one page with these lines."""
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
    stream = f"BT /F1 11 Tf 60 780 Td {shown}ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    head = b"xref\n0 5\n0000000000 65535 f \n" + table
    return body + head + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def test_a_pdf_is_read_by_page(shipped: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(
        _pdf(["Audit against ISO/IEC 42001:2023.", "The finding is on clause", "8.5."])
    )

    [one] = cite(shipped, [path], as_of=DAY)

    assert (one.line, one.id, str(one.verdict), one.place) == (3, "8.5", "nonexistent", "page 1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_its_encoding(shipped: Dataset, encoding: str) -> None:
    document = from_bytes("Café: ISO 42001 clause 6.1.2".encode(encoding), "a.txt")

    assert [one.id for one in cite_document(shipped, document, as_of=DAY)] == ["6.1.2"]
    assert bool(document.remarks) == (encoding == "cp1252")


def test_the_rows_of_a_page_keep_their_headers_and_lines() -> None:
    page = b"<p>x</p>\n<table><tr><th>ISO 42001</th></tr>\n<tr><td>6.1.2</td></tr></table>"

    *_, row = from_bytes(page, "a.html").content

    assert isinstance(row, Row)
    assert (row.headers, row.cells[0].text, row.cells[0].line) == (("ISO 42001",), "6.1.2", 3)


@pytest.mark.parametrize(
    ("data", "file", "offence"),
    [
        (b"%PDF-1.4 broken", "a.pdf", "no PDF that can be read"),
        (b"PK\x03\x04", "a.docx", "broken"),
        (b"no package", "a.xlsx", "broken"),
        (b"\x00\x01\x02", "a.bin", "format that is not read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(
    data: bytes, file: str, offence: str
) -> None:
    with pytest.raises(DataError, match=offence) as caught:
        from_bytes(data, file)

    assert str(caught.value).startswith(f"{file}: ")


def test_a_package_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crosswalk.cite.documents.UNPACKED", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 5000)

    with pytest.raises(DataError, match="unpacks to"):
        from_bytes(packed.getvalue(), "a.docx")


def test_a_directory_or_a_file_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "policy.md").write_text("", encoding="utf-8")

    with pytest.raises(UsageError, match="Name the files"):
        read(tmp_path)
    with pytest.raises(UsageError, match=r"policy\.md"):
        read(tmp_path / "polcy.md")


@pytest.mark.parametrize(
    "piece",
    [
        "A.",
        "1.",
        "x",
        "(",
        "[",
        "<a",
        "a.",
        "BS EN ",
        "ISO/IEC ",
        "Article 9(",
        "(a)",
        "Very ",
        "- ",
    ],
)
def test_a_line_without_end_is_read_in_linear_time(shipped: Dataset, piece: str) -> None:
    text = (piece * 60_000)[:60_000]

    assert _told(shipped, text) == []
    assert _told(shipped, text, "a.html") == []


# How laws are cited


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (
            "Article 6(3), second subparagraph, points (a) and (b)",
            "6/par-3/sub-2/pt-a 6/par-3/sub-2/pt-b",
        ),
        ("Article 113, third paragraph, point (c)(i)", "113/par-3/pt-c/pt-i"),
        ("Article 3, point (14a)", "3/pt-14a"),
        ("points (a) to (c) of Article 9(2)", "9/par-2/pt-a 9/par-2/pt-b 9/par-2/pt-c"),
        ("paragraphs 2 and 3 of Article 13", "13/par-2 13/par-3"),
        ("Article 14(4)(f)", "14/par-4/pt-f"),
        ("Art. 9 Abs. 2 Buchst. a", "9/par-2/pt-a"),
        ("Art. 11 bis 13", "11 12 13"),
        ("Articles 11 à 12", "11 12"),
    ],
)
def test_the_parts_of_an_article_are_read_in_the_forms_of_lawyers(
    shipped: Dataset, text: str, ids: str
) -> None:
    told = _told(shipped, f"The AI Act is near. See {text} of the AI Act.")

    assert [one for _, one, _ in told] == [f"article-{one}" for one in ids.split()]


@pytest.mark.parametrize(
    ("text", "edition", "one"),
    [
        ("Anhang III Nr. 5 Buchst. b KI-VO", "eu-ai-act-2026", "annex-III/pt-5/pt-b"),
        ("Maßnahme 5.15 der ISO 27001", "iso-27001-2022", "A.5.15"),
        ("Abschnitt 6.1.2 der ISO 42001", "iso-42001-2023", "6.1.2"),
        ("l'article 35 du RGPD", "gdpr-2016", "article-35"),
        ("artículo 9 del Reglamento de IA", "eu-ai-act-2026", "article-9"),
    ],
)
def test_citations_are_read_in_german_french_and_spanish(
    shipped: Dataset, text: str, edition: str, one: str
) -> None:
    assert _told(shipped, text) == [(edition, one, "ok")]


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ('Regulation (EU) 2024/1689 (the "KIT") asks. Article 9 KIT is heavy.', "eu-ai-act-2026"),
        ("Regulation (EU) 2016/679 (“the Regulation”). Article 9 of the Regulation.", "gdpr-2016"),
        ("Directive (EU) 2022/2555 (the “Directive”). Article 9 of the Directive.", ""),
        ("GDPR (the DPIA is late). Article 9 of the AIA holds.", "eu-ai-act-2026"),
    ],
)
def test_a_document_may_give_a_framework_a_name_of_its_own(
    shipped: Dataset, text: str, edition: str
) -> None:
    assert [one.edition for one in _found(shipped, text)] == ([edition] if edition else [])


# Labels behind the framework's name, in a list, in brackets


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("We rely on it (ISO 27001:2022 A.8.9, web filtering of course not).", ""),
        ("We rely on it (ISO 27001:2022 A.8.9, information backup).", "A.8.13"),
        ("A register (A.4.2 ISO 42001, tooling resources) is kept.", "A.4.4"),
        ("See Art. 34 GDPR, prior consultation.", "article-36"),
        ("ISO 42001\n- A.7.2 data preparation\n", "A.7.6"),
        ("ISO 42001\n1. A.7.2 data are prepared by us\n", ""),
        ("NIST AI RMF: MAP 3.4 (processes for human oversight)", "MAP 3.5"),
        ("Article 69 of the AI Act (codes of conduct for voluntary application)", "article-95"),
        (
            "| Trust criterion | Control |\n|---|---|\n| CC6.5 | Physical access to our rooms |",
            "CC6.4",
        ),
        (
            "Note  (ISO 27001:2022 A.5.20, monitoring, review and change\n"
            "      management of supplier services).",
            "A.5.22",
        ),
    ],
)
def test_words_beside_an_id_contradict_it_only_if_they_are_the_title_of_another(
    shipped: Dataset, text: str, suggestion: str
) -> None:
    [one] = _found(shipped, text)

    assert one.suggestion == suggestion
    assert str(one.verdict) == ("label-contradicts" if suggestion else "ok")


def test_the_topic_of_a_row_for_several_frameworks_is_no_title(shipped: Dataset) -> None:
    text = (
        "| Topic | ISO 42001 | ISO 27001 |\n|---|---|---|\n| Means and resources | A.4.2 | A.5.9 |"
    )

    assert {verdict for _, _, verdict in _told(shipped, text)} == {"ok"}


# One framework among several


MINUTES = "Minutes\n\nISO 27001 and the GDPR came first.\n\nISO 42001 and the AI Act came next.\n\n"


@pytest.mark.parametrize("text", ["A.6.2 is open.", "Article 9 is done.", "We did clause 9.3."])
def test_an_id_of_several_frameworks_is_ambiguous_where_none_is_near(
    shipped: Dataset, text: str
) -> None:
    [one] = _found(shipped, f"{MINUTES}3. Misc\n\nNobody spoke first.\n\n4. Rest\n\n{text}")

    assert (one.edition, str(one.verdict)) == ("", "ambiguous")


def test_an_id_is_of_the_only_framework_that_has_it_or_that_was_named_before(
    shipped: Dataset,
) -> None:
    alone = f"{MINUTES}4. Rest\n\nA.8.30 is open."
    before = "This plan is for ISO 42001.\n\n2. Tasks\n\nA.6.2 is open.\n\n3. See ISO 27001."

    assert _told(shipped, alone) == [("iso-27001-2022", "A.8.30", "ok")]
    assert _told(shipped, before) == [("iso-42001-2023", "A.6.2", "ok")]


def test_a_row_without_its_framework_takes_none_from_a_full_column(shipped: Dataset) -> None:
    rows = ["ISO 27001,A.5.1", "ISO 42001,A.5.2", "GDPR,Art. 9", "AI Act,Art. 9", ",A.6.1"]
    text = "\n".join(["Framework,Reference", *rows])

    assert str(_found(shipped, text, "a.csv")[-1].verdict) == "ambiguous"


@pytest.mark.parametrize(
    "text",
    [
        "ISO 27001: A.8.15 (formerly A.12.4.1)",
        "ISO 27001: A.8.15 (2013: A.12.4.1)",
        "ISO 27001: A.8.15, was A.12.4.1 in the 2013 edition",
        "| 2013 control | ISO 27001:2022 |\n|---|---|\n| A.12.4.1 | A.8.15 |",
        "| Old control | ISO 27001:2022 |\n|---|---|\n| A.12.4.1 | A.8.15 |",
    ],
)
def test_an_id_that_is_called_former_is_of_the_older_edition(shipped: Dataset, text: str) -> None:
    assert sorted(_told(shipped, text)) == [
        ("iso-27001-2013", "A.12.4.1", "ok"),
        ("iso-27001-2022", "A.8.15", "ok"),
    ]


def test_a_number_alone_is_no_id_under_a_column_of_scores(shipped: Dataset) -> None:
    text = "ISO 27001 clause,Title,Score\n9.2,Internal audit,4.3\n10.1,Continual improvement,5.2"

    assert [one for _, one, _ in _told(shipped, text, "a.csv")] == ["9.2", "10.1"]


# The document's own numbers


@pytest.mark.parametrize(
    "text",
    [
        "ISO 42001 form\n\nA.1 Name: Pelican\n\nA.2 Owner: Ana\n\nA.3 Stage: pilot\n\nB.1 Text",
        "ISO 27001 notes\n\n4.1 Ana was late.\n\n4.2 Ben left.\n\n4.3 ISO 27001 is a thick book.",
        "ISO 42001 notes. See attachments A.5 and A.8, and the contract, clause 9.4.",
        "ISO 42001 notes. See prEN 18286, clauses 4 to 10, and ISO/IEC 42005 clause 5.",
        "ISO 42001 notes. Amend clauses 9.2, 12.1 and 14 of the supplier MSA.",
    ],
)
def test_numbers_of_the_document_or_of_another_are_no_citations(
    shipped: Dataset, text: str
) -> None:
    assert not _told(shipped, text)


def test_lines_that_begin_with_ids_and_their_titles_are_citations(shipped: Dataset) -> None:
    lines = ["A.2 Policies on AI", "A.3 Internal organization", "A.4 Resources for AI: none yet"]

    told = _told(shipped, "\n\n".join(["Status of ISO 42001, Annex by Annex", *lines]))

    assert [one for _, one, _ in told] == ["A.2", "A.3", "A.4"]


def test_the_frameworks_of_a_remark_yield_to_those_over_the_table(shipped: Dataset) -> None:
    text = "Ref,ISO 42001 control,Remark\nA.2.3,Alignment with other policies,see ISO 27001 A.5.1"

    assert [(edition, one) for edition, one, _ in _told(shipped, text, "a.csv")] == [
        ("iso-42001-2023", "A.2.3"),
        ("iso-27001-2022", "A.5.1"),
    ]


# Lists, functions, annexes and two frameworks at once


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ISO 42001\nOf AI alone: 6.1.2-6.1.4, 8.2", "6.1.2 6.1.3 6.1.4 8.2"),
        ("ISO 42001 clause 9.2 (9.2.1 and 9.2.2)", "9.2 9.2.1 9.2.2"),
        ("ISO 42001 clause 4.1 holds. The scope (4.3) is agreed.", "4.1 4.3"),
        ("In NIST AI 600-1 see confabulation (section 2.2).", "2.2"),
        ("NIST AI RMF\n* GOVERN - rules\n* MAP - context", "GOVERN MAP"),
        ("The functions of the NIST AI RMF are GOVERN, MAP and MEASURE.", "GOVERN MAP MEASURE"),
        ("ISO 42001 has 38 controls in Annex A.", "annex-A"),
        ("ISO 42001 clause\n9.2 is met", "9.2"),
        ("ISO 42001 scores of 6.2 and 7.4, see Annex A of this policy.", ""),
        ("The NIST AI RMF says: MAP the world.", ""),
        ("ISO 42001 cost us EUR 8.1k + 9.3k, see Annex A.", ""),
    ],
)
def test_lists_without_a_word_before_them_are_read_where_only_ids_can_stand(
    shipped: Dataset, text: str, ids: str
) -> None:
    assert [one for _, one, _ in _told(shipped, text)] == ids.split()


@pytest.mark.parametrize(
    "text",
    [
        "Clause 9.3 of ISO 42001 and ISO 27001 is met.",
        "Clause 9.3 of both ISO 42001 and ISO/IEC 27001 is met.",
        "We hold ISO 42001 and ISO 27001. Clause 9.3 of both standards is met.",
    ],
)
def test_an_id_of_two_frameworks_is_a_citation_of_each(shipped: Dataset, text: str) -> None:
    assert sorted(_told(shipped, text)) == [
        ("iso-27001-2022", "9.3", "ok"),
        ("iso-42001-2023", "9.3", "ok"),
    ]


def test_an_agenda_item_has_its_own_subject(shipped: Dataset) -> None:
    text = "1. ISO 42001 is on track.\n2. ISO 27001 is late.\n3. Rest: clause 7.2 is open.\n"

    assert [(one.id, str(one.verdict)) for one in _found(shipped, text)] == [("7.2", "ambiguous")]


def test_what_a_sentence_names_of_a_later_id_is_not_of_an_earlier_one(shipped: Dataset) -> None:
    text = "The AI Act is new. Article 26(9) refers back to Article 35 of the GDPR."

    assert [edition for edition, _, _ in _told(shipped, text)] == ["eu-ai-act-2026", "gdpr-2016"]
