"""Generated networks of any size, for the bench and for whoever wants to look at the product with many rows.

The same seed and size give the same network on both engines: invented towns and houses, a room or a pool of desks or
a machine each with its price, members, and confirmed reservations with their claims, half of them past. Small tables
go through the models; reservations and claims, which are many, through the driver (COPY on PostgreSQL).

    await networks.make_network(networks.SIZES["small"], url)
    python -m tests.networks sqlite:////tmp/many.sqlite3 5000 20000     # venues and resources, to look at
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

import settings
from booking import db as database
from booking import migrating, search
from booking.members.models import Member
from booking.places.models import OpeningHours, Resource, ResourceUnit, Unit, Venue
from booking.pricing.models import TariffRow
from tests import make
from tests.make import NOW

SEED = 20261123
TOWNS = 70  # a search round one of them has some 70 of 5 000 venues to look at
FEATURES = ("wifi", "projector", "whiteboard", "step_free", "kitchen", "quiet")
SOUNDS = (
    "bar",
    "bel",
    "dor",
    "fen",
    "gra",
    "hol",
    "kal",
    "lin",
    "mar",
    "nor",
    "pol",
    "ros",
    "sal",
    "tor",
    "ven",
)
ENDINGS = ("berg", "ford", "ville", "stad", "ona", "ino", "heim", "aux")
BIG_HOUSE = 60  # resources of the one large venue
DAYS_BEFORE, DAYS_AFTER = 60, 60
SLOT = timedelta(hours=3)
FIRST_HOUR, SLOTS_A_DAY = 7, 4  # UTC, inside of the opening hours wherever the venue is
MEMBERS_A_VENUE = 7
BATCH = 500
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each. `claims` are spread evenly over all units."""

    venues: int
    resources: int
    claims: int


