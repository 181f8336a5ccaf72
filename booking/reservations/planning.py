"""What is open, shut and taken for many resources at once, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from booking import availability, places
from booking.availability import Hours
from booking.reservations.models import Claim
from booking.timespan import TimeSpan

# Wider than any buffer, so that claims just outside of the window still push against it.
MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """One resource in one window: spans in UTC, sorted. `taken` has the claims of each of its units."""

    resource: Any
    window: TimeSpan
    open: list[TimeSpan]
    bookable: list[TimeSpan]
    shuts: list[places.Shut]
    taken: Mapping[int, Sequence[TimeSpan]]

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
    venues = list({resource.venue_id: resource.venue for resource in resources}.values())
    hours = await places.hours_of([venue.id for venue in venues])
    shuts = await places.shuts_of(venues, window, language=language)
    units = await places.units_of([resource.id for resource in resources])
    wide = TimeSpan(window.begins_at - MARGIN, window.ends_at + MARGIN)
    claims = await taken({unit for ids in units.values() for unit in ids}, wide, without=without)
    found: dict[int, Plan] = {}
    for resource in resources:
        own = hours.get((resource.venue_id, resource.id)) or hours.get((resource.venue_id, None), [])
        applying = [shut for shut in shuts[resource.venue_id] if shut.resource_id in (None, resource.id)]
        open_ = availability.open_spans(
            [
                Hours(row.weekday, row.opens_minute, row.closes_minute, row.valid_from, row.valid_until)
                for row in own
            ],
            window,
            resource.venue.zone,
        )
        # A shut day lets no hours begin, but the hours of the evening before still run out.
        unshut = availability.open_spans(
            [
                Hours(row.weekday, row.opens_minute, row.closes_minute, row.valid_from, row.valid_until)
                for row in own
            ],
            window,
            resource.venue.zone,
            shut_days={shut.day for shut in applying if shut.day},
        )
        bookable = availability.bookable_spans(unshut, [shut.span for shut in applying if shut.day is None])
        found[resource.id] = Plan(
            resource,
            window,
            open_,
            bookable,
            applying,
            {unit: claims.get(unit, []) for unit in units.get(resource.id, [])},
        )
    return found


async def taken(
    unit_ids: Iterable[int], window: TimeSpan, *, without: UUID | None = None
) -> dict[int, list[TimeSpan]]:
    """The spans claimed of these units within the window, buffers included."""
    query = Claim.filter(
        unit_id__in=list(unit_ids), begins_at__lt=window.ends_at, ends_at__gt=window.begins_at
    )
    if without is not None:
        query = query.exclude(reservation_id=without)
    found: dict[int, list[TimeSpan]] = {}
    for unit_id, begins_at, ends_at in await query.order_by("begins_at").values_list(
        "unit_id", "begins_at", "ends_at"
    ):
        found.setdefault(unit_id, []).append(TimeSpan(begins_at, ends_at))
    return found
