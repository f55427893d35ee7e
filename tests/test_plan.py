"""A plan can be defended: each step in its place, with its reason, its day and what it gains."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

import crosswalk
from crosswalk import catalogue, coverage, gap, methods
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset
from crosswalk.methods import Placing
from crosswalk.namespaces import edition_iri
from crosswalk.plan import Action, Plan, Urgency, arranged, as_calendar, build
from crosswalk.plan.dependencies import dependencies
from crosswalk.report.gantt import gantt
from crosswalk.verbs import Answer, assessment

if TYPE_CHECKING:
    from conftest import World

EARLY = date(2026, 8, 31)
DAY = date(2026, 6, 1)
ALPHA = edition_iri("alpha-2020")


def needs(world: World, *sentences: str) -> None:
    """Add dependencies to alpha, each ``WAITS after FIRST: reason``."""
    path = world.knowledge / "frameworks" / "alpha-2020.ttl"
    text = path.read_text(encoding="utf-8")
    for n, sentence in enumerate(sentences):
        ends, reason = sentence.split(": ")
        waits, first = ends.split(" after ")
        text += (
            f"\n<{ALPHA}/dependency/{n}> a cw:Dependency ; cw:dependent <{ALPHA}/{waits}> ; "
            f'cw:prerequisite <{ALPHA}/{first}> ; dcterms:description "{reason}"@en .'
        )
    path.write_text(text, encoding="utf-8")


def method(world: World, text: str) -> None:
    """Write a method, one part a line: ``ID KIND [in PARENT] [FROM-TO]``."""
    me = edition_iri("course-2025")
    lines = [
        "@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .",
        "@prefix dcterms: <http://purl.org/dc/terms/> .",
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .",
        f'<{me}> a cw:FrameworkEdition ; cw:editionKey "course-2025" ; cw:citedAs "course" ;',
        f'  dcterms:title "The course"@en ; cw:editionOf <{edition_iri("course")}> ;',
        "  cw:legalForce false ; cw:coverageDefined false .",
    ]
    for position, words in enumerate((one.split() for one in text.strip().splitlines()), 1):
        above = f"skos:broader <{me}/{words[3]}>" if "in" in words else f"skos:topConceptOf <{me}>"
        months = words[-1].split("-") if words[-1][0].isdigit() else []
        said = f"; cw:monthFrom {months[0]} ; cw:monthTo {months[1]}" if months else ""
        lines.append(
            f'<{me}/{words[0]}> a cw:{words[1]} ; skos:notation "{words[0]}" ; '
            f'skos:prefLabel "Name of {words[0]}"@en ; skos:inScheme <{me}> ; {above} ; '
            f"cw:position {position} ; cw:counted false ; cw:childrenExhaust false {said} ."
        )
    (world.knowledge / "frameworks" / "course-2025.ttl").write_text("\n".join(lines))


def planned(
    world: World,
    dataset: Dataset,
    *,
    roadmap: str | None = None,
    start: str | None = None,
    key: str = "alpha-2020",
) -> Plan:
    chosen = methods.roadmap(dataset, roadmap, as_of=DAY) if roadmap else None
    return build(
        dataset,
        world.evaluate(dataset, key),
        roadmap=chosen,
        start=date.fromisoformat(start) if start else None,
    )


def step(plan: Plan, provision: str) -> Action:
    [one] = [one for one in plan.actions if one.provision == provision]
    return one


def order(plan: Plan) -> list[str]:
    return [one.provision for one in plan.actions]


@pytest.fixture
def three(world: World) -> World:
    """Return a world with an edition of three provisions."""
    world.edition("alpha-2020", "1\n2\n3")
    return world


@pytest.fixture(scope="module")
def evaluation(x_corporation: Dataset) -> coverage.Evaluation:
    """Return ISO/IEC 42001 for X Corporation before it went live: much is open."""
    edition = catalogue.edition(x_corporation, "iso-42001-2023", as_of=EARLY)
    scope = coverage.scope_of(x_corporation, None)[0]
    return coverage.evaluate(x_corporation, edition, scope, as_of=EARLY)


@pytest.fixture(scope="module")
def plan(x_corporation: Dataset, evaluation: coverage.Evaluation) -> Plan:
    """Return the plan of X Corporation along five phases."""
    roadmap = methods.roadmap(x_corporation, "iso-xpert-2025", as_of=EARLY)
    return build(x_corporation, evaluation, roadmap=roadmap, start=date(2027, 1, 1))


# The order, for any steps and dependencies.

NAMES = [f"{n:02}" for n in range(12)]
STEPS = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        Urgency,
        st.sampled_from(["2026-08-02", "2027-12-02", "9999-12-31"]),
        st.integers(0, 3),
        st.integers(0, 4),
        st.sampled_from([0.0, -0.25]),
        st.integers(0, 3),
    ),
)
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, edges=EDGES)
def test_nothing_comes_before_what_it_waits_for(
    steps: dict[str, Urgency], edges: list[tuple[str, str]]
) -> None:
    held = arranged(steps, edges)

    rank = {name: n for n, name in enumerate(held.order)}
    circles = [set(circle) for circle in held.cycles]
    assert sorted(rank) == sorted(steps)
    for first, waits in edges:
        together = any({first, waits} <= circle for circle in circles)
        if first in rank and waits in rank and first != waits and not together:
            assert rank[first] < rank[waits]


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, edges=EDGES, data=st.data())
def test_the_order_does_not_depend_on_the_order_in_which_things_are_given(
    steps: dict[str, Urgency], edges: list[tuple[str, str]], data: st.DataObject
) -> None:
    names = data.draw(st.permutations(list(steps)))
    turned = data.draw(st.permutations(edges))

    held = arranged(steps, edges, placed=names[:3])
    again = arranged({n: steps[n] for n in names}, turned * 2, placed=names[:3][::-1])

    assert held == again


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, edges=EDGES)
def test_what_waits_directly_tells_of_everything_that_has_to_come_first(
    steps: dict[str, Urgency], edges: list[tuple[str, str]]
) -> None:
    held = arranged(steps, edges)

    told = nx.DiGraph([(a, b) for b, firsts in held.waits.items() for a in firsts])
    whole = nx.DiGraph([(a, b) for a, b in edges if a in steps and b in steps and a != b])
    for circle in held.cycles:
        whole.remove_edges_from(list(whole.subgraph(circle).edges))
    assert set(nx.transitive_closure(told).edges) == set(nx.transitive_closure(whole).edges)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, edges=EDGES)
def test_a_placed_step_is_in_no_earlier_phase_than_what_it_waits_for(
    steps: dict[str, Urgency], edges: list[tuple[str, str]]
) -> None:
    held = arranged(steps, edges, placed=steps)

    assert all(held.stages[name] >= one.stage for name, one in steps.items())
    assert all(held.stages[a] <= held.stages[b] for b, firsts in held.waits.items() for a in firsts)


def test_what_an_urgent_step_waits_for_is_as_urgent() -> None:
    steps = {
        "idle": Urgency(seriousness=2),
        "late": Urgency(seriousness=5),
        "grave": Urgency(seriousness=0),
    }

    assert arranged(steps, [("late", "grave")]).order == ("late", "grave", "idle")


def test_a_circle_is_told_and_orders_nothing_inside_it() -> None:
    steps = {"a": Urgency(seriousness=2), "b": Urgency(seriousness=1), "c": Urgency()}

    held = arranged(steps, [("a", "b"), ("b", "a"), ("b", "c")])

    assert held.cycles == (("a", "b"),)
    assert held.order == ("b", "c", "a")


def test_the_order_does_not_depend_on_the_seed_of_hashes() -> None:
    code = (
        "from crosswalk.plan import Urgency, arranged\n"
        "names = {f'step {n}' for n in range(40)}\n"
        "edges = {(f'step {n}', f'step {n * 7 % 40}') for n in range(40)}\n"
        "print(arranged({n: Urgency() for n in names}, edges))"
    )
    source = str(Path(crosswalk.__file__).parents[1])

    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": source},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


# Dependencies.


def test_a_step_names_what_it_waits_for_and_why(three: World) -> None:
    needs(three, "1 after 3: The first rests on the third.")

    plan = planned(three, three.open())

    assert order(plan) == ["2", "3", "1"]
    [wait] = step(plan, "1").depends_on
    assert (wait.provision, wait.reason) == ("3", "The first rests on the third.")


def test_what_is_shown_already_holds_nothing_up(three: World) -> None:
    needs(three, "1 after 3: The first rests on the third.")

    plan = planned(three, three.open(three.shown("alpha:3")))

    assert order(plan) == ["1", "2"]
    assert step(plan, "1").depends_on == ()


def test_a_heading_stands_for_what_is_below_it_and_the_closest_statement_counts(
    world: World,
) -> None:
    world.edition("alpha-2020", "A heading\nA.1 in A\nA.2 in A\nB heading\nB.1 in B")
    needs(world, "A after B: As a whole.", "A.2 after B.1: In particular.")

    plan = planned(world, world.open())

    assert order(plan) == ["B.1", "A.1", "A.2"]
    assert step(plan, "A.1").depends_on[0].reason == "As a whole."
    assert step(plan, "A.2").depends_on[0].reason == "In particular."


def test_dependencies_in_a_circle_are_reported(three: World) -> None:
    needs(three, "1 after 2: So.", "2 after 1: And back.")
    dataset = three.open()

    answer = assessment.plan(dataset, edition="alpha-2020", as_of=DAY)

    assert planned(three, dataset).cycles == (("1", "2"),)
    assert "these wait for each other" in "".join(answer.notes)


@pytest.mark.parametrize(
    "edition",
    [
        "iso-42001-2023",
        "iso-27001-2022",
        "iso-27001-2013",
        "iso-27701-2025",
        "iso-9001-2015",
        "eu-ai-act-2026",
    ],
)
def test_the_dependencies_of_a_carried_edition_have_reasons_and_no_circle(
    x_corporation: Dataset, edition: str
) -> None:
    counted = [p.id for p in catalogue.provisions(x_corporation, edition) if p.counted]

    found = dependencies(x_corporation, edition, counted)

    assert found
    assert nx.is_directed_acyclic_graph(nx.DiGraph(list(found)))
    assert all(one.reason.endswith(".") and one.source for one in found.values())


def test_the_known_course_of_a_management_system_is_kept(x_corporation: Dataset) -> None:
    counted = [p.id for p in catalogue.provisions(x_corporation, "iso-42001-2023") if p.counted]
    graph = nx.DiGraph(list(dependencies(x_corporation, "iso-42001-2023", counted)))

    course = ["4.1", "5.2", "6.1.2", "6.1.3", "8.1", "9.1", "10.1"]

    assert all(nx.has_path(graph, a, b) for a, b in pairwise(course))
    assert nx.has_path(graph, "6.1.3", "A.6.2.4")


# Consequence.


def test_what_is_known_not_to_be_met_comes_before_what_is_not_shown(three: World) -> None:
    plan = planned(three, three.open(three.shown("alpha:3", "earl:failed")))

    assert order(plan) == ["3", "1", "2"]
    assert plan.actions[0].why == "known not to be met"


def test_duties_come_by_the_dates_of_their_law_and_are_due_then(x_corporation: Dataset) -> None:
    day = date(2026, 11, 20)
    edition = catalogue.edition(x_corporation, "eu-ai-act-2026", as_of=day)
    scope = coverage.scope_of(x_corporation, None)[0]
    evaluation = coverage.evaluate(
        x_corporation, edition, scope, as_of=day, horizon=date(2027, 12, 2)
    )

    plan = build(x_corporation, evaluation)

    dues = [one.due for one in plan.actions]
    assert dues == [one.binds_from for one in plan.actions]
    assert dues == sorted(dues, key=str)
    assert {str(due) for due in dues} == {"2026-07-27", "2026-12-02"}
    assert "may bind from 2026-07-27: undetermined" in plan.actions[0].why


# The effect on the lower bound.


def test_the_effects_lead_from_the_lower_bound_to_that_of_all_done(
    evaluation: coverage.Evaluation, plan: Plan, x_corporation: Dataset
) -> None:
    effects = [one.effect or 0.0 for one in plan.actions]
    todo = [
        one.provision.iri
        for one in evaluation.statuses
        if one.provision.id in {a.provision for a in plan.actions}
    ]

    assert evaluation.vector.lo is not None
    assert plan.lo == evaluation.vector.lo
    assert evaluation.vector.lo + sum(effects) == pytest.approx(1.0)
    assert plan.lo_after == coverage.supposing(x_corporation, evaluation, todo).lo == 1.0
    assert all(effect >= 0 for effect in effects)


def test_the_lower_bound_of_each_step_is_that_of_judging_anew_and_never_above_the_upper(
    evaluation: coverage.Evaluation, plan: Plan, x_corporation: Dataset
) -> None:
    iris = {one.provision.id: one.provision.iri for one in evaluation.statuses}
    done: list[str] = []
    for n, one in enumerate(plan.actions):
        done.append(iris[one.provision])
        if n % 5:
            continue

        vector = coverage.supposing(x_corporation, evaluation, done)

        assert vector.lo == one.lo
        assert vector.lo is not None
        assert vector.hi is not None
        assert vector.lo <= vector.hi


def test_an_accepted_inference_counts_with_the_step_that_lets_it_stand(world: World) -> None:
    world.edition("alpha-2020", "1\n2")
    world.edition("beta-2021", "1")
    world.mapping("alpha-2020_beta-2021", "alpha-2020:2 superset-of beta-2021:1")
    world.mapping("beta-2021_alpha-2020", "beta-2021:1 superset-of alpha-2020:1")
    rows = [one["iri"] for one in world.open().rows("inference/mapping-rows")]
    accepted = (
        "o:acceptance a cw:InferenceAcceptance ; cw:provision alpha:1 ; cw:inScope o:whole ; "
        'cw:acceptedBy o:bob ; cw:acceptedOn "2026-01-20"^^xsd:date ; '
        f'cw:justification "Seen." ; cw:acceptedPath <{rows[0]}> , <{rows[1]}> .'
    )

    plan = planned(world, world.open(accepted))

    assert [(one.provision, one.effect, one.lo) for one in plan.actions] == [
        ("2", 1.0, 1.0),
        ("1", 0.0, 1.0),
    ]


def test_an_undefined_lower_bound_stays_undefined(world: World) -> None:
    world.edition("alpha-2020", "A heading")

    plan = planned(world, world.open('o:x rdfs:label "x" ; cw:cites alpha:9 .'))

    assert plan.lo is None
    assert all(one.lo is None and one.effect is None for one in plan.actions)


# The roadmap.


@pytest.fixture
def course(three: World) -> World:
    """Return a world with a roadmap of two phases: 2 in the first, 1 in the second."""
    method(three, "begin Phase 1-2\nfinish Phase 3-6\nfinish.step Step in finish")
    three.mapping(
        "course-2025_alpha-2020",
        "course-2025:finish.step intersects-with alpha-2020:1\n"
        "course-2025:begin subset-of alpha-2020:2 sure=0.5\n"
        "course-2025:finish intersects-with alpha-2020:2 sure=0.9",
    )
    return three


def test_the_phase_is_that_of_the_strongest_row_and_none_where_the_method_is_silent(
    course: World,
) -> None:
    plan = planned(course, course.open(), roadmap="course")

    assert [(one.provision, one.phase) for one in plan.actions] == [
        ("2", "begin"),
        ("1", "finish"),
        ("3", None),
    ]
    assert "course-2025_alpha-2020:" in step(plan, "1").phase_why
    assert step(plan, "3").phase_why == "course-2025 does not say"


def test_what_is_not_placed_and_known_not_to_be_met_comes_before_the_phases(course: World) -> None:
    dataset = course.open(course.shown("alpha:3", "earl:failed"))

    assert order(planned(course, dataset, roadmap="course")) == ["3", "2", "1"]


def test_a_phase_ends_with_its_last_month_counted_from_the_start(course: World) -> None:
    plan = planned(course, course.open(), roadmap="course", start="2027-01-01")

    assert [(one.provision, str(one.due)) for one in plan.actions] == [
        ("2", "2027-02-28"),
        ("1", "2027-06-30"),
        ("3", "None"),
    ]
    assert step(plan, "1").due_why == "end of month 6, course-2025:finish"


def test_a_step_waits_for_a_later_phase_if_what_it_depends_on_does(course: World) -> None:
    needs(course, "2 after 1: The second rests on the first.")

    plan = planned(course, course.open(), roadmap="course", start="2027-01-01")

    assert order(plan) == ["1", "2", "3"]
    assert (step(plan, "2").phase, step(plan, "2").stage) == ("begin", 2)
    assert "waits until finish" in step(plan, "2").phase_why
    assert str(step(plan, "2").due) == "2027-06-30"


def test_what_is_not_placed_is_due_when_what_waits_for_it_is(course: World) -> None:
    needs(course, "1 after 3: The first rests on the third.")

    plan = planned(course, course.open(), roadmap="course", start="2027-01-01")

    assert str(step(plan, "3").due) == "2027-06-30"
    assert step(plan, "3").due_why == "1 waits for it and is due then"


def test_no_day_is_made_up_without_a_start_or_without_lengths(
    course: World, x_corporation: Dataset
) -> None:
    plan = planned(course, course.open(), roadmap="course")
    answer = assessment.plan(
        x_corporation,
        edition="iso-42001",
        roadmap="nexus",
        start=date(2027, 1, 1),
        as_of=EARLY,
    )

    assert isinstance(answer, Answer)
    assert {one.due for one in plan.actions} == {None}
    assert step(plan, "1").due_why == "no law dates it and no start is given"
    assert {row["due"] for row in answer.rows} == {None}
    assert "nexus-2025 states no lengths" in "".join(answer.notes)


def test_a_start_without_a_roadmap_and_a_method_without_phases_are_refused(
    x_corporation: Dataset,
) -> None:
    with pytest.raises(UsageError, match="--roadmap"):
        assessment.plan(x_corporation, edition="iso-42001", start=DAY, as_of=EARLY)
    with pytest.raises(UsageError, match="nexus-2025"):
        methods.roadmap(x_corporation, "hux-starter-guide-2025", as_of=EARLY)


@pytest.mark.parametrize(
    ("name", "phases", "months"),
    [("nexus-2025", 5, None), ("iso-xpert-2025", 5, 12), ("smiit-integration-2025", 3, 12)],
)
def test_the_published_roadmaps_are_carried_with_the_months_they_state(
    x_corporation: Dataset, name: str, phases: int, months: int | None
) -> None:
    roadmap = methods.roadmap(x_corporation, name, as_of=EARLY)

    assert len(roadmap.phases) == phases
    assert roadmap.phases[-1].month_to == months
    assert roadmap.timed == (months is not None)


def test_gaps_name_a_phase_only_along_a_roadmap(x_corporation: Dataset) -> None:
    plain = assessment.gaps(x_corporation, edition="iso-42001", as_of=EARLY)
    along = assessment.gaps(x_corporation, edition="iso-42001", roadmap="nexus", as_of=EARLY)

    assert {row["phase"] for row in plain.rows} == {None}
    assert {row["provision"]: row["phase"] for row in along.rows}["9.1"] == "sustain"
    assert [{**row, "phase": None} for row in along.rows] == plain.rows


# Owner roles.


def assigned(activity: str, raci: str = "responsible", title: str = "The Owner") -> str:
    return (
        f'o:assignment-{raci} a cw:RoleAssignment ; rdfs:label "{title}: {raci}" ; '
        f'cw:activity {activity} ; cw:raci cw:{raci} ; cw:roleTitle "{title}" ; '
        "cw:inScope o:whole ."
    )


@pytest.fixture
def matrix(three: World) -> World:
    """Return a world whose method has a role and two activities for 1, and a role for 2."""
    method(three, "lead Role\nclerk Role\npolicy RaciActivity\nother RaciActivity")
    three.mapping(
        "course-2025_alpha-2020",
        "course-2025:lead intersects-with alpha-2020:1\n"
        "course-2025:clerk intersects-with alpha-2020:2 sure=0.6\n"
        "course-2025:lead intersects-with alpha-2020:2 sure=0.5\n"
        "course-2025:policy intersects-with alpha-2020:1\n"
        "course-2025:other intersects-with alpha-2020:1",
    )
    return three


def test_the_role_is_that_of_the_matrix_or_none_and_said_to_be(matrix: World) -> None:
    plan = planned(matrix, matrix.open())

    assert [step(plan, name).owner_role for name in "123"] == [
        "Name of lead",
        "Name of clerk",
        None,
    ]
    assert step(plan, "2").owner_why.startswith("role matrix: course-2025:clerk (")
    assert (
        step(plan, "3").owner_why == "no role assignment and no role of a published method names it"
    )


@pytest.mark.parametrize("activity", ['"name of POLICY"', f"<{edition_iri('course-2025')}/policy>"])
def test_the_organisation_s_own_assignment_comes_before_the_matrix(
    matrix: World, activity: str
) -> None:
    dataset = matrix.open(
        assigned(activity), assigned(activity, "accountable", "The Chief"), assigned('"unknown"')
    )

    one = step(planned(matrix, dataset), "1")

    assert one.owner_role == "The Owner"
    assert one.owner_why.startswith("the organisation: ")


def test_an_assignment_may_name_the_provision_itself(matrix: World) -> None:
    plan = planned(matrix, matrix.open(assigned("alpha:3", "accountable", "The Chief")))

    assert step(plan, "3").owner_role == "The Chief"


def test_two_activities_that_say_as_much_assign_nobody(matrix: World) -> None:
    dataset = matrix.open(
        assigned('"Name of policy"'), assigned('"Name of other"', "accountable", "The Chief")
    )

    one = step(planned(matrix, dataset), "1")

    assert one.owner_role == "Name of lead"
    assert one.owner_why.endswith("2 activities with role assignments name it equally")


# The calendar.


def test_the_calendar_holds_a_task_for_each_action_with_its_day_and_what_it_waits_for(
    plan: Plan,
) -> None:
    text = as_calendar([plan])

    tasks = list(Calendar.from_ical(text).walk("VTODO"))
    assert len(tasks) == len(plan.actions)
    uids = [str(task["uid"]) for task in tasks]
    for one, task in zip(plan.actions, tasks, strict=True):
        assert task.decoded("dtstamp").date() == EARLY
        assert (task.decoded("due") if "due" in task else None) == one.due
        related = task.get("related-to", [])
        related = related if isinstance(related, list) else [related]
        assert [plan.actions[uids.index(str(r))].provision for r in related] == [
            wait.provision for wait in one.depends_on
        ]
        assert {r.params["RELTYPE"] for r in related} <= {"DEPENDS-ON"}
    assert text.count("DUE;VALUE=DATE:") == sum(one.due is not None for one in plan.actions)


def test_a_task_keeps_its_name_when_the_plan_changes(plan: Plan) -> None:
    later = replace(plan, as_of=date(2026, 9, 30), actions=plan.actions[::-1])

    before, after = (
        {str(task["uid"]) for task in Calendar.from_ical(as_calendar([one])).walk("VTODO")}
        for one in (plan, later)
    )

    assert before == after
    assert len(before) == len(plan.actions)
    assert as_calendar([plan]) == as_calendar([plan])


# The picture.


@settings(max_examples=20, deadline=None)
@given(keep=st.sets(st.integers(0, 26)), start=st.sampled_from([None, date(2027, 1, 1)]))
def test_every_action_has_a_bar_inside_the_picture_after_what_it_waits_for(
    plan: Plan, keep: set[int], start: date | None
) -> None:
    chosen = [one for n, one in enumerate(plan.actions) if n not in keep]
    names = {one.provision for one in chosen}
    actions = tuple(
        replace(one, depends_on=tuple(w for w in one.depends_on if w.provision in names))
        for one in chosen
    )

    chart = gantt(replace(plan, actions=actions, start=start))

    if not actions:
        assert chart is None
        return
    assert chart is not None
    rows = {row.action.provision: row for group in chart.groups for row in group.rows}
    assert set(rows) == names
    for row in rows.values():
        assert row.x >= 0
        assert row.x + row.width <= 102.001
        for wait in row.action.depends_on:
            first = rows[wait.provision]
            if first.placed and row.placed:
                assert first.x < row.x or first.x + first.width <= row.x + 0.001


def test_a_plan_without_a_roadmap_has_no_picture(plan: Plan) -> None:
    assert gantt(replace(plan, roadmap=None)) is None


def test_many_rows_are_split_so_that_they_fit_on_paper(plan: Plan) -> None:
    many = tuple(
        replace(plan.actions[0], provision=f"{n}", order=n, stage=None, depends_on=())
        for n in range(60)
    )

    chart = gantt(replace(plan, actions=many))

    assert chart is not None
    assert [len(group.rows) for group in chart.groups] == [24, 24, 12]
    assert chart.groups[1].title.endswith(", continued")


def test_the_words_of_a_placing_name_the_row(x_corporation: Dataset) -> None:
    roadmap = methods.roadmap(x_corporation, "nexus", as_of=EARLY)

    found = methods.placed(x_corporation, roadmap, "iso-42001-2023")

    one = found[edition_iri("iso-42001-2023") + "/8.2"]
    assert isinstance(one, Placing)
    assert one.phase.id == "execute"
    assert one.why.startswith("execute.risk-assessment (nexus-2025_iso-42001-2023:")


def test_every_provision_with_a_gap_is_one_action_with_all_of_its_gaps(
    x_corporation: Dataset, evaluation: coverage.Evaluation, plan: Plan
) -> None:
    found: dict[str, list[str]] = {}
    for one in gap.gaps(x_corporation, evaluation):
        found.setdefault(one.provision, []).append(str(one.gap_kind))

    assert {one.provision: list(one.gaps) for one in plan.actions} == found
    assert [one.order for one in plan.actions] == list(range(1, len(found) + 1))
