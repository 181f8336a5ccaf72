"""Changes that wait for their card: finding them, and letting them go. What they took, others may have again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from booking import db, events, places
from booking.places import Unit
from booking.reservations.models import ChangeHold, Claim, Reservation

BATCH = 200


async def open_change(reservation_id: UUID) -> ChangeHold | None:
    """The change of this reservation that waits for its payment; there is one at the most (guard)."""
    return await ChangeHold.get_or_none(reservation_id=reservation_id, state="held")


async def last_changes(reservation_ids: Iterable[UUID]) -> dict[UUID, ChangeHold]:
    """The newest change by card of each of these reservations, whatever came of it; one query."""
    found = ChangeHold.filter(reservation_id__in=list(reservation_ids))
    return {each.reservation_id: each for each in await found.order_by("created_at", "id")}


async def give_up(reservation: Reservation, *, at: datetime, by_id: int | None = None) -> None:
    """The reservation ends, or goes another way: no change of it waits any more. Call it under its lock."""
    if hold := await open_change(reservation.id):
        await close(reservation, hold.id, at=at, state="given_up", by_id=by_id)


@db.atomic
async def let_change_go(id: UUID, *, at: datetime, state: str = "given_up", by_id: int | None = None) -> bool:
    """Nobody pays this change: the reservation stays as it is. False when it was settled already."""
    known = await ChangeHold.get(id=id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    return await close(reservation, id, at=at, state=state, by_id=by_id)


async def close(
    reservation: Reservation, id: UUID, *, at: datetime, state: str, by_id: int | None = None
) -> bool:
    """End a held change and give back what it took besides. Call it under the reservation's lock."""
    if not await ChangeHold.filter(id=id, state="held").update(state=state, closed_at=at):
        return False
    hold = await ChangeHold.get(id=id)
    unit_ids = (await places.units_of([reservation.resource_id])).get(reservation.resource_id, [])
    await db.lock(Unit, unit_ids)
    await Claim.filter(change_id=id).delete()
    # Its page is to be closed, and whatever it paid goes back.
    reservation.revised_at = at
    await reservation.save(update_fields=["revised_at"])
    await events.record(
        "reservation.change_let_go",
        reservation.subject,
        at=at,
        by_id=by_id,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        state=state,
        begins_at=hold.begins_at.isoformat(),
        ends_at=hold.ends_at.isoformat(),
    )
    return True


async def expire_changes(at: datetime, *, ids: Iterable[Any] | None = None) -> int:
    """Let go of changes past their time, each in a transaction of its own: all, or those of these ids."""
    if ids is None:
        held: Any = ChangeHold.filter(state="held", held_until__lte=at).order_by("held_until").limit(BATCH)
        ids = await held.values_list("id", flat=True)
    return sum([await _expire(UUID(str(id)), at=at) for id in dict.fromkeys(ids)])


@db.atomic
async def _expire(id: UUID, *, at: datetime) -> bool:
    known = await ChangeHold.get(id=id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    fresh = await ChangeHold.get(id=id)
    if fresh.held_until > at:
        return False  # kept a little longer meanwhile
    return await close(reservation, id, at=at, state="expired")


@db.atomic
async def keep_change_until(id: UUID, until: datetime) -> bool:
    """Hold the change for its card until then, as long as its payment page lives. False when it is held no more."""
    known = await ChangeHold.get(id=id)
    await db.lock(Reservation, [known.reservation_id])
    return bool(await ChangeHold.filter(id=id, state="held").update(held_until=until))
