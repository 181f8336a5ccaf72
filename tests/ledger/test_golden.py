"""The books of each fate of a booking, as a treasurer would write them down: account, and what it holds afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking import budgets, reservations
from booking.budgets import Activity
from booking.ledger import Account, NotEnough, balance_of
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db):
    """Ten an hour, 21 % VAT, free until a day before, half the price after that."""
    return await make.resource(free_until_hours=24, late_fee_percent=50)


@pytest.fixture
async def alice(db):
    return await make.member()


@pytest.fixture
async def project(room, alice):
    return await make.activity(alice, of=room.venue.entity)


@pytest.fixture
async def booked(room, alice, project):
    return await make.reservation(room, alice, make.span(days=3), on=project)


async def ledger_of(project, entity_id):
    """What each account holds, named as in docs/decisions/0002, without the zeros."""
    names = {f"budget:{project.number}": "budget", f"books:{entity_id}:EUR": "books"}
    return {
        names.get(each.key, each.key.replace(f":{entity_id}", "")): held
        for each in await Account.all()
        if (held := await balance_of(each))
    }


async def test_booked_and_used(booked, project, room):
    await reservations.post_started(booked.begins_at)
    assert await ledger_of(project, room.venue.entity_id) == {
        "books": -100_000,
        "budget": 97_580,
        "income:EUR": 2000,
        "vat:BE:2100:EUR": 420,
    }


async def test_cancelled_in_time(booked, project, room, alice):
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert await ledger_of(project, room.venue.entity_id) == {"books": -100_000, "budget": 100_000}


async def test_cancelled_late(booked, project, room, alice):
    await reservations.cancel(booked.id, by=alice, at=booked.begins_at - timedelta(hours=1))
    assert await ledger_of(project, room.venue.entity_id) == {
        "books": -100_000,
        "budget": 98_790,
        "income:EUR": 1000,
        "vat:BE:2100:EUR": 210,
    }


async def test_changed_to_cheaper(booked, project, room, alice):
    await reservations.change(booked.id, by=alice, at=NOW, span=make.span("10:00", "11:00", days=3))
    await reservations.post_started(booked.begins_at)
    assert await ledger_of(project, room.venue.entity_id) == {
        "books": -100_000,
        "budget": 98_790,
        "income:EUR": 1000,
        "vat:BE:2100:EUR": 210,
    }


async def test_changed_to_dearer(booked, project, room, alice):
    await reservations.change(booked.id, by=alice, at=NOW, span=make.span("10:00", "13:00", days=3))
    await reservations.post_started(booked.begins_at)
    assert await ledger_of(project, room.venue.entity_id) == {
        "books": -100_000,
        "budget": 96_370,
        "income:EUR": 3000,
        "vat:BE:2100:EUR": 630,
    }


async def test_extended_while_it_runs(booked, project, room, alice):
    from booking.timespan import TimeSpan

    await reservations.post_started(booked.begins_at)
    longer = TimeSpan(booked.begins_at, booked.ends_at + timedelta(hours=1))
    await reservations.change(booked.id, by=alice, at=booked.begins_at + timedelta(hours=1), span=longer)
    assert await ledger_of(project, room.venue.entity_id) == {
        "books": -100_000,
        "budget": 96_370,
        "income:EUR": 3000,
        "vat:BE:2100:EUR": 630,
    }


async def test_the_venue_cancels_what_has_begun(booked, project, room):
    stella = await make.manager(room.venue)
    during = booked.begins_at + timedelta(minutes=10)
    await reservations.post_started(during)
    await reservations.cancel(booked.id, by=stella, at=during, reason="no power")
    assert await ledger_of(project, room.venue.entity_id) == {"books": -100_000, "budget": 100_000}


async def test_an_allotment_is_taken_back_as_far_as_it_is_free(booked, project, room):
    with pytest.raises(NotEnough):
        await budgets.allot("back-too-much", project, -100_000, at=NOW)
    await budgets.allot("back", project, -97_580, at=NOW)
    again, new = await budgets.allot("back", project, -97_580, at=NOW)
    assert (again.amount_cents, new) == (-97_580, False)
    fresh = await Activity.get(id=project.id).select_related("account")
    assert fresh.account.available_cents == 0
    assert await ledger_of(project, room.venue.entity_id) == {"books": -2420, "budget": 2420}
