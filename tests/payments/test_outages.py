"""Stripe is down, busy, or breaks off, at each thing we ask of it: nothing is lost, nothing is false."""

from datetime import timedelta

import pytest

from booking import payments, reservations
from booking.payments import Payment, Refund, stripe
from booking.payments.models import PaymentCall
from booking.reservations import Claim, Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, ledger_of, paid, payment_of

FAULTS = [("500", "before"), ("500", "after"), ("429", "before"), ("reset", "after"), ("reset", "before")]


@pytest.fixture(autouse=True)
def once(monkeypatch):
    """The library's own retries are taken away, so that the fault is ours to deal with."""
    monkeypatch.setattr(stripe, "NETWORK_RETRIES", 0)


async def again(double, *, at=NOW + timedelta(minutes=2)):
    """Stripe is well again, and the clock asks."""
    double.well()
    stripe._silence.clear()
    await payments.settle_due(at)


@pytest.mark.parametrize(("kind", "moment"), FAULTS)
async def test_opening_the_page(double, room, alice, kind, moment):
    made = await held(room, alice)
    double.fail("/v1/checkout/sessions", kind, moment)
    with pytest.raises(payments.NoAnswer):
        await payments.checkout(made.id, at=NOW)
    assert (await Reservation.get()).state == "held"
    assert await Claim.all().count() == 1
    double.well()
    url = await payments.checkout(made.id, at=NOW + timedelta(seconds=30))
    double.pay(url)
    assert await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get()).state == "confirmed"
    assert (await ledger_of(made))[0] == "card → advance 24.20"


@pytest.mark.parametrize(("kind", "moment"), FAULTS)
async def test_looking(double, room, alice, kind, moment):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    for path in ("/v1/checkout/sessions/*", "/v1/payment_intents/*"):
        double.fail(path, kind, moment, method="GET")
        assert not await payments.settle_reservation(made.id, at=NOW)
        assert (await Reservation.get()).state == "held"
        double.well()
    await again(double)
    assert (await Reservation.get()).state == "confirmed"


@pytest.mark.parametrize(("kind", "moment"), FAULTS)
async def test_refunding(double, room, alice, kind, moment):
    made = await paid(double, room, alice, make.span(days=3))
    await reservations.cancel(made.id, by=alice, at=NOW)
    double.fail("/v1/refunds", kind, moment)
    assert not await payments.settle_reservation(made.id, at=NOW)
    assert (await Refund.get()).status == "asked"
    await again(double)
    assert (await Refund.get()).status == "succeeded"
    assert len(double.get("refunds")["data"]) == 1
    assert (await ledger_of(made))[-1] == "advance → card 24.20"


@pytest.mark.parametrize(("kind", "moment"), FAULTS)
@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_capturing_and_releasing(double, house, alice, kind, moment, answer):
    stella = await make.manager(house)
    room = await make.resource(at=house, approval=True)
    made = await held(room, alice, make.span(days=20))
    double.pay(await payments.checkout(made.id, at=NOW))
    await payments.settle_reservation(made.id, at=NOW)
    double.fail("/v1/payment_intents/*", kind, moment)
    if answer == "yes":
        await reservations.approve(made.id, by=stella, at=NOW)
    else:
        await reservations.decline(made.id, by=stella, at=NOW, reason="No")
    assert not await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get()).state == ("held" if answer == "yes" else "declined")
    await again(double)
    payment = await payment_of(made)
    if answer == "yes":
        assert ((await Reservation.get()).state, payment.captured_cents) == ("confirmed", 2420)
    else:
        assert payment.status == "cancelled"


@pytest.mark.parametrize(("kind", "moment"), FAULTS)
async def test_charging_a_saved_card(double, house, alice, kind, moment):
    stella = await make.manager(house)
    room = await make.resource(at=house, approval=True, approval_hours=240)
    made = await held(room, alice, make.span(days=20))
    double.pay(await payments.checkout(made.id, at=NOW))
    await payments.settle_reservation(made.id, at=NOW)
    await reservations.approve(made.id, by=stella, at=NOW)
    double.fail("/v1/payment_intents", kind, moment)
    await payments.settle_reservation(made.id, at=NOW)
    assert (await Reservation.get()).state == "held"
    await again(double)
    assert (await Reservation.get()).state == "confirmed"
    taken = [each for each in double.get("payment_intents")["data"] if each["status"] == "succeeded"]
    assert len(taken) == 1


async def test_a_hold_whose_payment_nobody_can_ask_about_is_kept_a_little(double, room, alice):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    double.fail("/v1/*", "500", method="GET", times=50)
    at = NOW + timedelta(minutes=32)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    kept = await Reservation.get()
    assert (kept.state, kept.held_until) == ("held", at + timedelta(minutes=5))
    await again(double, at=at + timedelta(minutes=2))
    assert (await Reservation.get()).state == "confirmed"


async def test_a_hold_is_not_kept_for_ever(double, room, alice):
    made = await held(room, alice)
    await payments.checkout(made.id, at=NOW)
    double.fail("/v1/*", "500", method="GET", times=500)
    for minutes in range(32, 80, 2):
        at = NOW + timedelta(minutes=minutes)
        await payments.end_holds(at)
        await reservations.expire_overdue(at)
    assert (await Reservation.get()).state == "expired"


async def test_a_silent_stripe_is_left_alone_for_a_moment(double, room, alice):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    double.fail("/v1/*", "500", method="GET", times=100)
    before = len(double.received(method="GET"))
    for _ in range(30):
        await payments.settle_reservation(made.id, at=NOW)
    assert len(double.received(method="GET")) - before <= 10


async def test_every_key_is_written_before_it_is_used(double, room, alice):
    made = await paid(double, room, alice, make.span(days=3))
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    used = [row["idempotency_key"] for row in double.received() if row["idempotency_key"]]
    known = set(await PaymentCall.all().values_list("key", flat=True))
    assert set(used) == known
    assert len(used) == len(set(used)) == 2
    assert f"{made.id}:1:open" in known


async def test_a_key_refused_by_stripe_is_no_answer(double, room, alice, monkeypatch):
    from starlette.datastructures import Secret

    import settings

    monkeypatch.setattr(settings, "STRIPE_KEYS", Secret("acme:sk_live_x:whsec_x"))
    made = await held(room, alice)
    with pytest.raises(payments.NoAnswer):
        await payments.checkout(made.id, at=NOW)
    assert await Payment.filter(status="opening").count() == 1
