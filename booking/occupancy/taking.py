"""Whoever stands before something that is free takes the rest of it, and is here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from booking import reservations
from booking.members import Member, roles
from booking.occupancy import codes
from booking.occupancy.checking_in import check_in_seen
from booking.places import GROUP_OF
from booking.reservations import Reservation
from booking.timespan import TimeSpan


async def take_rest(
    id: UUID,
    resource: Any,
    until: datetime,
    *,
    by: Member,
    at: datetime,
    activity_id: int | None = None,
    people: int = 1,
    seen_cents: int | None = None,
    proof: str = "",
) -> Reservation:
    """Book the resource from this minute until an instant, by all the rules of a booking, and check in.

    The same id again finds the first one. Where a host must approve, it waits, and nobody is checked in. Raises
    whatever `reservations.reserve` raises, ProofNeeded, WrongProof, ValueError for an end that is not ahead.
    """
    if not (await roles.active(by, at)).hosts(resource.venue):
        await codes.prove(resource.venue, by.id, proof, at=at)
    done = await reservations.reserve(
        id,
        resource.id,
        TimeSpan(minute_of(at), until),
        by=by,
        at=at,
        activity_id=activity_id,
        people=people,
        seen_cents=seen_cents,
        walk_in=True,
    )
    if done.state == "confirmed" and GROUP_OF[resource.kind] != "equipment" and done.checked_in_at is None:
        await check_in_seen(done, resource.venue, by_id=by.id, at=at)
        done = await Reservation.get(id=done.id)
    return done


def minute_of(at: datetime) -> datetime:
    """The minute that runs: walk-ins begin with it."""
    return at.replace(second=0, microsecond=0)
