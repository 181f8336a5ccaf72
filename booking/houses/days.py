"""Public holidays on which the house is open all the same, and the closures that come back each year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from booking import db
from booking.errors import NotFound, Refused
from booking.houses.changing import begin, lock_house, note, resources_of
from booking.houses.touching import NoLongerFit, misfits, newly
from booking.i18n import lazy
from booking.members import Member
from booking.places import Venue, holiday_names
from booking.places.models import OpenHoliday, YearlyClosure
from booking.timespan import local_day


class NoHoliday(Refused):
    """Nothing is to be switched on that day."""

    code = "no_holiday"
    text = lazy("%(day)s is no coming public holiday of this house.")


async def open_on(venue_id: int, day: date, *, by: Member, at: datetime, **more: Any) -> bool:
    """Be open on a public holiday all the same. Returns whether it changed. Raises NotFound, NoHoliday."""
    return await _switch(venue_id, day, True, by=by, at=at, confirmed=True, **more)


async def shut_on(
    venue_id: int, day: date, *, by: Member, at: datetime, confirmed: bool = False, **more: Any
) -> bool:
    """Be closed on a public holiday after all. Raises NotFound, NoHoliday, NoLongerFit."""
    return await _switch(venue_id, day, False, by=by, at=at, confirmed=confirmed, **more)


@db.atomic
async def _switch(
    venue_id: int, day: date, opened: bool, *, by: Member, at: datetime, confirmed: bool, **more: Any
) -> bool:
    venue = await begin(venue_id, by=by, at=at)
    if day < local_day(at, venue.zone) or day not in holiday_names(venue.holidays_region, [day.year]):
        raise NoHoliday(day=day)
    there = await OpenHoliday.exists(venue_id=venue.id, on_date=day)
    if there == opened:
        return False
    ids, fitted = await _before(venue, at, confirmed)
    if opened:
        await OpenHoliday.create(venue_id=venue.id, on_date=day)
    else:
        await OpenHoliday.filter(venue_id=venue.id, on_date=day).delete()
    await _after(ids, fitted, at, confirmed)
    await note(
        "holiday.switched",
        venue.subject,
        venue,
        {"open": there},
        {"open": opened},
        by=by,
        at=at,
        day=day,
        **more,
    )
    return True


@db.atomic
async def add_yearly(
    venue_id: int,
    first_day: str,
    last_day: str,
    reason: str,
    *,
    by: Member,
    at: datetime,
    reasons: dict[str, str] | None = None,
    confirmed: bool = False,
    **more: Any,
) -> YearlyClosure:
    """Close each year from month and day to month and day ('12-24'), both included. Raises NotFound, NoLongerFit.

    The same again is the first one.
    """
    venue = await begin(venue_id, by=by, at=at)
    wanted: dict[str, Any] = {"first_day": first_day, "last_day": last_day, "reason": reason}
    if same := await YearlyClosure.filter(venue_id=venue.id, **wanted).first():
        return same
    ids, fitted = await _before(venue, at, confirmed)
    made = await YearlyClosure.create(venue_id=venue.id, **wanted, reasons=reasons)
    await _after(ids, fitted, at, confirmed)
    await note(
        "yearly.added", venue.subject, venue, None, {**wanted, "reasons": reasons}, by=by, at=at, **more
    )
    return made


@db.atomic
async def remove_yearly(venue_id: int, yearly_id: int, *, by: Member, at: datetime, **more: Any) -> None:
    """Do not close each year any more. Raises NotFound."""
    venue = await begin(venue_id, by=by, at=at)
    found = await YearlyClosure.get_or_none(id=yearly_id, venue_id=venue.id)
    if found is None:
        raise NotFound
    before = {name: getattr(found, name) for name in ("first_day", "last_day", "reason", "reasons")}
    await found.delete()
    await note("yearly.removed", venue.subject, venue, before, None, by=by, at=at, **more)


async def _before(venue: Venue, at: datetime, confirmed: bool) -> tuple[list[int], Any]:
    if confirmed:
        return [], {}
    await lock_house(venue)
    ids = await resources_of(venue)
    return ids, await misfits(ids, at)


async def _after(ids: list[int], fitted: Any, at: datetime, confirmed: bool) -> None:
    if not confirmed and (touched := newly(fitted, await misfits(ids, at))):
        raise NoLongerFit(touched)
