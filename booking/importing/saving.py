"""Bringing the database to what a network's files say: keyed, compared first, and nothing is ever deleted.

Runs inside one transaction. What may not change under members' bookings is refused: the units that an upcoming
reservation holds, a tariff or a VAT rate of a day that has one, the currency of prices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from booking import db, places
from booking.importing.files import Record
from booking.importing.folder import Network
from booking.importing.report import Run
from booking.importing.shapes import Hours, ResourceShape, Rules, VenueShape
from booking.ledger import Account
from booking.members import Skill
from booking.places.models import (
    Closure,
    Entity,
    OpenHoliday,
    OpeningHours,
    Resource,
    ResourceUnit,
    Unit,
    Venue,
    YearlyClosure,
)
from booking.pricing.models import ExchangeRate, TariffRow, VatRate
from booking.reservations import Claim
from booking.timespan import TimeSpan, day_span

LOCKED_AT_ONCE = 5000


@dataclass
class Known:
    """What the database holds, by key; grows while the import goes on."""

    entities: dict[str, Any] = field(default_factory=dict)
    skills: dict[str, Any] = field(default_factory=dict)
    venues: dict[str, Any] = field(default_factory=dict)
    units: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)


async def save(network: Network, run: Run) -> None:
    """Save everything, in the order in which one thing needs another. Complaints go to `run.reading`."""
    models: dict[str, Any] = {
        "entities": Entity,
        "skills": Skill,
        "venues": Venue,
        "units": Unit,
        "resources": Resource,
    }
    known = Known(**{name: {row.key: row for row in await model.all()} for name, model in models.items()})
    await _lock_touched(network, known)
    await _entities(network, known, run)
    await _rates(network, run)
    await _skills(network, known, run)
    await _venues(network, known, run)
    await _units(network, known, run)
    await _resources(network, known, run)


async def _lock_touched(network: Network, known: Known) -> None:
    """Lock the units whose resources may change, all at once and by id, before anything is looked at."""
    keys = {key for resource in network.resources for key in resource.value.unit_keys}
    ids = {known.units[key].id for key in keys if key in known.units}
    there = [
        known.resources[each.value.key].id for each in network.resources if each.value.key in known.resources
    ]
    for held in (await places.units_of(there)).values():
        ids |= set(held)
    ordered = sorted(ids)
    for start in range(0, len(ordered), LOCKED_AT_ONCE):
        await db.lock(Unit, ordered[start : start + LOCKED_AT_ONCE])


async def _entities(network: Network, known: Known, run: Run) -> None:
    for record in network.entities:
        wanted = record.value.model_dump(exclude={"key"})
        wanted["status_notes"] = wanted["status_notes"] or None
        found = known.entities.get(record.value.key)
        if found and found.currency != record.value.currency and await Account.exists(entity_id=found.id):
            run.reading.complain(record, "currency", "Its books are kept already; their currency stays.")
            continue
        row, fields = await run.save(Entity, found, {"key": record.value.key}, wanted)
        known.entities[row.key] = row
        await run.note("entity", row.key, row.id, new=found is None, fields=fields)


async def _rates(network: Network, run: Run) -> None:
    vat = {(row.country, row.category, row.from_on): row for row in await VatRate.all()}
    for record in network.vat_rates:
        rate = record.value
        found: Any = vat.get((rate.country, rate.category, rate.from_on))
        if found and (found.basis_points, found.reason) != (rate.basis_points, rate.reason):
            run.reading.complain(record, "basis_points", _superseded(rate.from_on))
            continue
        row = found or await VatRate.create(**rate.model_dump())
        await run.note(
            "vat_rate", f"{rate.country} {rate.category} {rate.from_on}", row.id, new=found is None
        )
    exchange = {(row.currency, row.on_date): row for row in await ExchangeRate.all()}
    for each in network.exchange_rates:
        found = exchange.get((each.value.currency, each.value.on))
        if found and found.per_euro != each.value.per_euro:
            run.reading.complain(each, "per_euro", _superseded(each.value.on))
            continue
        row = found or await ExchangeRate.create(
            currency=each.value.currency,
            on_date=each.value.on,
            per_euro=each.value.per_euro,
            source=each.value.source,
        )
        await run.note("exchange_rate", f"{each.value.currency} {each.value.on}", row.id, new=found is None)


def _superseded(from_on: Any) -> str:
    return f"What holds from {from_on} is never edited: add a row with a later date."


async def _skills(network: Network, known: Known, run: Run) -> None:
    for record in network.skills:
        skill = record.value
        wanted = {
            "names": {"en": skill.name, **skill.names},
            "valid_months": skill.valid_months,
            "across_venues": skill.across_venues,
        }
        found = known.skills.get(skill.key)
        row, fields = await run.save(Skill, found, {"key": skill.key}, wanted)
        known.skills[row.key] = row
        await run.note("skill", row.key, row.id, new=found is None, fields=fields)


# --- venues --------------------------------------------------------------------------------------


async def _venues(network: Network, known: Known, run: Run) -> None:
    changed: dict[str, tuple[bool, dict[str, tuple[Any, Any]]]] = {}
    for record in network.venues:
        venue, found = record.value, known.venues.get(record.value.key)
        entity = known.entities.get(venue.entity)
        if entity is None:
            run.reading.complain(record, "entity", f"There is no entity {venue.entity}.")
            continue
        if found and found.currency != venue.currency and await TariffRow.exists(resource__venue_id=found.id):
            run.reading.complain(record, "currency", "It has prices already; their currency stays.")
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
        await _hours(row.id, None, record.value.opening_hours, hours.get((row.id, None), []), fields)
        await _days(record.value, row, run, fields)
        await run.note("venue", row.key, row.id, new=new, fields=fields, venue_id=row.id)


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
        fields["ask"] = (row.ask_id, ask_id)
        row.ask_id = ask_id
        await row.save(update_fields=["ask_id"])


async def _hours(
    venue_id: int,
    resource_id: int | None,
    hours: list[Hours],
    there: list[OpeningHours],
    fields: dict[str, Any],
) -> None:
    """Replace the weekly hours of a venue, or of one resource, where they differ."""
    wanted = sorted(
        (row.weekday, row.opens, row.closes_minute, str(row.valid_from or ""), str(row.valid_until or ""))
        for row in hours
    )
    before = sorted(
        (
            row.weekday,
            row.opens_minute,
            row.closes_minute,
            str(row.valid_from or ""),
            str(row.valid_until or ""),
        )
        for row in there
    )
    if wanted == before:
        return
    fields["opening_hours"] = (before, wanted)
    await OpeningHours.filter(id__in=[row.id for row in there]).delete()
    await OpeningHours.bulk_create(
        OpeningHours(
            venue_id=venue_id,
            resource_id=resource_id,
            weekday=row.weekday,
            opens_minute=row.opens,
            closes_minute=row.closes_minute,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in hours
    )


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


# --- units and resources ---------------------------------------------------------------------------


async def _units(network: Network, known: Known, run: Run) -> None:
    """Units of their own lines, and those that resources with a quantity make for themselves."""
    wanted: list[tuple[str, str, str, Record[Any]]] = [
        (each.value.key, each.value.venue, each.value.name, each) for each in network.units
    ]
    named = {key for key, _venue, _name, _record in wanted}
    for resource in network.resources:
        if resource.value.quantity is not None:
            wanted += [
                (key, resource.value.venue, str(number), resource)
                for number, key in enumerate(resource.value.unit_keys, start=1)
                if key not in named
            ]
    fresh: list[Unit] = []
    for key, venue_key, name, record in wanted:
        venue, found = known.venues.get(venue_key), known.units.get(key)
        if venue is None:
            if isinstance(record.value, ResourceShape):
                continue  # said of the resource itself
            run.reading.complain(record, "venue", f"There is no venue {venue_key}.")
        elif found is None:
            fresh.append(Unit(key=key, venue_id=venue.id, name=name))
        elif found.venue_id != venue.id:
            run.reading.complain(record, "venue", "A unit stays in its venue: give the other one a new key.")
        else:
            _row, fields = await run.save(Unit, found, {}, {"name": name})
            await run.note("unit", key, found.id, new=False, fields=fields, told=False)
    await Unit.bulk_create(fresh, batch_size=500)
    for row in await Unit.filter(key__in=[unit.key for unit in fresh]) if fresh else []:
        known.units[row.key] = row
        await run.note("unit", row.key, row.id, new=True, told=False)


async def _resources(network: Network, known: Known, run: Run) -> None:
    there = [
        known.resources[each.value.key].id for each in network.resources if each.value.key in known.resources
    ]
    links = await places.units_of(there)
    hours = await places.hours_of({row.venue_id for row in known.resources.values()})
    tariffs: dict[int, dict[Any, TariffRow]] = {}
    for row in await TariffRow.filter(resource_id__in=there) if there else []:
        tariffs.setdefault(row.resource_id, {})[(row.category, row.from_on)] = row
    in_file = {each.value.key for each in network.resources}
    unbookable = {each.value.key for each in network.venues if each.value.bookable is False}
    positions: dict[str, int] = {}
    for record in network.resources:
        resource, found = record.value, known.resources.get(record.value.key)
        venue = known.venues.get(resource.venue)
        skill = known.skills.get(resource.rules.skill) if resource.rules.skill else None
        unit_ids = _unit_ids(record, venue, known, run)
        if resource.rules.skill and skill is None:
            run.reading.complain(record, "rules.skill", f"There is no skill {resource.rules.skill}.")
            continue
        if (
            resource.located_in
            and resource.located_in not in in_file
            and resource.located_in not in known.resources
        ):
            run.reading.complain(record, "located_in", f"There is no resource {resource.located_in}.")
            continue
        if venue is None or unit_ids is None:
            continue
        if found and found.venue_id != venue.id:
            run.reading.complain(
                record, "venue", "A resource stays in its venue: give the other one a new key."
            )
            continue
        columns = _resource_columns(resource, skill.id if skill else None)
        columns["published"] = resource.published and resource.venue not in unbookable
        columns["position"] = positions[resource.venue] = positions.get(resource.venue, -1) + 1
        before = links.get(found.id, []) if found else []
        if found and not await _units_may_change(record, found, before, unit_ids, columns["takes"], run):
            continue
        if found and any(getattr(found, name) != columns[name] for name in (*_RULE_COLUMNS, "takes")):
            columns["revision"] = found.revision + 1
        row, fields = await run.save(Resource, found, {"key": resource.key, "venue_id": venue.id}, columns)
        known.resources[row.key] = row
        if before != unit_ids:
            fields["units"] = (len(before), len(unit_ids))
            await ResourceUnit.filter(resource_id=row.id).delete()
            await ResourceUnit.bulk_create(
                ResourceUnit(resource_id=row.id, unit_id=unit_id, position=place)
                for place, unit_id in enumerate(unit_ids)
            )
        await _hours(venue.id, row.id, resource.opening_hours, hours.get((venue.id, row.id), []), fields)
        await _tariffs(record, row.id, venue.currency, tariffs.get(row.id, {}), run, fields)
        shown = {} if found is None else fields
        await run.note("resource", row.key, row.id, new=found is None, fields=shown, venue_id=venue.id)


_RULE_COLUMNS = tuple(name if name != "skill" else "skill_id" for name in Rules.model_fields)


def _resource_columns(resource: ResourceShape, skill_id: int | None) -> dict[str, Any]:
    rules = resource.rules.model_dump(exclude={"skill", "role"})
    same = {
        name: getattr(resource, name)
        for name in ("kind", "name", "names", "capacity_people", "area_m2", "features", "step_free", "vat_category",
                     "demo")
    }  # fmt: skip
    return {
        **same,
        **rules,
        "role": resource.rules.role or "",
        "skill_id": skill_id,
        "descriptions": resource.description,
        "takes": resource.takes_units,
        "located_in": resource.located_in or "",
        "existence_note": resource.existence,
    }


def _unit_ids(record: Record[ResourceShape], venue: Any, known: Known, run: Run) -> list[int] | None:
    """The ids of the resource's units, or None with a complaint about the venue or the first wrong unit."""
    if venue is None:
        run.reading.complain(record, "venue", f"There is no venue {record.value.venue}.")
        return None
    ids: list[int] = []
    for key in record.value.unit_keys:
        unit = known.units.get(key)
        if unit is None or unit.venue_id != venue.id:
            run.reading.complain(record, "units", f"There is no unit {key} in {venue.key}.")
            return None
        ids.append(unit.id)
    return ids


