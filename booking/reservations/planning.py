"""What is open, shut and taken for many resources at once, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from booking import availability, db, places
from booking.availability import Hours
from booking.timespan import TimeSpan

# Wider than any buffer, so that claims just outside of the window still push against it.
MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """One resource in one window: spans in UTC, sorted. `taken` has the claims of each of its units; `hours` are the
    weekly ones behind `open`, whenever they hold."""

    resource: Any
    window: TimeSpan
    open: list[TimeSpan]
    bookable: list[TimeSpan]
    shuts: list[places.Shut]
    taken: Mapping[int, Sequence[TimeSpan]]
    hours: Sequence[Any] = ()

    def free(self, quantity: int = 1) -> list[TimeSpan]:
        """Where a booking (without its buffers) may lie."""
        resource = self.resource
        return availability.free_spans(
            self.bookable,
            self.taken,
            takes=resource.takes,
            count=quantity,
            buffers=(resource.buffer_before_minutes, resource.buffer_after_minutes),
        )


async def plans(
    resources: Sequence[Any], window: TimeSpan, *, without: UUID | None = None, language: str = "en"
) -> dict[int, Plan]:
    """A plan per resource (each with its venue fetched). `without` leaves one reservation's own claims out."""
    [found] = await db.answers(plans_asked(resources, window, without=without, language=language))
    return found


def plans_asked(
    resources: Sequence[Any], window: TimeSpan, *, without: UUID | None = None, language: str = "en"
) -> db.Asked[dict[int, Plan]]:
    """`plans`, to be asked together with other things."""
    ground = ground_asked(
        {each.venue_id for each in resources}, [each.id for each in resources], window, without
    )
    return db.Asked(ground.questions, lambda *rows: plans_of(resources, window, ground.read(*rows), language))


Ground = tuple[list[Any], ...]


def ground_asked(
    venue_ids: Iterable[int], resource_ids: Sequence[int], window: TimeSpan, without: UUID | None = None
) -> db.Asked[Ground]:
    """What `plans_of` makes plans of, where the resources themselves are only just being read."""
    wide = TimeSpan(window.begins_at - MARGIN, window.ends_at + MARGIN)
    claims = _taken_asked(_units_among(), db.many(resource_ids), wide, without)
    return db.Asked(
        (*places.opening_asked(list(venue_ids), resource_ids, window), claims), lambda *rows: rows
    )


def plans_of(
    resources: Sequence[Any], window: TimeSpan, ground: Ground, language: str = "en"
) -> dict[int, Plan]:
    """A plan per resource (each with its venue fetched), of what `ground_asked` found for them."""
    venues = list({resource.venue_id: resource.venue for resource in resources}.values())
    *told, claimed = ground
    hours, shuts, units = places.opening_of(venues, window, language, *told)
    claims = _taken(claimed)
    of_venue: dict[int, Opening] = {}
    found: dict[int, Plan] = {}
    for resource in resources:
        frame = frame_of(resource, window, hours, shuts[resource.venue_id], of_venue)
        taken_here = {unit: claims.get(unit, []) for unit in units.get(resource.id, [])}
        found[resource.id] = plan_of(resource, window, frame, taken_here)
    return found


def plan_of(
    resource: Any, window: TimeSpan, frame: Frame, taken_here: Mapping[int, Sequence[TimeSpan]]
) -> Plan:
    """The plan of a resource, of how it opens and of the claims of each of its units."""
    open_, bookable, shuts, weekly = frame
    return Plan(resource, window, open_, bookable, shuts, taken_here, weekly)


def claims_asked(unit_ids: Iterable[int], window: TimeSpan) -> db.Asked[dict[int, list[TimeSpan]]]:
    """The claims of these units that plans for the window need, by unit."""
    wide = TimeSpan(window.begins_at - MARGIN, window.ends_at + MARGIN)
    return db.Asked((_taken_asked(db.among("unit_id"), db.many(unit_ids), wide, None),), _taken)


def claims_of_asked(resource_ids: Iterable[int], window: TimeSpan) -> db.Asked[dict[int, list[TimeSpan]]]:
    """`claims_asked`, of the units of these resources."""
    wide = TimeSpan(window.begins_at - MARGIN, window.ends_at + MARGIN)
    return db.Asked((_taken_asked(_units_among(), db.many(resource_ids), wide, None),), _taken)


def _units_among() -> str:
    return f"unit_id IN (SELECT unit_id FROM resource_unit WHERE {db.among('resource_id')})"


Opening = tuple[list[TimeSpan], list[TimeSpan], list[places.Shut]]
# How a resource opens in a window: open, bookable, what shuts it, and its weekly hours.
Frame = tuple[list[TimeSpan], list[TimeSpan], list[places.Shut], Sequence[Any]]


def frame_of(
    resource: Any,
    window: TimeSpan,
    hours: Mapping[tuple[int, int | None], Sequence[Any]],
    shut: Sequence[places.Shut],
    of_venue: dict[int, Opening],
) -> Frame:
    """How a resource opens, by the weekly hours and what shuts its house. `of_venue` remembers houses."""
    venue = resource.venue
    own = hours.get((venue.id, resource.id))
    weekly = own or hours.get((venue.id, None), [])
    if own or any(each.resource_id == resource.id for each in shut):
        applying = [each for each in shut if each.resource_id in (None, resource.id)]
        return *_opening(weekly, applying, window, venue.zone), weekly
    # Most resources keep the hours of their house, which are worked out once.
    if venue.id not in of_venue:
        applying = [each for each in shut if each.resource_id is None]
        of_venue[venue.id] = _opening(weekly, applying, window, venue.zone)
    return *of_venue[venue.id], weekly


def _opening(
    rows: Iterable[Any], applying: list[places.Shut], window: TimeSpan, zone: str
) -> tuple[list[TimeSpan], list[TimeSpan], list[places.Shut]]:
    """When it is open, when of that it can be booked, and what shuts it."""
    hours = [
        Hours(row.weekday, row.opens_minute, row.closes_minute, row.valid_from, row.valid_until)
        for row in rows
    ]
    open_ = availability.open_spans(hours, window, zone)
    # A shut day lets no hours begin, but the hours of the evening before still run out.
    shut_days = {shut.day for shut in applying if shut.day}
    unshut = availability.open_spans(hours, window, zone, shut_days=shut_days) if shut_days else open_
    return (
        open_,
        availability.bookable_spans(unshut, [shut.span for shut in applying if shut.day is None]),
        applying,
    )


async def taken(
    unit_ids: Iterable[int], window: TimeSpan, *, without: UUID | None = None
) -> dict[int, list[TimeSpan]]:
    """The spans claimed of these units within the window, buffers included."""
    return _taken(await db.rows(*_taken_asked(db.among("unit_id"), db.many(unit_ids), window, without)))


def _taken_asked(units: str, these: Any, window: TimeSpan, without: UUID | None) -> db.Statement:
    sql = f"SELECT unit_id, begins_at, ends_at FROM claim WHERE {units} AND ends_at > ? AND begins_at < ?"
    values: list[Any] = [these, window.begins_at, window.ends_at]
    if without is not None:
        sql += " AND reservation_id <> ?"
        values.append(without)
    return f"{sql} ORDER BY begins_at", *values


def _taken(rows: list[dict[str, Any]]) -> dict[int, list[TimeSpan]]:
    found: dict[int, list[TimeSpan]] = {}
    for row in rows:
        span = TimeSpan(db.instant(row["begins_at"]), db.instant(row["ends_at"]))
        found.setdefault(row["unit_id"], []).append(span)
    return found
