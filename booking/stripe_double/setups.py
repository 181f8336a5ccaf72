"""SetupIntents: save a card for later payments, with the payer's yes to 3-D Secure where it is asked for."""

from __future__ import annotations

from booking.stripe_double import cards, charging, customers, objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError, unexpected_state
from booking.stripe_double.store import Thing, new_id

STATES = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Thing:
    params = call.params
    intent = objects.setup_intent(
        at=call.now,
        usage=params.choice("usage", ("on_session", "off_session"), "off_session"),
        description=params.text("description"),
        metadata=params.metadata(),
    )
    automatic = params.part("automatic_payment_methods")
    automatic.accept(["enabled", "allow_redirects"])
    if not params.texts("payment_method_types"):
        intent["automatic_payment_methods"] = {
            "allow_redirects": automatic.given.get("allow_redirects", "always"),
            "enabled": True,
        }
    if customer := params.text("customer"):
        intent["customer"] = call.get("customer", customer, "customer")["id"]
    method = customers.method_of(call, intent["customer"])
    confirm_now, return_url = params.flag("confirm"), params.text("return_url")
    params.accept(["payment_method_options", "mandate_data", "use_stripe_sdk"])
    params.done()
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.save(intent, {"return_url": return_url} if return_url else {})
    call.emit("setup_intent.created", intent)
    return attempt(call, intent, method) if confirm_now else intent


def retrieve(call: Call, id: str) -> Thing:
    call.params.accept(["client_secret"])
    return call.get("setup_intent", id)


def update(call: Call, id: str) -> Thing:
    intent = call.get("setup_intent", id)
    intent["metadata"] = call.params.metadata(intent["metadata"])
    intent["description"] = call.params.text("description", intent["description"])
    if customer := call.params.text("customer"):
        intent["customer"] = call.get("customer", customer, "customer")["id"]
    if method := customers.method_of(call, intent["customer"]):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.params.done()
    return call.save(intent)


def confirm(call: Call, id: str) -> Thing:
    intent = call.get("setup_intent", id)
    method = customers.method_of(call, intent["customer"])
    return_url = call.params.text("return_url")
    call.params.accept(["client_secret", "payment_method_options", "mandate_data", "use_stripe_sdk"])
    call.params.done()
    if return_url:
        call.save(intent, call.private(id) | {"return_url": return_url})
    if method is None and intent["payment_method"]:
        method = call.get("payment_method", intent["payment_method"])
    return attempt(call, intent, method)


def attempt(call: Call, intent: Thing, method: Thing | None, *, authenticated: bool = False) -> Thing:
    """Try to save the card. Raises ApiError, 402, when the bank declines it."""
    if intent["status"] not in STATES:
        raise unexpected_state(
            "setup_intent",
            intent,
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
        )
    if method is None:
        raise unexpected_state(
            "setup_intent",
            intent,
            "You cannot confirm this SetupIntent because it's missing a payment method.",
        )
    behaviour = call.private(method["id"]).get("behaviour", cards.OK)
    if behaviour in cards.NEEDS_3DS and not authenticated:
        intent |= {
            "status": "requires_action",
            "payment_method": method["id"],
            "next_action": charging.next_action(call, intent),
        }
        call.save(intent)
        call.emit("setup_intent.requires_action", intent)
        return intent
    if behaviour in cards.MESSAGES:
        raise _failed(call, intent, cards.refused(behaviour, payment_method=method))
    intent |= {
        "status": "succeeded",
        "payment_method": method["id"],
        "next_action": None,
        "last_setup_error": None,
        "latest_attempt": new_id("setatt"),
    }
    call.save(intent)
    call.emit("setup_intent.succeeded", intent)
    if intent["customer"]:
        charging.attach(call, method, intent["customer"], set_up=intent["usage"] == "off_session")
    elif intent["usage"] == "off_session":
        call.save(method, call.private(method["id"]) | {"set_up": True})
    return intent


def _failed(call: Call, intent: Thing, error: ApiError) -> ApiError:
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_setup_error": dict(error.error),
        "latest_attempt": new_id("setatt"),
    }
    call.save(intent)
    call.emit("setup_intent.setup_failed", intent)
    error.error["setup_intent"] = intent
    return error


def authenticate(call: Call, intent: Thing, passed: bool) -> Thing:
    """The payer has answered the bank's question."""
    method = call.get("payment_method", intent["payment_method"])
    if passed:
        return attempt(call, intent, method, authenticated=True)
    error = ApiError(
        402,
        cards.NOT_AUTHENTICATED,
        type="card_error",
        code="setup_intent_authentication_failure",
        payment_method=method,
    )
    _failed(call, intent, error)
    return intent


def cancel(call: Call, id: str) -> Thing:
    intent = call.get("setup_intent", id)
    reason = call.params.choice("cancellation_reason", ("abandoned", "requested_by_customer", "duplicate"))
    call.params.done()
    if intent["status"] not in STATES:
        raise unexpected_state(
            "setup_intent",
            intent,
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
        )
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    call.save(intent)
    call.emit("setup_intent.canceled", intent)
    return intent
