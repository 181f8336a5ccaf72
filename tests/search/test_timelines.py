"""Days and weeks as rows: what is free is a link, what is not says why, and nobody else's name is there."""

from datetime import date, timedelta

import pytest

from booking import places
from booking.places.models import Closure
from booking.search import lanes, months, timelines
from tests import make
from tests.make import NOW, at, span
from tests.queries import counted, many_reservations, many_resources

TUESDAY = date(2026, 11, 24)


def viewer(member=None, when=NOW, **more):
    return lanes.Viewer(
        when,
        lambda resource, run: f"/book/{resource.id}?from={run.begins_at:%H:%M}&until={run.ends_at:%H:%M}",
        lambda id: f"/reservations/{id}",
        lambda id: f"/reservations/{id}/change",
        member.id if member else None,
        **more,
    )


async def one_day(resources, on=TUESDAY, member=None, when=NOW, **more):
    return await timelines.day(
        resources,
        on,
        viewer(member, when, **more),
        resource_url=lambda resource: f"/resources/{resource.id}",
    )


def states(row) -> list[tuple[str, int, int]]:
    return [(run.state, run.from_quarter, run.to_quarter) for run in row.runs]


async def test_it_works(db):
    room = await make.resource()
    alice = await make.member()
    mine = await make.reservation(room, alice, span("10:00", "12:00"))
    await make.reservation(room, await make.member("Bob"), span("14:00", "15:30"))
    frame = await one_day([room], member=alice)
    assert (frame.first, frame.last, frame.quarters, frame.now_quarter) == (32, 88, 96, None)
    assert states(frame.rows[0]) == [
        ("closed", 0, 32),
        ("free", 32, 40),
        ("mine", 40, 48),
        ("free", 48, 56),
        ("booked", 56, 62),
        ("free", 62, 88),
        ("closed", 88, 96),
    ]
    free, own, other = frame.rows[0].runs[1], frame.rows[0].runs[2], frame.rows[0].runs[4]
    assert free.label == "Free 08:00–10:00, book"
    assert free.url == f"/book/{room.id}?from=07:00&until=08:00"
    assert (own.label, own.url) == ("Yours 10:00–12:00", f"/reservations/{mine.id}")
    assert (other.label, other.url, other.title) == ("Booked 14:00–15:30", None, None)
    assert frame.hours[8] == (32, "08:00")


async def test_strangers_see_no_names_and_managers_do(db):
    room = await make.resource()
    await make.reservation(room, await make.member("Zanzibar"), span("10:00", "12:00"), title="Secret plans")
    assert "Zanzibar" not in str(await one_day([room]))
    assert "Secret" not in str(await one_day([room]))
    run = (await one_day([room], names=True)).rows[0].runs[2]
    assert (run.label, run.title) == ("Zanzibar, 10:00–12:00", "Secret plans")


async def test_a_half_shows_that_the_whole_is_booked(db):
    half = await make.resource()
    units = await places.units_of([half.id])
    whole = await make.resource(at=half.venue, shares=units[half.id])
    await make.reservation(whole, await make.member(), span("10:00", "12:00"))
    frame = await one_day([half, whole])
    assert [("booked", 40, 48) in states(row) for row in frame.rows] == [True, True]


async def test_a_pool_is_free_until_its_last_unit_goes(db):
    pool = await make.resource(units=2)
    alice, bob = await make.member(), await make.member("Bob")
    await make.reservation(pool, bob, span("10:00", "12:00"))
    assert ("free", 32, 88) in states((await one_day([pool])).rows[0])
    await make.reservation(pool, alice, span("11:00", "13:00"))
    assert ("booked", 44, 48) in states((await one_day([pool])).rows[0])
    assert ("mine", 44, 52) in states((await one_day([pool], member=alice)).rows[0])


async def test_buffers_and_short_gaps_are_not_offered(db):
    room = await make.resource(buffer_after_minutes=30, shortest_minutes=60, raster_minutes=30)
    await make.reservation(room, await make.member(), span("10:00", "12:00"))
    await make.reservation(room, await make.member("Bob"), span("13:00", "15:00"))
    assert states((await one_day([room])).rows[0])[1:6] == [
        ("free", 32, 38),
        ("closed", 38, 40),
        ("booked", 40, 48),
        ("closed", 48, 52),
        ("booked", 52, 60),
    ]


async def test_an_evening_runs_past_midnight(db):
    room = await make.resource(at=await make.venue(hours=(1200, 1620)), shortest_minutes=240)
    runs = (await one_day([room])).rows[0].runs
    assert [(run.state, run.label) for run in runs] == [
        ("closed", "Not free 00:00–03:00"),
        ("closed", "Closed"),
        ("free", "Free 20:00–24:00, book"),
    ]
    assert runs[2].url.endswith("from=19:00&until=23:00")
    late = (await one_day([room], when=at(TUESDAY, "21:50"))).rows[0].runs[-1]
    assert (late.label, late.url[-22:]) == ("Free 22:00–24:00, book", "from=21:00&until=01:00")


