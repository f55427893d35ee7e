"""What is wrong is told with its place and the way out, and leaves nothing half done."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from crosswalk import validation
from crosswalk.cli import main
from crosswalk.errors import CrosswalkError
from crosswalk.graph import Dataset, load_data, open_dataset
from crosswalk.resources import examples_dir

X = examples_dir() / "x-corporation"
ISO = ("--edition", "iso-42001-2023")
DAY = ("--as-of", "2026-11-20")
MEGABYTE = 1024 * 1024
LONGEST_MESSAGE = 2000
PREFIXES = """\
@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix iso: <https://w3id.org/aigov-crosswalk/id/iso-42001-2023/> .
@prefix o: <https://w3id.org/aigov-crosswalk/org/acme/> .
@prefix old: <https://w3id.org/aigov-crosswalk/id/iso-27001-2013/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
ACME = f"""{PREFIXES}
o:organization a cw:Organization ; rdfs:label "Acme" .
o:whole a cw:Scope ; rdfs:label "whole" ; cw:scopeOf o:organization .
o:ann rdfs:label "Ann" .
"""
SET_HEADER = "#mapping_set_id: https://example.org/set\n"
SET_COLUMNS = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
SET_ROW = "iso-42001-2023:4.1\tskos:exactMatch\tiso-27001-2022:4.1\tsemapv:ManualMappingCuration\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call left: its exit code and its two streams."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]
Started = subprocess.Popen[str]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command in this process."""

    def answered(*arguments: str | Path) -> Answer:
        capfd.readouterr()
        code = 0
        try:
            main([str(one) for one in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capfd.readouterr()
        return Answer(code, said.out, said.err)

    return answered


def _refused(answer: Answer, code: int, *said: str) -> None:
    """Check that a call was refused in a way that helps, and gave no half an answer."""
    assert answer.code == code, answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert len(answer.err) < LONGEST_MESSAGE
    for word in said:
        assert word in answer.err


def _process(
    *arguments: str | Path, timeout: float, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process that is ended after some seconds."""
    return subprocess.run(
        [sys.executable, "-m", "crosswalk", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env={**os.environ, **_importable(), **(env or {})},
    )


def _importable() -> dict[str, str]:
    import crosswalk

    return {"PYTHONPATH": str(Path(crosswalk.__file__).parents[1])}


def _unreadable(path: Path) -> Path:
    """Make a file that exists and cannot be read, also for root where there is a /proc."""
    if os.geteuid() == 0:
        target = Path("/proc/self/mem")
        assert target.exists(), "root can read every file here: run the tests as another user"
        path.symlink_to(target)
    else:
        path.write_text(ACME, encoding="utf-8")
        path.chmod(0)
    return path


def _edition(parents: tuple[str, str] = ("", ""), *, key: str = "house-2026") -> str:
    """Return an edition of two clauses, R1 and R2, each below the given other one or at the top."""
    me = f"https://w3id.org/aigov-crosswalk/id/{key}"
    clauses = [
        f"""
<{me}/R{n}> a cw:Clause ; skos:notation "R{n}" ; skos:prefLabel "Rule {n}"@en ;
    skos:inScheme <{me}> ; cw:position {n} ; cw:counted true ; cw:childrenExhaust false ;
    {f"skos:broader <{me}/{parent}>" if parent else f"skos:topConceptOf <{me}>"} ;
    cw:paraphrase "Rule {n} of the house asks everyone to put number {n} down in writing."@en ;
    dcterms:subject <https://w3id.org/aigov-crosswalk/id/topic/governance> ."""
        for n, parent in enumerate(parents, 1)
    ]
    return f"""{PREFIXES}
<{me}> a cw:FrameworkEdition ; cw:editionKey "{key}" ;
    cw:editionOf <https://w3id.org/aigov-crosswalk/id/house> ; dcterms:title "House rules"@en ;
    dcterms:publisher "Us" ; cw:version "2026" ; dcterms:issued "2026-01-01"^^xsd:date ;
    cw:inForceFrom "2026-01-01"^^xsd:date ; cw:textLicence "Ours."@en ;
    dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    cw:citedAs "House rules" ; cw:idPattern "^R[0-9]$" ; cw:legalForce false ;
    cw:coverageDefined true ; cw:expectedProvisions 2 ; cw:expectedCounted 2 .
<https://w3id.org/aigov-crosswalk/id/house> a cw:Framework ; dcterms:title "House rules"@en .
{"".join(clauses)}
"""


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """Return an empty directory of knowledge."""
    for name in ("frameworks", "mappings"):
        (tmp_path / "knowledge" / name).mkdir(parents=True)
    return tmp_path / "knowledge"


def _write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Files of evidence


@pytest.mark.parametrize(
    ("text", "line", "offence"),
    [
        (f'{ACME}o:a rdfs:label "open .\n', 14, "does not parse"),
        (f"{ACME}o:a nope:label o:b .\n", 14, "nope:"),
        (f"{ACME}o:a rdfs:label\n", 15, "does not parse"),
        (f"{ACME}\n\n}}\n", 16, "does not parse"),
    ],
    ids=["open string", "unknown prefix", "cut off", "stray brace"],
)
def test_broken_turtle_is_told_with_file_and_line(
    run: Run, tmp_path: Path, text: str, line: int, offence: str
) -> None:
    path = _write(tmp_path / "data" / "a.ttl", text)

    answer = run("coverage", path.parent, *ISO)

    _refused(answer, 3, offence, "Correct the line")
    place = answer.err.removeprefix(f"Error: {path}:")
    assert place != answer.err
    assert abs(int(place.partition(":")[0]) - line) <= 1


@pytest.mark.parametrize("verb", ["coverage", "gaps", "binds", "validate", "soa", "report"])
def test_every_verb_that_reads_evidence_refuses_a_broken_file(
    run: Run, tmp_path: Path, verb: str
) -> None:
    path = _write(tmp_path / "a.ttl", f"{ACME}o:a")
    edition = ISO if verb in ("coverage", "gaps", "report") else ()

    _refused(run(verb, path, *edition), 3, f"{path}:")


def test_one_broken_file_and_nothing_of_the_others_is_loaded(tmp_path: Path) -> None:
    _write(tmp_path / "a.ttl", ACME)
    _write(tmp_path / "b.ttl", f"{ACME}o:x")
    dataset = Dataset()

    with pytest.raises(CrosswalkError, match=r"b\.ttl:"):
        load_data(dataset, [tmp_path])

    assert (len(dataset.store), dataset.sources) == (0, [])


@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".nq", ".trig", ".jsonld", ".rdf"])
def test_a_file_that_is_not_utf_8_is_refused(run: Run, tmp_path: Path, suffix: str) -> None:
    path = _write(tmp_path / f"a{suffix}", b'<urn:a> <urn:b> "caf\xe9 \xff" .\n')

    _refused(run("coverage", path, *ISO), 3, str(path), "does not parse")


