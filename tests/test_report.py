"""The report: the same figures as the engine, on one page that loads nothing and escapes all."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crosswalk import catalogue, citations, coverage, gap, methods
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Finding, GapKind
from crosswalk.namespaces import prefixes
from crosswalk.report import Report, build, render_html
from crosswalk.report.method import GAP_WORDS, METHOD, STATUS_WORDS
from crosswalk.report.pictures import KEYS, percent
from crosswalk.resources import examples_dir

DATES = ("2026-08-31", "2026-10-15", "2026-11-20")
EDITIONS = ("iso-42001-2023", "eu-ai-act-2026", "iso-27001-2022")
LATEST = date(2026, 11, 20)


@cache
def the_dataset() -> Dataset:
    return open_dataset([examples_dir() / "x-corporation"])


def report_of(
    dataset: Dataset, day: date, *keys: str, findings: tuple[Finding, ...] | None = None
) -> Report:
    editions = [catalogue.edition(dataset, key, as_of=day) for key in keys or EDITIONS]
    return build(dataset, editions, as_of=day, findings=findings)


@cache
def the_report(day: str) -> Report:
    return report_of(the_dataset(), date.fromisoformat(day))


@cache
def the_page(day: str) -> str:
    return render_html(the_report(day))


class Outline(HTMLParser):
    """What a page loads, names and points to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.unscoped = 0
        self.uncaptioned = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th" and "scope" not in named:
            self.unscoped += 1
        if self.open and self.open[-1] == "table" and tag != "caption":
            self.uncaptioned += 1
        self.open.append(tag)
        if tag in ("meta", "link", "br", "img", "input", "hr"):
            self.open.pop()
        elif tag == "caption":
            self.open[-2] = "table-with-caption"

    def handle_endtag(self, tag: str) -> None:
        while self.open and not self.open.pop().startswith(tag):
            continue


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    return parser


@pytest.mark.parametrize("day", DATES)
def test_the_page_says_organisation_date_and_every_interval(day: str) -> None:
    page = the_page(day)

    assert "X Corporation" in page
    assert day in page
    for section in the_report(day).sections:
        tally = section.tally
        said = f"at least {tally.shown} of {tally.n}. At most {tally.possible} of {tally.n} can"
        assert said in page


@pytest.mark.parametrize("day", DATES)
def test_the_figures_are_those_of_the_engine(day: str) -> None:
    as_of = date.fromisoformat(day)
    dataset = the_dataset()

    for section in the_report(day).sections:
        (vector,) = coverage.vectors(dataset, section.edition, as_of=as_of)

        assert section.vector == vector
        assert vector.lo is not None
        assert vector.hi is not None
        assert section.tally.shown / section.tally.n == pytest.approx(vector.lo)
        assert section.tally.possible / section.tally.n == pytest.approx(vector.hi)


@pytest.mark.parametrize("day", DATES)
def test_the_parts_of_the_picture_sum_to_n(day: str) -> None:
    for section in the_report(day).sections:
        assert sum(getattr(section.tally, key) for key in KEYS) == section.vector.n


@pytest.mark.parametrize("day", DATES)
def test_every_gap_of_the_engine_appears_in_its_order(day: str) -> None:
    as_of = date.fromisoformat(day)
    dataset = the_dataset()
    page = the_page(day)

    for number, section in enumerate(the_report(day).sections, start=1):
        (scope,) = coverage.scope_of(dataset, None)
        evaluation = coverage.evaluate(dataset, section.edition, scope, as_of=as_of)
        wanted = gap.gaps(dataset, evaluation)
        assert [entry.gap for entry in section.gaps] == wanted
        for rank, _ in enumerate(wanted, start=1):
            assert f'id="gap-{number}-{rank}"' in page


def test_the_same_input_gives_the_same_bytes() -> None:
    again = report_of(open_dataset([examples_dir() / "x-corporation"]), LATEST)

    assert render_html(again) == the_page("2026-11-20")
    assert json.dumps(again.as_json()) == json.dumps(the_report("2026-11-20").as_json())


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = the_page("2026-11-20")
    seen = outline(page)

    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(seen.tags)
    assert "@import" not in page
    for tag, name, value in seen.attributes:
        assert not name.startswith("on"), f"{tag} {name}"
        assert name not in ("src", "srcset", "data", "style"), f"{tag} {name}"
        if name in ("href", "xlink:href", "action"):
            assert value.startswith("#"), value
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    page = the_page("2026-11-20")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None

    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page


