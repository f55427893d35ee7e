"""The mapping rows and the structure of the catalogue, as edges that can be walked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from crosswalk import catalogue
from crosswalk.graph import Dataset
from crosswalk.inference.algebra import ALL, Knowledge, converse, known, tokens
from crosswalk.models import RationaleType, Relation, Step
from crosswalk.namespaces import edition_iri
from crosswalk.resources import mappings_dir
from crosswalk.sssom import SUFFIX, discover

__all__ = ["Edge", "Group", "MapGraph", "Row", "rows"]

STRUCTURE = "structure"
WEAK = (Relation.RELATED, Relation.EQUIVALENT_TO)


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One row of a mapping set, as asserted."""

    mapping_set: str
    row: int
    subject: str
    object: str
    relation: Relation
    rationale_type: RationaleType
    confidence: float
    iri: str
    publisher: str
    review_status: str
    rationale: str = field(compare=False, default="")
    group: str = ""
    imported: bool = False

    def order(self) -> tuple[str, int, str, Row]:
        """Return what rows are sorted by, which names a row before it compares the rest."""
        return (self.mapping_set, self.row, self.iri, self)

    def step(self, *, reverse: bool = False) -> Step:
        """Return the row as a step of a path, as walked."""
        relation = next(iter(converse(frozenset((self.relation,))))) if reverse else self.relation
        return Step(
            mapping_set=self.mapping_set,
            row=self.row,
            subject=self.object if reverse else self.subject,
            relation=str(relation),
            object=self.subject if reverse else self.object,
            reversed=reverse,
            confidence=self.confidence,
            iri=self.iri,
            review_status=self.review_status,
        )


@dataclass(frozen=True, slots=True)
class Edge:
    """What is known from one provision to another within one rationale type."""

    source: str
    target: str
    knowledge: Knowledge
    step: Step
    cost: int
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Several subjects that together contain the object; or a parent's children."""

    members: tuple[str, ...]
    target: str
    steps: tuple[Step, ...]
    cost: int


@dataclass(slots=True)
class MapGraph:
    """Edges by rationale type and source, groups, laws, and what contradicts itself.

    ``looked`` holds (provision, edition) for which a curator looked and found none; ``touched``
    holds provision → its rows, whatever they state; ``set_aside`` are the rows that derive
    nothing because they contradict others.
    """

    edges: dict[RationaleType, dict[str, list[Edge]]]
    groups: dict[RationaleType, list[Group]]
    laws: tuple[str, ...]
    contradictions: dict[tuple[str, str, RationaleType], tuple[Row, ...]]
    looked: dict[str, list[tuple[str, str, int]]]
    touched: dict[str, list[Row]]
    set_aside: frozenset[Row] = frozenset()

    def is_law(self, iri: str) -> bool:
        """Return whether a provision belongs to an edition with the force of law."""
        return iri.startswith(self.laws) if self.laws else False


def rows(dataset: Dataset, *, only: Collection[str] | None = None) -> list[Row]:
    """Return the asserted rows of all mapping sets, by set and line.

    :param only: IRIs of the rows that may be used; default all.
    """
    every = dataset.remember("rows", lambda: _rows(dataset))
    return [row for row in every if only is None or row.iri in only]


def _rows(dataset: Dataset) -> list[Row]:
    found = []
    shipped = {path.name.removesuffix(SUFFIX) for path in discover(mappings_dir())}
    for r in dataset.rows("inference/mapping-rows"):
        iri, subject, target, relation = r["iri"], r["subject"], r["object"], r["relation"]
        if not (iri and subject and target and relation):
            continue
        found.append(
            Row(
                mapping_set=r["set"] or "",
                row=int(r["row"] or 0),
                subject=subject,
                object=target,
                relation=Relation(relation),
                rationale_type=RationaleType(r["rationale_type"] or "semantic"),
                confidence=float(r["confidence"] or 1),
                iri=iri,
                publisher=r["publisher"] or "",
                review_status=r["review_status"] or "draft",
                rationale=r["rationale"] or "",
                group=r["group"] or "",
                imported=r["set"] not in shipped,
            )
        )
    return found


def build(dataset: Dataset) -> MapGraph:
    """Return the graph of all mapping rows and of the catalogue's structure."""
    return dataset.remember("mapgraph", lambda: _build(dataset))


def _build(dataset: Dataset) -> MapGraph:
    return assemble(
        rows(dataset),
        structure=[
            (r["parent"] or "", r["child"] or "") for r in dataset.rows("inference/structure")
        ],
        laws=tuple(
            sorted(
                edition_iri(e.edition) + "/" for e in catalogue.editions(dataset) if e.legal_force
            )
        ),
        looked=[
            (r["provision"] or "", r["set"] or "", int(r["row"] or 0))
            for r in dataset.rows("inference/looked-none")
        ],
    )


