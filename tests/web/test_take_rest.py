"""Taking the rest of a free slot: until when, from which Activity, for how much."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import occupancy
from booking.occupancy import Presence
from booking.reservations import Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW

NINE_SEVEN = NOW + timedelta(minutes=7, seconds=30)


def z(instant):
    return f"{instant:%Y-%m-%dT%H:%MZ}"


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", raster_minutes=30, shortest_minutes=30)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def money(alice, room):
    return await make.activity(alice, of=room.venue.entity, name="Illustration")


@pytest.fixture
async def browser(client_of, alice, app):
    app.state.clock = lambda: NINE_SEVEN
    return await client_of(alice)


@pytest.fixture
def address(room):
    return f"/c/{occupancy.token_of(room)}/take"


def typed(money=None, until=NOW + timedelta(hours=1), **values):
    sent = {"id": str(uuid4()), "until": z(until), "people": "2", **values}
    return {**sent, "activity": str(money.id)} if money else sent


async def nothing_happened():
    assert await Reservation.all().count() == 0
    assert await Presence.all().count() == 0


async def test_it_works(browser, address, money, room, alice):
    shown = await browser.get(address)
    assert shown.status_code == 200
    for words in ("Take Quai now", "From 09:07 until", "Illustration", "Take it and check in", "available"):
        assert words in shown.text
    answer = await browser.post(address, data=typed(money))
    assert (answer.status_code, answer.headers["location"]) == (303, address.removesuffix("/take"))
    done = await Reservation.get()
    assert (done.begins_at, done.ends_at) == (NINE_SEVEN.replace(second=0), NOW + timedelta(hours=1))
    assert (done.member_id, done.activity_id, done.people) == (alice.id, money.id, 2)
    assert (done.checked_in_at, (await Presence.get()).reservation_id) == (NINE_SEVEN, done.id)
    assert "Yours until 10:00" in (await browser.get(address.removesuffix("/take"))).text


async def test_the_rest_ends_where_the_next_begins(browser, address, money, room):
    bob = await make.member("Bob")
    await make.reservation(room, bob, make.span("11:30", "13:00", days=0))
    code = (await browser.get(address.removesuffix("/take"))).text
    assert "Take it until 11:30" in code
    shown = (await browser.get(address)).text
    assert f'value="{z(NOW + timedelta(hours=2, minutes=30))}" selected' in shown
    assert z(NOW + timedelta(hours=3)) not in shown
    refused = await browser.post(address, data=typed(money, until=NOW + timedelta(hours=3)))
    assert refused.status_code == 409
    assert "no longer free" in refused.text


async def test_the_price_comes_alone_when_the_form_asks(browser, address, money):
    until = z(NOW + timedelta(hours=2))
    part = await browser.get(
        address, params={"until": until, "activity": money.id, "people": 1}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "cannot be cancelled" in part.text
    # 113 minutes at 10 an hour, and 21 % of VAT.
    assert "€22.78" in part.text


async def test_pressed_twice_is_one_booking(browser, address, money):
    sent = typed(money)
    for _press in range(2):
        assert (await browser.post(address, data=sent)).status_code == 303
    assert await Reservation.all().count() == 1
    assert await Presence.all().count() == 1


async def test_without_money_or_with_anothers(browser, address, room):
    assert (await browser.post(address, data=typed())).status_code == 409
    bobs = await make.activity(await make.member("Bob"), of=room.venue.entity)
    answer = await browser.post(address, data=typed(bobs))
    assert answer.status_code == 422
    assert "Choose one of your own Activities." in answer.text
    await nothing_happened()


async def test_what_cannot_be_read_is_told(browser, address, money):
    for wrong in ("", "soon", "2026-11-23T10:00", z(NOW), "9999-99-99"):
        answer = await browser.post(address, data={**typed(money), "until": wrong})
        assert answer.status_code == 422, wrong
    assert (await browser.post(address, data={**typed(money), "people": "-1"})).status_code == 422
    await nothing_happened()


async def test_the_rules_of_a_booking_hold(browser, address, money, room):
    off = await browser.post(address, data=typed(money, until=NOW + timedelta(minutes=50)))
    assert off.status_code == 409
    many = await browser.post(address, data=typed(money, people="20"))
    assert many.status_code == 409
    assert "room for 8 people" in many.text
    await nothing_happened()


async def test_it_never_costs_more_than_what_was_shown(browser, address, money):
    answer = await browser.post(address, data=typed(money, seen="100"))
    assert answer.status_code == 409
    assert "Look at the price" in answer.text
    await nothing_happened()


async def test_when_it_is_taken_the_page_says_so(browser, address, room):
    bob = await make.member("Bob")
    running = TimeSpan(NOW, NOW + timedelta(hours=1))
    await make.reservation(room, bob, running, moment=NOW - timedelta(minutes=5))
    shown = await browser.get(address)
    assert shown.status_code == 200
    assert "Taken until 10:00" in shown.text
    assert "Take it and check in" not in shown.text


async def test_what_needs_notice_or_a_host(browser, money, room):
    slow = await make.resource(at=room.venue, lead_minutes=120)
    assert "Take it until" not in (await browser.get(f"/c/{occupancy.token_of(slow)}")).text
    asked = await make.resource(at=room.venue, approval=True)
    answer = await browser.post(f"/c/{occupancy.token_of(asked)}/take", data=typed(money))
    assert answer.status_code == 303
    assert (await Reservation.get()).state == "held"
    assert await Presence.all().count() == 0


async def test_proof_first(browser, address, money, room):
    await occupancy.ask_for_proof(room.venue, True, by_id=(await make.manager(room.venue)).id, at=NOW)
    refused = await browser.post(address, data=typed(money))
    assert refused.status_code == 409
    await nothing_happened()
    digits = occupancy.display_code(room.venue, NINE_SEVEN)
    assert (await browser.post(address, data=typed(money, proof=digits))).status_code == 303


async def test_equipment_is_taken_without_anybody_checking_in(browser, money, room):
    projector = await make.resource(at=room.venue, kind="equipment", name="Projector")
    answer = await browser.post(f"/c/{occupancy.token_of(projector)}/take", data=typed(money))
    assert answer.status_code == 303
    assert await Presence.all().count() == 0
    assert await Reservation.all().count() == 1


async def test_nobody_takes_a_house_or_takes_unseen(browser, client, room, address):
    assert (await browser.get(f"/c/{occupancy.token_of(room.venue)}/take")).status_code == 404
    answer = await client.get(address)
    assert (answer.status_code, "sign-in" in answer.headers["location"]) == (303, True)
