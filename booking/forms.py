"""Reading what people and programs send: a form, a JSON body or a query, into one Pydantic shape.

A shape knows types and lengths, never rules. Every wrong field is told at once, in the visitor's language, and what
was typed is kept. What a shape does not name is ignored, so nobody sets a price or a role by adding a field.

    class Wish(Shape):
        name: Line
        people: int = Field(1, ge=1, le=500)
        day: date
        begins: Minutes

    form = await read(request, Wish)
    if form.valid:
        form.value.name
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import PydanticCustomError, PydanticKnownError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from booking.errors import Refused
from booking.i18n import day as in_words
from booking.i18n import lazy as _

FIELDS_MAX = 200
PART_BYTES_MAX = 64 * 1024
LETTERS_MAX = 10_000
MINUTES_MAX = 2 * 24 * 60
# C0 without tab and line ends, DEL, C1, the two Unicode line ends, and halves of letters: they break calendars and CSV.
UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\u200e\u200f\u202a-\u202e]"
)

S = TypeVar("S", bound=BaseModel)


class Shape(BaseModel):
    """What a request may say. Strings arrive cleaned and stripped; unknown names are ignored."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, str_max_length=LETTERS_MAX, hide_input_in_errors=True
    )


@dataclass(frozen=True)
class RefusalShown:
    """A refusal as the form shows it; `alternatives` are (label, address), the nearest first."""

    sentence: str
    rule: str = ""
    alternatives: Sequence[tuple[str, str]] = ()
    code: str = ""


