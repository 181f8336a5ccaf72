"""What the double answers looks like Stripe's own example objects: the same keys, the same types.

`shapes.json` holds the key names and types of Stripe's examples, for every kind that we answer. Where the examples
themselves are at hand (../shared/stripe/fixtures3.json, of the public repository stripe/openapi, or the file that
STRIPE_EXAMPLES names), the list is held to them; `python -m tests.stripe_double.test_shapes` writes it anew.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.stripe import KEY, NEEDS_3DS, Double
from tests.stripe_double.conftest import paid, session

ROOT = Path(__file__).parents[2]
SHAPES = Path(__file__).parent / "shapes.json"
# Worktrees lie one folder deeper.
PLACES = [
    Path(os.environ.get("STRIPE_EXAMPLES", "-")),
    *(up / "shared/stripe/fixtures3.json" for up in ROOT.parents),
]
EXAMPLES = next((place for place in PLACES if place.is_file()), None)
CLASSES: dict[str, Any] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "deleted_customer": stripe.Customer,
    "deleted_webhook_endpoint": stripe.WebhookEndpoint,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "item": stripe.LineItem,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
# In the examples, and rightly not in our answers.
ABSENT = {
    "charge.refunds": "only when expanded, since 2022-11-15",
    "event.data.object": "of another kind in each event",
    "item.price.unit_amount_decimal": "a text for everybody; the library makes a Decimal of it",
    "payment_method.metadata": "everybody's own keys",
    "refund.destination_details.card.type": "checked as `refund`: the example's is a reversal",
}
# Says the library, and the examples say otherwise: optional keys that a null stands for.
NULLABLE = {"checkout.session.customer_details.name", "customer.address"}


def shape(example: Any) -> Any:
    """Key names and types: {"amount": "int", "metadata": {}, "customer": null}."""
    if isinstance(example, dict):
        return {key: shape(value) for key, value in sorted(example.items())}
    return None if example is None else type(example).__name__


def shapes_of_examples() -> dict[str, Any]:
    assert EXAMPLES is not None
    resources = json.loads(EXAMPLES.read_text())["resources"]
    found = {kind: shape(resources[kind]) for kind in CLASSES}
    found["event"]["data"] = {}
    return found


def written(shapes: dict[str, Any]) -> str:
    """One line for each kind, so that a change shows."""
    lines = [
        f"{json.dumps(kind)}: {json.dumps(each, separators=(',', ':'))}" for kind, each in shapes.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@pytest.mark.skipif(
    EXAMPLES is None, reason="Stripe's examples are not here: name the file in STRIPE_EXAMPLES"
)
def test_the_list_is_what_the_examples_say() -> None:
    assert SHAPES.read_text() == written(shapes_of_examples())


def optional(cls: Any, key: str) -> bool:
    """Whether the library says that the key may be null."""
    return any("NoneType" in repr(said) or "Optional[" in repr(said)
        for base in cls.__mro__ if (said := vars(base).get("__annotations__", {}).get(key)) is not None)  # fmt: skip


def known(cls: Any, key: str) -> bool:
    return any(key in vars(base).get("__annotations__", {}) for base in cls.__mro__)


def differences(ours: Any, theirs: Any, path: str, cls: Any) -> list[str]:
    """Every key that is missing or of another type."""
    if path in ABSENT or theirs is None:
        return []
    if ours is None:
        top = path.count(".") == kind_dots(path)
        if path in NULLABLE or (not top) or optional(cls, path.rsplit(".", 1)[-1]):
            return []
        return [f"{path} is null"]
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return [f"{path} is no object"]
        found = [
            f"{path}.{key} is missing" for key in theirs if key not in ours and f"{path}.{key}" not in ABSENT
        ]
        for key in theirs:
            if key in ours:
                found += differences(ours[key], theirs[key], f"{path}.{key}", cls)
        return found
    return [] if type(ours).__name__ == theirs else [f"{path} is {type(ours).__name__}, not {theirs}"]


def kind_dots(path: str) -> int:
    """How many dots the path of a key right in the object has."""
    return 2 if path.startswith("checkout.session") else 1


@pytest.fixture
async def answers(double: Double, api: Any) -> dict[str, list[dict[str, Any]]]:
    """Objects of each kind, in several of their states."""
    ada = await api.customers.create_async({"email": "ada@example.org", "name": "Ada"})
    hook = await api.webhook_endpoints.create_async({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    held = await paid(api, capture_method="manual", customer=ada.id, setup_future_usage="off_session")
    await api.payment_intents.capture_async(held.id, {"amount_to_capture": 1000})
    await paid(api, method="pm_card_threeDSecure2Required", return_url="http://shop.test")
    with pytest.raises(stripe.CardError):
        await paid(api, method="pm_card_chargeDeclined")
    disputed = await paid(api)
    double.ask("disputes", charge=disputed.latest_charge)
    refunded = await paid(api, method="pm_card_pendingRefund")
    await api.refunds.create_async({"payment_intent": refunded.id, "amount": 100})
    failing = await paid(api, method="pm_card_refundFail")
    await api.refunds.create_async({"payment_intent": failing.id})
    double.ask("clock", advance_seconds=60)
    await api.setup_intents.create_async({"payment_method": "pm_card_visa", "confirm": True})
    await session(api)
    page = await session(api, payment_intent_data={"setup_future_usage": "off_session"})
    double.answer_bank(double.pay(page.url, NEEDS_3DS).headers["location"])
    double.ask("payouts", payout=double.ask("payouts", key=KEY)["id"], outcome="failed")
    double.ask("payouts", key=KEY)
    found: dict[str, list[Any]] = {}
    for kind, service in {
        "balance_transaction": api.balance_transactions,
        "charge": api.charges,
        "checkout.session": api.checkout.sessions,
        "customer": api.customers,
        "dispute": api.disputes,
        "event": api.events,
        "payment_intent": api.payment_intents,
        "payment_method": api.payment_methods,
        "payout": api.payouts,
        "refund": api.refunds,
        "setup_intent": api.setup_intents,
        "webhook_endpoint": api.webhook_endpoints,
    }.items():
        found[kind] = (await service.list_async({"limit": 100})).data
    found["item"] = (await api.checkout.sessions.line_items.list_async(page.id)).data
    found["deleted_customer"] = [await api.customers.delete_async(ada.id)]
    found["deleted_webhook_endpoint"] = [await api.webhook_endpoints.delete_async(hook.id)]
    return {kind: [each.to_dict() for each in objects] for kind, objects in found.items()}


async def test_it_works(answers: dict[str, list[dict[str, Any]]]) -> None:
    shapes = json.loads(SHAPES.read_text())
    assert set(shapes) == set(CLASSES) == set(answers)
    wrong = []
    for kind, objects in answers.items():
        assert objects, kind
        for each in objects:
            wrong += differences(each, shapes[kind], kind, CLASSES[kind])
            unknown = set(each) - set(shapes[kind])
            wrong += [
                f"{kind}.{key} is no key of Stripe's" for key in unknown if not known(CLASSES[kind], key)
            ]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_differences_are_seen() -> None:
    theirs = {"amount": "int", "customer": None, "card": {"last4": "str"}, "status": "str"}
    ours = {"amount": "12", "customer": 3, "card": {}, "status": None}
    assert differences(ours, theirs, "refund", stripe.PaymentIntent) == [
        "refund.amount is str, not int",
        "refund.card.last4 is missing",
        "refund.status is null",
    ]


if __name__ == "__main__":
    SHAPES.write_text(written(shapes_of_examples()))
    sys.exit(0)
