"""The command keeps its contract: verbs, fields, exit codes, streams, from any folder."""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from crosswalk import __version__, errors, resources
from crosswalk.cli import main
from crosswalk.cli.app import cli
from crosswalk.models import BindingAnswer, GapKind, Status

if TYPE_CHECKING:
    from conftest import World

X = str(resources.examples_dir() / "x-corporation")
DAY = ("--as-of", "2026-11-20")
ISO = ("--edition", "iso-42001-2023")
FIELDS: dict[str, str] = {
    "frameworks": "edition title publisher version issued in_force_from in_force_to provisions "
    "counted text_licence",
    "provisions": "id parent kind title counted iri",
    "map": "subject relations object object_title rationale_type confidence hops derived "
    "publisher path",
    "coverage": "edition as_of scope n satisfied_direct satisfied_inferred partial supported "
    "not_satisfied_inferred failed conflict unknown lead_overlap lead_indeterminate "
    "not_applicable not_yet lo hi by_certificate",
    "gaps": "provision title status gap_kind detail explanation owner phase",
    "plan": "order provision title status gap gaps detail phase phase_why owner_role owner_why "
    "owner depends_on effect lo due due_why why scope",
    "binds": "system provision addressee risk_class applies_from binds why",
    "validate": "focus shape path severity message source",
    "soa": "control title applicable justification implementation status evidence",
    "compare": "id_from id_to change note",
    "disagreements": "kind subject object publishers said rows note",
    "minimal": "role provision title covers by rows",
    "whatif": "edition what provision title before after why",
    "cite": "file line text edition id verdict suggestion place",
    "measure": (
        "metric value unit detail parameters inputs_sha256 method source objective target met"
    ),
}
CALLS: dict[str, tuple[str, ...]] = {
    "frameworks": ("frameworks",),
    "provisions": ("provisions", "iso-42001-2023"),
    "map": ("map", "ISO 42001 9.1", "ISO 42001 A.9.4", "--to", "eu-ai-act-2026"),
    "coverage": ("coverage", X, *ISO, *DAY),
    "gaps": ("gaps", X, *ISO, *DAY),
    "plan": ("plan", X, *ISO, "--roadmap", "nexus", *DAY),
    "binds": ("binds", X, "--role", "deployer", *DAY),
    "validate": ("validate", X, *DAY),
    "soa": ("soa", X, *DAY),
    "compare": ("compare", "iso-27001-2013", "iso-27001-2022"),
    "disagreements": ("disagreements",),
    "minimal": ("minimal", "--for", "iso-42001-2023", "--have", "iso-27001-2022", *DAY),
    "whatif": ("whatif", X, "--remove", "implementation/ai-policy", *ISO, *DAY),
    "cite": ("cite", str(resources.examples_dir() / "documents" / "ai-policy.md"), *DAY),
    "measure": ("measure", "sum-of-squares", "--row", "likelihood=3,consequence=4"),
}
FINDS_FAULTS = {"cite", "validate"}
"""The verbs that exit 1 on the example, because it has the faults of its story."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call left: its exit code and its two streams."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]


def _verbs(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield (*path, name), command
            yield from _verbs(command, (*path, name))
        else:
            yield (*path, name), command


VERBS = dict(_verbs(cli))


def _examples(command: click.Command) -> list[str]:
    """Return the commands that the epilog of a verb shows, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", command.epilog or "")
    return [line.strip() for line in text.splitlines() if line.strip().startswith("crosswalk ")]


RUN_ELSEWHERE = {
    "crosswalk fleet firm.nq.gz --edition iso-42001 --edition eu-ai-act --as-of 2026-11-20 "
    "--out build/firm",
    "crosswalk keys revoke k3x7q2m5ab",
    "crosswalk quality --format json",
    "crosswalk serve --open-dataset scratch",
}
"""Needs a key by its id, takes seconds, or runs until it is stopped: ``test_access.py``,
``test_fleet.py``, ``test_quality.py`` and ``test_serve.py`` run it.
"""
IN_ORDER = ("store load", "store check", "store dump", "store backup", "store restore", "store")
"""Verbs whose examples rest on one another: ``test_operations.py`` runs them one after another."""

