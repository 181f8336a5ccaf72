"""What Stripe says of a payment at this moment, as one value. Events only say that it is time to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from booking.payments import stripe
from booking.payments.models import Payment

EXPAND_INTENT = {"expand": ["latest_charge.balance_transaction"]}


@dataclass(frozen=True, slots=True)
class SeenRefund:
    """A refund at Stripe. `ours` is the id that we gave it, '' when it was made by hand there."""

    stripe_id: str
    ours: str
    status: str
    amount_cents: int
    failure: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SeenDispute:
    """A dispute at Stripe, in Stripe's words; `fee_cents` is what it costs the house."""

    stripe_id: str
    status: str
    reason: str
    amount_cents: int
    fee_cents: int
    answer_by: datetime | None
    opened_at: datetime
    # What the dispute has taken out of the balance so far: nothing for an inquiry, or once it is won.
    taken_cents: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The present state. `status` is one of models.STATUSES; '' says that nothing is known yet."""

    status: str = ""
    session_id: str = ""
    intent_id: str = ""
    charge_id: str = ""
    customer_id: str = ""
    method_id: str = ""
    captured_cents: int = 0
    fee_cents: int = 0
    fee_currency: str = ""
    paid_at: datetime | None = None
    capture_before: datetime | None = None
    failure: str = ""
    refunds: list[SeenRefund] = field(default_factory=list)
    disputes: list[SeenDispute] = field(default_factory=list)


async def look(payment: Payment) -> Seen:
    """Ask Stripe. `payment` has its entity fetched. Raises stripe.Unreachable."""
    entity = payment.entity.key
    session: dict[str, Any] = {}
    if payment.session_id:
        session = await stripe.call(entity, "checkout.sessions.retrieve", payment.session_id)
    intent_id = payment.intent_id or _id(session.get("payment_intent"))
    if not intent_id:
        return await _without_intent(entity, session)
    intent = await stripe.call(entity, "payment_intents.retrieve", intent_id, EXPAND_INTENT)
    charge = await _whole(entity, "charges", intent.get("latest_charge"))
    if not charge or charge.get("status") == "failed":
        charge = {}
    captured = int(charge.get("amount_captured") or 0) if charge.get("captured") else 0
    transaction = await _whole(
        entity, "balance_transactions", charge.get("balance_transaction") if captured else None
    )
    details = ((charge.get("payment_method_details") or {}).get("card")) or {}
    return Seen(
        status=_status(intent, session, captured),
        session_id=session.get("id", ""),
        intent_id=intent_id,
        charge_id=charge.get("id", ""),
        customer_id=_id(intent.get("customer")),
        method_id=_id(intent.get("payment_method")),
        captured_cents=captured,
        fee_cents=int(transaction.get("fee") or 0),
        fee_currency=str(transaction.get("currency") or "").upper(),
        paid_at=_instant(transaction.get("created") or charge.get("created")) if captured else None,
        capture_before=_instant(details.get("capture_before")),
        failure=_failure(intent),
        refunds=await _refunds(entity, intent_id) if captured else [],
        disputes=await _disputes(entity, intent_id) if captured and charge.get("disputed") else [],
    )


async def _without_intent(entity: str, session: dict[str, Any]) -> Seen:
    """A session in which nobody has paid yet, or one that saves a card."""
    if not session:
        return Seen()
    setup = await _whole(entity, "setup_intents", session.get("setup_intent"))
    status = {"open": "open", "expired": "expired"}.get(session.get("status", ""), "open")
    if setup.get("status") == "succeeded":
        status = "saved"
    return Seen(
        status=status,
        session_id=session["id"],
        customer_id=_id(setup.get("customer") or session.get("customer")),
        method_id=_id(setup.get("payment_method")),
        failure=str((setup.get("last_setup_error") or {}).get("code") or ""),
    )


def _status(intent: dict[str, Any], session: dict[str, Any], captured: int) -> str:
    if captured:
        return "paid"
    if intent["status"] == "canceled":
        # An abandoned page ends its intent too.
        return "expired" if session.get("status") == "expired" else "cancelled"
    if session.get("status") == "expired":
        return "expired"
    if intent["status"] == "requires_capture":
        return "authorised"
    if intent["status"] in ("processing", "succeeded"):
        return "processing"
    # While its page lives, a refused card may be followed by another one; a charge without a page may not.
    return "open" if session else "failed"


def _failure(intent: dict[str, Any]) -> str:
    error = intent.get("last_payment_error") or {}
    return str(error.get("decline_code") or error.get("code") or "")[:60]


async def _refunds(entity: str, intent_id: str) -> list[SeenRefund]:
    listed = await stripe.call(entity, "refunds.list", {"payment_intent": intent_id, "limit": 100})
    return [
        SeenRefund(
            stripe_id=each["id"],
            ours=str((each.get("metadata") or {}).get("refund") or ""),
            status={"canceled": "failed", "requires_action": "pending"}.get(each["status"], each["status"]),
            amount_cents=int(each["amount"]),
            failure=str(each.get("failure_reason") or ("canceled" if each["status"] == "canceled" else ""))[
                :60
            ],
            created_at=datetime.fromtimestamp(each["created"], UTC),
        )
        for each in listed["data"]
    ]


async def _disputes(entity: str, intent_id: str) -> list[SeenDispute]:
    listed = await stripe.call(entity, "disputes.list", {"payment_intent": intent_id, "limit": 10})
    found = []
    for each in listed["data"]:
        moved = each.get("balance_transactions") or []
        found.append(
            SeenDispute(
                stripe_id=each["id"],
                status=each["status"],
                reason=each.get("reason") or "",
                amount_cents=int(each["amount"]),
                fee_cents=sum(int(line.get("fee") or 0) for line in moved),
                answer_by=_instant((each.get("evidence_details") or {}).get("due_by")),
                opened_at=datetime.fromtimestamp(each["created"], UTC),
                taken_cents=-sum(int(line["amount"]) for line in moved),
            )
        )
    return found


async def _whole(entity: str, service: str, thing: Any) -> dict[str, Any]:
    """The object itself, where Stripe gave only its id; {} for nothing."""
    if not thing:
        return {}
    return thing if isinstance(thing, dict) else await stripe.call(entity, f"{service}.retrieve", thing)


def _id(thing: Any) -> str:
    return str(thing["id"] if isinstance(thing, dict) else thing or "")


def _instant(stamp: Any) -> datetime | None:
    return datetime.fromtimestamp(int(stamp), UTC) if stamp else None
