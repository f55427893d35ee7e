"""A report for customers: no names of people, no links, no paths, no names of files.

People stand under pseudonyms that are numbered by their place among all people of the evidence:
the same data gives the same pseudonyms, in every report and format. What frameworks and mapping
sets say is public and stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import PurePath, PureWindowsPath
from typing import Any

from crosswalk.graph import Dataset
from crosswalk.graph.records import noted_sources
from crosswalk.models import CoverageVector, Edition
from crosswalk.report.texts import ENGLISH, Texts
from crosswalk.report.values import (
    GapEntry,
    MappingRowUse,
    MappingSetUse,
    MethodPart,
    PathStep,
    Report,
)

__all__ = ["redacted"]

PUBLIC = (CoverageVector, Edition, MappingRowUse, MappingSetUse, MethodPart, PathStep)
"""Values that hold nothing of the organisation."""

OF_FRAMEWORKS = frozenset(("cited", "control", "edition", "engine", "provision", "title"))
"""Fields that hold words of a framework."""

SHORTEST_PART = 3
LINK = re.compile(r"\b(?:https?|ftp|file|s3|smb)://[^\s\"'<>)\]]+", re.IGNORECASE)
RECORD = re.compile(r"\b[\w-]*org-data:[^\s,;)\"'<>]+")
ADDRESS = re.compile(r"(?:\bmailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PATH = re.compile(
    r"\\\\[^\s\"'<>,;]+|\b[A-Za-z]:\\[^\s\"'<>,;]+"
    r"|(?<![\w/])(?:~|\.{1,2})?/(?:[\w.-]+/)+[\w.-]*"
    r"|\b[\w.-]+(?:/[\w.-]+)+\.[A-Za-z][A-Za-z0-9]{0,4}\b(?::\d+)?"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:csv|docx?|eml|html?|jpe?g|json|jsonld|md|msg|nq|odt|pdf|png|pptx?|py"
    r"|sqlite|trig|tsv|ttl|txt|xlsx?|xml|ya?ml|zip)\b(?::\d+)?",
    re.IGNORECASE,
)


def redacted(report: Report, dataset: Dataset, texts: Texts = ENGLISH) -> Report:
    """Return a report for customers, which says that it is redacted.

    :param dataset: the evidence the report was made of; its people and files are looked up in it.
    :param texts: the words, in a language.
    """
    mask = _Mask(dataset, texts)
    shown = mask.cleared(replace(report, sources=(), findings=()))
    assert isinstance(shown, Report)  # noqa: S101 - what was put in
    places = {one.focus: n for n, one in enumerate(report.findings, start=1)}
    numbers = {focus: n for n, focus in enumerate(places, start=1)}
    found = tuple(
        replace(
            one,
            focus=texts("redaction.record", n=numbers[one.focus]),
            message=mask.text(one.message),
            source="",
            value="",
        )
        for one in report.findings
    )
    own = [one for one in report.sources if one.part == "evidence"]
    sources = tuple(
        replace(one, name=texts("redaction.evidence_file", n=n))
        for n, one in enumerate(sorted(own, key=lambda s: s.sha256), start=1)
    ) + tuple(one for one in report.sources if one.part != "evidence")
    return replace(shown, findings=found, sources=sources, data="DATA", redacted=True)


class _Mask:
    """What is to be hidden of one dataset, and by what."""

    def __init__(self, dataset: Dataset, texts: Texts) -> None:
        self.file = texts("redaction.file")
        self.link = texts("redaction.link")
        self.address = texts("redaction.address")
        rows = dataset.rows("report/agents")
        order = {iri: n for n, iri in enumerate(sorted({r["agent"] or "" for r in rows}), start=1)}
        self.whole: dict[str, str] = {}
        names: dict[str, str] = {}
        for row in rows:
            iri = row["agent"] or ""
            pseudonym = texts("redaction.owner", n=order[iri])
            self.whole.setdefault(iri, pseudonym)
            self.whole.setdefault(iri.rstrip("/").rsplit("/", 1)[-1].casefold(), pseudonym)
            for name in _names(row["name"], whole=row["person"] != "true"):
                names.setdefault(name.casefold(), pseudonym)
        self.names = names
        self.pattern = _any_of(names)
        found = {r["file"] or "" for r in dataset.rows("report/evidence-files")} - {""}
        read = (*dataset.sources, *noted_sources(dataset))
        found |= {one.path for one in read if "/org/" in one.graph and PurePath(one.path).suffix}
        self.files = _any_of(
            {part for path in found for part in (path, PurePath(path).name, _windows(path))}
        )

    def text(self, said: str) -> str:
        """Return a text without people, links, paths and files."""
        if said.casefold() in self.whole:
            return self.whole[said.casefold()]
        if said in self.whole:
            return self.whole[said]
        said = LINK.sub(self.link, said)
        said = RECORD.sub(self.link, said)
        said = ADDRESS.sub(self.address, said)
        said = self.files.sub(self.file, said)
        said = PATH.sub(self.file, said)
        return self.pattern.sub(lambda one: self.names[one[0].casefold()], said)

    def cleared(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 - any value of a report
        """Return a value with every text in it cleared."""
        if isinstance(value, (*PUBLIC, Enum)) or name in OF_FRAMEWORKS:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple | list):
            return type(value)(self.cleared(one) for one in value)
        if isinstance(value, Mapping):
            return {
                key: "" if key == "file" else self.cleared(held, str(key))
                for key, held in value.items()
                if key != "iri"
            }
        if is_dataclass(value) and not isinstance(value, type):
            kept = {
                one.name: self.cleared(getattr(value, one.name), one.name) for one in fields(value)
            }
            if "file" in kept:
                kept["file"] = ""
            if isinstance(value, GapEntry):
                kept["command"] = None
            if isinstance(value, Report):
                kept |= {"fingerprint": value.fingerprint, "data_sha256": value.data_sha256}
            return type(value)(**kept)
        return value


def _names(name: str | None, *, whole: bool) -> list[str]:
    """Return what a person may be called in a text: the name, and its parts if it is a person's."""
    if not name:
        return []
    name = name.removeprefix("mailto:").strip()
    parts = [] if whole else [p for p in re.split(r"[\s,]+", name) if len(p) >= SHORTEST_PART]
    return [one for one in (name, *parts) if one]


def _any_of(words: Mapping[str, str] | set[str]) -> re.Pattern[str]:
    """Return what finds any of some words, the longest first, and no part of a word."""
    ordered = sorted((one for one in words if one), key=lambda one: (-len(one), one))
    if not ordered:
        return re.compile(r"(?!)")
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(one) for one in ordered) + r")(?!\w)", re.IGNORECASE
    )


def _windows(path: str) -> str:
    return PureWindowsPath(path).name
