"""The only ways to a venue or a resource. What is not there and what is not for you look the same: NotFound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from booking import db, records
from booking.errors import NotFound
from booking.places.models import Entity, Resource, Venue


async def venues() -> list[Venue]:
    """Every venue on the map, by country, city and name; closed ones too, they say so."""
    found = await db.models(Venue, "ORDER BY country, city, name")
    await db.relate(found, "entity")
    return found


async def venue(key: str) -> Venue:
    """The venue of this key, with its entity and the office to ask."""
    found = await db.models(Venue, "WHERE key = ?", key)
    if not found:
        raise NotFound
    await db.relate([*found, *await db.relate(found, "ask")], "entity")
    return found[0]


_RESOURCE = (
    "SELECT * FROM resource WHERE id = ? AND published",
    "SELECT * FROM venue WHERE id = (SELECT venue_id FROM resource WHERE id = ?)",
    "SELECT * FROM entity WHERE id = "
    "(SELECT v.entity_id FROM resource r JOIN venue v ON v.id = r.venue_id WHERE r.id = ?)",
    "SELECT unit_id FROM resource_unit WHERE resource_id = ? ORDER BY position, unit_id",
)


async def resource(resource_id: int) -> Resource:
    """A published resource with its venue, also of a venue that has closed: its page says so."""
    return (await with_units(resource_id))[0]


async def with_units(resource_id: int) -> tuple[Resource, list[int]]:
    """The same, and the ids of its units, in order."""
    found, units, _nothing = await with_units_and(resource_id)
    return found, units


async def with_units_and(resource_id: int, *asked: db.Asked[Any]) -> tuple[Resource, list[int], list[Any]]:
    """The same, and the answers to what else is `asked` with it."""
    own = db.Asked(tuple((sql, resource_id) for sql in _RESOURCE), lambda *rows: rows)
    (resources, venues, entities, units), *answers = await db.answers(own, *asked)
    if not (resources and venues and entities):
        raise NotFound
    [found], [house] = db.made(Resource, resources), db.made(Venue, venues)
    [entity] = db.made(Entity, entities)
    records.attach(found, "venue", house)
    records.attach(house, "entity", entity)
    await db.relate([found], "skill")
    unit_ids = found.__dict__["unit_ids"] = [row["unit_id"] for row in units]
    return found, unit_ids, answers


async def bookable(resource_id: int) -> Resource:
    """A resource that takes reservations: published, in a venue that has not closed."""
    found = await resource(resource_id)
    if found.venue.status == "closed":
        raise NotFound
    return found


async def by_ids(resource_ids: Sequence[int]) -> list[Resource]:
    """These resources, whatever their state, with venue and skill."""
    [found] = await db.answers(by_ids_asked(resource_ids))
    await db.relate(found, "skill")
    return found


def by_ids_asked(resource_ids: Sequence[int]) -> db.Asked[list[Resource]]:
    """`by_ids`, to be asked together with other things; the skill is left to be related."""
    these, ids = db.among("id"), db.many(resource_ids)

    def read(resources: list[Any], venues: list[Any]) -> list[Resource]:
        found = db.made(Resource, resources)
        venue_of = {venue.id: venue for venue in db.made(Venue, venues)}
        for each in found:
            records.attach(each, "venue", venue_of[each.venue_id])
        return found

    return db.Asked(
        (
            (f"SELECT * FROM resource WHERE {these}", ids),
            (f"SELECT * FROM venue WHERE id IN (SELECT venue_id FROM resource WHERE {these})", ids),
        ),
        read,
    )


async def published_of(venue_id: int, resource_ids: Iterable[int]) -> set[int]:
    """Those of the resources that this venue has on its pages."""
    rows = await db.rows(
        f"SELECT id FROM resource WHERE venue_id = ? AND published AND {db.among('id')}",
        venue_id,
        db.many(resource_ids),
    )
    return {row["id"] for row in rows}


async def published(venue_ids: Sequence[int]) -> list[Resource]:
    """The bookable resources of these venues, in the order of their pages, with venue and skill."""
    found = await db.models(
        Resource,
        f"WHERE {db.among('venue_id')} AND published ORDER BY venue_id, position, id",
        db.many(venue_ids),
    )
    await db.relate(found, "venue")
    await db.relate(found, "skill")
    return [each for each in found if each.venue.status != "closed"]
