"""A unit is taken out of use while somebody books it: one of the two comes first, and the other one sees it.

Without the second look at the units, the one who books holds an old list of them, and ends up with a unit that no
space has any more.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from booking import houses, places
from booking import reservations as booking_of
from booking.errors import Refused
from booking.reservations import Claim, claiming
from tests import make
from tests.make import NOW
from tests.races.controls import at_once


async def fight(attempts: int = 12) -> int:
    """So often somebody books one of two desks while one of them goes. Returns the claims on units that left."""
    lost = 0
    for number in range(attempts):
        house = await make.venue()
        desks = await make.resource(at=house, units=2)
        stella, alice = await make.manager(house), await make.member("Alice")
        activity = await make.activity(alice, of=desks.venue.entity)
        first, _second = (await places.units_of([desks.id]))[desks.id]

        async def book(desks: Any = desks, alice: Any = alice, activity: Any = activity) -> Any:
            return await make.reservation(desks, alice, on=activity)

        async def go(house: Any = house, first: int = first, stella: Any = stella) -> Any:
            return await houses.take_out(house.id, first, by=stella, at=NOW)

        results = await at_once([book, go] if number % 2 else [go, book])
        assert not any(isinstance(each, Exception) and not isinstance(each, Refused) for each in results)
        left = (await places.units_of([desks.id]))[desks.id]
        lost += await Claim.filter(reservation__resource_id=desks.id).exclude(unit_id__in=left).count()
    return lost


async def test_it_works(db: str) -> None:
    assert await fight() == 0


async def stale_list() -> int:
    """Somebody has read the list of units and waits for the lock, while the manager takes one away."""
    house = await make.venue()
    desks = await make.resource(at=house, units=2)
    stella, alice = await make.manager(house), await make.member("Alice")
    activity = await make.activity(alice, of=desks.venue.entity)
    first = (await places.units_of([desks.id]))[desks.id][0]
    read = asyncio.Event()
    go_on = asyncio.Event()
    real = booking_of.reserving.expire_overdue

    async def wait_here(at: Any, **more: Any) -> Any:
        done = await real(at, **more)
        read.set()
        await go_on.wait()
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(booking_of.reserving, "expire_overdue", wait_here)
        booking = asyncio.create_task(make.reservation(desks, alice, on=activity, quantity=1))
        await read.wait()
        await houses.take_out(house.id, first, by=stella, at=NOW)
        go_on.set()
        await booking
    left = (await places.units_of([desks.id]))[desks.id]
    return await Claim.filter(reservation__resource_id=desks.id).exclude(unit_id__in=left).count()


async def test_a_list_read_before_is_read_again(db: str) -> None:
    assert await stale_list() == 0


@pytest.mark.breaks_invariants
async def test_without_the_second_look_a_unit_is_lost(db: str, monkeypatch: Any) -> None:
    from booking import db as database

    async def without_a_look(_resource: Any, _unit_ids: Any, *asked: Any) -> list[Any]:
        return await database.answers(*asked)

    monkeypatch.setattr(claiming, "as_it_stands", without_a_look)
    assert await stale_list() == 1
