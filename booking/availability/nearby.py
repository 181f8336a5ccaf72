"""The nearest "yes" in time: where a wish that was refused would fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from booking.timespan import TimeSpan, step_from, step_until, union


def nearest(
    free: Sequence[TimeSpan], wish: TimeSpan, *, raster_minutes: int, zone: str, most: int = 3
) -> list[TimeSpan]:
    """At most `most` spans as long as the wish (elapsed), each within a free span, the nearest beginning first.

    They begin on the raster of the zone's wall clock, lie before the wish, at it or after it, and never overlap
    one another: three answers a quarter of an hour apart would be one answer. Of two equally near, the earlier
    comes first. What is past or too soon is not known here: bring free spans without it.
    """
    found = [
        option
        for span in union(free)
        if span.duration >= wish.duration
        for option in _options(span, wish, raster_minutes, zone, most)
    ]
    chosen: list[TimeSpan] = []
    for option in sorted(
        found, key=lambda option: (abs(option.begins_at - wish.begins_at), option.begins_at)
    ):
        if len(chosen) == most:
            break
        if not any(option.overlaps(other) for other in chosen):
            chosen.append(option)
    return chosen


def _options(span: TimeSpan, wish: TimeSpan, raster_minutes: int, zone: str, most: int) -> Iterator[TimeSpan]:
    """Beginnings in the free span, going away from the wish in both directions, a wish's length apart."""
    first, last = span.begins_at, span.ends_at - wish.duration

    def going(begins_at: datetime, forward: bool) -> Iterator[TimeSpan]:
        for _ in range(most):
            begins_at = (step_from if forward else step_until)(begins_at, raster_minutes, zone)
            if not first <= begins_at <= last:
                return
            yield TimeSpan(begins_at, begins_at + wish.duration)
            begins_at += wish.duration if forward else -wish.duration

    yield from going(max(first, wish.begins_at), forward=True)
    yield from going(min(last, wish.begins_at - timedelta.resolution), forward=False)
