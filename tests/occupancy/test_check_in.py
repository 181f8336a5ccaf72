"""Somebody has come for their booking."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import budgets, members, occupancy, reservations
from booking.errors import NotFound
from booking.events import Event
from booking.occupancy import Presence
from booking.occupancy import refusals as no
from booking.reservations import Claim, Reservation
from booking.reservations.refusals import GivenAway, HasBegun
from tests import make
from tests.make import NOW
from tests.occupancy.conftest import BEGIN, END, TODAY, after


async def nothing_happened(booked):
    assert await Presence.all().count() == 0
    assert (await Reservation.get(id=booked.id)).checked_in_at is None
    assert not await Event.filter(name__startswith="presence").exists()


async def test_it_works(booked, alice, house):
    stay = await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    assert (stay.venue_id, stay.resource_id, stay.reservation_id) == (house.id, booked.resource_id, booked.id)
    assert (stay.member_id, stay.people, stay.source, stay.ends_at) == (alice.id, 1, "checked_in", None)
    assert (await Reservation.get(id=booked.id)).checked_in_at == BEGIN
    assert (await Event.get(name="reservation.checked_in")).subject == booked.subject
    # Names can be taken off stays, and never off events.
    assert (await Event.get(name="presence.began")).by_id is None
    assert set((await Event.get(name="presence.began")).data) == {"resource_id", "ended"}


async def test_the_second_time_finds_the_first_stay(booked, alice):
    first = await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    again = await occupancy.check_in(booked.id, by=alice, at=after(5))
    assert (again.id, again.begins_at) == (first.id, BEGIN)
    assert await Event.filter(name="reservation.checked_in").count() == 1


async def test_from_a_quarter_of_an_hour_before_until_it_ends(booked, alice):
    with pytest.raises(no.TooEarly) as early:
        await occupancy.check_in(booked.id, by=alice, at=after(-16))
    assert "09:45" in early.value.sentence
    with pytest.raises(no.BookingOver) as late:
        await occupancy.check_in(booked.id, by=alice, at=END)
    assert "12:00" in late.value.sentence
    await nothing_happened(booked)
    assert await occupancy.check_in(booked.id, by=alice, at=after(-15))


async def test_a_host_checks_in_for_a_member(booked, alice, stella):
    stay = await occupancy.check_in(booked.id, by=stella, at=after(3))
    assert (stay.member_id, stay.recorded_by_id) == (alice.id, stella.id)
    assert (await Event.get(name="reservation.checked_in")).by_id == stella.id


async def test_for_all_others_there_is_no_such_booking(booked, room):
    charlie = await make.member("Charlie")
    elsewhere = await make.manager(await make.venue(), "Emma")
    for stranger in (charlie, elsewhere):
        with pytest.raises(NotFound):
            await occupancy.check_in(booked.id, by=stranger, at=BEGIN)
    with pytest.raises(NotFound):
        await occupancy.check_in(uuid4(), by=charlie, at=BEGIN)
    await nothing_happened(booked)


async def test_who_shares_the_activity_sees_it_and_still_is_not_there(room, alice):
    bob = await make.member("Bob")
    activity = await make.activity(bob, of=room.venue.entity)
    await budgets.share_with(activity, alice.id, at=NOW)
    booked = await make.reservation(room, alice, TODAY, on=activity)
    with pytest.raises(NotFound):
        await occupancy.check_in(booked.id, by=bob, at=BEGIN)
    await nothing_happened(booked)


async def test_the_suspended_do_not_come_in(booked, alice, stella):
    await members.suspend(alice, by=None, at=NOW)
    for who in (alice, stella):
        with pytest.raises(no.Suspended):
            await occupancy.check_in(booked.id, by=who, at=BEGIN)
    await nothing_happened(booked)


async def test_what_waits_for_a_host_or_is_cancelled_is_no_booking_to_come_for(db, alice):
    asked = await make.reservation(await make.resource(approval=True), alice, TODAY)
    gone = await make.reservation(await make.resource(), alice, TODAY)
    await reservations.cancel(gone.id, by=alice, at=NOW)
    for each in (asked, gone):
        with pytest.raises(no.NotConfirmed):
            await occupancy.check_in(each.id, by=alice, at=after(-5))
    await nothing_happened(asked)


async def test_things_to_borrow_bring_nobody(alice, db):
    projector = await make.resource(kind="equipment")
    booked = await make.reservation(projector, alice, TODAY)
    with pytest.raises(no.BringsNobody):
        await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    await nothing_happened(booked)


async def test_coming_elsewhere_ends_the_stay_before(booked, alice, house):
    first = await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    beside = await make.reservation(await make.resource(at=house), alice, TODAY)
    second = await occupancy.check_in(beside.id, by=alice, at=after(30))
    far = await make.reservation(await make.resource(), alice, TODAY)
    await occupancy.check_in(far.id, by=alice, at=after(60))
    first, second = await Presence.get(id=first.id), await Presence.get(id=second.id)
    # From room to room the end is known; nobody saw them leave the house.
    assert (first.ends_at, first.estimated) == (after(30), False)
    assert (second.ends_at, second.estimated) == (after(60), True)
    assert await Presence.filter(ends_at=None).count() == 1


async def test_two_clicks_in_one_instant_leave_two_real_stays(booked, alice, house):
    await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    beside = await make.reservation(await make.resource(at=house), alice, TODAY)
    await occupancy.check_in(beside.id, by=alice, at=BEGIN)
    assert await Presence.filter(ends_at=None).count() == 1


async def test_who_comes_after_the_release_has_what_is_still_free(booked, alice):
    await reservations.release_no_shows(after(15))
    await occupancy.check_in(booked.id, by=alice, at=after(25))
    done = await Reservation.get(id=booked.id)
    assert (done.no_show_at, done.released_at, done.checked_in_at) == (None, None, after(25))
    assert (await Claim.get(reservation_id=booked.id)).ends_at == END + timedelta(minutes=15)


async def test_what_somebody_else_has_by_then_is_gone(booked, alice, room):
    await reservations.release_no_shows(after(15))
    await make.reservation(
        room, await make.member("Bob"), make.span("11:00", "12:00", days=0), moment=after(20)
    )
    with pytest.raises(GivenAway):
        await occupancy.check_in(booked.id, by=alice, at=after(25))
    await nothing_happened(booked)
    assert (await Claim.get(reservation_id=booked.id)).ends_at == after(15)


async def test_once_here_the_beginning_stays_where_it_is(booked, alice):
    await occupancy.check_in(booked.id, by=alice, at=after(-10))
    with pytest.raises(HasBegun):
        await reservations.change(booked.id, by=alice, at=after(-9), span=make.span("14:00", "16:00", days=0))


async def test_where_proof_is_asked_for_the_display_gives_it(booked, alice, stella, house):
    await occupancy.ask_for_proof(house, True, by_id=stella.id, at=NOW)
    with pytest.raises(no.ProofNeeded):
        await occupancy.check_in(booked.id, by=alice, at=BEGIN)
    right = occupancy.display_code(house, BEGIN)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    with pytest.raises(no.WrongProof):
        await occupancy.check_in(booked.id, by=alice, at=BEGIN, proof=wrong)
    await nothing_happened(booked)
    assert await occupancy.check_in(booked.id, by=alice, at=BEGIN, proof=f"{right[:3]} {right[3:]}")


async def test_a_host_saw_them_and_needs_no_proof(booked, stella, house):
    await occupancy.ask_for_proof(house, True, by_id=stella.id, at=NOW)
    assert await occupancy.check_in(booked.id, by=stella, at=BEGIN)
