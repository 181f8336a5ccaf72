"""The states of the map: free now, later, full, closed, or nothing to book."""

from datetime import timedelta

import pytest

from booking import search
from booking.places.models import Closure, OpeningHours
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


async def test_a_closed_house_says_when_it_opens(db):
    """On a Sunday the map says Monday, and not only that today is over."""
    sunday = NOW + timedelta(days=6)
    weekdays = await make.venue()
    await OpeningHours.filter(venue_id=weekdays.id, weekday__gte=6).delete()
    await OpeningHours.filter(venue_id=weekdays.id).update(opens_minute=510)
    room = await make.resource(at=weekdays)
    found = await search.state(room.venue, sunday)
    assert (found.state, found.free_at) == ("closed", at(TODAY + timedelta(days=7), "08:30"))
    await Closure.create(
        venue_id=weekdays.id,
        begins_at=sunday,
        ends_at=at(TODAY + timedelta(days=8), "12:00"),
        reason="Works",
        created_at=NOW,
    )
    assert (await search.state(room.venue, sunday)).free_at == at(TODAY + timedelta(days=8), "12:00")


async def test_a_house_without_hours_does_not_say_when_it_opens(db):
    room = await make.resource()
    await OpeningHours.all().delete()
    found = await search.state(room.venue, NOW)
    assert (found.state, found.free_at) == ("closed", None)


async def test_a_known_opening_is_believed_for_a_while_and_then_asked_again(db):
    venue = await make.venue(hours=(600, 660))
    await make.resource(at=venue)
    night = at(TODAY, "20:00")
    await search.refresh(night)
    assert (await VenueState.get(venue_id=venue.id)).free_at == at(TODAY + timedelta(days=1), "10:00")
    await OpeningHours.all().update(opens_minute=630)
    times = set()
    for minute in range(1, 17):
        await search.refresh(night + timedelta(minutes=minute))
        times.add((await VenueState.get(venue_id=venue.id)).free_at)
    assert times == {at(TODAY + timedelta(days=1), time) for time in ("10:00", "10:30")}
    assert (await VenueState.get(venue_id=venue.id)).free_at == at(TODAY + timedelta(days=1), "10:30")
