"""Weekly opening hours with dates: a new week holds from a day on (or for a season), and the past stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from booking import db
from booking.errors import Refused
from booking.houses.changing import begin, lock_house, note, resource_of, resources_of
from booking.houses.touching import NoLongerFit, misfits, newly
from booking.i18n import lazy
from booking.members import Member
from booking.places import Resource, Venue
from booking.places.models import OpeningHours
from booking.timespan import local_day

Week = Mapping[int, Sequence[tuple[int, int]]]  # weekday 1 to 7 → (opens, closes) in minutes past midnight
Row = tuple[int, int, int, date | None, date | None]
A_DAY = timedelta(days=1)


class HoursArePast(Refused):
    """Hours are dated from today on."""

    code = "hours_past"
    text = lazy("Hours that have passed stay as they were: choose today or a later day.")


@dataclass(frozen=True, slots=True)
class Season:
    """The week that holds from a day (None: from the beginning) until a day (None: until further notice)."""

    first: date | None
    last: date | None
    rows: list[OpeningHours]


async def timetable(venue_id: int, resource_id: int | None, *, today: date) -> list[Season]:
    """The weeks that hold now and later, in order; empty where there are no hours."""
    rows = await OpeningHours.filter(venue_id=venue_id, resource_id=resource_id).order_by(
        "weekday", "opens_minute"
    )
    edges = {row.valid_from for row in rows} | {row.valid_until + A_DAY for row in rows if row.valid_until}
    starts: list[date | None] = [None, *sorted(edge for edge in edges if edge)]
    seasons = []
    for number, first in enumerate(starts):
        following = starts[number + 1] if number + 1 < len(starts) else None
        last = following - A_DAY if following else None
        if last and last < today:
            continue
        inside = max(first or today, today) if last is None or today <= last else first
        seasons.append(Season(first, last, [row for row in rows if _holds(row, inside or today)]))
    return seasons if rows else []


def _holds(row: OpeningHours, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_until is None or day <= row.valid_until
    )


@db.atomic
async def set_week(
    venue_id: int,
    resource_id: int | None,
    week: Week,
    *,
    first: date,
    last: date | None = None,
    by: Member,
    at: datetime,
    confirmed: bool = False,
) -> bool:
    """Let this week hold from `first` on, or until `last`; after that the hours that held before come back.

    A resource that had no hours of its own keeps those of the house for the rest of the time. Raises NotFound,
    HoursArePast; NoLongerFit unless `confirmed`. Returns whether anything changed.
    """
    venue = await begin(venue_id, by=by, at=at)
    resource = await resource_of(venue, resource_id) if resource_id else None
    if first < local_day(at, venue.zone) or (last and last < first):
        raise HoursArePast
    own = await rows_of(venue, resource_id)
    base = own if own or resource is None else await rows_of(venue, None)
    kept = [part for row in base for part in _without(row, first, last)]
    begins: date | None = first if base else None
    fresh: list[Row] = [
        (weekday, opens, closes, begins, last) for weekday, spans in week.items() for opens, closes in spans
    ]
    return await _replace(venue, resource, own, _merged([*kept, *fresh]), by=by, at=at, confirmed=confirmed)


@db.atomic
async def follow_house(
    venue_id: int, resource_id: int, *, by: Member, at: datetime, confirmed: bool = False
) -> bool:
    """Take a resource's own hours away, at once: it is open when the house is. Raises NotFound, NoLongerFit."""
    venue = await begin(venue_id, by=by, at=at)
    resource = await resource_of(venue, resource_id)
    return await _replace(
        venue, resource, await rows_of(venue, resource_id), [], by=by, at=at, confirmed=confirmed
    )


async def put_back(
    venue: Venue,
    resource_id: int | None,
    rows: Iterable[Sequence[Any]],
    *,
    by: Member,
    at: datetime,
    **more: Any,
) -> bool:
    """Exactly these rows, as an event kept them. Inside the caller's transaction; raises what `set_week` raises."""
    resource = await resource_of(venue, resource_id) if resource_id else None
    wanted: list[Row] = [
        (row[0], row[1], row[2], *(date.fromisoformat(day) if day else None for day in row[3:5]))
        for row in rows
    ]
    return await _replace(venue, resource, await rows_of(venue, resource_id), wanted, by=by, at=at, **more)


async def _replace(
    venue: Venue,
    resource: Resource | None,
    before: list[Row],
    wanted: list[Row],
    *,
    by: Member,
    at: datetime,
    confirmed: bool = False,
    **more: Any,
) -> bool:
    if sorted(before, key=str) == sorted(wanted, key=str):
        return False
    ids = [resource.id] if resource else await resources_of(venue)
    await lock_house(venue)
    fitted = {} if confirmed else await misfits(ids, at)
    resource_id = resource.id if resource else None
    await save_rows(venue.id, resource_id, wanted)
    if not confirmed and (touched := newly(fitted, await misfits(ids, at))):
        raise NoLongerFit(touched)
    subject = resource.subject if resource else venue.subject
    name = resource.name if resource else ""
    await note(
        "hours.changed", subject, venue, {"hours": before}, {"hours": wanted}, by=by, at=at, name=name, **more
    )
    return True


async def save_rows(venue_id: int, resource_id: int | None, wanted: Iterable[Row]) -> None:
    """Exactly these hours, for an import and a screen alike."""
    await OpeningHours.filter(venue_id=venue_id, resource_id=resource_id).delete()
    await OpeningHours.bulk_create(
        OpeningHours(
            venue_id=venue_id,
            resource_id=resource_id,
            weekday=weekday,
            opens_minute=opens,
            closes_minute=closes,
            valid_from=first,
            valid_until=last,
        )
        for weekday, opens, closes, first, last in wanted
    )


async def rows_of(venue: Venue, resource_id: int | None) -> list[Row]:
    """The hours of the venue, or of one resource of it, as plain rows."""
    found = OpeningHours.filter(venue_id=venue.id, resource_id=resource_id).order_by(
        "weekday", "opens_minute", "id"
    )
    columns = ("weekday", "opens_minute", "closes_minute", "valid_from", "valid_until")
    return [tuple(row) for row in await found.values_list(*columns)]


def _without(row: Row, first: date, last: date | None) -> list[Row]:
    """What is left of a row's time outside of [first, last]."""
    weekday, opens, closes, begins, ends = row
    left: list[Row] = []
    if begins is None or begins < first:
        earlier = min(ends, first - A_DAY) if ends else first - A_DAY
        left.append((weekday, opens, closes, begins, earlier))
    if last and (ends is None or ends > last):
        left.append((weekday, opens, closes, max(begins, last + A_DAY) if begins else last + A_DAY, ends))
    return left


def _merged(rows: list[Row]) -> list[Row]:
    """Rows of the same hours that follow one another without a gap, as one."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda row: (*row[:3], row[3] or date.min)):
        previous = found[-1] if found else None
        if previous and previous[:3] == row[:3] and previous[4] and row[3] and previous[4] + A_DAY == row[3]:
            found[-1] = (*row[:3], previous[3], row[4])
        else:
            found.append(row)
    return found
