"""What is kept in memory never outlives a change, whichever process makes it: searches, the first page and feeds."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

import settings
from booking import calendars, marks, search
from booking import db as database
from booking.calendars import copies
from booking.web import first_page
from tests import make
from tests.make import NOW

TUESDAY = date(2026, 11, 24)
WISH = search.Wish(where="Brussels", day=TUESDAY, begins=600, ends=660)
# Another process: runs each line as a statement, and says when it is committed.
OTHER = """
import asyncio, sys
import settings
from booking import db
async def main():
    await db.connect(settings.TORTOISE_ORM)
    try:
        print("ready", flush=True)
        for line in iter(sys.stdin.readline, ""):
            @db.atomic
            async def run():
                await db.rows(line.strip())
            await run()
            print("done", flush=True)
    finally:
        await db.close()
asyncio.run(main())
"""


@asynccontextmanager
async def another_process(url: str) -> AsyncIterator[Any]:
    """A function that has a statement run by another process, and comes back when it is committed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHER, env=os.environ | {"DATABASE_URL": url}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, cwd=settings.ROOT,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"

    async def run(sql: str) -> None:
        process.stdin.write(sql.encode() + b"\n")  # type: ignore[union-attr]
        await process.stdin.drain()  # type: ignore[union-attr]
        assert await process.stdout.readline() == b"done\n"  # type: ignore[union-attr]

    try:
        yield run
    finally:
        process.stdin.close()
        await process.wait()


@pytest.fixture
def url(db):
    credentials = settings.TORTOISE_ORM["connections"]["default"]["credentials"]
    if db == "sqlite":
        return f"sqlite://{credentials['file_path']}"
    login = (
        f"{credentials['user']}:{credentials['password'] or ''}@{credentials['host']}:{credentials['port']}"
    )
    return f"postgres://{login}/{credentials['database']}"


@pytest.fixture
async def room(db):
    return await make.resource(at=await make.venue(name="Bazaar"), name="Quai")


async def prices() -> list[int]:
    return [hit.quote.net_cents for hit in (await search.find(WISH, at=NOW)).hits]


async def test_a_search_sees_what_another_process_has_changed(room, url):
    [before] = await prices()
    assert await prices() == [before]  # of what is kept
    async with another_process(url) as run:
        for cents in (1100, 1200, 1300):
            await run(f"UPDATE tariff SET hour_cents = {cents}")
            assert await prices() == [cents]
        await run("UPDATE resource SET published = false")
        assert await prices() == []
        await run("UPDATE resource SET published = true")
        assert await prices() == [1300]
        await run("DELETE FROM opening_hours")
        assert await prices() == []


async def test_without_the_mark_it_would_not(room, url, monkeypatch):
    kept = await marks.mark("places")

    async def always(_key: str) -> marks.Mark:
        return kept

    monkeypatch.setattr(marks, "mark", always)
    [before] = await prices()
    async with another_process(url) as run:
        await run("UPDATE tariff SET hour_cents = 4711")
    assert await prices() == [before]


async def test_a_search_that_begins_after_a_commit_sees_it(room, url):
    """Searches go on without pause while the price rises: none shows less than what was committed when it began."""
    committed, wrong, searched = 0, [], 0
    done = asyncio.Event()

    async def look() -> None:
        nonlocal searched
        while not done.is_set():
            least = committed
            [cents] = await prices()
            searched += 1
            if least and cents < least:
                wrong.append((cents, least))
            await asyncio.sleep(0)

    async with another_process(url) as run:
        looking = [asyncio.create_task(look()) for _ in range(4)]
        while committed < 2030 or searched <= 30:  # a busy machine searches slowly
            await run(f"UPDATE tariff SET hour_cents = {max(committed, 2000) + 1}")
            committed = max(committed, 2000) + 1
        done.set()
        await asyncio.gather(*looking)
    assert not wrong


async def test_the_first_page_sees_the_state_of_a_house(room, url, client):
    await search.refresh(NOW)
    first_page.forget()
    before = (await client.get("/")).text
    assert (await client.get("/")).text == before
    async with another_process(url) as run:
        await run("UPDATE venue SET name = 'Another name'")
        after = (await client.get("/")).text
    assert "Another name" not in before
    assert "Another name" in after


async def test_a_booking_leaves_what_is_kept_of_places(room):
    """That is the point of it: bookings are many, and places stay as they are."""
    alice = await make.member("Alice")
    await prices()
    kept, mark = await database.version(), await marks.mark("places")
    await make.reservation(room, alice)
    assert await database.version() != kept
    assert await marks.mark("places") == mark
    assert await prices() == []  # and yet it is taken


async def test_a_member_sees_the_own_booking_at_once_in_another_process(room, url, client):
    """Read your own writes: a booking by one worker, the feed by another."""
    copies.forget()
    alice = await make.member("Alice")
    booked = await make.reservation(room, alice, title="Planning")
    _feed, token = await calendars.make_feed("member", alice, None, "en", at=NOW)
    assert "Planning" in (await client.get(f"/feeds/{token}.ics")).text
    async with another_process(url) as run:
        for number in range(5):
            await run(f"UPDATE reservation SET title = 'Plan {number}', revision = revision + 1, "
                      f"revised_at = '2026-11-23 07:00:0{number}+00:00' WHERE id = '{booked.id}'")  # fmt: skip
            assert f"Plan {number}" in (await client.get(f"/feeds/{token}.ics")).text


async def test_many_ask_at_once_and_each_is_told_what_holds(db):
    """Who asks after a change is told of it, though another question is on its way."""
    versions = await asyncio.gather(*(database.version() for _ in range(20)))
    assert len(set(versions)) == 1
    for number in range(10):
        asked = [asyncio.create_task(database.version()) for _ in range(5)]
        await asyncio.sleep(0)
        await make.member(f"Member {number}")
        after = await asyncio.gather(*(database.version() for _ in range(5)))
        before = set(await asyncio.gather(*asked))
        assert len(set(after)) == 1
        assert after[0] not in set(versions)
        versions = [*versions, *before, *after]


async def test_who_goes_away_leaves_the_others_their_answer(db):
    if db == "sqlite":
        pytest.skip("there nobody waits: the version is no question")
    asked = [asyncio.create_task(database.version()) for _ in range(6)]
    await asyncio.sleep(0)
    asked[0].cancel()
    asked[3].cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    left = [each for place, each in enumerate(found) if place not in (0, 3)]
    now = await database.version()
    assert left == [now] * 4
