"""GET /venues/KEY/plan: what is free on the floor at a time; plan and list say the same, without names."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from booking.members.models import Skill
from booking.places.models import FloorPlan
from tests import make
from tests.queries import counted, many_reservations, many_resources

AT = "day=2026-11-24&begins=10:00&ends=12:00"


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue()


def on_plan(page: str) -> list[tuple[str, str, str]]:
    """(id, state, words) of each resource on the plan."""
    found = re.findall(
        r'<a class="spot spot-(\w+)" href="([^"]*)" data-spot="(\d+)" aria-label="([^"]*)"', page
    )
    return [(id, state, html.unescape(words)) for state, _href, id, words in found]


def in_list(page: str) -> list[tuple[str, str, str]]:
    """The same of the list beside it."""
    rows = re.findall(r'<li class="spot-row spot-(\w+)" data-spot="(\d+)">(.*?)</li>', page, re.S)
    found = []
    for state, id, row in rows:
        number = re.search(r'hidden-visually">(\d+) ', row)
        if number:
            name = re.search(r"</span>([^<]+)</a></h3>", row)
            said = re.search(r"</svg><span>([^<]*)</span>", row)
            action = re.search(r'aria-label="[^"]*: ([^"]*)"', row)
            assert name
            assert said
            words = f"{number[1]} {name[1]}: {said[1]}" + (f", {action[1]}" if action else "")
            found.append((id, state, html.unescape(words)))
    return found


async def test_it_works(house: Any, client_of: Any) -> None:
    rooms = [await make.resource(at=house, name=f"Room {number}") for number in range(5)]
    desks = await make.resource(at=house, units=12, name="Desks")
    asked = await make.resource(at=house, name="Hall", approval=True)
    await make.plan(house, [*rooms, desks])
    alice, bob = await make.member("Alice"), await make.member("Kestrel")
    await make.reservation(rooms[0], bob, title="Secret title")
    await make.reservation(rooms[1], bob, make.span("11:00", "13:00"))
    mine = await make.reservation(rooms[2], alice)
    await make.reservation(desks, bob, quantity=7)
    answer = await (await client_of(alice)).get(f"/venues/{house.key}/plan?{AT}")
    assert answer.status_code == 200
    assert on_plan(answer.text) == in_list(answer.text)
    states = {int(id): (state, words) for id, state, words in on_plan(answer.text)}
    assert [states[each.id][0] for each in rooms] == ["taken", "part", "mine", "free", "free"]
    assert "5 of 12 free, book 10:00–12:00" in states[desks.id][1]
    assert "Free in part: 10:00–11:00" in states[rooms[1].id][1]
    assert f"/reservations/{mine.id}" in answer.text
    assert (
        f"/resources/{rooms[3].id}/reserve?from=2026-11-24T09:00Z&amp;until=2026-11-24T11:00Z" in answer.text
    )
    assert "Elsewhere in the house" in answer.text
    assert asked.name in answer.text
    assert "Kestrel" not in answer.text
    assert "Secret" not in answer.text


async def test_without_a_time_it_shows_the_next_hour_that_can_be_booked(house: Any, client: Any) -> None:
    room = await make.resource(at=house, raster_minutes=30)
    await make.plan(house, [room])
    await make.reservation(room, await make.member("Bob"), make.span("09:00", "22:00", days=0))
    page = (await client.get(f"/venues/{house.key}/plan")).text
    assert 'value="2026-11-24"' in page
    assert re.search(r'<option value="08:00" selected', page)
    assert [state for _id, state, _words in on_plan(page)] == ["free"]


async def test_another_day_alone_keeps_to_the_hours_of_the_house(house: Any, client: Any) -> None:
    await make.plan(house, [await make.resource(at=house)])
    page = (await client.get(f"/venues/{house.key}/plan?day=2026-11-26")).text
    assert 'value="2026-11-26"' in page
    assert re.search(r'<option value="08:00" selected', page)


@pytest.mark.parametrize(
    "query, status",
    [
        ("day=never", 422),
        ("day=2026-11-24&begins=12:00&ends=10:00", 422),
        ("begins=25:99", 422),
        ("floor=nothing", 422),
        ("day=1999-01-01", 422),
        ("floor=00000000-0000-0000-0000-000000000000", 200),
        ("day=2199-01-01", 200),
        ("begins=47:30", 200),
        ("day=2027-03-28&begins=02:30&ends=04:00", 409),
        ("day=2026-10-25&begins=02:30-2&ends=03:30", 200),
        ("ends=12:00", 200),
    ],
)
async def test_whatever_is_asked(house: Any, client: Any, query: str, status: int) -> None:
    await make.plan(house, [await make.resource(at=house)])
    answer = await client.get(f"/venues/{house.key}/plan?{query}")
    assert answer.status_code == status
    assert len(on_plan(answer.text)) == 1


async def test_floors_are_tabs(house: Any, client: Any) -> None:
    below, above = await make.resource(at=house), await make.resource(at=house)
    await make.plan(house, [below], name="Below")
    upper = await make.plan(house, [above], name="Above")
    page = (await client.get(f"/venues/{house.key}/plan?{AT}&floor={upper.id}")).text
    assert [id for id, _state, _words in on_plan(page)] == [str(above.id)]
    assert re.search(r'aria-current="page">Above', page)


async def test_a_house_without_a_plan_has_no_such_page(house: Any, client_of: Any) -> None:
    await make.resource(at=house)
    client, stella = await client_of(), await make.manager(house)
    assert (await client.get(f"/venues/{house.key}/plan")).status_code == 404
    assert (await client.get("/venues/nowhere/plan")).status_code == 404
    assert "/plan" not in (await client.get(f"/venues/{house.key}")).text
    # A draft is there for who manages the house, and for nobody else.
    plan = await make.plan(house, published=False)
    assert (await client.get(f"/venues/{house.key}/plan")).status_code == 404
    page = (await (await client_of(stella)).get(f"/venues/{house.key}/plan")).text
    assert "not published" in page
    await FloorPlan.filter(id=plan.id).update(published=True)
    assert f"/venues/{house.key}/plan" in (await client.get(f"/venues/{house.key}")).text


async def test_a_space_that_is_not_published_is_not_shown(house: Any, client: Any) -> None:
    room = await make.resource(at=house, published=False)
    shown = await make.resource(at=house)
    await make.plan(house, [room, shown])
    page = (await client.get(f"/venues/{house.key}/plan?{AT}")).text
    assert [id for id, _state, _words in on_plan(page)] == [str(shown.id)]


async def test_what_is_not_for_this_member_says_so_and_why(house: Any, client_of: Any) -> None:
    """The timeline says the same; whoever only looks sees what members could book."""
    skill = await Skill.create(key="saws", names={"en": "Circular saws"})
    saw = await make.resource(at=house, name="Panel saw", skill_id=skill.id)
    await make.plan(house, [saw])
    alice = await make.member("Alice")
    page = (await (await client_of(alice)).get(f"/venues/{house.key}/plan?{AT}")).text
    ((_, state, words),) = on_plan(page)
    assert state == "closed"
    assert words.endswith("Not for you")
    assert in_list(page) == on_plan(page)
    assert "/reserve?" not in page


async def test_a_sketch_says_so(house: Any, client: Any) -> None:
    await make.plan(house, [await make.resource(at=house)], sketch=True)
    assert "A sketch, not to scale." in (await client.get(f"/venues/{house.key}/plan")).text


async def test_names_and_labels_are_words_only(house: Any, client: Any) -> None:
    evil = "</title><script>alert(1)</script>"
    label = {"kind": "label", "x": 0, "y": 0, "w": 200, "h": 60, "turn": 0, "text": evil}
    await make.plan(house, [await make.resource(at=house, name=evil)], name=evil, shapes=[label])
    assert "<script>alert" not in (await client.get(f"/venues/{house.key}/plan")).text


async def test_the_picture_under_it(house: Any, client: Any) -> None:
    plan = await make.ground(await make.plan(house))
    answer = await client.get(f"/photos/plans/{plan.id}/00000000-480.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "immutable" in answer.headers["cache-control"]
    for name in ("00000001-480.jpg", "00000000-960.jpg", "00000000-480.svg", "00000000-480.jpg.exe", "x"):
        assert (await client.get(f"/photos/plans/{plan.id}/{name}")).status_code == 404
    await FloorPlan.filter(id=plan.id).update(removed_at=make.NOW)
    assert (await client.get(f"/photos/plans/{plan.id}/00000000-480.jpg")).status_code == 404


async def test_the_same_number_of_questions_for_any_number(house: Any, client_of: Any) -> None:
    alice = await make.member("Alice")
    browser = await client_of(alice)
    numbers = []
    rooms = await many_resources(house, 5)
    await many_reservations(rooms, alice)
    await make.plan(house, rooms[:3])
    for _ in range(2):
        with counted() as asked:
            await browser.get(f"/venues/{house.key}/plan?{AT}")
        numbers.append(len(asked))
        await make.plan(house, await many_resources(house, 30))
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 24
