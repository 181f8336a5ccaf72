"""Today, this week and six weeks on a house's first page: the report's own figures, from less reading."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from booking import occupancy
from booking.places.models import Resource
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW
from tests.occupancy.test_report import booked, came
from tests.queries import counted, many_reservations, many_resources

pytestmark = pytest.mark.usefixtures("db")

MONDAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)
# The Wednesday of that week, at nine.
AT = NOW + timedelta(days=2)


@pytest.fixture
async def room() -> Any:
    return await make.resource(name="Quai", release_minutes=15)


@pytest.fixture
async def alice() -> Any:
    return await make.member("Alice")


def ago(hours: float, length: float = 1) -> Any:
    begins_at = AT - hours * HOUR
    return TimeSpan(begins_at, begins_at + length * HOUR)


async def test_it_works(room: Any, alice: Any) -> None:
    await booked(room, alice, ago(3), no_show_at=AT - 2 * HOUR, net_cents=4000)
    await booked(room, alice, ago(27), checked_in_at=AT - 27 * HOUR, net_cents=6000)
    await booked(room, alice, ago(-3), net_cents=9900)
    found = await occupancy.so_far(room.venue, AT)
    today, week = found.today, found.week
    assert (today["no_show"].numerator, today["no_show"].n) == (1, 1)
    assert (week["no_show"].numerator, week["no_show"].n) == (1, 2)
    # What has not begun has brought nothing yet.
    assert (today["income"].value, week["income"].value) == (4000, 10_000)
    assert today["income"].currency == "EUR"


async def test_the_same_as_the_report(room: Any, alice: Any) -> None:
    """Of the week, and of each of six weeks, whatever happened in them: also in a whole and its parts."""
    await booked(room, alice, ago(5), no_show_at=AT - 4 * HOUR, net_cents=1100)
    for hours in range(20, 24 * 40, 31):
        late = {"state": "cancelled", "cancelled_at": AT - (hours + 1) * HOUR, "fee_cents": 100}
        come = {"checked_in_at": AT - hours * HOUR}
        await booked(room, alice, ago(hours), net_cents=hours, **(late if hours % 2 else come))
    gone = await make.resource(at=room.venue, name="Gone")
    await booked(gone, alice, ago(24 * 9), net_cents=500)
    await Resource.filter(id=gone.id).update(published=False)
    found = await occupancy.so_far(room.venue, AT)
    report = await occupancy.report(room.venue, MONDAY, MONDAY + timedelta(days=6), at=AT)
    assert found.week == {name: report.figures[name] for name in ("no_show", "income")}
    day = AT.date()
    today = await occupancy.report(room.venue, day, day, at=AT)
    assert found.today == {
        "no_show": today.figures["no_show"],
        "income": today.figures["income"],
        "used": today.figures["used_utilisation"],
    }

    weeks = await occupancy.weeks(room.venue, AT)
    assert [each.monday for each in weeks] == [MONDAY - timedelta(days=7 * back) for back in range(5, -1, -1)]
    for each in weeks:
        whole = await occupancy.report(room.venue, each.monday, each.monday + timedelta(days=6), at=AT)
        assert each.booked == whole.figures["booked_utilisation"]
    assert sum(each.booked.n for each in weeks) > 10

    # The finished ones by the hour are the same time as the line.
    six = await occupancy.six_weeks(room.venue, AT)
    assert (six.first, six.last) == (MONDAY - timedelta(days=35), MONDAY - timedelta(days=1))
    cells = [cell for row in six.hours.cells for cell in row]
    for told, whole in (("booked", "numerator"), ("bookable", "denominator")):
        assert sum(getattr(cell, told) for cell in cells) == sum(
            getattr(each.booked, whole) for each in weeks[:-1]
        )
    assert six.booked.numerator == sum(each.booked.numerator for each in weeks[:-1])


async def test_the_week_by_the_hour_is_that_of_the_report(room: Any, alice: Any) -> None:
    for hours in range(20, 24 * 40, 31):
        await booked(room, alice, ago(hours))
    six = await occupancy.six_weeks(room.venue, AT)
    five = await occupancy.report(room.venue, six.first, six.last, at=AT)
    assert six.hours == five.grid
    assert six.booked == five.figures["booked_utilisation"]


async def test_what_was_used_of_today_until_now(room: Any, alice: Any) -> None:
    """An hour booked and come for, and half an hour of somebody without a booking, of the hour since eight."""
    await booked(room, alice, ago(1), checked_in_at=AT - HOUR)
    later = AT + 2 * HOUR
    await came(room, TimeSpan(AT + HOUR / 2, AT + HOUR), 2)
    used = (await occupancy.so_far(room.venue, later)).today["used"]
    assert (used.numerator, used.denominator, used.n) == (Fraction(3, 2), 3, 1)
    assert used.coverage == 1
    report = await occupancy.report(room.venue, AT.date(), AT.date(), at=later)
    assert used == report.figures["used_utilisation"]


async def test_nothing_is_counted_twice_while_nothing_changes(room: Any, alice: Any) -> None:
    first = await occupancy.weeks(room.venue, AT)
    with counted() as asked:
        assert await occupancy.weeks(room.venue, AT) is first
    assert len(asked) <= 1
    await booked(room, alice, ago(2))
    assert (await occupancy.weeks(room.venue, AT))[-1].booked.n == 1, "this week is as it is now"


async def test_what_an_import_brings_shows_within_a_quarter_of_an_hour(room: Any, alice: Any) -> None:
    await occupancy.weeks(room.venue, AT)
    await booked(room, alice, ago(24 * 8))
    assert [each.booked.n for each in await occupancy.weeks(room.venue, AT)] == [0] * 6
    later = AT + timedelta(minutes=15)
    assert [each.booked.n for each in await occupancy.weeks(room.venue, later)] == [0, 0, 0, 0, 1, 0]


async def test_on_monday_another_week_begins(room: Any, alice: Any) -> None:
    await booked(room, alice, ago(2))
    await occupancy.weeks(room.venue, AT)
    weeks = await occupancy.weeks(room.venue, AT + timedelta(days=7))
    assert [each.booked.n for each in weeks] == [0, 0, 0, 0, 1, 0]
    assert weeks[-1].monday == MONDAY + timedelta(days=7)


async def test_the_same_questions_for_many_rows(room: Any, alice: Any) -> None:
    asked_of = []
    for _round in range(2):
        await many_reservations(await many_resources(room.venue, 20), alice)
        with counted() as asked:
            await occupancy.so_far(room.venue, AT)
            await occupancy.weeks(room.venue, AT + _round * timedelta(minutes=20))
        asked_of.append(len(asked))
    assert asked_of[0] == asked_of[1] <= 17
