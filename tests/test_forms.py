"""Reading requests into shapes: every complaint at once, nothing lost, nothing smuggled in. No database."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, Field, ValidationInfo, model_validator
from starlette.requests import Request

from booking.errors import Refused
from booking.forms import Day, Email, Line, Minutes, Shape, Text, Ticked, blank, check, read, wrong
from booking.i18n import lazy, speaking


class Wish(Shape):
    name: Line = Field(max_length=20)
    people: int = Field(1, ge=1, le=500)
    day: Day
    begins: Minutes
    ends: Minutes
    kind: Literal["room", "desk"] = "room"
    email: Email | None = None
    note: Text = ""
    features: list[Line] = Field(default_factory=list, max_length=3)
    id: UUID | None = None
    whole_day: Ticked = False

    @model_validator(mode="after")
    def _forwards(self, info: ValidationInfo) -> Wish:
        if self.ends <= self.begins:
            raise wrong(lazy("The end must come after %(day)s."), day=self.day)
        return self


GOOD = {"name": "Quai", "day": "2026-11-24", "begins": "09:30", "ends": "11:00"}


def request(
    method: str = "POST", body: bytes = b"", kind: str = "application/x-www-form-urlencoded", query: str = ""
) -> Request:
    """A request as Starlette would make it."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": query.encode(),
        "headers": [(b"content-type", kind.encode())],
    }
    return Request(scope, receive)


def test_it_works() -> None:
    form = check(Wish, GOOD | {"people": "4", "features": ["screen", ""], "whole_day": "yes"})
    assert form.valid
    assert form.status == 200
    wish = form.value
    assert (wish.name, wish.people, wish.day) == ("Quai", 4, date(2026, 11, 24))
    assert (wish.begins, wish.ends, wish.features, wish.whole_day) == (570, 660, ["screen"], True)


def test_every_complaint_at_once_and_what_was_typed() -> None:
    typed = {
        "name": "x" * 21,
        "people": "many",
        "day": "24/11/2026",
        "begins": "25:61",
        "kind": "boat",
        "id": "7",
    }
    form = check(Wish, typed)
    assert not form.valid
    assert form.status == 422
    assert form.errors == {
        "name": ["At most 20 letters fit here."],
        "people": ["This must be a whole number."],
        "day": ["This is not a date. Write it like 2026-11-24."],
        "begins": ["This is not a time of day. Write it like 14:30."],
        "ends": ["This is needed."],
        "kind": ["Choose one of the values on offer."],
        "id": ["This form is damaged. Load the page again."],
    }
    assert form.values == typed
    with pytest.raises(ValueError, match="not valid"):
        _ = form.value


def test_a_complaint_about_the_whole() -> None:
    form = check(Wish, GOOD | {"ends": "09:30"})
    assert form.errors == {"": ["The end must come after Tuesday, 24 November 2026."]}
    with speaking("nl"):
        assert "dinsdag 24 november 2026" in check(Wish, GOOD | {"ends": "09:00"}).errors[""][0]


def test_names_that_the_shape_does_not_know_are_ignored() -> None:
    form = check(Wish, GOOD | {"price_cents": "1", "role": "administrator", "__class__": "x"})
    assert form.valid
    assert not hasattr(form.value, "price_cents")
    with pytest.raises(Exception, match="frozen"):
        form.value.people = 3


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("00:00", 0), ("9:05", 545), ("14:30:00", 870), ("24:00", 1440), ("870", 870), ("48:00", 2880)],
)
def test_times(typed: str, minutes: int) -> None:
    assert check(Wish, GOOD | {"begins": typed, "ends": "48:00"}).values["begins"] == typed
    form = check(Wish, {**GOOD, "begins": "00:00", "ends": typed} if minutes else {**GOOD, "begins": typed})
    assert minutes in (form.value.begins, form.value.ends)


@pytest.mark.parametrize(
    "typed", ["48:01", "-1", "14.30", "1e3", "NaN", "²3", "14:60", "99999", "half two", "1 4:30"]
)
def test_no_times(typed: str) -> None:
    assert "begins" in check(Wish, GOOD | {"begins": typed}).errors


@pytest.mark.parametrize(
    "typed", ["2026-02-29", "9999-01-01", "1999-12-31", "0", "1700000000", "2026-11-24T10:00", "NaN"]
)
def test_no_days(typed: str) -> None:
    assert list(check(Wish, GOOD | {"day": typed}).errors) == ["day"]


@pytest.mark.parametrize("typed", ["0", "501", "1.5", "NaN", "inf", "1e3", "9" * 5000, "-1", "٣٣٣٣"])
def test_no_counts(typed: str) -> None:
    assert list(check(Wish, GOOD | {"people": typed}).errors) == ["people"]


@pytest.mark.parametrize(
    "typed", ["a@b", "@b.eu", "a@", "a b@c.eu", "a@b.eu,c@d.eu", "a@b.eu\r\nBcc: x@y.eu", "<a@b.eu>"]
)
def test_no_addresses(typed: str) -> None:
    assert list(check(Wish, GOOD | {"email": typed}).errors) == ["email"]


