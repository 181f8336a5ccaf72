"""A tick: once per slot whoever asks, taken over when it died, never raising."""

from datetime import UTC, datetime, timedelta

import pytest

from booking import jobs, limits
from booking.jobs import Job, JobRun, slot_of
from booking.members import Session, SignIn
from tests import make
from tests.conftest import NOW

ran: list[datetime] = []


async def note(at: datetime) -> str:
    ran.append(at)
    return "noted"


async def fail(at: datetime) -> str:
    ran.append(at)
    raise ValueError("a bad day")


MINUTELY = Job("note", note, 60, "Note the moment.")
DAILY = Job("note_daily", note, 86_400, "Note the day.")


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


async def test_it_works(db: str) -> None:
    assert await jobs.tick(MINUTELY, NOW)
    run = await JobRun.get(job="note")
    assert (run.slot, run.started_at, run.summary, run.error) == (NOW, NOW, "noted", "")
    assert run.finished_at is not None


async def test_once_per_slot(db: str) -> None:
    done = [
        await jobs.tick(MINUTELY, NOW + timedelta(seconds=seconds)) for seconds in (0, 1, 59, 60, 61, 120)
    ]
    assert done == [True, False, False, True, False, True]
    assert len(ran) == await JobRun.all().count() == 3


async def test_a_daily_job_is_late_and_not_lost(db: str) -> None:
    # Nothing ran for 26 hours, the night of the clock change among them.
    before, after = datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 26, 0, 30, tzinfo=UTC)
    assert await jobs.tick(DAILY, before)
    assert await jobs.tick(DAILY, after)
    assert not await jobs.tick(DAILY, after + timedelta(minutes=1))


async def test_an_error_is_kept_and_the_next_tick_runs(db: str) -> None:
    failing = Job("fail", fail, 60, "Fail.")
    assert await jobs.tick(failing, NOW)
    assert (await JobRun.get(job="fail")).error == "ValueError: a bad day"
    assert not await jobs.tick(failing, NOW)
    assert await jobs.tick(failing, NOW + timedelta(minutes=1))


async def test_a_run_that_died_is_taken_over_after_its_lease(db: str) -> None:
    await JobRun.create(job="note_daily", slot=slot_of(DAILY, NOW), started_at=NOW)
    assert not await jobs.tick(DAILY, NOW + jobs.LEASE)
    assert await jobs.tick(DAILY, NOW + jobs.LEASE + timedelta(seconds=1))
    assert not await jobs.tick(DAILY, NOW + 3 * jobs.LEASE)
    assert len(ran) == 1


async def test_every_job_of_the_timetable_runs_on_an_empty_database(db: str) -> None:
    for job in jobs.TIMETABLE:
        assert await jobs.tick(job, NOW), job.name
    assert await JobRun.exclude(error="").values_list("job", "error") == []


async def test_every_job_of_the_timetable_runs_on_a_booked_one(db: str) -> None:
    await make.reservation(await make.resource(), await make.member())
    for job in jobs.TIMETABLE:
        assert await jobs.tick(job, NOW), job.name
    assert await JobRun.exclude(error="").values_list("job", "error") == []


async def test_money_is_posted_at_the_start(db: str) -> None:
    made = await make.reservation(await make.resource(), await make.member())
    assert await jobs.post_money(made.begins_at - timedelta(seconds=1)) == ""
    assert await jobs.post_money(made.begins_at) == "1 posted"
    assert await jobs.post_money(made.begins_at) == ""


async def test_overdue_holds_go(db: str) -> None:
    made = await make.reservation(await make.resource(approval=True), await make.member())
    assert await jobs.expire_holds(made.held_until - timedelta(seconds=1)) == ""
    assert await jobs.expire_holds(made.held_until) == "1 expired"


async def test_what_nobody_needs_is_forgotten(db: str) -> None:
    member = await make.member()
    for number, expires_at in enumerate((NOW - timedelta(days=31), NOW + timedelta(days=1))):
        await Session.create(
            token_hash=str(number), member_id=member.id, created_at=NOW, seen_at=NOW, expires_at=expires_at
        )
        await SignIn.create(
            id=f"00000000-0000-4000-8000-00000000000{number}",
            email="a@example.org",
            link_hash=str(number),
            code_hash="",
            browser_hash="",
            created_at=NOW,
            expires_at=expires_at,
        )
    await limits.count("k", most=9, per_seconds=60, at=NOW - timedelta(days=2))
    await limits.count("k", most=9, per_seconds=60, at=NOW)
    for job, days, summary in (
        ("forget", 8, "x"),
        ("forget", 6, "x"),
        ("expire_holds", 1, "x"),
        ("expire_holds", 2, ""),
    ):
        at = NOW - timedelta(days=days)
        await JobRun.create(job=job, slot=at, started_at=at, finished_at=at, summary=summary)
    assert await jobs.forget(NOW) == "5 rows forgotten"
    assert await JobRun.all().order_by("started_at").values_list("job", flat=True) == [
        "forget",
        "expire_holds",
    ]
    assert (
        await Session.all().count() == await SignIn.all().count() == await limits.RateCount.all().count() == 1
    )


def test_the_timetable_is_described() -> None:
    assert len({job.name for job in jobs.TIMETABLE}) == len(jobs.TIMETABLE)
    for job in jobs.TIMETABLE:
        assert job.sentence.endswith(".")
        assert 86_400 % job.interval_seconds == 0
