"""Statements about pairs → plain rows, SSSOM/TSV, Turtle and JSON-LD."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

import pyoxigraph as ox

from crosswalk import __version__, catalogue, inference
from crosswalk.errors import UsageError
from crosswalk.graph import Dataset
from crosswalk.inference import Statement
from crosswalk.models import Relation
from crosswalk.namespaces import BASE, compress, cw, edition_iri, expand, graph_iri, prefixes
from crosswalk.sssom import PREDICATE

__all__ = ["COLUMNS", "as_jsonld", "as_sssom", "as_turtle", "export", "plain_rows"]

COLUMNS = [
    "subject_edition",
    "subject_id",
    "relation",
    "object_edition",
    "object_id",
    "confidence",
    "publisher",
    "derived",
    "hops",
]
SSSOM_COLUMNS = [
    "record_id",
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_label",
    "reviewer_label",
    "mapping_date",
    "review_date",
    "confidence",
    "mapping_provider",
    "comment",
    "derived_from",
    "relation",
    "possible_relations",
    "rationale_type",
    "rationale",
    "review_status",
    "group",
    "edition_change",
    "rule",
]
EXTENSIONS = SSSOM_COLUMNS[SSSOM_COLUMNS.index("relation") :]
CHAINING = "semapv:MappingChaining"
INVERSION = "semapv:MappingInversion"


def export(
    dataset: Dataset,
    source: str = "",
    target: str = "",
    *,
    with_derived: bool = False,
    publisher: str | None = None,
    depth: int = 2,
) -> list[Statement]:
    """Return what is said from one edition to another, by subject, object and rationale type.

    :param source: key of an edition; empty for any.
    :param target: key of an edition; empty for any.
    :param with_derived: whether what follows from several rows is part of it.
    :param publisher: only rows of this publisher, and what follows from them alone.
    :raises UsageError: if nobody of that name publishes a mapping set.
    """
    graph = inference.build(dataset)
    publishers = sorted({row.publisher for row in graph.rows})
    if publisher is not None and publisher not in publishers:
        raise UsageError(
            f"unknown publisher {publisher!r}", remedy=f"Known are {', '.join(publishers)}."
        )
    found = inference.asserted(graph, source, target, publisher=publisher)
    if with_derived:
        found += inference.derived(graph, source, target, publisher=publisher, depth=depth)
    order = {iri: n for n, iri in enumerate(catalogue.labels(dataset))}
    last = len(order)
    return sorted(
        found,
        key=lambda one: (
            order.get(one.subject, last),
            one.subject,
            order.get(one.object, last),
            one.object,
            one.derived,
            one.rationale_type,
            one.publisher,
            one.iri,
        ),
    )


def plain_rows(dataset: Dataset, statements: Iterable[Statement]) -> list[dict[str, object]]:
    """Return one plain row a statement; several possible relations are joined by a bar."""
    ids = {
        provision.iri: provision.id
        for one in catalogue.editions(dataset)
        for provision in catalogue.provisions(dataset, one.edition)
    }
    found = []
    for one in statements:
        subject, target = catalogue.local_id(one.subject), catalogue.local_id(one.object)
        found.append(
            {
                "subject_edition": subject[0],
                "subject_id": ids.get(one.subject, subject[1]),
                "relation": "|".join(one.relations),
                "object_edition": target[0],
                "object_id": ids.get(one.object, target[1]),
                "confidence": round(one.confidence, 4),
                "publisher": one.publisher,
                "derived": one.derived,
                "hops": one.hops,
            }
        )
    return found


def sayable(statements: Iterable[Statement]) -> tuple[list[Statement], int]:
    """Return the statements that a mapping can assert, and how many cannot be.

    A mapping states one relation; where "no relationship" is one of several that remain possible,
    there is none to state.
    """
    every = list(statements)
    kept = [one for one in every if _relation(one) is not None]
    return kept, len(every) - len(kept)


def _relation(one: Statement) -> Relation | None:
    return inference.weakened(one.relations)


def as_sssom(dataset: Dataset, statements: Sequence[Statement], *, key: str, title: str) -> str:
    """Return statements as SSSOM/TSV.

    A derived row names its parents (``derived_from``) and its rule; where several relations
    remain possible it states ``related`` and lists them (``possible_relations``).

    .. seealso:: SSSOM, https://mapping-commons.github.io/sssom/
    """
    kept, _ = sayable(statements)
    labels = catalogue.labels(dataset)
    details = _details(dataset)
    editions = {catalogue.local_id(end)[0] for one in kept for end in (one.subject, one.object)}
    spaces = {key: edition_iri(key) + "/" for key in sorted(filter(None, editions))}
    spaces["mapping"] = f"{BASE}mapping/"
    spaces |= {name: prefixes()[name] for name in ("cw", "semapv", "skos", "sssom")}
    licences = {found["licence"] for one in kept for found in _of(one, details) if found["licence"]}
    licence = licences.pop() if len(licences) == 1 else "https://w3id.org/sssom/license/unspecified"
    header = {
        "curie_map": spaces,
        "mapping_set_id": f"{BASE}mapping/{key}",
        "mapping_set_title": title,
        "mapping_set_version": __version__,
        "license": licence,
        "mapping_tool": "crosswalk",
        "mapping_tool_version": __version__,
        "extension_definitions": [
            {"slot_name": name, "property": f"cw:{_camel(name)}", "type_hint": "xsd:string"}
            for name in EXTENSIONS
        ],
    }
    import yaml

    text = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=10_000)
    buffer = io.StringIO()
    buffer.writelines(f"#{line}\n" for line in text.splitlines())
    writer = csv.DictWriter(buffer, SSSOM_COLUMNS, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for one in kept:
        writer.writerow(_sssom_row(one, labels, details, spaces))
    return buffer.getvalue()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _curie(iri: str, spaces: dict[str, str]) -> str:
    key, local = catalogue.local_id(iri)
    return f"{key}:{local}" if key in spaces else compress(iri)


def _mapping_curie(iri: str) -> str:
    return "mapping:" + iri.removeprefix(f"{BASE}mapping/")


def _details(dataset: Dataset) -> dict[str, dict[str, list[str]]]:
    """Return row's IRI → what stands beside its claim; every value a list."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in dataset.rows("inference/mapping-details"):
        held = found.setdefault(row["iri"] or "", {})
        for name, value in row.items():
            values = held.setdefault(name, [])
            if value and value not in values:
                values.append(value)
    return found


