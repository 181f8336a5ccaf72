"""When a house closes, and ending what nobody ended: stays and counts, at closing time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from booking import availability, db, events, places
from booking.availability import Hours
from booking.occupancy.models import Presence
from booking.timespan import TimeSpan, day_span, local_day

BATCH = 500
# A house that never closes still lets nobody stay for ever: who has not gone by then has forgotten to check out.
STAY_MAX = timedelta(hours=16)
INSTANT = timedelta(seconds=1)


async def open_hours(venues: Iterable[Any], window: TimeSpan) -> dict[int, list[TimeSpan]]:
    """When each venue is open within the window, by its id: its own hours, or those of its resources if it has none.

    Closed days and public holidays of the whole house are left out; closures of some hours are not, as whoever is
    inside may stay. Five queries.
    """
    listed = list({venue.id: venue for venue in venues}.values())
    hours = await places.hours_of([venue.id for venue in listed])
    shuts = await places.shuts_of(listed, window)
    found: dict[int, list[TimeSpan]] = {}
    for venue in listed:
        rows = hours.get((venue.id, None)) or [
            row for (venue_id, _resource), own in hours.items() if venue_id == venue.id for row in own
        ]
        shut_days = {
            each.day for each in shuts[venue.id] if each.day is not None and each.resource_id is None
        }
        found[venue.id] = availability.open_spans(
            [
                Hours(row.weekday, row.opens_minute, row.closes_minute, row.valid_from, row.valid_until)
                for row in rows
            ],
            window,
            venue.zone,
            shut_days=shut_days,
        )
    return found


def closing_after(opened: Sequence[TimeSpan], begins_at: datetime, zone: str) -> datetime:
    """When a stay that began at this instant is cut off: as the house closes, else at midnight; within STAY_MAX."""
    for span in opened:
        if span.covers(begins_at):
            return min(span.ends_at, begins_at + STAY_MAX)
    midnight = day_span(local_day(begins_at, zone), zone).ends_at
    later = [span.ends_at for span in opened if begins_at < span.begins_at < midnight]
    return min(min(later, default=midnight), begins_at + STAY_MAX)


async def close_stays(at: datetime) -> int:
    """End the stays and counts that outlived their house's closing time. Returns how many."""
    ended = last = 0
    while left := (
        await Presence.filter(ends_at__isnull=True, begins_at__lt=at, id__gt=last)
        .order_by("id")
        .limit(BATCH)
        .select_related("venue", "reservation")
    ):
        last = left[-1].id
        first = min(each.begins_at for each in left)
        window = TimeSpan(first - timedelta(days=1), at + timedelta(days=1))
        opened = await open_hours([each.venue for each in left], window)
        for each in left:
            closes_at = closing_after(opened[each.venue_id], each.begins_at, each.venue.zone)
            if each.reservation is not None and each.reservation.ends_at > closes_at:
                closes_at = each.reservation.ends_at  # an exception the house made
            if closes_at <= at:
                ended += await _close(each, closes_at, at=at)
    return ended


@db.atomic
async def _close(stay: Presence, ends_at: datetime, *, at: datetime) -> int:
    ends_at = max(ends_at, stay.begins_at + INSTANT)
    changed = await Presence.filter(id=stay.id, ends_at__isnull=True).update(ends_at=ends_at, estimated=True)
    if changed:
        await events.record("presence.closed", stay.subject, at=at, venue_id=stay.venue_id)
    return changed
