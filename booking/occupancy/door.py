"""What stands at a door: free or taken now, until when, and what comes next. Without names, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking import reservations
from booking.timespan import TimeSpan, day_span, local_day, union

LOOKED_AHEAD = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Door:
    """One resource at one instant. `state` is 'free', 'taken' or 'closed', until `until` (none: for a week).
    `closes`: what is taken is not free again before it closes.

    `units_free` of `units` are free; `rest` is what a member could take of it now, and `taken` when it is taken
    later today, set-up and clear-up times included.
    """

    resource: Any
    state: str
    until: datetime | None
    units: int
    units_free: int
    rest: TimeSpan | None
    taken: tuple[TimeSpan, ...]
    closes: bool = False


async def doors(resources: Sequence[Any], at: datetime) -> list[Door]:
    """The doors of these resources (each with its venue), in a fixed number of queries."""
    if not resources:
        return []
    plans = await reservations.plans(resources, TimeSpan(at - timedelta(days=1), at + LOOKED_AHEAD))
    return [door(plans[each.id], at) for each in resources]


def door(plan: Any, at: datetime, *, free: Sequence[TimeSpan] | None = None) -> Door:
    """One door. Pure. `free`: that of the plan, where many doors are asked of it."""
    resource = plan.resource
    tonight = day_span(local_day(at, resource.venue.zone), resource.venue.zone).ends_at
    free = plan.free() if free is None else free
    now = next((TimeSpan(at, span.ends_at) for span in free if span.covers(at)), None)
    busy = [spans for spans in plan.taken.values() if any(span.covers(at) for span in spans)]
    units = len(plan.taken) if resource.takes == "any" else 1
    units_free = units - len(busy) if resource.takes == "any" else int(not busy)
    closes = False
    if now is not None:
        state = "free"
        until: datetime | None = now.ends_at if now.ends_at < plan.window.ends_at else None
    elif open_ := next((span for span in plan.bookable if span.covers(at)), None):
        state, until = "taken", next((span.begins_at for span in free if span.begins_at > at), None)
        if open_.ends_at < plan.window.ends_at and (until is None or until > open_.ends_at):
            until, closes = open_.ends_at, True
    else:
        state, until = "closed", next((span.begins_at for span in plan.bookable if span.begins_at > at), None)
    later: list[TimeSpan] = []
    if resource.takes == "all":
        every = union([span for spans in plan.taken.values() for span in spans])
        later = [span for span in every if at < span.begins_at < tonight]
    # What needs notice can be free now, and still nobody takes it from now on.
    rest = None if resource.lead_minutes else now
    return Door(resource, state, until, units, units_free, rest, tuple(later), closes)
