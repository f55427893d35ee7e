"""The description of the JSON API, made of the table of verbs: OpenAPI 3.1.

What a request may say and what an answer holds is written once, in the table; so the document
cannot say otherwise than the service does.

.. seealso:: OpenAPI Specification 3.1.1
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crosswalk import __version__
from crosswalk.web import verbs
from crosswalk.web.paging import FIRST_ROWS, MOST_ROWS, PREFIX

__all__ = ["ORGANISATION", "body_schema", "described", "refusals"]

Schema = dict[str, Any]

REASONS = {
    400: "The request is wrong: an unknown name, a day that is none.",
    401: "No key was sent where one is wanted, or none that is valid.",
    403: "The caller may not do that.",
    404: "There is no such thing, or none that this caller sees.",
    405: "The method does nothing here.",
    406: "The answer cannot be written in any wished form.",
    412: "What the request builds on has changed.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is of a type that is not read.",
    422: "The data is wrong: it does not parse, or violates a shape.",
    429: "The caller has as many of these as it may have.",
    500: "The service has a fault.",
    501: "The service was installed without what this needs.",
    503: "Too many wait, or the service is stopping; come again.",
    504: "The time was up; the work has been ended.",
}
ASKED = (400, 401, 403, 404, 406, 414, 422, 500, 501, 503, 504)
"""What a question may be answered with that is not its answer."""
SENT = (413, 415)
"""What else something that is sent may be answered with."""
PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "kind"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "kind": {"type": "string"},
    },
}
ORGANISATION: Schema = {
    "name": "organisation",
    "in": "query",
    "description": "The organisation that is meant; needed of an operator, and only of him.",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
}
LIMIT: Schema = {
    "name": "limit",
    "in": "query",
    "description": "The most rows of a page.",
    "schema": {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_ROWS,
        "default": FIRST_ROWS,
    },
}
CURSOR: Schema = {
    "name": "cursor",
    "in": "query",
    "description": "Where the page starts: taken from the Link of the page before.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,9}\\.[0-9a-f]{32}$"},
}
HEADERS: dict[str, Schema] = {
    "ETag": {"schema": {"type": "string"}, "description": "Changes when the answer does."},
    "Vary": {"schema": {"type": "string"}},
    "Crosswalk-Generation": {
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "description": "The state of the store that was asked.",
    },
}
AS_OF: Schema = {
    "schema": {"type": "string", "format": "date"},
    "description": "The day for which the question was asked.",
}
LINK: Schema = {
    "schema": {"type": "string"},
    "description": 'The next page, rel="next", if there is one.',
}
TOTAL: Schema = {
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
    "description": "How many rows the answer has.",
}


def described(more: Mapping[str, Schema] | None = None) -> Schema:
    """Return the description of the API.

    :param more: further paths, below the prefix.

    >>> described()["openapi"]
    '3.1.0'
    """
    paths = {PREFIX + verb.name: _path(verb) for verb in verbs.VERBS}
    paths |= {PREFIX + name: path for name, path in (more or {}).items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Crosswalk",
            "version": __version__,
            "description": "What of a framework an organisation shows, what is missing, why, and "
            "on whose word. The verbs of the command line, with the same names and fields.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"key": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key, as `crosswalk keys create` makes it.",
                }
            },
            "schemas": {"Problem": PROBLEM},
            "responses": {str(status): _refused(why) for status, why in REASONS.items()},
        },
    }


def refusals(statuses: Iterable[int]) -> Schema:
    """Return the responses of some statuses that are problems.

    >>> refusals([404])
    {'404': {'$ref': '#/components/responses/404'}}
    """
    return {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)
    }


def body_schema(media_type: str) -> Schema:
    """Return the schema of a body that is a text; of JSON-LD, which is JSON, any.

    >>> body_schema("text/turtle")
    {'type': 'string'}
    """
    return {} if media_type.endswith("json") else {"type": "string"}


def _refused(why: str) -> Schema:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": why, "content": {"application/problem+json": {"schema": schema}}}


def _path(verb: verbs.Verb) -> Schema:
    return {method.lower(): _operation(verb, method) for method in verb.methods}


def _operation(verb: verbs.Verb, method: str) -> Schema:
    sent = method == "POST"
    held: Schema = {
        "operationId": f"{method.lower()}-{verb.name.replace('/', '-')}",
        "summary": verb.summary,
        "parameters": _parameters(verb),
        "responses": {
            "200": _answered(verb, sent=sent),
            **({} if sent else {"304": {"description": "The client has this answer already."}}),
            **refusals([*ASKED, *(SENT if sent else ())]),
        },
    }
    if verb.data == verbs.Data.OWN and not (sent and verb.one_off):
        held["security"] = [{"key": []}]
    if sent and verb.body is not None:
        held["requestBody"] = {
            "required": verb.body.required,
            "description": verb.body.meaning,
            "content": {kind: {"schema": body_schema(kind)} for kind in verb.body.media_types},
        }
    return held


def _parameters(verb: verbs.Verb) -> list[Schema]:
    found: list[Schema] = []
    for one in verb.parameters:
        said: Schema = {
            "name": one.name,
            "in": "query",
            "required": one.required,
            "description": one.meaning,
            "schema": one.schema,
        }
        if one.many:
            said |= {"style": "form", "explode": True}
        if one.example:
            said["example"] = [one.example] if one.many else one.example
        found.append(said)
    if verb.data != verbs.Data.LIBRARY:
        found.append(ORGANISATION)
    if len(verb.formats) > 1:
        found.append(
            {
                "name": "format",
                "in": "query",
                "description": "The form of the answer; goes before Accept.",
                "schema": {"type": "string", "enum": list(verb.formats)},
            }
        )
    return [*found, LIMIT, CURSOR] if verb.listed else found


def _text_or_bytes(media_type: str) -> Schema:
    """Return the schema of an answer that is no JSON: bytes that are no text have none."""
    return {"type": "string"} if media_type.startswith("text/") else {}


def _answered(verb: verbs.Verb, *, sent: bool) -> Schema:
    row: Schema = {"type": "object"}
    if verb.fields is not None:
        row |= {
            "properties": dict(verb.fields),
            "required": [name for name in verb.fields if name not in verb.optional],
            "additionalProperties": False,
        }
    whole: Schema = {"type": "array", "items": row} if verb.listed else row
    content: Schema = {}
    for name, media_type in verb.formats.items():
        schema = whole if name == "json" else _text_or_bytes(media_type)
        if media_type in content:
            schema = {"anyOf": [content[media_type]["schema"], {}]}
        content[media_type] = {"schema": schema}
    headers = {k: v for k, v in HEADERS.items() if not (sent and k == "ETag")}
    if verb.dated:
        headers["Crosswalk-As-Of"] = AS_OF
    if verb.listed:
        headers |= {"Crosswalk-Total": TOTAL, "Link": LINK}
    return {"description": verb.summary, "headers": headers, "content": content}
