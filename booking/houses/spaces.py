"""A new resource, and changing one: what it is, its rules, its terms, and whether it is published."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from booking import db, places
from booking.errors import Refused
from booking.houses.changing import begin, differences, lock_units, note, resource_of
from booking.houses.touching import NoLongerFit, misfits, newly
from booking.houses.venues import free_key
from booking.i18n import lazy
from booking.members import Member
from booking.places import Resource, Unit, Venue
from booking.places.models import ResourceUnit

RULES = (
    "raster_minutes", "shortest_minutes", "longest_minutes", "lead_minutes", "horizon_days", "buffer_before_minutes",
    "buffer_after_minutes", "quota", "approval", "approval_hours", "external", "role", "skill_id", "release_minutes",
    "free_until_hours", "late_fee_percent", "no_show_fee_percent", "deposit_cents",
)  # fmt: skip
COLUMNS = (
    "kind", "name", "names", "descriptions", "capacity_people", "area_m2", "features", "step_free", "located_in",
    "published", "position", "vat_category", *RULES,
)  # fmt: skip


class LongestTooShort(Refused):
    """The two lengths contradict each other."""

    code = "longest_too_short"
    text = lazy("The longest booking is shorter than the shortest.")


class NoUnits(Refused):
    """A resource takes at least one unit."""

    code = "no_units"
    text = lazy("A space needs at least one thing that can be taken: choose some, or say how many there are.")


@db.atomic
async def change_resource(
    venue_id: int,
    resource_id: int,
    wanted: Mapping[str, Any],
    *,
    by: Member,
    at: datetime,
    confirmed: bool = False,
    **more: Any,
) -> Collection[str]:
    """Bring the columns to what is wanted; returns the names of those that changed. The same again changes nothing.

    The units are locked, so that no booking is made half by the old rules. Raises NotFound, LongestTooShort;
    NoLongerFit unless `confirmed`, when upcoming bookings would no longer fit. Then nothing has changed.
    """
    assert set(wanted) <= set(COLUMNS)
    venue = await begin(venue_id, by=by, at=at)
    resource = await resource_of(venue, resource_id)
    await lock_units(venue, (await places.units_of([resource.id])).get(resource.id, []))
    await resource.refresh_from_db()
    before, after = differences(resource, wanted)
    if not after:
        return []
    if wanted.get("longest_minutes", resource.longest_minutes) < wanted.get(
        "shortest_minutes", resource.shortest_minutes
    ):
        raise LongestTooShort
    fitted = {} if confirmed else await misfits([resource.id], at)
    # Whoever is just booking reads the resource again when its revision has moved on.
    await resource.update_from_dict({**after, "revision": resource.revision + 1}).save(
        update_fields=[*after, "revision"]
    )
    if not confirmed and (touched := newly(fitted, await misfits([resource.id], at))):
        raise NoLongerFit(touched)
    await note(
        "resource.changed", resource.subject, venue, before, after, by=by, at=at, name=resource.name, **more
    )
    return list(after)


@db.atomic
async def add_resource(
    venue_id: int,
    values: Mapping[str, Any],
    *,
    units: Collection[int] = (),
    quantity: int = 0,
    takes: str = "all",
    by: Member,
    at: datetime,
) -> Resource:
    """A new resource that takes these units of the venue, or `quantity` new ones of its own.

    Raises NotFound, LongestTooShort, NoUnits. A second click finds the first one, by its name and kind.
    """
    assert set(values) <= set(COLUMNS)
    venue = await begin(venue_id, by=by, at=at)
    if same := await Resource.filter(venue_id=venue.id, name=values["name"], kind=values["kind"]).first():
        return same
    if not units and quantity < 1:
        raise NoUnits
    if values.get("longest_minutes", 600) < values.get("shortest_minutes", 30):
        raise LongestTooShort
    await lock_units(venue, units)
    key = await free_key(Resource, f"{venue.key} {values['name']}", longest=120)
    last = await Resource.filter(venue_id=venue.id).order_by("-position").first()
    resource = await Resource.create(
        **{"position": last.position + 1 if last else 0, **values}, key=key, venue_id=venue.id, takes=takes
    )
    ids = list(units) or await new_units(venue, resource, quantity)
    await ResourceUnit.bulk_create(
        ResourceUnit(resource_id=resource.id, unit_id=unit_id, position=place)
        for place, unit_id in enumerate(ids)
    )
    shown = {"name": resource.name, "kind": resource.kind, "takes": takes, "units": len(ids)}
    await note("resource.added", resource.subject, venue, None, shown, by=by, at=at, name=resource.name)
    return resource


async def new_units(venue: Venue, resource: Resource, quantity: int) -> list[int]:
    """So many new units, named after the resource: 'Desk 4'."""
    there = await Unit.filter(venue_id=venue.id, name__startswith=resource.name).count()
    made = []
    for number in range(there + 1, there + quantity + 1):
        name = resource.name if quantity == 1 and not there else f"{resource.name} {number}"[:120]
        key = await free_key(Unit, f"{resource.key} {number:02}", longest=120)
        made.append((await Unit.create(key=key, venue_id=venue.id, name=name)).id)
    return made