def test_a_directory_without_data_is_refused(run: Run, tmp_path: Path) -> None:
    _write(tmp_path / "notes.txt", "no data")

    _refused(run("coverage", tmp_path, *ISO), 3, str(tmp_path), "holds no data", ".ttl")


def test_a_file_of_unknown_format_is_refused(run: Run, tmp_path: Path) -> None:
    path = _write(tmp_path / "a.docx", "PK")

    _refused(run("coverage", path, *ISO), 3, str(path), "no known format '.docx'", ".ttl")


def test_a_path_that_does_not_exist_is_refused(run: Run, tmp_path: Path) -> None:
    _refused(run("coverage", tmp_path / "nowhere", *ISO), 2, "nowhere", "does not exist")


def test_an_empty_file_is_an_organisation_of_which_nothing_is_known(
    run: Run, tmp_path: Path
) -> None:
    path = _write(tmp_path / "a.ttl", "")

    (row,) = json.loads(run("coverage", path, *ISO, "--format", "json").out)

    assert (row["unknown"], row["n"], row["lo"], row["hi"]) == (70, 70, 0.0, 1.0)


def test_an_empty_file_of_json_which_cannot_be_empty_is_refused(run: Run, tmp_path: Path) -> None:
    _refused(run("coverage", _write(tmp_path / "a.jsonld", ""), *ISO), 3, "a.jsonld")


@pytest.mark.parametrize("verb", ["coverage", "validate"])
def test_a_file_that_cannot_be_read_is_refused(run: Run, tmp_path: Path, verb: str) -> None:
    path = _unreadable(tmp_path / "a.ttl")
    edition = ISO if verb == "coverage" else ()

    _refused(run(verb, tmp_path, *edition), 3, str(path), "cannot be read")


