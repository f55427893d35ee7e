"""The mapping rows and the structure of the catalogue, as edges that can be walked.

Rows that contradict each other derive nothing: the smallest conflicting sets are set aside, all
that tie, so that order never matters (semantics §2).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from crosswalk import catalogue
from crosswalk.graph import Dataset, ToldRow, cache
from crosswalk.inference.algebra import ALL, RULES, WEAK, Knowledge, converse, known, tokens
from crosswalk.inference.closure import Closure, Path
from crosswalk.inference.conflicts import Conflict, find_conflicts
from crosswalk.inference.outline import Outline, bits
from crosswalk.models import RationaleType, Relation, Step
from crosswalk.namespaces import edition_iri, graph_iri
from crosswalk.resources import mappings_dir
from crosswalk.sssom import SUFFIX, discover

__all__ = ["Edge", "Group", "MapGraph", "Row", "assemble", "build", "premises", "rows", "share"]

RELATIONS = {str(relation): relation for relation in Relation}
KINDS = {str(kind): kind for kind in RationaleType}
STRUCTURE = "structure"
RENUMBERED = ("unchanged", "renumbered")


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
    edition_change: str = ""

    @property
    def same_text(self) -> bool:
        """Whether the row says that one text stands in two editions: it costs no hop."""
        return self.relation is Relation.EQUAL and self.edition_change in RENUMBERED

    def __hash__(self) -> int:
        return hash(self.iri)

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
    """What is known from one provision to another within one rationale type.

    ``mappings`` are the IRIs of the rows it rests on; ``cost`` is in mapping hops; ``changed``
    says that a step leads across a changed text of an edition.
    """

    source: str
    target: str
    knowledge: Knowledge
    steps: tuple[Step, ...]
    cost: int
    weak: bool = False
    confidence: float = 1.0
    mappings: frozenset[str] = frozenset()
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Several subjects that together contain the object; or a parent's children."""

    members: tuple[str, ...]
    target: str
    steps: tuple[Step, ...]
    cost: int


@dataclass(slots=True)
class MapGraph:
    """Edges of the structure and of untyped rows, groups, laws, and what contradicts itself.

    ``looked`` holds (provision, edition) for which a curator looked and found none; ``touched``
    holds provision → its rows, whatever they state; ``set_aside`` are the rows that derive
    nothing because they contradict others; ``rows`` are those that may be composed, over at most
    ``depth`` mapping hops.
    """

    edges: dict[RationaleType, dict[str, list[Edge]]]
    groups: dict[RationaleType, list[Group]]
    laws: tuple[str, ...]
    contradictions: dict[tuple[str, str, RationaleType], tuple[Row, ...]]
    looked: dict[str, list[tuple[str, str, int]]]
    touched: dict[str, list[Row]]
    set_aside: frozenset[Row] = frozenset()
    rows: tuple[Row, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    depth: int = 2
    _closure: Closure | None = None
    _every: frozenset[Row] | None = None
    _outlines: dict[tuple[RationaleType, str], Outline] = field(default_factory=dict)
    _made: dict[tuple[RationaleType, str, str], Edge] = field(default_factory=dict)

    def is_law(self, iri: str) -> bool:
        """Return whether a provision belongs to an edition with the force of law."""
        return iri.startswith(self.laws) if self.laws else False

    @property
    def closure(self) -> Closure:
        """What follows for pairs from all rows of the graph."""
        if self._closure is None:
            self._closure = Closure(self, self.rows, depth=self.depth)
        return self._closure

    def holds(self, rows: Collection[Row]) -> bool:
        """Return whether some rows are all rows of the graph."""
        if self._every is None:
            self._every = frozenset(self.rows)
        return len(rows) >= len(self._every) and self._every == set(rows)

    def reach(
        self, kind: RationaleType, source: str, *, prefix: str = "", within: Knowledge = ALL
    ) -> Iterator[Edge]:
        """Yield what is known from a provision: by rows, the structure, and both composed.

        :param prefix: only of provisions whose IRI begins with it.
        :param within: only where no other relation remains possible.
        """
        for edge in self.asserted(kind, source):
            if edge.knowledge <= within and edge.target.startswith(prefix):
                yield edge
        for target in self.closure.named(self.outline(kind, source).saying(bits(within))):
            if target.startswith(prefix):
                yield self.edge(kind, source, target)

    def targets(self, kind: RationaleType, source: str, within: Knowledge) -> list[str]:
        """Return the provisions that :meth:`reach` leads to, without what leads there."""
        near = [edge.target for edge in self.asserted(kind, source) if edge.knowledge <= within]
        return near + self.closure.named(self.outline(kind, source).saying(bits(within)))

    def asserted(self, kind: RationaleType, source: str) -> list[Edge]:
        """Return what the structure and untyped rows say from a provision."""
        return self.edges.get(kind, {}).get(source, [])

    def outline(self, kind: RationaleType, source: str) -> Outline:
        """Return of which provisions composed rows say what, without the edges that do."""
        key = (kind, source)
        if key not in self._outlines:
            self._outlines[key] = self.closure.outline(kind, source)
        return self._outlines[key]

    def edge(self, kind: RationaleType, source: str, target: str) -> Edge:
        """Return what composed rows say of one pair of which something is known."""
        key = (kind, source, target)
        if key not in self._made:
            self._made[key] = _composed(source, target, self.closure.best(kind, source, target))
        return self._made[key]


def _composed(source: str, target: str, whole: Path) -> Edge:
    """Return what composed rows say of a pair as an edge."""
    return Edge(
        source,
        target,
        whole.knowledge,
        whole.steps,
        whole.hops,
        confidence=whole.confidence,
        mappings=frozenset(row.iri for row in whole.rows),
        changed=any(row.edition_change == "changed" for row in whole.rows),
    )


def rows(dataset: Dataset, *, only: Collection[str] | None = None) -> list[Row]:
    """Return the asserted rows of all mapping sets, by set and line.

    :param only: IRIs of the rows that may be used; default all.
    """
    known = dataset.knowledge
    every = known.remember("rows", lambda: _rows(known))
    return [row for row in every if only is None or row.iri in only]


def _rows(dataset: Dataset) -> list[Row]:
    told = _told(dataset)
    if told is not None:
        return [
            Row(
                mapping_set=one.mapping_set,
                row=one.row,
                subject=one.subject,
                object=one.object,
                relation=RELATIONS[one.relation],
                rationale_type=KINDS[one.rationale_type or "semantic"],
                confidence=1.0 if one.confidence is None else one.confidence,
                iri=one.iri,
                publisher=one.publisher,
                review_status=one.review_status,
                rationale=one.rationale,
                group=one.group,
                edition_change=one.edition_change,
            )
            for one in told
            if one.subject and one.object and one.relation
        ]
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
                edition_change=r["edition_change"] or "",
            )
        )
    return found


