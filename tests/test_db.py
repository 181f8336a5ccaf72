"""The database's own helpers: what is kept while nothing changes, questions asked together, short reads on SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import date
from typing import Any

import asyncpg
import pytest

import settings
from booking import db as database
from booking import events, limits
from booking.budgets import Activity
from booking.events import Event, Unread
from booking.members import Member
from booking.reservations import Reservation
from tests import make, queries
from tests.conftest import use
from tests.make import NOW


async def test_the_version_is_the_same_while_nothing_changes(db: str) -> None:
    await make.member("Alice")
    before = await database.version()
    assert await Member.all().count() == 1
    assert await database.version() == before


async def test_it_differs_after_a_change_of_ours(db: str) -> None:
    alice = await make.member("Alice")
    seen = {await database.version()}
    await Member.filter(id=alice.id).update(name="Alicia")
    seen.add(await database.version())
    async with database.transaction():
        await Member.filter(id=alice.id).update(name="Alice")
    seen.add(await database.version())
    await Member.filter(id=alice.id).delete()
    seen.add(await database.version())
    assert len(seen) == 4


async def test_it_differs_after_a_change_of_another_process(db: str, database_url: str) -> None:
    await make.member("Alice")
    before = await database.version()
    if db == "sqlite":
        other = sqlite3.connect(database_url.removeprefix("sqlite://"))
        with other:
            other.execute("UPDATE member SET name = 'Alicia'")
        other.close()
    else:
        server = await asyncpg.connect(database_url)
        await server.execute("UPDATE member SET name = 'Alicia'")
        await server.close()
    assert await database.version() != before


async def test_a_change_that_is_not_committed_yet_does_not_hide_behind_an_old_version(
    db: str, database_url: str
) -> None:
    """On PostgreSQL another one writes, we look, it commits: the version has to differ although it wrote before."""
    if db == "sqlite":
        return  # one writer, whose transaction we wait for
    await make.member("Alice")
    server = await asyncpg.connect(database_url)
    writing = server.transaction()
    await writing.start()
    await server.execute("UPDATE member SET name = 'Alicia'")
    before = await database.version()
    await writing.commit()
    await server.close()
    assert await database.version() != before


async def test_it_differs_for_a_database_that_was_opened_anew(db: str, database_url: str) -> None:
    before = await database.version()
    await database.close()
    use(database_url)
    await database.connect(settings.TORTOISE_ORM)
    assert await database.version() != before


async def test_questions_asked_together_are_answered_as_if_alone(db: str) -> None:
    activity = await make.activity(await make.member("Alice"), ends_on=date(2027, 5, 1))
    people, none, activities = await database.several(
        ("SELECT * FROM member WHERE name = ? ORDER BY id", "Alice"),
        ("SELECT * FROM member WHERE created_at > ?", NOW.replace(year=2050)),
        (f"SELECT * FROM activity WHERE {database.among('id')}", database.many([activity.id])),
    )
    [alice] = database.made(Member, people)
    assert alice.created_at == (await Member.get(id=alice.id)).created_at
    assert none == []
    [found] = database.made(Activity, activities)
    assert found.ends_on == date(2027, 5, 1)


async def test_models_with_uuids_come_out_of_them_too(db: str) -> None:
    room = await make.resource()
    booked = await make.reservation(room, await make.member(), make.span())
    [[row]] = await database.several(("SELECT * FROM reservation WHERE id = ?", booked.id))
    [found] = database.made(Reservation, [row])
    known = await Reservation.get(id=booked.id)
    for name in Reservation._meta.db_fields:
        assert getattr(found, name) == getattr(known, name), name


async def test_a_long_read_leaves_the_loop_to_others(db: str) -> None:
    """SQLite answers short reads in the loop's thread; a long one is broken off, and answered all the same."""
    if db != "sqlite":
        return
    counting = (
        "SELECT COUNT(*) AS n FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
        "WHERE n < 3000000) SELECT n FROM c)"
    )
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(others())
    assert await database.rows(counting) == [{"n": 3_000_000}]
    working.cancel()
    assert turns > 100
    assert [text for text, _size in database.connection()._long] == [counting]  # type: ignore[attr-defined]


