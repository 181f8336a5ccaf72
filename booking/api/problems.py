"""Every "no" and every mishap as `application/problem+json`: a code that stays, a sentence, what would work instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import structlog
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

import settings
from booking import db
from booking.api.shapes import Told
from booking.errors import Alternative, Busy, NotFound, Refused, TooMany
from booking.i18n import lazy as _

MEDIA_TYPE = "application/problem+json"
BASE = "/api/v1"
BUSY_SECONDS = 5
log = structlog.get_logger("booking.api")

# code: (status, what it means, the sentence). The sentence is the visitor's, the meaning the documentation's.
OWN: dict[str, tuple[int, str, Any]] = {
    "token_missing": (401, "No bearer token was sent.", _("Send your key as a bearer token.")),
    "token_invalid": (
        401,
        "The token is unknown, was taken back, has ended, or its member is suspended.",
        _("This key does not work, or no longer."),
    ),
    "scope_missing": (
        403,
        "The token has not the scope that the operation needs.",
        _("This key may not do that: it needs “%(scope)s”."),
    ),
    "not_found": (
        404,
        "There is nothing here, or nothing that this member may know of.",
        _("There is nothing here that you can see."),
    ),
    "method_not_allowed": (
        405,
        "The address has no such method; `Allow` lists those it has.",
        _("Not like that."),
    ),
    "request_running": (
        409,
        "A request with the same Idempotency-Key runs at this moment; ask again after `Retry-After`.",
        _("The same request is still being worked on. Ask again in a moment."),
    ),
    "body_too_large": (413, "The body is longer than 64 KiB.", _("That is more than we take.")),
    "not_json": (415, "The body is not sent as application/json.", _("Send JSON, as application/json.")),
    "invalid": (
        422,
        "Something cannot be read; `errors` names every field, and the body is not JSON where it names none.",
        _("We could not read what was sent."),
    ),
    "key_reused": (
        422,
        "The Idempotency-Key was used for another request before.",
        _("This Idempotency-Key was used for another request. Take a new one."),
    ),
    "too_many_requests": (
        429,
        "More requests than the token may send; ask again after `Retry-After` seconds.",
        _("That was too much at once. Ask again in %(seconds)s seconds."),
    ),
    "mishap": (
        500,
        "A mistake of ours; `request_id` helps us to find it.",
        _("Something went wrong here. We have a note of it."),
    ),
    "busy": (
        503,
        "The database is away or too busy: nothing was done. Ask again after `Retry-After` seconds.",
        _("We are too busy at the moment, and nothing was done. Ask again in a moment."),
    ),
}
# Whose refusals may reach a program.
REFUSING = (
    *("booking.reservations", "booking.budgets", "booking.pricing", "booking.occupancy"),
    "booking.payments.opening",
)


class WrongField(Told):
    """One field that cannot be read; an empty name is about the whole."""

    field: str
    message: str


class Instead(Told):
    """Something near the wish that works."""

    kind: str = Field(description="time, place, people or way")
    resource_id: int | None = None
    resource_name: str = ""
    venue_name: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str = ""
    href: str | None = Field(None, description="Its quote.")


class DateProblem(Told):
    """A date of a series that does not work."""

    on: date
    resource_id: int
    code: str
    detail: str
    rule: str
    alternatives: list[Instead]


class Problem(Told):
    """What went wrong (RFC 9457). `code` is for programs and stays; `detail` is for people, in their language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    rule: str = Field("", description="The rule's own text, where a rule of the house said no.")
    errors: list[WrongField] = []
    alternatives: list[Instead] = []
    dates: list[DateProblem] = Field(
        default=[], description="Of a series: each date that does not work, and what would."
    )
    values: dict[str, str | int | bool | None] = Field(
        default={}, description="The facts behind the sentence, as `capacity` and `people`."
    )
    request_id: str = ""


class Invalid(Exception):
    """Fields that cannot be read, by name; '' is about the whole."""

    def __init__(self, errors: Mapping[str, Sequence[Any]]) -> None:
        self.errors = errors
        super().__init__(str(sorted(errors)))


class Failed(Exception):
    """One of `OWN`."""

    def __init__(self, code: str, headers: Mapping[str, str] | None = None, **values: Any) -> None:
        self.code, self.headers, self.values = code, dict(headers or {}), values
        super().__init__(code)


def codes() -> dict[str, tuple[int, str]]:
    """Every code a program may meet, with its status and its meaning, in English: ours first, then the rules'."""
    found = {code: (status, meaning) for code, (status, meaning, _sentence) in OWN.items()}
    for refusal in sorted(_refusals(Refused), key=lambda each: each.code):
        text = getattr(refusal.text, "text", refusal.text)
        found[refusal.code] = (409, str(text))
    return found


