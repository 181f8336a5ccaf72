"""What of a resource's free time can really be booked, and what to propose of it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking import reservations
from booking.timespan import TimeSpan, common, step_from, step_until

PROPOSED = timedelta(hours=1)  # what a free run is proposed for, where the rules allow it
# A plan for a day is read so much further, or an evening would look too short for a booking that runs past midnight.
BEYOND = timedelta(days=1)


def beyond(window: TimeSpan) -> TimeSpan:
    """The window for which to read plans when asking what begins within this one."""
    return TimeSpan(window.begins_at, window.ends_at + BEYOND)


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
    needed = needed_for(resource, minutes)
    found = []
    for span in common(plan.free(quantity), [reach]):
        begins_at = step_from(span.begins_at, raster, zone)
        ends_at = step_until(span.ends_at, raster, zone)
        if ends_at - begins_at >= needed:
            found.append(TimeSpan(begins_at, ends_at))
    return found


def beginning_in(
    plan: Any, at: datetime, window: TimeSpan, *, quantity: int = 1, minutes: int = 0
) -> list[TimeSpan]:
    """The runs in which a booking can begin within the window. They end with the window, except where only what lies
    beyond makes them long enough: then they end when the shortest such booking does."""
    resource = plan.resource
    needed = needed_for(resource, minutes)
    found = []
    for run in bookable_runs(plan, at, quantity=quantity, within=beyond(window), minutes=minutes):
        if run.begins_at >= window.ends_at:
            continue
        least = step_from(run.begins_at + needed, resource.raster_minutes, resource.venue.zone)
        found.append(TimeSpan(run.begins_at, min(run.ends_at, max(window.ends_at, least))))
    return found


def lying_in(plan: Any, at: datetime, window: TimeSpan, *, quantity: int, minutes: int) -> list[TimeSpan]:
    """The runs that also end within the window, as whoever names an end wants."""
    return bookable_runs(plan, at, quantity=quantity, minutes=minutes, within=window)


def needed_for(resource: Any, minutes: int = 0) -> timedelta:
    """How long a run must be to be worth showing."""
    return timedelta(minutes=max(resource.shortest_minutes, minutes))


def proposal(resource: Any, run: TimeSpan, minutes: int | None = None) -> TimeSpan:
    """What to book of a free run, from its beginning: `minutes`, or else an hour; on the raster, and as long as the
    rules ask for. Never longer than the run."""
    length = PROPOSED if minutes is None else timedelta(minutes=minutes)
    length = max(length, timedelta(minutes=resource.shortest_minutes))
    if minutes is None:
        length = min(length, timedelta(minutes=resource.longest_minutes))
    ends_at = step_from(run.begins_at + length, resource.raster_minutes, resource.venue.zone)
    return TimeSpan(run.begins_at, min(ends_at, run.ends_at))
