"""“I am here” from one's own booking: on its page, and in the list of bookings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking import occupancy
from booking.occupancy import Presence
from booking.places import Venue
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW

RUNNING = TimeSpan(NOW - timedelta(minutes=15), NOW + timedelta(hours=2))


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", release_minutes=15)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def booked(room, alice):
    return await make.reservation(room, alice, RUNNING, moment=NOW - timedelta(hours=1))


@pytest.fixture
async def browser(client_of, alice):
    return await client_of(alice)


def of(booked, more=""):
    return f"/reservations/{booked.id}{more}"


async def test_it_works(browser, booked):
    listed = (await browser.get("/reservations")).text
    assert of(booked, "/check-in") in listed
    assert "I am here" in listed
    answer = await browser.post(of(booked, "/check-in"))
    assert (answer.status_code, answer.headers["location"]) == (303, of(booked))
    shown = (await browser.get(of(booked))).text
    for words in ("You are checked in.", "Checked in", "Mon, 23 Nov 2026, 09:00", "Check out"):
        assert words in shown
    assert of(booked, "/check-out") in (await browser.get("/reservations")).text
    assert (await browser.post(of(booked, "/check-out"))).status_code == 303
    shown = (await browser.get(of(booked))).text
    for words in ("Checked out", "Rest given back", "what was left of it is free for others"):
        assert words in shown
    assert "Change" not in shown.split("What happened")[0].split("Add to calendar")[1][:400]


async def test_outside_of_the_window_there_is_no_button(browser, room, alice):
    later = await make.reservation(room, alice, make.span("14:00", "15:00", days=0))
    for address in ("/reservations", of(later)):
        assert "I am here" not in (await browser.get(address)).text
    assert "by 15 min" in (await browser.get(of(later))).text
    answer = await browser.post(of(later, "/check-in"))
    assert answer.status_code == 409
    assert "13:45" in answer.text
    assert "from 15 minutes before" in (await browser.get(of(later, "/check-in"))).text
    assert await Presence.all().count() == 0


async def test_with_proof_the_digits_come_first(browser, booked, room):
    await occupancy.ask_for_proof(room.venue, True, by_id=(await make.manager(room.venue)).id, at=NOW)
    listed = (await browser.get("/reservations")).text
    assert f'href="{of(booked, "/check-in")}"' in listed
    assert "Six digits on the display" in (await browser.get(of(booked, "/check-in"))).text
    refused = await browser.post(of(booked, "/check-in"), data={"proof": "000"})
    assert refused.status_code == 409
    assert await Presence.all().count() == 0
    digits = occupancy.display_code(await Venue.get(id=room.venue.id), NOW)
    assert (await browser.post(of(booked, "/check-in"), data={"proof": digits})).status_code == 303


async def test_anothers_booking_is_nothing_and_nobody_signs_in(client, client_of, booked, room):
    charlie = await client_of(await make.member("Charlie"))
    # A host sees the booking, and checks in from the house's own page.
    stella = await client_of(await make.manager(room.venue))
    for browser in (charlie, stella):
        assert (await browser.get(of(booked, "/check-in"))).status_code == 404
        assert (await browser.post(of(booked, "/check-in"))).status_code == 404
        assert (await browser.post(of(booked, "/check-out"))).status_code == 404
    assert (await client.post(of(booked, "/check-in"))).status_code == 303
    assert await Presence.all().count() == 0


async def test_leaving_what_one_is_not_in_changes_nothing(browser, booked):
    assert (await browser.post(of(booked, "/check-out"))).status_code == 303
    assert "You are not checked in for this booking." in (await browser.get(of(booked))).text
    assert (await Reservation.get(id=booked.id)).checked_out_at is None


async def test_a_host_sees_the_facts_and_no_button(client_of, booked, room, alice):
    await occupancy.check_in(booked.id, by=alice, at=NOW)
    stella = await client_of(await make.manager(room.venue))
    shown = (await stella.get(of(booked))).text
    assert "Checked in" in shown
    assert of(booked, "/check-out") not in shown
