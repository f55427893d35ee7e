"""A document that is imported, as evidence: what it is of, what it measured, what it may show.

What a kind of document is evidence for stands in a curated table, never in its words. The document
is tied to an implementation of those provisions; nothing becomes satisfied by it, since nobody has
assessed that yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

import pyoxigraph as ox
import yaml

from crosswalk import catalogue, citations
from crosswalk.errors import UsageError, nearest
from crosswalk.graph import Dataset
from crosswalk.intake.merge import kept_as
from crosswalk.intake.reading import Account, Source, slug
from crosswalk.namespaces import cw, expand
from crosswalk.resources import evidence_for_file

__all__ = [
    "LONGEST",
    "OPTIONS",
    "STATUSES",
    "Document",
    "Warrant",
    "day_told",
    "decimal",
    "require_options",
    "term_told",
    "warrants",
]

LONGEST = 4_000
"""Characters of a text that are kept in the graph; the whole of it stays in the source."""
OPTIONS = {
    "system": "key of the AI system that the document is of",
    "implementation": "key of the implementation that it is evidence for",
    "objective": "objectives of its metrics: accuracy=ranking-accuracy, f1=…",
    "owner": "key of the person who owns the document",
    "author": "key of who wrote it",
    "scope": "key of the scope in which it holds",
    "status": "how far its implementation is: planned, in-progress, implemented or retired",
    "collected": "the day on which it was gathered",
    "measured": "the day of its measurements",
    "unit": "the unit of its measurements, as a UCUM code: 1 for a ratio",
    "confidentiality": "public, internal, confidential or restricted",
}
"""What an import of a document may be told beside: option → meaning."""
CONFIDENTIALITY = ("public", "internal", "confidential", "restricted")
STATUSES = ("planned", "in-progress", "implemented", "retired")
"""How far an implementation can be."""
COMMON = ("edition", "language", "map", "map_name")
"""Options that every import may be given."""


@dataclass(frozen=True, slots=True)
class Warrant:
    """A document of ``kind`` that says ``part`` is evidence for a provision, and why."""

    kind: str
    part: str
    edition: str
    provision: str
    rationale: str


@cache
def warrants(kind: str) -> tuple[Warrant, ...]:
    """Return what documents of a kind are evidence for, by the curated table.

    >>> [one.provision for one in warrants("model-card") if one.part == "card"]
    ['A.6.2.7']
    """
    rows = yaml.safe_load(evidence_for_file().read_text(encoding="utf-8"))
    found = []
    for row in rows:
        edition, _, provision = row["provision"].partition(":")
        if row["kind"] == kind:
            found.append(Warrant(kind, row["part"], edition, provision, row["rationale"]))
    return tuple(found)


def decimal(value: object) -> ox.Literal | None:
    """Return a number as a literal of its own digits, or None if it is none.

    >>> decimal("0.910").value
    '0.910'
    >>> decimal("85.3 ± 0.2") is None
    True
    """
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found.adjusted()) > 50:
        return None
    text = f"{found:f}"
    kind = "xsd:decimal" if "." in text else "xsd:integer"
    return ox.Literal(text, datatype=ox.NamedNode(expand(kind)))


def require_options(source: Source, known: Iterable[str]) -> None:
    """Let a source pass that is told nothing which its kind does not know.

    :raises UsageError: otherwise; names the nearest.

    >>> require_options(Source("a", b"", "acme", date(2026, 11, 20), {"scope": "all"}), OPTIONS)
    """
    known = sorted(known)
    for option in source.options:
        if option not in known and option not in COMMON:
            raise UsageError(
                f"unknown option {option!r}",
                remedy=nearest(option, known) or f"There is {', '.join(known)}.",
            )


def day_told(source: Source, option: str) -> str:
    """Return the day that an option gives, as YYYY-MM-DD; empty if it is not given.

    :raises UsageError: if it is no day.

    >>> told = {"assessed": "2026-11-02"}
    >>> day_told(Source("a", b"", "acme", date(2026, 11, 20), told), "assessed")
    '2026-11-02'
    """
    said = source.options.get(option, "")
    try:
        return date.fromisoformat(said).isoformat() if said else ""
    except ValueError:
        raise UsageError(
            f"{said!r} is no day", place=f"option {option}", remedy="Write YYYY-MM-DD."
        ) from None


def term_told(source: Source, option: str, known: Iterable[str]) -> ox.NamedNode | None:
    """Return the term that an option names, or None if it is not given.

    :raises UsageError: if there is no such term.
    """
    said = source.options.get(option)
    if said is None:
        return None
    if said not in known:
        raise UsageError(
            f"{said!r} is none that is known",
            place=f"option {option}",
            remedy=nearest(said, known) or f"One of {', '.join(known)}.",
        )
    return ox.NamedNode(cw(said))


class Document:
    """The document of a source, as an evidence item.

    :param term: its class, such as ``cw:ModelCard``.
    :param label: its name.
    :param collected: the day that it says it was made; the option ``collected`` goes before.
    """

    def __init__(self, account: Account, term: str, label: str, *, collected: str = "") -> None:
        self.account = account
        source = account.source
        self.iri = account.named("evidence", source.name)
        self.parts: set[str] = set()
        self._measured: dict[ox.NamedNode, str] = {}
        account.say(self.iri, "rdf:type", ox.NamedNode(expand("cw:EvidenceItem")))
        account.say(self.iri, "rdf:type", ox.NamedNode(expand(term)))
        account.say(self.iri, "rdfs:label", label)
        account.say(self.iri, "cw:sha256", source.sha256)
        account.say(self.iri, "cw:file", kept_as(source))
        day = day_told(source, "collected") or collected
        if day:
            account.say(self.iri, "cw:collectedOn", date.fromisoformat(day))
        for option in ("owner", "author"):
            if option in source.options:
                account.say(
                    self.iri, f"cw:{option}", account.named("person", source.options[option])
                )
        if said := term_told(source, "confidentiality", CONFIDENTIALITY):
            account.say(self.iri, "cw:confidentiality", said)
        self._in_scope(self.iri)

    def tell(self, part: str, text: str, *, lead: str) -> bool:
        """Say of the item what a part of the document says; return whether it was cut."""
        self.parts.add(part)
        self.account.say(self.iri, "dcterms:description", f"{lead}: {text[:LONGEST]}")
        return len(text) > LONGEST

    def agent(self, name: str) -> ox.NamedNode:
        """Return who is named, a person or an organisation, and say that there is such an agent."""
        found = self.account.named("person", name)
        self.account.say(found, "rdf:type", ox.NamedNode(expand("prov:Agent")))
        self.account.say(found, "rdfs:label", name)
        return found

    def measurement(
        self,
        place: str,
        *,
        metric: str,
        value: object,
        of: Iterable[str],
        label: str,
        about: Iterable[tuple[str, ox.NamedNode]] = (),
    ) -> None:
        """Take a measured value, or note why it is not taken.

        :param of: what makes it another measurement than one of the same metric.
        :param about: predicates and what they tie the measurement to.
        """
        account, options = self.account, self.account.source.options
        number = decimal(value)
        if number is None:
            account.passed_over(
                place, f"{metric}: the value {str(value)[:100]!r} is not one number"
            )
            return
        found = account.hashed("measurement", self.iri.value, metric, *of)
        if self._measured.setdefault(found, number.value) != number.value:
            account.refused(
                place,
                f"{label} is there twice, as {self._measured[found]} and {number.value}",
                "Keep the one that holds, or name apart what was measured.",
            )
            return
        account.say(found, "rdf:type", ox.NamedNode(cw("Measurement")))
        account.say(found, "rdfs:label", label)
        account.say(found, "cw:metric", metric)
        account.say(found, "cw:observedValue", number)
        account.say(found, "prov:wasDerivedFrom", self.iri)
        for predicate, target in about:
            account.say(found, predicate, target)
        if "unit" in options:
            account.say(found, "cw:unit", options["unit"])
        if day := day_told(account.source, "measured"):
            account.say(found, "cw:measuredOn", date.fromisoformat(day))
        objective = self._objectives().get(slug(metric)) if re.search(r"\w", metric) else None
        if objective:
            account.say(found, "cw:measures", account.named("objective", objective))
        self._in_scope(found)
        account.mapped(place, found, f"{label} = {number.value}")

    def shows(
        self,
        dataset: Dataset,
        *,
        kind: str,
        subject: str,
        label: str,
        system: ox.NamedNode | None = None,
    ) -> None:
        """Tie the item to the implementation that it is evidence for.

        :param subject: key of what is documented; the implementation is named by it.
        :param label: what the implementation is called.
        """
        account, options = self.account, self.account.source.options
        if "implementation" in options:
            found = account.named("implementation", options["implementation"])
            account.say(self.iri, "cw:evidenceFor", found)
            account.mapped(account.source.name, self.iri, f"evidence for {found.value}")
            return
        found = account.named("implementation", f"{kind}-of-{subject}")
        cited: dict[str, str] = {}
        carried = {one.edition for one in catalogue.editions(dataset)}
        for one in warrants(kind):
            if one.part not in self.parts or one.edition not in carried:
                continue
            provision = citations.within(dataset, one.edition, one.provision)
            if provision is not None:
                cited[provision.iri] = f"{one.edition}:{provision.id}"
        if not cited:
            account.mapped(
                account.source.name, self.iri, "evidence for no provision that is carried"
            )
            return
        account.say(found, "rdf:type", ox.NamedNode(cw("ControlImplementation")))
        account.say(found, "rdfs:label", label)
        for iri in cited:
            account.say(found, "cw:implements", ox.NamedNode(iri))
        if "owner" in options:
            account.say(found, "cw:owner", account.named("person", options["owner"]))
        if status := term_told(account.source, "status", STATUSES):
            account.say(found, "cw:implementationStatus", status)
        if system is not None:
            account.say(found, "cw:forSystem", system)
        self._in_scope(found)
        account.say(self.iri, "cw:evidenceFor", found)
        account.mapped(
            account.source.name,
            self.iri,
            f"evidence for {', '.join(cited.values())}; nothing is assessed by it",
        )

    def _in_scope(self, subject: ox.NamedNode) -> None:
        scope = self.account.source.options.get("scope")
        if scope is not None:
            self.account.say(subject, "cw:inScope", self.account.named("scope", scope))

    def _objectives(self) -> dict[str, str]:
        """Return metric → key of its objective, as told."""
        found = {}
        for pair in self.account.source.options.get("objective", "").split(","):
            metric, equals, key = pair.partition("=")
            if not equals:
                if pair.strip():
                    raise UsageError(
                        f"{pair.strip()!r} gives a metric no objective",
                        place="option objective",
                        remedy="Write metric=objective, …",
                    )
                continue
            found[slug(metric)] = key.strip()
        return found
