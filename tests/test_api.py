"""The JSON API, asked over HTTP as a GRC tool would: a real server, keys of two organisations."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
import pytest

import crosswalk
from crosswalk import catalogue, coverage, resources
from crosswalk.access import Keys
from crosswalk.cli import main
from crosswalk.errors import NotInstalledError
from crosswalk.graph import Dataset
from crosswalk.graph.checkpoints import Home
from crosswalk.measure import Window, given, reckon
from crosswalk.measure import turtle as recorded
from crosswalk.namespaces import graph_iri
from crosswalk.report import SOA_WRITERS, WRITERS
from crosswalk.web import verbs
from crosswalk.web.problems import refusal


def _has_pdf() -> bool:
    try:
        import weasyprint
    except (ImportError, OSError):
        return "CI_REQUIRE_PDF" in os.environ
    return bool(weasyprint)


HAS_PDF = _has_pdf()
TURTLE = {"Content-Type": "text/turtle"}
DAY = "2026-11-20"
PREFIXES = """
@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix iso: <https://w3id.org/aigov-crosswalk/id/iso-42001-2023/> .
@prefix o: <https://w3id.org/aigov-crosswalk/org/acme/> .
"""
ACME = (
    PREFIXES
    + """
o:organization a cw:Organization ; rdfs:label "Acme" ; cw:organizationKey "acme" .
o:whole a cw:Scope ; rdfs:label "whole" ; cw:scopeOf o:organization .
o:ann a prov:Agent ; rdfs:label "Ann" .
o:bob a prov:Agent ; rdfs:label "Bob" .
o:policy a cw:ControlImplementation ; rdfs:label "AI policy" ; cw:implements iso:5.2 ;
  cw:owner o:ann ; cw:implementationStatus cw:implemented ; cw:inScope o:whole .
o:paper a cw:Policy ; rdfs:label "The policy" ; cw:evidenceFor o:policy ; cw:owner o:ann ;
  cw:author o:ann ; cw:collectedOn "2026-09-01"^^xsd:date ; cw:acceptedBy o:bob ;
  cw:acceptedOn "2026-09-02"^^xsd:date ; cw:inScope o:whole ; cw:confidentiality cw:internal ;
  cw:effectiveFrom "2026-09-01"^^xsd:date ; cw:sha256
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" .
"""
)
AUDIT = (
    PREFIXES
    + """
o:audit a cw:Assessment ; rdfs:label "audit" ; cw:assessor o:bob ;
  cw:assessedOn "2026-10-01"^^xsd:date ; cw:acceptedBy o:ann ;
  cw:acceptedOn "2026-10-02"^^xsd:date ; cw:inScope o:whole .
o:result a cw:AssessmentResult ; cw:resultOf o:audit ; earl:subject o:policy ; earl:test iso:5.2 ;
  cw:outcome earl:passed ; cw:finding "in force" .
