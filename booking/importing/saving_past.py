"""Saving reservations and presences of the past: keyed, compared first, in few statements however many rows."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from booking import db, places, pricing
from booking.importing.files import Record
from booking.importing.report import Run, differences
from booking.members import Member
from booking.occupancy import IMPORTED, Presence
from booking.places import Resource, Unit, Venue
from booking.pricing import Quote
from booking.reservations import Claim, Reservation
from booking.timespan import TimeSpan

IDS = uuid5(NAMESPACE_URL, "https://share-the-desk.example/history")
AT_ONCE = 500
# Nobody's account: it stands for all who booked before and are no members. Suspended, so that nobody signs in as it.
SOMEBODY = "somebody@history.invalid"
SOMEBODY_NAME = "Somebody, before"


@dataclass
class Mark:
    """What an import brought to one venue: how many rows, and between which instants they lie."""

    begins_at: datetime
    ends_at: datetime
    reservations: int = 0
    presences: int = 0


Touched = dict[int, Mark]


# --- reservations --------------------------------------------------------------------------------------


async def save_reservations(records: Sequence[Record[Any]], run: Run, touched: Touched) -> None:
    """Make who is new, change what differs; the units of each are claimed for its own time."""
    if not records:
        return
    keys = list({record.value.resource for record in records})
    resources = {each.key: each for each in await _in_parts(keys, lambda part: Resource.filter(key__in=part))}
    venues = {each.id: each for each in await Venue.all()}
    for each in resources.values():
        each.venue = venues[each.venue_id]
    units = await places.units_of([each.id for each in resources.values()])
    await db.lock(Unit, {unit for those in units.values() for unit in those})
    members = await _members(records, run)
    wanted = _wanted(records, resources, units, members, run)
    if run.reading.problems:
        return
    there = {
        row.id: row for row in await _in_parts(list(wanted), lambda part: Reservation.filter(id__in=part))
    }
    changes = {
        id: differences(there[id], columns) for id, (_record, columns) in wanted.items() if id in there
    }
    moved = [id for id in wanted if id not in there or changes[id]]
    for part in _parts([id for id in moved if id in there]):
        await Claim.filter(reservation_id__in=part).delete()
    claims = await _claims([wanted[id] for id in moved], resources, units, run)
    if run.reading.problems:
        return
    fresh = []
    for id, (record, columns) in wanted.items():
        if id not in there:
            resource = resources[record.value.resource]
            fresh.append(Reservation(**columns, **_fixed(record.value, id, resource, run.at)))
        elif changes[id]:
            await (
                there[id]
                .update_from_dict(columns | {"revised_at": run.at})
                .save(update_fields=[*changes[id], "revised_at"])
            )
        await run.note(
            "reservation",
            record.value.key,
            0,
            new=id not in there,
            fields=changes.get(id),
            told=False,
        )
        if id not in there or changes[id]:
            _mark(touched, columns).reservations += 1
    await Reservation.bulk_create(fresh, batch_size=AT_ONCE)
    await Claim.bulk_create(claims, batch_size=AT_ONCE)


async def _members(records: Sequence[Record[Any]], run: Run) -> dict[str, int]:
    """The ids of the members named, by address; '' is the account that stands for everybody else."""
    emails = list({record.value.member for record in records if record.value.member})
    found = {
        each.email: each.id for each in await _in_parts(emails, lambda part: Member.filter(email__in=part))
    }
    if any(not record.value.member for record in records):
        somebody = await Member.get_or_none(email=SOMEBODY)
        if somebody is None:
            somebody = await Member.create(
                email=SOMEBODY,
                name=SOMEBODY_NAME,
                category="external",
                created_at=run.at,
                suspended_at=run.at,
            )
        found[""] = somebody.id
    return found


def _wanted(
    records: Sequence[Record[Any]],
    resources: Mapping[str, Any],
    units: Mapping[int, Sequence[int]],
    members: Mapping[str, int],
    run: Run,
) -> dict[UUID, tuple[Record[Any], dict[str, Any]]]:
    """The columns of each row by its id; complaints about what does not fit the places and members there are."""
    found: dict[UUID, tuple[Record[Any], dict[str, Any]]] = {}
    for record in records:
        row = record.value
        resource = resources.get(row.resource)
        if resource is None:
            run.reading.complain(record, "resource", f"There is no resource {row.resource}.")
            continue
        if row.member and row.member not in members:
            run.reading.complain(record, "member", f"There is no member with the address {row.member}.")
        if row.id in found:
            run.reading.complain(record, "key", f"It stands already in {found[row.id][0].place}.")
        most = len(units.get(resource.id, ())) if resource.takes == "any" else 1
        if row.quantity > most:
            run.reading.complain(record, "quantity", f"There are {most} of it.")
        times = _times(record, resource.venue.zone, run)
        if times is None:
            continue
        found[row.id] = (
            record,
            {
                "member_id": members.get(row.member or "", 0),
                "booked_by_id": members.get(row.member or "", 0),
                "resource_id": resource.id,
                "venue_id": resource.venue_id,
                "people": row.people,
                "quantity": row.quantity,
                "title": row.title,
                "state": row.state,
                "cancelled_by_id": _canceller(row, members),
                "net_cents": row.net_cents,
                "total_cents": row.net_cents,
                "fee_cents": row.fee_cents,
                "currency": resource.venue.currency,
                **times,
                "terms": _terms(resource, times, row, resource.venue.zone),
            },
        )
    return found


def _canceller(row: Any, members: Mapping[str, int]) -> int | None:
    """Nobody stands for the house, where it cancelled."""
    if row.state != "cancelled" or row.cancelled_by_house:
        return None
    return members.get(row.member or "")


def _times(record: Record[Any], zone: str, run: Run) -> dict[str, Any] | None:
    """The instants of a row; None, and a complaint, where they make no sense."""
    row = record.value
    found: dict[str, Any] = {}
    named = {
        "begins": "begins_at",
        "ends": "ends_at",
        "booked": "created_at",
        "cancelled": "cancelled_at",
        "checked_in": "checked_in_at",
        "checked_out": "checked_out_at",
        "released": "released_at",
    }
    for name, column in named.items():
        moment = getattr(row, name)
        try:
            found[column] = moment.instant(zone) if moment else None
        except ValueError as wrong:
            run.reading.complain(record, name, str(wrong))
            return None
    problem = _order(found, run.at)
    if problem:
        run.reading.complain(record, *problem)
        return None
    # Not known: the figures take a moment of booking that lies after the beginning for that.
    found["created_at"] = found["created_at"] or found["ends_at"]
    found["no_show_at"] = (found["released_at"] or found["ends_at"]) if row.no_show else None
    return found


def _order(times: Mapping[str, Any], at: datetime) -> tuple[str, str] | None:
    begins_at, ends_at = times["begins_at"], times["ends_at"]
    released, came, left = times["released_at"], times["checked_in_at"], times["checked_out_at"]
    if ends_at <= begins_at:
        return "ends", "It ends before it begins."
    if ends_at > at:
        return "ends", "This is not over yet; history is what lies before now."
    if times["cancelled_at"] and times["cancelled_at"] > ends_at:
        return "cancelled", "It was over by then."
    if times["created_at"] and times["created_at"] > ends_at:
        return "booked", "It was over by then."
    if released and not begins_at <= released <= ends_at:
        return "released", "This is not between its beginning and its end."
    if came and came >= ends_at:
        return "checked_in", "It was over by then."
    if left and (left <= came or left > at):
        return "checked_out", "This is before the check-in, or not yet."
    return None


def _terms(resource: Any, times: Mapping[str, Any], row: Any, zone: str) -> dict[str, Any]:
    terms = pricing.terms_for(resource, times["begins_at"]).to_json()
    if row.free_until:
        terms["free_until"] = row.free_until.instant(zone).isoformat()
    return terms


def _fixed(row: Any, id: UUID, resource: Any, at: datetime) -> dict[str, Any]:
    """What is written once, when the row is made."""
    quote = Quote((), row.net_cents, 0, 0, row.net_cents, resource.venue.currency, "")
    return {
        "id": id,
        "uid": str(id),
        "rate": IMPORTED,
        "vat_basis_points": 0,
        "vat_cents": 0,
        "quote": quote.to_json(),
        # Its money was dealt with elsewhere, so nothing waits to be taken.
        "posted_at": at,
        "revised_at": at,
    }


async def _claims(
    rows: Sequence[tuple[Record[Any], dict[str, Any]]],
    resources: Mapping[str, Any],
    units: Mapping[int, Sequence[int]],
    run: Run,
) -> list[Claim]:
    """Units for each confirmed row, for its own time only; a complaint where there are not enough free ones."""
    live = sorted(
        (row for row in rows if row[1]["state"] == "confirmed"), key=lambda row: row[1]["begins_at"]
    )
    if not live:
        return []
    held: dict[int, list[TimeSpan]] = {}
    first, last = live[0][1]["begins_at"], max(columns["ends_at"] for _record, columns in live)
    wanted = sorted({unit for _record, columns in live for unit in units[columns["resource_id"]]})
    for part in _parts(wanted):
        there = Claim.filter(unit_id__in=part, begins_at__lt=last, ends_at__gt=first)
        for unit_id, begins_at, ends_at in await there.values_list("unit_id", "begins_at", "ends_at"):
            insort(held.setdefault(unit_id, []), TimeSpan(begins_at, ends_at))
    made: list[Claim] = []
    for record, columns in live:
        ends_at = columns["released_at"] or columns["ends_at"]
        if ends_at <= columns["begins_at"]:
            continue
        span = TimeSpan(columns["begins_at"], ends_at)
        own = units[columns["resource_id"]]
        free = [unit for unit in own if _is_free(held.get(unit, []), span)]
        any_of = resources[record.value.resource].takes == "any"
        number = record.value.quantity if any_of else len(own)
        if len(free) < number:
            run.reading.complain(record, "begins", "It is taken at that time by another reservation.")
            continue
        for unit in free[:number]:
            insort(held.setdefault(unit, []), span)
            made.append(
                Claim(unit_id=unit, reservation_id=record.value.id, begins_at=span.begins_at, ends_at=ends_at)
            )
    return made


def _is_free(held: Sequence[TimeSpan], span: TimeSpan) -> bool:
    place = bisect_left(held, span)
    return not any(held[near].overlaps(span) for near in (place - 1, place) if 0 <= near < len(held))


# --- presences -----------------------------------------------------------------------------------------


async def save_presences(records: Sequence[Record[Any]], run: Run, touched: Touched) -> None:
    """Make who is new, change what differs."""
    if not records:
        return
    venues = {each.key: each for each in await Venue.all()}
    keys = list({record.value.resource for record in records if record.value.resource})
    resources = {each.key: each for each in await _in_parts(keys, lambda part: Resource.filter(key__in=part))}
    emails = list({record.value.member for record in records if record.value.member})
    members = {
        each.email: each.id for each in await _in_parts(emails, lambda part: Member.filter(email__in=part))
    }
    named = list({uuid5(IDS, record.value.reservation) for record in records if record.value.reservation})
    bookings = {
        each.id: each for each in await _in_parts(named, lambda part: Reservation.filter(id__in=part))
    }
    wanted: dict[str, tuple[Record[Any], dict[str, Any]]] = {}
    for record in records:
        if record.value.key in wanted:
            run.reading.complain(record, "key", f"It stands already in {wanted[record.value.key][0].place}.")
        columns = _stay(record, venues, resources, members, bookings, run)
        if columns is not None:
            wanted[record.value.key] = (record, columns)
    if run.reading.problems:
        return
    there = {
        row.key: row for row in await _in_parts(list(wanted), lambda part: Presence.filter(key__in=part))
    }
    fresh = []
    for key, (_record, columns) in wanted.items():
        found = there.get(key)
        fields = differences(found, columns) if found else {}
        if found is None:
            fresh.append(Presence(key=key, recorded_at=run.at, **columns))
        elif fields:
            await found.update_from_dict(columns).save(update_fields=list(fields))
        await run.note("presence", key, 0, new=found is None, fields=fields, told=False)
        if found is None or fields:
            _mark(touched, columns).presences += 1
    await Presence.bulk_create(fresh, batch_size=AT_ONCE)


def _stay(
    record: Record[Any],
    venues: Mapping[str, Any],
    resources: Mapping[str, Any],
    members: Mapping[str, int],
    bookings: Mapping[UUID, Any],
    run: Run,
) -> dict[str, Any] | None:
    row = record.value
    venue, resource = venues.get(row.venue), resources.get(row.resource or "")
    booking = bookings.get(uuid5(IDS, row.reservation)) if row.reservation else None
    if venue is None:
        run.reading.complain(record, "venue", f"There is no venue {row.venue}.")
        return None
    if row.resource and (resource is None or resource.venue_id != venue.id):
        run.reading.complain(record, "resource", f"There is no resource {row.resource} in this venue.")
    if row.reservation and (booking is None or booking.venue_id != venue.id):
        run.reading.complain(
            record, "reservation", f"There is no reservation {row.reservation} of this venue in the history."
        )
    if row.member and row.member not in members:
        run.reading.complain(record, "member", f"There is no member with the address {row.member}.")
    try:
        begins_at, ends_at = row.begins.instant(venue.zone), row.ends.instant(venue.zone)
    except ValueError as wrong:
        run.reading.complain(record, "begins", str(wrong))
        return None
    if ends_at <= begins_at:
        run.reading.complain(record, "ends", "It ends before it begins.")
    elif ends_at > run.at:
        run.reading.complain(record, "ends", "This is not over yet; history is what lies before now.")
    return {
        "venue_id": venue.id,
        # Who came for a booking was in its space.
        "resource_id": resource.id if resource else booking.resource_id if booking else None,
        "reservation_id": booking.id if booking else None,
        "member_id": members.get(row.member or ""),
        "person": row.person,
        "people": row.people,
        "begins_at": begins_at,
        "ends_at": ends_at,
        "estimated": row.estimated,
        "source": row.source,
    }


# --- many rows -----------------------------------------------------------------------------------------


def _mark(touched: Touched, columns: Mapping[str, Any]) -> Mark:
    begins_at, ends_at = columns["begins_at"], columns["ends_at"]
    mark = touched.setdefault(columns["venue_id"], Mark(begins_at, ends_at))
    mark.begins_at, mark.ends_at = min(mark.begins_at, begins_at), max(mark.ends_at, ends_at)
    return mark


def _parts(values: Sequence[Any]) -> Iterable[list[Any]]:
    """So many at once as either engine takes in one statement."""
    for start in range(0, len(values), AT_ONCE):
        yield list(values[start : start + AT_ONCE])


async def _in_parts(values: Sequence[Any], query: Any) -> list[Any]:
    return [row for part in _parts(values) for row in await query(part)]
