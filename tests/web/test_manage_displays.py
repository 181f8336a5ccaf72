"""The displays of a house: a code for a new one, when each last asked, taking one back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from booking import occupancy
from booking.events import Event
from booking.occupancy import Display
from tests import make
from tests.make import NOW
from tests.queries import counted


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai")


@pytest.fixture
async def house(room):
    return room.venue


@pytest.fixture
async def stella(house):
    return await make.manager(house)


@pytest.fixture
async def browser(stella, client_of):
    return await client_of(stella)


def of(house, more=""):
    return f"/manage/{house.key}/displays{more}"


async def test_it_works(browser, house, room, client_of):
    assert "No display yet." in (await browser.get(of(house))).text
    answer = await browser.post(of(house), data={"name": "Left of the door", "resource": room.id})
    assert (answer.status_code, answer.headers["location"]) == (303, of(house))
    shown = (await browser.get(of(house))).text
    code = re.search(r"\b(\d{3} \d{3})\b", shown)[1]
    for words in ("Left of the door", "Quai", "Waits for its code", "/display"):
        assert words in shown
    # It is shown this once.
    assert code not in (await browser.get(of(house))).text
    tablet = await client_of()
    assert (await tablet.post("/display", data={"code": code, "language": "fr"})).status_code == 303
    shown = (await browser.get(of(house))).text
    assert "Last seen" in shown
    assert "Français" in shown
    display = await Display.get()
    assert (display.resource_id, display.venue_id) == (room.id, house.id)
    assert code.replace(" ", "") not in (display.token_hash or "")
    await browser.post(of(house, f"/{display.id}/revoke"))
    assert "is taken back." in (await browser.get(of(house))).text
    assert (await tablet.get("/display/now")).status_code == 410
    assert await Event.filter(name__startswith="display.").count() == 3


async def test_a_new_code(browser, house, app):
    await browser.post(of(house), data={"name": "Hall"})
    display = await Display.get()
    first = display.code_hash
    app.state.clock = lambda: NOW + timedelta(minutes=20)
    assert "Not paired" in (await browser.get(of(house))).text
    assert (await browser.post(of(house, f"/{display.id}/code"))).status_code == 303
    assert "Pairing code of Hall" in (await browser.get(of(house))).text
    assert (await Display.get()).code_hash not in (first, None)


async def test_a_silent_one_is_told(browser, house, stella, client_of, app):
    _display, code = await occupancy.add_display(house, None, "Hall", by_id=stella.id, at=NOW)
    await (await client_of()).post("/display", data={"code": code})
    assert "Silent" not in (await browser.get(of(house))).text
    app.state.clock = lambda: NOW + timedelta(minutes=6)
    assert "Silent" in (await browser.get(of(house))).text


async def test_every_wrong_field_is_told_and_nothing_made(browser, house):
    other = await make.resource()
    for sent in (
        {},
        {"name": ""},
        {"name": "x" * 81},
        {"name": "A", "resource": other.id},
        {"name": "A", "resource": "x"},
    ):
        answer = await browser.post(of(house), data=sent)
        assert answer.status_code == 422
    assert await Display.all().count() == 0
    assert await Event.filter(name__startswith="display.").count() == 0


async def test_taking_back_twice_is_once(browser, house, stella):
    display, _code = await occupancy.add_display(house, None, "Hall", by_id=stella.id, at=NOW)
    for _ in range(2):
        assert (await browser.post(of(house, f"/{display.id}/revoke"))).status_code == 303
    assert await Event.filter(name="display.revoked").count() == 1
    assert (await browser.post(of(house, f"/{display.id}/code"))).status_code == 404


async def test_hosts_and_all_others_have_no_such_page(client, client_of, house, stella):
    display, _code = await occupancy.add_display(house, None, "Hall", by_id=stella.id, at=NOW)
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    there = await make.venue()
    emma = await make.manager(there, "Emma")
    for person in (host, emma, await make.member("Alice")):
        browser = await client_of(person)
        assert (await browser.get(of(house))).status_code == 404
        assert (await browser.post(of(house), data={"name": "A"})).status_code == 404
        for what in ("code", "revoke"):
            assert (await browser.post(of(house, f"/{display.id}/{what}"))).status_code == 404
    # Nor is another house's display there under one's own house.
    browser = await client_of(emma)
    for what in ("code", "revoke"):
        assert (await browser.post(of(there, f"/{display.id}/{what}"))).status_code == 404
    assert (await client.get(of(house))).status_code == 303
    assert (await Display.get()).revoked_at is None


async def test_questions_to_the_database_do_not_grow_with_the_displays(browser, house, room, stella):
    await occupancy.add_display(house, room, "One", by_id=stella.id, at=NOW)
    with counted() as few:
        await browser.get(of(house))
    for number in range(10):
        await occupancy.add_display(house, room, f"Door {number}", by_id=stella.id, at=NOW)
    with counted() as many:
        assert (await browser.get(of(house))).status_code == 200
    assert len(many) == len(few)
