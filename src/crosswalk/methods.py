"""What the published methods say of a provision: in which phase it falls, whose role it is.

A method says it by rows of a mapping set, read from its text with corrected ids. Where several
rows name a provision the strongest relation counts, then the confidence. What no row says is not
guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from crosswalk import catalogue, inference
from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset, Row
from crosswalk.models import Provision, Relation

__all__ = ["Named", "Phase", "Placing", "Roadmap", "named_by", "placed", "roadmap"]

STRENGTH = {
    Relation.EQUAL: 0,
    Relation.SUBSET_OF: 1,
    Relation.SUPERSET_OF: 1,
    Relation.INTERSECTS_WITH: 2,
    Relation.EQUIVALENT_TO: 3,
    Relation.RELATED: 3,
}
"""Relation of a row → how much it says; a row that says "no relationship" names nothing."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One stage of a roadmap; its months are counted from 1, None where the method states none."""

    id: str
    title: str
    rank: int
    month_from: int | None
    month_to: int | None


@dataclass(frozen=True, slots=True)
class Roadmap:
    """A method with phases, in its own order."""

    edition: str
    title: str
    phases: tuple[Phase, ...]

    @property
    def timed(self) -> bool:
        """Whether the method states from which month to which its phases last."""
        return all(one.month_from and one.month_to for one in self.phases)


@dataclass(frozen=True, slots=True)
class Placing:
    """The phase in which a roadmap has a provision, and the row that says so."""

    phase: Phase
    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """A part of a method that names a provision, by one row of a mapping set."""

    part: Provision
    strength: int
    confidence: float
    row: str

    @property
    def order(self) -> tuple[int, float, str, int, str]:
        """The strongest relation first, then the surest; the rest only makes the order total."""
        part = self.part
        return (self.strength, -self.confidence, part.edition, part.position, self.row)


def roadmap(dataset: Dataset, name: str, *, as_of: date) -> Roadmap:
    """Return the roadmap of a method.

    :param name: key of the method's edition, or its name without the year.
    :raises UsageError: if there is no such edition, or it has no phases; names those that have.

    >>> from crosswalk.graph import open_dataset
    >>> [one.id for one in roadmap(open_dataset(), "nexus", as_of=date(2026, 11, 20)).phases]
    ['navigate', 'establish', 'execute', 'upskill', 'sustain']
    """
    found = _phases(dataset)
    if name not in found:
        name = catalogue.edition(dataset, name, as_of=as_of).edition
    if name not in found:
        raise UsageError(
            f"{name} has no phases",
            place="--roadmap",
            remedy=nearest(name, found) or f"These have: {', '.join(sorted(found))}.",
        )
    title = next(one.title for one in catalogue.editions(dataset) if one.edition == name)
    return Roadmap(name, title, found[name])


def _phases(dataset: Dataset) -> dict[str, tuple[Phase, ...]]:
    held: dict[str, list[Row]] = {}
    for row in dataset.rows("plan/phases"):
        held.setdefault(row["edition"] or "", []).append(row)
    return {
        edition: tuple(
            Phase(
                id=row["id"] or "",
                title=row["title"] or "",
                rank=rank,
                month_from=int(row["month_from"]) if row["month_from"] else None,
                month_to=int(row["month_to"]) if row["month_to"] else None,
            )
            for rank, row in enumerate(rows, start=1)
        )
        for edition, rows in held.items()
    }


def placed(dataset: Dataset, roadmap: Roadmap, edition: str) -> dict[str, Placing]:
    """Return provision IRI → the phase in which a roadmap has it.

    A provision that no row relates to a phase, or to anything inside one, is absent.

    :param edition: key of the edition whose provisions are placed.
    """
    phases = {one.id: one for one in roadmap.phases}
    parents = {one.id: one.parent for one in catalogue.provisions(dataset, roadmap.edition)}
    home: dict[str, Phase] = {}
    for start in parents:
        above: str | None = start
        while above and above not in phases:
            above = parents.get(above)
        if above:
            home[start] = phases[above]
    found: dict[str, Placing] = {}
    for iri, names in named_by(dataset, edition, methods=(roadmap.edition,)).items():
        inside = [one for one in names if one.part.id in home]
        if inside:
            best = inside[0]
            found[iri] = Placing(home[best.part.id], f"{best.part.id} ({best.row})")
    return found


def named_by(
    dataset: Dataset,
    edition: str,
    *,
    kind: str | None = None,
    methods: Iterable[str] | None = None,
) -> dict[str, list[Named]]:
    """Return provision IRI → the parts of methods that name it, the one that says most first.

    :param edition: key of the edition whose provisions are named.
    :param kind: only parts of this kind, such as ``role``.
    :param methods: only parts of these editions; default all that are no denominator of coverage.
    """
    wanted = (
        {one.edition for one in catalogue.editions(dataset) if not one.coverage_defined}
        if methods is None
        else set(methods)
    )
    parts: dict[str, dict[str, Provision]] = {}
    found: dict[str, list[Named]] = {}
    for row in inference.rows(dataset):
        if row.relation not in STRENGTH:
            continue
        for target, source in ((row.object, row.subject), (row.subject, row.object)):
            key = catalogue.local_id(source)[0]
            if key not in wanted or catalogue.local_id(target)[0] != edition:
                continue
            if key not in parts:
                parts[key] = {one.iri: one for one in catalogue.provisions(dataset, key)}
            part = parts[key].get(source)
            if part is not None and kind in (None, part.kind):
                place = f"{row.mapping_set}:{row.row} {row.relation}, {row.confidence:g}"
                found.setdefault(target, []).append(
                    Named(part, STRENGTH[row.relation], row.confidence, place)
                )
    return {iri: sorted(names, key=lambda one: one.order) for iri, names in sorted(found.items())}
