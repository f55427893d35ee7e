"""The documents of an organisation over HTTP: listed, put, amended, withdrawn.

A document is a named graph, its bytes as they were sent, and who sent them when. A change is
validated before it is made; then graph and provenance change in one transaction, and only if
nothing else has changed since it was validated.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosswalk import evidence, queries
from crosswalk.access import Caller, Scope
from crosswalk.errors import (
    ConflictError,
    MediaTypeError,
    NotFoundError,
    TooLargeError,
    UsageError,
)
from crosswalk.graph.pool import Pool
from crosswalk.graph.records import provenance_graph
from crosswalk.graph.served import Served
from crosswalk.graph.writing import Written
from crosswalk.namespaces import expand, graph_iri
from crosswalk.web.asking import (
    guarded,
    media_type_of,
    own_dataset,
    read_body,
)
from crosswalk.web.callers import Callers
from crosswalk.web.datasets import Dataset
from crosswalk.web.openapi import ORGANISATION, body_schema, refusals
from crosswalk.web.paging import PREFIX
from crosswalk.web.problems import problem

__all__ = [
    "NAME",
    "SEVERAL_WRITTEN",
    "Document",
    "Evidence",
    "Original",
    "Sent",
    "described",
    "documents",
    "kept",
]

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
ACTIONS = {"PUT": "put", "PATCH": "amend", "DELETE": "withdraw"}
NQUADS = "application/n-quads"
SEVERAL = 200
"""Documents of one request."""
TRIES = 3
"""How often a change is validated anew because another one came between."""
FIELDS = ("name", "graph", "media_type", "bytes", "sha256", "at", "by")
SHA256 = re.compile(r"[0-9a-f]{64}")
VARY = "Accept, Authorization"


@dataclass(frozen=True, slots=True)
class Document:
    """A document that an organisation has put.

    :param at: when, UTC.
    :param by: the name of the caller.
    """

    name: str
    graph: str
    media_type: str
    bytes: int
    sha256: str
    at: str
    by: str

    @property
    def etag(self) -> str:
        """Its ETag: its bytes and what they are."""
        return f'"{self.sha256}"'


@dataclass(frozen=True, slots=True)
class Original:
    """What a document was imported from; it is kept beside the document."""

    name: str
    body: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """A document of a request: what is to become of it, and its bytes."""

    name: str
    action: str
    body: bytes = b""
    media_type: str = ""
    original: Original | None = None

    def graph(self, organisation: str) -> str:
        """Return the graph that the document is."""
        return graph_iri("org", organisation, "evidence", self.name)

    def is_there(self, held: Document | None) -> bool:
        """Return whether putting it would change nothing."""
        if self.action != "put" or held is None:
            return False
        digest = hashlib.sha256(self.body).hexdigest()
        return (held.sha256, held.media_type) == (digest, self.media_type)

    def document(self, graph: str, caller: Caller) -> Document:
        """Return the document as it is on record from now on."""
        return Document(
            self.name,
            graph,
            self.media_type,
            len(self.body),
            hashlib.sha256(self.body).hexdigest(),
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            caller.name,
        )


@dataclass(slots=True)
class Evidence:
    """What answers at ``/api/v1/evidence``.

    :param doors: who sees what.
    :param pool: the processes that check changes.
    :param body: the most bytes of a document.
    """

    doors: Callers
    pool: Pool
    body: int = 16 << 20
    today: Callable[[], date] = date.today
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict, repr=False)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{PREFIX}evidence", guarded(self._all), methods=["GET", "POST"]),
            Route(
                f"{PREFIX}evidence/{{name}}",
                guarded(self._document),
                methods=["GET", *ACTIONS],
            ),
        ]

    async def put(
        self,
        request: Request,
        dataset: Dataset,
        caller: Caller,
        organisation: str,
        sent: Sent,
    ) -> Response:
        """Return what has become of a document that is made for a request."""
        return await self._tried(request, dataset, caller, organisation, [sent])

    async def tried(
        self, dataset: Dataset, caller: Caller, organisation: str, sent: Sent
    ) -> Response:
        """Return what would become of a document if it were put."""
        engine = dataset.engine
        held = await documents(engine, organisation)
        generation = engine.generation
        before = _named(held, sent.name)
        if sent.is_there(before):
            told = [one for one in (before,) if one is not None]
            return _answered(told, generation, [], set(), set(), several=True)
        found = await self._checked(engine, held, organisation, [sent], caller)
        if found["assesses"]:
            caller.require(Scope.ASSESS)
        if found["violations"]:
            return _violating([sent.name], found)
        after = sent.document(sent.graph(organisation), caller)
        return _answered([after], generation, found["findings"], {sent.name}, set(), several=True)

    async def _all(self, request: Request) -> Response:
        return await (
            self._put_several(request) if request.method == "POST" else self._list(request)
        )

    async def _document(self, request: Request) -> Response:
        action = ACTIONS.get(request.method)
        return await (self._write(request, action) if action else self._get(request))

    async def _list(self, request: Request) -> Response:
        async with own_dataset(self.doors, request, Scope.READ) as (dataset, _, organisation):
            found = await documents(dataset.engine, organisation)
        body = json.dumps([asdict(one) for one in found], ensure_ascii=False).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Vary": VARY, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    async def _get(self, request: Request) -> Response:
        async with own_dataset(self.doors, request, Scope.READ) as (dataset, _, organisation):
            found = _named(await documents(dataset.engine, organisation), _name(request))
        if found is None:
            raise _missing(_name(request))
        headers = {"ETag": found.etag, "Vary": VARY, "Cache-Control": "private, no-cache"}
        if found.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data = await asyncio.to_thread(kept(dataset.engine, found.sha256).read_bytes)
        return Response(data, headers={**headers, "Content-Type": found.media_type})

    async def _write(self, request: Request, action: str) -> Response:
        async with own_dataset(self.doors, request, Scope.WRITE) as (dataset, caller, organisation):
            return await self._taken(request, action, dataset, caller, organisation)

    async def _put_several(self, request: Request) -> Response:
        """Put the documents of a form, all of them in one transaction or none."""
        async with own_dataset(self.doors, request, Scope.WRITE) as (dataset, caller, organisation):
            if media_type_of(request) != "multipart/form-data":
                raise MediaTypeError(
                    "several documents come as the parts of a form",
                    remedy="Send multipart/form-data; the name of a part names its document.",
                )
            sents: list[Sent] = []
            size = 0
            async with request.form(max_files=SEVERAL, max_fields=SEVERAL) as form:
                for name, part in form.multi_items():
                    _require_name(name)
                    if isinstance(part, str) or any(one.name == name for one in sents):
                        raise UsageError(
                            "is no document with a type, or there twice",
                            place=name,
                            remedy="Send each part once, as a file with its Content-Type.",
                        )
                    media_type = (part.content_type or "").partition(";")[0].strip().casefold()
                    _require_readable(media_type)
                    body = await part.read()
                    size += len(body)
                    if size > self.body:
                        raise TooLargeError(f"the documents have more than {self.body} bytes")
                    sents.append(Sent(name, "put", body, media_type))
            if not sents:
                raise UsageError("the form has no part")
            return await self._tried(request, dataset, caller, organisation, sents)

    async def _taken(
        self, request: Request, action: str, dataset: Dataset, caller: Caller, organisation: str
    ) -> Response:
        sent = Sent(_name(request), action)
        if action != "withdraw":
            media_type = media_type_of(request)
            _require_readable(media_type)
            body = await read_body(request, self.body)
            sent = Sent(sent.name, action, body, media_type)
        return await self._tried(request, dataset, caller, organisation, [sent])

    async def _tried(
        self,
        request: Request,
        dataset: Dataset,
        caller: Caller,
        organisation: str,
        sents: Sequence[Sent],
    ) -> Response:
        lock = self._locks.setdefault(organisation, asyncio.Lock())
        async with lock:
            for _ in range(TRIES - 1):
                try:
                    return await self._written(request, dataset, caller, organisation, sents)
                except Overtaken:
                    continue
            return await self._written(request, dataset, caller, organisation, sents)

    async def _written(
        self,
        request: Request,
        dataset: Dataset,
        caller: Caller,
        organisation: str,
        sents: Sequence[Sent],
    ) -> Response:
        engine = dataset.engine
        held = await documents(engine, organisation)
        generation = engine.generation
        several = request.method == "POST"
        before = {one.name: _named(held, one.name) for one in sents}
        if not several:
            _require_match(request, before[sents[0].name])
        for one in sents:
            if before[one.name] is None and one.action != "put":
                raise _missing(one.name)
        changing = [one for one in sents if not one.is_there(before[one.name])]
        if not changing:
            same = [found for found in before.values() if found is not None]
            return _answered(same, generation, [], set(), set(), several=several)
        found = await self._checked(engine, held, organisation, changing, caller)
        if found["assesses"]:
            caller.require(Scope.ASSESS)
        if found["violations"]:
            return _violating([one.name for one in changing], found)
        after: dict[str, Document] = {}
        said = await _provenance(engine, organisation)
        put: dict[str, tuple[bytes, str]] = {}
        for one in changing:
            graph = one.graph(organisation)
            quads = base64.b64decode(found["quads"][graph])
            document = None
            if one.action != "withdraw":
                now = one if one.action == "put" else Sent(one.name, "put", quads, NQUADS)
                document = after[one.name] = now.document(graph, caller)
                await asyncio.to_thread(_keep, engine, document.sha256, now.body)
                if one.original is not None:
                    await asyncio.to_thread(_keep, engine, one.original.sha256, one.original.body)
                put[graph] = (_triples(quads), "application/n-triples")
            said = _stated(said, organisation, graph, document, one, caller)
        provenance = ox.serialize(said, format=ox.RdfFormat.N_TRIPLES) or b""
        put[provenance_graph(organisation)] = (provenance, "application/n-triples")
        graphs = tuple(one.graph(organisation) for one in changing)

        async def change() -> Written:
            return await engine.change(
                put=put,
                delete=[graph for graph in graphs if graph not in put],
                if_generation=generation,
            )

        try:
            written = await dataset.changed(
                request,
                f"evidence {changing[0].action}",
                graphs,
                b"".join(one.body for one in changing),
                change,
            )
        except ConflictError:
            raise Overtaken from None
        if not several and not after:
            return Response(status_code=204, headers=_generation(written.generation))
        told = [after.get(one.name) or before[one.name] for one in sents]
        return _answered(
            [one for one in told if one is not None],
            written.generation,
            found["findings"],
            set(after),
            {name for name in after if before[name] is None},
            several=several,
        )

    async def _checked(
        self,
        engine: Served,
        held: Sequence[Document],
        organisation: str,
        sents: Sequence[Sent],
        caller: Caller,
    ) -> dict[str, Any]:
        asked = {
            "op": "check",
            "organisation": organisation,
            "as_of": self.today().isoformat(),
            "changes": [
                {
                    "graph": one.graph(organisation),
                    "action": one.action,
                    "body": base64.b64encode(one.body).decode(),
                    "media_type": one.media_type,
                }
                for one in sents
            ],
            "documents": {one.graph: [one.sha256, one.media_type] for one in held},
            "folder": str(folder(engine)),
        }
        answer = await engine.ask(asked, pool=self.pool, caller=caller.key)
        found: dict[str, Any] = json.loads(await answer.read())
        return found


class Overtaken(Exception):
    """Something else was written between the validation of a change and the change."""


async def documents(engine: Served, organisation: str) -> list[Document]:
    """Return the documents of an organisation, by name."""
    graph = ox.NamedNode(provenance_graph(organisation))
    answer = await engine.query(
        queries.named("trace/documents").text,
        parameters={"provenance": graph},
        accept=["application/sparql-results+json"],
    )
    rows = json.loads(await answer.read())["results"]["bindings"]
    found = {}
    for row in rows:
        said = {name: row[name]["value"] for name in FIELDS}
        if SHA256.fullmatch(said["sha256"]) and said["bytes"].isdecimal():
            found[said["name"]] = Document(**{**said, "bytes": int(said["bytes"])})
    return list(found.values())


def _named(held: Sequence[Document], name: str) -> Document | None:
    return next((one for one in held if one.name == name), None)


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    _require_name(name)
    return name


def _require_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name[:100]!r} cannot name a document",
            remedy="Use small letters, digits, dots, hyphens and underscores, 100 at most.",
        )


def _require_readable(media_type: str) -> None:
    if media_type not in evidence.MEDIA_TYPES:
        raise MediaTypeError(
            f"a document of type {media_type or 'unknown'!r} is not read",
            remedy=f"Send one of: {', '.join(evidence.MEDIA_TYPES)}.",
        )


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"there is no document {name!r}")


def _require_match(request: Request, held: Document | None) -> None:
    """Let a request pass whose conditions hold.

    .. seealso:: RFC 9110, sections 13.1.1 and 13.1.2
    """
    wanted, unwanted = (request.headers.get(one) for one in ("if-match", "if-none-match"))
    etag = held.etag if held else None
    if wanted is not None and not _says(wanted, etag):
        raise ConflictError(
            "the document is no longer the one that is meant", place="If-Match", remedy="Get it."
        )
    if unwanted is not None and _says(unwanted, etag):
        raise ConflictError("the document is there already", place="If-None-Match")


def _says(header: str, etag: str | None) -> bool:
    if etag is None:
        return False
    return header.strip() == "*" or etag in re.findall(r'(?:W/)?("[^"]*")', header)


def kept(engine: Served, sha256: str) -> Path:
    """Return where the bytes of a document are kept."""
    return folder(engine) / sha256


def folder(engine: Served) -> Path:
    """Return where documents are kept."""
    return engine.home.path / "documents"


def _keep(engine: Served, sha256: str, data: bytes) -> None:
    """Put bytes on the disk, whole and for good, under their hash."""
    target = kept(engine, sha256)
    if target.exists():
        return
    target.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def _provenance(engine: Served, organisation: str) -> list[ox.Triple]:
    """Return what is on record of who did what, as it stands."""
    try:
        answer = await engine.dump(provenance_graph(organisation), accept=["application/n-triples"])
    except NotFoundError:
        return []
    found = ox.parse(await answer.read(), format=ox.RdfFormat.N_TRIPLES)
    return [one.triple for one in found]


def _stated(
    said: Sequence[ox.Triple],
    organisation: str,
    graph: str,
    after: Document | None,
    sent: Sent,
    caller: Caller,
) -> list[ox.Triple]:
    """Return the provenance with one more activity.

    .. seealso:: W3C, PROV-O
    """
    entity = ox.NamedNode(graph)
    activity = ox.NamedNode(graph_iri("org", organisation, "activity", str(uuid4())))
    agent = ox.NamedNode(graph_iri("org", organisation, "caller", caller.key or "none"))
    now = _moment(after.at if after else datetime.now(UTC).isoformat(timespec="milliseconds"))

    def triple(
        subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal
    ) -> ox.Triple:
        return ox.Triple(subject, ox.NamedNode(expand(predicate)), value)

    def node(curie: str) -> ox.NamedNode:
        return ox.NamedNode(expand(curie))

    stated = [one for one in said if one.subject != entity]
    stated += [
        triple(agent, "rdf:type", node("prov:Agent")),
        triple(agent, "rdfs:label", ox.Literal(caller.name)),
        triple(activity, "rdf:type", node("prov:Activity")),
        triple(activity, "rdfs:label", ox.Literal(f"{sent.action} {sent.name}")),
        triple(activity, "prov:endedAtTime", now),
        triple(activity, "prov:wasAssociatedWith", agent),
    ]
    if after is None:
        stated.append(triple(activity, "prov:invalidated", entity))
        return stated
    if sent.original is not None:
        source = ox.NamedNode(graph_iri("org", organisation, "source", sent.original.sha256))
        stated = [one for one in stated if one.subject != source]
        stated += [
            triple(activity, "prov:used", source),
            triple(entity, "prov:wasDerivedFrom", source),
            triple(source, "rdf:type", node("prov:Entity")),
            triple(source, "dcterms:title", ox.Literal(sent.original.name)),
            triple(source, "cw:sha256", ox.Literal(sent.original.sha256)),
        ]
    return [
        *stated,
        triple(activity, "prov:generated", entity),
        triple(activity, "cw:sha256", ox.Literal(after.sha256)),
        triple(entity, "rdf:type", node("prov:Entity")),
        triple(entity, "dcterms:title", ox.Literal(sent.name)),
        triple(entity, "dcterms:format", ox.Literal(after.media_type)),
        triple(entity, "dcterms:extent", ox.Literal(after.bytes)),
        triple(entity, "cw:sha256", ox.Literal(after.sha256)),
        triple(entity, "prov:generatedAtTime", now),
        triple(entity, "prov:wasAttributedTo", agent),
        triple(entity, "prov:wasGeneratedBy", activity),
    ]


def _moment(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(expand("xsd:dateTime")))


def _triples(quads: bytes) -> bytes:
    """Return N-Quads of one graph as N-Triples."""
    found = (one.triple for one in ox.parse(quads, format=ox.RdfFormat.N_QUADS))
    return ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b""


def _generation(generation: int) -> dict[str, str]:
    return {"Crosswalk-Generation": str(generation)}


def _answered(
    told: Sequence[Document],
    generation: int,
    findings: Sequence[Any],
    changed: Container[str],
    created: set[str],
    *,
    several: bool,
) -> Response:
    """Return what has become of one document, or of several.

    :param changed: the names of those that are others now; ``created``: of those that are new.
    """
    headers = {"Vary": VARY, **_generation(generation)}
    rows = [{**asdict(one), "changed": one.name in changed} for one in told]
    body: dict[str, Any] = {"documents": rows} if several else rows[0]
    if not several:
        headers["ETag"] = told[0].etag
    return Response(
        json.dumps({**body, "findings": list(findings)}, ensure_ascii=False),
        status_code=201 if created else 200,
        media_type="application/json",
        headers=headers,
    )


def _violating(names: Sequence[str], found: Mapping[str, Any]) -> Response:
    """Return the refusal of a change, with what is found wrong with it."""
    count = len(found["violations"])
    return problem(
        422,
        f"{', '.join(names)}: {count} violation{'s' if count > 1 else ''} of the shapes; nothing "
        f"was changed. {found['violations'][0]['message']}",
        kind="violation",
        findings=found["findings"],
    )


FIELD_SCHEMAS: dict[str, Any] = {
    **{name: {"type": "string"} for name in ("name", "graph", "media_type", "at", "by")},
    "bytes": {"type": "integer"},
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
"""Field of a document → its schema."""
SEVERAL_WRITTEN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "documents": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {**FIELD_SCHEMAS, "changed": {"type": "boolean"}},
                "required": [*FIELD_SCHEMAS, "changed"],
            },
        },
        "findings": {"type": "array"},
    },
    "required": ["documents", "findings"],
}
"""The schema of what several documents have become."""


def described() -> dict[str, Any]:
    """Return the description of the addresses, for the one of the API.

    >>> sorted(described())
    ['evidence', 'evidence/{name}']
    """
    text = {"type": "string"}
    fields = FIELD_SCHEMAS
    document = {"type": "object", "properties": fields, "required": list(fields)}
    more = {"changed": {"type": "boolean"}, "findings": {"type": "array"}}
    written = {
        "type": "object",
        "properties": {**fields, **more},
        "required": [*fields, *more],
    }
    named = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The name of the document.",
        "schema": {"type": "string", "pattern": f"^{NAME.pattern.replace('?:', '')}$"},
    }
    conditions = [
        {"name": one, "in": "header", "schema": text, "description": "The document as it is."}
        for one in ("If-Match", "If-None-Match")
    ]
    kinds: dict[str, Any] = {kind: {"schema": body_schema(kind)} for kind in evidence.MEDIA_TYPES}
    asked = (400, 401, 403, 404, 500, 503, 504)
    sent = (*asked, 412, 413, 415, 422)

    def operation(
        verb: str,
        summary: str,
        answers: dict[str, Any],
        problems: Sequence[int],
        *more: dict[str, Any],
    ) -> dict[str, Any]:
        return {
            "operationId": f"{verb}-evidence",
            "summary": summary,
            "security": [{"key": []}],
            "parameters": [ORGANISATION, *more],
            "responses": {**answers, **refusals(problems)},
        }

    def written_as(status: str, what: str) -> dict[str, Any]:
        content = {"application/json": {"schema": written}}
        return {status: {"description": what, "content": content}}

    body = {"required": True, "content": kinds}
    unchanged = {"304": {"description": "The client has this already."}}
    replaced = written_as("200", "It is as the request says; warnings are in findings.")
    return {
        "evidence": {
            "get": operation(
                "list",
                "The documents of the organisation.",
                {
                    "200": {
                        "description": "The documents, by name.",
                        "content": {
                            "application/json": {"schema": {"type": "array", "items": document}}
                        },
                    },
                    **unchanged,
                },
                asked,
            ),
            "post": {
                **operation(
                    "put-several",
                    "Put the parts of a form in place of the documents of their names: all of "
                    "them, or none if something in them violates a shape.",
                    {
                        status: {
                            "description": what,
                            "content": {"application/json": {"schema": SEVERAL_WRITTEN}},
                        }
                        for status, what in (
                            ("200", "They are as the request says."),
                            ("201", "Some of them are new."),
                        )
                    },
                    (*asked, 413, 415, 422),
                ),
                "requestBody": {
                    "required": True,
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "additionalProperties": {"type": "string", "format": "binary"},
                            }
                        }
                    },
                },
            },
        },
        "evidence/{name}": {
            "parameters": [named],
            "get": operation(
                "get",
                "A document as it was sent.",
                {"200": {"description": "Its bytes.", "content": kinds}, **unchanged},
                asked,
            ),
            "put": {
                **operation(
                    "put",
                    "Put a document in place of what has its name, if nothing in it violates a "
                    "shape.",
                    {**replaced, **written_as("201", "It is there now.")},
                    sent,
                    *conditions,
                ),
                "requestBody": body,
            },
            "patch": {
                **operation(
                    "amend",
                    "Put what is sent in place of what the document says of the same things.",
                    replaced,
                    sent,
                    *conditions,
                ),
                "requestBody": body,
            },
            "delete": operation(
                "withdraw",
                "Withdraw a document; what was sent is kept, and that it was withdrawn.",
                {"204": {"description": "It is withdrawn."}},
                (*asked, 412, 422),
                *conditions,
            ),
        },
    }
