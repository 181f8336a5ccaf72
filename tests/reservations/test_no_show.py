"""Nobody came: the rest is free for others, and the terms say what it costs."""

from datetime import timedelta

import pytest

from booking import occupancy, reservations
from booking.budgets import Activity
from booking.events import Event
from booking.ledger import Transfer
from booking.reservations import Claim, Reservation
from booking.reservations.refusals import GivenAway, Taken
from tests import make
from tests.make import NOW

TODAY = make.span(days=0)
BEGIN, END = TODAY.begins_at, TODAY.ends_at


def after(minutes):
    return BEGIN + timedelta(minutes=minutes)


async def room(**values):
    return await make.resource(**{"release_minutes": 15, "buffer_after_minutes": 30, **values})


async def purse(booked):
    return (await Activity.get(id=booked.activity_id).select_related("account")).account


async def nothing_happened(booked):
    done = await Reservation.get(id=booked.id)
    assert (done.no_show_at, done.released_at) == (None, None)
    assert not await Event.filter(name="reservation.no_show").exists()


async def test_it_works(db):
    quai = await room()
    booked = await make.reservation(quai, await make.member("Alice"), TODAY)
    assert await reservations.release_no_shows(after(14)) == 0
    await nothing_happened(booked)

    assert await reservations.release_no_shows(after(15)) == 1

    done = await Reservation.get(id=booked.id)
    assert (done.state, done.no_show_at, done.released_at) == ("confirmed", after(15), after(15))
    assert (done.begins_at, done.ends_at, done.total_cents) == (BEGIN, END, booked.total_cents)
    # Nobody was there, so there is nothing to clear up.
    assert (await Claim.get()).ends_at == after(15)
    assert await make.reservation(
        quai, await make.member("Bob"), make.span("10:15", "12:00", days=0), moment=after(15)
    )
    assert await reservations.release_no_shows(after(20)) == 0
    assert await Event.filter(name="reservation.no_show").count() == 1


async def test_who_has_come_keeps_the_room(db):
    alice = await make.member("Alice")
    booked = await make.reservation(await room(), alice, TODAY)
    await occupancy.check_in(booked.id, by=alice, at=after(14))
    assert await reservations.release_no_shows(after(15)) == 0
    await nothing_happened(booked)


async def test_where_check_in_is_not_asked_nobody_is_missed(db):
    booked = await make.reservation(await room(release_minutes=None), await make.member("Alice"), TODAY)
    assert await reservations.release_no_shows(END) == 0
    await nothing_happened(booked)


async def test_what_waits_or_was_cancelled_is_nobodys_no_show(db):
    alice = await make.member("Alice")
    asked = await make.reservation(await room(approval=True), alice, TODAY)
    gone = await make.reservation(await room(), alice, TODAY)
    await reservations.cancel(gone.id, by=alice, at=NOW)
    assert await reservations.release_no_shows(after(60)) == 0
    await nothing_happened(asked)
    await reservations.cancel(asked.id, by=alice, at=NOW)


async def test_a_booking_shorter_than_the_wait_counts_at_its_end(db):
    short = make.span("10:00", "10:15", days=0)
    booked = await make.reservation(await room(release_minutes=30), await make.member("Alice"), short)
    assert await reservations.release_no_shows(after(14)) == 0
    assert await reservations.release_no_shows(after(15)) == 1
    done = await Reservation.get(id=booked.id)
    assert (done.no_show_at, done.released_at) == (after(15), None)


async def test_what_the_clockwork_slept_through_for_days_is_left_alone(db):
    booked = await make.reservation(await room(), await make.member("Alice"), TODAY)
    assert await reservations.release_no_shows(END + timedelta(days=1)) == 0
    await nothing_happened(booked)


@pytest.mark.parametrize("posted", [True, False])
@pytest.mark.parametrize(("percent", "fee"), [(50, 1210), (0, 0)])
async def test_the_terms_say_what_not_coming_costs(db, posted, percent, fee):
    booked = await make.reservation(
        await room(no_show_fee_percent=percent), await make.member("Alice"), TODAY
    )
    assert booked.total_cents == 2420
    if posted:
        await reservations.post_started(BEGIN)
    await reservations.release_no_shows(after(15))
    done = await Reservation.get(id=booked.id)
    assert (done.fee_cents, done.paid_cents) == (fee, fee)
    assert (await purse(done)).available_cents == 100_000 - fee
    await reservations.post_started(after(16))
    assert (await purse(done)).available_cents == 100_000 - fee


async def test_by_the_usual_terms_the_price_stays(db):
    booked = await make.reservation(await room(), await make.member("Alice"), TODAY)
    await reservations.post_started(BEGIN)
    moved = await Transfer.all().count()
    await reservations.release_no_shows(after(15))
    assert await Transfer.all().count() == moved
    assert (await purse(booked)).available_cents == 100_000 - booked.total_cents


async def test_what_was_paid_back_is_not_taken_again_by_coming_late(db):
    alice = await make.member("Alice")
    booked = await make.reservation(await room(no_show_fee_percent=50), alice, TODAY)
    await reservations.release_no_shows(after(15))
    with pytest.raises(GivenAway):
        await occupancy.check_in(booked.id, by=alice, at=after(20))


async def test_both_halves_of_a_hall_are_free_again(db):
    half = await room()
    other = await make.resource(at=half.venue)
    from booking.places import units_of

    units = await units_of([half.id, other.id])
    hall = await make.resource(at=half.venue, shares=[*units[half.id], *units[other.id]], release_minutes=10)
    await make.reservation(hall, await make.member("Alice"), TODAY)
    bob = await make.member("Bob")
    with pytest.raises(Taken):
        await make.reservation(other, bob, make.span("11:00", "12:00", days=0))
    await reservations.release_no_shows(after(10))
    assert await make.reservation(other, bob, make.span("11:00", "12:00", days=0), moment=after(11))


async def test_the_house_may_still_cancel_and_give_the_money_back(db):
    quai = await room()
    booked = await make.reservation(quai, await make.member("Alice"), TODAY)
    await reservations.post_started(BEGIN)
    await reservations.release_no_shows(after(15))
    await reservations.cancel(
        booked.id, by=await make.manager(quai.venue), at=after(20), reason="Our door stuck."
    )
    assert await Claim.all().count() == 0
    assert (await purse(booked)).available_cents == 100_000