"""
)
BROKEN = PREFIXES + "o:paper a cw:Policy ; rdfs:label 'The policy' ; cw:evidenceFor o:nothing ."


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, and keys of it by name."""

    address: str
    keys: dict[str, str]

    def client(self, key: str | None = None) -> httpx.Client:
        """Return a client of a caller; without a key anonymous."""
        headers = {"Authorization": f"Bearer {self.keys[key]}"} if key else {}
        return httpx.Client(base_url=f"{self.address}/api/v1/", headers=headers, timeout=60)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service with keys of Acme, of X Corporation and of an operator."""
    folder = tmp_path_factory.mktemp("service")
    Home(folder).prepare()
    keys = Keys(folder)
    wanted = {
        "acme": ("acme", ["read", "write", "assess"]),
        "acme-clerk": ("acme", ["read", "write"]),
        "acme-reader": ("acme", ["read"]),
        "other": ("other", ["read", "write", "assess"]),
        "filer": ("filer", ["read", "write", "assess"]),
        "mover": ("mover", ["read", "write", "assess"]),
        "x": ("x-corporation", ["read", "write", "assess"]),
        "operator": (None, ["read", "write", "assess", "admin"]),
    }
    issued = {
        name: keys.create(name, organisation, scopes).token
        for name, (organisation, scopes) in wanted.items()
    }
    source = str(Path(crosswalk.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-m", "crosswalk", "serve", "--store", str(folder), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    ) as server:
        assert server.stderr is not None
        found = next(line for line in server.stderr if line.startswith("serving at "))
        base = found.split()[2].rstrip("/")
        _until_ready(base)
        yield Service(base, issued)
        server.terminate()
        server.wait(timeout=20)


def _until_ready(base: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{base}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not become ready")


@pytest.fixture(scope="module")
def public(service: Service) -> Iterator[httpx.Client]:
    """Return a client without a key."""
    with service.client() as client:
        yield client


@pytest.fixture(scope="module")
def acme(service: Service) -> Iterator[httpx.Client]:
    """Return a client of Acme, which has put its policy and its audit."""
    with service.client("acme") as client:
        for name, text in (("policy", ACME), ("audit", AUDIT)):
            answer = client.put(f"evidence/{name}", content=text, headers=TURTLE)
            assert answer.status_code == 201, answer.text
        yield client


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main([*arguments, "--format", "json"])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "call"),
    [
        ("frameworks", ("frameworks",)),
        ("provisions?edition=soc2-2017", ("provisions", "soc2-2017")),
        (
            f"map?citation=ISO 42001 A.9.4&to=eu-ai-act-2026&as_of={DAY}",
            ("map", "ISO 42001 A.9.4", "--to", "eu-ai-act-2026", "--as-of", DAY),
        ),
        (
            f"explain?citation=ISO 42001 A.9.4&other=AI Act Art. 26(1)&as_of={DAY}",
            ("explain", "ISO 42001 A.9.4", "AI Act Art. 26(1)", "--as-of", DAY),
        ),
        (f"show?citation=SOC 2 CC6.1&as_of={DAY}", ("show", "SOC 2 CC6.1", "--as-of", DAY)),
        ("query?name=catalogue/editions", ("query", "catalogue/editions")),
    ],
)
def test_an_address_answers_what_the_command_line_prints(
    public: httpx.Client, capsys: pytest.CaptureFixture[str], address: str, call: tuple[str, ...]
) -> None:
    answer = public.get(address)

    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(_printed(capsys, *call))


def test_rows_are_had_as_csv_too(public: httpx.Client) -> None:
    answer = public.get("provisions?edition=soc2-2017", headers={"Accept": "text/csv"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert next(csv.reader(io.StringIO(answer.text))) == [
        *("id", "parent", "kind", "title", "counted", "iri")
    ]


def test_pages_follow_each_other_by_link_and_hold_each_row_once(public: httpx.Client) -> None:
    whole = public.get("provisions?edition=soc2-2017").json()

    rows, address = [], "provisions?edition=soc2-2017&limit=25"
    while address:
        answer = public.get(address)
        rows += answer.json()
        address = answer.links.get("next", {}).get("url", "").removeprefix("/api/v1/")

    assert rows == whole
    assert answer.headers["crosswalk-total"] == str(len(whole))


def test_the_day_is_told_and_today_if_none_is_asked_for(public: httpx.Client) -> None:
    from datetime import date

    said = public.get("provisions?edition=soc2-2017").headers["crosswalk-as-of"]
    asked = public.get(f"provisions?edition=soc2-2017&as_of={DAY}").headers["crosswalk-as-of"]

    assert said == date.today().isoformat()
    assert asked == DAY


def test_what_a_client_has_already_is_not_sent_again(public: httpx.Client) -> None:
    first = public.get("frameworks")
    headers = {"If-None-Match": first.headers["etag"]}

    again = public.get("frameworks", headers=headers)
    other_form = public.get("frameworks", headers={**headers, "Accept": "text/csv"})

    assert (again.status_code, again.content) == (304, b"")
    assert other_form.status_code == 200
    assert "Accept" in first.headers["vary"]
    assert "Authorization" in first.headers["vary"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("provisions?edition=iso-42002-2023", 400, "Did you mean 'iso-42001-2023'"),
        ("provisions", 400, "edition is missing"),
        ("provisions?edition=soc2-2017&scop=x", 400, "no parameter 'scop'"),
        ("provisions?edition=soc2-2017&as_of=2026-02-30", 400, "not a day of the calendar"),
        ("provisions?edition=soc2-2017&limit=0", 400, "from 1 to 10000"),
        ("provisions?edition=soc2-2017&cursor=9.0123456789abcdef0123456789abcdef", 400, "changed"),
        ("provisions?edition=soc2-2017&format=turtle", 406, "application/json"),
        ("map?citation=ISO 42001 A.99&to=soc2-2017", 400, "A.9"),
        ("coverage?edition=iso-42001", 401, "Send a key"),
        ("evidence", 401, "Send a key"),
        ("nothing", 404, "nothing at"),
    ],
)
def test_a_refusal_is_a_problem_in_the_words_of_the_command_line(
    public: httpx.Client, address: str, status: int, said: str
) -> None:
    answer = public.get(address)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_a_document_is_cited_from_what_is_sent(public: httpx.Client) -> None:
    text = b"# Policy\n\nISO 42001 clause 8.5 is kept.\n"

    answer = public.post(
        "cite?file=policy.md", content=text, headers={"Content-Type": "text/plain"}
    )

    (row,) = answer.json()
    assert (row["file"], row["id"], row["verdict"]) == ("policy.md", "8.5", "nonexistent")


def test_a_graph_is_validated_and_nothing_of_it_is_kept(public: httpx.Client) -> None:
    answer = public.post("validate", content=BROKEN, headers=TURTLE)

    assert answer.status_code == 200
    assert "Violation" in {row["severity"] for row in answer.json()}


def test_evidence_is_listed_with_its_hash_its_sender_and_its_bytes_as_sent(
    acme: httpx.Client,
) -> None:
    import hashlib

    rows = {row["name"]: row for row in acme.get("evidence").json()}
    sent = acme.get("evidence/policy")

    assert list(rows) == ["audit", "policy"]
    assert rows["policy"]["by"] == "acme"
    assert sent.content == ACME.encode()
    assert rows["policy"]["sha256"] == hashlib.sha256(sent.content).hexdigest()
    assert sent.headers["content-type"] == "text/turtle"


def test_what_was_put_counts_in_the_next_answer(acme: httpx.Client) -> None:
    (row,) = acme.get(f"coverage?edition=iso-42001&as_of={DAY}").json()
    status = acme.get(f"explain?citation=ISO 42001 5.2&as_of={DAY}").json()

    assert (row["scope"], row["n"], row["satisfied_direct"]) == ("whole", 70, 1)
    assert status["status"] == "satisfied_direct"


def test_a_plan_is_had_as_rows_and_as_a_calendar_of_tasks(acme: httpx.Client) -> None:
    asked = f"plan?edition=iso-42001&roadmap=iso-xpert&start=2027-01-01&as_of={DAY}"
    rows = acme.get(asked).json()
    calendar = acme.get(f"{asked}&format=ics")

    assert rows[0]["lo"] == pytest.approx(2 / 70)
    assert [row["order"] for row in rows] == list(range(1, len(rows) + 1))
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert calendar.text.count("BEGIN:VTODO") == len(rows)


@pytest.fixture(scope="module")
def filer(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client of an organisation that has put the files of a directory named DATA."""
    folder = tmp_path_factory.mktemp("filer") / "DATA"
    folder.mkdir()
    with service.client("filer") as client:
        for name, text in (("policy.ttl", ACME), ("audit.ttl", AUDIT)):
            said = text.replace("/acme/", "/filer/").replace('"acme"', '"filer"')
            said = said.replace("earl:passed", "earl:failed")
            (folder / name).write_text(said, encoding="utf-8", newline="\n")
            answer = client.put(f"evidence/{name}", content=said, headers=TURTLE)
            assert answer.status_code == 201, answer.text
        client.headers["X-Folder"] = str(folder.parent)
        yield client


