"""Events become messages: once, in the member's language, with the event attached."""

from datetime import timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from booking import db as database
from booking import events, i18n, notifications, reservations
from booking.events import Unread
from booking.notifications import Message
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db):
    venue = await make.venue(
        name="Bazaar",
        access={"en": "Ring at the red door.\nCode 4711#."},
        contact_name="Stella",
        contact_email="desk@example.org",
    )
    return await make.resource(at=venue, name="Quai")


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


async def told(kind):
    return await Message.filter(kind=kind).order_by("created_at")


def event_in(message):
    calendar = Calendar.from_ical(message.calendar)
    [event] = calendar.walk("VEVENT")
    return calendar, event


async def test_it_works(room, alice):
    booked = await make.reservation(room, alice, people=3, title="Planning")
    assert await notifications.write_messages(NOW) == 1
    [message] = await Message.all()
    assert message.kind == "reservation_confirmed"
    assert (message.to_email, message.language, message.state) == (alice.email, "en", "waiting")
    assert message.subject.startswith("Booked: Quai, Tue")
    for text in (message.text, message.html):
        assert "Code 4711#" in text
        assert "Stella" in text
        assert "local time in Brussels" in text
        assert f"http://localhost:8000/reservations/{booked.id}" in text
        assert "Free cancellation" in text
    calendar, event = event_in(message)
    assert message.calendar_method == "REQUEST" == calendar["METHOD"]
    assert str(event["UID"]) == booked.uid
    assert event["SEQUENCE"] == 0
    assert event["DTSTART"].dt == booked.begins_at
    assert "4711" not in message.calendar
    assert await Unread.filter(reader="messages").count() == 0


async def test_a_second_run_writes_nothing(room, alice):
    await make.reservation(room, alice)
    assert await notifications.write_messages(NOW) == 1
    assert await notifications.write_messages(NOW) == 0
    assert await Message.all().count() == 1


async def test_a_rollback_tells_nothing(room, alice, mails):
    activity = await make.activity(alice, of=room.venue.entity)
    await notifications.write_messages(NOW)

    class ChangedMind(Exception):
        pass

    async def book_and_change_mind():
        async with database.transaction():
            await make.reservation(room, alice, on=activity)
            raise ChangedMind

    with pytest.raises(ChangedMind):
        await book_and_change_mind()
    assert await notifications.write_messages(NOW) == 0
    assert await notifications.deliver(NOW) == 0
    assert await Message.all().count() == 0
    assert not mails.exists()


async def test_a_change_says_what_it_was_and_moves_the_event(room, alice):
    booked = await make.reservation(room, alice)
    await reservations.change(
        booked.id, by=alice, at=NOW + timedelta(minutes=1), span=make.span("14:00", "15:00")
    )
    await notifications.write_messages(NOW)
    [first] = await told("reservation_confirmed")
    [message] = await told("reservation_changed")
    assert "10:00" in first.text
    assert "Before: " in message.text
    assert "Price before: " in message.text
    _calendar, event = event_in(message)
    assert str(event["UID"]) == booked.uid
    assert event["SEQUENCE"] == 1
    assert event["DTSTART"].dt == make.span("14:00", "15:00").begins_at


async def test_a_new_title_alone_makes_no_mail(room, alice):
    booked = await make.reservation(room, alice)
    await reservations.change(booked.id, by=alice, at=NOW, title="Something else")
    await notifications.write_messages(NOW)
    assert await told("reservation_changed") == []
    assert await Unread.filter(reader="messages").count() == 0


async def test_a_cancellation_takes_the_event_back(room, alice):
    booked = await make.reservation(room, alice)
    await notifications.write_messages(NOW)
    await reservations.cancel(booked.id, by=alice, at=NOW + timedelta(minutes=1))
    await notifications.write_messages(NOW)
    [message] = await told("reservation_cancelled")
    calendar, event = event_in(message)
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert "4711" not in message.text


async def test_the_house_gives_its_reason(room, alice):
    booked = await make.reservation(room, alice)
    stella = await make.manager(room.venue)
    await reservations.cancel(booked.id, by=stella, at=NOW, reason="The <roof> leaks")
    await notifications.write_messages(NOW)
    [message] = await told("reservation_cancelled_by_venue")
    assert "Their reason: The <roof> leaks" in message.text
    assert "The &lt;roof&gt; leaks" in message.html
    assert message.to_email == alice.email
    assert "Stella" in message.text


