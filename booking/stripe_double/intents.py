"""PaymentIntents: create, change, confirm, capture, cancel."""

from __future__ import annotations

from booking.stripe_double import charging, customers, objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError, unexpected_state, wrong
from booking.stripe_double.store import Thing

AMOUNT_MAX = 99_999_999
CURRENCY_LETTERS = 3
# The least that can be charged, in minor units (docs.stripe.com/currencies).
LEAST = {"eur": 50, "usd": 50, "gbp": 30, "sek": 300, "dkk": 250, "chf": 50, "nok": 300}
CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
CANCEL_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
CANCELLABLE = (
    "requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing",
)  # fmt: skip


def create(call: Call) -> Thing:
    params = call.params
    currency = currency_of(call)
    amount = amount_of(call, currency)
    intent = objects.payment_intent(
        amount=amount,
        currency=currency,
        capture_method=params.choice("capture_method", CAPTURE_METHODS, "automatic_async"),
        at=call.now,
        setup_future_usage=params.choice("setup_future_usage", ("on_session", "off_session")),
        metadata=params.metadata(),
    )
    _texts(call, intent)
    _methods(call, intent)
    if customer := params.text("customer"):
        intent["customer"] = call.get("customer", customer, "customer")["id"]
    method = customers.method_of(call, intent["customer"])
    confirm_now, off_session, return_url = _how_to_confirm(call)
    params.done()
    if off_session and not confirm_now:
        raise wrong("You can only pass `off_session` when confirming (`confirm=true`).", "off_session")
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.save(intent, {"return_url": return_url} if return_url else {})
    call.emit("payment_intent.created", intent)
    if confirm_now:
        return _confirm(call, intent, method, off_session=off_session, return_url=return_url)
    return intent


def currency_of(call: Call) -> str:
    currency = call.params.text("currency", required=True).lower()
    if len(currency) != CURRENCY_LETTERS or not currency.isalpha():
        raise wrong(f"Invalid currency: {currency}.", "currency")
    return currency


def amount_of(call: Call, currency: str) -> int:
    amount = call.params.integer("amount", required=True, least=1)
    return checked(amount, currency, call.params.name("amount"))


def checked(amount: int, currency: str, param: str) -> int:
    if amount > AMOUNT_MAX:
        raise wrong(f"Amount must be no more than {AMOUNT_MAX}.", param, "amount_too_large")
    least = LEAST.get(currency, 1)
    if amount < least:
        raise wrong(f"Amount must be at least {least} {currency}.", param, "amount_too_small")
    return amount


def _texts(call: Call, intent: Thing) -> None:
    for name in ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix",
                 "transfer_group"):  # fmt: skip
        intent[name] = call.params.text(name, intent[name])


def _methods(call: Call, intent: Thing) -> None:
    """Which kinds of payment: named, or Stripe's own choice, which may send the payer away."""
    automatic = call.params.part("automatic_payment_methods")
    enabled = automatic.flag("enabled")
    redirects = automatic.choice("allow_redirects", ("always", "never"), "always")
    types = call.params.texts("payment_method_types")
    if types and enabled:
        raise wrong(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            "payment_method_types",
        )
    if types and types != ["card"]:
        raise wrong("This double of Stripe takes cards only.", "payment_method_types")
    if not types:
        intent["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": True}
    call.params.accept(["payment_method_options"])


def _how_to_confirm(call: Call) -> tuple[bool, bool, str | None]:
    params = call.params
    params.accept(["error_on_requires_action", "mandate_data", "use_stripe_sdk"])
    return params.flag("confirm"), params.flag("off_session"), params.text("return_url")


def retrieve(call: Call, id: str) -> Thing:
    call.params.accept(["client_secret"])
    return call.get("payment_intent", id)


def update(call: Call, id: str) -> Thing:
    intent = call.get("payment_intent", id)
    if intent["status"] in ("succeeded", "canceled") and set(call.params.given) - {"metadata", "description"}:
        raise unexpected_state(
            "payment_intent",
            intent,
            f"This PaymentIntent could not be updated because it has a status of {intent['status']}.",
        )
    params = call.params
    intent["metadata"] = params.metadata(intent["metadata"])
    if params.has("amount"):
        if intent["status"] == "requires_capture":
            raise unexpected_state(
                "payment_intent", intent, "This PaymentIntent's amount could not be updated because it has a "
                "status of requires_capture. You may only update the amount of a PaymentIntent with one of the "
                "following statuses: requires_payment_method, requires_confirmation, requires_action.",
            )  # fmt: skip
        intent["amount"] = amount_of(call, intent["currency"])
    _texts(call, intent)
    intent["setup_future_usage"] = params.choice(
        "setup_future_usage", ("on_session", "off_session"), intent["setup_future_usage"]
    )
    if customer := params.text("customer"):
        intent["customer"] = call.get("customer", customer, "customer")["id"]
    if method := customers.method_of(call, intent["customer"]):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    params.done()
    return call.save(intent)