async def test_a_read_that_is_long_for_many_is_still_short_for_one(db: str) -> None:
    if db != "sqlite":
        return
    counting = (
        "SELECT COUNT(*) AS n FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
        "WHERE n < 100 * length(?)) SELECT n FROM c)"
    )
    assert await database.rows(counting, "many" * 500) == [{"n": 200_000}]
    client: Any = database.connection()
    assert len(client._long) == 1
    assert await database.rows(counting, "one") == [{"n": 300}]
    assert len(await client._briefly(counting, ["one"])) == 1
    assert await client._briefly(counting, ["many" * 600]) is None


async def test_a_short_read_that_is_asked_often_stays_short(db: str) -> None:
    if db != "sqlite":
        return
    await make.member("Alice")
    for _time in range(3_000):
        await database.rows("SELECT * FROM member WHERE id > ?", 0)
    assert not database.connection()._long  # type: ignore[attr-defined]


async def test_counting_a_visit_is_no_change_on_sqlite(db: str) -> None:
    """Each search counts itself: if that were a change, nothing could be kept while people search."""
    if db != "sqlite":
        return
    await make.member("Alice")
    await limits.count("search:somebody", most=5, per_seconds=60, at=NOW)
    before = await database.version()
    await limits.count("search:somebody", most=5, per_seconds=60, at=NOW)
    assert await database.version() == before
    await make.member("Bob")
    assert await database.version() != before


async def test_who_goes_away_during_a_long_read_leaves_nobody_beside_it(db: str) -> None:
    """The next one waits until the thread has done with the connection: two at once could wait for each other."""
    if db != "sqlite":
        return
    counting = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000000) "
        "SELECT COUNT(*) AS n FROM c"
    )
    asking = asyncio.create_task(database.rows(counting))
    await asyncio.sleep(0.02)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert database.connection()._lock.locked()  # type: ignore[attr-defined]
    assert await database.rows("SELECT 1 AS one") == [{"one": 1}]


async def test_who_goes_away_while_it_commits_shows_nothing_unfinished(db: str) -> None:
    if db != "sqlite":
        return
    client: Any = database.connection()

    @database.atomic
    async def adding(number: int) -> None:
        await make.member(f"M{number}")

    kept = await Member.all().count()
    for number in range(40):
        task = asyncio.create_task(adding(number))
        for _turn in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        # Whoever finds the lock free reads at once: no half of a transaction may stand there.
        assert client._lock.locked() or not client._connection._conn.in_transaction
        kept = await Member.all().count()
        assert await Member.all().count() == kept
    await make.member("Last")
    assert await Member.all().count() == kept + 1


async def test_what_is_written_together_is_one_way_and_all_or_nothing(db: str) -> None:
    """An event and those who will read it, beside another row; a write that fails takes the others along."""
    alice = await make.member("Alice")
    before = await Event.all().count()
    rename = "UPDATE member SET name = ? WHERE id = ?"
    async with database.transaction():
        with queries.counted() as asked:
            async with database.together():
                await database.write((rename, "Alicia", alice.id))
                await events.record("member.described", f"member:{alice.id}", at=NOW)
    assert len(asked) == (1 if db == "postgres" else 3)
    assert (await Member.get(id=alice.id)).name == "Alicia"
    [event] = (await Event.all().order_by("id"))[before:]
    readers = await Unread.filter(event_id=event.id).values_list("reader", flat=True)
    assert sorted(readers) == sorted(events.READERS)

    @database.atomic
    async def fail() -> None:
        async with database.together():
            await database.write((rename, "Nobody", alice.id))
            await events.record("member.described", f"member:{alice.id}", at=NOW)
            await database.write(("DELETE FROM event WHERE id = ?", event.id))  # its guard says no

    with pytest.raises(Exception, match="event_is_final"):
        await fail()
    assert (await Member.get(id=alice.id)).name == "Alicia"
    assert await Event.all().count() == before + 1


async def test_who_fails_between_writes_writes_nothing(db: str) -> None:
    alice = await make.member("Alice")

    @database.atomic
    async def fail() -> None:
        async with database.together():
            await database.write(("UPDATE member SET name = ? WHERE id = ?", "Nobody", alice.id))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert (await Member.get(id=alice.id)).name == alice.name
    assert not database.is_together()