async def test_a_request_asks_the_hosts(db, alice):
    room = await make.resource(approval=True)
    stella = await make.manager(room.venue)
    elsewhere = await make.manager(await make.venue(), "Elsa")
    booked = await make.reservation(room, alice)
    await notifications.write_messages(NOW)
    [own] = await told("reservation_held")
    assert own.calendar == ""
    assert "is kept for you until" in own.text
    [asked] = await told("approval_wanted")
    assert asked.to_email == stella.email != elsewhere.email
    assert "Alice" in asked.subject
    assert alice.email not in asked.text + asked.html
    await reservations.approve(booked.id, by=stella, at=NOW)
    await notifications.write_messages(NOW)
    [agreed] = await told("reservation_approved")
    assert agreed.calendar_method == "REQUEST"


async def test_a_request_nobody_answers_for_asks_the_administrators(db, alice):
    ada = await make.member("Ada")
    await make.role("administrator", ada)
    await make.reservation(await make.resource(approval=True), alice)
    await notifications.write_messages(NOW)
    [asked] = await told("approval_wanted")
    assert asked.to_email == ada.email


async def test_declined_and_expired(db, alice):
    room = await make.resource(approval=True)
    stella = await make.manager(room.venue)
    first = await make.reservation(room, alice)
    await reservations.decline(first.id, by=stella, at=NOW, reason="A concert")
    await make.reservation(room, alice)
    await reservations.expire_overdue(NOW + timedelta(days=4))
    await notifications.write_messages(NOW)
    [declined] = await told("reservation_declined")
    assert "A concert" in declined.text
    [expired] = await told("reservation_expired")
    assert declined.calendar == expired.calendar == ""


async def test_each_reads_their_own_language(room):
    days = dict(enumerate(i18n.LANGUAGES, start=1))
    for day, language in days.items():
        await make.reservation(room, await make.member(language=language), make.span(days=day))
    await notifications.write_messages(NOW)
    found = {message.language: message for message in await Message.all()}
    for day, language in days.items():
        with i18n.speaking(language):
            when = i18n.span(make.span(days=day).begins_at, make.span(days=day).ends_at, make.ZONE, "full")
        assert when in found[language].text
        assert f'<html lang="{language}">' in found[language].html


async def test_one_that_cannot_be_told_holds_nobody_up(room, alice, monkeypatch):
    from booking.notifications import composing

    bad = await make.reservation(room, alice)
    good = await make.reservation(room, alice, make.span("15:00", "16:00"))
    whole = composing.own_message

    def broken(kind, reservation, **values):
        if reservation.id == bad.id:
            raise RuntimeError("no words")
        return whole(kind, reservation, **values)

    monkeypatch.setattr(composing, "own_message", broken)
    assert await notifications.write_messages(NOW) == 1
    assert [message.reservation_id for message in await Message.all()] == [good.id]
    monkeypatch.undo()
    assert await notifications.write_messages(NOW) == 1
    assert await Message.all().count() == 2


async def test_events_that_commit_late_are_told(room, alice, engine, database_url):
    """PostgreSQL numbers rows before they commit: an event with a lower number may appear after a higher one."""
    if engine != "postgres":
        pytest.skip("SQLite lets one writer in at a time")
    import asyncpg

    slow = await asyncpg.connect(database_url)
    try:
        async with slow.transaction():
            number = await slow.fetchval(
                "INSERT INTO event (name, subject, at, data) VALUES ('reservation.confirmed', $1, $2, '{}') "
                "RETURNING id",
                f"reservation:{uuid4()}",
                NOW,
            )
            await slow.execute("INSERT INTO event_unread (reader, event_id) VALUES ('messages', $1)", number)
            booked = await make.reservation(room, alice)
            assert await notifications.write_messages(NOW) == 1
        [late] = await events.unread("messages")
        assert late.id == number < (await events.history(booked.subject))[0].id
    finally:
        await slow.close()
    assert await notifications.write_messages(NOW) == 0
    assert await events.unread("messages") == []


async def test_an_event_of_something_else_makes_no_message(room):
    await events.record("venue.closed", f"venue:{room.venue_id}", at=NOW, venue_id=room.venue_id)
    assert await notifications.write_messages(NOW) == 0
    assert await Unread.filter(reader="messages").count() == 0


async def test_a_name_cannot_break_the_mail(alice, db):
    room = await make.resource(name="<script>alert(1)</script>\r\nBcc: x@example.org")
    await make.reservation(room, alice, title="a\r\nb\x07c")
    await notifications.write_messages(NOW)
    [message] = await Message.all()
    assert "\n" not in message.subject
    assert "<script>" not in message.html
