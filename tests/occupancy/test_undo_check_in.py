"""A host pressed the wrong line."""

import pytest

from booking import occupancy
from booking.errors import NotFound
from booking.events import Event
from booking.occupancy import Presence
from booking.occupancy import refusals as no
from booking.reservations import Reservation
from tests import make
from tests.occupancy.conftest import BEGIN, TODAY, after


async def test_it_works(booked, stella):
    stay = await occupancy.check_in(booked.id, by=stella, at=BEGIN)
    await occupancy.undo_check_in(stay.id, by=stella, at=after(1))
    assert await Presence.all().count() == 0
    assert (await Reservation.get(id=booked.id)).checked_in_at is None
    assert await Event.filter(name__in=["presence.undone", "reservation.check_in_undone"]).count() == 2
    with pytest.raises(NotFound):
        await occupancy.undo_check_in(stay.id, by=stella, at=after(2))


async def test_the_stay_that_it_ended_goes_on(booked, alice, stella, house):
    first = await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    beside = await make.reservation(await make.resource(at=house), alice, TODAY)
    wrong = await occupancy.check_in(beside.id, by=stella, at=after(20))
    await occupancy.undo_check_in(wrong.id, by=stella, at=after(21))
    assert (await Presence.get()).id == first.id
    assert (await Presence.get()).ends_at is None
    assert (await Reservation.get(id=booked.id)).checked_in_at == BEGIN
    assert (await Reservation.get(id=beside.id)).checked_in_at is None


async def test_a_stay_that_is_over_stays_written(booked, alice, stella):
    stay = await occupancy.check_in(booked.id, by=stella, at=BEGIN)
    await occupancy.check_out(by=alice, at=after(30))
    with pytest.raises(no.StayOver):
        await occupancy.undo_check_in(stay.id, by=stella, at=after(31))
    assert await Presence.all().count() == 1


async def test_a_second_stay_of_a_booking_leaves_the_first(booked, alice, stella):
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    await occupancy.check_out(by=alice, at=after(10), give_back=False)
    wrong = await occupancy.check_in(booked.id, by=stella, at=after(20))
    await occupancy.undo_check_in(wrong.id, by=stella, at=after(21))
    assert (await Reservation.get(id=booked.id)).checked_in_at == BEGIN


async def test_a_count_is_not_a_check_in(stella, house):
    count = await occupancy.count_people(house, 12, by=stella, at=BEGIN)
    with pytest.raises(NotFound):
        await occupancy.undo_check_in(count.id, by=stella, at=after(1))
    with pytest.raises(NotFound):
        await occupancy.check_out_for(count.id, by=stella, at=after(1))
    assert (await Presence.get()).ends_at is None
