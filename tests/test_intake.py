"""What is imported: every row accounted for, nothing by half, nothing from a hostile file."""

from __future__ import annotations

import csv
import io
import json
import random
import resource
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyoxigraph as ox
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from crosswalk.cli import main
from crosswalk.errors import DataError, UsageError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.intake import Account, Outcome, Reading, Source, kinds, opening
from crosswalk.intake.cells import Cells
from crosswalk.intake.columns import SHEETS, Kind
from crosswalk.intake.merge import merge
from crosswalk.intake.metadata import offers, preferred
from crosswalk.intake.sources import from_bytes, from_path
from crosswalk.intake.spreadsheets import as_csv_files, as_xlsx, as_zip, template
from crosswalk.intake.workbook import Grid, grids
from crosswalk.namespaces import compress, expand
from crosswalk.resources import examples_dir, ontology_dir

DAY = date(2026, 11, 20)
ORG = "https://w3id.org/aigov-crosswalk/org/acme/"
RISKS = "key,label,likelihood\nR-1,Too much,4\n"


@pytest.fixture(scope="module")
def catalogue() -> Dataset:
    """Return the editions, without mapping sets."""
    return open_dataset(sets=False)


@pytest.fixture(scope="module")
def corporation() -> set[ox.Triple]:
    """Return all that X Corporation says of itself."""
    files = sorted((examples_dir() / "x-corporation").glob("*.ttl"))
    return {quad.triple for file in files for quad in ox.parse(path=file)}


def source(name: str, data: bytes | str, organization: str = "acme", **options: str) -> Source:
    held = data.encode() if isinstance(data, str) else data
    return Source(name, held, organization, DAY, options)


def packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return held.getvalue()


def saved(book: openpyxl.Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def risks(fill: Callable[[Any], None], *, epoch: Any = WINDOWS_EPOCH) -> bytes:  # noqa: ANN401
    """Return a workbook with the sheet risks, which a function fills below its header."""
    book = openpyxl.Workbook()
    book.epoch = epoch
    sheet = book.active
    sheet.title = "risks"
    sheet.append(["key", "label", "likelihood", "identified_on"])
    fill(sheet)
    return saved(book)


def refusals(reading: Reading) -> list[tuple[str, str, str]]:
    return [(one.place, one.detail, one.remedy) for one in reading.refused()]


def said(reading: Reading) -> set[tuple[str, str, str]]:
    return {
        (
            one.subject.value.removeprefix(ORG),
            compress(one.predicate.value),
            getattr(one.object, "value", "").removeprefix(ORG),
        )
        for one in reading.triples
        if isinstance(one.subject, ox.NamedNode)
    }


# The workbook and the graph.


def test_the_graph_of_x_corporation_is_carried_by_the_workbook_and_read_back_the_same(
    catalogue: Dataset, corporation: set[ox.Triple]
) -> None:
    cells = Cells(catalogue, "x-corporation", as_of=DAY)

    grid, left = grids(corporation, cells)
    reading = kinds.read(
        source("x.xlsx", as_xlsx(grid, cells), "x-corporation"), "workbook", catalogue
    )

    assert left == []
    assert reading.refused() == []
    assert set(reading.triples) == corporation


def test_a_workbook_is_the_same_after_a_way_through_the_graph(
    catalogue: Dataset, corporation: set[ox.Triple]
) -> None:
    cells = Cells(catalogue, "x-corporation", as_of=DAY)
    grid, _ = grids(corporation, cells)
    workbook = as_xlsx(grid, cells)

    read = kinds.read(source("x.xlsx", workbook, "x-corporation"), "workbook", catalogue)
    again, left = grids(read.triples, cells)

    assert left == []
    assert as_xlsx(again, cells) == workbook


def test_a_zip_of_csv_files_says_the_same_as_the_workbook(
    catalogue: Dataset, corporation: set[ox.Triple]
) -> None:
    grid, _ = grids(corporation, Cells(catalogue, "x-corporation", as_of=DAY))

    reading = kinds.read(
        source("x.zip", as_zip(as_csv_files(grid)), "x-corporation"), "workbook", catalogue
    )

    assert set(reading.triples) == corporation


def test_a_folder_of_csv_files_is_a_source(catalogue: Dataset, tmp_path: Path) -> None:
    (tmp_path / "risks.csv").write_text(RISKS, encoding="utf-8")

    reading = kinds.read(from_path(tmp_path, "acme", as_of=DAY), "workbook", catalogue)

    assert ("risk/r-1", "cw:likelihood", "4") in said(reading)


def test_what_no_cell_can_say_is_named(catalogue: Dataset) -> None:
    risk = ox.NamedNode(f"{ORG}risk/r-1")
    label = ox.NamedNode(expand("rdfs:label"))
    carried = [
        ox.Triple(risk, ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("cw:Risk"))),
        ox.Triple(risk, label, ox.Literal("Too much", language="en")),
    ]
    beyond = [
        ox.Triple(risk, label, ox.Literal("Zu viel", language="de")),
        ox.Triple(risk, ox.NamedNode("urn:x:other"), ox.Literal("x")),
        ox.Triple(
            risk,
            ox.NamedNode(expand("cw:likelihood")),
            ox.Literal("4.0", datatype=ox.NamedNode(expand("xsd:decimal"))),
        ),
    ]

    grid, left = grids([*carried, *beyond], Cells(catalogue, "acme", as_of=DAY))

    assert set(left) == set(beyond)
    assert grid["risks"][1][:2] == ["r-1", "Too much"]


