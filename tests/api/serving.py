"""The API over real HTTP, for clients and fuzzers that run in processes of their own: `served(url)`.

As a program (`python -m tests.api.serving URL PORT`) it makes the cast in a migrated database, prints their keys as
one line of JSON, and serves with its clock at NOW. Its rates are so high that nobody meets them.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.payments.double import Double

ROOT = Path(__file__).parents[2]


@contextmanager
def served(url: str, double: Double | None = None) -> Iterator[dict[str, Any]]:
    """What the program prints, and `home`, while it runs. With a double of Stripe the houses take cards there, hear of
    payments by its webhooks, and work on what they hear."""
    from tests.commands.test_serve import answer, free_port

    port = free_port()
    cards = {}
    if double:
        hook = double.http.post(
            "/v1/webhook_endpoints",
            data={"url": f"http://127.0.0.1:{port}/webhooks/stripe/acme", "enabled_events[]": "*"},
            auth=(double.key, ""),
        ).json()
        cards = {"STRIPE_API": double.base, "STRIPE_KEYS": f"acme:{double.key}:{hook['secret']}"}
    # Into a file, as its log would fill a pipe that nobody reads.
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.api.serving", url, str(port)],
            cwd=ROOT,
            env={**os.environ, **cards},
            stdout=said,
            stderr=said,
        )
        try:
            home = f"http://127.0.0.1:{port}/api/v1"
            assert answer(f"{home}/").status_code == 200
            said.seek(0)
            line = next(line for line in said if line.startswith('{"alice"'))
            yield json.loads(line) | {"home": home, "log": lambda: (said.seek(0), said.read())[1]}
        finally:
            process.terminate()
            process.wait(timeout=30)


async def serve(url: str, port: int) -> None:
    import uvicorn

    import settings
    from booking import db
    from booking.api import operations
    from booking.app import create_app
    from tests import make
    from tests.api.conftest import key
    from tests.conftest import NOW, use

    use(url)
    await db.connect(settings.TORTOISE_ORM)
    try:
        alice = await make.member("Alice")
        # What the description gives as examples is really there: venue bazaar-st-so, resource 12, Activity 3.
        venue = await make.venue(
            of=await make.entity(key="acme", country="FR", zone="Europe/Paris"),
            name="Bazaar",
            key="bazaar-st-so",
            city="Lille",
            country="FR",
            lat=50.63,
            lon=3.06,
        )
        await make.resource(at=venue, name="Desks", units=5)
        rooms = [await make.resource(at=venue, name=f"Quai {number}") for number in range(11)][::-1]
        home = rooms[0].venue.entity
        money = [await make.activity(alice, of=home, cents=100_000_000) for _ in range(3)][-1]
        booked = await make.reservation(rooms[0], alice, on=money)
        stella = await make.manager(venue)
        print(
            json.dumps(
                {
                    "alice": await key(alice),
                    "stella": await key(stella),
                    "reader": await key(alice, "read"),
                    "resource_id": rooms[0].id,
                    "free_id": rooms[1].id,
                    "activity_id": money.id,
                    "reservation_id": str(booked.id),
                }
            ),
            flush=True,
        )
        operations.RATES = dict.fromkeys(operations.RATES, 10**9)
        app = create_app()
        app.state.clock = lambda: NOW
        server = uvicorn.Server(
            uvicorn.Config(
                app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False
            )
        )
        hearing = asyncio.create_task(_hear(NOW))
        await server.serve()
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing
    finally:
        await db.close()


async def _hear(at: Any) -> None:
    """Work on what Stripe has told, as the timetable does."""
    import settings
    from booking import payments

    while str(settings.STRIPE_KEYS):
        await payments.work(at)
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
