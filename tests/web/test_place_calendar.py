"""The calendar of a house and of a space: month, reasons, what can be dragged, and the part that swaps by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from booking.members.models import MemberSkill, Skill
from booking.reservations import Reservation
from tests import make
from tests.make import NOW, span

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


async def test_a_month_of_a_house(db, client):
    room = await make.resource(at=await make.venue(key="quai"), name="Big room")
    await make.reservation(room, await make.member(), span("08:00", "15:30"))
    answer = await client.get("/venues/quai?day=2026-11-24&view=month")
    assert answer.status_code == 200
    assert "November 2026" in answer.text
    assert '<a href="/venues/quai?day=2026-11-24#day">6.5h<i> free</i></a>' in answer.text
    assert f'href="/resources/{room.id}?day=2026-11-01&amp;view=month"' in answer.text
    assert 'href="/venues/quai?day=2026-12-01&amp;view=month#day"' in answer.text
    assert answer.text.count("<td") == 6 * 7 + 30  # six weeks begin in it, or end


async def test_a_month_of_a_space(db, client):
    room = await make.resource(at=await make.venue(key="quai"))
    answer = await client.get(f"/resources/{room.id}?day=2026-11-24&view=month")
    assert answer.status_code == 200
    assert f'href="/resources/{room.id}?day=2026-11-25#day"' in answer.text
    assert "Next free this month" in answer.text
    assert "Mon 23 Nov, 13 hrs free" in answer.text


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
async def test_the_part_alone(db, client, view):
    await make.resource(at=await make.venue(key="quai"))
    address = f"/venues/quai?day=2026-11-24&view={view}"
    whole, part = await client.get(address), await client.get(address, headers=PART)
    assert "<html" in whole.text
    assert part.text.lstrip().startswith('<section class="stack calendar')
    assert "data-focus" in part.text
    assert "data-focus" not in whole.text
    for answer in (whole, part):
        assert "HX-Request" in answer.headers["vary"]
    # Another day swaps with the same address that the link has.
    assert 'data-hx-target:inherited="#calendar"' in part.text


async def test_the_part_of_a_space_brings_what_is_next_free(db, client):
    room = await make.resource()
    part = await client.get(f"/resources/{room.id}?day=2026-12-01", headers=PART)
    assert 'id="next-free" data-hx-swap-oob="outerHTML"' in part.text
    assert "Tue 1 Dec" in part.text


async def test_a_house_that_has_closed_has_no_month(db, client):
    room = await make.resource(at=await make.venue(status="closed"))
    assert "<td" not in (await client.get(f"/resources/{room.id}?view=month")).text.split('id="prices"')[0]


@pytest.mark.parametrize(
    ("day", "hours", "twice"),
    [("2027-03-28", 23, ["01:00", "03:00"]), ("2027-10-31", 25, ["02:00 (CEST)", "02:00 (CET)"])],
)
async def test_the_nights_in_which_the_clocks_change(db, client, day, hours, twice):
    room = await make.resource(at=await make.venue(key="quai", hours=None))
    answer = await client.get(f"/venues/quai?day={day}")
    marks = re.findall(r'<span class="f(\d+)">([^<]+)</span>', answer.text)
    assert len(marks) == hours
    words = [word for _place, word in marks]
    assert words.index(twice[1]) == words.index(twice[0]) + 1
    assert f'class="tl a0 b{hours * 4}"' in answer.text
    week = await client.get(f"/resources/{room.id}?day={day}")
    assert week.text.count("<desk-timeline") == 2
    month = await client.get(f"/resources/{room.id}?day={day}&view=month")
    assert f"{hours}h<i> free</i>" in month.text


async def test_grey_says_what_a_member_lacks(db, client_of: Any):
    skill = await Skill.create(key="saws", names={"en": "Circular saws"})
    saw = await make.resource(at=await make.venue(key="quai"), skill_id=skill.id, name="Saw")
    alice = await make.member()
    client = await client_of(alice)
    for view in ("day", "list"):
        page = (await client.get(f"/venues/quai?day=2026-11-24&view={view}")).text
        assert "Saw needs the induction “Circular saws”, and yours is missing or has run out." in page
        assert f"/resources/{saw.id}/reserve" not in page
    assert "Not for you 08:00–22:00" in (await client.get("/venues/quai?day=2026-11-24")).text
    await MemberSkill.create(
        member_id=alice.id, skill_id=skill.id, given_by_id=alice.id, given_at=NOW,
        expires_on=NOW.date() + timedelta(days=3),
    )  # fmt: skip
    assert f"/resources/{saw.id}/reserve" in (await client.get("/venues/quai?day=2026-11-24")).text
    assert f"/resources/{saw.id}/reserve" not in (await client.get("/venues/quai?day=2026-11-30")).text


async def test_what_a_host_answers_is_asked_for(db, client):
    await make.resource(at=await make.venue(key="quai"), approval=True)
    page = (await client.get("/venues/quai?day=2026-11-24")).text
    assert 'Free 08:00–22:00<span class="run-do">, ask for it</span>' in page
    listed = (await client.get("/venues/quai?day=2026-11-24&view=list")).text
    assert "Free 08:00–22:00, ask for it" in listed


async def test_ones_own_booking_can_be_dragged_and_nobody_elses(db, client_of: Any):
    venue = await make.venue(key="quai")
    room = await make.resource(at=venue)
    alice, bob = await make.member("Alice"), await make.member("Bob")
    mine = await make.reservation(room, alice, span("10:00", "12:00"))
    await make.reservation(room, bob, span("14:00", "15:00"))
    page = (await (await client_of(alice)).get("/venues/quai?day=2026-11-24")).text
    assert page.count("data-moves=") == 1
    assert (
        f'data-moves="moves" data-change="/reservations/{mine.id}/change" '
        'data-begins="2026-11-24T09:00:00+00:00" data-ends="2026-11-24T11:00:00+00:00"'
    ) in page
    assert "data-moves=" not in (await (await client_of(None)).get("/venues/quai?day=2026-11-24")).text
    host = await make.manager(venue)
    assert "data-moves=" not in (await (await client_of(host)).get("/venues/quai?day=2026-11-24")).text
    house = (await (await client_of(host)).get("/manage/quai?day=2026-11-24")).text
    assert house.count("data-moves=") == 2


async def test_what_has_begun_moves_its_end_and_what_waits_for_a_card_nothing(db, app: Any, client_of: Any):
    room = await make.resource(at=await make.venue(key="quai"))
    alice = await make.member("Alice")
    held = await make.reservation(room, alice, span("14:00", "15:00"))
    await make.reservation(room, alice, span("10:00", "12:00"))
    until = NOW + timedelta(days=2)
    await Reservation.filter(id=held.id).update(state="held", held_for="payment", held_until=until)
    app.state.clock = lambda: NOW + timedelta(days=1, hours=2)
    page = (await (await client_of(alice)).get("/venues/quai?day=2026-11-24")).text
    assert re.findall(r'data-moves="(\w+)"', page) == ["ends"]


async def test_a_dragged_booking_opens_its_change_and_nothing_is_saved(db, client_of: Any):
    room = await make.resource(free_until_hours=24)
    alice = await make.member("Alice")
    project = await make.activity(alice, of=room.venue.entity, cents=50_000)
    booked = await make.reservation(room, alice, span("10:00", "12:00", days=3), on=project)
    client = await client_of(alice)
    address = f"/reservations/{booked.id}/change"
    page = (await client.get(f"{address}?from=2026-11-26T13:00Z&until=2026-11-26T16:00Z")).text
    assert '<option value="14:00" selected>' in page
    assert '<option value="17:00" selected>' in page
    assert "More to pay" in page
    late = (await client.get(f"{address}?from=2026-11-26T20:00Z&until=2026-11-26T22:00Z")).text
    assert "is not open all that time" in late
    assert "Open that day: 08:00–22:00." in late
    for nonsense in (
        "from=x&until=y",
        "from=2026-11-26T13:00Z&until=2026-11-26T12:00Z",
        "from=2026-11-26T13:00Z",
    ):
        assert '<option value="10:00" selected>' in (await client.get(f"{address}?{nonsense}")).text
    assert (await Reservation.get(id=booked.id)).span == booked.span
