"""Closing a venue or a resource, opening it again, and the reservations that stand under a closure."""

from datetime import timedelta

import pytest

from booking import places, reservations
from booking.errors import NotFound
from booking.events import Event
from booking.places import Closure
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW


@pytest.fixture
async def house(db):
    return await make.venue()


@pytest.fixture
async def room(house):
    return await make.resource(at=house)


async def close(house, resource=None, span=None, reason="Painting"):
    return await places.close(house, resource, span or make.span(), reason, by_id=None, at=NOW)


async def test_it_works(house, room):
    closure = await close(house)
    assert [each.id for each in await places.shut_spans(house.id, after=NOW)] == [closure.id]
    event = await Event.get(name="venue.closed")
    assert (event.subject, event.data["reason"]) == (f"closure:{closure.id}", "Painting")
    with pytest.raises(no.Shut) as refused:
        await make.reservation(room, await make.member(), make.span("10:00", "11:00"))
    assert "Painting" in refused.value.sentence


async def test_one_room_closes_and_the_others_stay_open(house, room):
    other = await make.resource(at=house)
    await close(house, room)
    await make.reservation(other, await make.member())
    with pytest.raises(no.Shut):
        await make.reservation(room, await make.member())


async def test_the_same_closure_twice_is_one(house, room):
    first, second = await close(house, room), await close(house, room)
    assert first.id == second.id
    assert await Closure.all().count() == await Event.filter(name="venue.closed").count() == 1
    assert (await close(house)).id != first.id


async def test_bookings_from_before_stay_and_are_told(house, room):
    alice = await make.member()
    booked = await make.reservation(room, alice)
    later = await make.reservation(room, alice, make.span(days=2))
    closure = await close(house)
    [(touched, under)] = await reservations.under_closures(house.id, after=NOW)
    assert (touched.id, under.id, touched.member.name) == (booked.id, closure.id, "Alice")
    assert touched.state == "confirmed"
    assert [each.id for each in await reservations.clashes(house.id, make.span(), after=NOW)] == [booked.id]
    assert later.id != touched.id


async def test_a_closed_half_touches_the_whole_hall(house):
    left = await make.resource(at=house, kind="hall")
    right = await make.resource(at=house, kind="hall")
    units = [unit for ids in (await places.units_of([left.id, right.id])).values() for unit in ids]
    whole = await make.resource(at=house, kind="hall", shares=units)
    booked = await make.reservation(whole, await make.member(), make.span("10:00", "11:00"))
    beside = await make.reservation(right, await make.member(), make.span("11:00", "12:00"))
    await close(house, left)
    assert [each.id for each, _closure in await reservations.under_closures(house.id, after=NOW)] == [
        booked.id
    ]
    clashing = await reservations.clashes(house.id, make.span(), resource=left, after=NOW)
    assert [each.id for each in clashing] == [booked.id]
    assert beside.state == "confirmed"


async def test_two_closures_over_one_booking_tell_it_once(house, room):
    await make.reservation(room, await make.member())
    await close(house)
    await close(house, room)
    assert len(await reservations.under_closures(house.id, after=NOW)) == 1


async def test_what_is_over_or_cancelled_or_elsewhere_is_not_told(house, room):
    alice = await make.member()
    booked = await make.reservation(room, alice)
    elsewhere = await make.resource()
    await make.reservation(elsewhere, alice, make.span("13:00", "14:00"))
    await close(house, span=make.span("08:00", "20:00"))
    assert await reservations.under_closures(house.id, after=NOW + timedelta(days=3)) == []
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert await reservations.under_closures(house.id, after=NOW) == []


async def test_withdrawing_opens_again(house, room):
    closure = await close(house)
    for _time in range(2):
        done = await places.withdraw(house, closure.id, by_id=None, at=NOW)
        assert done.withdrawn_at == NOW
    assert await Event.filter(name="venue.reopened").count() == 1
    await make.reservation(room, await make.member())
    assert (await close(house)).id != closure.id


async def test_another_house_opens_nothing_here(house, room):
    closure = await close(house)
    with pytest.raises(NotFound):
        await places.withdraw(await make.venue(), closure.id, by_id=None, at=NOW)
    assert (await Closure.get(id=closure.id)).withdrawn_at is None
    assert await Event.filter(name="venue.reopened").count() == 0
