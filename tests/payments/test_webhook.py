"""The webhook: only what Stripe signed a moment ago, kept once, answered at once, and worked in any order."""

import asyncio
import itertools
import json
import random
from datetime import timedelta

import pytest

from booking import checks, payments, reservations
from booking.payments import Payment, Refund, StripeEvent
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, ledger_of, paid, payment_of

PATH = "/webhooks/stripe/acme"
SEED = 20261126


async def sent(client, double, event, **how):
    body, headers = double.signed(event, at=how.pop("at", NOW), **how)
    return await client.post(PATH, content=body, headers=headers)


async def test_it_works(double, room, alice, client):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    for event in double.events():
        answer = await sent(client, double, event)
        assert (answer.status_code, answer.text) == (200, "kept")
    assert (await Reservation.get()).state == "held"
    assert await payments.work(NOW) == len(double.events())
    assert (await Reservation.get()).state == "confirmed"
    assert await StripeEvent.filter(done_at=None).count() == 0


async def an_event(double, room, alice):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    return double.events()[-1]


async def test_the_same_again_is_known(double, room, alice, client):
    event = await an_event(double, room, alice)
    assert (await sent(client, double, event)).text == "kept"
    assert (await sent(client, double, event)).text == "known"
    assert await StripeEvent.all().count() == 1


