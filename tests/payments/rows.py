"""A paid payment without Stripe, with its money in the books and its receipt: for what only reads them."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from booking import db
from booking.payments import Payment, Receipt, books, receipts
from booking.places import Entity
from booking.reservations import Reservation


@db.atomic
async def receipt_of(reservation: Reservation, *, at: datetime) -> Receipt:
    """What a card paid for a reservation that waits for it, and the receipt of it."""
    await reservation.fetch_related("venue", "resource")
    entity = await Entity.get(id=reservation.venue.entity_id)
    cents = reservation.card_cents
    payment = await Payment.create(
        id=uuid4(),
        reservation_id=reservation.id,
        entity_id=entity.id,
        number=1,
        method="charge",
        status="paid",
        currency=reservation.currency,
        amount_cents=cents,
        captured_cents=cents,
        intent_id=f"pi_{uuid4().hex}",
        created_at=at,
        paid_at=at,
        settled_at=at,
    )
    await books.write(reservation, [payment], [], [], at=at)
    [made] = await receipts.issue(reservation, [payment], [], at=at)
    return made
