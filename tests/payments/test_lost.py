"""Paid, then lost: refunded by itself within ten minutes and told; and no number of a card is ever kept."""

import json
import os
import re
from datetime import timedelta

import pytest

from booking import db as database
from booking import notifications, payments, reservations
from booking.notifications import Message
from booking.payments import Refund
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.conftest import held, paid
from tests.payments.double import DECLINED, VISA

TIMES = int(os.environ.get("PAID_THEN_LOST", "12"))


async def test_paid_then_lost_many_times(double, room, alice):
    """Each is paid while it is held, the hold ends before anybody looked, and somebody else takes the time."""
    bob = await make.member("Bob")
    activity = await make.activity(bob, of=room.venue.entity, cents=10**9)
    lost = []
    for number in range(TIMES):
        when = make.span("10:00", "12:00", days=1 + number % 300)
        if number >= 300:
            when = make.span(
                f"{10 + number // 300 * 2}:00", f"{12 + number // 300 * 2}:00", days=1 + number % 300
            )
        made = await held(room, alice, when)
        double.pay(await payments.checkout(made.id, at=NOW))
        lost.append((made, when))
    at = NOW + timedelta(minutes=33)
    for _made, when in lost:
        await reservations.expire_overdue(at, unit_ids=None)
        await make.reservation(room, bob, when, on=activity, moment=at)
    # As the timetable does it, every half minute: all of them within ten minutes.
    for number in range(1, 20):
        await payments.settle_due(at + timedelta(seconds=30 * number))
    back = await Refund.all()
    assert len(back) == TIMES
    assert {(each.reason, each.status, each.amount_cents) for each in back} == {
        ("claim_lost", "succeeded", 2420)
    }
    assert await Reservation.filter(member_id=alice.id, state="expired").count() == TIMES
    while await notifications.write_messages(at):
        pass
    assert await Message.filter(kind="payment_lost", member_id=alice.id).count() == TIMES


async def test_paid_twice_goes_back_once(double, room, alice):
    """A second page that was paid although the first had been: what is too much goes back."""
    made = await paid(double, room, alice, make.span(days=3))
    await database.rows(
        "UPDATE reservation SET state = 'held', held_for = 'payment', held_until = ?",
        NOW + timedelta(minutes=30),
    )
    await database.rows("UPDATE payment SET status = 'expired', captured_cents = 0")
    double.pay(await payments.checkout(made.id, at=NOW))
    await database.rows("UPDATE payment SET status = 'open' WHERE number = 1")
    await payments.settle_reservation(made.id, at=NOW)
    await payments.settle_due(NOW + timedelta(minutes=1))
    assert (await Reservation.get()).state == "confirmed"
    [refund] = await Refund.all()
    assert (refund.reason, refund.amount_cents, refund.status) == ("twice", 2420, "succeeded")


def luhn(digits: str) -> bool:
    """Whether these digits could be a card's number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def test_the_scan_finds_what_it_looks_for():
    assert luhn(VISA)
    assert not luhn("4242424242424241")
    assert cards_in(f"card {VISA[:4]} {VISA[4:8]}-{VISA[8:]}") == [VISA]


def cards_in(text: str) -> list[str]:
    found = []
    for piece in re.findall(r"(?<![\w.-])(?:\d[ -]?){13,19}(?![\w.-])", text):
        digits = re.sub(r"\D", "", piece)
        if luhn(digits) and digits[0] in "3456":
            found.append(digits)
    return found


async def test_no_number_of_a_card_in_rows_or_logs(double, room, alice, client, capsys, engine):
    made = await held(room, alice)
    url = await payments.checkout(made.id, at=NOW)
    double.pay(url, DECLINED)
    await payments.settle_reservation(made.id, at=NOW)
    double.pay(url)
    for event in double.events():
        body, headers = double.signed(event, at=NOW)
        await client.post("/webhooks/stripe/acme", content=body, headers=headers)
    await payments.work(NOW)
    await reservations.cancel(made.id, by=alice, at=NOW)
    await payments.settle_due(NOW)
    await notifications.write_messages(NOW)
    assert await Refund.all().count() == 1
    kept = json.dumps(await every_row(engine), default=str)
    assert len(kept) > 5000
    assert cards_in(kept) == []
    assert "cvc" not in kept.lower()
    told = capsys.readouterr()
    assert "/webhooks/stripe/acme" in told.out
    assert cards_in(told.out + told.err) == []


async def every_row(engine):
    """All rows of all tables, as a dump would have them."""
    if engine == "sqlite":
        names = await database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        names = await database.rows(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
        )
    return {each["name"]: await database.rows(f'SELECT * FROM "{each["name"]}"') for each in names}


@pytest.mark.slow
async def test_a_thousand_times(double, room, alice, monkeypatch):
    monkeypatch.setitem(globals(), "TIMES", 1000)
    await test_paid_then_lost_many_times(double, room, alice)
