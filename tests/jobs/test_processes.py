"""Four processes started at once run each tick once; without the lease each of them runs it."""

import asyncio
import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from booking import db as database
from booking.jobs import JobRun

WORKER = Path(__file__).with_name("worker.py")
PROCESSES, TICKS = 4, 40


async def run_all(url: str, mode: str) -> Counter[str]:
    """Start the processes, wait for them, and count the runs per tick."""
    await database.connection().execute_script("CREATE TABLE IF NOT EXISTS counted (slot TEXT)")
    start = int(time.time()) + 3
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(WORKER), url, str(start), str(TICKS), mode, env=environment
        )
        for _ in range(PROCESSES)
    ]
    assert [await process.wait() for process in processes] == [0] * PROCESSES
    return Counter(row["slot"] for row in await database.rows("SELECT slot FROM counted"))


async def test_each_tick_runs_once(db: str, database_url: str) -> None:
    counted = await run_all(database_url, "leased")
    assert set(counted.values()) == {1}
    assert (
        len(counted) == TICKS == await JobRun.filter(job="count", error="").exclude(finished_at=None).count()
    )


async def test_without_the_lease_it_would_not(db: str, database_url: str) -> None:
    """The control: were this to pass with one run per tick, the test above would prove nothing."""
    counted = await run_all(database_url, "control")
    assert sum(counted.values()) == PROCESSES * TICKS


@pytest.mark.parametrize("times", [2])
async def test_two_schedulers_in_one_loop(db: str, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    from datetime import datetime

    from booking import jobs

    ran: list[datetime] = []

    async def note(at: datetime) -> str:
        ran.append(jobs.slot_of(quick, at))
        return ""

    quick = jobs.Job("quick", note, 1, "Quick.")
    monkeypatch.setattr(jobs, "TIMETABLE", (quick,))
    schedulers = [jobs.start_scheduler() for _ in range(times)]
    await asyncio.sleep(4.2)
    for scheduler in schedulers:
        scheduler.shutdown(wait=False)
    await asyncio.sleep(0.1)
    assert len(ran) >= 2
    assert len(set(ran)) == len(ran)
