"""Reservations that stand under a closure: they stay until somebody decides, so the house must see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from booking import db
from booking.places import Closure
from booking.reservations.models import Reservation

UNDER_CLOSURES = """
SELECT r.id AS reservation_id, c.id AS closure_id
FROM reservation r
JOIN closure c ON c.venue_id = r.venue_id AND c.begins_at < r.ends_at AND c.ends_at > r.begins_at
WHERE r.venue_id = ? AND r.state IN ('held', 'confirmed') AND r.ends_at > ?
  AND c.withdrawn_at IS NULL AND c.ends_at > ?
  AND (c.resource_id IS NULL OR r.resource_id IN (
    SELECT theirs.resource_id FROM resource_unit own JOIN resource_unit theirs ON theirs.unit_id = own.unit_id
    WHERE own.resource_id = c.resource_id))
ORDER BY r.begins_at, r.id, c.begins_at
LIMIT ?
"""


async def under_closures(
    venue_id: int, *, after: datetime, most: int = 200
) -> list[tuple[Reservation, Closure]]:
    """The venue's live reservations that end after `after` and clash with a closure, soonest first, once each.

    A closure of one resource touches whoever holds one of its units: the hall, when a half of it closes. Three
    queries. Each reservation has member, resource and Activity fetched.
    """
    found = await db.rows(UNDER_CLOSURES, venue_id, after, after, most)
    pairs: dict[UUID, int] = {}
    for row in found:
        pairs.setdefault(UUID(str(row["reservation_id"])), row["closure_id"])
    touched = {
        each.id: each
        for each in await Reservation.filter(id__in=list(pairs)).select_related(
            "member", "resource", "activity"
        )
    }
    closures = {each.id: each for each in await Closure.filter(id__in=list(set(pairs.values())))}
    return [(touched[id], closures[closure_id]) for id, closure_id in pairs.items()]
