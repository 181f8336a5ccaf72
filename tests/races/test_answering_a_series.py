"""A host agrees to all dates of a series while its member cancels all: every date has one end, and its money too."""

from __future__ import annotations

import asyncio
import time

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.errors import Refused
from booking.events import Event
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW
from tests.races.controls import at_once, without_lock_and_guard
from tests.reservations.test_series_later import choir

ROUNDS = 8


async def a_round(later):
    """One series that waits, and the two presses at once, the host's so many seconds later; None: hers alone."""
    room = await make.resource(approval=True, free_until_hours=1)
    alice = await make.member()
    host = await make.member()
    await make.role("host", host, venue=room.venue)
    activity = await make.activity(alice, of=room.venue.entity)
    dates = await choir(room, alice, activity)
    ids = [each.id for each in dates]

    async def agree():
        await asyncio.sleep(later)
        return await reservations.approve_series(dates[0].series_id, by=host, at=NOW)

    async def leave():
        return await reservations.cancel_together(ids, by=alice, at=NOW)

    if later is None:
        began = time.monotonic()
        await leave()
        return time.monotonic() - began
    return ids, activity, await at_once([agree, leave], workers=2)


async def delays():
    """So that the two meet at different places: parts of the time that cancelling takes on this machine now."""
    took = await a_round(None)
    return [took * place / ROUNDS for place in range(ROUNDS)]


async def wrong_of(ids, agreed):
    """Dates that were approved after they had been cancelled, or that stand; and an answer that is half done."""
    approved = await Event.filter(
        subject__in=[f"reservation:{id}" for id in ids], name="reservation.approved"
    ).count()
    wrong = int(approved != (len(ids) if isinstance(agreed, list) else 0))
    for id in ids:
        names = [
            each.name
            for each in await Event.filter(
                subject=f"reservation:{id}", name__in=["reservation.approved", "reservation.cancelled"]
            ).order_by("id")
        ]
        state = (await Reservation.get(id=id)).state
        wrong += names[-1:] == ["reservation.approved"] and "reservation.cancelled" in names
        wrong += state != "cancelled"
    return wrong


async def test_it_works(db):
    for later in await delays():
        ids, activity, results = await a_round(later)
        assert all(isinstance(each, (list, Refused)) for each in results), results
        assert await wrong_of(ids, results[0]) == 0
        assert await Claim.filter(reservation_id__in=ids).count() == 0
        budget = await Activity.get(id=activity.id).select_related("account")
        assert budget.account.debits_pending_cents == 0


@pytest.mark.breaks_invariants
async def test_without_the_locks_there_is_a_race(db, monkeypatch):
    await without_lock_and_guard(monkeypatch)
    wrong = 0
    for later in await delays():
        ids, _activity, results = await a_round(later)
        wrong += await wrong_of(ids, results[0])
        wrong += sum(not isinstance(each, (list, Refused)) for each in results)
    assert wrong > 0
