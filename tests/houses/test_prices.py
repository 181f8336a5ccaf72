"""Dated price lists: from today on, never edited, copied to other spaces, taken back before their day."""

from __future__ import annotations

from datetime import date

from booking import houses, pricing
from booking.errors import NotFound
from booking.houses.checking import Superseded
from booking.houses.prices import NoPrice, PricesArePast
from booking.pricing.models import TariffRow
from booking.reservations import Reservation
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW

TODAY, NEW_YEAR = date(2026, 11, 23), date(2027, 1, 1)


async def test_it_works(db: str) -> None:
    house = await make.venue()
    room, other = await make.resource(at=house), await make.resource(at=house)
    stella = await make.manager(house)
    booked = await make.reservation(room, await make.member("Alice"), make.span(days=60))
    made = await houses.add_tariff(
        house.id, [room.id, other.id], "member", NEW_YEAR, hour_cents=1500, day_cents=6000, by=stella, at=NOW
    )
    assert {(row.resource_id, row.currency, row.half_day_cents) for row in made} == {
        (room.id, "EUR", None),
        (other.id, "EUR", None),
    }
    for day, net in ((date(2026, 12, 31), 2000), (NEW_YEAR, 3000)):
        quote = await pricing.quote_for(room, make.span(), category="member", on=day)
        assert quote.net_cents == net
    # Booked before for a day after: the price that was agreed stays.
    assert (await Reservation.get(id=booked.id)).net_cents == booked.net_cents == 2000
    event = await last_event("tariff.added")
    assert event.data["before"] == {"hour_cents": 1000, "half_day_cents": 3000, "day_cents": 5000}
    again = await houses.add_tariff(
        house.id, [room.id, other.id], "member", NEW_YEAR, hour_cents=1500, day_cents=6000, by=stella, at=NOW
    )
    assert again == []


async def test_never_edited(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await houses.add_tariff(house.id, [room.id], "member", TODAY, hour_cents=1500, by=stella, at=NOW)
    await quiet(
        houses.add_tariff(house.id, [room.id], "member", TODAY, hour_cents=1600, by=stella, at=NOW),
        Superseded,
    )
    await quiet(
        houses.add_tariff(house.id, [room.id], "member", date(2026, 11, 22), hour_cents=1, by=stella, at=NOW),
        PricesArePast,
    )
    await quiet(houses.add_tariff(house.id, [room.id], "staff", TODAY, by=stella, at=NOW), NoPrice)
    assert await TariffRow.filter(resource_id=room.id).count() == 3


async def test_all_of_the_spaces_or_none(db: str) -> None:
    house = await make.venue()
    room, elsewhere, stella = await make.resource(at=house), await make.resource(), await make.manager(house)
    before = await TariffRow.all().count()
    await quiet(
        houses.add_tariff(
            house.id, [room.id, elsewhere.id], "member", TODAY, hour_cents=1, by=stella, at=NOW
        ),
        NotFound,
    )
    assert await TariffRow.all().count() == before


async def test_taken_back_before_its_day(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    [coming] = await houses.add_tariff(
        house.id, [room.id], "member", NEW_YEAR, hour_cents=1500, by=stella, at=NOW
    )
    [today] = await houses.add_tariff(house.id, [room.id], "staff", TODAY, hour_cents=0, by=stella, at=NOW)
    await houses.withdraw_tariff(house.id, coming.id, by=stella, at=NOW)
    assert not await TariffRow.exists(id=coming.id)
    await quiet(houses.withdraw_tariff(house.id, today.id, by=stella, at=NOW), PricesArePast)
    await quiet(houses.withdraw_tariff(house.id, coming.id, by=stella, at=NOW), NotFound)


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    [coming] = await houses.add_tariff(
        house.id, [room.id], "member", NEW_YEAR, hour_cents=1500, by=stella, at=NOW
    )
    await is_not_for(house, lambda by: houses.withdraw_tariff(house.id, coming.id, by=by, at=NOW))
    await is_not_for(
        house, lambda by: houses.add_tariff(house.id, [room.id], "staff", TODAY, hour_cents=0, by=by, at=NOW)
    )
    assert await TariffRow.filter(resource_id=room.id).count() == 3
