"""Card payments against the double of Stripe, over real HTTP: a room, a member, and an entity that takes cards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.datastructures import Secret

import settings
from booking import payments, reservations
from booking.payments import Payment
from booking.reservations import Reservation
from tests import make
from tests.make import NOW
from tests.payments.double import VISA, Double

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def double_base() -> Iterator[str]:
    """The address of a running double. Its clock stands at NOW, until a test puts it forward."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.payments.double", str(port), NOW.isoformat()],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    base = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{base}/_double/health")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield base
    process.terminate()
    process.wait()


@pytest.fixture
async def double(double_base: str, db: str, monkeypatch: Any) -> AsyncIterator[Double]:
    """A fresh account at the double; no entity has it yet."""
    made = Double(double_base)
    monkeypatch.setattr(settings, "STRIPE_API", double_base)
    yield made
    made.well()
    made.close()
    await payments.close_connections()


@pytest.fixture
async def house(double: Double, monkeypatch: Any) -> Any:
    """A venue whose entity takes cards."""
    entity = await make.entity(key="acme")
    venue = await make.venue(of=entity)
    venue.entity = entity
    monkeypatch.setattr(settings, "STRIPE_KEYS", Secret(f"acme:{double.key}:{double.secret}"))
    return venue


@pytest.fixture
async def room(house: Any) -> Any:
    """A room at 10.00 an hour for members: two hours are 24.20 with VAT."""
    return await make.resource(at=house)


@pytest.fixture
async def alice(house: Any) -> Any:
    return await make.member("Alice")


async def held(room: Any, by: Any, when: Any = None, *, at: datetime = NOW, **values: Any) -> Reservation:
    """A reservation that waits for its card."""
    from uuid import uuid4

    card = payments.by_card(room.venue.entity, room.venue.currency, rest="activity_id" in values)
    return await reservations.reserve(
        uuid4(), room.id, when or make.span(), by=by, at=at, card=card, **values
    )


async def paid(
    double: Double,
    room: Any,
    by: Any,
    when: Any = None,
    *,
    number: str = VISA,
    at: datetime = NOW,
    **values: Any,
) -> Reservation:
    """A reservation that a card has paid."""
    made = await held(room, by, when, at=at, **values)
    url = await payments.checkout(made.id, at=at)
    double.pay(url, number)
    assert await payments.settle_reservation(made.id, at=at)
    return await Reservation.get(id=made.id)


async def payment_of(reservation: Reservation) -> Payment:
    return await Payment.filter(reservation_id=reservation.id).order_by("-number").first()


async def ledger_of(reservation: Reservation) -> list[str]:
    """The card's lines in the books, as 'debit → credit amount', in the order of a payment's life."""
    return await ledger_lines(f"card:{reservation.id}")


async def ledger_lines(subject: str) -> list[str]:
    """The lines of one subject."""
    from booking.ledger import Transfer

    found = await Transfer.filter(subject=subject).select_related("debit", "credit")
    found.sort(key=lambda each: (ORDER.index(each.code), each.at))
    return [f"{each.debit.kind} → {each.credit.kind} {each.amount_cents / 100:.2f}" for each in found]


ORDER = (
    "capture",
    "stripe_fee",
    "income",
    "vat",
    "card_refund",
    "card_refund_back",
    "dispute",
    "dispute_fee",
    "payout",
    "payout_paid",
    "payout_paid_back",
    "payout_back",
)