async def _units_may_change(
    record: Record[ResourceShape], found: Any, before: list[int], after: list[int], takes: str, run: Run
) -> bool:
    """A pool may grow at any time; all else must wait until no upcoming reservation holds what would go."""
    if takes == found.takes and (set(before) == set(after) or (takes == "any" and set(before) <= set(after))):
        return True
    held = Claim.filter(reservation__resource_id=found.id, ends_at__gt=run.at)
    if takes == found.takes == "any":
        held = held.filter(unit_id__in=list(set(before) - set(after)))
    count = await held.count()
    if count:
        run.reading.complain(
            record, "units", f"{count} upcoming bookings hold units of it: they cannot change now."
        )
    return not count


async def _tariffs(
    record: Record[ResourceShape],
    resource_id: int,
    currency: str,
    there: dict[Any, TariffRow],
    run: Run,
    fields: Any,
) -> None:
    """Add the tariffs that are missing; one that is there may not say anything else."""
    fresh: list[TariffRow] = []
    for number, tariff in enumerate(record.value.tariffs):
        prices = tariff.model_dump(include={"hour_cents", "half_day_cents", "day_cents"})
        found = there.get((tariff.category, tariff.from_on))
        if found is None:
            fresh.append(
                TariffRow(
                    resource_id=resource_id,
                    category=tariff.category,
                    from_on=tariff.from_on,
                    currency=currency,
                    **prices,
                )
            )
            fields[f"tariff {tariff.category} {tariff.from_on}"] = (None, prices)
        elif any(getattr(found, name) != amount for name, amount in prices.items()):
            run.reading.complain(record, f"tariffs[{number}]", _superseded(tariff.from_on))
    await TariffRow.bulk_create(fresh)
