"""Weekly hours with dates: the past stays, a season passes, and bookings outside are told before."""

from __future__ import annotations

from datetime import date

import pytest

from booking import houses, reservations
from booking.houses.hours import HoursArePast
from booking.places import Resource
from booking.places.models import OpeningHours
from booking.timespan import TimeSpan
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW, at

TODAY, NEW_YEAR = date(2026, 11, 23), date(2027, 1, 1)
SHORT = {weekday: [(540, 720), (780, 1020)] for weekday in range(1, 6)}
EVENINGS = {5: [(1080, 1560)]}  # Friday 18:00 to 02:00


async def open_on(resource: Resource, day: date) -> list[tuple[str, str]]:
    """The wall-clock spans in which a resource is open on a day and in the night after it."""
    window = TimeSpan(at(day, "00:00"), at(day, "23:59"))
    plan = (await reservations.plans([resource], window))[resource.id]
    zone = "Europe/Brussels"
    from booking.timespan import local

    return [(f"{local(s.begins_at, zone):%H:%M}", f"{local(s.ends_at, zone):%H:%M}") for s in plan.open]


async def test_it_works(db: str) -> None:
    """From New Year on there are short days; until then, and in all the past, it stays as it was."""
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    assert await houses.set_week(house.id, None, SHORT, first=NEW_YEAR, by=stella, at=NOW)
    assert await open_on(room, date(2026, 12, 31)) == [("08:00", "22:00")]
    assert await open_on(room, date(2027, 1, 4)) == [("09:00", "12:00"), ("13:00", "17:00")]
    assert await open_on(room, date(2027, 1, 3)) == []
    assert await open_on(room, date(2020, 1, 6)) == [("08:00", "22:00")]
    seasons = await houses.timetable(house.id, None, today=TODAY)
    assert [(each.first, each.last) for each in seasons] == [(None, date(2026, 12, 31)), (NEW_YEAR, None)]
    event = await last_event("hours.changed")
    assert (len(event.data["before"]["hours"]), len(event.data["after"]["hours"])) == (7, 17)


async def test_the_same_again_changes_nothing(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    same = {weekday: [(480, 1320)] for weekday in range(1, 8)}
    assert not await houses.set_week(house.id, None, same, first=TODAY, by=stella, at=NOW)
    assert await houses.set_week(house.id, None, SHORT, first=NEW_YEAR, by=stella, at=NOW)
    assert not await houses.set_week(house.id, None, SHORT, first=NEW_YEAR, by=stella, at=NOW)
    assert await houses.count(house.id) == 1


async def test_a_season_passes(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await houses.set_week(
        house.id, None, SHORT, first=date(2027, 7, 1), last=date(2027, 8, 31), by=stella, at=NOW
    )
    assert await open_on(room, date(2027, 6, 30)) == [("08:00", "22:00")]
    assert await open_on(room, date(2027, 7, 5)) == [("09:00", "12:00"), ("13:00", "17:00")]
    assert await open_on(room, date(2027, 9, 1)) == [("08:00", "22:00")]


async def test_past_midnight(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await houses.set_week(house.id, None, EVENINGS, first=TODAY, by=stella, at=NOW)
    assert await open_on(room, date(2026, 11, 28)) == [("00:00", "02:00")]


async def test_a_space_with_hours_of_its_own(db: str) -> None:
    """Before its own hours begin it keeps those of the house, and later it can follow the house again."""
    house = await make.venue()
    room, other = await make.resource(at=house), await make.resource(at=house)
    stella = await make.manager(house)
    await houses.set_week(house.id, room.id, SHORT, first=NEW_YEAR, by=stella, at=NOW)
    assert await open_on(room, date(2026, 12, 31)) == [("08:00", "22:00")]
    assert await open_on(room, date(2027, 1, 4)) == [("09:00", "12:00"), ("13:00", "17:00")]
    assert await open_on(other, date(2027, 1, 4)) == [("08:00", "22:00")]
    assert await houses.follow_house(house.id, room.id, by=stella, at=NOW)
    assert not await houses.follow_house(house.id, room.id, by=stella, at=NOW)
    assert await open_on(room, date(2027, 1, 4)) == [("08:00", "22:00")]


async def test_the_first_hours_of_a_new_house_hold_from_the_beginning(db: str) -> None:
    house = await make.venue()
    await OpeningHours.all().delete()
    stella = await make.manager(house)
    await houses.set_week(house.id, None, SHORT, first=TODAY, by=stella, at=NOW)
    assert {row.valid_from for row in await OpeningHours.all()} == {None}


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue()
    await is_not_for(house, lambda by: houses.set_week(house.id, None, SHORT, first=TODAY, by=by, at=NOW))
    assert await OpeningHours.filter(venue_id=house.id).count() == 7


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 11, 22), None), (NEW_YEAR, date(2026, 12, 31))], ids=["past", "reversed"]
)
async def test_the_past_stays(db: str, first: date, last: date | None) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await quiet(
        houses.set_week(house.id, None, SHORT, first=first, last=last, by=stella, at=NOW), HoursArePast
    )
    assert await OpeningHours.filter(valid_until=None).count() == 7


async def test_bookings_outside_are_told_before(db: str) -> None:
    house = await make.venue()
    room, stella, alice = (
        await make.resource(at=house),
        await make.manager(house),
        await make.member("Alice"),
    )
    late = await make.reservation(room, alice, make.span("18:00", "20:00"))
    await make.reservation(room, alice, make.span("09:00", "10:00"))
    refused = await quiet(
        houses.set_week(house.id, None, SHORT, first=TODAY, by=stella, at=NOW), houses.NoLongerFit
    )
    assert [(each.reservation.id, each.refusal.code) for each in refused.touched] == [(late.id, "not_open")]
    assert await OpeningHours.filter(opens_minute=480).count() == 7
    assert await houses.set_week(house.id, None, SHORT, first=TODAY, by=stella, at=NOW, confirmed=True)
    # From a day after the booking on it is no question.
    assert await houses.set_week(house.id, None, EVENINGS, first=date(2026, 11, 26), by=stella, at=NOW)
