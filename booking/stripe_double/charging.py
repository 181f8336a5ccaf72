"""What happens when an intent is paid: 3-D Secure, declines, authorisation, capture, and the events of each."""

from __future__ import annotations

from booking.stripe_double import cards, objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Thing


def attempt(
    call: Call, intent: Thing, method: Thing, *, off_session: bool, authenticated: bool = False
) -> Thing:
    """Pay the intent with the card: it needs the payer, is paid, waits for capture, or is declined (ApiError, 402)."""
    behaviour = call.private(method["id"]).get("behaviour", cards.OK)
    if behaviour in cards.NEEDS_3DS and not authenticated:
        excused = (
            off_session and behaviour == cards.UNLESS_SET_UP and call.private(method["id"]).get("set_up")
        )
        if not excused:
            if off_session:
                raise declined(call, intent, method, "authentication_required")
            return ask_payer(call, intent, method)
    if code := cards.decline_code(behaviour):
        raise declined(call, intent, method, code)
    return paid(call, intent, method, authenticated=authenticated)


def ask_payer(call: Call, intent: Thing, method: Thing) -> Thing:
    """3-D Secure is needed: the payer goes to a page of the bank's, here one of ours."""
    intent |= {
        "status": "requires_action",
        "payment_method": method["id"],
        "next_action": next_action(call, intent),
    }
    call.save(intent)
    call.emit("payment_intent.requires_action", intent)
    return intent


def next_action(call: Call, intent: Thing) -> Thing:
    """Where the payer is sent. Without a return_url Stripe leaves it to its script; our page is there all the same."""
    return_url = call.private(intent["id"]).get("return_url")
    if return_url:
        return {
            "redirect_to_url": {"return_url": return_url, "url": f"{call.base}/3ds/{intent['id']}"},
            "type": "redirect_to_url",
        }
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": f"{call.base}/3ds/{intent['id']}"},
    }


def declined(call: Call, intent: Thing, method: Thing, code: str) -> ApiError:
    """Write the failed charge down, and make the error that the caller raises."""
    charge = objects.charge(intent, method, base=call.base, at=call.now, authenticated=False)
    error = cards.refused(code)
    blocked = {
        "network_status": "declined_by_network",
        "network_decline_code": "01",
        "reason": code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    charge |= {
        "status": "failed",
        "paid": False,
        "failure_code": error.error["code"],
        "failure_message": error.error["message"],
        "receipt_url": None,
        "outcome": charge["outcome"] | blocked,
    }
    call.save(charge)
    told = {name: value for name, value in error.error.items()} | {
        "charge": charge["id"],
        "payment_method": method,
    }
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": told,
    }
    call.save(intent)
    call.emit("charge.failed", charge)
    call.emit("payment_intent.payment_failed", intent)
    error.error |= {"charge": charge["id"], "payment_intent": intent, "payment_method": method}
    return error


def paid(call: Call, intent: Thing, method: Thing, *, authenticated: bool) -> Thing:
    """The bank says yes: captured at once, or held until it is captured."""
    charge = objects.charge(intent, method, base=call.base, at=call.now, authenticated=authenticated)
    intent |= {
        "payment_method": method["id"],
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        call.save(charge)
        call.save(intent)
        call.emit("charge.succeeded", charge)
        call.emit("payment_intent.amount_capturable_updated", intent)
        before = charge["payment_method_details"]["card"]["capture_before"]
        call.store.later(call.account, before, "capture_too_late", intent["id"])
    else:
        charge |= {"captured": True, "amount_captured": charge["amount"]}
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        booked(call, intent, charge, "charge.succeeded")
    remember(call, intent, method)
    return intent


def booked(call: Call, intent: Thing, charge: Thing, event: str) -> None:
    """The captured money on the balance. With automatic_async, Stripe's default, the charge learns of it later."""
    moved = objects.balance_transaction(
        "charge", charge["amount_captured"], charge["currency"], charge["id"], at=call.now,
        fee=objects.fee(charge["amount_captured"]), description=charge["description"],
    )  # fmt: skip
    call.save(moved)
    late = intent["capture_method"] == "automatic_async"
    if not late:
        charge["balance_transaction"] = moved["id"]
    call.save(intent)
    call.emit(event, charge)
    call.emit("payment_intent.succeeded", intent)
    if late:
        charge["balance_transaction"] = moved["id"]
        call.emit("charge.updated", charge, {"balance_transaction": None})
    call.save(charge)
    behaviour = call.private(charge["payment_method"]).get("behaviour", cards.OK)
    if behaviour in cards.DISPUTES:
        call.store.later(call.account, call.now, "dispute", charge["id"])


def remember(call: Call, intent: Thing, method: Thing) -> None:
    """A card that was paid with for future use stays with the customer, set up for payments off session."""
    if intent["setup_future_usage"] and intent["customer"]:
        attach(call, method, intent["customer"], set_up=intent["setup_future_usage"] == "off_session")


def attach(call: Call, method: Thing, customer: str, *, set_up: bool) -> Thing:
    private = call.private(method["id"])
    if set_up:
        private["set_up"] = True
    fresh = method["customer"] is None
    method["customer"] = customer
    call.save(method, private)
    if fresh:
        call.emit("payment_method.attached", method)
    return method


def authenticate(call: Call, intent: Thing, passed: bool) -> Thing:
    """The payer has answered the bank's question. Raises ApiError, 402, when the card is declined after it."""
    method = call.get("payment_method", intent["payment_method"])
    if passed:
        return attempt(call, intent, method, off_session=False, authenticated=True)
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://docs.stripe.com/error-codes#payment-intent-authentication-failure",
        "message": cards.NOT_AUTHENTICATED,
        "payment_method": method,
        "type": "card_error",
    }
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error,
    }
    call.save(intent)
    call.emit("payment_intent.payment_failed", intent)
    return intent
