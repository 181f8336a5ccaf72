"""The timetable: which function runs how often, once per tick, however many processes there are.

Every scheduler of every process looks at each job often; the row `job_run(job, slot)` decides who runs it. A job
handles a bounded batch, takes what it works on by conditional updates, and may be killed at any point: the next run
finds the work still there. A run that never finished is taken over after its lease. A job that is due once a day is
looked at every minute, so that it is late, not lost, when nothing ran at midnight.

On SQLite the scheduler lives in the web process; on PostgreSQL in `python -m booking jobs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from tortoise import fields
from tortoise.models import Model

from booking import clock, db
from booking.db import UtcDatetimeField

log = structlog.get_logger()

LOOK_SECONDS_MAX = 60
LEASE = timedelta(minutes=10)
KEEP_NIGHTS = 14  # backups that the nightly job leaves
KEEP_RUNS = timedelta(days=7)
KEEP_QUIET_RUNS = timedelta(hours=1)
KEEP_SESSIONS = timedelta(days=30)


class JobRun(Model):
    """One tick of one job: whoever writes the row first runs it, however many schedulers there are."""

    id = fields.BigIntField(primary_key=True)
    job = fields.CharField(40)
    slot = UtcDatetimeField()
    started_at = UtcDatetimeField()
    finished_at = UtcDatetimeField(null=True)
    summary = fields.CharField(300, default="")
    error = fields.CharField(500, default="")

    class Meta:
        table = "job_run"
        unique_together = (("job", "slot"),)


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the timetable. `run` takes the moment and says in a few words what it did ('' for nothing)."""

    name: str
    run: Callable[[datetime], Awaitable[str]]
    interval_seconds: int
    sentence: str


# Packages are imported where they are used: this module also holds a model, and is imported to read the schema.


async def expire_holds(at: datetime) -> str:
    from booking import payments, reservations

    # First the truth about those a card may have paid in the last second.
    await payments.end_holds(at)
    return _counted(await reservations.expire_overdue(at), "expired")


async def post_money(at: datetime) -> str:
    from booking import reservations

    return _counted(await reservations.post_started(at), "posted")


async def work_stripe_events(at: datetime) -> str:
    from booking import payments

    return _counted(await payments.work(at), "events worked")


async def settle_payments(at: datetime) -> str:
    from booking import payments

    reminded = await payments.remind(at)
    settled = _counted(await payments.settle_due(at), "settled")
    return ", ".join(filter(None, [settled, _counted(reminded, "reminded")]))


async def compare_cards(at: datetime) -> str:
    from booking import payments

    return _counted(len(await payments.compare_all(at)), "entities compared")


async def release_no_shows(at: datetime) -> str:
    from booking import reservations

    return _counted(await reservations.release_no_shows(at), "no-shows")


async def close_stays(at: datetime) -> str:
    from booking import occupancy

    return _counted(await occupancy.close_stays(at), "stays closed")


async def write_messages(at: datetime) -> str:
    from booking import notifications

    return _counted(await notifications.write_messages(at), "written")


async def deliver_messages(at: datetime) -> str:
    from booking import notifications

    return _counted(await notifications.deliver(at), "delivered")


async def write_webhooks(at: datetime) -> str:
    from booking import webhooks

    return _counted(await webhooks.write_deliveries(at), "written")


async def deliver_webhooks(at: datetime) -> str:
    from booking import webhooks

    return _counted(await webhooks.deliver(at), "delivered")


async def write_reminders(at: datetime) -> str:
    from booking import notifications

    return _counted(await notifications.write_reminders(at), "reminders")


async def refresh_map(at: datetime) -> str:
    from booking import search

    await search.refresh(at)
    return ""


async def check_invariants(at: datetime) -> str:
    from booking import checks

    findings = await checks.run(at)
    for finding in findings:
        log.error("invariant_broken", invariant=finding.code, rows=finding.count, examples=finding.examples)
    return _counted(len(findings), "broken")


async def back_up(at: datetime) -> str:
    import settings

    if not settings.BACKUP_DIR:
        return ""
    from booking import backups

    where = Path(settings.BACKUP_DIR)
    file, told = await backups.make(settings.TORTOISE_ORM, where, at=at, media=settings.MEDIA_DIR)
    backups.prune(file.parent, KEEP_NIGHTS)
    return f"{file.name}, {sum(told.rows.values())} rows"


async def book_demo_weeks(at: datetime) -> str:
    import settings

    if not settings.DEMO:
        return ""
    from booking import demo

    return _counted(await demo.book_weeks(at), "bookings invented")


async def play_demo_day(at: datetime) -> str:
    import settings

    if not settings.DEMO:
        return ""
    from booking import demo_presence

    return _counted(await demo_presence.play(at), "comings and goings invented")


async def end_accounts(at: datetime) -> str:
    from booking import leaving

    return _counted(await leaving.end_due(at), "accounts ended")