EXAMPLES = [
    (" ".join(path), line)
    for path, verb in VERBS.items()
    for line in _examples(verb)
    if line not in RUN_ELSEWHERE and " ".join(path) not in IN_ORDER
]


def _called(*arguments: str | Path) -> Answer:
    """Run the command in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(one) for one in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


@pytest.fixture
def run() -> Run:
    """Return what runs the command in this process."""
    return _called


@cache
def asked(verb: str, format: str = "table") -> Answer:
    """Return the answer of a verb to its call, asked once in a run of the tests."""
    return _called(*CALLS[verb], "--format", format)


def _process(
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdout: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m crosswalk`` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "crosswalk", *arguments],
        cwd=cwd,
        env={**os.environ, **_importable(), **(env or {})},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def _importable() -> dict[str, str]:
    import crosswalk

    return {"PYTHONPATH": str(Path(crosswalk.__file__).parents[1])}


# Help and its examples


@pytest.mark.parametrize("path", list(VERBS), ids=" ".join)
def test_the_help_of_every_verb_ends_with_an_example(run: Run, path: tuple[str, ...]) -> None:
    answer = run(*path, "--help")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Usage: ")
    *_, last = re.split(r"\n\s*\n", answer.out.strip())
    assert re.match(r"\s*Examples?:\n", last)
    assert f"crosswalk {' '.join(path)}" in re.sub(r"\s+", " ", last)


def test_a_verb_leaves_the_interpreter_as_it_found_it(run: Run) -> None:
    before = gc.get_threshold()

    run("frameworks")

    assert gc.get_threshold() == before


def test_the_help_of_the_command_lists_every_verb_and_the_exit_codes(run: Run) -> None:
    answer = run("--help")

    for name in cli.commands:
        assert re.search(rf"^  {name}\b", answer.out, re.MULTILINE)
    assert "0 answered, 1 a check found faults, 2 usage" in answer.out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that looks like the one in which the examples are written."""
    here = tmp_path_factory.mktemp("folder")
    shutil.copytree(resources.examples_dir(), here / "examples")
    shutil.copytree(resources.examples_dir() / "x-corporation", here / "evidence")
    (here / "share" / "crosswalk" / "store").mkdir(parents=True)
    (here / "my" / "mappings").mkdir(parents=True)
    shipped = sorted(resources.mappings_dir().glob("*.sssom.tsv"))[0]
    shutil.copy(shipped, here / "my" / "mappings" / "a.sssom.tsv")
    shutil.copy(shipped, here / "old.sssom.tsv")
    return here