@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".nq", ".trig", ".jsonld", ".rdf"])
def test_200_megabytes_of_junk_are_refused_in_seconds_and_in_few_words(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"junk{suffix}"
    with path.open("wb") as file:
        file.truncate(200 * MEGABYTE)

    began = time.monotonic()
    answer = _process("coverage", path, *ISO, timeout=60)

    assert time.monotonic() - began < 30
    assert answer.returncode == 3
    assert str(path) in answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr) < LONGEST_MESSAGE


def test_a_file_above_the_limit_is_not_read_at_all(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ttl"
    with path.open("wb") as file:
        file.truncate(3 * MEGABYTE)
    monkeypatch.setenv("CROSSWALK_MAX_FILE_MB", "2")

    _refused(run("coverage", path, *ISO), 3, "3 MB", "limit of 2 MB", "CROSSWALK_MAX_FILE_MB")


@pytest.mark.parametrize("value", ["much", "-1", ""])
def test_a_setting_that_is_no_number_is_refused_by_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CROSSWALK_MAX_FILE_MB", value)

    _refused(run("coverage", X, *ISO), 2, "CROSSWALK_MAX_FILE_MB")


class Counting(http.server.BaseHTTPRequestHandler):
    """A server of one JSON-LD context that counts who asks for it."""

    asked = 0

    def do_GET(self) -> None:
        """Answer with a context."""
        type(self).asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/ld+json")
        self.end_headers()
        self.wfile.write(b'{"@context": {"label": "http://www.w3.org/2000/01/rdf-schema#label"}}')

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Yield the address of a server on this machine."""
    Counting.asked = 0
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_address[1]}/context.jsonld"
    serving.shutdown()
    serving.server_close()
    thread.join()


def test_a_remote_context_is_refused_and_nothing_is_fetched(
    run: Run, tmp_path: Path, server: str
) -> None:
    path = _write(
        tmp_path / "a.jsonld", json.dumps({"@context": server, "@id": "urn:a", "label": "x"})
    )

    _refused(run("coverage", path, *ISO), 3, str(path))
    assert Counting.asked == 0


def test_an_external_entity_of_rdf_xml_is_not_read(run: Run, tmp_path: Path, server: str) -> None:
    secret = _write(tmp_path / "secret", "secret words")
    path = _write(
        tmp_path / "data" / "a.rdf",
        f"""<?xml version="1.0"?>
<!DOCTYPE r [<!ENTITY far SYSTEM "{server}"><!ENTITY near SYSTEM "{secret.as_uri()}">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">
<rdf:Description rdf:about="urn:a"><rdfs:label>&far;&near;</rdfs:label></rdf:Description>
</rdf:RDF>""",
    )

    answer = run("query", "evidence-per-owner", "--data", path)

    assert Counting.asked == 0
    assert "secret words" not in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_an_address_that_is_no_store_gives_no_data(run: Run, server: str) -> None:
    _refused(run("coverage", server, *ISO), 4, server)


# What evidence says


@pytest.mark.parametrize(
    ("provision", "said"),
    [("iso:A.99", "A.99"), ("iso:A.6.2.44", "A.6.2.44"), ("old:A.99.1", "A.99.1")],
)
def test_evidence_for_a_provision_that_does_not_exist_is_a_violation(
    run: Run, tmp_path: Path, provision: str, said: str
) -> None:
    path = _write(tmp_path / "a.ttl", ACME + _implementation(provision))

    answer = run("validate", path, "--format", "json")

    assert answer.code == 1
    assert any(
        row["severity"] == "Violation" and said in row["message"] for row in json.loads(answer.out)
    )


def _implementation(provision: str) -> str:
    return (
        f'o:doing a cw:ControlImplementation ; rdfs:label "doing" ; cw:implements {provision} ; '
        "cw:owner o:ann ; cw:implementationStatus cw:planned ; cw:inScope o:whole .\n"
    )


@pytest.mark.parametrize(
    ("provision", "edition", "kind"),
    [
        ("iso:A.99", "iso-42001-2023", "dangling-citation"),
        ("old:A.9.4.1", "iso-27001-2022", "other-edition"),
    ],
)
def test_evidence_that_cites_nothing_or_another_edition_is_a_gap_of_its_kind_and_no_cover(
    run: Run, tmp_path: Path, provision: str, edition: str, kind: str
) -> None:
    path = _write(tmp_path / "a.ttl", ACME + _implementation(provision))

    gaps = run("gaps", path, "--edition", edition, "--format", "json")
    (covered,) = json.loads(run("coverage", path, "--edition", edition, "--format", "json").out)

    assert gaps.code == 0
    assert kind in {row["gap_kind"] for row in json.loads(gaps.out)}
    assert covered["satisfied_direct"] == 0


def test_a_blank_statement_of_applicability_is_a_violation_that_says_so(
    run: Run, tmp_path: Path
) -> None:
    path = _write(
        tmp_path / "a.ttl",
        ACME + 'o:soa a cw:StatementOfApplicability ; rdfs:label "SoA" ; cw:inScope o:whole ;\n'
        "    cw:forEdition <https://w3id.org/aigov-crosswalk/id/iso-42001-2023> .\n",
    )

    answer = run("validate", path, *DAY, "--format", "json")

    rows = json.loads(answer.out)
    assert answer.code == 1
    blank = [row for row in rows if row["shape"].endswith("StatementNotBlankShape")]
    assert blank
    assert blank[0]["focus"].endswith("acme/soa")
    assert blank[0]["severity"] == "Violation"


@pytest.mark.parametrize("date", ["2026-02-30", "yesterday", "2026"])
def test_a_date_in_the_evidence_that_is_none_is_told_and_breaks_nothing(
    run: Run, tmp_path: Path, date: str
) -> None:
    path = _write(
        tmp_path / "a.ttl",
        ACME
        + _implementation("iso:9.1")
        + 'o:e a cw:EvidenceItem , cw:Record ; rdfs:label "e" ; cw:evidenceFor o:doing ; '
        f'cw:owner o:ann ; cw:inScope o:whole ; cw:collectedOn "{date}"^^xsd:date .\n',
    )

    validated = run("validate", path, *DAY, "--format", "json")
    covered = run("coverage", path, *ISO, *DAY, "--format", "json")

    assert "Traceback" not in validated.err + covered.err
    assert validated.code in (1, 3)
    assert date in validated.out + validated.err or "ollected" in validated.out
    assert covered.code in (0, 3)
    if covered.code == 0:
        assert json.loads(covered.out)[0]["satisfied_direct"] == 0


# Names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("provisions", "iso-42002-2023"), "'iso-42001-2023'"),
        (("coverage", X, "--edition", "iso-42002-2023"), "'iso-42001-2023'"),
        (("show", "iso-42001-2023:A.6.2.44"), "'A.6.2.4'"),
        (("show", "iso-42002-2023:A.6.2.4"), "'iso-42001-2023'"),
        (("map", "ISO 42001 9.1", "--to", "qqq"), "crosswalk frameworks"),
        (("explain", "ISO 42001 A.99", "--data", X), "has no provision"),
        (("gaps", X, *ISO, "--as-of", "2026-02-30"), "'2026-02-30' is not a day"),
        (("query", "missing.rq"), "missing.rq"),
        (("query", "duties-by-role", "--param", "role=not an IRI"), "is not an IRI"),
        (("query", "expiring-evidence", "--param", "as_of=x", "--param", "days=1"), "'x'"),
        (("frameworks", "--knowledge", "nowhere"), "'nowhere' is not a directory"),
        (("quality", "--knowledge", "nowhere"), "'nowhere' is not a directory"),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, tuple) else None,
)
def test_an_unknown_name_is_a_usage_error(
    run: Run, arguments: tuple[str | Path, ...], said: str
) -> None:
    _refused(run(*arguments), 2, said)


# Queries of a file


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("SELECT ?a WHERE {", 2, "does not parse"),
        ("DROP ALL", 2, "does not parse"),
        ("#+ parameters: [{kind: date}]\nASK {}", 3, "name"),
        ("#+ parameters: 7\nASK {}", 3, "parameters"),
        ("#+ summary: [open\nASK {}", 3, "not YAML"),
        (b"#+ summary: caf\xe9\nASK {}", 3, "UTF-8"),
    ],
    ids=["cut off", "an update", "parameter without name", "no list", "no YAML", "not UTF-8"],
)
def test_a_broken_query_file_is_refused(
    run: Run, tmp_path: Path, text: str | bytes, code: int, said: str
) -> None:
    path = _write(tmp_path / "a.rq", text)

    _refused(run("query", path), code, said)


def test_a_query_cannot_reach_out_of_the_dataset(run: Run, tmp_path: Path, server: str) -> None:
    path = _write(tmp_path / "a.rq", f"SELECT * WHERE {{ SERVICE <{server}> {{ ?s ?p ?o }} }}")

    answer = run("query", path)

    assert Counting.asked == 0
    assert answer.code != 0
    assert "Traceback" not in answer.err


# Knowledge


def test_an_edition_of_ones_own_is_read_beside_ours(run: Run, knowledge: Path) -> None:
    _write(knowledge / "frameworks" / "house-2026.ttl", _edition())

    answer = run("provisions", "house-2026", "--knowledge", knowledge, "--format", "json")

    assert [row["id"] for row in json.loads(answer.out)] == ["R1", "R2"]


def test_a_directory_that_is_not_laid_out_as_ours_is_refused(run: Run, tmp_path: Path) -> None:
    _refused(run("frameworks", "--knowledge", tmp_path), 3, str(tmp_path), "frameworks/*.ttl")


def test_a_broken_edition_is_told_with_file_and_line(run: Run, knowledge: Path) -> None:
    path = _write(knowledge / "frameworks" / "house-2026.ttl", _edition() + "}\n")

    _refused(run("frameworks", "--knowledge", knowledge), 3, f"{path}:", "does not parse")


def test_an_edition_that_is_not_utf_8_is_refused(run: Run, knowledge: Path) -> None:
    path = _write(
        knowledge / "frameworks" / "house-2026.ttl", _edition().encode().replace(b"Us", b"\xdcs")
    )

    _refused(run("frameworks", "--knowledge", knowledge), 3, str(path))


def test_an_edition_that_cannot_be_read_is_refused(run: Run, knowledge: Path) -> None:
    path = _unreadable(knowledge / "frameworks" / "house-2026.ttl")

    _refused(run("frameworks", "--knowledge", knowledge), 3, str(path), "cannot be read")


def test_a_key_that_is_ours_already_is_refused(run: Run, knowledge: Path) -> None:
    path = _write(knowledge / "frameworks" / "iso-42001-2023.ttl", _edition(key="iso-42001-2023"))

    _refused(
        run("frameworks", "--knowledge", knowledge), 3, str(path), "'iso-42001-2023' is there twice"
    )
    assert run("frameworks", "--knowledge", knowledge, "--no-shipped").code == 0


def test_a_key_that_two_directories_bring_is_refused(
    run: Run, knowledge: Path, tmp_path: Path
) -> None:
    _write(knowledge / "frameworks" / "house-2026.ttl", _edition())
    path = _write(tmp_path / "other" / "frameworks" / "house-2026.ttl", _edition())

    answer = run("frameworks", "--knowledge", knowledge, "--knowledge", tmp_path / "other")

    _refused(answer, 3, str(path), "is there twice")


def test_a_file_whose_edition_has_another_key_than_its_name_is_refused(
    run: Run, knowledge: Path
) -> None:
    path = _write(knowledge / "frameworks" / "house-2026.ttl", _edition(key="iso-42001-2023"))

    _refused(run("frameworks", "--knowledge", knowledge), 3, str(path), "iso-42001-2023")


@pytest.mark.parametrize(
    ("arguments", "exhaust"),
    [
        (("provisions", "house-2026"), "false"),
        (("show", "House rules R1"), "false"),
        (("coverage", X, "--edition", "house-2026"), "true"),
        (("gaps", X, "--edition", "house-2026"), "true"),
        (("report", X, "--edition", "house-2026", "--format", "json"), "true"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_cycle_of_parents_never_hangs_a_verb(
    knowledge: Path, arguments: tuple[str | Path, ...], exhaust: str
) -> None:
    text = _edition(("R2", "R1")).replace("Exhaust false", f"Exhaust {exhaust}")
    _write(knowledge / "frameworks" / "house-2026.ttl", text)

    answer = _process(*arguments, "--knowledge", knowledge, timeout=60)

    assert "Traceback" not in answer.stderr
    assert answer.returncode in (0, 3)


@pytest.fixture(scope="module", autouse=True)
def quality_of_a_cycle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Start the checks of an edition whose parents go round: they take seconds, so run beside."""
    folder = tmp_path_factory.mktemp("cycle")
    _write(folder / "frameworks" / "house-2026.ttl", _edition(("R2", "R1")))
    call = ("quality", "--knowledge", str(folder), "--no-shipped", "--format", "json")
    with subprocess.Popen(
        [sys.executable, "-m", "crosswalk", *call],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={**os.environ, **_importable()},
    ) as started:
        yield started
        started.kill()


def test_a_cycle_of_parents_is_a_fault_of_quality(quality_of_a_cycle: Started) -> None:
    out, _ = quality_of_a_cycle.communicate(timeout=120)

    faults = {row["check"]: row for row in json.loads(out) if row["state"] == "fault"}
    assert quality_of_a_cycle.returncode == 1
    assert faults["parent-cycle"]["faults"] == 2
    assert "house-2026/R1" in faults["parent-cycle"]["detail"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SET_COLUMNS + SET_ROW, "mapping_set_id"),
        (SET_HEADER + SET_COLUMNS + SET_ROW.replace("27001", "27002"), "iso-27002-2022"),
        (SET_HEADER + SET_COLUMNS + SET_ROW.replace("2022:4.1", "2022:4 1"), "4 1"),
        (SET_HEADER + SET_COLUMNS + SET_ROW.replace("semapv:", "nope:"), "nope"),
        (SET_HEADER + SET_COLUMNS + SET_ROW.replace("exact", "perfect"), "skos:perfectMatch"),
        ("#license: CC-BY\n" + SET_HEADER + SET_COLUMNS + SET_ROW, "license"),
        ("#title: [\n" + SET_HEADER + SET_COLUMNS + SET_ROW, "YAML"),
        ("", "no column object_id"),
        ((SET_HEADER + SET_COLUMNS + SET_ROW).encode() + b"\xe9\n", "UTF-8"),
    ],
    ids=[
        "no header",
        "unknown prefix",
        "space in an id",
        "unknown prefix of a justification",
        "unknown predicate",
        "licence that is no IRI",
        "header that is no YAML",
        "empty",
        "not UTF-8",
    ],
)
def test_a_broken_mapping_set_is_told_with_its_file(
    run: Run, knowledge: Path, text: str | bytes, said: str
) -> None:
    path = _write(knowledge / "mappings" / "a.sssom.tsv", text)

    _refused(run("frameworks", "--knowledge", knowledge), 3, str(path), said)


