"""An audit exported from CISO Assistant, as an assessment with a result for each requirement.

Its columns are ``urn``, ``assessable``, ``ref_id``, ``name``, ``description``,
``compliance_result``, ``extended_result``, ``requirement_progress``, ``score`` or
``implementation_score`` and ``documentation_score``, ``observations``; the CSV is divided by
semicolons. It names neither a day nor an assessor: they are told beside, or left out.

.. seealso:: CISO Assistant, data import wizard, "Audits"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePosixPath

import pyoxigraph as ox

from crosswalk import catalogue, citations
from crosswalk.errors import DataError, nearest
from crosswalk.graph import Dataset
from crosswalk.intake.documents import STATUSES, day_told, require_options, term_told
from crosswalk.intake.opening import Cell, Row, rows_of, sheets_of
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.models import Provision
from crosswalk.namespaces import cw, edition_iri, expand

__all__ = ["OPTIONS", "read"]

KIND = "ciso-assistant"
OPTIONS = {
    "edition": "key of the edition that was audited, where the urn does not name it",
    "assessment": "key of the assessment; the name of the file if absent",
    "assessor": "key of who assessed",
    "assessed": "the day of the assessment",
    "scope": "key of the scope in which it holds",
    "owner": "key of the person who owns what is done",
    "status": "how far what is done is: planned, in-progress, implemented or retired",
    "soa": "key of the statement of applicability that its exclusions belong to",
    "approver": "key of who approved its exclusions",
    "approved": "the day on which they were approved",
}
"""What an import may be told beside the export: option → meaning."""

OUTCOMES = {
    "compliant": "earl:passed",
    "partially_compliant": "cw:partially-passed",
    "non_compliant": "earl:failed",
}
RESULTS = (*OUTCOMES, "not_assessed", "not_applicable")
DETAILS = (
    "extended_result",
    "requirement_progress",
    "score",
    "implementation_score",
    "documentation_score",
)
"""Columns that are kept word for word with a result."""
ITEMS = ("evidences", "evidence", "associated_evidences")
SPELLED = {"observation": "observations", "status": "requirement_progress"}
USED = frozenset(
    ("urn", "assessable", "ref_id", "name", "compliance_result", "observations", *DETAILS, *ITEMS)
)
NEEDED = ("ref_id", "compliance_result")
URN = re.compile(r"urn:[^:]+:[^:]+:req_node:([^:]+):.+", re.IGNORECASE)


def read(source: Source, dataset: Dataset) -> Reading:
    r"""Return what an audit found, and what became of each of its rows.

    :raises DataError: if it is no such export, or cannot be opened.
    :raises UsageError: if the edition that is told is not carried.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> audit = b"ref_id;name;compliance_result\nA.2.2;AI policy;compliant\nA.2.9;?;compliant"
    >>> told = {"edition": "iso-42001-2023"}
    >>> source = Source("audit.csv", audit, "acme", date(2026, 11, 20), told)
    >>> for line in read(source, open_dataset()).lines:
    ...     print(line.outcome, line.place, line.detail)
    mapped line 2 iso-42001-2023:A.2.2 earl:passed
    refused line 3, column A iso-42001-2023 has no provision 'A.2.9'
    """
    require_options(source, OPTIONS)
    account = Account(source, KIND)
    told = source.options.get("edition", "")
    edition = catalogue.edition(dataset, told, as_of=source.as_of).edition if told else ""
    audit = _Audit(account, dataset, edition)
    found = False
    for sheet in sheets_of(source):
        columns: dict[str, int] = {}
        for row in rows_of(account, sheet):
            if not columns:
                columns = _columns(row)
                if not set(NEEDED) <= set(columns):
                    if len(columns) and not found:
                        account.passed_over(row.place, f"sheet {sheet.name}: no audit begins here")
                    columns = {}
                    break
                found = True
                for name in columns:
                    if name not in (*USED, "description"):
                        account.passed_over(row.place, f"column {name}: has no place in the graph")
                continue
            audit.take(row, {name: row.cells[n] for name, n in columns.items() if n in row.cells})
    if not found:
        raise DataError(
            f"has no row of headings with {' and '.join(NEEDED)}",
            place=source.name,
            remedy="Export the audit from CISO Assistant as CSV or Excel, and keep its headings.",
        )
    audit.close()
    return account.reading()


def _columns(row: Row) -> dict[str, int]:
    """Return name → column of a row of headings."""
    found: dict[str, int] = {}
    for n, cell in row.cells.items():
        name = re.sub(r"\W+", "_", cell.text.strip().casefold())
        found.setdefault(SPELLED.get(name, name), n)
    return found


class _Audit:
    """An audit while its rows are read."""

    def __init__(self, account: Account, dataset: Dataset, edition: str) -> None:
        self.account, self.dataset, self.edition = account, dataset, edition
        self.carried = {_plain(one.edition): one.edition for one in catalogue.editions(dataset)}
        options = account.source.options
        key = options.get("assessment") or PurePosixPath(account.source.name).stem
        self.key = key
        self.iri = account.named("assessment", key)
        self.results = 0
        self.seen: dict[str, str] = {}

    def take(self, row: Row, cells: Mapping[str, Cell]) -> None:
        """Take a row, or note why not."""
        account = self.account
        said = {name: _unescaped(cell.text) for name, cell in cells.items()}
        result = said.get("compliance_result", "").casefold().replace(" ", "_").replace("-", "_")
        if said.get("assessable", "true").casefold() in ("false", "0", "no"):
            account.passed_over(row.place, f"{_called(said)}: a heading, not assessable")
            return
        if not result:
            account.passed_over(row.place, f"{_called(said)}: a heading, or without a result")
            return
        if result not in RESULTS:
            account.refused(
                cells["compliance_result"].place,
                f"{said['compliance_result'][:100]!r} is no result of a requirement",
                nearest(result, RESULTS) or f"One of {', '.join(RESULTS)}.",
            )
            return
        if result == "not_assessed":
            account.passed_over(row.place, f"{_called(said)}: not assessed")
            return
        provision = self._provision(row, cells, said)
        if provision is None:
            return
        if provision.iri in self.seen:
            account.refused(
                row.place,
                f"{provision.id} has a result already, in {self.seen[provision.iri]}",
                "Keep the one that holds.",
            )
            return
        self.seen[provision.iri] = row.place
        if result == "not_applicable":
            self._exclude(row, provision, said)
        else:
            self._judge(row, provision, said, OUTCOMES[result])

    def close(self) -> None:
        """Say what is said of the whole audit."""
        account, options = self.account, self.account.source.options
        if not self.results:
            return
        account.say(self.iri, "rdf:type", ox.NamedNode(cw("Assessment")))
        account.say(self.iri, "rdfs:label", self.key)
        if "assessor" in options:
            account.say(self.iri, "cw:assessor", account.named("person", options["assessor"]))
        if day := day_told(account.source, "assessed"):
            account.say(self.iri, "cw:assessedOn", date.fromisoformat(day))
        self._in_scope(self.iri)

    def _provision(
        self, row: Row, cells: Mapping[str, Cell], said: Mapping[str, str]
    ) -> Provision | None:
        """Return the provision of a row, or note that there is none."""
        edition = self.edition
        if not edition:
            urn = URN.fullmatch(said.get("urn", ""))
            named = urn[1] if urn else ""
            edition = self.carried.get(_plain(named), "") if named else ""
            if not edition:
                whose = (
                    f"of {named[:80]!r}, which is not carried" if named else "of no named edition"
                )
                self.account.passed_over(
                    row.place,
                    f"{_called(said)}: {whose}; give option edition if it is one that is",
                )
                return None
        ref = said.get("ref_id", "")
        found = citations.within(self.dataset, edition, ref) if ref else None
        if found is None:
            ids = [one.id for one in catalogue.provisions(self.dataset, edition)]
            self.account.refused(
                cells["ref_id"].place if "ref_id" in cells else row.place,
                f"{edition} has no provision {ref[:100]!r}",
                nearest(ref, ids) or f"`crosswalk provisions {edition}` lists its ids.",
            )
        return found

    def _judge(self, row: Row, provision: Provision, said: Mapping[str, str], outcome: str) -> None:
        account = self.account
        edition, _ = catalogue.local_id(provision.iri)
        name = f"{edition} {provision.id}"
        found = account.named("result", f"{self.key} {name}")
        doing = account.named("implementation", name)
        account.say(found, "rdf:type", ox.NamedNode(cw("AssessmentResult")))
        account.say(found, "cw:resultOf", self.iri)
        account.say(found, "earl:subject", doing)
        account.say(found, "earl:test", ox.NamedNode(provision.iri))
        account.say(found, "cw:outcome", ox.NamedNode(expand(outcome)))
        if said.get("observations"):
            account.say(found, "cw:finding", said["observations"])
        details = [f"{key}: {said[key]}" for key in DETAILS if said.get(key)]
        if details:
            account.say(found, "dcterms:description", "; ".join(details))
        self._in_scope(found)
        account.say(doing, "rdf:type", ox.NamedNode(cw("ControlImplementation")))
        account.say(doing, "rdfs:label", f"What is done for {provision.id} {provision.title}"[:200])
        account.say(doing, "cw:implements", ox.NamedNode(provision.iri))
        if "owner" in account.source.options:
            owner = account.named("person", account.source.options["owner"])
            account.say(doing, "cw:owner", owner)
        if status := term_told(account.source, "status", STATUSES):
            account.say(doing, "cw:implementationStatus", status)
        self._in_scope(doing)
        for item in _items(said):
            kept = account.hashed("evidence", KIND, item)
            account.say(kept, "rdf:type", ox.NamedNode(cw("EvidenceItem")))
            account.say(kept, "rdfs:label", item)
            account.say(kept, "cw:evidenceFor", doing)
        self.results += 1
        uncounted = "" if provision.counted else "; a heading, its parts are counted"
        account.mapped(row.place, found, f"{edition}:{provision.id} {outcome}{uncounted}")

    def _exclude(self, row: Row, provision: Provision, said: Mapping[str, str]) -> None:
        account, options = self.account, self.account.source.options
        edition, _ = catalogue.local_id(provision.iri)
        found = account.named("decision", f"{self.key} {edition} {provision.id}")
        account.say(found, "rdf:type", ox.NamedNode(cw("ApplicabilityDecision")))
        account.say(found, "cw:provision", ox.NamedNode(provision.iri))
        account.say(found, "cw:applicable", False)
        if said.get("observations"):
            account.say(found, "cw:justification", said["observations"])
        if "approver" in options:
            account.say(found, "cw:approvedBy", account.named("person", options["approver"]))
        if day := day_told(account.source, "approved"):
            account.say(found, "cw:approvedOn", date.fromisoformat(day))
        told = "not applicable"
        if "soa" in options:
            statement = account.named("soa", options["soa"])
            account.say(statement, "cw:decision", found)
            account.say(statement, "cw:forEdition", ox.NamedNode(edition_iri(edition)))
        else:
            told += "; counts when an approved statement of applicability takes it up (option soa)"
        if not said.get("observations"):
            told += "; without a justification"
        account.mapped(row.place, found, f"{edition}:{provision.id} {told}")

    def _in_scope(self, subject: ox.NamedNode) -> None:
        scope = self.account.source.options.get("scope")
        if scope is not None:
            self.account.say(subject, "cw:inScope", self.account.named("scope", scope))


def _plain(key: str) -> str:
    """Return letters and digits of a key, by which editions are compared with a urn."""
    return re.sub(r"[\W_]+", "", key.casefold())


def _called(said: Mapping[str, str]) -> str:
    return (said.get("ref_id") or said.get("urn") or said.get("name") or "a row")[:100]


def _unescaped(text: str) -> str:
    """Return a text without the quote that CISO Assistant puts before = + - @."""
    return text[1:] if re.match(r"'[=+\-@\t\r|%]", text) else text


def _items(said: Mapping[str, str]) -> Iterable[str]:
    """Return the names of evidence of a row, one a line or divided by bars."""
    held = (said.get(column, "") for column in ITEMS)
    return [one.strip() for text in held for one in re.split(r"[\n|]", text) if one.strip()]
