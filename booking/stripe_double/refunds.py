"""Refunds, also partial ones; never more than was paid. Those of some test cards fail, or are done, later."""

from __future__ import annotations

from booking.stripe_double import cards, objects
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError, wrong
from booking.stripe_double.store import Thing

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
LATER_SECONDS = 10
SYMBOLS = {"eur": "€", "gbp": "£", "usd": "$"}


def create(call: Call) -> Thing:
    params = call.params
    intent_id, charge_id = params.text("payment_intent"), params.text("charge")
    amount = params.integer("amount", least=1)
    reason = params.choice("reason", REASONS)
    metadata = params.metadata()
    params.accept(["instructions_email", "refund_application_fee", "reverse_transfer", "currency"])
    params.done()
    charge = _charge(call, intent_id, charge_id)
    if charge["disputed"]:
        raise ApiError(400, f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                       code="charge_disputed")  # fmt: skip
    left = charge["amount"] - charge["amount_refunded"]
    if left <= 0:
        raise ApiError(
            400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = left if amount is None else amount
    if amount > left:
        currency = charge["currency"]
        raise ApiError(
            400, f"Refund amount ({shown(amount, currency)}) is greater than unrefunded amount on charge "
            f"({shown(left, currency)})", param="amount",
        )  # fmt: skip
    return _refund(call, charge, amount, reason, metadata)


def _charge(call: Call, intent_id: str | None, charge_id: str | None) -> Thing:
    """The captured charge that was meant. Raises ApiError."""
    if (intent_id is None) == (charge_id is None):
        raise wrong("One of the following params should be provided for this request: payment_intent or charge.",
                    "payment_intent", "parameter_missing")  # fmt: skip
    if intent_id:
        intent = call.get("payment_intent", intent_id, "payment_intent")
        charge_id = intent["latest_charge"]
        if intent["status"] not in ("succeeded", "requires_capture") or charge_id is None:
            raise ApiError(
                400, f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state", param="payment_intent",
            )  # fmt: skip
    charge = call.get("charge", str(charge_id), "charge")
    if charge["status"] != "succeeded":
        raise ApiError(400, f"Charge {charge['id']} did not succeed; it cannot be refunded.", param="charge")
    if not charge["captured"]:
        raise ApiError(
            400, f"Charge {charge['id']} has not been captured; cancel its PaymentIntent instead of refunding it.",
            param="payment_intent",
        )  # fmt: skip
    return charge


def _refund(call: Call, charge: Thing, amount: int, reason: str | None, metadata: Thing) -> Thing:
    refund = objects.refund(charge, amount, at=call.now, reason=reason, metadata=metadata)
    behaviour = call.private(charge["payment_method"]).get("behaviour", cards.OK)
    pending = behaviour == cards.REFUND_PENDING
    if pending:
        refund |= {"status": "pending", "pending_reason": "processing"}
    moved = objects.balance_transaction("refund", -amount, charge["currency"], refund["id"], at=call.now)
    call.save(moved)
    refund["balance_transaction"] = moved["id"]
    call.save(refund)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    call.save(charge)
    call.emit("charge.refunded", charge, {key: old for key, old in before.items() if charge[key] != old})
    call.emit("refund.created", refund)
    if pending:
        call.store.later(call.account, call.now + LATER_SECONDS, "refund_succeeds", refund["id"])
    elif behaviour == cards.REFUND_FAILS:
        call.store.later(call.account, call.now + LATER_SECONDS, "refund_fails", refund["id"])
    return refund


def succeed(call: Call, refund: Thing) -> None:
    """A pending refund arrives."""
    if refund["status"] != "pending":
        return
    refund["status"] = "succeeded"
    refund.pop("pending_reason", None)
    call.save(refund)
    _updated(call, refund, {"status": "pending"})


def fail(call: Call, refund: Thing) -> None:
    """The bank gives the money back to us: the charge counts as not refunded by so much again."""
    if refund["status"] not in ("succeeded", "pending"):
        return
    before = refund["status"]
    back = objects.balance_transaction(
        "refund_failure", refund["amount"], refund["currency"], refund["id"], at=call.now
    )
    call.save(back)
    refund |= {
        "status": "failed",
        "failure_reason": "lost_or_stolen_card",
        "failure_balance_transaction": back["id"],
    }
    refund.pop("pending_reason", None)
    call.save(refund)
    charge = call.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.save(charge)
    _updated(call, refund, {"status": before})
    call.emit("refund.failed", refund)


def _updated(call: Call, refund: Thing, before: Thing) -> None:
    call.emit("charge.refund.updated", refund, before)
    call.emit("refund.updated", refund, before)


def retrieve(call: Call, id: str) -> Thing:
    return call.get("refund", id)


def update(call: Call, id: str) -> Thing:
    refund = call.get("refund", id)
    refund["metadata"] = call.params.metadata(refund["metadata"])
    call.params.done()
    return call.save(refund)


def shown(amount: int, currency: str) -> str:
    """Money as Stripe's messages write it."""
    return f"{SYMBOLS.get(currency, '')}{amount / 100:.2f}" + (
        "" if currency in SYMBOLS else f" {currency.upper()}"
    )
