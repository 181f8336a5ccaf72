"""The description of the API as OpenAPI 3.1, made from the table of operations and their shapes alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import settings
from booking import members
from booking.api import once
from booking.api.operations import Operation
from booking.api.problems import BASE, MEDIA_TYPE, OWN, Problem
from booking.forms import is_list

VERSION = "1.0.0"
UNREAD = "Not HTTP as the server reads it, as an address of more than 64 KiB. In plain text: nothing of ours saw it."
REF = "#/components/schemas/{model}"
KINDS: dict[str, dict[str, Any]] = {
    "id": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    "key": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$"},
    "uuid": {"type": "string", "format": "uuid"},
}
EXAMPLES = {"resource_id": 12, "activity_id": 3, "key": "bazaar-st-so", "code": "taken"}
TAGS = {
    "About": "The API itself, and the token.",
    "Places": "Where one can work, and when it is free.",
    "Reservations": "Booking, changing, cancelling.",
    "Money": "Activities and their statements.",
    "Presence": "Coming, going, and how many are there.",
    "Occupancy": "How a house is used.",
}
ABOUT = (
    "Programs act for a member, with a token that the member makes under *Settings, Keys for programs*. A token does "
    "what its scopes say and never more than its member may. Instants in requests carry an offset; answers are in "
    "UTC. Amounts are integers in minor units of the currency beside them. A writing request may bring an "
    "`Idempotency-Key`: sent again with it, it is done once and answered the same. Every problem has a `code` that "
    "stays."
)


@cache
def as_json(operations: tuple[Operation, ...]) -> tuple[bytes, str]:
    """The description as bytes, and their ETag."""
    body = json.dumps(describe(operations), ensure_ascii=False, separators=(",", ":")).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    told = list(dict.fromkeys([*(each.told for each in operations), Problem]))
    bodies = list(dict.fromkeys(each.body for each in operations if each.body))
    inputs: list[Any] = [(model, "validation") for model in bodies]
    inputs += [(model, "serialization") for model in told]
    _names, schemas = models_json_schema(inputs, ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(_path(each.path), {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.NETWORK_NAME,
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": f"{settings.BASE_URL}{BASE}"}],
        "tags": [{"name": name, "description": sentence} for name, sentence in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: "
                    + "; ".join(f"`{name}`: {words.text}" for name, words in members.tokens.SCOPES.items())
                    + ".",
                }
            },
            "responses": {code: _problem(code) for code in OWN},
        },
    }


def _path(path: str) -> str:
    """'/venues/{key:key}' as the description writes it."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": " ".join((operation.act.__doc__ or "").split())
        + (f" Needs the scope `{operation.scope}`." if operation.scope else ""),
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_headers(operation)],
        "responses": _responses(operation),
        "security": [{"token": []}] if operation.scope else [],
    }
    if operation.body:
        found["requestBody"] = {
            "required": any(field.is_required() for field in operation.body.model_fields.values()),
            "content": {"application/json": {"schema": _ref(operation.body)}},
        }
    return found


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": KINDS[kind],
            **({"example": EXAMPLES[name]} if name in EXAMPLES else {}),
        }
        for name, kind in re.findall(r"\{(\w+):(\w+)\}", operation.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=REF)
    found = []
    for name, each in schema["properties"].items():
        each = _without_null(each)
        parameter: dict[str, Any] = {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
        }
        if words := each.pop("description", ""):
            parameter["description"] = words
        each.pop("title", None)
        if is_list(operation.query, name):
            parameter |= {"style": "form", "explode": True}
        found.append({**parameter, "schema": each})
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not; there is no null in a query."""
    if "anyOf" in schema:
        [rest] = [each for each in schema["anyOf"] if each != {"type": "null"}]
        schema = {key: value for key, value in schema.items() if key != "anyOf"} | rest
    if schema.get("default", ...) is None:
        del schema["default"]
    return dict(schema)


def _headers(operation: Operation) -> list[dict[str, Any]]:
    if not operation.writes:
        return []
    return [
        {
            "name": once.HEADER,
            "in": "header",
            "required": False,
            "description": "A key of your own for this request, as a UUID. Sent again with it, it is done once.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": once.LETTERS_MAX,
                "pattern": "^[ -~]+$",
            },
        }
    ]


def _responses(operation: Operation) -> dict[str, Any]:
    """Each status an operation may answer with, and no other."""
    done: dict[str, Any] = {
        "description": operation.summary,
        "content": {"application/json": {"schema": _ref(operation.told)}},
    }
    if operation.status == 201:
        done["headers"] = {"Location": {"description": "Its address.", "schema": {"type": "string"}}}
    if operation.writes:
        replayed = {"description": "true where this was answered before.", "schema": {"type": "string"}}
        done["headers"] = {**done.get("headers", {}), once.REPLAYED: replayed}
    statuses: list[tuple[int, str]] = []
    if operation.scope:
        statuses += [(401, "token_invalid"), (403, "scope_missing"), (429, "too_many_requests")]
    if "{" in operation.path or operation.body or operation.query:
        statuses += [(404, "not_found")]
    if operation.writes or operation.refuses:
        statuses += [(409, "request_running")]
    if operation.body:
        statuses += [(413, "body_too_large"), (415, "not_json")]
    if operation.query or operation.body:
        statuses += [(422, "invalid")]
    statuses += [(500, "mishap"), (503, "busy")]
    found = {str(operation.status): done}
    if operation.accepts:
        found["202"] = done | {"description": operation.accepts}
    for status, code in sorted(statuses):
        if status == 409:
            found["409"] = _problem_as(
                "A rule says no, with what would work instead; or the same request runs."
            )
        else:
            found[str(status)] = {"$ref": f"#/components/responses/{code}"}
    found["400"] = {"description": UNREAD, "content": {"text/plain": {"schema": {"type": "string"}}}}
    return found


def _problem(code: str) -> dict[str, Any]:
    status, meaning, _sentence = OWN[code]
    found = _problem_as(meaning)
    if status in (429, 503) or code == "request_running":
        found["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}}
    if status == 401:
        found["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return found


def _problem_as(words: str) -> dict[str, Any]:
    return {"description": words, "content": {MEDIA_TYPE: {"schema": _ref(Problem)}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
