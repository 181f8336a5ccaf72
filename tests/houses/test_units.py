"""Units: adding, naming, composing, and taking out of use only what no upcoming booking holds."""

from __future__ import annotations

from booking import houses, places, reservations
from booking.errors import NotFound
from booking.houses.checking import UnitsHeld
from booking.houses.spaces import NoUnits
from booking.houses.units import LastUnit
from booking.places import Resource, Unit
from booking.reservations import Claim
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW


async def units_of(resource: Resource) -> list[int]:
    return (await places.units_of([resource.id]))[resource.id]


async def test_it_works(db: str) -> None:
    house = await make.venue()
    desks, stella = await make.resource(at=house, units=2, name="Desk"), await make.manager(house)
    before = await units_of(desks)
    fresh = await houses.add_units(house.id, desks.id, 2, by=stella, at=NOW)
    assert await units_of(desks) == [*before, *fresh]
    assert [each.name for each in await Unit.filter(id__in=fresh).order_by("id")] == ["Desk 3", "Desk 4"]
    assert await houses.take_out(house.id, before[0], by=stella, at=NOW) == ["Desk"]
    assert await units_of(desks) == [before[1], *fresh]
    event = await last_event("resource.composed")
    assert (event.data["before"]["unit_ids"], event.data["after"]["unit_ids"]) == (
        [*before, *fresh],
        [before[1], *fresh],
    )
    # Out of use already: nothing more to do.
    assert await houses.take_out(house.id, before[0], by=stella, at=NOW) == []


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue()
    desks = await make.resource(at=house, units=3)
    one = (await units_of(desks))[0]
    for operation in (
        lambda by: houses.take_out(house.id, one, by=by, at=NOW),
        lambda by: houses.rename_unit(house.id, one, "Mine", by=by, at=NOW),
        lambda by: houses.add_units(house.id, desks.id, 1, by=by, at=NOW),
        lambda by: houses.set_units(house.id, desks.id, [one], "any", by=by, at=NOW),
    ):
        await is_not_for(house, operation)
    assert len(await units_of(desks)) == 3


async def test_a_unit_that_a_booking_holds_stays(db: str) -> None:
    house = await make.venue()
    desks, stella = await make.resource(at=house, units=2), await make.manager(house)
    booked = await make.reservation(desks, await make.member("Alice"))
    held = (await Claim.get(reservation_id=booked.id)).unit_id
    refused = await quiet(houses.take_out(house.id, held, by=stella, at=NOW), UnitsHeld)
    assert [each.id for each in refused.bookings] == [booked.id]
    assert len(await units_of(desks)) == 2
    free = next(each for each in await units_of(desks) if each != held)
    await houses.take_out(house.id, free, by=stella, at=NOW)
    assert await units_of(desks) == [held]


async def test_the_last_one_stays(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await quiet(houses.take_out(house.id, (await units_of(room))[0], by=stella, at=NOW), LastUnit)


async def test_how_it_is_taken_changes_only_without_bookings(db: str) -> None:
    house = await make.venue()
    desks, stella = await make.resource(at=house, units=2), await make.manager(house)
    ids = await units_of(desks)
    alice = await make.member("Alice")
    booked = await make.reservation(desks, alice)
    await quiet(houses.set_units(house.id, desks.id, ids, "all", by=stella, at=NOW), UnitsHeld)
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert await houses.set_units(house.id, desks.id, ids, "all", by=stella, at=NOW)
    assert (await Resource.get(id=desks.id)).takes == "all"


async def test_a_rooms_units_do_not_grow_under_its_bookings(db: str) -> None:
    """One more unit for a room that takes all of them would make its bookings incomplete."""
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await make.reservation(room, await make.member("Alice"))
    await quiet(houses.add_units(house.id, room.id, 1, by=stella, at=NOW), UnitsHeld)
    assert await Unit.filter(venue_id=house.id).count() == 1


async def test_another_houses_units_are_not_there(db: str) -> None:
    house = await make.venue()
    room, stella, elsewhere = await make.resource(at=house), await make.manager(house), await make.resource()
    strange = await units_of(elsewhere)
    await quiet(houses.set_units(house.id, room.id, strange, "all", by=stella, at=NOW), NotFound)
    await quiet(houses.take_out(house.id, strange[0], by=stella, at=NOW), NotFound)
    await quiet(houses.rename_unit(house.id, strange[0], "Mine", by=stella, at=NOW), NotFound)
    await quiet(houses.set_units(house.id, room.id, [], "all", by=stella, at=NOW), NoUnits)


async def test_renaming(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    one = (await units_of(room))[0]
    assert await houses.rename_unit(house.id, one, "By the window", by=stella, at=NOW)
    assert not await houses.rename_unit(house.id, one, "By the window", by=stella, at=NOW)
    assert (await Unit.get(id=one)).name == "By the window"
