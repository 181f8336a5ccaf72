"""Events on their way to webhooks: signed, sent again with growing pauses until somebody answers 2xx."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
from typing import Any

import httpx

from booking.stripe_double import passing, webhooks
from booking.stripe_double.store import Store, Thing

LOG = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10
RETRY_SECONDS = (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
LONGEST_SLEEP_SECONDS = 1.0
AGENT = "Stripe-Double/1.0 (a stand-in for tests; not Stripe)"


class Deliverer:
    """Sends what is due, one after the other, for as long as the double runs; also moves time-bound things on."""

    def __init__(self, store: Store, state: Any) -> None:
        self.store = store
        self.state = state
        self.woken = asyncio.Event()
        self.client: httpx.AsyncClient | None = None

    def wake(self) -> None:
        self.woken.set()

    async def run(self) -> None:
        # Not by the proxies of the environment: webhooks of a demonstration are on this machine.
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as self.client:
            while True:
                self.woken.clear()
                try:
                    await self.round()
                except Exception:  # one that cannot be sent must not end all others
                    LOG.exception("A round of deliveries broke off")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.woken.wait(), LONGEST_SLEEP_SECONDS)

    async def round(self) -> None:
        """Everything that is due now."""
        passing.catch_up(self.store, self.state.base)
        sql = "SELECT * FROM delivery WHERE state = 'due' AND due <= ? ORDER BY due, seq"
        for row in self.store.rows(sql, self.store.real_now()):
            await self.deliver(row)

    async def deliver(self, row: sqlite3.Row) -> None:
        """One attempt, and when the next one is."""
        answer = await self.send(row["account"], row["event"], row["endpoint"])
        attempts = row["attempts"] + 1
        if _good(answer):
            state, due = "delivered", row["due"]
        else:
            pauses = json.loads(self.store.value("retry_seconds", json.dumps(RETRY_SECONDS)))
            state, due = "failed", row["due"]
            if attempts <= len(pauses):
                state, due = "due", self.store.real_now() + pauses[attempts - 1]
        self.store.do(
            "UPDATE delivery SET state = ?, due = ?, attempts = ?, answer = ? WHERE seq = ? AND state = 'due'",
            state, due, attempts, answer, row["seq"],
        )  # fmt: skip
        if state == "delivered":
            self._one_less(row["account"], row["event"])

    async def send(self, account: str, event_id: str, endpoint_id: str) -> str:
        """Send an event to a webhook now. Gives its status, or what went wrong."""
        event = self.store.get(account, event_id)
        endpoint = self.store.get(account, endpoint_id)
        if event is None or endpoint is None or self.client is None:
            return "the webhook is gone"
        payload = json.dumps(event, indent=2).encode()
        signed = webhooks.signature(
            payload, self.store.private(endpoint_id)["secret"], int(self.store.real_now())
        )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signed,
            "User-Agent": AGENT,
        }
        try:
            answer = await self.client.post(endpoint["url"], content=payload, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as wrong:
            return type(wrong).__name__
        return str(answer.status_code)

    async def send_in_order(self, events: list[str], times: int) -> list[Thing]:
        """Send these events one after the other, each so many times, to every webhook that wants them."""
        sent: list[Thing] = []
        for id in events:
            account = self.store.owner(id)
            event = self.store.get(account, id) if account else None
            if account is None or event is None:
                sent.append({"event": id, "type": None, "endpoint": None, "answer": "no such event"})
                continue
            for endpoint in self.store.newest_first(account, "webhook_endpoint"):
                if not {"*", event["type"]} & set(endpoint["enabled_events"]):
                    continue
                answer = ""
                for _ in range(times):
                    answer = await self.send(account, id, endpoint["id"])
                    sent.append(
                        {"event": id, "type": event["type"], "endpoint": endpoint["id"], "answer": answer}
                    )
                changed = self.store.do(
                    "UPDATE delivery SET state = ?, answer = ?, attempts = attempts + ? "
                    "WHERE event = ? AND endpoint = ? AND state IN ('held', 'due', 'failed')",
                    "delivered" if _good(answer) else "failed", answer, times, id, endpoint["id"],
                )  # fmt: skip
                if changed and _good(answer):
                    self._one_less(account, id)
        return sent

    def _one_less(self, account: str, event_id: str) -> None:
        if event := self.store.get(account, event_id):
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
            self.store.put(account, event)


def _good(answer: str) -> bool:
    return answer.isdigit() and answer.startswith("2")
