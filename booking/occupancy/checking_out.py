"""Leaving: the stay ends, and the rest of the booking is free for others unless somebody stays in the room."""

from __future__ import annotations

from datetime import datetime

from booking import db, events, reservations
from booking.errors import NotFound
from booking.members import Member
from booking.occupancy import refusals as no
from booking.occupancy.checking_in import lock_for_host, open_stay, stay_for_host
from booking.occupancy.closing import INSTANT
from booking.occupancy.models import Presence
from booking.places import Venue
from booking.reservations import Reservation


async def check_out(
    *, by: Member, at: datetime, venue: Venue | None = None, give_back: bool = True
) -> Presence:
    """The member leaves where they are; with `venue`, only if they are there. Raises NotHere.

    `give_back`: the rest of their booking is free for others; otherwise those who came along keep the room.
    """
    stay = await open_stay(by.id)
    if stay is None or (venue is not None and stay.venue_id != venue.id):
        raise no.NotHere()
    return await _check_out(stay, by_id=by.id, at=at, give_back=give_back)


async def check_out_for(stay_id: int, *, by: Member, at: datetime, give_back: bool = True) -> Presence:
    """A host saw somebody leave. The second time changes nothing. Raises NotFound for others than hosts."""
    stay = await stay_for_host(stay_id, by=by, at=at)
    if stay.source == "staff_count":
        raise NotFound
    return await _check_out(stay, by_id=by.id, at=at, give_back=give_back)


@db.atomic
async def _check_out(stay: Presence, *, by_id: int, at: datetime, give_back: bool) -> Presence:
    await db.lock(Member, [stay.member_id] if stay.member_id else [])
    found = await db.lock(Reservation, [stay.reservation_id] if stay.reservation_id else [])
    fresh = await db.lock(Presence, [stay.id])
    if not fresh:
        raise no.NotHere()
    stay = fresh[0]
    if stay.ends_at is not None:
        return stay
    stay.ends_at = max(at, stay.begins_at + INSTANT)
    for reservation in found:
        if reservation.state != "confirmed" or reservation.released_at is not None:
            continue
        if at < reservation.begins_at:
            # They were in the house, and not yet for this booking.
            stay.reservation_id = None
        await reservations.leave(
            reservation,
            at=at,
            by_id=by_id,
            presence_id=stay.id,
            give_back=give_back,
        )
    await stay.save(update_fields=["ends_at", "reservation_id"])
    await events.record(
        "presence.ended",
        stay.subject,
        at=at,
        by_id=by_id if by_id != stay.member_id else None,
        venue_id=stay.venue_id,
    )
    return stay


@db.atomic
async def undo_check_out(stay_id: int, *, by: Member, at: datetime) -> Presence:
    """Take back a check-out that was a mistake: the stay goes on, and the booking has its rest again.

    For hosts of the venue. An open stay is left as it is. Raises NotFound, AlreadyHere, BookingOver, GivenAway.
    """
    stay, found = await lock_for_host(stay_id, by=by, at=at)
    if stay.ends_at is None:
        return stay
    if stay.member_id and await open_stay(stay.member_id) is not None:
        raise no.AlreadyHere()
    for reservation in found:
        if reservation.ends_at <= at:
            await reservation.fetch_related("venue")
            raise no.BookingOver(ended_at=reservation.ends_at, zone=reservation.venue.zone)
        if reservation.state != "confirmed":
            raise no.NotConfirmed()
        await reservations.arrive(reservation, at=at, by_id=by.id, presence_id=stay.id)
    stay.ends_at, stay.estimated = None, False
    await stay.save(update_fields=["ends_at", "estimated"])
    await events.record("presence.reopened", stay.subject, at=at, by_id=by.id, venue_id=stay.venue_id)
    return stay
