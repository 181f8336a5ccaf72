"""What a printed code opens: now and next for everybody, and "I am here" for members."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from booking import occupancy, reservations
from booking.occupancy import Presence
from booking.places import Resource, Venue
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.queries import counted, many_resources

# The clients' clock stands at NOW, nine o'clock in Brussels.
RUNNING = TimeSpan(NOW, NOW + timedelta(hours=2))
EARLIER = NOW - timedelta(minutes=30)


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", release_minutes=15)


@pytest.fixture
async def house(room):
    return room.venue


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


def path(place, more=""):
    return f"/c/{occupancy.token_of(place)}{more}"


async def test_it_works(client, room, alice):
    await make.reservation(room, alice, make.span("11:00", "12:30", days=0), title="Secret plans")
    answer = await client.get(path(room))
    assert answer.status_code == 200
    for words in ("Quai", "Free until 11:00", "taken 11:00–12:30", "Sign in to check in"):
        assert words in answer.text
    for name in ("Alice", "Secret plans"):
        assert name not in answer.text
    assert f"next={path(room).replace('/', '%2F')}" in answer.text


async def test_the_house_lists_its_spaces(client, client_of, room, house, alice):
    await make.resource(at=house, units=3, name="Desks")
    await make.reservation(room, alice, RUNNING, moment=EARLIER)
    text = (await client.get(path(house))).text
    for words in ("Quai", "Taken until 11:00", "3 of 3 are free", "Desks"):
        assert words in text
    assert "people are in the house" not in text
    assert "0 of 60 people are in the house now." in (await (await client_of(alice)).get(path(house))).text


async def test_a_code_nobody_printed_is_nothing(client, room, house, db):
    for token in ("r1-aaaaaaaaaaaaaaaa", "x", "v1", "r1-", "%00", "r1-aaaaaaaaaaaaaaaa/take"):
        assert (await client.get(f"/c/{token}")).status_code in (404, 303)
    old = path(room)
    await occupancy.renew(house, room, by_id=(await make.manager(house)).id, at=NOW)
    assert (await client.get(old)).status_code == 404
    for act in ("check-in", "check-out", "take"):
        assert (await client.post(f"{old}/{act}")).status_code == 303  # to the sign-in
    assert await Presence.all().count() == 0


async def test_it_says_when_it_opens(client, room, app):
    app.state.clock = lambda: make.at(NOW.date(), "07:00")
    text = (await client.get(path(room))).text
    assert "Closed" in text
    assert "It opens at 08:00." in text
    app.state.clock = lambda: make.at(NOW.date(), "23:00")
    assert re.search(r"It opens \w{3} \d+ \w+, 08:00\.", (await client.get(path(room))).text)


async def test_a_place_that_has_closed_says_so(client, house):
    await Venue.filter(id=house.id).update(status="closed")
    answer = await client.get(path(house))
    assert answer.status_code == 200
    assert "has closed" in answer.text


async def test_what_is_free_and_cannot_be_taken_says_why(client, client_of, house, alice):
    """A rest that is too short, and a space that needs notice; whoever is not signed in is asked to sign in first."""
    short = await make.resource(at=house, name="Studio", shortest_minutes=240)
    await make.reservation(short, await make.member(), make.span("11:00", "15:00", days=0))
    notice = await make.resource(at=house, name="Hall", lead_minutes=24 * 60)
    browser = await client_of(alice)
    text = (await browser.get(path(short))).text
    assert "Free until 11:00" in text
    assert "The shortest booking of this space is 4 hrs." in text
    assert "Take it until" not in text
    text = (await browser.get(path(notice))).text
    assert "of notice, so the earliest beginning is Tue" in text
    assert "Take it until" not in text
    assert "The shortest booking" not in (await client.get(path(short))).text


async def test_i_am_here_and_i_leave(client_of, room, alice):
    booked = await make.reservation(room, alice, RUNNING, moment=EARLIER, people=3)
    browser = await client_of(alice)
    shown = (await browser.get(path(room))).text
    assert "I am here" in shown
    assert "09:00–11:00" in shown
    answer = await browser.post(path(room, "/check-in"), data={"reservation": str(booked.id)})
    assert (answer.status_code, answer.headers["location"]) == (303, path(room))
    shown = (await browser.get(path(room))).text
    for words in ("You are checked in.", "You are here since 09:00", "Check out", "Only I leave"):
        assert words in shown
    answer = await browser.post(path(room, "/check-out"))
    assert answer.status_code == 303
    assert "is free for others" in (await browser.get(path(room))).text
    assert (await Reservation.get(id=booked.id)).released_at is not None


async def test_only_i_leave(client_of, room, alice):
    booked = await make.reservation(room, alice, RUNNING, moment=EARLIER, people=3)
    browser = await client_of(alice)
    await browser.post(path(room, "/check-in"), data={"reservation": str(booked.id)})
    await browser.post(path(room, "/check-out"), data={"stay": "yes"})
    done = await Reservation.get(id=booked.id)
    assert done.checked_out_at is not None
    assert done.released_at is None


async def test_just_in_the_house(client_of, house, alice):
    browser = await client_of(alice)
    assert "without a booking" in (await browser.get(path(house))).text
    assert (await browser.post(path(house, "/check-in"))).status_code == 303
    assert "You are here since 09:00" in (await browser.get(path(house))).text
    assert (await Presence.get()).reservation_id is None
    again = await browser.post(path(house, "/check-in"))
    assert again.status_code == 303
    assert await Presence.all().count() == 1


async def test_leaving_without_having_come(client_of, house, alice):
    answer = await (await client_of(alice)).post(path(house, "/check-out"))
    assert answer.status_code == 409
    assert "nothing to check out" in answer.text


async def test_anothers_booking_is_nothing(client_of, room, alice):
    booked = await make.reservation(room, alice, RUNNING, moment=EARLIER)
    charlie = await client_of(await make.member("Charlie"))
    answer = await charlie.post(path(room, "/check-in"), data={"reservation": str(booked.id)})
    assert answer.status_code == 404
    assert await Presence.all().count() == 0
    wrong = await charlie.post(path(room, "/check-in"), data={"reservation": "mine"})
    assert wrong.status_code == 422


async def test_too_early_says_when(client_of, room, alice):
    booked = await make.reservation(room, alice, make.span(days=0))
    browser = await client_of(alice)
    assert "I am here" not in (await browser.get(path(room))).text
    answer = await browser.post(path(room, "/check-in"), data={"reservation": str(booked.id)})
    assert answer.status_code == 409
    assert "09:45" in answer.text


async def test_the_next_booking_says_from_when_one_can_check_in(client_of, room, house, alice):
    await make.reservation(room, alice, make.span("11:00", "12:30", days=0))
    bob = await client_of(await make.member("Bob"))
    mine = await client_of(alice)
    for place in (room, house):
        text = (await mine.get(path(place))).text
        assert "11:00–12:30" in text
        assert "You can check in from 10:45." in text
        assert "You can check in" not in (await bob.get(path(place))).text
    other = await make.resource(at=house, name="Loft")
    assert "You can check in" not in (await mine.get(path(other))).text


async def test_signing_in_is_asked_for_and_comes_back(client, house):
    answer = await client.post(
        path(house, "/check-in"), headers={"Referer": f"http://localhost:8000{path(house)}"}
    )
    assert answer.status_code == 303
    assert path(house).replace("/", "%2F") in answer.headers["location"]
    assert await Presence.all().count() == 0


async def test_proof_is_asked_for_and_the_display_fills_it_in(client_of, house, room, alice):
    await occupancy.ask_for_proof(house, True, by_id=(await make.manager(house)).id, at=NOW)
    house = await Venue.get(id=house.id)
    booked = await make.reservation(room, alice, RUNNING, moment=EARLIER)
    browser = await client_of(alice)
    sent = {"reservation": str(booked.id)}
    refused = await browser.post(path(room, "/check-in"), data=sent)
    assert refused.status_code == 409
    assert "Six digits on the display" in refused.text
    digits = occupancy.display_code(house, NOW)
    shown = await browser.get(occupancy.display_path(house, NOW))
    assert f'value="{digits}"' in shown.text
    assert await Presence.all().count() == 0
    assert (await browser.post(path(house, "/check-in"), data={**sent, "proof": digits})).status_code == 303
    assert await Presence.all().count() == 1


async def test_ten_wrong_proofs_and_no_more(client_of, house, alice):
    await occupancy.ask_for_proof(house, True, by_id=(await make.manager(house)).id, at=NOW)
    wrong = f"{(int(occupancy.display_code(house, NOW)) + 1) % 1_000_000:06}"
    browser = await client_of(alice)
    answers = [await browser.post(path(house, "/check-in"), data={"proof": wrong}) for _try in range(11)]
    assert [answer.status_code for answer in answers] == [409] * 10 + [429]


async def test_a_no_show_that_comes_late_may_have_it_again(client_of, room, alice):
    booked = await make.reservation(room, alice, RUNNING, moment=EARLIER)
    await reservations.release_no_shows(NOW + timedelta(minutes=15))
    browser = await client_of(alice)
    shown = (await browser.get(path(room))).text
    assert "it is yours again" in shown
    assert (
        await browser.post(path(room, "/check-in"), data={"reservation": str(booked.id)})
    ).status_code == 303


async def test_questions_to_the_database_do_not_grow_with_the_house(client_of, house, alice):
    browser = await client_of(alice)
    await many_resources(house, 3)
    with counted() as few:
        await browser.get(path(house))
    await many_resources(house, 30)
    with counted() as many:
        assert (await browser.get(path(house))).status_code == 200
    assert len(many) == len(few)


async def test_get_changes_nothing(client_of, room, house, alice):
    await make.reservation(room, alice, RUNNING, moment=EARLIER)
    browser = await client_of(alice)
    for address in (path(room), path(house), path(room, "/take")):
        await browser.get(address)
    assert await Presence.all().count() == 0
    assert (await Resource.get(id=room.id)).code_revision == 1
    for address in (path(room, "/check-in"), path(room, "/check-out")):
        assert (await browser.get(address)).status_code == 405
