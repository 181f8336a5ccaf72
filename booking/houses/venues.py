"""A new venue, and changing one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from booking import db
from booking.errors import NotFound, Refused
from booking.houses import checking, fields
from booking.houses.changing import begin, differences, note, resources_of
from booking.houses.touching import NoLongerFit, misfits, newly
from booking.i18n import lazy
from booking.members import Member, roles
from booking.places import Entity, Venue

# What a manager may change; the rest comes with the network's files.
COLUMNS = (
    "name", "names", "descriptions", "street", "postal_code", "district", "city", "lat", "lon", "capacity_people",
    "contact_name", "contact_email", "contact_phone", "website", "features", "facts", "access", "holidays_region",
    "presence_proof", "status", "status_note", "zone", "currency",
)  # fmt: skip
RESERVED_KEYS = {"new"}


class NotThere(Refused):
    """The point lies in another country."""

    code = "point_elsewhere"
    text = lazy("This point does not lie in the country of the house: look at latitude and longitude again.")


async def fixed_columns(venue: Venue) -> dict[str, Refused]:
    """The columns that can no longer change, each with the reason."""
    fixed: dict[str, Refused] = {}
    for name, ask in (("currency", checking.currency_may_change), ("zone", checking.zone_may_change)):
        try:
            await ask(venue.id)
        except Refused as refusal:
            fixed[name] = refusal
    return fixed


@db.atomic
async def change_venue(
    venue_id: int,
    wanted: Mapping[str, Any],
    *,
    by: Member,
    at: datetime,
    confirmed: bool = False,
    **more: Any,
) -> Collection[str]:
    """Bring the columns to what is wanted; returns the names of those that changed. The same again changes nothing.

    Raises NotFound, CurrencyStays, ZoneStays, NotThere; NoLongerFit unless `confirmed`, when upcoming bookings stand
    in the way of closing it for good. Then nothing has changed.
    """
    assert set(wanted) <= set(COLUMNS)
    venue = await begin(venue_id, by=by, at=at)
    before, after = differences(venue, wanted)
    if not after:
        return []
    if "currency" in after:
        await checking.currency_may_change(venue.id)
    if "zone" in after:
        await checking.zone_may_change(venue.id)
    if {"lat", "lon"} & set(after) and not fields.lies_in(
        venue.country, wanted.get("lat", venue.lat), wanted.get("lon", venue.lon)
    ):
        raise NotThere
    asks = bool({"status", "holidays_region"} & set(after)) and not confirmed
    ids = await resources_of(venue) if asks else []
    fitted = await misfits(ids, at) if asks else {}
    await venue.update_from_dict(after).save(update_fields=list(after))
    if asks and (touched := newly(fitted, await misfits(ids, at))):
        raise NoLongerFit(touched)
    await note("venue.changed", venue.subject, venue, before, after, by=by, at=at, **more)
    return list(after)


@db.atomic
async def add_venue(entity_id: int, values: Mapping[str, Any], *, by: Member, at: datetime) -> Venue:
    """A new shared space of an entity, for an administrator or a manager of the entity. Raises NotFound, NotThere.

    Country, zone and currency are the entity's, unless `values` say otherwise. A second click finds the first one: a
    venue of the same entity, name and street is there already.
    """
    entity = next(iter(await db.lock(Entity, [entity_id])), None)
    standing = await roles.active(by, at)
    if entity is None or not (standing.administrator or entity.id in standing.managed_entities):
        raise NotFound
    if same := await Venue.filter(entity_id=entity.id, name=values["name"], street=values["street"]).first():
        return same
    if not fields.lies_in(entity.country, values["lat"], values["lon"]):
        raise NotThere
    own = {
        "country": entity.country,
        "zone": entity.zone,
        "currency": entity.currency,
        "kind": "shared_space",
    }
    key = await free_key(Venue, values["name"], longest=80, reserved=RESERVED_KEYS)
    venue = await Venue.create(**{**own, **values}, key=key, entity_id=entity.id)
    shown = {"name": venue.name, "city": venue.city, "zone": venue.zone, "currency": venue.currency}
    await note("venue.added", venue.subject, venue, None, shown, by=by, at=at)
    return venue


async def free_key(model: Any, name: str, *, longest: int, reserved: Collection[str] = ()) -> str:
    """A key made from a name that nothing has yet: 'atelier-nord', 'atelier-nord-2'."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: longest - 6] or model._meta.db_table
    key, number = stem, 1
    while key in reserved or await model.exists(key=key):
        number += 1
        key = f"{stem}-{number}"
    return key
