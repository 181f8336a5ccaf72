"""Saving units and resources, with what they take, their rules, hours and tariffs."""

from __future__ import annotations

from typing import Any

from booking import places
from booking.houses import checking
from booking.importing.files import Record
from booking.importing.folder import Network
from booking.importing.known import Known, save_hours, superseded
from booking.importing.report import Run
from booking.importing.shapes import ResourceShape, Rules
from booking.places.models import Resource, ResourceUnit, Unit
from booking.pricing.models import TariffRow


async def save_units(network: Network, known: Known, run: Run) -> None:
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


async def save_resources(network: Network, known: Known, run: Run) -> None:
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
        await save_hours(venue.id, row.id, resource.opening_hours, hours.get((venue.id, row.id), []), fields)
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
    try:
        await checking.units_may_change(found.id, before, after, takes=(found.takes, takes), at=run.at)
    except checking.UnitsHeld as refusal:
        run.reading.complain(record, "units", refusal.sentence)
        return False
    return True


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
        try:
            added = checking.tariff_is_new(found, prices, tariff.from_on)
        except checking.Superseded:
            run.reading.complain(record, f"tariffs[{number}]", superseded(tariff.from_on))
            continue
        if added:
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
    await TariffRow.bulk_create(fresh)