def _of(one: Statement, details: dict[str, dict[str, list[str]]]) -> Iterator[dict[str, str]]:
    for row in one.parents:
        held = details.get(row.iri, {})
        yield {name: "|".join(values) for name, values in held.items()} | {
            "licence": "|".join(held.get("licence", ()))
        }


def _sssom_row(
    one: Statement,
    labels: dict[str, str],
    details: dict[str, dict[str, list[str]]],
    spaces: dict[str, str],
) -> dict[str, str]:
    relation = _relation(one)
    assert relation is not None  # noqa: S101 - as_sssom keeps only what can be said
    fields = {
        "record_id": _mapping_curie(one.iri),
        "subject_id": _curie(one.subject, spaces),
        "subject_label": labels.get(one.subject, "").strip(),
        "predicate_id": PREDICATE[relation],
        "predicate_modifier": "Not" if relation is Relation.NO_RELATIONSHIP else "",
        "object_id": _curie(one.object, spaces),
        "object_label": labels.get(one.object, "").strip(),
        "mapping_justification": CHAINING,
        "confidence": f"{one.confidence:.4g}",
        "relation": str(relation),
        "rationale_type": str(one.rationale_type),
    }
    if one.row is None:
        return fields | {
            "possible_relations": "|".join(one.relations) if len(one.relations) > 1 else "",
            "rule": one.rule,
            "derived_from": "|".join(_mapping_curie(row.iri) for row in one.parents),
            "rationale": "Follows from the rows it names, composed and intersected.",
        }
    [held] = _of(one, details)
    turned = one.rule == "converse"
    return fields | {
        "mapping_justification": INVERSION if turned else compress(held.get("justification", "")),
        "author_label": held.get("author", ""),
        "reviewer_label": held.get("reviewer", ""),
        "mapping_date": held.get("mapping_date", ""),
        "review_date": held.get("review_date", ""),
        "comment": held.get("comment", ""),
        "rationale": one.row.rationale,
        "review_status": one.row.review_status,
        "group": "" if turned else one.row.group,
        "edition_change": one.row.edition_change,
        "rule": one.rule if turned else "",
        "derived_from": _mapping_curie(one.row.iri) if turned else "",
    }


