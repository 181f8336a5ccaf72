"""A dearer change of what a card has paid, for whoever asks for it, on a page or through the API: one way for both."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from booking import places, reservations
from booking.errors import NotFound, Refused
from booking.members import Member
from booking.payments.opening import by_card, close, on
from booking.payments.settling import settle_reservation
from booking.payments.stripe import while_somebody_waits
from booking.reservations import ChangeHold, Offer, Reservation
from booking.timespan import TimeSpan

# What `reservations.change` says where the member's card may pay the difference.
CODE = "dearer_by_card"


def may_pay_more(found: Reservation, by: Member) -> bool:
    """Whether `by` can pay a difference of this booking: its member, with a card, for what a card has paid.

    `found` has its venue and entity fetched.
    """
    own = by.id == found.member_id
    return own and found.state == "confirmed" and found.card_cents > 0 and on(found.venue.entity)


def pays_difference(found: Reservation, by: Member, offer: Offer) -> bool:
    """Whether this offer of a change would be held for the card of `by`, and be done when that has paid."""
    if offer.difference_cents <= 0 or not may_pay_more(found, by):
        return False
    card = by_card(found.venue.entity, found.currency)
    return card is not None and offer.difference_cents >= card.least_cents


async def hold_dearer(
    found: Reservation, span: TimeSpan, *, by: Member, at: datetime, **wish: Any
) -> ChangeHold:
    """Hold the change for the card; `payments.checkout` then opens its page. The same again finds the first.

    Raises NotFound where cards are off, and what `reservations.hold_change` raises; Taken with what would work.
    """
    card = by_card(found.venue.entity, found.currency)
    if card is None:
        raise NotFound
    try:
        return await reservations.hold_change(found.id, span, by=by, card=card, at=at, **wish)
    except Refused as refusal:
        if refusal.code != "taken":
            raise
        said = refusal
    raise await reservations.with_alternatives(
        said,
        await places.resource(found.resource_id),
        span,
        by,
        at=at,
        people=wish.get("people") or found.people,
        quantity=wish.get("quantity") or found.quantity,
    )


async def leave_as_it_is(reservation_id: UUID, *, by: Member, at: datetime) -> ChangeHold | None:
    """Let the waiting change go, its page closed first; None where none waits.

    Had it been paid already, it counts: the state of what is returned is 'done' then, else 'given_up' or 'expired'.
    """
    hold = await reservations.open_change(reservation_id)
    if hold is None:
        return None
    with while_somebody_waits():
        await close(reservation_id, at=at)
    await reservations.let_change_go(hold.id, at=at, by_id=by.id)
    with while_somebody_waits():
        await settle_reservation(reservation_id, at=at)
    return await ChangeHold.get(id=hold.id)
