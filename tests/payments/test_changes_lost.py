"""A dearer change that waits for its card, and what happens to its booking meanwhile: nobody pays twice or has both."""

from datetime import timedelta
from uuid import uuid4

import pytest

from booking import db, notifications, occupancy, payments, reservations
from booking.budgets import Activity, ActivityClosed
from booking.events import Event
from booking.notifications import Message
from booking.payments import Payment, Refund
from booking.places import Resource
from booking.reservations import ChangeHold, Claim, Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import paid
from tests.payments.test_paid_changes import FORM, LONGER, OLD, longer, page_of


async def span_of(made):
    return (await Reservation.get(id=made.id)).span


async def lost(made, cents=1210):
    """The change is lost, its money goes back, and the booking is what it was."""
    assert (await ChangeHold.get()).state == "given_up"
    [refund] = await Refund.filter(payment__reservation_id=made.id)
    assert (refund.amount_cents, refund.status, refund.reason) == (cents, "succeeded", "change_lost")
    assert not await Claim.filter(change_id__isnull=False).exists()


async def test_an_activity_that_was_closed_meanwhile_changes_nothing(double, room, alice, house):
    """It keeps the part it has; the card has paid the rest, so the change counts."""
    activity = await make.activity(alice, of=house.entity, cents=1000)
    made = await paid(double, room, alice, OLD, activity_id=activity.id)
    hold = await longer(room, made, alice)
    double.pay(await page_of(made, hold))
    await Activity.filter(id=activity.id).update(ends_on=NOW.date())
    assert await payments.settle_reservation(made.id, at=NOW)
    done = await Reservation.get(id=made.id)
    assert (done.span, done.total_cents, done.paid_cents, done.card_cents) == (LONGER, 3630, 1000, 2630)


async def test_not_after_the_end_of_the_activity_that_pays_its_part(double, room, alice, house):
    activity = await make.activity(alice, of=house.entity, cents=1000)
    made = await paid(double, room, alice, OLD, activity_id=activity.id)
    await Activity.filter(id=activity.id).update(ends_on=OLD.begins_at.date())
    with pytest.raises(ActivityClosed):
        await longer(room, made, alice, make.span("10:00", "13:00", days=4))
    assert not await ChangeHold.all().exists()
    assert [each.span for each in await Claim.all()] == [OLD]


async def test_whoever_has_used_the_room_does_not_move_it_too(double, room, alice):
    made = await paid(double, room, alice, OLD)
    before = OLD.begins_at - timedelta(minutes=10)
    double.later(minutes=(before - NOW).total_seconds() / 60)
    other = make.span("10:00", "13:00", days=4)
    hold = await longer(room, made, alice, other, at=before)
    double.pay(await page_of(made, hold, at=before))
    await payments.settle_reservation(made.id, at=OLD.begins_at + timedelta(minutes=15))
    assert await span_of(made) == OLD
    await lost(made)


async def test_one_that_runs_can_still_become_longer(double, room, alice):
    made = await paid(double, room, alice, OLD)
    at = OLD.begins_at + timedelta(hours=1)
    double.later(minutes=(at - NOW).total_seconds() / 60)
    hold = await longer(room, made, alice, at=at)
    double.pay(await page_of(made, hold, at=at))
    await payments.settle_reservation(made.id, at=at)
    assert await span_of(made) == LONGER
    assert not await Refund.all().exists()


async def test_whoever_leaves_early_gives_back_the_longer_time_too(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    double.pay(await page_of(made, hold))
    await occupancy.check_in(made.id, by=alice, at=OLD.begins_at)
    # The hold is kept for as long as nobody has asked Stripe.
    await ChangeHold.all().update(held_until=OLD.ends_at)
    gone = OLD.begins_at + timedelta(minutes=90)
    await occupancy.check_out(by=alice, at=gone)
    [claim] = await Claim.all()
    assert claim.ends_at == gone
    await payments.settle_reservation(made.id, at=gone)
    await lost(made)


async def test_a_room_that_is_no_longer_let(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    double.pay(await page_of(made, hold))
    await Resource.filter(id=room.id).update(published=False)
    assert await payments.settle_reservation(made.id, at=NOW)
    assert await span_of(made) == OLD
    await lost(made)


async def test_a_page_that_was_never_opened_does_not_end_the_one_that_is_paid(double, room, alice):
    made = await paid(double, room, alice, OLD)
    hold = await longer(room, made, alice)
    url = await page_of(made, hold)
    second = await Payment.get(number=2)
    await Payment.filter(id=second.id).update(number=3)
    never = await Payment.create(
        id=uuid4(),
        reservation_id=made.id,
        entity_id=second.entity_id,
        change_id=hold.id,
        number=2,
        method="charge",
        status="failed",
        failure="page_refused",
        currency=second.currency,
        amount_cents=second.amount_cents,
        language="en",
        created_at=NOW - timedelta(minutes=1),
        settled_at=NOW,
    )
    double.pay(url)
    at = NOW + timedelta(minutes=33)
    await payments.settle(never.id, at=at)
    await payments.end_holds(at)
    assert await span_of(made) == LONGER
    assert not await Refund.all().exists()


async def test_the_house_moves_it_and_that_is_said(double, room, alice, house):
    stella = await make.manager(house)
    made = await paid(double, room, alice, OLD)
    await longer(room, made, alice)
    await reservations.change(made.id, by=stella, at=NOW, span=make.span("14:00", "16:00", days=3))
    hold = await ChangeHold.get()
    assert (hold.state, hold.closed_at) == ("given_up", NOW)
    [told] = await Event.filter(name="reservation.change_let_go")
    assert (told.subject, told.by_id) == (made.subject, stella.id)
    assert not await db.rows("SELECT 1 AS one FROM claim WHERE change_id IS NOT NULL")


async def mails(kind):
    while await notifications.write_messages(NOW):
        pass
    return await Message.filter(kind=kind)


async def test_one_that_was_not_paid_in_time_is_said_by_mail(double, room, alice, client_of):
    browser = await client_of(alice)
    made = await paid(double, room, alice, OLD)
    page = f"/reservations/{made.id}"
    await browser.post(f"{page}/change", data=FORM)
    at = NOW + timedelta(minutes=33)
    double.later(minutes=33)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    [mail] = await mails("payment_change_expired")
    assert mail.to_email == alice.email
    assert mail.subject.startswith("Not changed, as it was not paid in time")
    assert page in mail.text
    assert mail.calendar_method == ""
    shown = (await browser.get(page)).text
    assert "You asked to change it to" not in shown
    assert "Nothing was paid, and your booking is as it was." in (await browser.get(f"{page}/paid")).text
    # It can be asked for again.
    assert (await browser.post(f"{page}/change", data=FORM)).status_code == 303
    assert (await ChangeHold.get(state="held")).span == LONGER


async def test_whoever_let_it_go_gets_no_mail(double, room, alice, client_of):
    browser = await client_of(alice)
    made = await paid(double, room, alice, OLD)
    await browser.post(f"/reservations/{made.id}/change", data=FORM)
    await browser.post(f"/reservations/{made.id}/change/let-go")
    assert (await ChangeHold.get()).state == "given_up"
    assert await mails("payment_change_expired") == []
