"""The two engines' own means: a consistent copy of a database in use, and putting one in its place."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

from booking.backups.manifest import Unfit

BUSY_SECONDS = 30
OWN_NAME = "share-the-desk"  # how our connections call themselves on PostgreSQL
HISTORY = "tortoise_migrations"
# Rows that a database has before anybody has done anything in it.
NOT_COUNTED = {HISTORY, "job_run", "rate_count", "sqlite_sequence"}
# A restored database is given whole or not at all, by one transaction.
EMPTY_SCHEMA = "DROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n"


class Sqlite:
    """A SQLite file."""

    name = "sqlite"
    data = "database.sqlite3.gz"

    def __init__(self, credentials: dict[str, Any]) -> None:
        self.path = Path(credentials["file_path"])

    async def server(self) -> str:
        return sqlite3.sqlite_version

    async def copy(self, to: Path) -> tuple[list[str], dict[str, int]]:
        """A consistent copy, compressed, while others write. Gives its migrations and its rows per table."""
        if not self.path.exists():
            raise Unfit(f"There is no database {self.path}.")
        return await asyncio.to_thread(self._copy, to)

    def _copy(self, to: Path) -> tuple[list[str], dict[str, int]]:
        plain = to.with_name("database.sqlite3")
        with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as source:
            source.execute("VACUUM INTO ?", [str(plain)])
        found = _seen(plain)
        with plain.open("rb") as whole, gzip.open(to, "wb", compresslevel=1) as packed:
            shutil.copyfileobj(whole, packed, 1 << 20)
        plain.unlink()
        return found

    async def content(self) -> dict[str, int]:
        """The rows of each table now; nothing where there is no file."""
        if not self.path.exists() or not self.path.stat().st_size:
            return {}
        return (await asyncio.to_thread(_seen, self.path))[1]

    async def check_unused(self) -> None:
        """Raises Unfit when another program has the file open."""
        if not self.path.exists():
            return
        with closing(sqlite3.connect(self.path, timeout=1, isolation_level=None)) as alone:
            try:
                alone.execute("PRAGMA locking_mode = EXCLUSIVE")
                alone.execute("BEGIN EXCLUSIVE")
                alone.execute("COMMIT")
            except sqlite3.OperationalError as busy:
                raise Unfit("Another program has the database open: stop the server first.") from busy
            except sqlite3.DatabaseError:
                return  # a damaged file is what restoring is for

    async def replace(self, data: Path, aside: str) -> str:
        """Put the copy in the database's place. Gives the name under which the old one is kept, or ''."""
        return await asyncio.to_thread(self._replace, data, aside)

    def _replace(self, data: Path, aside: str) -> str:
        fresh = self.path.with_name(f".{self.path.name}.restoring")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(data, "rb") as packed, fresh.open("wb") as whole:
            fresh.chmod(0o600)
            shutil.copyfileobj(packed, whole, 1 << 20)
            whole.flush()
            os.fsync(whole.fileno())
        kept = Path()
        if self.path.exists():
            if self.path.stat().st_size:
                with closing(sqlite3.connect(self.path)) as old:
                    old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            kept = self.path.with_name(f"{self.path.name}.{aside}")
            self.path.rename(kept)
        for beside in ("-wal", "-shm"):
            Path(f"{self.path}{beside}").unlink(missing_ok=True)
        fresh.replace(self.path)
        return str(kept) if kept.name else ""


