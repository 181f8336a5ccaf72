"""Reading the hours, closures and units of many resources at once: a fixed number of queries however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from booking import db
from booking.places.holidays import holiday_names
from booking.places.models import Closure, OpenHoliday, OpeningHours, Venue, YearlyClosure
from booking.timespan import TimeSpan, day_span, local_day


@dataclass(frozen=True, slots=True)
class Shut:
    """A span in which a venue, or one resource of it, is shut. kind: 'closure', 'yearly' or 'holiday'.

    `day` is set for whole local days, on which no opening hours begin.
    """

    span: TimeSpan
    reason: str
    kind: str
    resource_id: int | None = None
    closure_id: int | None = None
    day: date | None = None


async def hours_of(venue_ids: Iterable[int]) -> dict[tuple[int, int | None], list[OpeningHours]]:
    """Weekly hours by (venue, resource); resource None: the venue's own, for all resources without their own."""
    return _hours(await db.rows(*_hours_asked(venue_ids)))


def hours_by_resource_asked(resource_id: int) -> db.Asked[dict[tuple[int, int | None], list[OpeningHours]]]:
    """`hours_of` the venue of a resource that is only just being read."""
    sql = (
        "SELECT * FROM opening_hours WHERE venue_id = (SELECT venue_id FROM resource WHERE id = ?) "
        "ORDER BY weekday, opens_minute"
    )
    return db.Asked(((sql, resource_id),), _hours)


def _hours_asked(venue_ids: Iterable[int]) -> tuple[Any, ...]:
    sql = f"SELECT * FROM opening_hours WHERE {db.among('venue_id')} ORDER BY weekday, opens_minute"
    return sql, db.many(venue_ids)


def _hours(rows: list[dict[str, Any]]) -> dict[tuple[int, int | None], list[OpeningHours]]:
    found: dict[tuple[int, int | None], list[OpeningHours]] = {}
    for row in db.made(OpeningHours, rows):
        found.setdefault((row.venue_id, row.resource_id), []).append(row)
    return found


async def units_of(resource_ids: Iterable[int]) -> dict[int, list[int]]:
    """The unit ids of each resource, in order."""
    return _units(await db.rows(*_units_asked(resource_ids)))


def _units_asked(resource_ids: Iterable[int]) -> tuple[Any, ...]:
    sql = f"SELECT resource_id, unit_id FROM resource_unit WHERE {db.among('resource_id')} ORDER BY position, unit_id"
    return sql, db.many(resource_ids)


def _units(rows: list[dict[str, Any]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row["resource_id"], []).append(row["unit_id"])
    return found


async def shuts_of(
    venues: Sequence[Venue], window: TimeSpan, *, language: str = "en"
) -> dict[int, list[Shut]]:
    """What shuts these venues or their resources within the window, by venue id."""
    asked = await db.several(*_shuts_asked([venue.id for venue in venues], window))
    return _shuts(venues, window, language, *asked)


Opening = tuple[dict[tuple[int, int | None], list[OpeningHours]], dict[int, list[Shut]], dict[int, list[int]]]


def opening_asked(
    venue_ids: Sequence[int], resource_ids: Iterable[int], window: TimeSpan
) -> tuple[db.Statement, ...]:
    """The questions of `hours_of`, `units_of` and `shuts_of`, to be asked at once."""
    return _hours_asked(venue_ids), _units_asked(resource_ids), *_shuts_asked(venue_ids, window)


def opening_of(
    venues: Sequence[Venue],
    window: TimeSpan,
    language: str,
    hours: list[Any],
    units: list[Any],
    *shuts: list[Any],
) -> Opening:
    """What `opening_asked` found, for these venues."""
    return _hours(hours), _shuts(venues, window, language, *shuts), _units(units)


def _shuts_asked(venue_ids: Iterable[int], window: TimeSpan) -> tuple[db.Statement, ...]:
    asked, here = db.among("venue_id"), db.many(venue_ids)
    dated = f"WHERE {asked} AND withdrawn_at IS NULL AND begins_at < ? AND ends_at > ? ORDER BY begins_at"
    return (
        (f"SELECT * FROM closure {dated}", here, window.ends_at, window.begins_at),
        (f"SELECT * FROM yearly_closure WHERE {asked} ORDER BY id", here),
        (f"SELECT * FROM open_holiday WHERE {asked}", here),
    )


def _shuts(
    venues: Sequence[Venue],
    window: TimeSpan,
    language: str,
    closures: list[dict[str, Any]],
    every_year: list[dict[str, Any]],
    kept_open: list[dict[str, Any]],
) -> dict[int, list[Shut]]:
    found: dict[int, list[Shut]] = {venue.id: [] for venue in venues}
    for row in db.made(Closure, closures):
        span = TimeSpan(row.begins_at, row.ends_at)
        found.setdefault(row.venue_id, []).append(
            Shut(span, _said(row, language), "closure", row.resource_id, row.id)
        )
    yearly: dict[int, list[Any]] = {}
    for each in db.made(YearlyClosure, every_year):
        yearly.setdefault(each.venue_id, []).append(each)
    opened = {(each.venue_id, each.on_date) for each in db.made(OpenHoliday, kept_open)}
    for venue in venues:
        # A day earlier, since hours past midnight belong to the day on which they began.
        first = local_day(window.begins_at, venue.zone) - timedelta(days=1)
        last = local_day(window.ends_at, venue.zone)
        holidays = holiday_names(venue.holidays_region, range(first.year, last.year + 1), language)
        day = first
        while day <= last:
            if day in holidays and (venue.id, day) not in opened:
                found[venue.id].append(Shut(day_span(day, venue.zone), holidays[day], "holiday", day=day))
            for each in yearly.get(venue.id, ()):
                if _within_year(day, each.first_day, each.last_day):
                    found[venue.id].append(
                        Shut(day_span(day, venue.zone), _said(each, language), "yearly", day=day)
                    )
            day += timedelta(days=1)
    return found


def _said(closure: Any, language: str) -> str:
    """The reason in the language where it was given in several."""
    return (closure.reasons or {}).get(language) or closure.reason


def _within_year(day: date, first: str, last: str) -> bool:
    """Whether a day lies between two 'MM-DD', both inclusive, also over the turn of the year."""
    own = f"{day:%m-%d}"
    return first <= own <= last if first <= last else own >= first or own <= last
