"""Taking the lock and the guard away, so that a race test can show what it would be without them.

A test of a race that finds nothing even then tests nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from booking import db
from booking.errors import NotFound, Refused

WORKERS = 40


async def without_lock_and_guard(monkeypatch: Any) -> None:
    """Rows are read but not locked, every statement stands alone, and no guard against overlaps is left."""

    async def just_read(model: Any, ids: Iterable[Any]) -> list[Any]:
        return await model.filter(id__in=list(set(ids))).order_by("id")

    @asynccontextmanager
    async def no_transaction() -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(db, "lock", just_read)
    monkeypatch.setattr(db, "locking", lambda sql: sql)
    monkeypatch.setattr(db, "transaction", no_transaction)
    await drop_guard()


async def drop_guard() -> None:
    """Only the net is taken away."""
    if db.dialect() == "postgres":
        await db.rows("ALTER TABLE claim DROP CONSTRAINT claim_no_overlap")
    else:
        await db.rows("DROP TRIGGER claim_no_overlap_insert")
        await db.rows("DROP TRIGGER claim_no_overlap_update")


async def overlaps() -> int:
    """Pairs of claims of one unit that overlap."""
    found = await db.rows(
        "SELECT COUNT(*) AS pairs FROM claim a JOIN claim b ON a.unit_id = b.unit_id AND a.id < b.id "
        "AND a.begins_at < b.ends_at AND b.begins_at < a.ends_at"
    )
    return found[0]["pairs"]


async def at_once(attempts: list[Callable[[], Awaitable[Any]]], workers: int = WORKERS) -> list[Any]:
    """Run the attempts by so many workers. Each answers with its result, or the refusal or error that it met."""
    queue = list(enumerate(attempts))[::-1]
    results: list[Any] = [None] * len(attempts)

    async def work() -> None:
        while queue:
            place, attempt = queue.pop()
            try:
                results[place] = await attempt()
            except (Refused, NotFound) as refusal:
                # Without its frames: thousands of refusals would keep all that each attempt had read.
                refusal.__context__ = None
                results[place] = refusal.with_traceback(None)

    await asyncio.gather(*(work() for _ in range(workers)))
    return results
