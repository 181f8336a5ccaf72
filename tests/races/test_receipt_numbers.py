"""Twenty payments at once: their receipts are numbered 1 to 20, whoever comes first."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import db as database
from booking import reservations
from booking.payments import Receipt, receipts
from booking.reservations import ByCard
from tests import make
from tests.make import NOW
from tests.payments.rows import receipt_of
from tests.races.controls import at_once, without_lock_and_guard


@pytest.fixture
async def held(db):
    """Twenty reservations of one entity that wait for a card."""
    house = await make.venue()
    alice = await make.member()
    made = []
    for day in range(1, 21):
        room = await make.resource(at=house)
        card = ByCard(50, timedelta(minutes=32))
        made.append(
            await reservations.reserve(uuid4(), room.id, make.span(days=day), by=alice, at=NOW, card=card)
        )
    return made


def pay(each):
    async def once():
        try:
            return await receipt_of(each, at=NOW)
        except Exception as error:
            return error

    return once


@pytest.mark.breaks_invariants
async def test_without_the_lock_numbers_are_given_twice(held, monkeypatch):
    """Looking for the highest number and adding one is what the lock is for."""

    async def look_then_write(entity_id, year):
        last = await Receipt.filter(entity_id=entity_id, year=year).order_by("-number").first()
        return last.number + 1 if last else 1

    await without_lock_and_guard(monkeypatch)
    monkeypatch.setattr(receipts, "next_number", look_then_write)
    results = await at_once([pay(each) for each in held])
    assert any(not isinstance(each, Receipt) for each in results), "the unique number refused none"


async def test_it_works(held):
    results = await at_once([pay(each) for each in held])
    assert all(isinstance(each, Receipt) for each in results), results
    assert sorted(each.number for each in results) == list(range(1, 21))


async def test_who_fails_leaves_no_gap(held):
    @database.atomic
    async def fail(each):
        await receipt_of(each, at=NOW)
        raise ZeroDivisionError

    def fails(each):
        async def once():
            try:
                await fail(each)
            except ZeroDivisionError:
                return None

        return once

    await at_once([pay(each) if place % 2 else fails(each) for place, each in enumerate(held)])
    numbers = [each.number for each in await Receipt.all().order_by("number")]
    assert numbers == list(range(1, 11))