@pytest.mark.parametrize("format", [one for one in WRITERS if one != "pdf" or HAS_PDF])
def test_a_report_over_http_is_the_file_that_the_command_line_writes(
    filer: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, format: str
) -> None:
    monkeypatch.chdir(filer.headers["X-Folder"])
    file = tmp_path / f"report{WRITERS[format].ending}"
    main(["report", "DATA", "--edition", "iso-42001", "--as-of", DAY, "--out", str(file)])

    answer = filer.get(f"report?edition=iso-42001&as_of={DAY}&format={format}")

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == verbs.REPORTS[format]
    assert answer.content == file.read_bytes()


@pytest.mark.parametrize("format", list(SOA_WRITERS))
def test_a_statement_over_http_is_the_file_that_the_command_line_writes(
    filer: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, format: str
) -> None:
    monkeypatch.chdir(filer.headers["X-Folder"])
    file = tmp_path / f"soa{SOA_WRITERS[format].ending}"
    main(["soa", "DATA", "--as-of", DAY, "--out", str(file)])

    answer = filer.get(f"soa?as_of={DAY}", headers={"Accept": SOA_WRITERS[format].media_type})

    assert answer.headers["content-type"] == SOA_WRITERS[format].media_type
    assert answer.content == file.read_bytes()


def test_the_media_types_of_reports_are_those_of_the_writers(public: httpx.Client) -> None:
    paths = public.get("openapi.json").json()["paths"]
    said = paths["/api/v1/report"]["get"]["responses"]["200"]["content"]

    assert verbs.REPORTS.keys() == WRITERS.keys()
    assert {
        name: writer.media_type.partition(";")[0] for name, writer in WRITERS.items()
    } == verbs.REPORTS
    assert {"application/pdf", verbs.XLSX, verbs.DOCX, "text/turtle"} <= said.keys()


