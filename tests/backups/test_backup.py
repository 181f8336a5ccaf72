"""Backups under load on both engines: whole, consistent, and back again; and everything that is refused."""

import asyncio
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import settings
from booking import backups, checks, jobs, reservations
from booking import db as database
from booking.backups import Unfit
from booking.members import Session, sessions
from booking.reservations import Claim, Reservation
from booking.timespan import TimeSpan
from tests import make, postgres
from tests.conftest import NOW, use

ROOT = Path(__file__).parents[2]
WRITERS = 6


@pytest.fixture
async def fresh(engine: str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database of the same engine with nothing in it."""
    if engine == "sqlite":
        yield f"sqlite://{tmp_path}/restored.sqlite3"
    else:
        name = f"desk_restored_{os.getpid()}"
        yield await postgres.create_database(name)
        await postgres.drop_database(name)


async def counts() -> dict[str, int]:
    return {
        table: (await database.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"]
        for table in ("reservation", "claim", "transfer", "event", "account", "member")
    }


async def elsewhere(url: str) -> None:
    """Leave the test's database, and work with another one."""
    await database.close()
    use(url)


async def booking_for_ever(member: Any, resource: Any, activity: Any, first_day: int) -> int:
    """One hour after the other, until it is cancelled."""
    made = 0
    try:
        while True:
            begins_at = NOW.replace(hour=9) + timedelta(days=first_day + made // 8, hours=made % 8)
            span = TimeSpan(begins_at, begins_at + timedelta(hours=1))
            await reservations.reserve(uuid4(), resource.id, span, by=member, at=NOW, activity_id=activity.id)
            made += 1
    except asyncio.CancelledError:
        return made


async def test_it_works(fresh: str, db: str, tmp_path: Path) -> None:
    member, resource = await make.member(), await make.resource()
    await make.reservation(resource, member)
    await sessions.start(member, agent="test", at=NOW)
    before = await counts()
    file, told = await backups.make(settings.TORTOISE_ORM, tmp_path / "kept", at=NOW)
    assert (file.name, told.engine) == ("desk-20261123T080000Z.backup", db)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert told.rows["reservation"] == 1
    assert told.migrations[0] == "0001_initial"

    await elsewhere(fresh)
    done = await backups.restore(settings.TORTOISE_ORM, file, at=NOW)
    assert (done.kept, done.migrated, done.ended, done.findings) == ([], [], 0, [])
    await database.connect(settings.TORTOISE_ORM)
    assert await counts() == before
    assert await Session.all().count() == 1
    assert await checks.missing_guards() == []
    assert (await Reservation.all()[0:1].get()).member_id == member.id


async def test_while_several_write(fresh: str, db: str, tmp_path: Path) -> None:
    pairs = []
    for number in range(WRITERS):
        member, resource = await make.member(f"Writer{number}"), await make.resource()
        pairs.append((member, resource, await make.activity(member, cents=100_000_000)))
    writers = [asyncio.create_task(booking_for_ever(*pair, 2)) for pair in pairs]
    files = []
    for number in range(3):
        before = await Reservation.all().count()
        while await Reservation.all().count() <= before:  # noqa: ASYNC110 nothing tells us of a row
            await asyncio.sleep(0.01)
        files.append(await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW + timedelta(seconds=number)))
    for task in writers:
        task.cancel()
    made = sum(await asyncio.gather(*writers))
    seen = [told.rows["reservation"] for _file, told in files]
    assert 0 < seen[0] < seen[-1] <= made + WRITERS, "nobody wrote meanwhile"

    await elsewhere(fresh)
    for file, told in files:
        done = await backups.restore(
            settings.TORTOISE_ORM, file, at=NOW, replace=True, aside=tmp_path / "aside"
        )
        assert done.findings == []
        await database.connect(settings.TORTOISE_ORM)
        assert (await counts())["reservation"] == told.rows["reservation"] == await Claim.all().count()
        await database.close()
    await database.connect(settings.TORTOISE_ORM)


async def test_sessions_can_be_ended(fresh: str, db: str, tmp_path: Path) -> None:
    await sessions.start(await make.member(), agent="test", at=NOW)
    file, _told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    await elsewhere(fresh)
    assert (await backups.restore(settings.TORTOISE_ORM, file, at=NOW, end_sessions=True)).ended == 1
    await database.connect(settings.TORTOISE_ORM)
    assert await Session.all().count() == 0


async def test_a_database_with_something_in_it(db: str, database_url: str, tmp_path: Path) -> None:
    alice = await make.member("Alice")
    file, _told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    await make.member("Bob")
    await database.close()
    with pytest.raises(Unfit, match=r"not empty.*--replace"):
        await backups.restore(settings.TORTOISE_ORM, file, at=NOW)
    await database.connect(settings.TORTOISE_ORM)
    assert (await counts())["member"] == 2
    await database.close()
    done = await backups.restore(settings.TORTOISE_ORM, file, at=NOW, replace=True, aside=tmp_path / "aside")
    [kept] = done.kept
    assert Path(kept).exists()
    await database.connect(settings.TORTOISE_ORM)
    assert [row["id"] for row in await database.rows("SELECT id FROM member")] == [alice.id]


async def test_a_database_in_use(db: str, database_url: str, tmp_path: Path) -> None:
    await make.member()
    file, _told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    with pytest.raises(Unfit, match="stop"):
        await backups.restore(settings.TORTOISE_ORM, file, at=NOW, replace=True)
    assert (await counts())["member"] == 1


async def test_a_damaged_file(fresh: str, db: str, tmp_path: Path) -> None:
    await make.member()
    file, _told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    whole = file.read_bytes()
    place = whole.index(b"database.", 600) + 2000  # within the data
    broken = {
        "changed": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "other": b"something else" * 1000,
    }
    await elsewhere(fresh)
    for name, content in broken.items():
        wrong = tmp_path / f"{name}.backup"
        wrong.write_bytes(content)
        with pytest.raises(Unfit):
            await backups.restore(settings.TORTOISE_ORM, wrong, at=NOW)
    with pytest.raises(Unfit):
        await backups.restore(settings.TORTOISE_ORM, tmp_path / "nowhere.backup", at=NOW)
    assert not (tmp_path / "restored.sqlite3").exists()
    await backups.restore(settings.TORTOISE_ORM, file, at=NOW)  # the whole one still fits the empty database
    await database.connect(settings.TORTOISE_ORM)


def with_manifest(file: Path, to: Path, **changes: Any) -> Path:
    """The same backup that says something else of itself."""
    with tarfile.open(file) as old, tarfile.open(to, "w") as new:
        for member in old.getmembers():
            held = old.extractfile(member)
            assert held
            content = held.read()
            if member.name == "manifest.json":
                content = json.dumps({**json.loads(content), **changes}).encode()
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return to


async def test_what_leads_out_of_the_folder(fresh: str, db: str, tmp_path: Path) -> None:
    file, _told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    await elsewhere(fresh)
    outside, link, absolute = (tarfile.TarInfo(n) for n in ("../../out", "media/a", str(tmp_path / "out")))
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    for member in (outside, link, absolute):
        wrong = with_manifest(file, tmp_path / "wrong.backup")
        with tarfile.open(wrong, "a") as archive:
            archive.addfile(member)
        with pytest.raises(Unfit, match="does not belong in a backup"):
            await backups.restore(settings.TORTOISE_ORM, wrong, at=NOW)
    assert not (tmp_path / "out").exists()
    await backups.restore(settings.TORTOISE_ORM, file, at=NOW)
    await database.connect(settings.TORTOISE_ORM)


async def test_another_engine_or_a_newer_version(fresh: str, db: str, tmp_path: Path) -> None:
    file, told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    await elsewhere(fresh)
    other = "postgres" if db == "sqlite" else "sqlite"
    for changes, said in (
        ({"engine": other}, "do not mix"),
        ({"migrations": [*told.migrations, "0999_of_tomorrow"]}, "newer version"),
        ({"format": 99}, "newer version"),
    ):
        wrong = with_manifest(file, tmp_path / "wrong.backup", **changes)
        with pytest.raises(Unfit, match=said):
            await backups.restore(settings.TORTOISE_ORM, wrong, at=NOW)
    await database.connect(settings.TORTOISE_ORM)
    there = (
        "SELECT name FROM sqlite_master"
        if db == "sqlite"
        else "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"
    )
    assert await database.rows(there) == []
    await database.close()
    await backups.restore(settings.TORTOISE_ORM, file, at=NOW)
    await database.connect(settings.TORTOISE_ORM)


async def test_pictures_come_along(fresh: str, db: str, tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "venues").mkdir(parents=True)
    (media / "venues" / "one.webp").write_bytes(b"a picture")
    file, told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW, media=media)
    assert told.media_files == 1
    await elsewhere(fresh)
    with pytest.raises(Unfit, match="not empty"):
        await backups.restore(settings.TORTOISE_ORM, file, at=NOW, media=media)
    done = await backups.restore(settings.TORTOISE_ORM, file, at=NOW, media=tmp_path / "new")
    assert done.kept == []
    assert (tmp_path / "new" / "venues" / "one.webp").read_bytes() == b"a picture"
    await database.connect(settings.TORTOISE_ORM)