@pytest.mark.parametrize(("verb", "example"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_of_the_help_runs_as_it_stands(
    run: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    example: str,
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "share"))
    command, *arguments = shlex.split(example)

    answer = run(*arguments)

    assert command == "crosswalk"
    assert answer.code == (1 if verb in FINDS_FAULTS else 0), answer.err
    assert "Traceback" not in answer.err


def test_the_example_of_the_command_is_one_that_runs(
    run: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)

    for example in _examples(cli):
        assert run(*shlex.split(example)[1:]).code == 0


def test_the_version_is_that_of_the_package(run: Run) -> None:
    answer = run("--version")

    assert answer.out.strip().endswith(__version__)


# Answers


@pytest.mark.parametrize("verb", list(FIELDS))
def test_json_is_a_list_of_objects_with_exactly_the_fields_of_the_contract(
    verb: str,
) -> None:
    answer = asked(verb, "json")

    rows = json.loads(answer.out)
    assert isinstance(rows, list)
    assert rows
    assert {tuple(row) for row in rows} == {tuple(FIELDS[verb].split())}


@pytest.mark.parametrize("verb", list(FIELDS))
def test_csv_has_the_same_fields_in_its_header_and_as_many_rows(verb: str) -> None:
    as_json = json.loads(asked(verb, "json").out)

    header, *rows = csv.reader(io.StringIO(asked(verb, "csv").out))

    assert header == FIELDS[verb].split()
    assert len(rows) == len(as_json)
    assert {len(row) for row in rows} == {len(header)}


def test_no_rows_are_an_empty_list_a_header_line_and_exit_0(run: Run) -> None:
    call = ("map", "ISO 42001 9.2.1", "--to", "nist-ai-600-1")

    assert run(*call, "--format", "json") == Answer(0, "[]\n", "")
    assert run(*call, "--format", "csv") == Answer(0, ",".join(FIELDS["map"].split()) + "\n", "")
    assert run(*call) == Answer(0, "no rows\n", "")


def test_the_coverage_vector_sums_to_n_and_lo_is_not_above_hi() -> None:
    (row,) = json.loads(asked("coverage", "json").out)

    fields = FIELDS["coverage"].split()
    parts = fields[fields.index("n") + 1 : fields.index("unknown") + 1]
    assert sum(row[part] for part in parts) == row["n"]
    assert 0 <= row["lo"] <= row["hi"] <= 1
    assert row["as_of"] == "2026-11-20"


def test_coverage_of_a_catalogue_is_undefined_and_said_to_be(run: Run) -> None:
    answer = run("coverage", X, "--edition", "nist-ai-600-1", "--format", "json", *DAY)

    (row,) = json.loads(answer.out)
    assert (row["n"], row["lo"], row["hi"]) == (0, None, None)
    assert "undefined" in answer.err


def test_each_gap_has_a_known_kind_and_an_explanation_of_three_parts() -> None:
    rows = json.loads(asked("gaps", "json").out)

    for row in rows:
        assert row["gap_kind"] in set(GapKind)
        assert row["status"] in set(Status)
        assert {"evidence", "implementation", "path"} <= set(row["explanation"])


def test_each_row_of_binds_gives_one_of_the_five_answers_and_why() -> None:
    rows = json.loads(asked("binds", "json").out)

    assert {row["binds"] for row in rows} <= set(BindingAnswer)
    assert [row["provision"] for row in rows if not row["why"]] == []
    assert {row["addressee"] for row in rows if "deployer" not in row["addressee"]} <= {
        "any-operator"
    }


def test_each_step_of_a_path_has_the_fields_of_the_contract() -> None:
    rows = json.loads(asked("map", "json").out)

    steps = [set(step) for row in rows for step in row["path"]]
    fields = {"mapping_set", "row", "subject", "relation", "object", "reversed", "confidence"}
    assert steps
    assert [step for step in steps if step != fields] == []


def test_the_statement_of_applicability_decides_each_of_the_38_controls() -> None:
    rows = json.loads(asked("soa", "json").out)

    assert len({row["control"] for row in rows}) == len(rows) == 38
    assert {row["applicable"] for row in rows} == {True, False}


def test_each_finding_of_validate_names_the_file_and_line_where_its_focus_is_described() -> None:
    rows = json.loads(asked("validate", "json").out)

    for row in rows:
        file, _, line = row["source"].rpartition(":")
        assert file, row["focus"]
        words = Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        name = re.escape(row["focus"].rpartition("/")[2])
        assert re.match(rf"[^\s,]*{name}(\s|$)", words), words


@pytest.mark.parametrize("format", ["turtle", "earl"])
def test_validate_also_answers_as_a_report_in_turtle(format: str) -> None:
    import pyoxigraph as ox

    answer = asked("validate", format)

    wanted = "Assertion" if format == "earl" else "ValidationResult"
    triples = list(ox.parse(answer.out, format=ox.RdfFormat.TURTLE))
    assert answer.code == 1
    assert any(str(triple.object).endswith(f"{wanted}>") for triple in triples)


@pytest.mark.parametrize("format", ["table", "json", "csv", "tsv", "xml", "srj"])
def test_a_query_answers_in_every_format_of_rows(run: Run, format: str) -> None:
    answer = run(
        "query", "catalogue/provisions", "--param", "edition=soc2-2017", "--format", format
    )

    assert answer.code == 0
    assert "CC6.1" in answer.out


def test_the_list_of_the_library_names_each_query_with_its_parameters(run: Run) -> None:
    rows = json.loads(run("query", "--format", "json").out)

    by_name = {row["name"]: row for row in rows}
    assert by_name["catalogue/provisions"]["parameters"] == "edition"
    assert [name for name, row in by_name.items() if not row["summary"]] == []


def test_a_whole_number_given_to_a_query_is_a_number(run: Run) -> None:
    call = ("query", "expiring-evidence", "--param", "as_of=2026-11-20", "--data", X)

    soon = json.loads(run(*call, "--param", "days=1", "--format", "json").out)
    later = json.loads(run(*call, "--param", "days=365", "--format", "json").out)

    assert len(later) > len(soon)


@pytest.mark.parametrize("value", ["soon", "1.5", ""])
def test_a_parameter_that_is_no_whole_number_is_refused(run: Run, value: str) -> None:
    answer = run(
        "query", "expiring-evidence", "--param", "as_of=2026-11-20", "--param", f"days={value}"
    )

    assert answer.code == 2
    assert "days" in answer.err


# Exit codes


def test_the_class_of_an_error_fixes_its_exit_code() -> None:
    assert {
        kind.__name__: kind.exit_code
        for kind in (errors.UsageError, errors.DataError, errors.UnavailableError)
    } == {"UsageError": 2, "DataError": 3, "UnavailableError": 4}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("frameworks",), 0),
        (("gaps", X, *ISO, *DAY), 0),
        (("validate", X, *DAY), 1),
        (("gaps", X, *ISO, *DAY, "--fail-on", "gaps"), 1),
        (("gaps", X, *ISO, *DAY, "--fail-on", "failed"), 1),
        (("gaps", X, *ISO, *DAY, "--fail-on", "conflict"), 0),
        (("gaps", X, *ISO, *DAY, "--fail-on", "conflict", "--fail-on", "partial"), 1),
        (("coverage", X, *ISO, *DAY, "--fail-on", "gaps"), 1),
        (("coverage", X, *ISO, *DAY, "--fail-on", "failed"), 1),
        (("coverage", X, *ISO, *DAY, "--fail-on", "conflict"), 0),
        (("coverage", X, *ISO, "--as-of", "2026-08-31", "--fail-on", "stale"), 0),
        ((), 2),
        (("gaps",), 2),
        (("gaps", X), 2),
        (("mappings",), 2),
        (("gaps", X, *ISO, "--format", "yaml"), 2),
        (("map", "ISO 42001 9.1", "--to", "gdpr", "--depth", "9"), 2),
        (("map", "ISO 42001 9.1", "--to", "gdpr", "--min-confidence", "7"), 2),
        (("explain", "ISO 42001 9.1"), 2),
        (("explain", "ISO 42001 9", "--data", X), 2),
        (("binds", X, "--edition", "iso-42001"), 2),
        (("minimal",), 2),
        (("whatif", X, *ISO), 2),
        (("whatif", X, "--add", str(Path(X) / "README.md"), *ISO), 3),
        (("minimal", "--for", "eu-ai-act-2024"), 2),
        (("minimal", "--for", "iso-42001", "--have", "iso-9001", "--data", X), 2),
        (("query", "catalogue/provisions"), 2),
        (("query", "catalogue/provisions", "--param", "edition"), 2),
        (("query", "catalogue/provisions", "--param", "editon=soc2-2017"), 2),
        (("query", "catalogue/has-edition", "--param", "edition=x", "--format", "turtle"), 2),
        (("gaps", "http://127.0.0.1:1/sparql", *ISO), 4),
        (("gaps", str(Path(X) / "README.md"), *ISO), 3),
    ],
    ids=lambda value: " ".join(value).replace(X, "X") if isinstance(value, tuple) else None,
)
def test_the_exit_code_tells_what_happened(
    run: Run,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    answer = run(*arguments)

    assert answer.code == code, answer.err
    assert "Traceback" not in answer.err


def test_fail_on_still_gives_the_whole_answer(run: Run) -> None:
    plain = asked("gaps", "json")
    failing = run(*CALLS["gaps"], "--format", "json", "--fail-on", "gaps")

    assert failing.out == plain.out


@pytest.mark.parametrize("verb", ["gaps", "coverage"])
def test_an_unknown_word_after_fail_on_is_refused_with_the_nearest(run: Run, verb: str) -> None:
    answer = run(*CALLS[verb], "--fail-on", "faild")

    assert answer.code == 2
    assert "'failed'" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("gapz",), "'gaps'"),
        (("mappings", "chek"), "'check'"),
        (("gaps", X, "--editoin", "x"), "'--edition'"),
        (("gaps", X, "--edition", "iso-42002-2023"), "'iso-42001-2023'"),
        (("provisions", "gdpr-2018"), "'gdpr-2016'"),
        (("map", "ISO 42001 9.1", "--to", "soc2-2018"), "'soc2-2017'"),
        (("show", "ISO 42001 A.6.2.9"), "'A.6.2.8'"),
        (("binds", X, "--role", "deploier"), "'deployer'"),
        (("query", "expiring-evidnce"), "'expiring-evidence'"),
        (("query", "catalogue/provisions", "--param", "editon=x"), "'edition'"),
        (("demo", "--case", "x-corp"), "'x-corporation'"),
        (("gaps", X, *ISO, "--scope", "nowhere"), "AIMS of X Corporation"),
        (("plan", X, *ISO, "--roadmap", "nexsu-2025"), "'nexus-2025'"),
        (("plan", X, *ISO, "--start", "2027-01-01"), "--roadmap"),
        (("binds", X, "--system", "robot"), "hiring-tool"),
        (("disagreements", "--kind", "contradicton"), "'contradiction'"),
        (("disagreements", "--from", "gdpr-2018"), "'gdpr-2016'"),
        (("whatif", X, *ISO, "--remove", "ai-polcy"), "'ai-policy'"),
        (("map", "ISO 42001 9.1", "--to", "gdpr", "--publisher", "nist"), "nist-airc"),
        (("gaps", X, *ISO, "--as-of", "2026-02-30"), "YYYY-MM-DD"),
        (("gaps", X, *ISO, "--as-of", "20.11.2026"), "YYYY-MM-DD"),
        (("gaps", X, *ISO, "--as-of", "tomorrow"), "YYYY-MM-DD"),
        (("gaps", X, *ISO, "--as-of", "20261120"), "YYYY-MM-DD"),
        (("gaps", X, *ISO, "--horizon", "2027"), "YYYY-MM-DD"),
        (("gaps", X, *ISO, "--known-at", "2026-W47-5"), "YYYY-MM-DD"),
    ],
    ids=lambda value: " ".join(value).replace(X, "X") if isinstance(value, tuple) else None,
)
def test_an_unknown_name_exits_2_and_names_the_nearest_or_the_way_out(
    run: Run,
    arguments: tuple[str, ...],
    nearest: str,
) -> None:
    answer = run(*arguments)

    assert answer.code == 2
    assert answer.out == ""
    assert nearest in answer.err


