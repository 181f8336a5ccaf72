"""Booking again: cards on the first page, the short confirmation, and what it says when something is in the way."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking import budgets, reservations
from booking.places.models import Closure, Resource, Venue
from booking.pricing.models import TariffRow
from booking.reservations import Reservation
from tests import make
from tests.make import NOW, span
from tests.queries import counted

LAST_WEEK = NOW - timedelta(days=7)


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", at=await make.venue(name="Harbour house"))


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def project(room: Any, alice: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, cents=50_000, name="Comics")


@pytest.fixture
async def last(room: Any, alice: Any, project: Any) -> Reservation:
    """Tuesday of last week, ten to twelve, for 24.20 with VAT."""
    return await booked(room, alice, project, days=-6)


async def booked(room: Any, by: Any, project: Any, *, days: int, **values: Any) -> Reservation:
    when = span("10:00", "12:00", days=days)
    return await make.reservation(
        room, by, when, on=project, moment=when.begins_at - timedelta(days=1), **values
    )


def button_form(text: str) -> tuple[str, dict[str, str]]:
    """Where the confirmation's button sends, and what it sends."""
    action = re.search(r'<form id="booking"[^>]* action="([^"]+)"', text)
    assert action
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    chosen = re.search(r'name="activity" value="(\d+)"[^>]* checked', text)
    return action[1], sent | ({"activity": chosen[1]} if chosen else {})


async def test_it_works(client_of, alice, room, project, last):
    client = await client_of(alice)
    home = (await client.get("/")).text
    assert f'href="/reservations/{last.id}/again"' in home
    assert "Tue, 24 Nov 2026, 10:00–12:00" in home
    assert "from Comics" in home
    page = (await client.get(f"/reservations/{last.id}/again")).text
    assert "€24.20" in page
    assert "Left after it" in page
    action, sent = button_form(page)
    answer = await client.post(action, data=sent)
    assert answer.status_code == 303
    made = await Reservation.get(id=sent["id"])
    assert (made.state, made.activity_id, made.span) == ("confirmed", project.id, span("10:00", "12:00"))
    # Pressed twice: the first one is found.
    assert (await client.post(action, data=sent)).headers["location"] == answer.headers["location"]
    assert await Reservation.filter(member_id=alice.id).count() == 2


async def test_the_first_page_asks_one_more_question_for_members_and_none_for_others(
    client_of, alice, room, project, last
):
    nobody, other, member = (
        await client_of(),
        await client_of(await make.member("Bob")),
        await client_of(alice),
    )
    counts = []
    for client in (nobody, other, member):
        await client.get("/")
        with counted() as asked:
            await client.get("/")
        counts.append(sum("FROM" in sql and "reservation" in sql for sql in asked))
    assert counts == [0, 1, 1]


async def test_the_list_asks_as_many_questions_for_three_as_for_one(client_of, alice, room, project):
    await booked(room, alice, project, days=-6)
    client, counts = await client_of(alice), []
    for days in (-5, -4):
        with counted() as asked:
            answer = await client.get("/again")
        counts.append(len(asked))
        await booked(await make.resource(at=room.venue), alice, project, days=days)
    assert answer.text.count('class="again-card"') == 2
    assert (await client.get("/again")).text.count('class="again-card"') == 3
    assert counts[0] == counts[1] <= 20


async def test_the_fetched_list_is_a_part_and_a_page(client_of, alice, last):
    client = await client_of(alice)
    part = await client.get("/again", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<ul")
    assert "€24.20" in part.text
    assert "<h1>Book again</h1>" in (await client.get("/again")).text


async def test_who_has_booked_nothing_is_told_what_would_come(client_of, alice):
    client = await client_of(alice)
    assert "Nothing to repeat yet" in (await client.get("/again")).text
    assert "again-card" not in (await client.get("/")).text


async def test_nobody_is_asked_to_sign_in(client, last):
    for path in ("/again", f"/reservations/{last.id}/again"):
        assert (await client.get(path)).status_code == 303


async def test_a_week_that_is_booked_already_is_left_out(client_of, alice, room, project, last):
    await booked(room, alice, project, days=1)
    home = (await (await client_of(alice)).get("/")).text
    assert "Tue, 1 Dec 2026, 10:00–12:00" in home
    assert "Tue, 24 Nov 2026" not in home


async def test_a_series_that_goes_on_is_no_proposal(client_of, alice, room, project):
    weeks = reservations.Repeat("week", times=4)
    id, days = uuid4(), weeks.dates(NOW.date() + timedelta(days=1))
    chosen = {days[2]: reservations.Choice(room.id, None)}
    wanted = reservations.wishes(
        id, days, reservations.Wall(600, 720), resource_id=room.id, zone=room.venue.zone, chosen=chosen
    )
    await reservations.reserve_together(
        id, wanted, by=alice, at=NOW, repeat=weeks, first_on=days[0], activity_id=project.id
    )
    assert await reservations.habits(alice, NOW) == []
    ended = NOW + timedelta(days=30)
    [habit] = await reservations.habits(alice, ended)
    assert habit.last.series_id == id


async def test_taken_by_somebody_else_the_nearest_time_stands_there(client_of, alice, room, project, last):
    await make.reservation(room, await make.member("Bob"), span("10:00", "11:00"))
    client = await client_of(alice)
    text = (await client.get("/again")).text
    assert "Not free at the usual time; this is the nearest." in text
    assert "Tue, 24 Nov 2026, 11:00–13:00" in text
    page = (
        await client.get(re.findall(r'href="(/reservations/[^"]+from=[^"]+)"', text)[0].replace("&amp;", "&"))
    ).text
    action, sent = button_form(page)
    assert (await client.post(action, data=sent)).status_code == 303
    assert (await Reservation.get(id=sent["id"])).span == span("11:00", "13:00")


async def test_closed_that_day_the_page_says_why_and_what_would_work(client_of, alice, room, project, last):
    day = span("00:00", "23:00")
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=day.begins_at,
        ends_at=day.ends_at,
        reason="The boiler",
        created_at=NOW,
    )
    page = (await (await client_of(alice)).get(f"/reservations/{last.id}/again")).text
    assert "The boiler" in page
    assert "What would work:" in page
    assert await Reservation.all().count() == 1