@pytest.mark.parametrize(
    "text", ["0.10", "7", "-3.5", "100000000000000001", "0.1234567890123456789", "+1", "00.5"]
)
def test_a_number_keeps_how_it_was_written(catalogue: Dataset, text: str) -> None:
    cells = Cells(catalogue, "acme", as_of=DAY)
    value = ox.Literal(text, datatype=ox.NamedNode(expand("xsd:decimal")))
    objective = ox.NamedNode(f"{ORG}objective/accuracy")
    held = {
        ox.Triple(
            objective, ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("cw:Objective"))
        ),
        ox.Triple(objective, ox.NamedNode(expand("rdfs:label")), ox.Literal("A", language="en")),
        ox.Triple(objective, ox.NamedNode(expand("cw:target")), value),
    }

    grid, _ = grids(held, cells)

    for name, data in (("o.xlsx", as_xlsx(grid, cells)), ("o.zip", as_zip(as_csv_files(grid)))):
        assert set(kinds.read(source(name, data), "workbook", catalogue).triples) == held


def test_texts_of_any_signs_come_back_from_both_kinds_of_file(catalogue: Dataset) -> None:
    signs = ["=", "+", "-", "@", "'", '"', ",", ";", "\n", "<", "&", "é", "日", "_x", " ", "x", "1"]
    chance = random.Random(7)  # noqa: S311
    cells = Cells(catalogue, "acme", as_of=DAY)
    held = set()
    for n in range(150):
        text = "".join(chance.choices(signs, k=chance.randint(1, 6)))
        risk = ox.NamedNode(f"{ORG}risk/r-{n}")
        label = ox.Literal(text, language="en")
        held.add(ox.Triple(risk, ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("cw:Risk"))))
        held.add(ox.Triple(risk, ox.NamedNode(expand("rdfs:label")), label))

    grid, left = grids(held, cells)
    wanted = {one for one in held if not any(gone.subject == one.subject for gone in left)}

    assert len(wanted) > len(held) / 3
    for name, data in (("o.xlsx", as_xlsx(grid, cells)), ("o.zip", as_zip(as_csv_files(grid)))):
        reading = kinds.read(source(name, data), "workbook", catalogue)
        assert reading.refused() == []
        assert set(reading.triples) == wanted


def test_each_property_of_the_table_is_a_term_that_we_carry() -> None:
    known = {
        *("rdfs:label", "rdf:type", "dcterms:description", "org:postIn"),
        *("earl:subject", "earl:test"),
    }
    terms = {
        compress(quad.subject.value)
        for quad in ox.parse(path=ontology_dir() / "crosswalk.ttl")
        if isinstance(quad.subject, ox.NamedNode)
    }

    used = {column.property.removeprefix("^") for table in SHEETS for column in table.columns}

    assert used - known <= terms


def test_each_list_of_terms_has_terms(catalogue: Dataset) -> None:
    cells = Cells(catalogue, "acme", as_of=DAY)

    empty = [
        (table.name, column.name)
        for table in SHEETS
        for column in table.columns
        if column.kind is Kind.TERM and not cells.terms(column.of)
    ]

    assert empty == []


# The template.


@pytest.fixture(scope="module")
def filled(catalogue: Dataset) -> openpyxl.Workbook:
    """Return the template, opened as a spreadsheet program opens it."""
    cells = Cells(catalogue, "acme", as_of=DAY)
    return openpyxl.load_workbook(io.BytesIO(as_xlsx(template(cells), cells)))


def test_the_template_says_nothing(catalogue: Dataset) -> None:
    cells = Cells(catalogue, "acme", as_of=DAY)
    data = as_xlsx(template(cells), cells)

    reading = kinds.read(source("evidence.xlsx", data), "workbook", catalogue)

    assert reading.triples == ()
    assert {one.outcome for one in reading.lines} == {Outcome.PASSED_OVER}
    assert sum(one.detail == "an example" for one in reading.lines) == len(SHEETS)


def test_the_example_rows_of_the_template_can_be_imported_once_they_are_no_examples(
    catalogue: Dataset,
) -> None:
    grid = template(Cells(catalogue, "acme", as_of=DAY))
    real: Grid = {
        name: [header, [row[0].removeprefix("(example) "), *row[1:]]]
        for name, (header, row) in grid.items()
    }

    reading = kinds.read(source("evidence.zip", as_zip(as_csv_files(real))), "workbook", catalogue)

    assert refusals(reading) == []
    assert sum(one.outcome is Outcome.MAPPED for one in reading.lines) == len(SHEETS)


def test_each_column_of_the_template_has_a_comment(filled: openpyxl.Workbook) -> None:
    bare = [
        f"{table.name}!{cell.coordinate}"
        for table in SHEETS
        for cell in filled[table.name][1]
        if cell.comment is None
    ]

    assert bare == []


