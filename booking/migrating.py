"""Bringing a database to the newest schema, round the traps of the migration tool.

One migrator at a time (advisory lock; a file lock on SQLite); SQLite is migrated without foreign keys and with
legacy ALTER TABLE, because Tortoise rebuilds tables by dropping them, and a drop would delete the children's rows;
a copy of the file is made first; afterwards the guards are brought up to date, and every foreign key checked.
"""

from __future__ import annotations

import copy
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api.migrate import migrate as run_migrations

from booking import db, guards

LOCK_NUMBER = 7_365_001


async def migrate(config: dict[str, Any], *, backup: bool = True, target: str | None = None) -> list[str]:
    """Apply what is missing. Returns the names of the migrations applied, in order."""
    config = copy.deepcopy(config)
    credentials = config["connections"]["default"]["credentials"]
    applied: list[str] = []

    def note(event: str, *details: str) -> None:
        if event == "apply_done":
            applied.append(details[-1])

    if "file_path" in credentials:
        credentials |= {"foreign_keys": "OFF", "legacy_alter_table": "ON"}
        async with _alone_on_sqlite(Path(credentials["file_path"]), applied) as copy_now:

            def before(_connection: str, plan: list[Any], _fake: bool, _dry_run: bool) -> None:
                # Not at every start: copying a large file that stays as it is would take the start's best seconds.
                if plan and backup:
                    copy_now()

            try:
                await run_migrations(config=config, target=target, progress=note, reporter=before)
                connection = db.connection()
                for statement in guards.sqlite_statements() if target is None else []:
                    await connection.execute_query(statement)
                for statement in guards.stamp_statements("sqlite") if applied and target is None else []:
                    await connection.execute_query(statement)
                check = "PRAGMA foreign_key_check"
                if applied and (broken := await connection.execute_query_dict(check)):
                    raise RuntimeError(f"foreign keys broken after migrating: {broken[:5]}")
            finally:
                await Tortoise.close_connections()
        return applied
    # An index or a guard over a million rows takes longer than any page may wait.
    credentials |= {"command_timeout": None}
    async with _alone_on_postgres(credentials):
        try:
            await run_migrations(config=config, target=target, progress=note)
            if target is None:
                await _guard_postgres(stamp=bool(applied))
        finally:
            await Tortoise.close_connections()
    return applied


async def _guard_postgres(*, stamp: bool) -> None:
    """Bring the guards up to date, all or none of them."""
    connection = db.connection()
    # In a block of its own: where the extension is missing or not allowed, the failure must not end anything.
    await connection.execute_script(
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS btree_gist; EXCEPTION WHEN OTHERS THEN NULL; END $$"
    )
    gist = await connection.execute_query_dict("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")
    found = await connection.execute_query_dict(
        "SELECT conname AS name, obj_description(oid, 'pg_constraint') AS noted FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace "
        "UNION ALL SELECT tgname, NULL FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    )
    there = {row["name"]: row["noted"] for row in found}
    async with db.transaction() as opened:
        for statement in guards.postgres_statements(gist=bool(gist), there=there):
            await opened.execute_script(statement)
        for statement in guards.stamp_statements("postgres") if stamp else []:
            await opened.execute_script(statement)


@asynccontextmanager
async def _alone_on_sqlite(path: Path, applied: list[str]) -> AsyncIterator[Callable[[], None]]:
    """Hold the file's lock, and give the function that copies the file as it is now. The copy is kept when something
    was applied, or failed: the one from before the last upgrade must not be written over for nothing."""

    was_there = path.exists() and path.stat().st_size > 0

    def copy_now() -> None:
        if was_there:
            source, copied = sqlite3.connect(path), sqlite3.connect(copy_of_now)
            with source, copied:
                source.backup(copied)
            source.close()
            copied.close()

    kept, copy_of_now = Path(f"{path}.before-migrating"), Path(f"{path}.before-migrating.part")
    with open(f"{path}.migrating", "w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        failed = True
        try:
            yield copy_now
            failed = False
        finally:
            if copy_of_now.exists():
                copy_of_now.replace(kept) if failed or applied else copy_of_now.unlink()
            Path(lock_file.name).unlink(missing_ok=True)


@asynccontextmanager
async def _alone_on_postgres(credentials: dict[str, Any]) -> AsyncIterator[None]:
    names = ("host", "port", "user", "password", "database")
    connection = await asyncpg.connect(**{name: credentials[name] for name in names})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_NUMBER)
        yield
    finally:
        await connection.close()
