"""Invitations by mail: the same event as in the feed, moved and taken back."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from booking import calendars, reservations
from booking.reservations import Reservation
from tests import make
from tests.make import NOW

ALICE = calendars.Attendee("alice@example.org", 'Alice "A", B;C', "nl")


@pytest.fixture
async def booked(db):
    room = await make.resource(at=await make.venue(access={"en": "Code 4711#"}))
    made = await make.reservation(room, await make.member(), title="Réunion", people=3)
    return await Reservation.get(id=made.id).select_related("resource", "venue")


def only_event(octets):
    calendar = Calendar.from_ical(octets)
    assert calendar.errors == []
    [event] = calendar.walk("VEVENT")
    assert event.errors == []
    return calendar, event


async def test_it_works(booked):
    octets = calendars.invitation(booked, "REQUEST", attendee=ALICE)
    calendar, event = only_event(octets)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert str(event["UID"]) == booked.uid
    assert event["DTSTART"].dt == booked.begins_at
    assert event["DTSTAMP"].dt == booked.revised_at
    assert str(event["ATTENDEE"]) == "mailto:alice@example.org"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert str(event["ORGANIZER"]) == "mailto:desk@localhost"
    assert b"4711" not in octets
    assert all(len(line) <= 75 for line in octets.split(b"\r\n"))
    assert octets == calendars.invitation(booked, "REQUEST", attendee=ALICE)


async def test_it_says_what_the_feed_says(booked):
    _calendar, invited = only_event(calendars.invitation(booked, "REQUEST", attendee=ALICE))
    [fed] = Calendar.from_ical(calendars.download(booked, language="nl")).walk("VEVENT")
    for name in fed:
        assert invited[name] == fed[name], name


async def test_taking_back(booked):
    await reservations.cancel(booked.id, by=await booked.member, at=NOW + timedelta(minutes=1))
    gone = await Reservation.get(id=booked.id).select_related("resource", "venue")
    calendar, event = only_event(calendars.invitation(gone, "CANCEL", attendee=ALICE))
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)


async def test_no_other_method(booked):
    with pytest.raises(ValueError, match="PUBLISH"):
        calendars.invitation(booked, "PUBLISH", attendee=ALICE)
