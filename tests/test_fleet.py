"""Many organisations are assessed as each of them would be alone, whoever does it."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest

from conftest import PREFIXES, World
from crosswalk import fleet, validation
from crosswalk.cli import main
from crosswalk.errors import DataError, UnavailableError, UsageError
from crosswalk.fleet import splitting
from crosswalk.fleet.assessing import Desk, Question, Text
from crosswalk.fleet.places import Place
from crosswalk.fleet.sources import Portion, Source
from crosswalk.graph import Dataset, open_dataset, upkeep
from crosswalk.namespaces import graph_iri
from crosswalk.verbs import as_json, as_row, assessment
from crosswalk.verbs.assessment import COVERAGE, FINDINGS, GAPS

if TYPE_CHECKING:
    from distributed import LocalCluster

DAY = date(2026, 6, 1)
EDITIONS = ("alpha-2020", "beta-2021")
GOOD = ("acme", "bell", "cole", "dunn", "east")
BAD = "fail"
HEAD = PREFIXES.rpartition("@prefix o:")[0]
PROVISIONS = ("1", "2", "3", "4", "5", "6")
BROKEN = f'<urn:a> <urn:b> "no end <{graph_iri("org", BAD, "evidence")}> .\n'


def statements(name: str) -> str:
    """Return what an organisation says, in Turtle: no two say the same."""
    number = ord(name[0]) - ord("a")
    said = [
        HEAD,
        f"@prefix o: <{graph_iri('org', name, '')}> .",
        f'o:organization a cw:Organization ; rdfs:label "{name}" ; cw:organizationKey "{name}" .',
        'o:whole a cw:Scope ; rdfs:label "whole" ; cw:scopeOf o:organization .',
        'o:ann a prov:Agent ; rdfs:label "Ann \\"A\\" Ünal\\n" . o:bob a prov:Agent .',
        # Of what is due once there are two: no order of the statements decides between them.
        'o:soa a cw:StatementOfApplicability ; rdfs:label "B", "A" ; cw:version "2", "1" ; '
        'cw:forEdition edition:alpha-2020 ; cw:approvedOn "2026-01-01"^^xsd:date ; '
        "cw:decision o:no . o:no cw:provision alpha:2 ; cw:applicable true, false ; "
        'cw:justification "so", "because" . o:i0 rdfs:label "other", "another" .',
        # The same name in each file is another thing in each.
        '[] a cw:Record ; rdfs:label "nobody\'s" .',
    ]
    for place, provision in enumerate(PROVISIONS[: number + 1]):
        cited, own = f"alpha:{provision}", f"i{place}"
        outcome = "earl:failed" if place == number else "earl:passed"
        said += [
            World.implements(cited, own),
            World.item(f"{own}-paper", of=own, sha256=None if place == 1 else '"' + "a" * 64 + '"'),
            World.assessed(cited, outcome, name=f"{own}-audit", of=own),
        ]
    return "\n".join(said)


@cache
def quads(name: str) -> list[ox.Quad]:
    """Return what an organisation says, in its graph."""
    graph = ox.NamedNode(graph_iri("org", name, "evidence"))
    said = ox.parse(statements(name), format=ox.RdfFormat.TURTLE)
    return [ox.Quad(one.subject, one.predicate, one.object, graph) for one in said]


def nquads(name: str) -> bytes:
    return ox.serialize(quads(name), format=ox.RdfFormat.N_QUADS) or b""


def tables(folder: Path) -> dict[str, bytes]:
    """Return path → bytes of all that a run has left, but for what it cost."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "timing" not in path.as_posix()
    }


def rows(folder: Path, table: str, name: str) -> list[dict[str, Any]]:
    """Return what a run has said of an organisation."""
    found = pq.read_table(folder / table).to_pylist()
    return [one for one in found if one["organization"] == name]


