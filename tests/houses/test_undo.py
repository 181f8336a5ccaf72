"""Undo: the same operation with the values from before, as long as nothing newer stands there."""

from __future__ import annotations

from datetime import date
from typing import Any

from booking import houses, members, places
from booking.errors import NotFound
from booking.houses.checking import UnitsHeld
from booking.houses.history import CannotUndo, ChangedSince
from booking.members.models import Role
from booking.places import Closure, Resource, Unit, Venue
from booking.places.models import OpenHoliday, OpeningHours, YearlyClosure
from booking.pricing.models import TariffRow
from booking.reservations import Claim
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW

TODAY, NEW_YEAR, CHRISTMAS = date(2026, 11, 23), date(2027, 1, 1), date(2026, 12, 25)


async def undo(house: Venue, name: str, by: Any) -> None:
    await houses.undo(house.id, (await last_event(name)).id, by=by, at=NOW)


async def test_it_works(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await houses.change_venue(house.id, {"name": "Oops", "city": "Ghent"}, by=stella, at=NOW)
    changed = await last_event("venue.changed")
    [listed] = await houses.changes(house.id, at=NOW)
    assert (listed.event.id, listed.by, listed.undoable) == (changed.id, stella, True)
    await houses.undo(house.id, changed.id, by=stella, at=NOW)
    fresh = await Venue.get(id=house.id)
    assert (fresh.name, fresh.city) == (house.name, house.city)
    event = await last_event("venue.changed")
    assert (event.data["undoes"], event.data["after"]) == (changed.id, changed.data["before"])
    # Done once; the undo itself can be undone.
    assert [each.undoable for each in await houses.changes(house.id, at=NOW)] == [True, False]
    await quiet(houses.undo(house.id, changed.id, by=stella, at=NOW), ChangedSince)
    await houses.undo(house.id, event.id, by=stella, at=NOW)
    assert (await Venue.get(id=house.id)).name == "Oops"


async def test_nothing_newer_is_lost(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await houses.change_venue(house.id, {"name": "One", "city": "Ghent"}, by=stella, at=NOW)
    first = await last_event("venue.changed")
    await houses.change_venue(house.id, {"street": "Elsewhere"}, by=stella, at=NOW)
    assert all(each.undoable for each in await houses.changes(house.id, at=NOW))
    await houses.change_venue(house.id, {"name": "Two"}, by=stella, at=NOW)
    assert [each.undoable for each in await houses.changes(house.id, at=NOW)] == [True, True, False]
    await quiet(houses.undo(house.id, first.id, by=stella, at=NOW), ChangedSince)
    assert (await Venue.get(id=house.id)).name == "Two"


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await houses.change_venue(house.id, {"name": "Oops"}, by=stella, at=NOW)
    event = await last_event("venue.changed")
    await is_not_for(house, lambda by: houses.undo(house.id, event.id, by=by, at=NOW))
    elsewhere = await make.venue()
    await quiet(houses.undo(elsewhere.id, event.id, by=await make.manager(elsewhere), at=NOW), NotFound)


async def test_a_space(db: str) -> None:
    house = await make.venue()
    room, stella, alice = (
        await make.resource(at=house),
        await make.manager(house),
        await make.member("Alice"),
    )
    await houses.change_resource(
        house.id, room.id, {"capacity_people": 12, "area_m2": 20.5}, by=stella, at=NOW
    )
    booked = await make.reservation(
        await Resource.get(id=room.id).select_related("venue__entity"), alice, people=12
    )
    event = await last_event("resource.changed")
    refused = await quiet(houses.undo(house.id, event.id, by=stella, at=NOW), houses.NoLongerFit)
    assert [each.reservation.id for each in refused.touched] == [booked.id]
    assert (await Resource.get(id=room.id)).capacity_people == 12
    await houses.undo(house.id, event.id, by=stella, at=booked.ends_at)
    assert (await Resource.get(id=room.id)).capacity_people == 8


async def test_units(db: str) -> None:
    house = await make.venue()
    desks, stella = await make.resource(at=house, units=2), await make.manager(house)
    before = (await places.units_of([desks.id]))[desks.id]
    await houses.take_out(house.id, before[0], by=stella, at=NOW)
    await undo(house, "resource.composed", stella)
    assert (await places.units_of([desks.id]))[desks.id] == before
    await houses.add_units(house.id, desks.id, 1, by=stella, at=NOW)
    added = await last_event("resource.composed")
    booked = await make.reservation(desks, await make.member("Alice"), quantity=3, people=3)
    assert await Claim.filter(reservation_id=booked.id).count() == 3
    await quiet(houses.undo(house.id, added.id, by=stella, at=NOW), UnitsHeld)
    await houses.rename_unit(house.id, before[0], "Window", by=stella, at=NOW)
    await undo(house, "unit.renamed", stella)
    assert not await Unit.exists(name="Window")


async def test_hours_and_days(db: str) -> None:
    house = await make.venue(holidays_region="BE")
    room, stella = await make.resource(at=house), await make.manager(house)
    before = (
        await OpeningHours.all().order_by("weekday").values_list("weekday", "opens_minute", "valid_until")
    )
    week = {1: [(600, 660)]}
    await houses.set_week(house.id, None, week, first=NEW_YEAR, by=stella, at=NOW)
    await undo(house, "hours.changed", stella)
    assert (
        await OpeningHours.all().order_by("weekday").values_list("weekday", "opens_minute", "valid_until")
        == before
    )
    await houses.set_week(house.id, room.id, week, first=NEW_YEAR, by=stella, at=NOW)
    await undo(house, "hours.changed", stella)
    assert await OpeningHours.filter(resource_id=room.id).count() == 0
    await houses.open_on(house.id, CHRISTMAS, by=stella, at=NOW)
    await undo(house, "holiday.switched", stella)
    assert await OpenHoliday.all().count() == 0
    made = await houses.add_yearly(
        house.id, "08-01", "08-15", "Summer", reasons={"fr": "L’été"}, by=stella, at=NOW
    )
    await houses.remove_yearly(house.id, made.id, by=stella, at=NOW)
    await undo(house, "yearly.removed", stella)
    assert [(row.reason, row.reasons) for row in await YearlyClosure.all()] == [("Summer", {"fr": "L’été"})]
    await undo(house, "yearly.added", stella)
    assert await YearlyClosure.all().count() == 0


async def test_prices(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await houses.add_tariff(house.id, [room.id], "staff", NEW_YEAR, hour_cents=700, by=stella, at=NOW)
    await undo(house, "tariff.added", stella)
    assert not await TariffRow.exists(category="staff")
    await undo(house, "tariff.withdrawn", stella)
    assert (await TariffRow.get(category="staff")).hour_cents == 700


async def test_closures_and_hosts(db: str) -> None:
    house = await make.venue()
    stella, hugo = await make.manager(house), await make.member("Hugo")
    closure = await places.close(house, None, make.span(), "Painting", by_id=stella.id, at=NOW)
    await undo(house, "venue.closed", stella)
    assert (await Closure.get(id=closure.id)).withdrawn_at == NOW
    await quiet(houses.undo(house.id, (await last_event("venue.reopened")).id, by=stella, at=NOW), CannotUndo)
    await members.grant(hugo.email, "host", f"venue:{house.key}", by=stella, at=NOW)
    await undo(house, "role.granted", stella)
    assert (await Role.get(member_id=hugo.id)).revoked_at == NOW
    await undo(house, "role.revoked", stella)
    assert (await members.active(hugo, NOW)).hosts(house)


async def test_roles_of_managers_are_not_the_managers(db: str) -> None:
    house = await make.venue()
    stella, max_ = await make.manager(house), await make.member("Max")
    await members.grant(max_.email, "manager", f"venue:{house.key}", by=None, at=NOW)
    assert [each.undoable for each in await houses.changes(house.id, at=NOW)] == [False]
    await quiet(houses.undo(house.id, (await last_event("role.granted")).id, by=stella, at=NOW), CannotUndo)


async def test_kinds_and_pages(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    for number in range(5):
        await houses.change_venue(house.id, {"name": f"N{number}"}, by=stella, at=NOW)
    await houses.change_resource(house.id, room.id, {"name": "R"}, by=stella, at=NOW)
    assert (await houses.count(house.id), await houses.count(house.id, "spaces")) == (6, 1)
    second = await houses.changes(house.id, "house", at=NOW, skip=3, most=2)
    assert [each.event.data["after"]["name"] for each in second] == ["N1", "N0"]
    assert [each.undoable for each in second] == [False, False]