# Streams and files


@pytest.mark.parametrize("format", ["json", "csv"])
@pytest.mark.parametrize("verb", ["coverage", "gaps", "plan", "binds", "soa", "validate"])
def test_only_the_answer_is_on_stdout_and_the_date_is_said_on_stderr(
    verb: str,
    format: str,
) -> None:
    answer = asked(verb, format)

    assert "as of 2026-11-20" in answer.err
    assert "as of 2026-11-20" not in answer.out.splitlines()[0]


@pytest.mark.parametrize("verb", ["coverage", "gaps", "plan", "binds", "soa", "validate"])
def test_a_table_says_the_date_in_its_heading(verb: str) -> None:
    answer = asked(verb)

    assert "as of 2026-11-20" in answer.out.splitlines()[0]
    assert [line for line in answer.err.splitlines() if not line.startswith("…")] == []


@pytest.mark.parametrize("verb", list(CALLS))
def test_out_writes_the_same_answer_to_a_file_and_says_so_on_stderr(
    run: Run,
    tmp_path: Path,
    verb: str,
) -> None:
    out = tmp_path / "new" / "answer.json"

    plain = asked(verb, "json")
    filed = run(*CALLS[verb], "--format", "json", "--out", out)

    assert filed.out == ""
    assert f"wrote {out}" in filed.err
    assert out.read_text(encoding="utf-8") == plain.out