async def test_a_price_that_has_changed_is_told(client_of, alice, room, project, last):
    await TariffRow.create(
        resource_id=room.id, category="member", from_on=NOW.date(), currency="EUR", hour_cents=1200
    )
    page = (await (await client_of(alice)).get(f"/reservations/{last.id}/again")).text
    assert "The last time it cost €24.20; the price has changed since." in page
    assert "€29.04" in page


async def test_an_activity_without_money_is_told_with_the_others(client_of, alice, room, project, last):
    other = await make.activity(alice, of=room.venue.entity, cents=90_000, name="Posters")
    await budgets.allot("all-of-it", project, -47_000, at=NOW)
    client = await client_of(alice)
    assert "Comics lacks" in (await client.get("/again")).text
    page = (await client.get(f"/reservations/{last.id}/again")).text
    assert "Pay from Posters" in page
    action, sent = button_form(page)
    assert (await client.post(action, data=sent)).status_code == 409
    assert await Reservation.all().count() == 1
    assert (await client.post(action, data=sent | {"activity": str(other.id)})).status_code == 303


async def test_an_activity_that_has_ended_gives_way_to_another(client_of, alice, room, project, last):
    other = await make.activity(alice, of=room.venue.entity, name="Posters")
    await budgets.Activity.filter(id=project.id).update(closed_at=NOW)
    page = (await (await client_of(alice)).get(f"/reservations/{last.id}/again")).text
    assert button_form(page)[1]["activity"] == str(other.id)


async def test_a_room_that_is_no_longer_let_shows_what_is_like_it(client_of, alice, room, project, last):
    twin = await make.resource(at=room.venue, name="Canal")
    await Resource.filter(id=room.id).update(published=False)
    client = await client_of(alice)
    assert "again-card" not in (await client.get("/")).text
    page = (await client.get(f"/reservations/{last.id}/again")).text
    assert "Quai can no longer be booked: the house has taken it off its list." in page
    assert f"/resources/{twin.id}/reserve?" in page


async def test_a_house_that_has_closed_says_so(client_of, alice, room, project, last):
    await Venue.filter(id=room.venue_id).update(status="closed")
    page = (await (await client_of(alice)).get(f"/reservations/{last.id}/again")).text
    assert "Harbour house has closed for good and takes no bookings any more." in page
    assert "Nothing like it is free near there at that hour." in page


async def test_somebody_elses_booking_is_not_there(client_of, alice, room, project, last):
    stella = await make.manager(room.venue)
    for who in (await make.member("Charlie"), stella):
        assert (await (await client_of(who)).get(f"/reservations/{last.id}/again")).status_code == 404
    assert (await (await client_of(alice)).get(f"/reservations/{uuid4()}/again")).status_code == 404


async def test_past_bookings_offer_it(client_of, alice, last):
    client = await client_of(alice)
    assert f'href="/reservations/{last.id}/again"' in (await client.get("/reservations")).text
    assert f'href="/reservations/{last.id}/again"' in (await client.get(f"/reservations/{last.id}")).text


async def test_the_hour_is_that_of_the_wall_clock_through_a_change(db, alice, room, project):
    """Booked in October before the clocks went back: ten o'clock stays ten o'clock."""
    october = await booked(room, alice, project, days=-34)
    habit = (await reservations.habits(alice, NOW))[0]
    assert habit.last.id == october.id
    assert habit.span == span("10:00", "12:00")
    assert habit.span.begins_at.hour - october.begins_at.hour == 1
