"""Now and next at a door, and what others see of time that was given back."""

from datetime import timedelta

from booking import occupancy, reservations
from booking.calendars import events as calendar
from booking.places import Resource
from booking.search import lanes, timelines
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.occupancy.conftest import BEGIN, END, after


async def door_of(room, at):
    [found] = await occupancy.doors([await Resource.get(id=room.id).select_related("venue")], at)
    return found


async def test_it_works(room, booked):
    before = await door_of(room, NOW)
    assert (before.state, before.until, before.units, before.units_free) == (
        "free",
        BEGIN - timedelta(minutes=15),
        1,
        1,
    )
    assert before.taken == (TimeSpan(BEGIN, END + timedelta(minutes=15)),)
    during = await door_of(room, after(30))
    assert (during.state, during.until, during.rest) == ("taken", END + timedelta(minutes=15), None)
    night = await door_of(room, make.at(NOW.date(), "23:00"))
    assert (night.state, night.until) == ("closed", make.at(NOW.date() + timedelta(days=1), "08:00"))


async def test_what_is_taken_until_closing_does_not_lend_its_name_to_tomorrow(house, alice):
    """The next free moment is tomorrow; what somebody at the door asks is until when it is taken today."""
    room = await make.resource(at=house)
    closing = (await door_of(room, NOW)).until
    begins_at = closing - timedelta(hours=2)
    await make.reservation(room, alice, TimeSpan(begins_at, closing), moment=NOW)
    found = await door_of(room, begins_at + timedelta(minutes=10))
    assert (found.state, found.until, found.closes) == ("taken", closing, True)


async def test_a_pool_counts_what_is_free(house, alice):
    desks = await make.resource(at=house, units=3)
    await make.reservation(desks, alice, make.span(days=0), quantity=2, people=2)
    found = await door_of(desks, after(10))
    assert (found.state, found.units, found.units_free, found.taken) == ("free", 3, 1, ())


async def test_what_needs_notice_is_free_and_nobody_takes_it(house):
    found = await door_of(await make.resource(at=house, lead_minutes=60), NOW)
    assert (found.state, found.rest) == ("free", None)


async def test_what_is_free_for_a_week_has_no_end(db):
    room = await make.resource(at=await make.venue(hours=None))
    found = await door_of(room, NOW)
    assert (found.state, found.until) == ("free", None)


async def test_no_venue_no_doors(db):
    assert await occupancy.doors([], NOW) == []


async def test_time_given_back_is_free_for_others_everywhere(room, house, booked):
    await reservations.release_no_shows(after(15))
    assert (await door_of(room, after(16))).state == "free"
    listed = await timelines.day(
        [await Resource.get(id=room.id).select_related("venue", "skill")],
        NOW.date(),
        lanes.Viewer(after(16), lambda resource, span: "/book", lambda id: "/reservation"),
        resource_url=lambda resource: "/resource",
    )
    busy = [run for run in listed.rows[0].runs if run.state == "booked"]
    assert [(run.begins_at, run.ends_at) for run in busy] == [(BEGIN, after(15))]
    row = (await reservations.Reservation.filter(id=booked.id).values(*calendar.COLUMNS))[0]
    where = calendar.where({"name": "Quai", "names": {}, "located_in": ""}, {
        "name": "House", "names": {}, "street": "", "postal_code": "", "city": "Brussels", "country": "BE",
    })  # fmt: skip
    shown = calendar.busy_event(row, where, calendar.wording("en"))
    assert f"DTEND:{after(15):%Y%m%dT%H%M%SZ}" in shown
