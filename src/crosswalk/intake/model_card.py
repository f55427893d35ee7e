"""A model card: YAML front matter and Markdown sections, as one evidence item and measurements.

A section is known by its whole heading, never by words of its text. Results of ``model-index`` are
measurements; a card says no day of them, so they have none until somebody tells it.

.. seealso:: Hugging Face Hub, Model Cards and their metadata; Mitchell et al., 2019
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import pyoxigraph as ox

from crosswalk.errors import DataError, NotInstalledError
from crosswalk.graph import Dataset
from crosswalk.intake.documents import OPTIONS as TOLD
from crosswalk.intake.documents import Document, require_options
from crosswalk.intake.opening import text_of, yaml_of
from crosswalk.intake.reading import Account, Reading, Source
from crosswalk.namespaces import expand

__all__ = ["OPTIONS", "read"]

KIND = "model-card"
OPTIONS = TOLD
"""What an import may be told beside the card: option → meaning."""
LARGEST = 2 << 20
"""Bytes of a card."""

INTENDED, LIMITS = "intended-use", "limitations"
TRAINING, EVALUATION = "training-data", "evaluation"
LEADS = {
    INTENDED: "Intended use",
    LIMITS: "Limitations",
    TRAINING: "Training data",
    EVALUATION: "Evaluation",
}
HEADINGS: dict[str, tuple[str, ...]] = {
    "direct use": (INTENDED,),
    "downstream use": (INTENDED,),
    "intended use": (INTENDED,),
    "intended uses": (INTENDED,),
    "model use": (INTENDED,),
    "out-of-scope use": (INTENDED,),
    "out-of-scope use cases": (INTENDED,),
    "primary intended users": (INTENDED,),
    "primary intended uses": (INTENDED,),
    "use cases": (INTENDED,),
    "uses": (INTENDED,),
    "intended use & limitations": (INTENDED, LIMITS),
    "intended uses & limitations": (INTENDED, LIMITS),
    "bias": (LIMITS,),
    "bias & fairness": (LIMITS,),
    "bias & limitations": (LIMITS,),
    "bias, risks & limitations": (LIMITS,),
    "bias, risks, & limitations": (LIMITS,),
    "caveats & recommendations": (LIMITS,),
    "ethical considerations": (LIMITS,),
    "known limitations": (LIMITS,),
    "limitations": (LIMITS,),
    "limitations & bias": (LIMITS,),
    "limitations & biases": (LIMITS,),
    "risks & limitations": (LIMITS,),
    "risks, limitations & biases": (LIMITS,),
    "performance & limitations": (EVALUATION, LIMITS),
    "data": (TRAINING,),
    "dataset": (TRAINING,),
    "datasets": (TRAINING,),
    "pretraining data": (TRAINING,),
    "training data": (TRAINING,),
    "training dataset": (TRAINING,),
    "training datasets": (TRAINING,),
    "training & evaluation data": (TRAINING, EVALUATION),
    "benchmark results": (EVALUATION,),
    "benchmarks": (EVALUATION,),
    "evaluation": (EVALUATION,),
    "evaluation data": (EVALUATION,),
    "evaluation results": (EVALUATION,),
    "metrics": (EVALUATION,),
    "performance": (EVALUATION,),
    "quantitative analyses": (EVALUATION,),
    "results": (EVALUATION,),
    "testing data": (EVALUATION,),
    "testing data, factors & metrics": (EVALUATION,),
}
"""A heading → the parts of a card that its section says."""
ASIDE = frozenset(
    ("how to get started with the model", "how to use", "usage", "use with transformers")
)
"""Headings of what says nothing of the model, even within a section that does."""
BLANK = frozenset(("[more information needed]", "more information needed", "n/a", "tbd", "todo"))
NAMELESS = frozenset(("readme", "model_card", "modelcard", "model-card", "index"))


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a card: its lines from ``start`` to ``end``, counted from 1."""

    level: int
    heading: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """Its heading as it is looked up."""
        return _normal(self.heading)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of a card that it says."""
        return HEADINGS.get(self.name, ())


def read(source: Source, dataset: Dataset) -> Reading:
    r"""Return what a model card says, and what became of each entry and section of it.

    :raises DataError: if it is no text, too large, or its front matter is no YAML that is read.
    :raises NotInstalledError: if the library that reads Markdown is not installed.

    >>> from datetime import date
    >>> from crosswalk.graph import open_dataset
    >>> card = b"---\nlicense: mit\n---\n# Ranker\n## Limitations\nNo Basque."
    >>> source = Source("ranker.md", card, "acme", date(2026, 11, 20))
    >>> for line in read(source, open_dataset()).lines[:2]:
    ...     print(line.outcome, line.place, line.detail)
    mapped /license mit
    mapped line 5 Limitations: limitations
    """
    require_options(source, OPTIONS)
    account = Account(source, KIND)
    text = text_of(source)
    if len(source.data) > LARGEST:
        raise DataError(
            f"is larger than {LARGEST >> 20} MB, so it is no card",
            place=source.name,
            remedy="Take out what is embedded, such as pictures.",
        )
    lines = text.splitlines()
    end = _front_matter(lines, source)
    said = _metadata(source, lines[1 : end - 1]) if end else {}
    sections = _sections(lines, end)
    name = _name(source, said, sections)
    item = Document(account, "cw:ModelCard", f"Model card of {name}")
    item.parts.add("card")
    if "system" in source.options:
        system = account.named("system", source.options["system"])
    else:
        system = account.named("system", name)
        account.say(system, "rdf:type", ox.NamedNode(expand("airo:AISystem")))
        account.say(system, "rdfs:label", name)
    account.say(item.iri, "dcterms:subject", system)
    _take_metadata(account, item, said, system)
    _take_sections(account, item, lines, end, sections, system)
    item.shows(
        dataset,
        kind=KIND,
        subject=source.options.get("system", name),
        label=f"Documentation of {name} by a model card",
        system=system,
    )
    return account.reading()


def _normal(heading: str) -> str:
    """Return a heading without case, marks at its ends, and the spelling of its "and"."""
    words = heading.casefold().replace("_", " ").replace("*", " ").replace("&amp;", "&").split()
    found = " ".join("&" if one == "and" else one for one in words)
    while found and not (found[0].isalnum() or found[0] in "(["):
        found = found[1:]
    return found.rstrip(" :.#")


def _front_matter(lines: list[str], source: Source) -> int:
    """Return how many lines the front matter takes; 0 if there is none."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() in ("---", "..."):
            return number
    raise DataError(
        "has a front matter that does not end",
        place=f"{source.name}:1",
        remedy="Close it with a line of three dashes.",
    )