def _seen(path: Path) -> tuple[list[str], dict[str, int]]:
    """The migrations and the rows per table of a SQLite file. Raises Unfit when SQLite finds it damaged."""
    try:
        with closing(sqlite3.connect(path)) as file:
            if (said := file.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                raise Unfit(f"The database is damaged: {said}")
            tables = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {name: file.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in tables}
            order = f"SELECT name FROM {HISTORY} ORDER BY id"
            return [row[0] for row in file.execute(order)] if HISTORY in tables else [], _counted(rows)
    except sqlite3.DatabaseError as wrong:
        raise Unfit(f"The database cannot be read: {wrong}") from wrong


class Postgres:
    """A PostgreSQL database, by pg_dump, pg_restore and psql of this machine."""

    name = "postgres"
    data = "database.dump"

    def __init__(self, credentials: dict[str, Any]) -> None:
        self.login = {name: credentials[name] for name in ("host", "port", "user", "password", "database")}

    async def _connected(self) -> Any:
        try:
            return await asyncpg.connect(**self.login, timeout=10)
        except (OSError, asyncpg.PostgresError, TimeoutError) as away:
            raise Unfit(f"The database does not answer: {away}") from away

    async def server(self) -> str:
        connection = await self._connected()
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    async def copy(self, to: Path) -> tuple[list[str], dict[str, int]]:
        """A dump in PostgreSQL's custom format. The counts are of the same snapshot."""
        dump = self.tool("pg_dump", await self.server())
        connection = await self._connected()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
                migrations, rows = await _content(connection)
                command = [dump, "--format=custom", "--no-owner", "--no-privileges"]
                await asyncio.to_thread(self.run, [*command, f"--snapshot={snapshot}", f"--file={to}"])
        finally:
            await connection.close()
        return migrations, rows

    async def content(self) -> dict[str, int]:
        connection = await self._connected()
        try:
            return (await _content(connection))[1]
        finally:
            await connection.close()

    async def check_unused(self) -> None:
        """Raises Unfit when a server or the jobs are connected."""
        connection = await self._connected()
        try:
            others = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
                OWN_NAME,
            )
        finally:
            await connection.close()
        if others:
            raise Unfit(f"{others} connections of the server or the jobs are open: stop them first.")

    async def replace(self, data: Path, _aside: str) -> str:
        """Put the dump in the place of all that is there, in one transaction: when it fails, nothing has changed."""
        version = await self.server()
        script = data.with_suffix(".sql")
        await asyncio.to_thread(self._replace, data, script, version)
        return ""

    def _replace(self, data: Path, script: Path, version: str) -> None:
        said = data.with_suffix(".body.sql")
        self.run(
            [self.tool("pg_restore", version), "--no-owner", "--no-privileges", f"--file={said}", str(data)]
        )
        with script.open("wb") as whole, said.open("rb") as body:
            whole.write(EMPTY_SCHEMA.encode())
            for line in body:
                # The schema is there already, and so that line would end everything.
                if line.strip() != b"CREATE SCHEMA public;":
                    whole.write(line)
        psql = [self.tool("psql", version), "--no-psqlrc", "--quiet", "--single-transaction"]
        self.run([*psql, "--set=ON_ERROR_STOP=1", f"--file={script}"])

    def run(self, command: Sequence[str]) -> None:
        """Run one of PostgreSQL's programs on this database. The password is in its environment, where only its
        owner can read it. Raises Unfit with what it said."""
        told = {
            "HOST": "host",
            "PORT": "port",
            "USER": "user",
            "PASSWORD": "password",
            "DATABASE": "database",
        }
        environment = {f"PG{name}": str(self.login[key]) for name, key in told.items() if self.login[key]}
        done = subprocess.run(  # noqa: S603 programs that we name ourselves
            command, env=os.environ | environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            last = (done.stderr.strip() or "it said nothing").splitlines()[:5]
            raise Unfit(f"{Path(command[0]).name} failed: {' '.join(last)}")

    @staticmethod
    def tool(name: str, server: str) -> str:
        """The program of this name, of the server's version or newer. Raises Unfit, saying what to install."""
        needed = int(re.match(r"\d+", server)[0])  # type: ignore[index]
        candidates = [str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
        if on_path := shutil.which(name):
            candidates.append(on_path)
        found: dict[int, str] = {}
        for path in candidates:
            asked = [path, "--version"]
            said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603 as above
            if version := re.search(r"\d+", said):
                found.setdefault(int(version[0]), path)
        fitting = [version for version in found if version >= needed]
        if fitting:
            return found[min(fitting)]
        newest = f"; the newest here is of {max(found)}" if found else ""
        raise Unfit(
            f"{name} of PostgreSQL {needed} or newer is needed{newest}. Debian and Ubuntu: apt-get install "
            f"postgresql-client-{needed}"
        )


async def _content(connection: Any) -> tuple[list[str], dict[str, int]]:
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    names = [row["tablename"] for row in tables]
    rows = {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}
    applied = await connection.fetch(f"SELECT name FROM {HISTORY} ORDER BY id") if HISTORY in names else []
    return [row["name"] for row in applied], _counted(rows)


def _counted(rows: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(rows.items()) if name not in NOT_COUNTED}


def engine_of(config: dict[str, Any]) -> Sqlite | Postgres:
    """The engine of `settings.TORTOISE_ORM`. Raises Unfit for a database in memory."""
    credentials = config["connections"]["default"]["credentials"]
    if "file_path" not in credentials:
        return Postgres(credentials)
    if credentials["file_path"] == ":memory:":
        raise Unfit("A database in memory cannot be backed up.")
    return Sqlite(credentials)