def test_drop_downs_offer_the_terms_and_the_provisions_of_the_catalogue(
    filled: openpyxl.Workbook,
) -> None:
    offered = {one.formula1 for one in filled["implementations"].data_validations.dataValidation}

    assert '"implemented,in-progress,planned,retired"' in offered
    assert "people!$A$2:$A$2000" in offered
    assert filled["lists"].sheet_state == "hidden"
    assert "iso-42001-2023:A.6.2.4" in {
        cell.value for row in filled["lists"].iter_rows() for cell in row
    }


# Rows that cannot be taken.


@pytest.mark.parametrize(
    ("sheet", "text", "place", "offence", "remedy"),
    [
        ("risks", "key,label,likelihood\nR-1,x,high\n", "line 2, column C", "whole", "digits"),
        ("risks", "key,label,level\nR-1,x,hihg\n", "line 2, column C", "none of", "'high'"),
        ("risks", "key,label\nR-1,\n", "line 2", "label is missing", "For example"),
        ("risks", "key,label\n,x\n", "line 2", "key is missing", "Give"),
        ("risks", "key,label\nR-1,x\nr 1,y\n", "line 3", "same as line 2", "own"),
        ("risks", "key,label,identified_on\nR,x,03/08/2026\n", "line 2, column C", "day", "YYYY"),
        ("risks", "label\nx\n", "line 1", "no column 'key'", "first row"),
        ("risks", "key,label,label\nR,x,y\n", "line 1, column C", "twice", "Keep one"),
        (
            "implementations",
            "key,label,implements\na,x,iso-42001-2023:A.6.2.44\n",
            "line 2, column C",
            "no provision",
            "A.6.2.4",
        ),
        (
            "implementations",
            "key,label,implements\na,x,A.5.1\n",
            "line 2, column C",
            "stands in",
            "Name the edition",
        ),
        (
            "risks",
            "key,label,owner\nR,x,<https://w3id.org/aigov-crosswalk/org/other/person/a>\n",
            "line 2, column C",
            "not the organisation's",
            "Name only",
        ),
        ("objectives", 'key,label,target\no,x,"0,85"\n', "line 2, column C", "number", "0.85"),
        ("soa", "key,label,edition\n1,x,iso-42002\n", "line 2, column C", "edition", "iso-42001"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_with_its_place_and_the_way_out(
    catalogue: Dataset, sheet: str, text: str, place: str, offence: str, remedy: str
) -> None:
    reading = kinds.read(source(f"{sheet}.csv", text), "workbook", catalogue)

    assert [one[0] for one in refusals(reading)] == [place]
    assert offence in refusals(reading)[0][1]
    assert remedy in refusals(reading)[0][2]


def test_every_row_is_in_the_report_once(catalogue: Dataset) -> None:
    text = "key,label,colour,likelihood\nR-1,x,red,1\n(example) R,x,,\nR-2,y,,x\n"

    reading = kinds.read(source("risks.csv", text), "workbook", catalogue)

    assert [(one.place, str(one.outcome)) for one in reading.lines] == [
        ("line 1, column C", "passed-over"),
        ("line 2, column C", "passed-over"),
        ("line 3", "passed-over"),
        ("line 4, column D", "refused"),
        ("line 2", "mapped"),
    ]


def test_a_sheet_that_is_none_of_ours_is_told_with_the_nearest(catalogue: Dataset) -> None:
    reading = kinds.read(source("risk.csv", RISKS), "workbook", catalogue)

    assert [(one.place, str(one.outcome)) for one in reading.lines] == [("risk", "passed-over")]
    assert "'risks'" in reading.lines[0].detail


def test_citations_without_an_edition_are_read_in_the_one_that_is_given(
    catalogue: Dataset,
) -> None:
    text = "key,label,implements\na,x,A.6.2.4\n"

    reading = kinds.read(
        source("implementations.csv", text, edition="iso-42001"), "workbook", catalogue
    )

    iri = "https://w3id.org/aigov-crosswalk/id/iso-42001-2023/A.6.2.4"
    assert ("implementation/a", "cw:implements", iri) in said(reading)


def test_nothing_is_made_up_for_an_empty_cell(catalogue: Dataset) -> None:
    reading = kinds.read(source("risks.csv", "key,label\nR-1,x\n"), "workbook", catalogue)

    assert {predicate for _, predicate, _ in said(reading)} == {"rdf:type", "rdfs:label"}


def test_what_a_row_names_and_the_workbook_has_not_is_told(catalogue: Dataset) -> None:
    text = "key,label,owner\nR-1,x,ann\n"

    reading = kinds.read(source("risks.csv", text), "workbook", catalogue)

    assert reading.lines[0].detail == "names what is not in this workbook: person/ann"


def test_the_same_source_gives_the_same_triples_in_any_order_of_its_rows(
    catalogue: Dataset,
) -> None:
    rows = [f"R-{n},risk {n}" for n in range(20)]
    shuffled = random.Random(1).sample(rows, len(rows))  # noqa: S311

    one, other = (
        kinds.read(source("risks.csv", "\n".join(["key,label", *held])), "workbook", catalogue)
        for held in (rows, shuffled)
    )

    assert one.triples == other.triples


# Cells of spreadsheets.


def cells_of(data: bytes) -> dict[str, opening.Cell]:
    return {
        cell.place: cell
        for sheet in opening.sheets_of(source("a.xlsx", data))
        for row in sheet.rows
        for cell in row.cells.values()
    }


@pytest.mark.parametrize(
    ("epoch", "day"), [(WINDOWS_EPOCH, "2026-08-28"), (MAC_EPOCH, "2030-08-29")]
)
def test_a_number_of_days_is_counted_from_the_epoch_of_its_workbook(
    catalogue: Dataset, epoch: object, day: str
) -> None:
    data = risks(lambda sheet: sheet.append(["R-1", "x", 4, 46262]), epoch=epoch)

    reading = kinds.read(source("r.xlsx", data), "workbook", catalogue)

    assert ("risk/r-1", "cw:identifiedOn", day) in said(reading)
    assert f"46262 days since {(day == '2026-08-28' and 1900) or 1904} is {day}" in next(
        one.detail for one in reading.lines if one.subject
    )


@pytest.mark.parametrize("epoch", [WINDOWS_EPOCH, MAC_EPOCH])
def test_a_cell_that_shows_a_day_is_that_day_in_either_system(epoch: object) -> None:
    data = risks(lambda sheet: sheet.append(["R", "x", 4, date(2026, 8, 3)]), epoch=epoch)

    assert cells_of(data)["risks!D2"].text == "2026-08-03"


def test_the_29th_of_february_1900_is_refused(catalogue: Dataset) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401
        sheet.append(["R-1", "x", 4, 60])
        sheet["D2"].number_format = "yyyy-mm-dd"

    reading = kinds.read(source("r.xlsx", risks(fill)), "workbook", catalogue)

    assert refusals(reading)[0][0] == "risks!D2"


def test_a_formula_counts_with_the_value_it_was_saved_with_and_is_told(
    catalogue: Dataset,
) -> None:
    plain = risks(lambda sheet: sheet.append(["R-1", "x", 4]))
    with zipfile.ZipFile(io.BytesIO(plain)) as held:
        files = {name: held.read(name) for name in held.namelist()}
    part = "xl/worksheets/sheet1.xml"
    files[part] = files[part].replace(b"<v>4</v>", b"<f>2+2</f><v>4</v>")

    reading = kinds.read(source("r.xlsx", packed(files)), "workbook", catalogue)

    assert ("risk/r-1", "cw:likelihood", "4") in said(reading)
    assert "likelihood: the value of a formula" in reading.lines[0].detail


def test_a_formula_that_was_never_computed_is_refused(catalogue: Dataset) -> None:
    data = risks(lambda sheet: sheet.append(["R-1", "x", "=2+2"]))

    reading = kinds.read(source("r.xlsx", data), "workbook", catalogue)

    assert [one[0] for one in refusals(reading)] == ["risks!C2"]
    assert "never computed" in refusals(reading)[0][1]


def test_merged_cells_are_refused_with_their_place(catalogue: Dataset) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401
        sheet.append(["R-1", "x", 4])
        sheet.merge_cells("A2:A3")

    reading = kinds.read(source("r.xlsx", risks(fill)), "workbook", catalogue)

    assert refusals(reading)[0][0] == "risks!A2:A3"
    assert "Unmerge" in refusals(reading)[0][2]


def test_hidden_sheets_rows_and_columns_are_read_and_told(catalogue: Dataset) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401
        sheet.append(["R-1", "x", 4])
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["C"].hidden = True
        sheet.parent.create_sheet("other")
        sheet.sheet_state = "hidden"

    reading = kinds.read(source("r.xlsx", risks(fill)), "workbook", catalogue)

    assert ("risk/r-1", "cw:likelihood", "4") in said(reading)
    assert next(one.detail for one in reading.lines if one.subject) == (
        "risks is a hidden sheet; a hidden row; likelihood: hidden column"
    )


def test_a_clause_that_a_sheet_shows_as_5_10_is_not_5_1() -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401
        sheet.append(["R-1", 5.1, 0.812345678901])
        sheet["B2"].number_format = "0.00"

    found = cells_of(risks(fill))

    assert found["risks!B2"].text == "5.10"
    assert found["risks!C2"].text == "0.812345678901"


def test_a_cell_with_an_error_is_refused(catalogue: Dataset) -> None:
    def fill(sheet: Any) -> None:  # noqa: ANN401
        sheet.append(["R-1", "x", 4])
        sheet["C2"].value = "#REF!"

    reading = kinds.read(source("r.xlsx", risks(fill)), "workbook", catalogue)

    assert "#REF!" in refusals(reading)[0][1]


# Hostile files.


def test_a_text_that_begins_like_a_formula_is_a_text_in_what_we_write(
    catalogue: Dataset,
) -> None:
    cells = Cells(catalogue, "acme", as_of=DAY)
    hostile = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)"]
    header = next(t for t in SHEETS if t.name == "risks")
    grid: Grid = {
        "risks": [
            ["key", *(c.name for c in header.columns)],
            *(
                [f"r-{n}", text, *[""] * (len(header.columns) - 1)]
                for n, text in enumerate(hostile)
            ),
        ]
    }

    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(grid, cells)))
    rows = list(csv.reader(io.StringIO(as_csv_files(grid)["risks.csv"].decode(), newline="")))

    assert [book["risks"].cell(n, 2).data_type for n in range(2, 6)] == ["s"] * 4
    assert [book["risks"].cell(n, 2).value for n in range(2, 6)] == hostile
    assert [row[1] for row in rows[1:]] == [f"'{text}" for text in hostile]


