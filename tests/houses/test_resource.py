"""Changing a space and making a new one; what upcoming bookings keep, and which no longer fit."""

from __future__ import annotations

import pytest

from booking import houses, places, reservations
from booking.errors import NotFound
from booking.houses.spaces import LongestTooShort, NoUnits
from booking.places import Resource, Unit
from booking.reservations import Claim, Reservation
from booking.reservations.refusals import NotPublished
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW

ROOM = {"kind": "meeting_room", "name": "Fret", "published": True, "capacity_people": 6}


async def test_it_works(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    changed = await houses.change_resource(
        house.id, room.id, {"name": "Quai", "capacity_people": 10, "lead_minutes": 0}, by=stella, at=NOW
    )
    assert list(changed) == ["name", "capacity_people"]
    fresh = await Resource.get(id=room.id)
    assert (fresh.name, fresh.capacity_people, fresh.revision) == ("Quai", 10, 2)
    event = await last_event("resource.changed")
    assert event.data["before"] == {"name": room.name, "capacity_people": 8}
    assert event.data["after"] == {"name": "Quai", "capacity_people": 10}


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue()
    room = await make.resource(at=house)
    await is_not_for(
        house, lambda by: houses.change_resource(house.id, room.id, {"name": "Mine"}, by=by, at=NOW)
    )
    await is_not_for(house, lambda by: houses.add_resource(house.id, ROOM, quantity=1, by=by, at=NOW))
    assert [each.name for each in await Resource.all()] == [room.name]


async def test_another_houses_space_is_not_there(db: str) -> None:
    house = await make.venue()
    elsewhere, stella = await make.resource(), await make.manager(house)
    await quiet(houses.change_resource(house.id, elsewhere.id, {"name": "Mine"}, by=stella, at=NOW), NotFound)


async def test_bookings_keep_price_buffers_and_terms(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    booked = await make.reservation(room, await make.member("Alice"))
    claims = [each.span for each in await Claim.all()]
    rules = {"buffer_after_minutes": 60, "free_until_hours": 72, "late_fee_percent": 90}
    await houses.change_resource(house.id, room.id, rules, by=stella, at=NOW)
    fresh = await Reservation.get(id=booked.id)
    assert (fresh.terms, fresh.quote, fresh.total_cents) == (booked.terms, booked.quote, booked.total_cents)
    assert [each.span for each in await Claim.all()] == claims


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"capacity_people": 2}, "too_many_people"),
        ({"published": False}, "not_published"),
        ({"longest_minutes": 60}, "too_long"),
        ({"raster_minutes": 720}, "off_raster"),
    ],
)
async def test_what_no_longer_fits_is_told_before(db: str, wanted: dict[str, object], code: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    booked = await make.reservation(room, await make.member("Alice"), people=4)
    refused = await quiet(
        houses.change_resource(house.id, room.id, wanted, by=stella, at=NOW), houses.NoLongerFit
    )
    assert [(each.reservation.id, each.refusal.code) for each in refused.touched] == [(booked.id, code)]
    assert (await Resource.get(id=room.id)).revision == 1
    await houses.change_resource(house.id, room.id, wanted, by=stella, at=NOW, confirmed=True)
    assert (await Reservation.get(id=booked.id)).state == "confirmed"
    # Known by now: another change does not ask about it again.
    await houses.change_resource(house.id, room.id, {"name": "Other"}, by=stella, at=NOW)


async def test_the_lengths_may_not_contradict(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await quiet(
        houses.change_resource(house.id, room.id, {"shortest_minutes": 2000}, by=stella, at=NOW),
        LongestTooShort,
    )


async def test_an_unpublished_space_cannot_be_booked(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    await houses.change_resource(house.id, room.id, {"published": False}, by=stella, at=NOW)
    with pytest.raises((NotFound, NotPublished)):
        await make.reservation(room, await make.member("Alice"))
    assert await Reservation.all().count() == 0


async def test_a_new_room_can_be_booked_once_it_has_a_price(db: str) -> None:
    house = await make.venue()
    stella, alice = await make.manager(house), await make.member("Alice")
    made = await houses.add_resource(house.id, ROOM, quantity=1, by=stella, at=NOW)
    assert (await houses.add_resource(house.id, ROOM, quantity=1, by=stella, at=NOW)).id == made.id
    assert await Unit.filter(venue_id=house.id).count() == 1
    await houses.add_tariff(house.id, [made.id], "member", NOW.date(), hour_cents=1200, by=stella, at=NOW)
    room = await Resource.get(id=made.id).select_related("venue__entity", "skill")
    booked = await make.reservation(room, alice)
    assert booked.net_cents == 2400
    assert (await last_event("resource.added")).data["after"]["name"] == "Fret"


async def test_a_hall_of_two_halves(db: str) -> None:
    """The whole takes the units of both halves, so one blocks the other."""
    house = await make.venue()
    stella, alice = await make.manager(house), await make.member("Alice")
    halves = [await make.resource(at=house, name=name) for name in ("A", "B")]
    ids = [unit for half in halves for unit in (await places.units_of([half.id]))[half.id]]
    whole = await houses.add_resource(
        house.id, {"kind": "hall", "name": "Hall"}, units=ids, by=stella, at=NOW
    )
    assert (await places.units_of([whole.id]))[whole.id] == ids
    await houses.add_tariff(house.id, [whole.id], "member", NOW.date(), hour_cents=0, by=stella, at=NOW)
    await make.reservation(halves[0], alice)
    with pytest.raises(reservations.refusals.Taken):
        await make.reservation(await Resource.get(id=whole.id).select_related("venue__entity"), alice)


async def test_a_space_takes_something_of_its_own_house(db: str) -> None:
    house = await make.venue()
    stella, elsewhere = await make.manager(house), await make.resource()
    strange = (await places.units_of([elsewhere.id]))[elsewhere.id]
    await quiet(houses.add_resource(house.id, ROOM, by=stella, at=NOW), NoUnits)
    await quiet(houses.add_resource(house.id, ROOM, units=strange, by=stella, at=NOW), NotFound)
    assert await Resource.filter(venue_id=house.id).count() == 0
