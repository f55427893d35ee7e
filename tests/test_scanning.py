"""Items read column by column are those of the query; so is what is found of them."""

from __future__ import annotations

from datetime import date

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import bench, coverage, resources
from crosswalk.coverage import evidence
from crosswalk.coverage.scanning import DATED, PLAIN, scanned
from crosswalk.graph import Dataset, open_dataset
from crosswalk.namespaces import expand

DAY = date(2026, 6, 1)


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(expand(name) if ":" in name else f"urn:x:{name}")


def literal(text: str, kind: str) -> ox.Literal:
    return ox.Literal(text, datatype=node(f"xsd:{kind}"))


ITEMS, IMPLEMENTATIONS, PEOPLE, CLASSES = (
    tuple(node(f"{kind}{n}") for n in range(size))
    for kind, size in zip("eipc", (4, 2, 3, 3), strict=True)
)
DAYS = (
    *(literal(text, "date") for text in ("2026-05-31", "2026-06-01", "2026-06-02", "2026-05-31Z")),
    *(literal(f"2026-0{n}-01T00:00:00", "dateTime") for n in (1, 9)),
    literal("2026-01-01", "string"),
    literal("5", "integer"),
)
VALUES = (*PEOPLE, literal("one", "string"), literal("two", "string"), DAYS[0], ox.BlankNode("b"))


def said(
    subjects: tuple[ox.NamedNode, ...], names: tuple[str, ...], values: tuple[object, ...]
) -> st.SearchStrategy[ox.Quad]:
    return st.builds(
        lambda s, p, o, g: ox.Quad(s, node(p), o, node(g)),
        *map(st.sampled_from, (subjects, names, values, ("g1", "g2"))),
    )


QUADS = st.one_of(
    said(ITEMS, ("cw:evidenceFor",), IMPLEMENTATIONS),
    said(ITEMS, PLAIN, VALUES),
    said(ITEMS, DATED, DAYS),
    said(ITEMS, ("cw:owner",), PEOPLE),
    said(ITEMS, ("rdf:type",), CLASSES),
    said(CLASSES, ("cw:maximumAgeDays",), (literal("30", "integer"), literal("90", "integer"))),
    said((*CLASSES, *PEOPLE), ("rdfs:label",), VALUES),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(QUADS, min_size=1, max_size=40))
def test_items_read_column_by_column_are_those_of_both_queries(quads: list[ox.Quad]) -> None:
    dataset = Dataset()
    dataset.add(quads)

    found = scanned(dataset, DAY)

    assert found is not None
    rows = {row for rows in found for row in rows}
    asked = dataset.columns("coverage/evidence-items", known_at=DAY)
    assert rows == {row[:16] for row in asked}
    each = dataset.columns("coverage/evidence-item", known_at=DAY)
    assert rows == {row[:16] for row in each}


def test_an_item_without_a_name_is_left_to_the_query() -> None:
    dataset = Dataset()
    dataset.add([ox.Quad(ox.BlankNode(), node("cw:evidenceFor"), node("i0"), node("g1"))])

    assert scanned(dataset, DAY) is None


@pytest.mark.parametrize("example", ["x-corporation", "global-finance-corp"])
def test_figures_are_the_same_however_items_are_read(
    example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(resources.examples_dir() / example)
    first = evidence.recorded(open_dataset([folder]), bench.AS_OF)
    monkeypatch.setattr(evidence, "AT_ONCE", 3)
    dataset = open_dataset([folder])

    again = evidence.recorded(dataset, bench.AS_OF)

    assert again == first
    assert coverage.scopes(dataset)
