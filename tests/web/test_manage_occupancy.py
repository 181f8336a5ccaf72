"""The report of a house: who may read it, any period, wrong periods, and the same as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking import occupancy
from booking.occupancy import Presence
from booking.places.models import Resource
from booking.web import slow
from tests import make
from tests.make import NOW
from tests.occupancy.test_report import booked
from tests.queries import counted, many_reservations, many_resources

PAST = make.NOW - timedelta(days=7)  # Monday, 16 November 2026
WEEK = {"first": "2026-11-16", "last": "2026-11-22"}


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", release_minutes=15)


@pytest.fixture
async def house(room: Any) -> Any:
    return room.venue


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


@pytest.fixture
async def busy(room: Any) -> Any:
    """Seven hours booked in the week: one booking came, one did not; six people at the door."""
    alice = await make.member("Alice")
    day = make.span("10:00", "14:00", days=-7)
    await booked(room, alice, day, people=4, checked_in_at=day.begins_at, net_cents=4000)
    missed = make.span("10:00", "13:00", days=-6)
    await booked(room, alice, missed, no_show_at=missed.begins_at + timedelta(minutes=15), net_cents=3000)
    for number in range(6):
        await Presence.create(
            venue_id=room.venue_id,
            person=f"v{number}",
            begins_at=day.begins_at,
            ends_at=day.ends_at,
            source="door",
            recorded_at=NOW,
        )
    return room


async def test_it_works(stella: Any, house: Any, busy: Any) -> None:
    answer = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    for words in (
        "7.1%",  # 7 of 98 hours
        "7 of 98 hours",
        "50.0%",  # one of two did not come
        "Hours booked and not cancelled ÷ bookable hours.",
        "n = 2",
        "known for 100%",
        "Quai",
        "Most visitors: 6 on Monday, 16 November 2026.",
        "Fullest: Monday from 10:00, 100% booked.",
        "€0.71",
        "occupancy.csv?first=2026-11-16&amp;last=2026-11-22",
    ):
        assert words in answer.text, words
    assert 'aria-current="page">Occupancy' in answer.text
    assert "Alice" not in answer.text


async def test_how_far_ahead_people_book(stella: Any, house: Any, room: Any, busy: Any) -> None:
    """The house and each space, in days and hours; the file has the same as plain hours."""
    desk = await make.resource(at=house, name="Desk")
    alice = await make.member("Alice")
    for days in (1, 2, 3):
        span = make.span("10:00", "11:00", days=-days - 2)
        await booked(desk, alice, span, created_at=span.begins_at - timedelta(days=days, hours=6))
    answer = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    for words in (
        "How far ahead people book",
        "Half of the bookings were made more than",
        "The middle half: between",
    ):
        assert words in answer.text
    table = answer.text.split("How far ahead, by space")[2].split("</table>")[0]
    for words in ("All spaces", "Quai", "Desk", "1 day 18 hr", "2 days 6 hr", "2 days 18 hr", "100%"):
        assert words in table, words
    told = (await stella.get(f"/manage/{house.key}/occupancy.csv", params=WEEK)).text
    assert '"Booked ahead, lower quartile",42,' in told
    assert '"Booked ahead, upper quartile",66,' in told


async def test_who_may_see_it(house: Any, client_of: Callable[..., Any]) -> None:
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    elsewhere = await make.manager(await make.venue())
    for visitor in (host, elsewhere, await make.member("Alice")):
        client = await client_of(visitor)
        for path in ("occupancy", "occupancy.csv"):
            assert (await client.get(f"/manage/{house.key}/{path}")).status_code == 404
        assert f"/manage/{house.key}/occupancy" not in (await client.get(f"/manage/{house.key}")).text
    nobody = await client_of()
    assert (await nobody.get(f"/manage/{house.key}/occupancy")).status_code == 303


async def test_without_a_period_it_is_the_last_four_weeks(stella: Any, house: Any, busy: Any) -> None:
    answer = await stella.get(f"/manage/{house.key}/occupancy")
    assert answer.status_code == 200
    assert "Mon, 26 Oct 2026 – Sun, 22 Nov 2026" in answer.text
    assert 'aria-current="true">Last four weeks' in answer.text


async def test_an_empty_period(stella: Any, house: Any) -> None:
    answer = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert answer.status_code == 200
    assert "Nothing was booked, and nobody was noted" in answer.text


async def test_the_way_to_the_first_month(stella: Any, house: Any, room: Any) -> None:
    day = make.span("10:00", "12:00", days=-200)  # 7 May 2026
    await booked(room, await make.member("Alice"), day)
    answer = await stella.get(f"/manage/{house.key}/occupancy")
    assert "First month: May 2026" in answer.text
    assert "first=2026-05-01&amp;last=2026-05-31" in answer.text


async def test_a_part_of_the_house(stella: Any, house: Any, busy: Any) -> None:
    desk = await make.resource(at=house, units=3, name="Desk")
    rooms = await stella.get(f"/manage/{house.key}/occupancy", params={**WEEK, "kind": "meeting_room"})
    assert "7 of 98 hours" in rooms.text
    assert "Visitors are those of the whole house" in rooms.text
    assert "Most visitors" not in rooms.text
    one = await stella.get(f"/manage/{house.key}/occupancy", params={**WEEK, "resource": desk.id})
    assert "Nothing was booked" in one.text
    both = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert "7 of 392 hours" in both.text
    assert "Meeting room, booked" in both.text


@pytest.mark.parametrize(
    "asked, words",
    [
        ({"first": "2026-11-22", "last": "2026-11-16"}, "The last day must not be before the first."),
        ({"first": "2020-01-01", "last": "2026-11-16"}, "A report covers at most 731 days."),
        ({"first": "yesterday", "last": "2026-11-16"}, "This is not a date."),
        ({"first": "1026-01-01"}, "We cannot look that far"),
        ({"kind": "spaceship"}, "Choose one of the values on offer."),
        ({"resource": "999999"}, "Choose one of the values on offer."),
        ({"resource": "x"}, "This must be a whole number."),
    ],
)
async def test_wrong_periods(stella: Any, house: Any, busy: Any, asked: dict[str, str], words: str) -> None:
    for path in ("occupancy", "occupancy.csv"):
        answer = await stella.get(f"/manage/{house.key}/{path}", params=asked)
        assert answer.status_code == 422
        assert words in answer.text
    for name, typed in asked.items():
        page = await stella.get(f"/manage/{house.key}/occupancy", params=asked)
        assert typed in page.text or name in ("kind", "resource")


async def test_every_wrong_field_at_once(stella: Any, house: Any, room: Any) -> None:
    answer = await stella.get(
        f"/manage/{house.key}/occupancy",
        params={"first": "2026-11-22", "last": "2026-11-16", "kind": "spaceship"},
    )
    assert "2 things need another look" in answer.text


async def test_csv(stella: Any, house: Any, busy: Any) -> None:
    await Resource.filter(id=busy.id).update(name="=HYPERLINK(1)")
    answer = await stella.get(f"/manage/{house.key}/occupancy.csv", params=WEEK)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{house.key}-2026-11-16-2026-11-22.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    [whole] = [row for row in rows if (row["About"], row["Figure"]) == ("House", "Booked")]
    assert (whole["Numerator"], whole["Denominator"], whole["n"], whole["Version"]) == ("7", "98", "2", "1")
    assert whole["Value"] == "0.071429"
    assert whole["Formula"] == "Hours booked and not cancelled ÷ bookable hours."
    spaces = {row["Name"] for row in rows if row["About"] == "Space"}
    assert spaces == {"'=HYPERLINK(1)"}
    [day] = [row for row in rows if row["About"] == "Day"]
    assert (day["From"], day["Value"]) == ("2026-11-16", "6")


async def test_few_people_stay_unsaid(stella: Any, house: Any, busy: Any) -> None:
    await Presence.filter(person__in=["v4", "v5", "v3"]).delete()
    page = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert "under five people" in page.text
    assert "Most visitors" not in page.text
    table = await stella.get(f"/manage/{house.key}/occupancy.csv", params=WEEK)
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["Value"] for row in rows if row["Figure"] == "Visitors a day, mean"] == [""]
    assert not [row for row in rows if row["About"] == "Day"]


async def test_compared_with_the_same_weekdays_before(stella: Any, house: Any, busy: Any) -> None:
    answer = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert "Compared with" not in answer.text, "there is nothing before"
    await booked(busy, await make.member("Bob"), make.span("10:00", "12:00", days=-14))
    answer = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert "Compared with the same weekdays before: Mon, 9 Nov 2026 – Sun, 15 Nov 2026." in answer.text
    assert "Before: 2.0%" in answer.text


@pytest.mark.parametrize("language", ["nl", "fr", "de", "es", "it", "sv"])
async def test_in_every_language(stella: Any, house: Any, busy: Any, language: str) -> None:
    await stella.post("/settings/language", data={"language": language})
    answer = await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)
    assert answer.status_code == 200
    assert "bookable hours" not in answer.text


async def test_the_same_questions_however_many_rooms(stella: Any, house: Any, busy: Any) -> None:
    async def asked() -> int:
        with counted() as questions:
            assert (await stella.get(f"/manage/{house.key}/occupancy", params=WEEK)).status_code == 200
        return len(questions)

    few = await asked()
    rooms = await many_resources(house, 60)
    await many_reservations(rooms, await make.member("Bob"))
    assert await asked() <= few
    assert few < 50


async def test_what_takes_long_says_so_at_once_and_comes_when_it_is_ready(
    stella: Any, house: Any, busy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, works = asyncio.Event(), []
    real = occupancy.report

    async def slowly(*args: Any, **values: Any) -> Any:
        works.append(args)
        await go_on.wait()
        return await real(*args, **values)

    monkeypatch.setattr(occupancy, "report", slowly)
    monkeypatch.setattr(slow, "PATIENCE_SECONDS", 0.01)
    address = f"/manage/{house.key}/occupancy"
    for _time in range(2):  # somebody who presses again starts nothing anew
        answer = await stella.get(address, params=WEEK)
        assert answer.status_code == 202
        assert '<meta http-equiv="refresh" content="2">' in answer.text
        assert "7 days are being counted" in answer.text
    go_on.set()
    monkeypatch.setattr(slow, "PATIENCE_SECONDS", 60)
    answer = await stella.get(address, params=WEEK)
    assert answer.status_code == 200
    assert "Booked" in answer.text
    assert len(works) == 1
    await slow.finish()


async def test_a_period_that_is_too_long_is_refused_however_it_is_counted(stella: Any, house: Any) -> None:
    for _time in range(2):
        answer = await stella.get(
            f"/manage/{house.key}/occupancy", params={"first": "2020-01-01", "last": "2026-01-01"}
        )
        assert answer.status_code == 422