def test_out_to_a_place_that_cannot_be_written_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    below_a_file = run("frameworks", "--out", tmp_path / "file" / "a.csv")
    a_directory = run("frameworks", "--out", tmp_path)

    for answer in (below_a_file, a_directory):
        assert answer.code == 2
        assert str(tmp_path) in answer.err


def test_accept_records_once_and_the_record_counts_from_its_day(run: Run, world: World) -> None:
    world.edition("alpha-2020", "A1")
    world.edition("beta-2021", "B1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:A1 equal beta-2021:B1 review=reviewed")
    world.open(world.shown("alpha:A1"))
    (data,) = (path for path in world.root.iterdir() if path.name.startswith("data"))
    known = ("--knowledge", world.knowledge, "--no-shipped", "--as-of", "2026-06-01")
    accept = ("accept", "beta-2021:B1", "--data", data, "--by", "Bob", "--why", "One text.", *known)
    cover = ("coverage", data, "--edition", "beta-2021", "--format", "json", *known)

    before = json.loads(run(*cover).out)[0]
    first, again = run(*accept), run(*accept)
    after = json.loads(run(*cover).out)[0]

    assert (first.code, again.code) == (0, 0), first.err
    assert "recorded in" in first.err
    assert "already recorded" in again.err
    assert (before["satisfied_inferred"], before["lo"]) == (1, 0.0)
    assert (after["satisfied_inferred"], after["lo"]) == (1, 1.0)