def test_links_inside_the_page_reach_their_target_and_ids_are_unique() -> None:
    seen = outline(the_page("2026-11-20"))
    ids = [value for _, name, value in seen.attributes if name == "id"]

    assert len(ids) == len(set(ids))
    pointed = {v[1:] for _, n, v in seen.attributes if n == "href"}
    pointed |= {i for _, n, v in seen.attributes if n == "aria-labelledby" for i in v.split()}
    pointed |= set(re.findall(r"url\(#([^)]*)\)", the_page("2026-11-20")))
    assert pointed <= set(ids)


def test_the_page_can_be_read_aloud() -> None:
    page = the_page("2026-11-20")
    seen = outline(page)

    assert '<html lang="en">' in page
    assert seen.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(seen.headings, seen.headings[1:], strict=False))
    assert seen.unscoped == 0
    assert seen.uncaptioned == 0
    for picture in re.findall(r'<svg[^>]*role="img".*?</svg>', page, re.DOTALL):
        assert re.search(r"<title[^>]*>[^<]+</title><desc[^>]*>[^<]+</desc>", picture)


def test_a_hostile_label_is_escaped(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    extra = tmp_path / "hostile.ttl"
    extra.write_text(
        "@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix x: <https://w3id.org/aigov-crosswalk/org/x-corporation/> .\n"
        "<https://w3id.org/aigov-crosswalk/org/x-corporation/evidence/hostile>\n"
        "  a cw:EvidenceItem, cw:Record ;\n"
        f'  rdfs:label "{hostile}"@en ; cw:file "/home/somebody/secret.md" ;\n'
        "  cw:evidenceFor"
        " <https://w3id.org/aigov-crosswalk/org/x-corporation/implementation/data-provenance> .\n",
        encoding="utf-8",
    )
    dataset = open_dataset([examples_dir() / "x-corporation", extra])

    page = render_html(report_of(dataset, LATEST, "iso-42001-2023"))

    assert hostile not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "/home/somebody" not in page
    assert "secret.md" in page


def test_an_undefined_interval_is_never_worded_as_a_share() -> None:
    page = render_html(report_of(the_dataset(), LATEST, "eu-ai-act-2024"))

    head = page[page.index('id="headline"') : page.index('id="status"')]
    assert '<p class="figure">undefined</p>' in head
    assert "Undefined: neither 0 % nor 100 %." in head
    assert "at least" not in head
    assert "at most" not in head


def test_an_edition_with_nothing_to_count_is_undefined() -> None:
    dataset = open_dataset()

    report = report_of(dataset, LATEST, "iso-42005-2025")

    assert report.sections[0].vector.lo is None
    assert '<p class="figure">undefined</p>' in render_html(report)


def test_a_share_never_rounds_to_all_or_nothing() -> None:
    assert percent(0.999) == "over 99 %"
    assert percent(0.001) == "under 1 %"
    assert percent(None) == "undefined"


def test_what_a_certificate_gives_is_told_apart_from_what_was_assessed(tmp_path: Path) -> None:
    extra = tmp_path / "certificate.ttl"
    extra.write_text(
        "@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "<https://w3id.org/aigov-crosswalk/org/x-corporation/certificate/1> a cw:Certificate ;\n"
        "  cw:certifies <https://w3id.org/aigov-crosswalk/id/iso-27001-2022> ;\n"
        "  cw:inScope <https://w3id.org/aigov-crosswalk/org/x-corporation/scope/aims> ;\n"
        '  cw:validFrom "2026-01-01"^^xsd:date ; cw:validTo "2028-12-31"^^xsd:date .\n',
        encoding="utf-8",
    )
    dataset = open_dataset([examples_dir() / "x-corporation", extra])

    report = report_of(dataset, LATEST, "iso-27001-2022")

    tally = report.sections[0].tally
    assert (tally.assessed, tally.certified) == (0, tally.shown)
    assert tally.certified > 0
    assert f"by certificate {tally.certified}" in render_html(report)


def test_an_inference_counts_as_shown_only_once_it_is_accepted(tmp_path: Path) -> None:
    dataset = the_dataset()
    edition = catalogue.edition(dataset, "nist-ai-rmf-1.0", as_of=LATEST)
    (scope,) = coverage.scope_of(dataset, None)
    evaluation = coverage.evaluate(dataset, edition, scope, as_of=LATEST)
    inferred = [s for s in evaluation.statuses if s.status == "satisfied_inferred"]
    _, turtle = coverage.acceptance(
        evaluation, inferred[0].provision, by="Lead", why="Same process.", on=LATEST
    )
    extra = tmp_path / "acceptance.ttl"
    heads = [f"@prefix {name}: <{iri}> ." for name, iri in prefixes().items()]
    extra.write_text("\n".join([*heads, turtle]), encoding="utf-8")

    before = report_of(dataset, LATEST, "nist-ai-rmf-1.0").sections[0].tally
    after = (
        report_of(
            open_dataset([examples_dir() / "x-corporation", extra]), LATEST, "nist-ai-rmf-1.0"
        )
        .sections[0]
        .tally
    )

    assert (before.inferred_accepted, before.shown) == (0, 0)
    assert (after.inferred_accepted, after.shown) == (1, 1)
    assert after.inferred_open == before.inferred_open - 1


def test_the_command_repeats_what_was_asked() -> None:
    dataset = the_dataset()
    edition = catalogue.edition(dataset, "iso-42001-2023", as_of=LATEST)

    report = build(
        dataset,
        [edition],
        as_of=LATEST,
        scope="aims",
        horizon=date(2027, 12, 2),
        known_at=LATEST,
        inferred=False,
        data="my evidence",
    )

    command = report.sections[0].gaps[0].command
    assert command is not None
    assert command.endswith(
        "--data 'my evidence' --as-of 2026-11-20 --scope aims --horizon 2027-12-02 "
        "--known-at 2026-11-20 --no-inferred"
    )
    assert "Inference along mappings was switched off" in render_html(report)


def test_the_article_25_question_stands_first_and_once() -> None:
    questions = the_report("2026-11-20").questions

    assert questions[0].question.endswith("made X Corporation the provider? Art. 25(1)(b)")
    assert len(questions[0].settled_by) == 3
    assert sum("Art. 25(1)(b)" in q.question for q in questions) == 1
    assert len({(q.system, q.question) for q in questions}) == len(questions)


def test_what_is_not_on_record_before_the_retraining_asks_no_article_25_question() -> None:
    assert not any("25(1)(b)" in q.question for q in the_report("2026-10-15").questions)


def test_the_timeline_counts_each_duty_once_and_marks_the_past() -> None:
    section = next(
        s for s in the_report("2026-11-20").sections if s.edition.edition == "eu-ai-act-2026"
    )

    named = [p for due in section.timeline for p in due.provisions]
    assert len(named) == len(set(named))
    assert [d.on for d in section.timeline] == sorted(d.on for d in section.timeline)
    assert all(d.past == (d.on <= "2026-11-20") for d in section.timeline)
    assert all(d.total == len(d.provisions) for d in section.timeline)


def test_a_missed_objective_is_marked_by_shape_and_word() -> None:
    page = the_page("2026-10-15")

    assert 'class="miss"' in page
    assert "0.78 missed" in page
    assert "none on record" in page


def test_a_figure_that_is_no_number_is_neither_met_nor_missed_and_has_no_picture() -> None:
    report = the_report("2026-10-15")
    one = next(o for o in report.objectives if o.measurements)
    last = replace(one.measurements[-1], value=None, text="low", met=None, nonconformity=None)
    blank = replace(one, label="Blank", target=None, measurements=(last,))
    partly = replace(one, label="Partly", measurements=(*one.measurements[:-1], last))

    page = render_html(replace(report, objectives=(blank, partly)))

    rows = re.findall(r'<th scope="row">(Blank|Partly)</th>(.*?)</tr>', page)
    assert sum("no number, not compared" in row for _, row in rows) == 2
    assert "none on record" not in dict(rows)["Blank"]
    assert page.count('<figure class="card plot">') == 1


def test_objectives_without_a_measurement_say_so() -> None:
    assert "Nothing measured by 2026-08-31." in the_page("2026-08-31")


def test_the_statement_of_applicability_lists_every_decision() -> None:
    (statement,) = the_report("2026-11-20").statements

    assert statement.version == "1.0"
    assert len(statement.rows) == 38
    assert sum(row.applicable is False for row in statement.rows) == 5
    assert {row.approved_by for row in statement.rows} == {"Chief Executive Officer"}


def test_illustrative_facts_are_counted_and_said_once() -> None:
    report, page = the_report("2026-11-20"), the_page("2026-11-20")

    assert report.illustrative > 0
    assert page.count("Contains illustrative facts.") == 1
    assert f"{report.illustrative} resources" in page


def test_findings_are_shown_as_given_and_their_absence_is_told_apart() -> None:
    finding = Finding(
        focus="x:item", shape="cw:Shape", path="cw:owner", severity="Violation",
        message="has no <owner>", source="/home/somebody/evidence.ttl:12",
    )  # fmt: skip

    found = render_html(report_of(the_dataset(), LATEST, "iso-42001-2023", findings=(finding,)))
    clean = render_html(report_of(the_dataset(), LATEST, "iso-42001-2023", findings=()))

    assert "has no &lt;owner&gt;" in found
    assert "evidence.ttl:12" in found
    assert "/home/somebody" not in found
    assert "nothing was found" in clean
    assert "was not validated for this report" in the_page("2026-11-20")


def test_sources_carry_hashes_and_no_directories() -> None:
    report, page = the_report("2026-11-20"), the_page("2026-11-20")
    own = hashlib.sha256((examples_dir() / "x-corporation" / "evidence.ttl").read_bytes())

    assert ("evidence.ttl", own.hexdigest()) in {(s.name, s.sha256) for s in report.sources}
    assert not any("/" in source.name for source in report.sources)
    assert str(examples_dir()) not in page


def test_the_mapping_sets_account_for_every_row_by_review_status() -> None:
    for used in the_report("2026-11-20").mapping_sets:
        assert used.version
        assert sum(used.review.values()) == used.rows
        assert sum(used.walked.values()) <= used.rows


def test_the_command_beside_a_gap_names_a_citation_that_resolves() -> None:
    for section in the_report("2026-11-20").sections:
        for entry in section.gaps:
            if entry.command is None:
                continue
            words = entry.command.split()
            assert words[:2] == ["crosswalk", "explain"]
            meant = citations.resolve(the_dataset(), words[2], as_of=LATEST)
            assert meant.id == entry.gap.provision
            assert entry.command in unescape(the_page("2026-11-20"))


def test_unknown_is_never_worded_as_no() -> None:
    page = the_page("2026-11-20")

    assert STATUS_WORDS["unknown"].startswith("unknown")
    assert "Unknown is not a no." in page
    assert ">no<" not in page[: page.index('id="soa"')]


def test_every_gap_kind_and_status_has_words_and_the_method_is_printed() -> None:
    page = unescape(the_page("2026-11-20"))

    assert list(GAP_WORDS) == list(GapKind)
    for part in METHOD:
        assert all(sentence in page for sentence in part.sentences)


def test_the_json_says_everything_json_can_say() -> None:
    said = json.loads(json.dumps(the_report("2026-11-20").as_json()))

    assert said["as_of"] == "2026-11-20"
    assert {s["edition"]["edition"] for s in said["sections"]} == set(EDITIONS)
    assert said["sections"][0]["gaps"][0]["gap"]["gap_kind"] == "failed"
    assert {"questions", "method", "mapping_sets", "sources", "statements"} <= set(said)


def test_the_plan_is_on_the_page_only_along_a_roadmap() -> None:
    dataset, day = the_dataset(), date(2026, 8, 31)
    roadmap = methods.roadmap(dataset, "iso-xpert-2025", as_of=day)
    editions = [catalogue.edition(dataset, key, as_of=day) for key in EDITIONS[:2]]
    report = build(dataset, editions, as_of=day, roadmap=roadmap, start=date(2027, 1, 1))

    page = render_html(report)
    outline = Outline()
    outline.feed(page)

    ids = [value for _, name, value in outline.attributes if name == "id"]
    bars = re.findall(r'<text class="halo"[^>]*>(\d+)\. ', page)
    assert len(ids) == len(set(ids))
    assert (outline.unscoped, outline.uncaptioned) == (0, 0)
    assert sorted(map(int, bars)) == sorted(a.order for plan in report.plans for a in plan.actions)
    assert 'id="plan"' in page
    assert 'id="plan"' not in the_page("2026-08-31")
    assert report.as_json()["plans"][0]["actions"][0]["provision"] == "4.4"
    assert the_report("2026-08-31").as_json()["plans"] == []
