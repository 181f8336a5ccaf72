"""Spans as pairs of whole numbers, and the local days of a period: what a year of a large house is counted in. Pure.

A year of sixty rooms has fifty thousand bookings, each to be laid against opening hours, stays and other bookings.
Instants are microseconds since 1970 here (`instant`): putting them in order, comparing and adding them takes a
fraction of what it takes with datetimes. What comes out is the same to the last digit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from booking.timespan import TimeSpan, day_span, local, local_day, step_from, wall_or_next

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Piece = tuple[int, int]  # from an instant up to another
Steps = dict[int, int]  # by how much something grows or shrinks at an instant


def instant(at: datetime) -> int:
    """Microseconds since 1970: quicker to put in order and to add to than a datetime."""
    return (at - EPOCH) // MICROSECOND


def pair(span: TimeSpan) -> Piece:
    """The span as two such numbers."""
    return instant(span.begins_at), instant(span.ends_at)


def moment(of: int) -> datetime:
    """The instant of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=of)


class Opening:
    """Sorted spans free of overlaps, to lay others against."""

    __slots__ = ("begins", "ends")

    def __init__(self, begins: list[int], ends: list[int]) -> None:
        self.begins, self.ends = begins, ends

    @classmethod
    def of(cls, spans: Iterable[TimeSpan]) -> Opening:
        listed = list(spans)
        return cls([instant(each.begins_at) for each in listed], [instant(each.ends_at) for each in listed])

    def within(self, begins: int, ends: int) -> list[Piece]:
        """The parts of the span that lie in these."""
        place = bisect_right(self.begins, begins) - 1
        if place < 0:
            place = 0
        elif ends <= self.ends[place]:
            return [(begins, ends)]
        found = []
        while place < len(self.begins) and self.begins[place] < ends:
            low, high = max(begins, self.begins[place]), min(ends, self.ends[place])
            if low < high:
                found.append((low, high))
            place += 1
        return found

    def merged(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces without their overlaps, and only what of them lies in these."""
        if len(pieces) == 1:
            return self.within(*pieces[0])
        return [part for piece in union(pieces) for part in self.within(*piece)]

    def touching(self, begins: int, ends: int) -> list[Piece]:
        """Those of these that share time with the span, whole."""
        low, high = bisect_right(self.ends, begins), bisect_right(self.begins, ends - 1)
        return list(zip(self.begins[low:high], self.ends[low:high], strict=True))


def union(pieces: Iterable[Piece]) -> list[Piece]:
    """The same time as sorted pieces that neither overlap nor touch."""
    found: list[Piece] = []
    last = None
    for begins, ends in sorted(pieces):
        if last is not None and begins <= last:
            if ends > last:
                found[-1] = found[-1][0], ends
                last = ends
        else:
            found.append((begins, ends))
            last = ends
    return found


def split(pieces: Iterable[Piece]) -> tuple[list[int], list[int]]:
    """The beginnings and the ends of sorted pieces, as an Opening has them."""
    listed = list(pieces)
    return [begins for begins, _ends in listed], [ends for _begins, ends in listed]


def cut(pieces: Iterable[Piece], ends_at: int) -> list[Piece]:
    """What of the pieces lies before this instant."""
    return [(begins, min(ends, ends_at)) for begins, ends in pieces if begins < ends_at]


def free_of(opening: Opening, taken: Sequence[Piece]) -> list[Piece]:
    """What of the opening is in none of the pieces, which are sorted and free of overlaps."""
    left: list[Piece] = []
    first = 0
    for begins, ends in zip(opening.begins, opening.ends, strict=True):
        while first < len(taken) and taken[first][1] <= begins:
            first += 1
        since, place = begins, first
        while place < len(taken) and taken[place][0] < ends:
            if since < taken[place][0]:
                left.append((since, taken[place][0]))
            since = taken[place][1]
            place += 1
        if since < ends:
            left.append((since, ends))
    return left


def length(pieces: Iterable[Piece]) -> int:
    """How long they last in all; they must not overlap."""
    return sum(ends - begins for begins, ends in pieces)


def steps(pieces: Iterable[tuple[int, int, int]]) -> Steps:
    """By how much there is more or less at each instant, of spans with an amount each."""
    found: Steps = {}
    for begins, ends, amount in pieces:
        found[begins] = found.get(begins, 0) + amount
        found[ends] = found.get(ends, 0) - amount
    return found


def levels(of: Steps) -> list[tuple[int, int, int]]:
    """How much there is at each time: spans one after the other, each with the sum of what overlaps there, above 0."""
    found = []
    now = since = 0
    for at in sorted(of):
        if now > 0:
            found.append((since, at, now))
        now, since = now + of[at], at
    return found


def filled(of: Steps, most: int) -> int:
    """Unit-time in which something was there, at most `most` units at once."""
    return sum((ends - begins) * min(most, level) for begins, ends, level in levels(of))


# --- local days ----------------------------------------------------------------------------------------


class LocalDays:
    """The local days from one to another, with the instants at which they begin: looked up, not worked out.

    `plain` says of a day that it has 24 hours and the clocks stand at the same distance from UTC at both its ends: then
    its clock is told by adding up. The two other days of a year are asked of the zone.
    """

    def __init__(self, first: date, last: date, zone: str) -> None:
        self.first, self.zone = first, zone
        self.days = days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
        begins = [wall_or_next(day, 0, zone) for day in days]
        self.begins = [instant(at) for at in begins]
        offsets = [local(at, zone).utcoffset() for at in begins]
        self.plain = [
            self.begins[place + 1] - self.begins[place] == DAY and offsets[place] == offsets[place + 1]
            for place in range(len(days) - 1)
        ]

    def place(self, at: int) -> int | None:
        """The number of the day in which the instant lies, counted from the first; None outside of them."""
        place = bisect_right(self.begins, at) - 1
        return place if 0 <= place < len(self.plain) else None

    def day(self, at: int) -> tuple[date, int]:
        """The date in the zone at this instant, and when that day is over."""
        place = self.place(at)
        if place is None:
            day = local_day(moment(at), self.zone)
            return day, instant(day_span(day, self.zone).ends_at)
        return self.days[place], self.begins[place + 1]

    def step_from(self, at: int, raster_minutes: int) -> int:
        """The first instant on the raster that is not before this one."""
        place = self.place(at)
        if place is None or not self.plain[place]:
            return instant(step_from(moment(at), raster_minutes, self.zone))
        raster = raster_minutes * MINUTE
        begins = self.begins[place]
        # What is left of the day behind its last step leads to the next one, which begins with a step.
        return min(begins - (begins - at) // raster * raster, self.begins[place + 1])

    def hours(self, begins: int, ends: int) -> Iterable[tuple[int, int, int]]:
        """The span hour by hour of the local clock: (weekday from Monday as 0, hour, how long)."""
        while begins < ends:
            place = self.place(begins)
            if place is not None and self.plain[place]:
                day = self.begins[place]
                hour = (begins - day) // HOUR
                until = min(day + (hour + 1) * HOUR, ends)
                yield (self.first.toordinal() + place + 6) % 7, hour, until - begins
            else:
                there = local(moment(begins), self.zone)
                # Clocks change on full hours of the wall everywhere we are; elapsed minutes lead to the next one.
                into = there.minute * MINUTE + there.second * 1_000_000 + there.microsecond
                until = min(begins + HOUR - into, ends)
                yield there.weekday(), there.hour, until - begins
            begins = until


@lru_cache(maxsize=64)  # one for each room of a house
def days_round(window: TimeSpan, zone: str) -> LocalDays:
    """The local days of a period, with one more on either side."""
    first, last = (local_day(at, zone) for at in (window.begins_at, window.ends_at))
    return LocalDays(first - timedelta(days=1), last + timedelta(days=1), zone)
