"""The physical things of a house: which spaces take them, new ones, their names, and taking one out of use.

A unit that no space takes is out of use; it stays in the list, for what was booked on it before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from booking import db, places
from booking.errors import NotFound, Refused
from booking.houses import checking
from booking.houses.changing import begin, lock_units, note, resource_of
from booking.houses.fields import UNITS_MAX
from booking.houses.spaces import NoUnits, new_units
from booking.i18n import lazy
from booking.members import Member
from booking.places import Resource, Unit, Venue
from booking.places.models import ResourceUnit


class TooMany(Refused):
    """More units than a pool holds."""

    code = "too_many_units"
    text = lazy("A space takes %(most)s things at most.")


class LastUnit(Refused):
    """It is all that a space has."""

    code = "last_unit"
    text = lazy("It is the last one of %(resource)s.")
    rule = lazy("A space without anything to take cannot be booked: take it off the list of spaces instead.")


async def units_at(venue_id: int) -> list[tuple[Unit, list[Resource]]]:
    """The units of a venue by name, each with the resources that take it. Three queries."""
    links = await ResourceUnit.filter(unit__venue_id=venue_id).order_by("resource_id", "position")
    resources = {each.id: each for each in await Resource.filter(venue_id=venue_id)}
    taken: dict[int, list[Resource]] = {}
    for link in links:
        taken.setdefault(link.unit_id, []).append(resources[link.resource_id])
    return [
        (unit, taken.get(unit.id, [])) for unit in await Unit.filter(venue_id=venue_id).order_by("name", "id")
    ]


@db.atomic
async def set_units(
    venue_id: int,
    resource_id: int,
    unit_ids: Sequence[int],
    takes: str,
    *,
    by: Member,
    at: datetime,
    **more: Any,
) -> bool:
    """Compose a resource of these units of the venue, in this order; halves of a hall may be shared with others.

    Raises NotFound, NoUnits, TooMany, UnitsHeld. Returns whether anything changed.
    """
    venue = await begin(venue_id, by=by, at=at)
    resource = await resource_of(venue, resource_id)
    return await _compose(venue, resource, list(dict.fromkeys(unit_ids)), takes, by=by, at=at, **more)


@db.atomic
async def add_units(venue_id: int, resource_id: int, number: int, *, by: Member, at: datetime) -> list[int]:
    """So many new units for a pool. Raises NotFound, TooMany; UnitsHeld where the resource takes all its units."""
    venue = await begin(venue_id, by=by, at=at)
    resource = await resource_of(venue, resource_id)
    there = (await places.units_of([resource.id])).get(resource.id, [])
    if len(there) + number > UNITS_MAX:
        raise TooMany(most=UNITS_MAX)
    fresh = await new_units(venue, resource, number)
    await _compose(venue, resource, [*there, *fresh], resource.takes, by=by, at=at)
    return fresh


@db.atomic
async def take_out(venue_id: int, unit_id: int, *, by: Member, at: datetime) -> list[str]:
    """Take a unit out of use: out of every resource that takes it. Returns the names of those.

    Raises NotFound, LastUnit, UnitsHeld with the bookings that hold it. Then nothing has changed.
    """
    venue = await begin(venue_id, by=by, at=at)
    if not await Unit.exists(id=unit_id, venue_id=venue.id):
        raise NotFound
    ids = await ResourceUnit.filter(unit_id=unit_id).values_list("resource_id", flat=True)
    resources = await Resource.filter(id__in=list(ids)).order_by("id")
    every = await places.units_of([each.id for each in resources])
    # All at once and by id, before anything is looked at; `_compose` finds them locked.
    await lock_units(venue, {unit_id, *(one for held in every.values() for one in held)})
    for resource in resources:
        left = [each for each in every[resource.id] if each != unit_id]
        if not left:
            raise LastUnit(resource=resource.name)
        await _compose(venue, resource, left, resource.takes, by=by, at=at)
    return [each.name for each in resources]


@db.atomic
async def rename_unit(
    venue_id: int, unit_id: int, name: str, *, by: Member, at: datetime, **more: Any
) -> bool:
    """Give a unit another name. Raises NotFound. Returns whether it changed."""
    venue = await begin(venue_id, by=by, at=at)
    unit = await Unit.get_or_none(id=unit_id, venue_id=venue.id)
    if unit is None:
        raise NotFound
    if unit.name == name:
        return False
    before, unit.name = unit.name, name
    await unit.save(update_fields=["name"])
    await note(
        "unit.renamed", f"unit:{unit.id}", venue, {"name": before}, {"name": name}, by=by, at=at, **more
    )
    return True


async def _compose(
    venue: Venue,
    resource: Resource,
    unit_ids: list[int],
    takes: str,
    *,
    by: Member,
    at: datetime,
    **more: Any,
) -> bool:
    if not unit_ids:
        raise NoUnits
    if len(unit_ids) > UNITS_MAX:
        raise TooMany(most=UNITS_MAX)
    there = (await places.units_of([resource.id])).get(resource.id, [])
    await lock_units(venue, {*there, *unit_ids})
    # What is there was read before the lock of the units, but under that of the venue, which every change takes.
    if (there, resource.takes) == (unit_ids, takes):
        return False
    await checking.units_may_change(resource.id, there, unit_ids, takes=(resource.takes, takes), at=at)
    await ResourceUnit.filter(resource_id=resource.id).delete()
    await ResourceUnit.bulk_create(
        ResourceUnit(resource_id=resource.id, unit_id=unit_id, position=place)
        for place, unit_id in enumerate(unit_ids)
    )
    before = {"units": await _names(there), "unit_ids": there, "takes": resource.takes}
    resource.takes, resource.revision = takes, resource.revision + 1
    await resource.save(update_fields=["takes", "revision"])
    after = {"units": await _names(unit_ids), "unit_ids": unit_ids, "takes": takes}
    await note(
        "resource.composed", resource.subject, venue, before, after, by=by, at=at, name=resource.name, **more
    )
    return True


async def _names(unit_ids: Collection[int]) -> list[str]:
    names = dict(await Unit.filter(id__in=list(unit_ids)).values_list("id", "name"))
    return [names[unit_id] for unit_id in unit_ids]
