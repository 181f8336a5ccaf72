"""Tortoise's SQLite backend with the two things it lacks for a product that takes money.

A writing transaction begins with BEGIN IMMEDIATE: a deferred one that reads first and then writes dies with
"database is locked", whatever the busy timeout. And the context gives its lock back when BEGIN itself fails;
the stock one keeps it, and every later query of the process would wait for ever.
"""

import sqlite3
from typing import Any

from tortoise.backends.sqlite import client as stock
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError


class Transaction(stock.SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class TransactionContext(stock.SqliteTransactionContext):
    async def __aenter__(self) -> Any:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection


class Client(stock.SqliteClient):
    def _in_transaction(self) -> Any:
        return TransactionContext(Transaction(self), self._lock)


client_class = Client
