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
from collections.abc import Callable, Sequence
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
    UsageError,
)
from crosswalk.graph.engine import Engine, Written
from crosswalk.graph.pool import Pool
from crosswalk.graph.records import provenance_graph
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

__all__ = ["NAME", "Document", "Evidence", "described", "documents"]

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
ACTIONS = {"PUT": "put", "PATCH": "amend", "DELETE": "withdraw"}
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
            Route(f"{PREFIX}evidence", guarded(self._list), methods=["GET"]),
            Route(
                f"{PREFIX}evidence/{{name}}",
                guarded(self._document),
                methods=["GET", *ACTIONS],
            ),
        ]

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
        data = await asyncio.to_thread(_source(dataset.engine, found.sha256).read_bytes)
        return Response(data, headers={**headers, "Content-Type": found.media_type})

    async def _write(self, request: Request, action: str) -> Response:
        async with own_dataset(self.doors, request, Scope.WRITE) as (dataset, caller, organisation):
            return await self._taken(request, action, dataset, caller, organisation)

    async def _taken(
        self, request: Request, action: str, dataset: Dataset, caller: Caller, organisation: str
    ) -> Response:
        name = _name(request)
        media_type, body = "", b""
        if action != "withdraw":
            media_type = media_type_of(request)
            if media_type not in evidence.MEDIA_TYPES:
                raise MediaTypeError(
                    f"a document of type {media_type or 'unknown'!r} is not read",
                    remedy=f"Send one of: {', '.join(evidence.MEDIA_TYPES)}.",
                )
            body = await read_body(request, self.body)
        lock = self._locks.setdefault(organisation, asyncio.Lock())
        async with lock:
            for _ in range(TRIES - 1):
                try:
                    return await self._written(
                        request, dataset, caller, organisation, name, action, body, media_type
                    )
                except Overtaken:
                    continue
            return await self._written(
                request, dataset, caller, organisation, name, action, body, media_type
            )

    async def _written(
        self,
        request: Request,
        dataset: Dataset,
        caller: Caller,
        organisation: str,
        name: str,
        action: str,
        body: bytes,
        media_type: str,
    ) -> Response:
        engine = dataset.engine
        held = await documents(engine, organisation)
        generation = engine.generation
        before = _named(held, name)
        _require_match(request, before)
        if before is None and action != "put":
            raise _missing(name)
        digest = hashlib.sha256(body).hexdigest()
        if (
            action == "put"
            and before is not None
            and (before.sha256, before.media_type) == (digest, media_type)
        ):
            return _answered(before, generation, [], changed=False)
        graph = graph_iri("org", organisation, "evidence", name)
        found = await self._checked(
            engine, held, graph, organisation, action, body, media_type, caller
        )
        if found["assesses"]:
            caller.require(Scope.ASSESS)
        if found["violations"]:
            count = len(found["violations"])
            return problem(
                422,
                f"{name}: {count} violation{'s' if count > 1 else ''} of the shapes; nothing was "
                f"changed. {found['violations'][0]['message']}",
                kind="violation",
                findings=found["findings"],
            )
        quads = base64.b64decode(found["quads"])
        if action == "amend":
            body, media_type = quads, "application/n-quads"
            digest = hashlib.sha256(body).hexdigest()
        after = (
            None
            if action == "withdraw"
            else Document(
                name,
                graph,
                media_type,
                len(body),
                digest,
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                caller.name,
            )
        )
        if after is not None:
            await asyncio.to_thread(_keep, engine, digest, body)
        said = await _provenance(engine, organisation)
        stated = _stated(said, organisation, graph, after, action, name, caller)
        provenance = ox.serialize(stated, format=ox.RdfFormat.N_TRIPLES) or b""
        put = {provenance_graph(organisation): (provenance, "application/n-triples")}
        if after is not None:
            put[graph] = (_triples(quads), "application/n-triples")

        async def change() -> Written:
            return await engine.change(
                put=put,
                delete=[graph] if after is None else [],
                if_generation=generation,
            )

        try:
            written = await dataset.changed(request, f"evidence {action}", (graph,), body, change)
        except ConflictError:
            raise Overtaken from None
        if after is None:
            return Response(status_code=204, headers=_generation(written.generation))
        return _answered(
            after, written.generation, found["findings"], changed=True, created=before is None
        )

    async def _checked(
        self,
        engine: Engine,
        held: Sequence[Document],
        graph: str,
        organisation: str,
        action: str,
        body: bytes,
        media_type: str,
        caller: Caller,
    ) -> dict[str, Any]:
        asked = {
            "op": "check",
            "action": action,
            "graph": graph,
            "organisation": organisation,
            "body": base64.b64encode(body).decode(),
            "media_type": media_type,
            "as_of": self.today().isoformat(),
            "documents": {
                one.graph: [str(_source(engine, one.sha256)), one.media_type] for one in held
            },
        }
        answer = await engine.ask(asked, pool=self.pool, caller=caller.key)
        found: dict[str, Any] = json.loads(await answer.read())
        return found


class Overtaken(Exception):
    """Something else was written between the validation of a change and the change."""


async def documents(engine: Engine, organisation: str) -> list[Document]:
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
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name[:100]!r} cannot name a document",
            remedy="Use small letters, digits, dots, hyphens and underscores, 100 at most.",
        )
    return name


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


def _source(engine: Engine, sha256: str) -> Path:
    """Return where the bytes of a document are kept."""
    return engine.home.path / "documents" / sha256


def _keep(engine: Engine, sha256: str, data: bytes) -> None:
    """Put bytes on the disk, whole and for good, under their hash."""
    target = _source(engine, sha256)
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


async def _provenance(engine: Engine, organisation: str) -> list[ox.Triple]:
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
    action: str,
    name: str,
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
        triple(activity, "rdfs:label", ox.Literal(f"{action} {name}")),
        triple(activity, "prov:endedAtTime", now),
        triple(activity, "prov:wasAssociatedWith", agent),
    ]
    if after is None:
        stated.append(triple(activity, "prov:invalidated", entity))
        return stated
    return [
        *stated,
        triple(activity, "prov:generated", entity),
        triple(activity, "cw:sha256", ox.Literal(after.sha256)),
        triple(entity, "rdf:type", node("prov:Entity")),
        triple(entity, "dcterms:title", ox.Literal(name)),
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
    document: Document,
    generation: int,
    findings: Sequence[Any],
    *,
    changed: bool,
    created: bool = False,
) -> Response:
    body = {**asdict(document), "changed": changed, "findings": list(findings)}
    headers = {"ETag": document.etag, "Vary": VARY, **_generation(generation)}
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=201 if created else 200,
        media_type="application/json",
        headers=headers,
    )


def described() -> dict[str, Any]:
    """Return the description of the addresses, for the one of the API.

    >>> sorted(described())
    ['evidence', 'evidence/{name}']
    """
    text = {"type": "string"}
    fields: dict[str, Any] = {
        **dict.fromkeys(("name", "graph", "media_type", "at", "by"), text),
        "bytes": {"type": "integer"},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
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
            )
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