def deflated(size: int) -> bytes:
    return packed({"risks.csv": b"0" * size})


def billion_laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines)


XXE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a0 "x">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><a>&a9;</a>"
)


@pytest.mark.parametrize(
    ("opened", "name", "data", "offence"),
    [
        pytest.param(opening.members_of, "a.zip", deflated(200 << 20), "unpacks to", id="bomb"),
        pytest.param(opening.members_of, "a.zip", packed({"../a": b""}), "leads out", id="up"),
        pytest.param(opening.members_of, "a.zip", packed({"/a": b""}), "leads out", id="root"),
        pytest.param(opening.members_of, "a.zip", packed({"C:/a": b""}), "leads out", id="drive"),
        pytest.param(
            opening.members_of,
            "a.zip",
            packed({"b.zip": packed({"a": b""})}),
            "packed within",
            id="nested",
        ),
        pytest.param(
            opening.members_of,
            "a.zip",
            packed({f"{n}": b"" for n in range(5_001)}),
            "more than 5000 files",
            id="many files",
        ),
        pytest.param(opening.members_of, "a.zip", deflated(9)[:-9], "broken", id="cut off"),
        pytest.param(opening.xml_of, "a.xml", XXE, "document type", id="xxe"),
        pytest.param(opening.xml_of, "a.xml", LAUGHS, "document type", id="laughs"),
        pytest.param(opening.xml_of, "a.xml", "<a>" * 200, "nested", id="deep xml"),
        pytest.param(opening.yaml_of, "a.yml", billion_laughs(), "references", id="yaml laughs"),
        pytest.param(opening.yaml_of, "a.yml", "a: &a [*a]", "itself", id="yaml circle"),
        pytest.param(opening.yaml_of, "a.yml", "[" * 5_000, "nested", id="deep yaml"),
        pytest.param(opening.yaml_of, "a.yml", "a: 1\na: 2", "twice", id="yaml twice"),
        pytest.param(
            opening.yaml_of, "a.yml", "!!python/object/apply:os.system [x]", "tag", id="yaml code"
        ),
        pytest.param(opening.json_of, "a.json", "[" * 200_000, "nested", id="deep json"),
        pytest.param(opening.json_of, "a.json", '{"a": 1, "a": 2}', "twice", id="json twice"),
        pytest.param(opening.json_of, "a.json", "[NaN]", "NaN", id="json NaN"),
        pytest.param(opening.json_of, "a.json", '["\\ud800"]', "surrogate", id="half a sign"),
        pytest.param(opening.json_of, "a.json", "9" * 10_000, "digits", id="huge number"),
        pytest.param(opening.text_of, "a.csv", "Größe".encode("latin-1"), "UTF-8", id="latin-1"),
        pytest.param(opening.text_of, "a.csv", "a".encode("utf-16-le"), "NUL", id="no mark"),
    ],
)
def test_a_hostile_file_is_refused(
    opened: Callable[[Source], object], name: str, data: bytes | str, offence: str
) -> None:
    with pytest.raises(DataError, match=offence) as error:
        opened(source(name, data))

    assert error.value.place is not None
    assert error.value.place.startswith(name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_text_is_read_in_the_encodings_that_say_what_they_are(encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""

    assert opening.text_of(source("a.csv", mark + "Größe".encode(encoding))) == "Größe"


def _with_part(name: str, data: bytes) -> bytes:
    plain = risks(lambda sheet: sheet.append(["R-1", "x", 4]))
    with zipfile.ZipFile(io.BytesIO(plain)) as held:
        files = {one: held.read(one) for one in held.namelist()}
    return packed({**files, name: data})


@pytest.mark.parametrize(
    ("name", "data", "offence"),
    [
        pytest.param("a.xlsm", _with_part("x.txt", b""), "macros", id="xlsm"),
        pytest.param("a.xlsx", _with_part("xl/vbaProject.bin", b"x"), "macros", id="vba"),
        pytest.param("a.xlsx", _with_part("xl/macrosheets/s.xml", b"<x/>"), "macros", id="xlm"),
        pytest.param(
            "a.xlsx", _with_part("xl/x.xml", XXE.encode()), "document type", id="xxe in a part"
        ),
        pytest.param(
            "a.xlsx", _with_part("xl/x.xml", XXE.encode("utf-16")), "UTF-8", id="xxe in UTF-16"
        ),
        pytest.param("a.xlsx", _with_part("xl/x", b"0" * (200 << 20)), "unpacks", id="bomb"),
        pytest.param("a.xlsx", _with_part("../../x", b""), "leads out", id="traversal"),
        pytest.param("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old XLS", id="xls"),
        pytest.param("a.xlsx", _with_part("xl/workbook.xml", b"<x"), "no XLSX", id="broken"),
    ],
)
def test_a_hostile_workbook_is_one_refused_line(
    catalogue: Dataset, name: str, data: bytes, offence: str
) -> None:
    reading = kinds.read(source(name, data), "workbook", catalogue)

    assert len(reading.lines) == 1
    assert offence in refusals(reading)[0][1]
    assert refusals(reading)[0][2]
    assert reading.triples == ()


def test_a_sheet_of_a_million_rows_is_refused_without_being_held(catalogue: Dataset) -> None:
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>R-%d</t></is></c></row>' % (n, n, n)
        for n in range(1, 1_000_001)
    )
    plain = risks(lambda _: None)
    with zipfile.ZipFile(io.BytesIO(plain)) as held:
        files = {one: held.read(one) for one in held.namelist()}
    files["xl/worksheets/sheet1.xml"] = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + rows
        + b"</sheetData></worksheet>"
    )
    held_file = io.BytesIO()
    with zipfile.ZipFile(held_file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, part in files.items():
            target.writestr(name, part)
    data = held_file.getvalue()
    del rows, files
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    reading = kinds.read(source("a.xlsx", data), "workbook", catalogue)

    assert [one[1][:25] for one in refusals(reading)] == ["has more than 100000 rows"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


# RDF.


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("turtle", f"<{ORG}risk/r-1> <urn:p> 01 ."),
        ("nquads", f'<{ORG}risk/r-1> <urn:p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .'),
        (
            "jsonld",
            json.dumps(
                {
                    "@id": f"{ORG}risk/r-1",
                    "urn:p": {
                        "@value": "01",
                        "@type": "http://www.w3.org/2001/XMLSchema#integer",
                    },
                }
            ),
        ),
    ],
)
def test_rdf_is_imported_with_literals_as_they_were_written(kind: str, text: str) -> None:
    reading = kinds.read(source("a", text), kind, Dataset())

    assert [str(one.object).split("^^")[0] for one in reading.triples] == ['"01"']
    assert [one.subject for one in reading.lines] == [f"{ORG}risk/r-1"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("turtle", "<https://w3id.org/aigov-crosswalk/org/other/risk/r> <urn:p> 1 ."),
        ("turtle", "<https://w3id.org/aigov-crosswalk/id/gdpr-2016/article-1> <urn:p> 1 ."),
        ("nquads", "<urn:a> <urn:p> <urn:o> <https://w3id.org/aigov-crosswalk/meta> ."),
        ("jsonld", '{"@context": "https://evil.example/c.jsonld", "@id": "urn:a"}'),
    ],
)
def test_rdf_of_what_is_not_the_organisations_is_refused(kind: str, text: str) -> None:
    reading = kinds.read(source("a", text), kind, Dataset())

    assert len(reading.refused()) == 1
    assert reading.triples == ()


