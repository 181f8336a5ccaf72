"""The door of a resource for a day and a half ahead, so that a display without a connection still tells the truth.

What a door says changes only where something begins or ends. So each of these instants gets its door now, and the
display shows the last one that has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking import reservations
from booking.availability import Run, timeline_runs
from booking.occupancy.door import LOOKED_AHEAD, Door, door
from booking.timespan import TimeSpan, day_span, days, local_day

# A whole day, whenever the connection broke, and the morning after.
KNOWN_AHEAD = timedelta(hours=36)


@dataclass(frozen=True)
class Ahead:
    """A resource from one instant on: (from when, what its door is then); the runs of each local day."""

    resource: Any
    doors: list[tuple[datetime, Door]]
    days: dict[date, list[Run]]


async def ahead(resources: Sequence[Any], at: datetime) -> list[Ahead]:
    """These resources (each with its venue) for the next KNOWN_AHEAD, in a fixed number of queries."""
    if not resources:
        return []
    # One plan for doors at every instant: it must reach as far ahead of the last of them as of the first.
    whole = TimeSpan(at - timedelta(days=1), at + KNOWN_AHEAD + LOOKED_AHEAD)
    plans = await reservations.plans(resources, whole)
    return [_ahead(plans[each.id], at) for each in resources]


def _ahead(plan: Any, at: datetime) -> Ahead:
    zone = plan.resource.venue.zone
    window = TimeSpan(at, at + KNOWN_AHEAD)
    free = plan.free()
    taken = [span for spans in plan.taken.values() for span in spans]
    shown = days(window, zone)
    edges = {edge for span in (*free, *taken, *plan.bookable) for edge in (span.begins_at, span.ends_at)}
    edges |= {day_span(day, zone).begins_at for day in shown}
    instants = [at, *sorted(edge for edge in edges if window.begins_at < edge < window.ends_at)]
    found: list[tuple[datetime, Door]] = []
    for instant in instants:
        now = door(plan, instant, free=free)
        if not found or _looks(found[-1][1], found[-1][0], zone) != _looks(now, instant, zone):
            found.append((instant, now))
    runs = {
        day: timeline_runs(day, zone, free=free, taken=[], bookable=plan.bookable)
        for day in shown
        if day_span(day, zone).begins_at >= plan.window.begins_at
    }
    return Ahead(plan.resource, found, runs)


def _looks(door: Door, at: datetime, zone: str) -> Any:
    """What of a door changes its words."""
    return door.state, door.until, door.units_free, door.taken, door.rest is None, local_day(at, zone)
