"""A process that works until it is killed: `python working.py DATABASE_URL AT JOB`. It says when it begins."""

import asyncio
import sys
from datetime import datetime

from booking import db, jobs


async def main(url: str, at: datetime, name: str) -> None:
    import settings

    settings.TORTOISE_ORM["connections"]["default"] = db.connection_for(url)
    await db.connect(settings.TORTOISE_ORM)
    job = next(job for job in jobs.TIMETABLE if job.name == name)
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    try:
        await job.run(at)
    finally:
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3]))