async def test_two_signatures_of_which_one_is_right(double, room, alice, client):
    event = await an_event(double, room, alice)
    body, headers = double.signed(event, at=NOW)
    headers["Stripe-Signature"] += ",v1=" + "0" * 64
    assert (await client.post(PATH, content=body, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "wrong", ["secret", "byte", "old", "new", "no header", "empty header", "long", "no event"]
)
async def test_anything_else_is_refused(double, room, alice, client, wrong):
    event = await an_event(double, room, alice)
    at = {"old": NOW - timedelta(seconds=301), "new": NOW + timedelta(seconds=301)}.get(wrong, NOW)
    body, headers = double.signed(event, at=at, secret="whsec_another" if wrong == "secret" else "")
    if wrong == "byte":
        body = body.replace(b"evt_", b"evt-", 1)
    elif wrong == "no header":
        headers = {}
    elif wrong == "empty header":
        headers = {"Stripe-Signature": ""}
    elif wrong == "long":
        body = body + b" " * 2_000_000
    elif wrong == "no event":
        body, headers = double.signed({"hello": "there"}, at=NOW)
    answer = await client.post(PATH, content=body, headers=headers)
    assert answer.status_code in ((413, 400) if wrong == "long" else (400,))
    assert await StripeEvent.all().count() == 0


async def test_an_edge_of_the_time_is_still_good(double, room, alice, client):
    event = await an_event(double, room, alice)
    assert (await sent(client, double, event, at=NOW - timedelta(seconds=300))).status_code == 200


async def test_an_entity_without_cards_is_not_there(double, room, alice, client):
    event = await an_event(double, room, alice)
    body, headers = double.signed(event, at=NOW)
    answer = await client.post("/webhooks/stripe/nobody", content=body, headers=headers)
    assert answer.status_code == 404


async def test_the_event_of_another_entity_changes_nothing(double, room, alice, client, monkeypatch):
    from starlette.datastructures import Secret

    import settings

    await make.entity(key="other")
    monkeypatch.setattr(settings, "STRIPE_KEYS", Secret(f"{settings.STRIPE_KEYS},other:sk_test_o:whsec_o"))
    event = await an_event(double, room, alice)
    body, headers = double.signed(event, at=NOW, secret="whsec_o")
    await client.post("/webhooks/stripe/other", content=body, headers=headers)
    await payments.work(NOW)
    assert (await Reservation.get()).state == "held"
    assert (await StripeEvent.get()).outcome == "of another entity"


async def test_what_is_not_ours_is_done_with(double, room, alice, client):
    event = await an_event(double, room, alice)
    event["data"]["object"] = {"id": "pi_unknown", "object": "payment_intent"}
    await sent(client, double, event)
    assert await payments.work(NOW) == 1
    assert (await StripeEvent.get()).outcome == "no payment of ours"


async def test_a_silent_stripe_is_asked_again_later(double, room, alice, client):
    event = await an_event(double, room, alice)
    await sent(client, double, event)
    double.fail("/v1/*", "500", method="GET", times=50)
    assert await payments.work(NOW) == 0
    assert (await Reservation.get()).state == "held"
    double.well()
    await payments.close_connections()
    assert await payments.work(NOW + timedelta(minutes=1)) == 1
    assert (await Reservation.get()).state == "confirmed"


async def a_whole_life(double, room, alice):
    """Paid, changed to cheaper, cancelled, disputed: the events Stripe tells of it, none of them heard."""
    made = await paid(double, room, alice, make.span(days=3))
    await reservations.change(made.id, by=alice, at=NOW, span=make.span("10:00", "11:00", days=3))
    await payments.settle_reservation(made.id, at=NOW)
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_reservation(made.id, at=NOW)
    return made


async def told(double, client, events):
    """The webhook hears these events, and the worker works after each of them."""
    for event in events:
        assert (await sent(client, double, event)).status_code == 200
        await payments.work(NOW)


async def picture(made):
    done = await Reservation.get(id=made.id)
    refunds = await Refund.all().order_by("amount_cents").values_list("amount_cents", "status", "reason")
    payment = await payment_of(made)
    return done.state, payment.status, payment.captured_cents, list(refunds), await ledger_of(made)


async def test_every_order_of_the_events_of_one_payment_ends_the_same(double, room, alice, client):
    """Many of the 720 orders of six events, each event once or twice, from the state in which nothing was heard yet.

    All of them, each from a fresh booking, are in `test_orders`.
    """
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    first = double.events()
    await told(double, client, first)
    confirmed = await picture(made)
    assert confirmed[0] == "confirmed"
    wanted = first[:6]
    chance = random.Random(SEED)
    for number, order in enumerate(itertools.permutations(range(len(wanted)))):
        await forget_what_was_heard(made)
        order = [*order, *chance.choices(order, k=2)]
        await told_by_rows(made, [wanted[place] for place in order])
        assert await picture(made) == confirmed, f"order {order} of seed {SEED}"
        if number >= ORDERS_MAX:
            break


ORDERS_MAX = 120


async def forget_what_was_heard(made):
    """Back to the moment after the page was opened, as if nobody had looked since."""
    from booking import db

    await StripeEvent.all().delete()
    await db.rows(
        "UPDATE payment SET status = 'open', captured_cents = 0, fee_cents = 0, paid_at = NULL, intent_id = NULL"
    )
    await db.rows(
        "UPDATE reservation SET state = 'held', held_for = 'payment', held_until = ?",
        NOW + timedelta(minutes=30),
    )


async def told_by_rows(made, events):
    from booking.payments import hearing

    entity = (await Payment.get()).entity_id
    for event in events:
        await hearing.keep(entity, event, source="webhook", at=NOW)
        await payments.work(NOW)


async def test_events_of_a_whole_life_in_any_order_change_nothing_any_more(double, room, alice, client):
    made = await a_whole_life(double, room, alice)
    before = await picture(made)
    events = double.events()
    assert len({event["type"] for event in events}) >= 6
    chance = random.Random(SEED)
    for _ in range(5):
        shuffled = chance.sample(events, len(events))
        await told(double, client, [*shuffled, *shuffled[:3]])
        assert await picture(made) == before


async def test_webhook_and_return_and_expiry_at_once(double, room, alice, client, client_of):
    """Whoever comes first, the end is the same: confirmed once, or expired and given back once."""
    browser = await client_of(alice)
    for minutes in (1, 33):
        made = await held(room, alice, make.span("10:00", "12:00", days=minutes))
        url = await payments.checkout(made.id, at=NOW)
        double.pay(url)
        events = [each for each in double.events() if each["data"]["object"].get("object") != "x"]
        at = NOW + timedelta(minutes=minutes)
        for event in events:
            await sent(client, double, event)
        await asyncio.gather(
            payments.work(at),
            payments.settle_reservation(made.id, at=at),
            payments.end_holds(at),
            reservations.expire_overdue(at),
            browser.get(f"/reservations/{made.id}/paid"),
            payments.work(at),
        )
        await payments.settle_due(at)
        done = await Reservation.get(id=made.id)
        back = await Refund.filter(payment__reservation_id=made.id)
        if done.state == "confirmed":
            assert back == []
        else:
            assert (done.state, [each.amount_cents for each in back]) == ("expired", [2420])
        assert await checks.run() == []


async def test_the_body_is_not_kept(double, room, alice, client):
    event = await an_event(double, room, alice)
    await sent(client, double, event)
    kept = json.dumps((await StripeEvent.all().values())[0], default=str)
    assert "payer@example.org" not in kept
    assert "4242" not in kept