def _metadata(source: Source, lines: list[str]) -> dict[str, Any]:
    """Return what the front matter says; its lines are counted as in the card."""
    said = yaml_of(replace(source, data="\n".join(["", *lines]).encode()))
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise DataError(
            "has a front matter that is no list of entries",
            place=f"{source.name}:2",
            remedy="Write entries as key: value.",
        )
    return said


def _sections(lines: list[str], end: int) -> list[Section]:
    """Return the sections of the Markdown after the front matter."""
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise NotInstalledError(
            "reading a model card needs markdown-it-py, which is not installed",
            remedy="Install the extra: pip install 'aigov-crosswalk[documents]'.",
        ) from None
    parser = MarkdownIt("commonmark")
    parser.core.ruler.disable("inline")
    tokens = parser.parse("\n".join([""] * end + lines[end:]))
    heads = [
        (int(token.tag[1:]), tokens[n + 1].content.strip(), token.map[0] + 1)
        for n, token in enumerate(tokens)
        if token.type == "heading_open" and token.map is not None and token.level == 0
    ]
    found = []
    for n, (level, heading, start) in enumerate(heads):
        after = (one for one in heads[n + 1 :] if one[0] <= level)
        found.append(Section(level, heading, start, next(after, (0, "", len(lines) + 1))[2] - 1))
    return found