def test_a_redacted_report_over_http_names_nobody(filer: httpx.Client) -> None:
    asked = f"report?edition=iso-42001&as_of={DAY}"
    plain, redacted = filer.get(asked).text, filer.get(f"{asked}&redact=true").text

    assert "Ann" in plain
    assert "Ann" not in redacted
    assert filer.get("soa?redact=true").status_code == 400


def test_an_unknown_format_of_a_report_is_told_with_the_nearest(filer: httpx.Client) -> None:
    answer = filer.get("report?edition=iso-42001&format=soa-doc")

    assert answer.status_code == 400
    assert "'soa-docx'" in answer.json()["detail"]


def test_a_package_that_is_not_installed_is_told_as_such_with_the_way_out() -> None:
    answer = refusal(NotInstalledError("writing PDF needs WeasyPrint", remedy="Install the extra."))

    assert answer.status_code == 501
    assert "Retry-After" not in answer.headers
    assert b"Install the extra." in answer.body


def test_a_figure_is_computed_of_numbers_that_are_sent(public: httpx.Client) -> None:
    rows = "row=group=a,selected=39,total=100&row=group=b,selected=50,total=100"
    methods = public.get("measure").json()
    (given,) = public.get(f"measure?metric=selection-rate-ratio&{rows}").json()
    (sent,) = public.post(
        "measure?metric=selection-rate-ratio",
        content="group,selected,total\na,39,100\nb,50,100\n",
        headers={"Content-Type": "text/csv"},
    ).json()

    assert {"kl-divergence", "selection-rate-ratio"} <= {row["metric"] for row in methods}
    assert (given["value"], sent["value"]) == (0.78, 0.78)
    assert given["inputs_sha256"] == sent["inputs_sha256"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("measure?row=a=1", "no metric is named"),
        ("measure?metric=k-anonymity", "there are no numbers"),
        ("measure?metric=k-anonimity&row=a=1", "'k-anonymity'"),
        ("measure?metric=availability&row=a=1&objective=urn:x", "an organisation's"),
    ],
)
def test_a_figure_that_cannot_be_computed_is_refused(
    public: httpx.Client, asked: str, said: str
) -> None:
    answer = public.get(asked)

    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_measurements_on_record_are_computed_again(filer: httpx.Client) -> None:
    objective = PREFIXES.replace("/acme/", "/filer/") + (
        'o:fair a cw:Objective ; rdfs:label "fair"@en ; cw:metric "ratio"@en ; '
        'cw:comparator cw:at-least ; cw:target 0.8 ; cw:unit "1" ; cw:owner o:ann ; '
        'cw:setOn "2026-01-01"^^xsd:date ; cw:inScope o:whole .\n'
    )
    figure = reckon(
        "selection-rate-ratio",
        given(["group=a,selected=45,total=100", "group=b,selected=50,total=100"]),
        {},
    )
    name, turtle = recorded(
        figure,
        objective=graph_iri("org", "filer", "fair"),
        organization="filer",
        window=Window(date(2026, 11, 1)),
        beside=Path("x"),
    )
    put = filer.put("evidence/figures.ttl", content=objective + turtle, headers=TURTLE)
    assert put.status_code == 201, put.text
    (row,) = filer.get("measure/check").json()
    filer.delete("evidence/figures.ttl")

    assert (row["measurement"], row["stated"], row["verdict"]) == (name, "0.9", "agrees")


