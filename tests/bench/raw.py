"""The raw limits: the same SQL through the bare driver, without rules, models or pages.

A booking has two. The strict one, which its target is held to, writes four narrow rows into tables of its own: hardly
an index, no guard, and nobody else's rows. The other writes the same four into the product's own tables, as wide as
they are, with their guards, their indexes and all that is in them: what a booking would cost that asked nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from booking import db, records
from booking.db import Statement
from booking.ledger import Transfer
from booking.reservations import Claim, Reservation
from booking.search import cities
from booking.timespan import TimeSpan
from tests.make import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TABLES = """
DROP TABLE IF EXISTS raw_reservation;
DROP TABLE IF EXISTS raw_claim;
DROP TABLE IF EXISTS raw_transfer;
DROP TABLE IF EXISTS raw_account;
CREATE TABLE raw_reservation (id TEXT PRIMARY KEY, member_id INTEGER, begins_at TEXT, ends_at TEXT, price INTEGER);
CREATE TABLE raw_claim (id TEXT PRIMARY KEY, unit_id INTEGER, begins_at TEXT, ends_at TEXT);
CREATE INDEX raw_claim_unit ON raw_claim (unit_id, ends_at);
CREATE TABLE raw_transfer (id TEXT PRIMARY KEY, debit_id INTEGER, credit_id INTEGER, amount INTEGER);
CREATE TABLE raw_account (id INTEGER PRIMARY KEY, balance INTEGER);
INSERT INTO raw_account VALUES (1, 0);
"""
# The first claim that ends after the wish begins decides, as the guard forbids overlaps.
AVAILABLE = (
    "SELECT u.id FROM unit u JOIN venue v ON v.id = u.venue_id WHERE COALESCE((SELECT c.begins_at FROM claim c "
    "WHERE c.unit_id = u.id AND c.ends_at > ? ORDER BY c.ends_at LIMIT 1) >= ?, {true})"
)
# The first page of the same answer: what is let to members, has the feature and a unit that is free, nearest first,
# with its names and prices. Up to 0.4.0 the limit was the ids of all free units in the box: more rows, less to read.
FIRST_PAGE = (
    "SELECT one.*, t.hour_cents, t.half_day_cents, t.day_cents FROM ("
    "SELECT r.id, r.name, v.id AS venue_id, v.key, v.name AS venue_name, v.city, v.lat, v.lon "
    "FROM venue v JOIN resource r ON r.venue_id = v.id "
    "WHERE v.lat BETWEEN ? AND ? AND v.lon BETWEEN ? AND ? AND r.published AND v.status <> 'closed' "
    "AND (CAST(r.features AS TEXT) LIKE ? OR CAST(v.features AS TEXT) LIKE ?) "
    "AND EXISTS (SELECT 1 FROM resource_unit n WHERE n.resource_id = r.id AND COALESCE("
    "(SELECT c.begins_at FROM claim c WHERE c.unit_id = n.unit_id AND c.ends_at > ? ORDER BY c.ends_at LIMIT 1) >= ?, "
    "{true})) ORDER BY (v.lat - ?) * (v.lat - ?) + (v.lon - ?) * (v.lon - ?), r.position LIMIT 21"
    ") one JOIN tariff t ON t.resource_id = one.id AND t.category = 'member'"
)


class Driver:
    """The driver alone, with the same placeholders on both engines."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sqlite = isinstance(connection, sqlite3.Connection)

    async def run(self, sql: str, *values: Any) -> Any:
        if self.sqlite:
            return self.connection.execute(sql, _plain(values)).fetchall()
        return await self.connection.fetch(_numbered(sql), *values)

    async def prepare(self) -> None:
        if self.sqlite:
            self.connection.executescript(TABLES)
        else:
            await self.connection.execute(TABLES)

    async def book(self, number: int) -> None:
        """Four statements in one transaction: no rule, no lock, no event."""
        begins, ends = str(NOW + number * HOUR), str(NOW + (number + 1) * HOUR)
        await self.connection_run("BEGIN IMMEDIATE" if self.sqlite else "BEGIN")
        await self.run(
            "INSERT INTO raw_reservation VALUES (?, ?, ?, ?, ?)", str(uuid4()), 1, begins, ends, 1000
        )
        await self.run("INSERT INTO raw_claim VALUES (?, ?, ?, ?)", str(uuid4()), 1, begins, ends)
        await self.run("INSERT INTO raw_transfer VALUES (?, ?, ?, ?)", str(uuid4()), 1, 2, 1000)
        await self.run("UPDATE raw_account SET balance = balance - ? WHERE id = ?", 1000, 1)
        await self.connection_run("COMMIT")

    async def book_here(self, booking: Sequence[Statement]) -> None:
        """The same four into the product's tables, as `own_bookings` has made them ready."""
        await self.connection_run("BEGIN IMMEDIATE" if self.sqlite else "BEGIN")
        for sql, *values in booking:
            if self.sqlite:
                self.connection.execute(sql, values)
            else:
                await self.connection.fetch(sql, *values)
        await self.connection_run("COMMIT")

    async def connection_run(self, sql: str) -> None:
        if self.sqlite:
            self.connection.execute(sql)
        else:
            await self.connection.execute(sql)

    async def first_page(self, lat: float, lon: float, km: float, feature: str, span: TimeSpan) -> int:
        """The nearest spaces with this feature that are free for the whole span, with their prices."""
        like, when = f'%"{feature}"%', (span.begins_at, span.ends_at)
        sql = FIRST_PAGE.format(true="1" if self.sqlite else "true")
        south, north, west, east = cities.box(lat, lon, km)
        return len(await self.run(sql, south, north, west, east, like, like, *when, lat, lat, lon, lon))

    async def free_anywhere(self, span: TimeSpan) -> int:
        sql = AVAILABLE.format(true="1" if self.sqlite else "true")
        return len(await self.run(sql, span.begins_at, span.ends_at))