def confirm(call: Call, id: str) -> Thing:
    intent = call.get("payment_intent", id)
    params = call.params
    method = customers.method_of(call, intent["customer"])
    _confirm_now, off_session, return_url = _how_to_confirm(call)
    intent["receipt_email"] = params.text("receipt_email", intent["receipt_email"])
    intent["setup_future_usage"] = params.choice(
        "setup_future_usage", ("on_session", "off_session"), intent["setup_future_usage"]
    )
    params.accept(["client_secret", "capture_method", "payment_method_options"])
    params.done()
    if method is None and intent["payment_method"]:
        method = call.get("payment_method", intent["payment_method"])
    return _confirm(call, intent, method, off_session=off_session, return_url=return_url)


def _confirm(
    call: Call, intent: Thing, method: Thing | None, *, off_session: bool, return_url: str | None
) -> Thing:
    if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        done = "previously" if intent["status"] == "succeeded" else "not"
        raise unexpected_state(
            "payment_intent", intent, "You cannot confirm this PaymentIntent because it has already "
            f"{done} succeeded after being previously confirmed." if done == "previously" else
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
            "requires_action.",
        )  # fmt: skip
    if method is None:
        raise unexpected_state(
            "payment_intent", intent, "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it "
            "again directly with a payment method.",
        )  # fmt: skip
    private = call.private(intent["id"])
    if return_url:
        private["return_url"] = return_url
    automatic = intent["automatic_payment_methods"] or {}
    if (
        automatic.get("enabled")
        and automatic["allow_redirects"] == "always"
        and not private.get("return_url")
    ):
        raise ApiError(
            400, "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some "
            "of these payment methods might redirect your customer off of your page, you must provide a "
            "`return_url`. If you don't want to accept redirect-based payment methods, set "
            "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to "
            "`never` when creating Setup Intents and Payment Intents.",
        )  # fmt: skip
    call.save(intent, private)
    return charging.attempt(call, intent, method, off_session=off_session)


def capture(call: Call, id: str) -> Thing:
    """Take what was held, or a part of it; the rest is let go."""
    intent = call.get("payment_intent", id)
    params = call.params
    amount = params.integer("amount_to_capture", least=1)
    intent["metadata"] = params.metadata(intent["metadata"])
    params.accept(["final_capture", "statement_descriptor", "statement_descriptor_suffix"])
    params.done()
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            "payment_intent", intent, f"This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be captured: "
            "requires_capture.",
        )  # fmt: skip
    held = intent["amount_capturable"]
    amount = held if amount is None else amount
    if amount > held:
        raise ApiError(
            400, f"The amount to capture ({amount}) is greater than the amount that can be captured ({held}).",
            code="amount_too_large", param="amount_to_capture",
        )  # fmt: skip
    charge = call.get("charge", intent["latest_charge"])
    # As Stripe: what a partial capture lets go counts as refunded on the charge, though no refund is made of it.
    charge |= {"captured": True, "amount_captured": amount, "amount_refunded": charge["amount"] - amount}
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    charging.booked(call, intent, charge, "charge.captured")
    if session := session_of(call, id):
        call.save(session | {"payment_status": "paid"})  # Stripe sends no event about that
    return intent


def cancel(call: Call, id: str) -> Thing:
    intent = call.get("payment_intent", id)
    reason = call.params.choice("cancellation_reason", CANCEL_REASONS)
    call.params.done()
    if intent["status"] not in CANCELLABLE:
        raise unexpected_state(
            "payment_intent", intent, f"You cannot cancel this PaymentIntent because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELLABLE)}.",
        )  # fmt: skip
    session = session_of(call, id)
    if session and session["status"] == "open":
        raise ApiError(
            400, "You cannot cancel a PaymentIntent created by Checkout. You should expire the Checkout Session "
            f"{session['id']} instead.", code="payment_intent_unexpected_state", payment_intent=intent,
        )  # fmt: skip
    return let_go(call, intent, reason)


def session_of(call: Call, id: str) -> Thing | None:
    """The Checkout Session that the intent belongs to."""
    session = call.private(id).get("session")
    return call.store.get(call.account, session) if session else None


def let_go(call: Call, intent: Thing, reason: str | None) -> Thing:
    """Cancel the intent; a held amount goes back at once, without a fee."""
    held = intent["status"] == "requires_capture"
    intent |= {
        "status": "canceled",
        "canceled_at": call.now,
        "cancellation_reason": reason,
        "amount_capturable": 0,
        "next_action": None,
    }
    call.save(intent)
    if held:
        charge = call.get("charge", intent["latest_charge"])
        charge |= {"amount_refunded": charge["amount"], "refunded": True}
        call.save(charge)
        call.emit("charge.expired" if reason == "automatic" else "charge.refunded", charge)
    call.emit("payment_intent.canceled", intent)
    return intent
