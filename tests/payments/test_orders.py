"""Every order of six events of one payment, heard once or more often: always the same end, from a fresh booking."""

import itertools
import random

import pytest

from booking import payments
from booking.payments import Dispute, Receipt, Refund, StripeEvent
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, ledger_of, payment_of
from tests.payments.double import DECLINED
from tests.payments.test_webhook import PATH

SEED = 20261126
ORDERS = list(itertools.permutations(range(6)))
KINDS_OF_A_LIFE = [
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.refunded",
    "refund.created",
    "charge.dispute.created",
]


async def a_life_that_nobody_heard_of(double, room, alice, when):
    """Refused once, paid, given back in part by hand, disputed: all of it at Stripe, and nothing of it here."""
    made = await held(room, alice, when)
    url = await payments.checkout(made.id, at=NOW)
    double.pay(url, DECLINED)
    double.pay(url)
    [intent] = [
        each
        for each in double.get("payment_intents", limit=5)["data"]
        if each["metadata"]["reservation"] == str(made.id)
    ]
    double.http.post(
        "/v1/refunds", data={"payment_intent": intent["id"], "amount": "300"}, auth=(double.key, "")
    )
    double.ask("disputes", charge=intent["latest_charge"], reason="fraudulent")
    newest = double.get("events", limit=10)["data"]  # this booking's own: there are ten of it
    by_kind = {event["type"]: event for event in newest}
    return made, [by_kind[kind] for kind in KINDS_OF_A_LIFE]


async def picture(made):
    """Everything that came of it, without ids and moments."""
    payment = await payment_of(made)
    refunds = await Refund.filter(payment_id=payment.id).order_by("amount_cents")
    disputes = await Dispute.filter(payment_id=payment.id)
    receipts = await Receipt.filter(reservation_id=made.id).order_by("kind")
    return (
        (await Reservation.get(id=made.id)).state,
        (payment.status, payment.captured_cents, payment.fee_cents, payment.failure),
        [(each.amount_cents, each.status, each.reason) for each in refunds],
        [(each.amount_cents, each.status, each.fee_cents) for each in disputes],
        [(each.kind, each.gross_cents) for each in receipts],
        sorted(await ledger_of(made)),
    )


@pytest.mark.parametrize("orders", [24, pytest.param(720, marks=pytest.mark.slow)])
async def test_it_works(double, room, alice, client, orders):
    chance = random.Random(SEED)
    wanted = None
    for number, order in enumerate(ORDERS[:: len(ORDERS) // orders]):
        hour = 10 + number // 300 * 2
        when = make.span(f"{hour}:00", f"{hour + 2}:00", days=1 + number % 300)
        made, events = await a_life_that_nobody_heard_of(double, room, alice, when)
        # Some are heard again: at once, or when all is over.
        heard = [*order, *chance.choices(order, k=chance.randint(0, 4))]
        for place in heard:
            body, headers = double.signed(events[place], at=NOW)
            assert (await client.post(PATH, content=body, headers=headers)).status_code == 200
            if chance.random() < 0.7:
                await payments.work(NOW)
        while await payments.work(NOW):
            pass
        found = await picture(made)
        wanted = wanted or found
        assert found == wanted, f"order {heard}, seed {SEED}"
    assert number + 1 == orders
    assert wanted is not None
    assert wanted[0] == "confirmed"
    assert wanted[2] == [(300, "succeeded", "by_hand")]
    assert await StripeEvent.filter(done_at=None).count() == 0
