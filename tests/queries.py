"""Counting the questions that are put to the database, and making many rows quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from booking import db as database
from booking import postgres_backend, sqlite_backend
from booking.members.models import Member
from booking.places.models import Resource, ResourceUnit, Unit, Venue
from booking.pricing.models import TariffRow
from booking.reservations.models import Claim, Reservation
from tests.make import NOW

_numbers = count(1)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL that this process sends inside the block, in transactions too, one entry a question."""
    asked: list[str] = []
    nested = [False]

    def counting(client: Any, whole: Any, wholes: Any) -> None:
        async def one(self: Any, sql: str, values: Any = None) -> Any:
            if not nested[0]:
                asked.append(sql)
            return await whole(self, sql, values)

        async def many(self: Any, sql: str, values: Any = None) -> Any:
            # On one engine this one calls the other: count it once.
            asked.append(sql)
            nested[0] = True
            try:
                return await wholes(self, sql, values)
            finally:
                nested[0] = False

        client.execute_query, client.execute_query_dict = one, many

    # A transaction asks in a way of its own.
    transaction = (
        sqlite_backend.Transaction if database.dialect() == "sqlite" else postgres_backend.Transaction
    )
    clients: list[Any] = [type(database.connection()), transaction]
    before = [(each, each.execute_query, each.execute_query_dict) for each in clients]
    for each in before:
        counting(*each)
    try:
        yield asked
    finally:
        for client, whole, wholes in before:
            client.execute_query, client.execute_query_dict = whole, wholes


async def many_resources(venue: Venue, number: int) -> list[Resource]:
    """So many rooms, each with a unit and a tariff, in five statements."""
    first = next(_numbers) * 100_000
    rooms = [
        Resource(
            id=first + place,
            key=f"many-{first + place}",
            venue_id=venue.id,
            kind="meeting_room",
            name=f"Many {first + place}",
            capacity_people=8,
            position=place,
        )
        for place in range(number)
    ]
    await Resource.bulk_create(rooms)
    await Unit.bulk_create(
        [Unit(id=room.id, key=f"unit-{room.key}", venue_id=venue.id, name=room.name) for room in rooms]
    )
    await ResourceUnit.bulk_create([ResourceUnit(resource_id=room.id, unit_id=room.id) for room in rooms])
    await TariffRow.bulk_create(
        [
            TariffRow(
                resource_id=room.id,
                category=category,
                from_on=date(2020, 1, 1),
                currency=venue.currency,
                hour_cents=1000,
            )
            for room in rooms
            for category in ("member", "external")
        ]
    )
    return rooms


async def many_reservations(rooms: list[Resource], by: Member, *, title: str = "", days: int = 1) -> None:
    """A confirmed reservation of each room, free of charge, from 10 to 12 in Brussels, tomorrow or in so many days."""
    begins_at = (NOW + timedelta(days=days)).replace(hour=9)
    made = [
        Reservation(
            id=uuid4(),
            member_id=by.id,
            booked_by_id=by.id,
            resource_id=room.id,
            venue_id=room.venue_id,
            begins_at=begins_at,
            ends_at=begins_at + timedelta(hours=2),
            title=title,
            state="confirmed",
            currency="EUR",
            net_cents=0,
            vat_basis_points=0,
            vat_cents=0,
            total_cents=0,
            quote={},
            terms={},
            uid=str(uuid4()),
            created_at=NOW,
            revised_at=NOW,
        )
        for room in rooms
    ]
    await Reservation.bulk_create(made)
    await Claim.bulk_create(
        [
            Claim(
                unit_id=each.resource_id,
                reservation_id=each.id,
                begins_at=each.begins_at,
                ends_at=each.ends_at,
            )
            for each in made
        ]
    )
