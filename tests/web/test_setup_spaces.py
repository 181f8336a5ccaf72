"""The forms of spaces and of their units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booking import places
from booking.events import Event
from booking.places import Resource, Unit
from tests import make
from tests.web.test_setup_venue import typed

SPACE = {
    "kind": "meeting_room", "name": "Fret", "published": "yes", "external": "yes", "capacity_people": "6",
    "raster_minutes": "30", "shortest_minutes": "30", "longest_minutes": "240", "deposit": "12,50",
    "vat_category": "ROOM_SERVICED",
}  # fmt: skip


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue()


@pytest.fixture
async def room(house: Any) -> Any:
    return await make.resource(
        at=house, name="Quai", names={"fr": "Le quai"}, features=["screen"], step_free=True
    )


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


def at(house: Any, page: str = "") -> str:
    return f"/manage/{house.key}/set-up/spaces{page}"


async def test_it_works(stella: Any, house: Any, room: Any) -> None:
    sent = typed((await stella.get(at(house, f"/{room.id}"))).text)
    assert (sent["name"], sent["names_fr"], sent["step_free"]) == ("Quai", "Le quai", "yes")
    sent |= {"release_minutes": "15", "deposit": "1 000,00", "approval": "yes", "step_free": ""}
    done = await stella.post(at(house, f"/{room.id}"), data=sent)
    assert (done.status_code, done.headers["location"]) == (303, at(house, f"/{room.id}"))
    fresh = await Resource.get(id=room.id)
    assert (fresh.release_minutes, fresh.deposit_cents, fresh.approval) == (15, 100_000, True)
    assert (fresh.step_free, fresh.published, fresh.external) == (None, True, True)
    changed = (await Event.get(name="resource.changed")).data["after"]
    assert set(changed) == {"release_minutes", "deposit_cents", "approval", "step_free"}


async def test_a_save_without_a_change_is_none(stella: Any, house: Any, room: Any) -> None:
    sent = typed((await stella.get(at(house, f"/{room.id}"))).text)
    assert (await stella.post(at(house, f"/{room.id}"), data=sent)).status_code == 303
    assert await Event.filter(name="resource.changed").count() == 0


async def test_a_new_space(stella: Any, house: Any) -> None:
    assert typed((await stella.get(at(house, "/new"))).text)["quantity"] == "1"
    done = await stella.post(at(house), data={**SPACE, "takes": "any", "quantity": "3"})
    made = await Resource.get(name="Fret")
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/manage/{house.key}/set-up/prices/{made.id}",
    )
    assert (made.takes, made.deposit_cents, made.longest_minutes) == ("any", 1250, 240)
    assert [unit.name for unit in await Unit.all().order_by("id")] == ["Fret 1", "Fret 2", "Fret 3"]
    await stella.post(at(house), data={**SPACE, "takes": "any", "quantity": "3"})
    assert await Resource.filter(name="Fret").count() == 1


async def test_a_hall_of_what_is_there(stella: Any, house: Any, room: Any) -> None:
    other = await make.resource(at=house, name="Cour")
    ids = [str(unit) for each in (room, other) for unit in (await places.units_of([each.id]))[each.id]]
    await stella.post(at(house), data={**SPACE, "name": "Hall", "units": ids, "quantity": "1"})
    hall = await Resource.get(name="Hall")
    assert [str(unit) for unit in (await places.units_of([hall.id]))[hall.id]] == ids
    assert "Hall" in (await stella.get(f"/manage/{house.key}/set-up/units")).text


async def test_wrong_fields(stella: Any, house: Any) -> None:
    wrong = {"kind": "castle", "name": "", "shortest_minutes": "0", "deposit": "1.23,45", "area_m2": "-1"}
    got = await stella.post(at(house), data=SPACE | wrong)
    assert got.status_code == 422
    for name in wrong:
        assert f'href="#f-{name}"' in got.text
    contradicts = await stella.post(at(house), data=SPACE | {"shortest_minutes": "300", "deposit": "-1"})
    assert contradicts.status_code == 422
    for name in ("longest_minutes", "deposit"):
        assert f'href="#f-{name}"' in contradicts.text
    nothing = await stella.post(at(house), data=SPACE | {"skill": "999"})
    assert nothing.status_code == 422
    empty = await stella.post(at(house), data={name: SPACE[name] for name in ("kind", "name")})
    assert empty.status_code == 409
    assert await Resource.all().count() == 0


async def test_unpublishing_lists_the_bookings(stella: Any, house: Any, room: Any) -> None:
    await make.reservation(room, await make.member("Alice"))
    sent = typed((await stella.get(at(house, f"/{room.id}"))).text)
    sent.pop("published")
    asked = await stella.post(at(house, f"/{room.id}"), data=sent)
    assert asked.status_code == 409
    assert "Alice: Quai" in asked.text
    assert (await Resource.get(id=room.id)).published
    assert (await stella.post(at(house, f"/{room.id}"), data=sent | {"confirmed": "yes"})).status_code == 303
    assert not (await Resource.get(id=room.id)).published
    # Its managers find it all the same.
    assert (await stella.get(at(house, f"/{room.id}"))).status_code == 200


async def test_units(stella: Any, house: Any, room: Any) -> None:
    [unit] = (await places.units_of([room.id]))[room.id]
    base = f"/manage/{house.key}/set-up"
    assert (await stella.post(f"{base}/units/{unit}", data={"name": "By the window"})).status_code == 303
    assert "By the window" in (await stella.get(f"{base}/units")).text
    assert (await stella.post(f"{base}/units/{unit}", data={"name": ""})).status_code == 422
    last = await stella.post(f"{base}/units/{unit}/out")
    assert last.status_code == 409
    assert "It is the last one of Quai." in last.text
    add = f"{base}/spaces/{room.id}/units/add"
    assert (await stella.post(add, data={"more": "0"})).status_code == 422
    assert (await stella.post(add, data={"more": "1"})).status_code == 303
    both = (await places.units_of([room.id]))[room.id]
    compose = f"{base}/spaces/{room.id}/units"
    assert (
        await stella.post(compose, data={"takes": "any", "units": [str(each) for each in both]})
    ).status_code == 303
    assert (await Resource.get(id=room.id)).takes == "any"
    assert (await stella.post(compose, data={"takes": "any"})).status_code == 409
    assert (await stella.post(compose, data={"takes": "some", "units": [str(unit)]})).status_code == 422
    assert (await stella.post(f"{base}/units/{unit}/out")).status_code == 303
    assert "Out of use" in (await stella.get(f"{base}/units")).text


async def test_a_unit_that_is_held_lists_the_bookings_and_offers_a_closure(stella: Any, house: Any) -> None:
    desks = await make.resource(at=house, units=2, name="Desk")
    booked = await make.reservation(desks, await make.member("Alice"), quantity=2, people=2)
    unit = (await places.units_of([desks.id]))[desks.id][0]
    got = await stella.post(f"/manage/{house.key}/set-up/units/{unit}/out")
    assert got.status_code == 409
    for words in ("Alice: Desk", str(booked.id), "Close it first", f"/manage/{house.key}/closures"):
        assert words in got.text
    assert len((await places.units_of([desks.id]))[desks.id]) == 2


async def test_units_are_counted_as_people_count(stella: Any, house: Any) -> None:
    desks = await make.resource(at=house, units=3, name="Desk")
    base = f"/manage/{house.key}/set-up/units"
    for unit, name in zip((await places.units_of([desks.id]))[desks.id], ("10", "9", "2"), strict=True):
        assert (await stella.post(f"{base}/{unit}", data={"name": name})).status_code == 303
    text = (await stella.get(f"{base}?space={desks.id}")).text
    order = [text.index(f'aria-label="Rename {name}"') for name in ("2", "9", "10")]
    assert order == sorted(order)