def assemble(
    asserted: Collection[Row],
    *,
    structure: Collection[tuple[str, str]] = (),
    laws: tuple[str, ...] = (),
    looked: Collection[tuple[str, str, int]] = (),
) -> MapGraph:
    """Return the graph of the given rows; their order and repetition do not matter.

    :param structure: (parent, child) where the children are all that the parent asks.
    :param laws: IRI prefixes of the editions that have the force of law.
    :param looked: (provision, mapping set, line) of the records that say "looked, none found".
    """
    unique = sorted(set(asserted), key=Row.order)
    edges: dict[RationaleType, dict[str, list[Edge]]] = {}
    contradictions: dict[tuple[str, str, RationaleType], tuple[Row, ...]] = {}
    set_aside: set[Row] = set()
    by_pair: dict[tuple[str, str, RationaleType], list[tuple[Row, bool]]] = {}
    touched: dict[str, list[Row]] = {}
    for row in unique:
        by_pair.setdefault((row.subject, row.object, row.rationale_type), []).append((row, False))
        by_pair.setdefault((row.object, row.subject, row.rationale_type), []).append((row, True))
        touched.setdefault(row.subject, []).append(row)
        touched.setdefault(row.object, []).append(row)
    for (source, target, kind), pair in by_pair.items():
        typed = [(r, back) for r, back in pair if r.relation not in WEAK]
        knowledge = _intersected(typed or pair)
        if not knowledge:
            against = {r for r, _ in typed}
            contradictions[source, target, kind] = tuple(sorted(against))
            # An imported row never disables a shipped one: it closes over ours, not into ours.
            typed = [(r, back) for r, back in typed if not r.imported]
            knowledge = _intersected(typed) if typed else frozenset()
            set_aside |= {r for r in against if r.imported or not knowledge}
        if not knowledge:
            continue
        best, back = min(
            typed or pair, key=lambda p: (-p[0].confidence, p[0].mapping_set, p[0].row)
        )
        edges.setdefault(kind, {}).setdefault(source, []).append(
            Edge(source, target, knowledge, best.step(reverse=back), 1, weak=not typed)
        )
    groups: dict[RationaleType, list[Group]] = {}
    contains = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
    within = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
    one_and_all = frozenset((Relation.EQUAL,))
    children: dict[str, list[str]] = {}
    for parent, child in sorted(set(structure)):
        children.setdefault(parent, []).append(child)
    for kind in RationaleType:
        named: dict[tuple[str, str, str], list[Row]] = {}
        for row in unique:
            if row.group and row.rationale_type is kind:
                named.setdefault((row.mapping_set, row.group, row.object), []).append(row)
        for (_, _, target), held in sorted(named.items()):
            if any(row in set_aside for row in held):
                continue
            members = {row.subject: row for row in sorted(held, key=lambda r: r.confidence)}
            groups.setdefault(kind, []).append(
                Group(
                    tuple(sorted(members)),
                    target,
                    tuple(members[subject].step() for subject in sorted(members)),
                    1,
                )
            )
        for parent, kids in children.items():
            down, up = (contains, within) if len(kids) > 1 else (one_and_all, one_and_all)
            for child in kids:
                edges.setdefault(kind, {}).setdefault(parent, []).append(
                    Edge(parent, child, down, _structure(parent, child, down), 0)
                )
                edges[kind].setdefault(child, []).append(
                    Edge(child, parent, up, _structure(child, parent, up), 0)
                )
            groups.setdefault(kind, []).append(
                Group(tuple(kids), parent, tuple(_structure(k, parent, up) for k in kids), 0)
            )
    none: dict[str, list[tuple[str, str, int]]] = {}
    for iri, mapping_set, line in sorted(set(looked)):
        none.setdefault(iri, []).append((iri, mapping_set, line))
    return MapGraph(edges, groups, laws, contradictions, none, touched, frozenset(set_aside))


def _intersected(pair: Iterable[tuple[Row, bool]]) -> Knowledge:
    """Return what all the rows of one pair say together; empty if they contradict each other."""
    knowledge: Knowledge = ALL
    for row, back in pair:
        said = known(row.relation)
        knowledge &= converse(said) if back else said
    return knowledge


def _structure(source: str, target: str, knowledge: Knowledge) -> Step:
    return Step(STRUCTURE, None, source, "|".join(tokens(knowledge)), target, False, 1.0)
