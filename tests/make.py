"""Valid rows by default; tests change only what they are about.

The cast: Alice is a member in Brussels, Bob shares her Activity, Charlie shares nothing with them, Stella manages a
venue in Lille, Theo is treasurer of the German entity, Ada administers. All invented.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from booking import budgets, reservations
from booking.budgets import Activity
from booking.members.models import Member, Role
from booking.places import plans
from booking.places.models import (
    Entity,
    FloorPlan,
    OpeningHours,
    Placement,
    Resource,
    ResourceUnit,
    Unit,
    Venue,
)
from booking.pricing.models import TariffRow, VatRate
from booking.reservations import Reservation
from booking.timespan import TimeSpan

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ZONE = "Europe/Brussels"

_numbers = count(1)


async def entity(**values: Any) -> Entity:
    """A Belgian entity with its VAT rates."""
    number = next(_numbers)
    made = await Entity.create(
        **{
            "key": f"entity-{number}",
            "name": f"Cooperative {number}",
            "country": "BE",
            "currency": "EUR",
            "zone": ZONE,
            **values,
        }
    )
    if not await VatRate.exists(country=made.country):
        for category in ("ROOM_SERVICED", "EQUIPMENT_HIRE"):
            await VatRate.create(
                country=made.country,
                category=category,
                from_on=date(2020, 1, 1),
                basis_points=2100,
                reason="standard rate where the place lies",
            )
    return made


async def venue(
    *, of: Entity | None = None, hours: tuple[int, int] | None = (480, 1320), **values: Any
) -> Venue:
    """A shared space in Brussels, open every day from 8 to 22 (hours=None: around the clock)."""
    number = next(_numbers)
    owner = of or await entity()
    made = await Venue.create(
        **{
            "key": f"venue-{number}",
            "entity_id": owner.id,
            "kind": "shared_space",
            "name": f"House {number}",
            "city": "Brussels",
            "country": owner.country,
            "lat": 50.85,
            "lon": 4.35,
            "zone": owner.zone,
            "currency": owner.currency,
            "capacity_people": 60,
            **values,
        }
    )
    opens, closes = hours or (0, 1440)
    await OpeningHours.bulk_create(
        [
            OpeningHours(venue_id=made.id, weekday=weekday, opens_minute=opens, closes_minute=closes)
            for weekday in range(1, 8)
        ]
    )
    return made


async def resource(
    *,
    at: Venue | None = None,
    units: int = 1,
    shares: list[int] | None = None,
    hour_cents: int | None = 1000,
    half_day_cents: int | None = 3000,
    day_cents: int | None = 5000,
    external_hour_cents: int | None = 1500,
    **values: Any,
) -> Resource:
    """A meeting room for eight at 10 an hour; `units` > 1 makes a pool; `shares` are ids of units it takes instead."""
    number = next(_numbers)
    home = at or await venue()
    made = await Resource.create(
        **{
            "key": f"resource-{number}",
            "venue_id": home.id,
            "kind": "meeting_room" if units == 1 else "desk",
            "name": f"Room {number}",
            "takes": "all" if units == 1 else "any",
            "capacity_people": 8 if units == 1 else 1,
            "raster_minutes": 15,
            "shortest_minutes": 15,
            "longest_minutes": 1440,
            "horizon_days": 365,
            **values,
        }
    )
    ids = shares
    if ids is None:
        ids = []
        for place in range(units):
            unit = await Unit.create(
                key=f"unit-{number}-{place}", venue_id=home.id, name=f"{made.name} {place + 1}"
            )
            ids.append(unit.id)
    for place, unit_id in enumerate(ids):
        await ResourceUnit.create(resource_id=made.id, unit_id=unit_id, position=place)
    if hour_cents is not None:
        await tariff(made, home.currency, "member", hour_cents, half_day_cents, day_cents)
    if external_hour_cents is not None:
        await tariff(made, home.currency, "external", external_hour_cents, None, None)
    return await Resource.get(id=made.id).select_related("venue__entity", "skill")


async def tariff(
    of: Resource, currency: str, category: str, hour: int | None, half_day: int | None, day: int | None
) -> TariffRow:
    """A price list from 2020 on."""
    return await TariffRow.create(
        resource_id=of.id,
        category=category,
        from_on=date(2020, 1, 1),
        currency=currency,
        hour_cents=hour,
        half_day_cents=half_day,
        day_cents=day,
    )


async def plan(at: Venue, resources: list[Resource] | None = None, **values: Any) -> FloorPlan:
    """A floor of 20 by 12 metres; the resources lie on it in a row, three metres each."""
    number = next(_numbers)
    made = await FloorPlan.create(
        **{
            "id": uuid4(),
            "venue_id": at.id,
            "name": f"Floor {number}",
            "position": number,
            "width_cm": 2000,
            "height_cm": 1200,
            "created_at": NOW,
            **values,
        }
    )
    for place, each in enumerate(resources or []):
        await Placement.create(plan_id=made.id, resource_id=each.id, x=50 + place * 350, y=100, w=300, h=200)
    return made


async def ground(of: FloorPlan) -> FloorPlan:
    """A picture under a plan, as if it had been made: its file is no picture at all."""
    of.ground = {"kind": "picture", "stamp": "00000000", "width": 480, "height": 288, "widths": [480]}
    await of.save(update_fields=["ground"])
    path = plans._path(of.id, "00000000", "480.jpg")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"jpeg")
    return of


async def member(name: str = "Alice", **values: Any) -> Member:
    """A member who reads English."""
    number = next(_numbers)
    return await Member.create(
        **{
            "email": f"{name.lower()}-{number}@example.org",
            "name": name,
            "language": "en",
            "created_at": NOW - timedelta(days=400),
            **values,
        }
    )


async def role(kind: str, of: Member, *, entity: Entity | None = None, venue: Venue | None = None) -> Role:
    """A role without an end."""
    return await Role.create(
        kind=kind,
        member_id=of.id,
        entity_id=entity.id if entity else None,
        venue_id=venue.id if venue else None,
        granted_at=NOW - timedelta(days=30),
    )


async def manager(of: Venue, name: str = "Stella") -> Member:
    """A member who manages the venue."""
    made = await member(name)
    await role("manager", made, venue=of)
    return made


async def activity(
    owner: Member, *, of: Entity | None = None, cents: int = 100_000, currency: str = "", **values: Any
) -> Activity:
    """An Activity with 1 000.00 allotted to it."""
    number = next(_numbers)
    home = of or await entity()
    made = await budgets.open_activity(
        f"A-{number}",
        values.pop("name", f"Project {number}"),
        entity_id=home.id,
        currency=currency or home.currency,
        owner_id=owner.id,
        at=NOW - timedelta(days=100),
        **values,
    )
    made = await Activity.get(id=made.id).select_related("account", "entity")
    if cents:
        await budgets.allot(f"books-{number}", made, cents, at=NOW - timedelta(days=99))
    return await Activity.get(id=made.id).select_related("account", "entity")


def at(day: date, time: str, zone: str = ZONE) -> datetime:
    """A wall-clock time in the zone, as UTC: at(date(2026, 11, 24), '09:30')."""
    hour, minute = time.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZoneInfo(zone)).astimezone(
        UTC
    )


def span(begins: str = "10:00", ends: str = "12:00", *, days: int = 1, zone: str = ZONE) -> TimeSpan:
    """A span of wall-clock time, tomorrow (or so many days after NOW)."""
    day = NOW.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return TimeSpan(at(day, begins, zone), at(day, ends, zone))


async def reservation(
    of: Resource,
    by: Member,
    when: TimeSpan | None = None,
    *,
    on: Activity | None = None,
    id: UUID | None = None,
    moment: datetime = NOW,
    **values: Any,
) -> Reservation:
    """A reservation made through the real operation; an Activity is made for it if none is given."""
    pays = on or await activity(by, of=of.venue.entity)
    return await reservations.reserve(
        id or uuid4(), of.id, when or span(), by=by, at=moment, activity_id=pays.id, **values
    )
