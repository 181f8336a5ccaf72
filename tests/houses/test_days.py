"""The switch of a public holiday, and the closures of each year."""

from __future__ import annotations

from datetime import date

from booking import houses
from booking.errors import NotFound
from booking.houses.days import NoHoliday
from booking.places.models import OpenHoliday, YearlyClosure
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW

CHRISTMAS = date(2026, 12, 25)


async def test_it_works(db: str) -> None:
    """Open at Christmas, booked; then closing again asks first."""
    house = await make.venue(holidays_region="BE")
    room, stella = await make.resource(at=house), await make.manager(house)
    assert await houses.open_on(house.id, CHRISTMAS, by=stella, at=NOW)
    assert not await houses.open_on(house.id, CHRISTMAS, by=stella, at=NOW)
    days = (CHRISTMAS - NOW.date()).days
    booked = await make.reservation(room, await make.member("Alice"), make.span(days=days))
    refused = await quiet(houses.shut_on(house.id, CHRISTMAS, by=stella, at=NOW), houses.NoLongerFit)
    assert [each.reservation.id for each in refused.touched] == [booked.id]
    assert await OpenHoliday.all().count() == 1
    assert await houses.shut_on(house.id, CHRISTMAS, by=stella, at=NOW, confirmed=True)
    assert await OpenHoliday.all().count() == 0
    assert (await last_event("holiday.switched")).data["day"] == "2026-12-25"


async def test_only_holidays_that_come(db: str) -> None:
    house = await make.venue(holidays_region="BE")
    stella = await make.manager(house)
    for day in (date(2026, 12, 24), date(2026, 11, 11)):
        await quiet(houses.open_on(house.id, day, by=stella, at=NOW), NoHoliday)
    assert await OpenHoliday.all().count() == 0


async def test_closed_each_year(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    booked = await make.reservation(room, await make.member("Alice"), make.span(days=35))
    wish = ("12-24", "01-01", "We rest")
    refused = await quiet(houses.add_yearly(house.id, *wish, by=stella, at=NOW), houses.NoLongerFit)
    assert [each.reservation.id for each in refused.touched] == [booked.id]
    assert await YearlyClosure.all().count() == 0
    made = await houses.add_yearly(house.id, *wish, by=stella, at=NOW, confirmed=True)
    assert (await houses.add_yearly(house.id, *wish, by=stella, at=NOW)).id == made.id
    await houses.remove_yearly(house.id, made.id, by=stella, at=NOW)
    assert await YearlyClosure.all().count() == 0
    assert (await last_event("yearly.removed")).data["before"]["reason"] == "We rest"
    await quiet(houses.remove_yearly(house.id, made.id, by=stella, at=NOW), NotFound)


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue(holidays_region="BE")
    row = await YearlyClosure.create(venue_id=house.id, first_day="08-01", last_day="08-15", reason="Summer")
    for operation in (
        lambda by: houses.open_on(house.id, CHRISTMAS, by=by, at=NOW),
        lambda by: houses.shut_on(house.id, CHRISTMAS, by=by, at=NOW),
        lambda by: houses.add_yearly(house.id, "01-02", "01-03", "x", by=by, at=NOW),
        lambda by: houses.remove_yearly(house.id, row.id, by=by, at=NOW),
    ):
        await is_not_for(house, operation)
    assert await YearlyClosure.all().count() == 1
    assert await OpenHoliday.all().count() == 0
