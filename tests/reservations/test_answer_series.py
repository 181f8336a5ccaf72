"""The house answers all waiting dates of a series at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking import reservations
from booking.errors import NotFound
from booking.events import Event
from booking.notifications import Message, write_messages
from booking.reservations import Claim, Extra, Reservation
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW
from tests.reservations.test_series_later import choir, left


@pytest.fixture
async def room(db):
    return await make.resource(name="Grande salle", approval=True)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def illustration(alice, room):
    return await make.activity(alice, of=room.venue.entity)


@pytest.fixture
async def host(room):
    someone = await make.member("Hugo")
    await make.role("host", someone, venue=room.venue)
    return someone


async def states():
    return [each.state for each in await Reservation.all().order_by("begins_at", "id")]


async def mails_to(member):
    await write_messages(NOW)
    return await Message.filter(member_id=member.id).order_by("created_at", "id")


async def test_it_works(room, alice, illustration, host):
    dates = await choir(room, alice, illustration)
    await mails_to(alice)
    await Message.all().delete()
    done = await reservations.approve_series(dates[0].series_id, by=host, at=NOW)
    assert [each.id for each in done] == [each.id for each in dates]
    assert await states() == ["confirmed"] * 4
    assert {each.decided_by_id for each in await Reservation.all()} == {host.id}
    assert await Event.filter(name="reservation.approved").count() == 4
    [mail] = await mails_to(alice)
    assert mail.kind == "reservation_approved"
    assert mail.calendar_method == "PUBLISH"
    assert mail.calendar.count("BEGIN:VEVENT") == 4
    assert "Tue, 15 Dec 2026, 10:00–12:00" in mail.text


async def test_all_are_declined_with_one_reason_and_one_mail(room, alice, illustration, host):
    had = await left(illustration)
    dates = await choir(room, alice, illustration)
    await mails_to(alice)
    await Message.all().delete()
    await reservations.decline_series(
        dates[0].series_id, by=host, at=NOW, reason=" The floor is being laid. "
    )
    assert await states() == ["declined"] * 4
    assert {each.reason for each in await Reservation.all()} == {"The floor is being laid."}
    assert await Claim.all().count() == 0
    assert await left(illustration) == had
    [mail] = await mails_to(alice)
    assert (mail.kind, mail.calendar) == ("reservation_declined", "")
    assert "The floor is being laid." in mail.text
    assert "Tue, 24 Nov 2026" in mail.text


async def test_only_what_waits_is_answered(room, alice, illustration, host):
    dates = await choir(room, alice, illustration)
    await reservations.approve(dates[0].id, by=host, at=NOW)
    await reservations.cancel(dates[1].id, by=alice, at=NOW)
    done = await reservations.approve_series(dates[0].series_id, by=host, at=NOW)
    assert [each.id for each in done] == [dates[2].id, dates[3].id]
    assert await states() == ["confirmed", "cancelled", "confirmed", "confirmed"]
    with pytest.raises(no.NotWaiting):
        await reservations.approve_series(dates[0].series_id, by=host, at=NOW)
    assert await Event.filter(name="series.approved").count() == 1


async def test_what_is_past_its_time_is_not_approved(room, alice, illustration, host):
    dates = await choir(room, alice, illustration)
    late = NOW + timedelta(days=30)
    with pytest.raises(no.NotWaiting):
        await reservations.approve_series(dates[0].series_id, by=host, at=late)
    assert await states() == ["held"] * 4


async def test_equipment_that_waits_is_answered_with_its_room(room, alice, illustration, host):
    beamer = await make.resource(
        at=room.venue, name="Projector", kind="equipment", hour_cents=200, approval=True
    )
    dates = await choir(room, alice, illustration, extras=[Extra(beamer.id)])
    await reservations.approve_series(dates[0].series_id, by=host, at=NOW)
    assert await states() == ["confirmed"] * 8


async def test_a_no_needs_its_reason(room, alice, illustration, host):
    dates = await choir(room, alice, illustration)
    with pytest.raises(no.ReasonNeeded):
        await reservations.decline_series(dates[0].series_id, by=host, at=NOW, reason="  ")
    assert await states() == ["held"] * 4


async def test_only_hosts_of_the_house_answer(room, alice, illustration):
    dates = await choir(room, alice, illustration)
    elsewhere = await make.member("Elke")
    await make.role("host", elsewhere, venue=(await make.resource()).venue)
    for someone in (alice, elsewhere):
        with pytest.raises(NotFound):
            await reservations.approve_series(dates[0].series_id, by=someone, at=NOW)
        with pytest.raises(NotFound):
            await reservations.decline_series(dates[0].series_id, by=someone, at=NOW, reason="No")
    assert await states() == ["held"] * 4