def test_blank_nodes_get_the_same_address_each_time() -> None:
    text = f"<{ORG}risk/r-1> <urn:p> [ <urn:q> 1 ] , [ <urn:q> 2 ] ."

    one, other = (kinds.read(source("a.ttl", text), "turtle", Dataset()) for _ in range(2))

    assert one.triples == other.triples
    assert all(isinstance(triple.subject, ox.NamedNode) for triple in one.triples)


# Folders.


def reading_of(text: str, catalogue: Dataset) -> Reading:
    return kinds.read(source("risks.csv", text), "workbook", catalogue)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_source_again_changes_nothing(catalogue: Dataset, tmp_path: Path) -> None:
    first = merge(tmp_path, reading_of(RISKS, catalogue))
    before = tree(tmp_path)

    again = merge(tmp_path, reading_of(RISKS, catalogue))

    assert (first.written, again.written) == (True, False)
    assert again.changes == ()
    assert tree(tmp_path) == before
    assert sorted(before) == [
        "risks.csv.ttl",
        f"sources/risks.csv.{source('risks.csv', RISKS).sha256}",
    ]


def test_an_amended_source_changes_what_it_says_and_tells_what(
    catalogue: Dataset, tmp_path: Path
) -> None:
    merge(tmp_path, reading_of(RISKS + "R-2,Gone,1\n", catalogue))

    done = merge(tmp_path, reading_of(RISKS.replace("4", "5"), catalogue))

    likelihood = f"<{expand('cw:likelihood')}>"
    integer = f"^^<{expand('xsd:integer')}>"
    assert [
        (one.subject.removeprefix(ORG), len(one.added), len(one.removed)) for one in done.changes
    ] == [
        ("risk/r-1", 1, 1),
        ("risk/r-2", 0, 3),
    ]
    assert done.changes[0].added == (f'{likelihood} "5"{integer}',)
    assert len(list((tmp_path / "sources").iterdir())) == 2


