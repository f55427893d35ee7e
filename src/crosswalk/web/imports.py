"""Sources of other programs over HTTP: read in a process that can be ended, then put as a document.

What a source says becomes one document of the organisation, validated and committed as any other;
the bytes of the source are kept beside it. If a row is refused, nothing changes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crosswalk.access import Scope
from crosswalk.errors import TooLargeError, UsageError
from crosswalk.intake import kinds
from crosswalk.intake.reading import slug
from crosswalk.web.asking import guarded, media_type_of, once, own_dataset, read_body, read_query
from crosswalk.web.evidence import NAME, Evidence, Original, Sent, documents, kept
from crosswalk.web.openapi import ORGANISATION, refusals
from crosswalk.web.paging import PREFIX
from crosswalk.web.problems import problem

__all__ = ["Imports", "described"]

TURTLE = "text/turtle"
OPTIONS = ("edition", "language")
PARAMETERS = ("kind", "name", "dry_run", "as_of", "option", *OPTIONS)
SWITCH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Given:
    """A request to import: a source, and how it is read."""

    kind: str
    name: str
    body: bytes
    dry_run: bool
    as_of: date
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Imports:
    """What answers at ``/api/v1/import``.

    :param evidence: what puts documents.
    """

    evidence: Evidence

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(f"{PREFIX}import", guarded(self._import), methods=["POST"])]

    async def _import(self, request: Request) -> Response:
        async with own_dataset(self.evidence.doors, request, Scope.WRITE, takes=PARAMETERS) as (
            dataset,
            caller,
            organisation,
        ):
            given = await self._given(request)
            name = f"{slug(given.name)[:90].rstrip('.-')}.ttl"
            if not NAME.fullmatch(name):
                raise UsageError(
                    f"{given.name!r} cannot name a document",
                    place="name",
                    remedy="Use Latin letters, digits, dots and hyphens.",
                )
            held = next(
                (one for one in await documents(dataset.engine, organisation) if one.name == name),
                None,
            )
            asked = {
                "op": "import",
                "organisation": organisation,
                "as_of": given.as_of.isoformat(),
                "kind": given.kind,
                "name": given.name,
                "body": base64.b64encode(given.body).decode(),
                "options": dict(given.options),
                "before": (
                    [held.graph, str(kept(dataset.engine, held.sha256)), held.media_type]
                    if held
                    else None
                ),
            }
            answer = await dataset.engine.ask(asked, pool=self.evidence.pool, caller=caller.key)
            found: dict[str, Any] = json.loads(await answer.read())
            rows = found["rows"]
            if found["refused"]:
                return problem(
                    422,
                    f"{given.name}: {found['refused']} refused; nothing was changed. "
                    f"{found['first']}",
                    kind="refused",
                    rows=rows,
                )
            sent = Sent(
                name,
                "put",
                base64.b64decode(found["turtle"]),
                TURTLE,
                Original(given.name, given.body),
            )
            if given.dry_run:
                put = await self.evidence.tried(dataset, caller, organisation, sent)
            else:
                put = await self.evidence.put(request, dataset, caller, organisation, sent)
        if put.status_code >= 400:
            return put
        return _told(put, rows, dry_run=given.dry_run)

    async def _given(self, request: Request) -> Given:
        asked = read_query(request)
        further = asked.pop("option", [])
        said = {name: once(asked, name) or "" for name in asked}
        if not said.get("kind"):
            raise UsageError(
                "the kind of the source is wanted",
                place="kind",
                remedy=f"There is {', '.join(kinds.KINDS)}.",
            )
        kind = kinds.named(said["kind"])
        dry = said.get("dry_run", "false")
        if dry not in SWITCH:
            raise UsageError(
                f"{dry!r} is neither true nor false", place="dry_run", remedy="Write true or false."
            )
        options = {one: said[one] for one in OPTIONS if said.get(one)}
        for one in further:
            option, equals, value = one.partition("=")
            if not equals:
                raise UsageError(
                    f"{one!r} is no option", place="option", remedy="Write option=NAME=VALUE."
                )
            options[option] = value
        if media_type_of(request) == "multipart/form-data":
            name, body, more = await self._of_form(request)
            options |= more
        else:
            name, body = "", await read_body(request, self.evidence.body)
        name = said.get("name") or name or f"{kind.name}{kind.extensions[0]}"
        day = _day(said["as_of"]) if "as_of" in said else self.evidence.today()
        return Given(kind.name, name, body, SWITCH[dry], day, options)

    async def _of_form(self, request: Request) -> tuple[str, bytes, dict[str, str]]:
        """Return name and bytes of the part ``source``, and the text of the part ``map``."""
        name, body, options = "", b"", {}
        size, seen = 0, set()
        async with request.form(max_files=2, max_fields=2) as form:
            for part_name, part in form.multi_items():
                if part_name not in ("source", "map") or part_name in seen:
                    raise UsageError(
                        "is no part of an import, or there twice",
                        place=part_name[:100],
                        remedy="Send the parts source and, if the kind wants it, map.",
                    )
                seen.add(part_name)
                held = await part.read() if isinstance(part, UploadFile) else part.encode()
                size += len(held)
                if size > self.evidence.body:
                    raise TooLargeError(f"the parts have more than {self.evidence.body} bytes")
                if part_name == "source":
                    body = held
                    name = (part.filename or "") if isinstance(part, UploadFile) else ""
                else:
                    options["map"] = held.decode("utf-8", "replace")
        if "source" not in seen:
            raise UsageError("the form has no part source", remedy="Send the source as a file.")
        return name, body, options


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise UsageError(
            f"{text!r} is not a day of the calendar", place="as_of", remedy="Write YYYY-MM-DD."
        )
    return found


def _told(put: Response, rows: list[Any], *, dry_run: bool) -> Response:
    """Return what became of an import: its rows, and the document that it is now."""
    held = json.loads(bytes(put.body))
    names = ("crosswalk-generation", "vary")
    return Response(
        json.dumps({"dry_run": dry_run, "rows": rows, **held}, ensure_ascii=False),
        status_code=put.status_code,
        media_type="application/json",
        headers={name: put.headers[name] for name in names if name in put.headers},
    )


def described(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of the address, for the one of the API.

    :param written: the schema of what several documents have become.

    >>> sorted(described({"properties": {}, "required": []}))
    ['import']
    """
    text = {"type": "string"}
    count = {"type": "integer", "minimum": 0}
    fields: dict[str, Any] = {
        "place": text,
        "outcome": {"type": "string", "enum": ["mapped", "passed-over", "refused", "gone"]},
        "subject": {"type": ["string", "null"]},
        "added": count,
        "removed": count,
        "detail": text,
        "remedy": text,
        "changes": {"type": "array", "items": text},
    }
    row = {"type": "object", "properties": fields, "required": list(fields)}
    told = {
        "type": "object",
        "properties": {
            "dry_run": {"type": "boolean"},
            "rows": {"type": "array", "items": row},
            **written["properties"],
        },
        "required": ["dry_run", "rows", *written["required"]],
    }
    content = {"application/json": {"schema": told}}

    def parameter(name: str, meaning: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": name,
            "in": "query",
            "required": name == "kind",
            "description": meaning,
            "schema": schema,
        }

    binary = {"type": "string", "format": "binary"}
    return {
        "import": {
            "post": {
                "operationId": "post-import",
                "summary": "Import a source: all of it, or nothing, with an account of every row.",
                "security": [{"key": []}],
                "parameters": [
                    ORGANISATION,
                    parameter(
                        "kind", "What the source is.", {"type": "string", "enum": [*kinds.KINDS]}
                    ),
                    parameter("name", "The name of its file; the same name replaces.", text),
                    parameter("dry_run", "Only tell what would change.", {"type": "boolean"}),
                    parameter("as_of", "The day of citations.", {**text, "format": "date"}),
                    parameter("edition", "The edition of citations that name none.", text),
                    parameter("language", "The language of its labels.", text),
                    parameter(
                        "option",
                        "What a kind asks beside, as NAME=VALUE; docs/imports.md lists it.",
                        {"type": "array", "items": text},
                    ),
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/octet-stream": {"schema": binary},
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "properties": {"source": binary, "map": text},
                                "required": ["source"],
                            }
                        },
                    },
                },
                "responses": {
                    "200": {"description": "It says this already, or would.", "content": content},
                    "201": {"description": "It is imported.", "content": content},
                    **refusals((400, 401, 403, 404, 413, 415, 422, 500, 503, 504)),
                },
            }
        }
    }
