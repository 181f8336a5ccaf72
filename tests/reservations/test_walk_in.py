"""Whoever stands before a free room takes it from this minute on."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import reservations
from booking.reservations import Reservation
from booking.reservations import refusals as no
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW

AT = NOW + timedelta(minutes=7, seconds=23)
MINUTE = AT.replace(second=0)


async def take(room, by, until, *, at=AT, begins_at=None, walk_in=True):
    money = await make.activity(by, of=room.venue.entity)
    span = TimeSpan(begins_at or at.replace(second=0), until)
    return await reservations.reserve(
        uuid4(), room.id, span, by=by, at=at, activity_id=money.id, walk_in=walk_in
    )


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def room(db):
    return await make.resource(raster_minutes=30, shortest_minutes=30)


HOUR = NOW + timedelta(hours=1)


async def test_it_works(room, alice):
    done = await take(room, alice, HOUR)
    assert (done.begins_at, done.ends_at, done.state) == (MINUTE, HOUR, "confirmed")
    # 53 minutes at 10 an hour, and 21 % of VAT.
    assert (done.net_cents, done.total_cents) == (883, 1068)


async def test_all_others_begin_on_the_steps_of_the_clock_and_in_the_future(room, alice):
    with pytest.raises(no.Past):
        await take(room, alice, HOUR, walk_in=False)
    with pytest.raises(no.OffRaster):
        await take(room, alice, HOUR, begins_at=MINUTE + timedelta(minutes=3), walk_in=False)
    assert await Reservation.all().count() == 0


async def test_it_is_no_way_to_begin_earlier_or_at_odd_times_later(room, alice):
    with pytest.raises(no.Past):
        await take(room, alice, HOUR, begins_at=MINUTE - timedelta(minutes=1))
    with pytest.raises(no.OffRaster):
        await take(room, alice, HOUR, begins_at=MINUTE + timedelta(minutes=3))
    with pytest.raises(no.OffRaster):
        await take(room, alice, HOUR + timedelta(minutes=7))
    assert await Reservation.all().count() == 0


async def test_the_other_rules_hold(alice, room):
    with pytest.raises(no.TooShort):
        await take(room, alice, NOW + timedelta(minutes=30))
    slow = await make.resource(lead_minutes=60)
    with pytest.raises(no.TooSoon):
        await take(slow, alice, HOUR)
    await make.reservation(room, await make.member("Bob"), TimeSpan(HOUR, HOUR + timedelta(hours=1)))
    with pytest.raises(no.Taken):
        await take(room, alice, HOUR + timedelta(minutes=30))
    assert await Reservation.filter(member_id=alice.id).count() == 0


async def test_the_offer_says_the_same(room, alice):
    money = await make.activity(alice, of=room.venue.entity)
    span = TimeSpan(MINUTE, HOUR)
    asked = {"by": alice, "at": AT, "activity_id": money.id}
    assert (await reservations.offer(room.id, span, **asked, walk_in=True)).refusals == []
    assert (await reservations.offer(room.id, span, **asked)).refusals[0].code == "past"
