"""Cancelling: free until the moment in the terms, then the fee; free whenever the house cancels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking import budgets, db, events, pricing
from booking.members import Member, roles
from booking.pricing import Terms
from booking.reservations import claiming
from booking.reservations import refusals as no
from booking.reservations.deciding import free, take
from booking.reservations.models import Reservation
from booking.reservations.parts import told_together
from booking.reservations.reading import locked
from booking.reservations.reserving import facts
from booking.reservations.shares import shares


@dataclass(frozen=True, slots=True)
class CancelOffer:
    """What cancelling now would cost and give back, in the venue's currency; free until `free_until` (UTC)."""

    fee_cents: int
    back_cents: int
    currency: str
    free_until: datetime
    allowed: bool


def cancels_freely(reservation: Reservation, at: datetime) -> bool:
    """Whether its member may give it back for nothing: before the free time ends, and while it is only asked for."""
    return reservation.state == "held" or at < Terms.from_json(reservation.terms).free_until


def cancel_offer(reservation: Reservation, at: datetime, *, by_venue: bool = False) -> CancelOffer:
    """What cancelling at this moment costs. Pure; whatever the venue cancels is free."""
    terms = Terms.from_json(reservation.terms)
    free_of_charge = by_venue or reservation.state == "held"
    fee = 0 if free_of_charge else pricing.cancellation_fee(reservation.total_cents, terms, at)
    allowed = reservation.live and (reservation.begins_at > at or (by_venue and reservation.ends_at > at))
    return CancelOffer(fee, reservation.total_cents - fee, reservation.currency, terms.free_until, allowed)


@db.atomic
async def cancel(
    id: UUID,
    *,
    by: Member,
    at: datetime,
    reason: str = "",
    waive: bool = False,
    together: UUID | None = None,
) -> Reservation:
    """Cancel: free until the terms' moment, then the fee. Cancelling twice changes nothing the second time.

    A host who cancels somebody else's booking must give a reason, and it costs the member nothing, also once it has
    begun. `waive` forgives the fee and is for managers of the venue, with a reason. `together` names the press by which
    others are cancelled too. Raises NotFound, NotLive, HasBegun, IsOver, ReasonNeeded, NotYoursToOverride.
    """
    reservation, _member = await locked(id, by=by, at=at)
    if reservation.state == "cancelled":
        return reservation
    await reservation.fetch_related("venue", "activity")
    standing = await roles.active(by, at)
    # Also when it was the house that booked for the member.
    by_venue = by.id != reservation.member_id and standing.hosts(reservation.venue)
    if waive and not standing.manages(reservation.venue):
        raise no.NotYoursToOverride()
    if (by_venue or waive) and not reason.strip():
        raise no.ReasonNeeded()
    cost = cancel_offer(reservation, at, by_venue=by_venue or waive)
    if not reservation.live:
        raise no.NotLive()
    if reservation.ends_at <= at:
        raise no.IsOver()
    if not cost.allowed:
        raise no.HasBegun()
    kept_cents, _by_card = shares(reservation, cost.fee_cents)
    if kept_cents and reservation.pend_id:
        await claiming.let_go(reservation, at=at, by_id=by.id)
        paid = await take(reservation, kept_cents, code="cancellation_fee", at=at, by_id=by.id)
        reservation.posted_at, reservation.paid_cents = at, paid
    elif reservation.posted_at is not None:
        await claiming.let_go(reservation, at=at, by_id=by.id)
        await budgets.give_back(reservation.subject, at=at, by_id=by.id)
        reservation.paid_cents = 0
    else:
        await free(reservation, at=at, by_id=by.id)
        reservation.paid_cents = 0
    before = facts(reservation)
    reservation.update_from_dict(
        {
            "state": "cancelled",
            "cancelled_at": at,
            "cancelled_by_id": by.id,
            "reason": reason.strip()[:500],
            "fee_cents": cost.fee_cents if reservation.activity_id or reservation.card_cents else 0,
            "held_until": None,
            "held_for": "",
            "sequence": reservation.sequence + 1,
            "revised_at": at,
        }
    )
    fields = ["state", "cancelled_at", "cancelled_by_id", "reason", "fee_cents", "held_until", "held_for"]
    await reservation.save(
        update_fields=[*fields, "sequence", "revised_at", "pend_id", "posted_at", "paid_cents"]
    )
    await events.record(
        "reservation.cancelled",
        reservation.subject,
        at=at,
        by_id=by.id,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        before=before,
        after=facts(reservation),
        fee_cents=reservation.fee_cents,
        # A host's words are told on. A member's own stand with their booking alone: an event can never be erased.
        reason=reservation.reason if by.id != reservation.member_id or waive else "",
        by_venue=by_venue,
        **told_together(together),
    )
    return reservation
