"""Tortoise's SQLite backend with the things it lacks for a product that takes money, and takes it quickly.

A writing transaction begins with BEGIN IMMEDIATE: a deferred one that reads first and then writes dies with
"database is locked", whatever the busy timeout. And the context gives its lock back when BEGIN itself fails;
the stock one keeps it, and every later query of the process would wait for ever. Where the caller goes away while it
begins, it is taken back.

Inside a transaction the statements run in the event loop's own thread. Each takes some ten microseconds there, and
the way to the connection's thread and back eighty more. So does its BEGIN, unless another process is just writing, and
so do reads outside of transactions, as long as they are short: one that is not is broken off and goes to the thread,
and its text with as many values ever after. Waiting for another process, COMMIT, which waits for the disk, and writes
outside of transactions go to the thread
(docs/decisions/0025-transactions-on-sqlite.md, 0041-short-reads-on-sqlite.md).
"""

import asyncio
import itertools
import sqlite3
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, TypeVar

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext
from tortoise.backends.sqlite import client as stock
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

# Two threads use one connection, never at the same time; this says that SQLite would allow even that.
assert sqlite3.threadsafety == 3, "this SQLite was built for one thread"


T = TypeVar("T")
_undoing: set[asyncio.Future[None]] = set()
# Steps of SQLite's virtual machine, some two or three milliseconds, in which the loop does nothing else. SQLite counts
# on from one run of a statement to its next, so it is asked in small parts how far it is.
STEPS, PARTS_MAX = 1_000, 30
LONG_READS_MAX = 1000
# Each search counts itself here. If that were a change, nobody could keep anything for long (see `db.version`).
BESIDE = "INSERT INTO rate_count"


def _dicts(found: Sequence[sqlite3.Row]) -> list[dict[str, Any]]:
    """`dict(row)` looks for each name among all of them: six times as slow for a row of forty columns."""
    names = found[0].keys() if found else ()
    return [dict(zip(names, row, strict=True)) for row in found]


class Transaction(stock.SqliteTransactionWrapper):
    async def begin(self) -> None:
        # Mostly nobody else writes, and it begins at once. Only the thread may wait for another process.
        bare = self._connection._conn
        parent: Any = self._parent
        patience = parent.pragmas["busy_timeout"]
        bare.execute("PRAGMA busy_timeout=0")
        try:
            bare.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY":
                raise TransactionManagementError(error) from error
        finally:
            bare.execute(f"PRAGMA busy_timeout={patience}")
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error

    def _in_transaction(self) -> Any:
        return NestedTransactionContext(Transaction(self))

    def _run(self, query: str, values: Sequence[Any] | None) -> sqlite3.Cursor:
        # BEGIN went through the thread's queue, so the thread has nothing left to do, and our lock keeps others away.
        return self._connection._conn.execute(query.replace("\x00", "'||CHAR(0)||'"), values or ())

    @stock.translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return _dicts(self._run(query, values).fetchall())

    @stock.translate_exceptions
    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        asked = self._run(query, values)
        found = asked.fetchall()
        return max(asked.rowcount, 0) or len(found), found

    @stock.translate_exceptions
    async def execute_insert(self, query: str, values: list[Any]) -> int:
        return self._run(query, values).lastrowid or 0


class TransactionContext(stock.SqliteTransactionContext):
    async def __aenter__(self) -> Any:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except asyncio.CancelledError:
            # BEGIN lies in the thread's queue and is run all the same. So it is taken back before the lock goes on:
            # the next BEGIN of this process would fail, and so would each after it.
            self._take_back_later()
            raise
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        try:
            if not self.connection._finalized:
                await (self.connection.rollback() if exc_type else self.connection.commit())
        except BaseException:
            # It failed, or its caller went away and it lies in the queue: the lock goes on when nothing of it is left.
            self._take_back_later()
            raise
        self._trxlock.release()

    def _take_back_later(self) -> None:
        undoing = asyncio.ensure_future(self._take_back())
        _undoing.add(undoing)
        undoing.add_done_callback(_undoing.discard)

    async def _take_back(self) -> None:
        try:
            await self.connection.rollback()
        finally:
            self._trxlock.release()


