"""What every change of a house begins and ends with: the lock of its venue, who may, and one event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from booking import db, events
from booking.errors import NotFound, Refused
from booking.events import Event
from booking.i18n import lazy
from booking.members import Member, roles
from booking.places import Resource, Unit, Venue


class ChangedSince(Refused):
    """Something newer stands there."""

    code = "changed_since"
    text = lazy(
        "This has been changed again since. Undo the newer change first, or change it on its own page."
    )


async def begin(venue_id: int, *, by: Member, at: datetime) -> Venue:
    """Lock the venue, inside a transaction, for somebody who manages it. Raises NotFound for all others."""
    venue = next(iter(await db.lock(Venue, [venue_id])), None)
    if venue is None or not (await roles.active(by, at)).manages(venue):
        raise NotFound
    return venue


async def resource_of(venue: Venue, resource_id: int) -> Resource:
    """The venue's resource, published or not. Raises NotFound for another venue's."""
    found = await Resource.get_or_none(id=resource_id, venue_id=venue.id).select_related("skill")
    if found is None:
        raise NotFound
    return found


async def resources_of(venue: Venue) -> list[int]:
    """The ids of all its resources, published or not."""
    return [row.id for row in await Resource.filter(venue_id=venue.id).only("id")]


async def lock_house(venue: Venue) -> None:
    """Lock every unit of the venue: whoever is just booking there is done first, and is seen."""
    await db.lock(Unit, [row.id for row in await Unit.filter(venue_id=venue.id).only("id")])


async def lock_units(venue: Venue, unit_ids: Iterable[int]) -> list[Unit]:
    """Lock units of the venue. Raises NotFound where one of them is another's."""
    wanted = set(unit_ids)
    found = await db.lock(Unit, wanted)
    if {unit.id for unit in found if unit.venue_id == venue.id} != wanted:
        raise NotFound
    return found


def differences(row: Any, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns in which the row is not as wanted: as they are, and as they become."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    return {name: getattr(row, name) for name in changed}, changed


def plain(value: Any) -> Any:
    """A value that JSON can hold, as it comes back from there."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value


async def note(
    name: str,
    subject: str,
    venue: Venue,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    /,
    *,
    by: Member,
    at: datetime,
    **more: Any,
) -> Event:
    """The event of a change: `before` is None for what is new, `after` for what is gone."""
    return await events.record(
        name,
        subject,
        at=at,
        by_id=by.id,
        venue_id=venue.id,
        before=plain(before),
        after=plain(after),
        **plain(more),
    )
