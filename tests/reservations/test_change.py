"""Moving, extending and shortening: the same rules and locks as reserving, the price told before."""

from datetime import date, timedelta

import pytest

from booking import budgets, reservations
from booking.budgets import Activity, ActivityClosed, NotEnoughBudget, OverLimit
from booking.errors import NotFound
from booking.events import Event
from booking.ledger import Transfer
from booking.pricing.models import TariffRow
from booking.reservations import Claim, Reservation
from booking.reservations import refusals as no
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW


@pytest.fixture
async def room(db):
    return await make.resource(free_until_hours=24)


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def booked(room, alice):
    return await make.reservation(room, alice, make.span(days=3))


async def purse(reservation):
    return (await Activity.get(id=reservation.activity_id).select_related("account")).account


async def unchanged(booked):
    fresh = await Reservation.get(id=booked.id)
    assert (fresh.span, fresh.sequence, fresh.total_cents) == (booked.span, 0, 2420)
    assert (await Claim.get(reservation_id=booked.id)).span == booked.span
    assert (await purse(booked)).debits_pending_cents == 2420
    assert await Event.filter(name="reservation.changed").count() == 0


async def test_it_works(booked, alice):
    longer = make.span("10:00", "13:00", days=3)
    offer = await reservations.change_offer(booked, longer, by=alice, at=NOW, people=1, quantity=1)
    assert (offer.difference_cents, offer.refusals) == (1210, [])

    done = await reservations.change(booked.id, by=alice, at=NOW, span=longer)

    assert (done.span, done.sequence, done.total_cents, done.uid) == (longer, 1, 3630, booked.uid)
    assert (await Claim.get(reservation_id=done.id)).span == longer
    assert (await purse(done)).debits_pending_cents == 3630
    event = await Event.get(name="reservation.changed")
    assert event.data["before"]["ends_at"] != event.data["after"]["ends_at"]


async def test_moving_onto_its_own_time_is_no_clash(booked, alice):
    done = await reservations.change(booked.id, by=alice, at=NOW, span=make.span("11:00", "13:00", days=3))
    assert done.total_cents == 2420


async def test_shorter_in_time_costs_less(booked, alice):
    done = await reservations.change(booked.id, by=alice, at=NOW, span=make.span("10:00", "11:00", days=3))
    assert done.total_cents == 1210
    assert (await purse(done)).debits_pending_cents == 1210


async def test_after_the_free_time_a_change_is_no_way_round_the_fee(booked, alice):
    late = booked.begins_at - timedelta(hours=3)
    later = make.span("10:00", "11:00", days=30)
    done = await reservations.change(booked.id, by=alice, at=late, span=later)
    assert done.total_cents == 2420
    assert reservations.cancel_offer(done, late).fee_cents == 1210


