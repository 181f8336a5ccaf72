"""Every change of a house from the events table, and undo: the same operations, with the values from before.

Undo is safe while what the change wrote is still what stands there: then nothing newer is lost. Each undo is checked
by the rules of its operation like any other change, and has an event of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from booking import db, i18n, places
from booking.errors import NotFound, Refused
from booking.events import Event
from booking.houses import days, hours, plans, prices, spaces, units, venues
from booking.houses.changing import ChangedSince, begin, plain
from booking.i18n import lazy
from booking.members import Member, roles
from booking.members.models import Role
from booking.places import Closure, Resource, Unit, Venue
from booking.places.models import OpenHoliday, YearlyClosure
from booking.pricing.models import TariffRow

# What the history tells, in groups that can be chosen.
KINDS: dict[str, tuple[str, ...]] = {
    "house": ("venue.added", "venue.changed", "venue.imported"),
    "spaces": ("resource.added", "resource.changed", "resource.imported"),
    "units": ("resource.composed", "unit.renamed"),
    "hours": (
        "hours.changed", "holiday.switched", "yearly.added", "yearly.removed", "venue.closed", "venue.reopened",
    ),
    "prices": ("tariff.added", "tariff.withdrawn"),
    "plans": ("plan.added", "plan.changed", "plan.removed", "plan.arranged"),
    "displays": (
        "display.added", "display.code_made", "display.paired", "display.revoked", "venue.proof_changed",
        "code.renewed",
    ),
    "people": ("role.granted", "role.revoked"),
}  # fmt: skip
NAMES = tuple(name for names in KINDS.values() for name in names)


class CannotUndo(Refused):
    """Changes of this kind are not taken back with one click."""

    code = "cannot_undo"
    text = lazy("This cannot be undone with one click. Change it on its own page.")


@dataclass(frozen=True, slots=True)
class Change:
    """One change as the history lists it: its event, who did it, whose it is, and whether undo is offered.

    `name` is that of the space, unit or person as it is called today, in the language spoken here; '' for the house.
    """

    event: Event
    by: Member | None
    name: str
    undoable: bool


def _of(venue_id: int, kind: str) -> QuerySet[Event]:
    return Event.filter(venue_id=venue_id, name__in=KINDS.get(kind, NAMES))


async def count(venue_id: int, kind: str = "") -> int:
    """How many changes there are."""
    return await _of(venue_id, kind).count()


async def changes(
    venue_id: int, kind: str = "", *, at: datetime, skip: int = 0, most: int = 50
) -> list[Change]:
    """The changes of a venue, newest first, in six queries."""
    listed = await _of(venue_id, kind).order_by("-id").offset(skip).limit(most)
    if not listed:
        return []
    people = await Member.filter(id__in=list({each.by_id for each in listed if each.by_id}))
    by_id = {each.id: each for each in people}
    names = await _names(listed)
    newer = await Event.filter(
        Q(subject__in=list({each.subject for each in listed})), id__gt=listed[-1].id, name__in=NAMES
    ).order_by("-id")
    return [
        Change(
            each,
            by_id.get(each.by_id or 0),
            names.get(each.subject, ""),
            _offers(each) and not any(_overrules(one, each) for one in newer),
        )
        for each in listed
    ]


async def _names(listed: Sequence[Event]) -> dict[str, str]:
    """What the spaces, units and people of these events are called, by subject."""
    ids: dict[str, set[int]] = {"resource": set(), "unit": set(), "member": set()}
    for each in listed:
        kind, _colon, number = each.subject.partition(":")
        if kind in ids:
            ids[kind].add(int(number))
    found = {row.subject: i18n.name_of(row) for row in await Resource.filter(id__in=list(ids["resource"]))}
    found |= {f"unit:{row.id}": row.name for row in await Unit.filter(id__in=list(ids["unit"]))}
    found |= {f"member:{row.id}": row.name for row in await Member.filter(id__in=list(ids["member"]))}
    return found


async def name_of(event: Event) -> str:
    """What the space, unit or person of an event is called today; '' for the house."""
    return (await _names([event])).get(event.subject, "")


def _offers(event: Event) -> bool:
    """Whether changes of this kind can be undone at all; of the roles those of hosts, which managers give."""
    return event.name in UNDO and (not event.name.startswith("role.") or event.data.get("kind") == "host")


def _overrules(newer: Event, older: Event) -> bool:
    """Whether the newer event changed something that the older one had changed. A hint for the list; undo asks anew."""
    if newer.id <= older.id or newer.subject != older.subject:
        return False
    if newer.data.get("undoes") == older.id:
        return True
    same = ("category", "from_on", "day")
    if newer.name != older.name or any(newer.data.get(each) != older.data.get(each) for each in same):
        return False
    ours, theirs = older.data.get("after"), newer.data.get("after")
    return isinstance(ours, dict) and isinstance(theirs, dict) and bool(set(ours) & set(theirs))


async def just_done(venue_id: int, *, by_id: int, at: datetime) -> int | None:
    """The change that this person made in this venue at this instant, if it was one alone and one that `undo` knows."""
    made = await Event.filter(venue_id=venue_id, by_id=by_id, at=at, name__in=NAMES).limit(2)
    return made[0].id if len(made) == 1 and _offers(made[0]) else None


@db.atomic
async def undo(venue_id: int, event_id: int, *, by: Member, at: datetime) -> Event:
    """Take a change back, by the operation that made it. Returns the event that was undone.

    Raises NotFound, CannotUndo, ChangedSince, and whatever the operation refuses (NoLongerFit, UnitsHeld …); then
    nothing has changed. Undoing twice is refused as ChangedSince.
    """
    venue = await begin(venue_id, by=by, at=at)
    event = await Event.get_or_none(id=event_id, venue_id=venue.id, name__in=list(NAMES))
    if event is None:
        raise NotFound
    if event.name not in UNDO:
        raise CannotUndo
    await UNDO[event.name](venue, event, by, at)
    return event


def _id_of(event: Event) -> int:
    return int(event.subject.partition(":")[2])


def _stands(row: Any, after: dict[str, Any]) -> None:
    """Raises ChangedSince where the row no longer says what the change wrote."""
    if any(plain(getattr(row, name)) != value for name, value in after.items()):
        raise ChangedSince


async def _venue(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    _stands(venue, event.data["after"])
    await venues.change_venue(venue.id, event.data["before"], by=by, at=at, undoes=event.id)


async def _resource(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    row = await Resource.get_or_none(id=_id_of(event), venue_id=venue.id)
    if row is None:
        raise ChangedSince
    _stands(row, event.data["after"])
    await spaces.change_resource(venue.id, row.id, event.data["before"], by=by, at=at, undoes=event.id)


async def _units(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    resource_id, was, became = _id_of(event), event.data["before"], event.data["after"]
    there = (await places.units_of([resource_id])).get(resource_id, [])
    row = await Resource.get_or_none(id=resource_id, venue_id=venue.id)
    if row is None or there != became["unit_ids"] or row.takes != became["takes"]:
        raise ChangedSince
    await units.set_units(venue.id, resource_id, was["unit_ids"], was["takes"], by=by, at=at, undoes=event.id)


async def _unit(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    row = await Unit.get_or_none(id=_id_of(event), venue_id=venue.id)
    if row is None or row.name != event.data["after"]["name"]:
        raise ChangedSince
    await units.rename_unit(venue.id, row.id, event.data["before"]["name"], by=by, at=at, undoes=event.id)


async def _hours(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    kind, _colon, number = event.subject.partition(":")
    resource_id = int(number) if kind == "resource" else None
    there = [list(plain(row)) for row in await hours.rows_of(venue, resource_id)]
    if sorted(there, key=str) != sorted(event.data["after"]["hours"], key=str):
        raise ChangedSince
    await hours.put_back(venue, resource_id, event.data["before"]["hours"], by=by, at=at, undoes=event.id)


async def _holiday(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    day = date.fromisoformat(event.data["day"])
    if await OpenHoliday.exists(venue_id=venue.id, on_date=day) != event.data["after"]["open"]:
        raise ChangedSince
    back = days.open_on if event.data["before"]["open"] else days.shut_on
    await back(venue.id, day, by=by, at=at, undoes=event.id)


async def _yearly_added(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    wanted = {name: event.data["after"][name] for name in ("first_day", "last_day", "reason")}
    row = await YearlyClosure.filter(venue_id=venue.id, **wanted).first()
    if row is None:
        raise ChangedSince
    await days.remove_yearly(venue.id, row.id, by=by, at=at, undoes=event.id)


async def _yearly_removed(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    was = event.data["before"]
    wanted = {name: was[name] for name in ("first_day", "last_day", "reason")}
    if await YearlyClosure.exists(venue_id=venue.id, **wanted):
        raise ChangedSince
    await days.add_yearly(venue.id, **wanted, reasons=was["reasons"], by=by, at=at, undoes=event.id)


async def _tariff_added(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    if not await TariffRow.exists(id=event.data["tariff_id"], resource__venue_id=venue.id):
        raise ChangedSince
    await prices.withdraw_tariff(venue.id, event.data["tariff_id"], by=by, at=at, undoes=event.id)


async def _tariff_withdrawn(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    data = event.data
    wanted = {"category": data["category"], "from_on": date.fromisoformat(data["from_on"])}
    if await TariffRow.exists(resource_id=_id_of(event), **wanted):
        raise ChangedSince
    await prices.add_tariff(
        venue.id, [_id_of(event)], **wanted, **data["before"], by=by, at=at, undoes=event.id
    )


async def _closed(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    closure = await Closure.get_or_none(id=_id_of(event), venue_id=venue.id)
    if closure is None or closure.withdrawn_at or closure.ends_at <= at:
        raise ChangedSince
    await places.withdraw(venue, closure.id, by_id=by.id, at=at)


async def _host_granted(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    role = await _host_of(venue, event)
    if role.revoked_at is not None or plain(role.ends_on) != event.data["ends_on"]:
        raise ChangedSince
    member = await Member.get(id=role.member_id)
    await roles.revoke(member.email, "host", f"venue:{venue.key}", by=by, at=at)


async def _host_revoked(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    role = await _host_of(venue, event)
    if await Role.exists(member_id=role.member_id, kind="host", venue_id=venue.id, revoked_at=None):
        raise ChangedSince
    member = await Member.get(id=role.member_id)
    await roles.grant(member.email, "host", f"venue:{venue.key}", ends_on=role.ends_on, by=by, at=at)


async def _host_of(venue: Venue, event: Event) -> Role:
    """The role of an event about a host. Other roles are for administrators, on their page."""
    role = await Role.get_or_none(id=event.data["role_id"], venue_id=venue.id)
    if role is None or role.kind != "host":
        raise CannotUndo
    return role


UNDO: dict[str, Callable[[Venue, Event, Member, datetime], Awaitable[None]]] = {
    "venue.changed": _venue,
    "resource.changed": _resource,
    "resource.composed": _units,
    "unit.renamed": _unit,
    "hours.changed": _hours,
    "holiday.switched": _holiday,
    "yearly.added": _yearly_added,
    "yearly.removed": _yearly_removed,
    "tariff.added": _tariff_added,
    "tariff.withdrawn": _tariff_withdrawn,
    "plan.added": plans.undo_added,
    "plan.changed": plans.undo_changed,
    "plan.removed": plans.undo_removed,
    "venue.closed": _closed,
    "role.granted": _host_granted,
    "role.revoked": _host_revoked,
}