async def test_a_backup_that_is_killed(db: str, database_url: str, tmp_path: Path) -> None:
    """Nothing half made has a backup's name, and the next one tidies up."""
    await make.member()
    environment = os.environ | {"DATABASE_URL": database_url}
    for seconds in (0.35, 0.6, 0.8, 1.0):
        command = [sys.executable, "-m", "booking", "backup", str(tmp_path)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    for file in tmp_path.glob("*.backup"):
        with tarfile.open(file) as archive:
            assert archive.getnames()[0] == "manifest.json"
    file, _told = await backups.make(settings.TORTOISE_ORM, tmp_path, at=NOW)
    assert {path.suffix for path in tmp_path.iterdir() if not path.name.startswith("restored")} == {".backup"}


async def test_the_nightly_job(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await jobs.back_up(NOW) == ""
    monkeypatch.setattr(settings, "BACKUP_DIR", str(tmp_path))
    for night in range(jobs.KEEP_NIGHTS + 2):
        (tmp_path / f"desk-202610{night + 1:02}T000000Z.backup").write_text("an old one")
    (tmp_path / "notes.txt").write_text("not ours")
    assert "rows" in await jobs.back_up(NOW)
    assert len(list(tmp_path.glob(backups.BACKUPS))) == jobs.KEEP_NIGHTS
    assert (tmp_path / "desk-20261123T080000Z.backup").exists()
    assert (tmp_path / "notes.txt").exists()
