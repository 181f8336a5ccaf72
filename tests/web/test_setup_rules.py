"""The rules of all spaces in words, and what they say to a wish: the same that they say to whoever books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booking.places.models import ResourceUnit
from booking.reservations import Reservation
from booking.web.setup_spaces import tree
from tests import make


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue()


@pytest.fixture
async def room(house: Any) -> Any:
    return await make.resource(at=house, name="Quai", capacity_people=4, quota=2)


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


def wish(room: Any, **values: Any) -> dict[str, Any]:
    return {"space": room.id, "on": "2026-11-24", "begins": "10:00", "ends": "12:00", **values}


async def asked(stella: Any, house: Any, room: Any, **values: Any) -> str:
    answer = await stella.get(f"/manage/{house.key}/set-up/rules", params=wish(room, **values))
    assert answer.status_code == 200
    return str(answer.text)


async def test_it_works(stella: Any, house: Any, room: Any) -> None:
    page = (await stella.get(f"/manage/{house.key}/set-up/rules")).text
    assert "Would this be taken?" in page
    assert "For up to 4 people." in page
    assert "Yes, at once." not in page
    said = await asked(stella, house, room)
    assert "Yes, at once." in said
    assert "€24.20" in said
    assert not await Reservation.exists()


async def test_every_rule_that_says_no(stella: Any, house: Any, room: Any) -> None:
    said = await asked(stella, house, room, begins="10:10", ends="23:00", people="9", upcoming="2")
    for words in (
        "begin and end in steps of",
        "is not open all that time",
        "room for 4 people",
        "upcoming bookings",
    ):
        assert words in said
    assert "Yes, at once." not in said


async def test_what_is_taken(stella: Any, house: Any, room: Any) -> None:
    await make.reservation(room, await make.member(), make.span("11:00", "12:00"))
    assert "Quai is no longer free at that time." in await asked(stella, house, room)
    assert "Yes, at once." in await asked(stella, house, room, begins="09:00", ends="11:00")


async def test_a_host_confirms(stella: Any, house: Any) -> None:
    hall = await make.resource(at=house, name="Hall", approval=True)
    assert "Yes, once a host has confirmed it." in await asked(stella, house, hall)


async def test_what_cannot_be_read(stella: Any, house: Any, room: Any) -> None:
    said = await asked(stella, house, room, people="0", upcoming="x", on="no")
    assert said.count('aria-invalid="true"') == 3
    assert "The end must come after the beginning." in await asked(stella, house, room, ends="09:00")


async def test_a_space_of_another_house_is_not_there(stella: Any, house: Any, room: Any) -> None:
    other = await make.resource(name="Elsewhere")
    said = await asked(stella, house, other)
    assert "Elsewhere" not in said


async def test_others_find_nothing(client_of: Any, house: Any, room: Any) -> None:
    client = await client_of(await make.member())
    assert (await client.get(f"/manage/{house.key}/set-up/rules")).status_code == 404


def test_the_tree_of_spaces() -> None:
    units = {1: {1, 2, 3}, 2: {1, 2}, 3: {1}, 4: {3}, 5: {9}, 7: set()}
    frozen = {id: frozenset(theirs) for id, theirs in units.items()}
    assert tree(frozen, [3, 1, 2, 4, 5, 6, 7]) == [
        (1, 0, None), (2, 1, 1), (3, 2, 2), (4, 1, 1), (5, 0, None), (6, 0, None), (7, 0, None),
    ]  # fmt: skip


async def test_parts_stand_below_their_whole(stella: Any, house: Any) -> None:
    one = await make.resource(at=house, name="Part A")
    whole = await make.resource(at=house, name="The whole")
    [unit] = await ResourceUnit.filter(resource_id=one.id)
    await ResourceUnit.create(resource_id=whole.id, unit_id=unit.unit_id)
    page = (await stella.get(f"/manage/{house.key}/set-up/spaces")).text
    assert page.index(">The whole<") < page.index(">Part A<")
    assert "part of The whole" in page


async def test_an_hour_that_the_clocks_jump_over(stella: Any, house: Any, room: Any) -> None:
    said = await asked(stella, house, room, on="2027-03-28", begins="02:30", ends="04:00")
    assert "02:30 does not exist on" in said
    assert "The end must come after the beginning." not in said
    assert "Yes, at once." not in said
