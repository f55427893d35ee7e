"""Figures are what the published methods give, and what is recorded can be computed again.

The expected values of the first tests were computed from the same numbers by scipy 1.15.3
(`stats.entropy`), pycanon 1.3.6, fairlearn 0.15.0 (`demographic_parity_ratio`) and dp-accounting
0.6.0, which are not needed to run them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from crosswalk import measure, resources, validation
from crosswalk.cli import main
from crosswalk.errors import CrosswalkError, DataError, UsageError
from crosswalk.graph import open_dataset
from crosswalk.measure.tables import parsed

X = resources.examples_dir() / "x-corporation"
OBJECTIVE = "https://w3id.org/aigov-crosswalk/org/x-corporation/objective/selection-rate-ratio"
RATES = ["group=a,selected=39,total=100", "group=b,selected=50,total=100"]
SHARES = "cell,reference,observed\na,0.5,0.4\nb,0.3,0.4\nc,0.2,0.2\n"
COUNTS = "cell,reference,observed\na,50,400\nb,30,350\nc,20,200\nd,0,50\n"
PEOPLE = """age,region,diagnosis
30-39,N,flu
30-39,N,flu
30-39,N,asthma
40-49,N,flu
40-49,N,ulcer
40-49,S,ulcer
40-49,S,ulcer
"""
APPLICANTS = "group,selected,total\na,39,100\nb,50,100\nc,30,60\n"
OUTAGES = """start,end
2026-10-01T00:00:00,2026-10-01T00:10:00
2026-10-01T00:05:00,2026-10-01T00:21:36
2026-09-30T10:00:00,2026-09-30T11:00:00
"""
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


def value(metric: str, text: str, **parameters: str) -> Decimal:
    return measure.reckon(metric, parsed(text.encode(), "table.csv"), parameters).value


@pytest.mark.parametrize(
    ("metric", "text", "parameters", "expected"),
    [
        ("kl-divergence", SHARES, {}, 0.025267153921570557),
        ("kl-divergence", SHARES, {"base": "2"}, 0.036452797660027965),
        ("kl-divergence", COUNTS, {}, 0.06532657170892738),
        ("k-anonymity", PEOPLE, {"quasi": "age,region"}, 2),
        ("k-anonymity", PEOPLE, {"quasi": "age"}, 3),
        ("l-diversity", PEOPLE, {"quasi": "age,region", "sensitive": "diagnosis"}, 1),
        ("l-diversity", PEOPLE, {"quasi": "age", "sensitive": "diagnosis"}, 2),
        ("selection-rate-ratio", APPLICANTS, {}, 0.78),
    ],
)
def test_a_figure_is_what_the_library_of_its_field_gives(
    metric: str, text: str, parameters: dict[str, str], expected: float
) -> None:
    assert float(value(metric, text, **parameters)) == pytest.approx(expected, abs=1e-12)


def test_epsilon_adds_up_by_basic_composition_and_says_its_delta() -> None:
    table = parsed(b"epsilon,delta,times\n0.5,1e-6,2\n0.25,0,4\n", "mechanisms.csv")

    figure = measure.reckon("differential-privacy-epsilon", table)

    assert figure.value == 2
    assert "6 mechanisms, basic; delta 0.000002" in figure.detail


def test_advanced_composition_lies_between_the_tight_bound_and_the_basic_one() -> None:
    table = "epsilon,times\n0.1,100\n"
    tight = 4.220347347219601  # dp-accounting: 100 Laplace mechanisms of 0.1 at delta 1e-5

    found = value("differential-privacy-epsilon", table, composition="advanced", slack="1e-5")

    assert tight < float(found) < 10
    assert float(found) == pytest.approx(
        100 * 0.1 * (math.e**0.1 - 1) / (math.e**0.1 + 1)
        + math.sqrt(2 * 100 * 0.01 * math.log(1e5))
    )


def test_advanced_composition_is_not_used_where_it_is_worse() -> None:
    found = value(
        "differential-privacy-epsilon", "epsilon\n1\n", composition="advanced", slack="1e-5"
    )

    assert found == 1


def test_overlapping_outages_count_once_and_those_outside_the_window_not_at_all() -> None:
    assert value("availability", OUTAGES, **OCTOBER) == Decimal("0.9995")  # 21.6 min of 30 days


def test_a_header_alone_is_a_window_without_outage() -> None:
    assert value("availability", "start,end\n", **OCTOBER) == 1


def test_availability_is_also_uptime_by_total() -> None:
    assert value("availability", "uptime,total\n719,720\n720,720\n") == Decimal("0.999305555556")


def test_people_one_by_one_give_the_same_ratio_as_their_counts() -> None:
    people = ["group,selected"]
    for group, taken, of in (("a", 39, 100), ("b", 50, 100), ("c", 30, 60)):
        people += [f"{group},{'yes' if n < taken else 'no'}" for n in range(of)]

    assert value("selection-rate-ratio", "\n".join(people)) == Decimal("0.78")


@pytest.mark.parametrize(
    ("metric", "row", "parameters", "score", "unit"),
    [
        ("likelihood-times-impact", "likelihood=4,impact=5", {}, 20, "1"),
        ("sum-of-squares", "likelihood=3,consequence=4", {}, 25, "1"),
        (
            "annual-loss-expectancy",
            "rate=0.5,value=200000,exposure=0.3",
            {"currency": "EUR"},
            30000,
            "EUR/a",
        ),
    ],
)
def test_the_scores_of_risks_are_those_of_their_documents(
    metric: str, row: str, parameters: dict[str, str], score: int, unit: str
) -> None:
    figure = measure.reckon(metric, measure.given([row]), parameters)

    assert figure.value == score
    assert figure.unit == unit


@for_all(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1, max_size=8))
def test_a_divergence_is_never_negative_and_zero_between_equals(
    pairs: list[tuple[int, int]],
) -> None:
    rows = "\n".join(f"{p},{q}" for p, q in pairs)
    same = "\n".join(f"{p},{p * 3}" for p, _ in pairs)

    assert value("kl-divergence", "reference,observed\n" + rows) >= 0
    assert value("kl-divergence", "reference,observed\n" + same) == 0


@pytest.mark.parametrize(
    ("metric", "text", "parameters", "said"),
    [
        ("kl-divergence", "reference,observed\n1,0\n1,1\n", {}, "table.csv:2: the divergence is"),
        ("kl-divergence", "reference,observed\n0,0\n", {}, "sums to 0"),
        ("kl-divergence", "reference,seen\n1,1\n", {}, "no column 'observed'"),
        ("kl-divergence", "reference,observed\n-1,1\n", {}, "table.csv:2: column 'reference' is"),
        ("kl-divergence", "reference,observed\nnan,1\n", {}, "is no number"),
        ("kl-divergence", "reference,observed\n1e-999999,1\n", {}, "is extreme"),
        ("kl-divergence", "reference,observed\n1\n", {}, "has 1 cells where the header has 2"),
        ("kl-divergence", SHARES, {"bass": "2"}, "unknown parameter 'bass'. Did you mean 'base'"),
        ("kl-divergence", SHARES, {"base": "10"}, "'10' is no base"),
        ("k-anonymity", PEOPLE, {}, "parameter 'quasi' is missing"),
        ("k-anonymity", "age\n", {"quasi": "age"}, "there is no row to count"),
        ("l-diversity", "a,b\n1,\n", {"quasi": "a", "sensitive": "b"}, "table.csv:2: column 'b'"),
        ("differential-privacy-epsilon", "epsilon,delta\n1,1\n", {}, "delta is not below 1"),
        ("differential-privacy-epsilon", "epsilon,times\n1,1.5\n", {}, "no whole number"),
        (
            "differential-privacy-epsilon",
            "epsilon\n1\n",
            {"composition": "advanced"},
            "'slack' is missing",
        ),
        ("availability", OUTAGES, {"from": "2026-10-01"}, "parameter 'to' is missing"),
        ("availability", OUTAGES, {"from": "2026-10-02", "to": "2026-10-01"}, "ends before it"),
        ("availability", "start,end\n2026-10-02,2026-10-01\n", OCTOBER, "ends before it starts"),
        ("availability", "start,end\nnoon,2026-10-01\n", OCTOBER, "'noon' is no moment"),
        (
            "availability",
            "start,end\n2026-10-02T00:00+02:00,2026-10-02T01:00+02:00\n",
            OCTOBER,
            "one moment has an offset",
        ),
        ("availability", "uptime,total\n2,1\n", {}, "the uptime is more than the total"),
        ("selection-rate-ratio", "group,selected,total\na,1,2\n", {}, "needs two groups"),
        ("selection-rate-ratio", "group,selected,total\na,0,2\nb,0,2\n", {}, "nobody was selected"),
        ("selection-rate-ratio", "group,selected,total\na,3,2\nb,0,2\n", {}, "more are selected"),
        ("selection-rate-ratio", "group,selected\na,maybe\nb,1\n", {}, "neither yes nor no"),
        ("selection-rate-ratio", APPLICANTS, {"without": "z"}, "there is no group 'z'"),
        ("sum-of-squares", "likelihood,consequence\n1,1\n2,2\n", {}, "one risk is scored"),
        (
            "annual-loss-expectancy",
            "rate,value,exposure\n1,1,30\n",
            {"currency": "EUR"},
            "exposure factor is above 1",
        ),
        ("annual-loss-expectancy", "rate,value,exposure\n1,1,1\n", {}, "'currency' is missing"),
        (
            "annual-loss-expectancy",
            "rate,value,exposure,currency\n1,1,1,USD\n",
            {"currency": "EUR"},
            "not every value is in EUR",
        ),
        ("selection-rate", APPLICANTS, {}, "Did you mean 'selection-rate-ratio'"),
        ("k-anonymity", "", {"quasi": "a"}, "is empty"),
        ("k-anonymity", "a,a\n1,2\n", {"quasi": "a"}, "two columns have one name"),
        ("k-anonymity", 'a\n"1', {"quasi": "a"}, "is no CSV"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_place_and_reason(
    metric: str, text: str, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(CrosswalkError) as caught:
        value(metric, text, **parameters)

    assert said in str(caught.value)


def test_a_table_in_another_encoding_is_refused_at_its_byte() -> None:
    with pytest.raises(DataError, match=r"a\.csv: is not UTF-8 at byte 5"):
        parsed("group\ncafé".encode("latin-1")[:5] + b"\xe9", "a.csv")


@pytest.mark.parametrize("row", ["group", "a=1,a=2", "=1"])
def test_a_row_that_is_not_written_as_names_and_values_is_refused(row: str) -> None:
    with pytest.raises(UsageError, match="is no row"):
        measure.given([row])


# On record


def _run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = 0
    try:
        main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_recorded_figure_agrees_when_it_is_computed_again_and_is_recorded_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "measurements.ttl"
    rows = [part for row in RATES for part in ("--row", row)]
    asked = (
        *("measure", "selection-rate-ratio", *rows, "--objective", OBJECTIVE),
        *("--measured-on", "2026-12-01", "--period-from", "2026-11-01"),
        *("--period-to", "2026-11-30", "--data", str(X), "--out", str(record), "--format", "json"),
    )

    code, out, err = _run(*asked, capsys=capsys)
    once = record.read_bytes()
    _run(*asked, capsys=capsys)
    checked, table, _ = _run("measure", "--check", str(record), "--format", "csv", capsys=capsys)

    (answer,) = json.loads(out)
    assert code == checked == 0
    assert (answer["value"], answer["target"], answer["met"]) == (0.78, "at-least 0.8", False)
    assert "record a nonconformity that cites this measurement" in err
    assert (
        answer["inputs_sha256"]
        == hashlib.sha256(b"group,selected,total\na,39,100\nb,50,100\n").hexdigest()
    )
    assert record.read_bytes() == once
    (again,) = csv.DictReader(io.StringIO(table))
    assert (again["stated"], again["recomputed"], again["verdict"]) == ("0.78", "0.78", "agrees")


def test_a_recorded_figure_conforms_and_a_miss_asks_for_a_nonconformity(tmp_path: Path) -> None:
    figure = measure.reckon("selection-rate-ratio", measure.given(RATES))
    record = tmp_path / "measurements.ttl"
    _, turtle = measure.turtle(
        figure,
        objective=OBJECTIVE,
        organization="x-corporation",
        window=measure.Window(date(2026, 12, 1), date(2026, 11, 1), date(2026, 11, 30)),
        beside=record,
    )
    record.write_text(measure.PREFIXES + turtle, encoding="utf-8")
    data = [str(X / "objectives.ttl"), str(record)]

    with closing(open_dataset(data, sets=False)) as dataset:
        found = validation.validate(dataset, data, as_of=date(2026, 12, 2)).findings

    ours = {f.shape.rpartition("#")[2] for f in found if f.source.startswith(str(record))}
    assert ours == {"MissedObjectiveShape"}


@pytest.mark.parametrize(
    ("amend", "verdict"),
    [
        (lambda text: text, "agrees"),
        (lambda text: text.replace("observedValue 0.78", "observedValue 0.8"), "disagrees"),
        (lambda text: text.replace("observedValue 0.78", "observedValue 0.79"), "disagrees"),
        (lambda text: text.replace("observedValue 0.78", "observedValue 0.7"), "disagrees"),
        (lambda text: text.replace("observedValue 0.78", "observedValue 0.780"), "agrees"),
        (lambda text: text.replace("a,39,100", "a,45,100"), "input-changed"),
        (lambda text: text.replace('cw:unit "1"', 'cw:unit "%"'), "disagrees"),
        (lambda text: text.replace("inputText", "version"), "input-missing"),
        (lambda text: text.replace("cw:inputText", 'cw:inputFile "../x.csv" ; cw:version'),
         "input-missing"),
        (lambda text: text.replace("cw:inputText", 'cw:parameter "bass=2" ; cw:inputText'),
         "not-computable"),
    ],
)  # fmt: skip
def test_a_measurement_that_was_tampered_with_is_found(
    tmp_path: Path, amend: Callable[[str], str], verdict: str
) -> None:
    figure = measure.reckon("selection-rate-ratio", measure.given(RATES))
    record = tmp_path / "measurements.ttl"
    _, turtle = measure.turtle(
        figure,
        objective=OBJECTIVE,
        organization="x-corporation",
        window=measure.Window(date(2026, 12, 1)),
        beside=record,
    )
    record.write_text(measure.PREFIXES + amend(turtle), encoding="utf-8")

    with closing(open_dataset([str(record), str(X / "objectives.ttl")], sets=False)) as dataset:
        rows, others = measure.recomputed(dataset, [record])

    found = {row.measurement: row.verdict for row in rows if "2026-1" not in row.measurement}
    assert list(found.values()) == [verdict]
    assert others == 6


def test_rounding_that_moves_a_value_across_its_target_is_found(tmp_path: Path) -> None:
    figure = measure.reckon(
        "selection-rate-ratio",
        measure.given(["group=a,selected=798,total=1000", "group=b,selected=1,total=1"]),
    )
    record = tmp_path / "measurements.ttl"
    _, turtle = measure.turtle(
        figure,
        objective=OBJECTIVE,
        organization="x-corporation",
        window=measure.Window(date(2026, 12, 1)),
        beside=record,
    )
    rounded = turtle.replace("observedValue 0.798", "observedValue 0.80")
    record.write_text(measure.PREFIXES + rounded, encoding="utf-8")

    with closing(open_dataset([str(record), str(X / "objectives.ttl")], sets=False)) as dataset:
        rows, _ = measure.recomputed(dataset, [record])

    (row,) = (row for row in rows if row.stated == "0.8")
    assert row.verdict == "disagrees"
    assert "rounding moves 0.798 across its target" in row.detail


def test_a_file_of_numbers_is_recorded_by_path_and_hash_and_a_changed_one_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people, record = tmp_path / "figures" / "release.csv", tmp_path / "measurements.ttl"
    people.parent.mkdir()
    people.write_text(PEOPLE, encoding="utf-8")
    objective = "https://w3id.org/aigov-crosswalk/org/acme/objective/k"
    asked = (
        *("measure", "k-anonymity", str(people), "--set", "quasi=age,region"),
        *("--objective", objective, "--measured-on", "2026-12-01", "--out", str(record)),
    )

    assert _run(*asked, capsys=capsys)[0] == 0
    before = _run("measure", "--check", str(tmp_path), capsys=capsys)
    people.write_text(PEOPLE.replace("40-49,S", "40-49,W", 1), encoding="utf-8")
    after = _run("measure", "--check", str(tmp_path), capsys=capsys)
    people.unlink()
    gone = _run("measure", "--check", str(tmp_path), capsys=capsys)

    text = record.read_text(encoding="utf-8")
    assert 'cw:inputFile "figures/release.csv"' in text
    assert "ulcer" not in text
    assert (before[0], after[0], gone[0]) == (0, 1, 1)
    assert "input-changed" in after[1]
    assert "input-missing" in gone[1]


def test_the_ratios_of_x_corporation_come_from_its_monitoring_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = _run("measure", "--check", str(X), "--format", "json", capsys=capsys)

    assert code == 0
    assert [(row["stated"], row["verdict"]) for row in json.loads(out)] == [
        ("0.78", "agrees"),
        ("0.86", "agrees"),
    ]
    assert "6 more state no method" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("k-anonimity",), "Did you mean 'k-anonymity'"),
        (("k-anonymity",), "there are no numbers"),
        (("k-anonymity", "a.csv", "b.csv"), "one file too many"),
        (("k-anonymity", "a.csv", "--row", "a=1"), "given twice"),
        (("k-anonymity", "nowhere.csv"), "cannot be read"),
        (("k-anonymity", "--row", "a=1", "--set", "quasi"), "is no parameter"),
        (("k-anonymity", "--row", "a=1", "--set", "quasi=a", "--org", "x"), "is for a record"),
        (("k-anonymity", "--row", "a=1", "--set", "quasi=a", "--objective", OBJECTIVE), "needs"),
        (("--check",), "names no DATA"),
        (("--check", str(X), "--row", "a=1"), "takes DATA and nothing else"),
        (
            ("sum-of-squares", "--row", "likelihood=1,consequence=2", "--objective", OBJECTIVE,
             "--measured-on", "2026-12-01", "--out", "scores.ttl"),
            "scores a risk",
        ),
        (
            ("k-anonymity", "--row", "a=1", "--set", "quasi=a", "--data", str(X), "--objective",
             OBJECTIVE + "x", "--measured-on", "2026-12-01", "--out", "k.ttl"),
            "is on record",
        ),
        (
            ("k-anonymity", "--row", "a=1", "--set", "quasi=a", "--objective", "urn:x",
             "--measured-on", "2026-12-01", "--out", "k.ttl"),
            "Give --org ORG",
        ),
    ],
)  # fmt: skip
def test_a_call_that_is_wrong_is_refused_with_the_way_out(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    code, _, err = _run("measure", *arguments, capsys=capsys)

    assert code == 2
    assert said in err
    assert list(tmp_path.iterdir()) == []
