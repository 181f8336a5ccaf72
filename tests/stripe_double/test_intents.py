"""PaymentIntents and SetupIntents through the API."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.stripe import Double
from tests.stripe_double.conftest import paid, types


async def test_it_works(api: Any) -> None:
    intent = await api.payment_intents.create_async(
        {"amount": 1999, "currency": "EUR", "metadata": {"a": "b"}}
    )
    assert (intent.status, intent.capture_method, intent.currency) == (
        "requires_payment_method", "automatic_async", "eur",
    )  # fmt: skip
    intent = await api.payment_intents.update_async(
        intent.id, {"metadata": {"a": "", "c": "d"}, "payment_method": "pm_card_visa"}
    )
    assert (intent.status, intent.metadata.to_dict()) == ("requires_confirmation", {"c": "d"})
    intent = await api.payment_intents.confirm_async(intent.id, {"return_url": "http://shop.test"})
    assert (intent.status, intent.amount_received) == ("succeeded", 1999)
    assert await types(api) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
async def test_a_declined_card(api: Any, method: str, code: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        await paid(api, method=method)
    assert (refusal.value.http_status, refusal.value.code) == (402, code)
    assert refusal.value.error.decline_code == decline_code
    intent = await api.payment_intents.retrieve_async(refusal.value.error.payment_intent.id)
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    charge = await api.charges.retrieve_async(intent.latest_charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert await types(api) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert (await api.balance_transactions.list_async()).data == []


async def test_captured_in_part(api: Any) -> None:
    intent = await paid(api, 2500, capture_method="manual")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 2500, 0)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.payment_intents.capture_async(intent.id, {"amount_to_capture": 2501})
    assert (refusal.value.code, refusal.value.param) == ("amount_too_large", "amount_to_capture")
    intent = await api.payment_intents.capture_async(intent.id, {"amount_to_capture": 1000})
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("succeeded", 0, 1000)
    charge = await api.charges.retrieve_async(intent.latest_charge)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (1000, 1500, False)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.payment_intents.capture_async(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert [each.amount for each in (await api.balance_transactions.list_async()).data] == [1000]
    assert (await types(api))[-2:] == ["charge.captured", "payment_intent.succeeded"]


async def test_cancelled_while_held(api: Any) -> None:
    intent = await paid(api, capture_method="manual")
    intent = await api.payment_intents.cancel_async(
        intent.id, {"cancellation_reason": "requested_by_customer"}
    )
    assert (intent.status, intent.cancellation_reason) == ("canceled", "requested_by_customer")
    charge = await api.charges.retrieve_async(intent.latest_charge)
    assert (charge.refunded, charge.captured, charge.amount_refunded) == (True, False, 2500)
    assert (await api.balance_transactions.list_async()).data == []
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        await api.payment_intents.cancel_async(intent.id)


async def test_a_payment_that_succeeded_cannot_be_cancelled(api: Any) -> None:
    intent = await paid(api)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.payment_intents.cancel_async(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert refusal.value.error.payment_intent.id == intent.id
    assert (await api.payment_intents.retrieve_async(intent.id)).status == "succeeded"


async def test_held_too_long(double: Double, api: Any) -> None:
    intent = await paid(api, capture_method="manual")
    double.ask("clock", advance_seconds=7 * 24 * 3600 + 1)
    with pytest.raises(stripe.InvalidRequestError):
        await api.payment_intents.capture_async(intent.id)
    intent = await api.payment_intents.retrieve_async(intent.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
    assert (await types(api))[-2:] == ["charge.expired", "payment_intent.canceled"]


async def test_three_d_secure_with_a_way_back(double: Double, api: Any) -> None:
    intent = await paid(api, method="pm_card_threeDSecure2Required", return_url="http://shop.test/back?x=1")
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    back = double.answer_bank(intent.next_action.redirect_to_url.url)
    assert back.headers["location"].startswith(f"http://shop.test/back?x=1&payment_intent={intent.id}&")
    assert back.headers["location"].endswith("redirect_status=succeeded")
    assert (await api.payment_intents.retrieve_async(intent.id)).status == "succeeded"


@pytest.mark.parametrize(("passed", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
async def test_three_d_secure_without_the_page(double: Double, api: Any, passed: bool, status: str) -> None:
    intent = await paid(api, method="pm_card_threeDSecure2Required")
    double.ask("authenticate", intent=intent.id, passed=passed)
    assert (await api.payment_intents.retrieve_async(intent.id)).status == status


async def test_passed_and_declined_after_it(double: Double, api: Any) -> None:
    card = {"number": "4000008400001629", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    method = await api.payment_methods.create_async({"type": "card", "card": card})
    intent = await paid(api, method=method.id, return_url="http://shop.test/back")
    back = double.answer_bank(intent.next_action.redirect_to_url.url)
    assert back.headers["location"].endswith("redirect_status=failed")
    intent = await api.payment_intents.retrieve_async(intent.id)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", "card_declined")


async def test_off_session_a_card_that_wants_its_payer(api: Any) -> None:
    ada = await api.customers.create_async({"name": "Ada"})
    method = await api.payment_methods.attach_async("pm_card_authenticationRequired", {"customer": ada.id})
    with pytest.raises(stripe.CardError) as refusal:
        await paid(api, method=method.id, customer=ada.id, off_session=True)
    assert refusal.value.code == "authentication_required"
    assert refusal.value.error.payment_intent.status == "requires_payment_method"
    assert refusal.value.error.payment_method.id == method.id


async def test_off_session_a_card_that_was_set_up(double: Double, api: Any) -> None:
    ada = await api.customers.create_async({"name": "Ada"})
    method = await api.payment_methods.attach_async(
        "pm_card_authenticationRequiredOnSetup", {"customer": ada.id}
    )
    with pytest.raises(stripe.CardError):
        await paid(api, method=method.id, customer=ada.id, off_session=True)
    setup = await api.setup_intents.create_async(
        {"customer": ada.id, "payment_method": method.id, "payment_method_types": ["card"], "confirm": True}
    )
    assert setup.status == "requires_action"
    double.ask("authenticate", intent=setup.id)
    assert (await api.setup_intents.retrieve_async(setup.id)).status == "succeeded"
    assert (await paid(api, method=method.id, customer=ada.id, off_session=True)).status == "succeeded"


async def test_set_up_that_is_declined_or_called_off(api: Any) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        await api.setup_intents.create_async({"payment_method": "pm_card_chargeDeclined", "confirm": True})
    assert refusal.value.error.setup_intent.status == "requires_payment_method"
    setup = await api.setup_intents.create_async({})
    assert (await api.setup_intents.cancel_async(setup.id)).status == "canceled"
    assert "setup_intent.setup_failed" in await types(api)


async def test_a_saved_card_is_its_customer_s_alone(api: Any) -> None:
    ada, bob = [await api.customers.create_async({"name": name}) for name in ("Ada", "Bob")]
    method = await api.payment_methods.attach_async("pm_card_visa", {"customer": ada.id})
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer"):
        await paid(api, method=method.id, customer=bob.id)
    await api.payment_methods.detach_async(method.id)
    assert (await api.customers.payment_methods.list_async(ada.id)).data == []


async def test_a_way_back_is_asked_for(api: Any) -> None:
    wish = {"amount": 2500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="must provide a `return_url`"):
        await api.payment_intents.create_async(wish)
    never = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    assert (await api.payment_intents.create_async(wish | never)).status == "succeeded"


@pytest.mark.parametrize(
    ("wish", "param", "code"),
    [
        ({"currency": "eur"}, "amount", "parameter_missing"),
        ({"amount": 1000}, "currency", "parameter_missing"),
        ({"amount": "ten", "currency": "eur"}, "amount", "parameter_invalid_integer"),
        ({"amount": -5, "currency": "eur"}, "amount", "parameter_invalid_integer"),
        ({"amount": 10, "currency": "eur"}, "amount", "amount_too_small"),
        ({"amount": 100_000_000, "currency": "eur"}, "amount", "amount_too_large"),
        ({"amount": 1000, "currency": "euros"}, "currency", None),
        ({"amount": 1000, "currency": "eur", "capture_method": "later"}, "capture_method", None),
        (
            {"amount": 1000, "currency": "eur", "payment_method": "pm_gone"},
            "payment_method",
            "resource_missing",
        ),
        ({"amount": 1000, "currency": "eur", "sparkle": "yes"}, "sparkle", "parameter_unknown"),
        ({"amount": 1000, "currency": "eur", "metadata": {"k": "v" * 501}}, "metadata[k]", None),
    ],
)
async def test_wrong_parameters(api: Any, wish: dict[str, Any], param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.payment_intents.create_async(wish)
    assert (refusal.value.param, refusal.value.code) == (param, code)
    assert (await api.payment_intents.list_async()).data == []
    assert await types(api) == []
