"""What Stripe tells us: checked by its signature over the raw bytes, kept once by its id, answered at once.

A job works what was kept: it finds the payment an event is about and brings it together with Stripe's present state,
so that the order of events and how often each comes makes no difference. The body itself is not kept.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from booking import db
from booking.errors import NotFound
from booking.payments import payouts, settling, stripe
from booking.payments.models import Dispute, Payment, Refund, StripeEvent
from booking.payments.steps import reached
from booking.places import Entity

log = structlog.get_logger()

BATCH = 50
TRIES_MAX = 12
# The events to ask Stripe for (docs/payments.md): anything else is kept, and nothing is done about it.
KINDS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.captured",
    "charge.updated",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    *payouts.KINDS,
)


async def receive(entity_key: str, body: bytes, signature: str | None, *, at: datetime) -> bool:
    """Keep an event that Stripe sent. True when it is new.

    Raises NotFound for an entity without cards, stripe.BadSignature, ValueError for bytes that are no event.
    """
    keys = stripe.keys_of(entity_key)
    if keys is None:
        raise NotFound
    stripe.check_signature(body, signature, keys.webhook_secret, at=at)
    event = json.loads(body)
    entity = await Entity.get_or_none(key=entity_key)
    if entity is None or not isinstance(event, dict):
        raise NotFound
    reached("event heard")
    return await keep(entity.id, event, source="webhook", at=at)


async def keep(entity_id: int, event: dict[str, Any], *, source: str, at: datetime) -> bool:
    """Write the event down, once by its id. True when it is new. Raises ValueError when it is not an event."""
    try:
        thing = event["data"]["object"]
        values = {
            "event_id": str(event["id"])[:255],
            "kind": str(event["type"])[:80],
            "object_id": str(thing.get("id") or "")[:255],
            "intent_id": intent_of(thing)[:255],
            "payment_ref": str((thing.get("metadata") or {}).get("payment") or "")[:40],
            "happened_at": datetime.fromtimestamp(int(event["created"]), UTC),
        }
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ValueError("not an event") from error
    made = await db.rows(
        "INSERT INTO stripe_event (event_id, entity_id, kind, object_id, intent_id, payment_ref, source, happened_at, "
        "received_at, next_at, tries, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '') "
        "ON CONFLICT (event_id) DO NOTHING RETURNING id",
        values["event_id"],
        entity_id,
        values["kind"],
        values["object_id"],
        values["intent_id"],
        values["payment_ref"],
        source,
        values["happened_at"],
        at,
        at,
    )
    reached("event kept")
    return bool(made)


def intent_of(thing: dict[str, Any]) -> str:
    """The payment intent that an object of Stripe's is, or belongs to."""
    found = thing.get("id") if thing.get("object") == "payment_intent" else thing.get("payment_intent")
    return str(found.get("id") if isinstance(found, dict) else found or "")


async def work(at: datetime) -> int:
    """Work the events that are due, a bounded batch. Returns how many were done.

    Several events of one payment are worked by one look. An event that cannot be worked is tried again, later and
    later, and given up after twelve tries; the nightly comparison finds whatever it was about.
    """
    due = await StripeEvent.filter(next_at__lte=at).order_by("next_at", "id").limit(BATCH)
    done = 0
    looked: dict[UUID, bool] = {}
    for event in due:
        try:
            outcome = await _work(event, looked, at=at)
        except stripe.Unreachable:
            outcome = ""
        except Exception:
            log.exception("stripe_event_failed", event_id=event.event_id, kind=event.kind)
            outcome = ""
        if outcome:
            await StripeEvent.filter(id=event.id).update(next_at=None, done_at=at, outcome=outcome[:120])
            done += 1
            continue
        tries = event.tries + 1
        later = None if tries >= TRIES_MAX else at + timedelta(seconds=min(3600, 5 * 2**tries))
        await StripeEvent.filter(id=event.id).update(
            next_at=later, tries=tries, outcome="" if later else "given up"
        )
    return done


async def _work(event: StripeEvent, looked: dict[UUID, bool], *, at: datetime) -> str:
    """What came of it; '' to try again."""
    if event.kind not in KINDS:
        return "not for us"
    if event.kind in payouts.KINDS:
        return await _work_payout(event, at=at)
    payment = await payment_of(event.object_id, event.intent_id, event.payment_ref)
    if payment is None:
        return "no payment of ours"
    if payment.entity_id != event.entity_id:
        return "of another entity"
    if payment.id not in looked:
        looked[payment.id] = await settling.settle(payment.id, at=at)
        reached("event worked")
    return "settled" if looked[payment.id] else ""


async def _work_payout(event: StripeEvent, *, at: datetime) -> str:
    try:
        await payouts.settle(await Entity.get(id=event.entity_id), event.object_id, at=at)
    except stripe.Wrong:
        return "no payout of ours"
    return "settled"


async def payment_of(object_id: str, intent_id: str, payment_ref: str) -> Payment | None:
    """Whose object at Stripe this is: by our own id in its metadata, else by Stripe's ids."""
    try:
        ref = UUID(payment_ref) if payment_ref else None
    except ValueError:
        ref = None
    if ref and (found := await Payment.get_or_none(id=ref)):
        return found
    if intent_id and (found := await Payment.get_or_none(intent_id=intent_id)):
        return found
    if object_id.startswith("cs_"):
        return await Payment.get_or_none(session_id=object_id)
    if refund := await Refund.get_or_none(stripe_id=object_id).select_related("payment"):
        return refund.payment
    if dispute := await Dispute.get_or_none(stripe_id=object_id).select_related("payment"):
        return dispute.payment
    return None
