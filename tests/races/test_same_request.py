"""The double click, the reload, the retried request: one effect."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.errors import NotFound
from booking.ledger import Transfer
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW
from tests.races.controls import at_once


async def test_it_works(db):
    room = await make.resource()
    alice = await make.member()
    money = await make.activity(alice, of=room.venue.entity)

    def request(id, days):
        span = make.span(days=days)
        return lambda: reservations.reserve(id, room.id, span, by=alice, at=NOW, activity_id=money.id)

    wanted = [(uuid4(), days) for days in range(1, 21)]
    results = await at_once([request(id, days) for id, days in wanted for _ in range(5)])
    assert all(isinstance(each, Reservation) for each in results)
    assert {each.id for each in results} == {id for id, _days in wanted}
    assert await Reservation.all().count() == await Claim.all().count() == 20
    assert await Transfer.filter(kind="pend").count() == 20
    fresh = await Activity.get(id=money.id).select_related("account")
    assert fresh.account.debits_pending_cents == 20 * 2420


async def test_one_id_from_two_members_is_the_first_ones(db):
    room = await make.resource(hour_cents=0, half_day_cents=0, day_cents=0)
    alice, charlie = await make.member("Alice"), await make.member("Charlie")
    for days in range(1, 11):
        wish = partial(reservations.reserve, uuid4(), room.id, make.span(days=days), at=NOW)
        results = await at_once([partial(wish, by=alice), partial(wish, by=charlie)])
        kinds = sorted(type(each).__name__ for each in results)
        assert kinds in (["NotFound", "Reservation"], ["Reservation", "Taken"])
    assert await Reservation.all().count() == 10


async def test_cancelling_five_times_at_once_gives_back_once(db):
    room = await make.resource()
    alice = await make.member()
    booked = await make.reservation(room, alice, make.span(days=5))
    results = await at_once(
        [lambda: reservations.cancel(booked.id, by=alice, at=NOW) for _ in range(5)], workers=5
    )
    assert {(each.state, each.sequence) for each in results} == {("cancelled", 1)}
    assert await Transfer.filter(kind="void").count() == 1


@pytest.mark.parametrize("turn", range(5))
async def test_approve_decline_expire_and_cancel_at_once_have_one_outcome(db, turn):
    room = await make.resource(approval=True)
    stella = await make.manager(room.venue)
    alice = await make.member()
    asked = await make.reservation(room, alice, make.span(days=10))
    late = asked.held_until
    acts = [
        lambda: reservations.approve(asked.id, by=stella, at=late),
        lambda: reservations.decline(asked.id, by=stella, at=late, reason="no"),
        lambda: reservations.expire_overdue(late),
        lambda: reservations.cancel(asked.id, by=alice, at=late),
    ]
    acts = acts[turn % 4 :] + acts[: turn % 4]
    results = await at_once(acts, workers=4)
    assert not any(isinstance(each, NotFound) for each in results)
    done = await Reservation.get(id=asked.id)
    assert done.state in ("confirmed", "declined", "expired", "cancelled")
    claims = await Claim.all().count()
    assert claims == (1 if done.state == "confirmed" else 0)
    assert await Transfer.filter(kind="void").count() == (0 if done.state == "confirmed" else 1)
