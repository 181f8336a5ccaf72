"""Death between each two steps of booking and paying: within two minutes everything is as if nothing had happened."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import settings
from booking import checks, notifications, payments, reservations
from booking.payments import Payment, Receipt, Refund
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import alice, double, double_base, held, house, ledger_of, paid, room  # noqa: F401

WORKER = Path(__file__).with_name("paying.py")
SOON = NOW + timedelta(minutes=2)


async def dies(database_url, double, step, act, reservation, at=NOW):
    """Do this in another process, which dies at the step. It must have come there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(WORKER),
        database_url,
        double.base,
        str(settings.STRIPE_KEYS),
        at.isoformat(),
        step,
        act,
        str(reservation.id),
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert await process.wait() == 9, f"it never came to “{step}”"
    assert [str(each) for each in await checks.run()] == []


async def recovers(at=SOON):
    """What the clock does within two minutes."""
    await payments.work(at)
    await payments.settle_due(at)
    await payments.end_holds(at)
    await reservations.expire_overdue(at)
    assert [str(each) for each in await checks.run(at) if each.code != "I12"] == []


@pytest.mark.parametrize("step", ["page noted", "page opened", "page kept"])
async def test_opening_the_page(database_url, double, room, alice, step):
    made = await held(room, alice)
    await dies(database_url, double, step, "checkout", made)
    await recovers()
    payment = await Payment.get()
    assert payment.status == "open"
    assert await payments.checkout(made.id, at=SOON) == payment.url
    double.pay(payment.url)
    await recovers(SOON + timedelta(minutes=2))
    assert (await Reservation.get()).state == "confirmed"
    assert len(double.get("checkout/sessions")["data"]) == 1


@pytest.mark.parametrize("step", ["looked", "confirmed", "number taken", "receipt issued", "written"])
@pytest.mark.parametrize("act", ["settle", "work"])
async def test_confirming(database_url, double, room, alice, client, step, act):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    if act == "work":
        for event in double.events():
            body, headers = double.signed(event, at=NOW)
            await client.post("/webhooks/stripe/acme", content=body, headers=headers)
    at = NOW if act == "work" else SOON
    await dies(database_url, double, step, act, made, at)
    await recovers()
    assert (await Reservation.get()).state == "confirmed"
    assert await ledger_of(made) == ["card → advance 24.20", "fees → card 0.61"]
    assert [each.label for each in await Receipt.all()] == ["2026-0001"]


async def test_after_the_event_was_kept(database_url, double, room, alice, client):
    made = await held(room, alice)
    double.pay(await payments.checkout(made.id, at=NOW))
    for event in double.events():
        body, headers = double.signed(event, at=NOW)
        await client.post("/webhooks/stripe/acme", content=body, headers=headers)
    await dies(database_url, double, "event worked", "work", made)
    await recovers()
    assert (await Reservation.get()).state == "confirmed"


@pytest.mark.parametrize(
    "step",
    [
        "refund promised",
        "written",
        "refund noted",
        "refund done",
        "asked",
        "number taken",
        "receipt issued",
    ],
)
@pytest.mark.parametrize("lost", [True, False])
async def test_giving_back(database_url, double, room, alice, step, lost):
    if lost:
        made = await held(room, alice)
        double.pay(await payments.checkout(made.id, at=NOW))
        await reservations.expire_overdue(NOW + timedelta(minutes=33))
    else:
        made = await paid(double, room, alice, make.span(days=3))
        await reservations.cancel(made.id, by=alice, at=NOW)
    at = NOW + timedelta(minutes=34 if lost else 1)
    await dies(database_url, double, step, "settle", made, at)
    await recovers(at + timedelta(minutes=2))
    refund = await Refund.get()
    assert (refund.status, refund.amount_cents) == ("succeeded", 2420)
    assert refund.reason == ("claim_lost" if lost else "cancelled")
    assert len(double.get("refunds")["data"]) == 1
    assert (await ledger_of(made))[-1] == "advance → card 24.20"
    assert sorted(each.label for each in await Receipt.all()) == ["2026-0001", "2026-0002"]


