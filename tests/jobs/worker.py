"""A bare process that runs ticks of a counting job, for tests of what several processes do together.

    python worker.py DATABASE_URL START TICKS MODE

It waits until the moment START (seconds since 1970), then asks for TICKS ticks of one second each. MODE 'leased' is the
real thing; 'control' leaves the lease away. Each run appends a row to the table `counted`.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from booking import db, jobs


async def count(at: datetime) -> str:
    await db.rows("INSERT INTO counted (slot) VALUES (?) RETURNING slot", at.isoformat())
    return "counted"


async def main(url: str, start: float, ticks: int, mode: str) -> None:
    import settings

    settings.TORTOISE_ORM["connections"]["default"] = db.connection_for(url)
    await db.connect(settings.TORTOISE_ORM)
    job = jobs.Job("count", count, 1, "Count.")
    begins = datetime.fromtimestamp(start, UTC)
    try:
        await asyncio.sleep(max(0.0, start - datetime.now(UTC).timestamp()))
        for number in range(ticks):
            at = begins + timedelta(seconds=number)
            if mode == "leased":
                await jobs.tick(job, at)
            else:
                await job.run(at)
    finally:
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