def test_accept_refuses_what_no_inference_satisfies(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "evidence"
    shutil.copytree(X, data)

    answer = run(
        "accept", "ISO 27001:2022 A.8.34", "--data", data, "--by", "Ann", "--why", "So.", *DAY
    )

    assert answer.code == 2
    assert "Only an inference that satisfies" in answer.err
    assert not (data / "acceptances.ttl").exists()


@pytest.mark.parametrize("verb", ["frameworks", "gaps"])
def test_no_color_and_a_pipe_get_plain_text(verb: str) -> None:
    answers = [_process(*CALLS[verb], env=env) for env in ({}, {"NO_COLOR": "1"})]

    for answer in answers:
        assert answer.returncode == 0
        assert "\x1b" not in answer.stdout + answer.stderr
    assert answers[0].stdout == answers[1].stdout


@pytest.mark.parametrize(
    "arguments",
    [("provisions", "eu-ai-act-2026", "--format", "json"), ("frameworks",), ("--help",)],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        answer = _process(*arguments, stdout=writing)
    finally:
        os.close(writing)

    assert answer.stderr == ""
    assert answer.returncode == 0


def test_head_of_a_long_answer_gets_its_line_and_there_is_no_traceback() -> None:
    command = shlex.join([sys.executable, "-m", "crosswalk", *CALLS["provisions"]])

    answer = subprocess.run(
        ["bash", "-c", f"{command} --format csv | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **_importable()},
    )

    assert answer.stdout == "id,parent,kind,title,counted,iri\n"
    assert answer.stderr == ""


def test_python_m_crosswalk_is_the_command() -> None:
    answer = _process("--version")

    assert (answer.returncode, answer.stdout.split()[-1]) == (0, __version__)


def test_the_command_works_from_another_folder(tmp_path: Path) -> None:
    answer = _process("gaps", X, *ISO, *DAY, "--format", "json", cwd=tmp_path)

    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)
    assert list(tmp_path.iterdir()) == []


def test_the_answer_is_the_same_every_time() -> None:
    seeds = ("1", "2")

    answers = {
        _process(*CALLS["gaps"], "--format", "json", env={"PYTHONHASHSEED": seed}).stdout
        for seed in seeds
    }

    assert len(answers) == 1


def test_shell_completion_names_the_verbs(tmp_path: Path) -> None:
    program = tmp_path / "crosswalk"
    program.write_text("from crosswalk.cli import main\nmain()\n", encoding="utf-8")

    answer = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            **os.environ,
            **_importable(),
            "_CROSSWALK_COMPLETE": "bash_complete",
            "COMP_WORDS": "crosswalk ga",
            "COMP_CWORD": "1",
        },
    )

    assert answer.stdout.strip() == "plain,gaps"


