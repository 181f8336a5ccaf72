"""Bringing a payment and its reservation together: look at Stripe, write what follows, ask for what is still missing.

`settle` may be called by anybody at any time, by two at once, and again after it was killed: the webhook's worker, the
page people come back to, a change of the reservation, the clock. Looking and asking speak to Stripe and hold no
transaction; writing is one transaction under the reservation's lock, in which nothing ever goes back to an earlier
state, whatever was heard late.

What follows, always from how things stand and never from what has just happened:

    paid, and held for it                    confirmed
    authorised or saved, and held for it     the house is asked
    the page is dead, and held for it        let go
    taken is more than the house keeps       the rest is refunded (cancelled, changed, declined, claim lost, paid twice)
    the house said yes, and not taken yet    captured, or the saved card is charged; else a link to pay
    nobody waits for it any more             the page is closed, the authorisation cancelled
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from booking import db, events, reservations
from booking.payments import asking, books, receipts, stripe
from booking.payments.looking import Seen, look
from booking.payments.models import REFUND_STATUSES, STATUSES, Dispute, Payment, Refund
from booking.payments.steps import reached
from booking.reservations import Reservation

log = structlog.get_logger()

ROUNDS_MAX = 4
SEEN_FIELDS = [
    *(
        "status",
        "session_id",
        "intent_id",
        "charge_id",
        "customer_id",
        "method_id",
        "failure",
        "captured_cents",
    ),
    *("fee_cents", "fee_currency", "capture_before", "paid_at", "look_at"),
]
# What a change that was paid has written onto the reservation.
CHANGED_FIELDS = [
    *(
        "begins_at",
        "ends_at",
        "quantity",
        "people",
        "title",
        "note",
        "quote",
        "terms",
        "overrides",
        "sequence",
    ),
    *(
        "net_cents",
        "vat_cents",
        "vat_basis_points",
        "total_cents",
        "card_cents",
        "revision",
        "revised_at",
        "pend_id",
    ),
]
OPEN = ("opening", "open", "processing")
DEAD = ("expired", "failed", "cancelled")
# When Stripe is looked at again although it said nothing: webhooks come first, this is the net under them.
AGAIN = {
    "opening": timedelta(minutes=1),
    "open": timedelta(minutes=2),
    "processing": timedelta(minutes=2),
    "authorised": timedelta(hours=1),
    "saved": timedelta(hours=1),
}
# Events come out of order; a payment that was just settled may still hear of its fee or of a dispute.
LIKELY_NEWS = timedelta(hours=6)
# The end of a hold whose payment nobody can ask about is put off so long, and so often.
UNKNOWN = timedelta(minutes=5)
UNKNOWN_MAX = timedelta(minutes=30)


@dataclass
class Standing:
    """A reservation, locked, with all that was ever paid for it."""

    reservation: Reservation
    payments: list[Payment]
    refunds: list[Refund]
    taken: list[tuple[Dispute, int]] = field(default_factory=list)

    @property
    def captured_cents(self) -> int:
        return sum(each.captured_cents for each in self.payments)

    @property
    def too_much_cents(self) -> int:
        """What the house has of the card beyond what it keeps, and has not promised back yet."""
        promised = sum(each.amount_cents for each in self.refunds if each.status != "retried")
        return self.captured_cents - promised - reservations.card_keeps(self.reservation)


async def settle(payment_id: UUID, *, at: datetime) -> bool:
    """Look, write, ask, until nothing more follows. False where Stripe did not answer: it is tried again later."""
    try:
        for _round in range(ROUNDS_MAX):
            payment = await Payment.get(id=payment_id).select_related("entity")
            seen = await asking.open_page(payment, at=at) if payment.status == "opening" else None
            seen = seen or await look(payment)
            reached("looked")
            await write(payment_id, seen, at=at)
            reached("written")
            todo = await asking.what_is_missing(payment_id, at=at)
            if todo is None:
                # Only now: whoever dies before is found by the clock, as nothing says that it is settled.
                await Payment.filter(id=payment_id).update(settled_at=at)
                return True
            if todo.begins is not None:
                return await settle(todo.begins, at=at)
            payment = await Payment.get(id=payment_id).select_related("entity")
            refused = await asking.ask(payment, todo, at=at)
            if refused and todo.refund_id:
                await _refund_refused(todo.refund_id, refused, at=at)
            reached("asked")
        return True
    except stripe.Unreachable:
        await _later(payment_id, at=at)
        return False


async def settle_reservation(reservation_id: UUID, *, at: datetime) -> bool:
    """Settle every payment of a reservation that may still matter. True where Stripe answered for all of them."""
    ids: Any = (
        await Payment.filter(reservation_id=reservation_id)
        .exclude(status__in=list(DEAD))
        .order_by("number")
        .values_list("id", flat=True)
    )
    answers = [await settle(id, at=at) for id in ids]
    return all(answers)


@db.atomic
async def write(payment_id: UUID, seen: Seen, *, at: datetime) -> None:
    """Write down what was seen, and what follows from it here: the reservation's state, refunds, the books."""
    known = await Payment.get(id=payment_id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    payments = await db.lock(
        Payment, await Payment.filter(reservation_id=reservation.id).values_list("id", flat=True)
    )
    payments.sort(key=lambda each: each.number)
    payment = next(each for each in payments if each.id == payment_id)
    refunds = await Refund.filter(payment_id__in=[each.id for each in payments]).order_by("created_at", "id")
    await reservation.fetch_related("venue", "resource")
    standing = Standing(reservation, payments, list(refunds))
    if news := await _write_payment(standing, payment, seen, at=at):
        await tell(news, reservation, payment, at=at)
    await _write_refunds(standing, payment, seen, at=at)
    await _write_disputes(standing, payment, seen, at=at)
    await _move_reservation(standing, payment, at=at)
    await _promise_refunds(standing, at=at)
    await books.write(reservation, payments, standing.refunds, standing.taken, at=at)
    await receipts.issue(reservation, payments, standing.refunds, at=at)


async def _write_payment(standing: Standing, payment: Payment, seen: Seen, *, at: datetime) -> str:
    """The payment as seen, where that is not older than what is known. Returns the event that it makes, or ''."""
    before = payment.status
    forward = STATUSES.index(seen.status) > STATUSES.index(before) if seen.status else False
    if forward:
        payment.status = seen.status
    for name in ("session_id", "intent_id", "charge_id", "customer_id", "method_id", "fee_currency"):
        if value := getattr(seen, name):
            setattr(payment, name, value)
    payment.failure = seen.failure if payment.status != "paid" else ""
    payment.captured_cents = max(payment.captured_cents, seen.captured_cents)
    payment.fee_cents = max(payment.fee_cents, seen.fee_cents)
    payment.capture_before = seen.capture_before or payment.capture_before
    payment.paid_at = payment.paid_at or seen.paid_at
    payment.look_at = _look_next(payment, standing.refunds, at)
    await payment.save(update_fields=SEEN_FIELDS)
    if not forward or payment.status == before:
        return ""
    return {"paid": "payment.paid", "authorised": "payment.authorised", "saved": "payment.saved"}.get(
        payment.status, ""
    )


def _look_next(payment: Payment, refunds: list[Refund], at: datetime) -> datetime | None:
    if again := AGAIN.get(payment.status):
        return at + again
    if payment.status != "paid":
        return None
    own = [each for each in refunds if each.payment_id == payment.id]
    if any(each.status == "pending" for each in own):
        return at + LIKELY_NEWS
    return at + LIKELY_NEWS if payment.paid_at and at - payment.paid_at < LIKELY_NEWS else None


async def _write_refunds(standing: Standing, payment: Payment, seen: Seen, *, at: datetime) -> None:
    ours = {str(each.id): each for each in standing.refunds}
    at_stripe = {each.stripe_id: each for each in standing.refunds if each.stripe_id}
    for each in seen.refunds:
        refund = at_stripe.get(each.stripe_id) or ours.get(each.ours)
        if refund is None:
            refund = await Refund.create(
                id=uuid4(),
                payment_id=payment.id,
                amount_cents=each.amount_cents,
                currency=payment.currency,
                reason="by_hand",
                created_at=each.created_at,
            )
            standing.refunds.append(refund)
        await note_refund(standing.reservation, refund, each.stripe_id, each.status, each.failure, at=at)


async def note_refund(
    reservation: Reservation, refund: Refund, stripe_id: str, status: str, failure: str, *, at: datetime
) -> None:
    """Move a refund on to what Stripe says of it, never back; whoever must hear of it does. Call it under the lock."""
    if REFUND_STATUSES.index(status) <= REFUND_STATUSES.index(refund.status):
        return
    told = refund.status not in books.GONE and status in books.GONE
    refund.status, refund.stripe_id, refund.failure = status, stripe_id or refund.stripe_id, failure
    refund.done_at = at
    await refund.save(update_fields=["status", "stripe_id", "failure", "done_at"])
    name = "payment.refund_failed" if status == "failed" else "payment.refunded" if told else ""
    if name:
        await _record(
            name,
            reservation,
            at=at,
            refund_id=str(refund.id),
            amount_cents=refund.amount_cents,
            currency=refund.currency,
            reason_code=refund.reason,
            failure=refund.failure,
        )


@db.atomic
async def _refund_refused(refund_id: UUID, code: str, *, at: datetime) -> None:
    """Stripe does not make this refund: a treasurer has to look at it."""
    known = await Refund.get(id=refund_id).select_related("payment")
    [reservation] = await db.lock(Reservation, [known.payment.reservation_id])
    await note_refund(reservation, await Refund.get(id=refund_id), "", "failed", code, at=at)


async def _write_disputes(standing: Standing, payment: Payment, seen: Seen, *, at: datetime) -> None:
    for each in seen.disputes:
        dispute = await Dispute.get_or_none(stripe_id=each.stripe_id)
        new = dispute is None
        if dispute is None:
            dispute = Dispute(stripe_id=each.stripe_id, payment_id=payment.id, opened_at=each.opened_at)
        closed = each.status in ("won", "lost", "warning_closed", "prevented")
        if dispute.closed_at and not closed:
            continue  # heard late
        name = (
            "payment.disputed"
            if new
            else "payment.dispute_closed"
            if closed and not dispute.closed_at
            else ""
        )
        dispute.update_from_dict(
            {
                "amount_cents": each.amount_cents,
                "currency": payment.currency,
                "fee_cents": each.fee_cents,
                "reason": each.reason[:60],
                "status": each.status[:40],
                "answer_by": each.answer_by,
                "closed_at": dispute.closed_at or (at if closed else None),
            }
        )
        await dispute.save(force_create=new)
        standing.taken.append((dispute, each.taken_cents))
        if name:
            await _record(
                name,
                standing.reservation,
                at=at,
                dispute_id=dispute.id,
                amount_cents=dispute.amount_cents,
                currency=dispute.currency,
                status=dispute.status,
            )


async def _move_reservation(standing: Standing, payment: Payment, *, at: datetime) -> None:
    reservation = standing.reservation
    if payment.change_id:
        await _move_change(standing, payment, at=at)
        return
    if not reservation.waits_for_card:
        return
    enough = standing.captured_cents >= reservation.card_cents
    if enough:
        await reservations.confirm(reservation.id, at=at)
        reached("confirmed")
    elif payment.status in ("authorised", "saved") and reservation.held_for == "card":
        until = reservations.approval_deadline(reservation.resource, reservation.span, at)
        if payment.capture_before:
            until = min(until, payment.capture_before)
        await reservations.ask_the_house(reservation.id, until=until, at=at)
    elif _nobody_pays(standing, at):
        await reservations.let_go(reservation.id, at=at)
    await reservation.refresh_from_db(
        fields=["state", "held_for", "held_until", "revised_at", "sequence", "pend_id"]
    )


async def _move_change(standing: Standing, payment: Payment, *, at: datetime) -> None:
    """A dearer change: swapped in once it is paid, let go once its page is dead; lost, and the money goes back."""
    if payment.captured_cents:
        if not await reservations.confirm_change(payment.change_id, at=at):
            return
        reached("change confirmed")
    elif all(each.status in DEAD for each in standing.payments if each.change_id == payment.change_id):
        # A page that ends before its time was closed, by whoever let the change go.
        in_time = payment.expires_at is not None and at + timedelta(minutes=1) < payment.expires_at
        state = "given_up" if in_time else "expired"
        await reservations.let_change_go(payment.change_id, at=at, state=state)
    await standing.reservation.refresh_from_db(fields=CHANGED_FIELDS)


def _nobody_pays(standing: Standing, at: datetime) -> bool:
    """Whether no try is alive any more: the last page is dead. After the house's yes a link follows instead.

    Who was asked by mail to pay may open another page as long as the time is kept.
    """
    asked_by_mail = standing.reservation.booked_by_id != standing.reservation.member_id
    if standing.reservation.decided_by_id is not None or asked_by_mail:
        return bool(standing.reservation.held_until and standing.reservation.held_until <= at)
    return all(each.status in DEAD for each in standing.payments)


async def _promise_refunds(standing: Standing, *, at: datetime) -> None:
    """Write down what goes back, newest payment first; asking Stripe for it comes after the commit."""
    due = standing.too_much_cents
    for payment in reversed(standing.payments):
        own = [each for each in standing.refunds if each.payment_id == payment.id]
        room = payment.captured_cents - sum(each.amount_cents for each in own if each.status != "retried")
        if due <= 0 or room <= 0:
            continue
        refund = await Refund.create(
            id=uuid4(),
            payment_id=payment.id,
            amount_cents=min(due, room),
            currency=payment.currency,
            reason=await _why_of(payment, standing),
            created_at=at,
        )
        reached("refund promised")
        standing.refunds.append(refund)
        due -= refund.amount_cents


async def _why_of(payment: Payment, standing: Standing) -> str:
    change = await asking.change_of(payment)
    lost = change is not None and change.state != "done" and standing.reservation.live
    return "change_lost" if lost else _why(standing.reservation, standing)


def _why(reservation: Reservation, standing: Standing) -> str:
    if reservation.state == "cancelled":
        by_house = reservation.cancelled_by_id not in (reservation.member_id, reservation.booked_by_id)  # type: ignore[attr-defined]
        never_had = standing.payments and all(
            each.paid_at is None or each.paid_at > reservation.cancelled_at for each in standing.payments
        )
        return "claim_lost" if never_had else "cancelled_by_venue" if by_house else "cancelled"
    if reservation.state == "declined":
        return "declined"
    if reservation.state == "expired":
        return "claim_lost"
    return "twice" if len([each for each in standing.payments if each.captured_cents]) > 1 else "changed"


async def tell(name: str, reservation: Reservation, payment: Payment, *, at: datetime, **data: Any) -> None:
    """Write the event of something that happened to a payment. Call it under the reservation's lock."""
    await _record(
        name,
        reservation,
        at=at,
        payment_id=str(payment.id),
        amount_cents=payment.captured_cents or payment.amount_cents,
        currency=payment.currency,
        **data,
    )


async def _record(name: str, reservation: Reservation, *, at: datetime, **data: Any) -> None:
    await events.record(
        name,
        reservation.subject,
        at=at,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        **data,
    )


@db.atomic
async def _later(payment_id: UUID, *, at: datetime) -> None:
    """Stripe did not answer. Whoever may have paid keeps the claim a little longer, as nobody can know."""
    known = await Payment.get(id=payment_id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    [payment] = await db.lock(Payment, [payment_id])
    payment.look_at = at + timedelta(minutes=1)
    await payment.save(update_fields=["look_at"])
    change = await asking.change_of(payment)
    ends = change.held_until if change else reservation.held_until
    if payment.status not in OPEN or not asking.wanted(reservation, payment, change) or ends is None:
        return
    if ends - at < UNKNOWN and payment.expires_at and at < payment.expires_at + UNKNOWN_MAX:
        until = max(ends, at + UNKNOWN)
        if change:
            await reservations.keep_change_until(change.id, until)
        else:
            await reservations.keep_until(reservation.id, until)
