"""The screen at a door: paired by a code, free or taken and until when, a day ahead, and never a name."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest

from booking import occupancy, places
from booking.events import Event
from booking.occupancy import Display
from booking.places import Resource
from tests import make
from tests.make import NOW
from tests.permissions.world import CANARIES, build
from tests.queries import counted, many_resources


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
def made(house, stella):
    async def made(resource=None, at=NOW):
        return await occupancy.add_display(house, resource, "Door", by_id=stella.id, at=at)

    return made


@pytest.fixture
async def tablet(client_of):
    return await client_of()


async def pair(tablet, code, language="en"):
    return await tablet.post("/display", data={"code": code, "language": language})


def ahead(answer):
    return json.loads(html.unescape(re.search(r'data-ahead="([^"]*)"', answer.text)[1]))


async def test_it_works(tablet, made, room, house):
    alice = await make.member("Alice")
    await make.reservation(room, alice, make.span("10:00", "12:00", days=0))
    _display, code = await made(room)
    assert "Pairing code" in (await tablet.get("/display")).text
    answer = await pair(tablet, f"{code[:3]} {code[3:]}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/display")
    cookie = answer.headers["set-cookie"]
    assert "desk_display=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    shown = await tablet.get("/display")
    assert shown.status_code == 200
    for words in ("Quai", house.name, "Free until 10:00", "taken 10:00–12:00", 'class="qr"', "Take it now"):
        assert words in shown.text
    assert 'http-equiv="refresh"' in shown.text
    assert "style=" not in shown.text
    assert "Alice" not in shown.text
    now = await tablet.get("/display/now")
    assert "Free until 10:00" in now.text
    assert "<html" not in now.text
    row = await Display.get()
    assert (row.code_hash, row.paired_at, row.seen_at) == (None, NOW, NOW)
    assert await Event.filter(name="display.paired").count() == 1


async def test_a_day_is_known_ahead(tablet, made, room):
    alice = await make.member("Alice")
    await make.reservation(room, alice, make.span("10:00", "12:00", days=0))
    await make.reservation(room, alice, make.span("09:00", "11:00"))
    _display, code = await made(room)
    await pair(tablet, code)
    [told] = ahead(await tablet.get("/display/now")).values()
    assert told[0]["at"] == int(NOW.timestamp() * 1000)
    hours = {(each["at"] - told[0]["at"]) / 3_600_000: each["now"] for each in told}
    ten = (make.span("10:00", "12:00", days=0).begins_at - NOW) / timedelta(hours=1)
    assert hours[ten] == "Taken until 12:00"
    assert hours[ten + 2].startswith("Free until")
    assert hours[ten + 23] == "Taken until 11:00"
    assert max(hours) > 24
    # Each is what the door itself says when that time has come.
    for each in told:
        at = NOW + timedelta(milliseconds=each["at"] - told[0]["at"])
        [door] = await occupancy.doors([await places.resource(room.id)], at)
        assert each["state"] == {"free": "free", "taken": "later", "closed": "closed"}[door.state]


async def test_a_house_shows_all_its_spaces(tablet, made, house, room):
    await make.resource(at=house, name="Atelier")
    _display, code = await made()
    await pair(tablet, code)
    shown = (await tablet.get("/display")).text
    assert "Quai" in shown
    assert "Atelier" in shown
    assert shown.count("data-door=") == 2


async def test_it_speaks_the_language_chosen(tablet, made, room):
    _display, code = await made(room)
    await pair(tablet, code, "nl")
    assert '<html lang="nl"' in (await tablet.get("/display")).text


async def test_never_a_name(tablet, db):
    """The canaries of the permissions' world: bookings with names, titles, notes, Activities."""
    world = await build()
    manager = world.people["manager"]
    assert manager is not None
    house = await places.venue(world.places["key"])
    room = await Resource.get(id=world.places["resource_id"])
    for resource in (room, None):
        _display, code = await occupancy.add_display(house, resource, "Door", by_id=manager.id, at=NOW)
        await pair(tablet, code)
        for path in ("/display", "/display/now"):
            text = (await tablet.get(path)).text
            assert "data-ahead" in text
            assert not [canary for canary in CANARIES if canary in html.unescape(text)]
            assert not [person.name for person in world.people.values() if person and person.name in text]


