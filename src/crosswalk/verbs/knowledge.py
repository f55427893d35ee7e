"""The verbs about the knowledge itself: editions, provisions, mappings, queries, documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.errors import UsageError, nearest
from crosswalk.verbs.values import Answer, Text, as_row

if TYPE_CHECKING:
    from crosswalk.cite import Document
    from crosswalk.graph import Dataset
    from crosswalk.inference import Pair, Row
    from crosswalk.models import Edition, Provision

__all__ = [
    "cite",
    "compare_editions",
    "disagreements",
    "explain_pair",
    "frameworks",
    "map_provisions",
    "mappings_export",
    "mappings_list",
    "minimal",
    "provisions",
    "queries_of_the_library",
    "query_parameters",
    "reuse",
    "show",
]

FRAMEWORKS = (
    "edition",
    "title",
    "publisher",
    "version",
    "issued",
    "in_force_from",
    "in_force_to",
    "provisions",
    "counted",
    "text_licence",
)
PROVISIONS = ("id", "parent", "kind", "title", "counted", "iri")
MAP = (
    "subject",
    "relations",
    "object",
    "object_title",
    "rationale_type",
    "confidence",
    "hops",
    "derived",
    "publisher",
    "path",
)
MAPPING_SETS = (
    "mapping_set",
    "publisher",
    "version",
    "subject_edition",
    "object_edition",
    "rows",
    "equal",
    "subset_of",
    "superset_of",
    "intersects_with",
    "no_relationship",
    "related",
    "looked_none",
    "semantic",
    "functional",
    "syntactic",
    "draft",
    "second_read",
    "reviewed",
    *(
        f"{end}_{what}"
        for end in ("subject", "object")
        for what in ("range", "contained", "overlapping", "none", "never")
    ),
    "licence",
)
EDITIONS = ("id_from", "id_to", "change", "note")
DISAGREEMENTS = ("kind", "subject", "object", "publishers", "said", "rows", "note")
REUSE = ("provision", "title", "carried", "by", "confidence", "derived", "rows")
MINIMAL = ("role", "provision", "title", "covers", "by", "rows")
CITE = ("file", "line", "text", "edition", "id", "verdict", "suggestion", "place")
DOCUMENTS = {
    "sssom": "text/tab-separated-values",
    "jsonld": "application/ld+json",
    "turtle": "text/turtle",
    "oscal": "application/json",
}
"""Format of handed-on mappings that is a document → its media type."""
QUERIES = ("name", "summary", "parameters", "tags")


def frameworks(dataset: Dataset) -> Answer:
    """Return the editions that are carried.

    >>> from crosswalk.graph import open_dataset
    >>> frameworks(open_dataset(sets=False)).rows[0]["edition"]
    'eu-ai-act-2024'
    """
    from crosswalk import catalogue

    return Answer(FRAMEWORKS, [as_row(one) for one in catalogue.editions(dataset)])


def provisions(dataset: Dataset, *, edition: str, as_of: date) -> Answer:
    """Return the provisions of an edition, in its own order.

    :param edition: its key, or a framework's name: then its newest edition in force by ``as_of``.
    :raises UsageError: if there is no such edition.

    >>> from crosswalk.graph import open_dataset
    >>> day = date(2026, 11, 20)
    >>> provisions(open_dataset(sets=False), edition="iso-42001", as_of=day).heading
    'iso-42001-2023: Information technology — Artificial intelligence — Management system'
    """
    from crosswalk import catalogue

    found = catalogue.edition(dataset, edition, as_of=as_of)
    rows = [as_row(one) for one in catalogue.provisions(dataset, found.edition)]
    return Answer(PROVISIONS, rows, heading=f"{found.edition}: {found.title}")


def show(dataset: Dataset, *, citation: str, as_of: date, evidence: bool) -> dict[str, object]:
    """Return a provision, its place, its mappings in each direction and its evidence.

    :param evidence: whether the evidence of the dataset is asked for.
    :raises UsageError: if the citation names no provision.
    """
    from crosswalk import catalogue, citations, inference

    provision = citations.resolve(dataset, citation, as_of=as_of)
    labels = catalogue.labels(dataset)
    by_id = {p.id: p for p in catalogue.provisions(dataset, provision.edition)}
    place: list[dict[str, str]] = []
    here = provision
    while here.parent in by_id and len(place) < len(by_id):
        here = by_id[here.parent]
        place.append({"id": here.id, "title": here.title})
    touching = [r for r in inference.rows(dataset) if provision.iri in (r.subject, r.object)]
    answer: dict[str, object] = {
        "edition": provision.edition,
        **as_row(provision),
        "paraphrase": provision.paraphrase,
        "note": provision.note,
        "topics": list(provision.topics),
        "place": place,
        "mappings": [
            _mapping_fields(r, labels, outwards=r.subject == provision.iri) for r in touching
        ],
    }
    if evidence:
        answer["evidence"] = _evidence(dataset, provision.iri, as_of=as_of)
    return answer


def _mapping_fields(row: Row, labels: dict[str, str], *, outwards: bool) -> dict[str, object]:
    from crosswalk.catalogue import curie

    other = row.object if outwards else row.subject
    return {
        "direction": "to" if outwards else "from",
        "relation": str(row.relation),
        "other": curie(other),
        "title": labels.get(other, ""),
        "rationale_type": str(row.rationale_type),
        "confidence": row.confidence,
        "review_status": row.review_status,
        "rationale": row.rationale,
        "mapping_set": row.mapping_set,
        "row": row.row,
    }


def _evidence(dataset: Dataset, iri: str, *, as_of: date) -> list[dict[str, object]]:
    from crosswalk import coverage
    from crosswalk.coverage.weighing import gather

    found = []
    for scope in coverage.scope_of(dataset, None):
        facts = gather(dataset, scope, as_of=as_of)
        for implementation in facts.implementations.get(iri, ()):
            for item in facts.evidence.get(implementation.iri, ()):
                found.append({"implementation": implementation.label, **item.as_json()})
    return found


def map_provisions(
    dataset: Dataset,
    *,
    citation: Sequence[str],
    to: str,
    as_of: date,
    asserted: bool = False,
    depth: int = 2,
    min_confidence: float = 0.0,
    publisher: str | None = None,
) -> Answer:
    """Return what provisions correspond to in another edition, by rows asserted and composed.

    :param depth: mapping hops that are composed.
    :param min_confidence: only relations of at least this confidence.
    :param publisher: only rows of this publisher.
    :raises UsageError: if a citation, the edition or the publisher is unknown.
    """
    from crosswalk import catalogue, citations, inference

    edition = catalogue.edition(dataset, to, as_of=as_of)
    known = {p.iri: p for p in catalogue.provisions(dataset, edition.edition)}
    graph, rows = inference.build(dataset), inference.rows(dataset)
    _require_publisher(rows, publisher)
    answer = []
    for text in citation:
        subject = citations.resolve(dataset, text, as_of=as_of)
        for pair in inference.counterparts(
            graph,
            rows,
            subject.iri,
            prefix=edition.iri + "/",
            depth=1 if asserted else depth,
            publisher=publisher,
        ):
            if asserted and pair.derived:
                continue
            if pair.confidence >= min_confidence and pair.object in known:
                answer.append(_pair_fields(pair, subject.id, known[pair.object]))
    return Answer(MAP, answer)


def _require_publisher(rows: Sequence[Row], publisher: str | None) -> None:
    known = sorted({row.publisher for row in rows})
    if publisher is not None and publisher not in known:
        raise UsageError(
            f"unknown publisher {publisher!r}", remedy=f"Known are {', '.join(known)}."
        )


def _pair_fields(pair: Pair, subject: str, target: Provision) -> dict[str, object]:
    from crosswalk.inference import step_json

    return {
        "subject": subject,
        "relations": list(pair.relations),
        "object": target.id,
        "object_title": target.title,
        "rationale_type": pair.rationale_type,
        "confidence": pair.confidence,
        "hops": pair.hops,
        "derived": pair.derived,
        "publisher": pair.publisher,
        "path": [step_json(step) for step in pair.path],
    }


def explain_pair(dataset: Dataset, *, citation: str, other: str, as_of: date) -> dict[str, object]:
    """Return what is known between two provisions: every path, its rule and its rows.

    ``known`` is empty if nothing is: that is not "no relationship".

    :raises UsageError: if a citation names no provision.
    """
    from crosswalk import citations, inference
    from crosswalk.inference import step_json, tokens

    subject = citations.resolve(dataset, citation, as_of=as_of)
    target = citations.resolve(dataset, other, as_of=as_of)
    pairs = inference.explain_pair(
        inference.build(dataset), inference.rows(dataset), subject.iri, target.iri
    )
    return {
        "subject": f"{subject.edition}:{subject.id}",
        "object": f"{target.edition}:{target.id}",
        "known": [
            {
                "rationale_type": str(pair.rationale_type),
                "relations": list(pair.relations),
                "rule": pair.rule,
                "paths": [
                    {
                        "path": [
                            {**step_json(step), "review_status": step.review_status}
                            for step in path.steps
                        ],
                        "relations": list(tokens(path.knowledge)),
                        "rule": path.rule,
                        "rationale": [row.rationale for row in sorted(path.rows)],
                        "publisher": "|".join(sorted({row.publisher for row in path.rows})),
                        "review_status": sorted({row.review_status for row in path.rows}),
                    }
                    for path in pair.paths
                ],
            }
            for pair in pairs
        ],
    }


def mappings_list(
    dataset: Dataset, *, knowledge: Sequence[Path] = (), shipped: bool = True
) -> Answer:
    """Return the mapping sets with the distribution of their rows.

    :param knowledge: directories of further knowledge; the sets are read from their files.
    """
    from crosswalk import validation

    return Answer(
        MAPPING_SETS, validation.mapping_set_rows(dataset, knowledge=knowledge, shipped=shipped)
    )


def mappings_export(
    dataset: Dataset,
    *,
    source: str = "",
    target: str = "",
    as_of: date,
    derived: bool = False,
    depth: int = 2,
    publisher: str | None = None,
    format: str = "csv",
) -> Answer | Text:
    """Return mappings to be handed on, as rows or as a document in a format of its own.

    :param source: the edition they start from; empty for any.
    :param target: the edition they lead to; empty for any.
    :param derived: also what follows from several rows.
    :param format: sssom, jsonld, turtle or oscal for a document; any other for rows.
    :raises UsageError: if an edition is unknown.
    """
    from crosswalk import catalogue, exchange

    keys = [
        catalogue.edition(dataset, name, as_of=as_of).edition if name else ""
        for name in (source, target)
    ]
    found = exchange.export(dataset, *keys, with_derived=derived, publisher=publisher, depth=depth)
    if format not in DOCUMENTS:
        return Answer(tuple(exchange.COLUMNS), exchange.plain_rows(dataset, found))
    name = "_".join(filter(None, [publisher, *keys])) or "crosswalk"
    title = f"Mappings from {keys[0] or 'any edition'} to {keys[1] or 'any edition'}"
    if format == "sssom":
        text = exchange.as_sssom(dataset, found, key=f"export/{name}", title=title)
    elif format == "oscal":
        text = exchange.as_oscal(dataset, found, title=title, as_of=as_of)
    elif format == "turtle":
        text = exchange.as_turtle(dataset, found)
    else:
        text = exchange.as_jsonld(dataset, found)
    left_out = len(found) - len(exchange.sayable(found)[0])
    told = f"{left_out} pairs left out: no one relation can be stated of them"
    return Text(DOCUMENTS[format], text, (told,) if left_out else ())


def compare_editions(
    dataset: Dataset, *, old: str, new: str, change: Sequence[str] = (), as_of: date
) -> Answer:
    """Return what became of every provision of an edition in another of its framework.

    :param change: only rows of these changes; default all.
    :raises UsageError: if an edition or a change is unknown, or the two are of two frameworks.
    """
    from crosswalk import catalogue
    from crosswalk import compare as comparing

    for wanted in change:
        _require_one_of(wanted, comparing.CHANGES, "change", "--change")
    before, after = (catalogue.edition(dataset, name, as_of=as_of) for name in (old, new))
    rows = comparing.compare_editions(dataset, before, after)
    told = ", ".join(f"{kind} {count}" for kind, count in comparing.change_counts(rows))
    return Answer(
        EDITIONS,
        [as_row(row) for row in rows if not change or row.change in change],
        heading=f"{before.edition} to {after.edition}, rows: {told}",
    )


def _require_one_of(wanted: str, known: Sequence[str], what: str, place: str) -> None:
    if wanted not in known:
        raise UsageError(
            f"unknown {what} {wanted!r}",
            place=place,
            remedy=nearest(wanted, known) or f"There is {', '.join(known)}.",
        )


def disagreements(
    dataset: Dataset,
    *,
    source: str | None = None,
    target: str | None = None,
    kind: Sequence[str] = (),
    listed_by_one: bool = False,
    rows: bool = False,
    as_of: date,
) -> Answer:
    """Return where publishers differ, rows that contradict each other, and rows not reviewed.

    :param source: only pairs with an end in this edition.
    :param target: only pairs with the other end in this edition.
    :param kind: only these kinds; default all but ``listed-by-one``.
    :param listed_by_one: also pairs that one publisher lists and another does not mention.
    :param rows: each unreviewed row, instead of counts by set.
    :raises UsageError: if an edition or a kind is unknown.
    """
    from crosswalk import catalogue
    from crosswalk import compare as comparing

    known = [str(one) for one in comparing.DisagreementKind]
    for wanted in kind:
        _require_one_of(wanted, known, "kind", "--kind")
    alone = str(comparing.DisagreementKind.LISTED_BY_ONE)
    found = comparing.disagreements(
        dataset,
        catalogue.edition(dataset, source, as_of=as_of) if source else None,
        catalogue.edition(dataset, target, as_of=as_of) if target else None,
        listed_by_one=True,
        rows=rows,
    )
    told = ", ".join(f"{one} {sum(row.kind == one for row in found)}" for one in known)
    if not listed_by_one and alone not in kind:
        found = [row for row in found if row.kind != alone]
        told += " (listed-by-one is no disagreement; --listed-by-one lists them)"
    chosen = [as_row(row) for row in found if not kind or row.kind in kind]
    return Answer(DISAGREEMENTS, chosen, heading=told)


def reuse(dataset: Dataset, *, source: str, target: str, as_of: date) -> Answer:
    """Return how much of one edition another carries, provision by provision.

    :param source: the edition that is in place.
    :param target: the edition that is asked.
    :raises UsageError: if an edition is unknown, or the target counts nothing.
    """
    from crosswalk import catalogue
    from crosswalk import reuse as carrying

    have, want = (catalogue.edition(dataset, name, as_of=as_of) for name in (source, target))
    _require_counted(want, defined=want.coverage_defined)
    found = carrying.reuse(dataset, have, want)
    told = ", ".join(
        f"{kind} {count}" + (f" ({share:.1%})" if share is not None else "")
        for kind, (count, share) in carrying.shares(found).items()
    )
    return Answer(
        REUSE,
        [as_row(one) for one in found],
        heading=f"{len(found)} counted provisions of {want.edition}, by {have.edition}: {told}",
    )


def _require_counted(edition: Edition, *, defined: bool) -> None:
    if not defined:
        raise UsageError(
            f"{edition.edition} has no counted provisions", remedy="Name an edition that has."
        )


def minimal(
    dataset: Dataset,
    *,
    targets: Sequence[str],
    have: Sequence[str] = (),
    sources: Sequence[str] = (),
    implementations: bool = False,
    as_of: date,
) -> Answer:
    """Return the smallest set of provisions, or of implementations, that covers some editions.

    :param targets: the editions whose counted provisions are to be covered.
    :param have: editions that are in place, at no cost.
    :param sources: choose only from these editions.
    :param implementations: choose from the implementations of the dataset instead.
    :raises UsageError: if an edition is unknown or counts nothing.
    """
    from crosswalk import catalogue
    from crosswalk import minimal as covering

    if implementations and (have or sources):
        raise UsageError(
            "--data chooses from implementations, --have and --from from provisions",
            remedy="Ask one question at a time.",
        )
    wanted = [catalogue.edition(dataset, name, as_of=as_of) for name in targets]
    for one in wanted:
        _require_counted(one, defined=one.coverage_defined and one.counted > 0)
    if implementations:
        found = covering.minimal_implementations(dataset, wanted)
    else:
        found = covering.minimal(
            dataset,
            wanted,
            have=[catalogue.edition(dataset, name, as_of=as_of) for name in have],
            sources=[catalogue.edition(dataset, name, as_of=as_of) for name in sources],
            as_of=as_of,
        )
    counts = ", ".join(
        f"{role} {count}"
        for role in covering.Role
        if (count := sum(row.role is role for row in found))
    )
    n = sum(one.counted for one in {one.edition: one for one in wanted}.values())
    names = ", ".join(one.edition for one in wanted)
    return Answer(
        MINIMAL,
        [as_row(row) for row in found],
        heading=f"{n} counted provisions of {names}, as of {as_of}: {counts}",
    )


def cite(
    dataset: Dataset,
    *,
    documents: Sequence[Document],
    edition: str | None = None,
    faults: bool = False,
    as_of: date,
) -> Answer:
    """Return the citations of documents, each with a verdict.

    :param edition: what is cited where a document names no framework.
    :param faults: only the citations that are faults.
    :raises UsageError: if the edition is unknown.
    """
    from crosswalk import catalogue
    from crosswalk.cite import FAULTS, cite_document

    default = catalogue.edition(dataset, edition, as_of=as_of) if edition else None
    found = [
        one
        for document in documents
        for one in cite_document(dataset, document, as_of=as_of, default=default)
    ]
    wrong = [one for one in found if one.verdict in FAULTS]
    return Answer(
        CITE,
        [as_row(one) for one in (wrong if faults else found)],
        heading=f"as of {as_of}: {len(found)} citations, {len(wrong)} faults",
        notes=tuple(remark for document in documents for remark in document.remarks),
    )


def queries_of_the_library() -> Answer:
    """Return the queries of the library with their parameters; optional ones in brackets.

    >>> queries_of_the_library().rows[0]["name"]
    'applicability/conditions'
    """
    from crosswalk import queries

    rows = [
        {
            "name": query.name,
            "summary": query.summary,
            "parameters": " ".join(
                one.name if one.required else f"[{one.name}]" for one in query.parameters
            ),
            "tags": " ".join(query.tags),
        }
        for query in queries.library()
    ]
    return Answer(QUERIES, rows)


def query_parameters(given: Sequence[str]) -> dict[str, str]:
    """Return name → value of parameters that are written ``name=value``.

    :raises UsageError: if one is not.

    >>> query_parameters(["days=30"])
    {'days': '30'}
    """
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} is not K=V", place="--param", remedy="Write name=value.")
        found[key] = value
    return found
