"""Booked time by weekday and hour of the house's clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from booking.occupancy.figures_facts import Room
from booking.occupancy.figures_spans import HOUR, LocalDays, instant, levels, steps


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


def grid(rooms: Sequence[Room], booked: Iterable[tuple[int, int, int]], days: LocalDays) -> Grid:
    """Where the week is full: what is booked of these rooms, in parts with so many units (see `figures_use.use_of`),
    against what could be. `days` are the local ones of the period; what lies outside of them is asked of the zone.
    """
    offered = (
        (instant(span.begins_at), instant(span.ends_at), room.units)
        for room in rooms
        for span in room.bookable
    )
    above, below = (_by_hour(levels(steps(each)), days) for each in (booked, offered))
    cells = [
        [
            Cell(Fraction(above.get((weekday, hour), 0), HOUR), Fraction(below.get((weekday, hour), 0), HOUR))
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


def _by_hour(of: Iterable[tuple[int, int, int]], days: LocalDays) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for begins, ends, level in of:
        for weekday, hour, long in days.hours(begins, ends):
            found[weekday, hour] = found.get((weekday, hour), 0) + long * level
    return found
