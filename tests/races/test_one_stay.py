"""A member checks in at forty doors at once: one stay is open in the end, and each booking knows its own."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from booking import occupancy
from booking.occupancy import Presence
from tests import make
from tests.races.controls import at_once

DOORS = 12
TODAY = make.span(days=0)


async def crowd():
    """One member with a booking in each of many rooms at the same time."""
    house = await make.venue()
    alice = await make.member("Alice")
    gratis = {"hour_cents": 0, "half_day_cents": 0, "day_cents": 0}
    rooms = [await make.resource(at=house, **gratis) for _door in range(DOORS)]
    booked = [await make.reservation(room, alice, TODAY) for room in rooms]
    attempts = [
        lambda id=each.id: occupancy.check_in(id, by=alice, at=TODAY.begins_at) for each in booked * 2
    ]
    return alice, attempts


@pytest.mark.breaks_invariants
async def test_without_lock_and_guard_there_are_several(db, monkeypatch):
    from booking import db as database
    from tests.races.controls import without_lock_and_guard

    alice, attempts = await crowd()
    await without_lock_and_guard(monkeypatch)
    await database.rows("DROP INDEX presence_open_once")
    await at_once(attempts)
    assert await Presence.filter(member_id=alice.id, ends_at=None).count() > 1


async def test_it_works(db):
    alice, attempts = await crowd()
    results = await at_once(attempts)
    assert all(isinstance(each, Presence) for each in results)
    assert await Presence.filter(member_id=alice.id, ends_at=None).count() == 1


async def test_the_guard_alone_lets_one_in(db):
    alice = await make.member("Alice")
    house = await make.venue()
    values = {
        "venue_id": house.id,
        "member_id": alice.id,
        "source": "checked_in",
        "begins_at": TODAY.begins_at,
        "recorded_at": TODAY.begins_at,
    }
    await Presence.create(**values)
    with pytest.raises(IntegrityError):
        await Presence.create(**values)
