"""Checkout Sessions: made and expired through the API, paid on the hosted page (`pages.py`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from booking.stripe_double import cards, charging, customers, intents, objects, setups
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError, wrong
from booking.stripe_double.params import Params
from booking.stripe_double.store import Thing

SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 3600
SLACK_SECONDS = 5  # between the caller's clock and ours
LINE_ITEMS_MAX = 100
PASSED_BY = (
    "allow_promotion_codes", "automatic_tax", "billing_address_collection", "consent_collection", "custom_text",
    "payment_method_options", "phone_number_collection", "submit_type", "tax_id_collection", "ui_mode",
    "customer_update", "saved_payment_method_options", "adaptive_pricing", "invoice_creation",
    "payment_method_collection",
)  # fmt: skip


def create(call: Call) -> Thing:
    params = call.params
    mode = params.choice("mode", ("payment", "setup"))
    if mode is None:
        raise wrong("Missing required param: mode.", "mode", "parameter_missing")
    types = params.texts("payment_method_types")
    if types and types != ["card"]:
        raise wrong("This double of Stripe takes cards only.", "payment_method_types")
    params.accept(PASSED_BY)
    session = objects.session(
        base=call.base,
        mode=mode,
        at=call.now,
        expires_at=_expiry(call),
        client_reference_id=params.text("client_reference_id", most=200),
        customer_email=params.text("customer_email", most=800),
        customer_creation=params.choice(
            "customer_creation", ("always", "if_required"), "if_required" if mode == "payment" else None
        ),
        locale=params.text("locale"),
        metadata=params.metadata(),
        success_url=_address(params, "success_url", required=True),
        cancel_url=_address(params, "cancel_url"),
    )
    if customer := params.text("customer"):
        if session["customer_email"]:
            raise wrong("You may only specify one of these parameters: customer, customer_email.", "customer")
        session |= {"customer": call.get("customer", customer, "customer")["id"], "customer_creation": None}
    private: Thing = {"line_items": [], "intent": _intent_data(params, mode)}
    if mode == "payment":
        items = [_line_item(call, item) for item in params.parts("line_items")]
        if not items:
            params.need("line_items")
            raise wrong("You must provide line_items.", "line_items", "parameter_missing")
        _sum_up(session, items)
        private["line_items"] = items
    else:
        session |= {"currency": params.text("currency"), "payment_status": "no_payment_required"}
    params.done()
    if mode == "setup":
        call.params = Params({})
        intent = setups.create(call)
        intent |= {"customer": session["customer"], "usage": "off_session", **private["intent"]}
        call.save(intent)
        session["setup_intent"] = intent["id"]
    call.save(session, private)
    call.store.later(call.account, session["expires_at"], "session_expires", session["id"])
    return session


def _expiry(call: Call) -> int:
    given = call.params.integer("expires_at")
    if given is None:
        return call.now + LONGEST_SECONDS
    ahead = given - call.now
    if ahead < SHORTEST_SECONDS - SLACK_SECONDS:
        raise wrong(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            "expires_at",
        )
    if ahead > LONGEST_SECONDS + SLACK_SECONDS:
        raise wrong(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            "expires_at",
        )
    return given


def _address(params: Params, name: str, required: bool = False) -> Any:
    url = params.text(name, required=required)
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise wrong("Not a valid URL", name, "url_invalid")
    return url


def _intent_data(params: Params, mode: str) -> Thing:
    """What the intent will carry that the payer makes."""
    if mode == "setup":
        data = params.part("setup_intent_data")
        return {"metadata": data.metadata(), "description": data.text("description")}
    data = params.part("payment_intent_data")
    return {
        "capture_method": data.choice("capture_method", intents.CAPTURE_METHODS, "automatic_async"),
        "setup_future_usage": data.choice("setup_future_usage", ("on_session", "off_session")),
        "description": data.text("description"),
        "receipt_email": data.text("receipt_email"),
        "statement_descriptor_suffix": data.text("statement_descriptor_suffix"),
        "metadata": data.metadata(),
    }


def _line_item(call: Call, item: Params) -> Thing:
    quantity = item.integer("quantity", 1, least=1)
    item.need("price_data")
    price = item.part("price_data")
    currency = price.text("currency", required=True).lower()
    amount = price.integer("unit_amount", required=True)
    product = price.part("product_data")
    name = product.text("name", required=True)
    description = product.text("description")
    product.accept(["images", "metadata", "tax_code"])
    price.accept(["tax_behavior"])
    item.accept(["adjustable_quantity", "tax_rates"])
    return objects.line_item(name, description, amount, quantity, currency, at=call.now)


def _sum_up(session: Thing, items: list[Thing]) -> None:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1 or len(items) > LINE_ITEMS_MAX:
        raise wrong("All line items must be in the same currency, and at most 100.", "line_items")
    currency = items[0]["currency"]
    total = sum(item["amount_total"] for item in items)
    intents.checked(total, currency, "line_items")
    session |= {
        "currency": currency,
        "amount_subtotal": total,
        "amount_total": total,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }


def retrieve(call: Call, id: str) -> Thing:
    return call.get("checkout.session", id, "session")


def update(call: Call, id: str) -> Thing:
    session = call.get("checkout.session", id, "session")
    session["metadata"] = call.params.metadata(session["metadata"])
    call.params.done()
    return call.save(session)


def expire(call: Call, id: str) -> Thing:
    session = call.get("checkout.session", id, "session")
    call.params.done()
    if session["status"] != "open":
        raise ApiError(
            400, "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a "
            f"status of {session['status']}.",
        )  # fmt: skip
    return let_go(call, session)


def let_go(call: Call, session: Thing) -> Thing:
    """The time is over, or the merchant has ended it: nobody can pay it any more."""
    session |= {"status": "expired", "url": None}
    call.save(session)
    if session["payment_intent"]:
        intent = call.get("payment_intent", session["payment_intent"])
        if intent["status"] in intents.CANCELLABLE:
            intents.let_go(call, intent, None)
    if session["setup_intent"]:
        intent = call.get("setup_intent", session["setup_intent"])
        if intent["status"] in setups.STATES:
            call.save(intent | {"status": "canceled", "next_action": None})
            call.emit("setup_intent.canceled", intent | {"status": "canceled", "next_action": None})
    call.emit("checkout.session.expired", session)
    return session


# --- what the payer does on the page -------------------------------------------------------------


def pay(
    call: Call, session: Thing, card: cards.Card, *, month: int, year: int, name: str, email: str
) -> Thing:
    """The payer sends the form: the intent is made and confirmed. Gives the intent; raises ApiError when declined."""
    method = customers.from_page(call, card, month=month, year=year, name=name, email=email)
    session["customer_details"] = {
        "address": objects.address(), "business_name": None, "email": email, "individual_name": None,
        "name": name, "phone": None, "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip
    _make_customer(call, session, name, email)
    if session["mode"] == "setup":
        intent = call.get("setup_intent", session["setup_intent"])
        call.save(intent | {"customer": session["customer"]}, {"session": session["id"]})
        call.save(session)
        done = setups.attempt(call, intent | {"customer": session["customer"]}, method)
    else:
        intent = _payment_intent(call, session)
        call.save(session)
        done = charging.attempt(call, intent, method, off_session=False)
    return finish(call, session, done)


def _make_customer(call: Call, session: Thing, name: str, email: str) -> None:
    """Stripe makes a customer where it was asked for, or where a card is kept for later."""
    keeps = session["mode"] == "setup" or call.private(session["id"])["intent"].get("setup_future_usage")
    if session["customer"] is None and (session["customer_creation"] == "always" or keeps):
        customer = objects.customer(at=call.now, email=email, name=name)
        call.save(customer)
        call.emit("customer.created", customer)
        session["customer"] = customer["id"]


def _payment_intent(call: Call, session: Thing) -> Thing:
    """The session's intent: made at the first attempt, the same one at the next."""
    if session["payment_intent"]:
        return call.get("payment_intent", session["payment_intent"])
    given = call.private(session["id"])["intent"]
    intent = objects.payment_intent(
        amount=session["amount_total"],
        currency=session["currency"],
        at=call.now,
        **{name: value for name, value in given.items() if value is not None},
        customer=session["customer"],
    )
    call.save(intent, {"session": session["id"]})
    call.emit("payment_intent.created", intent)
    session["payment_intent"] = intent["id"]
    return intent


def finish(call: Call, session: Thing, intent: Thing) -> Thing:
    """Complete the session once its intent is paid, held or saved. Gives the intent."""
    if intent["status"] in ("succeeded", "requires_capture") and session["status"] == "open":
        session |= {"status": "complete", "url": None}
        if session["mode"] == "payment":
            session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
        call.save(session)
        call.emit("checkout.session.completed", session)
    return intent