async def own_bookings(model: Reservation, number: int) -> list[list[Statement]]:
    """So many bookings like this one, of the same room on as many later days, for a driver alone.

    They break no guard and no invariant, and nothing of them is left to be worked out. The model's claim is where it
    was booked; its own span may have been moved.
    """
    pend, [claim] = await Transfer.get(id=model.pend_id), await Claim.filter(reservation_id=model.id)
    sqlite, begins_at = db.dialect() == "sqlite", (await Reservation.get(id=model.id)).begins_at
    made = []
    for place in range(1, number + 1):
        later, one, paid = place * DAY, copy(model), copy(pend)
        one.id, one.uid, paid.id = uuid4(), str(uuid4()), uuid4()
        one.begins_at, one.ends_at, one.pend_id = model.begins_at + later, model.ends_at + later, paid.id
        paid.subject = one.subject
        statements: list[Statement] = [
            records.insertion(paid),
            (
                "UPDATE account SET debits_pending_cents = debits_pending_cents + ? WHERE id = ?",
                paid.amount_cents,
                paid.debit_id,
            ),
            records.insertion(one),
            (
                "INSERT INTO claim (unit_id, reservation_id, begins_at, ends_at) VALUES (?, ?, ?, ?)",
                claim.unit_id,
                one.id,
                claim.begins_at + (one.begins_at - begins_at),
                claim.ends_at + (one.begins_at - begins_at),
            ),
        ]
        made.append(
            [(sql, *_plain(values)) if sqlite else (_numbered(sql), *values) for sql, *values in statements]
        )
    return made


def _plain(values: Iterable[Any]) -> list[Any]:
    return [
        each.isoformat(" ") if isinstance(each, datetime) else str(each) if isinstance(each, UUID) else each
        for each in values
    ]


@lru_cache
def _numbered(sql: str) -> str:
    first, *rest = sql.split("?")
    return first + "".join(f"${place}{piece}" for place, piece in enumerate(rest, 1))


@asynccontextmanager
async def driver(url: str) -> AsyncIterator[Driver]:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None, timeout=10)
        connection.execute("PRAGMA synchronous = FULL")  # as the product has it
        made = Driver(connection)
        await made.prepare()
        try:
            yield made
        finally:
            connection.close()
        return
    server = await asyncpg.connect(url)
    made = Driver(server)
    await made.prepare()
    try:
        yield made
    finally:
        await server.close()
