"""A double and Stripe's library pointed at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import stripe

from tests.stripe import Double, Webhook, receiving, running


@pytest.fixture
async def double() -> AsyncIterator[Double]:
    with running() as started:
        yield started
        await started.close()


@pytest.fixture
async def api(double: Double) -> Any:
    """`stripe`, in this test's loop."""
    return double.client().v1


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with receiving() as hook:
        yield hook


async def types(api: Any) -> list[str]:
    """The types of all events, oldest first."""
    found = await api.events.list_async({"limit": 100})
    return [event.type for event in found.data][::-1]


async def paid(
    api: Any, amount: int = 2500, method: str = "pm_card_visa", **more: Any
) -> stripe.PaymentIntent:
    """A payment without the Checkout page."""
    wish = {
        "amount": amount,
        "currency": "eur",
        "payment_method": method,
        "payment_method_types": ["card"],
        "confirm": True,
    }
    return await api.payment_intents.create_async(wish | more)


async def session(api: Any, amount: int = 2500, **more: Any) -> Any:
    wish = {
        "mode": "payment",
        "success_url": "http://shop.test/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.test/basket",
        "line_items": [
            {
                "price_data": {"currency": "eur", "unit_amount": amount, "product_data": {"name": "Room"}},
                "quantity": 1,
            }
        ],
    }
    return await api.checkout.sessions.create_async(wish | more)