def test_the_same_bytes_again_change_nothing(acme: httpx.Client) -> None:
    before = acme.get("evidence/policy").headers["etag"]

    answer = acme.put("evidence/policy", content=ACME, headers=TURTLE)

    assert (answer.status_code, answer.json()["changed"]) == (200, False)
    assert answer.headers["etag"] == before


def test_documents_that_rest_on_one_another_are_put_at_once_and_count_as_files_do(
    service: Service, x_corporation: Dataset
) -> None:
    folder = resources.examples_dir() / "x-corporation"
    parts = {
        path.stem: (path.name, path.read_bytes(), "text/turtle")
        for path in sorted(folder.glob("*.ttl"))
        # The first has a violation that is meant, and the second looks at what it measures.
        if path.stem not in ("objectives", "audit-and-review")
    }
    edition = catalogue.edition(x_corporation, "iso-42001", as_of=date.fromisoformat(DAY))
    (expected,) = coverage.vectors(x_corporation, edition, as_of=date.fromisoformat(DAY))

    with service.client("x") as client:
        alone = client.put(
            "evidence/evidence", content=parts["evidence"][1], headers=TURTLE
        ).status_code
        answer = client.post("evidence", files=parts)
        again = client.post("evidence", files=parts)
        (row,) = client.get(f"coverage?edition=iso-42001&as_of={DAY}").json()
        broken = client.post(
            "evidence",
            files={
                "systems": ("s", b"", "text/turtle"),
                "broken": ("b", BROKEN.replace("/acme/", "/x-corporation/"), "text/turtle"),
            },
        )
        held = client.get("evidence").json()

    assert alone == 422
    assert answer.status_code == 201, answer.text
    assert [one["changed"] for one in answer.json()["documents"]] == [True] * len(parts)
    assert (again.status_code, {one["changed"] for one in again.json()["documents"]}) == (
        200,
        {False},
    )
    assert (row["satisfied_direct"], row["lo"]) == (expected.satisfied_direct, expected.lo)
    assert (broken.status_code, [one["name"] for one in held]) == (422, sorted(parts))


def test_a_violation_refuses_a_document_with_its_findings_and_changes_nothing(
    acme: httpx.Client,
) -> None:
    before = acme.get("evidence").json()

    answer = acme.put("evidence/broken", content=BROKEN, headers=TURTLE)

    assert answer.status_code == 422
    assert answer.json()["kind"] == "violation"
    assert {"Violation"} <= {row["severity"] for row in answer.json()["findings"]}
    assert acme.get("evidence").json() == before


