"""The mapping sets beside the store: told as a table, and no answer differs for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest

from crosswalk import inference, queries, sssom
from crosswalk.cases import case, cases
from crosswalk.errors import MappingError
from crosswalk.graph import Dataset, open_dataset
from crosswalk.graph.knowledge import mapping_quads
from crosswalk.models import MappingSet
from crosswalk.namespaces import BASE, compress, cw
from crosswalk.queries import Query
from crosswalk.resources import mappings_dir

SETS = sssom.discover(mappings_dir())
DAY = date(2026, 11, 20)
TERMS = {
    "role": f"{BASE}id/operator-role/deployer",
    "scope": f"{BASE}org/global-finance-corp/scope/aims",
    "soa": f"{BASE}org/global-finance-corp/soa/isms-3.2",
}
EVIDENCE = [str(case(name).directory) for name in cases()]
SHARED = {"cw:version", "dcterms:created", "dcterms:license", "dcterms:title", "rdfs:comment"}
"""What mapping sets say by words that others use too: a subject that others know is no mapping."""

UNMAPPED = [query for query in queries.library() if query.unmapped]


def own_row(subject: str = "urn:row") -> list[ox.Quad]:
    """Return a mapping row that an organisation states in its evidence."""
    graph = ox.NamedNode("https://w3id.org/aigov-crosswalk/org/acme/evidence")
    node, literal = ox.NamedNode, ox.Literal
    said: list[tuple[str, str, ox.NamedNode | ox.Literal]] = [
        ("urn:set", "setKey", literal("acme")),
        ("urn:set", "publisherKey", literal("acme")),
        (subject, "inSet", node("urn:set")),
        (subject, "row", literal("1", datatype=node("http://www.w3.org/2001/XMLSchema#integer"))),
        (subject, "reviewStatus", node(cw("draft"))),
        (subject, "relation", node(cw("equal"))),
    ]
    ends = [("Source", "iso-42001-2023/5.2"), ("Target", "gdpr-2016/article-24")]
    return [
        *(ox.Quad(node(s), node(cw(p)), o, graph) for s, p, o in said),
        *(
            ox.Quad(
                node(subject),
                node(f"http://www.w3.org/2002/07/owl#annotated{end}"),
                node(f"https://w3id.org/aigov-crosswalk/id/{iri}"),
                graph,
            )
            for end, iri in ends
        ),
    ]


def heard(dataset: Dataset) -> Dataset:
    """Return a dataset in which something else speaks of mappings, so that the store is asked."""
    dataset.add([ox.Quad(ox.NamedNode("urn:x"), ox.NamedNode(cw("group")), ox.Literal("g"))])
    assert dataset.told is None
    return dataset


@pytest.fixture(scope="module")
def plain() -> Dataset:
    return open_dataset(EVIDENCE)


@pytest.fixture(scope="module")
def bare() -> Dataset:
    """All evidence and the catalogue, and no mapping set."""
    return open_dataset(EVIDENCE, sets=False)


def test_the_rows_that_are_told_are_those_of_the_store() -> None:
    told, asked = open_dataset(), heard(open_dataset())

    assert inference.rows(told) == inference.rows(asked)
    assert [one.rationale for one in inference.rows(told)] == [
        one.rationale for one in inference.rows(asked)
    ]
    assert inference.build(told).looked == inference.build(asked).looked
    assert inference.premises(told) == inference.premises(asked)


def test_what_may_see_the_mapping_sets_sees_all_of_them() -> None:
    first = set(mapping_quads(sssom.read(SETS[0])))
    some = next(iter(first))
    graph, subject = (str(term)[1:-1] for term in (some.graph_name, some.subject))

    assert first <= set(open_dataset().quads())
    assert some in open_dataset().store
    assert graph in open_dataset().graphs()
    assert some in set(open_dataset().quads(graph))
    assert some in set(open_dataset().about(subject))
    assert len(open_dataset().rows("mapping-rows")) == sum(
        len(sssom.read(p).mappings) for p in SETS
    )


def test_a_row_that_evidence_states_is_heard() -> None:
    dataset = open_dataset()
    before = inference.rows(dataset)

    dataset.add(own_row())

    assert {one.iri for one in inference.rows(dataset)} - {one.iri for one in before} == {"urn:row"}
    dataset.remove(own_row())
    assert inference.rows(dataset) == before


def test_what_evidence_says_of_a_row_of_ours_is_heard() -> None:
    dataset = open_dataset()
    one = inference.rows(dataset)[0]

    dataset.add(own_row(one.iri))

    assert {row.iri: row for row in inference.rows(dataset)} != {
        row.iri: row for row in inference.rows(open_dataset())
    }


def parameters(query: Query, edition: str) -> dict[str, object]:
    """Return a value for each parameter of a query."""
    days = dict.fromkeys(("as_of", "date", "known_at"), DAY)
    given: dict[str, object] = {**days, "edition": edition, **TERMS}
    return {one.name: given.get(one.name) for one in query.parameters}


@pytest.mark.parametrize("query", UNMAPPED, ids=lambda query: query.name)
def test_a_query_that_is_tagged_so_answers_without_the_mapping_sets_as_with_them(
    query: Query, plain: Dataset, bare: Dataset
) -> None:
    for edition in ("iso-42001-2023", "eu-ai-act-2026", "nexus-2025"):
        given = parameters(query, edition)
        bound = queries.bind(query, given)

        assert bare.select(query.text, bound) == plain.select(query.text, bound)
        assert bare.rows(query.name, **given) == plain.rows(query.name, **given)


def test_a_query_that_is_tagged_so_names_nothing_of_mapping_sets() -> None:
    vocabulary = {
        compress(term.value)
        for path in SETS
        for quad in mapping_quads(sssom.read(path))
        for term in (quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode) and ("#" in term.value or term == quad.predicate)
    } - {"rdf:type", *SHARED}
    assert "cw:inSet" in vocabulary

    for query in UNMAPPED:
        words = re.findall(r"\b[a-z]+:\w+", re.sub(r'"[^"]*"|#.*', "", query.text))
        assert not vocabulary & set(words), query.name
        assert not re.search(r"\?\w+ \?(?!p\b)\w+ \?\w+ [.}]", query.text), query.name


# Files in plain form are read without the library. A mark at the front of a file is no plain form.

MARK = "\ufeff"


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.name.removesuffix(sssom.SUFFIX))
def test_a_shipped_set_is_read_as_the_library_reads_it(path: Path, tmp_path: Path) -> None:
    copied = tmp_path / path.name
    copied.write_text(MARK + path.read_text(encoding="utf-8"), encoding="utf-8")

    assert replace(sssom.read(copied), file=str(path)) == sssom.read(path)


HEADER = """#curie_map:
#  iso-42001-2023: https://w3id.org/aigov-crosswalk/id/iso-42001-2023/
#mapping_set_id: https://w3id.org/aigov-crosswalk/mapping/a
#mapping_set_version: '1.0'
#license: https://creativecommons.org/licenses/by/4.0/
#mapping_date: '2026-11-20'
#extension_definitions:
#- slot_name: relation
#  property: cw:relation
#  type_hint: xsd:string
subject_id\tpredicate_id\tobject_id\tmapping_justification\tauthor_label\tconfidence\tcomment\trelation
"""
ROW = (
    "iso-42001-2023:5.2\tskos:exactMatch\tgdpr-2016:article-24\tsemapv:ManualMappingCuration\t"
    "Ann|Bob\t0.9\tas it is\tequal\n"
)
CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "no row": lambda text: text.replace(ROW, ""),
    "two rows": lambda text: text + ROW.replace("0.9", "1"),
    "an empty line between": lambda text: text + "\n" + ROW.replace("0.9", "0"),
    "spaces in a cell": lambda text: text.replace("\tas it is", "\t as it is "),
    "a quoted cell": lambda text: text.replace("as it is", '"as ""it"" is"'),
    "a quoted cell of two lines": lambda text: text.replace("as it is", '"as\nit is"') + ROW,
    "a quote that is not closed": lambda text: text.replace("as it is", '"as it is'),
    "a cell too many": lambda text: text.replace("\tequal\n", "\tequal\tmore\n"),
    "a cell too few": lambda text: text.replace("\tas it is\tequal\n", "\n"),
    "an empty name": lambda text: text.replace("Ann|Bob", "Ann| |Bob|"),
    "an unknown prefix": lambda text: text.replace("gdpr-2016:", "gdpr-2017:"),
    "no CURIE": lambda text: text.replace("gdpr-2016:article-24", "article 24"),
    "an IRI": lambda text: text.replace("gdpr-2016:", "https://w3id.org/aigov-crosswalk/id/gdpr/"),
    "no term found": lambda text: text.replace("gdpr-2016:article-24", "sssom:NoTermFound"),
    "confidence above one": lambda text: text.replace("0.9", "1.9"),
    "confidence with an exponent": lambda text: text.replace("0.9", "9e-1"),
    "no number": lambda text: text.replace("0.9", "high"),
    "an unknown relation": lambda text: text.replace("\tequal", "\tsame"),
    "no relation": lambda text: text.replace("\tequal", "\t"),
    "a modifier": lambda text: text.replace("comment", "predicate_modifier").replace(
        "as it is", "Not"
    ),
    "a wrong modifier": lambda text: text.replace("comment", "predicate_modifier"),
    "a wrong date": lambda text: text.replace("comment", "review_date").replace(
        "as it is", "2026-02-30"
    ),
    "a date": lambda text: text.replace("comment", "review_date").replace("as it is", "2026-02-28"),
    "a date of its own": lambda text: text.replace("comment", "mapping_date").replace(
        "as it is", "2025-01-01"
    ),
    "a date without quotes": lambda text: text.replace("'2026-11-20'", "2026-11-20"),
    "a version without quotes": lambda text: text.replace("'1.0'", "1.0"),
    "a slot more": lambda text: text.replace("#license", "#mapping_tool: hand\n#license"),
    "an unknown slot": lambda text: text.replace("#license", "#colour: red\n#license"),
    "a foreign prefix": lambda text: text.replace("#  iso", "#  acme: https://acme.test/\n#  iso"),
    "a prefix of ours told otherwise": lambda text: text.replace(
        "id/iso-42001-2023/\n", "id/other/\n"
    ),
    "no licence": lambda text: re.sub("#license.*\n", "", text),
    "a licence that is no address": lambda text: re.sub("(#license: ).*\n", r"\1mine\n", text),
    "no id": lambda text: re.sub("#mapping_set_id.*\n", "", text),
    "an id to be made plain": lambda text: text.replace("mapping/a\n", "mapping/b/../a\n"),
    "an undeclared column": lambda text: text.replace("#- slot_name: relation", "#- slot_name: x"),
    "a column twice": lambda text: text.replace("comment", "relation"),
    "a foreign column": lambda text: text.replace("comment", "colour"),
    "no column of predicates": lambda text: text.replace("predicate_id", "predicate"),
    "two marks": lambda text: text.replace("#license", "##license"),
    "no YAML": lambda text: text.replace("#license:", "#license: [:"),
    "lines that end otherwise": lambda text: text.replace("\n", "\r\n"),
    "nothing": lambda text: "",
}


def outcome(path: Path) -> MappingSet | str:
    """Return what is read of a file, or why it is not."""
    try:
        return sssom.read(path)
    except MappingError as error:
        return str(error)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_is_not_plain_is_read_or_refused_as_the_library_does(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    path, text = tmp_path / "a.sssom.tsv", change(HEADER + ROW)

    path.write_bytes(text.encode())
    found = outcome(path)

    path.write_bytes((MARK + text).encode())
    assert found == outcome(path)
