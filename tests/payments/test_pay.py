"""Hold, pay, confirm: the ordinary way, and each way in which it ends otherwise."""

from datetime import timedelta

from booking import payments
from booking.events import Event
from booking.reservations import Claim, Reservation
from tests.make import NOW
from tests.payments.conftest import held, ledger_of, payment_of


async def test_it_works(double, room, alice):
    made = await held(room, alice)
    assert (made.state, made.held_for, made.card_cents) == ("held", "payment", 2420)
    url = await payments.checkout(made.id, at=NOW)
    payment = await payment_of(made)
    assert url.startswith(double.base)
    assert payment.expires_at == (await Reservation.get(id=made.id)).held_until
    double.pay(url)
    assert await payments.settle_reservation(made.id, at=NOW)
    done = await Reservation.get(id=made.id)
    assert (done.state, done.held_until, done.held_for) == ("confirmed", None, "")
    payment = await payment_of(made)
    assert (payment.status, payment.captured_cents, payment.fee_cents) == ("paid", 2420, 61)
    assert await ledger_of(made) == ["card → advance 24.20", "fees → card 0.61"]
    names = [each.name for each in await Event.filter(subject=made.subject).order_by("id")]
    assert names == [
        "reservation.awaits_payment",
        "payment.paid",
        "reservation.confirmed",
        "receipt.issued",
    ]


async def test_the_page_is_the_same_one_until_it_is_paid(double, room, alice):
    made = await held(room, alice)
    first = await payments.checkout(made.id, at=NOW)
    assert await payments.checkout(made.id, at=NOW + timedelta(minutes=5)) == first
    assert len(double.received("/v1/checkout/sessions")) == 1


async def test_an_abandoned_page_ends_with_the_hold(double, room, alice):
    made = await held(room, alice)
    await payments.checkout(made.id, at=NOW)
    at = NOW + timedelta(minutes=33)
    double.later(minutes=33)
    await payments.end_holds(at)
    done = await Reservation.get(id=made.id)
    assert done.state == "expired"
    assert await Claim.filter(reservation_id=made.id).count() == 0
    assert (await payment_of(made)).status == "expired"
    assert await ledger_of(made) == []
