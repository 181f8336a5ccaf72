"""Closing: what is closed already, whom a closure would touch, closing with cancellations, and opening again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.events import Event
from booking.members import Member
from booking.notifications import Message, write_messages
from booking.places import Closure
from booking.places.models import YearlyClosure
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.web.test_series_pages import choir


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue(holidays_region="BE")


@pytest.fixture
async def room(house: Any) -> Any:
    return await make.resource(at=house, name="Quai")


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


@pytest.fixture
async def booked(room: Any) -> Any:
    return await make.reservation(room, await make.member("Alice"), make.span(), title="Choir")


PAINTING = {"day": "2026-11-24", "reason": "Painting"}


async def nothing_happened() -> None:
    assert await Closure.all().count() == 0
    assert await Event.filter(name__in=["venue.closed", "reservation.cancelled"]).count() == 0
    assert await Reservation.exclude(state="confirmed").count() == 0


async def test_it_works(stella: Any, house: Any, room: Any, booked: Any) -> None:
    stays = await make.reservation(room, await make.member("Bob"), make.span("14:00", "15:00"))
    seen = await stella.get(f"/manage/{house.key}/closures/new", params=PAINTING)
    assert seen.status_code == 200
    for words in ("It touches 2 bookings", "Alice", "Choir", "10:00–12:00", "Bob", str(booked.id)):
        assert words in seen.text
    await nothing_happened()
    done = await stella.post(
        f"/manage/{house.key}/closures",
        data={**PAINTING, "cancel": [str(booked.id)], "message": "We paint. Sorry."},
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/manage/{house.key}/closures")
    closure = await Closure.get()
    assert (closure.begins_at, closure.ends_at) == (
        datetime(2026, 11, 23, 23, tzinfo=UTC),
        datetime(2026, 11, 24, 23, tzinfo=UTC),
    )
    gone = await Reservation.get(id=booked.id)
    assert (gone.state, gone.reason, gone.fee_cents) == ("cancelled", "We paint. Sorry.", 0)
    assert (await Reservation.get(id=stays.id)).state == "confirmed"
    after = (await stella.get(f"/manage/{house.key}/closures")).text
    for words in ("1 booking is cancelled.", "1 booking stays", "Painting", "Tue, 24 Nov 2026, all day"):
        assert words in after
    assert "Bob" in (await stella.get(f"/manage/{house.key}")).text


async def test_equipment_taken_along_goes_with_its_room(
    stella: Any, house: Any, room: Any, booked: Any
) -> None:
    """Only the room is closed, and nobody needs a beamer in front of its door."""
    beamer = await make.resource(at=house, kind="equipment")
    alice = await Member.get(id=booked.member_id)
    project = await Activity.get(id=booked.activity_id)
    beside = await make.reservation(beamer, alice, booked.span, on=project)
    await Reservation.filter(id=beside.id).update(beside_id=booked.id)
    hours = {**PAINTING, "what": str(room.id), "begins": "08:00", "ends": "20:00"}
    await stella.post(f"/manage/{house.key}/closures", data={**hours, "cancel_all": "yes"})
    told = await Reservation.all().values_list("state", "reason", "fee_cents")
    assert told == [("cancelled", "Painting", 0)] * 2


async def test_one_space_for_some_hours(stella: Any, house: Any, room: Any, booked: Any) -> None:
    other = await make.resource(at=house, name="Fret")
    spared = await make.reservation(other, await make.member("Bob"))
    hours = {**PAINTING, "what": str(room.id), "begins": "11:00", "ends": "13:30"}
    seen = (await stella.get(f"/manage/{house.key}/closures/new", params=hours)).text
    assert "Alice" in seen
    assert "Bob" not in seen
    await stella.post(f"/manage/{house.key}/closures", data={**hours, "cancel_all": "yes"})
    closure = await Closure.get()
    assert (closure.resource_id, closure.begins_at) == (room.id, datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert closure.ends_at == datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    assert (await Reservation.get(id=booked.id)).state == "cancelled"
    assert (await Reservation.get(id=booked.id)).reason == "Painting"
    assert (await Reservation.get(id=spared.id)).state == "confirmed"


async def test_two_clicks_close_and_cancel_once(stella: Any, house: Any, booked: Any) -> None:
    for _click in range(3):
        answer = await stella.post(
            f"/manage/{house.key}/closures", data={**PAINTING, "cancel": str(booked.id)}
        )
        assert answer.status_code == 303
    assert await Closure.all().count() == 1
    assert await Event.filter(name="reservation.cancelled").count() == 1


async def test_only_what_the_closure_touches_is_cancelled(
    stella: Any, house: Any, room: Any, booked: Any
) -> None:
    """Ids of other days and other houses, slipped into the form, stay as they are."""
    later = await make.reservation(room, await make.member("Bob"), make.span(days=3))
    elsewhere = await make.reservation(await make.resource(), await make.member("Charlie"))
    ids = [str(booked.id), str(later.id), str(elsewhere.id)]
    await stella.post(f"/manage/{house.key}/closures", data={**PAINTING, "cancel": ids})
    states = {each.id: each.state for each in await Reservation.all()}
    assert states == {booked.id: "cancelled", later.id: "confirmed", elsewhere.id: "confirmed"}


async def test_what_its_member_ended_meanwhile_does_not_stop_the_others(
    stella: Any, house: Any, room: Any, booked: Any
) -> None:
    bob = await make.member("Bob")
    other = await make.reservation(room, bob, make.span("14:00", "15:00"))
    await reservations.cancel(other.id, by=bob, at=NOW)
    both = {**PAINTING, "cancel": [str(other.id), str(booked.id)]}
    assert (await stella.post(f"/manage/{house.key}/closures", data=both)).status_code == 303
    assert (await Reservation.get(id=booked.id)).state == "cancelled"
    assert (await Reservation.get(id=other.id)).reason == ""


async def test_the_managers_own_booking_costs_nothing_either(
    house: Any, room: Any, client_of: Callable[..., Any]
) -> None:
    own = await make.manager(house, "Own")
    late = await make.reservation(room, own, make.span("15:00", "16:00", days=0))
    browser = await client_of(own)
    today = {"day": "2026-11-23", "reason": "A pipe has burst", "cancel": str(late.id)}
    assert (await browser.post(f"/manage/{house.key}/closures", data=today)).status_code == 303
    gone = await Reservation.get(id=late.id)
    assert (gone.state, gone.fee_cents) == ("cancelled", 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""},
        {"day": "someday"},
        {"reason": ""},
        {"reason": "x" * 201},
        {"begins": "14:00", "ends": "13:00"},
        {"last_day": "2026-11-23"},
        {"last_day": "2028-11-24"},
        {"day": "2026-11-22"},
        {"begins": "later"},
        {"what": "everything"},
    ],
)
async def test_what_makes_no_sense_is_told(
    stella: Any, house: Any, booked: Any, wrong: dict[str, str]
) -> None:
    asked = {**PAINTING, **wrong}
    seen = await stella.get(f"/manage/{house.key}/closures/new", params=asked)
    done = await stella.post(f"/manage/{house.key}/closures", data={**asked, "cancel": str(booked.id)})
    assert (seen.status_code, done.status_code) == (422, 422)
    assert 'role="alert"' in done.text
    await nothing_happened()


async def test_a_space_of_another_house_is_not_there(stella: Any, house: Any, booked: Any) -> None:
    elsewhere = await make.resource()
    asked = {**PAINTING, "what": str(elsewhere.id)}
    assert (await stella.get(f"/manage/{house.key}/closures/new", params=asked)).status_code == 404
    assert (await stella.post(f"/manage/{house.key}/closures", data=asked)).status_code == 404
    await nothing_happened()


async def test_hosts_and_strangers_close_nothing(
    house: Any, booked: Any, client_of: Callable[..., Any]
) -> None:
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    for someone in (host, await make.member("Charlie"), await make.manager(await make.venue())):
        browser = await client_of(someone)
        answer = await browser.post(
            f"/manage/{house.key}/closures", data={**PAINTING, "cancel": str(booked.id)}
        )
        assert answer.status_code == 404
    await nothing_happened()


async def test_opening_again(stella: Any, house: Any, room: Any, client_of: Callable[..., Any]) -> None:
    await stella.post(f"/manage/{house.key}/closures", data=PAINTING)
    closure = await Closure.get()
    address = f"/manage/{house.key}/closures/{closure.id}/withdraw"
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    second = await make.venue()
    elsewhere = await client_of(await make.manager(second))
    for browser, path in (
        (await client_of(host), address),
        (elsewhere, address),
        (elsewhere, f"/manage/{second.key}/closures/{closure.id}/withdraw"),
    ):
        assert (await browser.post(path)).status_code == 404
    assert (await Closure.get()).withdrawn_at is None
    for _click in range(2):
        assert (await stella.post(address)).status_code == 303
    assert (await Closure.get()).withdrawn_at == NOW
    assert await Event.filter(name="venue.reopened").count() == 1
    assert "Painting" not in (await stella.get(f"/manage/{house.key}/closures")).text
    await make.reservation(room, await make.member("Alice"))


async def test_holidays_and_yearly_closures_are_listed_as_runs(stella: Any, house: Any) -> None:
    await YearlyClosure.create(venue_id=house.id, first_day="12-28", last_day="01-02", reason="Winter rest")
    shown = (await stella.get(f"/manage/{house.key}/closures")).text
    assert "Christmas Day" in shown
    assert shown.count("Winter rest") == 1
    assert "Mon, 28 Dec 2026 – Sat, 2 Jan 2027" in shown


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23)])
async def test_a_whole_day_of_a_clock_change(
    stella: Any, house: Any, app: Any, day: date, hours: int
) -> None:
    app.state.clock = lambda: datetime(2026, 10, 24, 8, tzinfo=UTC)
    asked = {"day": day.isoformat(), "reason": "Clock change"}
    assert (await stella.post(f"/manage/{house.key}/closures", data=asked)).status_code == 303
    closure = await Closure.get()
    assert (closure.ends_at - closure.begins_at).total_seconds() == hours * 3600
    assert ", all day" in (await stella.get(f"/manage/{house.key}/closures")).text


async def test_each_closure_says_how_many_bookings_stand_in_it(
    stella: Any, house: Any, room: Any, booked: Any
) -> None:
    other = await make.resource(at=house, name="Fret")
    await make.reservation(other, await make.member("Bob"), make.span())
    done = await stella.post(f"/manage/{house.key}/closures", data=PAINTING)
    assert done.status_code == 303
    half = {"what": str(other.id), "day": "2026-11-24", "begins": "11:00", "ends": "13:00", "reason": "Floor"}
    await stella.post(f"/manage/{house.key}/closures", data=half)
    await stella.post(f"/manage/{house.key}/closures", data={**PAINTING, "day": "2026-12-24"})
    page = (await stella.get(f"/manage/{house.key}/closures")).text
    assert page.count("2 bookings affected") == 1
    assert page.count("1 booking affected") == 1
    assert page.count("On the timeline") == 3
    assert f'href="/manage/{house.key}?day=2026-12-24"' in page


async def test_dates_of_one_series_are_one_mail(stella: Any, house: Any, room: Any) -> None:
    alice = await make.member("Alice")
    dates = await choir(room, alice, await make.activity(alice, of=await house.entity))
    await write_messages(NOW)
    await Message.all().delete()
    weeks = {"day": "2026-11-24", "last_day": "2026-12-10", "reason": "Painting", "cancel_all": "yes"}
    done = await stella.post(f"/manage/{house.key}/closures", data=weeks)
    assert done.status_code == 303
    assert "3 bookings are cancelled." in (await stella.get(done.headers["location"])).text
    assert [each.state for each in await Reservation.all().order_by("begins_at")] == [
        *["cancelled"] * 3,
        "confirmed",
    ]
    await write_messages(NOW)
    [mail] = await Message.filter(member_id=alice.id)
    assert mail.kind == "reservation_cancelled_by_venue"
    assert str(dates[0].id) in mail.text
