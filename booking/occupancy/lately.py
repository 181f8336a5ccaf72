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
from booking.occupancy.figures_facts import Booking, Facts, Room, Stay, clipped
from booking.occupancy.figures_money import income
from booking.occupancy.figures_use import booked_share, count, total
from booking.occupancy.models import Presence
from booking.occupancy.reading import COLUMNS, STATES, booking_of, period, read_booked
from booking.places import Resource, Venue
from booking.timespan import TimeSpan, local_day

WEEK = timedelta(days=7)
WEEKS = 6
KEPT = timedelta(minutes=15)
KEPT_MAX = 500


@dataclass(frozen=True)
class SoFar:
    """`no_show` and `income` of today and of the week from Monday, as far as they have gone."""

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
    """Today's and this week's no-shows and income. Three queries, whatever the house."""
    today = local_day(at, venue.zone)
    day = period(today, today, venue.zone)
    week = TimeSpan(period(monday_of(today), today, venue.zone).begins_at, day.ends_at)
    rows = await db.rows(
        f"SELECT {', '.join(COLUMNS)} FROM reservation WHERE venue_id = ? AND {db.among('state')} "
        "AND begins_at >= ? AND begins_at < ? ORDER BY begins_at, id",
        venue.id,
        db.many(STATES),
        week.begins_at,
        week.ends_at,
    )
    rooms = [
        Room(id, [], asks_check_in=minutes is not None)
        for id, minutes in await Resource.filter(venue_id=venue.id).values_list("id", "release_minutes")
    ]
    came = Presence.filter(
        venue_id=venue.id,
        reservation__begins_at__gte=week.begins_at,
        reservation__begins_at__lt=week.ends_at,
    )
    stays = [
        Stay(TimeSpan(begins_at, begins_at + timedelta(microseconds=1)), source, booking_id=str(booking))
        for begins_at, source, booking in await came.values_list("begins_at", "source", "reservation_id")
    ]
    facts = Facts(
        window=week,
        at=at,
        zone=venue.zone,
        currency=venue.currency,
        capacity=venue.capacity_people,
        open=[],
        rooms=rooms,
        bookings=[booking_of(row) for row in rows],
        stays=stays,
    )
    return SoFar(_figures(facts, day), _figures(facts, week))


def _figures(facts: Facts, window: TimeSpan) -> dict[str, Figure]:
    part = replace(facts, window=window)
    no_show, _by_hours = no_shows(part)
    return {"no_show": no_show, "income": income(part)}


# --- six weeks -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kept:
    """The weeks of a house: what they hold for, and when and at which version the finished ones were read."""

    version: tuple[Any, ...]
    monday: date
    read_at: datetime
    read_version: tuple[Any, ...]
    weeks: list[Week]


_kept: dict[int, _Kept] = {}


async def weeks(venue: Venue, at: datetime) -> list[Week]:
    """The last six weeks up to this one, the oldest first; what is booked of this one counts to its end.

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
        return kept.weeks
    last, finished, read_at, read_version = monday + WEEK - timedelta(days=1), [], at, version
    if kept and fresh:
        finished, read_at, read_version = kept.weeks[:-1], kept.read_at, kept.read_version
    mondays = [monday - number * WEEK for number in range(WEEKS - 1 - len(finished), -1, -1)]
    rooms, bookings, let = await read_booked(venue, mondays[0], last)
    found = [*finished, *(week_of(each, venue.zone, rooms, bookings, let) for each in mondays)]
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    _kept[venue.id] = _Kept(version, monday, read_at, read_version, found)
    return found


def week_of(
    monday: date, zone: str, rooms: Sequence[Room], bookings: Sequence[Booking], let: set[int]
) -> Week:
    """One of several weeks that were read together. Pure. What is no longer let counts where it was booked."""
    window = period(monday, monday + WEEK - timedelta(days=1), zone)
    in_room: dict[int, list[Booking]] = {}
    for each in bookings:
        if each.span.overlaps(window):
            in_room.setdefault(each.room_id, []).append(each)
    uses = []
    for room in rooms:
        mine = in_room.get(room.id, [])
        if room.adds and (room.id in let or mine):
            part = replace(room, bookable=clipped(room.bookable, window))
            uses.append(count(part, [each for each in mine if each.live], [], None))
    return Week(monday, booked_share(total(uses)))
