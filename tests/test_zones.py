"""The two nights when the clocks change, through the whole product, in fourteen zones: length, price, plan, feed.

In October 2026 and March 2027 a booking from 00:00 to 06:00 lasts seven hours, or five.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from booking import reservations
from booking.reservations import refusals as no
from booking.timespan import NoSuchTime, TimeSpan, day_span, wall_to_utc
from tests import make

AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
ZONES = [
    "Europe/Brussels",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Madrid",
    "Europe/Rome",
    "Europe/Amsterdam",
    "Europe/Vienna",
    "Europe/Stockholm",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Tallinn",
    "Europe/Athens",
    "Atlantic/Canary",
]
BEFORE = datetime(2026, 10, 20, 8, 0, tzinfo=ZoneInfo("UTC"))


@pytest.fixture(params=ZONES)
def zone(request):
    return request.param


@pytest.fixture
async def room(db, zone):
    """A room open around the clock, for 10 an hour and no day price, so that the price counts the hours."""
    house = await make.venue(of=await make.entity(zone=zone), hours=None)
    return await make.resource(at=house, half_day_cents=None, day_cents=None)


@pytest.fixture
async def alice(db):
    return await make.member()


@pytest.mark.parametrize(
    "night, begins, ends, hours",
    [
        (AUTUMN, 0, 360, 7),
        (SPRING, 0, 360, 5),
        (AUTUMN, 360, 480, 2),
        (SPRING, 360, 480, 2),
        (AUTUMN, -120, 0, 2),
        (SPRING, -120, 0, 2),
    ],
)
async def test_length_price_and_money_count_real_hours(room, alice, zone, night, begins, ends, hours):
    first = night - timedelta(days=1) if begins < 0 else night
    span = TimeSpan(wall_to_utc(first, begins % 1440, zone), wall_to_utc(night, ends, zone))
    offer = await reservations.offer(room.id, span, by=alice, at=BEFORE)
    done = await make.reservation(room, alice, span, moment=BEFORE)
    assert done.span.minutes == hours * 60
    assert offer.quote.net_cents == done.net_cents == hours * 1000
    assert done.paid_cents == done.total_cents == hours * 1210


async def test_the_repeated_hour_can_be_booked_twice(room, alice, zone):
    hour = timedelta(hours=1)
    repeated = next(
        minute
        for minute in range(0, 300, 60)
        if wall_to_utc(AUTUMN, minute, zone) != wall_to_utc(AUTUMN, minute, zone, later=True)
    )
    money = await make.activity(alice, of=room.venue.entity)
    spans = [
        TimeSpan(begins, begins + hour)
        for begins in (wall_to_utc(AUTUMN, repeated, zone), wall_to_utc(AUTUMN, repeated, zone, later=True))
    ]
    for span in spans:
        await reservations.reserve(uuid4(), room.id, span, by=alice, at=BEFORE, activity_id=money.id)
    with pytest.raises(no.Taken):
        await reservations.reserve(uuid4(), room.id, spans[1], by=alice, at=BEFORE, activity_id=money.id)


async def test_the_hour_that_does_not_exist_names_the_next_that_does(zone, room):
    missing = None
    for minute in range(0, 300, 60):
        try:
            wall_to_utc(SPRING, minute, zone)
        except NoSuchTime as error:
            missing = error
    assert missing is not None
    assert missing.next_at.astimezone(ZoneInfo(zone)).dst() != timedelta(0) or zone == "Europe/Dublin"


@pytest.mark.parametrize("night, quarters", [(AUTUMN, 100), (SPRING, 92)])
async def test_the_plan_of_the_day_has_as_many_quarters_as_the_day(room, zone, night, quarters):
    window = day_span(night, zone)
    plan = (await reservations.plans([room], window))[room.id]
    assert sum(span.minutes for span in plan.free()) == quarters * 15
