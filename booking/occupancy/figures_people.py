"""Who was in the house: visitors of a day, people at once, empty places, how long people stay. Pure.

A person counts once at a time, in however many rooms of the house they are noted. A number of people without names
counts as it is. A staff count stands for everybody in the house until the next one: where it is higher than what is
known of single people, it is right.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from booking.occupancy.figures import Figure, figure
from booking.occupancy.figures_facts import (
    Facts,
    Stay,
    clipped,
    hours,
    length,
    level_at,
    levels,
    middle_hours,
)
from booking.occupancy.figures_spans import HOUR, Opening, pair
from booking.occupancy.figures_spans import length as pieces_length
from booking.timespan import QUARTER, TimeSpan, local_day, union, wall_or_next

Level = tuple[TimeSpan, int]


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: whether the house was open, and how many came; `visitors` is nothing where nobody counted."""

    on: date
    open: bool
    visitors: int | None


def days_of(facts: Facts) -> list[Day]:
    """Every local day of the period that has begun."""
    past = facts.past
    if past is None:
        return []
    opened = {day for span in clipped(facts.open, past) for day in _days(span, facts.zone)}
    by_day: dict[date, list[Stay]] = {}
    for stay in facts.stays:
        for day in _days(stay.span, facts.zone):
            by_day.setdefault(day, []).append(stay)
    return [
        Day(day, day in opened, visitors(by_day[day]) if day in by_day else None)
        for day in _days(past, facts.zone)
    ]


def visitors(stays: Sequence[Stay]) -> int:
    """Different persons among stays of one day, and at least as many as a staff count saw at once in the house.

    Of one booking, the people who were counted stand for those who checked in themselves. A space that was counted
    several times without a booking counts once, with the most.
    """
    counted: dict[object, int] = {}
    nameless = staff = 0
    for stay in stays:
        if stay.who:
            continue
        if stay.source == "staff_count" and stay.room_id is None:
            staff = max(staff, stay.people)
        elif stay.booking_id is not None or stay.source == "staff_count":
            mark = stay.booking_id if stay.booking_id is not None else ("room", stay.room_id)
            counted[mark] = max(counted.get(mark, 0), stay.people)
        else:
            nameless += stay.people
    known = {stay.who for stay in stays if stay.who and stay.booking_id not in counted}
    return max(len(known) + nameless + sum(counted.values()), staff)


def presence(stays: Iterable[Stay]) -> list[Level]:
    """How many people were in the house at each time."""
    of_person: dict[str, list[TimeSpan]] = {}
    pieces: list[Level] = []
    staff: list[Level] = []
    stays = list(stays)
    counted = {stay.booking_id for stay in stays if stay.booking_id and not stay.who}
    for stay in stays:
        if stay.source == "staff_count" and stay.room_id is None:
            staff.append((stay.span, stay.people))
        elif not stay.who:
            pieces.append((stay.span, stay.people))
        elif stay.booking_id not in counted:
            of_person.setdefault(stay.who, []).append(stay.span)
    pieces += [(span, 1) for spans in of_person.values() for span in union(spans)]
    people = levels(pieces)
    if not staff:
        return people
    return _higher(people, levels(staff))


def _higher(one: Sequence[Level], other: Sequence[Level]) -> list[Level]:
    """At each time the higher of two levels."""
    edges = sorted({at for span, _ in [*one, *other] for at in (span.begins_at, span.ends_at)})
    found: list[Level] = []
    for begins_at, ends_at in itertools.pairwise(edges):
        part = TimeSpan(begins_at, ends_at)
        level = max(level_at(one, begins_at), level_at(other, begins_at))
        if level:
            found.append((part, level))
    return found


def peak(of: Iterable[Level]) -> int:
    """The most at one minute: the sum over spaces was made before."""
    return max((level for _span, level in of), default=0)


