"""Requests that wait for the house: approved, declined, or let go when nobody answers."""

from datetime import timedelta

import pytest

from booking import reservations
from booking.budgets import Activity
from booking.errors import NotFound
from booking.reservations import Claim, Reservation
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db):
    return await make.resource(approval=True)


@pytest.fixture
async def stella(room):
    return await make.manager(room.venue)


@pytest.fixture
async def asked(room):
    return await make.reservation(room, await make.member("Alice"), make.span(days=10))


async def pending(reservation):
    found = await Activity.get(id=reservation.activity_id).select_related("account")
    return found.account.debits_pending_cents


async def test_it_works(asked, stella):
    done = await reservations.approve(asked.id, by=stella, at=NOW)
    assert (done.state, done.decided_by_id, done.held_until) == ("confirmed", stella.id, None)
    assert await pending(done) == 2420
    assert await reservations.expire_overdue(NOW + timedelta(days=4)) == 0


async def test_declining_frees_the_room_and_the_money(asked, stella):
    with pytest.raises(no.ReasonNeeded):
        await reservations.decline(asked.id, by=stella, at=NOW, reason=" ")
    done = await reservations.decline(asked.id, by=stella, at=NOW, reason="The hall is being painted.")
    assert (done.state, await pending(done), await Claim.all().count()) == ("declined", 0, 0)


async def test_an_answer_is_given_once(asked, stella):
    await reservations.approve(asked.id, by=stella, at=NOW)
    with pytest.raises(no.NotWaiting):
        await reservations.decline(asked.id, by=stella, at=NOW, reason="changed my mind")
    assert (await Reservation.get(id=asked.id)).state == "confirmed"


async def test_what_was_agreed_is_not_moved_or_lengthened_by_its_member(asked, stella):
    alice = await asked.member
    await reservations.approve(asked.id, by=stella, at=NOW)
    for wish in (make.span(days=11), make.span("10:00", "14:00", days=10)):
        with pytest.raises(no.AgreedTime):
            await reservations.change(asked.id, by=alice, at=NOW, span=wish)
        offer = await reservations.change_offer(
            await Reservation.get(id=asked.id), wish, by=alice, at=NOW, people=1, quantity=1
        )
        assert [type(each) for each in offer.refusals] == [no.AgreedTime]
    assert (await Reservation.get(id=asked.id)).span == asked.span
    shorter = await reservations.change(asked.id, by=alice, at=NOW, span=make.span("10:00", "11:00", days=10))
    assert shorter.state == "confirmed"
    moved = await reservations.change(asked.id, by=stella, at=NOW, span=make.span(days=11))
    assert (moved.state, moved.span) == ("confirmed", make.span(days=11))


async def test_a_request_can_still_be_moved_while_it_waits(asked):
    alice = await asked.member
    moved = await reservations.change(asked.id, by=alice, at=NOW, span=make.span(days=12))
    assert (moved.state, moved.span) == ("held", make.span(days=12))


async def test_nobody_answers_and_the_hold_ends(asked):
    late = asked.held_until + timedelta(seconds=1)
    assert await reservations.expire_overdue(asked.held_until - timedelta(seconds=1)) == 0
    assert await reservations.expire_overdue(late) == 1
    assert await reservations.expire_overdue(late) == 0
    done = await Reservation.get(id=asked.id)
    assert (done.state, await pending(done), await Claim.all().count()) == ("expired", 0, 0)


async def test_a_member_cannot_approve_their_own_request(asked):
    alice = await asked.member
    with pytest.raises(NotFound):
        await reservations.approve(asked.id, by=alice, at=NOW)
    assert (await Reservation.get(id=asked.id)).state == "held"


async def test_a_manager_elsewhere_is_a_stranger_here(asked):
    elsewhere = await make.manager(await make.venue())
    with pytest.raises(NotFound):
        await reservations.approve(asked.id, by=elsewhere, at=NOW)


async def test_past_its_time_a_request_is_no_longer_approved(asked, stella):
    with pytest.raises(no.NotWaiting):
        await reservations.approve(asked.id, by=stella, at=asked.held_until)
    assert (await Reservation.get(id=asked.id)).state == "held"
