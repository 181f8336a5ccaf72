"""The connection breaks between the COMMIT and its answer: nobody knows whether it happened, and it happens once.

A proxy stands before PostgreSQL and cuts the line just after (or just before) a COMMIT has passed through. The
operation is tried again with the same id and finds what the first try left, or does it now.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

import settings
from booking import db as database
from booking import reservations
from booking.ledger import Transfer
from booking.reservations import Claim, Reservation
from tests import make
from tests.conftest import use
from tests.make import NOW


class Proxy:
    """Passes bytes on. While `cut` is 'after' or 'before', the next COMMIT costs the connection."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.cut = ""
        self.cuts = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Proxy:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.server.close()
        for writer in self.writers:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self.target)
        self.writers += [writer, there_writer]
        await asyncio.gather(
            self.pass_on(reader, there_writer, writer),
            self.pass_on(there_reader, writer, there_writer, back=True),
        )

    async def pass_on(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        other: asyncio.StreamWriter,
        back: bool = False,
    ) -> None:
        try:
            while data := await source.read(65536):
                if not back and self.cut and b"COMMIT" in data:
                    how, self.cut = self.cut, ""
                    self.cuts += 1
                    other.transport.abort()
                    if how == "after":
                        sink.write(data)
                        await sink.drain()
                        await asyncio.sleep(0.05)
                    sink.close()
                    return
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


@pytest.fixture
async def proxy(engine, database_url):
    if engine != "postgres":
        pytest.skip("SQLite has no line to cut")
    parts = urlsplit(database_url)
    async with Proxy(parts.hostname, parts.port) as proxy:
        use(database_url.replace(f":{parts.port}/", f":{proxy.port}/"))
        await database.connect(settings.TORTOISE_ORM)
        try:
            yield proxy
        finally:
            await database.close()


@pytest.mark.parametrize("when", ["after", "before"])
async def test_it_works(proxy, when):
    room = await make.resource()
    alice = await make.member()
    money = await make.activity(alice, of=room.venue.entity)
    for days in range(1, 11):
        proxy.cut = when
        done = await reservations.reserve(
            uuid4(), room.id, make.span(days=days), by=alice, at=NOW, activity_id=money.id
        )
        assert done.state == "confirmed"
    assert proxy.cuts == 10
    assert await Reservation.all().count() == await Claim.all().count() == 10
    assert await Transfer.filter(kind="pend").count() == 10
    fresh = await (await Transfer.filter(kind="pend").first()).debit
    assert fresh.debits_pending_cents == 24_200
