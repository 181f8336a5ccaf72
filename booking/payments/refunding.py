"""Refunds that Stripe refused: a treasurer sees them and tries again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from booking import db, events
from booking.errors import NotFound, Refused
from booking.i18n import lazy
from booking.members import Member, roles
from booking.payments import settling
from booking.payments.models import Payment, Refund
from booking.reservations import Reservation


class NotRefused(Refused):
    """This refund has not failed, or was tried again already."""

    code = "not_refused"
    text = lazy("This refund is under way or was tried again already.")


async def try_again(refund_id: UUID, *, by: Member, at: datetime) -> Refund:
    """Ask for a refused refund again, by a new key. Raises NotRefused, and NotFound for others than treasurers."""
    made = await _another(refund_id, by=by, at=at)
    await settling.settle(made.payment_id, at=at)
    return await Refund.get(id=made.id)


@db.atomic
async def _another(refund_id: UUID, *, by: Member, at: datetime) -> Refund:
    known = await Refund.get_or_none(id=refund_id).select_related("payment")
    if known is None or not (await roles.active(by, at)).keeps_books_of(known.payment.entity_id):
        raise NotFound
    [reservation] = await db.lock(Reservation, [known.payment.reservation_id])
    await db.lock(Payment, [known.payment_id])
    if not await Refund.filter(id=refund_id, status="failed").update(status="retried"):
        raise NotRefused()
    made = await Refund.create(
        id=uuid4(),
        payment_id=known.payment_id,
        amount_cents=known.amount_cents,
        currency=known.currency,
        reason=known.reason,
        by_id=by.id,
        created_at=at,
    )
    await events.record(
        "payment.refund_tried_again",
        reservation.subject,
        at=at,
        by_id=by.id,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        refund_id=str(made.id),
        amount_cents=made.amount_cents,
        currency=made.currency,
    )
    return made
