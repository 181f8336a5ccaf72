"""The house answers all waiting dates of a series by one press: one event of the whole, and so one mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from booking import db, events, places
from booking.errors import NotFound
from booking.members import Member, roles
from booking.places import Unit
from booking.reservations import refusals as no
from booking.reservations.deciding import approve, decline
from booking.reservations.models import PAY_FIRST, Reservation


async def approve_series(id: UUID, *, by: Member, at: datetime) -> list[Reservation]:
    """Say yes to every date of the series that waits for the house, with its equipment: all of them or none.

    What stopped waiting meanwhile, as its member cancelled it or its time is over, stays as it is. Raises NotFound for
    others than the hosts of its house, NotWaiting where nothing waits.
    """
    return await _answer(id, "series.approved", by=by, at=at)


async def decline_series(id: UUID, *, by: Member, at: datetime, reason: str) -> list[Reservation]:
    """Say no to all of them, with one reason that the member reads. Raises NotFound, NotWaiting, ReasonNeeded."""
    return await _answer(id, "series.declined", by=by, at=at, reason=reason)


@db.atomic
async def _answer(id: UUID, name: str, *, by: Member, at: datetime, reason: str = "") -> list[Reservation]:
    known = await Reservation.filter(series_id=id).select_related("venue")
    if not known or not (await roles.active(by, at)).hosts(known[0].venue):
        raise NotFound
    saying_no = name == "series.declined"
    if saying_no and not reason.strip():
        raise no.ReasonNeeded()
    # In one sorted question, as a member who cancels several locks them: neither waits for the other crosswise.
    fresh = await db.lock(Reservation, [each.id for each in known])
    waiting = [
        each
        for each in fresh
        if each.waits_for_house and (saying_no or each.held_until is None or each.held_until > at)
    ]
    if not waiting:
        raise no.NotWaiting()
    waiting.sort(key=lambda one: (one.begins_at, one.beside_id is not None))
    together, done = uuid4(), []
    if saying_no:
        # Equipment is given back with its room; and all units come before the first account.
        rooms = {each.id for each in waiting}
        waiting = [each for each in waiting if each.beside_id not in rooms]
        units = await places.units_of(sorted({each.resource_id for each in fresh}))
        await db.lock(Unit, {unit for listed in units.values() for unit in listed})
    for each in waiting:
        if saying_no:
            done.append(await decline(each.id, by=by, at=at, reason=reason, together=together))
        else:
            done.append(await approve(each.id, by=by, at=at, together=together))
    await events.record(
        name,
        f"series:{id}",
        at=at,
        by_id=by.id,
        venue_id=known[0].venue_id,
        member_id=known[0].member_id,
        ids=[str(each.id) for each in done],
        **({"reason": reason.strip()[:500]} if saying_no else {}),
    )
    return done


async def waiting_of_series(ids: Sequence[Any], venue_id: int) -> dict[UUID, list[Reservation]]:
    """The dates of each of these series that wait for the house, in order; none of their equipment. One question."""
    if not ids:
        return {}
    rows = (
        await Reservation.filter(
            series_id__in=list(ids), venue_id=venue_id, state="held", beside_id__isnull=True
        )
        .exclude(held_for__in=list(PAY_FIRST))
        .select_related("member", "resource", "venue", "activity")
        .order_by("begins_at", "id")
    )
    found: dict[UUID, list[Reservation]] = {}
    for each in rows:
        found.setdefault(each.series_id, []).append(each)
    return found
