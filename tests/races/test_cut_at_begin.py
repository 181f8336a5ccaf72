"""The caller goes away while a transaction begins: the next one begins as if nothing had been."""

from __future__ import annotations

import asyncio
import sqlite3
import time

import pytest

from booking import db as database
from booking.places.models import Venue
from tests import make


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_it_works(db: str) -> None:
    await make.venue()
    cut = 0

    async def write() -> None:
        async with database.transaction():
            await Venue.all().update(city="Nowhere")

    for turns in range(1, 12):
        task = asyncio.create_task(write())
        for _turn in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        [gone] = await asyncio.gather(task, return_exceptions=True)
        cut += isinstance(gone, asyncio.CancelledError)
        async with database.transaction():
            await Venue.all().update(city="Lille")
        assert [each.city for each in await Venue.all()] == ["Lille"]
    assert cut > 3, "it was cut while it began"
    # Several at once, all of them cut: the lock was given on each time.
    tasks = [asyncio.create_task(write()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5), database.transaction():
        await Venue.all().update(city="Ghent")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_who_waits_for_another_process_holds_nobody_up(db: str, database_url: str) -> None:
    """Then BEGIN waits in the thread, not in the loop; who goes away meanwhile leaves the lock to the next one."""
    await make.venue()
    other = sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)
    for goes_away in (False, True, False):
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with database.transaction():
                await Venue.all().update(city="Lille")

        task = asyncio.create_task(write())
        began = time.monotonic()
        await asyncio.sleep(0.2)
        assert time.monotonic() - began < 2, "the loop went on"
        assert not task.done()
        if goes_away:
            task.cancel()
        other.execute("UPDATE venue SET city = 'Ghent'")
        other.execute("COMMIT")
        [gone] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(gone, asyncio.CancelledError) == goes_away
        assert [each.city for each in await Venue.all()] == ["Ghent" if goes_away else "Lille"]
    other.close()
    patience = await database.rows("PRAGMA busy_timeout")
    assert patience[0]["timeout"] == 5000
