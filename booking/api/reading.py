"""Reading a request of a program: its query and its JSON body, each in its shape; every wrong field is told at once."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from annotated_types import MaxLen
from pydantic import ValidationError
from starlette.requests import Request

from booking.api.problems import Failed, Invalid
from booking.api.shapes import Asked
from booking.forms import FIELDS_MAX, SENTENCES, is_list, sentence_for
from booking.i18n import lazy as _

A = TypeVar("A", bound=Asked)
BODY_OCTETS_MAX = 64 * 1024


def query_of(request: Request, shape: type[A]) -> A:
    """The query in this shape. Raises Invalid."""
    sent: dict[str, Any] = {}
    twice: dict[str, list[Any]] = {}
    for name, value in request.query_params.multi_items()[:FIELDS_MAX]:
        if is_list(shape, name):
            sent.setdefault(name, []).append(value)
        elif name in sent:
            twice[name] = [_("This stands here twice.")]
        else:
            most = longest(shape, name)
            # Too long as it was sent, however little of it is left when blanks are gone.
            sent[name] = value if most is None or len(value) <= most else "x" * (most + 1)
    if twice:
        raise Invalid(twice)
    try:
        return shape.model_validate(sent)
    except ValidationError as errors:
        raise Invalid(_told(errors)) from None


@functools.cache
def longest(shape: type[Asked], name: str) -> int | None:
    """How many letters a parameter or a field may have, as its description says; None where it says nothing."""
    field = shape.model_fields.get(name)
    limits = [each.max_length for each in (field.metadata if field else []) if isinstance(each, MaxLen)]
    return min(limits) if limits and field and field.annotation is not list else None


async def body_of(request: Request) -> bytes:
    """The body as it came, '{}' for none. Raises Failed when it is too long or says it is no JSON."""
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > BODY_OCTETS_MAX:
            raise Failed("body_too_large")
        chunks.append(chunk)
    body = b"".join(chunks)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and (body or kind):
        raise Failed("not_json")
    return body or b"{}"


def shaped(body: bytes, shape: type[A]) -> A:
    """A JSON body in this shape: numbers are numbers, texts are texts. Raises Invalid.

    A text is measured as it was sent too, as the description says, and not only as it is kept without blanks around it.
    """
    try:
        found = shape.model_validate_json(body, strict=True)
    except ValidationError as errors:
        raise Invalid(_told(errors)) from None
    wrong: dict[str, list[Any]] = {}
    for name, value in json.loads(body).items():
        most = longest(shape, name)
        if most is not None and isinstance(value, str) and len(value) > most:
            wrong[name] = [str(SENTENCES["string_too_long"]) % {"max_length": most}]
    if wrong:
        raise Invalid(wrong)
    return found


def _told(errors: ValidationError) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for error in errors.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in error["loc"])[:200]
        sentence = sentence_for(error)
        if sentence not in found.setdefault(name, []):
            found[name].append(sentence)
    return found