def _told(dataset: Dataset) -> list[ToldRow] | None:
    """Return the rows that are told beside the store; None where the store has to be asked."""
    told = dataset.told
    return dataset.remember("told", told.rows) if told is not None else None


def _looked(dataset: Dataset) -> list[tuple[str, str, int]]:
    """Return (provision, mapping set, line) of the records that say "looked, none found"."""
    told = _told(dataset)
    if told is not None:
        return [
            (one.subject or one.object or "", one.mapping_set, one.row)
            for one in told
            if one.subject is None or one.object is None
        ]
    return [
        (r["provision"] or "", r["set"] or "", int(r["row"] or 0))
        for r in dataset.rows("inference/looked-none")
    ]


def premises(dataset: Dataset) -> list[tuple[str, bytes]]:
    """Return, by name, all that inference rests on: rules, rows and structure, as bytes."""
    said = (
        f"{r.iri} {r.row} {r.confidence} {r.publisher} {r.imported} {r.subject} {r.relation} "
        f"{r.object} {r.rationale_type} {r.group} {r.edition_change} {r.review_status}"
        for r in rows(dataset)
    )
    return [
        ("rules", RULES.encode()),
        ("rows", "\n".join(said).encode()),
        ("structure", "\n".join(map(" ".join, _structure(dataset))).encode()),
    ]


def _structure(dataset: Dataset) -> list[tuple[str, str]]:
    """Return (parent, child) where the children are all that the parent asks."""

    def found() -> list[tuple[str, str]]:
        answer = dataset.rows("inference/structure")
        return sorted((row["parent"] or "", row["child"] or "") for row in answer)

    return dataset.knowledge.remember("structure", found)


def build(dataset: Dataset) -> MapGraph:
    """Return the graph of all mapping rows and of the catalogue's structure."""
    known = dataset.knowledge
    return known.remember("mapgraph", lambda: _build(known))


def share(dataset: Dataset, other: Dataset) -> None:
    """Let a dataset use the graph of another one, with all it has closed, if both know the same.

    Evidence is no part of the graph: two snapshots of it need only one.
    """
    held = _knowledge(dataset)
    if dataset.knowledge is dataset and held and held == _knowledge(other):
        dataset.remember("mapgraph", lambda: build(other))


def _knowledge(dataset: Dataset) -> list[tuple[str, str]]:
    """Return (graph, hash) of the files of the knowledge that a dataset was filled with."""
    home = graph_iri("org", "")
    return [(s.graph, s.sha256) for s in dataset.sources if not s.graph.startswith(home)]


def _build(dataset: Dataset) -> MapGraph:
    asserted = rows(dataset)
    key = cache.key_of([("conflicts", b""), *premises(dataset)])
    conflicts = _kept(key, asserted)
    graph = assemble(
        asserted,
        structure=_structure(dataset),
        laws=tuple(
            sorted(
                edition_iri(e.edition) + "/" for e in catalogue.editions(dataset) if e.legal_force
            )
        ),
        looked=_looked(dataset),
        conflicts=conflicts,
    )
    if conflicts is None:
        cache.write(key, json.dumps([one.as_json() for one in graph.conflicts]).encode())
    return graph


