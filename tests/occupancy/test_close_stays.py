"""Stays and counts that nobody ended, as their house closes."""

from datetime import timedelta

from booking import occupancy, reservations
from booking.events import Event
from booking.occupancy import Presence, closing
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.occupancy.conftest import BEGIN

CLOSES = make.at(NOW.date(), "22:00")


async def test_it_works(house, booked, alice, stella):
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    await occupancy.count_people(house, 12, by=stella, at=BEGIN)
    assert await occupancy.close_stays(CLOSES - timedelta(minutes=1)) == 0
    assert await occupancy.close_stays(CLOSES + timedelta(minutes=4)) == 2
    for each in await Presence.all():
        assert (each.ends_at, each.estimated) == (CLOSES, True)
    assert await Event.filter(name="presence.closed").count() == 2
    # Nobody said that they left, so the booking does not either.
    assert (await Reservation.get(id=booked.id)).checked_out_at is None
    assert await occupancy.close_stays(CLOSES + timedelta(minutes=9)) == 0


async def test_an_exception_of_the_house_may_last_longer(room, house, alice, stella):
    late = make.span("21:00", "23:30", days=0)
    money = await make.activity(alice, of=house.entity)
    booked = await make.reservation(room, stella, late, on=money, for_member=alice, overrides={"open"})
    await occupancy.check_in(booked.id, by=stella, at=late.begins_at)
    assert await occupancy.close_stays(CLOSES + timedelta(hours=1)) == 0
    assert await occupancy.close_stays(late.ends_at) == 1
    assert (await Presence.get()).ends_at == late.ends_at
    assert (await reservations.visible(booked.id, by=alice, at=NOW)).released_at is None


async def test_after_hours_a_stay_ends_at_midnight(house, alice, stella):
    night = make.at(NOW.date(), "23:00")
    await occupancy.walk_in(house, by=stella, member=alice, at=night)
    assert await occupancy.close_stays(night + timedelta(minutes=59)) == 0
    await occupancy.close_stays(night + timedelta(hours=1))
    assert (await Presence.get()).ends_at == night + timedelta(hours=1)


async def test_a_house_that_never_closes_keeps_nobody_for_ever(db, alice):
    house = await make.venue(hours=None)
    await occupancy.walk_in(house, by=alice, at=NOW)
    assert await occupancy.close_stays(NOW + timedelta(hours=15)) == 0
    assert await occupancy.close_stays(NOW + timedelta(days=3)) == 1
    assert (await Presence.get()).ends_at == NOW + closing.STAY_MAX


async def test_more_than_one_batch(house, monkeypatch, db):
    monkeypatch.setattr(closing, "BATCH", 2)
    for _number in range(5):
        await occupancy.walk_in(house, by=await make.member("Bob"), at=NOW)
    assert await occupancy.close_stays(CLOSES) == 5


def test_who_comes_before_it_opens_stays_until_it_closes():
    day = TimeSpan(make.at(NOW.date(), "08:00"), CLOSES)
    assert closing.closing_after([day], make.at(NOW.date(), "07:30"), "Europe/Brussels") == CLOSES
