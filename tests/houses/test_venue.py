"""Changing a house, and making a new one."""

from __future__ import annotations

from booking import houses
from booking.houses.checking import CurrencyStays, ZoneStays
from booking.houses.venues import NotThere
from booking.places import Venue
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW


async def test_it_works(db: str) -> None:
    house = await make.venue(names={"en": "House"}, features=["wifi"])
    stella = await make.manager(house)
    wanted = {
        "name": "Atelier",
        "names": {"en": "Atelier", "fr": "L’atelier"},
        "access": {"en": "Code 12"},
        "lat": 50.9,
    }
    assert await houses.change_venue(house.id, wanted, by=stella, at=NOW) == list(wanted)
    fresh = await Venue.get(id=house.id)
    assert (fresh.name, fresh.names, fresh.access, fresh.lat) == tuple(wanted.values())
    assert fresh.features == ["wifi"]
    event = await last_event("venue.changed")
    assert (event.venue_id, event.by_id, event.subject) == (house.id, stella.id, house.subject)
    assert event.data == {
        "before": {"name": house.name, "names": {"en": "House"}, "access": {}, "lat": 50.85},
        "after": wanted,
    }


async def test_the_same_again_changes_nothing(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    assert await houses.change_venue(house.id, {"name": house.name}, by=stella, at=NOW) == []
    assert not await houses.count(house.id)


async def test_only_for_its_managers(db: str) -> None:
    house = await make.venue()
    await is_not_for(house, lambda by: houses.change_venue(house.id, {"name": "Mine"}, by=by, at=NOW))
    assert (await Venue.get(id=house.id)).name == house.name


async def test_a_manager_of_the_entity_and_an_administrator_may(db: str) -> None:
    entity = await make.entity()
    house = await make.venue(of=entity)
    eva, ada = await make.member("Eva"), await make.member("Ada")
    await make.role("manager", eva, entity=entity)
    await make.role("administrator", ada)
    for by, name in ((eva, "By Eva"), (ada, "By Ada")):
        await houses.change_venue(house.id, {"name": name}, by=by, at=NOW)
        assert (await Venue.get(id=house.id)).name == name


async def test_currency_and_zone_stay_once_there_are_bookings(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await houses.change_venue(house.id, {"zone": "Europe/Paris"}, by=stella, at=NOW)
    await houses.change_venue(house.id, {"zone": "Europe/Brussels", "currency": "SEK"}, by=stella, at=NOW)
    await houses.change_venue(house.id, {"currency": "EUR"}, by=stella, at=NOW)
    room = await make.resource(at=await Venue.get(id=house.id))
    assert list(await houses.fixed_columns(house)) == ["currency"]
    await quiet(houses.change_venue(house.id, {"currency": "SEK"}, by=stella, at=NOW), CurrencyStays)
    await make.reservation(room, await make.member("Alice"))
    assert set(await houses.fixed_columns(house)) == {"currency", "zone"}
    await quiet(houses.change_venue(house.id, {"zone": "Europe/Paris"}, by=stella, at=NOW), ZoneStays)
    assert (await Venue.get(id=house.id)).zone == "Europe/Brussels"


async def test_a_point_in_another_country_is_a_slip(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await quiet(houses.change_venue(house.id, {"lat": 5.085}, by=stella, at=NOW), NotThere)
    assert (await Venue.get(id=house.id)).lat == 50.85


async def test_closing_for_good_says_whom_it_touches(db: str) -> None:
    house = await make.venue()
    room, stella = await make.resource(at=house), await make.manager(house)
    booked = await make.reservation(room, await make.member("Alice"))
    refused = await quiet(
        houses.change_venue(house.id, {"status": "closed"}, by=stella, at=NOW), houses.NoLongerFit
    )
    assert [each.reservation.id for each in refused.touched] == [booked.id]
    assert refused.touched[0].refusal.code == "venue_closed_down"
    assert (await Venue.get(id=house.id)).status == "open"
    await houses.change_venue(house.id, {"status": "closed"}, by=stella, at=NOW, confirmed=True)
    assert (await Venue.get(id=house.id)).status == "closed"


VALUES = {"name": "New house", "street": "Rue 1", "city": "Liège", "lat": 50.6, "lon": 5.6}


async def test_a_new_house(db: str) -> None:
    entity, ada = await make.entity(), await make.member("Ada")
    await make.role("administrator", ada)
    made = await houses.add_venue(entity.id, VALUES, by=ada, at=NOW)
    assert (made.key, made.country, made.zone, made.currency) == ("new-house", "BE", "Europe/Brussels", "EUR")
    assert (await houses.add_venue(entity.id, VALUES, by=ada, at=NOW)).id == made.id
    other = await houses.add_venue(entity.id, {**VALUES, "street": "Rue 2"}, by=ada, at=NOW)
    assert other.key == "new-house-2"
    assert (await last_event("venue.added")).venue_id == other.id


async def test_the_entitys_manager_may_make_one_and_nobody_else(db: str) -> None:
    entity = await make.entity()
    house = await make.venue(of=entity)
    await is_not_for(house, lambda by: houses.add_venue(entity.id, VALUES, by=by, at=NOW))
    stella = await make.manager(house)
    eva = await make.member("Eva")
    await make.role("manager", eva, entity=entity)
    assert (await houses.add_venue(entity.id, VALUES, by=eva, at=NOW)).entity_id == entity.id
    from booking.errors import NotFound

    await quiet(houses.add_venue(entity.id, {**VALUES, "name": "X"}, by=stella, at=NOW), NotFound)


async def test_a_new_house_called_new_does_not_hide_behind_the_form(db: str) -> None:
    entity, ada = await make.entity(), await make.member("Ada")
    await make.role("administrator", ada)
    assert (await houses.add_venue(entity.id, {**VALUES, "name": "New"}, by=ada, at=NOW)).key == "new-2"
