"""What the tests build worlds from: small editions, mapping sets and one organisation, as files.

A test states its data as text and opens it through the same door as a user: a directory of
knowledge and a directory of evidence. Nothing of ours is mocked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from crosswalk import catalogue, coverage
from crosswalk.coverage import Evaluation
from crosswalk.graph import Dataset, open_dataset
from crosswalk.models import Relation, Status
from crosswalk.namespaces import edition_iri
from crosswalk.resources import examples_dir, ontology_dir
from crosswalk.sssom import PREDICATE

PREFIXES = """
@prefix cw: <https://w3id.org/aigov-crosswalk/ns#> .
@prefix airo: <https://w3id.org/airo#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix condition: <https://w3id.org/aigov-crosswalk/id/condition/> .
@prefix risk-class: <https://w3id.org/aigov-crosswalk/id/risk-class/> .
@prefix role: <https://w3id.org/aigov-crosswalk/id/operator-role/> .
@prefix alpha: <https://w3id.org/aigov-crosswalk/id/alpha-2020/> .
@prefix beta: <https://w3id.org/aigov-crosswalk/id/beta-2021/> .
@prefix gamma: <https://w3id.org/aigov-crosswalk/id/gamma-2022/> .
@prefix law: <https://w3id.org/aigov-crosswalk/id/law-2023/> .
@prefix act: <https://w3id.org/aigov-crosswalk/id/eu-ai-act-2026/> .
@prefix edition: <https://w3id.org/aigov-crosswalk/id/> .
@prefix o: <https://w3id.org/aigov-crosswalk/org/acme/> .
"""

ORGANISATION = """
o:organization a cw:Organization ; rdfs:label "Acme" .
o:whole a cw:Scope ; rdfs:label "whole" ; cw:scopeOf o:organization .
o:ann a prov:Agent ; rdfs:label "Ann" .
o:bob a prov:Agent ; rdfs:label "Bob" .
"""

SET_HEADER = """#mapping_set_id: https://w3id.org/aigov-crosswalk/mapping/{key}
#mapping_set_title: "{key}"
#license: https://creativecommons.org/licenses/by/4.0/
#extension_definitions:
#  - slot_name: relation
#    property: cw:relation
#    type_hint: xsd:string
#  - slot_name: rationale_type
#    property: cw:rationaleType
#    type_hint: xsd:string
#  - slot_name: rationale
#    property: cw:rationale
#    type_hint: xsd:string
#  - slot_name: review_status
#    property: cw:reviewStatus
#    type_hint: xsd:string
#  - slot_name: group
#    property: cw:group
#    type_hint: xsd:string
#  - slot_name: edition_change
#    property: cw:editionChange
#    type_hint: xsd:string
"""
COLUMNS = [
    "subject_id",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "mapping_justification",
    "confidence",
    "relation",
    "rationale_type",
    "rationale",
    "review_status",
    "group",
    "edition_change",
]

DATES = frozenset(
    ("collectedOn", "acceptedOn", "recordedOn", "effectiveFrom", "effectiveTo", "expiresOn")
)


@dataclass(slots=True)
class World:
    """A directory of knowledge and one of evidence, written by a test."""

    root: Path
    files: Iterator[int]

    @property
    def knowledge(self) -> Path:
        """The directory that goes to ``--knowledge``."""
        return self.root / "knowledge"

    def edition(self, key: str, provisions: str, *, law: bool = False, framework: str = "") -> None:
        """Write an edition: one provision a line, ``ID [in PARENT] [heading] [exhaust] [governs]``.

        A provision is counted unless it is a heading.
        """
        lines = [one.split() for one in provisions.strip().splitlines() if one.strip()]
        me, counted = edition_iri(key), sum("heading" not in words for words in lines)
        text = [
            PREFIXES,
            f'<{me}> a cw:FrameworkEdition ; cw:editionKey "{key}" ; dcterms:title "{key}"@en ;',
            f"    cw:editionOf edition:{framework or key.rsplit('-', 1)[0]} ;",
            f'    cw:citedAs "{key}" ; cw:legalForce {str(law).lower()} ;',
            f"    cw:coverageDefined true ; cw:expectedProvisions {len(lines)} ;",
            f"    cw:expectedCounted {counted} .",
        ]
        for position, words in enumerate(lines, 1):
            parent = words[words.index("in") + 1] if "in" in words else None
            above = f"skos:broader <{me}/{parent}>" if parent else f"skos:topConceptOf <{me}>"
            text.append(
                f'<{me}/{words[0]}> a cw:Clause ; skos:notation "{words[0]}" ; '
                f'skos:prefLabel "Title of {words[0]}"@en ; skos:inScheme <{me}> ; {above} ; '
                f"cw:position {position} ; cw:counted {str('heading' not in words).lower()} ; "
                f"cw:childrenExhaust {str('exhaust' in words).lower()}"
                + (" ; cw:governs cw:Nonconformity ." if "governs" in words else " .")
            )
        self._write(self.knowledge / "frameworks" / f"{key}.ttl", "\n".join(text))

    def mapping(self, key: str, rows: str) -> Path:
        """Write a mapping set, one row a line.

        ``SUBJECT RELATION OBJECT [type=T] [group=G] [review=R] [sure=C] [change=C]``; ``none`` as
        relation is a record that says "looked, none found", of the subject or, where that is
        ``-``, of the object.
        """
        lines = []
        for words in (row.split() for row in rows.strip().splitlines() if row.strip()):
            subject, relation, target = words[:3]
            more = dict(word.split("=", 1) for word in words[3:])
            none = relation == "none"
            predicate = "skos:mappingRelation" if none else PREDICATE[Relation(relation)]
            cells = [
                "sssom:NoTermFound" if subject == "-" else subject,
                predicate,
                "Not" if relation == "no-relationship" else "",
                "sssom:NoTermFound" if none and subject != "-" else target,
                "semapv:ManualMappingCuration",
                more.get("sure", "0.8"),
                "" if none else relation,
                "" if none else more.get("type", "semantic"),
                "Because the texts say so.",
                more.get("review", "draft"),
                more.get("group", ""),
                more.get("change", ""),
            ]
            lines.append("\t".join(cells))
        path = self.knowledge / "mappings" / f"{key}.sssom.tsv"
        head = SET_HEADER.format(key=key) + "\t".join(COLUMNS)
        self._write(path, "\n".join([head, *lines, ""]))
        return path

    def open(self, *statements: str, shipped: bool = False) -> Dataset:
        """Write the statements about Acme to a file, and open it with the knowledge."""
        folder = self.root / f"data-{next(self.files)}"
        self._write(folder / "acme.ttl", "\n".join([PREFIXES, ORGANISATION, *statements]))
        held = [self.knowledge] if self.knowledge.is_dir() else []
        return open_dataset([folder], knowledge=held, shipped=shipped)

    def open_files(self, files: dict[str, str]) -> Dataset:
        """Write statements about Acme to several files, by name, and open their directory."""
        folder = self.root / f"data-{next(self.files)}"
        self._write(folder / "acme.ttl", PREFIXES + ORGANISATION)
        for name, statements in files.items():
            self._write(folder / name, PREFIXES + statements)
        return open_dataset([folder], knowledge=[self.knowledge], shipped=False)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @staticmethod
    def implements(provision: str, name: str = "doing") -> str:
        """Return an implementation of a provision, owned by Ann."""
        return (
            f'o:{name} a cw:ControlImplementation ; rdfs:label "{name}" ; '
            f"cw:implements {provision} ; cw:owner o:ann ; "
            "cw:implementationStatus cw:implemented ; cw:inScope o:whole ."
        )

    @staticmethod
    def item(
        name: str = "paper",
        /,
        *,
        of: str | None = "doing",
        kind: str | None = "Record",
        **changes: str | None,
    ) -> str:
        """Return an evidence item that is valid on 2026-06-01, but for the changed properties.

        :param changes: property of the vocabulary → its term, or its day; None leaves it out.
        """
        stated: dict[str, str | None] = {
            "author": "o:ann",
            "acceptedBy": "o:bob",
            "acceptedOn": "2026-01-06",
            "collectedOn": "2026-01-05",
            "sha256": '"' + "a" * 64 + '"',
            "inScope": "o:whole",
            **changes,
        }
        said = " ; ".join(
            f"cw:{key} " + (f'"{value}"^^xsd:date' if key in DATES else value)
            for key, value in stated.items()
            if value is not None
        )
        return f'o:{name} a cw:{kind} ; rdfs:label "{name}" ; cw:evidenceFor o:{of} ; {said} .'

    @staticmethod
    def assessed(
        provision: str,
        outcome: str = "earl:passed",
        *,
        on: str = "2026-01-10",
        accepted: str | None = None,
        name: str = "audit",
        of: str = "doing",
        scope: str = "o:whole",
        recorded: str | None = None,
    ) -> str:
        """Return an assessment, accepted by Bob on its day, and its one result."""
        known = f' ; cw:recordedOn "{recorded}"^^xsd:date' if recorded else ""
        return (
            f'o:{name} a cw:Assessment ; rdfs:label "{name}" ; cw:assessor o:bob ; '
            f'cw:assessedOn "{on}"^^xsd:date ; cw:acceptedBy o:bob ; '
            f'cw:acceptedOn "{accepted or on}"^^xsd:date ; cw:inScope {scope}{known} .\n'
            f"o:{name}-result a cw:AssessmentResult ; cw:resultOf o:{name} ; "
            f"earl:subject o:{of} ; earl:test {provision} ; cw:outcome {outcome} ; "
            f'cw:finding "found by {name}" .'
        )

    def shown(self, provision: str, outcome: str = "earl:passed", *, on: str = "2026-01-10") -> str:
        """Return implementation, valid item and accepted assessment of a provision."""
        name = re.sub(r"\W+", "-", provision).strip("-")
        return "\n".join(
            [
                self.implements(provision, name),
                self.item(f"{name}-paper", of=name),
                self.assessed(provision, outcome, on=on, name=f"{name}-audit", of=name),
            ]
        )

    @staticmethod
    def evaluate(
        dataset: Dataset,
        key: str,
        *,
        on: str = "2026-06-01",
        scope: str | None = "whole",
        horizon: str | None = None,
        known_at: str | None = None,
    ) -> Evaluation:
        """Return the evaluation of an edition for a scope at a day."""
        day = date.fromisoformat(on)
        return coverage.evaluate(
            dataset,
            catalogue.edition(dataset, key, as_of=day),
            coverage.scope_of(dataset, scope)[0],
            as_of=day,
            horizon=date.fromisoformat(horizon) if horizon else None,
            known_at=date.fromisoformat(known_at) if known_at else None,
        )

    def statuses(
        self,
        dataset: Dataset,
        key: str,
        *,
        on: str = "2026-06-01",
        scope: str | None = "whole",
        known_at: str | None = None,
    ) -> dict[str, Status]:
        """Return provision → status of an edition for a scope at a day."""
        evaluation = self.evaluate(dataset, key, on=on, scope=scope, known_at=known_at)
        return {one.provision.id: one.status for one in evaluation.statuses}


@pytest.fixture(scope="session", autouse=True)
def cache_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the cache of a test run apart from the user's."""
    held = os.environ.get("CROSSWALK_CACHE")
    folder = tmp_path_factory.mktemp("cache")
    os.environ["CROSSWALK_CACHE"] = str(folder)
    yield folder
    os.environ.pop("CROSSWALK_CACHE")
    if held is not None:
        os.environ["CROSSWALK_CACHE"] = held


@pytest.fixture(scope="session")
def new_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], World]:
    """Return what makes an empty world; for tests that need many."""
    return lambda: World(tmp_path_factory.mktemp("world"), count(1))


@pytest.fixture
def world(new_world: Callable[[], World]) -> World:
    """Return an empty world."""
    return new_world()


@pytest.fixture(scope="session")
def act_world(new_world: Callable[[], World]) -> World:
    """Return a world that knows the shipped AI Act and nothing else."""
    made = new_world()
    text = (ontology_dir() / "frameworks" / "eu-ai-act-2026.ttl").read_text(encoding="utf-8")
    made._write(made.knowledge / "frameworks" / "eu-ai-act-2026.ttl", text)
    return made


@pytest.fixture(scope="session")
def x_corporation() -> Dataset:
    """Return the shipped knowledge with the evidence of X Corporation; only for reading."""
    return open_dataset([examples_dir() / "x-corporation"])