@pytest.fixture(scope="module")
def knowledge(new_world: Callable[[], World]) -> Path:
    """Return a small knowledge of two editions that correspond."""
    world = new_world()
    world.edition("alpha-2020", "\n".join(["1 governs", *PROVISIONS[1:]]))
    world.edition("beta-2021", "1\n2\n3")
    world.mapping(
        "alpha-2020_beta-2021",
        "alpha-2020:1 equal beta-2021:1\nalpha-2020:2 superset-of beta-2021:2",
    )
    return world.knowledge


@pytest.fixture(scope="module")
def known(knowledge: Path) -> Dataset:
    return open_dataset(knowledge=[knowledge], shipped=False)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return files in which the statements of all organisations stand in no order."""
    folder = tmp_path_factory.mktemp("mixed")
    lines = b"".join(nquads(name) for name in GOOD).splitlines(keepends=True)
    random.Random(5).shuffle(lines)  # noqa: S311 - any order will do
    stray = b"<urn:s> <urn:p> <urn:o> .\n"
    (folder / "all.nq").write_bytes(b"# of all\n\n" + stray + b"".join(lines))
    (folder / "bad.nq").write_bytes(BROKEN.encode())
    return [str(folder / "all.nq"), str(folder / "bad.nq")]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, known: Dataset, mixed: list[str]) -> Path:
    """Return what a run leaves on this machine, one of whose two processes was killed."""
    out = tmp_path_factory.mktemp("plain") / "out"
    kill = after(1, kill_a_worker)
    fleet.run(known, mixed, editions=EDITIONS, as_of=DAY, out=str(out), workers=2, tell=kill)
    return out


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Return a cluster of somebody else, who gives a task up as soon as a worker dies of it."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as held,
    ):
        yield held


def after(number: int, act: Callable[[], None]) -> Callable[[fleet.Progress], None]:
    """Return what acts once, when so many organisations are done."""
    acted: list[int] = []

    def tell(progress: fleet.Progress) -> None:
        if progress.doing == "assessing" and progress.done >= number and not acted:
            acted.append(progress.done)
            act()

    return tell


def kill_a_worker() -> None:
    """Kill a process that works for this one, at once."""
    mine = [
        one
        for one in psutil.Process().children(recursive=True)
        if one.num_threads() > 3 and "spawn_main" in " ".join(one.cmdline())
    ]
    os.kill(max(mine, key=lambda one: sum(one.cpu_times()[:2])).pid, signal.SIGKILL)


def called(*arguments: str) -> tuple[str, str]:
    """Run the command in this process; return what it says."""
    said, noted = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(noted):
        main(arguments)
    return said.getvalue(), noted.getvalue()


# What it says


@pytest.mark.parametrize("name", GOOD)
def test_an_organisation_of_many_is_told_what_it_is_told_alone(
    plain: Path, knowledge: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "alone.nq").write_bytes(nquads(name))
    alone = open_dataset([tmp_path], knowledge=[knowledge], shipped=False)

    report = validation.validate(alone, (), as_of=DAY)

    found = rows(plain, "findings", name)
    assert as_json(found, FINDINGS) == as_json([as_row(one) for one in report.findings], FINDINGS)
    for edition in EDITIONS:
        place = f"edition={edition}"
        held = [{"edition": edition, **r} for r in rows(plain, f"coverage/{place}", name)]
        gaps = rows(plain, f"gaps/{place}", name)
        read = [{**row, "explanation": json.loads(row["explanation"])} for row in gaps]
        figures = assessment.coverage(alone, edition=edition, as_of=DAY)
        missing = assessment.gaps(alone, edition=edition, as_of=DAY)
        assert as_json(held, COVERAGE) == as_json(figures.rows, COVERAGE)
        assert as_json(read, GAPS) == as_json(missing.rows, GAPS)
        assert bool(gaps) == bool(held[0]["n"])


def test_an_organisation_with_bad_data_is_reported_and_stops_nobody(
    plain: Path,
) -> None:
    accounts = pq.read_table(plain / "organisations").to_pylist()
    told = json.loads((plain / "fleet.json").read_text(encoding="utf-8"))

    assert [one["state"] for one in accounts] == ["assessed"] * len(GOOD) + ["refused"]
    assert [one["organization"] for one in accounts] == [*GOOD, BAD]
    assert "bad.nq: does not parse" in accounts[-1]["error"]
    assert "no end" in accounts[-1]["error"]
    assert (told["assessed"], told["refused"], told["failed"]) == (len(GOOD), 1, 0)
    assert (told["homeless"], told["example"]) == (1, "<urn:s> <urn:p> <urn:o> .")


def test_the_account_says_what_there_was_and_what_is_wrong_with_it(
    plain: Path,
) -> None:
    (account,) = rows(plain, "organisations", "bell")
    findings = rows(plain, "findings", "bell")

    assert account["quads"] == len(quads("bell"))
    assert len(account["data_sha256"]) == 64
    assert account["violations"] == sum(one["severity"] == "Violation" for one in findings) > 0


def test_nothing_but_the_finished_tables_is_left(plain: Path) -> None:
    names = {path.name for path in plain.iterdir()}

    assert names == {
        "coverage",
        "findings",
        "fleet.json",
        "gaps",
        "organisations",
        "timing",
        "timing.json",
    }
    assert not list(plain.rglob(".*"))


def test_the_summary_has_a_row_for_each_organisation_and_edition(
    plain: Path,
) -> None:
    said, _ = called("fleet", "--summary", str(plain), "--format", "json")

    found = json.loads(said)
    assert [(one["organization"], one["edition"]) for one in found] == [
        *((name, edition) for name in GOOD for edition in sorted(EDITIONS)),
        (BAD, None),
    ]
    first = next(r for r in found if r["organization"] == "bell" and r["edition"] == EDITIONS[0])
    (figures,) = rows(plain, f"coverage/edition={EDITIONS[0]}", "bell")
    assert {name: first[name] for name in ("n", "lo", "hi")} == {
        name: figures[name] for name in ("n", "lo", "hi")
    }


def test_a_run_that_is_not_finished_has_no_summary(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no finished run"):
        fleet.summary(Place(str(tmp_path)))


# Whoever does it


def test_a_run_in_other_files_on_another_cluster_cut_off_and_resumed_leaves_the_same_bytes(
    plain: Path,
    known: Dataset,
    knowledge: Path,
    cluster: LocalCluster,
    mixed: list[str],
    tmp_path: Path,
) -> None:
    class CutOffError(Exception):
        pass

    def cut_off() -> None:
        raise CutOffError

    (tmp_path / "a.nq").write_bytes(nquads("acme") + nquads("bell") + b"<urn:s> <urn:p> <urn:o> .")
    (tmp_path / "c.nq.gz").write_bytes(gzip.compress(nquads("cole")))
    as_parquet(quads("dunn"), tmp_path / "d.parquet")
    store = Dataset()
    store.add(quads("east"))
    upkeep.fill(tmp_path / "store", store)
    names = ("a.nq", "c.nq.gz", "d.parquet", "store")
    given = [*(str(tmp_path / name) for name in names), mixed[1]]
    out = tmp_path / "out"
    ask: dict[str, Any] = {
        "editions": EDITIONS,
        "as_of": DAY,
        "out": str(out),
        "address": cluster.scheduler_address,
    }

    with pytest.raises(CutOffError):
        fleet.run(known, given, **ask, tell=after(1, cut_off))
    before = {path: path.stat().st_mtime_ns for path in (out / "organisations").iterdir()}
    with pytest.raises(UsageError, match=r"is not empty.*--resume"):
        fleet.run(known, given, **ask)
    with pytest.raises(UsageError, match="another value of: as_of"):
        fleet.run(known, given, **{**ask, "as_of": date(2026, 7, 1)}, resume=True)
    fleet.run(known, given, **ask, resume=True, tell=after(3, kill_a_worker))
    said, noted = called(
        "fleet",
        *given,
        *(word for one in EDITIONS for word in ("--edition", one)),
        *("--as-of", str(DAY), "--out", str(out), "--cluster", cluster.scheduler_address),
        *("--knowledge", str(knowledge), "--no-shipped", "--resume", "--format", "json"),
    )

    assert 0 < len(before) < len(GOOD)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert tables(out) == tables(plain)
    (bad,) = rows(plain, "organisations", BAD)
    assert json.loads(said) == [{name: bad[name] for name in ("organization", "state", "error")}]
    assert "6 organisations, 5 assessed, 1 refused, 0 failed" in noted
    assert "1 statements in the graph of no organisation, such as '<urn:s> <urn:p>" in noted


def as_parquet(said: list[ox.Quad], path: Path) -> None:
    """Write quads as a Parquet file with the columns that are documented."""

    def text(term: object) -> str:
        return f"_:{term.value}" if isinstance(term, ox.BlankNode) else term.value  # type: ignore[attr-defined]

    table: dict[str, list[str | None]] = {
        name: [text(getattr(one, name)) for one in said]
        for name in ("subject", "predicate", "object")
    }
    table["graph"] = [text(one.graph_name) for one in said]
    table["datatype"] = [
        one.object.datatype.value if isinstance(one.object, ox.Literal) else None for one in said
    ]
    table["language"] = [
        one.object.language if isinstance(one.object, ox.Literal) else None for one in said
    ]
    pq.write_table(pa.table(table), path)


def test_an_input_that_is_not_there_is_told(known: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.nq: does not exist"):
        fleet.run(
            known,
            [str(tmp_path / "none.nq")],
            editions=EDITIONS,
            as_of=DAY,
            out=str(tmp_path / "out"),
        )


def test_where_nobody_answers_that_is_said(
    known: Dataset, mixed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crosswalk.fleet.cluster.PATIENCE", "1s")

    with pytest.raises(UnavailableError, match="no cluster answers"):
        fleet.run(
            known,
            mixed,
            editions=EDITIONS,
            as_of=DAY,
            out=str(tmp_path / "out"),
            address="tcp://127.0.0.1:9",
        )


# Whose a statement is


ACME = graph_iri("org", "acme")


def line(graph: str, end: str = " .\n") -> bytes:
    return f'<urn:s> <urn:p> "a <urn:q> . \\" b"@en-GB{graph}{end}'.encode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (line(f" <{ACME}/evidence>"), "acme"),
        (line(f"<{ACME}>", " . # said\r\n"), "acme"),
        (line(" <" + ACME.replace("c", "\\u0063") + "/x/y>", "."), "acme"),
        (f"_:a <urn:p> _:b <{ACME}/x> .\n".encode(), "acme"),
        (f"<urn:s> <urn:p> <{ACME}/x> .\n".encode(), splitting.HOMELESS),
        (line(" _:g"), splitting.HOMELESS),
        (line(""), splitting.HOMELESS),
        (line(f" <{graph_iri('org', '')}>"), splitting.HOMELESS),
        (line(f" <{graph_iri('framework', 'gdpr-2016')}>"), splitting.OPEN),
        (BROKEN.encode(), BAD),
    ],
)
def test_a_statement_belongs_to_the_organisation_of_its_graph(text: bytes, found: str) -> None:
    assert [(name, count) for name, _, _, count in splitting.keys(text)] == [(found, 1)]


def test_portions_of_a_file_hold_each_line_once(tmp_path: Path) -> None:
    text = b"".join(nquads(name) for name in GOOD)
    (tmp_path / "all.nq").write_bytes(text.rstrip(b"\n"))
    source = Source(0, Place(str(tmp_path / "all.nq")), "nquads", len(text) - 1, "")
    step = 1000

    found = [
        splitting.split(
            Portion(n, source, start, min(start + step, source.size)), Place(str(tmp_path / "work"))
        )
        for n, start in enumerate(range(0, source.size, step))
    ]

    held: dict[str, bytes] = {}
    for run in (run for one in found for run in one.runs):
        data = Place(run.address).read(run.start, run.start + run.length)
        held[run.organisation] = held.get(run.organisation, b"") + data.rstrip(b"\n") + b"\n"
    assert {name: sorted(data.splitlines()) for name, data in held.items()} == {
        name: sorted(nquads(name).splitlines()) for name in GOOD
    }


def test_input_that_is_grouped_stays_where_it_is(tmp_path: Path) -> None:
    text = nquads("acme") * 10 + nquads("bell") * 10
    (tmp_path / "all.nq").write_bytes(text)
    source = Source(0, Place(str(tmp_path / "all.nq")), "nquads", len(text), "")

    found = splitting.split(Portion(0, source, 0, len(text)), Place(str(tmp_path / "work")))

    assert [(one.organisation, one.address) for one in found.runs] == [
        ("acme", source.place.address),
        ("bell", source.place.address),
    ]
    assert not (tmp_path / "work" / "spill").exists()


@pytest.mark.parametrize("name", ["cut.nq.gz", "no.parquet", "less.parquet", "told.ttl"])
def test_a_source_that_cannot_be_read_stops_all_since_nobody_knows_whose_it_is(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "cut.nq.gz").write_bytes(gzip.compress(nquads("acme"))[:-20])
    (tmp_path / "no.parquet").write_bytes(b"no Parquet")
    pq.write_table(pa.table({"subject": ["urn:s"]}), tmp_path / "less.parquet")
    (tmp_path / "told.ttl").write_text("", encoding="utf-8")

    with pytest.raises(DataError, match=name):
        splitting.split(
            fleet_portion(str(tmp_path / name)),
            Place(str(tmp_path / "work")),
        )


def fleet_portion(address: str) -> Portion:
    from crosswalk.fleet.sources import portions, sources

    return portions(sources([address]))[0]


# What it is assessed with


def test_one_that_speaks_of_the_catalogue_is_heard_as_it_is_alone_and_by_nobody_else(
    known: Dataset, knowledge: Path, tmp_path: Path
) -> None:
    question = Question(("alpha-2020",), DAY)
    own = (
        f"<{ACME}/x> a cw:Clause ; skos:inScheme edition:alpha-2020 ; cw:counted true ; "
        'skos:notation "X" ; skos:prefLabel "X"@en .'
    )
    said = ox.parse(HEAD + own, format=ox.RdfFormat.TURTLE)
    graph = ox.NamedNode(f"{ACME}/evidence")
    more = ox.serialize(
        (ox.Quad(one.subject, one.predicate, one.object, graph) for one in said),
        format=ox.RdfFormat.N_QUADS,
    )
    assert more is not None
    (tmp_path / "alone.nq").write_bytes(nquads("acme") + more)
    desk = Desk(Desk.packed(known))

    loud = desk.assess("acme", [Text(0, "a", nquads("acme") + more)], question, trouble=None)
    quiet = desk.assess("bell", [Text(0, "b", nquads("bell"))], question, trouble=None)

    dataset = open_dataset([tmp_path], knowledge=[knowledge], shipped=False)
    alone = assessment.coverage(dataset, edition="alpha-2020", as_of=DAY)
    assert (loud.error, quiet.error) == (None, None)
    assert as_json(loud.coverage["alpha-2020"], COVERAGE) == as_json(alone.rows, COVERAGE)
    assert [loud.coverage["alpha-2020"][0]["n"], quiet.coverage["alpha-2020"][0]["n"]] == [
        len(PROVISIONS) + 1,
        len(PROVISIONS),
    ]
    assert not [one for one in desk.store.named_graphs() if "/org/" in str(one)]
