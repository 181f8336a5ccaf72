"""Migrating: again, by two at once, over tables with rows; and the schema that both engines end with."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise import Tortoise

import settings
from booking import db as database
from booking import guards, migrating
from tests import make, postgres
from tests.breaking import broken_by
from tests.conftest import FOLDER, use


async def test_a_database_in_service_gets_what_a_later_version_guards(database_url, engine, monkeypatch):
    """A guard worded anew, and one whose constraint somebody dropped: both are back after the next run."""
    use(database_url)
    worded_anew = ("reservation_counts_positive", "reservation", "{new}people >= 2 AND {new}quantity >= 1")
    others = [each for each in guards.CHECKS if each[0] != worded_anew[0]]
    monkeypatch.setattr(guards, "CHECKS", [*others, worded_anew])
    if engine == "postgres":
        import asyncpg

        connection = await asyncpg.connect(database_url.split("?")[0])
        await connection.execute("ALTER TABLE claim DROP CONSTRAINT claim_span_forward")
        await connection.close()
    await migrating.migrate(settings.TORTOISE_ORM, backup=False)
    await database.connect(settings.TORTOISE_ORM)
    try:
        await make.reservation(await make.resource(), await make.member(), people=3)
        assert await broken_by("UPDATE reservation SET people = 1") == "reservation_counts_positive"
        assert await broken_by("UPDATE claim SET ends_at = begins_at") == "claim_span_forward"
    finally:
        await database.close()


async def test_migrating_again_does_nothing(db):
    await database.close()
    assert await migrating.migrate(settings.TORTOISE_ORM, backup=False) == []
    await database.connect(settings.TORTOISE_ORM)


async def test_the_models_have_no_change_without_a_migration(db):
    from tortoise.migrations.autodetector import MigrationAutodetector

    await Tortoise.init(config=settings.TORTOISE_ORM, init_connections=False)
    detector = MigrationAutodetector(Tortoise.apps, settings.TORTOISE_ORM["apps"])
    found = [operation for writer in await detector.changes() for operation in writer.operations]
    # Docstrings travel as table comments; editing one is no change of the schema.
    assert [each for each in found if "table_description" not in getattr(each, "options", {})] == []


@pytest.mark.skipif(
    "sqlite" not in settings.TORTOISE_ORM["connections"]["default"]["engine"], reason="one engine"
)
async def test_two_migrators_at_once_leave_one_schema():
    path = FOLDER / f"twice-{uuid4()}.sqlite3"
    script = (
        "import asyncio, settings\nfrom booking import migrating\n"
        "print(asyncio.run(migrating.migrate(settings.TORTOISE_ORM)))"
    )
    both = [await _python(script, f"sqlite://{path}") for _ in range(2)]
    outs = await asyncio.gather(*(each.communicate() for each in both))
    assert [each.returncode for each in both] == [0, 0], outs
    assert sorted(len(out[0]) > 10 for out in outs) == [False, True]


async def _python(script: str, url: str) -> asyncio.subprocess.Process:
    import os
    import sys

    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        env={**os.environ, "DATABASE_URL": url, "SECRET_KEY": "x"},
        cwd=Path(settings.__file__).parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_rebuilt_table_keeps_children_and_triggers_on_sqlite(templates):
    """The migration tool rebuilds a table by dropping it; ours switches foreign keys off and makes triggers anew."""
    import shutil

    path = FOLDER / f"rebuild-{uuid4()}.sqlite3"
    shutil.copyfile(templates["sqlite"], path)
    use(f"sqlite://{path}")
    await database.connect(settings.TORTOISE_ORM)
    room = await make.resource()
    await make.reservation(room, await make.member())
    await database.close()

    config = {
        **settings.TORTOISE_ORM,
        "apps": {
            "booking": {**settings.TORTOISE_ORM["apps"]["booking"], "migrations": "tests.later_migrations"}
        },
    }
    assert await migrating.migrate(config) == ["0900_widen"]

    read = sqlite3.connect(path)
    counts = {
        name: read.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]
        for name in ("member", "reservation", "claim")
    }
    assert counts == {"member": 1, "reservation": 1, "claim": 1}
    triggers = {row[0] for row in read.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert {"claim_no_overlap_insert", "reservation_uid_fixed", "member_email_lower_update"} <= triggers
    assert read.execute("PRAGMA foreign_key_check").fetchall() == []
    read.close()


async def test_both_engines_have_the_same_columns(templates):
    if len(templates) < 2:
        pytest.skip("one engine")
    sqlite = sqlite3.connect(templates["sqlite"])
    tables = [row[0] for row in sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        (table, row[1], bool(row[3] or row[5]))
        for table in tables
        if not table.startswith(("sqlite_", "tortoise"))
        for row in sqlite.execute(f"PRAGMA table_info({table})")
    }
    sqlite.close()
    import asyncpg

    connection = await asyncpg.connect(postgres.url(templates["postgres"]))
    rows = await connection.fetch(
        "SELECT table_name, column_name, is_nullable, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name NOT LIKE 'tortoise%'"
    )
    await connection.close()
    assert {(row["table_name"], row["column_name"], row["is_nullable"] == "NO") for row in rows} == found
    types = {(row["table_name"], row["column_name"]): row["data_type"] for row in rows}
    money = {name: kind for name, kind in types.items() if name[1].endswith("_cents")}
    assert money
    assert set(money.values()) <= {"bigint", "integer"}
    times = {kind for name, kind in types.items() if name[1].endswith("_at")}
    assert times == {"timestamp with time zone"}
