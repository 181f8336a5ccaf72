"""The nightly comparison: what was missed is caught up with, what differs is shown, and goes when it agrees."""

from datetime import timedelta

from booking import payments, reservations
from booking.ledger import Transfer
from booking.payments import Comparison, Difference, Refund, StripeEvent
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, paid


async def test_it_works(double, room, alice):
    await paid(double, room, alice)
    [run] = await payments.compare_all(NOW)
    assert (run.error, run.missed) == ("", run.events)
    assert run.ours == run.theirs == {"2026-11-23 EUR": 2420}
    assert await Difference.all().count() == 0


async def test_three_days_of_silence_are_caught_up_with(double, room, alice):
    """Nothing was heard and nothing looked: paid, given back by hand, disputed. One run later the books are right."""
    one = await held(room, alice, make.span(days=10))
    double.pay(await payments.checkout(one.id, at=NOW))
    two = await paid(double, room, alice, make.span(days=11))
    intent = (await payments.Payment.get(reservation_id=two.id)).intent_id
    double.http.post("/v1/refunds", data={"payment_intent": intent, "amount": "1000"}, auth=(double.key, ""))
    double.later(days=3)
    at = NOW + timedelta(days=3)
    [run] = await payments.compare_all(at)
    assert run.error == ""
    assert run.ours == run.theirs == {"2026-11-23 EUR": 2 * 2420 - 1000}
    assert (await Reservation.get(id=one.id)).state == "confirmed"
    by_hand = await Refund.get(reason="by_hand")
    assert (by_hand.amount_cents, by_hand.status) == (1000, "succeeded")
    assert await payments.work(at) == await StripeEvent.all().count()
    assert await Difference.all().count() == 0


async def test_a_charge_nobody_knows_is_shown_and_told(double, room, alice, monkeypatch):
    from booking import checks

    double.http.post(
        "/v1/payment_intents",
        data={
            "amount": "500",
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "payment_method_types[]": "card",
            "confirm": "true",
        },
        auth=(double.key, ""),
    )
    await payments.compare_all(NOW)
    [found] = await Difference.all()
    assert (found.kind, found.ours_cents, found.theirs_cents) == ("unknown", 0, 500)
    assert "I14" in [each.code for each in await checks.run()]
    await payments.compare_all(NOW + timedelta(minutes=1))
    assert await Difference.all().count() == 1
    await Difference.all().update(settled_at=NOW)


async def test_a_difference_is_settled_when_it_agrees(double, room, alice):
    made = await paid(double, room, alice)
    intent = (await payments.Payment.get()).intent_id
    await Difference.create(
        entity_id=room.venue.entity_id,
        key=f"captured:{intent}",
        kind="captured",
        object_id=intent,
        currency="EUR",
        ours_cents=0,
        theirs_cents=2420,
        found_at=NOW,
        seen_at=NOW,
    )
    await payments.compare_all(NOW)
    assert (await Difference.get()).settled_at is not None
    assert await Transfer.filter(subject=f"card:{made.id}").count() == 2


async def test_a_silent_stripe_is_said(double, room, alice, monkeypatch):
    monkeypatch.setattr(payments.stripe, "NETWORK_RETRIES", 0)
    await paid(double, room, alice)
    double.fail("/v1/events", "500", method="GET", times=5)
    [run] = await payments.compare_all(NOW)
    assert run.error == "no answer"
    assert await Comparison.all().count() == 1


async def test_cancelled_by_then_is_refunded_by_the_run(double, room, alice):
    made = await paid(double, room, alice, make.span(days=5))
    await reservations.cancel(made.id, by=alice, at=NOW)
    [run] = await payments.compare_all(NOW)
    assert run.ours == run.theirs == {"2026-11-23 EUR": 0}
