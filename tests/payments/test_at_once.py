"""A refund, its webhooks and the way back from the payment page, all at one instant: one refund, and the right end."""

import asyncio
import os
import random

import pytest

from booking import payments
from booking.payments import Payment, Receipt, Refund
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, paid
from tests.payments.test_webhook import sent

ROUNDS = int(os.environ.get("AT_ONCE_ROUNDS", "2000"))
SEED = 20261126


@pytest.mark.parametrize("rounds", [8, pytest.param(ROUNDS, marks=pytest.mark.slow)])
async def test_it_works(double, room, alice, client, client_of, rounds):
    """Two of the payment's webhooks come now; in every second round nothing was heard of it before."""
    browser = await client_of(alice)
    chance = random.Random(SEED)
    heard: set[str] = set()
    for number in range(rounds):
        when = make.span("10:00", "12:00", days=2 + number % 300)
        if number % 2:
            made = await paid(double, room, alice, when)
        else:
            made = await held(room, alice, when)
            double.pay(await payments.checkout(made.id, at=NOW))
        news = [each for each in double.get("events", limit=10)["data"] if each["id"] not in heard]
        heard |= {each["id"] for each in news}
        page = f"/reservations/{made.id}"

        async def told(event):
            await sent(client, double, event)
            await payments.work(NOW)

        await asyncio.gather(
            browser.get(f"{page}/paid"),
            browser.post(f"{page}/cancel", data={}),
            *(told(event) for event in chance.sample(news, 2)),
            browser.post(f"{page}/cancel", data={}),
        )
        # Whoever pressed while it was not known yet that it had been paid, presses again.
        await browser.post(f"{page}/cancel", data={})
        while await payments.work(NOW):
            pass
        await payments.settle_reservation(made.id, at=NOW)
        done = await Reservation.get(id=made.id)
        refunds = await Refund.filter(payment__reservation_id=made.id)
        assert done.state == "cancelled", f"round {number}"
        assert [(each.status, each.amount_cents) for each in refunds] == [("succeeded", 2420)], f"{number}"
        kinds = await Receipt.filter(reservation_id=made.id).order_by("kind").values_list("kind", flat=True)
        assert list(kinds) == ["payment", "refund"], f"round {number}"
        intent = (await Payment.get(reservation_id=made.id)).intent_id
        assert len(double.get("refunds", payment_intent=intent)["data"]) == 1, f"round {number}"
