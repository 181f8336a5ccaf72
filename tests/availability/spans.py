"""Short ways to write spans of a Monday in Brussels, by its minutes; and random ones."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from booking.timespan import TimeSpan, wall_to_utc

BRUSSELS = "Europe/Brussels"
MONDAY = date(2026, 3, 2)
ZERO = wall_to_utc(MONDAY, 0, BRUSSELS)
DAY = 24 * 60


def span(begins: int, ends: int) -> TimeSpan:
    """Minutes from Monday's midnight in Brussels."""
    return TimeSpan(ZERO + timedelta(minutes=begins), ZERO + timedelta(minutes=ends))


def minutes(found: list[TimeSpan]) -> list[tuple[int, int]]:
    one = timedelta(minutes=1)
    return [((each.begins_at - ZERO) // one, (each.ends_at - ZERO) // one) for each in found]


spans = st.builds(
    lambda begins, length: span(begins, begins + length), st.integers(0, 200), st.integers(1, 60)
)


def apart(found: list[TimeSpan]) -> list[TimeSpan]:
    """Of these spans, those that fit on one unit, first come."""
    kept: list[TimeSpan] = []
    for each in found:
        if not any(each.overlaps(other) for other in kept):
            kept.append(each)
    return kept


units_taken = st.lists(st.lists(spans, max_size=5).map(apart), min_size=1, max_size=4).map(
    lambda lists: dict(enumerate(lists, start=1))
)
