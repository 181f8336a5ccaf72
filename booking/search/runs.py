"""What of a resource's free time can really be booked, and what to propose of it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking import reservations
from booking.timespan import TimeSpan, common, step_from, step_until

PROPOSED = timedelta(hours=1)  # what a free run is proposed for, where the rules allow it


def bookable_runs(
    plan: Any, at: datetime, *, quantity: int = 1, within: TimeSpan | None = None, minutes: int = 0
) -> list[TimeSpan]:
    """The spans of a plan that can be booked at this instant: after the notice, before the horizon, on the raster,
    and neither shorter than the shortest booking nor than `minutes`."""
    resource = plan.resource
    reach = reservations.bookable_window(resource, at)
    if reach is None or (within and not (reach := reach.intersection(within))):
        return []
    zone, raster = resource.venue.zone, resource.raster_minutes
    needed = timedelta(minutes=max(resource.shortest_minutes, minutes))
    found = []
    for span in common(plan.free(quantity), [reach]):
        begins_at = step_from(span.begins_at, raster, zone)
        ends_at = step_until(span.ends_at, raster, zone)
        if ends_at - begins_at >= needed:
            found.append(TimeSpan(begins_at, ends_at))
    return found


def proposal(resource: Any, run: TimeSpan, minutes: int | None = None) -> TimeSpan:
    """What to book of a free run, from its beginning: `minutes`, or else an hour; on the raster, and as long as the
    rules ask for. Never longer than the run."""
    length = PROPOSED if minutes is None else timedelta(minutes=minutes)
    length = max(length, timedelta(minutes=resource.shortest_minutes))
    if minutes is None:
        length = min(length, timedelta(minutes=resource.longest_minutes))
    ends_at = step_from(run.begins_at + length, resource.raster_minutes, resource.venue.zone)
    return TimeSpan(run.begins_at, min(ends_at, run.ends_at))
