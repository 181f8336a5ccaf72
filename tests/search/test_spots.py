"""What a plan shows of each space at a time: as the timeline and the search say, and as one can book."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from booking import places, reservations, search
from booking.errors import Refused
from booking.search.spots import Spot, soonest, spots
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.queries import counted, many_reservations, many_resources


async def spot(resource: Any, span: TimeSpan | None = None, member: Any = None) -> Spot:
    return (await spots([resource], span or make.span(), member=member, at=NOW))[resource.id]


async def test_it_works(db: str) -> None:
    room = await make.resource()
    alice, bob = await make.member("Alice"), await make.member("Bob")
    assert (await spot(room)).state == "free"
    await make.reservation(room, alice)
    assert (await spot(room, member=bob)).state == "taken"
    mine = await spot(room, member=alice)
    assert mine.state == "mine"
    assert mine.reservation_id
    assert (await spot(room, member=None)).reservation_id is None


async def test_free_in_part_says_which_part_and_proposes_it(db: str) -> None:
    room = await make.resource()
    await make.reservation(room, await make.member("Bob"), make.span("10:00", "11:00"))
    found = await spot(room, make.span("10:00", "12:00"))
    assert (found.state, found.free) == ("part", (make.span("11:00", "12:00"),))
    assert found.book == make.span("11:00", "12:00")


async def test_a_rule_that_says_no_is_told_with_the_nearest_yes(db: str) -> None:
    hall = await make.resource(shortest_minutes=240)
    found = await spot(hall, make.span("10:00", "12:00"))
    assert (found.state, found.free_units, found.book) == ("part", 1, make.span("10:00", "14:00"))
    assert "shortest" in found.why


async def test_a_host_confirms(db: str) -> None:
    assert (await spot(await make.resource(approval=True))).state == "approval"


async def test_closed_and_past(db: str) -> None:
    room = await make.resource()
    night = await spot(room, make.span("22:00", "23:30"))
    assert night.state == "closed"
    assert night.why
    await places.close(
        room.venue, None, make.span(days=2), "Stocktaking",
        by_id=(await make.manager(room.venue)).id, at=NOW,
    )  # fmt: skip
    shut = await spot(room, make.span(days=2))
    assert (shut.state, "Stocktaking" in shut.why) == ("closed", True)
    assert (await spot(room, make.span("08:00", "08:30", days=0))).state == "past"
    beyond = await spot(await make.resource(horizon_days=1), make.span(days=5))
    assert (beyond.state, bool(beyond.why)) == ("closed", True)


async def test_a_pool_counts(db: str) -> None:
    desks = await make.resource(units=12)
    alice = await make.member("Alice")
    assert ((await spot(desks)).free_units, (await spot(desks)).units) == (12, 12)
    await make.reservation(desks, await make.member("Bob"), quantity=7)
    found = await spot(desks)
    assert (found.state, found.free_units, found.is_pool) == ("free", 5, True)
    await make.reservation(desks, alice, quantity=5)
    assert ((await spot(desks)).state, (await spot(desks, member=alice)).state) == ("taken", "mine")


async def test_halves_block_the_whole(db: str) -> None:
    house = await make.venue()
    left, right = await make.resource(at=house), await make.resource(at=house)
    units = [ids[0] for ids in (await places.units_of([left.id, right.id])).values()]
    whole = await make.resource(at=house, shares=units)
    await make.reservation(left, await make.member("Bob"))
    found = await spots([left, right, whole], make.span(), at=NOW)
    assert [found[each.id].state for each in (left, right, whole)] == ["taken", "free", "taken"]


async def test_what_is_shown_as_free_can_be_booked_and_nothing_else(db: str) -> None:
    """Against booking itself, for many lengths and times round one booking with buffers."""
    room = await make.resource(
        buffer_after_minutes=30, shortest_minutes=30, longest_minutes=180, raster_minutes=30
    )
    await make.reservation(room, await make.member("Bob"), make.span("12:00", "13:00"))
    alice = await make.member("Alice")
    activity = await make.activity(alice, of=room.venue.entity)
    for begins in ("08:00", "10:00", "11:00", "11:30", "11:45", "13:00", "13:30", "21:00"):
        for minutes in (15, 30, 60, 180, 240):
            begin = make.span(begins, "23:59").begins_at
            span = TimeSpan(begin, begin + timedelta(minutes=minutes))
            says = (await spot(room, span, alice)).state == "free"
            id = uuid4()
            try:
                await reservations.reserve(id, room.id, span, by=alice, at=NOW, activity_id=activity.id)
                books = True
                await reservations.cancel(id, by=alice, at=NOW)
            except Refused:
                books = False
            assert says == books, (begins, minutes)


async def test_it_says_what_the_search_says(db: str) -> None:
    house = await make.venue(city="Ghent")
    rooms = [await make.resource(at=house) for _ in range(4)]
    await make.reservation(rooms[0], await make.member("Bob"))
    await make.reservation(rooms[1], await make.member("Bob"), make.span("11:00", "13:00"))
    found = await spots(rooms, make.span(), at=NOW)
    wish = search.Wish(where="Ghent", day=make.span().begins_at.date(), begins=600, ends=720)
    hits = (await search.find(wish, member=await make.member("Alice"), at=NOW)).hits
    assert {id for id, each in found.items() if each.state == "free"} == {hit.resource.id for hit in hits}


async def test_the_next_time(db: str) -> None:
    room = await make.resource()
    assert await soonest([room], NOW) == NOW
    await make.reservation(room, await make.member("Bob"), make.span("09:00", "22:00", days=0))
    assert await soonest([room], NOW) == make.span("08:00", "09:00").begins_at
    assert await soonest([], NOW) is None


@pytest.mark.parametrize("number", [3, 40])
async def test_the_same_number_of_questions_for_any_number(db: str, number: int) -> None:
    house = await make.venue()
    rooms = await many_resources(house, number)
    await many_reservations(rooms, await make.member("Bob"))
    listed = await places.published([house.id])
    with counted() as asked:
        found = await spots(listed, make.span(), at=NOW)
    assert len(found) == number
    assert len(asked) == (7 if db == "sqlite" else 2)  # PostgreSQL is asked several things in one trip