async def test_the_raster_cuts_what_is_free(db):
    room = await make.resource(raster_minutes=60, shortest_minutes=60)
    frame = await one_day([room], NOW.date(), when=NOW + timedelta(minutes=20))
    assert states(frame.rows[0]) == [
        ("closed", 0, 32),
        ("past", 32, 40),
        ("free", 40, 88),
        ("closed", 88, 96),
    ]
    assert frame.now_quarter == 37
    assert frame.rows[0].runs[2].url.endswith("from=09:00&until=10:00")


async def test_closures_holidays_notice_and_horizon_say_why(db):
    venue = await make.venue(holidays_region="BE")
    room = await make.resource(at=venue, lead_minutes=24 * 60 + 120, horizon_days=60)
    begins = at(TUESDAY, "14:00")
    await Closure.create(
        venue_id=venue.id,
        begins_at=begins,
        ends_at=begins + timedelta(hours=2),
        reason="Works",
        created_at=NOW,
    )
    runs = (await one_day([room])).rows[0].runs
    assert [(run.from_quarter, run.to_quarter, run.state, run.title) for run in runs] == [
        (0, 32, "closed", "Open that day: 08:00–22:00."),
        (
            32,
            44,
            "closed",
            "This space needs 26 hrs of notice, so the earliest beginning is Tue, 24 Nov 2026, 11:00.",
        ),
        (44, 56, "free", None),
        (56, 64, "closed", "Works"),
        (64, 88, "free", None),
        (88, 96, "closed", "Open that day: 08:00–22:00."),
    ]
    christmas = (await one_day([room], date(2026, 12, 25))).rows[0].runs
    assert {run.state for run in christmas} == {"closed"}
    assert {run.title for run in christmas} == {"Public holiday: Christmas Day"}
    far = (await one_day([room], date(2027, 2, 2))).rows[0].runs
    assert {run.state for run in far} == {"closed"}
    assert "Can be booked from" in str([run.title for run in far])


@pytest.mark.parametrize("on, quarters, last", [(date(2027, 3, 28), 92, 92), (date(2027, 10, 31), 100, 100)])
async def test_change_days(db, on, quarters, last):
    room = await make.resource(at=await make.venue(hours=None))
    frame = await one_day([room], on)
    assert (frame.quarters, frame.first, frame.last) == (quarters, 0, last)
    assert states(frame.rows[0]) == [("free", 0, quarters)]
    labels = [label for _quarter, label in frame.hours]
    assert len(labels) == quarters // 4
    assert ("02:00" in labels) is False
    assert [label for label in labels if label.startswith("02")] == (
        ["02:00 (CEST)", "02:00 (CET)"] if quarters == 100 else []
    )


async def test_a_week_with_a_change_day_has_its_own_clock(db):
    room = await make.resource()
    monday = date(2027, 10, 25)
    frames = await timelines.week(
        room,
        [monday + timedelta(days=number) for number in range(7)],
        viewer(),
        day_url=lambda day: f"/day/{day}",
    )
    assert [(len(frame.rows), frame.quarters) for frame in frames] == [(6, 96), (1, 100)]
    # Opening at eight is the 36th quarter of that Sunday.
    assert states(frames[1].rows[0]) == [("closed", 0, 36), ("free", 36, 92), ("closed", 92, 100)]


async def test_the_week_as_a_table(db):
    room = await make.resource()
    await make.reservation(room, await make.member(), span("08:00", "22:00"))
    days = [NOW.date() + timedelta(days=number) for number in (-1, 0, 1, 2)]
    ((found, cells),) = await months.table([room], days, at=NOW)
    assert found.id == room.id
    assert [(cell.state, cell.free_minutes) for cell in cells] == [
        ("past", 0),
        ("free", 13 * 60),
        ("full", 0),
        ("free", 14 * 60),
    ]


async def test_no_such_day_and_nothing_to_show(db):
    room = await make.resource(at=await make.venue(zone="Pacific/Apia"))
    assert await one_day([room], date(2011, 12, 30)) is None
    assert await one_day([]) is None


async def test_the_number_of_queries_does_not_grow(db):
    venue = await make.venue()
    rooms, counts = [], []
    alice = await make.member()
    for size in (10, 990):
        made = await many_resources(venue, size)
        await many_reservations(made, alice)
        rooms = await places.published([venue.id])
        with counted() as asked:
            frame = await one_day(rooms, member=alice)
        assert len(frame.rows) == len(rooms)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 9, counts
