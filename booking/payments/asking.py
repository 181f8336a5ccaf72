"""What we ask of Stripe: a page to pay on, a capture, a charge of a saved card, refunds, and the end of what is open.

Each thing asked has a key made from the reservation, the number of the try and what it is for, written down before the
call. Asking again by the same key changes nothing at Stripe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from booking import db, events, guests, i18n
from booking.payments import stripe
from booking.payments.looking import Seen
from booking.payments.models import Payment, PaymentCall, Refund
from booking.payments.steps import reached
from booking.reservations import ChangeHold, Reservation

BROKEN = "broken"
ALIVE = ("opening", "open", "processing", "authorised", "saved")
# Stripe's shortest life of a page.
PAGE_MINUTES_MIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Todo:
    """The next thing to ask for a payment; or `begins`, another try that begins instead."""

    verb: str = ""
    key: str = ""
    amount_cents: int = 0
    refund_id: UUID | None = None
    begins: UUID | None = None


# --- a page to pay on -------------------------------------------------------------------------------


async def open_page(payment: Payment, *, at: datetime) -> Seen | None:
    """Open the payment page (or charge the saved card) that was written down, by its key. What Stripe said of it.

    `payment` has its entity fetched. Raises stripe.Unreachable: then it is still to be opened.
    """
    reservation = await Reservation.get(id=payment.reservation_id).select_related(
        "resource", "venue", "member"
    )
    key = await _key(payment, "open")
    await _note_call(payment, "open", key, payment.amount_cents, at=at)
    if payment.method == "saved_charge":
        return await _charge_saved(payment, reservation, key, at=at)
    change = await change_of(payment)
    if not wanted(reservation, payment, change):
        return Seen(status="cancelled")
    if change is not None:
        # What is paid is the new time, whatever the booking says until then.
        reservation.begins_at, reservation.ends_at = change.begins_at, change.ends_at
    page = _page(payment, reservation, back=f"{await guests.page_url(reservation)}/paid")
    try:
        session = await stripe.call(payment.entity.key, "checkout.sessions.create", page, key=key)
    except stripe.Broken:
        await _answered(key, at=at, outcome=BROKEN)
        raise
    except stripe.Wrong as wrong:
        await _answered(key, at=at, outcome=f"refused {wrong.code}")
        return Seen(status="failed", failure=wrong.code[:60] or "page_refused")
    reached("page opened")
    await _answered(key, at=at, outcome=session["id"])
    await Payment.filter(id=payment.id, session_id__isnull=True).update(
        session_id=session["id"], url=session.get("url") or ""
    )
    reached("page kept")
    await payment.refresh_from_db(fields=["session_id", "url"])
    return Seen(status="open", session_id=session["id"])


async def change_of(payment: Payment) -> ChangeHold | None:
    """The dearer change that a payment is for; None where it is for the booking itself."""
    return await ChangeHold.get(id=payment.change_id) if payment.change_id else None


def wanted(reservation: Reservation, payment: Payment, change: ChangeHold | None) -> bool:
    """Whether this payment is still waited for: by the booking, or by its change."""
    return change.state == "held" if change is not None else reservation.waits_for_card


def _page(payment: Payment, reservation: Reservation, *, back: str) -> dict[str, Any]:
    """A Checkout session, the same for the same payment: a key must not come with another question.

    `back`: where it leads to, whether it was paid or left.
    """
    with i18n.speaking(payment.language):
        title = i18n.name_of(reservation.resource)
        when = i18n.span(reservation.begins_at, reservation.ends_at, reservation.venue.zone, "full")
        place = f"{i18n.name_of(reservation.venue)}, {when}"
    ours = metadata(payment)
    page: dict[str, Any] = {
        "mode": "setup" if payment.method == "save" else "payment",
        "payment_method_types": ["card"],
        "success_url": back,
        "cancel_url": back,
        "client_reference_id": str(reservation.id),
        "customer_email": reservation.member.email,
        "expires_at": int(payment.expires_at.timestamp()) if payment.expires_at else None,
        "locale": payment.language,
        "metadata": ours,
    }
    if payment.method == "save":
        return page | {
            "currency": payment.currency.lower(),
            "customer_creation": "always",
            "setup_intent_data": {"metadata": ours, "description": f"{title}, {place}"[:500]},
        }
    price = {
        "currency": payment.currency.lower(),
        "unit_amount": payment.amount_cents,
        "product_data": {"name": title[:250], "description": place[:500]},
    }
    return page | {
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {
            "metadata": ours,
            "description": f"{title}, {place}"[:500],
            "capture_method": "manual" if payment.method == "authorise" else "automatic",
        },
    }


def metadata(payment: Payment) -> dict[str, str]:
    """By this every object at Stripe says whose it is: ids of ours, and nothing of a person."""
    return {"payment": str(payment.id), "reservation": str(payment.reservation_id)}


async def _charge_saved(payment: Payment, reservation: Reservation, key: str, *, at: datetime) -> Seen | None:
    """Charge a saved card without its holder, after the house has said yes."""
    if await PaymentCall.filter(payment_id=payment.id, verb="open", asked_at__lt=at).exists():
        # It was asked before, and nobody heard the answer: it may have been charged.
        listed = await stripe.call(
            payment.entity.key, "payment_intents.list", {"customer": payment.customer_id, "limit": 100}
        )
        for each in listed["data"]:
            if (each.get("metadata") or {}).get("payment") == str(payment.id):
                await Payment.filter(id=payment.id, intent_id__isnull=True).update(intent_id=each["id"])
                await payment.refresh_from_db(fields=["intent_id"])
                return None
    params = {
        "amount": payment.amount_cents,
        "currency": payment.currency.lower(),
        "customer": payment.customer_id,
        "payment_method": payment.method_id,
        "payment_method_types": ["card"],
        "off_session": True,
        "confirm": True,
        "description": i18n.name_of(reservation.resource)[:500],
        "metadata": metadata(payment),
    }
    try:
        intent = await stripe.call(payment.entity.key, "payment_intents.create", params, key=key)
    except stripe.Broken:
        await _answered(key, at=at, outcome=BROKEN)
        raise
    except stripe.Declined as no:
        await _answered(key, at=at, outcome=f"declined {no.code}"[:60])
        return Seen(status="failed", intent_id=str(no.intent.get("id") or ""), failure=no.code[:60])
    except stripe.Wrong as wrong:
        await _answered(key, at=at, outcome=f"refused {wrong.code}"[:60])
        return Seen(status="failed", failure=wrong.code[:60] or "charge_refused")
    reached("saved card charged")
    await _answered(key, at=at, outcome=intent["id"])
    await Payment.filter(id=payment.id, intent_id__isnull=True).update(intent_id=intent["id"])
    await payment.refresh_from_db(fields=["intent_id"])
    return None


# --- what is missing --------------------------------------------------------------------------------


@db.atomic
async def what_is_missing(payment_id: UUID, *, at: datetime) -> Todo | None:
    """What is to be asked next for this payment as things stand, with its key written down; None for nothing."""
    known = await Payment.get(id=payment_id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    [payment] = await db.lock(Payment, [payment_id])
    agreed = reservation.waits_for_card and reservation.decided_by_id is not None
    refund = await Refund.filter(payment_id=payment_id, status="asked").order_by("created_at", "id").first()
    if refund is not None:
        return await _noted(
            payment, "refund", await _fresh(f"{refund.id}:refund"), refund.amount_cents, at=at, of=refund.id
        )
    if payment.status == "authorised" and not reservation.live:
        return await _noted(payment, "release", await _key(payment, "release"), 0, at=at)
    if payment.status == "authorised" and agreed:
        return await _noted(payment, "capture", await _key(payment, "capture"), reservation.card_cents, at=at)
    still = wanted(reservation, payment, await change_of(payment))
    if payment.status == "open" and payment.session_id and not still:
        return await _noted(payment, "close", await _key(payment, "close"), 0, at=at)
    if not agreed:
        return None
    others = await Payment.filter(reservation_id=reservation.id).exclude(id=payment_id)
    if payment.status == "saved" and not any(each.method == "saved_charge" for each in others):
        return Todo(begins=(await begin(reservation, payment, "saved_charge", at=at)).id)
    dead = payment.status in ("failed", "cancelled", "expired")
    living = [each for each in others if each.status in ALIVE and each.status != "saved"]
    if dead and not living and reservation.held_until and reservation.held_until - at > PAGE_MINUTES_MIN:
        return Todo(begins=(await begin(reservation, payment, "charge", at=at)).id)
    return None


async def begin(reservation: Reservation, after: Payment, method: str, *, at: datetime) -> Payment:
    """Another try after the house's yes: the saved card, or a link to pay. Call it under the reservation's lock."""
    last = await Payment.filter(reservation_id=reservation.id).order_by("-number").first()
    assert last is not None
    saved = method == "saved_charge"
    made = await Payment.create(
        id=uuid4(),
        reservation_id=reservation.id,
        entity_id=after.entity_id,
        number=last.number + 1,
        method=method,
        currency=after.currency,
        amount_cents=reservation.card_cents,
        customer_id=after.customer_id if saved else "",
        method_id=after.method_id if saved else "",
        language=after.language,
        expires_at=None if saved else reservation.held_until,
        created_at=at,
        settled_at=at,
        look_at=at + timedelta(minutes=1),
    )
    await _note_call(made, "open", await _key(made, "open"), made.amount_cents, at=at)
    if not saved:
        # The bank wants to see its holder, or the card says no: they get a link.
        await events.record(
            "payment.link",
            reservation.subject,
            at=at,
            venue_id=reservation.venue_id,
            member_id=reservation.member_id,
            payment_id=str(made.id),
            amount_cents=made.amount_cents,
            currency=made.currency,
            failure=after.failure,
        )
    reached("try begun")
    return made


async def ask(payment: Payment, todo: Todo, *, at: datetime) -> str:
    """Ask it, by its key. Returns Stripe's code where it was refused for good, else ''. Raises stripe.Unreachable.

    `payment` has its entity fetched.
    """
    entity = payment.entity.key
    reached(f"{todo.verb} noted")
    try:
        if todo.verb == "refund":
            answer = await stripe.call(
                entity,
                "refunds.create",
                {
                    "payment_intent": payment.intent_id,
                    "amount": todo.amount_cents,
                    "metadata": metadata(payment) | {"refund": str(todo.refund_id)},
                },
                key=todo.key,
            )
        elif todo.verb == "capture":
            answer = await stripe.call(
                entity,
                "payment_intents.capture",
                payment.intent_id,
                {"amount_to_capture": todo.amount_cents},
                key=todo.key,
            )
        elif todo.verb == "release":
            answer = await stripe.call(entity, "payment_intents.cancel", payment.intent_id, key=todo.key)
        else:
            answer = await stripe.call(entity, "checkout.sessions.expire", payment.session_id, key=todo.key)
    except stripe.Broken:
        await _answered(todo.key, at=at, outcome=BROKEN)
        raise
    except (stripe.Wrong, stripe.Declined) as no:
        code = (no.code or "refused")[:50]
        await _answered(todo.key, at=at, outcome=f"refused {code}")
        return code
    reached(f"{todo.verb} done")
    await _answered(todo.key, at=at, outcome=str(answer.get("id", "")))
    return ""


async def _key(payment: Payment, verb: str) -> str:
    """Reservation, number of the try, and what for."""
    return await _fresh(f"{payment.reservation_id}:{payment.number}:{verb}")


async def _fresh(base: str) -> str:
    """The key for this, or the next one where Stripe's answer to the last was its own mishap."""
    calls = await PaymentCall.filter(key__startswith=base).order_by("id")
    if not calls:
        return base
    return calls[-1].key if calls[-1].outcome != BROKEN else f"{base}:{len(calls)}"


async def _noted(
    payment: Payment, verb: str, key: str, amount_cents: int, *, at: datetime, of: UUID | None = None
) -> Todo:
    await _note_call(payment, verb, key, amount_cents, at=at)
    return Todo(verb, key, amount_cents, of)


async def _note_call(payment: Payment, verb: str, key: str, amount_cents: int, *, at: datetime) -> None:
    await db.rows(
        "INSERT INTO payment_call (key, payment_id, verb, amount_cents, asked_at, outcome) "
        "VALUES (?, ?, ?, ?, ?, '') ON CONFLICT (key) DO NOTHING RETURNING id",
        key,
        str(payment.id) if db.dialect() == "sqlite" else payment.id,
        verb,
        amount_cents,
        at,
    )


async def _answered(key: str, *, at: datetime, outcome: str) -> None:
    await PaymentCall.filter(key=key, answered_at__isnull=True).update(answered_at=at, outcome=outcome[:60])


async def note_opening(payment: Payment, *, at: datetime) -> None:
    """Write down the key of a page that is about to be opened. Call it in the payment's own transaction."""
    await _note_call(payment, "open", await _key(payment, "open"), payment.amount_cents, at=at)
