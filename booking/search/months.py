"""How much of each day is still free, for many resources and days at once: the week's table and the month's overview.

A plan's free runs are worked out once, and then cut at the days' ends; what resources share, they share.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking import i18n, reservations
from booking.search import reasons
from booking.search.runs import bookable_runs
from booking.search.timelines import existing
from booking.timespan import TimeSpan, common, day_span

MINUTE = timedelta(minutes=1)
LEVELS = 4  # quarters of a day's opening hours that are still free


@dataclass(frozen=True, slots=True)
class Cell:
    """One resource, or a house, on one day: state 'free', 'full', 'closed' or 'past'; the minutes that can still be
    booked, of those that are left of its opening hours; and why it is closed."""

    day: date
    state: str
    free_minutes: int = 0
    open_minutes: int = 0
    why: str = ""

    @property
    def level(self) -> int:
        """How much is free, from 0, nothing, to LEVELS, nearly all."""
        if not self.free_minutes:
            return 0
        return min(LEVELS, max(1, -(-self.free_minutes * LEVELS // max(self.open_minutes, 1))))


def days_of_month(on: date) -> list[date]:
    """All days of the month in which the day lies."""
    first = on.replace(day=1)
    return [first + timedelta(days=number) for number in range((next_month(on) - first).days)]


def next_month(on: date) -> date:
    """The first day of the month after."""
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


async def table(
    resources: Sequence[Any], days: Sequence[date], *, at: datetime
) -> list[tuple[Any, list[Cell]]]:
    """For each resource of a venue, how much of each day is free. The same number of queries for any number."""
    if not resources:
        return []
    zone = resources[0].venue.zone
    days = existing(days, zone)
    spans = [day_span(each, zone) for each in days]
    window = TimeSpan(spans[0].begins_at, spans[-1].ends_at)
    plans = await reservations.plans(resources, window, language=i18n.language())
    return [(resource, cells) for resource, cells in _all_cells(resources, plans, days, spans, at)]


def of_house(rows: Sequence[tuple[Any, list[Cell]]]) -> list[Cell]:
    """The house as a whole: the sums of its resources; closed where all of them are, and past with the day."""
    found = []
    for number, first in enumerate(rows[0][1] if rows else ()):
        cells = [row[number] for _resource, row in rows]
        free = sum(cell.free_minutes for cell in cells)
        open_ = sum(cell.open_minutes for cell in cells)
        states = {cell.state for cell in cells}
        state = "free" if free else next(each for each in ("full", "closed", "past") if each in states)
        why = next((cell.why for cell in cells if cell.why), "") if state == "closed" else ""
        found.append(Cell(first.day, state, free, open_, why))
    return found


def closed_days(cells: Iterable[Cell]) -> list[tuple[str, list[date]]]:
    """The reasons for which days are closed, each with its days, in the order of the first of them."""
    found: dict[str, list[date]] = {}
    for cell in cells:
        if cell.state == "closed" and cell.why:
            found.setdefault(cell.why, []).append(cell.day)
    return list(found.items())


def _all_cells(
    resources: Sequence[Any], plans: Any, days: Sequence[date], spans: Sequence[TimeSpan], at: datetime
) -> Iterable[tuple[Any, list[Cell]]]:
    edges = [span.begins_at for span in spans]
    opening: dict[int, list[int]] = {}
    closed: dict[tuple[int, int, int, int], tuple[str, str]] = {}
    for resource in resources:
        plan = plans[resource.id]
        # Most resources keep the hours of their house, and then they share the list itself.
        shared = id(plan.bookable)
        if shared not in opening:
            rest = [TimeSpan(at, max(at, spans[-1].ends_at) + MINUTE)]
            opening[shared] = _by_day(common(plan.bookable, rest), edges, spans)
        free = _by_day(bookable_runs(plan, at), edges, spans)
        cells = []
        for number, (day, span) in enumerate(zip(days, spans, strict=True)):
            if span.ends_at <= at:
                cells.append(Cell(day, "past"))
            elif free[number]:
                cells.append(Cell(day, "free", free[number], opening[shared][number]))
            else:
                key = (shared, resource.lead_minutes, resource.horizon_days, number)
                if key not in closed:
                    closed[key] = _why_none(plan, day, span, opening[shared][number], at)
                state, why = closed[key]
                cells.append(Cell(day, state, 0, opening[shared][number] if state == "full" else 0, why))
        yield resource, cells


def _why_none(plan: Any, day: date, span: TimeSpan, open_minutes: int, at: datetime) -> tuple[str, str]:
    """Whether a day on which nothing is free is full or closed, and why it is closed."""
    if not open_minutes:
        return "closed", reasons.closed(plan, span, day)
    reach = reservations.bookable_window(plan.resource, at)
    left = common(plan.bookable, [span])
    if reach is None or not common(left, [reach]):
        return "closed", reasons.out_of_reach_words(plan.resource, left[-1], at)
    return "full", ""


def _by_day(spans: Sequence[TimeSpan], edges: Sequence[datetime], days: Sequence[TimeSpan]) -> list[int]:
    """The minutes of the sorted spans on each of the days, which follow one another."""
    minutes = [0] * len(days)
    for span in spans:
        number = max(bisect_right(edges, span.begins_at) - 1, 0)
        while number < len(days) and days[number].begins_at < span.ends_at:
            begins_at = max(span.begins_at, days[number].begins_at)
            minutes[number] += max(0, (min(span.ends_at, days[number].ends_at) - begins_at) // MINUTE)
            number += 1
    return minutes