def test_text_is_cleaned() -> None:
    form = check(
        Wish, GOOD | {"name": " a\x00\x1b\x85\u2028\u202eb \t c\r\nd ", "note": "one\r\ntwo\ttab\x07"}
    )
    assert form.value.name == "ab c d"
    assert form.value.note == "one\ntwo\ttab"


def test_lists_have_an_end() -> None:
    form = check(Wish, GOOD | {"features": ["a", "b", "c", "d"]})
    assert form.errors == {"features": ["At most 3 values fit here."]}


async def test_a_form() -> None:
    body = b"name=Quai&day=2026-11-24&begins=09:30&ends=11:00&features=a&features=b&people=2&people=3"
    form = await read(request(body=body), Wish)
    assert form.value.features == ["a", "b"]
    assert form.value.people == 3


async def test_a_query() -> None:
    form = await read(
        request("GET", query="name=Quai&day=2026-11-24&begins=09:30&ends=11:00&features=a"), Wish
    )
    assert form.value.features == ["a"]


async def test_json() -> None:
    sent = GOOD | {"people": 4, "features": ["a"], "begins": 570}
    form = await read(request(body=json.dumps(sent).encode(), kind="application/json"), Wish)
    assert (form.value.people, form.value.begins) == (4, 570)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b"[" * 100_000, b'{"day": NaN}'])
async def test_json_that_cannot_be_read(body: bytes) -> None:
    form = await read(request(body=body, kind="application/json"), Wish)
    assert not form.valid
    assert form.status == 422
    assert form.errors


@pytest.mark.parametrize("value", [None, [], {}, [[1]], {"a": 1}, True, 1.5, 10**400])
async def test_json_of_the_wrong_kind(value: Any) -> None:
    for name in Wish.model_fields:
        form = check(Wish, GOOD | {name: value})
        assert form.status in (200, 422)


async def test_json_needs_an_offset() -> None:
    class When(Shape):
        begins_at: AwareDatetime

    assert check(When, {"begins_at": "2026-11-24T14:30:00"}).errors
    assert check(When, {"begins_at": "2026-11-24T14:30:00+01:00"}).valid


async def test_what_the_address_says_wins() -> None:
    form = await read(request(body=b"name=Other&day=2026-11-24&begins=09:30&ends=11:00"), Wish, name="Quai")
    assert form.value.name == "Quai"


def test_the_venues_zone_reaches_the_shape() -> None:
    class There(Shape):
        zone: str = ""

        @model_validator(mode="before")
        @classmethod
        def _zone(cls, values: Any, info: ValidationInfo) -> Any:
            return {"zone": (info.context or {})["zone"]}

    assert check(There, {}, zone="Europe/Tallinn").value.zone == "Europe/Tallinn"


def test_a_refusal() -> None:
    class Full(Refused):
        code = "full"
        text = lazy("%(name)s seats %(most)d people.")
        rule = lazy("At most %(most)d.")

    form = check(Wish, GOOD)
    form.refuse(Full(name="Quai", most=8), [("Bureau", "/resources/2")])
    assert form.status == 409
    assert form.refusal is not None
    assert (form.refusal.sentence, form.refusal.rule) == ("Quai seats 8 people.", "At most 8.")
    assert form.refusal.alternatives == (("Bureau", "/resources/2"),)


def test_a_blank_form() -> None:
    form = blank(name="Quai", day=date(2026, 11, 24), note=None, features=["a", 1], whole_day=True)
    assert form.values == {
        "name": "Quai",
        "day": "2026-11-24",
        "note": "",
        "features": ["a", "1"],
        "whole_day": "yes",
    }
    assert not form.valid
    assert form.status == 200


def test_complaints_of_the_handler() -> None:
    form = check(Wish, GOOD)
    form.wrong("name", lazy("Taken."))
    assert not form.valid
    assert (form.status, form.errors) == (422, {"name": ["Taken."]})


@given(
    st.dictionaries(
        st.sampled_from(list(Wish.model_fields)), st.text(max_size=40) | st.lists(st.text(max_size=5))
    )
)
def test_nothing_typed_breaks_it(typed: dict[str, Any]) -> None:
    form = check(Wish, typed)
    assert form.valid or form.errors


def test_the_narrower_of_two_limits_holds() -> None:
    class Short(Shape):
        line: Line = Field("", max_length=20)
        text: Text = Field("", max_length=30)
        long: Text = ""

    fits = {"line": "x" * 20, "text": "x" * 30, "long": "x" * 2000}
    assert check(Short, fits).valid
    found = check(Short, {name: value + "x" for name, value in fits.items()})
    assert found.errors == {
        "line": ["At most 20 letters fit here."],
        "text": ["At most 30 letters fit here."],
        "long": ["At most 2000 letters fit here."],
    }
