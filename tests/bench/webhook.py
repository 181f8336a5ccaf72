"""How fast Stripe's webhook is answered under load: our own process, signed events by the hundred, other pages beside.

    python -m tests.bench.webhook [events] [at once]        # on both engines; ENGINES=sqlite for one

What an event is about is worked by a job, later; here is only what Stripe waits for. Target: p99 of at most 500 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time

from tests.conftest import ENGINES, FOLDER, use  # sets the environment, so before settings

import settings  # isort: skip
import httpx  # isort: skip
import stripe  # isort: skip

from booking import db as database  # isort: skip
from booking import migrating  # isort: skip
from booking.payments import StripeEvent  # isort: skip
from tests import make, postgres  # isort: skip

SECRET = "whsec_of_the_bench"
TARGET_MS = 500
SEARCHES_A_SECOND = 10


def event(number: int) -> bytes:
    thing = {"id": f"pi_{number}", "object": "payment_intent", "metadata": {"payment": "none of ours"}}
    return json.dumps(
        {
            "id": f"evt_{number}",
            "object": "event",
            "type": "payment_intent.succeeded",
            "created": int(time.time()),
            "data": {"object": thing | {"description": "x" * 3000}},
        }
    ).encode()


async def measure(base: str, events: int, at_once: int) -> list[float]:
    """Milliseconds from sending to the answer, sorted."""
    spent: list[float] = []
    waiting = list(range(events))

    async def hook(client: httpx.AsyncClient) -> None:
        while waiting:
            body = event(waiting.pop())
            stamp = int(time.time())
            signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", SECRET)
            headers = {"Stripe-Signature": f"t={stamp},v1={signature}"}
            began = time.monotonic()
            answer = await client.post("/webhooks/stripe/acme", content=body, headers=headers)
            spent.append((time.monotonic() - began) * 1000)
            assert answer.status_code == 200, answer.text

    async def others(client: httpx.AsyncClient) -> None:
        while True:
            await client.get("/search")
            await asyncio.sleep(1 / SEARCHES_A_SECOND)

    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        beside = asyncio.create_task(others(client))
        await asyncio.gather(*(hook(client) for _ in range(at_once)))
        beside.cancel()
    return sorted(spent)


async def on(engine: str, events: int, at_once: int) -> str:
    url = f"sqlite://{FOLDER}/webhook.sqlite3"
    if engine == "postgres":
        url = await postgres.create_database("desk_bench_webhook")
    use(url)
    await migrating.migrate(settings.TORTOISE_ORM, backup=False)
    await database.connect(settings.TORTOISE_ORM)
    await make.entity(key="acme")
    await database.close()
    port = postgres.free_port()
    base = f"http://localhost:{port}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "BASE_URL": base,
        "STRIPE_KEYS": f"acme:sk_test_bench:{SECRET}",
        "STRIPE_API": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "booking", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            for _ in range(300):
                try:
                    await client.get(f"{base}/healthz")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        began = time.monotonic()
        spent = await measure(base, events, at_once)
        seconds = time.monotonic() - began
    finally:
        server.terminate()
        server.wait(60)
    await database.connect(settings.TORTOISE_ORM)
    assert await StripeEvent.all().count() == events
    await database.close()
    p50, p99 = spent[len(spent) // 2], spent[int(len(spent) * 0.99)]
    return (
        f"{engine}: {events} events, {at_once} at once, {events / seconds:.0f} a second: "
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {spent[-1]:.0f} ms "
        f"({'met' if p99 <= TARGET_MS else 'not met'}: at most {TARGET_MS} ms)"
    )


def main() -> None:
    events, at_once = [*map(int, sys.argv[1:]), *(2000, 8)[len(sys.argv) - 1 :]]
    for engine in ENGINES:
        sys.stdout.write(asyncio.run(on(engine, events, at_once)) + "\n")


if __name__ == "__main__":
    main()
