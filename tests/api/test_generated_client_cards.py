"""The generated client books by card: pays, makes it dearer, pays the rest, cancels, and finds its money's receipts."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.serving import served
from tests.api.test_generated_client import call, generated
from tests.payments import conftest
from tests.payments.double import Double

double_base = conftest.double_base
HEARD_WITHIN_SECONDS = 20


@pytest.fixture
def bank(double_base: str) -> Iterator[Double]:
    made = Double(double_base)
    yield made
    made.close()


@pytest.fixture
def api(database_url: str, bank: Double) -> Any:
    with served(database_url, bank) as running:
        yield running


def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What is seen once it is so: Stripe tells of payments by webhook, and that takes a moment."""
    deadline = time.monotonic() + HEARD_WITHIN_SECONDS
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
    return seen


def test_it_works(api: dict[str, Any], bank: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with generated(api, tmp_path, monkeypatch) as client:
        models = importlib.import_module("desk_client.models")
        reserve, change = (call("reservations", name) for name in ("reserve", "change_reservation"))
        begins = datetime.fromisoformat("2026-11-26T10:00:00+01:00")
        ends, later = begins.replace(hour=12), begins.replace(hour=13)
        wish = models.ReservationWish(
            resource_id=api["free_id"], begins_at=begins, ends_at=ends, payment="card", seen_cents=2420
        )
        done = reserve.sync_detailed(client=client, body=wish, idempotency_key=str(uuid4()))
        assert (done.status_code, done.parsed.state) == (201, "held"), done.content
        id = done.parsed.id

        def shown() -> Any:
            return call("reservations", "show_reservation").sync(id, client=client)

        bank.pay(done.parsed.card.payment_url)
        until(shown, lambda seen: seen.state == "confirmed")

        quote = call("reservations", "change_quote").sync(id, client=client, begins_at=begins, ends_at=later)
        assert (quote.bookable, quote.card_cents) == (True, 1210)
        longer = models.ReservationChange(ends_at=later, seen_difference_cents=quote.difference_cents)
        key = str(uuid4())
        asked = change.sync_detailed(id, client=client, body=longer, idempotency_key=key)
        assert (asked.status_code, asked.parsed.state, asked.parsed.ends_at) == (202, "confirmed", ends)
        assert (asked.parsed.card_change.state, asked.parsed.card_change.ends_at) == ("held", later)
        again = change.sync_detailed(id, client=client, body=longer, idempotency_key=key)
        assert (again.status_code, again.content) == (202, asked.content)
        bank.pay(asked.parsed.card_change.payment_url)
        longer_now = until(shown, lambda seen: seen.card_change.state == "done")
        assert (longer_now.ends_at, longer_now.price.total_cents) == (later, 3630)

        gone = call("reservations", "cancel_reservation").sync(id, client=client, body=models.CancelWish())
        assert gone.state == "cancelled"
        money = call("reservations", "card_money")
        card = until(
            lambda: money.sync(id, client=client),
            lambda seen: [each.status for each in seen.refunds] == ["succeeded"] * 2,
        )
        assert (card.paid_cents, card.back_cents) == (3630, 3630)
        receipts = [(each.kind, each.number, each.gross_cents) for each in card.receipts]
        assert receipts[:2] == [("payment", "2026-0001", 2420), ("payment", "2026-0002", 1210)]
        assert sorted((kind, gross) for kind, _number, gross in receipts[2:]) == [
            ("refund", 1210),
            ("refund", 2420),
        ]
        assert [number for _kind, number, _gross in receipts[2:]] == ["2026-0003", "2026-0004"]
