"""Tortoise's SQLite backend with the things it lacks for a product that takes money, and takes it quickly.

A writing transaction begins with BEGIN IMMEDIATE: a deferred one that reads first and then writes dies with
"database is locked", whatever the busy timeout. And the context gives its lock back when BEGIN itself fails;
the stock one keeps it, and every later query of the process would wait for ever. Where the caller goes away while it
begins, it is taken back.

Inside a transaction the statements run in the event loop's own thread. Each takes some ten microseconds there, and
the way to the connection's thread and back eighty more. BEGIN and COMMIT, which wait for other processes and for the
disk, and everything outside of transactions still go to the thread (docs/decisions/0025-transactions-on-sqlite.md).
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite
from tortoise.backends.base.client import NestedTransactionContext
from tortoise.backends.sqlite import client as stock
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

# Two threads use one connection, never at the same time; this says that SQLite would allow even that.
assert sqlite3.threadsafety == 3, "this SQLite was built for one thread"


_undoing: set[asyncio.Future[None]] = set()


class Transaction(stock.SqliteTransactionWrapper):
    async def begin(self) -> None:
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
        return [dict(row) for row in self._run(query, values).fetchall()]

    @stock.translate_exceptions
    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        before = self._connection.total_changes
        found = self._run(query, values).fetchall()
        return (self._connection.total_changes - before) or len(found), found

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
            undoing = asyncio.ensure_future(self._take_back())
            _undoing.add(undoing)
            undoing.add_done_callback(_undoing.discard)
            raise
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection

    async def _take_back(self) -> None:
        try:
            await self.connection.rollback()
        finally:
            self._trxlock.release()


class Client(stock.SqliteClient):
    def _in_transaction(self) -> Any:
        return TransactionContext(Transaction(self), self._lock)

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
