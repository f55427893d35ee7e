"""The story of X Corporation, on the shipped knowledge: what stood on three days, and why."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from crosswalk import applicability, catalogue, coverage, gap
from crosswalk.coverage import Evaluation
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Binding, BindingAnswer, Gap, GapKind, Status
from crosswalk.resources import examples_dir

AUGUST, OCTOBER, NOVEMBER = "2026-08-31", "2026-10-15", "2026-11-20"
DAYS = (AUGUST, OCTOBER, NOVEMBER)
ISO, ACT = "iso-42001-2023", "eu-ai-act-2026"
SATISFIED, PARTIAL, FAILED, UNKNOWN, OUT = (
    Status.SATISFIED_DIRECT,
    Status.PARTIAL,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_APPLICABLE,
)
LETTERS = {"s": SATISFIED, "p": PARTIAL, "f": FAILED, "-": UNKNOWN, "n": OUT}

STORY = """
4.1     s s s   4.2     s s s   4.3     s s s   4.4     p p s
5.1     s s s   5.2     s s s   5.3     s s s
6.1.1   s s s   6.1.2   s s s   6.1.3   s s s   6.1.4   s s s   6.2     s s s   6.3     p p p
7.1     s s s   7.2     s s s   7.3     s s s   7.4     s s s
7.5.1   s s s   7.5.2   s s s   7.5.3   s s s
8.1     - p s   8.2     s s s   8.3     - - s   8.4     s s s
9.1     - p s   9.2.1   - s s   9.2.2   - s s   9.3.1   - - s   9.3.2   - - s   9.3.3   - - s
10.1    - - s   10.2    - p s
A.2.2   s s s   A.2.3   p p p   A.2.4   - - s
A.3.2   s s s   A.3.3   s s s
A.4.2   s s s   A.4.3   - p p   A.4.4   - - -   A.4.5   - - -   A.4.6   s s s
A.5.2   s s s   A.5.3   s s s   A.5.4   s s s   A.5.5   p p p
A.6.1.2 n n n   A.6.1.3 n n n
A.6.2.2 s s s   A.6.2.3 n n n   A.6.2.4 s p s   A.6.2.5 s s s   A.6.2.6 - f s
A.6.2.7 - - -   A.6.2.8 - s s
A.7.2   n n n   A.7.3   - - -   A.7.4   p p s   A.7.5   - - f   A.7.6   - - -
A.8.2   s s s   A.8.3   - - -   A.8.4   - p p   A.8.5   s s s
A.9.2   s s s   A.9.3   s s s   A.9.4   s s s
A.10.2  s s p   A.10.3  s s -   A.10.4  n n n
"""
"""The direct status of each counted provision of ISO/IEC 42001 on the three days."""


def story() -> dict[str, dict[str, Status]]:
    """Return day → provision → status."""
    words = STORY.split()
    rows = [words[n : n + 4] for n in range(0, len(words), 4)]
    return {day: {row[0]: LETTERS[row[n]] for row in rows} for n, day in enumerate(DAYS, 1)}


def evaluate(
    dataset: Dataset, key: str, on: str, *, horizon: str | None = None, inferred: bool = True
) -> Evaluation:
    """Return the evaluation of an edition for the one outermost scope."""
    day = date.fromisoformat(on)
    [scope] = coverage.scope_of(dataset, None)
    return coverage.evaluate(
        dataset,
        catalogue.edition(dataset, key, as_of=day),
        scope,
        as_of=day,
        horizon=date.fromisoformat(horizon) if horizon else None,
        inferred=inferred,
    )


def binds(dataset: Dataset, on: str, *, horizon: str | None = None) -> dict[str, Binding]:
    """Return provision → whether it binds the hiring tool."""
    day = date.fromisoformat(on)
    found = applicability.bindings(
        dataset,
        catalogue.edition(dataset, ACT, as_of=day),
        as_of=day,
        horizon=date.fromisoformat(horizon) if horizon else None,
    )
    return {one.provision: one for one in found}


def of_kind(gaps: list[Gap], kind: GapKind) -> dict[str, str]:
    """Return provision → detail of the gaps of one kind."""
    return {one.provision: one.detail for one in gaps if one.gap_kind is kind}


def test_the_story_speaks_of_all_seventy_counted_provisions() -> None:
    assert {len(one) for one in story().values()} == {70}


@pytest.mark.parametrize("day", DAYS)
def test_the_direct_statuses_of_iso_42001_are_those_of_the_story(
    x_corporation: Dataset, day: str
) -> None:
    evaluation = evaluate(x_corporation, ISO, day, inferred=False)

    assert {s.provision.id: s.status for s in evaluation.statuses} == story()[day]


@pytest.mark.parametrize(
    ("day", "satisfied", "partial", "failed", "unknown"),
    [(AUGUST, 38, 5, 0, 22), (OCTOBER, 40, 11, 1, 13), (NOVEMBER, 51, 6, 1, 7)],
)
def test_the_figures_of_iso_42001_are_those_of_the_story(
    x_corporation: Dataset, day: str, satisfied: int, partial: int, failed: int, unknown: int
) -> None:
    vector = evaluate(x_corporation, ISO, day).vector

    assert (vector.n, vector.not_applicable, vector.not_yet) == (65, 5, 0)
    assert (vector.satisfied_direct, vector.partial, vector.failed, vector.unknown) == (
        satisfied,
        partial,
        failed,
        unknown,
    )
    assert vector.lo == satisfied / 65
    assert vector.hi == (65 - partial - failed) / 65


@pytest.mark.parametrize("day", DAYS)
def test_the_ai_act_shows_its_duties_in_force_and_leaves_article_26_for_later(
    x_corporation: Dataset, day: str
) -> None:
    statuses = {s.provision.id: s.status for s in evaluate(x_corporation, ACT, day).statuses}

    shown = (
        "article-4/par-1",
        *(f"article-5/par-1/pt-{p}" for p in ("a", "b", "d", "e", "f", "g")),
    )
    assert {statuses[one] for one in shown} == {SATISFIED}
    assert statuses["article-5/par-1/pt-c/pt-i"] is SATISFIED
    assert statuses["article-5/par-1/pt-c/pt-ii"] is SATISFIED
    for later in ("article-5/par-1/pt-ba", "article-5/par-1/pt-bb"):
        assert statuses[later] is Status.NOT_YET
    for later in ("article-26/par-1", "article-26/par-2", "article-26/par-5"):
        assert statuses[later] is Status.NOT_YET


def test_before_its_date_article_26_paragraph_1_was_already_assessed_as_partial(
    x_corporation: Dataset,
) -> None:
    def direct(day: str) -> str | None:
        statuses = {s.provision.id: s for s in evaluate(x_corporation, ACT, day).statuses}
        held = statuses["article-26/par-1"].direct
        return held.status if held else None

    assert [direct(day) for day in DAYS] == [None, None, "partial"]


def test_the_ai_act_gets_no_satisfied_status_from_iso_42001(x_corporation: Dataset) -> None:
    for horizon in (None, "2029-01-01"):
        vector = evaluate(x_corporation, ACT, NOVEMBER, horizon=horizon).vector

        assert vector.satisfied_inferred == 0


# Gaps of the story.


@pytest.mark.parametrize("day", [OCTOBER, NOVEMBER])
def test_the_missed_accuracy_is_a_gap_of_clause_10_2(x_corporation: Dataset, day: str) -> None:
    gaps = gap.gaps(x_corporation, evaluate(x_corporation, ISO, day))

    missed = of_kind(gaps, GapKind.OBJECTIVE_MISSED)

    assert list(missed) == ["10.2"]
    assert "Accuracy of the ranking: 0.82 on 2026-10-12, target ≥ 0.85" in missed["10.2"]
    assert "no nonconformity on record" in missed["10.2"]


def test_the_missed_selection_rate_is_a_gap_until_its_nonconformity_is_closed(
    x_corporation: Dataset,
) -> None:
    def said(day: str) -> str:
        gaps = gap.gaps(x_corporation, evaluate(x_corporation, ISO, day))
        return of_kind(gaps, GapKind.OBJECTIVE_MISSED)["10.2"]

    assert "selection-rate ratio" in said(OCTOBER)
    assert "selection-rate ratio" not in said(NOVEMBER)


def test_before_the_tool_was_in_service_no_objective_was_missed(x_corporation: Dataset) -> None:
    gaps = gap.gaps(x_corporation, evaluate(x_corporation, ISO, AUGUST))

    assert of_kind(gaps, GapKind.OBJECTIVE_MISSED) == {}


def test_one_supplier_test_is_stale_in_november(x_corporation: Dataset) -> None:
    gaps = {day: gap.gaps(x_corporation, evaluate(x_corporation, ISO, day)) for day in DAYS}

    stale = of_kind(gaps[NOVEMBER], GapKind.STALE)

    assert list(stale) == ["A.10.3"]
    assert "2025-11-12" in stale["A.10.3"]
    assert of_kind(gaps[AUGUST], GapKind.STALE) == of_kind(gaps[OCTOBER], GapKind.STALE) == {}


@pytest.mark.parametrize(("day", "status"), [("2026-11-11", SATISFIED), ("2026-11-12", UNKNOWN)])
def test_the_supplier_test_was_valid_up_to_its_last_day(
    x_corporation: Dataset, day: str, status: Status
) -> None:
    statuses = {s.provision.id: s.status for s in evaluate(x_corporation, ISO, day).statuses}

    assert statuses["A.10.3"] is status


def test_no_gap_speaks_of_a_dangling_citation_or_another_edition(x_corporation: Dataset) -> None:
    for key in (ISO, ACT):
        gaps = gap.gaps(x_corporation, evaluate(x_corporation, key, NOVEMBER))

        assert of_kind(gaps, GapKind.DANGLING_CITATION) == {}
        assert of_kind(gaps, GapKind.OTHER_EDITION) == {}
        assert of_kind(gaps, GapKind.CONFLICT) == {}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("key", [ISO, ACT])
def test_every_gap_replays_to_the_same_status_on_a_dataset_opened_again(
    x_corporation: Dataset, again: Dataset, key: str, day: str
) -> None:
    gaps = gap.gaps(x_corporation, evaluate(x_corporation, key, day))
    replayed = evaluate(again, key, day)

    assert gaps
    for one in gaps:
        iri = f"https://w3id.org/aigov-crosswalk/id/{key}/{one.provision}"
        said = gap.replay(again, replayed, iri)

        assert said is not None
        assert said["status"] == one.status
        assert said["explanation"] == one.explanation
        assert {"gap_kind": str(one.gap_kind), "detail": one.detail} in said["gaps"]  # type: ignore[operator]


@pytest.fixture(scope="module")
def again() -> Dataset:
    """Return the same data, opened a second time and file by file in the other order."""
    files = sorted((examples_dir() / "x-corporation").glob("*.ttl"), reverse=True)
    return open_dataset(files)


# Whom the AI Act binds.


@pytest.mark.parametrize("paragraph", [1, 2, 4, 5])
def test_the_duties_of_deployers_are_not_yet_and_then_legacy(
    x_corporation: Dataset, paragraph: int
) -> None:
    duty = f"article-26/par-{paragraph}"

    now = binds(x_corporation, NOVEMBER)[duty]
    then = binds(x_corporation, NOVEMBER, horizon="2027-12-02")[duty]

    assert (now.binds, now.applies_from) == (BindingAnswer.NOT_YET, "2027-12-02")
    assert then.binds is BindingAnswer.LEGACY
    assert "2026-09-01" in then.why


def test_ai_literacy_binds_in_november(x_corporation: Dataset) -> None:
    found = binds(x_corporation, NOVEMBER)["article-4/par-1"]

    assert (found.binds, found.applies_from) == (BindingAnswer.YES, "2025-02-02")


@pytest.mark.parametrize(
    "duty",
    [
        "article-50/par-3",
        "article-50/par-4",
        "article-50/par-4/sub-2",
        "article-26/par-8",
        "article-26/par-10",
        *(f"article-27/par-1/pt-{point}" for point in "abcdef"),
    ],
)
def test_what_addresses_others_does_not_bind(x_corporation: Dataset, duty: str) -> None:
    for horizon in (None, "2027-12-02"):
        found = binds(x_corporation, NOVEMBER, horizon=horizon)[duty]

        assert found.binds is BindingAnswer.NO
        assert "condition" in found.why


def test_it_is_undetermined_whether_the_retraining_made_x_corporation_a_provider(
    x_corporation: Dataset,
) -> None:
    duty = "article-25/par-1/pt-b"

    assert duty not in binds(x_corporation, "2026-11-15")
    found = binds(x_corporation, "2026-11-16")[duty]
    assert found.binds is BindingAnswer.UNDETERMINED
    assert "Statement of the provider" in found.why
    assert binds(x_corporation, NOVEMBER)[duty].binds is BindingAnswer.UNDETERMINED


def test_the_way_of_conformity_assessment_shows_both_of_its_dates(x_corporation: Dataset) -> None:
    found = binds(x_corporation, NOVEMBER)["article-43/par-2"]

    assert (found.binds, found.applies_from) == (BindingAnswer.NOT_YET, "2027-12-02")
    assert "2026-08-02" in found.why
    assert "2027-12-02" in found.why


# The record itself.


def test_the_hash_of_every_evidence_item_is_that_of_its_file(x_corporation: Dataset) -> None:
    rows = x_corporation.select(
        "SELECT ?item ?file ?sha256 WHERE { ?item cw:evidenceFor ?x "
        "OPTIONAL { ?item cw:file ?file } OPTIONAL { ?item cw:sha256 ?sha256 } }"
    )
    folder = examples_dir() / "x-corporation"

    assert rows
    for row in rows:
        assert row["file"], row["item"]
        digest = hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest()
        assert row["sha256"] == digest, row["item"]


def test_every_document_on_file_is_evidence(x_corporation: Dataset) -> None:
    folder = examples_dir() / "x-corporation"
    named = {
        row["file"] for row in x_corporation.select("SELECT ?file WHERE { ?item cw:file ?file }")
    }

    kept = {
        p.relative_to(folder).as_posix() for p in (folder / "documents").rglob("*") if p.is_file()
    }

    assert kept <= named


def test_nobody_accepted_their_own_evidence(x_corporation: Dataset) -> None:
    rows = x_corporation.select("SELECT ?item WHERE { ?item cw:author ?who ; cw:acceptedBy ?who }")

    assert rows == []


def test_the_statement_of_applicability_decides_all_thirty_eight_controls(
    x_corporation: Dataset,
) -> None:
    rows = coverage.statement_of_applicability(evaluate(x_corporation, ISO, NOVEMBER))

    left_out = [row["control"] for row in rows if row["applicable"] is False]
    assert len(rows) == 38
    assert left_out == ["A.6.1.2", "A.6.1.3", "A.6.2.3", "A.7.2", "A.10.4"]
    for row in rows:
        assert row["applicable"] is not None
        assert row["justification"]
        assert bool(row["implementation"]) is row["applicable"]


def test_what_was_known_on_an_earlier_day_can_be_replayed(x_corporation: Dataset) -> None:
    day, before = date.fromisoformat(NOVEMBER), date.fromisoformat(AUGUST)
    edition = catalogue.edition(x_corporation, ISO, as_of=day)

    [now] = coverage.vectors(x_corporation, edition, as_of=day)
    [known] = coverage.vectors(x_corporation, edition, as_of=day, known_at=before)

    assert known.satisfied_direct < now.satisfied_direct
    assert known.failed == 0


def test_evidence_for_iso_42001_alone_counts_in_no_lower_bound_of_iso_27001(
    x_corporation: Dataset,
) -> None:
    vector = evaluate(x_corporation, "iso-27001-2022", NOVEMBER).vector

    assert vector.n > 0
    assert (vector.satisfied_direct, vector.lo) == (0, 0)
