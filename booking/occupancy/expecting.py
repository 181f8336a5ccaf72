"""How many people a house expects, from its reservations. Pure.

The figure is the peak of each hour: the highest number of people booked at the same minute of it, over all rooms at
once. It is a sum over rooms first and a maximum after, so two rooms that are full at different minutes do not count
together. Source: bookings that are confirmed or on hold, until they are given back. Things to borrow bring nobody into
the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking.places import GROUP_OF
from booking.timespan import TimeSpan, day_span

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of elapsed time: the most people booked at one minute of it, and how many begin in it."""

    begins_at: datetime
    people: int
    arriving: int


def expected(reservations: Iterable[Any], day: date, zone: str) -> list[Hour]:
    """The hours of the local day: 24 of them, or 23, or 25. `reservations` have resource fetched.

    Raises NoSuchTime for a date that the zone left out.
    """
    whole = day_span(day, zone)
    here = [each for each in reservations if GROUP_OF[each.resource.kind] != "equipment"]
    hours: list[Hour] = []
    begins_at = whole.begins_at
    while begins_at < whole.ends_at:
        hour = TimeSpan(begins_at, min(begins_at + HOUR, whole.ends_at))
        arriving = sum(each.people for each in here if hour.covers(each.begins_at))
        hours.append(Hour(begins_at, peak(here, hour), arriving))
        begins_at = hour.ends_at
    return hours


def peak(reservations: Sequence[Any], window: TimeSpan) -> int:
    """The most people booked at one minute of the window."""
    steps: list[tuple[datetime, int]] = []
    for each in reservations:
        ends_at = _until(each)
        if each.begins_at < window.ends_at and ends_at > window.begins_at and ends_at > each.begins_at:
            steps.append((max(each.begins_at, window.begins_at), each.people))
            steps.append((ends_at, -each.people))
    # Whoever leaves at the minute somebody comes is gone: departures sort first.
    most = now = 0
    for _at, change in sorted(steps):
        now += change
        most = max(most, now)
    return most


def _until(each: Any) -> datetime:
    """When a booking's people are gone: whoever gave the rest back is not expected any more."""
    return getattr(each, "released_at", None) or each.ends_at
