"""Golden ledgers: what stands in the books, line by line, for each way a card payment can go."""

from datetime import timedelta

from booking import payments, reservations
from booking.payments import Dispute, Payment, Refund
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, ledger_of, paid, payment_of


async def later(reservation, at):
    """The clock goes on, and what is due is done."""
    await payments.settle_due(at)


async def test_booked_and_used(double, room, alice):
    made = await paid(double, room, alice)
    await later(made, made.begins_at + timedelta(minutes=1))
    assert await ledger_of(made) == [
        "card → advance 24.20",
        "fees → card 0.61",
        "advance → income 20.00",
        "advance → vat 4.20",
    ]
    again = made.begins_at + timedelta(minutes=2)
    await later(made, again)
    assert len(await ledger_of(made)) == 4


async def test_cancelled_in_time(double, room, alice):
    made = await paid(double, room, alice, make.span(days=3))
    await reservations.cancel(made.id, by=alice, at=NOW)
    await later(made, NOW)
    assert await ledger_of(made) == ["card → advance 24.20", "fees → card 0.61", "advance → card 24.20"]
    [refund] = await Refund.all()
    assert (refund.reason, refund.status, refund.amount_cents) == ("cancelled", "succeeded", 2420)


async def test_cancelled_late(double, room, alice):
    made = await paid(double, room, alice)
    at = made.begins_at - timedelta(hours=2)
    await reservations.cancel(made.id, by=alice, at=at)
    await later(made, at)
    assert await ledger_of(made) == [
        "card → advance 24.20",
        "fees → card 0.61",
        "advance → income 10.00",
        "advance → vat 2.10",
        "advance → card 12.10",
    ]
    assert (await Reservation.get(id=made.id)).fee_cents == 1210


async def test_not_coming_costs_the_share_that_the_terms_name(double, alice, house):
    room = await make.resource(at=house, release_minutes=15, no_show_fee_percent=50)
    made = await paid(double, room, alice)
    at = made.begins_at + timedelta(minutes=16)
    await later(made, made.begins_at)
    assert await reservations.release_no_shows(at) == 1
    await later(made, at)
    assert (await Reservation.get(id=made.id)).fee_cents == 1210
    assert await ledger_of(made) == [
        "card → advance 24.20",
        "fees → card 0.61",
        "advance → income 20.00",
        "income → advance 10.00",
        "advance → vat 4.20",
        "vat → advance 2.10",
        "advance → card 12.10",
    ]


async def test_the_venue_cancels_what_has_begun(double, room, alice, house):
    stella = await make.manager(house)
    made = await paid(double, room, alice)
    at = made.begins_at + timedelta(minutes=1)
    await later(made, at)
    await reservations.cancel(made.id, by=stella, at=at, reason="Water in the cellar")
    await later(made, at)
    assert (await ledger_of(made))[2:] == [
        "advance → income 20.00",
        "income → advance 20.00",
        "advance → vat 4.20",
        "vat → advance 4.20",
        "advance → card 24.20",
    ]
    assert (await Refund.get()).reason == "cancelled_by_venue"


async def test_refunded_in_part_by_a_change(double, room, alice):
    made = await paid(double, room, alice, make.span(days=3))
    await reservations.change(made.id, by=alice, at=NOW, span=make.span("10:00", "11:00", days=3))
    await later(made, NOW)
    assert await ledger_of(made) == ["card → advance 24.20", "fees → card 0.61", "advance → card 12.10"]
    done = await Reservation.get(id=made.id)
    assert (done.state, done.card_cents, done.total_cents) == ("confirmed", 1210, 1210)
    assert (await Refund.get()).reason == "changed"
    await later(made, done.begins_at)
    assert await ledger_of(made) == [
        "card → advance 24.20",
        "fees → card 0.61",
        "advance → income 10.00",
        "advance → vat 2.10",
        "advance → card 12.10",
    ]


async def test_paid_and_claim_lost(double, room, alice):
    made = await held(room, alice)
    url = await payments.checkout(made.id, at=NOW)
    double.pay(url)
    await reservations.expire_overdue(NOW + timedelta(minutes=40))
    bob = await make.reservation(room, await make.member("Bob"))
    await payments.settle_due(NOW + timedelta(minutes=41))
    assert (await Reservation.get(id=made.id)).state == "expired"
    assert (await Reservation.get(id=bob.id)).state == "confirmed"
    assert await ledger_of(made) == ["card → advance 24.20", "fees → card 0.61", "advance → card 24.20"]
    assert (await Refund.get()).reason == "claim_lost"


async def test_disputed_and_won(double, room, alice):
    made = await paid(double, room, alice)
    charge = (await payment_of(made)).charge_id
    double.ask("disputes", charge=charge, reason="fraudulent")
    await payments.settle_reservation(made.id, at=NOW)
    assert await ledger_of(made) == [
        "card → advance 24.20",
        "fees → card 0.61",
        "disputes → card 24.20",
        "fees → card 20.00",
    ]
    [dispute] = await Dispute.all()
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    double.ask("disputes", dispute=dispute.stripe_id, outcome="won")
    await payments.settle_reservation(made.id, at=NOW)
    lines = await ledger_of(made)
    assert "card → disputes 24.20" in lines
    assert (await Dispute.get()).status == "won"


async def test_disputed_and_lost(double, room, alice):
    """The bank keeps it: the loss stays where everybody sees it, and what is gone is not given back once more."""
    made = await paid(double, room, alice, make.span(days=3))
    charge = (await payment_of(made)).charge_id
    double.ask("disputes", charge=charge, reason="fraudulent")
    await payments.settle_reservation(made.id, at=NOW)
    [dispute] = await Dispute.all()
    double.ask("disputes", dispute=dispute.stripe_id, outcome="lost")
    await payments.settle_reservation(made.id, at=NOW)
    lost = [
        "card → advance 24.20",
        "fees → card 0.61",
        "disputes → card 24.20",
        "fees → card 20.00",
    ]
    assert await ledger_of(made) == lost
    assert (await Dispute.get()).status == "lost"
    assert (await Dispute.get()).closed_at == NOW
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_due(NOW + timedelta(minutes=1))
    [refund] = await Refund.all()
    assert (refund.status, refund.failure) == ("failed", "charge_disputed")  # a treasurer sees it
    assert await ledger_of(made) == lost


async def test_budget_and_card_together(double, room, alice, house):
    activity = await make.activity(alice, of=house.entity, cents=1000)
    made = await paid(double, room, alice, make.span(days=3), activity_id=activity.id)
    assert (made.state, made.paid_cents, made.card_cents, made.total_cents) == ("confirmed", 1000, 1420, 2420)
    at = made.begins_at - timedelta(hours=2)
    done = await reservations.cancel(made.id, by=alice, at=at)
    assert (done.fee_cents, done.paid_cents) == (1210, 500)
    await payments.settle_due(at)
    assert (await Refund.get()).amount_cents == 710
    assert "advance → card 7.10" in await ledger_of(made)


async def test_budget_and_card_is_let_go_together(double, room, alice, house):
    activity = await make.activity(alice, of=house.entity, cents=1000)
    made = await held(room, alice, activity_id=activity.id)
    await payments.checkout(made.id, at=NOW)
    assert await Payment.filter(reservation_id=made.id).count() == 1
    double.later(minutes=33)
    await payments.end_holds(NOW + timedelta(minutes=33))
    await activity.account.refresh_from_db()
    assert activity.account.available_cents == 1000
