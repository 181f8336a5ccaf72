"""The database: connections, transactions, row locks in one fixed order, and what a broken guard was called.

The locking order of the whole product: member, reservation, units, accounts, each by id. Rows are locked only by
`lock()` and `locking()`. Nothing but SQL happens inside a transaction. PostgreSQL's deadlocks, serialisation failures
and lost connections repeat the whole operation, which is safe because every operation brings its own id.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Generic, ParamSpec, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
from tortoise import Tortoise, fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import (
    DBConnectionError,
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)
from tortoise.models import Model
from tortoise.transactions import in_transaction

from booking.asker import Asker, connect_as
from booking.errors import Busy
from booking.records import attach
from booking.records import instant as instant
from booking.records import made as made

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)
# SQL text with `?` places, and then their values.
Statement = tuple[Any, ...]
# In a statement that `write` runs with others: the rows that the one before it has RETURNED. PostgreSQL only.
BEFORE = "written_before"

TRIES_MAX = 5
POOL_MAX = 10
STATEMENT_SECONDS_MAX = 20
SLOW_SECONDS_MAX = 600

_waiting: ContextVar[list[Statement] | None] = ContextVar("waiting_to_be_written", default=None)
_inside: ContextVar[Any] = ContextVar("inside_a_transaction", default=None)  # its connection


class UtcDatetimeField(fields.DatetimeField):
    """An aware instant, always stored and read as UTC.

    SQLite keeps datetimes as text and compares them as text, so an offset other than +00:00, which the stock field
    stores and filters by as it came, would compare wrongly. Naive values raise ValueError.
    """

    def to_db_value(self, value: Any, instance: Any) -> Any:
        if value is None:
            return None
        # The stock field would take a naive value for one in its own zone.
        return instant(value) if isinstance(value, datetime) else super().to_db_value(value, instance)

    def to_python_value(self, value: Any) -> Any:
        return instant(value)


def foreign(model: str, **options: Any) -> Any:
    """A foreign key that refuses to delete what is in use, and has an index (Tortoise's default does neither)."""
    return fields.ForeignKeyField(
        f"booking.{model}", related_name=False, on_delete=fields.RESTRICT, db_index=True, **options
    )


def connection_for(url: str) -> dict[str, Any]:
    """Tortoise's connection settings for `sqlite://FILE` or `postgres://user:password@host:port/name`.

    On PostgreSQL `?pool=20` sets the connections per process and `?schema=` the search path.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(url.removeprefix("sqlite://").split("?")[0]) or ":memory:"
        # FULL, because the file keeps money: NORMAL may lose the last commits when the power goes.
        return {
            "engine": "booking.sqlite_backend",
            "credentials": {"file_path": path, "synchronous": "FULL", "busy_timeout": 5000},
        }
    if parts.scheme in ("postgres", "postgresql"):
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        credentials: dict[str, Any] = {
            "host": options.get("host") or parts.hostname or "localhost",
            "port": parts.port or 5432,
            "user": unquote(parts.username or "postgres"),
            "password": unquote(parts.password or "") or None,
            "database": parts.path.lstrip("/"),
            "minsize": 1,
            "maxsize": int(options.get("pool", POOL_MAX)),
            "command_timeout": STATEMENT_SECONDS_MAX,
            # asyncpg would ask "RESET ALL" and more after each question outside of a transaction, as much work as the
            # question itself. We set nothing on a connection, lock nothing and listen to nothing beyond a transaction.
            "reset": _leave,
            "server_settings": {
                "application_name": "share-the-desk",
                "idle_in_transaction_session_timeout": str(STATEMENT_SECONDS_MAX * 1000),
                "TimeZone": "UTC",
            },
        }
        return {"engine": "booking.postgres_backend", "credentials": credentials}
    raise ValueError(f"DATABASE_URL must begin with sqlite:// or postgres://, not {parts.scheme}://")


async def _leave(_connection: Any) -> None:
    """A connection goes back to the pool as it is."""


_opened = 0  # how often a database was opened here
_dialect = ""
_asker: Asker | None = None


async def connect(config: dict[str, Any]) -> None:
    """Open the database of `settings.TORTOISE_ORM`. Servers run requests in other tasks, hence the fallback."""
    global _opened, _dialect, _asker
    _opened += 1
    await Tortoise.init(config=config, _enable_global_fallback=True)
    _dialect = connection().capabilities.dialect
    _asker = Asker(connect_as(connection())) if _dialect == "postgres" else None


async def close() -> None:
    """Close every connection. On SQLite a process that forgets this never ends."""
    if _asker is not None:
        await _asker.close()
    await Tortoise.close_connections()


def connection() -> BaseDBAsyncClient:
    """The connection in use here: the transaction's, when inside one."""
    return _inside.get() or get_connection("default")


def dialect() -> str:
    """'sqlite' or 'postgres': that of the database which was opened last."""
    return _dialect


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Run SQL text with `?` places on either engine and return its rows as dicts.

    SQLite answers datetimes and UUIDs as text: read instants with `instant()`. Values of these types may be given.
    """
    if _dialect == "postgres":
        return await connection().execute_query_dict(_numbered(sql), list(values))
    return await connection().execute_query_dict(sql, _plain(values))


async def slowly(sql: str, *values: Any) -> list[dict[str, Any]]:
    """As `rows`, for questions over whole tables that nobody's page waits for: they may take minutes, not seconds.

    Not inside a transaction.
    """
    asked: Any = connection()
    if asked.capabilities.dialect != "postgres":
        return await rows(sql, *values)
    async with asked.acquire_connection() as connected:
        found = await connected.fetch(_numbered(sql), *values, timeout=SLOW_SECONDS_MAX)
    return [dict(row) for row in found]


async def several(*questions: Statement) -> list[list[dict[str, Any]]]:
    """The rows of several questions, each an SQL text and its values, in the order asked; on PostgreSQL on one way.

    There a question costs what the way costs, so they go as one statement, which also sees one moment. Its rows come
    as JSON: instants, dates and UUIDs are text, as they are on SQLite. `made()` makes models of them.
    """
    asked = connection()
    if len(questions) == 1:
        return [await rows(*questions[0])]
    if _dialect != "postgres":
        return [await asked.execute_query_dict(sql, _plain(values)) for sql, *values in questions]
    parts = [
        f"(SELECT COALESCE(json_agg(t), '[]') FROM ({sql}) t) AS p{place}"
        for place, (sql, *_values) in enumerate(questions)
    ]
    values = [value for _sql, *own in questions for value in own]
    whole = await asked.execute_query_dict(_numbered("SELECT " + ", ".join(parts)), values)
    return [json.loads(part) for part in whole[0].values()]


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """Questions, and what their rows mean: for asking those of several modules together."""

    questions: tuple[Statement, ...]
    read: Callable[..., T]


async def answers(*asked: Asked[Any]) -> list[Any]:
    """What each of these is answered, all asked at once."""
    return read(asked, await several(*(question for each in asked for question in each.questions)))


def read(asked: Iterable[Asked[Any]], found: Iterable[Any]) -> list[Any]:
    """The rows of the questions of all these, in order, as each of them reads its own."""
    left = iter(found)
    return [each.read(*islice(left, len(each.questions))) for each in asked]


async def write(*statements: Statement) -> None:
    """Run statements that write and tell nothing; on PostgreSQL as one. Only inside a transaction.

    There they run in an order of its own, mostly the last one first, and none of them sees what the others write. So no
    two may be about the same row, or about rows whose numbers say which came first.
    """
    if (waiting := _waiting.get()) is not None:
        waiting.extend(statements)
        return
    if _dialect != "postgres" or len(statements) < 2:
        for sql, *values in statements:
            await rows(sql, *values)
        return
    parts = ", ".join(
        f"w{place} AS ({sql.replace(BEFORE, f'w{place - 1}')})"
        for place, (sql, *_values) in enumerate(statements)
    )
    values = [value for _sql, *own in statements for value in own]
    await connection().execute_query_dict(_numbered(f"WITH {parts} SELECT 1"), values)


@asynccontextmanager
async def together() -> AsyncIterator[None]:
    """On PostgreSQL all that is given to `write` in here is written at its end, as by one call: one way, not several.

    So nothing in here may read what was written in here. On SQLite, where there is no way to go, it changes nothing.
    """
    if _dialect != "postgres":
        yield
        return
    assert _waiting.get() is None, "already together"
    waiting: list[Statement] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    await write(*waiting)


def is_together() -> bool:
    """Whether what `write` is given waits for others."""
    return _waiting.get() is not None


def _plain(values: Iterable[Any]) -> list[Any]:
    """Values as SQLite keeps them."""
    return [known(value) if (known := _PLAIN.get(type(value))) else value for value in values]


def _text_of(at: datetime) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(" ")


_PLAIN: dict[type, Callable[[Any], str]] = {datetime: _text_of, date: date.isoformat, UUID: str}


@functools.lru_cache(maxsize=1024)
def _numbered(sql: str) -> str:
    """The text with PostgreSQL's $1, $2 … for each `?`."""
    first, *others = sql.split("?")
    return first + "".join(f"${number}{piece}" for number, piece in enumerate(others, start=1))


async def version() -> tuple[Any, ...]:
    """What stays equal for as long as nothing at all in the database changes, whoever changes it.

    For keeping what was made of rows: ask this first, then the rows, and keep both. Equal later means that the rows
    are as they were. Any commit of any process makes it differ (on PostgreSQL in any database of the server), and of a
    database that was opened anew it differs too. One question, and a cheap one.
    """
    asked: Any = connection()
    if asked.capabilities.dialect == "postgres":
        # The transactions that a reader sees as finished: no commit is possible without changing this text.
        return _opened, await value("SELECT pg_current_snapshot()::text")
    return _opened, *await asked.changes()


async def value(sql: str) -> Any:
    """The one value of a question without values of its own that is asked very often; None without a row.

    On PostgreSQL those who ask it at the same time share an answer, to a question sent after all of them have asked.
    """
    if _asker is not None and not _inside.get():
        try:
            return await _asker.ask(sql)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass  # perhaps this connection alone is gone: the pool knows
    found = await rows(sql)
    return next(iter(found[0].values())) if found else None


def opened() -> int:
    """Which database is open here: another number after each `connect`."""
    return _opened


async def models(model: type[M], rest: str, *values: Any) -> list[M]:
    """Models by SQL text; `rest` is what follows `SELECT * FROM table`.

    For look-ups on the way of every booking and search: Tortoise takes up to ten times as long to build a query as
    the database to answer it. Elsewhere its queries read better.
    """
    return made(model, await rows(f'SELECT * FROM "{model._meta.db_table}" {rest}', *values))


async def relate(listed: Iterable[Any], name: str) -> list[Any]:
    """Fetch the foreign key `name` of all these models (of one class) in one question, and set it.

    Gives what was found, each once.
    """
    every = list(listed)
    wanted = {getattr(one, f"{name}_id") for one in every} - {None}
    found: list[Any] = []
    if wanted:
        related: Any = type(every[0])._meta.fields_map[name]
        found = await models(related.related_model, f"WHERE {among('id')}", many(wanted))
    known = {one.pk: one for one in found}
    for one in every:
        attach(one, name, known.get(getattr(one, f"{name}_id")))
    return found


def among(column: str) -> str:
    """SQL text for "one of many": one `?`, filled by `many()`, and so one plan however many they are."""
    if dialect() == "postgres":
        return f"{column} = ANY(?)"
    return f"{column} IN (SELECT value FROM json_each(?))"


def many(values: Iterable[Any]) -> Any:
    """The values for an `among`: numbers, texts or UUIDs."""
    listed = list(values)
    if dialect() == "postgres":
        return listed
    if all(type(value) is int for value in listed):
        return f"[{','.join(map(str, listed))}]"  # a sixth of what the encoder takes
    return json.dumps(listed, default=str)


@asynccontextmanager
async def transaction() -> AsyncIterator[Any]:
    """A transaction, or a savepoint inside one. Prefer `atomic`, which also tries again where that helps."""
    async with in_transaction("default") as opened:
        token = _inside.set(opened)
        try:
            yield opened
        finally:
            _inside.reset(token)


def atomic(operation: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Run a whole operation in one transaction, again from its first line after a deadlock or a lost connection.

    Raises Busy after five tries. Inside another transaction it is a savepoint of that one, never tried alone.
    """

    @functools.wraps(operation)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _inside.get() is not None:
            async with transaction():
                return await operation(*args, **kwargs)
        for attempt in range(TRIES_MAX):
            try:
                async with transaction():
                    return await operation(*args, **kwargs)
            except Exception as error:
                if not is_passing(error):
                    raise
                await asyncio.sleep(0.02 * 2**attempt)
        raise Busy

    return run


def is_passing(error: BaseException) -> bool:
    """Whether trying the same transaction again may succeed."""
    cause = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    if isinstance(error, IntegrityError):
        return False
    if isinstance(cause, sqlite3.OperationalError):
        return "locked" in str(cause) or "busy" in str(cause)
    if isinstance(error, TransactionManagementError | OperationalError | DBConnectionError):
        cause = error.__cause__ or cause
    return isinstance(
        cause,
        asyncpg.DeadlockDetectedError
        | asyncpg.SerializationError
        | asyncpg.InsufficientResourcesError
        | asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InterfaceError
        | ConnectionError
        | TimeoutError,
    )


async def lock(model: type[M], ids: Iterable[Any]) -> list[M]:
    """Lock these rows, in id order, and return them fresh. Missing ids are simply not in the answer.

    SQLite has no row locks and needs none: BEGIN IMMEDIATE lets one writer in.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return await models(model, locking(f"WHERE {among('id')} ORDER BY id"), many(wanted))


def locking(sql: str) -> str:
    """A question that also locks its rows, for asking together with others what `lock` asks alone.

    It must name them in id order, and what is asked with it still sees what stood before a lock was waited for.
    """
    return f"{sql} FOR NO KEY UPDATE" if dialect() == "postgres" else sql


def violated(error: IntegrityError) -> str:
    """The name of the guard that refused: the constraint's on PostgreSQL, the trigger's text on SQLite."""
    cause: Any = error.args[0] if error.args else error
    if hasattr(cause, "sqlstate"):
        return cause.constraint_name or str(cause).splitlines()[0]
    if getattr(cause, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_TRIGGER":
        return str(cause)
    return getattr(cause, "sqlite_errorname", str(cause))
