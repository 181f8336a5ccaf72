"""Cancelling: free until the deadline, then the fee; free whenever the house cancels."""

from datetime import timedelta

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.errors import NotFound
from booking.events import Event
from booking.ledger import Account, Transfer, balance_of
from booking.reservations import Claim, Reservation
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db):
    return await make.resource(free_until_hours=24, late_fee_percent=50)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def booked(room, alice):
    return await make.reservation(room, alice, make.span(days=3))


async def purse(reservation):
    return (await Activity.get(id=reservation.activity_id).select_related("account")).account


async def test_it_works(booked, alice):
    offer = reservations.cancel_offer(booked, NOW)
    assert (offer.fee_cents, offer.back_cents, offer.allowed) == (0, 2420, True)

    done = await reservations.cancel(booked.id, by=alice, at=NOW)

    assert (done.state, done.sequence, done.fee_cents, done.paid_cents) == ("cancelled", 1, 0, 0)
    assert await Claim.all().count() == 0
    assert (await purse(done)).available_cents == 100_000
    assert (await Event.filter(subject=done.subject).order_by("-id").first()).name == "reservation.cancelled"


async def test_cancelling_twice_changes_nothing_more(booked, alice):
    await reservations.cancel(booked.id, by=alice, at=NOW)
    again = await reservations.cancel(booked.id, by=alice, at=NOW + timedelta(hours=1))
    assert again.sequence == 1
    assert await Event.filter(name="reservation.cancelled").count() == 1


async def test_the_last_free_moment_and_the_first_that_costs(room, alice):
    first = await make.reservation(room, alice, make.span("10:00", "12:00", days=3))
    second = await make.reservation(room, alice, make.span("13:00", "15:00", days=3))
    deadline = first.begins_at - timedelta(hours=24)
    free = await reservations.cancel(first.id, by=alice, at=deadline - timedelta(microseconds=1))
    late = await reservations.cancel(second.id, by=alice, at=second.begins_at - timedelta(hours=24))
    assert (free.fee_cents, late.fee_cents) == (0, 1210)


async def test_late_costs_the_fee_and_its_vat_and_frees_the_rest(booked, alice, room):
    late = booked.begins_at - timedelta(hours=2)
    done = await reservations.cancel(booked.id, by=alice, at=late)
    assert (done.fee_cents, done.paid_cents) == (1210, 1210)
    budget = await purse(done)
    assert (budget.balance_cents, budget.debits_pending_cents) == (98_790, 0)
    entity = room.venue.entity_id
    income = await Account.get(key=f"income:{entity}:EUR")
    vat = await Account.get(key=f"vat:{entity}:BE:2100:EUR")
    due = await Account.get(key=f"due:{entity}:EUR")
    assert [await balance_of(each) for each in (income, vat, due)] == [1000, 210, 0]


async def test_the_house_cancels_for_nothing_and_says_why(booked, room):
    stella = await make.manager(room.venue)
    late = booked.begins_at - timedelta(hours=2)
    with pytest.raises(no.ReasonNeeded):
        await reservations.cancel(booked.id, by=stella, at=late)
    done = await reservations.cancel(booked.id, by=stella, at=late, reason="A pipe has burst.")
    assert (done.state, done.fee_cents, done.reason) == ("cancelled", 0, "A pipe has burst.")
    assert (await purse(done)).available_cents == 100_000
    event = await Event.filter(name="reservation.cancelled").get()
    assert event.data["by_venue"] is True


async def test_the_house_cancels_what_has_begun_and_all_the_money_comes_back(booked, room):
    stella = await make.manager(room.venue)
    during = booked.begins_at + timedelta(minutes=30)
    assert await reservations.post_started(during) == 1
    assert (await purse(booked)).balance_cents == 97_580
    done = await reservations.cancel(booked.id, by=stella, at=during, reason="No heating.")
    assert done.paid_cents == 0
    assert (await purse(booked)).balance_cents == 100_000
    assert await balance_of(await Account.get(key=f"income:{room.venue.entity_id}:EUR")) == 0


async def test_a_manager_forgives_the_fee_with_a_reason(booked, room, alice):
    stella = await make.manager(room.venue)
    late = booked.begins_at - timedelta(hours=2)
    with pytest.raises(no.NotYoursToOverride):
        await reservations.cancel(booked.id, by=alice, at=late, waive=True, reason="please")
    done = await reservations.cancel(booked.id, by=stella, at=late, waive=True, reason="Alice is ill.")
    assert done.fee_cents == 0


async def test_what_has_begun_is_not_cancelled_by_its_member(booked, alice):
    with pytest.raises(no.HasBegun):
        await reservations.cancel(booked.id, by=alice, at=booked.begins_at)
    assert (await Reservation.get(id=booked.id)).state == "confirmed"
    with pytest.raises(no.IsOver):
        await reservations.cancel(booked.id, by=alice, at=booked.ends_at)


async def test_a_stranger_learns_nothing(booked):
    charlie = await make.member("Charlie")
    with pytest.raises(NotFound):
        await reservations.cancel(booked.id, by=charlie, at=NOW)
    assert (await Reservation.get(id=booked.id)).state == "confirmed"
    assert await Transfer.filter(kind="void").count() == 0
