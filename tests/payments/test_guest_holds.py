"""Guests at one instant: two on one slot, a guest against a member, and the end of a hold against its payment."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from booking import guests, payments, reservations
from booking.errors import Refused
from booking.members.sessions import digest
from booking.payments import Refund
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW
from tests.races.controls import overlaps, without_lock_and_guard

ROUNDS = 12
GUESTS = 6


async def wish_of(number, room, when, email=""):
    """What a guest typed, with the address proved."""
    return await guests.GuestWish.create(
        id=uuid4(),
        sign_in_id=uuid4(),
        browser_hash=digest("browser"),
        resource_id=room.id,
        begins_at=when.begins_at,
        ends_at=when.ends_at,
        email=email or f"guest{number}@guest.example",
        name=f"Guest {number}",
        title="Rehearsal",
        language="en",
        seen_cents=3630,
        created_at=NOW,
        verified_at=NOW,
    )


def card_of(room):
    return payments.by_card(room.venue.entity, room.venue.currency)


async def tried(attempt):
    try:
        return await attempt
    except Refused as refusal:
        return refusal


async def after(seconds, attempt):
    await asyncio.sleep(seconds)
    return await tried(attempt)


async def slot_between_guests(room, number):
    when = make.span("10:00", "12:00", days=1 + number)
    wishes = [await wish_of(f"{number}x{each}", room, when) for each in range(GUESTS)]
    return await asyncio.gather(*(tried(guests.book(wish, card=card_of(room), at=NOW)) for wish in wishes))


async def test_two_guests_on_one_slot(room):
    for number in range(ROUNDS):
        results = await slot_between_guests(room, number)
        won = [each for each in results if isinstance(each, Reservation)]
        assert len(won) == 1
        assert {each.code for each in results if each not in won} == {"taken"}
    assert await Reservation.all().count() == await Claim.all().count() == ROUNDS
    assert await guests.GuestKey.all().count() == ROUNDS


@pytest.mark.breaks_invariants
async def test_without_the_lock_they_would_have_it_together(room, monkeypatch):
    """The control: this race is one."""
    await without_lock_and_guard(monkeypatch)
    for number in range(ROUNDS):
        await slot_between_guests(room, number)
    assert await overlaps() > 0


async def test_one_guest_in_two_windows_is_one_person(room):
    """The same address proved twice at one instant: one guest, and both bookings theirs."""
    for number in range(ROUNDS):
        email = f"twice{number}@guest.example"
        first = await wish_of(number, room, make.span("10:00", "11:00", days=1 + number), email)
        second = await wish_of(number, room, make.span("12:00", "13:00", days=1 + number), email)
        made = await asyncio.gather(
            *(guests.book(wish, card=card_of(room), at=NOW) for wish in (first, second))
        )
        assert len({each.member_id for each in made}) == 1


async def test_a_guest_against_a_member(room, alice, house):
    activity = await make.activity(alice, of=house.entity, cents=10**7)
    winners = set()
    for number in range(ROUNDS):
        when = make.span("10:00", "12:00", days=1 + number)
        wish = await wish_of(number, room, when)
        # A guest's way is longer: in every second round they have a start.
        start_seconds = 0.03 if number % 2 else 0.0
        results = await asyncio.gather(
            tried(guests.book(wish, card=card_of(room), at=NOW)),
            after(
                start_seconds,
                reservations.reserve(uuid4(), room.id, when, by=alice, at=NOW, activity_id=activity.id),
            ),
        )
        [won] = [each for each in results if isinstance(each, Reservation)]
        winners.add(won.state)
    assert winners == {"held", "confirmed"}
    await activity.account.refresh_from_db()
    confirmed = await Reservation.filter(state="confirmed").count()
    assert activity.account.debits_pending_cents == confirmed * 2420


async def test_the_end_of_a_hold_against_its_payment(double, room, alice, house):
    """Paid in the last second, while somebody else wants the time: one has it, and who paid and lost gets it back."""
    activity = await make.activity(alice, of=house.entity, cents=10**7)
    late = NOW + timedelta(minutes=32)
    outcomes = set()
    for number in range(ROUNDS):
        when = make.span("10:00", "12:00", days=1 + number)
        made = await guests.book(await wish_of(number, room, when), card=card_of(room), at=NOW)
        double.pay(await payments.checkout(made.id, at=NOW))

        results = await asyncio.gather(
            payments.end_holds(late),
            after(
                0.002 * (number % 4),
                reservations.reserve(uuid4(), room.id, when, by=alice, at=late, activity_id=activity.id),
            ),
            reservations.expire_overdue(late),
            payments.settle_reservation(made.id, at=late),
        )
        await payments.settle_due(late + timedelta(minutes=1))
        done = await Reservation.get(id=made.id)
        back = await Refund.filter(payment__reservation_id=made.id)
        lost = done.state == "expired"
        assert done.state == ("expired" if lost else "confirmed")
        assert [(each.status, each.amount_cents) for each in back] == ([("succeeded", 3630)] if lost else [])
        if isinstance(results[1], Reservation):
            assert lost
        outcomes.add(done.state)
    assert outcomes <= {"expired", "confirmed"}
    assert await overlaps() == 0
