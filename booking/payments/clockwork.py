"""What the clock does for payments: asks again where nothing was heard, ends holds truthfully, reminds, refunds.

All of it may be late and all of it may run twice: `settle` makes no difference between the first time and the third.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from booking import db, reservations
from booking.payments import settling
from booking.payments.models import Payment
from booking.reservations import Reservation

log = structlog.get_logger()

BATCH = 100
# A hold of half an hour is reminded of when so much is left of it.
REMIND_BEFORE = timedelta(minutes=15)
# Payments of bookings that were over for so long are left alone, unless Stripe says something.
OVER = timedelta(days=30)

# Payments that are to be looked at: the clock says so; a refund was promised; the reservation changed since; what was
# paid has been earned and is not in the books yet.
DUE = """
SELECT DISTINCT p.id, p.settled_at FROM payment p JOIN reservation r ON r.id = p.reservation_id
 WHERE p.look_at <= ?
    OR EXISTS (SELECT 1 FROM refund f WHERE f.payment_id = p.id AND f.status = 'asked')
    OR (p.status IN ('opening', 'open', 'processing', 'authorised', 'saved', 'paid') AND r.ends_at > ?
        AND (r.revised_at >= p.settled_at
             OR (p.status = 'paid' AND r.state = 'confirmed' AND r.begins_at <= ? AND p.settled_at < r.begins_at)))
 ORDER BY p.settled_at LIMIT ?
"""


async def settle_due(at: datetime) -> int:
    """Settle what is due, the longest waiting first. Returns how many payments were brought up to date."""
    found = await db.rows(DUE, at, at - OVER, at, BATCH)
    done = 0
    for row in found:
        id = UUID(str(row["id"]))
        try:
            done += await settling.settle(id, at=at)
        except Exception:
            # One that fails must not keep the others waiting; `check` shows what it leaves.
            log.exception("payment not settled", payment=str(id))
            await Payment.filter(id=id).update(look_at=at + timedelta(minutes=10), settled_at=at)
    return done


async def end_holds(at: datetime) -> int:
    """Find the truth about card holds whose time is over, before anybody lets them go. Returns how many."""
    ids: Any = (
        await Reservation.filter(state="held", held_for__in=list(reservations.PAY_FIRST), held_until__lte=at)
        .order_by("held_until")
        .limit(BATCH)
        .values_list("id", flat=True)
    )
    for id in ids:
        try:
            await settling.settle_reservation(id, at=at)
        except Exception:
            log.exception("hold not settled", reservation=str(id))
    changes: Any = (
        await Payment.filter(change__state="held", change__held_until__lte=at)
        .exclude(status__in=list(settling.DEAD))
        .limit(BATCH)
        .values_list("id", flat=True)
    )
    for id in changes:
        try:
            await settling.settle(id, at=at)
        except Exception:
            log.exception("change not settled", payment=str(id))
    return len(ids) + len(changes)


async def remind(at: datetime) -> int:
    """Write an event for each open payment page whose end is near, once. Returns how many."""
    soon = await Payment.filter(
        status="open",
        reminded_at__isnull=True,
        expires_at__gt=at,
        expires_at__lte=at + REMIND_BEFORE,
        reservation__state="held",
    ).limit(BATCH)
    return sum([await _remind(each.id, at=at) for each in soon])


@db.atomic
async def _remind(payment_id: UUID, *, at: datetime) -> bool:
    known = await Payment.get(id=payment_id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    if not reservation.waits_for_card:
        return False
    if not await Payment.filter(id=payment_id, reminded_at__isnull=True).update(reminded_at=at):
        return False
    await settling.tell("payment.unpaid", reservation, known, at=at)
    return True
