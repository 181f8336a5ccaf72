"""Work that takes long: done once for all who ask, and never begun again and again."""

from __future__ import annotations

import asyncio

import pytest

from booking.web import slow


@pytest.fixture(autouse=True)
async def empty():
    yield
    await slow.finish()


class Work:
    """Something that takes a moment; counts how often it was begun."""

    def __init__(self) -> None:
        self.begun, self.go_on = 0, asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        await self.go_on.wait()
        return 7


async def test_it_works():
    work = Work()
    assert await slow.result("a report", work, patience=0.01) is slow.WORKING
    assert await slow.result("a report", work, patience=0.01) is slow.WORKING
    work.go_on.set()
    assert await slow.result("a report", work, patience=None) == 7
    assert work.begun == 1


async def test_where_no_more_can_be_kept_whoever_asks_waits_and_nothing_begins_anew(monkeypatch):
    monkeypatch.setattr(slow, "KEPT_MAX", 0)
    work = Work()
    asyncio.get_running_loop().call_later(0.1, work.go_on.set)
    assert await slow.result("one report too many", work, patience=0.01) == 7
    assert work.begun == 1
