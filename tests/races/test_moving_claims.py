"""A claim that one booking moves to another unit while its own reservation is cancelled: it goes with it.

Without the units' locks the cancelling transaction deletes the claims it can see, the moved one is not among them
yet, and a desk stays taken by nobody for ever.
"""

from __future__ import annotations

import asyncio

import pytest

from booking import db as database
from booking import reservations
from booking.places import Unit
from booking.reservations import Claim, claiming
from tests import make
from tests.make import NOW


async def cancelled_while_moving():
    """Cancel a booking of a pool while another transaction moves its claim to the other desk."""
    desks = await make.resource(units=2)
    alice = await make.member("Alice")
    booked = await make.reservation(desks, alice, make.span(days=3))
    claim = await Claim.get(reservation_id=booked.id)
    units = (await Unit.filter(venue_id=desks.venue_id).order_by("id").values_list("id", flat=True))[:2]
    other = next(unit for unit in units if unit != claim.unit_id)
    moved = asyncio.Event()

    async def move():
        async with database.transaction():
            await database.lock(Unit, units)
            await claiming.write(booked, desks, [], [(claim, other)])
            moved.set()
            await asyncio.sleep(0.5)

    moving = asyncio.create_task(move())
    await moved.wait()
    await reservations.cancel(booked.id, by=alice, at=NOW)
    await moving
    return booked


async def test_it_works(db):
    booked = await cancelled_while_moving()
    assert await Claim.filter(reservation_id=booked.id).count() == 0


@pytest.mark.breaks_invariants
async def test_without_the_units_locks_a_claim_stays_behind(db, monkeypatch):
    if db == "sqlite":
        pytest.skip("one writer at a time: nothing can come in between")

    async def without_locks(reservation, **_more):
        await Claim.filter(reservation_id=reservation.id).delete()

    monkeypatch.setattr(claiming, "let_go", without_locks)
    booked = await cancelled_while_moving()
    assert await Claim.filter(reservation_id=booked.id).count() == 1