def test_what_is_only_tried_writes_nothing(catalogue: Dataset, tmp_path: Path) -> None:
    done = merge(tmp_path / "acme", reading_of(RISKS, catalogue), dry_run=True)

    assert [len(one.added) for one in done.changes] == [3]
    assert not (tmp_path / "acme").exists()


def test_a_reading_with_a_refused_row_is_not_merged(catalogue: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="refused"):
        merge(tmp_path / "acme", reading_of("key,label\nR-1,\n", catalogue))

    assert not (tmp_path / "acme").exists()


def test_a_source_takes_no_file_that_is_not_its_own(catalogue: Dataset, tmp_path: Path) -> None:
    (tmp_path / "risks.csv.ttl").write_text("# ours\n", encoding="utf-8")

    with pytest.raises(UsageError, match="not what was imported"):
        merge(tmp_path, reading_of(RISKS, catalogue))

    assert (tmp_path / "risks.csv.ttl").read_text(encoding="utf-8") == "# ours\n"


def test_what_was_imported_can_be_asked_and_its_sources_are_no_evidence(
    catalogue: Dataset, tmp_path: Path
) -> None:
    text = f"<{ORG}risk/r-1> <urn:p> 1 ."
    merge(tmp_path, kinds.read(source("a.ttl", text), "turtle", catalogue))
    amended = f"<{ORG}risk/r-1> <urn:p> 2 ."
    merge(tmp_path, kinds.read(source("a.ttl", amended), "turtle", catalogue))

    dataset = open_dataset([str(tmp_path)], shipped=False)

    values = [row["o"] for row in dataset.select("SELECT ?o WHERE { GRAPH ?g { ?s <urn:p> ?o } }")]
    assert values == ["2"]


