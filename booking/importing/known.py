"""What the database holds while an import saves, by key; and what venues and resources are both saved with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from booking.houses.changing import plain
from booking.houses.hours import save_rows
from booking.importing.shapes import Hours
from booking.places.models import OpeningHours


@dataclass
class Known:
    """What the database holds, by key; grows while the import goes on."""

    entities: dict[str, Any] = field(default_factory=dict)
    skills: dict[str, Any] = field(default_factory=dict)
    venues: dict[str, Any] = field(default_factory=dict)
    units: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)


def superseded(from_on: Any) -> str:
    return f"What holds from {from_on} is never edited: add a row with a later date."


async def save_hours(
    venue_id: int,
    resource_id: int | None,
    hours: list[Hours],
    there: list[OpeningHours],
    fields: dict[str, Any],
) -> None:
    """Replace the weekly hours of a venue, or of one resource, where they differ."""
    wanted = [(row.weekday, row.opens, row.closes_minute, row.valid_from, row.valid_until) for row in hours]
    held = [
        (row.weekday, row.opens_minute, row.closes_minute, row.valid_from, row.valid_until) for row in there
    ]
    if sorted(wanted, key=str) == sorted(held, key=str):
        return
    fields["opening_hours"] = (sorted(plain(held), key=str), sorted(plain(wanted), key=str))
    await save_rows(venue_id, resource_id, wanted)
