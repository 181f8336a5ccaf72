"""The house ends many bookings at once, and each member reads one mail of each series."""

from __future__ import annotations

import pytest

from booking import reservations
from booking.events import Event
from booking.notifications import Message, write_messages
from booking.reservations import Extra, Reservation
from tests import make
from tests.make import NOW
from tests.reservations.test_series_later import choir


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", free_until_hours=48, late_fee_percent=50)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def illustration(alice, room):
    return await make.activity(alice, of=room.venue.entity)


@pytest.fixture
async def stella(room):
    return await make.manager(room.venue)


async def live():
    return await Reservation.filter(state="confirmed").count()


async def mails():
    await write_messages(NOW)
    return await Message.all().order_by("created_at", "id")


async def test_it_works(room, alice, illustration, stella):
    dates = await choir(room, alice, illustration)
    bob = await make.member("Bob")
    other = await make.reservation(room, bob, make.span("15:00", "16:00"))
    await mails()
    await Message.all().delete()
    cleared = await reservations.clear([*dates[:3], other], by=stella, at=NOW, reason="Painting")
    assert {each.id for each in cleared.done} == {each.id for each in (*dates[:3], other)}
    assert cleared.refused == []
    assert await live() == 1
    found = await mails()
    assert sorted(each.member_id for each in found) == sorted([alice.id, bob.id])
    [hers] = [each for each in found if each.member_id == alice.id]
    assert hers.kind == "reservation_cancelled_by_venue"
    assert hers.calendar.count("BEGIN:VEVENT") == 3
    assert "Painting" in hers.text
    assert "Tue, 8 Dec 2026" in hers.text
    assert (await Event.get(name="series.cancelled")).data["by_venue"] is True
    assert all(each.fee_cents == 0 for each in await Reservation.all())


async def test_equipment_goes_with_its_room(room, alice, illustration, stella):
    beamer = await make.resource(at=room.venue, kind="equipment", hour_cents=200)
    dates = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    await reservations.clear(dates, by=stella, at=NOW, reason="Painting")
    assert await live() == 0
    assert len([each for each in await mails() if each.kind == "reservation_cancelled_by_venue"]) == 1


async def test_what_is_over_keeps_no_other(room, alice, illustration, stella):
    dates = await choir(room, alice, illustration)
    later = dates[0].ends_at
    cleared = await reservations.clear(dates, by=stella, at=later, reason="Painting")
    assert [each.id for each in cleared.done] == [each.id for each in dates[1:]]
    assert [(each.id, refusal.code) for each, refusal in cleared.refused] == [(dates[0].id, "is_over")]


async def test_nothing_without_a_reason(room, alice, illustration, stella):
    dates = await choir(room, alice, illustration)
    cleared = await reservations.clear(dates, by=stella, at=NOW, reason=" ")
    assert cleared.done == []
    assert {refusal.code for _each, refusal in cleared.refused} == {"reason_needed"}
    assert await live() == 4


async def test_only_by_the_house(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    cleared = await reservations.clear(dates, by=await make.member("Bob"), at=NOW, reason="Painting")
    assert (cleared.done, cleared.refused) == ([], [])
    assert await live() == 4
