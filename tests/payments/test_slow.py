"""Stripe takes half a minute for every answer: pages answer all the same, nothing is locked, and nothing is lost."""

import asyncio
import time
from datetime import timedelta

import pytest

from booking import db, payments, reservations
from booking.payments import Payment, Refund, stripe
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, paid

SLOW_SECONDS = 30
# A page's own patience with Stripe, and what a busy machine needs for the page itself.
PAGE_SECONDS = stripe.PAGE_SECONDS + 4


@pytest.fixture
def slow(double):
    """From now on every answer of Stripe's takes so long, before the work or after it."""

    def begin(moment="before"):
        double.fail("/v1/*", "slow", moment, times=500, seconds=SLOW_SECONDS)
        double.fail("/v1/*", "slow", moment, method="GET", times=500, seconds=SLOW_SECONDS)

    return begin


async def while_others_work(page, room):
    """The page's answer and how long it took; meanwhile somebody else books, which needs the locks to be free."""
    bob = await make.member("Bob")
    activity = await make.activity(bob, of=room.venue.entity, cents=10**6)
    began = time.monotonic()
    waiting = asyncio.create_task(page)
    await asyncio.sleep(1)
    asked = time.monotonic()
    await make.reservation(room, bob, make.span("16:00", "17:00", days=9), on=activity)
    assert time.monotonic() - asked < 2
    if db.dialect() == "postgres":
        idle = await db.rows(
            "SELECT COUNT(*) AS count FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' "
            "AND datname = current_database()"
        )
        assert idle[0]["count"] == 0
    assert not waiting.done()
    answer = await waiting
    return answer, time.monotonic() - began


async def well_again(double, at):
    double.well()
    await payments.close_connections()
    await payments.work(at)
    await payments.settle_due(at)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_the_way_back_from_the_page(double, room, alice, client_of, slow, moment):
    browser = await client_of(alice)
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    slow(moment)
    answer, seconds = await while_others_work(browser.get(f"/reservations/{made.id}/paid"), room)
    assert answer.status_code == 200
    assert seconds < PAGE_SECONDS
    # Never "failed" of something that was paid.
    assert "We are still asking" in answer.text
    assert (await Reservation.get(id=made.id)).state == "held"
    await well_again(double, NOW + timedelta(minutes=2))
    assert (await Reservation.get(id=made.id)).state == "confirmed"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_opening_the_page(double, room, alice, client_of, slow, moment):
    browser = await client_of(alice)
    made = await held(room, alice)
    slow(moment)
    answer, seconds = await while_others_work(browser.post(f"/reservations/{made.id}/pay"), room)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/reservations/{made.id}")
    assert seconds < PAGE_SECONDS
    assert "time is kept for you" in (await browser.get(f"/reservations/{made.id}")).text
    # The call that nobody waits for is still under way at Stripe, and its key is taken until it ends.
    for number in range(SLOW_SECONDS + 10):
        await well_again(double, NOW + timedelta(minutes=2, seconds=number))
        if (payment := await Payment.get()).status == "open":
            break
        await asyncio.sleep(1)
    assert payment.status == "open"
    double.pay(payment.url)
    await payments.settle_due(NOW + timedelta(minutes=5))
    assert (await Reservation.get(id=made.id)).state == "confirmed"
    assert len(double.get("checkout/sessions")["data"]) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_cancelling(double, room, alice, client_of, slow, moment):
    browser = await client_of(alice)
    made = await paid(double, room, alice, make.span(days=3))
    slow(moment)
    answer, seconds = await while_others_work(
        browser.post(f"/reservations/{made.id}/cancel", data={"fee": "0"}), room
    )
    assert answer.status_code == 303
    assert seconds < PAGE_SECONDS
    assert (await Reservation.get(id=made.id)).state == "cancelled"
    assert await Refund.filter(status="succeeded").count() == 0
    await well_again(double, NOW + timedelta(minutes=2))
    assert (await Refund.get()).status == "succeeded"
    assert len(double.get("refunds")["data"]) == 1