def quarter_hours(of: Sequence[Level], open_: Sequence[TimeSpan]) -> list[int]:
    """The most people in each quarter of an hour of the opening hours, in order."""
    found: list[int] = []
    place = 0
    for span in open_:
        begins_at = span.begins_at
        while begins_at < span.ends_at:
            ends_at = min(begins_at + QUARTER, span.ends_at)
            while place < len(of) and of[place][0].ends_at <= begins_at:
                place += 1
            most, ahead = 0, place
            while ahead < len(of) and of[ahead][0].begins_at < ends_at:
                most, ahead = max(most, of[ahead][1]), ahead + 1
            found.append(most)
            begins_at = ends_at
    return found


def p95(values: Sequence[int]) -> int | None:
    """The smallest number that 95 of 100 values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[-(-95 * len(ordered) // 100) - 1] if ordered else None


def figures(facts: Facts, days: Sequence[Day]) -> list[Figure]:
    """All that is known of people in the house; values are nothing where nobody counted."""
    past = facts.past
    stays = [stay for stay in facts.stays if past and stay.span.overlaps(past)]
    source = tuple(sorted({stay.source for stay in stays}))
    opened = [day for day in days if day.open]
    seen = [day for day in opened if day.visitors is not None]
    coverage = Fraction(len(seen), len(opened)) if opened else None
    came = sum(day.visitors or 0 for day in seen)
    persons = visitors(stays)
    measured = bool(stays)
    common: dict[str, Any] = {
        "source": source,
        "measured": measured,
        "coverage": coverage,
        "persons": persons,
    }
    open_ = clipped(facts.open, past)
    here = clipped_levels(presence(stays), past)
    quarters = quarter_hours(here, open_)
    most = peak(here)
    ended = [stay for stay in stays if not stay.open and stay.source != "staff_count" and stay.people]
    lengths = [stay.span.duration for stay in ended for _ in range(min(stay.people, 1000))]
    middle = middle_hours(lengths)
    made = [
        figure("daily_visitors", came, len(opened), n=len(seen), **common),
        figure("visitor_share", came, (facts.capacity or 0) * len(opened), n=len(seen), **common),
        figure("peak", most, n=len(stays), **common),
        figure("peak_p95", p95(quarters) or 0, n=len(quarters), **common),
        figure("dwell", hours(sum(lengths, timedelta())), len(lengths), n=len(lengths), source=source, persons=persons),
        figure(
            "dwell_median", middle or 0, n=len(lengths), source=source, measured=bool(lengths), persons=persons
        ),
    ]  # fmt: skip
    if facts.capacity:
        opening = Opening.of(open_)
        inside = Fraction(
            sum(pieces_length(opening.within(*pair(span))) * level for span, level in here), HOUR
        )
        room_for = hours(length(open_))
        made += [
            figure(
                "empty_spots",
                facts.capacity * room_for - inside,
                room_for,
                n=len(seen),
                source=source,
                measured=measured,
                coverage=coverage,
            ),
            figure(
                "empty_spots_min",
                facts.capacity - max(quarters, default=0),
                n=len(quarters),
                source=source,
                measured=measured,
                coverage=coverage,
            ),
        ]
    return made


def now_figure(facts: Facts) -> Figure:
    """How many are in the house at this moment: for the house itself, so never withheld."""
    stays = [stay for stay in facts.stays if stay.open]
    here = presence(
        [
            Stay(TimeSpan(facts.at, facts.at + timedelta(minutes=1)), each.source, each.who, each.people, each.room_id,
                 each.booking_id)
            for each in stays
        ]
    )  # fmt: skip
    return figure(
        "people_now", peak(here), n=len(stays), source=tuple(sorted({each.source for each in stays}))
    )


def clipped_levels(of: Iterable[Level], window: TimeSpan | None) -> list[Level]:
    """What of the levels lies in the window."""
    if window is None:
        return []
    return [(part, level) for span, level in of if (part := span.intersection(window))]


def _days(span: TimeSpan, zone: str) -> list[date]:
    """The local days that the span touches; quicker than timespan.days for the usual short ones."""
    first = local_day(span.begins_at, zone)
    last = local_day(span.ends_at, zone)
    if last > first and span.ends_at == wall_or_next(last, 0, zone):
        last -= timedelta(days=1)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