@dataclass
class Form(Generic[S]):
    """What was typed, what is wrong with it, and the shape if nothing is. Templates read all but `value`."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    read_value: S | None = None
    refusal: RefusalShown | None = None
    status: int = 200

    @property
    def valid(self) -> bool:
        return self.read_value is not None and not self.errors

    @property
    def value(self) -> S:
        """The shape. Raises ValueError when the form is not valid."""
        if self.read_value is None or self.errors:
            raise ValueError("this form was not valid")
        return self.read_value

    def refuse(self, refusal: Refused, links: Sequence[tuple[str, str]] = ()) -> None:
        """A rule of the house says no: show it above the form, with what would work as (label, address)."""
        self.refusal = RefusalShown(refusal.sentence, refusal.rule_sentence, tuple(links), refusal.code)
        self.status = 409

    def wrong(self, name: str, sentence: Any) -> None:
        """Add a complaint that only the handler could find; '' is about the whole form."""
        self.errors.setdefault(name, []).append(str(sentence))
        self.status = 422


def blank(**values: Any) -> Form[Any]:
    """A form nobody has typed into, with what stands there at first."""
    return Form(values={name: _as_typed(value) for name, value in values.items()})


async def read(request: Request, shape: type[S], *, zone: str | None = None, **given: Any) -> Form[S]:
    """The request's form or JSON body (its query, for GET) in this shape; 422 and every complaint otherwise.

    `zone` is there for the shape's own validators, as `info.context["zone"]`. `given` are values that the address
    already says; they win over what was sent.
    """
    try:
        sent = await _sent(request, shape)
    except (ValueError, RecursionError):
        form: Form[S] = Form(values=dict(given))
        form.wrong("", _("We could not read what was sent."))
        return form
    return check(shape, sent | given, zone=zone)


async def read_with_file(request: Request, shape: type[S], name: str, **given: Any) -> tuple[Form[S], bytes]:
    """The same for a form that brings a file in the field `name`: the form, and the file's octets (none: empty).

    How much may be sent is up to the route (`max_body_size`); what the file is called, and what it says it is, counts
    for nothing.
    """
    try:
        async with request.form(max_files=1, max_fields=FIELDS_MAX, max_part_size=PART_BYTES_MAX) as sent:
            file = sent.get(name)
            octets = await file.read() if isinstance(file, UploadFile) else b""
            texts = {key: value for key, value in sent.multi_items() if isinstance(value, str)}
    except MultiPartException:
        form: Form[S] = Form(values=dict(given))
        form.wrong("", _("We could not read what was sent."))
        return form, b""
    return check(shape, texts | given), octets


def check(shape: type[S], sent: Mapping[str, Any], *, zone: str | None = None) -> Form[S]:
    """Values by name, in this shape: the same as `read`, without a request. Raises nothing."""
    sent = {name: clean(value) for name, value in sent.items() if isinstance(name, str)}
    form: Form[S] = Form(values={name: _as_typed(value) for name, value in sent.items()})
    # An empty box says nothing, and a whole number read from a box is text: Pydantic reads both from here on.
    said = {name: value for name, value in sent.items() if value not in ("", None, [])}
    try:
        form.read_value = shape.model_validate(said, context={"zone": zone})
    except ValidationError as errors:
        form.status = 422
        for error in errors.errors(include_url=False, include_input=False):
            name = str(error["loc"][0]) if error["loc"] else ""
            sentence = sentence_for(error)
            if sentence not in form.errors.setdefault(name, []):
                form.errors[name].append(sentence)
    return form


async def _sent(request: Request, shape: type[BaseModel]) -> dict[str, Any]:
    """Names and values as they came: texts, or lists of texts where the shape has a list."""
    if request.method in ("GET", "HEAD"):
        pairs = request.query_params.multi_items()
    elif request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        body = json.loads(await request.body())
        if not isinstance(body, dict):
            raise ValueError("not an object")
        return body
    else:
        form = await request.form(max_files=0, max_fields=FIELDS_MAX, max_part_size=PART_BYTES_MAX)
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    sent: dict[str, Any] = {}
    for name, value in pairs[:FIELDS_MAX]:
        if is_list(shape, name):
            sent.setdefault(name, []).append(value)
        else:
            sent[name] = value
    return sent


def is_list(shape: type[BaseModel], name: str) -> bool:
    """Whether the field takes several values: a list, tuple, set or frozenset, perhaps optional."""
    found = shape.model_fields.get(name)
    if found is None:
        return False
    kinds = [found.annotation]
    if get_origin(found.annotation) in (Union, UnionType):
        kinds = list(get_args(found.annotation))
    return any((get_origin(kind) or kind) in (list, tuple, set, frozenset) for kind in kinds)


def clean(value: Any) -> Any:
    """Text as we keep it: composed, without what breaks calendars and tables, without blanks around it."""
    if isinstance(value, str):
        return UNWANTED.sub("", unicodedata.normalize("NFC", value)).replace("\r\n", "\n").strip()
    if isinstance(value, list):
        return [one for one in map(clean, value) if one != ""]
    return value


def _as_typed(value: Any) -> Any:
    """A value as it stands in a box."""
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_typed(one) for one in value]
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


# --- kinds of fields ---------------------------------------------------------------------------------


def wrong(sentence: Any, **values: Any) -> PydanticCustomError:
    """What a validator of ours raises: `raise wrong(lazy("The end must come after the beginning."))`."""
    return PydanticCustomError("said", "{sentence}", {"sentence": sentence, "values": values})


def _minutes(value: Any) -> Any:
    """'14:30' or '870' → 870 minutes past midnight. '24:00' is the end of the day."""
    if isinstance(value, str) and (clock := re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", value)):
        hours, minutes = int(clock[1]), int(clock[2])
        value = hours * 60 + minutes if minutes < 60 else None
    elif isinstance(value, str) and re.fullmatch(r"\d{1,4}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MINUTES_MAX:
        raise wrong(_("This is not a time of day. Write it like 14:30."))
    return value


def _whole_days_only(value: Any) -> Any:
    """A date as YYYY-MM-DD. Pydantic would also take a number of seconds."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise wrong(_("This is not a date. Write it like 2026-11-24."))
    return value


def _near(value: date) -> date:
    if not 2000 <= value.year <= 2199:
        raise wrong(_("We cannot look that far: %(day)s."), day=value)
    return value


def _mail(value: str) -> str:
    local, _at, host = value.rpartition("@")
    if (
        not local
        or "." not in host.strip(".")
        or not re.fullmatch(r"[^\s@<>(),;:\"\[\]\\]+@[^\s@<>(),;:\"\[\]\\]+", value)
    ):
        raise wrong(_("This does not look like an e-mail address."))
    return value.lower()


