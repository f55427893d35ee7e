"""The verbs that have an address: what each is asked with, what it answers, of whose data.

This table is the one place where they stand: the routes, the OpenAPI document, the processes that
answer and the tests are all made of it. What a verb does is in ``crosswalk.verbs``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosswalk.errors import UsageError, nearest
from crosswalk.namespaces import graph_iri
from crosswalk.verbs import Answer, Document, Text, assessment, knowledge, measurement

if TYPE_CHECKING:
    from crosswalk.graph import Dataset
    from crosswalk.validation import Report

__all__ = ["VERBS", "Asked", "Body", "Data", "Parameter", "Verb", "arguments", "named"]

Schema = dict[str, Any]
Said = Answer | Document | Text | dict[str, object]
Given = Mapping[str, Any]
"""Arguments by name, as they were read."""
ROWS = {"json": "application/json", "csv": "text/csv"}
"""The forms of a list of rows."""
ONE = {"json": "application/json"}
"""The form of one object."""


class Data:
    """Of whose data a verb answers."""

    LIBRARY = "library"
    """The public knowledge, for everybody."""
    OWN = "own"
    """The organisation of the caller; who has none names one or is refused."""
    ANY = "any"
    """The organisation of the caller, and the library for who has none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a verb.

    :param kind: text, day, flag, whole or share (a number from 0 to 1).
    :param many: whether it may be given several times.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    many: bool = False
    default: str | int | float | bool | None = None
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    example: str = ""

    @property
    def schema(self) -> Schema:
        """The JSON schema of its value."""
        held: Schema = dict(SCHEMAS[self.kind])
        if self.choices:
            held["enum"] = list(self.choices)
        if self.kind == "whole":
            held |= {"minimum": self.least, "maximum": self.most}
        if self.default is not None:
            held["default"] = self.default
        if self.many:
            return {"type": "array", "items": held, "maxItems": MANY} | (
                {"minItems": 1} if self.required else {}
            )
        return held

    def read(self, texts: Sequence[str]) -> object:
        """Return the value that is written.

        :raises UsageError: if it is not of the kind, or is given too often.
        """
        if len(texts) > (MANY if self.many else 1):
            raise UsageError(
                f"is given {len(texts)} times",
                place=self.name,
                remedy=f"Give it at most {MANY} times." if self.many else "Give it once.",
            )
        values = [self._one(text) for text in texts]
        return values if self.many else values[0]

    def _one(self, text: str) -> object:
        if self.choices and text not in self.choices:
            raise UsageError(
                f"unknown {self.name} {text!r}",
                place=self.name,
                remedy=nearest(text, self.choices) or f"There is {', '.join(self.choices)}.",
            )
        if self.kind == "day":
            return _day(text, self.name).isoformat()
        if self.kind == "flag":
            if text not in ("true", "false"):
                raise UsageError(
                    f"{text!r} is neither true nor false", place=self.name, remedy="Write one."
                )
            return text == "true"
        if self.kind == "whole":
            if not re.fullmatch(r"[0-9]{1,9}", text) or not self.least <= int(text) <= self.most:
                raise UsageError(
                    f"{text!r} is no whole number from {self.least} to {self.most}",
                    place=self.name,
                )
            return int(text)
        if self.kind == "share":
            if not re.fullmatch(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?", text):
                raise UsageError(f"{text!r} is no number from 0 to 1", place=self.name)
            return float(text)
        if not text.strip() or "\0" in text or len(text) > LONGEST:
            raise UsageError(
                "is empty, or too long", place=self.name, remedy="Give it a value or leave it out."
            )
        return text


def _day(text: str, place: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise UsageError(
            f"{text!r} is not a day of the calendar", place=place, remedy="Write YYYY-MM-DD."
        )
    return day


MANY = 50
"""How often a parameter may be given that may be given several times."""
LONGEST = 2000
"""The longest text of a parameter."""
SCHEMAS: dict[str, Schema] = {
    "text": {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "day": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "flag": {"type": "boolean"},
    "whole": {"type": "integer"},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
}
"""Kind of a parameter → the JSON schema of its value."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a verb is sent: media types, and what is read of them."""

    meaning: str
    media_types: tuple[str, ...]
    required: bool = True


@dataclass(slots=True)
class Asked:
    """What a verb answers from.

    :param dataset: the caller's: public knowledge, and the evidence of his organisation if any.
    :param own: whether an organisation's evidence is part of it.
    :param sources: the files of the evidence as it was sent, lossless.
    :param knowledge: further directories of knowledge that the service was started with.
    :param body: what was sent.
    """

    dataset: Dataset
    own: bool = False
    sources: Sequence[Path] = ()
    knowledge: Sequence[Path] = ()
    shipped: bool = True
    body: bytes = b""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb with an address.

    :param name: its address below ``/api/v1/``.
    :param say: what answers, of what is asked and the arguments by name.
    :param fields: name → JSON schema of the fields of a row, or of the one object that is
        answered; None where they depend on what is asked.
    :param listed: whether it answers a list of rows, which can be paged and had as CSV.
    :param formats: the forms of the answer by name, the preferred first.
    :param optional: the fields that are not always there.
    :param one_off: whether what is sent is all that it answers of.
    :param chooses: whether ``say`` is told the wished form, because it writes the answer itself.
    """

    name: str
    summary: str
    say: Callable[[Asked, Given], Said]
    parameters: tuple[Parameter, ...]
    fields: Mapping[str, Schema] | None
    data: str = Data.LIBRARY
    listed: bool = True
    formats: Mapping[str, str] = field(default_factory=lambda: ROWS)
    methods: tuple[str, ...] = ("GET",)
    body: Body | None = None
    optional: tuple[str, ...] = ()
    chooses: bool = False
    one_off: bool = False

    @property
    def dated(self) -> bool:
        """Whether it is asked for a day."""
        return any(one.name == "as_of" for one in self.parameters)


EXPORTS = {
    **ROWS,
    "sssom": "text/tab-separated-values",
    "jsonld": "application/ld+json",
    "turtle": "text/turtle",
    "oscal": "application/json",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REPORTS = {
    "json": "application/json",
    "html": "text/html",
    "csv": "text/csv",
    "pdf": "application/pdf",
    "xlsx": XLSX,
    "docx": DOCX,
    "soa-xlsx": XLSX,
    "soa-docx": DOCX,
    "review-docx": DOCX,
    "shacl": "text/turtle",
    "earl": "text/turtle",
    "oscal-ar": "application/json",
    "oscal-poam": "application/json",
    "oscal-component": "application/json",
}
"""The formats of ``crosswalk.report.WRITERS``, told without its libraries; a test holds them."""
STATEMENTS = {**ROWS, "xlsx": XLSX, "docx": DOCX}


def named(name: str) -> Verb:
    """Return the verb of an address.

    >>> named("frameworks").data
    'library'
    """
    return BY_NAME[name]


def arguments(verb: Verb, given: Mapping[str, Sequence[str]], *, today: date) -> dict[str, Any]:
    """Return the arguments that a request gives a verb, by name, as JSON can say them.

    :param today: what ``as_of`` is if nothing is said.
    :raises UsageError: if one is unknown, wrong or missing.

    >>> arguments(named("provisions"), {"edition": ["gdpr"]}, today=date(2026, 11, 20))
    {'edition': 'gdpr', 'as_of': '2026-11-20'}
    """
    known = {one.name: one for one in verb.parameters}
    for name in given:
        if name not in known:
            raise UsageError(
                f"{verb.name} has no parameter {name!r}",
                remedy=nearest(name, known) or f"It has: {', '.join(known) or 'none'}.",
            )
    found: dict[str, Any] = {}
    for one in verb.parameters:
        if one.name in given:
            found[one.name] = one.read(given[one.name])
        elif one.required:
            raise UsageError(f"{one.name} is missing", place=one.name, remedy=one.meaning)
        elif one.name == "as_of":
            found[one.name] = today.isoformat()
        elif one.default is not None:
            found[one.name] = one.default
    return found


def _fields(text: str) -> dict[str, Schema]:
    """Return name → schema of fields that are written ``name:kind``, a question mark for null."""
    found = {}
    for word in text.split():
        name, _, kind = word.partition(":")
        schema: Schema = dict(FIELDS[kind.rstrip("?")])
        if kind.endswith("?"):
            schema = {"anyOf": [schema, {"type": "null"}]}
        found[name] = schema
    return found


FIELDS: dict[str, Schema] = {
    "s": {"type": "string"},
    "d": {"type": "string", "format": "date"},
    "i": {"type": "integer"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "ss": {"type": "array", "items": {"type": "string"}},
    "o": {"type": "object"},
    "oo": {"type": "array", "items": {"type": "object"}},
    "any": {},
}
STEP = {
    "type": "object",
    "properties": {
        **_fields("mapping_set:s row:i? subject:s object:s reversed:b confidence:n"),
        "relation": {"anyOf": [FIELDS["s"], FIELDS["ss"]]},
    },
}
PATH: Schema = {"type": "array", "items": STEP}

AS_OF = Parameter("as_of", "day", "The day for which the question is asked; default today.")
EDITION = Parameter(
    "edition", "text", "Edition key, or a framework's name.", required=True, example="iso-42001"
)
SCOPE = Parameter("scope", "text", "One scope, by label or IRI.")
INFERRED = Parameter(
    "inferred", "flag", "Whether statuses may be inferred along mappings.", default=True
)
HORIZON = Parameter("horizon", "day", "The duties in force by then, on the evidence of as_of.")
KNOWN_AT = Parameter("known_at", "day", "Only what was on record by this day.")
JUDGED = (SCOPE, INFERRED, HORIZON, KNOWN_AT, AS_OF)
ROADMAP = Parameter("roadmap", "text", "The method whose phases are followed.", example="nexus")
START = Parameter("start", "day", "The first day of the roadmap's first month.")
REDACT = Parameter(
    "redact",
    "flag",
    "Whether people stand under pseudonyms, and links, paths and names of files are left out.",
    default=False,
)
CITATION = Parameter(
    "citation",
    "text",
    "A provision as a person writes it, its CURIE or its IRI.",
    required=True,
    example="ISO 42001 A.6.2.4",
)
DEPTH = Parameter("depth", "whole", "Mapping hops that are composed.", default=2, least=1, most=3)
PUBLISHER = Parameter("publisher", "text", "Only rows of this publisher.")


def _one_of(name: str, meaning: str, *, required: bool = False, example: str = "") -> Parameter:
    return Parameter(name, "text", meaning, required=required, example=example)


def _days(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with their days as days, and without ``organisation``."""
    return {
        name: date.fromisoformat(value) if name in DAYS else value
        for name, value in given.items()
        if name != "organisation"
    }


DAYS = ("as_of", "as_of_old", "horizon", "known_at", "start")


def _show(asked: Asked, given: Given) -> Said:
    return knowledge.show(asked.dataset, evidence=asked.own, **_days(given))


def _explain(asked: Asked, given: Given) -> Said:
    held = _days(given)
    if "other" in held:
        return knowledge.explain_pair(
            asked.dataset, citation=held["citation"], other=held["other"], as_of=held["as_of"]
        )
    if not asked.own:
        raise UsageError(
            "nothing to explain with",
            remedy="Ask as an organisation for a status, or give a second citation for a relation.",
        )
    return assessment.explain_status(asked.dataset, **held)


def _reuse(asked: Asked, given: Given) -> Said:
    held = _days(given)
    return knowledge.reuse(
        asked.dataset, source=held["from"], target=held["to"], as_of=held["as_of"]
    )


def _disagreements(asked: Asked, given: Given) -> Said:
    held = _days(given)
    return knowledge.disagreements(
        asked.dataset, source=held.pop("from", None), target=held.pop("to", None), **held
    )


def _export(asked: Asked, given: Given) -> Said:
    held = _days(given)
    return knowledge.mappings_export(
        asked.dataset, source=held.pop("from", ""), target=held.pop("to", ""), **held
    )


def _minimal(asked: Asked, given: Given) -> Said:
    held = _days(given)
    return knowledge.minimal(
        asked.dataset,
        targets=held.pop("for"),
        have=held.pop("have", ()),
        sources=held.pop("from", ()),
        implementations=held.pop("implementations"),
        as_of=held["as_of"],
    )


def _compare(asked: Asked, given: Given) -> Said:
    held = _days(given)
    return knowledge.compare_editions(asked.dataset, **held)


def _snapshots(asked: Asked, given: Given) -> Said:
    return assessment.compare_snapshots(asked.dataset, asked.dataset, **_days(given))


def _cite(asked: Asked, given: Given) -> Said:
    from crosswalk.cite import from_bytes

    held = _days(given)
    document = from_bytes(asked.body, held.pop("file"))
    return knowledge.cite(asked.dataset, documents=[document], **held)


def _query(asked: Asked, given: Given) -> Said:
    from crosswalk import queries
    from crosswalk.graph import serialise

    if "name" not in given:
        return knowledge.queries_of_the_library()
    query = queries.named(given["name"])
    bound = queries.bind(query, knowledge.query_parameters(given.get("param", ())))
    kind, value = serialise.answer_rows(asked.dataset, query.text, bound)
    if kind == "boolean":
        return Answer(("boolean",), [{"boolean": value}])
    if isinstance(value, tuple):
        return Answer(tuple(value[0]), value[1])
    return Text("text/turtle", str(value))


def _validate(asked: Asked, given: Given) -> Said:
    from crosswalk import validation

    format = given["format"]
    report = _validated(asked, given["as_of"])
    if format in ("turtle", "earl"):
        return Text("text/turtle", validation.as_turtle(report, earl=format == "earl"))
    return assessment.validated(report)


def _validated(asked: Asked, as_of: str) -> Report:
    from crosswalk import evidence, validation

    quads = (
        evidence.read(asked.body, asked.media_type, graph=graph_iri("org", "sent"))
        if asked.body
        else None
    )
    return validation.validate(
        asked.dataset, asked.sources, as_of=date.fromisoformat(as_of), quads=quads
    )


def _changed(asked: Asked) -> Dataset:
    """Return the dataset as it would be with what was sent, in memory."""
    from crosswalk import evidence
    from crosswalk.graph import Dataset

    made = Dataset(apart=asked.dataset.knowledge)
    made.add(asked.dataset.quads())
    if asked.body:
        made.add(evidence.read(asked.body, asked.media_type, graph=graph_iri("org", "sent")))
    return made


def _whatif(asked: Asked, given: Given) -> Said:
    held = _days(given)
    if not held.get("remove") and not asked.body:
        raise UsageError("nothing would change", remedy="Name what to remove, or send what to add.")
    return assessment.whatif(asked.dataset, _changed(asked), **held)


def _report(asked: Asked, given: Given) -> Said:
    held = _days(given)
    return assessment.report(asked.dataset, checked=_validated(asked, given["as_of"]), **held)


def _soa(asked: Asked, given: Given) -> Said:
    held = _days(given)
    format, redact = held.pop("format"), held.pop("redact")
    if format not in ROWS:
        edition = [held.pop("edition")]
        return assessment.report(
            asked.dataset,
            edition=edition,
            checked=None,
            redact=redact,
            format=format,
            soa=True,
            **held,
        )
    if redact:
        raise UsageError(
            f"{format} is not redacted", place="redact", remedy="Ask for xlsx or docx, or leave it."
        )
    return assessment.soa(asked.dataset, **held)


def _measure(asked: Asked, given: Given) -> Said:
    from crosswalk import measure

    rows, parameters = given.get("row", ()), given.get("set", ())
    metric, objective = given.get("metric"), given.get("objective")
    if metric is None:
        if asked.body or rows or parameters or objective:
            raise UsageError("no metric is named", place="metric", remedy="Name one.")
        return measurement.methods()
    if bool(asked.body) == bool(rows):
        raise UsageError(
            "the numbers are given twice" if rows else "there are no numbers",
            place="row",
            remedy="Give each row=name=value,…, or send a CSV with POST.",
        )
    if objective is not None and not asked.own:
        raise UsageError(
            "an objective is an organisation's", place="objective", remedy="Ask as one."
        )
    table = measure.given(rows) if rows else measure.parsed(asked.body, "body")
    figure = measure.reckon(metric, table, measurement.parameters(parameters))
    return measurement.measured(
        figure,
        objective=objective,
        dataset=asked.dataset,
        as_of=date.fromisoformat(given["as_of"]),
    )


def _own(function: Callable[..., Said]) -> Callable[[Asked, Given], Said]:
    """Return what answers of a dataset with a function that takes the arguments as they are."""

    def say(asked: Asked, given: Given) -> Said:
        return function(asked.dataset, **_days(given))

    return say


MAP_FIELDS = {
    **_fields("subject:s relations:ss object:s object_title:s rationale_type:s confidence:n"),
    **_fields("hops:i derived:b publisher:s"),
    "path": PATH,
}
MAPPING_SET_FIELDS = {
    name: FIELDS["s"]
    if name in ("mapping_set", "publisher", "version", "subject_edition", "object_edition")
    else {"anyOf": [FIELDS["s"], FIELDS["n"], {"type": "null"}]}
    for name in knowledge.MAPPING_SETS
}
RDF = ("text/turtle", "application/ld+json", "application/n-quads", "application/trig")

VERBS: tuple[Verb, ...] = (
    Verb(
        "frameworks",
        "The editions that are carried.",
        lambda asked, _: knowledge.frameworks(asked.dataset),
        (),
        _fields(
            "edition:s title:s publisher:s version:s issued:d? in_force_from:d? in_force_to:d? "
            "provisions:i counted:i text_licence:s"
        ),
    ),
    Verb(
        "provisions",
        "The provisions of an edition.",
        _own(knowledge.provisions),
        (EDITION, AS_OF),
        _fields("id:s parent:s kind:s title:s counted:b iri:s"),
    ),
    Verb(
        "show",
        "A provision, its place, its mappings in each direction and, for an organisation, its "
        "evidence.",
        _show,
        (CITATION, AS_OF),
        _fields(
            "edition:s id:s parent:s kind:s title:s counted:b iri:s paraphrase:s? note:s? "
            "topics:ss place:oo mappings:oo evidence:oo"
        ),
        Data.ANY,
        listed=False,
        formats=ONE,
        optional=("evidence",),
    ),
    Verb(
        "map",
        "What provisions correspond to in another edition, by rows asserted and composed.",
        _own(knowledge.map_provisions),
        (
            Parameter(
                "citation",
                "text",
                CITATION.meaning,
                required=True,
                many=True,
                example=CITATION.example,
            ),
            _one_of("to", "The edition to map to.", required=True, example="eu-ai-act-2026"),
            Parameter("asserted", "flag", "Only asserted rows, nothing composed.", default=False),
            DEPTH,
            Parameter(
                "min_confidence",
                "share",
                "Only relations of at least this confidence.",
                default=0.0,
            ),
            PUBLISHER,
            AS_OF,
        ),
        MAP_FIELDS,
    ),
    Verb(
        "explain",
        "What is known between two provisions; or, for an organisation, a provision's status "
        "replayed from evidence to rule.",
        _explain,
        (CITATION, _one_of("other", "The second provision."), *JUDGED),
        None,
        Data.ANY,
        listed=False,
        formats=ONE,
    ),
    Verb(
        "mappings/list",
        "The mapping sets with the distribution of their rows.",
        lambda asked, _: knowledge.mappings_list(
            asked.dataset, knowledge=asked.knowledge, shipped=asked.shipped
        ),
        (),
        MAPPING_SET_FIELDS,
    ),
    Verb(
        "mappings/export",
        "Mappings to be handed on: asserted rows and, if asked for, derived ones.",
        _export,
        (
            _one_of("from", "The edition they start from.", example="iso-42001-2023"),
            _one_of("to", "The edition they lead to.", example="gdpr-2016"),
            Parameter("derived", "flag", "Also what follows from several rows.", default=False),
            DEPTH,
            PUBLISHER,
            AS_OF,
        ),
        _fields(
            "subject_edition:s subject_id:s relation:s object_edition:s object_id:s confidence:n "
            "publisher:s derived:b hops:i"
        ),
        formats=EXPORTS,
        chooses=True,
    ),
    Verb(
        "compare",
        "What became of every provision of an edition in another of its framework.",
        _compare,
        (
            _one_of("old", "The old edition.", required=True, example="iso-27001-2013"),
            _one_of("new", "The new edition.", required=True, example="iso-27001-2022"),
            Parameter("change", "text", "Only rows of this change.", many=True),
            AS_OF,
        ),
        _fields("id_from:s? id_to:s? change:s note:s"),
    ),
    Verb(
        "compare/snapshots",
        "What differs between two days of an organisation, and which statuses flip.",
        _snapshots,
        (
            Parameter(
                "edition",
                "text",
                "An edition whose statuses are compared.",
                required=True,
                many=True,
                example="iso-42001",
            ),
            Parameter(
                "as_of_old",
                "day",
                "The day of the old snapshot.",
                required=True,
                example="2026-10-15",
            ),
            SCOPE,
            AS_OF,
        ),
        _fields("kind:s subject:s before:s? after:s? why:s"),
        Data.OWN,
    ),
    Verb(
        "disagreements",
        "Where publishers differ, rows that contradict each other, rows not reviewed.",
        _disagreements,
        (
            _one_of("from", "Only pairs with an end in this edition."),
            _one_of("to", "Only pairs with the other end in this edition."),
            Parameter("kind", "text", "Only this kind.", many=True),
            Parameter(
                "listed_by_one",
                "flag",
                "Also pairs that one publisher lists and another does not mention.",
                default=False,
            ),
            Parameter("rows", "flag", "Each unreviewed row, instead of counts.", default=False),
            AS_OF,
        ),
        _fields("kind:s subject:s object:s publishers:ss said:s rows:ss note:s"),
    ),
    Verb(
        "reuse",
        "How much of one edition another carries, provision by provision.",
        _reuse,
        (
            _one_of("from", "What is in place.", required=True, example="iso-27001-2022"),
            _one_of("to", "What is asked.", required=True, example="iso-42001-2023"),
            AS_OF,
        ),
        _fields("provision:s title:s carried:s by:any confidence:n? derived:any rows:any"),
    ),
    Verb(
        "minimal",
        "The smallest set of provisions, or of implementations, that covers some editions.",
        _minimal,
        (
            Parameter(
                "for",
                "text",
                "An edition to be covered.",
                required=True,
                many=True,
                example="iso-42001",
            ),
            Parameter("have", "text", "An edition that is in place.", many=True),
            Parameter("from", "text", "Choose only from this edition.", many=True),
            Parameter(
                "implementations",
                "flag",
                "Choose from the implementations of the organisation.",
                default=False,
            ),
            AS_OF,
        ),
        _fields("role:s provision:s title:s covers:any by:any rows:any"),
        Data.ANY,
    ),
    Verb(
        "cite",
        "The citations of a document, each with a verdict.",
        _cite,
        (
            Parameter(
                "file",
                "text",
                "The document's name; its ending tells the format.",
                default="document.txt",
            ),
            _one_of("edition", "What is cited where the document names no framework."),
            Parameter("faults", "flag", "Only the citations that are faults.", default=False),
            AS_OF,
        ),
        _fields("file:s line:any text:s edition:s? id:s? verdict:s suggestion:s? place:any"),
        methods=("POST",),
        body=Body(
            "The document: text, Markdown, CSV, HTML, PDF, DOCX or XLSX.",
            ("text/plain", "text/markdown", "text/csv", "text/html", "application/octet-stream"),
        ),
    ),
    Verb(
        "query",
        "The answer of a query of the library, by name; without a name, the list of the library.",
        _query,
        (
            _one_of("name", "The query, such as catalogue/provisions."),
            Parameter("param", "text", "A parameter of the query, as name=value.", many=True),
        ),
        None,
        Data.ANY,
        formats={**ROWS, "turtle": "text/turtle"},
    ),
    Verb(
        "binds",
        "Which duties of a law bind whom, from when, and why.",
        _own(assessment.binds),
        (
            _one_of("role", "Only duties of this operator role."),
            _one_of("system", "Only this AI system, by label or IRI."),
            Parameter("edition", "text", "The law.", default="eu-ai-act"),
            HORIZON,
            AS_OF,
        ),
        _fields("system:s provision:s addressee:s risk_class:s applies_from:d? binds:s why:s"),
        Data.OWN,
    ),
    Verb(
        "coverage",
        "The figures of an edition: one vector that sums to n, and the interval lo to hi.",
        _own(assessment.coverage),
        (EDITION, *JUDGED),
        _fields(
            "edition:s as_of:d scope:s n:i satisfied_direct:i satisfied_inferred:i partial:i "
            "supported:i not_satisfied_inferred:i failed:i conflict:i unknown:i lead_overlap:i "
            "lead_indeterminate:i not_applicable:i not_yet:i lo:n? hi:n? "
            "by_certificate:i"
        ),
        Data.OWN,
    ),
    Verb(
        "gaps",
        "What is not shown, why, and on what that rests; the most serious first.",
        _own(assessment.gaps),
        (EDITION, ROADMAP, *JUDGED),
        _fields("provision:s title:s status:s gap_kind:s detail:s explanation:o owner:s? phase:s?"),
        Data.OWN,
    ),
    Verb(
        "plan",
        "The gaps as actions in order: what first, whose, until when, and what it gains.",
        _own(assessment.plan),
        (EDITION, ROADMAP, START, *JUDGED),
        _fields(
            "order:i provision:s title:s status:s gap:s gaps:ss detail:s phase:s? phase_why:s "
            "owner_role:s? owner_why:s owner:s? depends_on:oo effect:n? lo:n? due:d? due_why:s "
            "why:s scope:s"
        ),
        Data.OWN,
        formats={**ROWS, "ics": "text/calendar"},
        chooses=True,
    ),
    Verb(
        "soa",
        "The Statement of Applicability: every control, decided and shown or not.",
        _soa,
        (
            Parameter(
                "edition", "text", "The edition whose controls are decided.", default="iso-42001"
            ),
            SCOPE,
            REDACT,
            AS_OF,
        ),
        _fields(
            "control:s title:s applicable:b? justification:s? implementation:s? status:s "
            "evidence:ss"
        ),
        Data.OWN,
        formats=STATEMENTS,
        chooses=True,
    ),
    Verb(
        "measure",
        "A figure by a published method, of numbers that are given; without a metric, the methods.",
        _measure,
        (
            Parameter("metric", "text", "What is computed.", example="selection-rate-ratio"),
            Parameter("row", "text", "A row of numbers, as name=value,name=value.", many=True),
            Parameter("set", "text", "A parameter of the metric, as name=value.", many=True),
            _one_of("objective", "What it measures, by IRI: whether its target is met is said."),
            AS_OF,
        ),
        None,
        Data.ANY,
        methods=("GET", "POST"),
        body=Body("The numbers: a CSV with one header.", ("text/csv",)),
    ),
    Verb(
        "measure/check",
        "The measurements on record that state their method, each computed again.",
        lambda asked, _: measurement.measured_again(asked.dataset, ()),
        (),
        _fields("measurement:s metric:s stated:s recomputed:s? unit:s verdict:s detail:s"),
        Data.OWN,
    ),
    Verb(
        "whatif",
        "What would change if evidence were added (POST) or removed; nothing is.",
        _whatif,
        (
            Parameter(
                "edition",
                "text",
                "An edition whose statuses are asked for.",
                required=True,
                many=True,
                example="iso-42001",
            ),
            Parameter(
                "remove",
                "text",
                "A record that would not be there: by IRI, label or the last parts of its IRI.",
                many=True,
            ),
            SCOPE,
            HORIZON,
            KNOWN_AT,
            AS_OF,
        ),
        _fields("edition:s what:s provision:s? title:s? before:any after:any why:s"),
        Data.OWN,
        methods=("GET", "POST"),
        body=Body("The evidence that would be there.", RDF),
    ),
    Verb(
        "validate",
        "What is wrong with the evidence on record (GET), or with a graph that is sent (POST).",
        _validate,
        (AS_OF,),
        _fields("focus:s shape:s path:s severity:s message:s source:s"),
        Data.OWN,
        formats={**ROWS, "turtle": "text/turtle", "earl": "text/turtle"},
        chooses=True,
        methods=("GET", "POST"),
        body=Body("The graph to be validated; nothing of it is kept.", RDF),
        one_off=True,
    ),
    Verb(
        "report",
        "The gap report: a page, a workbook, a document, OSCAL, its content.",
        _report,
        (
            Parameter(
                "edition",
                "text",
                "An edition to report on.",
                required=True,
                many=True,
                example="iso-42001",
            ),
            ROADMAP,
            START,
            REDACT,
            *JUDGED,
        ),
        None,
        Data.OWN,
        listed=False,
        formats=REPORTS,
        chooses=True,
    ),
)
BY_NAME = {verb.name: verb for verb in VERBS}