def _refusals(kind: type[Refused]) -> set[type[Refused]]:
    below = {each for child in kind.__subclasses__() for each in _refusals(child)}
    return below | {child for child in kind.__subclasses__() if child.__module__.startswith(REFUSING)}


def answer_to(error: Exception, *, request_id: str) -> Response:
    """The answer to whatever was raised. What nobody expected is logged with its trace."""
    if isinstance(error, Refused):
        return _refused(error, request_id)
    if isinstance(error, Invalid):
        wrong = [
            WrongField(field=name, message=str(sentence))
            for name, sentences in error.errors.items()
            for sentence in sentences
        ]
        return _own("invalid", request_id, errors=wrong)
    if isinstance(error, Failed):
        return _own(error.code, request_id, error.headers, **error.values)
    if isinstance(error, NotFound):
        return _own("not_found", request_id)
    if isinstance(error, TooMany):
        seconds = error.retry_after_seconds
        return _own("too_many_requests", request_id, {"Retry-After": str(seconds)}, seconds=seconds)
    if isinstance(error, HTTPException):
        code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}.get(error.status_code)
        return _own(code or "invalid", request_id, dict(error.headers or {}))
    if passing(error):
        log.warning("busy", error=repr(error)[:300])
        return _own("busy", request_id, {"Retry-After": str(BUSY_SECONDS)})
    log.error("mishap", exc_info=error)
    return _own("mishap", request_id)


def passing(error: Exception) -> bool:
    """Whether nothing was done, and the same request may succeed in a moment."""
    return isinstance(error, Busy | TooMany) or db.is_passing(error)


def _own(
    code: str,
    request_id: str,
    headers: Mapping[str, str] | None = None,
    *,
    errors: Sequence[WrongField] = (),
    **values: Any,
) -> Response:
    status, _meaning, sentence = OWN[code]
    text = str(sentence)
    return _problem(
        Problem(
            type=type_of(code),
            title=title_of(code),
            status=status,
            code=code,
            detail=text % values if values else text,
            rule="",
            errors=list(errors),
            values=plain(values),
            request_id=request_id,
        ),
        headers,
    )


def _refused(refusal: Refused, request_id: str) -> Response:
    return _problem(
        Problem(
            type=type_of(refusal.code),
            title=title_of(refusal.code),
            status=409,
            code=refusal.code,
            detail=refusal.sentence,
            rule=refusal.rule_sentence,
            alternatives=[instead(each) for each in refusal.alternatives],
            dates=[
                DateProblem(
                    on=each.wish.on,
                    resource_id=each.wish.resource_id,
                    code=each.refusal.code,
                    detail=each.refusal.sentence,
                    rule=each.refusal.rule_sentence,
                    alternatives=[instead(way) for way in each.refusal.alternatives],
                )
                for each in getattr(refusal, "clashes", ())
            ],
            values=plain(refusal.values),
            request_id=request_id,
        )
    )


def instead(found: Alternative) -> Instead:
    """An alternative, with the address of its quote."""
    href = None
    if found.resource_id is not None and found.begins_at and found.ends_at:
        query = urlencode({"begins_at": zulu(found.begins_at), "ends_at": zulu(found.ends_at)})
        href = f"{settings.BASE_URL}{BASE}/resources/{found.resource_id}/quote?{query}"
    return Instead(
        kind=found.kind,
        resource_id=found.resource_id,
        resource_name=found.resource_name,
        venue_name=found.venue_name,
        begins_at=found.begins_at,
        ends_at=found.ends_at,
        zone=found.zone,
        href=href,
    )


def plain(values: Mapping[str, Any]) -> dict[str, str | int | bool | None]:
    """The values of a refusal as JSON: instants as ISO 8601 in UTC, whatever else as text."""
    found: dict[str, str | int | bool | None] = {}
    for name, value in values.items():
        if isinstance(value, datetime):
            found[name] = zulu(value)
        elif isinstance(value, date):
            found[name] = value.isoformat()
        else:
            found[name] = value if value is None or isinstance(value, int | bool) else str(value)
    return found


def zulu(at: datetime) -> str:
    """An instant in UTC as '2026-11-24T13:30:00Z'."""
    return at.isoformat().replace("+00:00", "Z")


def type_of(code: str) -> str:
    return f"{settings.BASE_URL}{BASE}/problems/{code}"


def title_of(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _problem(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