@pytest.mark.parametrize("name", ["", "..", "a\nb", "x" * 200, "---"])
def test_a_name_that_cannot_name_a_file_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name of a source"):
        from_bytes(name, b"", "acme", as_of=DAY)


def test_folders_before_a_name_are_dropped() -> None:
    assert from_bytes("../../etc/risks.csv", b"", "acme", as_of=DAY).name == "risks.csv"


# Dates of files.


def test_a_document_offers_the_days_of_its_properties_and_the_file_system(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.core_properties.created = _moment("2026-05-01")
    document.core_properties.modified = _moment("2026-06-02")
    document.save(str(tmp_path / "a.docx"))

    found = offers(from_path(tmp_path / "a.docx", "acme", as_of=DAY), changed=0.0)

    assert [(one.what, one.day.isoformat(), one.said_by) for one in found] == [
        ("modified", "2026-06-02", "DOCX"),
        ("created", "2026-05-01", "DOCX"),
        ("modified", "1970-01-01", "file system"),
    ]
    best = preferred(found)
    assert best is not None
    assert best.day == date(2026, 6, 2)


def test_a_pdf_offers_the_days_of_its_properties() -> None:
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/CreationDate": "D:20260501120000Z", "/ModDate": "D:20260602120000Z"})
    held = io.BytesIO()
    writer.write(held)

    found = offers(source("a.pdf", held.getvalue()))

    assert [(one.what, one.day.isoformat()) for one in found] == [
        ("modified", "2026-06-02"),
        ("created", "2026-05-01"),
    ]


def test_a_broken_document_offers_no_day_of_its_own() -> None:
    assert offers(source("a.pdf", b"%PDF-1.7 no")) == []
    assert offers(source("a.docx", packed({"docProps/core.xml": XXE.encode()}))) == []


def _moment(day: str) -> Any:  # noqa: ANN401
    from datetime import datetime

    return datetime.fromisoformat(day)


def test_an_account_and_a_sheet_agree_on_what_is_refused() -> None:
    data = risks(lambda sheet: sheet.append(["R-1", "x", "=1"]))
    held = source("r.xlsx", data)
    account = Account(held, "workbook")

    rows = [row for sheet in opening.sheets_of(held) for row in opening.rows_of(account, sheet)]

    assert [row.number for row in rows] == [1]
    assert [one.place for one in account.reading().refused()] == ["risks!C2"]


# The command.


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_command_imports_once_and_then_changes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "risks.csv").write_text(RISKS, encoding="utf-8")
    folder = tmp_path / "acme"
    asked = ["import", str(tmp_path / "risks.csv"), "--as", "workbook", "--org", "acme"]
    asked += ["--data", str(folder), "--format", "json", "--accept-findings"]

    tried = run(capsys, *asked, "--dry-run")
    there = folder.exists()
    first, again = (run(capsys, *asked) for _ in range(2))

    assert (tried[0], first[0], again[0]) == (0, 0, 0)
    assert not there
    assert tried[1] == first[1]
    assert "nothing changed" in again[2]
    told = [row for row in json.loads(first[1]) if row["outcome"] != "finding"]
    assert [(row["place"], row["added"]) for row in told] == [("line 2", 3)]
    assert [row["added"] for row in json.loads(again[1])] == [0]
    assert list(json.loads(first[1])[0]) == [
        *("place", "outcome", "subject", "added", "removed", "detail", "remedy", "changes")
    ]


