"""Checkout Sessions and their page, as a payer without a browser uses it."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from tests.stripe import DECLINED, NEEDS_3DS, NO_FUNDS, Double
from tests.stripe_double.conftest import session, types


async def test_it_works(double: Double, api: Any) -> None:
    made = await session(
        api,
        client_reference_id="r1",
        customer_email="ada@example.org",
        metadata={"reservation": "r1"},
        payment_intent_data={"metadata": {"reservation": "r1"}, "description": "Room, Tuesday"},
        locale="nl",
    )
    assert (made.status, made.payment_status, made.amount_total, made.currency) == (
        "open",
        "unpaid",
        2500,
        "eur",
    )
    assert made.payment_intent is None
    answer = double.pay(made.url)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"http://shop.test/thanks?session={made.id}",
    )

    done = await api.checkout.sessions.retrieve_async(
        made.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (done.client_reference_id, done.metadata["reservation"]) == ("r1", "r1")
    assert (done.customer_details.email, done.customer_details.name) == ("ada@example.org", "Ada")
    intent = done.payment_intent
    assert (intent.status, intent.amount_received, intent.metadata["reservation"]) == (
        "succeeded",
        2500,
        "r1",
    )
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    moved = intent.latest_charge.balance_transaction
    assert (moved.amount, moved.fee, moved.net) == (2500, 63, 2437)  # 37.5 rounded up, and 25
    assert done.line_items.data[0].amount_total == 2500
    assert await types(api) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]


async def test_a_page_says_what_it_is_and_shows_no_number_again(double: Double, api: Any) -> None:
    made = await session(api)
    page = double.see(made.url)
    assert "This is not Stripe" in page.text
    assert "EUR 25.00" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for number in (DECLINED, NO_FUNDS, "4111 1111 1111 1111"):
        again = double.pay(made.url, number, cvc="987")
        assert again.status_code in (402, 422)
        assert f'value="{number}"' not in again.text
        assert "987" not in again.text
        assert 'value="Ada"' in again.text
        assert "This is not Stripe" in again.text


async def test_every_wrong_field_is_told_at_once(double: Double, api: Any) -> None:
    made = await session(api)
    answer = double.pay(made.url, "4242 4242 4242 4241", expiry="12 / 20", cvc="12", name="", email="ada")
    assert answer.status_code == 422
    for sentence in (
        "card number is incorrect",
        "card has expired",
        "3 digits",
        "name on the card",
        "e-mail address",
    ):
        assert sentence in answer.text
    assert await types(api) == []


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(DECLINED, "Your card was declined."), (NO_FUNDS, "insufficient funds")],
)
async def test_a_declined_card_and_then_another(double: Double, api: Any, number: str, sentence: str) -> None:
    made = await session(api)
    answer = double.pay(made.url, number)
    assert (answer.status_code, sentence in answer.text) == (402, True)
    intent = (
        await api.checkout.sessions.retrieve_async(made.id, {"expand": ["payment_intent"]})
    ).payment_intent
    assert (intent.status, intent.last_payment_error.type) == ("requires_payment_method", "card_error")
    assert double.pay(made.url).status_code == 303
    done = await api.checkout.sessions.retrieve_async(made.id)
    assert (done.status, done.payment_intent) == ("complete", intent.id)
    assert (await types(api))[:3] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


async def test_a_real_card_is_refused(double: Double, api: Any) -> None:
    """By its check digit it could be one; it is none of Stripe's for tests."""
    made = await session(api)
    answer = double.pay(made.url, "4111 1111 1111 1111")
    assert (answer.status_code, "non test (live) card" in answer.text) == (422, True)
    assert (await api.checkout.sessions.retrieve_async(made.id)).payment_intent is None


async def test_three_d_secure(double: Double, api: Any) -> None:
    made = await session(api)
    asked = double.pay(made.url, NEEDS_3DS)
    assert (asked.status_code, asked.headers["location"][:8]) == (303, "/3ds/pi_")
    page = double.see(double.url + asked.headers["location"])
    assert "This is not Stripe" in page.text
    assert (await api.checkout.sessions.retrieve_async(made.id)).status == "open"
    back = double.answer_bank(asked.headers["location"])
    assert back.headers["location"] == f"http://shop.test/thanks?session={made.id}"
    done = await api.checkout.sessions.retrieve_async(made.id, {"expand": ["payment_intent.latest_charge"]})
    card = done.payment_intent.latest_charge.payment_method_details.card
    assert (done.status, card.three_d_secure.result) == ("complete", "authenticated")
    assert double.answer_bank(asked.headers["location"]).status_code == 303, (
        "the second click changes nothing"
    )
    assert (await types(api)).count("payment_intent.succeeded") == 1


async def test_three_d_secure_that_fails(double: Double, api: Any) -> None:
    made = await session(api)
    asked = double.pay(made.url, NEEDS_3DS)
    back = double.answer_bank(asked.headers["location"], passed=False)
    assert (back.status_code, "unable to authenticate" in back.text) == (200, True)
    done = await api.checkout.sessions.retrieve_async(made.id, {"expand": ["payment_intent"]})
    assert (done.status, done.payment_intent.status) == ("open", "requires_payment_method")
    assert done.payment_intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert double.pay(made.url).status_code == 303