async def test_a_wrong_code_and_an_old_one(tablet, made, app):
    _display, code = await made()
    wrong = "000000" if code != "000000" else "111111"
    for typed in (wrong, "x", "1" * 19):
        answer = await pair(tablet, typed)
        assert answer.status_code == 409
        assert "not known" in answer.text
    assert (await tablet.post("/display", data={"code": ""})).status_code == 422
    assert (await tablet.post("/display", data={"code": code, "language": "xx"})).status_code == 422
    app.state.clock = lambda: NOW + timedelta(minutes=15)
    assert (await pair(tablet, code)).status_code == 409
    assert (await Display.get()).paired_at is None
    assert "desk_display" not in tablet.cookies


async def test_a_code_works_once(tablet, made, client_of):
    _display, code = await made()
    await pair(tablet, code)
    other = await client_of()
    assert (await pair(other, code)).status_code == 409
    assert (await other.get("/display/now")).status_code == 410


async def test_tries_are_counted(tablet, made):
    _display, code = await made()
    wrong = "000000" if code != "000000" else "111111"
    answers = [(await pair(tablet, wrong)).status_code for _ in range(11)]
    assert answers == [409] * 10 + [429]
    assert (await pair(tablet, code)).status_code == 429
    assert (await Display.get()).paired_at is None


async def test_taken_back_it_says_so(tablet, made, house, stella, room):
    display, code = await made(room)
    await pair(tablet, code)
    await occupancy.revoke_display(house, display.id, by_id=stella.id, at=NOW)
    gone = await tablet.get("/display/now")
    assert gone.status_code == 410
    assert "This display was taken back." in gone.text
    assert "Quai" not in gone.text
    again = await tablet.get("/display")
    assert "This display was taken back." in again.text
    assert "Pairing code" in again.text
    assert "desk_display" not in tablet.cookies


async def test_a_new_code_moves_it_to_another_screen(tablet, made, house, stella, client_of):
    display, code = await made()
    await pair(tablet, code)
    _same, code = await occupancy.new_code(house, display.id, by_id=stella.id, at=NOW)
    assert (await tablet.get("/display/now")).status_code == 200
    other = await client_of()
    await pair(other, code)
    assert (await other.get("/display/now")).status_code == 200
    assert (await tablet.get("/display/now")).status_code == 410


async def test_the_digits_change_each_minute_where_proof_is_asked(tablet, made, house, stella, room, app):
    _display, code = await made(room)
    await pair(tablet, code)
    assert "data-proof" not in (await tablet.get("/display/now")).text
    await occupancy.ask_for_proof(house, True, by_id=stella.id, at=NOW)
    seen = set()
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        app.state.clock = lambda at=at: at
        digits = occupancy.display_code(house, at)
        text = (await tablet.get("/display/now")).text
        assert f"{digits[:3]} {digits[3:]}" in text
        assert re.search(r'<div class="board-qr" data-with-code><svg.*?</svg>', text, re.DOTALL)
        seen.add(re.search(r"<svg[^>]*class=\"qr\".*?</svg>", text, re.DOTALL)[0])
    assert len(seen) == 3
    path = occupancy.display_path(house, NOW, room)
    assert path == f"/c/{occupancy.token_of(room)}?proof={occupancy.display_code(house, NOW)}"
    assert (await tablet.get(path)).status_code == 200


async def test_last_seen_is_written_once_a_minute(tablet, made, app):
    display, code = await made()
    await pair(tablet, code)
    for seconds, seen in ((20, 0), (60, 60), (80, 60), (130, 130)):
        app.state.clock = lambda seconds=seconds: NOW + timedelta(seconds=seconds)
        await tablet.get("/display/now")
        assert (await Display.get(id=display.id)).seen_at == NOW + timedelta(seconds=seen)


async def test_what_is_no_longer_let_is_not_shown(tablet, made, room):
    _display, code = await made(room)
    await pair(tablet, code)
    await Resource.filter(id=room.id).update(published=False)
    text = (await tablet.get("/display/now")).text
    assert "Nothing to book here now." in text
    assert "data-door=" not in text


async def test_the_worker_looks_after_the_display_alone(tablet, db):
    answer = await tablet.get("/display/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == "/display"
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_foreign_cookie_opens_nothing(tablet, db):
    for token in ("x", "y" * 43, "z" * 4000):
        tablet.cookies.set("desk_display", token)
        assert (await tablet.get("/display/now")).status_code == 410
        assert "data-ahead" not in (await tablet.get("/display")).text
        tablet.cookies.clear()


async def test_questions_to_the_database_do_not_grow_with_the_spaces(tablet, made, house):
    _display, code = await made()
    await pair(tablet, code)
    with counted() as few:
        await tablet.get("/display/now")
    await many_resources(house, 20)
    with counted() as many:
        assert (await tablet.get("/display/now")).status_code == 200
    assert len(many) == len(few)
