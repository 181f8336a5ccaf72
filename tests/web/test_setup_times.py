"""The forms of hours, holidays and yearly closures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from booking.places.models import OpenHoliday, OpeningHours, YearlyClosure
from booking.web.setup_hours import spans_of, words_of
from tests import make


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue(holidays_region="BE")


@pytest.fixture
async def room(house: Any) -> Any:
    return await make.resource(at=house, name="Quai")


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


WEEK = {f"day_{number}": "09:00-12:30, 13:30-18:00" for number in range(1, 6)} | {"day_6": "18:00-02:00"}


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("9-12:30, 13:30–18", [(540, 750), (810, 1080)]),
        ("9h30-12h00", [(570, 720)]),
        ("18:00-02:00", [(1080, 1560)]),
        ("00:00-24:00", [(0, 1440)]),
        ("13:00-14:00; 09:00-10:00", [(540, 600), (780, 840)]),
        ("9 bis 17", [(540, 1020)]),
        ("9-12, 11-13", None),
        ("25:00-26:00", None),
        ("09:00-12:75", None),
        ("always", None),
        ("9-", None),
        (",".join(f"{hour}-{hour + 1}" for hour in range(0, 20, 2)), None),
    ],
)
def test_times_as_people_write_them(text: str, spans: list[tuple[int, int]] | None) -> None:
    assert spans_of(text) == spans
    if spans:
        assert spans_of(words_of(spans)) == spans


async def test_it_works(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/hours"
    assert 'value="08:00-22:00"' in (await stella.get(address)).text
    done = await stella.post(address, data={**WEEK, "first": "2027-01-01"})
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert await OpeningHours.filter(valid_from="2027-01-01").count() == 11
    seen = (await stella.get(address)).text
    for words in ("Now, until Thu, 31 Dec 2026", "From Fri, 1 Jan 2027 on", "09:00–12:30, 13:30–18:00"):
        assert words in seen


async def test_what_was_typed_is_kept(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/hours"
    wrong = {**WEEK, "day_2": "some time", "first": "2027-01-01", "last": "2026-12-31"}
    got = await stella.post(address, data=wrong)
    assert got.status_code == 422
    for words in ('href="#f-day_2"', 'href="#f-last"', 'value="some time"', 'value="18:00-02:00"'):
        assert words in got.text
    past = await stella.post(address, data={**WEEK, "first": "2026-11-01"})
    assert past.status_code == 409
    assert await OpeningHours.all().count() == 7


async def test_a_wrong_form_of_a_space_stays_that_spaces(stella: Any, house: Any, room: Any) -> None:
    address = f"/manage/{house.key}/set-up/hours"
    got = await stella.post(address, data={**WEEK, "first": "soon", "resource": str(room.id)})
    assert got.status_code == 422
    assert f'name="resource" value="{room.id}"' in got.text
    assert (
        await stella.post(address, data={**WEEK, "first": "2027-01-01", "resource": "x"})
    ).status_code == 404
    assert await OpeningHours.all().count() == 7


# As a browser sends it: the whole form, dates too.
TYPED = {f"day_{number}": "" for number in range(1, 8)} | {"first": "2027-01-01", "last": ""}


def days_of(page: str) -> list[str]:
    """What stands in the seven boxes."""
    return re.findall(r'name="day_\d" type="text" value="([^"]*)"', page)


@pytest.mark.parametrize(
    ("onto", "filled"),
    [
        ("working", ["9-12, 13-18"] * 5 + ["", ""]),
        ("all", ["9-12, 13-18"] * 7),
        ("weekend", ["9-12, 13-18", "", "", "", "", "9-12, 13-18", "9-12, 13-18"]),
        ("3", ["9-12, 13-18", "", "9-12, 13-18", "", "", "", ""]),
    ],
)
async def test_one_days_hours_are_copied_to_others(
    stella: Any, house: Any, onto: str, filled: list[str]
) -> None:
    typed = TYPED | {"day_1": "9-12, 13-18", "copy_from": "1", "copy_to": onto}
    seen = await stella.get(f"/manage/{house.key}/set-up/hours", params=typed)
    assert seen.status_code == 200
    assert days_of(seen.text) == filled
    assert "Copied. Nothing is saved yet." in seen.text
    assert 'value="2027-01-01"' in seen.text
    assert await OpeningHours.all().count() == 7


async def test_a_closed_day_is_copied_too(stella: Any, house: Any) -> None:
    typed = TYPED | {f"day_{number}": "9-18" for number in range(1, 7)}
    seen = await stella.get(
        f"/manage/{house.key}/set-up/hours", params=typed | {"copy_from": "7", "copy_to": "weekend"}
    )
    assert days_of(seen.text) == ["9-18"] * 5 + ["", ""]


async def test_what_nobody_can_read_is_not_copied(stella: Any, house: Any, room: Any) -> None:
    address = f"/manage/{house.key}/set-up/hours"
    typed = TYPED | {"day_1": "all day", "day_2": "9-18", "resource": str(room.id)}
    seen = await stella.get(address, params=typed | {"copy_from": "1", "copy_to": "all"})
    assert seen.status_code == 422
    assert days_of(seen.text) == ["all day", "9-18", "", "", "", "", ""]
    assert 'href="#f-day_1"' in seen.text
    assert f'name="resource" value="{room.id}"' in seen.text
    for wrong in (
        {"copy_from": "8"},
        {"copy_from": "x"},
        {"copy_from": "1", "copy_to": "9"},
        {"copy_from": ""},
    ):
        assert (await stella.get(address, params=typed | wrong)).status_code == 422
    assert await OpeningHours.all().count() == 7


async def test_bookings_outside_are_listed_first(stella: Any, house: Any, room: Any) -> None:
    await make.reservation(room, await make.member("Alice"), make.span("20:00", "21:00"))
    address = f"/manage/{house.key}/set-up/hours"
    asked = await stella.post(address, data={**WEEK, "first": "2026-11-23"})
    assert asked.status_code == 409
    for words in ("Alice: Quai", "Save all the same", "Upcoming bookings would no longer fit (1)"):
        assert words in asked.text
    assert await OpeningHours.filter(valid_from=None, valid_until=None).count() == 7
    assert (
        await stella.post(address, data={**WEEK, "first": "2026-11-23", "confirmed": "yes"})
    ).status_code == 303


async def test_a_space_of_its_own_and_back(stella: Any, house: Any, room: Any) -> None:
    address = f"/manage/{house.key}/set-up/hours"
    await stella.post(address, data={**WEEK, "first": "2026-11-23", "resource": str(room.id)})
    assert await OpeningHours.filter(resource_id=room.id).exists()
    assert "Own hours" in (await stella.get(f"/manage/{house.key}/set-up/spaces")).text
    await make.reservation(room, await make.member("Alice"), make.span("18:00", "23:00", days=5))
    await OpeningHours.filter(resource_id=None, weekday=6).update(closes_minute=1200)
    asked = await stella.post(f"{address}/follow", data={"resource": str(room.id)})
    assert asked.status_code == 409
    assert "Alice: Quai" in asked.text
    done = await stella.post(f"{address}/follow", data={"resource": str(room.id), "confirmed": "yes"})
    assert done.status_code == 303
    assert not await OpeningHours.filter(resource_id=room.id).exists()


async def test_holidays(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/holidays"
    assert "Christmas" in (await stella.get(address)).text
    assert (await stella.post(address, data={"day": "2026-12-25", "open": "yes"})).status_code == 303
    assert "Open on Friday, 25 December 2026" in (await stella.get(address)).text
    assert (await stella.post(address, data={"day": "2026-12-25"})).status_code == 303
    assert await OpenHoliday.all().count() == 0
    assert (await stella.post(address, data={"day": "2026-12-27", "open": "yes"})).status_code == 409
    assert (await stella.post(address, data={"day": "Christmas"})).status_code == 422
    assert await OpenHoliday.all().count() == 0


async def test_closing_on_a_holiday_asks_first(stella: Any, house: Any, room: Any) -> None:
    address = f"/manage/{house.key}/set-up/holidays"
    await stella.post(address, data={"day": "2026-12-25", "open": "yes"})
    await make.reservation(room, await make.member("Alice"), make.span(days=32))
    asked = await stella.post(address, data={"day": "2026-12-25"})
    assert asked.status_code == 409
    assert "Alice: Quai" in asked.text
    assert await OpenHoliday.all().count() == 1
    assert (await stella.post(address, data={"day": "2026-12-25", "confirmed": "yes"})).status_code == 303
    assert await OpenHoliday.all().count() == 0


async def test_yearly_closures(stella: Any, house: Any) -> None:
    base = f"/manage/{house.key}/set-up/holidays"
    wish = {"first_day": "12-24", "last_day": "01-01", "reason": "We rest"}
    assert (await stella.post(f"{base}/yearly", data=wish)).status_code == 303
    seen = (await stella.get(base)).text
    assert "24 December – 1 January" in seen
    assert "We rest" in seen
    for wrong in ({"first_day": "13-01"}, {"last_day": "02-31"}, {"reason": ""}):
        assert (await stella.post(f"{base}/yearly", data=wish | wrong)).status_code == 422
    row = await YearlyClosure.get()
    for _click in range(2):
        assert (await stella.post(f"{base}/yearly/{row.id}/remove")).status_code == 303
    assert await YearlyClosure.all().count() == 0
