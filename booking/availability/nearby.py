"""The nearest "yes" in time: where a wish that was refused would fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking.timespan import TimeSpan, step_from, step_until, union


def nearest(
    free: Sequence[TimeSpan], wish: TimeSpan, *, raster_minutes: int, zone: str, most: int = 3
) -> list[TimeSpan]:
    """At most `most` spans as long as the wish (elapsed), each within a free span, the nearest beginning
    first.

    They begin on the raster of the zone's wall clock, lie before the wish, at it or after it, and never
    overlap one another: three answers a quarter of an hour apart would be one answer. Of two equally near,
    the earlier comes first. What is past or too soon is not known here: bring free spans without it.
    """
    found = [
        begins_at
        for span in union(free)
        if span.duration >= wish.duration
        for begins_at in _beginnings(
            span.begins_at, span.ends_at - wish.duration, wish, raster_minutes, zone, most
        )
    ]
    found.sort(key=lambda begins_at: (abs(begins_at - wish.begins_at), begins_at))
    return [TimeSpan(begins_at, begins_at + wish.duration) for begins_at in found[:most]]


def _beginnings(
    first: datetime, last: datetime, wish: TimeSpan, raster_minutes: int, zone: str, most: int
) -> list[datetime]:
    """The beginning from `first` to `last` nearest to the wish, and others a wish's length apart from it."""
    around = (
        step_until(min(last, wish.begins_at), raster_minutes, zone),
        step_from(max(first, wish.begins_at), raster_minutes, zone),
    )
    found = sorted(
        (each for each in around if first <= each <= last), key=lambda each: abs(each - wish.begins_at)
    )[:1]
    if not found:
        return []
    for step, length in ((step_until, -wish.duration), (step_from, wish.duration)):
        begins_at = found[0]
        for _ in range(most):
            begins_at = step(begins_at + length, raster_minutes, zone)
            if not first <= begins_at <= last:
                break
            found.append(begins_at)
    return found