def _name(source: Source, said: dict[str, Any], sections: list[Section]) -> str:
    """Return what the model is called: as told, as the card says, or as the file is called.

    :raises DataError: if none of them names it.
    """
    named: list[object] = [source.options.get("system"), said.get("model_name")]
    index = said.get("model-index")
    if isinstance(index, list) and len(index) == 1 and isinstance(index[0], dict):
        named.append(index[0].get("name"))
    named += [one.heading for one in sections if one.level == 1][:1]
    stem = PurePosixPath(source.name).stem
    if stem.casefold() not in NAMELESS:
        named.append(stem)
    for one in named:
        text = one.strip() if isinstance(one, str) else ""
        for lead in ("model card for", "model card of", "model card:", "model card -"):
            if text.casefold().startswith(lead):
                text = text[len(lead) :].strip()
        if any(sign.isalnum() for sign in text) and _normal(text) not in HEADINGS:
            return " ".join(text.strip("`* ").split())[:200]
    raise DataError(
        "does not say which model it is of",
        place=source.name,
        remedy="Give the key of the AI system (option system).",
    )


def _take_metadata(
    account: Account, item: Document, said: dict[str, Any], system: ox.NamedNode
) -> None:
    for key, value in said.items():
        place = f"/{key}"
        if value is None or value == [] or value == "":
            account.passed_over(place, "is empty")
        elif key == "model-index":
            _take_results(account, item, value, system)
        elif key in ("license", "license_name", "license_link", "language"):
            words = _words(account, place, value)
            for one in words:
                predicate = "dcterms:language" if key == "language" else "dcterms:license"
                account.say(item.iri, predicate, one)
            if words:
                account.mapped(place, item.iri, ", ".join(words))
        elif key in ("datasets", "base_model"):
            for one in _words(account, place, value):
                _take_resource(account, item, key, one, system)
        else:
            account.passed_over(place, "has no place in the graph; it stays in the source")


def _words(account: Account, place: str, value: object) -> list[str]:
    """Return a text or a list of texts, or refuse it."""
    said = value if isinstance(value, list) else [value]
    found = [one.strip() for one in said if isinstance(one, str) and one.strip()]
    if len(found) < len(said):
        account.refused(place, "is neither a text nor a list of texts", "Write it as one.")
        return []
    return found


def _take_resource(
    account: Account, item: Document, key: str, name: str, system: ox.NamedNode
) -> None:
    """Take a data set or a model that the model was made from."""
    found = account.hashed("resource", key, name)
    term = "dcat:Dataset" if key == "datasets" else "prov:Entity"
    account.say(found, "rdf:type", ox.NamedNode(expand(term)))
    account.say(found, "rdfs:label", name)
    account.say(system, "prov:wasDerivedFrom", found)
    account.say(item.iri, "dcterms:references", found)
    if key == "datasets":
        item.parts.add(TRAINING)
    account.mapped(f"/{key}", found, name)


def _take_results(account: Account, item: Document, said: object, system: ox.NamedNode) -> None:
    """Take the results of ``model-index``, each metric a measurement."""
    for place, model in _entries(account, "/model-index", said):
        for where, result in _entries(account, f"{place}/results", model.get("results")):
            task, data = _object(result, "task"), _object(result, "dataset")
            metrics = _entries(account, f"{where}/metrics", result.get("metrics"))
            for at, metric in metrics:
                kind = metric.get("type")
                if not isinstance(kind, str) or not any(sign.isalnum() for sign in kind):
                    account.refused(at, "has no type", "Say which metric it is, as type: accuracy.")
                    continue
                if "value" not in metric:
                    account.refused(at, f"{kind} has no value", "Give it one, or take it out.")
                    continue
                on = str(data.get("name") or data.get("type") or "unnamed data")
                split = f" ({data['split']})" if data.get("split") else ""
                called = metric.get("name")
                label = f"{called if isinstance(called, str) else kind} on {on}{split}"
                item.parts.add(EVALUATION)
                item.measurement(
                    at,
                    metric=kind,
                    value=metric["value"],
                    of=[
                        _text(model.get("name")),
                        *(_text(task.get(key)) for key in ("type", "name")),
                        *(
                            _text(data.get(key))
                            for key in ("type", "name", "config", "split", "revision", "args")
                        ),
                        *(_text(metric.get(key)) for key in ("name", "config", "args")),
                    ],
                    label=label,
                    about=[("cw:forSystem", system)],
                )