# Compare


def test_compare_takes_two_editions_or_two_snapshots_and_says_which_an_argument_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iso-27001-2013").mkdir()
    new = "iso-27001-2022"

    mixed = run("compare", X, new)
    both = run("compare", "iso-27001-2013", new)
    neither = run("compare", "iso-27001-2014", new)

    assert {mixed.code, both.code, neither.code} == {2}
    assert "is data" in mixed.err
    assert "is an edition" in mixed.err
    assert "./iso-27001-2013 for the path" in both.err
    assert "neither an edition nor a path that exists. Did you mean" in neither.err


def test_compare_of_snapshots_lists_differences_with_their_own_fields(
    run: Run, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copytree(X, old)
    (old / "risks.ttl").unlink()

    answer = run("compare", old, X, "--format", "json", *DAY)

    rows = json.loads(answer.out)
    assert {tuple(row) for row in rows} == {("kind", "subject", "before", "after", "why")}
    assert "evidence-added" in {row["kind"] for row in rows}
    assert "no statuses compared" in answer.err
    assert "as of 2026-11-20" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "iso-27001-2013", "iso-27001-2022", "--edition", "iso-42001"),
        ("compare", "iso-27001-2013", "iso-27001-2022", "--change", "chnged"),
        ("compare", X, X, "--change", "changed"),
    ],
    ids=lambda arguments: arguments[-2],
)
def test_compare_refuses_an_option_of_the_other_question(
    run: Run, arguments: tuple[str, ...]
) -> None:
    answer = run(*arguments)

    assert (answer.code, answer.out) == (2, "")
    assert arguments[-2] in answer.err


def test_whatif_reads_added_files_and_touches_none(run: Run, world: World) -> None:
    world.edition("alpha-2020", "1\n2")
    world.open(world.implements("alpha:1"), world.item())
    (data,) = (path for path in world.root.iterdir() if path.name.startswith("data"))
    (file,) = data.iterdir()
    kept = file.read_bytes()
    more = world.root / "more.ttl"
    prefixes = kept.decode().partition("o:organization")[0]
    more.write_text(prefixes + world.assessed("alpha:1", "earl:failed"), encoding="utf-8")

    answer = run(
        *("whatif", data, "--add", more, "--edition", "alpha-2020", "--format", "json"),
        *("--knowledge", world.knowledge, "--no-shipped", "--as-of", "2026-06-01"),
    )

    rows = {row["what"]: row for row in json.loads(answer.out)}
    assert (rows["flipped"]["provision"], rows["flipped"]["after"]) == ("1", "failed")
    assert (rows["hi"]["before"], rows["hi"]["after"]) == (1.0, 0.5)
    assert f"with {more}: 1 statuses flip" in answer.err
    assert [path.name for path in data.iterdir()] == [file.name]
    assert file.read_bytes() == kept