@pytest.mark.parametrize(
    ("text", "kind", "status", "said"),
    [
        ("o:a o:b", "text/turtle", 422, "does not parse"),
        ("{}", "text/plain", 415, "is not read"),
        (
            '{"@context": "http://127.0.0.1:9/c", "@id": "urn:a", "urn:b": 1}',
            "application/ld+json",
            422,
            "none is fetched",
        ),
        (
            "<urn:a> <urn:b> <urn:c> <https://w3id.org/aigov-crosswalk/org/other/evidence/x> .",
            "application/n-quads",
            422,
            "speaks of the graph",
        ),
        (
            "<https://w3id.org/aigov-crosswalk/id/gdpr-2016/article-1> <urn:b> 1 .",
            "text/turtle",
            422,
            "not the organisation's",
        ),
        (
            "<https://w3id.org/aigov-crosswalk/org/other/x> <urn:b> 1 .",
            "text/turtle",
            422,
            "not the organisation's",
        ),
    ],
)
def test_a_document_speaks_for_itself_and_for_its_organisation_only(
    acme: httpx.Client, text: str, kind: str, status: int, said: str
) -> None:
    answer = acme.put("evidence/odd", content=text, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_our_context_is_read_from_the_package(acme: httpx.Client) -> None:
    said = {
        "@context": "https://w3id.org/aigov-crosswalk/context.jsonld",
        "@id": "https://w3id.org/aigov-crosswalk/org/acme/cy",
        "@type": "http://www.w3.org/ns/prov#Agent",
        "http://www.w3.org/2000/01/rdf-schema#label": "Cy",
    }

    answer = acme.put("evidence/people", json=said, headers={"Content-Type": "application/ld+json"})
    gone = acme.delete("evidence/people")

    assert (answer.status_code, gone.status_code) == (201, 204)
    assert acme.get("evidence/people").status_code == 404


def test_a_condition_that_does_not_hold_refuses_a_change(acme: httpx.Client) -> None:
    stale = {**TURTLE, "If-Match": '"0"'}
    new = {**TURTLE, "If-None-Match": "*"}

    assert acme.put("evidence/policy", content=ACME, headers=stale).status_code == 412
    assert acme.put("evidence/policy", content=ACME, headers=new).status_code == 412


def test_an_amendment_replaces_what_it_describes_and_nothing_else(acme: httpx.Client) -> None:
    change = PREFIXES + 'o:ann a prov:Agent ; rdfs:label "Ann Other" .'

    answer = acme.patch("evidence/policy", content=change, headers=TURTLE)
    text = acme.get("evidence/policy").text
    acme.put("evidence/policy", content=ACME, headers=TURTLE)

    assert answer.status_code == 200, answer.text
    assert '"Ann Other"' in text
    assert '"Ann"' not in text
    assert '"Bob"' in text


def test_to_judge_takes_a_scope_of_its_own(service: Service, acme: httpx.Client) -> None:
    with service.client("acme-clerk") as clerk, service.client("acme-reader") as reader:
        judged = clerk.put("evidence/audit-2", content=AUDIT, headers=TURTLE)
        written = reader.put("evidence/policy", content=ACME, headers=TURTLE)

    assert (judged.status_code, written.status_code) == (403, 403)


def test_an_organisation_sees_nothing_of_another(service: Service, acme: httpx.Client) -> None:
    with service.client("other") as other:
        mine = other.get(f"coverage?edition=iso-42001&as_of={DAY}")
        known = other.get("evidence?organisation=acme")
        unknown = other.get("evidence?organisation=nobody")
        tag = acme.get(f"coverage?edition=iso-42001&as_of={DAY}").headers["etag"]
        same = other.get(f"coverage?edition=iso-42001&as_of={DAY}", headers={"If-None-Match": tag})

    assert mine.json()[0]["satisfied_direct"] == 0
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert known.text.replace("acme", "nobody") == unknown.text
    assert same.status_code == 200


def test_an_operator_names_the_organisation(service: Service, acme: httpx.Client) -> None:
    with service.client("operator") as operator:
        unnamed = operator.get("coverage?edition=iso-42001")
        named = operator.get(f"coverage?edition=iso-42001&organisation=acme&as_of={DAY}")

    assert unnamed.status_code == 400
    assert named.json()[0]["satisfied_direct"] == 1


def test_what_would_change_is_told_and_nothing_is_changed(acme: httpx.Client) -> None:
    answer = acme.get(f"whatif?edition=iso-42001&remove=audit&as_of={DAY}")

    flipped = [row for row in answer.json() if row["what"] == "flipped"]
    assert [(row["provision"], row["before"]) for row in flipped] == [("5.2", "satisfied_direct")]
    assert acme.get(f"coverage?edition=iso-42001&as_of={DAY}").json()[0]["satisfied_direct"] == 1


def test_every_address_of_the_description_is_one_that_answers(public: httpx.Client) -> None:
    described = public.get("openapi.json").json()

    for path, item in described["paths"].items():
        for method in {"get", "post", "put", "patch", "delete"} & set(item):
            at = path.replace("{name}", "policy").removeprefix("/api/v1/")
            assert public.request(method, at).status_code not in (404, 405, 500), (method, path)


def _import(client: httpx.Client, text: str, **asked: str) -> httpx.Response:
    return client.post(
        "import",
        params={"kind": "workbook", "name": "people.csv", **asked},
        content=text,
        headers={"Content-Type": "application/octet-stream"},
    )


def test_a_source_is_imported_once_as_a_document_with_its_bytes_kept(service: Service) -> None:
    text = "key,label,kind\nAnn Smith,Ann,Person\n"
    with service.client("mover") as client:
        tried = _import(client, text, dry_run="true")
        none = client.get("evidence").json()
        first, again = (_import(client, text) for _ in range(2))
        amended = _import(client, text.replace("Ann,", "Ann S.,"))
        held = client.get("evidence").json()
        said = client.get("evidence/people.csv.ttl").text

    assert (tried.status_code, first.status_code, again.status_code) == (200, 201, 200)
    assert none == []
    assert tried.json()["rows"] == first.json()["rows"]
    assert [(row["place"], row["added"]) for row in first.json()["rows"]] == [("line 2", 3)]
    assert [row["added"] for row in again.json()["rows"]] == [0]
    assert [one["changed"] for one in again.json()["documents"]] == [False]
    assert [(row["added"], row["removed"]) for row in amended.json()["rows"]] == [(1, 1)]
    assert [one["name"] for one in held] == ["people.csv.ttl"]
    assert "Imported from: people.csv" in said


def test_a_form_brings_a_source_with_its_name(service: Service) -> None:
    text = "key,label,kind\nbob,Bob,Person\n"
    with service.client("mover") as client:
        answer = client.post(
            "import?kind=workbook", files={"source": ("people.csv", text, "text/csv")}
        )
        strange = client.post("import?kind=workbook", files={"other": ("a.csv", text, "text/csv")})

    assert answer.status_code in (200, 201)
    assert [one["name"] for one in answer.json()["documents"]] == ["people.csv.ttl"]
    assert strange.status_code == 400


def test_an_import_with_a_refused_row_changes_nothing_and_tells_the_rows(service: Service) -> None:
    with service.client("mover") as client:
        before = client.get("evidence").json()
        answer = _import(client, "key,label\n,x\nann,Ann\n")
        hostile = client.post(
            "import?kind=workbook&name=a.xlsx",
            content=b"\xd0\xcf\x11\xe0",
            headers={"Content-Type": "application/octet-stream"},
        )
        after = client.get("evidence").json()

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [row["outcome"] for row in answer.json()["rows"]] == ["refused", "mapped"]
    assert hostile.status_code == 422
    assert "XLSX" in hostile.json()["detail"]
    assert after == before


def test_an_import_that_violates_a_shape_is_refused_as_any_document(service: Service) -> None:
    text = "key,label,purpose\ntool,Tool,x\n"
    with service.client("mover") as client:
        answer = _import(client, text, name="systems.csv")
        held = client.get("evidence").json()

    assert answer.status_code == 422
    assert answer.json()["kind"] == "violation"
    assert "systems.csv.ttl" not in [one["name"] for one in held]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"kind": ""}, 400),
        ({"kind": "xml"}, 400),
        ({"dry_run": "maybe"}, 400),
        ({"as_of": "2026-02-30"}, 400),
        ({"colour": "red"}, 400),
    ],
)
def test_a_wrong_call_of_an_import_is_refused(
    service: Service, asked: dict[str, str], status: int
) -> None:
    with service.client("mover") as client:
        assert _import(client, "key,label\na,A\n", **asked).status_code == status
