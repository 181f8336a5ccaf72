"""The states of the map: free now, later, full, closed, or nothing to book."""

from datetime import timedelta

import pytest

from booking import search
from booking.places.models import Closure
from booking.search.models import VenueState
from tests import make
from tests.make import NOW, at, span
from tests.queries import counted, many_resources

TODAY = NOW.date()


async def test_it_works(db):
    free = await make.venue()
    await make.resource(at=free)
    later = await make.venue(hours=(660, 1320))
    await make.resource(at=later)
    closed = await make.venue(hours=(60, 120))
    await make.resource(at=closed)
    empty = await make.venue()
    gone = await make.venue(status="closed")
    full = await make.venue()
    await make.reservation(await make.resource(at=full), await make.member(), span("09:00", "22:00", days=0))
    assert await search.refresh(NOW) == 6
    found = await search.states()
    assert {venue.id: found[venue.id].state for venue in (free, later, closed, empty, gone, full)} == {
        free.id: "free",
        later.id: "later",
        closed.id: "closed",
        empty.id: "none",
        gone.id: "closed",
        full.id: "full",
    }
    assert (found[free.id].free_now, found[free.id].resources) == (1, 1)
    assert found[later.id].free_at == at(TODAY, "11:00")


async def test_it_says_what_changed_and_nothing_twice(db):
    room = await make.resource()
    assert await search.refresh(NOW) == 1
    assert await search.refresh(NOW + timedelta(minutes=1)) == 0
    assert (await VenueState.get(venue_id=room.venue_id)).computed_at == NOW + timedelta(minutes=1)
    await make.reservation(room, await make.member(), span("09:00", "12:00", days=0))
    assert await search.refresh(NOW + timedelta(minutes=2)) == 1
    kept = await VenueState.get(venue_id=room.venue_id)
    assert (kept.state, kept.free_at) == ("later", at(TODAY, "12:00"))


async def test_a_closure_shuts_the_rest_of_the_day(db):
    room = await make.resource()
    await Closure.create(
        venue_id=room.venue_id,
        begins_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=40),
        reason="Works",
        created_at=NOW,
    )
    assert (await search.state(room.venue, NOW)).state == "closed"


async def test_a_projector_is_not_a_place(db):
    venue = await make.venue()
    room = await make.resource(at=venue)
    await make.resource(at=venue, kind="equipment", capacity_people=None)
    await make.reservation(room, await make.member(), span("09:00", "22:00", days=0))
    assert (await search.state(venue, NOW)).state == "full"


async def test_what_needs_notice_is_not_free_now(db):
    room = await make.resource(lead_minutes=120)
    found = await search.state(room.venue, NOW)
    assert (found.state, found.free_at) == ("later", at(TODAY, "11:00"))


@pytest.mark.parametrize("zone, state", [("Europe/Stockholm", "free"), ("Pacific/Auckland", "closed")])
async def test_today_is_the_venues_own(db, zone, state):
    room = await make.resource(at=await make.venue(zone=zone, hours=(540, 1080)))
    assert (await search.state(room.venue, NOW)).state == state


async def test_the_number_of_queries_does_not_grow(db):
    counts = []
    for size in (2, 50):
        for number in range(size):
            await many_resources(await make.venue(), 2 if number else 20)
        await search.refresh(NOW)
        with counted() as asked:
            await search.refresh(NOW + timedelta(minutes=1))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12, counts
