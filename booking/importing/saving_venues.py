"""Saving venues with their hours, holidays and closures."""

from __future__ import annotations

from typing import Any

from booking import places
from booking.errors import Refused
from booking.houses import checking
from booking.importing.files import Record
from booking.importing.folder import Network
from booking.importing.known import Known, save_hours
from booking.importing.report import Run
from booking.importing.shapes import VenueShape
from booking.places.models import Closure, OpenHoliday, Venue, YearlyClosure
from booking.timespan import TimeSpan, day_span


async def save_venues(network: Network, known: Known, run: Run) -> None:
    changed: dict[str, tuple[bool, dict[str, tuple[Any, Any]]]] = {}
    for record in network.venues:
        venue, found = record.value, known.venues.get(record.value.key)
        entity = known.entities.get(venue.entity)
        if entity is None:
            run.reading.complain(record, "entity", f"There is no entity {venue.entity}.")
            continue
        if found and await _stays(record, found, run):
            continue
        row, fields = await run.save(Venue, found, {"key": venue.key}, _venue_columns(venue, entity.id))
        known.venues[row.key] = row
        changed[row.key] = (found is None, fields)
    hours = await places.hours_of([known.venues[key].id for key in changed])
    for record in network.venues:
        if record.value.key not in changed:
            continue
        row, (new, fields) = known.venues[record.value.key], changed[record.value.key]
        await _ask(record, row, known, run, fields)
        await save_hours(row.id, None, record.value.opening_hours, hours.get((row.id, None), []), fields)
        await _days(record.value, row, run, fields)
        await run.note("venue", row.key, row.id, new=new, fields={} if new else fields, venue_id=row.id)


async def _stays(record: Record[VenueShape], found: Any, run: Run) -> bool:
    """Complain where the file changes what bookings and prices were agreed in."""
    rules = {"currency": checking.currency_may_change, "zone": checking.zone_may_change}
    for name, ask in rules.items():
        if getattr(found, name) != getattr(record.value, name):
            try:
                await ask(found.id)
            except Refused as refusal:
                run.reading.complain(record, name, refusal.sentence)
                return True
    return False


def _venue_columns(venue: VenueShape, entity_id: int) -> dict[str, Any]:
    same = {
        name: getattr(venue, name)
        for name in (
            "kind", "name", "names", "operator", "lat", "lon", "precision", "zone", "currency", "capacity_people",
            "languages", "features", "access", "status", "status_on", "status_note", "demo",
        )
    }  # fmt: skip
    return {
        **same,
        **venue.address.model_dump(),
        "entity_id": entity_id,
        "descriptions": venue.description,
        "city_names": venue.city_names or None,
        "facts": [fact.model_dump(exclude_defaults=True) for fact in venue.facts],
        "contact_name": venue.contact.name,
        "contact_email": venue.contact.email,
        "contact_phone": venue.contact.phone,
        "website": venue.contact.website,
        "holidays_region": venue.holidays,
        "status_notes": venue.status_notes or None,
    }


async def _ask(record: Record[VenueShape], row: Any, known: Known, run: Run, fields: dict[str, Any]) -> None:
    """Set the office to ask, once every venue is there."""
    asked = known.venues.get(record.value.ask) if record.value.ask else None
    if record.value.ask and asked is None:
        run.reading.complain(record, "ask", f"There is no venue {record.value.ask}.")
        return
    ask_id = asked.id if asked else None
    if row.ask_id != ask_id:
        before = next((venue.key for venue in known.venues.values() if venue.id == row.ask_id), None)
        fields["ask"] = (before, record.value.ask)
        row.ask_id = ask_id
        await row.save(update_fields=["ask_id"])


async def _days(venue: VenueShape, row: Any, run: Run, fields: dict[str, Any]) -> None:
    """Yearly closures and open holidays are replaced where they differ; dated closures are added where missing."""
    yearly = sorted(
        (each.first, each.last, each.reason, each.reasons) for each in venue.closures if each.yearly
    )
    there = await YearlyClosure.filter(venue_id=row.id)
    before = sorted((each.first_day, each.last_day, each.reason, each.reasons or {}) for each in there)
    if yearly != before:
        fields["yearly_closures"] = (before, yearly)
        await YearlyClosure.filter(venue_id=row.id).delete()
        for first, last, reason, reasons in yearly:
            await YearlyClosure.create(
                venue_id=row.id, first_day=first, last_day=last, reason=reason, reasons=reasons or None
            )
    opened = sorted(set(venue.open_holidays))
    open_before = (
        await OpenHoliday.filter(venue_id=row.id).order_by("on_date").values_list("on_date", flat=True)
    )
    if opened != list(open_before):
        fields["open_holidays"] = ([str(day) for day in open_before], [str(day) for day in opened])
        await OpenHoliday.filter(venue_id=row.id).delete()
        await OpenHoliday.bulk_create(OpenHoliday(venue_id=row.id, on_date=day) for day in opened)
    for each in venue.closures:
        if each.yearly:
            continue
        span = TimeSpan(
            day_span(each.first_on, venue.zone).begins_at, day_span(each.last_on, venue.zone).ends_at
        )
        # One that a manager has withdrawn since stays withdrawn.
        marks = {
            "venue_id": row.id,
            "resource_id": None,
            "begins_at": span.begins_at,
            "ends_at": span.ends_at,
        }
        if not await Closure.exists(**marks):
            closure = await places.close(row, None, span, each.reason, by_id=None, at=run.at)
            if each.reasons:
                await Closure.filter(id=closure.id).update(reasons=each.reasons)
            fields[f"closure {each.first}"] = (None, each.reason)