def inferred_graph(depth: int) -> str:
    """Return the IRI of the graph of what follows by our rules over so many hops."""
    return graph_iri("inferred", f"rcc5-depth-{depth}", __version__)


def quads(
    dataset: Dataset, statements: Sequence[Statement], *, depth: int = 2
) -> Iterator[ox.Quad]:
    """Yield statements as RDF: asserted rows as they stand in the dataset, others inferred."""
    graph = ox.NamedNode(inferred_graph(depth))
    standing = {one.iri for one in statements if one.row is not None and one.iri == one.row.iri}
    yield from (quad for iri in sorted(standing) for quad in dataset.about(iri))
    for one in statements:
        relation = _relation(one)
        if one.iri in standing or relation is None:
            continue
        me = ox.NamedNode(one.iri)
        values: list[tuple[str, ox.NamedNode | ox.Literal]] = [
            ("rdf:type", ox.NamedNode(cw("InferredMapping"))),
            ("owl:annotatedSource", ox.NamedNode(one.subject)),
            ("owl:annotatedTarget", ox.NamedNode(one.object)),
            ("owl:annotatedProperty", ox.NamedNode(expand(PREDICATE[relation]))),
            ("cw:relation", ox.NamedNode(cw(relation))),
            ("cw:rationaleType", ox.NamedNode(cw(one.rationale_type))),
            ("cw:rule", ox.Literal(one.rule)),
            ("sssom:mapping_justification", ox.NamedNode(expand(CHAINING))),
            (
                "sssom:confidence",
                ox.Literal(f"{one.confidence:.4f}", datatype=ox.NamedNode(expand("xsd:decimal"))),
            ),
        ]
        if relation is Relation.NO_RELATIONSHIP:
            values.append(("sssom:predicate_modifier", ox.Literal("Not")))
        if len(one.relations) > 1:
            values += [("cw:possibleRelation", ox.NamedNode(cw(r))) for r in one.relations]
        values += [("cw:derivedFrom", ox.NamedNode(row.iri)) for row in one.parents]
        for predicate, value in values:
            yield ox.Quad(me, ox.NamedNode(expand(predicate)), value, graph)


def as_turtle(dataset: Dataset, statements: Sequence[Statement]) -> str:
    """Return statements as Turtle, in the terms of the ontology and of SSSOM."""
    triples = (quad.triple for quad in quads(dataset, statements))
    body = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes())
    return (body or b"").decode()


def as_jsonld(dataset: Dataset, statements: Sequence[Statement]) -> str:
    """Return statements as JSON-LD, one node a mapping, with the prefixes as its context."""
    nodes: dict[str, dict[str, object]] = {}
    for quad in quads(dataset, statements):
        assert isinstance(quad.subject, ox.NamedNode)  # noqa: S101 - a mapping has an IRI
        node = nodes.setdefault(quad.subject.value, {"@id": compress(quad.subject.value)})
        key = "@type" if quad.predicate.value == expand("rdf:type") else quad.predicate.value
        held = node.setdefault(compress(key) if key != "@type" else key, [])
        assert isinstance(held, list)  # noqa: S101 - every key but @id holds a list
        held.append(_jsonld(quad.object, typed=key == "@type"))
    context = {
        name: space
        for name, space in prefixes().items()
        if any(f'"{name}:' in json.dumps(node) for node in nodes.values())
    }
    document = {"@context": context, "@graph": [nodes[iri] for iri in sorted(nodes)]}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _jsonld(term: object, *, typed: bool) -> object:
    if isinstance(term, ox.NamedNode):
        return compress(term.value) if typed else {"@id": compress(term.value)}
    assert isinstance(term, ox.Literal)  # noqa: S101 - mappings hold no blank nodes
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype.value == expand("xsd:string"):
        return term.value
    return {"@value": term.value, "@type": compress(term.datatype.value)}