def _one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _ticked(value: Any) -> Any:
    return (
        {"yes": True, "on": True, "1": True, "no": False, "0": False}.get(value, value)
        if isinstance(value, str)
        else value
    )


def _at_most(letters: int) -> AfterValidator:
    """A limit that stays beside a narrower one: of two limits set by Field, Pydantic keeps the one set here."""

    def check_length(value: str) -> str:
        if len(value) > letters:
            raise PydanticKnownError("string_too_long", {"max_length": letters})
        return value

    return AfterValidator(check_length)


# A shape may set a narrower limit of its own: `name: Line = Field(max_length=120)`.
Line = Annotated[str, BeforeValidator(_one_line), _at_most(200)]
Text = Annotated[str, _at_most(2000)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_mail)]
Minutes = Annotated[int, BeforeValidator(_minutes)]
Day = Annotated[date, BeforeValidator(_whole_days_only), AfterValidator(_near)]
Ticked = Annotated[bool, BeforeValidator(_ticked)]

# --- sentences ---------------------------------------------------------------------------------------

_NOT_A_NUMBER = _("This must be a whole number.")
_NOT_A_DATE = _("This is not a date. Write it like 2026-11-24.")
_NOT_A_CHOICE = _("Choose one of the values on offer.")
_NOT_A_TEXT = _("This must be text.")
_NOT_AN_INSTANT = _("This must be a date and time with an offset, like 2026-11-24T14:30:00+01:00.")
SENTENCES = {
    "missing": _("This is needed."),
    "string_too_long": _("At most %(max_length)d letters fit here."),
    "string_too_short": _("At least %(min_length)d letters are needed."),
    "string_type": _NOT_A_TEXT,
    "string_unicode": _NOT_A_TEXT,
    "string_pattern_mismatch": _("This does not look right."),
    "int_parsing": _NOT_A_NUMBER,
    "int_parsing_size": _NOT_A_NUMBER,
    "int_type": _NOT_A_NUMBER,
    "int_from_float": _NOT_A_NUMBER,
    "float_parsing": _("This must be a number."),
    "float_type": _("This must be a number."),
    "finite_number": _("This must be a number."),
    "greater_than": _("This must be more than %(gt)s."),
    "greater_than_equal": _("This must be at least %(ge)s."),
    "less_than": _("This must be less than %(lt)s."),
    "less_than_equal": _("This must be at most %(le)s."),
    "date_parsing": _NOT_A_DATE,
    "date_type": _NOT_A_DATE,
    "date_from_datetime_parsing": _NOT_A_DATE,
    "date_from_datetime_inexact": _NOT_A_DATE,
    "datetime_parsing": _NOT_AN_INSTANT,
    "datetime_type": _NOT_AN_INSTANT,
    "datetime_from_date_parsing": _NOT_AN_INSTANT,
    "timezone_aware": _NOT_AN_INSTANT,
    "uuid_parsing": _("This form is damaged. Load the page again."),
    "uuid_type": _("This form is damaged. Load the page again."),
    "bool_parsing": _NOT_A_CHOICE,
    "bool_type": _NOT_A_CHOICE,
    "literal_error": _NOT_A_CHOICE,
    "enum": _NOT_A_CHOICE,
    "too_long": _("At most %(max_length)d values fit here."),
    "too_short": _("At least %(min_length)d values are needed."),
    "list_type": _("This must be a list."),
    "extra_forbidden": _("There is no such field."),
}
NOT_RIGHT = _("This does not look right.")


def sentence_for(error: Mapping[str, Any]) -> str:
    """What one of Pydantic's complaints means, in the language spoken here."""
    values = error.get("ctx") or {}
    if error["type"] == "said":
        said = values.get("values") or {}
        shown = {
            name: in_words(one) if isinstance(one, date | datetime) else one for name, one in said.items()
        }
        return str(values["sentence"]) % shown if shown else str(values["sentence"])
    kind = error["type"]
    if kind in ("too_long", "too_short") and values.get("field_type") == "Value":
        kind = f"string_{kind}"
    sentence = SENTENCES.get(kind)
    return str(sentence) % values if sentence else str(NOT_RIGHT)