@pytest.mark.parametrize("step", ["capture noted", "capture done", "try begun", "saved card charged"])
async def test_taking_it_after_a_yes(database_url, double, house, alice, step):
    saved = "capture" not in step
    stella = await make.manager(house)
    place = await make.resource(at=house, approval=True, approval_hours=240 if saved else 72)
    made = await held(place, alice, make.span(days=20))
    double.pay(await payments.checkout(made.id, at=NOW))
    await payments.settle_reservation(made.id, at=NOW)
    await reservations.approve(made.id, by=stella, at=NOW)
    await dies(database_url, double, step, "settle", made, NOW + timedelta(minutes=1))
    await recovers(NOW + timedelta(minutes=3))
    assert (await Reservation.get()).state == "confirmed"
    taken = [each for each in double.get("payment_intents")["data"] if each["status"] == "succeeded"]
    assert [each["amount_received"] for each in taken] == [2420]


@pytest.mark.parametrize("step", ["mail queued", "receipt printed", "mail sent"])
async def test_mailing_the_receipt(database_url, double, room, alice, step, monkeypatch, tmp_path):
    """The receipt comes with the mail: at least once, under its one number, also when the sender died over it."""
    monkeypatch.setenv("MAIL_DIR", str(tmp_path))
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)
    made = await paid(double, room, alice, make.span(days=3))
    await dies(database_url, double, step, "mail", made)
    # A mail that was being sent is taken up again when its sender's lease is over.
    at = NOW + timedelta(minutes=15)
    await notifications.write_messages(at)
    await notifications.deliver(at)
    mails = [each.read_text() for each in tmp_path.glob("*.eml")]
    with_receipt = [each for each in mails if "receipt-2026-0001.pdf" in each]
    assert with_receipt
    assert len(with_receipt) <= (2 if step == "mail sent" else 1)
    assert await Receipt.all().count() == 1
    assert await notifications.Message.filter(state="waiting").count() == 0


LONGER = make.span("10:00", "13:00", days=3)


async def a_dearer_change(double, room, alice):
    made = await paid(double, room, alice, make.span(days=3))
    card = payments.by_card(room.venue.entity, room.venue.currency)
    return made, await reservations.hold_change(made.id, LONGER, by=alice, card=card, at=NOW)


@pytest.mark.parametrize("step", ["page noted", "page opened", "page kept"])
async def test_opening_the_page_of_a_change(database_url, double, room, alice, step):
    made, hold = await a_dearer_change(double, room, alice)
    await dies(database_url, double, step, "change", made)
    await recovers()
    payment = await Payment.get(number=2)
    assert payment.status == "open"
    assert await payments.checkout(made.id, change_id=hold.id, at=SOON) == payment.url
    double.pay(payment.url)
    await recovers(SOON + timedelta(minutes=2))
    assert (await Reservation.get()).span == LONGER


@pytest.mark.parametrize("step", ["looked", "change confirmed", "number taken", "receipt issued", "written"])
async def test_swapping_a_paid_change_in(database_url, double, room, alice, step):
    made, hold = await a_dearer_change(double, room, alice)
    double.pay(await payments.checkout(made.id, change_id=hold.id, at=NOW))
    await dies(database_url, double, step, "settle", made, SOON)
    await recovers(SOON + timedelta(minutes=1))
    done = await Reservation.get()
    assert (done.span, done.card_cents) == (LONGER, 3630)
    assert await Refund.all().count() == 0
    assert sorted(each.label for each in await Receipt.all()) == ["2026-0001", "2026-0002"]


@pytest.mark.parametrize("step", ["refund promised", "written", "refund noted", "refund done", "asked"])
async def test_giving_back_a_change_that_was_lost(database_url, double, room, alice, step):
    made, hold = await a_dearer_change(double, room, alice)
    double.pay(await payments.checkout(made.id, change_id=hold.id, at=NOW))
    await reservations.let_change_go(hold.id, at=NOW)
    await dies(database_url, double, step, "settle", made, SOON)
    await recovers(SOON + timedelta(minutes=2))
    refund = await Refund.get()
    assert (refund.status, refund.amount_cents, refund.reason) == ("succeeded", 1210, "change_lost")
    assert len(double.get("refunds")["data"]) == 1
    assert (await Reservation.get()).card_cents == 2420
