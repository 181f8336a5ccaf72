"""A card pays: the steps from a hold to a confirmed reservation, or back.

Nothing here knows who moves a card's money. Whoever does calls `confirm` when it has been paid, `ask_the_house` when
a card has been given for a request, `let_go` when nobody will pay any more; each is a conditional change under the
reservation's lock, so that of two that come at once only one does it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from booking import db
from booking.reservations.deciding import close, expire, record
from booking.reservations.models import Reservation


@db.atomic
async def keep_until(id: UUID, until: datetime) -> bool:
    """Hold the claim for the card until then, as long as its payment page lives. False when it is held no more."""
    locked = await db.lock(Reservation, [id])
    if not locked or not locked[0].waits_for_card:
        return False
    if locked[0].held_until != until:
        locked[0].held_until = until
        await locked[0].save(update_fields=["held_until"])
    return True


@db.atomic
async def confirm(id: UUID, *, at: datetime, **data: Any) -> bool:
    """The card has paid: confirmed, if it is still held for that. False when the claim was lost, or it is done."""
    locked = await db.lock(Reservation, [id])
    if not locked or not locked[0].waits_for_card:
        return False
    reservation = locked[0]
    approved = reservation.decided_by_id is not None
    await close(reservation, "confirmed", at=at)
    name = "reservation.approved" if approved else "reservation.confirmed"
    await record(name, reservation, at=at, by_id=reservation.decided_by_id, by_card=True, **data)
    return True


@db.atomic
async def ask_the_house(id: UUID, *, until: datetime, at: datetime) -> bool:
    """A card was given for a request: now the house is asked. False when it is held no more, or was asked already."""
    locked = await db.lock(Reservation, [id])
    if not locked or locked[0].state != "held" or locked[0].held_for != "card":
        return False
    reservation = locked[0]
    reservation.held_for, reservation.held_until, reservation.revised_at = "approval", until, at
    await reservation.save(update_fields=["held_for", "held_until", "revised_at"])
    await record("reservation.held", reservation, at=at, by_id=reservation.booked_by_id, by_card=True)
    return True


@db.atomic
async def let_go(id: UUID, *, at: datetime) -> bool:
    """Nobody pays any more: expired, if it is still held for a payment. False when it was not."""
    locked = await db.lock(Reservation, [id])
    if not locked or not locked[0].waits_for_card:
        return False
    await expire(locked[0], at=at)
    return True
