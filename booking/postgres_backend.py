"""Tortoise's asyncpg backend, with a shorter way to a connection and back.

A small question costs 27 µs of our CPU in asyncpg, and taking a connection out of its pool and giving it back 60 more:
a task, two timers, a proxy, and looking whether there is anything to reset. So a few connections stay out of the pool,
with us, from one question to the next. What went wrong on its way goes back into the pool, which looks after it; so
does what others are waiting for (docs/decisions/0065-connections-stay-in-hand.md).
"""

from __future__ import annotations

from typing import Any

import asyncpg
from tortoise.backends.asyncpg import client as stock
from tortoise.backends.base.client import NestedTransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

KEPT_MAX = 4  # more are needed for moments only; the pool closes those that have been idle for minutes


def _translated(error: asyncpg.PostgresError) -> Exception:
    """As the stock client has it."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return IntegrityError(error)
    if isinstance(error, asyncpg.InvalidTransactionStateError):
        return TransactionManagementError(error)
    return OperationalError(error)


TRANSLATED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.DataError,
)


class Client(stock.AsyncpgDBClient):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[Any] = []
        self._waiting = 0

    async def take(self) -> Any:
        """A connection, one that we have kept if there is any."""
        if not self._pool:
            async with self._pool_init_lock:
                if not self._pool:
                    await self.create_connection(with_db=True)
        pool: Any = self._pool
        while self._kept:
            kept = self._kept.pop()
            if _is_alive(kept):
                return kept
            await pool.release(kept)
        self._waiting += 1
        try:
            return await pool.acquire()
        finally:
            self._waiting -= 1

    async def give_back(self, connection: Any, *, sound: bool) -> None:
        """Keep it for the next question; where others wait, or unless it is `sound`, the pool gets it."""
        if sound and not self._waiting and len(self._kept) < KEPT_MAX and self._pool:
            self._kept.append(connection)
        elif self._pool:
            await self._pool.release(connection)

    def acquire_connection(self) -> Any:
        return _Taken(self)

    def _in_transaction(self) -> Any:
        return TransactionContext(Transaction(self), self._pool_init_lock)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        try:
            async with _Taken(self) as connection:
                return [dict(row) for row in await connection.fetch(query, *(values or ()))]
        except TRANSLATED as error:
            raise _translated(error) from error

    async def _expire_connections(self) -> None:
        await self._let_go()
        await super()._expire_connections()

    async def _close(self) -> None:
        await self._let_go()
        await super()._close()

    async def _let_go(self) -> None:
        while self._kept and self._pool:
            await self._pool.release(self._kept.pop())


def _is_alive(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it was lost while it lay here, and the pool has made up for it
        return False


class _Taken:
    """A connection for one question."""

    __slots__ = ("client", "connection")

    def __init__(self, client: Client) -> None:
        self.client = client
        self.connection: Any = None

    async def __aenter__(self) -> Any:
        self.connection = await self.client.take()
        return self.connection

    async def __aexit__(self, kind: Any, *_: Any) -> None:
        await self.client.give_back(self.connection, sound=kind is None)


class Transaction(stock.TransactionWrapper):
    def _in_transaction(self) -> Any:
        return NestedTransactionContext(Transaction(self))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        try:
            async with self._lock:
                return [dict(row) for row in await self._connection.fetch(query, *(values or ()))]
        except TRANSLATED as error:
            raise _translated(error) from error


class TransactionContext(TransactionContextPooled):
    """As the stock one; and a connection on which nothing could begin is given back too."""

    async def __aenter__(self) -> Any:
        client: Any = self.client
        client._connection = await client._parent.take()
        try:
            await client.begin()
        except BaseException:
            client._connection.terminate()  # nobody knows how far it came
            await client._parent.give_back(client._connection, sound=False)
            raise
        self.token = get_connections().set(self.connection_name, client)
        return client

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        client: Any = self.client
        get_connections().reset(self.token)
        sound = False
        try:
            if not client._finalized and kind is None:
                await client.commit()
            elif not client._finalized and kind is not TransactionManagementError:
                await client.rollback()
            sound = client._finalized and (kind is None or issubclass(kind, Exception))
        finally:
            await client._parent.give_back(client._connection, sound=sound)


client_class = Client
