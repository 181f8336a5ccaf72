"""What figures are made from: spaces, bookings and stays of one house in one period, as plain values. Pure.

Time is counted in elapsed hours of the house's own opening: a local day has 23, 24 or 25. Shares are fractions, never
floats, so that sums of parts are exactly the whole.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from fractions import Fraction
from operator import attrgetter
from typing import Any, Self

from booking.occupancy.figures import median
from booking.occupancy.figures_spans import MICROSECOND, instant
from booking.timespan import TimeSpan

_begins_at = attrgetter("begins_at")
HOUR_MICROSECONDS = 3_600_000_000
SENSORS = ("door", "wifi", "sensor")


@dataclass(frozen=True, slots=True)
class Room:
    """One resource: what of it could be booked in the period.

    `units` are those that count here: a unit that several resources share counts in one of them, so that the house is
    the sum of its rooms. `adds` is false for a whole that is made of others' units: its bookings count there.
    `capacity` is people per unit (for a room: per booking). `bookable` is sorted and free of overlaps. `taken` has the
    claims of each unit, buffers included. `full_cents` is what the list asks for all of `bookable`, all units.
    """

    id: int
    bookable: Sequence[TimeSpan]
    key: str = ""
    kind: str = "meeting_room"
    units: int = 1
    adds: bool = True
    capacity: int | None = None
    area_m2: float | None = None
    asks_check_in: bool = False
    shortest_minutes: int = 30
    raster_minutes: int = 30
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    taken: Mapping[int, Sequence[TimeSpan]] = field(default_factory=dict)
    full_cents: int = 0


@dataclass(slots=True)  # a frozen one takes three times as long to make, and a year has fifty thousand
class Booking:
    """One reservation, with its facts. Money is net of VAT, in the house's currency. Nothing changes one.

    An `echo` is a booking of a whole as one of its parts sees it: it counts in hours, not in numbers and not in money.
    `units` are the units it has, where known. `created_at` is nothing where a file did not say it; `free_until` is told
    of what was cancelled. `begins` and `ends` are those of the span, in microseconds since 1970; `live` ones take time.
    """

    id: Any
    room_id: int
    span: TimeSpan
    state: str = "confirmed"
    people: int = 1
    quantity: int = 1
    created_at: datetime | None = None
    free_until: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by_house: bool = False
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    released_at: datetime | None = None
    no_show_at: datetime | None = None
    net_cents: int = 0
    fee_cents: int = 0
    list_cents: int = 0
    units: tuple[int, ...] = ()
    echo: bool = False
    # A booking of another system was asked to check in by nobody, whatever its space asks today.
    imported: bool = False
    begins: int = field(init=False, repr=False, compare=False)
    ends: int = field(init=False, repr=False, compare=False)
    live: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.begins, self.ends = instant(self.span.begins_at), instant(self.span.ends_at)
        self.live = self.state in ("held", "confirmed")


@dataclass(frozen=True, slots=True)
class Stay:
    """A person, or a number of people, in the house or in one of its rooms. An open stay ends now.

    `who` tells people apart, and is empty for a number of them.
    """

    span: TimeSpan
    source: str
    who: str = ""
    people: int = 1
    room_id: int | None = None
    booking_id: Any = None
    estimated: bool = False
    open: bool = False


@dataclass(frozen=True)
class Facts:
    """A house in a period, both as it was until `at` and as it is booked after that. `open` are the house's hours."""

    window: TimeSpan
    at: datetime
    zone: str
    currency: str
    capacity: int | None
    open: Sequence[TimeSpan]
    rooms: Sequence[Room]
    bookings: Sequence[Booking]
    stays: Sequence[Stay]

    @property
    def past(self) -> TimeSpan | None:
        """The part of the period that is over; nothing before it begins."""
        ends_at = min(self.at, self.window.ends_at)
        return TimeSpan(self.window.begins_at, ends_at) if ends_at > self.window.begins_at else None