async def test_walking_away_leaves_it_open_until_it_expires(double: Double, api: Any) -> None:
    made = await session(api, expires_at=int(time.time()) + 1801)
    asked = double.pay(made.url, NEEDS_3DS)
    assert 'href="http://shop.test/basket"' in double.see(double.url + asked.headers["location"]).text
    double.ask("clock", advance_seconds=1802)
    done = await api.checkout.sessions.retrieve_async(made.id, {"expand": ["payment_intent"]})
    assert (done.status, done.url, done.payment_intent.status) == ("expired", None, "canceled")
    assert (await types(api))[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    late = double.pay(made.url)
    assert (late.status_code, "has expired" in late.text) == (410, True)
    assert (await types(api))[-1] == "checkout.session.expired"


async def test_expire(double: Double, api: Any) -> None:
    made = await session(api)
    assert (await api.checkout.sessions.expire_async(made.id)).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        await api.checkout.sessions.expire_async(made.id)
    assert double.see(made.url).status_code == 410
    assert await types(api) == ["checkout.session.expired"]


async def test_a_paid_one_cannot_expire(double: Double, api: Any) -> None:
    made = await session(api)
    double.pay(made.url)
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        await api.checkout.sessions.expire_async(made.id)
    double.ask("clock", advance_seconds=90_000)
    assert (await api.checkout.sessions.retrieve_async(made.id)).status == "complete"


async def test_the_second_click_pays_once(double: Double, api: Any) -> None:
    made = await session(api)
    first, second = double.pay(made.url), double.pay(made.url)
    assert first.headers["location"] == second.headers["location"]
    assert len((await api.payment_intents.list_async()).data) == 1


@pytest.mark.parametrize("seconds", [60, 29 * 60, 25 * 3600])
async def test_between_30_minutes_and_a_day(api: Any, seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await session(api, expires_at=int(time.time()) + seconds)
    assert refusal.value.param == "expires_at"
    assert (await api.checkout.sessions.list_async()).data == []


@pytest.mark.parametrize(
    ("wish", "param", "code"),
    [
        ({"mode": "subscription"}, "mode", None),
        ({"success_url": ""}, "success_url", "parameter_invalid_empty"),
        ({"success_url": "thanks"}, "success_url", "url_invalid"),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"colour": "blue"}, "colour", "parameter_unknown"),
        ({"payment_intent_data": {"colour": "blue"}}, "payment_intent_data[colour]", "parameter_unknown"),
        ({"customer": "cus_nobody"}, "customer", "resource_missing"),
    ],
)
async def test_wrong_parameters(api: Any, wish: dict[str, Any], param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await session(api, **wish)
    assert (refusal.value.param, refusal.value.code) == (param, code)
    assert (await api.checkout.sessions.list_async()).data == []


async def test_held_and_captured_later(double: Double, api: Any) -> None:
    made = await session(api, payment_intent_data={"capture_method": "manual"})
    double.pay(made.url)
    held = await api.checkout.sessions.retrieve_async(made.id, {"expand": ["payment_intent.latest_charge"]})
    intent = held.payment_intent
    assert (held.status, held.payment_status, intent.status) == ("complete", "unpaid", "requires_capture")
    until = intent.latest_charge.payment_method_details.card.capture_before - intent.latest_charge.created
    assert until == 7 * 24 * 3600
    await api.payment_intents.capture_async(intent.id)
    assert (await api.checkout.sessions.retrieve_async(made.id)).payment_status == "paid"


async def test_a_card_saved_for_later(double: Double, api: Any) -> None:
    ada = await api.customers.create_async({"email": "ada@example.org"})
    made = await api.checkout.sessions.create_async(
        {"mode": "setup", "customer": ada.id, "currency": "eur", "success_url": "http://shop.test/ok"}
    )
    assert (made.payment_status, made.payment_intent) == ("no_payment_required", None)
    asked = double.pay(made.url, NEEDS_3DS)
    double.answer_bank(asked.headers["location"])
    done = await api.checkout.sessions.retrieve_async(made.id, {"expand": ["setup_intent"]})
    assert (done.status, done.setup_intent.status, done.setup_intent.usage) == (
        "complete",
        "succeeded",
        "off_session",
    )
    later = await api.payment_intents.create_async(
        {
            "amount": 900,
            "currency": "eur",
            "customer": ada.id,
            "payment_method": done.setup_intent.payment_method,
            "payment_method_types": ["card"],
            "off_session": True,
            "confirm": True,
        }
    )
    assert later.status == "succeeded"
    assert (await types(api))[:5] == [
        "customer.created",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.succeeded",
        "payment_method.attached",
    ]


async def test_paid_now_and_saved_for_later(double: Double, api: Any) -> None:
    made = await session(api, payment_intent_data={"setup_future_usage": "off_session"})
    double.answer_bank(double.pay(made.url, NEEDS_3DS).headers["location"])
    done = await api.checkout.sessions.retrieve_async(made.id, {"expand": ["payment_intent"]})
    assert done.customer.startswith("cus_")
    saved = await api.customers.payment_methods.list_async(done.customer)
    assert [each.id for each in saved.data] == [done.payment_intent.payment_method]


async def test_nobody_s_page(double: Double) -> None:
    answer = double.see("/c/pay/cs_test_nothing")
    assert (answer.status_code, "This is not Stripe" in answer.text) == (404, True)
    assert double.see("/3ds/pi_nothing").status_code == 404
