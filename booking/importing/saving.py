"""Bringing the database to what a network's files say: keyed, compared first, and nothing is ever deleted.

Runs inside one transaction. What may not change under members' bookings is refused: the units that an upcoming
reservation holds, a tariff or a VAT rate of a day that has one, the currency of prices.
"""

from __future__ import annotations

from typing import Any

from booking import db, places
from booking.importing.folder import Network
from booking.importing.known import Known, superseded
from booking.importing.report import Run
from booking.importing.saving_resources import save_resources, save_units
from booking.importing.saving_venues import save_venues
from booking.ledger import Account
from booking.members import Skill
from booking.places.models import Entity, Resource, Unit, Venue
from booking.pricing.models import ExchangeRate, VatRate

LOCKED_AT_ONCE = 5000


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
    await save_venues(network, known, run)
    await save_units(network, known, run)
    await save_resources(network, known, run)


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
        if found:
            # Treasurers keep these too: what the file does not say stays.
            wanted = {name: value for name, value in wanted.items() if value or name not in places.SELLER}
        row, fields = await run.save(Entity, found, {"key": record.value.key}, wanted)
        known.entities[row.key] = row
        await run.note("entity", row.key, row.id, new=found is None, fields=fields)


async def _rates(network: Network, run: Run) -> None:
    vat = {(row.country, row.category, row.from_on): row for row in await VatRate.all()}
    for record in network.vat_rates:
        rate = record.value
        found: Any = vat.get((rate.country, rate.category, rate.from_on))
        if found and (found.basis_points, found.reason) != (rate.basis_points, rate.reason):
            run.reading.complain(record, "basis_points", superseded(rate.from_on))
            continue
        row = found or await VatRate.create(**rate.model_dump())
        await run.note(
            "vat_rate", f"{rate.country} {rate.category} {rate.from_on}", row.id, new=found is None
        )
    exchange = {(row.currency, row.on_date): row for row in await ExchangeRate.all()}
    for each in network.exchange_rates:
        found = exchange.get((each.value.currency, each.value.on))
        if found and found.per_euro != each.value.per_euro:
            run.reading.complain(each, "per_euro", superseded(each.value.on))
            continue
        row = found or await ExchangeRate.create(
            currency=each.value.currency,
            on_date=each.value.on,
            per_euro=each.value.per_euro,
            source=each.value.source,
        )
        await run.note("exchange_rate", f"{each.value.currency} {each.value.on}", row.id, new=found is None)


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
