"""One day of a resource as runs of quarter-hours, for the screen.

Quarters count elapsed time from the beginning of the local day, so the day of the spring change has 92 and
that of the autumn change 100, and every hour is as wide as it is long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from booking.timespan import QUARTER, TimeSpan, day_span, union

# What a quarter can be by itself; with a number, it is of the taken span in that place.
CLOSED: tuple[str, int | None] = ("closed", None)
BOOKED: tuple[str, int | None] = ("booked", None)
FREE: tuple[str, int | None] = ("free", None)
PAST: tuple[str, int | None] = ("past", None)


class Run(NamedTuple):
    """Quarters `from_quarter` up to, but not including, `to_quarter`, all in one state.

    `state` is 'free', 'closed', 'past', 'booked' (also: too little is free), or what the taken span brought.
    `begins_at` and `ends_at` are the edges of the quarters in UTC, but those of the whole taken span, to the
    minute and beyond the day, where one is shown; `key` is that span's key, else None.
    """

    from_quarter: int
    to_quarter: int
    state: str
    begins_at: datetime
    ends_at: datetime
    key: Any = None


def timeline_runs(
    day: date,
    zone: str,
    *,
    free: Sequence[TimeSpan],
    taken: Sequence[tuple[TimeSpan, str, Any]],
    bookable: Sequence[TimeSpan],
    at: datetime | None = None,
) -> list[Run]:
    """The runs of the local day, in order, covering each quarter exactly once.

    `taken` are spans to show with a state and a key each, the earlier one first where two meet in a quarter.
    They are rounded outwards to whole quarters, free ones inwards: nobody is offered a quarter that is half
    taken. What is bookable but neither free nor shown is 'booked'. With `at`, quarters that have begun by
    then are not free but 'past'. Raises NoSuchTime for a date that the zone left out.
    """
    whole = day_span(day, zone)
    count = -(-whole.duration // QUARTER)
    cells: list[tuple[str, int | None]] = [CLOSED] * count
    edges = {count}  # the quarters in which another run may begin

    for spans, cell in ((bookable, BOOKED), (free, FREE)):
        for span in union(spans):
            inner = _inner_quarters(span, whole, count)
            cells[inner.start : inner.stop] = [cell] * len(inner)
            edges |= {inner.start, inner.stop}
    if at is not None and at > whole.begins_at:
        begun = min(-((whole.begins_at - at) // QUARTER), count)
        edges.add(begun)
        for number in range(begun):
            if cells[number] is not CLOSED:
                cells[number] = PAST
    shown = sorted(taken, key=lambda item: item[0])
    for place, (span, state, _) in enumerate(shown):
        cell = (state, place)
        outer = _outer_quarters(span, whole, count)
        edges |= {outer.start, outer.stop}
        for number in outer:
            if cells[number][1] is None:
                cells[number] = cell

    runs: list[Run] = []
    first = 0
    for last in sorted(edges):
        # Every quarter of a run holds the same object.
        if not first < last <= count or (last < count and cells[last] is cells[first]):
            continue
        state, number_of = cells[first]
        if number_of is None:
            begins_at = whole.begins_at + first * QUARTER
            runs.append(
                Run(first, last, state, begins_at, min(whole.begins_at + last * QUARTER, whole.ends_at))
            )
        else:
            span, _, key = shown[number_of]
            runs.append(Run(first, last, state, span.begins_at, span.ends_at, key))
        first = last
    return runs


def _inner_quarters(span: TimeSpan, whole: TimeSpan, count: int) -> range:
    """The quarters that lie in the span entirely; the day's last one also when the day cuts it short."""
    first = -((whole.begins_at - span.begins_at) // QUARTER)
    last = count if span.ends_at >= whole.ends_at else (span.ends_at - whole.begins_at) // QUARTER
    begin = min(max(first, 0), count)  # also of a span that lies beside the day, as the range cuts a list
    return range(begin, max(begin, min(last, count)))


def _outer_quarters(span: TimeSpan, whole: TimeSpan, count: int) -> range:
    """The quarters that the span touches."""
    first = (span.begins_at - whole.begins_at) // QUARTER
    last = -((whole.begins_at - span.ends_at) // QUARTER)
    return range(max(first, 0), min(last, count))