class Sums:
    """Base of dataclasses that are added up field by field, as what is counted of rooms is for their house."""

    __slots__ = ()

    @classmethod
    def sum(cls, several: Iterable[Self]) -> Self:
        """All of them together; each field of `cls()` says what its sum begins with."""
        listed = list(several)
        if len(listed) == 1:
            return listed[0]
        told: dict[str, Any] = {}
        for each, nought in cls._noughts():
            values = [getattr(one, each) for one in listed]
            if isinstance(nought, tuple):
                told[each] = tuple(itertools.chain.from_iterable(values))
            elif isinstance(nought, Counter):
                told[each] = Counter()
                for value in values:
                    told[each].update(value)
            elif isinstance(nought, Fraction):
                # One division for all of them: adding up fractions looks for a common one each time.
                whole = math.lcm(*(value.denominator for value in values))
                parts = (value.numerator * (whole // value.denominator) for value in values)
                told[each] = Fraction(sum(parts), whole)
            else:
                told[each] = sum(values, nought)
        return cls(**told)

    @classmethod
    def _noughts(cls) -> list[tuple[str, Any]]:
        nothing = cls()
        return [(each.name, getattr(nothing, each.name)) for each in fields(nothing)]  # type: ignore[arg-type]


def microseconds(length: timedelta) -> int:
    """Whole and exact, for adding up many."""
    return length // MICROSECOND


def hours(length: timedelta) -> Fraction:
    """Exact hours."""
    return Fraction(length // MICROSECOND, HOUR_MICROSECONDS)


def middle_hours(lengths: Sequence[timedelta]) -> Fraction | None:
    """The median of the lengths, in exact hours."""
    ordered = sorted(lengths)  # much quicker than fractions
    return median([hours(each) for each in ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]])


def quartile_hours(lengths: Sequence[timedelta]) -> tuple[Fraction, Fraction, Fraction] | None:
    """Lower quartile, median and upper quartile in exact hours; nothing of nothing.

    In proportion between two lengths, as QUARTILE.INC of spreadsheets.
    """
    if not lengths:
        return None
    ordered = sorted(lengths)

    def part(quarters: int) -> Fraction:
        place, rest = divmod((len(ordered) - 1) * quarters, 4)
        below, above = hours(ordered[place]), hours(ordered[min(place + 1, len(ordered) - 1)])
        return below + (above - below) * rest / 4

    return part(1), part(2), part(3)


def within(span: TimeSpan, spans: Sequence[TimeSpan]) -> list[TimeSpan]:
    """The parts of the span that lie in one of the spans, which are sorted and free of overlaps."""
    found = []
    place = max(0, bisect_right(spans, span.begins_at, key=_begins_at) - 1)
    while place < len(spans) and spans[place].begins_at < span.ends_at:
        if part := span.intersection(spans[place]):
            found.append(part)
        place += 1
    return found


def length(spans: Iterable[TimeSpan]) -> timedelta:
    """How long they last in all; they must not overlap."""
    return sum((span.duration for span in spans), timedelta())


def clipped(spans: Sequence[TimeSpan], window: TimeSpan | None) -> list[TimeSpan]:
    """What of the sorted spans lies in the window."""
    if window is None or not spans:
        return []
    if window.begins_at <= spans[0].begins_at and spans[-1].ends_at <= window.ends_at:
        return list(spans)
    return [part for span in spans if (part := span.intersection(window))]


def levels(pieces: Iterable[tuple[TimeSpan, int]]) -> list[tuple[TimeSpan, int]]:
    """How much there is at each time: spans one after the other, each with the sum of what overlaps there, above 0."""
    steps: dict[datetime, int] = {}
    for span, amount in pieces:
        steps[span.begins_at] = steps.get(span.begins_at, 0) + amount
        steps[span.ends_at] = steps.get(span.ends_at, 0) - amount
    found: list[tuple[TimeSpan, int]] = []
    now, since = 0, None
    for at in sorted(steps):
        if since is not None and now > 0:
            found.append((TimeSpan(since, at), now))
        now, since = now + steps[at], at
    return found


def level_at(of: Sequence[tuple[TimeSpan, int]], at: datetime) -> int:
    """How much there is at an instant, by what `levels` answered."""
    place = bisect_right(of, at, key=lambda one: one[0].begins_at) - 1
    return of[place][1] if place >= 0 and of[place][0].covers(at) else 0


def filled(pieces: Iterable[tuple[TimeSpan, int]], most: int) -> timedelta:
    """Unit-time in which something was there, at most `most` units at once."""
    return sum((span.duration * min(most, level) for span, level in levels(pieces)), timedelta())
