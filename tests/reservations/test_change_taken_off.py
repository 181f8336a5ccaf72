"""Taken off the Activity that pays: what was booked stays, moves at the same price, and gets no dearer."""

import pytest

from booking import budgets, reservations
from booking.budgets import Activity, NoPartIn
from booking.budgets.models import ActivityPerson
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db):
    return await make.resource(free_until_hours=24)


@pytest.fixture
async def bob(db):
    return await make.member("Bob")


@pytest.fixture
async def booked(room, bob):
    """Bob's booking on Alice's Activity, off which he was taken meanwhile."""
    alice = await make.member("Alice")
    activity = await make.activity(alice, of=room.venue.entity)
    await budgets.share_with(activity, bob.id, at=NOW, by_id=alice.id)
    made = await make.reservation(room, bob, make.span(days=3), on=activity)
    await ActivityPerson.filter(activity_id=activity.id, member_id=bob.id).update(ended_at=NOW)
    return made


async def reserved(booked):
    activity = await Activity.get(id=booked.activity_id).select_related("account")
    return activity.account.debits_pending_cents


async def offered(booked, span, by):
    offer = await reservations.change_offer(booked, span, by=by, at=NOW, people=1, quantity=1)
    return offer.difference_cents, [each.code for each in offer.refusals]


async def test_it_works(booked, bob):
    other = make.span("14:00", "16:00", days=3)
    assert await offered(booked, other, bob) == (0, [])
    done = await reservations.change(booked.id, by=bob, at=NOW, span=other)
    assert (done.span, done.total_cents) == (other, 2420)
    assert await reserved(booked) == 2420


async def test_shorter_gives_back(booked, bob):
    shorter = make.span("10:00", "11:00", days=3)
    assert await offered(booked, shorter, bob) == (-1210, [])
    done = await reservations.change(booked.id, by=bob, at=NOW, span=shorter)
    assert done.total_cents == 1210
    assert await reserved(booked) == 1210


async def test_the_house_moves_it(booked, room):
    stella = await make.manager(room.venue)
    other = make.span("14:00", "16:00", days=3)
    assert (await reservations.change(booked.id, by=stella, at=NOW, span=other)).span == other


async def test_longer_is_refused(booked, bob):
    longer = make.span("10:00", "13:00", days=3)
    assert await offered(booked, longer, bob) == (1210, ["no_part_in_activity"])
    with pytest.raises(NoPartIn):
        await reservations.change(booked.id, by=bob, at=NOW, span=longer)
    assert (await Reservation.get(id=booked.id)).span == booked.span
    assert (await Claim.get()).span == booked.span
    assert await reserved(booked) == 2420


async def test_after_its_end_is_refused_as_for_all(booked, bob):
    from booking.budgets import ActivityClosed

    await Activity.filter(id=booked.activity_id).update(ends_on=booked.begins_at.date())
    with pytest.raises(ActivityClosed):
        await reservations.change(booked.id, by=bob, at=NOW, span=make.span(days=4))
    assert await reserved(booked) == 2420


async def test_on_the_page(booked, bob, client_of):
    browser = await client_of(bob)
    typed = {"day": "2026-11-26", "begins": "14:00", "ends": "16:00", "people": "1", "quantity": "1"}
    answer = await browser.post(f"/reservations/{booked.id}/change", data=typed)
    assert answer.status_code == 303
    longer = await browser.post(f"/reservations/{booked.id}/change", data=typed | {"ends": "17:00"})
    assert longer.status_code == 409
    assert "pays no more than it has promised" in longer.text
