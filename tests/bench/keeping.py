"""How long it takes to ask whether everything holds, and to back up and restore, while bookings go on. By the clock."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from booking import reservations
from booking.members import Member
from tests import make, postgres
from tests.bench import rows
from tests.bench.measuring import Figure
from tests.make import NOW
from tests.networks import Network

PAUSE_SECONDS = 0.05  # between two bookings that go on meanwhile
UNTOLD = "I12"  # no job runs here, so nobody has told what was booked


async def measure(network: Network) -> list[Figure]:
    """In the connected database of the network: `check`, `backup` while members book, `restore`, and what it finds."""
    seconds, findings = await _command(network.url, "check", "--json")
    _assert_clean(findings)
    figures = [Figure("check: whether everything holds", seconds, unit="s")]
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        file = Path(folder) / "bench.backup"
        stop = asyncio.Event()
        booking = asyncio.create_task(_book(network, stop))
        try:
            seconds, _told = await _command(network.url, "backup", str(file), "--json")
        finally:
            stop.set()
        slowest = await booking
        figures += [
            Figure("backup, while members book", seconds, unit="s"),
            Figure("the slowest booking meanwhile", slowest * 1000),
            Figure("the backup's size", file.stat().st_size / 1e6, unit="MB"),
        ]
        if network.url.startswith("sqlite"):
            url = f"sqlite://{folder}/restored.sqlite3"
        else:
            url = await postgres.create_database("desk_bench_restored")
        try:
            seconds, restored = await _command(url, "restore", str(file), "--json")
            _assert_clean(restored)
        finally:
            if not url.startswith("sqlite"):
                await postgres.drop_database("desk_bench_restored")
    return [*figures, Figure("restore, and whether everything holds there", seconds, unit="s")]


def _assert_clean(told: dict[str, Any]) -> None:
    broken = [each for each in told["findings"] if each["code"] != UNTOLD]
    assert not broken, broken


async def _command(url: str, *arguments: str) -> tuple[float, dict[str, Any]]:
    """How long `python -m booking …` took on this database, and what it said."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "booking", *arguments, env=os.environ | {"DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    assert said.startswith(b"{"), complained.decode()[-2000:]
    return time.monotonic() - began, json.loads(said)


async def _book(network: Network, stop: asyncio.Event) -> float:
    """Book until told to stop. Gives the seconds of the slowest booking."""
    member = await Member.get(id=network.members[0])
    activity = await make.activity(member, of=network.entity, cents=1_000_000_000)
    free, slowest = rows.Free(network, first_day=40), 0.0
    for number in count():
        if stop.is_set() and number:
            break
        room, span = free.next()
        began = time.monotonic()
        await reservations.reserve(uuid4(), room.id, span, by=member, at=NOW, activity_id=activity.id)
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(PAUSE_SECONDS)
    return slowest