def _entries(account: Account, place: str, said: object) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a list with their places; what is none is refused."""
    if not isinstance(said, list) or not said:
        account.refused(place, "is no list of entries", "Write it as the Hub's metadata has it.")
        return []
    found = []
    for n, one in enumerate(said):
        if isinstance(one, dict):
            found.append((f"{place}/{n}", one))
        else:
            account.refused(f"{place}/{n}", "is no entry with keys", "Write key: value.")
    return found


def _object(said: dict[str, Any], key: str) -> dict[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _take_sections(
    account: Account,
    item: Document,
    lines: list[str],
    end: int,
    sections: list[Section],
    system: ox.NamedNode,
) -> None:
    """Take the sections, outermost first; what a section holds is told once."""
    first = sections[0].start if sections else len(lines) + 1
    if any(line.strip() for line in _visible(lines[end : first - 1])):
        account.passed_over(
            f"line {end + 1}", "text before the first heading; it stays in the source"
        )
    told_until = 0
    for n, one in enumerate(sections):
        own = [
            inner
            for inner in sections[n + 1 :]
            if inner.start <= one.end and (inner.parts or inner.name in ASIDE)
        ]
        place = f"line {one.start}"
        if not one.parts:
            if one.name in ASIDE or one.start > told_until:
                follows = sections[n + 1].start if n + 1 < len(sections) else one.end + 1
                text = _content(lines, one.start, min(follows - 1, one.end), [])
                if text:
                    account.passed_over(
                        place,
                        f"{one.heading[:100]}: has no place in the graph; it stays in the source",
                    )
            continue
        told_until = max(told_until, one.end)
        text = _content(lines, one.start, one.end, own)
        if not text or _normal(text) in BLANK or text.casefold() in BLANK:
            account.passed_over(place, f"{one.heading[:100]}: says nothing of its own")
            continue
        cut = [item.tell(part, text, lead=LEADS[part]) for part in one.parts]
        if INTENDED in one.parts and "system" not in account.source.options:
            account.say(system, "cw:purpose", text[:1_000])
        note = "; cut, the whole stays in the source" if any(cut) else ""
        account.mapped(place, item.iri, f"{one.heading[:100]}: {', '.join(one.parts)}{note}")


def _content(lines: list[str], start: int, end: int, without: list[Section]) -> str:
    """Return the text of a section below its heading, but for sections within it."""
    gone = {number for one in without for number in range(one.start, one.end + 1)}
    body = [lines[number - 1] for number in range(start + 1, end + 1) if number not in gone]
    if body and set(body[0].strip()) in ({"="}, {"-"}):
        body = body[1:]
    return "\n".join(_visible(body)).strip()


def _visible(lines: list[str]) -> list[str]:
    """Return lines without comments of HTML."""
    kept, hidden = [], False
    for line in lines:
        text = line
        while True:
            if hidden:
                before, closed, text = text.partition("-->")
                if not closed:
                    text = ""
                    break
                hidden = False
            before, opened, rest = text.partition("<!--")
            if not opened:
                break
            after = rest.partition("-->")
            if after[1]:
                text = before + after[2]
            else:
                text, hidden = before, True
                break
        kept.append(text)
    return kept
