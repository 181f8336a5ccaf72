"""Customers and their saved cards. Of a card that programs send, brand, last four digits and expiry are kept."""

from __future__ import annotations

from booking.stripe_double import cards, charging, objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError, missing, wrong
from booking.stripe_double.store import Thing

FAR_YEAR = 2034  # of the cards that stand behind Stripe's names for tests
TEXTS = ("email", "name", "phone", "description")


def create(call: Call) -> Thing:
    customer = objects.customer(at=call.now, metadata=call.params.metadata())
    _texts(call, customer)
    call.params.done()
    call.save(customer)
    call.emit("customer.created", customer)
    return customer


def update(call: Call, id: str) -> Thing:
    customer = call.get("customer", id)
    before = dict(customer)
    customer["metadata"] = call.params.metadata(customer["metadata"])
    _texts(call, customer)
    settings = call.params.part("invoice_settings")
    if method := settings.text("default_payment_method"):
        customer["invoice_settings"]["default_payment_method"] = method
    call.params.done()
    call.save(customer)
    changed = {name: value for name, value in before.items() if customer[name] != value}
    call.emit("customer.updated", customer, changed)
    return customer


def _texts(call: Call, customer: Thing) -> None:
    for name in TEXTS:
        customer[name] = call.params.text(name, customer[name])
    customer["preferred_locales"] = call.params.texts("preferred_locales") or customer["preferred_locales"]
    call.params.accept(["address", "shipping", "tax_exempt"])


def retrieve(call: Call, id: str) -> Thing:
    return call.get("customer", id)


def delete(call: Call, id: str) -> Thing:
    customer = call.get("customer", id)
    for method in call.store.newest_first(call.account, "payment_method"):
        if method["customer"] == id:
            call.save(method | {"customer": None})
    call.store.delete(id)
    call.emit("customer.deleted", customer)
    return {"id": id, "object": "customer", "deleted": True}


def create_method(call: Call) -> Thing:
    """A card from a program. Stripe's page is the ordinary way: here only test numbers are taken, and none is kept."""
    params = call.params
    if params.choice("type", ("card",)) is None:
        raise wrong("Missing required param: type.", "type", "parameter_missing")
    given = params.part("card")
    number = given.text("number", required=True)
    month, year = given.integer("exp_month", required=True), given.integer("exp_year", required=True)
    details = params.part("billing_details")
    name, email = details.text("name"), details.text("email")
    given.accept(["cvc"])
    details.accept(["address", "phone"])
    metadata = params.metadata()
    params.done()
    method = objects.payment_method(
        cards.by_number(number), month=month, year=year, name=name, email=email, at=call.now
    )
    method["metadata"] = metadata
    return call.save(method, {"behaviour": cards.by_number(number).behaviour})


def from_page(call: Call, card: cards.Card, *, month: int, year: int, name: str, email: str | None) -> Thing:
    """The card that a payer typed on one of our pages."""
    method = objects.payment_method(card, month=month, year=year, name=name, email=email, at=call.now)
    return call.save(method, {"behaviour": card.behaviour})


def named(call: Call, id: str, param: str = "payment_method") -> Thing:
    """A saved card, or one of Stripe's names for tests, as pm_card_visa, which becomes a card of its own."""
    if card := cards.by_name(id):
        method = objects.payment_method(card, month=12, year=FAR_YEAR, name=None, email=None, at=call.now)
        return call.save(method, {"behaviour": card.behaviour})
    return call.get("payment_method", id, param)


def method_of(call: Call, customer: str | None) -> Thing | None:
    """The card that a call names to pay with; it must be the customer's, where it has one. Raises ApiError."""
    id = call.params.text("payment_method")
    if id is None:
        return None
    method = named(call, id)
    if method["customer"] and method["customer"] != customer:
        said = "" if customer is None else f" {customer}"
        raise ApiError(
            400, f"The provided PaymentMethod {id} does not belong to the Customer{said}. Please use this "
            "PaymentMethod with the Customer that it belongs to instead.", param="payment_method",
        )  # fmt: skip
    return method


def retrieve_method(call: Call, id: str) -> Thing:
    return call.get("payment_method", id, "payment_method")


def update_method(call: Call, id: str) -> Thing:
    method = call.get("payment_method", id, "payment_method")
    method["metadata"] = call.params.metadata(method["metadata"])
    details = call.params.part("billing_details")
    for name in ("name", "email", "phone"):
        method["billing_details"][name] = details.text(name, method["billing_details"][name])
    details.accept(["address"])
    call.params.done()
    return call.save(method)


def attach_method(call: Call, id: str) -> Thing:
    method = named(call, id)
    customer = call.get("customer", call.params.text("customer", required=True), "customer")
    call.params.done()
    if method["customer"] and method["customer"] != customer["id"]:
        raise ApiError(
            400,
            "The payment method you provided has already been attached to a customer.",
            param="payment_method",
        )
    behaviour = call.private(method["id"]).get("behaviour", cards.OK)
    if behaviour in cards.MESSAGES:
        raise cards.refused(behaviour)
    return charging.attach(call, method, customer["id"], set_up=False)


def detach_method(call: Call, id: str) -> Thing:
    method = call.get("payment_method", id, "payment_method")
    call.params.done()
    if method["customer"] is None:
        raise ApiError(
            400, "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )  # fmt: skip
    before = {"customer": method["customer"]}
    call.save(method | {"customer": None})
    call.emit("payment_method.detached", method | {"customer": None}, before)
    return method | {"customer": None}


def of_customer(call: Call, id: str, method_id: str) -> Thing:
    method = call.get("payment_method", method_id, "payment_method")
    if method["customer"] != id:
        raise missing("PaymentMethod", method_id, "payment_method")
    return method