def test_a_mapping_set_that_cannot_be_read_is_refused(run: Run, knowledge: Path) -> None:
    path = _unreadable(knowledge / "mappings" / "a.sssom.tsv")

    _refused(run("frameworks", "--knowledge", knowledge), 3, str(path), "cannot be read")
    assert run("mappings", "check", path).code in (1, 3)


def test_200_megabytes_of_junk_as_a_mapping_set_are_told_in_seconds(knowledge: Path) -> None:
    path = knowledge / "mappings" / "a.sssom.tsv"
    with path.open("wb") as file:
        file.truncate(200 * MEGABYTE)

    answer = _process("mappings", "check", path, "--format", "json", timeout=30)

    assert answer.returncode == 1
    assert "is not an SSSOM/TSV file" in answer.stdout


def test_what_is_refused_is_refused_again_and_not_kept_half_in_the_cache(
    run: Run, knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    _write(knowledge / "frameworks" / "house-2026.ttl", _edition())
    path = _write(knowledge / "mappings" / "a.sssom.tsv", SET_COLUMNS)

    first, again = (run("frameworks", "--knowledge", knowledge) for _ in range(2))
    path.unlink()
    mended = run("frameworks", "--knowledge", knowledge, "--format", "csv")

    _refused(first, 3)
    assert again == first
    assert "house-2026" in mended.out


# The cache


@pytest.fixture(scope="module")
def answer_without_cache() -> str:
    """Return what is answered where there is no cache."""
    call = ("frameworks", "--format", "json")
    return _process(*call, timeout=60, env={"CROSSWALK_CACHE": "off"}).stdout


@pytest.fixture(scope="module")
def filled_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that one call has filled; only for reading."""
    folder = tmp_path_factory.mktemp("filled") / "cache"
    _process("frameworks", timeout=60, env={"CROSSWALK_CACHE": str(folder)})
    return folder


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\x00" * len(data),
        lambda data: data.replace(b"iso-42001-2023", b"iso-99999-2023"),
        lambda data: data + b"<urn:a> <urn:b> <urn:c> .\n",
        lambda data: data.partition(b"\n")[2],
    ],
    ids=["empty", "half", "zeroes", "altered", "longer", "without its head"],
)
def test_a_damaged_cache_is_made_anew_and_nothing_is_said(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer_without_cache: str,
    filled_cache: Path,
    damage: Callable[[bytes], bytes],
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    shutil.copytree(filled_cache, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))

    answer = run("frameworks", "--format", "json")

    assert answer == Answer(0, answer_without_cache, "")
    assert kept.read_bytes().partition(b"\n")[2].count(b"\n") == whole.count(b"\n") - 1


def test_a_cache_that_cannot_be_written_is_done_without(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer_without_cache: str
) -> None:
    _write(tmp_path / "file", "")
    read_only = tmp_path / "read-only"
    read_only.mkdir()
    read_only.chmod(0o500)

    for place in (tmp_path / "file", tmp_path / "file" / "below", read_only, Path("/proc/nowhere")):
        monkeypatch.setenv("CROSSWALK_CACHE", str(place))
        assert run("frameworks", "--format", "json") == Answer(0, answer_without_cache, "")


def test_a_cache_that_is_off_writes_nothing(tmp_path: Path) -> None:
    places = {"XDG_CACHE_HOME": str(tmp_path), "CROSSWALK_CACHE": "off"}

    answer = _process("frameworks", timeout=30, env=places)

    assert answer.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_in_the_home_of_the_user_but_the_cache(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()

    answer = _process(
        "frameworks", timeout=30, env={"HOME": str(home), "CROSSWALK_CACHE": str(cache)}
    )

    assert answer.returncode == 0
    assert list(home.iterdir()) == []
    assert [path.suffix for path in cache.iterdir()] == [".cache"]


@pytest.mark.parametrize("cache", ["", "off"])
def test_a_home_that_cannot_be_written_is_no_hindrance(tmp_path: Path, cache: str) -> None:
    file = _write(tmp_path / "file", "")
    places = {"HOME": str(file), "XDG_CACHE_HOME": str(file), "CROSSWALK_CACHE": cache}

    answer = _process("frameworks", timeout=30, env=places)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_cache_holds_nothing_of_an_organisation(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    evidence = _write(tmp_path / "a.ttl", ACME.replace("Acme", "Peculiar Holdings"))

    run("coverage", evidence, *ISO)

    kept = [path.read_bytes() for path in (tmp_path / "cache").iterdir()]
    assert kept
    assert [data for data in kept if b"Peculiar Holdings" in data or b"org/acme" in data] == []


def test_changed_knowledge_is_another_entry_of_the_cache(
    run: Run, knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path / "cache"))
    path = _write(knowledge / "frameworks" / "house-2026.ttl", _edition())
    call = ("show", "House rules R1", "--knowledge", knowledge)

    before = run(*call).out
    path.write_text(_edition().replace('"Rule 1"', '"Rule one"'), encoding="utf-8")
    after = run(*call).out

    assert "Rule 1" in before
    assert "Rule one" in after


def test_two_readings_of_the_same_knowledge_are_equal_with_and_without_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def quads() -> set[str]:
        return {str(quad) for quad in open_dataset().quads() if "BlankNode" not in repr(quad)}

    monkeypatch.setenv("CROSSWALK_CACHE", "off")
    plain = quads()
    monkeypatch.setenv("CROSSWALK_CACHE", str(tmp_path))
    filled, kept = quads(), quads()

    assert plain == filled == kept


def test_a_finding_names_the_file_and_the_line_of_its_subject(tmp_path: Path) -> None:
    home = "https://w3id.org/aigov-crosswalk/org/acme"
    (tmp_path / "a.ttl").write_text(
        f"{ACME}o:other cw:implements iso:4.1 .\n"
        "o:scope-b rdfs:comment 'about o:bare' .\n"
        "\to:bare rdfs:comment 'indented' .\n"
        "o:bare a cw:EvidenceItem .\n",
        encoding="utf-8",
    )
    (tmp_path / "b.nt").write_text(
        f"<{home}/x/bare-too> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://w3id.org/aigov-crosswalk/ns#EvidenceItem> .\n",
        encoding="utf-8",
    )

    found = validation.validate(
        open_dataset([tmp_path]), [tmp_path], as_of=date(2026, 11, 20)
    ).findings

    places = {one.focus.rpartition("/")[2]: one.source for one in found}
    first = ACME.count("\n") + 1
    assert places["bare"] == f"{tmp_path / 'a.ttl'}:{first + 3}"
    assert places["bare-too"] == f"{tmp_path / 'b.nt'}:1"
