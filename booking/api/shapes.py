"""What requests and answers are made of: instants with an offset, whole numbers, times of day; nothing unnamed.

A shape of a request takes no field it does not know and no number for a text: what a program gets wrong, it is told.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from booking.forms import LETTERS_MAX, clean, wrong
from booking.i18n import lazy as _

YEARS = range(2000, 2200)
AN_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# A plus sign that nobody encoded arrives as a blank.
LOST_PLUS = re.compile(r"(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) (\d\d:\d\d)", re.ASCII)
A_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_NOT_AN_INSTANT = _("This must be a date and time with an offset, like 2026-11-24T14:30:00+01:00.")


class Asked(BaseModel):
    """What a request may say."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_max_length=LETTERS_MAX, hide_input_in_errors=True
    )


class Told(BaseModel):
    """What a program is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        text = LOST_PLUS.sub(r"\1+\2", value)
        if AN_INSTANT.fullmatch(text):
            try:
                read = datetime.fromisoformat(text.upper())
            except ValueError:
                raise wrong(_NOT_AN_INSTANT) from None
            if read.year in YEARS:
                return read.astimezone(UTC)
            raise wrong(_("We cannot look that far: %(day)s."), day=read.date())
    raise wrong(_NOT_AN_INSTANT)


def _number(value: Any) -> Any:
    """Digits of a query; a JSON body has numbers."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?\d{1,18}", value, re.ASCII) else value + "!"
    return value


def _decimal(value: Any) -> Any:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"-?\d{1,4}(\.\d{1,12})?", value, re.ASCII) else value + "!"
    return value


def _time(value: Any) -> Any:
    if isinstance(value, str) and A_TIME.fullmatch(value):
        hours, minutes = value.split(":")
        return int(hours) * 60 + int(minutes)
    raise wrong(_("This is not a time of day. Write it like 14:30."))


def _date(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"2[01]\d\d-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong(_("This is not a date. Write it like 2026-11-24."))


def _line(value: Any) -> Any:
    return " ".join(clean(value).split()) if isinstance(value, str) else value


def _text(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-24T14:30:00+01:00"]}),
]
Date = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-24"]}),
]
TimeOfDay = Annotated[
    int,
    BeforeValidator(_time),
    WithJsonSchema(
        {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "examples": ["14:30"]}
    ),
]
Number = Annotated[int, BeforeValidator(_number)]
Decimal = Annotated[float, BeforeValidator(_decimal)]
Line = Annotated[str, BeforeValidator(_line)]
Text = Annotated[str, BeforeValidator(_text)]


class Paged(Asked):
    """Which part of a list."""

    limit: Number = Field(20, ge=1, le=100, description="How many at most.")
    cursor: str | None = Field(
        None, max_length=1000, description="Where to go on: `next_cursor` of the answer before."
    )


class Span(Told):
    """From an instant (included) to another (not included), in UTC."""

    begins_at: datetime
    ends_at: datetime
