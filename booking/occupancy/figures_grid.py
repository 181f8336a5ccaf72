"""Booked time by weekday and hour of the house's clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from booking.occupancy.figures_facts import Booking, Room, hours, levels, within
from booking.timespan import TimeSpan, local


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one weekday over the whole period: booked and bookable hours, all units together."""

    booked: Fraction = Fraction(0)
    bookable: Fraction = Fraction(0)

    @property
    def share(self) -> Fraction | None:
        return self.booked / self.bookable if self.bookable else None


@dataclass(frozen=True, slots=True)
class Grid:
    """`cells[weekday][hour]`, weekdays from Monday (0), and the hours worth showing.

    They go from `first` up to, but not including, `last`: those with something booked, or with a tenth of what the
    best hour offers.
    """

    cells: Sequence[Sequence[Cell]]
    first: int
    last: int

    @property
    def busiest(self) -> tuple[int, int] | None:
        """The weekday and hour with the highest share; nothing where nothing is booked."""
        found = [
            (cell.share, -weekday, -hour)
            for weekday, row in enumerate(self.cells)
            for hour, cell in enumerate(row)
            if cell.share
        ]
        if not found:
            return None
        _share, weekday, hour = max(found)
        return -weekday, -hour


def grid(rooms: Sequence[Room], bookings: Iterable[Booking], zone: str) -> Grid:
    """Where the week is full: the live bookings of these rooms against what could be booked of them."""
    by_id = {room.id: room for room in rooms}
    booked = levels(
        (part, min(each.quantity, by_id[each.room_id].units))
        for each in bookings
        if each.live and each.room_id in by_id
        for part in within(each.span, by_id[each.room_id].bookable)
    )
    offered = levels((span, room.units) for room in rooms for span in room.bookable)
    above, below = _by_hour(booked, zone), _by_hour(offered, zone)
    cells = [
        [
            Cell(
                hours(above.get((weekday, hour), timedelta())), hours(below.get((weekday, hour), timedelta()))
            )
            for hour in range(24)
        ]
        for weekday in range(7)
    ]
    offered_at = [sum((row[hour].bookable for row in cells), Fraction(0)) for hour in range(24)]
    # A few offices that are open all night would stretch the picture over hours in which the house is shut.
    shown = [
        hour
        for hour in range(24)
        if 0 < max(offered_at) <= 10 * offered_at[hour] or any(row[hour].booked for row in cells)
    ]
    return Grid(cells, min(shown, default=0), max(shown, default=-1) + 1)


def _by_hour(of: Iterable[tuple[TimeSpan, int]], zone: str) -> dict[tuple[int, int], timedelta]:
    found: dict[tuple[int, int], timedelta] = {}
    for span, level in of:
        begins_at: datetime = span.begins_at
        while begins_at < span.ends_at:
            there = local(begins_at, zone)
            # Clocks change on full hours of the wall everywhere we are; elapsed minutes lead to the next one.
            into = timedelta(minutes=there.minute, seconds=there.second, microseconds=there.microsecond)
            ends_at = min(begins_at + timedelta(hours=1) - into, span.ends_at)
            mark = (there.weekday(), there.hour)
            found[mark] = found.get(mark, timedelta()) + (ends_at - begins_at) * level
            begins_at = ends_at
    return found
