"""The reminder a day before: once, for what still stands, and not right after another mail about it."""

from datetime import timedelta

import pytest

from booking import notifications, reservations
from booking.notifications import Message
from tests import make
from tests.make import NOW


@pytest.fixture
async def booked(db):
    """Booked now for in three days, 10:00 in Brussels."""
    room = await make.resource()
    return await make.reservation(room, await make.member(), make.span(days=3))


async def reminders():
    return await Message.filter(kind="reminder")


async def test_it_works(booked):
    at = booked.begins_at - timedelta(hours=23, minutes=50)
    assert await notifications.write_reminders(at) == 1
    [message] = await reminders()
    assert message.reservation_id == booked.id
    assert message.subject.startswith("Soon: ")
    assert message.calendar == ""


async def test_only_once(booked):
    at = booked.begins_at - timedelta(hours=23)
    assert await notifications.write_reminders(at) == 1
    assert await notifications.write_reminders(at + timedelta(minutes=15)) == 0
    assert len(await reminders()) == 1


async def test_not_earlier_than_a_day_before(booked):
    assert await notifications.write_reminders(booked.begins_at - timedelta(hours=24, minutes=1)) == 0


async def test_not_when_it_has_begun(booked):
    assert await notifications.write_reminders(booked.begins_at) == 0
    assert await reminders() == []


async def test_not_when_it_was_cancelled(booked):
    member = await booked.member
    await reservations.cancel(booked.id, by=member, at=NOW)
    assert await notifications.write_reminders(booked.begins_at - timedelta(hours=23)) == 0


async def test_not_when_it_was_booked_within_the_day(db):
    room = await make.resource()
    booked = await make.reservation(room, await make.member(), make.span("08:30", "09:30"))
    assert booked.begins_at - NOW < timedelta(hours=24)
    assert await notifications.write_reminders(NOW + timedelta(minutes=15)) == 0


async def test_again_for_a_new_time(booked):
    assert await notifications.write_reminders(booked.begins_at - timedelta(hours=23, minutes=59)) == 1
    member = await booked.member
    moved = await reservations.change(booked.id, by=member, at=NOW, span=make.span(days=6))
    assert await notifications.write_reminders(moved.begins_at - timedelta(hours=23)) == 1
    assert len(await reminders()) == 2
