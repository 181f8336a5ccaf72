"""Reading the hours, closures and units of many resources at once: a fixed number of queries however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
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


WeeklyHours = dict[tuple[int, int | None], list[OpeningHours]]
Opening = tuple[WeeklyHours, dict[int, list[Shut]], dict[int, list[int]]]


@dataclass(frozen=True, slots=True)
class Weekly:
    """A row of OpeningHours without its house."""

    weekday: int
    opens_minute: int
    closes_minute: int
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Ways:
    """How houses open, whenever one asks: weekly hours (equal ones are one object), closures by venue (those that end
    after `since`), what comes back each year, the holidays kept open, and the units of their resources."""

    since: datetime
    hours: dict[tuple[int, int | None], tuple[Weekly, ...]]
    units: dict[int, list[int]]
    closures: dict[int, list[Closure]]
    yearly: dict[int, list[YearlyClosure]]
    opened: dict[int, set[date]]

    def shuts(self, venue: Any, window: TimeSpan, language: str) -> list[Shut]:
        """What shuts this venue or its resources within the window, which must not begin before `since`."""
        closures = [
            each
            for each in self.closures.get(venue.id, ())
            if each.begins_at < window.ends_at and each.ends_at > window.begins_at
        ]
        yearly, opened = self.yearly.get(venue.id, ()), self.opened.get(venue.id, set())
        return _shuts_in(venue, window, language, closures, yearly, opened)

    def with_(self, others: Ways) -> Ways:
        """These and those of other venues and resources. The earlier of both must not be used any more."""
        for own, new in (
            (self.hours, others.hours),
            (self.units, others.units),
            (self.closures, others.closures),
            (self.yearly, others.yearly),
            (self.opened, others.opened),
        ):
            own.update(new)  # type: ignore[arg-type]
        return self


def ways_asked(venue_ids: Sequence[int], resource_ids: Iterable[int], since: datetime) -> db.Asked[Ways]:
    """All that `Ways` has of these venues."""
    questions = opening_asked(venue_ids, resource_ids, TimeSpan(since, datetime.max.replace(tzinfo=UTC)))

    def read(hours: list[Any], units: list[Any], *shuts: list[Any]) -> Ways:
        return Ways(since, _same_hours(hours), _units(units), *_by_venue(*shuts))

    return db.Asked(questions, read)


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
    dated, yearly, opened = _by_venue(closures, every_year, kept_open)
    return {
        venue.id: _shuts_in(
            venue,
            window,
            language,
            dated.get(venue.id, ()),
            yearly.get(venue.id, ()),
            opened.get(venue.id, set()),
        )
        for venue in venues
    }


def _same_hours(rows: list[dict[str, Any]]) -> dict[tuple[int, int | None], tuple[Weekly, ...]]:
    found: dict[tuple[int, int | None], list[Weekly]] = {}
    for row in rows:
        one = _one_hours(
            row["weekday"], row["opens_minute"], row["closes_minute"], row["valid_from"], row["valid_until"]
        )
        found.setdefault((row["venue_id"], row["resource_id"]), []).append(one)
    return {key: _one_week(tuple(each)) for key, each in found.items()}


@lru_cache(maxsize=4096)
def _one_hours(weekday: int, opens: int, closes: int, from_: Any, until: Any) -> Weekly:
    days = [date.fromisoformat(day) if isinstance(day, str) else day for day in (from_, until)]
    return Weekly(weekday, opens, closes, *days)


@lru_cache(maxsize=4096)
def _one_week(hours: tuple[Weekly, ...]) -> tuple[Weekly, ...]:
    return hours


def _by_venue(
    closures: list[dict[str, Any]], every_year: list[dict[str, Any]], kept_open: list[dict[str, Any]]
) -> tuple[dict[int, list[Closure]], dict[int, list[YearlyClosure]], dict[int, set[date]]]:
    dated: dict[int, list[Closure]] = {}
    for closure in db.made(Closure, closures):
        dated.setdefault(closure.venue_id, []).append(closure)
    yearly: dict[int, list[YearlyClosure]] = {}
    for each in db.made(YearlyClosure, every_year):
        yearly.setdefault(each.venue_id, []).append(each)
    opened: dict[int, set[date]] = {}
    for holiday in db.made(OpenHoliday, kept_open):
        opened.setdefault(holiday.venue_id, set()).add(holiday.on_date)
    return dated, yearly, opened


def _shuts_in(
    venue: Any,
    window: TimeSpan,
    language: str,
    closures: Iterable[Closure],
    yearly: Iterable[YearlyClosure],
    opened: Collection[date],
) -> list[Shut]:
    found = [
        Shut(TimeSpan(row.begins_at, row.ends_at), _said(row, language), "closure", row.resource_id, row.id)
        for row in closures
    ]
    # A day earlier, since hours past midnight belong to the day on which they began.
    first = local_day(window.begins_at, venue.zone) - timedelta(days=1)
    last = local_day(window.ends_at, venue.zone)
    holidays = holiday_names(venue.holidays_region, range(first.year, last.year + 1), language)
    day = first
    while day <= last:
        if day in holidays and day not in opened:
            found.append(Shut(day_span(day, venue.zone), holidays[day], "holiday", day=day))
        for each in yearly:
            if _within_year(day, each.first_day, each.last_day):
                found.append(Shut(day_span(day, venue.zone), _said(each, language), "yearly", day=day))
        day += timedelta(days=1)
    return found


def _said(closure: Any, language: str) -> str:
    """The reason in the language where it was given in several."""
    return (closure.reasons or {}).get(language) or closure.reason


def _within_year(day: date, first: str, last: str) -> bool:
    """Whether a day lies between two 'MM-DD', both inclusive, also over the turn of the year."""
    own = f"{day:%m-%d}"
    return first <= own <= last if first <= last else own >= first or own <= last
