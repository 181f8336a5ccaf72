"""The house ends many bookings, as it closes or a rule changed: each series by one press, and so with one mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from booking import db
from booking.errors import NotFound, Refused
from booking.members import Member
from booking.reservations.cancelling import cancel, cancel_offer
from booking.reservations.ending_several import cancel_together
from booking.reservations.models import Reservation


@dataclass(slots=True)
class Cleared:
    """What became of the bookings that were chosen: cancelled, with their equipment, or refused, each with its rule."""

    done: list[Reservation] = field(default_factory=list)
    refused: list[tuple[Reservation, Refused]] = field(default_factory=list)


async def clear(chosen: Sequence[Reservation], *, by: Member, at: datetime, reason: str) -> Cleared:
    """Cancel these bookings of one house, free of charge; the dates of one series, and a room with its equipment, by
    one press each. Every press stands alone: what is refused, or was ended by its member meanwhile, keeps no other.

    The manager's own bookings cost nothing either: it is the house that changes.
    """
    along = await _along(chosen, by, at)
    groups: dict[tuple[UUID, int], list[Reservation]] = {}
    known = {each.id for each in chosen}
    for each in (*chosen, *(one for one in along if one.id not in known)):
        key = each.series_id or each.beside_id or each.id
        groups.setdefault((key, each.member_id), []).append(each)
    found = Cleared()
    for listed in groups.values():
        waive = listed[0].member_id == by.id
        try:
            ids = [each.id for each in listed]
            found.done += await cancel_together(ids, by=by, at=at, reason=reason, waive=waive)
            continue
        except (Refused, NotFound):
            pass  # one of them is over, or was ended: then each by itself
        for each in listed:
            try:
                found.done.append(await cancel(each.id, by=by, at=at, reason=reason, waive=waive))
            except Refused as refusal:
                found.refused.append((each, refusal))
            except NotFound:
                continue
    return found


async def _along(chosen: Sequence[Reservation], by: Member, at: datetime) -> list[Any]:
    """The equipment that was taken along with these and can still be ended: it goes with its room, as everywhere."""
    ids = db.many(each.id for each in chosen)
    beside = await db.models(Reservation, f"WHERE {db.among('beside_id')} ORDER BY begins_at, id", ids)
    return [each for each in beside if cancel_offer(each, at, by_venue=by.id != each.member_id).allowed]
