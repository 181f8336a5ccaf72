"""What the first page of a house says of today and of this week, and of the six weeks up to now.

The figures are those of the report, by the same functions; only what they need is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from booking import db
from booking.occupancy.figures import Figure
from booking.occupancy.figures_bookings import no_shows
from booking.occupancy.figures_facts import Booking, Facts, Room, clipped
from booking.occupancy.figures_grid import Grid, grid
from booking.occupancy.figures_money import income
from booking.occupancy.figures_spans import days_round, pair
from booking.occupancy.figures_use import Use, booked_share, count, total, use_of, used_share
from booking.occupancy.reading import Read, period, read, read_booked
from booking.places import Venue
from booking.timespan import TimeSpan, local_day

WEEK = timedelta(days=7)
WEEKS = 6
KEPT = timedelta(minutes=15)
KEPT_MAX = 500


@dataclass(frozen=True)
class SoFar:
    """`no_show` and `income` of today and of the week from Monday, as far as they have gone; today has `used` too."""

    today: Mapping[str, Figure]
    week: Mapping[str, Figure]


@dataclass(frozen=True)
class Week:
    """A week from its Monday, and how much of what could be booked in it was."""

    monday: date
    booked: Figure


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


async def so_far(venue: Venue, at: datetime) -> SoFar:
    """Today's and this week's no-shows and income, and what of today was used. Eight queries, whatever the house."""
    today = local_day(at, venue.zone)
    day = period(today, today, venue.zone)
    week = await read(venue, monday_of(today), today, at=at, priced=False)
    used = used_share(total(_uses(week, day)))
    return SoFar({**_figures(week.facts, day), "used": used}, _figures(week.facts, week.facts.window))


def _uses(week: Read, day: TimeSpan) -> list[Use]:
    """How the rooms were used on one day of those that were read. What is no longer let counts where it was booked."""
    first, last = pair(day)
    bookings = [each for each in week.facts.bookings if each.begins < last and each.ends > first]
    stays = [each for each in week.facts.stays if each.span.overlaps(day)]
    kept = {each.id for each in week.resources if each.published} | {each.room_id for each in bookings}
    rooms = [
        replace(room, bookable=clipped(room.bookable, day)) for room in week.facts.rooms if room.id in kept
    ]
    facts = replace(week.facts, window=day, rooms=rooms, bookings=bookings, stays=stays)
    return [use_of(room, facts) for room in rooms if room.adds] or [use_of(room, facts) for room in rooms]


def _figures(facts: Facts, window: TimeSpan) -> dict[str, Figure]:
    part = replace(facts, window=window)
    no_show, _by_hours = no_shows(part)
    return {"no_show": no_show, "income": income(part)}


# --- six weeks -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weeks:
    """Six weeks up to this one, the oldest first, and the finished ones of them by weekday and hour.

    `hours` is of the days from `first` to `last`, with `booked` of all of them together.
    """

    weeks: list[Week]
    hours: Grid
    booked: Figure
    first: date
    last: date


@dataclass(frozen=True)
class _Kept:
    """The weeks of a house: what they hold for, and when and at which version the finished ones were read."""

    version: tuple[Any, ...]
    monday: date
    read_at: datetime
    read_version: tuple[Any, ...]
    found: Weeks


_kept: dict[int, _Kept] = {}


async def weeks(venue: Venue, at: datetime) -> list[Week]:
    """The last six weeks up to this one, the oldest first; what is booked of this one counts to its end."""
    return (await six_weeks(venue, at)).weeks


async def six_weeks(venue: Venue, at: datetime) -> Weeks:
    """The last six weeks up to this one, and the week by the hour.

    Nothing is counted again while nothing in the database has changed (see `db.version`). When something has, it is
    this week: those before are read again after KEPT only, so an import of history shows here that much later, while
    the report is exact at once.
    """
    monday = monday_of(local_day(at, venue.zone))
    version, kept = await db.version(), _kept.get(venue.id)
    # Another database, as in the next test, has other houses under the same numbers.
    if kept and (kept.monday != monday or kept.version[0] != version[0]):
        kept = None
    fresh = bool(kept and timedelta() <= at - kept.read_at < KEPT)
    if kept and kept.version == version and (fresh or kept.read_version == version):
        return kept.found
    last = monday + WEEK - timedelta(days=1)
    if kept and fresh:
        read_at, read_version = kept.read_at, kept.read_version
        [(now, _counted)] = await _read_weeks(venue, [monday], last)
        found = replace(kept.found, weeks=[*kept.found.weeks[:-1], now])
    else:
        read_at, read_version = at, version
        mondays = [monday - number * WEEK for number in range(WEEKS - 1, -1, -1)]
        told = await _read_weeks(venue, mondays, last)
        finished = [counted for _week, counted in told[:-1]]
        until = monday - timedelta(days=1)
        found = Weeks(
            [week for week, _counted in told],
            grid(
                [room for counted in finished for room in counted.rooms],
                [part for counted in finished for part in counted.parts],
                days_round(period(mondays[0], until, venue.zone), venue.zone),
            ),
            booked_share(total(counted.use for counted in finished)),
            mondays[0],
            until,
        )
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    _kept[venue.id] = _Kept(version, monday, read_at, read_version, found)
    return found


@dataclass(frozen=True)
class _Counted:
    """One week: its rooms with what could be booked of them in it, what was, in parts with their units, and the sum."""

    rooms: list[Room]
    parts: list[tuple[int, int, int]]
    use: Use


async def _read_weeks(venue: Venue, mondays: Sequence[date], last: date) -> list[tuple[Week, _Counted]]:
    rooms, bookings, let = await read_booked(venue, mondays[0], last)
    found = []
    for monday in mondays:
        counted = _week_of(monday, venue.zone, rooms, bookings, let)
        found.append((Week(monday, booked_share(counted.use)), counted))
    return found


def _week_of(
    monday: date, zone: str, rooms: Sequence[Room], bookings: Sequence[Booking], let: set[int]
) -> _Counted:
    """One of several weeks that were read together. Pure. What is no longer let counts where it was booked."""
    window = period(monday, monday + WEEK - timedelta(days=1), zone)
    first, last = pair(window)
    in_room: dict[int, list[Booking]] = {}
    for each in bookings:
        if each.begins < last and each.ends > first:
            in_room.setdefault(each.room_id, []).append(each)
    uses, parts, counted = [], [], []  # type: ignore[var-annotated]
    for room in rooms:
        mine = in_room.get(room.id, [])
        if room.adds and (room.id in let or mine):
            part = replace(room, bookable=clipped(room.bookable, window))
            uses.append(count(part, [each for each in mine if each.live], [], None, parts))
            counted.append(part)
    return _Counted(counted, parts, total(uses))
