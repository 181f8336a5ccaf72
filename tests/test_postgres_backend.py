"""Connections of PostgreSQL that stay in hand: whoever goes away, is late or is thrown out leaves them as they were."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from booking import db as database
from booking import postgres_backend
from booking.places.models import Venue
from tests import make

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


def backend() -> str:
    return "SELECT pg_backend_pid() AS pid"


async def kept() -> list[Any]:
    client: Any = database.connection()
    return client._kept


async def test_it_works(db: str) -> None:
    """One question after the other goes by the same connection, in a transaction too."""
    seen = {(await database.rows(backend()))[0]["pid"] for _time in range(5)}
    async with database.transaction():
        seen.add((await database.rows(backend()))[0]["pid"])
    assert len(seen) == 1
    assert len(await kept()) == 1


async def test_more_than_are_kept_wait_for_none(db: str) -> None:
    """Three times as many as the pool has: all are answered, and no more stay in hand than may."""

    async def ask(number: int) -> int:
        async with database.transaction():
            await asyncio.sleep(0)
            return (await database.rows("SELECT ?::int AS number", number))[0]["number"]

    async with asyncio.timeout(20):
        assert await asyncio.gather(*(ask(number) for number in range(30))) == list(range(30))
    assert len(await kept()) <= 4


async def test_a_caller_who_goes_away_leaves_nothing_behind(db: str) -> None:
    """Cut anywhere between the first question and COMMIT: the next one begins as if nothing had been."""
    await make.venue(city="Lille")

    async def write() -> None:
        async with database.transaction():
            await database.rows("UPDATE venue SET city = ? RETURNING id", "Nowhere")
            await database.rows("SELECT pg_sleep(0.01)")
            raise LookupError

    cut = 0
    for turns in range(30):
        task = asyncio.create_task(write())
        for _turn in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        [gone] = await asyncio.gather(task, return_exceptions=True)
        cut += isinstance(gone, asyncio.CancelledError)
        async with asyncio.timeout(5):
            assert [each.city for each in await Venue.all()] == ["Lille"]
    assert cut > 5
    async with asyncio.timeout(5):
        open_ = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        while await database.rows(open_):  # noqa: ASYNC110 - another process ends them
            await asyncio.sleep(0.01)
        await asyncio.gather(*(database.rows("SELECT 1 AS one") for _each in range(20)))


async def test_a_connection_that_was_lost_is_not_used_again(db: str, database_url: str) -> None:
    [row] = await database.rows(backend())
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_terminate_backend($1)", row["pid"])
    await other.close()
    [lost] = await kept()
    async with asyncio.timeout(5):
        while postgres_backend._is_alive(lost):  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.01)
        assert (await database.rows(backend()))[0]["pid"] != row["pid"]


async def test_a_refused_question_says_so_as_before(db: str) -> None:
    from tortoise.exceptions import IntegrityError, OperationalError

    house = await make.venue()
    with pytest.raises(OperationalError):
        await database.rows("SELECT nothing FROM nowhere")
    with pytest.raises(IntegrityError) as refused:
        async with database.transaction():
            await database.rows("UPDATE venue SET entity_id = 99999 WHERE id = ?", house.id)
    assert "entity" in database.violated(refused.value)
    assert (await database.rows("SELECT entity_id FROM venue"))[0]["entity_id"] == house.entity_id