def _to_its_end(asked: Coroutine[Any, Any, T]) -> Awaitable[T]:
    """What the thread was asked keeps the lock until it is done, also when its caller goes away meanwhile.

    Else the next short read would use the connection beside the thread. It would read what is not committed; and as
    it sets a handler on the connection, the two threads could wait for each other for ever.
    """
    return asyncio.shield(asked)


def _kind(query: str, values: Sequence[Any] | None) -> tuple[str, int]:
    """Reads that take about as long as one another: of one text, with lists of about as many (`db.many` writes lists as
    text). One house is asked for by the same text as all of them."""
    return query, sum(len(value) for value in values or () if type(value) is str).bit_length()


class Client(stock.SqliteClient):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._long: set[tuple[str, int]] = set()
        self._not_counted = 0

    def _in_transaction(self) -> Any:
        return TransactionContext(Transaction(self), self._lock)

    @stock.translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        found = await self._briefly(query, values)
        if found is None and query.startswith(BESIDE):
            found = await _to_its_end(self._beside(query, values))
        if found is None:
            return await _to_its_end(super().execute_query_dict(query, values))
        return _dicts(found)

    @stock.translate_exceptions
    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        found = await self._briefly(query, values)
        if found is None:
            return await _to_its_end(self._counted(query, values))
        return len(found), found

    async def _counted(self, query: str, values: Sequence[Any] | None) -> tuple[int, Sequence[Any]]:
        """The rows, or how many were written: without those that triggers have written, which the stock one counts."""
        async with self.acquire_connection() as connection:
            asked = await connection.execute(query.replace("\x00", "'||CHAR(0)||'"), values or ())
            found = list(await asked.fetchall())
            written = asked.rowcount
            await asked.close()
            return max(written, 0) or len(found), found

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        return await _to_its_end(super().execute_insert(query, values))

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await _to_its_end(super().execute_many(query, values))

    async def _briefly(self, query: str, values: Sequence[Any] | None) -> list[Any] | None:
        """The rows of a read that takes a moment, asked in the loop's own thread; None for any other statement."""
        if query[:6] != "SELECT" or "\x00" in query or (kind := _kind(query, values)) in self._long:
            return None
        async with self.acquire_connection() as connection:  # no transaction is open, and the thread is idle
            bare = connection._conn
            parts = itertools.count()
            bare.set_progress_handler(lambda: next(parts) >= PARTS_MAX, STEPS)
            try:
                return bare.execute(query, values or ()).fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_INTERRUPT":
                    raise
            finally:
                bare.set_progress_handler(None, 0)
        if len(self._long) >= LONG_READS_MAX:
            self._long.clear()
        self._long.add(kind)
        return None

    async def _beside(self, query: str, values: Sequence[Any] | None) -> list[Any]:
        """A write that no page is made of, and so no change to whoever keeps one."""
        async with self.acquire_connection() as connection:
            before = connection.total_changes
            found = await connection.execute_fetchall(query, values)
            self._not_counted += connection.total_changes - before
            return list(found)

    async def changes(self) -> tuple[int, int]:
        """Two numbers that stay as they are while nothing in the file changes: of other connections, and of ours."""
        async with self.acquire_connection() as connection:
            [others] = connection._conn.execute("PRAGMA data_version").fetchone()
            return others, connection.total_changes - self._not_counted

    async def create_connection(self, with_db: bool) -> None:
        if self._connection is None:
            self._connection = await aiosqlite.connect(
                self.filename, isolation_level=None, check_same_thread=False
            )
            self._connection._conn.row_factory = sqlite3.Row
            for pragma, value in self.pragmas.items():
                await (await self._connection.execute(f"PRAGMA {pragma}={value}")).close()
            await self._post_connect()


client_class = Client
