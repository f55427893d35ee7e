"""A bill of materials as evidence: its models, data sets and suppliers are resources.

Ordinary components are counted by their kind, and stay in the source: a graph of governance asks
who supplies what, not which version of each library.
"""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox

from crosswalk.graph import Dataset
from crosswalk.intake.bills import DATASET, MODEL, Bill, Component, bill_of
from crosswalk.intake.documents import LONGEST, Document, require_options
from crosswalk.intake.documents import OPTIONS as TOLD
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.namespaces import expand

__all__ = ["OPTIONS", "read"]

KIND = "sbom"
OPTIONS = TOLD
"""What an import may be told beside the bill: option → meaning."""
TOOLING = frozenset(
    (
        "application",
        "archive",
        "container",
        "device-driver",
        "firmware",
        "framework",
        "install",
        "library",
        "operating-system",
        "package",
        "platform",
        "source",
    )
)
"""Kinds of components that a system is built with or runs on."""


def read(source: Source, dataset: Dataset) -> Reading:
    """Return what a bill of materials says, and what became of each part of it.

    :raises DataError: if it is in no format that is read.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> bill = (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": ['
    ...         b'{"type": "library", "name": "numpy"}, {"type": "machine-learning-model", '
    ...         b'"name": "ranker", "supplier": {"name": "Example AI"}}]}')
    >>> source = Source("bom.json", bill, "acme", date(2026, 11, 20))
    >>> for line in read(source, open_dataset()).lines[:3]:
    ...     print(line.outcome, line.place, line.detail)
    mapped /components/1 model ranker
    passed-over /components 1 of kind library: counted; kept in the source
    mapped /components/1 supplier Example AI, of 1 component
    """
    require_options(source, OPTIONS)
    bill = bill_of(source)
    account = Account(source, KIND)
    name = bill.name or source.name
    item = Document(account, "cw:SBOM", f"Bill of materials of {name}", collected=bill.created)
    item.parts.add("bill")
    account.say(item.iri, "dcterms:format", bill.form)
    system = None
    if "system" in source.options:
        system = account.named("system", source.options["system"])
        account.say(item.iri, "dcterms:subject", system)
    for place, offence, remedy in bill.faults:
        account.refused(place, offence, remedy)
    _take_resources(account, item, bill, system)
    _count(account, item, bill)
    _take_suppliers(account, item, bill, system)
    for place, what in bill.asides.items():
        account.passed_over(place, f"{what}: no place in the graph; kept in the source")
    item.shows(
        dataset,
        kind=KIND,
        subject=source.options.get("system", name),
        label=f"Bill of materials kept of {name}",
        system=system,
    )
    return account.reading()


def _take_resources(
    account: Account, item: Document, bill: Bill, system: ox.NamedNode | None
) -> None:
    """Take the models and data sets, and what a bill says was measured of them."""
    listed = [one for one in bill.components if one.kind in (MODEL, DATASET)]
    iris = {one.ref: _iri(account, one) for one in listed}
    for one in listed:
        iri = iris[one.ref]
        item.parts.add(one.kind)
        term = "dcat:Dataset" if one.kind == DATASET else "prov:Entity"
        account.say(iri, "rdf:type", ox.NamedNode(expand(term)))
        account.say(iri, "rdfs:label", f"{one.name} {one.version}".strip())
        account.say(iri, "dcterms:type", one.kind)
        account.say(item.iri, "dcterms:references", iri)
        if one.version:
            account.say(iri, "cw:version", one.version)
        if _is_named(one.supplier):
            account.say(iri, "dcterms:publisher", item.agent(one.supplier))
        if one.identifier:
            account.say(iri, "dcterms:identifier", one.identifier)
        for algorithm, digest in one.hashes:
            account.say(iri, "dcterms:identifier", f"{algorithm}:{digest}")
        for licence in one.licences:
            account.say(iri, "dcterms:license", licence)
        for lead, text in one.notes:
            account.say(iri, "dcterms:description", f"{lead}: {text[:LONGEST]}")
        for ref in one.uses:
            if ref in iris:
                account.say(iri, "prov:wasDerivedFrom", iris[ref])
            else:
                account.refused(
                    one.place, f"uses {ref[:100]!r}, which the bill does not list", "List it too."
                )
        account.mapped(one.place, iri, f"{one.kind} {one.name} {one.version}".strip())
        for metric in one.metrics:
            if not _is_named(metric.name):
                account.refused(metric.place, "has no type", "Say which metric it is.")
                continue
            split = f" ({metric.slice})" if metric.slice else ""
            about = [("dcterms:subject", iri)]
            item.measurement(
                metric.place,
                metric=metric.name,
                value=metric.value,
                of=[iri.value, metric.slice],
                label=f"{metric.name} of {one.name}{split}",
                about=about if system is None else [*about, ("cw:forSystem", system)],
            )


def _iri(account: Account, one: Component) -> ox.NamedNode:
    return account.hashed("resource", one.kind, one.supplier, one.name, one.version, one.identifier)


def _count(account: Account, item: Document, bill: Bill) -> None:
    """Count the components that are neither models nor data sets."""
    kinds = Counter(one.kind for one in bill.components if one.kind not in (MODEL, DATASET))
    for kind, count in sorted(kinds.items()):
        if kind in TOOLING:
            item.parts.add("library")
        account.say(item.iri, "dcterms:extent", f"{count} of kind {kind}")
        home = next(one.place for one in bill.components if one.kind == kind).rpartition("/")[0]
        account.passed_over(home, f"{count} of kind {kind}: counted; kept in the source")


def _take_suppliers(
    account: Account, item: Document, bill: Bill, system: ox.NamedNode | None
) -> None:
    """Take who supplies the components, and who the whole of them."""
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    for one in bill.components:
        if _is_named(one.supplier):
            counts[one.supplier] += 1
            places.setdefault(one.supplier, one.place)
    if _is_named(bill.supplier):
        places.setdefault(bill.supplier, "/metadata")
    for name, place in places.items():
        agent = item.agent(name)
        item.parts.add("supplier")
        account.say(item.iri, "dcterms:references", agent)
        count = counts[name]
        told = f", of {count} component{'' if count == 1 else 's'}" if count else ""
        if name == bill.supplier:
            told += ", of the whole"
            if system is not None:
                account.say(system, "cw:supplier", agent)
        account.mapped(place, agent, f"supplier {name}{told}")


def _is_named(name: str) -> bool:
    return any(sign.isalnum() for sign in name)
