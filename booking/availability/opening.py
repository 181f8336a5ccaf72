"""Weekly opening hours in the venue's wall time, and what closures leave of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from booking.timespan import (
    LONGEST_WALL_MINUTES,
    NoSuchTime,
    TimeSpan,
    is_repeated,
    local_day,
    subtract,
    union,
    wall_or_next,
    wall_to_utc,
)


@dataclass(frozen=True, slots=True)
class Hours:
    """One opening on one weekday, in minutes of wall time past that day's midnight.

    `weekday` is 1 (Monday) to 7, as ISO counts. `closes_minute` above 1440 is past midnight, 2880 at most.
    Both `valid_from` and `valid_until` are days on which the hours still hold; None leaves that side open.
    The hours belong to the day on which they begin, also the part after midnight.
    """

    weekday: int
    opens_minute: int
    closes_minute: int
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.weekday <= 7:
            raise ValueError(f"a weekday is 1 to 7: {self.weekday}")
        if not 0 <= self.opens_minute < min(self.closes_minute, 24 * 60):
            raise ValueError(f"opens within the day, before it closes: {self.opens_minute}")
        if self.closes_minute > LONGEST_WALL_MINUTES:
            raise ValueError(f"closes by the end of the next day: {self.closes_minute}")

    def hold_on(self, day: date) -> bool:
        """Whether these hours are those of the day."""
        return (
            day.isoweekday() == self.weekday
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


def open_spans(
    hours: Iterable[Hours], window: TimeSpan, zone: str, *, shut_days: Collection[date] = ()
) -> list[TimeSpan]:
    """When it is open within the window, merged and sorted, cut off at the window's ends.

    On `shut_days` (local dates: holidays, say) no hours begin; those of the evening before still run out. A
    wall time that the clocks jump over means the first instant after the jump. Over the autumn night the
    hours last as long as they last: 22:00 to 06:00 is nine hours.
    """
    by_weekday: dict[int, list[Hours]] = defaultdict(list)
    for each in hours:
        by_weekday[each.weekday].append(each)
    found: list[TimeSpan] = []
    # Hours reach two days ahead at most, so those of two days before may still matter.
    day = local_day(window.begins_at, zone) - timedelta(days=2)
    last = local_day(window.ends_at, zone)
    while day <= last:
        for each in by_weekday[day.isoweekday()] if day not in shut_days else ():
            if not each.hold_on(day):
                continue
            opening = _opening(day, each.opens_minute, each.closes_minute, zone)
            if opening and (part := opening.intersection(window)):
                found.append(part)
        day += timedelta(days=1)
    return union(found)


def bookable_spans(open_: Iterable[TimeSpan], closures: Iterable[TimeSpan]) -> list[TimeSpan]:
    """What the closures leave of the opening hours, merged and sorted."""
    return subtract(open_, closures)


@lru_cache(maxsize=16_384)
def _opening(day: date, opens_minute: int, closes_minute: int, zone: str) -> TimeSpan | None:
    """From one wall time to the other; None where the clocks leave nothing of it. Houses keep the same few hours."""
    opens_at, closes_at = wall_or_next(day, opens_minute, zone), _closes_at(day, closes_minute, zone)
    return TimeSpan(opens_at, closes_at) if opens_at < closes_at else None


def _closes_at(day: date, minute: int, zone: str) -> datetime:
    """The instant by which the clocks have shown all the wall times before this one.

    Closing at 02:30 where 02:00 to 03:00 comes twice is the second 02:30, so that both 02:15 can be booked.
    But closing at 02:00 is the first 02:00: nobody stays an hour longer because the clock is put back just
    then.
    """
    try:
        earlier = wall_to_utc(day, minute, zone)
    except NoSuchTime as gap:
        return gap.next_at
    if is_repeated(earlier, zone) and is_repeated(earlier - timedelta(minutes=1), zone):
        return wall_to_utc(day, minute, zone, later=True)
    return earlier
