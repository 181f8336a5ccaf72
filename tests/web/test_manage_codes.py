"""Codes to print: a card for the house and each space, made anew when a print got lost; and the proof of presence."""

from __future__ import annotations

import re

import pytest

from booking import occupancy
from booking.events import Event
from booking.places import Resource, Venue
from tests import make
from tests.queries import counted, many_resources


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai")


@pytest.fixture
async def house(room):
    return room.venue


@pytest.fixture
async def browser(house, client_of):
    return await client_of(await make.manager(house))


def of(house, more=""):
    return f"/manage/{house.key}/codes{more}"


async def test_it_works(browser, house, room):
    answer = await browser.get(of(house))
    assert answer.status_code == 200
    for words in ("Quai", house.name, f"/c/{occupancy.token_of(room)}"):
        assert words in answer.text
    assert answer.text.count('class="qr"') == 2
    assert "style=" not in answer.text
    assert f'href="{of(house)}" aria-current="page"' in answer.text


async def test_the_drawing_leads_to_the_page(browser, house, room):
    from booking.web import qr

    drawing = str(qr.drawn(f"/c/{occupancy.token_of(room)}"))
    assert drawing in (await browser.get(of(house))).text
    assert re.search(r'viewBox="0 0 \d+ \d+"', drawing)


async def test_one_is_made_anew_or_all_are(browser, house, room):
    before = [occupancy.token_of(each) for each in (room, house)]
    assert (await browser.post(of(house, "/renew"), data={"resource": room.id})).status_code == 303
    shown = (await browser.get(of(house))).text
    assert "The code of Quai is new." in shown
    assert before[0] not in shown
    assert before[1] in shown
    await browser.post(of(house, "/renew"))
    assert before[1] not in (await browser.get(of(house))).text
    assert await Event.filter(name="code.renewed").count() == 2


async def test_only_what_is_of_this_house(browser, house):
    other = await make.resource()
    for wrong in (other.id, 999_999, "x", -1):
        assert (await browser.post(of(house, "/renew"), data={"resource": wrong})).status_code == 404
    assert (await Resource.get(id=other.id)).code_revision == 1
    assert (await Venue.get(id=house.id)).code_revision == 1


async def test_proof_is_switched_on_and_off(browser, house):
    await browser.post(of(house, "/proof"), data={"wanted": "yes"})
    assert (await Venue.get(id=house.id)).presence_proof
    assert "It is on." in (await browser.get(of(house))).text
    await browser.post(of(house, "/proof"), data={"wanted": "yes"})
    assert await Event.filter(name="venue.proof_changed").count() == 1
    await browser.post(of(house, "/proof"))
    assert not (await Venue.get(id=house.id)).presence_proof


async def test_hosts_and_all_others_have_no_such_page(client, client_of, house, room):
    host = await make.member("Hugo")
    await make.role("host", host, venue=house)
    elsewhere = await make.manager(await make.venue(), "Emma")
    for person in (host, elsewhere, await make.member("Alice")):
        browser = await client_of(person)
        assert (await browser.get(of(house))).status_code == 404
        assert (await browser.post(of(house, "/renew"))).status_code == 404
        assert (await browser.post(of(house, "/proof"), data={"wanted": "yes"})).status_code == 404
    assert (await client.get(of(house))).status_code == 303
    house = await Venue.get(id=house.id)
    assert (house.code_revision, house.presence_proof) == (1, False)


async def test_questions_to_the_database_do_not_grow_with_the_spaces(browser, house):
    with counted() as few:
        await browser.get(of(house))
    await many_resources(house, 20)
    with counted() as many:
        assert (await browser.get(of(house))).status_code == 200
    assert len(many) == len(few)