async def forget(at: datetime) -> str:
    """Old counts, guests, photos, sessions, keys, sign-ins, challenges, answers, runs, mails, and names of stays."""
    from booking import guests, limits, members, notifications, occupancy, webhooks
    from booking.api import once
    from booking.members import ApiToken, Session, SignIn
    from booking.places import photos, plans

    forgotten = (
        await limits.forget(at=at)
        + await photos.forget(at)
        + await plans.forget(at)
        + await guests.forget(at)
    )
    forgotten += await once.forget(at) + await webhooks.forget(at)
    forgotten += await ApiToken.filter(expires_at__lt=at - KEEP_SESSIONS).delete()
    forgotten += await Session.filter(expires_at__lt=at - KEEP_SESSIONS).delete()
    forgotten += await SignIn.filter(expires_at__lt=at - timedelta(days=1)).delete()
    forgotten += await occupancy.forget(at) + await notifications.forget(at)
    forgotten += await members.passkeys.forget(at=at) + await members.oidc.forget(at=at)
    forgotten += await JobRun.filter(started_at__lt=at - KEEP_RUNS).delete()
    quiet = JobRun.filter(
        started_at__lt=at - KEEP_QUIET_RUNS, finished_at__isnull=False, summary="", error=""
    )
    forgotten += await quiet.filter(
        job__in=[job.name for job in TIMETABLE if job.interval_seconds < 3600]
    ).delete()
    return _counted(forgotten, "rows forgotten")


TIMETABLE: tuple[Job, ...] = (
    Job("expire_holds", expire_holds, 60, "Let go of holds whose time is over."),
    Job("post_money", post_money, 60, "Take the pended money of bookings that have begun."),
    Job("work_stripe_events", work_stripe_events, 5, "Look at the payments that Stripe has told us about."),
    Job(
        "settle_payments",
        settle_payments,
        30,
        "Ask Stripe where nothing was heard, refund what is owed, remind of open payments.",
    ),
    Job("compare_cards", compare_cards, 86_400, "Compare four days of Stripe's events with the books."),
    # Before the next, or it would find that nobody has come.
    Job("play_demo_day", play_demo_day, 60, "In the demonstration, let neighbours come and go."),
    Job("release_no_shows", release_no_shows, 60, "Give back the rooms for which nobody has come."),
    Job("close_stays", close_stays, 300, "End the stays that nobody ended, as their house closes."),
    Job("write_messages", write_messages, 5, "Write a message for each event that somebody must hear of."),
    Job("deliver_messages", deliver_messages, 5, "Deliver the messages that are due, again where it failed."),
    Job(
        "write_webhooks", write_webhooks, 5, "Write down each event for the programs that want to hear of it."
    ),
    Job("deliver_webhooks", deliver_webhooks, 5, "Tell those programs, again where it failed."),
    Job("write_reminders", write_reminders, 900, "Remind members of the bookings of tomorrow."),
    Job("refresh_map", refresh_map, 60, "Work out which venue is free, later, full or closed."),
    Job("check_invariants", check_invariants, 3600, "Ask the database whether everything holds that must."),
    Job("back_up", back_up, 86_400, "Make the nightly backup, where BACKUP_DIR says where to."),
    Job("book_demo_weeks", book_demo_weeks, 3600, "In the demonstration, book the new week."),
    Job("end_accounts", end_accounts, 3600, "End the accounts of those who asked for it a week ago."),
    Job("forget", forget, 86_400, "Delete what nobody needs any more, and take names off old stays."),
)


def slot_of(job: Job, at: datetime) -> datetime:
    """The beginning of the tick that `at` falls into: whole intervals since 1970, in UTC."""
    seconds = int(at.timestamp()) // job.interval_seconds * job.interval_seconds
    return datetime.fromtimestamp(seconds, UTC)


async def tick(job: Job, at: datetime) -> bool:
    """Run the job if nobody has in this tick. Returns whether it ran here. Errors are logged, never raised."""
    slot = slot_of(job, at)
    claimed = await db.rows(
        "INSERT INTO job_run (job, slot, started_at, summary, error) VALUES (?, ?, ?, '', '') "
        "ON CONFLICT (job, slot) DO UPDATE SET started_at = excluded.started_at "
        "WHERE job_run.finished_at IS NULL AND job_run.started_at < ? RETURNING id",
        job.name,
        slot,
        at,
        at - LEASE,
    )
    if not claimed:
        return False
    summary = error = ""
    try:
        summary = await job.run(at)
        if summary:
            log.info("job_done", job=job.name, summary=summary)
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
        log.exception("job_failed", job=job.name)
    await JobRun.filter(id=claimed[0]["id"]).update(
        finished_at=clock.now(), summary=summary[:300], error=error[:500]
    )
    return True


async def _look(job: Job) -> None:
    try:
        await tick(job, clock.now())
    except Exception:
        # The database is away: the next look is soon.
        log.exception("job_not_claimed", job=job.name)


def start_scheduler() -> Any:
    """Start the timetable in the running event loop; the answer's `shutdown()` stops it.

    Jobs that run at that moment are cancelled, which they can take at any point.
    """
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
    )
    begins = clock.now()
    for place, job in enumerate(TIMETABLE):
        scheduler.add_job(
            _look,
            "interval",
            args=[job],
            id=job.name,
            seconds=min(job.interval_seconds, LOOK_SECONDS_MAX),
            # One after the other, a breath after the start, so that the first page need not wait for them.
            next_run_time=begins + timedelta(seconds=1 + place * 0.2),
        )
    scheduler.start()
    return scheduler


async def run_for_ever(stop: asyncio.Event) -> None:
    """The process of the jobs: the timetable until `stop` is set."""
    scheduler = start_scheduler()
    try:
        await stop.wait()
    finally:
        scheduler.shutdown(wait=False)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count else ""
