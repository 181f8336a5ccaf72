"""Somebody leaves, and the rest of their booking is free for others."""

from datetime import timedelta

import pytest

from booking import occupancy, reservations
from booking.errors import NotFound
from booking.events import Event
from booking.occupancy import Presence
from booking.occupancy import refusals as no
from booking.reservations import Claim, Reservation
from booking.reservations.refusals import GivenAway, GivenBack, Taken
from tests import make
from tests.occupancy.conftest import BEGIN, END, after


@pytest.fixture
async def stay(booked, alice):
    return await occupancy.check_in(booked.id, by=alice, at=BEGIN)


async def test_it_works(stay, booked, alice, room):
    ended = await occupancy.check_out(by=alice, at=after(60))
    assert (ended.id, ended.ends_at, ended.estimated) == (stay.id, after(60), False)
    done = await Reservation.get(id=booked.id)
    assert (done.checked_out_at, done.released_at, done.ends_at) == (after(60), after(60), END)
    # The time to clear up stays taken, as somebody was there.
    assert (await Claim.get(reservation_id=booked.id)).ends_at == after(75)
    bob = await make.member("Bob")
    with pytest.raises(Taken):
        await make.reservation(room, bob, make.span("11:00", "11:45", days=0), moment=after(60))
    assert await make.reservation(room, bob, make.span("11:15", "11:45", days=0), moment=after(61))


async def test_the_price_stays(stay, booked, alice):
    await reservations.post_started(BEGIN)
    await occupancy.check_out(by=alice, at=after(60))
    done = await Reservation.get(id=booked.id)
    assert (done.total_cents, done.paid_cents, done.fee_cents) == (booked.total_cents, booked.paid_cents, 0)


async def test_whoever_came_along_may_keep_the_room(stay, booked, alice):
    await occupancy.check_out(by=alice, at=after(60), give_back=False)
    done = await Reservation.get(id=booked.id)
    assert (done.checked_out_at, done.released_at) == (after(60), None)
    assert (await Claim.get(reservation_id=booked.id)).ends_at == END + timedelta(minutes=15)
    back = await occupancy.check_in(booked.id, by=alice, at=after(90))
    assert back.id != stay.id
    assert (await Reservation.get(id=booked.id)).checked_out_at is None


async def test_after_the_end_nothing_is_given_back(stay, booked, alice):
    await occupancy.check_out(by=alice, at=END + timedelta(minutes=20))
    done = await Reservation.get(id=booked.id)
    assert (done.checked_out_at, done.released_at) == (END + timedelta(minutes=20), None)
    assert await Event.filter(name="reservation.checked_out").count() == 1


async def test_before_it_begins_they_have_not_come_yet(booked, alice):
    await occupancy.check_in(booked.id, by=alice, at=after(-15))
    await occupancy.check_out(by=alice, at=after(-5))
    done = await Reservation.get(id=booked.id)
    assert (done.checked_in_at, done.checked_out_at, done.released_at) == (None, None, None)
    assert (await Presence.get()).reservation_id is None
    assert await occupancy.check_in(booked.id, by=alice, at=BEGIN)


async def test_who_is_not_here_cannot_leave(booked, alice, house):
    with pytest.raises(no.NotHere):
        await occupancy.check_out(by=alice, at=BEGIN)
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    with pytest.raises(no.NotHere):
        await occupancy.check_out(by=alice, at=after(1), venue=await make.venue())
    assert (await Presence.get()).ends_at is None
    await occupancy.check_out(by=alice, at=after(1), venue=house)
    with pytest.raises(no.NotHere):
        await occupancy.check_out(by=alice, at=after(2))


async def test_a_host_sees_somebody_leave_and_the_second_time_changes_nothing(stay, booked, stella):
    await occupancy.check_out_for(stay.id, by=stella, at=after(60))
    again = await occupancy.check_out_for(stay.id, by=stella, at=after(70))
    assert again.ends_at == after(60)
    assert await Event.filter(name="presence.ended").count() == 1


async def test_for_others_there_is_no_such_stay(stay, alice):
    for stranger in (alice, await make.member("Charlie"), await make.manager(await make.venue(), "Emma")):
        for act in (occupancy.check_out_for, occupancy.undo_check_in, occupancy.undo_check_out):
            with pytest.raises(NotFound):
                await act(stay.id, by=stranger, at=after(5))
    assert (await Presence.get()).ends_at is None


async def test_what_was_given_back_is_neither_changed_nor_come_for_when_it_is_gone(stay, booked, alice, room):
    await occupancy.check_out(by=alice, at=after(30))
    with pytest.raises(GivenBack):
        await reservations.change(booked.id, by=alice, at=after(31), span=make.span("10:00", "13:00", days=0))
    await make.reservation(
        room, await make.member("Bob"), make.span("11:00", "12:00", days=0), moment=after(31)
    )
    with pytest.raises(GivenAway):
        await occupancy.check_in(booked.id, by=alice, at=after(40))


async def test_a_host_takes_back_a_check_out(stay, booked, stella):
    await occupancy.check_out_for(stay.id, by=stella, at=after(30))
    again = await occupancy.undo_check_out(stay.id, by=stella, at=after(32))
    assert (again.id, again.ends_at) == (stay.id, None)
    done = await Reservation.get(id=booked.id)
    assert (done.checked_in_at, done.checked_out_at, done.released_at) == (BEGIN, None, None)
    assert (await Claim.get(reservation_id=booked.id)).ends_at == END + timedelta(minutes=15)
    assert (await occupancy.undo_check_out(stay.id, by=stella, at=after(33))).ends_at is None


async def test_not_when_somebody_has_the_rest_or_the_member_is_elsewhere_or_it_is_over(
    stay, booked, alice, stella, room, house
):
    await occupancy.check_out_for(stay.id, by=stella, at=after(30))
    await occupancy.walk_in(
        house, by=stella, member=alice, at=after(31), resource=await make.resource(at=house)
    )
    with pytest.raises(no.AlreadyHere):
        await occupancy.undo_check_out(stay.id, by=stella, at=after(32))
    await occupancy.check_out(by=alice, at=after(33))
    await make.reservation(
        room, await make.member("Bob"), make.span("11:00", "12:00", days=0), moment=after(34)
    )
    with pytest.raises(GivenAway):
        await occupancy.undo_check_out(stay.id, by=stella, at=after(35))
    with pytest.raises(no.BookingOver):
        await occupancy.undo_check_out(stay.id, by=stella, at=END)
    assert (await Presence.get(id=stay.id)).ends_at == after(30)
