"""kill -9 in the middle of a job: nothing is half done, and the next run puts it right."""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from booking import checks, jobs
from booking.events import Event
from booking.ledger import Transfer
from booking.notifications.models import Message
from booking.reservations import Claim, Reservation
from booking.timespan import TimeSpan
from tests import make
from tests.conftest import NOW

WORKER = Path(__file__).with_name("working.py")
ROWS = 20
SEED = 20261123


async def kill_in_the_middle(url: str, at: datetime, name: str, after_seconds: float) -> bool:
    """Start the job in another process and kill it so long after its work began. Whether it was still at work."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(WORKER),
        url,
        at.isoformat(),
        name,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begins\n"
    await asyncio.sleep(after_seconds)
    alive = process.returncode is None
    if alive:
        process.kill()
    await process.wait()
    return alive


async def killed_often(url: str, at: datetime, name: str, left: Callable[[], Any], kills: int) -> int:
    """Kill the job again and again while there is work left; the invariants hold after every kill."""
    chance = random.Random(SEED)
    hits = 0
    for _ in range(kills):
        before = await left()
        if not before:
            break
        hits += await kill_in_the_middle(url, at, name, chance.uniform(0.02, 0.15))
        # I9 and I12 are what the job was about to put right.
        assert [str(finding) for finding in await checks.run() if finding.code not in ("I9", "I12")] == []
    return hits


async def bookings(count: int = ROWS, **values: Any) -> list[Reservation]:
    """Reservations of one member, one hour each, one after the other."""
    member, resource = await make.member(), await make.resource(**values)
    activity = await make.activity(member, of=resource.venue.entity, cents=10_000_000)
    begins_at = NOW + timedelta(hours=2)
    return [
        await make.reservation(
            resource,
            member,
            TimeSpan(
                begins_at + timedelta(minutes=15 * number), begins_at + timedelta(minutes=15 * (number + 1))
            ),
            on=activity,
        )
        for number in range(count)
    ]


@pytest.fixture(params=[3, pytest.param(50, marks=pytest.mark.slow)])
def kills(request: pytest.FixtureRequest) -> int:
    return request.param


async def test_posting(db: str, database_url: str, kills: int) -> None:
    made = await bookings()
    at = made[-1].begins_at
    left = Reservation.filter(posted_at=None).count
    assert await killed_often(database_url, at, "post_money", left, kills) >= 1
    await jobs.post_money(at)
    assert await left() == 0
    assert (
        await Transfer.filter(kind="post").count()
        == ROWS
        == await Event.filter(name="reservation.posted").count()
    )


async def test_expiring(db: str, database_url: str, kills: int) -> None:
    made = await bookings(approval=True)
    at = made[-1].held_until
    left = Reservation.filter(state="held").count
    assert await killed_often(database_url, at, "expire_holds", left, kills) >= 1
    await jobs.expire_holds(at)
    assert await left() == await Claim.all().count() == 0
    assert (
        await Transfer.filter(kind="void").count()
        == ROWS
        == await Event.filter(name="reservation.expired").count()
    )


async def test_writing_messages(db: str, database_url: str, kills: int) -> None:
    await bookings()
    confirmed = await Event.filter(name="reservation.confirmed").count()

    async def left() -> int:
        return confirmed - await Message.all().count()

    assert await killed_often(database_url, NOW, "write_messages", left, kills) >= 1
    for _ in range(5):
        await jobs.write_messages(NOW)
    assert await left() == 0