async def test_what_is_only_asked_for_may_become_cheaper_late(alice):
    """Giving it back costs nothing until a host has answered, so a change is no way round a fee."""
    room = await make.resource(free_until_hours=24, approval=True)
    asked = await make.reservation(room, alice)
    late = asked.begins_at - timedelta(hours=3)
    await Reservation.filter(id=asked.id).update(held_until=asked.begins_at)
    shorter = TimeSpan(asked.begins_at, asked.begins_at + timedelta(hours=1))
    done = await reservations.change(asked.id, by=alice, at=late, span=shorter)
    assert (done.state, done.total_cents) == ("held", asked.total_cents // 2)


async def test_a_taken_time_is_refused_and_everything_stays(booked, alice, room):
    bob = await make.member("Bob")
    await make.reservation(room, bob, make.span("14:00", "16:00", days=3))
    with pytest.raises(no.Taken) as refusal:
        await reservations.change(booked.id, by=alice, at=NOW, span=make.span("13:00", "15:00", days=3))
    assert refusal.value.alternatives
    await unchanged(booked)


async def test_too_little_budget_is_refused_and_everything_stays(room, alice):
    money = await make.activity(alice, of=room.venue.entity, cents=3000)
    booked = await make.reservation(room, alice, make.span(days=3), on=money)
    with pytest.raises(NotEnoughBudget):
        await reservations.change(booked.id, by=alice, at=NOW, span=make.span("10:00", "13:00", days=3))
    await unchanged(booked)


async def test_closing_hours_hold_for_changes_too(booked, alice):
    with pytest.raises(no.NotOpen):
        await reservations.change(booked.id, by=alice, at=NOW, span=make.span("20:00", "23:00", days=3))
    await unchanged(booked)


async def test_words_change_without_asking_about_time(booked, alice):
    done = await reservations.change(booked.id, by=alice, at=NOW, title="Read-through", people=5)
    assert (done.title, done.people, done.sequence) == ("Read-through", 5, 0)
    with pytest.raises(no.TooManyPeople):
        await reservations.change(booked.id, by=alice, at=NOW, people=50)


async def test_once_begun_it_can_be_extended_for_the_difference(booked, alice):
    during = booked.begins_at + timedelta(minutes=30)
    await reservations.post_started(during)
    longer = TimeSpan(booked.begins_at, booked.ends_at + timedelta(hours=1))
    done = await reservations.change(booked.id, by=alice, at=during, span=longer)
    budget = await purse(done)
    assert (done.total_cents, budget.balance_cents, budget.debits_pending_cents) == (3630, 96_370, 0)


async def test_extending_before_the_job_posted_takes_all_at_once(booked, alice):
    during = booked.begins_at + timedelta(seconds=20)
    longer = TimeSpan(booked.begins_at, booked.ends_at + timedelta(hours=1))
    await reservations.change(booked.id, by=alice, at=during, span=longer)
    assert (await purse(booked)).balance_cents == 96_370
    assert await reservations.post_started(during) == 0


async def test_once_begun_it_can_end_earlier_and_the_room_is_free_again(booked, alice, room):
    during = booked.begins_at + timedelta(minutes=30)
    await reservations.post_started(during)
    shorter = TimeSpan(booked.begins_at, during)
    done = await reservations.change(booked.id, by=alice, at=during, span=shorter)
    assert (done.ends_at, done.released_at, done.total_cents) == (during, during, 2420)
    assert (await purse(done)).balance_cents == 97_580
    bob = await make.member("Bob")
    rest = TimeSpan(during, booked.ends_at)
    assert (await make.reservation(room, bob, rest, moment=during)).state == "confirmed"


async def test_the_beginning_of_what_has_begun_stays(booked, alice):
    during = booked.begins_at + timedelta(minutes=30)
    with pytest.raises(no.HasBegun):
        await reservations.change(booked.id, by=alice, at=during, span=make.span("11:00", "13:00", days=3))
    await unchanged(booked)


async def test_what_is_over_or_cancelled_cannot_be_changed(booked, alice):
    with pytest.raises(no.IsOver):
        await reservations.change(booked.id, by=alice, at=booked.ends_at, title="x")
    await reservations.cancel(booked.id, by=alice, at=NOW)
    with pytest.raises(no.NotLive):
        await reservations.change(booked.id, by=alice, at=NOW, title="x")


async def test_a_stranger_learns_nothing(booked):
    charlie = await make.member("Charlie")
    with pytest.raises(NotFound):
        await reservations.change(booked.id, by=charlie, at=NOW, title="mine now")
    await unchanged(booked)
    assert await Transfer.filter(kind="void").count() == 0


async def test_a_dearer_tariff_from_another_day_on_is_not_for_what_was_booked_before(booked, alice, room):
    await TariffRow.create(
        resource_id=room.id, category="member", from_on=date(2026, 12, 1), currency="EUR", hour_cents=2000
    )
    later = make.span(days=20)
    offer = await reservations.change_offer(booked, later, by=alice, at=NOW, people=1, quantity=1)
    done = await reservations.change(booked.id, by=alice, at=NOW, span=later)
    assert (offer.difference_cents, done.total_cents) == (0, 2420)


async def test_the_same_price_after_the_activity_has_ended_is_refused(room, alice):
    money = await make.activity(alice, of=room.venue.entity, ends_on=date(2026, 11, 30))
    booked = await make.reservation(room, alice, make.span(days=3), on=money)
    later = make.span(days=20)
    offer = await reservations.change_offer(booked, later, by=alice, at=NOW, people=1, quantity=1)
    assert [each.code for each in offer.refusals] == ["activity_closed"]
    with pytest.raises(ActivityClosed):
        await reservations.change(booked.id, by=alice, at=NOW, span=later)
    await unchanged(booked)


async def test_the_same_price_in_a_month_that_is_spent_is_refused(room, alice):
    bob = await make.member("Bob")
    money = await make.activity(alice, of=room.venue.entity)
    await budgets.share_with(money, bob.id, month_limit_cents=3000, at=NOW)
    await make.reservation(room, bob, make.span(days=20), on=money)
    booked = await make.reservation(room, bob, make.span(days=3), on=money)
    with pytest.raises(OverLimit):
        await reservations.change(booked.id, by=bob, at=NOW, span=make.span(days=21))
    assert (await Reservation.get(id=booked.id)).span == booked.span


async def test_a_running_booking_does_not_grow_past_a_limit_piece_by_piece(room, alice):
    bob = await make.member("Bob")
    money = await make.activity(alice, of=room.venue.entity)
    await budgets.share_with(money, bob.id, reservation_limit_cents=3000, at=NOW)
    booked = await make.reservation(room, bob, make.span(days=3), on=money)
    during = booked.begins_at + timedelta(minutes=30)
    await reservations.post_started(during)
    longer = TimeSpan(booked.begins_at, booked.ends_at + timedelta(hours=1))
    with pytest.raises(OverLimit):
        await reservations.change(booked.id, by=bob, at=during, span=longer)
    assert (await purse(booked)).balance_cents == 97_580


async def test_growing_needs_the_difference_and_not_the_whole_price_once_more(room, alice):
    money = await make.activity(alice, of=room.venue.entity, cents=4000)
    booked = await make.reservation(room, alice, make.span(days=3), on=money)
    during = booked.begins_at + timedelta(minutes=30)
    await reservations.post_started(during)
    running = await Reservation.get(id=booked.id)
    longer = TimeSpan(booked.begins_at, booked.ends_at + timedelta(hours=1))
    offer = await reservations.change_offer(running, longer, by=alice, at=during, people=1, quantity=1)
    assert (offer.refusals, offer.difference_cents, offer.left_cents) == ([], 1210, 370)
    await reservations.change(booked.id, by=alice, at=during, span=longer)
    assert (await purse(booked)).available_cents == 370


async def test_a_request_that_nobody_answered_in_time_is_not_in_the_way(room, booked, alice):
    bob = await make.member("Bob")
    stale = await make.reservation(room, bob, make.span("14:00", "16:00", days=3))
    await Reservation.filter(id=stale.id).update(state="held", held_until=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    done = await reservations.change(booked.id, by=alice, at=later, span=make.span("14:00", "16:00", days=3))
    assert done.span == stale.span
    assert (await Reservation.get(id=stale.id)).state == "expired"
