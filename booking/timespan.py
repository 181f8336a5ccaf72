"""Spans of time: half-open, in UTC. And the only place where wall time becomes UTC, and UTC wall time.

Python subtracts and compares two times of the *same* zone by their wall clocks, which is wrong by an hour on
the two nights a year when clocks change. So everything here is UTC inside, and a zone appears only at the
edge. A zone is an IANA name ("Europe/Tallinn"). A wall time is a date and minutes past that date's midnight,
so 1500 is 01:00 the next morning and 1440 is the end of the day.

Nothing assumes that a day has 24 hours, nor that it begins at 00:00: in the Azores the clocks go from 00:00
to 01:00, and their spring day begins at one o'clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
_begins_at = attrgetter("begins_at")
LONGEST_WALL_MINUTES = 2 * 24 * 60


@dataclass(frozen=True, order=True, slots=True)
class TimeSpan:
    """From an instant up to, but not including, another: `[begins_at, ends_at)`, kept in UTC.

    Raises ValueError for a naive datetime, or when it would be empty or reversed.
    """

    begins_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.begins_at.tzinfo is not UTC:
            object.__setattr__(self, "begins_at", _utc(self.begins_at))
        if self.ends_at.tzinfo is not UTC:
            object.__setattr__(self, "ends_at", _utc(self.ends_at))
        if self.begins_at >= self.ends_at:
            raise ValueError(f"a time span must end after it begins: {self.begins_at} to {self.ends_at}")

    @property
    def duration(self) -> timedelta:
        """Elapsed time, whatever the clocks on the wall did."""
        return self.ends_at - self.begins_at

    @property
    def minutes(self) -> int:
        """Whole elapsed minutes."""
        return self.duration // timedelta(minutes=1)

    def overlaps(self, other: TimeSpan) -> bool:
        """Whether they share an instant. Spans that only touch do not."""
        return self.begins_at < other.ends_at and other.begins_at < self.ends_at

    def contains(self, other: TimeSpan) -> bool:
        """Whether all of the other lies within this one."""
        return self.begins_at <= other.begins_at and other.ends_at <= self.ends_at

    def covers(self, at: datetime) -> bool:
        """Whether the instant lies within: the beginning does, the end does not."""
        return self.begins_at <= at < self.ends_at

    def widened(self, before_minutes: int, after_minutes: int) -> TimeSpan:
        """This span with elapsed minutes added on both sides, as set-up and clear-up times are."""
        return TimeSpan(
            self.begins_at - timedelta(minutes=before_minutes),
            self.ends_at + timedelta(minutes=after_minutes),
        )

    def intersection(self, other: TimeSpan) -> TimeSpan | None:
        """What both share, or None."""
        if other.contains(self):
            return self
        begins_at, ends_at = max(self.begins_at, other.begins_at), min(self.ends_at, other.ends_at)
        return TimeSpan(begins_at, ends_at) if begins_at < ends_at else None


class NoSuchTime(ValueError):
    """The clocks jump over this wall time. `next_at` is the first instant after the jump, in UTC."""

    def __init__(self, next_at: datetime) -> None:
        self.next_at = next_at
        super().__init__(f"no such wall time; the next one is {next_at.isoformat()}")


# Wall time and back


def wall_to_utc(day: date, minutes: int, zone: str, *, later: bool = False) -> datetime:
    """The instant at which the clocks of the zone show this wall time.

    `minutes` counts wall minutes past the day's midnight, 0 to 2880. Of a time that comes twice, the earlier
    one is meant, unless `later`. Raises NoSuchTime for one that the clocks jump over, ValueError out of
    range.
    """
    if not 0 <= minutes <= LONGEST_WALL_MINUTES:
        raise ValueError(f"minutes past midnight must be within 0 and {LONGEST_WALL_MINUTES}: {minutes}")
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    tz = ZoneInfo(zone)
    at = wall.replace(tzinfo=tz, fold=int(later)).astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) == wall:
        return at
    # In a gap, fold 0 reads the wall by the offset before the jump and lands after it; fold 1 the other way
    # round.
    raise NoSuchTime(
        _jump(
            wall.replace(tzinfo=tz, fold=1).astimezone(UTC),
            wall.replace(tzinfo=tz, fold=0).astimezone(UTC),
            tz,
        )
    )


def wall_or_next(day: date, minutes: int, zone: str, *, later: bool = False) -> datetime:
    """Like wall_to_utc, but a wall time that the clocks jump over means the first instant after the jump."""
    try:
        return wall_to_utc(day, minutes, zone, later=later)
    except NoSuchTime as gap:
        return gap.next_at


def local(at: datetime, zone: str) -> datetime:
    """The instant as the clocks of the zone show it: an aware datetime, for reading and showing only.

    Never subtract or compare two of these: Python would look at the wall clocks.
    """
    return _utc(at).astimezone(ZoneInfo(zone))


def local_day(at: datetime, zone: str) -> date:
    """The date in the zone at this instant."""
    return local(at, zone).date()


def is_repeated(at: datetime, zone: str) -> bool:
    """Whether this wall time comes twice (true for both), so that the screen must tell them apart."""
    wall = local(at, zone)
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


# Days


@lru_cache(maxsize=4096)
def day_span(day: date, zone: str) -> TimeSpan:
    """The whole local day: 24 hours, or 23, or 25. Raises NoSuchTime for a date that the zone left out."""
    begins_at, ends_at = _day_begins_at(day, zone), _day_begins_at(day + timedelta(days=1), zone)
    if begins_at >= ends_at:  # Samoa went from 29 to 31 December 2011.
        raise NoSuchTime(begins_at)
    return TimeSpan(begins_at, ends_at)


def days(span: TimeSpan, zone: str) -> list[date]:
    """The local dates that the span touches, in order; ending at midnight does not touch the next."""
    # Clocks put back over midnight show a date twice, so the neighbours are asked too.
    day = local_day(span.begins_at, zone) - timedelta(days=1)
    last = local_day(span.ends_at, zone) + timedelta(days=1)
    touched: list[date] = []
    while day <= last:
        begins_at, ends_at = _day_begins_at(day, zone), _day_begins_at(day + timedelta(days=1), zone)
        if max(begins_at, span.begins_at) < min(ends_at, span.ends_at):
            touched.append(day)
        day += timedelta(days=1)
    return touched


def quarters(day: date, zone: str) -> list[datetime]:
    """The local time at which each quarter of an hour of the day begins: 96 of them, or 92, or 100."""
    span = day_span(day, zone)
    count = -(-span.duration // QUARTER)
    return [local(span.begins_at + number * QUARTER, zone) for number in range(count)]


def wall_steps(day: date, zone: str, raster_minutes: int) -> list[datetime]:
    """The instants of the local day, in UTC and in order, at which a reservation on this raster may begin.

    They are those whose wall-clock minutes past midnight are a multiple of the raster. A step in an hour that
    comes twice comes twice; one that the clocks jump over moves to the first instant after the jump.
    """
    return list(_wall_steps(day, zone, raster_minutes))


@lru_cache(maxsize=1024)  # a search asks the same of each place that it looks at
def on_raster(at: datetime, raster_minutes: int, zone: str) -> bool:
    """Whether a reservation on this raster may begin (or end) at this instant."""
    at = _utc(at)
    steps = _wall_steps(local_day(at, zone), zone, raster_minutes)
    place = bisect_left(steps, at)
    return place < len(steps) and steps[place] == at


def step_from(at: datetime, raster_minutes: int, zone: str) -> datetime:
    """The first instant on the raster that is not before this one."""
    if _is_on_any_clock(at, raster_minutes):
        return at
    day = local_day(at, zone)
    while True:
        steps = _wall_steps(day, zone, raster_minutes)
        place = bisect_left(steps, at)
        if place < len(steps):
            return steps[place]
        day += timedelta(days=1)


def step_until(at: datetime, raster_minutes: int, zone: str) -> datetime:
    """The last instant on the raster that is not after this one."""
    if _is_on_any_clock(at, raster_minutes):
        return at
    # Never before the first step of its day: midnight is one, or the end of the jump over it.
    steps = _wall_steps(local_day(at, zone), zone, raster_minutes)
    return steps[bisect_right(steps, at) - 1]


def _is_on_any_clock(at: datetime, raster_minutes: int) -> bool:
    """Whether this instant is on the raster in any zone, so that none has to be asked: clocks are whole quarters of an
    hour off UTC, everywhere since 1972, and are put forward and back by such."""
    return (
        15 % raster_minutes == 0
        and at.minute % raster_minutes == 0
        and not at.second
        and not at.microsecond
        and at.year > 1972
        and at.tzinfo is UTC
    )


# Lists of spans


def union(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    """The same instants as sorted spans that neither overlap nor touch."""
    merged: list[TimeSpan] = []
    for span in sorted(
        spans, key=_begins_at
    ):  # much quicker than comparing spans, and the ends are merged anyway
        if merged and span.begins_at <= merged[-1].ends_at:
            if span.ends_at > merged[-1].ends_at:
                merged[-1] = TimeSpan(merged[-1].begins_at, span.ends_at)
        else:
            merged.append(span)
    return merged


def subtract(spans: Iterable[TimeSpan], taken: Iterable[TimeSpan]) -> list[TimeSpan]:
    """The instants of `spans` that are in none of `taken`, merged and sorted."""
    left: list[TimeSpan] = []
    cuts = union(taken)
    first = 0
    for span in union(spans):
        begins_at = span.begins_at
        while first < len(cuts) and cuts[first].ends_at <= begins_at:
            first += 1
        while first < len(cuts) and cuts[first].begins_at < span.ends_at:
            if begins_at < cuts[first].begins_at:
                left.append(TimeSpan(begins_at, cuts[first].begins_at))
            begins_at = cuts[first].ends_at
            if begins_at >= span.ends_at:  # this cut may reach into the next span too
                break
            first += 1
        if begins_at < span.ends_at:
            left.append(TimeSpan(begins_at, span.ends_at))
    return left


def common(a: Iterable[TimeSpan], b: Iterable[TimeSpan]) -> list[TimeSpan]:
    """The instants that are in both, merged and sorted."""
    ones, others = union(a), union(b)
    shared: list[TimeSpan] = []
    one = other = 0
    while one < len(ones) and other < len(others):
        if both := ones[one].intersection(others[other]):
            shared.append(both)
        if ones[one].ends_at <= others[other].ends_at:
            one += 1
        else:
            other += 1
    return shared


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"a time without a zone means nothing here: {at}")
    return at.astimezone(UTC)


@lru_cache(maxsize=4096)
def _day_begins_at(day: date, zone: str) -> datetime:
    return wall_or_next(day, 0, zone)


def _jump(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The first instant in (before, after] with the offset of `after`, to the second."""
    offset = after.astimezone(tz).utcoffset()
    seconds = (after - before) // timedelta(seconds=1)
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(tz).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


@lru_cache(maxsize=4096)
def _wall_steps(day: date, zone: str, raster_minutes: int) -> Sequence[datetime]:
    if raster_minutes < 1:
        raise ValueError(f"a raster has at least one minute: {raster_minutes}")
    begins_at, ends_at = _day_begins_at(day, zone), _day_begins_at(day + timedelta(days=1), zone)
    steps = set()
    for minutes in range(0, 24 * 60, raster_minutes):
        steps.add(wall_or_next(day, minutes, zone))
        steps.add(wall_or_next(day, minutes, zone, later=True))
    return tuple(sorted(step for step in steps if begins_at <= step < ends_at))