SIZES = {
    "tiny": Size(20, 80, 1_000),
    "small": Size(250, 1_000, 50_000),
    "middle": Size(1_000, 4_000, 200_000),
    "full": Size(5_000, 20_000, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Network:
    """What was made: the entity, the big house first among the venues, a town that can be searched, and the rooms that
    one booking fills."""

    entity: Any
    big_house: Venue
    town: str
    rooms: list[Resource]
    members: list[int]
    units: list[tuple[int, int, int]]
    url: str


async def make_network(size: Size, url: str, *, seed: int = SEED) -> Network:
    """A network without any reservation yet, in an empty, migrated and connected database."""
    chance = Random(seed)
    entity = await make.entity()
    names = ["Brussels", *_town_names(chance)]
    spots = [(50.85, 4.35)] + [(chance.uniform(42, 59), chance.uniform(-1, 18)) for _ in names[1:]]
    venues = []
    for number in range(size.venues):
        town = number % TOWNS
        lat, lon = spots[town]
        venues.append(
            Venue(
                id=number + 1,
                key=f"house-{number + 1}",
                entity_id=entity.id,
                kind="shared_space",
                name=f"House {number + 1}",
                city=names[town],
                country="BE",
                zone=make.ZONE,
                currency="EUR",
                lat=lat + chance.uniform(-0.15, 0.15),
                lon=lon + chance.uniform(-0.2, 0.2),
                capacity_people=60,
                features=chance.sample(FEATURES, 3),
                postal_code=str(1000 + town),
                street=f"Long Street {number + 1}",
            )
        )
    await Venue.bulk_create(venues, BATCH)
    await OpeningHours.bulk_create(
        [
            OpeningHours(venue_id=venue.id, weekday=weekday, opens_minute=7 * 60, closes_minute=23 * 60)
            for venue in venues
            for weekday in range(1, 8)
        ],
        BATCH,
    )
    rooms, units = await _resources(size, chance)
    members = [
        Member(
            id=1000 + number, email=f"member-{number}@example.org", name=f"Member {number}", created_at=NOW
        )
        for number in range(max(8, size.venues * MEMBERS_A_VENUE))
    ]
    await Member.bulk_create(members, BATCH)
    await _numbers_go_on()
    return Network(entity, venues[0], names[0], rooms, [member.id for member in members], units, url)


async def known(url: str) -> Network:
    """The network that `make_network` made in the connected database of this address."""
    rooms = await database.models(Resource, "WHERE takes = 'all' ORDER BY id")
    members = await database.rows("SELECT id FROM member WHERE id >= 1000 ORDER BY id")
    placed = await database.rows(
        "SELECT n.unit_id, n.resource_id, r.venue_id FROM resource_unit n JOIN resource r ON r.id = n.resource_id "
        "ORDER BY n.unit_id"
    )
    units = [(row["unit_id"], row["resource_id"], row["venue_id"]) for row in placed]
    big_house = await Venue.get(id=1).select_related("entity")
    ids = [row["id"] for row in members]
    return Network(big_house.entity, big_house, big_house.city, rooms, ids, units, url)


async def _resources(size: Size, chance: Random) -> tuple[list[Resource], list[tuple[int, int, int]]]:
    """The resources with units and prices. Gives the rooms ('all' of one unit), and (unit, resource, venue) of all."""
    resources, units, needs, prices = [], [], [], []
    placed: list[tuple[int, int, int]] = []
    for number in range(size.resources):
        venue_id = 1 if number < min(BIG_HOUSE, size.resources // 2) else number % size.venues + 1
        pool = number >= BIG_HOUSE and number % 10 == 7
        kind = "desk" if pool else "machine" if number % 10 == 9 else "meeting_room"
        made = Resource(
            id=number + 1, key=f"resource-{number + 1}", venue_id=venue_id, kind=kind, name=f"Room {number + 1}",
            takes="any" if pool else "all", capacity_people=1 if pool else chance.choice((4, 6, 8, 12, 20)),
            features=chance.sample(FEATURES, 2), position=number, raster_minutes=15, shortest_minutes=15,
            longest_minutes=1440, horizon_days=365,
        )  # fmt: skip
        resources.append(made)
        for place in range(8 if pool else 1):
            unit_id = len(units) + 1
            units.append(
                Unit(id=unit_id, key=f"unit-{unit_id}", venue_id=venue_id, name=f"{made.name} {place + 1}")
            )
            needs.append(ResourceUnit(id=unit_id, resource_id=made.id, unit_id=unit_id, position=place))
            placed.append((unit_id, made.id, venue_id))
        for category, cents in (("member", 1000), ("external", 1500)):
            prices.append(
                TariffRow(resource_id=made.id, category=category, from_on=date(2020, 1, 1), currency="EUR",
                          hour_cents=cents, half_day_cents=3 * cents, day_cents=5 * cents)
            )  # fmt: skip
    for model, rows in ((Resource, resources), (Unit, units), (ResourceUnit, needs), (TariffRow, prices)):
        await model.bulk_create(rows, BATCH)
    return [each for each in resources if each.takes == "all"], placed


async def _numbers_go_on() -> None:
    """On PostgreSQL the counters know nothing of ids that were given by hand."""
    if database.dialect() == "postgres":
        for table in ("venue", "resource", "unit", "resource_unit", "member"):
            await database.rows(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"
            )


def _town_names(chance: Random) -> list[str]:
    every = sorted(
        f"{first}{second}{end}".title() for first in SOUNDS for second in SOUNDS for end in ENDINGS
    )
    return chance.sample(every, TOWNS - 1)


RESERVATION = (
    "id", "member_id", "booked_by_id", "resource_id", "venue_id", "begins_at", "ends_at", "people", "quantity",
    "title", "note", "state", "reason", "overrides", "currency", "net_cents", "vat_basis_points", "vat_cents",
    "total_cents", "fee_cents", "quote", "terms", "paid_currency", "paid_cents", "rate", "uid", "sequence",
    "revision", "created_at", "revised_at", "posted_at",
)  # fmt: skip
CLAIM = ("unit_id", "reservation_id", "begins_at", "ends_at")
NO_QUOTE = json.dumps(
    {"lines": [], "net_cents": 0, "vat_basis_points": 2100, "vat_cents": 0, "total_cents": 0, "currency": "EUR",
     "vat_reason": "standard rate where the place lies"}
)  # fmt: skip


async def claim(network: Network, number: int, *, already: int = 0, seed: int = SEED) -> int:
    """Spread so many claims over all units, each with a reservation of its own, free of charge. Returns how many.

    `already`: so many were made before from the same seed; these are the next ones.
    """
    taken = islice(_taken(network, seed), already, number)
    made = 0
    async with _loader(network.url) as load:
        while chunk := list(islice(taken, CHUNK)):
            await load("reservation", RESERVATION, [_reservation(*each) for each in chunk])
            await load(
                "claim", CLAIM, [(unit, id, begins, ends) for id, unit, _r, _v, _m, begins, ends in chunk]
            )
            made += len(chunk)
    return made


def _taken(network: Network, seed: int) -> Iterator[tuple[UUID, int, int, int, int, datetime, datetime]]:
    """(reservation, unit, resource, venue, member, begin, end): round after round, never overlapping."""
    chance = Random(seed)
    first = NOW.replace(hour=FIRST_HOUR, minute=0) - timedelta(days=DAYS_BEFORE)
    slots = [
        first + timedelta(days=day) + slot * SLOT
        for day in range(DAYS_BEFORE + DAYS_AFTER)
        for slot in range(SLOTS_A_DAY)
    ]
    chance.shuffle(slots)
    for round_, _slot in enumerate(slots):
        for place, (unit_id, resource_id, venue_id) in enumerate(network.units):
            # Each unit goes through the slots from another beginning, so that all times are equally full.
            begins = slots[(round_ + place * 7) % len(slots)]
            ends = begins + timedelta(hours=1 + place % 2)
            member = network.members[chance.randrange(len(network.members))]
            yield (
                UUID(int=chance.getrandbits(128), version=4),
                unit_id,
                resource_id,
                venue_id,
                member,
                begins,
                ends,
            )


def _reservation(
    id: UUID, _unit: int, resource_id: int, venue_id: int, member_id: int, begins: datetime, ends: datetime
) -> tuple[Any, ...]:
    told = begins - timedelta(days=7)
    terms = json.dumps(
        {"free_until": (begins - timedelta(days=1)).isoformat(), "late_fee_basis_points": 5000,
         "no_show_fee_basis_points": 10000}
    )  # fmt: skip
    return (
        id, member_id, member_id, resource_id, venue_id, begins, ends, 1, 1, "", "", "confirmed", "", "[]", "EUR",
        0, 2100, 0, 0, 0, NO_QUOTE, terms, "", 0, "", str(id), 0, 0, min(told, NOW), min(told, NOW),
        begins if begins <= NOW else None,
    )  # fmt: skip


@asynccontextmanager
async def _loader(url: str) -> AsyncIterator[Any]:
    """A function that puts rows into a table by the shortest way of the engine."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None, timeout=60)
        connection.execute("PRAGMA synchronous = OFF")

        async def load(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
            places = ", ".join("?" * len(columns))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",
                ([_plain(value) for value in row] for row in rows),
            )
            connection.execute("COMMIT")

        try:
            yield load
            connection.execute("ANALYZE")
        finally:
            connection.close()
        return
    server = await asyncpg.connect(url)

    async def copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        await server.copy_records_to_table(table, records=rows, columns=columns, timeout=600)

    # The guard is costly to feed row by row and cheaper to make at the end.
    guard = await server.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'claim_no_overlap'"
    )
    await server.execute("ALTER TABLE claim DROP CONSTRAINT claim_no_overlap")
    try:
        yield copy
        await server.execute(f"ALTER TABLE claim ADD CONSTRAINT claim_no_overlap {guard}", timeout=1800)
        await server.execute("VACUUM ANALYZE", timeout=1800)  # as a database in service has it
    finally:
        await server.close()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value) if isinstance(value, UUID) else value


async def make_at(url: str, size: Size) -> None:
    """A network without reservations in a new database of this address, with its states on the map."""
    settings.TORTOISE_ORM["connections"]["default"] = database.connection_for(url)
    await migrating.migrate(settings.TORTOISE_ORM, backup=False)
    await database.connect(settings.TORTOISE_ORM)
    try:
        await make_network(size, url)
        await search.refresh(NOW)
    finally:
        await database.close()


if __name__ == "__main__":  # python -m tests.networks sqlite:///FILE VENUES RESOURCES
    asyncio.run(make_at(sys.argv[1], Size(int(sys.argv[2]), int(sys.argv[3]), 0)))
