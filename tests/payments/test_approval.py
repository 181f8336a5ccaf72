"""A request by card: authorised or saved, taken after the yes, let go after a no; with a link where the bank asks."""

from datetime import timedelta

from booking import payments, reservations
from booking.events import Event
from booking.payments import Mandate, Payment
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, payment_of
from tests.payments.double import ASKS_LATER, NEEDS_3DS, VISA


async def asked(double, house, alice, number=VISA, **values):
    room = await make.resource(at=house, approval=True, **values)
    made = await held(room, alice, make.span(days=20))
    assert (made.state, made.held_for) == ("held", "card")
    url = await payments.checkout(made.id, at=NOW)
    answer = double.pay(url, number)
    if "/3ds/" in answer.headers.get("location", ""):
        double.authenticate(answer.headers["location"].rpartition("/")[2])
    await payments.settle_reservation(made.id, at=NOW)
    return await Reservation.get(id=made.id)


async def test_it_works(double, house, alice):
    stella = await make.manager(house)
    made = await asked(double, house, alice)
    assert (made.state, made.held_for) == ("held", "approval")
    assert made.held_until == NOW + timedelta(hours=72)
    payment = await payment_of(made)
    assert (payment.status, payment.method, payment.captured_cents) == ("authorised", "authorise", 0)
    done = await reservations.approve(made.id, by=stella, at=NOW)
    assert (done.state, done.held_for) == ("held", "payment")
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get(id=made.id)).state == "confirmed"
    assert (await payment_of(made)).captured_cents == 2420
    names = [each.name for each in await Event.filter(subject=made.subject).order_by("id")]
    assert names == [
        "reservation.awaits_payment",
        "payment.authorised",
        "reservation.held",
        "reservation.agreed",
        "payment.paid",
        "reservation.approved",
        "receipt.issued",
    ]


async def test_a_no_costs_nothing(double, house, alice):
    stella = await make.manager(house)
    made = await asked(double, house, alice)
    await reservations.decline(made.id, by=stella, at=NOW, reason="A concert that day")
    await payments.settle_due(NOW)
    payment = await payment_of(made)
    assert (payment.status, payment.captured_cents) == ("cancelled", 0)
    assert double.get(f"payment_intents/{payment.intent_id}")["status"] == "canceled"


async def test_no_answer_in_time_costs_nothing(double, house, alice):
    made = await asked(double, house, alice)
    at = NOW + timedelta(hours=73)
    await reservations.expire_overdue(at)
    await payments.settle_due(at)
    assert (await Reservation.get(id=made.id)).state == "expired"
    assert (await payment_of(made)).status == "cancelled"


async def test_a_later_answer_needs_a_saved_card(double, house, alice):
    stella = await make.manager(house)
    made = await asked(double, house, alice, approval_hours=240)
    payment = await payment_of(made)
    assert (payment.status, payment.method) == ("saved", "save")
    mandate = await Mandate.get()
    assert "once for this booking" in mandate.words
    assert mandate.most_cents == 2420
    await reservations.approve(made.id, by=stella, at=NOW + timedelta(hours=200))
    await payments.settle_due(NOW + timedelta(hours=200))
    assert (await Reservation.get(id=made.id)).state == "confirmed"
    last = await payment_of(made)
    assert (last.method, last.status, last.captured_cents) == ("saved_charge", "paid", 2420)


async def test_a_bank_that_wants_its_holder_gets_a_link(double, house, alice):
    stella = await make.manager(house)
    made = await asked(double, house, alice, ASKS_LATER, approval_hours=240)
    at = NOW + timedelta(minutes=10)
    await reservations.approve(made.id, by=stella, at=at)
    await payments.settle_due(at)
    waiting = await Reservation.get(id=made.id)
    assert (waiting.state, waiting.held_for) == ("held", "payment")
    tries = await Payment.filter(reservation_id=made.id).order_by("number")
    assert [(each.method, each.status) for each in tries] == [
        ("save", "saved"),
        ("saved_charge", "failed"),
        ("charge", "open"),
    ]
    [link] = await Event.filter(name="payment.link")
    assert link.data["failure"] == "authentication_required"
    answer = double.pay(await payments.checkout(made.id, at=at), NEEDS_3DS)
    double.authenticate(answer.headers["location"].rpartition("/")[2])
    await payments.settle_reservation(made.id, at=at)
    assert (await Reservation.get(id=made.id)).state == "confirmed"