def _kept(key: str, asserted: Iterable[Row]) -> list[Conflict] | None:
    """Return the conflicts that were found before among the same rows, or None."""
    body = cache.read(key)
    if body is None:
        return None
    held: dict[str, list[Row]] = {}
    for row in asserted:
        held.setdefault(row.iri, []).append(row)
    try:
        return [Conflict.from_json(one, held) for one in json.loads(body)]
    except (ValueError, KeyError, TypeError):
        return None


def assemble(
    asserted: Collection[Row],
    *,
    structure: Collection[tuple[str, str]] = (),
    laws: tuple[str, ...] = (),
    looked: Collection[tuple[str, str, int]] = (),
    conflicts: Sequence[Conflict] | None = None,
    depth: int = 2,
) -> MapGraph:
    """Return the graph of the given rows; their order and repetition do not matter.

    :param structure: (parent, child) where the children are all that the parent asks.
    :param laws: IRI prefixes of the editions that have the force of law.
    :param looked: (provision, mapping set, line) of the records that say "looked, none found".
    :param conflicts: the contradictions of these rows, where they are known; default: find them.
    :param depth: how many mapping hops are composed.
    """
    unique = tuple(sorted(set(asserted), key=Row.order))
    graph = MapGraph(
        edges=_structure_edges(structure),
        groups={},
        laws=laws,
        contradictions={},
        looked={},
        touched={},
        rows=unique,
        depth=depth,
    )
    if conflicts is None:
        conflicts, graph._closure = find_conflicts(graph)
    graph.conflicts = tuple(conflicts)
    graph.set_aside = frozenset(row for one in conflicts for row in one.set_aside)
    for one in conflicts:
        for pair in one.pairs:
            held = graph.contradictions.get(pair, ())
            graph.contradictions[pair] = tuple(sorted({*held, *one.rows}))
    graph.groups = _groups(unique, graph.set_aside, structure)
    _add_untyped(graph)
    for row in unique:
        graph.touched.setdefault(row.subject, []).append(row)
        graph.touched.setdefault(row.object, []).append(row)
    for iri, mapping_set, line in sorted(set(looked)):
        graph.looked.setdefault(iri, []).append((iri, mapping_set, line))
    return graph


def _add_untyped(graph: MapGraph) -> None:
    """Add an edge for each row without a type whose pair no typed row speaks of."""
    typed = {
        (frozenset((row.subject, row.object)), row.rationale_type)
        for row in graph.rows
        if row.relation not in WEAK and row not in graph.set_aside
    }
    for row in graph.rows:
        if row.relation not in WEAK:
            continue
        if (frozenset((row.subject, row.object)), row.rationale_type) in typed:
            continue
        sources = graph.edges.setdefault(row.rationale_type, {})
        for step in (row.step(), row.step(reverse=True)):
            edge = Edge(
                step.subject,
                step.object,
                known(row.relation),
                (step,),
                1,
                weak=True,
                confidence=row.confidence,
                mappings=frozenset((row.iri,)),
            )
            sources.setdefault(step.subject, []).append(edge)


def _structure_edges(
    structure: Collection[tuple[str, str]],
) -> dict[RationaleType, dict[str, list[Edge]]]:
    """Return the edges between parents and the children that are all they ask."""
    contains = frozenset((Relation.EQUAL, Relation.SUPERSET_OF))
    within = frozenset((Relation.EQUAL, Relation.SUBSET_OF))
    same = frozenset((Relation.EQUAL,))
    edges: dict[str, list[Edge]] = {}
    for parent, children in _children(structure).items():
        down, up = (contains, within) if len(children) > 1 else (same, same)
        for child in children:
            for source, target, said in ((parent, child, down), (child, parent, up)):
                step = Step(STRUCTURE, None, source, "|".join(tokens(said)), target, False, 1.0)
                edges.setdefault(source, []).append(Edge(source, target, said, (step,), 0))
    return {kind: {iri: list(held) for iri, held in edges.items()} for kind in RationaleType}


def _children(structure: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for parent, child in sorted(set(structure)):
        children.setdefault(parent, []).append(child)
    return children


def _groups(
    rows: Collection[Row], set_aside: Collection[Row], structure: Collection[tuple[str, str]]
) -> dict[RationaleType, list[Group]]:
    """Return the group mappings, and the parents whose children are all they ask."""
    groups: dict[RationaleType, list[Group]] = {}
    within = "|".join(tokens((Relation.EQUAL, Relation.SUBSET_OF)))
    for kind in RationaleType:
        named: dict[tuple[str, str, str], list[Row]] = {}
        for row in rows:
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
        for parent, children in _children(structure).items():
            said = within if len(children) > 1 else str(Relation.EQUAL)
            steps = tuple(Step(STRUCTURE, None, c, said, parent, False, 1.0) for c in children)
            groups.setdefault(kind, []).append(Group(tuple(children), parent, steps, 0))
    return groups
