"""Closing a venue or a resource for a time, and opening it again.

A closure may overlap reservations that stood before it: they stay, and the manager sees which they are before
saving. It is saved under the locks of the units it touches, so no booking slips in between looking and closing.
"""

from __future__ import annotations

from datetime import datetime

from booking import db, events
from booking.errors import NotFound
from booking.places.models import Closure, Resource, ResourceUnit, Unit, Venue
from booking.timespan import TimeSpan


async def shut_spans(venue_id: int, *, after: datetime) -> list[Closure]:
    """The closures that are not over yet, soonest first."""
    found = await db.models(
        Closure,
        "WHERE venue_id = ? AND withdrawn_at IS NULL AND ends_at > ? ORDER BY begins_at",
        venue_id,
        after,
    )
    await db.relate(found, "resource")
    return found


@db.atomic
async def close(
    venue: Venue, resource: Resource | None, span: TimeSpan, reason: str, *, by_id: int | None, at: datetime
) -> Closure:
    """Shut the venue, or one of its resources, for the span. The caller has checked that they may.

    The same closure again (a second click) is the first one.
    """
    assert resource is None or resource.venue_id == venue.id
    if resource is None:
        unit_ids = await Unit.filter(venue_id=venue.id).values_list("id", flat=True)
    else:
        unit_ids = await ResourceUnit.filter(resource_id=resource.id).values_list("unit_id", flat=True)
    await db.lock(Unit, list(unit_ids))
    same = await Closure.filter(
        venue_id=venue.id,
        resource_id=resource.id if resource else None,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        withdrawn_at=None,
    ).first()
    if same is not None:
        return same
    closure = await Closure.create(
        venue_id=venue.id,
        resource_id=resource.id if resource else None,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        reason=reason,
        created_at=at,
        created_by_id=by_id,
    )
    await events.record(
        "venue.closed",
        f"closure:{closure.id}",
        at=at,
        by_id=by_id,
        venue_id=venue.id,
        resource_id=closure.resource_id,
        begins_at=span.begins_at.isoformat(),
        ends_at=span.ends_at.isoformat(),
        reason=reason,
    )
    return closure


@db.atomic
async def withdraw(venue: Venue, closure_id: int, *, by_id: int, at: datetime) -> Closure:
    """Open again what a closure shut. Doing it twice changes nothing. Raises NotFound for another venue's."""
    closure = await Closure.get_or_none(id=closure_id, venue_id=venue.id)
    if closure is None:
        raise NotFound
    if await Closure.filter(id=closure_id, withdrawn_at=None).update(withdrawn_at=at):
        await events.record("venue.reopened", f"closure:{closure_id}", at=at, by_id=by_id, venue_id=venue.id)
    return await Closure.get(id=closure_id)
