"""Days and weeks of resources as rows for the timeline macro; `lanes` has what one of them says.

Quarters are elapsed time, so the two change days have 92 and 100 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from booking import i18n, reservations
from booking.i18n import gettext as _
from booking.search.lanes import Run, Viewer, lane, shown_reservations
from booking.search.runs import beyond
from booking.timespan import QUARTER, NoSuchTime, TimeSpan, day_span, local_day, quarters

USUAL_DAY = (32, 72)  # 08:00 to 18:00, shown where nothing is open at all


@dataclass(frozen=True, slots=True)
class Row:
    """One lane: a resource on a day that begins at `begins_at`. `step` is its raster in quarters, `lengths`
    are its shortest and longest booking in quarters, where the viewer is bound by them."""

    name: str
    url: str | None
    facts: str | None
    runs: list[Run]
    begins_at: datetime
    step: int = 1
    level: int = 3
    hours: list[tuple[int, str]] = field(default_factory=list)
    resource: Any = None
    day: date | None = None
    lengths: tuple[int, int] | None = None

    @property
    def free(self) -> list[Run]:
        return [run for run in self.runs if run.state == "free"]

    @property
    def why_closed(self) -> list[str]:
        """What is to be said of the grey runs, each reason once: where there are no lanes to point at."""
        return list(dict.fromkeys(run.title for run in self.runs if run.state == "closed" and run.title))


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows that share one clock, with all the macro's other arguments. `at` is the instant of the now line."""

    rows: list[Row]
    hours: list[tuple[int, str]]
    quarters: int
    first: int
    last: int
    now_quarter: int | None
    zone: str
    at: datetime


def _lengths(resource: Any, viewer: Viewer) -> tuple[int, int] | None:
    """Whoever runs the house may set these rules aside."""
    if viewer.names:
        return None
    return -(-resource.shortest_minutes // 15), max(resource.longest_minutes // 15, 1)


async def day(
    resources: Sequence[Any],
    on: date,
    viewer: Viewer,
    *,
    resource_url: Callable[[Any], str],
    facts: Callable[[Any], str] = lambda resource: "",
) -> Frame | None:
    """One day of the resources of one venue, in a fixed number of queries. None where there is no resource, or no
    such day in the zone."""
    if not resources:
        return None
    zone = resources[0].venue.zone
    try:
        whole = day_span(on, zone)
    except NoSuchTime:
        return None
    plans = await reservations.plans(resources, beyond(whole), language=i18n.language())
    shown = await shown_reservations(
        plans, whole, member_id=viewer.member_id, at=viewer.at, names=viewer.names
    )
    rows = [
        Row(
            i18n.name_of(resource),
            resource_url(resource),
            facts(resource) or None,
            lane(plans[resource.id], on, shown, viewer),
            whole.begins_at,
            max(resource.raster_minutes // 15, 1),
            resource=resource,
            day=on,
            lengths=_lengths(resource, viewer),
        )
        for resource in resources
    ]
    return frame(rows, on, zone, viewer.at)


async def week(
    resource: Any,
    days: Sequence[date],
    viewer: Viewer,
    *,
    day_url: Callable[[date], str | None],
) -> list[Frame]:
    """These days of one resource, a row a day. Days of one clock stand in one frame; a change day has its own."""
    zone, at = resource.venue.zone, viewer.at
    days = existing(days, zone)
    if not days:
        return []
    window = TimeSpan(day_span(days[0], zone).begins_at, day_span(days[-1], zone).ends_at)
    plans = await reservations.plans([resource], beyond(window), language=i18n.language())
    shown = await shown_reservations(plans, window, member_id=viewer.member_id, at=at)
    plan = plans[resource.id]
    rows = [
        Row(
            i18n.day(each, style="short"),
            day_url(each),
            _("today") if each == local_day(at, zone) else None,
            lane(plan, each, shown, viewer),
            day_span(each, zone).begins_at,
            max(resource.raster_minutes // 15, 1),
            resource=resource,
            day=each,
            lengths=_lengths(resource, viewer),
        )
        for each in days
    ]
    first, last = bounds(rows)
    frames = []
    for _marks, group in groupby(rows, key=lambda row: hours(row.day or days[0], zone)):
        listed = list(group)
        found = frame(listed, listed[0].day or days[0], zone, at, bounds_=(first, last))
        today = local_day(at, zone)
        # A now line through seven days would say that it is now in all of them.
        frames.append(found if [row.day for row in listed] == [today] else replace(found, now_quarter=None))
    return frames


def frame(
    rows: list[Row], on: date, zone: str, at: datetime, *, bounds_: tuple[int, int] | None = None
) -> Frame:
    """The clock around rows of one day."""
    whole = day_span(on, zone)
    first, last = bounds_ or bounds(rows)
    count = -(-whole.duration // QUARTER)
    now = (at - whole.begins_at) // QUARTER if whole.covers(at) else None
    return Frame(rows, hours(on, zone), count, first, min(last, count), now, zone, at)


def hours(on: date, zone: str) -> list[tuple[int, str]]:
    """Where the full hours of the day stand, and how the clocks show them there."""
    return [
        (number, i18n.clock_short(quarter, zone))
        for number, quarter in enumerate(quarters(on, zone))
        if not quarter.minute
    ]


def bounds(rows: Sequence[Row]) -> tuple[int, int]:
    """The quarters in which anything is open or booked, as whole hours."""
    seen = [run for row in rows for run in row.runs if run.open]
    if not seen:
        return USUAL_DAY
    first = min(run.from_quarter for run in seen) // 4 * 4
    last = -(-max(run.to_quarter for run in seen) // 4) * 4
    return first, max(last, first + 16)


def existing(days: Sequence[date], zone: str) -> list[date]:
    """The days that the clocks of the zone did not leave out."""
    found = []
    for each in days:
        try:
            day_span(each, zone)
        except NoSuchTime:
            continue
        found.append(each)
    return found