def test_a_violation_that_was_not_there_before_refuses_the_import_unless_it_is_accepted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "risks.csv").write_text(RISKS, encoding="utf-8")
    folder = tmp_path / "acme"
    asked = ["import", str(tmp_path / "risks.csv"), "--as", "workbook", "--org", "acme"]
    asked += ["--data", str(folder), "--format", "json"]

    code, out, err = run(capsys, *asked)
    there = folder.exists()
    accepted, told, _ = run(capsys, *asked, "--accept-findings")
    (tmp_path / "risks.csv").write_text(RISKS.replace("Too much", "Far too much"), encoding="utf-8")
    amended, further, _ = run(capsys, *asked)

    refused = [row for row in json.loads(out) if row["outcome"] == "refused"]
    assert (code, there, accepted) == (3, False, 0)
    assert "nothing was imported" in err
    assert {row["subject"] for row in refused} == {"org-data:acme/risk/r-1"}
    assert all(row["detail"].startswith("Violation: ") for row in refused)
    assert "--accept-findings" in refused[0]["remedy"]
    assert sum(row["outcome"] == "finding" for row in json.loads(told)) == len(refused)
    # What was wrong before is no reason to refuse a change.
    assert (amended, [row["outcome"] for row in json.loads(further)]) == (0, ["mapped"])


def test_the_command_leaves_with_3_and_writes_nothing_when_a_row_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "risks.csv").write_text("key,label,likelihood\nR,x,y\nS,z,1\n", encoding="utf-8")
    asked = ("import", str(tmp_path / "risks.csv"), "--as", "workbook", "--org", "acme")

    code, out, err = run(capsys, *asked, "--data", str(tmp_path / "acme"), "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 3
    assert [(row["place"], row["outcome"]) for row in rows] == [
        ("line 2, column C", "refused"),
        ("line 3", "mapped"),
    ]
    assert "nothing was imported" in err
    assert not (tmp_path / "acme").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--as", "workbok", "--org", "acme"), "'workbook'"),
        (("--as", "workbook", "--org", "Acme Ltd"), "small letters"),
        (("--as", "workbook"), "--org ORG"),
    ],
)
def test_a_wrong_call_names_the_way_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "risks.csv").write_text(RISKS, encoding="utf-8")

    code, _, err = run(capsys, "import", str(tmp_path / "risks.csv"), *arguments)

    assert code == 2
    assert told in err


def test_the_template_can_be_written_filled_and_as_a_folder_of_csv(
    capsys: pytest.CaptureFixture[str], catalogue: Dataset, tmp_path: Path
) -> None:
    data = ("--org", "x-corporation", "--data", str(examples_dir() / "x-corporation"))

    code, _, err = run(capsys, "import", "--template", str(tmp_path / "sheets"), *data)
    reading = kinds.read(
        from_path(tmp_path / "sheets", "x-corporation", as_of=DAY), "workbook", catalogue
    )

    assert code == 0
    assert "not carried" not in err
    assert sum(one.outcome is Outcome.MAPPED for one in reading.lines) > 300


def test_a_file_becomes_evidence_with_its_hash_and_only_the_days_that_are_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "a.ttl").write_text(
        f"<{ORG}implementation/policy> <{expand('cw:implements')}> "
        "<https://w3id.org/aigov-crosswalk/id/iso-42001-2023/5.2> .",
        encoding="utf-8",
    )
    file = tmp_path / "AI policy.txt"
    file.write_text("We use AI with care.", encoding="utf-8")
    asked = ["evidence", "add", str(file), "--for", "ISO 42001 5.2", "--kind", "policy"]
    asked += ["--org", "acme", "--data", str(folder), "--owner", "Ann Smith"]

    code, _, err = run(capsys, *asked)
    without = {one.predicate.value for one in _held(folder / "ai-policy.txt.ttl")}
    run(capsys, *asked, "--collected-on", "2026-07-20")
    given = _held(folder / "ai-policy.txt.ttl")
    run(capsys, *asked, "--take-dates")
    taken = _held(folder / "ai-policy.txt.ttl")

    collected = expand("cw:collectedOn")
    assert code == 0
    assert "the file gives" in err
    assert "no day of collection" in err
    assert collected not in without
    said_of = {compress(one.predicate.value): str(one.object) for one in given}
    assert said_of["cw:collectedOn"].startswith('"2026-07-20"')
    assert said_of["cw:evidenceFor"] == f"<{ORG}implementation/policy>"
    assert said_of["cw:owner"] == f"<{ORG}person/ann-smith>"
    assert said_of["cw:sha256"].strip('"') == source("x", "We use AI with care.").sha256
    assert (folder / said_of["cw:file"].strip('"')).read_bytes() == file.read_bytes()
    assert collected in {one.predicate.value for one in taken}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--for", "ISO 42001 5.2", "--kind", "Policy"), "nothing implements it yet"),
        (("--for", "ISO 42001 A.6.2.44", "--kind", "Policy"), "A.6.2.4"),
        (("--for", "ISO 42001 5.2", "--kind", "Polcy"), "unknown kind of evidence 'Polcy'"),
    ],
)
def test_evidence_that_cannot_be_placed_is_refused_with_the_way_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    asked = ("evidence", "add", str(tmp_path / "a.txt"), "--org", "acme")

    code, _, err = run(capsys, *asked, "--data", str(tmp_path / "acme"), *more)

    assert code == 2
    assert told in err
    assert not (tmp_path / "acme").exists()


def _held(file: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=file)]
