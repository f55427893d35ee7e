"""Rows that are put in order here stand as the engine would have put them."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk import queries
from crosswalk.graph import Dataset, ordering
from crosswalk.namespaces import expand

XSD = expand("xsd:")
TEXT = st.text(alphabet="aAbé Z1😀", max_size=3)
TERMS = st.one_of(
    st.none(),
    st.sampled_from("abcé").map(lambda name: ox.NamedNode(f"urn:{name}")),
    TEXT.map(ox.Literal),
    TEXT.map(lambda text: ox.Literal(text, language="en")),
    TEXT.map(lambda text: ox.Literal(text, language="de")),
    st.dates().map(lambda day: ox.Literal(str(day), datatype=ox.NamedNode(XSD + "date"))),
    st.booleans().map(ox.Literal),
)
NUMBERS = st.one_of(
    st.none(),
    st.integers(-20, 20).map(ox.Literal),
    st.decimals(-9, 9, places=2).map(
        lambda number: ox.Literal(str(number), datatype=ox.NamedNode(XSD + "decimal"))
    ),
)
ROW = st.tuples(TERMS, NUMBERS)
DIRECTIONS = st.tuples(st.booleans(), st.booleans())


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROW, max_size=12), descends=DIRECTIONS)
def test_the_order_of_rows_is_the_order_of_the_engine(
    rows: list[tuple[ox.Literal | None, ox.Literal | None]], descends: tuple[bool, bool]
) -> None:
    store = ox.Store()
    for number, row in enumerate(rows):
        me = ox.NamedNode(f"urn:row:{number}")
        store.add(ox.Quad(me, ox.NamedNode("urn:row"), me))
        for name, term in zip("ab", row, strict=True):
            if term is not None:
                store.add(ox.Quad(me, ox.NamedNode(f"urn:{name}"), term))
    pattern = "{ ?row <urn:row> ?row OPTIONAL { ?row <urn:a> ?a } OPTIONAL { ?row <urn:b> ?b } }"
    order = [(name, turned) for name, turned in zip("ab", descends, strict=True)] + [("row", False)]
    by = " ".join(f"{'DESC' if turned else 'ASC'}(?{name})" for name, turned in order)

    sought = _rows(store, f"SELECT ?a ?b ?row {pattern} ORDER BY {by}")
    found = ordering.sort(_rows(store, f"SELECT ?a ?b ?row {pattern}"), ["a", "b", "row"], order)

    assert found == sought


def test_numbers_beside_texts_are_left_to_the_engine() -> None:
    rows: list[ordering.Solution] = [(ox.Literal(10),), (ox.Literal("9"),)]

    assert ordering.sort(rows, ["a"], [("a", False)]) is None


def test_a_named_query_gives_its_rows_in_the_order_that_its_text_states() -> None:
    dataset = Dataset()
    for name in "cab":
        dataset.add(
            ox.Quad(ox.NamedNode(f"urn:{kind}"), ox.NamedNode(expand(predicate)), ox.Literal(name))
            for kind, predicate in ((f"thing:{name}", "cw:file"), (f"other:{name}", "cw:file"))
        )
    query = queries.named("report/evidence-files")

    rows = dataset.rows(query.name)

    assert rows == dataset.select(query.text)
    assert len(rows) == 6


def _rows(store: ox.Store, text: str) -> list[ordering.Solution]:
    answer = store.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    return [tuple(one) for one in answer]
