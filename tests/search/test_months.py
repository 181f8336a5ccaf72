"""The month as cells: what is free of the opening hours, and why a day is closed."""

from datetime import date, timedelta

from booking import places
from booking.places.models import Closure, OpeningHours
from booking.search import months
from tests import make
from tests.make import NOW, at, span
from tests.queries import counted, many_reservations, many_resources

TUESDAY = date(2026, 11, 24)


async def cells_of(room, when=NOW, on=TUESDAY):
    ((_room, cells),) = await months.table([room], months.days_of_month(on), at=when)
    return {cell.day: cell for cell in cells}


async def test_it_works(db):
    room = await make.resource()
    await make.reservation(room, await make.member(), span("08:00", "15:00"))
    found = await cells_of(room)
    assert list(found) == [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]
    cell = found[TUESDAY]
    assert (cell.state, cell.free_minutes, cell.open_minutes, cell.level) == ("free", 7 * 60, 14 * 60, 2)
    assert found[date(2026, 11, 22)].state == "past"
    whole = found[date(2026, 11, 25)]
    assert (whole.state, whole.free_minutes, whole.level) == ("free", 14 * 60, 4)


async def test_today_counts_from_now_on(db):
    cell = (await cells_of(await make.resource(), at(NOW.date(), "15:00")))[NOW.date()]
    assert (cell.free_minutes, cell.open_minutes) == (7 * 60, 7 * 60)


async def test_closed_days_say_why(db):
    venue = await make.venue(holidays_region="BE")
    await OpeningHours.filter(venue_id=venue.id, weekday=7).delete()
    room = await make.resource(at=venue, horizon_days=35)
    await Closure.create(
        venue_id=venue.id, begins_at=at(date(2026, 12, 15), "00:00"), ends_at=at(date(2026, 12, 17), "00:00"),
        reason="New floor", created_at=NOW,
    )  # fmt: skip
    found = await cells_of(room, on=date(2026, 12, 1))
    assert found[date(2026, 12, 6)].why == "Closed on Sundays."
    assert found[date(2026, 12, 15)].why == "New floor"
    assert found[date(2026, 12, 25)].why == "Public holiday: Christmas Day"
    assert found[date(2026, 12, 29)].why.startswith("This space can be booked 35 days ahead, until ")
    assert {cell.state for cell in found.values()} == {"free", "closed"}
    told = dict(months.closed_days(found.values()))
    assert told["New floor"] == [date(2026, 12, 15), date(2026, 12, 16)]


async def test_the_two_change_days(db):
    room = await make.resource(at=await make.venue(hours=None))
    spring = (await cells_of(room, on=date(2027, 3, 1)))[date(2027, 3, 28)]
    autumn = (await cells_of(room, on=date(2027, 10, 1)))[date(2027, 10, 31)]
    assert (spring.open_minutes, autumn.open_minutes) == (23 * 60, 25 * 60)


async def test_a_house_is_the_sum_of_its_spaces(db):
    venue = await make.venue()
    one, other = await make.resource(at=venue), await make.resource(at=venue)
    await make.reservation(one, await make.member(), span("08:00", "22:00"))
    rows = await months.table([one, other], [TUESDAY], at=NOW)
    (whole,) = months.of_house(rows)
    assert (whole.state, whole.free_minutes, whole.open_minutes) == ("free", 14 * 60, 14 * 60 * 2)
    assert [cells[0].state for _resource, cells in rows] == ["full", "free"]


async def test_the_number_of_queries_does_not_grow(db):
    venue = await make.venue()
    counts = []
    for size in (10, 50):
        made = await many_resources(venue, size)
        await many_reservations(made, await make.member())
        rooms = await places.published([venue.id])
        with counted() as asked:
            rows = await months.table(rooms, months.days_of_month(TUESDAY), at=NOW)
        assert [len(cells) for _room, cells in rows] == [30] * len(rooms)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6, counts
